//! What goes through the operator's proxy.
//!
//! The proxy resolves the names of publishers, so that no address of theirs can be vetted here;
//! its own name is resolved by the system, and may lead to any address.

use std::collections::BTreeSet;
use std::io;

use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use url::Url;

use super::error::NetError;
use super::policy::Policy;
use super::policy::client_of;
use crate::domain::Proxies;
use crate::domain::ProxyUrl;

/// A client that connects to proxies only.
pub(super) struct Proxied {
    http: reqwest::Client,
    proxies: Proxies,
}

impl Proxied {
    /// A client for the proxies of a policy, where it has any.
    pub(super) fn new(policy: &Policy) -> Result<Option<Self>, NetError> {
        let proxies = policy.proxies.clone();
        let names: BTreeSet<String> = proxies.each().map(|it| it.host().to_ascii_lowercase()).collect();
        if names.is_empty() {
            return Ok(None);
        }
        let failed = |cause| NetError::Client { cause };
        let mut client = client_of(policy).dns_resolver(OfProxies { names });
        if let Some(it) = &proxies.http {
            client = client.proxy(reqwest::Proxy::http(it.reveal()).map_err(failed)?);
        }
        if let Some(it) = &proxies.https {
            client = client.proxy(reqwest::Proxy::https(it.reveal()).map_err(failed)?);
        }
        Ok(Some(Self { http: client.build().map_err(failed)?, proxies }))
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The proxy through which an address is asked.
    pub(super) fn proxy(&self, url: &Url) -> Option<&ProxyUrl> {
        self.proxies.of(url)
    }
}

/// Resolves the names of proxies, and no others: nothing goes past them.
struct OfProxies {
    names: BTreeSet<String>,
}

impl Resolve for OfProxies {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_ascii_lowercase();
        let is_known = self.names.contains(&name);
        Box::pin(async move {
            if !is_known {
                return Err(io::Error::other("it is the name of no proxy").into());
            }
            let found: Vec<_> = tokio::net::lookup_host((name, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
