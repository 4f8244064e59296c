//! Which stories tell what came of which.

use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::Relation;
use crate::domain::StoryId;

use super::error::StoreError;
use super::related::RelatedRow;
use super::row::StoryRow;
use super::session::Reader;
use super::session::Writer;

impl Reader<'_> {
    /// Published stories that a story follows, or that follow it, the nearest in time first, of each
    /// at most so many. Only what appeared before a story is followed by it.
    pub(super) fn follow_ups(
        &self,
        story: &StoryRow,
        relation: Relation,
        limit: usize,
    ) -> Result<Vec<RelatedRow>, StoreError> {
        let (own, others, is_before, order) = match relation {
            Relation::Follows => ("entry", "earlier", "<", "DESC"),
            Relation::FollowedBy => ("earlier", "entry", ">", "ASC"),
            Relation::Related => return Ok(Vec::new()),
        };
        let sql = format!(
            "SELECT DISTINCT t.tag, t.title, t.path, t.published, t.key
             FROM entries e JOIN follow_ups f ON f.{own} = e.id JOIN entries o ON o.id = f.{others}
                 JOIN stories t ON t.id = o.story
             WHERE e.story = ?1 AND t.id <> ?1 AND t.state = 'published' AND (t.published, t.key) {is_before} (?2, ?3)
             ORDER BY t.published {order}, t.key {order} LIMIT ?4"
        );
        let params = params![story.id.0, story.published.millis(), story.key.as_str(), limit as i64];
        self.rows(&sql, params, |row| {
            Ok(RelatedRow {
                id: StoryId::stored(row.get("tag")?),
                title: row.get("title")?,
                path: row.get("path")?,
                published: row.get("published")?,
                relation,
            })
        })
    }
}

impl Writer<'_> {
    /// Notes that an entry tells what came of earlier ones, each with how likely that is, in per mille.
    pub fn note_follow_ups(&self, entry: EntryId, earlier: &[(EntryId, u16)]) -> Result<(), StoreError> {
        let mut insert = self.sql.prepare_cached(
            "INSERT OR IGNORE INTO follow_ups (entry, earlier, likely) VALUES (?1, ?2, ?3)",
        )?;
        for (other, likely) in earlier {
            insert.execute([entry.0, other.0, i64::from(*likely)])?;
        }
        Ok(())
    }

    /// Notes which entry's text another repeats, where that is news.
    pub fn note_copy(&self, entry: EntryId, of: Option<EntryId>) -> Result<(), StoreError> {
        let mut update =
            self.sql.prepare_cached("UPDATE entries SET copy_of = ?2 WHERE id = ?1 AND copy_of IS NOT ?2")?;
        if 0 < update.execute(params![entry.0, of.map(|it| it.0)])? {
            self.note_change();
        }
        Ok(())
    }
}
