//! Compares briefings with what editors marked in the articles, sentence by sentence.
//!
//! A published statement is found again among the article's sentences by its words, text in square
//! brackets and ellipses set aside. `keep`: an editor put that very sentence into this field.
//! `near`: into another one. `leaning` and `junk`: an editor called it not quotable. Each sentence
//! counts once a briefing; where it comes again, it is a repeat.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

use crate::domain::Briefing;
use crate::domain::Statement;
use crate::domain::StatementField;

/// What an editor marked in an article: numbers of its sentences, from 0.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Label {
    summary: Vec<usize>,
    summary_alt: Vec<usize>,
    takeaway: Vec<LabelledTakeaway>,
    insights: Vec<usize>,
    principles: Vec<usize>,
    practice: Vec<usize>,
    leaning: Vec<usize>,
    junk: Vec<usize>,
    best_for: Vec<String>,
}

/// A takeaway, and whose work it concerns.
#[derive(Clone, Debug, Deserialize)]
struct LabelledTakeaway {
    s: usize,
    #[serde(default, rename = "for")]
    audiences: Vec<String>,
}

/// What became of one published statement. The worse comes first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum StatementVerdict {
    Junk,
    Leaning,
    Repeat,
    Reworded,
    Other,
    Near,
    Keep,
}

/// Verdicts in the order of the table.
const SHOWN: [StatementVerdict; 7] = [
    StatementVerdict::Keep,
    StatementVerdict::Near,
    StatementVerdict::Leaning,
    StatementVerdict::Junk,
    StatementVerdict::Repeat,
    StatementVerdict::Other,
    StatementVerdict::Reworded,
];

#[derive(Clone, Debug, Default)]
struct Tally {
    filled: usize,
    could: usize,
    right: usize,
    verdicts: BTreeMap<StatementVerdict, usize>,
}

impl Tally {
    fn of(&self, verdict: StatementVerdict) -> usize {
        self.verdicts.get(&verdict).copied().unwrap_or(0)
    }

    fn statements(&self) -> usize {
        self.verdicts.values().sum()
    }
}

/// What editors keep of all briefings so far.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    articles: usize,
    fields: [Tally; StatementField::ALL.len()],
    audiences: (usize, usize),
    /// Audiences that both named, that the briefings named, that the editors named.
    best_for: (usize, usize, usize),
}

impl Kept {
    /// Whether any article had labels.
    pub fn is_empty(&self) -> bool {
        self.articles == 0
    }

    /// Counts one briefing. `sentences` are ranges of `text` in characters, as the labels number them.
    pub fn add(&mut self, text: &str, sentences: &[(usize, usize)], label: &Label, briefing: &Briefing) {
        self.articles += 1;
        let offsets: Vec<usize> = text.char_indices().map(|it| it.0).chain([text.len()]).collect();
        let part = |&(start, end): &(usize, usize)| {
            let (start, end) = (*offsets.get(start)?, *offsets.get(end)?);
            text.get(start..end)
        };
        let sentences: Vec<WordCounts> =
            sentences.iter().map(|it| WordCounts::of(part(it).unwrap_or_default())).collect();
        let takeaways: Vec<usize> = label.takeaway.iter().map(|it| it.s).collect();
        let anywhere: BTreeSet<usize> = [
            &label.summary,
            &label.summary_alt,
            &takeaways,
            &label.insights,
            &label.principles,
            &label.practice,
        ]
        .into_iter()
        .flatten()
        .copied()
        .collect();
        let accepted: [Vec<&[usize]>; 5] = [
            vec![&label.summary, &label.summary_alt],
            vec![&takeaways],
            vec![&label.insights, &label.summary_alt, &takeaways],
            vec![&label.principles],
            vec![&label.practice],
        ];
        let could = [&label.summary, &takeaways, &label.insights, &label.principles, &label.practice];
        let mut used: BTreeSet<usize> = BTreeSet::new();
        for (field, statements) in statements(briefing).into_iter().enumerate() {
            let tally = &mut self.fields[field];
            tally.filled += usize::from(!statements.is_empty());
            tally.could += usize::from(!could[field].is_empty());
            let mut is_right = false;
            for (statement, audience) in statements {
                let at = find(&statement.text, &sentences);
                let verdict = |it: &usize| match it {
                    it if used.contains(it) => StatementVerdict::Repeat,
                    it if accepted[field].iter().any(|of| of.contains(it)) => StatementVerdict::Keep,
                    it if label.junk.contains(it) => StatementVerdict::Junk,
                    it if label.leaning.contains(it) => StatementVerdict::Leaning,
                    it if anywhere.contains(it) => StatementVerdict::Near,
                    _ => StatementVerdict::Other,
                };
                let verdict = at.iter().map(verdict).min().unwrap_or(StatementVerdict::Reworded);
                used.extend(&at);
                *tally.verdicts.entry(verdict).or_default() += 1;
                is_right |= verdict == StatementVerdict::Keep;
                if let (StatementVerdict::Keep, Some(audience), Some(first)) = (verdict, audience, at.first())
                {
                    let named = label.takeaway.iter().filter(|it| it.s == *first);
                    self.audiences.0 +=
                        usize::from(named.flat_map(|it| &it.audiences).any(|it| it == audience));
                    self.audiences.1 += 1;
                }
            }
            tally.right += usize::from(is_right && !could[field].is_empty());
        }
        let named: BTreeSet<&String> = briefing.best_for.iter().collect();
        let wanted: BTreeSet<&String> = label.best_for.iter().collect();
        self.best_for.0 += named.intersection(&wanted).count();
        self.best_for.1 += briefing.best_for.len();
        self.best_for.2 += label.best_for.len();
    }
}

/// The statements of each field, takeaways with their audience.
fn statements(briefing: &Briefing) -> [Vec<(&Statement, Option<&str>)>; StatementField::ALL.len()] {
    StatementField::ALL.map(|field| {
        let audience = |at: usize| match field {
            StatementField::KeyTakeaway => briefing.key_takeaway[at].audience.as_deref(),
            StatementField::Summary
            | StatementField::KeyInsights
            | StatementField::Principles
            | StatementField::InPractice => None,
        };
        briefing.statements_in(field).into_iter().enumerate().map(|(at, it)| (it, audience(at))).collect()
    })
}

/// Words in lower case and how often each occurs.
struct WordCounts {
    counts: BTreeMap<String, usize>,
    all: usize,
}

impl WordCounts {
    fn of(text: &str) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let bare = without_brackets(text).to_lowercase();
        for it in bare.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()) {
            *counts.entry(it.to_owned()).or_default() += 1;
        }
        let all = counts.values().sum();
        Self { counts, all }
    }

    fn common(&self, other: &Self) -> usize {
        self.counts.iter().map(|(word, n)| (*n).min(other.counts.get(word).copied().unwrap_or(0))).sum()
    }
}

/// The text without what an edit put into square brackets.
fn without_brackets(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        bare.push_str(before);
        match behind.split_once(']') {
            Some((_, after)) => {
                bare.push(' ');
                rest = after;
            }
            None => rest = behind,
        }
    }
    bare.push_str(rest);
    bare
}

/// The sentences that a statement is made of, the one with most in common first: those
/// whose words it mostly holds, or that hold most of its words.
fn find(statement: &str, sentences: &[WordCounts]) -> Vec<usize> {
    /// Words of a sentence that is found inside a statement of several.
    const WHOLE_WORDS_MIN: usize = 6;
    let words = WordCounts::of(statement);
    let share = |at: usize| {
        let (common, size) = (words.common(&sentences[at]), sentences[at].all);
        let holds_it = 4 <= size && 10 * common >= 8 * size;
        let is_found = size != 0 && words.all.min(4) <= common && (holds_it || 10 * common >= 8 * words.all);
        is_found.then(|| common as f64 / words.all.max(size) as f64)
    };
    if words.all == 0 {
        return Vec::new();
    }
    let hits: Vec<(f64, usize)> = (0..sentences.len()).filter_map(|at| Some((share(at)?, at))).collect();
    let Some((_, best)) = hits.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))) else {
        return Vec::new();
    };
    let is_whole = |at: usize| {
        let it = &sentences[at];
        WHOLE_WORDS_MIN <= it.all && 10 * words.common(it) >= 9 * it.all
    };
    std::iter::once(best)
        .chain(hits.iter().map(|it| it.1).filter(|at| *at != best && is_whole(*at)))
        .collect()
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |a: usize, b: usize| match b {
            0 => "    –".to_owned(),
            b => format!("{:5.1}", 100.0 * a as f64 / b as f64),
        };
        writeln!(
            f,
            "field         filled %  editors %  statements  keep %  near %  leaning %  junk %  repeat %  other %  \
             reworded %  right %"
        )?;
        for (name, it) in StatementField::ALL.iter().zip(&self.fields) {
            let shares: Vec<String> = SHOWN.iter().map(|v| percent(it.of(*v), it.statements())).collect();
            writeln!(
                f,
                "{name:13} {}     {}      {:6}     {}    {}",
                percent(it.filled, self.articles),
                percent(it.could, self.articles),
                it.statements(),
                shares.join("   "),
                percent(it.right, it.could)
            )?;
        }
        let all = |verdict: StatementVerdict| self.fields.iter().map(|it| it.of(verdict)).sum::<usize>();
        let statements: usize = self.fields.iter().map(Tally::statements).sum();
        writeln!(
            f,
            "all           statements {statements} ({:.1} an article), keep {} %, near {} %, leaning or junk {} %; \
             audience right {} of {}",
            statements as f64 / self.articles.max(1) as f64,
            percent(all(StatementVerdict::Keep), statements),
            percent(all(StatementVerdict::Near), statements),
            percent(all(StatementVerdict::Leaning) + all(StatementVerdict::Junk), statements),
            self.audiences.0,
            self.audiences.1
        )?;
        let (hit, got, want) = self.best_for;
        writeln!(f, "best for F1 {}", percent(2 * hit, got + want))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_by_their_words() {
        let sentences: Vec<WordCounts> =
            ["Acme sells anvils to smiths in Bonn.", "Fox buys lead from old mines.", "It rained all day."]
                .map(WordCounts::of)
                .into();
        assert_eq!(find("[T]he Acme sells anvils to smiths in Bonn.", &sentences), [0]);
        assert_eq!(find("[Fox] buys lead from old mines.", &sentences), [1]);
        assert!(find("Anvils fell from the sky on Tuesday.", &sentences).is_empty());
        let both = "Acme sells anvils to smiths in Bonn. Fox buys lead from old mines.";
        assert_eq!(find(both, &sentences), [0, 1]);
    }
}
