//! Numbers: the cited text has them with the same unit and behind the same name.

use super::comparison::Comparison;
use super::count;
use super::date::month_beside;
use super::elapsed;
use super::name::NAME_GAP_MAX;
use super::name::is_name;
use super::quantity::Quantity;
use super::share;
use super::token::Token;
use super::token::TokenKind;
use super::unit::Unit;
use super::unit::unit_word;

/// Words between a number and an earlier one whose unit is meant too.
const IMPLIED_UNIT_DISTANCE_MAX: usize = 14;
/// Words from a number to its unit where others stand between: "3,000 simulated hours".
const UNIT_DISTANCE_MAX: usize = 3;
/// Words from the name of a program to its version: "Tarn has had it by default since release 9.0".
const VERSION_DISTANCE_MAX: usize = 16;
/// Words from what says that a number is rounded to the number.
const ROUNDING_DISTANCE_MAX: usize = 2;
/// Most that a rounded number differs from the exact one, as a share of it.
const ROUNDING_MAX: f64 = 0.05;

/// Whether a number of the statement is neither in the cited text nor counts what that lists.
pub(super) fn is_ungrounded(compared: &Comparison, at: usize) -> bool {
    let Comparison { said, cited, .. } = compared;
    matches!(said[at].kind, TokenKind::Number(_))
        && !has_number(said, at, cited)
        && !count::is_of_list(said, at, cited)
        && !share::is_told(said, at, cited)
        && !share::is_rest(said, at, cited)
        && !elapsed::is_between_years(said, at, cited)
}

/// Whether the number stands in the source with the same unit, behind the same name, and, as
/// part of a date, beside the same month.
fn has_number(said: &[Token], at: usize, source: &[Token]) -> bool {
    let TokenKind::Number(number) = &said[at].kind else { return true };
    // "one" is mostly a pronoun, and a day of a month is checked with its month.
    if said[at].lower == "one" && number.unit == Unit::None || month_beside(said, at).is_some() {
        return true;
    }
    // "212 KB, 60 more": the unit of the number before.
    let implied =
        said[at.saturating_sub(IMPLIED_UNIT_DISTANCE_MAX)..at].iter().rev().find_map(|it| match &it.kind {
            TokenKind::Number(before) if number.unit == Unit::None && before.unit != Unit::None => {
                Some(before.unit)
            }
            _ => None,
        });
    // "Ada Hill, 49," is the 49-year-old Ada Hill, and the reverse.
    let is_behind_comma =
        at.checked_sub(1).is_some_and(|before| !said[before].touches_next && is_name(said, before));
    let is_old = said.iter().skip(at + 1).take(2).any(|it| it.lower == "old");
    let is_age = number.is_age() && if number.unit == Unit::None { is_behind_comma } else { is_old };
    let named = at.checked_sub(1).map(|before| &said[before]).filter(|it| {
        // "Facebook's 9,000 requests" are no Facebook 9,000.
        it.kind == TokenKind::Word
            && it.is_capitalised
            && !it.is_function_word
            && !it.is_possessive()
            && number.unit == Unit::None
    });
    source.iter().enumerate().any(|(other_at, other)| match &other.kind {
        // The day of a date is no number of anything else.
        TokenKind::Number(_)
            if month_beside(source, other_at).is_some() && !counts_same(said, at, source, other_at) =>
        {
            false
        }
        TokenKind::Number(other) => {
            let is_behind = |name: &Token| {
                // Of "49-year-old Ada Hill" the name stands behind.
                let past = if is_age { other_at + 2 * NAME_GAP_MAX } else { other_at };
                let is_version = said[at].shown.contains('.');
                let reach = if is_version { VERSION_DISTANCE_MAX } else { NAME_GAP_MAX };
                source[other_at.saturating_sub(reach)..past.min(source.len())].iter().any(|it| {
                    it.is_same_word(name) && (!is_version || it.sentence == source[other_at].sentence)
                })
            };
            (number.is_in(other)
                || has_unit_behind(number, said, at, other, source, other_at)
                || is_rounded(said, at, number, other)
                || is_age && other.is_age() && number.value_is(other)
                || implied.is_some_and(|it| number.value_is(other) && it == other.unit))
                && named.is_none_or(|name| !source.iter().any(|it| it.is_same_word(name)) || is_behind(name))
        }
        // "GPT 5" for "GPT-5".
        TokenKind::Code(code) => {
            named.is_some_and(|name| *code == format!("{}{}", name.lower, said[at].lower))
        }
        _ => false,
    })
}

/// Whether the same word stands right behind both.
fn counts_same(said: &[Token], at: usize, source: &[Token], other_at: usize) -> bool {
    let (Some(it), Some(other)) = (said.get(at + 1), source.get(other_at + 1)) else { return false };
    it.kind == TokenKind::Word && it.is_same_word(other)
}

/// Whether one of both has its unit right behind it, and the other the same a few words on.
fn has_unit_behind(
    number: &Quantity,
    said: &[Token],
    at: usize,
    other: &Quantity,
    source: &[Token],
    other_at: usize,
) -> bool {
    let is_behind = |unit: Unit, tokens: &[Token], at: usize| {
        let next = tokens.iter().skip(at + 1).take(UNIT_DISTANCE_MAX);
        let mut next = next.take_while(|it| !matches!(it.kind, TokenKind::Number(_)));
        unit != Unit::None && next.any(|it| unit_word(&it.lower) == Some(unit))
    };
    number.value_is(other)
        && (number.unit == Unit::None && is_behind(other.unit, said, at)
            || other.unit == Unit::None && is_behind(number.unit, source, other_at))
}

/// Whether the statement says that it rounds, and this is what it rounds: "almost 14%" of 13.9 %.
fn is_rounded(said: &[Token], at: usize, number: &Quantity, other: &Quantity) -> bool {
    let before = &said[at.saturating_sub(ROUNDING_DISTANCE_MAX)..at];
    let has = |words: &[&str]| before.iter().any(|it| words.contains(&it.lower.as_str()));
    let is_either = has(&["about", "around", "roughly", "approximately"]);
    let is_up = is_either || has(&["nearly", "almost", "under"]) || has(&["fewer", "less"]) && has(&["than"]);
    let is_down = is_either || has(&["over"]) || has(&["more"]) && has(&["than"]);
    let value = |it: &Quantity| it.value.parse::<f64>().ok();
    let (Some(rounded), Some(exact)) = (value(number), value(other)) else { return false };
    let step = number
        .value
        .split_once('e')
        .and_then(|it| it.1.parse::<i32>().ok())
        .map_or(1.0, |it| 10_f64.powi(it));
    number.unit == other.unit
        && (is_up && exact < rounded || is_down && rounded < exact)
        && (rounded - exact).abs() <= ROUNDING_MAX * exact
        && ((exact / step).round() * step - rounded).abs() < step / 2.0
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn the_day_of_a_date_counts_nothing_else() {
        let source = "On February 12 Corvane shut servers down. In March 14 routers failed, of 31 May 9.";
        for (statement, passes) in [
            ("Corvane shut 12 servers down.", false),
            ("Corvane shut servers down on February 12.", true),
            ("Corvane shut servers down on 12 February.", true),
            ("Then 14 routers failed.", true),
            ("Then 9 routers failed.", false),
        ] {
            assert_eq!(check(statement, source).is_empty(), passes, "{statement}");
        }
    }

    #[test]
    fn a_version_stands_in_the_sentence_of_its_program() {
        let source = "Tarn has agreed on keys by default since release 9.0. Corvane is at 9.4.";
        for (statement, passes) in [
            ("It is the default since Tarn 9.0.", true),
            ("It is the default since Tarn 9.4.", false),
            ("It is the default since Corvane 9.0.", false),
        ] {
            assert_eq!(check(statement, source).is_empty(), passes, "{statement}");
        }
    }

    #[test]
    fn a_number_stays_behind_its_name() {
        let source =
            "Quill, 83, works at Corvane, while Moss, 70, teaches. Tarn has fewer rules, 8,700 in all.";
        for (statement, passes) in [
            ("Quill, 83, works at Corvane.", true),
            ("Quill, 70, works at Corvane.", false),
            ("Tarn has fewer than 9,000 rules.", true),
            ("Tarn has more than 9,000 rules.", false),
            ("Tarn has fewer than 8,000 rules.", false),
        ] {
            assert_eq!(check(statement, source).is_empty(), passes, "{statement}");
        }
    }
}
