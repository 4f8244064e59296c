//! What curation knows besides the story.

pub use super::budget::Budget;
use crate::config::Audience;
use crate::config::TopicRule;

/// What curation knows besides the story.
#[derive(Clone, Copy, Debug)]
pub struct CurationContext<'a> {
    /// The operator's taxonomy.
    pub topics: &'a [TopicRule],
    /// Who reads.
    pub audiences: &'a [Audience],
    /// How much may be quoted.
    pub budget: Budget<'a>,
}
