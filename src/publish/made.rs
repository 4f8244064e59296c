//! How a briefing came to be, in words.

use crate::domain::Item;
use crate::domain::Made;
use crate::domain::Statement;
use crate::domain::StatementField;

/// The words of one language, as they stand within a sentence. `{}` stands for a name.
#[derive(Debug)]
pub(crate) struct MadeWords {
    /// The fields, in the order of [`StatementField::ALL`].
    pub(crate) fields: [&'static str; 5],
    /// Between fields and what is said of them.
    pub(crate) colon: &'static str,
    pub(crate) and: &'static str,
    pub(crate) in_part: &'static str,
    pub(crate) no_briefing: &'static str,
    pub(crate) quoted: &'static str,
    pub(crate) by_model: &'static str,
    pub(crate) by_a_model: &'static str,
    pub(crate) by_editor: &'static str,
    pub(crate) checked: &'static str,
    pub(crate) verified: &'static str,
    pub(crate) not_reviewed: &'static str,
    pub(crate) reviewed: &'static str,
}

/// What feeds say, whatever the site's language.
pub(crate) const ENGLISH: MadeWords = MadeWords {
    fields: ["summary", "key takeaway", "key insights", "principles", "in practice"],
    colon: ": ",
    and: "and",
    in_part: " and in part ",
    no_briefing: "not summarised: title and links only",
    quoted: "quoted from the sources by rule",
    by_model: "written by the model {}",
    by_a_model: "written by a model",
    by_editor: "written by an editor",
    checked: "numbers, names and quotations checked by rule",
    verified: "meaning checked by the model {}",
    not_reviewed: "not reviewed",
    reviewed: "Reviewed by {}",
};

/// How the briefing came to be, field by field where the fields differ.
pub(crate) fn made(item: &Item, words: &MadeWords) -> String {
    let mut groups: Vec<(Vec<StatementOrigin>, Vec<&str>)> = Vec::new();
    for (field, name) in StatementField::ALL.into_iter().zip(words.fields) {
        let mut ways: Vec<StatementOrigin> =
            item.briefing.statements_in(field).into_iter().map(StatementOrigin::of).collect();
        ways.sort();
        ways.dedup();
        if ways.is_empty() {
            continue;
        }
        match groups.iter_mut().find(|(known, _)| *known == ways) {
            Some((_, names)) => names.push(name),
            None => groups.push((ways, vec![name])),
        }
    }
    let checked = checked(item.verifier.as_deref(), words);
    let say = |ways: &[StatementOrigin]| {
        let said: Vec<String> = ways
            .iter()
            .map(|it| match it {
                StatementOrigin::Quoted => words.quoted.to_owned(),
                StatementOrigin::Model => format!("{} ({checked})", by_model(item, words)),
                StatementOrigin::Person => words.by_editor.to_owned(),
            })
            .collect();
        said.join(words.in_part)
    };
    let line = match groups.as_slice() {
        [] => words.no_briefing.to_owned(),
        [(ways, _)] if ways.as_slice() == [StatementOrigin::Model] => {
            format!("{}; {checked}", by_model(item, words))
        }
        [(ways, _)] => say(ways),
        _ => {
            let part = |(ways, names): &(Vec<StatementOrigin>, Vec<&str>)| {
                format!("{}{}{}", enumerated(names, words.and), words.colon, say(ways))
            };
            groups.iter().map(part).collect::<Vec<_>>().join("; ")
        }
    };
    let line = capitalised(&line);
    match &item.reviewed {
        Some(review) => format!("{line}. {}.", words.reviewed.replacen("{}", &review.by, 1)),
        None if groups.iter().any(|(ways, _)| ways.contains(&StatementOrigin::Model)) => {
            format!("{line}; {}.", words.not_reviewed)
        }
        None => format!("{line}."),
    }
}

/// `A`, `A and B`, `A, B and C`.
pub(super) fn enumerated(names: &[&str], and: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

fn by_model(item: &Item, words: &MadeWords) -> String {
    item.model
        .as_deref()
        .map_or_else(|| words.by_a_model.to_owned(), |it| words.by_model.replacen("{}", it, 1))
}

/// What is checked of a model's statements, and how: never more than was done.
fn checked(verifier: Option<&str>, words: &MadeWords) -> String {
    match verifier {
        Some(model) => format!("{}, {}", words.checked, words.verified.replacen("{}", model, 1)),
        None => words.checked.to_owned(),
    }
}

/// The ways in which a statement comes to be that a reader should tell apart.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum StatementOrigin {
    Quoted,
    Model,
    Person,
}

impl StatementOrigin {
    fn of(statement: &Statement) -> Self {
        match statement.made {
            Made::Extractive | Made::Rule => Self::Quoted,
            Made::Llm => Self::Model,
            Made::Editor => Self::Person,
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
