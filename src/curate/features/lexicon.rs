//! Classes of words that tell what a sentence is for.

use std::sync::LazyLock;

use foldhash::HashMap;

/// Classes of words, each a bit.
pub(super) struct Lexicon {
    pub(super) classes: Vec<&'static str>,
    pub(super) by_word: HashMap<&'static str, u64>,
}

impl Lexicon {
    /// The bit of a class; 0 for an unknown one.
    pub(super) fn class(&self, name: &str) -> u64 {
        self.classes.iter().position(|it| *it == name).map_or(0, |it| 1 << it)
    }
}

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon { classes: Vec::new(), by_word: HashMap::default() };
    for line in include_str!("lexicon.txt").lines().filter(|it| !it.is_empty() && !it.starts_with('#')) {
        match line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            Some(class) => lexicon.classes.push(class),
            None => {
                let bit = 1 << (lexicon.classes.len() - 1);
                *lexicon.by_word.entry(line).or_default() |= bit;
            }
        }
    }
    lexicon
});
