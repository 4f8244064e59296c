//! Words that deny what follows them, and words that may stand between both.

use crate::text::word::Language;
use crate::text::word_list::WordList;

static BETWEEN_EN: WordList = WordList::new(include_str!("between/en.txt"));
static BETWEEN_DE: WordList = WordList::new(include_str!("between/de.txt"));
static BETWEEN_FR: WordList = WordList::new(include_str!("between/fr.txt"));
static BETWEEN_ES: WordList = WordList::new(include_str!("between/es.txt"));

/// Whether a word denies what follows; `before` is the word before it.
pub(super) fn is_negation(lower: &str, before: Option<&str>, language: Language) -> bool {
    match language {
        Language::English => {
            matches!(lower, "not" | "no" | "never" | "without" | "neither" | "nor" | "cannot" | "none")
                || lower.ends_with("n't")
        }
        Language::German => {
            matches!(
                lower,
                "nicht"
                    | "kein"
                    | "keine"
                    | "keinem"
                    | "keinen"
                    | "keiner"
                    | "keines"
                    | "nie"
                    | "niemals"
                    | "ohne"
                    | "weder"
            )
        }
        // "Ne fonctionne pas": the verb is denied; "n'est pas prévu": what is behind it.
        Language::French => {
            matches!(lower, "ne" | "jamais" | "sans" | "aucun" | "aucune" | "ni" | "non")
                || lower.starts_with("n'")
                || lower == "pas" && before.is_some_and(|it| it.starts_with("n'"))
        }
        Language::Spanish => {
            matches!(
                lower,
                "no" | "nunca" | "jamás" | "sin" | "ni" | "ningún" | "ninguna" | "ninguno" | "tampoco"
            )
        }
    }
}

/// Whether a word may stand between a negation and what it denies.
pub(super) fn is_between(lower: &str, language: Language) -> bool {
    let words = match language {
        Language::English => &BETWEEN_EN,
        Language::German => &BETWEEN_DE,
        Language::French => &BETWEEN_FR,
        Language::Spanish => &BETWEEN_ES,
    };
    words.contains(lower)
}
