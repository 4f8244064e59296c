//! What a document says, as written but decoded from XML.

use std::borrow::Cow;

use url::Url;

use crate::domain::Cloud;
use crate::domain::FeedFormat;
use crate::domain::Origin;
use crate::domain::PollHints;
use crate::domain::Timestamp;

/// Most entries that are read of one document: its first.
pub const ENTRIES_MAX: usize = 1_000;

/// Most links, authors and categories of one entry, each.
pub(super) const LIST_MAX: usize = 100;

/// What a document says, as written but decoded from XML.
pub(super) struct ScannedFeed<'a> {
    pub(super) format: FeedFormat,
    pub(super) feed: Draft<'a>,
    pub(super) hints: PollHints,
    pub(super) cloud: Option<Cloud>,
    pub(super) entries: Vec<Draft<'a>>,
    /// Entries that were begun, read or not.
    pub(super) begun: usize,
}

/// A feed or an entry in the making.
#[derive(Default)]
pub(super) struct Draft<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) title: RankedSlot<RawText<'a>>,
    /// Best first once the entry is read.
    pub(super) links: Vec<RankedLink>,
    pub(super) summary: RankedSlot<RawText<'a>>,
    pub(super) content: RankedSlot<RawText<'a>>,
    pub(super) published: RankedSlot<Timestamp>,
    pub(super) updated: RankedSlot<Timestamp>,
    pub(super) authors: Vec<RankedAuthor<'a>>,
    pub(super) categories: Vec<Cow<'a, str>>,
    pub(super) rights: RankedSlot<RawText<'a>>,
    pub(super) language: Option<String>,
    /// The language of its first text that tells its own.
    pub(super) text_language: Option<String>,
    pub(super) origin: Option<Origin>,
    pub(super) base: Option<Url>,
}

/// One value that several elements may give; the lowest rank wins, then the first.
pub(super) struct RankedSlot<T>(Option<(u8, T)>);

impl<T> Default for RankedSlot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> RankedSlot<T> {
    pub(super) fn offer(&mut self, rank: u8, value: T) {
        if self.0.as_ref().is_none_or(|(held, _)| rank < *held) {
            self.0 = Some((rank, value));
        }
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

/// A text, and whether it is HTML.
pub(super) struct RawText<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) is_html: bool,
}

/// A link with the rank of who says so.
pub(super) struct RankedLink {
    pub(super) rank: u8,
    pub(super) rel: String,
    pub(super) url: Url,
    pub(super) media_type: Option<String>,
    pub(super) length: Option<String>,
}

/// A person with the rank of who says so.
#[derive(Default)]
pub(super) struct RankedAuthor<'a> {
    pub(super) rank: u8,
    /// Name of the element that says so.
    pub(super) element: &'a str,
    pub(super) name: Cow<'a, str>,
    pub(super) uri: Cow<'a, str>,
    pub(super) email: Cow<'a, str>,
}

/// Leaves the authors of the best rank.
pub(super) fn keep_best_authors(authors: &mut Vec<RankedAuthor<'_>>) {
    if let Some(best) = authors.iter().map(|it| it.rank).min() {
        authors.retain(|it| it.rank == best);
        // An address beside a name in another element is mostly the same person's.
        let is_named = |it: &RankedAuthor<'_>| !it.name.trim().is_empty();
        let named: Vec<&str> = authors.iter().filter(|it| is_named(it)).map(|it| it.element).collect();
        authors.retain(|it| named.is_empty() || named.contains(&it.element));
    }
}

/// `a@b.example (Name)`, `Name <a@b.example>`, or either alone.
pub(super) fn name_and_email(text: &str) -> (String, String) {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | ',' | '"');
    let email = text
        .split(is_around)
        .map(|it| it.trim_start_matches("mailto:"))
        .find(|it| it.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')));
    let Some(email) = email else { return (text.to_owned(), String::new()) };
    let name = text.replacen("mailto:", "", 1).replacen(email, "", 1);
    (name.trim_matches(|c: char| is_around(c) || c == '-').to_owned(), email.to_owned())
}
