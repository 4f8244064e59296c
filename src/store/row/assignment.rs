//! Entries as clustering knows them.

use rusqlite::Row;

use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::store::error::StoreError;

use super::decode::json;
use super::decode::parsed;
use super::story::StoryRowId;

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
    pub(in crate::store) const COLUMNS: &'static str = "e.id, e.source, e.key, e.title, e.canonical, e.link_hash, e.published, \
         e.is_kept, e.is_excluded, e.categories, coalesce(t.text, ''), \
         e.place_hash, e.has_text";
    pub(in crate::store) const WIDTH: usize = 13;

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
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
    pub(in crate::store) const COLUMNS: &'static str =
        "source, story, canonical, title, categories, has_text";

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
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
    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = UnassignedRow::WIDTH;
        Ok(Self {
            entry: UnassignedRow::of(row)?,
            story: StoryRowId(row.get(at)?),
            circle: StoryRowId(row.get(at + 1)?),
            assigned: row.get(at + 2)?,
        })
    }
}
