//! Which places of a statement and of its cited text speak of the same thing.

use super::opposite;
use super::token::Token;
use super::token::TokenKind;

/// Words on either side of a word that tell which occurrence of it is meant.
const AROUND: usize = 6;
/// The same in the cited text, which is wordier.
const AROUND_CITED: usize = 9;
/// Words around in common that make a denied word without a meaning of its own the same one.
pub(super) const AROUND_MIN: usize = 2;
/// Share of a statement's words from which on it repeats its source, so that a "not" or an opposite
/// which only one of both has changes the meaning.
const SAME_WORDS: f64 = 0.75;

/// How much two places have in common: the content words and numbers around both, each within
/// its sentence.
pub(super) fn likeness(said: &[Token], at: usize, source: &[Token], there: usize) -> usize {
    let around = |tokens: &[Token], at: usize, reach: usize| {
        let near = at.saturating_sub(reach)..(at + reach + 1).min(tokens.len());
        near.filter(move |it| *it != at).collect::<Vec<_>>()
    };
    let tells = |it: &Token| !it.is_function_word || !matches!(it.kind, TokenKind::Word);
    let theirs: Vec<&Token> = around(source, there, AROUND_CITED)
        .into_iter()
        .map(|it| &source[it])
        .filter(|it| it.sentence == source[there].sentence)
        .collect();
    let mine = around(said, at, AROUND).into_iter().map(|it| &said[it]);
    mine.filter(|it| it.sentence == said[at].sentence && tells(it))
        .filter(|it| theirs.iter().any(|other| other.stem == it.stem))
        .count()
}

/// Whether the statement has hardly any word of meaning that the source lacks.
pub(super) fn is_near(said: &[Token], source: &[Token]) -> bool {
    let is_known = |it: &Token| source.iter().any(|other| other.stem == it.stem);
    // An opposite or a denial that the source lacks is what is asked about.
    let means = |it: &&Token| {
        let is_asked = it.is_negation || it.is_between || it.denies() || opposite::side(&it.lower).is_some();
        !it.is_function_word && (!is_asked || is_known(it))
    };
    let all = said.iter().filter(means).count();
    let known = said.iter().filter(means).filter(|it| is_known(it)).count();
    SAME_WORDS * all as f64 <= known as f64
}
