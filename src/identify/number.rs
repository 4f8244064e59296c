//! The number that an address gives an article: the part that stays when an editor changes the
//! headline and the words of the address follow it.

use url::form_urlencoded;

use crate::domain::CanonicalUrl;

use super::hash64;
use super::way::is_way;

/// Fewest digits of a number that is a whole path segment or the value of a parameter.
const ALONE_DIGITS_MIN: usize = 3;

/// Fewest digits of a number that stands beside words: shorter ones are figures of the headline.
const BESIDE_WORDS_DIGITS_MIN: usize = 4;

/// Fewest characters of a hexadecimal number.
const HEX_LEN_MIN: usize = 8;

/// Digest of the site and the article's number, `None` where the address has none.
///
/// A path segment that is a number goes before a parameter, and that before a number at the end
/// of a segment, or at its beginning; segments further to the right go first. Dates are no numbers.
pub(super) fn number_hash(address: &CanonicalUrl) -> Option<i64> {
    let address = address.as_str();
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let (site, path) = place.split_once('/').unwrap_or((place, ""));
    let segments = || path.split('/').rev().map(without_extension);
    let whole = segments().find(|it| is_number(it, ALONE_DIGITS_MIN));
    let number = whole.map(str::to_owned).or_else(|| in_query(query));
    let number = number.or_else(|| segments().find_map(beside_words).map(str::to_owned))?;
    Some(hash64(format!("{site} {number}")))
}

fn without_extension(segment: &str) -> &str {
    match segment.rsplit_once('.') {
        Some((name, kind)) if kind.len() <= 5 && kind.starts_with(|c: char| c.is_ascii_alphabetic()) => name,
        _ => segment,
    }
}

fn in_query(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, value) =
        pairs.find(|(name, value)| !is_way(name) && (is_number(value, ALONE_DIGITS_MIN) || is_hex(value)))?;
    Some(value.into_owned())
}

/// The longest of the numbers at the end of a segment, else of those at its beginning.
fn beside_words(segment: &str) -> Option<&str> {
    let parts: Vec<&str> = segment.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let is_telling = |it: &&str| is_number(it, BESIDE_WORDS_DIGITS_MIN) || is_hex(it);
    let end = parts.iter().rev().map_while(|it| digits_of(it)).filter(is_telling).max_by_key(|it| it.len());
    let start = || parts.iter().map_while(|it| digits_of(it)).filter(is_telling).max_by_key(|it| it.len());
    end.or_else(start)
}

/// A part that is a number, whatever letters stand before it (`a70112233`, `article5512096`).
fn digits_of(part: &str) -> Option<&str> {
    let digits = part.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let is_digits = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    if is_digits { Some(digits) } else { is_hex(part).then_some(part) }
}

fn is_number(text: &str, digits_min: usize) -> bool {
    digits_min <= text.len() && text.bytes().all(|it| it.is_ascii_digit()) && !is_date(text)
}

/// Whether digits read as a year, a year and month, or a day.
fn is_date(digits: &str) -> bool {
    let within = |at: std::ops::Range<usize>, from: u32, to: u32| {
        digits.get(at).and_then(|it| it.parse().ok()).is_some_and(|it: u32| (from..=to).contains(&it))
    };
    let is_year = within(0..4, 1990, 2100);
    match digits.len() {
        4 => is_year,
        6 => is_year && within(4..6, 1, 12),
        8 => is_year && within(4..6, 1, 12) && within(6..8, 1, 31),
        _ => false,
    }
}

/// Whether a part is a hexadecimal number and no word.
fn is_hex(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    HEX_LEN_MIN <= part.len()
        && 2 <= digits
        && digits < part.len()
        && part.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, number: Option<&str>) {
        let expected = number.map(|it| hash64(format!("a.example {it}")));
        assert_eq!(number_hash(&CanonicalUrl::new(address)), expected, "{address}");
    }

    #[test]
    fn a_number_is_found_wherever_it_stands() {
        check("a.example/2026/11/30/884213/ferry-loses-radar", Some("884213"));
        check("a.example/884213", Some("884213"));
        check("a.example/884/ferry-carries-24000", Some("884"));
        check("a.example/mill-installs-pump-5512096.html", Some("5512096"));
        check("a.example/mill-installs-pump-1.5512096", Some("5512096"));
        check("a.example/mill-installs-pump_5512096_3234.html", Some("5512096"));
        check("a.example/5512096-mill-installs-pump", Some("5512096"));
        check("a.example/en/glacier-survey/a-70112233", Some("70112233"));
        check("a.example/glacier-survey/article70112233/", Some("70112233"));
        check("a.example/glacier-survey-5f3a9c1d2b7e", Some("5f3a9c1d2b7e"));
        check("a.example/glacier-survey?id=70112233", Some("70112233"));
        check("a.example/read?id=701&slug=glacier-survey", Some("701"));
        check("a.example/ferry-carries-24000?id=70112233", Some("70112233"));
    }

    #[test]
    fn dates_short_figures_and_marks_of_the_way_are_no_numbers() {
        check("a.example/2026/11/30/ferry-loses-radar", None);
        check("a.example/20261130/ferry-loses-radar", None);
        check("a.example/ferry-loses-radar-2026", None);
        check("a.example/ferry-240-aboard", None);
        check("a.example/ferry-with-24000-aboard", None);
        check("a.example/facade-decade", None);
        check("a.example/ferry?ref=70112233", None);
        check("a.example", None);
    }
}
