//! Asks the operator's model, within the budget, and keeps what it replies.
//!
//! What to ask and what to take from an answer is `curate::llm`'s to decide. Here
//! stand time, money and patience: retries with back-off, a rest after repeated
//! failures, tokens set aside before they are spent, and replies that are stored
//! before they are used, so that a kill costs at most the one under way.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;
use tracing::debug;
use tracing::warn;

use crate::config;
use crate::config::Config;
use crate::config::SecretError;
use crate::curate::llm;
use crate::curate::llm::BadReply;
use crate::curate::llm::Dialect;
use crate::curate::llm::Draft;
use crate::curate::llm::Reply;
use crate::curate::llm::Request;
use crate::curate::llm::Step;
use crate::domain::Record;
use crate::domain::Timestamp;
use crate::fetch;
use crate::net;
use crate::net::Endpoint;
use crate::net::NetError;
use crate::store::StoreError;
use crate::store::StoryRowId;

use super::Pipeline;
use super::brief::Prepared;

/// Times that one request is sent while the endpoint is busy or broken.
const ATTEMPTS_MAX: u32 = 6;
/// Times that one request is sent while the endpoint does not answer in time.
const TIMEOUTS_MAX: u32 = 2;
/// Wait before the second attempt; each further one is twice as long.
const BACK_OFF: Duration = Duration::from_millis(500);
/// Longest wait that an endpoint may ask for within one request; a longer one is a rest.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Requests in a row that fail before the endpoint is left alone.
const FAILURES_MAX: u32 = 3;
/// How long it is left alone then, and at most.
const REST: Duration = Duration::from_secs(60);
const REST_MAX: Duration = Duration::from_secs(60 * 60);
/// Exchanges that the turn of asking about one story lasts.
const TURN_EXCHANGES: u32 = 64;

/// The operator's model.
pub(super) struct Model {
    config: config::Llm,
    settings: llm::Settings,
    endpoint: Option<Endpoint>,
    dialect: Mutex<Dialect>,
    health: Mutex<Health>,
}

/// How the endpoint has been lately.
#[derive(Default)]
struct Health {
    failures: u32,
    resting_until: Option<Instant>,
    /// The last day on which the budget was found spent, so that it is said once.
    spent_on: Option<String>,
}

/// Why the model could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The key stands where it cannot be read.
    #[error("the model's key cannot be read: {0}")]
    Key(#[from] SecretError),
    /// The operator wants no more tokens spent today.
    #[error("the day's budget of tokens is spent")]
    Budget,
    /// It failed too often lately.
    #[error("the endpoint is left alone after repeated failures")]
    Resting,
    /// It answered, and refused.
    #[error("the endpoint answered {status}{}", reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default())]
    Status {
        /// Status (RFC 9110 §15).
        status: u16,
        /// What it said about it.
        reason: Option<String>,
    },
    /// It could not be reached.
    #[error("{0}")]
    Net(#[from] NetError),
    /// It answered something else than was asked.
    #[error("the endpoint's answer is of no use: {0}")]
    Reply(#[from] BadReply),
    /// The system's root certificates cannot be read.
    #[error("the endpoint has no client")]
    NoClient,
}

/// The names of the models that the endpoint has, none where it does not tell. Asking costs
/// no tokens, and shows that address and key are right.
///
/// # Errors
/// Where it does not answer, or not to this key.
pub async fn models(config: &Config, llm: &config::Llm) -> Result<Vec<String>, AskError> {
    let endpoint = endpoint(config, llm, "models")?;
    let key = llm.api_key.as_ref().map(config::Secret::read).transpose()?;
    let key = key.as_ref().map(config::Hidden::reveal);
    let answer = endpoint.get(key).await?;
    match answer.status {
        200 => Ok(llm::models(&answer.body)),
        404 | 405 => Ok(Vec::new()),
        status => Err(AskError::Status { status, reason: Reply::reason(&answer.body, key) }),
    }
}

/// What answers below the address that the operator gave.
fn endpoint(config: &Config, llm: &config::Llm, path: &str) -> Result<Endpoint, NetError> {
    let mut url = llm.endpoint.clone();
    let path = format!("{}/{path}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Endpoint::new(url, &net::user_agent(config.site.contact.as_deref()), llm.deadline)
}

impl Model {
    /// The configured one, if there is one and it is to write.
    pub(super) fn of(config: &Config) -> Option<Self> {
        let llm =
            config.curation.llm.clone().filter(|_| config.curation.engine == config::EngineChoice::Llm)?;
        let endpoint = endpoint(config, &llm, "chat/completions");
        let endpoint = endpoint.inspect_err(|cause| warn!(error = %cause, "no model can be asked")).ok();
        let settings = llm::Settings {
            model: llm.model.clone(),
            input_words: llm.input_words,
            output_tokens: llm.output_tokens,
        };
        Some(Self { config: llm, settings, endpoint, dialect: Mutex::default(), health: Mutex::default() })
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
        prepared: &Arc<Prepared>,
        asking: Asking,
    ) -> Result<(Draft, Record), StoreError> {
        let story = prepared.story.id;
        let mut record = Record {
            model: self.settings.model.clone(),
            prompt: llm::PROMPT.to_owned(),
            parameters: format!(
                "temperature 0, {} words in, {} tokens out",
                self.settings.input_words, self.settings.output_tokens
            ),
            ..Record::default()
        };
        let mut replies: Vec<Reply> = Vec::new();
        loop {
            let (config, read) = (Arc::clone(&pipeline.config), Arc::clone(prepared));
            let (settings, known) = (self.settings.clone(), replies.clone());
            let step = tokio::task::spawn_blocking(move || {
                llm::step(&super::brief::desk(&config), &read.members, &settings, &known)
            });
            let step = step.await.map_err(|_| StoreError::Panicked)?;
            let request = match step {
                Step::Ask(request) => request,
                Step::Written(draft) => {
                    if draft.is_empty() {
                        record.failure = Some("nothing of what it wrote stands".to_owned());
                    }
                    return Ok((draft, record));
                }
            };
            record.requests.push(request.key.clone());
            let (reply, millis) = match self.known(pipeline, story, &request).await? {
                Some(known) => known,
                None if asking == Asking::Never => {
                    record.failure = Some("the model was never asked this".to_owned());
                    return Ok((Draft::default(), record));
                }
                None => match self.ask(pipeline, story, &request).await? {
                    Ok(fresh) => fresh,
                    Err(why) => {
                        debug!(story.key = %prepared.story.key, "not written by the model: {why}");
                        record.failure = Some(why.to_string());
                        record.is_unanswered = true;
                        return Ok((Draft::default(), record));
                    }
                },
            };
            record.prompt_tokens += reply.prompt_tokens;
            record.completion_tokens += reply.completion_tokens;
            record.millis += millis;
            replies.push(reply);
        }
    }

    /// A reply that was stored, by this process or another.
    async fn known(
        &self,
        pipeline: &Pipeline,
        story: StoryRowId,
        request: &Request,
    ) -> Result<Option<(Reply, u64)>, StoreError> {
        let key = request.key.clone();
        let stored = pipeline.store.read(move |it| it.reply(story, &key)).await?;
        Ok(stored.and_then(|(text, millis)| Some((serde_json::from_str(&text).ok()?, millis))))
    }

    /// Sends a request until there is a reply, or no more sense in sending it.
    async fn ask(
        &self,
        pipeline: &Pipeline,
        story: StoryRowId,
        request: &Request,
    ) -> Result<Result<(Reply, u64), AskError>, StoreError> {
        let mut attempt = 0;
        loop {
            if self.is_resting() {
                return Ok(Err(AskError::Resting));
            }
            let now = pipeline.now();
            let day = day(pipeline, now);
            let (tokens, budget) = (request.tokens_expected(), self.config.tokens_per_day);
            let of_day = day.clone();
            if !pipeline.store.write(move |it| it.reserve_tokens(&of_day, tokens, budget)).await? {
                self.say_spent(&day, budget);
                return Ok(Err(AskError::Budget));
            }
            let dialect = *lock(&self.dialect);
            let started = Instant::now();
            let outcome = self.post(request, dialect, now).await;
            let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let spent = match &outcome {
                Ok(reply) => match reply.prompt_tokens.saturating_add(reply.completion_tokens) {
                    0 => tokens,
                    counted => counted,
                },
                // What came of a request that was not answered, only the endpoint knows.
                Err(Refusal { error: AskError::Net(NetError::Timeout { .. }), .. }) => tokens,
                Err(_) => 0,
            };
            let of_day = day.clone();
            let kept = outcome.as_ref().ok().map(|it| serde_json::to_string(it).unwrap_or_default());
            let key = request.key.clone();
            pipeline
                .store
                .write(move |it| {
                    it.settle_tokens(&of_day, tokens, spent)?;
                    kept.iter().try_for_each(|kept| it.record_reply(story, &key, kept, millis, now))
                })
                .await?;
            let refusal = match outcome {
                Ok(reply) => {
                    lock(&self.health).failures = 0;
                    return Ok(Ok((reply, millis)));
                }
                Err(refusal) => refusal,
            };
            if let Some(next) = refusal.dialect {
                // Another request may have learned it meanwhile; either way it is tried.
                *lock(&self.dialect) = next;
                continue;
            }
            attempt += 1;
            match refusal.wait(attempt) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    self.note_failure(&refusal);
                    return Ok(Err(refusal.error));
                }
            }
        }
    }

    /// One exchange.
    async fn post(&self, request: &Request, dialect: Dialect, now: Timestamp) -> Result<Reply, Refusal> {
        let endpoint = self.endpoint.as_ref().ok_or(AskError::NoClient)?;
        let key =
            self.config.api_key.as_ref().map(config::Secret::read).transpose().map_err(AskError::from)?;
        let key = key.as_ref().map(config::Hidden::reveal);
        let body = request.body(&self.settings.model, dialect);
        let posted = endpoint.post(body, key).await.map_err(AskError::from)?;
        match posted.status {
            200 => Reply::read(&posted.body).map_err(|it| AskError::from(it).into()),
            status => {
                let error = AskError::Status { status, reason: Reply::reason(&posted.body, key) };
                let may_differ = matches!(status, 400 | 404 | 415 | 422);
                let dialect = if may_differ { dialect.after(&posted.body) } else { None };
                let asked_to_wait = fetch::retry_after(&posted.headers, now).map(|it| it.since(now));
                Err(Refusal { error, dialect, asked_to_wait })
            }
        }
    }

    /// Whether there is sense in asking it now: it is not left alone, and its day's budget lasts.
    pub(super) fn may_be_asked(&self, pipeline: &Pipeline) -> bool {
        let day = day(pipeline, pipeline.now());
        !self.is_resting() && lock(&self.health).spent_on.as_ref() != Some(&day)
    }

    fn is_resting(&self) -> bool {
        lock(&self.health).resting_until.is_some_and(|it| Instant::now() < it)
    }

    fn note_failure(&self, refusal: &Refusal) {
        let mut health = lock(&self.health);
        health.failures += 1;
        let asked = refusal.asked_to_wait.filter(|it| WAIT_MAX < *it);
        // A key or an address that is wrong does not mend itself from one story to the next.
        let is_lasting = matches!(
            refusal.error,
            AskError::Key(_) | AskError::NoClient | AskError::Status { status: 400..=407 | 410..=424, .. }
        );
        if FAILURES_MAX <= health.failures || asked.is_some() || is_lasting {
            let rest = asked.unwrap_or(REST).min(REST_MAX);
            health.resting_until = Some(Instant::now() + rest);
            let error = &refusal.error;
            warn!("the model is not asked for {} s: {error}", rest.as_secs());
        }
    }

    fn say_spent(&self, day: &str, budget: u64) {
        let mut health = lock(&self.health);
        if health.spent_on.as_deref() != Some(day) {
            warn!(
                "the budget of {budget} tokens for {day} is spent; `on_failure` applies until the day ends"
            );
            health.spent_on = Some(day.to_owned());
        }
    }
}

/// The day of the site, whose tokens are counted together.
fn day(pipeline: &Pipeline, now: Timestamp) -> String {
    now.utc().with_timezone(&pipeline.config.site.timezone).format("%Y-%m-%d").to_string()
}

/// Whether a model may be asked what it was not asked before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asking {
    /// It is asked.
    Freely,
    /// Only what was replied before counts.
    Never,
}

/// An exchange without a reply.
#[derive(Debug)]
struct Refusal {
    error: AskError,
    /// How the request may be written instead.
    dialect: Option<Dialect>,
    /// `Retry-After`.
    asked_to_wait: Option<Duration>,
}

impl From<AskError> for Refusal {
    fn from(error: AskError) -> Self {
        Self { error, dialect: None, asked_to_wait: None }
    }
}

impl Refusal {
    /// How long to wait before the next of at most [`ATTEMPTS_MAX`] attempts, after so many.
    fn wait(&self, attempts: u32) -> Option<Duration> {
        let attempts_max = match &self.error {
            AskError::Status { status: 408 | 409 | 425 | 429 | 500..=599, .. } | AskError::Reply(_) => {
                ATTEMPTS_MAX
            }
            AskError::Net(NetError::Timeout { .. }) => TIMEOUTS_MAX,
            AskError::Net(it) if it.is_transient() => ATTEMPTS_MAX,
            _ => 1,
        };
        let back_off = BACK_OFF * 2u32.saturating_pow(attempts.saturating_sub(1));
        let wait = self.asked_to_wait.unwrap_or(back_off);
        (attempts < attempts_max && wait <= WAIT_MAX).then_some(wait)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, asked_secs: Option<u64>, attempts: u32, expected_millis: Option<u128>) {
        let error = AskError::Status { status, reason: None };
        let refusal = Refusal { error, dialect: None, asked_to_wait: asked_secs.map(Duration::from_secs) };
        assert_eq!(refusal.wait(attempts).map(|it| it.as_millis()), expected_millis, "{status} {attempts}");
    }

    #[test]
    fn what_may_pass_is_waited_for_longer_each_time() {
        for (attempts, expected) in [(1, Some(500)), (2, Some(1_000)), (5, Some(8_000)), (6, None)] {
            check(503, None, attempts, expected);
        }
        check(429, Some(7), 1, Some(7_000));
        check(429, Some(0), 5, Some(0));
        check(429, Some(3_600), 1, None);
        for lasting in [301, 400, 401, 403, 404] {
            check(lasting, None, 1, None);
        }
    }
}
