//! What is compared of an entry: its headline's words, numbers and letters, the names and
//! words of its text.

use std::collections::HashMap;

use crate::domain::Timestamp;
use crate::text::word;

use super::number;
use super::number::Number;
use super::recurring::is_recurring;
use super::term::Term;
use super::term::Terms;
use super::term::words;

/// Words of a headline that are read; a longer one is a text.
const TITLE_WORDS_MAX: usize = 40;
/// Words of a text that are read: a report tells its event at the beginning.
const TEXT_WORDS_MAX: usize = 250;
/// Words at the beginning of a text that are its lead.
const LEAD_WORDS: usize = 60;
/// Fewer different words of a text are a teaser, which is no evidence.
const TEXT_TERMS_MIN: usize = 8;
/// Letters and digits of a text from which on two equal ones are copies.
const COPY_LETTERS_MIN: usize = 250;
/// Letters by which two words are taken for forms of one.
const HEAD_LETTERS: usize = 5;
/// Rare words of a lead by which an entry is found beside those of its headline.
const LEAD_KEYS: usize = 8;

/// An entry as the comparison wants it.
#[derive(Clone, Copy, Debug)]
pub struct Article<'a> {
    /// Who is credited for it; a publisher's second entry must be very much like the first.
    pub publisher: &'a str,
    /// Its headline.
    pub title: &'a str,
    /// Its text, paragraphs separated by blank lines; empty where there is none.
    pub text: &'a str,
    /// Its remembered date.
    pub published: Timestamp,
    /// Whether it is never one story with an entry that is merely alike: paid for, an
    /// offer, a job, or left out by the operator.
    pub is_alone: bool,
}

/// What an entry is compared by.
#[derive(Clone, Debug)]
pub struct Reading {
    pub(super) publisher: Term,
    pub(super) published: Timestamp,
    pub(super) is_alone: bool,
    /// Whether its headline belongs to a series, so that likeness says nothing.
    pub(super) is_series: bool,
    /// Distinct terms of the headline, in the order of their digests.
    pub(super) title: Vec<Term>,
    /// Of each of these terms the digest of its word's first letters, 0 for a short word.
    pub(super) heads: Vec<u32>,
    pub(super) numbers: Vec<Number>,
    /// Distinct runs of three letters of the headline, sorted.
    pub(super) trigrams: Vec<u32>,
    /// Distinct terms of the lead, sorted.
    pub(super) lead: Vec<Term>,
    /// Distinct capitalised words of headline and text, sorted.
    pub(super) names: Vec<Term>,
    /// Terms of headline and text with their weight, sorted; empty where the text is a teaser.
    pub(super) body: Vec<(Term, f32)>,
    /// Digest of a text that is long enough for a copy to be known by it.
    pub(super) copy: Option<u64>,
    /// Terms under which it is found.
    pub(super) keys: Vec<Term>,
}

impl Reading {
    pub(super) fn of(article: &Article<'_>, terms: &mut Terms) -> Self {
        let headline = headline(article.title, article.publisher);
        let in_title = words(terms, headline, TITLE_WORDS_MAX);
        let in_text = words(terms, article.text, TEXT_WORDS_MAX);
        let mut headed: Vec<(Term, u32)> =
            in_title.iter().filter_map(|(_, shown, term)| Some(((*term)?, head(shown)))).collect();
        headed.sort_unstable();
        headed.dedup_by_key(|it| it.0);
        let (title, heads): (Vec<Term>, Vec<u32>) = headed.into_iter().unzip();
        let lead = distinct(in_text.iter().take(LEAD_WORDS).filter_map(|it| it.2));
        let body = weighted(in_text.iter().chain(&in_title).filter_map(|it| it.2));
        let body = if lead.len() < TEXT_TERMS_MIN { Vec::new() } else { body };
        let mut names = names(headline, &in_title);
        names.extend(self::names(article.text, &in_text));
        names.sort_unstable();
        names.dedup();
        let mut keys = title.clone();
        let of_lead = in_text.iter().take(LEAD_WORDS).filter(|it| word::is_capitalised(it.1));
        keys.extend(
            of_lead.filter_map(|it| it.2).filter(|it| names.binary_search(it).is_ok()).take(LEAD_KEYS),
        );
        keys.sort_unstable();
        keys.dedup();
        Self {
            publisher: super::term::digest(&article.publisher.to_lowercase()),
            published: article.published,
            is_alone: article.is_alone,
            is_series: is_recurring(article.title),
            numbers: number::of(headline, terms),
            trigrams: trigrams(headline),
            copy: copy(article.text),
            title,
            heads,
            lead,
            names,
            body,
            keys,
        }
    }

    /// Whether there is a text to compare.
    pub(super) fn has_text(&self) -> bool {
        !self.body.is_empty()
    }
}

/// The headline without what a publisher puts around it: its own name at the end, a label
/// in front.
fn headline<'a>(title: &'a str, publisher: &str) -> &'a str {
    const LABELS: [&str; 9] =
        ["update", "breaking", "exclusive", "corrected", "watch", "video", "opinion", "analysis", "report"];
    let letters = |it: &str| -> String {
        it.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let mut headline = title.trim();
    for separator in [" - ", " – ", " — ", " | "] {
        if let Some((head, tail)) = headline.rsplit_once(separator)
            && !head.trim().is_empty()
            && letters(tail) == letters(publisher)
        {
            headline = head.trim_end();
        }
    }
    if let Some(at) = headline.find([':', '-', '|']) {
        let label = headline[..at].trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ').to_lowercase();
        let rest = headline[at + 1..].trim_start();
        if LABELS.contains(&label.as_str()) && !rest.is_empty() {
            return rest;
        }
    }
    headline
}

fn distinct(terms: impl Iterator<Item = Term>) -> Vec<Term> {
    let mut found: Vec<Term> = terms.collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The first letters of a long word, by which inflections are known that no stem has in common.
fn head(shown: &str) -> u32 {
    let letters: String = shown.chars().take_while(|c| c.is_alphabetic()).take(HEAD_LETTERS).collect();
    if letters.chars().count() < HEAD_LETTERS { 0 } else { super::term::digest(&letters.to_lowercase()) }
}

/// Each term with 1 + ln of its occurrences.
fn weighted(terms: impl Iterator<Item = Term>) -> Vec<(Term, f32)> {
    let mut counts: HashMap<Term, u32> = HashMap::new();
    for term in terms {
        *counts.entry(term).or_default() += 1;
    }
    let mut found: Vec<(Term, f32)> =
        counts.into_iter().map(|(term, n)| (term, 1.0 + (n as f32).ln())).collect();
    found.sort_unstable_by_key(|it| it.0);
    found
}

/// Capitalised words inside of sentences. Where every long word has a capital, capitals say
/// nothing.
fn names(text: &str, words: &[(usize, &str, Option<Term>)]) -> Vec<Term> {
    let is_plain = words
        .iter()
        .any(|(_, it, term)| term.is_some() && 3 < it.len() && it.starts_with(char::is_lowercase));
    if !is_plain {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut end = 0;
    for (start, shown, term) in words {
        let gap = &text[end..*start];
        let opens = *start == 0 || gap.contains(['.', '!', '?', '\n', ':', '"', '“', '‘', '•']);
        let is_inner = shown.chars().skip(1).any(char::is_uppercase);
        if let Some(term) = term
            && shown.starts_with(char::is_uppercase) | is_inner
            && (!opens || is_inner)
        {
            found.push(*term);
        }
        end = start + shown.len();
    }
    found
}

fn trigrams(headline: &str) -> Vec<u32> {
    let mut letters: Vec<char> = vec![' '];
    for c in headline.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            letters.push(c);
        } else if letters.last() != Some(&' ') {
            letters.push(' ');
        }
    }
    if letters.last() != Some(&' ') {
        letters.push(' ');
    }
    let of = |it: &[char]| {
        it.iter().fold(0x811c_9dc5, |hash: u32, c| (hash ^ u32::from(*c)).wrapping_mul(0x0100_0193))
    };
    distinct(letters.windows(3).map(of))
}

/// A digest of a text's letters and digits, so that case, spaces and punctuation do not
/// hide that it is a copy.
fn copy(text: &str) -> Option<u64> {
    let mut letters = 0;
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for c in text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        letters += 1;
        hash = (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3);
    }
    (COPY_LETTERS_MIN <= letters).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, publisher: &str, expected: &str) {
        assert_eq!(headline(title, publisher), expected);
    }

    #[test]
    fn a_publishers_name_and_a_label_are_no_part_of_a_headline() {
        check("Acme buys Zinco - The Daily Fjord", "The Daily Fjord", "Acme buys Zinco");
        check("Acme buys Zinco | the daily fjord", "The Daily Fjord", "Acme buys Zinco");
        check("Acme buys Zinco - a chronicle", "The Daily Fjord", "Acme buys Zinco - a chronicle");
        check("UPDATE 3-Acme buys Zinco", "Wire", "Acme buys Zinco");
        check("Exclusive: Acme buys Zinco", "Wire", "Acme buys Zinco");
        check("Acme: a history", "Wire", "Acme: a history");
        check("The Daily Fjord", "The Daily Fjord", "The Daily Fjord");
    }

    #[test]
    fn a_copy_is_known_whatever_its_spaces_and_quotes() {
        let text = "A \"long\" text that is told twice. ".repeat(12);
        let other = text.replace('"', "”").replace(". ", ".\n\n").to_uppercase();
        assert!(copy(&text).is_some());
        assert_eq!(copy(&text), copy(&other));
        assert_eq!(copy("Comments"), None);
    }
}
