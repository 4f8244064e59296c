//! A statement beside the text that it cites: what every check of the gate reads.

use super::token::Token;
use crate::text::word::Language;

/// A statement and its cited text, cut into tokens.
#[derive(Debug)]
pub(super) struct Comparison<'t> {
    /// The statement as written.
    pub statement: &'t str,
    /// The statement's tokens.
    pub said: Vec<Token<'t>>,
    /// The tokens of the cited text.
    pub cited: &'t [Token<'t>],
    /// The tokens in which names may stand: those of the cited text, or of more text around it.
    pub around: &'t [Token<'t>],
    /// The language of the cited text, and so of the statement.
    pub language: Language,
}
