//! Trains the judge of `bylined::curate::gate::judge`: which statements their evidence carries.
//!
//! `cargo bench --bench train_judge -- FOLDER`, or `BYLINED_CORPUS`: the folder holds
//! `claims/claims.jsonl`, statements that readers judged, and `briefings/articles.jsonl`, articles with
//! briefings in editors' words. Learns from those statements that the checks of the gate let pass, from the
//! stories' own sentences, as they are and lightly edited, and from editors' statements that stay near
//! their article: readers' falsehoods stay near the source and their truths do not, and nearness itself must
//! not speak against a statement. Prints, by kind, what judges make of stories that they have not seen, then writes the table learned from all
//! of them to `src/curate/gate/judge/follows.txt`. The features are the engine's own.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

#[path = "gbdt.rs"]
mod gbdt;
#[path = "judge_made.rs"]
mod made;
#[path = "regress.rs"]
mod regress;
#[path = "judge_words.rs"]
mod words;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use bylined::curate::gate::judge::FEATURES;
use bylined::curate::gate::judge::FOLLOWS_MIN;
use bylined::curate::llm::Claim;
use bylined::domain::StatementField;
use bylined::gbdt::Gbdt;
use serde::Deserialize;
use serde_json::Value;

/// Parts of the stories, each of which is judged by what the others taught.
const FOLDS: u64 = 5;
const SETTINGS: gbdt::Settings =
    gbdt::Settings { trees: 500, learning_rate: 0.03, leaves: 14, l2: 4.0, leaf_weight_min: 2.0 };
/// How the weights of added and dropped words are learned.
const EDITS: regress::Settings = regress::Settings { epochs: 12, penalty: 0.0008, rate: 0.3 };
/// Stories in which a word is added or dropped before it is learned.
const EDIT_STORIES_MIN: usize = 15;
/// Parts of the stories whose edits are weighed by what the others taught.
const EDIT_FOLDS: u64 = 5;
/// Each tree is shown one in so many features.
const PARTS: u32 = 3;
/// How much a sentence of a story counts, and an edited one, true or false: there are three times as many
/// false ones, and together they are to weigh as much, so that being near the source says nothing.
const OWN_WEIGHT: f32 = 0.5;
const MADE_TRUE_WEIGHT: f32 = 0.1;
const MADE_FALSE_WEIGHT: f32 = 0.03;
const LIGHT_WEIGHT: f32 = 0.2;
/// Statements of one editor's briefing that are learned from, and how much each counts.
const EDITORS: usize = 3;
const EDITORS_WEIGHT: f32 = 0.1;
/// Articles whose briefings are learned from.
const ARTICLES_MAX: usize = 450;
/// Sentences of an article that a statement may stand on.
const SENTENCES_MAX: usize = 45;
/// Sentences that an editor's statement is taken to cite, and letters by which words are compared.
const CITED: usize = 2;
const WORD_MIN: usize = 4;
/// What editors' statements are called.
const EDITED: &str = "an editor's statement near its article";
/// How the kinds of edited sentences begin.
const MADE: &str = "made: ";
/// How the kinds of sentences that were edited more than once begin.
const LIGHT: &str = "made: light";
/// What the sentences of the story itself are called.
const OWN: &str = "the story's own sentence";

#[derive(Clone, Deserialize)]
struct Record {
    title: String,
    #[serde(default)]
    publisher: String,
    #[serde(default)]
    published: Option<String>,
    sentences: Vec<String>,
    statement: String,
    evidence: Vec<usize>,
    supported: bool,
    kind: String,
    #[serde(default)]
    field: Option<String>,
}

/// A statement that the checks of the gate have seen.
struct Statement {
    kind: String,
    is_true: bool,
    /// The story's title.
    title: String,
    fold: u64,
    /// What the judge looks at, and added and dropped words; `None` where the checks refuse it.
    features: Option<(Vec<f32>, Vec<String>)>,
}

fn main() {
    let folder = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let Some(folder) = folder.or_else(|| std::env::var("BYLINED_CORPUS").ok()).map(PathBuf::from) else {
        eprintln!("give the corpus folder as argument or in BYLINED_CORPUS");
        return;
    };
    let records = read(&folder.join("claims/claims.jsonl"));
    let edited = editors_statements(&folder.join("briefings/articles.jsonl"));
    let made = made::statements(records.iter().chain(&edited));
    let statements: Vec<Statement> = records.iter().chain(&edited).chain(&made).map(look).collect();
    let all: Vec<&Statement> = statements.iter().collect();
    let mut judged: Vec<(&Statement, f32)> = Vec::new();
    for fold in 0..FOLDS {
        let (own, others): (Vec<&Statement>, Vec<&Statement>) = all.iter().partition(|it| it.fold == fold);
        let learned = Learned::of(&others);
        judged.extend(own.into_iter().map(|it| (it, learned.probability(it))));
    }
    print(&judged);
    let learned = Learned::of(&all);
    let folder = Path::new("src/curate/gate/judge");
    fs::write(folder.join("follows.txt"), learned.table).expect("the table can be written");
    fs::write(folder.join("edits.txt"), learned.edits.table()).expect("the table can be written");
    println!("{} learned from {} statements", folder.display(), all.len());
}

/// What added and dropped words say.
struct Edits {
    weights: BTreeMap<String, f32>,
}

impl Edits {
    fn of(statements: &[&Statement]) -> Self {
        let mut stories: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let known = |it: &&&Statement| it.features.is_some();
        for it in statements.iter().filter(known) {
            for edit in it.features.iter().flat_map(|it| &it.1) {
                stories.entry(edit).or_default().insert(&it.title);
            }
        }
        stories.retain(|_, titles| EDIT_STORIES_MIN <= titles.len());
        let places: BTreeMap<&str, u16> = stories.keys().copied().zip(0..).collect();
        let cases: Vec<Vec<(u16, f32)>> = statements
            .iter()
            .filter_map(|it| it.features.as_ref())
            .map(|it| it.1.iter().filter_map(|edit| Some((*places.get(edit.as_str())?, 1.0))).collect())
            .collect();
        let labels: Vec<bool> = statements.iter().filter(known).map(|it| it.is_true).collect();
        let counts: Vec<f32> = statements.iter().filter(known).map(|it| weight(it)).collect();
        let (_, weights) = regress::regress(places.len(), &cases, &labels, &counts, EDITS);
        Self { weights: places.keys().map(|it| (*it).to_owned()).zip(weights).collect() }
    }

    /// The statement's features with what its edits say as the last.
    fn features(&self, statement: &Statement) -> Option<Vec<f32>> {
        let (values, edits) = statement.features.as_ref()?;
        let mut values = values.clone();
        *values.last_mut()? = edits.iter().filter_map(|it| self.weights.get(it)).sum();
        Some(values)
    }

    fn table(&self) -> String {
        let mut table =
            "# Common words that a statement adds (+) to its evidence or drops (-), and their log-odds of a \
                         statement that\n# follows; learned by benches/training/judge.rs.\n"
                .to_owned();
        for (edit, weight) in &self.weights {
            table.push_str(&format!("{edit} = {weight:.3}\n"));
        }
        table
    }
}

/// A judge learned from some of the statements.
struct Learned {
    edits: Edits,
    table: String,
    model: Gbdt,
}

impl Learned {
    fn of(statements: &[&Statement]) -> Self {
        // What edits say of a statement is learned from other stories than its own, or the trees would
        // trust it too much.
        let part = |it: &Statement| it.title.bytes().map(u64::from).sum::<u64>() % EDIT_FOLDS;
        let mut cases: Vec<gbdt::Case> = Vec::new();
        for fold in 0..EDIT_FOLDS {
            let (own, others): (Vec<&Statement>, Vec<&Statement>) =
                statements.iter().partition(|it| part(it) == fold);
            let edits = Edits::of(&others);
            cases.extend(own.into_iter().filter_map(|it| {
                Some(gbdt::Case { values: edits.features(it)?, is_positive: it.is_true, weight: weight(it) })
            }));
        }
        let (table, model) = gbdt::train_in_parts(&FEATURES, &cases, SETTINGS, PARTS);
        Self { edits: Edits::of(statements), table, model }
    }

    /// The probability that a statement follows; 0 of one that the checks refuse.
    fn probability(&self, statement: &Statement) -> f32 {
        self.edits.features(statement).map_or(0.0, |it| self.model.probability(&it))
    }
}

/// How much a statement counts.
fn weight(it: &Statement) -> f32 {
    match it.kind.as_str() {
        OWN => OWN_WEIGHT,
        EDITED => EDITORS_WEIGHT,
        kind if kind.starts_with(LIGHT) => {
            if it.is_true {
                LIGHT_WEIGHT
            } else {
                LIGHT_WEIGHT / 2.0
            }
        }
        kind if kind.starts_with(MADE) && it.is_true => MADE_TRUE_WEIGHT,
        kind if kind.starts_with(MADE) => MADE_FALSE_WEIGHT,
        _ => 1.0,
    }
}

fn read(path: &Path) -> Vec<Record> {
    let text = fs::read_to_string(path).expect("the folder has statements");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is a statement")).collect()
}

/// What editors wrote about articles, in words of their own that stay near the article's.
fn editors_statements(path: &Path) -> Vec<Record> {
    let text = fs::read_to_string(path).expect("the folder has labelled articles");
    text.lines()
        .take(ARTICLES_MAX)
        .flat_map(|line| of_article(&serde_json::from_str(line).expect("a line is an object")))
        .collect()
}

fn of_article(article: &Value) -> Vec<Record> {
    let chars: Vec<char> = article["text"].as_str().unwrap_or_default().chars().collect();
    let junk: Vec<u64> =
        article["label"]["junk"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    let sentences = article["sentences"].as_array().into_iter().flatten().zip(0..);
    let sentences: Vec<String> = sentences
        .filter(|it| !junk.contains(&it.1))
        .take(SENTENCES_MAX)
        .filter_map(|(it, _)| {
            let place = |at: usize| usize::try_from(it[at].as_u64()?).ok();
            Some(chars.get(place(0)?..place(1)?)?.iter().collect())
        })
        .collect();
    let reference = &article["label"]["ref"];
    let written = ["insights", "practice", "principles"].into_iter().flat_map(|field| {
        let all = reference[field].as_array().into_iter().flatten().filter_map(Value::as_str);
        all.map(move |it| (field, it))
    });
    let record = |(field, statement): (&str, &str)| Record {
        title: article["title"].as_str().unwrap_or_default().to_owned(),
        publisher: article["publisher"].as_str().unwrap_or_default().to_owned(),
        published: article["published"].as_str().map(str::to_owned),
        sentences: sentences.clone(),
        statement: statement.to_owned(),
        evidence: nearest(&sentences, statement),
        supported: true,
        kind: EDITED.to_owned(),
        field: Some(field.trim_end_matches('s').to_owned()),
    };
    written.take(EDITORS).map(record).collect()
}

/// The sentences with most words of a statement, counted from 1, as a model would cite them.
fn nearest(sentences: &[String], statement: &str) -> Vec<usize> {
    let words = |text: &str| -> BTreeSet<String> {
        let all = text.split(|c: char| !c.is_alphanumeric());
        all.filter(|it| WORD_MIN <= it.len())
            .map(|it| it.to_lowercase().chars().take(WORD_MIN).collect::<String>())
            .collect()
    };
    let wanted = words(statement);
    let mut ranked: Vec<(usize, usize)> = sentences
        .iter()
        .enumerate()
        .map(|(at, it)| (words(it).intersection(&wanted).count(), at + 1))
        .collect();
    ranked.sort_by_key(|it| (Reverse(it.0), it.1));
    let mut cited: Vec<usize> = ranked.into_iter().take(CITED).filter(|it| 0 < it.0).map(|it| it.1).collect();
    cited.sort_unstable();
    cited
}

fn look(record: &Record) -> Statement {
    let field = match record.field.as_deref().unwrap_or_default() {
        "summary" => StatementField::Summary,
        "takeaway" | "key_takeaway" => StatementField::KeyTakeaway,
        "principle" | "principles" => StatementField::Principles,
        "practice" | "in_practice" => StatementField::InPractice,
        _ => StatementField::KeyInsights,
    };
    let claim = Claim {
        title: &record.title,
        publisher: &record.publisher,
        sentences: &record.sentences,
        statement: &record.statement,
        evidence: &record.evidence,
        written: record.published.as_deref().and_then(|it| it.get(..10)?.parse().ok()),
        audiences: &[],
        field,
    };
    Statement {
        kind: record.kind.clone(),
        is_true: record.supported,
        title: record.title.clone(),
        fold: gbdt::fold(&record.title, FOLDS),
        features: claim.judge_features(),
    }
}

fn print(judged: &[(&Statement, f32)]) {
    let of = |is_meant: &dyn Fn(&Statement) -> bool| -> Vec<f32> {
        judged.iter().filter(|it| is_meant(it.0)).map(|it| it.1).collect()
    };
    let is_invented = |it: &Statement| it.kind.starts_with("invented");
    let is_ours = |it: &Statement| [OWN, EDITED].contains(&it.kind.as_str()) || it.kind.starts_with(MADE);
    let free = of(&|it| it.is_true && !is_ours(it));
    let own = of(&|it| it.kind == OWN || it.is_true && it.kind.starts_with(MADE));
    let false_own_words = of(&|it| !it.is_true && !is_invented(it) && !is_ours(it));
    let invented = of(&|it| !it.is_true && is_invented(it));
    let below = |all: &[f32], least: f32| {
        100.0 * all.iter().filter(|it| **it < least).count() as f64 / all.len() as f64
    };
    let scored: Vec<(f32, bool)> = judged
        .iter()
        .filter(|it| it.0.features.is_some() && !is_ours(it.0))
        .map(|it| (it.1, it.0.is_true))
        .collect();
    println!(
        "refused by the checks: true {:.1} %, own {:.1} %; AUC of the rest {:.3}",
        below(&free, 1e-9),
        below(&own, 1e-9),
        gbdt::auc(&scored)
    );
    println!("least  true refused  own refused  falsehoods passed  invented passed");
    for least in [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, FOLLOWS_MIN, 0.55, 0.6] {
        println!(
            "{least:.2}   {:5.1} %       {:5.1} %      {:5.1} %            {:5.1} %",
            below(&free, least),
            below(&own, least),
            100.0 - below(&false_own_words, least),
            100.0 - below(&invented, least),
        );
    }
    let near = judged.iter().filter(|it| it.0.kind == EDITED && it.0.features.is_some());
    let passed = near.clone().filter(|it| FOLLOWS_MIN <= it.1).count();
    println!("{EDITED}: {passed} of {} pass the judge", near.count());
    let mut kinds: BTreeMap<(bool, &str), Vec<f32>> = BTreeMap::new();
    for (it, probability) in judged {
        kinds.entry((it.is_true, &it.kind)).or_default().push(*probability);
    }
    println!("by kind, passed at {:.2}", FOLLOWS_MIN);
    for ((is_true, kind), all) in kinds {
        let passed = all.iter().filter(|it| FOLLOWS_MIN <= **it).count();
        println!("  {is_true:5} {kind:24} {passed:4} of {:4}", all.len());
    }
}
