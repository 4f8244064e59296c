//! What response headers wish or forbid.

use std::time::Duration;
use std::time::SystemTime;

use url::Url;

use crate::domain::Hints;
use crate::domain::Timestamp;
use crate::net::HeaderMap;
use crate::net::header;

/// Longest wish about time that is believed. The schedule clamps it further;
/// this keeps a century, or a number of forty digits, out of the arithmetic.
const WISH_MAX: Duration = Duration::from_secs(30 * 86_400);

/// Targets of one relation that are kept.
const LINKS_MAX: usize = 16;

/// Values of one kind of signal that are kept.
const SIGNALS_MAX: usize = 32;

/// The media type of terms of Really Simple Licensing (RSL 1.0).
const RSL_TYPE: &str = "application/rsl+xml";

/// Reads the headers of an answer found at `found`.
pub(super) fn from(headers: &HeaderMap, found: &Url, now: Timestamp) -> Hints {
    let tdm = values(headers, "tdm-reservation").next();
    Hints {
        fresh_for: fresh_for(headers, now),
        tells_freshness: [header::CACHE_CONTROL, header::EXPIRES].iter().any(|it| headers.contains_key(it)),
        retry_after: retry_after(headers, now),
        hubs: linked(headers, found, "hub").into_iter().map(|it| it.0).collect(),
        self_link: linked(headers, found, "self").into_iter().next().map(|it| it.0),
        alternates: linked(headers, found, "alternate"),
        robots_tags: values(headers, "x-robots-tag").map(lower).take(SIGNALS_MAX).collect(),
        tdm_reservation: tdm.map(|it| it.trim() == "1"),
        content_signals: values(headers, "content-signal")
            .chain(values(headers, "content-usage"))
            .map(lower)
            .take(SIGNALS_MAX)
            .collect(),
        has_rsl_licence: linked(headers, found, "license").iter().any(|it| it.1 == RSL_TYPE),
    }
}

/// The instant that `Retry-After` names, in seconds or as a date (RFC 9110
/// §10.2.3), at most thirty days away; `None` where it cannot be read.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let value = values(headers, "retry-after").next()?.trim();
    let at = match seconds(value) {
        Some(wait) => now.plus(wait),
        None => date(value)?,
    };
    Some(at.clamp(now, now.plus(WISH_MAX)))
}

/// Freshness left (RFC 9111 §4.2): `max-age` less `Age`, else `Expires` less
/// `Date`, which is the time of receipt where it is missing (RFC 9110 §6.6.1).
/// `s-maxage` is for shared caches, which we are not.
fn fresh_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let directives = || values(headers, "cache-control").flat_map(|it| it.split(',')).map(str::trim);
    if directives().any(|it| it.eq_ignore_ascii_case("no-store") || it.eq_ignore_ascii_case("no-cache")) {
        return None;
    }
    let max_age = directives().find_map(|it| {
        let (name, value) = it.split_once('=')?;
        name.trim().eq_ignore_ascii_case("max-age").then(|| seconds(value.trim().trim_matches('"')))?
    });
    let lifetime = match max_age {
        Some(it) => it,
        None => {
            let sent = values(headers, header::DATE.as_str()).next().and_then(date).unwrap_or(now);
            date(values(headers, header::EXPIRES.as_str()).next()?)?.since(sent)
        }
    };
    let age = values(headers, header::AGE.as_str()).next().and_then(seconds).unwrap_or_default();
    Some(lifetime.saturating_sub(age).min(WISH_MAX)).filter(|it| !it.is_zero())
}

/// A number of seconds of any length; more than [`WISH_MAX`] is as much as that.
fn seconds(digits: &str) -> Option<Duration> {
    let digits = digits.trim();
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().map_or(WISH_MAX, Duration::from_secs).min(WISH_MAX))
}

/// An HTTP date in any of its three spellings (RFC 9110 §5.6.7).
fn date(text: &str) -> Option<Timestamp> {
    let at = httpdate::parse_http_date(text.trim()).ok()?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Timestamp::default().plus(since))
}

/// Targets of `Link` of one relation, each with its `type`, lower-case (RFC 8288 §3; WebSub §4).
fn linked(headers: &HeaderMap, found: &Url, rel: &str) -> Vec<(Url, String)> {
    let mut links = Vec::new();
    for value in values(headers, header::LINK.as_str()) {
        let mut rest = value;
        while let Some((_, after)) = rest.split_once('<')
            && let Some((target, after)) = after.split_once('>')
            && links.len() < LINKS_MAX
        {
            let (parameters, after) = split_unquoted(after, ',');
            rest = after;
            let (mut relations, mut media_type) = (String::new(), String::new());
            let mut left = parameters;
            while !left.is_empty() {
                let (parameter, after) = split_unquoted(left, ';');
                left = after;
                let Some((name, value)) = parameter.split_once('=') else { continue };
                let value = lower(value.trim().trim_matches('"'));
                match lower(name).as_str() {
                    // Of several the first counts (RFC 8288 §3.3).
                    "rel" if relations.is_empty() => relations = value,
                    "type" if media_type.is_empty() => media_type = value,
                    _ => {}
                }
            }
            if relations.split_ascii_whitespace().any(|it| it == rel)
                && let Ok(link) = found.join(target.trim())
            {
                links.push((link, media_type));
            }
        }
    }
    links
}

/// What stands before a separator and after it, where it is in no quotes.
fn split_unquoted(text: &str, separator: char) -> (&str, &str) {
    let mut is_quoted = false;
    let at = text.find(|c| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    });
    at.map_or((text, ""), |at| (&text[..at], &text[at + separator.len_utf8()..]))
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().filter_map(|it| it.to_str().ok())
}

fn lower(value: &str) -> String {
    value.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::header::HeaderName;
    use crate::net::header::HeaderValue;

    const NOW: Timestamp = Timestamp::from_secs(1_795_168_800);

    fn read(headers: &[(&'static str, &'static str)]) -> Hints {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        from(&headers, &"https://a.example/feed".parse().expect("a URL"), NOW)
    }

    #[track_caller]
    fn fresh(headers: &[(&'static str, &'static str)], expected_secs: Option<u64>) {
        assert_eq!(read(headers).fresh_for, expected_secs.map(Duration::from_secs));
    }

    #[test]
    fn freshness_is_what_is_left_of_it() {
        fresh(&[("cache-control", "public, max-age=600")], Some(600));
        fresh(&[("cache-control", "Max-Age=\"600\""), ("age", "200")], Some(400));
        fresh(&[("cache-control", "max-age=600"), ("age", "900")], None);
        fresh(&[("cache-control", "max-age=0")], None);
        fresh(&[("cache-control", "no-cache, max-age=600")], None);
        fresh(&[("cache-control", "max-age=soon")], None);
    }

    #[test]
    fn expiry_counts_from_the_publishers_own_clock() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        fresh(&[date, ("expires", "Sun, 06 Nov 1994 09:49:37 GMT")], Some(3600));
        fresh(&[date, ("expires", "Sun, 06 Nov 1994 07:49:37 GMT")], None);
        fresh(&[date, ("expires", "0")], None);
        fresh(&[("expires", "Fri, 20 Nov 2026 10:30:00 GMT")], Some(1800));
        fresh(&[("expires", "Fri, 20 Nov 2026 09:30:00 GMT")], None);
        fresh(
            &[date, ("expires", "Sun, 06 Nov 1994 09:49:37 GMT"), ("cache-control", "max-age=60")],
            Some(60),
        );
    }

    #[test]
    fn a_century_is_no_wish() {
        fresh(&[("cache-control", "max-age=3153600000")], Some(WISH_MAX.as_secs()));
        fresh(&[("cache-control", "max-age=99999999999999999999999999999")], Some(WISH_MAX.as_secs()));
    }

    #[track_caller]
    fn retry(value: &'static str, expected_secs: Option<u64>) {
        let expected = expected_secs.map(|it| NOW.plus(Duration::from_secs(it)));
        assert_eq!(read(&[("retry-after", value)]).retry_after, expected, "{value}");
    }

    #[test]
    fn retry_after_is_read_in_both_forms_without_overflow() {
        retry("120", Some(120));
        retry("Fri, 20 Nov 2026 10:05:00 GMT", Some(300));
        retry("Wed, 20 Nov 1996 10:05:00 GMT", Some(0));
        retry("340282366920938463463374607431768211456", Some(WISH_MAX.as_secs()));
        retry("Fri, 31 Dec 9999 23:59:59 GMT", Some(WISH_MAX.as_secs()));
        retry("-5", None);
        retry("soon", None);
    }

    #[test]
    fn hubs_are_found_among_other_links() {
        let hints = read(&[
            ("link", "<https://a.example/feed>; rel=\"self\", </hub>; rel=\"Hub\""),
            ("link", "<https://hub.example/>;title=\"News, all; and more\";rel=hub"),
            ("link", "<a.xml>; rel=alternate; type=\"application/RSS+xml\", <b>; rel=alternate"),
            ("link", "broken <"),
            ("link", "<c>; rel=\"hub"),
        ]);
        let hubs: Vec<_> = hints.hubs.iter().map(Url::as_str).collect();
        assert_eq!(hubs, ["https://a.example/hub", "https://hub.example/", "https://a.example/c"]);
        let alternates: Vec<_> = hints.alternates.iter().map(|it| (it.0.path(), it.1.as_str())).collect();
        assert_eq!(alternates, [("/a.xml", "application/rss+xml"), ("/b", "")]);
        assert_eq!(hints.self_link.as_ref().map(Url::as_str), Some("https://a.example/feed"));
    }

    #[test]
    fn reservations_are_heard() {
        let hints = read(&[
            ("x-robots-tag", "NoAI, noimageai"),
            ("x-robots-tag", "nosnippet"),
            ("tdm-reservation", "1"),
            ("content-signal", "ai-train=no"),
            ("content-usage", "train-ai=n"),
        ]);
        assert_eq!(hints.robots_tags, ["noai, noimageai", "nosnippet"]);
        assert_eq!(hints.tdm_reservation, Some(true));
        assert_eq!(hints.content_signals, ["ai-train=no", "train-ai=n"]);
        assert_eq!(read(&[("tdm-reservation", "0")]).tdm_reservation, Some(false));
    }
}
