//! Cuts a text into sentences, as byte ranges of it.
//!
//! A sentence ends at `.`, `!`, `?` or `…` with the quotation marks and brackets that
//! close on it, where a new one can begin behind it. UAX #29 alone also ends it at
//! "Dr. ", "Jan. " and "vs. "; abbreviations and initials are therefore known here.

use std::ops::Range;

/// A sentence is cut at the next blank beyond this many bytes, whatever it says.
const BYTES_MAX: usize = 4096;

/// One sentence of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sentence {
    /// Byte offsets into the text, without blanks at either end.
    pub range: Range<usize>,
    /// Counts the paragraphs of the text from 0.
    pub paragraph: usize,
}

/// The sentences of a text whose paragraphs are separated by an empty line, in
/// order, at most `max` of them. Headings and other lines without an end mark that
/// are a paragraph of their own count as sentences.
pub fn cut(text: &str, max: usize) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (paragraph, range) in paragraphs(text).enumerate() {
        let mut start = range.start;
        while start < range.end && sentences.len() < max {
            let end = start + end_of_first(&text[start..range.end]);
            let whole = &text[start..end];
            let trimmed = whole.trim_start();
            let from = start + (whole.len() - trimmed.len());
            let trimmed = trimmed.trim_end();
            if !trimmed.is_empty() {
                sentences.push(Sentence { range: from..from + trimmed.len(), paragraph });
            }
            start = end;
        }
    }
    sentences
}

/// Runs of lines between lines that are empty or blank.
fn paragraphs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut lines = text.split_inclusive('\n').peekable();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(blank) = lines.next_if(|it| it.trim().is_empty()) {
            at += blank.len();
        }
        let start = at;
        while let Some(line) = lines.next_if(|it| !it.trim().is_empty()) {
            at += line.len();
        }
        (start < at).then_some(start..at)
    })
}

/// Where the first sentence of a paragraph ends, blanks behind it not included.
fn end_of_first(paragraph: &str) -> usize {
    let mut chars = paragraph.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if BYTES_MAX <= at && c.is_whitespace() {
            return at;
        }
        if c == '\n' && 0 < at && is_list_mark(&paragraph[at + 1..]) {
            return at;
        }
        if !is_end_mark(c) {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some((next, c)) = chars.next_if(|(_, c)| is_end_mark(*c) || is_closing(*c)) {
            end = next + c.len_utf8();
        }
        // An opening straight quote can look like a closing one only behind a blank.
        let behind = &paragraph[end..];
        let is_cjk = matches!(c, '。' | '！' | '？');
        if !is_cjk && !behind.starts_with(char::is_whitespace) {
            continue;
        }
        let next = behind.trim_start();
        if next.is_empty() || is_cjk || (can_begin(next) && !is_abbreviation(&paragraph[..at], c, next)) {
            return end;
        }
    }
    paragraph.len()
}

fn is_end_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？')
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '»' | ')' | ']' | '」' | '』')
}

/// A list's mark at the start of a line: `- `, `* `, `• `.
fn is_list_mark(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    ["- ", "* ", "• ", "– "].iter().any(|mark| line.starts_with(mark))
}

/// Whether a sentence can begin here: upper case, a digit, a script without case, an
/// opening mark, or a name such as `iPhone`.
fn can_begin(next: &str) -> bool {
    let mut chars = next.chars();
    match chars.next() {
        Some(c) if c.is_lowercase() => {
            chars.take(2).take_while(|it| it.is_alphabetic()).any(char::is_uppercase)
        }
        Some(c) => {
            c.is_alphanumeric()
                || matches!(
                    c,
                    '"' | '\''
                        | '“'
                        | '‘'
                        | '«'
                        | '('
                        | '['
                        | '¿'
                        | '¡'
                        | '$'
                        | '€'
                        | '£'
                        | '@'
                        | '#'
                        | '•'
                        | '-'
                        | '–'
                        | '—'
                        | '*'
                        | '「'
                )
        }
        None => true,
    }
}

/// Whether the end mark behind `before` belongs to a shortened word rather than to
/// the end of the sentence.
fn is_abbreviation(before: &str, mark: char, next: &str) -> bool {
    let word = before
        .rsplit(|c: char| {
            c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“' | '‘' | '—' | '–' | '/' | '-')
        })
        .next()
        .unwrap_or_default();
    if mark == '!' {
        return word == "Yahoo" && !begins_with_function_word(next);
    }
    if mark != '.' || word.is_empty() {
        return false;
    }
    let lower = word.to_lowercase();
    let lower = lower.as_str();
    if TITLES.contains(&lower) && word.starts_with(char::is_uppercase) || NEVER_LAST.contains(&lower) {
        return true;
    }
    // "am 5. März"
    if word.len() <= 2
        && word.bytes().all(|b| b.is_ascii_digit())
        && GERMAN_MONTHS.iter().any(|it| next.starts_with(it))
    {
        return true;
    }
    let is_numbered = next.starts_with(|c: char| c.is_ascii_digit());
    if BEFORE_NUMBERS.contains(&lower) {
        return is_numbered;
    }
    // "1." and "a." open the items of a list.
    if before.trim_start().len() == word.len() && word.chars().all(|c| c.is_ascii_digit()) {
        return true;
    }
    // Behind a number a single letter is a unit: "260 W".
    let is_measured = before[..before.len() - word.len()].trim_end().ends_with(|c: char| c.is_ascii_digit());
    let is_initial = word.chars().count() == 1 && word.starts_with(char::is_uppercase) && !is_measured;
    let is_dotted = word.contains('.')
        && word
            .split('.')
            .all(|it| (1..=2).contains(&it.chars().count()) && it.chars().all(char::is_alphabetic));
    (is_initial || is_dotted || MAYBE_LAST.contains(&lower)) && !begins_with_function_word(next)
}

/// Whether a word follows that opens sentences and is hardly ever part of a name.
fn begins_with_function_word(next: &str) -> bool {
    if next.starts_with(['"', '“', '‘', '(']) {
        return true;
    }
    let word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    OPENERS.contains(&word)
}

const GERMAN_MONTHS: &[&str] = &[
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// Stand before a name.
const TITLES: &[&str] = &[
    "adm", "brig", "capt", "cmdr", "col", "dr", "fr", "gen", "gov", "hon", "lt", "maj", "messrs", "mr",
    "mrs", "ms", "mx", "pres", "prof", "rep", "reps", "sr", "sra", "dra", "hr", "rev", "sen", "sens", "sgt",
    "supt",
];

/// Always followed by what they introduce.
const NEVER_LAST: &[&str] = &[
    "cf", "e.g", "eg", "i.e", "ie", "viz", "vs", "v", "approx", "incl", "z", "z.b", "d.h", "u.a", "bzw",
    "ggf", "inkl", "p.ej", "ee", "núm",
];

/// Shortened only before a number: months, "No.", "pp.", "Fig.".
const BEFORE_NUMBERS: &[&str] = &[
    "apr", "art", "aug", "ca", "dec", "feb", "fig", "figs", "jan", "jul", "jun", "mar", "no", "nos", "nov",
    "nr", "oct", "pp", "sec", "sep", "sept", "vol",
];

/// Shortened, and possibly the last word of a sentence.
const MAYBE_LAST: &[&str] = &[
    "al", "assn", "ave", "blvd", "bros", "co", "corp", "dept", "est", "etc", "ft", "inc", "intl", "jr",
    "ltd", "mass", "mt", "mts", "ph.d", "plc", "rd", "st", "univ", "usw", "uu",
];

/// Words that open a sentence behind "Inc." or "U.S.".
const OPENERS: &[&str] = &[
    "A",
    "About",
    "According",
    "After",
    "All",
    "Also",
    "Although",
    "Among",
    "An",
    "And",
    "Another",
    "Any",
    "As",
    "At",
    "Because",
    "Before",
    "Both",
    "But",
    "By",
    "Despite",
    "During",
    "Each",
    "Earlier",
    "Even",
    "Every",
    "Few",
    "For",
    "From",
    "Given",
    "Had",
    "Has",
    "Have",
    "He",
    "Her",
    "Here",
    "His",
    "How",
    "However",
    "I",
    "If",
    "In",
    "Instead",
    "Is",
    "It",
    "Its",
    "Last",
    "Later",
    "Many",
    "Meanwhile",
    "More",
    "Most",
    "Much",
    "My",
    "Neither",
    "No",
    "Not",
    "Now",
    "Of",
    "On",
    "Once",
    "One",
    "Only",
    "Or",
    "Other",
    "Others",
    "Our",
    "Over",
    "People",
    "She",
    "Since",
    "So",
    "Some",
    "Still",
    "Such",
    "That",
    "The",
    "Their",
    "Then",
    "There",
    "These",
    "They",
    "This",
    "Those",
    "Though",
    "Through",
    "To",
    "Today",
    "Two",
    "Under",
    "Unlike",
    "Until",
    "We",
    "Were",
    "What",
    "When",
    "Where",
    "Whether",
    "Which",
    "While",
    "Who",
    "Why",
    "Will",
    "With",
    "Within",
    "Without",
    "Yet",
    "You",
    "Your",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = cut(text, 100).into_iter().map(|it| &text[it.range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn end_marks_end_sentences() {
        check(
            "One is here. Two follows! Three? 4 ends",
            &["One is here.", "Two follows!", "Three?", "4 ends"],
        );
    }

    #[test]
    fn shortened_words_do_not() {
        check("Dr. Ada Fox met Mr. Hill. They spoke.", &["Dr. Ada Fox met Mr. Hill.", "They spoke."]);
        check(
            "It ships on Jan. 5 in Bonn. It was late in Jan. Snow fell.",
            &["It ships on Jan. 5 in Bonn.", "It was late in Jan.", "Snow fell."],
        );
        check("Apples vs. Pears, e.g. Cox, are fine.", &["Apples vs. Pears, e.g. Cox, are fine."]);
        check(
            "The U.S. Senate voted. It left the U.S. The vote stood.",
            &["The U.S. Senate voted.", "It left the U.S.", "The vote stood."],
        );
        check("J. R. Hill runs Acme Inc. from home.", &["J. R. Hill runs Acme Inc. from home."]);
        check("He joined Acme Inc. The firm grew.", &["He joined Acme Inc.", "The firm grew."]);
    }

    #[test]
    fn other_languages_have_their_own() {
        check(
            "Am 5. März kam Dr. Hahn, z. B. mit Hr. Pohl. Er ging.",
            &["Am 5. März kam Dr. Hahn, z. B. mit Hr. Pohl.", "Er ging."],
        );
        check(
            "El Sr. Gil viaja a EE. UU. mañana. ¿Vuelve?",
            &["El Sr. Gil viaja a EE. UU. mañana.", "¿Vuelve?"],
        );
        check("Selon M. Petit, « c'est fait ». Il part.", &["Selon M. Petit, « c'est fait ».", "Il part."]);
    }

    #[test]
    fn a_unit_of_one_letter_may_be_last() {
        check(
            "It draws 260 W. Manufacturers like J. Fox.",
            &["It draws 260 W.", "Manufacturers like J. Fox."],
        );
    }

    #[test]
    fn numbers_and_versions_stay_whole() {
        check(
            "It costs 3.50 euros. Version 2.1.4 fixes No. 7.",
            &["It costs 3.50 euros.", "Version 2.1.4 fixes No. 7."],
        );
        check("1. Open it\n\nNode.js is out.", &["1. Open it", "Node.js is out."]);
    }

    #[test]
    fn closing_quotes_belong_to_the_sentence() {
        check(
            "\"We won.\" He left. “We lost.” She stayed.",
            &["\"We won.\"", "He left.", "“We lost.”", "She stayed."],
        );
        check("He said “no.” iPhone sales fell.", &["He said “no.”", "iPhone sales fell."]);
    }

    #[test]
    fn empty_lines_end_paragraphs() {
        let found = cut("A heading\n\nFirst line\ngoes on. Second.\n \n\nThird.", 100);
        assert_eq!(found.iter().map(|it| it.paragraph).collect::<Vec<_>>(), [0, 1, 1, 2]);
    }

    #[test]
    fn lists_are_cut_at_their_marks() {
        check(
            "What is new:\n- A faster start\n- A smaller size",
            &["What is new:", "- A faster start", "- A smaller size"],
        );
    }

    #[test]
    fn scripts_without_blanks_are_cut_at_their_own_marks() {
        check("今日は晴れ。明日は雨。", &["今日は晴れ。", "明日は雨。"]);
    }

    #[test]
    fn nothing_and_hostile_lengths_are_fine() {
        check("", &[]);
        check(" \n\n \n", &[]);
        assert_eq!(cut(&"a. A".repeat(50_000), 7).len(), 7);
        assert!(cut(&"wort ".repeat(50_000), 1000).iter().all(|it| it.range.len() <= BYTES_MAX + 5));
    }
}
