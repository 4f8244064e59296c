//! What can go wrong on the way out, by what an operator would do about it.

use std::error::Error;
use std::io;
use std::time::Duration;

use url::Url;

use super::address::host;
use super::resolve::ResolveError;
use crate::domain::ProxyUrl;

/// Why an exchange failed. Texts name the host only: paths may carry secrets.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The address cannot be asked.
    #[error("`{host}` was not asked: {why}")]
    BadUrl {
        /// Host, or scheme where there is none.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The name has no address.
    #[error("the name `{host}` could not be resolved")]
    Dns {
        /// The name.
        host: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The address is not globally routable and not among the operator's exceptions.
    #[error("private address refused: `{host}`")]
    Private {
        /// The host that led there.
        host: String,
    },
    /// No connection.
    #[error("could not connect to `{host}`")]
    Refused {
        /// The host.
        host: String,
        /// What the system said.
        #[source]
        cause: reqwest::Error,
    },
    /// The operator's proxy cannot be reached, or refuses.
    #[error("the proxy `{proxy}` did not let it through: {why}")]
    Proxy {
        /// The proxy, without user and password.
        proxy: String,
        /// The innermost cause.
        why: String,
    },
    /// The peer could not prove who it is.
    #[error("no secure connection to `{host}`: {why}")]
    Tls {
        /// The host.
        host: String,
        /// What is wrong with its certificate or handshake.
        why: rustls::Error,
    },
    /// The whole exchange took too long.
    #[error("`{host}` took longer than {after:?}")]
    Timeout {
        /// The host that was being asked.
        host: String,
        /// The limit.
        after: Duration,
    },
    /// The body came more slowly than is waited for.
    #[error("`{host}` sent less than 1 KB/s over {over:?}")]
    TooSlow {
        /// The host.
        host: String,
        /// How long that was watched.
        over: Duration,
    },
    /// The body is larger than allowed, decoded.
    #[error("`{host}` sent more than {limit_bytes} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// The header section is larger than allowed.
    #[error("`{host}` sent headers of more than {limit_bytes} bytes")]
    HeadersTooLarge {
        /// The host.
        host: String,
        /// The limit.
        limit_bytes: usize,
    },
    /// A redirect led back to an address already asked.
    #[error("redirect loop at `{host}`")]
    RedirectLoop {
        /// Where the circle closed.
        host: String,
    },
    /// More hops than allowed.
    #[error("`{host}` redirects more than {limit} times")]
    TooManyRedirects {
        /// Where it began.
        host: String,
        /// The limit.
        limit: usize,
    },
    /// A redirect to where robots.txt keeps us out.
    #[error("robots.txt of `{host}` disallows the address to which a redirect leads")]
    Disallowed {
        /// Where it leads.
        host: String,
    },
    /// A redirect that leads nowhere.
    #[error("`{host}` sent a broken redirect: {why}")]
    BadRedirect {
        /// The host.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The answer is not HTTP, or ended before its end.
    #[error("`{host}` sent a broken answer: {why}")]
    BrokenHttp {
        /// The host.
        host: String,
        /// The innermost cause.
        why: String,
    },
    /// The body cannot be decompressed.
    #[error("`{host}` sent a body that cannot be decoded: {why}")]
    Encoding {
        /// The host.
        host: String,
        /// What is wrong with it.
        why: String,
    },
    /// No client could be made.
    #[error("could not set up the HTTP client; are the system's root certificates installed")]
    Client {
        /// What the library said.
        #[source]
        cause: reqwest::Error,
    },
}

impl NetError {
    /// One word for listings and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "url",
            Self::Dns { .. } => "dns",
            Self::Private { .. } => "private",
            Self::Refused { .. } => "refused",
            Self::Proxy { .. } => "proxy",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } | Self::TooSlow { .. } => "timeout",
            Self::TooLarge { .. } | Self::HeadersTooLarge { .. } => "too-large",
            Self::RedirectLoop { .. } | Self::TooManyRedirects { .. } | Self::BadRedirect { .. } => {
                "redirect"
            }
            Self::Disallowed { .. } => "robots",
            Self::BrokenHttp { .. } => "broken-http",
            Self::Encoding { .. } => "encoding",
            Self::Client { .. } => "client",
        }
    }

    /// Whether the same request may succeed later without anyone changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Dns { .. }
                | Self::Refused { .. }
                | Self::Proxy { .. }
                | Self::Timeout { .. }
                | Self::TooSlow { .. }
                | Self::BrokenHttp { .. }
        )
    }

    /// Names what the library found out about a request to `url`.
    pub(super) fn of(url: &Url, error: reqwest::Error) -> Self {
        let error = error.without_url();
        let host = host(url);
        let mut why = error.to_string();
        let (mut found, mut depth) = (error.source(), 0);
        while let Some(it) = found
            && depth < CAUSES_MAX
        {
            if let Some(it) = it.downcast_ref::<ResolveError>() {
                return match it {
                    ResolveError::Private => Self::Private { host },
                    ResolveError::Lookup(cause) => Self::Dns { host, cause: copy(cause) },
                };
            }
            if let Some(it) = it.downcast_ref::<rustls::Error>() {
                return Self::Tls { host, why: it.clone() };
            }
            why = it.to_string();
            // `source` of an I/O error skips the error it wraps.
            let wrapped = it.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            found = wrapped.map(|it| it as &(dyn Error + 'static)).or_else(|| it.source());
            depth += 1;
        }
        if error.is_connect() {
            Self::Refused { host, cause: error }
        } else if error.is_decode() && error.source().is_some_and(|it| it.is::<io::Error>()) {
            // The decoders fail with an I/O error of their own, the connection with one of the protocol.
            Self::Encoding { host, why }
        } else {
            Self::BrokenHttp { host, why }
        }
    }

    /// Names what the library found out about a request to `url` through a proxy: until there is a
    /// connection, what fails is the proxy.
    pub(super) fn of_proxied(url: &Url, proxy: &ProxyUrl, error: reqwest::Error) -> Self {
        if !error.is_connect() {
            return Self::of(url, error);
        }
        let mut why = String::new();
        let (mut found, mut depth) = (error.source(), 0);
        while let Some(it) = found
            && depth < CAUSES_MAX
        {
            if let Some(it) = it.downcast_ref::<rustls::Error>() {
                return Self::Tls { host: host(url), why: it.clone() };
            }
            why = it.to_string();
            let wrapped = it.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            found = wrapped.map(|it| it as &(dyn Error + 'static)).or_else(|| it.source());
            depth += 1;
        }
        Self::Proxy { proxy: proxy.to_string(), why }
    }

    /// Names why a name led nowhere.
    pub(super) fn of_lookup(url: &Url, error: ResolveError) -> Self {
        let host = host(url);
        match error {
            ResolveError::Private => Self::Private { host },
            ResolveError::Lookup(cause) => Self::Dns { host, cause },
        }
    }
}

/// Longest chain of causes that is followed.
const CAUSES_MAX: usize = 16;

/// The same error again: the library keeps the original.
fn copy(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}
