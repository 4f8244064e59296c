//! What an editor decides by hand about which entries are one story. The engine never
//! undoes it.

use crate::domain::EntryId;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::pipeline::assign;
use crate::store::AuditEvent;
use crate::store::EntryRow;
use crate::store::NewStory;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::StoryRowId;
use crate::store::WriteError;
use crate::store::Writer;

use super::context::Desk;
use super::editor;
use super::editor::Editor;
use super::precondition::StoryVersion;
use super::precondition::Unmet;

/// Why stories cannot be merged or parted.
#[derive(Debug, thiserror::Error)]
pub enum RegroupError {
    /// Nothing has this key.
    #[error("there is no story `{0}`")]
    UnknownStory(StoryKey),
    /// All the keys lead to one story.
    #[error("these are one story already")]
    OneStory,
    /// The story does not hold the entry.
    #[error("story `{story}` has no entry `{entry}`")]
    UnknownEntry {
        /// The story.
        story: StoryKey,
        /// What was asked for.
        entry: String,
    },
    /// There is nothing to part it from.
    #[error("story `{0}` has one entry only")]
    OnlyEntry(StoryKey),
    /// No entry was named.
    #[error("choose at least one entry that leaves the story")]
    NoEntry,
    /// Nothing would stay.
    #[error("every entry was chosen; leave at least one that stays")]
    AllEntries,
    /// An editor does not want it, and wants another.
    #[error("story `{0}` is rejected")]
    Rejected(StoryKey),
    /// Somebody else was faster.
    #[error("a story has changed meanwhile")]
    Changed,
    /// The form that brings the decision brought it before.
    #[error("this form was sent before, and its decision is taken")]
    Repeated,
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unmet> for RegroupError {
    fn from(unmet: Unmet) -> Self {
        match unmet {
            Unmet::Repeated => Self::Repeated,
            Unmet::Changed => Self::Changed,
            Unmet::Store(error) => Self::Store(error),
        }
    }
}

/// What a merge would do.
#[derive(Clone, Debug)]
pub struct MergePlan {
    /// The story whose id stays.
    pub stays: StoryRow,
    /// The one that becomes part of it.
    pub goes: StoryRow,
    /// The versions of the two, in the order that they were named.
    pub versions: [StoryVersion; 2],
}

/// What a split would do.
#[derive(Clone, Debug)]
pub struct SplitPlan {
    /// The story whose id stays.
    pub story: StoryRow,
    /// Its version.
    pub version: StoryVersion,
    /// Titles of the entries that leave it.
    pub moving: Vec<String>,
    /// Titles of those that stay.
    pub staying: Vec<String>,
    /// The story that was merged away and lives again by this.
    pub revived: Option<StoryRow>,
}

impl WriteError for RegroupError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl Desk {
    /// Makes one story of several and returns it: the id that was published first stays, the
    /// others answer 301.
    ///
    /// # Errors
    /// [`RegroupError`] says which of the stories cannot be merged; nothing is changed then.
    pub async fn merge(&self, keys: &[StoryKey], editor: &Editor) -> Result<StoryRow, RegroupError> {
        let (keys, editor, now) = (keys.to_vec(), editor.clone(), self.now());
        self.decide(move |it| merge(it, &keys, &editor, now)).await
    }

    /// Takes entries, named by their keys or links, out of a story for good, and returns the story
    /// that stays and the one that goes. The id stays with the primary entry: if that is among the
    /// entries named, everything else goes. Where this undoes a merge, what came with an entry
    /// goes with it and the retired id lives again.
    ///
    /// # Errors
    /// [`RegroupError`] says why the entry cannot leave the story; nothing is changed then.
    pub async fn split(
        &self,
        key: &StoryKey,
        entries: &[String],
        editor: &Editor,
    ) -> Result<(StoryRow, StoryRow), RegroupError> {
        let host = self.config().site.base_url.host_str().unwrap_or_default().to_owned();
        let (key, entries, editor, now) = (key.clone(), entries.to_vec(), editor.clone(), self.now());
        self.decide(move |it| split(it, &key, &entries, &host, &editor, now)).await
    }

    /// What [`Desk::merge`] of two stories would do; nothing is changed.
    ///
    /// # Errors
    /// As [`Desk::merge`].
    pub async fn plan_merge(&self, one: &StoryKey, other: &StoryKey) -> Result<MergePlan, RegroupError> {
        let keys = [one.clone(), other.clone()];
        let found = self.store().read(move |it| {
            let [one, other] = [it.story(&keys[0])?, it.story(&keys[1])?];
            let version = |it: &Reader<'_>, of: &StoryRow| -> Result<_, StoreError> {
                Ok(StoryVersion::of(of, it.draft(of.id)?))
            };
            let Some(one) = one else { return Ok(Err(RegroupError::UnknownStory(keys[0].clone()))) };
            let Some(other) = other else { return Ok(Err(RegroupError::UnknownStory(keys[1].clone()))) };
            let versions = [version(it, &one)?, version(it, &other)?];
            let [one, other] = [survivor_of(it, one)?, survivor_of(it, other)?];
            if one.id == other.id {
                return Ok(Err(RegroupError::OneStory));
            }
            let rejected = [&one, &other].into_iter().filter(|it| it.state == StoryState::Rejected);
            if let [it] = rejected.collect::<Vec<_>>().as_slice() {
                return Ok(Err(RegroupError::Rejected(it.key.clone())));
            }
            let (stays, goes) =
                if assign::age(&one) <= assign::age(&other) { (one, other) } else { (other, one) };
            Ok(Ok(MergePlan { stays, goes, versions }))
        });
        found.await?
    }

    /// What [`Desk::split`] would do; nothing is changed.
    ///
    /// # Errors
    /// As [`Desk::split`].
    pub async fn plan_split(&self, key: &StoryKey, entries: &[String]) -> Result<SplitPlan, RegroupError> {
        let (key, entries) = (key.clone(), entries.to_vec());
        let found = self.store().read(move |it| {
            let Some(story) = it.story(&key)? else {
                return Ok(Err(RegroupError::UnknownStory(key.clone())));
            };
            let version = StoryVersion::of(&story, it.draft(story.id)?);
            let story = survivor_of(it, story)?;
            let members = it.member_entries(story.id)?;
            let (moving, retired) = match moving(it, &story, &members, &entries) {
                Ok(it) => it,
                Err(RegroupError::Store(error)) => return Err(error),
                Err(refused) => return Ok(Err(refused)),
            };
            let titles = |is_wanted: bool| {
                let of = members.iter().filter(|it| moving.contains(&it.id) == is_wanted);
                of.map(|it| it.title.clone()).collect()
            };
            let revived = retired.map(|id| it.story_at(id)).transpose()?.flatten();
            Ok(Ok(SplitPlan {
                moving: titles(true),
                staying: titles(false),
                revived,
                story: story.clone(),
                version,
            }))
        });
        found.await?
    }
}

fn merge(
    store: &Writer<'_>,
    keys: &[StoryKey],
    editor: &Editor,
    now: Timestamp,
) -> Result<StoryRow, RegroupError> {
    let mut stories: Vec<StoryRowId> = Vec::new();
    for key in keys {
        let story = resolve(store, key)?;
        if !stories.contains(&story.id) {
            stories.push(story.id);
        }
    }
    let Some((first, others)) = stories.split_first().filter(|it| !it.1.is_empty()) else {
        return Err(RegroupError::OneStory);
    };
    let mut rejected = Vec::new();
    for id in &stories {
        rejected.extend(store.story(*id)?.filter(|it| it.state == StoryState::Rejected));
    }
    if let Some(it) = rejected.first().filter(|_| rejected.len() < stories.len()) {
        return Err(RegroupError::Rejected(it.key.clone()));
    }
    let mut survivor = *first;
    for other in others {
        // The later wish counts.
        store.remove_cannot_link(survivor, *other)?;
        if let Some((into, from)) = assign::merge(store, survivor, *other, "merged by the editor", now)? {
            note(store, ("merge", into), ("merged", from), editor, now)?;
            survivor = into;
        }
    }
    found(store, survivor)
}

fn split(
    store: &Writer<'_>,
    key: &StoryKey,
    named: &[String],
    host: &str,
    editor: &Editor,
    now: Timestamp,
) -> Result<(StoryRow, StoryRow), RegroupError> {
    let story = resolve(store, key)?;
    let members = store.reader().member_entries(story.id)?;
    let (moving, other) = moving(&store.reader(), &story, &members, named)?;
    let other = match other {
        Some(retired) => {
            store.revive_retired(retired, story.id, &moving, now)?;
            retired
        }
        None => {
            let founding = members.iter().find(|it| moving.contains(&it.id)).map(|it| it.id);
            let founding = founding.map(|it| store.entry_to_assign(it)).transpose()?.flatten();
            let Some(founding) = founding else { return Err(RegroupError::OnlyEntry(story.key)) };
            let founded = store.create_story(&NewStory {
                source: &founding.source,
                entry: &founding,
                host: (host, store.host_since(host, now)?),
                now,
            })?;
            store.move_entries(&moving, founded)?;
            founded
        }
    };
    store.set_topic_cluster(other, store.reader().topic_cluster(story.id)?.unwrap_or(story.id))?;
    store.cannot_link(story.id, other)?;
    note(store, ("split", story.id), ("parted", other), editor, now)?;
    if story.state == StoryState::Rejected {
        // What an editor does not want is not wanted in parts.
        store.reject_story(other, now)?;
    }
    Ok((found(store, story.id)?, found(store, other)?))
}

/// Writes down with both stories what was done with them.
fn note(
    store: &Writer<'_>,
    one: (&str, StoryRowId),
    other: (&str, StoryRowId),
    editor: &Editor,
    now: Timestamp,
) -> Result<(), RegroupError> {
    for ((word, story), (_, other)) in [(one, other), (other, one)] {
        let revision = found(store, story)?.revision;
        let act = AuditEvent { other: Some(other), ..editor::act(word, editor, revision, now) };
        store.append_audit_event(story, &act)?;
    }
    Ok(())
}

/// Which entries leave a story when these are to be parted from the others, and the story that lives
/// again by that.
fn moving(
    store: &Reader<'_>,
    story: &StoryRow,
    members: &[EntryRow],
    named: &[String],
) -> Result<(Vec<EntryId>, Option<StoryRowId>), RegroupError> {
    let mut chosen: Vec<EntryId> = Vec::new();
    for name in named {
        let is_named = |it: &&EntryRow| {
            it.key.as_str() == name || it.link.as_ref().is_some_and(|it| it.as_str() == name)
        };
        let Some(entry) = members.iter().find(is_named) else {
            return Err(RegroupError::UnknownEntry { story: story.key.clone(), entry: name.clone() });
        };
        if !chosen.contains(&entry.id) {
            chosen.push(entry.id);
        }
    }
    if chosen.is_empty() {
        return Err(RegroupError::NoEntry);
    }
    if members.len() < 2 {
        return Err(RegroupError::OnlyEntry(story.key.clone()));
    }
    if chosen.contains(&story.primary_entry) {
        let others: Vec<EntryId> = members.iter().map(|it| it.id).filter(|it| !chosen.contains(it)).collect();
        if others.is_empty() {
            return Err(RegroupError::AllEntries);
        }
        let retired = retired_on_any(store, story.id, &others)?;
        return Ok((others, retired));
    }
    let retired = retired_on_any(store, story.id, &chosen)?;
    for entry in chosen.clone() {
        // What came with an entry goes with it.
        if let Some((_, came)) = store.retired_on(story.id, entry)?.filter(|it| Some(it.0) == retired) {
            chosen.extend(
                came.into_iter()
                    .filter(|it| *it != story.primary_entry && !chosen.contains(it))
                    .collect::<Vec<_>>(),
            );
        }
    }
    Ok((chosen, retired))
}

/// Of the stories that became part of another and speak with any of these entries, the one
/// that readers knew first.
fn retired_on_any(
    store: &Reader<'_>,
    story: StoryRowId,
    entries: &[EntryId],
) -> Result<Option<StoryRowId>, StoreError> {
    let mut retired = Vec::new();
    for entry in entries {
        if let Some((id, _)) = store.retired_on(story, *entry)? {
            retired.extend(store.story_at(id)?);
        }
    }
    Ok(retired.into_iter().min_by_key(assign::age).map(|it| it.id))
}

/// A story, or the one that it became part of.
fn survivor_of(store: &Reader<'_>, story: StoryRow) -> Result<StoryRow, StoreError> {
    let survivor = story.merged_into.map(|it| store.story_at(it)).transpose()?.flatten();
    Ok(survivor.unwrap_or(story))
}

/// The story of a key, merges followed.
fn resolve(store: &Writer<'_>, key: &StoryKey) -> Result<StoryRow, RegroupError> {
    let story = store.reader().story(key)?.ok_or_else(|| RegroupError::UnknownStory(key.clone()))?;
    match story.merged_into {
        Some(into) => found(store, into),
        None => Ok(story),
    }
}

fn found(store: &Writer<'_>, id: StoryRowId) -> Result<StoryRow, RegroupError> {
    Ok(store.story(id)?.ok_or(StoreError::Unreadable { what: "story" })?)
}
