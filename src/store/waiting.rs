//! Which stories wait for a page or to be curated, and what for.

use std::collections::HashSet;

use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::Reader;
use super::StoreError;
use super::Writer;
use super::row::EntryRow;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::to_json;

/// When a wanted page holds its story up: while its entry was first seen after one time and not
/// after another. Who was first seen in the future, by a clock that was since set back, does not wait.
#[derive(Clone, Copy, Debug)]
pub struct PageWait {
    /// An entry first seen then, or before, has waited long enough.
    pub since: Timestamp,
    /// The present.
    pub now: Timestamp,
}

/// Whether the page of a story's primary entry is awaited; `?1` and `?2` are those of [`PageWait`].
pub(super) const AWAITS_PAGE: &str = "EXISTS (SELECT 1 FROM entries p WHERE p.id = s.primary_entry AND p.story = s.id \
     AND p.page = 'wanted' AND ?1 < p.first_seen AND p.first_seen <= ?2)";

impl Reader<'_> {
    /// Stories ready to be curated, oldest first: pending ones and stale ones whose primary entry
    /// does not wait for its page.
    pub fn stories_to_curate(&self, wait: PageWait, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        // Each of the two has an index of its own, which is read no further than needed.
        let waiting = |which: &str| {
            self.rows(
                &format!(
                    "SELECT {} FROM stories s WHERE {which} AND NOT {AWAITS_PAGE}
                         AND EXISTS (SELECT 1 FROM entries e WHERE e.story = s.id)
                     ORDER BY s.published, s.key LIMIT ?3",
                    StoryRow::COLUMNS
                ),
                params![wait.since.millis(), wait.now.millis(), limit as i64],
                StoryRow::of,
            )
        };
        let mut stories: Vec<StoryRow> = waiting("s.state = 'pending'")?;
        stories.extend(waiting("s.is_stale = 1 AND s.state <> 'pending'")?);
        stories.sort_by(|a, b| (a.published, &a.key).cmp(&(b.published, &b.key)));
        stories.truncate(limit);
        Ok(stories)
    }

    /// Stories of several entries that were never published and of which a page is awaited, newest
    /// first: which entry speaks for them decides whether they wait for it.
    pub fn stories_partly_read(&self, wait: PageWait, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE s.state = 'pending' AND s.first_published IS NULL AND s.id IN
                     (SELECT e.story FROM entries e WHERE e.page = 'wanted' AND ?1 < e.first_seen AND e.first_seen <= ?2
                          AND EXISTS (SELECT 1 FROM entries o WHERE o.story = e.story AND o.id <> e.id))
                 ORDER BY s.published DESC, s.key LIMIT ?3",
                StoryRow::COLUMNS
            ),
            params![wait.since.millis(), wait.now.millis(), limit as i64],
            StoryRow::of,
        )
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
}
