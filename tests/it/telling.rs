//! Which entries are one story, measured over newsrooms of our own invention: one
//! and a second one that is full of follow-ups and of events that are merely worded alike.

use std::collections::HashMap;
use std::collections::HashSet;
use std::time::Duration;

use serde::Deserialize;

use bylined::evaluate;
use bylined::evaluate::dedup;
use bylined::evaluate::dedup::ArticleRecord;
use bylined::evaluate::dedup::DedupScores;

const WINDOW: Duration = Duration::from_secs(72 * 3_600);

/// Labelled entries in all, so that a percent means something.
const ENTRIES_MIN: usize = 300;

const SECOND_NEWSROOM: &str = include_str!("telling/stories.jsonl");

const FIRST_NEWSROOM: [&str; 11] = [
    include_str!("../newsroom/halfnode.toml"),
    include_str!("../newsroom/kernelcoffee.toml"),
    include_str!("../newsroom/latencyweekly.toml"),
    include_str!("../newsroom/linkcommons.toml"),
    include_str!("../newsroom/meridianpost.toml"),
    include_str!("../newsroom/northbank.toml"),
    include_str!("../newsroom/openfield.toml"),
    include_str!("../newsroom/palisade.toml"),
    include_str!("../newsroom/quietpress.toml"),
    include_str!("../newsroom/stackledger.toml"),
    include_str!("../newsroom/tinwhistle.toml"),
];

#[derive(Deserialize)]
struct Publisher {
    host: String,
    name: String,
    article: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    slug: String,
    title: String,
    hours_ago: f64,
    story: String,
    link: Option<Place>,
    text: String,
}

#[derive(Deserialize)]
struct Place {
    host: String,
    slug: String,
}

/// The first newsroom's articles as they would appear after the second's.
fn first() -> Vec<ArticleRecord> {
    let opened = at("2026-12-31T12:00:00Z");
    let mut records = Vec::new();
    for publisher in FIRST_NEWSROOM {
        let publisher: Publisher = toml::from_str(publisher).expect("a publisher");
        for article in publisher.article {
            let place = article.link.unwrap_or(Place { host: publisher.host.clone(), slug: article.slug });
            let published = opened.minus(Duration::from_secs_f64(article.hours_ago * 3_600.0));
            records.push(ArticleRecord {
                id: format!("{}/{}", publisher.host, records.len()).into(),
                publisher: publisher.name.clone(),
                url: Some(format!("https://{}/{}", place.host, place.slug)),
                title: article.title,
                text: Some(article.text),
                published: Some(published.rfc3339()),
                links: Vec::new(),
                cluster: Some(article.story.into()),
            });
        }
    }
    records
}

fn at(text: &str) -> bylined::domain::Timestamp {
    chrono::DateTime::parse_from_rfc3339(text).expect("a date").to_utc().into()
}

fn all() -> Vec<ArticleRecord> {
    let mut records: Vec<ArticleRecord> = evaluate::records(SECOND_NEWSROOM).expect("records");
    records.extend(first());
    assert!(ENTRIES_MIN <= records.len(), "{}", records.len());
    records
}

/// The text cut down to its first paragraph, as most feeds have it.
fn leads(mut records: Vec<ArticleRecord>) -> Vec<ArticleRecord> {
    for it in &mut records {
        let lead = it.text.as_deref().and_then(|it| it.split("\n\n").next()).map(str::to_owned);
        it.text = lead;
    }
    records
}

fn headlines(mut records: Vec<ArticleRecord>) -> Vec<ArticleRecord> {
    records.iter_mut().for_each(|it| it.text = None);
    records
}

#[track_caller]
fn check(what: &str, records: &[ArticleRecord], precision_min: f64, recall_min: f64) {
    let scores = dedup::run(records, WINDOW, || Duration::ZERO).stories.expect("labels");
    say(what, &scores);
    assert!(precision_min <= scores.pair_precision, "{what}: {scores:?}");
    assert!(recall_min <= scores.pair_recall, "{what}: {scores:?}");
}

#[expect(clippy::print_stdout, reason = "figures for whoever asks with --nocapture")]
fn say(what: &str, scores: &DedupScores) {
    println!(
        "{what}: pair precision {:.2} %, recall {:.2} %; B-cubed F1 {:.2} %; misplaced {:.2} %",
        scores.pair_precision, scores.pair_recall, scores.b3_f1, scores.misplaced
    );
}

#[test]
fn whole_texts_tell_one_event_from_another() {
    check("whole texts", &all(), 98.0, 90.0);
}

#[test]
fn leads_tell_one_event_from_another() {
    check("leads", &leads(all()), 98.0, 90.0);
}

#[test]
fn headlines_alone_tell_less_and_are_as_careful() {
    check("headlines", &headlines(all()), 97.0, 60.0);
}

/// Balancers and dropped packets are common to both, and no name is.
#[test]
fn a_story_follows_none_with_which_it_shares_words_alone() {
    let records = first();
    let decided = dedup::run(&records, WINDOW, || Duration::ZERO).decided;
    let follows = |title: &str| {
        let at = records.iter().position(|it| it.title.starts_with(title)).expect("an article");
        decided[at].follows.clone()
    };
    assert_eq!(follows("Heron 31 browser's"), Vec::<serde_json::Value>::new());
    assert!(!follows("Coldharbour's second site").is_empty(), "a name is enough");
}

/// A rule by which two entries are one story.
type Rule = fn(&ArticleRecord, &ArticleRecord) -> bool;

fn words(it: &ArticleRecord) -> HashSet<String> {
    let title = it.title.to_lowercase();
    title.split(|c: char| !c.is_alphanumeric()).filter(|it| 2 < it.len()).map(str::to_owned).collect()
}

fn trigrams(it: &ArticleRecord) -> HashSet<String> {
    let letters: Vec<char> = it.title.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    letters.windows(3).map(|it| it.iter().collect()).collect()
}

fn jaccard(a: &HashSet<String>, b: &HashSet<String>) -> f64 {
    a.intersection(b).count() as f64 / a.union(b).count().max(1) as f64
}

#[test]
fn no_simple_rule_does_as_well() {
    let records = all();
    let labels: Vec<String> =
        records.iter().map(|it| it.cluster.clone().expect("a label").to_string()).collect();
    let baselines: [(&str, Rule); 4] = [
        ("equal address", |a, b| a.url == b.url),
        ("equal title", |a, b| a.title.to_lowercase() == b.title.to_lowercase()),
        ("trigrams of titles 0.75", |a, b| 0.75 <= jaccard(&trigrams(a), &trigrams(b))),
        ("words of titles 0.5", |a, b| 0.5 <= jaccard(&words(a), &words(b))),
    ];
    let ours = dedup::run(&records, WINDOW, || Duration::ZERO).stories.expect("labels");
    for (what, is_same) in baselines {
        let mut found: Vec<usize> = Vec::new();
        for (at, record) in records.iter().enumerate() {
            found.push((0..at).find(|it| is_same(&records[*it], record)).map_or(at, |it| found[it]));
        }
        let scores = dedup::scores(&found, &labels);
        say(what, &scores);
        assert!(scores.b3_f1 < ours.b3_f1, "{what}");
    }
}

#[test]
fn the_order_of_the_lines_does_not_matter() {
    let records = all();
    let stories = |records: &[ArticleRecord]| -> HashMap<String, String> {
        let decided = dedup::run(records, WINDOW, || Duration::ZERO).decided;
        decided.into_iter().map(|it| (it.id.to_string(), it.cluster.to_string())).collect()
    };
    let mut backwards = records.clone();
    backwards.reverse();
    assert_eq!(stories(&records), stories(&backwards));
}
