//! Approvals that can be undone for a moment: what a desk in a browser approves goes out a little later.

use std::time::Duration;

use tracing::warn;

use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::store::ApprovalRow;
use crate::store::AuditEvent;
use crate::store::StoreError;
use crate::store::Writer;

use super::approve::approve;
use super::approve::settle;
use super::context::Desk;
use super::editor::Editor;
use super::editor::act;
use super::error::DeskError;
use super::revision::state;

/// How long after its approval a story goes out.
pub const GOES_OUT_AFTER: Duration = Duration::from_secs(10);

/// What the audit log calls an approval that did not go out because the story was another by then.
pub(super) const LAPSED: &str = "lapse";

impl Desk {
    /// Approves a story that goes out in [`GOES_OUT_AFTER`], unless that is undone. What readers
    /// see already gets the editor's name at once.
    ///
    /// # Errors
    /// [`DeskError`] says why the story cannot be approved; nothing is changed then.
    pub async fn approve_soon(&self, key: &StoryKey, editor: &Editor) -> Result<(), DeskError> {
        let (config, key, editor, now) = (self.config(), key.clone(), editor.clone(), self.now());
        self.decide(move |it| {
            let Some(story) = it.reader().story(&key)? else { return Err(DeskError::Unknown(key.clone())) };
            let draft = it.reader().draft(story.id)?;
            let is_shown = story.state == StoryState::Published && draft.is_none();
            if is_shown || story.revision == 0 {
                return approve(it, &config, &key, &editor, now);
            }
            if !matches!(story.state, StoryState::Published | StoryState::Held | StoryState::Rejected) {
                return Err(state(&it.reader(), &story, "approved")?);
            }
            let n = draft.unwrap_or(story.revision);
            let revision = it.reader().revision(story.id, n)?.filter(|it| it.removed.is_none());
            let Some(revision) = revision else { return Err(DeskError::Empty) };
            super::revision::readable(&story, &revision)?;
            settle(it, &story, "approved it again", &editor, now)?;
            it.schedule_approval(&ApprovalRow {
                story: story.id,
                revision: n,
                by: editor.name.clone(),
                why: editor.why.clone(),
                due: now.plus(GOES_OUT_AFTER),
            })?;
            Ok(())
        })
        .await
    }

    /// Takes an approval back that has not gone out.
    ///
    /// # Errors
    /// [`DeskError::NothingToUndo`] once it has.
    pub async fn undo_approval(&self, key: &StoryKey, editor: &Editor) -> Result<(), DeskError> {
        let (key, editor, now) = (key.clone(), editor.clone(), self.now());
        self.decide(move |it| {
            let Some(story) = it.reader().story(&key)? else { return Err(DeskError::Unknown(key.clone())) };
            let open = it.reader().approval(story.id)?.filter(|it| now < it.due);
            let Some(approval) = open else { return Err(DeskError::NothingToUndo) };
            it.remove_approval(story.id)?;
            Ok(it.append_audit_event(story.id, &act("undo", &editor, approval.revision, now))?)
        })
        .await
    }

    /// Lets out what was approved and is due, each story in a transaction of its own. One that is
    /// another by now stays where it is, and its history says so.
    ///
    /// # Errors
    /// Where the store cannot be read or written: what is left then goes out the next time.
    pub async fn publish_due(&self) -> Result<(), StoreError> {
        let now = self.now();
        let due = self.store().read(move |it| it.approvals_due(now, GOES_OUT_AFTER)).await?;
        let mut outcome = Ok(());
        for approval in due {
            // One story that cannot be read keeps no other waiting.
            let published = match self.publish_approved(&approval).await {
                Ok(()) => Ok(()),
                Err(DeskError::Store(error)) => Err(error),
                Err(refused) => self.lapse(&approval, &refused).await,
            };
            outcome = outcome.and(published);
        }
        outcome
    }

    /// Lets one story out, unless its approval was undone meanwhile.
    async fn publish_approved(&self, approval: &ApprovalRow) -> Result<(), DeskError> {
        let (config, approval, now) = (self.config(), approval.clone(), self.now());
        self.decide(move |it| {
            if !it.reader().approval(approval.story)?.is_some_and(|it| is_same(&it, &approval)) {
                return Ok(());
            }
            let Some(story) = it.story(approval.story)? else { return Err(DeskError::Empty) };
            if it.reader().draft(story.id)?.unwrap_or(story.revision) != approval.revision {
                return Err(DeskError::Changed);
            }
            let editor = Editor { name: approval.by.clone(), why: approval.why.clone() };
            approve(it, &config, &story.key, &editor, now)
        })
        .await
    }

    /// Notes that an approval did not go out, and why.
    async fn lapse(&self, approval: &ApprovalRow, refused: &DeskError) -> Result<(), StoreError> {
        warn!("an approval by `{}` did not go out: {refused}", approval.by);
        let editor = Editor { name: approval.by.clone(), why: Some(refused.to_string()) };
        let event: AuditEvent = act(LAPSED, &editor, approval.revision, self.now());
        let approval = approval.clone();
        let note = move |it: &Writer<'_>| {
            // Another editor may have approved what the story is now.
            if !it.reader().approval(approval.story)?.is_some_and(|it| is_same(&it, &approval)) {
                return Ok(());
            }
            it.remove_approval(approval.story)?;
            it.append_audit_event(approval.story, &event)
        };
        self.store().write(note).await
    }
}

/// Whether an approval is still the one that was found due.
fn is_same(now: &ApprovalRow, found: &ApprovalRow) -> bool {
    now.revision == found.revision && now.due == found.due && now.by == found.by
}
