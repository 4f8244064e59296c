//! What is asked of a model: replies, tokens, attempts, and whose turn it is.

use std::collections::HashMap;

use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::holder::Holder;
use super::row::StoryRowId;
use super::row::parsed;
use super::session::Reader;
use super::session::Writer;
use super::stored;

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

/// How a model did the last time that it had to tell planted statements apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SelfTest {
    /// Day of the site.
    pub day: String,
    /// Whether it may verify.
    pub has_passed: bool,
}

impl Reader<'_> {
    /// How a model did in its last self-test up to this day, with these questions.
    pub fn last_self_test(
        &self,
        model: &str,
        prompt: &str,
        day: &str,
    ) -> Result<Option<SelfTest>, StoreError> {
        self.one(
            "SELECT day, has_passed FROM llm_self_tests WHERE model = ?1 AND prompt = ?2 AND day <= ?3
             ORDER BY day DESC LIMIT 1",
            params![model, prompt, day],
            |row| Ok(SelfTest { day: row.get("day")?, has_passed: row.get("has_passed")? }),
        )
    }

    /// What a model replied to a request about a story, and the milliseconds it took.
    pub fn reply(&self, story: StoryRowId, request: &str) -> Result<Option<(String, u64)>, StoreError> {
        self.one(
            "SELECT reply, millis FROM llm_replies WHERE story = ?1 AND request = ?2",
            params![story.0, request],
            |row| {
                let reply = stored::json_at(row, "reply")?.unwrap_or_default();
                Ok((String::from_utf8_lossy(reply).into_owned(), row.get::<_, i64>("millis")? as u64))
            },
        )
    }

    /// Tokens spent on a day of the site, by the source whose turns they were.
    pub fn tokens_by_source(&self, day: &str) -> Result<HashMap<SourceId, u64>, StoreError> {
        let spent = self.rows("SELECT source, spent FROM llm_tokens WHERE day = ?1", [day], |row| {
            Ok((parsed(row.get("source")?, "source id")?, row.get::<_, i64>("spent")?.max(0) as u64))
        })?;
        Ok(spent.into_iter().collect())
    }
}

/// How often one request is sent at most.
#[derive(Clone, Copy, Debug)]
pub struct AttemptsMax {
    /// With answers of no use.
    pub useless: u32,
    /// By processes that were killed before the answer came.
    pub lost: u32,
}

impl Writer<'_> {
    /// Removes what a model replied to a request, which cannot be read.
    pub fn forget_reply(&self, story: StoryRowId, request: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM llm_replies WHERE story = ?1 AND request = ?2")?
            .execute(params![story.0, request])?;
        Ok(())
    }

    /// Keeps how many planted pairs a model told apart on a day, and whether it may verify.
    pub fn record_self_test(
        &self,
        model: &str,
        prompt: &str,
        day: &str,
        told: usize,
        has_passed: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let told = i64::try_from(told).unwrap_or(i64::MAX);
        self.sql
            .prepare_cached(
                "INSERT OR REPLACE INTO llm_self_tests (model, prompt, day, told, has_passed, created)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![model, prompt, day, told, has_passed, now.millis()])?;
        Ok(())
    }

    /// Keeps what a model replied.
    pub fn record_reply(
        &self,
        story: StoryRowId,
        request: &str,
        reply: &str,
        millis: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO llm_replies (story, request, reply, millis, created) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![story.0, request, reply, millis as i64, now.millis()])?;
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
                "INSERT INTO llm_tokens (day, source, spent) VALUES (?1, ?2, ?3)
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
                "UPDATE llm_tokens SET spent = max(0, spent - ?3 + ?4) WHERE day = ?1 AND source = ?2",
            )?
            .execute(params![day, source.as_str(), tokens(reserved), tokens(spent)])?;
        Ok(())
    }

    /// Counts one more attempt at a request, before it is sent, unless there were as many already
    /// without an answer of use, or as many that nobody heard the end of; says whether it may be
    /// sent. A process that is killed meanwhile leaves the attempt counted.
    pub fn begin_attempt(
        &self,
        story: StoryRowId,
        request: &str,
        attempts_max: AttemptsMax,
    ) -> Result<bool, StoreError> {
        let is_given_up: bool = self.reader().value(
            "SELECT EXISTS (SELECT 1 FROM llm_attempts
                 WHERE story = ?1 AND request = ?2 AND (useless >= ?3 OR begun >= ?4))",
            params![story.0, request, attempts_max.useless, attempts_max.lost],
        )?;
        if is_given_up {
            return Ok(false);
        }
        self.sql
            .prepare_cached(
                "INSERT INTO llm_attempts (story, request, begun) VALUES (?1, ?2, 1)
                 ON CONFLICT (story, request) DO UPDATE SET begun = begun + 1",
            )?
            .execute(params![story.0, request])?;
        Ok(true)
    }

    /// Ends an attempt. One with an answer of no use counts as such; one that the endpoint did not
    /// answer, or refused without reading it, counts no more.
    pub fn end_attempt(&self, story: StoryRowId, request: &str, is_useless: bool) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE llm_attempts SET begun = max(0, begun - 1), useless = useless + ?3
                 WHERE story = ?1 AND request = ?2",
            )?
            .execute(params![story.0, request, is_useless])?;
        Ok(())
    }

    /// Acquires the lease to ask a model about a story, unless another living process
    /// holds it. A lease that ends later than one of twice this length is from before the
    /// clock was set back, and has ended.
    pub fn acquire_llm_lease(
        &self,
        story: StoryRowId,
        holder: &Holder,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let latest = until.plus(until.since(now)).millis();
        let held: Option<(String, i64)> = self
            .sql
            .prepare_cached("SELECT holder, until FROM llm_leases WHERE story = ?1")?
            .query_row([story.0], |row| Ok((row.get("holder")?, row.get("until")?)))
            .optional()?;
        let is_taken = held.is_some_and(|(other, until)| {
            other != holder.as_str() && Holder::is_alive(&other) && (now.millis()..=latest).contains(&until)
        });
        if !is_taken {
            self.sql
                .prepare_cached(
                    "INSERT OR REPLACE INTO llm_leases (story, holder, until) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![story.0, holder.as_str(), until.millis()])?;
        }
        Ok(!is_taken)
    }

    /// Releases the lease to ask a model about a story.
    pub fn release_llm_lease(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM llm_leases WHERE story = ?1")?.execute([story.0])?;
        Ok(())
    }
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
