//! Whether the capital of a sentence's first word is only that of a sentence.
//!
//! A first word that the source lacks is a name where a name would stand: before a verb of its
//! own, a comma or another name. "Plan for it", "Newer machines will" and "Part of it" are none.

use super::token::Token;
use super::token::TokenKind;
use crate::text::word_list::WordList;

/// Verbs and what stands for them, behind the name of who does it.
static VERBS: WordList = WordList::new(include_str!("finite_verbs.txt"));

/// Words that open a clause and belong to no list of the commonest words.
const OF_GRAMMAR: &[&str] = &[
    "besides",
    "despite",
    "except",
    "fewer",
    "neither",
    "once",
    "sooner",
    "unless",
    "until",
    "whatever",
    "whichever",
    "whoever",
    "wherever",
    "whenever",
];

/// Ends of words that name qualities and acts, never persons or firms.
const OF_QUALITIES: &[&str] = &[
    "tion", "sion", "ment", "ness", "ity", "ance", "ence", "ship", "ism", "ly", "able", "ible", "ful",
    "less", "ous", "ive", "iest",
];

/// Letters that stand before such an end: "City" and "Apple" are words of their own.
const LETTERS_BEFORE_END: usize = 4;

/// Whether the word opens its sentence as any word does.
pub(super) fn is_common(said: &[Token], at: usize) -> bool {
    let it = &said[at];
    let is_plain = it.opens_sentence
        && it.shown.chars().skip(1).all(char::is_lowercase)
        && it.shown.chars().all(char::is_alphabetic);
    if !is_plain {
        return false;
    }
    let lower = it.lower.as_str();
    if OF_GRAMMAR.contains(&lower) || is_quality(lower) {
        return true;
    }
    // A comma or full stop: "Ferncrest, a maker of radios".
    if !it.touches_next {
        return false;
    }
    // "Study Tern as it is" and "Ida Hill said": what follows the names decides.
    let behind = |from: usize| (from..said.len()).find(|at| !is_capital(&said[*at]));
    let Some(next) = behind(at + 1) else { return false };
    if (at + 1..next).any(|it| !said[it].touches_next) {
        return false;
    }
    !is_verb(said, next)
}

fn is_quality(lower: &str) -> bool {
    OF_QUALITIES
        .iter()
        .any(|end| lower.strip_suffix(end).is_some_and(|head| LETTERS_BEFORE_END <= head.chars().count()))
}

fn is_capital(it: &Token) -> bool {
    it.is_capitalised && !it.is_function_word && it.kind == TokenKind::Word
}

/// Whether the word says what the name before it does. Of "Newer machines will" the second word is
/// a noun in the plural, since a verb follows it.
fn is_verb(said: &[Token], at: usize) -> bool {
    let lower = said[at].lower.as_str();
    let is_finite = |lower: &str| VERBS.contains(lower) || 4 < lower.len() && lower.ends_with("ed");
    // "Build applications": a noun in the plural.
    let is_noun = || lower.strip_suffix('s').is_some_and(is_quality);
    let has_s = 3 < lower.len()
        && lower.ends_with('s')
        && !lower.ends_with("ss")
        && !lower.ends_with("us")
        && !is_noun();
    let next = said.get(at + 1).filter(|_| said[at].touches_next).map(|it| it.lower.as_str());
    let is_plural = || {
        next.is_some_and(|it| {
            is_finite(it) || matches!(it, "who" | "that" | "which" | "when" | "whose" | "of")
        })
    };
    is_finite(lower) || has_s && !is_plural()
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn a_first_word_is_a_name_where_a_name_would_stand() {
        let source = "Fernwave paid for the Tern radio.";
        for (statement, passes) in [
            ("Plan for the Tern radio.", true),
            ("Pick the Tern radio.", true),
            ("Retention of the Tern radio.", true),
            ("Unless Fernwave paid.", true),
            ("Build applications for the Tern radio.", true),
            ("Newer radios will be the Tern radio.", true),
            ("Corvane paid for the Tern radio.", false),
            ("Corvane will pay for the Tern radio.", false),
            ("Corvane, paid for the Tern radio.", false),
            ("Corvane Tern paid for the radio.", false),
            ("Corvane's Tern radio.", false),
        ] {
            assert_eq!(check(statement, source).is_empty(), passes, "{statement}");
        }
    }
}
