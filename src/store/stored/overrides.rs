//! The stored form of what a person wrote into a field.

use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::FieldValue;
use crate::domain::StoryField;
use crate::store::row::to_json;

use super::briefing::StoredTakeaway;
use super::briefing::StoredTopic;
use super::briefing::statements;
use super::briefing::statements_of;
use super::form::AnyForm;
use super::unreadable::Unreadable;
use super::unreadable::UnreadableCause;

const WHAT: &str = "override";

/// The version that is written, and the latest that can be read. Version 0 was the value alone.
const VERSION: u64 = 1;

/// A value with its version.
#[derive(Deserialize, Serialize)]
struct StoredOverride<T> {
    version: u64,
    value: T,
}

/// What a person wrote, as it is stored.
pub(in crate::store) fn override_json(written: &FieldValue) -> String {
    match written {
        FieldValue::Title(it) => versioned(it),
        FieldValue::Summary(it)
        | FieldValue::KeyInsights(it)
        | FieldValue::Principles(it)
        | FieldValue::InPractice(it) => versioned(&statements_of(it)),
        FieldValue::KeyTakeaway(it) => versioned(&it.iter().map(StoredTakeaway::of).collect::<Vec<_>>()),
        FieldValue::Topics(it) => versioned(&it.iter().map(StoredTopic::of).collect::<Vec<_>>()),
        FieldValue::BestFor(it) => versioned(it),
    }
}

/// What a person wrote into the field of this name, as it was stored.
pub(in crate::store) fn override_from(field: &str, json: &[u8]) -> Result<FieldValue, Unreadable> {
    let Some(field) = StoryField::from_word(field) else {
        return Err(Unreadable::damaged(WHAT, &format!("unknown field `{field}`")));
    };
    let damaged = |why: String| Unreadable::damaged(WHAT, &why);
    Ok(match field {
        StoryField::Title => FieldValue::Title(value(json)?),
        StoryField::Summary => FieldValue::Summary(statements(value(json)?).map_err(damaged)?),
        StoryField::KeyTakeaway => {
            let takeaways: Vec<StoredTakeaway> = value(json)?;
            let takeaways = takeaways.into_iter().map(StoredTakeaway::into_value);
            FieldValue::KeyTakeaway(takeaways.collect::<Result<_, _>>().map_err(damaged)?)
        }
        StoryField::KeyInsights => FieldValue::KeyInsights(statements(value(json)?).map_err(damaged)?),
        StoryField::Principles => FieldValue::Principles(statements(value(json)?).map_err(damaged)?),
        StoryField::InPractice => FieldValue::InPractice(statements(value(json)?).map_err(damaged)?),
        StoryField::Topics => {
            let topics: Vec<StoredTopic> = value(json)?;
            let topics = topics.into_iter().map(StoredTopic::into_value);
            FieldValue::Topics(topics.collect::<Result<_, _>>().map_err(damaged)?)
        }
        StoryField::BestFor => FieldValue::BestFor(value(json)?),
    })
}

fn versioned<T: Serialize>(value: &T) -> String {
    to_json(&StoredOverride { version: VERSION, value })
}

/// The value inside: of version 0, which is never an object, all there is.
fn value<T: DeserializeOwned>(json: &[u8]) -> Result<T, Unreadable> {
    let damaged = |error: serde_json::Error| Unreadable::damaged(WHAT, &error);
    if json.trim_ascii_start().first() != Some(&b'{') {
        return serde_json::from_slice(json).map_err(damaged);
    }
    let found = serde_json::from_slice(json).map_or(0, |it: AnyForm| it.version);
    if found > VERSION {
        return Err(Unreadable { what: WHAT, cause: UnreadableCause::Newer { found, known: VERSION } });
    }
    let stored: StoredOverride<T> = serde_json::from_slice(json).map_err(damaged)?;
    Ok(stored.value)
}
