//! A learned judge of statements that a model wrote: whether their evidence carries them.
//!
//! Its table is boosted trees over what a statement shows beside its evidence: covered words, figures
//! and names bound to their neighbours, order, denials, hedges, quantifiers, tense and direction. It
//! was learned from statements that readers had judged (`benches/training/judge.rs`) and holds no text.
//! The checks of the gate stand beside it: what they find missing, no judge brings back.
//! English only; nothing is judged in other languages.

mod binding;
mod coverage;
mod edits;
mod meaning;
mod sides;

use std::sync::LazyLock;

use self::sides::Sides;
pub use self::sides::StoryStems;
use self::sides::best_sentence;
use super::Finding;
use super::FindingKind;
use super::token::Token;
use super::tokenizer;
use crate::gbdt::Gbdt;
use crate::text::word::Language;

/// Probability from which on a statement is taken to follow from its evidence; `docs/QUALITY.md` says what
/// others let pass and refuse.
pub const FOLLOWS_MIN: f32 = 0.35;
/// Words in a row that the evidence has too, of all words, from which on a statement quotes.
const QUOTES_SHARE: f32 = 0.95;

/// What was learned, in the program.
static LEARNED: LazyLock<Gbdt> = LazyLock::new(|| {
    Gbdt::parse(include_str!("judge/follows.txt")).expect("the table in the program is whole")
});

/// Whether the judge learned from texts of this language.
pub(in crate::curate) fn knows(text: &str) -> bool {
    tokenizer::language(text) == Language::English
}

/// A statement and what it is held against.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The statement.
    pub statement: &'a str,
    /// The sentences that it cites, in the order of the text.
    pub evidence: &'a [&'a str],
    /// Where names may stand: the evidence, sentences before it, publishers, audiences.
    pub around: &'a str,
    /// The whole story.
    pub story: &'a StoryStems,
    /// Whether it generalises: a principle, a takeaway.
    pub is_general: bool,
    /// Whether it tells what to do.
    pub is_advice: bool,
}

impl Case<'_> {
    /// The probability that the statement follows from its evidence.
    pub fn probability(&self) -> f32 {
        LEARNED.probability(&self.features())
    }

    /// Whether it may go out without anyone else asked: the judge takes it to follow, or it is the
    /// evidence itself.
    pub fn follows(&self) -> bool {
        self.is_quoted() || FOLLOWS_MIN <= self.probability()
    }

    /// Whether the statement is, but for a word or two at its ends, a run of words of its evidence.
    fn is_quoted(&self) -> bool {
        let said = tokenizer::tokenize(self.statement, Language::English);
        let mut runs = self.evidence.iter().map(|it| {
            let cited = tokenizer::tokenize(it, Language::English);
            coverage::longest_run(&said, &cited)
        });
        runs.any(|it| QUOTES_SHARE * said.len() as f32 <= it as f32)
    }

    /// What the judge looks at, in the order of [`FEATURES`].
    pub fn features(&self) -> Vec<f32> {
        self.with_sides(|sides| {
            let around = tokenizer::tokenize(self.around, Language::English);
            let found = super::findings(self.statement, sides.cited, &around, Language::English);
            let mut values = Vec::with_capacity(FEATURES.len());
            values.extend([f32::from(u8::from(self.is_general)), f32::from(u8::from(self.is_advice))]);
            values.extend(kinds(&found));
            values.extend(coverage::features(sides, self.story));
            values.extend(binding::features(sides));
            values.extend(meaning::features(sides));
            values.push(edits::log_odds(sides));
            values
        })
    }

    /// The words that the statement adds, behind a plus, and those that it drops, behind a minus: what the
    /// last feature is learned from.
    pub fn edits(&self) -> Vec<String> {
        self.with_sides(edits::of)
    }

    fn with_sides<T>(&self, read: impl FnOnce(&Sides) -> T) -> T {
        let said = tokenizer::tokenize(self.statement, Language::English);
        let mut cited: Vec<Token> = Vec::new();
        for (sentence, text) in self.evidence.iter().enumerate() {
            let tokens = tokenizer::tokenize(text, Language::English);
            cited.extend(tokens.into_iter().map(|it| Token { sentence, ..it }));
        }
        let best = best_sentence(&said, &cited, self.evidence.len());
        read(&Sides { said: &said, cited: &cited, best: &best, sentences: self.evidence.len() })
    }
}

/// The names of the features.
pub static FEATURES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names = vec!["general", "advice"];
    names.extend([
        "found_hard",
        "found_names",
        "found_speaker",
        "found_negation",
        "found_direction",
        "found_roles",
    ]);
    names.extend(coverage::NAMES);
    names.extend(binding::NAMES);
    names.extend(meaning::NAMES.iter());
    names.push("edits");
    names
});

/// How many findings of the gate there are, by kind.
fn kinds(found: &[Finding]) -> [f32; 6] {
    let count = |wanted: &[FindingKind]| found.iter().filter(|it| wanted.contains(&it.kind)).count() as f32;
    [
        count(&[FindingKind::Number, FindingKind::Date, FindingKind::Version, FindingKind::Quotation]),
        count(&[FindingKind::Name]),
        count(&[FindingKind::Attribution]),
        count(&[FindingKind::Negation]),
        count(&[FindingKind::Direction]),
        count(&[FindingKind::Roles]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "Fernwave said on Tuesday that it plans to sell its Lyra division to Corvane for $1.2 \
                          billion, because the division lost money for three years.";

    fn probability(statement: &str, source: &str) -> f32 {
        let story = StoryStems::read([source].into_iter());
        let case = Case {
            statement,
            evidence: &[source],
            around: source,
            story: &story,
            is_general: false,
            is_advice: false,
        };
        case.probability()
    }

    #[test]
    fn every_feature_has_a_name_and_the_table_knows_all() {
        let story = StoryStems::read([SOURCE].into_iter());
        let evidence = [SOURCE];
        let case = Case {
            statement: "Fernwave sells it.",
            evidence: &evidence,
            around: SOURCE,
            story: &story,
            is_general: false,
            is_advice: false,
        };
        assert_eq!(case.features().len(), FEATURES.len());
        assert_eq!(LEARNED.features().collect::<Vec<_>>(), *FEATURES);
    }

    #[test]
    fn the_evidence_itself_always_follows() {
        for source in [SOURCE, "Nobody but Ada may ever not say no to it, if only perhaps."] {
            let story = StoryStems::read([source].into_iter());
            let evidence = [source];
            let case = Case {
                statement: source,
                evidence: &evidence,
                around: source,
                story: &story,
                is_general: false,
                is_advice: false,
            };
            assert!(case.follows(), "{source}");
        }
    }

    #[test]
    fn the_true_wording_is_likelier_than_the_false_one() {
        for (source, truth, falsehood) in [
            (
                SOURCE,
                "Fernwave plans to sell Lyra to Corvane for $1.2 billion.",
                "Corvane plans to sell Lyra to Fernwave for $1.2 billion.",
            ),
            (
                "The flaw may allow an attacker to read some files if the plugin is enabled.",
                "With the plugin enabled, the flaw may let an attacker read some files.",
                "The flaw allows an attacker to read all files.",
            ),
        ] {
            let (likelier, other) = (probability(truth, source), probability(falsehood, source));
            assert!(other < likelier, "{truth} {likelier}, {falsehood} {other}");
        }
    }
}
