//! How long the assignment of entries to stories keeps others from writing, and what it holds in memory.
//!
//! A process that has just started finds a store whose window is full and a batch of entries without
//! a story; then it takes up further batches. All the while another connection asks for the write
//! lock every half millisecond. Printed for each pass: its wall time, the longest time for which the
//! lock could not be had, and the processor time of all threads; at the end what an entry of the window
//! costs in memory.
//!
//! `cargo bench --bench assigning [-- ENTRIES]`; the window holds 60,000 entries unless ENTRIES says
//! otherwise. Nothing is read from outside.

#![expect(clippy::print_stdout, reason = "a program for people")]

#[path = "invented/entry.rs"]
mod invented;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use bylined::config;
use bylined::config::Environment;
use bylined::domain::Clock;
use bylined::domain::EntryKey;
use bylined::domain::SourceId;
use bylined::domain::Timestamp;
use bylined::fetch;
use bylined::net::Client;
use bylined::pipeline::Pipeline;
use bylined::store::NewEntry;
use bylined::store::NewStory;
use bylined::store::Store;
use bylined::store::StoreError;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Entries that wait for their story in each pass.
const ASSIGNED: usize = 500;
/// Passes after the first one.
const PASSES: usize = 3;
/// Entries stored in one transaction while the store is prepared.
const STORED_AT_ONCE: usize = 500;
/// Words of each entry's text: as many as are compared.
const TEXT_WORDS: usize = 300;
/// Publishers that take turns.
const SOURCES: usize = 40;

fn main() -> Outcome<()> {
    let argument = std::env::args().skip(1).find(|it| it != "--bench");
    let held = argument.map_or(Ok(60_000), |it| it.parse::<usize>())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(held))
}

async fn measure(held: usize) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bench.db");
    let now = Timestamp::from_secs(1_900_000_000);
    let store = Store::open(&path)?;
    let pipeline = pipeline(&path, store.clone(), now)?;
    pipeline.sync_sources().await?;
    for first in (0..held).step_by(STORED_AT_ONCE) {
        insert(&store, (first, held.min(first + STORED_AT_ONCE)), now, true).await?;
    }
    let before = resident()?;
    for pass in 0..=PASSES {
        let first = held + pass * ASSIGNED;
        insert(&store, (first, first + ASSIGNED), now, false).await?;
        let probe = Probe::start(&path)?;
        let (started, cpu) = (Instant::now(), cpu_used()?);
        let founded = pipeline.assign().await?;
        let (took, cpu) = (started.elapsed(), cpu_used()?.saturating_sub(cpu));
        println!(
            "{}: {ASSIGNED} entries in {:.0} ms ({:.0} ms of processor time), {founded} stories founded, \
             the write lock held for {:.0} ms at most",
            if pass == 0 { format!("first pass, {held} in the window") } else { "next pass".to_owned() },
            millis(took),
            millis(cpu),
            millis(probe.stop()),
        );
    }
    let bytes = resident()?.saturating_sub(before) / (held + (PASSES + 1) * ASSIGNED).max(1);
    println!("memory: {bytes} bytes for each entry of the window");
    store.close().await;
    Ok(())
}

fn millis(it: Duration) -> f64 {
    it.as_secs_f64() * 1_000.0
}

/// Another connection that asks for the write lock again and again.
struct Probe {
    is_over: Arc<AtomicBool>,
    thread: thread::JoinHandle<Duration>,
}

impl Probe {
    fn start(path: &Path) -> Outcome<Self> {
        const PAUSE: Duration = Duration::from_micros(500);
        let connection = rusqlite::Connection::open(path)?;
        connection.busy_timeout(Duration::ZERO)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            let (mut longest, mut refused): (Duration, Option<Instant>) = (Duration::ZERO, None);
            while !told.load(Ordering::Relaxed) {
                if connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok() {
                    longest = longest.max(refused.take().map_or(Duration::ZERO, |it| it.elapsed()));
                } else {
                    refused.get_or_insert_with(Instant::now);
                }
                thread::sleep(PAUSE);
            }
            longest.max(refused.map_or(Duration::ZERO, |it| it.elapsed()))
        });
        Ok(Self { is_over, thread })
    }

    fn stop(self) -> Duration {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

/// Bytes of the process that are in memory.
fn resident() -> Outcome<usize> {
    const PAGE: usize = 4_096;
    let pages = fs::read_to_string("/proc/self/statm")?;
    Ok(pages.split(' ').nth(1).unwrap_or_default().parse::<usize>()? * PAGE)
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

/// The clock of a bench stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn pipeline(path: &Path, store: Store, now: Timestamp) -> Outcome<Arc<Pipeline>> {
    let mut text = format!("[store]\npath = \"{}\"\n", path.display());
    for n in 0..SOURCES {
        text += &format!("[[source]]\nid = \"s{n}\"\nurl = \"https://s{n}.example/feed\"\n");
    }
    let config =
        config::parse("bench.toml", &text, &Environment::default()).map_err(|it| it.to_string())?.config;
    let client = Client::new(fetch::policy(&config.fetch, None))?;
    Ok(Arc::new(Pipeline::new(Arc::new(config), store, client, Arc::new(Still(now)))))
}

/// Stores entries of the last two days, each with a story of its own if it is to have one.
async fn insert(
    store: &Store,
    (first, last): (usize, usize),
    now: Timestamp,
    has_story: bool,
) -> Outcome<()> {
    let written = store.write(move |it| {
        let since = it.host_since("s0.example", now)?;
        for at in first..last {
            let source: SourceId =
                format!("s{}", at % SOURCES).parse().map_err(|_| StoreError::Unreadable { what: "id" })?;
            let key = EntryKey::new(format!("urn:{at}"));
            let id = it.insert_entry(&source, &key, &entry(at, now), now)?;
            if has_story {
                let row = it.entry_to_assign(id)?.ok_or(StoreError::Unreadable { what: "entry" })?;
                it.create_story(&NewStory {
                    source: &source,
                    entry: &row,
                    host: ("s0.example", since),
                    now,
                })?;
            }
        }
        Ok(())
    });
    Ok(written.await?)
}

fn entry(at: usize, now: Timestamp) -> NewEntry {
    let published = now.minus(Duration::from_secs(3_600 + (at as u64 * 7_919) % 172_800));
    let host = format!("s{}.example", at % SOURCES);
    invented::entry(at, &host, words(at, 9), words(at + 7, TEXT_WORDS), published)
}

/// Words as a text has them, the same in every run: frequent ones come up more often, every fifth has a
/// capital, every twentieth is a number.
fn words(seed: usize, count: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "cor", "del", "fen", "gra", "hol", "jun", "kel", "lom", "mer", "nor", "pit", "ras", "sol",
        "tuv", "wen",
    ];
    let word = |at: usize| {
        let n = invented::pick(seed * 1_009 + at, 40_000);
        if n.is_multiple_of(20) {
            return n.to_string();
        }
        let mut text: String =
            [n % 16, n / 16 % 16, n / 256 % 16, n / 4_096].iter().map(|it| SYLLABLES[*it]).collect();
        if n.is_multiple_of(5) {
            text = text[..1].to_uppercase() + &text[1..];
        }
        text
    };
    let words: Vec<String> = (0..count).map(word).collect();
    words.join(" ")
}
