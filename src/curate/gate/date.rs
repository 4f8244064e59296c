//! Dates: weekdays, months with their days, and periods told from the day of writing.

use super::comparison::Comparison;
use super::token::Token;
use super::token::TokenKind;

/// Whether a weekday or month of the statement is not in the cited text, or has another day there.
pub(super) fn is_ungrounded(compared: &Comparison, at: usize) -> bool {
    let Comparison { said, cited, .. } = compared;
    matches!(said[at].kind, TokenKind::Day | TokenKind::Month(_)) && !has_date(said, at, cited)
}

/// A period told from the day of writing that the cited text does not tell so.
pub(super) fn ungrounded_period<'t>(compared: &Comparison<'t>) -> Vec<&'t str> {
    relative_date(&compared.said, compared.cited).into_iter().collect()
}

/// The month beside a number that can be a day of it.
pub(super) fn month_beside(tokens: &[Token], at: usize) -> Option<u8> {
    let TokenKind::Number(number) = &tokens[at].kind else { return None };
    let month = |at: usize| match tokens.get(at)?.kind {
        TokenKind::Month(month) => Some(month),
        _ => None,
    };
    let of = |at: usize| tokens.get(at).filter(|it| it.lower == "of").and_then(|_| month(at + 1));
    if number.is_day() {
        at.checked_sub(1).and_then(month).or_else(|| month(at + 1)).or_else(|| of(at + 1))
    } else {
        None
    }
}

/// Whether a weekday stands in the source, or a month with the same days beside it.
fn has_date(said: &[Token], at: usize, source: &[Token]) -> bool {
    let TokenKind::Month(month) = said[at].kind else {
        return source.iter().any(|it| it.kind == TokenKind::Day && it.lower == said[at].lower);
    };
    let around = |tokens: &[Token], at: usize| -> Vec<String> {
        let near = at.saturating_sub(2)..(at + 2).min(tokens.len());
        let days = near.filter(|day| month_beside(tokens, *day) == Some(month));
        days.filter_map(|it| match &tokens[it].kind {
            TokenKind::Number(number) => Some(number.value.clone()),
            _ => None,
        })
        .collect()
    };
    let days = around(said, at);
    source.iter().enumerate().any(|(other_at, other)| match &other.kind {
        TokenKind::Month(other) => {
            *other == month && {
                let there = around(source, other_at);
                days.iter().all(|it| there.contains(it))
            }
        }
        TokenKind::IsoDate { month: other, day } => *other == month && days.iter().all(|it| it == day),
        _ => false,
    })
}

/// A period told from the day of writing, such as "last year", that the source does not tell so.
fn relative_date<'a>(said: &[Token<'a>], source: &[Token]) -> Option<&'a str> {
    const RELATIVE: &[&str] = &["last", "next", "past", "previous", "coming", "this"];
    const PERIODS: &[&str] = &[
        "year", "quarter", "month", "week", "weekend", "spring", "summer", "autumn", "fall", "winter",
        "decade", "century", "morning", "night",
    ];
    const DAYS: &[&str] = &["yesterday", "tomorrow"];
    let same = |a: &str, b: &str| {
        let side = |it: &str| match it {
            "last" | "past" | "previous" => 0,
            "next" | "coming" => 1,
            _ => 2,
        };
        side(a) == side(b)
    };
    let day = said
        .iter()
        .find(|it| DAYS.contains(&it.lower.as_str()) && !source.iter().any(|other| other.lower == it.lower));
    let is_period = |pair: &[Token]| {
        RELATIVE.contains(&pair[0].lower.as_str())
            && PERIODS.contains(&pair[1].lower.as_str())
            && pair[0].touches_next
    };
    let has = |it: &[Token]| {
        source.windows(2).any(|other| {
            same(&other[0].lower, &it[0].lower) && is_period(other) && other[1].lower == it[1].lower
        })
    };
    let period = || said.windows(2).find(|it| is_period(it) && !has(it)).map(|it| it[1].shown);
    day.map(|it| it.shown).or_else(period)
}
