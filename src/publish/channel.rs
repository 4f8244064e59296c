//! What one feed document says of itself, and what stands in it.

use url::Url;

use crate::config::LinkTo;
use crate::domain::Item;
use crate::domain::StoryId;
use crate::domain::Timestamp;

/// The three formats of a feed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    /// The end of its file name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }

    /// Media type, without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
        }
    }

    /// As shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rss => "RSS",
            Self::Atom => "Atom",
            Self::Json => "JSON Feed",
        }
    }
}

/// The address that a feed's documents share, up to the dot before the format:
/// `https://brief.example/feeds/all`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FeedUrl(pub Url);

impl FeedUrl {
    /// The address of one format's document.
    pub fn of(&self, format: Format) -> String {
        format!("{}.{}", self.0, format.extension())
    }
}

/// What one feed document says of itself.
#[derive(Clone, Debug)]
pub struct Channel {
    /// A `tag:` URI, or another absolute IRI that never changes.
    pub id: String,
    /// Plain text.
    pub title: String,
    /// One sentence; never empty (RSS 2.0 requires it).
    pub description: String,
    /// The page for people.
    pub home_url: Url,
    /// Every link to a page of ours starts here. Ends in `/`.
    pub base_url: Url,
    /// This document.
    pub url: FeedUrl,
    /// The subscription document, when this one is an archive (RFC 5005 §4).
    pub current: Option<FeedUrl>,
    /// The next older archive document.
    pub older: Option<FeedUrl>,
    /// BCP 47 tag.
    pub language: String,
    /// The name in the attribution line.
    pub curator: String,
    /// E-mail address or URL of the curator.
    pub contact: Option<String>,
    /// Whose feed it is: their takeaway leads each item.
    pub audience: Option<String>,
    /// Where an item's link leads.
    pub link: LinkTo,
    /// The last change of an item or entry of a new one; of an empty feed, when the
    /// feed came to be.
    pub updated: Timestamp,
    /// Minutes a copy may be cached.
    pub ttl_minutes: u32,
    /// WebSub hubs.
    pub hubs: Vec<Url>,
}

impl Channel {
    /// Where the data of an item are described: the site's `/about#data`.
    pub(super) fn about_data_url(&self) -> String {
        super::link::about_data(&self.base_url)
    }
}

/// One thing in a feed document.
#[derive(Clone, Debug)]
pub enum FeedItem<'a> {
    /// A story.
    Story(&'a Item),
    /// A period's stories in one item.
    Digest(Digest<'a>),
    /// A story that became part of another: a stub that leads to the survivor.
    Merged {
        /// The id that is no longer used.
        id: &'a StoryId,
        /// The title it had.
        title: &'a str,
        /// When it was published.
        published: Timestamp,
        /// When it became part of the survivor.
        merged: Timestamp,
        /// The story that it became part of.
        survivor: &'a Item,
    },
    /// A story that was taken back (RFC 6721). RSS and JSON Feed have no word for it.
    Withdrawn {
        /// Its id.
        id: &'a StoryId,
        /// When it was taken back.
        at: Timestamp,
    },
}

impl<'a> From<&'a Item> for FeedItem<'a> {
    fn from(item: &'a Item) -> Self {
        Self::Story(item)
    }
}

/// A period's stories in one item.
#[derive(Clone, Debug)]
pub struct Digest<'a> {
    /// `tag:…:digest-{output}-{period start}`.
    pub id: StoryId,
    /// Plain text.
    pub title: String,
    /// Path of the page that shows the period, from the site's root.
    pub path: String,
    /// End of the period.
    pub published: Timestamp,
    /// Last change of one of its stories, not before `published`.
    pub updated: Timestamp,
    /// An editor's words, and who wrote them.
    pub note: Option<(String, String)>,
    /// In their order. Never empty.
    pub stories: Vec<&'a Item>,
}
