//! What an operator is told of a document that is no feed.

use crate::domain::Document;
use crate::extract;
use crate::fetch;
use crate::parse;
use crate::text::error_chain;

/// Stands before the address of the feed that a page names.
const NAMES_FEED: &str = "; it names the feed ";

/// Longest address that is told, in bytes.
const ADDRESS_BYTES_MAX: usize = 500;

/// Who is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Told {
    /// Everyone may see the source's addresses.
    Everyone,
    /// Its addresses are shown nowhere.
    NoAddress,
}

/// Why a document cannot be read as a feed, and what it names in its place: kind and words.
pub(super) fn unreadable(
    document: &Document,
    error: &parse::ParseError,
    told: Told,
) -> (&'static str, String) {
    let is_page = matches!(error, parse::ParseError::NotAFeed { looks_like: parse::LooksLike::Html });
    if !is_page {
        return (error.reason_kind(), error_chain(error));
    }
    if let Some(interstitial) = fetch::interstitial::of_document(document) {
        return (
            "bot-wall",
            format!("{interstitial} in place of the feed; ask the publisher to let our User-Agent pass"),
        );
    }
    let is_short = |it: &url::Url| it.as_str().len() <= ADDRESS_BYTES_MAX;
    let feed = extract::feed_links(document).into_iter().find(|it| is_short(it) && *it != document.final_url);
    let words = error_chain(error);
    let words = match (feed, extract::refresh(document).filter(is_short), told) {
        (Some(_), _, Told::NoAddress) => {
            format!("{words}; it names another feed, which a test of the source shows")
        }
        (Some(feed), _, Told::Everyone) => format!("{words}{NAMES_FEED}{feed}"),
        (None, Some(to), Told::Everyone) => format!("{words}; it leads on to {to}"),
        (None, ..) => words,
    };
    (error.reason_kind(), words)
}

/// The address of the feed that a page named, as its reason tells it.
pub(crate) fn named_feed(reason: &str) -> Option<&str> {
    let (_, address) = reason.split_once(NAMES_FEED)?;
    // An address holds no space.
    address.split(' ').next()
}
