//! Whether two headlines tell the same event.

use serde::Deserialize;
use serde::Serialize;

use crate::cluster::EntryFeatures;
use crate::cluster::EntryText;
use crate::cluster::Window;
use crate::domain::Timestamp;

use super::percent;

/// Scores from which on people mean the same event, of 5.
const SAME_FROM: f64 = 3.0;

/// Two headlines.
#[derive(Clone, Debug, Deserialize)]
pub struct PairRecord {
    /// Their name in the output.
    pub id: serde_json::Value,
    /// One.
    pub a: String,
    /// The other.
    pub b: String,
    /// How much alike people find them, 0 to 5.
    #[serde(default)]
    pub score: Option<f64>,
}

/// What was decided of two headlines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairDecision {
    /// Their name.
    pub id: serde_json::Value,
    /// Whether entries with nothing but these headlines would be one story.
    pub same: bool,
    /// How much they are alike, from about 0 to 1.
    pub score: f64,
}

/// How well it was decided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairScores {
    /// Pairs of one event, in percent, that can be found while 95 % of those found are right.
    pub recall_at_95: f64,
    /// The same at 98 %.
    pub recall_at_98: f64,
    /// Of the pairs called the same, in percent, how many are.
    pub precision: f64,
    /// Of the pairs that are the same, in percent, how many are called so.
    pub recall: f64,
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct PairsReport {
    /// In the order of the input.
    pub decided: Vec<PairDecision>,
    /// Where people's scores are given.
    pub scores: Option<PairScores>,
}

/// Compares each pair, with the words of all pairs for a background.
pub fn run(records: &[PairRecord]) -> PairsReport {
    let mut window: Window<usize> = Window::new(crate::cluster::SAME_URL_WINDOW);
    // A name for each side, so that nothing speaks for one publisher's two entries.
    let mut read = |publisher: &str, title: &str| {
        window.read(&EntryText {
            publisher,
            title,
            text: "",
            published: Timestamp::default(),
            address: None,
            links: &[],
            never_cluster: false,
        })
    };
    let readings: Vec<(EntryFeatures, EntryFeatures)> =
        records.iter().map(|it| (read("a", &it.a), read("b", &it.b))).collect();
    for (a, b) in &readings {
        window.count(a);
        window.count(b);
    }
    let decided: Vec<PairDecision> = records
        .iter()
        .zip(&readings)
        .map(|(record, (a, b))| {
            let (score, same) = window.likeness(a, b);
            PairDecision {
                id: record.id.clone(),
                same,
                score: (f64::from(score) * 10_000.0).round() / 10_000.0,
            }
        })
        .collect();
    let labels: Option<Vec<bool>> = records.iter().map(|it| it.score.map(|it| SAME_FROM <= it)).collect();
    let scores = labels.filter(|it| !it.is_empty()).map(|labels| scores(&decided, &labels));
    PairsReport { decided, scores }
}

fn scores(decided: &[PairDecision], labels: &[bool]) -> PairScores {
    let mut ranked: Vec<(f64, bool)> =
        decided.iter().zip(labels).map(|(it, label)| (it.score, *label)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let called = decided.iter().zip(labels).filter(|it| it.0.same);
    let (made, right) = (called.clone().count() as f64, called.filter(|it| *it.1).count() as f64);
    let same = labels.iter().filter(|it| **it).count() as f64;
    PairScores {
        recall_at_95: percent(found_at(&ranked, 0.95), same),
        recall_at_98: percent(found_at(&ranked, 0.98), same),
        precision: percent(right, made),
        recall: percent(right, same),
    }
}

/// The most pairs of one event above any score at which the precision holds; equal scores stand together.
fn found_at(ranked: &[(f64, bool)], precision: f64) -> f64 {
    let (mut right, mut most) = (0.0, 0.0f64);
    for (at, (score, is_same)) in ranked.iter().enumerate() {
        right += f64::from(u8::from(*is_same));
        let is_last_of_score = ranked.get(at + 1).is_none_or(|it| it.0 < *score);
        if is_last_of_score && precision * (at + 1) as f64 <= right {
            most = most.max(right);
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ranked: &[(f64, bool)], precision: f64, expected: f64) {
        assert_eq!(found_at(ranked, precision), expected);
    }

    #[test]
    fn recall_is_taken_where_the_precision_still_holds() {
        check(&[(0.9, true), (0.8, true), (0.7, false)], 0.95, 2.0);
        check(&[(0.9, true), (0.8, false), (0.7, true)], 0.95, 1.0);
        check(&[(0.9, true), (0.8, false), (0.7, true)], 0.6, 2.0);
        check(&[(0.9, true), (0.9, false)], 0.95, 0.0);
        check(&[], 0.95, 0.0);
    }

    #[test]
    fn a_different_number_makes_two_headlines_two_events() {
        let pair = |id: u32, a: &str, b: &str| PairRecord {
            id: id.into(),
            a: a.to_owned(),
            b: b.to_owned(),
            score: None,
        };
        let report = run(&[
            pair(
                1,
                "Bomber kills 3 soldiers in Kabul market",
                "Bomber kills three soldiers in Kabul's market",
            ),
            pair(2, "Bomber kills 3 soldiers in Kabul market", "Bomber kills 13 soldiers in Kabul market"),
        ]);
        assert_eq!(report.decided.iter().map(|it| it.same).collect::<Vec<_>>(), [true, false]);
        assert!(report.decided[1].score < report.decided[0].score);
    }
}
