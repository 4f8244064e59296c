//! Reads a folder of real and damaged feeds and says which fall short, and how fast.
//!
//! `cargo bench --bench feeds_corpus -- FOLDER`, or the folder in `BYLINED_CORPUS`:
//! `feeds/` with `MANIFEST.tsv` and `feeds-damaged/` with `EXPECT.tsv`. With
//! `--show FILE…` it prints what each of these yields.

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use bylined::domain::Document;
use bylined::domain::Entry;
use bylined::domain::Feed;
use bylined::domain::Hints;
use bylined::domain::Timestamp;
use bylined::parse;
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How often each file is read for the time, which is the least of all.
const ROUNDS: usize = 5;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let [flag, files @ ..] = arguments.as_slice()
        && flag == "--show"
    {
        return show(files);
    }
    let Some(corpus) = arguments.first().cloned().or_else(|| std::env::var("BYLINED_CORPUS").ok()) else {
        println!("no corpus: name its folder, or set BYLINED_CORPUS");
        return Ok(());
    };
    let corpus = PathBuf::from(corpus);
    published(&corpus.join("feeds"))?;
    damaged(&corpus.join("feeds-damaged"))
}

fn published(folder: &Path) -> Outcome<()> {
    let (mut full, mut files, mut json_full, mut json_files, mut undated) = (0, 0, 0, 0, 0);
    let (mut ours, mut bare, mut bytes_timed) = (Duration::ZERO, Duration::ZERO, 0);
    for row in rows(&folder.join("MANIFEST.tsv"))? {
        let [file, .., kind, _, expected, _, _, by_feed_rs, _] = &row[..] else { continue };
        let document = document(&folder.join(file))?;
        let parsed = parse::feed(&document);
        let is_json = file.ends_with(".json");
        let found = parsed.as_ref().map_or(0, |it| it.feed.entries.len());
        let is_short = match kind.as_str() {
            "not-feed" => parsed.is_ok(),
            "empty-feed" => parsed.is_err(),
            _ if is_json => found == 0,
            _ => found < expected.parse::<usize>()? || found == 0,
        };
        if is_json {
            json_files += 1;
            json_full += usize::from(!is_short);
        } else {
            files += 1;
            full += usize::from(!is_short);
        }
        match &parsed {
            Err(error) if is_short => println!("short: {file}: {error}{}", cause(error)),
            Ok(_) if is_short => println!("short: {file} ({kind}): {found} of {expected}"),
            _ => {}
        }
        if let Ok(it) = &parsed {
            let bare_entries =
                it.feed.entries.iter().filter(|it| it.title.is_empty() && it.link.is_none()).count();
            if 0 < bare_entries {
                println!("note: {file}: {bare_entries} entries without title and link");
            }
            undated +=
                it.feed.entries.iter().filter(|it| it.published.is_none() && it.updated.is_none()).count();
        }
        if by_feed_rs != "ERR" {
            bytes_timed += document.bytes.len();
            ours += least(|| drop(black_box(parse::feed(&document))));
            bare += least(|| drop(black_box(feed_rs::parser::parse(document.bytes.as_slice()))));
        }
    }
    println!("published: {full} of {files} XML, {json_full} of {json_files} JSON; {undated} undated entries");
    println!(
        "time for {} KB that feed-rs reads: {ours:.1?}, bare feed-rs {bare:.1?}, ratio {:.2}",
        bytes_timed / 1024,
        ours.as_secs_f64() / bare.as_secs_f64()
    );
    Ok(())
}

fn damaged(folder: &Path) -> Outcome<()> {
    let (mut full, mut files) = (0, 0);
    for row in rows(&folder.join("EXPECT.tsv"))? {
        let [file, damage, _, expected, ..] = &row[..] else { continue };
        let parsed = parse::feed(&document(&folder.join(file))?);
        let expected: usize = expected.parse()?;
        let found = parsed.as_ref().map_or(0, |it| it.feed.entries.len());
        files += 1;
        if expected <= found {
            full += 1;
        } else {
            let error = parsed.err().map(|it| format!("{it}{}", cause(&it))).unwrap_or_default();
            println!("short: {file} ({damage}): {found} of {expected} {error}");
        }
    }
    println!("damaged: {full} of {files}");
    Ok(())
}

/// One line of JSON for each file: what a person would compare by eye, or a script with another reader.
fn show(files: &[String]) -> Outcome<()> {
    for file in files {
        match parse::feed(&document(Path::new(file))?) {
            Ok(parse::Parsed { feed, warnings, .. }) => println!("{}", as_json(file, &feed, &warnings)),
            Err(error) => {
                println!("{}", json!({"file": file, "error": format!("{error}{}", cause(&error))}));
            }
        }
    }
    Ok(())
}

fn as_json(file: &str, feed: &Feed, warnings: &[parse::Warning]) -> serde_json::Value {
    let time = |it: Option<Timestamp>| it.map(Timestamp::rfc3339);
    let entry = |it: &Entry| {
        json!({
            "id": it.id, "link": it.link, "title": it.title, "summary": it.summary, "content": it.content,
            "authors": it.authors, "categories": it.categories, "published": time(it.published),
            "updated": time(it.updated), "language": it.language, "rights": it.rights, "origin": it.origin,
            "enclosure": it.enclosure,
        })
    };
    json!({
        "file": file, "format": format!("{:?}", feed.format), "id": feed.id, "title": feed.title,
        "home": feed.home, "self": feed.self_link, "hubs": feed.hubs, "language": feed.language,
        "rights": feed.rights, "updated": time(feed.updated), "authors": feed.authors,
        "poll_hints": format!("{:?}", feed.poll_hints),
        "warnings": warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "entries": feed.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn rows(file: &Path) -> Outcome<Vec<Vec<String>>> {
    let text = fs::read_to_string(file)?;
    Ok(text.lines().skip(1).map(|row| row.split('\t').map(str::to_owned).collect()).collect())
}

fn document(file: &Path) -> Outcome<Document> {
    let found: url::Url = "https://feed.example/feed".parse()?;
    Ok(Document {
        asked: found.clone(),
        found,
        redirects: Vec::new(),
        content_type: None,
        bytes: fs::read(file)?,
        hints: Hints::default(),
    })
}

fn least(run: impl Fn()) -> Duration {
    let once = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..ROUNDS).map(once).min().unwrap_or_default()
}

fn cause(error: &dyn Error) -> String {
    error.source().map(|it| format!(": {it}")).unwrap_or_default()
}
