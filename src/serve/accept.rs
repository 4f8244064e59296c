//! Takes connections and bounds what each may cost.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::Request;
use axum::http::Response;
use axum::http::header;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use hyper_util::service::TowerToHyperService;
use rustix::io::Errno;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio::time::timeout;
use tracing::warn;

use super::connections::Activity;
use super::connections::Connections;
use super::connections::Peer;
use super::connections::Watched;
use super::linger::Lingering;
use super::listener::Listeners;

/// Connections open at once; for a further one the quietest of the peer that holds the most ends.
const CONNECTIONS_MAX: usize = 1_024;

/// Longest wait for a whole request head, and so for the next request too.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest life of a connection: ends those that read as slowly as they can.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Longest time for one answer.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the answer under way is given when its connection ends.
const LAST_ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection that waits for a request is given to ask when all are to end: what its
/// client sent before it could know is answered, and the answer says that it is the last.
const LAST_REQUEST_TIMEOUT: Duration = Duration::from_millis(500);

/// Pause after the system refused a connection, as when it is out of files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Answers a request at once, or leaves it to the router.
pub(super) type Immediate = Arc<dyn Fn(&Request<Incoming>) -> Option<Response<Body>> + Send + Sync>;

/// Who answers.
#[derive(Clone)]
pub(super) struct Service {
    /// Asked first; it never blocks.
    pub(super) immediate: Option<Immediate>,
    /// Answers the rest.
    pub(super) router: Router,
}

/// What connections may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) connections: usize,
    pub(super) head: Duration,
    pub(super) connection: Duration,
    pub(super) last_answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS_MAX,
            head: HEAD_TIMEOUT,
            connection: CONNECTION_TIMEOUT,
            last_answer: LAST_ANSWER_TIMEOUT,
        }
    }
}

/// Serves until `shutdown` resolves and the answers under way are sent. HTTP/1
/// only: without TLS no browser speaks anything else, and one connection cannot
/// then ask for many things at once.
pub(super) async fn accept(
    listeners: Listeners,
    service: Service,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let (stop, stopping) = watch::channel(());
    let mut connections = Connections::new(limits.connections);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            () = connections.ended() => continue,
            accepted = listeners.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                tokio::select! {
                    // Who was taken is answered, where there is room.
                    biased;
                    () = connections.make_room() => {}
                    () = &mut shutdown => break,
                }
                let activity = Activity::new();
                let stream = Watched { stream, activity: activity.clone() };
                let conversation = converse(stream, peer, service.clone(), limits, stopping.clone());
                connections.spawn(peer, activity, conversation);
            }
            Err(cause) if is_of_client(&cause) => {}
            Err(cause) => {
                warn!(error = %cause, "could not take a connection; waiting");
                if is_of_files(&cause) {
                    connections.keep_fewer();
                    tokio::select! {
                        () = connections.make_room() => {}
                        () = &mut shutdown => break,
                    }
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop((listeners, stop));
    // Each ends within its last answer's time.
    connections.all_ended().await;
    Ok(())
}

/// Answers one connection until it ends, its time is over or all are to stop.
async fn converse(
    stream: Watched<impl AsyncRead + AsyncWrite + Unpin + 'static>,
    peer: Peer,
    service: Service,
    limits: Limits,
    mut stopping: watch::Receiver<()>,
) {
    let is_ending = AtomicBool::new(false);
    let activity = stream.activity.clone();
    let Service { immediate, router } = service;
    let router = TowerToHyperService::new(router);
    let service = service_fn(|mut request: Request<Incoming>| {
        let answering = match immediate.as_ref().and_then(|it| it(&request)) {
            Some(response) => Err(response),
            None => {
                activity.begin_answer();
                request.extensions_mut().insert(peer);
                Ok(router.call(request))
            }
        };
        let activity = &activity;
        let is_ending = &is_ending;
        async move {
            let mut response = match answering {
                Ok(answering) => answering.await?,
                Err(at_once) => at_once,
            };
            activity.end_answer();
            if is_ending.load(Ordering::Relaxed) {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(TokioIo::new(Lingering::new(stream)), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // How a client ends its connection is its own affair.
        _ = connection.as_mut() => return,
        _ = stopping.changed() => {}
        () = sleep(limits.connection) => {}
    }
    is_ending.store(true, Ordering::Relaxed);
    if timeout(LAST_REQUEST_TIMEOUT, connection.as_mut()).await.is_ok() {
        return;
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.last_answer, connection).await;
}

/// Whether no file could be opened, for the process (EMFILE) or the whole system (ENFILE).
fn is_of_files(cause: &io::Error) -> bool {
    matches!(Errno::from_io_error(cause), Some(Errno::MFILE | Errno::NFILE))
}

/// Whether the client gave up before it was taken.
fn is_of_client(cause: &io::Error) -> bool {
    use io::ErrorKind::ConnectionAborted;
    use io::ErrorKind::ConnectionRefused;
    use io::ErrorKind::ConnectionReset;
    matches!(cause.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::Socket;
    use std::net::SocketAddr;
    use tokio::io::AsyncReadExt;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpStream;
    use tokio::task::JoinHandle;

    const SHORT: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(60);

    async fn open(limits: Limits) -> (SocketAddr, watch::Sender<()>, JoinHandle<io::Result<()>>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let listeners = Listeners::on(&[Socket::Tcp(listener)]).expect("a listener");
        let router = Router::new().fallback(|| async { "yes" });
        let (stop, mut stopping) = watch::channel(());
        let shutdown = async move {
            let _ = stopping.changed().await;
        };
        (
            address,
            stop,
            tokio::spawn(accept(listeners, Service { immediate: None, router }, limits, shutdown)),
        )
    }

    #[expect(clippy::disallowed_methods, reason = "the test is a reader of our server")]
    async fn send(address: SocketAddr, words: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(words.as_bytes()).await.expect("a request");
        stream
    }

    /// What is sent until the connection is closed.
    async fn rest(mut stream: TcpStream) -> String {
        let mut bytes = Vec::new();
        // A connection that is reset is closed too.
        let _ = timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("an end");
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[tokio::test]
    async fn half_a_request_is_not_waited_for() {
        let limits = Limits { connections: 2, head: SHORT, connection: LONG, last_answer: LONG };
        let (address, _stop, _server) = open(limits).await;
        // More than may be open at once: each has to make room for the next.
        let mut halves = Vec::new();
        for words in
            ["", "G", "GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"]
        {
            halves.push(send(address, words).await);
        }
        let whole = send(address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(rest(whole).await.ends_with("yes"), "answered, then closed for want of another request");
        for half in halves {
            assert!(!rest(half).await.contains("yes"));
        }
    }

    /// A connection from another address of this machine.
    async fn send_from(from: &str, to: SocketAddr, words: &str) -> TcpStream {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::new(from.parse().expect("an address"), 0)).expect("an address of ours");
        let mut stream = socket.connect(to).await.expect("a connection");
        stream.write_all(words.as_bytes()).await.expect("a request");
        stream
    }

    #[tokio::test]
    async fn a_peer_that_opens_connections_and_says_nothing_keeps_no_reader_waiting() {
        const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let limits = Limits { connections: 8, head: LONG, connection: LONG, last_answer: LONG };
        let (address, _stop, _server) = open(limits).await;
        // A reader who is slow to ask, and longer connected than all others.
        let mut slow = send_from("127.0.0.2", address, "GET / HT").await;
        let mut silent = Vec::new();
        for _ in 0..40 {
            silent.push(send_from("127.0.0.1", address, "").await);
        }
        for from in ["127.0.0.3", "127.0.0.1"] {
            let reader = send_from(from, address, REQUEST).await;
            assert!(rest(reader).await.ends_with("yes"), "{from}");
        }
        slow.write_all(&REQUEST.as_bytes()[8..]).await.expect("it is still open");
        assert!(rest(slow).await.ends_with("yes"));
    }

    #[tokio::test]
    async fn a_connection_does_not_live_for_ever() {
        let limits = Limits { connections: 2, head: LONG, connection: SHORT, last_answer: SHORT };
        let (address, _stop, _server) = open(limits).await;
        assert_eq!(rest(send(address, "GET / ").await).await, "");
    }

    #[tokio::test]
    async fn who_was_just_connected_at_the_end_is_answered() {
        let (mut client, server) = tokio::io::duplex(1_024);
        let router = Router::new().fallback(|| async { "yes" });
        let (stop, stopping) = watch::channel(());
        drop(stop);
        let ask = async {
            client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("it is read");
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.expect("an end");
            answer
        };
        // The end is known before the question is read.
        let server = Watched { stream: server, activity: Activity::new() };
        let ((), answer) = tokio::join!(
            converse(server, Peer::local(), Service { immediate: None, router }, Limits::default(), stopping),
            ask
        );
        assert!(answer.ends_with("yes"), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_crosses_the_end_is_answered_as_the_last() {
        const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let (mut client, server) = tokio::io::duplex(1_024);
        let router = Router::new().fallback(|| async { "yes" });
        let (stop, stopping) = watch::channel(());
        let ask = async {
            client.write_all(REQUEST).await.expect("it is read");
            let mut first = String::new();
            while !first.ends_with("yes") {
                first.push(char::from(client.read_u8().await.expect("an answer")));
            }
            drop(stop);
            // The connection learns of the end, and its client does not know of it yet.
            sleep(LAST_REQUEST_TIMEOUT / 2).await;
            client.write_all(REQUEST).await.expect("it is read");
            let mut last = String::new();
            client.read_to_string(&mut last).await.expect("an end");
            (first.to_lowercase(), last.to_lowercase())
        };
        let server = Watched { stream: server, activity: Activity::new() };
        let ((), (first, last)) = tokio::join!(
            converse(server, Peer::local(), Service { immediate: None, router }, Limits::default(), stopping),
            ask
        );
        assert!(!first.contains("connection: close"), "{first}");
        assert!(last.contains("connection: close") && last.ends_with("yes"), "{last}");
    }

    #[tokio::test]
    async fn the_end_comes_with_open_connections() {
        let limits = Limits { connections: 2, head: LONG, connection: LONG, last_answer: SHORT };
        let (address, stop, server) = open(limits).await;
        let mut kept = send(address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let mut byte = [0];
        kept.read_exact(&mut byte).await.expect("an answer");
        stop.send(()).expect("a server");
        timeout(LONG, server).await.expect("an end").expect("no panic").expect("no failure");
        assert!(rest(kept).await.ends_with("yes"));
    }
}
