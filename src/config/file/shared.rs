//! What several tables of the file read alike.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::super::table::At;

/// The largest whole number that TOML can carry.
pub(super) const COUNT_MAX: u64 = i64::MAX as u64;

pub(super) const SECOND: Duration = Duration::from_secs(1);

pub(super) fn values<T>(found: Vec<At<T>>) -> Vec<T> {
    found.into_iter().map(|it| it.value).collect()
}

pub(super) fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

pub(super) fn text_shape() -> Value {
    json!({ "type": "string" })
}

pub(super) fn id_shape() -> Value {
    json!({ "type": "string", "pattern": "^[a-z0-9-]+$" })
}
