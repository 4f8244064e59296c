//! The characters of a page, by a fixed order of trust.

use std::borrow::Cow;

use chardetng::EncodingDetector;
use encoding_rs::Encoding;
use encoding_rs::UTF_8;

/// Bytes at the beginning in which `meta charset` is looked for (HTML, 13.2.3.2).
const PRESCAN_BYTES: usize = 1024;

/// Byte order mark, else UTF-8 where the bytes are valid, else the header's
/// charset, else `meta`, else what the bytes look like. Unknown bytes become U+FFFD.
pub(super) fn decoded<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[length..]).0;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let declared = content_type
        .and_then(charset_of)
        .or_else(|| charset_of(&String::from_utf8_lossy(&bytes[..bytes.len().min(PRESCAN_BYTES)])));
    let encoding = declared.unwrap_or_else(|| {
        let mut detector = EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        detector.guess(None, chardetng::Utf8Detection::Allow)
    });
    encoding.decode_without_bom_handling(bytes).0
}

/// The charset that a `Content-Type` or a `meta` element names. UTF-16 in ASCII
/// bytes is a mistake for UTF-8 (HTML, 13.2.3.2).
fn charset_of(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '>' | '/'));
    let encoding = Encoding::for_label(&value.as_bytes()[..end.unwrap_or(value.len())])?;
    Some(if encoding.is_ascii_compatible() { encoding } else { UTF_8 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        assert_eq!(decoded(bytes, content_type), expected);
    }

    #[test]
    fn the_most_certain_sign_wins() {
        check(b"\xef\xbb\xbfcaf\xc3\xa9", Some("text/html; charset=iso-8859-1"), "café");
        check("café".as_bytes(), Some("text/html; charset=iso-8859-1"), "café");
        check(b"\xff\xfea\0b\0", Some("text/html; charset=utf-8"), "ab");
        check(b"caf\xe9", Some("text/html; Charset=\"ISO-8859-1\""), "café");
        check(b"<meta charset=windows-1251>\xf2\xe5", None, "<meta charset=windows-1251>те");
        check(
            b"<meta content='text/html; charset=shift_jis'>\x83e",
            None,
            "<meta content='text/html; charset=shift_jis'>テ",
        );
        check(b"caf\xe9", Some("text/html; charset=utf-7"), "café");
    }
}
