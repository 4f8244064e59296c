//! Content words of a story as numbers of their stems, for comparing sentences.

use foldhash::HashMap;

use crate::text::word;
use crate::text::word::Language;

/// Number of a content stem within one story.
pub(super) type Stem = u32;

/// The stems met so far. Numbers follow the order of the text, so that nothing
/// depends on how a table is laid out.
#[derive(Debug, Default)]
pub(super) struct Stems<'a> {
    /// Whose words they are.
    pub language: Language,
    by_word: HashMap<&'a str, Option<Stem>>,
    by_stem: HashMap<String, Stem>,
}

impl<'a> Stems<'a> {
    /// None yet, of words of this language.
    pub(super) fn of_language(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    /// The content stems of a text with their counts, sorted.
    pub(super) fn of(&mut self, text: &'a str) -> Vec<(Stem, u32)> {
        let mut found: Vec<Stem> = word::words(text).filter_map(|(_, it)| self.stem(it)).collect();
        found.sort_unstable();
        let mut counted: Vec<(Stem, u32)> = Vec::with_capacity(found.len());
        for stem in found {
            match counted.last_mut() {
                Some(last) if last.0 == stem => last.1 += 1,
                _ => counted.push((stem, 1)),
            }
        }
        counted
    }

    /// As [`Self::of`], for a text that does not outlive the others: its words are not remembered.
    pub(super) fn of_passing(&mut self, text: &str) -> Vec<(Stem, u32)> {
        let by_stem = std::mem::take(&mut self.by_stem);
        let mut passing = Stems { language: self.language, by_word: HashMap::default(), by_stem };
        let found = passing.of(text);
        self.by_stem = passing.by_stem;
        found
    }

    /// How many different stems there are.
    pub(super) fn len(&self) -> usize {
        self.by_stem.len()
    }

    /// The stem of one word, unless it is a stop word or a single character.
    pub(super) fn stem(&mut self, word: &'a str) -> Option<Stem> {
        if let Some(known) = self.by_word.get(word) {
            return *known;
        }
        let lower = word::lower(word);
        let stem = (!self.language.is_stop_word(&lower) && 1 < lower.chars().count()).then(|| {
            let next = Stem::try_from(self.by_stem.len()).unwrap_or(Stem::MAX);
            let stem = self.language.stem(&lower);
            match self.by_stem.get(stem.as_ref()) {
                Some(known) => *known,
                None => *self.by_stem.entry(stem.into_owned()).or_insert(next),
            }
        });
        self.by_word.insert(word, stem);
        stem
    }
}

/// The share of stems that two sentences have in common (Jaccard), 0 to 1.
pub(super) fn overlap(a: &[(Stem, u32)], b: &[(Stem, u32)]) -> f64 {
    let shared = shared(a, b);
    let all = a.len() + b.len() - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

/// How many stems two sentences have in common.
pub(super) fn shared(a: &[(Stem, u32)], b: &[(Stem, u32)]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    shared
}
