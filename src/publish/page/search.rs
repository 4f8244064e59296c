//! What a search found.

use askama::Template;

use super::card::Card;
use super::card::ListedStory;
use super::card::marks_of;
use super::head::Head;
use super::site_view::PageLink;
use super::site_view::Section;
use super::site_view::SiteView;
use super::snippet::SnippetPiece;
use super::snippet::snippet;
use super::template::Written;
use super::words::fill;
use crate::publish::xml::permitted;

/// Topics that the form offers.
const TOPICS_OFFERED: usize = 60;

/// What was asked for, as the form shows it again.
#[derive(Clone, Debug, Default)]
pub struct SearchQuery {
    /// The words.
    pub words: String,
    /// Slug of a topic.
    pub topic: String,
    /// Slug of a publisher.
    pub publisher: String,
    /// First day, `2026-11-20`.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct SearchResults<'a> {
    /// One page of the stories, best match first.
    pub stories: &'a [ListedStory],
    /// How many there are in all.
    pub total: usize,
    /// The words that were looked for where those asked for are nowhere.
    pub instead: Option<String>,
    /// Publishers of this name.
    pub publishers: Vec<Section>,
    /// Topics of this name.
    pub topics: Vec<Section>,
    /// Authors of this name among the stories found.
    pub authors: Vec<String>,
    /// Number of this page, from 1.
    pub page: usize,
    /// Whether there are further pages.
    pub has_more: bool,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    site: &'a SiteView,
    head: Head,
    asked: SearchQuery,
    heading: String,
    publishers: &'a [Section],
    topics: Vec<&'a Section>,
    count: Option<String>,
    instead: Option<String>,
    places: Vec<PageLink>,
    results: Vec<SearchResult>,
    newer: Option<String>,
    older: Option<String>,
}

struct SearchResult {
    card: Card,
    snippet: Vec<SnippetPiece>,
}

/// The form, and what was found. `publishers` are those to choose from.
pub fn search_results(
    site: &SiteView,
    asked: &SearchQuery,
    found: &SearchResults<'_>,
    publishers: &[Section],
) -> String {
    let words = site.words();
    let asked = SearchQuery { words: permitted(asked.words.trim()).into_owned(), ..asked.clone() };
    let heading = match asked.words.as_str() {
        "" => words.search.to_owned(),
        query => format!("{}: {query}", words.search),
    };
    let looked_for = found.instead.as_deref().unwrap_or(&asked.words);
    let place = |root: &str, it: &Section| PageLink {
        href: site.href(&format!("/{root}/{}", it.slug)),
        name: it.name.clone(),
    };
    let places = found.publishers.iter().map(|it| place("publishers", it));
    let places = places.chain(found.topics.iter().map(|it| place("topics", it)));
    let authors = found.authors.iter().map(|it| PageLink {
        href: site.href(&address(&SearchQuery { words: it.clone(), ..SearchQuery::default() }, 1)),
        name: fill(words.by, it),
    });
    SearchPage {
        head: Head {
            is_indexed: false,
            has_search: false,
            ..site.head("/search", Some(&heading), words.search_help.to_owned())
        },
        count: (0 < found.total).then(|| match found.total {
            1 => words.story.to_owned(),
            n => fill(words.best_first, n),
        }),
        instead: found.instead.as_ref().map(|_| fill(words.searched_instead, &asked.words)),
        places: places.chain(authors).collect(),
        results: found
            .stories
            .iter()
            .map(|it| SearchResult {
                card: Card::dated(site, it),
                snippet: snippet(&it.item, looked_for, marks_of(site, &it.item)),
            })
            .collect(),
        newer: (1 < found.page).then(|| site.href(&address(&asked, found.page - 1))),
        older: found.has_more.then(|| site.href(&address(&asked, found.page + 1))),
        heading,
        topics: offered_topics(site, &asked.topic),
        publishers,
        asked,
        site,
    }
    .written()
}

/// The topics to choose from: those with most stories, and the one chosen.
fn offered_topics<'a>(site: &'a SiteView, chosen: &str) -> Vec<&'a Section> {
    let is_offered = |at: usize, it: &Section| at < TOPICS_OFFERED || it.slug.as_str() == chosen;
    site.topics.iter().enumerate().filter(|(at, it)| is_offered(*at, it)).map(|it| it.1).collect()
}

/// The address of a page of a search.
fn address(asked: &SearchQuery, page: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let SearchQuery { words, topic, publisher, from, to } = asked;
    for (name, value) in
        [("q", words), ("topic", topic), ("publisher", publisher), ("from", from), ("to", to)]
    {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    if 1 < page {
        query.append_pair("page", &page.to_string());
    }
    format!("/search?{}", query.finish())
}
