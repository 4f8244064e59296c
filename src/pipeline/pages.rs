//! Reads article pages where the feed is cut and rights allow.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::debug;
use tracing::error;
use url::Url;

use crate::cluster::Unassigned;
use crate::config::Config;
use crate::curate;
use crate::domain::ArticleStatus;
use crate::domain::Document;
use crate::domain::EntryId;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::domain::Validators;
use crate::extract;
use crate::extract::Article;
use crate::fetch;
use crate::fetch::rights::Signals;
use crate::fetch::robots::RobotsAnswer;
use crate::identify;
use crate::net::MemoryPermit;
use crate::schedule;
use crate::store::EntryRow;
use crate::store::PageHeld;
use crate::store::PageState;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::Writer;

use super::assign;
use super::context::Pipeline;
use super::credit::Credits;
use super::error_chain::error_chain;
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

/// Longest time for taking a page apart; hostile markup can make it slow.
const EXTRACT_TIMEOUT: Duration = Duration::from_secs(10);

/// What we may do with a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum PagePolicy {
    /// Nothing: it is not fetched.
    Not,
    /// Fetch it and read it as its signals allow.
    Read,
    /// Fetch it and read it whatever its signals say: the operator has a licence.
    ReadLicensed,
}

/// What became of one page.
struct PageOutcome {
    state: PageState,
    reason: String,
    /// Where it failed and may succeed later.
    again: Option<Retry>,
    rights: Option<(Rights, Vec<String>)>,
    article: Option<Article>,
    /// What the next question about it needs.
    validators: Validators,
    /// What the publisher says of the article, or that there is none any more (410).
    article_status: Option<ArticleStatus>,
    /// Whether there is none at its address, perhaps only for now (404).
    is_missing: bool,
}

/// What came of asking for an entry's page.
struct PageFetch {
    entry: EntryRow,
    page: PageOutcome,
    /// What was known of the page before.
    held: PageHeld,
    now: Timestamp,
}

/// When a failed page may be asked for again.
#[derive(Clone, Copy, Debug)]
struct Retry {
    /// `Retry-After`, as the instant it names.
    retry_after: Option<Timestamp>,
}

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
            let mut chosen: HashMap<EntryId, _> = chosen.into_iter().map(|it| (it.0.id, it)).collect();
            for id in self.claim_pages(chosen.keys().copied().collect(), now).await? {
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
                page
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

    /// What became of a page, and the address that asked for patience if one did.
    async fn page(
        &self,
        link: &Url,
        may: PagePolicy,
        held: &Validators,
        removed: &RemovedPlaces,
        now: Timestamp,
    ) -> Result<(PageOutcome, Option<(Url, Timestamp)>), StoreError> {
        let asked = link.clone();
        if let Some(until) = self.store.read(move |it| it.rate_limited_until(&asked, now)).await? {
            let host = link.host_str().unwrap_or_default();
            let reason = format!("http: `{host}` is rate-limited until {until}");
            return Ok((PageOutcome::failed(&reason, Some(Retry { retry_after: Some(until) })), None));
        }
        let robots = self.robots(link, now).await;
        if let Some(refused) = refusal(&robots, link, may) {
            return Ok((refused, None));
        }
        // A redirect may lead to a site with rules of its own.
        let refused = OnceLock::new();
        let follows = async |to: Url| {
            let refusal = if removed.may_cover(&to, link) {
                Some(PageOutcome::without(PageState::Denied, "it leads to a publisher who was removed"))
            } else {
                let robots = self.robots(&to, now).await;
                refusal(&robots, &to, may)
            };
            let is_allowed = refusal.is_none();
            if let Some(it) = refusal {
                // The first ends the exchange, so there is no second.
                let _ = refused.set(it);
            }
            is_allowed
        };
        match fetch::page(&self.client, link, held, follows, now).await {
            Ok(Some((document, validators, permit))) => {
                let page = self.taken_apart(document, permit, may, now).await;
                Ok((PageOutcome { validators, ..page }, None))
            }
            Ok(None) => {
                let page = PageOutcome::without(PageState::Fetched, "it is as it was");
                Ok((PageOutcome { validators: held.clone(), ..page }, None))
            }
            Err(error) => {
                if let Some(refused) = refused.into_inner() {
                    return Ok((refused, None));
                }
                let retry_after = error.retry_after();
                let again = error.is_transient().then_some(Retry { retry_after });
                let page = PageOutcome::failed(&format!("{}: {error}", error.reason_kind()), again);
                let article_status = (error.status() == Some(410)).then_some(ArticleStatus::Vanished);
                let is_missing = error.status() == Some(404);
                Ok((
                    PageOutcome { article_status, is_missing, ..page },
                    retry_after.map(|until| (link.clone(), until)),
                ))
            }
        }
    }

    async fn taken_apart(
        &self,
        document: Document,
        permit: MemoryPermit,
        may: PagePolicy,
        now: Timestamp,
    ) -> PageOutcome {
        let robots = self.robots(&document.final_url, now).await;
        let (hints, found) = (document.hints.clone(), document.final_url.clone());
        let taking = tokio::task::spawn_blocking(move || extract::article(&document));
        let Ok(Ok(taken)) = tokio::time::timeout(EXTRACT_TIMEOUT, taking).await else {
            return PageOutcome::failed("extract: the page could not be taken apart in time", None);
        };
        drop(permit);
        let signals = match &taken {
            Ok(article) => article,
            Err(error) => &error.signals,
        };
        let title = signals.title.as_deref().unwrap_or_default();
        let article_status = curate::article_status(title, &signals.text);
        let (rights, reasons) = fetch::rights::signalled(&Signals {
            url: &found,
            robots: Some(&robots),
            hints: &[&hints],
            meta_robots: &signals.meta_robots,
            meta_tdm_reservation: signals.tdm_reservation,
            names_rsl_licence: signals.has_rsl_licence,
        });
        let (state, reason, article) = match taken {
            _ if Rights::Link <= rights && may != PagePolicy::ReadLicensed => {
                (PageState::Denied, reasons.join("; "), None)
            }
            Ok(article) => (PageState::Fetched, "read".to_owned(), Some(article)),
            Err(error) => (PageState::Failed, format!("extract: {error}"), None),
        };
        let rights = Some((rights, reasons));
        PageOutcome { rights, article, article_status, ..PageOutcome::without(state, &reason) }
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
    mut permit: usize,
) -> Vec<(EntryRow, PagePolicy)> {
    let per_source = slots_of_source(slots);
    let mut of_sources: HashMap<SourceId, usize> = HashMap::new();
    under_way.values().for_each(|it| *of_sources.entry(it.clone()).or_default() += 1);
    let is_next = |(entry, _): &mut (EntryRow, PagePolicy)| {
        let of_source = of_sources.entry(entry.source.clone()).or_default();
        let is_next = permit > 0 && *of_source < per_source;
        *of_source += usize::from(is_next);
        permit -= usize::from(is_next);
        is_next
    };
    waiting.extract_if(.., is_next).collect()
}

/// How many of the slots one source may take.
fn slots_of_source(slots: usize) -> usize {
    (slots / SLOTS_SHARE).clamp(1, PER_SOURCE_MAX)
}

/// What robots.txt has against a page; a licence overrides it.
fn refusal(robots: &RobotsAnswer, url: &Url, may: PagePolicy) -> Option<PageOutcome> {
    match robots {
        _ if may == PagePolicy::ReadLicensed || robots.allows_page(url) => None,
        RobotsAnswer::Unreachable(why) | RobotsAnswer::NoHost(why) => {
            Some(PageOutcome::failed(why, Some(Retry { retry_after: None })))
        }
        _ => Some(PageOutcome::without(PageState::Denied, "robots.txt disallows the page")),
    }
}

impl PageOutcome {
    fn without(state: PageState, reason: &str) -> Self {
        Self {
            state,
            reason: reason.to_owned(),
            again: None,
            rights: None,
            article: None,
            validators: Validators::default(),
            article_status: None,
            is_missing: false,
        }
    }

    fn failed(reason: &str, again: Option<Retry>) -> Self {
        Self { again, ..Self::without(PageState::Failed, reason) }
    }
}

impl PageFetch {
    /// Records what a further look at a page found. Its text is taken anew only where the publisher
    /// says that it was corrected or retracted: what else stands at the address may be another thing.
    fn record_recheck(&self, store: &Writer<'_>) -> Result<(), StoreError> {
        let Self { entry, page, held, now } = self;
        if store.give_back_page_if_removed(entry.id)? {
            return Ok(());
        }
        let is_there = page.state == PageState::Fetched;
        let missing = page.is_missing.then(|| held.missing.unwrap_or(*now));
        let vanished =
            missing.filter(|since| schedule::is_vanished(*now, *since)).map(|_| ArticleStatus::Vanished);
        // Asked now: what the feed says may have been noted while the page was on its way.
        let known = store.article_status(entry.id)?;
        let lasting = known.filter(|it| !is_there || *it != ArticleStatus::Vanished);
        let article_status = page.article_status.max(vanished).max(lasting);
        let text = page.article.as_ref().filter(|_| article_status != known && page.article_status.is_some());
        let validators = if is_there { &page.validators } else { &held.validators };
        let text = text.map(|it| it.text.as_str());
        store.record_recheck(entry.id, self.next_recheck(missing), missing, validators, text, *now)?;
        // What stands in the place of the article can only forbid more than the article did.
        if let Some((rights, reasons)) = page.rights.as_ref().filter(|it| is_there || entry.rights < it.0) {
            store.record_rights(entry.id, *rights, reasons)?;
        }
        store.record_article_status(entry.id, article_status, *now)
    }

    /// Records what came of reading a page.
    fn record_reading(&self, store: &Writer<'_>) -> Result<(), StoreError> {
        let Self { entry, page, now, .. } = self;
        if store.give_back_page_if_removed(entry.id)? {
            return Ok(());
        }
        let text = page.article.as_ref().map(|it| it.text.as_str());
        let retry = match page.again {
            Some(it) => schedule::next_page_try(*now, store.page_tries(entry.id)? + 1, it.retry_after),
            None => None,
        };
        let reason = match retry {
            Some(at) => format!("{}; it is tried again at {at}", page.reason),
            None => page.reason.clone(),
        };
        if let Some(article) = &page.article {
            let own = entry.link.as_ref().and_then(identify::canonical);
            store.record_links(entry.id, &identify::link_hashes(&article.links, own.as_ref()))?;
        }
        store.record_page(entry.id, page.state, Some(&reason), retry, text, *now)?;
        if page.state == PageState::Fetched {
            store.record_recheck(entry.id, self.next_recheck(None), None, &page.validators, None, *now)?;
        }
        // A page that never was there did not vanish.
        if let Some(article_status) = page.article_status.filter(|it| *it != ArticleStatus::Vanished) {
            let article_status = store.article_status(entry.id)?.max(Some(article_status));
            store.record_article_status(entry.id, article_status, *now)?;
        }
        if let Some((rights, reasons)) = &page.rights {
            store.record_rights(entry.id, *rights, reasons)?;
        }
        if let Some(article) = page.article.as_ref().filter(|it| !it.authors.is_empty()) {
            store.record_page_author(entry.id, &article.authors.join(", "))?;
        }
        if let Some(url) = page.article.as_ref().and_then(|it| it.canonical.as_ref())
            && let Some(canonical) = identify::canonical(url)
            && entry.canonical.as_deref() != Some(canonical.as_str())
            // The address of a removed publisher's article is written nowhere.
            && !RemovedPlaces::read(&store.reader())?.may_cover(url, entry.link.as_ref().unwrap_or(url))
        {
            join_by_canonical(store, entry, canonical.as_str(), *now)?;
        }
        Ok(())
    }

    /// When the page is looked at next; `None` once it was often enough.
    fn next_recheck(&self, missing: Option<Timestamp>) -> Option<Timestamp> {
        let next = schedule::next_page_recheck(self.now, self.held.checks + 1, missing);
        next.filter(|_| self.entry.link.is_some())
    }
}

/// A page that names another address as its canonical one is a copy of the
/// article there: if an entry of another source has that address, their stories are one.
fn join_by_canonical(
    store: &Writer<'_>,
    entry: &EntryRow,
    canonical: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let hash = identify::hash64(canonical);
    store.record_page_canonical(entry.id, canonical, hash)?;
    // While the page was read, its story may have become part of another.
    let Some(own) = store.story_of(entry.id)? else { return Ok(()) };
    if curate::notice(&entry.title, &entry.categories).is_some() {
        return Ok(());
    }
    let (source, published) = (&entry.source, entry.published);
    let asked = Unassigned { source, published, compared_from: published, held_from: published };
    let others = assign::same_address(&store.reader(), entry.id, &asked, (canonical, hash))?;
    // What a person has reviewed or written, only a person joins with another story.
    if let Some(other) = others.into_iter().next()
        && !store.reader().is_in_hand(own)?
        && !store.reader().is_in_hand(other)?
    {
        assign::merge(store, own, other, "the page names the same canonical URL", now)?;
    }
    Ok(())
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
        let sources = ["a", "b", "c"].map(|it| (it.parse().expect("a slug"), link(it)));
        let found = store.write(move |it| {
            it.sync_sources(&sources, NOW)?;
            let (a, b, c) = (enter(it, "a", 3)?, enter(it, "b", 2)?, enter(it, "c", 1)?);
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
