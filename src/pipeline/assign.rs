//! Gives every entry its story.
//!
//! Each process holds one window of open stories, which one thread at a time works on. It works in three steps, of which
//! only the last needs the writer: `prepare` reads entries without a story and what is compared of
//! them, `decide` finds their stories in one snapshot of the store, `record` writes down what was
//! decided. The record step looks first whether the snapshot still holds, by the number of the latest
//! decision on which entries are one story (an optimistic concurrency token); where another process
//! was quicker, the window is rolled back, follows what changed, and decides again.

mod address;
mod context;
mod decide;
mod merging;
mod open_window;
mod record;
#[cfg(test)]
mod tests;

pub(super) use self::address::same_address;
pub(crate) use self::merging::age;
pub(crate) use self::merging::merge;

use std::collections::HashMap;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tracing::debug;
use tracing::error;

use crate::cluster;
use crate::cluster::EntryFeatures;
use crate::config::Config;
use crate::domain::EntryId;
use crate::domain::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::UnassignedRow;
use crate::threads;

use self::context::BATCH;
use self::context::Bounds;
use self::context::Context;
use self::context::OPEN_MAX;
use self::context::Prepared;
use self::open_window::OpenWindow;
use self::record::Recorded;
use self::record::record;

/// Entries that are held beyond the window, the newest, for the sake of what follows their events: what
/// comes of an event comes days later (`Window::memory`).
const HELD_FOR_FOLLOW_UPS_MAX: usize = 20_000;

/// Owns the window of this process.
pub(super) struct Assigner {
    context: Context,
    /// A cache of what the store holds, built by the first assignment, so that a process that assigns
    /// nothing holds nothing.
    open: Arc<Mutex<Option<OpenWindow>>>,
}

impl Assigner {
    pub(super) fn new(store: Store, config: &Config) -> Self {
        let names = config.sources.iter().filter_map(|it| Some((it.id.clone(), it.publisher.clone()?)));
        let context = Context {
            store,
            host: config.site.base_url.host_str().unwrap_or_default().to_owned(),
            publishers: Arc::new(names.collect()),
            span: config.dedup.window,
        };
        Self { context, open: Arc::default() }
    }

    /// Assigns every entry that has no story and returns how many stories were
    /// founded. Entries are taken in the order of their dates, so that neither the
    /// order of polls nor a kill in between changes the outcome of a pass.
    ///
    /// # Errors
    /// When the store fails. What was assigned until then stays.
    pub(super) async fn assign(&self, now: Timestamp) -> Result<usize, StoreError> {
        let (context, mut open) = (self.context.clone(), Arc::clone(&self.open).lock_owned().await);
        // Once begun it is done, whether or not anybody waits any more.
        let assigned = threads::blocking(move || {
            let pass = || context.assign(&mut open, now);
            let outcome = catch_unwind(AssertUnwindSafe(pass)).unwrap_or_else(|_| {
                error!("the assignment of entries to stories panicked; this is a bug");
                Err(StoreError::Panicked)
            });
            if outcome.is_err() {
                // What may be half changed is read anew.
                *open = None;
            }
            outcome
        });
        assigned.await.unwrap_or(Err(StoreError::Panicked))
    }
}

impl Context {
    fn assign(&self, open: &mut Option<OpenWindow>, now: Timestamp) -> Result<usize, StoreError> {
        let mut founded = 0;
        let mut known: HashMap<(EntryId, i64), EntryFeatures> = HashMap::new();
        loop {
            let rows = self.store.read_blocking(|it| it.unassigned(BATCH))?;
            let [oldest, newest] = [rows.first(), rows.last()].map(|it| it.map(|it| it.published));
            let Some((oldest, newest)) = oldest.zip(newest) else { return Ok(founded) };
            let is_last = rows.len() < BATCH;
            let memory = cluster::memory(self.span);
            // A clock that is years behind must not make it hold all there is.
            let latest = newest.max(now);
            let held_to = latest.plus(memory);
            let compared_from = self.store.read_blocking(|it| {
                compared_from(oldest, latest, self.span, |from| {
                    it.assigned_count(from, held_to, OPEN_MAX + 1)
                })
            })?;
            let wanted = compared_from.minus(memory.saturating_sub(self.span));
            let oldest_held =
                self.store.read_blocking(|it| it.assigned_before(compared_from, HELD_FOR_FOLLOW_UPS_MAX))?;
            let held_from = oldest_held.map_or(wanted, |it| it.max(wanted));
            open.take_if(|it| !it.reaches(held_from, held_to));
            let window = open.get_or_insert_with(|| OpenWindow::new(self.span, now));
            window.warm(self, held_from, held_to)?;
            let batch: VecDeque<_> =
                rows.into_iter().map(|row| self.prepare(window, row, &mut known)).collect();
            let bounds = Bounds { compared_from, held_from, now };
            let Assigned { stories, is_whole } = self.assign_batch(window, batch, &bounds, &mut known)?;
            founded += stories;
            window.forget(&bounds);
            if is_last && is_whole {
                return Ok(founded);
            }
        }
    }

    fn prepare(
        &self,
        window: &mut OpenWindow,
        mut row: UnassignedRow,
        known: &mut HashMap<(EntryId, i64), EntryFeatures>,
    ) -> Prepared {
        let known = known.remove(&(row.id, row.changed));
        let reading = known.unwrap_or_else(|| window.read(self, &row));
        row.text = String::new();
        Prepared { row: Arc::new(row), reading }
    }

    /// Decides and records a batch, run by run, as long as no other process is quicker. What was read
    /// of entries that were not recorded goes to `known`.
    fn assign_batch(
        &self,
        window: &mut OpenWindow,
        mut waiting: VecDeque<Prepared>,
        bounds: &Bounds,
        known: &mut HashMap<(EntryId, i64), EntryFeatures>,
    ) -> Result<Assigned, StoreError> {
        let mut stories = 0;
        while !waiting.is_empty() {
            let decided = self.store.read_blocking(|it| window.decide(it, self, bounds, &mut waiting));
            let run = Arc::new(decided?);
            let (to_record, host, now) = (Arc::clone(&run), self.host.clone(), bounds.now);
            match self.store.write_blocking(move |it| record(it, &to_record, &host, now))? {
                Recorded::Done(numbers) => {
                    window.commit(&numbers);
                    stories += run.founded();
                }
                Recorded::Stale => {
                    debug!("another process assigned entries meanwhile; deciding again");
                    let changed: HashMap<EntryId, i64> =
                        run.steps.iter().map(|it| (it.entry.id, it.entry.changed)).collect();
                    let taken = window.roll_back().into_iter();
                    known.extend(taken.filter_map(|(id, it)| Some(((id, *changed.get(&id)?), it))));
                    known.extend(waiting.into_iter().map(|it| ((it.row.id, it.row.changed), it.reading)));
                    return Ok(Assigned { stories, is_whole: false });
                }
            }
        }
        Ok(Assigned { stories, is_whole: true })
    }
}

/// What came of a batch.
struct Assigned {
    /// Stories founded.
    stories: usize,
    /// Whether all of it was recorded.
    is_whole: bool,
}

/// From which date on a batch is compared by words: as far back as its oldest entry wants,
/// or, where too many entries from there on have their story, as one of the latest date wants. What this
/// process happens to hold does not matter, so that a restart changes nothing.
fn compared_from(
    oldest: Timestamp,
    latest: Timestamp,
    span: Duration,
    assigned_since: impl FnOnce(Timestamp) -> Result<usize, StoreError>,
) -> Result<Timestamp, StoreError> {
    let (wanted, due) = (oldest.min(latest).minus(span), latest.minus(span));
    let is_too_far = wanted < due && OPEN_MAX < assigned_since(wanted)?;
    Ok(if is_too_far { due } else { wanted })
}
