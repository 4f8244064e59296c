//! HTML pages: complete without JavaScript, the same for every reader.
//!
//! Templates escape everything; the one thing put in as it is, the JSON-LD of a
//! story, is made by `ScriptJson`, which cannot hold `<`.

mod decision;
mod listing;
mod story;

pub use self::decision::Decision;
pub use self::decision::Deed;

use askama::Template;
use chrono_tz::Tz;
use url::Url;

use super::asset;
use super::channel::FeedUrl;
use super::channel::Format;
use super::link;
use super::script::direction;
use super::xml::permitted;
use crate::domain::Aftermath;
use crate::domain::Item;
use crate::domain::Slug;
use crate::domain::Timestamp;

use self::listing::Day;
use self::listing::days;
use self::story::ScriptJson;

/// What every page knows of the site.
#[derive(Clone, Debug)]
pub struct SiteView {
    /// Its title.
    pub title: String,
    /// The name in the attribution line.
    pub curator: String,
    /// Every link starts with its path; canonical addresses start with it whole. Ends in `/`.
    pub base_url: Url,
    /// BCP 47 tag.
    pub language: String,
    /// Of the pages' days.
    pub timezone: Tz,
    /// E-mail address or URL.
    pub contact: Option<String>,
    /// Topics that have a page, most stories first.
    pub topics: Vec<Section>,
    /// Audiences, in the operator's order.
    pub audiences: Vec<Section>,
}

/// A topic, an audience or a publisher, as listings name it.
#[derive(Clone, Debug)]
pub struct Section {
    /// As shown.
    pub name: String,
    /// As in its path.
    pub slug: Slug,
    /// Published stories in it.
    pub stories: usize,
}

/// A publisher, as its page names it.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// Its name, path and stories.
    pub section: Section,
    /// Its home page.
    pub home: Option<Url>,
    /// Its feed; `None` when unlisted.
    pub feed_url: Option<Url>,
}

/// A month of the archive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Month {
    /// As in the Gregorian calendar.
    pub year: i32,
    /// 1 to 12; others are shown as January.
    pub month: u32,
}

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

/// The newest stories. `older` is the newest month of the archive.
pub fn index(site: &SiteView, items: &[&Item], older: Option<Month>) -> String {
    Listing {
        site,
        head: Head {
            og_type: "website",
            ..site.head("/", None, format!("{}: what matters, with everyone’s byline.", site.title))
        },
        kicker: "",
        heading: site.title.clone(),
        is_front: true,
        intro: String::new(),
        feeds: feeds(site, "/feeds/all"),
        search: None,
        days: days(site, items),
        newer: None,
        older: older.map(|it| site.month_link(it)),
        empty:
            "The first stories appear here as soon as the first feeds are read: usually within minutes of \
                the start. Nothing needs to be reloaded by hand but this page."
                .to_owned(),
        publisher: None,
    }
    .written()
}

/// The stories of one topic, newest first.
pub fn topic(site: &SiteView, topic: &Section, items: &[&Item]) -> String {
    let stem = format!("/feeds/topic/{}", topic.slug);
    let path = format!("/topics/{}", topic.slug);
    listing(site, "Topic", &topic.name, &path, Some(&stem), items, "No story on this topic yet.")
}

/// The stories for one audience, newest first.
pub fn audience(site: &SiteView, audience: &Section, items: &[&Item]) -> String {
    let stem = format!("/feeds/for/{}", audience.slug);
    let path = format!("/for/{}", audience.slug);
    listing(site, "For", &audience.name, &path, Some(&stem), items, "No story for these readers yet.")
}

/// The stories of one publisher, newest first.
pub fn publisher(site: &SiteView, publisher: &Publisher, items: &[&Item]) -> String {
    let name = &publisher.section.name;
    Listing {
        head: site.head(
            &format!("/publishers/{}", publisher.section.slug),
            Some(name),
            format!("Stories that {name} published, as briefed by {}.", site.curator),
        ),
        publisher: Some(PublisherLinks {
            home: publisher.home.as_ref().and_then(link::web).map(str::to_owned),
            feed: publisher.feed_url.as_ref().and_then(link::web).map(str::to_owned),
        }),
        days: days(site, items),
        ..Listing::of(site, "Publisher", name, "No story of this publisher yet.")
    }
    .written()
}

/// A month of the archive, newest first, with the neighbouring months that have stories.
pub fn archive_month(
    site: &SiteView,
    month: Month,
    items: &[&Item],
    newer: Option<Month>,
    older: Option<Month>,
) -> String {
    let name = month.name();
    Listing {
        head: site.head(&month.path(), Some(&name), format!("Every story of {name}.")),
        days: days(site, items),
        newer: newer.map(|it| site.month_link(it)),
        older: older.map(|it| site.month_link(it)),
        ..Listing::of(site, "Archive", &name, "No story was published in this month.")
    }
    .written()
}

/// What a search found, best first; an empty `query` shows the form alone.
pub fn search_results(site: &SiteView, query: &str, items: &[&Item]) -> String {
    let query = permitted(query.trim()).into_owned();
    let heading = if query.is_empty() { "Search".to_owned() } else { format!("Search: {query}") };
    let mut day = Day::undated(site, items);
    day.retain(|it| !it.cards.is_empty());
    Listing {
        head: Head {
            is_indexed: false,
            ..site.head("/search", Some(&heading), "Search all briefings.".to_owned())
        },
        intro: match (query.is_empty(), items.len()) {
            (true, _) | (_, 0) => String::new(),
            (_, 1) => "One story.".to_owned(),
            (_, n) => format!("{n} stories, best match first."),
        },
        empty: if query.is_empty() {
            "Search titles, briefings, topics and publishers.".to_owned()
        } else {
            "No story has all of these words. Fewer or shorter words find more.".to_owned()
        },
        search: Some(query),
        days: day,
        ..Listing::of(site, "", &heading, "")
    }
    .written()
}

/// All topics that have a page.
pub fn topics(site: &SiteView) -> String {
    directory(site, "Topics", "/topics/", &site.topics, "Topics appear here with their first stories.")
}

/// All audiences.
pub fn audiences(site: &SiteView) -> String {
    directory(
        site,
        "For readers",
        "/for/",
        &site.audiences,
        "No audiences are configured: every story is for everyone.",
    )
}

/// All publishers.
pub fn publishers(site: &SiteView, publishers: &[Section]) -> String {
    directory(
        site,
        "Publishers",
        "/publishers/",
        publishers,
        "Publishers appear here with their first stories.",
    )
}

/// A story: summary, takeaway, insights, principles, practice, topics, audiences, related, credits.
pub fn story(site: &SiteView, item: &Item) -> String {
    story::page(site, item)
}

/// What a story said, newest revision first, and what people decided about it, latest first.
pub fn history(
    site: &SiteView,
    path: &str,
    title: &str,
    revisions: &[Revision],
    decisions: &[Decision],
) -> String {
    story::history(site, path, title, revisions, decisions)
}

/// Who curates, how, how to opt out, and what the data of our feeds mean.
pub fn about(site: &SiteView) -> String {
    About {
        head: site.head(
            "/about",
            Some("About"),
            format!("Who curates {}, how its briefings are made, and how to opt out.", site.title),
        ),
        contact: site.contact_link(),
        contact_text: site.contact.clone().unwrap_or_default(),
        namespace: super::data::NAMESPACE,
        site,
    }
    .written()
}

/// Everything that was corrected, withdrawn or lost, newest first.
pub fn corrections(site: &SiteView, corrections: &[Correction]) -> String {
    let corrections = corrections
        .iter()
        .map(|it| CorrectionView {
            when: site.minute(it.at),
            title: it.title.as_deref().unwrap_or("A story that was removed").to_owned(),
            href: it.path.as_ref().map(|it| site.href(it)),
            what: it.what.clone(),
        })
        .collect();
    let about = "What was corrected, withdrawn or retracted after publication.".to_owned();
    Corrections { head: site.head("/corrections", Some("Corrections"), about), site, corrections }.written()
}

/// What became of a publisher's article since it appeared, in words.
pub fn aftermath(aftermath: Aftermath, publisher: &str) -> String {
    match aftermath {
        Aftermath::Corrected => format!("{publisher} has corrected its article."),
        Aftermath::Vanished => format!("The article of {publisher} is no longer where it was published."),
        Aftermath::Retracted => format!("{publisher} has withdrawn its article."),
    }
}

/// 404.
pub fn not_found(site: &SiteView) -> String {
    plain(
        site,
        "Not found",
        "There is no page at this address. It may have been mistyped; stories keep theirs for ever.",
    )
}

/// 410: a story that was taken back, and by whom where a person did it.
pub fn gone(site: &SiteView, decision: Option<&Decision>) -> String {
    let words = match decision {
        Some(decision) => format!("This story was withdrawn. {}", decision.sentence_with_time(site)),
        None => "This story was withdrawn: its publisher no longer allows any of it to be shown.".to_owned(),
    };
    plain(site, "Withdrawn", &words)
}

impl Month {
    fn path(self) -> String {
        format!("/archive/{}/{:02}", self.year, self.month)
    }

    fn name(self) -> String {
        chrono::NaiveDate::from_ymd_opt(self.year, self.month, 1)
            .map_or_else(|| self.year.to_string(), |it| it.format("%B %Y").to_string())
    }
}

impl SiteView {
    /// The value of `dir`, where it is not the usual one.
    fn direction(&self) -> Option<&'static str> {
        Some(direction(&self.language)).filter(|it| *it != "ltr")
    }

    /// An address within the site, from its path: `/tech/story/…` where `base_url` has a path.
    fn href(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.path().trim_end_matches('/'))
    }

    fn month_link(&self, month: Month) -> PageLink {
        PageLink { href: self.href(&month.path()), name: month.name() }
    }

    fn contact_link(&self) -> Option<String> {
        let contact = self.contact.as_deref()?;
        if contact.starts_with("http://") || contact.starts_with("https://") {
            Some(contact.to_owned())
        } else if contact.contains('@') {
            Some(format!("mailto:{}", contact.trim_start_matches("mailto:")))
        } else {
            None
        }
    }

    fn head(&self, path: &str, title: Option<&str>, description: String) -> Head {
        Head {
            title: title.map_or_else(|| self.title.clone(), |it| format!("{it} · {}", self.title)),
            og_title: title.unwrap_or(&self.title).to_owned(),
            description,
            canonical: link::absolute(&self.base_url, path),
            og_type: "website",
            is_indexed: true,
            feeds: feeds(self, "/feeds/all"),
            style: self.href(asset::STYLE_PATH),
            favicon: self.href(asset::FAVICON_PATH),
            json_ld: None,
        }
    }

    /// `20 November 2026`
    fn day(&self, at: Timestamp) -> When {
        self.when(at, "%-d %B %Y")
    }

    /// `20 November 2026, 10:00 UTC`
    fn minute(&self, at: Timestamp) -> When {
        self.when(at, "%-d %B %Y, %H:%M %Z")
    }

    fn when(&self, at: Timestamp, format: &str) -> When {
        let local = at.utc().with_timezone(&self.timezone);
        When { datetime: at.rfc3339(), text: local.format(format).to_string() }
    }
}

/// An instant as a `time` element: UTC for programs, the site's zone for people.
#[derive(Clone, Debug)]
struct When {
    datetime: String,
    text: String,
}

#[derive(Clone, Debug)]
struct PageLink {
    href: String,
    name: String,
}

#[derive(Clone, Debug)]
struct FeedLink {
    media_type: &'static str,
    format: &'static str,
    title: String,
    href: String,
}

/// One link for each format of the feed whose path, without format, is `stem`.
fn feeds(site: &SiteView, stem: &str) -> Vec<FeedLink> {
    let Ok(url) = Url::parse(&link::absolute(&site.base_url, stem)) else { return vec![] };
    let feed = FeedUrl(url);
    Format::ALL
        .iter()
        .map(|it| FeedLink {
            media_type: it.media_type(),
            format: it.name(),
            title: format!("{} ({})", site.title, it.name()),
            href: feed.of(*it),
        })
        .collect()
}

#[derive(Clone)]
struct Head {
    title: String,
    og_title: String,
    description: String,
    canonical: String,
    og_type: &'static str,
    is_indexed: bool,
    feeds: Vec<FeedLink>,
    style: String,
    favicon: String,
    json_ld: Option<ScriptJson>,
}

trait Written: Template {
    /// The page. Rendering fails only where writing into a `String` could.
    fn written(&self) -> String {
        self.render().expect("a String takes every character")
    }
}

impl<T: Template> Written for T {}

#[derive(Template)]
#[template(path = "list.html")]
struct Listing<'a> {
    site: &'a SiteView,
    head: Head,
    kicker: &'static str,
    heading: String,
    is_front: bool,
    intro: String,
    feeds: Vec<FeedLink>,
    /// The words searched for, on the search page.
    search: Option<String>,
    days: Vec<Day>,
    newer: Option<PageLink>,
    older: Option<PageLink>,
    empty: String,
    publisher: Option<PublisherLinks>,
}

struct PublisherLinks {
    home: Option<String>,
    feed: Option<String>,
}

impl<'a> Listing<'a> {
    fn of(site: &'a SiteView, kicker: &'static str, heading: &str, empty: &str) -> Self {
        Self {
            head: site.head("/", None, String::new()),
            site,
            kicker,
            heading: heading.to_owned(),
            is_front: false,
            intro: String::new(),
            feeds: vec![],
            search: None,
            days: vec![],
            newer: None,
            older: None,
            empty: empty.to_owned(),
            publisher: None,
        }
    }
}

fn listing(
    site: &SiteView,
    kicker: &'static str,
    name: &str,
    path: &str,
    stem: Option<&str>,
    items: &[&Item],
    empty: &str,
) -> String {
    let own: Vec<FeedLink> = stem
        .map(|it| feeds(site, it))
        .unwrap_or_default()
        .into_iter()
        .map(|it| FeedLink { title: format!("{name} · {}", it.title), ..it })
        .collect();
    let mut head =
        site.head(path, Some(name), format!("{name}: briefings by {}, newest first.", site.curator));
    head.feeds.splice(0..0, own.iter().cloned());
    Listing { head, feeds: own, days: days(site, items), ..Listing::of(site, kicker, name, empty) }.written()
}

#[derive(Template)]
#[template(path = "directory.html")]
struct Directory<'a> {
    site: &'a SiteView,
    head: Head,
    heading: &'static str,
    root: String,
    sections: &'a [Section],
    empty: &'static str,
}

fn directory(
    site: &SiteView,
    heading: &'static str,
    path: &str,
    sections: &[Section],
    empty: &'static str,
) -> String {
    let head = site.head(path, Some(heading), format!("{heading} of {}.", site.title));
    Directory { site, head, heading, root: site.href(path), sections, empty }.written()
}

#[derive(Template)]
#[template(path = "about.html")]
struct About<'a> {
    site: &'a SiteView,
    head: Head,
    contact: Option<String>,
    contact_text: String,
    namespace: &'static str,
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

#[derive(Template)]
#[template(path = "plain.html")]
struct Plain<'a> {
    site: &'a SiteView,
    head: Head,
    heading: &'a str,
    text: &'a str,
}

fn plain(site: &SiteView, heading: &str, text: &str) -> String {
    let head = Head { is_indexed: false, ..site.head("/", Some(heading), text.to_owned()) };
    Plain { site, head, heading, text }.written()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::domain::Byline;
    use crate::domain::Notice;

    fn site() -> SiteView {
        let section = |name: &str, stories| Section {
            name: name.to_owned(),
            slug: Slug::of(name).expect("ASCII letters"),
            stories,
        };
        SiteView {
            title: "Example Tech Brief".to_owned(),
            curator: "Example Brief".to_owned(),
            base_url: sample::url("https://brief.example/tech/"),
            language: "en".to_owned(),
            timezone: chrono_tz::Europe::Berlin,
            contact: Some("desk@brief.example".to_owned()),
            topics: vec![section("AI", 41), section("Cloud", 27), section("Developer tools", 12)],
            audiences: vec![section("CTO", 33), section("Investor", 18)],
        }
    }

    fn revisions() -> Vec<Revision> {
        let at = |number, minutes, item| Revision {
            number,
            at: sample::at(minutes),
            by: "Mara Quill".to_owned(),
            reason: Some("The cap on revenue was wrong by a factor of ten.".to_owned()),
            item,
        };
        vec![at(3, 90, Some(sample::merged())), at(2, 60, None), at(1, 0, Some(sample::quoted()))]
    }

    fn decision() -> Decision {
        let why = Some("The cap was wrong".to_owned());
        Decision { at: sample::at(65), by: "Mara Quill".to_owned(), deed: Deed::Withdrew, why }
    }

    /// Every kind of page, by a file name.
    fn pages(site: &SiteView) -> Vec<(&'static str, String)> {
        let (a, b, c) = (sample::merged(), sample::quoted(), sample::link_item());
        let mut sponsored = sample::item(
            "4",
            "Sponsored: a backup appliance that fits under a desk",
            vec![sample::byline(
                "Northwind Daily",
                "https://northwind.example/p/backup",
                "Backup, small",
                -1500,
            )],
            crate::domain::Briefing::default(),
        );
        sponsored.notices.push(Notice::Sponsored);
        let items = [&a, &b, &c, &sponsored];
        let month = |month| Month { year: 2026, month };
        let source = Publisher {
            section: Section {
                name: "Harbour Monitor".to_owned(),
                slug: site.topics[0].slug.clone(),
                stories: 2,
            },
            home: a.primary().home.clone(),
            feed_url: a.primary().feed_url.clone(),
        };
        let correction = Correction {
            at: sample::at(60),
            title: Some(a.title.clone()),
            path: Some(a.path.clone()),
            what: "The cap on revenue was wrong by a factor of ten.".to_owned(),
        };
        vec![
            ("index", index(site, &items, Some(month(11)))),
            ("empty", index(&SiteView { topics: vec![], audiences: vec![], ..site.clone() }, &[], None)),
            ("story", story(site, &a)),
            ("quoted", story(site, &b)),
            ("link", story(site, &c)),
            ("history", history(site, &a.path, &a.title, &revisions(), &[decision()])),
            ("topics", topics(site)),
            ("topic", topic(site, &site.topics[0], &items)),
            ("audiences", audiences(site)),
            ("audience", audience(site, &site.audiences[0], &items)),
            ("publishers", publishers(site, &site.topics)),
            ("publisher", publisher(site, &source, &items)),
            ("month", archive_month(site, month(11), &items, Some(month(12)), Some(month(10)))),
            ("search", search_results(site, "vega", &items)),
            ("nothing", search_results(site, "<b>nothing\" onfocus=x", &[])),
            ("about", about(site)),
            ("corrections", corrections(site, &[correction])),
            ("notfound", not_found(site)),
            ("gone", gone(site, None)),
            ("withdrawn", gone(site, Some(&decision()))),
        ]
    }

    #[test]
    fn every_page_has_what_every_page_needs() {
        for (name, page) in pages(&site()) {
            assert_eq!(page.matches("<h1").count(), 1, "{name}");
            assert_eq!(page.matches("<main").count(), 1, "{name}");
            for needed in [
                "<html lang=\"en\">",
                "<a class=\"skip\" href=\"#content\">",
                "id=\"content\"",
                "<link rel=\"stylesheet\" href=\"/tech/style.css\">",
                "type=\"application/rss+xml\"",
                "href=\"https://brief.example/tech/feeds/all.json\"",
                "<meta name=\"description\" content=\"",
                "<meta property=\"og:url\" content=\"https://brief.example/tech/",
            ] {
                assert!(page.contains(needed), "{name} lacks {needed}");
            }
            for forbidden in [" style=\"", "<style", " onclick", "<img", "http://"] {
                assert!(!page.contains(forbidden), "{name} has {forbidden}");
            }
        }
    }

    #[test]
    fn languages_have_their_direction_and_their_marks() {
        let item = |language: &str| Item { language: Some(language.to_owned()), ..sample::quoted() };
        let english = site();
        let page = story(&english, &item("de"));
        assert!(page.contains("<article class=\"story\" lang=\"de\">"), "{page}");
        assert!(page.contains("<q>„Version 1.9 will get security fixes until June 2027.“</q>"), "{page}");
        let page = story(&english, &item("ar"));
        assert!(page.contains("<html lang=\"en\">"), "{page}");
        assert!(page.contains("<article class=\"story\" lang=\"ar\" dir=\"rtl\">"), "{page}");
        let cards = index(&english, &[&item("he"), &item("fr"), &item("en")], None);
        assert!(cards.contains("<article class=\"card\" lang=\"he\" dir=\"rtl\">"), "{cards}");
        assert!(cards.contains("<article class=\"card\" lang=\"fr\">"), "{cards}");
        assert!(
            cards.contains("<q>«\u{a0}The Lattice 2.0") && cards.contains("<q>“The Lattice 2.0"),
            "{cards}"
        );
        let persian = SiteView { language: "fa".to_owned(), ..site() };
        for (name, page) in pages(&persian) {
            assert!(page.contains("<html lang=\"fa\" dir=\"rtl\">"), "{name}");
        }
        assert!(story(&persian, &item("en")).contains("lang=\"en\" dir=\"ltr\""));
        let revision = Revision {
            number: 1,
            at: sample::at(0),
            by: "rule".to_owned(),
            reason: None,
            item: Some(item("ar")),
        };
        assert!(history(&english, "/x", "X", &[revision], &[]).contains("<div lang=\"ar\" dir=\"rtl\">"));
    }

    #[test]
    fn every_element_is_closed_in_order() {
        const VOID: [&str; 4] = ["meta", "link", "input", "!doctype"];
        for (name, page) in pages(&site()) {
            let mut open: Vec<&str> = vec![];
            for tag in page.split('<').skip(1) {
                let tag = tag.split('>').next().unwrap_or_default();
                let element = tag.split([' ', '\n']).next().unwrap_or_default();
                if let Some(closed) = element.strip_prefix('/') {
                    assert_eq!(open.pop(), Some(closed), "{name}: {tag}");
                } else if !VOID.contains(&element) {
                    open.push(element);
                }
            }
            assert!(open.is_empty(), "{name}: {open:?}");
        }
    }

    #[test]
    fn pages_say_who_decided_when_and_why() {
        let said = "Withdrawn by Mara Quill: The cap was wrong.";
        let page = history(&site(), "/x", "X", &[], &[decision()]);
        let time = "<time datetime=\"2026-11-20T11:05:00Z\">20 November 2026, 12:05 CET</time>";
        assert!(page.contains(said) && page.contains(time), "{page}");
        let gone = gone(&site(), Some(&decision()));
        assert!(gone.contains(&format!("{said} (20 November 2026, 12:05 CET)")), "{gone}");
    }

    #[test]
    fn ids_on_a_page_are_unique() {
        for (name, page) in pages(&site()) {
            let ids: Vec<&str> =
                page.split(" id=\"").skip(1).map(|it| it.split('"').next().unwrap_or_default()).collect();
            let distinct: std::collections::HashSet<&&str> = ids.iter().collect();
            assert_eq!(ids.len(), distinct.len(), "{name}: {ids:?}");
        }
    }

    #[test]
    fn the_parts_of_a_story_stand_in_their_order() {
        let page = story(&site(), &sample::merged());
        let main = page.split("<main").nth(1).expect("a main element");
        let mut from = 0;
        for part in [
            "<h1>Lumen Labs ends",
            ">Summary</h2>",
            ">Key takeaway</h2>",
            ">Key insights</h2>",
            ">Principles</h2>",
            ">In practice</h2>",
            ">Topics</h2>",
            ">Best for</h2>",
            ">Related</h2>",
            "Editorial summary, takeaway, and curation by Example Brief. Original articles published by <a href=",
            "written by the model lantern-8b",
            ">Receipts</h3>",
        ] {
            let at = main[from..].find(part);
            assert!(at.is_some(), "{part} is not after byte {from} of {main}");
            from += at.unwrap_or_default();
        }
        assert!(main.contains("<strong>For CTOs:</strong> renewals"), "{main}");
    }

    #[test]
    fn a_receipt_leads_to_the_sentence_and_names_the_publisher() {
        let page = story(&site(), &sample::merged());
        assert!(page.contains("aria-label=\"Receipt 2: Northwind Daily\">2</a>"), "{page}");
        assert!(
            page.contains("#:~:text=Cobalt%20will%20continue%20to,companies%20would%20not%20disclose%2E\""),
            "{page}"
        );
        let mut item = sample::merged();
        item.briefing.summary[1].receipts[0].is_quote_shown = false;
        assert!(!story(&site(), &item).contains("subject to a cap"));
    }

    #[test]
    fn times_are_shown_in_the_sites_zone_and_told_in_utc() {
        let page = story(&site(), &sample::merged());
        let time = "<time datetime=\"2026-11-20T10:00:00Z\">20 November 2026, 11:00 CET</time>";
        assert!(page.contains(time), "{page}");
    }

    #[test]
    fn nothing_foreign_becomes_markup() {
        let mut item = sample::merged();
        let hostile = "</script><script>alert(1)</script><!-- \" ' &";
        item.title = hostile.to_owned();
        item.briefing.summary[0].text = hostile.to_owned();
        item.briefing.topics[0].name = hostile.to_owned();
        item.briefing.best_for[0] = hostile.to_owned();
        item.related[0].title = hostile.to_owned();
        item.related[1].url = "javascript:alert(1)".to_owned();
        let byline = item.bylines[1].clone();
        item.bylines[1] = Byline {
            name: hostile.to_owned(),
            title: hostile.to_owned(),
            author: Some(hostile.to_owned()),
            rights_text: Some(hostile.to_owned()),
            ..byline
        };
        let site = site();
        for page in [story(&site, &item), index(&site, &[&item], None), search_results(&site, hostile, &[])] {
            assert!(!page.contains("<script>alert") && !page.contains("<!--"), "{page}");
            assert!(!page.contains("javascript:"), "{page}");
        }
    }

    #[test]
    fn the_data_of_a_story_are_json() {
        let page = story(&site(), &sample::merged());
        let data = page.split("<script type=\"application/ld+json\">").nth(1).expect("JSON-LD");
        let data = data.split("</script>").next().expect("its end");
        let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(data["@type"], "NewsArticle");
        assert_eq!(data["isBasedOn"][0], "https://harbour.example/news/lumen-vega-licence");
        assert_eq!(data["dateModified"], "2026-11-20T10:40:00Z");
    }
}
