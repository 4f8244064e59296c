//! What a pass knows beside the entries that wait for their story.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::cluster::EntryFeatures;
use crate::cluster::EntryText;
use crate::curate;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::store::Store;
use crate::store::UnassignedRow;

/// Entries read from the store at once.
pub(super) const BATCH: usize = 500;

/// Entries that may be read for the sake of late ones, which then are compared by their words
/// with what appeared around them. Where the store has more, late ones join by address only.
pub(super) const OPEN_MAX: usize = 20_000;

/// What the thread needs to know beside the entries.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) store: Store,
    /// Host of the base URL, without port.
    pub(super) host: String,
    /// How each source is called.
    pub(super) publishers: Arc<HashMap<SourceId, String>>,
    /// How far apart the entries of one story may be.
    pub(super) span: Duration,
}

/// An entry without a story, read for comparison.
pub(super) struct Prepared {
    /// Without its text, which is compared by what was read of it.
    pub(super) row: Arc<UnassignedRow>,
    pub(super) reading: EntryFeatures,
}

/// What is the same for all entries of a batch.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// What appeared before is found by address only.
    pub(super) compared_from: Timestamp,
    /// What appeared before is not followed.
    pub(super) held_from: Timestamp,
    pub(super) now: Timestamp,
}

impl Context {
    /// An entry as clustering compares it.
    pub(super) fn article<'a>(&'a self, entry: &'a UnassignedRow) -> EntryText<'a> {
        EntryText {
            publisher: self.publishers.get(&entry.source).map_or(entry.source.as_str(), |it| it),
            title: &entry.title,
            text: &entry.text,
            published: entry.published,
            address: entry.link_hash,
            links: &entry.links,
            never_cluster: never_cluster(entry),
        }
    }
}

/// Whether an entry is never one story with another's.
pub(super) fn never_cluster(entry: &UnassignedRow) -> bool {
    entry.is_excluded || curate::notice(&entry.title, &entry.categories).is_some()
}
