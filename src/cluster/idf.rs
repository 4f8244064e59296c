//! Inverse document frequency: how rare a term is, over the articles of the
//! background and the entries of the window.

use foldhash::HashMap;

use super::background::BACKGROUND;
use super::features::EntryFeatures;
use super::term::Term;

/// Inverse document frequency of a term, from 0 for one that all entries have to 1.
pub(super) trait Idf {
    fn of(&self, term: Term) -> f32;
}

/// How many entries of the window have a term, and how many articles of the background.
#[derive(Default)]
pub(super) struct DocumentFrequencies {
    of_term: HashMap<Term, (u32, u16)>,
    entries: u32,
}

impl DocumentFrequencies {
    pub(super) fn add(&mut self, features: &EntryFeatures) {
        self.entries += 1;
        for term in features.terms() {
            self.of_term.entry(*term).or_insert_with(|| (0, BACKGROUND.count(*term))).0 += 1;
        }
    }

    pub(super) fn subtract(&mut self, features: &EntryFeatures) {
        self.entries = self.entries.saturating_sub(1);
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
        let all = BACKGROUND.articles + self.entries as f32;
        let most = (2.0 * all).ln();
        ((all / (held as f32 + f32::from(known) + 0.5)).ln() / most).max(0.0)
    }
}
