//! Why there is no reply, and whether another attempt makes sense.

use std::time::Duration;

use crate::config::SecretError;
use crate::curate::llm::BadReply;
use crate::curate::llm::Dialect;
use crate::net::NetError;

/// Times that one request is sent while the endpoint is busy or cannot be reached.
const ATTEMPTS_MAX: u32 = 6;
/// Times that one request is sent, ever, whose answers are of no use: each may have cost what a good
/// answer does.
pub(super) const USELESS_MAX: u32 = 3;
/// Wait before the second attempt; each further one is twice as long.
const BACK_OFF: Duration = Duration::from_millis(500);
/// Longest wait that an endpoint may ask for within one request; a longer one is a rest.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(30);

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

impl AskError {
    /// Whether there was an answer, which may have cost what a good one does, and it is of no use.
    pub(super) fn is_useless(&self) -> bool {
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
pub(super) struct Refusal {
    pub(super) error: AskError,
    /// How the request may be written instead.
    pub(super) dialect: Option<Dialect>,
    /// `Retry-After`.
    pub(super) asked_to_wait: Option<Duration>,
}

impl From<AskError> for Refusal {
    fn from(error: AskError) -> Self {
        Self { error, dialect: None, asked_to_wait: None }
    }
}

impl Refusal {
    /// How long to wait before the next of at most [`ATTEMPTS_MAX`] attempts, after so many.
    pub(super) fn wait(&self, attempts: u32) -> Option<Duration> {
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
