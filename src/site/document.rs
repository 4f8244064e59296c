//! Writes one feed document and reads it again before anyone else does.

use tracing::error;

use crate::domain::Item;
use crate::publish;
use crate::publish::Channel;
use crate::publish::Digest;
use crate::publish::FeedItem;
use crate::publish::Format;
use crate::publish::InvalidOutput;

use super::rendered::Rendered;

/// Writes and checks one document. Where it fails, the items that fail by
/// themselves are left out, and of digests the stories that do: one publisher's oddity must not
/// silence the others.
pub(super) fn write(
    format: Format,
    channel: &Channel,
    items: &[FeedItem<'_>],
) -> Result<Rendered, InvalidOutput> {
    let mut omitted = Vec::new();
    let bytes = written(format, channel, items).or_else(|_| {
        let sound: Vec<FeedItem<'_>> =
            items.iter().filter_map(|it| sound(format, channel, it, &mut omitted)).collect();
        written(format, channel, &sound)
    })?;
    let mut rendered = Rendered::new(&format!("{}; charset=utf-8", format.media_type()), bytes);
    rendered.omitted = omitted;
    Ok(if channel.hubs.is_empty() { rendered } else { rendered.with_header(LINK, links(format, channel)) })
}

/// What of an item passes its check by itself: all of it, the sound stories of a digest, or nothing.
/// What does not is named.
pub(super) fn sound<'a>(
    format: Format,
    channel: &Channel,
    item: &FeedItem<'a>,
    omitted: &mut Vec<String>,
) -> Option<FeedItem<'a>> {
    let mut passes = |id: &str, item: &FeedItem<'_>| {
        let Err(reason) = written(format, channel, std::slice::from_ref(item)) else { return true };
        let url = channel.url.of(format);
        error!(story.id = id, url, reason = %reason, "omitted `{id}` from `{url}`: {reason}");
        omitted.push(format!("{id}: {reason}"));
        false
    };
    let FeedItem::Digest(digest) = item else { return passes(id_of(item), item).then(|| item.clone()) };
    let of = |stories: Vec<&'a Item>| FeedItem::Digest(Digest { stories, ..digest.clone() });
    if written(format, channel, std::slice::from_ref(item)).is_ok() {
        return Some(item.clone());
    }
    let stories = digest.stories.iter().copied();
    let rest: Vec<&Item> = stories.filter(|it| passes(it.id.as_str(), &of(vec![*it]))).collect();
    if rest.is_empty() {
        return None;
    }
    let rest = of(rest);
    passes(digest.id.as_str(), &rest).then_some(rest)
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
    fn a_digest_loses_the_story_that_fails_and_no_other() {
        let [good, bad, other] = ["tag:b,2026:1", "tag:b,2026:2", "tag:b,2026:3"].map(item);
        let odd = Url::parse("urn:uuid:2").expect("a URL");
        let bad = Item {
            bylines: vec![Byline { name: "Odd".to_owned(), url: odd, ..bad.bylines[0].clone() }],
            ..bad
        };
        let at = good.published;
        let digest = Digest {
            id: StoryId::stored("tag:b,2026:digest".to_owned()),
            title: "Morning".to_owned(),
            path: "/edition/all/x".to_owned(),
            published: at,
            updated: at,
            note: None,
            stories: vec![&good, &bad, &other],
        };
        for format in Format::ALL {
            let document = write(format, &channel("tag:b,2026:feed"), &[FeedItem::Digest(digest.clone())]);
            let document = document.expect("a document");
            let text = String::from_utf8(document.body.clone()).expect("UTF-8");
            assert!(
                text.contains("tag:b,2026:digest") && text.contains("Daily") && !text.contains("Odd"),
                "{text}"
            );
            assert!(document.omitted.len() == 1 && document.omitted[0].starts_with("tag:b,2026:2: "));
        }
    }

    #[test]
    fn a_document_that_fails_without_items_is_not_published() {
        assert!(write(Format::Atom, &channel("Blog Feed"), &[]).is_err());
    }
}
