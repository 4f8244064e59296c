//! Work that is done again and again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Interval;
use tokio::time::MissedTickBehavior;

use crate::store::StoreError;

use super::trouble::Troubles;

/// How often due sources, and what other processes changed, are looked for.
pub const TICK: Duration = Duration::from_secs(1);

/// How often a failing store is tried again.
pub(super) const RETRY: Duration = Duration::from_secs(5);

/// When the loops of a daemon look for work, and until when.
#[derive(Clone)]
pub(super) struct Rounds {
    /// How often.
    pub(super) tick: Duration,
    pub(super) troubles: Arc<Troubles>,
    /// Turns true when they are to end.
    pub(super) stop: watch::Receiver<bool>,
}

impl Rounds {
    /// Ticks; after one that was late the next is a whole tick later.
    pub(super) fn ticks(&self) -> Interval {
        let mut ticks = tokio::time::interval(self.tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    }

    /// Does `work` until told to stop, when it is abandoned where it is.
    pub(super) async fn until_stopped(mut self, work: impl Future<Output = ()>) {
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|it| *it) => {}
            () = work => {}
        }
    }

    /// Does `work` again and again until told to stop, when it is abandoned where it
    /// is: all of it is taken up again by the next start.
    pub(super) async fn each<W, F>(self, work: W)
    where
        W: Fn() -> F,
        F: Future<Output = Result<(), (StoreError, &'static str)>>,
    {
        let (mut ticks, troubles) = (self.ticks(), Arc::clone(&self.troubles));
        let forever = async {
            loop {
                ticks.tick().await;
                if let Err((cause, words)) = work().await {
                    troubles.say(&cause, words);
                    tokio::time::sleep(RETRY).await;
                }
            }
        };
        self.until_stopped(forever).await;
    }
}
