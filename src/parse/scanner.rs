//! The state of a scan: the tokens ahead, and what has been read of the feed.

use std::time::Duration;

use url::Url;

use super::draft::Draft;
use super::draft::RankedSlot;
use super::draft::RawText;
use super::link;
use super::token::ATTRIBUTES_MAX;
use super::token::Tokens;
use super::token::XmlTag;
use super::token::XmlToken;
use super::token::attribute;
use super::vocabulary;
use super::vocabulary::ElementMeaning;
use super::vocabulary::NAME_BYTES_MAX;
use super::vocabulary::Space;
use super::vocabulary::local_name;
use super::warning::Warning;
use super::warning::Warnings;
use crate::domain::Cloud;
use crate::domain::FeedFormat;
use crate::domain::PollHints;
use crate::text::html;

/// Most namespace prefixes that are remembered.
const PREFIXES_MAX: usize = 64;

/// How many searches for the end of an unknown element, or of the feed, may fail.
pub(super) const LOST_ENDS_MAX: u32 = 4;

/// A document on its way from tokens to drafts.
pub(super) struct Scanner<'a, 'w> {
    pub(super) tokens: Tokens<'a>,
    pub(super) found: &'a Url,
    pub(super) warnings: &'w mut Warnings,
    pub(super) prefixes: Vec<(&'a str, Space)>,
    pub(super) format: Option<FeedFormat>,
    pub(super) feed: Draft<'a>,
    pub(super) hints: PollHints,
    pub(super) cloud: Option<Cloud>,
    pub(super) period: Option<Duration>,
    pub(super) frequency: u32,
    pub(super) entry: Option<Draft<'a>>,
    pub(super) entries: Vec<Draft<'a>>,
    pub(super) begun: usize,
    pub(super) lost_ends: u32,
    /// Whether the feed, if there is one, stands in an HTML page.
    pub(super) is_page: bool,
}

impl<'a> Scanner<'a, '_> {
    pub(super) fn draft(&mut self) -> &mut Draft<'a> {
        self.entry.as_mut().unwrap_or(&mut self.feed)
    }

    pub(super) fn offer(
        &mut self,
        text: Option<RawText<'a>>,
        slot: impl for<'d> FnOnce(&'d mut Draft<'a>) -> &'d mut RankedSlot<RawText<'a>>,
        rank: u8,
    ) {
        if let Some(text) = text {
            slot(self.draft()).offer(rank, text);
        }
    }

    /// What relative links are relative to (RFC 3986 §5.1, XML Base §4).
    pub(super) fn base(&self) -> &Url {
        self.entry.as_ref().and_then(|it| it.base.as_ref()).or(self.feed.base.as_ref()).unwrap_or(self.found)
    }

    pub(super) fn base_at(&self, tag: XmlTag<'a>) -> Option<Url> {
        attribute(tag, "xml:base").and_then(|it| link::absolute(self.base(), &it))
    }

    /// Skips an element and what is in it, if it ends before its container does.
    pub(super) fn skip(&mut self, tag: XmlTag<'a>) {
        if tag.is_empty || self.lost_ends == LOST_ENDS_MAX {
            return;
        }
        let mut ahead = self.tokens.clone();
        let mut open = 1;
        while let Some(token) = ahead.next() {
            match token {
                XmlToken::Open(inner)
                    if self.word(inner.name, "").is_some_and(|it| it == ElementMeaning::Entry) =>
                {
                    break;
                }
                XmlToken::Open(inner) if !inner.is_empty && inner.name == tag.name => open += 1,
                XmlToken::Close(name) if name.eq_ignore_ascii_case(tag.name) => {
                    open -= 1;
                    if open == 0 {
                        return self.tokens = ahead;
                    }
                }
                XmlToken::Close(name) if self.word(name, "").is_some_and(ElementMeaning::is_container) => {
                    break;
                }
                _ => {}
            }
        }
        self.lost_ends += 1;
    }

    /// Ends an element before the token that cannot be inside it.
    pub(super) fn unclosed(&mut self, tag: XmlTag<'a>) {
        self.tokens.unread();
        let element = local_name(tag.name).chars().take(NAME_BYTES_MAX).collect();
        self.warnings.add(Warning::Unclosed { element });
    }

    /// Remembers the prefixes that a tag declares.
    pub(super) fn declare(&mut self, tag: XmlTag<'a>) {
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
    pub(super) fn word(&self, name: &str, attributes: &str) -> Option<ElementMeaning> {
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
        vocabulary::word(space, local_name(name), self.entry.is_some())
    }
}
