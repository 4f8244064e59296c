//! Cannot-link constraints: entries that an editor has told apart are not joined by any engine.

use crate::domain::EntryId;

use super::error::StoreError;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Writer;

impl Writer<'_> {
    /// Notes that no entry of one story may ever join one of the other by itself, and has
    /// both looked at again.
    pub fn cannot_link(&self, one: StoryRowId, other: StoryRowId) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached(
                "INSERT INTO cannot_links (pair, side, entry) SELECT ?3, story = ?2, id FROM entries WHERE story IN (?1, ?2)",
            )?
            .execute([one.0, other.0, self.next_pair()?])?;
        self.mark_stale(one)?;
        self.mark_stale(other)
    }

    fn next_pair(&self) -> Result<i64, StoreError> {
        self.reader().value("SELECT coalesce(max(pair), 0) + 1 FROM cannot_links", [])
    }

    /// Takes back that entries of two stories were told apart.
    pub fn remove_cannot_link(&self, one: StoryRowId, other: StoryRowId) -> Result<(), StoreError> {
        for (pair, side) in self.reader().cannot_links_between(one, other)? {
            // Entries told apart from others than those there stay so, in a pair of their own.
            let rest = self.next_pair()?;
            self.sql
                .prepare_cached(
                    "INSERT INTO cannot_links (pair, side, entry)
                     SELECT ?3, p.side, p.entry FROM cannot_links p JOIN entries e ON e.id = p.entry
                     WHERE p.pair = ?4 AND CASE p.side WHEN ?5 THEN e.story IS ?1 ELSE e.story IS NOT ?2 END",
                )?
                .execute([one.0, other.0, rest, pair, side])?;
            self.sql
                .prepare_cached(
                    "DELETE FROM cannot_links WHERE pair = ?2 AND side = ?3
                         AND entry IN (SELECT id FROM entries WHERE story = ?1)",
                )?
                .execute([one.0, pair, side])?;
            for pair in [pair, rest] {
                self.sql
                    .prepare_cached(
                        "DELETE FROM cannot_links WHERE pair = ?1
                             AND (SELECT count(DISTINCT side) FROM cannot_links WHERE pair = ?1) < 2",
                    )?
                    .execute([pair])?;
            }
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// Whether an editor has told any entries apart.
    pub fn has_cannot_links(&self) -> Result<bool, StoreError> {
        self.value("SELECT EXISTS (SELECT 1 FROM cannot_links)", [])
    }

    /// Stories that hold an entry from which an editor has told this one apart.
    pub fn cannot_link_stories(&self, entry: EntryId) -> Result<Vec<StoryRowId>, StoreError> {
        self.values(
            "SELECT DISTINCT e.story FROM cannot_links p JOIN cannot_links q ON q.pair = p.pair AND q.side <> p.side
             JOIN entries e ON e.id = q.entry WHERE p.entry = ?1 AND e.story IS NOT NULL",
            [entry.0],
        )
    }

    /// Whether an editor has told entries of two stories apart.
    pub fn are_cannot_linked(&self, one: StoryRowId, other: StoryRowId) -> Result<bool, StoreError> {
        Ok(!self.cannot_links_between(one, other)?.is_empty())
    }

    /// The pairs that have entries of one story on one side and of another on the other,
    /// with the side of the first.
    fn cannot_links_between(
        &self,
        one: StoryRowId,
        other: StoryRowId,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT x.pair, x.side FROM
                 (SELECT DISTINCT p.pair, p.side FROM cannot_links p JOIN entries e ON e.id = p.entry WHERE e.story = ?1) x
                 JOIN
                 (SELECT DISTINCT p.pair, p.side FROM cannot_links p JOIN entries e ON e.id = p.entry WHERE e.story = ?2) y
                 ON y.pair = x.pair AND y.side <> x.side
             ORDER BY x.pair, x.side",
        )?;
        let found = select.query_map([one.0, other.0], |row| Ok((row.get("pair")?, row.get("side")?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}
