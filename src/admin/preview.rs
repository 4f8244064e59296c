//! A story as readers would get it: as a page, and as an item of a feed.

use askama::Template;

use crate::config::LinkTo;
use crate::domain::Item;
use crate::domain::StoryKey;
use crate::publish;
use crate::publish::Channel;
use crate::publish::FeedItem;
use crate::publish::FeedUrl;
use crate::publish::page as public;
use crate::publish::page::PublisherPages;
use crate::publish::page::SiteView;
use crate::store::StoreError;

use super::access::Visitor;
use super::page;
use super::page::Shell;
use super::request::AdminRequest;
use super::response::AdminResponse;
use super::site::AdminSite;

#[derive(Template)]
#[template(path = "desk/item.html")]
struct ItemPage {
    shell: Shell,
    key: String,
    title: String,
    url: String,
    summary: String,
    authors: String,
    tags: String,
    /// Written by us, with everything foreign in it escaped.
    html: String,
}

impl AdminSite {
    /// What readers would get of a story if it went out as it is now.
    pub(super) async fn preview(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        key: &str,
    ) -> Result<AdminResponse, StoreError> {
        let item = match key.parse::<StoryKey>() {
            Ok(key) => self.desk().preview(&key).await?,
            Err(_) => None,
        };
        let Some(item) = item else {
            return Ok(self.refused(
                request,
                visitor,
                404,
                "there is no such story, or nothing of it may be shown",
            ));
        };
        if request.parameter("as").as_deref() == Some("item") {
            return Ok(self.item_page(visitor, &item));
        }
        Ok(AdminResponse::html(200, public::story(&self.site_view(), &item, &PublisherPages::new())))
    }

    fn item_page(&self, visitor: &Visitor, item: &Item) -> AdminResponse {
        let config = self.config();
        let base = &config.site.base_url;
        let channel = Channel {
            id: item.id.as_str().to_owned(),
            title: config.site.title.clone(),
            description: config.site.title.clone(),
            home_url: base.clone(),
            base_url: base.clone(),
            url: FeedUrl(base.clone()),
            current: None,
            older: None,
            language: config.site.language.clone(),
            curator: config.site.curator.clone(),
            contact: None,
            audience: None,
            link: LinkTo::Original,
            updated: item.updated,
            ttl_minutes: 0,
            hubs: Vec::new(),
        };
        let document = publish::json(&channel, &[FeedItem::Story(item)]);
        let document: serde_json::Value = serde_json::from_slice(&document).unwrap_or_default();
        let fields = &document["items"][0];
        let text = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
        let names = |name: &str, of: &str| {
            let all = fields[name].as_array().into_iter().flatten();
            all.filter_map(|it| it.as_str().or(it[of].as_str())).collect::<Vec<_>>().join(", ")
        };
        let page = ItemPage {
            shell: Shell::new(config, visitor, "As a feed item", "queue"),
            key: item.key.to_string(),
            title: text("title"),
            url: text("url"),
            summary: text("summary"),
            authors: names("authors", "name"),
            tags: names("tags", ""),
            html: text("content_html"),
        };
        page::written(200, &page)
    }

    /// The site around the preview, without the lists of its sections.
    fn site_view(&self) -> SiteView {
        let site = &self.config().site;
        SiteView {
            title: site.title.clone(),
            curator: site.curator.clone(),
            base_url: site.base_url.clone(),
            language: site.language.clone(),
            timezone: site.timezone,
            contact: site.contact.clone(),
            logo: None,
            topics: Vec::new(),
            audiences: Vec::new(),
        }
    }
}
