//! Which stories of a period its edition holds, and in which order.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::config::Config;
use crate::config::Output;
use crate::domain::Family;
use crate::domain::LeftOut;
use crate::store::EditionCandidate;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;

use super::family::Families;

/// A story of a period, in the order in which it would go out.
#[derive(Clone, Debug)]
pub struct EditionStory {
    /// The story.
    pub candidate: EditionCandidate,
    /// Whether an editor put it where it is.
    pub is_ordered: bool,
    /// Why it is not in the edition.
    pub left_out: Option<LeftOut>,
}

/// The stories between two positions of an output: those that go out in their order, then those that are
/// left out.
pub(crate) fn edition(
    store: &Reader<'_>,
    config: &Config,
    output: &Output,
    positions: (u64, u64),
) -> Result<Vec<EditionStory>, StoreError> {
    let families = Families::new(config, &store.sources()?);
    let candidates = store.edition_candidates(&output.id, positions)?;
    let choices = store.edition_choices(&output.id)?;
    let family_of = |it: &EditionCandidate| families.of(&it.source).cloned();
    Ok(composed(candidates, &choices, output.per_publisher, family_of))
}

/// Composes an edition of stories that come best first. What an editor put first comes first, whatever
/// the limits say, and what they left out is out. With `per_publisher` the rest is a selection: one family
/// has at most so many, one topic cluster one story, unless it is a follow-up, and families take turns: of
/// each its best, then of each its second. Without it, every story of the period goes out.
fn composed(
    candidates: Vec<EditionCandidate>,
    choices: &HashMap<StoryRowId, Option<usize>>,
    per_publisher: Option<usize>,
    family_of: impl Fn(&EditionCandidate) -> Option<Family>,
) -> Vec<EditionStory> {
    let mut of_family: HashMap<Option<Family>, usize> = HashMap::new();
    let mut clusters: HashSet<StoryRowId> = HashSet::new();
    let position = |it: &EditionCandidate| choices.get(&it.story.id).copied().flatten();
    let (mut first, rest): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|it| position(it).is_some());
    first.sort_by_key(|it| position(it));
    for it in &first {
        *of_family.entry(family_of(it)).or_default() += 1;
        clusters.insert(it.topic_cluster);
    }
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for candidate in rest {
        // A source that is not known is a family of its own to nobody's harm.
        let of_its_family = of_family.entry(family_of(&candidate)).or_default();
        let left_out = if choices.contains_key(&candidate.story.id) {
            Some(LeftOut::Dropped)
        } else if per_publisher.is_some()
            && !candidate.is_follow_up
            && clusters.contains(&candidate.topic_cluster)
        {
            Some(LeftOut::Topic)
        } else if per_publisher.is_some_and(|it| it <= *of_its_family) {
            Some(LeftOut::Publisher)
        } else {
            None
        };
        if left_out.is_none() {
            clusters.insert(candidate.topic_cluster);
            taken.push((*of_its_family, candidate));
            *of_its_family += 1;
        } else {
            left.push(EditionStory { candidate, is_ordered: false, left_out });
        }
    }
    if per_publisher.is_some() {
        // The sort is stable: within a turn, the best comes first.
        taken.sort_by_key(|it| it.0);
    }
    let ordered = first.into_iter().map(|it| (true, it));
    let taken = ordered.chain(taken.into_iter().map(|it| (false, it.1)));
    let taken = taken.map(|(is_ordered, candidate)| EditionStory { candidate, is_ordered, left_out: None });
    taken.chain(left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StoryId;
    use crate::domain::StoryState;
    use crate::domain::Timestamp;
    use crate::store::StoryRow;

    /// Stories in order of score, each a family's letter, a cluster's digit, and `+` where it follows.
    fn compose(stories: &str, choices: &[(usize, Option<usize>)], per_publisher: Option<usize>) -> String {
        let words: Vec<&str> = stories.split(' ').collect();
        let candidates = words.iter().enumerate().map(|(at, word)| EditionCandidate {
            story: row(at as i64),
            source: word[..1].parse().expect("a source"),
            topic_cluster: StoryRowId(i64::from(word.as_bytes()[1])),
            is_follow_up: word.ends_with('+'),
            score: 1.0,
        });
        let choices = choices.iter().map(|(story, it)| (StoryRowId(*story as i64), *it)).collect();
        let family = |it: &EditionCandidate| {
            Some(Family::new(Some(it.source.as_str()), &"https://a.example/".parse().expect("a URL")))
        };
        let edition = composed(candidates.collect(), &choices, per_publisher, family);
        let shown = edition.iter().map(|it| {
            let word = words[it.candidate.story.id.0 as usize];
            it.left_out.map_or_else(|| word.to_owned(), |why| format!("{word}:{}", why.as_str()))
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    fn row(id: i64) -> StoryRow {
        StoryRow {
            id: StoryRowId(id),
            key: "aaaaaaaaaaaaaaaa".parse().expect("a key"),
            tag: StoryId::stored("tag:a".to_owned()),
            path: "/a".to_owned(),
            title: "A".to_owned(),
            state: StoryState::Published,
            merged_into: None,
            primary_entry: crate::domain::EntryId(1),
            published: Timestamp::default(),
            first_published: None,
            updated: Timestamp::default(),
            created: Timestamp::default(),
            language: None,
            revision: 1,
        }
    }

    #[test]
    fn stories_come_best_first() {
        assert_eq!(compose("a1 b2 a3", &[], None), "a1 b2 a3");
    }

    #[test]
    fn one_family_has_so_many_and_families_take_turns() {
        assert_eq!(compose("a1 a2 a3 b4 c5", &[], Some(2)), "a1 b4 c5 a2 a3:publisher");
        assert_eq!(compose("a1 a2 a3 b4 c5", &[], Some(9)), "a1 b4 c5 a2 a3");
    }

    #[test]
    fn a_topic_cluster_has_one_story_unless_another_follows() {
        assert_eq!(compose("a1 b1 c2", &[], Some(9)), "a1 c2 b1:topic");
        assert_eq!(compose("a1 b1+ c2", &[], Some(9)), "a1 b1+ c2");
        assert_eq!(compose("a1+ b1 c2", &[], Some(9)), "a1+ c2 b1:topic");
        assert_eq!(compose("a1 b1 c2", &[], None), "a1 b1 c2", "nothing of the period is lost");
        // Another of a cluster takes no place of its family's.
        assert_eq!(compose("a1 b1 b2", &[], Some(1)), "a1 b2 b1:topic");
    }

    #[test]
    fn an_editor_orders_and_leaves_out_whatever_the_limits_say() {
        let choices = [(2, Some(0)), (1, Some(1)), (3, None)];
        assert_eq!(
            compose("a1 a2 a2 b4 a5 c6", &choices, Some(2)),
            "a2 a2 c6 a1:publisher b4:dropped a5:publisher"
        );
        // Who is left out takes no place.
        assert_eq!(compose("a1 a2 b1", &[(0, None)], Some(1)), "a2 b1 a1:dropped");
    }
}
