//! Where deciding meets acting: asks the store what is pending, gives it to the
//! stage, records the result.
//!
//! A pass reads like the way of an entry: poll (fetch, parse, identify, store),
//! assign, read pages, brief, publish. Each step takes up whatever is pending in
//! the store, so a process killed anywhere is continued by the next.

pub(crate) mod assign;
mod authorization;
mod breaker;
pub(crate) mod brief;
mod consult;
mod content;
mod credit;
pub(crate) mod curation_input;
mod discover;
mod error_chain;
mod family;
mod home;
mod ingest;
pub(crate) mod item;
mod ledger;
mod model;
mod moving;
mod outcome;
pub(crate) mod outputs;
mod overrides;
mod pages;
mod period;
mod place;
mod planned;
mod poll;
mod push;
mod ready;
pub(crate) mod record;
mod relate;
mod removed;
mod robots;
mod score;
mod signals;
mod trial;
mod turns;
mod unreadable;

pub(crate) use self::content::shown_content;
pub use self::credit::Credits;
pub(crate) use self::credit::Homes;
pub use self::curation_input::title_of;
pub use self::discover::Discovery;
pub use self::family::Families;
pub use self::item::items;
pub use self::ledger::settle;
pub use self::model::AskError;
pub(crate) use self::model::Asking;
pub use self::model::models;
pub use self::poll::Outcome;
pub use self::poll::Polled;
pub use self::push::Push;
pub(crate) use self::record::CurationResult;
pub(crate) use self::record::Trigger;
pub use self::score::Score;
pub use self::trial::SourceTrial;
pub use self::trial::Trials;
pub(crate) use self::unreadable::named_feed;

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::info;

use crate::config;
use crate::config::Config;
use crate::config::SourceRights;
use crate::domain::Clock;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::net::Client;
use crate::store::Claim;
use crate::store::Holder;
use crate::store::SourceRow;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::Terms;

/// How long a lease on a source outlives the longest exchanges.
const LEASE_SLACK: Duration = Duration::from_secs(60);

/// Longest exchanges in a lease: robots.txt of each hop and the feed, each after another source's
/// at the same host.
const LEASE_EXCHANGES: u32 = 14;

/// Sources of one host that are leased for each that it is asked for at once: one more waits.
const LEASED_PER_TURN: usize = 2;

/// Part of all places that are free before a pass looks for more sources, as its inverse.
const REFILL_PARTS: usize = 4;

/// How often a pass publishes what is ready while it reads pages, and how long it reads them at
/// most: until then every story has waited long enough for its page.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);
const PASS_READS: Duration = ready::PAGE_WAIT;

/// How often a process looks for texts past their retention.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

/// Entries whose texts are removed in one transaction.
const FORGOTTEN_AT_ONCE: usize = 500;

/// Documents taken apart at once.
const PARSED_MAX: usize = 2;

/// Bytes of the documents that are taken apart or wait to be stored: enough for the
/// writer to store many in one transaction, and few enough to be held in memory.
const DOCUMENT_BYTES_MAX: u32 = 128 * 1024;

/// Everything a step needs. One for each process.
pub struct Pipeline {
    config: Arc<Config>,
    store: Store,
    client: Client,
    clock: Arc<dyn Clock>,
    holder: Holder,
    robots: robots::Sites,
    assigner: assign::Assigner,
    /// Who writes, where a model does.
    model: Option<model::Model>,
    turns: consult::SharedTurns,
    /// The sources that are polled, and where each stands in the configuration.
    enabled: HashMap<SourceId, usize>,
    enabled_ids: Arc<HashSet<SourceId>>,
    /// The generation of the store that was last taken up as a whole.
    digested: AtomicI64,
    /// When texts past their retention were last removed, in epoch milliseconds.
    forgot: AtomicI64,
    /// Bytes of documents that may be taken apart or wait to be stored.
    document_bytes: Semaphore,
    /// Places of documents that are taken apart.
    parsers: Semaphore,
}

/// Which sources a pass polls.
#[derive(Clone, Debug)]
pub enum Scope {
    /// Those that are due.
    Due,
    /// All of them, whatever their schedule.
    All,
    /// These, whatever their schedule.
    Named(Vec<SourceId>),
}

/// What one pass did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PassReport {
    /// Sources configured and enabled.
    pub sources: usize,
    /// Sources asked.
    pub polled: usize,
    /// Sources that had a new document.
    pub modified: usize,
    /// Sources that had nothing new.
    pub not_modified: usize,
    /// Sources that could not be read.
    pub failed: usize,
    /// Entries seen for the first time.
    pub entries_new: usize,
    /// Known entries that changed.
    pub entries_updated: usize,
    /// Stories founded.
    pub stories_new: usize,
    /// Stories that entered an output for the first time.
    pub published: usize,
    /// Wall time of the pass.
    pub seconds: f64,
}

/// What came of taking up what was pending.
#[derive(Clone, Copy, Debug)]
pub struct Digested {
    /// Stories founded.
    pub stories_new: usize,
    /// Stories that entered an output for the first time.
    pub published: usize,
}

/// A step of a pass, for whoever shows progress.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// Sources are being asked: so many of so many.
    Polling(usize, usize),
    /// Article pages are being read: so many of so many.
    Reading(usize, usize),
    /// So many stories have been curated.
    Curating(usize),
}

/// Told of each step.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// What shows readers the store's content. It stands above the pipeline, which says when there is
/// something new to show.
pub trait Refresh: Sync {
    /// Shows what the store holds now.
    ///
    /// # Errors
    ///
    /// Fails when the store cannot be read.
    fn refresh(&self, now: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl Pipeline {
    /// Puts the parts together.
    pub fn new(config: Arc<Config>, store: Store, client: Client, clock: Arc<dyn Clock>) -> Self {
        let model = model::Model::of(&config);
        let assigner = assign::Assigner::new(store.clone(), &config);
        let enabled: HashMap<_, _> = config
            .sources
            .iter()
            .enumerate()
            .filter(|(_, it)| it.enabled && !is_dropped(it))
            .map(|(n, it)| (it.id.clone(), n))
            .collect();
        Self {
            enabled_ids: Arc::new(enabled.keys().cloned().collect()),
            enabled,
            digested: AtomicI64::new(i64::MIN),
            forgot: AtomicI64::new(0),
            document_bytes: Semaphore::new(DOCUMENT_BYTES_MAX as usize),
            parsers: Semaphore::new(PARSED_MAX),
            config,
            store,
            client,
            clock,
            holder: Holder::this_process(),
            robots: robots::Sites::default(),
            assigner,
            model,
            turns: consult::SharedTurns::default(),
        }
    }

    /// What the operator decided.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// What is remembered.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The wall time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// One pass over sources through curation and publication.
    pub async fn pass(
        self: &Arc<Self>,
        scope: Scope,
        readers: &impl Refresh,
        on_progress: OnProgress<'_>,
    ) -> Result<PassReport, StoreError> {
        let started = Instant::now();
        let mut report = PassReport { sources: self.enabled.len(), ..PassReport::default() };
        self.sync_sources().await?;
        let (claim, now) = (self.scope(&scope), self.now());
        let waiting = self.store.read(move |it| it.pollable(&claim, now)).await?;
        let mut waiting: Arc<HashSet<SourceId>> = Arc::new(waiting.into_iter().collect());
        let total = waiting.len();
        let places = self.config.fetch.concurrency;
        let mut polls = JoinSet::new();
        loop {
            let free = places.saturating_sub(polls.len());
            // In portions: a lease is not to run out while its source waits for its turn.
            if !waiting.is_empty() && (places / REFILL_PARTS < free || places == free) {
                let claim = match scope {
                    // Another process may have polled some of them meanwhile.
                    Scope::Due => Claim::Due(Arc::clone(&waiting)),
                    Scope::All | Scope::Named(_) => Claim::Listed(Arc::clone(&waiting)),
                };
                let claimed = self.lease(claim, free).await?;
                let still = Arc::make_mut(&mut waiting);
                for (source, row) in claimed {
                    still.remove(&source.id);
                    let pipeline = Arc::clone(self);
                    polls.spawn(async move { pipeline.poll(&source, row).await });
                }
            }
            // What is still waiting then, others poll, or its host asked to be left alone.
            let Some(polled) = polls.join_next().await else { break };
            // A panic in one poll is that source's failure; its lease runs out by itself.
            let polled = polled.unwrap_or_else(|_| Ok(Polled::failed()))?;
            report.count(&polled);
            on_progress(Progress::Polling(report.polled, total));
        }
        report.stories_new = self.assign().await?;
        if let Claim::Listed(sources) = self.scope(&scope) {
            let now = self.now();
            self.store.write(move |it| it.hasten_looks(&sources, now)).await?;
        }
        // What one source has to be read does not hold up what others have to be published.
        let is_read = Notify::new();
        let named = match scope {
            Scope::Named(sources) => Some(sources.into_iter().collect()),
            Scope::Due | Scope::All => None,
        };
        let reading = async {
            let read = tokio::time::timeout(PASS_READS, self.read_pages_of(named, on_progress)).await;
            is_read.notify_one();
            // What is left is read by the next pass.
            read.unwrap_or(Ok(()))
        };
        let publishing = self.publish_until(&is_read, readers, on_progress);
        let ((), digested) = tokio::try_join!(reading, publishing)?;
        report.stories_new += digested.stories_new;
        report.published = digested.published;
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Curates and publishes what is ready, again and again until all pages are read, and once more.
    async fn publish_until(
        self: &Arc<Self>,
        is_read: &Notify,
        readers: &impl Refresh,
        on_progress: OnProgress<'_>,
    ) -> Result<Digested, StoreError> {
        let mut total = Digested { stories_new: 0, published: 0 };
        let mut is_last = false;
        loop {
            is_last |= tokio::time::timeout(PUBLISH_EVERY, is_read.notified()).await.is_ok();
            total.published += self.consult(on_progress).await?;
            let digested = self.digest(readers, on_progress).await?;
            total.stories_new += digested.stories_new;
            total.published += digested.published;
            if is_last {
                return Ok(total);
            }
        }
    }

    /// Gives every entry its story and returns how many were founded.
    pub async fn assign(&self) -> Result<usize, StoreError> {
        let founded = self.assigner.assign(self.now()).await?;
        self.settle_primaries().await?;
        Ok(founded)
    }

    /// Everything after polling but the reading of pages: takes up what is
    /// pending, wherever it came from. Stories of which a page is still to be read wait.
    /// Where nothing has changed since the last time and nothing is pending, nothing is done.
    pub async fn digest(
        self: &Arc<Self>,
        readers: &impl Refresh,
        on_progress: OnProgress<'_>,
    ) -> Result<Digested, StoreError> {
        self.close_periods().await?;
        self.forget_texts().await?;
        let state = self.store.read(|it| Ok((it.generation()?, it.has_pending()?))).await?;
        if state == (self.digested.load(Ordering::Relaxed), false) {
            return Ok(Digested { stories_new: 0, published: 0 });
        }
        // Another process may have stored entries since this one last looked.
        let stories_new = self.assign().await?;
        // First, so that none of the stories to come is looked at twice.
        self.sync_outputs().await?;
        let published = self.brief(on_progress).await?;
        readers.refresh(self.now()).await?;
        self.digested.store(state.0, Ordering::Relaxed);
        Ok(Digested { stories_new, published })
    }

    /// Removes the texts that were kept for long enough and that no reader can have.
    async fn forget_texts(&self) -> Result<(), StoreError> {
        let now = self.now();
        let last = Timestamp::from_millis(self.forgot.load(Ordering::Relaxed));
        if last <= now && now.since(last) < FORGET_EVERY {
            return Ok(());
        }
        // While entries may still be compared by their words, they have some.
        let before = now.minus(self.config.store.retention.max(self.config.dedup.window));
        let mut total = 0;
        loop {
            let forgotten = self.store.write(move |it| it.forget_texts(before, FORGOTTEN_AT_ONCE)).await?;
            total += forgotten;
            if forgotten < FORGOTTEN_AT_ONCE {
                break;
            }
        }
        if 0 < total {
            info!(
                entries.forgotten = total,
                "removed the texts of {total} entries in no published story, first seen before {before}"
            );
        }
        self.forgot.store(now.millis(), Ordering::Relaxed);
        Ok(())
    }

    /// Takes leases on sources to be polled.
    pub async fn claim(
        &self,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<(config::Source, SourceRow)>, StoreError> {
        self.lease(self.scope(scope), limit).await
    }

    fn scope(&self, scope: &Scope) -> Claim {
        match scope {
            Scope::Due => Claim::Due(Arc::clone(&self.enabled_ids)),
            Scope::All => Claim::Listed(Arc::clone(&self.enabled_ids)),
            Scope::Named(ids) => {
                let named = ids.iter().filter(|it| self.enabled.contains_key(*it)).cloned();
                Claim::Listed(Arc::new(named.collect()))
            }
        }
    }

    async fn lease(
        &self,
        claim: Claim,
        limit: usize,
    ) -> Result<Vec<(config::Source, SourceRow)>, StoreError> {
        let now = self.now();
        let exchanges = self.config.fetch.timeout.saturating_mul(LEASE_EXCHANGES);
        let terms = self.terms(now.plus(exchanges.saturating_add(LEASE_SLACK)));
        let rows = self.store.write(move |it| it.claim(&claim, limit, now, &terms)).await?;
        let configured = |id: &SourceId| self.config.sources.get(*self.enabled.get(id)?).cloned();
        Ok(rows.into_iter().filter_map(|row| Some((configured(&row.id)?, row))).collect())
    }

    /// On what terms this process takes leases.
    fn terms(&self, until: Timestamp) -> Terms {
        let local = |it: &std::net::SocketAddr| [it.to_string(), format!("localhost:{}", it.port())];
        Terms {
            holder: self.holder.clone(),
            until,
            per_host: self.config.fetch.per_host.saturating_mul(LEASED_PER_TURN),
            unbounded: self.config.fetch.allow_private.iter().flat_map(local).collect(),
        }
    }

    /// Gives all leases of this process back.
    pub async fn release(&self) -> Result<(), StoreError> {
        let holder = self.holder.clone();
        self.store.write(move |it| it.release(&holder)).await
    }

    fn enabled(&self) -> impl Iterator<Item = &config::Source> {
        self.config.sources.iter().filter(|it| self.enabled.contains_key(&it.id))
    }
}

/// Of a publisher whose words are to be removed nothing more is fetched.
fn is_dropped(source: &config::Source) -> bool {
    matches!(
        source.rights,
        SourceRights::AtLeast(Rights::Drop) | SourceRights::Licensed { mode: Rights::Drop, .. }
    )
}

impl PassReport {
    fn count(&mut self, polled: &Polled) {
        self.polled += 1;
        match polled.outcome {
            Outcome::Modified => self.modified += 1,
            Outcome::NotModified => self.not_modified += 1,
            Outcome::Failed => self.failed += 1,
        }
        self.entries_new += polled.new;
        self.entries_updated += polled.updated;
    }
}
