//! Words, stems and stop words.

use crate::text::word_list::WordList;
use std::borrow::Cow;

use rust_stemmers::Algorithm;
use rust_stemmers::Stemmer;
use unicode_segmentation::UnicodeSegmentation;
use unicode_segmentation::UnicodeWordIndices;

/// A language whose words are known here. Another one needs its variant, its stop
/// words and its stemmer.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// `en`
    #[default]
    English,
    /// `de`
    German,
    /// `fr`
    French,
    /// `es`
    Spanish,
}

impl Language {
    /// The language of a BCP 47 tag; `None` when its words are not known here.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_']).next().unwrap_or_default();
        match first.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "de" => Some(Self::German),
            "fr" => Some(Self::French),
            "es" => Some(Self::Spanish),
            _ => None,
        }
    }

    /// Whether a word in lower case says nothing about a text's subject.
    pub fn is_stop_word(self, lower: &str) -> bool {
        let words = match self {
            Self::English => &STOP_WORDS_EN,
            Self::German => &STOP_WORDS_DE,
            Self::French => &STOP_WORDS_FR,
            Self::Spanish => &STOP_WORDS_ES,
        };
        words.contains(lower)
    }

    /// The stem of a word in lower case.
    pub fn stem(self, lower: &str) -> Cow<'_, str> {
        let algorithm = match self {
            Self::English => Algorithm::English,
            Self::German => Algorithm::German,
            Self::French => Algorithm::French,
            Self::Spanish => Algorithm::Spanish,
        };
        // "L'accord" is the accord.
        let lower = match (self, lower.split_once(['\'', '’'])) {
            (Self::French, Some((article, rest))) if article.len() <= 2 && !rest.is_empty() => rest,
            _ => lower,
        };
        let word = lower.strip_suffix("'s").or_else(|| lower.strip_suffix("’s")).unwrap_or(lower);
        Stemmer::create(algorithm).stem(word)
    }
}

/// The words of a text with their byte offsets (UAX #29): `don't`, `3.5`, `U.S` and
/// `CO2` are one word, `open-source` is two.
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    WordIter { text, at: 0, mixed: None }
}

/// The words of a text, those of ASCII by its few rules, and by the whole of UAX #29 only what
/// stands between two blanks with anything else.
struct WordIter<'a> {
    text: &'a str,
    /// A boundary; all before it is read.
    at: usize,
    /// What is left of a stretch that is not all ASCII, and where that begins.
    mixed: Option<(usize, UnicodeWordIndices<'a>)>,
}

impl<'a> Iterator for WordIter<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<(usize, &'a str)> {
        let bytes = self.text.as_bytes();
        loop {
            if let Some((from, words)) = &mut self.mixed {
                if let Some((at, word)) = words.next() {
                    return Some((*from + at, word));
                }
                self.mixed = None;
            }
            let is_core = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
            let is_mark = |b: &u8| b.is_ascii() && !is_core(b);
            let start = self.at + bytes[self.at..].iter().take_while(|it| is_mark(it)).count();
            let Some(first) = bytes.get(start) else {
                self.at = start;
                return None;
            };
            if !first.is_ascii() {
                // It may belong to the mark or the blanks before it.
                let blanks = bytes[self.at..start].iter().rev().take_while(|it| **it == b' ').count();
                self.mix(start - blanks.max(usize::from(self.at < start)));
                continue;
            }
            let mut end = start + 1;
            let is_whole = loop {
                match (bytes.get(end), bytes.get(end + 1)) {
                    (Some(b), _) if is_core(b) => end += 1,
                    (Some(b), _) if !b.is_ascii() => break false,
                    (Some(b'.' | b':' | b',' | b';' | b'\''), Some(next)) if !next.is_ascii() => break false,
                    (Some(b), Some(next)) if joins(bytes[end - 1], *b, *next) => end += 1,
                    _ => break true,
                }
            };
            if !is_whole {
                self.mix(start);
                continue;
            }
            self.at = end;
            // A line of underscores is no word.
            if bytes[start..end].iter().any(u8::is_ascii_alphanumeric) {
                return Some((start, &self.text[start..end]));
            }
        }
    }
}

impl WordIter<'_> {
    /// Leaves all from a boundary to the next blank that begins another word, as one does that
    /// follows no other, to the rules for every script.
    fn mix(&mut self, from: usize) {
        let blanks = self.text.as_bytes()[from..].iter().take_while(|it| matches!(it, b' ' | b'\n')).count();
        let behind = &self.text[from + blanks..];
        let mut ends = behind.match_indices([' ', '\n']).map(|it| it.0);
        let end = ends.find(|at| !behind[..*at].ends_with(char::is_whitespace));
        self.at = from + blanks + end.unwrap_or(behind.len());
        self.mixed = Some((from, self.text[from..self.at].unicode_word_indices()));
    }
}

/// Whether a mark between two bytes holds them together: WB6, WB7, WB11 and WB12 of UAX #29.
fn joins(before: u8, mark: u8, behind: u8) -> bool {
    match mark {
        b'.' | b'\'' => {
            before.is_ascii_alphabetic() && behind.is_ascii_alphabetic()
                || before.is_ascii_digit() && behind.is_ascii_digit()
        }
        b':' => before.is_ascii_alphabetic() && behind.is_ascii_alphabetic(),
        b',' | b';' => before.is_ascii_digit() && behind.is_ascii_digit(),
        _ => false,
    }
}

/// How many words a reader counts: what stands between blanks and holds a letter or digit; in
/// scripts that put no blanks between words, about so many by their letters.
pub fn count(text: &str) -> usize {
    let spaced = text.split_whitespace().filter(|it| it.contains(char::is_alphanumeric)).count();
    if text.is_ascii() {
        return spaced;
    }
    let quarters: usize = text.chars().map(quarters_of_a_word).sum();
    spaced + quarters / 4
}

/// How many quarters of a word a letter is on average, in a script without blanks between words;
/// 0 in any other.
fn quarters_of_a_word(letter: char) -> usize {
    match letter {
        // Thai, Lao, Burmese, Khmer
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => 1,
        // Chinese and Japanese
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => 2,
        _ => 0,
    }
}

/// A text in lower case; as it is where it is so already.
pub fn small(text: &str) -> Cow<'_, str> {
    match text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.to_lowercase()),
    }
}

/// As [`small`], with straight apostrophes.
pub fn lower(text: &str) -> Cow<'_, str> {
    let small = small(text);
    if small.contains('’') { Cow::Owned(small.replace('’', "'")) } else { small }
}

/// Whether a word begins in upper case, or holds an upper-case letter as `iPhone` does.
pub fn is_capitalised(word: &str) -> bool {
    if word.is_ascii() {
        word.bytes().any(|b| b.is_ascii_uppercase())
    } else {
        word.contains(char::is_uppercase)
    }
}

/// Whether a word is of two or more upper-case letters, dots aside: `AWS`, `U.S`.
pub fn is_acronym(word: &str) -> bool {
    let mut letters = word.chars().filter(|c| *c != '.');
    letters.all(char::is_uppercase) && 2 <= word.chars().filter(|c| c.is_uppercase()).count()
}

static STOP_WORDS_EN: WordList = WordList::new(include_str!("word/stop_words_en.txt"));

/// Lower-case.
#[rustfmt::skip]
static STOP_WORDS_DE: WordList = WordList::new(include_str!("word/stop_words_de.txt"));

/// Lower-case.
#[rustfmt::skip]
static STOP_WORDS_FR: WordList = WordList::new(include_str!("word/stop_words_fr.txt"));

/// Lower-case.
#[rustfmt::skip]
static STOP_WORDS_ES: WordList = WordList::new(include_str!("word/stop_words_es.txt"));

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Pieces of which some join what stands beside them, in every order.
        #[test]
        fn words_are_those_of_the_unicode_rules(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12),
        ) {
            let text: String = pieces.concat();
            let expected: Vec<_> = text.unicode_word_indices().collect();
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn words_of_any_text_are_those_of_the_unicode_rules(text: String) {
            let expected: Vec<_> = text.unicode_word_indices().collect();
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_blank_after_a_blank_of_another_script_may_continue_a_word() {
        for text in ["\u{3000} \u{200d}Ⓜ", "a\u{2003} \u{93e}b", "\u{3000} b", "é  b"] {
            let expected: Vec<_> = text.unicode_word_indices().collect();
            assert_eq!(words(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    const PIECES: &[&str] = &[
        " ", "  ", "\n", "\r\n", "\t", "a", "Bc", "7", "42", "_", "__", ".", ",", ":", ";", "'", "\"", "-",
        "(", "’", "“", "—", "é", "e\u{301}", "\u{301}", "\u{200d}", "\u{200b}", "\u{ad}", "\u{2060}", "Ⓜ",
        "☃", "👩", "🇩", "🇪", "א", "ש", "״", "カ", "漢", "ไ", "\u{a0}", "\u{3000}", "٣", "\u{feff}", "·", "…",
    ];

    #[test]
    fn stems_join_the_forms_of_a_word() {
        let stem = |it: &str| Language::English.stem(it).into_owned();
        assert_eq!(stem("launches"), stem("launched"));
        assert_eq!(stem("openai's"), stem("openai"));
        assert_eq!(Language::German.stem("anbietern"), Language::German.stem("anbieter"));
        assert_eq!(Language::French.stem("l'accord"), Language::French.stem("accords"));
        assert_eq!(Language::Spanish.stem("servidores"), Language::Spanish.stem("servidor"));
    }

    #[test]
    fn a_tag_names_its_language() {
        assert_eq!(Language::of_tag("en-gb"), Some(Language::English));
        assert_eq!(Language::of_tag("DE-at"), Some(Language::German));
        assert_eq!(Language::of_tag("pl"), None);
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
