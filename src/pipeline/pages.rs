//! Reads article pages where the feed is cut and rights allow.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::debug;
use tracing::error;
use url::Url;

use crate::config::Config;
use crate::domain::EntryId;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::domain::registrable_domain;
use crate::store::EntryRow;
use crate::store::PageState;
use crate::store::Reader;
use crate::store::StoreError;
use crate::text::error_chain;

use super::article_page::PageOutcome;
use super::article_page::PagePolicy;
use super::context::Pipeline;
use super::credit::Credits;
use super::page_record::PageFetch;
use super::pass::OnProgress;
use super::pass::Progress;
use super::removed::RemovedPlaces;

/// Pages of one source that are read at once: at most one part in so many of all slots, and no
/// more than so many, which keep a site as busy as it may be kept.
const SLOTS_SHARE: usize = 4;
const PER_SOURCE_MAX: usize = 4;

/// Pages looked for at once, of one source and of all.
const WANTED_OF_SOURCE: usize = 32;
const WANTED_MAX: usize = 2_000;

/// How long what was found is gone by: what is wanted, and whether it may be read, can change.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a page is leased at most: some exchanges, each after a wait for its host's turn.
const PAGE_LEASE: Duration = Duration::from_secs(600);

impl Pipeline {
    /// Reads every page that is wanted, a few of each source at a time, so that a
    /// slow site holds up nobody else's. A page that cannot be read is noted with
    /// its reason, and the feed's own text stands; if the reason may pass, it is
    /// tried again later, a few times. One that was read is looked at again a few times, in case
    /// its publisher corrects or retracts it. Pages under way are leased to this process.
    ///
    /// # Errors
    /// Fails where the store does; a page that cannot be read is no error.
    pub async fn read_pages(self: &Arc<Self>, on_progress: OnProgress<'_>) -> Result<(), StoreError> {
        self.read_pages_of(None, on_progress).await
    }

    /// As [`Pipeline::read_pages`]; where sources are given, the pages of these only.
    pub(super) async fn read_pages_of(
        self: &Arc<Self>,
        sources: Option<HashSet<SourceId>>,
        on_progress: OnProgress<'_>,
    ) -> Result<(), StoreError> {
        let mut reads: JoinSet<(EntryId, Result<(), StoreError>)> = JoinSet::new();
        let mut under_way: HashMap<EntryId, SourceId> = HashMap::new();
        let mut waiting: Vec<(EntryRow, PagePolicy)> = Vec::new();
        let mut looked: Option<Instant> = None;
        let mut done = 0;
        loop {
            let now = self.now();
            // Finding what is wanted costs more than a page, and grows with it.
            let is_fresh = looked.is_some_and(|it| it.elapsed() < LOOK_EVERY);
            if !is_fresh || reads.is_empty() {
                let (config, of) = (Arc::clone(&self.config), sources.clone());
                waiting = self.store.read(move |it| wanted(it, &config, of.as_ref(), now)).await?;
                waiting.retain(|(entry, _)| !under_way.contains_key(&entry.id));
                looked = Some(Instant::now());
            }
            let slots = self.config.fetch.concurrency;
            let chosen = taken(&mut waiting, &under_way, slots, slots.saturating_sub(reads.len()));
            // In the order in which they were chosen.
            let ids: Vec<EntryId> = chosen.iter().map(|it| it.0.id).collect();
            let mut chosen: HashMap<EntryId, _> = chosen.into_iter().map(|it| (it.0.id, it)).collect();
            for id in self.claim_pages(ids, now).await? {
                if let Some((entry, may)) = chosen.remove(&id) {
                    under_way.insert(id, entry.source.clone());
                    let pipeline = Arc::clone(self);
                    reads.spawn(async move { (id, pipeline.read_page(entry, may).await) });
                }
            }
            // Where all else is slow, what is wanted meanwhile need not wait for it.
            let Ok(read) = tokio::time::timeout(LOOK_EVERY, reads.join_next()).await else { continue };
            match read {
                Some(Ok((id, Err(cause)))) if cause.is_of_rows() => {
                    // It stays among those under way, so that it is not tried again at once.
                    error!("could not store the page of entry {}: {}", id.0, error_chain(&cause));
                }
                Some(Ok((id, recorded))) => {
                    recorded?;
                    under_way.remove(&id);
                }
                // Taking a page apart is guarded on its own; nothing else here can panic.
                Some(Err(_)) => {}
                None => return Ok(()),
            }
            done += 1;
            on_progress(Progress::Reading(done, done + reads.len()));
        }
    }

    /// Takes leases on pages, and returns those that no other process reads.
    async fn claim_pages(&self, entries: Vec<EntryId>, now: Timestamp) -> Result<Vec<EntryId>, StoreError> {
        if entries.is_empty() {
            return Ok(entries);
        }
        let terms = self.terms(now.plus(PAGE_LEASE));
        self.store.write(move |it| it.claim_pages(&entries, now, &terms)).await
    }

    /// Whether a link has the registrable domain of a source's feed.
    fn has_domain_of(&self, source: &SourceId, link: &Url) -> bool {
        let configured = self.config.sources.iter().find(|it| it.id == *source);
        configured.is_some_and(|it| registrable_domain(&it.url) == registrable_domain(link))
    }

    async fn read_page(&self, entry: EntryRow, may: PagePolicy) -> Result<(), StoreError> {
        let now = self.now();
        let id = entry.id;
        let (held, removed) =
            self.store.read(move |it| Ok((it.page_held(id)?, RemovedPlaces::read(it)?))).await?;
        let page = match (&entry.link, may) {
            (Some(link), PagePolicy::Read | PagePolicy::ReadLicensed) => {
                let (page, pause) = self.page(link, may, &held.validators, &removed, now).await?;
                if let Some((url, until)) = pause {
                    self.record_rate_limit(&url, until.min(now.plus(self.config.schedule.max)), now).await?;
                }
                // A source's own links may lead where it likes; a list's lead to the article of their site.
                if self.has_domain_of(&entry.source, link) { page } else { page.at_its_address() }
            }
            (Some(_), PagePolicy::Not) => {
                PageOutcome::without(PageState::Denied, "the publisher allows no more than a link")
            }
            (None, _) => PageOutcome::without(PageState::Unneeded, "the entry has no link"),
        };
        debug!(source.id = %entry.source, entry.id = entry.id.0, state = page.state.as_str(), "page: {}", page.reason);
        let asked = PageFetch { entry, page, held, now };
        self.store
            .write(move |it| match asked.entry.page {
                PageState::Fetched => asked.record_recheck(it),
                _ => asked.record_reading(it),
            })
            .await
    }
}

/// The pages that are wanted, of these sources or of all, with what we may do.
fn wanted(
    store: &Reader<'_>,
    config: &Config,
    of: Option<&HashSet<SourceId>>,
    now: Timestamp,
) -> Result<Vec<(EntryRow, PagePolicy)>, StoreError> {
    let wanted = store.pages_wanted(of, WANTED_OF_SOURCE, WANTED_MAX, now)?;
    // That is so each second, and all sources are many rows to read.
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let sources = store.sources()?;
    let credits = Credits::new(config, &sources);
    let wanted = wanted.into_iter().map(|entry| {
        let source = credits.configured(&entry.source);
        let is_licensed = credits.operator(&entry.source).licence.is_some();
        let is_allowed = credits.of(&entry).is_some_and(|it| it.byline.rights < Rights::Link);
        let may = match (is_allowed && source.is_some_and(|it| it.full_text && it.enabled), is_licensed) {
            (false, _) => PagePolicy::Not,
            (true, false) => PagePolicy::Read,
            (true, true) => PagePolicy::ReadLicensed,
        };
        (entry, may)
    });
    Ok(wanted.collect())
}

/// Takes out the pages that are read next, in their order: as many as there is room for, and of each
/// source at most its share of the slots.
fn taken(
    waiting: &mut Vec<(EntryRow, PagePolicy)>,
    under_way: &HashMap<EntryId, SourceId>,
    slots: usize,
    mut free: usize,
) -> Vec<(EntryRow, PagePolicy)> {
    let per_source = slots_of_source(slots);
    let mut of_sources: HashMap<SourceId, usize> = HashMap::new();
    under_way.values().for_each(|it| *of_sources.entry(it.clone()).or_default() += 1);
    let is_next = |(entry, _): &mut (EntryRow, PagePolicy)| {
        let of_source = of_sources.entry(entry.source.clone()).or_default();
        let is_next = free > 0 && *of_source < per_source;
        *of_source += usize::from(is_next);
        free -= usize::from(is_next);
        is_next
    };
    waiting.extract_if(.., is_next).collect()
}

/// How many of the slots one source may take.
fn slots_of_source(slots: usize) -> usize {
    (slots / SLOTS_SHARE).clamp(1, PER_SOURCE_MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::domain::Briefing;
    use crate::domain::EntryKey;
    use crate::store::NewEntry;
    use crate::store::NewRevision;
    use crate::store::NewStory;
    use crate::store::Store;

    use super::*;
    use crate::extract::Article;
    use crate::identify;
    use crate::pipeline::assign;
    use crate::pipeline::page_record::join_by_canonical;
    use crate::store::PageHeld;
    use crate::store::Writer;

    #[test]
    fn one_source_has_a_quarter_of_the_slots_at_most() {
        for (slots, expected) in [(256, 4), (16, 4), (12, 3), (4, 1), (1, 1)] {
            assert_eq!(slots_of_source(slots), expected, "{slots}");
        }
    }

    pub(in crate::pipeline) const NOW: Timestamp = Timestamp::from_secs(1_795_168_800);

    pub(in crate::pipeline) fn link(source: &str) -> String {
        format!("https://{source}.example/1")
    }

    /// Stores an entry of a source and founds its story.
    pub(in crate::pipeline) fn enter(
        store: &Writer<'_>,
        source: &str,
        hours_ago: u64,
    ) -> Result<EntryId, StoreError> {
        let entry = insert(store, source, hours_ago)?;
        let row = store.entry_to_assign(entry)?.expect("it was stored");
        let host = ("brief.example", store.host_since("brief.example", NOW)?);
        store.create_story(&NewStory { source: &row.source, entry: &row, host, now: NOW })?;
        Ok(entry)
    }

    /// Stores an entry of a source without a story.
    pub(in crate::pipeline) fn insert(
        store: &Writer<'_>,
        source: &str,
        hours_ago: u64,
    ) -> Result<EntryId, StoreError> {
        let id: SourceId = source.parse().expect("a slug");
        let entry = NewEntry {
            title: format!("What {source} says"),
            guid: None,
            guid_hash: None,
            link: link(source).parse().ok(),
            canonical: Some(link(source)),
            link_hash: Some(identify::hash64(link(source))),
            place_hash: None,
            number_hash: None,
            has_text: true,
            title_hash: 1,
            text_hash: None,
            content_hash: 1,
            summary: None,
            feed_abstract: None,
            authors: Vec::new(),
            categories: Vec::new(),
            language: None,
            rights_text: None,
            origin: None,
            enclosure: None,
            published_given: None,
            published: NOW.minus(Duration::from_secs(hours_ago * 3600)),
            updated: None,
            is_kept: false,
            is_excluded: false,
            page: PageState::Unneeded,
            rights: Rights::Any,
            rights_reasons: Vec::new(),
            text: String::new(),
            links: Vec::new(),
        };
        store.insert_entry(&id, &EntryKey::new("1".to_owned()), &entry, NOW)
    }

    #[tokio::test]
    async fn a_page_read_while_its_story_was_merged_folds_nothing_into_the_retired_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let sources = ["a", "c"].map(|it| (it.parse().expect("a slug"), link(it)));
        let found = store.write(move |it| {
            it.sync_sources(&sources, NOW)?;
            let (a, b, c) = (enter(it, "a", 3)?, enter(it, "a", 2)?, enter(it, "c", 1)?);
            let story = |entry| Ok::<_, StoreError>(it.story_of(entry)?.expect("it has a story"));
            let (of_a, of_b) = (story(a)?, story(b)?);
            it.publish_story(of_b, NOW, NOW, NOW)?;
            let as_claimed = it.reader().member_entries(of_a)?.remove(0);
            assign::merge(it, of_a, of_b, "meanwhile", NOW)?;
            join_by_canonical(it, &as_claimed, &link("c"), NOW)?;
            Ok((story(c)?, of_b))
        });
        let (of_c, survivor) = found.await.expect("a transaction");
        assert_eq!(of_c, survivor);
    }

    /// A store with a story of each of these sources, the first the oldest.
    async fn newsroom(ids: &'static [&'static str]) -> (tempfile::TempDir, Store, Vec<EntryId>) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let sources: Vec<_> = ids.iter().map(|it| (it.parse().expect("a slug"), link(it))).collect();
        let entered = store.write(move |it| {
            it.sync_sources(&sources, NOW)?;
            ids.iter().zip(1..).map(|(id, n)| enter(it, id, ids.len() as u64 - n)).collect::<Result<_, _>>()
        });
        let entries = entered.await.expect("a transaction");
        (folder, store, entries)
    }

    #[tokio::test]
    async fn a_page_that_arrives_after_its_publisher_was_removed_is_not_stored() {
        let (_folder, store, entries) = newsroom(&["a"]).await;
        let entry = entries[0];
        let left = store.write(move |it| {
            let story = it.story_of(entry)?.expect("it has a story");
            let as_claimed = it.reader().member_entries(story)?.remove(0);
            it.remove_entries(&[entry])?;
            let article = Article {
                text: "What a says.".to_owned(),
                authors: vec!["Ann".to_owned()],
                ..Article::default()
            };
            let page = || PageOutcome {
                article: Some(article.clone()),
                rights: Some((Rights::Extractive, vec!["robots.txt of a".to_owned()])),
                ..PageOutcome::without(PageState::Fetched, "read")
            };
            let asked = |held| PageFetch { entry: as_claimed.clone(), page: page(), held, now: NOW };
            asked(PageHeld::default()).record_reading(it)?;
            asked(PageHeld::default()).record_recheck(it)?;
            let row = it.reader().member_entries(story)?.remove(0);
            let text = it.reader().members(story)?.remove(0).snapshot;
            Ok((row.page, row.rights, row.rights_reasons, row.page_author, text.is_some()))
        });
        let nothing = (PageState::Denied, Rights::Drop, Vec::new(), None, false);
        assert_eq!(left.await.expect("a transaction"), nothing);
    }

    #[tokio::test]
    async fn a_page_joins_no_story_that_a_person_has_in_hand_with_another() {
        let (_folder, store, entries) = newsroom(&["a", "c"]).await;
        let (a, c) = (entries[0], entries[1]);
        let found = store.write(move |it| {
            let story = |entry| Ok::<_, StoreError>(it.story_of(entry)?.expect("it has a story"));
            let (of_a, of_c) = (story(a)?, story(c)?);
            let revision = NewRevision {
                title: "What Mara Quill says",
                lead: a,
                briefing: &Briefing::default(),
                language: None,
                input_hash: "",
                dropped: &[],
                why: "edited",
                record: None,
                author: Some("Mara Quill"),
                is_shown: true,
            };
            it.append_revision(of_a, &revision, NOW)?;
            let as_claimed = it.reader().member_entries(of_a)?.remove(0);
            join_by_canonical(it, &as_claimed, &link("c"), NOW)?;
            let apart = story(a)? == of_a && story(c)? == of_c;
            // The other way round, too.
            let as_claimed = it.reader().member_entries(of_c)?.remove(0);
            join_by_canonical(it, &as_claimed, &link("a"), NOW)?;
            Ok(apart && story(c)? == of_c)
        });
        assert!(found.await.expect("a transaction"), "only a person joins them");
    }

    #[tokio::test]
    async fn the_pages_of_named_sources_are_found_among_many() {
        let (_folder, store, entries) = newsroom(&["named", "b", "c", "d"]).await;
        let wanted = store.write(move |it| {
            entries
                .iter()
                .try_for_each(|entry| it.record_page(*entry, PageState::Wanted, None, None, None, NOW))?;
            let sources = |of: Option<&HashSet<SourceId>>| {
                let wanted = it.reader().pages_wanted(of, WANTED_OF_SOURCE, 2, NOW)?;
                Ok::<Vec<String>, StoreError>(wanted.iter().map(|it| it.source.to_string()).collect())
            };
            Ok((sources(None)?, sources(Some(&HashSet::from(["named".parse().expect("a slug")])))?))
        });
        let (of_all, of_named) = wanted.await.expect("a transaction");
        assert_eq!(of_all, ["d", "c"], "the newest stories first");
        assert_eq!(of_named, ["named"]);
    }
}
