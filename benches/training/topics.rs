//! Trains what `bylined::curate::topics` knows: which topics of the default taxonomy an article is
//! about, and which of its phrases are topics.
//!
//! `cargo bench --bench train_topics -- FOLDER`, or `BYLINED_CORPUS`: the folder holds
//! `briefings/articles.jsonl`, articles with editors' labels. A topic or phrase is right where an
//! editor's has all its words, or the reverse. Prints, for publishers that were left out of training, how the
//! chosen topics agree with the labels, then writes the tables learned from all of them to
//! `src/curate/topics/`. Features and choice are the engine's own code.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

#[path = "gbdt.rs"]
mod gbdt;
#[path = "regress.rs"]
mod regress;

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use bylined::config::TopicRule;
use bylined::curate::audience;
use bylined::curate::topics::candidate;
use bylined::curate::topics::learned::Tables;
use bylined::curate::topics::learned::by_tables;
use bylined::curate::topics::phrase_table::PhraseTable;
use bylined::curate::topics::phrase_table::value_of_each;
use bylined::curate::topics::subject;
use bylined::curate::topics::subject::SubjectTable;
use bylined::curate::topics::subject::WeighedWords;
use bylined::domain::Slug;
use bylined::text::phrase::Words;
use serde_json::Value;

use self::regress::Settings;
use self::regress::regress;

/// Parts of the publishers, each of which judges what the others taught.
const FOLDS: u64 = 5;
const SUBJECTS: Settings = Settings { epochs: 30, penalty: 1e-4, rate: 4.0 };
const PHRASES: Settings = Settings { epochs: 6, penalty: 1e-6, rate: 1.0 };
/// Articles with which a topic can be learned.
const ARTICLES_MIN: usize = 4;
/// Words of a text that are searched for terms.
const WORDS_MAX: usize = 6_000;

struct Article {
    title: String,
    publisher: String,
    text: String,
    /// The words of each topic that an editor gave.
    topics: Vec<Vec<String>>,
    fold: u64,
    /// For each topic of the taxonomy its case.
    subjects: Vec<Vec<(u16, f32)>>,
    phrases: Vec<(Vec<(u16, f32)>, bool)>,
}

fn main() {
    let folder = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let Some(folder) = folder.or_else(|| std::env::var("BYLINED_CORPUS").ok()).map(PathBuf::from) else {
        eprintln!("give the corpus folder as argument or in BYLINED_CORPUS");
        return;
    };
    let rules = taxonomy(Path::new("config/bylined.toml"));
    let articles = read(&folder.join("briefings/articles.jsonl"), &rules);
    let all: Vec<&Article> = articles.iter().collect();
    let mut agreed = [Agreement::default(); 2];
    for fold in 0..FOLDS {
        let (own, others): (Vec<&Article>, Vec<&Article>) = all.iter().partition(|it| it.fold == fold);
        let tables = learn(&others, &rules);
        for it in own {
            let topics = by_tables(&tables, &rules, &it.title, &[&it.text], &[&it.publisher]);
            let names: Vec<&str> = topics.iter().map(|it| it.name.as_str()).collect();
            agreed[0].count(&names, &it.topics);
            let of_taxonomy: Vec<&str> =
                names.into_iter().filter(|it| rules.iter().any(|rule| rule.name == *it)).collect();
            agreed[1].count(&of_taxonomy, &it.topics);
        }
        println!("fold {fold}: {}", agreed[0]);
    }
    println!("all topics: {}", agreed[0]);
    println!("of the taxonomy: {}", agreed[1]);
    let tables = learn(&all, &rules);
    for (out, bytes) in [
        ("src/curate/topics/subjects.bin", tables.subjects.to_bytes()),
        ("src/curate/topics/phrases.bin", tables.phrases.to_bytes()),
    ] {
        println!("{out}: {} bytes, learned from {} articles", bytes.len(), all.len());
        fs::write(out, bytes).expect("the table can be written");
    }
}

/// The topics of the default configuration.
fn taxonomy(path: &Path) -> Vec<TopicRule> {
    let text = fs::read_to_string(path).expect("the default configuration is there");
    let config: toml::Value = toml::from_str(&text).expect("the default configuration is TOML");
    let topics = config["topic"].as_array().expect("it has topics");
    let rule = |it: &toml::Value| {
        let name = it["name"].as_str().expect("a topic has a name").to_owned();
        let terms: Vec<String> = it
            .get("terms")
            .and_then(|it| it.as_array())
            .into_iter()
            .flatten()
            .filter_map(|it| it.as_str())
            .map(str::to_owned)
            .collect();
        TopicRule::new(name.clone(), Slug::of(&name).expect("a name that can be written"), &terms)
    };
    topics.iter().map(rule).collect()
}

fn read(path: &Path, rules: &[TopicRule]) -> Vec<Article> {
    let text = fs::read_to_string(path).expect("the folder has labelled articles");
    text.lines()
        .map(|line| article(&serde_json::from_str(line).expect("a line is an object"), rules))
        .collect()
}

fn article(it: &Value, rules: &[TopicRule]) -> Article {
    let text_of = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let (title, publisher, text) = (text_of("title"), text_of("publisher"), text_of("text"));
    let topics: Vec<Vec<String>> = it["label"]["topics"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_str())
        .map(words)
        .collect();
    let weighed = WeighedWords::of(&title, std::iter::once(text.as_str()));
    let heads = Words::of(std::iter::once(title.as_str()), WORDS_MAX);
    let all = Words::of([title.as_str(), text.as_str()].into_iter(), WORDS_MAX);
    let subjects = rules
        .iter()
        .map(|rule| {
            let (in_title, in_text) = (heads.count_of(&rule.phrases), all.count_of(&rule.phrases));
            weighed.case(subject::own_terms(in_title, in_text, all.extent())).collect()
        })
        .collect();
    let mut phrases = Vec::new();
    for it in candidate::candidates(&title, &[&text], &[&publisher]) {
        let value = value_of_each(it.features.len());
        let name = words(it.shown);
        let case: Vec<(u16, f32)> = it.features.iter().map(|it| (*it, value)).collect();
        // The editor's very words count twice.
        if topics.contains(&name) {
            phrases.push((case.clone(), true));
        }
        phrases.push((case, topics.iter().any(|topic| agree(&name, topic))));
    }
    let fold = gbdt::fold(&publisher, FOLDS);
    Article { title, publisher, text, topics, fold, subjects, phrases }
}

fn learn(articles: &[&Article], rules: &[TopicRule]) -> Tables {
    let mut subjects = SubjectTable::default();
    for (at, rule) in rules.iter().enumerate() {
        let name = words(&rule.name);
        let labels: Vec<bool> =
            articles.iter().map(|it| it.topics.iter().any(|topic| agree(&name, topic))).collect();
        if ARTICLES_MIN <= labels.iter().filter(|it| **it).count() {
            let cases: Vec<Vec<(u16, f32)>> = articles.iter().map(|it| it.subjects[at].clone()).collect();
            let (bias, weights) = regress(
                audience::BUCKETS + subject::OWN_TERMS,
                &cases,
                &labels,
                &vec![1.0; labels.len()],
                SUBJECTS,
            );
            subjects.push(&rule.slug, bias, &weights);
        }
    }
    let (cases, labels): (Vec<_>, Vec<_>) = articles.iter().flat_map(|it| it.phrases.iter().cloned()).unzip();
    let (bias, weights) = regress(candidate::BUCKETS, &cases, &labels, &vec![1.0; labels.len()], PHRASES);
    Tables { subjects, phrases: PhraseTable::pack(bias, &weights) }
}

/// The words of a name, without plurals.
fn words(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
    let single = |it: &str| match it.strip_suffix('s') {
        Some(single) if 4 < it.len() && !single.ends_with('s') => single.to_owned(),
        _ => it.to_owned(),
    };
    words.map(single).collect()
}

/// Whether one name has all words of the other.
fn agree(a: &[String], b: &[String]) -> bool {
    let holds = |a: &[String], b: &[String]| b.iter().all(|it| a.contains(it));
    !a.is_empty() && !b.is_empty() && (holds(a, b) || holds(b, a))
}

/// How chosen topics agree with editors'.
#[derive(Clone, Copy, Default)]
struct Agreement {
    hit: usize,
    got: usize,
    wanted: usize,
}

impl Agreement {
    fn count(&mut self, names: &[&str], topics: &[Vec<String>]) {
        let mut left: Vec<&Vec<String>> = topics.iter().collect();
        for name in names {
            if let Some(at) = left.iter().position(|it| agree(&words(name), it)) {
                left.remove(at);
                self.hit += 1;
            }
        }
        self.got += names.len();
        self.wanted += topics.len();
    }
}

impl std::fmt::Display for Agreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let f1 = 200.0 * self.hit as f64 / (self.got + self.wanted).max(1) as f64;
        let precision = 100.0 * self.hit as f64 / self.got.max(1) as f64;
        write!(f, "F1 {f1:.1}, precision {precision:.1}, {} topics for {} wanted", self.got, self.wanted)
    }
}
