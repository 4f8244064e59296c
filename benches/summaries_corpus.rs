//! How close extractive summaries come to those that people wrote.
//!
//! `cargo bench --bench summaries_corpus -- FOLDER`, or `BYLINED_CORPUS`: the folder
//! holds `summaries/cnn_corpus.jsonl` and `summaries/cnndm_xsum.jsonl`. Prints ROUGE
//! F1 (stemmed) beside that of each text's first three sentences, the time a document
//! takes, and the share of statements whose receipt verifies.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use bylined::curate;
use bylined::curate::Budget;
use bylined::curate::Desk;
use bylined::curate::gate;
use bylined::domain::Briefing;
use bylined::domain::Byline;
use bylined::domain::EntryId;
use bylined::domain::Member;
use bylined::domain::Rights;
use bylined::domain::Snapshot;
use bylined::domain::SnapshotFrom;
use bylined::domain::SnapshotId;
use bylined::domain::Statement;
use bylined::domain::Timestamp;
use bylined::text::sentence;
use rust_stemmers::Algorithm;
use rust_stemmers::Stemmer;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;

/// One text with the summary a person wrote.
struct Document {
    title: String,
    text: String,
    reference: String,
}

/// Each document is briefed so often, and the fastest counts.
const RUNS: usize = 5;

fn main() {
    let given = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let Some(folder) = given.or_else(|| std::env::var("BYLINED_CORPUS").ok()).map(PathBuf::from) else {
        eprintln!("give the corpus folder as argument or in BYLINED_CORPUS");
        return;
    };
    report(
        "cnn_corpus",
        &lines(&folder.join("summaries/cnn_corpus.jsonl")).iter().map(with_title).collect::<Vec<_>>(),
    );
    let cnndm = lines(&folder.join("summaries/cnndm_xsum.jsonl"));
    let cnndm = cnndm.iter().filter(|it| it["source"] == "cnndm");
    report("cnndm", &cnndm.map(without_title).collect::<Vec<_>>());
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    text.lines().map(|it| serde_json::from_str(it).expect("the corpus is JSONL")).collect()
}

fn with_title(it: &Value) -> Document {
    let sentences: Vec<String> = it["sentences"].as_array().into_iter().flatten().map(string).collect();
    let paragraph = |it: &Value| {
        let at = it.as_array().into_iter().flatten().filter_map(Value::as_u64);
        at.filter_map(|it| sentences.get(it as usize)).cloned().collect::<Vec<_>>().join(" ")
    };
    let paragraphs: Vec<String> = it["paragraphs"].as_array().into_iter().flatten().map(paragraph).collect();
    let highlights: Vec<String> = it["highlights"].as_array().into_iter().flatten().map(string).collect();
    Document { title: string(&it["title"]), text: paragraphs.join("\n\n"), reference: highlights.join(" ") }
}

fn without_title(it: &Value) -> Document {
    Document { title: String::new(), text: string(&it["text"]), reference: string(&it["reference"]) }
}

fn string(it: &Value) -> String {
    it.as_str().unwrap_or_default().replace("&apost;", "'")
}

fn report(name: &str, documents: &[Document]) {
    let desk = Desk { topics: &[], audiences: &[], budget: Budget::Unlimited };
    let (mut ours, mut leads) = ([0.0; 3], [0.0; 3]);
    let (mut took, mut words) = (Duration::ZERO, 0);
    let (mut statements, mut verified, mut dropped, mut sentences) = (0, 0, 0, 0);
    let (mut checked, mut blocked) = (0, 0);
    let mut fields = [0usize; 5];
    for document in documents {
        let member = member(&document.text);
        let members = std::slice::from_ref(&member);
        let curated = curate::brief(&desk, &document.title, members);
        took += (0..RUNS)
            .map(|_| time(|| curate::brief(&desk, &document.title, members)))
            .min()
            .unwrap_or_default();
        words += document.text.split_whitespace().count();
        let summary: Vec<&str> = curated.briefing.summary.iter().map(|it| it.text.as_str()).collect();
        let lead: Vec<&str> =
            sentence::cut(&document.text, 3).into_iter().map(|it| &document.text[it.range]).collect();
        add(&mut ours, rouge(&document.reference, &summary.join(" ")));
        add(&mut leads, rouge(&document.reference, &lead.join(" ")));
        dropped += curated.dropped.len();
        sentences += summary.len();
        for statement in all_statements(&curated.briefing) {
            statements += 1;
            verified += usize::from(is_verified(statement, &document.text));
        }
        for it in sentence::cut(&document.text, usize::MAX) {
            let said = &document.text[it.range];
            checked += 1;
            let findings = gate::check(said, &document.text);
            blocked += usize::from(!findings.is_empty());
            if !findings.is_empty() && std::env::var_os("SHOW_BLOCKED").is_some() {
                println!("{said}\n    {findings:?}");
            }
        }
        let it = &curated.briefing;
        let counts = [
            it.key_takeaway.len(),
            it.key_insights.len(),
            it.in_practice.len(),
            it.principles.len(),
            it.topics.len(),
        ];
        fields.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        if std::env::var_os("SHOW").is_some() {
            println!("\n== {}\n{:#?}", document.title, texts(it));
        }
    }
    let n = documents.len().max(1) as f64;
    let show = |it: [f64; 3]| it.map(|it| format!("{:.1}", 100.0 * it / n)).join(" / ");
    println!("{name}: {} documents of {} words", documents.len(), words / documents.len().max(1));
    println!("  ROUGE-1/2/L  {}   lead-3 {}", show(ours), show(leads));
    println!(
        "  {:.2} ms a document, {:.2} sentences a summary",
        took.as_secs_f64() * 1000.0 / n,
        sentences as f64 / n
    );
    println!("  receipts verified {verified} of {statements}, dropped by the gate {dropped}");
    println!("  sentences of the source itself that the gate would block: {blocked} of {checked}");
    println!(
        "  takeaways, insights, practice, principles, topics a document: {:?}",
        fields.map(|it| (100.0 * it as f64 / n).round() / 100.0)
    );
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

fn texts(it: &Briefing) -> Vec<(&'static str, Vec<&str>)> {
    vec![
        ("summary", it.summary.iter().map(|it| it.text.as_str()).collect()),
        ("takeaway", it.key_takeaway.iter().map(|it| it.statement.text.as_str()).collect()),
        ("insights", it.key_insights.iter().map(|it| it.text.as_str()).collect()),
        ("practice", it.in_practice.iter().map(|it| it.text.as_str()).collect()),
        ("principles", it.principles.iter().map(|it| it.text.as_str()).collect()),
        ("topics", it.topics.iter().map(|it| it.name.as_str()).collect()),
    ]
}

fn all_statements(it: &Briefing) -> impl Iterator<Item = &Statement> {
    let lists = it.summary.iter().chain(&it.key_insights).chain(&it.in_practice).chain(&it.principles);
    lists.chain(it.key_takeaway.iter().map(|it| &it.statement))
}

fn is_verified(statement: &Statement, text: &str) -> bool {
    !statement.receipts.is_empty()
        && statement.receipts.iter().all(|it| {
            let digest: String = Sha256::digest(&it.quote).iter().map(|b| format!("{b:02x}")).collect();
            text.get(it.start..it.end) == Some(it.quote.as_str()) && digest == it.sha256
        })
}

fn member(text: &str) -> Member {
    Member {
        entry: EntryId(1),
        source: "corpus".parse().expect("a slug"),
        byline: Byline {
            name: "Corpus".to_owned(),
            url: "https://corpus.example/1".parse().expect("a URL"),
            title: String::new(),
            feed_url: None,
            feed_id: None,
            home: None,
            author: None,
            published: Timestamp::default(),
            rights: Rights::Any,
            rights_text: None,
            via: Vec::new(),
        },
        snapshot: Some(Snapshot { id: SnapshotId(1), from: SnapshotFrom::Feed, text: text.into() }),
        summary: None,
        categories: Vec::new(),
        language: Some("en".to_owned()),
    }
}

/// F1 of ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), over stems of runs of ASCII letters and digits.
fn rouge(reference: &str, candidate: &str) -> [f64; 3] {
    let (a, b) = (tokens(reference), tokens(candidate));
    [
        f1(grams_shared(&a, &b, 1), a.len(), b.len()),
        f1(grams_shared(&a, &b, 2), a.len().saturating_sub(1), b.len().saturating_sub(1)),
        f1(longest_common(&a, &b), a.len(), b.len()),
    ]
}

fn tokens(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    words.map(|it| if 3 < it.len() { stemmer.stem(it).into_owned() } else { it.to_owned() }).collect()
}

fn grams_shared(a: &[String], b: &[String], n: usize) -> usize {
    let mut counts: HashMap<&[String], usize> = HashMap::new();
    a.windows(n).for_each(|it| *counts.entry(it).or_default() += 1);
    b.windows(n)
        .filter(|it| {
            counts.get_mut(it).is_some_and(|left| {
                0 < *left && {
                    *left -= 1;
                    true
                }
            })
        })
        .count()
}

fn longest_common(a: &[String], b: &[String]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

fn f1(shared: usize, a: usize, b: usize) -> f64 {
    if shared == 0 { 0.0 } else { 2.0 * shared as f64 / (a + b) as f64 }
}

fn add(sum: &mut [f64; 3], it: [f64; 3]) {
    sum.iter_mut().zip(it).for_each(|(sum, it)| *sum += it);
}
