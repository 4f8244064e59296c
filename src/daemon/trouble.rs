//! Says what goes wrong again and again once, and then ever more rarely.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::Instant;
use tracing::error;

use crate::store::StoreError;

/// How long after it was first said a trouble that goes on is said again; each further time after
/// twice as long.
const SAY_AGAIN: Duration = Duration::from_secs(60);
/// Longest time between two such lines.
const SAY_AGAIN_MAX: Duration = Duration::from_secs(60 * 60);
/// A trouble that did not occur for so long is over, and a new one when it is back.
const OVER_AFTER: Duration = Duration::from_secs(10 * 60);
/// Troubles that are known at once; more than that is said line by line.
const TROUBLES_MAX: usize = 64;

/// What goes wrong, by its cause: all parts of the daemon share one, so that a full disk, which
/// stops every one of them, is said once.
#[derive(Debug, Default)]
pub(super) struct Troubles(Mutex<HashMap<String, Trouble>>);

#[derive(Debug)]
struct Trouble {
    seen: Instant,
    /// When it is said next, and how long after the last time.
    next: Instant,
    wait: Duration,
    /// How often it occurred since it was said.
    unsaid: u64,
}

impl Troubles {
    /// Logs what could not be done, unless its cause was logged lately.
    pub(super) fn say(&self, cause: &StoreError, words: &str) {
        match self.says(&cause.to_string(), Instant::now()) {
            Some(0) => error!(error = %cause, "{words}"),
            Some(unsaid) => {
                error!(error = %cause, unsaid, "{words}; repeated {unsaid} times since last logged");
            }
            None => {}
        }
    }

    /// Whether a failure with this cause is to be said now, and how often it occurred unsaid.
    pub(super) fn says(&self, cause: &str, now: Instant) -> Option<u64> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, it| now.duration_since(it.seen) < OVER_AFTER);
        if let Some(trouble) = known.get_mut(cause) {
            trouble.seen = now;
            if now < trouble.next {
                trouble.unsaid += 1;
                return None;
            }
            trouble.wait = (trouble.wait * 2).min(SAY_AGAIN_MAX);
            trouble.next = now + trouble.wait;
            return Some(std::mem::take(&mut trouble.unsaid));
        }
        if known.len() < TROUBLES_MAX {
            let next = now + SAY_AGAIN;
            known.insert(cause.to_owned(), Trouble { seen: now, next, wait: SAY_AGAIN, unsaid: 0 });
        }
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_secs(5);

    /// How often a cause is said that occurs every five seconds for so long.
    fn said(troubles: &Troubles, from: Instant, span: Duration) -> usize {
        let steps = span.as_secs() / STEP.as_secs();
        (0..steps).filter(|n| troubles.says("disk full", from + STEP * *n as u32).is_some()).count()
    }

    #[test]
    fn what_fails_all_day_is_said_some_dozen_times_and_counts_what_it_did_not_say() {
        let (troubles, start) = (Troubles::default(), Instant::now());
        assert_eq!(troubles.says("disk full", start), Some(0));
        assert_eq!(troubles.says("disk full", start + STEP), None);
        assert_eq!(troubles.says("locked", start + STEP), Some(0), "another cause is said at once");
        assert_eq!(troubles.says("disk full", start + SAY_AGAIN), Some(1));
        let day = Duration::from_secs(24 * 60 * 60);
        assert!((20..40).contains(&said(&troubles, start + SAY_AGAIN, day)));
    }

    #[test]
    fn what_is_back_after_a_while_is_said_at_once() {
        let (troubles, start) = (Troubles::default(), Instant::now());
        said(&troubles, start, SAY_AGAIN);
        assert_eq!(troubles.says("disk full", start + SAY_AGAIN + OVER_AFTER), Some(0));
    }
}
