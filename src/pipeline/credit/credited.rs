//! An entry with its credit, and whose words it carries.

use crate::domain::Byline;
use crate::domain::SourceId;

/// An entry with its credit.
#[derive(Clone, Debug)]
pub struct Credited {
    /// Whom it is credited to.
    pub byline: Byline,
    /// The source it is credited to, where it is one of ours.
    pub source: Option<SourceId>,
    /// Whether the entry's text is the credited publisher's own words.
    pub provenance: Provenance,
}

/// Whose words an entry carries.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Provenance {
    /// The publisher's own feed.
    Own,
    /// A list that points to the publisher's article; its words are not the publisher's.
    Listed,
}
