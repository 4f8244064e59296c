//! Approves and rejects stories.

use crate::config::Config;
use crate::domain::Review;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::pipeline::record;
use crate::store::AuditEvent;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::Writer;

use super::approve_soon::LAPSED;
use super::context::Desk;
use super::editor::Editor;
use super::editor::act;
use super::error::DeskError;
use super::revision::again;
use super::revision::readable;
use super::revision::score;
use super::revision::score_of;
use super::revision::show;
use super::revision::state;

impl Desk {
    /// Publishes what waits for an editor, or puts a name under what is published.
    ///
    /// # Errors
    /// [`DeskError`] says why the story cannot be approved; nothing is changed then.
    pub async fn approve(&self, key: &StoryKey, editor: &Editor) -> Result<(), DeskError> {
        let (config, key, editor, now) = (self.config(), key.clone(), editor.clone(), self.now());
        self.decide(move |it| approve(it, &config, &key, &editor, now)).await
    }

    /// Takes a story out of what is or would be published.
    ///
    /// # Errors
    /// [`DeskError`] where there is no such story, or it is no longer one that can be rejected.
    pub async fn reject(&self, key: &StoryKey, editor: &Editor) -> Result<(), DeskError> {
        let (config, key, editor, now) = (self.config(), key.clone(), editor.clone(), self.now());
        self.decide(move |it| {
            let Some(story) = it.reader().story(&key)? else {
                return Err(DeskError::Unknown(key.clone()));
            };
            if matches!(story.state, StoryState::Merged | StoryState::Withdrawn | StoryState::Rejected) {
                return Err(state(&it.reader(), &story, "rejected")?);
            }
            let score = score(it, &config, &story)?;
            it.reject_story(story.id, now)?;
            settle(it, &story, "rejected it", &editor, now)?;
            let event = AuditEvent { score, ..act("reject", &editor, story.revision, now) };
            it.append_audit_event(story.id, &event)?;
            Ok(())
        })
        .await
    }
}

/// A decision is taken: the story is neither put off nor about to go out by an earlier one. Where another
/// editor had approved it, the audit log says what became of that.
pub(super) fn settle(
    store: &Writer<'_>,
    story: &StoryRow,
    deed: &str,
    editor: &Editor,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(approval) = store.reader().approval(story.id)?.filter(|it| it.by != editor.name) {
        let why = Some(format!("{} {deed} before it went out", editor.name));
        let replaced = Editor { name: approval.by, why };
        store.append_audit_event(story.id, &act(LAPSED, &replaced, approval.revision, now))?;
    }
    store.settle_story(story.id)
}

pub(super) fn approve(
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
    settle(store, &story, "approved it again", editor, now)?;
    store.review(story.id, n, &Review { by: editor.name.clone(), at: now })?;
    let score = Some(score_of(store, config, &briefed)?);
    store.append_audit_event(story.id, &AuditEvent { score, ..act("approve", editor, n, now) })?;
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
