//! Directories: every topic, every publisher, and every feed of ours, which is an OPML list too.

use url::Url;

use crate::publish;
use crate::publish::OpmlSource;
use crate::publish::page;
use crate::publish::page::FeedKind;
use crate::publish::page::OwnFeed;
use crate::store::StoreError;

use super::response::Answer;
use super::response::html;
use super::response::plain;
use super::snapshot::SiteSnapshot;

impl SiteSnapshot<'_> {
    pub(super) fn feed_list(&self, page: &str) -> Option<Answer> {
        let feeds = self.own_feeds();
        let page = page_of(page, feeds.len(), page::FEEDS_PAGE)?;
        Some(html(page::feed_list(&self.site, &feeds, page)))
    }

    pub(super) fn topic_list(&self, page: &str) -> Option<Answer> {
        let page = page_of(page, self.site.topics.len(), page::DIRECTORY_PAGE)?;
        Some(html(page::topics(&self.site, page)))
    }

    pub(super) fn publisher_list(&self, page: &str) -> Result<Option<Answer>, StoreError> {
        let publishers = self.publishers_by_name();
        let Some(page) = page_of(page, publishers.len(), page::DIRECTORY_PAGE) else { return Ok(None) };
        let (publishers, is_last) = page::directory_places(&publishers, page);
        let sections =
            publishers.iter().map(|it| self.publisher_section(it)).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(html(page::publishers(&self.site, &sections, page, is_last))))
    }

    /// The paths of all pages of lists of topics, publishers and feeds.
    pub(super) fn directory_paths(&self) -> Vec<String> {
        let lists = [
            ("/topics/", self.site.topics.len(), page::DIRECTORY_PAGE),
            ("/publishers/", self.publishers().len(), page::DIRECTORY_PAGE),
            ("/feeds/", self.own_feeds().len(), page::FEEDS_PAGE),
        ];
        let pages = lists.into_iter().flat_map(|(root, places, size)| {
            (1..=places.div_ceil(size).max(1)).map(move |page| page::directory_path(root, page))
        });
        pages.collect()
    }

    /// The same as OPML 2.0, for a reader that takes all at once.
    pub(super) fn own_opml(&self) -> Answer {
        let base = &self.config.site.base_url;
        let outlines = self.own_feeds().into_iter().filter_map(|it| {
            let folder = match it.kind {
                FeedKind::Outputs => vec![],
                FeedKind::Topics => vec!["Topics".to_owned()],
                FeedKind::Audiences => vec!["Audiences".to_owned()],
                FeedKind::AudienceTopics => vec!["Audiences by topic".to_owned()],
            };
            Some(OpmlSource {
                name: it.name,
                feed_url: Url::parse(&publish::absolute(base, &format!("{}.atom", it.stem))).ok()?,
                home: Some(base.clone()),
                topics: folder,
            })
        });
        let outlines: Vec<OpmlSource> = outlines.collect();
        let updated = self.sources.iter().map(|it| it.first_seen).max().unwrap_or_default();
        plain("text/x-opml; charset=utf-8", publish::opml(&self.config.site.title, updated, &outlines))
    }

    /// Every feed with something in it, and the outputs.
    fn own_feeds(&self) -> Vec<OwnFeed> {
        let feed = |name: String, stem: String, kind| OwnFeed { name, stem, kind };
        let mut feeds: Vec<OwnFeed> = Vec::new();
        for it in &self.config.outputs {
            feeds.push(feed(it.title.clone(), format!("/feeds/{}", it.id), FeedKind::Outputs));
        }
        for it in &self.site.audiences {
            feeds.push(feed(it.name.clone(), format!("/feeds/for/{}", it.slug), FeedKind::Audiences));
        }
        for it in &self.site.topics {
            feeds.push(feed(it.name.clone(), format!("/feeds/topic/{}", it.slug), FeedKind::Topics));
        }
        for audience in &self.config.audiences {
            // Those that an audience is about; the others exist too, and few have a story.
            for it in self.site.topics.iter().filter(|it| audience.topics.contains(&it.slug)) {
                let stem = format!("/feeds/for/{}/topic/{}", audience.slug, it.slug);
                feeds.push(feed(format!("{}, {}", audience.name, it.name), stem, FeedKind::AudienceTopics));
            }
        }
        feeds
    }
}

/// A page number as paths spell it, from 1, where the list has that page.
fn page_of(text: &str, places: usize, size: usize) -> Option<usize> {
    let page = text.parse().ok().filter(|it: &usize| it.to_string() == text)?;
    (1..=places.div_ceil(size).max(1)).contains(&page).then_some(page)
}
