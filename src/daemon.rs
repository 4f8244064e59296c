//! The process that polls, publishes and serves until it is told to stop.

mod demo;
mod hooks;
mod hub;
mod service_manager;
mod tick;
mod trouble;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::error;
use tracing::info;
use tracing::warn;

pub use self::demo::Newsroom;
pub use self::demo::config as demo_config;
pub use self::service_manager::reload_refused;
pub use self::service_manager::reloading;
pub use self::service_manager::stopping;
pub use self::tick::TICK;

use crate::admin::AdminSite;
use crate::admin::SourceFiles;
use crate::desk::Desk;
use crate::domain::Clock;
use crate::domain::Timestamp;
use crate::pipeline::Pipeline;
use crate::pipeline::Scope;
use crate::serve;
use crate::serve::Listeners;
use crate::serve::ServedSite;
use crate::site::Publication;
use crate::store::StoreError;

use self::tick::RETRY;
use self::tick::Rounds;
use self::trouble::Troubles;

/// Sources of which at least so many start in one tick.
const STARTS_MIN: usize = 64;

/// Part of all sources that start in one tick at most, as its inverse.
const STARTS_PARTS: usize = 60;

/// A wall clock that is behind by more than this was set back; less is drift.
const CLOCK_DRIFT_MAX: Duration = Duration::from_secs(5);

/// How long polls and answers under way are given at the end.
const GRACE: Duration = Duration::from_secs(5);

/// How long the store is waited for when leases are given back.
const RELEASE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one wall clock")]
    fn now(&self) -> Timestamp {
        Timestamp::from(chrono::Utc::now())
    }
}

/// Where a daemon takes connections.
pub struct Sockets {
    /// For the public pages and feeds.
    pub public: Listeners,
    /// For the admin side; none where it is not served.
    pub admin: Listeners,
}

/// Everything a daemon is made of.
pub struct Daemon {
    /// Steps of the way of an entry.
    pub pipeline: Arc<Pipeline>,
    /// What readers can ask for.
    pub publication: Arc<Publication>,
    /// Paths beside the site's own.
    pub further: Option<serve::ExtraRoutes>,
    /// The files that sources stand in, for the desk.
    pub source_files: Option<SourceFiles>,
    /// How often work is looked for: [`TICK`], and less often where months are simulated.
    pub tick: Duration,
}

impl Daemon {
    /// Runs until `stop` turns true, then finishes or abandons what is under way,
    /// gives leases back and returns: after `GRACE` and `RELEASE_TIMEOUT` at the latest.
    pub async fn run(self, sockets: Sockets, stop: watch::Receiver<bool>) {
        let status = format!("serving on {}", sockets.public);
        if !sockets.admin.is_empty() {
            info!("the admin side is on {}", sockets.admin);
        }
        let admin_addresses = sockets.admin.addresses().iter().map(SocketAddr::ip).collect();
        let desk =
            Arc::new(AdminSite::new(Arc::clone(&self.pipeline), admin_addresses, self.source_files.clone()));
        let site = ServedSite {
            publication: Arc::clone(&self.publication),
            pipeline: Arc::clone(&self.pipeline),
            further: self.further.clone(),
        };
        let ours = [sockets.public.addresses(), sockets.admin.addresses()].concat();
        let rounds = Rounds { tick: self.tick, troubles: Arc::new(Troubles::default()), stop: stop.clone() };
        let (pipeline, publication) = (|| Arc::clone(&self.pipeline), || Arc::clone(&self.publication));
        let server = tokio::spawn(failing_aloud(serve::serve(sockets.public, site, stopped(stop.clone()))));
        let admin_stop = stopped(stop.clone());
        let admin = tokio::spawn(async move {
            desk.settle_source_log().await;
            failing_aloud(serve::serve_admin(sockets.admin, desk, admin_stop)).await;
        });
        let approvals = tokio::spawn(approve_until(pipeline(), rounds.clone()));
        let polls = tokio::spawn(poll_until(pipeline(), rounds.clone()));
        let digests = tokio::spawn(digest_until(pipeline(), publication(), rounds.clone()));
        let reads = tokio::spawn(read_until(pipeline(), rounds.clone()));
        let writes = tokio::spawn(write_until(pipeline(), rounds.clone()));
        let subscriptions = tokio::spawn(subscribe_until(pipeline(), rounds.clone()));
        let hooks = tokio::spawn(hooks::deliver_until(pipeline(), publication(), ours, rounds.clone()));
        let hub = tokio::spawn(hub::tell_until(pipeline(), publication(), rounds));
        info!("{status}");
        service_manager::ready(&status);
        let watchdog = tokio::spawn(watch_over(Arc::clone(&self.pipeline), stop.clone()));
        stopped(stop).await;
        let tasks =
            [polls, reads, writes, digests, subscriptions, hooks, hub, approvals, watchdog, server, admin];
        let under_way: Vec<_> = tasks.iter().map(tokio::task::JoinHandle::abort_handle).collect();
        let finish = async {
            for task in tasks {
                // A task that panicked has already been reported by its panic.
                let _ = task.await;
            }
        };
        if tokio::time::timeout(GRACE, finish).await.is_err() {
            under_way.iter().for_each(tokio::task::AbortHandle::abort);
            warn!("shutdown timed out; in-flight work was cancelled and will resume on the next start");
        }
        match tokio::time::timeout(RELEASE_TIMEOUT, self.pipeline.release()).await {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => warn!(error = %cause, "could not release leases; they will expire"),
            Err(_) => warn!("leases were not released in time; they will expire"),
        }
    }
}

async fn failing_aloud(serving: impl Future<Output = std::io::Result<()>>) {
    if let Err(cause) = serving.await {
        error!(error = %cause, "the server failed");
    }
}

/// Resolves once `stop` is true or nobody can set it any more.
async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the sender is gone: the process is ending.
    let _ = stop.wait_for(|it| *it).await;
}

/// Polls sources as they become due, each as soon as a slot is free.
async fn poll_until(pipeline: Arc<Pipeline>, rounds: Rounds) {
    let mut tick = rounds.ticks();
    let Rounds { troubles, mut stop, .. } = rounds;
    let mut synced = None;
    let mut clock = WallClock::new(pipeline.config().schedule.max);
    let slots = pipeline.config().fetch.concurrency;
    let mut polls: JoinSet<()> = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|it| *it) => break,
            Some(_) = polls.join_next() => continue,
            _ = tick.tick() => {}
        }
        // However many are due at once, they start over a minute.
        let starts_max = (pipeline.config().sources.len() / STARTS_PARTS).max(STARTS_MIN);
        let free = slots.saturating_sub(polls.len()).min(starts_max);
        if free == 0 {
            continue;
        }
        let (now, steady) = (pipeline.now(), Instant::now());
        let jump = clock.jump(now, steady);
        if let Some(jump) = jump {
            if let Err(cause) = follow(&pipeline, jump).await {
                troubles.say(&cause, "could not reschedule");
                tick.reset_after(RETRY);
                continue;
            }
            // What it moved is not to lie too far ahead.
            synced = None;
        }
        clock.followed(jump, now, steady);
        // Dates planned by a clock that was since set back may lie too far ahead.
        if synced.is_none_or(|it| now < it) {
            match pipeline.sync_sources().await {
                Ok(moved_back) => {
                    clock.moved_back(moved_back, steady);
                    synced = Some(now);
                }
                Err(cause) => {
                    troubles.say(&cause, "could not write the sources to the database");
                    tick.reset_after(RETRY);
                    continue;
                }
            }
        }
        synced = synced.max(Some(now));
        match pipeline.claim(&Scope::Due, free).await {
            Ok(claimed) => {
                for (source, row) in claimed {
                    let (pipeline, troubles) = (Arc::clone(&pipeline), Arc::clone(&troubles));
                    polls.spawn(async move {
                        if let Err(cause) = pipeline.poll(&source, row).await {
                            troubles.say(&cause, &format!("could not store what `{}` sent", source.id));
                        }
                    });
                }
            }
            Err(cause) => {
                troubles.say(&cause, "could not look for due sources");
                tick.reset_after(RETRY);
            }
        }
    }
    // Polls under way are short: each has a deadline of its own.
    while polls.join_next().await.is_some() {}
}

/// What the wall clock showed last, and when that was by a clock that nobody sets.
#[derive(Debug)]
struct WallClock {
    last: Option<(Timestamp, Instant)>,
    /// By how much everything planned was moved back, at the start or since, and when it last was: a
    /// clock that was behind only for a while jumps forward again, and then so much is undone.
    moved_back: Option<(Duration, Instant)>,
    /// How long after it was moved something planned may still lie ahead.
    planned_max: Duration,
}

/// The wall clock was set, and what was planned moves with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Jump {
    Back(Duration),
    /// No further than what was planned was moved back before.
    Forward(Duration),
}

impl WallClock {
    fn new(planned_max: Duration) -> Self {
        Self { last: None, moved_back: None, planned_max }
    }

    /// How the wall clock was set since what it showed was last [followed](Self::followed), if by more
    /// than it may drift. After a jump forward alone, what has become due is due.
    fn jump(&self, now: Timestamp, steady: Instant) -> Option<Jump> {
        let (shown, at) = self.last?;
        let expected = shown.plus(steady.duration_since(at));
        let (back, forward) = (expected.since(now), now.since(expected));
        if back > CLOCK_DRIFT_MAX {
            return Some(Jump::Back(back));
        }
        let undone = forward.min(self.undoable(steady));
        (forward > CLOCK_DRIFT_MAX && !undone.is_zero()).then_some(Jump::Forward(undone))
    }

    /// Everything planned was moved for a jump, if there was one.
    fn followed(&mut self, jump: Option<Jump>, now: Timestamp, steady: Instant) {
        self.last = Some((now, steady));
        match jump {
            Some(Jump::Back(by)) => self.moved_back(by, steady),
            Some(Jump::Forward(by)) => {
                if let Some((moved, _)) = &mut self.moved_back {
                    *moved = moved.saturating_sub(by);
                }
            }
            None => {}
        }
    }

    /// Everything planned was moved back.
    fn moved_back(&mut self, by: Duration, steady: Instant) {
        if !by.is_zero() {
            self.moved_back = Some((self.undoable(steady) + by, steady));
        }
    }

    /// By how much what was moved back may move forward again: nothing once all of it is past.
    fn undoable(&self, steady: Instant) -> Duration {
        let moved = self.moved_back.filter(|(_, at)| steady.duration_since(*at) < self.planned_max);
        moved.map_or(Duration::ZERO, |(by, _)| by)
    }
}

async fn follow(pipeline: &Pipeline, jump: Jump) -> Result<(), StoreError> {
    match jump {
        Jump::Back(by) => {
            warn!("the system clock moved back {} s; rescheduling", by.as_secs());
            pipeline.set_clock_back(by).await
        }
        Jump::Forward(by) => {
            warn!("the system clock jumped forward; undoing a rescheduling of {} s", by.as_secs());
            pipeline.set_clock_forward(by).await
        }
    }
}

/// Reads the article pages that are wanted.
async fn read_until(pipeline: Arc<Pipeline>, rounds: Rounds) {
    let work =
        || async { pipeline.read_pages(&|_| {}).await.map_err(|it| (it, "could not store what pages hold")) };
    rounds.each(work).await;
}

/// Lets the model write, where one does.
async fn write_until(pipeline: Arc<Pipeline>, rounds: Rounds) {
    let work = || async {
        let written = pipeline.generate_with_llm(&|_| {}).await;
        written.map(drop).map_err(|it| (it, "could not store what the model wrote"))
    };
    rounds.each(work).await;
}

/// Lets out what editors approved, once it is due.
async fn approve_until(pipeline: Arc<Pipeline>, rounds: Rounds) {
    let desk = Desk::new(pipeline);
    let work =
        || async { desk.publish_due().await.map_err(|it| (it, "could not publish what was approved")) };
    rounds.each(work).await;
}

/// Asks hubs for what is wanted of them.
async fn subscribe_until(pipeline: Arc<Pipeline>, rounds: Rounds) {
    let work = || async {
        pipeline.renew_subscriptions().await.map_err(|it| (it, "could not store what was asked of hubs"))
    };
    rounds.each(work).await;
}

/// Takes up what polls and other processes left pending.
async fn digest_until(pipeline: Arc<Pipeline>, publication: Arc<Publication>, rounds: Rounds) {
    let work = || async {
        let digested = pipeline.digest(&*publication, &|_| {}).await;
        digested.map(drop).map_err(|it| (it, "could not curate or publish; what is published stays"))
    };
    rounds.each(work).await;
}

/// Tells systemd's watchdog that the store still takes writes.
async fn watch_over(pipeline: Arc<Pipeline>, mut stop: watch::Receiver<bool>) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let mut tick = tokio::time::interval(limit / 4);
    let forever = async {
        loop {
            tick.tick().await;
            // An empty transaction takes the file's write lock and changes nothing.
            let written = tokio::time::timeout(limit / 2, pipeline.store().write(|_| Ok(()))).await;
            if matches!(written, Ok(Ok(()))) {
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
            }
        }
    };
    tokio::select! {
        _ = stop.wait_for(|it| *it) => {}
        () = forever => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// A clock at noon, with what the one that nobody sets showed then.
    fn clock() -> (WallClock, Timestamp, Instant) {
        let (noon, start) = (Timestamp::from_secs(1_795_176_000), Instant::now());
        let mut clock = WallClock::new(24 * HOUR);
        assert_eq!(clock.jump(noon, start), None, "nothing to compare it with");
        clock.followed(None, noon, start);
        (clock, noon, start)
    }

    /// What is seen so many hours after noon by the wall clock and by the other one, and followed.
    #[track_caller]
    fn check(
        (clock, noon, start): &mut (WallClock, Timestamp, Instant),
        (wall, steady): (u32, u32),
        expected: Option<Jump>,
    ) {
        let (now, steady) = (noon.plus(wall * HOUR), *start + steady * HOUR);
        let jump = clock.jump(now, steady);
        assert_eq!(jump, expected);
        clock.followed(jump, now, steady);
    }

    #[test]
    fn a_clock_that_is_set_back_is_seen_and_one_that_drifts_is_not() {
        let mut clock = clock();
        check(&mut clock, (1, 1), None);
        let (now, steady) = (clock.1.plus(HOUR), clock.2 + HOUR + Duration::from_secs(2));
        assert_eq!(clock.0.jump(now, steady), None);
        check(&mut clock, (9, 2), None);
        check(&mut clock, (0, 3), Some(Jump::Back(10 * HOUR)));
    }

    #[test]
    fn a_jump_forward_undoes_what_was_moved_back_and_no_more() {
        let mut clock = clock();
        clock.0.moved_back(5 * HOUR, clock.2);
        check(&mut clock, (2, 0), Some(Jump::Forward(2 * HOUR)));
        check(&mut clock, (1, 0), Some(Jump::Back(HOUR)));
        check(&mut clock, (9, 0), Some(Jump::Forward(4 * HOUR)));
        check(&mut clock, (99, 0), None);
    }

    #[test]
    fn what_was_moved_back_long_ago_is_not_moved_forward_by_a_suspend() {
        let mut clock = clock();
        clock.0.moved_back(5 * HOUR, clock.2);
        check(&mut clock, (23, 23), None);
        check(&mut clock, (24, 24), None);
        check(&mut clock, (32, 24), None);
    }

    #[test]
    fn a_jump_that_could_not_be_followed_is_seen_again() {
        let mut clock = clock();
        let (now, steady) = (clock.1, clock.2 + HOUR);
        assert_eq!(clock.0.jump(now, steady), Some(Jump::Back(HOUR)));
        check(&mut clock, (0, 2), Some(Jump::Back(2 * HOUR)));
        assert_eq!(clock.0.jump(clock.1.plus(2 * HOUR), clock.2 + 2 * HOUR), Some(Jump::Forward(2 * HOUR)));
    }
}
