//! What had to be mended or left out to read a document.

/// Most warnings that are kept of one document.
const WARNINGS_MAX: usize = 50;

/// What was wrong with a document that could be read all the same.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Warning {
    /// The body was compressed though no header said so.
    #[error("inflated a body that no header announced as compressed")]
    Inflated,
    /// Some bytes did not fit the declared charset.
    #[error("replaced bytes that are not {encoding}")]
    ReplacedBytes {
        /// Its name in the Encoding Standard.
        encoding: &'static str,
    },
    /// The document claims UTF-8 and is not.
    #[error("read bytes that are not UTF-8 as windows-1252")]
    RepairedUtf8,
    /// Nothing told the charset.
    #[error("guessed the charset {encoding}")]
    GuessedCharset {
        /// Its name in the Encoding Standard.
        encoding: &'static str,
    },
    /// JSON with what JSON does not allow.
    #[error("mended the JSON")]
    MendedJson,
    /// The document ends before its root does.
    #[error("the document is cut off; left out what was incomplete")]
    Truncated,
    /// Characters that no feed may hold.
    #[error("removed control characters")]
    ControlCharacters,
    /// Something stands before the root.
    #[error("skipped what stands before the feed")]
    JunkBefore,
    /// Something stands after the root.
    #[error("skipped what stands after the feed")]
    JunkAfter,
    /// An element ends where the next one begins.
    #[error("closed `{element}`, which was left open")]
    Unclosed {
        /// Its local name.
        element: String,
    },
    /// Only the first entries were read.
    #[error("read only the first {limit} entries")]
    TooManyEntries {
        /// How many.
        limit: usize,
    },
    /// An entry without id, link, title and text.
    #[error("left out an entry that says nothing")]
    BlankEntry,
    /// A link that is no web address.
    #[error("dropped a link that is no http or https address")]
    DroppedLink,
    /// Content in a form that is no text.
    #[error("left out content that is no text")]
    UnreadableContent,
    /// An element longer than what is read of one.
    #[error("cut `{element}`, which is too long")]
    FieldTooLong {
        /// Its local name.
        element: String,
    },
    /// A text longer than what is kept of one.
    #[error("cut a text longer than {limit_bytes} bytes")]
    TextTooLong {
        /// The limit.
        limit_bytes: usize,
    },
}

/// Warnings in the making, each kind once.
#[derive(Default)]
pub(super) struct Warnings(pub(super) Vec<Warning>);

impl Warnings {
    pub(super) fn add(&mut self, warning: Warning) {
        if self.0.len() < WARNINGS_MAX && !self.0.contains(&warning) {
            self.0.push(warning);
        }
    }
}
