//! Why nothing could be read of a document.

use std::error::Error;
use std::fmt;

/// What a document is that is not a feed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LooksLike {
    /// Nothing, or only white space.
    Empty,
    /// A page for people.
    Html,
    /// JSON of another kind.
    Json,
    /// Something else.
    Other,
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty document",
            Self::Html => "an HTML page",
            Self::Json => "other JSON",
            Self::Other => "an unknown format",
        })
    }
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The address answers with something that is not a feed: it is wrong, or has moved.
    #[error("not a feed: got {looks_like}; check the address")]
    NotAFeed {
        /// What it is instead.
        looks_like: LooksLike,
    },
    /// It means to be a feed and cannot be read.
    #[error("the feed is malformed beyond repair")]
    Malformed {
        /// What the parser said.
        #[source]
        cause: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It holds entries, and none is whole.
    #[error("none of the feed's {begun} entries is complete")]
    NoEntriesRead {
        /// Entries that were begun.
        begun: usize,
    },
    /// It inflates to more than the limit.
    #[error("the feed inflates to more than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
}

impl ParseError {
    /// One word for listings and metrics.
    pub fn reason_kind(&self) -> &'static str {
        match self {
            Self::NotAFeed { .. } => "not-a-feed",
            Self::Malformed { .. } | Self::NoEntriesRead { .. } => "parse",
            Self::TooLarge { .. } => "too-large",
        }
    }
}
