//! Every feed of ours, as a page and as OPML.

use url::Url;

use crate::publish;
use crate::publish::OpmlSource;
use crate::publish::page;
use crate::publish::page::FeedKind;
use crate::publish::page::OwnFeed;

use super::response::Answer;
use super::response::html;
use super::response::plain;
use super::snapshot::SiteSnapshot;

impl SiteSnapshot<'_> {
    pub(super) fn feed_list(&self) -> Answer {
        html(page::feed_list(&self.site, &self.own_feeds()))
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
