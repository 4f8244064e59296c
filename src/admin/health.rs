//! `/feeds/health.atom`: sources that break, recover, move or fall silent, as a feed for whoever
//! looks after them.

use std::collections::HashMap;
use std::time::Duration;

use askama::Template;

use crate::domain::Timestamp;
use crate::domain::tag;
use crate::site::listing::SourceListing;
use crate::site::listing::sources;
use crate::store::StoreError;
use crate::text::clean;

use super::page;
use super::response::AdminResponse;
use super::site::AdminSite;

/// Where it is read.
pub(super) const PATH: &str = "/feeds/health.atom";

/// How long a change is told.
const TOLD: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Changes in the feed, newest first.
const CHANGES_MAX: usize = 200;

#[derive(Template)]
#[template(path = "desk/health.xml")]
struct HealthFeed {
    id: String,
    title: String,
    /// Of the newest change; of the beginning of time where there is none.
    updated: String,
    changes: Vec<HealthChange>,
}

struct HealthChange {
    id: String,
    title: String,
    words: String,
    updated: String,
}

impl AdminSite {
    pub(super) async fn health_feed(&self) -> Result<AdminResponse, StoreError> {
        let (config, now) = (self.config().clone(), self.now());
        let read = self.store().read(move |it| {
            let rows = it.sources()?;
            let since = rows.into_iter().map(|row| (row.id.to_string(), row.since)).collect();
            Ok((it.first_host()?, sources(it, &config)?, since))
        });
        let (host, listed, since) = read.await?;
        let host = host.unwrap_or_else(|| {
            (self.config().site.base_url.host_str().unwrap_or_default().to_owned(), Timestamp::default())
        });
        let feed = feed(&self.config().site.title, &host, &listed, &since, now);
        Ok(page::feed(&feed))
    }
}

fn feed(
    site: &str,
    (host, first_seen): &(String, Timestamp),
    listed: &[SourceListing],
    since: &HashMap<String, Timestamp>,
    now: Timestamp,
) -> HealthFeed {
    let tagged = |specific: &str| tag(host, first_seen.utc().date_naive(), specific);
    let dated = listed.iter().filter_map(|it| Some((*since.get(&it.id)?, it)));
    let mut dated: Vec<_> =
        dated.filter(|(at, it)| now.since(*at) < TOLD && !matches!(it.state, "new" | "disabled")).collect();
    dated.sort_by(|a, b| (b.0, &a.1.id).cmp(&(a.0, &b.1.id)));
    dated.truncate(CHANGES_MAX);
    let newest = dated.first().map_or(Timestamp::default(), |it| it.0);
    let change = |(at, it): (Timestamp, &SourceListing)| {
        let kind = it.reason.as_deref().and_then(|it| it.split_once(':')).map(|it| it.0);
        HealthChange {
            id: tagged(&format!("health-{}-{}-{}", it.id, at.millis(), kind.unwrap_or(it.state))),
            title: clean::line(&title(it, kind)),
            words: clean::line(it.reason.as_deref().unwrap_or("The last poll went well.")),
            updated: at.rfc3339(),
        }
    };
    HealthFeed {
        id: tagged("feed:health"),
        title: clean::line(&format!("{site}: health of the sources")),
        updated: newest.rfc3339(),
        changes: dated.into_iter().map(change).collect(),
    }
}

/// What changed, in a line.
fn title(source: &SourceListing, kind: Option<&str>) -> String {
    let name = format!("{} ({})", source.publisher, source.id);
    match (source.state, kind) {
        ("failing", _) => format!("{name} cannot be read"),
        ("gone", _) => format!("{name} has ended its feed"),
        (_, Some("silent")) => format!("{name} has fallen silent"),
        (_, Some("moved")) => format!("{name} has moved"),
        (_, Some(kind)) => format!("{name}: {kind}"),
        (_, None) => format!("{name} can be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(id: &str, state: &'static str, reason: Option<&str>) -> SourceListing {
        SourceListing {
            id: id.to_owned(),
            url: String::new(),
            publisher: "The <Daily> Fjord".to_owned(),
            state,
            reason: reason.map(str::to_owned),
            names_feed: None,
            since: None,
            status: None,
            entries: 0,
            last_poll: None,
            next_poll: None,
            rights: "any",
            rights_reasons: Vec::new(),
            moved_to: None,
            moving_to: None,
            warnings: Vec::new(),
            push: None,
        }
    }

    #[test]
    fn each_change_is_an_entry_of_its_own_and_nothing_in_it_is_markup() {
        let now = Timestamp::from_secs(1_795_176_000);
        let at = |hours: u64| now.minus(Duration::from_secs(hours * 3_600));
        let listed = [
            source("fjord", "failing", Some("http: it answered <script> \u{9b}503")),
            source("quiet", "healthy", Some("silent: no entry since May")),
            source("fine", "healthy", None),
            source("old", "gone", Some("gone: 410")),
            source("fresh", "new", None),
        ];
        let since = [("fjord", 1), ("quiet", 3), ("fine", 2), ("old", 24 * 40), ("fresh", 1)];
        let since = since.into_iter().map(|(id, hours)| (id.to_owned(), at(hours))).collect();
        let host = ("brief.example".to_owned(), at(24 * 365));
        let feed = feed("The Brief", &host, &listed, &since, now);
        let titles: Vec<&str> = feed.changes.iter().map(|it| it.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "The <Daily> Fjord (fjord) cannot be read",
                "The <Daily> Fjord (fine) can be read",
                "The <Daily> Fjord (quiet) has fallen silent"
            ]
        );
        assert_eq!(feed.updated, at(1).rfc3339());
        let text = feed.render().expect("a feed");
        assert!(
            !text.contains("<script>") && !text.contains("<Daily>") && !text.contains('\u{9b}'),
            "{text}"
        );
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{text}");
    }
}
