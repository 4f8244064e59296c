//! Quotations: what stands in quotation marks is in the cited text word for word.

use super::comparison::Comparison;
use super::token::Token;
use super::tokenizer;

/// Words of a quotation that has to be verbatim.
const QUOTED_WORDS_MIN: usize = 2;

/// The quotations of the statement that the cited text does not have.
pub(super) fn altered<'t>(compared: &Comparison<'t>) -> Vec<&'t str> {
    let mut found = quotations(compared.statement);
    found.retain(|it| !has_words(&tokenizer::tokenize(it, compared.language), compared.cited));
    found
}

/// What stands in double quotation marks, if it has the words of a quotation.
fn quotations(statement: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    for (at, c) in statement.char_indices() {
        match (c, open) {
            ('"' | '”' | '»', Some(from)) => {
                found.push(&statement[from..at]);
                open = None;
            }
            ('"' | '“' | '„' | '«', _) => open = Some(at + c.len_utf8()),
            _ => {}
        }
    }
    found.extend(open.map(|from| &statement[from..]));
    found.retain(|it| QUOTED_WORDS_MIN <= it.split_whitespace().count());
    found
}

/// Whether the words stand in the source one behind the other.
fn has_words(words: &[Token], source: &[Token]) -> bool {
    words.is_empty()
        || source.windows(words.len()).any(|it| it.iter().zip(words).all(|(a, b)| a.lower == b.lower))
}
