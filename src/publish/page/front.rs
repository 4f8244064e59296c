//! The front page: what matters most, then everything by day.

use askama::Template;

use super::card::Card;
use super::card::DayCards;
use super::card::ListedStory;
use super::card::days;
use super::head::FeedLink;
use super::head::Head;
use super::head::feeds;
use super::month::Month;
use super::site_view::PageLink;
use super::site_view::Section;
use super::site_view::SiteView;
use super::template::Written;
use super::words::fill;

/// Topics within reach of the front page.
const TOPICS_MAX: usize = 10;

#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    site: &'a SiteView,
    head: Head,
    topics: Vec<&'a Section>,
    top: Vec<Card>,
    days: Vec<DayCards>,
    older: Option<PageLink>,
    feeds: Vec<FeedLink>,
}

/// The front page: `top` in the order of their scores, `latest` in that of their dates, newest
/// first. `older` is the month of the archive where readers go on.
pub fn front(site: &SiteView, top: &[&ListedStory], latest: &[&ListedStory], older: Option<Month>) -> String {
    let words = site.words();
    Front {
        site,
        head: site.head("/", None, format!("{}. {}", site.title, fill(words.curated_by, &site.curator))),
        topics: site.topics.iter().take(TOPICS_MAX).collect(),
        top: top.iter().map(|it| Card::leading(site, it)).collect(),
        days: days(site, latest),
        older: older.map(|it| PageLink {
            href: site.href(&it.path()),
            name: fill(words.all_of, site.month_name(it)),
        }),
        feeds: feeds(site, "/feeds/all", &site.title),
    }
    .written()
}
