//! Makes one story of two.

use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::StoryRowId;
use crate::store::Writer;

/// Makes one story of two, unless an editor has parted them or rejected one of them, and
/// returns the one that stays and the one that goes.
pub(crate) fn merge(
    store: &Writer<'_>,
    one: StoryRowId,
    other: StoryRowId,
    why: &str,
    now: Timestamp,
) -> Result<Option<(StoryRowId, StoryRowId)>, StoreError> {
    let planned = plan_merge(&store.reader(), one, other)?;
    if let Some((into, from)) = planned {
        store.merge_stories(from, into, why, now)?;
    }
    Ok(planned)
}

/// Which of two stories would stay and which would go if they were merged; `None` where an editor has
/// parted them or rejected one of them. The id that readers know stays; among unpublished ones, the older.
pub(super) fn plan_merge(
    store: &Reader<'_>,
    one: StoryRowId,
    other: StoryRowId,
) -> Result<Option<(StoryRowId, StoryRowId)>, StoreError> {
    if one == other || store.are_cannot_linked(one, other)? {
        return Ok(None);
    }
    let (Some(one), Some(other)) = (store.story_at(one)?, store.story_at(other)?) else { return Ok(None) };
    let is_rejected = |it: &StoryRow| it.state == StoryState::Rejected;
    if is_rejected(&one) != is_rejected(&other) {
        return Ok(None);
    }
    Ok(Some(if age(&one) <= age(&other) { (one.id, other.id) } else { (other.id, one.id) }))
}

/// By what the id of a story precedes another's: the least was known to readers first.
pub(crate) fn age(it: &StoryRow) -> impl Ord + use<> {
    (it.first_published.is_none(), it.first_published, it.published, it.key.clone())
}
