//! What publishing one more story costs among many and among few.
//!
//! Two stores are filled with published stories, ten minutes apart, and then take one new story at a time, in
//! turns: it is assigned, briefed, and every document is rendered, checked and taken up. Printed are
//! the medians of wall and processor time for each store, and how much more the larger one takes.
//!
//! `cargo bench --bench publishing [-- FEW MANY]`; 1,000 and 100,000 unless they say otherwise. Nothing is read
//! from outside.

#![expect(clippy::print_stdout, reason = "a program for people")]

#[path = "invented/entry.rs"]
mod invented;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
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
use bylined::site::Publication;
use bylined::store::NewStory;
use bylined::store::Store;
use bylined::store::StoreError;
use tempfile::TempDir;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Stories published one at a time into each store.
const ROUNDS: usize = 31;
/// Entries stored in one transaction while a store is filled.
const STORED_AT_ONCE: usize = 500;
/// Publishers that take turns.
const SOURCES: usize = 40;
/// Topics, each with an audience and an output.
const SUBJECTS: usize = 4;
/// Between two stories.
const APART: Duration = Duration::from_secs(600);
/// Words of a sentence, and sentences of a text.
const SENTENCE: (usize, usize) = (14, 6);
/// The clock of a bench stands still.
const NOW: Timestamp = Timestamp::from_secs(1_900_000_000);

fn main() -> Outcome<()> {
    let counts: Vec<usize> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .map(|it| it.parse())
        .collect::<Result<_, _>>()?;
    let [few, many] = counts[..] else { return measured(1_000, 100_000) };
    measured(few, many)
}

fn measured(few: usize, many: usize) -> Outcome<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(few, many))
}

async fn measure(few: usize, many: usize) -> Outcome<()> {
    let sites = [Site::filled(few).await?, Site::filled(many).await?];
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for (site, times) in sites.iter().zip(&mut times) {
            times.push(site.publish_one(round).await?);
        }
    }
    let mut medians = Vec::new();
    for (site, times) in sites.iter().zip(&mut times) {
        let median = |of: &mut Vec<Duration>| {
            of.sort();
            of[of.len() / 2].as_secs_f64() * 1_000.0
        };
        let mut cpu = times.iter().map(|it| it.1).collect();
        let mut wall = times.iter().map(|it| it.0).collect();
        let (wall, cpu) = (median(&mut wall), median(&mut cpu));
        println!("one more among {}: {wall:.1} ms, {cpu:.1} ms of processor time", site.stories);
        medians.push((wall, cpu));
    }
    println!(
        "{many} against {few}: {:.2} of the time, {:.2} of the processor time",
        medians[1].0 / medians[0].0,
        medians[1].1 / medians[0].1
    );
    Ok(())
}

/// A store full of published stories, and what readers are answered from.
struct Site {
    stories: usize,
    store: Store,
    pipeline: Arc<Pipeline>,
    publication: Publication,
    _folder: TempDir,
}

impl Site {
    async fn filled(stories: usize) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("bench.db");
        let store = Store::open(&path)?;
        let pipeline = pipeline(&path, store.clone())?;
        pipeline.sync_sources().await?;
        for first in (0..stories).step_by(STORED_AT_ONCE) {
            insert(&store, (first, stories.min(first + STORED_AT_ONCE)), HasStory::Yes).await?;
        }
        let config = Arc::clone(pipeline.config());
        let publication = Publication::open(config, store.clone(), NOW).await?;
        pipeline.digest(&publication, &|_| {}).await?;
        let published = store.read(|it| it.output_length("all")).await?;
        if (published as usize) < stories {
            return Err(format!("{published} of {stories} stories were published").into());
        }
        Ok(Self { stories, store, pipeline, publication, _folder: folder })
    }

    /// Wall and processor time from an entry without a story to documents that have it.
    async fn publish_one(&self, round: usize) -> Outcome<(Duration, Duration)> {
        let at = self.stories + round;
        insert(&self.store, (at, at + 1), HasStory::No).await?;
        let before = self.publication.generation();
        let (started, cpu) = (Instant::now(), cpu_used()?);
        self.pipeline.digest(&self.publication, &|_| {}).await?;
        let took = (started.elapsed(), cpu_used()?.saturating_sub(cpu));
        if self.publication.generation() == before {
            return Err("nothing was published".into());
        }
        Ok(took)
    }
}

/// Whether an entry is stored with a story of its own, or waits for it.
#[derive(Clone, Copy, Eq, PartialEq)]
enum HasStory {
    Yes,
    No,
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

fn pipeline(path: &Path, store: Store) -> Outcome<Arc<Pipeline>> {
    let mut text = format!("[store]\npath = {path:?}\n[curation]\nbacklog = \"all\"\n");
    for n in 0..SOURCES {
        text += &format!("[[source]]\nid = \"s{n}\"\nurl = \"https://s{n}.example/feed\"\n");
    }
    for n in 0..SUBJECTS {
        text += &format!("[[topic]]\nname = \"Topic {n}\"\nterms = [\"{}\"]\n", subject(n));
        text += &format!("[[audience]]\nname = \"Reader {n}\"\ntopics = [\"topic-{n}\"]\n");
        text += &format!("[[output]]\nid = \"o{n}\"\ntopics = [\"topic-{n}\"]\n");
    }
    let config =
        config::parse("bench.toml", &text, &Environment::default()).map_err(|it| it.to_string())?.config;
    let client = Client::new(fetch::policy(&config.fetch, None))?;
    Ok(Arc::new(Pipeline::new(Arc::new(config), store, client, Arc::new(Still))))
}

async fn insert(store: &Store, (first, last): (usize, usize), has_story: HasStory) -> Outcome<()> {
    let written = store.write(move |it| {
        let since = it.host_since("s0.example", NOW)?;
        for at in first..last {
            let source: SourceId =
                format!("s{}", at % SOURCES).parse().map_err(|_| StoreError::Unreadable { what: "id" })?;
            // Those that come one at a time are the newest.
            let age = if has_story == HasStory::Yes { APART * (at as u32 + 2) } else { APART };
            let (words, sentences) = SENTENCE;
            let text: Vec<String> = (0..sentences).map(|n| sentence(at * sentences + n, words)).collect();
            let host = format!("{source}.example");
            let text = format!("The {} was sold. {}", subject(at), text.join(" "));
            let entry = invented::entry(at, &host, sentence(at + 7, 8), text, NOW.minus(age));
            let id = it.insert_entry(&source, &EntryKey::new(format!("urn:{at}")), &entry, NOW)?;
            if has_story == HasStory::Yes {
                let row = it.entry_to_assign(id)?.ok_or(StoreError::Unreadable { what: "entry" })?;
                let host = ("s0.example", since);
                it.create_story(&NewStory { source: &source, entry: &row, host, now: NOW })?;
            }
        }
        Ok(())
    });
    Ok(written.await?)
}

/// What a story is about: every topic has as many stories, so that every document is as long among few as
/// among many.
fn subject(at: usize) -> String {
    format!("{} mill", word(at % SUBJECTS))
}

/// A sentence that nobody wrote, the same in every run.
fn sentence(seed: usize, words: usize) -> String {
    let words: Vec<String> = (0..words).map(|at| word(invented::pick(seed * 1_009 + at, 40_000))).collect();
    let text = words.join(" ");
    format!("{}{}.", text[..1].to_uppercase(), &text[1..])
}

fn word(n: usize) -> String {
    const SYLLABLES: [&str; 8] = ["bar", "cor", "del", "fen", "gra", "hol", "jun", "kel"];
    [n % 8, n / 8 % 8, n / 64 % 8, n / 512 % 8].iter().map(|it| SYLLABLES[*it]).collect()
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
