//! Stores what came of an article's page.

use crate::cluster::Unassigned;
use crate::curate;
use crate::domain::ArticleStatus;
use crate::domain::SnapshotFrom;
use crate::domain::Timestamp;
use crate::identify;
use crate::schedule;
use crate::store::EntryRow;
use crate::store::PageHeld;
use crate::store::PageState;
use crate::store::StoreError;
use crate::store::Writer;

use super::article_page::PageOutcome;
use super::assign;
use super::removed::RemovedPlaces;

/// What came of asking for an entry's page.
pub(super) struct PageFetch {
    pub(super) entry: EntryRow,
    pub(super) page: PageOutcome,
    /// What was known of the page before.
    pub(super) held: PageHeld,
    pub(super) now: Timestamp,
}

impl PageFetch {
    /// Records what a further look at a page found. Its text is taken anew only where the publisher
    /// says that it was corrected or retracted: what else stands at the address may be another thing.
    pub(super) fn record_recheck(&self, store: &Writer<'_>) -> Result<(), StoreError> {
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
        if let Some(article) = text {
            let description = article.description.as_deref().unwrap_or_default();
            store.record_abstract(entry.id, SnapshotFrom::Page, description, *now)?;
        }
        let text = text.map(|it| it.text.as_str());
        store.record_recheck(entry.id, self.next_recheck(missing), missing, validators, text, *now)?;
        // What stands in the place of the article can only forbid more than the article did.
        if let Some((rights, reasons)) = page.rights.as_ref().filter(|it| is_there || entry.rights < it.0) {
            store.record_rights(entry.id, *rights, reasons)?;
        }
        store.record_article_status(entry.id, article_status, *now)
    }

    /// Records what came of reading a page.
    pub(super) fn record_reading(&self, store: &Writer<'_>) -> Result<(), StoreError> {
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
        if let Some(description) = page.article.as_ref().and_then(|it| it.description.as_deref()) {
            store.record_abstract(entry.id, SnapshotFrom::Page, description, *now)?;
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
        let title = page.article.as_ref().and_then(|it| it.title.as_deref());
        if let Some(title) = title.filter(|it| !it.is_empty()) {
            store.record_page_title(entry.id, title)?;
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
/// article there: if an entry of another source has that address, their stories are one. It speaks for
/// its own article alone: a story that other sources tell under other addresses stays as it is.
pub(super) fn join_by_canonical(
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
    let is_of_article = |it: &EntryRow| it.source == entry.source || it.canonical == entry.canonical;
    if !store.reader().member_entries(own)?.iter().all(is_of_article) {
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
