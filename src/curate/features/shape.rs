//! How a sentence is built, apart from what it speaks of.
//!
//! Each word is replaced by what it does there: a function word stands for itself, any other for
//! its ending or its class and for whether the title or an earlier line has it. Runs of up to
//! three of these, and how the line begins and ends, are hashed as words are. "The mill that …" is so told from
//! "The mill closed" under a title about mills.

use super::hash::mix;
use super::line::EarlierLines;
use super::line::LineToken;
use super::line::LineWord;
use super::line::Read;

/// Buckets into which shapes are hashed.
pub const BUCKETS: usize = 1 << 15;
/// Places from the beginning of a line that count by themselves.
const PLACES: usize = 6;
/// Tokens of a line that are looked at.
const TOKENS_MAX: usize = 80;

/// Whether the title has a word, or else an earlier line, or nothing.
fn novelty(word: &LineWord, title: &Read, seen: &EarlierLines) -> u32 {
    match word.stem {
        Some(stem) if title.stems.binary_search(&stem).is_ok() => 1,
        Some(stem) if seen.stems.contains(&stem) => 2,
        _ => 3,
    }
}

/// The shapes of a line's tokens.
pub(super) fn of_line(line: &Read, title: &Read, seen: &EarlierLines) -> Vec<u32> {
    let shape = |token: &LineToken| match token {
        LineToken::Mark(mark) => u32::from(*mark),
        LineToken::Word(at) => of_word(&line.words[*at], *at == 0, title, seen),
    };
    line.tokens.iter().take(TOKENS_MAX).map(shape).collect()
}

fn of_word(word: &LineWord, is_first: bool, title: &Read, seen: &EarlierLines) -> u32 {
    if word.has_digit || word.stem.is_none() {
        return word.hash;
    }
    let novelty = novelty(word, title, seen);
    let kind = match (word.is_capitalised, is_first) {
        (true, false) => return mix(0x27d4_eb2f, novelty),
        (true, true) => 0x1656_67b1,
        (false, _) => 0x9e37_79b1,
    };
    // A class is two bits at most, so both halves are told apart.
    let class = (word.classes ^ (word.classes >> 32).wrapping_mul(0x85eb_ca77)) as u32;
    mix(mix(kind, novelty), if class == 0 { word.ending } else { class })
}

/// Buckets of the shapes of a line, sorted, each once; `before` are those of the line before it.
pub(super) fn grams(shapes: &[u32], before: &[u32]) -> Vec<u16> {
    let mut grams: Vec<u16> = Vec::with_capacity(3 * shapes.len() + 2 * PLACES);
    let mut add = |kind: u32, of: &[u32]| {
        let hash = of.iter().fold(kind, |hash, it| mix(hash, *it));
        grams.push(((hash ^ (hash >> 16)) as usize % BUCKETS) as u16);
    };
    const EDGE: u32 = 0x5bd1_e995;
    let (mut two_before, mut one_before) = (EDGE, EDGE);
    for shape in shapes {
        add(1, &[*shape]);
        add(2, &[one_before, *shape]);
        add(3, &[two_before, one_before, *shape]);
        (two_before, one_before) = (one_before, *shape);
    }
    for (at, shape) in shapes.iter().take(PLACES).enumerate() {
        add(4 + at as u32, &[*shape]);
    }
    for length in 2..=4 {
        add(20, &shapes[..length.min(shapes.len())]);
    }
    add(21, &shapes[shapes.len().saturating_sub(2)..]);
    add(22, &[before.first().copied().unwrap_or(EDGE), shapes.first().copied().unwrap_or(EDGE)]);
    add(23, &[before.last().copied().unwrap_or(EDGE), shapes.first().copied().unwrap_or(EDGE)]);
    grams.sort_unstable();
    grams.dedup();
    grams
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(title: &str, lines: &[&str]) -> Vec<Vec<u32>> {
        let (title, mut seen) = (Read::new(title), EarlierLines::default());
        let shapes = lines.iter().map(|text| {
            let line = Read::new(text);
            let shapes = of_line(&line, &title, &seen);
            seen.add(&line);
            shapes
        });
        shapes.collect()
    }

    #[test]
    fn sentences_that_are_built_alike_have_one_shape() {
        let all = shapes("Acme buys a mill", &["A baker closed the tavern.", "A potter opened the quarry."]);
        assert_eq!(all[0], all[1]);
    }

    #[test]
    fn what_the_title_or_an_earlier_line_names_is_told_from_what_is_new() {
        let all =
            shapes("Acme buys a mill", &["The tavern burned.", "The tavern burned.", "The mill burned."]);
        assert_ne!(all[0], all[1]);
        assert_ne!(all[1], all[2]);
        assert_ne!(all[0], all[2]);
    }

    #[test]
    fn a_line_has_buckets_even_without_words() {
        assert!(!grams(&[], &[]).is_empty());
        assert!(grams(&[7; 300], &[]).iter().all(|it| usize::from(*it) < BUCKETS));
    }
}
