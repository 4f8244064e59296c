//! Serves the feeds, with validators, and counts what it is asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;

use crate::press;

/// The least and the greatest delay of `/slow/…`, in milliseconds.
const SLOW_MS: (u64, u64) = (50, 300);

type Feed = (&'static str, Bytes);

struct Shelf {
    /// The origin's own address.
    home: String,
    now: i64,
    /// Articles in each feed.
    entries: usize,
    feeds: Mutex<HashMap<usize, Feed>>,
    asked: AtomicU64,
}

/// A server on loopback that lives as long as the program.
pub(crate) struct Origin {
    pub(crate) port: u16,
    shelf: Arc<Shelf>,
    _runtime: tokio::runtime::Runtime,
}

impl Origin {
    pub(crate) fn start(entries: usize) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))?;
        let port = listener.local_addr()?.port();
        let shelf = Arc::new(Shelf {
            home: format!("http://127.0.0.1:{port}/"),
            now: chrono::Utc::now().timestamp(),
            entries,
            feeds: Mutex::default(),
            asked: AtomicU64::new(0),
        });
        let app = Router::new()
            .route("/feed/{number}", get(feed))
            .route("/slow/{number}", get(slow))
            .with_state(Arc::clone(&shelf));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Ok(Self { port, shelf, _runtime: runtime })
    }

    /// Feeds asked for so far.
    pub(crate) fn asked(&self) -> u64 {
        self.shelf.asked.load(Ordering::Relaxed)
    }

    /// Writes the feeds before the clock runs.
    pub(crate) fn print(&self, count: usize) {
        (0..count).for_each(|it| drop(self.shelf.feed(it)));
    }
}

impl Shelf {
    fn feed(&self, number: usize) -> Option<Feed> {
        let mut feeds = self.feeds.lock().ok()?;
        let print = || {
            let (kind, body) = press::feed(&self.home, number, (self.now, self.entries));
            (kind, Bytes::from(body))
        };
        Some(feeds.entry(number).or_insert_with(print).clone())
    }
}

async fn feed(State(shelf): State<Arc<Shelf>>, Path(number): Path<usize>, headers: HeaderMap) -> Response {
    shelf.asked.fetch_add(1, Ordering::Relaxed);
    let etag = format!("\"{number}\"");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    match shelf.feed(number) {
        Some((kind, body)) => {
            ([(header::ETAG, etag), (header::CONTENT_TYPE, kind.to_owned())], body).into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn slow(shelf: State<Arc<Shelf>>, number: Path<usize>, headers: HeaderMap) -> Response {
    let spread = (number.0 as u64).wrapping_mul(2_654_435_761) % (SLOW_MS.1 - SLOW_MS.0);
    tokio::time::sleep(Duration::from_millis(SLOW_MS.0 + spread)).await;
    feed(shelf, number, headers).await
}
