//! Inverse document frequency: how rare a term is, over the articles of the
//! background and the entries of the window.

use std::sync::LazyLock;

use foldhash::HashMap;

use super::background::BACKGROUND;
use super::features::EntryFeatures;
use super::term::Term;

/// Inverse document frequency of a term, from 0 for one that all entries have to 1.
pub(super) trait Idf {
    fn of(&self, term: Term) -> f32;
}

/// How many entries of the window have a term, and how many articles of the background.
pub(super) struct DocumentFrequencies {
    of_term: HashMap<Term, (u32, u16)>,
    entries: u32,
    /// Logarithm of all articles and entries, and what makes the rarity of a term that none has 1.
    log_all: f32,
    scale: f32,
}

/// Counts whose logarithm is looked up: every entry asks for those of ten thousand terms.
const LOOKED_UP: usize = 4_096;

/// The logarithm of how many have a term.
fn log(count: usize) -> f32 {
    static LOGS: LazyLock<[f32; LOOKED_UP]> = LazyLock::new(|| std::array::from_fn(of));
    fn of(count: usize) -> f32 {
        (count as f32 + 0.5).ln()
    }
    LOGS.get(count).copied().unwrap_or_else(|| of(count))
}

impl Default for DocumentFrequencies {
    fn default() -> Self {
        let mut found = Self { of_term: HashMap::default(), entries: 0, log_all: 0.0, scale: 0.0 };
        found.rescale();
        found
    }
}

impl DocumentFrequencies {
    fn rescale(&mut self) {
        let all = BACKGROUND.articles + self.entries as f32;
        (self.log_all, self.scale) = (all.ln(), 1.0 / (2.0 * all).ln());
    }

    pub(super) fn add(&mut self, features: &EntryFeatures) {
        self.entries += 1;
        self.rescale();
        for term in features.terms() {
            self.of_term.entry(*term).or_insert_with(|| (0, BACKGROUND.count(*term))).0 += 1;
        }
    }

    pub(super) fn subtract(&mut self, features: &EntryFeatures) {
        self.entries = self.entries.saturating_sub(1);
        self.rescale();
        for term in features.terms() {
            if let Some(count) = self.of_term.get_mut(term) {
                count.0 = count.0.saturating_sub(1);
                if count.0 == 0 {
                    self.of_term.remove(term);
                }
            }
        }
    }
}

impl Idf for DocumentFrequencies {
    fn of(&self, term: Term) -> f32 {
        let (held, known) = self.of_term.get(&term).copied().unwrap_or_else(|| (0, BACKGROUND.count(term)));
        let count = held as usize + usize::from(known);
        ((self.log_all - log(count)) * self.scale).max(0.0)
    }
}
