//! Lists for programs: the sitemap, and the sources as OPML.

use crate::domain::Timestamp;
use crate::publish;
use crate::publish::OpmlSource;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::response::Answer;
use super::response::plain;
use super::snapshot::SiteSnapshot;

/// Stories in one sitemap: the protocol's bound is 50,000 addresses, some of which are other pages.
const SITEMAP_STORIES: usize = 45_000;

/// A page, and when it last changed.
type DatedPath = (String, Option<Timestamp>);

impl SiteSnapshot<'_> {
    /// All pages; of more than one sitemap holds, the index of the sitemaps.
    pub(super) fn sitemap(&self) -> Result<Answer, StoreError> {
        let count = self.sitemaps()?;
        if count == 1 {
            return self.sitemap_part(1);
        }
        let parts: Vec<DatedPath> = (1..=count).map(|n| (format!("/sitemap-{n}.xml"), None)).collect();
        let parts = parts.iter().map(|(path, at)| (path.as_str(), *at));
        Ok(plain("application/xml", publish::sitemap_index(&self.config.site.base_url, parts)))
    }

    /// One of several sitemaps, as `/sitemap.xml` names them.
    pub(super) fn numbered_sitemap(&self, name: &str) -> Result<Option<Answer>, StoreError> {
        let number = name.strip_prefix("sitemap-").and_then(|it| it.strip_suffix(".xml"));
        let Some(number) = number.and_then(|it| it.parse().ok().filter(|n: &usize| n.to_string() == it))
        else {
            return Ok(None);
        };
        let count = self.sitemaps()?;
        if count == 1 || !(1..=count).contains(&number) {
            return Ok(None);
        }
        self.sitemap_part(number).map(Some)
    }

    /// The paths of all sitemaps.
    pub(super) fn sitemap_paths(&self) -> Result<Vec<String>, StoreError> {
        let count = self.sitemaps()?;
        let parts = (1..=count).filter(|_| 1 < count).map(|n| format!("/sitemap-{n}.xml"));
        Ok(std::iter::once("/sitemap.xml".to_owned()).chain(parts).collect())
    }

    fn sitemaps(&self) -> Result<usize, StoreError> {
        let stories =
            self.store.count_between(Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX))?;
        Ok(stories.div_ceil(SITEMAP_STORIES).max(1))
    }

    /// The sitemap with the newest stories, and with all other pages, is the first.
    fn sitemap_part(&self, number: usize) -> Result<Answer, StoreError> {
        let mut pages: Vec<DatedPath> = if number == 1 { self.lists()? } else { Vec::new() };
        let all = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        let skip = (number - 1) * SITEMAP_STORIES;
        let stories = self.store.stories_between_from(all.0, all.1, skip, SITEMAP_STORIES)?;
        pages.extend(stories.into_iter().map(|it| (it.path, Some(it.updated))));
        let pages = pages.iter().map(|(path, at)| (path.as_str(), *at));
        Ok(plain("application/xml", publish::sitemap(&self.config.site.base_url, pages)))
    }

    /// All pages but those of stories. A list changed when its newest story entered.
    fn lists(&self) -> Result<Vec<DatedPath>, StoreError> {
        let newest = |of: Vec<StoryRow>| of.first().map(|it| it.updated);
        let front = self.store.newest()?;
        let mut pages: Vec<DatedPath> = vec![("/".to_owned(), front), ("/about".to_owned(), None)];
        for folder in ["/topics/", "/for/", "/publishers/", "/archive/", "/feeds/"] {
            pages.push((folder.to_owned(), None));
        }
        for (topic, stories) in &self.topics {
            if 0 < *stories {
                let at = newest(self.store.topic_stories(&topic.slug, 1)?);
                pages.push((format!("/topics/{}", topic.slug), at));
            }
        }
        for it in &self.config.audiences {
            let at = newest(self.store.audience_stories(&it.slug, None, 1)?);
            pages.push((format!("/for/{}", it.slug), at));
        }
        pages.extend(self.publishers().into_iter().map(|it| (format!("/publishers/{}", it.slug), None)));
        pages.extend(self.months()?.into_iter().map(|it| (it.path(), None)));
        Ok(pages)
    }

    pub(super) fn opensearch(&self) -> Answer {
        let site = &self.config.site;
        let body = publish::opensearch(&site.base_url, &site.title, &site.language);
        plain("application/opensearchdescription+xml", body)
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
