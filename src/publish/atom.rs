//! Atom 1.0 (RFC 4287), archives (RFC 5005 §4) and tombstones (RFC 6721).

use super::attribution::wrote;
use super::channel::Channel;
use super::channel::FeedItem;
use super::channel::Format;
use super::data::NAMESPACE;
use super::data::write_briefing;
use super::link;
use super::rendered::RenderedItem;
use super::valid::media_type;
use super::valid::spelled;
use super::xml::Xml;
use crate::domain::Byline;

/// A subscription or archive document in Atom.
pub fn atom(channel: &Channel, items: &[FeedItem]) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.style(&link::absolute(&channel.base_url, super::asset::FEED_STYLE_PATH));
    let mut attributes = vec![
        ("xmlns", "http://www.w3.org/2005/Atom"),
        ("xmlns:curation", NAMESPACE),
        ("xml:lang", channel.language.as_str()),
    ];
    if channel.current.is_some() {
        attributes.push(("xmlns:fh", "http://purl.org/syndication/history/1.0"));
    }
    if items.iter().any(|it| matches!(it, FeedItem::Withdrawn { .. })) {
        attributes.push(("xmlns:at", "http://purl.org/atompub/tombstones/1.0"));
    }
    xml.open("feed", &attributes);
    write_metadata(&mut xml, channel);
    // Extensions stand before the first entry (RFC 4287 §4.1.1).
    for item in items {
        if let FeedItem::Withdrawn { id, at } = item {
            xml.empty("at:deleted-entry", &[("ref", id.as_str()), ("when", &at.rfc3339())]);
        }
    }
    for item in items.iter().filter_map(|it| RenderedItem::of(it, channel)) {
        write_entry(&mut xml, channel, &item);
    }
    xml.close("feed");
    xml.into_bytes()
}

fn write_metadata(xml: &mut Xml, channel: &Channel) {
    xml.text("id", &[], &channel.id);
    xml.text("title", &[], &channel.title);
    xml.text("subtitle", &[], &channel.description);
    xml.text("updated", &[], &channel.updated.rfc3339());
    xml.open("author", &[]);
    xml.text("name", &[], &channel.curator);
    match channel.contact.as_deref() {
        Some(url) if url.starts_with("http") => xml.text("uri", &[], &spelled(url)),
        Some(email) => xml.text("email", &[], email.trim_start_matches("mailto:")),
        None => {}
    }
    xml.close("author");
    let media_type = Format::Atom.media_type();
    let mut write_link = |rel: &str, media_type: &str, href: &str| {
        xml.empty("link", &[("rel", rel), ("type", media_type), ("href", href)]);
    };
    write_link("alternate", "text/html", channel.home_url.as_str());
    write_link("self", media_type, &channel.url.of(Format::Atom));
    if let Some(current) = &channel.current {
        write_link("current", media_type, &current.of(Format::Atom));
    }
    if let Some(older) = &channel.older {
        write_link("prev-archive", media_type, &older.of(Format::Atom));
    }
    for hub in &channel.hubs {
        xml.empty("link", &[("rel", "hub"), ("href", &link::of(hub))]);
    }
    let icon = link::absolute(&channel.base_url, super::asset::ICON_PATH);
    xml.text("icon", &[], &icon);
    xml.text("generator", &[("version", env!("CARGO_PKG_VERSION"))], "bylined");
    if channel.current.is_some() {
        xml.empty("fh:archive", &[]);
    }
}

fn write_entry(xml: &mut Xml, channel: &Channel, entry: &RenderedItem) {
    match &entry.language {
        Some(language) => xml.open("entry", &[("xml:lang", language)]),
        None => xml.open("entry", &[]),
    }
    xml.text("id", &[], &entry.id);
    xml.text("title", &[], &entry.title);
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &entry.url)]);
    for it in &entry.links {
        let title = [("rel", it.rel), ("type", "text/html"), ("href", &it.href), ("title", &it.title)];
        xml.empty("link", &title);
    }
    xml.text("published", &[], &entry.published.rfc3339());
    xml.text("updated", &[], &entry.updated.rfc3339());
    for name in &entry.authors {
        xml.open("author", &[]);
        xml.text("name", &[], name);
        xml.close("author");
    }
    xml.text("summary", &[], &entry.summary);
    xml.text("content", &[("type", "html")], &entry.html);
    for tag in &entry.tags {
        xml.empty("category", &[("term", tag)]);
    }
    if let Some(story) = entry.item.as_deref() {
        if let Some(it) = &story.enclosure {
            let url = link::of(&it.url);
            let mut attributes = vec![("rel", "enclosure"), ("href", url.as_str())];
            attributes.extend(it.media_type.as_deref().and_then(media_type).map(|it| ("type", it)));
            let length = it.length_bytes.map(|it| it.to_string());
            attributes.extend(length.as_deref().map(|it| ("length", it)));
            xml.empty("link", &attributes);
        }
        write_briefing(xml, story, &channel.curator);
        write_source(xml, story.primary());
    }
    xml.close("entry");
}

/// `atom:source` (§4.2.11), last: a naive reader takes the last `id` it sees
/// in the order of elements it knows.
fn write_source(xml: &mut Xml, byline: &Byline) {
    xml.open("source", &[]);
    xml.text("id", &[], &link::source_id_of(byline));
    xml.text("title", &[], &byline.name);
    xml.text("updated", &[], &byline.published.rfc3339());
    xml.open("author", &[]);
    xml.text("name", &[], wrote(byline));
    xml.close("author");
    if let Some(feed_url) = &byline.feed_url {
        xml.empty("link", &[("rel", "self"), ("href", &link::of(feed_url))]);
    }
    if let Some(home) = &byline.home {
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &link::of(home))]);
    }
    if let Some(rights) = &byline.rights_text {
        xml.text("rights", &[], rights);
    }
    xml.close("source");
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::publish::Digest;
    use crate::publish::FeedUrl;
    use crate::publish::check_atom;

    fn read(channel: &Channel, items: &[FeedItem]) -> atom_syndication::Feed {
        let bytes = atom(channel, items);
        check_atom(&bytes).expect("it passes our own check");
        atom_syndication::Feed::read_from(bytes.as_slice()).expect("another reader reads it")
    }

    #[test]
    fn another_reader_finds_everything_that_readers_show() {
        let story = sample::merged();
        let feed = read(&sample::channel(), &[FeedItem::from(&story)]);
        assert_eq!(feed.id(), "tag:brief.example,2026-01-05:output-all");
        let entry = &feed.entries()[0];
        assert_eq!(entry.id(), story.id.as_str());
        assert_eq!(entry.title().value, story.title);
        assert_eq!(entry.published().expect("a date").to_rfc3339(), "2026-11-20T10:00:00+00:00");
        assert_eq!(entry.updated().to_rfc3339(), "2026-11-20T10:40:00+00:00");
        let rels: Vec<&str> = entry.links().iter().map(|it| it.rel()).collect();
        assert_eq!(rels, ["alternate", "via", "related", "related", "via"]);
        let authors: Vec<&str> = entry.authors().iter().map(|it| it.name()).collect();
        assert_eq!(authors, ["Example Brief", "Ines Okafor"]);
        let source = entry.source().expect("a source");
        assert_eq!(
            (source.id(), source.title().value.as_str()),
            ("https://harbour.example/feed.xml", "Harbour Monitor")
        );
        assert_eq!(source.rights().expect("rights").value, "© 2026 Harbour Monitor");
        assert_eq!(source.authors()[0].name(), "Tomas Reyes, Anneke Vos");
        assert_eq!(entry.content().expect("content").content_type(), Some("html"));
    }

    #[test]
    fn the_source_stands_after_the_entrys_own_elements() {
        let text =
            String::from_utf8(atom(&sample::channel(), &[FeedItem::from(&sample::merged())])).expect("UTF-8");
        let tail = text.rsplit("</source>").next().expect("a tail");
        assert_eq!(tail.trim(), "</entry>\n</feed>");
    }

    #[test]
    fn an_archive_names_its_neighbours_and_keeps_stubs() {
        let story = sample::quoted();
        let gone = sample::link_item();
        let survivor = sample::merged();
        let items = [
            FeedItem::Merged {
                id: &story.id,
                title: &story.title,
                published: story.published,
                merged: sample::at(90),
                survivor: &survivor,
            },
            FeedItem::Withdrawn { id: &gone.id, at: sample::at(99) },
        ];
        let channel = Channel {
            url: FeedUrl(sample::url("https://brief.example/feeds/all/archive/2")),
            current: Some(FeedUrl(sample::url("https://brief.example/feeds/all"))),
            older: Some(FeedUrl(sample::url("https://brief.example/feeds/all/archive/1"))),
            ..sample::channel()
        };
        let feed = read(&channel, &items);
        let href = |rel: &str| feed.links().iter().find(|it| it.rel() == rel).map(|it| it.href().to_owned());
        assert_eq!(href("self").as_deref(), Some("https://brief.example/feeds/all/archive/2.atom"));
        assert_eq!(href("current").as_deref(), Some("https://brief.example/feeds/all.atom"));
        assert_eq!(href("prev-archive").as_deref(), Some("https://brief.example/feeds/all/archive/1.atom"));
        assert_eq!(feed.entries().len(), 1);
        let permalink = format!("https://brief.example{}", survivor.path);
        assert_eq!(feed.entries()[0].links()[0].href(), permalink);
        let text = String::from_utf8(atom(&channel, &items)).expect("UTF-8");
        assert!(text.contains("<fh:archive/>"));
        // The stub says as data and in words whose articles the survivor holds.
        let stub = text.split("<entry>").nth(1).expect("an entry");
        for needed in [
            "<curation:briefing engine=\"none\"",
            &format!("<curation:related id=\"{}\" url=\"{permalink}\"", survivor.id),
            "<curation:publisher url=\"https://harbour.example/news/lumen-vega-licence\"",
            "Original articles published by",
        ] {
            assert!(stub.contains(needed), "{needed} in {stub}");
        }
        let tombstone = text.find("<at:deleted-entry").expect("a tombstone");
        assert!(
            text.find("<fh:archive/>") < Some(tombstone) && Some(tombstone) < text.find("<entry"),
            "{text}"
        );
        assert!(
            text.contains(&format!("<at:deleted-entry ref=\"{}\" when=\"2026-11-20T11:39:00Z\"/>", gone.id))
        );
    }

    #[test]
    fn nothing_that_a_publisher_writes_makes_a_document_invalid() {
        let ids = [
            "urn:uuid:1",
            "urn:uuid:not-one",
            "Blog Feed",
            "tag:harbour.example:1",
            "http://",
            "https://a b",
            "x:\u{202e}",
        ];
        for id in ids {
            let mut story = sample::merged();
            story.bylines[0].feed_id = Some(id.to_owned());
            let feed = read(&sample::channel(), &[FeedItem::from(&story)]);
            assert_eq!(
                feed.entries()[0].source().expect("a source").id(),
                "https://harbour.example/feed.xml"
            );
        }
        let mut story = sample::merged();
        let url = |text: &str| sample::url(&format!("https://harbour.example/{text}"));
        story.bylines[0].url = url("n?a[]=1&b={c}|d#e#f");
        story.bylines[1].url = url("100%");
        story.bylines[0].home = Some(url("|home"));
        story.bylines[0].feed_url = Some(url("feed?x[y]=1"));
        story.bylines[0].via[0].home = Some(url("via^"));
        story.language = Some("en-".to_owned());
        story.briefing.summary[0].receipts[0].url = story.bylines[0].url.to_string();
        story.briefing.summary[0].receipts[0].is_of_abstract = true;
        story.enclosure = Some(crate::domain::Enclosure {
            url: url("talk[1].mp3"),
            media_type: Some("mp3".to_owned()),
            length_bytes: None,
        });
        let feed = read(&sample::channel(), &[FeedItem::from(&story)]);
        let via = &feed.entries()[0].links()[1];
        assert_eq!(via.href(), "https://harbour.example/n?a%5B%5D=1&b=%7Bc%7D%7Cd#e%23f");
        let rss = crate::publish::rss(&sample::channel(), &[FeedItem::from(&story)]);
        crate::publish::check_rss(&rss).expect("RSS passes, too");
        assert_eq!(String::from_utf8_lossy(rss.as_ref()).matches(" of=\"abstract\"").count(), 1);
        let json = crate::publish::json(&sample::channel(), &[FeedItem::from(&story)]);
        crate::publish::check_json(&json).expect("JSON passes, too");
    }

    #[test]
    fn a_digest_credits_everyone_in_one_entry() {
        let (a, b) = (sample::merged(), sample::link_item());
        let digest = Digest {
            id: crate::domain::StoryId::stored(
                "tag:brief.example,2026-01-05:digest-daily-2026-11-20".to_owned(),
            ),
            title: "Friday's brief".to_owned(),
            path: "/archive/2026/11".to_owned(),
            published: sample::at(120),
            updated: sample::at(120),
            note: None,
            stories: vec![&a, &b],
        };
        let feed = read(&sample::channel(), &[FeedItem::Digest(digest)]);
        let html = feed.entries()[0].content().and_then(|it| it.value()).expect("content");
        for name in ["Harbour Monitor", "Northwind Daily", "The Compiler Post"] {
            assert!(html.contains(name), "{html}");
        }
        assert!(html.contains("Original articles published by <a href"), "{html}");
    }
}
