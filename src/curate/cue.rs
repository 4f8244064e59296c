//! Phrases of German, French and Spanish that tell what a sentence is: a consequence, a comparison,
//! or a thing one can do now. English sentences are chosen by what was learned (`choose`).

use std::sync::LazyLock;

use regex::Regex;

use crate::text::word::Language;

use super::reading::MemberSentence;

/// How strongly a sentence shows each role; all 0 for one that may not be quoted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signs {
    pub insight: u32,
    pub consequence: u32,
    pub practice: u32,
}

/// What a sentence shows; nothing where the language has no cues.
pub(super) fn signs(it: &MemberSentence) -> Signs {
    let Some(cues) = Cues::of(it.language).filter(|_| it.is_quotable) else { return Signs::default() };
    let hits = |phrases: &Regex| u32::try_from(phrases.find_iter(&it.lower).count()).unwrap_or(u32::MAX);
    let has_number = it.text.contains(|c: char| c.is_ascii_digit());
    let change = has_number && cues.changes.is_match(&it.lower);
    let is_quotation = it.text.contains(['"', '“', '„', '«']);
    let consequence = 2 * hits(&cues.consequences);
    Signs {
        insight: consequence + 2 * hits(&cues.comparisons) + 3 * u32::from(change),
        consequence,
        practice: if is_quotation { 0 } else { 2 * hits(&cues.capabilities) },
    }
}

/// The cues of a language: few, and only the plain ones.
struct Cues {
    /// Something follows from something.
    consequences: Regex,
    /// Something is more than something, or has never been.
    comparisons: Regex,
    changes: Regex,
    capabilities: Regex,
}

impl Cues {
    fn of(language: Language) -> Option<&'static Self> {
        match language {
            Language::English => None,
            Language::German => Some(&GERMAN),
            Language::French => Some(&FRENCH),
            Language::Spanish => Some(&SPANISH),
        }
    }
}

static GERMAN: LazyLock<Cues> = LazyLock::new(|| Cues {
    consequences: any_of_words(&[
        "bedeutet",
        "deswegen",
        "dürfte",
        "erlaubt",
        "ermöglicht",
        "folge",
        "führt zu",
        "infolge",
        "könnte",
        "sodass",
        "weil",
        "zwingt",
    ]),
    comparisons: any_of_words(&["erstmals", "mehr als", "weniger als", "größte", "höchste"]),
    changes: any_of_words(&[
        "fiel",
        "fielen",
        "gesunken",
        "gestiegen",
        "gewachsen",
        "sank",
        "sanken",
        "senkt",
        "senkte",
        "stieg",
        "stiegen",
        "verlor",
        "wuchs",
        "wuchsen",
    ]),
    capabilities: any_of_words(&[
        "ab sofort",
        "aktualisieren",
        "erhältlich",
        "kostenlos",
        "kostet",
        "können nutzer",
        "müssen",
        "setzt voraus",
        "steht bereit",
        "unterstützt",
        "veröffentlicht",
        "verfügbar",
    ]),
});

static FRENCH: LazyLock<Cues> = LazyLock::new(|| Cues {
    consequences: any_of_words(&[
        "afin que",
        "en raison",
        "entraîne",
        "devrait",
        "oblige",
        "parce que",
        "permet",
        "pourrait",
        "risque",
        "signifie",
    ]),
    comparisons: any_of_words(&["moins que", "plus que", "pour la première fois", "la plus grande"]),
    changes: any_of_words(&[
        "a augmenté",
        "a baissé",
        "a chuté",
        "a perdu",
        "a progressé",
        "a reculé",
        "augmente",
        "baisse",
        "chute",
        "ont augmenté",
        "ont baissé",
        "progresse",
        "recule",
    ]),
    capabilities: any_of_words(&[
        "coûte",
        "désormais",
        "disponible",
        "disponibles",
        "doivent",
        "gratuit",
        "gratuitement",
        "mettre à jour",
        "nécessite",
        "peuvent",
        "prend en charge",
    ]),
});

static SPANISH: LazyLock<Cues> = LazyLock::new(|| Cues {
    consequences: any_of_words(&[
        "debido a",
        "obliga",
        "para que",
        "permite",
        "permitirá",
        "podría",
        "porque",
        "riesgo",
        "significa",
        "supone",
    ]),
    comparisons: any_of_words(&["más que", "menos que", "por primera vez", "la mayor"]),
    changes: any_of_words(&[
        "aumentaron",
        "aumentó",
        "bajaron",
        "bajó",
        "cayeron",
        "cayó",
        "creció",
        "perdió",
        "redujo",
        "subieron",
        "subió",
    ]),
    capabilities: any_of_words(&[
        "a partir de",
        "actualizar",
        "cuesta",
        "deben",
        "disponible",
        "disponibles",
        "gratis",
        "gratuito",
        "pueden",
        "requiere",
        "ya está",
    ]),
});

/// A pattern that finds any of the phrases where they are not part of longer words.
fn any_of_words(phrases: &[&str]) -> Regex {
    let pattern = format!(r"\b(?:{})\b", phrases.join("|"));
    Regex::new(&pattern).expect("plain phrases are a valid pattern")
}
