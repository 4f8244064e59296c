//! Asks a publisher for a feed, a page or its robots.txt, conditionally and within limits;
//! asks a hub to push; sends the subscribers of our own what it has for them.

pub mod hub;
pub mod interstitial;
pub mod rights;
pub mod robots;
pub mod subscriber;

mod hints;

pub use self::hints::retry_after;

use std::time::Duration;

use base64::Engine;
use url::Url;

use self::interstitial::Interstitial;

use crate::config;
use crate::domain::Document;
use crate::domain::Hints;
use crate::domain::Redirect;
use crate::domain::Timestamp;
use crate::domain::Validators;
use crate::net;
use crate::net::Client;
use crate::net::HeaderMap;
use crate::net::MemoryPermit;
use crate::net::NetError;
use crate::net::Policy;
use crate::net::Request;
use crate::net::Response;
use crate::net::header;
use crate::net::header::HeaderName;
use crate::net::header::HeaderValue;

/// Longest `ETag` or `Last-Modified` that is kept and sent back, in bytes.
const VALIDATOR_BYTES_MAX: usize = 1024;

/// Largest article page, decoded, in bytes.
pub const PAGE_BYTES_MAX: u64 = 2 << 20;

/// What a feed reader can read, the unambiguous types first.
const ACCEPT_FEED: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
     application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, \
     text/html;q=0.3, */*;q=0.1";

/// What an article page may be.
const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml;q=0.9";

/// The operator's limits. `contact` is an e-mail address or URL.
pub fn policy(fetch: &config::Fetch, contact: Option<&str>) -> Policy {
    Policy {
        user_agent: net::user_agent(contact),
        allow_private: fetch.allow_private.clone(),
        proxies: fetch.proxies.clone(),
        timeout: fetch.timeout,
        body_bytes_max: fetch.body_bytes_max,
        per_host: fetch.per_host,
        min_gap: fetch.min_gap,
        concurrency: fetch.concurrency,
    }
}

/// One question to a publisher.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The feed.
    pub url: &'a Url,
    /// What the last answer from this address came with; `None` asks unconditionally.
    pub validators: Option<&'a Validators>,
    /// The operator's own headers for this source.
    pub headers: &'a [(String, String)],
    /// Value of `Authorization`.
    pub authorization: Option<&'a str>,
}

/// What a publisher answered.
#[derive(Debug)]
pub enum Fetched {
    /// 200 with a body within the size limit.
    Modified {
        /// The body and what came with it.
        document: Document,
        /// To be sent with the next question.
        validators: Validators,
        /// The memory that the document takes: keep it until the document is parsed and dropped.
        permit: MemoryPermit,
    },
    /// 304: what we hold is current (RFC 9110 §15.4.5).
    NotModified {
        /// Those we sent; without the date where the answer may go by that alone.
        validators: Validators,
        /// Where the redirects ended.
        final_url: Url,
        /// Every hop there.
        redirects: Vec<Redirect>,
        /// What the headers wish.
        hints: Hints,
    },
    /// 410: the publisher asks us to stop (RFC 9110 §15.5.11).
    Gone,
}

/// Why there is no answer to use.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nothing usable came over the wire.
    #[error(transparent)]
    Net(#[from] NetError),
    /// An answer other than the one asked for.
    #[error("{}`{host}` answered {status}{}", named(*.interstitial), advice(*.status, *.interstitial))]
    Http {
        /// Who answered.
        host: String,
        /// The status code.
        status: u16,
        /// `Retry-After`, as the instant it names.
        retry_after: Option<Timestamp>,
        /// How long the refusal itself says it is current.
        fresh_for: Option<Duration>,
        /// What answered in the publisher's place.
        interstitial: Option<Interstitial>,
    },
    /// An article page of a type that has no main text.
    #[error("`{host}` sent `{media_type}` where a page was expected")]
    NotAPage {
        /// Who answered.
        host: String,
        /// What it was.
        media_type: String,
    },
    /// The operator's own header cannot be sent.
    #[error("the header `{name}` of this source cannot be sent; check its name and value")]
    BadHeader {
        /// Its name, as configured.
        name: String,
    },
}

fn named(interstitial: Option<Interstitial>) -> String {
    interstitial.map(|it| format!("{it}: ")).unwrap_or_default()
}

fn advice(status: u16, interstitial: Option<Interstitial>) -> &'static str {
    match (status, interstitial) {
        (401, _) | (_, Some(Interstitial::Login)) => {
            "; if you have an account, give it as `auth` of the source"
        }
        (_, Some(_)) => "; ask the publisher to let our User-Agent pass",
        (404, None) => "; check the address",
        _ => "",
    }
}

impl FetchError {
    /// One word for listings and metrics.
    pub fn reason_kind(&self) -> &'static str {
        match self {
            Self::Net(it) => it.kind(),
            Self::Http { interstitial: Some(_), .. } => "bot-wall",
            Self::Http { interstitial: None, .. } => "http",
            Self::NotAPage { .. } => "not-a-page",
            Self::BadHeader { .. } => "header",
        }
    }

    /// Whether the same question may succeed later without anyone changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Net(it) => it.is_transient(),
            Self::Http { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::NotAPage { .. } | Self::BadHeader { .. } => false,
        }
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Http { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// How long asking again is of no use, by the answer's own freshness.
    pub fn fresh_for(&self) -> Option<Duration> {
        match self {
            Self::Http { fresh_for, .. } => *fresh_for,
            _ => None,
        }
    }

    /// When the publisher wishes to be asked again.
    pub fn retry_after(&self) -> Option<Timestamp> {
        match self {
            Self::Http { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Value of `Authorization` for a user and password (RFC 7617 §2).
pub fn basic_authorization(user: &str, password: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}

/// Asks for a feed. What kind of document came is for the parser to say.
///
/// Sends both validators verbatim (RFC 9110 §13.1); those of absurd size are
/// dropped, so that the next question is unconditional. Redirects are followed where
/// `may` says, since they may lead to a site with rules of its own.
///
/// # Errors
/// See [`FetchError`]. Every status but 200, 203, 304 (to a conditional question) and 410 is one.
pub async fn get<F: Future<Output = bool>>(
    client: &Client,
    ask: Ask<'_>,
    may: impl Fn(Url) -> F,
    now: Timestamp,
) -> Result<Fetched, FetchError> {
    let sent = ask.validators.cloned().map(bounded).unwrap_or_default();
    let (headers, is_conditional) = conditional(accepting(ACCEPT_FEED), &sent);

    let request = Request { url: ask.url.clone(), headers, origin_headers: own(&ask)?, body_bytes_max: None };
    let response = client.get_where(request, may).await?;
    match response.status {
        200 | 203 => {
            let validators = validators(&response.headers);
            let (document, permit) = document(ask.url, response, now);
            Ok(Fetched::Modified { document, validators, permit })
        }
        304 if is_conditional => {
            let validators = after_not_modified(sent, validators(&response.headers).etag.as_deref());
            let hints = hints::from(&response.headers, &response.final_url, now);
            let (final_url, redirects) = (response.final_url, response.redirects);
            Ok(Fetched::NotModified { validators, final_url, redirects, hints })
        }
        410 => Ok(Fetched::Gone),
        _ => Err(refusal(&response, now)),
    }
}

/// Asks for an article page of at most [`PAGE_BYTES_MAX`], and returns it with what the next
/// question needs; `None` where it is still the one that `held` came with (304). Whether it may
/// be asked for is for [`robots`] and [`rights`] to say before, and for `may` of each redirect.
///
/// # Errors
/// See [`FetchError`]; also where the answer is no HTML.
pub async fn page<F: Future<Output = bool>>(
    client: &Client,
    url: &Url,
    held: &Validators,
    may: impl Fn(Url) -> F,
    now: Timestamp,
) -> Result<Option<(Document, Validators, MemoryPermit)>, FetchError> {
    let (headers, is_conditional) = conditional(accepting(ACCEPT_PAGE), held);
    let request = Request {
        url: url.clone(),
        headers,
        origin_headers: HeaderMap::new(),
        body_bytes_max: Some(PAGE_BYTES_MAX),
    };
    let response = client.get_where(request, may).await?;
    if response.status == 304 && is_conditional {
        return Ok(None);
    }
    if !matches!(response.status, 200 | 203) {
        return Err(refusal(&response, now));
    }
    let media_type = media_type(&response.headers);
    if !matches!(media_type.as_str(), "" | "text/html" | "application/xhtml+xml") {
        let host = response.final_url.host_str().unwrap_or_default().to_owned();
        return Err(FetchError::NotAPage { host, media_type });
    }
    let validators = validators(&response.headers);
    let (document, permit) = document(url, response, now);
    Ok(Some((document, validators, permit)))
}

/// With the validators of what is held (RFC 9110 §13.1), and whether there are any to send.
fn conditional(mut headers: HeaderMap, held: &Validators) -> (HeaderMap, bool) {
    let named = [(header::IF_NONE_MATCH, &held.etag), (header::IF_MODIFIED_SINCE, &held.last_modified)];
    let mut is_conditional = false;
    for (name, value) in named {
        if let Some(value) = value.as_deref().and_then(opaque) {
            headers.insert(name, value);
            is_conditional = true;
        }
    }
    (headers, is_conditional)
}

fn accepting(types: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(types))])
}

/// What belongs to the source's own origin only.
fn own(ask: &Ask<'_>) -> Result<HeaderMap, FetchError> {
    let mut own = HeaderMap::new();
    let given = ask.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in given.chain(ask.authorization.map(|it| ("authorization", it))) {
        let bad = || FetchError::BadHeader { name: name.to_owned() };
        let mut sent = HeaderValue::from_str(value).map_err(|_| bad())?;
        // Never shown in a debug output.
        sent.set_sensitive(true);
        own.insert(HeaderName::try_from(name).map_err(|_| bad())?, sent);
    }
    Ok(own)
}

fn document(asked: &Url, response: Response, now: Timestamp) -> (Document, MemoryPermit) {
    let document = Document {
        request_url: asked.clone(),
        hints: hints::from(&response.headers, &response.final_url, now),
        content_type: text(&response.headers, header::CONTENT_TYPE),
        final_url: response.final_url,
        redirects: response.redirects,
        bytes: response.body,
    };
    (document, response.permit)
}

fn validators(headers: &HeaderMap) -> Validators {
    bounded(Validators {
        etag: text(headers, header::ETAG),
        last_modified: text(headers, header::LAST_MODIFIED),
    })
}

/// What to send after a 304 to `sent`, which names `fresh` as the entity tag.
///
/// Validators stay those of the document we hold. A server that was sent an entity tag alone and
/// answers 304 has compared it (RFC 9110 §13.1.2), however the 304 spells its own: compression
/// adds a suffix, proxies weaken or unquote it. Where the date went along, the server may have
/// gone by that alone, so after a 304 that names another tag the next question leaves it out.
fn after_not_modified(sent: Validators, fresh: Option<&str>) -> Validators {
    match (&sent.etag, fresh) {
        (Some(held), Some(fresh)) if !is_weakly_equal(fresh, held) => {
            Validators { last_modified: None, ..sent }
        }
        _ => sent,
    }
}

/// Whether two entity tags name the same document by the weak comparison (RFC 9110 §8.8.3.2).
fn is_weakly_equal(a: &str, b: &str) -> bool {
    fn opaque(etag: &str) -> &str {
        etag.trim().trim_start_matches("W/")
    }
    opaque(a) == opaque(b)
}

/// Without what is empty or of absurd size.
fn bounded(given: Validators) -> Validators {
    let sane = |it: &String| !it.is_empty() && it.len() <= VALIDATOR_BYTES_MAX;
    Validators { etag: given.etag.filter(sane), last_modified: given.last_modified.filter(sane) }
}

/// A header's value as text. Bytes that are no UTF-8 are read as Latin-1 (RFC 9110 §5.5).
fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let bytes = headers.get(name)?.as_bytes();
    Some(match std::str::from_utf8(bytes) {
        Ok(it) => it.to_owned(),
        Err(_) => bytes.iter().map(|it| char::from(*it)).collect(),
    })
}

/// The value whose text this is; the inverse of [`text`].
fn opaque(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok().or_else(|| HeaderValue::from_bytes(text.as_bytes()).ok())
}

/// `Content-Type` without parameters, lower-case; empty where there is none.
fn media_type(headers: &HeaderMap) -> String {
    let value = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn refusal(response: &Response, now: Timestamp) -> FetchError {
    let hints = hints::from(&response.headers, &response.final_url, now);
    FetchError::Http {
        host: response.final_url.host_str().unwrap_or_default().to_owned(),
        status: response.status,
        retry_after: hints.retry_after,
        fresh_for: hints.fresh_for,
        interstitial: interstitial::of_refusal(&response.headers, &response.body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validators_of_absurd_size_are_dropped() {
        let long = "x".repeat(VALIDATOR_BYTES_MAX + 1);
        let kept = bounded(Validators { etag: Some(long), last_modified: Some("then".to_owned()) });
        assert_eq!(kept, Validators { etag: None, last_modified: Some("then".to_owned()) });
    }

    #[test]
    fn entity_tags_are_compared_weakly() {
        assert!(is_weakly_equal("W/\"1\"", "\"1\"") && is_weakly_equal("\"1\"", "\"1\""));
        assert!(!is_weakly_equal("\"1\"", "\"2\"") && !is_weakly_equal("\"w/1\"", "\"1\""));
    }

    #[test]
    fn a_304_that_names_another_entity_tag_leaves_ours_without_the_date() {
        let date = || Some("then".to_owned());
        let check = |sent: &str, fresh: Option<&str>, last_modified: Option<String>| {
            let sent = Validators { etag: Some(sent.to_owned()), last_modified: date() };
            let expected = Validators { last_modified, ..sent.clone() };
            assert_eq!(after_not_modified(sent, fresh), expected, "{fresh:?}");
        };
        check("\"abc\"", None, date());
        check("\"abc\"", Some("\"abc\""), date());
        check("W/\"abc\"", Some("\"abc\""), date());
        for other in ["\"abc-gzip\"", "\"abc;br\"", "\"abc--gzip\"", "abc", "\"xyz\"", "W/\"abc-gzip\""] {
            check("\"abc\"", Some(other), None);
            check(other, Some("\"abc\""), None);
        }
        let undated = Validators { etag: None, last_modified: date() };
        assert_eq!(after_not_modified(undated.clone(), Some("\"1\"")), undated);
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_named() {
        let url = "https://a.example/".parse().expect("a URL");
        let headers = [("X Bad".to_owned(), "1".to_owned())];
        let ask = Ask { url: &url, validators: None, headers: &headers, authorization: None };
        assert_eq!(own(&ask).map_err(|it| it.reason_kind()), Err("header"));
    }
}
