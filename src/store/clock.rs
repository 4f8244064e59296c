//! A clock that is set moves what it had planned.

use std::time::Duration;

use crate::domain::Timestamp;

use super::error::StoreError;
use super::session::Writer;

impl Writer<'_> {
    /// By how much the clock of a past poll was ahead of `now`: so far it was set back since,
    /// at least.
    pub fn set_back_by(&self, now: Timestamp) -> Result<Duration, StoreError> {
        let sql = "SELECT max(last_poll) FROM sources";
        let latest: Option<i64> = self.reader().value(sql, [])?;
        Ok(latest.map_or(Duration::ZERO, |it| Timestamp::from_millis(it).since(now)))
    }

    /// Moves everything that was planned by a clock that has since been set back: what
    /// was to be in an hour still is. Polls made after `now` by that clock count as made just now.
    pub fn set_clock_back(&self, by: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.move_plans(-i64::try_from(by.as_millis()).unwrap_or(i64::MAX))?;
        self.sql
            .prepare_cached("UPDATE sources SET last_poll = ?1 WHERE ?1 < last_poll")?
            .execute([now.millis()])?;
        Ok(())
    }

    /// Undoes [`Self::set_clock_back`], once the clock jumps forward again: what was to be in an hour
    /// still is.
    pub fn set_clock_forward(&self, by: Duration) -> Result<(), StoreError> {
        self.move_plans(i64::try_from(by.as_millis()).unwrap_or(i64::MAX))
    }

    fn move_plans(&self, millis: i64) -> Result<(), StoreError> {
        for sql in [
            "UPDATE sources SET next_poll = max(0, next_poll + ?1), retry_after = retry_after + ?1,
                 lease_until = lease_until + ?1",
            "UPDATE rate_limits SET until = until + ?1",
            "UPDATE subscriptions SET next = next + ?1, asked = asked + ?1, until = until + ?1, pushed = pushed + ?1",
            "UPDATE article_pages SET retry_at = retry_at + ?1, lease_until = lease_until + ?1,
                 recheck_at = recheck_at + ?1, missing_since = missing_since + ?1
             WHERE retry_at IS NOT NULL OR lease_until IS NOT NULL OR recheck_at IS NOT NULL",
            "UPDATE stories SET waits_since = waits_since + ?1 WHERE waits_since IS NOT NULL",
            "UPDATE stories SET ask_after = ask_after + ?1, ask_until = ask_until + ?1 WHERE ask_after IS NOT NULL",
            "UPDATE llm_leases SET until = until + ?1",
            "UPDATE hub_subscribers SET until = until + ?1, taken = taken + ?1, next = next + ?1,
                 first_tried = first_tried + ?1",
            "UPDATE hub_requests SET next = next + ?1",
        ] {
            self.sql.prepare_cached(sql)?.execute([millis])?;
        }
        Ok(())
    }
}
