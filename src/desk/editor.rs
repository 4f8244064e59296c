//! What a person decides about a story: approve, reject, edit, have it curated again.
//!
//! Each decision is one transaction with its line in the list of acts, so that it can
//! be taken beside a running daemon and told from what engines do.

use std::sync::Arc;

use serde::Serialize;

use crate::config::Config;
use crate::curate::Curated;
use crate::domain::Briefing;
use crate::domain::EDITED;
use crate::domain::FieldValue;
use crate::domain::Review;
use crate::domain::StoryField;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::pipeline::Asking;
use crate::pipeline::Credits;
use crate::pipeline::CurationResult;
use crate::pipeline::Pipeline;
use crate::pipeline::Trigger;
use crate::pipeline::brief;
use crate::pipeline::curation_input;
use crate::pipeline::outputs;
use crate::pipeline::record;
use crate::store::AuditEvent;
use crate::store::NewRevision;
use crate::store::Reader;
use crate::store::RevisionContent;
use crate::store::RevisionRow;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::UnreadableCause;
use crate::store::Writer;

use super::edit_form::Change;
use super::edit_form::EditForm;

/// Why a decision cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no such story.
    #[error("there is no story `{0}`")]
    Unknown(StoryKey),
    /// Its state does not allow it.
    #[error("the story is {state} and cannot be {wish}{remedy}")]
    State {
        /// Where it stands.
        state: &'static str,
        /// What was wished.
        wish: &'static str,
        /// What may be done, with what joins it to the sentence.
        remedy: String,
    },
    /// It was never curated, or its words are gone.
    #[error("nothing of the story can be shown; it has no revision whose words are still there")]
    Empty,
    /// What it says cannot be read.
    #[error("revision {n} cannot be read ({cause})")]
    UnreadableRevision {
        /// The story.
        key: StoryKey,
        /// Which of its revisions.
        n: u32,
        /// Why.
        cause: UnreadableCause,
    },
    /// What a person wrote into a field cannot be read, and no engine may take its place.
    #[error("what a person wrote as its {field} cannot be read ({cause})")]
    UnreadableField {
        /// The story.
        key: StoryKey,
        /// The field's name.
        field: String,
        /// Why.
        cause: UnreadableCause,
    },
    /// Somebody else was faster.
    #[error("the story has changed meanwhile")]
    Changed,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A person who decides.
#[derive(Clone, Debug)]
pub struct Editor {
    /// As shown to readers.
    pub name: String,
    /// Why, in the person's words.
    pub why: Option<String>,
}

/// What came of curating a story again.
#[derive(Clone, Debug, Serialize)]
pub struct Replayed {
    /// The name in paths.
    pub key: String,
    /// Whether every field is the same.
    pub same: bool,
    /// The fields that are not.
    pub differs: Vec<&'static str>,
    /// Whether the engine was given the same.
    pub same_input: bool,
    /// Why no model took part where one could have.
    pub failure: Option<String>,
    /// The revision that now holds the difference.
    pub revision: Option<u32>,
    /// Whether it waits for an editor.
    pub is_draft: bool,
}

impl Pipeline {
    /// Publishes what waits for an editor, or puts a name under what is published.
    pub async fn approve(&self, key: &StoryKey, editor: &Editor) -> Result<(), DeskError> {
        let (config, key, editor, now) = (Arc::clone(self.config()), key.clone(), editor.clone(), self.now());
        self.store().decide(move |it| approve(it, &config, &key, &editor, now)).await
    }

    /// Takes a story out of what is or would be published.
    pub async fn reject(&self, key: &StoryKey, editor: &Editor) -> Result<(), DeskError> {
        let (key, editor, now) = (key.clone(), editor.clone(), self.now());
        self.store()
            .decide(move |it| {
                let Some(story) = it.reader().story(&key)? else {
                    return Err(DeskError::Unknown(key.clone()));
                };
                if matches!(story.state, StoryState::Merged | StoryState::Withdrawn | StoryState::Rejected) {
                    return Err(state(&it.reader(), &story, "rejected")?);
                }
                it.reject_story(story.id, now)?;
                it.append_audit_event(story.id, &act("reject", &editor, story.revision, now))?;
                Ok(())
            })
            .await
    }

    /// What an editor is given to write on: the draft, else what readers see.
    pub async fn edit_form(&self, key: &StoryKey) -> Result<EditForm, DeskError> {
        let (story, base) = self.base(key, "edited").await?;
        let prepared = self.prepared(story.id).await?.ok_or_else(|| DeskError::Unknown(key.clone()))?;
        let texts = prepared.members.iter().filter_map(|it| it.snapshot.as_ref()).map(|it| &*it.text);
        let titles = prepared.members.iter().map(|it| it.byline.title.as_str());
        Ok(EditForm {
            briefing: readable(&story, &base)?.briefing.clone(),
            key: story.key,
            title: base.title,
            written: StoryField::ALL.into_iter().filter(|it| prepared.overrides.has(*it)).collect(),
            sources: texts.chain(titles).collect::<Vec<_>>().join("\n\n"),
            revision: base.n,
            topics: self.config().topics.iter().map(|it| (it.slug.clone(), it.name.clone())).collect(),
            audiences: self.config().audiences.iter().map(|it| it.name.clone()).collect(),
        })
    }

    /// Stores what an editor changed in an edit form, as a revision in the editor's name.
    /// A published story shows it at once; one that waits goes on waiting.
    pub async fn save(
        &self,
        edit_form: &EditForm,
        changes: &[Change],
        editor: &Editor,
    ) -> Result<u32, DeskError> {
        let (story, base) = self.base(&edit_form.key, "edited").await?;
        if base.n != edit_form.revision {
            return Err(DeskError::Changed);
        }
        let prepared =
            self.prepared(story.id).await?.ok_or_else(|| DeskError::Unknown(edit_form.key.clone()))?;
        let content = readable(&story, &base)?.clone();
        let (mut title, mut briefing) = (base.title.clone(), content.briefing);
        let is_reverted = |it: &&Change| matches!(it, Change::Reverted(_));
        if changes.iter().any(|it| is_reverted(&it)) {
            let mut engines = (*prepared).clone();
            changes.iter().filter(is_reverted).for_each(|it| engines.overrides.revert(it.field()));
            let engines = self.written(Arc::new(engines), Asking::Never).await?;
            for it in changes.iter().filter(is_reverted) {
                let engines = FieldValue::of(it.field(), &engines.title, &engines.curated.briefing);
                engines.put(&mut title, &mut briefing);
            }
        }
        for it in changes {
            if let Change::Written(value) = it {
                value.clone().put(&mut title, &mut briefing);
            }
        }
        let changes = changes.to_vec();
        briefing.sign();
        let (config, editor, now) = (Arc::clone(self.config()), editor.clone(), self.now());
        self.store()
            .decide(move |it| {
                let Some(current) = it.story(story.id)? else { return Err(DeskError::Changed) };
                let waiting = it.reader().draft(story.id)?.unwrap_or(current.revision);
                if waiting != base.n || current.state != story.state {
                    return Err(DeskError::Changed);
                }
                // A publisher who is removed meanwhile leaves the number and takes the words.
                let is_whole = |it: Option<RevisionRow>| it.is_some_and(|it| it.removed.is_none());
                if !is_whole(it.reader().revision(story.id, base.n)?) {
                    return Err(DeskError::Changed);
                }
                for change in &changes {
                    let value = match change {
                        Change::Written(value) => Some(value),
                        Change::Reverted(_) => None,
                    };
                    it.override_field(story.id, change.field(), value, &editor.name, now)?;
                }
                let why = editor.why.clone().unwrap_or_else(|| EDITED.to_owned());
                let new = NewRevision {
                    title: &title,
                    lead: prepared.primary,
                    briefing: &briefing,
                    language: base.language.as_deref(),
                    input_hash: &base.input_hash,
                    dropped: &base.dropped,
                    why: &why,
                    record: content.record.as_ref(),
                    author: Some(&editor.name),
                    is_shown: current.state == StoryState::Published,
                };
                let n = it.append_revision(story.id, &new, now)?;
                it.append_audit_event(story.id, &act("edit", &editor, n, now))?;
                if current.state == StoryState::Published {
                    it.review(story.id, n, &Review { by: editor.name.clone(), at: now })?;
                }
                let Some(revision) = it.reader().revision(story.id, n)? else {
                    return Err(DeskError::Empty);
                };
                let content = readable(&current, &revision)?;
                let briefed = again(it, &config, current.clone(), &revision, content)?;
                it.make_current(story.id, &briefed.current(n))?;
                if current.state == StoryState::Published {
                    show(it, &config, &briefed, now)?;
                }
                Ok(n)
            })
            .await
    }

    /// Curates a story again from what is stored, replies of models included, and says
    /// what differs. With an editor, the model may be asked again, and the difference
    /// becomes a revision: a draft where a person had approved the one before.
    pub async fn replay(&self, key: &StoryKey, editor: Option<&Editor>) -> Result<Replayed, DeskError> {
        let (story, base) = self.base(key, "curated again").await?;
        let prepared = self.prepared(story.id).await?.ok_or_else(|| DeskError::Unknown(key.clone()))?;
        if let (Some((field, error)), true) = (prepared.overrides.first_unreadable(), editor.is_some()) {
            let (field, cause) = (field.to_owned(), error.cause.clone());
            return Err(DeskError::UnreadableField { key: key.clone(), field, cause });
        }
        let asking = if editor.is_some() { Asking::Freely } else { Asking::Never };
        let briefed = self.written(prepared, asking).await?;
        let differs = differences(&base, &briefed.title, &briefed.curated.briefing);
        let mut replayed = Replayed {
            key: key.to_string(),
            same: differs.is_empty() && base.content.is_ok(),
            differs,
            same_input: base.input_hash == briefed.curated.input_hash,
            failure: briefed.record.as_ref().and_then(|it| it.failure.clone()),
            revision: None,
            is_draft: false,
        };
        let Some(editor) = editor.filter(|_| !replayed.same).cloned() else { return Ok(replayed) };
        let (config, now) = (Arc::clone(self.config()), self.now());
        let after = self
            .store()
            .decide(move |it| {
                let latest = |it: &Writer<'_>| -> Result<_, StoreError> {
                    Ok((it.reader().draft(story.id)?, it.story(story.id)?.map(|it| it.revision)))
                };
                let before = latest(it)?;
                record::record(it, &config, &briefed, Trigger::Person(&editor.name), now)?;
                let after = latest(it)?;
                if before == after {
                    return Err(DeskError::Changed);
                }
                let n = after.0.or(after.1).unwrap_or_default();
                it.append_audit_event(story.id, &act("replay", &editor, n, now))?;
                Ok(after)
            })
            .await?;
        (replayed.revision, replayed.is_draft) = (after.0.or(after.1), after.0.is_some());
        Ok(replayed)
    }

    /// The revision that decisions are about: the draft, else the current one.
    async fn base(&self, key: &StoryKey, wish: &'static str) -> Result<(StoryRow, RevisionRow), DeskError> {
        let wanted = key.clone();
        let found = self.store().read(move |it| {
            let Some(story) = it.story(&wanted)? else { return Ok(None) };
            let n = it.draft(story.id)?.unwrap_or(story.revision);
            let revision = it.revision(story.id, n)?;
            let is_open = matches!(story.state, StoryState::Published | StoryState::Held);
            let refused = if is_open { None } else { Some(state(it, &story, wish)?) };
            Ok(Some((story, revision, refused)))
        });
        let (story, revision, refused) = found.await?.ok_or_else(|| DeskError::Unknown(key.clone()))?;
        if let Some(refused) = refused {
            return Err(refused);
        }
        let revision = revision.filter(|it| it.removed.is_none()).ok_or(DeskError::Empty)?;
        Ok((story, revision))
    }
}

fn approve(
    store: &Writer<'_>,
    config: &Config,
    key: &StoryKey,
    editor: &Editor,
    now: Timestamp,
) -> Result<(), DeskError> {
    let Some(story) = store.reader().story(key)? else { return Err(DeskError::Unknown(key.clone())) };
    if !matches!(story.state, StoryState::Published | StoryState::Held | StoryState::Rejected) {
        return Err(state(&store.reader(), &story, "approved")?);
    }
    if story.state == StoryState::Rejected && story.revision == 0 {
        store.append_audit_event(story.id, &act("approve", editor, 0, now))?;
        store.reopen_story(story.id)?;
        return Ok(());
    }
    let n = store.reader().draft(story.id)?.unwrap_or(story.revision);
    let revision = store.reader().revision(story.id, n)?.filter(|it| it.removed.is_none());
    let Some(revision) = revision else { return Err(DeskError::Empty) };
    let content = readable(&story, &revision)?;
    let briefed = again(store, config, story.clone(), &revision, content)?;
    if briefed.prepared.members.is_empty() {
        return Err(DeskError::Empty);
    }
    store.review(story.id, n, &Review { by: editor.name.clone(), at: now })?;
    store.append_audit_event(story.id, &act("approve", editor, n, now))?;
    let was_shown = n == story.revision && story.state == StoryState::Published;
    if was_shown {
        return Ok(());
    }
    store.make_current(story.id, &briefed.current(n))?;
    if story.first_published.is_none() {
        record::publish(store, config, &briefed, now)?;
    } else {
        store.republish_story(story.id, now)?;
        show(store, config, &briefed, now)?;
    }
    store.note_shown(story.id, now)?;
    Ok(())
}

/// A stored revision as if its engine had just made it, for the way into the outputs.
fn again(
    store: &Writer<'_>,
    config: &Config,
    story: StoryRow,
    revision: &RevisionRow,
    content: &RevisionContent,
) -> Result<CurationResult, StoreError> {
    let sources = store.reader().sources()?;
    let prepared =
        curation_input::read_input(&store.reader(), config, &Credits::new(config, &sources), story)?;
    let audiences = brief::audiences_of(config, &content.briefing);
    let curated = Curated {
        briefing: content.briefing.clone(),
        language: revision.language.clone(),
        ..Curated::default()
    };
    Ok(CurationResult {
        prepared: Arc::new(prepared),
        curated,
        title: revision.title.clone(),
        audiences,
        record: None,
        is_held: false,
    })
}

/// Tells readers that a published story changed, and lets it into outputs that it now suits.
fn show(
    store: &Writer<'_>,
    config: &Config,
    briefed: &CurationResult,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = briefed.prepared.story.id;
    store.touch_story(id, now)?;
    let Some(story) = store.story(id)? else { return Ok(()) };
    outputs::add_to_outputs(store, config, &story, briefed, &briefed.curated.briefing, now)
}

pub(super) fn act(act: &str, editor: &Editor, revision: u32, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        by: editor.name.clone(),
        act: act.to_owned(),
        revision,
        why: editor.why.clone(),
        other: None,
    }
}

/// A refusal that says what may be done instead.
fn state(store: &Reader<'_>, story: &StoryRow, wish: &'static str) -> Result<DeskError, StoreError> {
    let survivor = story.merged_into.map(|it| store.story_at(it)).transpose()?.flatten();
    let remedy = match survivor {
        Some(it) => format!("; it became part of `{}` (“{}”), which can be", it.key, it.title),
        None if story.state == StoryState::Rejected && wish != "rejected" => "; approve it first".to_owned(),
        None => String::new(),
    };
    Ok(DeskError::State { state: story.state.as_str(), wish, remedy })
}

/// What a revision says, where it can be read.
fn readable<'a>(story: &StoryRow, revision: &'a RevisionRow) -> Result<&'a RevisionContent, DeskError> {
    revision.content.as_ref().map_err(|error| DeskError::UnreadableRevision {
        key: story.key.clone(),
        n: revision.n,
        cause: error.cause.clone(),
    })
}

/// The fields in which a revision differs from what would be made now; one that cannot be read says nothing.
fn differences(before: &RevisionRow, title: &str, now: &Briefing) -> Vec<&'static str> {
    let nothing = RevisionContent::default();
    let said = &before.content.as_ref().unwrap_or(&nothing).briefing;
    let differs =
        |it: &StoryField| FieldValue::of(*it, &before.title, said) != FieldValue::of(*it, title, now);
    StoryField::ALL.into_iter().filter(differs).map(StoryField::as_str).collect()
}
