//! The sources that were ever configured, and what polls found.

use std::collections::HashMap;

use rusqlite::params;

use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::PollUpdate;
use super::row::SourceRow;
use super::row::parsed;
use super::row::to_json;
use super::session::Reader;
use super::session::Writer;
use super::stored;
use super::stored::StoredHints;

impl Reader<'_> {
    /// Every source ever configured.
    pub fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        self.rows(&format!("SELECT {} FROM sources ORDER BY id", SourceRow::COLUMNS), [], SourceRow::of)
    }

    /// One source.
    pub fn source(&self, id: &SourceId) -> Result<Option<SourceRow>, StoreError> {
        self.one(
            &format!("SELECT {} FROM sources WHERE id = ?1", SourceRow::COLUMNS),
            [id.as_str()],
            SourceRow::of,
        )
    }

    /// Entries stored of one source.
    pub fn entry_count(&self, source: &SourceId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM entries WHERE source = ?1";
        Ok(self.count(sql, [source.as_str()])? as u64)
    }

    /// Entries stored, by source.
    pub fn entry_counts(&self) -> Result<HashMap<SourceId, u64>, StoreError> {
        let counts =
            self.rows("SELECT source, count(*) AS entries FROM entries GROUP BY source", [], |row| {
                Ok((parsed(row.get("source")?, "source id")?, row.get::<_, i64>("entries")? as u64))
            })?;
        Ok(counts.into_iter().collect())
    }
}

impl Writer<'_> {
    /// Makes every configured source known. One whose address changed is polled
    /// afresh: validators belong to an address.
    pub fn sync_sources(&self, sources: &[(SourceId, String)], now: Timestamp) -> Result<(), StoreError> {
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO sources (id, url, first_seen, since) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (id) DO UPDATE SET url = excluded.url, etag = NULL, last_modified = NULL, body_hash = NULL,
                 last_whole = NULL, title = NULL, next_poll = 0, retry_after = NULL, health = 'new', reason = NULL, since = excluded.since,
                 failures = 0, moved_to = NULL, final_url = NULL, redirect_to = NULL
             WHERE url <> excluded.url",
        )?;
        for (id, url) in sources {
            insert.execute(params![id.as_str(), url, now.millis()])?;
        }
        Ok(())
    }

    /// Brings dates of next polls to at most what is planned now for each source, and
    /// publishers' wishes not to be asked before to at most `longest`.
    pub fn bound_polls(
        &self,
        planned: &[(SourceId, Timestamp)],
        longest: Timestamp,
    ) -> Result<(), StoreError> {
        let mut update = self.sql.prepare_cached(
            "UPDATE sources SET next_poll = min(next_poll, ?2), retry_after = min(retry_after, ?3)
             WHERE id = ?1 AND (?2 < next_poll OR ?3 < retry_after)",
        )?;
        for (id, next) in planned {
            update.execute(params![id.as_str(), next.millis(), longest.millis()])?;
        }
        Ok(())
    }

    /// Ends a poll: health, validators and the next date in one, and the lease is given back. The first
    /// title of the feed at its address stays: no source renames itself.
    pub fn record_poll(&self, source: &SourceId, update: &PollUpdate) -> Result<(), StoreError> {
        if self.give_back_if_removed(source)? {
            return Ok(());
        }
        let mut poll = self.sql.prepare_cached(
            "UPDATE sources SET last_poll = ?2, next_poll = ?3,
                 since = CASE WHEN health = ?4 AND (reason IS ?5 OR ?4 = 'failing') THEN since ELSE ?2 END,
                 failures = CASE WHEN ?4 = 'failing' THEN failures + 1 ELSE 0 END,
                 health = ?4, reason = ?5, status = ?6, retry_after = ?7, etag = ?8, last_modified = ?9, body_hash = ?10,
                 moved_to = ?11, last_whole = ?12, final_url = ?13, redirect_to = ?14, redirect_since = ?15,
                 redirect_answers = ?16, lease_holder = NULL, lease_until = NULL
             WHERE id = ?1",
        )?;
        poll.execute(params![
            source.as_str(),
            update.at.millis(),
            update.next_poll.millis(),
            update.health.as_str(),
            update.reason,
            update.status,
            update.retry_after.map(Timestamp::millis),
            update.validators.etag,
            update.validators.last_modified,
            update.body_hash,
            update.moved_to,
            update.last_whole.map(Timestamp::millis),
            update.final_url,
            update.pending_redirect.as_ref().map(|it| &it.to),
            update.pending_redirect.as_ref().map(|it| it.since.millis()),
            update.pending_redirect.as_ref().map_or(0, |it| it.answers),
        ])?;
        self.apply_push(source, update)?;
        if let Some((rights, reasons)) = &update.rights {
            self.note_change();
            self.sql
                .prepare_cached("UPDATE sources SET rights = ?2, rights_reasons = ?3 WHERE id = ?1")?
                .execute(params![source.as_str(), rights.as_str(), to_json(&reasons)])?;
        }
        if let Some(poll_hints) = &update.poll_hints {
            self.sql
                .prepare_cached("UPDATE sources SET poll_hints = ?2 WHERE id = ?1")?
                .execute(params![source.as_str(), stored::to_json::<StoredHints>(poll_hints)])?;
        }
        if let Some(feed) = &update.feed {
            self.note_change();
            let mut facts = self.sql.prepare_cached(
                "UPDATE sources SET title = coalesce(title, ?2), feed_id = ?3, home = ?4, language = ?5, rights_text = ?6, rights = ?7,
                     rights_reasons = ?8, warnings = ?9, poll_hints = ?10, newest = ?11, home_claim = ?12,
                     home_asked = ?13
                 WHERE id = ?1",
            )?;
            facts.execute(params![
                source.as_str(),
                feed.title,
                feed.feed_id,
                feed.home.as_ref().map(url::Url::as_str),
                feed.language,
                feed.rights_text,
                feed.rights.as_str(),
                to_json(&feed.rights_reasons),
                to_json(&feed.warnings),
                stored::to_json::<StoredHints>(&feed.poll_hints),
                to_json(&feed.newest.iter().map(|it| it.millis()).collect::<Vec<_>>()),
                feed.home_claim.as_str(),
                feed.home_asked.map(Timestamp::millis),
            ])?;
        }
        Ok(())
    }
}
