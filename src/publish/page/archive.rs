//! A month of the archive: its days, each with what was told most widely.

use askama::Template;
use chrono::NaiveDate;

use super::card::Card;
use super::card::ListedStory;
use super::head::Head;
use super::month::Month;
use super::site_view::PageLink;
use super::site_view::SiteView;
use super::site_view::dated;
use super::template::Written;
use super::words::fill;

/// A day of the archive.
#[derive(Clone, Debug)]
pub struct ArchiveDay {
    /// In the site's time zone.
    pub date: NaiveDate,
    /// Stories published on it.
    pub count: usize,
    /// All of them, or those with the highest scores.
    pub stories: Vec<ListedStory>,
}

#[derive(Template)]
#[template(path = "month.html")]
struct MonthPage<'a> {
    site: &'a SiteView,
    head: Head,
    heading: String,
    count: String,
    days: Vec<DayView>,
    newer: Option<PageLink>,
    older: Option<PageLink>,
}

struct DayView {
    /// `2026-11-20`
    date: String,
    name: String,
    href: String,
    cards: Vec<Card>,
    /// Where some stories are left out: how many there are.
    all: Option<String>,
}

/// A month of the archive, newest day first, with the neighbouring months that have stories.
pub fn archive_month(
    site: &SiteView,
    month: Month,
    days: &[ArchiveDay],
    newer: Option<Month>,
    older: Option<Month>,
) -> String {
    let (words, heading) = (site.words(), site.month_name(month));
    let count = site.stories(days.iter().map(|it| it.count).sum());
    let link = |it: Month| PageLink { href: site.href(&it.path()), name: site.month_name(it) };
    MonthPage {
        head: site.head(&month.path(), Some(&heading), format!("{}: {heading}. {count}", words.archive)),
        count,
        days: days
            .iter()
            .map(|it| DayView {
                date: it.date.to_string(),
                name: dated(words, words.long_day, it.date),
                href: site.href(&format!("/archive/{}", it.date.format("%Y/%m/%d"))),
                cards: it.stories.iter().map(|it| Card::timed(site, it)).collect(),
                all: (it.stories.len() < it.count).then(|| fill(words.all_that_day, it.count)),
            })
            .collect(),
        newer: newer.map(link),
        older: older.map(link),
        heading,
        site,
    }
    .written()
}
