//! Words as terms: without case, inflection and stop words, places under one name.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::text::word;
use crate::text::word::Language;

/// What stands for a word: a digest of its stem, so that no table of words grows with time.
/// Two words in a few billion share one, which makes a title seem a little more alike.
pub(super) type Term = u32;

/// Words whose terms are remembered before all are forgotten.
const CACHE_MAX: usize = 100_000;

/// Makes terms of words and remembers the latest.
#[derive(Default)]
pub(super) struct Terms {
    known: HashMap<Box<str>, Option<Term>>,
}

impl Terms {
    /// The term of a word as written; `None` when it says nothing of a subject.
    pub(super) fn of(&mut self, shown: &str) -> Option<Term> {
        // Upper case is what tells the country from the pronoun.
        if shown == "US" {
            return Some(place("united states"));
        }
        let lower = shown.to_lowercase().replace('’', "'");
        if let Some(known) = self.known.get(lower.as_str()) {
            return *known;
        }
        if CACHE_MAX <= self.known.len() {
            self.known.clear();
        }
        let term = term_of(&lower);
        self.known.insert(lower.into(), term);
        term
    }
}

fn term_of(lower: &str) -> Option<Term> {
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
    if is_letter || Language::English.is_stop_word(lower) || Language::English.is_stop_word(bare) {
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

/// Whether a term is a country, a union or a people.
pub(super) fn is_place(term: Term) -> bool {
    static TERMS: LazyLock<HashSet<Term>> =
        LazyLock::new(|| PLACES.values().map(|it| place(it)).chain([place("united states")]).collect());
    TERMS.contains(&term)
}

/// Whether a term is a day of the week.
pub(super) fn is_day(term: Term) -> bool {
    static TERMS: LazyLock<HashSet<Term>> = LazyLock::new(|| {
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            .into_iter()
            .filter_map(term_of)
            .collect()
    });
    TERMS.contains(&term)
}

/// Whether two terms say opposite things of a subject.
pub(super) fn is_opposite(a: Term, b: Term) -> bool {
    static PAIRS: LazyLock<HashSet<(Term, Term)>> = LazyLock::new(|| {
        let stem = |it: &str| digest(&Language::English.stem(it));
        let pairs = OPPOSITES.iter().map(|(a, b)| (stem(a), stem(b)));
        pairs.flat_map(|(a, b)| [(a, b), (b, a)]).collect()
    });
    PAIRS.contains(&(a, b))
}

/// The words of a text with their offsets and terms.
pub(super) fn words<'a>(terms: &mut Terms, text: &'a str, max: usize) -> Vec<(usize, &'a str, Option<Term>)> {
    word::words(text).take(max).map(|(at, shown)| (at, shown, terms.of(shown))).collect()
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
    let mut places = HashMap::new();
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
        let mut terms = Terms::default();
        let (of_a, of_b) = (terms.of(a), terms.of(b));
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
        let mut terms = Terms::default();
        let mut is_opposite_of =
            |a: &str, b: &str| is_opposite(terms.of(a).expect("a term"), terms.of(b).expect("a term"));
        assert!(is_opposite_of("rises", "falling"));
        assert!(is_opposite_of("rejects", "accepted"));
        assert!(!is_opposite_of("rises", "climbs"));
    }
}
