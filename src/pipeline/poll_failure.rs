//! Why a poll yielded nothing.

use std::time::Duration;

use crate::domain::Timestamp;
use crate::fetch::FetchError;
use crate::text::error_chain;

/// Why a poll yielded nothing.
pub(super) struct PollFailure {
    pub(super) kind: &'static str,
    pub(super) words: String,
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<Timestamp>,
    pub(super) fresh_for: Option<Duration>,
    pub(super) is_transient: bool,
}

impl PollFailure {
    pub(super) fn of_fetch(error: &FetchError) -> Self {
        Self {
            kind: error.reason_kind(),
            words: error_chain(error),
            status: error.status(),
            retry_after: error.retry_after(),
            fresh_for: error.fresh_for(),
            is_transient: error.is_transient(),
        }
    }

    /// It was not even asked.
    pub(super) fn of_rules(kind: &'static str, words: &str) -> Self {
        Self { status: None, is_transient: false, ..Self::of_document(kind, words.to_owned()) }
    }

    /// The document was read, but the store could not take it.
    pub(super) fn of_store(words: String) -> Self {
        Self { status: None, ..Self::of_document("store", words) }
    }

    pub(super) fn of_panic() -> Self {
        Self::of_document("parse", "the parser panicked; this is a bug".to_owned())
    }

    pub(super) fn of_document(kind: &'static str, words: String) -> Self {
        let (retry_after, fresh_for) = (None, None);
        Self { kind, words, status: Some(200), retry_after, fresh_for, is_transient: true }
    }
}
