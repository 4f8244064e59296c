//! Figures of a day, for whoever runs the desk.

use std::time::Duration;

use rusqlite::params;

use crate::domain::Timestamp;

use super::error::StoreError;
use super::session::Reader;

/// How far back decisions are counted.
const DECIDED_WITHIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Revisions of a day that are counted.
const REVISIONS_MAX: usize = 5_000;

/// What happened since a day began.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeskFigures {
    /// Stories that readers saw first.
    pub published: u64,
    /// Published stories of which a newer version waits, whenever it was made.
    pub drafts: u64,
    /// Stories that an editor rejected.
    pub rejected: u64,
    /// Statements that the gate dropped.
    pub dropped: u64,
    /// Sources that were polled.
    pub polled: u64,
    /// Tokens that a model read and wrote.
    pub tokens: u64,
    /// Stories of the last 30 days that a person has reviewed.
    pub decided: u64,
    /// Those of them in which a person wrote a field.
    pub overridden: u64,
    /// How long half of the published stories took at most, from the first entry seen.
    pub median_to_publish: Option<Duration>,
}

impl Reader<'_> {
    /// What happened since `midnight`, when the site's `day` began.
    pub fn desk_figures(&self, midnight: Timestamp, day: &str) -> Result<DeskFigures, StoreError> {
        let since = [midnight.millis()];
        let decided_since = [midnight.minus(DECIDED_WITHIN).millis()];
        let count = |sql: &str| -> Result<u64, StoreError> { Ok(self.count(sql, since)? as u64) };
        let decided = |sql: &str| -> Result<u64, StoreError> { Ok(self.count(sql, decided_since)? as u64) };
        let drafts = "SELECT count(*) FROM stories WHERE state = 'published' AND draft IS NOT NULL";
        let dropped: i64 = self.value(
            "SELECT coalesce(sum(json_array_length(dropped)), 0) FROM
                 (SELECT dropped FROM revisions WHERE created >= ?1 AND json_valid(dropped) LIMIT ?2)",
            params![midnight.millis(), REVISIONS_MAX as i64],
        )?;
        let tokens: i64 =
            self.value("SELECT coalesce(sum(spent), 0) FROM llm_tokens WHERE day = ?1", [day])?;
        Ok(DeskFigures {
            published: count("SELECT count(*) FROM stories WHERE first_published >= ?1")?,
            drafts: self.count(drafts, [])? as u64,
            rejected: count("SELECT count(DISTINCT story) FROM audit_log WHERE act = 'reject' AND at >= ?1")?,
            dropped: dropped.unsigned_abs(),
            polled: count("SELECT count(*) FROM sources WHERE last_poll >= ?1")?,
            tokens: tokens.unsigned_abs(),
            decided: decided(
                "SELECT count(DISTINCT story) FROM audit_log WHERE act = 'approve' AND at >= ?1",
            )?,
            overridden: decided(
                "SELECT count(DISTINCT a.story) FROM audit_log a JOIN overrides o ON o.story = a.story
                 WHERE a.act = 'approve' AND a.at >= ?1",
            )?,
            median_to_publish: self.median_to_publish(midnight)?,
        })
    }

    /// How long half of the stories published since a time took at most, from their first entry seen.
    fn median_to_publish(&self, since: Timestamp) -> Result<Option<Duration>, StoreError> {
        let mut times: Vec<i64> = self.values(
            "SELECT s.first_published - min(e.first_seen) FROM stories s JOIN entries e ON e.story = s.id
             WHERE s.state = 'published' AND s.first_published >= ?1 GROUP BY s.id",
            [since.millis()],
        )?;
        times.sort_unstable();
        Ok(times.get(times.len() / 2).map(|it| Duration::from_millis(u64::try_from(*it).unwrap_or(0))))
    }

    /// Sources that work and have brought no entry since a time, though they had some before.
    pub fn silent_sources(&self, since: Timestamp, limit: usize) -> Result<Vec<String>, StoreError> {
        self.values(
            "SELECT s.id FROM sources s WHERE s.health = 'healthy'
                 AND EXISTS (SELECT 1 FROM entries e WHERE e.source = s.id)
                 AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.source = s.id AND e.first_seen >= ?1)
             ORDER BY s.id LIMIT ?2",
            params![since.millis(), limit as i64],
        )
    }
}
