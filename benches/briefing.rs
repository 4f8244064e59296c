//! What a briefing costs in time, without any corpus.
//!
//! `cargo bench --bench briefing -- [ROUNDS]`: entries as feeds carry them (a title and two
//! paragraphs), an article of about 600 words, and what the daemon adds to a model's reply,
//! each with the topics and audiences of the demo. Prints microseconds a briefing, the least
//! of the rounds.
#![allow(clippy::print_stdout, missing_docs)]

use std::time::Duration;
use std::time::Instant;

use bylined::config;
use bylined::config::Config;
use bylined::config::Environment;
use bylined::curate;
use bylined::curate::Budget;
use bylined::curate::CurationContext;
use bylined::curate::llm;
use bylined::curate::llm::Reply;
use bylined::curate::llm::Step;
use bylined::domain::Byline;
use bylined::domain::EntryId;
use bylined::domain::Member;
use bylined::domain::Rights;
use bylined::domain::Snapshot;
use bylined::domain::SnapshotFrom;
use bylined::domain::SnapshotId;
use bylined::domain::Timestamp;
use serde_json::json;

/// Briefings of a round.
const ENTRIES: usize = 16;
const ARTICLES: usize = 2;
const ROUNDS: usize = 200;

const NAMES: [&str; 8] = ["Corvid", "Tarn", "Halden", "Brenn", "Orrin", "Fernwave", "Lumen", "Pell"];
const THINGS: [&str; 7] =
    ["scheduler", "database", "compiler", "browser", "chip", "cloud region", "mail server"];
const VERBS: [&str; 5] = ["opens", "rewrites", "retires", "doubles", "repairs"];

fn main() {
    let given = std::env::args().skip(1).find_map(|it| it.parse().ok());
    let rounds = given.unwrap_or(ROUNDS);
    let text = std::fs::read_to_string("config/demo/bylined.toml").expect("the demo's configuration");
    let environment = Environment { state_home: Some("/".into()), ..Environment::default() };
    let read = config::parse("bylined.toml", &text, &environment);
    let config: Config = read.expect("the demo's configuration is valid").config;
    let context = CurationContext {
        topics: &config.topics,
        audiences: &config.audiences,
        budget: Budget::Excerpts(&config.sources),
    };

    let short: Vec<Member> = (0..ENTRIES).map(|n| member(n, &entry(n))).collect();
    print("a title and two paragraphs", rounds, short.len(), || {
        short
            .iter()
            .map(|it| {
                curate::brief(&context, &it.byline.title, std::slice::from_ref(it)).briefing.summary.len()
            })
            .sum()
    });
    let long: Vec<Member> = (0..ARTICLES).map(|n| member(n, &article(n))).collect();
    let words: usize = long.iter().map(|it| text_of(it).split_whitespace().count()).sum();
    println!("({} words an article)", words / long.len());
    print("an article", rounds, long.len(), || {
        long.iter()
            .map(|it| {
                curate::brief(&context, &it.byline.title, std::slice::from_ref(it)).briefing.summary.len()
            })
            .sum()
    });
    let settings =
        llm::Settings { model: "m".to_owned(), input_words: 6_000, output_tokens: 1_500, verifier: None };
    let replies: Vec<Reply> = long.iter().map(reply).collect();
    print("what is added to a model's reply", rounds, long.len(), || {
        let written = |(it, reply): (&Member, &Reply)| {
            let members = std::slice::from_ref(it);
            let Step::Ask(request) = llm::step(&context, members, &settings, &[]) else { return 0 };
            let body = request.body(llm::Dialect::default());
            let Step::Written(draft) = llm::step(&context, members, &settings, std::slice::from_ref(reply))
            else {
                return body.len();
            };
            curate::brief_with(&context, &it.byline.title, members, &draft).briefing.summary.len()
        };
        long.iter().zip(&replies).map(written).sum()
    });
}

fn print(what: &str, rounds: usize, n: usize, mut work: impl FnMut() -> usize) {
    let mut least = Duration::MAX;
    let mut made = 0;
    for _ in 0..rounds {
        let started = Instant::now();
        made = work();
        least = least.min(started.elapsed());
    }
    println!("{what}: {:.1} us ({made} of {n})", least.as_secs_f64() * 1e6 / n as f64);
}

fn entry(n: usize) -> String {
    let (name, thing, verb) = (NAMES[n % 8], THINGS[n % 7], VERBS[n % 5]);
    let other = NAMES[(n + 3) % 8];
    format!(
        "{name} {verb} its {thing} after {} months of work, and moves {} customers to a new format. The change \
         was announced on Tuesday and takes effect in March.\n\n\
         {name} says that the {thing} now needs {}% less memory than that of {other}. Customers can upgrade from \
         version {}.{} without downtime, according to the release notes. \"We tested it for a year,\" said Ada Hill, \
         who leads the project.",
        n % 20 + 2,
        100 * (n + 1),
        n % 70 + 10,
        n % 9 + 1,
        n % 5
    )
}

fn article(n: usize) -> String {
    (0..8).map(|part| entry(n * 7 + part)).collect::<Vec<_>>().join("\n\n")
}

fn member(n: usize, text: &str) -> Member {
    let title = format!("{} {} its {}", NAMES[n % 8], VERBS[n % 5], THINGS[n % 7]);
    Member {
        entry: EntryId(1),
        source: "wire".parse().expect("a slug"),
        byline: Byline {
            name: "Example Wire".to_owned(),
            url: "https://wire.example/1".parse().expect("a URL"),
            title,
            feed_url: None,
            feed_id: None,
            home: None,
            author: None,
            published: Timestamp::default(),
            rights: Rights::Any,
            rights_text: None,
            via: Vec::new(),
            copy_of: None,
        },
        snapshot: Some(Snapshot { id: SnapshotId(1), from: SnapshotFrom::Feed, text: text.into() }),
        summary: None,
        abstract_snapshot: None,
        categories: vec!["Cloud".to_owned(), "News".to_owned()],
        language: Some("en".to_owned()),
    }
}

fn text_of(member: &Member) -> &str {
    member.snapshot.as_ref().map_or("", |it| &it.text)
}

/// A reply with two sentences of the article's own facts.
fn reply(member: &Member) -> Reply {
    let first = text_of(member).split(" after ").next().unwrap_or_default();
    let briefing = json!({
        "summary": [
            { "text": format!("{first}."), "evidence": [1] },
            { "text": "The change was announced on Tuesday and will take effect in March.", "evidence": [2] },
        ],
        "key_takeaway": [],
        "key_insights": [],
        "principles": [],
        "in_practice": [{ "text": "Customers can upgrade without downtime, the release notes say.", "evidence": [4] }],
    });
    let body = json!({
        "choices": [{ "message": { "content": briefing.to_string() }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 900, "completion_tokens": 90 },
    });
    Reply::read(body.to_string().as_bytes()).expect("a reply")
}
