//! The pages of topics, audiences and publishers.

use std::collections::HashMap;
use std::collections::HashSet;

use url::Url;

use crate::domain::Item;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::Topic;
use crate::publish::page;
use crate::publish::page::Publisher;
use crate::publish::page::PublisherPages;
use crate::publish::page::Section;
use crate::store::SourceRow;
use crate::store::StoreError;

use super::listed::ListSpan;
use super::listed::wanted_span;
use super::response::Answer;
use super::response::html;
use super::snapshot::SiteSnapshot;

/// Stories on a page of a topic's, an audience's or a publisher's list: with their sentences.
const SECTION_PAGE: usize = 24;

impl<'a> SiteSnapshot<'a> {
    pub(super) fn topic(&self, slug: &str, page: Option<&str>) -> Result<Option<Answer>, StoreError> {
        let Some((topic, n)) = self.topics.iter().find(|(it, _)| it.slug.as_str() == slug) else {
            return Ok(None);
        };
        let section = section(topic, *n);
        let Some(span) = wanted_span(section.stories, SECTION_PAGE, page) else { return Ok(None) };
        let stories = self.listed(&self.store.topic_stories_from(&topic.slug, span.skip, span.take)?)?;
        let leaf = span.leaf(&format!("/topics/{slug}"), page, &stories);
        Ok(Some(html(page::topic(&self.site, &section, &leaf))))
    }

    pub(super) fn audience(&self, slug: &str, page: Option<&str>) -> Result<Option<Answer>, StoreError> {
        let configured = self.config.audiences.iter().find(|it| it.slug.as_str() == slug);
        let section = self.site.audiences.iter().find(|it| it.slug.as_str() == slug);
        let (Some(audience), Some(configured)) = (section, configured) else { return Ok(None) };
        let Some(span) = wanted_span(audience.stories, SECTION_PAGE, page) else { return Ok(None) };
        let rows = self.store.audience_stories_from(&audience.slug, None, span.skip, span.take)?;
        let stories = self.listed(&rows)?;
        let name =
            |slug: &Slug| self.config.topics.iter().find(|it| it.slug == *slug).map(|it| it.name.clone());
        let topics: Vec<String> =
            configured.topics.iter().map(|it| name(it).unwrap_or_else(|| it.to_string())).collect();
        let leaf = span.leaf(&format!("/for/{slug}"), page, &stories);
        Ok(Some(html(page::audience(&self.site, audience, &topics, &leaf))))
    }

    pub(super) fn publisher(&self, slug: &str, page: Option<&str>) -> Result<Option<Answer>, StoreError> {
        let Some(publisher) = self.publishers().into_iter().find(|it| it.slug.as_str() == slug) else {
            return Ok(None);
        };
        let section = self.publisher_section(&publisher)?;
        let Some(span) = wanted_span(section.stories, SECTION_PAGE, page) else { return Ok(None) };
        let stories = self.listed(&self.store.sources_stories(&publisher.ids(), span.skip, span.take)?)?;
        let is_listed = |row: &&&SourceRow| self.credits.is_listed(&row.id);
        let view = Publisher {
            section,
            home: publisher.sources.iter().find_map(|it| self.credits.home(&it.id)),
            feed_url: publisher.sources.iter().find(is_listed).and_then(|it| Url::parse(&it.url).ok()),
            credit: self.store.credit_counts(&publisher.ids())?,
            rights: publisher
                .sources
                .iter()
                .map(|it| self.credits.rights_of(&it.id, Rights::Any))
                .max()
                .unwrap_or_default(),
        };
        let leaf = span.leaf(&format!("/publishers/{slug}"), page, &stories);
        Ok(Some(html(page::publisher(&self.site, &view, &leaf))))
    }

    /// The further pages of all topics, audiences and publishers.
    pub(super) fn section_pages(&self) -> Result<Vec<String>, StoreError> {
        let pages = |root: String, stories: usize| {
            ListSpan::numbers(stories, SECTION_PAGE).map(move |n| format!("{root}/{n}"))
        };
        let mut paths = Vec::new();
        for (topic, stories) in &self.topics {
            paths.extend(pages(format!("/topics/{}", topic.slug), *stories as usize));
        }
        for it in &self.site.audiences {
            paths.extend(pages(format!("/for/{}", it.slug), it.stories));
        }
        for it in &self.publishers() {
            let stories = self.publisher_section(it)?.stories;
            paths.extend(pages(format!("/publishers/{}", it.slug), stories));
        }
        Ok(paths)
    }

    /// The pages of these publishers.
    pub(super) fn publisher_pages(&self, item: &Item) -> PublisherPages {
        let is_named = |name: &str| item.bylines.iter().any(|it| it.name == name);
        let named = self.publishers().into_iter().filter(|it| is_named(&it.name));
        named.map(|it| (it.name, it.slug)).collect()
    }

    pub(super) fn publishers_by_name(&self) -> Vec<PublisherSources<'a>> {
        let mut publishers = self.publishers();
        publishers.sort_by_key(|it| it.name.to_lowercase());
        publishers
    }

    pub(super) fn publisher_section(&self, publisher: &PublisherSources<'_>) -> Result<Section, StoreError> {
        let stories = self.store.sources_count(&publisher.ids())?;
        Ok(Section { name: publisher.name.clone(), slug: publisher.slug.clone(), stories })
    }

    /// Publishers with their sources. One whose name has no letters for a path, or
    /// those of another, has its first source's id there.
    pub(super) fn publishers(&self) -> Vec<PublisherSources<'a>> {
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
pub(super) struct PublisherSources<'a> {
    pub(super) name: String,
    pub(super) slug: Slug,
    sources: Vec<&'a SourceRow>,
}

impl PublisherSources<'_> {
    pub(super) fn ids(&self) -> Vec<&SourceId> {
        self.sources.iter().map(|it| &it.id).collect()
    }
}

pub(super) fn section(topic: &Topic, stories: u64) -> Section {
    Section { name: topic.name.clone(), slug: topic.slug.clone(), stories: stories as usize }
}
