//! Learns the table, and how well it does on events that it has not seen.

use std::collections::BTreeMap;

use bylined::cluster::Matcher;
use bylined::gbdt::Gbdt;

use crate::gbdt;
use crate::gbdt::Case;
use crate::gbdt::Settings;
use crate::linear;
use crate::pairs::Pair;

pub const FOLDS: u64 = 5;
/// Each tree of one event is shown about one in so many of the signals, so that no few of them decide.
const PARTS: u32 = 3;
const SETTINGS: Settings =
    Settings { trees: 300, learning_rate: 0.05, leaves: 10, l2: 4.0, leaf_weight_min: 6.0 };

/// How much a pair counts. Labels by readers count more than those that no one gave, and an
/// aggregator's broad stories little; of those, few pairs tell two stories, which count as such.
fn weight(pair: &Pair) -> f32 {
    match (pair.set.as_str(), pair.kind.as_str(), pair.is_same) {
        ("uci", _, true) => 0.05,
        ("uci", _, false) => 1.0,
        ("pairs", ..) => 1.0,
        (set, _, is_same) if set.starts_with("ours") => {
            if is_same {
                0.5
            } else {
                1.0
            }
        }
        (_, "story", _) => 4.0,
        (_, "group" | "follow-story", _) => 4.0,
        (_, "near" | "follow", _) => 2.0,
        (_, "background", _) => 1.0,
        _ => 1.5,
    }
}

/// What is learned of a pair.
#[derive(Clone, Copy)]
pub enum Question {
    /// Whether both tell one event.
    OneEvent,
    /// Whether one tells what came of the other's event.
    FollowUp,
}

fn case(pair: &Pair, question: Question) -> Case {
    let is_positive = match question {
        Question::OneEvent => pair.is_same,
        Question::FollowUp => pair.is_follow_up(),
    };
    let weight = match (question, pair.kind.as_str()) {
        // Few real ones are labelled, and what no one has read may be one.
        (Question::FollowUp, "follow-story") => 12.0,
        (Question::FollowUp, "background") => 0.3,
        _ => weight(pair),
    };
    Case { values: pair.signals.clone(), is_positive, weight }
}

/// The table learned from all pairs but those of the events of one fold.
pub fn without(pairs: &[Pair], question: Question, out: Option<u64>) -> (String, Gbdt) {
    let is_taken = |it: &&Pair| match question {
        Question::OneEvent => !it.is_objected,
        // Headlines of an aggregator know nothing of what follows what.
        Question::FollowUp => it.kind != "pair" && it.set != "uci" && !it.set.starts_with("ours"),
    };
    let cases: Vec<Case> = pairs
        .iter()
        .filter(is_taken)
        .filter(|it| out.is_none_or(|out| gbdt::fold(&it.group, FOLDS) != out))
        .map(|it| case(it, question))
        .collect();
    match question {
        Question::OneEvent => gbdt::train_in_parts(Matcher::ONE_EVENT_SIGNALS, &cases, SETTINGS, PARTS),
        Question::FollowUp => gbdt::train(Matcher::SIGNALS, &cases, SETTINGS),
    }
}

/// Figures of pairs, each judged by a table that has not seen its event.
pub fn validate(pairs: &[Pair]) -> String {
    let mut judged: Vec<(&Pair, f32)> = Vec::new();
    let mut ranked: Vec<(f32, bool)> = Vec::new();
    let mut follow_ups: BTreeMap<(&str, &str), Vec<f32>> = BTreeMap::new();
    for out in 0..FOLDS {
        let (_, follow_up) = without(pairs, Question::FollowUp, Some(out));
        for pair in pairs.iter().filter(|it| gbdt::fold(&it.group, FOLDS) == out) {
            let found = follow_up.probability(&pair.signals);
            follow_ups.entry((&pair.set, &pair.kind)).or_default().push(found);
        }
        let (table, model) = without(pairs, Question::OneEvent, Some(out));
        let scored = pairs.iter().filter(|it| it.set == "pairs" && gbdt::fold(&it.group, FOLDS) == out);
        let others = || pairs.iter().filter(|it| gbdt::fold(&it.group, FOLDS) != out);
        let of_headlines = linear::headlines(others());
        let matcher = Matcher::parse(&table, &table, &linear::sequels(others()), &of_headlines);
        let matcher = matcher.expect("what was learned can be read");
        let score = |it: &Pair| matcher.likeness_of_headlines(&it.signals, !it.is_objected);
        ranked.extend(scored.map(|it| (score(it), it.is_same)));
        judged.extend(
            pairs
                .iter()
                .filter(|it| gbdt::fold(&it.group, FOLDS) == out)
                .map(|it| (it, if it.is_objected { 0.0 } else { model.probability(&it.signals) })),
        );
    }
    let mut of_kind: BTreeMap<(&str, &str, bool), Vec<f32>> = BTreeMap::new();
    for (pair, found) in &judged {
        of_kind.entry((&pair.set, &pair.kind, pair.is_same)).or_default().push(*found);
    }
    let shares = |found: &[f32]| -> String {
        let above = |bound: f32| found.iter().filter(|it| bound <= **it).count() as f64 / found.len() as f64;
        [0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map(|it| format!("{:.3}", above(it))).join(" ")
    };
    let mut text =
        String::from("set kind one story: pairs, and the share of them at or above .4 .5 .6 .7 .8 .9\n");
    for ((set, kind, is_same), found) in of_kind {
        text.push_str(&format!("{set} {kind} {is_same}: {} {}\n", found.len(), shares(&found)));
    }
    text.push_str("the same of follow-ups\n");
    for ((set, kind), found) in follow_ups {
        text.push_str(&format!("{set} {kind}: {} {}\n", found.len(), shares(&found)));
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    for precision in [0.95, 0.98] {
        let (mut right, mut most) = (0.0, 0.0f64);
        for (at, (_, is_same)) in ranked.iter().enumerate() {
            right += f64::from(u8::from(*is_same));
            if precision * (at + 1) as f64 <= right {
                most = most.max(right);
            }
        }
        let all = ranked.iter().filter(|it| it.1).count() as f64;
        text.push_str(&format!("pairs of headlines: recall {:.3} at {precision}\n", most / all));
    }
    text
}
