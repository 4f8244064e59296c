//! Reads JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1) and RSS-in-JSON.
//!
//! Every field may be missing or of another type than the specification wants;
//! what cannot be read counts as missing. What is no JSON is mended first (`mend`).

mod loose;

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use self::loose::Loose;
use self::loose::LooseList;
use self::loose::Scalar;
use super::date;
use super::draft::ENTRIES_MAX;
use super::error::LooksLike;
use super::error::ParseError;
use super::link;
use super::mend;
use super::plain;
use super::plain::Markup;
use super::warning::Warning;
use super::warning::Warnings;
use crate::domain::Enclosure;
use crate::domain::Entry;
use crate::domain::Feed;
use crate::domain::FeedFormat;
use crate::domain::Origin;
use crate::domain::Person;
use crate::domain::PollHints;

/// The feed in `text`, whose relative links start at `found`.
pub(super) fn read(text: &str, found: &Url, warnings: &mut Warnings) -> Result<Feed, ParseError> {
    // What stands behind the document is not read, so that trailing junk costs nothing.
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let top = match Top::deserialize(&mut deserializer) {
        Ok(it) => it,
        Err(cause) => {
            mended(text, warnings).ok_or_else(|| ParseError::Malformed { cause: Some(Box::new(cause)) })?
        }
    };
    let version = top.version.text().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let is_json_feed =
        matches!(version, "1" | "1.0" | "1.1") || top.items.as_ref().is_some_and(|it| !it.all.is_empty());
    let (mut feed, begun) = match (top.rss.and_then(Loose::read), is_json_feed) {
        (Some(rss), _) => (rss.channel.into_feed(found, warnings), 0),
        (_, true) => {
            let begun = top.items.as_ref().map_or(0, |it| it.all.len() + it.passed_over);
            (JsonFeed { top: Top { rss: None, ..top }, found }.into_feed(warnings), begun)
        }
        _ => return Err(ParseError::NotAFeed { looks_like: LooksLike::Json }),
    };
    let all = feed.entries.len();
    feed.entries.retain(|it| !is_blank(it));
    if feed.entries.len() < all {
        warnings.add(Warning::BlankEntry);
    }
    if feed.entries.is_empty() && 0 < begun {
        return Err(ParseError::NoEntriesRead { begun });
    }
    Ok(feed)
}

/// Where in `text`, behind whatever stands before it, a JSON Feed begins.
pub(super) fn begin(text: &str) -> Option<usize> {
    text[..text.find("jsonfeed.org/version/")?].rfind('{')
}

/// What is meant by text that is no JSON.
fn mended(text: &str, warnings: &mut Warnings) -> Option<Top> {
    let mended = mend::mended(text)?;
    let top: Top = serde_json::from_str(&mended.text).ok()?;
    if mended.is_cut {
        // Nothing whole may be left of what was there.
        let is_empty = top.items.as_ref().is_none_or(|it| it.all.is_empty()) && top.rss.is_none();
        warnings.add(Warning::Truncated);
        return (!is_empty).then_some(top);
    }
    warnings.add(Warning::RepairedJson);
    Some(top)
}

fn is_blank(entry: &Entry) -> bool {
    entry.id.is_none()
        && entry.link.is_none()
        && entry.title.is_empty()
        && entry.summary.is_none()
        && entry.content.is_none()
        && entry.enclosure.is_none()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Top {
    version: Scalar,
    title: Scalar,
    home_page_url: Scalar,
    feed_url: Scalar,
    language: Scalar,
    authors: LooseList<JsonAuthor>,
    author: LooseList<JsonAuthor>,
    hubs: LooseList<JsonHub>,
    items: Option<LooseList<JsonItem>>,
    rss: Option<Loose<Rss>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JsonAuthor {
    name: Scalar,
    url: Scalar,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JsonHub {
    url: Scalar,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JsonItem {
    id: Scalar,
    url: Scalar,
    external_url: Scalar,
    title: Scalar,
    content_html: Scalar,
    content_text: Scalar,
    summary: Scalar,
    date_published: Scalar,
    date_modified: Scalar,
    authors: LooseList<JsonAuthor>,
    author: LooseList<JsonAuthor>,
    tags: LooseList<Scalar>,
    language: Scalar,
    attachments: LooseList<Attachment>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attachment {
    url: Scalar,
    #[serde(alias = "type")]
    mime_type: Scalar,
    #[serde(alias = "length")]
    size_in_bytes: Scalar,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rss {
    channel: JsonChannel,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct JsonChannel {
    title: Scalar,
    link: Scalar,
    language: Scalar,
    copyright: Scalar,
    pub_date: Scalar,
    last_build_date: Scalar,
    ttl: Scalar,
    item: LooseList<RssItem>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RssItem {
    title: Scalar,
    link: Scalar,
    description: Scalar,
    #[serde(rename = "content:encoded")]
    encoded: Scalar,
    author: Scalar,
    #[serde(rename = "dc:creator")]
    creator: Scalar,
    category: LooseList<Scalar>,
    guid: Scalar,
    pub_date: Scalar,
    enclosure: LooseList<Attachment>,
    source: LooseList<RssSource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RssSource {
    url: Scalar,
    #[serde(rename = "#value")]
    title: Scalar,
}

struct JsonFeed<'a> {
    top: Top,
    found: &'a Url,
}

impl JsonFeed<'_> {
    fn into_feed(self, warnings: &mut Warnings) -> Feed {
        let Self { top, found } = self;
        let language = top.language.text().and_then(plain::language);
        let items = top.items.unwrap_or_default();
        if items.is_cut {
            warnings.add(Warning::TooManyEntries { limit: ENTRIES_MAX });
        }
        Feed {
            format: FeedFormat::Json,
            id: top.feed_url.text().and_then(|it| plain::id(it, warnings)),
            title: top.title.line(Markup::Html, warnings).unwrap_or_default(),
            home: top.home_page_url.url(found),
            self_link: top.feed_url.url(found),
            hubs: top.hubs.all.iter().filter_map(|it| it.url.url(found)).collect(),
            authors: people([top.authors, top.author], found, warnings),
            entries: items
                .all
                .into_iter()
                .map(|it| it.into_entry(found, language.as_deref(), warnings))
                .collect(),
            language,
            ..Feed::default()
        }
    }
}

impl JsonItem {
    fn into_entry(self, found: &Url, feed_language: Option<&str>, warnings: &mut Warnings) -> Entry {
        let html = self.content_html.text().and_then(|it| plain::body(it, Markup::Html, warnings));
        let link = self.external_url.url(found).or_else(|| self.url.url(found));
        Entry {
            id: self.id.text().and_then(|it| plain::id(it, warnings)),
            links: self.content_html.text().map_or_else(Vec::new, |it| link::of_text(it, link.as_ref())),
            link,
            title: self.title.line(Markup::Html, warnings).unwrap_or_default(),
            summary: self.summary.text().and_then(|it| plain::body(it, Markup::None, warnings)),
            content: html
                .or_else(|| self.content_text.text().and_then(|it| plain::body(it, Markup::None, warnings))),
            authors: people([self.authors, self.author], found, warnings),
            categories: categories(&self.tags, warnings),
            published: self.date_published.text().and_then(date::timestamp),
            updated: self.date_modified.text().and_then(date::timestamp),
            language: self
                .language
                .text()
                .and_then(plain::language)
                .filter(|it| Some(it.as_str()) != feed_language),
            enclosure: self.attachments.enclosure(found, warnings),
            ..Entry::default()
        }
    }
}

impl JsonChannel {
    fn into_feed(self, found: &Url, warnings: &mut Warnings) -> Feed {
        if self.item.is_cut {
            warnings.add(Warning::TooManyEntries { limit: ENTRIES_MAX });
        }
        let ttl_minutes = self.ttl.text().and_then(|it| it.parse::<u32>().ok());
        Feed {
            format: FeedFormat::Json,
            title: self.title.line(Markup::Html, warnings).unwrap_or_default(),
            home: self.link.url(found),
            language: self.language.text().and_then(plain::language),
            rights: self.copyright.line(Markup::Html, warnings),
            updated: [&self.last_build_date, &self.pub_date]
                .into_iter()
                .find_map(|it| it.text().and_then(date::timestamp)),
            poll_hints: PollHints {
                ttl: ttl_minutes.map(|it| Duration::from_secs(60 * u64::from(it))),
                ..PollHints::default()
            },
            entries: self.item.all.into_iter().map(|it| it.into_entry(found, warnings)).collect(),
            ..Feed::default()
        }
    }
}

impl RssItem {
    fn into_entry(self, found: &Url, warnings: &mut Warnings) -> Entry {
        let permalink = self.guid.text().filter(|it| it.starts_with("http"));
        let name =
            self.creator.line(Markup::Html, warnings).or_else(|| self.author.line(Markup::Html, warnings));
        let link = self.link.url(found).or_else(|| permalink.and_then(|it| link::absolute(found, it)));
        let text = self.encoded.text().or_else(|| self.description.text());
        Entry {
            id: self.guid.text().and_then(|it| plain::id(it, warnings)),
            links: text.map_or_else(Vec::new, |it| link::of_text(it, link.as_ref())),
            link,
            title: self.title.line(Markup::Html, warnings).unwrap_or_default(),
            summary: self.description.text().and_then(|it| plain::body(it, Markup::Html, warnings)),
            content: self.encoded.text().and_then(|it| plain::body(it, Markup::Html, warnings)),
            authors: name.into_iter().map(|name| Person { name, uri: None }).collect(),
            categories: categories(&self.category, warnings),
            published: self.pub_date.text().and_then(date::timestamp),
            origin: self.source.all.first().map(|it| Origin {
                title: it.title.line(Markup::Html, warnings).unwrap_or_default(),
                feed_url: it.url.url(found),
                home: None,
            }),
            enclosure: self.enclosure.enclosure(found, warnings),
            ..Entry::default()
        }
    }
}

impl LooseList<Attachment> {
    fn enclosure(&self, found: &Url, warnings: &mut Warnings) -> Option<Enclosure> {
        let all = self.all.iter().filter_map(|it| {
            Some(Enclosure {
                url: it.url.url(found)?,
                media_type: it.mime_type.line(Markup::None, warnings),
                length_bytes: it.size_in_bytes.text().and_then(|it| it.parse().ok()),
            })
        });
        // Many feeds name a picture before the recording.
        let is_image = |it: &Enclosure| it.media_type.as_ref().is_some_and(|it| it.starts_with("image/"));
        let (images, others): (Vec<_>, Vec<_>) = all.partition(is_image);
        others.into_iter().chain(images).next()
    }
}

fn people(lists: [LooseList<JsonAuthor>; 2], found: &Url, warnings: &mut Warnings) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for author in lists.iter().flat_map(|it| &it.all) {
        let uri = author.url.url(found).map(String::from);
        if let Some(name) = author.name.line(Markup::Html, warnings)
            && people.iter().all(|it| it.name != name)
        {
            people.push(Person { name, uri });
        }
    }
    people
}

fn categories(tags: &LooseList<Scalar>, warnings: &mut Warnings) -> Vec<String> {
    let mut categories = Vec::new();
    for tag in tags.all.iter().filter_map(Scalar::text) {
        plain::add_category(tag, &mut categories, warnings);
    }
    categories
}
