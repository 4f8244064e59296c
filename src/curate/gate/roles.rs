//! Roles: two names beside a verb are not the other way round in the cited text.

use super::comparison::Comparison;
use super::name::is_name;
use super::token::Token;
use super::token::TokenKind;
use crate::text::word::Language;
use crate::text::word_list::WordList;

/// Words between a verb and the names that it joins, in a statement and in the wordier cited text.
const ROLES_DISTANCE_MAX: usize = 4;
const ROLES_DISTANCE_CITED_MAX: usize = 6;

static VERBS_BETWEEN_NAMES: WordList = WordList::new(include_str!("verbs_between_names.txt"));

/// A verb whose two names have changed places; English only.
pub(super) fn swapped<'t>(compared: &Comparison<'t>) -> Vec<&'t str> {
    if compared.language != Language::English {
        return Vec::new();
    }
    roles_swapped(&compared.said, compared.cited).into_iter().collect()
}

/// A verb whose two names the source has the other way round, and nowhere this way.
fn roles_swapped<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    let is_same = |a: &[Token], b: &[Token]| a.iter().any(|it| b.iter().any(|other| it.is_same_word(other)));
    (0..said.len()).find_map(|at| {
        let (doer, done) = roles(said, at, ROLES_DISTANCE_MAX)?;
        let there = (0..source.len()).filter(|it| source[*it].stem == said[at].stem);
        let mut is_so = false;
        let mut is_reverse = false;
        for (other_doer, other_done) in there.filter_map(|it| roles(source, it, ROLES_DISTANCE_CITED_MAX)) {
            is_so |= is_same(doer, other_doer) || is_same(done, other_done);
            is_reverse |= is_same(doer, other_done) && is_same(done, other_doer);
        }
        (is_reverse && !is_so).then_some(said[at].shown)
    })
}

/// The names before and behind a verb of [`VERBS_BETWEEN_NAMES`], who does it first: of "was bought by"
/// the one behind.
fn roles<'t, 'a>(
    tokens: &'t [Token<'a>],
    at: usize,
    reach: usize,
) -> Option<(&'t [Token<'a>], &'t [Token<'a>])> {
    let verb = &tokens[at];
    if !VERBS_BETWEEN_NAMES.contains(&verb.lower) {
        return None;
    }
    let is_part = |it: usize| {
        tokens[it].sentence == verb.sentence && tokens[it].kind == TokenKind::Word && is_name(tokens, it)
    };
    let last = (at.saturating_sub(reach)..at).rev().find(|it| is_part(*it))?;
    let first = (at + 1..(at + 1 + reach).min(tokens.len())).find(|it| is_part(*it))?;
    let joins = |it: usize| tokens[it].touches_next;
    let from = (0..last).rev().take_while(|it| is_part(*it) && joins(*it)).last().unwrap_or(last);
    let to = (first..tokens.len() - 1)
        .take_while(|it| joins(*it) && is_part(*it + 1))
        .last()
        .map_or(first, |it| it + 1);
    let (before, behind) = (&tokens[from..=last], &tokens[first..=to]);
    let is_passive = tokens.get(at + 1).is_some_and(|it| it.lower == "by");
    Some(if is_passive { (behind, before) } else { (before, behind) })
}
