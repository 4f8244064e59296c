//! Decides when a source is polled next.
//!
//! The latest of three wishes wins: the operator's rhythm, the publisher's
//! hints, and patience with what fails. All hints are clamped, so that no
//! publisher and no typing error can silence a source for ever.

pub mod hub;
pub mod push;

use std::time::Duration;

use chrono::Datelike;
use chrono::Timelike;
use chrono_tz::Tz;
use sha2::Digest;
use sha2::Sha256;

use crate::config;
use crate::config::Rhythm;
use crate::domain::CronLine;
use crate::domain::Hints;
use crate::domain::PollHints;
use crate::domain::SourceId;
use crate::domain::Timestamp;

/// How far an adaptive interval strays from the configured one, as a factor either way.
const ADAPT_FACTOR: u32 = 8;

/// Polls in the time that a source takes from one entry to the next.
const POLLS_PER_ENTRY: u32 = 4;

/// A source that has been quiet for this many times the interval is polled at longer ones.
const QUIET_DIVISOR: u32 = 24;

/// Entries whose dates show a source's rhythm.
const RHYTHM_ENTRIES_MAX: usize = 20;

/// Entries below which dates show no rhythm.
const RHYTHM_ENTRIES_MIN: usize = 3;

/// Longest wait after a first failure: a source that is polled once a day is not to lose a day.
const FIRST_DELAY_MAX: Duration = Duration::from_secs(3600);

/// Longest wait after failures that may pass by themselves, or the interval where it is longer.
const TRANSIENT_DELAY_MAX: Duration = Duration::from_secs(6 * 3600);

/// Shortest wait of all.
const DELAY_MIN: Duration = Duration::from_secs(1);

/// Failures in a row beyond which waits no longer double.
const DOUBLINGS_MAX: u32 = 16;

/// Part of an interval over which sources are spread, as its inverse.
const JITTER_PARTS: u32 = 10;

/// Part of a publisher's wish of which sources are spread over a tenth.
const SPREAD_MAX: Duration = Duration::from_secs(600);

/// Waits before an article page is asked for again; as many as there are tries.
const PAGE_DELAYS: [Duration; 4] = [
    Duration::from_secs(15 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(8 * 3600),
    Duration::from_secs(24 * 3600),
];

/// Waits before an article page that was read is looked at again; as many as there are looks.
const PAGE_RECHECKS: [Duration; 4] = [
    Duration::from_secs(6 * 3600),
    Duration::from_secs(86_400),
    Duration::from_secs(3 * 86_400),
    Duration::from_secs(7 * 86_400),
];

/// How long an article page that was read is missing (404) before its article counts as vanished:
/// one such answer may be a mishap.
const PAGE_MISSING: Duration = Duration::from_secs(86_400);

/// Longest `Retry-After` of an article page that is heeded to the end.
const PAGE_WISH_MAX: Duration = Duration::from_secs(2 * 86_400);

/// Hours looked ahead for one that `skipHours` and `skipDays` leave open: a week, and the hour begun.
const SKIP_HOURS_MAX: usize = 7 * 24 + 1;

/// Times its usual gap for which a source says nothing before it counts as silent.
const SILENT_GAPS: u32 = 10;

/// Times its longest gap.
const SILENT_LONGEST_GAPS: u32 = 2;

/// Shortest time that is a silence: a long weekend is none.
const SILENT_MIN: Duration = Duration::from_secs(4 * 86_400);

/// What decides about one source apart from what happens to it.
#[derive(Clone, Debug)]
pub struct Plan {
    source: SourceId,
    when: PollRule,
    is_adaptive: bool,
    min: Duration,
    max: Duration,
    zone: Tz,
}

#[derive(Clone, Debug)]
enum PollRule {
    Every(Duration),
    Cron(CronLine),
}

/// What came of a poll.
#[derive(Clone, Copy, Debug)]
pub enum PollOutcome<'a> {
    /// The source answered, with a document or with 304.
    Answered {
        /// What the headers wish.
        hints: &'a Hints,
        /// What the feed wishes; after a 304 as it was last read.
        feed: &'a PollHints,
        /// When its newest entries were published, in any order; after a 304 as last read.
        published: &'a [Timestamp],
    },
    /// It did not.
    Failed {
        /// Failures in a row, this one included.
        streak: u32,
        /// `Retry-After`, as the instant it names.
        retry_after: Option<Timestamp>,
        /// How long the refusal itself says it is current.
        fresh_for: Option<Duration>,
        /// Whether the failure may pass by itself.
        is_transient: bool,
        /// What the feed wished when it was last read.
        feed: &'a PollHints,
    },
}

impl Plan {
    /// The plan of a source: its own rhythm, else that of `[schedule]`.
    pub fn of(source: &config::Source, schedule: &config::Schedule, zone: Tz) -> Self {
        let when = match source.rhythm.as_ref().unwrap_or(&schedule.rhythm) {
            Rhythm::Every(it) => PollRule::Every(*it),
            Rhythm::Cron(line) => PollRule::Cron(line.clone()),
        };
        // An interval below `min` was the operator's own choice.
        let min = match &when {
            PollRule::Every(every) => schedule.min.min(*every),
            PollRule::Cron(_) => schedule.min,
        };
        Self {
            source: source.id.clone(),
            when,
            is_adaptive: schedule.adaptive,
            min: min.max(DELAY_MIN),
            max: schedule.max.max(DELAY_MIN),
            zone,
        }
    }

    /// The same for this source at each call, evenly spread over all sources.
    fn seed(&self) -> u64 {
        let digest = Sha256::digest(self.source.as_str());
        digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
    }

    /// A stable part of `of`, below a tenth, so that sources of one rhythm do not start together.
    fn jitter(&self, of: Duration) -> Duration {
        let parts = u32::try_from(self.seed() % 1000).unwrap_or(0);
        of / JITTER_PARTS * parts / 1000
    }

    /// A wait and this source's part of its jitter, within the ceiling.
    fn spread_out(&self, wait: Duration) -> Duration {
        wait.saturating_add(self.jitter(wait)).min(self.ceiling())
    }

    /// A publisher's wish, at most `max` away, and a little later for each source: those
    /// of one server are given the same moment.
    fn spread(&self, now: Timestamp, wished: Timestamp) -> Timestamp {
        let wait = wished.since(now);
        now.plus(wait.saturating_add(self.jitter(wait.min(SPREAD_MAX))).min(self.max))
    }

    /// Longest time until the next poll: an interval above `max` was the operator's own choice.
    fn ceiling(&self) -> Duration {
        match self.when {
            PollRule::Every(every) => self.max.max(every),
            PollRule::Cron(_) => self.max,
        }
    }
}

/// When to poll next: the latest of the plan and the publisher's wishes
/// (freshness, `Retry-After`, `ttl`, `sy:*`, `skipHours`, `skipDays`), never
/// more than `max` away. A cron line is kept to: its first time that suits.
pub fn next_poll(now: Timestamp, outcome: &PollOutcome<'_>, plan: &Plan) -> Timestamp {
    match *outcome {
        PollOutcome::Answered { hints, feed, published } => {
            let wishes = [
                hints.fresh_for.map(|it| now.plus(it)),
                hints.retry_after,
                feed.ttl.map(|it| now.plus(it)),
                feed.update_period.map(|it| now.plus(it)),
            ];
            let wished = wishes.into_iter().flatten().max().unwrap_or(now);
            let wished = plan.spread(now, wished);
            match &plan.when {
                PollRule::Every(every) => {
                    let interval =
                        if plan.is_adaptive { adapted(now, *every, published, plan) } else { *every };
                    let next = now.plus(plan.spread_out(interval)).max(wished);
                    after_skip_hours(next, feed, now, plan)
                }
                PollRule::Cron(line) => next_cron_slot_allowed(line, wished, feed, now, plan),
            }
        }
        PollOutcome::Failed { streak, retry_after, fresh_for, is_transient, feed } => {
            let (first, interval) = match plan.when {
                PollRule::Every(every) => (every.min(FIRST_DELAY_MAX).max(plan.min), every),
                PollRule::Cron(_) => (plan.min, plan.min),
            };
            let delay = first.saturating_mul(1 << streak.saturating_sub(1).min(DOUBLINGS_MAX));
            let longest = if is_transient { TRANSIENT_DELAY_MAX.max(interval) } else { Duration::MAX };
            let delay = delay.min(longest).min(plan.ceiling());
            let wished = retry_after.max(fresh_for.map(|it| now.plus(it))).unwrap_or(now);
            let wished = plan.spread(now, wished);
            let next = now.plus(plan.spread_out(delay)).max(wished);
            match &plan.when {
                PollRule::Every(_) => after_skip_hours(next, feed, now, plan),
                PollRule::Cron(line) => next_cron_slot_allowed(line, next, feed, now, plan),
            }
        }
    }
}

/// When to poll a source next that is told of news until `until`: as seldom as the plan
/// allows, and when the telling ends at the latest. A cron line is kept to.
pub fn slowed(now: Timestamp, next: Timestamp, until: Timestamp, plan: &Plan) -> Timestamp {
    match plan.when {
        PollRule::Every(_) => next.max(now.plus(plan.ceiling()).min(until)),
        PollRule::Cron(_) => next,
    }
}

/// When an article page is requested again that failed for a reason that may pass, after so many
/// failures, the last included; `None` once it has been tried often enough.
pub fn next_page_try(now: Timestamp, tries: u32, retry_after: Option<Timestamp>) -> Option<Timestamp> {
    let delay = PAGE_DELAYS.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    let wished = retry_after.map_or(now, |it| it.min(now.plus(PAGE_WISH_MAX)));
    Some(now.plus(*delay).max(wished))
}

/// When an article page that was read is looked at again, because publishers correct and retract:
/// after so many looks, the reading included; `None` once it was looked at often enough. One that
/// is missing since a time is first looked at once more, to tell whether it has vanished.
pub fn next_page_recheck(now: Timestamp, looks: u32, missing: Option<Timestamp>) -> Option<Timestamp> {
    if let Some(since) = missing.filter(|it| !is_vanished(now, *it)) {
        return Some(since.plus(PAGE_MISSING));
    }
    let delay = PAGE_RECHECKS.get(usize::try_from(looks).ok()?.checked_sub(1)?)?;
    Some(now.plus(*delay))
}

/// Whether a page that is missing still, and has been since a time, has vanished.
pub fn is_vanished(now: Timestamp, since: Timestamp) -> bool {
    PAGE_MISSING <= now.since(since)
}

/// The latest time that a plan allows for the next poll. One that was stored and
/// lies beyond it is out of date: the clock has jumped, or the plan was another.
pub fn latest_poll(now: Timestamp, plan: &Plan) -> Timestamp {
    let latest = now.plus(plan.ceiling());
    match &plan.when {
        PollRule::Every(_) => latest,
        PollRule::Cron(line) => on_the_line(line, latest, now, plan),
    }
}

/// The line's first time at or after `earliest`; without one, the longest interval.
fn on_the_line(line: &CronLine, earliest: Timestamp, now: Timestamp, plan: &Plan) -> Timestamp {
    let after = earliest.max(now.plus(Duration::from_millis(1))).minus(Duration::from_millis(1));
    line.next_after(after, plan.zone, plan.seed()).unwrap_or_else(|| now.plus(plan.max))
}

/// The configured interval, drawn towards the source's own rhythm: a few polls
/// for each entry, fewer when the source has fallen silent.
fn adapted(now: Timestamp, every: Duration, published: &[Timestamp], plan: &Plan) -> Duration {
    let bounded = |it: Duration| it.clamp(plan.min, plan.max.max(plan.min));
    let newest = published.iter().copied().filter(|it| *it <= now).max();
    let quiet = newest.map_or(Duration::ZERO, |it| now.since(it) / QUIET_DIVISOR);
    let usual = match rhythm(now, published) {
        Some((_, gaps)) => gaps[gaps.len() / 2] / POLLS_PER_ENTRY,
        None => every,
    };
    let near = usual.max(quiet).clamp(every / ADAPT_FACTOR, every.saturating_mul(ADAPT_FACTOR));
    bounded(near)
}

/// The line's first time at or after `earliest` at which the feed asks for no rest, but
/// not beyond the latest.
fn next_cron_slot_allowed(
    line: &CronLine,
    earliest: Timestamp,
    feed: &PollHints,
    now: Timestamp,
    plan: &Plan,
) -> Timestamp {
    let latest = latest_poll(now, plan);
    let first = on_the_line(line, earliest, now, plan);
    let mut next = first;
    // Each round passes an hour at least.
    for _ in 0..SKIP_HOURS_MAX {
        match open_from(next, feed) {
            Some(open) if open == next => return next,
            Some(open) if open < latest => next = on_the_line(line, open, now, plan),
            Some(_) => break,
            // A feed that skips everything means nothing by it.
            None => return first,
        }
    }
    latest.max(first)
}

/// Moves a time out of the hours and days in which the feed asks not to be polled,
/// but not beyond the longest interval: a feed that skips everything means nothing by it.
fn after_skip_hours(at: Timestamp, feed: &PollHints, now: Timestamp, plan: &Plan) -> Timestamp {
    let latest = now.plus(plan.ceiling()).max(at);
    match open_from(at, feed) {
        Some(it) if it == at => at,
        // The rest of the hour is kept, so that sources do not meet at its beginning.
        Some(it) => it.plus(into_the_hour(at)).min(latest),
        None => at,
    }
}

const HOUR_MILLIS: i64 = 3_600_000;

fn into_the_hour(at: Timestamp) -> Duration {
    Duration::from_millis(at.millis().rem_euclid(HOUR_MILLIS).unsigned_abs())
}

/// The time itself, or the beginning of the next hour that `skipHours` and `skipDays`
/// leave open; `None` when they leave none.
fn open_from(at: Timestamp, feed: &PollHints) -> Option<Timestamp> {
    let is_skipped = |it: Timestamp| {
        let it = it.utc();
        feed.skip_days.contains(&it.weekday())
            || feed.skip_hours.iter().any(|hour| u32::from(*hour) == it.hour())
    };
    let hour = at.millis().div_euclid(HOUR_MILLIS);
    let hours = (1..).map(|n| Timestamp::from_millis((hour + n) * HOUR_MILLIS));
    std::iter::once(at).chain(hours).take(SKIP_HOURS_MAX).find(|it| !is_skipped(*it))
}

/// A source that answers and has nothing new to say for much longer than is its habit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Silence {
    /// The date of its newest entry.
    pub since: Timestamp,
    /// The usual time between two entries before.
    pub usual_gap: Duration,
}

/// Whether a source is silent against its own rhythm, which `published` shows: its
/// newest dates, in any order. Too few dates show no rhythm.
pub fn silence(now: Timestamp, published: &[Timestamp]) -> Option<Silence> {
    let (since, gaps) = rhythm(now, published)?;
    let usual_gap = gaps[gaps.len() / 2];
    let longest = gaps.last()?.saturating_mul(SILENT_LONGEST_GAPS);
    let silent_after = usual_gap.saturating_mul(SILENT_GAPS).max(longest).max(SILENT_MIN);
    (silent_after < now.since(since)).then_some(Silence { since, usual_gap })
}

/// The newest date that is not in the future, and the gaps between the newest ones in
/// order of length; `None` where dates are too few to show a rhythm.
fn rhythm(now: Timestamp, published: &[Timestamp]) -> Option<(Timestamp, Vec<Duration>)> {
    let mut dates: Vec<_> = published.iter().copied().filter(|it| *it <= now).collect();
    dates.sort_unstable_by(|a, b| b.cmp(a));
    dates.truncate(RHYTHM_ENTRIES_MAX);
    if dates.len() < RHYTHM_ENTRIES_MIN {
        return None;
    }
    let mut gaps: Vec<_> = dates.windows(2).map(|it| it[0].since(it[1])).collect();
    gaps.sort_unstable();
    Some((dates[0], gaps))
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_168_800); // Friday, 2026-11-20T10:00:00Z
    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(86_400);

    fn plan(when: PollRule) -> Plan {
        let source = "a".parse().expect("a slug");
        Plan { source, when, is_adaptive: true, min: 5 * MINUTE, max: DAY, zone: Tz::UTC }
    }

    fn every(interval: Duration) -> Plan {
        plan(PollRule::Every(interval))
    }

    fn cron(line: &str) -> Plan {
        plan(PollRule::Cron(line.parse().expect("a cron line")))
    }

    fn answered(hints: Hints, feed: PollHints, published: &[Timestamp], plan: &Plan) -> Duration {
        let outcome = PollOutcome::Answered { hints: &hints, feed: &feed, published };
        next_poll(NOW, &outcome, plan).since(NOW)
    }

    fn failed(streak: u32, retry_after: Option<Duration>, is_transient: bool, plan: &Plan) -> Duration {
        let retry_after = retry_after.map(|it| NOW.plus(it));
        let (feed, fresh_for) = (&PollHints::default(), None);
        let failed = PollOutcome::Failed { streak, retry_after, fresh_for, is_transient, feed };
        next_poll(NOW, &failed, plan).since(NOW)
    }

    /// Within the tenth over which sources are spread.
    #[track_caller]
    fn about(actual: Duration, expected: Duration) {
        assert!(
            expected <= actual && actual <= expected + expected / JITTER_PARTS,
            "{actual:?} is not about {expected:?}"
        );
    }

    fn entries(gap: Duration, last: Duration) -> Vec<Timestamp> {
        (0..30).map(|n| NOW.minus(last + gap * n)).collect()
    }

    #[test]
    fn without_hints_the_interval_is_kept() {
        about(answered(Hints::default(), PollHints::default(), &[], &every(30 * MINUTE)), 30 * MINUTE);
        about(answered(Hints::default(), PollHints::default(), &[], &every(2 * MINUTE)), 5 * MINUTE);
    }

    #[test]
    fn the_latest_wish_wins_within_the_longest_interval() {
        let fresh = |it| Hints { fresh_for: Some(it), ..Hints::default() };
        let ttl = |it| PollHints { ttl: Some(it), ..PollHints::default() };
        let plan = &every(30 * MINUTE);
        about(answered(fresh(2 * HOUR), ttl(HOUR), &[], plan), 2 * HOUR);
        about(answered(fresh(HOUR), ttl(3 * HOUR), &[], plan), 3 * HOUR);
        about(answered(fresh(Duration::ZERO), ttl(Duration::ZERO), &[], plan), 30 * MINUTE);
        assert_eq!(answered(fresh(Duration::MAX), PollHints::default(), &[], plan), DAY);
        let period = PollHints { update_period: Some(6 * HOUR), ..PollHints::default() };
        about(answered(Hints::default(), period, &[], plan), 6 * HOUR);
    }

    #[test]
    fn an_adaptive_interval_follows_the_source_but_not_far() {
        let none = || (Hints::default(), PollHints::default());
        let check = |gap, last, expected| {
            let (hints, feed) = none();
            about(answered(hints, feed, &entries(gap, last), &every(30 * MINUTE)), expected);
        };
        check(MINUTE, MINUTE, 5 * MINUTE);
        check(2 * HOUR, HOUR, 30 * MINUTE);
        check(8 * HOUR, HOUR, 2 * HOUR);
        check(30 * DAY, DAY, 4 * HOUR);
        check(HOUR, 365 * DAY, 4 * HOUR);
        let fixed = Plan { is_adaptive: false, ..every(30 * MINUTE) };
        let (hints, feed) = none();
        about(answered(hints, feed, &entries(MINUTE, MINUTE), &fixed), 30 * MINUTE);
    }

    #[test]
    fn a_source_with_one_old_entry_is_quiet() {
        let one = |ago| {
            let published = [NOW.minus(ago)];
            answered(Hints::default(), PollHints::default(), &published, &every(30 * MINUTE))
        };
        about(one(HOUR), 30 * MINUTE);
        about(one(2 * DAY), 2 * HOUR);
        about(one(365 * DAY), 4 * HOUR);
    }

    #[test]
    fn dates_in_the_future_show_no_rhythm() {
        let future: Vec<_> = (1..30).map(|n| NOW.plus(n * DAY)).collect();
        about(answered(Hints::default(), PollHints::default(), &future, &every(30 * MINUTE)), 30 * MINUTE);
    }

    #[test]
    fn skipped_hours_and_days_are_left_out() {
        let skip = |hours: &[u8], days: &[Weekday]| PollHints {
            skip_hours: hours.to_vec(),
            skip_days: days.to_vec(),
            ..PollHints::default()
        };
        let plan = &every(30 * MINUTE);
        let next = answered(Hints::default(), skip(&[10, 11], &[]), &[], plan);
        assert!(2 * HOUR <= next && next < 3 * HOUR, "{next:?}");
        let next = answered(Hints::default(), skip(&[], &[Weekday::Fri]), &[], plan);
        assert!(14 * HOUR <= next && next < 15 * HOUR, "{next:?}");
        let all: Vec<_> = (0..24).collect();
        about(answered(Hints::default(), skip(&all, &[]), &[], plan), 30 * MINUTE);
        let weekend = skip(&[], &[Weekday::Fri, Weekday::Sat, Weekday::Sun]);
        assert_eq!(answered(Hints::default(), weekend, &[], plan), DAY);
    }

    #[test]
    fn failures_wait_longer_each_time_but_not_for_ever() {
        let plan = &every(30 * MINUTE);
        about(failed(1, None, true, plan), 30 * MINUTE);
        about(failed(2, None, true, plan), HOUR);
        about(failed(4, None, true, plan), 4 * HOUR);
        about(failed(9, None, true, plan), 6 * HOUR);
        about(failed(9, None, false, plan), DAY);
        about(failed(u32::MAX, None, true, plan), 6 * HOUR);
    }

    #[test]
    fn a_source_that_is_polled_seldom_is_tried_again_the_same_day() {
        let plan = &every(DAY);
        about(failed(1, None, true, plan), HOUR);
        about(failed(3, None, true, plan), 4 * HOUR);
        about(failed(9, None, true, plan), DAY);
    }

    #[test]
    fn a_page_is_tried_a_few_times_over_a_day() {
        let check = |tries, wish: Option<Duration>, expected: Option<Duration>| {
            let next = next_page_try(NOW, tries, wish.map(|it| NOW.plus(it)));
            assert_eq!(next.map(|it| it.since(NOW)), expected, "{tries} {wish:?}");
        };
        check(1, None, Some(15 * MINUTE));
        check(1, Some(HOUR), Some(HOUR));
        check(2, Some(MINUTE), Some(2 * HOUR));
        check(4, Some(Duration::MAX), Some(2 * DAY));
        check(5, None, None);
        check(u32::MAX, Some(HOUR), None);
        check(0, None, None);
    }

    #[test]
    fn a_failing_source_is_left_alone_in_the_hours_it_asked_for() {
        let feed = &PollHints { skip_hours: vec![10, 11, 12], ..PollHints::default() };
        let mut outcome =
            PollOutcome::Failed { streak: 1, retry_after: None, fresh_for: None, is_transient: true, feed };
        let next = next_poll(NOW, &outcome, &every(30 * MINUTE)).since(NOW);
        assert!(3 * HOUR <= next && next < 4 * HOUR, "{next:?}");
        if let PollOutcome::Failed { fresh_for, .. } = &mut outcome {
            *fresh_for = Some(5 * HOUR);
        }
        about(next_poll(NOW, &outcome, &every(30 * MINUTE)).since(NOW), 5 * HOUR);
    }

    #[test]
    fn a_cron_line_passes_over_the_hours_that_a_feed_skips() {
        let skip = |hours: &[u8]| PollHints { skip_hours: hours.to_vec(), ..PollHints::default() };
        let half_past = &cron("0 30 * * * *");
        let next = answered(Hints::default(), skip(&[10, 11]), &[], half_past);
        assert_eq!(next, 2 * HOUR + 30 * MINUTE);
        let all: Vec<_> = (0..24).collect();
        assert_eq!(answered(Hints::default(), skip(&all), &[], half_past), 30 * MINUTE);
        let daily = &cron("0 0 7 * * *");
        let next = answered(Hints::default(), skip(&[7]), &[], daily);
        assert!(next <= latest_poll(NOW, daily).since(NOW), "{next:?}");
    }

    #[test]
    fn a_source_is_silent_against_its_own_rhythm_only() {
        let check = |gap, last, expected| {
            let silence = silence(NOW, &entries(gap, last));
            assert_eq!(silence.map(|it| it.usual_gap), expected, "{gap:?} {last:?}");
        };
        check(HOUR, 3 * DAY, None);
        check(HOUR, 5 * DAY, Some(HOUR));
        check(DAY, 9 * DAY, None);
        check(DAY, 11 * DAY, Some(DAY));
        check(30 * DAY, 200 * DAY, None);
        check(Duration::ZERO, 5 * DAY, Some(Duration::ZERO));
        let few: Vec<_> = entries(HOUR, 5 * DAY).into_iter().take(2).collect();
        assert_eq!(silence(NOW, &few), None);
        // A summer break that came before is a habit.
        let mut dates = entries(HOUR, 20 * DAY);
        dates.truncate(10);
        dates.extend(entries(HOUR, 35 * DAY));
        assert_eq!(silence(NOW, &dates), None);
    }

    #[test]
    fn retry_after_is_kept_to_within_reason() {
        let plan = &every(30 * MINUTE);
        about(failed(1, Some(3 * HOUR), true, plan), 3 * HOUR);
        about(failed(3, Some(MINUTE), true, plan), 2 * HOUR);
        assert_eq!(failed(1, Some(Duration::MAX), true, plan), DAY);
    }

    #[test]
    fn a_cron_line_is_kept_to_whatever_is_wished() {
        let plan = &cron("0 * * * *");
        let check = |actual: Duration, hours: u32| {
            assert!(hours * HOUR <= actual && actual < hours * HOUR + MINUTE, "{actual:?}");
        };
        let fresh = |it| Hints { fresh_for: Some(it), ..Hints::default() };
        // At ten o'clock sharp, this source's second of the hour may still be to come.
        let first = answered(Hints::default(), PollHints::default(), &[], plan);
        assert!(!first.is_zero() && first < HOUR + MINUTE);
        check(answered(fresh(90 * MINUTE), PollHints::default(), &[], plan), 2);
        check(failed(1, None, true, plan), 1);
        check(failed(6, None, true, plan), 3);
    }

    #[test]
    fn no_poll_is_planned_beyond_the_latest_time() {
        let latest = |plan: &Plan| latest_poll(NOW, plan).since(NOW);
        assert_eq!(latest(&every(30 * MINUTE)), DAY);
        assert_eq!(latest(&every(3 * DAY)), 3 * DAY);
        let weekly = &cron("0 0 0 * * 1");
        assert_eq!(latest(weekly), 3 * DAY - 10 * HOUR);
        for plan in [&every(30 * MINUTE), &every(3 * DAY), weekly, &cron("0 * * * *")] {
            let longest = failed(u32::MAX, Some(Duration::MAX), false, plan);
            assert!(longest <= latest(plan), "{longest:?} for {plan:?}");
            let hints = Hints { fresh_for: Some(Duration::MAX), ..Hints::default() };
            let longest = answered(hints, PollHints::default(), &[], plan);
            assert!(longest <= latest(plan), "{longest:?} for {plan:?}");
        }
    }

    #[test]
    fn a_source_that_tells_of_news_is_polled_seldom_but_always_again() {
        let slow =
            |until: Duration, plan: &Plan| slowed(NOW, NOW.plus(HOUR), NOW.plus(until), plan).since(NOW);
        assert_eq!(slow(30 * DAY, &every(30 * MINUTE)), DAY);
        assert_eq!(slow(5 * HOUR, &every(30 * MINUTE)), 5 * HOUR);
        assert_eq!(slow(Duration::ZERO, &every(30 * MINUTE)), HOUR);
        assert_eq!(slow(30 * DAY, &cron("0 * * * *")), HOUR);
        assert!(slow(Duration::MAX, &every(30 * MINUTE)) <= latest_poll(NOW, &every(30 * MINUTE)).since(NOW));
    }

    fn durations() -> impl Strategy<Value = Duration> {
        prop_oneof![0..300u64, 0..200_000u64, Just(u64::MAX / 2)].prop_map(Duration::from_secs)
    }

    prop_compose! {
        fn poll_hints()(
            ttl in option::of(durations()),
            update_period in option::of(durations()),
            skip_hours in vec(0..24u8, 0..24),
            skip_days in vec((0..7u8).prop_map(|it| Weekday::try_from(it).expect("a day")), 0..7),
        ) -> PollHints {
            PollHints { ttl, update_period, skip_hours, skip_days, ..PollHints::default() }
        }
    }

    proptest! {
        #[test]
        fn no_poll_is_ever_planned_beyond_the_longest_interval(
            name in "[a-z0-9]{1,12}",
            every in 1..200_000u64,
            max in 1..200_000u64,
            is_adaptive: bool,
            now in 0..9_000_000_000i64,
            streak in 1..40u32,
            is_transient: bool,
            fresh_for in option::of(durations()),
            retry_after in option::of(durations()),
            until in durations(),
            feed in poll_hints(),
            published in vec(durations(), 0..25),
        ) {
            let every = Duration::from_secs(every);
            let max = Duration::from_secs(max);
            let source = name.parse().expect("a slug");
            let min = every.min(max).min(5 * MINUTE);
            let plan = Plan { source, when: PollRule::Every(every), is_adaptive, min, max, zone: Tz::UTC };
            let now = Timestamp::from_secs(now);
            let published: Vec<_> = published.into_iter().map(|it| now.minus(it)).collect();
            let retry_after = retry_after.map(|it| now.plus(it));
            let hints = Hints { fresh_for, retry_after, ..Hints::default() };
            let outcomes = [
                PollOutcome::Answered { hints: &hints, feed: &feed, published: &published },
                PollOutcome::Failed { streak, retry_after, fresh_for, is_transient, feed: &feed },
            ];
            // An interval above `max` is the operator's own choice.
            let ceiling = max.max(every);
            for outcome in outcomes {
                let next = next_poll(now, &outcome, &plan);
                prop_assert!(now < next, "{outcome:?}");
                prop_assert!(next.since(now) <= ceiling, "{:?} for {outcome:?}", next.since(now));
                let slow = slowed(now, next, now.plus(until), &plan);
                prop_assert!(next <= slow && slow.since(now) <= ceiling, "{:?}", slow.since(now));
            }
        }
    }

    #[test]
    fn sources_of_one_rhythm_are_spread() {
        let mut delays: Vec<_> = (0..50)
            .map(|n| {
                let source = format!("s{n}").parse().expect("a slug");
                let plan = Plan { source, ..every(30 * MINUTE) };
                answered(Hints::default(), PollHints::default(), &[], &plan)
            })
            .collect();
        delays.sort();
        delays.dedup();
        assert!(40 < delays.len());
    }
}
