//! Leases on the sources that this process polls.

use std::sync::Arc;
use std::time::Duration;

use crate::config;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::store::ClaimScope;
use crate::store::LeaseParams;
use crate::store::SourceRow;
use crate::store::StoreError;

use super::context::Pipeline;
use super::pass::Scope;

/// How long a lease on a source outlives the longest exchanges.
const LEASE_SLACK: Duration = Duration::from_secs(60);

/// Longest exchanges in a lease: robots.txt of each hop and the feed, each after another source's
/// at the same host.
const LEASE_EXCHANGES: u32 = 14;

/// Sources of one host that are leased for each that it is asked for at once: one more waits.
const LEASED_PER_TURN: usize = 2;

impl Pipeline {
    /// Takes leases on sources to be polled.
    ///
    /// # Errors
    /// Fails where the store cannot take the leases; none is taken then.
    pub async fn claim(
        &self,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<(config::Source, SourceRow)>, StoreError> {
        self.lease(self.scope(scope), limit).await
    }

    /// Gives all leases of this process back.
    ///
    /// # Errors
    /// Fails where the store cannot be written; the leases then end with the process.
    pub async fn release(&self) -> Result<(), StoreError> {
        let holder = self.holder.clone();
        self.store.write(move |it| it.release(&holder)).await
    }

    pub(super) fn scope(&self, scope: &Scope) -> ClaimScope {
        match scope {
            Scope::Due => ClaimScope::Due(Arc::clone(&self.enabled_ids)),
            Scope::All => ClaimScope::Listed(Arc::clone(&self.enabled_ids)),
            Scope::Named(ids) => {
                let named = ids.iter().filter(|it| self.enabled.contains_key(*it)).cloned();
                ClaimScope::Listed(Arc::new(named.collect()))
            }
        }
    }

    pub(super) async fn lease(
        &self,
        claim: ClaimScope,
        limit: usize,
    ) -> Result<Vec<(config::Source, SourceRow)>, StoreError> {
        let now = self.now();
        let exchanges = self.config.fetch.timeout.saturating_mul(LEASE_EXCHANGES);
        let terms = self.terms(now.plus(exchanges.saturating_add(LEASE_SLACK)));
        let rows = self.store.write(move |it| it.claim(&claim, limit, now, &terms)).await?;
        let configured = |id: &SourceId| self.config.sources.get(*self.enabled.get(id)?).cloned();
        Ok(rows.into_iter().filter_map(|row| Some((configured(&row.id)?, row))).collect())
    }

    /// On what terms this process takes leases.
    pub(super) fn terms(&self, until: Timestamp) -> LeaseParams {
        let local = |it: &std::net::SocketAddr| [it.to_string(), format!("localhost:{}", it.port())];
        LeaseParams {
            holder: self.holder.clone(),
            until,
            per_host: self.config.fetch.per_host.saturating_mul(LEASED_PER_TURN),
            unbounded: self.config.fetch.allow_private.iter().flat_map(local).collect(),
        }
    }
}
