//! What it costs to find an entry's story, in processor time: with and without text in a
//! window of ten thousand, and in a store of ten thousand and of a million entries.
//!
//! `cargo bench --bench clustering [-- ENTRIES]`; the store's second size is 1,000,000
//! unless ENTRIES says otherwise. Nothing is read from outside.

#![expect(clippy::print_stdout, reason = "a program for people")]

#[path = "invented/entry.rs"]
mod invented;

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use bylined::cluster::EntryText;
use bylined::cluster::Window;
use bylined::config;
use bylined::config::Environment;
use bylined::domain::Clock;
use bylined::domain::EntryId;
use bylined::domain::EntryKey;
use bylined::domain::SourceId;
use bylined::domain::Timestamp;
use bylined::fetch;
use bylined::net::Client;
use bylined::pipeline::Pipeline;
use bylined::store::Store;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SPAN: Duration = Duration::from_secs(72 * 3_600);
const WINDOW: usize = 10_000;
const MEASURED: usize = 10_000;
/// Entries of the small store, and those assigned in either.
const STORED: usize = 10_000;
const ASSIGNED: usize = 500;
const ROUNDS: usize = 5;

fn main() -> Outcome<()> {
    let argument = std::env::args().skip(1).find(|it| it != "--bench");
    let large = argument.map_or(Ok(1_000_000), |it| it.parse::<usize>())?;
    window("headlines", 0)?;
    window("headlines with texts of 250 words", 250)?;
    store(large)
}

fn words(seed: usize, count: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "cor", "del", "fen", "gra", "hol", "jun", "kel", "lom", "mer", "nor", "pit", "ras", "sol",
        "tuv", "wen",
    ];
    let word = |n: usize| -> String {
        let n = n + 17;
        let text: String = [n % 16, n / 16 % 16, n / 256 % 16].iter().map(|it| SYLLABLES[*it]).collect();
        text
    };
    let words: Vec<String> = (0..count).map(|it| word(invented::pick(seed * 1_009 + it, 12_000))).collect();
    words.join(" ")
}

/// Processor time of all threads so far, whatever else the machine does.
fn cpu_used() -> Outcome<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir("/proc/self/task")? {
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        nanos += stat.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}

fn window(what: &str, text_words: usize) -> Outcome<()> {
    let entries: Vec<(String, String)> =
        (0..WINDOW + MEASURED).map(|it| (words(it, 9), words(it + 7, text_words))).collect();
    let mut window: Window<usize> = Window::new(SPAN);
    let mut started = cpu_used()?;
    for (at, (title, text)) in entries.iter().enumerate() {
        if at == WINDOW {
            started = cpu_used()?;
        }
        // Ten thousand entries lie within the window at any time.
        let published = Timestamp::from_secs((at * SPAN.as_secs() as usize / WINDOW) as i64);
        let publisher = if at % 2 == 0 { "a" } else { "b" };
        let reading = window.read(&EntryText {
            publisher,
            title,
            text,
            published,
            address: None,
            links: &[],
            never_cluster: false,
        });
        let story = window.nearest(&reading, Timestamp::default(), |_| true).joins.map_or(at, |it| it.story);
        window.insert(EntryId(at as i64), story, reading);
        if at % 5_000 == 4_999 {
            window.forget_before(published.minus(SPAN));
        }
    }
    let rate = MEASURED as f64 / cpu_used()?.saturating_sub(started).as_secs_f64();
    println!("{what}: {rate:.0} a second with a window of {WINDOW}");
    Ok(())
}

/// The clock of a bench stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn store(large: usize) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut costs = Vec::new();
    for stored in [STORED, large] {
        let cost = runtime.block_on(assigning(stored))?;
        println!("assigning {ASSIGNED} entries with {stored} stored: {:.1} ms", cost.as_secs_f64() * 1_000.0);
        costs.push(cost.as_secs_f64());
    }
    println!("ratio: {:.2}", costs[1] / costs[0]);
    Ok(())
}

/// The least time of a few rounds of assigning, with so many entries stored, all but
/// `STORED` of them older than the window.
async fn assigning(stored: usize) -> Outcome<Duration> {
    let folder = tempfile::tempdir()?;
    let text = format!(
        "[store]\npath = \"{}\"\n[[source]]\nid = \"a\"\nurl = \"https://a.example/feed\"\n",
        folder.path().join("bench.db").display()
    );
    let config =
        config::parse("bench.toml", &text, &Environment::default()).map_err(|it| it.to_string())?.config;
    let now = Timestamp::from_secs(1_900_000_000);
    let store = Store::open(&config.store.path)?;
    let client = Client::new(fetch::policy(&config.fetch, None))?;
    let pipeline = Arc::new(Pipeline::new(Arc::new(config), store.clone(), client, Arc::new(Still(now))));
    pipeline.sync_sources().await?;
    let source: SourceId = "a".parse()?;
    let insert = async |from: usize, to: usize| -> Outcome<()> {
        for first in (from..to).step_by(1_000) {
            let source = source.clone();
            let last = to.min(first + 1_000);
            store
                .write(move |it| {
                    for at in first..last {
                        // The newest `STORED` lie within the window, the others up to years before.
                        let old = stored.saturating_sub(STORED);
                        let age = if at < old { 10 + (old - at) as i64 / 500 } else { (at % 2) as i64 };
                        let entry = invented::entry(
                            at,
                            "a.example",
                            words(at, 9),
                            String::new(),
                            now.minus(Duration::from_secs(86_400 * age as u64 + 3_600)),
                        );
                        it.insert_entry(&source, &EntryKey::new(format!("urn:{at}")), &entry, now)?;
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(())
    };
    insert(0, stored).await?;
    pipeline.assign().await?;
    let mut least = Duration::MAX;
    for round in 0..ROUNDS {
        let from = stored + round * ASSIGNED;
        insert(from, from + ASSIGNED).await?;
        let started = cpu_used()?;
        pipeline.assign().await?;
        least = least.min(cpu_used()?.saturating_sub(started));
    }
    store.close().await;
    Ok(least)
}
