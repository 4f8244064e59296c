//! Curates with a language model, where one is configured: turns go round the sources, and no story waits for long.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::info;

use crate::config;
use crate::config::Config;
use crate::config::OnFailure;
use crate::config::PublishMode;
use crate::curate::llm;
use crate::curate::llm::LlmDraft;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::store::Reader;
use crate::store::RuleFilter;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::WaitingStory;
use crate::threads;

use super::brief::brief_one;
use super::context::Pipeline;
use super::credit::Credits;
use super::curation_input::CurationInput;
use super::curation_input::read_input;
use super::ledger;
use super::model::Asking;
use super::model::Model;
use super::pass::OnProgress;
use super::pass::Progress;
use super::ready::page_wait;
use super::record::CurationResult;
use super::record::Trigger;
use super::record::record;
use super::turns::Turn;
use super::turns::Turns;

/// Longest time that a story waits for its turn with the model. Then it is quoted by rule, and
/// written by the model once later, within [`ASK_AGAIN_WITHIN`].
const TURN_WAIT: Duration = Duration::from_secs(60 * 60);

/// When and for how long a model is asked again about a story that it did not answer about. What is
/// older stays as readers have it.
const ASK_LATER: Duration = Duration::from_secs(10 * 60);
pub(super) const ASK_AGAIN_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a story whose turn is over is left out before it may have another.
const REST_OF_STORY: Duration = Duration::from_secs(60);

/// How often waiting stories are looked for while the model writes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Stories of one source that are looked at for its next turn.
const LOOKED_AT_OF_SOURCE: usize = 4;

/// Stories quoted by rule and stored in one go.
const BATCH: usize = 100;

/// What is being done in one round of turns, and what was done lately.
#[derive(Default)]
struct Round {
    under_way: HashSet<StoryRowId>,
    /// Stories whose turn is over, or that cannot be taken up, and since when.
    resting: HashMap<StoryRowId, Instant>,
    /// Stories that looked as if they needed no model, and wait for it all the same, since when.
    passed_over: HashMap<StoryRowId, Instant>,
    published: usize,
    curated: usize,
}

impl Round {
    /// Stories that are not to be taken up now.
    fn busy(&mut self) -> Vec<StoryRowId> {
        for lately in [&mut self.resting, &mut self.passed_over] {
            lately.retain(|_, since| since.elapsed() < REST_OF_STORY);
        }
        self.under_way.iter().chain(self.resting.keys()).copied().collect()
    }
}

impl Pipeline {
    /// As `brief`, where a model writes: stories are taken one by one, several at a time, and each
    /// is published as soon as it is written. Turns go round the sources. A story is read anew right
    /// before its text leaves, so that rights hold that were learned meanwhile. Stories that no
    /// model may see, or that have waited for an hour, are quoted by rule.
    ///
    /// # Errors
    /// Fails where the store does; what was written until then is stored. A model that fails is no error: its
    /// stories wait or are quoted.
    pub async fn generate_with_llm(
        self: &Arc<Self>,
        on_progress: OnProgress<'_>,
    ) -> Result<usize, StoreError> {
        let Some(model) = &self.model else { return Ok(0) };
        ledger::apply(&self.store, &self.config).await?;
        let started = self.now();
        let mut round = Round::default();
        let mut asked: JoinSet<Result<(StoryRowId, bool), StoreError>> = JoinSet::new();
        loop {
            self.quote_by_rule(model, &mut round, on_progress).await?;
            while asked.len() < model.config().concurrency {
                let Some(turn) = self.next_turn(model, &mut round, started).await? else { break };
                let (holder, now, story) = (self.holder.clone(), self.now(), turn.waiting.story);
                let until = now.plus(model.turn());
                if !self.store.write(move |it| it.acquire_llm_lease(story, &holder, now, until)).await? {
                    // Another process asks about it.
                    round.resting.insert(story, Instant::now());
                    continue;
                }
                round.under_way.insert(story);
                let pipeline = Arc::clone(self);
                asked.spawn(async move { Ok((story, pipeline.take_up(turn).await?)) });
            }
            // While the model is slow, what need not wait for it is published all the same.
            let Ok(done) = tokio::time::timeout(LOOK_EVERY, asked.join_next()).await else { continue };
            let Some(done) = done else { return Ok(round.published) };
            let (story, is_published) = done.map_err(|_| StoreError::Panicked)??;
            round.under_way.remove(&story);
            round.resting.insert(story, Instant::now());
            round.published += usize::from(is_published);
            round.curated += 1;
            on_progress(Progress::Curating(round.curated));
        }
    }

    /// Whose turn it is: of all stories that wait, and of those that were quoted because the model
    /// did not answer in time.
    async fn next_turn(
        &self,
        model: &Model,
        round: &mut Round,
        started: Timestamp,
    ) -> Result<Option<Turn>, StoreError> {
        let (now, day, without) = (self.now(), model.day(self), round.busy());
        let wait = page_wait(now);
        // Not those that this round has only just quoted.
        let before = started.max(now.minus(REST_OF_STORY));
        let may_be_asked = model.may_be_asked(self);
        let of_day = day.clone();
        let read = move |it: &Reader<'_>| {
            let mut waiting = it.stories_for_model(wait, &without, LOOKED_AT_OF_SOURCE)?;
            if may_be_asked {
                waiting.extend(it.stories_to_ask(before, now, &without, LOOKED_AT_OF_SOURCE)?);
            }
            Ok((waiting, it.tokens_by_source(&of_day)?))
        };
        let (waiting, spent): (Vec<WaitingStory>, _) = self.store.read(read).await?;
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(turns.next(&waiting, &spent, &day, model.config().tokens_per_day))
    }

    /// Has the model write about a story, and says whether the story was published by it.
    async fn take_up(&self, turn: Turn) -> Result<bool, StoreError> {
        let story = turn.waiting.story;
        let prepared = self.prepared(story).await?;
        let is_wanted =
            |it: &Arc<CurationInput>| !turn.waiting.is_quoted || it.story.state == StoryState::Published;
        let Some(prepared) = prepared.filter(is_wanted) else {
            self.store.write(move |it| it.release_llm_lease(story)).await?;
            return Ok(false);
        };
        let cause = if turn.waiting.is_quoted { Trigger::Answered } else { Trigger::Pending };
        let source = turn.waiting.source.clone();
        let is_to_be_written = turn.waiting.is_quoted || !prepared.stands();
        let (prepared, by_model) = match is_to_be_written {
            true => self.by_model(prepared, Asking::InTurn(turn)).await?,
            false => (prepared, None),
        };
        if let (Some(model), true) = (&self.model, by_model.as_ref().is_some_and(|it| it.is_deferred)) {
            // Its source has spent its share of the day: it waits on.
            self.note_full(source, model.day(self));
            self.store.write(move |it| it.release_llm_lease(story)).await?;
            return Ok(false);
        }
        let briefed = self.briefed(prepared, by_model).await?;
        let is_unanswered = briefed.is_unanswered();
        let (config, now) = (Arc::clone(&self.config), self.now());
        self.store
            .write(move |it| {
                it.release_llm_lease(story)?;
                if matches!(cause, Trigger::Answered) {
                    if is_unanswered {
                        it.ask_later(story, now.plus(ASK_LATER))?;
                        return Ok(false);
                    }
                    it.ask_again(story, None)?;
                }
                record(it, &config, &briefed, cause, now)
            })
            .await
    }

    fn note_full(&self, source: SourceId, day: String) {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).note_full(source, day);
    }

    /// Quotes by rule, and publishes, what no model may see, and what has waited for long enough.
    async fn quote_by_rule(
        &self,
        model: &Model,
        round: &mut Round,
        on_progress: OnProgress<'_>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        if self.store.read(move |it| it.has_unnoted_waits(now)).await? {
            self.store.write(move |it| it.note_waits(now)).await?;
        }
        loop {
            let (config, mut without) = (Arc::clone(&self.config), round.busy());
            without.extend(round.passed_over.keys());
            let read = move |it: &Reader<'_>| by_rule(it, &config, without, now);
            let prepared: Vec<(CurationInput, bool)> = self.store.read(read).await?;
            if prepared.is_empty() {
                return Ok(());
            }
            // Whatever comes of them, none is looked at twice in a row.
            round.passed_over.extend(prepared.iter().map(|(it, _)| (it.story.id, Instant::now())));
            let (config, overdue) = (Arc::clone(&self.config), model.overdue());
            let brief = move |(it, is_overdue): (CurationInput, bool)| {
                let needs_model = may_ask(&it);
                if needs_model && (!is_overdue || it.mode == PublishMode::Review || holds(&config)) {
                    return None;
                }
                let record = needs_model.then(|| overdue.clone());
                Some(CurationResult { record, ..brief_one(&config, Arc::new(it), &LlmDraft::default()) })
            };
            let briefed =
                threads::blocking(move || prepared.into_iter().filter_map(brief).collect::<Vec<_>>());
            let briefed = briefed.await.map_err(|_| StoreError::Panicked)?;
            let overdue = briefed.iter().filter(|it| it.record.is_some()).count();
            if overdue > 0 {
                info!("quoted {overdue} stories by rule that had waited an hour for the model");
            }
            round.resting.extend(briefed.iter().map(|it| (it.prepared.story.id, Instant::now())));
            round.curated += briefed.len();
            round.published += self.store_briefed(briefed).await?;
            on_progress(Progress::Curating(round.curated));
        }
    }
}

/// Stories that are ready and need no model, or wait for it no longer, with whether they have waited.
fn by_rule(
    store: &Reader<'_>,
    config: &Config,
    without: Vec<StoryRowId>,
    now: Timestamp,
) -> Result<Vec<(CurationInput, bool)>, StoreError> {
    let sources = store.sources()?;
    let credits = Credits::new(config, &sources);
    let closed = sources.iter().filter(|it| credits.rights_of(&it.id, Rights::Any) > Rights::Any);
    let is_reviewed = |it: &&config::Source| it.publish == Some(PublishMode::Review);
    let waits_on = holds(config) || config.curation.publish == PublishMode::Review;
    let filter = RuleFilter {
        waited_since: (!waits_on).then(|| now.minus(TURN_WAIT)),
        closed: closed.map(|it| it.id.clone()).collect(),
        reviewed: config.sources.iter().filter(is_reviewed).map(|it| it.id.clone()).collect(),
        without,
    };
    let stories = store.stories_by_rule(page_wait(now), &filter, BATCH)?;
    let prepared = stories
        .into_iter()
        .map(|(it, is_overdue)| Ok((read_input(store, config, &credits, it)?, is_overdue)));
    prepared.collect()
}

/// Whether a story that the model fails is not to be published.
fn holds(config: &Config) -> bool {
    config.curation.llm.as_ref().is_some_and(|it| it.on_failure == OnFailure::Hold)
}

/// Whether a model may see anything of a story.
pub(super) fn may_ask(prepared: &CurationInput) -> bool {
    prepared.notice.is_none() && llm::may_ask(&prepared.members)
}

/// The turns of this process.
pub(super) type SharedTurns = Mutex<Turns>;
