//! Writes one feed document and reads it again before anyone else does.

use tracing::error;

use crate::publish;
use crate::publish::Channel;
use crate::publish::FeedItem;
use crate::publish::Format;
use crate::publish::InvalidOutput;

use super::rendered::Rendered;

/// Writes and checks one document. Where it fails, the items that fail by
/// themselves are left out: one publisher's oddity must not silence the others.
pub(super) fn write(
    format: Format,
    channel: &Channel,
    items: &[FeedItem<'_>],
) -> Result<Rendered, InvalidOutput> {
    let mut omitted = Vec::new();
    let bytes = written(format, channel, items).or_else(|_| {
        let sound: Vec<FeedItem<'_>> =
            items.iter().filter(|it| is_sound(format, channel, it, &mut omitted)).cloned().collect();
        written(format, channel, &sound)
    })?;
    let mut rendered = Rendered::new(&format!("{}; charset=utf-8", format.media_type()), bytes);
    rendered.omitted = omitted;
    Ok(if channel.hubs.is_empty() { rendered } else { rendered.with_header(LINK, links(format, channel)) })
}

/// Whether an item passes its check by itself; one that does not is named.
pub(super) fn is_sound(
    format: Format,
    channel: &Channel,
    item: &FeedItem<'_>,
    omitted: &mut Vec<String>,
) -> bool {
    let Err(reason) = written(format, channel, std::slice::from_ref(item)) else { return true };
    let (id, url) = (id_of(item), channel.url.of(format));
    error!(story.id = id, url, reason = %reason, "omitted `{id}` from `{url}`: {reason}");
    omitted.push(format!("{id}: {reason}"));
    false
}

/// The header by which subscribers find hub and topic (WebSub §4).
pub(super) const LINK: &str = "link";

fn links(format: Format, channel: &Channel) -> String {
    let hubs = channel.hubs.iter().map(|it| format!("<{it}>; rel=\"hub\""));
    let own = std::iter::once(format!("<{}>; rel=\"self\"", channel.url.of(format)));
    hubs.chain(own).collect::<Vec<_>>().join(", ")
}

fn written(format: Format, channel: &Channel, items: &[FeedItem<'_>]) -> Result<Vec<u8>, InvalidOutput> {
    let (bytes, check): (_, fn(&[u8]) -> _) = match format {
        Format::Rss => (publish::rss(channel, items), publish::check_rss),
        Format::Atom => (publish::atom(channel, items), publish::check_atom),
        Format::Json => (publish::json(channel, items), publish::check_json),
    };
    check(&bytes)?;
    Ok(bytes)
}

fn id_of<'a>(item: &'a FeedItem<'_>) -> &'a str {
    match item {
        FeedItem::Story(it) => it.id.as_str(),
        FeedItem::Digest(it) => it.id.as_str(),
        FeedItem::Merged { id, .. } | FeedItem::Withdrawn { id, .. } => id.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LinkTo;
    use crate::domain::Briefing;
    use crate::domain::Byline;
    use crate::domain::Item;
    use crate::domain::Rights;
    use crate::domain::StoryId;
    use crate::domain::Timestamp;
    use crate::publish::FeedUrl;
    use url::Url;

    fn channel(id: &str) -> Channel {
        let base_url = Url::parse("https://brief.example/").expect("a URL");
        Channel {
            id: id.to_owned(),
            title: "Example Tech Brief".to_owned(),
            description: "What matters.".to_owned(),
            home_url: base_url.clone(),
            url: FeedUrl(base_url.join("feeds/all").expect("a path")),
            base_url,
            current: None,
            older: None,
            language: "en".to_owned(),
            curator: "Example Brief".to_owned(),
            contact: None,
            audience: None,
            link: LinkTo::Original,
            updated: Timestamp::from_secs(1_795_168_800),
            ttl_minutes: 5,
            hubs: Vec::new(),
        }
    }

    fn item(id: &str) -> Item {
        let at = Timestamp::from_secs(1_795_168_800);
        let url = Url::parse("https://daily.example/1").expect("a URL");
        Item {
            key: "aaaaaaaaaaaaaaaa".parse().expect("a key"),
            id: StoryId::stored(id.to_owned()),
            path: "/story/x/y".to_owned(),
            title: "T".to_owned(),
            bylines: vec![Byline {
                name: "Daily".to_owned(),
                url,
                title: "T".to_owned(),
                feed_url: None,
                feed_id: None,
                home: None,
                author: None,
                published: at,
                rights: Rights::Any,
                rights_text: None,
                via: vec![],
                copy_of: None,
            }],
            briefing: Briefing::default(),
            related: vec![],
            revision: 1,
            reviewed: None,
            published: at,
            updated: at,
            language: None,
            enclosure: None,
            model: None,
            verifier: None,
            notices: vec![],
        }
    }

    #[test]
    fn an_item_that_fails_its_check_is_left_out_alone() {
        let [good, bad, other] = ["tag:b,2026:1", "urn:uuid:2", "tag:b,2026:3"].map(item);
        let items = [&good, &bad, &other].map(FeedItem::from);
        for format in Format::ALL {
            let document = write(format, &channel("tag:b,2026:feed"), &items).expect("a document");
            let text = String::from_utf8(document.body.clone()).expect("UTF-8");
            let stands = |it: &Item| text.contains(it.id.as_str());
            assert!(stands(&good) && stands(&other) && !stands(&bad), "{text}");
            assert!(document.omitted.len() == 1 && document.omitted[0].starts_with("urn:uuid:2: "));
        }
    }

    #[test]
    fn a_document_that_fails_without_items_is_not_published() {
        assert!(write(Format::Atom, &channel("Blog Feed"), &[]).is_err());
    }
}
