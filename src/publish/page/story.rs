//! A story's page.

use std::collections::HashMap;

use askama::Template;

use super::briefing::BriefingView;
use super::card::CardLink;
use super::card::Foreign;
use super::card::foreign_language;
use super::card::is_web;
use super::card::marks_of;
use super::card::topics;
use super::head::FeedLink;
use super::head::Head;
use super::head::feeds;
use super::json_ld::json_ld;
use super::site_view::PageLink;
use super::site_view::SiteView;
use super::site_view::When;
use super::template::Written;
use super::words::fill;
use crate::domain::Byline;
use crate::domain::Item;
use crate::domain::Related;
use crate::domain::Relation;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::SnapshotId;
use crate::publish::attribution::publishers;
use crate::publish::link;
use crate::publish::link::history_path;
use crate::publish::made::made;
use crate::publish::rendered::summary;

/// The sentence before that of a receipt, by the text that it points into and where it starts there.
pub type ReceiptContext = HashMap<(SnapshotId, usize), String>;

/// Pages of publishers by their names.
pub type PublisherPages = HashMap<String, Slug>;

#[derive(Template)]
#[template(path = "story.html")]
struct StoryPage<'a> {
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
    contact: Option<String>,
}

struct EventView {
    when: When,
    title: String,
    /// `None` for the story itself.
    href: Option<String>,
}

struct BylineView {
    publisher: CardLink,
    href: Option<String>,
    title: String,
    author: Option<CardLink>,
    when: When,
    rights: Option<&'static str>,
    rights_text: Option<String>,
    /// Who wrote this text first, or that others repeat it.
    copy: Option<String>,
}

/// A story: summary, takeaway, insights, principles, practice, topics, audiences, related, credits.
pub fn story(site: &SiteView, item: &Item, pages: &PublisherPages, context: &ReceiptContext) -> String {
    let words = site.words();
    let description = summary(item);
    let head = Head {
        og_type: "article",
        json_ld: Some(json_ld(site, item, &description)),
        ..site.head(&item.path, Some(&item.title), description)
    };
    StoryPage {
        site,
        head: head.announcing(&fitting_feeds(site, item)),
        language: foreign_language(site, item),
        notices: item.notices.iter().map(|it| site.words().notices.of(*it)).collect(),
        published: site.minute(item.published),
        updated: (item.published < item.updated).then(|| site.minute(item.updated)),
        credits: publishers(item).into_iter().map(article_link).collect(),
        briefing: BriefingView::new(site, item, marks_of(site, item), context),
        topics: topics(site, item),
        best_for: item.briefing.best_for.iter().map(|it| audience_link(site, it)).collect(),
        time_line: time_line(site, item),
        related: linked(item)
            .filter(|it| it.relation == Relation::Related)
            .map(|it| CardLink { name: it.title.clone(), href: Some(it.url.clone()) })
            .collect(),
        curation: curation(site, item),
        published_by: if item.bylines.len() == 1 { words.original } else { words.originals },
        made: made(item, &words.made),
        via: via(item),
        bylines: item.bylines.iter().map(|it| byline(site, item, it, pages)).collect(),
        history: PageLink {
            href: site.href(&history_path(&item.path)),
            name: fill(site.words().revision, item.revision),
        },
        contact: site.contact_link().map(|it| about_story(&it, site, item)),
        item,
    }
    .written()
}

/// Who did what, as the attribution line begins.
fn curation(site: &SiteView, item: &Item) -> String {
    let (words, briefing) = (site.words(), &item.briefing);
    let work = match (briefing.summary.is_empty(), briefing.key_takeaway.is_empty()) {
        (false, false) => words.by_summary_takeaway,
        (false, true) => words.by_summary,
        (true, false) => words.by_takeaway,
        (true, true) => words.by_curation,
    };
    fill(work, &site.curator)
}

/// The feeds that a story stands in beside that of the whole site: those of its topics and audiences.
fn fitting_feeds(site: &SiteView, item: &Item) -> Vec<FeedLink> {
    let (briefing, mut fitting) = (&item.briefing, Vec::new());
    for it in site.topics.iter().filter(|it| briefing.topics.iter().any(|of| of.slug == it.slug)) {
        fitting.extend(feeds(site, &format!("/feeds/topic/{}", it.slug), &it.name));
    }
    for it in site.audiences.iter().filter(|it| briefing.best_for.contains(&it.name)) {
        fitting.extend(feeds(site, &format!("/feeds/for/{}", it.slug), &it.name));
    }
    fitting
}

/// The contact's address, with the story as the subject of a mail.
fn about_story(contact: &str, site: &SiteView, item: &Item) -> String {
    if !contact.starts_with("mailto:") {
        return contact.to_owned();
    }
    let mut subject = String::new();
    let about = format!("{}: {}", item.title, link::absolute(&site.base_url, &item.path));
    subject.extend(url::form_urlencoded::byte_serialize(about.as_bytes()));
    // A form writes spaces as `+`, which a mail would show (RFC 6068 §5).
    format!("{contact}?subject={}", subject.replace('+', "%20"))
}

/// Further stories with an address that a page may lead to.
fn linked(item: &Item) -> impl Iterator<Item = &Related> {
    item.related.iter().filter(|it| is_web(&it.url))
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

/// Leads to the stories of an author.
fn author_link(site: &SiteView, author: &str) -> CardLink {
    let query: String = url::form_urlencoded::byte_serialize(author.as_bytes()).collect();
    CardLink { name: author.to_owned(), href: Some(site.href(&format!("/search?q={query}"))) }
}

fn article_link(byline: &Byline) -> CardLink {
    CardLink { name: byline.name.clone(), href: link::web(&byline.url).map(str::to_owned) }
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

fn byline(site: &SiteView, item: &Item, byline: &Byline, pages: &PublisherPages) -> BylineView {
    let words = site.words();
    let original = byline.copy_of.as_ref().and_then(|of| item.bylines.iter().find(|it| it.url == *of));
    let is_original = item.bylines.iter().any(|it| it.copy_of.as_ref() == Some(&byline.url));
    BylineView {
        publisher: CardLink {
            name: byline.name.clone(),
            href: pages.get(&byline.name).map(|it| site.href(&format!("/publishers/{it}"))),
        },
        href: link::web(&byline.url).map(str::to_owned),
        title: byline.title.clone(),
        author: byline.author.as_ref().map(|it| author_link(site, it)),
        when: site.day(byline.published),
        rights: match byline.rights {
            Rights::Any => None,
            Rights::Extractive => Some(words.byline_quoted),
            Rights::Link => Some(words.byline_linked),
            Rights::Drop => Some(words.byline_removed),
        },
        rights_text: byline.rights_text.clone(),
        copy: match original {
            Some(it) => Some(fill(words.repeats, &it.name)),
            None => is_original.then(|| words.first_text.to_owned()),
        },
    }
}
