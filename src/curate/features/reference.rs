//! What a sentence refers to that it does not say.

use super::hash::fnv;
use super::hash::is;
use super::lexicon::LEXICON;
use super::line::EarlierLines;
use super::line::LineToken;
use super::line::LineWord;
use super::line::Read;

/// A place behind every word that is looked at.
const NOWHERE: usize = 40;

/// Pushes how often and where the line refers to something outside of it.
pub(super) fn push(line: &Read, title: &Read, seen: &EarlierLines, values: &mut Vec<f32>) {
    let words = line.words.as_slice();
    let has = |stems: &[u32], word: &LineWord| word.stem.is_some_and(|it| stems.binary_search(&it).is_ok());
    let is_name = |at: usize| words[at].is_capitalised && words[at].stem.is_some();
    let class = |names: &[&str]| names.iter().fold(0, |all, it| all | LEXICON.class(it));
    let pronoun = class(&["he", "it", "they", "this"]);
    let first_pronoun = words.iter().position(|it| it.classes & pronoun != 0).unwrap_or(NOWHERE);
    let is_known_name =
        |at: &usize| is_name(*at) && (0 < *at || words[*at].stem.is_some_and(|it| seen.names.contains(&it)));
    let first_name = (0..words.len()).find(is_known_name).unwrap_or(NOWHERE);
    let is_alone = |at: usize| {
        let beside = |at: Option<usize>| at.is_some_and(|at| at < words.len() && is_name(at));
        is_name(at) && !beside(at.checked_sub(1)) && !beside(Some(at + 1))
    };
    let is_surname = |at: usize| is_alone(at) && seen.in_full.contains(&words[at].hash);
    let surnames = (1..words.len()).filter(|at| is_surname(*at)).count();
    let (inside, outside) = speakers(line);
    values.extend(definites(words, title, seen));
    values.extend([
        first_pronoun.min(NOWHERE) as f32,
        first_name.min(NOWHERE) as f32,
        is(first_pronoun < first_name),
        surnames as f32,
        is(!words.is_empty() && is_surname(0)),
        inside,
        outside,
    ]);
    let content: Vec<&LineWord> = words.iter().filter(|it| it.stem.is_some()).collect();
    let all = words.len().max(1) as f32;
    let in_title = content.iter().filter(|it| has(&title.stems, it)).count() as f32;
    let is_seen =
        |it: &&&LineWord| it.stem.is_some_and(|it| seen.stems.contains(&it)) && !has(&title.stems, it);
    let known = content.iter().filter(is_seen).count() as f32;
    values.extend([in_title / all, known / all, (content.len() as f32 - in_title - known) / all]);
}

/// How often "the" stands before a thing that the title names, that the line itself goes on to tell,
/// that an earlier line named, and that nothing names.
fn definites(words: &[LineWord], title: &Read, seen: &EarlierLines) -> [f32; 4] {
    /// Words of such a thing.
    const THING_WORDS_MAX: usize = 3;
    const THE: u32 = fnv("the");
    const TELLING: [u32; 7] =
        [fnv("of"), fnv("that"), fnv("who"), fnv("which"), fnv("to"), fnv("in"), fnv("for")];
    let mut counts = [0.0; 4];
    for at in (0..words.len()).filter(|at| words[*at].hash == THE) {
        let behind = &words[at + 1..];
        let is_thing = |it: &&LineWord| it.stem.is_some() && !it.is_capitalised;
        let thing = behind.iter().take(THING_WORDS_MAX).take_while(is_thing).count();
        let Some(stem) = thing.checked_sub(1).and_then(|at| behind[at].stem) else { continue };
        let is_told = behind.get(thing).is_some_and(|it| TELLING.contains(&it.hash));
        let kind = match (title.stems.binary_search(&stem).is_ok(), is_told, seen.stems.contains(&stem)) {
            (true, ..) => 0,
            (_, true, _) => 1,
            (_, _, true) => 2,
            _ => 3,
        };
        counts[kind] += 1.0;
    }
    counts
}

/// How often the line says "I", "we" or "you" within quotation marks and outside of them.
fn speakers(line: &Read) -> (f32, f32) {
    let speaker = ["i", "we", "you"].iter().fold(0, |all, it| all | LEXICON.class(it));
    let (mut inside, mut outside, mut is_quoted) = (0.0, 0.0, false);
    for token in &line.tokens {
        match token {
            LineToken::Mark('"') => is_quoted = !is_quoted,
            LineToken::Mark('“') => is_quoted = true,
            LineToken::Mark('”') => is_quoted = false,
            LineToken::Mark(_) => {}
            LineToken::Word(at) if line.words[*at].classes & speaker == 0 => {}
            LineToken::Word(_) if is_quoted => inside += 1.0,
            LineToken::Word(_) => outside += 1.0,
        }
    }
    (inside, outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is pushed for the last of these lines.
    fn last(title: &str, lines: &[&str]) -> Vec<f32> {
        let (title, mut seen, mut values) = (Read::new(title), EarlierLines::default(), Vec::new());
        for text in lines {
            let line = Read::new(text);
            values.clear();
            push(&line, &title, &seen, &mut values);
            seen.add(&line);
        }
        values
    }

    #[test]
    fn a_thing_is_known_from_the_title_the_line_itself_an_earlier_line_or_not_at_all() {
        let definite = |lines: &[&str]| last("Acme buys a mill", lines)[..4].to_vec();
        assert_eq!(definite(&["Rust stopped the mill."]), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(definite(&["Rust stopped the bakery of Osk."]), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(definite(&["A bakery stands in Osk.", "Rust stopped the bakery."]), [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(definite(&["Rust stopped the bakery."]), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_surname_alone_leans_on_the_full_name_before() {
        let surnames = |lines: &[&str]| last("", lines)[7..9].to_vec();
        assert_eq!(surnames(&["Ada Hill runs the mill.", "A friend of Hill waits."]), [1.0, 0.0]);
        assert_eq!(surnames(&["Ada Hill runs the mill.", "Hill waits."]), [0.0, 1.0]);
        assert_eq!(surnames(&["Ada Hill runs the mill.", "Ada Hill waits."]), [0.0, 0.0]);
    }

    #[test]
    fn who_speaks_is_counted_within_and_outside_of_quotation_marks() {
        let speakers = |text: &str| last("", &[text])[9..11].to_vec();
        assert_eq!(speakers("“I closed it and you left,” said Ada Hill."), [2.0, 0.0]);
        assert_eq!(speakers("I closed it."), [0.0, 1.0]);
    }
}
