//! Reads a folder of real and damaged feeds and says which fall short, and how fast.
//!
//! `cargo bench --bench feeds_corpus -- FOLDER`, or the folder in `BYLINED_CORPUS`:
//! `feeds/` with `MANIFEST.tsv` and `feeds-damaged/` with `EXPECT.tsv`. With
//! `--show FILE…` it prints what each of these yields.

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use bylined::domain::Document;
use bylined::domain::Enclosure;
use bylined::domain::Entry;
use bylined::domain::Feed;
use bylined::domain::Hints;
use bylined::domain::Origin;
use bylined::domain::Person;
use bylined::domain::Timestamp;
use bylined::parse;
use serde_json::json;
use url::Url;

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
    damaged(&corpus.join("feeds-damaged"), &corpus.join("feeds"))
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

/// What of one kind of damage is right.
#[derive(Default)]
struct Tally {
    files: usize,
    right_files: usize,
    entries: usize,
    titles: usize,
    links: usize,
    dates: usize,
}

/// Compares each damaged feed with the healthy one it was made of, entry by entry.
fn damaged(folder: &Path, healthy: &Path) -> Outcome<()> {
    let (mut full, mut files) = (0, 0);
    let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
    for row in rows(&folder.join("EXPECT.tsv"))? {
        let [file, damage, base, expected, ..] = &row[..] else { continue };
        let parsed = parse::feed(&document(&folder.join(file))?);
        let expected: usize = expected.parse()?;
        let found = parsed.as_ref().map_or(0, |it| it.feed.entries.len());
        files += 1;
        if expected <= found {
            full += 1;
        } else {
            let error = parsed.as_ref().err().map(|it| format!("{it}{}", cause(it))).unwrap_or_default();
            println!("short: {file} ({damage}): {found} of {expected} {error}");
        }
        let tally = kinds.entry(damage.clone()).or_default();
        tally.files += 1;
        if base == "-" {
            // Hand-made: a page is no feed; of the others nothing may be read from elsewhere.
            let is_page = damage.starts_with("html");
            let is_right = parsed.map_or(is_page, |it| !is_page && !format!("{it:?}").contains("root:"));
            tally.right_files += usize::from(is_right);
            continue;
        }
        let healthy = parse::feed(&document(&healthy.join(base))?)?.feed.entries;
        let entries = parsed.map(|it| it.feed.entries).unwrap_or_default();
        let is_cut = damage == "truncated";
        let mut is_right = expected <= found && (is_cut || entries.len() == healthy.len());
        let dates = odd_dates(&entries);
        for (at, (entry, healthy)) in entries.iter().zip(&healthy).enumerate() {
            let rights = [
                is_title_right(damage, &entry.title, &healthy.title),
                is_link_right(damage, entry.link.as_ref(), healthy.link.as_ref()),
                match damage.as_str() {
                    "odd-dates" => dates.get(at) == Some(&time(entry)) || time(entry) == time(healthy),
                    _ => (entry.published, entry.updated) == (healthy.published, healthy.updated),
                },
            ];
            tally.entries += 1;
            tally.titles += usize::from(rights[0]);
            tally.links += usize::from(rights[1]);
            tally.dates += usize::from(rights[2]);
            if is_right && rights.contains(&false) {
                is_right = false;
                println!("wrong: {file}, entry {at}: {:?} {:?} {:?}", entry.title, entry.link, time(entry));
                println!("  from {:?} {:?} {:?}", healthy.title, healthy.link, time(healthy));
            }
        }
        tally.right_files += usize::from(is_right);
    }
    println!("damaged: {full} of {files} with as many entries as could be saved");
    println!(
        "{:<28}{:>6}{:>7}{:>9}{:>8}{:>7}{:>7}",
        "damage", "files", "right", "entries", "titles", "links", "dates"
    );
    let mut right = 0;
    for (kind, it) in &kinds {
        right += it.right_files;
        println!(
            "{kind:<28}{:>6}{:>7}{:>9}{:>8}{:>7}{:>7}",
            it.files, it.right_files, it.entries, it.titles, it.links, it.dates
        );
    }
    println!("damaged: {right} of {files} files right ({:.1} %)", right as f64 * 100.0 / files as f64);
    Ok(())
}

/// Whether a title is the healthy one, or what the damage made of it (some were left alone).
fn is_title_right(damage: &str, title: &str, healthy: &str) -> bool {
    title == healthy
        || match damage {
            "html-entities" => title == format!("{healthy} — café ’s").trim(),
            "bare-ampersand" => title == format!("{healthy} R&D at AT&T & co").trim(),
            "cp1252-declared-utf8" | "cp1252-undeclared" => title == format!("“Café” – {healthy}").trim(),
            // Entities of a document type are not expanded.
            "doctype-entity" => title == format!("{healthy} &co;").trim(),
            "invalid-utf8-bytes" => title == format!("Ã(ÿ {healthy}").trim(),
            _ => false,
        }
}

fn is_link_right(damage: &str, link: Option<&Url>, healthy: Option<&Url>) -> bool {
    match (damage, link, healthy) {
        ("no-guid-no-link", link, healthy) => link.is_none() || link == healthy,
        ("bare-ampersand", Some(link), Some(healthy)) => {
            let added = link.as_str().strip_prefix(healthy.as_str()).unwrap_or("?");
            added.is_empty() || added.ends_with("utm_source=rss&utm_medium=feed&x=1")
        }
        // A permalink goes with its guid.
        ("no-guid", None, Some(_)) => true,
        _ => link == healthy,
    }
}

fn time(entry: &Entry) -> Option<Timestamp> {
    entry.published.or(entry.updated)
}

/// What the entries' dates are: ten odd spellings in turn, the first of which the feed may have had.
fn odd_dates(entries: &[Entry]) -> Vec<Option<Timestamp>> {
    let spellings = [
        Some("2018-12-12T10:00:00Z"),
        Some("2019-12-31T23:59:00Z"),
        Some("2018-12-17T10:10:22Z"),
        None,
        None,
        Some("2018-12-12T10:00:00Z"),
        Some("2018-12-12T10:00:00Z"),
        Some("2018-12-12T09:00:00Z"),
        Some("2018-12-12T00:00:00Z"),
        Some("2018-12-12T09:00:00Z"),
    ];
    let instants = spellings.map(|it| {
        let time = chrono::DateTime::parse_from_rfc3339(it?).ok()?;
        Some(Timestamp::from_millis(time.timestamp_millis()))
    });
    let from = |offset: usize| -> Vec<_> {
        instants.iter().cycle().skip(offset).take(entries.len()).copied().collect()
    };
    let fits = |all: &Vec<Option<Timestamp>>| {
        all.iter().zip(entries).filter(|(it, entry)| **it == time(entry)).count()
    };
    (0..instants.len()).map(from).max_by_key(fits).unwrap_or_default()
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
    let person = |it: &Person| json!({ "name": it.name, "uri": it.uri });
    let people = |of: &[Person]| of.iter().map(person).collect::<Vec<_>>();
    let origin = |it: &Origin| json!({ "title": it.title, "feed_url": it.feed_url, "home": it.home });
    let enclosure = |it: &Enclosure| json!({ "url": it.url, "media_type": it.media_type, "length_bytes": it.length_bytes });
    let entry = |it: &Entry| {
        json!({
            "id": it.id, "link": it.link, "title": it.title, "summary": it.summary, "content": it.content,
            "authors": people(&it.authors), "categories": it.categories, "published": time(it.published),
            "updated": time(it.updated), "language": it.language, "rights": it.rights, "origin": it.origin.as_ref().map(origin),
            "enclosure": it.enclosure.as_ref().map(enclosure),
        })
    };
    json!({
        "file": file, "format": format!("{:?}", feed.format), "id": feed.id, "title": feed.title,
        "home": feed.home, "self": feed.self_link, "hubs": feed.hubs, "language": feed.language,
        "rights": feed.rights, "updated": time(feed.updated), "authors": people(&feed.authors),
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
    let found: Url = "https://feed.example/feed".parse()?;
    Ok(Document {
        request_url: found.clone(),
        final_url: found,
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
