//! Two entries beside each other, and what the signals of the pair are made of.

use std::cmp::Ordering;

use super::features::EntryFeatures;
use super::features::EntryProfile;
use super::identifier;
use super::identifier::Identified;
use super::idf::DocumentFrequencies;
use super::idf::HeldTerm;
use super::idf::Idf;
use super::likeness;
use super::likeness::TitleLikeness;
use super::likeness::ratio;
use super::term_flags::TermFlags;
use super::tf_idf::Probe;
use super::tf_idf::Shared;
use super::tf_idf::TfIdfVector;

/// Two entries, and what several signals are made of.
pub(super) struct Pair<'a> {
    pub(super) a: TfIdfVector<'a>,
    pub(super) b: &'a TfIdfVector<'a>,
    pub(super) title: TitleLikeness,
    pub(super) shared: Shared,
    /// How many figures both have, and their weight.
    pub(super) figures_shared: (usize, f32),
    pub(super) identified: Identified,
}

impl<'a> Pair<'a> {
    /// An entry of the window beside another one.
    pub(super) fn of_held(
        (profile, terms): (&'a EntryProfile, &[HeldTerm]),
        other: &'a Probe<'a>,
        idf: &DocumentFrequencies,
    ) -> Self {
        let terms = terms.iter().map(|it| (idf.of_held(*it), it.flags(), other.flags(it.number())));
        Self::new(profile, terms, other)
    }

    /// Two entries that need not stand in the window.
    pub(super) fn of(
        a: &'a EntryFeatures,
        b: &'a EntryFeatures,
        other: &'a Probe<'a>,
        idf: &DocumentFrequencies,
    ) -> Self {
        let of_b = |term| Some(b.terms[b.terms.binary_search_by_key(&term, |it| it.0).ok()?].1);
        let terms = a.terms.iter().map(|(term, flags)| (idf.of(*term), *flags, of_b(*term)));
        Self::new(&a.profile, terms, other)
    }

    /// `terms` are those of the first entry, in their order: rarity, and flags in both.
    fn new(
        profile: &'a EntryProfile,
        terms: impl Iterator<Item = (f32, TermFlags, Option<TermFlags>)>,
        other: &'a Probe<'a>,
    ) -> Self {
        let mut shared = Shared::default();
        let terms = terms.map(|(weight, of_a, of_b)| {
            if let Some(of_b) = of_b {
                shared.take(weight, of_a, of_b);
            }
            (weight, of_a)
        });
        let (a, b) = (TfIdfVector::new(profile, terms), &other.vector);
        let letters = other.trigrams_shared(profile.trigrams());
        Self {
            title: likeness::titles((profile, a.title()), (b.features, b.title()), letters),
            shared,
            figures_shared: figures_shared(profile, other),
            identified: identifier::compare(&profile.identifiers, &b.features.identifiers),
            a,
            b,
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
        (of(&self.a), of(self.b))
    }
}

/// Shared figures of a pair: how many, and their weight.
fn figures_shared(a: &EntryProfile, other: &Probe<'_>) -> (usize, f32) {
    let (x, y) = (a.figures(), other.vector.features.figures());
    let (mut at, mut beside, mut count, mut weight) = (0, 0, 0, 0.0);
    while at < x.len() && beside < y.len() {
        if x[at] == y[beside] {
            count += 1;
            weight += other.figures[beside];
        }
        let is_ours = x[at] <= y[beside];
        let is_theirs = y[beside] <= x[at];
        at += usize::from(is_ours);
        beside += usize::from(is_theirs);
    }
    (count, weight)
}
