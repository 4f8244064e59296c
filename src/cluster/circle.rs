//! Circles: stories of one subject, which are linked as related and never become one.
//!
//! Each circle is the sum of its headlines as vectors (running TF-IDF). A headline enters
//! the nearest circle; two circles that a headline is near to, and that are near to each
//! other, become one.

use std::collections::HashMap;
use std::hash::Hash;

use crate::domain::Timestamp;

use super::likeness::Rarity;
use super::reading::Reading;
use super::term::Term;

/// Cosine of a headline and a circle from which on they share a subject.
const NEAR: f32 = 0.20;
/// Cosine from which on two circles are one.
const ONE: f32 = 0.38;
/// Terms that a headline must share with a circle.
const SHARED_TERMS_MIN: usize = 2;
/// Circles looked at under one term, the latest first: a word that more have tells nothing.
const UNDER_TERM_MAX: usize = 256;
/// Circles compared with one headline, those that share most first.
const COMPARED_MAX: usize = 32;

/// The open circles, each known by the story that began it.
pub(super) struct Circles<S> {
    circles: HashMap<S, Circle>,
    of_story: HashMap<S, S>,
    by_term: HashMap<Term, Vec<S>>,
}

#[derive(Default)]
struct Circle {
    sum: HashMap<Term, f32>,
    /// Square of the sum's length.
    square: f32,
    newest: Timestamp,
}

impl<S: Copy + Eq + Hash + Ord> Circles<S> {
    pub(super) fn new() -> Self {
        Self { circles: HashMap::new(), of_story: HashMap::new(), by_term: HashMap::new() }
    }

    /// The circle of a story.
    pub(super) fn of(&self, story: S) -> S {
        self.of_story.get(&story).copied().unwrap_or(story)
    }

    /// Notes that a story belongs to a circle that was decided before.
    pub(super) fn note(&mut self, story: S, circle: S) {
        self.of_story.insert(story, circle);
    }

    /// Adds a headline of a story, and returns which circles became part of which by it.
    pub(super) fn add(&mut self, story: S, reading: &Reading, rarity: &impl Rarity) -> Vec<(S, S)> {
        let vector = vector(reading, rarity);
        let mut near = self.near(&vector);
        let mut circle = match self.of_story.get(&story) {
            Some(circle) => *circle,
            None => near.first().map_or(story, |it| it.0),
        };
        self.of_story.insert(story, circle);
        self.extend(circle, &vector, reading.published);
        near.retain(|it| it.0 != circle);
        let mut merged = Vec::new();
        for (other, _) in near {
            let is_one = match (self.circles.get(&circle), self.circles.get(&other)) {
                (Some(a), Some(b)) => ONE <= cosine(a, b),
                _ => false,
            };
            if is_one {
                let (into, from) = (circle.min(other), circle.max(other));
                self.absorb(into, from);
                merged.push((from, into));
                circle = into;
            }
        }
        merged
    }

    /// Circles near a headline, nearest first.
    fn near(&self, vector: &[(Term, f32)]) -> Vec<(S, f32)> {
        let mut shared: HashMap<S, usize> = HashMap::new();
        for (term, _) in vector {
            let under = self.by_term.get(term).map_or(&[][..], |it| it);
            if under.len() <= UNDER_TERM_MAX {
                under.iter().for_each(|it| *shared.entry(*it).or_default() += 1);
            }
        }
        let mut shared: Vec<(usize, S)> =
            shared.into_iter().filter(|it| SHARED_TERMS_MIN <= it.1).map(|(it, n)| (n, it)).collect();
        shared.sort_unstable_by(|a, b| b.cmp(a));
        shared.truncate(COMPARED_MAX);
        let mut near: Vec<(S, f32)> = shared
            .into_iter()
            .filter_map(|(_, it)| {
                let circle = self.circles.get(&it)?;
                let dot: f32 = vector.iter().map(|(term, x)| x * circle.sum.get(term).unwrap_or(&0.0)).sum();
                Some((it, dot / circle.square.sqrt()))
            })
            .filter(|it| NEAR <= it.1)
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near
    }

    fn extend(&mut self, id: S, vector: &[(Term, f32)], published: Timestamp) {
        let circle = self.circles.entry(id).or_default();
        circle.newest = circle.newest.max(published);
        for (term, x) in vector {
            let sum = circle.sum.entry(*term).or_insert_with(|| {
                self.by_term.entry(*term).or_default().push(id);
                0.0
            });
            circle.square += x * (2.0 * *sum + x);
            *sum += x;
        }
    }

    fn absorb(&mut self, into: S, from: S) {
        let Some(circle) = self.circles.remove(&from) else { return };
        for term in circle.sum.keys() {
            if let Some(under) = self.by_term.get_mut(term) {
                under.retain(|it| *it != from);
            }
        }
        let mut vector: Vec<(Term, f32)> = circle.sum.into_iter().collect();
        vector.sort_unstable_by_key(|it| it.0);
        self.extend(into, &vector, circle.newest);
        self.of_story.values_mut().filter(|it| **it == from).for_each(|it| *it = into);
    }

    /// Two stories have become one.
    pub(super) fn merge_stories(&mut self, from: S) {
        self.of_story.remove(&from);
    }

    /// Closes circles that nothing entered since `oldest`; `is_open` tells of stories.
    pub(super) fn close(&mut self, oldest: Timestamp, is_open: impl Fn(S) -> bool) {
        self.circles.retain(|_, it| oldest <= it.newest);
        let circles = &self.circles;
        self.by_term.retain(|_, under| {
            under.retain(|it| circles.contains_key(it));
            !under.is_empty()
        });
        self.of_story.retain(|story, _| is_open(*story));
    }
}

/// A headline as a vector of length 1.
fn vector(reading: &Reading, rarity: &impl Rarity) -> Vec<(Term, f32)> {
    let mut vector: Vec<(Term, f32)> =
        reading.title.iter().map(|it| (*it, rarity.in_titles(*it))).filter(|it| 0.0 < it.1).collect();
    let length = vector.iter().map(|it| it.1 * it.1).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|it| it.1 /= length);
    vector
}

fn cosine(a: &Circle, b: &Circle) -> f32 {
    let (small, large) = if a.sum.len() <= b.sum.len() { (a, b) } else { (b, a) };
    // Summed in one order, so that the result does not depend on how a table is laid out.
    let mut products: Vec<(Term, f32)> =
        small.sum.iter().filter_map(|(term, x)| Some((*term, x * large.sum.get(term)?))).collect();
    products.sort_unstable_by_key(|it| it.0);
    products.iter().map(|it| it.1).sum::<f32>() / (a.square * b.square).sqrt()
}
