//! A publisher's server that behaves as badly as it is told to.
//!
//! It speaks HTTP/1.1 over plain TCP by hand, since no honest server library
//! can drip, stall, truncate or contradict itself.
//!
//! ```ignore
//! let origin = Origin::start().await;
//! origin.serve("/feed", Page::new("<rss/>").etag("\"1\""));
//! origin.behave("/slow", Behaviour::Stall);
//! assert_eq!(origin.count("/feed"), 0);
//! ```

#![allow(dead_code, reason = "every test file uses its own part of it")]

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use url::Url;

/// A document that is served as it should be: validators, conditional answers, one body.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// How a path answers.
#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    /// As it should: 304 to a matching `If-None-Match` or `If-Modified-Since`.
    Serve(Page),
    /// One after the other, the last for ever.
    Sequence(Vec<Behaviour>),
    /// To another address.
    Redirect { status: u16, to: String },
    /// 304 whatever was asked.
    AlwaysNotModified,
    /// So many bytes of a body at once, then one each time for ever.
    SlowBody { first: usize, every: Duration },
    /// The headers and the first bytes at once, then one byte per interval, for ever.
    Drip { every: Duration },
    /// One byte of the status line per interval, for ever.
    DripHeaders { every: Duration },
    /// A body without end, as fast as it is read.
    Endless,
    /// Takes the request and never answers.
    Stall,
    /// Closes the connection without an answer.
    Hang,
    /// A gzip body that grows about a thousandfold to this many bytes.
    GzipBomb { bytes: usize },
    /// The same, compressed twice.
    DoubleGzipBomb { bytes: usize },
    /// This body under this `Content-Encoding`, whatever it is.
    Encoded { encoding: String, body: Vec<u8> },
    /// Promises the whole body, sends this many bytes of it and closes.
    Truncated { page: Page, after: usize },
    /// A chunked body that ends without its last chunk.
    TruncatedChunked { page: Page },
    /// Two `Content-Length` headers that differ.
    TwoLengths { page: Page },
    /// A header of this many bytes.
    HugeHeader { bytes: usize },
    /// Confirms what a hub asks (WebSub §5.3), and answers what it sends with this status.
    Subscriber { status: u16 },
    /// These bytes instead of an answer.
    Raw(Vec<u8>),
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// `GET`.
    pub(crate) method: String,
    /// With query.
    pub(crate) path: String,
    /// In order, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// As long as `Content-Length` says.
    pub(crate) body: String,
}

/// A running server; it ends when dropped.
pub(crate) struct Origin {
    address: SocketAddr,
    state: Arc<State>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    behaviours: Mutex<HashMap<String, Behaviour>>,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    bytes_sent: AtomicUsize,
}

impl Page {
    /// 200 with this body, as a feed.
    pub(crate) fn new(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into() }
            .header("Content-Type", "application/rss+xml")
    }

    /// 200 with this body, as a page.
    pub(crate) fn html(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into() }
            .header("Content-Type", "text/html; charset=utf-8")
    }

    /// An empty answer of this status.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With an `ETag`; give the quotes.
    pub(crate) fn etag(self, etag: &str) -> Self {
        self.header("ETag", etag)
    }

    /// With a `Last-Modified`.
    pub(crate) fn last_modified(self, date: &str) -> Self {
        self.header("Last-Modified", date)
    }

    fn is_held_by(&self, request: &Received) -> bool {
        let own = |name: &str| self.headers.iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| &it.1);
        match (request.header("if-none-match"), request.header("if-modified-since")) {
            (Some(held), _) => own("etag").is_some_and(|it| it == held),
            (None, Some(held)) => own("last-modified").is_some_and(|it| it == held),
            (None, None) => false,
        }
    }
}

impl Received {
    /// The first header of this name, given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }
}

impl Origin {
    /// Starts on a free port of 127.0.0.1.
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0").await
    }

    /// Starts at this address.
    pub(crate) async fn start_at(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let state = Arc::new(State::default());
        let server = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { address, state, server }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The absolute address of a path.
    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().expect("a URL")
    }

    /// Serves a document from now on.
    pub(crate) fn serve(&self, path: &str, page: Page) {
        self.behave(path, Behaviour::Serve(page));
    }

    /// Behaves like this from now on. Paths without a behaviour answer 404.
    pub(crate) fn behave(&self, path: &str, behaviour: Behaviour) {
        lock(&self.state.behaviours).insert(path.to_owned(), behaviour);
    }

    /// Every request so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        lock(&self.state.received).clone()
    }

    /// The requests after the first so many.
    pub(crate) fn received_since(&self, first: usize) -> Vec<Received> {
        lock(&self.state.received)[first..].to_vec()
    }

    /// The requests for one path (with query) so far.
    pub(crate) fn received_at(&self, path: &str) -> Vec<Received> {
        self.received().into_iter().filter(|it| it.path == path).collect()
    }

    /// How many requests there were for one path.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.received_at(path).len()
    }

    /// How many connections were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// How many bytes were handed to the network.
    pub(crate) fn bytes_sent(&self) -> usize {
        self.state.bytes_sent.load(Ordering::SeqCst)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().expect("no test panics while it holds the lock")
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    // Connections end with the server.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        state.connections.fetch_add(1, Ordering::SeqCst);
        // Head and body are written apart: without this, each answer waits for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let mut connection = Connection { stream, state };
            while let Ok(true) = connection.answer_one().await {}
        });
        while connections.try_join_next().is_some() {}
    }
}

struct Connection {
    stream: TcpStream,
    state: Arc<State>,
}

impl Connection {
    /// Answers one request; says whether the connection stays open.
    async fn answer_one(&mut self) -> io::Result<bool> {
        let Some(request) = self.request().await? else { return Ok(false) };
        lock(&self.state.received).push(request.clone());
        let behaviour = self.state.next_behaviour(&request.path);
        match behaviour {
            Behaviour::Serve(page) => {
                if page.is_held_by(&request) {
                    self.not_modified(&page).await?;
                } else {
                    self.page(&page).await?;
                }
                return Ok(true);
            }
            Behaviour::Sequence(_) => unreachable!("a sequence is taken apart where it is chosen"),
            Behaviour::Redirect { status, to } => {
                self.page(&Page::status(status).header("Location", &to)).await?;
                return Ok(true);
            }
            Behaviour::Subscriber { status } => {
                let query = request.path.split_once('?').map_or("", |it| it.1);
                let challenge =
                    url::form_urlencoded::parse(query.as_bytes()).find(|it| it.0 == "hub.challenge");
                match challenge.filter(|_| request.method == "GET") {
                    Some((_, challenge)) => self.page(&Page::new(challenge.into_owned())).await?,
                    None => self.page(&Page::status(status)).await?,
                }
                return Ok(true);
            }
            Behaviour::AlwaysNotModified => {
                self.not_modified(&Page::status(304)).await?;
                return Ok(true);
            }
            Behaviour::SlowBody { first, every } => {
                self.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss").await?;
                self.send(&vec![b' '; first]).await?;
                loop {
                    self.send(b" ").await?;
                    tokio::time::sleep(every).await;
                }
            }
            Behaviour::Drip { every } => {
                self.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss").await?;
                loop {
                    self.send(b" ").await?;
                    tokio::time::sleep(every).await;
                }
            }
            Behaviour::DripHeaders { every } => {
                self.send(b"HTTP/1.1 200 OK\r\nX-Slow: ").await?;
                loop {
                    self.send(b"x").await?;
                    tokio::time::sleep(every).await;
                }
            }
            Behaviour::Endless => {
                self.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss>").await?;
                loop {
                    self.send(&[b' '; 64 << 10]).await?;
                }
            }
            Behaviour::Stall => std::future::pending().await,
            Behaviour::Hang => {}
            Behaviour::GzipBomb { bytes } => {
                let body = gzip(&vec![b' '; bytes]);
                self.page(&Page::new(body).header("Content-Encoding", "gzip")).await?;
            }
            Behaviour::DoubleGzipBomb { bytes } => {
                let body = gzip(&gzip(&vec![b' '; bytes]));
                let page =
                    Page::new(body).header("Content-Encoding", "gzip").header("Content-Encoding", "gzip");
                self.page(&page).await?;
            }
            Behaviour::Encoded { encoding, body } => {
                self.page(&Page::new(body).header("Content-Encoding", &encoding)).await?;
            }
            Behaviour::Truncated { page, after } => {
                self.head(&page, &format!("Content-Length: {}\r\n", page.body.len())).await?;
                self.send(&page.body[..after.min(page.body.len())]).await?;
            }
            Behaviour::TruncatedChunked { page } => {
                self.head(&page, "Transfer-Encoding: chunked\r\n").await?;
                self.send(format!("{:x}\r\n", page.body.len()).as_bytes()).await?;
                self.send(&page.body).await?;
                self.send(b"\r\n").await?;
            }
            Behaviour::TwoLengths { page } => {
                let length = page.body.len();
                self.head(&page, &format!("Content-Length: {length}\r\nContent-Length: {}\r\n", length / 2))
                    .await?;
                self.send(&page.body).await?;
            }
            Behaviour::HugeHeader { bytes } => {
                self.page(&Page::new("<rss/>").header("X-Huge", &"x".repeat(bytes))).await?;
            }
            Behaviour::Raw(bytes) => self.send(&bytes).await?,
        }
        self.stream.shutdown().await?;
        Ok(false)
    }

    async fn request(&mut self) -> io::Result<Option<Received>> {
        const HEAD_BYTES_MAX: usize = 1 << 20;
        const TLS_HANDSHAKE: u8 = 0x16;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.stream.read_u8().await {
                Ok(TLS_HANDSHAKE) if head.is_empty() => {
                    // No server of ours speaks TLS; say so in plain words, as careless ones do.
                    let _ = self.stream.read(&mut [0; 4096]).await?;
                    self.send(b"HTTP/1.1 400 Bad Request\r\n\r\n").await?;
                    return Ok(None);
                }
                Ok(byte) if head.len() < HEAD_BYTES_MAX => head.push(byte),
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let head = String::from_utf8_lossy(&head);
        let mut lines = head.lines();
        let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
        let headers = lines
            .filter_map(|it| it.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut received = Received { method, path, headers, body: String::new() };
        let length = received.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        received.body = String::from_utf8_lossy(&body).into_owned();
        Ok(Some(received))
    }

    async fn page(&mut self, page: &Page) -> io::Result<()> {
        self.head(page, &format!("Content-Length: {}\r\n", page.body.len())).await?;
        self.send(&page.body).await
    }

    async fn not_modified(&mut self, page: &Page) -> io::Result<()> {
        let page = Page { status: 304, body: Vec::new(), ..page.clone() };
        self.head(&page, "").await
    }

    async fn head(&mut self, page: &Page, framing: &str) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Words\r\n{framing}", page.status);
        for (name, value) in &page.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.send(head.as_bytes()).await
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.state.bytes_sent.fetch_add(bytes.len(), Ordering::SeqCst);
        Ok(())
    }
}

impl State {
    /// The behaviour of this moment; a sequence moves on.
    fn next_behaviour(&self, path: &str) -> Behaviour {
        let mut behaviours = lock(&self.behaviours);
        let known = if behaviours.contains_key(path) { path } else { path.split('?').next().unwrap_or(path) };
        match behaviours.get_mut(known) {
            Some(Behaviour::Sequence(steps)) if 1 < steps.len() => steps.remove(0),
            Some(Behaviour::Sequence(steps)) => {
                steps.first().cloned().unwrap_or_else(|| Behaviour::Serve(Page::status(404)))
            }
            Some(it) => it.clone(),
            None => Behaviour::Serve(Page::status(404)),
        }
    }
}

/// Compressed without any header, as some servers do under the name of deflate.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    io::Write::write_all(&mut packed, bytes).expect("memory takes it");
    packed.finish().expect("memory takes it")
}

/// Compressed as well as gzip can.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    io::Write::write_all(&mut packed, bytes).expect("memory takes it");
    packed.finish().expect("memory takes it")
}
