//! How likely an editor prints a phrase of a story as its topic: a logistic regression over
//! the hashed features of a candidate.

use super::candidate::BUCKETS;
use super::candidate::Candidate;

/// Bias and weights by bucket.
#[derive(Clone, Debug)]
pub struct PhraseTable {
    bias: f32,
    /// What a step of a weight is worth.
    scale: f32,
    weights: Vec<i8>,
}

impl PhraseTable {
    /// Packs a bias and a weight for each bucket.
    pub fn pack(bias: f32, weights: &[f32]) -> Self {
        let largest = weights.iter().fold(0.0_f32, |largest, it| largest.max(it.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        Self { bias, scale, weights: weights.iter().map(|it| (it / scale).round() as i8).collect() }
    }

    /// The bytes of the table: bias, scale (little-endian), weights.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.bias.to_le_bytes().to_vec();
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.weights.iter().map(|it| it.cast_unsigned()));
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` where the length is another.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (bias, rest) = bytes.split_first_chunk()?;
        let (scale, rest) = rest.split_first_chunk()?;
        (rest.len() == BUCKETS).then(|| Self {
            bias: f32::from_le_bytes(*bias),
            scale: f32::from_le_bytes(*scale),
            weights: rest.iter().map(|it| it.cast_signed()).collect(),
        })
    }

    /// The probability that the phrase is a topic.
    pub fn probability(&self, candidate: &Candidate) -> f32 {
        let value = value_of_each(candidate.features.len());
        let sum: f32 = candidate.features.iter().map(|it| f32::from(self.weights[usize::from(*it)])).sum();
        1.0 / (1.0 + (-(self.bias + self.scale * value * sum)).exp())
    }
}

/// The value of each of so many features, so that their squares add up to 1.
pub fn value_of_each(features: usize) -> f32 {
    1.0 / (features.max(1) as f32).sqrt()
}
