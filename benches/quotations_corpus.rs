//! Whether what is quoted is what its publisher wrote.
//!
//! `cargo bench --bench quotations_corpus -- FOLDER`, or `BYLINED_CORPUS`: feeds in `feeds`, pages
//! in `articles` (any `*.html` below it but `expected.html`). Each is read, curated and quoted as
//! the daemon does it. Beside that, a browser's tree of the same document is written out by the
//! few lines below, and every quotation is looked for within one block of it. Printed is what
//! does not stand there, and how many texts have an abstract beside them and how many summaries quote it;
//! `SHOW` in the environment prints such sentences too that could have been
//! quoted and were not.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use bylined::config;
use bylined::config::Config;
use bylined::config::Environment;
use bylined::curate;
use bylined::curate::Budget;
use bylined::curate::CurationContext;
use bylined::domain::Byline;
use bylined::domain::Document;
use bylined::domain::EntryId;
use bylined::domain::Hints;
use bylined::domain::Made;
use bylined::domain::Member;
use bylined::domain::Rights;
use bylined::domain::Snapshot;
use bylined::domain::SnapshotFrom;
use bylined::domain::SnapshotId;
use bylined::domain::Timestamp;
use bylined::extract;
use bylined::parse;
use bylined::text::charset;
use bylined::text::sentence;
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

#[path = "quotations_corpus/render.rs"]
mod render;

/// The snapshot of an abstract.
const ABSTRACT: SnapshotId = SnapshotId(2);

/// Sentences of one text that are looked for.
const SENTENCES_MAX: usize = 2_000;

#[derive(Default)]
struct Tally {
    texts: usize,
    abstracts: usize,
    quoted_abstracts: usize,
    statements: usize,
    foreign: usize,
    sentences: usize,
    foreign_sentences: usize,
}

fn main() {
    let given = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let Some(folder) = given.or_else(|| std::env::var("BYLINED_CORPUS").ok()).map(PathBuf::from) else {
        eprintln!("give the corpus folder as argument or in BYLINED_CORPUS");
        return;
    };
    let text = fs::read_to_string("config/demo/bylined.toml").expect("the demo's configuration");
    let environment = Environment { state_home: Some("/".into()), ..Environment::default() };
    let read = config::parse("bylined.toml", &text, &environment);
    let config: Config = read.expect("the demo's configuration is valid").config;
    let context =
        CurationContext { topics: &config.topics, audiences: &config.audiences, budget: Budget::Unlimited };
    feeds(&context, &files(&folder.join("feeds")));
    let pages: Vec<PathBuf> = files(&folder.join("articles"))
        .into_iter()
        .filter(|it| it.extension().is_some_and(|it| it == "html") && !it.ends_with("expected.html"))
        .collect();
    articles(&context, &pages);
}

fn feeds(context: &CurationContext, files: &[PathBuf]) {
    let mut tally = Tally::default();
    for file in files {
        let document = document(file);
        let Ok(parsed) = parse::feed(&document) else { continue };
        let source: Vec<String> = fields(&decoded(&document))
            .iter()
            .flat_map(|it| render::readings(it))
            .map(|it| plain(&it))
            .collect();
        for entry in parsed.feed.entries {
            let text = entry.content.clone().or_else(|| entry.summary.clone()).unwrap_or_default();
            let beside = entry.summary.as_deref().filter(|it| !text.contains(it.trim()));
            let abstract_snapshot = beside.map(|it| snapshot(ABSTRACT, it));
            let member = Member { summary: entry.summary, abstract_snapshot, ..member(&entry.title, &text) };
            check(context, file, &member, &source, &mut tally);
        }
    }
    print("feeds", &tally);
}

fn articles(context: &CurationContext, files: &[PathBuf]) {
    let mut tally = Tally::default();
    for file in files {
        let document = document(file);
        let Ok(article) = extract::article(&document) else { continue };
        let description = article.description.as_deref();
        // It stands in the head, which no reader sees.
        let source = [plain(&render::html(&decoded(&document))), plain(description.unwrap_or_default())];
        let member = Member {
            abstract_snapshot: description.map(|it| snapshot(ABSTRACT, it)),
            ..member(article.title.as_deref().unwrap_or_default(), &article.text)
        };
        check(context, file, &member, &source, &mut tally);
    }
    print("pages", &tally);
}

fn print(what: &str, it: &Tally) {
    println!(
        "{what}: {} texts, {} quotations, {} not the publisher's words; {} sentences, {} not",
        it.texts, it.statements, it.foreign, it.sentences, it.foreign_sentences
    );
    println!("{what}: {} texts with an abstract, {} summaries quote it", it.abstracts, it.quoted_abstracts);
}

fn check(context: &CurationContext, file: &Path, member: &Member, source: &[String], tally: &mut Tally) {
    let stands = |it: &str| {
        let it = plain(it);
        source.iter().any(|text| text.contains(&it))
    };
    let stands_edited = |it: &str| parts(it).iter().all(|it| source.iter().any(|text| has(text, it)));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    tally.texts += 1;
    let curated = curate::brief(context, &member.byline.title, std::slice::from_ref(member));
    let is_shown = std::env::var_os("SHOW").is_some();
    if let Some(it) = &member.abstract_snapshot {
        let mut receipts = curated.briefing.summary.iter().flat_map(|it| &it.receipts);
        let is_quoted = receipts.any(|it| it.snapshot == ABSTRACT);
        tally.abstracts += 1;
        tally.quoted_abstracts += usize::from(is_quoted);
        if is_shown {
            let summary: Vec<&str> = curated.briefing.summary.iter().map(|it| it.text.as_str()).collect();
            let verdict = if is_quoted { "quoted" } else { "not quoted" };
            println!("{name}: abstract {verdict}: {}\n  {}\n  {summary:?}", member.byline.title, it.text);
        }
    }
    for statement in curated.briefing.statements() {
        let quotes = statement.receipts.iter().map(|it| &it.quote);
        let is_shown_so =
            statement.made != Made::Extractive || stands(&statement.text) || stands_edited(&statement.text);
        let foreign = quotes.into_iter().find(|it| !stands(it));
        tally.statements += 1;
        if let Some(foreign) = foreign.or_else(|| (!is_shown_so).then_some(&statement.text)) {
            tally.foreign += 1;
            println!("{name}: quoted: {foreign}");
        }
    }
    let text = member.snapshot.as_ref().map_or("", |it| &it.text);
    for cut in sentence::cut(text, SENTENCES_MAX) {
        let it = &text[cut.range];
        let is_statement = it.starts_with(char::is_uppercase)
            && it.ends_with(['.', '!'])
            && !it.contains(['\u{fffc}', '\u{fffd}']);
        if is_statement {
            tally.sentences += 1;
            if !stands(it) {
                tally.foreign_sentences += 1;
                if is_shown {
                    println!("{name}: sentence: {it}");
                }
            }
        }
    }
}

/// What is shown of a quotation without its marked changes: "[W]e" is "we" of another case, other
/// words in brackets are ours, and "…" stands for what was left out.
fn parts(shown: &str) -> Vec<String> {
    let letter = Regex::new(r"\[(\w)\]").expect("a pattern");
    let added = Regex::new(r"\[[^\]]*\]|…").expect("a pattern");
    let bare = letter.replace_all(shown, "$1").into_owned();
    added.split(&bare).map(|it| plain(it).trim().to_owned()).collect()
}

/// Whether a text has a part of a quotation, whose first letter may be of another case.
fn has(text: &str, part: &str) -> bool {
    let Some(first) = part.chars().next() else { return true };
    let rest = &part[first.len_utf8()..];
    text.contains(part) || text.contains(&format!("{}{rest}", first.to_lowercase()))
}

/// What an XML feed has in its elements of text, as markup; of JSON every string.
fn fields(text: &str) -> Vec<String> {
    fn strings(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::String(it) => found.push(it.clone()),
            serde_json::Value::Array(all) => all.iter().for_each(|it| strings(it, found)),
            serde_json::Value::Object(all) => all.values().for_each(|it| strings(it, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(json) = serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        strings(&json, &mut found);
        return found;
    }
    let names = "description|encoded|content|summary|tagline|abstract|body|subtitle|text|info|title|div";
    let begin = Regex::new(&format!(r"<((?:[\w.-]+:)?(?:{names}))(?:\s[^>]*)?>")).expect("a pattern");
    let section = Regex::new(r"(?s)<!\[CDATA\[(.*?)\]\]>").expect("a pattern");
    for it in begin.captures_iter(text) {
        let rest = &text[it.get(0).map_or(0, |it| it.end())..];
        let Some(len) = rest.find(&format!("</{}", &it[1])) else { continue };
        let inner = &rest[..len];
        if section.is_match(inner) {
            let mut html = String::new();
            let mut from = 0;
            for it in section.captures_iter(inner) {
                let whole = it.get(0).map_or(0..0, |it| it.range());
                html.push_str(&render::once(&inner[from..whole.start]));
                html.push_str(&it[1]);
                from = whole.end;
            }
            html.push_str(&render::once(&inner[from..]));
            found.push(html);
        } else if inner.contains('<') {
            found.push(inner.to_owned());
        } else {
            found.push(render::once(inner));
        }
    }
    found
}

/// One space between words, and nothing that is not seen.
fn plain(text: &str) -> String {
    let is_seen = |c: &char| {
        !matches!(*c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
            && (!c.is_control() || c.is_whitespace() || *c == render::BLOCK)
    };
    // Which index is lowered, the two need not agree on.
    let figure = |c: char| match c {
        '₀'..='₉' => char::from_digit(u32::from(c) - u32::from('₀'), 10).unwrap_or(c),
        _ => c,
    };
    let seen: String = text.nfc().filter(is_seen).map(figure).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn decoded(document: &Document) -> String {
    let mut inflated = Vec::new();
    let bytes = match document.bytes.starts_with(&[0x1f, 0x8b]) {
        true => flate2::read::GzDecoder::new(&document.bytes[..])
            .read_to_end(&mut inflated)
            .map(|_| &inflated[..]),
        false => Ok(&document.bytes[..]),
    };
    let bytes = bytes.expect("a whole body");
    charset::decode(bytes, document.content_type.as_deref()).text.into_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for it in fs::read_dir(folder).into_iter().flatten().filter_map(|it| Some(it.ok()?.path())) {
        if it.is_dir() { found.extend(files(&it)) } else { found.push(it) }
    }
    found.sort();
    found
}

fn document(file: &Path) -> Document {
    let url: url::Url = "https://page.example/a".parse().expect("an address");
    Document {
        request_url: url.clone(),
        final_url: url,
        redirects: Vec::new(),
        content_type: None,
        bytes: fs::read(file).expect("a document"),
        hints: Hints::default(),
    }
}

fn snapshot(id: SnapshotId, text: &str) -> Snapshot {
    Snapshot { id, from: SnapshotFrom::Feed, text: text.into() }
}

fn member(title: &str, text: &str) -> Member {
    Member {
        entry: EntryId(1),
        source: "wire".parse().expect("a slug"),
        byline: Byline {
            name: "Example Wire".to_owned(),
            url: "https://wire.example/1".parse().expect("a URL"),
            title: title.to_owned(),
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
        snapshot: Some(snapshot(SnapshotId(1), text)),
        summary: None,
        abstract_snapshot: None,
        categories: Vec::new(),
        language: None,
    }
}
