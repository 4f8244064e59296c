//! The writer's thread: what has queued up becomes one transaction.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error::StoreError;
use super::error::WriteError;
use super::session::Writer;

/// Pages that the writer keeps in memory, in KiB: those that a batch changes.
const WRITER_CACHE_KIB: i64 = 4 * 1024;

/// Pages of the log after which it is written back.
const CHECKPOINT_PAGES: i64 = 10_000;

/// How long one attempt of the writer waits for it: short, so that closing need not wait.
pub(super) const BUSY_ATTEMPT: Duration = Duration::from_secs(1);

/// How often the writer tries again: two minutes in all, so that a daemon outlasts what others do.
const BUSY_ATTEMPTS_MAX: u32 = 120;

/// How often before it has written anything: a command that cannot begin says so within half a
/// minute, before it has done any work.
const FIRST_ATTEMPTS_MAX: u32 = 30;

/// How long the writer waits before it tries again to empty a log that holds removed words, and how
/// long one attempt waits for readers: writers wait with it.
const LOG_PAUSE: Duration = Duration::from_secs(1);
const LOG_ATTEMPT: Duration = Duration::from_millis(100);

/// Closures in one transaction.
const BATCH_MAX: usize = 256;

/// A queued closure with the place its answer goes to.
pub(super) trait Job: Send {
    /// Runs the closure, keeps what it came to and notes whether it erased words. Where it fails,
    /// this says whether the whole batch does, and with what.
    fn run(&mut self, sql: &Connection, has_erased: &Cell<bool>) -> Result<(), Option<StoreError>>;
    /// Tells who waits what the closure came to.
    fn answer(&mut self);
    /// Tells who waits why nothing of the batch was written.
    fn fail(&mut self, error: StoreError);
}

pub(super) struct Closure<T, E, F> {
    f: F,
    outcome: Option<Result<T, E>>,
    reply: Option<oneshot::Sender<Result<T, E>>>,
}

impl<T, E, F> Closure<T, E, F> {
    pub(super) fn new(f: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { f, outcome: None, reply: Some(reply) }
    }
}

impl<T, E, F> Job for Closure<T, E, F>
where
    T: Send,
    E: WriteError,
    F: FnMut(&Writer<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, sql: &Connection, has_erased: &Cell<bool>) -> Result<(), Option<StoreError>> {
        let run = || {
            let writer = Writer::new(sql);
            let value = (self.f)(&writer)?;
            has_erased.set(has_erased.get() || writer.has_erased());
            writer.finish()?;
            Ok(value)
        };
        let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(StoreError::Panicked.into()));
        let failed = outcome.as_ref().err().map(|it: &E| it.of_store().and_then(StoreError::of_batch));
        self.outcome = Some(outcome);
        failed.map_or(Ok(()), Err)
    }

    fn answer(&mut self) {
        if let (Some(reply), Some(outcome)) = (self.reply.take(), self.outcome.take()) {
            // Nobody waits for the answer any more: the work is done all the same.
            let _ = reply.send(outcome);
        }
    }

    fn fail(&mut self, error: StoreError) {
        if let Some(reply) = self.reply.take() {
            let _ = reply.send(Err(error.into()));
        }
    }
}

/// Sets the writing connection up for batches.
pub(super) fn prepare(connection: &Connection) {
    // Should these fail, things only take longer.
    let _ = connection.busy_timeout(BUSY_ATTEMPT);
    let _ = connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB);
    let _ = connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES);
    // Else what a savepoint would undo is written to a file each time.
    let _ = connection.pragma_update(None, "temp_store", "MEMORY");
}

pub(super) fn write_until_closed(
    mut connection: Connection,
    jobs: &mpsc::Receiver<Box<dyn Job>>,
    is_closing: &AtomicBool,
) {
    prepare(&connection);
    let mut attempts_max = FIRST_ATTEMPTS_MAX;
    let has_erased = Cell::new(false);
    while let Some(first) = next_job(jobs, &connection, &has_erased) {
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX {
            match jobs.try_recv() {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        if write_batch(&mut connection, batch, attempts_max, is_closing, &has_erased) {
            attempts_max = BUSY_ATTEMPTS_MAX;
        }
    }
    // Readers and other processes may still hold the log: it is then theirs to checkpoint.
    let _ = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
}

/// Waits for the next job; `None` once the store is closed. What was erased leaves the log as soon
/// as nobody reads or writes there.
fn next_job(
    jobs: &mpsc::Receiver<Box<dyn Job>>,
    connection: &Connection,
    has_erased: &Cell<bool>,
) -> Option<Box<dyn Job>> {
    while has_erased.get() {
        if empty_log(connection) {
            has_erased.set(false);
            break;
        }
        match jobs.recv_timeout(LOG_PAUSE) {
            Ok(job) => return Some(job),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return None,
        }
    }
    jobs.recv().ok()
}

/// Moves what the log holds into the file and empties it, so that what was removed stands in neither.
/// Says whether it did: it cannot while others read or write.
pub(super) fn empty_log(connection: &Connection) -> bool {
    // Should these fail, it only takes longer.
    let _ = connection.busy_timeout(LOG_ATTEMPT);
    let emptied =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>("busy"));
    let _ = connection.busy_timeout(BUSY_ATTEMPT);
    emptied.is_ok_and(|is_busy| is_busy == 0)
}

/// Runs a batch in one transaction; tries again as a whole while another process
/// holds the file, so that no poll is lost to a backup. Says whether it was written.
fn write_batch(
    connection: &mut Connection,
    mut batch: Vec<Box<dyn Job>>,
    attempts_max: u32,
    is_closing: &AtomicBool,
    has_erased: &Cell<bool>,
) -> bool {
    for attempt in 1.. {
        match try_batch(connection, &mut batch, has_erased) {
            Ok(()) => {
                batch.iter_mut().for_each(|job| job.answer());
                return true;
            }
            Err(StoreError::Busy(_)) if attempt < attempts_max && !is_closing.load(Ordering::Relaxed) => {
                if attempt == 1 {
                    tracing::warn!("the database is locked by another process; waiting");
                }
            }
            Err(error) => {
                // Each waiter says what it could not do, and why.
                for mut job in batch {
                    job.fail(error.again());
                }
                return false;
            }
        }
    }
    false
}

/// Runs the jobs, each in a savepoint unless it is alone, and commits. A job that fails by itself is
/// told so and taken out; after an error of the transaction the others are still
/// in the batch, to be tried again or told.
fn try_batch(
    connection: &mut Connection,
    batch: &mut Vec<Box<dyn Job>>,
    has_erased: &Cell<bool>,
) -> Result<(), StoreError> {
    let mut transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    if let [job] = batch.as_mut_slice() {
        // Alone it needs no savepoint, which would keep a copy of every page that it changes.
        return match job.run(&transaction, has_erased) {
            Ok(()) => Ok(transaction.commit()?),
            Err(Some(error)) => Err(error),
            Err(None) => {
                // SQLite may have rolled it back already.
                transaction.finish()?;
                batch.remove(0).answer();
                Ok(())
            }
        };
    }
    let mut at = 0;
    while let Some(job) = batch.get_mut(at) {
        let savepoint = transaction.savepoint()?;
        match job.run(&savepoint, has_erased) {
            Ok(()) => {
                savepoint.commit()?;
                at += 1;
            }
            Err(Some(error)) => return Err(error),
            Err(None) => {
                let undone = savepoint.finish();
                batch.remove(at).answer();
                // SQLite may have rolled the whole transaction back: then nothing of the batch stands.
                undone?;
            }
        }
    }
    transaction.commit()?;
    Ok(())
}
