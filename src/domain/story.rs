//! A story: entries, from any number of sources, about one event.

use std::sync::Arc;

use url::Url;

use super::briefing::Briefing;
use super::feed::Enclosure;
use super::id::EntryId;
use super::id::SnapshotId;
use super::id::SourceId;
use super::id::StoryId;
use super::id::StoryKey;
use super::rights::Rights;
use super::time::Timestamp;

/// Where a story stands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum StoryState {
    /// Waits for curation or publication.
    Pending,
    /// Waits for an editor.
    Held,
    /// In the outputs.
    Published,
    /// An editor said no.
    Rejected,
    /// Became part of another story; its permalink answers 301.
    Merged,
    /// Taken back; its permalink answers 410.
    Withdrawn,
    /// Was old when first seen: stored, not curated.
    Suppressed,
}

impl StoryState {
    /// Every state, in the order of a story's life.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Held,
        Self::Published,
        Self::Rejected,
        Self::Merged,
        Self::Withdrawn,
        Self::Suppressed,
    ];

    /// The word that store and listings use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Published => "published",
            Self::Rejected => "rejected",
            Self::Merged => "merged",
            Self::Withdrawn => "withdrawn",
            Self::Suppressed => "kept",
        }
    }
}

/// One publisher's part in a story, as everyone is credited.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Byline {
    /// The publisher.
    pub name: String,
    /// The article.
    pub url: Url,
    /// The title the publisher gave it.
    pub title: String,
    /// The feed it came from; `None` when unlisted or unknown.
    pub feed_url: Option<Url>,
    /// The feed's `atom:id`, or its address.
    pub feed_id: Option<String>,
    /// The publisher's home page.
    pub home: Option<Url>,
    /// Who wrote it, names joined by ", ".
    pub author: Option<String>,
    /// When the publisher says it appeared.
    pub published: Timestamp,
    /// What the publisher allows.
    pub rights: Rights,
    /// Copyright or licence, as the feed writes it.
    pub rights_text: Option<String>,
    /// The link lists that pointed to it.
    pub via: Vec<Via>,
    /// The article of this story whose text it repeats.
    pub copy_of: Option<Url>,
}

/// A link list that pointed to an article of someone else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Via {
    /// The list.
    pub name: String,
    /// Its home page.
    pub home: Option<Url>,
}

/// One entry of a story as curation reads it.
#[derive(Clone, Debug)]
pub struct Member {
    /// Row of the entry.
    pub entry: EntryId,
    /// Where it was polled.
    pub source: SourceId,
    /// Whom it is credited to.
    pub byline: Byline,
    /// Plain text that may be quoted; `None` where rights or provenance forbid it.
    pub snapshot: Option<Snapshot>,
    /// The publisher's own summary, plain text.
    pub summary: Option<String>,
    /// The publisher's own lines about the article that are no part of its text (a feed's summary
    /// beside the content, a page's description); `None` where `snapshot` is.
    pub abstract_snapshot: Option<Snapshot>,
    /// As the publisher wrote them.
    pub categories: Vec<String>,
    /// BCP 47 tag, lower-case, as declared by entry or feed.
    pub language: Option<String>,
}

impl Member {
    /// The texts that may be quoted: the abstract and the text.
    pub fn texts(&self) -> impl Iterator<Item = &Snapshot> {
        self.abstract_snapshot.iter().chain(&self.snapshot)
    }
}

/// An immutable copy of one entry's plain text; receipts point into it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Row of the snapshot.
    pub id: SnapshotId,
    /// Where the text was read, which decides how much of it may be quoted.
    pub from: SnapshotFrom,
    /// Paragraphs separated by an empty line.
    pub text: Arc<str>,
}

/// Where a text was read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SnapshotFrom {
    /// The publisher put it into the feed.
    Feed,
    /// It was fetched from the article's page.
    Page,
}

/// Another story of our own archive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Related {
    /// Its id.
    pub id: StoryId,
    /// Its title.
    pub title: String,
    /// Its permalink, absolute.
    pub url: String,
    /// Its publication date.
    pub published: Timestamp,
    /// How it is related.
    pub relation: Relation,
}

/// How another story is related to this one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Relation {
    /// Same subjects.
    Related,
    /// This story tells what came of the other one's event.
    Follows,
    /// The other story tells what came of this one's event.
    FollowedBy,
}

impl Relation {
    /// The word that store and outputs use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Related => "related",
            Self::Follows => "follows",
            Self::FollowedBy => "followed_by",
        }
    }
}

/// The reason of a revision that a person made without giving one.
pub const EDITED: &str = "edited";

/// Who looked at a briefing before it went out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Review {
    /// The person's name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A published story, complete: what a feed item and a story page are written from.
#[derive(Clone, Debug)]
pub struct Item {
    /// Name in paths.
    pub key: StoryKey,
    /// Name in feeds.
    pub id: StoryId,
    /// Path of the permalink, from the site's root: `/story/{key}/{slug}`.
    pub path: String,
    /// Plain text.
    pub title: String,
    /// Everyone's, the primary entry's first. Never empty.
    pub bylines: Vec<Byline>,
    /// What we say about it.
    pub briefing: Briefing,
    /// From our own archive.
    pub related: Vec<Related>,
    /// Counts from 1.
    pub revision: u32,
    /// The person who approved it.
    pub reviewed: Option<Review>,
    /// The primary entry's date, fixed at first publication.
    pub published: Timestamp,
    /// Last change of summary, facts or title.
    pub updated: Timestamp,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// The primary entry's.
    pub enclosure: Option<Enclosure>,
    /// The model that wrote, where one did, as the endpoint names it.
    pub model: Option<String>,
    /// The model that confirmed that its statements follow from their evidence, where one did.
    pub verifier: Option<String>,
    /// What a reader must know before reading on.
    pub notices: Vec<Notice>,
}

/// What a reader must know of a story before reading on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notice {
    /// The primary entry is a paid post.
    Sponsored,
    /// The primary entry advertises an offer.
    Deal,
    /// The primary entry is a job advertisement.
    Job,
    /// What became of an article that it tells from.
    ArticleStatus(ArticleStatus),
}

/// What became of an article after it appeared; the gravest is the greatest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ArticleStatus {
    /// The article is no longer where it was.
    Vanished,
    /// The publisher has corrected the article since it appeared.
    Corrected,
    /// The publisher says the article is retracted.
    Retracted,
}

impl ArticleStatus {
    /// Everything that may become of one.
    pub const ALL: [Self; 3] = [Self::Vanished, Self::Corrected, Self::Retracted];

    /// The word that the store uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vanished => "vanished",
            Self::Corrected => "corrected",
            Self::Retracted => "retracted",
        }
    }
}

impl Item {
    /// Whose entry speaks for the story.
    pub fn primary(&self) -> &Byline {
        self.bylines.first().expect("a story has at least one member, checked where items are built")
    }
}
