//! Makes a feed of bytes: clean-up before `feed_rs`, and what it drops beside it.
//!
//! The way of a document: undo unannounced gzip (`inflate`), bytes to text
//! (`charset`), tag soup to tokens (`token`), tokens of any dialect to one
//! vocabulary (`scan`), that vocabulary as Atom through `feed_rs` (`atom`); JSON
//! goes its own way (`json`). All text leaves as plain text (`plain`). Nothing
//! recurses, so nesting costs no stack; every pass is linear.

mod atom;
mod charset;
mod date;
mod inflate;
mod json;
mod link;
mod plain;
mod scan;
mod token;

use std::error::Error;
use std::fmt;

use crate::domain::Document;
use crate::domain::Feed;

/// Most entries that are read of one document: its first.
pub const ENTRIES_MAX: usize = 1_000;

/// Most warnings that are kept of one document.
const WARNINGS_MAX: usize = 50;

/// A feed, and what had to be mended or left out to read it.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// What could be read.
    pub feed: Feed,
    /// Each kind once.
    pub warnings: Vec<Warning>,
}

/// What was wrong with a document that could be read all the same.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Warning {
    /// The body was gzip though no header said so.
    #[error("inflated a gzip body that no header announced")]
    InflatedGzip,
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
    /// The document ends before its root does.
    #[error("the document is cut off; left out what was incomplete")]
    Truncated,
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

/// What a document is that is no feed.
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
            Self::Json => "JSON of another kind",
            Self::Other => "something else",
        })
    }
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The address answers with something that is no feed: it is wrong, or has moved.
    #[error("the document is no feed but {looks_like}; check the address")]
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
    #[error("none of the feed's {begun} entries could be read")]
    NoEntriesRead {
        /// Entries that were begun.
        begun: usize,
    },
    /// It inflates to more than the limit.
    #[error("the feed inflates to more than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
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

/// Reads a feed of any format and in any state of repair.
///
/// Deterministic and without I/O: entities are not expanded, nothing the
/// document names is fetched. Links are absolute `http` or `https`; all text is plain.
///
/// # Errors
///
/// [`ParseError`] when the document is no feed or nothing of it can be read; a
/// feed without entries is no error.
pub fn feed(document: &Document) -> Result<Parsed, ParseError> {
    let mut warnings = Warnings::default();
    let bytes = inflate::undo(&document.bytes, &mut warnings)?;
    let text = charset::decode(&bytes, document.content_type.as_deref(), &mut warnings);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{FEFF}');
    if text.is_empty() {
        return Err(ParseError::NotAFeed { looks_like: LooksLike::Empty });
    }
    if text.starts_with(['{', '[']) {
        let feed = json::read(text, &document.found, &mut warnings)?;
        return Ok(Parsed { feed, warnings: warnings.0 });
    }
    let Some(scanned) = scan::scan(text, &document.found, &mut warnings) else {
        return Err(ParseError::NotAFeed { looks_like: looks_like(text) });
    };
    if scanned.entries.is_empty() && 0 < scanned.begun {
        return Err(ParseError::NoEntriesRead { begun: scanned.begun });
    }
    let feed = atom::read(scanned, &mut warnings)?;
    Ok(Parsed { feed, warnings: warnings.0 })
}

fn looks_like(text: &str) -> LooksLike {
    /// How far into the document a page says that it is one.
    const HEAD_BYTES: usize = 4 * 1024;
    let head = text[..text.floor_char_boundary(HEAD_BYTES)].to_ascii_lowercase();
    let is_page = ["<html", "<!doctype html", "<head", "<body", "<title"].iter().any(|it| head.contains(it));
    if is_page { LooksLike::Html } else { LooksLike::Other }
}

/// Warnings in the making, each kind once.
#[derive(Default)]
struct Warnings(Vec<Warning>);

impl Warnings {
    fn add(&mut self, warning: Warning) {
        if self.0.len() < WARNINGS_MAX && !self.0.contains(&warning) {
            self.0.push(warning);
        }
    }
}
