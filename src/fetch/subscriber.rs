//! Asks a callback whether it wants what was asked for in its name, and sends it what our hub has for
//! it (WebSub §5.3, §7). Redirects are never followed: they are refusals.

use ring::hmac;
use url::Url;

use crate::domain::Subscriber;
use crate::domain::SubscriptionRequest;
use crate::net::Client;
use crate::net::HeaderMap;
use crate::net::NetError;
use crate::net::Request;
use crate::net::header;
use crate::net::header::HeaderName;
use crate::net::header::HeaderValue;

/// Largest answer of a callback, in bytes: a challenge, or nothing of interest.
const ANSWER_BYTES_MAX: u64 = 64 << 10;

/// The header of signatures (WebSub §7.1).
const SIGNATURE: &str = "x-hub-signature";

/// What a callback says of a request in its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Intent {
    /// It repeats the challenge with a status of success.
    Confirmed,
    /// It answers anything else.
    Refused,
    /// It says that it cannot answer now (5xx).
    Unanswered,
}

/// A document of ours, as its topic's subscribers are sent it.
#[derive(Clone, Copy)]
pub struct TopicDocument<'a> {
    /// As readers get it.
    pub body: &'a [u8],
    /// As readers get it.
    pub media_type: &'a str,
    /// Value of `Link`: the hub and the topic.
    pub links: &'a str,
}

/// Asks a callback whether it wants what was requested (WebSub §5.3).
///
/// # Errors
/// Where no answer came, or its address may not be asked.
pub async fn verify(
    client: &Client,
    request: &SubscriptionRequest,
    topic: &Url,
    challenge: &str,
) -> Result<Intent, NetError> {
    let mut url = request.callback.clone();
    url.query_pairs_mut()
        .append_pair("hub.mode", request.mode.as_str())
        .append_pair("hub.topic", topic.as_str())
        .append_pair("hub.challenge", challenge)
        .append_pair("hub.lease_seconds", &request.lease.as_secs().to_string());
    let response = client.once(to(url, HeaderMap::new()), None).await?;
    let is_repeated = response.body.trim_ascii() == challenge.as_bytes();
    Ok(match response.status {
        200..300 if is_repeated => Intent::Confirmed,
        500..600 => Intent::Unanswered,
        _ => Intent::Refused,
    })
}

/// Tells a callback that its subscription is over (WebSub §5.2).
///
/// # Errors
/// Where no answer came, or its address may not be asked.
pub async fn deny(client: &Client, callback: &Url, topic: &Url, reason: &str) -> Result<(), NetError> {
    let mut url = callback.clone();
    url.query_pairs_mut()
        .append_pair("hub.mode", "denied")
        .append_pair("hub.topic", topic.as_str())
        .append_pair("hub.reason", reason);
    client.once(to(url, HeaderMap::new()), None).await.map(drop)
}

/// Sends a document to a subscriber, signed with its secret, and returns the status of the answer.
///
/// # Errors
/// Where no answer came, or its address may not be asked.
pub async fn deliver(
    client: &Client,
    subscriber: &Subscriber,
    document: TopicDocument<'_>,
) -> Result<u16, NetError> {
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, document.media_type);
    set(header::LINK, document.links);
    if let Some(secret) = &subscriber.secret {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signature = hmac::sign(&key, document.body);
        let digits: String = signature.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        set(HeaderName::from_static(SIGNATURE), &format!("sha256={digits}"));
    }
    let request = to(subscriber.callback.clone(), headers);
    Ok(client.once(request, Some(document.body.to_vec())).await?.status)
}

fn to(url: Url, headers: HeaderMap) -> Request {
    Request { url, headers, origin_headers: HeaderMap::new(), body_bytes_max: Some(ANSWER_BYTES_MAX) }
}
