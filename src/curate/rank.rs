//! Scores sentences for a summary, and picks those that say most without repeating.

use super::reading::MemberSentence;
use super::stems::Stem;

/// Sentences of one text that compete for the summary.
const PER_MEMBER_MAX: usize = 60;
/// Sentences of all members that compete.
const IN_ALL_MAX: usize = 160;
const PAGE_RANK_ROUNDS: usize = 20;
const DAMPING: f64 = 0.85;

/// What each feature counts. Measured on news with editors' highlights.
struct FeatureWeights {
    position: f64,
    first: f64,
    title: f64,
    centroid: f64,
    text_rank: f64,
    frequency: f64,
    long: f64,
    short: f64,
    quotation: f64,
    numbers: f64,
    /// How much likeness to what is already picked costs.
    repetition: f64,
}

/// With a title, which says what the text is about.
const TITLED: FeatureWeights = FeatureWeights {
    position: 1.19,
    first: -0.71,
    title: 0.42,
    centroid: 0.13,
    text_rank: 0.61,
    frequency: 1.09,
    long: -0.82,
    short: -0.15,
    quotation: -0.93,
    numbers: 0.25,
    repetition: 0.63,
};

/// Without one, the lead has to say it.
const UNTITLED: FeatureWeights = FeatureWeights {
    position: 1.5,
    first: 1.0,
    title: 0.0,
    centroid: 0.4,
    text_rank: 0.6,
    frequency: 0.6,
    long: -1.0,
    short: -0.4,
    quotation: -0.3,
    numbers: 0.0,
    repetition: 0.3,
};

/// What a sentence counts more that also stands in the publisher's own few lines about the article.
const STANDFIRST: f64 = 0.6;

/// What another publisher's sentence lacks against the primary's.
const NOT_PRIMARY: f64 = -0.8;

/// Sentences that compete, with their scores.
pub(super) struct Ranking {
    /// Positions in the given sentences.
    pub candidates: Vec<usize>,
    scores: Vec<f64>,
    vectors: Vec<Vec<(Stem, f64)>>,
    repetition: f64,
}

/// Scores the sentences; `title` are the title's stems, `stems` how many stems there are.
pub(super) fn rank(sentences: &[MemberSentence], title: &[(Stem, u32)], stems: usize) -> Ranking {
    let weights = if title.is_empty() { &UNTITLED } else { &TITLED };
    let candidates: Vec<usize> = (0..sentences.len())
        .filter(|at| sentences[*at].place.is_some_and(|place| place < PER_MEMBER_MAX))
        .take(IN_ALL_MAX)
        .collect();
    let n = candidates.len() as f64;

    let (mut term, mut document) = (vec![0u32; stems], vec![0u32; stems]);
    for at in &candidates {
        for (stem, count) in &sentences[*at].stems {
            term[*stem as usize] += count;
            document[*stem as usize] += 1;
        }
    }
    let all: f64 = f64::from(term.iter().sum::<u32>()).max(1.0);
    let rarities: Vec<f64> =
        (0..=candidates.len()).map(|sentences| (1.0 + n / sentences.max(1) as f64).ln()).collect();
    let rarity = |stem: Stem| rarities[document[stem as usize] as usize];
    let norm: f64 = term.iter().filter(|it| 1 < **it).map(|it| f64::from(it * it)).sum::<f64>().sqrt();

    let vectors: Vec<Vec<(Stem, f64)>> =
        candidates.iter().map(|at| unit_vector(&sentences[*at].stems, rarity)).collect();
    let central = page_rank(&vectors, stems);

    let title_weight: f64 = title.iter().map(|it| rarity(it.0)).sum();
    let primary = sentences.first().map_or(0, |it| it.member);
    let scores = candidates
        .iter()
        .enumerate()
        .map(|(c, at)| {
            let it = &sentences[*at];
            let place = it.place.unwrap_or(PER_MEMBER_MAX);
            let holds = |stem: Stem| it.stems.binary_search_by_key(&stem, |it| it.0).is_ok();
            let distinct = it.stems.len().max(1) as f64;
            let words = it.words as f64;
            let in_title: f64 = title.iter().filter(|t| holds(t.0)).map(|t| rarity(t.0)).sum();
            let shared: f64 =
                it.stems.iter().map(|s| term[s.0 as usize]).filter(|tf| 1 < *tf).map(f64::from).sum();
            let mean_share =
                it.stems.iter().map(|s| f64::from(term[s.0 as usize]) / all).sum::<f64>() / distinct;
            let is_quotation = it.text.starts_with(['"', '“', '‘', '\''])
                || 2 <= it.text.chars().filter(|c| matches!(c, '"' | '“' | '”')).count();
            let numbers =
                it.text.split_whitespace().filter(|it| it.contains(|c: char| c.is_ascii_digit())).count();
            weights.position * (-(place as f64) / 3.0).exp()
                + weights.first * is(place == 0)
                + weights.title * in_title / title_weight.max(f64::MIN_POSITIVE)
                + weights.centroid * shared / (norm * distinct.sqrt()).max(1.0)
                + weights.text_rank * central[c]
                + weights.frequency * mean_share * 20.0
                + weights.long * ((words - 35.0) / 20.0).max(0.0)
                + weights.short * is(words < 8.0)
                + weights.quotation * is(is_quotation)
                + weights.numbers * numbers.min(3) as f64 / 3.0
                + STANDFIRST * is(it.is_standfirst)
                + NOT_PRIMARY * is(it.member != primary)
        })
        .collect();
    Ranking { candidates, scores, vectors, repetition: weights.repetition }
}

/// The TF-IDF vector of a sentence, of length 1.
fn unit_vector(stems: &[(Stem, u32)], rarity: impl Fn(Stem) -> f64) -> Vec<(Stem, f64)> {
    let mut vector: Vec<(Stem, f64)> =
        stems.iter().map(|(stem, count)| (*stem, f64::from(*count) * rarity(*stem))).collect();
    let length = vector.iter().map(|it| it.1 * it.1).sum::<f64>().sqrt();
    vector.iter_mut().for_each(|it| it.1 /= length.max(f64::MIN_POSITIVE));
    vector
}

impl Ranking {
    /// The candidates that are not `taken` (positions in `candidates`), likeness to those held
    /// against them, with their scores, best first and the earlier of equals.
    pub(super) fn without(&self, taken: &[usize]) -> Vec<(f64, usize)> {
        let score = |at: usize| {
            let likeness = taken.iter().map(|t| self.likeness(at, *t)).fold(0.0, f64::max);
            self.scores[at] - self.repetition * likeness
        };
        let left = (0..self.candidates.len()).filter(|at| !taken.contains(at));
        let mut scored: Vec<(f64, usize)> = left.map(|at| (score(at), at)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored
    }

    /// Cosine of two candidates.
    pub(super) fn likeness(&self, a: usize, b: usize) -> f64 {
        dot(&self.vectors[a], &self.vectors[b])
    }
}

/// Centrality of each sentence in the graph of likeness, 1 on average (TextRank).
fn page_rank(vectors: &[Vec<(Stem, f64)>], stems: usize) -> Vec<f64> {
    let n = vectors.len();
    let mut edges = vec![0.0; n * n];
    let mut row = vec![0.0; stems];
    for (a, vector) in vectors.iter().enumerate() {
        vector.iter().for_each(|(stem, weight)| row[*stem as usize] = *weight);
        for (b, other) in vectors.iter().enumerate().skip(a + 1) {
            let likeness: f64 = other.iter().map(|(stem, weight)| weight * row[*stem as usize]).sum();
            edges[a * n + b] = likeness;
            edges[b * n + a] = likeness;
        }
        vector.iter().for_each(|(stem, _)| row[*stem as usize] = 0.0);
    }
    let out: Vec<f64> = (0..n).map(|a| edges[a * n..(a + 1) * n].iter().sum()).collect();
    let mut rank = vec![1.0; n];
    for _ in 0..PAGE_RANK_ROUNDS {
        let shares: Vec<f64> =
            rank.iter().zip(&out).map(|(r, o)| if 0.0 < *o { r / o } else { 0.0 }).collect();
        for (b, rank) in rank.iter_mut().enumerate() {
            let flow: f64 = edges[b * n..(b + 1) * n].iter().zip(&shares).map(|(e, s)| e * s).sum();
            *rank = (1.0 - DAMPING) + DAMPING * flow;
        }
    }
    rank
}

fn dot(a: &[(Stem, f64)], b: &[(Stem, f64)]) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += a[i].1 * b[j].1;
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

fn is(fact: bool) -> f64 {
    f64::from(u8::from(fact))
}
