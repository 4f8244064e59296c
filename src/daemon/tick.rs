//! Work that is done again and again.

use std::time::Duration;

use tokio::sync::watch;

use crate::store::StoreError;

use super::trouble::Troubles;

/// How often due sources, and what other processes changed, are looked for.
pub(super) const TICK: Duration = Duration::from_secs(1);

/// How often a failing store is tried again.
pub(super) const RETRY: Duration = Duration::from_secs(5);

/// Does `work` again and again until told to stop, when it is abandoned where it
/// is: all of it is taken up again by the next start.
pub(super) async fn each_tick<W, F>(troubles: &Troubles, mut stop: watch::Receiver<bool>, work: W)
where
    W: Fn() -> F,
    F: Future<Output = Result<(), (StoreError, &'static str)>>,
{
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let forever = async {
        loop {
            tick.tick().await;
            if let Err((cause, words)) = work().await {
                troubles.say(&cause, words);
                tokio::time::sleep(RETRY).await;
            }
        }
    };
    tokio::select! {
        _ = stop.wait_for(|it| *it) => {}
        () = forever => {}
    }
}
