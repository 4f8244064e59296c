//! A story as stored.

use rusqlite::Row;
use rusqlite::types::FromSql;
use rusqlite::types::FromSqlResult;
use rusqlite::types::ValueRef;

use crate::domain::EntryId;
use crate::domain::Rights;
use crate::domain::SnapshotId;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::store::columns::Columns;
use crate::store::columns::columns;
use crate::store::error::StoreError;

use super::decode::parsed;
use super::decode::worded;

/// Row of a story.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StoryRowId(pub i64);

impl FromSql for StoryRowId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
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

columns! {
    StoryColumns in s {
        id, key, tag, path, title, state, merged_into, primary_entry, published, first_published, updated,
        created, language, revision
    }
}

impl StoryRow {
    pub(in crate::store) const COLUMNS: &'static str = StoryColumns::LIST;

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = StoryColumns::AT;
        Ok(Self {
            id: row.get(at.id)?,
            key: parsed(row.get(at.key)?, "story key")?,
            tag: StoryId::stored(row.get(at.tag)?),
            path: row.get(at.path)?,
            title: row.get(at.title)?,
            state: worded(&StoryState::ALL, StoryState::as_str, row.get(at.state)?, "story state")?,
            merged_into: row.get(at.merged_into)?,
            primary_entry: row.get(at.primary_entry)?,
            published: row.get(at.published)?,
            first_published: row.get(at.first_published)?,
            updated: row.get(at.updated)?,
            created: row.get(at.created)?,
            language: row.get(at.language)?,
            revision: row.get(at.revision)?,
        })
    }
}

/// What a curation read of one member: an optimistic concurrency token. A curation whose members have
/// other versions by the time that it is recorded is dropped and made again.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct InputVersion {
    /// The entry.
    pub entry: EntryId,
    /// Its text.
    pub snapshot: Option<SnapshotId>,
    /// The publisher's own lines that are read beside it.
    pub abstract_snapshot: Option<SnapshotId>,
    /// Digest of its folded title.
    pub title_hash: i64,
    /// What its publisher's signals allow.
    pub rights: Rights,
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
