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
use crate::curate::llm::LlmDraft;
use crate::curate::llm::LlmRequest;
use crate::curate::llm::Reply;
use crate::curate::llm::Step;
use crate::domain::Record;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::fetch;
use crate::net;
use crate::net::Endpoint;
use crate::net::NetError;
use crate::store;
use crate::store::AttemptsMax;
use crate::store::InputVersion;
use crate::store::Reserved;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::Unreadable;

use super::breaker::CircuitBreaker;
use super::breaker::Permit;
use super::breaker::RequestFailure;
use super::context::Pipeline;
use super::curation_input::CurationInput;
use super::turns::Turn;

/// Times that one request is sent while the endpoint is busy or cannot be reached.
const ATTEMPTS_MAX: u32 = 6;
/// Times that one request is sent, ever, whose answers are of no use: each may have cost what a good
/// answer does.
const USELESS_MAX: u32 = 3;
/// Times that one request is sent, ever, whose answers are lost with a killed process. More than the
/// former: that is no fault of the request.
const LOST_MAX: u32 = 6;
/// Wait before the second attempt; each further one is twice as long.
const BACK_OFF: Duration = Duration::from_millis(500);
/// Longest wait that an endpoint may ask for within one request; a longer one is a rest.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Exchanges that the turn of asking about one story lasts.
const TURN_EXCHANGES: u32 = 64;

/// The operator's model.
pub(super) struct Model {
    config: config::Llm,
    settings: llm::Settings,
    endpoint: Option<Endpoint>,
    dialect: Mutex<Dialect>,
    breaker: Mutex<CircuitBreaker>,
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

/// Why the model could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The key stands where it cannot be read.
    #[error("the model's key cannot be read: {0}")]
    Key(#[from] SecretError),
    /// The operator wants no more tokens spent today.
    #[error("the daily token budget is spent")]
    Budget,
    /// The source has spent its share of the day's tokens, and others wait.
    #[error("the source's share of the daily token budget is spent while other sources wait")]
    Share,
    /// It failed lately.
    #[error("the circuit breaker of the endpoint is open")]
    Resting,
    /// Answers to this very request were of no use, or lost, as often as it may be sent.
    #[error("the request was sent the maximum number of times without a usable response")]
    GivenUp,
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
    #[error("the endpoint sent an invalid response: {0}")]
    Reply(#[from] BadReply),
    /// The system's root certificates cannot be read.
    #[error("the HTTP client for the endpoint could not be built")]
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
        Some(Self {
            config: llm,
            settings,
            endpoint,
            dialect: Mutex::default(),
            breaker: Mutex::default(),
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
        let mut replies: Vec<Reply> = Vec::new();
        loop {
            let (config, read) = (Arc::clone(&pipeline.config), Arc::clone(prepared));
            let (settings, known) = (self.settings.clone(), replies.clone());
            let step = tokio::task::spawn_blocking(move || {
                llm::step(&super::brief::curation_context(&config), &read.members, &settings, &known)
            });
            let step = step.await.map_err(|_| StoreError::Panicked)?;
            let request = match step {
                Step::Ask(request) => request,
                Step::Written(draft) => {
                    if draft.is_empty() {
                        record.failure = Some("nothing of what it wrote stands".to_owned());
                    }
                    return Ok(LlmResult { draft, record, is_deferred: false });
                }
            };
            record.requests.push(request.key.clone());
            let (reply, millis) = match self.known(pipeline, purse.story, &request, &asking).await? {
                Some(known) => known,
                None if matches!(asking, Asking::Never) => {
                    record.failure = Some("the model was never asked this".to_owned());
                    return Ok(LlmResult { record, ..LlmResult::default() });
                }
                None => match self.ask(pipeline, &purse, &request).await? {
                    Ok(fresh) => fresh,
                    Err(why) => {
                        debug!(story.key = %prepared.story.key, "not written by the model: {why}");
                        record.failure = Some(why.to_string());
                        record.is_unanswered = !matches!(why, AskError::GivenUp);
                        let is_deferred = matches!(why, AskError::Share);
                        return Ok(LlmResult { draft: LlmDraft::default(), record, is_deferred });
                    }
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
                if !matches!(asking, Asking::Never) {
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

    /// Sends a request until there is a reply, or no more sense in sending it.
    async fn ask(
        &self,
        pipeline: &Pipeline,
        purse: &Purse,
        request: &LlmRequest,
    ) -> Result<Result<(Reply, u64), AskError>, StoreError> {
        let mut attempts = 0;
        loop {
            let Some(permit) = lock(&self.breaker).permit(Instant::now(), self.config.deadline) else {
                return Ok(Err(AskError::Resting));
            };
            let day = self.day(pipeline);
            if let Err(why) = self.begin(pipeline, purse, request, &day).await? {
                lock(&self.breaker).give_back(Instant::now(), permit);
                return Ok(Err(why));
            }
            let dialect = *lock(&self.dialect);
            let started = Instant::now();
            let outcome = self.post(request, dialect, pipeline.now()).await;
            let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.settle(pipeline, purse, request, &day, &outcome, millis).await?;
            let refusal = match outcome {
                Ok(reply) => {
                    lock(&self.breaker).succeed();
                    return Ok(Ok((reply, millis)));
                }
                Err(refusal) => refusal,
            };
            if let Some(next) = refusal.dialect {
                // Another request may have learned it meanwhile; either way it is tried.
                *lock(&self.dialect) = next;
                lock(&self.breaker).give_back(Instant::now(), permit);
                continue;
            }
            attempts += 1;
            match refusal.wait(attempts).filter(|_| permit == Permit::Free) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    self.note_failure(permit, &refusal);
                    return Ok(Err(refusal.error));
                }
            }
        }
    }

    /// Counts an attempt at a request and sets its tokens aside, or says why it is not sent.
    async fn begin(
        &self,
        pipeline: &Pipeline,
        purse: &Purse,
        request: &LlmRequest,
        day: &str,
    ) -> Result<Result<(), AskError>, StoreError> {
        let (tokens, budget) = (request.tokens_expected(), self.config.tokens_per_day);
        let (purse, key, of_day) = (purse.clone(), request.key.clone(), day.to_owned());
        let begun = pipeline.store.write(move |it| {
            // What cannot be paid is not an attempt.
            let reserved = it.reserve_tokens(&of_day, &purse.source, tokens, budget, purse.tokens_max)?;
            if reserved == Reserved::Yes && !it.begin_attempt(purse.story, &key, purse.attempts_max)? {
                it.settle_tokens(&of_day, &purse.source, tokens, 0)?;
                return Ok(None);
            }
            Ok(Some(reserved))
        });
        Ok(match begun.await? {
            None => Err(AskError::GivenUp),
            Some(Reserved::Yes) => Ok(()),
            Some(Reserved::ShareSpent) => Err(AskError::Share),
            Some(Reserved::DaySpent) => {
                self.say_spent(day, budget);
                Err(AskError::Budget)
            }
        })
    }

    /// Notes what an exchange cost, and its reply where there is one.
    async fn settle(
        &self,
        pipeline: &Pipeline,
        purse: &Purse,
        request: &LlmRequest,
        day: &str,
        outcome: &Result<Reply, Refusal>,
        millis: u64,
    ) -> Result<(), StoreError> {
        let tokens = request.tokens_expected();
        let is_useless = outcome.as_ref().is_err_and(|it| it.error.is_useless());
        let spent = match outcome {
            Ok(reply) => match reply.prompt_tokens.saturating_add(reply.completion_tokens) {
                0 => tokens,
                counted => counted,
            },
            // What came of a request without an answer of use, only the endpoint knows.
            Err(Refusal { error: AskError::Net(NetError::Timeout { .. }), .. }) => tokens,
            Err(_) if is_useless => tokens,
            Err(_) => 0,
        };
        let kept = outcome.as_ref().ok().map(|it| serde_json::to_string(it).unwrap_or_default());
        let (purse, key, day, now) = (purse.clone(), request.key.clone(), day.to_owned(), pipeline.now());
        pipeline
            .store
            .write(move |it| {
                it.settle_tokens(&day, &purse.source, tokens, spent)?;
                it.end_attempt(purse.story, &key, is_useless)?;
                // A publisher's no, or its removal, may have come while the model wrote.
                let Some(kept) = &kept else { return Ok(()) };
                if it.may_still_be_read(purse.story, &purse.shown)? {
                    it.record_reply(purse.story, &key, kept, millis, now)?;
                }
                Ok(())
            })
            .await
    }

    /// One exchange.
    async fn post(&self, request: &LlmRequest, dialect: Dialect, now: Timestamp) -> Result<Reply, Refusal> {
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

    /// Whether there is sense in asking it now: its circuit breaker is closed, or may be probed, and
    /// its day's budget lasts.
    pub(super) fn may_be_asked(&self, pipeline: &Pipeline) -> bool {
        !lock(&self.breaker).is_open(Instant::now())
            && lock(&self.spent_on).as_ref() != Some(&self.day(pipeline))
    }

    fn note_failure(&self, permit: Permit, refusal: &Refusal) {
        let asked = refusal.asked_to_wait.filter(|it| *it > WAIT_MAX);
        let failure = match (&refusal.error, asked) {
            (_, Some(wish)) => RequestFailure::Asked(wish),
            // Neither a wrong key or address nor silence mends itself from one story to the next.
            (
                AskError::Key(_)
                | AskError::NoClient
                | AskError::Net(NetError::Timeout { .. })
                | AskError::Status { status: 400..=407 | 410..=424, .. },
                None,
            ) => RequestFailure::Lasting,
            _ => RequestFailure::Passing,
        };
        if let Some(rest) = lock(&self.breaker).fail(Instant::now(), permit, failure) {
            let error = &refusal.error;
            warn!("the circuit breaker of the model is open for {} s: {error}", rest.as_secs());
        }
    }

    /// The day of the site, whose tokens are counted together.
    pub(super) fn day(&self, pipeline: &Pipeline) -> String {
        let now = pipeline.now().utc().with_timezone(&pipeline.config.site.timezone);
        now.format("%Y-%m-%d").to_string()
    }

    fn say_spent(&self, day: &str, budget: u64) {
        let mut spent_on = lock(&self.spent_on);
        if spent_on.as_deref() != Some(day) {
            warn!(
                "the budget of {budget} tokens for {day} is spent; `on_failure` applies until the end of the day"
            );
            *spent_on = Some(day.to_owned());
        }
    }
}

/// Whether a model may be asked what it was not asked before.
#[derive(Clone, Debug)]
pub(crate) enum Asking {
    /// It is asked, as a source's turn.
    InTurn(Turn),
    /// It is asked: a person wishes it.
    Freely,
    /// Only what was replied before counts.
    Never,
}

/// Who pays for a request.
#[derive(Clone, Debug)]
struct Purse {
    story: StoryRowId,
    source: SourceId,
    /// The most tokens that the source may have spent on a day.
    tokens_max: Option<u64>,
    /// The most attempts at one request.
    attempts_max: AttemptsMax,
    /// The texts that the model is shown.
    shown: Vec<InputVersion>,
}

impl Asking {
    /// Who pays: the source whose turn it is, else that of the entry that speaks.
    fn purse(&self, prepared: &CurationInput) -> Option<Purse> {
        let story = prepared.story.id;
        let shown = prepared.shown_to_model();
        if let Self::InTurn(Turn { waiting, tokens_max }) = self {
            let (source, tokens_max) = (waiting.source.clone(), *tokens_max);
            let attempts_max = AttemptsMax { useless: USELESS_MAX, lost: LOST_MAX };
            return Some(Purse { story, source, tokens_max, attempts_max, shown });
        }
        let source = prepared.members.first()?.source.clone();
        // A person may ask as often as they like.
        let attempts_max = AttemptsMax { useless: u32::MAX, lost: u32::MAX };
        Some(Purse { story, source, tokens_max: None, attempts_max, shown })
    }
}

impl AskError {
    /// Whether there was an answer, which may have cost what a good one does, and it is of no use.
    fn is_useless(&self) -> bool {
        matches!(
            self,
            Self::Reply(_)
                | Self::Net(
                    NetError::TooLarge { .. }
                        | NetError::HeadersTooLarge { .. }
                        | NetError::BrokenHttp { .. }
                        | NetError::Encoding { .. }
                )
        )
    }
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
            AskError::Status { status: 408 | 409 | 425 | 429 | 500..=599, .. } => ATTEMPTS_MAX,
            AskError::Reply(_) | AskError::Net(NetError::BrokenHttp { .. }) => USELESS_MAX,
            // Whoever did not answer by the deadline is not waited for again.
            AskError::Net(NetError::Timeout { .. }) => 1,
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
