//! The revision that a decision is about, and what readers see of it afterwards.

use std::sync::Arc;

use crate::config::Config;
use crate::curate::Curated;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::pipeline::Credits;
use crate::pipeline::CurationResult;
use crate::pipeline::brief;
use crate::pipeline::curation_input;
use crate::pipeline::outputs;
use crate::store::Reader;
use crate::store::RevisionContent;
use crate::store::RevisionRow;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::Writer;

use super::context::Desk;
use super::error::DeskError;

impl Desk {
    /// The revision that decisions are about: the draft, else the current one.
    pub(super) async fn base(
        &self,
        key: &StoryKey,
        wish: &'static str,
    ) -> Result<(StoryRow, RevisionRow), DeskError> {
        let wanted = key.clone();
        let found = self.store().read(move |it| {
            let Some(story) = it.story(&wanted)? else { return Ok(None) };
            let n = it.draft(story.id)?.unwrap_or(story.revision);
            let revision = it.revision(story.id, n)?;
            let is_open = matches!(story.state, StoryState::Published | StoryState::Held);
            let refused = if is_open { None } else { Some(state(it, &story, wish)?) };
            Ok(Some((story, revision, refused)))
        });
        let (story, revision, refused) = found.await?.ok_or_else(|| DeskError::Unknown(key.clone()))?;
        if let Some(refused) = refused {
            return Err(refused);
        }
        let revision = revision.filter(|it| it.removed.is_none()).ok_or(DeskError::Empty)?;
        Ok((story, revision))
    }
}

/// What a revision says, where it can be read.
pub(super) fn readable<'a>(
    story: &StoryRow,
    revision: &'a RevisionRow,
) -> Result<&'a RevisionContent, DeskError> {
    revision.content.as_ref().map_err(|error| DeskError::UnreadableRevision {
        key: story.key.clone(),
        n: revision.n,
        cause: error.cause.clone(),
    })
}

/// A refusal that says what may be done instead.
pub(super) fn state(
    store: &Reader<'_>,
    story: &StoryRow,
    wish: &'static str,
) -> Result<DeskError, StoreError> {
    let survivor = story.merged_into.map(|it| store.story_at(it)).transpose()?.flatten();
    let remedy = match survivor {
        Some(it) => format!("; it became part of `{}` (“{}”), which can be", it.key, it.title),
        None if story.state == StoryState::Rejected && wish != "rejected" => "; approve it first".to_owned(),
        None => String::new(),
    };
    Ok(DeskError::State { state: story.state.as_str(), wish, remedy })
}

/// A stored revision as if its engine had just made it, for the way into the outputs.
pub(super) fn again(
    store: &Writer<'_>,
    config: &Config,
    story: StoryRow,
    revision: &RevisionRow,
    content: &RevisionContent,
) -> Result<CurationResult, StoreError> {
    let sources = store.reader().sources()?;
    let prepared =
        curation_input::read_input(&store.reader(), config, &Credits::new(config, &sources), story)?;
    let audiences = brief::audiences_of(config, &content.briefing);
    let curated = Curated {
        briefing: content.briefing.clone(),
        language: revision.language.clone(),
        ..Curated::default()
    };
    Ok(CurationResult {
        prepared: Arc::new(prepared),
        curated,
        title: revision.title.clone(),
        audiences,
        record: None,
        is_held: false,
    })
}

/// The score of a story as an editor is given it; nothing where its words are gone or cannot be read.
pub(super) fn score(
    store: &Writer<'_>,
    config: &Config,
    story: &StoryRow,
) -> Result<Option<f64>, StoreError> {
    let n = store.reader().draft(story.id)?.unwrap_or(story.revision);
    let revision = store.reader().revision(story.id, n)?.filter(|it| it.removed.is_none());
    let Some(revision) = revision else { return Ok(None) };
    let Ok(content) = &revision.content else { return Ok(None) };
    let briefed = again(store, config, story.clone(), &revision, content)?;
    score_of(store, config, &briefed).map(Some)
}

/// The score of a story with this briefing.
pub(super) fn score_of(
    store: &Writer<'_>,
    config: &Config,
    briefed: &CurationResult,
) -> Result<f64, StoreError> {
    let CurationResult { prepared, curated, .. } = briefed;
    outputs::score(&store.reader(), config, &prepared.story, prepared, &curated.briefing)
}

/// Tells readers that a published story changed, and lets it into outputs that it now suits.
pub(super) fn show(
    store: &Writer<'_>,
    config: &Config,
    briefed: &CurationResult,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = briefed.prepared.story.id;
    store.touch_story(id, now)?;
    let Some(story) = store.story(id)? else { return Ok(()) };
    outputs::add_to_outputs(store, config, &story, briefed, &briefed.curated.briefing, now)
}
