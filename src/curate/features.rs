//! What a sentence shows of itself: the numbers and words from which the chooser tells its role.
//!
//! Everything here is arithmetic on one text and its title, without a parser and without a table
//! of names. The trainer and the engine call the same function, so that what was learned applies.

mod reference;
mod shape;

use std::sync::LazyLock;

use foldhash::HashMap;
use foldhash::HashSet;

use crate::text::word;
use crate::text::word::Language;

pub use self::shape::BUCKETS as SHAPES;
use self::shape::Token;

/// Buckets into which words and pairs of words are hashed.
pub const BUCKETS: usize = 1 << 14;
/// Words of a sentence that are looked at.
const WORDS_MAX: usize = 80;
/// Words that a line without an end mark may have and be a heading.
const HEADING_WORDS_MAX: usize = 14;
/// Words from which on a line with an end mark is prose.
const PROSE_WORDS_MIN: usize = 8;

/// One sentence, heading or other line of a text.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its words.
    pub text: &'a str,
    /// Counts the paragraphs of its text from 0.
    pub paragraph: usize,
}

/// What one line shows.
#[derive(Clone, Debug)]
pub struct Features {
    /// Numbers, always as many and in the same order.
    pub dense: Vec<f32>,
    /// Buckets of its words and pairs of words, sorted, each once.
    pub grams: Vec<u16>,
    /// Buckets of how it is built, sorted, each once.
    pub shapes: Vec<u16>,
}

/// The features of every line of an English text, in order.
pub fn of_text(title: &str, lines: &[Line]) -> Vec<Features> {
    let read: Vec<Read> = lines.iter().map(|it| Read::new(it.text)).collect();
    let title = Read::new(title);
    let text = Text::new(&read, lines, &title);
    let mut seen = Seen::default();
    let mut features = Vec::with_capacity(lines.len());
    let mut before = Vec::new();
    for (at, line) in read.iter().enumerate() {
        let shapes = shape::of_line(line, &title, &seen);
        features.push(Features {
            dense: text.dense(at, &seen),
            grams: line.grams(),
            shapes: shape::grams(&shapes, &before),
        });
        seen.add(line);
        before = shapes;
    }
    features
}

/// A word as the features need it.
#[derive(Clone, Copy)]
struct Word {
    /// Of the word in lower case.
    hash: u32,
    /// Of its first letters, which stand for its stem; `None` for a word that says nothing.
    stem: Option<u32>,
    /// Of how it ends.
    ending: u32,
    /// Bits of the classes of the lexicon.
    classes: u64,
    is_capitalised: bool,
    has_digit: bool,
}

/// A line taken apart.
struct Read<'a> {
    text: &'a str,
    /// All its words as written.
    written: Vec<&'a str>,
    /// The first of them.
    words: Vec<Word>,
    /// The same and the marks between them.
    tokens: Vec<Token>,
    /// Different content stems, sorted.
    stems: Vec<u32>,
    ends: bool,
}

impl<'a> Read<'a> {
    fn new(text: &'a str) -> Self {
        let (mut written, mut tokens, mut end) = (Vec::new(), Vec::new(), 0);
        for (at, shown) in word::words(text) {
            tokens.extend(shape::marks(&text[end..at]));
            if written.len() < WORDS_MAX {
                tokens.push(Token::Word(written.len()));
            }
            written.push(shown);
            end = at + shown.len();
        }
        tokens.extend(shape::marks(&text[end..]));
        let words: Vec<Word> = written.iter().take(WORDS_MAX).map(|it| read_word(it)).collect();
        let mut stems: Vec<u32> = words.iter().filter_map(|it| it.stem).collect();
        stems.sort_unstable();
        stems.dedup();
        let bare = text.trim_end_matches(['"', '\'', '”', '’', ')', ']', '»']);
        Self { text, written, words, tokens, stems, ends: bare.ends_with(['.', '!', '?', '…']) }
    }

    fn is_prose(&self) -> bool {
        self.ends && PROSE_WORDS_MIN <= self.words.len()
    }

    fn is_heading(&self) -> bool {
        !self.ends && self.words.len() <= HEADING_WORDS_MAX
    }

    fn classes(&self) -> u64 {
        self.words.iter().fold(0, |all, it| all | it.classes)
    }

    /// Buckets of words, of pairs, and of how the line begins and ends.
    fn grams(&self) -> Vec<u16> {
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

fn read_word(text: &str) -> Word {
    /// Letters of a word that stand for its stem.
    const STEM_CHARS: usize = 6;
    let lower = word::lower(text);
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    let is_content = 2 < lower.len() && !Language::English.is_stop_word(&lower);
    let end = lower.char_indices().nth(STEM_CHARS).map_or(lower.len(), |it| it.0);
    // A plural is its singular.
    let stem = lower[..end].trim_end_matches('s');
    Word {
        // One number is as good as another.
        hash: if has_digit { fnv("#") } else { fnv(&lower) },
        stem: is_content.then(|| fnv(stem)),
        ending: shape::ending(&lower),
        classes: LEXICON.by_word.get(lower.as_ref()).copied().unwrap_or(0),
        is_capitalised: word::is_capitalised(text),
        has_digit,
    }
}

/// What was said before a line.
#[derive(Default)]
struct Seen {
    stems: HashSet<u32>,
    names: HashSet<u32>,
    /// Words that stood behind another name, as a surname does behind a first name.
    in_full: HashSet<u32>,
}

impl Seen {
    fn add(&mut self, line: &Read) {
        self.stems.extend(&line.stems);
        self.names.extend(line.words.iter().skip(1).filter(|it| it.is_capitalised).filter_map(|it| it.stem));
        let is_name = |it: &Word| it.is_capitalised && it.stem.is_some();
        let in_full = line.words.windows(2).filter(|it| it.iter().all(is_name)).map(|it| it[1].hash);
        self.in_full.extend(in_full);
    }
}

/// A text, and what its lines are measured against.
struct Text<'a> {
    read: &'a [Read<'a>],
    lines: &'a [Line<'a>],
    title: &'a Read<'a>,
    /// In how many lines each stem occurs.
    lines_with: HashMap<u32, u32>,
    /// Position of the first line that reads like the article's text.
    opening: usize,
    /// Prose lines before each line.
    prose_before: Vec<usize>,
    /// Position in its paragraph, and how many lines that has.
    in_paragraph: Vec<(usize, usize)>,
    /// Lines since the last heading, and what classes of words that had.
    heading: Vec<(usize, u64)>,
    /// Whether the same line stands elsewhere too.
    is_repeated: Vec<bool>,
    /// Shares of the text's prose: first person, second person, quotations, reported speech.
    manner: [f32; 6],
}

impl<'a> Text<'a> {
    fn new(read: &'a [Read<'a>], lines: &'a [Line<'a>], title: &'a Read<'a>) -> Self {
        let mut lines_with: HashMap<u32, u32> = HashMap::default();
        read.iter().flat_map(|it| &it.stems).for_each(|it| *lines_with.entry(*it).or_default() += 1);
        let is_opening = |it: &Read| 12 <= it.words.len() && it.ends;
        let opening = read.iter().position(is_opening).unwrap_or(0);
        let mut prose = 0;
        let prose_before = read.iter().map(|it| {
            let before = prose;
            prose += usize::from(it.is_prose());
            before
        });
        let prose_before: Vec<usize> = prose_before.collect();
        let mut counts: HashMap<&str, u32> = HashMap::default();
        lines.iter().for_each(|it| *counts.entry(it.text).or_default() += 1);
        let is_repeated = lines.iter().map(|it| 1 < counts[it.text]).collect();
        let mut heading = Vec::with_capacity(read.len());
        let mut last = (read.len(), 0);
        for it in read {
            heading.push(last);
            last = if it.is_heading() { (0, it.classes()) } else { (last.0 + 1, last.1) };
        }
        Self {
            read,
            lines,
            title,
            lines_with,
            opening,
            prose_before,
            in_paragraph: in_paragraph(lines),
            heading,
            is_repeated,
            manner: manner(read),
        }
    }

    fn dense(&self, at: usize, seen: &Seen) -> Vec<f32> {
        let mut values = Vec::with_capacity(200);
        self.push_place(at, &mut values);
        push_form(&self.read[at], &mut values);
        self.push_content(at, seen, &mut values);
        self.push_neighbours(at, &mut values);
        push_lexicon(&self.read[at], &mut values);
        reference::push(&self.read[at], self.title, seen, &mut values);
        values.extend(self.manner);
        values
    }

    /// Where the line stands.
    fn push_place(&self, at: usize, values: &mut Vec<f32>) {
        let n = self.read.len();
        let (place, size) = self.in_paragraph[at];
        let prose = self.prose_before.last().copied().unwrap_or(0) + 1;
        let (since_heading, heading) = self.heading[at];
        let is_in = |name: &str| is(heading & LEXICON.class(name) != 0);
        values.extend([
            ln(at),
            at as f32 / n as f32,
            ln(at.saturating_sub(self.opening)),
            is(at == self.opening),
            is(at < self.opening),
            ln(self.prose_before[at]),
            self.prose_before[at] as f32 / prose as f32,
            ln(prose),
            ln(n),
            place as f32,
            size as f32,
            is(place == 0),
            is(place + 1 == size),
            ln(since_heading.min(60)),
            is_in("furniture"),
            is_in("conclude"),
            is(self.is_repeated[at]),
            ln(n - at),
        ]);
    }

    /// What the line says beside the title and the rest of the text.
    fn push_content(&self, at: usize, seen: &Seen, values: &mut Vec<f32>) {
        let it = &self.read[at];
        let n = self.read.len() as f32;
        let stems = it.stems.len().max(1) as f32;
        let with = |stem: &u32| self.lines_with.get(stem).copied().unwrap_or(1) as f32;
        let central = it.stems.iter().map(|stem| with(stem) - 1.0).sum::<f32>() / stems;
        let rarity = it.stems.iter().map(|stem| (n / with(stem)).ln_1p()).sum::<f32>() / stems;
        let top = it.stems.iter().map(with).fold(0.0, f32::max) / n;
        let in_title = shared(&it.stems, &self.title.stems) as f32;
        let lead = &self.read[self.opening.min(self.read.len() - 1)];
        let known = it.stems.iter().filter(|stem| seen.stems.contains(*stem)).count() as f32;
        let names = it.words.iter().skip(1).filter(|it| it.is_capitalised);
        let stems_of_names = names.filter_map(|it| it.stem);
        let (mut new, mut old) = (0.0, 0.0);
        for stem in stems_of_names {
            if seen.names.contains(&stem) { old += 1.0 } else { new += 1.0 }
        }
        let first = it.words.first();
        let is_the = it.text.starts_with("The ");
        let subject: Vec<&Word> = it.words.iter().skip(usize::from(is_the)).take(3).collect();
        let is_named = subject.iter().skip(usize::from(!is_the)).any(|it| it.is_capitalised);
        let subject_seen =
            subject.iter().filter_map(|it| it.stem).filter(|it| seen.stems.contains(it)).count();
        let title_has = |it: &&&Word| it.stem.is_some_and(|it| self.title.stems.binary_search(&it).is_ok());
        let noun = LEXICON.class("noun");
        values.extend([
            in_title / self.title.stems.len().max(1) as f32,
            in_title / stems,
            shared(&it.stems, &lead.stems) as f32 / stems,
            central,
            central / n.sqrt(),
            rarity,
            top,
            known / stems,
            new,
            old,
            is(is_the),
            is(is_the && !is_named),
            is(is_the && !is_named && subject.iter().any(|it| it.classes & noun != 0)),
            is(is_named),
            subject_seen as f32,
            subject.iter().filter(title_has).count() as f32,
            is(first.is_some_and(|it| it.stem.is_some_and(|it| seen.names.contains(&it)))),
            is(first.is_some_and(|it| it.stem.is_some_and(|it| self.title.stems.binary_search(&it).is_ok()))),
            is(first.is_some_and(|it| it.stem.is_none())),
        ]);
    }

    /// What stands around the line.
    fn push_neighbours(&self, at: usize, values: &mut Vec<f32>) {
        let line = |offset: isize| at.checked_add_signed(offset).and_then(|at| self.read.get(at));
        let mut around = [0.0; 3];
        for offset in -3..=3 {
            if let Some(it) = line(offset) {
                around[0] += it.words.len() as f32;
                around[1] += is(it.ends);
                around[2] += is(it.is_prose());
            }
        }
        values.extend(around.map(|it| it / 7.0));
        for offset in [-2, -1, 1, 2] {
            let it = line(offset);
            values.push(it.map_or(-1.0, |it| it.words.len() as f32));
            values.push(it.map_or(-1.0, |it| is(it.ends)));
        }
        for offset in [-1, 1] {
            let it = line(offset);
            let stems = self.read[at].stems.len().max(1) as f32;
            values.push(it.map_or(0.0, |other| shared(&self.read[at].stems, &other.stems) as f32 / stems));
            let first = it.and_then(|it| it.words.first()).map_or(0, |it| it.classes);
            let leans = ["he", "it", "they", "this", "connective"].map(|it| LEXICON.class(it));
            values.push(is(leans.iter().any(|it| first & it != 0)));
            values.push(is(it.is_some_and(|it| it.text.contains(['"', '“', '”']))));
            values.push(is(it.is_some_and(|it| it.text.ends_with([':', '?']))));
        }
        let paragraph = |offset: isize| {
            at.checked_add_signed(offset).and_then(|at| self.lines.get(at)).map(|it| it.paragraph)
        };
        values.push(is(paragraph(-1) == Some(self.lines[at].paragraph)));
        values.push(is(paragraph(1) == Some(self.lines[at].paragraph)));
    }
}

/// How the line is written.
fn push_form(it: &Read, values: &mut Vec<f32>) {
    let text = it.text;
    let words = it.words.len();
    let first = text.chars().next().unwrap_or(' ');
    let capitalised = it.words.iter().skip(1).filter(|it| it.is_capitalised).count() as f32;
    let signs = Signs::of(text);
    let letters = signs.letters.max(1) as f32;
    let digits = text.bytes().filter(u8::is_ascii_digit).count() as f32;
    let numbers = it.words.iter().filter(|it| it.has_digit).count() as f32;
    let is_year = |it: &&str| it.len() == 4 && (it.starts_with("19") || it.starts_with("20"));
    let behind_first = it.written.get(1..).unwrap_or_default().iter().take(WORDS_MAX);
    let ends_in =
        |end: &str| behind_first.clone().filter(|it| 4 < it.len() && it.ends_with(end)).count() as f32;
    let all = words.max(1) as f32;
    values.extend([
        words as f32,
        ln(words),
        text.len() as f32 / all,
        is(first.is_lowercase()),
        is(first.is_ascii_digit()),
        is(matches!(first, '"' | '“' | '‘' | '\'')),
        is(it.ends),
        is(text.ends_with('?')),
        is(text.ends_with('!')),
        is(text.ends_with(':')),
        is(text.ends_with("...") || text.ends_with('…')),
        signs.commas as f32,
        signs.colons as f32,
        signs.brackets as f32,
        signs.dashes as f32,
        signs.quotes as f32,
        is(!signs.quotes.is_multiple_of(2)),
        signs.symbols as f32,
        is(text.contains("://") || text.contains("www.")),
        signs.units as f32,
        digits / letters,
        numbers,
        capitalised,
        capitalised / all,
        signs.capitals as f32 / letters,
        is(it.written.iter().any(is_year)),
        ends_in("ed"),
        ends_in("ing"),
        ends_in("ly"),
        ends_in("s") / all,
        is(text.contains(", ") && text.find(", ").is_some_and(|it| it < 40)),
        it.stems.len() as f32 / all,
        is(it.written.first().is_some_and(|it| it.ends_with("ing"))),
        is(text.trim_end_matches('.').contains(". ")),
        has_glued_end(text),
    ]);
}

/// How many characters of each kind a line has.
#[derive(Default)]
struct Signs {
    letters: u32,
    capitals: u32,
    commas: u32,
    colons: u32,
    brackets: u32,
    dashes: u32,
    quotes: u32,
    /// Such as stand in menus and in code.
    symbols: u32,
    units: u32,
}

impl Signs {
    fn of(text: &str) -> Self {
        let mut signs = Self::default();
        for c in text.chars() {
            signs.letters += u32::from(c.is_alphabetic());
            signs.capitals += u32::from(c.is_uppercase());
            let kind = match c {
                ',' => &mut signs.commas,
                ':' | ';' => &mut signs.colons,
                '(' | '[' => &mut signs.brackets,
                '—' | '–' => &mut signs.dashes,
                '"' | '“' | '”' => &mut signs.quotes,
                '|' | '•' | '·' | '›' | '>' | '{' | '}' | '<' | '=' | '_' | '#' | '@' | '©' | '→' => {
                    &mut signs.symbols
                }
                '$' | '€' | '£' | '%' => &mut signs.units,
                _ => continue,
            };
            *kind += 1;
        }
        signs
    }
}

/// Whether a sentence ends inside without a blank behind it, as in "left.Then".
fn has_glued_end(text: &str) -> f32 {
    let bytes = text.as_bytes();
    is(bytes.windows(3).any(|it| {
        it[0].is_ascii_lowercase() && matches!(it[1], b'.' | b'?' | b'!') && it[2].is_ascii_uppercase()
    }))
}

/// How many words of each class the line has, and whether it opens with one.
fn push_lexicon(it: &Read, values: &mut Vec<f32>) {
    let classes = LEXICON.classes.len();
    let start = values.len();
    values.resize(start + 2 * classes, 0.0);
    for (at, word) in it.words.iter().enumerate() {
        let mut left = word.classes;
        while left != 0 {
            let class = left.trailing_zeros() as usize;
            values[start + class] += 1.0;
            if at == 0 {
                values[start + classes + class] = 1.0;
            }
            left &= left - 1;
        }
    }
}

/// How the text as a whole is written.
fn manner(read: &[Read]) -> [f32; 6] {
    let names = ["i", "we", "you", "said", "engineering", "opinion"];
    let classes = names.map(|it| LEXICON.class(it));
    let prose = read.iter().filter(|it| it.is_prose()).count().max(1) as f32;
    let mut shares = [0.0; 6];
    for it in read.iter().filter(|it| it.is_prose()) {
        let all = it.classes();
        shares.iter_mut().zip(classes).for_each(|(share, class)| *share += is(all & class != 0));
    }
    shares.map(|it| it / prose)
}

fn in_paragraph(lines: &[Line]) -> Vec<(usize, usize)> {
    let mut places: Vec<(usize, usize)> = Vec::with_capacity(lines.len());
    for group in lines.chunk_by(|a, b| a.paragraph == b.paragraph) {
        places.extend((0..group.len()).map(|at| (at, group.len())));
    }
    places
}

/// Classes of words, each a bit.
struct Lexicon {
    classes: Vec<&'static str>,
    by_word: HashMap<&'static str, u64>,
}

impl Lexicon {
    /// The bit of a class; 0 for an unknown one.
    fn class(&self, name: &str) -> u64 {
        self.classes.iter().position(|it| *it == name).map_or(0, |it| 1 << it)
    }
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon { classes: Vec::new(), by_word: HashMap::default() };
    for line in
        include_str!("features/lexicon.txt").lines().filter(|it| !it.is_empty() && !it.starts_with('#'))
    {
        match line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            Some(class) => lexicon.classes.push(class),
            None => {
                let bit = 1 << (lexicon.classes.len() - 1);
                *lexicon.by_word.entry(line).or_default() |= bit;
            }
        }
    }
    lexicon
});

/// How many numbers two sorted lists share.
fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                (i, j, shared) = (i + 1, j + 1, shared + 1);
            }
        }
    }
    shared
}

/// FNV-1a: the same on every machine and in every version, which a table of weights needs.
const fn fnv(text: &str) -> u32 {
    let (bytes, mut hash, mut at) = (text.as_bytes(), 0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

fn mix(a: u32, b: u32) -> u32 {
    let hash = (a.rotate_left(5) ^ b).wrapping_mul(0x85eb_ca6b);
    hash ^ (hash >> 15)
}

fn bucket(hash: u32) -> u16 {
    let folded = hash ^ (hash >> 16);
    (folded as usize % BUCKETS) as u16
}

fn ln(n: usize) -> f32 {
    (n as f32).ln_1p()
}

fn is(fact: bool) -> f32 {
    f32::from(u8::from(fact))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(lines: &[&str]) -> Vec<Vec<f32>> {
        let lines: Vec<Line> =
            lines.iter().enumerate().map(|(paragraph, text)| Line { text, paragraph }).collect();
        of_text("Acme buys a mill", &lines).into_iter().map(|it| it.dense).collect()
    }

    #[test]
    fn hashes_are_those_that_the_tables_were_trained_with() {
        assert_eq!(fnv(""), 0x811c_9dc5);
        assert_eq!(fnv("mill"), 0x838e72c3);
    }

    #[test]
    fn every_line_has_as_many_numbers_and_none_is_unknown() {
        let all = dense(&["", "Home", "Acme bought the mill of Osk for 3 million.", "\u{202e}é\u{0}", "…"]);
        assert!(all.iter().all(|it| it.len() == all[0].len() && it.iter().all(|it| it.is_finite())));
    }

    #[test]
    fn classes_of_the_lexicon_fit_into_their_bits() {
        assert!(LEXICON.classes.len() < 64);
        for class in
            ["he", "it", "they", "this", "connective", "noun", "furniture", "conclude", "i", "we", "you"]
        {
            assert_ne!(LEXICON.class(class), 0, "{class}");
        }
    }
}
