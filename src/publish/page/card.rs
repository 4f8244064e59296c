//! Stories in lists: cards with a sentence, and rows without.

use super::site_view::SiteView;
use super::site_view::When;
use super::words::fill;
use crate::domain::Byline;
use crate::domain::Item;
use crate::domain::Relation;
use crate::domain::Slug;
use crate::domain::Statement;
use crate::publish::attribution::is_quoted;
use crate::publish::attribution::publisher_of;
use crate::publish::attribution::publishers;
use crate::publish::link;
use crate::publish::plural::plural;
use crate::publish::script::Marks;
use crate::publish::script::direction;
use crate::publish::script::marks;

/// Publishers named on a card; more are counted.
const NAMES_MAX: usize = 3;

/// Topics on a card.
const TOPICS_MAX: usize = 3;

/// From so many independent publishers on, a story is set larger than one that two or three tell.
const WIDELY_TOLD: usize = 4;

/// A published story with what lists say of it.
#[derive(Clone, Debug)]
pub struct ListedStory {
    /// The story.
    pub item: Item,
    /// Publishers that tell it independently: those of one family count once, copies of one text too.
    pub coverage: usize,
}

/// A story in a list.
pub(super) struct Card {
    pub(super) title: String,
    pub(super) href: String,
    /// How widely it is told, as a class: `one`, `some`, `many`.
    pub(super) rank: &'static str,
    pub(super) language: Option<Foreign>,
    /// The first sentence of the summary, in marks and with its publisher where it is quoted.
    pub(super) sentence: Option<String>,
    /// What it means for the audience of the page, after its label.
    pub(super) takeaway: Option<(String, String)>,
    /// `4 publishers`, where several tell it independently.
    pub(super) told_by: Option<String>,
    /// Who was first, where several tell it.
    pub(super) first: Option<(String, When)>,
    pub(super) publishers: Vec<CardLink>,
    /// `2 more`
    pub(super) more: Option<String>,
    /// How the others headline it, and how many those are in words.
    pub(super) headlines: Vec<Headline>,
    pub(super) headlines_count: String,
    /// Stories that it follows.
    pub(super) follows: Vec<CardLink>,
    pub(super) topics: Vec<CardLink>,
    pub(super) time: When,
    pub(super) notices: Vec<&'static str>,
}

/// A publisher's own headline of a story.
pub(super) struct Headline {
    pub(super) title: String,
    pub(super) href: Option<String>,
    pub(super) publisher: String,
}

/// A name that may lead somewhere.
#[derive(Clone)]
pub(super) struct CardLink {
    pub(super) name: String,
    pub(super) href: Option<String>,
}

/// The stories of one day.
pub(super) struct DayCards {
    pub(super) date: When,
    pub(super) cards: Vec<Card>,
}

/// Cuts stories, newest first, into days of the site's time zone.
pub(super) fn days(site: &SiteView, stories: &[&ListedStory]) -> Vec<DayCards> {
    let mut days: Vec<DayCards> = Vec::new();
    for story in stories {
        let date = site.long_day(story.item.published);
        let card = Card::timed(site, story);
        match days.last_mut() {
            Some(day) if day.date.datetime == date.datetime => day.cards.push(card),
            _ => days.push(DayCards { date, cards: vec![card] }),
        }
    }
    days
}

impl Card {
    /// With its time of day.
    pub(super) fn timed(site: &SiteView, story: &ListedStory) -> Self {
        Self::new(site, story, site.time(story.item.published))
    }

    /// With its day and time.
    pub(super) fn leading(site: &SiteView, story: &ListedStory) -> Self {
        Self::new(site, story, site.moment(story.item.published))
    }

    /// With its day.
    pub(super) fn dated(site: &SiteView, story: &ListedStory) -> Self {
        Self::new(site, story, site.day(story.item.published))
    }

    fn new(site: &SiteView, story: &ListedStory, time: When) -> Self {
        let (item, words) = (&story.item, site.words());
        let named = publishers(item);
        let is_merged = 1 < item.bylines.len();
        let marks = marks_of(site, item);
        let first = item.bylines.iter().min_by_key(|it| it.published).filter(|_| 1 < story.coverage);
        // Fewer than are named here: some print the text of another.
        let is_copied = story.coverage < named.len();
        let told_by = if is_copied { words.told_independently } else { words.told_by };
        let more = named.len().saturating_sub(NAMES_MAX);
        let others = item.bylines.iter().skip(1);
        let headlines: Vec<Headline> = if is_merged { others.map(headline).collect() } else { Vec::new() };
        Self {
            title: item.title.clone(),
            href: site.href(&item.path),
            rank: match story.coverage {
                0 | 1 => "one",
                WIDELY_TOLD.. => "many",
                _ => "some",
            },
            language: foreign_language(site, item),
            sentence: item.briefing.summary.first().map(|it| attributed(item, it, marks)),
            takeaway: None,
            told_by: (1 < story.coverage).then(|| fill(told_by, story.coverage)),
            first: first.map(|it| (fill(words.first, &it.name), site.moment(it.published))),
            more: (0 < more).then(|| fill(words.more_publishers, more)),
            publishers: named
                .into_iter()
                .take(NAMES_MAX)
                .map(|it| CardLink { name: it.name.clone(), href: link::web(&it.url).map(str::to_owned) })
                .collect(),
            headlines_count: match headlines.len() {
                1 => words.other_headline.to_owned(),
                n => fill(words.other_headlines, n),
            },
            headlines,
            follows: item
                .related
                .iter()
                .filter(|it| it.relation == Relation::Follows && is_web(&it.url))
                .map(|it| CardLink { name: it.title.clone(), href: Some(it.url.clone()) })
                .collect(),
            topics: topics(site, item).into_iter().take(TOPICS_MAX).collect(),
            time,
            notices: item.notices.iter().map(|it| site.words().notices.of(*it)).collect(),
        }
    }

    /// What the story means for an audience stands before its summary.
    pub(super) fn for_audience(mut self, site: &SiteView, story: &ListedStory, audience: &str) -> Self {
        let own = story.item.briefing.key_takeaway.iter();
        let own = own.filter(|it| it.audience.as_deref() == Some(audience)).map(|it| &it.statement).next();
        self.takeaway = own.map(|it| {
            let label = fill(site.words().for_audience, plural(audience));
            (label, attributed(&story.item, it, marks_of(site, &story.item)))
        });
        self
    }
}

fn headline(byline: &Byline) -> Headline {
    Headline {
        title: byline.title.clone(),
        href: link::web(&byline.url).map(str::to_owned),
        publisher: byline.name.clone(),
    }
}

/// Whether our pages may lead to an address.
pub(super) fn is_web(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|it| link::web(&it).is_some())
}

/// A sentence, in quotation marks where it is quoted.
pub(super) fn marked(text: &str, is_quoted: bool, marks: Marks) -> String {
    if is_quoted { format!("{}{text}{}", marks.0, marks.1) } else { text.to_owned() }
}

/// A sentence, in quotation marks where it is quoted, and with its publisher where the story has several.
fn attributed(item: &Item, statement: &Statement, marks: Marks) -> String {
    let text = marked(&statement.text, is_quoted(statement), marks);
    if !is_quoted(statement) || publishers(item).len() < 2 {
        return text;
    }
    let name = match statement.receipts.first() {
        Some(receipt) => publisher_of(item, receipt),
        None => item.primary().name.clone(),
    };
    format!("{text} — {name}")
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
