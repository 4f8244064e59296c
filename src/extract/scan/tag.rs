//! One opening tag, with as many attributes as are looked at.

use std::borrow::Cow;

use crate::text::html::decode_entities;

/// Attributes of one tag that are kept; a tag with more keeps none.
const ATTRIBUTES_MAX: usize = 64;

/// Longest tag that keeps its attributes, in bytes.
const TAG_BYTES_MAX: usize = 4096;

/// A start tag.
pub(super) struct StartTag<'a> {
    pub(super) name: Cow<'a, str>,
    /// Raw, names as written.
    pub(super) attributes: Vec<(&'a str, &'a str)>,
    /// Length, brackets included.
    pub(super) bytes: usize,
    /// Whether it may be copied as it stands.
    pub(super) is_modest: bool,
}

impl<'a> StartTag<'a> {
    /// Reads the tag at the beginning of `text` (HTML, 13.2.5); `None` where it has no end.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let name = name_at(&text[1..]);
        let mut at = 1 + name.len();
        let (mut attributes, mut count) = (Vec::new(), 0);
        let is_space = |it: u8| it.is_ascii_whitespace();
        loop {
            while is_space(*bytes.get(at)?) || bytes[at] == b'/' {
                at += 1;
            }
            if bytes[at] == b'>' {
                at += 1;
                break;
            }
            let begin = at;
            // A `=` that begins a name belongs to it.
            at += 1;
            while !is_space(*bytes.get(at)?) && !matches!(bytes[at], b'=' | b'>' | b'/') {
                at += 1;
            }
            let end = at;
            while is_space(*bytes.get(at)?) {
                at += 1;
            }
            let mut value = at..at;
            if bytes[at] == b'=' {
                at += 1;
                while is_space(*bytes.get(at)?) {
                    at += 1;
                }
                if let quote @ (b'"' | b'\'') = bytes[at] {
                    let from = at + 1;
                    let length = text[from..].find(char::from(quote))?;
                    value = from..from + length;
                    at = from + length + 1;
                } else {
                    let from = at;
                    while !is_space(*bytes.get(at)?) && bytes[at] != b'>' {
                        at += 1;
                    }
                    value = from..at;
                }
            }
            count += 1;
            // Cuts stand at ASCII bytes, so they never fall into a character; `get` says so without a panic.
            if attributes.len() < ATTRIBUTES_MAX {
                attributes.push((text.get(begin..end)?, text.get(value)?));
            }
        }
        let is_modest = count <= ATTRIBUTES_MAX && at <= TAG_BYTES_MAX;
        Some(Self { name, attributes, bytes: at, is_modest })
    }

    /// The value of an attribute, character references decoded.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let (_, raw) = self.attributes.iter().find(|it| it.0.eq_ignore_ascii_case(name))?;
        Some(decode_entities(raw).into_owned())
    }
}

/// The tag name at the beginning, lower-case.
pub(super) fn name_at(text: &str) -> Cow<'_, str> {
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(text.len());
    let name = &text[..end];
    if name.bytes().any(|it| it.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
