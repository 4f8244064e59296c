//! The stored form of what a feed says about when to come again.

use std::time::Duration;

use chrono::Weekday;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::PollHints;

use super::form::Form;

/// Poll hints; what a feed does not say may be left out.
#[derive(Deserialize, Serialize)]
pub(in crate::store) struct StoredHints {
    #[serde(default)]
    version: u64,
    ttl: Option<Duration>,
    #[serde(default)]
    skip_hours: Vec<u8>,
    #[serde(default)]
    skip_days: Vec<Weekday>,
    update_period: Option<Duration>,
    fresh_for: Option<Duration>,
}

impl Form for StoredHints {
    const WHAT: &'static str = "poll hints";
    const VERSION: u64 = 1;
    type Value = PollHints;

    fn of(it: &PollHints) -> Self {
        Self {
            version: Self::VERSION,
            ttl: it.ttl,
            skip_hours: it.skip_hours.clone(),
            skip_days: it.skip_days.clone(),
            update_period: it.update_period,
            fresh_for: it.fresh_for,
        }
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn into_value(self) -> Result<PollHints, String> {
        Ok(PollHints {
            ttl: self.ttl,
            skip_hours: self.skip_hours,
            skip_days: self.skip_days,
            update_period: self.update_period,
            fresh_for: self.fresh_for,
        })
    }
}
