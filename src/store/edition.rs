//! The period of a digest that is running: its stories, and what an editor decided of it.

use std::collections::HashMap;

use rusqlite::params;

use crate::domain::EditionNote;
use crate::domain::OutputId;
use crate::domain::Relation;
use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::parsed;
use super::session::Reader;
use super::session::Writer;

/// A story that an edition may hold.
#[derive(Clone, Debug)]
pub struct EditionCandidate {
    /// The story.
    pub story: StoryRow,
    /// Whose entry speaks for it.
    pub source: SourceId,
    /// The topic cluster that it stands in.
    pub topic_cluster: StoryRowId,
    /// Whether it tells what came of an earlier story.
    pub is_follow_up: bool,
    /// Its score at entry.
    pub score: f64,
}

impl Reader<'_> {
    /// The published stories between two positions of an output, best first.
    pub fn edition_candidates(
        &self,
        output: &OutputId,
        (first, last): (u64, u64),
    ) -> Result<Vec<EditionCandidate>, StoreError> {
        let mut found = self.rows(
            &format!(
                "SELECT {}, e.source, coalesce(s.topic_cluster, s.id) AS topic_cluster, i.score
                 FROM output_items i JOIN stories s ON s.id = i.story JOIN entries e ON e.id = s.primary_entry
                 WHERE i.output = ?1 AND i.seq BETWEEN ?2 AND ?3 AND s.state = 'published'
                 ORDER BY i.score DESC, i.seq",
                StoryRow::COLUMNS
            ),
            params![output.as_str(), first as i64, last as i64],
            |row| {
                Ok(EditionCandidate {
                    story: StoryRow::of(row)?,
                    source: parsed(row.get("source")?, "source id")?,
                    topic_cluster: row.get("topic_cluster")?,
                    is_follow_up: false,
                    score: row.get("score")?,
                })
            },
        )?;
        for it in &mut found {
            it.is_follow_up = !self.follow_ups(&it.story, Relation::Follows, 1)?.is_empty();
        }
        Ok(found)
    }

    /// What an editor decided of stories of the running period: a position, or none where it is left out.
    pub fn edition_choices(
        &self,
        output: &OutputId,
    ) -> Result<HashMap<StoryRowId, Option<usize>>, StoreError> {
        let choices = self.rows(
            "SELECT story, position FROM edition_choices WHERE output = ?1",
            [output.as_str()],
            |row| {
                let position: Option<i64> = row.get("position")?;
                Ok((row.get("story")?, position.map(|it| it as usize)))
            },
        )?;
        Ok(choices.into_iter().collect())
    }

    /// The note of the running period.
    pub fn edition_note(&self, output: &OutputId) -> Result<Option<EditionNote>, StoreError> {
        self.one("SELECT note, by, at FROM edition_notes WHERE output = ?1", [output.as_str()], |row| {
            Ok(EditionNote { text: row.get("note")?, by: row.get("by")?, at: row.get("at")? })
        })
    }
}

impl Writer<'_> {
    /// These stories come first in the running period, in this order, and no others.
    pub fn order_edition(&self, output: &OutputId, stories: &[StoryRowId]) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM edition_choices WHERE output = ?1 AND position IS NOT NULL")?
            .execute([output.as_str()])?;
        for (position, story) in stories.iter().enumerate() {
            self.choose_for_edition(output, *story, Some(position as i64))?;
        }
        Ok(())
    }

    /// A story is left out of the running period.
    pub fn drop_from_edition(&self, output: &OutputId, story: StoryRowId) -> Result<(), StoreError> {
        self.choose_for_edition(output, story, None)
    }

    fn choose_for_edition(
        &self,
        output: &OutputId,
        story: StoryRowId,
        position: Option<i64>,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT OR REPLACE INTO edition_choices (output, story, position) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![output.as_str(), story.0, position])?;
        Ok(())
    }

    /// A story that was left out or put first stands where it would without an editor.
    pub fn restore_to_edition(&self, output: &OutputId, story: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM edition_choices WHERE output = ?1 AND story = ?2")?
            .execute(params![output.as_str(), story.0])?;
        Ok(())
    }

    /// The note of the running period; `None` takes it back.
    pub fn note_edition(&self, output: &OutputId, note: Option<&EditionNote>) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM edition_notes WHERE output = ?1")?.execute([output.as_str()])?;
        if let Some(EditionNote { text, by, at }) = note {
            self.sql
                .prepare_cached("INSERT INTO edition_notes (output, note, by, at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![output.as_str(), text, by, Timestamp::millis(*at)])?;
        }
        Ok(())
    }
}
