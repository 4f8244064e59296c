//! The common words that a statement adds to its evidence or drops of it: "already", "only", "likely".
//!
//! What each of them says about whether the statement still follows was learned from statements that
//! readers had judged; the table holds words of the language and their weights, and nothing of a text.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::sides::Sides;
use crate::curate::gate::token::Token;
use crate::text::word_list;

/// The weight of each edit, as [`of`] names it.
static WEIGHTS: LazyLock<HashMap<&str, f32>> = LazyLock::new(|| {
    let pairs = word_list::pairs(include_str!("edits.txt"));
    pairs.filter_map(|(edit, weight)| Some((edit, weight.parse().ok()?))).collect()
});

/// What the edits together say, as log-odds.
pub(super) fn log_odds(sides: &Sides) -> f32 {
    of(sides).iter().filter_map(|it| WEIGHTS.get(it.as_str())).sum()
}

/// Each word that the statement adds to the sentence with most of its words, behind a plus, and each that
/// it drops between the first and the last word of that sentence which it keeps, behind a minus.
pub(super) fn of(sides: &Sides) -> Vec<String> {
    let Sides { said, best, .. } = *sides;
    let is_in = |it: &Token, tokens: &[Token]| tokens.iter().any(|other| it.lower == other.lower);
    let mut edits: Vec<String> =
        said.iter().filter(|it| !is_in(it, best)).map(|it| format!("+{}", it.lower)).collect();
    let first = best.iter().position(|it| is_in(it, said)).unwrap_or(0);
    let last = best.iter().rposition(|it| is_in(it, said)).map_or(0, |it| it + 1);
    edits.extend(best[first..last].iter().filter(|it| !is_in(it, said)).map(|it| format!("-{}", it.lower)));
    edits.sort_unstable();
    edits.dedup();
    edits
}
