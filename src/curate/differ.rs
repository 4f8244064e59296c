//! Facts on which the publishers of a story differ.

use std::collections::BTreeMap;

use crate::domain::Member;
use crate::text::word;
use crate::text::word::Language;

use super::reading::MemberSentence;
use super::stems;

/// Differences shown; more mean that the texts are not about one event.
const DIFFERENCES_MAX: usize = 2;
/// Share of stems from which on two sentences make the same statement.
const SAME_STATEMENT: f64 = 0.6;
/// A count below this may be of something else of the kind.
const COUNT_MIN: f64 = 1_000.0;
/// Two counts further apart than this may be of different things: who is employed and who is let go.
const RATIO_MAX: f64 = 1.25;
/// Numbers of four digits that may be years.
const YEARS: std::ops::RangeInclusive<f64> = 1900.0..=2100.0;

/// A fact with different values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Differing {
    /// What is measured, in a few words.
    pub(super) what: String,
    /// Positions of the sentences that give the values, one of each publisher.
    pub(super) at: Vec<usize>,
}

/// A number in a sentence.
#[derive(Clone, Debug, PartialEq)]
struct StatedNumber {
    /// Position of the sentence.
    at: usize,
    value: f64,
    /// What is counted, a currency or a percent sign.
    unit: String,
    /// The unit as shown.
    shown: String,
    /// Whether it is the sentence's only number.
    is_only: bool,
}

/// The facts on which two publishers differ. Two sentences that make one statement with one
/// number each and different, or two counts of the same large crowd. Who gives two values of
/// a kind, or the other's as well, is left out: silence is better than a false contradiction.
pub(super) fn differing(members: &[Member], sentences: &[MemberSentence<'_>]) -> Vec<Differing> {
    let publisher = |it: &MemberSentence| members[it.member].byline.name.as_str();
    if !sentences.iter().any(|it| publisher(it) != publisher(&sentences[0])) {
        return Vec::new();
    }
    // Values by unit and publisher.
    let mut by_unit: BTreeMap<String, BTreeMap<&str, Vec<StatedNumber>>> = BTreeMap::new();
    for (at, sentence) in sentences.iter().enumerate().filter(|it| it.1.is_quotable) {
        for claim in claims(at, sentence.text) {
            let by_publisher = by_unit.entry(claim.unit.clone()).or_default();
            by_publisher.entry(publisher(sentence)).or_default().push(claim);
        }
    }
    let mut found = Vec::new();
    for by_publisher in by_unit.into_values() {
        // Each publisher's one value; the first sentence that gives it.
        let told: Vec<&StatedNumber> = by_publisher
            .values()
            .filter(|it| it.iter().all(|other| other.value == it[0].value))
            .filter_map(|it| it.first())
            .collect();
        let Some((a, b)) = told.iter().enumerate().find_map(|(n, a)| {
            let other = told[n + 1..].iter().find(|b| is_contradicted(a, b, sentences))?;
            Some((*a, *other))
        }) else {
            continue;
        };
        let what = match a.unit.as_str() {
            "%" => "The share".to_owned(),
            "$" | "£" | "€" | "¥" => "The amount".to_owned(),
            _ => format!("The number of {}", a.shown),
        };
        // In the order of the page.
        let (first, second) = (a.at.min(b.at), a.at.max(b.at));
        found.push(Differing { what, at: vec![first, second] });
    }
    if DIFFERENCES_MAX < found.len() { Vec::new() } else { found }
}

fn is_contradicted(a: &StatedNumber, b: &StatedNumber, sentences: &[MemberSentence<'_>]) -> bool {
    if a.value == b.value {
        return false;
    }
    let is_same_statement = a.is_only
        && b.is_only
        && SAME_STATEMENT <= stems::overlap(&sentences[a.at].stems, &sentences[b.at].stems);
    let (less, more) = (a.value.min(b.value), a.value.max(b.value));
    let is_crowd = a.unit.chars().all(char::is_alphabetic) && COUNT_MIN <= less && more <= RATIO_MAX * less;
    is_same_statement || is_crowd
}

/// The numbers of a sentence with what they count: "41,000 customers", "the number of
/// affected customers as 46,000", "$1,290", "18%".
fn claims(at: usize, sentence: &str) -> Vec<StatedNumber> {
    let words: Vec<(usize, &str)> = word::words(sentence).collect();
    let is_number = |it: &str| it.starts_with(|c: char| c.is_ascii_digit());
    let is_only = words.iter().filter(|it| is_number(it.1)).count() == 1;
    let mut found = Vec::new();
    for (n, (start, shown)) in words.iter().enumerate() {
        let Some(value) = is_number(shown).then(|| shown.replace(',', "").parse::<f64>().ok()).flatten()
        else {
            continue;
        };
        let scale = words.get(n + 1).and_then(|it| scale(it.1));
        let value = value * scale.unwrap_or(1.0);
        let before = sentence[..*start].chars().next_back();
        let behind = &sentence[start + shown.len()..];
        let counted = if let Some(currency) = before.filter(|c| "$£€¥".contains(*c)) {
            Some((currency.to_string(), currency.to_string()))
        } else if behind.starts_with('%') {
            Some(("%".to_owned(), "%".to_owned()))
        } else {
            let next = words.get(n + 1 + usize::from(scale.is_some())).map(|it| it.1);
            next.and_then(crowd).or_else(|| number_of(&words[..n]))
        };
        // "The 2027 models" counts nothing.
        let is_year = scale.is_none() && shown.len() == 4 && YEARS.contains(&value);
        if let Some((unit, shown)) = counted.filter(|it| !is_year || !it.0.starts_with(char::is_alphabetic)) {
            found.push(StatedNumber { at, value, unit, shown, is_only });
        }
    }
    found
}

/// "the number of affected customers as" before a number.
fn number_of(before: &[(usize, &str)]) -> Option<(String, String)> {
    const LINKS: [&str; 6] = ["as", "at", "to", "is", "was", "reached"];
    let (link, rest) = before.split_last()?;
    let (noun, rest) = rest.split_last()?;
    let tail = &rest[rest.len().saturating_sub(3)..];
    let is_number = tail.windows(2).any(|it| it[0].1 == "number" && it[1].1 == "of");
    if LINKS.contains(&link.1) && is_number { crowd(noun.1) } else { None }
}

/// A word in the plural that names people or things one can count, and its stem.
fn crowd(shown: &str) -> Option<(String, String)> {
    const MEASURES: [&str; 24] = [
        "bits",
        "bytes",
        "cents",
        "days",
        "degrees",
        "dollars",
        "euros",
        "hours",
        "kilobytes",
        "kilometers",
        "kilometres",
        "lines",
        "meters",
        "metres",
        "miles",
        "minutes",
        "months",
        "percents",
        "pounds",
        "seconds",
        "times",
        "watts",
        "weeks",
        "years",
    ];
    let is_plain = shown.chars().all(char::is_lowercase);
    let is_plural = shown == "people" || shown.ends_with('s') && !shown.ends_with("ss");
    let is_word =
        is_plain && is_plural && !MEASURES.contains(&shown) && !Language::English.is_stop_word(shown);
    is_word.then(|| (Language::English.stem(shown).into_owned(), shown.to_owned()))
}

fn scale(word: &str) -> Option<f64> {
    match word {
        "thousand" => Some(1e3),
        "million" => Some(1e6),
        "billion" => Some(1e9),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curate::reading;
    use crate::curate::stems::Stems;
    use crate::curate::tests::member;
    use crate::domain::SnapshotFrom;

    #[track_caller]
    fn check(a: &str, b: &str, expected: Option<&str>) {
        let members = [member("Wire", SnapshotFrom::Feed, a), member("Review", SnapshotFrom::Feed, b)];
        let sentences = reading::sentences(&members, &mut Stems::default());
        let found = differing(&members, &sentences);
        assert_eq!(found.first().map(|it| it.what.as_str()), expected, "{a} | {b}: {found:?}");
    }

    #[test]
    fn two_counts_of_one_crowd_differ() {
        check(
            "The company said intruders had copied the archives of about 41,000 customers this month.",
            "A notice filed with regulators gives the number of affected customers as 46,000.",
            Some("The number of customers"),
        );
        check(
            "Intruders copied the archives of about 41,000 customers.",
            "It happened to 41,000 customers, says the company.",
            None,
        );
        check(
            "Acme told 41,000 customers about the loss.",
            "Acme sells to 9,000,000 customers in the world.",
            None,
        );
        check("Acme employs 12,000 people in Oslo.", "The cuts at Acme hit 9,000 people.", None);
        check("Acme shows the 2026 models in Oslo.", "Acme had sold the 2025 models for long.", None);
        check("The talk took 1,200 minutes in all.", "They met for 1,500 minutes in all.", None);
    }

    #[test]
    fn one_statement_with_two_numbers_differs() {
        check(
            "The new phone of Acme will cost $549 in February.",
            "In February the new phone of Acme will cost $579.",
            Some("The amount"),
        );
        check("The phone costs $549.", "Acme earned $12 from each cable it sold.", None);
    }

    #[test]
    fn who_gives_both_values_contradicts_nobody() {
        check(
            "Intruders copied archives of 41,000 customers. Later the company spoke of 46,000 customers.",
            "A notice gives the number of affected customers as 46,000.",
            None,
        );
    }
}
