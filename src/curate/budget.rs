//! How much of each publisher's text a briefing may show word for word.

use std::collections::BTreeMap;

use crate::config::Excerpt;
use crate::config::Source;
use crate::domain::Member;
use crate::domain::SnapshotFrom;
use crate::text::word;

use super::reading::MemberSentence;

/// Where a source sets no limits of its own.
pub const USUAL: Excerpt = Excerpt { words: 120, run: 75 };
/// Of a text fetched from an article's page, one word in this many.
pub const PAGE_SHARE: usize = 5;

/// Which limits apply.
#[derive(Clone, Copy, Debug)]
pub enum Budget<'a> {
    /// Per publisher and story, as these sources (else the usual limits) allow.
    Excerpts(&'a [Source]),
    /// None: for evaluation only.
    Unlimited,
}

/// What has been spent of a story's budget.
pub(super) struct ExcerptUsage<'a> {
    members: &'a [Member],
    /// What may be shown of each member's source; `None` without any limit.
    excerpts: Option<Vec<Excerpt>>,
    /// Words in each page's text; 0 where it was not fetched from a page.
    page_words: Vec<usize>,
    by_publisher: BTreeMap<&'a str, usize>,
    by_member: BTreeMap<usize, usize>,
    /// Words of each sentence shown, by (member, index).
    shown: BTreeMap<(usize, usize), usize>,
}

impl<'a> ExcerptUsage<'a> {
    pub(super) fn nothing(budget: Budget<'a>, members: &'a [Member]) -> Self {
        let page_words = members
            .iter()
            .map(|it| match &it.snapshot {
                Some(it) if it.from == SnapshotFrom::Page => word::count(&it.text),
                _ => 0,
            })
            .collect();
        let excerpts = match budget {
            Budget::Excerpts(sources) => {
                let source = |it: &Member| sources.iter().find(|source| source.id == it.source);
                Some(members.iter().map(|it| source(it).map_or(USUAL, |it| it.excerpt)).collect())
            }
            Budget::Unlimited => None,
        };
        Self {
            members,
            excerpts,
            page_words,
            by_publisher: BTreeMap::new(),
            by_member: BTreeMap::new(),
            shown: BTreeMap::new(),
        }
    }

    /// Whether there is any limit.
    pub(super) fn is_limited(&self) -> bool {
        self.excerpts.is_some()
    }

    /// Whether the sentence fits into what is left.
    pub(super) fn affords(&self, it: &MemberSentence) -> bool {
        let Some(excerpts) = &self.excerpts else { return true };
        if self.shown.contains_key(&(it.member, it.index)) {
            return true;
        }
        let excerpt = excerpts[it.member];
        if excerpt.words < self.of_publisher(it.member) + it.words {
            return false;
        }
        if !self.is_of_page(it) {
            return true;
        }
        (self.of_member(it.member) + it.words) * PAGE_SHARE <= self.page_words[it.member]
            && self.run_with(it) <= excerpt.run
    }

    /// Whether about half of the publisher's words are left once the sentence is shown.
    pub(super) fn leaves_half(&self, it: &MemberSentence) -> bool {
        let Some(excerpts) = &self.excerpts else { return true };
        let words = excerpts[it.member].words;
        2 * (self.of_publisher(it.member) + it.words) <= words
            && (!self.is_of_page(it)
                || 2 * (self.of_member(it.member) + it.words) <= self.page_words[it.member] / PAGE_SHARE)
    }

    /// Whether the sentence is known from the article's page alone.
    fn is_of_page(&self, it: &MemberSentence) -> bool {
        self.is_page(it.member) && !it.is_fed
    }

    fn is_page(&self, member: usize) -> bool {
        self.members[member].snapshot.as_ref().is_some_and(|it| it.from == SnapshotFrom::Page)
    }

    /// Words shown of the member's publisher.
    fn of_publisher(&self, member: usize) -> usize {
        self.by_publisher.get(self.members[member].byline.name.as_str()).copied().unwrap_or(0)
    }

    fn of_member(&self, member: usize) -> usize {
        self.by_member.get(&member).copied().unwrap_or(0)
    }

    /// Counts the sentence as shown.
    pub(super) fn spend(&mut self, it: &MemberSentence) {
        if self.shown.insert((it.member, it.index), it.words).is_none() {
            *self.by_publisher.entry(self.members[it.member].byline.name.as_str()).or_default() += it.words;
            if self.is_of_page(it) {
                *self.by_member.entry(it.member).or_default() += it.words;
            }
        }
    }

    /// Words of the unbroken run of sentences that this one would stand in.
    fn run_with(&self, it: &MemberSentence) -> usize {
        let words = |index: usize| self.shown.get(&(it.member, index)).copied();
        let before: usize = (0..it.index).rev().map_while(words).sum();
        let after: usize = (it.index + 1..).map_while(words).sum();
        before + it.words + after
    }
}
