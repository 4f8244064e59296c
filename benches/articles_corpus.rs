//! How much of an article's text is found on its page, and how much of the rest.
//!
//! `cargo bench --bench articles_corpus -- FOLDER`, or `BYLINED_CORPUS`: the folder holds
//! `articles/readability/NAME/source.html` with `expected.txt`, and
//! `articles/trafilatura/*.html` with `expected.jsonl` (`with`: pieces of the article,
//! `without`: pieces of the rest). `SHOW` in the environment names the pages that fall short.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use bylined::domain::Document;
use bylined::domain::Hints;
use bylined::extract;
use serde_json::Value;
use url::Url;

/// A page below this F1 is named.
const SHOWN_BELOW: f64 = 0.97;

fn main() {
    let given = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let Some(folder) = given.or_else(|| std::env::var("BYLINED_CORPUS").ok()).map(PathBuf::from) else {
        eprintln!("give the corpus folder as argument or in BYLINED_CORPUS");
        return;
    };
    let is_shown = std::env::var_os("SHOW").is_some();
    whole_texts(&folder.join("articles/readability"), is_shown);
    pieces(&folder.join("articles/trafilatura"), is_shown);
}

/// Pages of which the whole text is known: F1 of its words.
fn whole_texts(folder: &Path, is_shown: bool) {
    let (mut pages, mut sum, mut took) = (0, [0.0; 3], Duration::ZERO);
    let mut names: Vec<PathBuf> = entries(folder).filter(|it| it.is_dir()).collect();
    names.sort();
    for name in names {
        let expected = fs::read_to_string(name.join("expected.txt")).expect("the text of the page");
        let html = fs::read(name.join("source.html")).expect("a page");
        let start = Instant::now();
        let found = article(html, "https://page.example/a");
        took += start.elapsed();
        let text = found.as_ref().map_or("", |it| it.as_str());
        let scores = f1(&expected, text);
        pages += 1;
        sum.iter_mut().zip(scores).for_each(|(sum, it)| *sum += it);
        if is_shown && scores[2] < SHOWN_BELOW {
            let why = found.as_ref().err().cloned().unwrap_or_default();
            println!("{:.3} {:.3} {:.3} {} {why}", scores[0], scores[1], scores[2], name.display());
        }
    }
    let [precision, recall, f1] = sum.map(|it| it / f64::from(pages.max(1)));
    println!("{pages} pages with their text: precision {precision:.3}, recall {recall:.3}, F1 {f1:.3}");
    println!("{:.1} ms a page", 1000.0 * took.as_secs_f64() / f64::from(pages.max(1)));
}

/// Pages of which pieces are known.
fn pieces(folder: &Path, is_shown: bool) {
    let expected = fs::read_to_string(folder.join("expected.jsonl")).expect("what is expected");
    let (mut pages, mut read) = (0, 0);
    let (mut with, mut without) = ((0, 0), (0, 0));
    for line in expected.lines() {
        let line: Value = serde_json::from_str(line).expect("the corpus is JSONL");
        let file = line["file"].as_str().expect("a file");
        let found = article(
            fs::read(folder.join(file)).expect("a page"),
            line["url"].as_str().unwrap_or("https://page.example/a"),
        );
        pages += 1;
        read += usize::from(found.is_ok());
        let text = folded(found.as_ref().map_or("", |it| it.as_str()));
        for (key, count) in [("with", &mut with), ("without", &mut without)] {
            for piece in line[key].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let is_there = text.contains(&folded(piece));
                count.0 += usize::from(is_there);
                count.1 += 1;
                if is_shown && is_there != (key == "with") {
                    println!("{file}: {key} `{piece}` {}", found.as_ref().err().cloned().unwrap_or_default());
                }
            }
        }
    }
    let share = |it: (usize, usize)| 100.0 * it.0 as f64 / it.1.max(1) as f64;
    println!("{pages} pages with known pieces, {read} with an article");
    println!("required pieces found: {} of {} ({:.1} %)", with.0, with.1, share(with));
    println!("forbidden pieces found: {} of {} ({:.1} %)", without.0, without.1, share(without));
}

fn article(bytes: Vec<u8>, url: &str) -> Result<String, String> {
    let url = Url::parse(url).expect("an address");
    let document = Document {
        request_url: url.clone(),
        final_url: url,
        redirects: Vec::new(),
        content_type: Some("text/html".to_owned()),
        bytes,
        hints: Hints::default(),
    };
    extract::article(&document).map(|it| it.text).map_err(|it| it.why.to_string())
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|it| Some(it.ok()?.path()))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Precision, recall and F1 of words, each as often as it occurs.
fn f1(expected: &str, found: &str) -> [f64; 3] {
    let words = |text: &str| -> Vec<String> {
        let lower = text.to_lowercase();
        lower.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_owned).collect()
    };
    let (expected, found) = (words(expected), words(found));
    let mut left: HashMap<&str, usize> = HashMap::new();
    expected.iter().for_each(|it| *left.entry(it).or_default() += 1);
    let mut shared = 0;
    for it in &found {
        if let Some(count) = left.get_mut(it.as_str()).filter(|it| 0 < **it) {
            *count -= 1;
            shared += 1;
        }
    }
    let share = |of: usize| if of == 0 { 0.0 } else { shared as f64 / of as f64 };
    let (precision, recall) = (share(found.len()), share(expected.len()));
    let both = precision + recall;
    [precision, recall, if both == 0.0 { 0.0 } else { 2.0 * precision * recall / both }]
}
