//! Gives every entry its story.
//!
//! One thread of each process owns the window of open stories. It works in three steps, of which
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

pub(super) use self::address::same_address;
pub(crate) use self::merging::age;
pub(crate) use self::merging::merge;

use std::collections::HashMap;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tracing::debug;
use tracing::error;

use crate::cluster::EntryFeatures;
use crate::config::Config;
use crate::domain::EntryId;
use crate::domain::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::UnassignedRow;

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

/// Requests that wait for the window; whoever asks when it is full waits.
const WAITING_MAX: usize = 64;

/// Asks the thread that owns the window of this process.
pub(super) struct Assigner {
    context: Context,
    /// Started with the first request, so that a process that assigns nothing holds nothing.
    requests: OnceLock<mpsc::SyncSender<AssignRequest>>,
}

struct AssignRequest {
    now: Timestamp,
    answer: oneshot::Sender<Result<usize, StoreError>>,
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
        Self { context, requests: OnceLock::new() }
    }

    /// Assigns every entry that has no story and returns how many stories were
    /// founded. Entries are taken in the order of their dates, so that neither the
    /// order of polls nor a kill in between changes the outcome of a pass.
    ///
    /// # Errors
    /// When the store fails. What was assigned until then stays.
    pub(super) async fn assign(&self, now: Timestamp) -> Result<usize, StoreError> {
        let requests = self.requests.get_or_init(|| start(self.context.clone())).clone();
        let (answer, answered) = oneshot::channel();
        let request = AssignRequest { now, answer };
        match requests.try_send(request) {
            Ok(()) => {}
            Err(mpsc::TrySendError::Full(request)) => {
                // Waiting for a place must not hold up an async worker.
                let sent = tokio::task::spawn_blocking(move || requests.send(request)).await;
                sent.map_err(|_| StoreError::Closed)?.map_err(|_| StoreError::Closed)?;
            }
            Err(mpsc::TrySendError::Disconnected(_)) => return Err(StoreError::Closed),
        }
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

/// Starts the thread, which ends when nobody can ask it any more.
fn start(context: Context) -> mpsc::SyncSender<AssignRequest> {
    let (requests, waiting) = mpsc::sync_channel::<AssignRequest>(WAITING_MAX);
    let answer = move || {
        let mut open = None;
        while let Ok(request) = waiting.recv() {
            let pass = || context.assign(&mut open, request.now);
            let outcome = catch_unwind(AssertUnwindSafe(pass)).unwrap_or_else(|_| {
                error!("the assignment of entries to stories panicked; this is a bug");
                Err(StoreError::Panicked)
            });
            if outcome.is_err() {
                // It is a cache: what may be half changed is read anew.
                open = None;
            }
            // Nobody waits any more: the work is done all the same.
            let _ = request.answer.send(outcome);
        }
    };
    if let Err(cause) = thread::Builder::new().name("window".to_owned()).spawn(answer) {
        error!("could not start a thread for the assignment of entries to stories: {cause}");
    }
    requests
}

impl Context {
    fn assign(&self, open: &mut Option<OpenWindow>, now: Timestamp) -> Result<usize, StoreError> {
        let mut founded = 0;
        let mut known: HashMap<(EntryId, i64), EntryFeatures> = HashMap::new();
        loop {
            let rows = self.store.read_blocking(|it| it.unassigned(BATCH))?;
            let Some(oldest) = rows.first().map(|it| it.published) else { return Ok(founded) };
            let is_last = rows.len() < BATCH;
            let compared_from = self.store.read_blocking(|it| {
                compared_from(oldest, now, self.span, |from| it.assigned_count(from, OPEN_MAX + 1))
            })?;
            let window = match open {
                Some(window) => window,
                None => open.insert(OpenWindow::new(self.span, now)),
            };
            let wanted = compared_from.minus(window.memory().saturating_sub(self.span));
            let oldest_held =
                self.store.read_blocking(|it| it.assigned_before(compared_from, HELD_FOR_FOLLOW_UPS_MAX))?;
            let held_from = oldest_held.map_or(wanted, |it| it.max(wanted));
            window.warm(self, held_from)?;
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
                Recorded::Done { numbers } => {
                    window.commit(numbers);
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
/// or, where too many entries from there on have their story, as one of now wants. What this
/// process happens to hold does not matter, so that a restart changes nothing.
fn compared_from(
    oldest: Timestamp,
    now: Timestamp,
    span: Duration,
    assigned_since: impl FnOnce(Timestamp) -> Result<usize, StoreError>,
) -> Result<Timestamp, StoreError> {
    let (wanted, due) = (oldest.min(now).minus(span), now.minus(span));
    let is_too_far = wanted < due && OPEN_MAX < assigned_since(wanted)?;
    Ok(if is_too_far { due } else { wanted })
}

#[cfg(test)]
mod tests {
    use crate::pipeline::pages::tests::NOW;
    use crate::pipeline::pages::tests::enter;
    use crate::pipeline::pages::tests::insert;
    use crate::pipeline::pages::tests::link;
    use crate::store::PageState;
    use crate::store::Writer;

    use super::*;

    const HOUR: u64 = 3_600;

    /// How many hours before now the comparison begins, with a window of 72 hours.
    #[track_caller]
    fn check(oldest_hours_ago: i64, stored: usize, expected: u64) {
        let now = Timestamp::from_secs(1_900_000_000);
        let oldest = Timestamp::from_millis(now.millis() - oldest_hours_ago * 3_600_000);
        let span = Duration::from_secs(72 * HOUR);
        let from = compared_from(oldest, now, span, |_| Ok(stored)).expect("a date");
        assert_eq!(now.since(from).as_secs() / HOUR, expected);
    }

    #[test]
    fn a_late_batch_is_compared_with_what_appeared_around_it_unless_that_is_too_much() {
        check(0, OPEN_MAX + 1, 72);
        check(-5, OPEN_MAX + 1, 72);
        check(10, 100, 82);
        check(1_000, OPEN_MAX, 1_072);
        check(1_000, OPEN_MAX + 1, 72);
    }

    /// A process with a store of its own on one file.
    fn process(folder: &tempfile::TempDir) -> Context {
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let host = "brief.example".to_owned();
        Context { store, host, publishers: Arc::default(), span: Duration::from_secs(72 * HOUR) }
    }

    fn prepare(context: &Context, write: fn(&Writer<'_>) -> Result<(), StoreError>) {
        let sources = ["a", "b", "c", "d"].map(|it| (it.parse().expect("a slug"), link(it)));
        let written = context.store.write_blocking(move |it| {
            it.sync_sources(&sources, NOW)?;
            write(it)
        });
        written.expect("a transaction");
    }

    #[test]
    fn a_new_process_reads_no_more_than_the_window() {
        let folder = tempfile::tempdir().expect("a folder");
        let context = process(&folder);
        prepare(&context, |it| {
            enter(it, "a", 9 * 24)?;
            enter(it, "b", 7 * 24)?;
            enter(it, "c", 70)?;
            insert(it, "d", 0)?;
            Ok(())
        });
        let mut open = None;
        assert_eq!(context.assign(&mut open, NOW).expect("a pass"), 1);
        // The oldest is held for what follows it, and for no longer than that matters.
        assert_eq!(open.map(|it| it.window.len()), Some(3));
    }

    #[test]
    fn what_another_process_decided_meanwhile_is_not_decided_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let (slow, quick) = (process(&folder), process(&folder));
        prepare(&slow, |it| {
            insert(it, "a", 2)?;
            insert(it, "b", 1)?;
            Ok(())
        });
        let mut window = OpenWindow::new(slow.span, NOW);
        window.warm(&slow, NOW.minus(slow.span)).expect("a window");
        let from = NOW.minus(slow.span);
        let bounds = Bounds { compared_from: from, held_from: from, now: NOW };
        let rows = slow.store.read_blocking(|it| it.unassigned(BATCH)).expect("entries");
        let mut waiting: VecDeque<_> =
            rows.into_iter().map(|it| slow.prepare(&mut window, it, &mut HashMap::new())).collect();
        let run = slow.store.read_blocking(|it| window.decide(it, &slow, &bounds, &mut waiting));
        let run = run.expect("decisions");
        assert_eq!((run.founded(), waiting.len()), (2, 0));

        assert_eq!(quick.assign(&mut None, NOW).expect("a pass"), 2);
        let recorded = slow.store.write_blocking(move |it| record(it, &run, "brief.example", NOW));
        assert!(matches!(recorded, Ok(Recorded::Stale)));
        assert_eq!(window.roll_back().len(), 2);
        assert_eq!(window.run_max, decide::RUN_MAX / 2, "the next run is shorter");
        // It takes in what the other decided.
        let mut open = Some(window);
        prepare(&slow, |it| insert(it, "c", 0).map(|_| ()));
        assert_eq!(slow.assign(&mut open, NOW).expect("a pass"), 1);
        assert_eq!(open.map(|it| it.window.len()), Some(3));
        let counts = slow.store.read_blocking(|it| it.counts()).expect("counts");
        assert_eq!((counts.entries, counts.stories), (3, 3));
    }

    #[test]
    fn an_entry_that_changes_before_it_is_recorded_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let context = process(&folder);
        prepare(&context, |it| insert(it, "a", 2).map(|_| ()));
        let row = context.store.read_blocking(|it| it.unassigned(1)).expect("entries").remove(0);
        let (id, changed) = (row.id, row.changed);
        let is_same = move |it: &Writer<'_>| it.reader().is_unassigned(id, changed);
        assert!(context.store.write_blocking(is_same).expect("a look"));
        let read = context.store.write_blocking(move |it| {
            it.record_page(id, PageState::Fetched, None, None, Some("What the page says of it."), NOW)
        });
        read.expect("a transaction");
        assert!(!context.store.write_blocking(is_same).expect("a look"));
    }
}
