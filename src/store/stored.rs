//! How the store keeps values that have parts: as JSON with a version.
//!
//! A form is read whatever else stands beside its keys, and in every older version. One that is
//! damaged or that a later bylined wrote is unreadable: whoever reads it is told so and why, and
//! it costs what it belongs to, nothing else. Lists of one kind of value have no version.

mod briefing;
mod entry;
mod find;
mod form;
mod list;
mod overrides;
mod record;
mod source;

use std::collections::BTreeSet;

use serde_json::Value;

pub(super) use self::briefing::StoredBriefing;
pub(super) use self::entry::StoredEnclosure;
pub(super) use self::entry::StoredOrigin;
pub use self::find::Holding;
pub use self::find::UnreadableValues;
pub(super) use self::find::find_unreadable;
pub(super) use self::form::from_json;
pub(super) use self::form::json_at;
pub(super) use self::form::optional;
pub(super) use self::form::to_json;
pub(super) use self::list::List;
pub(super) use self::list::StoredPerson;
pub(super) use self::list::people;
pub(super) use self::overrides::override_from;
pub(super) use self::overrides::override_json;
pub(super) use self::record::StoredRecord;
pub(super) use self::record::StoredReview;
pub(super) use self::source::StoredHints;
pub use self::unreadable::Unreadable;
pub use self::unreadable::UnreadableCause;
pub(super) use self::unreadable::or_nothing;
pub use self::unreadable::report;

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

#[cfg(test)]
mod tests;
mod unreadable;
