//! What is remembered of the pages of articles.

use std::collections::HashSet;

use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::SnapshotFrom;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::domain::Validators;

use super::error::StoreError;
use super::row::EntryRow;
use super::row::PageState;
use super::row::to_json;
use super::session::Reader;
use super::session::Writer;

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

impl Reader<'_> {
    /// What is remembered of the looks at a page.
    pub fn page_held(&self, entry: EntryId) -> Result<PageHeld, StoreError> {
        let held = self.one(
            "SELECT page_looks, page_etag, page_modified, page_missing FROM entries WHERE id = ?1",
            [entry.0],
            |row| {
                let validators =
                    Validators { etag: row.get("page_etag")?, last_modified: row.get("page_modified")? };
                let missing = row.get("page_missing")?;
                Ok(PageHeld { looks: row.get("page_looks")?, validators, missing })
            },
        )?;
        Ok(held.unwrap_or_default())
    }

    /// Entries whose page is to be read, or read again after it failed, or looked at again because
    /// its story is published: of each source those of its newest few stories, all in the order of
    /// their stories, newest first, and of each story the primary entry first. Of these sources, or of all.
    pub fn pages_wanted(
        &self,
        of: Option<&HashSet<SourceId>>,
        per_source: usize,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<EntryRow>, StoreError> {
        let of = of.map(|it| to_json(&it.iter().map(SourceId::as_str).collect::<Vec<_>>()));
        self.rows(
            &format!(
                "SELECT {} FROM entries e JOIN
                     (SELECT x.id, s.published, s.key, x.id <> s.primary_entry AS is_further,
                             row_number() OVER (PARTITION BY x.source
                                 ORDER BY s.published DESC, s.key, x.id <> s.primary_entry, x.id) AS n
                      FROM entries x JOIN stories s ON s.id = x.story WHERE x.id IN
                          (SELECT id FROM entries WHERE page = 'wanted'
                           UNION ALL SELECT id FROM entries WHERE page_after <= ?2
                           UNION ALL SELECT y.id FROM entries y CROSS JOIN stories t ON t.id = y.story
                               WHERE y.page_look <= ?2 AND +t.state = 'published')
                          AND (?4 IS NULL OR x.source IN (SELECT value FROM json_each(?4)))) w ON w.id = e.id
                 WHERE w.n <= ?1 ORDER BY w.published DESC, w.key, w.is_further, e.id LIMIT ?3",
                EntryRow::COLUMNS
            ),
            params![per_source as i64, now.millis(), limit as i64, of],
            EntryRow::of,
        )
    }
}

impl Writer<'_> {
    /// How often an entry's page was tried in vain.
    pub fn page_tries(&self, entry: EntryId) -> Result<u32, StoreError> {
        Ok(self.reader().find_value("SELECT page_tries FROM entries WHERE id = ?1", [entry.0])?.unwrap_or(0))
    }

    /// Records what became of an entry's page, and its text where it was read; gives its
    /// lease back. A page that failed is tried again at `retry`. A text that comes after
    /// the story was published has the story curated again.
    pub fn record_page(
        &self,
        entry: EntryId,
        page: PageState,
        reason: Option<&str>,
        retry: Option<Timestamp>,
        text: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE entries SET page = ?2, page_reason = ?3, page_after = ?4, page_tries = page_tries + 1,
                     page_lease_holder = NULL, page_lease_until = NULL WHERE id = ?1",
            )?
            .execute(params![entry.0, page.as_str(), reason, retry.map(Timestamp::millis)])?;
        if let Some(text) = text {
            self.take_snapshot(entry, SnapshotFrom::Page, text, now)?;
            self.mark_story_stale(entry)?;
        }
        Ok(())
    }

    /// Notes that a page was looked at, when it is looked at again, what that question needs, and
    /// since when the page is missing; gives its lease back. A text takes the place of the one that
    /// was read.
    pub fn record_look(
        &self,
        entry: EntryId,
        next: Option<Timestamp>,
        missing: Option<Timestamp>,
        validators: &Validators,
        text: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE entries SET page_look = ?2, page_etag = ?3, page_modified = ?4, page_missing = ?5,
                     page_looks = page_looks + 1, page_lease_holder = NULL, page_lease_until = NULL WHERE id = ?1",
            )?
            .execute(params![
                entry.0,
                next.map(Timestamp::millis),
                validators.etag,
                validators.last_modified,
                missing.map(Timestamp::millis)
            ])?;
        if let Some(text) = text {
            self.take_snapshot(entry, SnapshotFrom::Page, text, now)?;
            self.mark_story_stale(entry)?;
        }
        Ok(())
    }

    /// Has the read pages of sources looked at now that would be looked at later.
    pub fn hasten_looks(&self, sources: &HashSet<SourceId>, now: Timestamp) -> Result<(), StoreError> {
        let sources: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
        // One that is out of turn does not count as one of the few.
        // `+` has the plan go through the looks that are planned, and not through all entries.
        self.sql
            .prepare_cached(
                "UPDATE entries SET page_look = ?1, page_looks = page_looks - 1
                 WHERE ?1 < page_look AND +source IN (SELECT value FROM json_each(?2))",
            )?
            .execute(params![now.millis(), to_json(&sources)])?;
        Ok(())
    }

    /// Notes who wrote an article, as its page says.
    pub fn record_page_author(&self, entry: EntryId, author: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE entries SET page_author = ?2 WHERE id = ?1")?
            .execute(params![entry.0, author])?;
        Ok(())
    }

    /// Notes a canonical address learned from the page; the link's own one stays
    /// what identifies the entry within its source.
    pub fn record_page_canonical(
        &self,
        entry: EntryId,
        canonical: &str,
        hash: i64,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE entries SET page_canonical = ?2, page_hash = ?3 WHERE id = ?1")?
            .execute(params![entry.0, canonical, hash])?;
        // Whoever decides of an entry with that address must know.
        self.next_decision()?;
        Ok(())
    }
}
