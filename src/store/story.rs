//! Stories: how they begin, which entries they have, and where they stand.

use std::time::Duration;

use chrono::NaiveDate;
use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::Counts;
use super::row::InputVersion;
use super::row::MemberRow;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::UnassignedRow;
use super::row::parsed;
use super::session::Reader;
use super::session::Writer;

/// A story about to be created.
#[derive(Clone, Debug)]
pub struct NewStory<'a> {
    /// Whose entry founds it.
    pub source: &'a SourceId,
    /// The founding entry.
    pub entry: &'a UnassignedRow,
    /// Host of the base URL, without port, and the day that stands in its tags.
    pub host: (&'a str, NaiveDate),
    /// The current time.
    pub now: Timestamp,
}

/// Longest slug of a permalink that a title without usable letters gets.
const SLUG_OF_NOTHING: &str = "story";

/// Which stories a listing wants.
#[derive(Clone, Copy, Debug)]
pub struct StoryFilter {
    /// Only these.
    pub state: Option<StoryState>,
    /// At most so many, newest first.
    pub limit: usize,
}

impl Reader<'_> {
    /// Stories, newest first.
    pub fn stories(&self, filter: StoryFilter) -> Result<Vec<StoryRow>, StoreError> {
        let state = filter.state.map(StoryState::as_str);
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE ?1 IS NULL OR s.state = ?1
                 ORDER BY s.published DESC, s.key LIMIT ?2",
                StoryRow::COLUMNS
            ),
            params![state, filter.limit as i64],
            StoryRow::of,
        )
    }

    /// A story by its key.
    pub fn story(&self, key: &StoryKey) -> Result<Option<StoryRow>, StoreError> {
        self.one(
            &format!("SELECT {} FROM stories s WHERE s.key = ?1", StoryRow::COLUMNS),
            [key.as_str()],
            StoryRow::of,
        )
    }

    /// Stories that could be merged with one, dated at most so far from it, newest first: with all these
    /// words in their titles, else those of its topic cluster.
    pub fn stories_to_merge(
        &self,
        key: &StoryKey,
        words: &str,
        within: Duration,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let within = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
        // SQLite knows no capitals but those of ASCII, so that titles are compared here.
        let has_words = |it: &StoryRow| {
            let title = it.title.to_lowercase();
            words.iter().all(|word| title.contains(word))
        };
        let mut select = self.sql.prepare_cached(&format!(
            "SELECT {} FROM stories s, stories o WHERE o.key = ?1 AND s.id <> o.id
                     AND s.state IN ('held', 'published', 'pending')
                     AND s.published BETWEEN o.published - ?2 AND o.published + ?2
                     AND (?3 OR coalesce(s.topic_cluster, s.id) = coalesce(o.topic_cluster, o.id))
                 ORDER BY s.published DESC, s.key",
            StoryRow::COLUMNS
        ))?;
        let mut rows = select.query(params![key.as_str(), within, !words.is_empty()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let story = StoryRow::of(row)?;
            if has_words(&story) {
                found.push(story);
            }
            if found.len() == limit {
                break;
            }
        }
        Ok(found)
    }

    /// A story by its row.
    pub fn story_at(&self, id: StoryRowId) -> Result<Option<StoryRow>, StoreError> {
        self.one(
            &format!("SELECT {} FROM stories s WHERE s.id = ?1", StoryRow::COLUMNS),
            [id.0],
            StoryRow::of,
        )
    }

    /// A story as it is now, with what its curation rests on, of each member in order of their rows.
    pub fn story_and_input_versions(
        &self,
        id: StoryRowId,
    ) -> Result<Option<(StoryRow, Vec<InputVersion>)>, StoreError> {
        let rows = self.rows(
            &format!(
                "SELECT {}, e.id AS entry, e.snapshot, a.id AS abstract_snapshot, e.title_hash, e.rights
                 FROM stories s LEFT JOIN entries e ON e.story = s.id {} WHERE s.id = ?1",
                StoryRow::COLUMNS,
                MemberRow::TEXTS
            ),
            [id.0],
            |row| {
                let Some(entry) = row.get("entry")? else {
                    return Ok((StoryRow::of(row)?, None));
                };
                let versions = InputVersion {
                    entry,
                    snapshot: row.get("snapshot")?,
                    abstract_snapshot: row.get("abstract_snapshot")?,
                    title_hash: row.get("title_hash")?,
                    rights: parsed(row.get("rights")?, "rights")?,
                };
                Ok((StoryRow::of(row)?, Some(versions)))
            },
        )?;
        let mut versions: Vec<InputVersion> = rows.iter().filter_map(|it| it.1).collect();
        versions.sort_unstable();
        Ok(rows.into_iter().next().map(|it| (it.0, versions)))
    }

    /// Totals.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let count = |sql: &str| -> Result<u64, StoreError> { Ok(self.count(sql, [])? as u64) };
        Ok(Counts {
            entries: count("SELECT count(*) FROM entries")?,
            stories: count("SELECT count(*) FROM stories WHERE state <> 'merged'")?,
            held: count("SELECT count(*) FROM stories WHERE state = 'held'")?,
            pending: count("SELECT count(*) FROM stories WHERE state = 'pending'")?,
            published: count("SELECT count(*) FROM stories WHERE state = 'published'")?,
        })
    }
}

impl Reader<'_> {
    /// Since when the story that waits for an editor the longest exists; `None` where none waits.
    pub fn waiting_since(&self) -> Result<Option<Timestamp>, StoreError> {
        self.value("SELECT min(created) FROM stories WHERE state = 'held'", [])
    }
}

impl Writer<'_> {
    /// Creates a story for an entry: key, tag, path and slug are fixed here for good.
    pub fn create_story(&self, new: &NewStory<'_>) -> Result<StoryRowId, StoreError> {
        let (host, since) = new.host;
        let slug = Slug::of(&new.entry.title);
        let slug = slug.as_ref().map_or(SLUG_OF_NOTHING, Slug::as_str);
        let state = if new.entry.is_kept { StoryState::Suppressed } else { StoryState::Pending };
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO stories (key, tag, path, title, state, primary_entry, published, updated, created, founder)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?6) ON CONFLICT (key) DO NOTHING",
        )?;
        let mut n = None;
        loop {
            let key = StoryKey::founded_by(new.source, &new.entry.key, n);
            let founded = insert.execute(params![
                key.as_str(),
                StoryId::tag(host, since, &key).as_str(),
                format!("/story/{key}/{slug}"),
                new.entry.title,
                state.as_str(),
                new.entry.id.0,
                new.entry.published.millis(),
                new.now.millis(),
            ])?;
            if founded == 1 {
                break;
            }
            n = Some(n.map_or(1, |n| n + 1));
        }
        let id = StoryRowId(self.sql.last_insert_rowid());
        self.join(new.entry.id, id, None)?;
        Ok(id)
    }

    /// Puts an entry into a story that exists. A kept story that gets a fresh
    /// member is curated after all.
    pub fn join_story(
        &self,
        entry: &UnassignedRow,
        story: StoryRowId,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.join(entry.id, story, Some(why))?;
        if !entry.is_kept {
            self.revive(story, now)?;
        }
        self.mark_stale(story)
    }

    pub(super) fn join(
        &self,
        entry: EntryId,
        story: StoryRowId,
        why: Option<&str>,
    ) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached("UPDATE entries SET story = ?2, joined = ?3, assigned = ?4 WHERE id = ?1")?
            .execute(params![entry.0, story.0, why, self.next_decision()?])?;
        Ok(())
    }

    /// A story that nothing was to be made of is curated after all. One that was taken back changes by that:
    /// readers undo a tombstone for an entry that is newer only (RFC 6721).
    pub(super) fn revive(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = CASE WHEN first_published IS NULL THEN 'pending' ELSE 'published' END,
                     updated = CASE WHEN first_published IS NULL THEN updated ELSE max(updated, ?2) END,
                     waits_since = NULL
                 WHERE id = ?1 AND state IN ('kept', 'withdrawn')",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// A story that is published, or waits for an editor, is looked at again.
    pub(super) fn mark_stale(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET is_stale = 1, waits_since = CASE is_stale WHEN 1 THEN waits_since END
                 WHERE id = ?1 AND state IN ('published', 'held')",
            )?
            .execute([story.0])?;
        Ok(())
    }

    pub(super) fn mark_story_stale(&self, entry: EntryId) -> Result<(), StoreError> {
        self.story_of(entry)?.map_or(Ok(()), |it| self.mark_stale(it))
    }

    /// A member changed and readers need not care.
    pub fn mark_fresh(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql.prepare_cached("UPDATE stories SET is_stale = 0 WHERE id = ?1")?.execute([story.0])?;
        Ok(())
    }

    /// Notes which entry speaks for a story that readers have not seen yet.
    pub fn set_primary(&self, story: StoryRowId, entry: EntryId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET primary_entry = ?2 WHERE id = ?1 AND first_published IS NULL
                     AND EXISTS (SELECT 1 FROM entries WHERE id = ?2 AND story = ?1)",
            )?
            .execute(params![story.0, entry.0])?;
        Ok(())
    }

    /// Publishes a story for the first time: its date is its primary entry's from now on.
    pub fn publish_story(
        &self,
        story: StoryRowId,
        published: Timestamp,
        updated: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'published', published = ?2, updated = ?3, first_published = ?4
                 WHERE id = ?1 AND first_published IS NULL",
            )?
            .execute(params![story.0, published.millis(), updated.millis(), now.millis()])?;
        Ok(())
    }

    /// Readers are told that a published story changed.
    pub fn touch_story(&self, story: StoryRowId, updated: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET updated = max(updated, ?2) WHERE id = ?1")?
            .execute(params![story.0, updated.millis()])?;
        Ok(())
    }

    /// Stores a story without curating it.
    pub fn suppress_story(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET state = 'kept' WHERE id = ?1 AND state = 'pending'")?
            .execute([story.0])?;
        Ok(())
    }

    /// Takes a story back: its permalink answers 410 from now on.
    pub fn withdraw_story(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.note_change();
        self.forget_words(story);
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'withdrawn', is_stale = 0, updated = max(updated, ?2)
                 WHERE id = ?1 AND state <> 'merged'",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// Holds a curated story for an editor.
    pub fn hold_story(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'held', updated = max(updated, ?2) WHERE id = ?1 AND state = 'pending'",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// A story is not to be published, or no more: then its permalink answers 410.
    pub fn reject_story(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.note_change();
        self.forget_words(story);
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'rejected', is_stale = 0, draft = NULL, updated = max(updated, ?2)
                 WHERE id = ?1",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// A rejected story that was never curated is curated after all.
    pub fn reopen_story(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'pending', waits_since = NULL WHERE id = ?1 AND state = 'rejected' AND revision = 0",
            )?
            .execute([story.0])?;
        Ok(())
    }

    /// A story that was published before is published again, under its old dates.
    pub fn republish_story(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'published', updated = max(updated, ?2)
                 WHERE id = ?1 AND first_published IS NOT NULL",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// A story by its row.
    pub fn story(&self, id: StoryRowId) -> Result<Option<StoryRow>, StoreError> {
        let mut select = self
            .sql
            .prepare_cached(&format!("SELECT {} FROM stories s WHERE s.id = ?1", StoryRow::COLUMNS))?;
        select.query_row([id.0], |row| Ok(StoryRow::of(row))).optional()?.transpose()
    }

    /// The story of an entry.
    pub fn story_of(&self, entry: EntryId) -> Result<Option<StoryRowId>, StoreError> {
        let story: Option<Option<i64>> =
            self.reader().find_value("SELECT story FROM entries WHERE id = ?1", [entry.0])?;
        Ok(story.flatten().map(StoryRowId))
    }
}
