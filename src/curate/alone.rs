//! Edits quotations as newspapers do, so that a sentence can be read alone, and shows each edit.
//!
//! An opening connective or time adverb is dropped and the next word takes its capital in
//! brackets; an attribution to a pronoun at the end becomes an ellipsis; an opening "It" or "The
//! company" becomes, in brackets, the name that the sentence before it begins with, where no
//! other can be meant. Nothing else changes.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::word;

/// A sentence as it is shown, and where the words stand that were put into it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Edited {
    /// With its edits.
    pub text: String,
    /// The inserted name, a range of the sentence before.
    pub inserted: Option<Range<usize>>,
}

/// The edits that let a sentence stand alone; `None` where it needs none, or where none is certain to be right.
/// `before` is the sentence before it, `title` that of its text.
pub(super) fn edit(text: &str, before: Option<&str>, title: &str) -> Option<Edited> {
    let (opened, has_dropped) = match without_opening(text) {
        Some(it) => (it, true),
        None => (text.to_owned(), false),
    };
    let (closed, has_tail) = match without_tail(&opened) {
        Some(it) => (it, true),
        None => (opened, false),
    };
    if let Some((name, rest)) = before.and_then(|it| resolve(&closed, it, title)) {
        let text = format!("[{}]{rest}", &before?[name.clone()]);
        return Some(Edited { text, inserted: Some(name) });
    }
    (has_dropped || has_tail).then_some(Edited { text: closed, inserted: None })
}

/// The text as it reads without the marks of its edits: for checks against what it quotes.
pub(super) fn unmarked(text: &str) -> String {
    text.replace(['[', ']'], "").replace(" …", "")
}

static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    let with_comma =
        include_str!("alone/openers.txt").lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
    let with_comma: Vec<String> = with_comma.map(regex::escape).collect();
    let pattern = format!(r"^(?:(?:{}), |(?:But|And) (?:,\s*)?)(\S.*)$", with_comma.join("|"));
    Regex::new(&pattern).expect("escaped phrases are a valid pattern")
});

/// Words behind "But" and "And" that make one expression with them.
const BOUND: &[&str] = &[
    "for", "then", "that", "even", "if", "when", "while", "because", "as", "it", "with", "by", "in", "to",
    "again", "another", "what", "more", "yet",
];

fn without_opening(text: &str) -> Option<String> {
    let rest = OPENING.captures(text)?.get(1)?.as_str();
    let first = rest.split(|c: char| !c.is_alphanumeric() && c != '\'').next().unwrap_or_default();
    if first.is_empty() || BOUND.contains(&first.to_lowercase().as_str()) {
        return None;
    }
    let initial = rest.chars().next()?;
    if initial.is_uppercase() || initial.is_ascii_digit() {
        return Some(rest.to_owned());
    }
    let capital: String = initial.to_uppercase().collect();
    // A name such as "iPhone" begins as it is written.
    let is_mixed = first.chars().skip(1).any(char::is_uppercase);
    if !initial.is_lowercase() || is_mixed {
        return None;
    }
    Some(format!("[{capital}]{}", &rest[initial.len_utf8()..]))
}

static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([^\x22“”]{30,}), (?:he|she|they|it|the company|the firm) (?:said|says|added|wrote|noted|explained)\.$")
        .expect("a constant pattern")
});

fn without_tail(text: &str) -> Option<String> {
    Some(format!("{} …", TAIL.captures(text)?.get(1)?.as_str()))
}

static REFERRING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(It|The company|The firm|The startup|The project) ((?:also |now |already )?)([a-z]+)\b")
        .expect("a constant pattern")
});

/// Verbs behind "It" that may speak of nothing in particular.
const IMPERSONAL: &[&str] = &[
    "is", "was", "isn't", "has", "had", "will", "would", "could", "may", "might", "can", "seems", "appears",
    "takes", "took", "turns", "turned", "makes", "made", "means", "meant", "remains", "does", "did", "comes",
    "came", "gets", "got", "follows", "happens", "happened", "should", "must", "looks", "sounds", "feels",
    "helps", "works", "depends", "starts", "started",
];

/// The name in the sentence before that an opening "It" or "The company" stands for, and what follows it.
fn resolve<'a>(text: &'a str, before: &str, title: &str) -> Option<(Range<usize>, &'a str)> {
    let found = REFERRING.captures(text)?;
    let (opening, verb) = (found.get(1)?, found.get(3)?.as_str());
    if opening.as_str() == "It" && IMPERSONAL.contains(&verb) {
        return None;
    }
    let name = subject(before)?;
    let is_titles = word::words(title).any(|it| before[name.clone()].split(' ').any(|name| name == it.1));
    is_titles.then_some((name, &text[opening.end()..]))
}

/// Verbs, beside those that end in "ed" or "s", that tell what the name before them does or did.
const VERBS: &[&str] = &[
    "began", "bought", "built", "can", "could", "cut", "fell", "gave", "grew", "let", "lost", "made", "may",
    "put", "rose", "said", "set", "sold", "took", "went", "will", "won", "would",
];

/// The name with which a sentence begins, where it is its only one: of whom else it tells, "it" could be too.
fn subject(sentence: &str) -> Option<Range<usize>> {
    const NAME_WORDS_MAX: usize = 2;
    let words: Vec<(usize, &str)> = word::words(sentence).collect();
    let is_name = |it: &str| word::is_capitalised(it) && it != "I";
    let length = words.iter().take_while(|it| is_name(it.1)).count();
    if length == 0 || NAME_WORDS_MAX < length || words.iter().skip(length).any(|it| is_name(it.1)) {
        return None;
    }
    let first = words.first()?;
    if first.1.len() < 3
        || word::Language::English.is_stop_word(&first.1.to_lowercase())
        || sentence.contains(['"', '“'])
    {
        return None;
    }
    let last = words.get(length - 1)?;
    let verb = words.get(length)?.1;
    let end = last.0 + last.1.len();
    let is_verb = verb.ends_with("ed") || verb.ends_with('s') || VERBS.contains(&verb);
    // "Acme's", "Acme, the maker": what follows must be what it does.
    (is_verb && sentence[end..].starts_with(' ') && first.0 == 0).then_some(first.0..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, before: &str, expected: Option<&str>) {
        let edited = edit(text, Some(before), "Acme buys the Osk mill");
        assert_eq!(edited.as_ref().map(|it| it.text.as_str()), expected, "{text}");
        if let Some(name) = edited.and_then(|it| it.inserted) {
            assert!(before[name].starts_with("Acme"));
        }
    }

    #[test]
    fn openings_are_dropped_and_the_capital_is_marked() {
        check("However, the mill runs on steam.", "", Some("[T]he mill runs on steam."));
        check("But Acme sold the mill.", "", Some("Acme sold the mill."));
        check("Meanwhile, iron is dear.", "", Some("[I]ron is dear."));
        check("Yet, the mill runs on steam.", "", Some("[T]he mill runs on steam."));
        check("The mill runs on steam.", "", None);
    }

    #[test]
    fn an_opening_that_says_something_stays() {
        for text in [
            "But for Acme the mill was lost.",
            "Yet to be approved by regulators, the device is sold in Bonn.",
            "Yet another mill was lost.",
            "But to Acme the mill was lost.",
            "And again the mill was lost.",
            "And another mill was lost.",
            "But what was lost was the mill.",
            "And more mills were lost.",
            "And yet to be sold, the mill was lost.",
        ] {
            check(text, "", None);
        }
    }

    #[test]
    fn attribution_to_a_pronoun_becomes_an_ellipsis() {
        check(
            "The mill will be closed by the end of May, she said.",
            "",
            Some("The mill will be closed by the end of May …"),
        );
        check("The mill will be closed, said Ada Hill.", "", None);
        check("The mill will be closed by the end of May, he claimed.", "", None);
        check("The mill will be closed by the end of May, the company claims.", "", None);
    }

    #[test]
    fn what_it_stands_for_is_named_only_where_it_is_certain() {
        check(
            "It expects to open the mill in May.",
            "Acme bought a mill.",
            Some("[Acme] expects to open the mill in May."),
        );
        check(
            "The company also plans a second mill.",
            "Acme wants to grow.",
            Some("[Acme] also plans a second mill."),
        );
        check("It expects to open in May.", "Acme bought a mill from Fox.", None);
        check("It was a cold day.", "Acme bought a mill.", None);
        check("It expects to open in May.", "Fox bought a mill.", None);
        check("It expects to open in May.", "Acme's mill burned.", None);
    }
}
