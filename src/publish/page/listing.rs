//! Stories in lists, by day.

use super::site_view::SiteView;
use super::site_view::When;
use crate::domain::Item;
use crate::domain::Slug;
use crate::publish::attribution::is_quoted;
use crate::publish::attribution::publishers;
use crate::publish::content::notice;
use crate::publish::link;
use crate::publish::script::Marks;
use crate::publish::script::direction;
use crate::publish::script::marks;

/// Publishers named on a card; more are counted.
const NAMES_MAX: usize = 3;

/// The stories of one day, in the order given.
pub(super) struct Day {
    /// `None` in lists that are not by day.
    pub(super) date: Option<When>,
    pub(super) cards: Vec<Card>,
}

/// A story in a list.
pub(super) struct Card {
    pub(super) title: String,
    pub(super) href: String,
    pub(super) language: Option<Foreign>,
    /// The marks around the sentence, where it is quoted.
    pub(super) marks: Marks,
    /// The first sentence of the summary.
    pub(super) sentence: Option<String>,
    /// Whether the sentence is a publisher's own.
    pub(super) is_quoted: bool,
    pub(super) publishers: Vec<CardLink>,
    /// Publishers that are not named.
    pub(super) more: usize,
    pub(super) topics: Vec<CardLink>,
    pub(super) time: When,
    pub(super) notices: Vec<&'static str>,
}

/// A name that may lead somewhere.
pub(super) struct CardLink {
    pub(super) name: String,
    pub(super) href: Option<String>,
}

/// Cuts items, in publication order, into days of the site's time zone.
pub(super) fn days(site: &SiteView, items: &[&Item]) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for item in items {
        let date = site.when(item.published, "%A, %-d %B %Y");
        let card = card(site, item, "%H:%M");
        match days.last_mut() {
            Some(day) if day.date.as_ref().is_some_and(|it| it.text == date.text) => day.cards.push(card),
            _ => days.push(Day {
                date: Some(When { datetime: site.when(item.published, "%Y-%m-%d").text, ..date }),
                cards: vec![card],
            }),
        }
    }
    days
}

impl Day {
    /// All items in one list, each with its own date.
    pub(super) fn undated(site: &SiteView, items: &[&Item]) -> Vec<Self> {
        vec![Self { date: None, cards: items.iter().map(|it| card(site, it, "%-d %b %Y")).collect() }]
    }
}

fn card(site: &SiteView, item: &Item, time: &str) -> Card {
    let publishers = publishers(item);
    let first = item.briefing.summary.first();
    Card {
        title: item.title.clone(),
        href: site.href(&item.path),
        language: foreign_language(site, item),
        marks: marks_of(site, item),
        sentence: first.map(|it| it.text.clone()),
        is_quoted: first.is_some_and(is_quoted),
        more: publishers.len().saturating_sub(NAMES_MAX),
        publishers: publishers
            .into_iter()
            .take(NAMES_MAX)
            .map(|it| CardLink { name: it.name.clone(), href: link::web(&it.url).map(str::to_owned) })
            .collect(),
        topics: topics(site, item),
        time: site.when(item.published, time),
        notices: item.notices.iter().map(|it| notice(*it)).collect(),
    }
}

/// A story's topics, linked where the topic has a page.
pub(super) fn topics(site: &SiteView, item: &Item) -> Vec<CardLink> {
    let has_page = |slug: &Slug| site.topics.iter().any(|it| it.slug == *slug);
    let topics = item.briefing.topics.iter();
    topics
        .map(|it| CardLink {
            name: it.name.clone(),
            href: has_page(&it.slug).then(|| site.href(&format!("/topics/{}", it.slug))),
        })
        .collect()
}

/// A language that is not the site's.
pub(super) struct Foreign {
    /// BCP 47 tag.
    pub(super) tag: String,
    /// Value of `dir`, where it is not the site's.
    pub(super) direction: Option<&'static str>,
}

/// The story's language, where it is not the site's.
pub(super) fn foreign_language(site: &SiteView, item: &Item) -> Option<Foreign> {
    let tag = item.language.clone().filter(|it| !it.eq_ignore_ascii_case(&site.language))?;
    let turned = Some(direction(&tag)).filter(|it| *it != direction(&site.language));
    Some(Foreign { tag, direction: turned })
}

/// The marks around what is quoted in a story.
pub(super) fn marks_of(site: &SiteView, item: &Item) -> Marks {
    marks(item.language.as_deref().unwrap_or(&site.language))
}
