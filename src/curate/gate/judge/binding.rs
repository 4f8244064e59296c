//! Which figure, name and word belongs to which in a statement and in its evidence.

use super::coverage::pairs;
use super::sides::Sides;
use super::sides::is_same;
use super::sides::share;
use super::sides::tells;
use crate::curate::gate::alignment::likeness;
use crate::curate::gate::name::is_name;
use crate::curate::gate::token::Token;
use crate::curate::gate::token::TokenKind;

/// Words behind a number among which its noun stands.
const NOUN_DISTANCE_MAX: usize = 3;

pub(super) const NAMES: [&str; 23] = [
    "numbers",
    "numbers_unbound",
    "number_deficit",
    "numbers_noun_kept",
    "numbers_cited",
    "names",
    "names_unbound",
    "name_deficit",
    "names_cited",
    "names_reversed",
    "likeness_mean",
    "likeness_least",
    "reversed",
    "reversals",
    "reversed_nearby",
    "same_first_name",
    "same_first_word",
    "same_last_word",
    "passive",
    "passive_cited",
    "names_new_here",
    "first_word_place",
    "numbers_missing_here",
];

pub(super) fn features(sides: &Sides) -> [f32; NAMES.len()] {
    let Sides { said, cited, best, .. } = *sides;
    let numbers = places(said, is_number);
    let numbers_cited = places(cited, is_number);
    let (unbound, deficit) = bound(said, &numbers, cited, &numbers_cited);
    let nouns = numbers.iter().filter(|at| keeps_noun(said, **at, cited)).count();
    let names = places(said, is_proper);
    let names_cited = places(cited, is_proper);
    let (names_unbound, name_deficit) = bound(said, &names, cited, &names_cited);
    let known: Vec<usize> = (0..said.len())
        .filter(|at| tells(&said[*at]))
        .filter_map(|at| {
            let there = (0..cited.len()).filter(|it| is_same(&said[at], &cited[*it]));
            there.map(|it| likeness(said, at, cited, it)).max()
        })
        .collect();
    let order = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
        let at = (0..said.len()).filter(|at| wanted(*at));
        at.filter_map(|at| best.iter().position(|it| is_same(&said[at], it))).collect()
    };
    let order_of_all = order(&|at| tells(&said[at]));
    let order_of_names = order(&|at| names.contains(&at));
    let (reversals, of) = inversions(&order_of_all);
    let (names_reversed, _) = inversions(&order_of_names);
    let nearby = pairs(said);
    let reversed_nearby = nearby.iter().filter(|it| is_reversed(&said[it.0], &said[it.1], best)).count();
    let first = |tokens: &[Token]| (0..tokens.len()).find(|at| tells(&tokens[*at]));
    let last = |tokens: &[Token]| (0..tokens.len()).rfind(|at| tells(&tokens[*at]));
    let agrees = |a: Option<usize>, b: Option<usize>| match (a, b) {
        (Some(a), Some(b)) => f32::from(u8::from(is_same(&said[a], &best[b]))),
        _ => 0.5,
    };
    let names_best = places(best, is_proper);
    let first_place = first(said).and_then(|at| best.iter().position(|it| is_same(&said[at], it)));
    [
        numbers.len() as f32,
        unbound,
        deficit,
        share(nouns, numbers.len()),
        numbers_cited.len() as f32,
        names.len() as f32,
        names_unbound,
        name_deficit,
        names_cited.len() as f32,
        names_reversed as f32,
        share(known.iter().sum(), known.len()),
        known.iter().min().map_or(-1.0, |it| *it as f32),
        share(reversals, of),
        reversals as f32,
        share(reversed_nearby, nearby.len()),
        agrees(names.first().copied(), names_best.first().copied()),
        agrees(first(said), first(best)),
        agrees(last(said), last(best)),
        passives(said) as f32,
        passives(best) as f32,
        names.iter().filter(|at| !cited.iter().any(|it| said[**at].is_same_word(it))).count() as f32,
        first_place.map_or(-1.0, |it| share(it, best.len())),
        numbers.iter().filter(|at| !cited.iter().any(|it| is_same(&said[**at], it))).count() as f32,
    ]
}

fn is_number(tokens: &[Token], at: usize) -> bool {
    matches!(tokens[at].kind, TokenKind::Number(_))
}

fn is_proper(tokens: &[Token], at: usize) -> bool {
    is_name(tokens, at) && matches!(tokens[at].kind, TokenKind::Word | TokenKind::Code(_))
}

fn places(tokens: &[Token], is_meant: fn(&[Token], usize) -> bool) -> Vec<usize> {
    (0..tokens.len()).filter(|at| is_meant(tokens, *at)).collect()
}

/// How many of these tokens have more around them in common with another one of the same kind
/// than with themselves in the evidence, and by how many words at most.
fn bound(said: &[Token], mine: &[usize], cited: &[Token], theirs: &[usize]) -> (f32, f32) {
    let mut unbound = 0;
    let mut worst: Option<i32> = None;
    for at in mine {
        let likest = |is_wanted: bool| {
            let there = theirs.iter().filter(|it| is_same(&said[*at], &cited[**it]) == is_wanted);
            there.map(|it| likeness(said, *at, cited, *it)).max()
        };
        let Some(same) = likest(true) else { continue };
        let deficit = likest(false).unwrap_or(0) as i32 - same as i32;
        unbound += usize::from(0 < deficit);
        worst = worst.max(Some(deficit));
    }
    (unbound as f32, worst.map_or(-9.0, |it| it as f32))
}

/// Whether the next content word behind a number stands behind it in the evidence, too.
fn keeps_noun(said: &[Token], at: usize, cited: &[Token]) -> bool {
    let Some(noun) = said.iter().skip(at + 1).take(NOUN_DISTANCE_MAX).find(|it| tells(it)) else {
        return true;
    };
    (0..cited.len())
        .filter(|it| is_same(&said[at], &cited[*it]))
        .any(|there| cited.iter().skip(there + 1).take(NOUN_DISTANCE_MAX + 1).any(|it| is_same(noun, it)))
}

/// Pairs of places that are the other way round, and all pairs.
fn inversions(order: &[usize]) -> (usize, usize) {
    let mut reversed = 0;
    for (at, it) in order.iter().enumerate() {
        reversed += order[at + 1..].iter().filter(|later| *later < it).count();
    }
    (reversed, order.len() * order.len().saturating_sub(1) / 2)
}

/// Whether the evidence has the second only before the first.
fn is_reversed(a: &Token, b: &Token, best: &[Token]) -> bool {
    let first = best.iter().position(|it| is_same(a, it));
    let last = best.iter().rposition(|it| is_same(b, it));
    matches!((first, last), (Some(first), Some(last)) if last < first)
}

/// Participles before "by".
fn passives(tokens: &[Token]) -> usize {
    tokens
        .windows(2)
        .filter(|it| it[1].lower == "by" && (it[0].lower.ends_with("ed") || it[0].lower.ends_with("en")))
        .count()
}
