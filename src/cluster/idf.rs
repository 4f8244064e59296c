//! Inverse document frequency: how rare a term is, over the articles of the
//! background and the entries of the window.

use std::sync::LazyLock;

use foldhash::HashMap;

use super::background::BACKGROUND;
use super::features::EntryFeatures;
use super::term::Term;
use super::term_flags::TermFlags;

/// Inverse document frequency of a term, from 0 for one that all entries have to 1.
pub(super) trait Idf {
    fn of(&self, term: Term) -> f32;
}

/// Terms that a window holds at most: a number for more does not fit beside its flags. Entries
/// with further ones are compared without these.
const TERMS_MAX: usize = 1 << (u32::BITS - FLAGS_BITS);
/// Bits of the flags of a term.
const FLAGS_BITS: u32 = 10;

/// A term of an entry of the window: its number there, and its flags.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldTerm(u32);

impl HeldTerm {
    fn new(number: u32, flags: TermFlags) -> Self {
        Self(number << FLAGS_BITS | flags.pack())
    }

    pub(super) fn number(self) -> u32 {
        self.0 >> FLAGS_BITS
    }

    pub(super) fn flags(self) -> TermFlags {
        TermFlags::unpack(self.0 & ((1 << FLAGS_BITS) - 1))
    }
}

/// The terms of the window, numbered: how many entries have each, and how many articles of the background.
pub(super) struct DocumentFrequencies {
    numbers: HashMap<Term, u32>,
    /// By number.
    rows: Vec<TermRow>,
    /// By number, the logarithm of how many entries and articles have it: all that a comparison looks up,
    /// so that it stays in the processor's cache.
    logs: Vec<f32>,
    /// Numbers that stand for no term.
    free: Vec<u32>,
    entries: u32,
    /// Logarithm of all articles and entries, and what makes the rarity of a term that none has 1.
    log_all: f32,
    scale: f32,
}

#[derive(Clone, Copy)]
struct TermRow {
    term: Term,
    /// Entries of the window that have it, and articles of the background.
    held: u32,
    known: u16,
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
        let mut found = Self {
            numbers: HashMap::default(),
            rows: Vec::new(),
            logs: Vec::new(),
            free: Vec::new(),
            entries: 0,
            log_all: 0.0,
            scale: 0.0,
        };
        found.rescale();
        found
    }
}

impl DocumentFrequencies {
    fn rescale(&mut self) {
        let all = BACKGROUND.articles + self.entries as f32;
        (self.log_all, self.scale) = (all.ln(), 1.0 / (2.0 * all).ln());
    }

    /// Counts an entry, and returns its terms as the window holds them, in their order.
    pub(super) fn add(&mut self, features: &EntryFeatures) -> Box<[HeldTerm]> {
        self.entries += 1;
        self.rescale();
        let mut terms = Vec::with_capacity(features.terms.len());
        for (term, flags) in &features.terms {
            let Some(number) = self.number_for(*term) else { continue };
            self.count(number, |held| held + 1);
            terms.push(HeldTerm::new(number, *flags));
        }
        terms.into()
    }

    /// No longer counts an entry, and returns its terms, in their order.
    pub(super) fn subtract(&mut self, terms: &[HeldTerm]) -> Box<[(Term, TermFlags)]> {
        self.entries = self.entries.saturating_sub(1);
        self.rescale();
        let subtract = |it: &HeldTerm| {
            let (number, term) = (it.number(), self.term(*it));
            if self.count(number, |held| held.saturating_sub(1)) == 0 {
                self.numbers.remove(&term);
                self.free.push(number);
            }
            (term, it.flags())
        };
        terms.iter().map(subtract).collect()
    }

    /// Changes how many entries have a term, and returns that.
    fn count(&mut self, number: u32, change: impl FnOnce(u32) -> u32) -> u32 {
        let row = &mut self.rows[number as usize];
        row.held = change(row.held);
        self.logs[number as usize] = log(row.held as usize + usize::from(row.known));
        row.held
    }

    /// The number of a term that is to be held.
    fn number_for(&mut self, term: Term) -> Option<u32> {
        if let Some(number) = self.number(term) {
            return Some(number);
        }
        let row = TermRow { term, held: 0, known: BACKGROUND.count(term) };
        let number = match self.free.pop() {
            Some(number) => {
                self.rows[number as usize] = row;
                number
            }
            None if self.rows.len() < TERMS_MAX => {
                self.rows.push(row);
                self.logs.push(0.0);
                (self.rows.len() - 1) as u32
            }
            None => return None,
        };
        self.numbers.insert(term, number);
        Some(number)
    }

    /// The number of a term that an entry of the window has.
    pub(super) fn number(&self, term: Term) -> Option<u32> {
        self.numbers.get(&term).copied()
    }

    /// Above all numbers.
    pub(super) fn numbers_end(&self) -> usize {
        self.rows.len()
    }

    /// The term of a number.
    pub(super) fn term(&self, held: HeldTerm) -> Term {
        self.rows[held.number() as usize].term
    }

    /// As [`Idf::of`], of a term of the window.
    pub(super) fn of_held(&self, held: HeldTerm) -> f32 {
        self.weight(self.logs[held.number() as usize])
    }

    fn weight(&self, log: f32) -> f32 {
        ((self.log_all - log) * self.scale).max(0.0)
    }
}

impl Idf for DocumentFrequencies {
    fn of(&self, term: Term) -> f32 {
        let log = match self.number(term) {
            Some(number) => self.logs[number as usize],
            None => log(usize::from(BACKGROUND.count(term))),
        };
        self.weight(log)
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::EntryText;
    use super::super::term::Vocabulary;
    use super::super::term::digest;
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn what_is_subtracted_was_never_counted_and_its_numbers_serve_again() {
        let mut vocabulary = Vocabulary::default();
        let mut read = |title| {
            EntryFeatures::of(
                &EntryText {
                    publisher: "a",
                    title,
                    text: "",
                    published: Timestamp::default(),
                    address: None,
                    links: &[],
                    never_cluster: false,
                },
                &mut vocabulary,
            )
        };
        let (first, second) = (read("Odda drains the quarry"), read("Odda floods the quarry"));
        let mut idf = DocumentFrequencies::default();
        let rarity = |idf: &DocumentFrequencies| ["odda", "drain", "flood"].map(|it| idf.of(digest(it)));
        let before = rarity(&idf);
        let held = idf.add(&first);
        let of_first = rarity(&idf);
        let other = idf.add(&second);
        assert_eq!(idf.subtract(&other), second.terms);
        assert_eq!(rarity(&idf), of_first);
        assert_eq!(idf.subtract(&held), first.terms);
        assert_eq!(rarity(&idf), before);
        let numbers = idf.numbers_end();
        for it in &idf.add(&second) {
            assert_eq!(idf.of_held(*it), idf.of(idf.term(*it)));
        }
        assert_eq!(idf.numbers_end(), numbers);
    }
}
