//! The entries of the last days, found by their words.

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use foldhash::HashMapExt;

use crate::domain::EntryId;
use crate::domain::Timestamp;

use super::candidate::Index;
use super::candidate::Reach;
use super::features::EntryFeatures;
use super::features::EntryProfile;
use super::features::EntryText;
use super::idf::DocumentFrequencies;
use super::idf::HeldTerm;
use super::matcher::Matcher;
use super::objection;
use super::pair::Pair;
use super::postings::Postings;
use super::signal;
use super::term::Term;
use super::term::Vocabulary;
use super::tf_idf::Probe;
use super::topic_cluster::TopicClusters;

/// How far back the event may lie that an entry follows.
pub(super) const FOLLOWED_SPAN: Duration = Duration::from_secs(8 * 86_400);

/// Entries for which there is room at first.
const SLOTS_MIN: usize = 64;

/// An incremental index over the entries whose stories are still open. `S` names a story.
pub struct Window<S> {
    span: Duration,
    terms: Vocabulary,
    /// In the order in which they were kept; one that is forgotten leaves a gap.
    slots: VecDeque<Option<WindowSlot<S>>>,
    /// Number of the first slot.
    first: u32,
    /// For each slot the latest date up to there, so that one look tells where those begin
    /// that may be near in time.
    latest: VecDeque<Timestamp>,
    by_entry: HashMap<EntryId, u32>,
    pub(super) index: Index,
    /// By the shortened digests of their texts.
    pub(super) by_text: Postings,
    /// The slots of each story, by date.
    pub(super) stories: HashMap<S, Vec<u32>>,
    pub(super) idf: DocumentFrequencies,
    topic_clusters: TopicClusters<S>,
    pub(super) matcher: Arc<Matcher>,
    /// What was changed since `begin`.
    undo: Option<WindowUndo<S>>,
}

/// What it takes to bring a window back to how it was.
struct WindowUndo<S> {
    /// In the order in which they were inserted.
    inserted: Vec<EntryId>,
    /// Which story became part of which, and the slots that moved.
    merged: Vec<(S, S, Vec<u32>)>,
}

pub(super) struct WindowSlot<S> {
    pub(super) entry: EntryId,
    pub(super) story: S,
    pub(super) profile: EntryProfile,
    pub(super) terms: Box<[HeldTerm]>,
}

impl<S: Copy + Eq + Hash + Ord> Window<S> {
    /// An empty index of entries that are at most `span` apart.
    pub fn new(span: Duration) -> Self {
        Self {
            span,
            terms: Vocabulary::default(),
            slots: VecDeque::new(),
            first: 0,
            latest: VecDeque::new(),
            by_entry: HashMap::new(),
            index: Index::default(),
            by_text: Postings::default(),
            stories: HashMap::new(),
            idf: DocumentFrequencies::default(),
            topic_clusters: TopicClusters::new(),
            matcher: Matcher::learned(),
            undo: None,
        }
    }

    /// From here on what is inserted and merged can be rolled back, until it is committed. Only entries
    /// that are not held may be inserted meanwhile, and none removed.
    pub fn begin(&mut self) {
        self.undo = Some(WindowUndo { inserted: Vec::new(), merged: Vec::new() });
        self.topic_clusters.begin();
    }

    /// Keeps what was changed since `begin`.
    pub fn commit(&mut self) {
        self.undo = None;
        self.topic_clusters.commit();
    }

    /// Takes back what was changed since `begin`: the window is as if it had never happened.
    /// Returns what was read of the entries that go.
    pub fn roll_back(&mut self) -> Vec<(EntryId, EntryFeatures)> {
        let Some(undo) = self.undo.take() else { return Vec::new() };
        let taken = undo.inserted.into_iter().rev();
        let readings = taken.filter_map(|entry| Some((entry, self.take(entry)?))).collect();
        // What was inserted stood last; its gaps would make later slots look as late as it was.
        while self.slots.back().is_some_and(Option::is_none) {
            self.slots.pop_back();
            self.latest.pop_back();
        }
        self.index.truncate(self.slots.len());
        for (from, into, mut moved) in undo.merged.into_iter().rev() {
            moved.retain(|it| self.slot(*it).is_some());
            for number in &moved {
                let place = self.place(*number);
                if let Some(slot) = self.slots[place].as_mut() {
                    slot.story = from;
                }
            }
            if let Some(members) = self.stories.get_mut(&into) {
                members.retain(|it| !moved.contains(it));
            }
            if !moved.is_empty() {
                self.stories.insert(from, moved);
            }
        }
        self.topic_clusters.roll_back();
        readings
    }

    /// The same index with another matcher than the one that ships.
    pub fn with_matcher(mut self, matcher: Arc<Matcher>) -> Self {
        self.matcher = matcher;
        self
    }

    /// How far apart the entries of one story may be.
    pub fn span(&self) -> Duration {
        self.span
    }

    /// As [`memory`].
    pub fn memory(&self) -> Duration {
        memory(self.span)
    }

    /// Entries held.
    pub fn len(&self) -> usize {
        self.by_entry.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.by_entry.is_empty()
    }

    /// Reads an entry for comparison.
    pub fn read(&mut self, article: &EntryText<'_>) -> EntryFeatures {
        EntryFeatures::of(article, &mut self.terms)
    }

    /// How likely two entries tell one event, and whether that makes one story of them.
    pub fn likeness(&self, a: &EntryFeatures, b: &EntryFeatures) -> (f32, bool) {
        let probe = Probe::of(b, &self.idf);
        let judged = self.matcher.judge(&Pair::of(a, b, &probe, &self.idf), &self.index);
        let has_texts = a.profile.has_text && b.profile.has_text;
        let score = if has_texts { judged.probability } else { self.matcher.of_headlines(&judged) };
        (score, judged.is_enough())
    }

    /// The signals of a pair and whether something speaks against it; for training.
    pub fn signals(&self, a: &EntryFeatures, b: &EntryFeatures) -> (Vec<f32>, bool) {
        let probe = Probe::of(b, &self.idf);
        let pair = Pair::of(a, b, &probe, &self.idf);
        (signal::measure(&pair).to_vec(), objection::of(&pair).is_some())
    }

    /// Entries that one would be compared with; for training.
    pub fn compared_with(&mut self, features: &EntryFeatures) -> Vec<EntryId> {
        self.candidates(features).into_iter().filter_map(|it| Some(self.slot(it)?.entry)).collect()
    }

    /// Counts a headline as one of the window without keeping it.
    pub fn count(&mut self, features: &EntryFeatures) {
        self.idf.add(features);
    }

    pub(super) fn slot(&self, number: u32) -> Option<&WindowSlot<S>> {
        self.slots.get(self.place(number))?.as_ref()
    }

    fn place(&self, number: u32) -> usize {
        number.wrapping_sub(self.first) as usize
    }

    pub(super) fn is_near(&self, a: &EntryProfile, b: &EntryProfile) -> bool {
        apart(a, b) <= self.span
    }

    /// Slots of entries that one is compared with.
    pub(super) fn candidates(&mut self, features: &EntryFeatures) -> Vec<u32> {
        let oldest = features.profile.published.minus(self.memory());
        let near = self.latest.partition_point(|it| *it < oldest);
        let (slots, first, span) = (&self.slots, self.first, self.span);
        let reach = |slot: u32| {
            let other = slots.get(slot.wrapping_sub(first) as usize)?.as_ref()?;
            let apart = apart(&features.profile, &other.profile);
            let follows = (apart <= FOLLOWED_SPAN).then_some(Reach::Follow);
            if apart <= span { Some(Reach::Join) } else { follows }
        };
        self.index.candidates(features, &self.idf, (first, near), reach)
    }

    /// Keeps an entry under its story, and returns which topic clusters became part of which by it.
    pub fn insert(&mut self, entry: EntryId, story: S, features: EntryFeatures) -> Vec<(S, S)> {
        let is_known = self.by_entry.contains_key(&entry);
        self.remove(entry);
        if let Some(undo) = self.undo.as_mut() {
            undo.inserted.push(entry);
        }
        let terms = self.idf.add(&features);
        let merged = if features.profile.never_cluster || is_known {
            Vec::new()
        } else {
            self.topic_clusters.add(story, &features, self.span, &self.idf)
        };
        self.keep(WindowSlot { entry, story, profile: features.profile, terms });
        merged
    }

    /// Notes that a story stands in a topic cluster, as was decided before.
    pub fn note_topic_cluster(&mut self, story: S, topic_cluster: S) {
        self.topic_clusters.note(story, topic_cluster);
    }

    /// Whether it is known in which topic cluster a story stands.
    pub fn has_topic_cluster(&self, story: S) -> bool {
        self.topic_clusters.knows(story)
    }

    /// The topic cluster of related stories that a story stands in, named by the story that began it.
    pub fn topic_cluster(&self, story: S) -> S {
        self.topic_clusters.of(story)
    }

    fn keep(&mut self, held: WindowSlot<S>) {
        let slot = self.first.wrapping_add(self.slots.len() as u32);
        let (story, profile) = (held.story, &held.profile);
        self.index.push(slot, keys(&held.terms, &self.idf), profile);
        if let Some(text_digest) = profile.text_digest.filter(|_| !profile.never_cluster) {
            self.by_text.push(text_digest as u32, slot);
        }
        let published = profile.published;
        self.by_entry.insert(held.entry, slot);
        if self.slots.len() == self.slots.capacity() {
            // In small steps: a queue that doubles stands half empty.
            self.slots.reserve_exact(SLOTS_MIN.max(self.slots.len() / 8));
        }
        self.slots.push_back(Some(held));
        self.latest.push_back(self.latest.back().map_or(published, |it| published.max(*it)));
        let mut members = self.stories.remove(&story).unwrap_or_default();
        let at =
            members.partition_point(|it| self.slot(*it).is_some_and(|it| it.profile.published <= published));
        members.insert(at, slot);
        self.stories.insert(story, members);
    }

    /// Forgets an entry, because it changed, moved or went.
    pub fn remove(&mut self, entry: EntryId) {
        self.take(entry);
    }

    fn take(&mut self, entry: EntryId) -> Option<EntryFeatures> {
        let number = self.by_entry.remove(&entry)?;
        let place = self.place(number);
        let slot = self.slots[place].take()?;
        self.index.remove(number, keys(&slot.terms, &self.idf), &slot.profile);
        let terms = self.idf.subtract(&slot.terms);
        if let Some(text_digest) = slot.profile.text_digest {
            self.by_text.remove(text_digest as u32, number);
        }
        if let Some(members) = self.stories.get_mut(&slot.story) {
            members.retain(|it| *it != number);
        }
        Some(EntryFeatures { profile: slot.profile, terms })
    }

    /// One story has become part of another.
    pub fn merge(&mut self, from: S, into: S) {
        let came = self.stories.remove(&from).unwrap_or_default();
        for number in &came {
            let place = self.place(*number);
            if let Some(slot) = self.slots[place].as_mut() {
                slot.story = into;
            }
        }
        let mut members = self.stories.remove(&into).unwrap_or_default();
        members.extend(&came);
        if let Some(undo) = self.undo.as_mut() {
            undo.merged.push((from, into, came));
        }
        members.sort_by_key(|it| self.slot(*it).map(|it| it.profile.published));
        self.stories.insert(into, members);
        self.topic_clusters.merge_stories(from);
    }

    /// Forgets entries older than `oldest`. Looks at all there are, so it is worth doing now and then.
    pub fn forget_before(&mut self, oldest: Timestamp) {
        for slot in &mut self.slots {
            if let Some(old) = slot.take_if(|it| it.profile.published < oldest) {
                self.idf.subtract(&old.terms);
                self.by_entry.remove(&old.entry);
            }
        }
        let (slots, first) = (&self.slots, self.first);
        let has_any = |list: &mut Vec<u32>| {
            list.retain(|it| slots[it.wrapping_sub(first) as usize].is_some());
            !list.is_empty()
        };
        let is_held = |it: u32| slots[it.wrapping_sub(first) as usize].is_some();
        self.index.retain(is_held);
        self.by_text.retain(is_held);
        self.stories.retain(|_, it| has_any(it));
        while self.slots.pop_front_if(|it| it.is_none()).is_some() {
            self.first = self.first.wrapping_add(1);
            self.latest.pop_front();
        }
        self.index.truncate(self.slots.len());
        let stories = &self.stories;
        self.topic_clusters.close(oldest, |it| stories.contains_key(&it));
    }
}

/// How long entries are held where it matters what they follow: as long as another may join their story,
/// given how far apart the entries of one story may be, or follow it.
pub fn memory(span: Duration) -> Duration {
    span.max(FOLLOWED_SPAN)
}

/// Terms under which an entry of the window is found.
fn keys(terms: &[HeldTerm], idf: &DocumentFrequencies) -> impl Iterator<Item = Term> {
    terms.iter().filter(|it| it.flags().is_key()).map(|it| idf.term(*it))
}

pub(super) fn apart(a: &EntryProfile, b: &EntryProfile) -> Duration {
    a.published.since(b.published).max(b.published.since(a.published))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Duration = Duration::from_secs(72 * 3_600);

    /// Ten events an hour apart, each told by three publishers in much the same words.
    fn told(n: usize) -> (EntryId, String, String, Timestamp) {
        const WORDS: [&str; 12] = [
            "anvil", "barge", "candle", "dredger", "easel", "ferry", "gantry", "hammock", "kettle",
            "lantern", "mortar", "nozzle",
        ];
        let (event, publisher) = (n / 3, n % 3);
        let word = |at: usize| WORDS[(event * 5 + at * 7 + event / 12 * at) % WORDS.len()];
        let ending = ["today", "at last", "again"][publisher];
        let title = format!("Acme{event} ships {} and {} to {} {ending}", word(0), word(1), word(2));
        let at = Timestamp::from_secs((event * 3_600 + publisher * 60) as i64);
        (EntryId(n as i64), format!("paper {publisher}"), title, at)
    }

    fn read(window: &mut Window<usize>, n: usize) -> (EntryId, EntryFeatures) {
        let (entry, publisher, title, published) = told(n);
        let article = EntryText {
            publisher: &publisher,
            title: &title,
            text: "",
            published,
            address: None,
            links: &[],
            never_cluster: false,
        };
        (entry, window.read(&article))
    }

    fn holding(entries: impl Iterator<Item = usize>) -> Window<usize> {
        let mut window = Window::new(SPAN);
        for n in entries {
            let (entry, features) = read(&mut window, n);
            window.insert(entry, n / 3, features);
        }
        window
    }

    #[test]
    fn an_index_that_forgot_finds_what_one_finds_that_never_knew() {
        let mut old = holding(0..30);
        old.remove(EntryId(16));
        old.merge(8, 7);
        old.forget_before(told(12).3);
        let mut new = holding((12..30).filter(|it| *it != 16));
        new.merge(8, 7);
        assert_eq!(old.len(), new.len());
        let mut found = 0;
        for n in 0..30 {
            let (_, features) = read(&mut old, n);
            let (of_old, of_new) = (
                old.nearest(&features, Timestamp::default(), |_| true).joins,
                new.nearest(&features, Timestamp::default(), |_| true).joins,
            );
            assert_eq!(of_old, of_new, "{n}");
            found += usize::from(of_old.is_some());
            if n < 12 {
                assert_eq!(of_old, None, "{n}");
            }
        }
        assert!(0 < found);
    }

    #[test]
    fn what_is_rolled_back_leaves_no_trace() {
        let mut window = holding((0..30).filter(|it| ![4, 11, 17].contains(it)));
        let untouched = || {
            let mut window = holding((0..30).filter(|it| ![4, 11, 17].contains(it)));
            window.begin();
            window.commit();
            window
        };
        window.begin();
        for n in [11, 4, 17] {
            let (entry, features) = read(&mut window, n);
            window.insert(entry, if n == 11 { 99 } else { n / 3 }, features);
        }
        window.merge(5, 2);
        window.merge(2, 99);
        let taken: Vec<EntryId> = window.roll_back().into_iter().map(|it| it.0).collect();
        assert_eq!(taken, [17, 4, 11].map(EntryId));
        let mut other = untouched();
        assert_eq!((window.len(), window.slots.len()), (other.len(), other.slots.len()));
        for n in [11, 4, 17, 2, 29] {
            let (_, of_window) = read(&mut window, n);
            let (entry, of_other) = read(&mut other, n);
            assert_eq!(
                window.nearest(&of_window, Timestamp::default(), |_| true),
                other.nearest(&of_other, Timestamp::default(), |_| true),
                "{n}"
            );
            // Whatever comes next has the same outcome, for stories and for their topic clusters.
            let story = 100 + n;
            assert_eq!(window.insert(entry, story, of_window), other.insert(entry, story, of_other), "{n}");
            assert_eq!(window.topic_cluster(story), other.topic_cluster(story), "{n}");
        }
        for story in 0..10 {
            assert_eq!(window.topic_cluster(story), other.topic_cluster(story), "{story}");
        }
    }

    #[test]
    fn a_text_that_another_publisher_repeats_is_no_copy() {
        let text = "Only members may read on, and a membership costs less than a coffee a week. ".repeat(6);
        let check = |told: &[(&str, usize)], expected: &[usize]| {
            let mut window = Window::new(SPAN);
            let read = |window: &mut Window<usize>, publisher: &str| {
                let published = Timestamp::default();
                window.read(&EntryText {
                    publisher,
                    title: "",
                    text: &text,
                    published,
                    address: None,
                    links: &[],
                    never_cluster: false,
                })
            };
            for (at, (publisher, story)) in told.iter().enumerate() {
                let features = read(&mut window, publisher);
                window.insert(EntryId(at as i64), *story, features);
            }
            let features = read(&mut window, "c");
            assert_eq!(window.exact_duplicates(&features, Timestamp::default()), expected);
        };
        check(&[("a", 1), ("b", 2)], &[1, 2]);
        check(&[("a", 1), ("a", 1)], &[1]);
        check(&[("a", 1), ("a", 2)], &[]);
        check(&[("a", 1), ("a", 2), ("a", 1), ("b", 2)], &[2]);
        check(&[("a", 1), ("c", 2)], &[]);
    }

    #[test]
    fn only_a_copy_that_is_near_counts_however_much_more_is_held() {
        let text = "Only members may read on, and a membership costs less than a coffee a week. ".repeat(6);
        let mut window = Window::new(SPAN);
        let read = |window: &mut Window<usize>, publisher: &str, hour: i64| {
            let published = Timestamp::from_secs(hour * 3_600);
            window.read(&EntryText {
                publisher,
                title: "",
                text: &text,
                published,
                address: None,
                links: &[],
                never_cluster: false,
            })
        };
        for (at, hour) in [0, 500].into_iter().enumerate() {
            let features = read(&mut window, "a", hour);
            window.insert(EntryId(at as i64), at, features);
        }
        let late = read(&mut window, "b", 501);
        assert_eq!(window.exact_duplicates(&late, Timestamp::default()), [1]);
        assert!(window.exact_duplicates(&late, Timestamp::from_secs(501 * 3_600)).is_empty());
    }

    #[test]
    fn a_story_that_is_closed_to_an_entry_is_passed_over() {
        let mut window = holding(0..2);
        let (_, features) = read(&mut window, 2);
        assert_eq!(
            window.nearest(&features, Timestamp::default(), |_| true).joins.map(|it| it.story),
            Some(0)
        );
        assert_eq!(window.nearest(&features, Timestamp::default(), |it| it != 0).joins, None);
    }
}
