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
}

columns! {
    DigestColumns in digests { tag, begins, ends, first_seq, last_seq, is_cut }
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
        let (first, last) = digest.positions;
        let updated: Option<i64> = self.value(
            "SELECT max(s.updated) FROM output_items i JOIN stories s ON s.id = i.story
             WHERE i.output = ?1 AND i.seq BETWEEN ?2 AND ?3",
            params![output.as_str(), first as i64, last as i64],
        )?;
        Ok(updated.map(Timestamp::from_millis))
    }

    /// Whether a period has this id.
    pub fn is_digest(&self, tag: &str) -> Result<bool, StoreError> {
        Ok(self.sql.prepare_cached("SELECT 1 FROM digests WHERE tag = ?1")?.exists([tag])?)
    }

    /// The published stories of a period, best first.
    pub fn digest_stories(&self, output: &OutputId, digest: &DigestRow) -> Result<Vec<StoryRow>, StoreError> {
        let (first, last) = digest.positions;
        self.rows(
            &format!(
                "SELECT {} FROM output_items i JOIN stories s ON s.id = i.story
                 WHERE i.output = ?1 AND i.seq BETWEEN ?2 AND ?3 AND s.state = 'published'
                 ORDER BY i.score DESC, i.seq",
                StoryRow::COLUMNS
            ),
            params![output.as_str(), first as i64, last as i64],
            StoryRow::of,
        )
    }
}

impl Writer<'_> {
    /// Closes a period of an output.
    pub fn close_digest(&self, output: &OutputId, digest: &DigestRow) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO digests (output, tag, begins, ends, first_seq, last_seq, is_cut)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                output.as_str(),
                digest.tag.as_str(),
                digest.begins.millis(),
                digest.ends.millis(),
                digest.positions.0 as i64,
                digest.positions.1 as i64,
                digest.is_cut
            ])?;
        self.note_change();
        Ok(())
    }
}
