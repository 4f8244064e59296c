//! Which earlier stories a story is linked to.

use crate::config::Config;
use crate::domain::Slug;
use crate::domain::Topic;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::StoryRowId;
use crate::store::Writer;

/// Topics of the taxonomy two stories share to be shown as related.
const SHARED_TOPICS_MIN: usize = 2;

/// Stories with a topic in common that are looked at.
const RELATED_CANDIDATES_MAX: usize = 50;

/// Related stories shown with one.
const RELATED_MAX: usize = 4;

/// Earlier stories of our own archive that a story is linked to: first those of its topic cluster, then those
/// that share topics. Which of them it follows, clustering has decided.
pub(super) fn related(
    store: &Writer<'_>,
    config: &Config,
    story: &StoryRow,
    topics: &[Topic],
) -> Result<Vec<StoryRowId>, StoreError> {
    let sharing = match topics {
        [] => Vec::new(),
        _ => store.reader().sharing_topics(story, RELATED_CANDIDATES_MAX)?,
    };
    let mut related = store.reader().sharing_topic_cluster(story, RELATED_MAX)?;
    for (other, shared) in &sharing {
        if is_related(config, shared) && !related.contains(other) {
            related.push(*other);
        }
    }
    related.truncate(RELATED_MAX);
    Ok(related)
}

/// Whether a topic is a name and not a subject of the taxonomy.
fn is_name(config: &Config, slug: &Slug) -> bool {
    !config.topics.iter().any(|it| it.slug == *slug)
}

/// Whether shared topics make two stories related: a name in common does, and so
/// do several subjects of the taxonomy.
fn is_related(config: &Config, shared: &[Slug]) -> bool {
    SHARED_TOPICS_MIN <= shared.len() || shared.iter().any(|it| is_name(config, it))
}
