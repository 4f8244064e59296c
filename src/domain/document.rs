//! Bytes as fetched, and what came with them.

use std::time::Duration;

use url::Url;

use super::time::Timestamp;

/// A response body within the size limit, content-encoding undone.
#[derive(Clone, Debug)]
pub struct Document {
    /// What was requested.
    pub request_url: Url,
    /// Where the redirects ended: the base of relative links (RFC 3986 §5.1.3).
    pub final_url: Url,
    /// Every hop between the two.
    pub redirects: Vec<Redirect>,
    /// Value of `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// The body.
    pub bytes: Vec<u8>,
    /// What the headers wish or forbid.
    pub hints: Hints,
}

/// One hop (RFC 9110 §15.4).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redirect {
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
    /// Where the answer pointed.
    pub to: Url,
}

/// Cache validators (RFC 9110 §8.8), kept and sent back verbatim.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What response headers tell a poller and a reader of the text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hints {
    /// Freshness left: `Cache-Control: max-age` less `Age`, else `Expires` less `Date` (RFC 9111 §4.2).
    pub fresh_for: Option<Duration>,
    /// Whether there is any `Cache-Control` or `Expires`.
    pub tells_freshness: bool,
    /// `Retry-After` of a 429 or 503, as the instant it names (RFC 9110 §10.2.3).
    pub retry_after: Option<Timestamp>,
    /// Values of `Link` with `rel=hub` (WebSub §4).
    pub hubs: Vec<Url>,
    /// The first value of `Link` with `rel=self`: the topic (WebSub §4).
    pub self_link: Option<Url>,
    /// Values of `Link` with `rel=alternate`, each with its `type`, lower-case (RFC 8288 §3).
    pub alternates: Vec<(Url, String)>,
    /// All values of `X-Robots-Tag`, lower-case.
    pub robots_tags: Vec<String>,
    /// `TDM-Reservation` (TDMRep §6): `Some(true)` for `1`.
    pub tdm_reservation: Option<bool>,
    /// `Content-Signal` / `Content-Usage` values, lower-case.
    pub content_signals: Vec<String>,
    /// Whether the headers (`Link` with `rel=license`, `type=application/rsl+xml`) or the feed name
    /// terms of Really Simple Licensing (RSL 1.0).
    pub has_rsl_licence: bool,
}
