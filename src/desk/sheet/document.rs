//! The TOML that an editor writes, read so that a mistake is told in the editor's words.

use toml::Table;
use toml::Value;

use super::SheetError;

/// The fields of a sheet: name, an example of what may stand there, and what it is.
pub(super) const FIELDS: [(&str, &str, &str); 8] = [
    ("title", "\"…\"", "one line"),
    ("summary", "[\"One sentence.\", \"Another one.\"]", "one paragraph, a sentence each"),
    (
        "key_takeaway",
        "[{ audience = \"CTO\", text = \"…\" }]",
        "at most one for each audience; a text alone is for everyone",
    ),
    ("key_insights", "[\"…\", \"…\"]", "consequences, quantities, comparisons"),
    ("principles", "[\"…\", \"…\"]", "general rules that the story teaches"),
    ("in_practice", "[\"…\", \"…\"]", "what can be done now"),
    ("topics", "[\"AI\", \"Cloud\"]", "at most five are shown"),
    ("best_for", "[\"CTO\"]", "names of audiences"),
];

/// What a sheet says; `None` for a field that was struck out.
pub(super) struct Document {
    pub(super) title: Option<String>,
    pub(super) summary: Option<Vec<String>>,
    pub(super) key_takeaway: Option<Vec<For>>,
    pub(super) key_insights: Option<Vec<String>>,
    pub(super) principles: Option<Vec<String>>,
    pub(super) in_practice: Option<Vec<String>>,
    pub(super) topics: Option<Vec<String>>,
    pub(super) best_for: Option<Vec<String>>,
}

/// A takeaway and whom it is for; empty for everyone.
pub(super) struct For {
    pub(super) audience: String,
    pub(super) text: String,
}

/// Reads a sheet. A text may stand where a list of one is meant.
pub(super) fn read(text: &str) -> Result<Document, SheetError> {
    let mut table: Table = text.parse().map_err(|it: toml::de::Error| SheetError::Toml(it.to_string()))?;
    let document = Document {
        title: table.remove("title").map(title).transpose()?,
        summary: texts(&mut table, "summary")?,
        key_takeaway: table.remove("key_takeaway").map(takeaways).transpose()?,
        key_insights: texts(&mut table, "key_insights")?,
        principles: texts(&mut table, "principles")?,
        in_practice: texts(&mut table, "in_practice")?,
        topics: texts(&mut table, "topics")?,
        best_for: texts(&mut table, "best_for")?,
    };
    match table.into_iter().next() {
        Some((name, _)) => Err(SheetError::Unknown(name)),
        None => Ok(document),
    }
}

fn title(value: Value) -> Result<String, SheetError> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(form("title", &other)),
    }
}

fn texts(table: &mut Table, field: &'static str) -> Result<Option<Vec<String>>, SheetError> {
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        other => Err(form(field, &other)),
    };
    match table.remove(field) {
        None => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Some(Vec::new())),
        Some(Value::Array(values)) => values.into_iter().map(text).collect::<Result<_, _>>().map(Some),
        Some(value) => Ok(Some(vec![text(value)?])),
    }
}

fn takeaways(value: Value) -> Result<Vec<For>, SheetError> {
    match value {
        Value::String(text) if text.trim().is_empty() => Ok(Vec::new()),
        Value::Array(values) => values.into_iter().map(takeaway).collect(),
        value => Ok(vec![takeaway(value)?]),
    }
}

fn takeaway(value: Value) -> Result<For, SheetError> {
    let mut table = match value {
        Value::String(text) => return Ok(For { audience: String::new(), text }),
        Value::Table(table) => table,
        other => return Err(form("key_takeaway", &other)),
    };
    let mut text_of = |name: &str| match table.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(form("key_takeaway", &other)),
    };
    let (audience, text) = (text_of("audience")?, text_of("text")?);
    match (text, table.into_iter().next()) {
        (Some(text), None) => Ok(For { audience: audience.unwrap_or_default(), text }),
        (None, _) => Err(SheetError::Form { field: "key_takeaway", found: "a takeaway without text" }),
        (Some(_), Some(_)) => Err(SheetError::Form {
            field: "key_takeaway",
            found: "a takeaway with more than `audience` and `text`",
        }),
    }
}

fn form(field: &'static str, value: &Value) -> SheetError {
    let found = match value {
        Value::String(_) => "a text",
        Value::Integer(_) | Value::Float(_) => "a number without quotation marks",
        Value::Boolean(_) => "true or false without quotation marks",
        Value::Datetime(_) => "a date without quotation marks",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    };
    SheetError::Form { field, found }
}
