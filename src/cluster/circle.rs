//! Circles: stories of one subject, which are linked as related and never become one.
//!
//! Each circle is the sum of its headlines as vectors (running TF-IDF). A headline enters
//! the nearest circle; two circles that a headline is near to, and that are near to each
//! other, become one.

use std::cmp::Reverse;
use std::hash::Hash;
use std::time::Duration;

use foldhash::HashMap;
use foldhash::HashMapExt;

use crate::domain::Timestamp;

use super::idf::Rarity;
use super::postings::Postings;
use super::reading::EntryFeatures;
use super::term::Term;

/// Cosine of a headline and a circle from which on they share a subject.
const NEAR: f32 = 0.20;
/// Cosine from which on two circles are one.
const ONE: f32 = 0.38;
/// Terms that a headline must share with a circle.
const SHARED_TERMS_MIN: u16 = 2;
/// Circles looked at under one term, the latest first: a word that more have tells nothing.
const UNDER_TERM_MAX: usize = 256;
/// Circles compared with one headline, those that share most first.
const COMPARED_MAX: usize = 32;

/// The open circles, each known by the story that began it.
pub(super) struct TopicClusters<S> {
    /// A circle that closed or became part of another leaves a gap until the next closing.
    circles: Vec<Option<Circle<S>>>,
    places: HashMap<S, u32>,
    by_term: Postings,
    of_story: HashMap<S, S>,
    /// Which circle became part of which.
    absorbed: HashMap<S, S>,
    /// How many terms each circle shares with the headline under decision; all 0 between decisions.
    shared: Vec<u16>,
    /// What stood before a change that may be rolled back.
    journal: Option<TopicClustersUndo<S>>,
}

/// What it takes to bring the circles back to how they were.
struct TopicClustersUndo<S> {
    /// Places that there were.
    places: usize,
    /// Each circle that was touched, as it was and where; `None` for one that did not exist.
    circles: HashMap<S, Option<(u32, Circle<S>)>>,
    /// The circle that each story had, in the order of changes.
    of_story: Vec<(S, Option<S>)>,
    absorbed: Vec<S>,
}

#[derive(Clone)]
struct Circle<S> {
    id: S,
    /// Sorted by term.
    sum: Vec<(Term, f32)>,
    /// Square of the sum's length.
    square: f32,
    newest: Timestamp,
}

impl<S: Copy + Eq + Hash + Ord> TopicClusters<S> {
    pub(super) fn new() -> Self {
        Self {
            circles: Vec::new(),
            places: HashMap::new(),
            by_term: Postings::default(),
            of_story: HashMap::new(),
            absorbed: HashMap::new(),
            shared: Vec::new(),
            journal: None,
        }
    }

    /// From here on changes can be rolled back, until they are committed.
    pub(super) fn begin(&mut self) {
        self.journal = Some(TopicClustersUndo {
            places: self.circles.len(),
            circles: HashMap::new(),
            of_story: Vec::new(),
            absorbed: Vec::new(),
        });
    }

    /// Keeps what was changed.
    pub(super) fn commit(&mut self) {
        self.journal = None;
    }

    /// Takes back what was changed since `begin`.
    pub(super) fn roll_back(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        for (id, before) in journal.circles {
            if let Some(place) = self.places.remove(&id)
                && let Some(circle) = self.circles[place as usize].take()
            {
                self.forget_terms(&circle, place);
            }
            let Some((place, circle)) = before else { continue };
            for (term, _) in &circle.sum {
                self.by_term.push(*term, place);
            }
            self.places.insert(id, place);
            self.circles[place as usize] = Some(circle);
        }
        self.circles.truncate(journal.places);
        self.shared.truncate(journal.places);
        for it in journal.absorbed {
            self.absorbed.remove(&it);
        }
        for (story, before) in journal.of_story.into_iter().rev() {
            match before {
                Some(circle) => self.of_story.insert(story, circle),
                None => self.of_story.remove(&story),
            };
        }
    }

    /// Remembers a circle as it is, before it is changed for the first time.
    fn note_before(&mut self, id: S) {
        let Some(journal) = self.journal.as_mut() else { return };
        let (places, circles) = (&self.places, &self.circles);
        journal.circles.entry(id).or_insert_with(|| {
            let place = *places.get(&id)?;
            Some((place, circles[place as usize].clone()?))
        });
    }

    fn put_story(&mut self, story: S, circle: Option<S>) {
        let before = match circle {
            Some(circle) => self.of_story.insert(story, circle),
            None => self.of_story.remove(&story),
        };
        if let Some(journal) = self.journal.as_mut() {
            journal.of_story.push((story, before));
        }
    }

    fn forget_terms(&mut self, circle: &Circle<S>, place: u32) {
        for (term, _) in &circle.sum {
            self.by_term.remove(*term, place);
        }
    }

    /// The circle of a story.
    pub(super) fn of(&self, story: S) -> S {
        self.stands(self.of_story.get(&story).copied().unwrap_or(story))
    }

    /// The circle that a circle has become.
    fn stands(&self, mut circle: S) -> S {
        while let Some(into) = self.absorbed.get(&circle) {
            circle = *into;
        }
        circle
    }

    /// Notes that a story belongs to a circle that was decided before.
    pub(super) fn note(&mut self, story: S, circle: S) {
        self.put_story(story, Some(circle));
    }

    /// Adds a headline of a story, and returns which circles became part of which by it.
    /// A circle that nothing entered within `span` is closed to it.
    pub(super) fn add(
        &mut self,
        story: S,
        reading: &EntryFeatures,
        span: Duration,
        rarity: &impl Rarity,
    ) -> Vec<(S, S)> {
        let vector = vector(reading, rarity);
        let mut near = self.near(&vector, reading.published.minus(span));
        let mut circle = match self.of_story.get(&story) {
            Some(circle) => self.stands(*circle),
            None => near.first().map_or(story, |it| it.0),
        };
        self.put_story(story, Some(circle));
        self.extend(circle, &vector, reading.published);
        near.retain(|it| it.0 != circle);
        let mut merged = Vec::new();
        for (other, _) in near {
            let is_one = match (self.circle(circle), self.circle(other)) {
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

    fn circle(&self, id: S) -> Option<&Circle<S>> {
        self.circles[*self.places.get(&id)? as usize].as_ref()
    }

    /// Circles near a headline that something entered since `oldest`, nearest first.
    fn near(&mut self, vector: &[(Term, f32)], oldest: Timestamp) -> Vec<(S, f32)> {
        let mut touched = Vec::new();
        for (term, _) in vector {
            if UNDER_TERM_MAX < self.by_term.len(*term) {
                continue;
            }
            for place in self.by_term.latest(*term) {
                let shared = &mut self.shared[place as usize];
                if *shared == 0 {
                    touched.push(place);
                }
                *shared += 1;
            }
        }
        let mut shared: Vec<(u16, &Circle<S>)> = touched
            .into_iter()
            .map(|it| (std::mem::take(&mut self.shared[it as usize]), it))
            .filter(|it| SHARED_TERMS_MIN <= it.0)
            .filter_map(|(shared, it)| Some((shared, self.circles[it as usize].as_ref()?)))
            .filter(|it| oldest <= it.1.newest)
            .collect();
        shared.sort_unstable_by_key(|it| Reverse((it.0, it.1.id)));
        shared.truncate(COMPARED_MAX);
        let mut near: Vec<(S, f32)> = shared
            .into_iter()
            .map(|(_, it)| {
                let dot: f32 = vector.iter().map(|(term, x)| x * it.weight(*term)).sum();
                (it.id, dot / it.square.sqrt())
            })
            .filter(|it| NEAR <= it.1)
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near
    }

    fn extend(&mut self, id: S, vector: &[(Term, f32)], published: Timestamp) {
        self.note_before(id);
        let place = *self.places.entry(id).or_insert_with(|| {
            self.circles.push(None);
            self.shared.push(0);
            (self.circles.len() - 1) as u32
        });
        let circle = self.circles[place as usize].get_or_insert_with(|| Circle {
            id,
            sum: Vec::with_capacity(vector.len()),
            square: 0.0,
            newest: published,
        });
        circle.newest = circle.newest.max(published);
        for (term, x) in vector {
            let at = circle.sum.binary_search_by_key(term, |it| it.0).unwrap_or_else(|at| {
                self.by_term.push(*term, place);
                circle.sum.insert(at, (*term, 0.0));
                at
            });
            let sum = &mut circle.sum[at].1;
            circle.square += x * (2.0 * *sum + x);
            *sum += x;
        }
    }

    fn absorb(&mut self, into: S, from: S) {
        self.note_before(from);
        let Some(place) = self.places.remove(&from) else { return };
        let Some(circle) = self.circles[place as usize].take() else { return };
        self.forget_terms(&circle, place);
        self.extend(into, &circle.sum, circle.newest);
        self.absorbed.insert(from, into);
        if let Some(journal) = self.journal.as_mut() {
            journal.absorbed.push(from);
        }
    }

    /// Two stories have become one.
    pub(super) fn merge_stories(&mut self, from: S) {
        self.put_story(from, None);
    }

    /// Closes circles that nothing entered since `oldest`; `is_open` tells of stories.
    pub(super) fn close(&mut self, oldest: Timestamp, is_open: impl Fn(S) -> bool) {
        let stories = std::mem::take(&mut self.of_story);
        self.of_story = stories
            .into_iter()
            .filter(|(story, _)| is_open(*story))
            .map(|(story, circle)| (story, self.stands(circle)))
            .collect();
        self.absorbed.clear();
        let circles = std::mem::take(&mut self.circles);
        self.places.clear();
        self.by_term = Postings::default();
        self.circles = circles.into_iter().flatten().filter(|it| oldest <= it.newest).map(Some).collect();
        self.shared.truncate(self.circles.len());
        for (place, circle) in self.circles.iter().flatten().enumerate() {
            self.places.insert(circle.id, place as u32);
            for (term, _) in &circle.sum {
                self.by_term.push(*term, place as u32);
            }
        }
    }
}

impl<S> Circle<S> {
    fn weight(&self, term: Term) -> f32 {
        self.sum.binary_search_by_key(&term, |it| it.0).map_or(0.0, |at| self.sum[at].1)
    }
}

/// A headline as a vector of length 1.
fn vector(reading: &EntryFeatures, rarity: &impl Rarity) -> Vec<(Term, f32)> {
    let mut vector: Vec<(Term, f32)> =
        reading.title.iter().map(|it| (it.term, rarity.of(it.term))).filter(|it| 0.0 < it.1).collect();
    let length = vector.iter().map(|it| it.1 * it.1).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|it| it.1 /= length);
    vector
}

fn cosine<S>(a: &Circle<S>, b: &Circle<S>) -> f32 {
    let (small, large) = if a.sum.len() <= b.sum.len() { (a, b) } else { (b, a) };
    let dot: f32 = small.sum.iter().map(|(term, x)| x * large.weight(*term)).sum();
    dot / (a.square * b.square).sqrt()
}
