//! The TOML that an editor writes, read so that a mistake is told in the editor's words.

use toml::Table;
use toml::Value;

use crate::domain::StoryField;

use super::error::EditFormError;

/// A takeaway and whom it is for; empty for everyone.
pub(super) struct TakeawayText {
    pub(super) audience: String,
    pub(super) text: String,
}

/// Reads an edit form, whose keys are all names of fields.
pub(super) fn read(text: &str) -> Result<Table, EditFormError> {
    let table: Table = text.parse().map_err(|it: toml::de::Error| EditFormError::Toml(it.to_string()))?;
    match table.keys().find(|it| StoryField::from_word(it).is_none()) {
        Some(name) => Err(EditFormError::Unknown(name.clone())),
        None => Ok(table),
    }
}

/// The title.
pub(super) fn title(value: Value) -> Result<String, EditFormError> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(form(StoryField::Title, &other)),
    }
}

/// The texts of a field. A text may stand where a list of one is meant.
pub(super) fn texts(field: StoryField, value: Value) -> Result<Vec<String>, EditFormError> {
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        other => Err(form(field, &other)),
    };
    match value {
        Value::String(text) if text.trim().is_empty() => Ok(Vec::new()),
        Value::Array(values) => values.into_iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
}

/// The takeaways. One may stand where a list of one is meant.
pub(super) fn takeaways(value: Value) -> Result<Vec<TakeawayText>, EditFormError> {
    match value {
        Value::String(text) if text.trim().is_empty() => Ok(Vec::new()),
        Value::Array(values) => values.into_iter().map(takeaway).collect(),
        value => Ok(vec![takeaway(value)?]),
    }
}

fn takeaway(value: Value) -> Result<TakeawayText, EditFormError> {
    let mut table = match value {
        Value::String(text) => return Ok(TakeawayText { audience: String::new(), text }),
        Value::Table(table) => table,
        other => return Err(form(StoryField::KeyTakeaway, &other)),
    };
    let mut text_of = |name: &str| match table.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(form(StoryField::KeyTakeaway, &other)),
    };
    let (audience, text) = (text_of("audience")?, text_of("text")?);
    match (text, table.into_iter().next()) {
        (Some(text), None) => Ok(TakeawayText { audience: audience.unwrap_or_default(), text }),
        (None, _) => {
            Err(EditFormError::Form { field: StoryField::KeyTakeaway, found: "a takeaway without text" })
        }
        (Some(_), Some(_)) => Err(EditFormError::Form {
            field: StoryField::KeyTakeaway,
            found: "a takeaway with more than `audience` and `text`",
        }),
    }
}

fn form(field: StoryField, value: &Value) -> EditFormError {
    let found = match value {
        Value::String(_) => "a text",
        Value::Integer(_) | Value::Float(_) => "a number without quotation marks",
        Value::Boolean(_) => "true or false without quotation marks",
        Value::Datetime(_) => "a date without quotation marks",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    };
    EditFormError::Form { field, found }
}
