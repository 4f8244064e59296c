//! Reads article pages where the feed is cut and rights allow.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tracing::debug;
use url::Url;

use crate::cluster::Assignment;
use crate::config::Config;
use crate::config::SourceRights;
use crate::domain::EntryId;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::extract;
use crate::extract::Article;
use crate::fetch;
use crate::fetch::rights::Signals;
use crate::fetch::robots::RobotsAnswer;
use crate::identify;
use crate::store::EntryRow;
use crate::store::PageState;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::UnassignedRow;
use crate::store::Writer;

use super::Credits;
use super::OnProgress;
use super::Pipeline;
use super::Progress;
use super::assign;

/// Pages of one source that are read at once.
const PER_SOURCE: usize = 4;

/// Longest time for taking a page apart; hostile markup can make it slow.
const EXTRACT_TIMEOUT: Duration = Duration::from_secs(10);

/// What we may do with a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum May {
    /// Nothing: it is not fetched.
    Not,
    /// Fetch it and read it as its signals allow.
    Read,
    /// Fetch it and read it whatever its signals say: the operator has a licence.
    ReadLicensed,
}

/// What became of one page.
struct Page {
    state: PageState,
    reason: String,
    rights: Option<(Rights, Vec<String>)>,
    article: Option<Article>,
}

impl Pipeline {
    /// Reads every page that is wanted, a few of each source at a time, so that a
    /// slow site holds up nobody else's. A page that cannot be read is noted with
    /// its reason, and the feed's own text stands.
    pub async fn read_pages(self: &Arc<Self>, on_progress: OnProgress<'_>) -> Result<(), StoreError> {
        let mut reads: JoinSet<(EntryId, Result<(), StoreError>)> = JoinSet::new();
        let mut under_way: HashMap<EntryId, SourceId> = HashMap::new();
        let mut done = 0;
        loop {
            let config = Arc::clone(&self.config);
            let wanted = self.store.read(move |it| wanted(it, &config)).await?;
            for (entry, may) in wanted {
                let of_source = under_way.values().filter(|it| **it == entry.source).count();
                if self.config.fetch.concurrency <= reads.len() {
                    break;
                }
                if of_source < PER_SOURCE && !under_way.contains_key(&entry.id) {
                    under_way.insert(entry.id, entry.source.clone());
                    let (pipeline, id) = (Arc::clone(self), entry.id);
                    reads.spawn(async move { (id, pipeline.read_page(entry, may).await) });
                }
            }
            match reads.join_next().await {
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

    async fn read_page(&self, entry: EntryRow, may: May) -> Result<(), StoreError> {
        let now = self.now();
        let page = match (&entry.link, may) {
            (Some(link), May::Read | May::ReadLicensed) => self.page(link, may, now).await,
            (Some(_), May::Not) => {
                Page::without(PageState::Denied, "the publisher allows no more than a link")
            }
            (None, _) => Page::without(PageState::Unneeded, "the entry has no link"),
        };
        debug!(source.id = %entry.source, entry.id = entry.id.0, state = page.state.as_str(), "page: {}", page.reason);
        self.store.write(move |it| record(it, &entry, &page, now)).await
    }

    async fn page(&self, link: &Url, may: May, now: Timestamp) -> Page {
        let robots = self.robots(link, now).await;
        if let Some(refused) = refusal(&robots, link, may) {
            return refused;
        }
        let (document, room) = match fetch::page(&self.client, link, now).await {
            Ok(fetched) => fetched,
            Err(error) => {
                return Page::without(PageState::Failed, &format!("{}: {error}", error.reason_kind()));
            }
        };
        // A redirect may lead to a site with rules of its own.
        let robots = self.robots(&document.found, now).await;
        if let Some(refused) = refusal(&robots, &document.found, may) {
            return refused;
        }
        let (hints, found) = (document.hints.clone(), document.found.clone());
        let taking = tokio::task::spawn_blocking(move || extract::article(&document));
        let Ok(Ok(taken)) = tokio::time::timeout(EXTRACT_TIMEOUT, taking).await else {
            return Page::without(PageState::Failed, "extract: the page could not be taken apart in time");
        };
        drop(room);
        let signals = match &taken {
            Ok(article) => article,
            Err(error) => &error.signals,
        };
        let (rights, reasons) = fetch::rights::signalled(&Signals {
            url: &found,
            robots: Some(&robots),
            hints: &[&hints],
            meta_robots: &signals.meta_robots,
            meta_tdm_reservation: signals.tdm_reservation,
        });
        let (state, reason, article) = match taken {
            _ if Rights::Link <= rights && may != May::ReadLicensed => {
                (PageState::Denied, reasons.join("; "), None)
            }
            Ok(article) => (PageState::Fetched, "read".to_owned(), Some(article)),
            Err(error) => (PageState::Failed, format!("extract: {error}"), None),
        };
        Page { state, reason, rights: Some((rights, reasons)), article }
    }
}

/// The pages that are wanted, with what we may do.
fn wanted(store: &Reader<'_>, config: &Config) -> Result<Vec<(EntryRow, May)>, StoreError> {
    let sources = store.sources()?;
    let credits = Credits::new(config, &sources);
    let wanted = store.pages_wanted(PER_SOURCE)?.into_iter().map(|entry| {
        let source = credits.configured(&entry.source);
        let is_licensed = source.is_some_and(|it| matches!(it.rights, SourceRights::Licensed { .. }));
        let is_allowed = credits.of(&entry).is_some_and(|it| it.byline.rights < Rights::Link);
        let may = match (is_allowed && source.is_some_and(|it| it.full_text && it.enabled), is_licensed) {
            (false, _) => May::Not,
            (true, false) => May::Read,
            (true, true) => May::ReadLicensed,
        };
        (entry, may)
    });
    Ok(wanted.collect())
}

/// What robots.txt has against a page; a licence overrides it.
fn refusal(robots: &RobotsAnswer, url: &Url, may: May) -> Option<Page> {
    match robots {
        _ if may == May::ReadLicensed || robots.allows_page(url) => None,
        RobotsAnswer::Unreachable(why) => Some(Page::without(PageState::Failed, why)),
        _ => Some(Page::without(PageState::Denied, "robots.txt disallows the page")),
    }
}

impl Page {
    fn without(state: PageState, reason: &str) -> Self {
        Self { state, reason: reason.to_owned(), rights: None, article: None }
    }
}

fn record(store: &Writer<'_>, entry: &EntryRow, page: &Page, now: Timestamp) -> Result<(), StoreError> {
    let text = page.article.as_ref().map(|it| it.text.as_str());
    store.record_page(entry.id, page.state, Some(&page.reason), text, now)?;
    if let Some((rights, reasons)) = &page.rights {
        store.record_rights(entry.id, *rights, reasons)?;
    }
    if let Some(canonical) =
        page.article.as_ref().and_then(|it| it.canonical.as_ref()).and_then(identify::canonical)
        && entry.canonical.as_deref() != Some(canonical.as_str())
    {
        join_by_canonical(store, entry, canonical.as_str(), now)?;
    }
    Ok(())
}

/// A page that names another address as its canonical one is a copy of the
/// article there: if an entry of another source has that address, their stories are one.
fn join_by_canonical(
    store: &Writer<'_>,
    entry: &EntryRow,
    canonical: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(own) = entry.story else { return Ok(()) };
    let hash = identify::hash64(canonical);
    let unassigned = UnassignedRow {
        id: entry.id,
        source: entry.source.clone(),
        key: entry.key.clone(),
        title: entry.title.clone(),
        canonical: Some(canonical.to_owned()),
        link_hash: Some(hash),
        published: entry.published,
        is_kept: false,
    };
    store.record_page_canonical(entry.id, canonical, hash)?;
    let Assignment::Join(other, _) = assign::decide(store, &unassigned, Some((canonical, hash)))? else {
        return Ok(());
    };
    if other == own {
        return Ok(());
    }
    let (Some(mine), Some(theirs)) = (store.story(own)?, store.story(other)?) else { return Ok(()) };
    // The id that readers know stays; among unpublished ones, the older.
    let age = |it: &crate::store::StoryRow| {
        (it.first_published.is_none(), it.first_published, it.published, it.key.clone())
    };
    let (into, from) = if age(&theirs) <= age(&mine) { (&theirs, &mine) } else { (&mine, &theirs) };
    store.merge_stories(from.id, into.id, "the page names the same canonical URL", now)
}
