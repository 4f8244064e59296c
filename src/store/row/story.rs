//! A story as stored.

use rusqlite::Row;

use crate::domain::EntryId;
use crate::domain::Rights;
use crate::domain::SnapshotId;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::store::error::StoreError;

use super::decode::parsed;
use super::decode::time;
use super::decode::worded;

/// Row of a story.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StoryRowId(pub i64);

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
    pub(in crate::store) const COLUMNS: &'static str = "s.id, s.key, s.tag, s.path, s.title, s.state, s.merged_into, \
         s.primary_entry, s.published, s.first_published, s.updated, s.created, s.language, s.revision";

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
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
