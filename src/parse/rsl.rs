//! Whether a feed names terms of Really Simple Licensing (RSL 1.0) for what it carries.

use std::collections::HashSet;

use crate::text::charset;

use super::token::Tokens;
use super::token::XmlToken;

/// The namespace, without its scheme and without a slash at its end.
const NAMESPACE: &str = "://rslstandard.org/rsl";

/// Elements that name terms.
const TERMS: [&str; 3] = ["rsl", "content", "license"];

/// Longest declaration that is looked for before a namespace, in bytes.
const DECLARATION_BYTES_MAX: usize = 128;

/// Whether an element of the RSL namespace names terms, for the feed or for one of its entries.
/// Reads the document twice, however often the namespace or its elements stand in it.
pub fn names_rsl_licence(bytes: &[u8]) -> bool {
    // Hardly any feed does, and each is asked at every poll.
    if !bytes.windows(NAMESPACE.len()).any(|it| it == NAMESPACE.as_bytes()) {
        return false;
    }
    let text = charset::decode(bytes, None).text;
    let bound: HashSet<&str> =
        text.match_indices(NAMESPACE).filter_map(|(at, _)| declaration(&text, at)).collect();
    Tokens::new(&text).any(|token| {
        let XmlToken::Open(tag) = token else { return false };
        let (prefix, local) = tag.name.split_once(':').unwrap_or(("", tag.name));
        TERMS.iter().any(|it| it.eq_ignore_ascii_case(local)) && bound.contains(prefix)
    })
}

/// The prefix that is bound to the namespace at `at`: nothing for the default one, `None` where
/// the namespace stands in no declaration.
fn declaration(text: &str, at: usize) -> Option<&str> {
    let quote = |it: char| matches!(it, '"' | '\'');
    let after = text[at + NAMESPACE.len()..].trim_start_matches('/');
    after.starts_with(quote).then_some(())?;
    let mut from = at.saturating_sub(DECLARATION_BYTES_MAX);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text[from..at].strip_suffix("https").or_else(|| text[from..at].strip_suffix("http"))?;
    let name = before.strip_suffix(quote)?.strip_suffix('=')?;
    let name = name.rsplit(char::is_whitespace).next()?;
    match name.strip_prefix("xmlns")? {
        "" => Some(""),
        prefixed => prefixed.strip_prefix(':'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(channel: &str, item: &str, expected: bool) {
        let feed = format!("<rss {channel}><channel><item>{item}</item></channel></rss>");
        assert_eq!(names_rsl_licence(feed.as_bytes()), expected, "{feed}");
    }

    #[test]
    fn terms_in_the_rsl_namespace_count_whatever_its_prefix() {
        let declared = "xmlns:rsl=\"https://rslstandard.org/rsl\"";
        check(declared, "<rsl:content url='/'><rsl:license/></rsl:content>", true);
        check("xmlns:x='https://rslstandard.org/rsl/'", "<x:license/>", true);
        check("", "<rsl xmlns=\"https://rslstandard.org/rsl\"></rsl>", true);
        check(declared, "", false);
        check(declared, "<title>What rsl:license says</title>", false);
        check(declared, "<description><![CDATA[<rsl:license/>]]></description>", false);
        check(
            "xmlns:media='http://search.yahoo.com/mrss/'",
            "<media:content url='/a'/><media:license/>",
            false,
        );
        check(
            "xmlns:media='http://search.yahoo.com/mrss/'",
            "<media:license>https://rslstandard.org/rsl</media:license>",
            false,
        );
        check("", &format!("<!-- {declared} --><rsl:license/>"), true);
        check("", "https://rslstandard.org/rsl <rsl:license/>", false);
        check("xmlns:é='https://rslstandard.org/rsl'", "<é:license/>", true);
    }

    #[test]
    fn each_part_of_a_document_is_read_once() {
        let elements = "<a:license>".repeat(100_000);
        let declarations = "<b xmlns:b='https://rslstandard.org/rsl'/>".repeat(20_000);
        check("", &format!("<!-- ://rslstandard.org/rsl -->{elements}"), false);
        check("", &format!("{declarations}{elements}"), false);
    }
}
