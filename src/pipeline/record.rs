//! Stores a curated story: its revision, whether it is published, and its place in the outputs.

use std::sync::Arc;

use tracing::error;
use tracing::info;

use crate::config::Config;
use crate::config::PublishMode;
use crate::curate::Curated;
use crate::domain::Briefing;
use crate::domain::Record;
use crate::domain::Slug;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::store::Current;
use crate::store::EntryRow;
use crate::store::NewRevision;
use crate::store::RevisionRow;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::Writer;

use super::curation_input::CurationInput;
use super::generate::ASK_AGAIN_WITHIN;
use super::outputs::add_to_outputs;
use super::relate::related;

/// What will be stored of a curated story.
pub(crate) struct CurationResult {
    pub(crate) prepared: Arc<CurationInput>,
    pub(crate) curated: Curated,
    pub(crate) title: String,
    pub(crate) audiences: Vec<Slug>,
    /// How a model took part, or why it did not.
    pub(crate) record: Option<Record>,
    /// Whether an editor has to look at it because the model failed.
    pub(crate) is_held: bool,
}

/// Why a story is curated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trigger<'a> {
    /// It waits for it.
    Pending,
    /// The model answers that did not before.
    Answered,
    /// A person of this name has it curated again.
    Person(&'a str),
}

impl CurationResult {
    /// Whether an editor has to look at it before it is published.
    fn waits(&self) -> bool {
        let lacks_words = self.prepared.overrides.first_unreadable().is_some();
        self.prepared.mode == PublishMode::Review || self.is_held || lacks_words
    }

    /// Whether a model will be asked about it later.
    pub(super) fn is_unanswered(&self) -> bool {
        self.prepared.awaits_signals || self.record.as_ref().is_some_and(|it| it.is_unanswered)
    }

    /// The names of its publishers and authors, each once.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for byline in self.prepared.members.iter().map(|it| &it.byline) {
            for name in std::iter::once(&byline.name).chain(&byline.author) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }

    /// What readers see of it once it is revision `n`.
    pub(crate) fn current(&self, n: u32) -> Current<'_> {
        Current {
            n,
            title: &self.title,
            language: self.curated.language.as_deref(),
            briefing: &self.curated.briefing,
            audiences: &self.audiences,
            names: self.names(),
            primary: self.prepared.primary,
            is_first: self.prepared.story.revision == 0,
        }
    }
}

/// Stores one curated story and says whether it was published by it.
///
/// # Errors
///
/// Fails when the store does.
pub(crate) fn record(
    store: &Writer<'_>,
    config: &Config,
    briefed: &CurationResult,
    cause: Trigger<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let CurationResult { prepared, curated, title, .. } = briefed;
    let Some(story) = still_open(store, prepared)? else { return Ok(false) };
    // A publisher's no may have come while the model wrote: the story is curated again without it.
    if briefed.record.is_some() && !store.may_still_be_read(story.id, &prepared.shown_to_model())? {
        return Ok(false);
    }
    if is_settled_without_briefing(store, &story, prepared, now)? {
        return Ok(false);
    }
    if prepared.is_frozen() {
        return keep_frozen(store, config, &story, briefed, now).map(|()| false);
    }
    // Asked now: a person may have approved it while it was written.
    let shown = match story.revision {
        0 => None,
        n => store.reader().revision(story.id, n)?,
    };
    let is_a_persons = |it: &RevisionRow| it.is_reviewed || it.author.is_some();
    if matches!(cause, Trigger::Answered) && shown.as_ref().is_none_or(is_a_persons) {
        return Ok(false);
    }
    let is_published = story.first_published.is_some();
    if let Some(before) = what_stays(briefed, cause) {
        store.mark_fresh(story.id)?;
        find_by_members(store, briefed);
        add_to_outputs(store, config, &story, briefed, before, now)?;
        return Ok(false);
    }
    // What a person approved stays until one approves its successor, unless its words are gone.
    let is_reviewed = shown.is_some_and(|it| it.is_reviewed && it.removed.is_none());
    let n = append(store, &story, briefed, cause, is_reviewed, now)?;
    if is_published && is_reviewed {
        store.keep_draft(story.id, n)?;
        find_by_members(store, briefed);
        info!(story.key = %story.key, "a new draft of `{title}` waits for an editor");
        return Ok(false);
    }
    store.mark_fresh(story.id)?;
    store.make_current(story.id, &briefed.current(n))?;
    if is_published {
        store.touch_story(story.id, updated(&prepared.shown, story.updated, now))?;
        add_to_outputs(store, config, &story, briefed, &curated.briefing, now)?;
        return Ok(false);
    }
    if story.state == StoryState::Held {
        return Ok(false);
    }
    if briefed.waits() {
        store.hold_story(story.id, now)?;
        return Ok(false);
    }
    publish(store, config, briefed, now)?;
    Ok(true)
}

/// The briefing that readers see or will see, where it stays: what is published stays as long as its
/// title and what it quotes still stand, whatever the engine would choose now.
fn what_stays<'a>(briefed: &'a CurationResult, cause: Trigger<'_>) -> Option<&'a Briefing> {
    let CurationResult { prepared, curated, title, .. } = briefed;
    let (title_before, before) = prepared.readable_current()?;
    let is_same = title_before == title && *before == curated.briefing;
    let stays = match cause {
        Trigger::Pending => prepared.stands() || prepared.story.first_published.is_some() && is_same,
        Trigger::Answered => is_same,
        Trigger::Person(_) => false,
    };
    stays.then_some(before)
}

/// A story whose briefing stays is found by the names of those who are its members now.
fn find_by_members(store: &Writer<'_>, briefed: &CurationResult) {
    if let Some((title, briefing)) = briefed.prepared.readable_current() {
        store.find_by(briefed.prepared.story.id, title, briefing, &briefed.names());
    }
}

/// The story as it is now, if it is still what was curated and may still change.
fn still_open(store: &Writer<'_>, prepared: &CurationInput) -> Result<Option<StoryRow>, StoreError> {
    // Another process may have taken the same batch: whoever comes second finds it done.
    let Some((story, versions)) = store.reader().story_and_input_versions(prepared.story.id)? else {
        return Ok(None);
    };
    let is_same = story.revision == prepared.story.revision
        && story.state == prepared.story.state
        && versions == prepared.versions;
    // Meanwhile it may have become part of another, or an editor have rejected it.
    let is_open = matches!(story.state, StoryState::Pending | StoryState::Held | StoryState::Published);
    Ok(Some(story).filter(|_| is_same && is_open))
}

/// Takes out members of removed publishers, and settles a story that has no members left, or that
/// is paid for and was never published. Returns whether that was all there is to do.
fn is_settled_without_briefing(
    store: &Writer<'_>,
    story: &StoryRow,
    prepared: &CurationInput,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !prepared.removed.is_empty() {
        store.remove_entries(&prepared.removed)?;
        // Curated again from what is left.
        if !prepared.members.is_empty() {
            return Ok(true);
        }
    }
    if prepared.members.is_empty() {
        store.withdraw_story(story.id, now)?;
        return Ok(true);
    }
    prepared.article_status.iter().try_for_each(|(entry, article_status)| {
        store.record_article_status(*entry, Some(*article_status), now)
    })?;
    prepared.copies.iter().try_for_each(|(entry, of)| store.note_copy(*entry, *of))?;
    if prepared.notice.is_some() && story.first_published.is_none() {
        store.suppress_story(story.id)?;
        return Ok(true);
    }
    Ok(false)
}

/// Appends a revision and returns its number.
fn append(
    store: &Writer<'_>,
    story: &StoryRow,
    briefed: &CurationResult,
    cause: Trigger<'_>,
    is_reviewed: bool,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let CurationResult { prepared, curated, title, .. } = briefed;
    let is_published = story.first_published.is_some();
    let why = match cause {
        Trigger::Person(by) => format!("curated again by {by}"),
        Trigger::Answered => "the model answers again".to_owned(),
        Trigger::Pending if is_published => "a publisher changed what is quoted".to_owned(),
        Trigger::Pending if prepared.current.is_some() => "its sources changed".to_owned(),
        Trigger::Pending => "first curation".to_owned(),
    };
    let dropped: Vec<String> =
        curated.dropped.iter().map(ToString::to_string).chain(curated.notes.iter().cloned()).collect();
    let is_shown = match is_published {
        true => story.state == StoryState::Published && !is_reviewed,
        false => story.state != StoryState::Held && !briefed.waits(),
    };
    let new = NewRevision {
        title,
        lead: prepared.primary,
        briefing: &curated.briefing,
        language: curated.language.as_deref(),
        input_hash: &curated.input_hash,
        dropped: &dropped,
        why: &why,
        record: briefed.record.as_ref(),
        author: None,
        is_shown,
    };
    let n = store.append_revision(story.id, &new, now)?;
    if briefed.record.is_some() || prepared.awaits_signals {
        let is_unanswered = briefed.is_unanswered();
        store.ask_again(story.id, is_unanswered.then(|| (now, now.plus(ASK_AGAIN_WITHIN))))?;
    }
    Ok(n)
}

/// Leaves a story as it is because words that a person wrote cannot be read; one that no reader has
/// seen is held for an editor.
fn keep_frozen(
    store: &Writer<'_>,
    config: &Config,
    story: &StoryRow,
    briefed: &CurationResult,
    now: Timestamp,
) -> Result<(), StoreError> {
    store.mark_fresh(story.id)?;
    store.hold_story(story.id, now)?;
    find_by_members(store, briefed);
    if let Some((_, before)) = briefed.prepared.readable_current()
        && story.first_published.is_some()
    {
        add_to_outputs(store, config, story, briefed, before, now)?;
    }
    if let Some((field, error)) = briefed.prepared.overrides.first_unreadable() {
        error!(
            story.key = %story.key,
            "`{}` stays as it was, because a person wrote its `{field}` and {error}; \
             an editor has to write it again", story.title
        );
    }
    Ok(())
}

/// Publishes a story's current revision for the first time.
pub(crate) fn publish(
    store: &Writer<'_>,
    config: &Config,
    briefed: &CurationResult,
    now: Timestamp,
) -> Result<(), StoreError> {
    let CurationResult { prepared, curated, title, .. } = briefed;
    let story = &prepared.story;
    let primary = prepared.shown.iter().find(|it| it.id == prepared.primary);
    let published = primary.map_or(story.published, |it| it.published);
    store.publish_story(story.id, published, published, now)?;
    let story =
        StoryRow { title: title.clone(), language: curated.language.clone(), published, ..story.clone() };
    store.relate(story.id, &related(store, config, &story, &curated.briefing.topics)?)?;
    add_to_outputs(store, config, &story, briefed, &curated.briefing, now)?;
    info!(story.key = %story.key, "published `{title}`");
    Ok(())
}

/// When the publishers say that their texts changed last; now, where they say nothing new.
fn updated(members: &[EntryRow], before: Timestamp, now: Timestamp) -> Timestamp {
    let newest = members.iter().filter_map(|it| it.updated).max();
    newest.filter(|it| before < *it && *it <= now).unwrap_or(now)
}
