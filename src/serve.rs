//! Hands readers what is published, over HTTP.
//!
//! Knows nothing of stories: a path goes in, an [`Answer`] comes out, and what is
//! done here is HTTP alone: methods, conditional requests, encodings, headers.

mod accept;
mod conditional;
mod connections;
mod encoding;
mod host;
mod hub;
mod linger;
mod listener;
mod path;
mod response;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::body::Bytes;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::Response;
use axum::http::StatusCode;
use axum::http::header;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::pipeline::Pipeline;
use crate::site::Answer;
use crate::site::Publication;
use crate::site::Rendered;
use crate::store::StoreError;

use self::accept::Limits;
use self::conditional::Tag;
use self::encoding::Encoding;
pub use self::listener::Listeners;
pub use self::listener::Socket;
use self::response::failure;
use self::response::text;

/// Longest time for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Largest request body, in bytes. Only a hub's push is read, piece by piece, and none is kept.
const REQUEST_BYTES_MAX: usize = 4 << 20;

/// Where hubs answer and push to: the beginning of the paths.
const CALLBACKS: &str = "/websub/";

/// Nothing but our own style, images and forms; no frames, no scripts.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// Publishers see which site sends them readers, and nothing more.
const REFERRER_POLICY: &str = "strict-origin-when-cross-origin";

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
    let router = Router::new()
        .fallback(answer)
        .with_state(site)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT))
        .layer(RequestBodyLimitLayer::new(REQUEST_BYTES_MAX))
        .layer(CatchPanicLayer::new());
    accept::accept(listeners, router, Limits::default(), shutdown).await
}

/// Answers every request on sockets that are reserved for the admin side that it is not served, so
/// that nobody who connects waits for ever. Ends as [`serve`] does.
///
/// # Errors
/// As [`serve`].
pub async fn decline(
    listeners: Listeners,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let words = "the admin side is not served by this version of bylined\n";
    let router = Router::new().fallback(move || async move { text(StatusCode::SERVICE_UNAVAILABLE, words) });
    accept::accept(listeners, router, Limits::default(), shutdown).await
}

async fn answer(State(site): State<ServedSite>, request: Request) -> Response<Body> {
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
    let query = request.uri().query().filter(|_| takes_query(&path)).map(str::to_owned);
    let publication = Arc::clone(&site.publication);
    let (asked, headers) = (path.clone(), request.headers().clone());
    let answer = move || {
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
    matches!(path, "/search" | "/search/") || path.starts_with("/api/")
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
        Answer::Moved(to) => {
            let base = &site.publication.config().site.base_url;
            let mut response = text(StatusCode::MOVED_PERMANENTLY, "");
            if let Ok(location) = HeaderValue::from_str(&format!("{base}{}", to.trim_start_matches('/'))) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
    }
}

fn document(request: &Request, path: &str, status: StatusCode, rendered: &Arc<Rendered>) -> Response<Body> {
    let Some(encoding) = Encoding::chosen(request.headers(), rendered) else {
        let words = "this is sent as it is, or in one of the encodings gzip and br";
        let mut response = failure(path, StatusCode::NOT_ACCEPTABLE, words);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        return response;
    };
    let body = encoding.body(rendered);
    let tag = Tag { digest: &rendered.digest, suffix: encoding.etag_suffix() };
    let is_current =
        status == StatusCode::OK && conditional::is_current(request.headers(), &tag, rendered.last_modified);
    let status = if is_current { StatusCode::NOT_MODIFIED } else { status };
    let is_empty = is_current || request.method() == Method::HEAD;
    let length = body.len();
    let shared = || Bytes::from_owner(Sent { rendered: Arc::clone(rendered), encoding });
    let mut response = Response::new(if is_empty { Body::empty() } else { Body::from(shared()) });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::VARY, "Accept-Encoding");
    set(header::CACHE_CONTROL, &format!("public, max-age={}", rendered.max_age_secs));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if matches!(status, StatusCode::OK | StatusCode::NOT_MODIFIED) {
        set(header::ETAG, &tag.quoted());
        if let Some(at) = rendered.last_modified {
            set(header::LAST_MODIFIED, &at.rfc822());
        }
    }
    if !is_current {
        set(header::CONTENT_TYPE, &rendered.media_type);
        set(header::CONTENT_LENGTH, &length.to_string());
        if let Some(name) = encoding.name() {
            set(header::CONTENT_ENCODING, name);
        }
    }
    if rendered.media_type.starts_with("text/html") {
        set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
        set(header::REFERRER_POLICY, REFERRER_POLICY);
    }
    if path.starts_with("/feeds/") || path.starts_with("/api/") {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
    for (name, value) in &rendered.headers {
        set(header::HeaderName::from_static(name), value);
    }
    response
}

/// The bytes under way to a client: all clients share one document.
struct Sent {
    rendered: Arc<Rendered>,
    encoding: Encoding,
}

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        self.encoding.body(&self.rendered)
    }
}
