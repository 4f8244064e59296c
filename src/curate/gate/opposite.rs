//! Words and their opposites.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::word_list;

/// The pair of opposites that quantities rise and fall by.
pub(super) const OF_QUANTITIES: usize = 0;

/// Each word with its pair and whether it is of the pair's first side.
static SIDES: LazyLock<HashMap<&str, (usize, bool)>> = LazyLock::new(|| {
    let mut sides = HashMap::new();
    for (pair, (first, second)) in word_list::pairs(include_str!("opposites.txt")).enumerate() {
        for (words, is_first) in [(first, true), (second, false)] {
            for word in words.split_whitespace() {
                // "Drop" is in two pairs; the first one counts.
                sides.entry(word).or_insert((pair, is_first));
            }
        }
    }
    sides
});

/// Which pair of opposites a word in lower case belongs to, and whether to its first side.
pub(super) fn side(lower: &str) -> Option<(usize, bool)> {
    SIDES.get(lower).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_two_pairs_belongs_to_the_first() {
        assert_eq!(side("rose"), Some((OF_QUANTITIES, true)));
        assert_eq!(side("drop"), Some((OF_QUANTITIES, false)));
        assert_eq!(side("add").map(|it| it.0), side("removed").map(|it| it.0));
        assert_eq!(side("radio"), None);
    }
}
