//! One look at the store, through which all documents of a generation are made.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::Datelike;
use chrono::NaiveDate;
use chrono::TimeZone;
use serde_json::json;
use url::Url;

use crate::config::Config;
use crate::config::LinkTo;
use crate::config::Output;
use crate::domain::EDITED;
use crate::domain::Item;
use crate::domain::OutputId;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::domain::Topic;
use crate::domain::tag;
use crate::pipeline::Credits;
use crate::pipeline::Families;
use crate::pipeline::Homes;
use crate::pipeline::item;
use crate::publish;
use crate::publish::Channel;
use crate::publish::Digest;
use crate::publish::FeedItem;
use crate::publish::FeedUrl;
use crate::publish::Format;
use crate::publish::InvalidOutput;
use crate::publish::OpmlSource;
use crate::publish::page;
use crate::publish::page::Correction;
use crate::publish::page::Decision;
use crate::publish::page::Deed;
use crate::publish::page::Month;
use crate::publish::page::Publisher;
use crate::publish::page::Revision;
use crate::publish::page::Section;
use crate::publish::page::SiteView;
use crate::store::Act;
use crate::store::DigestRow;
use crate::store::Reader;
use crate::store::RevisedRow;
use crate::store::SectionFilter;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::StoryFilter;
use crate::store::StoryRow;
use crate::store::StoryRowId;

use super::document::write;
use super::listing;
use super::openapi;
use super::publication::Answer;
use super::recent::Recent;
use super::rendered::Rendered;

/// Items in one archive document (RFC 5005 §4).
const ARCHIVE_ITEMS: u64 = 50;

/// Items of topic and audience feeds and of listing pages.
const LISTED_ITEMS: usize = 50;

/// A period shorter than this is one of several a day; when clocks change, a day has 23 hours.
const DIGEST_DAY_MIN: Duration = Duration::from_secs(20 * 60 * 60);

/// Stories on the front page.
const FRONT_ITEMS: usize = 40;

/// Most items of a subscription document.
pub(super) const RECENT_MAX: usize = 250;

/// Everything that entered so long before the newest stands in the subscription document.
pub(super) const RECENT_SPAN: Duration = Duration::from_secs(48 * 60 * 60);

/// Published stories that make a topic outside of the taxonomy worth a page.
const TOPIC_STORIES_MIN: u64 = 3;

/// Stories on a month's page.
const MONTH_ITEMS: usize = 2_000;

/// Months listed in the sitemap and in a static copy of the site.
const MONTHS_MAX: usize = 1_200;

/// Corrections on the page.
const CORRECTIONS_MAX: usize = 200;

/// Stories found by a search.
const FOUND_MAX: usize = 50;

/// Stories on one page of the API.
const API_ITEMS: usize = 50;

/// Minutes a copy of a feed may be cached.
const TTL_MINUTES: u32 = 5;

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

/// What is known of the sources: the same for all that is asked of one generation.
pub(super) struct Ground {
    sources: Vec<SourceRow>,
    homes: Arc<Homes>,
    families: Families,
}

impl Ground {
    pub(super) fn read(store: &Reader<'_>, config: &Config) -> Result<Self, StoreError> {
        let sources = store.sources()?;
        let homes = Arc::new(Homes::of(config, &sources));
        let families = Families::new(config, &sources);
        Ok(Self { sources, homes, families })
    }
}

/// One look at the store.
pub(super) struct View<'a> {
    store: &'a Reader<'a>,
    config: &'a Config,
    sources: &'a [SourceRow],
    families: &'a Families,
    credits: Credits<'a>,
    topics: Vec<(Topic, u64)>,
    site: SiteView,
}

/// A period of a digest.
struct Period {
    row: DigestRow,
    /// When one of its stories last changed or was taken back, not before its end.
    updated: Timestamp,
    /// What may be shown, best first.
    stories: Vec<Item>,
}

/// A publisher with all its sources.
struct House<'a> {
    name: String,
    slug: Slug,
    sources: Vec<&'a SourceRow>,
}

impl House<'_> {
    fn ids(&self) -> Vec<&SourceId> {
        self.sources.iter().map(|it| &it.id).collect()
    }
}

impl<'a> View<'a> {
    pub(super) fn new(
        store: &'a Reader<'a>,
        config: &'a Config,
        ground: &'a Ground,
    ) -> Result<Self, StoreError> {
        let sources = &ground.sources;
        let taxonomy: Vec<&Slug> = config.topics.iter().map(|it| &it.slug).collect();
        let counted = store.topic_counts(TOPIC_STORIES_MIN, &taxonomy)?;
        let stories = |slug: &Slug| counted.iter().find(|(it, _)| it.slug == *slug).map_or(0, |(_, n)| *n);
        // The taxonomy's spelling and order first, then what publishers write about most.
        let ours = config
            .topics
            .iter()
            .map(|it| (Topic { name: it.name.clone(), slug: it.slug.clone() }, stories(&it.slug)));
        let is_ours = |slug: &Slug| config.topics.iter().any(|it| it.slug == *slug);
        let mut topics: Vec<(Topic, u64)> = ours.collect();
        topics
            .extend(counted.iter().filter(|(it, n)| !is_ours(&it.slug) && TOPIC_STORIES_MIN <= *n).cloned());
        topics.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.slug.cmp(&b.0.slug)));
        let mut audiences = Vec::new();
        for it in &config.audiences {
            let stories = store.audience_count(&it.slug)?;
            audiences.push(Section { name: it.name.clone(), slug: it.slug.clone(), stories });
        }
        let site = SiteView {
            title: config.site.title.clone(),
            curator: config.site.curator.clone(),
            base_url: config.site.base_url.clone(),
            language: config.site.language.clone(),
            timezone: config.site.timezone,
            contact: config.site.contact.clone(),
            topics: topics.iter().filter(|(_, n)| 0 < *n).map(|(it, n)| section(it, *n)).collect(),
            audiences,
        };
        Ok(Self {
            store,
            config,
            sources,
            families: &ground.families,
            credits: Credits::over(config, sources, Arc::clone(&ground.homes)),
            topics,
            site,
        })
    }

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
            let channel = Channel { older, ..channel };
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
    fn length(&self, output: &Output) -> Result<u64, StoreError> {
        match output.digest {
            Some(_) => self.store.digest_count(&output.id),
            None => self.store.output_length(output.id.as_str()),
        }
    }

    /// Periods with what may be shown of their stories.
    fn digests(&self, output: &Output, rows: Vec<DigestRow>) -> Result<Vec<Period>, StoreError> {
        let period = |row: DigestRow| {
            let updated = self.store.digest_updated(&output.id, &row)?;
            let stories = self.items(&self.store.digest_stories(&output.id, &row)?)?;
            Ok(Period { updated: updated.map_or(row.ends, |it| it.max(row.ends)), row, stories })
        };
        rows.into_iter().map(period).collect()
    }

    /// One item for each period; one of which every story was taken back is withdrawn.
    fn digest_items<'b>(&self, output: &Output, digests: &'b [Period]) -> Vec<FeedItem<'b>> {
        let item = |Period { row, updated, stories }: &'b Period| {
            let Some(newest) = stories.iter().map(|it| it.published).max() else {
                return FeedItem::Withdrawn { id: &row.tag, at: *updated };
            };
            FeedItem::Digest(Digest {
                id: row.tag.clone(),
                title: format!("{}, {}", output.title, self.day_of(row)),
                path: format!("{}#{}", month_path(self.month_of(newest)), self.local(newest).date_naive()),
                published: row.ends,
                updated: *updated,
                stories: stories.iter().collect(),
            })
        };
        digests.iter().map(item).collect()
    }

    /// The day that a period ended on; with the time where there are several a day.
    fn day_of(&self, row: &DigestRow) -> String {
        let last = self.local(row.ends.minus(Duration::from_millis(1)));
        let is_part = self.local(row.begins).date_naive() == last.date_naive()
            && row.ends.since(row.begins) < DIGEST_DAY_MIN;
        let time = if is_part { self.local(row.ends).format(", %H:%M").to_string() } else { String::new() };
        format!("{}{time}", last.format("%-d %B %Y"))
    }

    fn local(&self, at: Timestamp) -> chrono::DateTime<chrono_tz::Tz> {
        at.utc().with_timezone(&self.config.site.timezone)
    }

    /// What a path leads to. One document has one address: any other spelling is
    /// moved there or leads nowhere.
    pub(super) fn answer(&self, path: &str, query: Option<&str>) -> Result<Answer, StoreError> {
        let inner = path.strip_prefix('/').unwrap_or(path);
        let is_folder = inner.ends_with('/');
        let parts: Vec<&str> = inner.strip_suffix('/').unwrap_or(inner).split('/').collect();
        let answer = match (parts.as_slice(), is_folder) {
            ([""], false) => Some(self.front()?),
            (["topics"], true) => Some(html(page::topics(&self.site))),
            (["for"], true) => Some(html(page::audiences(&self.site))),
            (["publishers"], true) => Some(html(page::publishers(&self.site, &self.publisher_sections()?))),
            (["story", id, "history"], false) => self.history_or_story(id, path)?,
            (["story", id] | ["story", id, _], _) => self.story(id, path)?,
            (["story", id, _, "history"], false) => self.history(id, path)?,
            (["topics", slug], false) => self.topic(slug)?,
            (["for", slug], false) => self.audience(slug)?,
            (["publishers", slug], false) => self.publisher(slug)?,
            (["archive", year, month], false) => self.month(year, month)?,
            (["search"], false) => Some(self.search(query)?),
            (["about"], false) => Some(html(page::about(&self.site))),
            (["corrections"], false) => Some(html(page::corrections(&self.site, &self.corrections()?))),
            (["sources.opml"], false) => Some(self.opml()?),
            (["robots.txt"], false) => {
                Some(plain("text/plain; charset=utf-8", publish::robots_txt(&self.config.site.base_url)))
            }
            (["sitemap.xml"], false) => Some(self.sitemap()?),
            ([name], false) if feed_at(name).is_some() => feed_at(name).map(Answer::Moved),
            (["feeds", rest @ ..], false) => self.feed(rest)?,
            (["api", "v1", rest @ ..], false) => self.api(rest, query)?,
            _ => asset(path),
        };
        let missing = || match parts.first() {
            Some(&"api") => failure("there is nothing at this address"),
            _ => Rendered::new(HTML, page::not_found(&self.site)),
        };
        Ok(answer.unwrap_or_else(|| Answer::Missing(Arc::new(missing()))))
    }

    /// Every path that a static copy of the site holds; search and API need a server.
    pub(super) fn paths(&self) -> Result<Vec<String>, StoreError> {
        let mut paths: Vec<String> = ["/", "/topics/", "/for/", "/publishers/", "/about", "/corrections"]
            .into_iter()
            .chain(["/sources.opml", "/robots.txt", "/sitemap.xml"])
            .chain(publish::ASSETS.iter().map(|it| it.path))
            .map(str::to_owned)
            .chain(FEED_NAMES.iter().map(|(name, _)| format!("/{name}")))
            .collect();
        let mut feed =
            |stem: String| paths.extend(Format::ALL.map(|it| format!("{stem}.{}", it.extension())));
        let mut pages = Vec::new();
        for output in &self.config.outputs {
            feed(format!("/feeds/{}", output.id));
            let full_pages = self.length(output)? / ARCHIVE_ITEMS;
            for n in 1..=full_pages {
                pages.extend(["atom", "json"].map(|it| format!("{}.{it}", archive_stem(&output.id, n))));
            }
        }
        for (topic, _) in &self.topics {
            feed(format!("/feeds/topic/{}", topic.slug));
            pages.push(format!("/topics/{}", topic.slug));
        }
        for audience in &self.config.audiences {
            feed(format!("/feeds/for/{}", audience.slug));
            pages.push(format!("/for/{}", audience.slug));
            for (topic, _) in &self.topics {
                feed(format!("/feeds/for/{}/topic/{}", audience.slug, topic.slug));
            }
        }
        pages.extend(self.publisher_sections()?.into_iter().map(|it| format!("/publishers/{}", it.slug)));
        pages.extend(self.months()?.into_iter().map(month_path));
        for (path, state, _) in self.store.permalinks()? {
            if state == StoryState::Published {
                pages.push(publish::history_path(&path));
            }
            if matches!(state, StoryState::Published | StoryState::Merged) {
                pages.push(path);
            }
        }
        paths.extend(pages);
        Ok(paths)
    }

    fn front(&self) -> Result<Answer, StoreError> {
        let all: OutputId = "all".parse().map_err(|_| StoreError::Unreadable { what: "output id" })?;
        let stories: Vec<StoryRow> =
            self.store.output_newest(&all, FRONT_ITEMS)?.into_iter().map(|(.., story)| story).collect();
        let items = self.items(&stories)?;
        let older = self.store.newest()?.map(|it| self.month_of(it));
        Ok(html(page::index(&self.site, &items.iter().collect::<Vec<_>>(), older)))
    }

    /// A story of no slug has its history where another has its page.
    fn history_or_story(&self, id: &str, path: &str) -> Result<Option<Answer>, StoreError> {
        let is_slugless = self.story_row(id)?.is_some_and(|it| it.path.ends_with('/'));
        if is_slugless { self.history(id, path) } else { self.story(id, path) }
    }

    fn story(&self, id: &str, path: &str) -> Result<Option<Answer>, StoreError> {
        let Some(story) = self.story_row(id)? else { return Ok(None) };
        match story.state {
            StoryState::Merged => {
                let survivor = story.merged_into.map(|it| self.store.story_at(it)).transpose()?.flatten();
                Ok(survivor.map(|it| Answer::Moved(it.path)))
            }
            StoryState::Withdrawn => Ok(Some(self.gone(&story)?)),
            StoryState::Published => {
                if path != story.path {
                    return Ok(Some(Answer::Moved(story.path)));
                }
                let items = self.items(std::slice::from_ref(&story))?;
                let Some(item) = items.first() else { return Ok(Some(self.gone(&story)?)) };
                Ok(Some(html(page::story(&self.site, item))))
            }
            StoryState::Rejected if story.first_published.is_some() => Ok(Some(self.gone(&story)?)),
            StoryState::Pending | StoryState::Held | StoryState::Rejected | StoryState::Kept => Ok(None),
        }
    }

    fn history(&self, id: &str, path: &str) -> Result<Option<Answer>, StoreError> {
        let Some(story) = self.story_row(id)? else { return Ok(None) };
        match story.state {
            StoryState::Published => {}
            StoryState::Merged => {
                let survivor = story.merged_into.map(|it| self.store.story_at(it)).transpose()?.flatten();
                return Ok(survivor.map(|it| Answer::Moved(publish::history_path(&it.path))));
            }
            StoryState::Withdrawn | StoryState::Rejected if story.first_published.is_some() => {
                return Ok(Some(self.gone(&story)?));
            }
            _ => return Ok(None),
        }
        let here = publish::history_path(&story.path);
        if path != here {
            return Ok(Some(Answer::Moved(here)));
        }
        let Some(revisions) = self.revisions(&story)? else { return Ok(Some(self.gone(&story)?)) };
        let decisions = self.decisions(&story)?;
        Ok(Some(html(page::history(&self.site, &story.path, &story.title, &revisions, &decisions))))
    }

    /// What a story said, newest first; `None` when nothing of it may be shown any more.
    fn revisions(&self, story: &StoryRow) -> Result<Option<Vec<Revision>>, StoreError> {
        let Some(current) = self.items(std::slice::from_ref(story))?.pop() else { return Ok(None) };
        let entries = self.store.member_entries(story.id)?;
        let shown = self.store.revisions(story.id)?.into_iter().filter(|it| it.shown.is_some());
        let revisions = shown.map(|mut it| {
            item::keep_quotable(&mut it.briefing, &self.credits, &entries);
            let then = Item {
                model: it.record.map(|it| it.model),
                title: it.title,
                briefing: it.briefing,
                revision: it.n,
                reviewed: it.reviewed,
                ..current.clone()
            };
            Revision {
                number: it.n,
                at: it.made,
                by: it.author.unwrap_or_else(|| it.engine.as_str().to_owned()),
                reason: Some(it.removed.clone().unwrap_or(it.why)),
                item: Some(then).filter(|_| it.removed.is_none()),
            }
        });
        Ok(Some(revisions.collect()))
    }

    /// What changed after publication, as its history says, what people took back, merged and split,
    /// what may not be shown any more, and what publishers say of their articles since.
    fn corrections(&self) -> Result<Vec<Correction>, StoreError> {
        let mut corrections: Vec<Correction> = Vec::new();
        corrections.extend(self.store.revised(CORRECTIONS_MAX)?.into_iter().map(revised));
        corrections.extend(self.store.withdrawn(CORRECTIONS_MAX)?.into_iter().map(|story| Correction {
            at: story.updated,
            title: None,
            path: None,
            what: "Taken back: its publisher allows nothing of it to be shown any more.".to_owned(),
        }));
        for (story, act) in self.store.public_acts(CORRECTIONS_MAX)? {
            let deed = if act.act == "approve" { Some(Deed::Restored) } else { self.deed(&act)? };
            let Some(deed) = deed else { continue };
            let is_shown = story.state != StoryState::Withdrawn;
            let decision = Decision { at: act.at, by: act.by, deed, why: act.why };
            corrections.push(Correction {
                at: decision.at,
                title: Some(story.title).filter(|it| is_shown && !it.is_empty()),
                path: Some(story.path).filter(|_| is_shown),
                what: decision.sentence(),
            });
        }
        for (at, story, entry) in self.store.noticed(CORRECTIONS_MAX)? {
            let entry = self.store.member_entries(story.id)?.into_iter().find(|it| it.id == entry);
            let credited = entry.as_ref().and_then(|it| Some((it.aftermath?, self.credits.of(it)?)));
            let Some((aftermath, credited)) = credited.filter(|it| it.1.byline.rights < Rights::Drop) else {
                continue;
            };
            let what = page::aftermath(aftermath, &credited.byline.name);
            corrections.push(Correction { at, title: Some(story.title), path: Some(story.path), what });
        }
        corrections.sort_by_key(|it| Reverse(it.at));
        corrections.truncate(CORRECTIONS_MAX);
        Ok(corrections)
    }

    /// What people did with a story, latest first.
    fn decisions(&self, story: &StoryRow) -> Result<Vec<Decision>, StoreError> {
        let mut decisions = Vec::new();
        let acts = self.store.acts(story.id)?;
        for (at, act) in acts.iter().enumerate() {
            let before = acts[at + 1..].iter().find(|it| matches!(it.act.as_str(), "approve" | "reject"));
            let is_restored = act.act == "approve" && before.is_some_and(|it| it.act == "reject");
            let deed = if is_restored { Some(Deed::Restored) } else { self.deed(act)? };
            decisions.extend(deed.map(|deed| Decision {
                at: act.at,
                by: act.by.clone(),
                deed,
                why: act.why.clone(),
            }));
        }
        Ok(decisions)
    }

    /// What an act was; `None` for one of a later version.
    fn deed(&self, act: &Act) -> Result<Option<Deed>, StoreError> {
        let other = act.other.map(|it| self.store.story_at(it)).transpose()?.flatten();
        let is_shown = |it: &StoryRow| it.state != StoryState::Withdrawn && !it.title.is_empty();
        let title = other.filter(is_shown).map(|it| it.title);
        Ok(Some(match act.act.as_str() {
            "approve" => Deed::Approved,
            "reject" => Deed::Withdrew,
            "edit" => Deed::Edited,
            "replay" => Deed::Replayed,
            "merge" => Deed::Merged(title),
            "merged" => Deed::MergedAway(title),
            "split" => Deed::Split(title),
            "parted" => Deed::SplitOff(title),
            _ => return Ok(None),
        }))
    }

    fn topic(&self, slug: &str) -> Result<Option<Answer>, StoreError> {
        let Some((topic, n)) = self.topics.iter().find(|(it, _)| it.slug.as_str() == slug) else {
            return Ok(None);
        };
        let stories = self.store.topic_stories(&topic.slug, LISTED_ITEMS)?;
        let items = self.items(&stories)?;
        let page = page::topic(&self.site, &section(topic, *n), &items.iter().collect::<Vec<_>>());
        Ok(Some(html(page)))
    }

    fn audience(&self, slug: &str) -> Result<Option<Answer>, StoreError> {
        let Some(audience) = self.site.audiences.iter().find(|it| it.slug.as_str() == slug) else {
            return Ok(None);
        };
        let stories = self.store.audience_stories(&audience.slug, None, LISTED_ITEMS)?;
        let items = self.items(&stories)?;
        let page = page::audience(&self.site, audience, &items.iter().collect::<Vec<_>>());
        Ok(Some(html(page)))
    }

    fn publisher(&self, slug: &str) -> Result<Option<Answer>, StoreError> {
        let Some(house) = self.houses().into_iter().find(|it| it.slug.as_str() == slug) else {
            return Ok(None);
        };
        let stories = self.store.sources_stories(&house.ids(), LISTED_ITEMS)?;
        let items = self.items(&stories)?;
        let is_listed = |row: &&&SourceRow| self.credits.is_listed(&row.id);
        let publisher = Publisher {
            section: self.publisher_section(&house)?,
            home: house.sources.iter().find_map(|it| self.credits.home(&it.id)),
            feed_url: house.sources.iter().find(is_listed).and_then(|it| Url::parse(&it.url).ok()),
        };
        Ok(Some(html(page::publisher(&self.site, &publisher, &items.iter().collect::<Vec<_>>()))))
    }

    fn publisher_sections(&self) -> Result<Vec<Section>, StoreError> {
        let mut sections =
            self.houses().iter().map(|it| self.publisher_section(it)).collect::<Result<Vec<_>, _>>()?;
        sections.sort_by_key(|it| it.name.to_lowercase());
        Ok(sections)
    }

    fn publisher_section(&self, house: &House<'_>) -> Result<Section, StoreError> {
        let stories = self.store.sources_count(&house.ids())?;
        Ok(Section { name: house.name.clone(), slug: house.slug.clone(), stories })
    }

    /// Publishers with their sources. One whose name has no letters for a path, or
    /// those of another, has its first source's id there.
    fn houses(&self) -> Vec<House<'a>> {
        let mut houses: Vec<House<'a>> = Vec::new();
        let (mut by_name, mut taken) = (HashMap::new(), HashSet::new());
        for row in self.sources.iter().filter(|it| self.is_shown(&it.id)) {
            let name = self.credits.name(&row.id);
            if let Some(at) = by_name.get(&name) {
                let known: Option<&mut House<'a>> = houses.get_mut(*at);
                known.into_iter().for_each(|it| it.sources.push(row));
                continue;
            }
            let of_site = self.credits.site(&row.id).and_then(|it| Slug::of(&it));
            let slugs = [Slug::of(&name), of_site, row.id.as_str().parse().ok()];
            let Some(slug) = slugs.into_iter().flatten().find(|it| !taken.contains(it)) else { continue };
            taken.insert(slug.clone());
            by_name.insert(name.clone(), houses.len());
            houses.push(House { name, slug, sources: vec![row] });
        }
        houses
    }

    /// Whether a source may be named at all.
    fn is_shown(&self, source: &SourceId) -> bool {
        self.credits.rights_of(source, Rights::Any) < Rights::Drop
    }

    fn month(&self, year: &str, month: &str) -> Result<Option<Answer>, StoreError> {
        let (Ok(year_number), Ok(number)) = (year.parse(), month.parse()) else { return Ok(None) };
        let wanted = Month { year: year_number, month: number };
        if month_path(wanted) != format!("/archive/{year}/{month}") {
            return Ok(None);
        }
        let Some((from, to)) = self.bounds(wanted) else { return Ok(None) };
        let stories = self.store.stories_between(from, to, MONTH_ITEMS)?;
        if stories.is_empty() {
            return Ok(None);
        }
        let items = self.items(&stories)?;
        let newer = self.store.oldest_from(to)?.map(|it| self.month_of(it));
        let older = self.store.newest_before(from)?.map(|it| self.month_of(it));
        Ok(Some(html(page::archive_month(
            &self.site,
            wanted,
            &items.iter().collect::<Vec<_>>(),
            newer,
            older,
        ))))
    }

    /// Months that have published stories, newest first: one look-up for each of them.
    fn months(&self) -> Result<Vec<Month>, StoreError> {
        let mut months = Vec::new();
        let mut newest = self.store.newest()?;
        while let Some(at) = newest.filter(|_| months.len() < MONTHS_MAX) {
            let month = self.month_of(at);
            months.push(month);
            let Some((from, _)) = self.bounds(month) else { break };
            newest = self.store.newest_before(from)?;
        }
        Ok(months)
    }

    /// The month of a date in the site's time zone.
    fn month_of(&self, at: Timestamp) -> Month {
        let local = self.local(at);
        Month { year: local.year(), month: local.month() }
    }

    fn bounds(&self, month: Month) -> Option<(Timestamp, Timestamp)> {
        let first = NaiveDate::from_ymd_opt(month.year, month.month, 1)?;
        let next = first.checked_add_months(chrono::Months::new(1))?;
        let start = |day: NaiveDate| {
            let local = self.config.site.timezone.from_local_datetime(&day.and_hms_opt(0, 0, 0)?);
            Some(Timestamp::from(local.earliest().or_else(|| local.latest())?.to_utc()))
        };
        Some((start(first)?, start(next)?))
    }

    fn search(&self, query: Option<&str>) -> Result<Answer, StoreError> {
        let words = parameter(query, "q").unwrap_or_default();
        let stories = self.store.search(&words, FOUND_MAX)?;
        let items = self.items(&stories)?;
        Ok(html(page::search_results(&self.site, &words, &items.iter().collect::<Vec<_>>())))
    }

    fn opml(&self) -> Result<Answer, StoreError> {
        let listed =
            self.config.sources.iter().filter(|it| it.listed && it.enabled && self.is_shown(&it.id)).map(
                |it| OpmlSource {
                    name: self.credits.name(&it.id),
                    feed_url: it.url.clone(),
                    home: self.credits.home(&it.id),
                    topics: it.topics.clone(),
                },
            );
        let updated = self.sources.iter().map(|it| it.first_seen).max().unwrap_or_default();
        let listed: Vec<OpmlSource> = listed.collect();
        Ok(plain("text/x-opml; charset=utf-8", publish::opml(&self.config.site.title, updated, &listed)))
    }

    fn sitemap(&self) -> Result<Answer, StoreError> {
        let mut pages: Vec<(String, Option<Timestamp>)> =
            vec![("/".to_owned(), None), ("/about".to_owned(), None)];
        pages.extend(self.topics.iter().map(|(it, _)| (format!("/topics/{}", it.slug), None)));
        pages.extend(self.config.audiences.iter().map(|it| (format!("/for/{}", it.slug), None)));
        pages.extend(self.months()?.into_iter().map(|it| (month_path(it), None)));
        let newest = self
            .store
            .stories(StoryFilter { state: Some(StoryState::Published), limit: SITEMAP_STORIES_MAX })?;
        pages.extend(newest.into_iter().map(|it| (it.path, Some(it.updated))));
        let pages = pages.iter().map(|(path, at)| (path.as_str(), *at));
        Ok(plain("application/xml", publish::sitemap(&self.config.site.base_url, pages)))
    }

    fn feed(&self, rest: &[&str]) -> Result<Option<Answer>, StoreError> {
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
                    self.section_feed(&format!("topic/{}", topic.slug), &topic.name, format, recent)?
                }
                None => return Ok(None),
            },
            ["for", _] => match self.config.audiences.iter().find(|it| it.slug.as_str() == name) {
                Some(audience) => {
                    let stories = self.store.audience_stories(&audience.slug, None, LISTED_ITEMS)?;
                    let section = SectionFilter { topic: None, audience: Some(&audience.slug) };
                    let recent = Recent::of_section(self.store, self.families, section, stories)?;
                    self.section_feed(&format!("for/{}", audience.slug), &audience.name, format, recent)?
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
                self.section_feed(&stem, &format!("{}, {}", audience.name, topic.name), format, recent)?
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
        format: Format,
        recent: Recent,
    ) -> Result<Result<Rendered, InvalidOutput>, StoreError> {
        let stories: Vec<StoryRow> = recent.stories.into_iter().map(|(_, story)| story).collect();
        let items = self.items(&stories)?;
        let items: Vec<FeedItem<'_>> = items.iter().map(FeedItem::from).collect();
        let title = format!("{}: {name}", self.config.site.title);
        let link = self
            .config
            .outputs
            .iter()
            .find(|it| it.id.as_str() == "all")
            .map_or(LinkTo::Original, |it| it.link);
        let channel = self.channel(&format!("/feeds/{stem}"), &title, link, updated(&stories))?;
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

    fn api(&self, rest: &[&str], query: Option<&str>) -> Result<Option<Answer>, StoreError> {
        let value = match rest {
            ["stories"] => {
                let after = parameter(query, "after").and_then(|it| it.parse().ok()).unwrap_or(0);
                let rows = self.store.published(StoryRowId(after), API_ITEMS)?;
                let next = rows.last().filter(|_| rows.len() == API_ITEMS).map(|it| {
                    publish::absolute(
                        &self.config.site.base_url,
                        &format!("/api/v1/stories?after={}", it.id.0),
                    )
                });
                let stories = self.api_stories(&rows)?;
                json!({ "stories": stories, "next": next })
            }
            ["stories", id] => return self.api_story(id, "", |row| Ok(self.api_stories(&[row])?.pop())),
            ["stories", id, "history"] => {
                return self.api_story(id, "/history", |row| self.api_history(&row));
            }
            ["sources"] => return Ok(Some(fresh(&self.api_sources()?))),
            ["status"] => return Ok(Some(fresh(&self.api_status()?))),
            ["openapi.json"] => openapi::document(&self.config.site.title, &self.config.site.base_url),
            _ => return Ok(None),
        };
        Ok(Some(plain(JSON, to_json(&value))))
    }

    /// What `show` makes of a published story; one of no more is moved or gone.
    fn api_story(
        &self,
        id: &str,
        end: &str,
        show: impl FnOnce(StoryRow) -> Result<Option<serde_json::Value>, StoreError>,
    ) -> Result<Option<Answer>, StoreError> {
        let Some(row) = self.story_row(id)? else { return Ok(None) };
        let words = match self.withdrawal(&row)? {
            Some(it) => format!("this story was taken back. {}", it.sentence()),
            None => "this story was taken back".to_owned(),
        };
        let gone = || Some(Answer::Gone(Arc::new(failure(&words))));
        match row.state {
            // Key and tag are both its names; what only ends like its tag is not.
            StoryState::Published if id != row.key.as_str() && id != row.tag.as_str() => Ok(None),
            StoryState::Published => Ok(show(row)?.map_or_else(gone, |it| Some(plain(JSON, to_json(&it))))),
            StoryState::Merged => {
                let survivor = row.merged_into.map(|it| self.store.story_at(it)).transpose()?.flatten();
                Ok(survivor.map(|it| moved_in_api(&it, end)))
            }
            StoryState::Withdrawn | StoryState::Rejected if row.first_published.is_some() => Ok(gone()),
            _ => Ok(None),
        }
    }

    /// What a story said, newest revision first.
    fn api_history(&self, story: &StoryRow) -> Result<Option<serde_json::Value>, StoreError> {
        let Some(revisions) = self.revisions(story)? else { return Ok(None) };
        let site = &self.config.site;
        let acts: Vec<serde_json::Value> = (self.store.acts(story.id)?.iter())
            .map(|it| {
                json!({
                    "at": it.at.rfc3339(), "by": it.by, "act": it.act, "revision": it.revision, "reason": it.why,
                })
            })
            .collect();
        let revisions = revisions.iter().map(|it| {
            json!({
                "revision": it.number,
                "made": it.at.rfc3339(),
                "by": it.by,
                "reason": it.reason,
                "title": it.item.as_ref().map(|it| &it.title),
                "_bylined": it.item.as_ref().map(|it| publish::bylined_json(it, &site.curator, &site.base_url)),
            })
        });
        Ok(Some(json!({
            "id": story.tag.as_str(),
            "url": publish::absolute(&site.base_url, &story.path),
            "revisions": revisions.collect::<Vec<_>>(),
            "acts": acts,
        })))
    }

    /// As `source list --json`, without what would give away an unlisted feed's address.
    fn api_sources(&self) -> Result<serde_json::Value, StoreError> {
        let mut sources = listing::sources(self.store, self.config)?;
        let shown: Vec<&crate::config::Source> =
            self.config.sources.iter().filter(|it| self.is_shown(&it.id)).collect();
        sources.retain(|it| shown.iter().any(|shown| shown.id.as_str() == it.id));
        for (listed, _) in sources.iter_mut().zip(shown).filter(|(_, it)| !it.listed) {
            (listed.moved_to, listed.moving_to, listed.names_feed) = (None, None, None);
            listed.reason = listed.reason.as_ref().and_then(|it| it.split(':').next()).map(str::to_owned);
            listed.warnings = Vec::new();
            listed.push = None;
        }
        Ok(json!(sources))
    }

    /// As `status --json`, without what is due, which only a clock knows, and
    /// without the unhealthy, who stand among the sources.
    fn api_status(&self) -> Result<serde_json::Value, StoreError> {
        let mut status = json!(listing::status(self.store, self.config, Timestamp::default())?);
        let remove = |of: Option<&mut serde_json::Value>, key| {
            of.and_then(serde_json::Value::as_object_mut).map(|it| it.remove(key));
        };
        remove(Some(&mut status), "unhealthy");
        remove(Some(&mut status), "noted");
        remove(status.get_mut("sources"), "due");
        Ok(status)
    }

    fn api_stories(&self, rows: &[StoryRow]) -> Result<Vec<serde_json::Value>, StoreError> {
        let items = self.items(rows)?;
        let mut stories = Vec::with_capacity(items.len());
        for item in &items {
            let Some(row) = rows.iter().find(|it| it.key == item.key) else { continue };
            let mut story = json!(listing::story(self.store, self.config, &self.credits, row)?);
            story["updated"] = json!(item.updated.rfc3339());
            story["_bylined"] =
                publish::bylined_json(item, &self.config.site.curator, &self.config.site.base_url);
            stories.push(story);
        }
        Ok(stories)
    }

    fn items(&self, stories: &[StoryRow]) -> Result<Vec<Item>, StoreError> {
        item::items(self.store, &self.credits, &self.config.site.base_url, stories)
    }

    fn channel(
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
            link,
            updated: updated.unwrap_or(first_seen),
            ttl_minutes: TTL_MINUTES,
            hubs: Vec::new(),
        })
    }

    fn feed_url(&self, stem: &str) -> Option<FeedUrl> {
        Url::parse(&publish::absolute(&self.config.site.base_url, stem)).ok().map(FeedUrl)
    }

    fn story_row(&self, id: &str) -> Result<Option<StoryRow>, StoreError> {
        match id.parse::<StoryKey>() {
            Ok(key) => self.store.story(&key),
            Err(_) => Ok(None),
        }
    }

    /// 410, with who took the story back and why, where a person did.
    fn gone(&self, story: &StoryRow) -> Result<Answer, StoreError> {
        let decision = self.withdrawal(story)?;
        Ok(Answer::Gone(Arc::new(Rendered::new(HTML, page::gone(&self.site, decision.as_ref())))))
    }

    fn withdrawal(&self, story: &StoryRow) -> Result<Option<Decision>, StoreError> {
        if story.state != StoryState::Rejected {
            return Ok(None);
        }
        Ok(self.decisions(story)?.into_iter().find(|it| it.deed == Deed::Withdrew))
    }
}

/// Names that people and programs try for a site's feed, and which format they mean.
const FEED_NAMES: [(&str, Format); 8] = [
    ("feed.rss", Format::Rss),
    ("feed.atom", Format::Atom),
    ("feed.json", Format::Json),
    ("feed", Format::Rss),
    ("rss", Format::Rss),
    ("rss.xml", Format::Rss),
    ("index.xml", Format::Rss),
    ("atom.xml", Format::Atom),
];

/// The path of the feed that such a name leads to.
fn feed_at(name: &str) -> Option<String> {
    let (_, format) = FEED_NAMES.iter().find(|it| it.0 == name)?;
    Some(format!("/feeds/all.{}", format.extension()))
}

/// Stories in the sitemap (the protocol's bound is 50,000 addresses).
const SITEMAP_STORIES_MAX: usize = 45_000;

fn section(topic: &Topic, stories: u64) -> Section {
    Section { name: topic.name.clone(), slug: topic.slug.clone(), stories: stories as usize }
}

fn archive_stem(output: &OutputId, n: u64) -> String {
    format!("/feeds/{output}/archive/{n}")
}

fn month_path(month: Month) -> String {
    format!("/archive/{}/{:02}", month.year, month.month)
}

/// A revision as corrections name it.
fn revised(it: RevisedRow) -> Correction {
    let what = match (it.author, it.reviewed) {
        (Some(by), _) if it.why == EDITED => format!("Edited by {by}."),
        (Some(by), _) => format!("Edited by {by}: {}.", it.why.trim_end_matches('.')),
        (None, Some(review)) => format!("Curated again: {}; approved by {}.", it.why, review.by),
        (None, None) => format!("Curated again: {}.", it.why),
    };
    Correction { at: it.shown, title: Some(it.story.title), path: Some(it.story.path), what }
}

/// When a feed last changed: with its stories, and whenever one enters, however
/// old its article is.
fn updated(stories: &[StoryRow]) -> Option<Timestamp> {
    stories.iter().flat_map(|it| [Some(it.updated), Some(it.published), it.first_published]).flatten().max()
}

/// When a feed of digests last changed.
fn changed(digests: &[Period]) -> Option<Timestamp> {
    digests.iter().map(|it| it.updated).max()
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

fn html(page: String) -> Answer {
    Answer::Document(Arc::new(Rendered::new(HTML, page)))
}

fn plain(media_type: &str, body: Vec<u8>) -> Answer {
    Answer::Document(Arc::new(Rendered::new(media_type, body)))
}

/// What changes without the generation, with each poll: no copy is used without asking.
/// It has no date: two changes within one second would share it.
fn fresh(value: &serde_json::Value) -> Answer {
    Answer::Document(Arc::new(Rendered { max_age_secs: 0, ..Rendered::new(JSON, to_json(value)) }))
}

fn failure(words: &str) -> Rendered {
    Rendered::new(JSON, to_json(&json!({ "error": words })))
}

fn moved_in_api(story: &StoryRow, end: &str) -> Answer {
    Answer::Moved(format!("/api/v1/stories/{}{end}", story.key))
}

fn to_json(value: &serde_json::Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn asset(path: &str) -> Option<Answer> {
    let asset = publish::ASSETS.iter().find(|it| it.path == path)?;
    Some(Answer::Document(Arc::new(Rendered::new(asset.media_type, asset.bytes))))
}

/// A parameter of a query.
fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query?.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
