//! Pages that list stories: the front page, topics, audiences, publishers, months, search.

use super::head::FeedLink;
use super::head::Head;
use super::head::feeds;
use super::listing::Day;
use super::listing::days;
use super::month::Month;
use super::site_view::PageLink;
use super::site_view::Section;
use super::site_view::SiteView;
use super::template::Written;
use crate::domain::Item;
use crate::publish::link;
use crate::publish::xml::permitted;
use askama::Template;
use url::Url;

/// A publisher, as its page names it.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// Its name, path and stories.
    pub section: Section,
    /// Its home page.
    pub home: Option<Url>,
    /// Its feed; `None` when unlisted.
    pub feed_url: Option<Url>,
}

/// The newest stories. `older` is the newest month of the archive.
pub fn index(site: &SiteView, items: &[&Item], older: Option<Month>) -> String {
    Listing {
        site,
        head: Head {
            og_type: "website",
            ..site.head("/", None, format!("{}: what matters, with everyone’s byline.", site.title))
        },
        kicker: "",
        heading: site.title.clone(),
        is_front: true,
        intro: String::new(),
        feeds: feeds(site, "/feeds/all"),
        search: None,
        days: days(site, items),
        newer: None,
        older: older.map(|it| site.month_link(it)),
        empty:
            "The first stories appear here as soon as the first feeds are read: usually within minutes of \
                the start. Nothing needs to be reloaded by hand but this page."
                .to_owned(),
        publisher: None,
    }
    .written()
}

/// The stories of one topic, newest first.
pub fn topic(site: &SiteView, topic: &Section, items: &[&Item]) -> String {
    let stem = format!("/feeds/topic/{}", topic.slug);
    let path = format!("/topics/{}", topic.slug);
    listing(site, "Topic", &topic.name, &path, Some(&stem), items, "No story on this topic yet.")
}

/// The stories for one audience, newest first.
pub fn audience(site: &SiteView, audience: &Section, items: &[&Item]) -> String {
    let stem = format!("/feeds/for/{}", audience.slug);
    let path = format!("/for/{}", audience.slug);
    listing(site, "For", &audience.name, &path, Some(&stem), items, "No story for these readers yet.")
}

/// The stories of one publisher, newest first.
pub fn publisher(site: &SiteView, publisher: &Publisher, items: &[&Item]) -> String {
    let name = &publisher.section.name;
    Listing {
        head: site.head(
            &format!("/publishers/{}", publisher.section.slug),
            Some(name),
            format!("Stories that {name} published, as briefed by {}.", site.curator),
        ),
        publisher: Some(PublisherLinks {
            home: publisher.home.as_ref().and_then(link::web).map(str::to_owned),
            feed: publisher.feed_url.as_ref().and_then(link::web).map(str::to_owned),
        }),
        days: days(site, items),
        ..Listing::of(site, "Publisher", name, "No story of this publisher yet.")
    }
    .written()
}

/// A month of the archive, newest first, with the neighbouring months that have stories.
pub fn archive_month(
    site: &SiteView,
    month: Month,
    items: &[&Item],
    newer: Option<Month>,
    older: Option<Month>,
) -> String {
    let name = month.name();
    Listing {
        head: site.head(&month.path(), Some(&name), format!("Every story of {name}.")),
        days: days(site, items),
        newer: newer.map(|it| site.month_link(it)),
        older: older.map(|it| site.month_link(it)),
        ..Listing::of(site, "Archive", &name, "No story was published in this month.")
    }
    .written()
}

/// What a search found, best first; an empty `query` shows the form alone.
pub fn search_results(site: &SiteView, query: &str, items: &[&Item]) -> String {
    let query = permitted(query.trim()).into_owned();
    let heading = if query.is_empty() { "Search".to_owned() } else { format!("Search: {query}") };
    let mut day = Day::undated(site, items);
    day.retain(|it| !it.cards.is_empty());
    Listing {
        head: Head {
            is_indexed: false,
            ..site.head("/search", Some(&heading), "Search all briefings.".to_owned())
        },
        intro: match (query.is_empty(), items.len()) {
            (true, _) | (_, 0) => String::new(),
            (_, 1) => "One story.".to_owned(),
            (_, n) => format!("{n} stories, best match first."),
        },
        empty: if query.is_empty() {
            "Search titles, briefings, topics and publishers.".to_owned()
        } else {
            "No story has all of these words. Fewer or shorter words find more.".to_owned()
        },
        search: Some(query),
        days: day,
        ..Listing::of(site, "", &heading, "")
    }
    .written()
}

#[derive(Template)]
#[template(path = "list.html")]
struct Listing<'a> {
    site: &'a SiteView,
    head: Head,
    kicker: &'static str,
    heading: String,
    is_front: bool,
    intro: String,
    feeds: Vec<FeedLink>,
    /// The words searched for, on the search page.
    search: Option<String>,
    days: Vec<Day>,
    newer: Option<PageLink>,
    older: Option<PageLink>,
    empty: String,
    publisher: Option<PublisherLinks>,
}

struct PublisherLinks {
    home: Option<String>,
    feed: Option<String>,
}

impl<'a> Listing<'a> {
    fn of(site: &'a SiteView, kicker: &'static str, heading: &str, empty: &str) -> Self {
        Self {
            head: site.head("/", None, String::new()),
            site,
            kicker,
            heading: heading.to_owned(),
            is_front: false,
            intro: String::new(),
            feeds: vec![],
            search: None,
            days: vec![],
            newer: None,
            older: None,
            empty: empty.to_owned(),
            publisher: None,
        }
    }
}

fn listing(
    site: &SiteView,
    kicker: &'static str,
    name: &str,
    path: &str,
    stem: Option<&str>,
    items: &[&Item],
    empty: &str,
) -> String {
    let own: Vec<FeedLink> = stem
        .map(|it| feeds(site, it))
        .unwrap_or_default()
        .into_iter()
        .map(|it| FeedLink { title: format!("{name} · {}", it.title), ..it })
        .collect();
    let mut head =
        site.head(path, Some(name), format!("{name}: briefings by {}, newest first.", site.curator));
    head.feeds.splice(0..0, own.iter().cloned());
    Listing { head, feeds: own, days: days(site, items), ..Listing::of(site, kicker, name, empty) }.written()
}
