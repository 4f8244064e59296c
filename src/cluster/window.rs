//! The entries of the last days, found by their words.

use std::collections::VecDeque;
use std::hash::Hash;
use std::time::Duration;

use foldhash::HashMap;
use foldhash::HashMapExt;

use crate::domain::EntryId;
use crate::domain::Timestamp;

use super::circle::Circles;
use super::likeness;
use super::likeness::Evidence;
use super::likeness::Rarity;
use super::likeness::Weighed;
use super::reading::Article;
use super::reading::Reading;
use super::term::Term;
use super::term::Terms;

/// Entries looked at under one term, the latest first: a word that more have tells nothing.
const UNDER_TERM_MAX: usize = 512;
/// Entries looked at under all terms of one entry.
const LOOKED_AT_MAX: usize = 2_048;
/// Terms that an entry must share to be compared.
const SHARED_TERMS_MIN: u16 = 2;
/// Entries compared with one, those that share most first.
const COMPARED_MAX: usize = 48;
/// Members of a story that a new one is compared with: the first and the latest.
const MEMBERS_COMPARED_MAX: usize = 12;
/// What a new member must have in common with the first one, in the likeness of titles or
/// of texts, so that no chain of small steps leads from one event to another.
const FIRST_TITLE_MIN: f32 = 0.20;
const FIRST_TEXT_MIN: f32 = 0.15;
/// The same of all members that are compared, on average.
const ALL_MIN: f32 = 0.25;
/// Smoothing of how rare a term is while the window holds few entries.
const FEW_ENTRIES: f32 = 50.0;

/// An incremental index over the entries whose stories are still open. `S` names a story.
pub struct Window<S> {
    span: Duration,
    terms: Terms,
    /// In the order in which they were kept; one that is forgotten leaves a gap.
    slots: VecDeque<Option<Slot<S>>>,
    /// Number of the first slot.
    first: u32,
    /// For each slot the latest date up to there, so that one look tells where those begin
    /// that may be near in time.
    latest: VecDeque<Timestamp>,
    by_entry: HashMap<EntryId, u32>,
    by_term: HashMap<Term, Vec<u32>>,
    by_copy: HashMap<u64, Vec<u32>>,
    /// The slots of each story, by date.
    stories: HashMap<S, Vec<u32>>,
    rarity: Counts,
    circles: Circles<S>,
    /// How many terms each slot shares with the entry under decision; all 0 between decisions.
    shared: Vec<u16>,
}

struct Slot<S> {
    entry: EntryId,
    story: S,
    reading: Reading,
}

/// In how many headlines and texts of the window a term stands.
#[derive(Default)]
struct Counts {
    of_term: HashMap<Term, (u32, u32)>,
    titles: u32,
    texts: u32,
}

/// A story that an entry is like.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<S> {
    /// The story.
    pub story: S,
    /// Why, in words for the operator.
    pub why: String,
}

impl<S: Copy + Eq + Hash + Ord> Window<S> {
    /// An empty index of entries that are at most `span` apart.
    pub fn new(span: Duration) -> Self {
        Self {
            span,
            terms: Terms::default(),
            slots: VecDeque::new(),
            first: 0,
            latest: VecDeque::new(),
            by_entry: HashMap::new(),
            by_term: HashMap::new(),
            by_copy: HashMap::new(),
            stories: HashMap::new(),
            rarity: Counts::default(),
            circles: Circles::new(),
            shared: Vec::new(),
        }
    }

    /// How far apart the entries of one story may be.
    pub fn span(&self) -> Duration {
        self.span
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
    pub fn read(&mut self, article: &Article<'_>) -> Reading {
        Reading::of(article, &mut self.terms)
    }

    /// How much two headlines are alike, from about 0 to 1, and whether it makes one story.
    pub fn likeness(&self, a: &Reading, b: &Reading) -> (f32, bool) {
        let b = Weighed::new(b, &self.rarity);
        let is_same = likeness::same_event(a, &b, &self.rarity).is_some();
        (likeness::titles(a, &b, &self.rarity).score, is_same)
    }

    /// Counts a headline as one of the window without keeping it.
    pub fn count(&mut self, reading: &Reading) {
        self.rarity.add(reading);
    }

    /// Stories with an entry of another publisher that has the very same text, oldest story first.
    /// A publisher that gives one text to several entries has told nothing with it, nor has
    /// another one to several stories.
    /// Only what appeared near it counts, and nothing from before `from`.
    pub fn copies(&self, reading: &Reading, from: Timestamp) -> Vec<S> {
        let copy = reading.copy.filter(|_| !reading.is_alone);
        let Some(copies) = copy.and_then(|it| self.by_copy.get(&it)) else { return Vec::new() };
        let is_near = |it: &&Slot<S>| from <= it.reading.published && self.is_near(&it.reading, reading);
        let slots = || copies.iter().filter_map(|it| self.slot(*it)).filter(is_near);
        let mut told: HashMap<Term, S> = HashMap::new();
        for it in slots() {
            let publisher = it.reading.publisher;
            if publisher == reading.publisher || *told.entry(publisher).or_insert(it.story) != it.story {
                return Vec::new();
            }
        }
        let mut stories: Vec<S> = slots().map(|it| it.story).collect();
        stories.sort_unstable();
        stories.dedup();
        stories
    }

    /// The story that an entry is most like, if it tells the same event. `may_join` says
    /// whether a story is open to it.
    pub fn nearest(&mut self, reading: &Reading, may_join: impl Fn(S) -> bool) -> Option<Match<S>> {
        if reading.is_alone || reading.is_series {
            return None;
        }
        let candidates = self.candidates(reading);
        if candidates.is_empty() {
            return None;
        }
        let weighed = Weighed::new(reading, &self.rarity);
        let mut best: Vec<(S, Evidence)> = Vec::new();
        for slot in candidates {
            let Some(slot) = self.slot(slot) else { continue };
            if !self.is_near(&slot.reading, reading) {
                continue;
            }
            if let Some(evidence) = likeness::same_event(&slot.reading, &weighed, &self.rarity) {
                match best.iter_mut().find(|it| it.0 == slot.story) {
                    Some(known) if known.1.score < evidence.score => known.1 = evidence,
                    Some(_) => {}
                    None => best.push((slot.story, evidence)),
                }
            }
        }
        best.sort_by(|a, b| b.1.score.total_cmp(&a.1.score).then(a.0.cmp(&b.0)));
        let (story, evidence) = best
            .into_iter()
            .find(|(story, _)| may_join(*story) && self.holds_together(*story, reading, &weighed))?;
        let hours = self.hours_from_first(story, reading);
        Some(Match { story, why: format!("{evidence}, within {hours} h") })
    }

    /// Whether an entry fits to a story as a whole and not only to one member.
    fn holds_together(&self, story: S, reading: &Reading, weighed: &Weighed<'_>) -> bool {
        let Some(members) = self.stories.get(&story) else { return false };
        let member = |it: &u32| self.slot(*it).map(|it| &it.reading);
        let (Some(first), Some(last)) = (members.first().and_then(member), members.last().and_then(member))
        else {
            return false;
        };
        if !self.is_near(first, reading) || !self.is_near(last, reading) {
            return false;
        }
        let likeness = |it: &Reading| {
            let title = likeness::titles(it, weighed, &self.rarity).score;
            let text = if it.has_text && reading.has_text {
                likeness::texts(it, weighed, &self.rarity)
            } else {
                0.0
            };
            (title, text)
        };
        let (title, text) = likeness(first);
        if title < FIRST_TITLE_MIN && text < FIRST_TEXT_MIN {
            return false;
        }
        let latest = members.len().saturating_sub(MEMBERS_COMPARED_MAX - 1).max(1);
        let others = members[latest..].iter().filter_map(member).map(likeness);
        let (mut sum, mut count) = (0.0, 0.0);
        for (title, text) in std::iter::once((title, text)).chain(others) {
            sum += title.max(text);
            count += 1.0;
        }
        ALL_MIN <= sum / count
    }

    fn hours_from_first(&self, story: S, reading: &Reading) -> u64 {
        let first = self.stories.get(&story).and_then(|it| self.slot(*it.first()?));
        let apart = first.map_or(Duration::ZERO, |it| apart(&it.reading, reading));
        apart.as_secs().div_ceil(3_600).max(1)
    }

    fn slot(&self, number: u32) -> Option<&Slot<S>> {
        self.slots.get(self.place(number))?.as_ref()
    }

    fn place(&self, number: u32) -> usize {
        number.wrapping_sub(self.first) as usize
    }

    fn is_near(&self, a: &Reading, b: &Reading) -> bool {
        apart(a, b) <= self.span
    }

    /// Slots that share most terms with an entry, rare terms looked up first.
    fn candidates(&mut self, reading: &Reading) -> Vec<u32> {
        let mut lists: Vec<&Vec<u32>> = reading.keys().filter_map(|it| self.by_term.get(&it)).collect();
        lists.sort_by_key(|it| it.len());
        let oldest = reading.published.minus(self.span);
        let near = self.latest.partition_point(|it| *it < oldest);
        let mut looked_at = 0;
        let mut touched = Vec::new();
        for list in lists {
            for slot in list.iter().rev().take(UNDER_TERM_MAX.min(LOOKED_AT_MAX - looked_at)) {
                let place = self.place(*slot);
                if place < near {
                    break;
                }
                looked_at += 1;
                let shared = &mut self.shared[place];
                if *shared == 0 {
                    touched.push(*slot);
                }
                *shared += 1;
            }
        }
        let mut found: Vec<(u16, u32)> = touched
            .into_iter()
            .map(|slot| {
                let place = self.place(slot);
                (std::mem::take(&mut self.shared[place]), slot)
            })
            .filter(|it| SHARED_TERMS_MIN <= it.0)
            .collect();
        if COMPARED_MAX < found.len() {
            found.select_nth_unstable_by(COMPARED_MAX, |a, b| b.cmp(a));
            found.truncate(COMPARED_MAX);
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.into_iter().map(|it| it.1).collect()
    }

    /// Keeps an entry under its story, and returns which circles became part of which by it.
    pub fn insert(&mut self, entry: EntryId, story: S, reading: Reading) -> Vec<(S, S)> {
        let is_known = self.by_entry.contains_key(&entry);
        self.remove(entry);
        self.rarity.add(&reading);
        let merged = if reading.is_alone || is_known {
            Vec::new()
        } else {
            self.circles.add(story, &reading, self.span, &self.rarity)
        };
        self.keep(entry, story, reading);
        merged
    }

    /// Notes that a story stands in a circle, as was decided before.
    pub fn note_circle(&mut self, story: S, circle: S) {
        self.circles.note(story, circle);
    }

    /// The circle of related stories that a story stands in, named by the story that began it.
    pub fn circle(&self, story: S) -> S {
        self.circles.of(story)
    }

    fn keep(&mut self, entry: EntryId, story: S, reading: Reading) {
        let slot = self.first.wrapping_add(self.slots.len() as u32);
        for term in reading.keys() {
            self.by_term.entry(term).or_default().push(slot);
        }
        if let Some(copy) = reading.copy.filter(|_| !reading.is_alone) {
            self.by_copy.entry(copy).or_default().push(slot);
        }
        let published = reading.published;
        self.by_entry.insert(entry, slot);
        self.slots.push_back(Some(Slot { entry, story, reading }));
        self.latest.push_back(self.latest.back().map_or(published, |it| published.max(*it)));
        self.shared.push(0);
        let mut members = self.stories.remove(&story).unwrap_or_default();
        let at =
            members.partition_point(|it| self.slot(*it).is_some_and(|it| it.reading.published <= published));
        members.insert(at, slot);
        self.stories.insert(story, members);
    }

    /// Forgets an entry, because it changed, moved or went.
    pub fn remove(&mut self, entry: EntryId) {
        let Some(number) = self.by_entry.remove(&entry) else { return };
        let place = self.place(number);
        let Some(slot) = self.slots[place].take() else { return };
        self.rarity.subtract(&slot.reading);
        let forget = |list: Option<&mut Vec<u32>>| {
            if let Some(list) = list {
                list.retain(|it| *it != number);
            }
        };
        for term in slot.reading.keys() {
            forget(self.by_term.get_mut(&term));
        }
        forget(slot.reading.copy.and_then(|it| self.by_copy.get_mut(&it)));
        forget(self.stories.get_mut(&slot.story));
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
        members.extend(came);
        members.sort_by_key(|it| self.slot(*it).map(|it| it.reading.published));
        self.stories.insert(into, members);
        self.circles.merge_stories(from);
    }

    /// Forgets entries older than `oldest`. Looks at all there are, so it is worth doing now and then.
    pub fn forget_before(&mut self, oldest: Timestamp) {
        for slot in &mut self.slots {
            if let Some(old) = slot.take_if(|it| it.reading.published < oldest) {
                self.rarity.subtract(&old.reading);
                self.by_entry.remove(&old.entry);
            }
        }
        let (slots, first) = (&self.slots, self.first);
        let has_any = |list: &mut Vec<u32>| {
            list.retain(|it| slots[it.wrapping_sub(first) as usize].is_some());
            !list.is_empty()
        };
        self.by_term.retain(|_, it| has_any(it));
        self.by_copy.retain(|_, it| has_any(it));
        self.stories.retain(|_, it| has_any(it));
        while self.slots.pop_front_if(|it| it.is_none()).is_some() {
            self.first = self.first.wrapping_add(1);
            self.latest.pop_front();
        }
        self.shared.truncate(self.slots.len());
        let stories = &self.stories;
        self.circles.close(oldest, |it| stories.contains_key(&it));
    }
}

fn apart(a: &Reading, b: &Reading) -> Duration {
    a.published.since(b.published).max(b.published.since(a.published))
}

impl Counts {
    fn add(&mut self, reading: &Reading) {
        self.titles += 1;
        reading.title.iter().for_each(|it| self.of_term.entry(it.term).or_default().0 += 1);
        if reading.has_text {
            self.texts += 1;
            reading.terms.iter().for_each(|it| self.of_term.entry(*it).or_default().1 += 1);
        }
    }

    fn subtract(&mut self, reading: &Reading) {
        let mut less = |term: Term, title: u32, text: u32| {
            if let Some(count) = self.of_term.get_mut(&term) {
                *count = (count.0.saturating_sub(title), count.1.saturating_sub(text));
                if *count == (0, 0) {
                    self.of_term.remove(&term);
                }
            }
        };
        reading.title.iter().for_each(|it| less(it.term, 1, 0));
        self.titles = self.titles.saturating_sub(1);
        if reading.has_text {
            reading.terms.iter().for_each(|it| less(*it, 0, 1));
            self.texts = self.texts.saturating_sub(1);
        }
    }
}

impl Rarity for Counts {
    fn in_titles(&self, term: Term) -> f32 {
        let known = self.of_term.get(&term).map_or(0, |it| it.0);
        rarity(known, self.titles)
    }

    fn in_texts(&self, term: Term) -> f32 {
        let known = self.of_term.get(&term).map_or(0, |it| it.1);
        rarity(known, self.texts)
    }
}

fn rarity(known: u32, all: u32) -> f32 {
    ((all as f32 + FEW_ENTRIES) / (known as f32 + 0.5)).ln().max(0.0)
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

    fn read(window: &mut Window<usize>, n: usize) -> (EntryId, Reading) {
        let (entry, publisher, title, published) = told(n);
        let article = Article { publisher: &publisher, title: &title, text: "", published, is_alone: false };
        (entry, window.read(&article))
    }

    fn holding(entries: impl Iterator<Item = usize>) -> Window<usize> {
        let mut window = Window::new(SPAN);
        for n in entries {
            let (entry, reading) = read(&mut window, n);
            window.insert(entry, n / 3, reading);
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
            let (_, reading) = read(&mut old, n);
            let (of_old, of_new) = (old.nearest(&reading, |_| true), new.nearest(&reading, |_| true));
            assert_eq!(of_old, of_new, "{n}");
            found += usize::from(of_old.is_some());
            if n < 12 {
                assert_eq!(of_old, None, "{n}");
            }
        }
        assert!(0 < found);
    }

    #[test]
    fn a_text_that_another_publisher_repeats_is_no_copy() {
        let text = "Only members may read on, and a membership costs less than a coffee a week. ".repeat(6);
        let check = |told: &[(&str, usize)], expected: &[usize]| {
            let mut window = Window::new(SPAN);
            let read = |window: &mut Window<usize>, publisher: &str| {
                let published = Timestamp::default();
                window.read(&Article { publisher, title: "", text: &text, published, is_alone: false })
            };
            for (at, (publisher, story)) in told.iter().enumerate() {
                let reading = read(&mut window, publisher);
                window.insert(EntryId(at as i64), *story, reading);
            }
            let reading = read(&mut window, "c");
            assert_eq!(window.copies(&reading, Timestamp::default()), expected);
        };
        check(&[("a", 1), ("b", 2)], &[1, 2]);
        check(&[("a", 1), ("a", 1)], &[1]);
        check(&[("a", 1), ("a", 2)], &[]);
        check(&[("a", 1), ("c", 2)], &[]);
    }

    #[test]
    fn only_a_copy_that_is_near_counts_however_much_more_is_held() {
        let text = "Only members may read on, and a membership costs less than a coffee a week. ".repeat(6);
        let mut window = Window::new(SPAN);
        let read = |window: &mut Window<usize>, publisher: &str, hour: i64| {
            let published = Timestamp::from_secs(hour * 3_600);
            window.read(&Article { publisher, title: "", text: &text, published, is_alone: false })
        };
        for (at, hour) in [0, 500].into_iter().enumerate() {
            let reading = read(&mut window, "a", hour);
            window.insert(EntryId(at as i64), at, reading);
        }
        let late = read(&mut window, "b", 501);
        assert_eq!(window.copies(&late, Timestamp::default()), [1]);
        assert!(window.copies(&late, Timestamp::from_secs(501 * 3_600)).is_empty());
    }

    #[test]
    fn a_story_that_is_closed_to_an_entry_is_passed_over() {
        let mut window = holding(0..2);
        let (_, reading) = read(&mut window, 2);
        assert_eq!(window.nearest(&reading, |_| true).map(|it| it.story), Some(0));
        assert_eq!(window.nearest(&reading, |it| it != 0), None);
    }
}
