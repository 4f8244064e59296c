//! The `head` of a page, and the feeds it announces.

use super::json_ld::ScriptJson;
use super::site_view::SiteView;
use crate::publish::asset;
use crate::publish::channel::FeedUrl;
use crate::publish::channel::Format;
use crate::publish::link;
use url::Url;

#[derive(Clone)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) og_title: String,
    pub(super) description: String,
    pub(super) canonical: String,
    pub(super) og_type: &'static str,
    pub(super) is_indexed: bool,
    pub(super) feeds: Vec<FeedLink>,
    pub(super) style: String,
    pub(super) favicon: String,
    pub(super) json_ld: Option<ScriptJson>,
}

impl SiteView {
    pub(super) fn head(&self, path: &str, title: Option<&str>, description: String) -> Head {
        Head {
            title: title.map_or_else(|| self.title.clone(), |it| format!("{it} · {}", self.title)),
            og_title: title.unwrap_or(&self.title).to_owned(),
            description,
            canonical: link::absolute(&self.base_url, path),
            og_type: "website",
            is_indexed: true,
            feeds: feeds(self, "/feeds/all"),
            style: self.href(asset::STYLE_PATH),
            favicon: self.href(asset::FAVICON_PATH),
            json_ld: None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct FeedLink {
    pub(super) media_type: &'static str,
    pub(super) format: &'static str,
    pub(super) title: String,
    pub(super) href: String,
}

/// One link for each format of the feed whose path, without format, is `stem`.
pub(super) fn feeds(site: &SiteView, stem: &str) -> Vec<FeedLink> {
    let Ok(url) = Url::parse(&link::absolute(&site.base_url, stem)) else { return vec![] };
    let feed = FeedUrl(url);
    Format::ALL
        .iter()
        .map(|it| FeedLink {
            media_type: it.media_type(),
            format: it.name(),
            title: format!("{} ({})", site.title, it.name()),
            href: feed.of(*it),
        })
        .collect()
}
