//! How an address is reached: by a connection of our own, or through a proxy.

use url::Url;

use crate::domain::ProxyUrl;

use super::error::NetError;
use super::policy::Policy;
use super::policy::client_of;
use super::proxied::Proxied;
use super::resolve::Resolver;

/// How an address is asked.
#[derive(Clone, Copy)]
pub(super) enum Route<'a> {
    /// By a connection to one of its own addresses.
    Direct(&'a Guarded),
    /// Through this proxy.
    Proxied(&'a Proxied, &'a ProxyUrl),
}

impl Route<'_> {
    pub(super) fn http(&self) -> &reqwest::Client {
        match self {
            Self::Direct(it) => &it.http,
            Self::Proxied(it, _) => it.http(),
        }
    }

    pub(super) fn error(&self, url: &Url, error: reqwest::Error) -> NetError {
        match self {
            Self::Direct(_) => NetError::of(url, error),
            Self::Proxied(_, proxy) => NetError::of_proxied(url, proxy, error),
        }
    }

    /// Whether the proxy answers in the publisher's place (RFC 9110 §15.5.8).
    pub(super) fn refusal(&self, answer: &reqwest::Response) -> Result<(), NetError> {
        match self {
            Self::Proxied(_, proxy)
                if answer.status() == reqwest::StatusCode::PROXY_AUTHENTICATION_REQUIRED =>
            {
                let why = "it asks for a user and password".to_owned();
                Err(NetError::Proxy { proxy: proxy.to_string(), why })
            }
            _ => Ok(()),
        }
    }
}

/// A client and the resolver that guards it.
#[derive(Clone)]
pub(super) struct Guarded {
    pub(super) http: reqwest::Client,
    pub(super) resolver: Resolver,
}

impl Guarded {
    pub(super) fn new(policy: &Policy, resolver: Resolver) -> Result<Self, NetError> {
        let http = client_of(policy).dns_resolver(resolver.clone()).build();
        Ok(Self { http: http.map_err(|cause| NetError::Client { cause })?, resolver })
    }
}
