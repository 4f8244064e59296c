//! Counts what this process did, for whoever watches it. Nothing is decided by them.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use prometheus_client::registry::Unit;

use super::poll::Outcome;

/// Bounds of the histogram of polls, in seconds: up to the usual `fetch.timeout` and twice that.
const POLL_SECONDS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 20.0, 40.0];

/// How a poll went, and the kind of reason where it failed.
type PollLabels = [(&'static str, &'static str); 2];

/// Whether entries were seen for the first time or had changed.
type EntryLabels = [(&'static str, &'static str); 1];

/// What this process did since it took up its configuration. Clones count together.
#[derive(Clone, Debug)]
pub struct Meters {
    polls: Family<PollLabels, Counter>,
    poll_duration: Arc<Histogram>,
    entries: Family<EntryLabels, Counter>,
    fetched: Counter,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            polls: Family::default(),
            poll_duration: Arc::new(Histogram::new(POLL_SECONDS)),
            entries: Family::default(),
            fetched: Counter::default(),
        }
    }
}

impl Meters {
    /// Enters all of them, with what each means.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "polls",
            "Polls of sources, by how they went and, where they failed, why",
            self.polls.clone(),
        );
        let duration = Histogram::clone(&self.poll_duration);
        registry.register_with_unit(
            "poll_duration",
            "Time from the start of a poll until what came of it was stored",
            Unit::Seconds,
            duration,
        );
        registry.register("entries_read", "Entries that were new or had changed", self.entries.clone());
        registry.register_with_unit(
            "fetched",
            "Feed documents read, after decompression",
            Unit::Bytes,
            self.fetched.clone(),
        );
    }

    pub(super) fn polled(&self, outcome: Outcome, took: Duration) {
        if outcome != Outcome::Failed {
            self.polls.get_or_create(&[("outcome", outcome.as_str()), ("reason", "")]).inc();
        }
        self.poll_duration.observe(took.as_secs_f64());
    }

    /// A failed poll; `kind` is the word that the source's reason begins with.
    pub(super) fn poll_failed(&self, kind: &'static str) {
        self.polls.get_or_create(&[("outcome", Outcome::Failed.as_str()), ("reason", kind)]).inc();
    }

    pub(super) fn fetched(&self, bytes: usize) {
        self.fetched.inc_by(bytes as u64);
    }

    pub(super) fn stored(&self, new: usize, updated: usize) {
        for (state, count) in [("new", new), ("updated", updated)] {
            self.entries.get_or_create(&[("state", state)]).inc_by(count as u64);
        }
    }
}
