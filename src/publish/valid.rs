//! What the formats allow where a publisher's words would stand as a value: addresses, ids,
//! media types, languages. A value that is not allowed makes the whole document invalid, so the
//! writers spell it as it should be or leave it out, and the check refuses what they missed.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a text is an absolute IRI (RFC 3987 §2.2), as RFC 4287 §4.2.6 wants an id and §4.2.7
/// a link, and keeps the rules of its scheme where we know them: web addresses have a host; `urn`
/// (RFC 8141), `urn:uuid` (RFC 9562) and `tag` (RFC 4151) have a form of their own.
pub(super) fn is_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    is_scheme
        && !rest.is_empty()
        && spelled(text) == text
        && text.chars().all(|c| c.is_ascii() || is_ucschar(c))
        && match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => {
                let host = rest.strip_prefix("//").filter(|it| !it.starts_with(['/', '?', '#']));
                host.is_some() && url::Url::parse(text).is_ok()
            }
            "urn" => is_urn(rest),
            "tag" => is_tag(rest),
            _ => true,
        }
}

/// An address as RFC 3986 spells it: what browsers leave as it is (`[`, `|`, a bare `%`, a second
/// `#`) and the RFC does not allow is percent-encoded. Letters beyond ASCII stay.
pub(super) fn spelled(address: &str) -> Cow<'_, str> {
    let scheme = address.find(':').map_or(0, |at| at + 1);
    let authority = address[scheme..]
        .strip_prefix("//")
        .map_or(0, |rest| 2 + rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (head, tail) = address.split_at(scheme + authority);
    let (path, fragment) = tail.split_once('#').map_or((tail, None), |(path, it)| (path, Some(it)));
    let is_right = |part: &str| part.char_indices().all(|(at, c)| may_stand(part, at, c));
    if is_right(path)
        && fragment.is_none_or(is_right)
        && !head.contains(['<', '>', '"', ' ', '\\', '^', '`', '{', '|', '}'])
    {
        return Cow::Borrowed(address);
    }
    let mut spelled = head.chars().filter(|c| !r#"<>" \^`{|}"#.contains(*c)).collect::<String>();
    encode(path, &mut spelled);
    if let Some(fragment) = fragment {
        spelled.push('#');
        encode(fragment, &mut spelled);
    }
    Cow::Owned(spelled)
}

fn encode(part: &str, to: &mut String) {
    for (at, c) in part.char_indices() {
        if may_stand(part, at, c) {
            to.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            write!(to, "%{byte:02X}").expect("a String takes every character");
        }
    }
}

/// Whether a character may stand in a path, query or fragment.
fn may_stand(part: &str, at: usize, c: char) -> bool {
    match c {
        '%' => part.as_bytes().get(at + 1..at + 3).is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit)),
        _ if c.is_ascii() => c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/?".contains(c),
        _ => is_ucschar(c),
    }
}

/// RFC 3987 §2.2 `ucschar`, without white space and the marks of direction that §4.1 forbids.
fn is_ucschar(c: char) -> bool {
    let is_assigned = match u32::from(c) {
        0xa0..=0xd7ff | 0xf900..=0xfdcf | 0xfdf0..=0xffef => true,
        code @ 0x1_0000..=0xe_ffff => code & 0xffff <= 0xfffd,
        _ => false,
    };
    is_assigned && !c.is_whitespace() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
}

/// What follows `urn:`.
fn is_urn(rest: &str) -> bool {
    let Some((namespace, specific)) = rest.split_once(':') else { return false };
    let is_end = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = namespace.as_bytes();
    let is_namespace = (2..=32).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        && is_end(bytes.first())
        && is_end(bytes.last());
    let is_specific = specific.is_ascii() && specific.starts_with(|c: char| !"/?#".contains(c));
    is_namespace && is_specific && (!namespace.eq_ignore_ascii_case("uuid") || is_uuid(specific))
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|it| it.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|it| it.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// What follows `tag:`.
fn is_tag(rest: &str) -> bool {
    let Some((entity, specific)) = rest.split_once(':') else { return false };
    let Some((authority, date)) = entity.split_once(',') else { return false };
    let is_part = |it: &str, more: &[u8]| {
        it.starts_with(|c: char| c.is_ascii_alphanumeric())
            && it.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
    };
    let (name, host) = authority.split_once('@').map_or((None, authority), |(name, host)| (Some(name), host));
    let is_host = host.split('.').all(|it| is_part(it, b"-") && !it.ends_with('-'));
    specific.is_ascii() && is_host && name.is_none_or(|it| is_part(it, b"-._")) && is_tag_date(date)
}

/// `2026`, `2026-11` or `2026-11-20`.
fn is_tag_date(date: &str) -> bool {
    let parts: Vec<&str> = date.split('-').collect();
    let number = |at: usize, digits: usize| match parts.get(at) {
        None => Some(1),
        Some(it) if it.len() == digits && it.bytes().all(|b| b.is_ascii_digit()) => it.parse::<u32>().ok(),
        Some(_) => None,
    };
    parts.len() <= 3
        && number(0, 4).is_some()
        && number(1, 2).is_some_and(|it| (1..=12).contains(&it))
        && number(2, 2).is_some_and(|it| (1..=31).contains(&it))
}

/// A media type (RFC 6838 §4.2) without its parameters; `None` for what is none.
pub(super) fn media_type(given: &str) -> Option<&str> {
    let is_name = |it: &str| {
        it.starts_with(|c: char| c.is_ascii_alphanumeric())
            && it.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let given = given.split(';').next().unwrap_or_default().trim();
    given.split_once('/').filter(|(kind, name)| is_name(kind) && is_name(name)).map(|_| given)
}

/// Whether a text has the form of a language tag (RFC 4287 §2 `atomLanguageTag`).
pub(super) fn is_language(tag: &str) -> bool {
    let is_subtag = |it: &str| (1..=8).contains(&it.len()) && it.bytes().all(|b| b.is_ascii_alphanumeric());
    tag.split('-').all(is_subtag)
        && tag.split('-').next().is_some_and(|it| it.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Whether a text has the form of an e-mail address (RFC 4287 §3.2.3).
pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_the_rules_of_their_scheme() {
        for right in [
            "https://a.example/feed",
            "http://a.example",
            "HTTP://A.example/x?y=1#z",
            "http://[::1]:8080/x",
            "urn:uuid:60a76c80-d399-11d9-b91C-0003939e0af6",
            "URN:UUID:60a76c80-d399-11d9-b91C-0003939e0af6",
            "urn:isbn:0451450523",
            "urn:sample:a.example:x/y",
            "tag:a.example,2026-11-20:feed:all",
            "tag:desk@a.example,2026:",
            "tag:a.example,2026-11:x?y#z",
            "https://a.example/größe/日本",
            "vnd.example:1",
        ] {
            assert!(is_iri(right), "{right}");
        }
        for wrong in [
            "",
            "x",
            "/x",
            "a.example/feed",
            "http:",
            "http:a.example",
            "http://",
            "http:///x",
            "urn:uuid:1",
            "urn:uuid:{60a76c80-d399-11d9-b91c-0003939e0af6}",
            "urn:uuid:60a76c80-d399-11d9-b91c-0003939e0afg",
            "urn:uuid:60a76c80d39911d9b91c0003939e0af6",
            "urn:uuid:60a76c80-d399-11d9-b91c-0003939e0af6-1",
            "urn:x:1",
            "urn:-ab:1",
            "urn:isbn:",
            "urn:isbn",
            "tag:a.example:1",
            "tag:a.example,26:1",
            "tag:a.example,2026-13-01:1",
            "tag:[::1],2026-11-20:1",
            "tag:a_b.example,2026:1",
            "tag:,2026:1",
            "https://a.example/a b",
            "https://a.example/a|b",
            "https://a.example/?a[]=1",
            "https://a.example/100%",
            "https://a.example/#a#b",
            "https://a.example/{id}",
            "https://a.example/\u{202e}x",
            "1x:y",
            "a b:c",
            "x:\u{e000}",
        ] {
            assert!(!is_iri(wrong), "{wrong}");
        }
    }

    #[track_caller]
    fn check_spelled(address: &str, expected: &str) {
        assert_eq!(spelled(address), expected);
        assert_eq!(spelled(expected), expected, "once is enough");
        assert!(is_iri(expected), "{expected}");
    }

    #[test]
    fn addresses_are_spelled_so_that_validators_take_them() {
        check_spelled("https://a.example/x?y=1&z=%20#t", "https://a.example/x?y=1&z=%20#t");
        check_spelled("https://[2001:db8::1]:1/x", "https://[2001:db8::1]:1/x");
        check_spelled(
            "https://a.example/?a[]=1&b={c}|d^e`",
            "https://a.example/?a%5B%5D=1&b=%7Bc%7D%7Cd%5Ee%60",
        );
        check_spelled("https://a.example/100%/5%2", "https://a.example/100%25/5%252");
        check_spelled("https://a.example/#a#b[1]", "https://a.example/#a%23b%5B1%5D");
        check_spelled("https://a.example?q=<\"x y\">", "https://a.example?q=%3C%22x%20y%22%3E");
        check_spelled("urn:sample:a|b", "urn:sample:a%7Cb");
        check_spelled("https://a.example/größe", "https://a.example/größe");
    }

    #[test]
    fn types_and_languages_have_a_form() {
        assert_eq!(media_type("audio/mpeg; rate=1"), Some("audio/mpeg"));
        assert_eq!(media_type("application/vnd.a+xml"), Some("application/vnd.a+xml"));
        for wrong in ["", "audio", "mp3", "audio/", "/mpeg", "audio/mp eg", "audio mpeg"] {
            assert_eq!(media_type(wrong), None, "{wrong}");
        }
        for right in ["en", "pt-br", "zh-Hans-CN", "x-klingon"] {
            assert!(is_language(right), "{right}");
        }
        for wrong in ["", "en-", "-en", "en_US", "english-us-longsubtag1", "12"] {
            assert!(!is_language(wrong), "{wrong}");
        }
        assert!(is_email("desk@a.example") && !is_email("desk") && !is_email("@a.example"));
    }
}
