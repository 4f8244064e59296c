//! The grounding gate: what an engine states must stand in the text it cites.
//!
//! Numbers with their units, dates, versions, proper names and quotations of a
//! statement are looked for in the cited text after normalisation; negations,
//! directions, speakers and roles are compared. Each check is a file of its own and a line
//! of `CHECKS`. The sentences of the cited text itself pass.
//! Passing does not prove a statement true: true words can be combined into a false
//! sentence.

mod alignment;
mod attribution;
mod calendar;
mod comparison;
mod count;
mod date;
mod denial;
mod direction;
mod elapsed;
mod factor;
mod glued;
pub mod judge;
mod link;
mod measure;
mod name;
mod negation;
mod number;
mod opener;
mod opposite;
#[cfg(test)]
mod planted;
mod quantity;
mod quotation;
mod roles;
mod share;
#[cfg(test)]
mod tests;
mod token;
mod tokenizer;
pub(super) mod told_date;
mod unit;
mod version;

use self::comparison::Comparison;
use self::token::Token;
use crate::text::word::Language;

/// One check: what kind of thing it finds, and how.
#[derive(Debug)]
struct Check {
    kind: FindingKind,
    find: Find,
}

/// How a check reads a statement.
#[derive(Debug)]
enum Find {
    /// Token by token: whether the one at this place is not grounded.
    InTokens(fn(&Comparison, usize) -> bool),
    /// The statement as a whole: the parts of it that are not grounded.
    InWhole(for<'t> fn(&Comparison<'t>) -> Vec<&'t str>),
}

/// All checks. What they find is reported token by token, then in the order of this table.
const CHECKS: [Check; 12] = [
    Check { kind: FindingKind::Link, find: Find::InTokens(link::is_ungrounded) },
    Check { kind: FindingKind::Date, find: Find::InTokens(date::is_ungrounded) },
    Check { kind: FindingKind::Number, find: Find::InTokens(number::is_ungrounded) },
    Check { kind: FindingKind::Number, find: Find::InTokens(factor::is_ungrounded) },
    Check { kind: FindingKind::Version, find: Find::InTokens(version::is_ungrounded) },
    Check { kind: FindingKind::Name, find: Find::InTokens(name::is_ungrounded) },
    Check { kind: FindingKind::Date, find: Find::InWhole(date::ungrounded_period) },
    Check { kind: FindingKind::Quotation, find: Find::InWhole(quotation::altered) },
    Check { kind: FindingKind::Attribution, find: Find::InWhole(attribution::wrong_speaker) },
    Check { kind: FindingKind::Negation, find: Find::InWhole(negation::changed) },
    Check { kind: FindingKind::Direction, find: Find::InWhole(direction::reversed) },
    Check { kind: FindingKind::Roles, find: Find::InWhole(roles::swapped) },
];

/// Something that a statement says and its source does not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What sort of thing.
    pub kind: FindingKind,
    /// As the statement says it.
    pub text: String,
}

/// What sort of thing a source lacks.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum FindingKind {
    /// A number, percentage, amount or measure; its unit counts.
    Number,
    /// A weekday, month, or day of a month.
    Date,
    /// A version or a product's code.
    Version,
    /// A proper name.
    Name,
    /// Words in quotation marks.
    Quotation,
    /// The source lets someone else say it.
    Attribution,
    /// The source says it without the "not", or with it.
    Negation,
    /// The source says the opposite: "fell" for "rose".
    Direction,
    /// The source has the two names the other way round: "A buys B" for "B buys A".
    Roles,
    /// An address that the source does not have.
    Link,
}

impl FindingKind {
    /// Whether the source says the contrary, and does not merely say nothing of it.
    pub(super) fn is_contrary(self) -> bool {
        matches!(self, Self::Attribution | Self::Negation | Self::Direction | Self::Roles)
    }
}

/// What `statement` says that `cited` does not; nothing when it is grounded. `cited`
/// is the text of the statement's receipts, with the sentences around them where the
/// engine read those.
pub fn check(statement: &str, cited: &str) -> Vec<Finding> {
    if statement == cited {
        return Vec::new();
    }
    Cited::read(cited).check(statement)
}

/// As [`check`], with more text for names: `around` is the cited text with the sentences before
/// it and the names of the story's publishers.
pub(super) fn check_among(statement: &str, cited: &str, around: &str) -> Vec<Finding> {
    if statement == cited {
        return Vec::new();
    }
    let cited = Cited::read(cited);
    let around = tokenizer::tokenize(around, cited.language);
    findings(statement, &cited.tokens, &around, cited.language)
}

/// A cited text, read once for many statements.
#[derive(Debug)]
pub struct Cited<'a> {
    tokens: Vec<Token<'a>>,
    language: Language,
}

impl<'a> Cited<'a> {
    /// Reads the text of a statement's receipts.
    pub fn read(text: &'a str) -> Self {
        let language = tokenizer::language(text);
        Self { tokens: tokenizer::tokenize(text, language), language }
    }

    /// What `statement` says that this text does not, as [`check`].
    pub fn check(&self, statement: &str) -> Vec<Finding> {
        findings(statement, &self.tokens, &self.tokens, self.language)
    }
}

/// What all checks find. `around` is text in which names may stand, too.
fn findings(statement: &str, cited: &[Token], around: &[Token], language: Language) -> Vec<Finding> {
    let compared =
        Comparison { statement, said: tokenizer::tokenize(statement, language), cited, around, language };
    let mut findings = Vec::new();
    let mut find = |kind, text: &str| {
        let finding = Finding { kind, text: text.to_owned() };
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    };
    for (at, token) in compared.said.iter().enumerate() {
        for check in &CHECKS {
            if let Find::InTokens(is_ungrounded) = check.find
                && is_ungrounded(&compared, at)
            {
                find(check.kind, token.shown);
            }
        }
    }
    for check in &CHECKS {
        if let Find::InWhole(ungrounded) = check.find {
            for text in ungrounded(&compared) {
                find(check.kind, text);
            }
        }
    }
    findings
}
