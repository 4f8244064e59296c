//! Entries as TF-IDF vectors, and what two of them share.

use super::features::EntryFeatures;
use super::idf::Idf;
use super::term_flags::TermFlags;

/// Shared terms of a pair that are looked at one by one, the rarest first.
const RAREST: usize = 8;

/// An entry as a TF-IDF vector, computed once for all that it is compared with.
pub(super) struct TfIdfVector<'a> {
    pub(super) features: &'a EntryFeatures,
    /// Rarity of each term of headline and text, and of each of the headline.
    pub(super) all: Vec<f32>,
    pub(super) title: Vec<f32>,
    pub(super) figures: Vec<f32>,
    /// Lengths of headline, lead and text as vectors.
    pub(super) title_length: f32,
    pub(super) lead_length: f32,
    pub(super) text_length: f32,
    /// Sums of rarities: of all terms, of the names, and of the lead's names.
    pub(super) sum: f32,
    pub(super) names: f32,
    pub(super) lead_names: f32,
    pub(super) title_sum: f32,
    pub(super) lead_sum: f32,
    /// Of the names of the headline.
    pub(super) title_names: f32,
}

impl<'a> TfIdfVector<'a> {
    pub(super) fn new(features: &'a EntryFeatures, idf: &impl Idf) -> Self {
        let all: Vec<f32> = features.terms().iter().map(|it| idf.of(*it)).collect();
        let mut found = Self {
            features,
            title: Vec::with_capacity(features.title.len()),
            figures: features.figures().iter().map(|it| idf.of(*it)).collect(),
            title_length: 0.0,
            lead_length: 0.0,
            text_length: 0.0,
            sum: 0.0,
            names: 0.0,
            lead_names: 0.0,
            title_sum: 0.0,
            lead_sum: 0.0,
            title_names: 0.0,
            all: Vec::new(),
        };
        for ((_, mark), weight) in features.marked().zip(&all) {
            let square = weight * weight;
            found.text_length += square * mark.weight() * mark.weight();
            found.sum += weight;
            if mark.is_in_title() {
                found.title.push(*weight);
                found.title_length += square;
                found.title_sum += weight;
                found.title_names += if mark.is_name() { *weight } else { 0.0 };
            }
            if mark.is_in_lead() {
                found.lead_length += square;
                found.lead_sum += weight;
            }
            if mark.is_name() {
                found.names += weight;
                found.lead_names += if mark.is_in_lead() || mark.is_in_title() { *weight } else { 0.0 };
            }
        }
        found.title_length = found.title_length.sqrt();
        found.lead_length = found.lead_length.sqrt();
        found.text_length = found.text_length.sqrt();
        found.all = all;
        found
    }
}

/// What the shared terms of a pair sum up to.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) title: f32,
    pub(super) title_weight: f32,
    pub(super) lead: f32,
    pub(super) text: f32,
    pub(super) title_in_lead: (f32, f32),
    pub(super) title_in_other: (f32, f32),
    pub(super) weight: f32,
    pub(super) names: f32,
    pub(super) names_weight: f32,
    pub(super) title_names: f32,
    /// The weight of the lead of each that the other has.
    pub(super) lead_in_other: (f32, f32),
    /// The weight of the names of each headline that the other has.
    pub(super) title_names_in_other: (f32, f32),
    /// The rarest name of each headline that headline or lead of the other has.
    pub(super) focus: (f32, f32),
    pub(super) lead_names: f32,
    pub(super) lead_names_weight: f32,
    /// The weights of the rarest terms that both have, the rarest first.
    pub(super) rarest: [f32; RAREST],
}

impl Shared {
    pub(super) fn of(a: &TfIdfVector<'_>, b: &TfIdfVector<'_>) -> Self {
        let (x, y) = (a.features.terms(), b.features.terms());
        let mut found = Self::default();
        let (mut at, mut other) = (0, 0);
        while at < x.len() && other < y.len() {
            if x[at] == y[other] {
                found.take(a, at, b, other);
                at += 1;
                other += 1;
            } else if x[at] < y[other] {
                at += 1;
            } else {
                other += 1;
            }
        }
        found
    }

    fn take(&mut self, a: &TfIdfVector<'_>, at: usize, b: &TfIdfVector<'_>, other: usize) {
        let (x, y) = (a.features.mark(at), b.features.mark(other));
        let weight = a.all[at];
        let square = weight * weight;
        self.weight += weight;
        self.text += square * x.weight() * y.weight();
        if x.is_in_title() && y.is_in_title() {
            self.title += square;
            self.title_weight += weight;
        }
        if x.is_in_lead() && y.is_in_lead() {
            self.lead += square;
        }
        self.lead_in_other.0 += if x.is_in_lead() { weight } else { 0.0 };
        self.lead_in_other.1 += if y.is_in_lead() { weight } else { 0.0 };
        if x.is_in_title() {
            self.title_in_other.0 += weight;
            self.title_in_lead.0 += if y.is_in_lead() { square } else { 0.0 };
        }
        if y.is_in_title() {
            self.title_in_other.1 += weight;
            self.title_in_lead.1 += if x.is_in_lead() { square } else { 0.0 };
        }
        if x.is_name() || y.is_name() {
            if x.is_name() && y.is_name() {
                self.names += 1.0;
                self.names_weight += weight;
            }
            if x.is_in_title() || y.is_in_title() {
                self.title_names += weight;
            }
            let is_early = |it: TermFlags| it.is_in_lead() || it.is_in_title();
            if x.is_in_title() && x.is_name() {
                self.title_names_in_other.0 += weight;
                self.focus.0 = if is_early(y) { self.focus.0.max(weight) } else { self.focus.0 };
            }
            if y.is_in_title() && y.is_name() {
                self.title_names_in_other.1 += weight;
                self.focus.1 = if is_early(x) { self.focus.1.max(weight) } else { self.focus.1 };
            }
            if is_early(x) && is_early(y) {
                self.lead_names += 1.0;
                self.lead_names_weight += weight;
            }
        }
        // Kept in order, the rarest first.
        let mut weight = weight;
        for rare in &mut self.rarest {
            if *rare < weight {
                std::mem::swap(rare, &mut weight);
            }
        }
    }
}
