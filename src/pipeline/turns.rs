//! Whose story the model writes next: turns go round the sources.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::HashSet;

use crate::domain::SourceId;
use crate::store::StoryRowId;
use crate::store::WaitingStory;

/// A source gets at most one part in so many of the day's tokens while others wait.
pub(super) const TOKENS_SHARE: u64 = 4;

/// When each source had its turn last.
#[derive(Debug, Default)]
pub(super) struct Turns {
    last: HashMap<SourceId, u64>,
    taken: u64,
    /// Sources whose next request would pass their share, and the day of which.
    full: HashMap<SourceId, String>,
}

/// A story whose turn it is.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    /// The story, and the source whose turn it is and whose tokens are spent.
    pub(super) waiting: WaitingStory,
    /// The most tokens that the source may have spent today; `None` while no other waits.
    pub(super) tokens_max: Option<u64>,
}

impl Turns {
    /// Notes that a source's next request would pass its share of a day.
    pub(super) fn note_full(&mut self, source: SourceId, day: String) {
        self.full.insert(source, day);
    }

    /// The newest story of the source that had its turn the longest ago; of those that never had
    /// one, the source with the newest story. Sources that have spent their share of the day's
    /// tokens come after those that have not.
    ///
    /// A source's stories that readers have already, quoted by rule, come after those that they
    /// have not. A story of several sources waits under each of them.
    pub(super) fn next(
        &mut self,
        waiting: &[WaitingStory],
        spent: &HashMap<SourceId, u64>,
        day: &str,
        budget: u64,
    ) -> Option<Turn> {
        let share = budget / TOKENS_SHARE;
        self.full.retain(|_, of| of.as_str() == day);
        let is_spent = |it: &WaitingStory| {
            self.full.contains_key(&it.source) || spent.get(&it.source).copied().unwrap_or_default() >= share
        };
        let turn = |it: &WaitingStory| {
            let last = self.last.get(&it.source).copied();
            (is_spent(it), last, it.is_quoted, Reverse(it.published), it.story)
        };
        let chosen = waiting.iter().min_by_key(|it| turn(it))?;
        let stories: HashSet<StoryRowId> =
            waiting.iter().filter(|it| it.source == chosen.source).map(|it| it.story).collect();
        let others_wait = waiting.iter().any(|it| !stories.contains(&it.story) && !is_spent(it));
        self.taken += 1;
        self.last.insert(chosen.source.clone(), self.taken);
        Some(Turn { waiting: chosen.clone(), tokens_max: others_wait.then_some(share) })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Timestamp;

    use super::*;

    const BUDGET: u64 = 1_000;
    const DAY: &str = "2026-11-20";

    fn waits(story: i64, source: &str, published: i64) -> WaitingStory {
        WaitingStory {
            story: StoryRowId(story),
            source: source.parse().expect("a slug"),
            published: Timestamp::from_secs(published),
            is_quoted: false,
        }
    }

    /// The stories in the order of their turns, where each is written before the next is chosen.
    fn order(mut waiting: Vec<WaitingStory>, spent: &[(&str, u64)]) -> Vec<i64> {
        let spent: HashMap<SourceId, u64> =
            spent.iter().map(|(it, n)| (it.parse().expect("a slug"), *n)).collect();
        let (mut turns, mut order) = (Turns::default(), Vec::new());
        while let Some(turn) = turns.next(&waiting, &spent, DAY, BUDGET) {
            order.push(turn.waiting.story.0);
            waiting.retain(|it| it.story != turn.waiting.story);
        }
        order
    }

    #[test]
    fn turns_go_round_the_sources_and_take_the_newest_story_of_each() {
        let mut waiting: Vec<_> = (0..50).map(|it| waits(it, "flood", 1_000 + it)).collect();
        waiting.extend([waits(100, "monitor", 5), waits(101, "monitor", 6), waits(102, "other", 1)]);
        assert_eq!(order(waiting, &[])[..6], [49, 101, 102, 48, 100, 47]);
    }

    #[test]
    fn a_source_that_spent_its_share_comes_after_all_others() {
        let waiting = || {
            vec![waits(1, "flood", 9), waits(2, "flood", 8), waits(3, "monitor", 1), waits(4, "monitor", 2)]
        };
        assert_eq!(order(waiting(), &[("flood", BUDGET / TOKENS_SHARE)]), [4, 3, 1, 2]);
        assert_eq!(order(waiting(), &[("flood", BUDGET / TOKENS_SHARE - 1)]), [1, 4, 2, 3]);
    }

    #[test]
    fn a_share_binds_only_while_another_waits() {
        let (mut turns, spent) = (Turns::default(), HashMap::new());
        let mut max =
            |waiting: &[WaitingStory]| turns.next(waiting, &spent, DAY, BUDGET).expect("a turn").tokens_max;
        assert_eq!(max(&[waits(1, "flood", 2), waits(2, "flood", 1)]), None);
        assert_eq!(max(&[waits(1, "flood", 2), waits(2, "monitor", 1)]), Some(250));
        // A story that both tell is not another's.
        assert_eq!(max(&[waits(1, "flood", 2), waits(1, "monitor", 2)]), None);
    }

    #[test]
    fn a_story_of_several_sources_comes_with_the_first_of_them() {
        let waiting =
            vec![waits(9, "flood", 9), waits(8, "flood", 8), waits(1, "flood", 1), waits(1, "monitor", 1)];
        assert_eq!(order(waiting, &[]), [9, 1, 8]);
    }

    #[test]
    fn sources_whose_requests_are_larger_than_their_shares_do_not_wait_for_each_other() {
        let (mut turns, spent) = (Turns::default(), HashMap::new());
        let waiting = [waits(1, "flood", 2), waits(2, "monitor", 1)];
        for expected in [Some(250), None, None] {
            let turn = turns.next(&waiting, &spent, DAY, BUDGET).expect("a turn");
            assert_eq!(turn.tokens_max, expected);
            turns.note_full(turn.waiting.source, DAY.to_owned());
        }
        let turn = turns.next(&waiting, &spent, "2026-11-21", BUDGET).expect("a turn");
        assert_eq!(turn.tokens_max, Some(250), "another day");
    }
}
