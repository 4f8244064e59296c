//! What is compared of an entry: its headline's words, numbers and letters, the names and
//! words of its text.

use crate::domain::Timestamp;

use super::background::BACKGROUND;
use super::identifier;
use super::identifier::Identifier;
use super::number;
use super::number::HeadlineNumber;
use super::number::NUMBERS_MAX;
use super::recurring::is_recurring;
use super::term::Class;
use super::term::Lemma;
use super::term::Term;
use super::term::TermWord;
use super::term::Vocabulary;
use super::term::digest;
use super::term::language_of;
use super::term::words;
use super::term_flags::TermFlags;
use super::trigram::trigrams;

/// Words of a headline that are read; a longer one is a text.
pub(super) const TITLE_WORDS_MAX: usize = 40;
/// Words of a text that are read: a report tells its event at the beginning.
const TEXT_WORDS_MAX: usize = 300;
/// Words at the beginning of a text that are its lead.
const LEAD_WORDS: usize = 70;
/// Fewer different words of a text are a teaser, which is no evidence.
const TEXT_TERMS_MIN: usize = 8;
/// Letters and digits of a text from which on two equal ones are copies.
const COPY_LETTERS_MIN: usize = 250;
/// Words of a text, and terms of a headline, by which an article is known that its publisher gives twice.
const AGAIN_WORDS_MIN: u16 = 120;
const AGAIN_TITLE_TERMS_MIN: usize = 3;
/// Terms of a text by which an entry is found beside those of its headline.
const TEXT_KEYS_MAX: usize = 32;
/// Of the articles of the background, how many may have a term by which an entry is found.
const KEY_COUNT_MAX: u16 = 40;
/// Numbers of headline and text that are compared.
const FIGURES_MAX: usize = 24;
/// Words of a quotation that are compared at a time, and how many such runs of an entry.
const QUOTED_RUN: usize = 4;
const QUOTED_RUNS_MAX: usize = 32;
/// Links of an entry that are compared.
const LINKS_MAX: usize = 16;

/// Words before who does it, where what is done comes first: "Odda bought by Falk".
const AGENTS: [&str; 5] = ["by", "von", "durch", "par", "por"];

/// An entry as the comparison wants it.
#[derive(Clone, Copy, Debug)]
pub struct EntryText<'a> {
    /// Who is credited for it; a publisher's second entry must be very much like the first.
    pub publisher: &'a str,
    /// Its headline.
    pub title: &'a str,
    /// Its text, paragraphs separated by blank lines; empty where there is none.
    pub text: &'a str,
    /// Its remembered date.
    pub published: Timestamp,
    /// Digest of its canonical address.
    pub address: Option<i64>,
    /// Digests of the canonical addresses that its text links to.
    pub links: &'a [i64],
    /// Whether it is never one story with an entry that is merely alike: paid for, an
    /// offer, a job, or left out by the operator.
    pub never_cluster: bool,
}

/// What an entry is compared by.
#[derive(Clone, Debug)]
pub struct EntryFeatures {
    pub(super) profile: EntryProfile,
    /// Distinct terms of headline and text with what is known of each, sorted by term.
    pub(super) terms: Box<[(Term, TermFlags)]>,
}

/// What an entry is compared by beside its terms. A window holds tens of thousands, so it is kept small.
#[derive(Clone, Debug)]
pub(super) struct EntryProfile {
    pub(super) publisher: Term,
    pub(super) published: Timestamp,
    pub(super) never_cluster: bool,
    /// Whether its headline belongs to a series, so that likeness says nothing.
    pub(super) is_series: bool,
    /// Whether its headline says nothing of what it is about: "Release notes", "30 November 2026".
    pub(super) is_plain: bool,
    /// Whether there is a text to compare, and not only a teaser.
    pub(super) has_text: bool,
    /// Its language, as `term::LANGUAGES` numbers them.
    pub(super) language: u8,
    /// Words of its text that were read.
    pub(super) length: u16,
    /// Words of headline and lead that tell what came of an event.
    pub(super) develops: u8,
    /// Words of headline and text that speak of what was before.
    pub(super) looks_back: u8,
    /// Distinct terms of the headline, in the order of their digests.
    pub(super) title: Box<[TitleTerm]>,
    pub(super) numbers: Box<[HeadlineNumber]>,
    /// Whether the headline names who does it behind a "by".
    pub(super) has_agent: bool,
    /// Names with a number in them, sorted by form.
    pub(super) identifiers: Box<[Identifier]>,
    /// Its address, shortened, as chance hits hardly matter.
    pub(super) address: Option<u32>,
    lists: Lists,
    /// Digest of a text that is long enough for a copy to be known by it.
    pub(super) text_digest: Option<u64>,
}

/// The lists of an entry in two allocations instead of one each.
#[derive(Clone, Debug)]
struct Lists {
    /// Figures, runs of quoted words, links.
    long: Box<[u32]>,
    /// Where all but the first of these begin.
    starts: [u8; 2],
    trigrams: Box<[u16]>,
}

/// A text with its words.
pub(super) struct Spoken<'a> {
    pub(super) text: &'a str,
    pub(super) words: Vec<TermWord<'a>>,
}

/// A term of a headline.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct TitleTerm {
    pub(super) term: Term,
    /// Its place among the words of the headline.
    pub(super) at: u8,
    /// Digest of its word's first letters, 0 for a short word.
    pub(super) prefix_hash: u32,
    pub(super) class: Class,
    /// Whether it is a capitalised word of headline or text.
    pub(super) is_name: bool,
}

impl EntryFeatures {
    pub(super) fn of(article: &EntryText<'_>, senses: &mut Vocabulary) -> Self {
        let headline = headline(article.title, article.publisher);
        let mut title = Spoken { text: headline, words: words(senses, headline, TITLE_WORDS_MAX) };
        let mut text = Spoken { text: article.text, words: words(senses, article.text, TEXT_WORDS_MAX) };
        let language = language_of(if text.words.is_empty() { &title.words } else { &text.words });
        title.silence(language);
        text.silence(language);
        let terms = terms(&title, &text);
        let numbers = number::of(headline, &title.words, language != 0, NUMBERS_MAX);
        let of_text = number::of(article.text, &text.words, language != 0, FIGURES_MAX);
        let figures = sorted(numbers.iter().chain(&of_text).map(|it| it.value).collect());
        let links = sorted(article.links.iter().take(LINKS_MAX).map(|it| *it as u32).collect());
        let profile = EntryProfile {
            publisher: digest(&article.publisher.to_lowercase()),
            published: article.published,
            never_cluster: article.never_cluster,
            is_series: is_recurring(article.title),
            is_plain: title.words.iter().all(|it| it.lemma.is_plain),
            has_text: TEXT_TERMS_MIN <= terms.iter().filter(|it| it.1.is_in_lead()).count(),
            language,
            length: text.words.len() as u16,
            develops: title
                .words
                .iter()
                .chain(text.words.iter().take(LEAD_WORDS))
                .filter(|it| it.lemma.develops)
                .count() as u8,
            looks_back: title
                .words
                .iter()
                .chain(&text.words)
                .filter(|it| it.lemma.looks_back)
                .count()
                .min(255) as u8,
            numbers: numbers.into(),
            has_agent: title.words.iter().any(|it| AGENTS.contains(&it.shown)),
            identifiers: identifier::of(&title, &text).into(),
            address: article.address.map(|it| it as u32),
            text_digest: text_digest(article.text),
            title: title_terms(&title, &terms),
            lists: Lists::new([&figures, &quoted(&text), &links], sorted(trigrams(headline))),
        };
        Self { profile, terms: terms.into() }
    }

    /// Terms under which it is found: those of the headline, and rare ones of the text.
    pub(super) fn keys(&self) -> impl Iterator<Item = Term> {
        self.terms.iter().filter(|it| it.1.is_key()).map(|it| it.0)
    }
}

impl EntryProfile {
    /// Distinct values of headline and text, sorted.
    pub(super) fn figures(&self) -> &[Term] {
        self.lists.long(0)
    }

    /// Distinct runs of quoted words, sorted.
    pub(super) fn quoted(&self) -> &[Term] {
        self.lists.long(1)
    }

    /// The addresses that its text links to, sorted; shortened.
    pub(super) fn links(&self) -> &[u32] {
        self.lists.long(2)
    }

    /// Its address and those that its text links to, each once.
    pub(super) fn addresses(&self) -> impl Iterator<Item = u32> {
        let own = self.address.filter(|it| self.links().binary_search(it).is_err());
        own.into_iter().chain(self.links().iter().copied())
    }

    /// Distinct runs of three letters of the headline, sorted.
    pub(super) fn trigrams(&self) -> &[u16] {
        &self.lists.trigrams
    }

    /// Whether it is the other's article once more, given that their texts are the same: short texts
    /// ("We are investigating") and plain headlines are used again for something else.
    pub(super) fn is_again(&self, other: &Self) -> bool {
        AGAIN_WORDS_MIN <= self.length
            && AGAIN_TITLE_TERMS_MIN <= self.title.len()
            && !self.is_series
            && self.title == other.title
            && self.figures() == other.figures()
    }

    /// Whether its publisher tells another event with the other, unless both are alike: it tells an event
    /// once. Headlines alone are repeated.
    pub(super) fn tells_beside(&self, other: &Self) -> bool {
        self.publisher == other.publisher && self.has_text && other.has_text
    }
}

impl Lists {
    fn new(long: [&[u32]; 3], trigrams: Box<[u16]>) -> Self {
        const { assert!(NUMBERS_MAX + FIGURES_MAX + QUOTED_RUNS_MAX <= u8::MAX as usize) };
        let figures = long[0].len() as u8;
        let starts = [figures, figures + long[1].len() as u8];
        Self { long: long.concat().into(), starts, trigrams }
    }

    /// One of the long lists.
    fn long(&self, nth: usize) -> &[u32] {
        let from = nth.checked_sub(1).map_or(0, |it| usize::from(self.starts[it]));
        let to = self.starts.get(nth).map_or(self.long.len(), |it| usize::from(*it));
        &self.long[from..to]
    }
}

impl Spoken<'_> {
    /// Takes the sense from words that say nothing in the text's language.
    fn silence(&mut self, language: u8) {
        let bit = 1 << language;
        self.words.iter_mut().filter(|it| it.lemma.stops & bit != 0).for_each(|it| it.lemma.term = None);
    }

    /// Whether a long word has no capital: where all have one, capitals say nothing.
    pub(super) fn is_plain(&self) -> bool {
        let is_small = |it: &TermWord<'_>| 3 < it.shown.len() && it.shown.starts_with(char::is_lowercase);
        self.words.iter().any(|it| it.lemma.term.is_some() && is_small(it))
    }
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Box<[T]> {
    list.sort_unstable();
    list.dedup();
    list.into()
}

fn title_terms(title: &Spoken<'_>, terms: &[(Term, TermFlags)]) -> Box<[TitleTerm]> {
    let is_name =
        |term: Term| terms.binary_search_by_key(&term, |it| it.0).is_ok_and(|at| terms[at].1.is_name());
    let mut found: Vec<TitleTerm> = Vec::with_capacity(title.words.len());
    found.extend(title.words.iter().enumerate().filter_map(|(at, it)| {
        let Lemma { term, prefix_hash, class, .. } = it.lemma;
        Some(TitleTerm { term: term?, at: at as u8, prefix_hash, class, is_name: is_name(term?) })
    }));
    found.sort_unstable();
    found.dedup_by_key(|it| it.term);
    found.into()
}

/// The distinct terms of headline and text, each with what is known of it.
fn terms(title: &Spoken<'_>, text: &Spoken<'_>) -> Vec<(Term, TermFlags)> {
    let mut found: Vec<(Term, u16)> = Vec::with_capacity(title.words.len() + text.words.len());
    add(title, |_| TermFlags::KEY | TermFlags::TITLE, &mut found);
    let past = looking_back(text);
    let place = |at: usize| {
        let lead = if at < LEAD_WORDS { TermFlags::LEAD } else { 0 };
        lead | if past[at] { TermFlags::PAST } else { 0 }
    };
    add(text, place, &mut found);
    found.sort_unstable_by_key(|it| it.0);
    let mut terms: Vec<(Term, TermFlags)> = Vec::with_capacity(found.len());
    for (term, place) in found {
        if terms.last().is_none_or(|it| it.0 != term) {
            terms.push((term, TermFlags::default()));
        }
        if let Some((_, flags)) = terms.last_mut() {
            flags.add(place);
        }
    }
    let mut keys = 0;
    for term in text.words.iter().filter_map(|it| it.lemma.term) {
        let Ok(at) = terms.binary_search_by_key(&term, |it| it.0) else { continue };
        let flags = &mut terms[at].1;
        if keys < TEXT_KEYS_MAX && !flags.is_key() && BACKGROUND.count(term) <= KEY_COUNT_MAX {
            flags.0 |= TermFlags::KEY;
            keys += 1;
        }
    }
    terms
}

/// For each word of a text whether its sentence speaks of what was before.
fn looking_back(text: &Spoken<'_>) -> Vec<bool> {
    let mut found = vec![false; text.words.len()];
    let (mut first, mut end, mut is_past) = (0, 0, false);
    for (at, word) in text.words.iter().enumerate() {
        if text.text[end..word.at].contains(['.', '!', '?', '\n']) {
            found[first..at].fill(is_past);
            (first, is_past) = (at, false);
        }
        end = word.at + word.shown.len();
        is_past |= word.lemma.looks_back;
    }
    found[first..].fill(is_past);
    found
}

/// Runs of words between quotation marks, as digests.
fn quoted(text: &Spoken<'_>) -> Box<[Term]> {
    let mut found: Vec<Term> = Vec::new();
    let (mut run, mut end): (Vec<Term>, usize) = (Vec::new(), 0);
    let mut is_inside = false;
    for word in &text.words {
        for c in text.text[end..word.at].chars() {
            match c {
                '“' | '„' | '«' => is_inside = true,
                '”' | '»' => is_inside = false,
                '"' => is_inside = !is_inside,
                '\n' => is_inside = false,
                _ => continue,
            }
            run.clear();
        }
        end = word.at + word.shown.len();
        if is_inside {
            run.push(digest(&word.shown.to_lowercase()));
            if run.len() == QUOTED_RUN {
                found.push(run.iter().fold(0, |all, it| all.rotate_left(7) ^ it));
                run.remove(0);
            }
        }
        if found.len() == QUOTED_RUNS_MAX {
            break;
        }
    }
    sorted(found)
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
        if let Some((prefix_hash, tail)) = headline.rsplit_once(separator)
            && !prefix_hash.trim().is_empty()
            && letters(tail) == letters(publisher)
        {
            headline = prefix_hash.trim_end();
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
/// is a name: a capitalised word inside of a sentence.
fn add(spoken: &Spoken<'_>, place: impl Fn(usize) -> u16, found: &mut Vec<(Term, u16)>) {
    let (text, is_plain) = (spoken.text, spoken.is_plain());
    let mut end = 0;
    for (at, word) in spoken.words.iter().enumerate() {
        let before = std::mem::replace(&mut end, word.at + word.shown.len());
        let Some(term) = word.lemma.term else { continue };
        let is_name = || {
            word.shown.chars().skip(1).any(char::is_uppercase)
                || word.shown.starts_with(char::is_uppercase) && !opens(&text[before..word.at], word.at)
        };
        let name = if is_plain && is_name() { TermFlags::NAME } else { 0 };
        found.push((term, place(at) | name));
    }
}

/// Whether a sentence begins after this gap between two words, or with the text.
fn opens(gap: &str, at: usize) -> bool {
    at == 0 || gap != " " && gap.contains(['.', '!', '?', '\n', ':', '"', '“', '‘', '•'])
}

/// A digest of a text's letters and digits, so that case, spaces and punctuation do not
/// hide that it is a copy.
fn text_digest(text: &str) -> Option<u64> {
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
        assert!(text_digest(&text).is_some());
        assert_eq!(text_digest(&text), text_digest(&other));
        assert_eq!(text_digest("Comments"), None);
    }
}
