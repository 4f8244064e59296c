//! What was corrected, withdrawn or lost after publication.

use super::head::Head;
use super::site_view::SiteView;
use super::site_view::When;
use super::template::Written;
use crate::domain::ArticleStatus;
use crate::domain::Timestamp;
use askama::Template;

/// What was corrected, withdrawn or lost after publication.
#[derive(Clone, Debug)]
pub struct Correction {
    /// When.
    pub at: Timestamp,
    /// The story's title; `None` when it was removed with the story.
    pub title: Option<String>,
    /// The story's path from the site's root, while it has one.
    pub path: Option<String>,
    /// What happened, in words.
    pub what: String,
}

/// Everything that was corrected, withdrawn or lost, newest first.
pub fn corrections(site: &SiteView, corrections: &[Correction]) -> String {
    let corrections = corrections
        .iter()
        .map(|it| CorrectionView {
            when: site.minute(it.at),
            title: it.title.as_deref().unwrap_or(site.words().removed_story).to_owned(),
            href: it.path.as_ref().map(|it| site.href(it)),
            what: it.what.clone(),
        })
        .collect();
    let words = site.words();
    let head = site.head("/corrections", Some(words.corrections), words.corrections_intro.to_owned());
    Corrections { head, site, corrections }.written()
}

/// What became of a publisher's article since it appeared, in words.
pub fn article_status(article_status: ArticleStatus, publisher: &str) -> String {
    match article_status {
        ArticleStatus::Corrected => format!("{publisher} has corrected its article."),
        ArticleStatus::Vanished => format!("The article of {publisher} is no longer where it was published."),
        ArticleStatus::Retracted => format!("{publisher} has withdrawn its article."),
    }
}

#[derive(Template)]
#[template(path = "corrections.html")]
struct Corrections<'a> {
    site: &'a SiteView,
    head: Head,
    corrections: Vec<CorrectionView>,
}

struct CorrectionView {
    when: When,
    title: String,
    href: Option<String>,
    what: String,
}
