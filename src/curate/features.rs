//! What a sentence shows of itself: the numbers and words from which the chooser tells its role.
//!
//! Everything here is arithmetic on one text and its title, without a parser and without a table
//! of names. The trainer and the engine call the same function, so that what was learned applies.

mod form;
mod hash;
mod lexicon;
mod line;
mod reference;
mod shape;

use foldhash::HashMap;

pub use self::hash::BUCKETS;
use self::hash::is;
use self::hash::ln;
use self::lexicon::LEXICON;
use self::line::EarlierLines;
use self::line::LineWord;
use self::line::Read;
pub use self::shape::BUCKETS as SHAPES;

/// One sentence, heading or other line of a text.
#[derive(Clone, Copy, Debug)]
pub struct TextLine<'a> {
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
    /// Stems of its content words, sorted, each once.
    pub stems: Vec<u32>,
}

/// The stems of a text's content words, as [`Features::stems`].
pub fn stems_of(text: &str) -> Vec<u32> {
    Read::new(text).stems
}

/// The features of every line of an English text, in order.
pub fn of_text(title: &str, lines: &[TextLine]) -> Vec<Features> {
    let read: Vec<Read> = lines.iter().map(|it| Read::new(it.text)).collect();
    let title = Read::new(title);
    let text = MeasuredText::new(&read, lines, &title);
    let mut seen = EarlierLines::default();
    let mut features = Vec::with_capacity(lines.len());
    let mut before = Vec::new();
    for (at, line) in read.iter().enumerate() {
        let shapes = shape::of_line(line, &title, &seen);
        features.push(Features {
            dense: text.dense(at, &seen),
            grams: line.grams(),
            shapes: shape::grams(&shapes, &before),
            stems: line.stems.clone(),
        });
        seen.add(line);
        before = shapes;
    }
    features
}

/// A text, and what its lines are measured against.
struct MeasuredText<'a> {
    read: &'a [Read<'a>],
    lines: &'a [TextLine<'a>],
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

impl<'a> MeasuredText<'a> {
    fn new(read: &'a [Read<'a>], lines: &'a [TextLine<'a>], title: &'a Read<'a>) -> Self {
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

    fn dense(&self, at: usize, seen: &EarlierLines) -> Vec<f32> {
        let mut values = Vec::with_capacity(200);
        self.push_place(at, &mut values);
        form::push_form(&self.read[at], &mut values);
        self.push_content(at, seen, &mut values);
        self.push_neighbours(at, &mut values);
        form::push_lexicon(&self.read[at], &mut values);
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
    fn push_content(&self, at: usize, seen: &EarlierLines, values: &mut Vec<f32>) {
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
        let subject: Vec<&LineWord> = it.words.iter().skip(usize::from(is_the)).take(3).collect();
        let is_named = subject.iter().skip(usize::from(!is_the)).any(|it| it.is_capitalised);
        let subject_seen =
            subject.iter().filter_map(|it| it.stem).filter(|it| seen.stems.contains(it)).count();
        let title_has =
            |it: &&&LineWord| it.stem.is_some_and(|it| self.title.stems.binary_search(&it).is_ok());
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

fn in_paragraph(lines: &[TextLine]) -> Vec<(usize, usize)> {
    let mut places: Vec<(usize, usize)> = Vec::with_capacity(lines.len());
    for group in lines.chunk_by(|a, b| a.paragraph == b.paragraph) {
        places.extend((0..group.len()).map(|at| (at, group.len())));
    }
    places
}

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

#[cfg(test)]
mod tests {
    use super::hash::fnv;
    use super::*;

    fn dense(lines: &[&str]) -> Vec<Vec<f32>> {
        let lines: Vec<TextLine> =
            lines.iter().enumerate().map(|(paragraph, text)| TextLine { text, paragraph }).collect();
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
