//! Closes the periods of outputs that carry one item for each (`digest`).
//!
//! The clock decides when a period is over; what is over is remembered, so that the documents
//! follow from the store alone.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;

use crate::config::Config;
use crate::config::Output;
use crate::domain;
use crate::domain::CronLine;
use crate::domain::StoryId;
use crate::domain::Timestamp;
use crate::store::DigestRow;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::Writer;

use super::context::Pipeline;
use super::edition::edition;

const SECOND: Duration = Duration::from_secs(1);
const DAY: u64 = 24 * 60 * 60;

/// How far back a cron line is followed to find its last time before a moment: the longer
/// ones for lines that name few times, so that none is followed through many.
const LOOKED_BACK: [Duration; 5] = [
    Duration::from_secs(60 * 60),
    Duration::from_secs(DAY),
    Duration::from_secs(32 * DAY),
    Duration::from_secs(367 * DAY),
    Duration::from_secs(9 * 366 * DAY),
];

/// Stories of one item: a first poll may bring thousands, which then take several.
const STORIES_MAX: u64 = 500;

/// Periods of one output that are closed in one transaction.
const CLOSED_MAX: usize = 100;

impl Pipeline {
    /// Closes every period that is over and has stories.
    pub(super) async fn close_periods(&self) -> Result<(), StoreError> {
        if self.config.outputs.iter().all(|it| it.digest.is_none()) {
            return Ok(());
        }
        let (config, now) = (Arc::clone(&self.config), self.now());
        loop {
            let (asked, written) = (Arc::clone(&config), Arc::clone(&config));
            let is_due = move |it: &Reader<'_>| {
                for output in &asked.outputs {
                    if due(it, &asked, output, now)?.is_some() {
                        return Ok(true);
                    }
                }
                Ok(false)
            };
            if !self.store.read(is_due).await? {
                return Ok(());
            }
            self.store
                .write(move |it| {
                    written.outputs.iter().try_for_each(|output| close(it, &written, output, now))
                })
                .await?;
        }
    }
}

/// Closes periods of one output.
fn close(store: &Writer<'_>, config: &Config, output: &Output, now: Timestamp) -> Result<(), StoreError> {
    for _ in 0..CLOSED_MAX {
        let Some(period) = due(&store.reader(), config, output, now)? else { return Ok(()) };
        close_period(store, config, output, period, now)?;
    }
    Ok(())
}

/// Closes the period of an output that is running, although it is not over: the next one begins now.
/// `None` where nothing has entered it, or nothing of it would go out.
pub(crate) fn send_now(
    store: &Writer<'_>,
    config: &Config,
    output: &Output,
    now: Timestamp,
) -> Result<Option<DigestRow>, StoreError> {
    let Some(running) = running(&store.reader(), config, output, now)? else { return Ok(None) };
    let composed = edition(&store.reader(), config, output, running.positions)?;
    if composed.iter().all(|it| it.left_out.is_some()) {
        return Ok(None);
    }
    let period = Period { ends: running.ends.min(now), ..running };
    close_period(store, config, output, period, now).map(Some)
}

fn close_period(
    store: &Writer<'_>,
    config: &Config,
    output: &Output,
    period: Period,
    now: Timestamp,
) -> Result<DigestRow, StoreError> {
    let host = config.site.base_url.host_str().unwrap_or_default();
    let since = store.host_since(host, now)?;
    let Period { mut begins, ends, positions, is_cut } = period;
    let tag = |begins: Timestamp| domain::tag(host, since, &format!("digest-{}-{begins}", output.id));
    // The clock was set back: what began then has its id already.
    while store.reader().is_digest(&tag(begins))? {
        begins = begins.plus(SECOND);
    }
    let tag = StoryId::stored(tag(begins));
    let composed = edition(&store.reader(), config, output, positions)?;
    let stories: Vec<StoryRowId> =
        composed.iter().filter(|it| it.left_out.is_none()).map(|it| it.candidate.story.id).collect();
    let note = store.reader().edition_note(&output.id)?.map(|it| (it.text, it.by));
    let digest = DigestRow { tag, begins, ends, positions, is_cut, note };
    store.close_digest(&output.id, &digest, &stories)?;
    Ok(digest)
}

/// A period of an output that has stories and is not closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    /// When it began.
    pub(crate) begins: Timestamp,
    /// When it is over.
    pub(crate) ends: Timestamp,
    /// The first and the last position of its stories so far.
    pub(crate) positions: (u64, u64),
    is_cut: bool,
}

/// The next period of an output that is over and has stories.
fn due(
    store: &Reader<'_>,
    config: &Config,
    output: &Output,
    now: Timestamp,
) -> Result<Option<Period>, StoreError> {
    Ok(running(store, config, output, now)?.filter(|it| it.ends <= now))
}

/// The oldest period of an output that has stories and is not closed.
pub(crate) fn running(
    store: &Reader<'_>,
    config: &Config,
    output: &Output,
    now: Timestamp,
) -> Result<Option<Period>, StoreError> {
    let Some(line) = &output.digest else { return Ok(None) };
    let last = store.digests(&output.id, 0, 1)?.pop();
    let told = last.as_ref().map_or(0, |it| it.positions.1);
    let Some((first, entered)) = store.output_after(&output.id, told)? else { return Ok(None) };
    // A clock that ran ahead must not hold up what enters now.
    let last = last.filter(|it| it.ends <= now);
    let period = match &last {
        // More than one item may hold.
        Some(it) if entered < it.ends && it.is_cut => Some((it.begins, it.ends)),
        last => period(line, config.site.timezone, last.as_ref().map(|it| it.ends), entered),
    };
    let Some((begins, ends)) = period else { return Ok(None) };
    // Stories keep the order in which they entered, whatever the clock did meanwhile.
    let last = store.output_before(&output.id, first, ends)?.unwrap_or(first);
    let cut = last.min(first + STORIES_MAX - 1);
    Ok(Some(Period { begins, ends, positions: (first, cut), is_cut: cut < last }))
}

/// When the period of what entered at a moment begins and ends; not before the last one ended.
fn period(
    line: &CronLine,
    zone: Tz,
    ended: Option<Timestamp>,
    entered: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    let moment = ended.map_or(entered, |it| entered.max(it));
    let ends = line.next_after(moment, zone, 0)?;
    let begins = last_until(line, zone, moment).unwrap_or(moment);
    Some((ended.map_or(begins, |it| begins.max(it)), ends))
}

/// The last time that a line names, up to a moment.
fn last_until(line: &CronLine, zone: Tz, moment: Timestamp) -> Option<Timestamp> {
    let is_past = |it: &Timestamp| *it <= moment;
    let first = |back: &Duration| line.next_after(moment.minus(*back), zone, 0).filter(is_past);
    let first = LOOKED_BACK.iter().find_map(first)?;
    std::iter::successors(Some(first), |it| line.next_after(*it, zone, 0).filter(is_past)).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        chrono::DateTime::parse_from_rfc3339(text).expect("a date").to_utc().into()
    }

    #[track_caller]
    fn check(line: &str, zone: Tz, ended: Option<&str>, entered: &str, expected: (&str, &str)) {
        let line: CronLine = line.parse().expect("a cron line");
        let found = period(&line, zone, ended.map(at), at(entered));
        assert_eq!(found, Some((at(expected.0), at(expected.1))));
    }

    #[test]
    fn a_period_lies_between_two_times_of_its_line() {
        let (utc, oslo) = (Tz::UTC, chrono_tz::Europe::Oslo);
        let day = ("2026-11-22T07:00:00Z", "2026-11-23T07:00:00Z");
        let entered = "2026-11-22T18:30:07Z";
        check("0 7 * * *", utc, None, entered, day);
        check("0 7 * * *", utc, None, day.0, day);
        check("0 7 * * *", utc, Some("2026-11-20T07:00:00Z"), entered, day);
        check("0 7 * * *", oslo, None, entered, ("2026-11-22T06:00:00Z", "2026-11-23T06:00:00Z"));
        check("0 7 * * mon", utc, None, entered, ("2026-11-16T07:00:00Z", "2026-11-23T07:00:00Z"));
        check("0 0 1 * *", utc, None, entered, ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"));
        check("0 0 29 2 *", utc, None, entered, ("2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"));
        check("*/5 * * * * *", utc, None, entered, ("2026-11-22T18:30:05Z", "2026-11-22T18:30:10Z"));
    }

    #[test]
    fn a_period_never_begins_before_the_last_one_ended() {
        let ended = "2026-11-22T19:00:00Z";
        // The line was another one before; or the clock was set back a little.
        let rest = (ended, "2026-11-23T07:00:00Z");
        check("0 7 * * *", Tz::UTC, Some(ended), "2026-11-22T20:00:00Z", rest);
        check("0 7 * * *", Tz::UTC, Some(ended), "2026-11-22T18:00:00Z", rest);
    }
}
