//! What curation gives back.

use std::fmt;

use super::gate;
use crate::domain::Briefing;
use crate::domain::StatementField;

/// A briefing, and what was found on the way to it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Curated {
    /// Ready to be stored.
    pub briefing: Briefing,
    /// What the gate refused.
    pub dropped: Vec<Dropped>,
    /// What a model wrote and did not stand, and why.
    pub notes: Vec<String>,
    /// BCP 47 tag of the story's text.
    pub language: Option<String>,
    /// Lower-case hex SHA-256 of title and members as read.
    pub input_hash: String,
}

/// A statement that did not pass the gate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dropped {
    /// The field it was meant for.
    pub field: StatementField,
    /// The statement.
    pub text: String,
    /// What its source lacks.
    pub findings: Vec<gate::Finding>,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: \u{201c}{}\u{201d}: the source lacks", self.field, self.text)?;
        self.findings.iter().try_for_each(|it| write!(f, " {:?} `{}`", it.kind, it.text))
    }
}
