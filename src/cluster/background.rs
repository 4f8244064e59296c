//! How often words occur in tech news at large, so that what is rare is known before the window
//! holds many entries, and does not depend much on what it holds.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use foldhash::HashMap;

use crate::text::word::Language;

use super::term::Term;
use super::term::Vocabulary;
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

/// The same for a word that always begins in upper case: a name in few articles may be that of a
/// person, of whom the table should say nothing.
const NAME_COUNT_MIN: u16 = 10;

/// What looks like two words without their blank, and stands in fewer articles, is taken for that.
const WHOLE_COUNT_MIN: u16 = 20;

/// What is known of a term while articles are counted.
#[derive(Default)]
struct Counted {
    /// Articles that have it.
    articles: u16,
    /// How many of them have each form of it, the first one counting.
    forms: BTreeMap<String, u16>,
    /// Whether it ever begins in lower case, or with a digit.
    is_no_name: bool,
}

impl Counted {
    /// Its commonest form, if it may stand in the table.
    fn shown(&self, is_word: impl Fn(&str) -> bool) -> Option<&str> {
        let (form, _) = self.forms.iter().max_by_key(|it| (it.1, Reverse(it.0)))?;
        let least = if self.is_no_name { COUNT_MIN } else { NAME_COUNT_MIN };
        let is_whole = WHOLE_COUNT_MIN <= self.articles || !is_run_together(form, is_word);
        (least <= self.articles && is_whole).then_some(form)
    }
}

/// Whether it is an article and a word, or a word and an article: "fromthe", "the2026".
fn is_run_together(form: &str, is_word: impl Fn(&str) -> bool) -> bool {
    let parts = [form.strip_prefix("the"), form.strip_suffix("the")];
    parts.into_iter().flatten().any(|it| 1 < it.len() && (it.parse::<u32>().is_ok() || is_word(it)))
}

/// The table for some articles, each a headline and a text.
pub fn count<'a>(articles: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    /// Words that are read of an article.
    const WORDS_MAX: usize = 400;
    let mut terms = Vocabulary::default();
    let mut counts: BTreeMap<Term, Counted> = BTreeMap::new();
    let mut all = 0;
    for (title, text) in articles {
        all += 1;
        let of_title = words(&mut terms, title, WORDS_MAX);
        let of_text = words(&mut terms, text, WORDS_MAX);
        let mut seen = BTreeSet::new();
        for word in of_title.iter().chain(&of_text) {
            let Some(term) = word.lemma.term else { continue };
            let lower = word.shown.to_lowercase().replace('’', "'");
            // What the table is read by; a place stands for several words.
            if term_of(&lower) != Some(term) {
                continue;
            }
            let known = counts.entry(term).or_default();
            known.is_no_name |= !word.shown.starts_with(char::is_uppercase);
            if seen.insert(term) {
                known.articles = known.articles.saturating_add(1);
                *known.forms.entry(lower).or_default() += 1;
            }
        }
    }
    let mut lines: BTreeMap<Reverse<u16>, Vec<&str>> = BTreeMap::new();
    let is_word = |it: &str| {
        // "theft": two letters that are no stop word may stand for anything.
        Language::English.is_stop_word(it)
            || 2 < it.len()
                && term_of(it).and_then(|it| counts.get(&it)).is_some_and(|it| COUNT_MIN <= it.articles)
    };
    for it in counts.values() {
        lines.entry(Reverse(it.articles)).or_default().extend(it.shown(is_word));
    }
    lines.retain(|_, words| !words.is_empty());
    let mut table = format!("{all}\n");
    for (count, mut words) in lines {
        words.sort_unstable();
        table.push_str(&format!("{} {}\n", count.0, words.join(" ")));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_names_and_words_run_together_are_not_counted() {
        let few = "The mill of Okonkwo grinds fromthe river, thenew wheel theft";
        let articles = std::iter::repeat_n((few, ""), usize::from(COUNT_MIN));
        let others = std::iter::repeat_n(("Varn opened a new bakery", ""), usize::from(NAME_COUNT_MIN));
        assert_eq!(
            count(articles.chain(others)),
            "16\n10 bakery new opened varn\n6 grinds mill river theft wheel\n"
        );
    }
}
