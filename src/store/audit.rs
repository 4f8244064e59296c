//! What people did with stories.

use rusqlite::Row;
use rusqlite::params;

use crate::domain::Timestamp;

use super::columns::Columns;
use super::columns::columns;
use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Writer;

/// What a person did with a story.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// The person's name.
    pub by: String,
    /// In one word: `approve`, `reject`, `edit`, `replay`; `merge` and `split` of the story that keeps
    /// its id, `merged` and `parted` of the other.
    pub act: String,
    /// The revision that it was about.
    pub revision: u32,
    /// Why, where a reason was given.
    pub why: Option<String>,
    /// The other story, of a merge or split.
    pub other: Option<StoryRowId>,
    /// The story's score then, of an approval, a rejection and an edit.
    pub score: Option<f64>,
}

columns! {
    ActColumns in a { at, by, act, revision, why, other, score }
}

impl AuditEvent {
    pub(super) const COLUMNS: &'static str = ActColumns::LIST;

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = ActColumns::AT;
        Ok(Self {
            at: row.get(at.at)?,
            by: row.get(at.by)?,
            act: row.get(at.act)?,
            revision: row.get(at.revision)?,
            why: row.get(at.why)?,
            other: row.get(at.other)?,
            score: row.get(at.score)?,
        })
    }
}

impl Reader<'_> {
    /// What people did with a story, newest first.
    pub fn audit_events(&self, story: StoryRowId) -> Result<Vec<AuditEvent>, StoreError> {
        self.rows(
            &format!("SELECT {} FROM audit_log a WHERE story = ?1 ORDER BY id DESC", AuditEvent::COLUMNS),
            [story.0],
            AuditEvent::of,
        )
    }

    /// What people did that says which stories are worth publishing, and in which words: approvals,
    /// rejections and edits, oldest first.
    pub fn selections(&self) -> Result<Vec<(StoryRowId, AuditEvent)>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, a.story FROM audit_log a WHERE a.act IN ('approve', 'reject', 'edit') ORDER BY a.id",
                AuditEvent::COLUMNS
            ),
            [],
            |row| Ok((row.get("story")?, AuditEvent::of(row)?)),
        )
    }

    /// What people did with stories that readers knew, so that readers see another choice of stories,
    /// latest first: took back, published again, merged, split.
    pub fn public_audit_events(&self, limit: usize) -> Result<Vec<(StoryRow, AuditEvent)>, StoreError> {
        let found = self.rows(
            &format!(
                "SELECT {}, a.story FROM audit_log a
                 WHERE (a.act IN ('reject', 'merge', 'split') OR a.act = 'approve' AND 'reject' =
                        (SELECT p.act FROM audit_log p WHERE p.story = a.story AND p.id < a.id
                             AND p.act IN ('approve', 'reject') ORDER BY p.id DESC LIMIT 1))
                     AND EXISTS (SELECT 1 FROM stories s WHERE s.id = a.story AND s.first_published <= a.at)
                 ORDER BY a.at DESC, a.id DESC LIMIT ?1",
                AuditEvent::COLUMNS
            ),
            [limit as i64],
            |row| Ok((AuditEvent::of(row)?, row.get("story")?)),
        )?;
        let mut acts = Vec::with_capacity(found.len());
        for (act, story) in found {
            acts.extend(self.story_at(story)?.map(|it| (it, act)));
        }
        Ok(acts)
    }
}

impl Writer<'_> {
    /// Notes what a person did with a story.
    pub fn append_audit_event(&self, story: StoryRowId, act: &AuditEvent) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached(
                "INSERT INTO audit_log (story, at, by, act, revision, why, other, score)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                story.0,
                act.at.millis(),
                act.by,
                act.act,
                act.revision,
                act.why,
                act.other.map(|it| it.0),
                act.score
            ])?;
        Ok(())
    }
}
