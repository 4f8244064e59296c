//! Lists of words kept as text files: one entry a line, in lower case unless the list says
//! otherwise; empty lines and lines that begin with `#` are comments.

use std::sync::OnceLock;

use foldhash::HashSet;

/// A set of words from a text file, read when it is first asked.
#[derive(Debug)]
pub struct WordList {
    text: &'static str,
    words: OnceLock<HashSet<&'static str>>,
}

impl WordList {
    /// The list that `text` holds, as `include_str!` gives it.
    pub const fn new(text: &'static str) -> Self {
        Self { text, words: OnceLock::new() }
    }

    /// Whether the word is in the list, exactly as written.
    pub fn contains(&self, word: &str) -> bool {
        self.words.get_or_init(|| entries(self.text).collect()).contains(word)
    }
}

/// The entries of a list, in its order.
pub fn entries(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'))
}

/// The entries of a list of pairs: two sides with an equals sign between them, a word or a
/// phrase each.
///
/// A line without the sign is a pair with an empty second side.
pub fn pairs(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    entries(text).map(|it| it.split_once('=').unwrap_or((it, ""))).map(|(a, b)| (a.trim(), b.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_are_no_entries() {
        const TEXT: &str = "# What it is for.\n\nlead\n  dateline\nnew york = city\n";
        let list = WordList::new(TEXT);
        assert!(list.contains("lead") && list.contains("dateline"));
        assert!(!list.contains("") && !list.contains("# What it is for.") && !list.contains("Lead"));
        assert_eq!(pairs(TEXT).last(), Some(("new york", "city")));
    }
}
