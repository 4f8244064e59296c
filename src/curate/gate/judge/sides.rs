//! What the judge compares: a statement, its evidence and the stems of the whole story.

use std::collections::HashSet;

use crate::curate::gate::token::Token;
use crate::curate::gate::token::TokenKind;
use crate::curate::gate::tokenizer;
use crate::text::word::Language;

/// The stems of a whole story, read once for all its statements.
#[derive(Clone, Debug, Default)]
pub struct StoryStems {
    pub(super) stems: HashSet<String>,
}

impl StoryStems {
    /// Reads the title and the sentences of a story.
    pub fn read<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut stems = HashSet::new();
        for text in texts {
            stems.extend(tokenizer::tokenize(text, Language::English).into_iter().map(|it| it.stem));
        }
        Self { stems }
    }
}

/// A statement and its evidence in tokens.
pub(super) struct Sides<'s, 't> {
    pub(super) said: &'s [Token<'t>],
    /// Of all evidence; a token's sentence is its place in the evidence.
    pub(super) cited: &'s [Token<'t>],
    /// Of the sentence with most words of the statement.
    pub(super) best: &'s [Token<'t>],
    /// How many sentences are cited.
    pub(super) sentences: usize,
}

/// Whether a token says something by itself.
pub(super) fn tells(token: &Token) -> bool {
    !token.is_function_word || !matches!(token.kind, TokenKind::Word)
}

/// Whether the two stand for the same.
pub(super) fn is_same(a: &Token, b: &Token) -> bool {
    match (&a.kind, &b.kind) {
        (TokenKind::Number(a), TokenKind::Number(b)) => a.is_in(b) || a.value_is(b),
        _ => a.stem == b.stem || a.lower == b.lower,
    }
}

/// The tokens of the cited sentence that has most of what is said.
pub(super) fn best_sentence<'t>(said: &[Token], cited: &[Token<'t>], sentences: usize) -> Vec<Token<'t>> {
    let shared = |sentence: usize| {
        let told: Vec<&Token> = cited.iter().filter(|it| it.sentence == sentence).collect();
        said.iter().filter(|it| tells(it) && told.iter().any(|other| is_same(it, other))).count()
    };
    let best = (0..sentences).max_by_key(|it| (shared(*it), std::cmp::Reverse(*it))).unwrap_or(0);
    cited.iter().filter(|it| it.sentence == best).cloned().collect()
}

/// A share, 0 of nothing.
pub(super) fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}
