//! Serves the admin side: takes a request apart for `admin` and puts its answer together.

use std::future::Future;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::Response;
use axum::http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::admin;
use crate::admin::AdminRequest;
use crate::admin::AdminResponse;
use crate::admin::AdminSite;

use super::accept;
use super::accept::ANSWER_TIMEOUT;
use super::accept::Limits;
use super::accept::Service;
use super::connections::Peer;
use super::host;
use super::listener::Listeners;
use super::path;
use super::rate_limit;
use super::response::text;

/// Largest body of a request to the admin side, in bytes: a form with every field of a story.
const FORM_BYTES_MAX: usize = 1 << 20;

/// Serves the admin side until `shutdown` resolves and the answers under way are sent.
///
/// # Errors
/// As [`serve`](super::serve()).
pub async fn serve_admin(
    listeners: Listeners,
    site: Arc<AdminSite>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new()
        .fallback(answer)
        .with_state(site)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT))
        .layer(RequestBodyLimitLayer::new(FORM_BYTES_MAX))
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::map_response(with_headers));
    accept::accept(listeners, Service { immediate: None, router }, Limits::default(), shutdown).await
}

/// What is answered before or instead of the site has its headers too.
async fn with_headers(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in admin::ALWAYS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn answer(State(site): State<Arc<AdminSite>>, request: Request) -> Response<Body> {
    if !host::is_named(request.version(), request.headers()) {
        return text(StatusCode::BAD_REQUEST, "a request names its host in one `Host` field\n");
    }
    let is_head = *request.method() == Method::HEAD;
    let Some(request) = taken(request).await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "too large, or not whole\n");
    };
    response(site.answer(&request).await, is_head)
}

/// A request with its whole body; `None` where that is too large or breaks off.
async fn taken(request: Request) -> Option<AdminRequest> {
    let (head, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Some(piece) = frame.ok()?.data_ref() {
            bytes.extend_from_slice(piece);
        }
    }
    let peer = head.extensions.get::<Peer>().copied();
    let headers = head.headers.iter().map(|(name, value)| {
        // A header that is no text is there all the same: a proxy's must not be overlooked.
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Some(AdminRequest {
        method: match head.method {
            Method::GET | Method::HEAD => admin::Method::Get,
            Method::POST => admin::Method::Post,
            _ => admin::Method::Other,
        },
        path: path::normalized(head.uri.path()).into_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: bytes,
        is_local: peer.is_some_and(Peer::is_local),
        peer: peer.map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |it| {
            rate_limit::counted(it, &head.headers).address()
        }),
    })
}

fn response(answer: AdminResponse, is_head: bool) -> Response<Body> {
    let length = answer.body.len();
    let mut response = Response::new(if is_head { Body::empty() } else { Body::from(answer.body) });
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        match HeaderValue::from_str(value) {
            Ok(value) => {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
            Err(_) => tracing::error!("a value of `{name}` cannot be sent; this is a bug"),
        }
    }
    if is_head {
        response.headers_mut().insert(axum::http::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}
