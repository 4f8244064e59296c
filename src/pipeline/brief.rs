//! Curates the stories that wait for it and lets them into the outputs.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use tracing::error;

use crate::config::Config;
use crate::config::EngineChoice;
use crate::config::OnFailure;
use crate::curate;
use crate::curate::Budget;
use crate::curate::Curated;
use crate::curate::CurationContext;
use crate::curate::llm::LlmDraft;
use crate::domain::Briefing;
use crate::domain::Slug;
use crate::store::Reader;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::Writer;
use crate::threads;

use super::context::Pipeline;
use super::credit::Credits;
use super::credit::Homes;
use super::curation_input::CurationInput;
use super::curation_input::read_input;
use super::generate::may_ask;
use super::ledger;
use super::model::Asking;
use super::model::LlmResult;
use super::pass::OnProgress;
use super::pass::Progress;
use super::ready::page_wait;
use super::record::CurationResult;
use super::record::Trigger;
use super::record::record;

/// Stories curated and stored in one go.
const BATCH: usize = 250;

impl Pipeline {
    /// Curates every story that waits for it, oldest first, and returns how many
    /// were published. Each batch is stored with its place in the outputs, so
    /// that a kill between batches changes neither. Where a model writes, this is
    /// [`Pipeline::generate_with_llm`]'s work.
    pub(super) async fn brief(self: &Arc<Self>, on_progress: OnProgress<'_>) -> Result<usize, StoreError> {
        ledger::apply(&self.store, &self.config).await?;
        if self.model.is_some() {
            return Ok(0);
        }
        let (mut published, mut curated) = (0, 0);
        let sources = Arc::new(self.store.read(|it| it.sources()).await?);
        let homes = Arc::new(Homes::of(&self.config, &sources));
        let mut briefed = self.brief_next(&sources, &homes, HashSet::new()).await?;
        while !briefed.is_empty() {
            let taken = briefed.iter().map(|it| it.prepared.story.id).collect();
            curated += briefed.len();
            // While one batch is stored, the next is written.
            let next = self.brief_next(&sources, &homes, taken);
            let (stored, next) = tokio::join!(self.store_briefed(briefed), next);
            published += stored?;
            briefed = next?;
            if briefed.is_empty() {
                // What changed before it could be stored is looked at again.
                briefed = self.brief_next(&sources, &homes, HashSet::new()).await?;
            }
            on_progress(Progress::Curating(curated));
        }
        Ok(published)
    }

    /// Briefs the next stories that wait for it, all but those that are `taken`.
    async fn brief_next(
        &self,
        sources: &Arc<Vec<SourceRow>>,
        homes: &Arc<Homes>,
        taken: HashSet<StoryRowId>,
    ) -> Result<Vec<CurationResult>, StoreError> {
        let (config, sources, homes) = (Arc::clone(&self.config), Arc::clone(sources), Arc::clone(homes));
        let now = self.now();
        let prepare = move |store: &Reader<'_>| {
            let credits = Credits::over(&config, &sources, homes);
            let mut stories = store.stories_to_curate(page_wait(now), BATCH + taken.len())?;
            stories.retain(|it| !taken.contains(&it.id));
            stories.truncate(BATCH);
            let prepared = stories.into_iter().map(|it| read_input(store, &config, &credits, it));
            prepared.collect::<Result<Vec<_>, _>>()
        };
        let batch = self.store.read(prepare).await?;
        let config = Arc::clone(&self.config);
        let brief = move |it| brief_one(&config, Arc::new(it), &LlmDraft::default());
        let briefed = threads::blocking(move || batch.into_iter().map(brief).collect());
        briefed.await.map_err(|_| StoreError::Panicked)
    }

    /// Stores curated stories, and returns how many were published by it.
    pub(super) async fn store_briefed(&self, briefed: Vec<CurationResult>) -> Result<usize, StoreError> {
        let (config, now) = (Arc::clone(&self.config), self.now());
        let store = move |it: &Writer<'_>| {
            let mut published = 0;
            for story in &briefed {
                published += usize::from(record(it, &config, story, Trigger::Pending, now)?);
            }
            Ok(published)
        };
        self.store.write(store).await
    }

    /// A story as it is now, with all that curation wants to know of it.
    pub(crate) async fn prepared(&self, story: StoryRowId) -> Result<Option<Arc<CurationInput>>, StoreError> {
        let config = Arc::clone(&self.config);
        self.store
            .read(move |it| {
                let Some(story) = it.story_at(story)? else { return Ok(None) };
                let sources = it.sources()?;
                read_input(it, &config, &Credits::new(&config, &sources), story).map(|it| Some(Arc::new(it)))
            })
            .await
    }

    /// What the configured engine makes of a story. A model may be asked where that is said.
    pub(crate) async fn written(
        &self,
        prepared: Arc<CurationInput>,
        asking: Asking,
    ) -> Result<Arc<CurationResult>, StoreError> {
        let (prepared, by_model) = self.by_model(prepared, asking).await?;
        self.briefed(prepared, by_model).await
    }

    /// What a model writes about a story, where there is one and it may; and the story as it is once
    /// its publishers' signals were heeded.
    pub(super) async fn by_model(
        &self,
        mut prepared: Arc<CurationInput>,
        asking: Asking,
    ) -> Result<(Arc<CurationInput>, Option<LlmResult>), StoreError> {
        let Some(model) = &self.model else { return Ok((prepared, None)) };
        if may_ask(&prepared) && !matches!(asking, Asking::Never(_)) {
            prepared = self.heeding_signals(prepared).await?;
        }
        if !may_ask(&prepared) {
            return Ok((prepared, None));
        }
        let written = model.write(self, &prepared, asking).await?;
        Ok((prepared, Some(written)))
    }

    /// What is made of a story with what a model wrote.
    pub(super) async fn briefed(
        &self,
        prepared: Arc<CurationInput>,
        by_model: Option<LlmResult>,
    ) -> Result<Arc<CurationResult>, StoreError> {
        let (draft, by_model) = by_model.map_or_else(Default::default, |it| (it.draft, Some(it.record)));
        let hold = self.model.as_ref().is_some_and(|it| it.config().on_failure == OnFailure::Hold);
        let config = Arc::clone(&self.config);
        let briefed = threads::blocking(move || {
            let is_held = hold && by_model.as_ref().is_some_and(|it| it.failure.is_some());
            CurationResult { record: by_model, is_held, ..brief_one(&config, prepared, &draft) }
        });
        Ok(Arc::new(briefed.await.map_err(|_| StoreError::Panicked)?))
    }
}

/// What curation knows besides a story.
pub(super) fn curation_context(config: &Config) -> CurationContext<'_> {
    CurationContext {
        topics: &config.topics,
        audiences: &config.audiences,
        budget: Budget::Excerpts(&config.sources),
    }
}

/// Briefs a story with what stands of a model's draft, and with what people wrote.
pub(super) fn brief_one(config: &Config, prepared: Arc<CurationInput>, draft: &LlmDraft) -> CurationResult {
    // A title made of the text's beginning says nothing that the text does not.
    let title = prepared.members.first().map_or("", |it| &it.byline.title);
    let brief = || match config.curation.engine {
        // Nothing is written but by people: topics and bylines stand until one writes.
        EngineChoice::Editor => curate::label(&curation_context(config), title, &prepared.members),
        _ => curate::brief_with(&curation_context(config), title, &prepared.members, draft),
    };
    // A text that breaks the engine costs its own story the briefing, and nobody else's.
    let mut curated = catch_unwind(AssertUnwindSafe(brief)).unwrap_or_else(|_| {
        error!(story.key = %prepared.story.key, "the engine panicked on `{}`, which is published as a link; this is a bug", prepared.title);
        Curated::default()
    });
    let mut title = prepared.title.clone();
    prepared.overrides.apply(&mut title, &mut curated.briefing, &prepared.members);
    let audiences = audiences_of(config, &curated.briefing);
    CurationResult { prepared, curated, title, audiences, record: None, is_held: false }
}

/// The audiences that a briefing is for.
pub(crate) fn audiences_of(config: &Config, briefing: &Briefing) -> Vec<Slug> {
    let is_for = |name: &str| briefing.best_for.iter().any(|it| it == name);
    config.audiences.iter().filter(|it| is_for(&it.name)).map(|it| it.slug.clone()).collect()
}
