//! Open connections, and which of them ends when there is no place for a new one.
//!
//! A peer that opens connections and says nothing takes places from itself first: the connection
//! that ends is one of the peer that holds the most, and of these the one that has been quiet for
//! the longest time.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::future::Future;
use std::future::pending;
use std::io;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::task::AbortHandle;
use tokio::task::Id;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio::time::sleep_until;

/// How long a connection does nothing before it may be ended for a new one: a reader who was just
/// connected has time to ask.
const QUIET: Duration = Duration::from_millis(100);

/// Fewest connections that are kept where files are short.
const FEW: usize = 8;

/// Bits of an IPv6 address that a provider gives to one customer.
const NETWORK_BITS: u32 = 64;

/// Whom a connection counts for: an IPv4 address, or the network of an IPv6 address.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Peer(IpAddr);

impl Peer {
    pub(super) fn new(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(it) => {
                let network = it.to_bits() >> NETWORK_BITS << NETWORK_BITS;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            it => it,
        })
    }

    /// Whether it is on this machine.
    pub(super) fn is_local(self) -> bool {
        self.0.is_loopback() || self.0.is_unspecified()
    }

    /// The address, or the first of an IPv6 network.
    pub(super) fn address(self) -> IpAddr {
        self.0
    }

    /// Whoever connects over a Unix socket; nobody connects from this address.
    pub(super) fn local() -> Self {
        Self(Ipv4Addr::UNSPECIFIED.into())
    }
}

/// What a connection is doing. Only requests that were sent whole and answers that are taken
/// count as doing something: whoever sends a byte now and then is as quiet as who sends none.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<Mutex<Doing>>);

#[derive(Clone, Copy, Debug)]
enum Doing {
    /// A request was sent whole; its answer is being made.
    Answering,
    /// Nothing since then.
    Quiet(Instant),
}

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Doing::Quiet(Instant::now()))))
    }

    pub(super) fn begin_answer(&self) {
        self.set(Doing::Answering);
    }

    pub(super) fn end_answer(&self) {
        self.set(Doing::Quiet(Instant::now()));
    }

    fn note_written(&self) {
        let mut doing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Doing::Quiet(since) = &mut *doing {
            *since = Instant::now();
        }
    }

    fn set(&self, doing: Doing) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = doing;
    }

    fn quiet_since(&self) -> Option<Instant> {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Doing::Answering => None,
            Doing::Quiet(since) => Some(since),
        }
    }
}

/// The connections that are open, each a task; all end when this is dropped.
pub(super) struct Connections {
    max: usize,
    tasks: JoinSet<()>,
    open: HashMap<Id, Connection>,
}

struct Connection {
    peer: Peer,
    activity: Activity,
    task: AbortHandle,
}

impl Connections {
    pub(super) fn new(max: usize) -> Self {
        Self { max, tasks: JoinSet::new(), open: HashMap::new() }
    }

    /// Leaves a quarter of the files that connections hold to whatever else needs one. From then on
    /// there is room for that many only.
    pub(super) fn keep_fewer(&mut self) {
        self.max = (self.open.len() / 4 * 3).clamp(FEW.min(self.max), self.max);
    }

    /// Takes one more.
    pub(super) fn spawn(
        &mut self,
        peer: Peer,
        activity: Activity,
        conversation: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = self.tasks.spawn(conversation);
        self.open.insert(task.id(), Connection { peer, activity, task });
    }

    /// Waits until one has ended; for ever where none is open.
    pub(super) async fn ended(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => return pending().await,
        };
        self.open.remove(&id);
    }

    /// Waits until all have ended.
    pub(super) async fn all_ended(&mut self) {
        while !self.tasks.is_empty() {
            self.ended().await;
        }
    }

    /// Waits until there is a place, ending the quietest connection of the peer that holds the most.
    pub(super) async fn make_room(&mut self) {
        while self.max <= self.open.len() {
            let held = self.open.iter();
            let held = held.map(|(id, it)| (*id, it.peer, it.activity.quiet_since()));
            match quietest(&held.collect::<Vec<_>>()) {
                Some((id, since)) if QUIET <= since.elapsed() => {
                    if let Some(it) = self.open.get(&id) {
                        it.task.abort();
                    }
                    self.ended().await;
                }
                Some((_, since)) => tokio::select! {
                    () = self.ended() => {}
                    () = sleep_until(since + QUIET) => {}
                },
                None => self.ended().await,
            }
        }
    }
}

/// Of the connections of the peer that holds the most, the one that has been quiet for the
/// longest time; of another's where all of its are being answered.
fn quietest<T: Copy>(held: &[(T, Peer, Option<Instant>)]) -> Option<(T, Instant)> {
    let mut counts: HashMap<Peer, usize> = HashMap::new();
    for (_, peer, _) in held {
        *counts.entry(*peer).or_default() += 1;
    }
    let quiet = held.iter().filter_map(|(id, peer, since)| Some((*id, counts.get(peer)?, (*since)?)));
    quiet.min_by_key(|(_, count, since)| (Reverse(*count), *since)).map(|(id, _, since)| (id, since))
}

/// A stream that notes when something of an answer was taken.
pub(super) struct Watched<S> {
    pub(super) stream: S,
    pub(super) activity: Activity,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if matches!(written, Poll::Ready(Ok(_))) {
            self.activity.note_written();
        }
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        if matches!(written, Poll::Ready(Ok(_))) {
            self.activity.note_written();
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::new(address.parse().expect("an address"))
    }

    #[test]
    fn a_network_of_ipv6_is_one_peer() {
        assert_eq!(peer("2001:db8:1:2::1"), peer("2001:db8:1:2:ffff::9"));
        assert_ne!(peer("2001:db8:1:2::1"), peer("2001:db8:1:3::1"));
        assert_eq!(peer("::ffff:192.0.2.1"), peer("192.0.2.1"));
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
    }

    #[test]
    fn the_peer_with_the_most_connections_loses_its_quietest() {
        let (many, few) = (peer("192.0.2.1"), peer("192.0.2.2"));
        let now = Instant::now();
        let later = |secs| Some(now + Duration::from_secs(secs));
        let held = [(1, few, later(0)), (2, many, later(3)), (3, many, later(2)), (4, many, None)];
        assert_eq!(quietest(&held).map(|it| it.0), Some(3));
        let held = [(1, few, later(0)), (2, many, None), (3, many, None)];
        assert_eq!(quietest(&held).map(|it| it.0), Some(1));
        assert_eq!(quietest(&[(1, few, None)]), None);
    }
}
