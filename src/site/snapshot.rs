//! One look at the store, through which all documents of a generation are made.

use std::sync::Arc;

use crate::config::Config;
use crate::domain::Item;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::StoryKey;
use crate::domain::Topic;
use crate::pipeline::Credits;
use crate::pipeline::Families;
use crate::pipeline::Homes;
use crate::pipeline::item;
use crate::publish::page::Section;
use crate::publish::page::SiteView;
use crate::store::Reader;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::look::Look;
use super::sections::section;

/// Published stories that make a topic outside of the taxonomy worth a page.
const TOPIC_STORIES_MIN: u64 = 3;

/// What is known of the sources, and the look: the same for all that is asked of one generation.
pub(super) struct SourceIndex {
    sources: Vec<SourceRow>,
    homes: Arc<Homes>,
    families: Families,
    look: Look,
}

impl SourceIndex {
    pub(super) fn read(store: &Reader<'_>, config: &Config) -> Result<Self, StoreError> {
        let sources = store.sources()?;
        let homes = Arc::new(Homes::of(config, &sources));
        let families = Families::new(config, &sources);
        Ok(Self { sources, homes, families, look: Look::read(config) })
    }
}

/// One look at the store.
pub(super) struct SiteSnapshot<'a> {
    pub(super) store: &'a Reader<'a>,
    pub(super) config: &'a Config,
    pub(super) sources: &'a [SourceRow],
    pub(super) families: &'a Families,
    pub(super) look: &'a Look,
    pub(super) credits: Credits<'a>,
    pub(super) topics: Vec<(Topic, u64)>,
    pub(super) site: SiteView,
}

impl<'a> SiteSnapshot<'a> {
    pub(super) fn new(
        store: &'a Reader<'a>,
        config: &'a Config,
        index: &'a SourceIndex,
    ) -> Result<Self, StoreError> {
        let sources = &index.sources;
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
            logo: index.look.logo_path().map(str::to_owned),
            topics: topics.iter().filter(|(_, n)| 0 < *n).map(|(it, n)| section(it, *n)).collect(),
            audiences,
        };
        Ok(Self {
            store,
            config,
            sources,
            families: &index.families,
            look: &index.look,
            credits: Credits::over(config, sources, Arc::clone(&index.homes)),
            topics,
            site,
        })
    }

    /// Whether a source may be named at all.
    pub(super) fn is_shown(&self, source: &SourceId) -> bool {
        self.credits.rights_of(source, Rights::Any) < Rights::Drop
    }

    pub(super) fn items(&self, stories: &[StoryRow]) -> Result<Vec<Item>, StoreError> {
        item::items(self.store, &self.credits, &self.config.site.base_url, stories)
    }

    pub(super) fn story_row(&self, id: &str) -> Result<Option<StoryRow>, StoreError> {
        match id.parse::<StoryKey>() {
            Ok(key) => self.store.story(&key),
            Err(_) => Ok(None),
        }
    }
}
