//! Which stories wait to be curated: for a page, for a rule, or for a model.

use rusqlite::params;

use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::parsed;
use super::row::to_json;
use super::session::Reader;
use super::session::Writer;

/// When a wanted page holds its story up: while its entry was first seen after one time and not
/// after another. Who was first seen in the future, by a clock that was since set back, does not wait.
#[derive(Clone, Copy, Debug)]
pub struct PageWait {
    /// An entry first seen then, or before, has waited long enough.
    pub since: Timestamp,
    /// The present.
    pub now: Timestamp,
}

/// Whether the page of a story's primary entry is awaited; `?1` and `?2` are those of [`PageWait`].
pub(super) const AWAITS_PAGE: &str = "EXISTS (SELECT 1 FROM article_pages p JOIN entries o ON o.id = p.entry \
     WHERE p.entry = s.primary_entry AND p.state = 'wanted' AND o.story = s.id \
     AND ?1 < o.first_seen AND o.first_seen <= ?2)";

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

impl Reader<'_> {
    /// Whether an entry waits for its story, or a story to be curated.
    pub fn has_pending(&self) -> Result<bool, StoreError> {
        self.value(
            "SELECT EXISTS (SELECT 1 FROM entries WHERE story IS NULL)
                 OR EXISTS (SELECT 1 FROM stories WHERE state = 'pending')
                 OR EXISTS (SELECT 1 FROM stories WHERE is_stale = 1)",
            [],
        )
    }

    /// Stories ready to be curated, oldest first: pending ones and stale ones whose primary entry
    /// does not wait for its page.
    pub fn stories_to_curate(&self, wait: PageWait, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        // Each of the two has an index of its own, which is read no further than needed.
        let waiting = |which: &str| {
            self.rows(
                &format!(
                    "SELECT {} FROM stories s WHERE {which} AND NOT {AWAITS_PAGE}
                         AND EXISTS (SELECT 1 FROM entries e WHERE e.story = s.id)
                     ORDER BY s.published, s.key LIMIT ?3",
                    StoryRow::COLUMNS
                ),
                params![wait.since.millis(), wait.now.millis(), limit as i64],
                StoryRow::of,
            )
        };
        let mut stories: Vec<StoryRow> = waiting("s.state = 'pending'")?;
        stories.extend(waiting("s.is_stale = 1 AND s.state <> 'pending'")?);
        stories.sort_by(|a, b| (a.published, &a.key).cmp(&(b.published, &b.key)));
        stories.truncate(limit);
        Ok(stories)
    }

    /// Stories of several entries that were never published and of which a page is awaited, newest
    /// first: which entry speaks for them decides whether they wait for it.
    pub fn stories_partly_read(&self, wait: PageWait, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE s.state = 'pending' AND s.first_published IS NULL AND s.id IN
                     (SELECT e.story FROM article_pages p CROSS JOIN entries e ON e.id = p.entry
                      WHERE p.state = 'wanted' AND ?1 < e.first_seen AND e.first_seen <= ?2
                          AND EXISTS (SELECT 1 FROM entries o WHERE o.story = e.story AND o.id <> e.id))
                 ORDER BY s.published DESC, s.key LIMIT ?3",
                StoryRow::COLUMNS
            ),
            params![wait.since.millis(), wait.now.millis(), limit as i64],
            StoryRow::of,
        )
    }

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

    /// Published stories that a model should be asked about again before a time, except some: the
    /// newest few of each source, and none that a person edited or approved.
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
                    "SELECT {}, coalesce(s.waits_since <= ?5, 0) AS waits_no_longer FROM stories s
                     WHERE {which} AND NOT {AWAITS_PAGE}
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
                    to_json(&filter.closed.iter().map(SourceId::as_str).collect::<Vec<_>>()),
                    filter.waited_since.map(Timestamp::millis),
                    to_json(&filter.reviewed.iter().map(SourceId::as_str).collect::<Vec<_>>()),
                    limit as i64
                ],
                |row| Ok((StoryRow::of(row)?, row.get("waits_no_longer")?)),
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
        self.value(
            "SELECT EXISTS (SELECT 1 FROM stories WHERE state = 'pending'
                                AND (waits_since IS NULL OR ?1 < waits_since))
                 OR EXISTS (SELECT 1 FROM stories WHERE is_stale = 1
                                AND (waits_since IS NULL OR ?1 < waits_since))",
            [now.millis()],
        )
    }
}

impl Writer<'_> {
    /// Notes since when each story waits to be curated. One that waits since a time after now, because
    /// the clock was set back, waits since now.
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

    /// Has a model asked about a story again, from one time on until another; `None`: no more.
    pub fn ask_again(
        &self,
        story: StoryRowId,
        from_until: Option<(Timestamp, Timestamp)>,
    ) -> Result<(), StoreError> {
        let (from, until) = from_until.map(|(from, until)| (from.millis(), until.millis())).unzip();
        self.sql
            .prepare_cached("UPDATE stories SET ask_after = ?2, ask_until = ?3 WHERE id = ?1")?
            .execute(params![story.0, from, until])?;
        Ok(())
    }

    /// Has it asked not before this time.
    pub fn ask_later(&self, story: StoryRowId, from: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET ask_after = ?2 WHERE id = ?1 AND ask_after IS NOT NULL")?
            .execute(params![story.0, from.millis()])?;
        Ok(())
    }
}

fn waiting(row: &rusqlite::Row<'_>, is_quoted: bool) -> Result<WaitingStory, StoreError> {
    Ok(WaitingStory {
        story: row.get("id")?,
        source: parsed(row.get("source")?, "source id")?,
        published: row.get("published")?,
        is_quoted,
    })
}

fn numbers(stories: &[StoryRowId]) -> String {
    to_json(&stories.iter().map(|it| it.0).collect::<Vec<_>>())
}
