//! Which entries of the window one is compared with. They come from several sources, each of which
//! says of slots how much speaks for a comparison; a further source is a function in `SOURCES`.

use super::features::EntryFeatures;
use super::features::EntryProfile;
use super::idf::Idf;
use super::postings::Postings;
use super::term::Term;

/// Entries looked at under one term, the latest first: a word that more have tells nothing.
const UNDER_TERM_MAX: usize = 512;
/// Entries looked at under all terms of one entry.
const LOOKED_AT_MAX: usize = 2_048;
/// Rarity of the terms that an entry must share to be compared.
const SHARED_MIN: f32 = 0.8;
/// Entries compared with one whose story it may join, those that share most first.
const COMPARED_MAX: usize = 64;
/// Entries compared with one that are too far in time for that, and may tell what came of each other.
const COMPARED_TO_FOLLOW_MAX: usize = 32;
/// Entries under one address from which on it is no article but a place that everybody links to.
const LINKED_MAX: usize = 16;
/// What a link speaks for a comparison: enough by itself, and as much as several rare words.
const LINK_WEIGHT: f32 = 2.0;

/// The inverted index of the window.
#[derive(Default)]
pub(super) struct Index {
    by_term: Postings,
    /// By the addresses of entries, and those that their texts link to.
    by_link: Postings,
    /// How much each slot shares with the entry under decision; all 0 between decisions.
    shared: Vec<f32>,
}

/// The slots that sources have found.
struct CandidateSet<'a> {
    /// The number of the first slot, and the place of the first that is near in time.
    first: u32,
    near: usize,
    shared: &'a mut Vec<f32>,
    touched: Vec<u32>,
}

impl CandidateSet<'_> {
    /// Says that something speaks for a slot; `false` for one that is too far in time, and so are all
    /// earlier ones.
    fn add(&mut self, slot: u32, weight: f32) -> bool {
        let place = slot.wrapping_sub(self.first) as usize;
        if place < self.near {
            return false;
        }
        let shared = &mut self.shared[place];
        if *shared <= 0.0 {
            self.touched.push(slot);
        }
        *shared += weight.max(f32::EPSILON);
        true
    }
}

/// For what two entries are near enough in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reach {
    /// Both may be one story, or one tells what came of the other.
    Join,
    /// One may tell what came of the other.
    Follow,
}

/// A source of candidates.
type CandidateSource<R> = fn(&Index, &EntryFeatures, &R, &mut CandidateSet<'_>);

/// Where candidates come from.
fn sources<R: Idf>() -> [CandidateSource<R>; 2] {
    [by_terms, by_links]
}

/// Slots that share rare terms, rare ones looked up first.
fn by_terms<R: Idf>(index: &Index, features: &EntryFeatures, idf: &R, found: &mut CandidateSet<'_>) {
    let mut lists: Vec<(f32, usize, Term)> =
        features.keys().map(|it| (idf.of(it), index.by_term.len(it), it)).filter(|it| 0 < it.1).collect();
    lists.sort_by(|a, b| a.1.cmp(&b.1).then(b.0.total_cmp(&a.0)));
    let mut looked_at = 0;
    for (weight, _, term) in lists {
        for slot in index.by_term.latest(term).take(UNDER_TERM_MAX.min(LOOKED_AT_MAX - looked_at)) {
            if !found.add(slot, weight) {
                break;
            }
            looked_at += 1;
        }
    }
}

/// Slots that link to the entry, that it links to, or that link to the same article.
fn by_links<R: Idf>(index: &Index, features: &EntryFeatures, _: &R, found: &mut CandidateSet<'_>) {
    for link in features.profile.addresses() {
        if index.by_link.len(link) <= LINKED_MAX {
            index.by_link.latest(link).take_while(|it| found.add(*it, LINK_WEIGHT)).for_each(drop);
        }
    }
}

impl Index {
    /// Takes in the entry of the next slot, which is found under these keys.
    pub(super) fn push(&mut self, slot: u32, keys: impl Iterator<Item = Term>, profile: &EntryProfile) {
        for term in keys {
            self.by_term.push(term, slot);
        }
        for link in profile.addresses() {
            self.by_link.push(link, slot);
        }
        self.shared.push(0.0);
    }

    /// Takes the entry of a slot out; the slot stays.
    pub(super) fn remove(&mut self, slot: u32, keys: impl Iterator<Item = Term>, profile: &EntryProfile) {
        for term in keys {
            self.by_term.remove(term, slot);
        }
        for link in profile.addresses() {
            self.by_link.remove(link, slot);
        }
    }

    /// Keeps the slots that are to stay.
    pub(super) fn retain(&mut self, stays: impl Fn(u32) -> bool) {
        self.by_term.retain(&stays);
        self.by_link.retain(&stays);
    }

    /// Says how many slots there are from now on.
    pub(super) fn truncate(&mut self, slots: usize) {
        self.shared.truncate(slots);
    }

    /// Whether one entry links to the other, or both to one article that not everybody links to.
    pub(super) fn are_linked(&self, a: &EntryProfile, b: &EntryProfile) -> bool {
        let says = |link: u32| self.by_link.len(link) <= LINKED_MAX;
        let leads = |from: &EntryProfile, to: &EntryProfile| {
            to.address.is_some_and(|it| from.links().binary_search(&it).is_ok() && says(it))
        };
        let is_shared = |it: &&u32| b.links().binary_search(it).is_ok() && says(**it);
        leads(a, b) || leads(b, a) || a.links().iter().find(is_shared).is_some()
    }

    /// Slots for which most speaks. `first` is the number of the first slot, `near` the place of the
    /// first one that may be near in time. `reach` says for what a slot may be compared.
    pub(super) fn candidates(
        &mut self,
        features: &EntryFeatures,
        idf: &impl Idf,
        (first, near): (u32, usize),
        reach: impl Fn(u32) -> Option<Reach>,
    ) -> Vec<u32> {
        let mut shared = std::mem::take(&mut self.shared);
        let mut found = CandidateSet { first, near, shared: &mut shared, touched: Vec::new() };
        for source in sources() {
            source(self, features, idf, &mut found);
        }
        let touched = found.touched;
        let (mut to_join, mut to_follow) = (Vec::new(), Vec::new());
        for slot in touched {
            let weight = std::mem::take(&mut shared[slot.wrapping_sub(first) as usize]);
            if SHARED_MIN <= weight {
                match reach(slot) {
                    Some(Reach::Join) => to_join.push((weight, slot)),
                    Some(Reach::Follow) => to_follow.push((weight, slot)),
                    None => {}
                }
            }
        }
        self.shared = shared;
        let mut found = first_of(to_join, COMPARED_MAX);
        found.extend(first_of(to_follow, COMPARED_TO_FOLLOW_MAX));
        found
    }
}

/// Slots for which most speaks, in that order.
fn first_of(mut found: Vec<(f32, u32)>, max: usize) -> Vec<u32> {
    let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1));
    if max < found.len() {
        found.select_nth_unstable_by(max, order);
        found.truncate(max);
    }
    found.sort_unstable_by(order);
    found.into_iter().map(|it| it.1).collect()
}
