//! Which numbers both entries give.

use crate::cluster::likeness::ratio;
use crate::cluster::pair::Pair;

pub(super) fn share(it: &Pair<'_>) -> f32 {
    let smaller = it.a.features.figures().len().min(it.b.features.figures().len());
    ratio(it.figures_shared.0 as f32, smaller as f32)
}

/// Of the numbers that only one gives, those of the one that gives fewer.
pub(super) fn unshared_less(it: &Pair<'_>) -> f32 {
    let (of_a, of_b) = it.figures_unshared();
    of_a.min(of_b) as f32
}

/// Those of the other one.
pub(super) fn unshared_more(it: &Pair<'_>) -> f32 {
    let (of_a, of_b) = it.figures_unshared();
    of_a.max(of_b) as f32
}

pub(super) fn title_numbers_shared(it: &Pair<'_>) -> f32 {
    let others = &it.b.features.numbers;
    it.a.features.numbers.iter().filter(|x| others.iter().any(|y| x.value == y.value)).count() as f32
}
