//! The sentence of a story that a search is about.

use super::card::marked;
use crate::domain::Item;
use crate::domain::Statement;
use crate::publish::attribution::is_quoted;
use crate::publish::script::Marks;

/// Most characters of a snippet.
const SNIPPET_CHARS_MAX: usize = 280;

/// A part of a snippet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct SnippetPiece {
    pub(super) text: String,
    /// Whether it is what was looked for.
    pub(super) is_match: bool,
}

/// The statement of a story that has most of the words, else its first, with the words marked; what is
/// quoted stands in quotation marks.
pub(super) fn snippet(item: &Item, words: &str, marks: Marks) -> Vec<SnippetPiece> {
    let words: Vec<String> = words.split_whitespace().map(stem).filter(|it| !it.is_empty()).collect();
    let hits = |text: &str| {
        let text = text.to_lowercase();
        words.iter().filter(|it| text.contains(it.as_str())).count()
    };
    let statements: Vec<&Statement> = item.briefing.statements().collect();
    // The earliest of the best.
    let best = statements.into_iter().rev().max_by_key(|it| hits(&it.text));
    let Some(best) = best else { return Vec::new() };
    let text = match best.text.char_indices().nth(SNIPPET_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &best.text[..end]),
        None => best.text.clone(),
    };
    pieces(&marked(&text, is_quoted(best), marks), &words)
}

/// Words without their endings match what the index matches.
fn stem(word: &str) -> String {
    let word: String = word.chars().filter(|it| it.is_alphanumeric()).collect::<String>().to_lowercase();
    let cut = ["ing", "ed", "es", "s"].into_iter().find_map(|it| word.strip_suffix(it));
    cut.filter(|it| 4 <= it.chars().count()).map_or(word.clone(), str::to_owned)
}

fn pieces(text: &str, words: &[String]) -> Vec<SnippetPiece> {
    let mut pieces: Vec<SnippetPiece> = Vec::new();
    let mut push = |text: &str, is_match: bool| match pieces.last_mut() {
        Some(last) if last.is_match == is_match => last.text.push_str(text),
        _ => pieces.push(SnippetPiece { text: text.to_owned(), is_match }),
    };
    for token in text.split_inclusive(|it: char| !it.is_alphanumeric()) {
        let word = token.trim_end_matches(|it: char| !it.is_alphanumeric());
        let folded = word.to_lowercase();
        let is_match = words.iter().any(|it| folded.starts_with(it.as_str()));
        if !word.is_empty() {
            push(word, is_match);
        }
        if word.len() < token.len() {
            push(&token[word.len()..], false);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_marks_the_words_looked_for() {
        let words: Vec<String> = ["caches", "Zürich"].iter().map(|it| stem(it)).collect();
        let marked: String = pieces("The cache, cached in Zürich: ok", &words)
            .iter()
            .map(|it| if it.is_match { format!("[{}]", it.text) } else { it.text.clone() })
            .collect();
        assert_eq!(marked, "The [cache], [cached] in [Zürich]: ok");
    }

    #[test]
    fn a_snippet_is_the_sentence_with_most_of_the_words() {
        let item = crate::publish::sample::quoted();
        let text: String =
            snippet(&item, "security fixes", ("“", "”")).iter().map(|it| it.text.as_str()).collect();
        assert_eq!(text, "“Version 1.9 will get security fixes until June 2027.”");
    }
}
