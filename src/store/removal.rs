//! Removing a publisher: its words, titles and names go, and what keeps ids stable stays.

use std::collections::BTreeSet;

use rusqlite::params;
use sha2::Digest;
use sha2::Sha256;

use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::rights::RightsChange;
use super::row::NewEntry;
use super::row::PageState;
use super::row::StoryRowId;
use super::row::to_json;
use super::session::Reader;
use super::session::Writer;
use super::stored;
use super::stored::List;
use super::stored::report;

/// How the key of an entry begins whose publisher was removed; the rest is a digest.
pub const REMOVED_KEY: &str = "removed:";
/// How the key of such an entry begins once its words are kept again.
const RESTORED_KEY: &str = "restored:";

// What is removed of entries (?1, a JSON array) and of the stories near them (?2): each statement
// begins with these, whatever else the store holds.
const REMOVE_REVISIONS: &str =
    "UPDATE revisions SET title = '', briefing = '{}', dropped = '[]', removed = 'rights ended'
     WHERE story IN (SELECT value FROM json_each(?2))
         AND (lead IS NULL OR lead IN (SELECT value FROM json_each(?1)) OR NOT json_valid(briefing)
              OR EXISTS (SELECT 1 FROM json_tree(CASE WHEN json_valid(briefing) THEN briefing END) t
                         WHERE t.key = 'entry' AND t.value IN (SELECT value FROM json_each(?1))))";
const REMOVE_FINDINGS: &str =
    "UPDATE revisions SET dropped = '[]' WHERE ?1 IS NOT NULL AND story IN (SELECT value FROM json_each(?2))";
/// The title of another member stands in until the story is curated again.
const REMOVE_TITLES: &str =
    "UPDATE stories SET title = coalesce((SELECT e.title FROM entries e WHERE e.story = stories.id
         AND e.id NOT IN (SELECT value FROM json_each(?1)) ORDER BY e.published, e.id LIMIT 1), '')
     WHERE id IN (SELECT value FROM json_each(?2)) AND primary_entry IN (SELECT value FROM json_each(?1))";
const REMOVE_SLUGS: &str =
    "UPDATE stories SET path = '/story/' || key || '/' WHERE founder IN (SELECT value FROM json_each(?1))";
const REMOVE_SNAPSHOTS: &str = "DELETE FROM snapshots WHERE entry IN (SELECT value FROM json_each(?1))";
/// Topics and audiences of stories that nobody else tells were found in words that are gone.
const REMOVE_TOPICS: &str = "DELETE FROM story_topics WHERE story IN (SELECT value FROM json_each(?2))
     AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.story = story_topics.story
                     AND e.id NOT IN (SELECT value FROM json_each(?1)))";
const REMOVE_AUDIENCES: &str = "DELETE FROM story_audiences WHERE story IN (SELECT value FROM json_each(?2))
     AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.story = story_audiences.story
                     AND e.id NOT IN (SELECT value FROM json_each(?1)))";
const REMOVE_OVERRIDES: &str = "DELETE FROM overrides WHERE story IN (SELECT value FROM json_each(?2))
     AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.story = overrides.story
                     AND e.id NOT IN (SELECT value FROM json_each(?1)))
     AND (SELECT state FROM stories WHERE id = overrides.story) <> 'merged'";
/// The stories near entries, each with the number of its current revision, where it may be found by that.
const FOUND_BY: &str =
    "SELECT s.id AS story, CASE WHEN r.removed IS NULL AND s.state IN ('published', 'held', 'pending')
         THEN r.n END AS revision
     FROM stories s JOIN revisions r ON r.story = s.id AND r.n = s.revision
     WHERE s.id IN (SELECT value FROM json_each(?1))";

impl Reader<'_> {
    /// Digests of the places where the articles of removed publishers are, and whether every list of
    /// them could be read.
    pub fn removed_places(&self) -> Result<(Vec<i64>, bool), StoreError> {
        let lists: Vec<Option<Vec<i64>>> = self.rows(
            "SELECT places_removed FROM sources WHERE places_removed <> '[]' ORDER BY id",
            [],
            |row| {
                let read = List::PLACES_REMOVED.read(row, "places_removed")?;
                Ok(read.map_err(|error| report(&"a removed source", &error)).ok())
            },
        )?;
        let is_whole = lists.iter().all(Option::is_some);
        Ok((lists.into_iter().flatten().flatten().collect(), is_whole))
    }

    /// Entries whose page names a canonical address in which a site's name occurs, with that address.
    pub fn copies_of(&self, site: &str) -> Result<Vec<(EntryId, String)>, StoreError> {
        self.rows(
            "SELECT entry, canonical FROM article_pages WHERE canonical_hash IS NOT NULL AND instr(canonical, ?1)
             ORDER BY entry",
            [site],
            |row| Ok((row.get("entry")?, row.get("canonical")?)),
        )
    }

    /// The links of a source's entries.
    pub fn links_of(&self, source: &SourceId) -> Result<Vec<String>, StoreError> {
        self.values(
            "SELECT DISTINCT link FROM entries WHERE source = ?1 AND link IS NOT NULL",
            [source.as_str()],
        )
    }

    /// All addresses that asked for patience.
    pub fn rate_limited_addresses(&self) -> Result<Vec<String>, StoreError> {
        self.values("SELECT url FROM rate_limits", [])
    }
}

impl Writer<'_> {
    /// Stores a new entry that leads to an article of a removed publisher: without a word, by the
    /// digests it is known by again.
    pub fn insert_removed_entry(
        &self,
        source: &SourceId,
        key: &EntryKey,
        entry: &NewEntry,
        now: Timestamp,
    ) -> Result<EntryId, StoreError> {
        self.insert_entry(source, &EntryKey::new(removed_key(key.as_str())), &without_words(entry), now)
    }

    /// Stores the words of an entry that were removed and may be kept again. Its story, which was
    /// withdrawn for want of words, is curated again.
    pub fn restore_entry(&self, id: EntryId, entry: &NewEntry, now: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE entries SET rights = CASE rights WHEN 'drop' THEN ?2 ELSE rights END,
                     rights_reasons = CASE rights WHEN 'drop' THEN ?3 ELSE rights_reasons END,
                     key = ?4 || substr(key, length(?5) + 1)
                 WHERE id = ?1",
            )?
            .execute(params![
                id.0,
                entry.rights.as_str(),
                to_json(&entry.rights_reasons),
                RESTORED_KEY,
                REMOVED_KEY
            ])?;
        self.set_page(id, entry.page)?;
        if let Some(story) = self.story_of(id)?.filter(|_| !entry.is_kept) {
            self.revive(story, now)?;
        }
        self.update_entry(id, entry, now)
    }

    /// Removes what entries of any source say, which lead to articles of a removed publisher.
    pub fn remove_entries(&self, entries: &[EntryId]) -> Result<(), StoreError> {
        let entries = to_json(&entries.iter().map(|it| it.0).collect::<Vec<_>>());
        let near = self.stories_told_with(&entries)?;
        self.note_change();
        self.remove_replies(&near)?;
        self.remove_words(None, &entries, &near)?;
        self.mark_all_stale(&near)
    }

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
                "UPDATE article_pages SET lease_holder = NULL, lease_until = NULL
                 WHERE entry = ?1
                     AND (SELECT substr(key, 1, length(?2)) FROM entries WHERE id = ?1) = ?2",
            )?
            .execute(params![entry.0, REMOVED_KEY])?;
        Ok(given_back > 0)
    }

    /// Removes the words of entries (a JSON array), those of a source or of any, from texts, revisions,
    /// search and permalinks of the stories `near` them (another).
    pub(super) fn remove_words(
        &self,
        source: Option<&SourceId>,
        entries: &str,
        near: &str,
    ) -> Result<(), StoreError> {
        self.remove_overrides(entries, near)?;
        for sql in [REMOVE_REVISIONS, REMOVE_FINDINGS] {
            self.sql.prepare_cached(sql)?.execute([entries, near])?;
        }
        self.remove_from_search(near)?;
        for sql in [REMOVE_TITLES, REMOVE_TOPICS, REMOVE_AUDIENCES] {
            self.sql.prepare_cached(sql)?.execute([entries, near])?;
        }
        for sql in [REMOVE_SLUGS, REMOVE_SNAPSHOTS] {
            self.sql.prepare_cached(sql)?.execute([entries])?;
        }
        self.sql.prepare_cached("DELETE FROM topic_counts WHERE stories = 0")?.execute([])?;
        self.blank_entries(source, entries)
    }

    /// What is found by words that are gone is found no more. The names of the members that are left
    /// are added when their story is curated again: until then it is found by its own words alone.
    fn remove_from_search(&self, near: &str) -> Result<(), StoreError> {
        let stories = self.reader().rows(FOUND_BY, [near], |row| {
            Ok((row.get::<_, StoryRowId>("story")?, row.get::<_, Option<u32>>("revision")?))
        })?;
        for (story, n) in stories {
            let revision = n.map(|n| self.reader().revision(story, n)).transpose()?.flatten();
            match revision.as_ref().and_then(|it| Some((&it.title, it.content.as_ref().ok()?))) {
                Some((title, content)) => self.find_by(story, title, &content.briefing, &[]),
                None => self.forget_words(story),
            }
        }
        self.note_erasure();
        Ok(())
    }

    /// Entries keep what they are known by again: digests of id, link and title. Those of other
    /// sources stay out of sight whatever these allow.
    fn blank_entries(&self, source: Option<&SourceId>, entries: &str) -> Result<(), StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT id, key FROM entries WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id",
        )?;
        let keys = select.query_map([entries], |row| Ok((row.get("id")?, row.get::<_, String>("key")?)))?;
        let keys: Vec<(EntryId, String)> = keys.collect::<Result<_, _>>()?;
        let mut blank = self.sql.prepare_cached(
            "UPDATE entries SET key = ?2, guid = NULL, link = NULL, canonical = NULL, title = '', content_hash = 0,
                 text_hash = NULL, summary = NULL, authors = '[]', categories = '[]',
                 rights = CASE source WHEN ?4 THEN rights ELSE 'drop' END, rights_reasons = '[]', rights_text = NULL,
                 origin = NULL, enclosure = NULL, snapshot = NULL, assigned = ?3
             WHERE id = ?1",
        )?;
        let mut deny = self.sql.prepare_cached(
            "INSERT INTO article_pages (entry, state) VALUES (?1, 'denied')
             ON CONFLICT (entry) DO UPDATE SET state = 'denied', reason = NULL, title = NULL, author = NULL, canonical = NULL,
                 etag = NULL, last_modified = NULL, retry_at = NULL, recheck_at = NULL",
        )?;
        for (id, key) in keys {
            blank.execute(params![
                id.0,
                removed_key(&key),
                self.next_assignment()?,
                source.map(SourceId::as_str)
            ])?;
            deny.execute([id.0])?;
        }
        Ok(())
    }

    /// Removes a publisher's name and addresses; where its articles are is kept as digests. Its hubs are
    /// told nothing more, and what they push is refused.
    pub(super) fn remove_names(&self, change: &RightsChange) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE sources SET url = '', title = NULL, feed_id = NULL, home = NULL, language = NULL,
                     rights_text = NULL, publisher = NULL, licence = NULL, etag = NULL, last_modified = NULL,
                     final_url = NULL, reason = NULL, moved_to = NULL, redirect_to = NULL, warnings = '[]', poll_hints = '{}',
                     newest = '[]', rights_reasons = '[]', health = 'new', next_poll = 0, retry_after = NULL,
                     places_removed = CASE ?2 WHEN '[]' THEN places_removed ELSE ?2 END
                 WHERE id = ?1",
            )?
            .execute(params![change.source.as_str(), to_json(&change.places)])?;
        self.sql
            .prepare_cached("DELETE FROM subscriptions WHERE source = ?1")?
            .execute([change.source.as_str()])?;
        let copies: Vec<i64> = change.copies.iter().map(|it| it.0).collect();
        for (sql, removed) in [
            (
                "DELETE FROM robots WHERE origin IN (SELECT value FROM json_each(?1))",
                to_json(&change.origins),
            ),
            (
                "DELETE FROM rate_limits WHERE url IN (SELECT value FROM json_each(?1))",
                to_json(&change.paused),
            ),
            (
                "UPDATE article_pages SET canonical = NULL, canonical_hash = NULL
                 WHERE entry IN (SELECT value FROM json_each(?1))",
                to_json(&copies),
            ),
        ] {
            self.sql.prepare_cached(sql)?.execute([removed])?;
        }
        Ok(())
    }

    /// Removes what editors wrote around the words of entries, and, where nobody else tells the
    /// story, all that they wrote.
    fn remove_overrides(&self, entries: &str, near: &str) -> Result<(), StoreError> {
        let ids: BTreeSet<i64> = serde_json::from_str(entries).unwrap_or_default();
        self.sql.prepare_cached(REMOVE_OVERRIDES)?.execute([entries, near])?;
        let mut select = self.sql.prepare_cached(
            "SELECT story, field, value FROM overrides WHERE story IN (SELECT value FROM json_each(?1))",
        )?;
        let mut rows = select.query([near])?;
        let mut kept: Vec<(i64, String, Vec<u8>)> = Vec::new();
        while let Some(row) = rows.next()? {
            let json = stored::json_at(row, "value")?.unwrap_or_default();
            kept.push((row.get("story")?, row.get("field")?, json.to_vec()));
        }
        for (story, field, json) in kept {
            match stored::override_from(&field, &json) {
                Ok(mut written) => {
                    written.retain_statements(|it| !it.receipts.iter().any(|it| ids.contains(&it.entry.0)));
                    self.sql
                        .prepare_cached("UPDATE overrides SET value = ?3 WHERE story = ?1 AND field = ?2")?
                        .execute(params![story, field, stored::override_json(&written)])?;
                }
                Err(_) if stored::may_quote(&json, &ids) => {
                    self.sql
                        .prepare_cached("DELETE FROM overrides WHERE story = ?1 AND field = ?2")?
                        .execute(params![story, field])?;
                }
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// What stands in the place of a key that may hold a publisher's address or title.
fn removed_key(key: &str) -> String {
    if key.starts_with(REMOVED_KEY) {
        return key.to_owned();
    }
    let digest = Sha256::digest(key);
    let hex: String = digest.iter().take(16).map(|it| format!("{it:02x}")).collect();
    format!("{REMOVED_KEY}{hex}")
}

/// What is kept of an entry that leads to an article of a removed publisher: digests and dates.
fn without_words(entry: &NewEntry) -> NewEntry {
    NewEntry {
        title: String::new(),
        guid: None,
        guid_hash: entry.guid_hash,
        link: None,
        canonical: None,
        link_hash: entry.link_hash,
        place_hash: entry.place_hash,
        number_hash: entry.number_hash,
        has_text: false,
        title_hash: entry.title_hash,
        text_hash: None,
        content_hash: 0,
        summary: None,
        feed_abstract: None,
        authors: Vec::new(),
        categories: Vec::new(),
        language: None,
        rights_text: None,
        origin: None,
        enclosure: None,
        published_given: entry.published_given,
        published: entry.published,
        updated: entry.updated,
        is_kept: entry.is_kept,
        is_excluded: entry.is_excluded,
        page: PageState::Denied,
        rights: Rights::Drop,
        rights_reasons: Vec::new(),
        text: String::new(),
        links: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rights::STORIES_TOLD_WITH;
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn a_removal_searches_for_its_own_and_reads_no_table_through() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let plans = store.write(|it| {
            let statements = [
                STORIES_TOLD_WITH,
                REMOVE_REVISIONS,
                REMOVE_FINDINGS,
                REMOVE_TITLES,
                REMOVE_SLUGS,
                REMOVE_SNAPSHOTS,
                REMOVE_TOPICS,
                REMOVE_AUDIENCES,
                REMOVE_OVERRIDES,
                FOUND_BY,
            ];
            let mut steps = Vec::new();
            for sql in statements {
                let mut plan = it.sql.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let count = plan.parameter_count();
                let found = plan.query_map(rusqlite::params_from_iter(vec!["[]"; count]), |row| {
                    row.get::<_, String>("detail")
                })?;
                for step in found {
                    steps.push((sql, step?));
                }
            }
            Ok(steps)
        });
        let plans = plans.await.expect("plans");
        assert!(plans.len() > 20, "{plans:?}");
        for (sql, step) in plans {
            // What is removed, and what is found on the way, is gone through.
            let may_scan = ["json_each", "json_tree", "own", "theirs", "near", "(subquery", "t VIRTUAL"];
            let is_whole = step.strip_prefix("SCAN ").is_some_and(|it| {
                !may_scan.iter().any(|known| it.starts_with(known)) && !it.contains("CONSTANT ROW")
            });
            assert!(!is_whole, "{step} in {sql}");
        }
    }
}
