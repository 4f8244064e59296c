//! Phrases that tell what a sentence is: a consequence, a thing one can do now, a rule, a conclusion.
//!
//! Each function answers how strongly, 0 for not at all.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::word;
use crate::text::word::Language;

use super::reading::Sentence;

/// How strongly a sentence shows each role; all 0 for one that may not be quoted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signs {
    pub insight: u32,
    pub consequence: u32,
    pub practice: u32,
    pub principle: u32,
    pub conclusion: u32,
}

/// What a sentence shows.
pub(super) fn signs(it: &Sentence) -> Signs {
    if !it.is_quotable {
        return Signs::default();
    }
    let principle = principle(it);
    let practice = practice(it, principle);
    let consequence = consequence(it);
    let insight = insight(it, consequence, practice, principle);
    Signs { insight, consequence, practice, principle, conclusion: conclusion(it) }
}

/// A consequence, a quantity that moved, a comparison.
fn insight(it: &Sentence, consequence: u32, practice: u32, principle: u32) -> u32 {
    if let Some(cues) = Cues::of(it.language) {
        let has_number = it.text.contains(|c: char| c.is_ascii_digit());
        let change = if has_number { cues.changes.find_iter(&it.lower).count() } else { 0 };
        return 2 * cues.consequences.find_iter(&it.lower).count() as u32 + 3 * u32::from(change != 0);
    }
    // What is a rule belongs there.
    if principle != 0 {
        return 0;
    }
    let prospect = hits(&it.lower, &PROSPECTS);
    let comparison = hits(&it.lower, &COMPARISONS);
    let has_number = it.text.contains(|c: char| c.is_ascii_digit());
    let change = u32::from(has_number && CHANGES.is_match(&it.lower));
    let strength = consequence + 2 * prospect + 2 * comparison + 3 * change;
    // So does what one can or must do now.
    let is_duty = practice != 0 && DUTIES.is_match(&it.lower);
    if strength <= practice || is_duty { 0 } else { strength }
}

/// Something follows from something: more than that it will be, or is the largest.
fn consequence(it: &Sentence) -> u32 {
    2 * hits(&it.lower, &CONSEQUENCES)
}

/// Someone can, must or may do something now, or from a date, or at a price.
fn practice(it: &Sentence, principle: u32) -> u32 {
    if let Some(cues) = Cues::of(it.language) {
        let is_quotation = it.text.contains(['"', '“', '„', '«']);
        return if is_quotation { 0 } else { 2 * cues.capabilities.find_iter(&it.lower).count() as u32 };
    }
    let has_number = it.text.contains(|c: char| c.is_ascii_digit());
    // What costs millions is no offer.
    let has_price = has_number
        && it.text.contains(['$', '£', '€', '¥'])
        && !it.lower.contains("illion")
        && !it.lower.contains("00,000");
    let is_quotation = it.text.contains(['"', '“', '‘', '«']);
    if is_quotation || principle != 0 {
        return 0;
    }
    let duties = hits(&it.lower, &DUTIES);
    let capability = hits(&it.lower, &CAPABILITIES) + if has_price { hits(&it.lower, &PRICES) } else { 0 };
    if capability + duties == 0 {
        return 0;
    }
    let is_group = ACTORS.is_match(&it.lower);
    let capability = capability + if is_group { duties } else { 0 };
    let is_past = || DONE.is_match(&it.lower);
    if capability != 0 && (is_group || names(it.text) != 0) && !is_past() {
        2 * capability + u32::from(has_number)
    } else {
        0
    }
}

/// The source states a general rule: a generic subject, the present tense, no number, no
/// date, no name, no quotation.
fn principle(it: &Sentence) -> u32 {
    if it.language != Language::English {
        return 0;
    }
    const PRINCIPLE_WORDS_MAX: usize = 30;
    let mut words = it.lower.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
    let first = words.next().unwrap_or_default();
    let rules = match first {
        // One such thing stands for all, if what is said of it is said of all.
        "a" | "an" => hits(&it.lower, &MAXIMS),
        _ if GENERIC_SUBJECTS.contains(&first) => hits(&it.lower, &RULES) + hits(&it.lower, &MAXIMS),
        // "Deleting is", "Paying twice is": what one does.
        _ if first.len() > 5 && first.ends_with("ing") => hits(&it.lower, &MAXIMS),
        // "Devices that cannot renew": all of a kind, but not those who are told to act.
        _ if first.len() > 4 && first.ends_with('s') && !first.ends_with("ss") && !ACTORS.is_match(first) => {
            hits(&it.lower, &MAXIMS)
        }
        _ => 0,
    };
    let is_particular = || {
        it.text.contains(|c: char| c.is_ascii_digit() || matches!(c, '"' | '“' | '‘' | ':'))
            || names(it.text) != 0
            || NOT_PRESENT.is_match(&it.lower)
    };
    if rules != 0 && it.words <= PRINCIPLE_WORDS_MAX && !is_particular() { rules } else { 0 }
}

/// The text draws its conclusion.
fn conclusion(it: &Sentence) -> u32 {
    if it.language != Language::English {
        return 0;
    }
    let is_quotation = it.text.contains(['"', '“', '”', '‘', '«']);
    if is_quotation {
        0
    } else {
        CONCLUSIONS.iter().filter(|cue| it.lower.starts_with(**cue)).count() as u32 * 2
            + hits(&it.lower, &CONCLUSIONS_INSIDE)
    }
}

/// The cues of a language other than English: fewer, and only the plain ones.
struct Cues {
    consequences: Regex,
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
        "erstmals",
        "folge",
        "führt zu",
        "infolge",
        "könnte",
        "mehr als",
        "sodass",
        "weil",
        "weniger als",
        "zwingt",
        "größte",
        "höchste",
    ]),
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
        "moins que",
        "oblige",
        "parce que",
        "permet",
        "plus que",
        "pour la première fois",
        "pourrait",
        "risque",
        "signifie",
        "la plus grande",
    ]),
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
        "más que",
        "menos que",
        "obliga",
        "para que",
        "permite",
        "permitirá",
        "podría",
        "por primera vez",
        "porque",
        "riesgo",
        "significa",
        "supone",
        "la mayor",
    ]),
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

/// How many words inside the sentence are capitalised.
fn names(text: &str) -> usize {
    word::words(text).skip(1).filter(|(_, it)| word::is_capitalised(it) && *it != "I").count()
}

/// How many of the phrases occur as words.
fn hits(lower: &str, phrases: &LazyLock<Regex>) -> u32 {
    u32::try_from(phrases.find_iter(lower).count()).unwrap_or(u32::MAX)
}

/// A pattern that finds any of the phrases where they are not part of longer words.
fn any_of(phrases: &[&str]) -> Regex {
    let escaped: Vec<String> = phrases.iter().map(|it| regex::escape(it)).collect();
    let pattern = format!(r"(?-u:\b)(?:{})(?-u:\b)", escaped.join("|"));
    Regex::new(&pattern).expect("escaped phrases are a valid pattern")
}

/// The same where words begin or end in letters beyond ASCII.
fn any_of_words(phrases: &[&str]) -> Regex {
    let pattern = format!(r"\b(?:{})\b", phrases.join("|"));
    Regex::new(&pattern).expect("plain phrases are a valid pattern")
}

static CONSEQUENCES: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "allow",
        "allows",
        "as a result",
        "because",
        "due to",
        "enable",
        "enables",
        "force",
        "forces",
        "in response",
        "leads to",
        "likely to",
        "mean",
        "means",
        "meaning",
        "paves the way",
        "puts",
        "raises questions",
        "resulting in",
        "risk",
        "risks",
        "signals",
        "so that",
        "suggests",
        "threatens",
        "which makes",
    ])
});

/// What may come of it.
static PROSPECTS: LazyLock<Regex> = LazyLock::new(|| any_of(&["could", "will", "would"]));

static COMPARISONS: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "at least",
        "biggest",
        "cheaper than",
        "compared with",
        "compared to",
        "double",
        "doubled",
        "faster than",
        "fastest",
        "fewer than",
        "first time",
        "half of",
        "highest",
        "largest",
        "less than",
        "lowest",
        "more than",
        "most",
        "nearly",
        "outpaced",
        "record",
        "slower than",
        "smaller than",
        "than any",
        "times as",
        "tripled",
        "twice",
        "up from",
        "down from",
        "versus",
    ])
});

static CHANGES: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "added",
        "climbed",
        "cut",
        "cuts",
        "declined",
        "dropped",
        "expanded",
        "fell",
        "gained",
        "grew",
        "grow",
        "increased",
        "jumped",
        "lost",
        "raised",
        "reduced",
        "reduces",
        "rise",
        "rose",
        "shrank",
        "slipped",
        "slowed",
        "surged",
    ])
});

static CAPABILITIES: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "affected versions",
        "affects versions",
        "are available",
        "available for",
        "available from",
        "available in",
        "available on",
        "available to",
        "be able to",
        "begins shipping",
        "beta",
        "can also",
        "can choose",
        "can now",
        "can use",
        "deprecated",
        "developers can",
        "end of support",
        "fixed in",
        "free of charge",
        "general availability",
        "generally available",
        "is available",
        "launches",
        "migrate",
        "now available",
        "now supports",
        "on sale",
        "open source",
        "open-source",
        "must patch",
        "patch is available",
        "patched in",
        "patches are available",
        "should patch",
        "preorder",
        "release candidate",
        "requires",
        "roll out",
        "rolled out",
        "rolling out",
        "rolls out",
        "runs on",
        "security fixes",
        "ship",
        "ships",
        "supports",
        "upgrade",
        "users can",
        "customers can",
        "will be available",
        "works with",
    ])
});

static PRICES: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "a month",
        "a year",
        "cost",
        "costs",
        "free",
        "per month",
        "per user",
        "per year",
        "priced at",
        "starting at",
        "starts at",
    ])
});

static DUTIES: LazyLock<Regex> =
    LazyLock::new(|| any_of(&["have to", "have until", "must", "need to", "needs to", "should"]));

/// What was done is no longer there to do.
static DONE: LazyLock<Regex> =
    LazyLock::new(|| any_of(&["did", "found", "had", "had to", "was", "were", "would have"]));

static ACTORS: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "admins",
        "administrators",
        "anyone",
        "businesses",
        "buyers",
        "clients",
        "companies",
        "customers",
        "developers",
        "employees",
        "engineers",
        "everyone",
        "firms",
        "maintainers",
        "operators",
        "organizations",
        "organisations",
        "owners",
        "partners",
        "people",
        "publishers",
        "researchers",
        "students",
        "subscribers",
        "teams",
        "users",
    ])
});

const GENERIC_SUBJECTS: &[&str] = &[
    "any",
    "automation",
    "backups",
    "businesses",
    "code",
    "companies",
    "complexity",
    "consumers",
    "customers",
    "data",
    "defaults",
    "developers",
    "diversification",
    "engineers",
    "every",
    "everyone",
    "firms",
    "founders",
    "good",
    "investors",
    "large",
    "leaders",
    "managers",
    "markets",
    "no",
    "nothing",
    "old",
    "open",
    "organisations",
    "organizations",
    "people",
    "platforms",
    "privacy",
    "products",
    "programmers",
    "security",
    "simple",
    "small",
    "software",
    "standards",
    "startups",
    "systems",
    "teams",
    "technology",
    "tools",
    "trust",
    "users",
    "vendors",
];

static RULES: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "always",
        "best practice",
        "cannot",
        "depends on",
        "do not",
        "essential",
        "good practice",
        "is better than",
        "is the best",
        "lesson",
        "matters",
        "must",
        "need to",
        "needs to",
        "never",
        "only when",
        "only works",
        "ought to",
        "requires",
        "rule",
        "should",
        "tend to",
        "tends to",
        "works best",
    ])
});

/// What is said of one and meant of all.
static MAXIMS: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "always",
        "deserves",
        "has to",
        "is a reason to",
        "is cheaper than",
        "is fragile",
        "is never",
        "is no",
        "is not a",
        "is often",
        "is only as",
        "is safer than",
        "is the operation",
        "is worth",
        "is better than",
        "most deserves",
        "must",
        "needs",
        "needs to",
        "never",
        "only when",
        "saves little",
        "should",
    ])
});

static NOT_PRESENT: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "announced",
        "did",
        "had",
        "has been",
        "have been",
        "last",
        "next",
        "now",
        "said",
        "says",
        "told",
        "today",
        "tomorrow",
        "was",
        "were",
        "will",
        "would",
        "yesterday",
    ])
});

const CONCLUSIONS: &[&str] = &[
    "all in all",
    "bottom line",
    "for now",
    "in conclusion",
    "in short",
    "in sum",
    "in summary",
    "in the end",
    "in the long run",
    "on balance",
    "overall",
    "taken together",
    "the bottom line",
    "the conclusion",
    "the lesson",
    "the takeaway",
    "the upshot",
    "to sum up",
    "ultimately",
    "what matters",
];

static CONCLUSIONS_INSIDE: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        "the bottom line is",
        "the lesson is",
        "the lesson for",
        "the takeaway is",
        "the upshot is",
        "what matters is",
    ])
});

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(text: &str) -> Sentence<'_> {
        Sentence {
            member: 0,
            index: 1,
            span: 0..text.len(),
            text,
            lower: text.to_lowercase().into(),
            words: word::count(text),
            stems: Vec::new(),
            place: Some(1),
            is_quotable: true,
            is_dependent: false,
            speaks_personally: false,
            language: Language::English,
            points_back: false,
            subject: Vec::new(),
        }
    }

    #[track_caller]
    fn check(cue: fn(&Signs) -> u32, text: &str, is_so: bool) {
        assert_eq!(cue(&signs(&sentence(text))) != 0, is_so, "{text}");
    }

    #[test]
    fn rules_are_principles() {
        check(|it| it.principle, "Companies should show the place in every request.", true);
        check(
            |it| it.principle,
            "A cheaper chip saves little when the software has to be bought twice.",
            true,
        );
        check(|it| it.principle, "Deleting is the operation that most deserves a second pair of eyes.", true);
        check(
            |it| it.principle,
            "Devices that cannot renew on their own should not face the internet.",
            true,
        );
    }

    #[test]
    fn particular_and_past_things_are_no_principles() {
        check(|it| it.principle, "Companies should upgrade to version 4.", false);
        check(|it| it.principle, "A reader sees the database as it was when its transaction began.", false);
        check(|it| it.principle, "A checkpoint can move pages that a reader still depends on.", false);
        check(|it| it.principle, "Companies in Bonn should never sell.", false);
        check(|it| it.principle, "Claims must be filed within 30 days.", false);
    }

    #[test]
    fn what_one_can_do_is_practice() {
        check(|it| it.practice, "Customers can now raise the limit for $90 a month.", true);
        check(|it| it.practice, "Existing customers have until 1 April to move to keys of their own.", true);
        check(|it| it.practice, "LarkDB 4.0 is now available for Linux.", true);
        check(|it| it.practice, "Buyers should check whether their software runs on RISC-V.", true);
    }

    #[test]
    fn what_was_done_or_said_is_no_practice() {
        check(|it| it.practice, "Engineers found a slow query that had been there for a year.", false);
        check(|it| it.practice, "Of 412 people who ever sent a patch, 260 never worked for Millrace.", false);
        check(|it| it.practice, "Hosting costs Tessamine €400,000 a year.", false);
        check(|it| it.practice, "Customers “can now serve themselves”, Acme wrote.", false);
    }

    #[test]
    fn a_rule_is_no_insight() {
        check(
            |it| it.insight,
            "People should never guess, because a guess is worth less than a test.",
            false,
        );
        check(|it| it.insight, "Sales rose 12% last year.", true);
    }
}
