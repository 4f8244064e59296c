//! How much of a statement stands in its evidence, and how it is spread there.

use super::sides::Sides;
use super::sides::StoryStems;
use super::sides::is_same;
use super::sides::share;
use super::sides::tells;
use crate::curate::gate::token::Token;
use crate::curate::gate::token::TokenKind;

/// Words between two content words that belong together.
const PAIR_DISTANCE_MAX: usize = 4;

pub(super) const NAMES: [&str; 18] = [
    "words",
    "covered",
    "covered_by_best",
    "covered_by_story",
    "new",
    "new_in_story",
    "new_letters",
    "pairs_kept",
    "pairs_across",
    "run",
    "evidence",
    "evidence_words",
    "length_ratio",
    "best_used",
    "best_dropped",
    "sentences_used",
    "function_new",
    "covered_without_best",
];

pub(super) fn features(sides: &Sides, story: &StoryStems) -> [f32; NAMES.len()] {
    let Sides { said, cited, best, sentences } = *sides;
    let content: Vec<&Token> = said.iter().filter(|it| tells(it)).collect();
    let is_in = |it: &Token, tokens: &[Token]| tokens.iter().any(|other| is_same(it, other));
    let covered = content.iter().filter(|it| is_in(it, cited)).count();
    let by_best = content.iter().filter(|it| is_in(it, best)).count();
    let in_story = content
        .iter()
        .filter(|it| matches!(it.kind, TokenKind::Number(_)) || story.stems.contains(&it.stem))
        .count();
    let letters = |it: &&&Token| it.shown.chars().count();
    let all_letters: usize = content.iter().map(|it| letters(&it)).sum();
    let new_letters: usize = content.iter().filter(|it| !is_in(it, cited)).map(|it| letters(&it)).sum();
    let pairs = pairs(said);
    let known: Vec<&(usize, usize)> =
        pairs.iter().filter(|(a, b)| is_in(&said[*a], cited) && is_in(&said[*b], cited)).collect();
    let kept = known.iter().filter(|(a, b)| is_pair(&said[*a], &said[*b], cited)).count();
    let in_one = |a: &Token, b: &Token| {
        (0..sentences).any(|sentence| {
            let has = |it: &Token| cited.iter().any(|other| other.sentence == sentence && is_same(it, other));
            has(a) && has(b)
        })
    };
    let across = known.iter().filter(|(a, b)| !in_one(&said[*a], &said[*b])).count();
    let best_content = best.iter().filter(|it| tells(it)).count();
    let best_used = best.iter().filter(|it| tells(it) && is_in(it, said)).count();
    let used = (0..sentences)
        .filter(|sentence| {
            let own = |it: &&&Token| {
                cited.iter().any(|other| other.sentence == *sentence && is_same(it, other))
                    && !is_in(it, best)
            };
            content.iter().filter(own).count() != 0
        })
        .count();
    let function_new = said.iter().filter(|it| !tells(it) && !is_in(it, cited)).count();
    [
        content.len() as f32,
        share(covered, content.len()),
        share(by_best, content.len()),
        share(in_story, content.len()),
        (content.len() - covered) as f32,
        (content.len() - in_story) as f32,
        share(new_letters, all_letters),
        share(kept, known.len().max(1)),
        across as f32,
        share(longest_run(said, cited), said.len()),
        sentences as f32,
        cited.len() as f32,
        share(said.len(), cited.len()),
        share(best_used, best_content),
        (best_content - best_used) as f32,
        used as f32,
        function_new as f32,
        (covered - by_best) as f32,
    ]
}

/// Neighbouring content words of one sentence.
pub(super) fn pairs(said: &[Token]) -> Vec<(usize, usize)> {
    let at: Vec<usize> = (0..said.len()).filter(|it| tells(&said[*it])).collect();
    at.windows(2).map(|it| (it[0], it[1])).filter(|it| said[it.0].sentence == said[it.1].sentence).collect()
}

/// Whether the evidence has both near each other.
fn is_pair(a: &Token, b: &Token, cited: &[Token]) -> bool {
    (0..cited.len()).filter(|at| is_same(a, &cited[*at])).any(|at| {
        let near = at.saturating_sub(PAIR_DISTANCE_MAX)..(at + PAIR_DISTANCE_MAX + 1).min(cited.len());
        near.into_iter().any(|it| cited[it].sentence == cited[at].sentence && is_same(b, &cited[it]))
    })
}

/// The most words in a row that both have.
pub(super) fn longest_run(said: &[Token], cited: &[Token]) -> usize {
    let mut longest = 0;
    let mut before = vec![0usize; cited.len() + 1];
    for it in said {
        let mut row = vec![0usize; cited.len() + 1];
        for (at, other) in cited.iter().enumerate() {
            if it.lower == other.lower {
                row[at + 1] = before[at] + 1;
                longest = longest.max(row[at + 1]);
            }
        }
        before = row;
    }
    longest
}
