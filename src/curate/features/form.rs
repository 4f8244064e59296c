//! How a line is written: its length, marks, capitals and endings, and the classes of its words.

use super::hash::is;
use super::hash::ln;
use super::lexicon::LEXICON;
use super::line::Read;
use super::line::WORDS_MAX;

/// How the line is written.
pub(super) fn push_form(it: &Read, values: &mut Vec<f32>) {
    let text = it.text;
    let words = it.words.len();
    let first = text.chars().next().unwrap_or(' ');
    let capitalised = it.words.iter().skip(1).filter(|it| it.is_capitalised).count() as f32;
    let signs = CharacterCounts::of(text);
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
struct CharacterCounts {
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

impl CharacterCounts {
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
pub(super) fn push_lexicon(it: &Read, values: &mut Vec<f32>) {
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
