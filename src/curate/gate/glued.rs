//! Names in texts whose markup swallowed the blanks around links: "likeCanvaandFigmaare".

use super::token::Token;

/// Letters of a name that are found between other letters: shorter ones stand in many words.
const BETWEEN_MIN: usize = 3;
/// The same at the beginning of a word, where nothing but its letters tells it from a longer name.
const BEGINNING_MIN: usize = 6;

/// Words that stand between two names, or behind one.
const JOINING: [&str; 7] = ["and", "to", "for", "from", "with", "that", "which"];

/// Whether a word of the source is this name with other words glued to it. A capital within a word
/// that begins with a small letter begins a name; what begins with a capital and goes on with a
/// capital, as "JavaScript", is one word, except where a function word is between: "AmazonandMicrosoft".
pub(super) fn is_in(name: &str, source: &[Token]) -> bool {
    let name = name.trim_end_matches("'s").trim_end_matches("’s");
    let letters = name.chars().count();
    letters >= BETWEEN_MIN
        && source.iter().any(|it| {
            let begins_small = it.shown.starts_with(char::is_lowercase);
            let is_small = |c: char| c.is_lowercase();
            it.shown.match_indices(name).any(|(at, _)| {
                let (ahead, behind) = (&it.shown[..at], &it.shown[at + name.len()..]);
                let next_end = behind.find(|c| !is_small(c)).unwrap_or(behind.len());
                match ahead.chars().next_back() {
                    None => {
                        JOINING.contains(&&behind[..next_end])
                            || letters >= BEGINNING_MIN && !behind.is_empty() && behind.chars().all(is_small)
                    }
                    Some(before) => {
                        begins_small && (before.is_lowercase() || before == '.')
                            || JOINING.iter().any(|it| ahead.ends_with(it))
                    }
                }
            })
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
                      TernandHaldenwith them, Lyrato go.";
        let tokens = tokenizer::tokenize(source, Language::English);
        for it in ["Canva", "Figma", "Brennick", "Brennick’s", "Tern", "Halden", "Lyra"] {
            assert!(is_in(it, &tokens), "{it}");
        }
        for it in ["Java", "Script", "Bren", "Others", "Canvas"] {
            assert!(!is_in(it, &tokens), "{it}");
        }
    }
}
