//! Removes the texts of entries past their retention.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::info;

use crate::domain::Timestamp;
use crate::store::StoreError;

use super::context::Pipeline;

/// How often a process looks for texts past their retention.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

/// Entries whose texts are removed in one transaction.
const FORGOTTEN_AT_ONCE: usize = 500;

impl Pipeline {
    /// Removes the texts that were kept for long enough and that no reader can have.
    pub(super) async fn forget_texts(&self) -> Result<(), StoreError> {
        let now = self.now();
        let last = Timestamp::from_millis(self.forgot.load(Ordering::Relaxed));
        if last <= now && now.since(last) < FORGET_EVERY {
            return Ok(());
        }
        // While entries may still be compared by their words, they have some.
        let before = now.minus(self.config.store.retention.max(self.config.dedup.window));
        let mut total = 0;
        loop {
            let forgotten = self.store.write(move |it| it.forget_texts(before, FORGOTTEN_AT_ONCE)).await?;
            total += forgotten;
            if forgotten < FORGOTTEN_AT_ONCE {
                break;
            }
        }
        if 0 < total {
            info!(
                entries.forgotten = total,
                "removed the texts of {total} entries in no published story, first seen before {before}"
            );
        }
        self.forgot.store(now.millis(), Ordering::Relaxed);
        Ok(())
    }
}
