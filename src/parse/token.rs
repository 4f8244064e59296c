//! Cuts tag soup into tokens, in one pass and without fail.
//!
//! Whatever cannot be a tag is text: a `<` before a space, a tag that meets
//! another `<` before its `>`. Comments, processing instructions and document
//! types (so all entity declarations) are skipped. What is never closed costs only
//! the mark that opens it.

use std::borrow::Cow;

use crate::text::html;

/// Most attributes of one tag that are looked at.
pub(super) const ATTRIBUTES_MAX: usize = 256;

/// One piece of a document.
pub(super) enum XmlToken<'a> {
    Open(XmlTag<'a>),
    /// A closing tag, by its name as written.
    Close(&'a str),
    /// Text with character references.
    Text(&'a str),
    /// Text without.
    CData(&'a str),
}

#[derive(Clone, Copy)]
pub(super) struct XmlTag<'a> {
    /// With its prefix, as written.
    pub(super) name: &'a str,
    /// Between the name and the `>`.
    pub(super) attributes: &'a str,
    /// Whether it closes itself.
    pub(super) is_empty: bool,
}

#[derive(Clone)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Where the token before `at` begins.
    begin: usize,
    /// No comment ends after `at`: looked for once.
    has_lost_comment: bool,
    /// Where the section ends that was last looked for, if after `at`; the length and more if none does.
    section_end: usize,
    /// Whether the document ends as documents do, once that was asked.
    is_whole: Option<bool>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, begin: 0, has_lost_comment: false, section_end: 0, is_whole: None }
    }

    /// Whether the document ends as documents do: then what is not closed was never meant to last
    /// until there.
    fn is_whole(&mut self) -> bool {
        *self.is_whole.get_or_insert_with(|| ends_whole(self.text))
    }

    /// Gives the last token back, to be read again.
    pub(super) fn unread(&mut self) {
        self.at = self.begin;
    }

    /// Cuts the last token, a section, after `len` bytes of its text.
    pub(super) fn cut_section(&mut self, len: usize) {
        self.at = self.begin + "<![CDATA[".len() + len;
    }

    /// The last token as written.
    pub(super) fn raw(&self) -> &'a str {
        &self.text[self.begin..self.at]
    }

    /// What follows the last token.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_past(&mut self, end: &str) {
        self.at = self.text[self.at..].find(end).map_or(self.text.len(), |len| self.at + len + end.len());
    }

    fn skip_comment(&mut self) {
        let end = if self.has_lost_comment { None } else { self.text[self.at..].find("-->") };
        match end {
            Some(len) => self.at += len + "-->".len(),
            // Cut off within it: nothing of it was meant to be read.
            None if !self.is_whole() => self.at = self.text.len(),
            None => {
                self.has_lost_comment = true;
                self.skip_past(">");
            }
        }
    }

    /// A document type and its internal subset, which an element ends that was not closed before.
    fn skip_doctype(&mut self) {
        let rest = &self.text[self.at..];
        let Some(len) = rest.find(['>', '[']).filter(|len| rest[*len..].starts_with('[')) else {
            return self.skip_past(">");
        };
        self.at += len;
        while let Some(len) = self.text[self.at..].find(['<', ']']) {
            self.at += len;
            let rest = &self.text[self.at..];
            match rest.as_bytes() {
                [b']', ..] => return self.skip_past(">"),
                [b'<', b'!', b'-', b'-', ..] => self.skip_comment(),
                [b'<', b'!' | b'?', ..] => self.skip_declaration(),
                _ => return,
            }
        }
        self.at = self.text.len();
    }

    /// A declaration of an entity or the like, whose values may hold `>`.
    fn skip_declaration(&mut self) {
        while let Some(len) = self.text[self.at..].find(['>', '"', '\'']) {
            self.at += len + 1;
            let rest = &self.text[self.at..];
            let quote = self.text.as_bytes()[self.at - 1];
            if quote == b'>' {
                return;
            }
            // What follows a value is a space or the end; else the quote was never closed.
            let value = rest.find(char::from(quote)).map(|len| len + 1);
            let is_closed =
                |len: &usize| rest[*len..].starts_with(|c: char| c.is_whitespace() || c == '>' || c == '%');
            self.at += value.filter(is_closed).unwrap_or_default();
        }
        self.at = self.text.len();
    }

    /// Reads the section that begins here; one without an end goes to the end of the text.
    fn section(&mut self) -> Option<XmlToken<'a>> {
        let text: &'a str = self.text;
        self.at += "<![CDATA[".len();
        if self.section_end < self.at {
            self.section_end = text[self.at..].find("]]>").map_or(usize::MAX, |len| self.at + len);
        }
        if self.section_end == usize::MAX && !self.is_whole() {
            let section = &text[self.at..];
            self.at = text.len();
            return Some(XmlToken::CData(section));
        }
        let section = text.get(self.at..self.section_end)?;
        self.at = self.section_end + "]]>".len();
        Some(XmlToken::CData(section))
    }

    /// Reads the markup at `at`; `None` if it was skipped, and text if it is none.
    fn markup(&mut self) -> Option<XmlToken<'a>> {
        let text: &'a str = self.text;
        let rest = &text[self.at..];
        let bytes = rest.as_bytes();
        match bytes.get(1) {
            Some(b'!') if rest.starts_with("<!--") => {
                self.skip_comment();
                None
            }
            Some(b'!') if rest.starts_with("<![CDATA[") => self.section(),
            Some(b'!') if bytes.get(2).is_some_and(u8::is_ascii_alphabetic) => {
                self.skip_doctype();
                None
            }
            Some(b'?') => {
                self.skip_past(">");
                None
            }
            Some(b'/') if rest[2..].trim_ascii_start().bytes().next().is_some_and(is_name_start) => {
                let len = rest[2..].find(['>', '<']).map_or(rest.len(), |len| len + 2);
                self.at += len + usize::from(bytes.get(len) == Some(&b'>'));
                Some(XmlToken::Close(name_at(rest[2..len].trim_ascii_start())))
            }
            Some(b) if is_name_start(*b) => {
                let name = name_at(&rest[1..]);
                let attributes = &rest[1 + name.len()..];
                match tag_end(attributes) {
                    Ok(len) => {
                        self.at += 1 + name.len() + len + usize::from(attributes[len..].starts_with('>'));
                        let attributes = &attributes[..len];
                        let trimmed = attributes.trim_ascii_end();
                        // `href=a/ >` is an address that ends so.
                        let is_value = |it: &&str| {
                            it.len() + 1 < attributes.len()
                                && !it.is_empty()
                                && !it.ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
                        };
                        let inner = trimmed.strip_suffix('/').filter(|it| !is_value(it));
                        Some(XmlToken::Open(XmlTag {
                            name,
                            attributes: inner.unwrap_or(attributes),
                            is_empty: inner.is_some(),
                        }))
                    }
                    Err(len) => {
                        let len = 1 + name.len() + len;
                        self.at += len;
                        Some(XmlToken::Text(&rest[..len]))
                    }
                }
            }
            _ => {
                let len = rest[1..].find('<').map_or(rest.len(), |len| len + 1);
                self.at += len;
                Some(XmlToken::Text(&rest[..len]))
            }
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = XmlToken<'a>;

    fn next(&mut self) -> Option<XmlToken<'a>> {
        while self.at < self.text.len() {
            self.begin = self.at;
            let rest = &self.text[self.at..];
            if !rest.starts_with('<') {
                let len = rest.find('<').unwrap_or(rest.len());
                self.at += len;
                return Some(XmlToken::Text(&rest[..len]));
            }
            if let Some(token) = self.markup() {
                return Some(token);
            }
        }
        None
    }
}

/// Whether a feed or a page is closed, with at most further markup behind it.
fn ends_whole(text: &str) -> bool {
    const ROOTS: [&str; 7] = ["rss", "rdf", "feed", "channel", "html", "body", "opml"];
    let is_root = |rest: &&str| {
        let name = name_at(rest.trim_ascii_start());
        let local = name.rsplit(':').next().unwrap_or(name);
        ROOTS.iter().any(|it| local.eq_ignore_ascii_case(it))
    };
    let Some(rest) = text.rmatch_indices("</").map(|(at, _)| &text[at + 2..]).find(is_root) else {
        return false;
    };
    rest.split_once('>').is_some_and(|(_, behind)| {
        let behind = behind.trim_ascii_start();
        behind.is_empty() || behind.starts_with('<')
    })
}

fn is_name_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || !b.is_ascii()
}

fn name_at(text: &str) -> &str {
    let len = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/' | '<' | '=' | '"' | '\''));
    &text[..len.unwrap_or(text.len())]
}

/// Where a tag ends whose attributes begin `text`, or up to where there is no tag: at its `>`, or where the
/// next tag begins if it has a quoted value, as no text has.
///
/// A quote opens a value only after `=`. A value that holds `<` (which XML
/// forbids) and before it `>` was never closed: the tag ends at that `>`.
/// Where no end is found, what was scanned is text, so that no byte is read twice.
fn tag_end(text: &str) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    let (mut at, mut is_value_due, mut has_value) = (0, false, false);
    while let Some(b) = bytes.get(at) {
        match b {
            b'>' => return Ok(at),
            b'<' if has_value => return Ok(at),
            b'<' => return Err(at),
            b'"' | b'\'' if is_value_due => {
                let value = &text[at + 1..];
                let closed = value.find(char::from(*b));
                let value = &value[..closed.unwrap_or(value.len())];
                let stray = value.find('<').or(closed.is_none().then_some(value.len()));
                if let Some(len) = stray {
                    if let Some(end) = value[..len].find('>') {
                        return Ok(at + 1 + end);
                    }
                    if closed.is_none() {
                        return Err(at + 1 + len);
                    }
                }
                at += value.len() + 2;
                (is_value_due, has_value) = (false, true);
            }
            b'=' => (at, is_value_due) = (at + 1, true),
            _ => (at, is_value_due) = (at + 1, is_value_due && b.is_ascii_whitespace()),
        }
    }
    Err(text.len())
}

/// The value of an attribute, references decoded; names compare without case.
pub(super) fn attribute<'a>(tag: XmlTag<'a>, wanted: &str) -> Option<Cow<'a, str>> {
    if tag.attributes.len() <= wanted.len() {
        return None;
    }
    html::attributes(tag.attributes)
        .take(ATTRIBUTES_MAX)
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| html::decode_entities(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let tokens: Vec<String> = Tokens::new(text)
            .map(|it| match it {
                XmlToken::Open(tag) if tag.is_empty => format!("<{}/>", tag.name),
                XmlToken::Open(tag) => format!("<{}>", tag.name),
                XmlToken::Close(name) => format!("</{name}>"),
                XmlToken::Text(text) => format!("'{text}'"),
                XmlToken::CData(text) => format!("[{text}]"),
            })
            .collect();
        assert_eq!(tokens.join(" "), expected);
    }

    #[test]
    fn well_formed_markup_is_cut_at_its_tags() {
        check("<a x='>'>b<c/></a >", "<a> 'b' <c/> </a>");
        check("<a><![CDATA[<b>]]></a>", "<a> [<b>] </a>");
        check("<?xml version='1.0'?><!-- <x> --><!DOCTYPE a [<!ENTITY b 'c'> ] ><a/>", "<a/>");
        check("<!DOCTYPE a SYSTEM 'b' [<!ENTITY b '<c>]>'><!-- ' --> %d;]><a/>", "<a/>");
        check("</ a ></\nb>", "</a> </b>");
    }

    #[test]
    fn what_is_never_closed_costs_only_its_mark() {
        check("<!-- x -- -> <a/><!-- y > <b/></rss>", "' ' <a/> ' ' <b/> </rss>");
        check("<![CDATA[a<b/>] ]><![CDATA[c</x:RDF >", "'a' <b/> '] ]>' 'c' </x:RDF>");
        check("<!DOCTYPE a [<!ENTITY b 'c'><a>[]]></a>", "<a> '[]]>' </a>");
        check("<!DOCTYPE a [<!ENTITY b \"c><a/>", "<a/>");
        check("<!DOCTYPE a [<!ENTITY b \"c>]><a/>'\"x", "<a/> ''\"x'");
    }

    #[test]
    fn what_a_cut_document_ends_within_is_no_markup() {
        check("<a/><!-- <b>draft</b> ", "<a/>");
        check("<a><![CDATA[<b>x</b> y", "<a> [<b>x</b> y]");
        check("<a/><!-- <b> </rss> tags", "<a/>");
        check("<![CDATA[a<b/></rss><!-- cached -->", "'a' <b/> </rss>");
        check("<a href=/b/ ><c href='/b'/ ><d /><e\n/ ><f/ ><g a='1'\n/ >", "<a> <c/> <d/> <e/> <f/> <g/>");
    }

    #[test]
    fn what_is_no_tag_is_text() {
        check("a < b <3", "'a ' '< b ' '<3'");
        check("<a <b>", "'<a ' <b>");
        check("<a x='1'/ <b y=2 <c>", "<a/> '<b y=2 ' <c>");
        check("<a x=\"1>t</a>", "<a> 't' </a>");
        check("</a<b>", "</a> <b>");
        check("<", "'<'");
        check("</", "'</'");
        check("<a", "'<a'");
    }

    #[test]
    fn hostile_markup_costs_linear_time() {
        for piece in [
            "<",
            "<a ",
            "<a x=\"",
            "<a x='>",
            "<!--",
            "<![CDATA[",
            "<!DOCTYPE [",
            "</",
            "<?",
            "<a x=\"<",
            "é<é",
        ] {
            let text = piece.repeat(200_000);
            assert!(Tokens::new(&text).count() <= 400_000);
        }
    }
}
