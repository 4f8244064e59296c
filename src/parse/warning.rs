//! What had to be repaired or skipped to read a document.

/// Most warnings that are kept of one document.
const WARNINGS_MAX: usize = 50;

/// What was wrong with a document that could be read all the same.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Warning {
    /// The body was compressed though no header said so.
    #[error("decompressed a body sent without Content-Encoding")]
    Inflated,
    /// Some bytes did not fit the declared charset.
    #[error("replaced bytes that are not valid {encoding}")]
    ReplacedBytes {
        /// Its name in the Encoding Standard.
        encoding: &'static str,
    },
    /// The document claims UTF-8 and is not.
    #[error("declared as UTF-8, decoded as windows-1252")]
    RepairedUtf8,
    /// Nothing told the charset.
    #[error("no charset declared; guessed {encoding}")]
    GuessedCharset {
        /// Its name in the Encoding Standard.
        encoding: &'static str,
    },
    /// JSON with what JSON does not allow.
    #[error("repaired malformed JSON")]
    RepairedJson,
    /// The document ends before its root does.
    #[error("the document is truncated; skipped its incomplete end")]
    Truncated,
    /// Characters that no feed may hold.
    #[error("removed control characters")]
    ControlCharacters,
    /// Content before the root.
    #[error("skipped content before the feed")]
    JunkBefore,
    /// Content after the root.
    #[error("skipped content after the feed")]
    JunkAfter,
    /// An element ends where the next one begins.
    #[error("closed unterminated `{element}`")]
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
    #[error("skipped empty entry")]
    BlankEntry,
    /// A link that is not a web address.
    #[error("dropped a link that is not an http or https URL")]
    DroppedLink,
    /// Content in a form that is not text.
    #[error("skipped content that is not text")]
    UnreadableContent,
    /// An element longer than what is read of one.
    #[error("truncated `{element}`, which is too long")]
    FieldTooLong {
        /// Its local name.
        element: String,
    },
    /// A text longer than what is kept of one.
    #[error("truncated a text longer than {limit_bytes} bytes")]
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
