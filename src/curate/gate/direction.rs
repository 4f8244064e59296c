//! Direction: the statement does not say the opposite of the cited text.

use super::alignment::is_near;
use super::alignment::likeness;
use super::comparison::Comparison;
use super::negation::negated;
use super::opposite;
use super::opposite::OF_QUANTITIES;
use super::token::Token;
use super::token::TokenKind;

/// Words between a quantity and the word that says where it moved, in a statement.
const DIRECTION_DISTANCE_MAX: usize = 5;
/// The same in the cited text, which is wordier.
const DIRECTION_DISTANCE_CITED_MAX: usize = 8;

/// A word whose opposite the cited text says in its place.
pub(super) fn reversed<'t>(compared: &Comparison<'t>) -> Vec<&'t str> {
    direction(&compared.said, compared.cited).into_iter().collect()
}

/// A word whose opposite the source says in its place.
fn direction<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    if !is_near(said, source) {
        return None;
    }
    let denied = negated(said);
    said.iter().enumerate().filter(|(at, _)| !denied[*at]).find_map(|(at, it)| {
        let (pair, is_first) = opposite::side(&it.lower)?;
        let likest = |wanted: bool| {
            let places = (0..source.len())
                .filter(|there| opposite::side(&source[*there].lower) == Some((pair, wanted)));
            places.map(|there| likeness(said, at, source, there)).max()
        };
        let (same, opposite) = (likest(is_first), likest(!is_first));
        // Where the source has both, what stands around decides which of them is meant.
        let is_opposite = opposite.is_some_and(|it| same.unwrap_or(0) < it);
        let near =
            at.saturating_sub(DIRECTION_DISTANCE_MAX)..(at + DIRECTION_DISTANCE_MAX + 1).min(said.len());
        let is_wrong = is_opposite
            || pair == OF_QUANTITIES
                && near.into_iter().any(|number| direction_contradicted(&said[number], is_first, source));
        is_wrong.then_some(it.shown)
    })
}

/// Whether the source has the quantity only beside words that say the opposite.
fn direction_contradicted(quantity: &Token, is_up: bool, source: &[Token]) -> bool {
    let TokenKind::Number(number) = &quantity.kind else { return false };
    let mut places = source
        .iter()
        .enumerate()
        .filter(|(_, it)| matches!(&it.kind, TokenKind::Number(other) if number.is_in(other)))
        .peekable();
    places.peek().is_some()
        && places.all(|(at, _)| {
            let near = &source[at.saturating_sub(DIRECTION_DISTANCE_CITED_MAX)
                ..(at + DIRECTION_DISTANCE_CITED_MAX + 1).min(source.len())];
            let has = |wanted: bool| {
                near.iter().any(|it| opposite::side(&it.lower) == Some((OF_QUANTITIES, wanted)))
            };
            has(!is_up) && !has(is_up)
        })
}
