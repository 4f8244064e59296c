//! Forms with a version, and how each becomes a value.

use rusqlite::Row;
use rusqlite::RowIndex;
use rusqlite::types::ValueRef;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::error::StoreError;
use crate::store::row;

use super::unreadable::Unreadable;
use super::unreadable::UnreadableCause;

/// A form with a version in which the store keeps a value.
pub(in crate::store) trait Form: Serialize + DeserializeOwned {
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
pub(super) struct AnyForm {
    #[serde(default)]
    pub(super) version: u64,
}

/// A value as it is stored.
pub(in crate::store) fn to_json<F: Form>(value: &F::Value) -> String {
    row::to_json(&F::of(value))
}

/// A value as it was stored.
pub(in crate::store) fn from_json<F: Form>(json: &[u8]) -> Result<F::Value, Unreadable> {
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
pub(in crate::store) fn optional<F: Form>(
    row: &Row<'_>,
    at: impl RowIndex,
) -> Result<Result<Option<F::Value>, Unreadable>, StoreError> {
    Ok(json_at(row, at)?.map(from_json::<F>).transpose())
}

/// The JSON in a column; `None` for NULL. It need not be UTF-8, nor JSON.
pub(in crate::store) fn json_at<'row>(
    row: &'row Row<'_>,
    at: impl RowIndex,
) -> Result<Option<&'row [u8]>, StoreError> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => None,
        ValueRef::Text(it) | ValueRef::Blob(it) => Some(it),
        // Columns of strict tables hold no numbers where there should be text.
        ValueRef::Integer(_) | ValueRef::Real(_) => Some(b""),
    })
}

/// The value of a key that older versions could leave out.
pub(super) fn needed<T: Default>(value: Option<T>, key: &str, version: u64) -> Result<T, String> {
    match (value, version) {
        (Some(it), _) => Ok(it),
        (None, 0) => Ok(T::default()),
        (None, _) => Err(format!("missing field `{key}`")),
    }
}

/// The one of several values that a word names.
pub(super) fn named<T: Copy>(
    all: &[T],
    word_of: fn(T) -> &'static str,
    word: &str,
    key: &str,
) -> Result<T, String> {
    let found = all.iter().copied().find(|it| word_of(*it) == word);
    found.ok_or_else(|| format!("unknown {key} `{word}`"))
}
