//! Makes the plain text of a feed's fields, each within its length.

use crate::text::clean;
use crate::text::html;

use super::warning::Warning;
use super::warning::Warnings;

/// Longest title, name, category or other line, in bytes.
const LINE_BYTES_MAX: usize = 4 * 1024;
/// Longest id, in bytes.
const ID_BYTES_MAX: usize = 4 * 1024;
/// Longest summary or content as written, in bytes.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Whether a text is HTML.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Markup {
    /// Every character means itself.
    None,
    /// Tags and references are to be undone.
    Html,
}

/// One clean line; `None` if nothing is left.
pub(super) fn line(text: &str, markup: Markup, warnings: &mut Warnings) -> Option<String> {
    let text = cut(text, LINE_BYTES_MAX, warnings);
    let line = match markup {
        Markup::Html if text.contains(['<', '&']) => clean::line(&html::to_line(text)),
        _ => clean::line(text),
    };
    (!line.is_empty()).then_some(line)
}

/// Clean paragraphs; `None` if nothing is left.
pub(super) fn body(text: &str, markup: Markup, warnings: &mut Warnings) -> Option<String> {
    let text = cut(text, BODY_BYTES_MAX, warnings);
    // Many who write `type="text"`, or no type, mean HTML.
    let is_html = match markup {
        Markup::Html => true,
        Markup::None => {
            text.contains('<') && ["</p>", "<br", "</a>", "<p>", "</div>"].iter().any(|it| text.contains(it))
        }
    };
    let body = match is_html {
        true if text.contains(['<', '&']) => clean::paragraphs(&html::to_text(text)),
        // HTML without markup is one paragraph.
        true => clean::line(text),
        false => clean::paragraphs(text),
    };
    (!body.is_empty()).then_some(body)
}

/// An id as written, less what no text may hold.
pub(super) fn id(text: &str, warnings: &mut Warnings) -> Option<String> {
    line(cut(text, ID_BYTES_MAX, warnings), Markup::None, warnings)
}

/// A language tag in lower case; `None` for what cannot be one.
pub(super) fn language(text: &str) -> Option<String> {
    /// Longest tag RFC 5646 §4.4.1 asks readers to hold.
    const TAG_BYTES_MAX: usize = 35;
    let tag = text.trim().replace('_', "-").to_ascii_lowercase();
    let is_tag = (2..=TAG_BYTES_MAX).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && tag.starts_with(|c: char| c.is_ascii_alphabetic());
    is_tag.then_some(tag)
}

/// Adds a category that is not there yet.
pub(super) fn add_category(text: &str, categories: &mut Vec<String>, warnings: &mut Warnings) {
    if let Some(it) = line(text, Markup::Html, warnings)
        && !categories.contains(&it)
    {
        categories.push(it);
    }
}

fn cut<'a>(text: &'a str, bytes_max: usize, warnings: &mut Warnings) -> &'a str {
    if text.len() <= bytes_max {
        return text;
    }
    warnings.add(Warning::TextTooLong { limit_bytes: bytes_max });
    &text[..text.floor_char_boundary(bytes_max)]
}
