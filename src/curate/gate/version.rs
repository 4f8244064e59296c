//! Versions and codes of products.

use super::comparison::Comparison;
use super::glued;
use super::token::Token;
use super::token::TokenKind;

/// Whether a version or code of the statement is not in the cited text.
pub(super) fn is_ungrounded(compared: &Comparison, at: usize) -> bool {
    let TokenKind::Code(code) = &compared.said[at].kind else { return false };
    // "GPT-4o" is a name, "4.1.2" is none.
    let is_name = code.starts_with(char::is_alphabetic);
    let source = if is_name { compared.around } else { compared.cited };
    !has_code(code, source) && !glued::is_behind_word(code, source)
}

/// Whether a product's code or a version stands in the source, hyphens and blanks aside.
fn has_code(code: &str, source: &[Token]) -> bool {
    source.iter().enumerate().any(|(at, it)| match &it.kind {
        TokenKind::Code(other) => other == code,
        TokenKind::Word if code.starts_with(&it.lower) => {
            source.get(at + 1).is_some_and(|next| code[it.lower.len()..] == next.lower)
        }
        TokenKind::Ordinal(nth) => {
            *code == format!("q{nth}") && source.get(at + 1).is_some_and(|it| it.lower == "quarter")
        }
        _ => false,
    })
}
