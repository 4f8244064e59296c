//! Curates a story again and says what differs.

use serde::Serialize;

use crate::domain::Briefing;
use crate::domain::FieldValue;
use crate::domain::StoryField;
use crate::domain::StoryKey;
use crate::pipeline::Asking;
use crate::pipeline::Trigger;
use crate::pipeline::record;
use crate::store::RevisionContent;
use crate::store::RevisionRow;
use crate::store::StoreError;
use crate::store::Writer;

use super::context::Desk;
use super::editor::Editor;
use super::editor::act;
use super::error::DeskError;

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

impl Desk {
    /// Curates a story again from what is stored, replies of models included, and says
    /// what differs. With an editor, the model may be asked again, and the difference
    /// becomes a revision: a draft where a person had approved the one before.
    ///
    /// # Errors
    /// [`DeskError`] where the story cannot be curated, or changed while it was; nothing is changed then.
    pub async fn replay(&self, key: &StoryKey, editor: Option<&Editor>) -> Result<Replayed, DeskError> {
        let (story, base) = self.base(key, "curated again").await?;
        let prepared =
            self.pipeline().prepared(story.id).await?.ok_or_else(|| DeskError::Unknown(key.clone()))?;
        if let (Some((field, error)), true) = (prepared.overrides.first_unreadable(), editor.is_some()) {
            let (field, cause) = (field.to_owned(), error.cause.clone());
            return Err(DeskError::UnreadableField { key: key.clone(), field, cause });
        }
        let asking = match editor {
            Some(_) => Asking::Freely,
            None => Asking::Never(base.content.as_ref().ok().and_then(|it| it.record.clone())),
        };
        let briefed = self.pipeline().written(prepared, asking).await?;
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
        let (config, now) = (self.config(), self.now());
        let after = self
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
}

/// The fields in which a revision differs from what would be made now; one that cannot be read says nothing.
fn differences(before: &RevisionRow, title: &str, now: &Briefing) -> Vec<&'static str> {
    let nothing = RevisionContent::default();
    let said = &before.content.as_ref().unwrap_or(&nothing).briefing;
    let differs =
        |it: &StoryField| FieldValue::of(*it, &before.title, said) != FieldValue::of(*it, title, now);
    StoryField::ALL.into_iter().filter(differs).map(StoryField::as_str).collect()
}
