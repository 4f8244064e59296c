//! How often words occur in tech news at large, so that what is rare is known before the window
//! holds many entries, and does not depend much on what it holds.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use foldhash::HashMap;

use super::term::Term;
use super::term::Terms;
use super::term::term_of;
use super::term::words;

/// Each line is a number of articles and the words that so many have; the first line is the
/// number of articles that were counted. Written by `benches/matching`.
const TABLE: &str = include_str!("background.txt");

/// Articles that were counted, and how many of them have each term that is not rare.
pub(super) struct Background {
    /// How many articles were counted.
    pub(super) articles: f32,
    counts: HashMap<Term, u16>,
}

impl Background {
    /// How many of the articles have a term; 0 when few have it.
    pub(super) fn count(&self, term: Term) -> u16 {
        self.counts.get(&term).copied().unwrap_or_default()
    }

    fn read(table: &str) -> Self {
        let mut lines = table.lines();
        let articles = lines.next().and_then(|it| it.parse().ok()).unwrap_or(1.0);
        let mut counts = HashMap::default();
        for line in lines {
            let mut words = line.split(' ');
            let Some(count) = words.next().and_then(|it| it.parse().ok()) else { continue };
            counts.extend(words.filter_map(term_of).map(|it| (it, count)));
        }
        Self { articles, counts }
    }
}

/// What stands in the table.
pub(super) static BACKGROUND: LazyLock<Background> = LazyLock::new(|| Background::read(TABLE));

/// Articles that must have a word for it to stand in the table: fewer, and the word may be the name of
/// one event.
const COUNT_MIN: u16 = 6;

/// The table for some articles, each a headline and a text.
pub fn count<'a>(articles: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    /// Words that are read of an article.
    const WORDS_MAX: usize = 400;
    let mut terms = Terms::default();
    let mut counts: BTreeMap<Term, (u16, BTreeMap<String, u16>)> = BTreeMap::new();
    let mut all = 0;
    for (title, text) in articles {
        all += 1;
        let of_title = words(&mut terms, title, WORDS_MAX);
        let of_text = words(&mut terms, text, WORDS_MAX);
        let mut seen = BTreeSet::new();
        for word in of_title.iter().chain(&of_text) {
            let Some(term) = word.sense.term else { continue };
            let lower = word.shown.to_lowercase().replace('’', "'");
            // What the table is read by; a place stands for several words.
            if term_of(&lower) != Some(term) || !seen.insert(term) {
                continue;
            }
            let known = counts.entry(term).or_default();
            known.0 = known.0.saturating_add(1);
            *known.1.entry(lower).or_default() += 1;
        }
    }
    let mut lines: BTreeMap<Reverse<u16>, Vec<&str>> = BTreeMap::new();
    for (count, forms) in counts.values().filter(|it| COUNT_MIN <= it.0) {
        let commonest = forms.iter().max_by_key(|it| (it.1, Reverse(it.0)));
        lines.entry(Reverse(*count)).or_default().extend(commonest.map(|it| it.0.as_str()));
    }
    let mut table = format!("{all}\n");
    for (count, mut words) in lines {
        words.sort_unstable();
        table.push_str(&format!("{} {}\n", count.0, words.join(" ")));
    }
    table
}
