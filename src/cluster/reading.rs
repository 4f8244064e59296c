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

/// What an entry is compared by. A window holds tens of thousands, so it is kept small.
#[derive(Clone, Debug)]
pub struct Reading {
    pub(super) publisher: Term,
    pub(super) published: Timestamp,
    pub(super) is_alone: bool,
    /// Whether its headline belongs to a series, so that likeness says nothing.
    pub(super) is_series: bool,
    /// Whether there is a text to compare, and not only a teaser.
    pub(super) has_text: bool,
    /// Distinct terms of the headline, in the order of their digests.
    pub(super) title: Box<[TitleTerm]>,
    pub(super) numbers: Box<[Number]>,
    /// Distinct runs of three letters of the headline, sorted.
    pub(super) trigrams: Box<[u16]>,
    /// Distinct terms of headline and text, sorted, and beside each what is known of it.
    pub(super) terms: Box<[Term]>,
    pub(super) marks: Box<[Mark]>,
    /// Digest of a text that is long enough for a copy to be known by it.
    pub(super) copy: Option<u64>,
}

/// How often a term occurs in an entry, and where.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Mark(u8);

impl Mark {
    /// It stands in the lead.
    const LEAD: u8 = 1 << 7;
    /// It is a capitalised word of headline or text.
    const NAME: u8 = 1 << 6;
    /// The entry is found under it.
    const KEY: u8 = 1 << 5;
    /// Occurrences beyond which no more are counted.
    const COUNT_MAX: u8 = Self::KEY - 1;

    /// Takes in one more occurrence, with where it stands.
    fn add(&mut self, place: u8) {
        self.0 |= place;
        self.0 += u8::from(self.0 & Self::COUNT_MAX < Self::COUNT_MAX);
    }

    pub(super) fn is_in_lead(self) -> bool {
        self.0 & Self::LEAD != 0
    }

    pub(super) fn is_name(self) -> bool {
        self.0 & Self::NAME != 0
    }

    fn is_key(self) -> bool {
        self.0 & Self::KEY != 0
    }

    /// 1 + ln of the occurrences.
    pub(super) fn weight(self) -> f32 {
        match self.0 & Self::COUNT_MAX {
            0 | 1 => 1.0,
            count => 1.0 + f32::from(count).ln(),
        }
    }
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
    pub(super) fn of(article: &Article<'_>, senses: &mut Terms) -> Self {
        let headline = headline(article.title, article.publisher);
        let in_title = words(senses, headline, TITLE_WORDS_MAX);
        let in_text = words(senses, article.text, TEXT_WORDS_MAX);
        let mut title: Vec<TitleTerm> = Vec::with_capacity(in_title.len());
        title.extend(in_title.iter().filter_map(|it| {
            Some(TitleTerm { term: it.sense.term?, head: it.sense.head, class: it.sense.class })
        }));
        title.sort_unstable();
        title.dedup_by_key(|it| it.term);
        let mut found: Vec<(Term, u8)> = Vec::with_capacity(in_title.len() + in_text.len());
        add(headline, &in_title, |_| Mark::KEY, &mut found);
        add(article.text, &in_text, |at| if at < LEAD_WORDS { Mark::LEAD } else { 0 }, &mut found);
        found.sort_unstable_by_key(|it| it.0);
        let mut terms: Vec<Term> = Vec::with_capacity(found.len());
        let mut marks: Vec<Mark> = Vec::with_capacity(found.len());
        for (term, place) in found {
            if terms.last() != Some(&term) {
                terms.push(term);
                marks.push(Mark::default());
            }
            if let Some(mark) = marks.last_mut() {
                mark.add(place);
            }
        }
        let of_lead = in_text.iter().take(LEAD_WORDS).filter(|it| word::is_capitalised(it.shown));
        let of_lead = of_lead.filter_map(|it| terms.binary_search(&it.sense.term?).ok());
        let names: Vec<usize> = of_lead.filter(|at| marks[*at].is_name()).take(LEAD_KEYS).collect();
        names.into_iter().for_each(|at| marks[at].0 |= Mark::KEY);
        Self {
            publisher: digest(&article.publisher.to_lowercase()),
            published: article.published,
            is_alone: article.is_alone,
            is_series: is_recurring(article.title),
            has_text: TEXT_TERMS_MIN <= marks.iter().filter(|it| it.is_in_lead()).count(),
            numbers: number::of(headline, &in_title).into(),
            trigrams: trigrams(headline).into(),
            copy: copy(article.text),
            title: title.into(),
            terms: terms.into(),
            marks: marks.into(),
        }
    }

    /// The terms of headline and text with their marks.
    pub(super) fn marked(&self) -> impl Iterator<Item = (Term, Mark)> {
        self.terms.iter().copied().zip(self.marks.iter().copied())
    }

    /// Terms under which it is found: those of the headline, and names of the lead.
    pub(super) fn keys(&self) -> impl Iterator<Item = Term> {
        self.marked().filter(|it| it.1.is_key()).map(|it| it.0)
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

/// Adds the terms of a text, each with what `place` says of where its word stands, and whether it
/// is a name: a capitalised word inside of a sentence. Where every long word has a capital, capitals
/// say nothing.
fn add(text: &str, words: &[Word<'_>], place: impl Fn(usize) -> u8, found: &mut Vec<(Term, u8)>) {
    let is_plain = words
        .iter()
        .any(|it| it.sense.term.is_some() && 3 < it.shown.len() && it.shown.starts_with(char::is_lowercase));
    let mut end = 0;
    for (at, word) in words.iter().enumerate() {
        let before = std::mem::replace(&mut end, word.at + word.shown.len());
        let Some(term) = word.sense.term else { continue };
        let is_name = || {
            word.shown.chars().skip(1).any(char::is_uppercase)
                || word.shown.starts_with(char::is_uppercase) && !opens(&text[before..word.at], word.at)
        };
        let name = if is_plain && is_name() { Mark::NAME } else { 0 };
        found.push((term, place(at) | name));
    }
}

/// Whether a sentence begins after this gap between two words, or with the text.
fn opens(gap: &str, at: usize) -> bool {
    at == 0 || gap != " " && gap.contains(['.', '!', '?', '\n', ':', '"', '“', '‘', '•'])
}

/// A gap and the letters and digits of ASCII: any three of them have a number of their own.
const LETTERS: u16 = 37;
const PLAIN_TRIGRAMS: u32 = (LETTERS as u32).pow(3);

fn trigrams(headline: &str) -> Vec<u16> {
    let mut found: Vec<u16> = Vec::with_capacity(headline.len() + 2);
    // The two letters before, the second of them a gap where a word begins.
    let (mut first, mut second) = (None, ' ');
    let mut add = |c: char| {
        if c == ' ' && second == ' ' {
            return;
        }
        if let Some(first) = first {
            found.push(trigram([first, second, c]));
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

/// The number of three letters; those with others than ASCII's share what numbers are left.
fn trigram(letters: [char; 3]) -> u16 {
    let plain = letters.iter().try_fold(0, |number, c| {
        let letter = match c {
            ' ' => 0,
            'a'..='z' => 1 + *c as u16 - 'a' as u16,
            '0'..='9' => 27 + *c as u16 - '0' as u16,
            _ => return None,
        };
        Some(number * LETTERS + letter)
    });
    plain.unwrap_or_else(|| {
        let hash =
            letters.iter().fold(0x811c_9dc5, |hash: u32, c| (hash ^ u32::from(*c)).wrapping_mul(0x0100_0193));
        let left = u32::from(u16::MAX) + 1 - PLAIN_TRIGRAMS;
        (PLAIN_TRIGRAMS + hash % left) as u16
    })
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
