//! RSS 2.0 (2.0.11, with the Advisory Board's Best Practices Profile).

use super::attribution::publishers;
use super::channel::Channel;
use super::channel::FeedItem;
use super::channel::Format;
use super::content::Escaped;
use super::data::NAMESPACE;
use super::data::write_briefing;
use super::link;
use super::rendered::RenderedItem;
use super::valid::media_type;
use super::valid::spelled;
use super::xml::Xml;

/// What writes our feeds, as they say themselves.
pub(super) const GENERATOR: &str = concat!("bylined ", env!("CARGO_PKG_VERSION"));

/// Of an enclosure that does not say what it is (RFC 9110 §8.3).
pub(super) const UNKNOWN_MEDIA_TYPE: &str = "application/octet-stream";

/// Where RSS 2.0 is described.
const DOCS: &str = "https://www.rssboard.org/rss-specification";

/// A subscription document in RSS 2.0.
pub fn rss(channel: &Channel, items: &[FeedItem]) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.style(&link::absolute(&channel.base_url, super::asset::FEED_STYLE_PATH));
    xml.open(
        "rss",
        &[
            ("version", "2.0"),
            ("xmlns:atom", "http://www.w3.org/2005/Atom"),
            ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
            ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
            ("xmlns:curation", NAMESPACE),
        ],
    );
    xml.open("channel", &[]);
    write_channel(&mut xml, channel);
    for item in items.iter().filter_map(|it| RenderedItem::of(it, channel)) {
        write_item(&mut xml, channel, &item);
    }
    xml.close("channel");
    xml.close("rss");
    xml.into_bytes()
}

fn write_channel(xml: &mut Xml, channel: &Channel) {
    xml.rss_title("title", &channel.title);
    xml.text("link", &[], &link::of(&channel.home_url));
    xml.text("description", &[], &Escaped(&channel.description).to_string());
    xml.text("language", &[], &channel.language);
    let self_url = channel.url.of(Format::Rss);
    xml.empty("atom:link", &[("rel", "self"), ("type", Format::Rss.media_type()), ("href", &self_url)]);
    for hub in &channel.hubs {
        xml.empty("atom:link", &[("rel", "hub"), ("href", &link::of(hub))]);
    }
    match channel.contact.as_deref() {
        Some(url) if url.starts_with("http") => {
            xml.empty("atom:link", &[("rel", "author"), ("href", &spelled(url))]);
        }
        Some(email) => {
            let email = email.trim_start_matches("mailto:");
            xml.text("managingEditor", &[], &format!("{email} ({})", channel.curator));
        }
        None => {}
    }
    xml.text("dc:publisher", &[], &channel.curator);
    xml.text("lastBuildDate", &[], &channel.updated.rfc822());
    xml.text("generator", &[], GENERATOR);
    xml.text("docs", &[], DOCS);
    xml.text("ttl", &[], &channel.ttl_minutes.to_string());
}

fn write_item(xml: &mut Xml, channel: &Channel, item: &RenderedItem) {
    match &item.language {
        Some(language) => xml.open("item", &[("xml:lang", language)]),
        None => xml.open("item", &[]),
    }
    xml.rss_title("title", &item.title);
    xml.text("link", &[], &item.url);
    xml.text("guid", &[("isPermaLink", "false")], &item.id);
    xml.text("pubDate", &[], &item.published.rfc822());
    xml.text("dc:creator", &[], &item.authors.join(", "));
    xml.text("description", &[], &Escaped(&item.summary).to_string());
    xml.text("content:encoded", &[], &item.html);
    for tag in &item.tags {
        xml.text("category", &[], tag);
    }
    for it in &item.links {
        let title = [("rel", it.rel), ("type", "text/html"), ("href", &it.href), ("title", &it.title)];
        xml.empty("atom:link", &title);
    }
    if let Some(story) = item.item.as_deref() {
        let names: Vec<&str> = publishers(story).iter().map(|it| it.name.as_str()).collect();
        xml.text("dc:publisher", &[], &names.join(", "));
        xml.text("source", &[("url", &link::source_of(story.primary()))], &story.primary().name);
        if let Some(it) = &story.enclosure {
            let length = it.length_bytes.unwrap_or(0).to_string();
            let kind = it.media_type.as_deref().and_then(media_type).unwrap_or(UNKNOWN_MEDIA_TYPE);
            xml.empty("enclosure", &[("url", &link::of(&it.url)), ("length", &length), ("type", kind)]);
        }
        write_briefing(xml, story, &channel.curator);
    }
    xml.close("item");
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::domain::Enclosure;
    use crate::domain::Item;

    fn read(item: &Item) -> ::rss::Channel {
        let bytes = rss(&sample::channel(), &[FeedItem::from(item)]);
        ::rss::Channel::read_from(bytes.as_slice()).expect("another reader reads it")
    }

    #[test]
    fn another_reader_finds_everything_that_readers_show() {
        let story = sample::merged();
        let channel = read(&story);
        assert_eq!(channel.title(), "Example Tech Brief");
        assert_eq!(channel.last_build_date(), Some("Fri, 20 Nov 2026 10:40:00 GMT"));
        assert_eq!(channel.ttl(), Some("15"));
        assert_eq!(channel.managing_editor(), Some("desk@brief.example (Example Brief)"));
        let item = &channel.items()[0];
        assert_eq!(item.title(), Some(story.title.as_str()));
        assert_eq!(item.link(), Some("https://harbour.example/news/lumen-vega-licence"));
        let guid = item.guid().expect("a guid");
        assert_eq!((guid.value(), guid.is_permalink()), (story.id.as_str(), false));
        assert_eq!(item.pub_date(), Some("Fri, 20 Nov 2026 10:00:00 GMT"));
        let source = item.source().expect("a source");
        assert_eq!(
            (source.url(), source.title()),
            ("https://harbour.example/feed.xml", Some("Harbour Monitor"))
        );
        let dc = item.dublin_core_ext().expect("Dublin Core");
        assert_eq!(dc.creators(), ["Example Brief, Ines Okafor"]);
        assert_eq!(dc.publishers(), ["Harbour Monitor, Northwind Daily, The Compiler Post"]);
        let categories: Vec<&str> = item.categories().iter().map(|it| it.name()).collect();
        assert_eq!(categories, ["AI", "Cloud", "Licensing"]);
        assert!(item.content().expect("content").contains("<h3>Key takeaway</h3>"));
        let rels: Vec<&str> =
            item.extensions()["atom"]["link"].iter().map(|it| it.attrs()["rel"].as_str()).collect();
        assert_eq!(rels, ["via", "related", "related", "via"]);
    }

    #[test]
    fn an_unlisted_feed_is_named_by_its_home_page() {
        let channel = read(&sample::link_item());
        assert_eq!(channel.items()[0].source().expect("a source").url(), "https://harbour.example/");
        let bytes = rss(&sample::channel(), &[FeedItem::from(&sample::link_item())]);
        assert!(!String::from_utf8_lossy(&bytes).contains("feed.xml"));
    }

    #[test]
    fn a_title_is_text_and_an_enclosure_passes_through() {
        let mut story = sample::quoted();
        story.title = "Why <div> & \u{b}friends".to_owned();
        let url = sample::url("https://compiler.example/talk.mp3");
        story.enclosure =
            Some(Enclosure { url, media_type: Some("audio/mpeg".to_owned()), length_bytes: Some(9) });
        let channel = read(&story);
        let item = &channel.items()[0];
        assert_eq!(item.title(), Some("Why <div> & friends"));
        let enclosure = item.enclosure().expect("an enclosure");
        assert_eq!((enclosure.length(), enclosure.mime_type()), ("9", "audio/mpeg"));
    }
}
