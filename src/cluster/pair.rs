//! Two entries beside each other, and what the signals of the pair are made of.

use std::cmp::Ordering;

use super::identifier;
use super::identifier::Identified;
use super::likeness;
use super::likeness::TitleLikeness;
use super::likeness::ratio;
use super::tf_idf::Shared;
use super::tf_idf::TfIdfVector;

/// Two entries, and what several signals are made of.
pub(super) struct Pair<'a> {
    pub(super) a: &'a TfIdfVector<'a>,
    pub(super) b: &'a TfIdfVector<'a>,
    pub(super) title: TitleLikeness,
    pub(super) shared: Shared,
    /// How many figures both have, and their weight.
    pub(super) figures_shared: (usize, f32),
    pub(super) identified: Identified,
}

impl<'a> Pair<'a> {
    pub(super) fn new(a: &'a TfIdfVector<'a>, b: &'a TfIdfVector<'a>) -> Self {
        Self {
            a,
            b,
            title: likeness::titles(a.features, &a.title, b.features, &b.title),
            shared: Shared::of(a, b),
            figures_shared: figures_shared(a, b),
            identified: identifier::compare(&a.features.identifiers, &b.features.identifiers),
        }
    }

    /// A figure of each entry, that of the earlier one first; both the greater where neither is earlier,
    /// so that it does not matter which is which.
    pub(super) fn in_time<T: Copy + PartialOrd>(&self, (of_a, of_b): (T, T)) -> (T, T) {
        let (a, b) = (self.a.features.published, self.b.features.published);
        let greater = if of_a < of_b { of_b } else { of_a };
        match a.cmp(&b) {
            Ordering::Less => (of_a, of_b),
            Ordering::Greater => (of_b, of_a),
            Ordering::Equal => (greater, greater),
        }
    }

    pub(super) fn lead_cosine(&self) -> f32 {
        ratio(self.shared.lead, self.a.lead_length * self.b.lead_length)
    }

    /// How many figures of each the other does not have.
    pub(super) fn figures_unshared(&self) -> (usize, usize) {
        let of = |it: &TfIdfVector<'_>| it.features.figures().len() - self.figures_shared.0;
        (of(self.a), of(self.b))
    }
}

/// Shared figures of a pair: how many, and their weight.
fn figures_shared(a: &TfIdfVector<'_>, b: &TfIdfVector<'_>) -> (usize, f32) {
    let (x, y) = (a.features.figures(), b.features.figures());
    let (mut at, mut other, mut count, mut weight) = (0, 0, 0, 0.0);
    while at < x.len() && other < y.len() {
        if x[at] == y[other] {
            count += 1;
            weight += a.figures[at];
        }
        let is_ours = x[at] <= y[other];
        let is_theirs = y[other] <= x[at];
        at += usize::from(is_ours);
        other += usize::from(is_theirs);
    }
    (count, weight)
}
