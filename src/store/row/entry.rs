//! An entry to be stored, and as it is stored.

use rusqlite::Row;
use url::Url;

use crate::domain::ArticleStatus;
use crate::domain::Enclosure;
use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::Origin;
use crate::domain::Person;
use crate::domain::Rights;
use crate::domain::SnapshotFrom;
use crate::domain::SnapshotId;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::store::columns::Columns;
use crate::store::columns::columns;
use crate::store::error::StoreError;
use crate::store::stored;
use crate::store::stored::List;
use crate::store::stored::StoredEnclosure;
use crate::store::stored::StoredOrigin;
use crate::store::stored::StoredPerson;
use crate::store::stored::or_nothing;

use super::decode::parsed;
use super::decode::url;
use super::decode::worded;
use super::story::StoryRowId;

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
    /// The feed's summary where its text does not hold it.
    pub feed_abstract: Option<String>,
    /// Digests of the canonical addresses that its text links to.
    pub links: Vec<i64>,
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

columns! {
    KnownColumns in entries {
        id, key, guid, canonical, title, title_hash, text_hash, content_hash, published_given, guid_hash,
        link_hash, number_hash
    }
}

impl KnownRow {
    pub(in crate::store) const COLUMNS: &'static str = KnownColumns::LIST;

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = KnownColumns::AT;
        Ok(Self {
            id: row.get(at.id)?,
            key: EntryKey::new(row.get::<_, String>(at.key)?),
            guid: row.get(at.guid)?,
            canonical: row.get(at.canonical)?,
            title: row.get(at.title)?,
            title_hash: row.get(at.title_hash)?,
            text_hash: row.get(at.text_hash)?,
            content_hash: row.get(at.content_hash)?,
            published_given: row.get(at.published_given)?,
            guid_hash: row.get(at.guid_hash)?,
            link_hash: row.get(at.link_hash)?,
            number_hash: row.get(at.number_hash)?,
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
    /// Whether it is dated before a document of its source that did not have it.
    pub is_late: bool,
    /// Whether its page is read.
    pub page: PageState,
    /// Why the page is as it is.
    pub page_reason: Option<String>,
    /// The story it belongs to.
    pub story: Option<StoryRowId>,
    /// Why it joined that story.
    pub joined: Option<String>,
    /// What became of the article after it appeared.
    pub article_status: Option<ArticleStatus>,
    /// Title of the article, as its page says.
    pub page_title: Option<String>,
    /// Who wrote the article, as its page says.
    pub page_author: Option<String>,
    /// The entry whose text it repeats.
    pub copy_of: Option<EntryId>,
}

columns! {
    EntryColumns in e {
        id, source, key, link, canonical, title, summary, authors, categories, language, rights,
        rights_reasons, rights_text, origin, enclosure, published, updated, first_seen, is_late,
        page = "coalesce(p.state, 'unneeded')", page_reason = "p.reason", story, joined, article_status, page_title = "p.title",
        page_author = "p.author", copy_of
    }
}

impl EntryRow {
    /// Of `entries e`, with [`EntryRow::PAGE`].
    pub(in crate::store) const COLUMNS: &'static str = EntryColumns::LIST;
    /// Joins what is known of the entry's page.
    pub(in crate::store) const PAGE: &'static str = "LEFT JOIN article_pages p ON p.entry = e.id";

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = EntryColumns::AT;
        let id: EntryId = row.get(at.id)?;
        let of = format_args!("entry {}", id.0);
        let authors = or_nothing(List::AUTHORS.read::<StoredPerson>(row, at.authors)?, &of);
        Ok(Self {
            id,
            source: parsed(row.get(at.source)?, "source id")?,
            key: EntryKey::new(row.get::<_, String>(at.key)?),
            link: url(row.get(at.link)?),
            canonical: row.get(at.canonical)?,
            title: row.get(at.title)?,
            summary: row.get(at.summary)?,
            authors: authors.into_iter().map(Person::from).collect(),
            categories: or_nothing(List::CATEGORIES.read(row, at.categories)?, &of),
            language: row.get(at.language)?,
            rights: parsed(row.get(at.rights)?, "rights")?,
            rights_reasons: or_nothing(List::RIGHTS_REASONS.read(row, at.rights_reasons)?, &of),
            rights_text: row.get(at.rights_text)?,
            origin: or_nothing(stored::optional::<StoredOrigin>(row, at.origin)?, &of),
            enclosure: or_nothing(stored::optional::<StoredEnclosure>(row, at.enclosure)?, &of),
            published: row.get(at.published)?,
            updated: row.get(at.updated)?,
            first_seen: row.get(at.first_seen)?,
            is_late: row.get(at.is_late)?,
            page: worded(&PageState::ALL, PageState::as_str, row.get(at.page)?, "page state")?,
            page_reason: row.get(at.page_reason)?,
            story: row.get(at.story)?,
            joined: row.get(at.joined)?,
            article_status: row
                .get::<_, Option<String>>(at.article_status)?
                .map(|it| worded(&ArticleStatus::ALL, ArticleStatus::as_str, it, "article_status"))
                .transpose()?,
            page_title: row.get(at.page_title)?,
            page_author: row.get(at.page_author)?,
            copy_of: row.get(at.copy_of)?,
        })
    }
}

pub(in crate::store) const SNAPSHOT_FEED: &str = "feed";

pub(in crate::store) const SNAPSHOT_PAGE: &str = "page";

/// The summary beside a feed's text.
pub(in crate::store) const SNAPSHOT_FEED_ABSTRACT: &str = "feed-abstract";

/// What a page says of its article in its head.
pub(in crate::store) const SNAPSHOT_PAGE_ABSTRACT: &str = "page-abstract";

/// An entry with the text that may be read for it today.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// The entry.
    pub entry: EntryRow,
    /// Its current snapshot.
    pub snapshot: Option<(SnapshotId, SnapshotFrom, String)>,
    /// The publisher's own lines about it that are stored beside the text.
    pub abstract_snapshot: Option<(SnapshotId, SnapshotFrom, String)>,
    /// Digest of its folded title.
    pub title_hash: i64,
}

columns! {
    MemberColumns in t after EntryColumns {
        snapshot = "t.id", taken_from, text, abstract_id = "a.id", abstract_from = "a.taken_from",
        abstract_text = "a.text", title_hash = "e.title_hash"
    }
}

impl MemberRow {
    /// They follow those of the entry.
    pub(in crate::store) const COLUMNS: &'static str = MemberColumns::LIST;

    /// Joins the text `t` of an entry `e`, and the abstract `a` beside it. Where the page was read, what
    /// the feed carries stands beside its text.
    pub(in crate::store) const TEXTS: &'static str = "LEFT JOIN snapshots t ON t.id = e.snapshot
         LEFT JOIN snapshots a ON a.id = (SELECT max(x.id) FROM snapshots x WHERE x.entry = e.id
             AND x.id <> e.snapshot AND (x.taken_from IN ('feed-abstract', 'page-abstract')
                 OR x.taken_from = 'feed' AND t.taken_from = 'page'))";

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = MemberColumns::AT;
        Ok(Self {
            entry: EntryRow::of(row)?,
            snapshot: snapshot_of(row, at.snapshot, at.taken_from, at.text)?,
            abstract_snapshot: snapshot_of(row, at.abstract_id, at.abstract_from, at.abstract_text)?,
            title_hash: row.get(at.title_hash)?,
        })
    }
}

/// A snapshot whose id, origin and text are in these columns; `None` where its id is null.
fn snapshot_of(
    row: &Row<'_>,
    id: usize,
    from: usize,
    text: usize,
) -> Result<Option<(SnapshotId, SnapshotFrom, String)>, StoreError> {
    let Some(id) = row.get(id)? else { return Ok(None) };
    let from = match row.get::<_, String>(from)?.as_str() {
        SNAPSHOT_FEED | SNAPSHOT_FEED_ABSTRACT => SnapshotFrom::Feed,
        SNAPSHOT_PAGE | SNAPSHOT_PAGE_ABSTRACT => SnapshotFrom::Page,
        _ => return Err(StoreError::Unreadable { what: "snapshot" }),
    };
    Ok(Some((id, from, row.get(text)?)))
}
