//! What headlines, leads and texts have in common by their words.

use crate::cluster::likeness::common;
use crate::cluster::likeness::ratio;
use crate::cluster::pair::Pair;

pub(super) fn title_cosine(it: &Pair<'_>) -> f32 {
    ratio(it.shared.title, it.a.title_length * it.b.title_length)
}

pub(super) fn text_cosine(it: &Pair<'_>) -> f32 {
    ratio(it.shared.text, it.a.text_length * it.b.text_length)
}

/// The better of the cosines of either headline with the other's lead.
pub(super) fn title_against_lead(it: &Pair<'_>) -> f32 {
    let (of_a, of_b) = it.shared.title_in_lead;
    ratio(of_a, it.a.title_length * it.b.lead_length).max(ratio(of_b, it.a.lead_length * it.b.title_length))
}

/// The share of either headline that the other entry has, by weight: the larger.
pub(super) fn title_found_in_other(it: &Pair<'_>) -> f32 {
    let (of_a, of_b) = titles_found(it);
    of_a.max(of_b)
}

/// The smaller.
pub(super) fn title_found_in_other_less(it: &Pair<'_>) -> f32 {
    let (of_a, of_b) = titles_found(it);
    of_a.min(of_b)
}

pub(super) fn titles_found(it: &Pair<'_>) -> (f32, f32) {
    let (of_a, of_b) = it.shared.title_in_other;
    (ratio(of_a, it.a.title_sum), ratio(of_b, it.b.title_sum))
}

pub(super) fn weight_shared_of_smaller(it: &Pair<'_>) -> f32 {
    ratio(it.shared.weight, it.a.sum.min(it.b.sum))
}

/// Runs of quoted words.
pub(super) fn quoted_words_shared(it: &Pair<'_>) -> f32 {
    common(it.a.features.quoted(), it.b.features.quoted()) as f32
}

/// The share of either lead that the other entry has, by weight: the larger.
pub(super) fn lead_found_in_other(it: &Pair<'_>) -> f32 {
    let (of_a, of_b) = leads_found(it);
    of_a.max(of_b)
}

/// The smaller.
pub(super) fn lead_found_in_other_less(it: &Pair<'_>) -> f32 {
    let (of_a, of_b) = leads_found(it);
    of_a.min(of_b)
}

fn leads_found(it: &Pair<'_>) -> (f32, f32) {
    let (of_a, of_b) = it.shared.lead_in_other;
    (ratio(of_a, it.a.lead_sum), ratio(of_b, it.b.lead_sum))
}
