//! The numbers of a headline, with what they count: those of one kind that differ tell
//! two events apart that are worded alike.

use super::term::Term;
use super::term::TermWord;
use super::term::digest;
use super::term::number_word;

/// Numbers of a headline that are compared; one with more is a table.
pub(super) const NUMBERS_MAX: usize = 12;

/// A number of a headline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HeadlineNumber {
    kind: NumberKind,
    /// Digest of the value in its plain form: 1.2 billion and 1,200 million have one.
    pub(super) value: Term,
    /// The words beside it, which say what is counted or which thing's version it is.
    before: Option<Term>,
    after: Option<Term>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum NumberKind {
    Money,
    Percent,
    /// Of a year, by number or word.
    Quarter,
    Month,
    /// A count, a version, the number of an issue.
    Plain,
}

impl HeadlineNumber {
    /// Whether both measure the same thing, so that they may be compared.
    fn is_comparable(&self, other: &Self) -> bool {
        let is_beside = |a: Option<Term>, b: Option<Term>| a.is_some() && a == b;
        self.kind == other.kind
            && (self.kind != NumberKind::Plain
                || is_beside(self.before, other.before)
                || is_beside(self.after, other.after))
    }
}

/// Whether two headlines give different numbers for the same thing. One that gives two,
/// the other's among them, does not contradict it.
pub(super) fn differ(a: &[HeadlineNumber], b: &[HeadlineNumber]) -> bool {
    let has = |all: &[HeadlineNumber], it: &HeadlineNumber| {
        all.iter().any(|x| x.is_comparable(it) && x.value == it.value)
    };
    a.iter().any(|x| !has(b, x) && b.iter().any(|y| x.is_comparable(y) && !has(a, y)))
}

/// The first numbers of a text, given its words and whether it writes decimals with a comma.
pub(super) fn of(
    headline: &str,
    words: &[TermWord<'_>],
    has_decimal_comma: bool,
    max: usize,
) -> Vec<HeadlineNumber> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|it| it.1.lemma.is_measure) {
        if found.len() == max {
            break;
        }
        let (start, shown) = (word.at, word.shown);
        let mut lower = shown.to_lowercase();
        if has_decimal_comma {
            lower = with_decimal_point(&lower);
        }
        let (previous, next) = (at.checked_sub(1).and_then(|it| words.get(it)), words.get(at + 1));
        let next = next.map(|it| it.shown);
        if let Some((kind, value)) = calendar(&lower, shown, next) {
            found.push(HeadlineNumber { kind, value, before: None, after: None });
            continue;
        }
        let Some(value) = value(&lower) else { continue };
        let behind = headline[start + shown.len()..].trim_start();
        let ahead = headline[..start].chars().next_back();
        let (factor, is_scaled) = scale(&lower, next);
        let unit = words.get(at + 1 + usize::from(is_scaled));
        let is_money = ahead.is_some_and(|c| "$£€¥".contains(c))
            || unit.is_some_and(|it| {
                let currency = it.shown.to_lowercase();
                matches!(currency.as_str(), "dollars" | "dollar" | "euros" | "euro" | "pounds")
            });
        let kind = if is_money {
            NumberKind::Money
        } else if behind.starts_with('%')
            || lower.ends_with("pc")
            || lower.ends_with("pct")
            || next.is_some_and(|it| {
                let next = it.to_lowercase();
                matches!(next.as_str(), "percent" | "pct" | "prozent" | "pour" | "por")
            })
        {
            NumberKind::Percent
        } else {
            NumberKind::Plain
        };
        // A version is its digits; anything else is a quantity, and 4.0 is as much as 4.
        let is_version = kind == NumberKind::Plain && factor == 1.0 && lower.contains('.');
        let value = if is_version {
            digest(lower.trim_start_matches('v'))
        } else {
            digest(&(value * factor).to_string())
        };
        found.push(HeadlineNumber {
            kind,
            value,
            before: if ahead == Some('#') { Some(digest("#")) } else { previous.and_then(neighbour) },
            after: unit.and_then(neighbour),
        });
    }
    found
}

/// `1.290,5` as `1,290.5`.
fn with_decimal_point(lower: &str) -> String {
    let is_group = |tail: &str| {
        let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
        digits == 3
    };
    let mut found = String::with_capacity(lower.len());
    for (at, c) in lower.char_indices() {
        match c {
            ',' => found.push('.'),
            '.' if is_group(&lower[at + 1..]) => {}
            _ => found.push(c),
        }
    }
    found
}

/// What a word beside a number says; "no." of an issue is a word here.
fn neighbour(word: &TermWord<'_>) -> Option<Term> {
    match word.shown.to_lowercase().as_str() {
        "no" => Some(digest("#")),
        // What is counted is the same, however it is told.
        "dead" | "deaths" | "die" | "dies" | "died" | "killed" | "kills" | "kill" => Some(digest("dead")),
        _ => word.lemma.term,
    }
}

/// Whether a word in lower case may be a number or a date, whatever stands beside it.
pub(super) fn is_measure(lower: &str) -> bool {
    value(lower).is_some()
        || month(lower).is_some()
        || QUARTERS.iter().any(|it| lower == it.0 || lower == it.1)
}

const QUARTERS: [(&str, &str); 4] = [("first", "q1"), ("second", "q2"), ("third", "q3"), ("fourth", "q4")];

/// The place of a month in the year, counted from 0.
fn month(lower: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    MONTHS.iter().position(|it| *it == lower || lower.len() == 3 && it.starts_with(lower))
}

/// A month or the quarter of a year.
fn calendar(lower: &str, shown: &str, next: Option<&str>) -> Option<(NumberKind, Term)> {
    let is_quarter = next.is_some_and(|it| it.to_lowercase().starts_with("quarter"));
    let quarter = QUARTERS.iter().position(|(word, short)| lower == *short || is_quarter && lower == *word);
    if let Some(quarter) = quarter {
        return Some((NumberKind::Quarter, quarter as Term));
    }
    let month = month(lower)?;
    // "may" and "march" are verbs unless a capital says otherwise.
    shown.starts_with(char::is_uppercase).then_some((NumberKind::Month, month as Term))
}

/// The value of a word that is a number: `1,290`, `7.1`, `v2`, `41st`, `three`.
fn value(lower: &str) -> Option<f64> {
    if let Some(value) = number_word(lower) {
        return Some(f64::from(value));
    }
    let digits =
        lower.strip_prefix('v').filter(|it| it.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(lower);
    let end = digits.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(digits.len());
    let (number, suffix) = digits.split_at(end);
    if !matches!(suffix, "" | "st" | "nd" | "rd" | "th" | "m" | "mn" | "bn" | "b" | "k" | "tn" | "pc" | "pct")
    {
        return None;
    }
    // Of a version with two dots the first two parts are a number; its digits are what is compared.
    let plain = number.replace(',', "");
    let parts: Vec<&str> = plain.splitn(3, '.').collect();
    parts[..parts.len().min(2)].join(".").parse().ok()
}

/// What a suffix or the next word multiplies a number by, and whether it is the next word.
fn scale(lower: &str, next: Option<&str>) -> (f64, bool) {
    let of_word = |it: &str| match it {
        "thousand" | "k" => Some(1e3),
        "million" | "m" | "mn" | "mln" | "millionen" | "millions" | "millones" | "millón" | "mio" => {
            Some(1e6)
        }
        "billion" | "bn" | "b" | "bln" | "milliarde" | "milliarden" | "milliard" | "milliards" | "mrd" => {
            Some(1e9)
        }
        "trillion" | "tn" => Some(1e12),
        _ => None,
    };
    let suffix = lower.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    if suffix.len() < lower.len()
        && let Some(factor) = of_word(suffix)
    {
        return (factor, false);
    }
    next.and_then(|it| of_word(&it.to_lowercase())).map_or((1.0, false), |factor| (factor, true))
}

#[cfg(test)]
mod tests {
    use crate::cluster::term::Vocabulary;
    use crate::cluster::term::words;

    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, expected: bool) {
        let mut terms = Vocabulary::default();
        let mut numbers = |it: &str| of(it, &words(&mut terms, it, 40), false, NUMBERS_MAX);
        let (of_a, of_b) = (numbers(a), numbers(b));
        assert_eq!(differ(&of_a, &of_b), expected, "{a} | {b}: {of_a:?} {of_b:?}");
        assert_eq!(differ(&of_b, &of_a), expected, "{b} | {a}");
    }

    #[test]
    fn numbers_of_the_same_thing_are_compared() {
        check("Bomber kills 3 soldiers", "Bomber kills 13 soldiers", true);
        check("Bomber kills three", "Bomber kills 3", false);
        check("12 killed, 25 hurt in blast", "6 killed, 12 hurt in blast", true);
        check("100 killed in clashes", "9 dead in clashes", true);
        check("Acme ships iOS 7 and iOS 7.1", "Acme ships iOS 7.1", false);
        check("The papers of Dec 30", "The papers of July 6", true);
        check("Outage of 94 minutes hits 1,200 shops", "Outage hits 1200 shops", false);
        check("Outage of 94 minutes", "Outage hits 1,200 shops", false);
        check("Margins fall 19%", "Margins fall 12 percent", true);
        check("Margins fall 19pc", "Margins fall 12 pct", true);
        check("Margins fall 12pc", "Margins fall 12 percent", false);
        check("Acme raises $1.2 billion", "Acme raises $1,200 million", false);
        check("Acme raises $22m", "Acme gets $20 million", true);
    }

    #[test]
    fn versions_issues_and_dates_tell_events_apart() {
        check("LarkDB 4.0.1 is out", "LarkDB 4.0 is out", true);
        check("Heron 31 is out", "Heron 30 is out", true);
        check("The week in outages, no. 41", "The week in outages, no. 42", true);
        check("Links #41", "Links #42", true);
        check("Acme's third-quarter revenue", "Acme Q2 revenue", true);
        check("Acme's third-quarter revenue", "Acme Q3 revenue", false);
        check("October Patch Tuesday", "Patch Tuesday, November", true);
        check("Prices may rise in March", "Prices rise in March", false);
    }
}
