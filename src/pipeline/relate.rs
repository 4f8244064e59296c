//! Which earlier stories a story is linked to.

use crate::config::Config;
use crate::domain::Slug;
use crate::domain::Topic;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::StoryRowId;
use crate::store::Writer;

/// Names two stories share to be shown as related: of one name, hardly any two stories are.
const SHARED_NAMES_MIN: usize = 2;

/// A name that one in so many stories has is rare, and so is one that few stories have.
const STORIES_A_RARE_NAME: usize = 128;
const RARE_MIN: usize = 8;

/// Stories with a topic in common that are looked at.
const RELATED_CANDIDATES_MAX: usize = 50;

/// Related stories shown with one.
const RELATED_MAX: usize = 4;

/// Earlier stories of our own archive that a story is linked to: first those of its topic cluster, then those
/// that share names, one of them rare. Which of them it follows, clustering has decided.
pub(super) fn related(
    store: &Writer<'_>,
    config: &Config,
    story: &StoryRow,
    topics: &[Topic],
) -> Result<Vec<StoryRowId>, StoreError> {
    let mut related = store.reader().sharing_topic_cluster(story, RELATED_MAX)?;
    let few = RARE_MIN.max(store.reader().stories_begun()? / STORIES_A_RARE_NAME);
    // "Apple" and "iPhone" are shared by stories that have nothing else in common.
    let is_rare = |it: &&Slug| Ok(store.reader().with_topic(it)? <= few);
    let has_rare = |names: &[&Slug]| -> Result<bool, StoreError> {
        let rare: Result<Vec<bool>, StoreError> = names.iter().map(is_rare).collect();
        Ok(SHARED_NAMES_MIN <= names.len() && rare?.contains(&true))
    };
    let own: Vec<&Slug> = topics.iter().map(|it| &it.slug).filter(|it| is_name(config, it)).collect();
    if related.len() < RELATED_MAX && has_rare(&own)? {
        for (other, shared) in store.reader().sharing_topics(story, RELATED_CANDIDATES_MAX)? {
            let names: Vec<&Slug> = shared.iter().filter(|it| is_name(config, it)).collect();
            if !related.contains(&other) && has_rare(&names)? {
                related.push(other);
            }
        }
    }
    related.truncate(RELATED_MAX);
    Ok(related)
}

/// Whether a topic is a name and not a subject of the taxonomy.
fn is_name(config: &Config, slug: &Slug) -> bool {
    !config.topics.iter().any(|it| it.slug == *slug)
}
