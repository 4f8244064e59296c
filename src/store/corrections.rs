//! What readers are told of stories that changed after they were published.

use rusqlite::Row;

use crate::domain::EntryId;
use crate::domain::Review;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRow;
use super::session::Reader;
use super::stored;
use super::stored::StoredReview;
use super::stored::or_nothing;

/// A revision that readers saw after another, as corrections name it.
#[derive(Clone, Debug)]
pub struct RevisedRow {
    /// The story.
    pub story: StoryRow,
    /// When readers first saw it.
    pub shown: Timestamp,
    /// Why it was made, or why its words are gone.
    pub why: String,
    /// The person who wrote it.
    pub author: Option<String>,
    /// The person who approved it.
    pub reviewed: Option<Review>,
}

impl RevisedRow {
    /// The columns of the story, then `shown`, why, `author`, `reviewed`.
    pub(super) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let story = StoryRow::of(row)?;
        let reviewed = stored::optional::<StoredReview>(row, "reviewed")?;
        Ok(Self {
            reviewed: or_nothing(reviewed, &format_args!("a revision of story `{}`", story.key)),
            story,
            shown: row.get("shown")?,
            why: row.get("why")?,
            author: row.get("author")?,
        })
    }
}

impl Reader<'_> {
    /// Revisions that readers saw after a story's first one, latest first.
    pub fn revised(&self, limit: usize) -> Result<Vec<RevisedRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, r.shown, coalesce(r.removed, r.why) AS why, r.author, r.reviewed
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

    /// What became of the articles of published stories after they appeared, newest first: when we
    /// learned it, of which story, and of which of its entries. A correction counts where it came
    /// after publication.
    pub fn noticed(&self, limit: usize) -> Result<Vec<(Timestamp, StoryRow, EntryId)>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, e.noticed, e.id AS entry FROM entries e CROSS JOIN stories s ON s.id = e.story
                 WHERE e.article_status IS NOT NULL AND +s.state = 'published'
                     AND (e.article_status <> 'corrected' OR s.first_published < e.noticed)
                 ORDER BY e.noticed DESC, e.id LIMIT ?1",
                StoryRow::COLUMNS
            ),
            [limit as i64],
            |row| Ok((row.get("noticed")?, StoryRow::of(row)?, row.get("entry")?)),
        )
    }
}
