//! Gives an editor a story to write on, and stores what was written.

use std::sync::Arc;

use crate::config::Config;
use crate::domain::Briefing;
use crate::domain::EDITED;
use crate::domain::EntryId;
use crate::domain::FieldValue;
use crate::domain::Member;
use crate::domain::Review;
use crate::domain::StoryField;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::pipeline::Asking;
use crate::pipeline::curation_input::CurationInput;
use crate::store::AuditEvent;
use crate::store::NewRevision;
use crate::store::RevisionRow;
use crate::store::StoryRow;
use crate::store::Writer;

use super::context::Desk;
use super::edit_form::Change;
use super::edit_form::EditForm;
use super::edit_form::ExcerptLimit;
use super::edit_form::quotable_of;
use super::editor::Editor;
use super::editor::act;
use super::error::DeskError;
use super::revision::again;
use super::revision::readable;
use super::revision::score;
use super::revision::show;

impl Desk {
    /// What an editor is given to write on: the draft, else what readers see.
    ///
    /// # Errors
    /// [`DeskError`] where the story cannot be edited or what it says cannot be read.
    pub async fn edit_form(&self, key: &StoryKey) -> Result<EditForm, DeskError> {
        let (story, base) = self.base(key, "edited").await?;
        let prepared =
            self.pipeline().prepared(story.id).await?.ok_or_else(|| DeskError::Unknown(key.clone()))?;
        let texts = prepared.members.iter().flat_map(Member::texts).map(|it| &*it.text);
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
            quotable: prepared.members.iter().flat_map(quotable_of).map(|it| it.statement).collect(),
            limits: prepared.members.iter().map(|it| ExcerptLimit::of(it, &self.config())).collect(),
        })
    }

    /// Stores what an editor changed in an edit form, as a revision in the editor's name, and returns
    /// its number. A published story shows it at once; one that waits goes on waiting.
    ///
    /// # Errors
    /// [`DeskError::Changed`] where the story is not as the form shows it, and whatever else keeps a
    /// story from being edited: nothing is stored then.
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
        let unknown = || DeskError::Unknown(edit_form.key.clone());
        let prepared = self.pipeline().prepared(story.id).await?.ok_or_else(unknown)?;
        let (title, briefing) = self.edited(&story, &base, &prepared, changes).await?;
        let edit =
            Edit { story, base, primary: prepared.primary, title, briefing, changes: changes.to_vec() };
        let (config, editor, now) = (self.config(), editor.clone(), self.now());
        self.decide(move |it| edit.store(it, &config, &editor, now)).await
    }

    /// Title and briefing with an editor's changes; what is given back is as the engine fills it.
    async fn edited(
        &self,
        story: &StoryRow,
        base: &RevisionRow,
        prepared: &Arc<CurationInput>,
        changes: &[Change],
    ) -> Result<(String, Briefing), DeskError> {
        let (mut title, mut briefing) = (base.title.clone(), readable(story, base)?.briefing.clone());
        let is_reverted = |it: &&Change| matches!(it, Change::Reverted(_));
        if changes.iter().any(|it| is_reverted(&it)) {
            let mut engines = CurationInput::clone(prepared);
            changes.iter().filter(is_reverted).for_each(|it| engines.overrides.revert(it.field()));
            let asking = Asking::Never(readable(story, base)?.record.clone());
            let engines = self.pipeline().written(Arc::new(engines), asking).await?;
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
        briefing.sign();
        Ok((title, briefing))
    }
}

/// What an editor made of a revision.
struct Edit {
    /// The story and the revision as the editor saw them.
    story: StoryRow,
    base: RevisionRow,
    /// The entry that leads the story.
    primary: EntryId,
    title: String,
    briefing: Briefing,
    changes: Vec<Change>,
}

impl Edit {
    /// Appends the revision, with the overrides and the audit event, and returns its number.
    fn store(
        &self,
        store: &Writer<'_>,
        config: &Config,
        editor: &Editor,
        now: Timestamp,
    ) -> Result<u32, DeskError> {
        let (id, base) = (self.story.id, &self.base);
        let current = self.unchanged(store)?;
        let score = score(store, config, &current)?;
        for change in &self.changes {
            let value = match change {
                Change::Written(value) => Some(value),
                Change::Reverted(_) => None,
            };
            store.override_field(id, change.field(), value, &editor.name, now)?;
        }
        let new = NewRevision {
            title: &self.title,
            lead: self.primary,
            briefing: &self.briefing,
            language: base.language.as_deref(),
            input_hash: &base.input_hash,
            dropped: &base.dropped,
            why: editor.why.as_deref().unwrap_or(EDITED),
            record: readable(&self.story, base)?.record.as_ref(),
            author: Some(&editor.name),
            is_shown: current.state == StoryState::Published,
        };
        let n = store.append_revision(id, &new, now)?;
        store.append_audit_event(id, &AuditEvent { score, ..act("edit", editor, n, now) })?;
        if current.state == StoryState::Published {
            store.review(id, n, &Review { by: editor.name.clone(), at: now })?;
        }
        let revision = store.reader().revision(id, n)?.ok_or(DeskError::Empty)?;
        let content = readable(&current, &revision)?;
        let briefed = again(store, config, current.clone(), &revision, content)?;
        store.make_current(id, &briefed.current(n))?;
        if current.state == StoryState::Published {
            show(store, config, &briefed, now)?;
        }
        Ok(n)
    }

    /// The story as it is now, if it is still what the editor saw.
    fn unchanged(&self, store: &Writer<'_>) -> Result<StoryRow, DeskError> {
        let Some(current) = store.story(self.story.id)? else { return Err(DeskError::Changed) };
        let waiting = store.reader().draft(current.id)?.unwrap_or(current.revision);
        // A publisher who is removed meanwhile leaves the number and takes the words.
        let base = store.reader().revision(current.id, self.base.n)?;
        let is_whole = base.is_some_and(|it| it.removed.is_none());
        if waiting == self.base.n && current.state == self.story.state && is_whole {
            Ok(current)
        } else {
            Err(DeskError::Changed)
        }
    }
}
