//! What is written into the fields of a story in a form or by a program, not as a document.

use std::collections::BTreeMap;

use toml::Table;
use toml::Value;

use crate::domain::StoryField;

/// What is written into one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FieldText {
    /// One line.
    Text(String),
    /// A text each.
    Lines(Vec<String>),
    /// Takeaways: for whom, or for everyone where that is empty, and what.
    Takeaways(Vec<(String, String)>),
    /// The engine fills it again.
    Reverted,
}

impl FieldText {
    /// As it would stand in a document; `None` where its key would be struck out.
    pub(super) fn value(&self) -> Option<Value> {
        match self {
            Self::Text(text) => Some(Value::from(text.as_str())),
            Self::Lines(lines) => Some(Value::from(lines.clone())),
            Self::Takeaways(all) => {
                let table = |(audience, text): &(String, String)| {
                    let pairs = [("audience", audience), ("text", text)];
                    Value::Table(
                        pairs
                            .map(|(key, value)| (key.to_owned(), Value::from(value.as_str())))
                            .into_iter()
                            .collect::<Table>(),
                    )
                };
                Some(Value::Array(all.iter().map(table).collect()))
            }
            Self::Reverted => None,
        }
    }
}

/// What is written into fields; what is left out stays as it is.
pub type FieldTexts = BTreeMap<StoryField, FieldText>;
