//! What stands of what a model wrote.

use crate::domain::StatementField;

/// Statements of a model that stand, in the order of the page, and what did not.
#[derive(Clone, Debug, Default)]
pub struct LlmDraft {
    pub(in crate::curate) statements: Vec<LlmStatement>,
    /// What was refused and why, for the record.
    pub notes: Vec<String>,
}

impl LlmDraft {
    /// Whether nothing of the model's stands.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
}

/// One statement of a model that stands.
#[derive(Clone, Debug)]
pub(in crate::curate) struct LlmStatement {
    pub field: StatementField,
    /// Its place within the field.
    pub order: usize,
    /// Whom a takeaway is for.
    pub audience: Option<String>,
    pub text: String,
    /// Positions of the sentences that carry it, in order.
    pub evidence: Vec<usize>,
    /// Positions of sentences of which it holds a long run of words.
    pub copied: Vec<usize>,
    /// The sentence that it is, word for word.
    pub quoted: Option<usize>,
}
