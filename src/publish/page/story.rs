//! A story's page and its history.

use std::fmt::Display;
use std::fmt::Formatter;

use askama::Template;
use askama::filters::HtmlSafe;
use serde_json::Value;
use serde_json::json;
use url::Url;

use super::Decision;
use super::Head;
use super::PageLink;
use super::Revision;
use super::SiteView;
use super::When;
use super::Written;
use super::decision::DecisionView;
use super::listing::CardLink;
use super::listing::Foreign;
use super::listing::foreign_language;
use super::listing::marks_of;
use super::listing::topics;
use crate::domain::Briefing;
use crate::domain::Byline;
use crate::domain::Item;
use crate::domain::Receipt;
use crate::domain::Related;
use crate::domain::Relation;
use crate::domain::Rights;
use crate::domain::Statement;
use crate::publish::attribution::attribution;
use crate::publish::attribution::authors;
use crate::publish::attribution::is_quoted;
use crate::publish::attribution::publisher_of;
use crate::publish::attribution::publishers;
use crate::publish::content::is_gap;
use crate::publish::content::notice;
use crate::publish::content::runs;
use crate::publish::link;
use crate::publish::link::history_path;
use crate::publish::link::text_fragment;
use crate::publish::plural::plural;
use crate::publish::rendered::summary;
use crate::publish::script::Marks;

/// JSON inside a `script` element: `<` is written as an escape, so nothing in
/// it can end the element.
#[derive(Clone)]
pub(super) struct ScriptJson(String);

impl ScriptJson {
    fn of(value: &Value) -> Self {
        let json = value.to_string();
        Self(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
    }
}

impl Display for ScriptJson {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for ScriptJson {}

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
    when: When,
    by: String,
    reason: Option<String>,
    title: Option<String>,
    language: Option<Foreign>,
    briefing: Option<BriefingView>,
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

/// The parts of a briefing with numbered receipts.
struct BriefingView {
    summary: Vec<Passage>,
    takeaways: Vec<TakeawayView>,
    insights: Vec<Passage>,
    principles: Vec<Passage>,
    practice: Vec<Passage>,
    differs: Vec<DifferenceView>,
    receipts: Vec<ReceiptView>,
}

struct TakeawayView {
    /// In the plural.
    audience: Option<String>,
    passage: Passage,
}

struct DifferenceView {
    what: String,
    values: Vec<Passage>,
}

/// Sentences quoted from one article, or written.
struct Passage {
    /// The marks around it, where it is a quotation among others.
    marks: Marks,
    /// The publisher, of a quotation.
    quoted: Option<CardLink>,
    sentences: Vec<Sentence>,
}

struct Sentence {
    text: String,
    /// Whether the source has more between the sentence before and this one.
    is_after_gap: bool,
    /// Numbers of receipts, each with the publisher's name and the place in its article.
    receipts: Vec<Reference>,
}

struct Reference {
    number: usize,
    publisher: String,
    href: Option<String>,
}

struct ReceiptView {
    publisher: String,
    href: Option<String>,
    /// The words that carry a written statement, as far as the excerpt budget allows.
    quote: Option<String>,
    /// Whether the statement itself is the quotation.
    is_quoted_above: bool,
}

/// The page of a story.
pub(super) fn page(site: &SiteView, item: &Item) -> String {
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

/// The revisions of a story, in the order given.
pub(super) fn history(
    site: &SiteView,
    path: &str,
    title: &str,
    revisions: &[Revision],
    decisions: &[Decision],
) -> String {
    let heading = format!("History of “{title}”");
    History {
        head: Head {
            is_indexed: false,
            ..site.head(&history_path(path), Some(&heading), format!("What “{title}” said, and when."))
        },
        site,
        title,
        story: site.href(path),
        decisions: decisions.iter().map(|it| DecisionView::new(site, it)).collect(),
        revisions: revisions
            .iter()
            .map(|it| RevisionView {
                number: it.number,
                when: site.minute(it.at),
                by: it.by.clone(),
                reason: it.reason.clone(),
                title: it.item.as_ref().map(|it| it.title.clone()),
                language: it.item.as_ref().and_then(|it| foreign_language(site, it)),
                briefing: it.item.as_ref().map(|it| BriefingView::new(it, marks_of(site, it))),
            })
            .collect(),
    }
    .written()
}

impl BriefingView {
    fn new(item: &Item, marks: Marks) -> Self {
        let mut receipts = Receipts { item, marks, known: vec![], views: vec![] };
        // Who filled it, topics and audiences stand elsewhere on the page.
        let Briefing {
            engine: _,
            summary,
            key_takeaway,
            key_insights,
            principles,
            in_practice,
            topics: _,
            best_for: _,
            differs,
        } = &item.briefing;
        let summary = runs(summary).map(|it| receipts.passage(it)).collect();
        let takeaways = key_takeaway
            .iter()
            .map(|it| TakeawayView {
                audience: it.audience.as_deref().map(plural),
                passage: receipts.one(&it.statement),
            })
            .collect();
        let insights = key_insights.iter().map(|it| receipts.one(it)).collect();
        let principles = principles.iter().map(|it| receipts.one(it)).collect();
        let practice = in_practice.iter().map(|it| receipts.one(it)).collect();
        let differs = differs
            .iter()
            .map(|it| DifferenceView {
                what: it.what.clone(),
                values: it.values.iter().map(|it| receipts.one(it)).collect(),
            })
            .collect();
        Self { summary, takeaways, insights, principles, practice, differs, receipts: receipts.views }
    }
}

/// Numbers receipts in the order of the page, equal ones once.
struct Receipts<'a> {
    item: &'a Item,
    marks: Marks,
    known: Vec<&'a Receipt>,
    views: Vec<ReceiptView>,
}

impl<'a> Receipts<'a> {
    fn one(&mut self, statement: &'a Statement) -> Passage {
        self.passage(std::slice::from_ref(statement))
    }

    fn passage(&mut self, run: &'a [Statement]) -> Passage {
        let quoted = run.iter().find(|it| is_quoted(it)).map(|it| match it.receipts.first() {
            Some(receipt) => {
                CardLink { name: publisher_of(self.item, receipt), href: text_fragment(receipt) }
            }
            None => article_link(self.item.primary()),
        });
        let sentences = run
            .iter()
            .enumerate()
            .map(|(i, it)| Sentence {
                text: it.text.clone(),
                is_after_gap: quoted.is_some() && 0 < i && is_gap(&run[i - 1], it),
                receipts: it.receipts.iter().map(|receipt| self.refer(it, receipt)).collect(),
            })
            .collect();
        Passage { marks: self.marks, quoted, sentences }
    }

    fn refer(&mut self, statement: &Statement, receipt: &'a Receipt) -> Reference {
        let publisher = publisher_of(self.item, receipt);
        let href = text_fragment(receipt);
        let is_same =
            |it: &&Receipt| (&it.url, it.start, it.end) == (&receipt.url, receipt.start, receipt.end);
        let index = self.known.iter().position(is_same).unwrap_or_else(|| {
            self.known.push(receipt);
            let is_told = is_quoted(statement) || !receipt.is_quote_shown || receipt.quote.trim().is_empty();
            self.views.push(ReceiptView {
                publisher: publisher.clone(),
                href: href.clone(),
                quote: (!is_told).then(|| format!("{}{}{}", self.marks.0, receipt.quote, self.marks.1)),
                is_quoted_above: is_quoted(statement),
            });
            self.known.len() - 1
        });
        Reference { number: index + 1, publisher, href }
    }
}

fn article_link(byline: &Byline) -> CardLink {
    CardLink { name: byline.name.clone(), href: link::web(&byline.url).map(str::to_owned) }
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

fn json_ld(site: &SiteView, item: &Item, description: &str) -> ScriptJson {
    let permalink = link::absolute(&site.base_url, &item.path);
    let named = |kind: &str, name: &str| json!({ "@type": kind, "name": name });
    let kind_of = |name: &str| {
        let is_publisher = name == site.curator || item.bylines.iter().any(|it| it.name == name);
        if is_publisher { "Organization" } else { "Person" }
    };
    let articles: Vec<Value> = item
        .bylines
        .iter()
        .map(|it| {
            json!({
                "@type": "NewsArticle",
                "url": link::of(&it.url),
                "headline": it.title,
                "datePublished": it.published.rfc3339(),
                "publisher": named("Organization", &it.name),
            })
        })
        .collect();
    ScriptJson::of(&json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": permalink,
        "mainEntityOfPage": permalink,
        "url": permalink,
        "headline": item.title,
        "description": description,
        "datePublished": item.published.rfc3339(),
        "dateModified": item.updated.max(item.published).rfc3339(),
        "inLanguage": item.language.as_deref().unwrap_or(&site.language),
        "author": authors(item, &site.curator).iter().map(|it| named(kind_of(it), it)).collect::<Vec<_>>(),
        "publisher": named("Organization", &site.curator),
        "isBasedOn": item.bylines.iter().map(|it| link::of(&it.url)).collect::<Vec<_>>(),
        "citation": articles,
        "about": item.briefing.topics.iter().map(|it| named("Thing", &it.name)).collect::<Vec<_>>(),
        "audience": item
            .briefing
            .best_for
            .iter()
            .map(|it| json!({ "@type": "Audience", "audienceType": it }))
            .collect::<Vec<_>>(),
    }))
}
