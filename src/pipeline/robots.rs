//! What sites say in their robots.txt: asked once a day each, and remembered in the
//! store, so that a process that lives for one pass need not ask again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::OnceCell;
use tracing::warn;
use url::Url;

use crate::domain::Timestamp;
use crate::fetch;
use crate::fetch::robots::RobotsAnswer;
use crate::fetch::robots::RobotsFile;
use crate::net::Client;
use crate::store::RobotsRow;

use super::context::Pipeline;

/// How long an answer is relied on (RFC 9309 §2.4).
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a site that could not be asked is left alone.
const UNREACHABLE_FRESH: Duration = Duration::from_secs(10 * 60);

/// How long the last answer is kept to while the site cannot be asked (RFC 9309 §2.4): what a
/// publisher has forbidden holds through an outage.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Sites that are remembered in memory.
const SITES_MAX: usize = 10_000;

/// Bytes of their files that are remembered in memory. Hosts are a hostile feed's to invent.
const FILES_BYTES_MAX: usize = 16 << 20;

/// What is known of each site, by origin. Whoever asks while another does waits for its answer.
#[derive(Default)]
pub(super) struct Sites {
    known: Mutex<HashMap<String, Arc<OnceCell<Known>>>>,
    /// Bytes of the files that `known` was read from.
    bytes: AtomicUsize,
}

struct Known {
    answer: Arc<RobotsAnswer>,
    fetched: Timestamp,
    /// When it last could not be had again.
    failed: Option<Timestamp>,
}

impl Known {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let (since, lasts) = match (&*self.answer, self.failed) {
            (_, Some(failed)) => (failed, UNREACHABLE_FRESH),
            (RobotsAnswer::Unreachable(_) | RobotsAnswer::NoHost(_), None) => {
                (self.fetched, UNREACHABLE_FRESH)
            }
            (RobotsAnswer::Rules(_) | RobotsAnswer::Absent, None) => (self.fetched, FRESH),
        };
        // One from the future was fetched before the clock was set back.
        since <= now && now.since(since) < lasts
    }
}

impl Sites {
    /// The place for a site's answer: the one that is known and fresh, or one to be filled.
    fn place(&self, origin: &str, now: Timestamp) -> Arc<OnceCell<Known>> {
        let mut sites = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if SITES_MAX <= sites.len() || FILES_BYTES_MAX <= self.bytes.load(Ordering::Relaxed) {
            // The store still knows them.
            sites.clear();
            self.bytes.store(0, Ordering::Relaxed);
        }
        let place = sites.entry(origin.to_owned()).or_default();
        if place.get().is_some_and(|it| !it.is_fresh(now)) {
            *place = Arc::default();
        }
        Arc::clone(place)
    }

    fn read(&self, file: &RobotsFile, fetched: Timestamp, failed: Option<Timestamp>) -> Known {
        self.bytes.fetch_add(file.length(), Ordering::Relaxed);
        Known { answer: Arc::new(file.answer()), fetched, failed }
    }

    /// What the robots.txt of the site of `url` says, remembered in memory only.
    pub(super) async fn ask(&self, client: &Client, url: &Url, now: Timestamp) -> Arc<RobotsAnswer> {
        let place = self.place(&url.origin().ascii_serialization(), now);
        let fetched = place
            .get_or_init(|| async { self.read(&fetch::robots::robots(client, url, now).await.0, now, None) });
        Arc::clone(&fetched.await.answer)
    }
}

impl Pipeline {
    /// What the robots.txt of the site of `url` says.
    pub(super) async fn robots(&self, url: &Url, now: Timestamp) -> Arc<RobotsAnswer> {
        let origin = url.origin().ascii_serialization();
        let place = self.robots.place(&origin, now);
        let known = place.get_or_init(|| self.ask_for_robots(origin, url, now)).await;
        Arc::clone(&known.answer)
    }

    /// A store that fails costs only a request more.
    async fn ask_for_robots(&self, origin: String, url: &Url, now: Timestamp) -> Known {
        let asked = origin.clone();
        let mut last: Option<(RobotsFile, Timestamp)> = None;
        if let Ok(Some(RobotsRow { kind, body, fetched, failed })) =
            self.store.read(move |it| it.robots(&asked)).await
            && let Some(file) = RobotsFile::kept(&kind, body)
        {
            let known = self.robots.read(&file, fetched, failed);
            if known.is_fresh(now) {
                return known;
            }
            let is_answer = !matches!(file, RobotsFile::Unreachable(_) | RobotsFile::NoHost(_));
            last = Some((file, fetched)).filter(|_| is_answer && fetched <= now && now.since(fetched) < KEPT);
        }
        let place = fetch::robots::place(url).unwrap_or_else(|| url.clone());
        let asked = place.clone();
        if let Ok(Some(until)) = self.store.read(move |it| it.rate_limited_until(&asked, now)).await {
            let words = format!("robots.txt: rate-limited until {until}");
            return match last {
                Some((file, fetched)) => self.robots.read(&file, fetched, Some(now)),
                None => self.robots.read(&RobotsFile::Unreachable(words), now, None),
            };
        }
        let (file, patience) = fetch::robots::robots(&self.client, url, now).await;
        if let Some(until) = patience {
            let until = until.min(now.plus(self.config.schedule.max));
            if let Err(cause) = self.record_rate_limit(&place, until, now).await {
                warn!(error = %cause, "could not record a rate limit");
            }
        }
        let (file, fetched, failed) = match (file, last) {
            (RobotsFile::Unreachable(_) | RobotsFile::NoHost(_), Some((last, fetched))) => {
                (last, fetched, Some(now))
            }
            (file, _) => (file, now, None),
        };
        let known = self.robots.read(&file, fetched, failed);
        let row = RobotsRow { kind: file.kind().to_owned(), body: file.into_bytes(), fetched, failed };
        let forgotten = now.minus(KEPT);
        let recorded = self.store.write(move |it| it.record_robots(&origin, &row, forgotten)).await;
        if let Err(cause) = recorded {
            warn!(error = %cause, "could not store a robots.txt");
        }
        known
    }
}
