//! Reads bodies within a size, and all bodies together within the memory set aside for them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use url::Url;

use super::Budget;
use super::NetError;
use super::coding;
use super::coding::Undecodable;
use super::host;

/// Bytes that every body may take without asking for room.
const SMALL_BYTES: usize = 256 << 10;

/// Memory set aside for bodies larger than that, in bytes.
const LARGE_BYTES: u64 = 96 << 20;

/// How many times the longest exchange a body waits for room.
pub(super) const TURNS_WAITED: u32 = 10;

/// The rooms for large bodies. Many sources may answer with the largest body
/// at once; only as many are read at a time as memory was set aside for.
pub(super) struct Rooms {
    free: Arc<Semaphore>,
    /// Longest wait for one; ends the wait of a caller that holds all rooms itself.
    patience: Duration,
}

/// The memory that a body takes. Keep it until the body has been read and
/// dropped; a large body's room is then given to the next.
#[derive(Debug)]
#[must_use = "the room is free again when this is dropped"]
pub struct Room(Option<OwnedSemaphorePermit>);

impl Rooms {
    pub(super) fn new(body_bytes_max: u64, patience: Duration) -> Self {
        let large = body_bytes_max.clamp(SMALL_BYTES as u64, LARGE_BYTES);
        // While it is decoded, a body is held as it was sent too.
        let rooms = usize::try_from(LARGE_BYTES / (2 * large)).unwrap_or(1).max(1);
        Self { free: Arc::new(Semaphore::new(rooms)), patience }
    }

    /// Waits for a room. The wait is ours, not the publisher's, so it is no part of the deadline.
    async fn large(&self, url: &Url) -> Result<Room, NetError> {
        let room = tokio::time::timeout(self.patience, Arc::clone(&self.free).acquire_owned()).await;
        let room = room.map_err(|_| NetError::Timeout { host: host(url), after: self.patience })?;
        Ok(Room(room.ok()))
    }

    /// Reads to the end and undoes compression, never holding more than `limit_bytes` of either.
    pub(super) async fn read(
        &self,
        url: &Url,
        mut answer: reqwest::Response,
        limit_bytes: u64,
        budget: &mut Budget,
    ) -> Result<(Vec<u8>, Room), NetError> {
        let limit = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        let too_large = || NetError::TooLarge { host: host(url), limit_bytes };
        if answer.content_length().is_some_and(|it| limit_bytes < it) {
            return Err(too_large());
        }
        let announced = coding::announced(answer.headers());
        let is_success = answer.status().is_success();

        let mut room = Room(None);
        let mut bytes = Vec::new();
        while let Some(chunk) =
            budget.spend(url, answer.chunk()).await?.map_err(|it| NetError::of(url, it))?
        {
            if limit - bytes.len() < chunk.len() {
                return Err(too_large());
            }
            if room.0.is_none() && SMALL_BYTES < bytes.len() + chunk.len() {
                room = self.large(url).await?;
            }
            bytes.extend_from_slice(&chunk);
        }

        if coding::is_coded(&bytes, &announced) {
            let coded = Arc::new((bytes, announced));
            // Most come to little, and need no room.
            let small = if room.0.is_none() { limit.min(SMALL_BYTES) } else { limit };
            let mut decoded = decode(&coded, small).await;
            if small < limit && matches!(decoded, Err(Undecodable::TooLarge)) {
                room = self.large(url).await?;
                decoded = decode(&coded, limit).await;
            }
            bytes = match decoded {
                Ok(bytes) => bytes,
                Err(Undecodable::TooLarge) => return Err(too_large()),
                // What an error says of itself matters less than that it is one.
                Err(Undecodable::Damaged(_)) if !is_success => Vec::new(),
                Err(Undecodable::Damaged(why)) => return Err(NetError::Encoding { host: host(url), why }),
            };
        }
        Ok((bytes, room))
    }
}

/// Undoes compression beside the other exchanges, which wait for this thread.
async fn decode(coded: &Arc<(Vec<u8>, Vec<String>)>, limit: usize) -> Result<Vec<u8>, Undecodable> {
    let coded = Arc::clone(coded);
    let decoding = tokio::task::spawn_blocking(move || coding::decoded(&coded.0, &coded.1, limit));
    decoding.await.unwrap_or_else(|_| Err(Undecodable::Damaged("the decoder broke off".to_owned())))
}
