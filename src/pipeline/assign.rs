//! Gives every entry its story.

use crate::cluster;
use crate::cluster::Candidate;
use crate::cluster::Unassigned;
use crate::domain::EntryId;
use crate::domain::Timestamp;
use crate::store::NewStory;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::UnassignedRow;
use crate::store::Writer;

/// Entries assigned in one transaction.
const BATCH: usize = 500;

/// Assigns every entry that has no story and returns how many stories were
/// founded. Entries are taken in the order of their dates, so that neither the
/// order of polls nor a kill in between changes the outcome of a pass.
pub(super) async fn assign(store: &Store, host: &str, now: Timestamp) -> Result<usize, StoreError> {
    let mut founded = 0;
    loop {
        let host = host.to_owned();
        let (seen, new) = store
            .write(move |it| {
                let entries = it.unassigned(BATCH)?;
                let mut new = 0;
                for entry in &entries {
                    new += usize::from(assign_one(it, entry, &host, now)?);
                }
                Ok((entries.len(), new))
            })
            .await?;
        founded += new;
        if seen < BATCH {
            return Ok(founded);
        }
    }
}

fn assign_one(
    store: &Writer<'_>,
    entry: &UnassignedRow,
    host: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match same_address(store, entry, entry.canonical.as_deref().zip(entry.link_hash))?.first() {
        Some(story) => {
            store.join_story(entry, *story, "same canonical URL")?;
            Ok(false)
        }
        None => {
            store.found_story(&NewStory { source: &entry.source, entry, host, now })?;
            Ok(true)
        }
    }
}

/// The stories of an address, asked of the store's index, the one with the earliest entry first.
pub(super) fn same_address(
    store: &Writer<'_>,
    entry: &UnassignedRow,
    address: Option<(&str, i64)>,
) -> Result<Vec<StoryRowId>, StoreError> {
    let Some((canonical, hash)) = address else { return Ok(Vec::new()) };
    let others = store.assigned_with_link(hash, canonical)?;
    let is_other = |(_, id, ..): &&(_, EntryId, _, _)| *id != entry.id;
    let candidates: Vec<_> = others
        .iter()
        .filter(is_other)
        .map(|(story, _, source, published)| Candidate {
            story: *story,
            source: source.clone(),
            published: *published,
        })
        .collect();
    Ok(cluster::same_address(&Unassigned { source: &entry.source, published: entry.published }, &candidates))
}
