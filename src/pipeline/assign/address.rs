//! Which stories tell the article of an address.

use crate::cluster;
use crate::cluster::Candidate;
use crate::cluster::Unassigned;
use crate::curate;
use crate::domain::EntryId;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;

/// The stories of an address, asked of the store's index, the one with the earliest entry first.
pub(in crate::pipeline) fn same_address(
    store: &Reader<'_>,
    entry: EntryId,
    asked: &Unassigned<'_>,
    address: (&str, i64),
) -> Result<Vec<StoryRowId>, StoreError> {
    Ok(cluster::same_address(asked, &candidates(store, entry, Some(address))?))
}

pub(super) fn candidates(
    store: &Reader<'_>,
    entry: EntryId,
    address: Option<(&str, i64)>,
) -> Result<Vec<Candidate<StoryRowId>>, StoreError> {
    let Some((canonical, hash)) = address else { return Ok(Vec::new()) };
    let others = store.assigned_with_link(hash, canonical)?;
    Ok(others
        .into_iter()
        .filter(|it| it.id != entry && curate::notice(&it.title, &it.categories).is_none())
        .map(|it| Candidate { story: it.story, source: it.source, published: it.published })
        .collect())
}
