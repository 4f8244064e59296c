//! Names: the text around has them, in another form maybe, and beside each other.

use super::comparison::Comparison;
use super::glued;
use super::opener;
use super::token::Token;
use super::token::TokenKind;
use crate::text::word_list;
use crate::text::word_list::WordList;

/// Words between the two words of a name that another spelling may put there: "Fox, the
/// chief, Ada".
pub(super) const NAME_GAP_MAX: usize = 3;

static COMMON_OPENERS: WordList = WordList::new(include_str!("common_openers.txt"));

/// Peoples with their countries, as pairs.
const PEOPLES: &str = include_str!("peoples.txt");

/// Abbreviations with their words, as pairs.
const ABBREVIATIONS: &str = include_str!("abbreviations.txt");

/// Stand before names, and in many spellings.
const TITLES: &[&str] = &["dr", "mr", "mrs", "ms", "president", "professor", "prof", "sir"];

/// Posts in firms, which name nobody.
const POSTS: &[&str] = &["ceo", "cfo", "cto", "coo", "cio", "ciso", "cso", "cmo", "cpo", "vp", "svp"];

static BEHIND_PARTICIPLES: WordList = WordList::new(include_str!("behind_participles.txt"));

/// Whether a word of the statement is a name that the text around the receipts lacks.
pub(super) fn is_ungrounded(compared: &Comparison, at: usize) -> bool {
    let Comparison { said, around, .. } = compared;
    said[at].kind == TokenKind::Word
        && is_name(said, at)
        && !has_name(said, at, around)
        && !opener::is_common(said, at)
}

/// Whether the word is a name, or part of one: capitalised, and not only because it opens the sentence.
pub(super) fn is_name(said: &[Token], at: usize) -> bool {
    let it = &said[at];
    let lower = it.lower.as_str();
    let is_post = POSTS.contains(&lower.strip_suffix('s').unwrap_or(lower));
    if !it.is_capitalised || it.is_function_word || it.is_unit || TITLES.contains(&lower) || is_post {
        return false;
    }
    // "Starting with", "Built for": a participle.
    let is_participle = || {
        let next = said.get(at + 1).map_or("", |it| it.lower.as_str());
        (it.lower.ends_with("ing") || it.lower.ends_with("ed")) && BEHIND_PARTICIPLES.contains(next)
    };
    !it.opens_sentence || !COMMON_OPENERS.contains(&it.lower) && !is_participle()
}

/// Whether the source has the name, and has it beside the word that the statement puts before it.
fn has_name(said: &[Token], at: usize, source: &[Token]) -> bool {
    let it = &said[at];
    let is_there = source.iter().any(|other| other.is_same_word(it) || other.is_code_of(it));
    if !is_there && glued::is_in(it.shown, source) {
        return true;
    }
    if !is_there {
        return it.is_acronym() && has_initials(&it.lower.replace('.', ""), source)
            || is_known_pair(&it.lower, source);
    }
    // "Interrupt Claude": a verb before a name. "Fernwave's Ada Fox": two names.
    let is_part = |before: &usize| {
        let it = &said[*before];
        it.touches_next && !it.is_possessive() && is_name(said, *before) && !opener::is_common(said, *before)
    };
    let before = at.checked_sub(1).filter(is_part);
    let Some(before) = before.map(|it| &said[it]) else { return true };
    if !source.iter().any(|other| other.is_same_word(before)) {
        return true; // Found missing itself.
    }
    source.iter().enumerate().any(|(at, other)| {
        let near = at.saturating_sub(NAME_GAP_MAX)..(at + NAME_GAP_MAX + 1).min(source.len());
        let has_before = || source[near.clone()].iter().any(|near| near.is_same_word(before));
        (other.is_same_word(it) || glued::is_in(it.shown, std::slice::from_ref(other))) && has_before()
    })
}

/// Whether consecutive words of the source begin with these letters: capitalised ones, or,
/// from three letters on, any; "of", "the" and "and" may stand between.
fn has_initials(letters: &str, source: &[Token]) -> bool {
    let wanted: Vec<char> = letters.trim_end_matches('s').chars().collect();
    let small = |it: &Token| matches!(it.lower.as_str(), "of" | "the" | "and" | "for" | "in" | "on");
    (0..source.len()).any(|from| {
        let words: Vec<&Token> =
            source[from..].iter().take(2 * wanted.len()).filter(|it| !small(it)).take(wanted.len()).collect();
        let is_spelt = words.len() == wanted.len()
            && words
                .iter()
                .zip(&wanted)
                .all(|(it, c)| it.kind == TokenKind::Word && it.lower.starts_with(*c));
        is_spelt && (3 <= wanted.len() || words.iter().all(|it| it.is_capitalised))
    })
}

/// Whether the cited text has the other form of an abbreviation that everyone writes either way,
/// or the country of a people, or the people of a country.
fn is_known_pair(lower: &str, source: &[Token]) -> bool {
    is_people_or_country(lower, source) || is_abbreviation_or_words(lower, source)
}

fn is_people_or_country(lower: &str, source: &[Token]) -> bool {
    let has = |wanted: &str| has_capitalised(wanted, source);
    word_list::pairs(PEOPLES).any(|(people, country)| {
        lower == people && has(country)
            || lower == country && has(people)
            || lower.strip_suffix('s') == Some(people) && (has(people) || has(country))
    })
}

fn is_abbreviation_or_words(lower: &str, source: &[Token]) -> bool {
    let short = lower.replace('.', "");
    word_list::pairs(ABBREVIATIONS).any(|(abbreviation, words)| {
        let words: Vec<&str> = words.split(' ').collect();
        let has_words =
            || source.windows(words.len()).any(|it| it.iter().zip(&words).all(|(a, b)| a.lower == *b));
        short == abbreviation && has_words()
            || words.contains(&lower) && has_capitalised(abbreviation, source)
    })
}

/// Whether the text has this word, dots aside, with a capital.
fn has_capitalised(wanted: &str, source: &[Token]) -> bool {
    source.iter().any(|it| it.is_capitalised && it.lower.replace('.', "") == wanted)
}
