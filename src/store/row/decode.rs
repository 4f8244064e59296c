//! How columns are read: words, dates, addresses and JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::domain::Timestamp;
use crate::store::error::StoreError;

pub(in crate::store) fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

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

pub(in crate::store) fn json<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable { what })
}

pub(in crate::store) fn optional_json<T: DeserializeOwned>(
    text: Option<String>,
    what: &'static str,
) -> Result<Option<T>, StoreError> {
    text.map(|it| json(&it, what)).transpose()
}

/// What we store as JSON are plain structs of ours, which always can be written.
pub(in crate::store) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
