//! Which slots stand under which key: the lists of an inverted index, kept in two tables, since most of
//! the many lists have one member.

use foldhash::HashMap;

/// The end of a list.
const END: u32 = u32::MAX;

/// Lists of slots, the latest of each first.
#[derive(Default)]
pub(super) struct Postings {
    lists: HashMap<u32, PostingList>,
    links: Vec<Posting>,
    /// The first of the links that hold nothing.
    free: Option<u32>,
}

#[derive(Clone, Copy)]
struct PostingList {
    latest: u32,
    len: u32,
}

#[derive(Clone, Copy)]
struct Posting {
    slot: u32,
    /// The link of the slot that was added before under the same key.
    before: u32,
}

impl Postings {
    /// Slots under a key.
    pub(super) fn len(&self, key: u32) -> usize {
        self.lists.get(&key).map_or(0, |it| it.len as usize)
    }

    /// The slots under a key, the latest first.
    pub(super) fn latest(&self, key: u32) -> impl Iterator<Item = u32> {
        let mut at = self.lists.get(&key).map_or(END, |it| it.latest);
        std::iter::from_fn(move || {
            let link = self.links.get(at as usize)?;
            at = link.before;
            Some(link.slot)
        })
    }

    pub(super) fn push(&mut self, key: u32, slot: u32) {
        let list = self.lists.entry(key).or_insert(PostingList { latest: END, len: 0 });
        let link = Posting { slot, before: list.latest };
        list.len += 1;
        list.latest = match self.free {
            Some(free) => {
                let held = &mut self.links[free as usize];
                self.free = (held.before != END).then_some(held.before);
                *held = link;
                free
            }
            None => {
                self.links.push(link);
                (self.links.len() - 1) as u32
            }
        };
    }

    pub(super) fn remove(&mut self, key: u32, slot: u32) {
        let Some(list) = self.lists.get_mut(&key) else { return };
        let (mut later, mut at) = (None::<u32>, list.latest);
        while at != END {
            let link = self.links[at as usize];
            if link.slot == slot {
                match later {
                    Some(later) => self.links[later as usize].before = link.before,
                    None => list.latest = link.before,
                }
                list.len -= 1;
                self.links[at as usize].before = self.free.unwrap_or(END);
                self.free = Some(at);
                break;
            }
            (later, at) = (Some(at), link.before);
        }
        if list.len == 0 {
            self.lists.remove(&key);
        }
    }

    /// Keeps the slots that are to stay, and gives back what the others took.
    pub(super) fn retain(&mut self, stays: impl Fn(u32) -> bool) {
        let before = std::mem::take(self);
        for key in before.lists.keys() {
            let slots: Vec<u32> = before.latest(*key).filter(|it| stays(*it)).collect();
            slots.into_iter().rev().for_each(|it| self.push(*key, it));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(postings: &Postings, key: u32, expected: &[u32]) {
        assert_eq!(postings.latest(key).collect::<Vec<_>>(), expected);
        assert_eq!(postings.len(key), expected.len());
    }

    #[test]
    fn the_latest_comes_first_and_what_is_removed_leaves_no_gap() {
        let mut postings = Postings::default();
        for (key, slot) in [(1, 10), (2, 10), (1, 11), (1, 12), (2, 13)] {
            postings.push(key, slot);
        }
        check(&postings, 1, &[12, 11, 10]);
        postings.remove(1, 11);
        postings.remove(1, 99);
        postings.remove(2, 13);
        postings.remove(2, 10);
        check(&postings, 1, &[12, 10]);
        check(&postings, 2, &[]);
        let held = postings.links.len();
        postings.push(2, 14);
        postings.push(1, 15);
        postings.push(3, 16);
        assert_eq!(postings.links.len(), held);
        check(&postings, 1, &[15, 12, 10]);
        postings.retain(|it| it != 12);
        check(&postings, 1, &[15, 10]);
        check(&postings, 3, &[16]);
        assert_eq!(postings.links.len(), 4);
    }
}
