//! Whether an endpoint is asked at all, after what it answered lately: a circuit breaker.

use std::time::Duration;

use tokio::time::Instant;

/// Requests in a row that fail before the circuit breaker opens.
const FAILURES_MAX: u32 = 3;
/// First rest after it opened; each further one in a row is twice as long.
const REST: Duration = Duration::from_secs(60);
/// Longest rest, also where the endpoint asks for a longer one.
const REST_MAX: Duration = Duration::from_secs(60 * 60);

/// A circuit breaker: closed, requests go out; open, none does until a rest is over; then one
/// request alone probes whether to close it.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    state: BreakerState,
    /// Requests that failed in a row.
    failures: u32,
    /// Rests in a row.
    rests: u32,
}

#[derive(Debug, Default)]
enum BreakerState {
    #[default]
    Closed,
    Open {
        until: Instant,
    },
    /// One request is under way; should its task be cancelled, another may probe from then on.
    Probing {
        until: Instant,
    },
}

/// A request that may go out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Permit {
    /// One of many.
    Free,
    /// The one that probes.
    Probe,
}

/// How a request failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum RequestFailure {
    /// As one may among many.
    Passing,
    /// In a way that the next will as well: no answer in time, a wrong key or address.
    Lasting,
    /// The endpoint asks for a rest of this length.
    Asked(Duration),
}

impl CircuitBreaker {
    /// Whether a request may go out that ends within `longest`.
    pub(super) fn permit(&mut self, now: Instant, longest: Duration) -> Option<Permit> {
        match self.state {
            BreakerState::Closed => Some(Permit::Free),
            BreakerState::Open { until } | BreakerState::Probing { until } if now < until => None,
            BreakerState::Open { .. } | BreakerState::Probing { .. } => {
                self.state = BreakerState::Probing { until: now + longest };
                Some(Permit::Probe)
            }
        }
    }

    /// Takes a permit back that was not used.
    pub(super) fn give_back(&mut self, now: Instant, permit: Permit) {
        if permit == Permit::Probe && matches!(self.state, BreakerState::Probing { .. }) {
            self.state = BreakerState::Open { until: now };
        }
    }

    /// Whether no request would be let out.
    pub(super) fn is_open(&self, now: Instant) -> bool {
        matches!(self.state, BreakerState::Open { until } | BreakerState::Probing { until } if now < until)
    }

    /// Notes an answer.
    pub(super) fn succeed(&mut self) {
        *self = Self::default();
    }

    /// Notes a request that failed for good, and returns the rest that this begins.
    pub(super) fn fail(&mut self, now: Instant, permit: Permit, failure: RequestFailure) -> Option<Duration> {
        if permit == Permit::Free && !matches!(self.state, BreakerState::Closed) {
            // It went out before the breaker opened, and tells nothing new.
            return None;
        }
        self.failures += 1;
        let opens =
            permit == Permit::Probe || failure != RequestFailure::Passing || self.failures >= FAILURES_MAX;
        if !opens {
            return None;
        }
        let doubled = REST.saturating_mul(2u32.saturating_pow(self.rests)).min(REST_MAX);
        let rest = match failure {
            RequestFailure::Asked(wish) => wish.min(REST_MAX).max(REST),
            RequestFailure::Passing | RequestFailure::Lasting => doubled,
        };
        self.rests += 1;
        self.state = BreakerState::Open { until: now + rest };
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(120);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn three_passing_failures_in_a_row_open_it_and_an_answer_starts_the_count_anew() {
        let (mut breaker, now) = (CircuitBreaker::default(), Instant::now());
        let fail = |it: &mut CircuitBreaker| it.fail(now, Permit::Free, RequestFailure::Passing);
        assert_eq!((fail(&mut breaker), fail(&mut breaker)), (None, None));
        breaker.succeed();
        assert_eq!((fail(&mut breaker), fail(&mut breaker)), (None, None));
        assert_eq!(fail(&mut breaker), Some(REST));
        assert_eq!(breaker.permit(now, DEADLINE), None);
    }

    #[test]
    fn after_the_rest_one_request_probes_and_the_others_wait_for_its_answer() {
        let (mut breaker, start) = (CircuitBreaker::default(), Instant::now());
        assert_eq!(breaker.fail(start, Permit::Free, RequestFailure::Lasting), Some(REST));
        let rested = start + REST;
        assert_eq!(breaker.permit(rested, DEADLINE), Some(Permit::Probe));
        assert_eq!(breaker.permit(rested, DEADLINE), None);
        assert_eq!(breaker.fail(rested + DEADLINE, Permit::Probe, RequestFailure::Passing), Some(REST * 2));
        let again = rested + DEADLINE + REST * 2;
        assert!(breaker.is_open(again - SECOND));
        assert_eq!(breaker.permit(again, DEADLINE), Some(Permit::Probe));
        breaker.succeed();
        assert_eq!(breaker.permit(again, DEADLINE), Some(Permit::Free));
        assert_eq!(
            breaker.fail(again, Permit::Free, RequestFailure::Lasting),
            Some(REST),
            "rests begin anew"
        );
    }

    #[test]
    fn a_probe_that_never_ends_does_not_keep_it_open() {
        let (mut breaker, start) = (CircuitBreaker::default(), Instant::now());
        breaker.fail(start, Permit::Free, RequestFailure::Lasting);
        assert_eq!(breaker.permit(start + REST, DEADLINE), Some(Permit::Probe));
        assert_eq!(breaker.permit(start + REST + DEADLINE, DEADLINE), Some(Permit::Probe));
    }

    #[test]
    fn requests_that_went_out_before_it_opened_do_not_prolong_the_rest() {
        let (mut breaker, start) = (CircuitBreaker::default(), Instant::now());
        breaker.fail(start, Permit::Free, RequestFailure::Lasting);
        assert_eq!(breaker.fail(start + SECOND, Permit::Free, RequestFailure::Lasting), None);
        assert!(!breaker.is_open(start + REST));
    }

    #[test]
    fn rests_have_a_longest() {
        let (mut breaker, mut now) = (CircuitBreaker::default(), Instant::now());
        assert_eq!(breaker.fail(now, Permit::Free, RequestFailure::Asked(REST_MAX * 24)), Some(REST_MAX));
        for _ in 0..40 {
            now += REST_MAX;
            assert_eq!(breaker.permit(now, DEADLINE), Some(Permit::Probe));
            breaker.fail(now, Permit::Probe, RequestFailure::Passing);
        }
        assert!(!breaker.is_open(now + REST_MAX));
    }
}
