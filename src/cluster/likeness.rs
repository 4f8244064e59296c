//! How much two headlines are alike, and whether they contradict each other.

use super::features::EntryProfile;
use super::features::TitleTerm;
use super::number;
use super::term::Class;
use super::term::is_opposite;

/// What two forms of a word count of one.
const FORM: f32 = 0.8;
/// Share of their terms from which on two headlines say the same of their names.
const SWAPPED_SHARE: f32 = 0.7;

/// How much two headlines are alike.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TitleLikeness {
    /// From 0 to 1.
    pub(super) score: f32,
    /// The same, less where they contradict each other.
    pub(super) agreement: f32,
    /// Terms that both have, forms of one word among them.
    pub(super) shared: usize,
    /// The share of their runs of three letters that is common.
    pub(super) letters: f32,
    /// Whether they give different numbers for the same thing.
    pub(super) numbers_differ: bool,
    /// Whether each names a place that the other does not.
    pub(super) places_differ: bool,
    /// Whether each names a day that the other does not.
    pub(super) days_differ: bool,
    /// Whether they say opposite things.
    pub(super) is_opposite: bool,
    /// Whether they say the same of the same names in another order: A buys B, B buys A.
    pub(super) is_swapped: bool,
}

/// Which terms two headlines share. A headline has at most 64 terms, so that a bit stands for each.
struct Overlap {
    shared: usize,
    weight_shared: f32,
    /// Of what is shared, forms of one word at their full weight.
    weight_all: f32,
    only_a: u64,
    only_b: u64,
}

impl Overlap {
    fn of((a, of_a): (&EntryProfile, &[f32]), (b, of_b): (&EntryProfile, &[f32])) -> Self {
        let mut found = Self { shared: 0, weight_shared: 0.0, weight_all: 0.0, only_a: 0, only_b: 0 };
        let (x, y) = (&a.title, &b.title);
        let (mut at, mut other) = (0, 0);
        while at < x.len() || other < y.len() {
            let (left, right) = (x.get(at).map(|it| it.term), y.get(other).map(|it| it.term));
            if left == right {
                found.shared += 1;
                found.weight_shared += of_b[other];
                at += 1;
                other += 1;
            } else if right.is_none_or(|right| left.is_some_and(|left| left < right)) {
                found.only_a |= 1 << at;
                at += 1;
            } else {
                found.only_b |= 1 << other;
                other += 1;
            }
        }
        found.weight_all = found.weight_shared;
        for (at, x) in of_bits(x, found.only_a) {
            let is_form = |y: &TitleTerm| x.prefix_hash == y.prefix_hash && y.class != Class::Place;
            if x.prefix_hash == 0 || x.class == Class::Place {
                continue;
            }
            if let Some((other, _)) = of_bits(y, found.only_b).find(|it| is_form(it.1)) {
                let weight = (of_a[at] + of_b[other]) / 2.0;
                found.shared += 1;
                found.weight_shared += FORM * weight;
                found.weight_all += weight;
                found.only_a &= !(1 << at);
                found.only_b &= !(1 << other);
            }
        }
        found
    }

    fn likeness(
        &self,
        (a, of_a): (&EntryProfile, &[f32]),
        (b, of_b): (&EntryProfile, &[f32]),
        letters: usize,
    ) -> TitleLikeness {
        let others = of_bits(of_a, self.only_a).chain(of_bits(of_b, self.only_b)).map(|it| *it.1);
        let weight_all = self.weight_all + others.sum::<f32>();
        let all = self.shared + (self.only_a.count_ones() + self.only_b.count_ones()) as usize;
        let letters = ratio(letters as f32, (a.trigrams().len() + b.trigrams().len() - letters) as f32);
        let (only_a, only_b) = (|| of_bits(&a.title, self.only_a), || of_bits(&b.title, self.only_b));
        let both =
            |class: Class| only_a().any(|it| it.1.class == class) && only_b().any(|it| it.1.class == class);
        let score = 0.4 * ratio(self.weight_shared, weight_all)
            + 0.2 * ratio(self.shared as f32, all as f32)
            + 0.2 * letters
            + 0.2 * (self.shared.min(6) as f32 / 6.0);
        let numbers_differ = number::differ(&a.numbers, &b.numbers);
        let (places_differ, days_differ) = (both(Class::Place), both(Class::Day));
        let is_opposite =
            both(Class::Opposable) && only_a().any(|x| only_b().any(|y| is_opposite(x.1.term, y.1.term)));
        let penalty = |it: bool, by: f32| if it { by } else { 0.0 };
        let penalty = penalty(numbers_differ, 0.2)
            + penalty(places_differ, 0.35)
            + penalty(days_differ, 0.2)
            + penalty(is_opposite, 0.4);
        TitleLikeness {
            score,
            agreement: score - penalty,
            shared: self.shared,
            letters,
            numbers_differ,
            places_differ,
            days_differ,
            is_opposite,
            is_swapped: SWAPPED_SHARE * all as f32 <= self.shared as f32 && is_swapped(a, b),
        }
    }
}

/// Whether two names that both headlines have stand in another order, and not because one of the
/// headlines says "by".
fn is_swapped(a: &EntryProfile, b: &EntryProfile) -> bool {
    if a.has_agent != b.has_agent {
        return false;
    }
    let shared: Vec<(u8, u8)> = a
        .title
        .iter()
        .filter_map(|it| {
            let other = &b.title[b.title.binary_search_by_key(&it.term, |it| it.term).ok()?];
            (it.is_name || other.is_name).then_some((it.at, other.at))
        })
        .collect();
    // A name of two words keeps its order.
    let far = |x: u8, y: u8| 1 < x.abs_diff(y);
    shared.iter().any(|x| shared.iter().any(|y| x.0 < y.0 && y.1 < x.1 && far(x.0, y.0) && far(x.1, y.1)))
}

/// 1 for what holds, else 0.
pub(super) fn flag(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}

pub(super) fn ratio(part: f32, whole: f32) -> f32 {
    if whole <= 0.0 { 0.0 } else { part / whole }
}

/// The members of a list whose bits are set, with their places.
fn of_bits<T>(list: &[T], mut bits: u64) -> impl Iterator<Item = (usize, &T)> {
    std::iter::from_fn(move || {
        let at = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        Some((at, list.get(at)?))
    })
}

/// Compares two headlines, each with the rarity of its terms, given how many trigrams both have: the shared
/// part of their words by weight and by number, of their letters, and how many words they share at all.
pub(super) fn titles(
    a: (&EntryProfile, &[f32]),
    b: (&EntryProfile, &[f32]),
    letters: usize,
) -> TitleLikeness {
    Overlap::of(a, b).likeness(a, b, letters)
}

/// How many members two sorted lists of distinct numbers have in common.
pub(super) fn common<T: Copy + Ord>(a: &[T], b: &[T]) -> usize {
    let (mut at, mut other, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(at), b.get(other)) {
        count += usize::from(x == y);
        at += usize::from(x <= y);
        other += usize::from(y <= x);
    }
    count
}
