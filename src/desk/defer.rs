//! Puts off a story that waits, until a time.

use std::time::Duration;

use chrono::DateTime;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::TimeZone;
use chrono::Utc;
use chrono_tz::Tz;

use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;

use super::approve::settle;
use super::context::Desk;
use super::editor::Editor;
use super::editor::act;
use super::error::DeskError;

/// Longest time that a story is put off.
const DEFERRED_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// When a working day begins: a day without a time means this hour.
const MORNING_HOUR: u32 = 8;

impl Desk {
    /// Puts a story that waits off: the queue does not show it before `until`, which is written as
    /// [`deferral_end`] reads it.
    ///
    /// # Errors
    /// [`DeskError::Until`] for no time in the year ahead, [`DeskError::NotWaiting`] where nothing waits.
    pub async fn defer(&self, key: &StoryKey, until: &str, editor: &Editor) -> Result<Timestamp, DeskError> {
        let (key, editor, now) = (key.clone(), editor.clone(), self.now());
        let end = deferral_end(until, self.config().site.timezone, now);
        let end = end.ok_or_else(|| DeskError::Until(until.chars().take(40).collect()))?;
        self.decide(move |it| {
            let Some(story) = it.reader().story(&key)? else { return Err(DeskError::Unknown(key.clone())) };
            let has_draft = it.reader().draft(story.id)?.is_some();
            if story.state != StoryState::Held && !(story.state == StoryState::Published && has_draft) {
                return Err(DeskError::NotWaiting);
            }
            settle(it, &story, "put it off", &editor, now)?;
            it.defer_story(story.id, end, &editor.name)?;
            it.append_audit_event(story.id, &act("defer", &editor, story.revision, now))?;
            Ok(end)
        })
        .await
    }
}

/// The end of a deferral: an instant (RFC 3339), a day or a minute of the site's time zone
/// (`2026-11-20`, which means its morning, `2026-11-20T09:30`), or how long from now (`90m`, `2h`,
/// `3d`). `None` for anything else, and for what is past or more than a year ahead.
pub fn deferral_end(text: &str, zone: Tz, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    let local = |it: NaiveDateTime| zone.from_local_datetime(&it).earliest().map(|it| it.with_timezone(&Utc));
    let minute = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok().and_then(local);
    let day = || {
        let morning = NaiveTime::from_hms_opt(MORNING_HOUR, 0, 0)?;
        local(text.parse::<NaiveDate>().ok()?.and_time(morning))
    };
    let instant = || DateTime::parse_from_rfc3339(text).ok().map(|it| it.with_timezone(&Utc));
    let end = match from_now(text) {
        Some(wait) => now.plus(wait),
        None => Timestamp::from(instant().or_else(minute).or_else(day)?),
    };
    (now < end && end <= now.plus(DEFERRED_MAX)).then_some(end)
}

/// `90m`, `2h`, `3d`.
fn from_now(text: &str) -> Option<Duration> {
    let unit = match text.chars().next_back()? {
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let count: u64 = text[..text.len() - 1].parse().ok()?;
    Some(Duration::from_secs(count.checked_mul(unit)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deferral_ends_at_a_time_within_a_year() {
        let now =
            Timestamp::from(DateTime::parse_from_rfc3339("2026-11-20T10:00:00Z").expect("a time").to_utc());
        let check = |text: &str, expected: Option<&str>| {
            let end = deferral_end(text, chrono_tz::Europe::Berlin, now).map(Timestamp::rfc3339);
            assert_eq!(end.as_deref(), expected, "{text}");
        };
        check("2026-11-21T09:00:00Z", Some("2026-11-21T09:00:00Z"));
        check("2026-11-21T09:00:00+02:00", Some("2026-11-21T07:00:00Z"));
        check("2026-11-21T09:30", Some("2026-11-21T08:30:00Z"));
        check(" 2026-11-21 ", Some("2026-11-21T07:00:00Z"));
        check("90m", Some("2026-11-20T11:30:00Z"));
        check("3d", Some("2026-11-23T10:00:00Z"));
        // The hour that a change of the clocks leaves out.
        check("2027-03-28T02:30", None);
        for wrong in [
            "",
            "m",
            "soon",
            "2026-11-20T09:00:00Z",
            "2026-11-20",
            "0m",
            "400d",
            "2027-12-24",
            "-2h",
            "99999999999999999999d",
            "é",
        ] {
            check(wrong, None);
        }
    }
}
