//! The rights ledger: what the operator says of each source, for as long as it holds, and what
//! changes when a publisher or the operator allows less or more than before.

use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::OperatorRights;
use crate::domain::Rights;
use crate::domain::SourceId;

use super::error::StoreError;
use super::row::InputVersion;
use super::row::StoryRowId;
use super::row::parsed;
use super::row::to_json;
use super::session::Writer;

/// What the operator says of a source, to be kept when the source is removed from the file.
#[derive(Clone, Debug)]
pub struct SourceTerms {
    /// Which source.
    pub id: SourceId,
    /// The name it is credited under, where it is not the feed's own.
    pub publisher: Option<String>,
    /// Whether its address may be shown.
    pub is_listed: bool,
    /// Its rights.
    pub rights: OperatorRights,
    /// Digest of its address.
    pub url_hash: i64,
}

/// What is allowed of a source from now on.
#[derive(Clone, Debug)]
pub struct RightsChange {
    /// Which source.
    pub source: SourceId,
    /// What is allowed.
    pub rights: Rights,
    /// Whether nothing was curated under other rights.
    pub is_first: bool,
    /// Digests of the places of its articles, by which they are known once its names are gone.
    pub places: Vec<i64>,
    /// Entries of other sources that are credited to it.
    pub elsewhere: Vec<EntryId>,
    /// Entries whose page names an article of it as the original.
    pub copies: Vec<EntryId>,
    /// The sites that are its alone, as `https://host`.
    pub origins: Vec<String>,
    /// Addresses of it that asked for patience.
    pub paused: Vec<String>,
}

/// The stories near entries (?1); see [`Writer::stories_told_with`].
pub(super) const STORIES_TOLD_WITH: &str = "WITH own AS (SELECT value AS id FROM json_each(?1)),
                 theirs AS (SELECT e.story AS id FROM own JOIN entries e ON e.id = own.id WHERE e.story IS NOT NULL
                     UNION SELECT m.story FROM merged_members m JOIN own ON m.entry = own.id),
                 near AS (SELECT id FROM theirs UNION SELECT o.story FROM own JOIN cannot_links p ON p.entry = own.id
                     JOIN cannot_links q ON q.pair = p.pair AND q.side <> p.side
                     JOIN entries o ON o.id = q.entry WHERE o.story IS NOT NULL)
             SELECT json_group_array(id) FROM (SELECT id FROM near
                 UNION SELECT id FROM stories WHERE merged_into IN (SELECT id FROM near)
                 UNION SELECT s.id FROM stories s JOIN own ON s.founder = own.id)";

impl Writer<'_> {
    /// Notes what an entry's own signals allow. Where that is news, its story is looked at
    /// again, and what a model made of its text goes with the permission.
    pub fn record_rights(
        &self,
        entry: EntryId,
        rights: Rights,
        reasons: &[String],
    ) -> Result<(), StoreError> {
        let is_news: bool = self
            .reader()
            .value("SELECT rights <> ?2 FROM entries WHERE id = ?1", params![entry.0, rights.as_str()])?;
        self.sql
            .prepare_cached("UPDATE entries SET rights = ?2, rights_reasons = ?3 WHERE id = ?1")?
            .execute(params![entry.0, rights.as_str(), to_json(&reasons)])?;
        if !is_news {
            return Ok(());
        }
        if rights != Rights::Any {
            self.sql
                .prepare_cached(
                    "DELETE FROM llm_replies WHERE story = (SELECT story FROM entries WHERE id = ?1)",
                )?
                .execute([entry.0])?;
        }
        self.mark_story_stale(entry)
    }

    /// Records signals about an entry where they forbid more than was known: what its page said
    /// stands until the page is read again.
    pub fn tighten_rights(
        &self,
        entry: EntryId,
        rights: Rights,
        reasons: &[String],
    ) -> Result<(), StoreError> {
        let known = self.reader().value("SELECT rights FROM entries WHERE id = ?1", [entry.0])?;
        let known: Rights = parsed(known, "rights")?;
        if rights > known { self.record_rights(entry, rights, reasons) } else { Ok(()) }
    }

    /// Keeps what the operator says of a source. A publisher who was removed is not named again.
    pub fn record_terms(&self, terms: &SourceTerms) -> Result<(), StoreError> {
        let SourceTerms { id, publisher, is_listed, rights, url_hash } = terms;
        let is_named = rights.strictest < Rights::Drop;
        let changed = self
            .sql
            .prepare_cached(
                "UPDATE sources SET publisher = ?2, is_listed = ?3, operator_rights = ?4, licence = ?5, url_hash = ?6,
                     places_removed = CASE WHEN ?4 = 'drop' THEN places_removed ELSE '[]' END
                 WHERE id = ?1 AND (publisher IS NOT ?2 OR is_listed <> ?3 OR operator_rights <> ?4
                     OR licence IS NOT ?5 OR url_hash IS NOT ?6)",
            )?
            .execute(params![
                id.as_str(),
                publisher.as_ref().filter(|_| is_named),
                is_listed,
                rights.strictest.as_str(),
                rights.licence.as_ref().filter(|_| is_named),
                url_hash,
            ])?;
        if 0 < changed {
            self.note_change();
        }
        Ok(())
    }

    /// Notes what a source's texts may be used for from now on: its stories are
    /// curated again, and where nothing of it may be kept its words and names are removed.
    pub fn apply_rights(&self, change: &RightsChange) -> Result<(), StoreError> {
        let RightsChange { source, rights, is_first, .. } = change;
        self.sql
            .prepare_cached("UPDATE sources SET rights_applied = ?2 WHERE id = ?1")?
            .execute(params![source.as_str(), rights.as_str()])?;
        if *is_first && *rights < Rights::Drop {
            return Ok(());
        }
        self.note_change();
        let mut entries = self.entries_of("source = ?1", source.as_str())?;
        if *rights == Rights::Drop {
            entries.extend(&change.elsewhere);
        }
        let entries = to_json(&entries.iter().map(|it| it.0).collect::<Vec<_>>());
        let near = self.stories_told_with(&entries)?;
        if *rights != Rights::Any {
            // What a model made of its text goes with the permission.
            self.remove_replies(&near)?;
        }
        if *rights == Rights::Drop {
            self.remove_words(Some(source), &entries, &near)?;
            self.remove_names(change)?;
        }
        self.mark_all_stale(&near)
    }

    /// Whether texts that a model was shown are what they were, and may still be read by one.
    pub fn may_still_be_read(&self, story: StoryRowId, shown: &[InputVersion]) -> Result<bool, StoreError> {
        let Some((_, now)) = self.reader().story_and_input_versions(story)? else { return Ok(false) };
        let entries = to_json(&shown.iter().map(|it| it.entry.0).collect::<Vec<_>>());
        let is_forbidden: bool = self.reader().value(
            "SELECT EXISTS (SELECT 1 FROM entries e JOIN sources s ON s.id = e.source
                 WHERE e.id IN (SELECT value FROM json_each(?1)) AND s.rights_applied <> 'any')",
            [entries],
        )?;
        Ok(!is_forbidden && shown.iter().all(|it| now.contains(it)))
    }

    /// Removes what a model replied about stories (a JSON array).
    pub(super) fn remove_replies(&self, stories: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM llm_replies WHERE story IN (SELECT value FROM json_each(?1))")?
            .execute([stories])?;
        Ok(())
    }

    /// Has stories (a JSON array) that are published, or wait for an editor, looked at again.
    pub(super) fn mark_all_stale(&self, stories: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET is_stale = 1, waits_since = CASE is_stale WHEN 1 THEN waits_since END
                 WHERE state IN ('published', 'held') AND id IN (SELECT value FROM json_each(?1))",
            )?
            .execute([stories])?;
        Ok(())
    }

    /// The stories that hold one of these entries or did when they became part of another,
    /// and with them those whose revisions may still have its words, because an entry has
    /// left them or because they became part of one of these: a JSON array of rows.
    pub(super) fn stories_told_with(&self, entries: &str) -> Result<String, StoreError> {
        self.reader().value(STORIES_TOLD_WITH, [entries])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::store::Store;

    #[tokio::test]
    async fn a_story_waits_for_the_model_since_its_rights_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let waits = store.write(|it| {
            let source: SourceId = "a".parse().expect("a slug");
            let address = "https://a.example/feed".to_owned();
            it.sync_sources(&[(source.clone(), address)], Timestamp::default())?;
            it.sql.execute_batch(
                "INSERT INTO stories (id, key, tag, path, title, state, primary_entry, published, updated, created, waits_since)
                 VALUES (1, 'a', 'a', '/a', 'A', 'published', 1, 0, 0, 0, 5);
                 INSERT INTO entries (id, source, key, title, title_hash, has_text, content_hash, published, first_seen,
                     is_kept, story)
                 VALUES (1, 'a', '1', 'A', 1, 1, 1, 0, 0, 0, 1);",
            )?;
            let change = RightsChange {
                source,
                rights: Rights::Link,
                is_first: false,
                places: Vec::new(),
                elsewhere: Vec::new(),
                copies: Vec::new(),
                origins: Vec::new(),
                paused: Vec::new(),
            };
            let waits = || -> Result<(bool, Option<i64>), StoreError> {
                let sql = "SELECT is_stale, waits_since FROM stories";
                Ok(it.sql.query_row(sql, [], |row| Ok((row.get("is_stale")?, row.get("waits_since")?)))?)
            };
            it.apply_rights(&change)?;
            let first = waits()?;
            it.note_waits(Timestamp::from_secs(60))?;
            it.apply_rights(&RightsChange { rights: Rights::Extractive, ..change })?;
            Ok((first, waits()?))
        });
        let (first, second) = waits.await.expect("a transaction");
        assert_eq!(first, (true, None), "what it waited for long ago does not count");
        assert_eq!(second, (true, Some(60_000)), "one that waits goes on waiting");
    }
}
