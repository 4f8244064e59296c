//! Which slots stand under which key: the lists of an inverted index, each in one piece of a common table,
//! since most of the many lists have one member and the few long ones are read most.

use foldhash::HashMap;

/// Lists of slots, each in the order in which they came.
#[derive(Default)]
pub(super) struct Postings {
    lists: HashMap<u32, PostingList>,
    /// The blocks of all lists. A block has room for a power of two.
    table: Vec<u32>,
    /// Where blocks begin that hold nothing, by the logarithm of their room.
    free: Vec<Vec<u32>>,
}

/// A list: where its block begins, and its length, of which the next power of two is the block's room.
#[derive(Clone, Copy)]
struct PostingList {
    at: u32,
    len: u32,
}

impl PostingList {
    /// The logarithm of its block's room.
    fn size(self) -> u32 {
        self.len.next_power_of_two().ilog2()
    }

    fn range(self) -> std::ops::Range<usize> {
        self.at as usize..(self.at + self.len) as usize
    }
}

impl Postings {
    /// Slots under a key.
    pub(super) fn len(&self, key: u32) -> usize {
        self.lists.get(&key).map_or(0, |it| it.len as usize)
    }

    /// The slots under a key, the latest first.
    pub(super) fn latest(&self, key: u32) -> impl Iterator<Item = u32> {
        let slots = self.lists.get(&key).map_or(&[][..], |it| &self.table[it.range()]);
        slots.iter().rev().copied()
    }

    pub(super) fn push(&mut self, key: u32, slot: u32) {
        let Some(before) = self.lists.get(&key).copied() else {
            let at = self.block(0);
            self.table[at as usize] = slot;
            self.lists.insert(key, PostingList { at, len: 1 });
            return;
        };
        let mut list = PostingList { len: before.len + 1, ..before };
        if list.size() != before.size() {
            list.at = self.block(list.size());
            self.table.copy_within(before.range(), list.at as usize);
            self.give_back(before.at, before.size());
        }
        self.table[list.range().end - 1] = slot;
        self.lists.insert(key, list);
    }

    pub(super) fn remove(&mut self, key: u32, slot: u32) {
        let Some(before) = self.lists.get(&key).copied() else { return };
        let Some(place) = self.table[before.range()].iter().rposition(|it| *it == slot) else { return };
        let range = before.range();
        self.table.copy_within(range.start + place + 1..range.end, range.start + place);
        let list = PostingList { len: before.len - 1, ..before };
        if list.len == 0 {
            self.give_back(before.at, 0);
            self.lists.remove(&key);
            return;
        }
        if list.size() != before.size() {
            // The latter half of the block.
            self.give_back(list.at + (1 << list.size()), list.size());
        }
        self.lists.insert(key, list);
    }

    /// Keeps the slots that are to stay, and gives back what the others took.
    pub(super) fn retain(&mut self, stays: impl Fn(u32) -> bool) {
        let before = std::mem::take(self);
        for (key, list) in &before.lists {
            let slots = before.table[list.range()].iter().filter(|it| stays(**it));
            slots.for_each(|it| self.push(*key, *it));
        }
    }

    /// A block of such a size.
    fn block(&mut self, size: u32) -> u32 {
        if let Some(at) = self.free.get_mut(size as usize).and_then(Vec::pop) {
            return at;
        }
        let (at, room) = (self.table.len(), 1 << size);
        if self.table.capacity() < at + room {
            // In small steps: a table that doubles stands half empty.
            self.table.reserve_exact(room.max(at / 8));
        }
        self.table.resize(at + room, 0);
        at as u32
    }

    fn give_back(&mut self, at: u32, size: u32) {
        let sizes = self.free.len().max(size as usize + 1);
        self.free.resize_with(sizes, Vec::new);
        self.free[size as usize].push(at);
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
        let held = postings.table.len();
        postings.push(2, 14);
        assert_eq!(postings.table.len(), held);
        postings.push(1, 15);
        postings.push(3, 16);
        check(&postings, 1, &[15, 12, 10]);
        postings.retain(|it| it != 12);
        check(&postings, 1, &[15, 10]);
        check(&postings, 3, &[16]);
    }

    #[test]
    fn lists_that_grow_and_shrink_at_chance_hold_what_was_put_there() {
        let mut state = 3_u32;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let (mut postings, mut expected) = (Postings::default(), vec![Vec::new(); 5]);
        for slot in 0..4_000 {
            let key = next(5);
            let list = &mut expected[key as usize];
            if 0 < next(2 + slot / 1_000) || list.is_empty() {
                list.push(slot);
                postings.push(key, slot);
            } else {
                let gone = list.remove(next(list.len() as u32) as usize);
                postings.remove(key, gone);
            }
            let latest: Vec<u32> = list.iter().rev().copied().collect();
            check(&postings, key, &latest);
        }
        let room: usize = expected.iter().map(|it| it.len().next_power_of_two()).sum();
        let free: usize = postings.free.iter().enumerate().map(|(size, it)| it.len() << size).sum();
        assert_eq!(postings.table.len(), room + free, "no block is lost");
    }
}
