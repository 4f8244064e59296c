//! How columns are read: words, dates and addresses. What is JSON, [`super::super::stored`] reads.

use rusqlite::types::FromSql;
use rusqlite::types::FromSqlResult;
use rusqlite::types::ValueRef;
use serde::Serialize;
use url::Url;

use crate::domain::EntryId;
use crate::domain::SnapshotId;
use crate::domain::Timestamp;
use crate::store::error::StoreError;

pub(in crate::store) fn url(text: Option<String>) -> Option<Url> {
    text.and_then(|it| Url::parse(&it).ok())
}

pub(in crate::store) fn parsed<T: std::str::FromStr>(
    text: String,
    what: &'static str,
) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable { what })
}

pub(in crate::store) fn worded<T: Copy>(
    all: &[T],
    word_of: fn(T) -> &'static str,
    word: String,
    what: &'static str,
) -> Result<T, StoreError> {
    all.iter().copied().find(|it| word_of(*it) == word).ok_or(StoreError::Unreadable { what })
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self::from_millis)
    }
}

impl FromSql for EntryId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

impl FromSql for SnapshotId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

/// What we store as JSON are plain structs of ours, which always can be written.
pub(in crate::store) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
