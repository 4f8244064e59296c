//! Makes text of bytes, by a fixed precedence.
//!
//! Byte order mark, the NUL pattern of UTF-16, valid UTF-8, the charset of
//! `Content-Type`, the XML declaration, detection. Bytes that claim to be UTF-8
//! and are not are read as windows-1252, byte by byte. UTF-7 is not honoured.

use std::borrow::Cow;

use chardetng::EncodingDetector;
use chardetng::Iso2022JpDetection;
use chardetng::Utf8Detection;
use encoding_rs::Encoding;
use encoding_rs::ISO_2022_JP;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16BE;
use encoding_rs::UTF_16LE;
use encoding_rs::WINDOWS_1252;

use super::Warning;
use super::Warnings;

/// How far into the bytes an XML declaration is looked for.
const DECLARATION_BYTES_MAX: usize = 1024;

/// How many bytes tell UTF-16 without a byte order mark.
const NUL_PATTERN_BYTES: usize = 64;

/// The text of `bytes`, which came with this `Content-Type`.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    warnings: &mut Warnings,
) -> Cow<'a, str> {
    if let Some((encoding, mark_len)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark_len..]).0;
    }
    if let Some(encoding) = utf16_by_nuls(bytes) {
        return guessed(bytes, encoding, warnings);
    }
    let declared = || declaration_charset(bytes).and_then(Encoding::for_label);
    let valid = str::from_utf8(bytes);
    if let Ok(text) = valid {
        // Pure ASCII with escapes is the one other encoding that looks like UTF-8.
        if !(bytes.contains(&0x1B) && declared() == Some(ISO_2022_JP)) {
            return Cow::Borrowed(text);
        }
    }
    let named = content_type.and_then(header_charset).and_then(Encoding::for_label);
    let is_multibyte_named = |it: &&Encoding| *it != UTF_8 && *it != UTF_16LE && *it != UTF_16BE;
    if let Some(encoding) = named.into_iter().chain(declared()).find(is_multibyte_named) {
        let (text, _, has_errors) = encoding.decode(bytes);
        if has_errors {
            warnings.add(Warning::ReplacedBytes { encoding: encoding.name() });
        }
        return text;
    }
    let claims_utf8 = named == Some(UTF_8) || declared() == Some(UTF_8);
    if claims_utf8 || is_mostly_utf8(bytes) {
        warnings.add(Warning::RepairedUtf8);
        return Cow::Owned(utf8_or_windows_1252(bytes));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    guessed(bytes, detector.guess(None, Utf8Detection::Deny), warnings)
}

fn guessed<'a>(bytes: &'a [u8], encoding: &'static Encoding, warnings: &mut Warnings) -> Cow<'a, str> {
    warnings.add(Warning::GuessedCharset { encoding: encoding.name() });
    encoding.decode_without_bom_handling(bytes).0
}

/// UTF-16 without a mark: markup is ASCII, so every other byte is NUL.
fn utf16_by_nuls(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(NUL_PATTERN_BYTES)];
    let nuls = |offset: usize| start.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    match start.len() / 3 {
        0 => None,
        most if most < odd && even == 0 => Some(UTF_16LE),
        most if most < even && odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

fn header_charset(content_type: &str) -> Option<&[u8]> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|it| it.split_once('='));
    let (_, charset) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(charset.trim().trim_matches(['"', '\'']).as_bytes())
}

/// The `encoding` of the XML declaration.
fn declaration_charset(bytes: &[u8]) -> Option<&[u8]> {
    let start = &bytes[..bytes.len().min(DECLARATION_BYTES_MAX)];
    let begin = start.windows(5).position(|it| it == b"<?xml")?;
    let declaration = start[begin..].split(|b| *b == b'>').next()?;
    let key = declaration.windows(8).position(|it| it == b"encoding")?;
    let mut quoted = declaration[key..].split(|b| matches!(b, b'"' | b'\''));
    quoted.nth(1)
}

/// Whether well-formed sequences of several bytes outnumber the stray bytes.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut sequences, mut strays) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        sequences += chunk.valid().bytes().filter(|b| 0xC0 <= *b).count();
        strays += chunk.invalid().len();
    }
    strays < sequences
}

/// UTF-8 where it is well-formed, windows-1252 where it is not.
fn utf8_or_windows_1252(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        assert_eq!(decode(bytes, content_type, &mut Warnings::default()), expected);
    }

    #[test]
    fn a_mark_wins_over_everything() {
        check(b"\xEF\xBB\xBFcaf\xC3\xA9", Some("text/xml; charset=iso-8859-1"), "café");
        check(b"\xFF\xFE<\0a\0", None, "<a");
    }

    #[test]
    fn utf16_is_told_by_its_nuls() {
        let text = "<?xml version='1.0' encoding='utf-8'?><é>";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&bytes, None, text);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&bytes, None, text);
    }

    #[test]
    fn valid_utf8_wins_over_labels() {
        check(
            "<?xml encoding='iso-8859-1'?>café".as_bytes(),
            Some("text/xml; charset=koi8-r"),
            "<?xml encoding='iso-8859-1'?>café",
        );
    }

    #[test]
    fn the_header_wins_over_the_declaration() {
        check(
            b"<?xml encoding='koi8-r'?>\xE9",
            Some("text/xml; charset=\"iso-8859-1\""),
            "<?xml encoding='koi8-r'?>é",
        );
        check(b"<?xml encoding='windows-1251'?>\xE9", None, "<?xml encoding='windows-1251'?>й");
    }

    #[test]
    fn broken_utf8_falls_to_windows_1252_byte_by_byte() {
        check(b"<?xml encoding='utf-8'?>\x93Caf\xE9\x94 \xC3\xA9", None, "<?xml encoding='utf-8'?>“Café” é");
        check(
            "é é é é \u{1F600}".as_bytes().iter().copied().chain([0xE9]).collect::<Vec<_>>().as_slice(),
            None,
            "é é é é \u{1F600}é",
        );
    }

    #[test]
    fn utf7_is_plain_text() {
        check(b"+ADw-script+AD4-", Some("text/xml; charset=utf-7"), "+ADw-script+AD4-");
    }
}
