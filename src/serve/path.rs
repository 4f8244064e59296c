//! Spellings of one path.

use std::borrow::Cow;

/// The path as it is compared (RFC 3986 §6.2.2): every character that a segment may hold as it
/// is (§3.3 `pchar`) is decoded, the hexadecimal digits of all others are upper case. None of our
/// paths gives such a character another meaning when it is encoded.
pub(super) fn normalized(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut normal = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        normal.push_str(before);
        let decoded = after.get(..2).filter(|it| it.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some((hex, byte)) = decoded.and_then(|it| Some((it, u8::from_str_radix(it, 16).ok()?))) else {
            normal.push('%');
            rest = after;
            continue;
        };
        if is_pchar(byte) {
            normal.push(char::from(byte));
        } else {
            normal.push('%');
            normal.push_str(&hex.to_ascii_uppercase());
        }
        rest = &after[2..];
    }
    normal.push_str(rest);
    Cow::Owned(normal)
}

fn is_pchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        assert_eq!(normalized(path), expected);
    }

    #[test]
    fn one_path_has_one_spelling() {
        check("/about", "/about");
        check("/%61bout", "/about");
        check("/feeds/all%2Erss", "/feeds/all.rss");
        check("/feeds/all%2erss", "/feeds/all.rss");
        check("/%7Euser/%7e", "/~user/~");
        check(
            "/stories/tag%3Abrief.example%2C2026-11-20%3Aaaaa",
            "/stories/tag:brief.example,2026-11-20:aaaa",
        );
        check("/caf%c3%a9", "/caf%C3%A9");
        // What would be another path, or no path, stays encoded.
        check("/a%2fb%3f%23%25%20", "/a%2Fb%3F%23%25%20");
        // Decoding is done once.
        check("/%2561", "/%2561");
        check("/100%", "/100%");
        check("/%zz%4", "/%zz%4");
        check("/%é1%41", "/%é1A");
    }
}
