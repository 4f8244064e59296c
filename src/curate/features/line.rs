//! A line taken apart into its words and marks, and what the lines before it have said.

use foldhash::HashSet;

use super::hash::bucket;
use super::hash::fnv;
use super::hash::mix;
use super::lexicon::LEXICON;
use crate::text::word;
use crate::text::word::Language;

/// Words of a sentence that are looked at.
pub(super) const WORDS_MAX: usize = 80;
/// Words that a line without an end mark may have and be a heading.
const HEADING_WORDS_MAX: usize = 14;
/// Words from which on a line with an end mark is prose.
const PROSE_WORDS_MIN: usize = 8;

/// A word as the features need it.
#[derive(Clone, Copy)]
pub(super) struct LineWord {
    /// Of the word in lower case.
    pub(super) hash: u32,
    /// Of its first letters, which stand for its stem; `None` for a word that says nothing.
    pub(super) stem: Option<u32>,
    /// Of how it ends.
    pub(super) ending: u32,
    /// Bits of the classes of the lexicon.
    pub(super) classes: u64,
    pub(super) is_capitalised: bool,
    pub(super) has_digit: bool,
}

/// A line taken apart.
pub(super) struct Read<'a> {
    pub(super) text: &'a str,
    /// All its words as written.
    pub(super) written: Vec<&'a str>,
    /// The first of them.
    pub(super) words: Vec<LineWord>,
    /// The same and the marks between them.
    pub(super) tokens: Vec<LineToken>,
    /// Different content stems, sorted.
    pub(super) stems: Vec<u32>,
    pub(super) ends: bool,
}

impl<'a> Read<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let (mut written, mut tokens, mut end) = (Vec::new(), Vec::new(), 0);
        for (at, shown) in word::words(text) {
            tokens.extend(marks(&text[end..at]));
            if written.len() < WORDS_MAX {
                tokens.push(LineToken::Word(written.len()));
            }
            written.push(shown);
            end = at + shown.len();
        }
        tokens.extend(marks(&text[end..]));
        let words: Vec<LineWord> = written.iter().take(WORDS_MAX).map(|it| read_word(it)).collect();
        let mut stems: Vec<u32> = words.iter().filter_map(|it| it.stem).collect();
        stems.sort_unstable();
        stems.dedup();
        let bare = text.trim_end_matches(['"', '\'', '”', '’', ')', ']', '»']);
        Self { text, written, words, tokens, stems, ends: bare.ends_with(['.', '!', '?', '…']) }
    }

    pub(super) fn is_prose(&self) -> bool {
        self.ends && PROSE_WORDS_MIN <= self.words.len()
    }

    pub(super) fn is_heading(&self) -> bool {
        !self.ends && self.words.len() <= HEADING_WORDS_MAX
    }

    pub(super) fn classes(&self) -> u64 {
        self.words.iter().fold(0, |all, it| all | it.classes)
    }

    /// Buckets of words, of pairs, and of how the line begins and ends.
    pub(super) fn grams(&self) -> Vec<u16> {
        let mut grams: Vec<u16> = Vec::with_capacity(2 * self.words.len() + 4);
        let mut before = 0x51ed_270b_u32;
        for it in &self.words {
            grams.push(bucket(it.hash));
            grams.push(bucket(mix(before, it.hash)));
            before = it.hash;
        }
        if let [first, rest @ ..] = self.words.as_slice() {
            grams.push(bucket(mix(0x9e37_79b9, first.hash)));
            let second = rest.first().map_or(0, |it| it.hash);
            grams.push(bucket(mix(mix(0x7f4a_7c15, first.hash), second)));
            grams.push(bucket(mix(0x85eb_ca6b, before)));
        }
        let mark = self.text.chars().next_back().map_or(0, u32::from);
        grams.push(bucket(mix(0xc2b2_ae35, mark)));
        grams.sort_unstable();
        grams.dedup();
        grams
    }
}

fn read_word(text: &str) -> LineWord {
    /// Letters of a word that stand for its stem.
    const STEM_CHARS: usize = 6;
    let lower = word::lower(text);
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    let is_content = 2 < lower.len() && !Language::English.is_stop_word(&lower);
    let end = lower.char_indices().nth(STEM_CHARS).map_or(lower.len(), |it| it.0);
    // A plural is its singular.
    let stem = lower[..end].trim_end_matches('s');
    LineWord {
        // One number is as good as another.
        hash: if has_digit { fnv("#") } else { fnv(&lower) },
        stem: is_content.then(|| fnv(stem)),
        ending: ending(&lower),
        classes: LEXICON.by_word.get(lower.as_ref()).copied().unwrap_or(0),
        is_capitalised: word::is_capitalised(text),
        has_digit,
    }
}

/// A word or a mark of a line, in its order.
#[derive(Clone, Copy, Debug)]
pub(super) enum LineToken {
    /// The position of a word in its line.
    Word(usize),
    /// A mark that says something of how the line is built.
    Mark(char),
}

/// The marks between two words that count.
fn marks(gap: &str) -> impl Iterator<Item = LineToken> {
    let counts = |it: &char| {
        matches!(
            it,
            '$' | '€' | '£' | '%' | '"' | '“' | '”' | ':' | ';' | ',' | '(' | ')' | '?' | '!' | '—' | '–'
        )
    };
    gap.chars().filter(counts).map(LineToken::Mark)
}

/// The end of a word, which tells a verb from a noun often enough; 0 for most.
fn ending(lower: &str) -> u32 {
    const ENDINGS: &[&str] =
        &["ing", "ed", "ly", "ions", "ion", "ity", "ment", "ness", "able", "ers", "er", "est", "es", "s"];
    let has = |it: &&&str| it.len() + 2 < lower.len() && lower.ends_with(**it);
    ENDINGS.iter().find(has).map_or(0, |it| fnv(it))
}

/// What was said before a line.
#[derive(Default)]
pub(super) struct EarlierLines {
    pub(super) stems: HashSet<u32>,
    pub(super) names: HashSet<u32>,
    /// Words that stood behind another name, as a surname does behind a first name.
    pub(super) in_full: HashSet<u32>,
}

impl EarlierLines {
    pub(super) fn add(&mut self, line: &Read) {
        self.stems.extend(&line.stems);
        self.names.extend(line.words.iter().skip(1).filter(|it| it.is_capitalised).filter_map(|it| it.stem));
        let is_name = |it: &LineWord| it.is_capitalised && it.stem.is_some();
        let in_full = line.words.windows(2).filter(|it| it.iter().all(is_name)).map(|it| it[1].hash);
        self.in_full.extend(in_full);
    }
}
