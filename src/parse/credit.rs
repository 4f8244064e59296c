//! Reads whom an entry credits: its authors, and the feed that it came from.

use std::borrow::Cow;

use super::draft::LIST_MAX;
use super::draft::RankedAuthor;
use super::draft::name_and_email;
use super::field::append;
use super::link;
use super::plain;
use super::plain::Markup;
use super::scanner::Scanner;
use super::token::XmlTag;
use super::token::XmlToken;
use super::token::attribute;
use super::vocabulary::ElementMeaning;
use super::vocabulary::Extent;
use super::vocabulary::local_name;
use crate::domain::Origin;
use crate::text::html;

/// An author of the feed that an entry came from speaks for it last.
const SOURCE_AUTHOR_RANK: u8 = 9;

impl<'a> Scanner<'a, '_> {
    pub(super) fn add_author(&mut self, author: Option<RankedAuthor<'a>>) {
        let authors = &mut self.draft().authors;
        if authors.len() < LIST_MAX {
            authors.extend(author);
        }
    }

    pub(super) fn author(&mut self, tag: XmlTag<'a>, rank: u8) -> Option<RankedAuthor<'a>> {
        let mut author = RankedAuthor { rank, element: tag.name, ..RankedAuthor::default() };
        let mut text = Cow::Borrowed("");
        while !tag.is_empty
            && let Some(token) = self.tokens.next()
        {
            match token {
                XmlToken::Text(it) => append(&mut text, html::decode_entities(it)),
                XmlToken::CData(it) => append(&mut text, Cow::Borrowed(it)),
                XmlToken::Close(name) if name.eq_ignore_ascii_case(tag.name) => break,
                XmlToken::Close(name) => {
                    if self.word(name, "").is_some_and(ElementMeaning::is_container) {
                        self.tokens.unread();
                        break;
                    }
                }
                XmlToken::Open(inner) => {
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
    pub(super) fn origin(&mut self, tag: XmlTag<'a>) -> Option<Origin> {
        let base = self.base_at(tag).unwrap_or_else(|| self.base().clone());
        let url = |href: Cow<'_, str>| link::absolute(&base, &href);
        let mut feed_url = attribute(tag, "url").and_then(url);
        let (mut home, mut title, mut text) = (None, None, Cow::Borrowed(""));
        while !tag.is_empty
            && let Some(token) = self.tokens.next()
        {
            match token {
                XmlToken::Text(it) => append(&mut text, html::decode_entities(it)),
                XmlToken::CData(it) => append(&mut text, Cow::Borrowed(it)),
                XmlToken::Close(name) if name.eq_ignore_ascii_case(tag.name) => break,
                XmlToken::Close(name) => {
                    if self.word(name, "").is_some_and(ElementMeaning::is_container) {
                        self.tokens.unread();
                        break;
                    }
                }
                XmlToken::Open(inner) => match self.word(inner.name, inner.attributes) {
                    Some(ElementMeaning::Entry | ElementMeaning::Channel | ElementMeaning::Root) => {
                        self.tokens.unread();
                        break;
                    }
                    Some(ElementMeaning::Title(_)) => title = self.text(inner, Extent::Short, false),
                    Some(ElementMeaning::Rights) => {
                        let text = self.text(inner, Extent::Short, false);
                        self.offer(text, |it| &mut it.rights, 1);
                    }
                    Some(ElementMeaning::Author(_)) => {
                        let author = self.author(inner, SOURCE_AUTHOR_RANK);
                        self.add_author(author);
                    }
                    Some(ElementMeaning::Link) => {
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
}
