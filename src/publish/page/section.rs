//! The pages of a topic, an audience, a publisher and a day: stories with their sentences, page by page.

use askama::Template;
use chrono::NaiveDate;
use url::Url;

use super::card::Card;
use super::card::ListedStory;
use super::head::FeedLink;
use super::head::Head;
use super::head::feeds;
use super::site_view::PageLink;
use super::site_view::Section;
use super::site_view::SiteView;
use super::site_view::dated;
use super::template::Written;
use super::words::fill;
use crate::domain::CreditCounts;
use crate::domain::Rights;
use crate::publish::link;
use crate::publish::plural::plural;

/// A publisher, as its page names it.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// Its name, path and stories.
    pub section: Section,
    /// Its home page.
    pub home: Option<Url>,
    /// Its feed; `None` when unlisted.
    pub feed_url: Option<Url>,
    /// How its articles stand in the stories.
    pub credit: CreditCounts,
    /// What is shown of its articles.
    pub rights: Rights,
}

/// What a list page shows of a longer list, and where it goes on.
#[derive(Clone, Debug, Default)]
pub struct Leaf<'a> {
    /// The stories, newest first.
    pub stories: &'a [ListedStory],
    /// This page, from the site's root.
    pub path: String,
    /// The page of the next newer stories, from the site's root.
    pub newer: Option<String>,
    /// The page of the next older ones.
    pub older: Option<String>,
}

#[derive(Template)]
#[template(path = "section.html")]
struct SectionPage<'a> {
    site: &'a SiteView,
    head: Head,
    kicker: &'a str,
    heading: String,
    intro: Vec<String>,
    links: Vec<PageLink>,
    feeds: Vec<FeedLink>,
    cards: Vec<Card>,
    /// Whether the cards have no sentences.
    is_dense: bool,
    newer: Option<String>,
    older: Option<String>,
}

/// Stories of one topic.
pub fn topic(site: &SiteView, topic: &Section, leaf: &Leaf<'_>) -> String {
    let words = site.words();
    let own = feeds(site, &format!("/feeds/topic/{}", topic.slug), &topic.name);
    let intro = vec![fill(words.topic_intro, &topic.name), site.stories(topic.stories)];
    let cards = leaf.stories.iter().map(|it| Card::dated(site, it)).collect();
    SectionPage { intro, cards, ..SectionPage::new(site, words.topic, &topic.name, own, leaf) }.written()
}

/// Stories for one audience, which are about `topics`: what each means for it comes first.
pub fn audience(site: &SiteView, audience: &Section, topics: &[String], leaf: &Leaf<'_>) -> String {
    let (words, name) = (site.words(), &audience.name);
    let own = feeds(site, &format!("/feeds/for/{}", audience.slug), name);
    let mut intro = vec![fill(words.audience_intro, plural(name))];
    if !topics.is_empty() {
        intro.push(fill(words.chosen_by, topics.join(", ")));
    }
    intro.push(site.stories(audience.stories));
    let cards = leaf.stories.iter().map(|it| Card::dated(site, it).for_audience(site, it, name)).collect();
    SectionPage { intro, cards, ..SectionPage::new(site, words.audience, name, own, leaf) }.written()
}

/// Stories with an article of one publisher.
pub fn publisher(site: &SiteView, publisher: &Publisher, leaf: &Leaf<'_>) -> String {
    let (words, name) = (site.words(), &publisher.section.name);
    let link = |url: &Option<Url>, name: String| {
        let href = url.as_ref().and_then(link::web)?.to_owned();
        Some(PageLink { href, name })
    };
    let rights = match publisher.rights {
        Rights::Any => None,
        Rights::Extractive => Some(words.quoted_only),
        Rights::Link | Rights::Drop => Some(words.linked_only),
    };
    let CreditCounts { articles, leads, signed, vanished } = publisher.credit;
    let credit = [
        (0 < articles).then(|| fill(&fill(words.signed, signed), articles)),
        (0 < vanished).then(|| fill(words.vanished, vanished)),
    ];
    let opt_out = PageLink { href: site.href("/about#opt-out"), name: fill(words.opt_out, name) };
    let links = [
        link(&publisher.home, fill(words.own_site, name)),
        link(&publisher.feed_url, words.own_feed.to_owned()),
        Some(opt_out),
    ];
    SectionPage {
        intro: [
            fill(words.publisher_intro, name),
            fill(words.credit_line, publisher.section.stories),
            fill(words.leads, leads),
        ]
        .into_iter()
        .chain(credit.into_iter().flatten())
        .chain(rights.map(str::to_owned))
        .collect(),
        links: links.into_iter().flatten().collect(),
        cards: leaf.stories.iter().map(|it| Card::dated(site, it)).collect(),
        ..SectionPage::new(site, words.publisher, name, vec![], leaf)
    }
    .written()
}

/// Every story of a day.
pub fn archive_day(site: &SiteView, day: NaiveDate, count: usize, leaf: &Leaf<'_>) -> String {
    let words = site.words();
    let name = dated(words, words.long_day, day);
    SectionPage {
        intro: vec![site.stories(count)],
        cards: leaf.stories.iter().map(|it| Card::timed(site, it)).collect(),
        is_dense: true,
        ..SectionPage::new(site, words.archive, &name, vec![], leaf)
    }
    .written()
}

impl<'a> SectionPage<'a> {
    fn new(site: &'a SiteView, kicker: &'a str, name: &str, feeds: Vec<FeedLink>, leaf: &Leaf<'_>) -> Self {
        let href = |path: &Option<String>| path.as_ref().map(|it| site.href(it));
        let description = format!("{kicker}: {name}. {}", fill(site.words().curated_by, &site.curator));
        Self {
            head: site.head(&leaf.path, Some(name), description).announcing(&feeds),
            site,
            kicker,
            heading: name.to_owned(),
            intro: vec![],
            links: vec![],
            feeds,
            cards: vec![],
            is_dense: false,
            newer: href(&leaf.newer),
            older: href(&leaf.older),
        }
    }
}
