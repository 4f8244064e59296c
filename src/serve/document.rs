//! A document as the answer to a request: encoding, validators, headers.

use std::sync::Arc;

use axum::body::Body;
use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::Request;
use axum::http::Response;
use axum::http::StatusCode;
use axum::http::header;

use crate::site::Rendered;

use super::conditional;
use super::conditional::Tag;
use super::encoding::Encoding;
use super::response::failure;
use super::response::is_open;

/// Nothing but our own style, images and forms; no frames, no scripts.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// Publishers see which site sends them readers, and nothing more.
const REFERRER_POLICY: &str = "strict-origin-when-cross-origin";

/// Headers of most answers, so that their table grows once.
const HEADERS: usize = 12;

/// Answers a GET or HEAD request for a document.
pub(super) fn document<B>(
    request: &Request<B>,
    path: &str,
    status: StatusCode,
    rendered: &Arc<Rendered>,
) -> Response<Body> {
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
    headers.reserve(HEADERS);
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CACHE_CONTROL, &format!("public, max-age={}", rendered.max_age_secs));
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
    if is_open(path) {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(header::ACCESS_CONTROL_EXPOSE_HEADERS, "ETag, Last-Modified, Link");
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
