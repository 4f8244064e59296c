//! Hands readers what is published, over HTTP.
//!
//! Knows nothing of stories: a path goes in, an [`Answer`] comes out, and what is
//! done here is HTTP alone: methods, conditional requests, encodings, headers.

mod accept;
mod admin;
mod conditional;
mod connections;
mod document;
mod encoding;
mod host;
mod hub;
mod linger;
mod listener;
mod own_hub;
mod path;
mod rate_limit;
mod response;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::Response;
use axum::http::StatusCode;
use axum::http::header;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::config::HubSetting;
use crate::pipeline::Pipeline;
use crate::site::Answer;
use crate::site::HUB_PATH;
use crate::site::Publication;
use crate::store::StoreError;

use self::accept::ANSWER_TIMEOUT;
use self::accept::Limits;
use self::accept::Service;
pub use self::admin::serve_admin;
use self::connections::Peer;
use self::document::document;
use self::encoding::Encoding;
pub use self::listener::Listeners;
pub use self::listener::Socket;
use self::rate_limit::RateLimit;
use self::response::failure;
use self::response::is_open;
use self::response::preflight;
use self::response::text;

/// Largest request body, in bytes. Only a hub's push is read, piece by piece, and none is kept.
const REQUEST_BYTES_MAX: usize = 4 << 20;

/// Searches that are answered at once: each may keep a thread and a reader of the store busy for long.
const SEARCHES_MAX: usize = 4;

/// Seconds after which a search that was refused may be tried again.
const SEARCH_RETRY_SECS: u64 = 1;

/// Where hubs answer and push to: the beginning of the paths.
const CALLBACKS: &str = "/websub/";

/// Answers further paths before the site does; the demo's newsroom is one.
pub type ExtraRoutes = Arc<dyn Fn(&str) -> Option<Answer> + Send + Sync>;

/// What is served.
#[derive(Clone)]
pub struct ServedSite {
    /// The published pages and feeds.
    pub publication: Arc<Publication>,
    /// Whom hubs speak to.
    pub pipeline: Arc<Pipeline>,
    /// Further paths.
    pub further: Option<ExtraRoutes>,
}

/// Serves until `shutdown` resolves and the answers under way are sent.
///
/// # Errors
/// Fails where a listener does; a connection that breaks is no error.
pub async fn serve(
    listeners: Listeners,
    site: ServedSite,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let from_memory = site.clone();
    let router = Router::new()
        .fallback(answer)
        .with_state((site, Arc::new(Limited::default())))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT))
        .layer(RequestBodyLimitLayer::new(REQUEST_BYTES_MAX))
        .layer(CatchPanicLayer::new());
    let service = Service { immediate: Some(Arc::new(move |it| immediate(&from_memory, it))), router };
    accept::accept(listeners, service, Limits::default(), shutdown).await
}

/// The answer to a request for a document that lies in memory in the encoding that the client
/// prefers: without a task of its own, another thread or a timer. `None` leaves it to [`answer`].
fn immediate<B>(site: &ServedSite, request: &Request<B>) -> Option<Response<Body>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD)
        || !host::is_named(request.version(), request.headers())
    {
        return None;
    }
    let whole_path = path::normalized(request.uri().path());
    let path = below_base(site, &whole_path);
    if request.uri().query().is_some() && takes_query(path) {
        return None;
    }
    let rendered = site.publication.in_memory(path)?;
    let is_ready = Encoding::is_ready(request.headers(), &rendered);
    is_ready.then(|| document(request, path, StatusCode::OK, &rendered))
}

/// What keeps searches and the API from taking what everybody else needs.
struct Limited {
    rate: RateLimit,
    searches: Arc<Semaphore>,
}

impl Default for Limited {
    fn default() -> Self {
        Self { rate: RateLimit::default(), searches: Arc::new(Semaphore::new(SEARCHES_MAX)) }
    }
}

impl Limited {
    /// Leave to answer, which a search gives back when it is done; else what is answered instead.
    fn admit(
        &self,
        path: &str,
        request: &Request,
    ) -> Result<Option<OwnedSemaphorePermit>, Box<Response<Body>>> {
        let refused = |status: StatusCode, words: &'static str, wait: u64| {
            let mut response = failure(path, status, words);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
            Box::new(response)
        };
        if let Some(peer) = request.extensions().get::<Peer>()
            && let Err(wait) = self.rate.take(rate_limit::counted(*peer, request.headers()), Instant::now())
        {
            let words = "too many requests; ask more slowly";
            return Err(refused(StatusCode::TOO_MANY_REQUESTS, words, wait.as_secs() + 1));
        }
        if !is_search(path) {
            return Ok(None);
        }
        Arc::clone(&self.searches).try_acquire_owned().map(Some).map_err(|_| {
            let words = "too many searches are under way; try again in a moment";
            refused(StatusCode::SERVICE_UNAVAILABLE, words, SEARCH_RETRY_SECS)
        })
    }
}

/// What is served, and how much of it at once.
type Served = (ServedSite, Arc<Limited>);

async fn answer(State((site, limited)): State<Served>, request: Request) -> Response<Body> {
    let whole_path = path::normalized(request.uri().path());
    let path = below_base(&site, &whole_path).to_owned();
    if !host::is_named(request.version(), request.headers()) {
        return failure(&path, StatusCode::BAD_REQUEST, "a request names its host in one `Host` field");
    }
    if let Some(token) = path.strip_prefix(CALLBACKS)
        && matches!(*request.method(), Method::GET | Method::POST)
    {
        let answered = hub::answer(&site.pipeline, token, request).await;
        return answered.unwrap_or_else(|error| {
            tracing::error!(error = %error, "could not answer a hub");
            failure(&path, StatusCode::SERVICE_UNAVAILABLE, "try again later")
        });
    }
    if path == HUB_PATH && site.publication.config().server.hub == HubSetting::Own {
        return subscribe(&site, &limited, request).await;
    }
    if *request.method() == Method::OPTIONS && is_open(&path) {
        return preflight();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let (allowed, words) = if path.starts_with(CALLBACKS) {
            ("GET, HEAD, POST", "only GET, HEAD and POST are answered here")
        } else {
            ("GET, HEAD", "only GET and HEAD are answered here")
        };
        let mut response = failure(&path, StatusCode::METHOD_NOT_ALLOWED, words);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
        return response;
    }
    match path.as_str() {
        "/healthz" => return text(StatusCode::OK, "ok\n"),
        "/readyz" => return ready(&site).await,
        _ => {}
    }
    if let Some(answer) = site.further.as_ref().and_then(|it| it(&whole_path)) {
        return respond(&site, &request, &path, answer);
    }
    let permit = if takes_query(&path) { limited.admit(&path, &request) } else { Ok(None) };
    let permit = match permit {
        Ok(permit) => permit,
        Err(refused) => return *refused,
    };
    let query = request.uri().query().filter(|_| takes_query(&path)).map(str::to_owned);
    let publication = Arc::clone(&site.publication);
    let (asked, headers) = (path.clone(), request.headers().clone());
    let answer = move || {
        let _under_way = permit;
        let answer = publication.answer(&asked, query.as_deref())?;
        if let Answer::Document(rendered) = &answer {
            // Compressing what nobody has asked for yet is also work for this thread.
            Encoding::chosen(&headers, rendered);
        }
        Ok::<_, StoreError>(answer)
    };
    let answered = tokio::task::spawn_blocking(answer).await;
    match answered {
        Ok(Ok(answer)) => respond(&site, &request, &path, answer),
        Ok(Err(error)) => {
            tracing::error!(path, error = %error, "could not answer `{path}`");
            let words = "the archive cannot be read at the moment; try again later";
            failure(&path, StatusCode::SERVICE_UNAVAILABLE, words)
        }
        Err(_) => failure(&path, StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here"),
    }
}

async fn subscribe(site: &ServedSite, limited: &Limited, request: Request) -> Response<Body> {
    if let Err(refused) = limited.admit(HUB_PATH, &request) {
        return *refused;
    }
    let answered = own_hub::answer(&site.pipeline, &site.publication, request).await;
    answered.unwrap_or_else(|error| {
        tracing::error!(error = %error, "could not answer a subscriber");
        failure(HUB_PATH, StatusCode::SERVICE_UNAVAILABLE, "try again later")
    })
}

/// The path without the base URL's own: a proxy may pass it on or not.
fn below_base<'a>(site: &ServedSite, path: &'a str) -> &'a str {
    let base = path::normalized(site.publication.config().site.base_url.path());
    match path.strip_prefix(base.trim_end_matches('/')) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// Other queries are none of ours; ignoring them keeps one address for one document.
fn takes_query(path: &str) -> bool {
    is_search(path) || path.starts_with("/api/")
}

fn is_search(path: &str) -> bool {
    matches!(path, "/search" | "/search/")
}

async fn ready(site: &ServedSite) -> Response<Body> {
    let publication = Arc::clone(&site.publication);
    match tokio::task::spawn_blocking(move || publication.is_readable()).await {
        Ok(true) => text(StatusCode::OK, "ready\n"),
        _ => text(StatusCode::SERVICE_UNAVAILABLE, "the database cannot be read\n"),
    }
}

fn respond(site: &ServedSite, request: &Request, path: &str, answer: Answer) -> Response<Body> {
    match answer {
        Answer::Document(rendered) => document(request, path, StatusCode::OK, &rendered),
        Answer::Gone(rendered) => document(request, path, StatusCode::GONE, &rendered),
        Answer::Missing(rendered) => document(request, path, StatusCode::NOT_FOUND, &rendered),
        Answer::Refused(rendered) => document(request, path, StatusCode::BAD_REQUEST, &rendered),
        Answer::Moved(to) => {
            let base = &site.publication.config().site.base_url;
            let mut response = text(StatusCode::MOVED_PERMANENTLY, "");
            // A browser's reader may follow it to a feed.
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            if let Ok(location) = HeaderValue::from_str(&format!("{base}{}", to.trim_start_matches('/'))) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_searches_are_answered_at_once() {
        let limited = Limited::default();
        let ask = |path: &str| limited.admit(path, &Request::new(Body::empty()));
        let mut under_way: Vec<_> = (0..SEARCHES_MAX).map(|_| ask("/search").expect("leave")).collect();
        let refused = ask("/search").expect_err("one too many");
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.headers().contains_key(header::RETRY_AFTER));
        assert!(ask("/api/v1/stories").expect("not a search").is_none());
        under_way.pop();
        assert!(ask("/search").expect("leave").is_some());
    }
}
