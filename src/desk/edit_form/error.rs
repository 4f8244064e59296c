//! Why a document of an editor is refused, and how much it may hold.

use crate::domain::StoryField;

use super::example::Example;

/// Characters of one text that an editor may write.
pub(super) const CHARS_MAX: usize = 2_000;

/// Texts of one field.
pub(super) const TEXTS_MAX: usize = 20;

/// Why a document cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum EditFormError {
    /// It is not TOML.
    #[error("the document cannot be read: {0}")]
    Toml(String),
    /// It has a key that is no field.
    #[error("unknown field `{0}`; the fields are {known}", known = field_names())]
    Unknown(String),
    /// A field has another form.
    #[error("`{field}` holds {found}; write {field} = {example}", example = Example::of(*field).text)]
    Form {
        /// Which field.
        field: StoryField,
        /// What stands there.
        found: &'static str,
    },
    /// A text is empty or too long.
    #[error("`{field}` holds a text that is empty or longer than {CHARS_MAX} characters")]
    Text {
        /// Which field.
        field: StoryField,
    },
    /// A field has too many texts.
    #[error("`{field}` holds more than {TEXTS_MAX} texts")]
    Many {
        /// Which field.
        field: StoryField,
    },
    /// An audience that is not configured.
    #[error("there is no audience `{name}`; {help}")]
    Audience {
        /// As written.
        name: String,
        /// What may be written.
        help: String,
    },
    /// More of a publisher's text than may be shown.
    #[error(
        "this would show {words} words of {publisher}, and {max} may be shown; leave a sentence out, or say it in your own words"
    )]
    Excerpt {
        /// Whose text.
        publisher: String,
        /// How many words it would be.
        words: usize,
        /// How many may be shown.
        max: usize,
    },
    /// A topic without letters.
    #[error("`{0}` cannot be a topic; it has no letters or digits")]
    Topic(String),
}

fn field_names() -> String {
    StoryField::ALL.map(StoryField::as_str).join(", ")
}
