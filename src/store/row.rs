//! What goes into the store and what comes out.

use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::domain::Aftermath;
use crate::domain::Briefing;
use crate::domain::Enclosure;
use crate::domain::Engine;
use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::HomeClaim;
use crate::domain::OperatorRights;
use crate::domain::Origin;
use crate::domain::Person;
use crate::domain::PollHints;
use crate::domain::Record;
use crate::domain::Relation;
use crate::domain::Review;
use crate::domain::Rights;
use crate::domain::SnapshotFrom;
use crate::domain::SnapshotId;
use crate::domain::SourceId;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::domain::Topic;
use crate::domain::Validators;

use super::StoreError;

/// How a source is doing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Never polled.
    New,
    /// The last poll went well.
    Healthy,
    /// The last poll failed; it is tried again.
    Failing,
    /// The publisher asked us to stop (410).
    Gone,
}

impl Health {
    const ALL: [Self; 4] = [Self::New, Self::Healthy, Self::Failing, Self::Gone];

    /// The word that store and listings use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Healthy => "healthy",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }
}

/// A source as remembered.
#[derive(Clone, Debug)]
pub struct SourceRow {
    /// Its stable name.
    pub id: SourceId,
    /// The feed's address when it was last configured.
    pub url: String,
    /// The feed's own title.
    pub title: Option<String>,
    /// The feed's own id.
    pub feed_id: Option<String>,
    /// The publisher's home page.
    pub home: Option<Url>,
    /// Whether that page counts as its home, where the two are of different domains.
    pub home_claim: HomeClaim,
    /// When it was last asked.
    pub home_asked: Option<Timestamp>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// When it was first configured.
    pub first_seen: Timestamp,
    /// Copyright or licence, as written.
    pub rights_text: Option<String>,
    /// The name that the operator credits it under.
    pub publisher: Option<String>,
    /// Whether its address may be shown.
    pub is_listed: bool,
    /// What the operator has said of its rights.
    pub operator: OperatorRights,
    /// Digest of the address it had when last configured.
    pub url_hash: Option<i64>,
    /// Where the articles of a publisher who was removed are, as digests.
    pub places_removed: Vec<i64>,
    /// What the publisher's signals allow.
    pub rights: Rights,
    /// Which signals they are.
    pub rights_reasons: Vec<String>,
    /// What was allowed when its stories were last curated.
    pub rights_applied: Option<Rights>,
    /// Sent back with the next request.
    pub validators: Validators,
    /// Digest of the last body.
    pub body_hash: Option<i64>,
    /// When it last sent a whole document, or was last asked for one unconditionally.
    pub last_whole: Option<Timestamp>,
    /// Start of the last poll.
    pub last_poll: Option<Timestamp>,
    /// When it is due.
    pub next_poll: Timestamp,
    /// Not to be asked before, whatever the operator says.
    pub retry_after: Option<Timestamp>,
    /// How it is.
    pub health: Health,
    /// `kind: words`
    pub reason: Option<String>,
    /// Since when it is so.
    pub since: Timestamp,
    /// Last HTTP status.
    pub status: Option<u16>,
    /// Failed polls in a row.
    pub failures: u32,
    /// The address that validators and digest came from, at the end of all redirects.
    pub found: Option<String>,
    /// Where it is polled since it has moved for good.
    pub moved_to: Option<String>,
    /// A move that is not confirmed yet.
    pub moving: Option<Moving>,
    /// What was repaired or dropped in the last document.
    pub warnings: Vec<String>,
    /// What the last document wished.
    pub wishes: PollHints,
    /// The newest dates of the last document.
    pub newest: Vec<Timestamp>,
    /// Until when its hub tells of news, where it has shown that it does.
    pub told_until: Option<Timestamp>,
}

impl SourceRow {
    pub(super) const COLUMNS: &'static str = "id, url, title, feed_id, home, language, rights_text, rights, \
         rights_reasons, etag, last_modified, body_hash, last_poll, next_poll, retry_after, health, reason, since, \
         status, failures, moved_to, warnings, wishes, newest, \
         first_seen, rights_applied, last_whole, found, moving_to, moving_since, moving_answers, \
         (SELECT max(until) FROM subscriptions WHERE source = id AND standing = 'active' AND pushed IS NOT NULL), \
         publisher, is_listed, operator_rights, licence, url_hash, places_removed, \
         home_claim, home_asked";

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(row.get(0)?, "source id")?,
            url: row.get(1)?,
            title: row.get(2)?,
            feed_id: row.get(3)?,
            home: url(row.get(4)?),
            language: row.get(5)?,
            rights_text: row.get(6)?,
            rights: parsed(row.get(7)?, "rights")?,
            rights_reasons: json(&row.get::<_, String>(8)?, "rights")?,
            validators: Validators { etag: row.get(9)?, last_modified: row.get(10)? },
            body_hash: row.get(11)?,
            last_poll: time(row.get(12)?),
            next_poll: Timestamp::from_millis(row.get(13)?),
            retry_after: time(row.get(14)?),
            health: worded(&Health::ALL, Health::as_str, row.get(15)?, "health")?,
            reason: row.get(16)?,
            since: Timestamp::from_millis(row.get(17)?),
            status: row.get(18)?,
            failures: row.get(19)?,
            moved_to: row.get(20)?,
            warnings: json(&row.get::<_, String>(21)?, "warnings")?,
            wishes: json(&row.get::<_, String>(22)?, "poll hints")?,
            newest: json(&row.get::<_, String>(23)?, "dates")?,
            first_seen: Timestamp::from_millis(row.get(24)?),
            rights_applied: row.get::<_, Option<String>>(25)?.map(|it| parsed(it, "rights")).transpose()?,
            last_whole: time(row.get(26)?),
            found: row.get(27)?,
            moving: match row.get::<_, Option<String>>(28)? {
                Some(to) => {
                    Some(Moving { to, since: time(row.get(29)?).unwrap_or_default(), answers: row.get(30)? })
                }
                None => None,
            },
            told_until: time(row.get(31)?),
            publisher: row.get(32)?,
            is_listed: row.get(33)?,
            operator: OperatorRights { strictest: parsed(row.get(34)?, "rights")?, licence: row.get(35)? },
            url_hash: row.get(36)?,
            places_removed: json(&row.get::<_, String>(37)?, "places")?,
            home_claim: HomeClaim::from_word(&row.get::<_, String>(38)?)
                .ok_or(StoreError::Unreadable { what: "home claim" })?,
            home_asked: time(row.get(39)?),
        })
    }
}

/// A permanent redirect that has been seen, and not for long enough to be relied on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Moving {
    /// Where it points.
    pub to: String,
    /// When it was first seen.
    pub since: Timestamp,
    /// Answers that led there in a row; 0 while what is there is another feed.
    pub answers: u32,
}

/// What a site answered when asked for its robots.txt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RobotsRow {
    /// Which kind of answer it is, in one word.
    pub kind: String,
    /// The file, or the reason why there is none.
    pub body: Vec<u8>,
    /// When it was asked for.
    pub fetched: Timestamp,
    /// When it last could not be had again.
    pub failed: Option<Timestamp>,
}

/// What one poll changed about a source, committed together with its entries.
#[derive(Clone, Debug)]
pub struct PollUpdate {
    /// When it started.
    pub at: Timestamp,
    /// When the next is due.
    pub next_poll: Timestamp,
    /// When it is due if a hub has pushed since this one started.
    pub next_if_pushed: Timestamp,
    /// How the source is now.
    pub health: Health,
    /// `kind: words`, where it is not healthy.
    pub reason: Option<String>,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Not to be asked before.
    pub retry_after: Option<Timestamp>,
    /// What the next request sends.
    pub validators: Validators,
    /// Digest of the body those validators belong to.
    pub body_hash: Option<i64>,
    /// When it last sent a whole document, or was last asked for one unconditionally.
    pub last_whole: Option<Timestamp>,
    /// What the document says of its feed; `None` when no document was read.
    pub feed: Option<FeedFacts>,
    /// What the source wishes, where that changed without a document.
    pub wishes: Option<PollHints>,
    /// The address that validators and digest came from.
    pub found: Option<String>,
    /// Where it is polled since it has moved for good.
    pub moved_to: Option<String>,
    /// A move that is not confirmed yet.
    pub moving: Option<Moving>,
    /// What signals allow and which they are, where they changed without a document.
    pub rights: Option<(Rights, Vec<String>)>,
}

/// What a document says of its feed.
#[derive(Clone, Debug, Default)]
pub struct FeedFacts {
    /// Title.
    pub title: Option<String>,
    /// Id.
    pub feed_id: Option<String>,
    /// Home page.
    pub home: Option<Url>,
    /// Whether that page counts as its home, where the two are of different domains.
    pub home_claim: HomeClaim,
    /// When it was last asked.
    pub home_asked: Option<Timestamp>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Copyright or licence.
    pub rights_text: Option<String>,
    /// What its signals allow.
    pub rights: Rights,
    /// Which signals they are.
    pub rights_reasons: Vec<String>,
    /// What was repaired or dropped in it.
    pub warnings: Vec<String>,
    /// What it wishes.
    pub wishes: PollHints,
    /// Its newest dates.
    pub newest: Vec<Timestamp>,
}

/// What is remembered of the looks at an entry's article page.
#[derive(Clone, Debug, Default)]
pub struct PageHeld {
    /// How often it was looked at, the first reading included.
    pub looks: u32,
    /// What came with it.
    pub validators: Validators,
    /// Since when it is not there; `None` where it was at the last look.
    pub missing: Option<Timestamp>,
}

/// Whether an entry's article page is read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PageState {
    /// The feed's text is all we read.
    Unneeded,
    /// To be fetched before the story is curated.
    Wanted,
    /// Its text is the entry's snapshot.
    Fetched,
    /// It could not be read; the feed's text stands.
    Failed,
    /// Rights forbid it.
    Denied,
}

impl PageState {
    const ALL: [Self; 5] = [Self::Unneeded, Self::Wanted, Self::Fetched, Self::Failed, Self::Denied];

    /// The word that the store uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unneeded => "unneeded",
            Self::Wanted => "wanted",
            Self::Fetched => "fetched",
            Self::Failed => "failed",
            Self::Denied => "denied",
        }
    }
}

/// An entry to be stored, or the new state of one that is.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// As parsed; its link, title, authors and so on are stored from here.
    pub title: String,
    /// The publisher's id.
    pub guid: Option<String>,
    /// Digest of the id.
    pub guid_hash: Option<i64>,
    /// The article.
    pub link: Option<Url>,
    /// Its canonical form.
    pub canonical: Option<String>,
    /// Digest of the canonical form.
    pub link_hash: Option<i64>,
    /// Digest of the canonical form without parameters.
    pub place_hash: Option<i64>,
    /// Digest of the number that the link gives the article.
    pub number_hash: Option<i64>,
    /// Digest of the folded title.
    pub title_hash: i64,
    /// Digest of the text.
    pub text_hash: Option<i64>,
    /// Whether the text says something of its own.
    pub has_text: bool,
    /// Digest of everything a change of which is an update.
    pub content_hash: i64,
    /// The publisher's own summary.
    pub summary: Option<String>,
    /// Who wrote it.
    pub authors: Vec<Person>,
    /// As written.
    pub categories: Vec<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Copyright or licence of this entry.
    pub rights_text: Option<String>,
    /// Where it came from originally.
    pub origin: Option<Origin>,
    /// At most one.
    pub enclosure: Option<Enclosure>,
    /// As given.
    pub published_given: Option<Timestamp>,
    /// As remembered; kept from the first time when the entry is known.
    pub published: Timestamp,
    /// As given.
    pub updated: Option<Timestamp>,
    /// Whether it is kept and not curated: already old when first seen, or left out by filters.
    pub is_kept: bool,
    /// Whether the operator's filters leave it out: then it is nobody's member but its own story's.
    pub is_excluded: bool,
    /// Whether its page is read.
    pub page: PageState,
    /// What the robots.txt of its article's host allows.
    pub rights: Rights,
    /// Why no more.
    pub rights_reasons: Vec<String>,
    /// The feed's text.
    pub text: String,
}

/// A stored entry, as far as telling it from others needs.
#[derive(Clone, Debug)]
pub struct KnownRow {
    /// Its row.
    pub id: EntryId,
    /// The key it is stored under.
    pub key: EntryKey,
    /// The publisher's id.
    pub guid: Option<String>,
    /// Canonical form of its link.
    pub canonical: Option<String>,
    /// Its title.
    pub title: String,
    /// Digest of its folded title.
    pub title_hash: i64,
    /// Digest of its text.
    pub text_hash: Option<i64>,
    /// Digest of everything a change of which is an update.
    pub content_hash: i64,
    /// Date as given.
    pub published_given: Option<Timestamp>,
    /// Digest of the publisher's id.
    pub guid_hash: Option<i64>,
    /// Digest of the canonical form of its link.
    pub link_hash: Option<i64>,
    /// Digest of the number that its link gives the article.
    pub number_hash: Option<i64>,
}

impl KnownRow {
    pub(super) const COLUMNS: &'static str = "id, key, guid, canonical, title, title_hash, text_hash, content_hash, published_given, guid_hash, link_hash, number_hash";
    pub(super) const WIDTH: usize = 12;

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: EntryId(row.get(0)?),
            key: EntryKey::new(row.get::<_, String>(1)?),
            guid: row.get(2)?,
            canonical: row.get(3)?,
            title: row.get(4)?,
            title_hash: row.get(5)?,
            text_hash: row.get(6)?,
            content_hash: row.get(7)?,
            published_given: time(row.get(8)?),
            guid_hash: row.get(9)?,
            link_hash: row.get(10)?,
            number_hash: row.get(11)?,
        })
    }
}

/// Row of a story.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StoryRowId(pub i64);

/// An entry that waits for its story.
#[derive(Clone, Debug)]
pub struct UnassignedRow {
    /// Its row.
    pub id: EntryId,
    /// Where it was polled.
    pub source: SourceId,
    /// The key it is stored under.
    pub key: EntryKey,
    /// Its title.
    pub title: String,
    /// Canonical form of its link.
    pub canonical: Option<String>,
    /// Digest of the canonical form.
    pub link_hash: Option<i64>,
    /// Digest of the canonical form without parameters.
    pub place_hash: Option<i64>,
    /// Whether its feed's text says something of its own.
    pub has_text: bool,
    /// Its remembered date.
    pub published: Timestamp,
    /// Whether it is kept and not curated: already old when first seen, or left out by filters.
    pub is_kept: bool,
    /// Whether the operator's filters leave it out.
    pub is_excluded: bool,
    /// As the publisher wrote them.
    pub categories: Vec<String>,
    /// The text that may be read for it today; empty where there is none.
    pub text: String,
}

/// An assigned entry, as far as comparing others with it needs.
#[derive(Clone, Debug)]
pub struct AssignedRow {
    /// The entry.
    pub entry: UnassignedRow,
    /// Its story.
    pub story: StoryRowId,
    /// The circle of related stories its story stands in, named by the story that began it.
    pub circle: StoryRowId,
    /// Its place in the order of changes.
    pub assigned: i64,
}

/// An assigned entry whose link has a site and path that others have, too.
#[derive(Clone, Debug)]
pub struct PlaceRow {
    /// Where it was polled.
    pub source: SourceId,
    /// Its story.
    pub story: StoryRowId,
    /// Canonical form of its link.
    pub canonical: String,
    /// Its title.
    pub title: String,
    /// As the publisher wrote them.
    pub categories: Vec<String>,
    /// Whether its feed's text says something of its own.
    pub has_text: bool,
}

impl UnassignedRow {
    pub(super) const COLUMNS: &'static str = "e.id, e.source, e.key, e.title, e.canonical, e.link_hash, e.published, \
         e.is_kept, e.is_excluded, e.categories, coalesce(t.text, ''), \
         e.place_hash, e.has_text";
    pub(super) const WIDTH: usize = 13;

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: EntryId(row.get(0)?),
            source: parsed(row.get(1)?, "source id")?,
            key: EntryKey::new(row.get::<_, String>(2)?),
            title: row.get(3)?,
            canonical: row.get(4)?,
            link_hash: row.get(5)?,
            published: Timestamp::from_millis(row.get(6)?),
            is_kept: row.get(7)?,
            is_excluded: row.get(8)?,
            categories: json(&row.get::<_, String>(9)?, "categories")?,
            text: row.get(10)?,
            place_hash: row.get(11)?,
            has_text: row.get(12)?,
        })
    }
}

impl PlaceRow {
    pub(super) const COLUMNS: &'static str = "source, story, canonical, title, categories, has_text";

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            source: parsed(row.get(0)?, "source id")?,
            story: StoryRowId(row.get(1)?),
            canonical: row.get(2)?,
            title: row.get(3)?,
            categories: json(&row.get::<_, String>(4)?, "categories")?,
            has_text: row.get(5)?,
        })
    }
}

impl AssignedRow {
    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = UnassignedRow::WIDTH;
        Ok(Self {
            entry: UnassignedRow::of(row)?,
            story: StoryRowId(row.get(at)?),
            circle: StoryRowId(row.get(at + 1)?),
            assigned: row.get(at + 2)?,
        })
    }
}

/// A stored entry.
#[derive(Clone, Debug)]
pub struct EntryRow {
    /// Its row.
    pub id: EntryId,
    /// Where it was polled.
    pub source: SourceId,
    /// The key it is stored under.
    pub key: EntryKey,
    /// The article.
    pub link: Option<Url>,
    /// Canonical form of the link.
    pub canonical: Option<String>,
    /// Plain text.
    pub title: String,
    /// The publisher's own summary.
    pub summary: Option<String>,
    /// Who wrote it.
    pub authors: Vec<Person>,
    /// As written.
    pub categories: Vec<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// What entry and page signals allow.
    pub rights: Rights,
    /// Which signals they are.
    pub rights_reasons: Vec<String>,
    /// Copyright or licence.
    pub rights_text: Option<String>,
    /// Where it came from originally.
    pub origin: Option<Origin>,
    /// At most one.
    pub enclosure: Option<Enclosure>,
    /// Its remembered date.
    pub published: Timestamp,
    /// As given.
    pub updated: Option<Timestamp>,
    /// When we first saw it.
    pub first_seen: Timestamp,
    /// Whether its page is read.
    pub page: PageState,
    /// Why the page is as it is.
    pub page_reason: Option<String>,
    /// The story it belongs to.
    pub story: Option<StoryRowId>,
    /// Why it joined that story.
    pub joined: Option<String>,
    /// What became of the article after it appeared.
    pub aftermath: Option<Aftermath>,
    /// Who wrote the article, as its page says.
    pub page_author: Option<String>,
}

impl EntryRow {
    pub(super) const COLUMNS: &'static str = "e.id, e.source, e.key, e.link, e.canonical, e.title, e.summary, \
         e.authors, e.categories, e.language, e.rights, e.rights_reasons, e.rights_text, e.origin, e.enclosure, \
         e.published, e.updated, e.first_seen, e.page, e.page_reason, e.story, e.joined, \
         e.aftermath, e.page_author";
    pub(super) const WIDTH: usize = 24;

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: EntryId(row.get(0)?),
            source: parsed(row.get(1)?, "source id")?,
            key: EntryKey::new(row.get::<_, String>(2)?),
            link: url(row.get(3)?),
            canonical: row.get(4)?,
            title: row.get(5)?,
            summary: row.get(6)?,
            authors: json(&row.get::<_, String>(7)?, "authors")?,
            categories: json(&row.get::<_, String>(8)?, "categories")?,
            language: row.get(9)?,
            rights: parsed(row.get(10)?, "rights")?,
            rights_reasons: json(&row.get::<_, String>(11)?, "rights")?,
            rights_text: row.get(12)?,
            origin: optional_json(row.get(13)?, "origin")?,
            enclosure: optional_json(row.get(14)?, "enclosure")?,
            published: Timestamp::from_millis(row.get(15)?),
            updated: time(row.get(16)?),
            first_seen: Timestamp::from_millis(row.get(17)?),
            page: worded(&PageState::ALL, PageState::as_str, row.get(18)?, "page state")?,
            page_reason: row.get(19)?,
            story: row.get::<_, Option<i64>>(20)?.map(StoryRowId),
            joined: row.get(21)?,
            aftermath: row
                .get::<_, Option<String>>(22)?
                .map(|it| worded(&Aftermath::ALL, Aftermath::as_str, it, "aftermath"))
                .transpose()?,
            page_author: row.get(23)?,
        })
    }
}

/// An entry with the text that may be read for it today.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// The entry.
    pub entry: EntryRow,
    /// Its current snapshot.
    pub snapshot: Option<(SnapshotId, SnapshotFrom, String)>,
    /// Digest of its folded title.
    pub title_hash: i64,
}

/// What the curation of a story rests on, of one member. It is made anew when that has changed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Basis {
    /// The entry.
    pub entry: EntryId,
    /// Its text.
    pub snapshot: Option<SnapshotId>,
    /// Digest of its folded title.
    pub title_hash: i64,
    /// What its publisher's signals allow.
    pub rights: Rights,
}

pub(super) const SNAPSHOT_FEED: &str = "feed";
pub(super) const SNAPSHOT_PAGE: &str = "page";

impl MemberRow {
    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = EntryRow::WIDTH;
        let snapshot = match row.get::<_, Option<i64>>(at)? {
            Some(id) => {
                let from = match row.get::<_, String>(at + 1)?.as_str() {
                    SNAPSHOT_FEED => SnapshotFrom::Feed,
                    SNAPSHOT_PAGE => SnapshotFrom::Page,
                    _ => return Err(StoreError::Unreadable { what: "snapshot" }),
                };
                Some((SnapshotId(id), from, row.get(at + 2)?))
            }
            None => None,
        };
        Ok(Self { entry: EntryRow::of(row)?, snapshot, title_hash: row.get(at + 3)? })
    }
}

/// A stored story.
#[derive(Clone, Debug)]
pub struct StoryRow {
    /// Its row.
    pub id: StoryRowId,
    /// Name in paths.
    pub key: StoryKey,
    /// Name in feeds.
    pub tag: StoryId,
    /// Path of its permalink.
    pub path: String,
    /// Plain text.
    pub title: String,
    /// Where it stands.
    pub state: StoryState,
    /// The story it became part of.
    pub merged_into: Option<StoryRowId>,
    /// Whose entry speaks.
    pub primary_entry: EntryId,
    /// The item's date.
    pub published: Timestamp,
    /// When it entered the outputs.
    pub first_published: Option<Timestamp>,
    /// Last change of summary, facts or title.
    pub updated: Timestamp,
    /// When its founding entry was assigned.
    pub created: Timestamp,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Number of the current revision; 0 while there is none.
    pub revision: u32,
}

impl StoryRow {
    pub(super) const COLUMNS: &'static str = "s.id, s.key, s.tag, s.path, s.title, s.state, s.merged_into, \
         s.primary_entry, s.published, s.first_published, s.updated, s.created, s.language, s.revision";

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: StoryRowId(row.get(0)?),
            key: parsed(row.get(1)?, "story key")?,
            tag: StoryId::stored(row.get(2)?),
            path: row.get(3)?,
            title: row.get(4)?,
            state: worded(&StoryState::ALL, StoryState::as_str, row.get(5)?, "story state")?,
            merged_into: row.get::<_, Option<i64>>(6)?.map(StoryRowId),
            primary_entry: EntryId(row.get(7)?),
            published: Timestamp::from_millis(row.get(8)?),
            first_published: time(row.get(9)?),
            updated: Timestamp::from_millis(row.get(10)?),
            created: Timestamp::from_millis(row.get(11)?),
            language: row.get(12)?,
            revision: row.get(13)?,
        })
    }
}

/// One revision of a story's briefing.
#[derive(Clone, Debug)]
pub struct RevisionRow {
    /// Counts from 1.
    pub n: u32,
    /// When it was made.
    pub made: Timestamp,
    /// The story's title in it.
    pub title: String,
    /// Who filled it.
    pub engine: Engine,
    /// What it says.
    pub briefing: Briefing,
    /// Digest of all that the engine read.
    pub input_hash: String,
    /// What the engine dropped and why.
    pub dropped: Vec<String>,
    /// Who approved it.
    pub reviewed: Option<Review>,
    /// Why it was made.
    pub why: String,
    /// Why its words are gone, where they are.
    pub removed: Option<String>,
    /// How a model took part.
    pub record: Option<Record>,
    /// The person who made it, where one did.
    pub author: Option<String>,
    /// When readers first saw it; `None` for a draft.
    pub shown: Option<Timestamp>,
    /// BCP 47 tag of the story's text.
    pub language: Option<String>,
}

/// What a person did with a story.
#[derive(Clone, Debug)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// The person's name.
    pub by: String,
    /// In one word: `approve`, `reject`, `edit`, `replay`; `merge` and `split` of the story that keeps
    /// its id, `merged` and `parted` of the other.
    pub act: String,
    /// The revision that it was about.
    pub revision: u32,
    /// Why, where a reason was given.
    pub why: Option<String>,
    /// The other story, of a merge or split.
    pub other: Option<StoryRowId>,
}

impl Act {
    pub(super) const COLUMNS: &'static str = "at, by, act, revision, why, other";

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            at: Timestamp::from_millis(row.get(0)?),
            by: row.get(1)?,
            act: row.get(2)?,
            revision: row.get(3)?,
            why: row.get(4)?,
            other: row.get::<_, Option<i64>>(5)?.map(StoryRowId),
        })
    }
}

/// A revision that readers saw after another, as corrections name it.
#[derive(Clone, Debug)]
pub struct RevisedRow {
    /// The story.
    pub story: StoryRow,
    /// When readers first saw it.
    pub shown: Timestamp,
    /// Why it was made, or why its words are gone.
    pub why: String,
    /// The person who wrote it.
    pub author: Option<String>,
    /// The person who approved it.
    pub reviewed: Option<Review>,
}

impl RevisedRow {
    /// The columns of the story, then `shown`, why, `author`, `reviewed`.
    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            story: StoryRow::of(row)?,
            shown: Timestamp::from_millis(row.get(14)?),
            why: row.get(15)?,
            author: row.get(16)?,
            reviewed: optional_json(row.get(17)?, "review")?,
        })
    }
}

impl RevisionRow {
    pub(super) const COLUMNS: &'static str = "n, made, title, briefing, input_hash, dropped, reviewed, why, removed, record, author, shown, language";

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let briefing: Briefing = json(&row.get::<_, String>(3)?, "briefing")?;
        Ok(Self {
            n: row.get(0)?,
            made: Timestamp::from_millis(row.get(1)?),
            title: row.get(2)?,
            engine: briefing.engine,
            briefing,
            input_hash: row.get(4)?,
            dropped: json(&row.get::<_, String>(5)?, "list of dropped statements")?,
            reviewed: optional_json(row.get(6)?, "review")?,
            why: row.get(7)?,
            removed: row.get(8)?,
            record: optional_json(row.get(9)?, "record of a model")?,
            author: row.get(10)?,
            shown: time(row.get(11)?),
            language: row.get(12)?,
        })
    }
}

/// A period of an output that carries one item for each.
#[derive(Clone, Debug)]
pub struct DigestRow {
    /// Its id for ever.
    pub tag: StoryId,
    /// When the period began.
    pub begins: Timestamp,
    /// When it was over, and the item was published.
    pub ends: Timestamp,
    /// The first and the last position in the output that belong to it.
    pub positions: (u64, u64),
    /// Whether the period has more stories than one item holds: the next one has them.
    pub is_cut: bool,
}

impl DigestRow {
    pub(super) const COLUMNS: &'static str = "tag, begins, ends, first_seq, last_seq, is_cut";

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            tag: StoryId::stored(row.get(0)?),
            begins: Timestamp::from_millis(row.get(1)?),
            ends: Timestamp::from_millis(row.get(2)?),
            positions: (row.get::<_, i64>(3)? as u64, row.get::<_, i64>(4)? as u64),
            is_cut: row.get(5)?,
        })
    }
}

/// What is remembered of a published output.
#[derive(Clone, Debug)]
pub struct OutputRow {
    /// Its stable name.
    pub id: String,
    /// Stories that stand in it, archive included.
    pub stories: u64,
    /// When its documents last changed.
    pub published_at: Option<Timestamp>,
    /// Whether the last documents passed their check.
    pub is_valid: bool,
}

/// Totals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Entries stored.
    pub entries: u64,
    /// Stories that exist in their own right.
    pub stories: u64,
    /// Stories that wait for an editor.
    pub held: u64,
    /// Stories that wait for curation.
    pub pending: u64,
    /// Stories in the outputs.
    pub published: u64,
}

/// One story related to another, as stored.
pub(super) fn relation(word: &str) -> Result<Relation, StoreError> {
    worded(&[Relation::Related, Relation::Follows], Relation::as_str, word.to_owned(), "relation")
}

/// A topic as stored beside its story.
pub(super) fn topic(row: &Row<'_>) -> Result<Topic, StoreError> {
    Ok(Topic { slug: parsed(row.get(0)?, "topic")?, name: row.get(1)? })
}

pub(super) fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

fn url(text: Option<String>) -> Option<Url> {
    text.and_then(|it| Url::parse(&it).ok())
}

pub(super) fn parsed<T: std::str::FromStr>(text: String, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable { what })
}

pub(super) fn worded<T: Copy>(
    all: &[T],
    word_of: fn(T) -> &'static str,
    word: String,
    what: &'static str,
) -> Result<T, StoreError> {
    all.iter().copied().find(|it| word_of(*it) == word).ok_or(StoreError::Unreadable { what })
}

pub(super) fn json<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable { what })
}

fn optional_json<T: DeserializeOwned>(
    text: Option<String>,
    what: &'static str,
) -> Result<Option<T>, StoreError> {
    text.map(|it| json(&it, what)).transpose()
}

/// What we store as JSON are plain structs of ours, which always can be written.
pub(super) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
