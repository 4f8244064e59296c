//! What carries one request and its answer: the library's connections, or whatever stands in their place.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use hyper::http;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use url::Url;

use super::address::host;
use super::error::NetError;

/// One request of an exchange: redirects are requests of their own.
#[derive(Clone, Debug)]
pub struct WireRequest {
    /// What is asked for.
    pub url: Url,
    /// As set by whoever asks.
    pub headers: HeaderMap,
    /// Posted, where there is one.
    pub body: Option<Vec<u8>>,
}

/// The answer to it, redirects included.
#[derive(Clone, Debug)]
pub struct WireResponse {
    /// Status.
    pub status: u16,
    /// As sent.
    pub headers: HeaderMap,
    /// As sent.
    pub body: Vec<u8>,
}

/// The answer to a request, in time.
pub type WireAnswer<'a> = Pin<Box<dyn Future<Output = io::Result<WireResponse>> + Send + 'a>>;

/// Carries requests in place of connections. All rules hold over it: which addresses may be asked, turns,
/// redirects, deadlines, sizes.
pub trait Wire: Send + Sync {
    /// Answers a request; an error is a connection that broke.
    fn carry(&self, request: WireRequest) -> WireAnswer<'_>;
}

/// How requests are sent.
#[derive(Clone, Default)]
pub(super) enum Sender {
    /// By the library.
    #[default]
    Connections,
    /// By something in its place.
    Wire(Arc<dyn Wire>),
}

/// Why there is no answer.
pub(super) enum SendError {
    Library(reqwest::Error),
    Wire(io::Error),
}

impl Sender {
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<reqwest::Response, SendError> {
        let Self::Wire(wire) = self else { return request.send().await.map_err(SendError::Library) };
        let request = request.build().map_err(SendError::Library)?;
        let body = request.body().map(|it| it.as_bytes().unwrap_or_default().to_vec());
        let request = WireRequest { url: request.url().clone(), headers: request.headers().clone(), body };
        let answer = wire.carry(request).await.map_err(SendError::Wire)?;
        let mut response = http::Response::new(answer.body);
        *response.status_mut() = http::StatusCode::from_u16(answer.status)
            .map_err(|it| SendError::Wire(io::Error::new(io::ErrorKind::InvalidData, it)))?;
        *response.headers_mut() = answer.headers;
        Ok(response.into())
    }
}

impl SendError {
    /// Names what went wrong with a request to `url`; `of_library` names what the library found out.
    pub(super) fn named(self, url: &Url, of_library: impl FnOnce(reqwest::Error) -> NetError) -> NetError {
        match self {
            Self::Library(error) => of_library(error),
            Self::Wire(cause) if cause.kind() == io::ErrorKind::NotFound => {
                NetError::Dns { host: host(url), cause }
            }
            Self::Wire(cause) => NetError::BrokenHttp { host: host(url), why: cause.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header;

    use super::*;
    use crate::domain::Proxies;
    use crate::net::Client;
    use crate::net::Policy;
    use crate::net::Request;

    /// Leads from `/` to `/x`, which says what it was asked; breaks at all else.
    struct Loop;

    impl Wire for Loop {
        fn carry(&self, request: WireRequest) -> WireAnswer<'_> {
            let to = |status, headers| WireResponse { status, headers, body: Vec::new() };
            Box::pin(async move {
                match request.url.path() {
                    "/" => Ok(to(
                        302,
                        HeaderMap::from_iter([(header::LOCATION, "/x".parse().expect("a value"))]),
                    )),
                    "/x" => Ok(WireResponse {
                        body: request.url.to_string().into_bytes(),
                        ..to(200, HeaderMap::new())
                    }),
                    "/slow" => std::future::pending().await,
                    _ => Err(io::ErrorKind::ConnectionReset.into()),
                }
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_rules_of_the_client_hold_over_a_wire() {
        let policy = Policy {
            user_agent: String::new(),
            allow_private: Vec::new(),
            proxies: Proxies::default(),
            timeout: Duration::from_secs(1),
            body_bytes_max: 1 << 20,
            per_host: 2,
            min_gap: Duration::ZERO,
            concurrency: 8,
        };
        let client = Client::over(policy, Arc::new(Loop)).expect("a client");
        let get = async |url: &str| {
            let url = url.parse().expect("a URL");
            let headers = HeaderMap::new();
            let request =
                Request { url, headers: headers.clone(), origin_headers: headers, body_bytes_max: None };
            client.get(request).await.map(|it| it.body).map_err(|it| it.kind())
        };
        assert_eq!(get("https://a.example/").await.expect("an answer"), b"https://a.example/x");
        assert_eq!(get("https://a.example/broken").await, Err("broken-http"));
        assert_eq!(get("https://a.example/slow").await, Err("timeout"));
        assert_eq!(get("https://127.0.0.1/").await, Err("private"));
    }
}
