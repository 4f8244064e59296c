//! Stories as lists show them, and pages of long lists.

use std::collections::HashSet;

use crate::domain::Family;
use crate::domain::Rights;
use crate::publish::page::Leaf;
use crate::publish::page::ListedStory;
use crate::store::EntryRow;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::snapshot::SiteSnapshot;

/// Which part of a list is shown, and how its pages go on. Pages are numbered from the oldest, so that
/// they stay what they are; the newest stories stand on the list's own page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ListSpan {
    /// Stories that are newer.
    pub(super) skip: usize,
    /// Stories on the page.
    pub(super) take: usize,
    /// Number of the next newer page; `Some(None)` is the list's own.
    pub(super) newer: Option<Option<usize>>,
    /// Number of the next older page.
    pub(super) older: Option<usize>,
}

impl ListSpan {
    /// The part of `total` stories that page `page` shows, at `size` a page; `None` for the list's own
    /// page, which has those that fill no page of their own too. `None` where there is no such page.
    pub(super) fn of(total: usize, size: usize, page: Option<usize>) -> Option<Self> {
        let full = (total / size).saturating_sub(1);
        match page {
            None => {
                let take = total - full * size;
                Some(Self { skip: 0, take, newer: None, older: (0 < full).then_some(full) })
            }
            Some(n) if 1 <= n && n <= full => Some(Self {
                skip: total - n * size,
                take: size,
                newer: Some((n < full).then_some(n + 1)),
                older: (1 < n).then(|| n - 1),
            }),
            Some(_) => None,
        }
    }

    /// What the page of the list at `root` shows, and where it goes on.
    pub(super) fn leaf<'a>(&self, root: &str, page: Option<&str>, stories: &'a [ListedStory]) -> Leaf<'a> {
        let path = |n: usize| format!("{root}/{n}");
        Leaf {
            stories,
            path: page.map_or_else(|| root.to_owned(), |it| format!("{root}/{it}")),
            newer: self.newer.map(|it| it.map_or_else(|| root.to_owned(), path)),
            older: self.older.map(path),
        }
    }

    /// The numbers of all pages but the list's own.
    pub(super) fn numbers(total: usize, size: usize) -> std::ops::RangeInclusive<usize> {
        1..=(total / size).saturating_sub(1)
    }
}

/// The part of a list that a page, as paths spell its number, shows.
pub(super) fn wanted_span(total: usize, size: usize, page: Option<&str>) -> Option<ListSpan> {
    let Some(text) = page else { return ListSpan::of(total, size, None) };
    let number = text.parse().ok().filter(|it: &usize| it.to_string() == text)?;
    ListSpan::of(total, size, Some(number))
}

impl SiteSnapshot<'_> {
    /// Stories with what lists say of them. One of which nothing may be shown is left out.
    pub(super) fn listed(&self, stories: &[StoryRow]) -> Result<Vec<ListedStory>, StoreError> {
        let mut listed = Vec::with_capacity(stories.len());
        for story in stories {
            let Some(item) = self.items(std::slice::from_ref(story))?.pop() else { continue };
            // One publisher's own story needs no look at its members.
            let coverage = match item.bylines.len() {
                1 => 1,
                _ => self.coverage(&self.store.member_entries(story.id)?),
            };
            listed.push(ListedStory { item, coverage });
        }
        Ok(listed)
    }

    /// Publishers that tell a story independently: those of one family count once, copies not at all.
    fn coverage(&self, members: &[EntryRow]) -> usize {
        let own = members.iter().filter(|it| it.copy_of.is_none()).filter_map(|it| self.credits.of(it));
        let families: HashSet<Family> =
            own.filter(|it| it.byline.rights < Rights::Drop).map(|it| self.credits.family(&it)).collect();
        families.len().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stories on each page, from the list's own to the oldest.
    #[track_caller]
    fn check(total: usize, size: usize, expected: &[(usize, usize)]) {
        let mut pages = Vec::new();
        let mut page = None;
        loop {
            let span = ListSpan::of(total, size, page).expect("a page that another leads to");
            pages.push((span.skip, span.take));
            let Some(older) = span.older else { break };
            let back = ListSpan::of(total, size, Some(older)).and_then(|it| it.newer);
            assert_eq!(back, Some(page), "the older page leads back");
            page = Some(older);
        }
        assert_eq!(pages, expected);
        assert_eq!(ListSpan::numbers(total, size).count(), pages.len() - 1);
    }

    #[test]
    fn every_story_stands_on_one_page() {
        check(0, 3, &[(0, 0)]);
        check(2, 3, &[(0, 2)]);
        check(5, 3, &[(0, 5)]);
        check(6, 3, &[(0, 3), (3, 3)]);
        check(8, 3, &[(0, 5), (5, 3)]);
        check(10, 3, &[(0, 4), (4, 3), (7, 3)]);
    }

    #[test]
    fn a_page_keeps_its_stories_while_the_list_grows() {
        let oldest = |total: usize| {
            let span = ListSpan::of(total, 3, Some(1)).expect("a first page");
            total - span.skip - span.take
        };
        assert_eq!((oldest(6), oldest(7), oldest(30)), (0, 0, 0));
        assert_eq!(ListSpan::of(5, 3, Some(1)), None);
        assert_eq!(ListSpan::of(9, 3, Some(0)), None);
    }
}
