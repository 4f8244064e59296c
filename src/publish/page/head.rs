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
    /// The picture that previews show.
    pub(super) og_image: String,
    pub(super) is_indexed: bool,
    /// Whether the masthead has a search form: a page with one of its own needs no second.
    pub(super) has_search: bool,
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
            og_image: link::absolute(&self.base_url, asset::ICON_PATH),
            is_indexed: true,
            has_search: true,
            feeds: feeds(self, "/feeds/all", &self.title),
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

impl Head {
    /// Announces these feeds before that of the whole site.
    pub(super) fn announcing(mut self, own: &[FeedLink]) -> Self {
        self.feeds.splice(0..0, own.iter().cloned());
        self
    }
}

/// One link for each format of the feed named `name` whose path, without format, is `stem`.
pub(super) fn feeds(site: &SiteView, stem: &str, name: &str) -> Vec<FeedLink> {
    let Ok(url) = Url::parse(&link::absolute(&site.base_url, stem)) else { return vec![] };
    let feed = FeedUrl(url);
    let title = if name == site.title { name.to_owned() } else { format!("{name} · {}", site.title) };
    Format::ALL
        .iter()
        .map(|it| FeedLink {
            media_type: it.media_type(),
            format: it.name(),
            title: format!("{title} ({})", it.name()),
            href: feed.of(*it),
        })
        .collect()
}
