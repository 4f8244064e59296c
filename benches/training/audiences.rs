//! Trains the roles of `bylined::curate::audience`: which readers an article is for.
//!
//! `cargo bench --bench train_audiences -- FOLDER`, or `BYLINED_CORPUS`: the folder holds
//! `briefings/articles.jsonl`, articles with editors' labels. Prints, for publishers that were left out of
//! training, how the chosen roles agree with the labels, then writes the table learned from all of
//! them to `src/curate/audience/roles.bin`. The terms are counted by the engine's own code.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

#[path = "gbdt.rs"]
mod gbdt;
#[path = "regress.rs"]
mod regress;

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use bylined::curate::audience::BUCKETS;
use bylined::curate::audience::ROLES;
use bylined::curate::audience::RoleTable;
use bylined::curate::audience::StemCounts;
use serde_json::Value;

use self::regress::Settings;
use self::regress::regress;

/// Parts of the publishers, each of which judges what the others taught.
const FOLDS: u64 = 5;
const SETTINGS: Settings = Settings { epochs: 60, penalty: 4e-5, rate: 4.0 };
/// Probability from which on a role is chosen here.
const CHOSEN_MIN: f32 = 0.23;

struct Article {
    terms: StemCounts,
    roles: [bool; ROLES.len()],
    fold: u64,
}

fn main() {
    let folder = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let Some(folder) = folder.or_else(|| std::env::var("BYLINED_CORPUS").ok()).map(PathBuf::from) else {
        eprintln!("give the corpus folder as argument or in BYLINED_CORPUS");
        return;
    };
    let articles = read(&folder.join("briefings/articles.jsonl"));
    let all: Vec<&Article> = articles.iter().collect();
    let mut judged = Vec::new();
    for fold in 0..FOLDS {
        let (own, others): (Vec<&Article>, Vec<&Article>) = all.iter().partition(|it| it.fold == fold);
        let table = learn(&others);
        judged.extend(own.into_iter().map(|it| (table.log_odds(&it.terms), it.roles)));
    }
    print(&judged);
    let out = "src/curate/audience/roles.bin";
    fs::write(out, learn(&all).to_bytes()).expect("the table can be written");
    println!("{out} learned from {} articles", all.len());
}

fn read(path: &Path) -> Vec<Article> {
    let text = fs::read_to_string(path).expect("the folder has labelled articles");
    let article = |line: &str| {
        let it: Value = serde_json::from_str(line).expect("a line is an object");
        let slug = |role: &Value| role.as_str().unwrap_or_default().to_lowercase().replace(' ', "-");
        let given: Vec<String> =
            it["label"]["best_for"].as_array().expect("roles are labelled").iter().map(slug).collect();
        Article {
            terms: StemCounts::count(
                it["title"].as_str().unwrap_or_default(),
                it["text"].as_str().into_iter(),
            ),
            roles: std::array::from_fn(|role| given.iter().any(|it| it == ROLES[role])),
            fold: gbdt::fold(it["publisher"].as_str().unwrap_or_default(), FOLDS),
        }
    };
    text.lines().map(article).collect()
}

fn learn(articles: &[&Article]) -> RoleTable {
    let mut frequencies = vec![0_u32; BUCKETS];
    articles.iter().flat_map(|it| it.terms.buckets()).for_each(|it| frequencies[usize::from(it)] += 1);
    let count = articles.len() as f32;
    let idf: Vec<f32> =
        frequencies.iter().map(|it| ((1.0 + count) / (1.0 + *it as f32)).ln() + 1.0).collect();
    let weights: Vec<_> = articles.iter().map(|it| it.terms.weigh(|it| idf[usize::from(it)])).collect();
    let roles: Vec<_> = (0..ROLES.len())
        .map(|role| {
            let labels: Vec<bool> = articles.iter().map(|it| it.roles[role]).collect();
            regress(BUCKETS, &weights, &labels, &vec![1.0; labels.len()], SETTINGS)
        })
        .collect();
    RoleTable::pack(&idf, &roles)
}

fn print(judged: &[([f32; ROLES.len()], [bool; ROLES.len()])]) {
    let probability = |log_odds: f32| 1.0 / (1.0 + (-log_odds).exp());
    let f1 = |hit: f32, got: f32, wanted: f32| 200.0 * hit / (got + wanted).max(1.0);
    println!("role                 labelled  AUC   F1 alone");
    for (role, name) in ROLES.iter().enumerate() {
        let scored: Vec<(f32, bool)> = judged.iter().map(|it| (it.0[role], it.1[role])).collect();
        let labelled = scored.iter().filter(|it| it.1).count();
        let got = scored.iter().filter(|it| probability(it.0) >= CHOSEN_MIN);
        let (got, hit) = (got.clone().count(), got.filter(|it| it.1).count());
        let f1 = f1(hit as f32, got as f32, labelled as f32);
        println!("{name:20} {labelled:8}  {:.3} {f1:5.1}", gbdt::auc(&scored));
    }
    for least in [0.15, 0.2, 0.23, 0.26, 0.3] {
        let (mut hit, mut got, mut wanted) = (0, 0, 0);
        for (log_odds, labels) in judged {
            let mut order: Vec<usize> = (0..ROLES.len()).collect();
            order.sort_by(|a, b| log_odds[*b].total_cmp(&log_odds[*a]));
            let likely = order.iter().filter(|role| probability(log_odds[**role]) >= least).count();
            let chosen = &order[..likely.clamp(1, 4)];
            got += chosen.len();
            hit += chosen.iter().filter(|role| labels[**role]).count();
            wanted += labels.iter().filter(|it| **it).count();
        }
        let f1 = f1(hit as f32, got as f32, wanted as f32);
        println!("from {least}: F1 {f1:.1}, precision {:.1}", 100.0 * hit as f32 / got.max(1) as f32);
    }
}
