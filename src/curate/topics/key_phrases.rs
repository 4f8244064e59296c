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

/// The phrases of one to three words that a text is about, best first, each in its commonest
/// spelling there.
///
/// Candidates are the runs between stop words and punctuation; frequent, early,
/// capitalised and spread ones, and those of the title, come first.
pub fn key_phrases(title: &str, text: &str, max: usize) -> Vec<String> {
    #[derive(Default)]
    struct KeyPhrase<'a> {
        spellings: BTreeMap<&'a str, usize>,
        occurrences: usize,
        first: usize,
        capitalised: usize,
        last_sentence: usize,
        sentences: usize,
    }
    /// A word of the run in hand.
    struct Part {
        start: usize,
        stem: Stem,
        is_name: bool,
    }
    let mut stems = Stems::default();
    let generic: Vec<Stem> =
        GENERIC_WORDS.iter().chain(MONTHS_AND_DAYS).filter_map(|it| stems.stem(it)).collect();
    let title_stems: Vec<Stem> = word::words(title).filter_map(|(_, it)| stems.stem(it)).collect();
    let mut candidates: BTreeMap<Vec<Stem>, KeyPhrase> = BTreeMap::new();
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
            let candidate = candidates.entry(part.iter().map(|it| it.stem).collect()).or_insert_with(|| {
                KeyPhrase { first: nth, last_sentence: usize::MAX, ..KeyPhrase::default() }
            });
            candidate.occurrences += 1;
            candidate.capitalised += usize::from(part.iter().all(|it| it.is_name));
            candidate.sentences += usize::from(candidate.last_sentence != sentence);
            candidate.last_sentence = sentence;
            let spelling = text[part[0].start..end].trim_end_matches("'s").trim_end_matches("’s");
            *candidate.spellings.entry(spelling).or_default() += 1;
        }
    }

    let sentences = (sentence + 1) as f64;
    let mut scored: Vec<(f64, &[Stem], &KeyPhrase)> = candidates
        .iter()
        .map(|(key, it)| {
            let occurrences = it.occurrences as f64;
            let capitalised = it.capitalised as f64 / occurrences;
            let in_title = key.iter().filter(|it| title_stems.contains(it)).count() as f64 / key.len() as f64;
            let score = (1.0 + occurrences).ln()
                * (1.0 + (-(it.first as f64) / 180.0).exp())
                * (1.0 + 0.5 * capitalised)
                * (1.0 + 0.5 * it.sentences as f64 / sentences)
                * [1.0, 1.3, 1.2][key.len() - 1]
                * (1.0 + 0.5 * in_title)
                * if key.iter().any(|it| generic.contains(it)) { 0.6 } else { 1.0 }
                * if 1 < key.len() && it.occurrences == 1 && capitalised < 1.0 { 0.7 } else { 1.0 };
            (score, key.as_slice(), it)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.first.cmp(&b.2.first)));

    let mut chosen: Vec<(&[Stem], &KeyPhrase)> = Vec::new();
    for (_, key, it) in scored {
        let is_part = chosen.iter().any(|(longer, of)| {
            longer.windows(key.len()).any(|it| it == key) && 2 * it.occurrences <= 3 * of.occurrences
        });
        if chosen.len() < max && !is_part {
            chosen.push((key, it));
        }
    }
    chosen
        .into_iter()
        .filter_map(|(_, it)| {
            // Mostly capitalised inside sentences.
            let is_name = it.occurrences < 2 * it.capitalised;
            // What is no name is capitalised only where it opens a sentence.
            let fits = |spelling: &str| is_name || !spelling.starts_with(char::is_uppercase);
            let spelling = it.spellings.iter().max_by_key(|(it, count)| (fits(it), **count))?.0;
            Some((*spelling).to_owned())
        })
        .collect()
}

/// Words that tell nothing alone.
const GENERIC_WORDS: &[&str] = &[
    "announce", "big", "billion", "change", "company", "country", "customer", "day", "early", "end",
    "expect", "firm", "good", "great", "group", "help", "hour", "include", "issue", "late", "look", "lot",
    "million", "minute", "month", "new", "number", "official", "old", "part", "people", "percent", "place",
    "plan", "point", "problem", "product", "question", "report", "right", "show", "start", "story", "thing",
    "think", "time", "user", "week", "work", "world", "year",
];
