//! Words that are shortened by a full stop, and names that end in a mark: no sentence ends at
//! them unless what follows opens one.

use super::enclosed::SPAN_BYTES_MAX;
use crate::text::word_list::WordList;

/// Whether the marks behind `sentence` belong to its last word rather than to its end. `next` is
/// what follows, upper case or no letter.
pub(super) fn is_shortened(sentence: &str, marks: &str, next: &str) -> bool {
    let word = last_word(sentence);
    if marks.starts_with(['!', '?']) {
        return marks.len() == 1 && NAMES.contains(&(word, &marks[..1])) && !opens_sentence(next);
    }
    if !marks.starts_with('.') || marks.starts_with("..") || word.is_empty() {
        return false;
    }
    let lower = word.to_lowercase();
    let lower = lower.as_str();
    let before = sentence[..sentence.len() - word.len()].trim_end();
    if TITLES.contains(lower) && word.starts_with(char::is_uppercase) || NEVER_LAST.contains(lower) {
        return true;
    }
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return is_ordinal(before, word, next);
    }
    if BEFORE_NUMBERS.contains(lower) {
        return next.starts_with(|c: char| c.is_ascii_digit());
    }
    if matches!(lower, "a.m" | "p.m") {
        let following = first_word(next);
        return next.starts_with('(') || ZONES.contains(following) || is_day_or_month(following);
    }
    if WEEKDAYS.contains(&lower) && word.starts_with(char::is_uppercase) {
        return is_day_or_month(first_word(next)) || next.starts_with(|c: char| c.is_ascii_digit());
    }
    let is_place = PLACES.contains(lower) && word.starts_with(char::is_uppercase);
    // "in Washington, D.C. Engineers", but "the D.C. Circuit"
    if is_place && before.ends_with(',') {
        return !opens_sentence(next) && next.starts_with(is_opening);
    }
    (is_initial(before, word) || is_dotted(word) || is_place || MAYBE_LAST.contains(lower))
        && !opens_sentence(next)
}

/// Whether a sentence that begins in lower case can follow: not behind what may be shortened, and
/// behind a number only where it begins with a name and its number ("systemd 262").
pub(super) fn can_precede_lower_case(sentence: &str, next: &str) -> bool {
    /// What is shortened has hardly more letters.
    const LETTERS_MIN: usize = 4;
    let word = last_word(sentence).trim_end_matches([')', '"', '”', '’', '»']);
    let lower = word.to_lowercase();
    if word.chars().all(char::is_alphabetic) {
        let has_vowel =
            lower.contains(['a', 'e', 'i', 'o', 'u', 'y']) || lower.contains(|c: char| !c.is_ascii());
        let is_known = SHORTENED.contains(&lower.as_str())
            || [&TITLES, &NEVER_LAST, &BEFORE_NUMBERS, &MAYBE_LAST, &PLACES]
                .iter()
                .any(|it| it.contains(&lower));
        return LETTERS_MIN <= word.chars().count() && has_vowel && !is_known;
    }
    let mut words = next.split_whitespace();
    word.contains(|c: char| c.is_ascii_digit())
        && words.next().is_some_and(|it| it.chars().all(char::is_alphanumeric))
        && words.next().is_some_and(|it| it.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether it begins with a name such as `iPhone` or `eBay`.
pub(super) fn is_lower_case_name(next: &str) -> bool {
    let mut chars = next.chars();
    chars.next().is_some_and(char::is_lowercase)
        && chars.take(3).take_while(|it| it.is_alphabetic()).any(char::is_uppercase)
}

/// Whether what follows a shortened word opens a sentence: a word that is hardly ever part of a
/// name, or a quotation or bracket with an end of its own.
pub(super) fn opens_sentence(next: &str) -> bool {
    if next.starts_with(is_opening) {
        let inside = next.trim_start_matches(is_opening);
        let near = &inside[..inside.floor_char_boundary(SPAN_BYTES_MAX)];
        let closed = near.find(['"', '”', '’', '»', '“', ')', ']']).map(|at| &near[..at]);
        return closed.is_none_or(|it| it.ends_with([',', '.', '!', '?', '…']));
    }
    let word = first_word(next);
    let is_initial = word.len() == 1 && next[word.len()..].starts_with('.');
    OPENERS.contains(word) && !is_initial
}

fn is_opening(c: char) -> bool {
    matches!(c, '"' | '“' | '‘' | '„' | '«' | '(' | '[')
}

/// The last word before the mark, without what opens before it.
fn last_word(sentence: &str) -> &str {
    let blank =
        |c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“' | '‘' | '„' | '—' | '–' | '/');
    sentence.rsplit(blank).next().unwrap_or_default()
}

fn first_word(next: &str) -> &str {
    next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

/// Whether a number is one of a list ("1. Open it") or an ordinal as German writes it ("am 5. März",
/// "im 19. Jahrhundert").
fn is_ordinal(before: &str, number: &str, next: &str) -> bool {
    const DIGITS_MAX: usize = 2;
    before.is_empty()
        || number.len() <= DIGITS_MAX
            && (GERMAN_MONTHS.contains(&first_word(next))
                || is_led(before) && !OPENERS.contains(first_word(next)))
}

/// Whether a German article stands before a number, or one with an adjective ("einen guten 15. Platz").
fn is_led(before: &str) -> bool {
    static LEADING: WordList = WordList::new(include_str!("shortened/leading.txt"));
    let leads = |it: &str| LEADING.contains(last_word(it).to_lowercase().as_str());
    let word = last_word(before);
    let is_adjective = word.ends_with("en") && word.starts_with(char::is_lowercase);
    leads(before) || is_adjective && leads(before[..before.len() - word.len()].trim_end())
}

/// Whether one capital letter stands for a first name. Behind a number it is a unit ("260 W"),
/// behind a noun that counts by letters a label ("Plan B"), behind "in" a language ("in C").
fn is_initial(before: &str, word: &str) -> bool {
    static LABELLED: WordList = WordList::new(include_str!("shortened/labelled.txt"));
    word.chars().count() == 1
        && word.starts_with(char::is_uppercase)
        && !before.ends_with(|c: char| c.is_ascii_digit())
        && !LABELLED.contains(last_word(before).to_lowercase().as_str())
}

/// "U.S", "J.R", "Ph.D": letters between full stops.
fn is_dotted(word: &str) -> bool {
    word.contains('.')
        && word
            .split(['.', '-'])
            .all(|it| (1..=2).contains(&it.chars().count()) && it.chars().all(char::is_alphabetic))
}

fn is_day_or_month(word: &str) -> bool {
    static DAYS: WordList = WordList::new(include_str!("shortened/days.txt"));
    let lower = word.to_lowercase();
    DAYS.contains(word)
        || word.starts_with(char::is_uppercase)
            && (WEEKDAYS.contains(&lower.as_str()) || MONTHS.contains(&lower.as_str()))
}

/// Stand before a name.
static TITLES: WordList = WordList::new(include_str!("shortened/titles.txt"));

/// Always followed by what they introduce.
static NEVER_LAST: WordList = WordList::new(include_str!("shortened/never_last.txt"));

/// Shortened only before a number: months, "No.", "pp.", "Fig.".
static BEFORE_NUMBERS: WordList = WordList::new(include_str!("shortened/before_numbers.txt"));

/// Shortened, and possibly the last word of a sentence.
static MAYBE_LAST: WordList = WordList::new(include_str!("shortened/maybe_last.txt"));

/// Shortened, but words of their own in upper case or before a name.
const SHORTENED: &[&str] =
    &["aprox", "evtl", "exkl", "govt", "max", "min", "misc", "prov", "techn", "temp", "tech"];

/// States and districts behind the name of a town.
static PLACES: WordList = WordList::new(include_str!("shortened/places.txt"));

/// Behind "a.m." and "p.m.".
static ZONES: WordList = WordList::new(include_str!("shortened/zones.txt"));

/// Days of the week.
const WEEKDAYS: &[&str] = &["mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"];

/// Months.
const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"];

/// Names that end in a mark, and what may stand for one.
const NAMES: &[(&str, &str)] = &[
    ("Yahoo", "!"),
    ("try", "!"),
    ("Yum", "!"),
    ("Joomla", "!"),
    ("Jeopardy", "!"),
    ("Kahoot", "!"),
    ("E", "!"),
    ("Panic", "!"),
    ("Ahoy", "!"),
    ("Guess", "?"),
    ("Which", "?"),
];

/// As German writes dates.
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

/// Words that open a sentence behind "Inc." or "U.S.".
static OPENERS: WordList = WordList::new(include_str!("shortened/openers.txt"));
