//! What clustering reads: entries that wait for a story, and those that have one.

use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::AssignedRow;
use super::row::LinkedRow;
use super::row::PlaceRow;
use super::row::StoryRowId;
use super::row::UnassignedRow;
use super::session::Reader;
use super::session::Writer;

/// Entries with one canonical address among which the article's story is looked for. A feed
/// that gives all it ever tells one address must not cost more with each entry.
const SAME_LINK_MAX: usize = 256;

/// Which assigned entries are asked for, and by which index: else the plan may go through all
/// entries that have a story.
const BETWEEN_DATES: (&str, &str) = (
    "entries_by_date",
    "e.story IS NOT NULL AND (e.published, e.id) > (?1, ?2) AND e.published < ?3
     ORDER BY e.published, e.id LIMIT ?4",
);

const CHANGED_SINCE: (&str, &str) =
    ("entries_by_assigned", "e.story IS NOT NULL AND e.assigned > ?1 ORDER BY e.assigned LIMIT ?2");

impl Reader<'_> {
    /// Entries without a story, oldest first: the order does not depend on which poll brought them.
    pub fn unassigned(&self, limit: usize) -> Result<Vec<UnassignedRow>, StoreError> {
        let sql = format!(
            "SELECT {} FROM entries e LEFT JOIN snapshots t ON t.id = e.snapshot
             WHERE e.story IS NULL ORDER BY e.published, e.source, e.key LIMIT ?1",
            UnassignedRow::COLUMNS
        );
        self.rows(&sql, [limit as i64], UnassignedRow::of)
    }

    /// Whether an entry has no story yet, and has not changed since it was read.
    pub fn is_unassigned(&self, entry: EntryId, changed: i64) -> Result<bool, StoreError> {
        self.value(
            "SELECT EXISTS (SELECT 1 FROM entries WHERE id = ?1 AND story IS NULL AND assigned = ?2)",
            [entry.0, changed],
        )
    }

    /// The number of the latest change that clustering must know of.
    pub fn assignments(&self) -> Result<i64, StoreError> {
        self.value("SELECT n FROM assignments", [])
    }

    /// The number of the latest change that decided which entries are one story, or that can: an
    /// optimistic concurrency token. Whoever decided when it was another decides again.
    pub fn decisions(&self) -> Result<i64, StoreError> {
        self.value("SELECT decided FROM assignments", [])
    }

    /// The row that the next story will have, if no other is founded before.
    pub fn next_story(&self) -> Result<StoryRowId, StoreError> {
        self.value("SELECT coalesce(max(id), 0) + 1 FROM stories", [])
    }

    /// Assigned entries dated from `from` up to `to`, in order of date, after an entry of the last batch.
    pub fn assigned_between(
        &self,
        after: (Timestamp, EntryId),
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<AssignedRow>, StoreError> {
        self.assigned_rows(BETWEEN_DATES, params![after.0.millis(), after.1.0, to.millis(), limit as i64])
    }

    /// Assigned entries that joined, moved or changed after a change, in the order of changes.
    pub fn assigned_since(&self, seen: i64, limit: usize) -> Result<Vec<AssignedRow>, StoreError> {
        self.assigned_rows(CHANGED_SINCE, params![seen, limit as i64])
    }

    fn assigned_rows(
        &self,
        (index, which): (&str, &str),
        params: impl rusqlite::Params,
    ) -> Result<Vec<AssignedRow>, StoreError> {
        self.rows(&assigned_sql(index, which), params, AssignedRow::of)
    }

    /// How many assigned entries are dated from `from` up to `to`, counted up to a limit.
    pub fn assigned_count(&self, from: Timestamp, to: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let count: i64 = self.value(
            "SELECT count(*) FROM (SELECT 1 FROM entries INDEXED BY entries_by_date
                     WHERE story IS NOT NULL AND ?1 <= published AND published < ?2 LIMIT ?3)",
            params![from.millis(), to.millis(), limit as i64],
        )?;
        Ok(count as usize)
    }

    /// The date of the assigned entry that stands so many before a date; `None` where fewer do.
    pub fn assigned_before(
        &self,
        before: Timestamp,
        skipped: usize,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT published FROM entries INDEXED BY entries_by_date
             WHERE story IS NOT NULL AND published < ?1 ORDER BY published DESC LIMIT 1 OFFSET ?2";
        self.find_value(sql, params![before.millis(), skipped as i64])
    }

    /// The date of a story's earliest entry.
    pub fn story_begins(&self, story: StoryRowId) -> Result<Option<Timestamp>, StoreError> {
        let begins: Option<i64> =
            self.value("SELECT min(published) FROM entries WHERE story = ?1", [story.0])?;
        Ok(begins.map(Timestamp::from_millis))
    }

    /// Assigned entries with a canonical address that the operator does not leave out; none
    /// where more than `SAME_LINK_MAX` have it, as then it names no article.
    pub fn assigned_with_link(&self, link_hash: i64, canonical: &str) -> Result<Vec<LinkedRow>, StoreError> {
        let sql = format!(
            "SELECT {} FROM entries
             WHERE story IS NOT NULL AND is_excluded = 0
                 AND id IN (SELECT id FROM entries WHERE link_hash = ?1 AND canonical = ?2
                            UNION ALL SELECT entry FROM article_pages WHERE canonical_hash = ?1 AND canonical = ?2)
             LIMIT ?3",
            LinkedRow::COLUMNS
        );
        let found =
            self.rows(&sql, params![link_hash, canonical, (SAME_LINK_MAX + 1) as i64], LinkedRow::of)?;
        Ok(if found.len() <= SAME_LINK_MAX { found } else { Vec::new() })
    }

    /// Assigned entries under a site and path, published between two dates, that the operator does
    /// not leave out, earliest first; `textless_only`: those without a text of their own. None
    /// where more than `SAME_LINK_MAX` are there, as then the path alone tells too little.
    pub fn assigned_at_place(
        &self,
        place_hash: i64,
        textless_only: bool,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<PlaceRow>, StoreError> {
        let mut select = self.sql.prepare_cached(&format!(
            "SELECT {} FROM entries
             WHERE place_hash = ?1 AND published BETWEEN ?2 AND ?3 AND story IS NOT NULL AND canonical IS NOT NULL
                 AND is_excluded = 0 AND (has_text = 0 OR NOT ?4)
             ORDER BY published, source, key LIMIT ?5",
            PlaceRow::COLUMNS
        ))?;
        let mut rows = select.query(params![
            place_hash,
            from.millis(),
            to.millis(),
            textless_only,
            (SAME_LINK_MAX + 1) as i64
        ])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(PlaceRow::of(row)?);
        }
        Ok(if found.len() <= SAME_LINK_MAX { found } else { Vec::new() })
    }

    /// The canonical addresses of a source's newest entries under a site and path.
    pub fn canonicals_at_place(
        &self,
        source: &SourceId,
        place_hash: i64,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        self.values(
            "SELECT canonical FROM entries WHERE place_hash = ?2 AND source = ?1 AND canonical IS NOT NULL
             ORDER BY published DESC, id DESC LIMIT ?3",
            params![source.as_str(), place_hash, limit as i64],
        )
    }
}

impl Writer<'_> {
    /// An entry as one that waits for its story.
    pub fn entry_to_assign(&self, entry: EntryId) -> Result<Option<UnassignedRow>, StoreError> {
        let mut select = self.sql.prepare_cached(&format!(
            "SELECT {} FROM entries e LEFT JOIN snapshots t ON t.id = e.snapshot WHERE e.id = ?1",
            UnassignedRow::COLUMNS
        ))?;
        select.query_row([entry.0], |row| Ok(UnassignedRow::of(row))).optional()?.transpose()
    }

    /// As [`Reader::assignments`], with those of this job.
    pub fn assignments(&self) -> Result<i64, StoreError> {
        if let Some(n) = self.assignments.get() {
            return Ok(n);
        }
        let n = self.reader().assignments()?;
        self.assignments.set(Some(n));
        Ok(n)
    }

    /// The next place in the order of changes that clustering must know of.
    pub(super) fn next_assignment(&self) -> Result<i64, StoreError> {
        let next = self.assignments()? + 1;
        self.assignments.set(Some(next));
        Ok(next)
    }

    /// The same for a change that decides which entries are one story, or that can.
    pub(super) fn next_decision(&self) -> Result<i64, StoreError> {
        let next = self.next_assignment()?;
        self.decided.set(Some(next));
        Ok(next)
    }
}

fn assigned_sql(index: &str, which: &str) -> String {
    format!(
        "SELECT {}, {}
         FROM entries e INDEXED BY {index} LEFT JOIN snapshots t ON t.id = e.snapshot WHERE {which}",
        UnassignedRow::COLUMNS,
        AssignedRow::COLUMNS
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn assigned_entries_are_searched_for_and_not_found_by_reading_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("bylined.db")).expect("a store");
        for (index, which) in [BETWEEN_DATES, CHANGED_SINCE] {
            let first_step = move |it: &Writer<'_>| {
                let mut plan =
                    it.sql.prepare(&format!("EXPLAIN QUERY PLAN {}", assigned_sql(index, which)))?;
                let mut steps = plan.raw_query();
                let Some(step) = steps.next()? else { return Ok(String::new()) };
                Ok(step.get("detail")?)
            };
            let step: String = store.write(first_step).await.expect("a plan");
            assert!(step.starts_with(&format!("SEARCH e USING INDEX {index} (")), "{step}");
        }
    }
}
