//! Character references (HTML §13.2.5.72).

use std::borrow::Cow;

/// Replaces character references (HTML 5 §13.5) by what they stand for, once.
/// What is no reference stays as it is.
pub fn decode_entities(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let len = append_reference(rest, &mut out);
        rest = &rest[len..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Longest name of an HTML entity, in bytes.
const ENTITY_NAME_BYTES_MAX: usize = 31;

/// Appends what the reference at the start of `text` (an `&`) stands for and returns its length;
/// appends the `&` alone where there is none.
fn append_reference(text: &str, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    if bytes.get(1) == Some(&b'#') {
        let (radix, start) = if matches!(bytes.get(2), Some(b'x' | b'X')) { (16, 3) } else { (10, 2) };
        let digits = bytes[start.min(bytes.len())..]
            .iter()
            .take(8)
            .take_while(|b| char::from(**b).is_digit(radix))
            .count();
        let c = u32::from_str_radix(&text[start.min(text.len())..start.min(text.len()) + digits], radix)
            .ok()
            .and_then(char_of);
        if let Some(c) = c {
            out.push(c);
            let end = start + digits;
            return if bytes.get(end) == Some(&b';') { end + 1 } else { end };
        }
    } else {
        let name_len =
            bytes[1..].iter().take(ENTITY_NAME_BYTES_MAX).take_while(|b| b.is_ascii_alphanumeric()).count();
        if bytes.get(1 + name_len) == Some(&b';') {
            // Names stand there with their `;`, and beginnings of names with a 0.
            if let Some((first, second)) = markup5ever::data::NAMED_ENTITIES.get(&text[1..name_len + 2]) {
                out.extend([*first, *second].into_iter().filter(|it| *it != 0).filter_map(char::from_u32));
                return name_len + 2;
            }
        }
    }
    out.push('&');
    1
}

/// The character of a numeric reference; 128 to 159 name windows-1252, as in HTML 5 §13.2.5.80.
fn char_of(code: u32) -> Option<char> {
    match code {
        0 => Some('\u{FFFD}'),
        0x80..=0x9F => {
            let byte = [u8::try_from(code).unwrap_or_default()];
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0.chars().next()
        }
        _ => char::from_u32(code),
    }
}
