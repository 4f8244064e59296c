//! The time that one exchange may take.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::address::host;
use super::error::NetError;

/// The time that is left of the whole exchange. Only time spent on the wire
/// counts: a queue at one host must not look like a slow publisher.
pub(super) struct TimeBudget {
    pub(super) left: Duration,
    pub(super) of: Duration,
}

impl TimeBudget {
    pub(super) async fn spend<T>(&mut self, url: &Url, on: impl Future<Output = T>) -> Result<T, NetError> {
        let start = Instant::now();
        let done = tokio::time::timeout(self.left, on).await;
        self.left = self.left.saturating_sub(start.elapsed());
        done.map_err(|_| NetError::Timeout { host: host(url), after: self.of })
    }
}
