//! Periods of outputs that carry one item for each.

use rusqlite::Row;
use rusqlite::params;

use crate::domain::OutputId;
use crate::domain::StoryId;
use crate::domain::Timestamp;

use super::columns::Columns;
use super::columns::columns;
use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Writer;

/// A period of an output that carries one item for each.
#[derive(Clone, Debug)]
pub struct DigestRow {
    /// Its id for ever.
    pub tag: StoryId,
    /// When the period began.
    pub begins: Timestamp,
    /// When it was over, and the item was published.
    pub ends: Timestamp,
    /// The first and the last position in the output that belong to it.
    pub positions: (u64, u64),
    /// Whether the period has more stories than one item holds: the next one has them.
    pub is_cut: bool,
    /// An editor's words, and who wrote them.
    pub note: Option<(String, String)>,
}

columns! {
    DigestColumns in digests { tag, begins, ends, first_seq, last_seq, is_cut, note, note_by }
}

impl DigestRow {
    pub(super) const COLUMNS: &'static str = DigestColumns::LIST;

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = DigestColumns::AT;
        Ok(Self {
            tag: StoryId::stored(row.get(at.tag)?),
            begins: row.get(at.begins)?,
            ends: row.get(at.ends)?,
            positions: (row.get::<_, i64>(at.first_seq)? as u64, row.get::<_, i64>(at.last_seq)? as u64),
            is_cut: row.get(at.is_cut)?,
            note: row.get::<_, Option<String>>(at.note)?.zip(row.get(at.note_by)?),
        })
    }
}

impl Reader<'_> {
    /// How many periods of an output are over.
    pub fn digest_count(&self, output: &OutputId) -> Result<u64, StoreError> {
        Ok(self.count("SELECT count(*) FROM digests WHERE output = ?1", [output.as_str()])? as u64)
    }

    /// Periods of an output, newest first, after skipping so many.
    pub fn digests(&self, output: &OutputId, skip: u64, limit: u64) -> Result<Vec<DigestRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM digests WHERE output = ?1 ORDER BY first_seq DESC LIMIT ?3 OFFSET ?2",
                DigestRow::COLUMNS
            ),
            params![output.as_str(), skip as i64, limit as i64],
            DigestRow::of,
        )
    }

    /// The period of this id.
    pub fn digest(&self, output: &OutputId, tag: &str) -> Result<Option<DigestRow>, StoreError> {
        let found = self.rows(
            &format!("SELECT {} FROM digests WHERE output = ?1 AND tag = ?2", DigestRow::COLUMNS),
            params![output.as_str(), tag],
            DigestRow::of,
        )?;
        Ok(found.into_iter().next())
    }

    /// The period whose id ends so.
    pub fn digest_ending(&self, output: &OutputId, end: &str) -> Result<Option<DigestRow>, StoreError> {
        let found = self.rows(
            &format!(
                "SELECT {} FROM digests WHERE output = ?1 AND substr(tag, -length(?2)) = ?2 LIMIT 1",
                DigestRow::COLUMNS
            ),
            params![output.as_str(), end],
            DigestRow::of,
        )?;
        Ok(found.into_iter().next())
    }

    /// When a story of a period last changed or was taken back.
    pub fn digest_updated(
        &self,
        output: &OutputId,
        digest: &DigestRow,
    ) -> Result<Option<Timestamp>, StoreError> {
        let updated: Option<i64> = self.value(
            "SELECT max(s.updated) FROM digest_stories d JOIN stories s ON s.id = d.story
             WHERE d.output = ?1 AND d.first_seq = ?2",
            params![output.as_str(), digest.positions.0 as i64],
        )?;
        Ok(updated.map(Timestamp::from_millis))
    }

    /// Whether a period has this id.
    pub fn is_digest(&self, tag: &str) -> Result<bool, StoreError> {
        Ok(self.sql.prepare_cached("SELECT 1 FROM digests WHERE tag = ?1")?.exists([tag])?)
    }

    /// The published stories of a period's item, in their order.
    pub fn digest_stories(&self, output: &OutputId, digest: &DigestRow) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM digest_stories d JOIN stories s ON s.id = d.story
                     JOIN output_items i ON i.output = d.output AND i.story = d.story
                 WHERE d.output = ?1 AND d.first_seq = ?2 AND s.state = 'published' ORDER BY d.position",
                StoryRow::COLUMNS
            ),
            params![output.as_str(), digest.positions.0 as i64],
            StoryRow::of,
        )
    }
}

impl Writer<'_> {
    /// Closes a period of an output, whose item holds these stories; what an editor decided of it is done.
    pub fn close_digest(
        &self,
        output: &OutputId,
        digest: &DigestRow,
        stories: &[StoryRowId],
    ) -> Result<(), StoreError> {
        let (first, last) = (digest.positions.0 as i64, digest.positions.1 as i64);
        self.sql
            .prepare_cached(
                "INSERT INTO digests (output, tag, begins, ends, first_seq, last_seq, is_cut, note, note_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                output.as_str(),
                digest.tag.as_str(),
                digest.begins.millis(),
                digest.ends.millis(),
                first,
                last,
                digest.is_cut,
                digest.note.as_ref().map(|it| &it.0),
                digest.note.as_ref().map(|it| &it.1)
            ])?;
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO digest_stories (output, first_seq, position, story) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (position, story) in stories.iter().enumerate() {
            insert.execute(params![output.as_str(), first, position as i64, story.0])?;
        }
        self.sql
            .prepare_cached(
                "DELETE FROM edition_choices WHERE output = ?1 AND story IN
                     (SELECT story FROM output_items WHERE output = ?1 AND seq BETWEEN ?2 AND ?3)",
            )?
            .execute(params![output.as_str(), first, last])?;
        self.sql.prepare_cached("DELETE FROM edition_notes WHERE output = ?1")?.execute([output.as_str()])?;
        self.note_change();
        Ok(())
    }

    /// Puts the story that another became part of in its place in every closed period; an output whose
    /// periods already hold the survivor is left as it is.
    pub(super) fn replace_in_digests(
        &self,
        merged: StoryRowId,
        survivor: StoryRowId,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE digest_stories SET story = ?2 WHERE story = ?1 AND NOT EXISTS
                     (SELECT 1 FROM digest_stories o WHERE o.output = digest_stories.output AND o.story = ?2)",
            )?
            .execute([merged.0, survivor.0])?;
        Ok(())
    }
}
