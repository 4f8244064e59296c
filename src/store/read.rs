//! What is asked of the store. Every method sees one snapshot of it.

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::OutputId;
use crate::domain::Relation;
use crate::domain::Slug;
use crate::domain::SnapshotId;
use crate::domain::SourceId;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::domain::Topic;
use crate::domain::Validators;

use super::StoreError;
use super::row;
use super::row::Act;
use super::row::Basis;
use super::row::Counts;
use super::row::DigestRow;
use super::row::EntryRow;
use super::row::MemberRow;
use super::row::OutputRow;
use super::row::PageHeld;
use super::row::RevisedRow;
use super::row::RevisionRow;
use super::row::RobotsRow;
use super::row::SourceRow;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::parsed;

/// A reading view of the store.
pub struct Reader<'a> {
    pub(super) sql: &'a Connection,
}

/// Which stories a listing wants.
#[derive(Clone, Copy, Debug)]
pub struct StoryFilter {
    /// Only these.
    pub state: Option<StoryState>,
    /// At most so many, newest first.
    pub limit: usize,
}

/// A story's place in an output.
#[derive(Clone, Debug)]
pub struct OutputPlace {
    /// The story.
    pub story: StoryRowId,
    /// When it entered.
    pub entered: Timestamp,
    /// Whose entry speaks for it.
    pub source: SourceId,
}

/// Which of an output's stories belong to a section: all where neither is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct SectionFilter<'a> {
    /// Stories with this topic.
    pub topic: Option<&'a Slug>,
    /// Stories for this audience.
    pub audience: Option<&'a Slug>,
}

/// Stories looked at under one topic when related ones are sought, the newest first.
const SHARING_LOOKED_AT_MAX: usize = 64;
/// Words of a search that are looked for; further ones are ignored.
const SEARCH_WORDS_MAX: usize = 16;

impl<'a> Reader<'a> {
    pub(super) fn new(sql: &'a Connection) -> Self {
        Self { sql }
    }

    /// A number that grows with every change that readers can see.
    pub fn generation(&self) -> Result<i64, StoreError> {
        Ok(self.sql.prepare_cached("SELECT n FROM generation")?.query_row([], |row| row.get(0))?)
    }

    /// Whether an entry waits for its story, or a story to be curated.
    pub fn has_pending(&self) -> Result<bool, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM entries WHERE story IS NULL)
                 OR EXISTS (SELECT 1 FROM stories WHERE state = 'pending')
                 OR EXISTS (SELECT 1 FROM stories WHERE is_stale = 1)",
        )?;
        Ok(select.query_row([], |row| row.get(0))?)
    }

    /// What a site last answered when asked for its robots.txt.
    pub fn robots(&self, origin: &str) -> Result<Option<RobotsRow>, StoreError> {
        let mut select =
            self.sql.prepare_cached("SELECT kind, body, fetched, failed FROM robots WHERE origin = ?1")?;
        let found = select.query_row([origin], |row| {
            let fetched = Timestamp::from_millis(row.get(2)?);
            Ok(RobotsRow { kind: row.get(0)?, body: row.get(1)?, fetched, failed: row::time(row.get(3)?) })
        });
        Ok(found.optional()?)
    }

    /// Every source ever configured.
    pub fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        self.rows(&format!("SELECT {} FROM sources ORDER BY id", SourceRow::COLUMNS), [], SourceRow::of)
    }

    /// Entries stored, by source.
    pub fn entry_counts(&self) -> Result<HashMap<SourceId, u64>, StoreError> {
        let counts = self.rows("SELECT source, count(*) FROM entries GROUP BY source", [], |row| {
            Ok((parsed(row.get(0)?, "source id")?, row.get::<_, i64>(1)? as u64))
        })?;
        Ok(counts.into_iter().collect())
    }

    /// Totals.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let count = |sql: &str| -> Result<u64, StoreError> {
            Ok(self.sql.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))? as u64)
        };
        Ok(Counts {
            entries: count("SELECT count(*) FROM entries")?,
            stories: count("SELECT count(*) FROM stories WHERE state <> 'merged'")?,
            held: count("SELECT count(*) FROM stories WHERE state = 'held'")?,
            pending: count("SELECT count(*) FROM stories WHERE state = 'pending'")?,
            published: count("SELECT count(*) FROM stories WHERE state = 'published'")?,
        })
    }

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

    /// A story by its row.
    pub fn story_at(&self, id: StoryRowId) -> Result<Option<StoryRow>, StoreError> {
        self.one(
            &format!("SELECT {} FROM stories s WHERE s.id = ?1", StoryRow::COLUMNS),
            [id.0],
            StoryRow::of,
        )
    }

    /// What is remembered of the looks at a page.
    pub fn page_held(&self, entry: EntryId) -> Result<PageHeld, StoreError> {
        let held = self.one(
            "SELECT page_looks, page_etag, page_modified, page_missing FROM entries WHERE id = ?1",
            [entry.0],
            |row| {
                let validators = Validators { etag: row.get(1)?, last_modified: row.get(2)? };
                let missing = row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis);
                Ok(PageHeld { looks: row.get(0)?, validators, missing })
            },
        )?;
        Ok(held.unwrap_or_default())
    }

    /// The members of a story with their current texts, in order of date.
    pub fn members(&self, story: StoryRowId) -> Result<Vec<MemberRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, t.id, t.made, t.text, e.title_hash FROM entries e LEFT JOIN snapshots t ON t.id = e.snapshot
                 WHERE e.story = ?1 ORDER BY e.published, e.source, e.key",
                EntryRow::COLUMNS
            ),
            [story.0],
            MemberRow::of,
        )
    }

    /// A story as it is now, with what its curation rests on, of each member in order of their rows.
    pub fn story_and_basis(&self, id: StoryRowId) -> Result<Option<(StoryRow, Vec<Basis>)>, StoreError> {
        let rows = self.rows(
            &format!(
                "SELECT {}, e.id, e.snapshot, e.title_hash, e.rights
                 FROM stories s LEFT JOIN entries e ON e.story = s.id WHERE s.id = ?1",
                StoryRow::COLUMNS
            ),
            [id.0],
            |row| {
                let Some(entry) = row.get::<_, Option<i64>>(14)? else {
                    return Ok((StoryRow::of(row)?, None));
                };
                let basis = Basis {
                    entry: EntryId(entry),
                    snapshot: row.get::<_, Option<i64>>(15)?.map(SnapshotId),
                    title_hash: row.get(16)?,
                    rights: parsed(row.get(17)?, "rights")?,
                };
                Ok((StoryRow::of(row)?, Some(basis)))
            },
        )?;
        let mut basis: Vec<Basis> = rows.iter().filter_map(|it| it.1).collect();
        basis.sort_unstable();
        Ok(rows.into_iter().next().map(|it| (it.0, basis)))
    }

    /// The members of a story without their texts, in order of date.
    pub fn member_entries(&self, story: StoryRowId) -> Result<Vec<EntryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM entries e WHERE e.story = ?1 ORDER BY e.published, e.source, e.key",
                EntryRow::COLUMNS
            ),
            [story.0],
            EntryRow::of,
        )
    }

    /// One source.
    pub fn source(&self, id: &SourceId) -> Result<Option<SourceRow>, StoreError> {
        self.one(
            &format!("SELECT {} FROM sources WHERE id = ?1", SourceRow::COLUMNS),
            [id.as_str()],
            SourceRow::of,
        )
    }

    /// Entries of other sources whose link may lead to a site.
    pub fn entries_leading_to(&self, site: &str, other_than: &SourceId) -> Result<Vec<EntryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM entries e WHERE e.source <> ?2 AND instr(lower(e.link), ?1) ORDER BY e.id",
                EntryRow::COLUMNS
            ),
            params![site, other_than.as_str()],
            EntryRow::of,
        )
    }

    /// One revision of a story.
    pub fn revision(&self, story: StoryRowId, n: u32) -> Result<Option<RevisionRow>, StoreError> {
        self.one(
            &format!("SELECT {} FROM revisions WHERE story = ?1 AND n = ?2", RevisionRow::COLUMNS),
            params![story.0, n],
            RevisionRow::of,
        )
    }

    /// All revisions of a story, newest first.
    pub fn revisions(&self, story: StoryRowId) -> Result<Vec<RevisionRow>, StoreError> {
        self.rows(
            &format!("SELECT {} FROM revisions WHERE story = ?1 ORDER BY n DESC", RevisionRow::COLUMNS),
            [story.0],
            RevisionRow::of,
        )
    }

    /// The revision of a story that waits for an editor while readers see another.
    pub fn draft(&self, story: StoryRowId) -> Result<Option<u32>, StoreError> {
        Ok(self.one("SELECT draft FROM stories WHERE id = ?1", [story.0], |row| Ok(row.get(0)?))?.flatten())
    }

    /// Stories that wait for an editor, oldest first: held ones, and published ones with a draft.
    pub fn waiting(&self, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE s.state = 'held' OR s.state = 'published' AND s.draft IS NOT NULL
                 ORDER BY s.published, s.key LIMIT ?1",
                StoryRow::COLUMNS
            ),
            [limit as i64],
            StoryRow::of,
        )
    }

    /// What people wrote into the fields of a story: name, value as JSON.
    pub fn overrides(&self, story: StoryRowId) -> Result<Vec<(String, String)>, StoreError> {
        self.rows("SELECT field, value FROM overrides WHERE story = ?1 ORDER BY field", [story.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// What people did with a story, newest first.
    pub fn acts(&self, story: StoryRowId) -> Result<Vec<Act>, StoreError> {
        self.rows(
            &format!("SELECT {} FROM acts WHERE story = ?1 ORDER BY id DESC", Act::COLUMNS),
            [story.0],
            Act::of,
        )
    }

    /// What a model replied to a request about a story, and the milliseconds it took.
    pub fn reply(&self, story: StoryRowId, request: &str) -> Result<Option<(String, u64)>, StoreError> {
        self.one(
            "SELECT reply, millis FROM replies WHERE story = ?1 AND request = ?2",
            params![story.0, request],
            |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)),
        )
    }

    /// Revisions that readers saw after a story's first one, latest first.
    pub fn revised(&self, limit: usize) -> Result<Vec<RevisedRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, r.shown, coalesce(r.removed, r.why), r.author, r.reviewed
                 FROM revisions r JOIN stories s ON s.id = r.story
                 WHERE 1 < r.n AND s.first_published < r.shown AND s.state = 'published'
                 ORDER BY r.shown DESC, r.story, r.n DESC LIMIT ?1",
                StoryRow::COLUMNS
            ),
            [limit as i64],
            RevisedRow::of,
        )
    }

    /// Stories that were published and may not be shown any more, latest first.
    pub fn withdrawn(&self, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE s.state = 'withdrawn' AND s.first_published IS NOT NULL
                 ORDER BY s.updated DESC, s.id LIMIT ?1",
                StoryRow::COLUMNS
            ),
            [limit as i64],
            StoryRow::of,
        )
    }

    /// What people did with stories that readers knew, so that readers see another choice of stories,
    /// latest first: took back, published again, merged, split.
    pub fn public_acts(&self, limit: usize) -> Result<Vec<(StoryRow, Act)>, StoreError> {
        let found = self.rows(
            &format!(
                "SELECT {}, a.story FROM acts a
                 WHERE (a.act IN ('reject', 'merge', 'split') OR a.act = 'approve' AND 'reject' =
                        (SELECT p.act FROM acts p WHERE p.story = a.story AND p.id < a.id
                             AND p.act IN ('approve', 'reject') ORDER BY p.id DESC LIMIT 1))
                     AND EXISTS (SELECT 1 FROM stories s WHERE s.id = a.story AND s.first_published <= a.at)
                 ORDER BY a.at DESC, a.id DESC LIMIT ?1",
                Act::COLUMNS
            ),
            [limit as i64],
            |row| Ok((Act::of(row)?, StoryRowId(row.get(6)?))),
        )?;
        let mut acts = Vec::with_capacity(found.len());
        for (act, story) in found {
            acts.extend(self.story_at(story)?.map(|it| (it, act)));
        }
        Ok(acts)
    }

    /// What became of the articles of published stories after they appeared, newest first: when we
    /// learned it, of which story, and of which of its entries. A correction counts where it came
    /// after publication.
    pub fn noticed(&self, limit: usize) -> Result<Vec<(Timestamp, StoryRow, EntryId)>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, e.noticed, e.id FROM entries e CROSS JOIN stories s ON s.id = e.story
                 WHERE e.aftermath IS NOT NULL AND +s.state = 'published'
                     AND (e.aftermath <> 'corrected' OR s.first_published < e.noticed)
                 ORDER BY e.noticed DESC, e.id LIMIT ?1",
                StoryRow::COLUMNS
            ),
            [limit as i64],
            |row| Ok((Timestamp::from_millis(row.get(14)?), StoryRow::of(row)?, EntryId(row.get(15)?))),
        )
    }

    /// Topics of a story's current revision.
    pub fn topics(&self, story: StoryRowId) -> Result<Vec<Topic>, StoreError> {
        self.rows("SELECT slug, name FROM story_topics WHERE story = ?1 ORDER BY slug", [story.0], row::topic)
    }

    /// Stories that a story is linked to, nearest first.
    pub fn related(&self, story: StoryRowId) -> Result<Vec<(StoryId, String, String, Relation)>, StoreError> {
        // A story merged away since then is shown as the one it became part of, once:
        // the other columns are those of the row with the least rank.
        self.rows(
            "SELECT t.tag, t.title, t.path, r.relation, min(r.rank) FROM related r JOIN stories s ON s.id = r.other
                 JOIN stories t ON t.id = coalesce(s.merged_into, s.id)
             WHERE r.story = ?1 AND t.state = 'published' AND t.id <> ?1 GROUP BY t.id ORDER BY min(r.rank)",
            [story.0],
            |row| {
                Ok((
                    StoryId::stored(row.get(0)?),
                    row.get(1)?,
                    row.get(2)?,
                    row::relation(&row.get::<_, String>(3)?)?,
                ))
            },
        )
    }

    /// Published stories that share topics with a story and are not newer than
    /// it, with the slugs they share: most shared first, then newest.
    pub fn sharing_topics(
        &self,
        story: &StoryRow,
        limit: usize,
    ) -> Result<Vec<(StoryRowId, Vec<Slug>)>, StoreError> {
        // Join and `+` have the plan go from the topics to their stories; else it goes through all
        // published ones.
        self.rows(
            "SELECT s.id, group_concat(mine.slug, ' ') FROM story_topics mine
                 CROSS JOIN stories s
             WHERE mine.story = ?1 AND +s.state = 'published' AND (s.published, s.key) < (?2, ?3)
                 AND s.id IN (SELECT theirs.story FROM story_topics theirs
                     WHERE theirs.slug = mine.slug AND theirs.story <> ?1
                     ORDER BY theirs.story DESC LIMIT ?5)
             GROUP BY s.id ORDER BY count(*) DESC, s.published DESC, s.key LIMIT ?4",
            params![
                story.id.0,
                story.published.millis(),
                story.key.as_str(),
                limit as i64,
                SHARING_LOOKED_AT_MAX as i64
            ],
            |row| {
                let slugs: String = row.get(1)?;
                let slugs = slugs.split(' ').map(|it| parsed(it.to_owned(), "topic"));
                Ok((StoryRowId(row.get(0)?), slugs.collect::<Result<_, _>>()?))
            },
        )
    }

    /// Published stories of a story's circle that are not newer than it, newest first, with
    /// their dates.
    pub fn sharing_circle(
        &self,
        story: &StoryRow,
        limit: usize,
    ) -> Result<Vec<(StoryRowId, Timestamp)>, StoreError> {
        const OPEN: &str = "s.id <> ?2 AND s.state = 'published' AND (s.published, s.key) < (?3, ?4)
             ORDER BY s.published DESC, s.key DESC LIMIT ?5";
        let sharing = |which: &str, circle: i64| {
            self.rows(
                &format!("SELECT s.id, s.published, s.key FROM stories s WHERE {which} AND {OPEN}"),
                params![circle, story.id.0, story.published.millis(), story.key.as_str(), limit as i64],
                |row| {
                    Ok((
                        Timestamp::from_millis(row.get(1)?),
                        row.get::<_, String>(2)?,
                        StoryRowId(row.get(0)?),
                    ))
                },
            )
        };
        let circle = "SELECT coalesce(circle, id) FROM stories WHERE id = ?1";
        let Some(circle) = self.one(circle, [story.id.0], |row| Ok(row.get(0)?))? else {
            return Ok(Vec::new());
        };
        let mut found = sharing("s.circle = ?1", circle)?;
        if circle != story.id.0 {
            // The story that began the circle stands beside those that name it.
            found.extend(sharing("s.id = ?1 AND s.circle IS NULL", circle)?);
            found.sort_by(|a, b| b.cmp(a));
            found.truncate(limit);
        }
        Ok(found.into_iter().map(|(published, _, id)| (id, published)).collect())
    }

    /// Stories of an output from position `from` on (counted from 1), in the order
    /// they entered, withdrawn ones included, with their time of entry and position.
    pub fn output_stories(
        &self,
        output: &OutputId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Timestamp, StoryRow)>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, i.seq, i.entered FROM output_items i JOIN stories s ON s.id = i.story
                 WHERE i.output = ?1 AND ?2 <= i.seq ORDER BY i.seq LIMIT ?3",
                StoryRow::COLUMNS
            ),
            params![output.as_str(), from as i64, limit as i64],
            |row| {
                Ok((row.get::<_, i64>(14)? as u64, Timestamp::from_millis(row.get(15)?), StoryRow::of(row)?))
            },
        )
    }

    /// The newest stories of an output, newest first, with their position and time of entry.
    pub fn output_newest(
        &self,
        output: &OutputId,
        limit: usize,
    ) -> Result<Vec<(u64, Timestamp, StoryRow)>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, i.seq, i.entered FROM output_items i JOIN stories s ON s.id = i.story
                 WHERE i.output = ?1 AND s.state = 'published' ORDER BY i.seq DESC LIMIT ?2",
                StoryRow::COLUMNS
            ),
            params![output.as_str(), limit as i64],
            |row| {
                Ok((row.get::<_, i64>(14)? as u64, Timestamp::from_millis(row.get(15)?), StoryRow::of(row)?))
            },
        )
    }

    /// What entered a section of an output before a position, and not before a time: of each source
    /// the newest few published stories, newest first. A story counts to the source of its primary entry.
    pub fn output_entered_since(
        &self,
        output: &OutputId,
        section: SectionFilter<'_>,
        before: u64,
        since: Timestamp,
        per_source: usize,
    ) -> Result<Vec<OutputPlace>, StoreError> {
        // The last place before that time bounds what is read: positions follow time.
        self.rows(
            "SELECT story, entered, source FROM
                 (SELECT i.story, i.entered, i.seq, e.source,
                         row_number() OVER (PARTITION BY e.source ORDER BY i.seq DESC) AS n
                  FROM output_items i CROSS JOIN stories s ON s.id = i.story
                  CROSS JOIN entries e ON e.id = s.primary_entry
                  WHERE i.output = ?1 AND i.seq < ?2 AND i.seq >
                      coalesce((SELECT o.seq FROM output_items o WHERE o.output = ?1 AND o.entered < ?3
                                ORDER BY o.seq DESC LIMIT 1), 0)
                      AND +s.state = 'published'
                      AND (?5 IS NULL OR EXISTS (SELECT 1 FROM story_topics t WHERE t.story = s.id AND t.slug = ?5))
                      AND (?6 IS NULL OR EXISTS (SELECT 1 FROM story_audiences a WHERE a.story = s.id AND a.slug = ?6)))
             WHERE n <= ?4 ORDER BY seq DESC",
            params![
                output.as_str(),
                before as i64,
                since.millis(),
                per_source as i64,
                section.topic.map(Slug::as_str),
                section.audience.map(Slug::as_str)
            ],
            |row| {
                Ok(OutputPlace {
                    story: StoryRowId(row.get(0)?),
                    entered: Timestamp::from_millis(row.get(1)?),
                    source: parsed(row.get(2)?, "source id")?,
                })
            },
        )
    }

    /// A story's position in an output, and when it entered.
    pub fn output_position(
        &self,
        output: &OutputId,
        story: StoryRowId,
    ) -> Result<Option<(u64, Timestamp)>, StoreError> {
        self.one(
            "SELECT seq, entered FROM output_items WHERE output = ?1 AND story = ?2",
            params![output.as_str(), story.0],
            |row| Ok((row.get::<_, i64>(0)? as u64, Timestamp::from_millis(row.get(1)?))),
        )
    }

    /// The last position given in an output; 0 when none was. Positions of a digest are
    /// not given again, even where its stories have left.
    pub fn output_length(&self, output: &str) -> Result<u64, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT max(coalesce((SELECT max(seq) FROM output_items WHERE output = ?1), 0),
                        coalesce((SELECT max(last_seq) FROM digests WHERE output = ?1), 0))",
        )?;
        Ok(select.query_row([output], |row| row.get::<_, i64>(0))? as u64)
    }

    /// How many periods of an output are over.
    pub fn digest_count(&self, output: &OutputId) -> Result<u64, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT count(*) FROM digests WHERE output = ?1")?;
        Ok(select.query_row([output.as_str()], |row| row.get::<_, i64>(0))? as u64)
    }

    /// Periods of an output, newest first, after skipping so many.
    pub fn digests(&self, output: &OutputId, skip: u64, limit: u64) -> Result<Vec<DigestRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM digests WHERE output = ?1 ORDER BY first_seq DESC LIMIT ?3 OFFSET ?2",
                DigestRow::COLUMNS
            ),
            params![output.as_str(), skip as i64, limit as i64],
            DigestRow::of,
        )
    }

    /// When a story of a period last changed or was taken back.
    pub fn digest_updated(
        &self,
        output: &OutputId,
        digest: &DigestRow,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (first, last) = digest.positions;
        let mut select = self.sql.prepare_cached(
            "SELECT max(s.updated) FROM output_items i JOIN stories s ON s.id = i.story
             WHERE i.output = ?1 AND i.seq BETWEEN ?2 AND ?3",
        )?;
        let updated: Option<i64> =
            select.query_row(params![output.as_str(), first as i64, last as i64], |row| row.get(0))?;
        Ok(updated.map(Timestamp::from_millis))
    }

    /// Whether a period has this id.
    pub fn is_digest(&self, tag: &str) -> Result<bool, StoreError> {
        Ok(self.sql.prepare_cached("SELECT 1 FROM digests WHERE tag = ?1")?.exists([tag])?)
    }

    /// The published stories of a period, best first.
    pub fn digest_stories(&self, output: &OutputId, digest: &DigestRow) -> Result<Vec<StoryRow>, StoreError> {
        let (first, last) = digest.positions;
        self.rows(
            &format!(
                "SELECT {} FROM output_items i JOIN stories s ON s.id = i.story
                 WHERE i.output = ?1 AND i.seq BETWEEN ?2 AND ?3 AND s.state = 'published'
                 ORDER BY i.score DESC, i.seq",
                StoryRow::COLUMNS
            ),
            params![output.as_str(), first as i64, last as i64],
            StoryRow::of,
        )
    }

    /// The first position after one, and when the first of those from there on entered: later
    /// than others where it was entered by a clock that was ahead.
    pub fn output_after(&self, output: &OutputId, seq: u64) -> Result<Option<(u64, Timestamp)>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT min(seq), min(entered) FROM output_items WHERE output = ?1 AND ?2 < seq",
        )?;
        let (first, entered): (Option<i64>, Option<i64>) =
            select.query_row(params![output.as_str(), seq as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(first.zip(entered).map(|(first, entered)| (first as u64, Timestamp::from_millis(entered))))
    }

    /// The last position from one on whose story entered before a moment.
    pub fn output_before(
        &self,
        output: &OutputId,
        from: u64,
        moment: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT max(seq) FROM output_items WHERE output = ?1 AND ?2 <= seq AND entered < ?3",
        )?;
        let last: Option<i64> =
            select.query_row(params![output.as_str(), from as i64, moment.millis()], |row| row.get(0))?;
        Ok(last.map(|it| it as u64))
    }

    /// Published stories with a topic, in reverse order of entry into output `all`.
    pub fn topic_stories(&self, topic: &Slug, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM story_topics t JOIN stories s ON s.id = t.story
                     JOIN output_items i ON i.story = s.id AND i.output = 'all'
                 WHERE t.slug = ?1 AND s.state = 'published' ORDER BY i.seq DESC LIMIT ?2",
                StoryRow::COLUMNS
            ),
            params![topic.as_str(), limit as i64],
            StoryRow::of,
        )
    }

    /// Published stories for an audience, in reverse order of entry into output `all`,
    /// and of one topic only where that is given.
    pub fn audience_stories(
        &self,
        audience: &Slug,
        topic: Option<&Slug>,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM story_audiences a JOIN stories s ON s.id = a.story
                     JOIN output_items i ON i.story = s.id AND i.output = 'all'
                 WHERE a.slug = ?1 AND s.state = 'published'
                     AND (?2 IS NULL OR EXISTS (SELECT 1 FROM story_topics t WHERE t.story = s.id AND t.slug = ?2))
                 ORDER BY i.seq DESC LIMIT ?3",
                StoryRow::COLUMNS
            ),
            params![audience.as_str(), topic.map(Slug::as_str), limit as i64],
            StoryRow::of,
        )
    }

    /// Published stories for an audience.
    pub fn audience_count(&self, audience: &Slug) -> Result<usize, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT stories FROM audience_counts WHERE slug = ?1")?;
        let stories: Option<i64> = select.query_row([audience.as_str()], |row| row.get(0)).optional()?;
        Ok(stories.map_or(0, |it| usize::try_from(it).unwrap_or_default()))
    }

    /// Published stories with a member from any of some sources.
    pub fn sources_count(&self, sources: &[&SourceId]) -> Result<usize, StoreError> {
        self.count(
            "SELECT count(DISTINCT s.id) FROM entries e JOIN stories s ON s.id = e.story
             WHERE e.source IN (SELECT value FROM json_each(?1)) AND s.state = 'published'",
            [row::to_json(&sources)],
        )
    }

    /// Published stories that have all the words, best match first.
    pub fn search(&self, words: &str, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        // Quoted, so that nothing in a word is an operator of the query language.
        let quoted: Vec<String> = words
            .split(|it: char| it.is_whitespace() || it.is_control())
            .filter(|it| !it.is_empty())
            .take(SEARCH_WORDS_MAX)
            .map(|it| format!("\"{}\"", it.replace('"', "\"\"")))
            .collect();
        if quoted.is_empty() {
            return Ok(Vec::new());
        }
        self.rows(
            &format!(
                "SELECT {} FROM story_search f JOIN stories s ON s.id = f.rowid
                 WHERE story_search MATCH ?1 AND s.state = 'published' ORDER BY f.rank, s.id DESC LIMIT ?2",
                StoryRow::COLUMNS
            ),
            params![quoted.join(" "), limit as i64],
            StoryRow::of,
        )
    }

    /// The first host that the base URL ever had, and when it was first seen. The ids of our feeds
    /// are made of it, and so never change.
    pub fn first_host(&self) -> Result<Option<(String, Timestamp)>, StoreError> {
        self.one("SELECT host, first_seen FROM hosts ORDER BY n LIMIT 1", [], |row| {
            Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?)))
        })
    }

    /// When a host of the base URL was first seen.
    pub fn host_first_seen(&self, host: &str) -> Result<Option<Timestamp>, StoreError> {
        self.one("SELECT first_seen FROM hosts WHERE host = ?1", [host], |row| {
            Ok(Timestamp::from_millis(row.get(0)?))
        })
    }

    /// Published stories in a span of item dates, newest first.
    pub fn stories_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE s.state = 'published' AND ?1 <= s.published AND s.published < ?2
                 ORDER BY s.published DESC, s.key LIMIT ?3",
                StoryRow::COLUMNS
            ),
            params![from.millis(), to.millis(), limit as i64],
            StoryRow::of,
        )
    }

    /// Published stories with a member from any of some sources, newest first.
    pub fn sources_stories(&self, sources: &[&SourceId], limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE s.state = 'published'
                     AND EXISTS (SELECT 1 FROM entries e WHERE e.story = s.id
                                 AND e.source IN (SELECT value FROM json_each(?1)))
                 ORDER BY s.published DESC, s.key LIMIT ?2",
                StoryRow::COLUMNS
            ),
            params![row::to_json(&sources), limit as i64],
            StoryRow::of,
        )
    }

    /// Every published story, in the order they were published.
    pub fn published(&self, after: StoryRowId, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE s.state = 'published' AND ?1 < s.id ORDER BY s.id LIMIT ?2",
                StoryRow::COLUMNS
            ),
            params![after.0, limit as i64],
            StoryRow::of,
        )
    }

    /// Path of every story that was ever published, with where it stands and the
    /// story it became part of.
    pub fn permalinks(&self) -> Result<Vec<(String, StoryState, Option<StoryRowId>)>, StoreError> {
        self.rows(
            "SELECT path, state, merged_into FROM stories WHERE first_published IS NOT NULL OR state = 'merged'
             ORDER BY id",
            [],
            |row| {
                let word: String = row.get(1)?;
                let state = StoryState::ALL.into_iter().find(|it| it.as_str() == word);
                let state = state.ok_or(StoreError::Unreadable { what: "story state" })?;
                Ok((row.get(0)?, state, row.get::<_, Option<i64>>(2)?.map(StoryRowId)))
            },
        )
    }

    /// Topics with at least so many published stories, and these whatever they have, with that number.
    pub fn topic_counts(&self, least: u64, always: &[&Slug]) -> Result<Vec<(Topic, u64)>, StoreError> {
        self.rows(
            "SELECT slug, name, stories FROM topic_counts WHERE ?1 <= stories
             UNION SELECT slug, name, stories FROM topic_counts WHERE slug IN (SELECT value FROM json_each(?2))
             ORDER BY slug",
            params![least as i64, row::to_json(&always)],
            |row| Ok((row::topic(row)?, row.get::<_, i64>(2)?.unsigned_abs())),
        )
    }

    /// The newest item date of published stories.
    pub fn newest(&self) -> Result<Option<Timestamp>, StoreError> {
        self.newest_before(Timestamp::from_millis(i64::MAX))
    }

    /// The newest item date of published stories before a time.
    pub fn newest_before(&self, at: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(published) FROM stories WHERE state = 'published' AND published < ?1";
        Ok(self.one(sql, [at.millis()], |row| Ok(row::time(row.get(0)?)))?.flatten())
    }

    /// The oldest item date of published stories from a time on.
    pub fn oldest_from(&self, at: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT min(published) FROM stories WHERE state = 'published' AND ?1 <= published";
        Ok(self.one(sql, [at.millis()], |row| Ok(row::time(row.get(0)?)))?.flatten())
    }

    /// Outputs as last published.
    pub fn outputs(&self) -> Result<Vec<OutputRow>, StoreError> {
        self.rows(
            "SELECT o.id, (SELECT count(*) FROM output_items i JOIN stories s ON s.id = i.story
                           WHERE i.output = o.id AND s.state = 'published'), o.published_at, o.is_valid
             FROM outputs o ORDER BY o.id",
            [],
            |row| {
                Ok(OutputRow {
                    id: row.get(0)?,
                    stories: row.get::<_, i64>(1)? as u64,
                    published_at: row::time(row.get(2)?),
                    is_valid: row.get(3)?,
                })
            },
        )
    }

    /// When the documents of an output last changed.
    pub fn output_published_at(&self, output: &OutputId) -> Result<Option<Timestamp>, StoreError> {
        let at = self.one("SELECT published_at FROM outputs WHERE id = ?1", [output.as_str()], |row| {
            Ok(row::time(row.get(0)?))
        })?;
        Ok(at.flatten())
    }

    /// Scores of stories, fixed when they entered their first output.
    pub fn scores(&self) -> Result<Vec<(StoryRowId, f64)>, StoreError> {
        self.rows("SELECT story, max(score) FROM output_items GROUP BY story", [], |row| {
            Ok((StoryRowId(row.get(0)?), row.get(1)?))
        })
    }

    /// Filters under which an output's items entered.
    pub fn output_filters(&self, output: &OutputId) -> Result<Option<String>, StoreError> {
        self.one("SELECT filters FROM outputs WHERE id = ?1", [output.as_str()], |row| Ok(row.get(0)?))
    }

    fn count(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize, StoreError> {
        Ok(self.sql.prepare_cached(sql)?.query_row(params, |row| row.get::<_, i64>(0))? as usize)
    }

    pub(super) fn rows<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl Fn(&rusqlite::Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut select = self.sql.prepare_cached(sql)?;
        let mut rows = select.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl Fn(&rusqlite::Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut select = self.sql.prepare_cached(sql)?;
        select.query_row(params, |row| Ok(read(row))).optional()?.transpose()
    }
}
