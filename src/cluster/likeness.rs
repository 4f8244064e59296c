//! How much two entries are alike, and whether that makes them one story.

use std::fmt;

use super::number;
use super::reading::Reading;
use super::term::Term;
use super::term::is_day;
use super::term::is_opposite;
use super::term::is_place;

/// Likeness of headlines that alone makes two entries one story.
const TITLE_ALONE: f32 = 0.50;
/// Terms that headlines which alone decide must share.
const SHARED_TERMS_MIN: usize = 3;
/// What a publisher's own two entries must reach: it tells an event once, then what follows.
const TITLE_OF_ONE_PUBLISHER: f32 = 0.80;
/// Share of a lead's words from which on two leads tell the same, whatever their numbers.
const LEAD_AGREES: f32 = 0.80;
/// Evidence of headline, text and names together that makes two entries one story.
const EVIDENCE: f32 = 0.47;
/// What each hour between them takes from it: an event is told within hours, and what
/// follows from it in the same words a day later.
const EVIDENCE_LOST_PER_HOUR: f32 = 0.007;
/// The same where headlines alone decide.
const TITLE_LOST_PER_HOUR: f32 = 0.001;
/// Without at least one of these no other evidence counts.
const TITLE_MIN: f32 = 0.20;
const TEXT_ALONE: f32 = 0.60;
/// What two forms of a word count of one.
const FORM: f32 = 0.8;

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
    /// Terms they share.
    pub(super) shared: usize,
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

/// Compares two headlines: the shared part of their words by weight and by number, of their
/// letters, and how many words they share at all.
pub(super) fn titles(a: &Reading, b: &Reading, rarity: &impl Rarity) -> TitleLikeness {
    let (mut shared, mut weight_shared, mut weight_all) = (0, 0.0, 0.0);
    let is_in = |all: &Reading, term: Term| all.title.binary_search(&term).is_ok();
    let others = |of: &Reading, not: &Reading| -> Vec<(Term, u32)> {
        of.title.iter().copied().zip(of.heads.iter().copied()).filter(|it| !is_in(not, it.0)).collect()
    };
    for term in a.title.iter().filter(|it| is_in(b, **it)) {
        shared += 1;
        weight_shared += rarity.in_titles(*term);
    }
    weight_all += weight_shared;
    let (mut only_a, mut only_b) = (others(a, b), others(b, a));
    only_a.retain(|x| {
        let form = only_b.iter().position(|y| x.1 != 0 && x.1 == y.1 && !is_place(x.0) && !is_place(y.0));
        let Some(form) = form else { return true };
        let other = only_b.remove(form);
        let weight = (rarity.in_titles(x.0) + rarity.in_titles(other.0)) / 2.0;
        shared += 1;
        weight_shared += FORM * weight;
        weight_all += weight;
        false
    });
    weight_all += only_a.iter().chain(&only_b).map(|it| rarity.in_titles(it.0)).sum::<f32>();
    let all = shared + only_a.len() + only_b.len();
    let ratio = |part: f32, whole: f32| if whole <= 0.0 { 0.0 } else { part / whole };
    let letters = common(&a.trigrams, &b.trigrams);
    let letters = ratio(letters as f32, (a.trigrams.len() + b.trigrams.len() - letters) as f32);
    let both = |is: fn(Term) -> bool| only_a.iter().any(|it| is(it.0)) && only_b.iter().any(|it| is(it.0));
    let numbers = number::differ(&a.numbers, &b.numbers);
    let places = both(is_place);
    let opposite = only_a.iter().any(|x| only_b.iter().any(|y| is_opposite(x.0, y.0)));
    let penalty = 0.2 * f32::from(numbers)
        + 0.35 * f32::from(places)
        + 0.2 * f32::from(both(is_day))
        + 0.4 * f32::from(opposite);
    let score = 0.4 * ratio(weight_shared, weight_all)
        + 0.2 * ratio(shared as f32, all as f32)
        + 0.2 * letters
        + 0.2 * (shared.min(6) as f32 / 6.0)
        - penalty;
    TitleLikeness { score, shared, is_contradicted: numbers || places || opposite }
}

/// Whether two entries are one story, and by which evidence.
pub(super) fn same_event(a: &Reading, b: &Reading, rarity: &impl Rarity) -> Option<Evidence> {
    if a.is_alone || b.is_alone || a.is_series || b.is_series {
        return None;
    }
    let title = titles(a, b, rarity);
    let (names, lead) = (common(&a.names, &b.names), common(&a.lead, &b.lead));
    let names_of = a.names.len().min(b.names.len());
    let is_same_lead = 1 < lead && LEAD_AGREES * a.lead.len().max(b.lead.len()) as f32 <= lead as f32;
    if title.is_contradicted && !is_same_lead {
        return None;
    }
    if a.publisher == b.publisher && title.score < TITLE_OF_ONE_PUBLISHER {
        return None;
    }
    let apart = a.published.since(b.published).max(b.published.since(a.published));
    let hours = apart.as_secs_f32() / 3_600.0;
    if !(a.has_text() && b.has_text()) {
        let is_enough =
            TITLE_ALONE <= title.score - TITLE_LOST_PER_HOUR * hours && SHARED_TERMS_MIN <= title.shared;
        return is_enough.then_some(Evidence {
            score: title.score,
            title: title.score,
            text: None,
            names: (0, 0),
        });
    }
    let text = texts(a, b, rarity);
    // One name of one is less than four of five.
    let named = names as f32 / (names_of + 1) as f32;
    let score = 0.6 * title.score + 0.6 * text + 0.15 * named - EVIDENCE_LOST_PER_HOUR * hours;
    let is_enough =
        EVIDENCE <= score && (TITLE_MIN <= title.score || TEXT_ALONE <= text) && (0 < names || names_of == 0);
    is_enough.then_some(Evidence { score, title: title.score, text: Some(text), names: (names, names_of) })
}

/// Cosine of two texts, terms weighted by their rarity.
pub(super) fn texts(a: &Reading, b: &Reading, rarity: &impl Rarity) -> f32 {
    let (mut dot, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    let (mut at, mut other) = (0, 0);
    while at < a.body.len() || other < b.body.len() {
        let (x, y) = (a.body.get(at), b.body.get(other));
        let term = match (x, y) {
            (Some(x), Some(y)) => x.0.min(y.0),
            (Some(x), None) => x.0,
            (None, Some(y)) => y.0,
            (None, None) => break,
        };
        let rare = rarity.in_texts(term);
        let weight = |it: Option<&(Term, f32)>| it.filter(|it| it.0 == term).map_or(0.0, |it| it.1 * rare);
        let (x, y) = (weight(x), weight(y));
        dot += x * y;
        of_a += x * x;
        of_b += y * y;
        at += usize::from(a.body.get(at).is_some_and(|it| it.0 == term));
        other += usize::from(b.body.get(other).is_some_and(|it| it.0 == term));
    }
    if of_a * of_b <= 0.0 { 0.0 } else { dot / (of_a * of_b).sqrt() }
}

enum Side {
    A,
    B,
    Both,
}

/// Walks two sorted lists of distinct terms at once.
fn merge(a: &[Term], b: &[Term], mut visit: impl FnMut(Term, Side)) {
    let (mut at, mut other) = (0, 0);
    loop {
        match (a.get(at), b.get(other)) {
            (Some(x), Some(y)) if x == y => {
                visit(*x, Side::Both);
                at += 1;
                other += 1;
            }
            (Some(x), y) if y.is_none_or(|y| x < y) => {
                visit(*x, Side::A);
                at += 1;
            }
            (_, Some(y)) => {
                visit(*y, Side::B);
                other += 1;
            }
            _ => return,
        }
    }
}

/// How many members two sorted lists have in common.
pub(super) fn common(a: &[u32], b: &[u32]) -> usize {
    let mut count = 0;
    merge(a, b, |_, side| count += usize::from(matches!(side, Side::Both)));
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
