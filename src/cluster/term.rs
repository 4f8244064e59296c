//! Words as terms: without case, inflection and stop words, places under one name.

use std::hash::BuildHasher;
use std::sync::LazyLock;

use foldhash::HashMap;
use foldhash::HashSet;

use crate::text::word;
use crate::text::word::Language;
use crate::text::word_list::WordList;
use crate::text::word_list::entries;

use super::number;

/// What stands for a word: a digest of its stem, so that no table of words grows with time.
/// Two words in a few billion share one, which makes a title seem a little more alike.
pub(super) type Term = u32;

/// Words that are remembered before all are forgotten.
const CACHE_MAX: usize = 100_000;
/// Letters by which two words are taken for forms of one.
const HEAD_LETTERS: usize = 5;

/// A word of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct TermWord<'a> {
    /// Where it begins, in bytes.
    pub(super) at: usize,
    /// As it is written.
    pub(super) shown: &'a str,
    pub(super) lemma: Lemma,
}

/// What a word says, whatever its case.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Lemma {
    /// `None` when it says nothing of a subject.
    pub(super) term: Option<Term>,
    /// Digest of its first letters, by which inflections are known that no stem has in
    /// common; 0 for a short word.
    pub(super) prefix_hash: u32,
    pub(super) class: Class,
    /// Whether it may be a number or a date.
    pub(super) is_measure: bool,
    /// A bit for each language of `LANGUAGES` that uses it without saying anything of a subject.
    pub(super) stops: u8,
    /// Whether it tells what came of an event.
    pub(super) develops: bool,
    /// Whether it speaks of what was before.
    pub(super) looks_back: bool,
    /// Whether a headline of nothing but such words does not say what it is about.
    pub(super) is_plain: bool,
}

/// Languages that are told apart by their stop words.
pub(super) const LANGUAGES: [Language; 4] =
    [Language::English, Language::German, Language::French, Language::Spanish];

/// Stop words that a language must have in a text to be taken for its language.
const STOPS_MIN: usize = 3;

/// The place in `LANGUAGES` of the language that some words are written in: the one with most stop
/// words among them, English where that is in doubt.
pub(super) fn language_of(words: &[TermWord<'_>]) -> u8 {
    let mut counts = [0; LANGUAGES.len()];
    for word in words {
        for (at, count) in counts.iter_mut().enumerate() {
            *count += usize::from(word.lemma.stops & (1 << at) != 0);
        }
    }
    let english = counts[0];
    let best = (1..LANGUAGES.len()).rev().max_by_key(|it| counts[*it]).unwrap_or(0);
    if STOPS_MIN <= counts[best] && english < counts[best] { best as u8 } else { 0 }
}

/// What kind of word contradicts another one.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Class {
    #[default]
    Other,
    /// A country, a union or a people.
    Place,
    /// A day of the week.
    Day,
    /// One that has an opposite.
    Opposable,
}

/// Makes terms of words and remembers the latest, under keyed digests of 64 bits: a look-up
/// follows no pointer, and nobody can find two words with one digest.
#[derive(Default)]
pub(super) struct Vocabulary {
    known: HashMap<u64, Lemma>,
    lower: String,
}

impl Vocabulary {
    /// What a word as written says.
    pub(super) fn of(&mut self, shown: &str) -> Lemma {
        // Upper case is what tells the country from the pronoun.
        if shown == "US" {
            let term = Some(place("united states"));
            return Lemma { term, class: Class::Place, ..Lemma::default() };
        }
        self.lower.clear();
        if shown.is_ascii() {
            self.lower.push_str(shown);
            self.lower.make_ascii_lowercase();
        } else {
            self.lower.push_str(&shown.to_lowercase().replace('’', "'"));
        }
        let key = self.known.hasher().hash_one(self.lower.as_str());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        if CACHE_MAX <= self.known.len() {
            self.known.clear();
        }
        let term = term_of(&self.lower);
        let lemma = Lemma {
            term,
            prefix_hash: prefix_hash(&self.lower),
            class: term.map_or(Class::Other, class),
            is_measure: number::is_measure(&self.lower),
            stops: stops(&self.lower),
            develops: develops(&self.lower),
            looks_back: LOOKS_BACK.contains(&self.lower),
            is_plain: is_plain(&self.lower),
        };
        self.known.insert(key, lemma);
        lemma
    }
}

static PLAIN: WordList = WordList::new(include_str!("plain.txt"));

/// Whether a word says nothing of what a headline is about: a plain one, a stop word of any language, a
/// number, a date or a version.
fn is_plain(lower: &str) -> bool {
    let is_number = || lower.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    PLAIN.contains(lower) || stops(lower) != 0 || number::is_measure(lower) || is_number()
}

static LOOKS_BACK: WordList = WordList::new(include_str!("looks_back.txt"));

fn develops(lower: &str) -> bool {
    static STEMS: LazyLock<HashSet<Term>> = LazyLock::new(|| {
        let words = entries(include_str!("develops.txt"));
        words.map(|it| digest(&Language::English.stem(it))).collect()
    });
    STEMS.contains(&digest(&Language::English.stem(lower)))
}

fn stops(lower: &str) -> u8 {
    let is_stop = |it: &(usize, Language)| it.1.is_stop_word(lower);
    LANGUAGES.into_iter().enumerate().filter(is_stop).fold(0, |bits, (at, _)| bits | 1 << at)
}

fn prefix_hash(lower: &str) -> u32 {
    match lower.char_indices().nth(HEAD_LETTERS - 1) {
        Some((at, last)) => {
            let prefix_hash = &lower[..at + last.len_utf8()];
            if prefix_hash.chars().all(char::is_alphabetic) { digest(prefix_hash) } else { 0 }
        }
        None => 0,
    }
}

pub(super) fn term_of(lower: &str) -> Option<Term> {
    let bare = lower.strip_suffix("'s").unwrap_or(lower);
    if let Some(name) = PLACES.get(bare) {
        return Some(place(name));
    }
    if bare.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(digest(&bare.replace(',', "")));
    }
    if let Some(value) = number_word(bare) {
        return Some(digest(&value.to_string()));
    }
    let is_letter = bare.chars().nth(1).is_none();
    let is_stop_word = Language::English.is_stop_word(lower) || Language::English.is_stop_word(bare);
    // "Taken" says little, unless something else is "released".
    let is_opposite = OPPOSITES.iter().any(|it| it.0 == bare || it.1 == bare);
    if is_letter || is_stop_word && !is_opposite {
        return None;
    }
    // The dots of an abbreviation are a matter of taste.
    let bare = bare.replace('.', "");
    Some(digest(&Language::English.stem(&bare)))
}

fn place(name: &str) -> Term {
    digest(&format!("@{name}"))
}

/// A small number that is written out; "one" is more often a pronoun.
pub(super) fn number_word(lower: &str) -> Option<u32> {
    const WORDS: [&str; 11] =
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.iter().position(|it| *it == lower).map(|at| at as u32 + 2)
}

/// FNV-1a: the same in every run, unlike the hashes of the standard library.
pub(super) fn digest(text: &str) -> Term {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn class(term: Term) -> Class {
    static CLASSES: LazyLock<HashMap<Term, Class>> = LazyLock::new(|| {
        const DAYS: [&str; 7] =
            ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let opposable = PAIRS.iter().map(|it| (it.0, Class::Opposable));
        let days = DAYS.into_iter().filter_map(term_of).map(|it| (it, Class::Day));
        let places = PLACES.values().copied().chain(["united states"]).map(|it| (place(it), Class::Place));
        opposable.chain(days).chain(places).collect()
    });
    CLASSES.get(&term).copied().unwrap_or_default()
}

/// Whether two terms say opposite things of a subject.
pub(super) fn is_opposite(a: Term, b: Term) -> bool {
    PAIRS.contains(&(a, b))
}

/// In both directions.
static PAIRS: LazyLock<HashSet<(Term, Term)>> = LazyLock::new(|| {
    let stem = |it: &str| digest(&Language::English.stem(it));
    let pairs = OPPOSITES.iter().map(|(a, b)| (stem(a), stem(b)));
    pairs.flat_map(|(a, b)| [(a, b), (b, a)]).collect()
});

/// The first words of a text.
pub(super) fn words<'a>(terms: &mut Vocabulary, text: &'a str, max: usize) -> Vec<TermWord<'a>> {
    let mut found = Vec::with_capacity(max.min(text.len() / 4));
    found.extend(word::words(text).take(max).map(|(at, shown)| TermWord {
        at,
        shown,
        lemma: terms.of(shown),
    }));
    found
}

const OPPOSITES: &[(&str, &str)] = &[
    ("accept", "reject"),
    ("accept", "refuse"),
    ("add", "drop"),
    ("add", "remove"),
    ("admit", "deny"),
    ("approve", "block"),
    ("approve", "deny"),
    ("approve", "reject"),
    ("arrest", "free"),
    ("arrest", "release"),
    ("begin", "end"),
    ("better", "worse"),
    ("best", "worst"),
    ("buy", "sell"),
    ("climb", "fall"),
    ("confirm", "deny"),
    ("decrease", "increase"),
    ("first", "second"),
    ("first", "third"),
    ("gain", "lose"),
    ("gains", "losses"),
    ("grow", "shrink"),
    ("guilty", "acquit"),
    ("higher", "lower"),
    ("increase", "cut"),
    ("jail", "free"),
    ("join", "leave"),
    ("launch", "withdraw"),
    ("open", "close"),
    ("profit", "loss"),
    ("raise", "cut"),
    ("rise", "drop"),
    ("rise", "fall"),
    ("second", "third"),
    ("start", "end"),
    ("taken", "released"),
    ("win", "lose"),
];

/// Each line is one place: its name, then what else it and its people are called.
const GAZETTEER: &str = "\
afghanistan afghan afghans
argentina argentine argentinian
australia australian australians
austria austrian
bangladesh bangladeshi
belgium belgian
brazil brazilian
britain british uk u.k
bulgaria bulgarian
myanmar burma burmese
cambodia cambodian
canada canadian canadians
chile chilean
china chinese
colombia colombian
croatia croatian
cuba cuban
cyprus cypriot
denmark danish danes
ecuador ecuadorian
egypt egyptian egyptians
estonia estonian
ethiopia ethiopian
europe european europeans eu e.u
finland finnish finns
france french
germany german germans
ghana ghanaian
greece greek greeks
hungary hungarian
iceland icelandic
india indian indians
indonesia indonesian
iran iranian iranians
iraq iraqi iraqis
ireland irish
israel israeli israelis
italy italian italians
japan japanese
kazakhstan kazakh
kenya kenyan
latvia latvian
lebanon lebanese
libya libyan libyans
lithuania lithuanian
malaysia malaysian
mexico mexican mexicans
morocco moroccan
nepal nepali nepalese
netherlands dutch
nigeria nigerian
norway norwegian
pakistan pakistani pakistanis
palestine palestinian palestinians
peru peruvian
philippines philippine filipino
poland polish
portugal portuguese
qatar qatari
romania romanian
russia russian russians
saudi saudis
scotland scottish
senegal senegalese
serbia serbian
singapore singaporean
slovakia slovak
slovenia slovenian
somalia somali
spain spanish
sudan sudanese
sweden swedish swedes
switzerland swiss
syria syrian syrians
taiwan taiwanese
thailand thai
tunisia tunisian
ukraine ukrainian ukrainians
u.s usa u.s.a america american americans
venezuela venezuelan
vietnam vietnamese
wales welsh
yemen yemeni
zimbabwe zimbabwean";

static PLACES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let mut places = HashMap::default();
    for line in GAZETTEER.lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let name = if name == "u.s" { "united states" } else { name };
        places.extend(line.split(' ').map(|it| (it, name)));
    }
    places
});

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, is_same: bool) {
        let mut terms = Vocabulary::default();
        let (of_a, of_b) = (terms.of(a).term, terms.of(b).term);
        assert_eq!(of_a.is_some() && of_a == of_b, is_same, "{a} {b}");
    }

    #[test]
    fn inflections_peoples_and_written_numbers_are_one_term() {
        check("launches", "Launched", true);
        check("Orrin’s", "Orrin", true);
        check("British", "UK", true);
        check("U.S", "American", true);
        check("US", "American", true);
        check("us", "American", false);
        check("three", "3", true);
        check("1,200", "1200", true);
        check("the", "the", false);
        check("Syrian", "Libyan", false);
    }

    #[test]
    fn opposites_are_known_in_both_directions_and_inflected() {
        let mut terms = Vocabulary::default();
        let mut is_opposite_of = |a: &str, b: &str| {
            is_opposite(terms.of(a).term.expect("a term"), terms.of(b).term.expect("a term"))
        };
        assert!(is_opposite_of("rises", "falling"));
        assert!(is_opposite_of("rejects", "accepted"));
        assert!(!is_opposite_of("rises", "climbs"));
    }
}
