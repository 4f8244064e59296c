//! Asks the operator's model, within the budget, and keeps what it replies.
//!
//! What to ask and what to take from an answer is `curate::llm`'s to decide. Here
//! stand time, money and patience: retries with back-off, a rest after repeated
//! failures, tokens set aside before they are spent, and replies that are stored
//! before they are used, so that a kill costs at most the one under way.

mod exchange;
mod purse;
mod refusal;
mod self_test;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tracing::debug;
use tracing::warn;
use url::Url;

use crate::config;
use crate::config::Config;
use crate::curate::llm;
use crate::curate::llm::Dialect;
use crate::curate::llm::LlmDraft;
use crate::curate::llm::LlmRequest;
use crate::curate::llm::Reply;
use crate::curate::llm::Step;
use crate::domain::Record;
use crate::net;
use crate::net::Client;
use crate::net::Endpoint;
use crate::store;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::Unreadable;
use crate::threads;

pub(crate) use self::purse::Asking;
pub use self::refusal::AskError;
use super::breaker::CircuitBreaker;
use super::context::Pipeline;
use super::curation_input::CurationInput;

/// Exchanges that the turn of asking about one story lasts.
const TURN_EXCHANGES: u32 = 64;

/// The operator's model.
pub(super) struct Model {
    config: config::Llm,
    settings: llm::Settings,
    endpoint: Option<Endpoint>,
    dialect: Mutex<Dialect>,
    breaker: Mutex<CircuitBreaker>,
    /// Held while the verifier is tested, so that it is tested once.
    testing: tokio::sync::Mutex<()>,
    /// The last day on which the budget was found spent, so that it is said once.
    spent_on: Mutex<Option<String>>,
}

/// What a model wrote about a story, or why it did not.
#[derive(Default)]
pub(super) struct LlmResult {
    pub(super) draft: LlmDraft,
    pub(super) record: Record,
    /// Whether it was not asked because the source's share of the day is spent, and others wait.
    pub(super) is_deferred: bool,
}

/// The names of the models that the endpoint has, none where it does not tell. Asking costs
/// no tokens, and shows that address and key are right.
///
/// # Errors
/// Where it does not answer, or not to this key.
pub async fn models(config: &Config, llm: &config::Llm) -> Result<Vec<String>, AskError> {
    let agent = net::user_agent(config.site.contact.as_deref());
    let endpoint = Endpoint::new(address(llm, "models"), &agent, llm.deadline)?;
    let key = llm.api_key.as_ref().map(config::Secret::read).transpose()?;
    let key = key.as_ref().map(config::Hidden::reveal);
    let answer = endpoint.get(key).await?;
    match answer.status {
        200 => Ok(llm::models(&answer.body)),
        404 | 405 => Ok(Vec::new()),
        status => Err(AskError::Status { status, reason: Reply::reason(&answer.body, key) }),
    }
}

/// An address below the one that the operator gave.
fn address(llm: &config::Llm, path: &str) -> Url {
    let mut url = llm.endpoint.clone();
    let path = format!("{}/{path}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

impl LlmResult {
    fn failed(mut record: Record, why: &AskError) -> Self {
        record.failure = Some(why.to_string());
        record.is_unanswered = !matches!(why, AskError::GivenUp);
        Self { draft: LlmDraft::default(), record, is_deferred: matches!(why, AskError::Share) }
    }
}

impl Model {
    /// The configured one, if there is one and it is to write.
    pub(super) fn of(config: &Config, client: &Client) -> Option<Self> {
        let llm =
            config.curation.llm.clone().filter(|_| config.curation.engine == config::EngineChoice::Llm)?;
        let endpoint = client.endpoint(address(&llm, "chat/completions"), llm.deadline);
        let endpoint = endpoint.inspect_err(|cause| warn!(error = %cause, "no model can be asked")).ok();
        let settings = llm::Settings {
            model: llm.model.clone(),
            input_words: llm.input_words,
            output_tokens: llm.output_tokens,
            verifier: None,
        };
        Some(Self {
            config: llm,
            settings,
            endpoint,
            dialect: Mutex::default(),
            breaker: Mutex::default(),
            testing: tokio::sync::Mutex::default(),
            spent_on: Mutex::default(),
        })
    }

    /// What the operator decided about it.
    pub(super) fn config(&self) -> &config::Llm {
        &self.config
    }

    /// How long the turn of asking about one story lasts.
    pub(super) fn turn(&self) -> Duration {
        self.config.deadline.saturating_mul(TURN_EXCHANGES)
    }

    /// Lets the model write about a story. What it replied before is not asked again;
    /// with `Asking::Never` nothing is, and a missing reply is a failure.
    pub(super) async fn write(
        &self,
        pipeline: &Pipeline,
        prepared: &Arc<CurationInput>,
        asking: Asking,
    ) -> Result<LlmResult, StoreError> {
        let mut record = self.record();
        let Some(purse) = asking.purse(prepared) else {
            return Ok(LlmResult { record, ..LlmResult::default() });
        };
        let failed = |record, why| {
            debug!(story.key = %prepared.story.key, "not written by the model: {why}");
            Ok(LlmResult::failed(record, &why))
        };
        let mut settings = self.settings.clone();
        settings.verifier = match &asking {
            // It wrote nothing that stood: what replies are left must not come in unconfirmed.
            Asking::Never(Some(Record { failure: Some(failure), is_unanswered, .. })) => {
                record.failure = Some(failure.clone());
                record.is_unanswered = *is_unanswered;
                return Ok(LlmResult { record, ..LlmResult::default() });
            }
            Asking::Never(Some(before)) => before.verifier.clone(),
            Asking::Never(None) => self.configured_verifier(),
            Asking::InTurn(_) | Asking::Freely => match self.verifier(pipeline, &purse).await? {
                Ok(verifier) => verifier,
                Err(why) => return failed(record, why),
            },
        };
        let mut replies: Vec<Reply> = Vec::new();
        loop {
            let (config, read) = (Arc::clone(&pipeline.config), Arc::clone(prepared));
            let (of_step, known) = (settings.clone(), replies.clone());
            let step = threads::blocking(move || {
                llm::step(&super::brief::curation_context(&config), &read.members, &of_step, &known)
            });
            let request = match step.await.map_err(|_| StoreError::Panicked)? {
                Step::Ask(request) => request,
                Step::Written(draft) => {
                    if draft.is_empty() {
                        record.failure = Some("nothing of what it wrote stands".to_owned());
                    }
                    record.verifier = settings.verifier;
                    return Ok(LlmResult { draft, record, is_deferred: false });
                }
            };
            record.requests.push(request.key.clone());
            let (reply, millis) = match self.known(pipeline, purse.story, &request, &asking).await? {
                Some(known) => known,
                None if matches!(asking, Asking::Never(_)) => {
                    record.failure = Some("the model was never asked this".to_owned());
                    return Ok(LlmResult { record, ..LlmResult::default() });
                }
                None => match self.ask(pipeline, &purse, &request).await? {
                    Ok(fresh) => fresh,
                    Err(why) => return failed(record, why),
                },
            };
            record.prompt_tokens += reply.prompt_tokens;
            record.completion_tokens += reply.completion_tokens;
            record.millis += millis;
            replies.push(reply);
        }
    }

    /// A reply that was stored, by this process or another. One that cannot be read counts as none, and
    /// makes room for another where the model may be asked.
    async fn known(
        &self,
        pipeline: &Pipeline,
        story: StoryRowId,
        request: &LlmRequest,
        asking: &Asking,
    ) -> Result<Option<(Reply, u64)>, StoreError> {
        let key = request.key.clone();
        let stored = pipeline.store.read(move |it| it.reply(story, &key)).await?;
        let Some((text, millis)) = stored else { return Ok(None) };
        match serde_json::from_str(&text) {
            Ok(reply) => Ok(Some((reply, millis))),
            Err(error) => {
                let error = Unreadable::damaged("reply of a model", &error);
                store::report(&format_args!("request {}", request.key), &error);
                if !matches!(asking, Asking::Never(_)) {
                    let key = request.key.clone();
                    pipeline.store.write(move |it| it.forget_reply(story, &key)).await?;
                }
                Ok(None)
            }
        }
    }

    /// How a model takes part in a briefing, before it does.
    fn record(&self) -> Record {
        Record {
            model: self.settings.model.clone(),
            prompt: llm::PROMPT.to_owned(),
            parameters: format!(
                "temperature 0, {} words in, {} tokens out",
                self.settings.input_words, self.settings.output_tokens
            ),
            ..Record::default()
        }
    }

    /// How it takes part where its turn did not come in time: it may write later.
    pub(super) fn overdue(&self) -> Record {
        let failure = Some("the model's turn did not come within the hour".to_owned());
        Record { failure, is_unanswered: true, ..self.record() }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
