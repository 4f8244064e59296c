//! Removing a publisher: its words, titles and names go, and what keeps ids stable stays.

use std::collections::BTreeSet;

use rusqlite::params;
use sha2::Digest;
use sha2::Sha256;

use crate::domain::EntryId;
use crate::domain::SourceId;

use super::error::StoreError;
use super::rate_limit::authority;
use super::rights::RightsChange;
use super::row::StoryRowId;
use super::row::to_json;
use super::session::Writer;

/// How the key of an entry begins whose publisher was removed; the rest is a digest.
pub const REMOVED_KEY: &str = "removed:";

impl Writer<'_> {
    /// Whether a publisher was removed while one of its documents was on its way: then nothing of it
    /// is stored, and only the lease is given back.
    pub fn give_back_if_removed(&self, source: &SourceId) -> Result<bool, StoreError> {
        let given_back = self
            .sql
            .prepare_cached(
                "UPDATE sources SET lease_holder = NULL, lease_until = NULL
                 WHERE id = ?1 AND operator_rights = 'drop'",
            )?
            .execute([source.as_str()])?;
        Ok(given_back > 0)
    }

    /// Whether the publisher of an entry was removed while its page was on its way: then nothing of
    /// the page is stored, and only the lease is given back.
    pub fn give_back_page_if_removed(&self, entry: EntryId) -> Result<bool, StoreError> {
        let given_back = self
            .sql
            .prepare_cached(
                "UPDATE entries SET page_lease_holder = NULL, page_lease_until = NULL
                 WHERE id = ?1 AND substr(key, 1, length(?2)) = ?2",
            )?
            .execute(params![entry.0, REMOVED_KEY])?;
        Ok(given_back > 0)
    }

    /// Removes the words of entries (a JSON array) from texts, revisions, search and permalinks of
    /// the stories `near` them (another).
    pub(super) fn remove_words(
        &self,
        source: &SourceId,
        entries: &str,
        near: &str,
    ) -> Result<(), StoreError> {
        self.remove_overrides(entries, near)?;
        for sql in [
            "UPDATE revisions SET title = '', briefing = '{}', dropped = '[]', removed = 'rights ended'
             WHERE story IN (SELECT value FROM json_each(?2))
                 AND (lead IS NULL OR lead IN (SELECT value FROM json_each(?1))
                      OR EXISTS (SELECT 1 FROM json_tree(briefing) t
                                 WHERE t.key = 'entry' AND t.value IN (SELECT value FROM json_each(?1))))",
            "UPDATE revisions SET dropped = '[]' WHERE ?1 IS NOT NULL AND story IN (SELECT value FROM json_each(?2))",
        ] {
            self.sql.prepare_cached(sql)?.execute([entries, near])?;
        }
        self.remove_from_search(near)?;
        for sql in [
            // The title of another member stands in until the story is curated again.
            "UPDATE stories SET title = coalesce((SELECT e.title FROM entries e WHERE e.story = stories.id
                 AND e.id NOT IN (SELECT value FROM json_each(?1)) ORDER BY e.published, e.id LIMIT 1), '')
             WHERE primary_entry IN (SELECT value FROM json_each(?1))",
            "UPDATE stories SET path = '/story/' || key || '/' WHERE founder IN (SELECT value FROM json_each(?1))",
            "DELETE FROM snapshots WHERE entry IN (SELECT value FROM json_each(?1))",
        ] {
            self.sql.prepare_cached(sql)?.execute([entries])?;
        }
        self.remove_topics(entries, near)?;
        self.blank_entries(source, entries)
    }

    /// What is found by words that are gone is found no more.
    fn remove_from_search(&self, near: &str) -> Result<(), StoreError> {
        let wordless: Vec<StoryRowId> = self.reader().values(
            "SELECT s.id FROM stories s JOIN revisions r ON r.story = s.id AND r.n = s.revision
             WHERE s.id IN (SELECT value FROM json_each(?1)) AND r.removed IS NOT NULL",
            [near],
        )?;
        for story in wordless {
            self.forget_words(story);
        }
        self.compact_search();
        Ok(())
    }

    /// Topics and audiences of stories that nobody else tells were found in words that are gone.
    fn remove_topics(&self, entries: &str, near: &str) -> Result<(), StoreError> {
        for table in ["story_topics", "story_audiences"] {
            let sql = format!(
                "DELETE FROM {table} WHERE story IN (SELECT value FROM json_each(?2))
                     AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.story = {table}.story
                                     AND e.id NOT IN (SELECT value FROM json_each(?1)))"
            );
            self.sql.prepare_cached(&sql)?.execute([entries, near])?;
        }
        self.sql.prepare_cached("DELETE FROM topic_counts WHERE stories = 0")?.execute([])?;
        Ok(())
    }

    /// Entries keep what they are known by again: digests of id, link and title. Those of other
    /// sources stay out of sight whatever these allow.
    fn blank_entries(&self, source: &SourceId, entries: &str) -> Result<(), StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT id, key FROM entries WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id",
        )?;
        let keys = select.query_map([entries], |row| Ok((row.get("id")?, row.get::<_, String>("key")?)))?;
        let keys: Vec<(EntryId, String)> = keys.collect::<Result<_, _>>()?;
        let mut blank = self.sql.prepare_cached(
            "UPDATE entries SET key = ?2, guid = NULL, link = NULL, canonical = NULL, title = '', content_hash = 0,
                 text_hash = NULL, summary = NULL, authors = '[]', categories = '[]',
                 rights = CASE source WHEN ?4 THEN rights ELSE 'drop' END, rights_reasons = '[]', rights_text = NULL, origin = NULL, enclosure = NULL, page = 'denied',
                 page_reason = NULL, page_canonical = NULL, page_etag = NULL, page_modified = NULL, page_after = NULL,
                 page_look = NULL, page_author = NULL, snapshot = NULL,
                 assigned = ?3
             WHERE id = ?1",
        )?;
        for (id, key) in keys {
            let key = if key.starts_with(REMOVED_KEY) { key } else { removed_key(&key) };
            blank.execute(params![id.0, key, self.next_assignment()?, source.as_str()])?;
        }
        Ok(())
    }

    /// A publisher is named no more; where its articles are is kept as digests.
    pub(super) fn remove_names(&self, change: &RightsChange) -> Result<(), StoreError> {
        let feed: String =
            self.reader().value("SELECT url FROM sources WHERE id = ?1", [change.source.as_str()])?;
        self.sql
            .prepare_cached(
                "UPDATE sources SET url = '', title = NULL, feed_id = NULL, home = NULL, language = NULL,
                     rights_text = NULL, publisher = NULL, licence = NULL, etag = NULL, last_modified = NULL,
                     found = NULL, reason = NULL, moved_to = NULL, moving_to = NULL, warnings = '[]', wishes = '{}',
                     newest = '[]', rights_reasons = '[]', health = 'new', next_poll = 0, retry_after = NULL,
                     places_removed = CASE ?2 WHEN '[]' THEN places_removed ELSE ?2 END
                 WHERE id = ?1",
            )?
            .execute(params![change.source.as_str(), to_json(&change.places)])?;
        self.sql.prepare_cached("DELETE FROM pauses WHERE host = ?1")?.execute([authority(&feed)])?;
        if let Some(origin) = &change.origin {
            self.sql.prepare_cached("DELETE FROM robots WHERE origin = ?1")?.execute([origin])?;
        }
        Ok(())
    }

    /// Removes what editors wrote around the words of entries, and, where nobody else tells the
    /// story, all that they wrote.
    fn remove_overrides(&self, entries: &str, near: &str) -> Result<(), StoreError> {
        let ids: BTreeSet<i64> = serde_json::from_str(entries).unwrap_or_default();
        self.sql
            .prepare_cached(
                "DELETE FROM overrides WHERE story IN (SELECT value FROM json_each(?2))
                     AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.story = overrides.story
                                     AND e.id NOT IN (SELECT value FROM json_each(?1)))
                     AND (SELECT state FROM stories WHERE id = overrides.story) <> 'merged'",
            )?
            .execute([entries, near])?;
        let mut select = self.sql.prepare_cached(
            "SELECT story, field, value FROM overrides WHERE story IN (SELECT value FROM json_each(?1))",
        )?;
        let kept =
            select.query_map([near], |row| Ok((row.get("story")?, row.get("field")?, row.get("value")?)))?;
        let kept: Vec<(i64, String, String)> = kept.collect::<Result<_, _>>()?;
        for (story, field, value) in kept {
            let Ok(serde_json::Value::Array(mut list)) = serde_json::from_str(&value) else { continue };
            let is_theirs = |it: &serde_json::Value| {
                let of_takeaway = it.pointer("/statement/receipts");
                let receipts =
                    of_takeaway.or_else(|| it.get("receipts")).and_then(serde_json::Value::as_array);
                let mut entries = receipts.into_iter().flatten().filter_map(|it| it.get("entry")?.as_i64());
                entries.any(|it| ids.contains(&it))
            };
            list.retain(|it| !is_theirs(it));
            self.sql
                .prepare_cached("UPDATE overrides SET value = ?3 WHERE story = ?1 AND field = ?2")?
                .execute(params![story, field, to_json(&list)])?;
        }
        Ok(())
    }
}

/// What stands in the place of a key that may hold a publisher's address or title.
fn removed_key(key: &str) -> String {
    let digest = Sha256::digest(key);
    let hex: String = digest.iter().take(16).map(|it| format!("{it:02x}")).collect();
    format!("{REMOVED_KEY}{hex}")
}
