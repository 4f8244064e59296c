//! Spans of years that a reader takes in from two years of the cited text.

use super::token::Token;
use super::token::TokenKind;
use super::unit::Unit;

/// Whether the number counts the years between two years that the source names.
pub(super) fn is_between_years(said: &[Token], at: usize, source: &[Token]) -> bool {
    let TokenKind::Number(number) = &said[at].kind else { return false };
    if number.unit != Unit::Of("year") {
        return false;
    }
    let years: Vec<i32> = source.iter().filter_map(year).collect();
    years.iter().any(|first| years.iter().any(|last| first < last && number.counts(last - first)))
}

/// The year that a token names.
fn year(it: &Token) -> Option<i32> {
    let is_year = it.shown.len() == 4 && it.shown.starts_with(['1', '2']);
    it.shown.parse().ok().filter(|_| is_year)
}

#[cfg(test)]
mod tests {
    use super::super::check;

    #[test]
    fn years_between_two_years_are_no_new_number() {
        let source = "Tarn began in 2001. In 2014 it had 13 users and 5 towns.";
        for (statement, passes) in [
            ("Thirteen years lay between both.", true),
            ("Twelve years lay between both.", false),
            ("It took 13 years.", true),
            ("It took 13 months.", false),
        ] {
            assert_eq!(check(statement, source).is_empty(), passes, "{statement}");
        }
    }
}
