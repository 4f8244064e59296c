//! What can go wrong with the store.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

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
    #[error("the database is damaged; put a backup in its place")]
    Damaged(#[source] rusqlite::Error),
    /// The file can be read, but its parts do not fit together.
    #[error("`{path}` is damaged ({fault}); put a sound backup in its place")]
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
    #[error(
        "the database could not be written: its disk has no space left or is read-only; free some space or remount it"
    )]
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
    #[error("a change of the database panicked; this is a bug")]
    Panicked,
    /// The system gave no thread for work on the store.
    #[error("could not start a thread; the system or the service limits how many there are")]
    Thread(#[source] io::Error),
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
    /// Whether it concerns only the rows that were read or written then: the database serves all else.
    pub fn is_of_rows(&self) -> bool {
        use rusqlite::Error;
        match self {
            Self::Unreadable { .. } | Self::Panicked => true,
            Self::Sqlite(
                Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::InvalidColumnType(..)
                | Error::Utf8Error(..),
            ) => true,
            Self::Sqlite(cause) => cause.sqlite_error_code() == Some(ErrorCode::ConstraintViolation),
            _ => false,
        }
    }

    /// What an error of a closure means for the others of its batch: with a full disk none of them
    /// can be written, and where the file is locked all are tried again.
    pub(super) fn of_batch(&self) -> Option<Self> {
        matches!(self, Self::NoSpace(_) | Self::Busy(_)).then(|| self.again())
    }

    /// The same error for another waiter of a batch that failed as a whole.
    pub(super) fn again(&self) -> Self {
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

/// What a write may fail with: an error of the store, or of the caller's own.
pub trait WriteError: From<StoreError> + Send + 'static {
    /// The error of the store that it is, if it is one.
    fn of_store(&self) -> Option<&StoreError>;
}

impl WriteError for StoreError {
    fn of_store(&self) -> Option<&StoreError> {
        Some(self)
    }
}
