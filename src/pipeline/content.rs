//! What is shown of a revision: what it says, or a link item where that cannot be read.

use crate::domain::Briefing;
use crate::store;
use crate::store::Reader;
use crate::store::RevisionContent;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::Unreadable;

/// What readers see of revision `n` of a story. One that cannot be read costs its own story the
/// briefing and no other story anything: title, topics and bylines stand. The log says so.
///
/// # Errors
/// Where the store cannot be read.
pub fn shown_content(
    store: &Reader<'_>,
    story: &StoryRow,
    n: u32,
    content: Result<RevisionContent, Unreadable>,
) -> Result<RevisionContent, StoreError> {
    let error = match content {
        Ok(it) => return Ok(it),
        Err(error) => error,
    };
    store::report(&format_args!("revision {n} of story `{}`", story.key), &error);
    let briefing = Briefing { topics: store.topics(story.id)?, ..Briefing::default() };
    Ok(RevisionContent { briefing, ..RevisionContent::default() })
}
