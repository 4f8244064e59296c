//! Gathers what a feed of any dialect says, from tag soup.
//!
//! RSS 0.90 to 2.0, Atom 0.3 and 1.0 and the modules around them share one
//! vocabulary here; prefixes and namespaces only say which module a name is of.
//! An element that is not closed ends where the next one that cannot be inside
//! it begins, so a missing or misspelt tag costs at most its own field, and
//! truncation at most the last entry.

use std::borrow::Cow;
use std::time::Duration;

use chrono::Weekday;
use url::Url;

use super::date;
use super::draft::Draft;
use super::draft::ENTRIES_MAX;
use super::draft::LIST_MAX;
use super::draft::ScannedFeed;
use super::draft::keep_best_authors;
use super::linking::is_web_address;
use super::plain;
use super::plain::Markup;
use super::plain::language;
use super::scanner::LOST_ENDS_MAX;
use super::scanner::Scanner;
use super::token::Tokens;
use super::token::XmlTag;
use super::token::XmlToken;
use super::token::attribute;
use super::vocabulary::ElementMeaning;
use super::vocabulary::Extent;
use super::vocabulary::Hint;
use super::vocabulary::Space;
use super::vocabulary::is_entry_name;
use super::vocabulary::local_name;
use super::warning::Warning;
use super::warning::Warnings;
use crate::domain::Cloud;
use crate::domain::FeedFormat;
use crate::domain::PollHints;

/// Reads `text`; links are relative to `found`. `None` when it holds no feed's root.
pub(super) fn scan<'a>(text: &'a str, found: &'a Url, warnings: &mut Warnings) -> Option<ScannedFeed<'a>> {
    let mut scan = Scanner {
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
    Some(ScannedFeed {
        format: scan.format?,
        feed,
        hints: PollHints { update_period, ..scan.hints },
        cloud: scan.cloud,
        entries: scan.entries,
        begun: scan.begun,
    })
}

impl<'a> Scanner<'a, '_> {
    fn run(&mut self) {
        let mut is_closed = false;
        let mut is_junk = false;
        while let Some(token) = self.tokens.next() {
            match token {
                XmlToken::Open(tag) if self.format.is_none() => {
                    self.root(tag);
                    if self.format.is_none() {
                        is_junk = true;
                    } else if is_junk {
                        self.warnings.add(Warning::JunkBefore);
                    }
                }
                XmlToken::Open(tag) => self.open(tag),
                XmlToken::Close(name) => match self.word(name, "") {
                    Some(ElementMeaning::Entry) => self.finish_entry(),
                    Some(ElementMeaning::Root) if self.goes_on() => {}
                    Some(ElementMeaning::Root) => {
                        is_closed = true;
                        if self
                            .tokens
                            .any(|it| !matches!(it, XmlToken::Text(it) if it.trim_ascii().is_empty()))
                        {
                            self.warnings.add(Warning::JunkAfter);
                        }
                        break;
                    }
                    Some(ElementMeaning::Channel) if self.format == Some(FeedFormat::Rss) => is_closed = true,
                    _ => {}
                },
                XmlToken::Text(it) | XmlToken::CData(it) => {
                    is_junk |= self.format.is_none() && !it.trim_ascii().is_empty();
                }
            }
            if self.entries.len() == ENTRIES_MAX {
                if self.tokens.any(|it| matches!(it, XmlToken::Open(tag) if is_entry_name(tag.name))) {
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
            XmlToken::Open(tag) => self.word(tag.name, tag.attributes).filter(|it| it.is_container()),
            _ => None,
        });
        words.take(1).any(|it| it == ElementMeaning::Entry)
    }

    /// Looks for the root. Within a page only what HTML has no element of counts.
    fn root(&mut self, tag: XmlTag<'a>) {
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
    fn inherit(&mut self, tag: XmlTag<'a>) {
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

    fn open(&mut self, tag: XmlTag<'a>) {
        self.declare(tag);
        let Some(word) = self.word(tag.name, tag.attributes) else { return self.skip(tag) };
        let is_atom = self.format == Some(FeedFormat::Atom);
        match word {
            ElementMeaning::Root | ElementMeaning::Transparent => {}
            ElementMeaning::Channel => self.inherit(tag),
            ElementMeaning::Entry => self.begin_entry(tag),
            ElementMeaning::Skipped => self.skip(tag),
            ElementMeaning::Title(rank) => {
                let text = self.text(tag, Extent::Short, !is_atom || rank != 0);
                self.offer(text, |it| &mut it.title, rank);
            }
            ElementMeaning::Summary(rank) => {
                let text = self.text(tag, Extent::Rich, !is_atom || rank != 0);
                self.offer(text, |it| &mut it.summary, rank);
            }
            ElementMeaning::Content(rank) => self.content(tag, rank, is_atom),
            ElementMeaning::Rights => {
                let text = self.text(tag, Extent::Short, !is_atom);
                self.offer(text, |it| &mut it.rights, 0);
            }
            ElementMeaning::Published(rank) => {
                if let Some(it) = date::timestamp(&self.value(tag)) {
                    self.draft().published.offer(rank, it);
                }
            }
            ElementMeaning::Updated(rank) => {
                if let Some(it) = date::timestamp(&self.value(tag)) {
                    self.draft().updated.offer(rank, it);
                }
            }
            ElementMeaning::Id => self.id(tag),
            ElementMeaning::Link => self.link_element(tag),
            ElementMeaning::OriginalLink => {
                let href = self.value(tag);
                self.link(tag, "alternate", 0, &href);
            }
            ElementMeaning::Enclosure => self.enclosure(tag),
            ElementMeaning::Author(rank) => {
                let author = self.author(tag, rank);
                self.add_author(author);
            }
            ElementMeaning::Category => self.category_element(tag),
            ElementMeaning::Keywords => self.keywords(tag),
            ElementMeaning::Licence => self.licence(tag),
            ElementMeaning::Cloud => self.cloud(tag),
            ElementMeaning::Language => {
                let it = self.value(tag);
                if let Some(it) = language(&it) {
                    self.draft().language.get_or_insert(it);
                }
            }
            ElementMeaning::Source => {
                let origin = self.origin(tag);
                if let Some(entry) = &mut self.entry {
                    entry.origin = entry.origin.take().or(origin);
                }
            }
            ElementMeaning::Hint(hint) => {
                let it = self.value(tag);
                self.hint(hint, it.trim());
            }
        }
    }

    /// Reads the content of an entry.
    fn content(&mut self, tag: XmlTag<'a>, rank: u8, is_atom: bool) {
        // What is elsewhere is the entry itself (RFC 4287 §4.1.3.2), or a file.
        if let Some(it) = attribute(tag, "src")
            && attribute(tag, "type").is_none_or(|it| it.contains("html"))
        {
            self.link(tag, "alternate", 7, &it);
        }
        let text = self.text(tag, Extent::Rich, !is_atom || rank != 0);
        self.offer(text, |it| &mut it.content, rank);
    }

    /// Reads an id, which may be a link too.
    fn id(&mut self, tag: XmlTag<'a>) {
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

    /// Reads RSS 2.0 `<cloud>`.
    fn cloud(&mut self, tag: XmlTag<'a>) {
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

    /// Reads a category: Atom's label or term, iTunes' text.
    fn category_element(&mut self, tag: XmlTag<'a>) {
        let term = ["label", "term", "text"].into_iter().find_map(|it| attribute(tag, it));
        let text = self.value(tag);
        self.category(term.unwrap_or(text));
    }

    /// Reads several categories with commas between.
    fn keywords(&mut self, tag: XmlTag<'a>) {
        match self.value(tag) {
            Cow::Borrowed(text) => text.split(',').for_each(|it| self.category(Cow::Borrowed(it))),
            Cow::Owned(text) => text.split(',').for_each(|it| self.category(Cow::Owned(it.to_owned()))),
        }
    }

    fn category(&mut self, category: Cow<'a, str>) {
        let list = &mut self.draft().categories;
        if !category.trim().is_empty() && list.len() < LIST_MAX {
            list.push(category);
        }
    }

    fn begin_entry(&mut self, tag: XmlTag<'a>) {
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
}
