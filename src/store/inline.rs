//! Writes on the thread that asks, for a simulation, which may end any transaction as a kill or a
//! full disk would.

use std::cell::Cell;

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

use super::error::StoreError;
use super::queue::Job;
use super::queue::empty_log;
use super::queue::prepare;

/// How a transaction ends that has done its work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CommitFate {
    /// It is on disk.
    Committed,
    /// The disk is full: nothing of it is written, and whoever waits is told.
    Full,
    /// The process is killed before it is on disk, and hears of nothing any more.
    KilledBefore,
    /// The process is killed once it is on disk, before anybody hears of it.
    KilledAfter,
}

/// The writing connection, in place of the thread that owns it otherwise.
pub(super) struct InlineWriter {
    connection: Connection,
    fate: Box<dyn FnMut() -> CommitFate + Send>,
    has_erased: Cell<bool>,
    is_dead: bool,
}

impl InlineWriter {
    pub(super) fn new(connection: Connection, fate: Box<dyn FnMut() -> CommitFate + Send>) -> Self {
        prepare(&connection);
        Self { connection, fate, has_erased: Cell::new(false), is_dead: false }
    }

    /// Whether the process it belongs to was killed.
    pub(super) fn is_dead(&self) -> bool {
        self.is_dead
    }

    /// Runs a closure and tells who waits what it came to; nobody, once the process is dead.
    pub(super) fn write(&mut self, mut job: Box<dyn Job>) {
        if self.is_dead {
            return;
        }
        match self.transact(job.as_mut()) {
            Ok(()) if self.is_dead => {}
            Ok(()) => job.answer(),
            Err(error) => job.fail(error),
        }
        if self.has_erased.get() && !self.is_dead && empty_log(&self.connection) {
            self.has_erased.set(false);
        }
    }

    fn transact(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Err(failed) = job.run(&transaction, &self.has_erased) {
            transaction.finish()?;
            return failed.map_or(Ok(()), Err);
        }
        match (self.fate)() {
            CommitFate::Committed => transaction.commit()?,
            CommitFate::Full => {
                transaction.rollback()?;
                return Err(disk_full());
            }
            CommitFate::KilledBefore => {
                self.is_dead = true;
                transaction.rollback()?;
            }
            CommitFate::KilledAfter => {
                self.is_dead = true;
                transaction.commit()?;
            }
        }
        Ok(())
    }
}

fn disk_full() -> StoreError {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
    rusqlite::Error::SqliteFailure(code, None).into()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::path::Path;

    use super::*;
    use crate::domain::SourceId;
    use crate::domain::Timestamp;
    use crate::store::Store;

    async fn add(store: &Store, id: &str) -> Result<(), StoreError> {
        let source: (SourceId, String) = (id.parse().expect("a slug"), format!("https://{id}.example/"));
        store
            .write(move |it| it.sync_sources(std::slice::from_ref(&source), Timestamp::default()))
            .await
            .map(drop)
    }

    async fn ids(path: &Path) -> Vec<String> {
        let store = Store::open(path).expect("a store");
        let ids = store.read(|it| it.sources()).await.expect("sources");
        ids.iter().map(|it| it.id.to_string()).collect()
    }

    #[tokio::test]
    async fn a_full_disk_costs_one_transaction_and_a_kill_all_that_come_after() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("it.db");
        let mut fates = VecDeque::from([
            CommitFate::Committed,
            CommitFate::Full,
            CommitFate::Committed,
            CommitFate::KilledBefore,
        ]);
        let store = Store::open_inline(&path, move || fates.pop_front().expect("a fate")).expect("a store");
        assert!(add(&store, "a").await.is_ok());
        assert!(matches!(add(&store, "b").await, Err(StoreError::NoSpace(_))));
        assert!(add(&store, "c").await.is_ok());
        assert!(matches!(add(&store, "d").await, Err(StoreError::Closed)));
        assert!(matches!(add(&store, "e").await, Err(StoreError::Closed)));
        assert!(matches!(store.read(|it| it.sources()).await, Err(StoreError::Closed)));
        drop(store);
        assert_eq!(ids(&path).await, ["a", "c"]);
    }

    #[tokio::test]
    async fn what_was_on_disk_before_a_kill_stays_though_nobody_heard_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("it.db");
        let store = Store::open_inline(&path, || CommitFate::KilledAfter).expect("a store");
        assert!(matches!(add(&store, "a").await, Err(StoreError::Closed)));
        drop(store);
        assert_eq!(ids(&path).await, ["a"]);
    }
}
