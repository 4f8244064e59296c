//! Whether a publisher's edit changes what was quoted, or only how it is written.

use std::collections::BTreeSet;

use crate::text::sentence;
use crate::text::word;
use crate::text::word::Language;

/// Sentences of a text that are looked at.
const SENTENCES_MAX: usize = 400;
/// Share of words that a sentence keeps whose wording was merely mended.
const SAME_WORDS: f64 = 0.75;
/// Words that turn a statement around.
const NEGATIONS: [&str; 12] = [
    "no", "not", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot", "denies",
    "denied",
];

/// Whether a text still says what was quoted from it. A comma, a quotation mark or a
/// mended word is a matter of style; another number, name or negation is a correction.
pub fn still_says(quote: &str, text: &str) -> bool {
    text.contains(quote) || {
        let quoted = Facts::of(quote);
        sentence::cut(text, SENTENCES_MAX)
            .iter()
            .any(|it| quoted.is_told_by(&Facts::of(&text[it.range.clone()])))
    }
}

/// What an edit must not touch.
struct Facts {
    /// Numbers, names and negations, each as often as it stands there.
    fixed: Vec<String>,
    words: BTreeSet<String>,
}

impl Facts {
    fn of(sentence: &str) -> Self {
        let (mut fixed, mut words) = (Vec::new(), BTreeSet::new());
        for (at, (start, shown)) in word::words(sentence).enumerate() {
            let lower = shown.to_lowercase().replace('’', "'");
            let is_number = shown.contains(|c: char| c.is_ascii_digit());
            // The first word has a capital anyway.
            let is_name = 0 < at && word::is_capitalised(shown);
            if is_number {
                // A currency before it and a percent sign behind it belong to it.
                let before = sentence[..start].chars().next_back().filter(|c| "$£€¥".contains(*c));
                let after = sentence[start + shown.len()..].chars().next().filter(|c| *c == '%');
                fixed.push(before.into_iter().chain(lower.chars()).chain(after).collect());
            } else if is_name || NEGATIONS.contains(&lower.as_str()) || lower.ends_with("n't") {
                fixed.push(lower.clone());
            }
            if !Language::English.is_stop_word(&lower) {
                words.insert(Language::English.stem(&lower).into_owned());
            }
        }
        fixed.sort_unstable();
        Self { fixed, words }
    }

    fn is_told_by(&self, other: &Self) -> bool {
        let shared = self.words.intersection(&other.words).count() as f64;
        let all = self.words.union(&other.words).count() as f64;
        self.fixed == other.fixed && 0.0 < all && SAME_WORDS <= shared / all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(quote: &str, text: &str, expected: bool) {
        assert_eq!(still_says(quote, text), expected, "{quote} | {text}");
    }

    #[test]
    fn style_is_not_substance() {
        let quote = "The outage at Acme, which lasted 94 minutes, hit no shops in Norway.";
        check(quote, &format!("Before it. {quote} After it."), true);
        check(quote, "The outage at Acme - which lasted 94 minutes - hit no shops in Norway.", true);
        check(quote, "The outages at Acme which lasted 94 minutes, hit no shops in Norway.", true);
        check(
            "It\u{2019}s \u{201c}done\u{201d} at Acme, they say today.",
            "It's \"done\" at Acme, they say today.",
            true,
        );
    }

    #[test]
    fn another_number_name_or_negation_is_a_correction() {
        let quote = "The outage at Acme, which lasted 94 minutes, hit no shops in Norway.";
        check(quote, "The outage at Acme, which lasted 49 minutes, hit no shops in Norway.", false);
        check(quote, "The outage at Zinco, which lasted 94 minutes, hit no shops in Norway.", false);
        check(quote, "The outage at Acme, which lasted 94 minutes, hit shops in Norway.", false);
        check(quote, "", false);
        check("Prices rise by 5%.", "Prices rise by 5.", false);
        check("It costs $5 a month.", "It costs €5 a month.", false);
    }
}
