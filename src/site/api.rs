//! The JSON API below `/api/v1/`.

use std::sync::Arc;

use serde_json::json;

use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::publish;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::api_query::Cursor;
use super::api_query::StoriesQuery;
use super::api_query::values;
use super::listing;
use super::openapi;
use super::response::Answer;
use super::response::JSON;
use super::response::failure;
use super::response::fresh;
use super::response::plain;
use super::response::to_json;
use super::snapshot::SiteSnapshot;

impl SiteSnapshot<'_> {
    pub(super) fn api(&self, rest: &[&str], query: Option<&str>) -> Result<Option<Answer>, StoreError> {
        if rest == ["stories"] {
            return Ok(Some(match StoriesQuery::parse(query) {
                Ok(page) => plain(JSON, to_json(&self.api_page(&page)?)),
                Err(words) => refused(&words),
            }));
        }
        let answer = self.api_document(rest)?;
        Ok(match values(query, []) {
            Err(words) if answer.is_some() => Some(refused(&words)),
            _ => answer,
        })
    }

    /// What is at an address that takes no parameters.
    fn api_document(&self, rest: &[&str]) -> Result<Option<Answer>, StoreError> {
        let value = match rest {
            ["stories", id] => return self.api_story(id, "", |row| Ok(self.api_stories(&[row])?.pop())),
            ["stories", id, "history"] => {
                return self.api_story(id, "/history", |row| self.api_history(&row));
            }
            ["sources"] => return Ok(Some(fresh(&self.api_sources()?))),
            ["status"] => return Ok(Some(fresh(&self.api_status()?))),
            ["openapi.json"] => openapi::document(&self.config.site.title, &self.config.site.base_url),
            _ => return Ok(None),
        };
        Ok(Some(plain(JSON, to_json(&value))))
    }

    /// One page of the published stories, the newest first, and where the next one is.
    fn api_page(&self, page: &StoriesQuery) -> Result<serde_json::Value, StoreError> {
        let before = page.cursor.map(|it| (it.first_published, it.story));
        // One more says whether there is another page.
        let mut rows = self.store.published_before(before, page.limit + 1)?;
        let has_next = page.limit < rows.len();
        rows.truncate(page.limit);
        let cursor = rows.last().filter(|_| has_next).and_then(Cursor::after);
        let next = cursor.map(|it| publish::absolute(&self.config.site.base_url, &page.next(it)));
        Ok(json!({ "stories": self.api_stories(&rows)?, "next": next }))
    }

    /// What `show` makes of a published story; one of no more is moved or gone.
    fn api_story(
        &self,
        id: &str,
        end: &str,
        show: impl FnOnce(StoryRow) -> Result<Option<serde_json::Value>, StoreError>,
    ) -> Result<Option<Answer>, StoreError> {
        let Some(row) = self.story_row(id)? else { return Ok(None) };
        let words = match self.withdrawal(&row)? {
            Some(it) => format!("this story was withdrawn. {}", it.sentence()),
            None => "this story was withdrawn".to_owned(),
        };
        let gone = || Some(Answer::Gone(Arc::new(failure(&words))));
        match row.state {
            // Key and tag are both its names; what only ends like its tag is not.
            StoryState::Published if id != row.key.as_str() && id != row.tag.as_str() => Ok(None),
            StoryState::Published => Ok(show(row)?.map_or_else(gone, |it| Some(plain(JSON, to_json(&it))))),
            StoryState::Merged => {
                let survivor = row.merged_into.map(|it| self.store.story_at(it)).transpose()?.flatten();
                Ok(survivor.map(|it| moved_in_api(&it, end)))
            }
            StoryState::Withdrawn | StoryState::Rejected if row.first_published.is_some() => Ok(gone()),
            _ => Ok(None),
        }
    }

    /// What a story said, newest revision first.
    fn api_history(&self, story: &StoryRow) -> Result<Option<serde_json::Value>, StoreError> {
        let Some(revisions) = self.revisions(story)? else { return Ok(None) };
        let site = &self.config.site;
        let mut acts: Vec<serde_json::Value> = Vec::new();
        for it in self.store.audit_events(story.id)? {
            // What stays between editors is none of readers' affair.
            if self.deed(&it)?.is_some() {
                acts.push(json!({
                    "at": it.at.rfc3339(), "by": it.by, "act": it.act, "revision": it.revision, "reason": it.why,
                }));
            }
        }
        let revisions = revisions.iter().map(|it| {
            json!({
                "revision": it.number,
                "made": it.at.rfc3339(),
                "by": it.by,
                "reason": it.reason,
                "title": it.item.as_ref().map(|it| &it.title),
                "_bylined": it.item.as_ref().map(|it| publish::bylined_json(it, &site.curator, &site.base_url)),
            })
        });
        Ok(Some(json!({
            "id": story.tag.as_str(),
            "url": publish::absolute(&site.base_url, &story.path),
            "revisions": revisions.collect::<Vec<_>>(),
            "acts": acts,
        })))
    }

    /// As `source list --json`, without what would give away an unlisted feed's address.
    fn api_sources(&self) -> Result<serde_json::Value, StoreError> {
        let mut sources = listing::sources(self.store, self.config)?;
        let shown: Vec<&crate::config::Source> =
            self.config.sources.iter().filter(|it| self.is_shown(&it.id)).collect();
        sources.retain(|it| shown.iter().any(|shown| shown.id.as_str() == it.id));
        for (listed, _) in sources.iter_mut().zip(shown).filter(|(_, it)| !it.listed) {
            (listed.moved_to, listed.moving_to, listed.names_feed) = (None, None, None);
            listed.reason = listed.reason.as_ref().and_then(|it| it.split(':').next()).map(str::to_owned);
            listed.warnings = Vec::new();
            listed.push = None;
        }
        Ok(json!(sources))
    }

    /// As `status --json`, without what is due, which only a clock knows, and
    /// without the unhealthy, who stand among the sources, and the hooks, which are nobody's affair.
    fn api_status(&self) -> Result<serde_json::Value, StoreError> {
        let mut status = json!(listing::status(self.store, self.config, Timestamp::default())?);
        let remove = |of: Option<&mut serde_json::Value>, key| {
            of.and_then(serde_json::Value::as_object_mut).map(|it| it.remove(key));
        };
        remove(Some(&mut status), "unhealthy");
        remove(Some(&mut status), "noted");
        remove(Some(&mut status), "hooks");
        remove(Some(&mut status), "hub");
        remove(status.get_mut("sources"), "due");
        Ok(status)
    }

    pub(super) fn api_stories(&self, rows: &[StoryRow]) -> Result<Vec<serde_json::Value>, StoreError> {
        let items = self.items(rows)?;
        let mut stories = Vec::with_capacity(items.len());
        for item in &items {
            let Some(row) = rows.iter().find(|it| it.key == item.key) else { continue };
            let mut story = json!(listing::story(self.store, self.config, &self.credits, row)?);
            story["updated"] = json!(item.updated.rfc3339());
            story["_bylined"] =
                publish::bylined_json(item, &self.config.site.curator, &self.config.site.base_url);
            stories.push(story);
        }
        Ok(stories)
    }
}

fn refused(words: &str) -> Answer {
    Answer::Refused(Arc::new(failure(words)))
}

fn moved_in_api(story: &StoryRow, end: &str) -> Answer {
    Answer::Moved(format!("/api/v1/stories/{}{end}", story.key))
}
