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
use super::row::link_bytes;
use super::row::to_json;
use super::session::Reader;
use super::session::Writer;

/// What is remembered of the looks at an entry's article page.
#[derive(Clone, Debug, Default)]
pub struct PageHeld {
    /// How often it was looked at, the first reading included.
    pub checks: u32,
    /// What came with it.
    pub validators: Validators,
    /// Since when it is not there; `None` where it was at the last look.
    pub missing: Option<Timestamp>,
}

impl Reader<'_> {
    /// What is remembered of the looks at a page.
    pub fn page_held(&self, entry: EntryId) -> Result<PageHeld, StoreError> {
        let held = self.one(
            "SELECT checks, etag, last_modified, missing_since FROM article_pages WHERE entry = ?1",
            [entry.0],
            |row| {
                let validators =
                    Validators { etag: row.get("etag")?, last_modified: row.get("last_modified")? };
                let missing = row.get("missing_since")?;
                Ok(PageHeld { checks: row.get("checks")?, validators, missing })
            },
        )?;
        Ok(held.unwrap_or_default())
    }

    /// Entries whose page should be read, read again after a failure, or checked again because its
    /// story is published: those of the newest few stories of each source. Newest stories come first,
    /// and the primary entry of each story. From these sources, or from all.
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
                          (SELECT entry FROM article_pages WHERE state = 'wanted'
                           UNION ALL SELECT entry FROM article_pages WHERE retry_at <= ?2
                           UNION ALL SELECT y.entry FROM article_pages y CROSS JOIN entries o ON o.id = y.entry
                               CROSS JOIN stories t ON t.id = o.story
                               WHERE y.recheck_at <= ?2 AND +t.state = 'published')
                          AND (?4 IS NULL OR x.source IN (SELECT value FROM json_each(?4)))) w ON w.id = e.id {}
                 WHERE w.n <= ?1 ORDER BY w.published DESC, w.key, w.is_further, e.id LIMIT ?3",
                EntryRow::COLUMNS,
                EntryRow::PAGE
            ),
            params![per_source as i64, now.millis(), limit as i64, of],
            EntryRow::of,
        )
    }
}

impl Writer<'_> {
    /// Notes that an entry's page is wanted, or why not, as if it had never been tried.
    pub(super) fn set_page(&self, entry: EntryId, state: PageState) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO article_pages (entry, state) VALUES (?1, ?2)
                 ON CONFLICT (entry) DO UPDATE SET state = excluded.state, tries = 0",
            )?
            .execute(params![entry.0, state.as_str()])?;
        Ok(())
    }

    /// How often reading an entry's page has failed.
    pub fn page_tries(&self, entry: EntryId) -> Result<u32, StoreError> {
        Ok(self
            .reader()
            .find_value("SELECT tries FROM article_pages WHERE entry = ?1", [entry.0])?
            .unwrap_or(0))
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
                "INSERT INTO article_pages (entry, state, reason, retry_at, tries) VALUES (?1, ?2, ?3, ?4, 1)
                 ON CONFLICT (entry) DO UPDATE SET state = excluded.state, reason = excluded.reason,
                     retry_at = excluded.retry_at, tries = tries + 1, lease_holder = NULL, lease_until = NULL",
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
    pub fn record_recheck(
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
                "UPDATE article_pages SET recheck_at = ?2, etag = ?3, last_modified = ?4, missing_since = ?5,
                     checks = checks + 1, lease_holder = NULL, lease_until = NULL WHERE entry = ?1",
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
    pub fn recheck_now(&self, sources: &HashSet<SourceId>, now: Timestamp) -> Result<(), StoreError> {
        let sources: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
        // One that is out of turn does not count as one of the few.
        self.sql
            .prepare_cached(
                "UPDATE article_pages SET recheck_at = ?1, checks = checks - 1
                 WHERE ?1 < recheck_at AND (SELECT source FROM entries WHERE id = entry)
                     IN (SELECT value FROM json_each(?2))",
            )?
            .execute(params![now.millis(), to_json(&sources)])?;
        Ok(())
    }

    /// Notes the title of an article, as its page says.
    pub fn record_page_title(&self, entry: EntryId, title: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE article_pages SET title = ?2 WHERE entry = ?1")?
            .execute(params![entry.0, title])?;
        Ok(())
    }

    /// Notes who wrote an article, as its page says.
    pub fn record_page_author(&self, entry: EntryId, author: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE article_pages SET author = ?2 WHERE entry = ?1")?
            .execute(params![entry.0, author])?;
        Ok(())
    }

    /// Notes which articles an entry's page links to, by digests of their canonical addresses; where
    /// it links to none, what its feed said stays.
    pub fn record_links(&self, entry: EntryId, links: &[i64]) -> Result<(), StoreError> {
        if !links.is_empty() {
            self.sql
                .prepare_cached("UPDATE entries SET links = ?2, assigned = ?3 WHERE id = ?1")?
                .execute(params![entry.0, link_bytes(links), self.next_assignment()?])?;
        }
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
            .prepare_cached("UPDATE article_pages SET canonical = ?2, canonical_hash = ?3 WHERE entry = ?1")?
            .execute(params![entry.0, canonical, hash])?;
        // Whoever decides of an entry with that address must know.
        self.next_decision()?;
        Ok(())
    }
}
