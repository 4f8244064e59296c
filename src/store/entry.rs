//! Entries, from the poll that first saw them on.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use rusqlite::params;
use rusqlite::params_from_iter;
use rusqlite::types::ToSqlOutput;
use rusqlite::types::Value;

use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::SnapshotFrom;
use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::EntryRow;
use super::row::KnownRow;
use super::row::MemberRow;
use super::row::NewEntry;
use super::row::PageState;
use super::row::SNAPSHOT_FEED;
use super::row::StoryRowId;
use super::row::link_bytes;
use super::row::to_json;
use super::session::Reader;
use super::session::Writer;
use super::stored;
use super::stored::StoredEnclosure;
use super::stored::StoredOrigin;

/// Digests by which stored entries are looked up.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntryHashes {
    /// Of the id.
    pub guid_hash: Option<i64>,
    /// Of the canonical link.
    pub link_hash: Option<i64>,
    /// Of the folded title, where it is worth a look.
    pub title_hash: Option<i64>,
    /// Of the text, where it is worth a look.
    pub text_hash: Option<i64>,
}

/// Entries looked at of those that share one value: as many as one document may hold,
/// so that a poll does not cost more as the archive grows.
const SHARING_MAX: usize = 1_000;

/// Entries of one number that are looked at: two show already that it is no article's own.
const SAME_NUMBER_MAX: usize = 2;

/// What a document says of an entry, stored when it is first seen and whenever it has changed.
const CONTENT: [&str; 21] = [
    "guid",
    "guid_hash",
    "link",
    "canonical",
    "link_hash",
    "title",
    "title_hash",
    "text_hash",
    "content_hash",
    "summary",
    "authors",
    "categories",
    "language",
    "rights_text",
    "origin",
    "enclosure",
    "published_given",
    "updated",
    "place_hash",
    "number_hash",
    "has_text",
];

/// What is stored of an entry when it is first seen, before its content.
const FIRST: [&str; 10] = [
    "source",
    "key",
    "published",
    "first_seen",
    "is_kept",
    "is_excluded",
    "snapshot",
    "rights",
    "rights_reasons",
    "links",
];

/// What is stored of an entry that has changed, before its content. An entry that no longer links
/// anywhere keeps the links that it had.
const UPDATED: [&str; 3] =
    ["id = ?1", "assigned = ?2", "links = CASE length(?3) WHEN 0 THEN links ELSE ?3 END"];

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (1..=FIRST.len() + CONTENT.len()).map(|n| format!("?{n}")).collect();
    let (first, content, places) = (FIRST.join(", "), CONTENT.join(", "), places.join(", "));
    format!("INSERT INTO entries ({first}, {content}) VALUES ({places}) ON CONFLICT (source, key) DO NOTHING")
});

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let content = CONTENT.iter().enumerate().map(|(n, it)| format!("{it} = ?{}", n + UPDATED.len() + 1));
    let [id, assigned, links] = UPDATED;
    let content = content.collect::<Vec<_>>().join(", ");
    format!("UPDATE entries SET {assigned}, {links}, {content} WHERE {id}")
});

/// The values of [`CONTENT`], in its order.
fn content(entry: &NewEntry) -> [ToSqlOutput<'_>; CONTENT.len()] {
    [
        or_null(entry.guid.as_deref()),
        or_null(entry.guid_hash),
        or_null(entry.link.as_ref().map(url::Url::as_str)),
        or_null(entry.canonical.as_deref()),
        or_null(entry.link_hash),
        entry.title.as_str().into(),
        entry.title_hash.into(),
        or_null(entry.text_hash),
        entry.content_hash.into(),
        or_null(entry.summary.as_deref()),
        stored::people(&entry.authors).into(),
        to_json(&entry.categories).into(),
        or_null(entry.language.as_deref()),
        or_null(entry.rights_text.as_deref()),
        or_null(entry.origin.as_ref().map(stored::to_json::<StoredOrigin>)),
        or_null(entry.enclosure.as_ref().map(stored::to_json::<StoredEnclosure>)),
        or_null(entry.published_given.map(Timestamp::millis)),
        or_null(entry.updated.map(Timestamp::millis)),
        or_null(entry.place_hash),
        or_null(entry.number_hash),
        entry.has_text.into(),
    ]
}

fn or_null<'a, T: Into<ToSqlOutput<'a>>>(value: Option<T>) -> ToSqlOutput<'a> {
    value.map_or(ToSqlOutput::Owned(Value::Null), Into::into)
}

impl Reader<'_> {
    /// Parameters with which a site's own feeds tell its articles apart.
    pub fn choices(&self, site_hash: i64) -> Result<BTreeSet<String>, StoreError> {
        self.values("SELECT name FROM choices WHERE site_hash = ?1", [site_hash])
    }

    /// The members of a story with their current texts and abstracts, in order of date.
    pub fn members(&self, story: StoryRowId) -> Result<Vec<MemberRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, {} FROM entries e {} {} WHERE e.story = ?1 ORDER BY e.published, e.source, e.key",
                EntryRow::COLUMNS,
                MemberRow::COLUMNS,
                EntryRow::PAGE,
                MemberRow::TEXTS
            ),
            [story.0],
            MemberRow::of,
        )
    }

    /// The members of a story without their texts, in order of date.
    pub fn member_entries(&self, story: StoryRowId) -> Result<Vec<EntryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM entries e {} WHERE e.story = ?1 ORDER BY e.published, e.source, e.key",
                EntryRow::COLUMNS,
                EntryRow::PAGE
            ),
            [story.0],
            EntryRow::of,
        )
    }

    /// Entries of other sources whose link may lead to a site.
    pub fn entries_leading_to(&self, site: &str, other_than: &SourceId) -> Result<Vec<EntryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM entries e {} WHERE e.source <> ?2 AND instr(lower(e.link), ?1) ORDER BY e.id",
                EntryRow::COLUMNS,
                EntryRow::PAGE
            ),
            params![site, other_than.as_str()],
            EntryRow::of,
        )
    }
}

impl Writer<'_> {
    /// Stored entries of a source that share an id, a link, a title or a text with any
    /// of `signals`; of those that share one value, the newest `SHARING_MAX`.
    pub fn known_entries(
        &self,
        source: &SourceId,
        signals: &[EntryHashes],
    ) -> Result<Vec<KnownRow>, StoreError> {
        let columns = KnownRow::COLUMNS;
        let mut found = BTreeMap::new();
        let has_any = "SELECT EXISTS (SELECT 1 FROM entries WHERE source = ?1)";
        if !self.reader().value(has_any, [source.as_str()])? {
            return Ok(Vec::new());
        }
        let mut collect = |column: &str, hashes: BTreeSet<i64>| {
            let sql = format!(
                "SELECT {columns} FROM entries WHERE source = ?1 AND {column} = ?2
                 ORDER BY id DESC LIMIT {SHARING_MAX}"
            );
            let mut select = self.sql.prepare_cached(&sql)?;
            for hash in hashes {
                let mut rows = select.query(params![source.as_str(), hash])?;
                while let Some(row) = rows.next()? {
                    let known = KnownRow::of(row)?;
                    found.insert(known.id, known);
                }
            }
            Ok::<(), StoreError>(())
        };
        collect("guid_hash", signals.iter().filter_map(|it| it.guid_hash).collect())?;
        collect("link_hash", signals.iter().filter_map(|it| it.link_hash).collect())?;
        collect("title_hash", signals.iter().filter_map(|it| it.title_hash).collect())?;
        collect("text_hash", signals.iter().filter_map(|it| it.text_hash).collect())?;
        Ok(found.into_values().collect())
    }

    /// Stored entries of a source under the numbers that addresses give articles, each with its
    /// feed's last text; of those that share one, the newest `SAME_NUMBER_MAX`.
    pub fn known_by_number(
        &self,
        source: &SourceId,
        numbers: &BTreeSet<i64>,
    ) -> Result<Vec<(KnownRow, String)>, StoreError> {
        let mut select = self.sql.prepare_cached(&format!(
            "SELECT {}, coalesce((SELECT text FROM snapshots s WHERE s.entry = entries.id AND s.taken_from = ?3
                 ORDER BY s.id DESC LIMIT 1), '') AS text
             FROM entries WHERE source = ?1 AND number_hash = ?2 ORDER BY id DESC LIMIT {SAME_NUMBER_MAX}",
            KnownRow::COLUMNS
        ))?;
        let mut found = Vec::new();
        for number in numbers {
            let mut rows = select.query(params![source.as_str(), number, SNAPSHOT_FEED])?;
            while let Some(row) = rows.next()? {
                found.push((KnownRow::of(row)?, row.get("text")?));
            }
        }
        Ok(found)
    }

    /// Stores an entry seen for the first time, under its key or, where another of the
    /// source has that, under a numbered one.
    pub fn insert_entry(
        &self,
        source: &SourceId,
        key: &EntryKey,
        entry: &NewEntry,
        now: Timestamp,
    ) -> Result<EntryId, StoreError> {
        let mut insert = self.sql.prepare_cached(&INSERT)?;
        let snapshot = if entry.text.is_empty() { None } else { Some(self.next_snapshot()?) };
        let (reasons, links) = (to_json(&entry.rights_reasons), link_bytes(&entry.links));
        let mut free = key.clone();
        let mut n = 1;
        loop {
            let first: [ToSqlOutput<'_>; FIRST.len()] = [
                source.as_str().into(),
                free.as_str().into(),
                entry.published.millis().into(),
                now.millis().into(),
                entry.is_kept.into(),
                entry.is_excluded.into(),
                or_null(snapshot),
                entry.rights.as_str().into(),
                reasons.as_str().into(),
                links.as_slice().into(),
            ];
            let stored = insert.execute(params_from_iter(first.into_iter().chain(content(entry))))?;
            if stored == 1 {
                break;
            }
            n += 1;
            free = EntryKey::new(format!("{key}#{n}"));
        }
        let id = EntryId(self.sql.last_insert_rowid());
        if let Some(snapshot) = snapshot {
            self.insert_snapshot(snapshot, id, SNAPSHOT_FEED, &entry.text, now)?;
        }
        if let Some(summary) = &entry.feed_abstract {
            self.record_abstract(id, SnapshotFrom::Feed, summary, now)?;
        }
        if entry.page != PageState::Unneeded {
            self.set_page(id, entry.page)?;
        }
        Ok(id)
    }

    /// Stores the new state of a known entry: what it was first dated, and the
    /// story it belongs to, stay. A changed text becomes a new snapshot.
    pub fn update_entry(&self, id: EntryId, entry: &NewEntry, now: Timestamp) -> Result<(), StoreError> {
        let is_text_changed: bool = self
            .reader()
            .value("SELECT text_hash IS NOT ?2 FROM entries WHERE id = ?1", params![id.0, entry.text_hash])?;
        let links = link_bytes(&entry.links);
        let first: [ToSqlOutput<'_>; UPDATED.len()] =
            [id.0.into(), self.next_assignment()?.into(), links.as_slice().into()];
        let values = params_from_iter(first.into_iter().chain(content(entry)));
        self.sql.prepare_cached(&UPDATE)?.execute(values)?;
        if is_text_changed {
            // Where the page was read, a new teaser does not take its place.
            let page: Option<i64> = self
                .reader()
                .find_value(
                    "SELECT e.snapshot FROM entries e JOIN article_pages p ON p.entry = e.id
                     WHERE e.id = ?1 AND p.state = 'fetched'",
                    [id.0],
                )?
                .flatten();
            self.take_snapshot(id, SnapshotFrom::Feed, &entry.text, now)?;
            if let Some(page) = page {
                self.sql
                    .prepare_cached("UPDATE entries SET snapshot = ?2 WHERE id = ?1")?
                    .execute([id.0, page])?;
            }
        }
        let own = entry.feed_abstract.as_deref().unwrap_or_default();
        self.record_abstract(id, SnapshotFrom::Feed, own, now)?;
        self.note_change();
        self.mark_story_stale(id)
    }

    /// Notes that a new entry is dated before a document of its source that did not have it.
    pub fn note_late(&self, id: EntryId) -> Result<(), StoreError> {
        self.sql.prepare_cached("UPDATE entries SET is_late = 1 WHERE id = ?1")?.execute([id.0])?;
        Ok(())
    }

    /// Stores the id and the date a known entry carries now, which readers never see.
    pub fn note_signals(&self, id: EntryId, entry: &NewEntry) -> Result<(), StoreError> {
        let mut update = self.sql.prepare_cached(
            "UPDATE entries SET guid = ?2, guid_hash = ?3, published_given = ?4 WHERE id = ?1",
        )?;
        update.execute(params![
            id.0,
            entry.guid,
            entry.guid_hash,
            entry.published_given.map(Timestamp::millis)
        ])?;
        Ok(())
    }

    pub(super) fn entries_of(
        &self,
        which: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Vec<EntryId>, StoreError> {
        self.reader().values(&format!("SELECT id FROM entries WHERE {which} ORDER BY id"), [value])
    }

    /// Remembers such parameters for good.
    pub fn note_choices(&self, site_hash: i64, names: &BTreeSet<String>) -> Result<(), StoreError> {
        let mut insert = self.sql.prepare_cached("INSERT OR IGNORE INTO choices VALUES (?1, ?2)")?;
        for name in names {
            insert.execute(params![site_hash, name])?;
        }
        Ok(())
    }
}
