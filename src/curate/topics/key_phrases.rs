//! The phrases that a text is about, by how often, how early and how they are written in it.

use std::collections::BTreeMap;

use crate::curate::stems::Stem;
use crate::curate::stems::Stems;
use crate::text::word;

use super::category::MONTHS_AND_DAYS;

/// Words of a text that are searched.
const WORDS_MAX: usize = 6_000;
/// Words of a phrase.
const PHRASE_WORDS_MAX: usize = 3;

/// What is known of a phrase while its text is read.
#[derive(Default)]
struct KeyPhrase<'a> {
    spellings: BTreeMap<&'a str, usize>,
    occurrences: usize,
    /// Place of the first occurrence, in words.
    first: usize,
    /// Occurrences as a name.
    capitalised: usize,
    last_sentence: usize,
    sentences: usize,
}

/// The phrases of a text, and in how many sentences it was searched for them.
struct KeyPhrases<'a> {
    phrases: BTreeMap<Vec<Stem>, KeyPhrase<'a>>,
    sentences: usize,
}

/// The phrases of one to three words that a text is about, best first, each in its commonest
/// spelling there.
///
/// Candidates are the runs between stop words and punctuation; frequent, early,
/// capitalised and spread ones, and those of the title, come first.
pub fn key_phrases(title: &str, text: &str, max: usize) -> Vec<String> {
    let mut stems = Stems::default();
    let generic: Vec<Stem> =
        GENERIC_WORDS.iter().chain(MONTHS_AND_DAYS).filter_map(|it| stems.stem(it)).collect();
    let of_title: Vec<Stem> = word::words(title).filter_map(|(_, it)| stems.stem(it)).collect();
    let candidates = KeyPhrases::of(text, &mut stems);
    let mut scored: Vec<(f64, &[Stem], &KeyPhrase<'_>)> = candidates
        .phrases
        .iter()
        .map(|(key, it)| {
            let in_title = key.iter().filter(|it| of_title.contains(it)).count() as f64 / key.len() as f64;
            let is_generic = key.iter().any(|it| generic.contains(it));
            (it.score(key.len(), candidates.sentences, in_title, is_generic), key.as_slice(), it)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.first.cmp(&b.2.first)));

    let mut chosen: Vec<(&[Stem], &KeyPhrase<'_>)> = Vec::new();
    for (_, key, it) in scored {
        let is_part = chosen.iter().any(|(longer, of)| {
            longer.windows(key.len()).any(|it| it == key) && 2 * it.occurrences <= 3 * of.occurrences
        });
        if chosen.len() < max && !is_part {
            chosen.push((key, it));
        }
    }
    chosen.into_iter().filter_map(|(_, it)| it.spelling()).map(str::to_owned).collect()
}

impl<'a> KeyPhrases<'a> {
    fn of(text: &'a str, stems: &mut Stems<'a>) -> Self {
        /// A word of the run in hand.
        struct Part {
            start: usize,
            stem: Stem,
            is_name: bool,
        }
        let mut phrases: BTreeMap<Vec<Stem>, KeyPhrase<'a>> = BTreeMap::new();
        let (mut sentence, mut opens) = (0usize, true);
        let mut run: Vec<Part> = Vec::new();
        let mut end = 0;
        for (nth, (start, shown)) in word::words(text).take(WORDS_MAX).enumerate() {
            let gap = &text[end..start];
            if gap.contains(['.', '!', '?', '\n']) && gap.contains(char::is_whitespace) {
                sentence += 1;
                opens = true;
            }
            let is_name = word::is_capitalised(shown) && !opens;
            opens = false;
            end = start + shown.len();
            let stem = stems.stem(shown).filter(|_| shown.contains(char::is_alphabetic));
            if stem.is_none() || !matches!(gap, " " | "-" | "") {
                run.clear();
            }
            let Some(stem) = stem else { continue };
            if run.len() == PHRASE_WORDS_MAX {
                run.remove(0);
            }
            run.push(Part { start, stem, is_name });
            for from in 0..run.len() {
                let part = &run[from..];
                let phrase = phrases.entry(part.iter().map(|it| it.stem).collect()).or_insert_with(|| {
                    KeyPhrase { first: nth, last_sentence: usize::MAX, ..KeyPhrase::default() }
                });
                let spelling = text[part[0].start..end].trim_end_matches("'s").trim_end_matches("’s");
                phrase.note(spelling, sentence, part.iter().all(|it| it.is_name));
            }
        }
        Self { phrases, sentences: sentence + 1 }
    }
}

impl<'a> KeyPhrase<'a> {
    /// Takes in an occurrence.
    fn note(&mut self, spelling: &'a str, sentence: usize, is_name: bool) {
        self.occurrences += 1;
        self.capitalised += usize::from(is_name);
        self.sentences += usize::from(self.last_sentence != sentence);
        self.last_sentence = sentence;
        *self.spellings.entry(spelling).or_default() += 1;
    }

    /// How much the text is about it, given the words that it has, the sentences of the text, the share of
    /// its words that the title has, and whether one of them tells nothing alone.
    fn score(&self, words: usize, sentences: usize, in_title: f64, is_generic: bool) -> f64 {
        let occurrences = self.occurrences as f64;
        let capitalised = self.capitalised as f64 / occurrences;
        (1.0 + occurrences).ln()
            * (1.0 + (-(self.first as f64) / 180.0).exp())
            * (1.0 + 0.5 * capitalised)
            * (1.0 + 0.5 * self.sentences as f64 / sentences as f64)
            * [1.0, 1.3, 1.2][words - 1]
            * (1.0 + 0.5 * in_title)
            * if is_generic { 0.6 } else { 1.0 }
            * if 1 < words && self.occurrences == 1 && capitalised < 1.0 { 0.7 } else { 1.0 }
    }

    /// Its commonest spelling that fits.
    fn spelling(&self) -> Option<&'a str> {
        // Mostly capitalised inside sentences.
        let is_name = self.occurrences < 2 * self.capitalised;
        // What is no name is capitalised only where it opens a sentence.
        let fits = |spelling: &str| is_name || !spelling.starts_with(char::is_uppercase);
        self.spellings.iter().max_by_key(|(it, count)| (fits(it), **count)).map(|it| *it.0)
    }
}

/// Words that tell nothing alone.
const GENERIC_WORDS: &[&str] = &[
    "announce", "big", "billion", "change", "company", "country", "customer", "day", "early", "end",
    "expect", "firm", "good", "great", "group", "help", "hour", "include", "issue", "late", "look", "lot",
    "million", "minute", "month", "new", "number", "official", "old", "part", "people", "percent", "place",
    "plan", "point", "problem", "product", "question", "report", "right", "show", "start", "story", "thing",
    "think", "time", "user", "week", "work", "world", "year",
];
