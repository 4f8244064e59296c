//! Brings what was planned in wall time into line with the configuration and the clock of now.
//!
//! A clock that was ahead leaves dates behind that would keep sources, pages, hubs and models
//! waiting until it is so late again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tracing::warn;

use crate::config;
use crate::domain::Hints;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::schedule;
use crate::schedule::Plan;
use crate::schedule::PollOutcome;
use crate::store::Health;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::Writer;

use super::context::Pipeline;
use super::ledger;

/// A poll that lies further ahead than this was made by a clock that was set back since; less is drift.
const CLOCK_DRIFT_MAX: Duration = Duration::from_secs(5);

impl Pipeline {
    /// The clock was set back by so much: what was planned to be in an hour still is.
    ///
    /// # Errors
    /// Fails where the store cannot be written; nothing is moved then.
    pub async fn set_clock_back(&self, by: Duration) -> Result<(), StoreError> {
        let now = self.now();
        self.store.write(move |it| it.set_clock_back(by, now)).await
    }

    /// The clock jumped forward by at least so much after it had been set back, or had been behind at
    /// the start: what was moved for that moves forward again.
    ///
    /// # Errors
    /// Fails where the store cannot be written; nothing is moved then.
    pub async fn set_clock_forward(&self, by: Duration) -> Result<(), StoreError> {
        self.store.write(move |it| it.set_clock_forward(by)).await
    }

    /// Makes the configured sources known to the store, and brings the dates of their next polls
    /// to at most now + their own interval. Subscriptions of others are to end. Returns by how much
    /// everything planned moved back, because the clock is behind the last poll: the clock of that
    /// poll was ahead, or the one of now is behind.
    ///
    /// # Errors
    /// Fails where the store cannot be read or written.
    pub async fn sync_sources(&self) -> Result<Duration, StoreError> {
        let now = self.now();
        let config = Arc::clone(&self.config);
        let rows = self.store.read(|it| it.sources()).await?;
        let rows: HashMap<&SourceId, &SourceRow> = rows.iter().map(|it| (&it.id, it)).collect();
        let planned =
            self.enabled().map(|it| (it.id.clone(), self.planned(it, rows.get(&it.id).copied(), now)));
        let planned: Vec<_> = planned.collect();
        let longest = now.plus(self.config.schedule.max);
        let write = move |it: &Writer<'_>| {
            let by = Some(it.set_back_by(now)?).filter(|it| *it > CLOCK_DRIFT_MAX).unwrap_or_default();
            if !by.is_zero() {
                it.set_clock_back(by, now)?;
            }
            ledger::remember(it, &config, now)?;
            it.bound_polls(&planned, longest)?;
            it.bound_rate_limits(longest)?;
            Ok(by)
        };
        let by = self.store.write(write).await?;
        if !by.is_zero() {
            let secs = by.as_secs();
            warn!(
                "the system clock is {secs} s behind the last poll; everything planned moves back by as much"
            );
        }
        self.sync_subscriptions().await?;
        Ok(by)
    }

    /// When a source would be polled next if it had just given its last answer again. A date that
    /// lies beyond was planned by another clock or another configuration.
    fn planned(&self, source: &config::Source, row: Option<&SourceRow>, now: Timestamp) -> Timestamp {
        match row {
            Some(row) if row.health == Health::Healthy => {
                let hints = Hints { fresh_for: row.feed.poll_hints.fresh_for, ..Hints::default() };
                let last = PollOutcome::Answered {
                    hints: &hints,
                    feed: &row.feed.poll_hints,
                    published: &row.feed.newest,
                };
                self.next_poll(source, row, now, &last)
            }
            // How long a refusal said it is current is not remembered.
            _ => {
                let plan = Plan::of(source, &self.config.schedule, self.config.site.timezone);
                schedule::latest_poll(now, &plan)
            }
        }
    }
}
