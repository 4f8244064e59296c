//! Pages that say why there is nothing: 404 and 410.

use super::decision::Decision;
use super::head::Head;
use super::site_view::SiteView;
use super::template::Written;
use askama::Template;

/// 404.
pub fn not_found(site: &SiteView) -> String {
    plain(
        site,
        "Not found",
        "There is no page at this address. It may have been mistyped; stories keep theirs for ever.",
    )
}

/// 410: a story that was taken back, and by whom where a person did it.
pub fn gone(site: &SiteView, decision: Option<&Decision>) -> String {
    let words = match decision {
        Some(decision) => format!("This story was withdrawn. {}", decision.sentence_with_time(site)),
        None => "This story was withdrawn: its publisher no longer allows any of it to be shown.".to_owned(),
    };
    plain(site, "Withdrawn", &words)
}

#[derive(Template)]
#[template(path = "plain.html")]
struct Plain<'a> {
    site: &'a SiteView,
    head: Head,
    heading: &'a str,
    text: &'a str,
}

fn plain(site: &SiteView, heading: &str, text: &str) -> String {
    let head = Head { is_indexed: false, ..site.head("/", Some(heading), text.to_owned()) };
    Plain { site, head, heading, text }.written()
}
