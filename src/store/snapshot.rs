//! The texts of entries, which receipts point into.

use std::collections::BTreeSet;

use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::Snapshot;
use crate::domain::SnapshotFrom;
use crate::domain::SnapshotId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::SNAPSHOT_FEED;
use super::row::SNAPSHOT_FEED_ABSTRACT;
use super::row::SNAPSHOT_PAGE;
use super::row::SNAPSHOT_PAGE_ABSTRACT;
use super::row::to_json;
use super::session::Reader;
use super::session::Writer;

impl Reader<'_> {
    /// These texts, as far as they are still kept.
    pub fn snapshots(&self, ids: &BTreeSet<SnapshotId>) -> Result<Vec<Snapshot>, StoreError> {
        let ids = to_json(&ids.iter().map(|it| it.0).collect::<Vec<_>>());
        self.rows(
            "SELECT id, taken_from, text FROM snapshots WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id",
            [ids],
            |row| {
                let from: String = row.get("taken_from")?;
                let is_page = matches!(from.as_str(), SNAPSHOT_PAGE | SNAPSHOT_PAGE_ABSTRACT);
                Ok(Snapshot {
                    id: SnapshotId(row.get("id")?),
                    from: if is_page { SnapshotFrom::Page } else { SnapshotFrom::Feed },
                    text: row.get("text")?,
                })
            },
        )
    }
}

impl Writer<'_> {
    /// Keeps a text of an entry and makes it the one that is read from now on.
    pub(super) fn take_snapshot(
        &self,
        entry: EntryId,
        from: SnapshotFrom,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if text.is_empty() {
            return Ok(());
        }
        let snapshot = self.next_snapshot()?;
        let taken_from = match from {
            SnapshotFrom::Feed => SNAPSHOT_FEED,
            SnapshotFrom::Page => SNAPSHOT_PAGE,
        };
        self.insert_snapshot(snapshot, entry, taken_from, text, now)?;
        self.sql
            .prepare_cached("UPDATE entries SET snapshot = ?2, assigned = ?3 WHERE id = ?1")?
            .execute([entry.0, snapshot, self.next_assignment()?])?;
        Ok(())
    }

    /// Keeps the publisher's own lines about an entry beside its text, as a snapshot of their own that
    /// receipts can point into; the same lines once, and none where they were taken back.
    pub fn record_abstract(
        &self,
        entry: EntryId,
        from: SnapshotFrom,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let taken_from = match from {
            SnapshotFrom::Feed => SNAPSHOT_FEED_ABSTRACT,
            SnapshotFrom::Page => SNAPSHOT_PAGE_ABSTRACT,
        };
        let latest: Option<String> = self.reader().find_value(
            "SELECT text FROM snapshots WHERE entry = ?1 AND taken_from = ?2 ORDER BY id DESC LIMIT 1",
            params![entry.0, taken_from],
        )?;
        if latest.unwrap_or_default() == text {
            return Ok(());
        }
        let snapshot = self.next_snapshot()?;
        self.insert_snapshot(snapshot, entry, taken_from, text, now)
    }

    /// The number of the next snapshot: one transaction writes at a time.
    pub(super) fn next_snapshot(&self) -> Result<i64, StoreError> {
        let latest: i64 = match self.snapshots.get() {
            Some(latest) => latest,
            None => self.reader().value("SELECT coalesce(max(id), 0) FROM snapshots", [])?,
        };
        self.snapshots.set(Some(latest + 1));
        Ok(latest + 1)
    }

    pub(super) fn insert_snapshot(
        &self,
        id: i64,
        entry: EntryId,
        taken_from: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO snapshots (id, entry, taken_from, text, taken) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id, entry.0, taken_from, text, now.millis()])?;
        Ok(())
    }

    /// Removes texts of entries first seen before a moment whose stories readers cannot have:
    /// kept back, rejected or withdrawn. What they are known by again stays, and their titles.
    /// Returns of how many, at most `limit`.
    pub fn forget_texts(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let entries: Vec<i64> = self.reader().values(
            "SELECT e.id FROM entries e INDEXED BY entries_kept_texts JOIN stories s ON s.id = e.story
             WHERE e.is_kept = 1 AND e.snapshot IS NOT NULL AND e.first_seen < ?1
                 AND s.state IN ('kept', 'rejected', 'withdrawn')
             UNION ALL
             SELECT e.id FROM stories s JOIN entries e ON e.story = s.id
             WHERE s.state IN ('rejected', 'withdrawn') AND e.is_kept = 0 AND e.snapshot IS NOT NULL
                 AND e.first_seen < ?1
             LIMIT ?2",
            [before.millis(), limit as i64],
        )?;
        for entry in &entries {
            self.sql.prepare_cached("DELETE FROM snapshots WHERE entry = ?1")?.execute([entry])?;
            self.sql
                .prepare_cached("UPDATE entries SET snapshot = NULL, summary = NULL WHERE id = ?1")?
                .execute([entry])?;
        }
        Ok(entries.len())
    }
}
