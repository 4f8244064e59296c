//! Numbers: the cited text has them with the same unit and behind the same name.

use super::comparison::Comparison;
use super::count;
use super::date::month_beside;
use super::name::NAME_GAP_MAX;
use super::name::is_name;

use super::token::Kind;
use super::token::Token;
use super::unit::Unit;

/// Words between a number and an earlier one whose unit is meant too.
const IMPLIED_UNIT_DISTANCE_MAX: usize = 5;

/// Whether a number of the statement is neither in the cited text nor counts what that lists.
pub(super) fn is_ungrounded(compared: &Comparison, at: usize) -> bool {
    let Comparison { said, cited, .. } = compared;
    matches!(said[at].kind, Kind::Number(_))
        && !has_number(said, at, cited)
        && !count::is_of_list(said, at, cited)
}

/// Whether the number stands in the source with the same unit, behind the same name, and, as
/// part of a date, beside the same month.
fn has_number(said: &[Token], at: usize, source: &[Token]) -> bool {
    let Kind::Number(number) = &said[at].kind else { return true };
    // "one" is mostly a pronoun, and a day of a month is checked with its month.
    if said[at].lower == "one" && number.unit == Unit::None || month_beside(said, at).is_some() {
        return true;
    }
    // "212 KB, 60 more": the unit of the number before.
    let implied =
        said[at.saturating_sub(IMPLIED_UNIT_DISTANCE_MAX)..at].iter().rev().find_map(|it| match &it.kind {
            Kind::Number(before) if number.unit == Unit::None && before.unit != Unit::None => {
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
        it.kind == Kind::Word && it.is_capitalised && !it.is_function_word && number.unit == Unit::None
    });
    source.iter().enumerate().any(|(other_at, other)| match &other.kind {
        Kind::Number(other) => {
            let is_behind = |name: &Token| {
                // Of "49-year-old Ada Hill" the name stands behind.
                let past = if is_age { other_at + 2 * NAME_GAP_MAX } else { other_at };
                source[other_at.saturating_sub(NAME_GAP_MAX)..past.min(source.len())]
                    .iter()
                    .any(|it| it.is_same_word(name))
            };
            (number.is_in(other)
                || is_age && other.is_age() && number.value_is(other)
                || implied.is_some_and(|it| number.value_is(other) && it == other.unit))
                && named.is_none_or(|name| !source.iter().any(|it| it.is_same_word(name)) || is_behind(name))
        }
        // "GPT 5" for "GPT-5".
        Kind::Code(code) => named.is_some_and(|name| *code == format!("{}{}", name.lower, said[at].lower)),
        _ => false,
    })
}
