//! What every exchange keeps to, and the HTTP client that is built for it.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header;
use reqwest::header::HeaderMap;

use crate::domain::Proxies;

use super::coding;

/// Largest header section of an answer, names and values, in bytes: about what the library
/// reads at most. A feed is not refused for one header that nobody needs.
pub(super) const HEADER_BYTES_MAX: usize = 384 << 10;

/// Most header lines of one answer.
const HEADERS_MAX: usize = 256;

/// Connections kept open to one host between polls.
const IDLE_PER_HOST_MAX: usize = 1;

/// How long a connection is kept open for the next request.
pub(super) const IDLE: Duration = Duration::from_secs(30);

/// Bytes that a peer may send on one HTTP/2 stream before we have read the last ones.
const STREAM_WINDOW_BYTES: u32 = 256 << 10;

/// What every exchange keeps to.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who asks: `bylined/VERSION (+contact)`.
    pub user_agent: String,
    /// The only private addresses that may be reached.
    pub allow_private: Vec<SocketAddr>,
    /// What goes through which proxy.
    pub proxies: Proxies,
    /// Longest time for a whole exchange, redirects included, waiting for a turn not.
    pub timeout: Duration,
    /// Largest body after decompression, in bytes.
    pub body_bytes_max: u64,
    /// Exchanges under way at once with one host and port.
    pub per_host: usize,
    /// Shortest time between two starts with one host and port.
    pub min_gap: Duration,
    /// Exchanges under way at once.
    pub concurrency: usize,
}

/// `bylined/VERSION (+contact)`; what cannot stand in a header or would end the comment is left out.
pub fn user_agent(contact: Option<&str>) -> String {
    let product = concat!("bylined/", env!("CARGO_PKG_VERSION"));
    let contact: String = contact
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '\\'))
        .collect();
    if contact.is_empty() { product.to_owned() } else { format!("{product} (+{contact})") }
}

/// A client that keeps to a policy; who resolves names is still to be said.
#[expect(clippy::disallowed_methods, reason = "this client is the guarded one")]
pub(super) fn client_of(policy: &Policy) -> reqwest::ClientBuilder {
    let accepted = header::HeaderValue::from_static(coding::ACCEPTED);
    reqwest::Client::builder()
        .user_agent(&policy.user_agent)
        .default_headers(HeaderMap::from_iter([(header::ACCEPT_ENCODING, accepted)]))
        // RFC 9112 §5.1, §5.2: untidy headers are read as if they were tidy.
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_max_headers(HEADERS_MAX)
        // None but those of the policy: not the environment's.
        .no_proxy()
        .referer(false)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .pool_idle_timeout(IDLE)
        .http2_initial_stream_window_size(STREAM_WINDOW_BYTES)
        .http2_max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX))
}

/// The size of a header section, names and values, in bytes.
pub(super) fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
