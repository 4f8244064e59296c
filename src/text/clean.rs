//! Removes what must not travel: control characters, bidirectional overrides, tag characters.

use encoding_rs::WINDOWS_1252;
use unicode_normalization::IsNormalized;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::is_nfc_quick;

/// Combining marks on one letter; scripts that stack them need fewer.
const MARKS_MAX: usize = 8;

/// Plain text as one clean line: invisible and forbidden characters gone,
/// white space folded into single spaces, NFC.
pub fn line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    append_folded(text, &mut clean);
    normalised(clean)
}

/// Like [`line()`], but an empty line between two paragraphs stays: `"\n\n"`.
/// A single line break is white space like any other.
pub fn paragraphs(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let (mut start, mut is_blank) = (0, false);
    let mut at = 0;
    for row in text.split_inclusive('\n') {
        let is_empty = row.bytes().all(|b| b.is_ascii_whitespace());
        if is_empty && !is_blank {
            append_paragraph(&text[start..at], &mut clean);
        }
        at += row.len();
        if is_empty {
            start = at;
        }
        is_blank = is_empty;
    }
    append_paragraph(&text[start..], &mut clean);
    normalised(clean)
}

fn append_paragraph(paragraph: &str, clean: &mut String) {
    let before = clean.len();
    if before != 0 {
        clean.push_str("\n\n");
    }
    let start = clean.len();
    append_folded(paragraph, clean);
    if clean.len() == start {
        clean.truncate(before);
    }
}

/// Appends `text` without outer white space, inner white space folded.
fn append_folded(text: &str, clean: &mut String) {
    let start = clean.len();
    let mut is_space_due = false;
    let mut previous = ' ';
    let mut marks = 0;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = ascii_run(rest);
        if run != 0 {
            if is_space_due && clean.len() != start {
                clean.push(' ');
            }
            (is_space_due, marks) = (false, 0);
            previous = 'a';
            clean.push_str(&rest[..run]);
            rest = &rest[run..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        let c = mended(c);
        if c.is_whitespace() {
            (is_space_due, marks) = (true, 0);
            previous = ' ';
            continue;
        }
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        let stays = match c {
            _ if is_selector(c) => chooses(previous, c),
            _ if MARKS_MAX < marks => false,
            // The joiners shape letters of some scripts and glue emoji together; elsewhere they only hide.
            '\u{200C}' | '\u{200D}' => joins(previous) && rest.chars().next().is_some_and(joins),
            _ => !is_forbidden(c),
        };
        if !stays {
            continue;
        }
        if is_space_due && clean.len() != start {
            clean.push(' ');
        }
        is_space_due = false;
        clean.push(c);
        previous = c;
    }
}

/// Length of the run of visible ASCII at the start of `text`, single spaces between words included:
/// what most of most texts is, and needs no look at each character.
pub(super) fn ascii_run(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_visible = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_graphic);
    let mut len = 0;
    while is_visible(len) || (len != 0 && bytes.get(len) == Some(&b' ') && is_visible(len + 1)) {
        len += 1;
    }
    len
}

/// C1 controls are windows-1252 taken for Latin-1; HTML reads them so too (HTML 5 §13.2.5.80).
fn mended(c: char) -> char {
    match u8::try_from(c) {
        Ok(byte @ 0x80..=0x9F) => {
            WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(c)
        }
        _ => c,
    }
}

fn joins(c: char) -> bool {
    '\u{0590}' <= c && !c.is_whitespace() && !matches!(c, '\u{2000}'..='\u{206F}') && !is_forbidden(c)
}

/// Whether a variation selector chooses how the character before it looks. Where it does not, it
/// is invisible, and a row of them is a hidden message.
fn chooses(before: char, selector: char) -> bool {
    let is_ideograph =
        matches!(before, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
    match selector {
        '\u{E0100}'..='\u{E01EF}' => is_ideograph,
        // As text, or as an emoji: digits too.
        '\u{FE0E}' | '\u{FE0F}' => !before.is_whitespace() && !is_selector(before),
        _ => !before.is_ascii() && !before.is_whitespace() && !is_selector(before),
    }
}

/// Variation selectors.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{180B}'..='\u{180D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn is_forbidden(c: char) -> bool {
    matches!(c,
        '\u{0000}'..='\u{001F}' | '\u{007F}'..='\u{009F}' // C0 and C1
        | '\u{00AD}' | '\u{034F}' | '\u{180E}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' // invisible
        | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' // fillers
        | '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' // direction
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' // annotations, tags
        | '\u{FDD0}'..='\u{FDEF}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

fn normalised(text: String) -> String {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text
    } else {
        text.nfc().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(line(text), expected);
    }

    #[test]
    fn white_space_of_any_kind_folds_into_one_space() {
        check("  a\t\r\n b\u{00A0}\u{2028}c ", "a b c");
        check("", "");
        check("\u{3000}", "");
    }

    #[test]
    fn what_cannot_be_seen_is_removed() {
        check("a\u{0000}b\u{001B}[31mc\u{0081}", "ab[31mc");
        check("pay\u{202E}lap\u{202C}", "paylap");
        check("a\u{2066}b\u{2069}\u{200B}c\u{FEFF}", "abc");
        check("x\u{E0041}\u{E007F}y", "xy");
        check("x\u{FFFE}\u{FDD0}\u{1FFFF}y", "xy");
        check("re\u{00AD}port", "report");
    }

    #[test]
    fn joiners_stay_where_a_script_needs_them() {
        check("👩\u{200D}💻", "👩\u{200D}💻");
        check("می\u{200C}خواهم", "می\u{200C}خواهم");
        check("pass\u{200D}word\u{200C}", "password");
        check("\u{200D}a", "a");
    }

    #[test]
    fn selectors_hide_no_message() {
        check("a\u{E0101}\u{E0148}\u{E0155}b", "ab");
        check("a\u{FE01}b\u{FE02}\u{FE03}", "ab");
        check("葛\u{E0101}\u{E0102}飾", "葛\u{E0101}飾");
        check("❤\u{FE0F} 1\u{FE0F}\u{20E3}", "❤\u{FE0F} 1\u{FE0F}\u{20E3}");
        check("❤\u{FE0F}\u{FE0E}\u{FE0F}", "❤\u{FE0F}");
    }

    #[test]
    fn marks_do_not_pile_up() {
        check(&format!("a{}b", "\u{0316}".repeat(300)), &format!("a{}b", "\u{0316}".repeat(MARKS_MAX)));
        check("שָׁלוֹם", "שָׁלוֹם");
    }

    #[test]
    fn c1_controls_are_read_as_windows_1252() {
        check("don\u{0092}t\u{0085}", "don’t…");
    }

    #[test]
    fn text_is_composed() {
        check("Cafe\u{0301}", "Café");
    }

    #[test]
    fn paragraphs_keep_their_empty_line_and_nothing_else() {
        assert_eq!(paragraphs("a\nb\n\n\n c \n \t\nd\n"), "a b\n\nc\n\nd");
        assert_eq!(paragraphs("\n\na"), "a");
        assert_eq!(paragraphs("a\n\n\u{200B}\n\nb"), "a\n\nb");
        assert_eq!(paragraphs(""), "");
    }
}
