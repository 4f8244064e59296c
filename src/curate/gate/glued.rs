//! Names and codes in texts whose markup swallowed the blanks around links: "likeCanvaandFigmaare".

use super::token::Token;
use super::token::TokenKind;
use crate::text::word::Language;

/// Letters of a name that are found between other letters: shorter ones stand in many words.
const BETWEEN_MIN: usize = 3;
/// The same at the beginning of a word, where nothing but its letters tells it from a longer name.
const BEGINNING_MIN: usize = 6;

/// The same before what only by its ending is known to be a word.
const ENDED_MIN: usize = 5;
/// Letters of such a word.
const WORD_MIN: usize = 6;

/// Words that stand between two names, or behind one.
const JOINING: [&str; 7] = ["and", "to", "for", "from", "with", "that", "which"];

/// Whether a word of the source is this name with other words glued to it. A capital within a word
/// that begins with a small letter begins a name; what begins with a capital and goes on with a
/// capital, as "JavaScript", is one word, except where a function word is between: "AmazonandMicrosoft".
pub(super) fn is_in(name: &str, source: &[Token]) -> bool {
    let name = name.trim_end_matches("'s").trim_end_matches("’s");
    let letters = name.chars().count();
    let is_long = BETWEEN_MIN <= letters;
    let is_short = !is_long && name.chars().all(char::is_uppercase);
    let is_at = |at: usize, shown: &str| {
        let (ahead, behind) = (&shown[..at], &shown[at + name.len()..]);
        let next = &behind[..behind.find(|c: char| !c.is_lowercase()).unwrap_or(behind.len())];
        match ahead.chars().next_back() {
            None if next.len() == behind.len() && 1 < next.len() && Language::English.is_stop_word(next) => {
                is_long || is_short
            }
            None if next.len() == behind.len() && has_ending(next) => ENDED_MIN <= letters,
            None => is_long && JOINING.contains(&next) || BEGINNING_MIN <= letters && !next.is_empty(),
            Some(before) => {
                let begins_name =
                    shown.starts_with(char::is_lowercase) && (before.is_lowercase() || before == '.');
                is_long && (begins_name || JOINING.iter().any(|it| ahead.ends_with(it)))
            }
        }
    };
    source.iter().any(|it| it.shown.match_indices(name).any(|(at, _)| is_at(at, it.shown)))
}

/// Whether small letters behind a name are a word of their own by their ending: "Buildintegrated".
fn has_ending(letters: &str) -> bool {
    WORD_MIN <= letters.chars().count() && ["ed", "ing", "ly"].iter().any(|it| letters.ends_with(it))
}

/// Whether a code of the source is this one with a word glued before it: "Thei686" and "TakeQwen3".
pub(super) fn is_behind_word(code: &str, source: &[Token]) -> bool {
    source.iter().any(|it| {
        let TokenKind::Code(glued) = &it.kind else { return false };
        let Some(before) = glued.strip_suffix(code).filter(|it| 1 < it.len()) else { return false };
        let is_cut = || {
            let mut ahead = it.shown.chars().skip(before.chars().count());
            it.shown.chars().take(before.chars().count()).skip(1).all(char::is_lowercase)
                && ahead.next().is_some_and(char::is_uppercase)
        };
        Language::English.is_stop_word(before) || is_cut()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tokenizer;
    use super::*;
    use crate::text::word::Language;

    #[test]
    fn a_name_is_found_within_what_was_glued_to_it() {
        let source = "Others, likeCanvaandFigmaare, wait. Brennickposted it in JavaScript. An iPhone rang. \
                      TernandHaldenwith them, Lyrato go. Posted on Zon Sunday. The Trackintegrated it.";
        let tokens = tokenizer::tokenize(source, Language::English);
        for it in ["Canva", "Figma", "Brennick", "Brennick’s", "Tern", "Halden", "Lyra", "Z", "Track"] {
            assert!(is_in(it, &tokens), "{it}");
        }
        for it in ["Java", "Script", "Bren", "Others", "Canvas"] {
            assert!(!is_in(it, &tokens), "{it}");
        }
    }

    #[test]
    fn a_code_is_found_behind_what_was_glued_to_it() {
        let tokens = tokenizer::tokenize(
            "Thei686 target, set to0xFF(255). TakeTern3-Next, not iFern9.",
            Language::English,
        );
        for it in ["i686", "0xff", "tern3"] {
            assert!(is_behind_word(it, &tokens), "{it}");
        }
        for it in ["686", "rn3", "fern9", "fern9x"] {
            assert!(!is_behind_word(it, &tokens), "{it}");
        }
    }
}
