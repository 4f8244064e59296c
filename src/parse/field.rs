//! Reads the inside of an element: a text with its kind, or one plain value.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::draft::RawText;
use super::plain::language;
use super::scanner::Scanner;
use super::token::XmlTag;
use super::token::XmlToken;
use super::token::attribute;
use super::vocabulary::ElementMeaning;
use super::vocabulary::Extent;
use super::vocabulary::local_name;
use super::warning::Warning;
use crate::domain::FeedFormat;
use crate::text::html;

/// Most pieces (texts, sections, tags) of one field.
const PIECES_MAX: usize = 200_000;

/// Most bytes of one field as written.
const FIELD_BYTES_MAX: usize = 1024 * 1024;

impl<'a> Scanner<'a, '_> {
    /// A field of text, with its kind of text (RFC 4287 §3.1). `is_html` is what it is when nothing says.
    pub(super) fn text(&mut self, tag: XmlTag<'a>, extent: Extent, is_html: bool) -> Option<RawText<'a>> {
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
        (!text.trim().is_empty()).then_some(RawText { text, is_html })
    }

    /// The text in base64, if it is text.
    pub(super) fn base64(&mut self, encoded: &str) -> Option<RawText<'a>> {
        let encoded: String = encoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let text = BASE64.decode(encoded).ok().and_then(|it| String::from_utf8(it).ok());
        let text = text.filter(|it| !it.contains('\0'));
        if text.is_none() {
            self.warnings.add(Warning::UnreadableContent);
        }
        Some(RawText { text: Cow::Owned(text?), is_html: true })
    }

    /// A field that is one plain value, less the markup that somebody's editor put there.
    pub(super) fn value(&mut self, tag: XmlTag<'a>) -> Cow<'a, str> {
        match self.inner(tag, Extent::Short) {
            (it, true) => Cow::Owned(html::to_text(&it).trim().to_owned()),
            (Cow::Borrowed(it), false) => Cow::Borrowed(it.trim()),
            (Cow::Owned(it), false) => Cow::Owned(it.trim().to_owned()),
        }
    }

    /// The inside of an element, XML references decoded once, and whether it holds elements
    /// (then it is HTML as written).
    pub(super) fn inner(&mut self, tag: XmlTag<'a>, extent: Extent) -> (Cow<'a, str>, bool) {
        let mut pieces: Vec<Piece<'a>> = Vec::new();
        let (mut bytes, mut open, mut depth, mut has_markup) = (0, 1, 0_usize, false);
        while !tag.is_empty
            && let Some(token) = self.tokens.next()
        {
            let piece = match token {
                XmlToken::Text(it) if pieces.is_empty() && it.trim_ascii().is_empty() => continue,
                XmlToken::Text(it) => Piece::Text(it),
                XmlToken::CData(it) => Piece::CData(match unclosed_section(it, tag.name) {
                    Some(len) => {
                        self.tokens.cut_section(len);
                        &it[..len]
                    }
                    None => it,
                }),
                XmlToken::Close(name) => {
                    if name.eq_ignore_ascii_case(tag.name) {
                        open -= 1;
                        if open == 0 {
                            break;
                        }
                    } else if self.word(name, "").is_some_and(ElementMeaning::is_container) {
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
                XmlToken::Open(inner) => {
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
}

/// A part of a field.
enum Piece<'a> {
    Text(&'a str),
    CData(&'a str),
    /// As written; the name if it closes itself, which HTML does not know.
    Tag(&'a str, Option<&'a str>),
}

/// The pieces of a field as one text.
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
pub(super) fn append<'a>(text: &mut Cow<'a, str>, more: Cow<'a, str>) {
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
