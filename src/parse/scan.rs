//! Gathers what a feed of any dialect says, from tag soup.
//!
//! RSS 0.90 to 2.0, Atom 0.3 and 1.0 and the modules around them share one
//! vocabulary here; prefixes and namespaces only say which module a name is of.
//! An element that is not closed ends where the next one that cannot be inside
//! it begins, so a missing or misspelt tag costs at most its own field, and
//! truncation at most the last entry.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::Weekday;
use url::Url;

use crate::domain::Cloud;
use crate::domain::FeedFormat;
use crate::domain::Origin;
use crate::domain::PollHints;
use crate::domain::Timestamp;
use crate::text::html;

use super::ENTRIES_MAX;
use super::Warning;
use super::Warnings;
use super::date;
use super::link;
use super::plain;
use super::plain::Markup;
use super::plain::language;
use super::token::Tag;
use super::token::Token;
use super::token::Tokens;

/// Most attributes of one tag that are looked at.
const ATTRIBUTES_MAX: usize = 256;
/// Most namespace prefixes that are remembered.
const PREFIXES_MAX: usize = 64;
/// Most pieces (texts, sections, tags) of one field.
const PIECES_MAX: usize = 200_000;
/// Most bytes of one field as written.
const FIELD_BYTES_MAX: usize = 1024 * 1024;
/// Most links, authors and categories of one entry, each.
const LIST_MAX: usize = 100;
/// An author of the feed that an entry came from speaks for it last.
const SOURCE_AUTHOR_RANK: u8 = 9;
/// How often the end of an unknown element, or of the feed, may be looked for in vain.
const LOST_ENDS_MAX: u32 = 4;

/// What a document says, as written but decoded from XML.
pub(super) struct Scanned<'a> {
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
    pub(super) title: Slot<Text<'a>>,
    /// Best first once the entry is read.
    pub(super) links: Vec<Link>,
    pub(super) summary: Slot<Text<'a>>,
    pub(super) content: Slot<Text<'a>>,
    pub(super) published: Slot<Timestamp>,
    pub(super) updated: Slot<Timestamp>,
    pub(super) authors: Vec<Author<'a>>,
    pub(super) categories: Vec<Cow<'a, str>>,
    pub(super) rights: Slot<Text<'a>>,
    pub(super) language: Option<String>,
    /// The language of its first text that tells its own.
    text_language: Option<String>,
    pub(super) origin: Option<Origin>,
    base: Option<Url>,
}

/// One value that several elements may give; the lowest rank wins, then the first.
pub(super) struct Slot<T>(Option<(u8, T)>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Slot<T> {
    fn offer(&mut self, rank: u8, value: T) {
        if self.0.as_ref().is_none_or(|(held, _)| rank < *held) {
            self.0 = Some((rank, value));
        }
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

pub(super) struct Text<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) is_html: bool,
}

pub(super) struct Link {
    rank: u8,
    pub(super) rel: String,
    pub(super) url: Url,
    pub(super) media_type: Option<String>,
    pub(super) length: Option<String>,
}

#[derive(Default)]
pub(super) struct Author<'a> {
    rank: u8,
    /// Name of the element that says so.
    element: &'a str,
    pub(super) name: Cow<'a, str>,
    pub(super) uri: Cow<'a, str>,
    pub(super) email: Cow<'a, str>,
}

/// Reads `text`; links are relative to `found`. `None` when it holds no feed's root.
pub(super) fn scan<'a>(text: &'a str, found: &'a Url, warnings: &mut Warnings) -> Option<Scanned<'a>> {
    let mut scan = Scan {
        tokens: Tokens::new(text),
        found,
        warnings,
        prefixes: Vec::new(),
        format: None,
        feed: Draft::default(),
        hints: PollHints::default(),
        cloud: None,
        period: None,
        frequency: 1,
        entry: None,
        entries: Vec::new(),
        begun: 0,
        lost_ends: 0,
        is_page: false,
    };
    scan.run();
    let mut feed = scan.feed;
    feed.links.sort_by_key(|it| it.rank);
    keep_best_authors(&mut feed.authors);
    let update_period = scan.period.map(|it| it / scan.frequency);
    Some(Scanned {
        format: scan.format?,
        feed,
        hints: PollHints { update_period, ..scan.hints },
        cloud: scan.cloud,
        entries: scan.entries,
        begun: scan.begun,
    })
}

struct Scan<'a, 'w> {
    tokens: Tokens<'a>,
    found: &'a Url,
    warnings: &'w mut Warnings,
    prefixes: Vec<(&'a str, Space)>,
    format: Option<FeedFormat>,
    feed: Draft<'a>,
    hints: PollHints,
    cloud: Option<Cloud>,
    period: Option<Duration>,
    frequency: u32,
    entry: Option<Draft<'a>>,
    entries: Vec<Draft<'a>>,
    begun: usize,
    lost_ends: u32,
    /// Whether the feed, if there is one, stands in an HTML page.
    is_page: bool,
}

impl<'a> Scan<'a, '_> {
    fn run(&mut self) {
        let mut is_closed = false;
        let mut is_junk = false;
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Open(tag) if self.format.is_none() => {
                    self.root(tag);
                    if self.format.is_none() {
                        is_junk = true;
                    } else if is_junk {
                        self.warnings.add(Warning::JunkBefore);
                    }
                }
                Token::Open(tag) => self.open(tag),
                Token::Close(name) => match self.word(name, "") {
                    Some(Word::Entry) => self.finish_entry(),
                    Some(Word::Root) if self.goes_on() => {}
                    Some(Word::Root) => {
                        is_closed = true;
                        if self.tokens.any(|it| !matches!(it, Token::Text(it) if it.trim_ascii().is_empty()))
                        {
                            self.warnings.add(Warning::JunkAfter);
                        }
                        break;
                    }
                    Some(Word::Channel) if self.format == Some(FeedFormat::Rss) => is_closed = true,
                    _ => {}
                },
                Token::Text(it) | Token::CData(it) => {
                    is_junk |= self.format.is_none() && !it.trim_ascii().is_empty();
                }
            }
            if self.entries.len() == ENTRIES_MAX {
                if self.tokens.any(|it| matches!(it, Token::Open(tag) if is_entry_name(tag.name))) {
                    self.warnings.add(Warning::TooManyEntries { limit: ENTRIES_MAX });
                }
                return;
            }
        }
        if is_closed {
            self.finish_entry();
        } else if self.format.is_some() {
            self.entry = None;
            self.warnings.add(Warning::Truncated);
        }
    }

    /// Whether the root, said to end within an entry, has more entries.
    fn goes_on(&mut self) -> bool {
        if self.entry.is_none() || self.lost_ends == LOST_ENDS_MAX {
            return false;
        }
        self.lost_ends += 1;
        let words = self.tokens.clone().filter_map(|it| match it {
            Token::Open(tag) => self.word(tag.name, tag.attributes).filter(|it| it.is_container()),
            _ => None,
        });
        words.take(1).any(|it| it == Word::Entry)
    }

    /// Looks for the root. Within a page only what HTML has no element of counts.
    fn root(&mut self, tag: Tag<'a>) {
        self.declare(tag);
        let local = local_name(tag.name);
        let is = |name: &str| local.eq_ignore_ascii_case(name);
        self.is_page |= is("html") || is("body");
        self.format = match () {
            () if is("rss") => Some(FeedFormat::Rss),
            () if is("rdf") => Some(FeedFormat::Rdf),
            () if is("feed") => Some(FeedFormat::Atom),
            () if (is("channel") || is("item")) && !self.is_page => Some(FeedFormat::Rss),
            () if is("entry") && !self.is_page => Some(FeedFormat::Atom),
            () => None,
        };
        if self.format.is_none() {
            return;
        }
        // Whatever its prefix is said to stand for, or if nothing is.
        if let Some((prefix, _)) = tag.name.split_once(':') {
            self.prefixes.push((prefix, Space::Core));
        }
        if is_entry_name(tag.name) {
            self.open(tag);
        } else {
            self.inherit(tag);
        }
    }

    /// Takes what a container says by attributes: `xml:base`, `xml:lang`, and what CDF says so.
    fn inherit(&mut self, tag: Tag<'a>) {
        if tag.attributes.is_empty() {
            return;
        }
        let base = self.base_at(tag);
        let draft = self.draft();
        draft.base = base.or(draft.base.take());
        if let Some(it) = attribute(tag, "xml:lang").and_then(|it| language(&it)) {
            draft.language = Some(it);
        }
        if let Some(it) = attribute(tag, "lastmod").and_then(|it| date::timestamp(&it)) {
            draft.updated.offer(1, it);
        }
        if let Some(it) = attribute(tag, "href") {
            self.link(tag, "alternate", 3, &it);
        }
    }

    fn open(&mut self, tag: Tag<'a>) {
        self.declare(tag);
        let Some(word) = self.word(tag.name, tag.attributes) else { return self.skip(tag) };
        let is_atom = self.format == Some(FeedFormat::Atom);
        match word {
            Word::Root | Word::Transparent => {}
            Word::Channel => {
                self.inherit(tag);
            }
            Word::Entry => self.begin_entry(tag),
            Word::Skipped => self.skip(tag),
            Word::Title(rank) => {
                let text = self.text(tag, Extent::Short, !is_atom || rank != 0);
                self.offer(text, |it| &mut it.title, rank);
            }
            Word::Summary(rank) => {
                let text = self.text(tag, Extent::Rich, !is_atom || rank != 0);
                self.offer(text, |it| &mut it.summary, rank);
            }
            Word::Content(rank) => {
                // What is elsewhere is the entry itself (RFC 4287 §4.1.3.2), or a file.
                if let Some(it) = attribute(tag, "src")
                    && attribute(tag, "type").is_none_or(|it| it.contains("html"))
                {
                    self.link(tag, "alternate", 7, &it);
                }
                let text = self.text(tag, Extent::Rich, !is_atom || rank != 0);
                self.offer(text, |it| &mut it.content, rank);
            }
            Word::Rights => {
                let text = self.text(tag, Extent::Short, !is_atom);
                self.offer(text, |it| &mut it.rights, 0);
            }
            Word::Published(rank) => {
                if let Some(it) = date::timestamp(&self.value(tag)) {
                    self.draft().published.offer(rank, it);
                }
            }
            Word::Updated(rank) => {
                if let Some(it) = date::timestamp(&self.value(tag)) {
                    self.draft().updated.offer(rank, it);
                }
            }
            Word::Id => {
                let id = self.value(tag);
                // An Atom id is not meant to be opened, but may be all there is.
                let rank = if local_name(tag.name).eq_ignore_ascii_case("guid") { 4 } else { 8 };
                let is_permalink =
                    attribute(tag, "ispermalink").is_none_or(|it| it.trim().eq_ignore_ascii_case("true"));
                if is_permalink && self.entry.is_some() && is_web_address(&id) {
                    self.link(tag, "alternate", rank, &id);
                }
                let draft = self.draft();
                if draft.id.is_none() && !id.is_empty() {
                    draft.id = Some(id);
                }
            }
            Word::Link => self.link_element(tag),
            Word::OriginalLink => {
                let href = self.value(tag);
                self.link(tag, "alternate", 0, &href);
            }
            Word::Enclosure => {
                if let Some(url) = attribute(tag, "url") {
                    self.link(tag, "enclosure", 9, &url);
                }
                self.skip(tag);
            }
            Word::Author(rank) => {
                let author = self.author(tag, rank);
                self.add_author(author);
            }
            Word::Category => {
                // Atom's label or term, iTunes' text.
                let term = ["label", "term", "text"].into_iter().find_map(|it| attribute(tag, it));
                let text = self.value(tag);
                self.category(term.unwrap_or(text));
            }
            Word::Keywords => match self.value(tag) {
                Cow::Borrowed(text) => text.split(',').for_each(|it| self.category(Cow::Borrowed(it))),
                Cow::Owned(text) => {
                    text.split(',').for_each(|it| self.category(Cow::Owned(it.to_owned())));
                }
            },
            Word::Licence => {
                let resource = attribute(tag, "rdf:resource");
                let text = self.value(tag);
                self.link(tag, "license", 9, &resource.unwrap_or(text));
            }
            Word::Cloud => {
                let mut value = |name| {
                    let text = attribute(tag, name)?;
                    plain::line(&text, Markup::None, self.warnings)
                };
                let cloud = Cloud {
                    domain: value("domain").unwrap_or_default(),
                    port: value("port").and_then(|it| it.parse().ok()),
                    path: value("path").unwrap_or_default(),
                    procedure: value("registerprocedure").unwrap_or_default(),
                    protocol: value("protocol").unwrap_or_default(),
                };
                self.cloud.get_or_insert(cloud);
                self.skip(tag);
            }
            Word::Language => {
                let it = self.value(tag);
                if let Some(it) = language(&it) {
                    self.draft().language.get_or_insert(it);
                }
            }
            Word::Source => {
                let origin = self.origin(tag);
                if let Some(entry) = &mut self.entry {
                    entry.origin = entry.origin.take().or(origin);
                }
            }
            Word::Hint(hint) => {
                let it = self.value(tag);
                self.hint(hint, it.trim());
            }
        }
    }

    fn category(&mut self, category: Cow<'a, str>) {
        let list = &mut self.draft().categories;
        if !category.trim().is_empty() && list.len() < LIST_MAX {
            list.push(category);
        }
    }

    fn begin_entry(&mut self, tag: Tag<'a>) {
        self.finish_entry();
        self.begun += 1;
        self.entry = Some(Draft::default());
        self.inherit(tag);
        if let Some(about) = attribute(tag, "rdf:about").filter(|it| !it.trim().is_empty()) {
            if is_web_address(&about) {
                self.link(tag, "alternate", 5, &about);
            }
            self.draft().id = Some(Cow::Owned(about.trim().to_owned()));
        }
        if tag.is_empty {
            self.finish_entry();
        }
    }

    fn finish_entry(&mut self) {
        let Some(mut entry) = self.entry.take() else { return };
        entry.links.sort_by_key(|it| it.rank);
        entry.language = entry.language.or(entry.text_language.take());
        keep_best_authors(&mut entry.authors);
        let is_blank = entry.id.is_none()
            && entry.links.is_empty()
            && entry.title.get().is_none()
            && entry.summary.get().is_none()
            && entry.content.get().is_none();
        if is_blank {
            self.warnings.add(Warning::BlankEntry);
        } else {
            self.entries.push(entry);
        }
    }

    fn draft(&mut self) -> &mut Draft<'a> {
        self.entry.as_mut().unwrap_or(&mut self.feed)
    }

    fn offer(
        &mut self,
        text: Option<Text<'a>>,
        slot: impl for<'d> FnOnce(&'d mut Draft<'a>) -> &'d mut Slot<Text<'a>>,
        rank: u8,
    ) {
        if let Some(text) = text {
            slot(self.draft()).offer(rank, text);
        }
    }

    fn link_element(&mut self, tag: Tag<'a>) {
        if tag.attributes.is_empty() {
            let href = self.value(tag);
            return self.link(tag, "alternate", 1, &href);
        }
        let href = attribute(tag, "href");
        let is_text = href.is_none();
        let href = href.unwrap_or_else(|| self.value(tag));
        // Of several relations the first; by its name or its address (RFC 4287 §4.2.7.2).
        let rel = attribute(tag, "rel").unwrap_or_default().to_ascii_lowercase();
        let rel = rel.split_ascii_whitespace().next().unwrap_or("alternate");
        let rel = rel.rsplit_once("/assignments/relation/").map_or(rel, |(_, name)| name);
        let media_type = attribute(tag, "type");
        let is_page = media_type.is_none_or(|it| it.contains("html"));
        let rank = match rel {
            "alternate" if is_page => 1,
            "alternate" => 2,
            "self" if is_page => 6,
            _ => 9,
        };
        self.link(tag, rel, rank, &href);
        if !is_text {
            self.skip(tag);
        }
    }

    fn link(&mut self, tag: Tag<'a>, rel: &str, rank: u8, href: &str) {
        if href.trim().is_empty() {
            return;
        }
        let base = self.base_at(tag);
        let base = base.as_ref().unwrap_or_else(|| self.base());
        let Some(url) = link::absolute(base, href) else {
            return self.warnings.add(Warning::DroppedLink);
        };
        let media_type = attribute(tag, "type").map(Cow::into_owned);
        let length = attribute(tag, "length").map(Cow::into_owned);
        let links = &mut self.draft().links;
        if links.len() < LIST_MAX {
            links.push(Link { rank, rel: rel.to_owned(), url, media_type, length });
        }
    }

    /// What relative links are relative to (RFC 3986 §5.1, XML Base §4).
    fn base(&self) -> &Url {
        self.entry.as_ref().and_then(|it| it.base.as_ref()).or(self.feed.base.as_ref()).unwrap_or(self.found)
    }

    fn base_at(&self, tag: Tag<'a>) -> Option<Url> {
        attribute(tag, "xml:base").and_then(|it| link::absolute(self.base(), &it))
    }

    fn hint(&mut self, hint: Hint, text: &str) {
        let number: Option<u32> = text.parse().ok();
        match hint {
            Hint::Ttl => self.hints.ttl = number.map(|it| Duration::from_secs(60 * u64::from(it))),
            Hint::Hour => {
                // RSS 0.91 counts to 24, RSS 2.0 from 0.
                let hour = number.filter(|it| *it <= 24).and_then(|it| u8::try_from(it % 24).ok());
                self.hints.skip_hours.extend(hour.filter(|it| !self.hints.skip_hours.contains(it)));
            }
            Hint::Day => {
                let day = text.parse::<Weekday>().ok();
                self.hints.skip_days.extend(day.filter(|it| !self.hints.skip_days.contains(it)));
            }
            Hint::Period => {
                const HOUR: u64 = 60 * 60;
                let secs = match text.to_ascii_lowercase().as_str() {
                    "hourly" => Some(HOUR),
                    "daily" => Some(24 * HOUR),
                    "weekly" => Some(7 * 24 * HOUR),
                    "monthly" => Some(30 * 24 * HOUR),
                    "yearly" => Some(365 * 24 * HOUR),
                    _ => None,
                };
                self.period = secs.map(Duration::from_secs);
            }
            Hint::Frequency => self.frequency = number.unwrap_or(1).max(1),
        }
    }

    /// A field of text, with its kind of text (RFC 4287 §3.1). `is_html` is what it is when nothing says.
    fn text(&mut self, tag: Tag<'a>, extent: Extent, is_html: bool) -> Option<Text<'a>> {
        let kind = attribute(tag, "type").map(|it| it.trim().to_ascii_lowercase());
        let is_base64 = attribute(tag, "mode").is_some_and(|it| it.eq_ignore_ascii_case("base64"));
        let text_language = attribute(tag, "xml:lang").and_then(|it| language(&it));
        if let (Some(it), Some(entry)) = (text_language, &mut self.entry) {
            entry.text_language.get_or_insert(it);
        }
        let (text, has_markup) = self.inner(tag, extent);
        let is_html = match kind.as_deref() {
            _ if has_markup => true,
            Some("html" | "xhtml" | "text/html" | "application/xhtml+xml") => true,
            Some("text" | "text/plain" | "plain") => false,
            Some(it) if it.ends_with("/xml") || it.ends_with("+xml") => true,
            Some(it) if it.starts_with("text/") || !it.contains('/') => is_html,
            // Any other media type is written in base64 (RFC 4287 §4.1.3.3), as Atom 0.3 did on demand.
            Some(_) => return self.base64(&text),
            None => is_html,
        };
        if is_base64 {
            return self.base64(&text);
        }
        (!text.trim().is_empty()).then_some(Text { text, is_html })
    }

    /// The text in base64, if it is text.
    fn base64(&mut self, encoded: &str) -> Option<Text<'a>> {
        let encoded: String = encoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let text = BASE64.decode(encoded).ok().and_then(|it| String::from_utf8(it).ok());
        let text = text.filter(|it| !it.contains('\0'));
        if text.is_none() {
            self.warnings.add(Warning::UnreadableContent);
        }
        Some(Text { text: Cow::Owned(text?), is_html: true })
    }

    /// A field that is one plain value, less the markup that somebody's editor put there.
    fn value(&mut self, tag: Tag<'a>) -> Cow<'a, str> {
        match self.inner(tag, Extent::Short) {
            (it, true) => Cow::Owned(html::to_text(&it).trim().to_owned()),
            (Cow::Borrowed(it), false) => Cow::Borrowed(it.trim()),
            (Cow::Owned(it), false) => Cow::Owned(it.trim().to_owned()),
        }
    }

    /// The inside of an element, XML references decoded once, and whether it holds elements
    /// (then it is HTML as written).
    fn inner(&mut self, tag: Tag<'a>, extent: Extent) -> (Cow<'a, str>, bool) {
        let mut pieces: Vec<Piece<'a>> = Vec::new();
        let (mut bytes, mut open, mut depth, mut has_markup) = (0, 1, 0_usize, false);
        while !tag.is_empty
            && let Some(token) = self.tokens.next()
        {
            let piece = match token {
                Token::Text(it) if pieces.is_empty() && it.trim_ascii().is_empty() => continue,
                Token::Text(it) => Piece::Text(it),
                Token::CData(it) => Piece::CData(match unclosed_section(it, tag.name) {
                    Some(len) => {
                        self.tokens.cut_section(len);
                        &it[..len]
                    }
                    None => it,
                }),
                Token::Close(name) => {
                    if name.eq_ignore_ascii_case(tag.name) {
                        open -= 1;
                        if open == 0 {
                            break;
                        }
                    } else if self.word(name, "").is_some_and(Word::is_container) {
                        self.unclosed(tag);
                        break;
                    } else if depth == 0
                        && (extent == Extent::Short || self.format == Some(FeedFormat::Atom) && !has_markup)
                    {
                        // Meant for what was opened, and misspelt; in HTML it may end a paragraph.
                        continue;
                    }
                    depth = depth.saturating_sub(1);
                    Piece::Tag(self.tokens.raw(), None)
                }
                Token::Open(inner) => {
                    let word = self.word(inner.name, inner.attributes);
                    if word.is_some_and(|it| it.ends(extent, depth == 0, inner.name.contains(':'))) {
                        self.unclosed(tag);
                        break;
                    }
                    depth += usize::from(!inner.is_empty);
                    if !inner.is_empty && inner.name.eq_ignore_ascii_case(tag.name) {
                        open += 1;
                    }
                    has_markup = true;
                    Piece::Tag(self.tokens.raw(), inner.is_empty.then_some(inner.name))
                }
            };
            bytes += self.tokens.raw().len();
            if bytes <= FIELD_BYTES_MAX && pieces.len() < PIECES_MAX {
                pieces.push(piece);
            } else if let (Piece::Text(it) | Piece::CData(it), true) = (piece, pieces.is_empty()) {
                pieces.push(Piece::Text(clean_cut(it, FIELD_BYTES_MAX)));
            }
        }
        if FIELD_BYTES_MAX < bytes {
            self.warnings.add(Warning::FieldTooLong { element: local_name(tag.name).to_owned() });
        }
        let escape_sections = self.format == Some(FeedFormat::Atom);
        (assembled(&pieces, has_markup, escape_sections), has_markup)
    }

    /// Ends an element before the token that cannot be inside it.
    fn unclosed(&mut self, tag: Tag<'a>) {
        self.tokens.unread();
        let element = local_name(tag.name).chars().take(NAME_BYTES_MAX).collect();
        self.warnings.add(Warning::Unclosed { element });
    }

    fn add_author(&mut self, author: Option<Author<'a>>) {
        let authors = &mut self.draft().authors;
        if authors.len() < LIST_MAX {
            authors.extend(author);
        }
    }

    fn author(&mut self, tag: Tag<'a>, rank: u8) -> Option<Author<'a>> {
        let mut author = Author { rank, element: tag.name, ..Author::default() };
        let mut text = Cow::Borrowed("");
        while !tag.is_empty
            && let Some(token) = self.tokens.next()
        {
            match token {
                Token::Text(it) => append(&mut text, html::decode_entities(it)),
                Token::CData(it) => append(&mut text, Cow::Borrowed(it)),
                Token::Close(name) if name.eq_ignore_ascii_case(tag.name) => break,
                Token::Close(name) => {
                    if self.word(name, "").is_some_and(Word::is_container) {
                        self.tokens.unread();
                        break;
                    }
                }
                Token::Open(inner) => {
                    let part = match local_name(inner.name).to_ascii_lowercase().as_str() {
                        "name" => &mut author.name,
                        "uri" | "url" | "homepage" => &mut author.uri,
                        "email" => &mut author.email,
                        _ if self
                            .word(inner.name, inner.attributes)
                            .is_some_and(|it| it.ends(Extent::Short, true, false)) =>
                        {
                            self.tokens.unread();
                            break;
                        }
                        _ => continue,
                    };
                    *part = self.inner(inner, Extent::Short).0;
                }
            }
        }
        if author.name.trim().is_empty() && author.email.trim().is_empty() {
            let (name, email) = name_and_email(text.trim());
            (author.name, author.email) = (Cow::Owned(name), Cow::Owned(email));
        }
        if !author.uri.is_empty() {
            let base = self.base_at(tag);
            let url = link::absolute(base.as_ref().unwrap_or_else(|| self.base()), &author.uri);
            author.uri = url.map_or(Cow::Borrowed(""), |it| Cow::Owned(it.into()));
        }
        (!author.name.trim().is_empty() || !author.email.trim().is_empty()).then_some(author)
    }

    /// RSS `source url="…"` with a name, or `atom:source` with elements.
    fn origin(&mut self, tag: Tag<'a>) -> Option<Origin> {
        let base = self.base_at(tag).unwrap_or_else(|| self.base().clone());
        let url = |href: Cow<'_, str>| link::absolute(&base, &href);
        let mut feed_url = attribute(tag, "url").and_then(url);
        let (mut home, mut title, mut text) = (None, None, Cow::Borrowed(""));
        while !tag.is_empty
            && let Some(token) = self.tokens.next()
        {
            match token {
                Token::Text(it) => append(&mut text, html::decode_entities(it)),
                Token::CData(it) => append(&mut text, Cow::Borrowed(it)),
                Token::Close(name) if name.eq_ignore_ascii_case(tag.name) => break,
                Token::Close(name) => {
                    if self.word(name, "").is_some_and(Word::is_container) {
                        self.tokens.unread();
                        break;
                    }
                }
                Token::Open(inner) => match self.word(inner.name, inner.attributes) {
                    Some(Word::Entry | Word::Channel | Word::Root) => {
                        self.tokens.unread();
                        break;
                    }
                    Some(Word::Title(_)) => title = self.text(inner, Extent::Short, false),
                    Some(Word::Rights) => {
                        let text = self.text(inner, Extent::Short, false);
                        self.offer(text, |it| &mut it.rights, 1);
                    }
                    Some(Word::Author(_)) => {
                        let author = self.author(inner, SOURCE_AUTHOR_RANK);
                        self.add_author(author);
                    }
                    Some(Word::Link) => {
                        let href = attribute(inner, "href");
                        let is_self =
                            attribute(inner, "rel").is_some_and(|it| it.eq_ignore_ascii_case("self"));
                        let is_home =
                            attribute(inner, "rel").is_none_or(|it| it.eq_ignore_ascii_case("alternate"));
                        match href.and_then(url) {
                            Some(it) if is_self => feed_url = Some(it),
                            Some(it) if is_home => home = Some(it),
                            _ => {}
                        }
                        self.skip(inner);
                    }
                    _ => self.skip(inner),
                },
            }
        }
        let title = match title {
            Some(it) if it.is_html => plain::line(&it.text, Markup::Html, self.warnings),
            Some(it) => plain::line(&it.text, Markup::None, self.warnings),
            None => plain::line(&text, Markup::Html, self.warnings),
        };
        let title = title.unwrap_or_default();
        (!title.is_empty() || feed_url.is_some() || home.is_some()).then_some(Origin {
            title,
            feed_url,
            home,
        })
    }

    /// Skips an element and what is in it, if it ends before its container does.
    fn skip(&mut self, tag: Tag<'a>) {
        if tag.is_empty || self.lost_ends == LOST_ENDS_MAX {
            return;
        }
        let mut ahead = self.tokens.clone();
        let mut open = 1;
        while let Some(token) = ahead.next() {
            match token {
                Token::Open(inner) if self.word(inner.name, "").is_some_and(|it| it == Word::Entry) => break,
                Token::Open(inner) if !inner.is_empty && inner.name == tag.name => open += 1,
                Token::Close(name) if name.eq_ignore_ascii_case(tag.name) => {
                    open -= 1;
                    if open == 0 {
                        return self.tokens = ahead;
                    }
                }
                Token::Close(name) if self.word(name, "").is_some_and(Word::is_container) => break,
                _ => {}
            }
        }
        self.lost_ends += 1;
    }

    /// Remembers the prefixes that a tag declares.
    fn declare(&mut self, tag: Tag<'a>) {
        if !tag.attributes.contains("xmlns:") {
            return;
        }
        for (name, uri) in html::attributes(tag.attributes).take(ATTRIBUTES_MAX) {
            if let Some(prefix) = name.strip_prefix("xmlns:")
                && let Some(space) = Space::of_uri(uri)
                && self.prefixes.len() < PREFIXES_MAX
            {
                self.prefixes.retain(|(held, _)| *held != prefix);
                self.prefixes.push((prefix, space));
            }
        }
    }

    /// What a name means here; `None` if nothing.
    fn word(&self, name: &str, attributes: &str) -> Option<Word> {
        let space = match name.split_once(':') {
            Some((prefix, _)) => {
                let declared = self.prefixes.iter().find(|(held, _)| held.eq_ignore_ascii_case(prefix));
                declared.map(|(_, space)| *space).or_else(|| Space::of_prefix(prefix))?
            }
            None if attributes.contains("xmlns") => {
                let own =
                    html::attributes(attributes).take(ATTRIBUTES_MAX).find(|(name, _)| *name == "xmlns");
                own.and_then(|(_, uri)| Space::of_uri(uri)).unwrap_or(Space::Core)
            }
            None => Space::Core,
        };
        word(space, local_name(name), self.entry.is_some())
    }
}

enum Piece<'a> {
    Text(&'a str),
    CData(&'a str),
    /// As written; the name if it closes itself, which HTML does not know.
    Tag(&'a str, Option<&'a str>),
}

fn assembled<'a>(pieces: &[Piece<'a>], has_markup: bool, escape_sections: bool) -> Cow<'a, str> {
    let mut text = Cow::Borrowed("");
    for piece in pieces {
        match piece {
            Piece::Text(it) if has_markup => append(&mut text, Cow::Borrowed(it)),
            Piece::Text(it) => append(&mut text, html::decode_entities(it)),
            Piece::CData(it) if has_markup && escape_sections => {
                append(&mut text, quick_xml::escape::escape(*it))
            }
            Piece::CData(it) => append(&mut text, Cow::Borrowed(it)),
            Piece::Tag(it, empty) => {
                append(&mut text, Cow::Borrowed(it));
                if let Some(name) = empty {
                    text.to_mut().push_str(&format!("</{name}>"));
                }
            }
        }
    }
    text
}

/// Appends without copying while there is but one piece.
fn append<'a>(text: &mut Cow<'a, str>, more: Cow<'a, str>) {
    if text.is_empty() {
        *text = more;
    } else if !more.trim_ascii().is_empty() || !text.ends_with('\n') {
        text.to_mut().push_str(&more);
    }
}

/// Where a section of the element `name` ought to end: the element does before another section begins.
fn unclosed_section(section: &str, name: &str) -> Option<usize> {
    let next = section.find("<![CDATA[")?;
    let end = section[..next].find(&format!("</{name}>"))?;
    // A sample of the very element is closed where it stands.
    (!section[..end].contains(&format!("<{name}"))).then_some(end)
}

fn clean_cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

fn keep_best_authors(authors: &mut Vec<Author<'_>>) {
    if let Some(best) = authors.iter().map(|it| it.rank).min() {
        authors.retain(|it| it.rank == best);
        // An address beside a name in another element is mostly the same person's.
        let is_named = |it: &Author<'_>| !it.name.trim().is_empty();
        let named: Vec<&str> = authors.iter().filter(|it| is_named(it)).map(|it| it.element).collect();
        authors.retain(|it| named.is_empty() || named.contains(&it.element));
    }
}

/// `a@b.example (Name)`, `Name <a@b.example>`, or either alone.
fn name_and_email(text: &str) -> (String, String) {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | ',' | '"');
    let email = text
        .split(is_around)
        .map(|it| it.trim_start_matches("mailto:"))
        .find(|it| it.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')));
    let Some(email) = email else { return (text.to_owned(), String::new()) };
    let name = text.replacen("mailto:", "", 1).replacen(email, "", 1);
    (name.trim_matches(|c: char| is_around(c) || c == '-').to_owned(), email.to_owned())
}

fn is_web_address(text: &str) -> bool {
    let text = text.trim_start();
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    begins("http://") || begins("https://")
}

/// The value of an attribute, references decoded; names compare without case.
pub(super) fn attribute<'a>(tag: Tag<'a>, wanted: &str) -> Option<Cow<'a, str>> {
    if tag.attributes.len() <= wanted.len() {
        return None;
    }
    html::attributes(tag.attributes)
        .take(ATTRIBUTES_MAX)
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| html::decode_entities(value))
}

fn local_name(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn is_entry_name(name: &str) -> bool {
    let local = local_name(name);
    local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry")
}

/// Which vocabulary a name is of.
#[derive(Clone, Copy, PartialEq)]
enum Space {
    /// RSS of any version and Atom, whose names do not collide.
    Core,
    DublinCore,
    Content,
    Media,
    Itunes,
    Syndication,
    Xhtml,
    Feedburner,
    CreativeCommons,
}

impl Space {
    /// `None` for a namespace we do not know, which leaves the word to the prefix.
    fn of_uri(uri: &str) -> Option<Self> {
        let uri = uri.trim().to_ascii_lowercase();
        let uri = uri.split_once("://").map_or(uri.as_str(), |(_, it)| it);
        let has = |part: &str| uri.contains(part);
        match () {
            () if has("purl.org/dc/") => Some(Self::DublinCore),
            () if has("rss/1.0/modules/content") => Some(Self::Content),
            () if has("rss/1.0/modules/syndication") => Some(Self::Syndication),
            () if has("rss/1.0/modules/dc") => Some(Self::DublinCore),
            () if has("rss/1.0/modules/") => None,
            () if has("search.yahoo.com/mrss") => Some(Self::Media),
            () if has("itunes.com/dtds/podcast") => Some(Self::Itunes),
            () if has("w3.org/1999/xhtml") => Some(Self::Xhtml),
            () if has("rssnamespace.org/feedburner") => Some(Self::Feedburner),
            () if has("creativecommons") || has("web.resource.org/cc") => Some(Self::CreativeCommons),
            () if has("w3.org/2005/atom") || has("purl.org/atom/ns") || has("purl.org/rss/") => {
                Some(Self::Core)
            }
            () if has("netscape.com/rdf/simple") || has("backend.userland.com/rss") => Some(Self::Core),
            () if has("purl.org/net/rss1.1") || has("blogs.law.harvard.edu/tech/rss") => Some(Self::Core),
            () => None,
        }
    }

    /// What a prefix usually stands for.
    fn of_prefix(prefix: &str) -> Option<Self> {
        let mut lower = [0; NAME_BYTES_MAX];
        match lowered(prefix, &mut lower)? {
            "dc" | "dcterms" | "dcq" => Some(Self::DublinCore),
            "content" => Some(Self::Content),
            "media" => Some(Self::Media),
            "itunes" => Some(Self::Itunes),
            "sy" => Some(Self::Syndication),
            "xhtml" => Some(Self::Xhtml),
            "feedburner" => Some(Self::Feedburner),
            "creativecommons" | "cc" => Some(Self::CreativeCommons),
            "atom" | "atom10" | "a10" | "rss" | "rdf" => Some(Self::Core),
            _ => None,
        }
    }
}

/// What an element says about a feed or an entry; numbers are ranks, the lowest is believed first.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    Root,
    Channel,
    Entry,
    Title(u8),
    Link,
    OriginalLink,
    Id,
    Summary(u8),
    Content(u8),
    Author(u8),
    Category,
    /// Several categories, with commas between.
    Keywords,
    Licence,
    Cloud,
    Published(u8),
    Updated(u8),
    Source,
    Enclosure,
    Rights,
    Language,
    Hint(Hint),
    /// Its children speak for its parent.
    Transparent,
    /// Its children would be mistaken for its parent's.
    Skipped,
}

#[derive(Clone, Copy, PartialEq)]
enum Hint {
    Ttl,
    Hour,
    Day,
    Period,
    Frequency,
}

/// How much an element may hold before it counts as unclosed.
#[derive(Clone, Copy, PartialEq)]
enum Extent {
    /// A value: any element we know ends it.
    Short,
    /// HTML, perhaps with elements: only names that HTML lacks end it.
    Rich,
}

impl Word {
    fn is_container(self) -> bool {
        matches!(self, Self::Root | Self::Channel | Self::Entry)
    }

    /// Whether an opening tag of this word shows that the field before was not closed.
    fn ends(self, extent: Extent, is_outermost: bool, is_prefixed: bool) -> bool {
        match extent {
            Extent::Rich if !is_outermost || !is_prefixed => {
                self.is_container()
                    || matches!(self, Self::Published(0) | Self::Id)
                    || is_outermost
                        && matches!(
                            self,
                            Self::Updated(0) | Self::Author(_) | Self::Category | Self::Enclosure
                        )
            }
            _ => !matches!(self, Self::Transparent | Self::Skipped | Self::Content(2..)),
        }
    }
}

/// Longest name that means anything here, in bytes.
const NAME_BYTES_MAX: usize = 16;

/// `name` in lower case, without an allocation for each tag; `None` if it is too long to be known.
fn lowered<'b>(name: &str, lower: &'b mut [u8; NAME_BYTES_MAX]) -> Option<&'b str> {
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    str::from_utf8(lower).ok()
}

fn word(space: Space, local: &str, is_in_entry: bool) -> Option<Word> {
    let mut lower = [0; NAME_BYTES_MAX];
    let local = lowered(local, &mut lower)?;
    match space {
        Space::Core => Some(match local {
            "rss" | "rdf" | "feed" => Word::Root,
            "channel" => Word::Channel,
            "item" | "entry" => Word::Entry,
            "title" => Word::Title(0),
            "link" => Word::Link,
            "id" | "guid" => Word::Id,
            "description" | "summary" | "subtitle" | "tagline" | "abstract" => Word::Summary(0),
            "info" => Word::Summary(5),
            "content" => Word::Content(0),
            "fullitem" => Word::Content(1),
            "body" if is_in_entry => Word::Content(3),
            "author" => Word::Author(0),
            "managingeditor" => Word::Author(1),
            "category" => Word::Category,
            "tags" | "keywords" => Word::Keywords,
            "cloud" => Word::Cloud,
            "pubdate" | "published" | "issued" => Word::Published(0),
            "created" => Word::Published(2),
            "updated" | "modified" | "lastbuilddate" => Word::Updated(0),
            "source" => Word::Source,
            "enclosure" => Word::Enclosure,
            "rights" | "copyright" => Word::Rights,
            "language" => Word::Language,
            "ttl" => Word::Hint(Hint::Ttl),
            "hour" => Word::Hint(Hint::Hour),
            "day" => Word::Hint(Hint::Day),
            "skiphours" | "skipdays" | "categories" => Word::Transparent,
            "image" | "textinput" | "contributor" | "items" => Word::Skipped,
            _ => return None,
        }),
        Space::DublinCore => Some(match local {
            "title" => Word::Title(1),
            "creator" | "author" => Word::Author(0),
            "license" => Word::Licence,
            "subject" => Word::Category,
            "description" | "abstract" => Word::Summary(1),
            "date" | "issued" => Word::Published(1),
            "created" => Word::Published(2),
            "modified" => Word::Updated(1),
            "rights" => Word::Rights,
            "language" => Word::Language,
            _ => return None,
        }),
        Space::Content => (local == "encoded").then_some(Word::Content(1)),
        Space::Xhtml => (matches!(local, "body" | "div") && is_in_entry).then_some(Word::Content(2)),
        Space::Media => Some(match local {
            "title" => Word::Title(2),
            "description" => Word::Summary(3),
            "category" => Word::Category,
            "keywords" => Word::Keywords,
            "group" => Word::Transparent,
            _ => return None,
        }),
        Space::Itunes => Some(match local {
            "title" => Word::Title(3),
            "summary" => Word::Summary(2),
            "subtitle" => Word::Summary(4),
            "author" => Word::Author(2),
            "category" => Word::Category,
            "keywords" => Word::Keywords,
            _ => return None,
        }),
        Space::Syndication => Some(match local {
            "updateperiod" => Word::Hint(Hint::Period),
            "updatefrequency" => Word::Hint(Hint::Frequency),
            _ => return None,
        }),
        Space::Feedburner => (local == "origlink").then_some(Word::OriginalLink),
        Space::CreativeCommons => (local == "license").then_some(Word::Licence),
    }
}
