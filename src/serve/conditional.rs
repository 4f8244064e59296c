//! Conditional requests (RFC 9110 §13).

use axum::http::HeaderMap;
use axum::http::header;

use crate::domain::Timestamp;

/// Whether the client holds the current representation. `If-None-Match` is
/// compared weakly and may list several tags or `*`; `If-Modified-Since` counts
/// only without it, and an unreadable date not at all (§13.1.2, §13.1.3).
pub(super) fn is_current(headers: &HeaderMap, etag: &str, last_modified: Option<Timestamp>) -> bool {
    let given: Vec<&str> =
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok()).collect();
    if !given.is_empty() {
        let mut tags = given.iter().flat_map(|it| it.split(',')).map(str::trim);
        return tags.any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it) == etag);
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
    fn check(given: &[(header::HeaderName, &str)], expected: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(name, value.parse().expect("a value"));
        }
        let at = Timestamp::from_secs(1_795_168_800);
        assert_eq!(is_current(&headers, "\"abc\"", Some(at)), expected);
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
}
