//! Cron lines as crontab(5) writes them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::DateTime;
use chrono::LocalResult;
use chrono::NaiveDateTime;
use chrono::Offset;
use chrono::TimeDelta;
use chrono::TimeZone;
use chrono::Utc;
use chrono_tz::Tz;

use super::time::Timestamp;

/// Most candidates looked at for one answer: the seconds of a repeated hour, and a few more.
const CANDIDATES_MAX: usize = 2 * 3600;

/// A cron line: five fields as crontab(5), or six with seconds first, or a name such as `@daily`.
///
/// 0 and 7 are Sunday; months and weekdays may be named; where day of month and
/// day of week are both restricted, either suffices.
#[derive(Clone, Debug)]
pub struct CronLine {
    line: String,
    /// One, or two of which either suffices.
    schedules: Vec<cron::Schedule>,
    /// Whether the line names a second; else each source has its own.
    has_seconds: bool,
    /// Whether every hour is meant, so that a repeated hour is one more.
    is_hourly: bool,
}

/// A line that is no cron line.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{line}` is not a cron line: {why}")]
pub struct InvalidCron {
    line: String,
    why: String,
}

/// What one field may say.
struct Field {
    name: &'static str,
    min: u8,
    max: u8,
    names: &'static [&'static str],
}

const SECOND: Field = Field { name: "second", min: 0, max: 59, names: &[] };
const MINUTE: Field = Field { name: "minute", min: 0, max: 59, names: &[] };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, names: &[] };
const DAY: Field = Field { name: "day of month", min: 1, max: 31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: Field =
    Field { name: "day of week", min: 0, max: 7, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

impl CronLine {
    /// The line as written.
    pub fn as_str(&self) -> &str {
        &self.line
    }

    /// The first time after `now` that the line names, in the time zone given.
    ///
    /// Where the line has no seconds, `seed` decides the second, the same one
    /// each time, so that many sources with one line do not start together.
    ///
    /// When clocks go forward, a time that is skipped comes at the moment of the
    /// change. When they go back, a time that is repeated comes once, unless the
    /// line means every hour. `None` when the line names no time before 2100.
    pub fn next_after(&self, now: Timestamp, zone: Tz, seed: u64) -> Option<Timestamp> {
        let second = if self.has_seconds { 0 } else { seed % 60 };
        let second = Duration::from_secs(second);
        let after = now.minus(second);
        let next = self.schedules.iter().filter_map(|it| self.next_of(it, after, zone)).min()?;
        Some(next.plus(second))
    }

    fn next_of(&self, schedule: &cron::Schedule, after: Timestamp, zone: Tz) -> Option<Timestamp> {
        let after = after.utc();
        let local = after.with_timezone(&zone).naive_local();
        // The crate reckons in a zone without changes; what a change does to a time is decided here.
        // As local times grow, so do the moments they name: the first that is late enough is the next.
        let mut candidates = schedule.after(&local.and_utc()).map(|it| it.naive_utc()).take(CANDIDATES_MAX);
        let next = candidates.find_map(|it| first_moment(it, zone).filter(|it| after < *it))?;
        if !self.is_hourly {
            return Some(next.into());
        }
        let again = repeated_hour(after, next, zone).and_then(|(change, offset)| {
            let local = (change + offset).naive_utc() - TimeDelta::seconds(1);
            let candidate = schedule.after(&local.and_utc()).next()?;
            Some(candidate - offset).filter(|it| after < *it)
        });
        Some(again.map_or(next, |it| it.min(next)).into())
    }
}

/// The first moment at which clocks show `local`, or at which they jump over it.
fn first_moment(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(it) | LocalResult::Ambiguous(it, _) => Some(it.to_utc()),
        LocalResult::None => {
            // No change of clocks is longer than a day.
            let before = local.and_utc() - TimeDelta::days(1);
            let after = local.and_utc() + TimeDelta::days(1);
            change_between(before, after, zone)
        }
    }
}

/// The moment between two at which clocks go back, and the offset from then on.
fn repeated_hour(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> Option<(DateTime<Utc>, TimeDelta)> {
    if offset(to, zone) < offset(from, zone) {
        let change = change_between(from, to, zone)?;
        return Some((change, offset(change, zone)));
    }
    // Within the repeated hour itself, where local times come for the second time.
    let local = from.with_timezone(&zone).naive_local();
    match zone.from_local_datetime(&local) {
        LocalResult::Ambiguous(first, second) if first.to_utc() < from && second.to_utc() <= from => {
            Some((from + TimeDelta::seconds(1), offset(from, zone)))
        }
        _ => None,
    }
}

/// The first second at which the offset is that of `to`, where it differs from that of `from`.
fn change_between(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let old = offset(from, zone);
    if old == offset(to, zone) {
        return None;
    }
    let (mut low, mut high) = (from.timestamp(), to.timestamp());
    while 1 < high - low {
        let middle = low + (high - low) / 2;
        let at = DateTime::from_timestamp(middle, 0)?;
        if offset(at, zone) == old { low = middle } else { high = middle }
    }
    DateTime::from_timestamp(high, 0)
}

fn offset(at: DateTime<Utc>, zone: Tz) -> TimeDelta {
    TimeDelta::seconds(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc().into())
}

impl FromStr for CronLine {
    type Err = InvalidCron;

    fn from_str(line: &str) -> Result<Self, InvalidCron> {
        let invalid = |why: String| InvalidCron { line: line.to_owned(), why };
        let spelled = match line.trim().to_ascii_lowercase().as_str() {
            "@hourly" => "0 * * * *".to_owned(),
            "@daily" | "@midnight" => "0 0 * * *".to_owned(),
            "@weekly" => "0 0 * * 0".to_owned(),
            "@monthly" => "0 0 1 * *".to_owned(),
            "@yearly" | "@annually" => "0 0 1 1 *".to_owned(),
            it if it.starts_with('@') => {
                return Err(invalid(
                    "the known names are @hourly, @daily, @weekly, @monthly and @yearly".to_owned(),
                ));
            }
            it => it.to_owned(),
        };
        let fields: Vec<_> = spelled.split_whitespace().collect();
        let (second, rest) = match fields.as_slice() {
            rest @ [_, _, _, _, _] => (None, rest),
            [second, rest @ ..] if rest.len() == 5 => (Some(*second), rest),
            other => {
                return Err(invalid(format!(
                    "it has {} fields; write minute, hour, day of month, month, day of week, or six with the second first",
                    other.len()
                )));
            }
        };
        let &[minute, hour, day, month, weekday] = rest else {
            return Err(invalid("it has not five fields".to_owned()));
        };
        let second_set = second.map_or(Ok("0".to_owned()), |it| SECOND.list(it)).map_err(invalid)?;
        let minutes = MINUTE.list(minute).map_err(invalid)?;
        let hours = HOUR.list(hour).map_err(invalid)?;
        let days = DAY.list(day).map_err(invalid)?;
        let months = MONTH.list(month).map_err(invalid)?;
        let weekdays = WEEKDAY.list(weekday).map_err(invalid)?;

        // crontab(5): a field that begins with a star restricts nothing, even with a step.
        let either = !day.starts_with('*') && !weekday.starts_with('*');
        let pairs = if either {
            vec![(days.as_str(), "*"), ("*", weekdays.as_str())]
        } else {
            vec![(days.as_str(), weekdays.as_str())]
        };
        let schedules = pairs
            .into_iter()
            .map(|(days, weekdays)| format!("{second_set} {minutes} {hours} {days} {months} {weekdays}"))
            .map(|it| it.parse::<cron::Schedule>())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|cause| invalid(cause.to_string()))?;

        let parsed = Self {
            line: line.trim().to_owned(),
            schedules,
            has_seconds: second.is_some(),
            is_hourly: hour.starts_with('*'),
        };
        // Long enough for a 29 February on each weekday.
        if parsed.next_after(Timestamp::from_secs(1_700_000_000), Tz::UTC, 0).is_none() {
            return Err(invalid("no day is like that".to_owned()));
        }
        Ok(parsed)
    }
}

impl fmt::Display for CronLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl PartialEq for CronLine {
    fn eq(&self, other: &Self) -> bool {
        self.line == other.line
    }
}

impl Eq for CronLine {}

impl Field {
    /// The field as the crate reads it: `*`, or every value by itself. Weekdays are named,
    /// since the crate counts them from Sunday as 1.
    fn list(&self, text: &str) -> Result<String, String> {
        let mut values = BTreeSet::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(self.step(step)?)),
                None => (part, None),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.min, self.max),
                Some((from, to)) => (self.value(from)?, self.value(to)?),
                // `5/10` is every tenth from the fifth on.
                None => {
                    let from = self.value(range)?;
                    (from, if step.is_some() { self.max } else { from })
                }
            };
            // `fri-sun`: Sunday ends a week as well as it begins one.
            let to = if self.max == WEEKDAY.max && to == 0 && from != 0 { 7 } else { to };
            if to < from {
                return Err(format!("{} `{part}` ends before it begins", self.name));
            }
            let to = if range == "*" && self.max == WEEKDAY.max { 6 } else { to };
            values.extend((from..=to).step_by(step.unwrap_or(1).into()));
        }
        if self.max == WEEKDAY.max {
            let days: BTreeSet<_> = values.iter().map(|it| usize::from(it % 7)).collect();
            if days.len() == 7 {
                return Ok("*".to_owned());
            }
            return Ok(days.iter().map(|it| self.names[*it]).collect::<Vec<_>>().join(","));
        }
        if text == "*" {
            return Ok("*".to_owned());
        }
        Ok(values.iter().map(u8::to_string).collect::<Vec<_>>().join(","))
    }

    fn value(&self, text: &str) -> Result<u8, String> {
        let named = self.names.iter().position(|it| *it == text).and_then(|it| u8::try_from(it).ok());
        if let Some(at) = named {
            return Ok(at + self.min);
        }
        let value = text.parse().ok().filter(|it| (self.min..=self.max).contains(it));
        value.ok_or_else(|| format!("{} `{text}` is not within {} to {}", self.name, self.min, self.max))
    }

    fn step(&self, text: &str) -> Result<u8, String> {
        let step = text.parse().ok().filter(|it| (1..=self.max).contains(it));
        step.ok_or_else(|| format!("{} step `{text}` is not within 1 to {}", self.name, self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: &str) -> CronLine {
        line.parse().unwrap_or_else(|it| panic!("{it}"))
    }

    /// The times that a line names from `now` on, all given as RFC 3339 with offset.
    #[track_caller]
    fn check(cron: &str, zone: &str, now: &str, expected: &[&str]) {
        let zone: Tz = zone.parse().expect("a zone");
        let read = |it: &str| Timestamp::from(DateTime::parse_from_rfc3339(it).expect("a time").to_utc());
        let cron = line(cron);
        let mut at = read(now);
        for expected in expected {
            at = cron.next_after(at, zone, 0).expect("a time");
            assert_eq!(at, read(expected), "{at} is not {expected}");
        }
    }

    #[test]
    fn five_fields_are_read_as_crontab_does() {
        let from = "2026-11-20T10:00:00Z"; // a Friday
        check("*/30 * * * *", "UTC", from, &["2026-11-20T10:30:00Z", "2026-11-20T11:00:00Z"]);
        check("0 7 * * *", "UTC", from, &["2026-11-21T07:00:00Z", "2026-11-22T07:00:00Z"]);
        check("5/20 9-10 * * *", "UTC", from, &["2026-11-20T10:05:00Z", "2026-11-20T10:25:00Z"]);
        check("15,45 * * jan *", "UTC", from, &["2027-01-01T00:15:00Z", "2027-01-01T00:45:00Z"]);
        check("@hourly", "UTC", from, &["2026-11-20T11:00:00Z"]);
        check("@weekly", "UTC", from, &["2026-11-22T00:00:00Z"]);
        check("@yearly", "UTC", from, &["2027-01-01T00:00:00Z"]);
        check("0 0 29 2 *", "UTC", from, &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]);
    }

    #[test]
    fn six_fields_put_the_second_first() {
        check(
            "*/20 0 * * * *",
            "UTC",
            "2026-11-20T10:00:30Z",
            &["2026-11-20T10:00:40Z", "2026-11-20T11:00:00Z"],
        );
        assert_eq!(
            line("30 0 * * * *").next_after(Timestamp::from_secs(0), Tz::UTC, 17),
            Some(Timestamp::from_secs(30))
        );
    }

    #[test]
    fn sunday_is_zero_and_seven() {
        let from = "2026-11-20T10:00:00Z";
        for sunday in ["0", "7", "sun", "SUN"] {
            check(
                &format!("0 0 * * {sunday}"),
                "UTC",
                from,
                &["2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"],
            );
        }
        check("0 0 * * 1-5", "UTC", from, &["2026-11-23T00:00:00Z"]);
        check(
            "0 0 * * 5-7",
            "UTC",
            from,
            &["2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-27T00:00:00Z"],
        );
        check(
            "0 0 * * fri-sun",
            "UTC",
            from,
            &["2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-27T00:00:00Z"],
        );
        check("0 0 * * 0-7", "UTC", from, &["2026-11-21T00:00:00Z"]);
        check(
            "0 0 * * */2",
            "UTC",
            from,
            &["2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-24T00:00:00Z"],
        );
    }

    #[test]
    fn either_day_suffices_where_both_are_restricted() {
        let from = "2026-11-20T10:00:00Z";
        check(
            "0 0 25 * 1",
            "UTC",
            from,
            &["2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-30T00:00:00Z"],
        );
        check("0 0 */2 * 1", "UTC", from, &["2026-11-23T00:00:00Z", "2026-12-07T00:00:00Z"]);
    }

    #[test]
    fn a_skipped_time_comes_when_clocks_change() {
        // 29 March 2026, 02:00 to 03:00.
        let before = "2026-03-28T12:00:00+01:00";
        check(
            "30 2 * * *",
            "Europe/Berlin",
            before,
            &["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
        );
        check(
            "0 3 * * *",
            "Europe/Berlin",
            before,
            &["2026-03-29T03:00:00+02:00", "2026-03-30T03:00:00+02:00"],
        );
        check(
            "*/30 * * * *",
            "Europe/Berlin",
            "2026-03-29T01:30:00+01:00",
            &["2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"],
        );
    }

    #[test]
    fn a_repeated_time_comes_once_unless_every_hour_is_meant() {
        // 25 October 2026, 03:00 back to 02:00.
        let before = "2026-10-24T12:00:00+02:00";
        check(
            "30 2 * * *",
            "Europe/Berlin",
            before,
            &["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
        );
        check("30 2 * * *", "Europe/Berlin", "2026-10-25T02:10:00+01:00", &["2026-10-26T02:30:00+01:00"]);
        check(
            "*/30 * * * *",
            "Europe/Berlin",
            "2026-10-25T02:00:00+02:00",
            &[
                "2026-10-25T02:30:00+02:00",
                "2026-10-25T02:00:00+01:00",
                "2026-10-25T02:30:00+01:00",
                "2026-10-25T03:00:00+01:00",
            ],
        );
        check(
            "15 * * * *",
            "Europe/Berlin",
            "2026-10-25T02:20:00+02:00",
            &["2026-10-25T02:15:00+01:00", "2026-10-25T03:15:00+01:00"],
        );
    }

    #[test]
    fn each_source_has_its_own_second() {
        let now = Timestamp::from_secs(600);
        let at = line("*/5 * * * *").next_after(now, Tz::UTC, 61 + 17).expect("a time");
        assert_eq!(at, Timestamp::from_secs(618));
        let next = line("*/5 * * * *").next_after(at, Tz::UTC, 61 + 17).expect("a time");
        assert_eq!(next, Timestamp::from_secs(918));
    }

    #[track_caller]
    fn invalid(cron: &str, why: &str) {
        let error = cron.parse::<CronLine>().expect_err(cron).to_string();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        invalid("", "it has 0 fields");
        invalid("* * * *", "it has 4 fields");
        invalid("* * * * * * *", "it has 7 fields");
        invalid("75 * * * *", "minute `75` is not within 0 to 59");
        invalid("* 24 * * *", "hour `24`");
        invalid("* * 0 * *", "day of month `0`");
        invalid("* * * * 8", "day of week `8`");
        invalid("* * L * *", "day of month `l`");
        invalid("* * ? * *", "day of month `?`");
        invalid("*/0 * * * *", "minute step `0`");
        invalid("30-10 * * * *", "ends before it begins");
        invalid("0 0 30 2 *", "no day is like that");
        invalid("@reboot", "the known names are");
        invalid("*/5,, * * * *", "minute ``");
    }
}
