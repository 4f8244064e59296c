//! Words, stems and stop words.

use std::borrow::Cow;

use rust_stemmers::Algorithm;
use rust_stemmers::Stemmer;
use unicode_segmentation::UnicodeSegmentation;

/// A language whose words are known here. Another one needs its variant, its stop
/// words and its stemmer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Language {
    /// `en`
    English,
}

impl Language {
    /// The language of a BCP 47 tag; `None` when its words are not known here.
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next() {
            Some(it) if it.eq_ignore_ascii_case("en") => Some(Self::English),
            _ => None,
        }
    }

    /// Whether a word in lower case says nothing about a text's subject.
    pub fn is_stop_word(self, lower: &str) -> bool {
        match self {
            Self::English => STOP_WORDS_EN.binary_search(&lower).is_ok(),
        }
    }

    /// The stem of a word in lower case.
    pub fn stem(self, lower: &str) -> Cow<'_, str> {
        let algorithm = match self {
            Self::English => Algorithm::English,
        };
        let word = lower.strip_suffix("'s").or_else(|| lower.strip_suffix("’s")).unwrap_or(lower);
        Stemmer::create(algorithm).stem(word)
    }
}

/// The words of a text with their byte offsets (UAX #29): `don't`, `3.5`, `U.S` and
/// `CO2` are one word, `open-source` is two.
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.unicode_word_indices()
}

/// How many words a reader counts: what stands between blanks and holds a letter or digit.
pub fn count(text: &str) -> usize {
    text.split_whitespace().filter(|it| it.contains(char::is_alphanumeric)).count()
}

/// Whether a word begins in upper case, or holds an upper-case letter as `iPhone` does.
pub fn is_capitalised(word: &str) -> bool {
    word.contains(char::is_uppercase)
}

/// Whether a word is of two or more upper-case letters, dots aside: `AWS`, `U.S`.
pub fn is_acronym(word: &str) -> bool {
    let mut letters = word.chars().filter(|c| *c != '.');
    letters.all(char::is_uppercase) && 2 <= word.chars().filter(|c| c.is_uppercase()).count()
}

/// Sorted, lower-case.
const STOP_WORDS_EN: &[&str] = &[
    "a",
    "about",
    "above",
    "across",
    "after",
    "again",
    "against",
    "ago",
    "all",
    "almost",
    "along",
    "already",
    "also",
    "although",
    "always",
    "am",
    "among",
    "an",
    "and",
    "another",
    "any",
    "anyone",
    "anything",
    "are",
    "aren't",
    "around",
    "as",
    "at",
    "away",
    "back",
    "be",
    "became",
    "because",
    "become",
    "been",
    "before",
    "behind",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "came",
    "can",
    "can't",
    "cannot",
    "come",
    "could",
    "couldn't",
    "did",
    "didn't",
    "do",
    "does",
    "doesn't",
    "doing",
    "don't",
    "done",
    "down",
    "during",
    "each",
    "either",
    "else",
    "enough",
    "even",
    "ever",
    "every",
    "everyone",
    "everything",
    "few",
    "for",
    "from",
    "further",
    "gave",
    "get",
    "gets",
    "getting",
    "give",
    "given",
    "go",
    "goes",
    "going",
    "gone",
    "got",
    "had",
    "hadn't",
    "has",
    "hasn't",
    "have",
    "haven't",
    "having",
    "he",
    "he'd",
    "he'll",
    "he's",
    "her",
    "here",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "however",
    "i",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "if",
    "in",
    "including",
    "indeed",
    "instead",
    "into",
    "is",
    "isn't",
    "it",
    "it'll",
    "it's",
    "its",
    "itself",
    "just",
    "keep",
    "last",
    "least",
    "less",
    "let",
    "let's",
    "like",
    "made",
    "make",
    "makes",
    "making",
    "many",
    "may",
    "maybe",
    "me",
    "meanwhile",
    "might",
    "more",
    "most",
    "mostly",
    "much",
    "must",
    "my",
    "myself",
    "near",
    "nearly",
    "need",
    "neither",
    "never",
    "next",
    "no",
    "nobody",
    "none",
    "nor",
    "not",
    "nothing",
    "now",
    "of",
    "off",
    "often",
    "on",
    "once",
    "one",
    "only",
    "onto",
    "or",
    "other",
    "others",
    "our",
    "ours",
    "ourselves",
    "out",
    "over",
    "own",
    "per",
    "perhaps",
    "put",
    "quite",
    "rather",
    "really",
    "said",
    "same",
    "say",
    "saying",
    "says",
    "see",
    "seem",
    "seen",
    "set",
    "several",
    "shall",
    "she",
    "she'd",
    "she'll",
    "she's",
    "should",
    "shouldn't",
    "since",
    "so",
    "some",
    "someone",
    "something",
    "sometimes",
    "soon",
    "still",
    "such",
    "take",
    "taken",
    "than",
    "that",
    "that's",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "there's",
    "therefore",
    "these",
    "they",
    "they'd",
    "they'll",
    "they're",
    "they've",
    "thing",
    "things",
    "this",
    "those",
    "though",
    "through",
    "thus",
    "to",
    "together",
    "told",
    "too",
    "took",
    "toward",
    "towards",
    "two",
    "under",
    "until",
    "up",
    "upon",
    "us",
    "use",
    "used",
    "using",
    "very",
    "via",
    "want",
    "was",
    "wasn't",
    "way",
    "we",
    "we'd",
    "we'll",
    "we're",
    "we've",
    "well",
    "went",
    "were",
    "weren't",
    "what",
    "whatever",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "whole",
    "whom",
    "whose",
    "why",
    "will",
    "with",
    "within",
    "without",
    "won't",
    "would",
    "wouldn't",
    "yes",
    "yet",
    "you",
    "you'd",
    "you'll",
    "you're",
    "you've",
    "your",
    "yours",
    "yourself",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_sorted_as_the_search_needs() {
        assert!(STOP_WORDS_EN.is_sorted());
    }

    #[test]
    fn stems_join_the_forms_of_a_word() {
        let stem = |it: &str| Language::English.stem(it).into_owned();
        assert_eq!(stem("launches"), stem("launched"));
        assert_eq!(stem("openai's"), stem("openai"));
    }

    #[test]
    fn a_tag_names_its_language() {
        assert_eq!(Language::of_tag("en-gb"), Some(Language::English));
        assert_eq!(Language::of_tag("de"), None);
    }

    #[test]
    fn a_reader_counts_what_stands_between_blanks() {
        assert_eq!(count("It's 3.5 times — faster, open-source."), 5);
    }

    #[test]
    fn acronyms_are_upper_case() {
        assert!(is_acronym("AWS") && is_acronym("U.S") && !is_acronym("A") && !is_acronym("Aws"));
    }
}
