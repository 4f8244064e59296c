//! Makes text of bytes, by a fixed order of trust.
//!
//! Byte order mark, the NUL pattern of UTF-16 and UTF-32, valid UTF-8, the charset of
//! `Content-Type`, the XML declaration, `meta`, detection. Bytes that claim to be UTF-8
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

use super::html;

/// How far into the bytes a declaration is looked for (HTML, 13.2.3.2).
const DECLARATION_BYTES_MAX: usize = 1024;

/// How many bytes tell UTF-16 or UTF-32 without a byte order mark.
const NUL_PATTERN_BYTES: usize = 64;

/// UTF-32, which the Encoding Standard leaves out and a few feeds are still written in.
const UTF_32BE_NAME: &str = "UTF-32BE";
const UTF_32LE_NAME: &str = "UTF-32LE";

/// Text, and how it was made of bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decoded<'a> {
    /// Without a byte order mark; bytes that fit nothing are U+FFFD.
    pub text: Cow<'a, str>,
    /// Name in the Encoding Standard of what the bytes were read as, or of UTF-32.
    pub encoding: &'static str,
    /// How well that went.
    pub fit: Fit,
}

/// How well bytes fitted what they were read as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fit {
    /// All of them, by what the document or its header says.
    Whole,
    /// All that could be read, though nothing said what they are.
    Guessed,
    /// Not UTF-8, though they claim to be: what did not fit was read as windows-1252.
    Mended,
    /// Some were replaced by U+FFFD.
    Replaced,
}

/// The text of `bytes`, which came with this `Content-Type`. Linear; copies only what is not UTF-8.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    if let Some((name, width)) = utf32(bytes) {
        return decoded_utf32(bytes, name, width);
    }
    if let Some((encoding, mark_len)) = Encoding::for_bom(bytes) {
        return read_as(encoding, &bytes[mark_len..], Fit::Whole);
    }
    if let Some(encoding) = utf16_by_nuls(bytes) {
        return read_as(encoding, bytes, Fit::Guessed);
    }
    let declared = || declaration_charset(bytes).and_then(Encoding::for_label);
    if let Some(text) = valid_utf8(bytes) {
        // Pure ASCII with escapes is the one other encoding that looks like UTF-8.
        if !(bytes.contains(&0x1B) && declared() == Some(ISO_2022_JP)) {
            return Decoded { text: Cow::Borrowed(text), encoding: UTF_8.name(), fit: Fit::Whole };
        }
    }
    let named = content_type.and_then(header_charset).and_then(Encoding::for_label);
    // UTF-16 in ASCII bytes is a mistake for UTF-8, as in HTML.
    let is_other = |it: &&Encoding| *it != UTF_8 && *it != UTF_16LE && *it != UTF_16BE;
    if let Some(encoding) = named.into_iter().chain(declared()).find(is_other) {
        return read_as(encoding, bytes, Fit::Whole);
    }
    let claims_utf8 = named == Some(UTF_8) || declared() == Some(UTF_8);
    if claims_utf8 || is_mostly_utf8(bytes) {
        let text = Cow::Owned(utf8_or_windows_1252(bytes));
        return Decoded { text, encoding: UTF_8.name(), fit: Fit::Mended };
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    read_as(detector.guess(None, Utf8Detection::Deny), bytes, Fit::Guessed)
}

fn read_as<'a>(encoding: &'static Encoding, bytes: &'a [u8], fit: Fit) -> Decoded<'a> {
    let (text, has_errors) = encoding.decode_without_bom_handling(bytes);
    let fit = if has_errors { Fit::Replaced } else { fit };
    Decoded { text, encoding: encoding.name(), fit }
}

/// The text of bytes that are UTF-8, the last character perhaps cut off.
fn valid_utf8(bytes: &[u8]) -> Option<&str> {
    match str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            // A lone byte after nothing but ASCII may as well be a letter of another charset.
            str::from_utf8(&bytes[..error.valid_up_to()]).ok().filter(|it| !it.is_ascii())
        }
        Err(_) => None,
    }
}

/// UTF-32 by its mark or by the three NULs beside each ASCII character; name and where the low byte is.
fn utf32(bytes: &[u8]) -> Option<(&'static str, usize)> {
    let start = &bytes[..bytes.len().min(NUL_PATTERN_BYTES)];
    let ascii_at = |low: usize| {
        let is_ascii = |it: &[u8]| it.iter().enumerate().all(|(at, b)| (*b == 0) == (at != low));
        8 <= start.len() && start.chunks_exact(4).take(4).all(is_ascii)
    };
    match () {
        () if start.starts_with(&[0, 0, 0xFE, 0xFF]) || ascii_at(3) => Some((UTF_32BE_NAME, 3)),
        () if start.starts_with(&[0xFF, 0xFE, 0, 0]) || ascii_at(0) => Some((UTF_32LE_NAME, 0)),
        () => None,
    }
}

fn decoded_utf32<'a>(bytes: &[u8], encoding: &'static str, low: usize) -> Decoded<'a> {
    let mut fit = Fit::Whole;
    let units = bytes.chunks_exact(4).map(|it| match (low, it) {
        (0, &[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        (_, &[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
        _ => 0,
    });
    let text: String = units
        .map(|it| {
            char::from_u32(it).unwrap_or_else(|| {
                fit = Fit::Replaced;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    let text = text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text);
    Decoded { text: Cow::Owned(text), encoding, fit }
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

/// What the XML declaration or a `meta` element near the beginning says.
fn declaration_charset(bytes: &[u8]) -> Option<&[u8]> {
    let start = &bytes[..bytes.len().min(DECLARATION_BYTES_MAX)];
    let of_xml = start.windows(5).position(|it| it == b"<?xml").and_then(|begin| {
        let declaration = start[begin..].split(|b| *b == b'>').next()?;
        let key = declaration.windows(8).position(|it| it == b"encoding")?;
        declaration[key..].split(|b| matches!(b, b'"' | b'\'')).nth(1)
    });
    of_xml.or_else(|| meta_charset(start))
}

/// `<meta charset=…>`, or the charset in `<meta content="…; charset=…">`.
fn meta_charset(start: &[u8]) -> Option<&[u8]> {
    const META: &[u8] = b"<meta";
    let metas = start.windows(META.len() + 1).enumerate().filter(|(_, it)| {
        it[..META.len()].eq_ignore_ascii_case(META)
            && (it[META.len()].is_ascii_whitespace() || it[META.len()] == b'/')
    });
    metas
        .filter_map(|(at, _)| {
            let tag = start[at + META.len()..].split(|b| *b == b'>').next()?;
            let tag = str::from_utf8(tag).ok()?;
            let value = |wanted: &str| {
                html::attributes(tag).find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, it)| it)
            };
            let charset = value("charset").map(str::as_bytes);
            charset.or_else(|| value("content").and_then(header_charset))
        })
        .next()
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

/// UTF-8 where it is well-formed, UTF-16 in UTF-8 (CESU-8, UTR 26) where it is that, else windows-1252.
fn utf8_or_windows_1252(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 16);
    let mut rest = bytes;
    while let Some(chunk) = rest.utf8_chunks().next() {
        text.push_str(chunk.valid());
        rest = &rest[chunk.valid().len()..];
        let units: Vec<u16> = rest.chunks_exact(3).take(2).map_while(surrogate).collect();
        if let Some(Ok(c)) = char::decode_utf16(units.iter().copied()).next() {
            text.push(c);
            rest = &rest[6..];
        } else if units.is_empty() {
            let (stray, after) = rest.split_at(chunk.invalid().len());
            text.push_str(&WINDOWS_1252.decode_without_bom_handling(stray).0);
            rest = after;
        } else {
            text.push(char::REPLACEMENT_CHARACTER);
            rest = &rest[3..];
        }
    }
    text
}

/// The half of a surrogate pair that three bytes are.
fn surrogate(bytes: &[u8]) -> Option<u16> {
    match *bytes {
        [0xED, high @ 0xA0..=0xBF, low @ 0x80..=0xBF] => {
            Some(0xD000 | u16::from(high & 0x3F) << 6 | u16::from(low & 0x3F))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        assert_eq!(decode(bytes, content_type).text, expected);
    }

    #[track_caller]
    fn check_fit(bytes: &[u8], encoding: &str, fit: Fit) {
        let decoded = decode(bytes, None);
        assert_eq!((decoded.encoding, decoded.fit), (encoding, fit));
    }

    fn units<const N: usize>(text: &str, bytes: impl Fn(char) -> [u8; N]) -> Vec<u8> {
        text.chars().flat_map(bytes).collect()
    }

    #[test]
    fn a_mark_wins_over_everything() {
        check(b"\xEF\xBB\xBFcaf\xC3\xA9", Some("text/xml; charset=iso-8859-1"), "café");
        check(b"\xFF\xFE<\0a\0", None, "<a");
        check(b"\xFF\xFEa\0b\0", Some("text/html; charset=utf-8"), "ab");
    }

    #[test]
    fn wide_characters_are_told_by_their_nuls() {
        let text = "<?xml version='1.0' encoding='utf-8'?><é>";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&bytes, None, text);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&bytes, None, text);
        check(&units(text, |c| u32::from(c).to_be_bytes()), None, text);
        check(&units(text, |c| u32::from(c).to_le_bytes()), None, text);
        check(&units("\u{FEFF}é", |c| u32::from(c).to_le_bytes()), None, "é");
        check(&[0, 0, 0xFE, 0xFF, 0, 0x11, 0, 0, 0, 0, 0, b'a', 0], None, "\u{FFFD}a");
    }

    #[test]
    fn valid_utf8_wins_over_labels() {
        check(
            "<?xml encoding='iso-8859-1'?>café".as_bytes(),
            Some("text/xml; charset=koi8-r"),
            "<?xml encoding='iso-8859-1'?>café",
        );
        check("é€".as_bytes().split_at(4).0, Some("text/html; charset=iso-8859-1"), "é");
    }

    #[test]
    fn the_header_wins_over_the_document() {
        check(
            b"<?xml encoding='koi8-r'?>\xE9",
            Some("text/xml; charset=\"iso-8859-1\""),
            "<?xml encoding='koi8-r'?>é",
        );
        check(b"caf\xe9", Some("text/html; Charset=\"ISO-8859-1\""), "café");
        check(b"<?xml encoding='windows-1251'?>\xE9", None, "<?xml encoding='windows-1251'?>й");
    }

    #[test]
    fn a_meta_element_is_read_where_no_declaration_is() {
        check(b"<meta charset=windows-1251>\xf2\xe5", None, "<meta charset=windows-1251>те");
        check(
            b"<META http-equiv=x><meta content='text/html; charset=shift_jis'>\x83e",
            None,
            "<META http-equiv=x><meta content='text/html; charset=shift_jis'>テ",
        );
        check(b"<metadata charset=koi8-r>caf\xE9", None, "<metadata charset=koi8-r>café");
    }

    #[test]
    fn broken_utf8_falls_to_windows_1252_byte_by_byte() {
        check(b"<?xml encoding='utf-8'?>\x93Caf\xE9\x94 \xC3\xA9", None, "<?xml encoding='utf-8'?>“Café” é");
        check(
            "é é é é \u{1F600}".as_bytes().iter().copied().chain([0xE9, b'.']).collect::<Vec<_>>().as_slice(),
            None,
            "é é é é \u{1F600}é.",
        );
    }

    #[test]
    fn surrogates_in_utf8_are_paired() {
        check(
            b"<?xml encoding='utf-8'?>\xED\xA0\xBD\xED\xB8\x80!",
            None,
            "<?xml encoding='utf-8'?>\u{1F600}!",
        );
        check(b"<?xml encoding='utf-8'?>a\xED\xA0\xBDb\xE9", None, "<?xml encoding='utf-8'?>a\u{FFFD}bé");
    }

    #[test]
    fn utf7_is_not_honoured() {
        check(b"+ADw-script+AD4-", Some("text/xml; charset=utf-7"), "+ADw-script+AD4-");
        check(b"caf\xe9", Some("text/html; charset=utf-7"), "café");
    }

    #[test]
    fn how_well_it_went_is_said() {
        check_fit("é".as_bytes(), "UTF-8", Fit::Whole);
        check_fit(b"<?xml encoding='koi8-r'?>\xE9", "KOI8-R", Fit::Whole);
        check_fit(b"<?xml encoding='utf-8'?>\xE9", "UTF-8", Fit::Mended);
        check_fit(b"<?xml encoding='shift_jis'?>\x83", "Shift_JIS", Fit::Replaced);
        check_fit(b"caf\xE9 au lait", "windows-1252", Fit::Guessed);
    }
}
