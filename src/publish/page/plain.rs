//! Pages that say why there is nothing: 404 and 410.

use super::decision::Decision;
use super::head::Head;
use super::site_view::SiteView;
use super::template::Written;
use askama::Template;

/// 404.
pub fn not_found(site: &SiteView) -> String {
    let words = site.words();
    plain(site, words.not_found, words.not_found_text)
}

/// 410: a story that was taken back, and by whom where a person did it.
pub fn gone(site: &SiteView, decision: Option<&Decision>) -> String {
    let words = site.words();
    let text = match decision {
        Some(decision) => format!("{} {}", words.withdrawn_by, decision.sentence_with_time(site)),
        None => words.withdrawn_text.to_owned(),
    };
    plain(site, words.withdrawn, &text)
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
    let head =
        Head { is_indexed: false, has_search: false, ..site.head("/", Some(heading), text.to_owned()) };
    Plain { site, head, heading, text }.written()
}
