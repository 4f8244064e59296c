//! How fast a body comes, so that one that drips is ended before the whole exchange is over.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Over how long the speed of a body is measured.
pub(super) const WINDOW: Duration = Duration::from_secs(20);

/// Least bytes that come in that time: 1 KB/s.
const WINDOW_BYTES_MIN: usize = 20_000;

/// Arrivals less than this apart count as one, so that few are remembered.
const GRAIN: Duration = Duration::from_secs(1);

/// The latest arrivals of a body, as many as make up [`WINDOW_BYTES_MIN`].
pub(super) struct Pace {
    start: Instant,
    arrivals: VecDeque<(Instant, usize)>,
    bytes: usize,
}

impl Pace {
    pub(super) fn new(start: Instant) -> Self {
        Self { start, arrivals: VecDeque::new(), bytes: 0 }
    }

    /// Notes that so many bytes have come.
    pub(super) fn note(&mut self, now: Instant, bytes: usize) {
        self.bytes += bytes;
        match self.arrivals.back_mut() {
            Some((at, sum)) if now - *at < GRAIN => *sum += bytes,
            _ => self.arrivals.push_back((now, bytes)),
        }
        while let Some((_, oldest)) = self.arrivals.front()
            && WINDOW_BYTES_MIN <= self.bytes - oldest
        {
            self.bytes -= oldest;
            self.arrivals.pop_front();
        }
    }

    /// Leaves out a time in which nothing was read.
    pub(super) fn pass_over(&mut self, waited: Duration) {
        self.start += waited;
        self.arrivals.iter_mut().for_each(|it| it.0 += waited);
    }

    /// When the body is too slow unless more of it comes before.
    pub(super) fn deadline(&self) -> Instant {
        let since = if self.bytes < WINDOW_BYTES_MIN { None } else { self.arrivals.front() };
        since.map_or(self.start, |it| it.0) + WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Whether so many bytes a second, for a minute after so many at once, are too slow.
    fn is_ended(at_once: usize, each_second: usize) -> Option<u64> {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.note(start, at_once);
        (1..60)
            .find(|n| {
                let now = start + SECOND * *n;
                let is_late = pace.deadline() < now;
                pace.note(now, each_second);
                assert!(pace.arrivals.len() < 30, "few are remembered");
                is_late
            })
            .map(u64::from)
    }

    #[test]
    fn a_body_that_drips_is_ended_after_the_window_and_a_slow_one_is_not() {
        assert_eq!(is_ended(0, 0), Some(21));
        assert_eq!(is_ended(0, 1), Some(21));
        assert_eq!(is_ended(0, 900), Some(21));
        assert_eq!(is_ended(0, 1_001), None);
        assert_eq!(is_ended(10 << 20, 900), Some(21), "what came at first does not count for ever");
        assert_eq!(is_ended(10 << 20, 1_001), None);
    }
}
