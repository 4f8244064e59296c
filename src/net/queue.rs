//! Politeness: how many exchanges run at once, in all and with one host, and how far apart they start.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Hosts remembered before those at rest are forgotten.
const HOSTS_MAX: usize = 4096;

/// Hands out turns.
pub(super) struct Queue {
    all: Arc<Semaphore>,
    per_host: usize,
    min_gap: Duration,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

struct Host {
    turns: Arc<Semaphore>,
    next_start: Mutex<Instant>,
}

/// The right to exchange; given back when dropped.
pub(super) struct ExchangePermit {
    _host: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Queue {
    pub(super) fn new(concurrency: usize, per_host: usize, min_gap: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            per_host: per_host.clamp(1, Semaphore::MAX_PERMITS),
            min_gap,
            hosts: Mutex::default(),
        }
    }

    /// Waits for a turn with `host` (host and port), or with any host if there is none to be polite to.
    ///
    /// The host's turn comes first, so that a long queue at one host holds no
    /// place that another could use; whoever holds a place is exchanging.
    pub(super) async fn turn(&self, host: Option<&str>) -> ExchangePermit {
        let held = match host.map(|it| self.host(it)) {
            Some(host) => {
                let permit = Arc::clone(&host.turns).acquire_owned().await.ok();
                tokio::time::sleep_until(host.reserve(self.min_gap)).await;
                permit
            }
            None => None,
        };
        ExchangePermit { _host: held, _all: Arc::clone(&self.all).acquire_owned().await.ok() }
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if HOSTS_MAX <= hosts.len() && !hosts.contains_key(name) {
            let now = Instant::now();
            hosts.retain(|_, it| !it.is_at_rest(now));
        }
        let host = hosts.entry(name.to_owned()).or_insert_with(|| {
            Arc::new(Host {
                turns: Arc::new(Semaphore::new(self.per_host)),
                next_start: Mutex::new(Instant::now()),
            })
        });
        Arc::clone(host)
    }
}

impl Host {
    /// Takes the next free start.
    fn reserve(&self, gap: Duration) -> Instant {
        let mut next = self.next_start.lock().unwrap_or_else(PoisonError::into_inner);
        let start = (*next).max(Instant::now());
        *next = start + gap;
        start
    }

    fn is_at_rest(self: &Arc<Self>, now: Instant) -> bool {
        let next = *self.next_start.lock().unwrap_or_else(PoisonError::into_inner);
        // The semaphore is shared with every permit that is out.
        Arc::strong_count(self) == 1 && Arc::strong_count(&self.turns) == 1 && next <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn starts_with_one_host_are_a_gap_apart() {
        let queue = Queue::new(8, 8, Duration::from_secs(1));
        let begin = Instant::now();
        for _ in 0..3 {
            queue.turn(Some("a.example:443")).await;
        }
        assert_eq!(begin.elapsed(), Duration::from_secs(2));
        queue.turn(Some("b.example:443")).await;
        queue.turn(None).await;
        assert_eq!(begin.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_host_holds_up_nobody_else() {
        let queue = Queue::new(2, 1, Duration::ZERO);
        let held = queue.turn(Some("a.example:443")).await;
        let second = queue.turn(Some("a.example:443"));
        assert!(tokio::time::timeout(Duration::from_secs(60), second).await.is_err());
        queue.turn(Some("b.example:443")).await;
        drop(held);
        queue.turn(Some("a.example:443")).await;
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_at_rest_are_forgotten() {
        let queue = Queue::new(2, 1, Duration::ZERO);
        for n in 0..=HOSTS_MAX {
            queue.turn(Some(&format!("{n}.example:80"))).await;
        }
        assert!(queue.hosts.lock().expect("not poisoned").len() < 10);
    }
}
