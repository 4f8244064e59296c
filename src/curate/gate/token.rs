//! What the gate compares: one word, number or code of a text.

use super::quantity::Quantity;
use crate::text::word;

/// One word, number or code of a text.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub shown: &'a str,
    /// Lower case, without possessive `s`.
    pub lower: String,
    pub stem: String,
    pub kind: TokenKind,
    pub is_capitalised: bool,
    pub is_function_word: bool,
    /// Whether it may be capitalised only because it is the first word.
    pub opens_sentence: bool,
    /// Whether only a blank or hyphen stands between it and the next.
    pub touches_next: bool,
    /// Whether it is the unit of the number before it.
    pub is_unit: bool,
    /// Counts the sentences of the text.
    pub sentence: usize,
    /// Whether it denies what follows.
    pub is_negation: bool,
    /// Whether it may stand between a negation and what that denies.
    pub is_between: bool,
}

/// What a token is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum TokenKind {
    Word,
    Number(Quantity),
    /// "third", "3rd"
    Ordinal(u32),
    /// Letters and digits mixed, or a version: lower case, without hyphens and leading `v`.
    Code(String),
    /// A weekday.
    Day,
    /// A month by its number.
    Month(u8),
    /// `2031-03-31`; the day as a number's value.
    IsoDate {
        month: u8,
        day: String,
    },
    Link,
}

impl Token<'_> {
    pub(super) fn is_same_word(&self, other: &Self) -> bool {
        self.lower == other.lower
            || self.kind == TokenKind::Word && self.stem == other.stem
            || self.is_plural_of(other)
            || other.is_plural_of(self)
            || self.lower.replace('.', "") == other.lower.replace('.', "")
    }

    /// Whether it is the plural of an acronym: "LLMs" of "LLM".
    fn is_plural_of(&self, other: &Self) -> bool {
        self.lower.strip_suffix('s') == Some(&other.lower) && self.shown.ends_with('s') && self.is_acronym()
    }

    /// Whether this is a code of which the other is the name: "GPT-5" for "GPT".
    pub(super) fn is_code_of(&self, other: &Self) -> bool {
        matches!(&self.kind, TokenKind::Code(code) if code.starts_with(&other.lower) && 2 <= other.lower.len())
    }

    /// Whether it says whose something is: "Fernwave's", "the users'".
    pub(super) fn is_possessive(&self) -> bool {
        self.shown.ends_with(['\'', '’']) || self.shown.ends_with("'s") || self.shown.ends_with("’s")
    }

    pub(super) fn is_acronym(&self) -> bool {
        word::is_acronym(self.shown.trim_end_matches('s'))
    }

    /// Whether it denies what stands near it, in whatever way.
    pub(super) fn denies(&self) -> bool {
        self.is_negation
            || matches!(
                self.lower.as_str(),
                "nothing" | "nobody" | "nowhere" | "hardly" | "barely" | "unable" | "except" | "instead"
            )
            || matches!(
                self.lower.as_str(),
                "nichts" | "niemand" | "kaum" | "rien" | "personne" | "nada" | "nadie"
            )
            || matches!(self.stem.as_str(), "fail" | "lack" | "refus" | "declin" | "stop" | "prevent")
    }
}
