//! Makes rows of the entries of a document, and stores those that are new or changed.

use std::collections::HashMap;

use crate::config;
use crate::config::Config;
use crate::config::EngineChoice;
use crate::config::Pattern;
use crate::domain::CanonicalUrl;
use crate::domain::Entry;
use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::Feed;
use crate::domain::OperatorRights;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::domain::registrable_domain;
use crate::extract;
use crate::identify;
use crate::identify::Fingerprint;
use crate::identify::Identity;
use crate::identify::Known;
use crate::identify::Shingles;
use crate::store::EntryHashes;
use crate::store::KnownRow;
use crate::store::NewEntry;
use crate::store::PageState;
use crate::store::PollUpdate;
use crate::store::REMOVED_KEY;
use crate::store::StoreError;
use crate::store::Writer;

use super::context::Pipeline;
use super::credit::LATE_AFTER;
use super::place::note_choices;
use super::removed::leading_to_removed;

/// A document as read, ready to be stored in one go.
pub(super) struct EntryBatch {
    prints: Vec<Fingerprint>,
    entries: Vec<NewEntry>,
    /// When the source last had a document that held none of those that are new.
    held_before: Option<Timestamp>,
}

impl Pipeline {
    pub(super) fn entry_batch(
        &self,
        source: &config::Source,
        entries: Vec<(Entry, (Rights, Vec<String>))>,
        operator: &OperatorRights,
        signalled: Rights,
        (held_before, at): (Option<Timestamp>, Timestamp),
    ) -> EntryBatch {
        let prints: Vec<_> = entries.iter().map(|it| Fingerprint::of(&it.0)).collect();
        let entries = entries.into_iter().zip(&prints).map(|((entry, own), print)| {
            let rights = operator.allowed(signalled.max(own.0));
            NewEntry {
                rights: own.0,
                rights_reasons: own.1,
                ..self.new_entry(source, entry, print, rights, at)
            }
        });
        EntryBatch { entries: entries.collect(), prints, held_before }
    }

    fn new_entry(
        &self,
        source: &config::Source,
        entry: Entry,
        print: &Fingerprint,
        rights: Rights,
        at: Timestamp,
    ) -> NewEntry {
        let published = identify::published(&entry, at);
        let is_backlog = self.config.curation.backlog.is_some_and(|it| it < at.since(published));
        let is_excluded = !passes(source, &entry);
        let is_kept = is_backlog || is_excluded;
        let is_republished = is_republished(source, &entry);
        let text = entry.content.or_else(|| entry.summary.clone()).unwrap_or_default();
        let wants_page = source.full_text
            && self.config.curation.engine != EngineChoice::Editor
            && rights < Rights::Link
            && !is_kept
            && print.canonical.is_some()
            && (extract::is_cut(&text, entry.summary.as_deref()) || is_republished);
        let has_text = identify::has_own_text(&entry.title, &text);
        let feed_abstract = entry.summary.clone().filter(|it| !text.contains(it.trim()));
        NewEntry {
            title: entry.title,
            guid: print.id.clone(),
            guid_hash: print.id.as_deref().map(identify::hash64),
            link: entry.link,
            canonical: print.canonical.as_ref().map(|it| it.as_str().to_owned()),
            link_hash: print.canonical.as_ref().map(|it| identify::hash64(it.as_str())),
            links: identify::link_hashes(&entry.links, print.canonical.as_ref()),
            place_hash: print.place_hash(),
            number_hash: print.number_hash,
            title_hash: print.title_hash,
            text_hash: print.text_hash,
            has_text,
            content_hash: print.content_hash,
            summary: entry.summary,
            authors: entry.authors,
            categories: entry.categories,
            language: entry.language,
            rights_text: entry.rights,
            origin: entry.origin,
            enclosure: entry.enclosure,
            published_given: entry.published,
            published,
            updated: entry.updated.filter(|it| *it <= at),
            is_kept,
            is_excluded,
            page: if wants_page { PageState::Wanted } else { PageState::Unneeded },
            rights: Rights::Any,
            rights_reasons: Vec::new(),
            text,
            feed_abstract,
        }
    }
}

/// Whether the operator's `include` and `exclude` let an entry of a source be curated.
fn passes(source: &config::Source, entry: &Entry) -> bool {
    let authors = entry.authors.iter().map(|it| it.name.as_str());
    let texts: Vec<&str> = [entry.title.as_str()]
        .into_iter()
        .chain(entry.summary.as_deref())
        .chain(entry.content.as_deref())
        .chain(entry.categories.iter().map(String::as_str))
        .chain(authors)
        .collect();
    let matches = |it: &Pattern| texts.iter().any(|text| it.matches(text));
    let is_included = source.include.is_empty() || source.include.iter().any(matches);
    is_included && !source.exclude.iter().any(matches)
}

/// Whether an entry is said to be another site's, and leads there: then the feed's text is not that
/// site's word, however long it is, and the page is.
fn is_republished(source: &config::Source, entry: &Entry) -> bool {
    entry.origin.is_some()
        && entry.link.as_ref().is_some_and(|it| registrable_domain(it) != registrable_domain(&source.url))
}

/// Takes what only follows readers out of the links that are published, and read, later.
pub(super) fn untrack(feed: &mut Feed) {
    let of_entries = feed.entries.iter_mut().flat_map(|it| {
        [it.link.as_mut(), it.via.as_mut(), it.origin.as_mut().and_then(|it| it.home.as_mut())]
    });
    for link in of_entries.chain([feed.home.as_mut()]).flatten() {
        *link = identify::without_tracking(link);
    }
}

/// Stores what a document held, and the poll, in one savepoint. Nothing is stored of what a removed
/// publisher's articles are called in it but digests. `None` where its own publisher was removed
/// meanwhile: then nothing is stored. Counts of new and of changed entries.
pub(super) fn store_batch(
    store: &Writer<'_>,
    config: &Config,
    source: &SourceId,
    batch: &EntryBatch,
    update: &PollUpdate,
    at: Timestamp,
) -> Result<Option<(usize, usize)>, StoreError> {
    if store.give_back_if_removed(source)? {
        return Ok(None);
    }
    let hashes: Vec<EntryHashes> =
        batch.prints.iter().zip(&batch.entries).map(|it| hashes_of(it.0, it.1)).collect();
    let rows = store.known_entries(source, &hashes)?;
    let mut known: Vec<Known> =
        rows.into_iter().map(|it| known_of(named_again(it, &batch.entries))).collect();
    let mut identities = identify::entries(&batch.prints, &known);
    if add_by_number(store, source, batch, &identities, &mut known)? {
        identities = identify::entries(&batch.prints, &known);
    }
    // First: the home page that the document claims tells which articles are the source's own.
    store.record_poll(source, update)?;
    let removed = leading_to_removed(&store.reader(), config, source, &batch.entries)?;
    let stored: HashMap<_, _> = known.iter().map(|it| (it.id, &it.print)).collect();
    let is_blank = |it: &EntryId| stored.get(it).is_some_and(|it| it.key.starts_with(REMOVED_KEY));
    let home = update.feed.as_ref().and_then(|it| identify::site(it.home.as_ref()?));
    let (mut new, mut updated) = (0, 0);
    for ((identity, entry), is_removed) in identities.into_iter().zip(&batch.entries).zip(removed) {
        if is_removed {
            let (added, blanked) = store_removed(store, source, identity, entry, is_blank, at)?;
            new += added;
            updated += blanked;
            continue;
        }
        // A robots.txt that nobody could read when the entry came may forbid more by now.
        if let Identity::Same { id, .. } = identity
            && entry.rights > Rights::Any
        {
            store.tighten_rights(id, entry.rights, &entry.rights_reasons)?;
        }
        match identity {
            Identity::New { key } => {
                store_new(store, source, &key, entry, batch.held_before, at)?;
                note_choices(store, source, entry, home.as_deref())?;
                new += 1;
            }
            Identity::Same { id, .. } if is_blank(&id) => {
                store.restore_entry(id, entry, at)?;
                updated += 1;
            }
            Identity::Same { id, evidence }
                if stored.get(&id).is_none_or(|it| it.content_hash != entry.content_hash) =>
            {
                tracing::debug!(source.id = %source, entry.id = id.0, ?evidence, "an entry changed");
                store.update_entry(id, entry, at)?;
                updated += 1;
            }
            // Else the next change would meet signals of long ago.
            Identity::Same { id, .. }
                if stored
                    .get(&id)
                    .is_some_and(|it| it.id != entry.guid || it.published != entry.published_given) =>
            {
                store.note_signals(id, entry)?;
            }
            Identity::Same { .. } | Identity::Repeated => {}
        }
    }
    Ok(Some((new, updated)))
}

/// Stores an entry that is seen for the first time. One that is dated before a document of its source
/// which did not have it came late, whatever it says.
fn store_new(
    store: &Writer<'_>,
    source: &SourceId,
    key: &EntryKey,
    entry: &NewEntry,
    held_before: Option<Timestamp>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let id = store.insert_entry(source, key, entry, at)?;
    let is_late = |held: Timestamp| entry.published.plus(LATE_AFTER) < held && held <= at;
    if held_before.is_some_and(is_late) {
        store.note_late(id)?;
    }
    Ok(())
}

/// Stores digests alone of an entry that leads to a removed publisher. Returns counts of new and of
/// changed entries.
fn store_removed(
    store: &Writer<'_>,
    source: &SourceId,
    identity: Identity,
    entry: &NewEntry,
    is_blank: impl Fn(&EntryId) -> bool,
    at: Timestamp,
) -> Result<(usize, usize), StoreError> {
    match identity {
        Identity::New { key } => {
            store.insert_removed_entry(source, &key, entry, at)?;
            Ok((1, 0))
        }
        Identity::Same { id, .. } if !is_blank(&id) => {
            store.remove_entries(&[id])?;
            Ok((0, 1))
        }
        Identity::Same { .. } | Identity::Repeated => Ok((0, 0)),
    }
}

/// Adds the stored entries that share an article's number with entries that seem new, with their
/// texts, which nothing else is asked for. Returns whether there were any.
fn add_by_number(
    store: &Writer<'_>,
    source: &SourceId,
    batch: &EntryBatch,
    identities: &[Identity],
    known: &mut Vec<Known>,
) -> Result<bool, StoreError> {
    let new = identities.iter().zip(&batch.prints).filter(|it| matches!(it.0, Identity::New { .. }));
    let rows = store.known_by_number(source, &new.filter_map(|it| it.1.number_hash).collect())?;
    let has_any = !rows.is_empty();
    for (row, text) in rows {
        known.retain(|it| it.id != row.id);
        let shingles = Shingles::of(&row.title, &text);
        let mut row = known_of(named_again(row, &batch.entries));
        row.print.shingles = shingles;
        known.push(row);
    }
    Ok(has_any)
}

fn hashes_of(print: &Fingerprint, entry: &NewEntry) -> EntryHashes {
    EntryHashes {
        guid_hash: entry.guid_hash,
        link_hash: entry.link_hash,
        title_hash: print.title_lookup(),
        text_hash: print.text_lookup(),
    }
}

/// A stored entry whose publisher was removed, and is not any more, with the names that it was
/// stored under: only their digests were kept.
fn named_again(row: KnownRow, entries: &[NewEntry]) -> KnownRow {
    if !row.key.as_str().starts_with(REMOVED_KEY) {
        return row;
    }
    let of_id = entries.iter().find(|it| row.guid_hash.is_some() && it.guid_hash == row.guid_hash);
    let of_link = entries.iter().find(|it| row.link_hash.is_some() && it.link_hash == row.link_hash);
    let of_title = entries.iter().find(|it| it.title_hash == row.title_hash);
    KnownRow {
        guid: row.guid.or_else(|| of_id?.guid.clone()),
        canonical: row.canonical.or_else(|| of_link?.canonical.clone()),
        title: of_title.filter(|_| row.title.is_empty()).map_or(row.title, |it| it.title.clone()),
        ..row
    }
}

fn known_of(row: KnownRow) -> Known {
    let folded_title = identify::fold_title(&row.title);
    Known {
        id: row.id,
        print: Fingerprint {
            key: row.key.as_str().to_owned(),
            id: row.guid,
            canonical: row.canonical.map(CanonicalUrl::new),
            number_hash: row.number_hash,
            shingles: Shingles::default(),
            is_title_telling: Fingerprint::is_telling(&folded_title),
            folded_title,
            title_hash: row.title_hash,
            text_hash: row.text_hash,
            content_hash: row.content_hash,
            published: row.published_given,
            content_digest: String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use url::Url;

    use crate::config;
    use crate::domain::Validators;
    use crate::store::Health;
    use crate::store::SourceTerms;
    use crate::store::Store;

    use super::*;

    fn entry(id: &str, link: &str, title: &str, text: &str, day: i64) -> Entry {
        Entry {
            id: (!id.is_empty()).then(|| id.to_owned()),
            link: Url::parse(link).ok(),
            title: title.to_owned(),
            content: Some(text.to_owned()),
            published: Some(Timestamp::from_secs(day * 86_400)),
            ..Entry::default()
        }
    }

    fn reading(entries: &[Entry], at: Timestamp) -> EntryBatch {
        let stored = |(entry, print): (&Entry, &Fingerprint)| NewEntry {
            title: entry.title.clone(),
            guid: print.id.clone(),
            guid_hash: print.id.as_deref().map(identify::hash64),
            link: entry.link.clone(),
            canonical: print.canonical.as_ref().map(|it| it.as_str().to_owned()),
            link_hash: print.canonical.as_ref().map(|it| identify::hash64(it.as_str())),
            links: Vec::new(),
            place_hash: print.place_hash(),
            number_hash: print.number_hash,
            title_hash: print.title_hash,
            text_hash: print.text_hash,
            has_text: false,
            content_hash: print.content_hash,
            summary: None,
            authors: Vec::new(),
            categories: Vec::new(),
            language: None,
            rights_text: None,
            origin: None,
            enclosure: None,
            published_given: entry.published,
            published: identify::published(entry, at),
            updated: None,
            is_kept: false,
            is_excluded: false,
            page: PageState::Unneeded,
            rights: Rights::Any,
            rights_reasons: Vec::new(),
            text: entry.content.clone().unwrap_or_default(),
            feed_abstract: None,
        };
        let prints: Vec<_> = entries.iter().map(Fingerprint::of).collect();
        EntryBatch { entries: entries.iter().zip(&prints).map(stored).collect(), prints, held_before: None }
    }

    struct Polled {
        store: Store,
        config: Arc<Config>,
        source: SourceId,
        _folder: tempfile::TempDir,
    }

    impl Polled {
        async fn source() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let store = Store::open(&folder.path().join("it.db")).expect("a store");
            let source: SourceId = "a".parse().expect("an id");
            let sources = vec![(source.clone(), "https://a.example/feed".to_owned())];
            let now = Timestamp::from_secs(0);
            store.write(move |it| it.sync_sources(&sources, now)).await.expect("a source");
            let env = config::Environment::of(|_| None, "/nowhere".into());
            let config = config::parse("test", "[store]\npath = \"/nowhere/bylined.db\"\n", &env);
            let config = config.expect("a configuration").config;
            Self { store, config: Arc::new(config), source, _folder: folder }
        }

        /// Counts of new and of changed entries.
        async fn poll(&self, entries: &[Entry]) -> (usize, usize) {
            self.poll_or_give_back(entries).await.expect("its publisher is there")
        }

        async fn poll_or_give_back(&self, entries: &[Entry]) -> Option<(usize, usize)> {
            let at = Timestamp::from_secs(40_000 * 86_400);
            let batch = reading(entries, at);
            let (source, config) = (self.source.clone(), Arc::clone(&self.config));
            let update = PollUpdate {
                at,
                next_poll: at,
                next_if_pushed: at,
                health: Health::Healthy,
                reason: None,
                status: Some(200),
                retry_after: None,
                validators: Validators::default(),
                body_hash: None,
                last_whole: None,
                feed: None,
                poll_hints: None,
                final_url: None,
                moved_to: None,
                pending_redirect: None,
                rights: None,
            };
            let write = move |it: &Writer<'_>| store_batch(it, &config, &source, &batch, &update, at);
            self.store.write(write).await.expect("a poll")
        }
    }

    const HOME: &str = "https://a.example/";
    const PAGE: &str = "https://a.example/changelog";

    #[tokio::test]
    async fn five_items_of_one_id_and_link_and_a_sixth_are_six_entries() {
        let source = Polled::source().await;
        let items: Vec<_> =
            (1..=6).map(|n| entry("x", PAGE, &format!("Release {n}"), &format!("Text {n}"), n)).collect();
        assert_eq!(source.poll(&items[..5]).await, (5, 0));
        assert_eq!(source.poll(&items).await, (1, 0));
        assert_eq!(source.poll(&items[4..]).await, (0, 0));
        assert_eq!(source.poll(&items[..1]).await, (0, 0));
    }

    #[tokio::test]
    async fn an_entry_of_no_id_no_link_and_a_short_title_is_stored_once() {
        let source = Polled::source().await;
        let deals = || entry("", HOME, "Daily deals", "Text", 1);
        let news = || Entry { content: None, ..entry("", HOME, "News", "", 1) };
        assert_eq!(source.poll(&[deals(), news()]).await, (2, 0));
        assert_eq!(source.poll(&[news(), deals()]).await, (0, 0));
    }

    #[tokio::test]
    async fn an_entry_is_known_by_the_signals_it_had_last() {
        let source = Polled::source().await;
        source.poll(&[entry("", PAGE, "Alpha beta gamma", "Text", 1)]).await;
        assert_eq!(source.poll(&[entry("", PAGE, "Alpha beta gamma", "Text", 2)]).await, (0, 0));
        assert_eq!(source.poll(&[entry("", PAGE, "Delta epsilon zeta", "Text", 2)]).await, (0, 1));
        let source = Polled::source().await;
        source.poll(&[entry("1", HOME, "Alpha beta gamma", "Text", 1)]).await;
        assert_eq!(source.poll(&[entry("2", HOME, "Alpha beta gamma", "Text", 1)]).await, (0, 0));
        assert_eq!(source.poll(&[entry("2", HOME, "Delta epsilon zeta", "Other", 1)]).await, (0, 1));
    }

    #[tokio::test]
    async fn a_document_that_arrives_after_its_publisher_was_removed_is_not_stored() {
        let source = Polled::source().await;
        let id = source.source.clone();
        let remove = move |it: &Writer<'_>| {
            it.record_terms(&SourceTerms {
                id: id.clone(),
                publisher: None,
                is_listed: true,
                rights: OperatorRights { strictest: Rights::Drop, licence: None },
                url_hash: 1,
            })
        };
        source.store.write(remove).await.expect("a removal");
        let entries = [entry("1", PAGE, "Alpha beta gamma", "Text", 1)];
        assert_eq!(source.poll_or_give_back(&entries).await, None);
        let stored = source.store.read(|it| Ok((it.counts()?.entries, it.sources()?.remove(0).last_poll)));
        assert_eq!(stored.await.expect("the store"), (0, None));
    }
}
