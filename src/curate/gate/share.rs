//! Shares in words: "four out of five" and "three quarters" of what the cited text gives in percent.

use super::token::Token;
use super::token::TokenKind;
use super::unit::Unit;

/// Percentage points within which a share in words says what the exact one is.
const NEAR_POINTS: f64 = 6.5;
/// Words before a share among which stands on which side of the exact one it lies.
const SIDE_DISTANCE_MAX: usize = 3;
/// Words that may stand between what makes a fraction a period and the fraction.
const BEFORE_SHARE: &[&str] = &["the", "more", "fewer", "less", "than", "nearly", "almost", "about", "all"];
/// Words between what says that a share is what is left of the whole and the share.
const REST_DISTANCE_MAX: usize = 4;
/// Words that say so.
const LEFT: &[&str] =
    &["but", "except", "rest", "remaining", "other", "missing", "misses", "miss", "leaves", "leaving"];
/// Words behind which "three quarters" are a stretch of time.
const BEFORE_PERIOD: &[&str] = &[
    "for", "past", "last", "first", "previous", "next", "coming", "these", "those", "within", "after",
    "since", "during", "every",
];

/// Whether the number word is part of a share that the source gives in percent. "More than" and
/// "fewer than" must be true of it.
pub(super) fn is_told(said: &[Token], at: usize, source: &[Token]) -> bool {
    let Some((from, share)) = share(said, at) else { return false };
    let before = &said[from.saturating_sub(SIDE_DISTANCE_MAX)..from];
    let has = |words: &[&str]| before.iter().any(|it| words.contains(&it.lower.as_str()));
    let is_above = has(&["more", "over", "above"]);
    let is_below = has(&["fewer", "less", "under", "below", "nearly", "almost"]);
    source.iter().any(|it| match &it.kind {
        TokenKind::Number(exact) if exact.unit == Unit::Percent => {
            let Ok(exact) = exact.value.parse::<f64>() else { return false };
            let is_of_side = !(is_above && exact < share || is_below && share < exact);
            is_of_side && (exact - share).abs() <= NEAR_POINTS
        }
        _ => false,
    })
}

/// Whether the statement gives in percent what the source leaves of the whole: "all but 5 percent" of 95 percent.
pub(super) fn is_rest(said: &[Token], at: usize, source: &[Token]) -> bool {
    let percent = |it: &Token| match &it.kind {
        TokenKind::Number(it) if it.unit == Unit::Percent => it.value.parse::<f64>().ok(),
        _ => None,
    };
    let Some(rest) = percent(&said[at]) else { return false };
    let is_left = |it: &Token| it.denies() || LEFT.contains(&it.lower.as_str());
    said[at.saturating_sub(REST_DISTANCE_MAX)..at].iter().any(is_left)
        && source.iter().filter_map(percent).any(|it| (it + rest - 100.0).abs() < 1e-9)
}

/// Where the share begins of which the number is part, and how many percent it is.
fn share(said: &[Token], at: usize) -> Option<(usize, f64)> {
    let word = |at: usize| said.get(at).map_or("", |it| it.lower.as_str());
    let count = |at: usize| match &said.get(at)?.kind {
        TokenKind::Number(it) if it.unit == Unit::None => it.value.parse::<f64>().ok(),
        _ => None,
    };
    let of = |from: usize, part: f64, whole: f64| {
        (0.0 < part && part < whole).then_some((from, 100.0 * part / whole))
    };
    let parts = match word(at + 1) {
        "third" | "thirds" => Some(3.0),
        "quarter" | "quarters" | "fourths" => Some(4.0),
        "fifth" | "fifths" => Some(5.0),
        "tenths" => Some(10.0),
        _ => None,
    };
    if let Some(parts) = parts {
        // "For three quarters" are months.
        let before = said[..at].iter().rev().find(|it| !BEFORE_SHARE.contains(&it.lower.as_str()));
        let is_period = before.is_some_and(|it| BEFORE_PERIOD.contains(&it.lower.as_str()))
            || word(at + 2) == "in" && matches!(word(at + 3), "a" | "succession");
        let has_whole = matches!(word(at + 2), "of" | "in")
            || said[at.saturating_sub(SIDE_DISTANCE_MAX)..at].iter().any(|it| it.lower == "by");
        return if has_whole && !is_period { of(at, count(at)?, parts) } else { None };
    }
    // The number may be either of both.
    [at, at.wrapping_sub(2), at.wrapping_sub(3)].into_iter().filter(|it| *it <= at).find_map(|from| {
        let whole = match (word(from + 1), word(from + 2)) {
            ("in", _) => from + 2,
            ("out", "of") => from + 3,
            _ => return None,
        };
        (at == from || at == whole).then_some(())?;
        of(from, count(from)?, count(whole)?)
    })
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn a_share_in_words_is_what_the_source_gives_in_percent() {
        let source = "Corvane lost 76.3% of its buyers. Only 16% of them came back.";
        for (statement, passes) in [
            ("Corvane lost more than three quarters of its buyers.", true),
            ("Corvane lost fewer than three quarters of its buyers.", false),
            ("Corvane lost three in four buyers.", true),
            ("Corvane lost two in three buyers.", false),
            ("Fewer than one in five came back.", true),
            ("More than one in five came back.", false),
            ("Nearly two out of five came back.", false),
            ("Corvane lost buyers for three quarters.", false),
            ("Corvane lost buyers for more than three quarters of them.", false),
            ("Corvane lost buyers in the past three quarters of the year.", false),
            ("In its first three quarters of business Corvane lost buyers.", false),
            ("Corvane lost buyers three quarters in a row.", false),
            ("Corvane lost three quarters and its buyers.", false),
            ("Its buyers fell by more than three quarters.", true),
            ("Its buyers fell by more than four fifths.", false),
            ("All but 23% of them left.", false),
            ("All but about 84% of them came back.", true),
            ("About 84% of them came back.", false),
        ] {
            assert_eq!(check(statement, source).is_empty(), passes, "{statement}");
        }
    }
}
