//! Takes requests at our own hub (WebSub §5.1). What comes of them, the callback is asked and told.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::Response;
use axum::http::StatusCode;
use axum::http::header;

use crate::pipeline::Pipeline;
use crate::site::Publication;
use crate::site::TopicFeed;
use crate::store::HubRoom;
use crate::store::StoreError;

use super::response::text;

/// Largest request, in bytes: a callback, a topic and a secret, all percent-encoded.
const FORM_BYTES_MAX: usize = 16 << 10;

/// Seconds after which a request that found no room may be repeated.
const ROOM_RETRY_SECS: u64 = 600;

const FORM: &str = "application/x-www-form-urlencoded";

pub(super) async fn answer(
    pipeline: &Pipeline,
    publication: &Arc<Publication>,
    request: Request,
) -> Result<Response<Body>, StoreError> {
    if *request.method() != Method::POST {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "this is a WebSub hub; subscribe by POST\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return Ok(response);
    }
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let media_type = media_type.and_then(|it| it.split(';').next()).unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(FORM) {
        return Ok(text(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("send a form ({FORM})\n")));
    }
    let Some(form) = form(request.into_body()).await else {
        return Ok(text(StatusCode::PAYLOAD_TOO_LARGE, "the form is too large, or not whole\n"));
    };
    let asked = match pipeline.read_hub_request(&form) {
        Ok(it) => it,
        Err(words) => return Ok(text(StatusCode::BAD_REQUEST, format!("{words}\n"))),
    };
    let (publication, topic) = (Arc::clone(publication), asked.topic.clone());
    let found = tokio::task::spawn_blocking(move || publication.topic(&topic)).await;
    match found {
        Ok(found) => {
            if matches!(found?, TopicFeed::Unknown) {
                let words = "hub.topic is no feed of this site; /feeds/ lists them\n";
                return Ok(text(StatusCode::NOT_FOUND, words));
            }
        }
        Err(_) => return Ok(text(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here\n")),
    }
    let words = match pipeline.keep_hub_request(asked).await? {
        HubRoom::Kept => return Ok(text(StatusCode::ACCEPTED, "the callback is asked next\n")),
        HubRoom::HostFull => "there are too many subscriptions of this host; end some, or ask later\n",
        HubRoom::Full => "there are too many subscriptions; ask later\n",
    };
    let mut response = text(StatusCode::SERVICE_UNAVAILABLE, words);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(ROOM_RETRY_SECS));
    Ok(response)
}

/// The whole form; `None` where it is too large, breaks off or is not text.
async fn form(mut body: Body) -> Option<String> {
    let mut form = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Some(piece) = frame.ok()?.data_ref() {
            if FORM_BYTES_MAX < form.len() + piece.len() {
                return None;
            }
            form.extend_from_slice(piece);
        }
    }
    String::from_utf8(form).ok()
}
