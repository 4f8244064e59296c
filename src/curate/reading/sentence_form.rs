//! Whether a sentence begins and ends as a statement does.

use crate::text::sentence;
use crate::text::word;
use crate::text::word::Language;

/// Whether it begins as a statement does, and is whole, no table and no code.
pub(super) fn is_statement(text: &str) -> bool {
    let starts = text.starts_with(|c: char| {
        // Letters of scripts without case begin sentences too.
        c.is_alphabetic() && !c.is_lowercase()
            || c.is_ascii_digit()
            || matches!(
                c,
                '"' | '“'
                    | '”'
                    | '„'
                    | '‘'
                    | '‚'
                    | '\''
                    | '«'
                    | '»'
                    | '「'
                    | '『'
                    | '《'
                    | '$'
                    | '€'
                    | '£'
            )
    }) || text.chars().take(4).any(char::is_uppercase)
        || begins_with_release(text);
    // Column heads and captions run into the text without an end mark.
    starts && !is_cut(text) && !text.contains(['|', '\u{fffc}', '\u{fffd}', '{', '<', '→', '►'])
}

/// Whether it ends in an ellipsis, as what the publisher cut off does.
pub(in crate::curate) fn is_cut(text: &str) -> bool {
    let bare = without_closing(text);
    bare.ends_with("..") || bare.ends_with('…')
}

/// Whether it is cut off behind words enough to say something, and not within a phrase: behind
/// "of the", say.
pub(super) fn is_teaser(text: &str, language: Language) -> bool {
    const TEASER_WORDS_MIN: usize = 6;
    let bare = without_closing(text).trim_end_matches(['.', '…', '[', '(']).trim_end();
    let last = word::words(bare).last().map(|it| it.1);
    is_cut(text)
        && is_statement(bare)
        && word::count(bare) >= TEASER_WORDS_MIN
        && last.is_some_and(|it| word::is_capitalised(it) || !language.is_stop_word(&word::lower(it)))
}

/// Whether it ends as a statement does, which no question does. Headings do not, nor do the
/// standfirsts of many publishers. Thai and Lao end no sentence with a mark.
pub(in crate::curate) fn has_end(text: &str) -> bool {
    let is_end = |c: char| sentence::is_end_mark(c) && !matches!(c, '?' | '？' | '؟' | '…');
    without_closing(text).ends_with(is_end) || text.contains(|c: char| matches!(c, '\u{e00}'..='\u{eff}'))
}

/// A sentence without what closes on its end mark, in French and German too: "fait. »", "gut.“".
fn without_closing(text: &str) -> &str {
    let is_closing = |c: char| {
        matches!(
            c,
            '"' | '\''
                | '”'
                | '“'
                | '’'
                | '‘'
                | ')'
                | ']'
                | '»'
                | '«'
                | '」'
                | '』'
                | '》'
                | '）'
                | '】'
                | '〉'
        )
    };
    text.trim_end_matches(|c: char| is_closing(c) || c.is_whitespace())
}

/// Whether it begins with a name in lower case and its number: "curl 9.0".
fn begins_with_release(text: &str) -> bool {
    let mut words = text.split(' ');
    words.next().is_some_and(|it| it.starts_with(|c: char| c.is_ascii_lowercase()))
        && words.next().is_some_and(|it| it.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_as_their_script_ends_them() {
        for it in [
            "„Es reicht.“",
            "»Es reicht.«",
            "« C’est fait. »",
            "他说：“好。”",
            "यह नया है।",
            "यह नया है॥",
            "ភាសាថ្មី។",
            "မြန်မာ။",
            "これで終わり｡",
            "บริษัทเปิดตัวบริการใหม่",
            "ບໍລິສັດເປີດຕົວ",
        ] {
            assert!(has_end(it), "{it}");
        }
        for it in ["A heading", "Who pays?", "هل وصل؟", "„Wer zahlt?“", "제목"] {
            assert!(!has_end(it), "{it}");
        }
    }

    #[test]
    fn a_teaser_is_cut_off_behind_a_clause() {
        let check = |text: &str, expected: bool| {
            assert_eq!(is_teaser(text, Language::English), expected, "{text}");
        };
        check("Lock keepers at Varn count boats by radar since May…", true);
        check("The rail yard of Tolk labels 3,000 wagons by radio [...]", true);
        check("The rail yard of Tolk labels 3,000 wagons by the…", false);
        check("The rail yard of Tolk labels 3,000 wagons by radio.", false);
        check("Read more about it…", false);
        check("and labels 3,000 wagons by radio since last May…", false);
    }
}
