//! The fields of a briefing that hold statements.

/// The fields of a briefing that hold statements.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Field {
    /// `summary`
    Summary,
    /// `key_takeaway`
    KeyTakeaway,
    /// `key_insights`
    KeyInsights,
    /// `in_practice`
    InPractice,
    /// `principles`
    Principles,
}

impl Field {
    /// The name that outputs use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::KeyTakeaway => "key_takeaway",
            Self::KeyInsights => "key_insights",
            Self::InPractice => "in_practice",
            Self::Principles => "principles",
        }
    }
}
