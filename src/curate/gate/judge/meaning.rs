//! Words that change what a statement means: denials, hedges, quantifiers, conditions, directions.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::sides::Sides;
use super::sides::is_same;
use super::sides::tells;
use crate::curate::gate::negation::negated;
use crate::curate::gate::opposite;
use crate::curate::gate::token::Token;
use crate::text::word_list;

const CLASSES: usize = 16;

pub(super) static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names = vec![
        "denials",
        "denials_best",
        "denials_cited",
        "denied_here",
        "denied_there",
        "opposites",
        "opposites_only",
        "sides_new",
        "questions",
        "modal_changed",
    ];
    for (class, _) in word_list::pairs(include_str!("classes.txt")) {
        names.extend([class, class, class]);
    }
    names
});

/// The classes that each word belongs to, as bits.
static CLASSES_OF: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
    let mut classes = HashMap::new();
    for (class, (_, words)) in word_list::pairs(include_str!("classes.txt")).enumerate() {
        for word in words.split_whitespace() {
            *classes.entry(word).or_default() |= 1_u32 << class;
        }
    }
    classes
});

fn classes(token: &Token) -> u32 {
    CLASSES_OF.get(token.lower.as_str()).copied().unwrap_or(0)
}

pub(super) fn features(sides: &Sides) -> Vec<f32> {
    let Sides { said, cited, best, .. } = *sides;
    let denials = |tokens: &[Token]| tokens.iter().filter(|it| it.denies()).count() as f32;
    let (denied, denied_there) = (negated(said), negated(best));
    let mismatch = |mine: &[Token], is_mine: &[bool], theirs: &[Token], is_theirs: &[bool]| {
        let is_only_mine = |at: usize| {
            let there: Vec<usize> = (0..theirs.len()).filter(|it| is_same(&mine[at], &theirs[*it])).collect();
            is_mine[at] && tells(&mine[at]) && !there.is_empty() && !there.iter().any(|it| is_theirs[*it])
        };
        (0..mine.len()).filter(|at| is_only_mine(*at)).count() as f32
    };
    let has_side =
        |tokens: &[Token], wanted| tokens.iter().any(|it| opposite::side(&it.lower) == Some(wanted));
    let sides_said: Vec<(usize, bool)> = said.iter().filter_map(|it| opposite::side(&it.lower)).collect();
    let opposites = sides_said.iter().filter(|it| has_side(best, (it.0, !it.1))).count();
    let only = sides_said.iter().filter(|it| has_side(best, (it.0, !it.1)) && !has_side(best, **it)).count();
    let new = sides_said.iter().filter(|it| !has_side(cited, **it)).count();
    let modal = |tokens: &[Token]| tokens.iter().fold(0, |all, it| all | classes(it));
    let mut values = vec![
        denials(said),
        denials(best),
        denials(cited),
        mismatch(said, &denied, best, &denied_there),
        mismatch(best, &denied_there, said, &denied),
        opposites as f32,
        only as f32,
        new as f32,
        cited.iter().filter(|it| it.lower == "why" || it.lower == "whether").count() as f32,
        (modal(said) ^ modal(best)).count_ones() as f32,
    ];
    for class in 0..CLASSES {
        let count =
            |tokens: &[Token]| tokens.iter().filter(|it| classes(it) >> class & 1 == 1).count() as f32;
        let new = said.iter().filter(|it| {
            classes(it) >> class & 1 == 1 && !cited.iter().any(|other| classes(other) >> class & 1 == 1)
        });
        values.extend([count(said), count(best) - count(said), new.count() as f32]);
    }
    values
}
