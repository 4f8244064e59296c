//! Attribution: what the statement lets someone say, the cited text does not let another say.

use super::alignment::AROUND_MIN;
use super::comparison::Comparison;
use super::name::is_name;
use super::token::Token;
use super::token::TokenKind;

/// Someone whom the statement lets say what another says.
pub(super) fn wrong_speaker<'t>(compared: &Comparison<'t>) -> Vec<&'t str> {
    speaker(&compared.said, compared.cited).into_iter().collect()
}

/// Someone whom the statement lets say what the source lets someone else say.
fn speaker<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    /// Sentences from where it is said to where its speaker is named.
    const SENTENCES_APART: usize = 2;
    let speakers = speakers(said);
    let name = speakers.first()?;
    let is_speaker = |it: &Token| name.iter().any(|at| said[*at].is_same_word(it));
    // The sentence of the source that has most of what is said.
    let told: Vec<&Token> = (0..said.len())
        .filter(|at| !name.contains(at))
        .map(|at| &said[at])
        .filter(|it| !it.is_function_word)
        .collect();
    let sentences = source.last().map_or(0, |it| it.sentence + 1);
    let mut shared = vec![0usize; sentences];
    for it in &told {
        let mut seen = None;
        for other in source.iter().filter(|other| other.stem == it.stem) {
            if seen != Some(other.sentence) {
                shared[other.sentence] += 1;
                seen = Some(other.sentence);
            }
        }
    }
    let most = *shared.iter().max()?;
    if most < AROUND_MIN {
        return None;
    }
    let is_named = |sentence: usize| source.iter().any(|it| it.sentence == sentence && is_speaker(it));
    let is_theirs = |sentence: usize| {
        let from = source.iter().position(|it| it.sentence == sentence).unwrap_or(0);
        let length = source[from..].iter().take_while(|it| it.sentence == sentence).count();
        let has_other = !self::speakers(&source[from..from + length]).is_empty();
        let near = sentence.saturating_sub(SENTENCES_APART)..(sentence + SENTENCES_APART + 1).min(sentences);
        is_named(sentence) || !has_other && near.into_iter().any(is_named)
    };
    let is_someones = (0..sentences).filter(|it| shared[*it] == most).any(is_theirs);
    (!is_someones && source.iter().any(is_speaker)).then(|| said[name[0]].shown)
}

/// The names beside verbs of saying and behind "according to", each as its places.
fn speakers(tokens: &[Token]) -> Vec<Vec<usize>> {
    const SAYS: &[&str] = &[
        "said", "says", "told", "tells", "argued", "argues", "warned", "warns", "wrote", "writes", "called",
    ];
    let is_part = |at: usize| at < tokens.len() && is_name(tokens, at) && tokens[at].kind == TokenKind::Word;
    let behind = |at: usize| -> Vec<usize> {
        let mut last = at;
        (at..tokens.len())
            .take_while(|it| {
                is_part(*it)
                    && (*it == at
                        || std::mem::replace(&mut last, *it) + 1 == *it && tokens[*it - 1].touches_next)
            })
            .collect()
    };
    let before = |at: usize| -> Vec<usize> {
        let first = (0..at).rev().take_while(|it| is_part(*it) && tokens[*it].touches_next).last();
        first.map(|it| (it..at).collect()).unwrap_or_default()
    };
    let mut found = Vec::new();
    for (at, it) in tokens.iter().enumerate() {
        let is_saying = SAYS.contains(&it.lower.as_str());
        let is_according =
            it.lower == "to" && at.checked_sub(1).is_some_and(|it| tokens[it].lower == "according");
        if is_saying {
            found.push(before(at));
        }
        if is_saying && it.lower != "told" || is_according {
            found.push(behind(at + 1));
        }
    }
    found.retain(|it| !it.is_empty());
    found
}
