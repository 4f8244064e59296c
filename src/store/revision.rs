//! The revisions of briefings, and which of them readers see.

use rusqlite::Row;
use rusqlite::params;

use crate::domain::Briefing;
use crate::domain::EntryId;
use crate::domain::Record;
use crate::domain::Review;
use crate::domain::Slug;
use crate::domain::Timestamp;

use super::columns::Columns;
use super::columns::columns;
use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::to_json;
use super::session::Reader;
use super::session::Writer;
use super::stored;
use super::stored::List;
use super::stored::StoredBriefing;
use super::stored::StoredRecord;
use super::stored::StoredReview;
use super::stored::Unreadable;
use super::stored::or_nothing;

/// A revision to be appended.
#[derive(Clone, Copy, Debug)]
pub struct NewRevision<'a> {
    /// The story's title in it.
    pub title: &'a str,
    /// The entry that speaks for the story in it.
    pub lead: EntryId,
    /// What it says.
    pub briefing: &'a Briefing,
    /// BCP 47 tag of the story's text.
    pub language: Option<&'a str>,
    /// Digest of all that the engine read.
    pub input_hash: &'a str,
    /// What was dropped and why.
    pub dropped: &'a [String],
    /// Why it is made.
    pub why: &'a str,
    /// How a model took part.
    pub record: Option<&'a Record>,
    /// The person who made it, where one did.
    pub author: Option<&'a str>,
    /// Whether readers see it as soon as it is stored.
    pub is_shown: bool,
}

/// What readers see of a story from now on.
#[derive(Clone, Debug)]
pub struct Current<'a> {
    /// Number of the revision.
    pub n: u32,
    /// The story's title in it.
    pub title: &'a str,
    /// BCP 47 tag of the story's text.
    pub language: Option<&'a str>,
    /// What it says.
    pub briefing: &'a Briefing,
    /// The audiences that it is for.
    pub audiences: &'a [Slug],
    /// Names of its publishers and authors, by which it is found too.
    pub names: Vec<String>,
    /// The entry that speaks for the story.
    pub primary: EntryId,
    /// Whether the story never had a current revision.
    pub is_first: bool,
}

/// One revision of a story's briefing.
#[derive(Clone, Debug)]
pub struct RevisionRow {
    /// Counts from 1.
    pub n: u32,
    /// When it was made.
    pub created: Timestamp,
    /// The story's title in it.
    pub title: String,
    /// What it says, and who answers for it.
    pub content: Result<RevisionContent, Unreadable>,
    /// Digest of all that the engine read.
    pub input_hash: String,
    /// What the engine dropped and why.
    pub dropped: Vec<String>,
    /// Whether a person approved it.
    pub is_reviewed: bool,
    /// Why it was made.
    pub why: String,
    /// Why its words are gone, where they are.
    pub removed: Option<String>,
    /// The person who made it, where one did.
    pub author: Option<String>,
    /// When readers first saw it; `None` for a draft.
    pub shown: Option<Timestamp>,
    /// BCP 47 tag of the story's text.
    pub language: Option<String>,
}

columns! {
    RevisionColumns in revisions {
        n, created, title, briefing, input_hash, dropped, reviewed, why, removed, record, author, shown,
        language
    }
}

/// What a revision says, and who answers for it: it can be shown only with all of these.
#[derive(Clone, Debug, Default)]
pub struct RevisionContent {
    /// What it says.
    pub briefing: Briefing,
    /// Who approved it.
    pub reviewed: Option<Review>,
    /// How a model took part.
    pub record: Option<Record>,
}

impl RevisionRow {
    pub(super) const COLUMNS: &'static str = RevisionColumns::LIST;

    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = RevisionColumns::AT;
        let n = row.get(at.n)?;
        let reviewed = stored::optional::<StoredReview>(row, at.reviewed)?;
        let is_reviewed = !matches!(reviewed, Ok(None));
        let briefing = stored::json_at(row, at.briefing)?.unwrap_or_default();
        let briefing = stored::from_json::<StoredBriefing>(briefing);
        let record = stored::optional::<StoredRecord>(row, at.record)?;
        let content = || Ok(RevisionContent { briefing: briefing?, reviewed: reviewed?, record: record? });
        Ok(Self {
            n,
            created: row.get(at.created)?,
            title: row.get(at.title)?,
            content: content(),
            input_hash: row.get(at.input_hash)?,
            dropped: or_nothing(List::DROPPED.read(row, at.dropped)?, &format_args!("revision {n}")),
            is_reviewed,
            why: row.get(at.why)?,
            removed: row.get(at.removed)?,
            author: row.get(at.author)?,
            shown: row.get(at.shown)?,
            language: row.get(at.language)?,
        })
    }
}

impl Reader<'_> {
    /// Whether a person has reviewed or written a revision of a story that still stands.
    pub fn is_in_hand(&self, story: StoryRowId) -> Result<bool, StoreError> {
        self.value(
            "SELECT EXISTS (SELECT 1 FROM revisions
             WHERE story = ?1 AND removed IS NULL AND (reviewed IS NOT NULL OR author IS NOT NULL))",
            [story.0],
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
        Ok(self.find_value("SELECT draft FROM stories WHERE id = ?1", [story.0])?.flatten())
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
}

impl Reader<'_> {
    /// As [`Reader::waiting`], the newest first: those that wait so at a time, after the first `skip`.
    pub fn waiting_newest(
        &self,
        kind: WaitKind,
        now: Timestamp,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM stories s WHERE {} ORDER BY s.published DESC, s.key LIMIT ?3 OFFSET ?2",
                StoryRow::COLUMNS,
                kind.condition()
            ),
            params![now.millis(), skip as i64, limit as i64],
            StoryRow::of,
        )
    }

    /// How many stories wait so at a time.
    pub fn waiting_count(&self, kind: WaitKind, now: Timestamp) -> Result<usize, StoreError> {
        let sql = format!("SELECT count(*) FROM stories s WHERE {}", kind.condition());
        self.count(&sql, [now.millis()])
    }
}

/// How a story waits for an editor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WaitKind {
    /// It can be decided on.
    Open,
    /// It was approved, and is about to go out.
    GoingOut,
    /// It is put off.
    Deferred,
}

impl WaitKind {
    /// What holds of such stories at the time `?1`.
    fn condition(self) -> String {
        let approved = "EXISTS (SELECT 1 FROM approvals a WHERE a.story = s.id)";
        let deferred = "EXISTS (SELECT 1 FROM deferrals d WHERE d.story = s.id AND d.until > ?1)";
        let so = match self {
            Self::Open => format!("NOT {approved} AND NOT {deferred}"),
            Self::GoingOut => format!("{approved} AND ?1 IS NOT NULL"),
            Self::Deferred => format!("{deferred} AND NOT {approved}"),
        };
        format!("(s.state = 'held' OR s.state = 'published' AND s.draft IS NOT NULL) AND {so}")
    }
}

impl Writer<'_> {
    /// Appends a revision and returns its number. Readers see it once it is made the
    /// current one of a published story.
    pub fn append_revision(
        &self,
        story: StoryRowId,
        new: &NewRevision<'_>,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let n: u32 = self
            .reader()
            .value("SELECT coalesce(max(n), 0) + 1 FROM revisions WHERE story = ?1", [story.0])?;
        self.sql
            .prepare_cached(
                "INSERT INTO revisions (story, n, created, title, engine, briefing, input_hash, dropped, why, record,
                     author, language, shown, lead)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                story.0,
                n,
                now.millis(),
                new.title,
                new.briefing.engine.as_str(),
                stored::to_json::<StoredBriefing>(new.briefing),
                new.input_hash,
                to_json(&new.dropped),
                new.why,
                new.record.map(stored::to_json::<StoredRecord>),
                new.author,
                new.language,
                new.is_shown.then_some(now.millis()),
                new.lead.0,
            ])?;
        Ok(n)
    }

    /// Keeps a revision until an editor approves it; readers go on seeing the current one.
    pub fn keep_draft(&self, story: StoryRowId, n: u32) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET draft = ?2, is_stale = 0 WHERE id = ?1")?
            .execute(params![story.0, n])?;
        Ok(())
    }

    /// Makes a revision the current one: what readers see, once the story is published. Whether it is to
    /// be curated again is for the curation to say: an editor's decision makes no source's change undone.
    pub fn make_current(&self, story: StoryRowId, current: &Current<'_>) -> Result<(), StoreError> {
        let Current { n, title, language, briefing, audiences, ref names, primary, is_first } = *current;
        self.note_change();
        self.sql
            .prepare_cached(
                "UPDATE stories SET revision = ?2, title = ?3, language = ?4, primary_entry = ?5, draft = NULL
                 WHERE id = ?1",
            )?
            .execute(params![story.0, n, title, language, primary.0])?;
        if !is_first {
            for sql in
                ["DELETE FROM story_topics WHERE story = ?1", "DELETE FROM story_audiences WHERE story = ?1"]
            {
                self.sql.prepare_cached(sql)?.execute([story.0])?;
            }
        }
        for (position, topic) in (0_i64..).zip(&briefing.topics) {
            self.sql
                .prepare_cached(
                    "INSERT INTO story_topics (story, slug, name, position) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![story.0, topic.slug.as_str(), topic.name, position])?;
        }
        for slug in audiences {
            self.sql
                .prepare_cached(
                    "INSERT INTO story_audiences (story, slug) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )?
                .execute(params![story.0, slug.as_str()])?;
        }
        self.note_words(story, (title, briefing, names), !is_first);
        Ok(())
    }

    /// Notes that readers see the current revision of a published story from now on.
    pub fn note_shown(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE revisions SET shown = ?2 WHERE story = ?1 AND shown IS NULL
                     AND n = (SELECT revision FROM stories WHERE id = ?1 AND state = 'published')",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// Notes who approved a revision.
    pub fn review(&self, story: StoryRowId, n: u32, review: &Review) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached("UPDATE revisions SET reviewed = ?3 WHERE story = ?1 AND n = ?2")?
            .execute(params![story.0, n, stored::to_json::<StoredReview>(review)])?;
        Ok(())
    }
}
