//! In what order the fields of a briefing are filled, and how full.

use crate::domain::StatementField;

use super::budget::Budget;

/// Sentences of a summary.
pub(super) const SUMMARY_MAX: usize = 3;

/// Sentences that a summary has, where the text has them, before its share counts.
pub(super) const SUMMARY_MIN: usize = 2;

/// Sentences of a summary that several publishers carry.
pub(super) const SUMMARY_MERGED_MAX: usize = 4;

/// Sentences of the other fields.
const INSIGHTS_MAX: usize = 4;

const PRACTICE_MAX: usize = 2;

const PRINCIPLES_MAX: usize = 1;

/// How much of a budget a step may leave the summary with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Share {
    /// About half of each publisher's words.
    Half,
    /// All that is left.
    Whole,
}

/// A field to fill, with what share of the budget, up to how many statements.
pub(super) type FillStep = (StatementField, Share, usize);

/// The steps in which the fields are filled that a draft leaves empty.
pub(super) fn steps(budget: Budget, drafted: &[StatementField]) -> Vec<FillStep> {
    let all = match budget {
        Budget::Excerpts(_) => ROUNDS,
        Budget::Unlimited => IN_FULL,
    };
    all.iter().filter(|it| !drafted.contains(&it.0)).copied().collect()
}

/// Each field filled before the next.
const IN_FULL: &[FillStep] = &[
    (StatementField::Summary, Share::Whole, SUMMARY_MERGED_MAX),
    (StatementField::Principles, Share::Whole, PRINCIPLES_MAX),
    (StatementField::InPractice, Share::Whole, PRACTICE_MAX),
    (StatementField::KeyTakeaway, Share::Whole, 1),
    (StatementField::KeyInsights, Share::Whole, INSIGHTS_MAX),
];

/// Where words are few, something for every field before more for any.
const ROUNDS: &[FillStep] = &[
    (StatementField::Summary, Share::Half, SUMMARY_MIN),
    (StatementField::KeyTakeaway, Share::Whole, 1),
    (StatementField::KeyInsights, Share::Whole, 1),
    (StatementField::InPractice, Share::Whole, 1),
    (StatementField::Principles, Share::Whole, 1),
    (StatementField::Summary, Share::Half, SUMMARY_MERGED_MAX),
    (StatementField::KeyInsights, Share::Whole, 2),
    (StatementField::InPractice, Share::Whole, 2),
    (StatementField::Principles, Share::Whole, PRINCIPLES_MAX),
    (StatementField::Summary, Share::Whole, SUMMARY_MERGED_MAX),
    (StatementField::KeyInsights, Share::Whole, INSIGHTS_MAX),
    (StatementField::InPractice, Share::Whole, PRACTICE_MAX),
];
