//! How score and engine agree with what editors approved, changed and rejected.
//!
//! The audit log is the label: each story that a person decided about counts once, as it stands now, with
//! the score that it had when it was decided about.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::domain::FieldValue;
use crate::domain::StoryField;
use crate::domain::StoryState;
use crate::store::AuditEvent;
use crate::store::Reader;
use crate::store::RevisionRow;
use crate::store::StoreError;
use crate::store::StoryRowId;

use super::percent;

/// Thresholds of the sweep; of more scores, these are taken at even distances.
const THRESHOLDS_MAX: usize = 20;

/// What became of a story in the end.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Selection {
    /// Approved as the engine wrote it.
    Approved,
    /// Kept, with words of a person.
    Changed,
    /// Rejected.
    Rejected,
}

impl Selection {
    const ALL: [Self; 3] = [Self::Approved, Self::Changed, Self::Rejected];

    fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Changed => "changed",
            Self::Rejected => "rejected",
        }
    }
}

/// A story that editors decided about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SelectDecision {
    /// The story's key.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What became of it.
    pub verdict: Selection,
    /// Its score when it was decided about first; nothing where none could be computed.
    pub score: Option<f64>,
    /// Who wrote what the editor was given.
    pub engine: Option<&'static str>,
    /// The fields that the editor changed.
    pub fields: Vec<&'static str>,
    /// When it was decided about last.
    pub at: String,
}

/// The stories that editors decided about, in the order of their first decision.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn decisions(store: &Reader<'_>) -> Result<Vec<SelectDecision>, StoreError> {
    let mut by_story: BTreeMap<StoryRowId, Vec<AuditEvent>> = BTreeMap::new();
    let mut order = Vec::new();
    for (story, event) in store.selections()? {
        let events = by_story.entry(story).or_default();
        if events.is_empty() {
            order.push(story);
        }
        events.push(event);
    }
    let mut decided = Vec::new();
    for id in order {
        let Some(events) = by_story.remove(&id) else { continue };
        let Some(story) = store.story_at(id)? else { continue };
        let revisions = store.revisions(id)?;
        let Some(verdict) = verdict(&events, story.state == StoryState::Published) else { continue };
        decided.push(SelectDecision {
            id: story.key.to_string(),
            title: story.title,
            verdict,
            score: events.iter().find_map(|it| it.score),
            engine: engine(&revisions, &events),
            fields: changed(&revisions, &events).into_iter().map(StoryField::as_str).collect(),
            at: events.last().map(|it| it.at.rfc3339()).unwrap_or_default(),
        });
    }
    Ok(decided)
}

/// What the acts of people amount to: the last approval or rejection counts. A story that was only edited is
/// decided about where readers see it; one that still waits is not.
fn verdict(events: &[AuditEvent], is_published: bool) -> Option<Selection> {
    let last = events.iter().rev().find(|it| ["approve", "reject"].contains(&it.act.as_str()));
    match last.map(|it| it.act.as_str()) {
        Some("reject") => Some(Selection::Rejected),
        None if !is_published => None,
        _ if events.iter().any(|it| it.act == "edit") => Some(Selection::Changed),
        _ => Some(Selection::Approved),
    }
}

/// The revision that the first of these acts was about: what an edit made replaced the one before it.
fn given<'a>(revisions: &'a [RevisionRow], events: &[AuditEvent]) -> Option<&'a RevisionRow> {
    let first = events.first()?;
    let is_given = |it: &&RevisionRow| match first.act.as_str() {
        "edit" => it.n < first.revision,
        _ => it.n <= first.revision,
    };
    revisions.iter().filter(is_given).max_by_key(|it| it.n)
}

fn engine(revisions: &[RevisionRow], events: &[AuditEvent]) -> Option<&'static str> {
    let content = given(revisions, events)?.content.as_ref().ok()?;
    Some(content.briefing.engine.as_str())
}

/// The fields in which the last edit differs from what the editor was given first.
fn changed(revisions: &[RevisionRow], events: &[AuditEvent]) -> Vec<StoryField> {
    let last = events.iter().rev().find(|it| it.act == "edit");
    let after = last.and_then(|edit| revisions.iter().find(|it| it.n == edit.revision));
    let (Some(before), Some(after)) = (given(revisions, events), after) else { return Vec::new() };
    let (Ok(old), Ok(new)) = (&before.content, &after.content) else { return Vec::new() };
    let differs = |it: &StoryField| {
        FieldValue::of(*it, &before.title, &old.briefing) != FieldValue::of(*it, &after.title, &new.briefing)
    };
    StoryField::ALL.into_iter().filter(differs).collect()
}

/// How score and engine agree with the decisions.
#[derive(Clone, Debug, Default)]
pub struct SelectScores {
    verdicts: BTreeMap<Selection, usize>,
    engines: BTreeMap<&'static str, BTreeMap<Selection, usize>>,
    fields: BTreeMap<&'static str, usize>,
    /// Scores of stories that were kept and of those that were rejected, in order.
    kept: Vec<f64>,
    rejected: Vec<f64>,
}

impl SelectScores {
    /// Counts the decisions.
    pub fn of(decisions: &[SelectDecision]) -> Self {
        let mut scores = Self::default();
        for it in decisions {
            *scores.verdicts.entry(it.verdict).or_default() += 1;
            if let Some(engine) = it.engine {
                *scores.engines.entry(engine).or_default().entry(it.verdict).or_default() += 1;
            }
            for field in &it.fields {
                *scores.fields.entry(field).or_default() += 1;
            }
            match (it.verdict, it.score) {
                (Selection::Rejected, Some(score)) => scores.rejected.push(score),
                (_, Some(score)) => scores.kept.push(score),
                (_, None) => {}
            }
        }
        scores.kept.sort_by(f64::total_cmp);
        scores.rejected.sort_by(f64::total_cmp);
        scores
    }

    /// The probability that a kept story has the higher score of a kept and a rejected one (the area
    /// under the ROC curve); equal scores count half.
    fn agreement(&self) -> Option<f64> {
        let pairs = (self.kept.len() * self.rejected.len()) as f64;
        let won = |score: &f64| {
            let below = self.rejected.partition_point(|it| it < score);
            let up_to = self.rejected.partition_point(|it| it <= score);
            (below + up_to) as f64 / 2.0
        };
        (pairs > 0.0).then(|| self.kept.iter().map(won).sum::<f64>() / pairs)
    }

    /// The scores that tell something, lowest first.
    fn thresholds(&self) -> Vec<f64> {
        let mut all: Vec<f64> = self.kept.iter().chain(&self.rejected).copied().collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        let step = all.len().div_ceil(THRESHOLDS_MAX).max(1);
        all.into_iter().step_by(step).collect()
    }
}

/// How many of sorted scores are at or above a threshold.
fn at_least(scores: &[f64], threshold: f64) -> usize {
    scores.len() - scores.partition_point(|it| *it < threshold)
}

impl fmt::Display for SelectScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: usize = self.verdicts.values().sum();
        if all == 0 {
            return f.write_str("no scores: nobody has approved, changed or rejected a story");
        }
        let count = |of: &BTreeMap<Selection, usize>, it| of.get(&it).copied().unwrap_or_default();
        let parts = |of: &BTreeMap<Selection, usize>| {
            let n: usize = of.values().sum();
            let part = |it: Selection| {
                let count = count(of, it);
                format!("{} {count} ({:.1} %)", it.as_str(), percent(count as f64, n as f64))
            };
            Selection::ALL.map(part).join(", ")
        };
        writeln!(f, "stories decided about: {all}: {}", parts(&self.verdicts))?;
        for (engine, of) in &self.engines {
            writeln!(f, "engine {engine}: {}", parts(of))?;
        }
        for (field, count) in &self.fields {
            writeln!(f, "field {field}: changed in {count}")?;
        }
        match self.agreement() {
            Some(it) => writeln!(f, "a kept story outscores a rejected one: {:.1} %", it * 100.0)?,
            None => writeln!(f, "no agreement of the score: it takes kept and rejected stories")?,
        }
        let (kept, rejected) = (self.kept.len(), self.rejected.len());
        write!(f, "stories with a score: {}", kept + rejected)?;
        for threshold in self.thresholds() {
            let (passed, wrong) = (at_least(&self.kept, threshold), at_least(&self.rejected, threshold));
            write!(
                f,
                "\nscore_min = {threshold}: keeps {passed} of {kept} that editors kept ({:.1} %) and {wrong} of \
                 {rejected} that they rejected ({:.1} %); {:.1} % of what it lets through was kept",
                percent(passed as f64, kept as f64),
                percent(wrong as f64, rejected as f64),
                percent(passed as f64, (passed + wrong) as f64)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(act: &str, revision: u32) -> AuditEvent {
        AuditEvent {
            at: crate::domain::Timestamp::default(),
            by: "Ann".to_owned(),
            act: act.to_owned(),
            revision,
            why: None,
            other: None,
            score: None,
        }
    }

    #[test]
    fn the_last_approval_or_rejection_counts() {
        let check = |acts: &[&str], expected| {
            let events: Vec<AuditEvent> = acts.iter().map(|it| event(it, 1)).collect();
            assert_eq!(verdict(&events, true), Some(expected), "{acts:?}");
        };
        check(&["approve"], Selection::Approved);
        check(&["edit"], Selection::Changed);
        check(&["edit", "approve"], Selection::Changed);
        check(&["approve", "edit"], Selection::Changed);
        check(&["approve", "reject"], Selection::Rejected);
        check(&["edit", "reject"], Selection::Rejected);
        check(&["reject", "approve"], Selection::Approved);
        check(&["reject", "edit", "approve"], Selection::Changed);
        assert_eq!(
            verdict(&[event("edit", 1)], false),
            None,
            "what was edited and waits is not decided about"
        );
        assert_eq!(verdict(&[event("reject", 1)], false), Some(Selection::Rejected));
    }

    fn decided(verdict: Selection, score: f64) -> SelectDecision {
        SelectDecision {
            id: String::new(),
            title: String::new(),
            verdict,
            score: Some(score),
            engine: Some("extractive"),
            fields: if verdict == Selection::Changed { vec!["summary"] } else { Vec::new() },
            at: String::new(),
        }
    }

    #[test]
    fn agreement_is_the_share_of_pairs_in_the_right_order() {
        use Selection::{Approved, Changed, Rejected};
        let of = |kept: &[f64], rejected: &[f64]| {
            let kept = kept.iter().map(|it| decided(Approved, *it));
            let all: Vec<_> = kept.chain(rejected.iter().map(|it| decided(Rejected, *it))).collect();
            SelectScores::of(&all).agreement()
        };
        assert_eq!(of(&[2.0, 3.0], &[1.0, 0.5]), Some(1.0));
        assert_eq!(of(&[1.0], &[2.0]), Some(0.0));
        assert_eq!(of(&[1.0, 3.0], &[1.0, 2.0]), Some(0.625));
        assert_eq!(of(&[1.0], &[]), None);
        let said = SelectScores::of(&[decided(Approved, 3.0), decided(Changed, 2.0), decided(Rejected, 1.0)]);
        let said = said.to_string();
        for line in [
            "stories decided about: 3: approved 1 (33.3 %), changed 1 (33.3 %), rejected 1 (33.3 %)",
            "engine extractive: approved 1 (33.3 %), changed 1 (33.3 %), rejected 1 (33.3 %)",
            "field summary: changed in 1",
            "a kept story outscores a rejected one: 100.0 %",
            "stories with a score: 3",
            "score_min = 1: keeps 2 of 2 that editors kept (100.0 %) and 1 of 1 that they rejected (100.0 %); \
             66.7 % of what it lets through was kept",
            "score_min = 3: keeps 1 of 2 that editors kept (50.0 %) and 0 of 1 that they rejected (0.0 %); \
             100.0 % of what it lets through was kept",
        ] {
            assert!(said.lines().any(|it| it == line), "{line} is not in:\n{said}");
        }
        assert!(SelectScores::default().to_string().starts_with("no scores"));
    }

    #[test]
    fn a_sweep_has_a_bounded_number_of_lines() {
        let all: Vec<_> = (0..999).map(|n| decided(Selection::Approved, f64::from(n) / 100.0)).collect();
        let thresholds = SelectScores::of(&all).thresholds();
        assert!(thresholds.len() <= THRESHOLDS_MAX && thresholds.first() == Some(&0.0), "{thresholds:?}");
    }
}
