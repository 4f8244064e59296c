//! Entries as clustering knows them.

use rusqlite::Row;

use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::store::columns::Columns;
use crate::store::columns::columns;
use crate::store::error::StoreError;
use crate::store::stored::List;
use crate::store::stored::or_nothing;

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
    /// The number of its latest change.
    pub changed: i64,
    /// Digests of the canonical addresses that its text links to.
    pub links: Vec<i64>,
}

/// An assigned entry, as far as comparing others with it needs.
#[derive(Clone, Debug)]
pub struct AssignedRow {
    /// The entry.
    pub entry: UnassignedRow,
    /// Its story.
    pub story: StoryRowId,
    /// The topic cluster of related stories its story stands in, named by the story that began it.
    pub topic_cluster: StoryRowId,
}

/// An assigned entry with a canonical address.
#[derive(Clone, Debug)]
pub struct LinkedRow {
    /// The entry.
    pub id: EntryId,
    /// Where it was polled.
    pub source: SourceId,
    /// Its story.
    pub story: StoryRowId,
    /// Its remembered date.
    pub published: Timestamp,
    /// Its title.
    pub title: String,
    /// As the publisher wrote them.
    pub categories: Vec<String>,
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

columns! {
    UnassignedColumns in e {
        id, source, key, title, canonical, link_hash, published, is_kept, is_excluded, categories,
        text = "coalesce(t.text, '')", place_hash, has_text,
        changed = "e.assigned", links
    }
}

impl UnassignedRow {
    pub(in crate::store) const COLUMNS: &'static str = UnassignedColumns::LIST;

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = UnassignedColumns::AT;
        let id: EntryId = row.get(at.id)?;
        Ok(Self {
            id,
            source: parsed(row.get(at.source)?, "source id")?,
            key: EntryKey::new(row.get::<_, String>(at.key)?),
            title: row.get(at.title)?,
            canonical: row.get(at.canonical)?,
            link_hash: row.get(at.link_hash)?,
            published: row.get(at.published)?,
            is_kept: row.get(at.is_kept)?,
            is_excluded: row.get(at.is_excluded)?,
            categories: or_nothing(
                List::CATEGORIES.read(row, at.categories)?,
                &format_args!("entry {}", id.0),
            ),
            text: row.get(at.text)?,
            place_hash: row.get(at.place_hash)?,
            has_text: row.get(at.has_text)?,
            changed: row.get(at.changed)?,
            links: links_of(&row.get::<_, Vec<u8>>(at.links)?),
        })
    }
}

columns! {
    LinkedColumns in entries { id, source, story, published, title, categories }
}

impl LinkedRow {
    pub(in crate::store) const COLUMNS: &'static str = LinkedColumns::LIST;

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = LinkedColumns::AT;
        let id: EntryId = row.get(at.id)?;
        Ok(Self {
            id,
            source: parsed(row.get(at.source)?, "source id")?,
            story: row.get(at.story)?,
            published: row.get(at.published)?,
            title: row.get(at.title)?,
            categories: or_nothing(
                List::CATEGORIES.read(row, at.categories)?,
                &format_args!("entry {}", id.0),
            ),
        })
    }
}

columns! {
    PlaceColumns in entries { source, story, canonical, title, categories, has_text }
}

impl PlaceRow {
    pub(in crate::store) const COLUMNS: &'static str = PlaceColumns::LIST;

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = PlaceColumns::AT;
        let canonical: String = row.get(at.canonical)?;
        let categories = List::CATEGORIES.read(row, at.categories)?;
        Ok(Self {
            source: parsed(row.get(at.source)?, "source id")?,
            story: row.get(at.story)?,
            title: row.get(at.title)?,
            categories: or_nothing(categories, &format_args!("the entry of `{canonical}`")),
            canonical,
            has_text: row.get(at.has_text)?,
        })
    }
}

columns! {
    AssignedColumns in e after UnassignedColumns {
        story, topic_cluster = "(SELECT coalesce(topic_cluster, id) FROM stories WHERE id = e.story)"
    }
}

impl AssignedRow {
    /// They follow those of the entry.
    pub(in crate::store) const COLUMNS: &'static str = AssignedColumns::LIST;

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = AssignedColumns::AT;
        Ok(Self {
            entry: UnassignedRow::of(row)?,
            story: row.get(at.story)?,
            topic_cluster: row.get(at.topic_cluster)?,
        })
    }
}

/// Digests of addresses as they are stored.
pub(in crate::store) fn link_bytes(links: &[i64]) -> Vec<u8> {
    links.iter().flat_map(|it| it.to_le_bytes()).collect()
}

fn links_of(bytes: &[u8]) -> Vec<i64> {
    bytes.as_chunks().0.iter().map(|it| i64::from_le_bytes(*it)).collect()
}
