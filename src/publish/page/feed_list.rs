//! Every feed of ours, with the address to copy.

use askama::Template;
use url::Url;

use super::directory::directory_path;
use super::head::Head;
use super::site_view::SiteView;
use super::template::Written;
use crate::publish::channel::FeedUrl;
use crate::publish::channel::Format;
use crate::publish::link;

/// What a group of feeds has in common.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FeedKind {
    /// The outputs of the configuration, digests among them.
    Outputs,
    /// One for each topic.
    Topics,
    /// One for each audience.
    Audiences,
    /// One for each topic of each audience.
    AudienceTopics,
}

/// A feed of ours.
#[derive(Clone, Debug)]
pub struct OwnFeed {
    /// What it is about.
    pub name: String,
    /// Its path from the site's root, without format.
    pub stem: String,
    /// What belongs together on the page.
    pub kind: FeedKind,
}

#[derive(Template)]
#[template(path = "feeds.html")]
struct FeedsPage<'a> {
    site: &'a SiteView,
    head: Head,
    opml: String,
    groups: Vec<FeedGroup>,
    previous: Option<String>,
    next: Option<String>,
}

/// Feeds on one page of their list.
pub const FEEDS_PAGE: usize = 60;

struct FeedGroup {
    heading: &'static str,
    feeds: Vec<FeedRow>,
}

struct FeedRow {
    name: String,
    /// Formats and addresses: RSS, Atom, JSON Feed.
    addresses: Vec<(&'static str, String)>,
    /// The address to copy.
    address: String,
}

/// One page of all feeds, group by group, in which they come; `page` counts from 1.
pub fn feed_list(site: &SiteView, feeds: &[OwnFeed], page: usize) -> String {
    let words = site.words();
    let skipped = (page - 1) * FEEDS_PAGE;
    let href = |page: usize| site.href(&directory_path("/feeds/", page));
    let previous = (1 < page).then(|| href(page - 1));
    let next = (skipped + FEEDS_PAGE < feeds.len()).then(|| href(page + 1));
    let feeds: Vec<&OwnFeed> = feeds.iter().skip(skipped).take(FEEDS_PAGE).collect();
    let path = directory_path("/feeds/", page);
    let headings = [
        (FeedKind::Outputs, words.outputs),
        (FeedKind::Audiences, words.for_readers),
        (FeedKind::Topics, words.topics),
        (FeedKind::AudienceTopics, words.by_audience_topic),
    ];
    let groups = headings.into_iter().map(|(kind, heading)| FeedGroup {
        heading,
        feeds: feeds.iter().filter(|it| it.kind == kind).filter_map(|it| row(site, it)).collect(),
    });
    FeedsPage {
        head: site.head(&path, Some(words.feeds), format!("{} · {}", words.feeds, site.title)),
        opml: site.href("/feeds.opml"),
        groups: groups.filter(|it| !it.feeds.is_empty()).collect(),
        previous,
        next,
        site,
    }
    .written()
}

fn row(site: &SiteView, feed: &OwnFeed) -> Option<FeedRow> {
    let url = FeedUrl(Url::parse(&link::absolute(&site.base_url, &feed.stem)).ok()?);
    Some(FeedRow {
        name: feed.name.clone(),
        addresses: Format::ALL.iter().map(|it| (it.name(), url.of(*it))).collect(),
        address: url.of(Format::Atom),
    })
}
