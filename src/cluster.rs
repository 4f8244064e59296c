//! Decides which entries are one story.
//!
//! An entry with the canonical URL of another source's entry, published within
//! 30 days of it, is the same story; every other entry founds its own. The
//! decision is pure: candidates come from an index, never from a scan.

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
}

/// Where an entry belongs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Assignment<S> {
    /// To a story that exists, and why, in words for the operator.
    Join(S, &'static str),
    /// To a story of its own.
    Found,
}

/// Assigns one entry, given every assigned entry with its canonical URL.
///
/// A source that gives one address to several entries does not name an article
/// with it, so an address that the entry's own source has used before joins nothing.
pub fn assign<S: Clone>(entry: &Unassigned<'_>, candidates: &[Candidate<S>]) -> Assignment<S> {
    if candidates.iter().any(|it| it.source == *entry.source) {
        return Assignment::Found;
    }
    let is_near = |it: &&Candidate<S>| {
        it.published.since(entry.published) <= SAME_URL_WINDOW
            && entry.published.since(it.published) <= SAME_URL_WINDOW
    };
    candidates
        .iter()
        .filter(is_near)
        .min_by_key(|it| it.published)
        .map_or(Assignment::Found, |it| Assignment::Join(it.story.clone(), "same canonical URL"))
}

/// What decides which entry of a story speaks for it; the least one does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Voice {
    /// Whether it stands in the publisher's own feed, not in one that republishes or lists it.
    pub is_own: bool,
    /// Its remembered date.
    pub published: Timestamp,
    /// Where it was polled.
    pub source: SourceId,
}

impl Ord for Voice {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |it: &Self| (!it.is_own, it.published);
        key(self).cmp(&key(other)).then_with(|| self.source.cmp(&other.source))
    }
}

impl PartialOrd for Voice {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(others: &[(&str, i64, u8)], expected: Assignment<u8>) {
        let source: SourceId = "a".parse().expect("a slug");
        let day = |day: i64| Timestamp::from_secs(day * 86_400);
        let candidates: Vec<_> = others
            .iter()
            .map(|(source, at, story)| Candidate {
                story: *story,
                source: source.parse().expect("a slug"),
                published: day(*at),
            })
            .collect();
        assert_eq!(assign(&Unassigned { source: &source, published: day(100) }, &candidates), expected);
    }

    #[test]
    fn the_same_address_elsewhere_is_the_same_story_for_thirty_days() {
        check(&[], Assignment::Found);
        check(&[("b", 99, 1)], Assignment::Join(1, "same canonical URL"));
        check(&[("b", 129, 1)], Assignment::Join(1, "same canonical URL"));
        check(&[("b", 69, 1)], Assignment::Found);
        check(&[("b", 99, 2), ("c", 98, 1)], Assignment::Join(1, "same canonical URL"));
    }

    #[test]
    fn an_address_that_a_source_repeats_joins_nothing() {
        check(&[("b", 99, 1), ("a", 99, 2)], Assignment::Found);
    }
}
