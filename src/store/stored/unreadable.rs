//! A stored value that cannot be read, and who is told.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Characters of a reason that are shown: it may name a value of any length.
pub(super) const REASON_CHARS_MAX: usize = 200;

/// Unreadable values that one process logs; `doctor` lists the others.
const REPORTS_MAX: usize = 1_000;

/// A stored value that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the stored {what} cannot be read: {cause}")]
pub struct Unreadable {
    /// What it would be.
    pub what: &'static str,
    /// Why it cannot be read.
    pub cause: UnreadableCause,
}

/// Why a stored value cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UnreadableCause {
    /// A later bylined wrote it.
    #[error("it has version {found}, this bylined knows {known}; use the bylined that wrote it")]
    Newer {
        /// Its version.
        found: u64,
        /// The latest that can be read.
        known: u64,
    },
    /// It is not what was written.
    #[error("{0}")]
    Damaged(String),
}

impl Unreadable {
    /// Of a value that is not what was written.
    pub fn damaged(what: &'static str, why: &dyn Display) -> Self {
        let why = why.to_string().chars().take(REASON_CHARS_MAX).collect();
        Self { what, cause: UnreadableCause::Damaged(why) }
    }
}

/// What is read of a value that its owner can do without: nothing where it cannot be read, which
/// the log says.
pub(in crate::store) fn or_nothing<T: Default>(read: Result<T, Unreadable>, of: &dyn Display) -> T {
    read.unwrap_or_else(|error| {
        report(of, &error);
        T::default()
    })
}

/// Writes into the log that a stored value cannot be read, once in each process.
pub fn report(of: &dyn Display, error: &Unreadable) {
    static REPORTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let message = format!("{of}: {error}");
    let mut reported = REPORTED.lock().unwrap_or_else(PoisonError::into_inner);
    if reported.len() < REPORTS_MAX && reported.insert(message.clone()) {
        drop(reported);
        tracing::error!("{message}");
    }
}
