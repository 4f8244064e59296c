//! Which names both entries have.

use crate::cluster::likeness::ratio;
use crate::cluster::pair::Pair;

pub(super) fn share_of_smaller(it: &Pair<'_>) -> f32 {
    ratio(it.shared.names_weight, it.a.names.min(it.b.names))
}

pub(super) fn share_of_larger(it: &Pair<'_>) -> f32 {
    ratio(it.shared.names_weight, it.a.names.max(it.b.names))
}

pub(super) fn share_of_leads(it: &Pair<'_>) -> f32 {
    ratio(it.shared.lead_names_weight, it.a.lead_names.min(it.b.lead_names))
}

/// The names of a headline that the other entry does not have, by weight: the smaller sum of both.
pub(super) fn unfound_less(it: &Pair<'_>) -> f32 {
    let (of_a, of_b) = unfound(it);
    of_a.min(of_b)
}

/// The larger.
pub(super) fn unfound_more(it: &Pair<'_>) -> f32 {
    let (of_a, of_b) = unfound(it);
    of_a.max(of_b)
}

fn unfound(it: &Pair<'_>) -> (f32, f32) {
    let (of_a, of_b) = it.shared.title_names_in_other;
    ((it.a.title_names - of_a).max(0.0), (it.b.title_names - of_b).max(0.0))
}
