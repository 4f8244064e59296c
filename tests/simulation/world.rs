//! The network of a simulation: publishers, a hook, a model's server; and the ledger of what each has sent
//! and was sent.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use bylined::domain::Clock;
use bylined::domain::Timestamp;
use bylined::net::HeaderMap;
use bylined::net::Wire;
use bylined::net::WireAnswer;
use bylined::net::WireRequest;
use bylined::net::WireResponse;
use bylined::net::header;
use bylined::store::CommitFate;

use crate::hook::HookLedger;
use crate::publisher::DAY;
use crate::publisher::FeedDocument;
use crate::publisher::HOUR;
use crate::publisher::MINUTE;
use crate::publisher::Publisher;
use crate::publisher::SECOND;
use crate::publisher::moment;
use crate::rng::Rng;
use crate::trace::Trace;

/// The longest interval that the configuration allows between two polls.
pub(crate) const INTERVAL_MAX: u64 = DAY;

/// The time between two requests that one host is given.
pub(crate) const HOST_GAP: u64 = SECOND;

/// Documents whose entity tags a publisher knows again.
const DOCUMENTS_KNOWN: usize = 40;

/// How the wall clock may be off.
const CLOCK_OFF_MAX: i64 = 12 * HOUR as i64;

/// What is known of one publisher besides what it publishes.
#[derive(Default)]
struct Served {
    /// What documents held, by version.
    documents: BTreeMap<u64, Vec<String>>,
    /// What was sent last, with the count of faults of ours then: read once the next request comes
    /// and none happened in between.
    sent: Option<(Vec<String>, u64)>,
    /// Whose storing is owed.
    owed: BTreeSet<String>,
    last_asked: Option<u64>,
    polls: Vec<u64>,
}

/// Everything outside of the process, and what the process cannot see of itself.
pub(crate) struct World {
    pub(crate) publishers: Vec<Publisher>,
    served: Vec<Served>,
    pub(crate) hook: HookLedger,
    pub(crate) trace: Trace,
    pub(crate) findings: Vec<String>,
    rng: Rng,
    /// Whether nothing goes wrong any more.
    pub(crate) is_calm: bool,
    pub(crate) has_kills: bool,
    /// Faults of ours so far: kills, failed commits.
    faults: u64,
    /// Time that polls may be late by since each publisher was asked: the process did not run, or could not write.
    pub(crate) excused: u64,
    excused_at: Vec<u64>,
    last_start: BTreeMap<String, u64>,
    /// Milliseconds since the start when this process began, and the instant of that.
    base: u64,
    anchor: Option<Instant>,
    /// By how much the wall clock is off.
    off: i64,
    set_at: Option<u64>,
    pub(crate) commits: u64,
    kill_at: u64,
    full: (u64, u64),
    hook_down: (u64, u64),
    pub(crate) is_dead: bool,
    pub(crate) tick: u64,
    /// When publishers end.
    pub(crate) silent_from: u64,
}

/// What a request meets.
enum Encounter {
    Lost(io::ErrorKind),
    Answered(u64),
}

#[derive(Clone)]
pub(crate) struct Shared {
    world: Arc<Mutex<World>>,
    pub(crate) killed: Arc<Notify>,
}

impl World {
    pub(crate) fn new(seed: u64, publishers: Vec<Publisher>, has_kills: bool) -> Self {
        let mut rng = Rng::new(seed, 1);
        let kill_at = rng.range(5, 600);
        Self {
            served: publishers.iter().map(|_| Served::default()).collect(),
            excused_at: vec![0; publishers.len()],
            publishers,
            hook: HookLedger::default(),
            trace: Trace::default(),
            findings: Vec::new(),
            rng,
            is_calm: false,
            has_kills,
            faults: 0,
            excused: 0,
            last_start: BTreeMap::new(),
            base: 0,
            anchor: None,
            off: 0,
            set_at: None,
            commits: 0,
            kill_at,
            full: (u64::MAX, 0),
            hook_down: (u64::MAX, 0),
            is_dead: true,
            tick: 0,
            silent_from: u64::MAX,
        }
    }

    /// Milliseconds since the start.
    pub(crate) fn at(&self) -> u64 {
        let since = self.anchor.map_or(Duration::ZERO, |it| Instant::now().duration_since(it));
        self.base + since.as_millis() as u64
    }

    /// The wall clock of the process.
    pub(crate) fn wall(&self) -> Timestamp {
        Timestamp::from_millis(moment(self.at()).millis() + self.off)
    }

    pub(crate) fn find(&mut self, what: String) {
        let what = format!("day {:.2}: {what}", self.at() as f64 / DAY as f64);
        self.trace.note(self.at(), &what);
        self.findings.push(what);
    }

    /// A process begins.
    pub(crate) fn begin(&mut self, now: Instant) {
        (self.anchor, self.is_dead) = (Some(now), false);
        self.last_start.clear();
        self.trace.note(self.at(), "begins");
    }

    /// It has ended; the next begins so much later.
    pub(crate) fn end_at(&mut self, at: u64, pause: u64, why: &str) {
        self.trace.note(at, why);
        (self.base, self.anchor) = (at + pause, None);
        self.is_dead = true;
        self.faults += 1;
        self.excuse(pause + self.tick);
    }

    pub(crate) fn excuse(&mut self, millis: u64) {
        self.excused += millis;
    }

    /// Faults of ours that come in the next hours, or a clock that is set.
    pub(crate) fn plan_faults(&mut self) {
        if self.is_calm {
            return;
        }
        let at = self.at();
        if self.rng.chance(80) {
            let from = at + self.rng.below(6 * HOUR);
            self.full = (from, from + self.rng.range(MINUTE, 3 * HOUR));
            self.excuse(3 * HOUR + 6 * HOUR);
        }
        if self.rng.chance(100) {
            let from = at + self.rng.below(6 * HOUR);
            self.hook_down = (from, from + self.rng.range(MINUTE, 20 * HOUR));
        }
        if self.rng.chance(100) {
            let step = self.rng.below(2 * CLOCK_OFF_MAX as u64) as i64 - CLOCK_OFF_MAX;
            let off = (self.off + step).clamp(-CLOCK_OFF_MAX, CLOCK_OFF_MAX);
            self.set_clock(off);
        }
    }

    pub(crate) fn calm_down(&mut self) {
        self.is_calm = true;
        self.trace.note(self.at(), "nothing goes wrong any more");
    }

    fn set_clock(&mut self, off: i64) {
        let line = format!("the clock is set from {} ms to {off} ms", self.off);
        self.trace.note(self.at(), &line);
        // What was to be in an hour by a clock that was ahead may be twice as far.
        self.excuse((self.off - off).unsigned_abs() + self.tick);
        (self.off, self.set_at) = (off, Some(self.at()));
    }

    /// Whether the clock was set so lately.
    pub(crate) fn clock_set_within(&self, millis: u64) -> bool {
        self.set_at.is_some_and(|it| self.at() <= it + millis)
    }

    /// What becomes of a transaction.
    fn fate(&mut self) -> CommitFate {
        self.commits += 1;
        let at = self.at();
        self.trace.note(at, "commits");
        if self.is_calm {
            return CommitFate::Committed;
        }
        if self.has_kills && self.kill_at <= self.commits {
            self.kill_at = self.commits + self.rng.range(5, 2000);
            self.faults += 1;
            self.is_dead = true;
            return *self.rng.pick(&[CommitFate::KilledBefore, CommitFate::KilledAfter]);
        }
        if self.full.0 <= at && at < self.full.1 && self.rng.chance(700) {
            self.faults += 1;
            return CommitFate::Full;
        }
        CommitFate::Committed
    }

    fn publisher(&self, host: &str) -> Option<usize> {
        self.publishers.iter().position(|it| it.host() == host)
    }

    /// What a request meets, noted as it begins.
    fn meet(&mut self, request: &WireRequest) -> Encounter {
        let (at, host) = (self.at(), request.url.host_str().unwrap_or_default().to_owned());
        let path = request.url.path().to_owned();
        self.trace.note(at, &format!("asks {host}{path}"));
        self.note_start(at, &host);
        let Some(n) = self.publisher(&host) else {
            let latency = self.rng.range(5, 400);
            return Encounter::Answered(latency);
        };
        if path.starts_with("/feed") {
            self.note_poll(n, at);
        }
        let profile = self.publishers[n].profile.clone();
        if !self.is_calm && self.rng.chance(profile.lost) {
            return Encounter::Lost(
                *self.rng.pick(&[io::ErrorKind::ConnectionReset, io::ErrorKind::NotFound]),
            );
        }
        let is_slow = !self.is_calm && self.rng.chance(profile.slow);
        Encounter::Answered(if is_slow {
            self.rng.range(SECOND, 40 * SECOND)
        } else {
            self.rng.range(5, 900)
        })
    }

    fn note_start(&mut self, at: u64, host: &str) {
        let last = self.last_start.insert(host.to_owned(), at);
        let is_publisher = self.publisher(host).is_some();
        if let Some(last) = last.filter(|it| is_publisher && at < it + HOST_GAP) {
            self.find(format!("{host} was asked {} ms after the request before", at - last));
        }
    }

    /// What was sent to a feed's reader has been read by now, and nobody may have forgotten the feed.
    fn look_after(&mut self, n: usize, at: u64) {
        let late = at - self.served[n].last_asked.unwrap_or(0);
        // A hint may be spread by a tenth, and the tick has to come.
        let allowed = INTERVAL_MAX + INTERVAL_MAX / 10 + 2 * self.tick + self.excused - self.excused_at[n];
        if allowed < late {
            let name = self.publishers[n].name.clone();
            self.find(format!("{name} was left alone for {:.1} h", late as f64 / HOUR as f64));
        }
        let faults = self.faults;
        let served = &mut self.served[n];
        if let Some((tokens, before)) = served.sent.take()
            && before == faults
        {
            served.owed.extend(tokens);
        }
    }

    /// The same of all feeds, at the end of a life: a daemon that polls nothing any more is found out.
    pub(crate) fn look_after_all(&mut self) {
        let at = self.at();
        (0..self.publishers.len()).for_each(|n| self.look_after(n, at));
    }

    fn note_poll(&mut self, n: usize, at: u64) {
        let excused = self.excused - self.excused_at[n];
        self.look_after(n, at);
        self.excused_at[n] = self.excused;
        let served = &mut self.served[n];
        served.last_asked = Some(at);
        served.polls.push(at);
        served.polls.retain(|it| at < it + HOUR);
        let polls = served.polls.len() as u64;
        // The shortest interval is five minutes; a redirect and a fault may repeat one.
        let most = 12 * 2 + 12 + 4 * (excused / self.tick.max(1)).min(100);
        if most < polls {
            let name = self.publishers[n].name.clone();
            self.find(format!("{name} was asked {polls} times within an hour"));
        }
    }

    fn answer(&mut self, request: &WireRequest) -> WireResponse {
        let (at, host) = (self.at(), request.url.host_str().unwrap_or_default().to_owned());
        let answer = match (host.as_str(), self.publisher(&host)) {
            ("hooks.example", _) => self.answer_hook(at, request.body.as_deref().unwrap_or_default()),
            ("model.example", _) => self.answer_model(),
            (_, Some(n)) => self.answer_publisher(n, at, request),
            _ => reply(404, ""),
        };
        let line =
            format!("{host}{} answers {}, {} bytes", request.url.path(), answer.status, answer.body.len());
        self.trace.note(at, &line);
        answer
    }

    fn answer_hook(&mut self, at: u64, body: &[u8]) -> WireResponse {
        let is_down = !self.is_calm && self.hook_down.0 <= at && at < self.hook_down.1;
        let is_taken = !is_down && (self.is_calm || !self.rng.chance(60));
        match self.hook.receive(body, is_taken) {
            Ok(line) => self.trace.note(at, &line),
            Err(finding) => self.find(finding),
        }
        if is_taken { reply(204, "") } else { reply(*self.rng.pick(&[500, 503, 404]), "") }
    }

    /// A model's server that never answers as it should.
    fn answer_model(&mut self) -> WireResponse {
        match self.rng.below(4) {
            0 => reply(500, ""),
            1 => reply(429, ""),
            2 => reply(200, "{\"choices\":[]}"),
            _ => reply(
                200,
                "{\"choices\":[{\"message\":{\"content\":\"no JSON\"},\"finish_reason\":\"stop\"}]}",
            ),
        }
    }

    fn answer_publisher(&mut self, n: usize, at: u64, request: &WireRequest) -> WireResponse {
        let is_calm = self.is_calm;
        let until = at.min(self.silent_from);
        self.publishers[n].advance(until, is_calm);
        let path = request.url.path();
        if !path.starts_with("/feed") {
            let page = path.starts_with("/a/").then(|| self.publishers[n].page(path));
            return match page {
                None => reply(404, ""),
                Some(None) => reply(410, ""),
                Some(Some(_)) if !is_calm && self.rng.chance(150) => reply(500, ""),
                Some(Some(page)) => with(reply(200, &page), header::CONTENT_TYPE, "text/html; charset=utf-8"),
            };
        }
        let profile = self.publishers[n].profile.clone();
        if !is_calm && self.rng.chance(profile.refused) {
            return self.refusal();
        }
        if !is_calm && path == "/feed" && self.rng.chance(profile.redirected) {
            let status = *self.rng.pick(&[301, 302, 307, 308]);
            let to = format!("/feed-{}", self.rng.below(2));
            return with(reply(status, ""), header::LOCATION, &to);
        }
        self.send_document(n, request)
    }

    fn refusal(&mut self) -> WireResponse {
        match self.rng.below(5) {
            0 => with(reply(429, ""), header::RETRY_AFTER, &self.rng.range(60, 15_000).to_string()),
            1 => with(reply(503, ""), header::RETRY_AFTER, &self.rng.range(60, 200_000).to_string()),
            2 => reply(404, ""),
            3 => with(
                reply(200, "<html><body>We will be back.</body></html>"),
                header::CONTENT_TYPE,
                "text/html",
            ),
            _ => reply(500, ""),
        }
    }

    fn send_document(&mut self, n: usize, request: &WireRequest) -> WireResponse {
        let FeedDocument { version, bytes, tokens } = self.publishers[n].document();
        let (profile, faults) = (self.publishers[n].profile.clone(), self.faults);
        let served = &mut self.served[n];
        // Two addresses of one feed, each with tags of its own.
        let tag = |version: u64| format!("\"{}-{version}\"", request.url.path());
        let known = request.headers.get(header::IF_NONE_MATCH).and_then(|it| it.to_str().ok());
        let fresh = profile.max_age_secs;
        let hinted = |it: WireResponse| match fresh {
            0 => it,
            secs => with(it, header::CACHE_CONTROL, &format!("max-age={secs}")),
        };
        if profile.has_etag && known == Some(tag(version).as_str()) {
            // Whoever names a document has read it, whatever happened since.
            let owed = served.documents.get(&version).cloned().unwrap_or_default();
            served.owed.extend(owed);
            return hinted(with(reply(304, ""), header::ETAG, &tag(version)));
        }
        served.documents.insert(version, tokens.clone());
        if DOCUMENTS_KNOWN < served.documents.len() {
            served.documents.pop_first();
        }
        served.sent = Some((tokens, faults));
        let media_type = if profile.is_atom { "application/atom+xml" } else { "application/rss+xml" };
        let answer = hinted(with(reply(200, &bytes), header::CONTENT_TYPE, media_type));
        if profile.has_etag { with(answer, header::ETAG, &tag(version)) } else { answer }
    }

    /// The items of each publisher that must be stored.
    pub(crate) fn owed(&self) -> Vec<(&str, &BTreeSet<String>)> {
        self.publishers
            .iter()
            .zip(&self.served)
            .map(|(it, served)| (it.name.as_str(), &served.owed))
            .collect()
    }
}

fn reply(status: u16, body: &str) -> WireResponse {
    WireResponse { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
}

fn with(mut answer: WireResponse, name: header::HeaderName, value: &str) -> WireResponse {
    answer.headers.insert(name, value.parse().expect("a header value"));
    answer
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self { world: Arc::new(Mutex::new(world)), killed: Arc::new(Notify::new()) }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What decides the ends of a process's transactions.
    pub(crate) fn fates(&self) -> impl FnMut() -> CommitFate + Send + 'static {
        let shared = self.clone();
        move || {
            let fate = shared.world().fate();
            if matches!(fate, CommitFate::KilledBefore | CommitFate::KilledAfter) {
                shared.killed.notify_one();
            }
            fate
        }
    }

    pub(crate) fn into_world(self) -> World {
        let world = Arc::into_inner(self.world).expect("every process has ended");
        world.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Shared {
    fn now(&self) -> Timestamp {
        self.world().wall()
    }
}

impl Wire for Shared {
    fn carry(&self, request: WireRequest) -> WireAnswer<'_> {
        Box::pin(async move {
            if self.world().is_dead {
                // The dead ask nothing.
                return std::future::pending().await;
            }
            let encounter = self.world().meet(&request);
            match encounter {
                Encounter::Lost(kind) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Err(kind.into())
                }
                Encounter::Answered(latency) => {
                    tokio::time::sleep(Duration::from_millis(latency)).await;
                    if self.world().is_dead {
                        return std::future::pending().await;
                    }
                    Ok(self.world().answer(&request))
                }
            }
        })
    }
}
