//! Stories of publishers that do not exist, for tests.

use sha2::Digest;
use sha2::Sha256;
use url::Url;

use crate::config::LinkTo;
use crate::domain::Briefing;
use crate::domain::Byline;
use crate::domain::Difference;
use crate::domain::Engine;
use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::Item;
use crate::domain::Made;
use crate::domain::Receipt;
use crate::domain::Related;
use crate::domain::Relation;
use crate::domain::Review;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::SnapshotId;
use crate::domain::Statement;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::Takeaway;
use crate::domain::Timestamp;
use crate::domain::Topic;
use crate::domain::Via;
use crate::publish::Channel;
use crate::publish::FeedUrl;

/// Fri, 20 Nov 2026 10:00:00 GMT
const TEN_O_CLOCK: i64 = 1_795_168_800;

const HARBOUR: &str = "https://harbour.example/news/lumen-vega-licence";
const NORTHWIND: &str = "https://northwind.example/tech/vega-opens-up";
const COMPILER: &str = "https://compiler.example/2026/lumen-vega";
const LATTICE: &str = "https://compiler.example/2026/lattice-2";

pub(super) fn base_url() -> Url {
    url("https://brief.example/")
}

pub(super) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_secs(TEN_O_CLOCK + minutes * 60)
}

pub(super) fn channel() -> Channel {
    Channel {
        id: "tag:brief.example,2026-01-05:output-all".to_owned(),
        title: "Example Tech Brief".to_owned(),
        description: "What matters in technology, with everyone's byline.".to_owned(),
        home_url: base_url(),
        base_url: base_url(),
        url: FeedUrl(url("https://brief.example/feeds/all")),
        current: None,
        older: None,
        language: "en".to_owned(),
        curator: "Example Brief".to_owned(),
        contact: Some("desk@brief.example".to_owned()),
        audience: None,
        link: LinkTo::Original,
        updated: at(40),
        ttl_minutes: 15,
        hubs: vec![],
    }
}

pub(super) fn review() -> Review {
    Review { by: "Mara Quill".to_owned(), at: at(55) }
}

/// Three publishers, written by a model, in part quoted.
pub(super) fn merged() -> Item {
    Item {
        related: vec![
            Related {
                id: StoryId::stored("tag:brief.example,2026-01-05:aaaabbbbccccdddd".to_owned()),
                title: "Cobalt Cloud opens two regions for model hosting".to_owned(),
                url: "https://brief.example/story/aaaabbbbccccdddd/cobalt-cloud-opens-two-regions".to_owned(),
                published: at(-3_000),
                relation: Relation::Related,
            },
            Related {
                id: StoryId::stored("tag:brief.example,2026-01-05:eeeeffffgggghhhh".to_owned()),
                title: "Lumen Labs and Cobalt renegotiate, people familiar say".to_owned(),
                url: "https://brief.example/story/eeeeffffgggghhhh/lumen-labs-and-cobalt".to_owned(),
                published: at(-1_500),
                relation: Relation::Follows,
            },
        ],
        model: Some("lantern-8b".to_owned()),
        verifier: None,
        updated: at(40),
        ..item(
            "1",
            "Lumen Labs ends Cobalt Cloud's exclusive licence to its Vega models",
            vec![
                Byline {
                    author: Some("Tomas Reyes, Anneke Vos".to_owned()),
                    rights_text: Some("© 2026 Harbour Monitor".to_owned()),
                    via: vec![Via {
                        name: "Link Lantern".to_owned(),
                        home: Some(url("https://lantern.example/")),
                    }],
                    ..byline(
                        "Harbour Monitor",
                        HARBOUR,
                        "Lumen Labs ends exclusive Vega licence with Cobalt",
                        0,
                    )
                },
                byline("Northwind Daily", NORTHWIND, "Vega opens up: what Cobalt gives away", 25),
                Byline {
                    author: Some("Ines Okafor".to_owned()),
                    rights: Rights::Extractive,
                    ..byline(
                        "The Compiler Post",
                        COMPILER,
                        "Vega on any cloud: what changes in your code",
                        190,
                    )
                },
            ],
            merged_briefing(),
        )
    }
}

fn merged_briefing() -> Briefing {
    Briefing {
        engine: Engine::Mixed,
        summary: merged_summary(),
        key_takeaway: merged_takeaways(),
        key_insights: vec![
            said(
                "Cobalt's cloud revenue from Vega grew 38% last year, to $2.4 billion.",
                "Vega-related revenue rose 38% to $2.4 billion last year.",
                HARBOUR,
                1530,
            ),
            said(
                "Two regional providers have already signed letters of intent.",
                "Letters of intent exist with two regional providers, according to a person briefed on the talks.",
                NORTHWIND,
                1890,
            ),
        ],
        principles: vec![said(
            "A model sold in more than one place has to compete on service, not on access.",
            "Once access is no longer scarce, service decides.",
            NORTHWIND,
            2204,
        )],
        in_practice: vec![statement(
            "The Vega API stays the same across providers, so an application needs a new endpoint and a new key, \
             nothing else.",
            Made::Extractive,
            "The Vega API stays the same across providers, so an application needs a new endpoint and a new key, \
             nothing else.",
            COMPILER,
            640,
        )],
        topics: ["AI", "Cloud", "Licensing"].map(topic).to_vec(),
        best_for: vec!["CTO".to_owned(), "Investor".to_owned()],
        differs: vec![Difference {
            what: "When the exclusivity ends".to_owned(),
            values: vec![
                statement("From March 2027", Made::Extractive, "From March 2027", HARBOUR, 0),
                statement("as early as January", Made::Extractive, "as early as January", NORTHWIND, 88),
            ],
        }],
    }
}

fn merged_summary() -> Vec<Statement> {
    vec![
        said(
            "Lumen Labs will let other cloud providers run its Vega models from March 2027, which ends the \
                 exclusive licence that Cobalt Cloud has held since 2023.",
            "From March 2027 any cloud provider may license Vega, Lumen Labs said on Thursday, ending an \
                 exclusivity that Cobalt Cloud has held since 2023.",
            HARBOUR,
            0,
        ),
        said(
            "Cobalt keeps a revenue share until 2031, capped at a sum that neither company disclosed.",
            "Cobalt will continue to receive a share of revenue through 2031, subject to a cap that the \
                 companies would not disclose.",
            NORTHWIND,
            412,
        ),
        said(
            "Customers with running contracts keep their prices and move only if they ask to.",
            "Existing contracts run on at existing prices.",
            HARBOUR,
            890,
        ),
    ]
}

fn merged_takeaways() -> Vec<Takeaway> {
    vec![
        Takeaway {
            audience: Some("CTO".to_owned()),
            statement: said(
                "renewals signed before March should leave room for a second provider, because Vega \
                     capacity will no longer come from one place.",
                "Analysts advise customers to keep renewals short until other providers publish prices.",
                NORTHWIND,
                1200,
            ),
        },
        Takeaway {
            audience: Some("Investor".to_owned()),
            statement: said(
                "Cobalt trades exclusivity for a capped share, so its upside from Vega now has an end date.",
                "The share ends in 2031.",
                NORTHWIND,
                520,
            ),
        },
    ]
}

/// A statement of a model.
fn said(text: &str, quote: &str, url: &str, start: usize) -> Statement {
    statement(text, Made::Llm, quote, url, start)
}

/// One publisher, quoted by rule.
pub(super) fn quoted() -> Item {
    let quote = |text: &str, start: usize| statement(text, Made::Extractive, text, LATTICE, start);
    let first = "The Lattice 2.0 compiler checks borrowed memory across module boundaries, a change its \
                 maintainers call the largest since the language appeared in 2019.";
    let second = "Most programs compile without edits, and the team counted 214 of 9,800 public packages that need one.";
    let briefing = Briefing {
        engine: Engine::Extractive,
        summary: vec![quote(first, 0), quote(second, first.len() + 1)],
        key_insights: vec![quote(
            "Build times fell by 22% on the team's own benchmark of forty services.",
            702,
        )],
        in_practice: vec![quote("Version 1.9 will get security fixes until June 2027.", 1120)],
        topics: ["Programming languages", "Developer tools"].map(topic).to_vec(),
        best_for: vec!["Engineering lead".to_owned()],
        ..Briefing::default()
    };
    let byline = Byline {
        author: Some("Ines Okafor".to_owned()),
        ..byline("The Compiler Post", LATTICE, "Lattice 2.0 is out", -95)
    };
    item("2", "Lattice 2.0 checks borrowed memory across modules", vec![byline], briefing)
}

/// Nothing to summarise: title, topics, byline.
pub(super) fn link_item() -> Item {
    let mut byline = byline(
        "Harbour Monitor",
        "https://harbour.example/news/port-authority-drones",
        "Port authority tests drones for hull inspection",
        -700,
    );
    byline.rights = Rights::Link;
    byline.feed_url = None;
    let briefing = Briefing { topics: vec![topic("Robotics")], ..Briefing::default() };
    item("3", "Port authority tests drones for hull inspection", vec![byline], briefing)
}

pub(super) fn item(entry: &str, title: &str, bylines: Vec<Byline>, briefing: Briefing) -> Item {
    let key = StoryKey::founded_by(&"harbour".parse().expect("a slug"), &EntryKey::new(entry), None);
    let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 5).expect("a day");
    let slug = Slug::of(title).expect("ASCII letters");
    Item {
        id: StoryId::tag("brief.example", day, &key),
        path: format!("/story/{key}/{slug}"),
        key,
        title: title.to_owned(),
        published: bylines[0].published,
        updated: bylines[0].published,
        bylines,
        briefing,
        related: vec![],
        revision: 1,
        reviewed: None,
        language: Some("en".to_owned()),
        enclosure: None,
        model: None,
        verifier: None,
        notices: vec![],
    }
}

pub(super) fn byline(name: &str, article: &str, title: &str, minutes: i64) -> Byline {
    let article = url(article);
    Byline {
        name: name.to_owned(),
        feed_url: Some(article.join("/feed.xml").expect("a path")),
        feed_id: Some(article.join("/feed.xml").expect("a path").to_string()),
        home: Some(article.join("/").expect("a path")),
        url: article,
        title: title.to_owned(),
        author: None,
        published: at(minutes),
        rights: Rights::Any,
        rights_text: None,
        via: vec![],
        copy_of: None,
    }
}

pub(super) fn statement(text: &str, made: Made, quote: &str, url: &str, start: usize) -> Statement {
    let sha256 = Sha256::digest(quote).iter().map(|it| format!("{it:02x}")).collect();
    let receipt = Receipt {
        entry: EntryId(1),
        snapshot: SnapshotId(1),
        is_of_abstract: false,
        url: url.to_owned(),
        start,
        end: start + quote.len(),
        quote: quote.to_owned(),
        sha256,
        is_quote_shown: true,
    };
    Statement { text: text.to_owned(), made, receipts: vec![receipt] }
}

pub(super) fn topic(name: &str) -> Topic {
    Topic { name: name.to_owned(), slug: Slug::of(name).expect("ASCII letters") }
}

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}
