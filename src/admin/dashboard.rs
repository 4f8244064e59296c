//! How things are at a glance: what was published, what waits, what failed, and what it cost.

use askama::Template;
use chrono_tz::Tz;

use crate::config::Config;
use crate::domain::Timestamp;
use crate::site::listing;
use crate::site::listing::SourceListing;
use crate::site::listing::Status;
use crate::store::DeskFigures;
use crate::store::DeskLogRow;
use crate::store::Reader;
use crate::store::StoreError;

use super::access::Visitor;
use super::page;
use super::page::Moment;
use super::page::Shell;
use super::response::AdminResponse;
use super::site::AdminSite;

/// A source that has brought nothing for so long has fallen silent.
const SILENT_AFTER: std::time::Duration = std::time::Duration::from_secs(14 * 24 * 60 * 60);

/// Sources of a kind that the page names.
const NAMED_MAX: usize = 20;

/// Changes of editions and sources that are shown.
const LOGGED_MAX: usize = 10;

/// Silent sources that are counted.
const SILENT_MAX: usize = 10_000;

#[derive(Template)]
#[template(path = "desk/dashboard.html")]
struct DashboardPage {
    shell: Shell,
    status: Status,
    figures: DeskFigures,
    budget: Option<u64>,
    override_rate: String,
    time_to_publish: String,
    troubled: Vec<SourceListing>,
    /// When, by whom, and what was done with editions and sources.
    log: Vec<(Moment, String)>,
    silent: Vec<String>,
    /// How many more there are than are named.
    troubled_unnamed: usize,
    silent_unnamed: usize,
}

impl AdminSite {
    pub(super) async fn dashboard(&self, visitor: &Visitor) -> Result<AdminResponse, StoreError> {
        let (config, now) = (self.desk().config(), self.now());
        let shell = Shell::new(self.config(), visitor, "Today", "dashboard");
        let page = self.store().read(move |it| read(it, &config, now, shell)).await?;
        Ok(page::written(200, &page))
    }
}

fn read(
    store: &Reader<'_>,
    config: &Config,
    now: Timestamp,
    shell: Shell,
) -> Result<DashboardPage, StoreError> {
    let status = listing::status(store, config, now)?;
    let midnight = midnight(now, config.site.timezone);
    let day = now.utc().with_timezone(&config.site.timezone).format("%Y-%m-%d").to_string();
    let figures = store.desk_figures(midnight, &day)?;
    let share = |part: u64, whole: u64| match whole {
        0 => "–".to_owned(),
        _ => format!("{} % ({part} of {whole})", part * 100 / whole),
    };
    let mut silent = store.silent_sources(now.minus(SILENT_AFTER), SILENT_MAX)?;
    let is_followed = |id: &String| config.sources.iter().any(|it| it.enabled && it.id.as_str() == *id);
    silent.retain(is_followed);
    let unnamed = |all: usize| all.saturating_sub(NAMED_MAX);
    let logged = |it: &DeskLogRow| {
        let detail = it.detail.as_deref().map(|it| format!(" ({it})")).unwrap_or_default();
        (Moment::new(it.at, config.site.timezone), format!("{}: {} {}{detail}", it.by, it.act, it.subject))
    };
    Ok(DashboardPage {
        log: store.desk_log(LOGGED_MAX)?.iter().map(logged).collect(),
        shell,
        troubled_unnamed: unnamed(status.unhealthy.len()),
        silent_unnamed: unnamed(silent.len()),
        budget: config.curation.llm.as_ref().map(|it| it.tokens_per_day),
        override_rate: share(figures.overridden, figures.decided),
        time_to_publish: figures.median_to_publish.map_or("–".to_owned(), duration),
        troubled: status.unhealthy.iter().take(NAMED_MAX).cloned().collect(),
        silent: silent.into_iter().take(NAMED_MAX).collect(),
        status,
        figures,
    })
}

/// When the site's day began.
fn midnight(now: Timestamp, zone: Tz) -> Timestamp {
    use chrono::TimeZone;
    let local = now.utc().with_timezone(&zone);
    // Where the clocks go forward at midnight, the day begins later.
    let quarters = (0..24 * 4).filter_map(|it| local.date_naive().and_hms_opt(it / 4, it % 4 * 15, 0));
    let start = quarters.filter_map(|it| zone.from_local_datetime(&it).earliest()).next();
    start.map_or(now, |it| Timestamp::from(it.with_timezone(&chrono::Utc)))
}

/// A time in one unit.
fn duration(it: std::time::Duration) -> String {
    let minutes = it.as_secs() / 60;
    if minutes < 120 { format!("{minutes} min") } else { format!("{} h", minutes / 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_or_where_that_is_left_out_after_it() {
        let check = |zone: Tz, now: &str, expected: &str| {
            let now: chrono::DateTime<chrono::Utc> = now.parse().expect("a time");
            assert_eq!(midnight(Timestamp::from(now), zone).rfc3339(), expected);
        };
        check(chrono_tz::UTC, "2026-11-20T10:00:00Z", "2026-11-20T00:00:00Z");
        check(chrono_tz::Europe::Berlin, "2026-11-20T23:30:00Z", "2026-11-20T23:00:00Z");
        check(chrono_tz::Africa::Cairo, "2026-04-24T10:00:00Z", "2026-04-23T22:00:00Z");
    }
}
