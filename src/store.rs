//! What is remembered, in SQLite. Nothing above this floor knows that it is SQLite.
//!
//! One thread owns the writing connection and takes closures over a channel:
//! what has queued up becomes one transaction, with a savepoint for each closure where
//! there are several, so that a failing one costs only itself, and nobody is told of success before
//! the commit. Readers have connections of their own and see the last commit;
//! they never block the writer (WAL). Several processes may share the file: they
//! wait for each other's transactions and respect each other's leases.

mod approval;
mod archive;
mod article_status;
mod assignment;
mod audit;
mod cannot_link;
mod clock;
mod columns;
mod connection;
mod copy;
mod corrections;
mod curation_queue;
mod desk_form;
mod desk_log;
mod digest;
mod edition;
mod editor_session;
mod entry;
mod error;
mod figures;
mod follow_up;
mod generation;
mod holder;
mod hook;
mod host;
mod hub;
mod inline;
mod interrupt;
mod lease;
mod merge;
mod model;
mod output;
mod overrides;
mod page;
mod queue;
mod rate_limit;
mod related;
mod removal;
mod revision;
mod rights;
mod robots;
mod row;
mod schema;
mod search;
mod session;
mod snapshot;
mod source;
mod stored;
mod story;
mod subscription;
mod topic;
mod unfinished;

pub use self::approval::ApprovalRow;
pub use self::approval::DeferralRow;
pub use self::audit::AuditEvent;
pub use self::copy::Examined;
pub use self::copy::back_up;
pub use self::copy::examine;
pub use self::copy::examine_pages;
pub use self::copy::remove_abandoned;
pub use self::copy::restore;
pub use self::corrections::RevisedRow;
pub use self::curation_queue::PageWait;
pub use self::curation_queue::RuleFilter;
pub use self::curation_queue::WaitingStory;
pub use self::desk_log::DeskLogRow;
pub use self::digest::DigestRow;
pub use self::edition::EditionCandidate;
pub use self::editor_session::EditorSessionRow;
pub use self::editor_session::NewEditorSession;
pub use self::entry::EntryHashes;
pub use self::error::StoreError;
pub use self::error::WriteError;
pub use self::figures::DeskFigures;
pub use self::follow_up::FollowUp;
pub use self::holder::DaemonLock;
pub use self::holder::Holder;
pub use self::hook::HookDelivery;
pub use self::hook::HookRow;
pub use self::hook::HookTerms;
pub use self::hub::HubCounts;
pub use self::hub::HubLimits;
pub use self::hub::HubRequestRow;
pub use self::hub::HubRoom;
pub use self::inline::CommitFate;
pub use self::interrupt::Interrupt;
pub use self::lease::ClaimScope;
pub use self::lease::LeaseParams;
pub use self::model::AttemptsMax;
pub use self::model::Reserved;
pub use self::output::OutputEntry;
pub use self::output::OutputPlace;
pub use self::output::OutputRow;
pub use self::output::SectionFilter;
pub use self::overrides::OverrideRow;
pub use self::page::PageHeld;
pub use self::rate_limit::authority;
pub use self::related::RelatedRow;
pub use self::removal::REMOVED_KEY;
pub use self::revision::Current;
pub use self::revision::NewRevision;
pub use self::revision::RevisionContent;
pub use self::revision::RevisionRow;
pub use self::revision::WaitKind;
pub use self::rights::RightsChange;
pub use self::rights::SourceTerms;
pub use self::robots::RobotsRow;
pub use self::row::AssignedRow;
pub use self::row::Counts;
pub use self::row::EntryRow;
pub use self::row::FeedFacts;
pub use self::row::Health;
pub use self::row::InputVersion;
pub use self::row::KnownRow;
pub use self::row::LinkedRow;
pub use self::row::MemberRow;
pub use self::row::NewEntry;
pub use self::row::PageState;
pub use self::row::PendingRedirect;
pub use self::row::PlaceRow;
pub use self::row::PollUpdate;
pub use self::row::SourceRow;
pub use self::row::StoryRow;
pub use self::row::StoryRowId;
pub use self::row::UnassignedRow;
pub use self::search::SearchFilter;
pub use self::session::Reader;
pub use self::session::Writer;
pub use self::stored::Holding;
pub use self::stored::Unreadable;
pub use self::stored::UnreadableCause;
pub use self::stored::UnreadableValues;
pub use self::stored::report;
pub use self::story::NewStory;
pub use self::story::StoryFilter;
pub use self::subscription::Pushed;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use tokio::sync::oneshot;

use crate::threads;

use self::connection::configure;
use self::connection::write_ahead;
use self::inline::InlineWriter;
use self::queue::Closure;
use self::queue::Job;
use self::queue::write_until_closed;

/// Closures that wait for the writer; senders wait when it is full.
const QUEUE_MAX: usize = 256;

/// Idle reading connections that are kept open.
const READERS_IDLE_MAX: usize = 4;

/// A handle to the store; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<StoreInner>,
}

struct StoreInner {
    path: PathBuf,
    queue: Mutex<Option<mpsc::SyncSender<Box<dyn Job>>>>,
    /// Writes in place of a thread.
    inline: Option<Mutex<InlineWriter>>,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    is_closing: Arc<AtomicBool>,
    idle: Mutex<Vec<Connection>>,
}

#[warn(clippy::missing_errors_doc)]
impl Store {
    /// Opens the file, creating it for its owner alone and bringing it to the current schema.
    ///
    /// A copy of an older file is kept beside it before it is migrated.
    ///
    /// # Errors
    /// [`StoreError::Open`] and [`StoreError::Folder`] where the file cannot be made or opened,
    /// [`StoreError::Newer`] and [`StoreError::NotOurs`] where another program wrote it,
    /// [`StoreError::Damaged`] where it is no sound database, [`StoreError::Busy`] and
    /// [`StoreError::NoSpace`] where it cannot be migrated now.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = open_writing(path)?;
        let (queue, jobs) = mpsc::sync_channel(QUEUE_MAX);
        let is_closing = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_closing);
        let writer = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || write_until_closed(connection, &jobs, &told))
            .map_err(StoreError::Thread)?;
        let inner = StoreInner {
            path: path.to_owned(),
            queue: Mutex::new(Some(queue)),
            inline: None,
            writer: Mutex::new(Some(writer)),
            is_closing,
            idle: Mutex::new(Vec::new()),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens the file like [`Store::open`], without a thread: each closure runs where it is asked for and
    /// is a transaction of its own, whose end `fate` decides. It is for a thread that
    /// [does everything](crate::threads::do_all_here).
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_inline(
        path: &Path,
        fate: impl FnMut() -> CommitFate + Send + 'static,
    ) -> Result<Self, StoreError> {
        let writer = InlineWriter::new(open_writing(path)?, Box::new(fate));
        let inner = StoreInner {
            path: path.to_owned(),
            queue: Mutex::new(None),
            inline: Some(Mutex::new(writer)),
            writer: Mutex::new(None),
            is_closing: Arc::new(AtomicBool::new(false)),
            idle: Mutex::new(Vec::new()),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs `f` in the writer's next transaction and returns its
    /// value once that transaction is on disk. An error undoes what `f` did.
    ///
    /// # Errors
    /// What `f` fails with, [`StoreError::Panicked`] where it panics, [`StoreError::NoSpace`] or
    /// [`StoreError::Busy`] where the transaction cannot be committed, [`StoreError::Closed`] once the store
    /// is closed. Nothing of `f` is written then.
    pub async fn write<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.send(f).await
    }

    /// As [`Store::write`], with an error of the caller's own: a decision that is refused, wherever
    /// it finds that out, leaves nothing behind of what it had written.
    ///
    /// # Errors
    /// What `f` refuses or fails with; else as [`Store::write`].
    pub async fn decide<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: WriteError,
        F: FnMut(&Writer<'_>) -> Result<T, E> + Send + 'static,
    {
        self.send(f).await
    }

    async fn send<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: WriteError,
        F: FnMut(&Writer<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Closure::new(f, reply));
        if let Some(inline) = &self.inner.inline {
            lock(inline).write(job);
            return answer.await.map_err(|_| StoreError::Closed)?;
        }
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
            Err(mpsc::TrySendError::Disconnected(_)) => return Err(StoreError::Closed.into()),
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// As [`Store::write`], for a thread that may wait.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, mut answer) = oneshot::channel();
        let job = Box::new(Closure::new(f, reply));
        if let Some(inline) = &self.inner.inline {
            lock(inline).write(job);
            return answer.try_recv().map_err(|_| StoreError::Closed)?;
        }
        let queue = lock(&self.inner.queue).clone().ok_or(StoreError::Closed)?;
        queue.send(job).map_err(|_| StoreError::Closed)?;
        answer.blocking_recv().map_err(|_| StoreError::Closed)?
    }

    /// Runs `f` on a reading connection, all of it in one snapshot of the store.
    ///
    /// # Errors
    /// What `f` fails with, [`StoreError::Open`] where no connection can be had,
    /// [`StoreError::Closed`] where `f` panics.
    pub async fn read<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let store = self.clone();
        threads::blocking(move || store.read_blocking(f)).await.map_err(|_| StoreError::Closed)?
    }

    /// As [`Store::read`], on the calling thread.
    ///
    /// # Errors
    /// What `f` fails with, or [`StoreError::Open`] where no connection can be had.
    pub fn read_blocking<T>(
        &self,
        f: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.inner.inline.as_ref().is_some_and(|it| lock(it).is_dead()) {
            return Err(StoreError::Closed);
        }
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

/// The connection that writes, on a file of the current schema.
fn open_writing(path: &Path) -> Result<Connection, StoreError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|cause| StoreError::Folder { path: folder.to_owned(), cause })?;
    }
    let opened = |cause| StoreError::Open { path: path.to_owned(), cause };
    // What SQLite puts beside the file gets the mode of the file.
    copy::create(path)?;
    let mut connection = Connection::open(path).map_err(opened)?;
    configure(&connection)?;
    write_ahead(&connection)?;
    schema::migrate(&mut connection, path)?;
    Ok(connection)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::queue::BUSY_ATTEMPT;
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

    #[derive(Debug)]
    enum Refusal {
        Late,
        Store(StoreError),
    }

    impl From<StoreError> for Refusal {
        fn from(error: StoreError) -> Self {
            Self::Store(error)
        }
    }

    impl WriteError for Refusal {
        fn of_store(&self) -> Option<&StoreError> {
            match self {
                Self::Late => None,
                Self::Store(error) => Some(error),
            }
        }
    }

    /// Lets the database grow by so many pages more, as a disk would that is nearly full.
    async fn leave_pages(store: &Store, more: u32) {
        let limit = move |it: &Writer<'_>| {
            let pages: u32 = it.reader().value("PRAGMA page_count", [])?;
            Ok(it.sql.pragma_update(None, "max_page_count", pages + more)?)
        };
        store.write(limit).await.expect("a limit");
    }

    #[tokio::test]
    async fn a_full_disk_is_told_to_all_of_a_batch_and_to_a_decision_and_ends_with_it() {
        let (_folder, store) = open();
        leave_pages(&store, 0).await;
        let many = |name: &'static str| {
            store.write(move |it| {
                (0..500)
                    .try_for_each(|n| it.sync_sources(&source(&format!("{name}-{n}")), Timestamp::default()))
            })
        };
        let decision = || {
            store.decide(|it| {
                (0..500)
                    .try_for_each(|n| it.sync_sources(&source(&format!("d-{n}")), Timestamp::default()))?;
                Ok::<_, Refusal>(())
            })
        };
        let full = decision().await;
        assert!(matches!(full, Err(Refusal::Store(StoreError::NoSpace(_)))), "{full:?}");
        let (first, second, third) = tokio::join!(many("a"), decision(), many("b"));
        assert!(matches!(first, Err(StoreError::NoSpace(_))), "{first:?}");
        assert!(matches!(second, Err(Refusal::Store(StoreError::NoSpace(_)))), "{second:?}");
        assert!(matches!(third, Err(StoreError::NoSpace(_))), "{third:?}");
        assert!(store.read(|it| it.sources()).await.expect("a store that is read").is_empty());
        leave_pages(&store, 10_000).await;
        let (first, second) = tokio::join!(many("a"), decision());
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(store.read(|it| it.sources()).await.expect("sources").len(), 1_000);
    }

    #[tokio::test]
    async fn a_refused_decision_undoes_only_itself_alone_and_in_a_batch() {
        let (_folder, store) = open();
        let refused = || {
            store.decide(|it| {
                it.sync_sources(&source("refused"), Timestamp::default())?;
                Err::<(), _>(Refusal::Late)
            })
        };
        let kept = |id: &'static str| {
            store.decide(move |it| Ok::<_, Refusal>(it.sync_sources(&source(id), Timestamp::default())?))
        };
        assert!(matches!(refused().await, Err(Refusal::Late)));
        let (before, late, after) = tokio::join!(kept("before"), refused(), kept("after"));
        assert!(before.is_ok() && matches!(late, Err(Refusal::Late)) && after.is_ok());
        let ids = store.read(|it| it.sources()).await.expect("sources");
        assert_eq!(ids.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["after", "before"]);
        let panicked = store.decide(|_| -> Result<(), Refusal> { panic!("as a defect would") });
        assert!(matches!(panicked.await, Err(Refusal::Store(StoreError::Panicked))));
        store.clone().close().await;
        assert!(matches!(refused().await, Err(Refusal::Store(StoreError::Closed))));
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
    async fn a_new_database_and_what_is_beside_it_are_its_owners_alone() {
        let (folder, store) = open();
        store
            .write(|it| it.sync_sources(&source("good"), Timestamp::default()))
            .await
            .expect("it is written");
        let mut names = Vec::new();
        for file in std::fs::read_dir(folder.path().join("deep")).expect("a folder") {
            let file = file.expect("a file");
            let mode = file.metadata().expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
            names.push(file.file_name());
        }
        assert!(names.iter().any(|it| it == "bylined.db-wal"), "{names:?}");
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
                let terms = LeaseParams { holder: Holder::this_process(), until, per_host: 1, unbounded };
                it.claim(&ClaimScope::Due(ids), 10, now, &terms)
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
