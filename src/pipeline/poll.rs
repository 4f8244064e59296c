//! One poll of one source: fetch, parse, identify, store.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::error;
use tracing::warn;
use url::Url;

use crate::config;
use crate::domain::Document;
use crate::domain::Timestamp;
use crate::fetch;
use crate::fetch::Ask;
use crate::fetch::Fetched;
use crate::identify;
use crate::net::MemoryPermit;
use crate::parse;
use crate::store::Health;
use crate::store::PollUpdate;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::text::error_chain;
use crate::threads;

use super::authorization::authorization;
use super::context::Pipeline;
use super::outcome::GONE;
use super::outcome::PollAnswer;
use super::poll_failure::PollFailure;
use super::redirect;
use super::unreadable::Told;
use super::unreadable::unreadable;

/// How long 304s are believed; then a source is asked for its whole document once,
/// for there are publishers whose validators never change.
const NOT_MODIFIED_BELIEVED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Why a source is not asked.
pub(super) const ROBOTS_DISALLOWS: &str = "robots.txt has a rule for bylined that disallows this feed";

/// What became of a poll.
#[derive(Clone, Copy, Debug)]
pub struct Polled {
    /// How it went.
    pub outcome: Outcome,
    /// Entries seen for the first time.
    pub new: usize,
    /// Known entries that changed.
    pub updated: usize,
}

/// How a poll went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// There was a new document.
    Modified,
    /// There was nothing new.
    NotModified,
    /// There was nothing to read; the source says why.
    Failed,
}

impl Outcome {
    /// As metrics name it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Modified => "modified",
            Self::NotModified => "not_modified",
            Self::Failed => "failed",
        }
    }
}

impl Polled {
    pub(super) fn failed() -> Self {
        Self { outcome: Outcome::Failed, new: 0, updated: 0 }
    }
}

impl Pipeline {
    /// Polls one source that this process has leased, and records the outcome.
    /// Whatever the source does is its own state, and so is a stored row of it that cannot be read.
    ///
    /// # Errors
    ///
    /// Fails when the store fails for every source.
    pub async fn poll(
        self: &Arc<Self>,
        source: &config::Source,
        row: SourceRow,
    ) -> Result<Polled, StoreError> {
        let before = row.clone();
        let started = Instant::now();
        let polled = match self.poll_leased(source, row).await {
            Err(cause) if cause.is_of_rows() => {
                let words = error_chain(&cause);
                error!("could not store what `{}` sent: {words}; the database may be damaged", source.id);
                let failure = PollFailure::of_store(format!("what it sent could not be stored: {words}"));
                self.fail(source, &before, self.now(), failure).await?
            }
            polled => polled?,
        };
        self.meters.polled(polled.outcome, started.elapsed());
        Ok(polled)
    }

    async fn poll_leased(
        self: &Arc<Self>,
        source: &config::Source,
        mut row: SourceRow,
    ) -> Result<Polled, StoreError> {
        let at = self.now();
        let address = redirect::address(source, &row);
        if !self.robots(&address, at).await.allows_feed(&address) {
            return self.fail(source, &row, at, PollFailure::of_rules("robots", ROBOTS_DISALLOWS)).await;
        }
        let authorization = match source.auth.as_ref().map(authorization).transpose() {
            Ok(value) => value,
            Err(words) => return self.fail(source, &row, at, PollFailure::of_rules("auth", &words)).await,
        };
        let is_whole = needs_unconditional_request(&row, at);
        let ask = Ask {
            url: &address,
            validators: (!is_whole).then_some(&row.validators),
            headers: &source.headers,
            authorization: authorization.as_deref(),
        };
        let may = async |to: Url| self.robots(&to, at).await.allows_feed(&to);
        let mut answer = fetch::get(&self.client, ask, may, at).await;
        if let Ok(Fetched::NotModified { final_url, .. }) = &answer
            && row.final_url.as_deref().is_some_and(|it| it != final_url.as_str())
        {
            // The validators are another address's: what it holds was never read.
            answer = fetch::get(&self.client, Ask { validators: None, ..ask }, may, at).await;
        }
        if is_whole || matches!(answer, Ok(Fetched::Modified { .. })) {
            row.last_whole = Some(at);
        }
        match answer {
            Ok(Fetched::Modified { document, validators, permit }) => {
                let answer = PollAnswer {
                    at,
                    validators,
                    body_hash: Some(identify::hash64(&document.bytes)),
                    final_url: document.final_url.to_string(),
                    redirects: document.redirects.clone(),
                };
                self.take_document(source, &row, answer, document, permit).await
            }
            Ok(Fetched::NotModified { validators, final_url, redirects, hints }) => {
                let final_url = final_url.to_string();
                let answer = PollAnswer { at, validators, body_hash: row.body_hash, final_url, redirects };
                self.nothing_new(source, &row, answer, 304, &hints).await
            }
            Ok(Fetched::Gone) if row.moved_to.is_some() => {
                // It is for the configured address to say that.
                let words = "the address it moved to answered 410; the configured one is asked next";
                let failure = PollFailure::of_document("gone", words.to_owned());
                self.fail(source, &row, at, PollFailure { status: Some(410), ..failure }).await
            }
            Ok(Fetched::Gone) => {
                let update = PollUpdate {
                    health: Health::Gone,
                    reason: Some(GONE.to_owned()),
                    status: Some(410),
                    ..self.unchanged(&row, at)
                };
                warn!(source.id = %source.id, "polling of `{}` stopped (410 Gone)", source.id);
                self.finish(source, update, Polled::failed()).await
            }
            Err(error) => self.fail(source, &row, at, PollFailure::of_fetch(&error)).await,
        }
    }

    /// Parses a document unless it is the one that was read last, and records what came of it.
    async fn take_document(
        self: &Arc<Self>,
        source: &config::Source,
        row: &SourceRow,
        answer: PollAnswer,
        document: Document,
        permit: MemoryPermit,
    ) -> Result<Polled, StoreError> {
        self.meters.fetched(document.bytes.len());
        let listening = move || {
            let mut document = document;
            // An unchanged document still names its terms.
            document.hints.has_rsl_licence |= parse::names_rsl_licence(&document.bytes);
            document
        };
        let at = answer.at;
        let Ok(document) = threads::blocking(listening).await else {
            return self.fail(source, row, at, PollFailure::of_panic()).await;
        };
        if row.body_hash == answer.body_hash {
            return self.nothing_new(source, row, answer, 200, &document.hints).await;
        }
        let held = self.documents.hold(document.bytes.len()).await;
        let parser = self.parsers.acquire().await;
        let told = if source.listed { Told::Everyone } else { Told::NoAddress };
        let read = move || {
            let parsed = parse::feed(&document);
            let parsed = parsed.map_err(|error| unreadable(&document, &error, told));
            // What is read is held once.
            (parsed, Document { bytes: Vec::new(), ..document })
        };
        let Ok((parsed, document)) = threads::blocking(read).await else {
            return self.fail(source, row, at, PollFailure::of_panic()).await;
        };
        drop((parser, permit));
        match parsed {
            Ok(parsed) => self.record(source, row, answer, &document, parsed, held).await,
            Err((kind, words)) => self.fail(source, row, at, PollFailure::of_document(kind, words)).await,
        }
    }
}

/// Whether to ask unconditionally: only a source that answers 304, and after it did
/// so for as long as that is believed.
fn needs_unconditional_request(row: &SourceRow, at: Timestamp) -> bool {
    let is_recent = |it: Timestamp| it <= at && at.since(it) < NOT_MODIFIED_BELIEVED;
    row.status == Some(304) && row.last_whole.is_some_and(|it| !is_recent(it))
}
