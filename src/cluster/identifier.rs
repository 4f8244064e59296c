//! Names with a number in them: CVE-2026-1234, GPT-5, v1.88.0, Heron 31. They are no quantities:
//! where two texts have different ones of one form, they speak of different things.

use super::features::Spoken;
use super::term::Term;
use super::term::TermWord;
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
    let (mut found, mut of_text) = (Vec::new(), Vec::new());
    collect(text, false, |_| true, &mut of_text);
    let is_of_text = |it: &Identifier| of_text.iter().any(|x| (x.form, x.value) == (it.form, it.value));
    collect(headline, true, is_of_text, &mut found);
    let left = IDENTIFIERS_MAX.saturating_sub(found.len());
    found.extend(of_text.iter().take(left));
    found.sort_by_key(|it| (it.form, it.value, !it.is_in_title));
    found.dedup_by_key(|it| (it.form, it.value));
    found
}

/// `is_sure` is asked of a number that may as well count what follows it.
fn collect(
    spoken: &Spoken<'_>,
    is_in_title: bool,
    is_sure: impl Fn(&Identifier) -> bool,
    found: &mut Vec<Identifier>,
) {
    let is_plain = spoken.is_plain();
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
                let (form, value) = (name.lemma.term.unwrap_or_default(), digest(token));
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
                Some(name) if !is_year(digits) => name.lemma.term.unwrap_or_default(),
                _ => continue,
            }
        } else {
            term_of(&letters).unwrap_or_else(|| digest(&letters))
        };
        let is_serial = SERIAL_DIGITS_MIN <= count && !letters.is_empty();
        let it = Identifier { form, value: digest(digits), is_serial, is_in_title };
        let is_bare = token.bytes().all(|it| it.is_ascii_digit());
        if is_plain || !is_bare || !counts(spoken, end, words.get(at)) || is_sure(&it) {
            found.push(it);
        }
    }
}

/// Whether a word is a name that the number right after it belongs to.
fn names(spoken: &Spoken<'_>, word: &TermWord<'_>, number_at: usize) -> bool {
    word.lemma.term.is_some()
        && !word.lemma.is_measure
        && word.shown.starts_with(char::is_uppercase)
        && number_at == word.at + word.shown.len() + 1
        && spoken.text[..number_at].ends_with(' ')
}

/// Whether a number that ends at `end` may count the word behind it, as in "Patches 63 Flaws": it says
/// something, and nothing stands between them.
fn counts(spoken: &Spoken<'_>, end: usize, next: Option<&TermWord<'_>>) -> bool {
    next.is_some_and(|it| it.lemma.term.is_some() && it.at == end + 1 && spoken.text[end..].starts_with(' '))
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

#[cfg(test)]
mod tests {
    use super::super::term::Vocabulary;
    use super::super::term::words;
    use super::*;

    /// Whether the headlines name different things by one form.
    #[track_caller]
    fn check(a: (&str, &str), b: (&str, &str), is_other: bool) {
        let mut terms = Vocabulary::default();
        let mut read = |(title, text): (&str, &str)| {
            let mut spoken = |text| {
                let text: &'static str = String::leak(String::from(text));
                Spoken { text, words: words(&mut terms, text, 300) }
            };
            of(&spoken(title), &spoken(text))
        };
        let found = compare(&read(a), &read(b));
        assert_eq!(0 < found.titles_differ, is_other, "{} | {}", a.0, b.0);
    }

    #[test]
    fn a_count_behind_a_capitalised_verb_is_no_identifier() {
        check(("Microsoft Patches 63 Flaws", ""), ("Microsoft Patches 64 Flaws", ""), false);
        check(("Harborline Cuts 500 Jobs", ""), ("Harborline Cuts 600 Jobs", ""), false);
        check(("Larkspur Ships Heron 31", ""), ("Larkspur Ships Heron 32", ""), true);
        check(("Larkspur ships Heron 31 browsers", ""), ("Larkspur ships Heron 32 browsers", ""), true);
        let told = ("The new Heron 31 opens tabs faster.", "The new Heron 32 opens tabs faster.");
        check(("Heron 31 Opens Tabs", told.0), ("Heron 32 Opens Tabs", told.1), true);
        check(("Chip V2 Halves Power", ""), ("Chip V3 Halves Power", ""), true);
    }
}
