//! What is asked of a model: which stories wait for it, what it costs, and how often it was tried.

use std::collections::HashMap;

use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::Reader;
use super::StoreError;
use super::Writer;
use super::row;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::parsed;
use super::waiting::AWAITS_PAGE;
use super::waiting::PageWait;

/// A story that waits for a model, under one of its sources.
#[derive(Clone, Debug)]
pub struct WaitingStory {
    /// The story.
    pub story: StoryRowId,
    /// A source that has an entry in it.
    pub source: SourceId,
    /// Its date.
    pub published: Timestamp,
    /// Whether readers have it already, quoted by rule.
    pub is_quoted: bool,
}

/// Which waiting stories need no model, or wait for it no longer.
#[derive(Clone, Debug, Default)]
pub struct RuleFilter {
    /// Stories that have waited since then, or longer, wait no longer; `None`: all wait on.
    pub waited_since: Option<Timestamp>,
    /// Sources whose texts no model may see.
    pub closed: Vec<SourceId>,
    /// Sources whose stories a person sees first: these wait on.
    pub reviewed: Vec<SourceId>,
    /// Stories that are left out.
    pub without: Vec<StoryRowId>,
}

/// Whether tokens could be set aside.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reserved {
    /// They are.
    Yes,
    /// The day has not as many left.
    DaySpent,
    /// The source has not.
    ShareSpent,
}

impl Reader<'_> {
    /// Stories ready for a model, all but some: of each source its newest few.
    pub fn stories_for_model(
        &self,
        wait: PageWait,
        without: &[StoryRowId],
        per_source: usize,
    ) -> Result<Vec<WaitingStory>, StoreError> {
        self.rows(
            &format!(
                "SELECT id, source, published FROM
                     (SELECT w.id, e.source, w.published,
                             row_number() OVER (PARTITION BY e.source ORDER BY w.published DESC, w.key) AS n
                      FROM (SELECT s.id, s.published, s.key FROM stories s
                            WHERE s.state = 'pending' AND NOT {AWAITS_PAGE}
                            UNION ALL
                            SELECT s.id, s.published, s.key FROM stories s
                            WHERE s.is_stale = 1 AND s.state <> 'pending' AND NOT {AWAITS_PAGE}) w
                      JOIN entries e ON e.story = w.id
                      WHERE w.id NOT IN (SELECT value FROM json_each(?3)))
                 WHERE n <= ?4"
            ),
            params![wait.since.millis(), wait.now.millis(), numbers(without), per_source as i64],
            |row| waiting(row, false),
        )
    }

    /// Published stories that a model is to be asked about again before a time, all but some: of
    /// each source its newest few; none that a person edited or approved.
    pub fn stories_to_ask(
        &self,
        before: Timestamp,
        now: Timestamp,
        without: &[StoryRowId],
        per_source: usize,
    ) -> Result<Vec<WaitingStory>, StoreError> {
        // `+` has the plan begin with those to be asked about, and not with all that are published.
        self.rows(
            "SELECT id, source, published FROM
                 (SELECT s.id, e.source, s.published,
                         row_number() OVER (PARTITION BY e.source ORDER BY s.published DESC, s.key) AS n
                  FROM stories s JOIN revisions r ON r.story = s.id AND r.n = s.revision
                  JOIN entries e ON e.story = s.id
                  WHERE s.ask_after < ?1 AND ?2 < s.ask_until AND +s.state = 'published' AND s.draft IS NULL
                      AND s.is_stale = 0 AND r.reviewed IS NULL AND r.author IS NULL
                      AND NOT EXISTS (SELECT 1 FROM overrides o WHERE o.story = s.id)
                      AND s.id NOT IN (SELECT value FROM json_each(?3)))
             WHERE n <= ?4",
            params![before.millis(), now.millis(), numbers(without), per_source as i64],
            |row| waiting(row, true),
        )
    }

    /// Stories that are ready and need no model, or wait for it no longer, oldest first, with whether
    /// they are of the second kind. Some of the first kind may turn out to need one.
    pub fn stories_by_rule(
        &self,
        wait: PageWait,
        filter: &RuleFilter,
        limit: usize,
    ) -> Result<Vec<(StoryRow, bool)>, StoreError> {
        let waiting = |which: &str| {
            self.rows(
                &format!(
                    "SELECT {}, coalesce(s.waits_since <= ?5, 0) FROM stories s WHERE {which} AND NOT {AWAITS_PAGE}
                         AND s.id NOT IN (SELECT value FROM json_each(?3))
                         AND EXISTS (SELECT 1 FROM entries e WHERE e.story = s.id)
                         AND (NOT EXISTS (SELECT 1 FROM entries e WHERE e.story = s.id AND e.rights = 'any'
                                              AND e.snapshot IS NOT NULL
                                              AND e.source NOT IN (SELECT value FROM json_each(?4)))
                              OR s.waits_since <= ?5 AND NOT EXISTS
                                  (SELECT 1 FROM entries e WHERE e.story = s.id
                                       AND e.source IN (SELECT value FROM json_each(?6))))
                     ORDER BY s.published, s.key LIMIT ?7",
                    StoryRow::COLUMNS
                ),
                params![
                    wait.since.millis(),
                    wait.now.millis(),
                    numbers(&filter.without),
                    row::to_json(&filter.closed),
                    filter.waited_since.map(Timestamp::millis),
                    row::to_json(&filter.reviewed),
                    limit as i64
                ],
                |row| Ok((StoryRow::of(row)?, row.get(14)?)),
            )
        };
        let mut stories: Vec<(StoryRow, bool)> = waiting("s.state = 'pending'")?;
        stories.extend(waiting("s.is_stale = 1 AND s.state <> 'pending'")?);
        stories.sort_by(|(a, _), (b, _)| (a.published, &a.key).cmp(&(b.published, &b.key)));
        stories.truncate(limit);
        Ok(stories)
    }

    /// Whether stories wait for a model of which it is not noted since when.
    pub fn has_unnoted_waits(&self, now: Timestamp) -> Result<bool, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM stories WHERE state = 'pending'
                                AND (waits_since IS NULL OR ?1 < waits_since))
                 OR EXISTS (SELECT 1 FROM stories WHERE is_stale = 1
                                AND (waits_since IS NULL OR ?1 < waits_since))",
        )?;
        Ok(select.query_row([now.millis()], |row| row.get(0))?)
    }

    /// Tokens spent on a day of the site, by the source whose turns they were.
    pub fn tokens_by_source(&self, day: &str) -> Result<HashMap<SourceId, u64>, StoreError> {
        let spent = self.rows("SELECT source, spent FROM model_tokens WHERE day = ?1", [day], |row| {
            Ok((parsed(row.get(0)?, "source id")?, row.get::<_, i64>(1)?.max(0) as u64))
        })?;
        Ok(spent.into_iter().collect())
    }
}

impl Writer<'_> {
    /// Notes of every story that is to be curated since when it waits. One that waits since later
    /// than now, by a clock that was since set back, waits since now.
    pub fn note_waits(&self, now: Timestamp) -> Result<(), StoreError> {
        for which in ["state = 'pending'", "is_stale = 1"] {
            self.sql
                .prepare_cached(&format!(
                    "UPDATE stories SET waits_since = ?1
                     WHERE {which} AND (waits_since IS NULL OR ?1 < waits_since)"
                ))?
                .execute([now.millis()])?;
        }
        Ok(())
    }

    /// Sets tokens of a day aside for a source's turn, and says whether the day's budget had them,
    /// and the source's share of it where it is bounded.
    pub fn reserve_tokens(
        &self,
        day: &str,
        source: &SourceId,
        tokens: u64,
        budget: u64,
        share: Option<u64>,
    ) -> Result<Reserved, StoreError> {
        let spent = self.reader().tokens_by_source(day)?;
        if spent.values().sum::<u64>().saturating_add(tokens) > budget {
            return Ok(Reserved::DaySpent);
        }
        let of_source = spent.get(source).copied().unwrap_or_default();
        if share.is_some_and(|share| of_source.saturating_add(tokens) > share) {
            return Ok(Reserved::ShareSpent);
        }
        self.sql
            .prepare_cached(
                "INSERT INTO model_tokens (day, source, spent) VALUES (?1, ?2, ?3)
                 ON CONFLICT (day, source) DO UPDATE SET spent = spent + excluded.spent",
            )?
            .execute(params![day, source.as_str(), i64::try_from(tokens).unwrap_or(i64::MAX / 4)])?;
        Ok(Reserved::Yes)
    }

    /// Counts what was spent instead of what had been set aside for it.
    pub fn settle_tokens(
        &self,
        day: &str,
        source: &SourceId,
        reserved: u64,
        spent: u64,
    ) -> Result<(), StoreError> {
        let tokens = |it: u64| i64::try_from(it).unwrap_or(i64::MAX / 4);
        self.sql
            .prepare_cached(
                "UPDATE model_tokens SET spent = max(0, spent - ?3 + ?4) WHERE day = ?1 AND source = ?2",
            )?
            .execute(params![day, source.as_str(), tokens(reserved), tokens(spent)])?;
        Ok(())
    }

    /// Counts one more attempt at a request, before it is sent, unless there were as many already;
    /// says whether it may be sent. A process that is killed meanwhile leaves the attempt counted.
    pub fn begin_attempt(
        &self,
        story: StoryRowId,
        request: &str,
        attempts_max: u32,
    ) -> Result<bool, StoreError> {
        let begun: Option<u32> = self
            .sql
            .prepare_cached("SELECT begun FROM model_attempts WHERE story = ?1 AND request = ?2")?
            .query_row(params![story.0, request], |row| row.get(0))
            .optional()?;
        if begun.is_some_and(|it| it >= attempts_max) {
            return Ok(false);
        }
        self.sql
            .prepare_cached(
                "INSERT INTO model_attempts (story, request, begun) VALUES (?1, ?2, 1)
                 ON CONFLICT (story, request) DO UPDATE SET begun = begun + 1",
            )?
            .execute(params![story.0, request])?;
        Ok(true)
    }

    /// Takes back an attempt that the endpoint did not answer, or refused without reading it.
    pub fn forgive_attempt(&self, story: StoryRowId, request: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE model_attempts SET begun = max(0, begun - 1) WHERE story = ?1 AND request = ?2",
            )?
            .execute(params![story.0, request])?;
        Ok(())
    }
}

fn waiting(row: &rusqlite::Row<'_>, is_quoted: bool) -> Result<WaitingStory, StoreError> {
    Ok(WaitingStory {
        story: StoryRowId(row.get(0)?),
        source: parsed(row.get(1)?, "source id")?,
        published: Timestamp::from_millis(row.get(2)?),
        is_quoted,
    })
}

fn numbers(stories: &[StoryRowId]) -> String {
    row::to_json(&stories.iter().map(|it| it.0).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use crate::store::Store;

    use super::*;

    #[tokio::test]
    async fn a_share_ends_before_the_day_does() {
        const DAY: &str = "2026-11-20";
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let outcome = store.write(|it| {
            let [flood, monitor]: [SourceId; 2] = ["flood", "monitor"].map(|it| it.parse().expect("a slug"));
            let address = |it: &SourceId| (it.clone(), format!("https://{it}.example/"));
            it.sync_sources(&[address(&flood), address(&monitor)], Timestamp::from_secs(1_795_168_800))?;
            let reserve = |source, tokens, share| it.reserve_tokens(DAY, source, tokens, 1_000, share);
            assert_eq!(reserve(&flood, 200, Some(250))?, Reserved::Yes);
            assert_eq!(reserve(&flood, 100, Some(250))?, Reserved::ShareSpent);
            assert_eq!(reserve(&monitor, 100, Some(250))?, Reserved::Yes);
            assert_eq!(reserve(&flood, 600, None)?, Reserved::Yes, "nobody else waits");
            assert_eq!(reserve(&monitor, 101, Some(250))?, Reserved::DaySpent);
            it.settle_tokens(DAY, &flood, 600, 50)?;
            assert_eq!(reserve(&monitor, 101, Some(250))?, Reserved::Yes);
            it.reader().tokens_by_source(DAY)
        });
        let spent = outcome.await.expect("a transaction");
        assert_eq!(spent.values().sum::<u64>(), 451);
    }
}
