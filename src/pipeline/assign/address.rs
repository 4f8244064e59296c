//! Which stories tell the article of an address.

use std::collections::HashMap;

use crate::cluster;
use crate::cluster::Candidate;
use crate::cluster::Unassigned;
use crate::curate;
use crate::domain::EntryId;
use crate::domain::SourceId;
use crate::identify;
use crate::store::Reader;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::StoryRowId;

use super::super::credit;

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
    let others =
        others.into_iter().filter(|it| it.id != entry && curate::notice(&it.title, &it.categories).is_none());
    let mut is_publisher: HashMap<SourceId, bool> = HashMap::new();
    let mut found = Vec::new();
    for it in others {
        let is_publisher = match is_publisher.get(&it.source) {
            Some(known) => *known,
            None => {
                let known = store.source(&it.source)?.is_some_and(|it| publishes(&it, canonical));
                is_publisher.insert(it.source.clone(), known);
                known
            }
        };
        found.push(Candidate { story: it.story, source: it.source, published: it.published, is_publisher });
    }
    Ok(found)
}

/// Whether an address, in its canonical form, lies below a source's home page.
fn publishes(source: &SourceRow, canonical: &str) -> bool {
    let home = credit::home_of(source);
    let home = home.and_then(|it| Some(identify::site(&it)? + it.path().trim_end_matches('/')));
    home.is_some_and(|it| credit::is_below(canonical, &it))
}
