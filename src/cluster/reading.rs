//! What is compared of an entry: its headline's words, numbers and letters, the names and
//! words of its text.

use crate::domain::Timestamp;
use crate::text::word;

use super::number;
use super::number::Number;
use super::recurring::is_recurring;
use super::term::Class;
use super::term::Term;
use super::term::Terms;
use super::term::Word;
use super::term::digest;
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
    pub(super) title: Vec<TitleTerm>,
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

/// A term of a headline.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct TitleTerm {
    pub(super) term: Term,
    /// Digest of its word's first letters, 0 for a short word.
    pub(super) head: u32,
    pub(super) class: Class,
}

impl Reading {
    pub(super) fn of(article: &Article<'_>, terms: &mut Terms) -> Self {
        let headline = headline(article.title, article.publisher);
        let in_title = words(terms, headline, TITLE_WORDS_MAX);
        let in_text = words(terms, article.text, TEXT_WORDS_MAX);
        let mut title: Vec<TitleTerm> = Vec::with_capacity(in_title.len());
        title.extend(in_title.iter().filter_map(|it| {
            Some(TitleTerm { term: it.sense.term?, head: it.sense.head, class: it.sense.class })
        }));
        title.sort_unstable();
        title.dedup_by_key(|it| it.term);
        let in_lead = &in_text[..in_text.len().min(LEAD_WORDS)];
        let lead = distinct(in_lead.iter().filter_map(|it| it.sense.term));
        let is_teaser = lead.len() < TEXT_TERMS_MIN;
        let body = if is_teaser { Vec::new() } else { weighted(&in_text, &in_title) };
        let mut names: Vec<Term> = Vec::new();
        add_names(headline, &in_title, &mut names);
        add_names(article.text, &in_text, &mut names);
        names.sort_unstable();
        names.dedup();
        let mut keys: Vec<Term> = Vec::with_capacity(title.len() + LEAD_KEYS);
        keys.extend(title.iter().map(|it| it.term));
        let of_lead = in_lead.iter().filter(|it| word::is_capitalised(it.shown));
        keys.extend(
            of_lead
                .filter_map(|it| it.sense.term)
                .filter(|it| names.binary_search(it).is_ok())
                .take(LEAD_KEYS),
        );
        keys.sort_unstable();
        keys.dedup();
        Self {
            publisher: digest(&article.publisher.to_lowercase()),
            published: article.published,
            is_alone: article.is_alone,
            is_series: is_recurring(article.title),
            numbers: number::of(headline, &in_title),
            trigrams: trigrams(headline),
            copy: copy(article.text),
            title,
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

/// Each term of a text and its headline with 1 + ln of its occurrences.
fn weighted(text: &[Word<'_>], headline: &[Word<'_>]) -> Vec<(Term, f32)> {
    let mut terms: Vec<Term> = Vec::with_capacity(text.len() + headline.len());
    terms.extend(text.iter().chain(headline).filter_map(|it| it.sense.term));
    terms.sort_unstable();
    let weight = |of: &[Term]| (of[0], if of.len() == 1 { 1.0 } else { 1.0 + (of.len() as f32).ln() });
    terms.chunk_by(|a, b| a == b).map(weight).collect()
}

/// Adds the capitalised words inside of sentences. Where every long word has a capital,
/// capitals say nothing.
fn add_names(text: &str, words: &[Word<'_>], names: &mut Vec<Term>) {
    let is_plain = words
        .iter()
        .any(|it| it.sense.term.is_some() && 3 < it.shown.len() && it.shown.starts_with(char::is_lowercase));
    if !is_plain {
        return;
    }
    let mut end = 0;
    for word in words {
        let before = std::mem::replace(&mut end, word.at + word.shown.len());
        let Some(term) = word.sense.term else { continue };
        let is_inner = word.shown.chars().skip(1).any(char::is_uppercase);
        if is_inner || word.shown.starts_with(char::is_uppercase) && !opens(&text[before..word.at], word.at) {
            names.push(term);
        }
    }
}

/// Whether a sentence begins after this gap between two words, or with the text.
fn opens(gap: &str, at: usize) -> bool {
    at == 0 || gap != " " && gap.contains(['.', '!', '?', '\n', ':', '"', '“', '‘', '•'])
}

fn trigrams(headline: &str) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::with_capacity(headline.len() + 2);
    // The two letters before, the second of them a gap where a word begins.
    let (mut first, mut second) = (None, ' ');
    let mut add = |c: char| {
        if c == ' ' && second == ' ' {
            return;
        }
        if let Some(first) = first {
            found.push(
                [first, second, c]
                    .iter()
                    .fold(0x811c_9dc5, |hash: u32, c| (hash ^ u32::from(*c)).wrapping_mul(0x0100_0193)),
            );
        }
        (first, second) = (Some(second), c);
    };
    for c in headline.chars() {
        if c.is_ascii() {
            add(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
        } else {
            c.to_lowercase().for_each(|it| add(if it.is_alphanumeric() { it } else { ' ' }));
        }
    }
    add(' ');
    found.sort_unstable();
    found.dedup();
    found
}

/// A digest of a text's letters and digits, so that case, spaces and punctuation do not
/// hide that it is a copy.
fn copy(text: &str) -> Option<u64> {
    let mut letters = 0;
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut add = |c: u32| {
        letters += 1;
        hash = (hash ^ u64::from(c)).wrapping_mul(0x0100_0000_01b3);
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            add(u32::from(c.to_ascii_lowercase()));
        } else if !c.is_ascii() && c.is_alphanumeric() {
            c.to_lowercase().for_each(|it| add(u32::from(it)));
        }
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
