//! Reads bodies within a size and not too slowly, and all bodies together within the memory set
//! aside for them.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::Weak;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio::time::timeout;
use tokio::time::timeout_at;
use url::Url;

use crate::threads;

use super::address::host;
use super::budget::TimeBudget;
use super::coding;
use super::coding::Undecodable;
use super::error::NetError;
use super::pace::Pace;
use super::pace::WINDOW;

/// Bytes that every body may take without asking for memory.
const SMALL_BYTES: usize = 256 << 10;

/// Memory set aside for what bodies take beyond that, in bytes.
const LARGE_BYTES: u64 = 96 << 20;

/// Bytes of that memory that are given out at once.
const UNIT_BYTES: usize = 64 << 10;

/// Part of the largest bodies that fit into memory together which one host may send at a time, /// inverse.
const HOST_DIVISOR: u64 = 4;

/// How much more is tried each time that a body comes to more than was thought when it is decoded.
const DECODED_STEP: usize = 8;

/// Hosts remembered before those at rest are forgotten.
const HOSTS_MAX: usize = 1024;

/// How many times the longest exchange a body waits for memory.
pub(super) const TURNS_WAITED: u32 = 10;

/// Memory for large bodies. A body takes as much of it as it has come to so far, so that one that
/// drips keeps little from others; many sources may still send the largest body at once, and then
/// some wait.
pub(super) struct BodyMemory {
    free: Arc<Semaphore>,
    /// Memory for one largest body, for one that finds no other: it comes to its end, and so
    /// does everyone who waits.
    last: Arc<Semaphore>,
    hosts: Mutex<HashMap<String, Weak<Semaphore>>>,
    per_host: usize,
    /// Longest wait for memory; ends the wait of a caller that holds all of it itself.
    patience: Duration,
    /// Whether a body that drips is ended.
    is_paced: bool,
}

/// The memory that a body takes. Keep it until the body has been read and
/// dropped; a large body's memory is then given to the next.
#[derive(Debug, Default)]
#[must_use = "the memory is free again when this is dropped"]
pub struct MemoryPermit {
    units: Option<OwnedSemaphorePermit>,
    last: Option<OwnedSemaphorePermit>,
    /// The host's turn, while a large body is read.
    host: Option<OwnedSemaphorePermit>,
}

impl MemoryPermit {
    fn units(&self) -> usize {
        self.units.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Gives back what a body that has come to its end does not take.
    fn shrink(&mut self, bytes: usize) {
        self.host = None;
        let needed = if bytes <= SMALL_BYTES { 0 } else { bytes.div_ceil(UNIT_BYTES) };
        let spare = self.units().saturating_sub(needed);
        if needed <= self.units() {
            self.last = None;
        }
        drop(self.units.as_mut().and_then(|it| it.split(spare)));
    }
}

impl BodyMemory {
    /// Memory for bodies of at most `body_bytes_max`.
    pub(super) fn new(body_bytes_max: u64, patience: Duration) -> Self {
        let large = body_bytes_max.clamp(SMALL_BYTES as u64, LARGE_BYTES / 2);
        // While it is decoded, a body is held as it was sent too.
        let largest = 2 * large;
        let units = usize::try_from(LARGE_BYTES - largest).unwrap_or(0) / UNIT_BYTES;
        let per_host = usize::try_from(LARGE_BYTES / largest / HOST_DIVISOR).unwrap_or(1).max(1);
        Self {
            free: Arc::new(Semaphore::new(units)),
            last: Arc::new(Semaphore::new(1)),
            hosts: Mutex::default(),
            per_host,
            patience,
            is_paced: true,
        }
    }

    /// The same for bodies that take their time.
    pub(super) fn unpaced(self) -> Self {
        Self { is_paced: false, ..self }
    }

    /// Makes a permit large enough for so many bytes. The wait is ours, not the publisher's, so it
    /// is no part of the deadline.
    async fn grow(
        &self,
        url: &Url,
        from: Option<&str>,
        permit: &mut MemoryPermit,
        bytes: usize,
    ) -> Result<(), NetError> {
        if permit.host.is_none()
            && let Some(from) = from
        {
            permit.host = self.patiently(url, self.host(from).acquire_owned()).await?.ok();
        }
        let missing = bytes.div_ceil(UNIT_BYTES).saturating_sub(permit.units());
        if missing == 0 || permit.last.is_some() {
            return Ok(());
        }
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let either = async {
            tokio::select! {
                biased;
                more = Arc::clone(&self.free).acquire_many_owned(missing) => (more.ok(), None),
                last = Arc::clone(&self.last).acquire_owned() => (None, last.ok()),
            }
        };
        let (more, last) = self.patiently(url, either).await?;
        permit.last = last;
        match (&mut permit.units, more) {
            (Some(units), Some(more)) => units.merge(more),
            (units @ None, more) => *units = more,
            (Some(_), None) => {}
        }
        Ok(())
    }

    async fn patiently<T>(&self, url: &Url, wait: impl Future<Output = T>) -> Result<T, NetError> {
        let waited = timeout(self.patience, wait).await;
        waited.map_err(|_| NetError::Timeout { host: host(url), after: self.patience })
    }

    /// The turns of a host's large bodies.
    fn host(&self, name: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if HOSTS_MAX <= hosts.len() {
            hosts.retain(|_, it| 0 < it.strong_count());
        }
        if let Some(turns) = hosts.get(name).and_then(Weak::upgrade) {
            return turns;
        }
        let turns = Arc::new(Semaphore::new(self.per_host));
        hosts.insert(name.to_owned(), Arc::downgrade(&turns));
        turns
    }

    /// Reads to the end and undoes compression, never holding more than `limit_bytes` of either.
    /// Large bodies of one host, where there is one to share with others, take turns.
    pub(super) async fn read(
        &self,
        url: &Url,
        from: Option<&str>,
        answer: reqwest::Response,
        limit_bytes: u64,
        budget: &mut TimeBudget,
    ) -> Result<(Vec<u8>, MemoryPermit), NetError> {
        let limit = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        let too_large = || NetError::TooLarge { host: host(url), limit_bytes };
        if answer.content_length().is_some_and(|it| limit_bytes < it) {
            return Err(too_large());
        }
        let announced = coding::announced(answer.headers());
        let is_success = answer.status().is_success();

        let mut permit = MemoryPermit::default();
        let mut bytes = self.sent(url, from, answer, (limit, limit_bytes), budget, &mut permit).await?;
        if coding::is_coded(&bytes, &announced) {
            let coded = Arc::new((bytes, announced));
            // Most come to little, and need no permit.
            let mut size = limit.min(SMALL_BYTES);
            let decoded = loop {
                let decoded = decode(&coded, size).await;
                if size == limit || !matches!(decoded, Err(Undecodable::TooLarge)) {
                    break decoded;
                }
                size = size.saturating_mul(DECODED_STEP).min(limit);
                self.grow(url, from, &mut permit, coded.0.capacity().saturating_add(size)).await?;
            };
            bytes = match decoded {
                Ok(bytes) => bytes,
                Err(Undecodable::TooLarge) => return Err(too_large()),
                // What an error says of itself matters less than that it is one.
                Err(Undecodable::Damaged(_)) if !is_success => Vec::new(),
                Err(Undecodable::Damaged(why)) => return Err(NetError::Encoding { host: host(url), why }),
            };
        }
        bytes.shrink_to_fit();
        permit.shrink(bytes.capacity());
        Ok((bytes, permit))
    }

    /// A body as it was sent.
    async fn sent(
        &self,
        url: &Url,
        from: Option<&str>,
        mut answer: reqwest::Response,
        (limit, limit_bytes): (usize, u64),
        budget: &mut TimeBudget,
        permit: &mut MemoryPermit,
    ) -> Result<Vec<u8>, NetError> {
        let mut pace = self.is_paced.then(|| Pace::new(Instant::now()));
        let mut bytes = Vec::new();
        loop {
            let chunk = budget.spend(url, answer.chunk());
            let chunk = match &pace {
                Some(pace) => timeout_at(pace.deadline(), chunk)
                    .await
                    .map_err(|_| NetError::TooSlow { host: host(url), over: WINDOW })?,
                None => chunk.await,
            };
            let Some(chunk) = chunk?.map_err(|it| NetError::of(url, it))? else { return Ok(bytes) };
            if limit - bytes.len() < chunk.len() {
                return Err(NetError::TooLarge { host: host(url), limit_bytes });
            }
            let needed = bytes.len() + chunk.len();
            let now = Instant::now();
            if let Some(pace) = &mut pace {
                pace.note(now, chunk.len());
            }
            if bytes.capacity() < needed {
                let small = if needed <= SMALL_BYTES { SMALL_BYTES } else { limit };
                let capacity = needed.max(bytes.capacity().saturating_mul(2)).min(small);
                if SMALL_BYTES < capacity {
                    self.grow(url, from, permit, capacity).await?;
                    // A wait for memory says nothing about the publisher.
                    if let Some(pace) = &mut pace {
                        pace.pass_over(now.elapsed());
                    }
                }
                bytes.reserve_exact(capacity - bytes.len());
            }
            bytes.extend_from_slice(&chunk);
        }
    }
}

/// Undoes compression beside the other exchanges, which wait for this thread.
async fn decode(coded: &Arc<(Vec<u8>, Vec<String>)>, limit: usize) -> Result<Vec<u8>, Undecodable> {
    let coded = Arc::clone(coded);
    let decoding = threads::blocking(move || coding::decoded(&coded.0, &coded.1, limit));
    decoding
        .await
        .unwrap_or_else(|_| Err(Undecodable::Damaged("the decoder panicked; this is a bug".to_owned())))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::Context;
    use std::task::Poll;

    use axum::body::Bytes;
    use hyper::body::Body;
    use hyper::body::Frame;
    use tokio::time::Sleep;
    use tokio::time::sleep;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const LIMIT: u64 = 10 << 20;

    /// So many bytes at once, then one each second for ever.
    struct Drip {
        first: Option<usize>,
        next: Pin<Box<Sleep>>,
    }

    impl Body for Drip {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if let Some(first) = self.first.take() {
                return Poll::Ready(Some(Ok(Frame::data(vec![b' '; first].into()))));
            }
            std::task::ready!(self.next.as_mut().poll(context));
            self.next = Box::pin(sleep(Duration::from_secs(1)));
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b" ")))))
        }
    }

    async fn read(
        memory: &BodyMemory,
        from: &str,
        body: reqwest::Body,
        time: Duration,
    ) -> Result<usize, NetError> {
        let url = format!("http://{from}/").parse().expect("a URL");
        let answer = axum::http::Response::new(body).into();
        let mut budget = TimeBudget { left: time, of: time };
        let read = memory.read(&url, Some(from), answer, LIMIT, &mut budget).await;
        read.map(|(bytes, _room)| bytes.len())
    }

    async fn drip(memory: &BodyMemory, from: &str, first: usize, time: Duration) -> Result<usize, NetError> {
        let body = Drip { first: Some(first), next: Box::pin(sleep(Duration::ZERO)) };
        read(memory, from, reqwest::Body::wrap(body), time).await
    }

    async fn whole(memory: &BodyMemory, from: &str, bytes: usize) -> Result<usize, NetError> {
        read(memory, from, vec![b' '; bytes].into(), MINUTE).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_ended_long_before_its_deadline() {
        let memory = BodyMemory::new(LIMIT, MINUTE);
        for first in [1, 400 << 10] {
            let start = Instant::now();
            let ended = drip(&memory, "slow.example", first, 10 * MINUTE).await;
            assert!(matches!(ended, Err(NetError::TooSlow { .. })), "{ended:?}");
            assert_eq!(start.elapsed().as_secs(), WINDOW.as_secs());
        }
        let start = Instant::now();
        let unpaced = BodyMemory::new(LIMIT, MINUTE).unpaced();
        let ended = drip(&unpaced, "model.example", 1, 2 * MINUTE).await;
        assert!(matches!(ended, Err(NetError::Timeout { .. })), "{ended:?}");
        assert_eq!(start.elapsed(), 2 * MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_that_drip_keep_no_other_host_waiting() {
        let memory = BodyMemory::new(LIMIT, MINUTE);
        let hosts: Vec<String> = (0..50).map(|n| format!("{n}.slow.example")).collect();
        let slow: Vec<_> = hosts.iter().map(|it| drip(&memory, it, 300 << 10, MINUTE)).collect();
        let mut slow: Vec<_> = slow.into_iter().map(Box::pin).collect();
        for it in &mut slow {
            assert!(timeout(Duration::from_millis(1), it).await.is_err());
        }
        let start = Instant::now();
        assert_eq!(whole(&memory, "good.example", 400 << 10).await.ok(), Some(400 << 10));
        assert_eq!(whole(&memory, "large.example", 9 << 20).await.ok(), Some(9 << 20));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn one_host_cannot_fill_the_memory_set_aside() {
        let memory = BodyMemory::new(LIMIT, MINUTE);
        let slow: Vec<_> = (0..20).map(|_| drip(&memory, "slow.example", 9 << 20, MINUTE)).collect();
        let mut slow: Vec<_> = slow.into_iter().map(Box::pin).collect();
        for it in &mut slow {
            assert!(timeout(Duration::from_millis(1), it).await.is_err());
        }
        let start = Instant::now();
        assert_eq!(whole(&memory, "large.example", 9 << 20).await.ok(), Some(9 << 20));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_of_one_host_take_turns() {
        let memory = BodyMemory::new(LIMIT, MINUTE);
        let start = Instant::now();
        let good = async { (whole(&memory, "a.example", 400 << 10).await.ok(), start.elapsed().as_secs()) };
        let (slow, good) = tokio::join!(drip(&memory, "a.example", 300 << 10, MINUTE), good);
        assert!(slow.is_err());
        assert_eq!(good, (Some(400 << 10), WINDOW.as_secs()), "it waits for its turn");
        assert_eq!(whole(&memory, "a.example", 200 << 10).await.ok(), Some(200 << 10));
        assert_eq!(start.elapsed().as_secs(), WINDOW.as_secs(), "a small one needs no turn");
    }

    #[tokio::test(start_paused = true)]
    async fn many_of_the_largest_bodies_come_to_their_end_and_give_everything_back() {
        let memory = Arc::new(BodyMemory::new(LIMIT, MINUTE));
        let free = memory.free.available_permits();
        let mut reads = tokio::task::JoinSet::new();
        for n in 0..30 {
            let memory = Arc::clone(&memory);
            reads.spawn(async move { whole(&memory, &format!("{n}.example"), 10 << 20).await });
        }
        while let Some(read) = reads.join_next().await {
            assert_eq!(read.expect("no panic").ok(), Some(10 << 20));
        }
        assert_eq!((memory.free.available_permits(), memory.last.available_permits()), (free, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_finds_no_room_has_the_last_and_others_wait_for_it() {
        let memory = BodyMemory::new(LIMIT, MINUTE);
        let url: Url = "http://a.example/".parse().expect("a URL");
        let mut held = Vec::new();
        for _ in 0..4 {
            let mut permit = MemoryPermit::default();
            memory.grow(&url, None, &mut permit, 19 << 20).await.expect("memory");
            held.push(permit);
        }
        let mut last = MemoryPermit::default();
        memory.grow(&url, None, &mut last, 19 << 20).await.expect("the last memory");
        assert!(last.last.is_some());
        let mut late = MemoryPermit::default();
        let failed = memory.grow(&url, None, &mut late, 19 << 20).await;
        assert!(matches!(failed, Err(NetError::Timeout { .. })), "{failed:?}");
        last.shrink(1);
        memory.grow(&url, None, &mut late, 19 << 20).await.expect("the last memory");
    }
}
