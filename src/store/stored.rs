//! How the store keeps values that have parts: as JSON with a version.
//!
//! A form is read whatever else stands beside its keys, and in every older version. One that is
//! damaged or that a later bylined wrote is unreadable: whoever reads it is told so and why, and
//! it costs what it belongs to, nothing else. Lists of one kind of value have no version.

mod briefing;
mod entry;
mod find;
mod list;
mod overrides;
mod record;
mod source;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Mutex;
use std::sync::PoisonError;

use rusqlite::Row;
use rusqlite::RowIndex;
use rusqlite::types::ValueRef;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::StoreError;

pub(super) use self::briefing::StoredBriefing;
pub(super) use self::entry::StoredEnclosure;
pub(super) use self::entry::StoredOrigin;
pub use self::find::Holding;
pub use self::find::UnreadableValues;
pub(super) use self::find::find_unreadable;
pub(super) use self::list::List;
pub(super) use self::list::StoredPerson;
pub(super) use self::list::people;
pub(super) use self::overrides::override_from;
pub(super) use self::overrides::override_json;
pub(super) use self::record::StoredRecord;
pub(super) use self::record::StoredReview;
pub(super) use self::source::StoredHints;

/// Characters of a reason that are told: it may name a value of any length.
const REASON_CHARS_MAX: usize = 200;

/// Unreadable values that one process tells of; with more, `doctor` says which.
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

/// A form with a version in which the store keeps a value.
pub(super) trait Form: Serialize + DeserializeOwned {
    /// What it is, in words.
    const WHAT: &'static str;
    /// The version that is written, and the latest that can be read. Version 0 had no number.
    const VERSION: u64;
    /// What it is made of and becomes.
    type Value;

    /// The form of a value.
    fn of(value: &Self::Value) -> Self;

    /// The version it was read in.
    fn version(&self) -> u64;

    /// The value, or why there is none.
    fn into_value(self) -> Result<Self::Value, String>;
}

/// What every form has.
#[derive(Deserialize)]
struct AnyForm {
    #[serde(default)]
    version: u64,
}

/// A value as it is stored.
pub(super) fn to_json<F: Form>(value: &F::Value) -> String {
    super::row::to_json(&F::of(value))
}

/// A value as it was stored.
pub(super) fn from_json<F: Form>(json: &[u8]) -> Result<F::Value, Unreadable> {
    let form: Result<F, serde_json::Error> = serde_json::from_slice(json);
    let version = match &form {
        Ok(it) => it.version(),
        Err(_) => serde_json::from_slice(json).map_or(0, |it: AnyForm| it.version),
    };
    if version > F::VERSION {
        let cause = UnreadableCause::Newer { found: version, known: F::VERSION };
        return Err(Unreadable { what: F::WHAT, cause });
    }
    let form = form.map_err(|error| Unreadable::damaged(F::WHAT, &error))?;
    form.into_value().map_err(|why| Unreadable::damaged(F::WHAT, &why))
}

/// A value in a column that may hold none.
pub(super) fn optional<F: Form>(
    row: &Row<'_>,
    at: impl RowIndex,
) -> Result<Result<Option<F::Value>, Unreadable>, StoreError> {
    Ok(json_at(row, at)?.map(from_json::<F>).transpose())
}

/// The JSON in a column; `None` for NULL. It need not be UTF-8, nor JSON.
pub(super) fn json_at<'row>(row: &'row Row<'_>, at: impl RowIndex) -> Result<Option<&'row [u8]>, StoreError> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => None,
        ValueRef::Text(it) | ValueRef::Blob(it) => Some(it),
        // Columns of strict tables hold no numbers where there should be text.
        ValueRef::Integer(_) | ValueRef::Real(_) => Some(b""),
    })
}

/// What is read of a value that its owner can do without: nothing where it cannot be read, which
/// the log says.
pub(super) fn or_nothing<T: Default>(read: Result<T, Unreadable>, of: &dyn Display) -> T {
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
        tracing::error!("{message}; `bylined doctor` says what to do");
    }
}

/// Whether JSON has words of one of these entries: it names the entry of each receipt. What is no
/// JSON may have them.
pub(super) fn may_quote(json: &[u8], entries: &BTreeSet<i64>) -> bool {
    fn names(value: &Value, entries: &BTreeSet<i64>) -> bool {
        match value {
            Value::Object(keys) => {
                let entry = keys.get("entry").and_then(Value::as_i64);
                entry.is_some_and(|it| entries.contains(&it)) || keys.values().any(|it| names(it, entries))
            }
            Value::Array(values) => values.iter().any(|it| names(it, entries)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
    serde_json::from_slice(json).map_or(true, |it| names(&it, entries))
}

/// The value of a key that older versions could leave out.
fn needed<T: Default>(value: Option<T>, key: &str, version: u64) -> Result<T, String> {
    match (value, version) {
        (Some(it), _) => Ok(it),
        (None, 0) => Ok(T::default()),
        (None, _) => Err(format!("missing field `{key}`")),
    }
}

/// The one of several values that a word names.
fn named<T: Copy>(all: &[T], word_of: fn(T) -> &'static str, word: &str, key: &str) -> Result<T, String> {
    let found = all.iter().copied().find(|it| word_of(*it) == word);
    found.ok_or_else(|| format!("unknown {key} `{word}`"))
}

#[cfg(test)]
mod tests;
