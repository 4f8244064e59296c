//! One request, sent until there is a reply or no more sense in sending it, and its tokens counted.

use tokio::time::Instant;
use tracing::warn;

use crate::config;
use crate::curate::llm::Dialect;
use crate::curate::llm::LlmRequest;
use crate::curate::llm::Reply;
use crate::domain::Timestamp;
use crate::fetch;
use crate::net::NetError;
use crate::store::Reserved;
use crate::store::StoreError;

use super::super::breaker::Permit;
use super::super::breaker::RequestFailure;
use super::super::context::Pipeline;
use super::Model;
use super::lock;
use super::purse::Purse;
use super::refusal::AskError;
use super::refusal::Refusal;
use super::refusal::WAIT_MAX;

impl Model {
    /// Sends a request until there is a reply, or no more sense in sending it.
    pub(super) async fn ask(
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
        let body = request.body(dialect);
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
    pub(in crate::pipeline) fn may_be_asked(&self, pipeline: &Pipeline) -> bool {
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
    pub(in crate::pipeline) fn day(&self, pipeline: &Pipeline) -> String {
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
