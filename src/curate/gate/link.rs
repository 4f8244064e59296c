//! Addresses: a statement has none that the cited text lacks.

use super::comparison::Comparison;
use super::token::TokenKind;

/// Whether an address of the statement is not in the cited text.
pub(super) fn is_ungrounded(compared: &Comparison, at: usize) -> bool {
    let said = &compared.said[at];
    said.kind == TokenKind::Link && !compared.cited.iter().any(|it| it.lower == said.lower)
}
