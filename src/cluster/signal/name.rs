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
