//! How much of a story is read for its topics, and how many it has.

use crate::text::phrase::Words;

/// Topics of a story.
pub(super) const TOPICS_MAX: usize = 5;

/// Words of all texts that are searched.
const WORDS_MAX: usize = 6_000;

/// The words of texts, to look for topics in.
pub(in crate::curate) fn words_of<'a>(texts: impl Iterator<Item = &'a str>) -> Words<'a> {
    Words::of(texts, WORDS_MAX)
}
