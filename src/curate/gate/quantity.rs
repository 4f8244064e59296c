//! Quantities, so written that equal ones are equal strings.

use super::unit::Unit;

/// A quantity, so written that equal ones are equal strings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Quantity {
    /// Significant digits, `e`, power of ten: `12e8` for 1.2 billion.
    pub value: String,
    pub unit: Unit,
    /// What it can also be: "5" of "5 to 10 percent".
    pub also: Option<(String, Unit)>,
}

impl Quantity {
    /// Whether one reading of it is one reading of the other.
    pub(super) fn is_in(&self, other: &Self) -> bool {
        let readings = |it: &Self| [Some((it.value.clone(), it.unit)), it.also.clone()];
        readings(self).iter().flatten().any(|mine| readings(other).iter().flatten().any(|it| it == mine))
    }

    /// Whether it is as many as the other, whatever of.
    pub(super) fn value_is(&self, other: &Self) -> bool {
        without_trailing_zeros(&self.value) == without_trailing_zeros(&other.value)
    }

    /// Whether it is this count, whatever of.
    pub(super) fn counts(&self, count: i32) -> bool {
        without_trailing_zeros(&self.value) == decimal(&count.to_string(), 0, true)
    }

    /// Whether it can be someone's age.
    pub(super) fn is_age(&self) -> bool {
        matches!(self.unit, Unit::None | Unit::Of("year")) && (1..=120).any(|it| self.counts(it))
    }

    /// Whether it can be a day of a month.
    pub(super) fn is_day(&self) -> bool {
        self.unit == Unit::None && (1..=31).any(|it| decimal(&it.to_string(), 0, true) == self.value)
    }
}

/// `12e8` for "1.2" and 9. Trailing zeros of a fraction count where nothing says that it
/// is an amount: version 3.10 is not 3.1.
pub(super) fn decimal(digits: &str, power: i32, is_amount: bool) -> String {
    let digits: String = digits.chars().filter(|c| *c != ',').collect();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let fraction = if is_amount || fraction.bytes().all(|b| b == b'0') {
        fraction.trim_end_matches('0')
    } else {
        fraction
    };
    let value = format!(
        "{}{}e{}",
        whole.trim_start_matches('0'),
        fraction,
        power - i32::try_from(fraction.len()).unwrap_or(0)
    );
    if fraction.is_empty() { without_trailing_zeros(&value) } else { value }
}

pub(super) fn without_trailing_zeros(value: &str) -> String {
    let Some((digits, power)) = value.split_once('e') else { return value.to_owned() };
    let bare = digits.trim_end_matches('0');
    let power: i32 = power.parse().unwrap_or(0);
    let bare_power = power + i32::try_from(digits.len() - bare.len()).unwrap_or(0);
    let bare = bare.trim_start_matches('0');
    if bare.is_empty() { "0".to_owned() } else { format!("{bare}e{bare_power}") }
}

pub(super) fn shifted(value: &str, by: i32) -> String {
    match value.split_once('e') {
        Some((digits, power)) if by != 0 => {
            without_trailing_zeros(&format!("{digits}e{}", power.parse::<i32>().unwrap_or(0) + by))
        }
        _ => value.to_owned(),
    }
}

/// Numbers in words up to "ninety"; larger ones are these with a scale behind them.
pub(super) fn number_word(lower: &str) -> Option<u32> {
    const SMALL: &[&str] = &[
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: &[&str] = &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let find =
        |table: &[&str]| table.iter().position(|it| *it == lower).and_then(|it| u32::try_from(it).ok());
    find(SMALL).or_else(|| find(TENS).map(|it| 10 * (it + 2)))
}
