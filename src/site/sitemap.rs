//! Lists for programs: the sitemap, and the sources as OPML.

use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::publish;
use crate::publish::OpmlSource;
use crate::store::StoreError;
use crate::store::StoryFilter;

use super::months::month_path;
use super::response::Answer;
use super::response::plain;
use super::snapshot::SiteSnapshot;

/// Stories in the sitemap (the protocol's bound is 50,000 addresses).
const SITEMAP_STORIES_MAX: usize = 45_000;

impl SiteSnapshot<'_> {
    pub(super) fn sitemap(&self) -> Result<Answer, StoreError> {
        let mut pages: Vec<(String, Option<Timestamp>)> =
            vec![("/".to_owned(), None), ("/about".to_owned(), None)];
        pages.extend(self.topics.iter().map(|(it, _)| (format!("/topics/{}", it.slug), None)));
        pages.extend(self.config.audiences.iter().map(|it| (format!("/for/{}", it.slug), None)));
        pages.extend(self.months()?.into_iter().map(|it| (month_path(it), None)));
        let newest = self
            .store
            .stories(StoryFilter { state: Some(StoryState::Published), limit: SITEMAP_STORIES_MAX })?;
        pages.extend(newest.into_iter().map(|it| (it.path, Some(it.updated))));
        let pages = pages.iter().map(|(path, at)| (path.as_str(), *at));
        Ok(plain("application/xml", publish::sitemap(&self.config.site.base_url, pages)))
    }

    pub(super) fn opml(&self) -> Result<Answer, StoreError> {
        let listed =
            self.config.sources.iter().filter(|it| it.listed && it.enabled && self.is_shown(&it.id)).map(
                |it| OpmlSource {
                    name: self.credits.name(&it.id),
                    feed_url: it.url.clone(),
                    home: self.credits.home(&it.id),
                    topics: it.topics.clone(),
                },
            );
        let updated = self.sources.iter().map(|it| it.first_seen).max().unwrap_or_default();
        let listed: Vec<OpmlSource> = listed.collect();
        Ok(plain("text/x-opml; charset=utf-8", publish::opml(&self.config.site.title, updated, &listed)))
    }
}
