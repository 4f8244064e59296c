//! What an editor decides of an edition: a period of an output with `digest`.

use super::time::Timestamp;

/// An editor's words at the beginning of an edition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EditionNote {
    /// Plain text.
    pub text: String,
    /// Who wrote it, as shown to readers.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Why a story of a period is not in its edition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LeftOut {
    /// An editor left it out.
    Dropped,
    /// Its publisher's family has as many as it may.
    Publisher,
    /// Another story of the same topic cluster is in it, and this one does not follow an earlier one.
    Topic,
}

impl LeftOut {
    /// The word that listings use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Publisher => "publisher",
            Self::Topic => "topic",
        }
    }
}
