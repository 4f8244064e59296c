//! Whether a publisher's edit changes what was quoted, or only how it is written.

use crate::text::sentence;
use crate::text::word;
use crate::text::word::Language;

/// Sentences of a text that are looked at.
const SENTENCES_MAX: usize = 400;

/// Whether a text still says what was quoted from it. A comma, a quotation mark or the
/// ending of a word is a matter of style; another word may be a correction, and which
/// words may not is for a reader to say.
pub fn still_says(quote: &str, text: &str) -> bool {
    text.contains(quote) || {
        let quoted = wording(quote);
        let says = |it: &sentence::Sentence| wording(&text[it.range.clone()]) == quoted;
        !quoted.is_empty() && sentence::cut(text, SENTENCES_MAX).iter().any(says)
    }
}

/// The words of a sentence in their order, without articles and endings.
fn wording(sentence: &str) -> Vec<String> {
    let words = word::words(sentence).filter(|it| !["a", "an", "the"].contains(&it.1));
    let told = words.map(|(start, shown)| {
        let lower = shown.to_lowercase().replace('’', "'");
        if !shown.contains(|c: char| c.is_ascii_digit()) {
            return Language::English.stem(&lower).into_owned();
        }
        // A currency before it and a percent sign behind it belong to a number.
        let before = sentence[..start].chars().next_back().filter(|c| "$£€¥".contains(*c));
        let after = sentence[start + shown.len()..].chars().next().filter(|c| *c == '%');
        before.into_iter().chain(lower.chars()).chain(after).collect()
    });
    told.collect()
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
    fn another_word_number_or_order_is_a_correction() {
        let quote = "The outage at Acme, which lasted 94 minutes, hit no shops in Norway.";
        check(quote, "The outage at Acme, which lasted 49 minutes, hit no shops in Norway.", false);
        check(quote, "The outage at Zinco, which lasted 94 minutes, hit no shops in Norway.", false);
        check(quote, "The outage at Acme, which lasted 94 minutes, hit shops in Norway.", false);
        check(quote, "", false);
        check("Prices rise by 5%.", "Prices rise by 5.", false);
        check("It costs $5 a month.", "It costs €5 a month.", false);
        let quote =
            "Shares of Acme rose 5% in Oslo on Monday after its accounts for the spring were published.";
        check(quote, &quote.replace("rose", "fell"), false);
        check(
            "Sales of Acme grew from 12 to 18 million anvils.",
            "Sales of Acme grew from 18 to 12 million anvils.",
            false,
        );
        check("Acme beat Zinco and Zinco paid Acme.", "Zinco paid Acme and Acme beat Zinco.", false);
        check("It asked Acme to act before Zinco does.", "It asked Acme to act after Zinco does.", false);
        check("Acme is up 5% in Oslo today.", "Acme is down 5% in Oslo today.", false);
    }
}
