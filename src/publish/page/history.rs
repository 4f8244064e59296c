//! What a story said before.

use super::briefing::BriefingView;
use super::card::Foreign;
use super::card::foreign_language;
use super::card::marks_of;
use super::decision::Decision;
use super::decision::DecisionView;
use super::head::Head;
use super::site_view::SiteView;
use super::site_view::When;
use super::story::ReceiptContext;
use super::template::Written;
use super::words::fill;
use crate::domain::Item;
use crate::domain::Timestamp;
use crate::publish::link::history_path;
use askama::Template;

/// One revision of a briefing.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Counts from 1.
    pub number: u32,
    /// When it was made.
    pub at: Timestamp,
    /// Who or what made it: a person's name, an engine.
    pub by: String,
    /// Why, in words.
    pub reason: Option<String>,
    /// The briefing as it was; `None` when its words were removed.
    pub item: Option<Item>,
}

#[derive(Template)]
#[template(path = "history.html")]
struct History<'a> {
    site: &'a SiteView,
    head: Head,
    title: &'a str,
    story: String,
    decisions: Vec<DecisionView>,
    revisions: Vec<RevisionView>,
}

struct RevisionView {
    number: u32,
    /// `Revision 2`
    name: String,
    when: When,
    by: String,
    reason: Option<String>,
    title: Option<String>,
    language: Option<Foreign>,
    briefing: Option<BriefingView>,
}

/// The revisions of a story, in the order given.
pub fn history(
    site: &SiteView,
    path: &str,
    title: &str,
    revisions: &[Revision],
    decisions: &[Decision],
) -> String {
    let heading = fill(site.words().history_of, title);
    History {
        head: Head { is_indexed: false, ..site.head(&history_path(path), Some(&heading), heading.clone()) },
        site,
        title,
        story: site.href(path),
        decisions: decisions.iter().map(|it| DecisionView::new(site, it)).collect(),
        revisions: revisions
            .iter()
            .map(|it| RevisionView {
                number: it.number,
                name: fill(site.words().revision, it.number),
                when: site.minute(it.at),
                by: it.by.clone(),
                reason: it.reason.clone(),
                title: it.item.as_ref().map(|it| it.title.clone()),
                language: it.item.as_ref().and_then(|it| foreign_language(site, it)),
                briefing: it
                    .item
                    .as_ref()
                    .map(|it| BriefingView::new(site, it, marks_of(site, it), &ReceiptContext::new())),
            })
            .collect(),
    }
    .written()
}
