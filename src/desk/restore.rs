//! Brings back what a story said before.

use crate::domain::FieldValue;
use crate::domain::StoryField;
use crate::domain::StoryKey;

use super::context::Desk;
use super::edit_form::Change;
use super::editor::Editor;
use super::error::DeskError;
use super::revision::readable;

impl Desk {
    /// Writes what a revision said into the fields that say something else now, in the editor's name,
    /// as a new revision, and returns its number; `None` where nothing differs.
    ///
    /// # Errors
    /// [`DeskError`] where the story cannot be edited or the revision's words are gone.
    pub async fn restore(&self, key: &StoryKey, n: u32, editor: &Editor) -> Result<Option<u32>, DeskError> {
        let form = self.edit_form(key).await?;
        let wanted = key.clone();
        let found = self.store().read(move |it| {
            let Some(story) = it.story(&wanted)? else { return Ok(None) };
            Ok(it.revision(story.id, n)?.map(|revision| (story, revision)))
        });
        let (story, revision) = found.await?.ok_or(DeskError::Empty)?;
        if revision.removed.is_some() {
            return Err(DeskError::Empty);
        }
        let content = readable(&story, &revision)?;
        let differing = StoryField::ALL.into_iter().filter_map(|field| {
            let then = FieldValue::of(field, &revision.title, &content.briefing);
            (then != FieldValue::of(field, &form.title, &form.briefing)).then_some(Change::Written(then))
        });
        let changes: Vec<Change> = differing.collect();
        if changes.is_empty() {
            return Ok(None);
        }
        form.check_excerpts(&changes)?;
        let why = editor.why.clone().unwrap_or_else(|| format!("restored revision {n}"));
        self.save(&form, &changes, &Editor { why: Some(why), ..editor.clone() }).await.map(Some)
    }
}
