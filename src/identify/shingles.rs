//! How much of one text stands in another, word pair by word pair.

use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

use super::fold_title;
use super::way::has_own_text;

/// Words of a text that are compared: the beginning of an article tells it from others.
const WORDS_MAX: usize = 200;

/// Bytes of a text that are read for them.
const BYTES_MAX: usize = 4_096;

/// The pairs of neighbouring words with which a text begins, as digests, sorted.
#[derive(Clone, Debug, Default)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// The pairs of an entry's text; case and punctuation are left aside. None of a text that says
    /// nothing of its own: what a link list writes stands under any entry.
    pub fn of(title: &str, text: &str) -> Self {
        if !has_own_text(title, text) {
            return Self::default();
        }
        let end = text.floor_char_boundary(BYTES_MAX);
        let folded = fold_title(&text[..end]);
        let words: Vec<&str> = folded.split(' ').take(WORDS_MAX).collect();
        let mut pairs: Vec<u64> = words.windows(2).map(digest).collect();
        pairs.sort_unstable();
        pairs.dedup();
        Self(pairs)
    }

    /// The share of the shorter text's pairs that the other has, from 0 to 1; `None` where
    /// either has none.
    pub fn containment(&self, other: &Self) -> Option<f64> {
        let (short, long) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        let common = short.0.iter().filter(|it| long.0.binary_search(it).is_ok()).count();
        (!short.0.is_empty()).then(|| common as f64 / short.0.len() as f64)
    }
}

fn digest(pair: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    pair.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, expected: Option<f64>) {
        let of = |text: &str| Shingles::of("A title", text);
        assert_eq!(of(a).containment(&of(b)), expected);
    }

    const LEAD: &str = "The Corden ferry lost its radar on Sunday night. Two tugs guided it to pier 9.";
    const OTHER: &str = "A paper mill in the hills above Osk installs a heat pump and retires its boilers.";

    #[test]
    fn a_text_that_grew_holds_what_it_was() {
        check(LEAD, &format!("Update: {LEAD} Nobody was hurt."), Some(1.0));
        check(LEAD, OTHER, Some(0.0));
        let edited = LEAD.replace("Two tugs guided it", "It was guided");
        check(LEAD, &edited, Some(10.0 / 14.0));
    }

    #[test]
    fn what_stands_under_any_entry_tells_nothing() {
        check("", "", None);
        check("Comments", "Comments", None);
        check(LEAD, "Comments", None);
        let listed =
            |n: u8| format!("Article URL: https://a.example/884213/{n} Comments URL: https://b.example/{n}");
        check(&listed(1), &listed(2), None);
    }
}
