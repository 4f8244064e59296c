//! Approvals that are about to go out, and waiting stories that an editor has put off.

use std::time::Duration;

use rusqlite::Row;
use rusqlite::params;

use crate::domain::Timestamp;

use super::columns::Columns;
use super::columns::columns;
use super::error::StoreError;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Writer;

/// An approval that goes out when it is due.
#[derive(Clone, Debug)]
pub struct ApprovalRow {
    /// The story.
    pub story: StoryRowId,
    /// The revision that was approved.
    pub revision: u32,
    /// The editor's name.
    pub by: String,
    /// Why, where a reason was given.
    pub why: Option<String>,
    /// When it goes out.
    pub due: Timestamp,
}

columns! {
    ApprovalColumns in a { story, revision, by, why, due }
}

impl ApprovalRow {
    const COLUMNS: &'static str = ApprovalColumns::LIST;

    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = ApprovalColumns::AT;
        Ok(Self {
            story: row.get(at.story)?,
            revision: row.get(at.revision)?,
            by: row.get(at.by)?,
            why: row.get(at.why)?,
            due: row.get(at.due)?,
        })
    }
}

/// A waiting story that an editor has put off.
#[derive(Clone, Debug)]
pub struct DeferralRow {
    /// When it waits again.
    pub until: Timestamp,
    /// The editor's name.
    pub by: String,
}

impl Reader<'_> {
    /// The approval of a story that is about to go out.
    pub fn approval(&self, story: StoryRowId) -> Result<Option<ApprovalRow>, StoreError> {
        self.one(
            &format!("SELECT {} FROM approvals a WHERE story = ?1", ApprovalRow::COLUMNS),
            [story.0],
            ApprovalRow::of,
        )
    }

    /// Approvals that are due, the earliest first. One that is due later than `delay` from now was
    /// given before the clock was set back, and is due too.
    pub fn approvals_due(&self, now: Timestamp, delay: Duration) -> Result<Vec<ApprovalRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM approvals a WHERE due <= ?1 OR due > ?2 ORDER BY due, story",
                ApprovalRow::COLUMNS
            ),
            params![now.millis(), now.plus(delay).millis()],
            ApprovalRow::of,
        )
    }

    /// Until when, and by whom, a story is put off.
    pub fn deferral(&self, story: StoryRowId) -> Result<Option<DeferralRow>, StoreError> {
        self.one("SELECT until, by FROM deferrals WHERE story = ?1", [story.0], |row| {
            Ok(DeferralRow { until: row.get("until")?, by: row.get("by")? })
        })
    }
}

impl Writer<'_> {
    /// Keeps an approval until it is due. A later one of the same story takes its place.
    pub fn schedule_approval(&self, approval: &ApprovalRow) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT OR REPLACE INTO approvals (story, revision, by, why, due) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                approval.story.0,
                approval.revision,
                approval.by,
                approval.why,
                approval.due.millis()
            ])?;
        Ok(())
    }

    /// Takes back an approval that has not gone out, and says whether there was one.
    pub fn remove_approval(&self, story: StoryRowId) -> Result<bool, StoreError> {
        let removed =
            self.sql.prepare_cached("DELETE FROM approvals WHERE story = ?1")?.execute([story.0])?;
        Ok(removed == 1)
    }

    /// Puts a waiting story off.
    pub fn defer_story(&self, story: StoryRowId, until: Timestamp, by: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("INSERT OR REPLACE INTO deferrals (story, until, by) VALUES (?1, ?2, ?3)")?
            .execute(params![story.0, until.millis(), by])?;
        Ok(())
    }

    /// A decision was taken: the story is neither put off nor about to go out by an earlier one.
    pub fn settle_story(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.remove_approval(story)?;
        self.sql.prepare_cached("DELETE FROM deferrals WHERE story = ?1")?.execute([story.0])?;
        Ok(())
    }
}
