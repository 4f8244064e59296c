//! Killed at any instant, the next pass ends where an undisturbed one would have.
//!
//! `BYLINED_KILLS` raises the number of kills.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::house::House;
use crate::house::Source;
use crate::house::ids;
use crate::house::json_walk;
use crate::house::source;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

const SOURCES: usize = 8;
const ENTRIES: usize = 20;

/// Every so manieth entry of every other paper is its neighbour's article.
const SHARED: usize = 5;

/// Entries of the last paper whose text stands on a page only.
const PAGES: usize = 6;

/// Kills of an ordinary test run.
const KILLS: u32 = 5;

const SEED: u64 = 20_240_501;

/// Publisher and address of every entry there is.
type Ledger = BTreeSet<(String, String)>;

/// What readers find in the end.
#[derive(Debug, Eq, PartialEq)]
struct Result {
    /// Keys in the order of the archives, the newest document first.
    order: Vec<String>,
    /// The whole item of each key, its id apart.
    items: BTreeMap<String, Value>,
}

/// Eight papers of one publishing house in every format.
fn newsroom() -> (House, Ledger) {
    let house = House::new();
    let home = house.url("/");
    let mut papers: Vec<Paper> = (0..SOURCES)
        .map(|n| {
            let mut paper = Paper::of_notes(&format!("Paper {n}"), &home, n, ENTRIES);
            for (i, it) in paper.articles.iter_mut().enumerate() {
                it.link = format!("{home}{n}/article-{i}");
            }
            paper
        })
        .collect();
    for n in (1..SOURCES).step_by(2) {
        for i in (0..ENTRIES).step_by(SHARED) {
            let original = papers[n - 1].articles[i].clone();
            let copy = &mut papers[n].articles[i];
            copy.link = format!("{}?utm_source=paper-{n}", original.link);
            (copy.title, copy.text) = (original.title, original.text);
        }
    }
    for (i, it) in papers[SOURCES - 1].articles.iter().enumerate().skip(1).take(PAGES) {
        let (title, text) = STORIES[i % STORIES.len()];
        let paragraphs: String = text.split("\n\n").map(|it| format!("<p>{it}</p>")).collect();
        let page =
            format!("<!doctype html><title>{title}</title><article><h1>{title}</h1>{paragraphs}</article>");
        let path = it.link.strip_prefix(home.trim_end_matches('/')).expect("a page of ours");
        house.origin.serve(path, Page::html(page));
    }
    for (n, paper) in papers.iter().enumerate() {
        let page = match n % 4 {
            0 => paper.rss2(),
            1 => paper.atom(),
            2 => paper.rss1(),
            _ => paper.json(),
        };
        house.origin.serve(&format!("/paper-{n}/feed"), page.etag("\"one\""));
    }
    let sources: Vec<Source> = (0..SOURCES)
        .map(|n| {
            let it = source(&house, &format!("paper-{n}"));
            if n + 1 == SOURCES { it.with("full_text = true") } else { it }
        })
        .collect();
    house.configure(&sources);
    // Links are published without what only follows readers.
    let entry = |paper: &Paper, link: &String| {
        (paper.name.clone(), link.split("?utm_source=").next().unwrap_or_default().to_owned())
    };
    let ledger = papers.iter().flat_map(|it| it.articles.iter().map(move |a| entry(it, &a.link))).collect();
    (house, ledger)
}

#[test]
fn whatever_a_kill_interrupts_is_neither_lost_nor_repeated() {
    let kills = std::env::var("BYLINED_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(KILLS);
    let (house, ledger) = newsroom();
    assert_eq!(ledger.len(), SOURCES * ENTRIES);
    let started = Instant::now();
    house.poll();
    let whole = started.elapsed();
    let expected = result(&house, &ledger);

    let mut seed = SEED;
    let mut struck: BTreeMap<&str, u32> = BTreeMap::new();
    for n in 0..kills {
        house.forget();
        // Each delay lies somewhere in its own part of the whole duration; the parts are
        // shorter at its beginning, where most is stored in little time.
        let delay = whole.mul_f64(((f64::from(n) + fraction(&mut seed)) / f64::from(kills)).powi(2));
        let moment = kill_after(&house, delay);
        *struck.entry(moment).or_default() += 1;
        house.poll();
        let found = result(&house, &ledger);
        assert_eq!(found.order, expected.order, "kill {n}, {moment}, after {delay:?}");
        for (key, item) in &found.items {
            assert_eq!(item, &expected.items[key], "kill {n}, {moment}, after {delay:?}");
        }
    }
    let figures = format!(
        "{kills} kills within {:.1} s over {} entries of {SOURCES} sources, {} stories: {struck:?}; \
         0 entries lost, 0 repeated, 0 ids changed\n",
        whole.as_secs_f64(),
        ledger.len(),
        expected.order.len(),
    );
    std::io::stderr().write_all(figures.as_bytes()).expect("somebody listens");
}

/// Starts a pass, kills it after a delay, and says what it was doing by what it left.
fn kill_after(house: &House, delay: Duration) -> &'static str {
    let mut pass =
        house.command(&["--quiet", "poll", "--all"]).stdout(Stdio::null()).spawn().expect("it starts");
    // The delay is the matter of the test, not a wait for something to happen.
    std::thread::sleep(delay);
    // It may have ended by itself.
    let _ = pass.kill();
    let is_complete = pass.wait().expect("a child").success();
    let status = house.json(&["status"]);
    let (entries, stories, pending) =
        (status["entries"].as_u64(), status["stories"].as_u64(), status["pending"].as_u64());
    match (entries, stories, pending) {
        _ if is_complete => "after",
        (Some(0), ..) => "before storing",
        (Some(_), Some(0), _) => "while storing",
        (_, _, Some(0)) => "while publishing",
        _ => "while curating",
    }
}

/// Reads the output `all` as readers do, and compares it with the ledger.
#[track_caller]
fn result(house: &House, ledger: &Ledger) -> Result {
    let sources = house.json(&["source", "list"]);
    for it in sources.as_array().expect("an array") {
        assert_eq!(it["entries"], ENTRIES, "{it}");
    }
    let daemon = house.daemon();
    let documents = json_walk(|path| daemon.get(path).body, "all");
    let mut archived = BTreeSet::new();
    for (n, items) in documents.iter().enumerate() {
        for id in ids(items) {
            let is_first = n == 0 || archived.insert(id);
            assert!(is_first, "{id} stands in two archives");
        }
        assert!(ids(items).windows(2).all(|it| it[0] != it[1]), "document {n} has an id twice");
    }
    let mut order = Vec::new();
    let mut items = BTreeMap::new();
    let mut credited = Vec::new();
    for item in documents.iter().flatten() {
        let key = item["id"].as_str().and_then(|it| it.rsplit(':').next()).expect("a tag").to_owned();
        let mut item = item.clone();
        // The date in it is that of the database, which is not the same one.
        item["id"].take();
        if let Some(known) = items.insert(key.clone(), item.clone()) {
            assert_eq!(known, item, "{key} is the same in each document");
            continue;
        }
        for it in item["_bylined"]["publishers"].as_array().expect("publishers") {
            let text = |field: &str| it[field].as_str().expect("text").to_owned();
            credited.push((text("name"), text("url")));
        }
        order.push(key);
    }
    let listed = house.json(&["story", "list", "--limit", "10000"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(order.len()), "every story is published");
    assert_eq!(credited.len(), ledger.len(), "every entry once");
    assert_eq!(&credited.into_iter().collect::<Ledger>(), ledger);
    Result { order, items }
}

/// The next of a fixed sequence of numbers from 0 to 1 (Knuth's MMIX generator).
fn fraction(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    f64::from((*seed >> 32) as u32) / f64::from(u32::MAX)
}
