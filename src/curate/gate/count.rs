//! Number words that count what the cited text lists.

use super::token::Token;
use super::token::TokenKind;
use super::unit::Unit;

/// The largest count that a reader takes in without the source's saying it.
const COUNT_MAX: usize = 10;

/// How many the word says, where it is a number word from two to ten.
fn counted(it: &Token) -> Option<usize> {
    const WORDS: &[&str] = &["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let at = WORDS.iter().position(|word| *word == it.lower)?;
    Some(at + 2).filter(|it| *it <= COUNT_MAX)
}

/// Whether the number word counts the members of a list of the source, and the source itself gives
/// no other number of the same things.
pub(super) fn is_of_list(said: &[Token], at: usize, source: &[Token]) -> bool {
    let Some(count) = counted(&said[at]) else { return false };
    let numbered = |stem: &str| {
        source.windows(2).any(|it| matches!(it[0].kind, TokenKind::Number(_)) && it[1].stem == stem)
    };
    // "five servers" where the source has four.
    let of = said.iter().skip(at + 1).find(|it| !it.is_function_word);
    if of.is_some_and(|it| numbered(&it.stem)) {
        return false;
    }
    // A number with a measure or scale counts no members: "two months", "ten in a hundred".
    if matches!(&said[at].kind, TokenKind::Number(it) if it.unit != Unit::None) {
        return false;
    }
    lists(source).contains(&count)
}

/// How many members the lists of the text have: "A, B and C" has three.
fn lists(source: &[Token]) -> Vec<usize> {
    /// Words of one member.
    const MEMBER_WORDS_MAX: usize = 7;
    let mut found = Vec::new();
    for (at, it) in source.iter().enumerate() {
        if !matches!(it.lower.as_str(), "and" | "or") {
            continue;
        }
        // Back from the "and": each comma within reach of the last begins a member.
        let mut members = 2;
        let mut end = at;
        loop {
            let from = end.saturating_sub(MEMBER_WORDS_MAX);
            let comma = (from..end.saturating_sub(1))
                .rev()
                .find(|before| !source[*before].touches_next && source[*before].sentence == it.sentence);
            let Some(comma) = comma.filter(|_| members < COUNT_MAX) else { break };
            found.push(members);
            members += 1;
            end = comma + 1;
        }
        found.push(members);
    }
    // Each sentence may tell of one.
    if let Some(last) = source.last() {
        found.push(last.sentence + 1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn a_count_of_what_is_listed_is_no_new_number() {
        let source = "Corvane sells cranes, anvils and hinges. It has four harbours.";
        for (statement, passes) in [
            ("Corvane sells three things.", true),
            ("Corvane sells five things.", false),
            ("Corvane sells 3 things.", false),
            ("Corvane sells three tons.", false),
            ("Corvane has three harbours.", false),
            ("Corvane has four harbours.", true),
        ] {
            assert_eq!(check(statement, source).is_empty(), passes, "{statement}");
        }
    }
}
