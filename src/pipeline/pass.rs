//! One pass: polls what is due, gives every entry its story, reads pages, curates and publishes.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::store::ClaimScope;
use crate::store::StoreError;

use super::context::Pipeline;
use super::poll::Outcome;
use super::poll::Polled;
use super::ready::PAGE_WAIT;

/// A pass looks for more sources once one in this many places is free.
const REFILL_DIVISOR: usize = 4;

/// How often a pass publishes what is ready while it reads pages, and how long it reads them at
/// most: until then every story has waited long enough for its page.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);

const PASS_READS: Duration = PAGE_WAIT;

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
    /// One pass over sources through curation and publication.
    ///
    /// # Errors
    /// Fails where the store does. What a source, a page or a model does wrong is in the report.
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
            if !waiting.is_empty() && (places / REFILL_DIVISOR < free || places == free) {
                let claim = match scope {
                    // Another process may have polled some of them meanwhile.
                    Scope::Due => ClaimScope::Due(Arc::clone(&waiting)),
                    Scope::All | Scope::Named(_) => ClaimScope::Listed(Arc::clone(&waiting)),
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
        if let ClaimScope::Listed(sources) = self.scope(&scope) {
            let now = self.now();
            self.store.write(move |it| it.recheck_now(&sources, now)).await?;
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

    /// Gives every entry its story and returns how many were founded.
    ///
    /// # Errors
    /// Fails where the store does; the entries then still wait for their stories.
    pub async fn assign(&self) -> Result<usize, StoreError> {
        let founded = self.assigner.assign(self.now()).await?;
        self.settle_primaries().await?;
        Ok(founded)
    }

    /// Everything after polling but the reading of pages: takes up what is
    /// pending, wherever it came from. Stories of which a page is still to be read wait.
    /// Where nothing has changed since the last time and nothing is pending, nothing is done.
    ///
    /// # Errors
    /// Fails where the store does; what is still pending is taken up by the next call.
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
            total.published += self.generate_with_llm(on_progress).await?;
            let digested = self.digest(readers, on_progress).await?;
            total.stories_new += digested.stories_new;
            total.published += digested.published;
            if is_last {
                return Ok(total);
            }
        }
    }
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
