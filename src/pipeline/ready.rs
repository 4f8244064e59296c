//! How long a story waits for the page of its primary entry.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::domain::EntryId;
use crate::domain::Rights;
use crate::domain::Timestamp;
use crate::store::PageWait;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;

use super::context::Pipeline;
use super::credit::Credits;
use super::curation_input::lead_rank;

/// Longest time that a story waits for its primary entry's page, from when the entry was first
/// seen. Then the feed's own text speaks; the page is read all the same.
pub(super) const PAGE_WAIT: Duration = Duration::from_secs(10 * 60);

/// Stories looked at in one go for the entry that speaks for them.
const LOOKED_AT_MAX: usize = 2_000;

/// Which pages hold their stories up now.
pub(super) fn page_wait(now: Timestamp) -> PageWait {
    PageWait { since: now.minus(PAGE_WAIT), now }
}

impl Pipeline {
    /// Sees to it that stories wait for the page of the entry that will speak for them, and not for
    /// that of whoever founded them: a list of links may be there before the publisher's own feed.
    pub(super) async fn settle_primaries(&self) -> Result<(), StoreError> {
        let (config, now) = (Arc::clone(&self.config), self.now());
        let moved = self.store.read(move |it| misplaced_primaries(it, &config, now)).await?;
        if moved.is_empty() {
            return Ok(());
        }
        self.store
            .write(move |it| moved.iter().try_for_each(|(story, entry)| it.set_primary(*story, *entry)))
            .await
    }
}

/// Stories whose noted primary entry is another than the one that will speak for them, with that.
fn misplaced_primaries(
    store: &Reader<'_>,
    config: &Config,
    now: Timestamp,
) -> Result<Vec<(StoryRowId, EntryId)>, StoreError> {
    let stories = store.stories_partly_read(page_wait(now), LOOKED_AT_MAX)?;
    if stories.is_empty() {
        return Ok(Vec::new());
    }
    let sources = store.sources()?;
    let credits = Credits::new(config, &sources);
    let mut moved = Vec::new();
    for story in stories {
        let entries = store.member_entries(story.id)?;
        let credited = entries.iter().filter_map(|it| Some((it, credits.of(it)?)));
        let shown = credited.filter(|(_, it)| it.byline.rights < Rights::Drop);
        let primary =
            shown.min_by_key(|(entry, credited)| lead_rank(&credits, entry, credited)).map(|it| it.0.id);
        if let Some(primary) = primary.filter(|it| *it != story.primary_entry) {
            moved.push((story.id, primary));
        }
    }
    Ok(moved)
}
