//! Which stories stand in which output, in the order they entered.

use rusqlite::params;

use crate::domain::OutputId;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::parsed;
use super::session::Reader;
use super::session::Writer;

/// A story that enters an output.
#[derive(Clone, Copy, Debug)]
pub struct OutputEntry {
    /// Its row.
    pub story: StoryRowId,
    /// Its score at entry.
    pub score: f64,
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

/// What is remembered of a published output.
#[derive(Clone, Debug)]
pub struct OutputRow {
    /// Its stable name.
    pub id: String,
    /// Stories that stand in it, archive included.
    pub stories: u64,
    /// When its documents last changed.
    pub published_at: Option<Timestamp>,
    /// Whether the last documents passed their check.
    pub is_valid: bool,
    /// Which document did not, and why.
    pub reason: Option<String>,
    /// Items that did not and are left out: each its id and why.
    pub omitted: Vec<String>,
}

impl Reader<'_> {
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
            |row| Ok((row.get::<_, i64>("seq")? as u64, row.get("entered")?, StoryRow::of(row)?)),
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
            |row| Ok((row.get::<_, i64>("seq")? as u64, row.get("entered")?, StoryRow::of(row)?)),
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
                    story: row.get("story")?,
                    entered: row.get("entered")?,
                    source: parsed(row.get("source")?, "source id")?,
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
            |row| Ok((row.get::<_, i64>("seq")? as u64, row.get("entered")?)),
        )
    }

    /// The last position given in an output; 0 when none was. Positions of a digest are
    /// not given again, even where its stories have left.
    pub fn output_length(&self, output: &str) -> Result<u64, StoreError> {
        Ok(self.value::<i64>(
            "SELECT max(coalesce((SELECT max(seq) FROM output_items WHERE output = ?1), 0),
                        coalesce((SELECT max(last_seq) FROM digests WHERE output = ?1), 0))",
            [output],
        )? as u64)
    }

    /// The first position after one, and when the first of those from there on entered: later
    /// than others where it was entered by a clock that was ahead.
    pub fn output_after(&self, output: &OutputId, seq: u64) -> Result<Option<(u64, Timestamp)>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT min(seq) AS seq, min(entered) AS entered FROM output_items
             WHERE output = ?1 AND ?2 < seq",
        )?;
        let (first, entered): (Option<i64>, Option<Timestamp>) = select
            .query_row(params![output.as_str(), seq as i64], |row| {
                Ok((row.get("seq")?, row.get("entered")?))
            })?;
        Ok(first.zip(entered).map(|(first, entered)| (first as u64, entered)))
    }

    /// The last position from one on whose story entered before a moment.
    pub fn output_before(
        &self,
        output: &OutputId,
        from: u64,
        moment: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let last: Option<i64> = self.value(
            "SELECT max(seq) FROM output_items WHERE output = ?1 AND ?2 <= seq AND entered < ?3",
            params![output.as_str(), from as i64, moment.millis()],
        )?;
        Ok(last.map(|it| it as u64))
    }

    /// Outputs as last published.
    pub fn outputs(&self) -> Result<Vec<OutputRow>, StoreError> {
        self.rows(
            "SELECT o.id, (SELECT count(*) FROM output_items i JOIN stories s ON s.id = i.story
                           WHERE i.output = o.id AND s.state = 'published') AS stories, o.published_at, o.is_valid,
                    o.reason, o.omitted
             FROM outputs o ORDER BY o.id",
            [],
            |row| {
                Ok(OutputRow {
                    id: row.get("id")?,
                    stories: row.get::<_, i64>("stories")? as u64,
                    published_at: row.get("published_at")?,
                    is_valid: row.get("is_valid")?,
                    reason: row.get("reason")?,
                    omitted: row.get::<_, String>("omitted")?.lines().map(str::to_owned).collect(),
                })
            },
        )
    }

    /// When the documents of an output last changed.
    pub fn output_published_at(&self, output: &OutputId) -> Result<Option<Timestamp>, StoreError> {
        let at = self.find_value("SELECT published_at FROM outputs WHERE id = ?1", [output.as_str()])?;
        Ok(at.flatten())
    }

    /// Scores of stories, fixed when they entered their first output.
    pub fn scores(&self) -> Result<Vec<(StoryRowId, f64)>, StoreError> {
        self.rows("SELECT story, max(score) AS score FROM output_items GROUP BY story", [], |row| {
            Ok((row.get("story")?, row.get("score")?))
        })
    }

    /// Filters under which an output's items entered.
    pub fn output_filters(&self, output: &OutputId) -> Result<Option<String>, StoreError> {
        self.find_value("SELECT filters FROM outputs WHERE id = ?1", [output.as_str()])
    }
}

impl Writer<'_> {
    /// Appends stories to an output in the order given; one that stands in it already stays where it is.
    pub fn add_to_output(
        &self,
        output: &str,
        stories: &[OutputEntry],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut last = self.reader().output_length(output)? as i64;
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO output_items (output, seq, story, entered, score) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (output, story) DO NOTHING",
        )?;
        for entry in stories {
            last +=
                insert.execute(params![output, last + 1, entry.story.0, now.millis(), entry.score])? as i64;
        }
        Ok(())
    }

    /// Takes stories out of an output whose filters changed.
    pub fn remove_from_output(&self, output: &str, stories: &[StoryRowId]) -> Result<(), StoreError> {
        for story in stories {
            self.sql
                .prepare_cached("DELETE FROM output_items WHERE output = ?1 AND story = ?2")?
                .execute(params![output, story.0])?;
        }
        Ok(())
    }

    /// Remembers under which filters an output's items entered.
    pub fn record_filters(&self, output: &str, filters: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO outputs (id, filters) VALUES (?1, ?2)
                 ON CONFLICT (id) DO UPDATE SET filters = excluded.filters",
            )?
            .execute([output, filters])?;
        Ok(())
    }

    /// Remembers what was published of an output, which document fails its check, and which items do, a
    /// line for each; the time moves only when the documents changed.
    pub fn record_published(
        &self,
        output: &str,
        documents: &str,
        (invalid, omitted): (Option<&str>, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE outputs SET documents = ?2, is_valid = ?3 IS NULL, reason = ?3, omitted = ?5,
                     published_at = CASE WHEN documents IS ?2 THEN published_at ELSE ?4 END
                 WHERE id = ?1 AND (documents IS NOT ?2 OR reason IS NOT ?3 OR omitted <> ?5)",
            )?
            .execute(params![output, documents, invalid, now.millis(), omitted])?;
        Ok(())
    }

    /// Removes the order in which items entered an output that is no longer configured.
    pub fn forget_output(&self, output: &str) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM output_items WHERE output = ?1")?.execute([output])?;
        for table in ["digests", "digest_stories", "edition_notes", "edition_choices"] {
            self.sql.execute(&format!("DELETE FROM {table} WHERE output = ?1"), [output])?;
        }
        self.sql.prepare_cached("DELETE FROM outputs WHERE id = ?1")?.execute([output])?;
        Ok(())
    }
}
