//! A story's page.

use super::briefing::BriefingView;
use super::briefing::article_link;
use super::head::Head;
use super::json_ld::json_ld;
use super::listing::CardLink;
use super::listing::Foreign;
use super::listing::foreign_language;
use super::listing::marks_of;
use super::listing::topics;
use super::site_view::PageLink;
use super::site_view::SiteView;
use super::site_view::When;
use super::template::Written;
use crate::domain::Byline;
use crate::domain::Item;
use crate::domain::Related;
use crate::domain::Relation;
use crate::domain::Rights;
use crate::publish::attribution::attribution;
use crate::publish::attribution::publishers;
use crate::publish::content::notice;
use crate::publish::link;
use crate::publish::link::history_path;
use crate::publish::rendered::summary;
use askama::Template;
use url::Url;

#[derive(Template)]
#[template(path = "story.html")]
struct Story<'a> {
    site: &'a SiteView,
    head: Head,
    item: &'a Item,
    language: Option<Foreign>,
    notices: Vec<&'static str>,
    published: When,
    /// Only where it is later than the publication.
    updated: Option<When>,
    credits: Vec<CardLink>,
    briefing: BriefingView,
    topics: Vec<CardLink>,
    best_for: Vec<CardLink>,
    /// What it follows, itself and what follows it, by date; empty where it stands alone.
    time_line: Vec<EventView>,
    related: Vec<CardLink>,
    curation: String,
    published_by: &'static str,
    made: String,
    via: Vec<CardLink>,
    bylines: Vec<BylineView>,
    history: PageLink,
}

struct EventView {
    when: When,
    title: String,
    /// `None` for the story itself.
    href: Option<String>,
}

struct BylineView {
    name: String,
    href: Option<String>,
    title: String,
    author: Option<String>,
    when: When,
    rights: Option<&'static str>,
    rights_text: Option<String>,
    /// Who wrote this text first, or that others repeat it.
    copy: Option<String>,
}

/// A story: summary, takeaway, insights, principles, practice, topics, audiences, related, credits.
pub fn story(site: &SiteView, item: &Item) -> String {
    let said = attribution(item, &site.curator);
    let description = summary(item);
    let head = Head {
        og_type: "article",
        json_ld: Some(json_ld(site, item, &description)),
        ..site.head(&item.path, Some(&item.title), description)
    };
    Story {
        site,
        head,
        language: foreign_language(site, item),
        notices: item.notices.iter().map(|it| notice(*it)).collect(),
        published: site.minute(item.published),
        updated: (item.published < item.updated).then(|| site.minute(item.updated)),
        credits: publishers(item).into_iter().map(article_link).collect(),
        briefing: BriefingView::new(item, marks_of(site, item)),
        topics: topics(site, item),
        best_for: item.briefing.best_for.iter().map(|it| audience_link(site, it)).collect(),
        time_line: time_line(site, item),
        related: linked(item)
            .filter(|it| it.relation == Relation::Related)
            .map(|it| CardLink { name: it.title.clone(), href: Some(it.url.clone()) })
            .collect(),
        curation: said.curation,
        published_by: said.published_by,
        made: said.made,
        via: via(item),
        bylines: item.bylines.iter().map(|it| byline(site, item, it)).collect(),
        history: PageLink {
            href: site.href(&history_path(&item.path)),
            name: format!("Revision {}", item.revision),
        },
        item,
    }
    .written()
}

/// Further stories with an address that a page may lead to.
fn linked(item: &Item) -> impl Iterator<Item = &Related> {
    item.related.iter().filter(|it| Url::parse(&it.url).is_ok_and(|it| link::web(&it).is_some()))
}

/// What a story follows, itself, and what follows it, the earliest first.
fn time_line(site: &SiteView, item: &Item) -> Vec<EventView> {
    let mut others: Vec<&Related> = linked(item).filter(|it| it.relation != Relation::Related).collect();
    if others.is_empty() {
        return Vec::new();
    }
    others.sort_by_key(|it| it.published);
    let event = |it: &&Related| EventView {
        when: site.minute(it.published),
        title: it.title.clone(),
        href: Some(it.url.clone()),
    };
    let own = EventView { when: site.minute(item.published), title: item.title.clone(), href: None };
    let (past, next): (Vec<&Related>, Vec<&Related>) =
        others.into_iter().partition(|it| it.relation == Relation::Follows);
    past.iter().map(event).chain([own]).chain(next.iter().map(event)).collect()
}

fn audience_link(site: &SiteView, name: &str) -> CardLink {
    let section = site.audiences.iter().find(|it| it.name == name);
    CardLink { name: name.to_owned(), href: section.map(|it| site.href(&format!("/for/{}", it.slug))) }
}

fn via(item: &Item) -> Vec<CardLink> {
    let mut links: Vec<CardLink> = Vec::new();
    for via in item.bylines.iter().flat_map(|it| &it.via) {
        if links.iter().all(|it| it.name != via.name) {
            let href = via.home.as_ref().and_then(link::web).map(str::to_owned);
            links.push(CardLink { name: via.name.clone(), href });
        }
    }
    links
}

fn byline(site: &SiteView, item: &Item, byline: &Byline) -> BylineView {
    let original = byline.copy_of.as_ref().and_then(|of| item.bylines.iter().find(|it| it.url == *of));
    let is_original = item.bylines.iter().any(|it| it.copy_of.as_ref() == Some(&byline.url));
    BylineView {
        name: byline.name.clone(),
        href: link::web(&byline.url).map(str::to_owned),
        title: byline.title.clone(),
        author: byline.author.clone(),
        when: site.day(byline.published),
        rights: match byline.rights {
            Rights::Any => None,
            Rights::Extractive => Some("Quoted only: the publisher allows no model to read it."),
            Rights::Link => Some("Linked only: the publisher allows no summary."),
            Rights::Drop => Some("Removed at the publisher’s wish."),
        },
        rights_text: byline.rights_text.clone(),
        copy: match original {
            Some(it) => Some(format!("Repeats the text of {}.", it.name)),
            None => is_original.then(|| "First with this text.".to_owned()),
        },
    }
}
