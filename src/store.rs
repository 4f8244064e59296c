//! What is remembered, in SQLite. Nothing above this floor knows that it is SQLite.
//!
//! One thread owns the writing connection and takes closures over a channel:
//! what has queued up becomes one transaction, with a savepoint for each closure where
//! there are several, so that a failing one costs only itself, and nobody is told of success before
//! the commit. Readers have connections of their own and see the last commit;
//! they never block the writer (WAL). Several processes may share the file: they
//! wait for each other's transactions and respect each other's leases.

mod asking;
mod copy;
mod holder;
mod interrupt;
mod lease;
mod ledger;
mod read;
mod removal;
mod row;
mod schema;
mod subscription;
mod unfinished;
mod waiting;
mod write;

pub use self::asking::Reserved;
pub use self::asking::RuleFilter;
pub use self::asking::WaitingStory;
pub use self::copy::Examined;
pub use self::copy::back_up;
pub use self::copy::examine;
pub use self::copy::remove_abandoned;
pub use self::copy::restore;
pub use self::holder::DaemonLock;
pub use self::holder::Holder;
pub use self::interrupt::Interrupt;
pub use self::lease::Claim;
pub use self::lease::Terms;
pub use self::lease::authority;
pub use self::ledger::RightsChange;
pub use self::ledger::SourceTerms;
pub use self::read::OutputPlace;
pub use self::read::Reader;
pub use self::read::SectionFilter;
pub use self::read::StoryFilter;
pub use self::removal::REMOVED_KEY;
pub use self::row::Act;
pub use self::row::AssignedRow;
pub use self::row::Basis;
pub use self::row::Counts;
pub use self::row::DigestRow;
pub use self::row::EntryRow;
pub use self::row::FeedFacts;
pub use self::row::Health;
pub use self::row::KnownRow;
pub use self::row::MemberRow;
pub use self::row::Moving;
pub use self::row::NewEntry;
pub use self::row::OutputRow;
pub use self::row::PageHeld;
pub use self::row::PageState;
pub use self::row::PlaceRow;
pub use self::row::PollUpdate;
pub use self::row::RevisedRow;
pub use self::row::RevisionRow;
pub use self::row::RobotsRow;
pub use self::row::SourceRow;
pub use self::row::StoryRow;
pub use self::row::StoryRowId;
pub use self::row::UnassignedRow;
pub use self::subscription::Pushed;
pub use self::waiting::PageWait;
pub use self::write::Current;
pub use self::write::EntryHashes;
pub use self::write::NewRevision;
pub use self::write::NewStory;
pub use self::write::OutputEntry;
pub use self::write::Writer;

use std::io;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::ErrorCode;
use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;
use tokio::sync::oneshot;

/// How long opening and reading wait for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Pages that the writer keeps in memory, in KiB: those that a batch changes.
const WRITER_CACHE_KIB: i64 = 4 * 1024;

/// Pages of the log after which it is written back.
const CHECKPOINT_PAGES: i64 = 10_000;

/// Prepared statements that a connection keeps: more than there are in this house.
const STATEMENTS_KEPT: usize = 256;

/// How long one attempt of the writer waits for it: short, so that closing need not wait.
const BUSY_ATTEMPT: Duration = Duration::from_secs(1);

/// How often the writer tries again: two minutes in all, so that a daemon outlasts what others do.
const BUSY_ATTEMPTS_MAX: u32 = 120;

/// How often before it has written anything: a command that cannot begin says so within half a
/// minute, before it has done any work.
const FIRST_ATTEMPTS_MAX: u32 = 30;

/// Attempts to turn the write-ahead log on while others do.
const WAL_ATTEMPTS_MAX: u32 = 100;

/// Pause between them.
const WAL_PAUSE: Duration = Duration::from_millis(50);

/// Closures that wait for the writer; senders wait when it is full.
const QUEUE_MAX: usize = 256;

/// Closures in one transaction.
const BATCH_MAX: usize = 256;

/// Idle reading connections that are kept open.
const READERS_IDLE_MAX: usize = 4;

/// What can go wrong with the store, by what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened at all.
    #[error("could not open the database `{path}`; check that its folder exists and is writable")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: rusqlite::Error,
    },
    /// The folder or a file beside the database cannot be made.
    #[error("could not prepare `{path}`")]
    Folder {
        /// What was to be made.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A later bylined wrote the file.
    #[error("the database has schema {found}, this bylined knows {known}; use the bylined that wrote it")]
    Newer {
        /// Version found in the file.
        found: u32,
        /// Latest version known here.
        known: u32,
    },
    /// The file is a database, but not one of bylined.
    #[error("`{path}` is not a database of bylined; check its name")]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged or no database.
    #[error("the database is damaged; put a backup in its place with `bylined restore FILE`")]
    Damaged(#[source] rusqlite::Error),
    /// The file can be read, but its parts do not fit together.
    #[error("`{path}` is damaged ({fault}); use another backup")]
    Unsound {
        /// The file.
        path: PathBuf,
        /// The first of its faults.
        fault: String,
    },
    /// A copy was to take the place of what it is a copy of.
    #[error("`{path}` is the database itself; name another file for its copy")]
    OwnCopy {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full or read-only.
    #[error("the database could not be written; free or remount the disk")]
    NoSpace(#[source] rusqlite::Error),
    /// Another process held the file for too long.
    #[error("the database stayed locked by another process; try again")]
    Busy(#[source] rusqlite::Error),
    /// What a column holds is not what we write there.
    #[error("the database holds an unreadable {what}")]
    Unreadable {
        /// Which thing.
        what: &'static str,
    },
    /// Work that was told to end.
    #[error("stopped before it was done; the database is as it was")]
    Interrupted,
    /// Any other failure of SQLite.
    #[error("the database failed")]
    Sqlite(#[source] rusqlite::Error),
    /// A change broke off within; nothing of it was written.
    #[error("a change of the database broke off; this is a defect of bylined")]
    Panicked,
    /// The writer has stopped.
    #[error("the store is closed")]
    Closed,
    /// Another daemon serves this database.
    #[error("another bylined daemon runs on `{path}`; stop it first")]
    DaemonRuns {
        /// The lock file.
        path: PathBuf,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(cause),
            Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure) => {
                Self::NoSpace(cause)
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(cause),
            Some(ErrorCode::OperationInterrupted) => Self::Interrupted,
            _ => Self::Sqlite(cause),
        }
    }
}

impl StoreError {
    /// The same error for another waiter of a batch that failed as a whole.
    fn again(&self) -> Self {
        let (Self::NoSpace(cause) | Self::Busy(cause) | Self::Damaged(cause) | Self::Sqlite(cause)) = self
        else {
            return Self::Closed;
        };
        match cause.sqlite_error() {
            Some(code) => rusqlite::Error::SqliteFailure(*code, Some(cause.to_string())).into(),
            None => Self::Closed,
        }
    }
}

/// A handle to the store; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    queue: Mutex<Option<mpsc::SyncSender<Box<dyn Job>>>>,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    is_closing: Arc<AtomicBool>,
    idle: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens the file, creating it and bringing it to the current schema.
    ///
    /// A copy of an older file is kept beside it before it is migrated.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|cause| StoreError::Folder { path: folder.to_owned(), cause })?;
        }
        let opened = |cause| StoreError::Open { path: path.to_owned(), cause };
        let mut connection = Connection::open(path).map_err(opened)?;
        configure(&connection)?;
        write_ahead(&connection)?;
        schema::migrate(&mut connection, path)?;
        let (queue, jobs) = mpsc::sync_channel(QUEUE_MAX);
        let is_closing = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_closing);
        let writer = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || write_until_closed(connection, &jobs, &told))
            .map_err(|cause| StoreError::Folder { path: path.to_owned(), cause })?;
        let inner = Inner {
            path: path.to_owned(),
            queue: Mutex::new(Some(queue)),
            writer: Mutex::new(Some(writer)),
            is_closing,
            idle: Mutex::new(Vec::new()),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs `f` in the writer's next transaction and returns its
    /// value once that transaction is on disk. An error undoes what `f` did.
    pub async fn write<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Closure { f, value: None, reply: Some(reply) });
        let queue = lock(&self.inner.queue).clone().ok_or(StoreError::Closed)?;
        // The queue is bounded: waiting for a place must not hold up an async worker.
        match queue.try_send(job) {
            Ok(()) => {}
            Err(mpsc::TrySendError::Full(job)) => {
                tokio::task::spawn_blocking(move || queue.send(job))
                    .await
                    .map_err(|_| StoreError::Closed)?
                    .map_err(|_| StoreError::Closed)?;
            }
            Err(mpsc::TrySendError::Disconnected(_)) => return Err(StoreError::Closed),
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `f` on a reading connection, all of it in one snapshot of the store.
    pub async fn read<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.read_blocking(f)).await.map_err(|_| StoreError::Closed)?
    }

    /// As [`Store::read`], on the calling thread.
    pub fn read_blocking<T>(
        &self,
        f: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = lock(&self.inner.idle).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(&self.inner.path, flags)
                    .map_err(|cause| StoreError::Open { path: self.inner.path.clone(), cause })?;
                configure(&connection)?;
                connection
            }
        };
        let result = (|| {
            let snapshot = connection.unchecked_transaction()?;
            f(&Reader::new(&snapshot))
        })();
        let mut idle = lock(&self.inner.idle);
        if idle.len() < READERS_IDLE_MAX {
            idle.push(connection);
        }
        result
    }

    /// Moves what the log holds into the file and empties it, so that what was removed stands in
    /// neither. While others read or write, it is left to the next checkpoint.
    pub async fn empty_log(&self) {
        let path = self.inner.path.clone();
        let emptying = tokio::task::spawn_blocking(move || {
            let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            configure(&connection)?;
            let is_busy = "PRAGMA wal_checkpoint(TRUNCATE)";
            Ok::<i64, StoreError>(connection.query_row(is_busy, [], |row| row.get(0))?)
        });
        if !matches!(emptying.await, Ok(Ok(0))) {
            tracing::debug!("the log could not be emptied; the next checkpoint does it");
        }
    }

    /// Finishes what is queued, checkpoints the log and closes the file. What
    /// another process keeps locked is given up rather than waited for.
    pub async fn close(self) {
        self.inner.is_closing.store(true, Ordering::Relaxed);
        lock(&self.inner.queue).take();
        let writer = lock(&self.inner.writer).take();
        lock(&self.inner.idle).clear();
        if let Some(writer) = writer {
            // A panic of the writer has already failed every waiting closure.
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // What is removed is overwritten: a publisher's words are not to survive in free pages.
    connection.pragma_update(None, "secure_delete", "ON")?;
    // Else a statement whose plan could depend on a bound value is planned anew for each.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(())
}

/// A queued closure with the place its answer goes to.
trait Job: Send {
    fn run(&mut self, writer: &Writer<'_>) -> Result<(), StoreError>;
    fn succeed(&mut self);
    fn fail(&mut self, error: StoreError);
}

struct Closure<T, F> {
    f: F,
    value: Option<T>,
    reply: Option<oneshot::Sender<Result<T, StoreError>>>,
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

/// Turns the write-ahead log on. Of several processes that create one file at once,
/// SQLite tells all but one at once that it is busy, and does not wait by itself.
fn write_ahead(connection: &Connection) -> Result<(), StoreError> {
    for _ in 0..WAL_ATTEMPTS_MAX {
        match connection.pragma_update(None, "journal_mode", "WAL").map_err(StoreError::from) {
            Err(StoreError::Busy(_)) => thread::sleep(WAL_PAUSE),
            done => return done,
        }
    }
    Ok(connection.pragma_update(None, "journal_mode", "WAL")?)
}

fn write_until_closed(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn open() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("deep/bylined.db")).expect("a store");
        (folder, store)
    }

    fn source(id: &str) -> Vec<(crate::domain::SourceId, String)> {
        vec![(id.parse().expect("a slug"), format!("https://{id}.example/feed"))]
    }

    #[tokio::test]
    async fn a_failing_closure_undoes_only_itself() {
        let (_folder, store) = open();
        let good = store.write(|it| it.sync_sources(&source("good"), Timestamp::default()));
        let bad = store.write(|it| {
            it.sync_sources(&source("bad"), Timestamp::default())?;
            Err::<(), _>(StoreError::Unreadable { what: "test" })
        });
        let (good, bad) = tokio::join!(good, bad);
        assert!(good.is_ok() && bad.is_err());
        let ids: Vec<_> =
            store.read(|it| it.sources()).await.expect("sources").into_iter().map(|it| it.id).collect();
        assert_eq!(ids, ["good".parse().expect("a slug")]);
    }

    #[tokio::test]
    async fn a_closure_that_panics_fails_alone() {
        let (_folder, store) = open();
        let good = store.write(|it| it.sync_sources(&source("good"), Timestamp::default()));
        let bad = store.write(|it| {
            it.sync_sources(&source("bad"), Timestamp::default())?;
            assert!(it.reader().sources()?.is_empty(), "as a defect would");
            Ok(())
        });
        let (good, bad) = tokio::join!(good, bad);
        assert!(good.is_ok() && matches!(bad, Err(StoreError::Panicked)));
        assert_eq!(store.write(|it| it.reader().sources()).await.expect("sources").len(), 1);
    }

    #[tokio::test]
    async fn closing_does_not_wait_for_a_lock_of_another_process() {
        let (folder, store) = open();
        let other = Connection::open(folder.path().join("deep/bylined.db")).expect("a connection");
        other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
        let late = tokio::spawn({
            let store = store.clone();
            async move {
                store
                    .write(|it| {
                        it.note_change();
                        Ok(())
                    })
                    .await
            }
        });
        tokio::task::yield_now().await;
        tokio::time::timeout(4 * BUSY_ATTEMPT, store.close()).await.expect("the store closes");
        assert!(matches!(late.await.expect("no panic"), Err(StoreError::Busy(_) | StoreError::Closed)));
    }

    #[tokio::test]
    async fn a_source_is_leased_to_one_living_process_at_a_time() {
        let (_folder, store) = open();
        let now = Timestamp::from_secs(1_000);
        let until = Timestamp::from_secs(2_000);
        let claim = || {
            store.write(move |it| {
                it.sync_sources(&source("a"), now)?;
                let ids = Arc::new(std::iter::once("a".parse().expect("a slug")).collect());
                let unbounded = std::collections::HashSet::new();
                let terms = Terms { holder: Holder::this_process(), until, per_host: 1, unbounded };
                it.claim(&Claim::Due(ids), 10, now, &terms)
            })
        };
        assert_eq!(claim().await.expect("a claim").len(), 1);
        assert_eq!(claim().await.expect("a claim").len(), 0);
    }

    #[test]
    fn a_newer_or_foreign_file_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bylined.db");
        Connection::open(&path).expect("a file").pragma_update(None, "user_version", 999).expect("a pragma");
        assert!(matches!(Store::open(&path), Err(StoreError::Newer { found: 999, .. })));
        std::fs::write(&path, "not a database at all, but long enough to have a header of its own")
            .expect("a file");
        assert!(matches!(Store::open(&path), Err(StoreError::Damaged(_))));
    }
}
