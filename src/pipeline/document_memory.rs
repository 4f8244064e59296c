//! Memory for documents, from when one is taken apart until it is stored.
//!
//! Few are held at once, so that memory stays small. While other hosts are asked about a document, it
//! leaves that memory to others: a host that does not answer delays no other source.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::sync::SemaphorePermit;

/// Bytes of the documents that are taken apart or wait to be stored: enough for the
/// writer to store many in one transaction, and few enough to be held in memory.
const BYTES_MAX: u32 = 128 * 1024;

/// Bytes of the documents about which other hosts are asked: enough for hundreds.
const ASKED_BYTES_MAX: u32 = 32 * 1024 * 1024;

/// An answer that takes no longer leaves a document where it is.
const MOMENT: Duration = Duration::from_millis(20);

/// The memory that the documents of all sources share.
pub(super) struct DocumentMemory {
    held: Semaphore,
    asked: Semaphore,
}

/// A document's part of the memory.
pub(super) struct HeldDocument<'a> {
    memory: &'a DocumentMemory,
    bytes: u32,
    permit: Option<SemaphorePermit<'a>>,
}

impl DocumentMemory {
    pub(super) fn new() -> Self {
        Self { held: Semaphore::new(BYTES_MAX as usize), asked: Semaphore::new(ASKED_BYTES_MAX as usize) }
    }

    /// Waits until there is memory for a document of so many bytes. Two always have it together.
    pub(super) async fn hold(&self, bytes: usize) -> HeldDocument<'_> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        HeldDocument { memory: self, bytes, permit: self.permit(bytes).await }
    }

    async fn permit(&self, bytes: u32) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        self.held.acquire_many(bytes.min(BYTES_MAX / 2)).await.ok()
    }
}

impl<'a> HeldDocument<'a> {
    /// Waits for what other hosts are asked, and leaves the memory to other documents if that
    /// takes longer than a moment.
    pub(super) async fn while_asking<T>(mut self, asking: impl Future<Output = T>) -> (T, Self) {
        let mut asking = pin!(asking);
        if let Ok(answer) = tokio::time::timeout(MOMENT, &mut asking).await {
            return (answer, self);
        }
        let asked = self.memory.asked.acquire_many(self.bytes.min(ASKED_BYTES_MAX / 4));
        // An answer may come before there is memory to wait for it in: then nothing is left to
        // others, and those who hold that memory and wait for this one get it in the end.
        let _asked = tokio::select! {
            answer = &mut asking => return (answer, self),
            permit = asked => permit,
        };
        self.permit = None;
        let answer = asking.await;
        self.permit = self.memory.permit(self.bytes).await;
        (answer, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn documents_about_which_hosts_are_asked_hold_up_no_others() {
        let memory = DocumentMemory::new();
        let (first, second) = (memory.hold(1 << 20).await, memory.hold(1 << 20).await);
        let silent = || std::future::pending::<()>();
        let mut both =
            pin!(async { tokio::join!(first.while_asking(silent()), second.while_asking(silent())) });
        let third = tokio::select! {
            _ = &mut both => unreachable!("no host answers"),
            third = memory.hold(1 << 20) => third,
        };
        assert_eq!(third.while_asking(async { 1 }).await.0, 1);
    }

    #[tokio::test]
    async fn documents_that_fill_the_memory_to_wait_in_are_all_stored_in_the_end() {
        let memory = DocumentMemory::new();
        let answers = Semaphore::new(0);
        let one = async || {
            let held = memory.hold(8 << 20).await;
            drop(held.while_asking(async { drop(answers.acquire().await) }).await);
        };
        let all = async { tokio::join!(one(), one(), one(), one(), one(), one(), one(), one()) };
        let (_, ()) = tokio::join!(all, async {
            while memory.asked.available_permits() != 0 {
                tokio::task::yield_now().await;
            }
            answers.close();
        });
        assert_eq!(memory.held.available_permits(), BYTES_MAX as usize);
    }
}
