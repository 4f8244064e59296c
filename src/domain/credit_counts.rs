//! How a publisher is credited.

/// How the articles of a publisher stand in published stories.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CreditCounts {
    /// Its articles.
    pub articles: usize,
    /// Those that speak for their story.
    pub leads: usize,
    /// Those that name an author.
    pub signed: usize,
    /// Those that are no longer where they were published.
    pub vanished: usize,
}
