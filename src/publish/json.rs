//! JSON Feed 1.1 (jsonfeed.org/version/1.1).

use serde::Serialize;
use serde_json::Value;

use super::asset;
use super::channel::Channel;
use super::channel::FeedItem;
use super::channel::Format;
use super::data::bylined;
use super::link;
use super::rendered::RenderedItem;
use super::rss::UNKNOWN_MEDIA_TYPE;
use super::valid::media_type;
use super::valid::spelled;
use super::xml::permitted;

/// What `version` says.
pub(super) const VERSION: &str = "https://jsonfeed.org/version/1.1";

/// A subscription or archive document in JSON Feed.
pub fn json(channel: &Channel, items: &[FeedItem]) -> Vec<u8> {
    let feed = FeedObject {
        version: VERSION,
        title: &permitted(&channel.title),
        home_page_url: link::of(&channel.home_url),
        feed_url: channel.url.of(Format::Json),
        description: &permitted(&channel.description),
        next_url: channel.older.as_ref().map(|it| it.of(Format::Json)),
        icon: link::absolute(&channel.base_url, asset::ICON_PATH),
        favicon: link::absolute(&channel.base_url, asset::FAVICON_PATH),
        authors: vec![AuthorObject {
            name: &channel.curator,
            url: channel.contact.as_deref().map(contact_url),
        }],
        language: &channel.language,
        hubs: channel.hubs.iter().map(|it| HubObject { kind: "WebSub", url: it.as_str() }).collect(),
        items: items
            .iter()
            .filter_map(|it| RenderedItem::of(it, channel))
            .map(|it| ItemObject::of(it, channel))
            .collect(),
    };
    let mut bytes = serde_json::to_vec(&feed).expect("strings, numbers and lists are always JSON");
    bytes.push(b'\n');
    bytes
}

fn contact_url(contact: &str) -> String {
    if contact.starts_with("http") || contact.starts_with("mailto:") {
        spelled(contact).into_owned()
    } else {
        format!("mailto:{}", spelled(contact))
    }
}

#[derive(Serialize)]
struct FeedObject<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: String,
    feed_url: String,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    icon: String,
    favicon: String,
    authors: Vec<AuthorObject<'a>>,
    language: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<HubObject<'a>>,
    items: Vec<ItemObject>,
}

#[derive(Serialize)]
struct AuthorObject<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct HubObject<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct ItemObject {
    id: String,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_url: Option<String>,
    title: String,
    content_html: String,
    summary: String,
    date_published: String,
    date_modified: String,
    authors: Vec<Value>,
    tags: Vec<String>,
    language: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Value>,
    #[serde(rename = "_bylined", skip_serializing_if = "Option::is_none")]
    bylined: Option<Value>,
}

impl ItemObject {
    fn of(item: RenderedItem, channel: &Channel) -> Self {
        let story = item.item.as_deref();
        let attachments = story.and_then(|it| it.enclosure.as_ref()).map(|it| {
            let mut value = serde_json::json!({
                "url": link::of(&it.url),
                "mime_type": it.media_type.as_deref().and_then(media_type).unwrap_or(UNKNOWN_MEDIA_TYPE),
            });
            if let Some(bytes) = it.length_bytes {
                value["size_in_bytes"] = bytes.into();
            }
            value
        });
        Self {
            attachments: attachments.into_iter().collect(),
            bylined: story.map(|it| bylined(it, &channel.curator, &channel.about_data_url())),
            id: item.id.into_owned(),
            url: item.url,
            external_url: item.external_url,
            title: item.title.into_owned(),
            content_html: item.html,
            summary: item.summary,
            date_published: item.published.rfc3339(),
            date_modified: item.updated.rfc3339(),
            authors: item.authors.iter().map(|it| serde_json::json!({ "name": permitted(it) })).collect(),
            tags: item.tags,
            language: item.language.unwrap_or_else(|| channel.language.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::config::LinkTo;
    use crate::domain::Item;
    use crate::publish::FeedUrl;
    use crate::publish::atom;
    use crate::publish::rss;

    fn read(channel: &Channel, item: &Item) -> Value {
        serde_json::from_slice(&json(channel, &[FeedItem::from(item)])).expect("JSON")
    }

    #[test]
    fn version_comes_first() {
        let bytes = json(&sample::channel(), &[]);
        assert!(bytes.starts_with(b"{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":"));
    }

    #[test]
    fn the_data_have_every_key_even_when_empty() {
        let feed = read(&sample::channel(), &sample::link_item());
        let data = feed["items"][0]["_bylined"].as_object().expect("an object");
        let keys = [
            "about",
            "attribution",
            "best_for",
            "differs",
            "engine",
            "in_practice",
            "key_insights",
            "key_takeaway",
            "made",
            "principles",
            "publishers",
            "related",
            "reviewed",
            "revision",
            "summary",
        ];
        for key in keys {
            assert!(data.contains_key(key), "{key}");
        }
        assert_eq!(data.len(), keys.len());
        assert_eq!(data["about"], "https://brief.example/about#data");
        assert_eq!(data["reviewed"], Value::Null);
        assert_eq!(data["engine"], "none");
        assert_eq!(data["publishers"][0]["rights"], "link");
        assert_eq!(data["publishers"][0]["feed_url"], Value::Null);
    }

    #[test]
    fn statements_carry_receipts_and_quotes_only_where_they_may_be_shown() {
        let mut story = sample::merged();
        story.briefing.summary[1].receipts[0].is_quote_shown = false;
        let feed = read(&sample::channel(), &story);
        let data = &feed["items"][0]["_bylined"];
        let receipt = &data["summary"][0]["receipts"][0];
        assert_eq!(receipt["start"], 0);
        assert_eq!(receipt["sha256"].as_str().map(str::len), Some(64));
        assert!(receipt["quote"].is_string());
        assert!(data["summary"][1]["receipts"][0].get("quote").is_none());
        assert!(receipt.get("of").is_none());
        story.briefing.summary[0].receipts[0].is_of_abstract = true;
        let feed = read(&sample::channel(), &story);
        assert_eq!(feed["items"][0]["_bylined"]["summary"][0]["receipts"][0]["of"], "abstract");
        assert_eq!(data["key_takeaway"][0]["audience"], "CTO");
        assert_eq!(data["differs"][0]["values"][1]["text"], "as early as January");
    }

    #[test]
    fn a_link_leads_to_the_article_or_to_our_page() {
        let (mut channel, story) = (sample::channel(), sample::merged());
        assert_eq!(read(&channel, &story)["items"][0]["url"], story.primary().url.as_str());
        channel.link = LinkTo::Story;
        channel.base_url = sample::url("https://brief.example/tech/");
        let feed = read(&channel, &story);
        assert_eq!(feed["items"][0]["url"], format!("https://brief.example/tech{}", story.path));
        assert_eq!(feed["items"][0]["external_url"], story.primary().url.as_str());
    }

    #[test]
    fn older_items_are_at_the_next_url() {
        let channel = Channel {
            older: Some(FeedUrl(sample::url("https://brief.example/feeds/all/archive/7"))),
            ..sample::channel()
        };
        let feed = read(&channel, &sample::quoted());
        assert_eq!(feed["next_url"], "https://brief.example/feeds/all/archive/7.json");
    }

    #[test]
    fn every_format_says_the_same() {
        let (channel, story) = (sample::channel(), sample::merged());
        let items = [FeedItem::from(&story)];
        let rss = ::rss::Channel::read_from(rss(&channel, &items).as_slice()).expect("RSS");
        let atom = atom_syndication::Feed::read_from(atom(&channel, &items).as_slice()).expect("Atom");
        let json = &read(&channel, &story)["items"][0];
        let (rss, atom) = (&rss.items()[0], &atom.entries()[0]);
        let html = json["content_html"].as_str();
        assert_eq!(rss.content(), html);
        assert_eq!(atom.content().and_then(|it| it.value()), html);
        assert_eq!(rss.guid().map(|it| it.value()), json["id"].as_str());
        assert_eq!(Some(atom.id()), json["id"].as_str());
        assert_eq!(rss.link(), json["url"].as_str());
        assert_eq!(Some(atom.links()[0].href()), json["url"].as_str());
        assert_eq!(rss.title(), json["title"].as_str());
        assert_eq!(atom.summary().map(|it| it.value.as_str()), json["summary"].as_str());
    }
}
