//! What is read of an article page, or why there is nothing to read.

use url::Url;

use crate::domain::Timestamp;

/// The main text of a page, and what the page says of itself. Plain text
/// throughout; hidden text is never part of it.
#[derive(Clone, Debug, Default)]
pub struct Article {
    /// Paragraphs separated by an empty line.
    pub text: String,
    /// The headline.
    pub title: Option<String>,
    /// `rel="canonical"`, absolute.
    pub canonical: Option<Url>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// BCP 47 tag, lower-case.
    pub language: Option<String>,
    /// When the page says it appeared.
    pub published: Option<Timestamp>,
    /// Contents of `meta name="robots"` and `name="bylined"`, lower-case.
    pub meta_robots: Vec<String>,
    /// `meta name="tdm-reservation"` (TDMRep §7): `Some(true)` for `1`.
    pub tdm_reservation: Option<bool>,
    /// `link rel="license" type="application/rsl+xml"` (RSL 1.0).
    pub has_rsl_licence: bool,
    /// The page says that its article is for those who pay (schema.org `isAccessibleForFree`,
    /// `article:content_tier`).
    pub is_paid: bool,
    /// What the page's head says of it in a few lines (`og:description`, JSON-LD and `meta`
    /// `description`).
    pub description: Option<String>,
    /// Where its text links to, absolute, the first ones.
    pub links: Vec<Url>,
}

/// Why a page has no main text. What it says about rights counts all the same.
#[derive(Debug, thiserror::Error)]
#[error("no article on the page of `{host}`: {why}")]
pub struct ExtractError {
    /// Whose page.
    pub host: String,
    /// What was found instead.
    pub why: NoArticle,
    /// What the page says of itself, as in [`Article`], with what text there is: a note that the
    /// article was withdrawn can be all of it.
    pub signals: Box<Article>,
}

/// What a page holds instead of an article.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoArticle {
    /// No text, or a few words.
    #[error("its text is too short")]
    TooShort,
    /// More elements than a page of text has.
    #[error("it has too many elements")]
    TooComplex,
    /// A request for consent to tracking.
    #[error("it asks for consent")]
    ConsentWall,
    /// The beginning, and a request for payment.
    #[error("it asks for payment")]
    Paywall,
    /// A test for browsers.
    #[error("it asks for a browser")]
    BotWall,
}
