//! Which topics of a taxonomy an English text is about, as editors' labels taught.
//!
//! For each topic a logistic regression over the TF-IDF weights of hashed word stems and over how
//! often its own terms occur. The table holds weights by slug and no text; only the strongest
//! weights of a topic are kept.

use crate::curate::audience::BUCKETS;
use crate::curate::audience::StemCounts;
use crate::curate::audience::idf;
use crate::domain::Slug;

/// Weights that are kept of a topic.
const WEIGHTS_MAX: usize = 400;
/// How the own terms of a topic occur: steps of their number.
pub const OWN_TERMS: usize = 6;

/// What the words of an English story weigh.
#[derive(Clone, Debug)]
pub struct WeighedWords(Vec<(u16, f32)>);

impl WeighedWords {
    /// Weighs the words of a title and its texts.
    pub fn of<'a>(title: &str, texts: impl Iterator<Item = &'a str>) -> Self {
        Self(StemCounts::count(title, texts).weigh(idf))
    }

    /// The case of one topic whose own terms occur so: word weights, then own terms behind them.
    /// Sorted by bucket.
    pub fn case(&self, own: [bool; OWN_TERMS]) -> impl Iterator<Item = (u16, f32)> {
        let own = (0..OWN_TERMS).filter(move |at| own[*at]).map(|at| ((BUCKETS + at) as u16, OWN_VALUE));
        self.0.iter().copied().chain(own)
    }
}

/// The value of an own term's step, beside word weights whose squares add up to 1.
const OWN_VALUE: f32 = 0.4;

/// How the own terms of a topic occur in a title, and in a text of so many words.
pub fn own_terms(in_title: usize, in_text: usize, words: usize) -> [bool; OWN_TERMS] {
    let share = in_text as f32 / words.max(1) as f32;
    [in_title != 0, 1 <= in_text, 2 <= in_text, 4 <= in_text, 0.005 <= share, 0.015 <= share]
}

/// What was learned of each topic, by slug.
#[derive(Clone, Debug, Default)]
pub struct SubjectTable {
    subjects: Vec<Subject>,
}

#[derive(Clone, Debug)]
struct Subject {
    slug: String,
    bias: f32,
    /// What a step of a weight is worth.
    scale: f32,
    /// Sorted by bucket.
    weights: Vec<(u16, i8)>,
}

impl SubjectTable {
    /// Adds a topic with its bias and a weight for each bucket.
    pub fn push(&mut self, slug: &Slug, bias: f32, weights: &[f32]) {
        let mut strongest: Vec<(u16, f32)> =
            (0..).zip(weights.iter().copied()).filter(|it| it.1 != 0.0).collect();
        strongest.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        // The own terms count whatever they weigh.
        let is_own = |it: &(u16, f32)| BUCKETS <= usize::from(it.0);
        let own: Vec<(u16, f32)> = strongest.iter().copied().filter(is_own).collect();
        strongest.truncate(WEIGHTS_MAX);
        strongest.retain(|it| !is_own(it));
        strongest.extend(own);
        let largest = strongest.iter().fold(0.0_f32, |largest, it| largest.max(it.1.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let mut weights: Vec<(u16, i8)> =
            strongest.into_iter().map(|it| (it.0, (it.1 / scale).round() as i8)).collect();
        weights.sort_unstable();
        self.subjects.push(Subject { slug: slug.as_str().to_owned(), bias, scale, weights });
    }

    /// Whether the topic was learned.
    pub fn knows(&self, slug: &Slug) -> bool {
        self.subjects.iter().any(|it| it.slug == slug.as_str())
    }

    /// The probability that a story is about a topic whose own terms occur so; `None` of a topic
    /// that was not learned.
    pub fn probability(&self, slug: &Slug, story: &WeighedWords, own: [bool; OWN_TERMS]) -> Option<f32> {
        let subject = self.subjects.iter().find(|it| it.slug == slug.as_str())?;
        let mut weights = subject.weights.iter().peekable();
        let mut sum = 0.0;
        // Both are sorted.
        for (bucket, value) in story.case(own) {
            while weights.next_if(|it| it.0 < bucket).is_some() {}
            if let Some((_, weight)) = weights.next_if(|it| it.0 == bucket) {
                sum += f32::from(*weight) * value;
            }
        }
        Some(1.0 / (1.0 + (-(subject.bias + subject.scale * sum)).exp()))
    }

    /// The bytes of the table, each topic: length of the slug, slug, bias, scale, number of
    /// weights, weights (all little-endian).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for it in &self.subjects {
            bytes.push(it.slug.len() as u8);
            bytes.extend(it.slug.bytes());
            bytes.extend(it.bias.to_le_bytes());
            bytes.extend(it.scale.to_le_bytes());
            bytes.extend((it.weights.len() as u16).to_le_bytes());
            for (bucket, weight) in &it.weights {
                bytes.extend(bucket.to_le_bytes());
                bytes.push(weight.cast_unsigned());
            }
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` where it is cut.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut subjects = Vec::new();
        while let Some((length, rest)) = bytes.split_first() {
            let (slug, rest) = rest.split_at_checked(usize::from(*length))?;
            let (bias, rest) = rest.split_first_chunk()?;
            let (scale, rest) = rest.split_first_chunk()?;
            let (count, rest) = rest.split_first_chunk()?;
            let (weights, rest) = rest.split_at_checked(3 * usize::from(u16::from_le_bytes(*count)))?;
            subjects.push(Subject {
                slug: std::str::from_utf8(slug).ok()?.to_owned(),
                bias: f32::from_le_bytes(*bias),
                scale: f32::from_le_bytes(*scale),
                weights: weights
                    .chunks_exact(3)
                    .map(|it| (u16::from_le_bytes([it[0], it[1]]), it[2].cast_signed()))
                    .collect(),
            });
            bytes = rest;
        }
        Some(Self { subjects })
    }
}
