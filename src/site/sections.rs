//! The pages that list stories: the front page, topics, audiences, publishers and search.

use std::collections::HashMap;
use std::collections::HashSet;

use url::Url;

use crate::domain::OutputId;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::Topic;
use crate::publish::page;
use crate::publish::page::Publisher;
use crate::publish::page::Section;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::feeds::LISTED_ITEMS;
use super::response::Answer;
use super::response::html;
use super::routes::parameter;
use super::snapshot::SiteSnapshot;

/// Stories on the front page.
const FRONT_ITEMS: usize = 40;

/// Stories found by a search.
const FOUND_MAX: usize = 50;

impl<'a> SiteSnapshot<'a> {
    pub(super) fn front(&self) -> Result<Answer, StoreError> {
        let all: OutputId = "all".parse().map_err(|_| StoreError::Unreadable { what: "output id" })?;
        let stories: Vec<StoryRow> =
            self.store.output_newest(&all, FRONT_ITEMS)?.into_iter().map(|(.., story)| story).collect();
        let items = self.items(&stories)?;
        let older = self.store.newest()?.map(|it| self.month_of(it));
        Ok(html(page::index(&self.site, &items.iter().collect::<Vec<_>>(), older)))
    }

    pub(super) fn topic(&self, slug: &str) -> Result<Option<Answer>, StoreError> {
        let Some((topic, n)) = self.topics.iter().find(|(it, _)| it.slug.as_str() == slug) else {
            return Ok(None);
        };
        let stories = self.store.topic_stories(&topic.slug, LISTED_ITEMS)?;
        let items = self.items(&stories)?;
        let page = page::topic(&self.site, &section(topic, *n), &items.iter().collect::<Vec<_>>());
        Ok(Some(html(page)))
    }

    pub(super) fn audience(&self, slug: &str) -> Result<Option<Answer>, StoreError> {
        let Some(audience) = self.site.audiences.iter().find(|it| it.slug.as_str() == slug) else {
            return Ok(None);
        };
        let stories = self.store.audience_stories(&audience.slug, None, LISTED_ITEMS)?;
        let items = self.items(&stories)?;
        let page = page::audience(&self.site, audience, &items.iter().collect::<Vec<_>>());
        Ok(Some(html(page)))
    }

    pub(super) fn publisher(&self, slug: &str) -> Result<Option<Answer>, StoreError> {
        let Some(publisher) = self.publishers().into_iter().find(|it| it.slug.as_str() == slug) else {
            return Ok(None);
        };
        let stories = self.store.sources_stories(&publisher.ids(), LISTED_ITEMS)?;
        let items = self.items(&stories)?;
        let is_listed = |row: &&&SourceRow| self.credits.is_listed(&row.id);
        let publisher = Publisher {
            section: self.publisher_section(&publisher)?,
            home: publisher.sources.iter().find_map(|it| self.credits.home(&it.id)),
            feed_url: publisher.sources.iter().find(is_listed).and_then(|it| Url::parse(&it.url).ok()),
        };
        Ok(Some(html(page::publisher(&self.site, &publisher, &items.iter().collect::<Vec<_>>()))))
    }

    pub(super) fn publisher_sections(&self) -> Result<Vec<Section>, StoreError> {
        let mut sections =
            self.publishers().iter().map(|it| self.publisher_section(it)).collect::<Result<Vec<_>, _>>()?;
        sections.sort_by_key(|it| it.name.to_lowercase());
        Ok(sections)
    }

    pub(super) fn search(&self, query: Option<&str>) -> Result<Answer, StoreError> {
        let words = parameter(query, "q").unwrap_or_default();
        let stories = self.store.search(&words, FOUND_MAX)?;
        let items = self.items(&stories)?;
        Ok(html(page::search_results(&self.site, &words, &items.iter().collect::<Vec<_>>())))
    }

    fn publisher_section(&self, publisher: &PublisherSources<'_>) -> Result<Section, StoreError> {
        let stories = self.store.sources_count(&publisher.ids())?;
        Ok(Section { name: publisher.name.clone(), slug: publisher.slug.clone(), stories })
    }

    /// Publishers with their sources. One whose name has no letters for a path, or
    /// those of another, has its first source's id there.
    fn publishers(&self) -> Vec<PublisherSources<'a>> {
        let mut publishers: Vec<PublisherSources<'a>> = Vec::new();
        let (mut by_name, mut taken) = (HashMap::new(), HashSet::new());
        for row in self.sources.iter().filter(|it| self.is_shown(&it.id)) {
            let name = self.credits.name(&row.id);
            if let Some(at) = by_name.get(&name) {
                let known: Option<&mut PublisherSources<'a>> = publishers.get_mut(*at);
                known.into_iter().for_each(|it| it.sources.push(row));
                continue;
            }
            let of_site = self.credits.site(&row.id).and_then(|it| Slug::of(&it));
            let slugs = [Slug::of(&name), of_site, row.id.as_str().parse().ok()];
            let Some(slug) = slugs.into_iter().flatten().find(|it| !taken.contains(it)) else { continue };
            taken.insert(slug.clone());
            by_name.insert(name.clone(), publishers.len());
            publishers.push(PublisherSources { name, slug, sources: vec![row] });
        }
        publishers
    }
}

/// A publisher with all its sources.
struct PublisherSources<'a> {
    name: String,
    slug: Slug,
    sources: Vec<&'a SourceRow>,
}

impl PublisherSources<'_> {
    fn ids(&self) -> Vec<&SourceId> {
        self.sources.iter().map(|it| &it.id).collect()
    }
}

pub(super) fn section(topic: &Topic, stories: u64) -> Section {
    Section { name: topic.name.clone(), slug: topic.slug.clone(), stories: stories as usize }
}
