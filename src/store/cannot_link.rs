//! Entries that an editor has parted, which never join by themselves.

use crate::domain::EntryId;

use super::error::StoreError;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Writer;

impl Writer<'_> {
    /// Notes that no entry of one story may ever join one of the other by itself, and has
    /// both looked at again.
    pub fn part(&self, one: StoryRowId, other: StoryRowId) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached(
                "INSERT INTO parted (parting, side, entry) SELECT ?3, story = ?2, id FROM entries WHERE story IN (?1, ?2)",
            )?
            .execute([one.0, other.0, self.next_parting()?])?;
        self.mark_stale(one)?;
        self.mark_stale(other)
    }

    fn next_parting(&self) -> Result<i64, StoreError> {
        self.reader().value("SELECT coalesce(max(parting), 0) + 1 FROM parted", [])
    }

    /// Forgets that the entries of two stories were parted.
    pub fn rejoin(&self, one: StoryRowId, other: StoryRowId) -> Result<(), StoreError> {
        for (parting, side) in self.reader().partings(one, other)? {
            // What is here parted from others than those there stays so, in a parting of its own.
            let rest = self.next_parting()?;
            self.sql
                .prepare_cached(
                    "INSERT INTO parted (parting, side, entry)
                     SELECT ?3, p.side, p.entry FROM parted p JOIN entries e ON e.id = p.entry
                     WHERE p.parting = ?4 AND CASE p.side WHEN ?5 THEN e.story IS ?1 ELSE e.story IS NOT ?2 END",
                )?
                .execute([one.0, other.0, rest, parting, side])?;
            self.sql
                .prepare_cached(
                    "DELETE FROM parted WHERE parting = ?2 AND side = ?3
                         AND entry IN (SELECT id FROM entries WHERE story = ?1)",
                )?
                .execute([one.0, parting, side])?;
            for parting in [parting, rest] {
                self.sql
                    .prepare_cached(
                        "DELETE FROM parted WHERE parting = ?1
                             AND (SELECT count(DISTINCT side) FROM parted WHERE parting = ?1) < 2",
                    )?
                    .execute([parting])?;
            }
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// Whether an editor has parted any entries.
    pub fn has_partings(&self) -> Result<bool, StoreError> {
        self.value("SELECT EXISTS (SELECT 1 FROM parted)", [])
    }

    /// Stories that hold an entry from which an editor has parted this one.
    pub fn parted_from(&self, entry: EntryId) -> Result<Vec<StoryRowId>, StoreError> {
        self.values(
            "SELECT DISTINCT e.story FROM parted p JOIN parted q ON q.parting = p.parting AND q.side <> p.side
             JOIN entries e ON e.id = q.entry WHERE p.entry = ?1 AND e.story IS NOT NULL",
            [entry.0],
        )
    }

    /// Whether an editor has parted entries of two stories.
    pub fn are_parted(&self, one: StoryRowId, other: StoryRowId) -> Result<bool, StoreError> {
        Ok(!self.partings(one, other)?.is_empty())
    }

    /// The partings that have entries of one story on one side and of another on the other,
    /// with the side of the first.
    fn partings(&self, one: StoryRowId, other: StoryRowId) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT x.parting, x.side FROM
                 (SELECT DISTINCT p.parting, p.side FROM parted p JOIN entries e ON e.id = p.entry WHERE e.story = ?1) x
                 JOIN
                 (SELECT DISTINCT p.parting, p.side FROM parted p JOIN entries e ON e.id = p.entry WHERE e.story = ?2) y
                 ON y.parting = x.parting AND y.side <> x.side
             ORDER BY x.parting, x.side",
        )?;
        let found = select.query_map([one.0, other.0], |row| Ok((row.get("parting")?, row.get("side")?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}
