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

/// That an entry tells what came of an earlier one.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUp {
    /// The later entry.
    pub entry: EntryId,
    /// The one that it follows.
    pub earlier: EntryId,
    /// How likely that is, in per mille.
    pub likely: u16,
    /// Why, in words for the operator.
    pub why: String,
}

impl Reader<'_> {
    /// Why an entry follows others: the title of each with the reason, the likeliest first.
    pub fn follow_up_reasons(&self, entry: EntryId) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT e.title, f.why FROM follow_ups f JOIN entries e ON e.id = f.earlier
                   WHERE f.entry = ?1 ORDER BY f.likely DESC, f.earlier";
        self.rows(sql, [entry.0], |row| Ok((row.get("title")?, row.get("why")?)))
    }

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
        // Each join from the story outwards; else the plan goes through all published stories.
        let sql = format!(
            "SELECT DISTINCT t.tag, t.title, t.path, t.published, t.key
             FROM entries e CROSS JOIN follow_ups f ON f.{own} = e.id CROSS JOIN entries o ON o.id = f.{others}
                 CROSS JOIN stories t ON t.id = o.story
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
    /// Notes which entries tell what came of earlier ones.
    pub fn note_follow_ups(&self, follow_ups: &[FollowUp]) -> Result<(), StoreError> {
        let mut insert = self.sql.prepare_cached(
            "INSERT OR IGNORE INTO follow_ups (entry, earlier, likely, why) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for it in follow_ups {
            insert.execute(params![it.entry.0, it.earlier.0, it.likely, it.why])?;
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
