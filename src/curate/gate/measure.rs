//! Gives the numbers of a text their scales and units.

use super::quantity::Quantity;
use super::quantity::shifted;
use super::quantity::without_trailing_zeros;
use super::token::Token;
use super::token::TokenKind;
use super::unit::Unit;
use super::unit::scale_word;
use super::unit::unit_word;

/// Gives numbers the scale and unit that stand behind them, and marks the words that are units.
pub(super) fn settle(text: &str, tokens: &mut [Token]) {
    for at in 0..tokens.len() {
        let end = offset(&tokens[at], text) + tokens[at].shown.len();
        let (before, behind) = tokens.split_at_mut(at + 1);
        if let TokenKind::Number(number) = &mut before[at].kind {
            measure(number, &text[end..], behind);
        }
    }
    for at in 1..tokens.len() {
        let is_measured = matches!(&tokens[at - 1].kind, TokenKind::Number(it) if it.unit != Unit::None);
        tokens[at].is_unit |= is_measured && unit_word(&tokens[at].lower).is_some();
    }
    share_units(text, tokens);
}

/// Where a token begins in its text, in bytes.
fn offset(token: &Token, text: &str) -> usize {
    token.shown.as_ptr() as usize - text.as_ptr() as usize
}

/// Gives a number the scale and unit that `behind`, the text behind it, begins with; `next` are
/// the tokens in it.
fn measure(number: &mut Quantity, behind: &str, next: &[Token]) {
    if behind.starts_with('%') || behind.starts_with(" %") {
        number.unit = Unit::Percent;
        number.value = without_trailing_zeros(&number.value);
        return;
    }
    if behind.trim_start_matches([' ', '\u{a0}']).starts_with('°') {
        number.unit = Unit::Of(if behind.contains("°F") && behind.find("°F") <= Some(3) {
            "fahrenheit"
        } else {
            "degree"
        });
        number.value = without_trailing_zeros(&number.value);
        return;
    }
    // What stands behind a full stop or comma belongs to something else.
    if !behind.starts_with([' ', '-', '\u{a0}']) {
        return;
    }
    let mut words = next.iter().map(|it| it.lower.as_str()).peekable();
    if let Some(power) = words.peek().and_then(|it| scale_word(it)) {
        number.value = shifted(&number.value, power);
        words.next();
    }
    match (words.next(), words.next()) {
        (Some("percentage"), Some("point" | "points")) => number.unit = Unit::Points,
        (Some("per"), Some("cent")) | (Some("percent" | "pc"), _) => number.unit = Unit::Percent,
        (Some(unit), _) if number.unit == Unit::None => {
            if let Some(unit) = unit_word(unit) {
                number.unit = unit;
            }
        }
        _ => {}
    }
    if number.unit != Unit::None {
        number.value = without_trailing_zeros(&number.value);
    }
}

/// "5 to 10 percent", "5-10%": the first has the second's unit too.
fn share_units(text: &str, tokens: &mut [Token]) {
    for at in 0..tokens.len() {
        let gap_end = offset(&tokens[at], text) + tokens[at].shown.len();
        let next = match tokens.get(at + 1) {
            Some(it) if matches!(it.lower.as_str(), "to" | "and" | "or") => at + 2,
            Some(it)
                if text[gap_end..offset(it, text)]
                    .trim()
                    .chars()
                    .all(|c| matches!(c, '-' | '–' | '—' | '%' | '$' | '€' | '£')) =>
            {
                at + 1
            }
            _ => continue,
        };
        let Some(TokenKind::Number(second)) = tokens.get(next).map(|it| it.kind.clone()) else { continue };
        let power = tokens.get(next + 1).and_then(|it| scale_word(&it.lower)).unwrap_or(0);
        if let TokenKind::Number(first) = &mut tokens[at].kind
            && (first.unit == Unit::None || power != 0)
            && (second.unit != Unit::None || power != 0)
        {
            first.also = Some((shifted(&without_trailing_zeros(&first.value), power), second.unit));
        }
    }
}
