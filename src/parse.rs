//! Makes a feed of bytes: clean-up before `feed_rs`, and what it drops beside it.
//!
//! The way of a document: undo unannounced compression, bytes to text, tag soup to tokens
//! (`token`), tokens of any dialect to one vocabulary (`scan`), that vocabulary as Atom through
//! `feed_rs` (`atom`); JSON goes its own way (`json`), mended first if it is none (`mend`), and
//! so do lists of subscriptions (`opml`). All text leaves as plain text (`plain`). Nothing
//! recurses, so nesting costs no stack; every pass is linear.

mod atom;
mod credit;
mod date;
mod draft;
mod error;
mod field;
mod json;
mod link;
mod linking;
mod mend;
mod opml;
mod plain;
mod rsl;
mod scan;
mod scanner;
#[cfg(test)]
mod tests;
mod token;
mod vocabulary;
mod warning;

pub use self::draft::ENTRIES_MAX;
pub use self::error::LooksLike;
pub use self::error::ParseError;
pub use self::opml::NotOpml;
pub use self::opml::OpmlFeed;
pub use self::opml::SUBSCRIPTIONS_MAX;
pub use self::opml::SubscriptionList;
pub use self::opml::UnreadOutline;
pub use self::opml::opml;
pub use self::rsl::names_rsl_licence;
pub use self::warning::Warning;

use std::borrow::Cow;

use url::Url;

use self::token::Tokens;
use self::token::XmlToken;
use self::warning::Warnings;
use crate::domain::Document;
use crate::domain::Feed;
use crate::text::charset;
use crate::text::charset::Fit;
use crate::text::html;
use crate::text::inflate;

/// Most bytes that a body may inflate to.
const INFLATED_BYTES_MAX: usize = 10 * 1024 * 1024;

/// A feed, and what had to be mended or left out to read it.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// What could be read.
    pub feed: Feed,
    /// What its bytes were read as: a name of the Encoding Standard, or UTF-32.
    pub charset: &'static str,
    /// Each kind once.
    pub warnings: Vec<Warning>,
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
    let bytes = inflated(&document.bytes, &mut warnings)?;
    let parsed = feed_of(&bytes, document, warnings);
    // Deflate has no mark of its own, so it is tried where nothing else is.
    if matches!(parsed, Err(ParseError::NotAFeed { looks_like: LooksLike::Other }))
        && let Ok(inflated) = inflate::deflate(&bytes, INFLATED_BYTES_MAX)
        && !inflated.bytes.is_empty()
    {
        let mut warnings = Warnings::default();
        warnings.add(Warning::Inflated);
        if !inflated.is_whole {
            warnings.add(Warning::Truncated);
        }
        return feed_of(&inflated.bytes, document, warnings).or(parsed);
    }
    parsed
}

fn feed_of(bytes: &[u8], document: &Document, mut warnings: Warnings) -> Result<Parsed, ParseError> {
    let decoded = charset::decode(bytes, document.content_type.as_deref());
    let charset = decoded.encoding;
    warnings.0.extend(match decoded.fit {
        Fit::Whole => None,
        Fit::Guessed => Some(Warning::GuessedCharset { encoding: charset }),
        Fit::Mended => Some(Warning::RepairedUtf8),
        Fit::Replaced => Some(Warning::ReplacedBytes { encoding: charset }),
    });
    let text = without_controls(decoded.text, &mut warnings);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{FEFF}');
    if text.is_empty() {
        return Err(ParseError::NotAFeed { looks_like: LooksLike::Empty });
    }
    let feed = match read(text, &document.final_url, &mut warnings) {
        Err(error @ ParseError::NotAFeed { looks_like: LooksLike::Html }) => {
            let Some(shown) = shown(text) else { return Err(error) };
            warnings.add(Warning::JunkBefore);
            // Where that is no feed, the page is one like others.
            read(shown.trim_start(), &document.final_url, &mut warnings).map_err(|_| error)?
        }
        it => it?,
    };
    Ok(Parsed { feed, charset, warnings: warnings.0 })
}

fn read(text: &str, found: &Url, warnings: &mut Warnings) -> Result<Feed, ParseError> {
    let outcome = if text.starts_with(['{', '[']) {
        json::read(text, found, warnings)
    } else if let Some(scanned) = scan::scan(text, found, warnings) {
        if scanned.entries.is_empty() && 0 < scanned.begun {
            return Err(ParseError::NoEntriesRead { begun: scanned.begun });
        }
        atom::read(scanned, warnings)
    } else {
        Err(ParseError::NotAFeed { looks_like: looks_like(text) })
    };
    // A page may show how a feed is written.
    if matches!(outcome, Err(ParseError::NotAFeed { .. }))
        && let Some(begin) = json::begin(text)
        && looks_like(&text[..begin]) != LooksLike::Html
        && let Ok(feed) = json::read(&text[begin..], found, warnings)
    {
        warnings.add(Warning::JunkBefore);
        return Ok(feed);
    }
    outcome
}

/// The document that a page shows the source of, as browsers do (and save) where they show nothing better:
/// then nothing stands before or behind it, and none of it is markup.
fn shown(page: &str) -> Option<String> {
    let mut tokens = Tokens::new(page);
    let mut shown = None;
    while let Some(token) = tokens.next() {
        match token {
            XmlToken::Open(tag)
                if ["title", "style", "script"].iter().any(|it| it.eq_ignore_ascii_case(tag.name)) =>
            {
                tokens.find(|it| matches!(it, XmlToken::Close(name) if name.eq_ignore_ascii_case(tag.name)));
            }
            XmlToken::Text(it) if !it.trim_ascii().is_empty() => {
                let text = html::decode_entities(it.trim_ascii());
                if shown.is_some() || !text.starts_with(['<', '{']) {
                    return None;
                }
                shown = Some(text.into_owned());
            }
            _ => {}
        }
    }
    shown
}

/// The bytes themselves, or what they inflate to when they begin as gzip does.
/// A second layer is not undone.
fn inflated<'a>(bytes: &'a [u8], warnings: &mut Warnings) -> Result<Cow<'a, [u8]>, ParseError> {
    if !inflate::is_gzip(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    warnings.add(Warning::Inflated);
    let inflated = inflate::gzip(bytes, INFLATED_BYTES_MAX)
        .map_err(|inflate::TooLarge| ParseError::TooLarge { limit_bytes: INFLATED_BYTES_MAX })?;
    if !inflated.is_whole {
        warnings.add(Warning::Truncated);
    }
    Ok(Cow::Owned(inflated.bytes))
}

/// The text without control characters, which XML 1.0 §2.2 forbids and JSON too: nobody meant
/// the vertical tab in the middle of a word as a blank.
fn without_controls<'a>(text: Cow<'a, str>, warnings: &mut Warnings) -> Cow<'a, str> {
    let is_control = |b: u8| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r');
    // No early end within a piece, so that the compiler can look at many bytes at once.
    let mut pieces = text.as_bytes().chunks(1024);
    if !pieces.any(|it| it.iter().fold(false, |found, b| found | is_control(*b))) {
        return text;
    }
    warnings.add(Warning::ControlCharacters);
    Cow::Owned(text.chars().filter(|c| !u8::try_from(*c).is_ok_and(is_control)).collect())
}

fn looks_like(text: &str) -> LooksLike {
    /// How far into the document a page says that it is one.
    const HEAD_BYTES: usize = 4 * 1024;
    let head = text[..text.floor_char_boundary(HEAD_BYTES)].to_ascii_lowercase();
    let is_page = ["<html", "<!doctype html", "<head", "<body", "<title"].iter().any(|it| head.contains(it));
    if is_page { LooksLike::Html } else { LooksLike::Other }
}
