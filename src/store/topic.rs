//! Published stories by topic and audience.

use rusqlite::Row;
use rusqlite::params;

use crate::domain::Slug;
use crate::domain::Topic;

use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::parsed;
use super::row::to_json;
use super::session::Reader;

impl Reader<'_> {
    /// Topics of a story's current revision, in its order.
    pub fn topics(&self, story: StoryRowId) -> Result<Vec<Topic>, StoreError> {
        self.rows("SELECT slug, name FROM story_topics WHERE story = ?1 ORDER BY position", [story.0], topic)
    }

    /// Topics with at least so many published stories, and these whatever they have, with that number.
    pub fn topic_counts(&self, least: u64, always: &[&Slug]) -> Result<Vec<(Topic, u64)>, StoreError> {
        self.rows(
            "SELECT slug, name, stories FROM topic_counts WHERE ?1 <= stories
             UNION SELECT slug, name, stories FROM topic_counts WHERE slug IN (SELECT value FROM json_each(?2))
             ORDER BY slug",
            params![least as i64, to_json(&always.iter().map(|it| it.as_str()).collect::<Vec<_>>())],
            |row| Ok((topic(row)?, row.get::<_, i64>("stories")?.unsigned_abs())),
        )
    }

    /// Published stories with a topic, in reverse order of entry into output `all`.
    pub fn topic_stories(&self, topic: &Slug, limit: usize) -> Result<Vec<StoryRow>, StoreError> {
        self.topic_stories_from(topic, 0, limit)
    }

    /// The same without the newest `skip`.
    pub fn topic_stories_from(
        &self,
        topic: &Slug,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM story_topics t JOIN stories s ON s.id = t.story
                     JOIN output_items i ON i.story = s.id AND i.output = 'all'
                 WHERE t.slug = ?1 AND s.state = 'published' ORDER BY i.seq DESC LIMIT ?2 OFFSET ?3",
                StoryRow::COLUMNS
            ),
            params![topic.as_str(), limit as i64, skip as i64],
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
        self.audience_stories_from(audience, topic, 0, limit)
    }

    /// The same without the newest `skip`.
    pub fn audience_stories_from(
        &self,
        audience: &Slug,
        topic: Option<&Slug>,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM story_audiences a JOIN stories s ON s.id = a.story
                     JOIN output_items i ON i.story = s.id AND i.output = 'all'
                 WHERE a.slug = ?1 AND s.state = 'published'
                     AND (?2 IS NULL OR EXISTS (SELECT 1 FROM story_topics t WHERE t.story = s.id AND t.slug = ?2))
                 ORDER BY i.seq DESC LIMIT ?3 OFFSET ?4",
                StoryRow::COLUMNS
            ),
            params![audience.as_str(), topic.map(Slug::as_str), limit as i64, skip as i64],
            StoryRow::of,
        )
    }

    /// Published stories for an audience.
    pub fn audience_count(&self, audience: &Slug) -> Result<usize, StoreError> {
        let stories: Option<i64> =
            self.find_value("SELECT stories FROM audience_counts WHERE slug = ?1", [audience.as_str()])?;
        Ok(stories.map_or(0, |it| usize::try_from(it).unwrap_or_default()))
    }
}

/// A topic as stored beside its story.
pub(super) fn topic(row: &Row<'_>) -> Result<Topic, StoreError> {
    Ok(Topic { slug: parsed(row.get("slug")?, "topic")?, name: row.get("name")? })
}
