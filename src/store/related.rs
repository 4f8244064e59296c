//! Stories near a story: linked, of one topic cluster, or with topics in common.

use rusqlite::params;

use crate::domain::Relation;
use crate::domain::Slug;
use crate::domain::StoryId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::parsed;
use super::session::Reader;
use super::session::Writer;

/// Stories looked at under one topic when related ones are sought, the newest first.
const SHARING_LOOKED_AT_MAX: usize = 64;

/// Stories shown that one follows, and that follow it.
const FOLLOW_UPS_MAX: usize = 4;

/// Related stories shown with one.
const RELATED_MAX: i64 = 4;

/// A published story that another is linked to.
#[derive(Clone, Debug)]
pub struct RelatedRow {
    /// Its id.
    pub id: StoryId,
    /// Its title.
    pub title: String,
    /// The path of its permalink.
    pub path: String,
    /// Its publication date.
    pub published: Timestamp,
    /// How it is related.
    pub relation: Relation,
}

impl Reader<'_> {
    /// Stories that a story is linked to: those that it follows, those that follow it, then related
    /// ones, nearest first, the later ones among them that were linked to it when they appeared.
    pub fn related(&self, story: &StoryRow) -> Result<Vec<RelatedRow>, StoreError> {
        let mut found = self.follow_ups(story, Relation::Follows, FOLLOW_UPS_MAX)?;
        found.extend(self.follow_ups(story, Relation::FollowedBy, FOLLOW_UPS_MAX)?);
        // A story merged away since then is shown as the one it became part of, once:
        // the other columns are those of the row with the least rank.
        let linked = self.rows(
            "SELECT t.tag, t.title, t.path, t.published, min(r.rank) AS nearest
             FROM (SELECT other AS id, rank FROM related WHERE story = ?1
                   UNION ALL SELECT story, rank FROM related WHERE other = ?1) r
                 JOIN stories s ON s.id = r.id JOIN stories t ON t.id = coalesce(s.merged_into, s.id)
             WHERE t.state = 'published' AND t.id <> ?1
             GROUP BY t.id ORDER BY nearest, t.published DESC, t.key LIMIT ?2",
            [story.id.0, RELATED_MAX],
            |row| {
                Ok(RelatedRow {
                    id: StoryId::stored(row.get("tag")?),
                    title: row.get("title")?,
                    path: row.get("path")?,
                    published: row.get("published")?,
                    relation: Relation::Related,
                })
            },
        )?;
        for it in linked {
            if found.iter().all(|known| known.id != it.id) {
                found.push(it);
            }
        }
        Ok(found)
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
            "SELECT s.id, group_concat(mine.slug, ' ') AS slugs FROM story_topics mine
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
                let slugs: String = row.get("slugs")?;
                let slugs = slugs.split(' ').map(|it| parsed(it.to_owned(), "topic"));
                Ok((row.get("id")?, slugs.collect::<Result<_, _>>()?))
            },
        )
    }

    /// How many stories were begun, those included that were merged or never shown.
    pub fn stories_begun(&self) -> Result<usize, StoreError> {
        let last: i64 = self.value("SELECT coalesce(max(id), 0) FROM stories", [])?;
        Ok(usize::try_from(last).unwrap_or(0))
    }

    /// How many published stories have a topic.
    pub fn with_topic(&self, slug: &Slug) -> Result<usize, StoreError> {
        let count: Option<i64> =
            self.find_value("SELECT stories FROM topic_counts WHERE slug = ?1", [slug.as_str()])?;
        Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(0))
    }

    /// The topic cluster that a story stands in, named by the story that began it; `None` for no story.
    pub fn topic_cluster(&self, story: StoryRowId) -> Result<Option<StoryRowId>, StoreError> {
        self.find_value("SELECT coalesce(topic_cluster, id) FROM stories WHERE id = ?1", [story.0])
    }

    /// Published stories of a story's topic cluster that are not newer than it, newest first.
    pub fn sharing_topic_cluster(
        &self,
        story: &StoryRow,
        limit: usize,
    ) -> Result<Vec<StoryRowId>, StoreError> {
        const OPEN: &str = "s.id <> ?2 AND s.state = 'published' AND (s.published, s.key) < (?3, ?4)
             ORDER BY s.published DESC, s.key DESC LIMIT ?5";
        let sharing = |which: &str, topic_cluster: i64| {
            self.rows(
                &format!("SELECT s.id, s.published, s.key FROM stories s WHERE {which} AND {OPEN}"),
                params![
                    topic_cluster,
                    story.id.0,
                    story.published.millis(),
                    story.key.as_str(),
                    limit as i64
                ],
                |row| {
                    Ok((row.get::<_, Timestamp>("published")?, row.get::<_, String>("key")?, row.get("id")?))
                },
            )
        };
        let Some(topic_cluster) = self.topic_cluster(story.id)? else {
            return Ok(Vec::new());
        };
        let mut found = sharing("s.topic_cluster = ?1", topic_cluster.0)?;
        if topic_cluster != story.id {
            // The story that began the topic cluster stands beside those that name it.
            found.extend(sharing("s.id = ?1 AND s.topic_cluster IS NULL", topic_cluster.0)?);
            found.sort_by(|a, b| b.cmp(a));
            found.truncate(limit);
        }
        Ok(found.into_iter().map(|it| it.2).collect())
    }
}

impl Writer<'_> {
    /// Links a story to others of the same subject, nearest first.
    pub fn relate(&self, story: StoryRowId, others: &[StoryRowId]) -> Result<(), StoreError> {
        for (rank, other) in others.iter().enumerate() {
            self.sql
                .prepare_cached("INSERT INTO related (story, other, rank) VALUES (?1, ?2, ?3)")?
                .execute([story.0, other.0, rank as i64])?;
        }
        Ok(())
    }

    /// Puts a story into a topic cluster of related ones.
    pub fn set_topic_cluster(&self, story: StoryRowId, topic_cluster: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET topic_cluster = nullif(?2, id) WHERE id = ?1")?
            .execute([story.0, topic_cluster.0])?;
        Ok(())
    }

    /// Two topic clusters are one.
    pub fn merge_topic_clusters(&self, from: StoryRowId, into: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET topic_cluster = nullif(?2, id) WHERE topic_cluster = ?1 OR id = ?1",
            )?
            .execute([from.0, into.0])?;
        Ok(())
    }
}
