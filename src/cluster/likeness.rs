//! How much two entries are alike, and whether that makes them one story.

use std::fmt;

use super::number;
use super::reading::Mark;
use super::reading::Reading;
use super::reading::TitleTerm;
use super::term::Class;
use super::term::Term;
use super::term::is_opposite;

/// Likeness of headlines that alone makes two entries one story.
const TITLE_ALONE: f32 = 0.44;
/// Terms that headlines which alone decide must share.
const SHARED_TERMS_MIN: usize = 3;
/// What a publisher's own two entries must reach: it tells an event once, then what follows.
const TITLE_OF_ONE_PUBLISHER: f32 = 0.80;
/// Share of a lead's words from which on two leads tell the same, whatever their numbers.
const LEAD_AGREES: f32 = 0.80;
/// Evidence of headline, text and names together that makes two entries one story.
const EVIDENCE: f32 = 0.485;
/// What each hour between them takes from either: an event is told within hours, and what
/// follows from it in the same words a day later.
const LOST_PER_HOUR: f32 = 0.01;
/// Without at least one of these no other evidence counts.
const TITLE_MIN: f32 = 0.20;
const TEXT_ALONE: f32 = 0.60;
/// What two forms of a word count of one.
const FORM: f32 = 0.8;
/// What rounding may take from a bound.
const ROUNDING: f32 = 0.001;

/// How rare a term is among the entries of the window.
pub(super) trait Rarity {
    /// Weight of a term of headlines.
    fn in_titles(&self, term: Term) -> f32;
    /// Weight of a term of texts.
    fn in_texts(&self, term: Term) -> f32;
}

/// How much two headlines are alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct TitleLikeness {
    /// From about 0 to 1; less where they contradict each other.
    pub(super) score: f32,
    /// Whether they speak of different numbers or places, or say the opposite.
    pub(super) is_contradicted: bool,
}

/// Why two entries are one story.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Evidence {
    pub(super) score: f32,
    title: f32,
    text: Option<f32>,
    names: (usize, usize),
}

/// An entry under decision, its terms weighed once for all that it is compared with.
pub(super) struct Weighed<'a> {
    reading: &'a Reading,
    /// Rarity of each term of the headline.
    title: Vec<f32>,
    /// Weight of each term of the text, and the sum of their squares.
    body: Vec<f32>,
    square: f32,
    /// How many of its terms are names.
    names: usize,
    /// A bit for each term of the text, so that most of another's are known to be none of them.
    bits: [u64; BITS / 64],
}

/// Bits that terms of a text are spread over.
const BITS: usize = 4_096;

fn bit(term: Term) -> (usize, u64) {
    let at = term as usize % BITS;
    (at / 64, 1 << (at % 64))
}

impl<'a> Weighed<'a> {
    pub(super) fn new(reading: &'a Reading, rarity: &impl Rarity) -> Self {
        let title = reading.title.iter().map(|it| rarity.in_titles(it.term)).collect();
        let body: Vec<f32> =
            reading.marked().map(|(term, mark)| mark.weight() * rarity.in_texts(term)).collect();
        let square = body.iter().map(|it| it * it).sum();
        let mut bits = [0; BITS / 64];
        for term in &reading.terms {
            let (word, bit) = bit(*term);
            bits[word] |= bit;
        }
        let names = reading.marks.iter().filter(|it| it.is_name()).count();
        Self { reading, title, body, square, names, bits }
    }

    /// Where a term stands in the text.
    fn place(&self, term: Term) -> Option<usize> {
        let (word, bit) = bit(term);
        if self.bits[word] & bit == 0 {
            return None;
        }
        self.reading.terms.binary_search(&term).ok()
    }

    /// How many terms of a kind another has, and how many of them are of the kind here too.
    fn of_kind(&self, other: &Reading, is_of_kind: impl Fn(Mark) -> bool) -> (usize, usize) {
        let (mut all, mut common) = (0, 0);
        for (term, _) in other.marked().filter(|it| is_of_kind(it.1)) {
            all += 1;
            common += usize::from(self.place(term).is_some_and(|at| is_of_kind(self.reading.marks[at])));
        }
        (all, common)
    }

    /// At least the likeness of its text and another, whatever weight the other's terms have.
    fn text_max(&self, other: &Reading) -> f32 {
        let shared = other.terms.iter().filter_map(|it| self.place(*it));
        let shared: f32 = shared.map(|at| self.body[at] * self.body[at]).sum();
        if self.square <= 0.0 { 0.0 } else { (shared / self.square).sqrt() }
    }
}

/// Which terms two headlines share. A headline has at most 64 terms, so that a bit stands for each.
struct Overlap {
    shared: usize,
    weight_shared: f32,
    /// Of what is shared, forms of one word at their full weight.
    weight_all: f32,
    only_a: u64,
    only_b: u64,
}

impl Overlap {
    fn of(a: &Reading, b: &Weighed<'_>, rarity: &impl Rarity) -> Self {
        let mut found = Self { shared: 0, weight_shared: 0.0, weight_all: 0.0, only_a: 0, only_b: 0 };
        let (x, y) = (&a.title, &b.reading.title);
        let (mut at, mut other) = (0, 0);
        while at < x.len() || other < y.len() {
            let (left, right) = (x.get(at).map(|it| it.term), y.get(other).map(|it| it.term));
            if left == right {
                found.shared += 1;
                found.weight_shared += b.title[other];
                at += 1;
                other += 1;
            } else if right.is_none_or(|right| left.is_some_and(|left| left < right)) {
                found.only_a |= 1 << at;
                at += 1;
            } else {
                found.only_b |= 1 << other;
                other += 1;
            }
        }
        found.weight_all = found.weight_shared;
        for (at, x) in of_bits(&a.title, found.only_a) {
            let is_form = |y: &TitleTerm| x.head == y.head && y.class != Class::Place;
            if x.head == 0 || x.class == Class::Place {
                continue;
            }
            if let Some((other, _)) = of_bits(y, found.only_b).find(|it| is_form(it.1)) {
                let weight = (rarity.in_titles(x.term) + b.title[other]) / 2.0;
                found.shared += 1;
                found.weight_shared += FORM * weight;
                found.weight_all += weight;
                found.only_a &= !(1 << at);
                found.only_b &= !(1 << other);
            }
        }
        found
    }

    /// Terms of either headline, those they share counted once.
    fn all(&self) -> usize {
        self.shared + (self.only_a.count_ones() + self.only_b.count_ones()) as usize
    }

    fn score(&self, weight_all: f32, letters: f32) -> f32 {
        0.4 * ratio(self.weight_shared, weight_all)
            + 0.2 * ratio(self.shared as f32, self.all() as f32)
            + 0.2 * letters
            + 0.2 * (self.shared.min(6) as f32 / 6.0)
    }

    /// At least the likeness of the headlines, known before anything else is compared.
    fn score_max(&self, b: &Weighed<'_>) -> f32 {
        let others: f32 = of_bits(&b.title, self.only_b).map(|it| it.1).sum();
        self.score(self.weight_all + others, 1.0)
    }

    fn likeness(&self, a: &Reading, b: &Weighed<'_>, rarity: &impl Rarity) -> TitleLikeness {
        let others = of_bits(&a.title, self.only_a).map(|it| rarity.in_titles(it.1.term));
        let others: f32 = others.chain(of_bits(&b.title, self.only_b).map(|it| *it.1)).sum();
        let b = b.reading;
        let letters = common(&a.trigrams, &b.trigrams);
        let letters = ratio(letters as f32, (a.trigrams.len() + b.trigrams.len() - letters) as f32);
        let (only_a, only_b) = (|| of_bits(&a.title, self.only_a), || of_bits(&b.title, self.only_b));
        let both =
            |class: Class| only_a().any(|it| it.1.class == class) && only_b().any(|it| it.1.class == class);
        let numbers = number::differ(&a.numbers, &b.numbers);
        let places = both(Class::Place);
        let opposite =
            both(Class::Opposable) && only_a().any(|x| only_b().any(|y| is_opposite(x.1.term, y.1.term)));
        let penalty = 0.2 * f32::from(numbers)
            + 0.35 * f32::from(places)
            + 0.2 * f32::from(both(Class::Day))
            + 0.4 * f32::from(opposite);
        let score = self.score(self.weight_all + others, letters) - penalty;
        TitleLikeness { score, is_contradicted: numbers || places || opposite }
    }
}

fn ratio(part: f32, whole: f32) -> f32 {
    if whole <= 0.0 { 0.0 } else { part / whole }
}

/// The members of a list whose bits are set, with their places.
fn of_bits<T>(list: &[T], mut bits: u64) -> impl Iterator<Item = (usize, &T)> {
    std::iter::from_fn(move || {
        let at = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        Some((at, list.get(at)?))
    })
}

/// Compares two headlines: the shared part of their words by weight and by number, of their
/// letters, and how many words they share at all.
pub(super) fn titles(a: &Reading, b: &Weighed<'_>, rarity: &impl Rarity) -> TitleLikeness {
    Overlap::of(a, b, rarity).likeness(a, b, rarity)
}

/// Whether two entries are one story, and by which evidence. What is cheap to know is
/// asked first: most pairs share two words and nothing else.
pub(super) fn same_event(a: &Reading, b: &Weighed<'_>, rarity: &impl Rarity) -> Option<Evidence> {
    let (weighed, b) = (b, b.reading);
    if a.is_alone || b.is_alone || a.is_series || b.is_series {
        return None;
    }
    let apart = a.published.since(b.published).max(b.published.since(a.published));
    let hours = apart.as_secs_f32() / 3_600.0;
    let overlap = Overlap::of(a, weighed, rarity);
    let title_max = overlap.score_max(weighed) + ROUNDING;
    if a.publisher == b.publisher && title_max < TITLE_OF_ONE_PUBLISHER {
        return None;
    }
    let has_texts = a.has_text && b.has_text;
    let (of_a, names) = weighed.of_kind(a, Mark::is_name);
    let names_of = of_a.min(weighed.names);
    // One name of one is less than four of five.
    let named = names as f32 / (names_of + 1) as f32;
    let evidence = |title: f32, text: f32| 0.6 * title + 0.6 * text + 0.15 * named - LOST_PER_HOUR * hours;
    if has_texts {
        let text_max = weighed.text_max(a) + ROUNDING;
        if names == 0 && 0 < names_of
            || evidence(title_max, text_max) < EVIDENCE
            || title_max < TITLE_MIN && text_max < TEXT_ALONE
        {
            return None;
        }
    } else if overlap.shared < SHARED_TERMS_MIN || title_max - LOST_PER_HOUR * hours < TITLE_ALONE {
        return None;
    }
    let title = overlap.likeness(a, weighed, rarity);
    if a.publisher == b.publisher && title.score < TITLE_OF_ONE_PUBLISHER {
        return None;
    }
    if title.is_contradicted {
        let (of_a, lead) = weighed.of_kind(a, Mark::is_in_lead);
        let of_b = b.marks.iter().filter(|it| it.is_in_lead()).count();
        if lead <= 1 || (lead as f32) < LEAD_AGREES * of_a.max(of_b) as f32 {
            return None;
        }
    }
    if !has_texts {
        let is_enough = TITLE_ALONE <= title.score - LOST_PER_HOUR * hours;
        return is_enough.then_some(Evidence {
            score: title.score,
            title: title.score,
            text: None,
            names: (0, 0),
        });
    }
    let text = texts(a, weighed, rarity);
    let score = evidence(title.score, text);
    let is_enough = EVIDENCE <= score && (TITLE_MIN <= title.score || TEXT_ALONE <= text);
    is_enough.then_some(Evidence { score, title: title.score, text: Some(text), names: (names, names_of) })
}

/// Cosine of two texts, terms weighted by their rarity.
pub(super) fn texts(a: &Reading, b: &Weighed<'_>, rarity: &impl Rarity) -> f32 {
    let (mut dot, mut square) = (0.0, 0.0);
    for (term, mark) in a.marked() {
        let place = b.place(term);
        let x = mark.weight() * rarity.in_texts(term);
        square += x * x;
        dot += place.map_or(0.0, |at| x * b.body[at]);
    }
    if square * b.square <= 0.0 { 0.0 } else { dot / (square * b.square).sqrt() }
}

/// How many members two sorted lists of distinct numbers have in common.
fn common(a: &[u16], b: &[u16]) -> usize {
    let (mut at, mut other, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(at), b.get(other)) {
        count += usize::from(x == y);
        at += usize::from(x <= y);
        other += usize::from(y <= x);
    }
    count
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "title {:.2}", self.title)?;
        if let Some(text) = self.text {
            write!(f, ", text {text:.2}, {} of {} names", self.names.0, self.names.1)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::cluster::reading::Article;
    use crate::cluster::term::Terms;
    use crate::domain::Timestamp;

    use super::*;

    /// Some words are rarer than others.
    struct ByTerm;

    impl Rarity for ByTerm {
        fn in_titles(&self, term: Term) -> f32 {
            (term % 7) as f32
        }

        fn in_texts(&self, term: Term) -> f32 {
            (term % 5) as f32
        }
    }

    fn words(max: usize) -> impl Strategy<Value = String> {
        const WORDS: [&str; 17] = [
            "opens",
            "closes",
            "opening",
            "Syria",
            "Libyan",
            "Monday",
            "Tuesday",
            "12",
            "3",
            "ferry",
            "ferries",
            "harbour",
            "investors",
            "investment",
            "ships",
            "the",
            "gantry",
        ];
        let word = prop::sample::select(&WORDS[..]);
        prop::collection::vec(word, 0..max).prop_map(|it| it.join(" "))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn bounds_are_never_below_what_they_bound(
            (title, other_title) in (words(12), words(12)),
            (text, other_text) in (words(80), words(80)),
        ) {
            let mut terms = Terms::default();
            let mut read = |title: &str, text: &str| {
                let published = Timestamp::default();
                Reading::of(&Article { publisher: "", title, text, published, is_alone: false }, &mut terms)
            };
            let (a, b) = (read(&title, &text), read(&other_title, &other_text));
            let weighed = Weighed::new(&b, &ByTerm);
            let overlap = Overlap::of(&a, &weighed, &ByTerm);
            prop_assert!(titles(&a, &weighed, &ByTerm).score <= overlap.score_max(&weighed) + ROUNDING);
            prop_assert!(texts(&a, &weighed, &ByTerm) <= weighed.text_max(&a) + ROUNDING);
        }
    }
}
