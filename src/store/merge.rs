//! One story becomes part of another, and leaves it again.

use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Writer;

impl Reader<'_> {
    /// The story that became part of another and speaks with this entry, with its former
    /// members that are still there.
    pub fn retired_on(
        &self,
        story: StoryRowId,
        entry: EntryId,
    ) -> Result<Option<(StoryRowId, Vec<EntryId>)>, StoreError> {
        let retired: Option<StoryRowId> = self.find_value(
            "SELECT s.id FROM stories s JOIN merged_members m ON m.story = s.id AND m.entry = s.primary_entry
             WHERE s.merged_into = ?1 AND s.state = 'merged' AND s.primary_entry = ?2 ORDER BY s.id DESC LIMIT 1",
            params![story.0, entry.0],
        )?;
        let Some(retired) = retired else { return Ok(None) };
        let members = self.values(
            "SELECT e.id FROM merged_members m JOIN entries e ON e.id = m.entry WHERE m.story = ?1 AND e.story = ?2
             ORDER BY e.id",
            [retired.0, story.0],
        )?;
        Ok(Some((retired, members)))
    }
}

impl Writer<'_> {
    /// Folds one story into another: members move, the id that goes away answers 301.
    pub fn merge_stories(
        &self,
        from: StoryRowId,
        into: StoryRowId,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.note_change();
        // What an editor may want to undo.
        self.sql
            .prepare_cached(
                "INSERT OR IGNORE INTO merged_members (story, entry) SELECT ?1, id FROM entries WHERE story = ?1",
            )?
            .execute([from.0])?;
        for member in self.entries_of("story = ?1", from.0)? {
            self.join(member, into, Some(why))?;
        }
        // Links lead to the survivor at once, however many merges lie between.
        self.sql
            .prepare_cached("UPDATE stories SET merged_into = ?2 WHERE merged_into = ?1")?
            .execute([from.0, into.0])?;
        // What a digest has told is told: the survivor stands where the other stood.
        self.sql
            .prepare_cached(
                "DELETE FROM output_items WHERE story = ?2
                     AND EXISTS (SELECT 1 FROM output_items f JOIN digests d ON d.output = f.output
                                     AND f.seq BETWEEN d.first_seq AND d.last_seq
                                 WHERE f.story = ?1 AND f.output = output_items.output)
                     AND NOT EXISTS (SELECT 1 FROM digests d WHERE d.output = output_items.output
                                         AND output_items.seq BETWEEN d.first_seq AND d.last_seq)",
            )?
            .execute([from.0, into.0])?;
        self.sql
            .prepare_cached(
                "UPDATE OR IGNORE output_items SET story = ?2 WHERE story = ?1
                     AND EXISTS (SELECT 1 FROM digests d WHERE d.output = output_items.output
                                     AND output_items.seq BETWEEN d.first_seq AND d.last_seq)",
            )?
            .execute([from.0, into.0])?;
        self.replace_in_digests(from, into)?;
        self.sql
            .prepare_cached(
                "INSERT INTO output_items (output, seq, story, entered, score)
                 SELECT o.output, 1 + max((SELECT max(seq) FROM output_items WHERE output = o.output),
                        coalesce((SELECT max(last_seq) FROM digests WHERE output = o.output), 0)), ?2, ?3, o.score
                 FROM output_items o WHERE o.story = ?1 ON CONFLICT (output, story) DO NOTHING",
            )?
            .execute(params![from.0, into.0, now.millis()])?;
        let was: String = self.reader().value("SELECT state FROM stories WHERE id = ?1", [from.0])?;
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'merged', merged_into = ?2, is_stale = 0, updated = max(updated, ?3)
                 WHERE id = ?1",
            )?
            .execute(params![from.0, into.0, now.millis()])?;
        if matches!(was.as_str(), "pending" | "held" | "published") {
            self.revive(into, now)?;
        }
        // What people wrote stands, where nobody has written about the other.
        self.sql
            .prepare_cached(
                "INSERT OR IGNORE INTO overrides (story, field, value, by, at)
                 SELECT ?2, field, value, by, at FROM overrides WHERE story = ?1",
            )?
            .execute([from.0, into.0])?;
        self.mark_stale(into)
    }

    /// Undoes a merge: the members move back, and the retired id answers again.
    pub fn revive_retired(
        &self,
        retired: StoryRowId,
        story: StoryRowId,
        members: &[EntryId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.move_entries(members, retired)?;
        self.sql
            .prepare_cached(
                "UPDATE stories SET merged_into = NULL, state = CASE
                     WHEN (SELECT state FROM stories WHERE id = ?2) = 'rejected' THEN 'rejected'
                     WHEN first_published IS NOT NULL THEN 'published'
                     WHEN EXISTS (SELECT 1 FROM entries WHERE story = ?1 AND is_kept = 0) THEN 'pending'
                     ELSE 'kept' END, updated = max(updated, ?3) WHERE id = ?1",
            )?
            .execute(params![retired.0, story.0, now.millis()])?;
        // The words that people wrote about it, too.
        self.sql
            .prepare_cached(
                "DELETE FROM overrides WHERE story = ?2 AND (field, value, by, at) IN
                     (SELECT field, value, by, at FROM overrides WHERE story = ?1)",
            )?
            .execute([retired.0, story.0])?;
        // What had become part of it before goes back with it.
        self.sql
            .prepare_cached(
                "UPDATE stories SET merged_into = ?1 WHERE merged_into = ?2 AND state = 'merged'
                     AND primary_entry IN (SELECT id FROM entries WHERE story = ?1)",
            )?
            .execute([retired.0, story.0])?;
        self.sql.prepare_cached("DELETE FROM merged_members WHERE story = ?1")?.execute([retired.0])?;
        Ok(())
    }

    /// Moves entries to a story.
    pub fn move_entries(&self, entries: &[EntryId], story: StoryRowId) -> Result<(), StoreError> {
        for entry in entries {
            self.join(*entry, story, Some("split by the editor"))?;
        }
        Ok(())
    }
}
