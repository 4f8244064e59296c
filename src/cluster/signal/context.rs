//! When, where and at what length both entries tell.

use crate::cluster::features::EntryProfile;
use crate::cluster::likeness::common;
use crate::cluster::likeness::flag;
use crate::cluster::likeness::ratio;
use crate::cluster::pair::Pair;

/// Hours that make no difference: an event and its neighbour are both told within a morning.
const HOURS_MIN: f32 = 6.0;

/// Links that count, of those that lead from both to further articles.
const LINKS_COUNTED_MAX: usize = 3;

/// Links that two entries share: one leads to the other, or both lead to a third place.
pub(super) fn links_shared(it: &Pair<'_>) -> f32 {
    let (a, b) = (it.a.features, it.b.features);
    let (of_a, of_b) = leads(it);
    flag(of_a) + flag(of_b) + common(a.links(), b.links()).min(LINKS_COUNTED_MAX) as f32
}

/// Whether each links to the other.
pub(super) fn leads(it: &Pair<'_>) -> (bool, bool) {
    let leads = |from: &EntryProfile, to: &EntryProfile| {
        to.address.is_some_and(|it| from.links().binary_search(&it).is_ok())
    };
    (leads(it.a.features, it.b.features), leads(it.b.features, it.a.features))
}

pub(super) fn hours_apart(it: &Pair<'_>) -> f32 {
    let (a, b) = (it.a.features.published, it.b.features.published);
    (a.since(b).max(b.since(a)).as_secs_f32() / 3_600.0).max(HOURS_MIN)
}

/// In words that were read.
pub(super) fn shorter_text(it: &Pair<'_>) -> f32 {
    f32::from(it.a.features.length.min(it.b.features.length))
}

pub(super) fn longer_text(it: &Pair<'_>) -> f32 {
    f32::from(it.a.features.length.max(it.b.features.length))
}

/// In terms.
pub(super) fn shorter_title(it: &Pair<'_>) -> f32 {
    it.a.features.title.len().min(it.b.features.title.len()) as f32
}

pub(super) fn same_publisher(it: &Pair<'_>) -> f32 {
    flag(it.a.features.publisher == it.b.features.publisher)
}

pub(super) fn same_language(it: &Pair<'_>) -> f32 {
    flag(it.a.features.language == it.b.features.language)
}

pub(super) fn texts_to_compare(it: &Pair<'_>) -> f32 {
    flag(it.a.features.has_text) + flag(it.b.features.has_text)
}

/// Words of headline and lead of each that tell what came of an event.
pub(super) fn developments(it: &Pair<'_>) -> (f32, f32) {
    (f32::from(it.a.features.develops), f32::from(it.b.features.develops))
}

/// Words of each that speak of what was before, of a hundred.
pub(super) fn looks_back(it: &Pair<'_>) -> (f32, f32) {
    let of = |it: &EntryProfile| {
        ratio(100.0 * f32::from(it.looks_back), f32::from(it.length) + it.title.len() as f32)
    };
    (of(it.a.features), of(it.b.features))
}
