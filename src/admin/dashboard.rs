//! How things are at a glance: what was published, what waits, what failed, and what it cost.

use askama::Template;

use crate::config::Config;
use crate::domain::Timestamp;
use crate::site::listing;
use crate::site::listing::SourceListing;
use crate::site::listing::Status;
use crate::store::DeskFigures;
use crate::store::Reader;
use crate::store::StoreError;

use super::access::Visitor;
use super::page;
use super::page::Shell;
use super::response::AdminResponse;
use super::site::AdminSite;

/// A source that has brought nothing for so long has fallen silent.
const SILENT_AFTER: std::time::Duration = std::time::Duration::from_secs(14 * 24 * 60 * 60);

/// Sources of a kind that the page names.
const NAMED_MAX: usize = 20;

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
    silent: Vec<String>,
}

impl AdminSite {
    pub(super) async fn dashboard(&self, visitor: &Visitor) -> Result<AdminResponse, StoreError> {
        let (config, now) = (self.desk().shared_config(), self.now());
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
    let midnight = midnight(now, config);
    let day = now.utc().with_timezone(&config.site.timezone).format("%Y-%m-%d").to_string();
    let figures = store.desk_figures(midnight, &day)?;
    let share = |part: u64, whole: u64| match whole {
        0 => "–".to_owned(),
        _ => format!("{} % ({part} of {whole})", part * 100 / whole),
    };
    let silent = store.silent_sources(now.minus(SILENT_AFTER), NAMED_MAX)?;
    let is_followed = |id: &String| config.sources.iter().any(|it| it.enabled && it.id.as_str() == *id);
    Ok(DashboardPage {
        shell,
        budget: config.curation.llm.as_ref().map(|it| it.tokens_per_day),
        override_rate: share(figures.overridden, figures.decided),
        time_to_publish: figures.median_to_publish.map_or("–".to_owned(), duration),
        troubled: status.unhealthy.iter().take(NAMED_MAX).cloned().collect(),
        silent: silent.into_iter().filter(is_followed).collect(),
        status,
        figures,
    })
}

/// When the site's day began.
fn midnight(now: Timestamp, config: &Config) -> Timestamp {
    use chrono::TimeZone;
    let local = now.utc().with_timezone(&config.site.timezone);
    let start = local.date_naive().and_hms_opt(0, 0, 0);
    let start = start.and_then(|it| config.site.timezone.from_local_datetime(&it).earliest());
    start.map_or(now, |it| Timestamp::from(it.with_timezone(&chrono::Utc)))
}

/// A time in one unit.
fn duration(it: std::time::Duration) -> String {
    let minutes = it.as_secs() / 60;
    if minutes < 120 { format!("{minutes} min") } else { format!("{} h", minutes / 60) }
}
