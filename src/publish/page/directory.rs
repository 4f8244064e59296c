//! Lists of topics, audiences and publishers.

use super::head::Head;
use super::site_view::Section;
use super::site_view::SiteView;
use super::template::Written;
use askama::Template;

/// All topics that have a page.
pub fn topics(site: &SiteView) -> String {
    directory(site, "Topics", "/topics/", &site.topics, "Topics appear here with their first stories.")
}

/// All audiences.
pub fn audiences(site: &SiteView) -> String {
    directory(
        site,
        "For readers",
        "/for/",
        &site.audiences,
        "No audiences are configured: every story is for everyone.",
    )
}

/// All publishers.
pub fn publishers(site: &SiteView, publishers: &[Section]) -> String {
    directory(
        site,
        "Publishers",
        "/publishers/",
        publishers,
        "Publishers appear here with their first stories.",
    )
}

#[derive(Template)]
#[template(path = "directory.html")]
struct Directory<'a> {
    site: &'a SiteView,
    head: Head,
    heading: &'static str,
    root: String,
    sections: &'a [Section],
    empty: &'static str,
}

fn directory(
    site: &SiteView,
    heading: &'static str,
    path: &str,
    sections: &[Section],
    empty: &'static str,
) -> String {
    let head = site.head(path, Some(heading), format!("{heading} of {}.", site.title));
    Directory { site, head, heading, root: site.href(path), sections, empty }.written()
}
