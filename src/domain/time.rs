//! Points in time, kept as UTC epoch milliseconds.

use std::fmt;
use std::time::Duration;

use chrono::DateTime;
use chrono::SecondsFormat;
use chrono::Utc;

/// A wall-clock instant in UTC, milliseconds since the epoch.
///
/// Always within the years 1 to 9999, so that it can be written as RFC 3339.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

/// Where wall time comes from: the system's clock in the daemon and the command
/// line, a clock the test owns in tests.
pub trait Clock: Send + Sync {
    /// The current wall time.
    fn now(&self) -> Timestamp;
}

impl Timestamp {
    const MIN_MILLIS: i64 = -62_135_596_800_000;
    const MAX_MILLIS: i64 = 253_402_300_799_999;

    /// Milliseconds since the epoch, clamped to the years 1 to 9999.
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::MIN_MILLIS {
            Self(Self::MIN_MILLIS)
        } else if millis > Self::MAX_MILLIS {
            Self(Self::MAX_MILLIS)
        } else {
            Self(millis)
        }
    }

    /// Seconds since the epoch, clamped to the years 1 to 9999.
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_millis(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The same instant as a calendar time in UTC.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// RFC 3339 with whole seconds and `Z`: `2026-11-20T10:00:00Z`.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// RFC 822 with a four-digit year, as RSS 2.0 wants it: `Fri, 20 Nov 2026 10:00:00 GMT`.
    /// The same spelling is the HTTP date of RFC 9110 §5.6.7.
    pub fn rfc822(self) -> String {
        self.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// This instant moved forward, at most to the end of year 9999.
    pub fn plus(self, by: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This instant moved back.
    pub fn minus(self, by: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The first instant from here on that is a multiple of `step` after the epoch.
    pub fn rounded_up(self, step: Duration) -> Self {
        let step = i64::try_from(step.as_millis()).unwrap_or(i64::MAX).max(1);
        let beyond = self.0.rem_euclid(step);
        Self::from_millis(if beyond == 0 { self.0 } else { self.0.saturating_add(step - beyond) })
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(it: DateTime<Utc>) -> Self {
        Self::from_millis(it.timestamp_millis())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_name_the_same_second() {
        let at = Timestamp::from_secs(1_795_168_800);
        assert_eq!(at.rfc3339(), "2026-11-20T10:00:00Z");
        assert_eq!(at.rfc822(), "Fri, 20 Nov 2026 10:00:00 GMT");
    }

    #[test]
    fn arithmetic_stays_within_what_can_be_written() {
        assert_eq!(Timestamp::from_millis(i64::MAX).plus(Duration::MAX).rfc3339(), "9999-12-31T23:59:59Z");
        assert_eq!(Timestamp::from_millis(i64::MIN).rfc3339(), "0001-01-01T00:00:00Z");
    }
}
