//! Finds the story of each entry, in one snapshot of the store, and writes nothing.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::cluster;
use crate::cluster::Assignment;
use crate::cluster::Decision;
use crate::cluster::Followed;
use crate::cluster::Unassigned;
use crate::domain::EntryId;
use crate::domain::SourceId;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::store::FollowUp;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::UnassignedRow;

use super::super::place::same_place;
use super::address::candidates;
use super::context::Bounds;
use super::context::Context;
use super::context::Prepared;
use super::context::never_cluster;
use super::merging::plan_merge;
use super::open_window::OpenWindow;

/// Entries that are decided and recorded at once: whoever else wants to write waits for so many.
pub(super) const RUN_MAX: usize = 200;

/// What was decided of some entries in one snapshot of the store.
pub(super) struct Run {
    /// The number of the latest decision that the snapshot holds.
    pub(super) token: i64,
    /// In the order of the entries.
    pub(super) steps: Vec<EntryDecision>,
}

/// What was decided of one entry.
pub(super) struct EntryDecision {
    pub(super) entry: Arc<UnassignedRow>,
    pub(super) outcome: AssignOutcome,
    /// The story that the entry is in at the end.
    pub(super) story: StoryRowId,
    /// The topic cluster of related stories that the story stands in.
    pub(super) topic_cluster: StoryRowId,
    /// Which topic clusters became part of which by it.
    pub(super) merged_topic_clusters: Vec<(StoryRowId, StoryRowId)>,
    /// Earlier entries of whose events it tells what came, and later ones that tell what came of its event
    /// and arrived before it.
    pub(super) follow_ups: Vec<FollowUp>,
}

/// A story that becomes part of another: the one that goes and the one that stays.
pub(super) type Merge = (StoryRowId, StoryRowId);

pub(super) enum AssignOutcome {
    /// A story of its own.
    Founds,
    /// A story that exists, or that an earlier step founds.
    Joins {
        story: StoryRowId,
        why: String,
        /// Which story becomes part of which by it: those that go and those that stay.
        merges: Vec<Merge>,
        /// What the merges rest on; nothing where none is possible, so that a story may be published
        /// meanwhile.
        standings: Vec<MergeStanding>,
    },
}

/// What decides whether the program may merge a story, and which of two stays.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct MergeStanding {
    pub(super) story: StoryRowId,
    is_rejected: bool,
    first_published: Option<Timestamp>,
    /// Whether a person has reviewed or written it.
    is_in_hand: bool,
}

impl Run {
    /// Stories that it founds.
    pub(super) fn founded(&self) -> usize {
        self.steps.iter().filter(|it| matches!(it.outcome, AssignOutcome::Founds)).count()
    }
}

impl MergeStanding {
    pub(super) fn of(store: &Reader<'_>, id: StoryRowId) -> Result<Option<Self>, StoreError> {
        let Some(story) = store.story_at(id)? else { return Ok(None) };
        let is_in_hand = store.is_in_hand(id)?;
        let is_rejected = story.state == StoryState::Rejected;
        Ok(Some(Self { story: id, is_rejected, first_published: story.first_published, is_in_hand }))
    }
}

/// What the steps of a run change that the snapshot does not show.
#[derive(Default)]
struct Overlay {
    /// Earliest date of the entries that joined a story or founded it.
    begins: HashMap<StoryRowId, Timestamp>,
    /// Digests of the addresses of the entries.
    addresses: HashSet<i64>,
    /// Digests of these without parameters, and the one source that has it, if only one does.
    places: HashMap<i64, Option<SourceId>>,
}

impl Overlay {
    /// Whether an entry's address may be that of an earlier step: then the store must know of it first.
    fn hides(&self, entry: &UnassignedRow) -> bool {
        // Under one place only other sources' entries are looked for.
        let is_others = |it: &Option<SourceId>| it.as_ref() != Some(&entry.source);
        entry.link_hash.is_some_and(|it| self.addresses.contains(&it))
            || entry.place_hash.and_then(|it| self.places.get(&it)).is_some_and(is_others)
    }

    fn note(&mut self, entry: &UnassignedRow, story: StoryRowId) {
        self.addresses.extend(entry.link_hash);
        if let Some(place) = entry.place_hash {
            let source = self.places.entry(place).or_insert_with(|| Some(entry.source.clone()));
            source.take_if(|it| *it != entry.source);
        }
        let begins = self.begins.entry(story).or_insert(entry.published);
        *begins = (*begins).min(entry.published);
    }

    fn begins(&self, store: &Reader<'_>, story: StoryRowId) -> Result<Option<Timestamp>, StoreError> {
        let (stored, here) = (store.story_begins(story)?, self.begins.get(&story).copied());
        Ok(stored.into_iter().chain(here).min())
    }
}

impl OpenWindow {
    /// Decides the first entries of those that wait, up to one for which the store must first know of
    /// what was decided before. All of it can be rolled back.
    pub(super) fn decide(
        &mut self,
        store: &Reader<'_>,
        context: &Context,
        bounds: &Bounds,
        waiting: &mut VecDeque<Prepared>,
    ) -> Result<Run, StoreError> {
        self.follow(store, context)?;
        self.window.begin();
        let mut run = Run { token: store.decisions()?, steps: Vec::new() };
        let mut next_story = store.next_story()?;
        let has_cannot_links = store.has_cannot_links()?;
        let mut overlay = Overlay::default();
        while run.steps.len() < self.run_max
            && let Some(prepared) = waiting.pop_front()
        {
            let is_first = run.steps.is_empty();
            if !is_first && overlay.hides(&prepared.row) {
                waiting.push_front(prepared);
                break;
            }
            let found = self.find(store, bounds, &overlay, &prepared, has_cannot_links)?;
            let follow_ups = follow_ups(prepared.row.id, &found);
            let found = found.assignment;
            let Assignment::Join { story, why, also } = found else {
                let step = self.take_step(&prepared.row, next_story, AssignOutcome::Founds, prepared.reading);
                run.steps.push(EntryDecision { follow_ups, ..step });
                overlay.note(&prepared.row, next_story);
                next_story.0 += 1;
                continue;
            };
            if !is_first && !also.is_empty() {
                // Whether stories may be merged, the store says, which must know of both.
                waiting.push_front(prepared);
                break;
            }
            let is_last = !also.is_empty();
            let resemble = |one, other| self.window.resemble(one, other);
            let (merges, standings) = plan_merges(store, &prepared.row, story, &also, resemble)?;
            for (from, into) in &merges {
                self.window.merge(*from, *into);
            }
            let stays = merges.last().map_or(story, |it| it.1);
            let outcome = AssignOutcome::Joins { story, why, merges, standings };
            if !self.window.has_topic_cluster(stays)
                && let Some(topic_cluster) = store.topic_cluster(stays)?
            {
                // A story that is too old to be held has its place all the same.
                self.window.note_topic_cluster(stays, topic_cluster);
            }
            let step = self.take_step(&prepared.row, stays, outcome, prepared.reading);
            run.steps.push(EntryDecision { follow_ups, ..step });
            overlay.note(&prepared.row, stays);
            if is_last {
                break;
            }
        }
        Ok(run)
    }

    /// Where one entry belongs, and what it follows.
    fn find(
        &mut self,
        store: &Reader<'_>,
        bounds: &Bounds,
        overlay: &Overlay,
        prepared: &Prepared,
        has_cannot_links: bool,
    ) -> Result<Decision<StoryRowId>, StoreError> {
        let entry = prepared.row.as_ref();
        if never_cluster(entry) {
            // What the operator leaves out must not come in through someone else's story,
            // nor what was paid for; and nobody's news is to go with it.
            return Ok(Decision::alone());
        }
        let same_url = candidates(store, entry.id, entry.canonical.as_deref().zip(entry.link_hash))?;
        let same_place = same_place(store, entry)?;
        let parted = if has_cannot_links { store.cannot_link_stories(entry.id)? } else { Vec::new() };
        let (source, published) = (&entry.source, entry.published);
        let Bounds { compared_from, held_from, .. } = *bounds;
        let asked = Unassigned { source, published, compared_from, held_from };
        let failed = Cell::new(None);
        let begins = |story| {
            overlay.begins(store, story).unwrap_or_else(|error| {
                failed.set(Some(error));
                None
            })
        };
        let is_open = |story| !parted.contains(&story);
        let (window, reading) = (&mut self.window, &prepared.reading);
        let decision = cluster::assign(window, &asked, reading, &same_url, &same_place, is_open, begins);
        match failed.take() {
            Some(error) => Err(error),
            None => Ok(decision),
        }
    }

    fn take_step(
        &mut self,
        entry: &Arc<UnassignedRow>,
        story: StoryRowId,
        outcome: AssignOutcome,
        reading: cluster::EntryFeatures,
    ) -> EntryDecision {
        let merged_topic_clusters = self.window.insert(entry.id, story, reading);
        let topic_cluster = self.window.topic_cluster(story);
        EntryDecision {
            entry: Arc::clone(entry),
            outcome,
            story,
            topic_cluster,
            merged_topic_clusters,
            follow_ups: Vec::new(),
        }
    }
}

/// What an entry follows, and what follows it.
fn follow_ups(id: EntryId, found: &Decision<StoryRowId>) -> Vec<FollowUp> {
    let follow_up = |entry, earlier, it: &Followed<StoryRowId>| FollowUp {
        entry,
        earlier,
        likely: (it.probability * 1_000.0) as u16,
        why: it.why.clone(),
    };
    let follows = found.follows.iter().map(|it| follow_up(id, it.entry, it));
    follows.chain(found.followed_by.iter().map(|it| follow_up(it.entry, id, it))).collect()
}

/// Whether all that is told of a story is under the address of an entry, whatever its parameters.
fn is_of_place(store: &Reader<'_>, story: StoryRowId, entry: &UnassignedRow) -> Result<bool, StoreError> {
    let place = |canonical: &Option<String>| canonical.as_deref()?.split('?').next().map(str::to_owned);
    let own = place(&entry.canonical);
    Ok(own.is_some() && store.member_entries(story)?.iter().all(|it| place(&it.canonical) == own))
}

/// Which of some stories that are one become part of which, in this order, and what that rests on.
/// What a person has reviewed or written, only a person joins with another story. Nor does an entry
/// make one of two that readers know, that do not `resemble` each other, and of which one is told under
/// other addresses than the entry's as well: it is one source's word.
fn plan_merges(
    store: &Reader<'_>,
    entry: &UnassignedRow,
    story: StoryRowId,
    also: &[StoryRowId],
    resemble: impl Fn(StoryRowId, StoryRowId) -> bool,
) -> Result<(Vec<Merge>, Vec<MergeStanding>), StoreError> {
    let (mut merges, mut standings) = (Vec::new(), Vec::new());
    if also.is_empty() {
        return Ok((merges, standings));
    }
    let mut stays = story;
    // Those that are one by now: none of them may be parted from what comes.
    let mut parts = vec![story];
    for id in [story].into_iter().chain(also.iter().copied()) {
        if standings.iter().all(|it: &MergeStanding| it.story != id) {
            standings.extend(MergeStanding::of(store, id)?);
        }
    }
    let is_in_hand = |id| standings.iter().any(|it| it.story == id && it.is_in_hand);
    let is_published = |id| standings.iter().any(|it| it.story == id && it.first_published.is_some());
    for other in also {
        if is_in_hand(stays) || is_in_hand(*other) {
            continue;
        }
        if is_published(stays)
            && is_published(*other)
            && !resemble(stays, *other)
            && !(is_of_place(store, stays, entry)? && is_of_place(store, *other, entry)?)
        {
            continue;
        }
        let mut is_parted = false;
        for part in &parts {
            is_parted |= store.are_cannot_linked(*part, *other)?;
        }
        if !is_parted && let Some((into, from)) = plan_merge(store, stays, *other)? {
            merges.push((from, into));
            parts.push(*other);
            stays = into;
        }
    }
    Ok((merges, standings))
}
