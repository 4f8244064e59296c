//! How much of a person's summary another one has in common (ROUGE, Lin 2004).

use std::collections::HashMap;

use rust_stemmers::Algorithm;
use rust_stemmers::Stemmer;

/// Words of a text that are compared: the longest common run costs the product of both lengths.
const TOKENS_MAX: usize = 20_000;

/// Words of fewer letters are not stemmed, as in the `rouge-score` package.
const STEMMED_LETTERS_MIN: usize = 4;

/// F1 of ROUGE-1, ROUGE-2 and ROUGE-L, 0 to 1, over stems of runs of ASCII letters and
/// digits. The whole text counts as one sentence.
pub fn rouge(reference: &str, candidate: &str) -> [f64; 3] {
    let (a, b) = (tokens(reference), tokens(candidate));
    let pairs = |it: &[String]| it.len().saturating_sub(1);
    [
        f1(grams_shared(&a, &b, 1), a.len(), b.len()),
        f1(grams_shared(&a, &b, 2), pairs(&a), pairs(&b)),
        f1(longest_common(&a, &b), a.len(), b.len()),
    ]
}

/// F1 of so many things in common between `a` and `b` things.
pub(super) fn f1(shared: usize, a: usize, b: usize) -> f64 {
    if shared == 0 { 0.0 } else { 2.0 * shared as f64 / (a + b) as f64 }
}

pub(super) fn tokens(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    let stem = |it: &str| match STEMMED_LETTERS_MIN <= it.len() {
        true => stemmer.stem(it).into_owned(),
        false => it.to_owned(),
    };
    words.take(TOKENS_MAX).map(stem).collect()
}

fn grams_shared(a: &[String], b: &[String], n: usize) -> usize {
    let mut counts: HashMap<&[String], usize> = HashMap::new();
    a.windows(n).for_each(|it| *counts.entry(it).or_default() += 1);
    let is_left = |it: &&[String]| match counts.get_mut(*it) {
        Some(left) if 0 < *left => {
            *left -= 1;
            true
        }
        _ => false,
    };
    b.windows(n).filter(is_left).count()
}

fn longest_common(a: &[String], b: &[String]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reference: &str, candidate: &str, expected: [f64; 3]) {
        let found = rouge(reference, candidate);
        let is_near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(is_near, "{found:?} is not {expected:?}");
    }

    #[test]
    fn equal_texts_have_all_in_common_and_others_nothing() {
        check("The cat sat.", "the CAT, sat", [1.0; 3]);
        check("The cat sat.", "A dog lay.", [0.0; 3]);
        check("", "", [0.0; 3]);
    }

    #[test]
    fn order_counts_in_pairs_and_in_the_longest_run() {
        check("the cat sat on the mat", "on the mat the cat sat", [1.0, 0.8, 0.5]);
        check("police killed the gunman", "police kill the gunman", [1.0; 3]);
        check("a b c d", "a x c y", [0.5, 0.0, 0.5]);
    }
}
