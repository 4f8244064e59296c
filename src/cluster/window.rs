//! The entries of the last days, found by their words.

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use foldhash::HashMapExt;

use crate::domain::EntryId;
use crate::domain::Timestamp;

use super::background::BACKGROUND;
use super::circle::Circles;
use super::matcher::Judgement;
use super::matcher::Matcher;
use super::reading::Article;
use super::reading::Reading;
use super::term::Term;
use super::term::Terms;
use super::witness;
use super::witness::Rarity;
use super::witness::Weighed;

/// Entries looked at under one term, the latest first: a word that more have tells nothing.
const UNDER_TERM_MAX: usize = 512;
/// Entries looked at under all terms of one entry.
const LOOKED_AT_MAX: usize = 2_048;
/// Rarity of the terms that an entry must share to be compared.
const SHARED_MIN: f32 = 0.8;
/// Entries compared with one, those that share most first.
const COMPARED_MAX: usize = 64;
/// Stories that an entry may be put to, those of the likeliest members first.
const STORIES_MAX: usize = 6;
/// How far back the event may lie that an entry follows.
const FOLLOWED_SPAN: Duration = Duration::from_secs(8 * 86_400);
/// Stories that an entry follows, the likeliest first.
const FOLLOWED_MAX: usize = 3;
/// Members of a story that another entry is compared with: the first and the latest.
const MEMBERS_COMPARED_MAX: usize = 12;
/// Members of a story that are compared with those of another one.
const MEMBERS_MERGED_MAX: usize = 6;

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
    matcher: Arc<Matcher>,
    /// How much each slot shares with the entry under decision; all 0 between decisions.
    shared: Vec<f32>,
    /// What was changed since `begin`.
    journal: Option<Journal<S>>,
}

/// What it takes to bring a window back to how it was.
struct Journal<S> {
    /// In the order in which they were inserted.
    inserted: Vec<EntryId>,
    /// Which story became part of which, and the slots that moved.
    merged: Vec<(S, S, Vec<u32>)>,
}

struct Slot<S> {
    entry: EntryId,
    story: S,
    reading: Reading,
}

/// How many entries of the window have a term, and how many articles of the background.
#[derive(Default)]
struct Counts {
    of_term: HashMap<Term, (u32, u16)>,
    entries: u32,
}

/// A story that an entry is like.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<S> {
    /// The story.
    pub story: S,
    /// How likely the entry tells the same as the member that it is most like.
    pub probability: f32,
    /// Why, in words for the operator.
    pub why: String,
    /// Further stories that are the same one, now that the entry is seen beside both.
    pub also: Vec<S>,
}

/// What the window says of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict<S> {
    /// The story it tells.
    pub joins: Option<Match<S>>,
    /// A story that it nearly would have been put to, and how likely it tells it.
    pub almost: Option<(S, f32)>,
    /// Earlier stories of which it tells what came, the likeliest first.
    pub follows: Vec<Followed<S>>,
}

/// An earlier story of which an entry tells what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Followed<S> {
    /// The story.
    pub story: S,
    /// Its entry that says so.
    pub entry: EntryId,
    /// How likely that is.
    pub probability: f32,
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
            matcher: Matcher::learned(),
            shared: Vec::new(),
            journal: None,
        }
    }

    /// From here on what is inserted and merged can be rolled back, until it is committed. Only entries
    /// that are not held may be inserted meanwhile, and none removed.
    pub fn begin(&mut self) {
        self.journal = Some(Journal { inserted: Vec::new(), merged: Vec::new() });
        self.circles.begin();
    }

    /// Keeps what was changed since `begin`.
    pub fn commit(&mut self) {
        self.journal = None;
        self.circles.commit();
    }

    /// Takes back what was changed since `begin`: the window is as if it had never happened.
    /// Returns what was read of the entries that go.
    pub fn roll_back(&mut self) -> Vec<(EntryId, Reading)> {
        let Some(journal) = self.journal.take() else { return Vec::new() };
        let taken = journal.inserted.into_iter().rev();
        let readings = taken.filter_map(|entry| Some((entry, self.take(entry)?))).collect();
        // What was inserted stood last; its gaps would make later slots look as late as it was.
        while self.slots.back().is_some_and(Option::is_none) {
            self.slots.pop_back();
            self.latest.pop_back();
            self.shared.pop();
        }
        for (from, into, mut moved) in journal.merged.into_iter().rev() {
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
        self.circles.roll_back();
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

    /// How long entries are held where it matters what they follow: as long as another may join their
    /// story or follow it.
    pub fn memory(&self) -> Duration {
        self.span.max(FOLLOWED_SPAN)
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

    /// How likely two entries tell one event, and whether that makes one story of them.
    pub fn likeness(&self, a: &Reading, b: &Reading) -> (f32, bool) {
        let (a, b) = (Weighed::new(a, &self.rarity), Weighed::new(b, &self.rarity));
        let judged = self.matcher.judge(&a, &b);
        let has_texts = a.reading.has_text && b.reading.has_text;
        (if has_texts { judged.probability } else { judged.of_headlines() }, judged.is_enough())
    }

    /// The witnesses of a pair and whether something speaks against it; for training.
    pub fn witnesses(&self, a: &Reading, b: &Reading) -> (Vec<f32>, bool) {
        let compared = witness::compare(&Weighed::new(a, &self.rarity), &Weighed::new(b, &self.rarity));
        (compared.witnesses.to_vec(), compared.objection.is_some())
    }

    /// Entries that one would be compared with; for training.
    pub fn compared_with(&mut self, reading: &Reading) -> Vec<EntryId> {
        self.candidates(reading).into_iter().filter_map(|it| Some(self.slot(it)?.entry)).collect()
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

    /// The story that an entry tells, if there is one. `may_join` says whether a story is open to it.
    pub fn nearest(&mut self, reading: &Reading, may_join: impl Fn(S) -> bool) -> Verdict<S> {
        let nothing = Verdict { joins: None, almost: None, follows: Vec::new() };
        if reading.is_alone || reading.is_series {
            return nothing;
        }
        let candidates = self.candidates(reading);
        if candidates.is_empty() {
            return nothing;
        }
        let weighed = Weighed::new(reading, &self.rarity);
        let mut judged: Vec<(u32, Judgement)> = Vec::with_capacity(candidates.len());
        // For each story the likeliest member that suffices, and the likeliest that does not.
        let mut stories: Vec<(S, f32)> = Vec::new();
        let mut almost: Option<(S, f32)> = None;
        let mut follows: Vec<Followed<S>> = Vec::new();
        for number in candidates {
            let Some(slot) = self.slot(number) else { continue };
            let judgement = self.matcher.judge(&Weighed::new(&slot.reading, &self.rarity), &weighed);
            let likely = judgement.probability;
            if slot.reading.published < reading.published
                && !judgement.is_enough()
                && let Some(probability) = self.matcher.follows(&judgement)
            {
                follows.push(Followed { story: slot.story, entry: slot.entry, probability });
            }
            if !self.is_near(&slot.reading, reading) {
                continue;
            }
            if !judgement.is_enough() {
                if almost.is_none_or(|it| it.1 < likely) {
                    almost = Some((slot.story, likely));
                }
            } else if let Some(known) = stories.iter_mut().find(|it| it.0 == slot.story) {
                known.1 = known.1.max(likely);
            } else {
                stories.push((slot.story, likely));
            }
            judged.push((number, judgement));
        }
        stories.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        stories.retain(|it| may_join(it.0));
        stories.truncate(STORIES_MAX);
        let mut fitting: Vec<(S, f32)> = stories
            .iter()
            .filter_map(|it| Some((it.0, self.fits(it.0, &weighed, &judged)?)))
            .filter(|it| 1.0 <= it.1)
            .collect();
        fitting.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let own = fitting.first().map(|it| it.0);
        let follows = likeliest(follows, own);
        let Some(story) = own else { return Verdict { joins: None, almost, follows } };
        let also =
            fitting[1..].iter().filter(|it| self.are_one(story, it.0, &weighed)).map(|it| it.0).collect();
        let (probability, why) = self.why(story, reading, &judged);
        Verdict { joins: Some(Match { story, probability, why, also }), almost, follows }
    }

    /// What the members of a story say of an entry on average, from 1 on that it belongs to them; `None`
    /// when one is too far in time, contradicts it, or is of the same publisher, who tells an event once.
    fn fits(&self, story: S, entry: &Weighed<'_>, judged: &[(u32, Judgement)]) -> Option<f32> {
        let is_of_story = |number: u32| self.slot(number).is_some_and(|it| it.story == story);
        if judged.iter().any(|it| it.1.contradicts() && is_of_story(it.0)) {
            return None;
        }
        let members = self.members(story, MEMBERS_COMPARED_MAX);
        let mut sum = 0.0;
        for number in &members {
            let reading = &self.slot(*number)?.reading;
            if !self.is_near(reading, entry.reading) {
                return None;
            }
            let judgement = match judged.iter().find(|it| it.0 == *number) {
                Some(known) => known.1.clone(),
                None => self.matcher.judge(&Weighed::new(reading, &self.rarity), entry),
            };
            let tells_beside = reading.tells_beside(entry.reading) && !judgement.is_enough();
            if tells_beside || judgement.contradicts() {
                return None;
            }
            sum += judgement.vote();
        }
        (!members.is_empty()).then(|| sum / members.len() as f32)
    }

    /// Whether two stories are one, now that an entry that tells both is a member of the first.
    fn are_one(&self, story: S, other: S, entry: &Weighed<'_>) -> bool {
        let weigh = |story| {
            self.members(story, MEMBERS_MERGED_MAX)
                .into_iter()
                .filter_map(|it| Some(Weighed::new(&self.slot(it)?.reading, &self.rarity)))
                .collect::<Vec<_>>()
        };
        let (ours, theirs) = (weigh(story), weigh(other));
        let (mut sum, mut count) = (0.0, 0.0);
        for a in ours.iter().chain([entry]) {
            for b in &theirs {
                if !self.is_near(a.reading, b.reading) {
                    return false;
                }
                let judgement = self.matcher.judge(b, a);
                let tells_beside = a.reading.tells_beside(b.reading) && !judgement.is_enough();
                if tells_beside || judgement.contradicts() {
                    return false;
                }
                sum += judgement.vote();
                count += 1.0;
            }
        }
        0.0 < count && count <= sum
    }

    /// The first member of a story and the latest ones.
    fn members(&self, story: S, max: usize) -> Vec<u32> {
        let Some(all) = self.stories.get(&story) else { return Vec::new() };
        let latest = all.len().saturating_sub(max - 1).max(1);
        all.first().into_iter().chain(all.get(latest..).unwrap_or_default()).copied().collect()
    }

    /// How likely the most alike member tells the same, and why, in words.
    fn why(&self, story: S, reading: &Reading, judged: &[(u32, Judgement)]) -> (f32, String) {
        let of_story = judged.iter().filter(|it| self.slot(it.0).is_some_and(|it| it.story == story));
        let best = of_story.max_by(|a, b| a.1.probability.total_cmp(&b.1.probability).then(b.0.cmp(&a.0)));
        let hours = self.hours_from_first(story, reading);
        let Some((_, judgement)) = best else { return (0.0, String::new()) };
        (judgement.probability, format!("{}, within {hours} h", self.matcher.explain(judgement)))
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

    /// Slots that share most with an entry, rare terms looked up first.
    fn candidates(&mut self, reading: &Reading) -> Vec<u32> {
        let mut lists: Vec<(f32, &Vec<u32>)> =
            reading.keys().filter_map(|it| Some((self.rarity.of(it), self.by_term.get(&it)?))).collect();
        lists.sort_by(|a, b| a.1.len().cmp(&b.1.len()).then(b.0.total_cmp(&a.0)));
        let oldest = reading.published.minus(self.memory());
        let near = self.latest.partition_point(|it| *it < oldest);
        let mut looked_at = 0;
        let mut touched = Vec::new();
        for (weight, list) in lists {
            for slot in list.iter().rev().take(UNDER_TERM_MAX.min(LOOKED_AT_MAX - looked_at)) {
                let place = self.place(*slot);
                if place < near {
                    break;
                }
                looked_at += 1;
                let shared = &mut self.shared[place];
                if *shared <= 0.0 {
                    touched.push(*slot);
                }
                *shared += weight.max(f32::EPSILON);
            }
        }
        let mut found: Vec<(f32, u32)> = touched
            .into_iter()
            .map(|slot| {
                let place = self.place(slot);
                (std::mem::take(&mut self.shared[place]), slot)
            })
            .filter(|it| SHARED_MIN <= it.0)
            .collect();
        let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1));
        if COMPARED_MAX < found.len() {
            found.select_nth_unstable_by(COMPARED_MAX, order);
            found.truncate(COMPARED_MAX);
        }
        found.sort_unstable_by(order);
        found.into_iter().map(|it| it.1).collect()
    }

    /// Keeps an entry under its story, and returns which circles became part of which by it.
    pub fn insert(&mut self, entry: EntryId, story: S, reading: Reading) -> Vec<(S, S)> {
        let is_known = self.by_entry.contains_key(&entry);
        self.remove(entry);
        if let Some(journal) = self.journal.as_mut() {
            journal.inserted.push(entry);
        }
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
        self.shared.push(0.0);
        let mut members = self.stories.remove(&story).unwrap_or_default();
        let at =
            members.partition_point(|it| self.slot(*it).is_some_and(|it| it.reading.published <= published));
        members.insert(at, slot);
        self.stories.insert(story, members);
    }

    /// Forgets an entry, because it changed, moved or went.
    pub fn remove(&mut self, entry: EntryId) {
        self.take(entry);
    }

    fn take(&mut self, entry: EntryId) -> Option<Reading> {
        let number = self.by_entry.remove(&entry)?;
        let place = self.place(number);
        let slot = self.slots[place].take()?;
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
        Some(slot.reading)
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
        if let Some(journal) = self.journal.as_mut() {
            journal.merged.push((from, into, came));
        }
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

/// The stories that an entry follows, each once, without its own.
fn likeliest<S: Copy + Ord>(mut follows: Vec<Followed<S>>, own: Option<S>) -> Vec<Followed<S>> {
    follows.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.story.cmp(&b.story)));
    let mut found: Vec<Followed<S>> = Vec::new();
    for it in follows {
        let is_new = found.iter().all(|other| other.story != it.story);
        if Some(it.story) != own && is_new && found.len() < FOLLOWED_MAX {
            found.push(it);
        }
    }
    found
}

fn apart(a: &Reading, b: &Reading) -> Duration {
    a.published.since(b.published).max(b.published.since(a.published))
}

impl Counts {
    fn add(&mut self, reading: &Reading) {
        self.entries += 1;
        for term in &reading.terms {
            self.of_term.entry(*term).or_insert_with(|| (0, BACKGROUND.count(*term))).0 += 1;
        }
    }

    fn subtract(&mut self, reading: &Reading) {
        self.entries = self.entries.saturating_sub(1);
        for term in &reading.terms {
            if let Some(count) = self.of_term.get_mut(term) {
                count.0 = count.0.saturating_sub(1);
                if count.0 == 0 {
                    self.of_term.remove(term);
                }
            }
        }
    }
}

impl Rarity for Counts {
    fn of(&self, term: Term) -> f32 {
        let (held, known) = self.of_term.get(&term).copied().unwrap_or_else(|| (0, BACKGROUND.count(term)));
        let all = BACKGROUND.articles + self.entries as f32;
        let most = (2.0 * all).ln();
        ((all / (held as f32 + f32::from(known) + 0.5)).ln() / most).max(0.0)
    }
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
        let article = Article {
            publisher: &publisher,
            title: &title,
            text: "",
            published,
            address: None,
            links: &[],
            is_alone: false,
        };
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
            let (of_old, of_new) =
                (old.nearest(&reading, |_| true).joins, new.nearest(&reading, |_| true).joins);
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
            let (entry, reading) = read(&mut window, n);
            window.insert(entry, if n == 11 { 99 } else { n / 3 }, reading);
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
            assert_eq!(window.nearest(&of_window, |_| true), other.nearest(&of_other, |_| true), "{n}");
            // Whatever comes next has the same outcome, for stories and for their circles.
            let story = 100 + n;
            assert_eq!(window.insert(entry, story, of_window), other.insert(entry, story, of_other), "{n}");
            assert_eq!(window.circle(story), other.circle(story), "{n}");
        }
        for story in 0..10 {
            assert_eq!(window.circle(story), other.circle(story), "{story}");
        }
    }

    #[test]
    fn a_text_that_another_publisher_repeats_is_no_copy() {
        let text = "Only members may read on, and a membership costs less than a coffee a week. ".repeat(6);
        let check = |told: &[(&str, usize)], expected: &[usize]| {
            let mut window = Window::new(SPAN);
            let read = |window: &mut Window<usize>, publisher: &str| {
                let published = Timestamp::default();
                window.read(&Article {
                    publisher,
                    title: "",
                    text: &text,
                    published,
                    address: None,
                    links: &[],
                    is_alone: false,
                })
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
            window.read(&Article {
                publisher,
                title: "",
                text: &text,
                published,
                address: None,
                links: &[],
                is_alone: false,
            })
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
        assert_eq!(window.nearest(&reading, |_| true).joins.map(|it| it.story), Some(0));
        assert_eq!(window.nearest(&reading, |it| it != 0).joins, None);
    }
}
