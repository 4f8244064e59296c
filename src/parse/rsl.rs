//! Whether a feed names terms of Really Simple Licensing (RSL 1.0) for what it carries.

use crate::text::charset;

use super::token::Tokens;
use super::token::XmlToken;

/// The namespace, without its scheme and without a slash at its end.
const NAMESPACE: &str = "://rslstandard.org/rsl";

/// Elements that name terms.
const TERMS: [&str; 3] = ["rsl", "content", "license"];

/// Whether an element of the RSL namespace names terms, for the feed or for one of its entries.
pub fn names_rsl_licence(bytes: &[u8]) -> bool {
    // Hardly any feed does, and each is asked at every poll.
    if !bytes.windows(NAMESPACE.len()).any(|it| it == NAMESPACE.as_bytes()) {
        return false;
    }
    let text = charset::decode(bytes, None).text;
    let is_bound = |declared: &str| {
        ['"', '\''].iter().any(|quote| {
            let bound = format!("{declared}={quote}http");
            text.match_indices(&bound).any(|(at, _)| {
                let rest = &text[at + bound.len()..];
                let rest = rest.strip_prefix('s').unwrap_or(rest);
                rest.strip_prefix(NAMESPACE).is_some_and(|it| it.trim_start_matches('/').starts_with(*quote))
            })
        })
    };
    for token in Tokens::new(&text) {
        let XmlToken::Open(tag) = token else { continue };
        let (declared, local) = match tag.name.split_once(':') {
            Some((prefix, local)) => (format!("xmlns:{prefix}"), local),
            None => ("xmlns".to_owned(), tag.name),
        };
        if TERMS.iter().any(|it| it.eq_ignore_ascii_case(local)) && is_bound(&declared) {
            return true;
        }
    }
    false
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
    }
}
