//! Stories as readers would get them: as a page, as an item of a feed, and in an edition.

use askama::Template;

use crate::config::LinkTo;
use crate::desk::EditionError;
use crate::domain::Item;
use crate::domain::StoryKey;
use crate::domain::Timestamp;
use crate::publish;
use crate::publish::Channel;
use crate::publish::Digest;
use crate::publish::FeedItem;
use crate::publish::FeedUrl;
use crate::publish::page as public;
use crate::publish::page::PublisherPages;
use crate::publish::page::ReceiptContext;
use crate::publish::page::SiteView;
use crate::store::StoreError;

use super::access::Visitor;
use super::page;
use super::page::Shell;
use super::request::AdminRequest;
use super::response::AdminResponse;
use super::site::AdminSite;

/// What an edition may do: its styles are in its elements, and it has nothing else.
const EDITION_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

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
        Ok(match request.parameter("as").as_deref() {
            Some("item") => self.item_page(visitor, &item),
            Some("edition") => self.edition_of(&self.config().site.title, None, &[item]),
            _ => {
                let (pages, context) = (PublisherPages::new(), ReceiptContext::new());
                AdminResponse::html(200, public::story(&self.site_view(), &item, &pages, &context))
            }
        })
    }

    /// The edition of an output as it would go out now.
    pub(super) async fn preview_edition(
        &self,
        request: &AdminRequest,
        visitor: &Visitor,
        output: &str,
    ) -> Result<AdminResponse, StoreError> {
        let Some(output) = self.output_with_editions(output) else {
            return Ok(self.refused(request, visitor, 404, "there is no output with editions of this name"));
        };
        match self.desk().edition_items(&output.id).await {
            Ok((_, items)) if items.is_empty() => {
                Ok(self.refused(request, visitor, 404, "nothing is in the edition yet"))
            }
            Ok((edition, items)) => {
                let note = edition.note.map(|it| (it.text, it.by));
                Ok(self.edition_of(&output.title, note, &items))
            }
            Err(EditionError::Store(error)) => Err(error),
            Err(refused) => Ok(self.refused(request, visitor, 409, &refused.to_string())),
        }
    }

    /// Stories as the page of an edition, which carries its styles in its elements, as mail does.
    fn edition_of(&self, title: &str, note: Option<(String, String)>, items: &[Item]) -> AdminResponse {
        let Some(first) = items.first() else { return AdminResponse::text(404, "there is nothing to show") };
        let now = self.now();
        let digest = Digest {
            id: first.id.clone(),
            title: title.to_owned(),
            path: first.path.clone(),
            published: now,
            updated: now,
            note,
            stories: items.iter().collect(),
        };
        match publish::edition_html(&digest, &self.channel(first.updated)) {
            Some(html) => AdminResponse::html(200, html).with_policy(EDITION_POLICY),
            None => AdminResponse::text(404, "there is nothing to show"),
        }
    }

    fn item_page(&self, visitor: &Visitor, item: &Item) -> AdminResponse {
        let config = self.config();
        let channel = self.channel(item.updated);
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

    /// A feed of the site that a preview stands in.
    fn channel(&self, updated: Timestamp) -> Channel {
        let site = &self.config().site;
        let base = &site.base_url;
        Channel {
            id: base.to_string(),
            title: site.title.clone(),
            description: site.title.clone(),
            home_url: base.clone(),
            base_url: base.clone(),
            url: FeedUrl(base.clone()),
            current: None,
            older: None,
            language: site.language.clone(),
            curator: site.curator.clone(),
            contact: None,
            audience: None,
            link: LinkTo::Original,
            updated,
            ttl_minutes: 0,
            hubs: Vec::new(),
        }
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
