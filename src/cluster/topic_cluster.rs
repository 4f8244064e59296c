//! Topic clusters: stories of one subject, which are linked as related and never become one.
//!
//! Each topic cluster is the sum of its headlines as vectors (running TF-IDF). A headline enters
//! the nearest topic cluster; two topic clusters that a headline is near to, and that are near to each
//! other, become one.

use std::cmp::Reverse;
use std::hash::Hash;
use std::time::Duration;

use foldhash::HashMap;
use foldhash::HashMapExt;

use crate::domain::Timestamp;

use super::features::EntryFeatures;
use super::idf::Idf;
use super::postings::Postings;
use super::term::Term;

/// Cosine of a headline and a topic cluster from which on they share a subject.
const NEAR: f32 = 0.20;
/// Cosine from which on two topic clusters are one.
const ONE: f32 = 0.38;
/// Terms that a headline must share with a topic cluster.
const SHARED_TERMS_MIN: u16 = 2;
/// Topic clusters looked at under one term, the latest first: a word that more have tells nothing.
const UNDER_TERM_MAX: usize = 256;
/// Topic clusters compared with one headline, those that share most first.
const COMPARED_MAX: usize = 32;

/// The open topic clusters, each known by the story that began it.
pub(super) struct TopicClusters<S> {
    /// A topic cluster that closed or became part of another leaves a gap until the next closing.
    clusters: Vec<Option<TopicCluster<S>>>,
    places: HashMap<S, u32>,
    by_term: Postings,
    of_story: HashMap<S, S>,
    /// The parent of each cluster that became part of another (union-find).
    parent_of: HashMap<S, S>,
    /// How many terms each topic cluster shares with the headline under decision; all 0 between decisions.
    shared: Vec<u16>,
    /// What stood before a change that may be rolled back.
    undo: Option<TopicClustersUndo<S>>,
}

/// What it takes to bring the topic clusters back to how they were.
struct TopicClustersUndo<S> {
    /// Places that there were.
    places: usize,
    /// Each topic cluster that was touched, as it was and where; `None` for one that did not exist.
    clusters: HashMap<S, Option<(u32, TopicCluster<S>)>>,
    /// The topic cluster that each story had, in the order of changes.
    of_story: Vec<(S, Option<S>)>,
    parent_of: Vec<S>,
}

#[derive(Clone)]
struct TopicCluster<S> {
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
            clusters: Vec::new(),
            places: HashMap::new(),
            by_term: Postings::default(),
            of_story: HashMap::new(),
            parent_of: HashMap::new(),
            shared: Vec::new(),
            undo: None,
        }
    }

    /// From here on changes can be rolled back, until they are committed.
    pub(super) fn begin(&mut self) {
        self.undo = Some(TopicClustersUndo {
            places: self.clusters.len(),
            clusters: HashMap::new(),
            of_story: Vec::new(),
            parent_of: Vec::new(),
        });
    }

    /// Keeps what was changed.
    pub(super) fn commit(&mut self) {
        self.undo = None;
    }

    /// Takes back what was changed since `begin`.
    pub(super) fn roll_back(&mut self) {
        let Some(undo) = self.undo.take() else { return };
        for (id, before) in undo.clusters {
            if let Some(place) = self.places.remove(&id)
                && let Some(cluster) = self.clusters[place as usize].take()
            {
                self.forget_terms(&cluster, place);
            }
            let Some((place, cluster)) = before else { continue };
            for (term, _) in &cluster.sum {
                self.by_term.push(*term, place);
            }
            self.places.insert(id, place);
            self.clusters[place as usize] = Some(cluster);
        }
        self.clusters.truncate(undo.places);
        self.shared.truncate(undo.places);
        for it in undo.parent_of {
            self.parent_of.remove(&it);
        }
        for (story, before) in undo.of_story.into_iter().rev() {
            match before {
                Some(cluster) => self.of_story.insert(story, cluster),
                None => self.of_story.remove(&story),
            };
        }
    }

    /// Remembers a topic cluster as it is, before it is changed for the first time.
    fn note_before(&mut self, id: S) {
        let Some(undo) = self.undo.as_mut() else { return };
        let (places, clusters) = (&self.places, &self.clusters);
        undo.clusters.entry(id).or_insert_with(|| {
            let place = *places.get(&id)?;
            Some((place, clusters[place as usize].clone()?))
        });
    }

    fn put_story(&mut self, story: S, cluster: Option<S>) {
        let before = match cluster {
            Some(cluster) => self.of_story.insert(story, cluster),
            None => self.of_story.remove(&story),
        };
        if let Some(undo) = self.undo.as_mut() {
            undo.of_story.push((story, before));
        }
    }

    fn forget_terms(&mut self, cluster: &TopicCluster<S>, place: u32) {
        for (term, _) in &cluster.sum {
            self.by_term.remove(*term, place);
        }
    }

    /// Whether the topic cluster of a story is known.
    pub(super) fn knows(&self, story: S) -> bool {
        self.of_story.contains_key(&story)
    }

    /// The topic cluster of a story.
    pub(super) fn of(&self, story: S) -> S {
        self.find_root(self.of_story.get(&story).copied().unwrap_or(story))
    }

    /// The topic cluster that a topic cluster has become.
    fn find_root(&self, mut cluster: S) -> S {
        while let Some(into) = self.parent_of.get(&cluster) {
            cluster = *into;
        }
        cluster
    }

    /// Notes that a story belongs to a topic cluster that was decided before.
    pub(super) fn note(&mut self, story: S, cluster: S) {
        self.put_story(story, Some(cluster));
    }

    /// Adds a headline of a story, and returns which topic clusters became part of which by it.
    /// A topic cluster that nothing entered within `span` is closed to it.
    pub(super) fn add(
        &mut self,
        story: S,
        features: &EntryFeatures,
        span: Duration,
        idf: &impl Idf,
    ) -> Vec<(S, S)> {
        let vector = vector(features, idf);
        let mut near = self.near(&vector, features.profile.published.minus(span));
        let mut cluster = match self.of_story.get(&story) {
            Some(cluster) => self.find_root(*cluster),
            None => near.first().map_or(story, |it| it.0),
        };
        self.put_story(story, Some(cluster));
        self.extend(cluster, &vector, features.profile.published);
        near.retain(|it| it.0 != cluster);
        let mut merged = Vec::new();
        for (other, _) in near {
            let is_one = match (self.cluster(cluster), self.cluster(other)) {
                (Some(a), Some(b)) => ONE <= cosine(a, b),
                _ => false,
            };
            if is_one {
                let (into, from) = (cluster.min(other), cluster.max(other));
                self.absorb(into, from);
                merged.push((from, into));
                cluster = into;
            }
        }
        merged
    }

    fn cluster(&self, id: S) -> Option<&TopicCluster<S>> {
        self.clusters[*self.places.get(&id)? as usize].as_ref()
    }

    /// Topic clusters near a headline that something entered since `oldest`, nearest first.
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
        let mut shared: Vec<(u16, &TopicCluster<S>)> = touched
            .into_iter()
            .map(|it| (std::mem::take(&mut self.shared[it as usize]), it))
            .filter(|it| SHARED_TERMS_MIN <= it.0)
            .filter_map(|(shared, it)| Some((shared, self.clusters[it as usize].as_ref()?)))
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
            self.clusters.push(None);
            self.shared.push(0);
            (self.clusters.len() - 1) as u32
        });
        let cluster = self.clusters[place as usize].get_or_insert_with(|| TopicCluster {
            id,
            sum: Vec::with_capacity(vector.len()),
            square: 0.0,
            newest: published,
        });
        cluster.newest = cluster.newest.max(published);
        for (term, x) in vector {
            let at = cluster.sum.binary_search_by_key(term, |it| it.0).unwrap_or_else(|at| {
                self.by_term.push(*term, place);
                cluster.sum.insert(at, (*term, 0.0));
                at
            });
            let sum = &mut cluster.sum[at].1;
            cluster.square += x * (2.0 * *sum + x);
            *sum += x;
        }
    }

    fn absorb(&mut self, into: S, from: S) {
        self.note_before(from);
        let Some(place) = self.places.remove(&from) else { return };
        let Some(cluster) = self.clusters[place as usize].take() else { return };
        self.forget_terms(&cluster, place);
        self.extend(into, &cluster.sum, cluster.newest);
        self.parent_of.insert(from, into);
        if let Some(undo) = self.undo.as_mut() {
            undo.parent_of.push(from);
        }
    }

    /// Two stories have become one.
    pub(super) fn merge_stories(&mut self, from: S) {
        self.put_story(from, None);
    }

    /// Closes topic clusters that nothing entered since `oldest`; `is_open` tells of stories.
    pub(super) fn close(&mut self, oldest: Timestamp, is_open: impl Fn(S) -> bool) {
        let stories = std::mem::take(&mut self.of_story);
        self.of_story = stories
            .into_iter()
            .filter(|(story, _)| is_open(*story))
            .map(|(story, cluster)| (story, self.find_root(cluster)))
            .collect();
        self.parent_of.clear();
        let clusters = std::mem::take(&mut self.clusters);
        self.places.clear();
        self.by_term = Postings::default();
        self.clusters = clusters.into_iter().flatten().filter(|it| oldest <= it.newest).map(Some).collect();
        self.shared.truncate(self.clusters.len());
        for (place, cluster) in self.clusters.iter().flatten().enumerate() {
            self.places.insert(cluster.id, place as u32);
            for (term, _) in &cluster.sum {
                self.by_term.push(*term, place as u32);
            }
        }
    }
}

impl<S> TopicCluster<S> {
    fn weight(&self, term: Term) -> f32 {
        self.sum.binary_search_by_key(&term, |it| it.0).map_or(0.0, |at| self.sum[at].1)
    }
}

/// A headline as a vector of length 1.
fn vector(features: &EntryFeatures, idf: &impl Idf) -> Vec<(Term, f32)> {
    let mut vector: Vec<(Term, f32)> =
        features.profile.title.iter().map(|it| (it.term, idf.of(it.term))).filter(|it| 0.0 < it.1).collect();
    let length = vector.iter().map(|it| it.1 * it.1).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|it| it.1 /= length);
    vector
}

fn cosine<S>(a: &TopicCluster<S>, b: &TopicCluster<S>) -> f32 {
    let (small, large) = if a.sum.len() <= b.sum.len() { (a, b) } else { (b, a) };
    let dot: f32 = small.sum.iter().map(|(term, x)| x * large.weight(*term)).sum();
    dot / (a.square * b.square).sqrt()
}
