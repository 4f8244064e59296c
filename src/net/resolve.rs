//! Turns names into addresses that may be reached.
//!
//! The check stands where the connection is made, so a name that answers
//! differently the second time gains nothing.

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::sync::Arc;

use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use tokio::sync::Semaphore;

use crate::threads;

use super::address;

/// Lookups under way at once. A lookup cannot be cancelled and outlives the
/// exchange that gave up on it, so the bound is on the threads, not on the exchanges.
const LOOKUPS_MAX: usize = 256;

/// Why a name led nowhere.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    /// Every address of the name is private.
    #[error("private address refused")]
    Private,
    /// The name has no address, or its servers do not say.
    #[error("the name could not be resolved")]
    Lookup(#[source] io::Error),
}

/// Resolves names, dropping private addresses but those listed.
#[derive(Clone)]
pub(super) struct Resolver {
    /// The private addresses that stay. They belong to one port: a resolver
    /// hears only names, so each set of exceptions has a resolver of its own.
    allowed: Arc<BTreeSet<IpAddr>>,
    lookups: Arc<Semaphore>,
}

impl Resolver {
    /// A resolver that lets no private address through.
    pub(super) fn public() -> Self {
        Self { allowed: Arc::default(), lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }

    /// The same with exceptions, sharing the bound on lookups.
    pub(super) fn allowing(&self, allowed: BTreeSet<IpAddr>) -> Self {
        Self { allowed: Arc::new(allowed), lookups: Arc::clone(&self.lookups) }
    }

    /// The addresses of a name that may be reached; never empty.
    pub(super) async fn lookup(&self, name: String) -> Result<Vec<SocketAddr>, ResolveError> {
        // RFC 6761 §6.3: the name is loopback, whatever a name server says.
        if is_localhost(&name) {
            let mut found = vec![IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
            found.retain(|it| self.may_reach(*it));
            let found: Vec<_> = found.into_iter().map(|it| SocketAddr::new(it, 0)).collect();
            return if found.is_empty() { Err(ResolveError::Private) } else { Ok(found) };
        }
        let permit = Arc::clone(&self.lookups).acquire_owned().await;
        let found = threads::blocking(move || {
            let found = (name.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
            drop(permit);
            found
        });
        let mut found = found
            .await
            .map_err(|cause| ResolveError::Lookup(io::Error::other(cause)))?
            .map_err(ResolveError::Lookup)?;
        if found.is_empty() {
            return Err(ResolveError::Lookup(io::Error::other("the name has no address")));
        }
        found.retain(|it| self.may_reach(it.ip()));
        if found.is_empty() { Err(ResolveError::Private) } else { Ok(found) }
    }

    /// Whether an address is public or one of the exceptions.
    pub(super) fn may_reach(&self, address: IpAddr) -> bool {
        self.is_exception(address) || address::is_public(address)
    }

    /// Whether an address is private and allowed.
    pub(super) fn is_exception(&self, address: IpAddr) -> bool {
        self.allowed.contains(&address.to_canonical())
    }
}

/// Whether a name is loopback by itself (RFC 6761 §6.3).
pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.lookup(name.as_str().to_owned()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
