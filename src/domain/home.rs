//! Whether a feed's claim to a home page counts.

/// What became of a feed's claim to a home page of another registrable domain.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum HomeClaim {
    /// The page was not asked yet.
    #[default]
    Unasked,
    /// The page names the feed (`rel="alternate"`).
    Named,
    /// The page answered and does not name the feed, or may not be read.
    Unnamed,
    /// No answer came yet.
    Unanswered,
    /// The page's host does not exist, and the operator alone can have set up what claims it: the feed
    /// is at one of the private addresses that `fetch.allow_private` opens, as a bridge or a mirror is.
    Operators,
}

impl HomeClaim {
    const ALL: [Self; 5] = [Self::Unasked, Self::Named, Self::Unnamed, Self::Unanswered, Self::Operators];

    /// Whether the page counts as the feed's home.
    pub fn counts(self) -> bool {
        matches!(self, Self::Named | Self::Operators)
    }

    /// The word under which the claim is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Named => "named",
            Self::Unnamed => "unnamed",
            Self::Unanswered => "unanswered",
            Self::Operators => "operators",
        }
    }

    /// Reads what `as_str` wrote.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}
