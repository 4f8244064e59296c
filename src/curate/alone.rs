//! Edits quotations as newspapers do, so that a sentence can be read alone, and shows each edit.
//!
//! An opening connective or time adverb is dropped and the next word takes its capital in
//! brackets; an attribution to a pronoun at the end becomes an ellipsis; an opening "The company"
//! becomes, in brackets, the name that the sentence before it begins with, where no other can be
//! meant. Nothing else changes.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::word;

/// A sentence as it is shown, and where the words stand that were put into it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Edited {
    /// With its edits and their marks.
    pub text: String,
    /// The same wording without the marks: for checks against what it quotes.
    pub plain: String,
    /// What was put into it.
    pub inserted: Option<Inserted>,
}

/// A name in the place of "The company".
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Inserted {
    /// Where it stands in the sentence before.
    pub name: Range<usize>,
    /// What is shown, and the same without marks, where that sentence stands directly ahead.
    pub without: (String, String),
}

/// What a sentence stands in.
pub(super) struct Around<'a> {
    /// The sentence before it, where that may be quoted and stands in the same paragraph or the one before.
    pub before: Option<&'a str>,
    /// The title of its text.
    pub title: &'a str,
    /// Gives the sentences of its text that may be quoted; seldom asked for.
    pub text: &'a dyn Fn() -> Vec<&'a str>,
}

/// The edits that let a sentence stand alone; `None` where it needs none, or where none is certain to be right.
pub(super) fn edit(text: &str, around: &Around<'_>) -> Option<Edited> {
    let opened = without_opening(text);
    let has_dropped = opened.is_some();
    let (mut shown, mut plain) = opened.unwrap_or_else(|| (text.to_owned(), text.to_owned()));
    let tail = tail(&plain);
    if let Some(length) = tail {
        shown.truncate(shown.len() - length);
        shown.push_str(" …");
        plain.truncate(plain.len() - length);
    }
    // What is in brackets already is put into nothing else.
    let resolved = around.before.and_then(|it| Some((it, resolve(&plain, it, around)?)));
    if let Some((before, (name, length))) = resolved.filter(|_| !has_dropped) {
        let subject = &before[name.clone()];
        return Some(Edited {
            text: format!("[{subject}]{}", &shown[length..]),
            plain: format!("{subject}{}", &plain[length..]),
            inserted: Some(Inserted { name, without: (shown, plain) }),
        });
    }
    (has_dropped || tail.is_some()).then_some(Edited { text: shown, plain, inserted: None })
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

/// The sentence without its opening, with and without brackets.
fn without_opening(text: &str) -> Option<(String, String)> {
    let rest = OPENING.captures(text)?.get(1)?.as_str();
    let first = rest.split(|c: char| !c.is_alphanumeric() && c != '\'').next().unwrap_or_default();
    if first.is_empty() || BOUND.contains(&first.to_lowercase().as_str()) {
        return None;
    }
    let initial = rest.chars().next()?;
    if initial.is_uppercase() || initial.is_ascii_digit() {
        return Some((rest.to_owned(), rest.to_owned()));
    }
    let capital: String = initial.to_uppercase().collect();
    // A name such as "iPhone" begins as it is written.
    let is_mixed = first.chars().skip(1).any(char::is_uppercase);
    if !initial.is_lowercase() || is_mixed {
        return None;
    }
    let rest = &rest[initial.len_utf8()..];
    Some((format!("[{capital}]{rest}"), format!("{capital}{rest}")))
}

static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[^\x22“”]{30,}(, (?:he|she|they|it|the company|the firm) (?:said|says|added|wrote|noted|explained)\.)$")
        .expect("a constant pattern")
});

/// Bytes at the end that only say that somebody said it. Who "claims" is doubted, and that stays.
fn tail(text: &str) -> Option<usize> {
    Some(TAIL.captures(text)?.get(1)?.len())
}

static REFERRING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(The company|The firm|The startup|The project) (?:also |now |already )?[a-z]+\b")
        .expect("a constant pattern")
});

/// The name in the sentence before that an opening "The company" stands for, and the bytes of that opening.
///
/// The title has that name and no other, and a sentence of the text has it inside, where a capital
/// says that it is a name. "It" may be any thing of the sentence before, so it is never replaced.
fn resolve(text: &str, before: &str, around: &Around<'_>) -> Option<(Range<usize>, usize)> {
    let opening = REFERRING.captures(text)?.get(1)?;
    let range = subject(before)?;
    let name = &before[range.clone()];
    let is_inside = |it: &&str| {
        it.match_indices(name).any(|(at, _)| {
            let is_behind_word = it[..at].ends_with(' ')
                && it[..at].trim_end().ends_with(|c: char| c.is_alphanumeric() || c == ',');
            is_behind_word && !it[at + name.len()..].starts_with(char::is_alphanumeric)
        })
    };
    let is_person = |it: &&str| word::words(it).any(|it| PERSONAL.contains(&it.1));
    if names_of_title(around.title) != [name] {
        return None;
    }
    let text = (around.text)();
    let is_certain = text.iter().any(is_inside) && !text.iter().any(is_person);
    is_certain.then_some((range, opening.len()))
}

/// Words by which a text speaks of a person: the name may be theirs.
const PERSONAL: &[&str] = &["he", "He", "his", "His", "him", "she", "She", "her", "Her", "Mr", "Ms", "Mrs"];

/// The runs of capitalised words of a title; what stands first is one of them unless it is a stop word.
fn names_of_title(title: &str) -> Vec<&str> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, shown) in word::words(title) {
        let is_stop = word::Language::English.is_stop_word(&shown.to_lowercase());
        if !word::is_capitalised(shown) || is_stop {
            continue;
        }
        match found.last_mut() {
            Some(run) if &title[run.end..at] == " " => run.end = at + shown.len(),
            _ => found.push(at..at + shown.len()),
        }
    }
    found.into_iter().map(|it| &title[it]).collect()
}

/// Verbs, beside those that end in "ed", that tell what the name before them does or did.
const VERBS: &[&str] = &[
    "began", "bought", "built", "can", "could", "cut", "fell", "gave", "grew", "let", "lost", "made", "may",
    "put", "rose", "said", "set", "sold", "took", "went", "will", "won", "would",
];

/// The name with which a sentence begins, where it is its only one, and nothing new is spoken of that
/// "the company" could be too, as in "Acme bought a rival".
fn subject(sentence: &str) -> Option<Range<usize>> {
    const NAME_WORDS_MAX: usize = 2;
    let words: Vec<(usize, &str)> = word::words(sentence).collect();
    let is_name = |it: &str| word::is_capitalised(it) && it != "I";
    let length = words.iter().take_while(|it| is_name(it.1)).count();
    if length == 0 || NAME_WORDS_MAX < length || words.iter().skip(length).any(|it| is_name(it.1)) {
        return None;
    }
    let first = words.first()?;
    let is_new = |it: &&str| matches!(*it, "a" | "an" | "another" | "one" | "company" | "firm" | "startup");
    if first.1.len() < 3
        || word::Language::English.is_stop_word(&first.1.to_lowercase())
        || sentence.contains(['"', '“'])
        || words.iter().any(|it| is_new(&it.1))
    {
        return None;
    }
    let last = words.get(length - 1)?;
    let verb = words.get(length)?.1;
    let end = last.0 + last.1.len();
    // "Acme makes the anvils", but "Acme officials met".
    let is_present = || {
        verb.ends_with('s')
            && words.get(length + 1).is_some_and(|it| matches!(it.1, "the" | "its" | "to" | "that"))
    };
    let is_verb = verb.ends_with("ed") || VERBS.contains(&verb) || is_present();
    // "Acme's", "Acme, the maker": what follows must be what it does.
    (is_verb && sentence[end..].starts_with(' ') && first.0 == 0).then_some(first.0..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        check_under("Mills close", "", text, expected);
    }

    #[track_caller]
    fn check_under(title: &str, before: &str, text: &str, expected: Option<&str>) {
        let all = [before, text, "The mills of Acme, Musk, Trump and Heron run on steam."];
        let edited = edit(text, &Around { before: Some(before), title, text: &|| all.to_vec() });
        assert_eq!(edited.as_ref().map(|it| it.text.as_str()), expected, "{text}");
    }

    #[test]
    fn openings_are_dropped_and_the_capital_is_marked() {
        check("However, the mill runs on steam.", Some("[T]he mill runs on steam."));
        check("But Acme sold the mill.", Some("Acme sold the mill."));
        check("Meanwhile, iron is dear.", Some("[I]ron is dear."));
        check("Last but not least, the mill runs on steam.", Some("[T]he mill runs on steam."));
        check("Anyway, the mill runs on steam.", Some("[T]he mill runs on steam."));
        check("In theory, the mill runs on steam.", None);
        check("Yet, the mill runs on steam.", Some("[T]he mill runs on steam."));
        check("The mill runs on steam.", None);
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
            check(text, None);
        }
    }

    #[test]
    fn attribution_to_a_pronoun_becomes_an_ellipsis() {
        check(
            "The mill will be closed by the end of May, she said.",
            Some("The mill will be closed by the end of May …"),
        );
        check("The mill will be closed, said Ada Hill.", None);
        check("The mill will be closed by the end of May, he claimed.", None);
        check("The mill will be closed by the end of May, the company claims.", None);
    }

    #[test]
    fn the_publishers_own_marks_are_not_taken_for_edits() {
        let around = Around { before: None, title: "", text: &Vec::new };
        let edited =
            edit("However, the mill [sic] closed … in May of the year that followed, she said.", &around);
        let edited = edited.expect("edits");
        assert_eq!(edited.text, "[T]he mill [sic] closed … in May of the year that followed …");
        assert_eq!(edited.plain, "The mill [sic] closed … in May of the year that followed");
    }

    #[test]
    fn what_the_company_is_is_named_only_where_it_is_certain() {
        let plans = "The company also plans a second mill.";
        let certain =
            |title, before| check_under(title, before, plans, Some("[Acme] also plans a second mill."));
        certain("Acme is to grow", "Acme wants to grow.");
        certain("How Acme grows", "Acme bought the mill.");
        let uncertain = |title, before| check_under(title, before, plans, None);
        uncertain("Acme is to grow", "Acme bought the mill from Fox.");
        uncertain("Acme is to grow", "Acme bought a rival.");
        uncertain("Acme is to grow", "Acme's mill burned.");
        uncertain("Acme buys the Osk mill", "Acme wants to grow.");
        uncertain("Mill sold", "Acme wants to grow.");
        uncertain("Musk resigns as Acme chief", "Musk resigned last week.");
        uncertain("Regulators approve drug", "Regulators approved the drug.");
        uncertain("Trump officials meet executives", "Trump officials met executives.");
        check_under("Acme unveils laptop", "Acme unveiled the laptop.", "It weighs two pounds.", None);
        check_under(
            "Acme unveils laptop",
            "Acme unveiled a new laptop last week.",
            "It weighs two pounds.",
            None,
        );
    }

    #[test]
    fn a_name_that_may_be_a_persons_is_no_company() {
        let text = ["Musk resigned last week.", "The board of Musk met.", "He wants to write."];
        let around = Around { before: Some(text[0]), title: "Why Musk resigned", text: &|| text.to_vec() };
        assert_eq!(edit("The company now expects to grow.", &around), None);
    }
}
