//! Scales, units and currencies, as they are written before and behind a number.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::word_list;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unit {
    None,
    Percent,
    /// Percentage points.
    Points,
    /// A currency.
    Money(&'static str),
    /// A measure.
    Of(&'static str),
}

/// The units and currencies by each way to write them behind a number.
static UNITS: LazyLock<HashMap<&str, Unit>> = LazyLock::new(|| {
    let currencies =
        word_list::pairs(include_str!("currencies.txt")).map(|(it, words)| (Unit::Money(it), words));
    let units = word_list::pairs(include_str!("units.txt")).map(|(it, words)| (Unit::Of(it), words));
    let mut found = HashMap::new();
    for (unit, words) in currencies.chain(units) {
        for word in words.split_whitespace() {
            found.entry(word).or_insert(unit);
        }
    }
    found
});

/// The power of ten that letters right behind a number's digits say.
pub(super) fn scale(suffix: &str) -> Option<i32> {
    match suffix {
        "k" => Some(3),
        "m" | "mn" | "mln" => Some(6),
        "b" | "bn" => Some(9),
        "t" | "tn" | "trn" => Some(12),
        _ => None,
    }
}

/// The power of ten that a word behind a number says.
pub(super) fn scale_word(lower: &str) -> Option<i32> {
    match lower {
        "hundred" => Some(2),
        "thousand" => Some(3),
        "million" | "millions" | "mln" | "mn" | "m" => Some(6),
        "billion" | "billions" | "bn" => Some(9),
        "trillion" | "trillions" | "tn" => Some(12),
        _ => None,
    }
}

/// The unit that a word behind a number says.
pub(super) fn unit_word(lower: &str) -> Option<Unit> {
    match lower {
        "percent" | "pc" | "pct" => Some(Unit::Percent),
        "pp" => Some(Unit::Points),
        _ => UNITS.get(lower).copied(),
    }
}

/// The currency whose sign or code stands right before.
pub(super) fn currency_before(before: &str) -> Option<&'static str> {
    let before = before.strip_suffix(' ').filter(|it| it.ends_with(char::is_uppercase)).unwrap_or(before);
    let last: String = {
        let mut it: Vec<char> =
            before.chars().rev().take_while(|c| !c.is_whitespace() && *c != '(').take(4).collect();
        it.reverse();
        it.into_iter().collect()
    };
    match last.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '$' | '€' | '£' | '¥' | '₹'))
    {
        "$" | "US$" | "USD" => Some("dollar"),
        "A$" | "AU$" => Some("australian dollar"),
        "C$" | "CA$" => Some("canadian dollar"),
        "HK$" => Some("hong kong dollar"),
        "NT$" => Some("taiwan dollar"),
        "S$" => Some("singapore dollar"),
        "R$" => Some("real"),
        "EUR" => Some("euro"),
        "GBP" => Some("pound"),
        "CHF" => Some("franc"),
        it if it.ends_with('$') => Some("dollar"),
        it if it.ends_with('€') => Some("euro"),
        it if it.ends_with('£') => Some("pound"),
        it if it.ends_with('¥') => Some("yen"),
        it if it.ends_with('₹') => Some("rupee"),
        _ => None,
    }
}
