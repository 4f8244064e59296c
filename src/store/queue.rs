//! The writer's thread: what has queued up becomes one transaction.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error::StoreError;
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

/// Closures in one transaction.
const BATCH_MAX: usize = 256;

/// A queued closure with the place its answer goes to.
pub(super) trait Job: Send {
    fn run(&mut self, writer: &Writer<'_>) -> Result<(), StoreError>;
    fn succeed(&mut self);
    fn fail(&mut self, error: StoreError);
}

pub(super) struct Closure<T, F> {
    f: F,
    value: Option<T>,
    reply: Option<oneshot::Sender<Result<T, StoreError>>>,
}

impl<T, F> Closure<T, F> {
    pub(super) fn new(f: F, reply: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { f, value: None, reply: Some(reply) }
    }
}

impl<T, F> Job for Closure<T, F>
where
    T: Send,
    F: FnMut(&Writer<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, writer: &Writer<'_>) -> Result<(), StoreError> {
        self.value = Some((self.f)(writer)?);
        Ok(())
    }

    fn succeed(&mut self) {
        if let (Some(reply), Some(value)) = (self.reply.take(), self.value.take()) {
            // Nobody waits for the answer any more: the work is done all the same.
            let _ = reply.send(Ok(value));
        }
    }

    fn fail(&mut self, error: StoreError) {
        if let Some(reply) = self.reply.take() {
            let _ = reply.send(Err(error));
        }
    }
}

pub(super) fn write_until_closed(
    mut connection: Connection,
    jobs: &mpsc::Receiver<Box<dyn Job>>,
    is_closing: &AtomicBool,
) {
    // Should these fail, things only take longer.
    let _ = connection.busy_timeout(BUSY_ATTEMPT);
    let _ = connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB);
    let _ = connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES);
    // Else what a savepoint would undo is written to a file each time.
    let _ = connection.pragma_update(None, "temp_store", "MEMORY");
    let mut attempts_max = FIRST_ATTEMPTS_MAX;
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX {
            match jobs.try_recv() {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        if write_batch(&mut connection, batch, attempts_max, is_closing) {
            attempts_max = BUSY_ATTEMPTS_MAX;
        }
    }
    // Readers and other processes may still hold the log: it is then theirs to checkpoint.
    let _ = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
}

/// Runs a batch in one transaction; tries again as a whole while another process
/// holds the file, so that no poll is lost to a backup. Says whether it was written.
fn write_batch(
    connection: &mut Connection,
    mut batch: Vec<Box<dyn Job>>,
    attempts_max: u32,
    is_closing: &AtomicBool,
) -> bool {
    for attempt in 1.. {
        match try_batch(connection, &mut batch) {
            Ok(()) => {
                batch.iter_mut().for_each(|job| job.succeed());
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
fn try_batch(connection: &mut Connection, batch: &mut Vec<Box<dyn Job>>) -> Result<(), StoreError> {
    let mut transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    if let [job] = batch.as_mut_slice() {
        // Alone it needs no savepoint, which would keep a copy of every page that it changes.
        return match run(job.as_mut(), &transaction) {
            Ok(()) => Ok(transaction.commit()?),
            Err(error @ (StoreError::NoSpace(_) | StoreError::Busy(_))) => Err(error),
            Err(error) => {
                transaction.rollback()?;
                batch.remove(0).fail(error);
                Ok(())
            }
        };
    }
    let mut at = 0;
    while let Some(job) = batch.get_mut(at) {
        let savepoint = transaction.savepoint()?;
        match run(job.as_mut(), &savepoint) {
            Ok(()) => {
                savepoint.commit()?;
                at += 1;
            }
            Err(error @ StoreError::NoSpace(_)) => return Err(error),
            Err(error) => {
                // SQLite may have rolled the whole transaction back: then nothing of the batch stands.
                if savepoint.finish().is_err() {
                    return Err(error);
                }
                batch.remove(at).fail(error);
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Runs a job. What it leaves half done is for the caller to roll back.
fn run(job: &mut dyn Job, sql: &Connection) -> Result<(), StoreError> {
    let run = || {
        let writer = Writer::new(sql);
        job.run(&writer)?;
        writer.finish()
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(StoreError::Panicked))
}
