//! Decides which entries are one story.
//!
//! Exact rules come first: the canonical URL of another source's entry within 30 days, or
//! another publisher's very text within the window, is the same story, in whatever order
//! they arrive. Then words: an entry joins the story whose headlines, texts, names and
//! numbers tell the same event (`Window::nearest`). Stories of one subject that are not one
//! event share a topic cluster (`Window::topic_cluster`) and are linked as related.
//!
//! The decision is pure: candidates come from an index, never from a scan, and the cost
//! depends on the entries of the window, and on those of one address, of which there are few.

#[cfg(test)]
mod apart;
mod background;
#[cfg(test)]
mod bridge;
mod candidate;
mod copy;
mod features;
mod identifier;
mod idf;
mod likeness;
mod linear;
mod matcher;
mod nearest;
mod number;
mod objection;
mod pair;
mod postings;
mod recurring;
mod signal;
mod term;
mod term_flags;
mod tf_idf;
mod topic_cluster;
mod trigram;
mod window;

pub use self::background::count as background;
pub use self::copy::Copied;
pub use self::copy::copies;
pub use self::copy::coverage;
pub use self::features::EntryFeatures;
pub use self::features::EntryText;
pub use self::matcher::Matcher;
pub use self::matcher::MatcherError;
pub use self::nearest::Followed;
pub use self::nearest::Match;
pub use self::nearest::Verdict;
pub use self::window::Window;
pub use self::window::memory;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::domain::SourceId;
use crate::domain::Timestamp;

/// How far apart entries with the same canonical URL may be and still be one story.
pub const SAME_URL_WINDOW: Duration = Duration::from_secs(30 * 86_400);

/// An entry that waits for its story.
#[derive(Clone, Debug)]
pub struct Unassigned<'a> {
    /// Where it was polled.
    pub source: &'a SourceId,
    /// Its remembered date.
    pub published: Timestamp,
    /// What appeared before is not compared by words or text.
    pub compared_from: Timestamp,
    /// What appeared before is not followed.
    pub held_from: Timestamp,
}

/// An assigned entry with the same canonical URL.
#[derive(Clone, Debug)]
pub struct Candidate<S> {
    /// The story it belongs to, merges followed.
    pub story: S,
    /// Where it was polled.
    pub source: SourceId,
    /// Its remembered date.
    pub published: Timestamp,
    /// Whether that source's own articles are at the address, so that it knows what is there.
    pub is_publisher: bool,
}

/// Where an entry belongs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Assignment<S> {
    /// To a story that exists.
    Join {
        /// The story.
        story: S,
        /// Why, in words for the operator.
        why: String,
        /// Further stories that are the same one: by an exact rule, or beside this entry.
        also: Vec<S>,
    },
    /// To a story of its own.
    NewStory,
}

/// What is decided of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<S> {
    /// Where it belongs.
    pub assignment: Assignment<S>,
    /// Of an entry that joins by likeness, how likely it tells the event of its story, in per mille.
    pub likely: Option<u16>,
    /// Earlier stories of which it tells what came, the likeliest first; not its own.
    pub follows: Vec<Followed<S>>,
    /// Later entries, of stories other than its own, that tell what came of its event and are held already.
    pub followed_by: Vec<Followed<S>>,
    /// Of an entry that founds a story, the one that it nearly would have joined, and how likely both
    /// tell one event, in per mille.
    pub almost: Option<(S, u16)>,
}

impl<S> Decision<S> {
    /// An entry that is compared with no other has a story of its own.
    pub fn alone() -> Self {
        Self {
            assignment: Assignment::NewStory,
            likely: None,
            follows: Vec::new(),
            followed_by: Vec::new(),
            almost: None,
        }
    }
}

/// Assigns one entry, given every assigned entry with its canonical URL, and the stories that
/// tell its article under another form of its address. `is_open` says
/// whether a story may be joined; an editor may have parted it from the entry. `begins` says
/// when a story's earliest entry appeared, so that no chain of entries that tell the same
/// leads further than the window, whatever of the story the window still holds.
pub fn assign<S: Copy + Eq + Hash + Ord>(
    window: &mut Window<S>,
    entry: &Unassigned<'_>,
    features: &EntryFeatures,
    same_url: &[Candidate<S>],
    same_place: &[S],
    is_open: impl Fn(S) -> bool,
    begins: impl Fn(S) -> Option<Timestamp>,
) -> Decision<S> {
    let by_url = same_address(entry, same_url).into_iter().map(|it| (it, "same canonical URL"));
    let by_place = same_place.iter().map(|it| (*it, "same address but for what marks the way"));
    let by_text =
        window.exact_duplicates(features, entry.compared_from).into_iter().map(|it| (it, "same text"));
    let mut exact: Vec<(S, &str)> = Vec::new();
    for found in by_url.chain(by_place).chain(by_text) {
        if is_open(found.0) && exact.iter().all(|it| it.0 != found.0) {
            exact.push(found);
        }
    }
    if let [(story, why), also @ ..] = exact.as_slice() {
        let also: Vec<S> = also.iter().map(|it| it.0).collect();
        let is_other = |it: &Followed<S>| it.story != *story && !also.contains(&it.story);
        let Verdict { mut follows, mut followed_by, .. } =
            window.nearest(features, entry.held_from, |_| false);
        follows.retain(is_other);
        followed_by.retain(is_other);
        let assignment = Assignment::Join { story: *story, why: (*why).to_owned(), also };
        return Decision { assignment, likely: None, follows, followed_by, almost: None };
    }
    let span = window.span();
    let is_near = |story| {
        begins(story).is_some_and(|it| entry.compared_from <= it && entry.published.since(it) <= span)
    };
    let verdict = window.nearest(features, entry.held_from, |it| is_open(it) && is_near(it));
    let per_mille = |it: f32| (it * 1_000.0) as u16;
    let likely = verdict.joins.as_ref().map(|it| per_mille(it.probability));
    let assignment = match verdict.joins {
        Some(Match { story, why, also, .. }) => Assignment::Join { story, why, also },
        None => Assignment::NewStory,
    };
    let almost = verdict.almost.filter(|_| assignment == Assignment::NewStory);
    let almost = almost.map(|(story, likely)| (story, per_mille(likely)));
    Decision { assignment, likely, follows: verdict.follows, followed_by: verdict.followed_by, almost }
}

/// The stories of other sources' entries with an entry's canonical URL, the one with the
/// earliest entry first.
///
/// A source that gives one address to several entries does not name an article
/// with it, so an address that the entry's own source has used before joins nothing, nor
/// does one under which the publisher of the address tells several stories. Of any other
/// source that does, nothing counts: it cannot keep others from an article that is not its own.
pub fn same_address<S: Copy + Eq>(entry: &Unassigned<'_>, candidates: &[Candidate<S>]) -> Vec<S> {
    let is_near = |it: &&Candidate<S>| {
        it.published.since(entry.published) <= SAME_URL_WINDOW
            && entry.published.since(it.published) <= SAME_URL_WINDOW
    };
    let mut near: Vec<&Candidate<S>> = candidates.iter().filter(is_near).collect();
    let mut told: HashMap<&SourceId, S> = HashMap::new();
    let again = near.iter().filter(|it| *told.entry(&it.source).or_insert(it.story) != it.story);
    let again: Vec<&Candidate<S>> = again.copied().collect();
    let is_of_own = candidates.iter().any(|it| it.source == *entry.source);
    if is_of_own || again.iter().any(|it| it.is_publisher) {
        return Vec::new();
    }
    near.retain(|it| again.iter().all(|again| again.source != it.source));
    near.sort_by_key(|it| (it.published, &it.source));
    let mut stories = Vec::new();
    for it in near {
        if !stories.contains(&it.story) {
            stories.push(it.story);
        }
    }
    stories
}

/// What decides which entry of a story speaks for it; the least one does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LeadRank {
    /// Whether it stands in the publisher's own feed, not in one that republishes or lists it.
    pub is_own: bool,
    /// From when on it is known to have been there, as far as its own word for that may be taken.
    pub counted: Timestamp,
    /// How far the operator trusts its source, in thousandths: it decides where nothing is known of
    /// which was there first but what each says.
    pub trust: u32,
    /// Its remembered date.
    pub published: Timestamp,
    /// Where it was polled.
    pub source: SourceId,
}

impl Ord for LeadRank {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |it: &Self| (!it.is_own, it.counted, Reverse(it.trust), it.published);
        key(self).cmp(&key(other)).then_with(|| self.source.cmp(&other.source))
    }
}

impl PartialOrd for LeadRank {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(others: &[(&str, i64, u8)], expected: &[u8]) {
        let source: SourceId = "a".parse().expect("a slug");
        let day = |day: i64| Timestamp::from_secs(day * 86_400);
        let candidates: Vec<_> = others
            .iter()
            .map(|(source, at, story)| Candidate {
                story: *story,
                source: source.parse().expect("a slug"),
                published: day(*at),
                is_publisher: *source == "own",
            })
            .collect();
        assert_eq!(
            same_address(
                &Unassigned {
                    source: &source,
                    published: day(100),
                    compared_from: day(0),
                    held_from: day(0)
                },
                &candidates
            ),
            expected
        );
    }

    #[test]
    fn the_same_address_elsewhere_is_the_same_story_for_thirty_days() {
        check(&[], &[]);
        check(&[("b", 99, 1)], &[1]);
        check(&[("b", 129, 1)], &[1]);
        check(&[("b", 69, 1)], &[]);
        check(&[("b", 99, 2), ("c", 98, 1)], &[1, 2]);
        check(&[("b", 99, 2), ("c", 98, 2)], &[2]);
    }

    #[test]
    fn an_address_that_a_source_repeats_joins_nothing() {
        check(&[("b", 99, 1), ("a", 99, 2)], &[]);
        check(&[("b", 99, 1), ("b", 98, 2)], &[]);
        check(&[("own", 99, 1), ("c", 98, 1), ("own", 90, 2)], &[]);
        // Only the publisher of the address says that no one article is there.
        check(&[("b", 99, 1), ("c", 98, 1), ("b", 90, 2)], &[1]);
        check(&[("own", 99, 1), ("b", 99, 1), ("b", 98, 2), ("d", 98, 3), ("d", 98, 4)], &[1]);
        // What a list told long ago does not keep others from what it tells today.
        check(&[("b", 99, 1), ("c", 98, 1), ("b", 9, 2)], &[1]);
        check(&[("b", 99, 1), ("b", 98, 1)], &[1]);
    }
}
