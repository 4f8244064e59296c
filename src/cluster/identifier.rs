//! Names with a number in them: CVE-2026-1234, GPT-5, v1.88.0, Heron 31. They are no quantities:
//! where two texts have different ones of one form, they speak of different things.

use super::reading::Spoken;
use super::term::Term;
use super::term::Word;
use super::term::digest;
use super::term::term_of;

/// Identifiers of an entry that are compared.
const IDENTIFIERS_MAX: usize = 24;
/// Digits of one that is unique by itself, such as the number of a vulnerability or a case.
const SERIAL_DIGITS_MIN: usize = 6;

/// An identifier.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Identifier {
    /// Digest of what does not change from one to the next: its letters, or the name before its number.
    pub(super) form: Term,
    /// Digest of its numbers.
    pub(super) value: Term,
    /// Whether it has so many digits that it names one thing whatever stands beside it.
    pub(super) is_serial: bool,
    pub(super) is_in_title: bool,
}

/// The identifiers of headline and text, sorted and distinct; one of both counts as the headline's.
pub(super) fn of(headline: &Spoken<'_>, text: &Spoken<'_>) -> Vec<Identifier> {
    let mut found = Vec::new();
    collect(headline, true, &mut found);
    collect(text, false, &mut found);
    found.sort_by_key(|it| (it.form, it.value, !it.is_in_title));
    found.dedup_by_key(|it| (it.form, it.value));
    found
}

fn collect(spoken: &Spoken<'_>, is_in_title: bool, found: &mut Vec<Identifier>) {
    let mut at = 0;
    let words = &spoken.words;
    while at < words.len() && found.len() < IDENTIFIERS_MAX {
        // What hyphens join is one token.
        let first = at;
        let mut end = words[at].at + words[at].shown.len();
        at += 1;
        while at < words.len() && words[at].at == end + 1 && spoken.text[end..].starts_with(['-', '–', '/'])
        {
            end = words[at].at + words[at].shown.len();
            at += 1;
        }
        let token = &spoken.text[words[first].at..end];
        let before = first.checked_sub(1).map(|it| &words[it]);
        if is_letter(token) {
            // Series A, Phase II.
            if let Some(name) = before.filter(|it| names(spoken, it, words[first].at)) {
                let (form, value) = (name.sense.term.unwrap_or_default(), digest(token));
                found.push(Identifier { form, value, is_serial: false, is_in_title });
            }
            continue;
        }
        if !token.bytes().any(|it| it.is_ascii_digit()) || is_quantity(token) {
            continue;
        }
        let lower = token.to_lowercase();
        let digits: String = lower.split(|c: char| !c.is_ascii_digit()).collect::<Vec<_>>().join(".");
        // 150.0 is 150.
        let digits = digits.trim_matches('.').trim_end_matches(".0");
        let count = digits.bytes().filter(u8::is_ascii_digit).count();
        let letters: String = lower.chars().filter(char::is_ascii_alphabetic).collect();
        let form = if letters.is_empty() || letters == "v" || letters == "version" {
            match before.filter(|it| names(spoken, it, words[first].at)) {
                Some(name) if !is_year(digits) => name.sense.term.unwrap_or_default(),
                _ => continue,
            }
        } else {
            term_of(&letters).unwrap_or_else(|| digest(&letters))
        };
        let is_serial = SERIAL_DIGITS_MIN <= count && !letters.is_empty();
        found.push(Identifier { form, value: digest(digits), is_serial, is_in_title });
    }
}

/// Whether a word is a name that the number right after it belongs to.
fn names(spoken: &Spoken<'_>, word: &Word<'_>, number_at: usize) -> bool {
    word.sense.term.is_some()
        && !word.sense.is_measure
        && word.shown.starts_with(char::is_uppercase)
        && number_at == word.at + word.shown.len() + 1
        && spoken.text[..number_at].ends_with(' ')
}

/// A letter or a Roman number that counts things of one name; "I" and "a" are words.
fn is_letter(token: &str) -> bool {
    let is_roman = token.len() >= 2 && token.chars().all(|c| matches!(c, 'I' | 'V' | 'X'));
    is_roman || token.len() == 1 && token != "I" && token.chars().all(|c| c.is_ascii_uppercase())
}

fn is_year(digits: &str) -> bool {
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

/// `10x`, `5th`, `12GB`, `3pm`, `30-day`, `2026-11-30`: how much or when, not which.
fn is_quantity(token: &str) -> bool {
    const UNITS: [&str; 34] = [
        "st", "nd", "rd", "th", "m", "mn", "bn", "b", "k", "tn", "pc", "pct", "x", "am", "pm", "gb", "mb",
        "tb", "kb", "gw", "mw", "kw", "ghz", "mhz", "nm", "mm", "cm", "km", "kg", "s", "ms", "hz", "g",
        "fps",
    ];
    let lower = token.to_lowercase();
    let Some(first) = lower.chars().next() else { return true };
    if !first.is_ascii_digit() {
        return false;
    }
    let unit: String =
        lower.chars().skip_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-')).collect();
    let is_word = |it: &str| 3 <= it.len() && it.chars().all(|c| c.is_alphabetic() || c == '-');
    UNITS.contains(&unit.as_str()) || is_word(&unit) || unit.is_empty() && lower.contains('-')
}

/// How the identifiers of two entries stand to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Identified {
    /// Those that both have.
    pub(super) shared: u32,
    /// Forms of which the headlines have different ones.
    pub(super) titles_differ: u32,
    /// Forms of which a headline has one that the other entry lacks, having another.
    pub(super) differ: u32,
    /// Whether each headline or text names only serial numbers of a form that the other does not.
    pub(super) serials_differ: bool,
}

/// Compares the identifiers of two entries, form by form.
pub(super) fn compare(a: &[Identifier], b: &[Identifier]) -> Identified {
    let mut found = Identified::default();
    let (mut at, mut other) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(at), b.get(other)) {
        if x.form != y.form {
            if x.form < y.form {
                at += 1
            } else {
                other += 1
            }
            continue;
        }
        let of_form = |list: &[Identifier]| list.iter().take_while(|it| it.form == x.form).count();
        let (ours, theirs) = (&a[at..at + of_form(&a[at..])], &b[other..other + of_form(&b[other..])]);
        let has = |list: &[Identifier], it: &Identifier| list.iter().any(|x| x.value == it.value);
        let common = ours.iter().filter(|it| has(theirs, it)).count();
        found.shared += common as u32;
        let titled = |list: &[Identifier]| list.iter().any(|it| it.is_in_title);
        let lacks = |list: &[Identifier], others: &[Identifier]| {
            titled(list) && list.iter().filter(|it| it.is_in_title).all(|it| !has(others, it))
        };
        let (ours_lack, theirs_lack) = (lacks(ours, theirs), lacks(theirs, ours));
        found.differ += u32::from(ours_lack || theirs_lack);
        found.titles_differ += u32::from(ours_lack && theirs_lack);
        found.serials_differ |= common == 0 && x.is_serial && y.is_serial;
        at += ours.len();
        other += theirs.len();
    }
    found
}
