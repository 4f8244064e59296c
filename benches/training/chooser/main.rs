//! Trains the chooser: which sentences of an article an editor would put where.
//!
//! `cargo bench --bench train_chooser -- FOLDER [--judge FOLD] [--out DIR]`, or `BYLINED_CORPUS`: the
//! folder holds `briefings/articles.jsonl`, articles with editors' labels. The features are computed by
//! the engine's own code. With `--judge 0` to `4` that fifth of the publishers is left out and the
//! figures are of it; without, all learn for the tables, and the figures are of cross-validation by
//! publisher. Tables go to `src/curate/chooser`.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

#[path = "../gbdt.rs"]
mod gbdt;
mod words;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use bylined::curate::chooser;
use bylined::curate::chooser::First;
use bylined::curate::chooser::LineScores;
use bylined::curate::chooser::TARGETS;
use bylined::curate::chooser::Target;
use bylined::curate::chooser::TextLine;
use bylined::curate::chooser::WordTable;
use bylined::curate::features;
use bylined::curate::features::Features;
use bylined::gbdt::Gbdt;
use bylined::text::sentence;
use bylined::text::word;
use bylined::text::word::Language;
use serde_json::Value;

use self::gbdt::Case;
use self::gbdt::Settings;

/// Parts of the publishers, each of which can judge what the others taught.
const FOLDS: u64 = 5;
/// Sentences of a text for which the editors said whether they lean.
const LEANING_TOLD: usize = 40;
/// Of the lines without a rare label, one in this many is learned from, and counts for so many.
const THINNED: usize = 3;
/// The same of all lines where it is asked whether they are text.
const FURNITURE_THINNED: usize = 2;
/// Lines likelier to be furniture than this are not asked what they are for, so that nothing is learned from them.
const FURNITURE_TAUGHT_MAX: f32 = 0.6;

/// A line with what editors said of it.
pub struct Row {
    pub features: Features,
    pub labels: [bool; TARGETS],
    /// Whether the label says anything.
    pub is_told: [bool; TARGETS],
    article: usize,
    fold: u64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let value = |name: &str| args.iter().position(|it| it == name).and_then(|at| args.get(at + 1)).cloned();
    let folder = args.first().filter(|it| !it.starts_with('-')).cloned();
    let Some(folder) = folder.or_else(|| std::env::var("BYLINED_CORPUS").ok()).map(PathBuf::from) else {
        eprintln!("give the corpus folder as argument or in BYLINED_CORPUS");
        return;
    };
    let judge: Option<u64> = value("--judge").and_then(|it| it.parse().ok());
    let out = value("--out").map_or_else(|| PathBuf::from("src/curate/chooser"), PathBuf::from);
    let started = Instant::now();
    let (rows, titles) = rows(&folder.join("briefings/articles.jsonl"));
    println!(
        "{} lines with {} features, {:.0?}",
        rows.len(),
        rows[0].features.dense.len(),
        started.elapsed()
    );
    let learning: Vec<usize> = (0..rows.len()).filter(|at| Some(rows[*at].fold) != judge).collect();
    let judged: Vec<usize> = (0..rows.len()).filter(|at| Some(rows[*at].fold) == judge).collect();
    train(&rows, &titles, &learning, &judged, &out);
    println!("{:.0?}", started.elapsed());
}

fn train(rows: &[Row], titles: &[Vec<u32>], learning: &[usize], judged: &[usize], out: &Path) {
    // Scores of words, for lines that they were not learned from.
    let words = words::train(rows, learning);
    fs::write(out.join("words.bin"), words.to_bytes()).expect("the folder can be written to");
    let mut scores: Vec<LineScores> = rows.iter().map(|it| words.scores(&it.features)).collect();
    for fold in 0..FOLDS {
        let (others, own) = parted(rows, learning, fold);
        let words: WordTable = words::train(rows, &others);
        own.iter().for_each(|at| scores[*at] = words.scores(&rows[*at].features));
    }
    let told = if judged.is_empty() { learning } else { judged };
    print_all("words", rows, told, |at| scores[at]);
    let with_words = |at: usize| rows[at].features.dense.iter().copied().chain(scores[at].values()).collect();
    let mut dense: Vec<Vec<f32>> = (0..rows.len()).map(with_words).collect();

    let mut first = vec![First { furniture: 0.0, leaning: 0.0 }; rows.len()];
    for (target, name) in [(Target::Furniture, "first-furniture"), (Target::Leaning, "first-leaning")] {
        let mut set = |at: usize, value: f32| match target {
            Target::Furniture => first[at].furniture = value,
            _ => first[at].leaning = value,
        };
        let parts: Vec<_> = (0..FOLDS).map(|fold| parted(rows, learning, fold)).collect();
        let (whole, of_parts) = learn(rows, &dense, learning, &parts, target, FIRST);
        fs::write(out.join(format!("{name}.txt")), whole.0).expect("the folder can be written to");
        judged.iter().for_each(|at| set(*at, whole.1.probability(&dense[*at])));
        for ((_, own), model) in parts.iter().zip(of_parts) {
            own.iter().for_each(|at| set(*at, model.probability(&dense[*at])));
        }
        println!("{name}: done");
    }
    for article in (0..rows.len()).collect::<Vec<_>>().chunk_by(|a, b| rows[*a].article == rows[*b].article) {
        let range = article[0]..article[0] + article.len();
        let features: Vec<Features> = rows[range.clone()].iter().map(|it| it.features.clone()).collect();
        let title = &titles[rows[article[0]].article];
        let context = chooser::context(title, &features, &first[range.clone()], &scores[range.clone()]);
        dense[range].iter_mut().zip(context).for_each(|(it, more)| it.extend(more));
    }
    let furniture: Vec<f32> = first.iter().map(|it| it.furniture).collect();
    train_second(rows, &dense, &furniture, learning, judged, out);
}

/// Trains the second round. Where nothing is left out to judge, the figures are of cross-validation.
fn train_second(
    rows: &[Row],
    dense: &[Vec<f32>],
    furniture: &[f32],
    learning: &[usize],
    judged: &[usize],
    out: &Path,
) {
    let folds = if judged.is_empty() { 0..FOLDS } else { 0..0 };
    let parts: Vec<_> = folds.map(|fold| parted(rows, learning, fold)).collect();
    let told = if judged.is_empty() { learning } else { judged };
    for target in Target::ALL.into_iter().filter(|it| *it != Target::Any) {
        let teaches = |at: &usize| {
            let labels = &rows[*at].labels;
            match target {
                Target::Furniture => true,
                Target::Leaning => !labels[Target::Furniture as usize],
                _ => labels[target as usize] || furniture[*at] < FURNITURE_TAUGHT_MAX,
            }
        };
        let teaching = |of: &[usize]| of.iter().copied().filter(teaches).collect::<Vec<usize>>();
        let taught: Vec<_> = parts.iter().map(|(others, own)| (teaching(others), own.clone())).collect();
        let (whole, of_parts) = learn(rows, dense, &teaching(learning), &taught, target, SECOND);
        let path = out.join(format!("{}.txt", target.as_str()));
        fs::write(path, whole.0).expect("the folder can be written to");
        let mut odds = vec![0.0; rows.len()];
        judged.iter().for_each(|at| odds[*at] = whole.1.probability(&dense[*at]));
        for ((_, own), model) in parts.iter().zip(of_parts) {
            own.iter().for_each(|at| odds[*at] = model.probability(&dense[*at]));
        }
        let is_asked = |at: &usize| target == Target::Furniture || furniture[*at] < FURNITURE_TAUGHT_MAX;
        let asked: Vec<usize> = told.iter().copied().filter(is_asked).collect();
        print_one("trees", rows, &asked, target, |at| odds[at]);
    }
}

/// A table and model of all rows that may be learned from, and for each part a model of the others.
fn learn(
    rows: &[Row],
    dense: &[Vec<f32>],
    learning: &[usize],
    parts: &[(Vec<usize>, Vec<usize>)],
    target: Target,
    how: Learning,
) -> ((String, Gbdt), Vec<Gbdt>) {
    thread::scope(|scope| {
        let learn = |of| scope.spawn(move || trees(rows, dense, of, target, how));
        let whole = learn(learning);
        let of_parts: Vec<_> = parts.iter().map(|(others, _)| learn(others)).collect();
        let of_parts = of_parts.into_iter().map(|it| it.join().expect("it learned").1).collect();
        (whole.join().expect("it learned"), of_parts)
    })
}

const FIRST: Learning = Learning {
    settings: Settings { trees: 80, learning_rate: 0.12, leaves: 12, l2: 3.0, leaf_weight_min: 3.0 },
    parts: 1,
};
const SECOND: Learning = Learning {
    settings: Settings { trees: 150, learning_rate: 0.05, leaves: 16, l2: 3.0, leaf_weight_min: 2.0 },
    parts: 4,
};

/// How a round learns.
#[derive(Clone, Copy)]
struct Learning {
    settings: Settings,
    /// Each tree is shown one in so many of the features.
    parts: u32,
}

/// The lines of a fold, and the others that may be learned from.
fn parted(rows: &[Row], learning: &[usize], fold: u64) -> (Vec<usize>, Vec<usize>) {
    learning.iter().partition(|at| rows[**at].fold != fold)
}

fn trees(rows: &[Row], dense: &[Vec<f32>], of: &[usize], target: Target, how: Learning) -> (String, Gbdt) {
    let label = |at: usize| rows[at].labels[target as usize];
    let told = of.iter().copied().filter(|at| rows[*at].is_told[target as usize]);
    // How many lines stand for one that is learned from.
    let stands_for = |at: usize| match target {
        Target::Furniture => FURNITURE_THINNED,
        Target::Leaning => 1,
        _ if label(at) => 1,
        _ => THINNED,
    };
    let thinned = told.filter(|at| at.is_multiple_of(stands_for(*at)));
    let cases: Vec<Case> = thinned
        .map(|at| Case { values: dense[at].clone(), is_positive: label(at), weight: stands_for(at) as f32 })
        .collect();
    let names: Vec<String> = (0..dense[0].len()).map(|it| format!("f{it}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    gbdt::train_in_parts(&names, &cases, how.settings, how.parts)
}

fn print_all(what: &str, rows: &[Row], judged: &[usize], scores: impl Fn(usize) -> LineScores) {
    for target in Target::ALL {
        print_one(what, rows, judged, target, |at| scores(at).sum(target as usize));
    }
}

fn print_one(what: &str, rows: &[Row], judged: &[usize], target: Target, score: impl Fn(usize) -> f32) {
    let told = judged.iter().filter(|at| rows[**at].is_told[target as usize]);
    let scored: Vec<(f32, bool)> = told.map(|at| (score(*at), rows[*at].labels[target as usize])).collect();
    if !scored.is_empty() {
        println!("{what:6} {:10} AUC {:.3} of {}", target.as_str(), gbdt::auc(&scored), scored.len());
    }
}

/// The lines of all articles, each with the labels of the sentence that it has most in common with, and the
/// stems of each article's title.
fn rows(path: &Path) -> (Vec<Row>, Vec<Vec<u32>>) {
    let text = fs::read_to_string(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    let articles: Vec<Value> =
        text.lines().map(|it| serde_json::from_str(it).expect("the corpus is JSONL")).collect();
    let rows = articles.iter().enumerate().flat_map(|(at, it)| rows_of(at, it)).collect();
    let titles = articles.iter().map(|it| features::stems_of(it["title"].as_str().unwrap_or_default()));
    (rows, titles.collect())
}

fn rows_of(article: usize, it: &Value) -> Vec<Row> {
    let text = it["text"].as_str().unwrap_or_default();
    let cut = sentence::cut(text, chooser::LINES_MAX);
    let lines: Vec<TextLine> =
        cut.iter().map(|it| TextLine { text: &text[it.range.clone()], paragraph: it.paragraph }).collect();
    let features = features::of_text(it["title"].as_str().unwrap_or_default(), &lines);
    let offsets: Vec<usize> = text.char_indices().map(|it| it.0).chain([text.len()]).collect();
    let offset = |it: &Value| offsets[it.as_u64().unwrap_or_default() as usize];
    let told: Vec<(usize, usize)> =
        it["sentences"].as_array().into_iter().flatten().map(|it| (offset(&it[0]), offset(&it[1]))).collect();
    let fold = gbdt::fold(it["publisher"].as_str().unwrap_or_default(), FOLDS);
    let retold = retold(&lines, &it["label"]["ref"]["summary"]);
    let rows = features.into_iter().zip(&cut).enumerate().map(|(at, (features, cut))| {
        let common = |(start, end): &(usize, usize)| {
            (*end.min(&cut.range.end)).saturating_sub(*start.max(&cut.range.start))
        };
        let best =
            (0..told.len()).rev().max_by_key(|at| common(&told[*at])).filter(|at| common(&told[*at]) != 0);
        let (labels, is_told) = labels(&it["label"], best, retold.contains(&at));
        Row { features, labels, is_told, article, fold }
    });
    rows.collect()
}

/// The lines that share most words with what the editor wrote.
fn retold(lines: &[TextLine], summary: &Value) -> Vec<usize> {
    /// How many of them.
    const RETOLD: usize = 3;
    let own = stems(summary.as_str().unwrap_or_default());
    let shared = |line: &TextLine| {
        let (line, mut left) = (stems(line.text), own.clone());
        let is_left =
            |it: &&String| left.iter().position(|own| own == *it).map(|at| left.swap_remove(at)).is_some();
        let all = (line.len() + own.len()).max(1) as f32;
        line.iter().filter(is_left).count() as f32 / all
    };
    let mut by_shared: Vec<(usize, f32)> =
        lines.iter().map(shared).enumerate().filter(|it| 0.0 < it.1).collect();
    by_shared.sort_by(|a, b| b.1.total_cmp(&a.1));
    by_shared.into_iter().take(RETOLD).map(|it| it.0).collect()
}

fn stems(text: &str) -> Vec<String> {
    let words = word::words(text).map(|it| word::lower(it.1).into_owned());
    words.map(|it| Language::English.stem(&it).into_owned()).collect()
}

fn labels(label: &Value, sentence: Option<usize>, is_retold: bool) -> ([bool; TARGETS], [bool; TARGETS]) {
    let Some(sentence) = sentence else { return ([false; TARGETS], [false; TARGETS]) };
    let has = |key: &str| {
        let named = label[key].as_array().into_iter().flatten();
        named.map(|it| it.get("s").unwrap_or(it)).any(|it| it.as_u64() == Some(sentence as u64))
    };
    let any = |keys: &[&str]| keys.iter().any(|it| has(it));
    let labels = [
        has("junk"),
        has("leaning"),
        any(&["summary", "summary_alt"]),
        any(&["insights", "summary_alt", "takeaway"]),
        has("takeaway"),
        has("principles"),
        has("practice"),
        is_retold,
        any(&["summary", "summary_alt", "takeaway", "insights", "principles", "practice"]),
    ];
    let mut is_told = [true; TARGETS];
    is_told[Target::Leaning as usize] = sentence < LEANING_TOLD;
    (labels, is_told)
}
