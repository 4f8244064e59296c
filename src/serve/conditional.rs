//! Conditional requests (RFC 9110 §13).

use axum::http::HeaderMap;
use axum::http::header;

use crate::domain::Timestamp;

/// What proxies that compress append to the tag of a document that came without compression:
/// Apache's `mod_deflate` behind or before the closing quotation mark, Jetty, Caddy. `-br` is our own.
const PROXY_SUFFIXES: [&str; 5] = ["-gzip", "--gzip", ";gzip", ";br", "-zstd"];

/// Names one representation of a document.
pub(super) struct Tag<'a> {
    /// Of the document as it is.
    pub(super) digest: &'a str,
    /// Of the encoding.
    pub(super) suffix: &'static str,
}

impl Tag<'_> {
    /// The strong entity tag (RFC 9110 §8.8.3).
    pub(super) fn quoted(&self) -> String {
        format!("\"{}{}\"", self.digest, self.suffix)
    }

    /// Whether an entity tag, as a client gives it, names this representation, or the document in
    /// the encoding of a proxy. Some clients lose the quotation marks.
    fn is_meant_by(&self, given: &str) -> bool {
        let opaque = given.strip_prefix("W/").unwrap_or(given);
        let exact = opaque.strip_prefix('"').and_then(|it| it.strip_prefix(self.digest));
        if exact.and_then(|it| it.strip_prefix(self.suffix)) == Some("\"") {
            return true;
        }
        let opaque = opaque.replace('"', "");
        let suffix = opaque.strip_prefix(self.digest);
        suffix.is_some_and(|it| it == self.suffix || PROXY_SUFFIXES.contains(&it))
    }
}

/// Whether the client holds the current representation. `If-None-Match` is
/// compared weakly and may list several tags or `*`; `If-Modified-Since` counts
/// only without it, and an unreadable date not at all (§13.1.2, §13.1.3).
pub(super) fn is_current(headers: &HeaderMap, tag: &Tag<'_>, last_modified: Option<Timestamp>) -> bool {
    let mut given =
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok()).peekable();
    if given.peek().is_some() {
        let mut tags = given.flat_map(|it| it.split(',')).map(str::trim);
        return tags.any(|it| it == "*" || tag.is_meant_by(it));
    }
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|it| it.to_str().ok());
    let since = since.and_then(|it| httpdate::parse_http_date(it).ok());
    match (since, last_modified) {
        (Some(since), Some(at)) => {
            let since = since.duration_since(std::time::UNIX_EPOCH).map_or(0, |it| it.as_secs());
            at.millis().div_euclid(1000) <= i64::try_from(since).unwrap_or(i64::MAX)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_as(suffix: &'static str, given: &[(header::HeaderName, &str)], expected: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(name, value.parse().expect("a value"));
        }
        let at = Timestamp::from_secs(1_795_168_800);
        assert_eq!(is_current(&headers, &Tag { digest: "abc", suffix }, Some(at)), expected, "{given:?}");
    }

    #[track_caller]
    fn check(given: &[(header::HeaderName, &str)], expected: bool) {
        check_as("", given, expected);
    }

    #[test]
    fn tags_are_compared_weakly_and_win_over_dates() {
        check(&[], false);
        check(&[(header::IF_NONE_MATCH, "\"abc\"")], true);
        check(&[(header::IF_NONE_MATCH, "W/\"abc\"")], true);
        check(&[(header::IF_NONE_MATCH, "\"x\", \"abc\"")], true);
        check(&[(header::IF_NONE_MATCH, "*")], true);
        let same_day = (header::IF_MODIFIED_SINCE, "Fri, 20 Nov 2026 10:00:00 GMT");
        check(&[(header::IF_NONE_MATCH, "\"x\""), same_day.clone()], false);
        check(&[same_day], true);
        check(&[(header::IF_MODIFIED_SINCE, "Fri, 20 Nov 2026 09:59:59 GMT")], false);
        check(&[(header::IF_MODIFIED_SINCE, "yesterday")], false);
    }

    #[test]
    fn a_document_that_a_proxy_compressed_is_known_by_its_tag() {
        let tags = [
            "\"abc-gzip\"",
            "W/\"abc-gzip\"",
            "\"abc\"-gzip",
            "\"abc;gzip\"",
            "\"abc;br\"",
            "abc-gzip",
            "abc",
        ];
        for tag in tags {
            check(&[(header::IF_NONE_MATCH, tag)], true);
        }
        // Whatever the proxy asks for now, the document is the one that the client holds.
        check_as("-gz", &[(header::IF_NONE_MATCH, "\"abc-gzip\"")], true);
        check_as("-br", &[(header::IF_NONE_MATCH, "\"x\", \"abc-gzip\"")], true);
        // Our own encodings are representations of their own.
        check_as("-gz", &[(header::IF_NONE_MATCH, "\"abc-gz\"")], true);
        check_as("-gz", &[(header::IF_NONE_MATCH, "\"abc-br\"")], false);
        check(&[(header::IF_NONE_MATCH, "\"abc-gz\"")], false);
        check(&[(header::IF_NONE_MATCH, "\"abcd-gzip\"")], false);
        check(&[(header::IF_NONE_MATCH, "\"ab-gzip\"")], false);
    }
}
