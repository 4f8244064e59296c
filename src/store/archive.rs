//! Published stories by date and source.

use rusqlite::params;

use crate::domain::CreditCounts;
use crate::domain::SourceId;
use crate::domain::StoryState;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::to_json;
use super::session::Reader;

/// The published stories of later rows. `+` keeps the planner from an index by state, of which it would
/// sort all that is left for each batch.
const PUBLISHED_AFTER: &str = "stories s WHERE +s.state = 'published' AND ?1 < s.id";

/// Counts from the entries of the sources; an index by state would lead through all published stories.
const CREDIT_COUNTS: &str = "SELECT count(*) AS articles, coalesce(sum(s.primary_entry = e.id), 0) AS leads,
         coalesce(sum(e.authors <> '[]'), 0) AS signed,
         coalesce(sum(coalesce(e.article_status, '') = 'vanished'), 0) AS vanished
     FROM entries e JOIN stories s ON s.id = e.story
     WHERE e.source IN (SELECT value FROM json_each(?1)) AND +s.state = 'published'";

impl Reader<'_> {
    /// Every published story, by its row.
    pub fn published(&self, after: StoryRowId, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!("SELECT {} FROM {PUBLISHED_AFTER} ORDER BY s.id LIMIT ?2", StoryRow::COLUMNS),
            params![after.0, limit as i64],
            StoryRow::of,
        )
    }

    /// Published stories that were first published before a place in that order, newest first; `None` begins
    /// with the newest. A story never changes its place: not by an edit, nor by being taken back for a while.
    pub fn published_before(
        &self,
        before: Option<(Timestamp, StoryRowId)>,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        let (at, story) = before.unwrap_or((Timestamp::from_millis(i64::MAX), StoryRowId(i64::MAX)));
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE s.state = 'published' AND (s.first_published, s.id) < (?1, ?2)
                 ORDER BY s.first_published DESC, s.id DESC LIMIT ?3",
                StoryRow::COLUMNS
            ),
            params![at.millis(), story.0, limit as i64],
            StoryRow::of,
        )
    }

    /// Path of every story that was ever published, with where it stands and the
    /// story it became part of.
    pub fn permalinks(&self) -> Result<Vec<(String, StoryState, Option<StoryRowId>)>, StoreError> {
        self.rows(
            "SELECT path, state, merged_into FROM stories WHERE first_published IS NOT NULL OR state = 'merged'
             ORDER BY id",
            [],
            |row| {
                let word: String = row.get("state")?;
                let state = StoryState::ALL.into_iter().find(|it| it.as_str() == word);
                let state = state.ok_or(StoreError::Unreadable { what: "story state" })?;
                Ok((row.get("path")?, state, row.get("merged_into")?))
            },
        )
    }

    /// Published stories in a span of item dates, newest first.
    pub fn stories_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        self.stories_between_from(from, to, 0, limit)
    }

    /// How many published stories a span of item dates has.
    pub fn count_between(&self, from: Timestamp, to: Timestamp) -> Result<usize, StoreError> {
        self.count(
            "SELECT count(*) FROM stories WHERE state = 'published' AND ?1 <= published AND published < ?2",
            params![from.millis(), to.millis()],
        )
    }

    /// The same without the newest `skip`.
    pub fn stories_between_from(
        &self,
        from: Timestamp,
        to: Timestamp,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE s.state = 'published' AND ?1 <= s.published AND s.published < ?2
                 ORDER BY s.published DESC, s.key LIMIT ?3 OFFSET ?4",
                StoryRow::COLUMNS
            ),
            params![from.millis(), to.millis(), limit as i64, skip as i64],
            StoryRow::of,
        )
    }

    /// The published stories in a span of item dates with the highest scores at entry into output `all`.
    pub fn best_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s LEFT JOIN output_items i ON i.story = s.id AND i.output = 'all'
                 WHERE s.state = 'published' AND ?1 <= s.published AND s.published < ?2
                 ORDER BY i.score DESC, s.published DESC, s.key LIMIT ?3",
                StoryRow::COLUMNS
            ),
            params![from.millis(), to.millis(), limit as i64],
            StoryRow::of,
        )
    }

    /// Published stories with a member from any of some sources, newest first, without the newest `skip`.
    /// The work grows with the entries of these sources, not with all stories: `+` keeps the planner from
    /// walking those.
    pub fn sources_stories(
        &self,
        sources: &[&SourceId],
        skip: usize,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE +s.state = 'published'
                     AND s.id IN (SELECT e.story FROM entries e WHERE e.story IS NOT NULL
                                  AND e.source IN (SELECT value FROM json_each(?1)))
                 ORDER BY s.published DESC, s.key LIMIT ?2 OFFSET ?3",
                StoryRow::COLUMNS
            ),
            params![
                to_json(&sources.iter().map(|it| it.as_str()).collect::<Vec<_>>()),
                limit as i64,
                skip as i64
            ],
            StoryRow::of,
        )
    }

    /// Published stories with a member from any of some sources.
    pub fn sources_count(&self, sources: &[&SourceId]) -> Result<usize, StoreError> {
        self.count(
            "SELECT count(*) FROM stories s WHERE +s.state = 'published'
                 AND s.id IN (SELECT e.story FROM entries e WHERE e.story IS NOT NULL
                              AND e.source IN (SELECT value FROM json_each(?1)))",
            [to_json(&sources.iter().map(|it| it.as_str()).collect::<Vec<_>>())],
        )
    }

    /// How the articles of some sources stand in published stories.
    pub fn credit_counts(&self, sources: &[&SourceId]) -> Result<CreditCounts, StoreError> {
        let sources = to_json(&sources.iter().map(|it| it.as_str()).collect::<Vec<_>>());
        let counts = self.one(CREDIT_COUNTS, [sources], |row| {
            let count = |name: &str| row.get::<_, i64>(name).map(|it| it as usize);
            Ok(CreditCounts {
                articles: count("articles")?,
                leads: count("leads")?,
                signed: count("signed")?,
                vanished: count("vanished")?,
            })
        })?;
        Ok(counts.unwrap_or_default())
    }

    /// The newest item date of published stories.
    pub fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        self.newest_before(Timestamp::from_millis(i64::MAX))
    }

    /// The newest item date of published stories before a time.
    pub fn newest_before(&self, at: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(published) FROM stories WHERE state = 'published' AND published < ?1";
        self.value(sql, [at.millis()])
    }

    /// The oldest item date of published stories from a time on.
    pub fn oldest_from(&self, at: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT min(published) FROM stories WHERE state = 'published' AND ?1 <= published";
        self.value(sql, [at.millis()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn one_publisher_and_one_batch_are_not_found_by_reading_every_published_story() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("bylined.db")).expect("a store");
        let batch = format!("SELECT s.title FROM {PUBLISHED_AFTER} ORDER BY s.id LIMIT ?2");
        for (sql, expected) in [
            (batch, "SEARCH s USING INTEGER PRIMARY KEY (rowid>?)"),
            (CREDIT_COUNTS.to_owned(), "SEARCH e USING INDEX entries_by_source (source=?)"),
        ] {
            let steps = store.write(move |it| {
                let mut plan = it.sql.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let mut rows = plan.raw_query();
                let mut steps: Vec<String> = Vec::new();
                while let Some(row) = rows.next()? {
                    steps.push(row.get("detail")?);
                }
                Ok(steps)
            });
            let steps = steps.await.expect("a plan");
            assert_eq!(steps.first().map(String::as_str), Some(expected), "{steps:?}");
            assert!(steps.iter().all(|it| !it.contains("TEMP B-TREE")), "{steps:?}");
        }
    }
}
