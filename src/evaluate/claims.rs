//! Which statements about a story the gate lets through, and which of them it should have.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::curate::llm::Claim;
use crate::domain::StatementField;

use super::percent;

/// What statements are called whose input names no kind.
const NO_KIND: &str = "no kind";

/// A statement about a story, with what it cites.
#[derive(Clone, Debug, Deserialize)]
pub struct ClaimRecord {
    /// Its name in the output.
    pub id: Value,
    /// The story's title.
    #[serde(default)]
    pub title: String,
    /// Who published the story.
    #[serde(default)]
    pub publisher: String,
    /// When it was published, as RFC 3339.
    #[serde(default)]
    pub published: Option<String>,
    /// The sentences that may be cited, in order.
    pub sentences: Vec<String>,
    /// The statement.
    pub statement: String,
    /// The sentences that it cites, counted from 1.
    #[serde(default)]
    pub evidence: Vec<usize>,
    /// Whether it follows from them, as a person judged.
    #[serde(default)]
    pub supported: Option<bool>,
    /// What sort of truth or falsehood it is.
    #[serde(default)]
    pub kind: Option<String>,
    /// The field it is written for, as outputs or as editors' labels name it; an insight where nothing is said.
    #[serde(default)]
    pub field: Option<String>,
}

/// What the gate made of a statement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimDecision {
    /// Its name.
    pub id: Value,
    /// Whether it would be published.
    pub passes: bool,
    /// Why not.
    pub findings: Vec<String>,
}

/// Holds a statement against its story, by rule. `audiences` are those whom a briefing may be for.
pub fn decide(record: &ClaimRecord, audiences: &[&str]) -> ClaimDecision {
    let claim = Claim {
        title: &record.title,
        publisher: &record.publisher,
        sentences: &record.sentences,
        statement: &record.statement,
        evidence: &record.evidence,
        written: record.published.as_deref().and_then(|it| it.get(..10)?.parse().ok()),
        audiences,
        field: field(record.field.as_deref().unwrap_or_default()),
    };
    let findings = claim.findings();
    ClaimDecision { id: record.id.clone(), passes: findings.is_empty(), findings }
}

/// The field of a name, which labels may shorten. A claim for no field that we know is checked as an
/// insight, of which the gate asks nothing beyond what it asks of all.
fn field(name: &str) -> StatementField {
    let of_short = || match name {
        "takeaway" => Some(StatementField::KeyTakeaway),
        "principle" => Some(StatementField::Principles),
        "practice" => Some(StatementField::InPractice),
        _ => None,
    };
    StatementField::from_word(name).or_else(of_short).unwrap_or(StatementField::KeyInsights)
}

/// How many statements of each kind were decided wrongly.
#[derive(Clone, Debug, Default)]
pub struct ClaimScores {
    /// Whether such statements are true, their kind, how many there are, how many pass.
    kinds: BTreeMap<(bool, String), (usize, usize)>,
    without_label: usize,
}

impl ClaimScores {
    /// Counts one statement.
    pub fn count(&mut self, record: &ClaimRecord, decided: &ClaimDecision) {
        let Some(is_true) = record.supported else {
            self.without_label += 1;
            return;
        };
        let kind = record.kind.clone().unwrap_or_else(|| NO_KIND.to_owned());
        let counted = self.kinds.entry((is_true, kind)).or_default();
        counted.0 += 1;
        counted.1 += usize::from(decided.passes);
    }

    /// How many statements are true or are false, and how many of these were decided wrongly.
    fn wrong(&self, are_true: bool, is_meant: impl Fn(&str) -> bool) -> (usize, usize) {
        let meant = self.kinds.iter().filter(|((is_true, kind), _)| *is_true == are_true && is_meant(kind));
        meant.fold((0, 0), |(all, wrong), (_, (count, passed))| {
            (all + count, wrong + if are_true { count - passed } else { *passed })
        })
    }
}

impl fmt::Display for ClaimScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kinds.is_empty() {
            return f.write_str("no scores: the statements carry no labels");
        }
        for (are_true, what) in [(true, "true statements refused"), (false, "false statements passed")] {
            line(f, what, self.wrong(are_true, |_| true))?;
            let kinds = self.kinds.keys().filter(|it| it.0 == are_true);
            for (_, kind) in kinds {
                line(f, &format!("  {kind}"), self.wrong(are_true, |it| it == kind))?;
            }
        }
        write!(f, "statements without a label: {}", self.without_label)
    }
}

fn line(f: &mut fmt::Formatter<'_>, what: &str, (all, wrong): (usize, usize)) -> fmt::Result {
    writeln!(f, "{what}: {wrong} of {all} ({:.1} %)", percent(wrong as f64, all as f64))
}
