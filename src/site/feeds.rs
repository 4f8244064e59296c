//! Feeds: the subscription document of an output, its archive (RFC 5005 §4), and the feeds of topics
//! and audiences.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::config::Config;
use crate::config::HubSetting;
use crate::config::LinkTo;
use crate::config::Output;
use crate::domain::OutputId;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::domain::tag;
use crate::publish;
use crate::publish::Channel;
use crate::publish::FeedItem;
use crate::publish::FeedUrl;
use crate::publish::Format;
use crate::publish::InvalidOutput;
use crate::store::SectionFilter;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::digests::changed;
use super::document::write;
use super::recent::Recent;
use super::rendered::Rendered;
use super::response::Answer;
use super::snapshot::SiteSnapshot;

/// Where our own hub takes requests.
pub const HUB_PATH: &str = "/hub";

/// Items in one archive document (RFC 5005 §4).
pub(super) const ARCHIVE_ITEMS: u64 = 50;

/// Items of topic and audience feeds and of listing pages.
pub(super) const LISTED_ITEMS: usize = 50;

/// Most items of a subscription document.
pub(super) const RECENT_MAX: usize = 250;

/// Everything that entered so long before the newest stands in the subscription document.
pub(super) const RECENT_SPAN: Duration = Duration::from_secs(48 * 60 * 60);

/// Minutes a copy of a feed may be cached.
const TTL_MINUTES: u32 = 5;

/// Whose stories a feed of a topic or an audience carries.
struct SectionOf<'a> {
    /// Path of the page for people.
    home: &'a str,
    /// The audience's name.
    audience: Option<&'a str>,
}

impl SiteSnapshot<'_> {
    /// An output's subscription document in each of these formats, checked.
    pub(super) fn output_documents(
        &self,
        output: &Output,
        formats: &[Format],
    ) -> Result<Vec<Result<Rendered, InvalidOutput>>, StoreError> {
        let length = self.length(output)?;
        let full_pages = length / ARCHIVE_ITEMS;
        let least = output.items.max((length - full_pages * ARCHIVE_ITEMS) as usize);
        let most = least.max(RECENT_MAX);
        let stem = format!("/feeds/{}", output.id);
        let older = (0 < full_pages).then(|| self.feed_url(&archive_stem(&output.id, full_pages))).flatten();
        let written = |changed: Option<Timestamp>, is_cut: bool, items: &[FeedItem<'_>]| {
            let channel = self.channel(&stem, &output.title, output.link, changed)?;
            let channel = Channel { older, hubs: self.hubs(), ..channel };
            let channel = if is_cut { says_cut(channel) } else { channel };
            Ok(formats.iter().map(|it| write(*it, &channel, items)).collect())
        };
        if output.digest.is_some() {
            let mut newest = self.store.digests(&output.id, 0, most as u64)?;
            newest.truncate(shown(newest.iter().map(|it| it.ends), least));
            let digests = self.digests(output, newest)?;
            return written(changed(&digests), false, &self.digest_items(output, &digests));
        }
        let Recent { stories: newest, is_cut } =
            Recent::of_output(self.store, self.families, &output.id, least)?;
        let entered = newest.iter().map(|(entered, _)| *entered).max();
        let stories: Vec<StoryRow> = newest.into_iter().map(|(_, story)| story).collect();
        let items = self.items(&stories)?;
        let items: Vec<FeedItem<'_>> = items.iter().map(FeedItem::from).collect();
        written(updated(&stories).max(entered), is_cut, &items)
    }

    /// How many items an output has had, archive included.
    pub(super) fn length(&self, output: &Output) -> Result<u64, StoreError> {
        match output.digest {
            Some(_) => self.store.digest_count(&output.id),
            None => self.store.output_length(output.id.as_str()),
        }
    }

    pub(super) fn feed(&self, rest: &[&str]) -> Result<Option<Answer>, StoreError> {
        let Some((name, extension)) = rest.last().and_then(|it| it.rsplit_once('.')) else { return Ok(None) };
        let Some(format) = Format::ALL.into_iter().find(|it| it.extension() == extension) else {
            return Ok(None);
        };
        let output = |id: &str| self.config.outputs.iter().find(|it| it.id.as_str() == id);
        let rendered = match rest {
            ["topic", _] => match self.topics.iter().find(|(it, _)| it.slug.as_str() == name) {
                Some((topic, _)) => {
                    let stories = self.store.topic_stories(&topic.slug, LISTED_ITEMS)?;
                    let section = SectionFilter { topic: Some(&topic.slug), audience: None };
                    let recent = Recent::of_section(self.store, self.families, section, stories)?;
                    let home = format!("/topics/{}", topic.slug);
                    let of = SectionOf { home: &home, audience: None };
                    self.section_feed(&format!("topic/{}", topic.slug), &topic.name, &of, format, recent)?
                }
                None => return Ok(None),
            },
            ["for", _] => match self.config.audiences.iter().find(|it| it.slug.as_str() == name) {
                Some(audience) => {
                    let stories = self.store.audience_stories(&audience.slug, None, LISTED_ITEMS)?;
                    let section = SectionFilter { topic: None, audience: Some(&audience.slug) };
                    let recent = Recent::of_section(self.store, self.families, section, stories)?;
                    let home = format!("/for/{}", audience.slug);
                    let of = SectionOf { home: &home, audience: Some(&audience.name) };
                    self.section_feed(&format!("for/{}", audience.slug), &audience.name, &of, format, recent)?
                }
                None => return Ok(None),
            },
            ["for", audience, "topic", _] => {
                let audience = self.config.audiences.iter().find(|it| it.slug.as_str() == *audience);
                let topic = self.topics.iter().find(|(it, _)| it.slug.as_str() == name);
                let (Some(audience), Some((topic, _))) = (audience, topic) else { return Ok(None) };
                let stories = self.store.audience_stories(&audience.slug, Some(&topic.slug), LISTED_ITEMS)?;
                let stem = format!("for/{}/topic/{}", audience.slug, topic.slug);
                let section = SectionFilter { topic: Some(&topic.slug), audience: Some(&audience.slug) };
                let recent = Recent::of_section(self.store, self.families, section, stories)?;
                let home = format!("/for/{}", audience.slug);
                let of = SectionOf { home: &home, audience: Some(&audience.name) };
                let name = format!("{}, {}", audience.name, topic.name);
                self.section_feed(&stem, &name, &of, format, recent)?
            }
            [id, "archive", _] if format != Format::Rss => match (output(id), name.parse::<u64>()) {
                (Some(output), Ok(n)) if n.to_string() == name => match self.archive(output, n, format)? {
                    Some(rendered) => rendered,
                    None => return Ok(None),
                },
                _ => return Ok(None),
            },
            [_] => match output(name) {
                Some(output) => match self.output_documents(output, &[format])?.pop() {
                    Some(written) => written,
                    None => return Ok(None),
                },
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        // What fails its check is not shown: better no document than a wrong one.
        Ok(rendered.ok().map(|it| Answer::Document(Arc::new(it))))
    }

    fn section_feed(
        &self,
        stem: &str,
        name: &str,
        of: &SectionOf<'_>,
        format: Format,
        recent: Recent,
    ) -> Result<Result<Rendered, InvalidOutput>, StoreError> {
        let stories: Vec<StoryRow> = recent.stories.into_iter().map(|(_, story)| story).collect();
        let mut items = self.items(&stories)?;
        for item in &mut items {
            // The sort is stable: their own stands first, the others as they stood.
            item.briefing
                .key_takeaway
                .sort_by_key(|it| of.audience.is_none() || it.audience.as_deref() != of.audience);
        }
        let items: Vec<FeedItem<'_>> = items.iter().map(FeedItem::from).collect();
        let title = format!("{}: {name}", self.config.site.title);
        let link = self
            .config
            .outputs
            .iter()
            .find(|it| it.id.as_str() == "all")
            .map_or(LinkTo::Original, |it| it.link);
        let channel = self.channel(&format!("/feeds/{stem}"), &title, link, updated(&stories))?;
        let home_url = Url::parse(&publish::absolute(&self.config.site.base_url, of.home))
            .map_err(|_| StoreError::Unreadable { what: "base URL" })?;
        let hubs = if is_announced(self.config, stem) { self.hubs() } else { Vec::new() };
        let channel = Channel { home_url, audience: of.audience.map(str::to_owned), hubs, ..channel };
        let channel = if recent.is_cut { says_cut(channel) } else { channel };
        Ok(write(format, &channel, &items))
    }

    /// An archive document: fifty places of the output, oldest documents first. Only
    /// full ones exist, so that the ids in one change by withdrawal alone.
    fn archive(
        &self,
        output: &Output,
        n: u64,
        format: Format,
    ) -> Result<Option<Result<Rendered, InvalidOutput>>, StoreError> {
        let length = self.length(output)?;
        if n == 0 || length / ARCHIVE_ITEMS < n {
            return Ok(None);
        }
        let stem = archive_stem(&output.id, n);
        let current = self.feed_url(&format!("/feeds/{}", output.id));
        let older = (1 < n).then(|| self.feed_url(&archive_stem(&output.id, n - 1))).flatten();
        if output.digest.is_some() {
            let rows = self.store.digests(&output.id, length - n * ARCHIVE_ITEMS, ARCHIVE_ITEMS)?;
            let digests = self.digests(output, rows)?;
            let channel = self.channel(&stem, &output.title, output.link, changed(&digests))?;
            let items = self.digest_items(output, &digests);
            return Ok(Some(write(format, &Channel { current, older, ..channel }, &items)));
        }
        let first = (n - 1) * ARCHIVE_ITEMS + 1;
        let mut places = self.store.output_stories(&output.id, first, ARCHIVE_ITEMS as usize)?;
        places.retain(|(seq, ..)| *seq < first + ARCHIVE_ITEMS);
        places.reverse();
        let entered = places.iter().map(|(_, entered, _)| *entered).max();
        let stories: Vec<StoryRow> = places.into_iter().map(|(_, _, story)| story).collect();
        let items = self.items(&stories)?;
        let mut survivors = HashMap::new();
        for story in stories.iter().filter(|it| it.state == StoryState::Merged) {
            let survivor = story.merged_into.map(|it| self.store.story_at(it)).transpose()?.flatten();
            let Some(survivor) = survivor.filter(|it| it.state == StoryState::Published) else { continue };
            survivors.extend(self.items(&[survivor])?.pop().map(|it| (story.id, it)));
        }
        let entries: Vec<FeedItem<'_>> = stories
            .iter()
            .map(|story| match (survivors.get(&story.id), items.iter().find(|it| it.key == story.key)) {
                (Some(survivor), _) => FeedItem::Merged {
                    id: &story.tag,
                    title: if story.title.is_empty() { &survivor.title } else { &story.title },
                    published: story.published,
                    merged: survivor.updated.max(story.updated),
                    survivor,
                },
                (None, Some(item)) if story.state == StoryState::Published => FeedItem::from(item),
                // Taken back by its editor or with its survivor, or its publisher allows nothing any more.
                (None, _) => FeedItem::Withdrawn { id: &story.tag, at: story.updated },
            })
            .collect();
        let channel = self.channel(&stem, &output.title, output.link, updated(&stories).max(entered))?;
        Ok(Some(write(format, &Channel { current, older, ..channel }, &entries)))
    }

    pub(super) fn channel(
        &self,
        stem: &str,
        title: &str,
        link: LinkTo,
        updated: Option<Timestamp>,
    ) -> Result<Channel, StoreError> {
        let site = &self.config.site;
        let url = self.feed_url(stem).ok_or(StoreError::Unreadable { what: "base URL" })?;
        // Where nothing was ever written, today's host stands for the first.
        let (host, first_seen) = self.store.first_host()?.unwrap_or_else(|| {
            (site.base_url.host_str().unwrap_or_default().to_owned(), Timestamp::default())
        });
        let name = stem.trim_start_matches("/feeds/").replace('/', ":");
        Ok(Channel {
            id: tag(&host, first_seen.utc().date_naive(), &format!("feed:{name}")),
            title: title.to_owned(),
            description: format!("{title}, curated by {}.", site.curator),
            home_url: site.base_url.clone(),
            base_url: site.base_url.clone(),
            url,
            current: None,
            older: None,
            language: site.language.clone(),
            curator: site.curator.clone(),
            contact: site.contact.clone(),
            audience: None,
            link,
            updated: updated.unwrap_or(first_seen),
            ttl_minutes: TTL_MINUTES,
            hubs: Vec::new(),
        })
    }

    fn hubs(&self) -> Vec<Url> {
        match &self.config.server.hub {
            HubSetting::None => Vec::new(),
            HubSetting::Own => {
                Url::parse(&publish::absolute(&self.config.site.base_url, HUB_PATH)).into_iter().collect()
            }
            HubSetting::Outside(url) => vec![url.clone()],
        }
    }

    fn feed_url(&self, stem: &str) -> Option<FeedUrl> {
        Url::parse(&publish::absolute(&self.config.site.base_url, stem)).ok().map(FeedUrl)
    }
}

/// Whether the hub knows of changes of a section's feed: our own of all, an outside one of those that
/// the configuration names, since each is told of by a request.
fn is_announced(config: &Config, stem: &str) -> bool {
    let is_audience =
        || config.audiences.iter().any(|it| stem.strip_prefix("for/") == Some(it.slug.as_str()));
    config.server.hub == HubSetting::Own || is_audience()
}

pub(super) fn archive_stem(output: &OutputId, n: u64) -> String {
    format!("/feeds/{output}/archive/{n}")
}

/// When a feed last changed: with its stories, and whenever one enters, however
/// old its article is.
fn updated(stories: &[StoryRow]) -> Option<Timestamp> {
    stories.iter().flat_map(|it| [Some(it.updated), Some(it.published), it.first_published]).flatten().max()
}

/// A subscription document that says that more entered lately than it holds.
fn says_cut(mut channel: Channel) -> Channel {
    channel
        .description
        .push_str(" More entered in these days than stands here; the rest is in the archive alone");
    if let Some(older) = &channel.older {
        channel.description.push_str(&format!(", from {} on", older.of(Format::Atom)));
    }
    channel.description.push('.');
    channel
}

/// How many of the newest periods stand in a subscription document, given when each ended,
/// newest first: at least so many, and all that entered shortly before the newest.
fn shown(mut entered: impl Iterator<Item = Timestamp> + Clone, least: usize) -> usize {
    let horizon = entered.clone().next().map(|it| it.minus(RECENT_SPAN));
    let recent = entered.by_ref().take_while(|it| horizon.is_some_and(|from| from <= *it)).count();
    least.max(recent.min(RECENT_MAX))
}
