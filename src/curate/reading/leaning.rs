//! Whether a sentence leans on what was said before it: by its opening, by its subject or within.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::word;
use crate::text::word::Language;
use crate::text::word_list;
use crate::text::word_list::WordList;

/// Whether an English sentence leans on what was said before it, as far as rules can tell.
pub(in crate::curate) fn leans(text: &str) -> bool {
    let lower = word::lower(text);
    is_dependent(&lower, Language::English) || points_back(&lower)
}

/// Whether the first word points back at what was said before.
pub(super) fn is_dependent(lower: &str, language: Language) -> bool {
    // An aside belongs to what it stands behind.
    if lower.starts_with('(') && lower.trim_end_matches(['.', '!', '?']).ends_with(')') {
        return true;
    }
    let bare = lower
        .trim_start_matches(['"', '\'', '“', '”', '„', '‘', '‚', '«', '»', '(', ' ', '\u{a0}', '\u{202f}']);
    let first = bare.split(|c: char| !c.is_alphanumeric() && c != '\'').next().unwrap_or_default();
    let second =
        bare[first.len()..].trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let leaning = match language {
        Language::English => &LEANING,
        Language::German => &LEANING_DE,
        Language::French => &LEANING_FR,
        Language::Spanish => &LEANING_ES,
    };
    if language != Language::English {
        return leaning.contains(first);
    }
    // "Some raced through it": some of whom was said before.
    let is_bare = matches!(first, "some" | "others" | "many" | "most" | "few" | "none" | "several")
        && (is_verb_form(second) || second.len() > 4 && second.ends_with("ed"));
    match first {
        _ if is_bare => true,
        "this" | "that" if POINTS_IN_TIME.contains(&second) => false,
        "such" if second == "as" => false,
        _ => leaning.contains(first) || LEANING_STARTS.iter().any(|it| bare.starts_with(*it)),
    }
}

/// Whether the writer of a sentence speaks of themselves or to the reader, outside quotation marks.
pub(super) fn speaks_personally(lower: &str) -> bool {
    has_word_of(lower, &[FIRST_PERSON, SECOND_PERSON])
}

/// Whether the writer of a sentence speaks of themselves, outside quotation marks.
pub(super) fn speaks_in_first_person(lower: &str) -> bool {
    has_word_of(lower, &[FIRST_PERSON])
}

const FIRST_PERSON: &[&str] =
    &["i", "i'm", "i've", "i'd", "i'll", "my", "we", "we're", "we've", "we'd", "we'll", "our", "us"];

const SECOND_PERSON: &[&str] = &["you", "you're", "you've", "you'll", "your"];

/// Whether a sentence has one of these words outside quotation marks.
fn has_word_of(lower: &str, lists: &[&[&str]]) -> bool {
    let mut unquoted = lower.split(['"', '“', '”']).step_by(2);
    let is_listed = |it: &str| lists.iter().any(|list| list.contains(&it));
    unquoted.any(|it| it.split(|c: char| !c.is_alphanumeric() && c != '\'').any(is_listed))
}

/// Whether something inside the sentence is said to be known: "parts for that equipment",
/// "numbers of this kind", "a third will take longer".
pub(super) fn points_back(lower: &str) -> bool {
    let words: Vec<&str> = word::words(lower).map(|it| it.1).collect();
    let at = |i: usize| words.get(i).copied().unwrap_or_default();
    let counts = matches!(at(0), "a" | "all" | "the" | "only" | "one" | "two" | "most") && {
        let is_ordinal = |it| {
            matches!(it, "first" | "second" | "third" | "fourth" | "other" | "others" | "rest" | "remaining")
        };
        let is_number =
            |it| matches!(it, "of" | "one" | "two" | "three" | "four" | "five" | "six" | "seven" | "eight");
        // "A third will", "The other is": the noun is missing.
        is_ordinal(at(1)) && (is_verb_form(at(2)) || at(0) == "the" && at(1) != "first")
            || matches!(at(0), "all" | "the") && is_number(at(1))
            || at(1) == "of" && matches!(at(2), "them" | "these" | "those")
    };
    let is_shown = |pair: &[&str]| {
        (PREPOSITIONS.contains(&pair[0]) || pair[1] == "these")
            && matches!(pair[1], "that" | "this" | "these" | "those")
            && !POINTS_IN_TIME.contains(&pair[2])
            && !matches!(pair[2], "of" | "that" | "who" | "whose" | "which")
    };
    // "A third of them": who they are was said before, unless a comma joins it to what is.
    let refers = || SHARES.find_iter(lower).any(|it| !lower[..it.start()].ends_with(','));
    let opens_so = lower.starts_with("nearly all that ")
        || lower.starts_with("all that ")
        || lower.starts_with("until now,");
    let repeats = matches!(at(0), "everything" | "everyone" | "nothing") && at(1) == "else";
    // "Most operators therefore keep such answers": both point at what was said.
    let concludes = words.iter().skip(1).any(|it| *it == "therefore") || lower.ends_with(" as a result.");
    let is_such = |pair: &[&str]| pair[0] == "such" && !matches!(pair[1], "as" | "a" | "an" | "that");
    counts
        || opens_so
        || repeats
        || concludes
        || words.windows(2).any(is_such)
        || words.windows(3).any(is_shown)
        || refers()
        || BACK.is_match(lower)
}

static SHARES: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        " third of them",
        " half of them",
        " most of them",
        " most of it",
        " some of them",
        " all of them",
        " twice that",
        " part of it",
    ])
});

/// Demonstratives without a noun, examples of what was said, verbs that stand for one said before
/// ("Security keys do, because").
static BACK: LazyLock<Regex> = LazyLock::new(|| {
    any_of(&[
        " that,",
        " that.",
        " those.",
        " these.",
        ", for example,",
        ", for instance,",
        " do, ",
        " does, ",
        " did, ",
        " do not, ",
        " did not, ",
    ])
});

/// A pattern that finds any of the phrases wherever they stand.
fn any_of(phrases: &[&str]) -> Regex {
    let escaped: Vec<String> = phrases.iter().map(|it| regex::escape(it)).collect();
    Regex::new(&escaped.join("|")).expect("escaped phrases are a valid pattern")
}

fn is_verb_form(word: &str) -> bool {
    matches!(
        word,
        "is" | "are" | "was" | "were" | "will" | "would" | "has" | "had" | "can" | "took" | "takes" | "came"
    )
}

/// The words of a subject that is spoken of as known: those behind an opening "The", where
/// none is a name and nothing beside the noun says which is meant.
pub(super) fn known_subject(text: &str) -> impl Iterator<Item = &str> {
    const SUBJECT_WORDS: usize = 2;
    let words: Vec<&str> = word::words(text).map(|it| it.1).take(2 + SUBJECT_WORDS).collect();
    let at = |i: usize| words.get(i).copied().unwrap_or_default();
    let is_named = (1..=SUBJECT_WORDS).any(|i| word::is_capitalised(at(i)));
    let is_told = TELLING.contains(&at(1))
        || PREPOSITIONS.contains(&at(2))
        || CLAUSES.contains(&at(2))
        || CLAUSES.contains(&at(3));
    let taken = if at(0) == "The" && !is_named && !is_told { SUBJECT_WORDS } else { 0 };
    words.into_iter().skip(1).take(taken)
}

const PREPOSITIONS: &[&str] =
    &["about", "after", "at", "before", "by", "for", "from", "in", "into", "of", "on", "to", "with"];

/// Behind a noun: what follows says which is meant.
const CLAUSES: &[&str] = &["of", "that", "where", "which", "who", "whose"];

/// Behind "The": what is meant needs no telling.
const TELLING: &[&str] =
    &["bottom", "conclusion", "lesson", "most", "question", "takeaway", "upshot", "usual"];

const POINTS_IN_TIME: &[&str] = &[
    "afternoon",
    "autumn",
    "evening",
    "fall",
    "month",
    "morning",
    "quarter",
    "spring",
    "summer",
    "week",
    "weekend",
    "winter",
    "year",
];

static LEANING: WordList = WordList::new(include_str!("leaning.txt"));

static LEANING_DE: WordList = WordList::new(include_str!("leaning_de.txt"));

static LEANING_FR: WordList = WordList::new(include_str!("leaning_fr.txt"));

static LEANING_ES: WordList = WordList::new(include_str!("leaning_es.txt"));

/// The phrases of the list, with a blank where they must end.
static LEANING_STARTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let phrases = word_list::entries(include_str!("leaning_starts.txt"));
    phrases.map(|it| it.trim_end_matches('…')).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaning_sentences_are_known() {
        for it in [
            "He left.",
            "\"It works,\" Fox said.",
            "This means war.",
            "As a result, sales fell.",
            "(It works.)",
            "(Acme sold it.).",
        ] {
            assert!(is_dependent(&it.to_lowercase(), Language::English), "{it}");
        }
        for it in ["This week Acme left.", "(Acme) left it.", "Those"] {
            assert_eq!(is_dependent(&it.to_lowercase(), Language::English), it == "Those", "{it}");
        }
    }

    #[test]
    fn what_points_back_is_known() {
        for it in [
            "Spare parts for that equipment will be sold.",
            "Most operators therefore keep answers for a few seconds.",
            "Operators keep such answers for a few seconds.",
            "Fraud has fallen as a result.",
            "The vintner understood these hardships well.",
            "In Hong Kong, for example, robots are built.",
            "A third will take longer.",
            "The other was sold.",
            "All six were rebuilt from copies.",
            "Security keys do, because the browser helps.",
            "Acme estimated that a third of them would fail.",
            "Analysts expect the bill to be twice that, which hurts.",
            "Nearly all that remained began with a password.",
            "Numbers of this kind flatter.",
        ] {
            assert!(points_back(&it.to_lowercase()), "{it}");
        }
        for it in [
            "The first release is planned for May.",
            "The image grew by code and messages, most of it for errors.",
            "Prices of this year fell.",
            "Acme said that sales fell.",
            "A second batch will ship in May.",
        ] {
            assert!(!points_back(&it.to_lowercase()), "{it}");
        }
    }

    #[track_caller]
    fn check_subject(text: &str, is_known: bool) {
        assert_eq!(known_subject(text).next().is_some(), is_known, "{text}");
    }

    #[test]
    fn a_subject_spoken_of_as_known_is_seen() {
        check_subject("The error began in April.", true);
        check_subject("The report will be published in full.", true);
        check_subject("The Kestrel R9 has 96 cores.", false);
        check_subject("The number of customers rose.", false);
        check_subject("The key that was lost is old.", false);
        check_subject("Errors began in April.", false);
    }
}
