//! The way to the operator's own servers, a model's or a hook's, and to nowhere else.
//!
//! A client of its own, so that the address it may reach, private or not, is
//! open to no source: it asks one URL, follows no redirect, and bounds time
//! and size like the other.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderValue;
use url::Url;

use super::address::host;
use super::body::BodyMemory;
use super::body::MemoryPermit;
use super::body::TURNS_WAITED;
use super::budget::TimeBudget;
use super::error::NetError;
use super::policy::HEADER_BYTES_MAX;
use super::policy::IDLE;
use super::policy::header_bytes;
use super::wire::Sender;

/// Largest answer, decoded, in bytes: a briefing takes some kilobytes.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// One address that is asked; cheap to clone.
#[derive(Clone)]
pub struct Endpoint(Arc<EndpointInner>);

struct EndpointInner {
    url: Url,
    http: reqwest::Client,
    sender: Sender,
    memory: BodyMemory,
    timeout: Duration,
}

/// An answer of any status, redirects included.
#[derive(Debug)]
pub struct EndpointResponse {
    /// Status.
    pub status: u16,
    /// As sent.
    pub headers: HeaderMap,
    /// Decoded.
    pub body: Vec<u8>,
    /// The memory that the body takes; keep it as long as the body.
    pub permit: MemoryPermit,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", host(&self.0.url))
    }
}

impl Endpoint {
    /// A client that asks `url` and ends each exchange within `timeout`.
    ///
    /// # Errors
    /// [`NetError::Client`] when the system's root certificates cannot be read.
    pub fn new(url: Url, user_agent: &str, timeout: Duration) -> Result<Self, NetError> {
        Self::with(url, user_agent, timeout, Sender::Connections)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "one address of the operator's own is asked, and nothing else"
    )]
    pub(super) fn with(
        url: Url,
        user_agent: &str,
        timeout: Duration,
        sender: Sender,
    ) -> Result<Self, NetError> {
        // An error says that a provider is already installed, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(user_agent)
            .no_proxy()
            .referer(false)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_idle_timeout(IDLE)
            .http2_max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX))
            .build()
            .map_err(|cause| NetError::Client { cause })?;
        // A model may think while it answers.
        let memory = BodyMemory::new(ANSWER_BYTES_MAX, timeout.saturating_mul(TURNS_WAITED)).unpaced();
        Ok(Self(Arc::new(EndpointInner { url, http, sender, memory, timeout })))
    }

    /// Posts JSON, with a bearer token (RFC 6750 §2.1) where one is given, and reads
    /// the answer to its end. A redirect is an answer like any other: neither text
    /// nor token goes where it points.
    ///
    /// # Errors
    /// The first thing that went wrong; none of them tells the token.
    pub async fn post(&self, json: String, token: Option<&str>) -> Result<EndpointResponse, NetError> {
        let request = self.0.http.post(self.0.url.clone());
        self.send(request.header(header::CONTENT_TYPE, "application/json").body(json), token).await
    }

    /// Posts JSON with these headers, and otherwise as [`Endpoint::post`].
    ///
    /// # Errors
    /// The first thing that went wrong.
    pub async fn post_with(
        &self,
        json: String,
        headers: &[(&'static str, String)],
    ) -> Result<EndpointResponse, NetError> {
        let request = self.0.http.post(self.0.url.clone()).header(header::CONTENT_TYPE, "application/json");
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, value));
        self.send(request.body(json), None).await
    }

    /// Posts a form, and otherwise as [`Endpoint::post`].
    ///
    /// # Errors
    /// The first thing that went wrong.
    pub async fn post_form(&self, form: String) -> Result<EndpointResponse, NetError> {
        let media_type = "application/x-www-form-urlencoded";
        let request = self.0.http.post(self.0.url.clone()).header(header::CONTENT_TYPE, media_type);
        self.send(request.body(form), None).await
    }

    /// Asks without a body, and otherwise as [`Endpoint::post`].
    ///
    /// # Errors
    /// The first thing that went wrong; none of them tells the token.
    pub async fn get(&self, token: Option<&str>) -> Result<EndpointResponse, NetError> {
        self.send(self.0.http.get(self.0.url.clone()), token).await
    }

    async fn send(
        &self,
        mut request: RequestBuilder,
        token: Option<&str>,
    ) -> Result<EndpointResponse, NetError> {
        let EndpointInner { url, sender, memory, timeout, .. } = &*self.0;
        let mut budget = TimeBudget { left: *timeout, of: *timeout };
        if let Some(token) = token {
            let why = "the key cannot stand in a header; check the file or variable it comes from";
            let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| NetError::BadUrl { host: host(url), why })?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = budget.spend(url, sender.send(request)).await?;
        let answer = answer.map_err(|it| it.named(url, |it| NetError::of(url, it)))?;
        if HEADER_BYTES_MAX < header_bytes(answer.headers()) {
            return Err(NetError::HeadersTooLarge { host: host(url), limit_bytes: HEADER_BYTES_MAX });
        }
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let (body, permit) = memory.read(url, None, answer, ANSWER_BYTES_MAX, &mut budget).await?;
        Ok(EndpointResponse { status, headers, body, permit })
    }
}
