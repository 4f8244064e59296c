//! Reads the links of feeds and entries.

use std::borrow::Cow;

use super::draft::LIST_MAX;
use super::draft::RankedLink;
use super::link;
use super::scanner::Scanner;
use super::token::XmlTag;
use super::token::attribute;
use super::warning::Warning;

impl<'a> Scanner<'a, '_> {
    pub(super) fn enclosure(&mut self, tag: XmlTag<'a>) {
        if let Some(url) = attribute(tag, "url") {
            self.link(tag, "enclosure", 9, &url);
        }
        self.skip(tag);
    }

    pub(super) fn licence(&mut self, tag: XmlTag<'a>) {
        let resource = attribute(tag, "rdf:resource");
        let text = self.value(tag);
        self.link(tag, "license", 9, &resource.unwrap_or(text));
    }

    pub(super) fn link_element(&mut self, tag: XmlTag<'a>) {
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

    pub(super) fn link(&mut self, tag: XmlTag<'a>, rel: &str, rank: u8, href: &str) {
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
            links.push(RankedLink { rank, rel: rel.to_owned(), url, media_type, length });
        }
    }
}

/// Whether a text is a web address.
pub(super) fn is_web_address(text: &str) -> bool {
    let text = text.trim_start();
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    begins("http://") || begins("https://")
}
