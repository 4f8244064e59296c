//! Reads the dates that feeds carry, whatever they were meant to be.
//!
//! RFC 3339 and the ISO 8601 family (W3CDTF) by position; everything else, from
//! RFC 822 over asctime to localised forms, by what each piece can only be: a
//! word is a month or a zone, a number with colons is a time, and so on. The
//! weekday is never believed.

use chrono::Datelike;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::TimeDelta;

use crate::domain::Timestamp;

/// Longest text that is looked at as a date, in bytes.
const DATE_BYTES_MAX: usize = 100;

/// The instant that `text` names; a missing time is midnight, a missing zone UTC.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || DATE_BYTES_MAX < text.len() {
        return None;
    }
    epoch(text).or_else(|| iso(text)).or_else(|| free(text))
}

/// Seconds or milliseconds since 1970, of nine, ten or thirteen digits, perhaps with a fraction.
fn epoch(text: &str) -> Option<Timestamp> {
    let text =
        text.split_once('.').filter(|(_, fraction)| number(fraction).is_some()).map_or(text, |it| it.0);
    let number: i64 = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??;
    match text.len() {
        9 | 10 => Some(Timestamp::from_secs(number)),
        13 => Some(Timestamp::from_millis(number)),
        _ => None,
    }
}

/// ISO 8601: calendar dates of any precision, ordinal and week dates, basic and extended.
fn iso(text: &str) -> Option<Timestamp> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let year: i32 = text.get(..digits.min(4))?.parse().ok()?;
    let (date, rest) = match (digits, text.as_bytes().get(digits)) {
        (4, None) => (NaiveDate::from_ymd_opt(year, 1, 1)?, ""),
        (6, None) => (NaiveDate::from_ymd_opt(year, number(&text[4..6])?, 1)?, ""),
        (7, _) => (NaiveDate::from_yo_opt(year, number(&text[4..7])?)?, &text[7..]),
        (8 | 12 | 14, _) => {
            (NaiveDate::from_ymd_opt(year, number(&text[4..6])?, number(&text[6..8])?)?, &text[8..])
        }
        // A year of two digits is one where only ISO 8601 has a `T`.
        (2, Some(b'-')) if matches!(text.as_bytes().get(8), Some(b'T' | b't')) => {
            iso_after_year(full_year(&text[..2])?, &text[3..], '-')?
        }
        (4, Some(separator @ (b'-' | b'/' | b'.'))) => {
            iso_after_year(year, &text[5..], char::from(*separator))?
        }
        _ => return None,
    };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(['T', 't', ',', ':']).unwrap_or(rest).trim_start();
    clock(date, rest)
}

fn iso_after_year(year: i32, rest: &str, separator: char) -> Option<(NaiveDate, &str)> {
    if let Some(week) = rest.strip_prefix(['W', 'w']) {
        let day =
            week.get(2..)?.strip_prefix(separator).and_then(|it| it.get(..1)).and_then(number).unwrap_or(1);
        let weekday = chrono::Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?;
        let used = if week.len() == 2 { 2 } else { 4 };
        return Some((
            NaiveDate::from_isoywd_opt(year, number(week.get(..2)?)?, weekday)?,
            week.get(used..)?,
        ));
    }
    let (first, rest) = leading_number(rest)?;
    if 3 <= first.len() {
        return Some((NaiveDate::from_yo_opt(year, number(first)?)?, rest));
    }
    let month = number(first)?;
    match rest.strip_prefix(separator).and_then(leading_number) {
        Some((day, rest)) => Some((NaiveDate::from_ymd_opt(year, month, number(day)?)?, rest)),
        None => Some((NaiveDate::from_ymd_opt(year, month, 1)?, rest)),
    }
}

/// The time and zone after a date; nothing is midnight UTC.
fn clock(date: NaiveDate, rest: &str) -> Option<Timestamp> {
    if rest.is_empty() {
        return instant(date, 0, 0);
    }
    // Words before a time are for `free`.
    if rest.contains(':') && rest.starts_with(char::is_alphabetic) && !rest.starts_with(['Z', 'z']) {
        return None;
    }
    let time_len =
        rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ','))).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(time_len);
    let mut zone = zone.trim();
    let mut millis = if time.contains(':') || time.is_empty() {
        if time.is_empty() { 0 } else { clock_millis(time)? }
    } else {
        let (whole, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
        let part = |at: usize| whole.get(at..at + 2).map_or(Some("00"), Some);
        clock_millis(&format!("{}:{}:{}.{fraction}", part(0)?, part(2)?, part(4)?))?
    };
    for (marker, is_afternoon) in [("AM", false), ("PM", true)] {
        if zone.get(..2).is_some_and(|it| it.eq_ignore_ascii_case(marker)) {
            millis = half_day(millis, is_afternoon);
            zone = zone[2..].trim_start();
        }
    }
    instant(date, millis, zone_minutes(zone).unwrap_or(0))
}

/// A date of words and numbers in any order.
fn free(text: &str) -> Option<Timestamp> {
    let text = text.split('(').next().unwrap_or(text);
    let (mut month, mut numbers, mut millis, mut zone, mut separator) = (None, Vec::new(), None, None, ' ');
    let mut half = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            let len = rest
                .find(|c: char| !(c.is_ascii_digit() || c == ':' || (c == '.' && rest.contains(':'))))
                .unwrap_or(rest.len());
            let (piece, after) = rest.split_at(len);
            rest = after;
            if piece.contains(':') {
                millis = millis.or(clock_millis(piece.trim_end_matches('.')));
                millis?;
            } else {
                numbers.extend(piece.split('.').filter(|it| !it.is_empty()));
                separator = match rest.chars().next() {
                    _ if piece.contains('.') => '.',
                    Some(c @ ('/' | '.' | '-')) if numbers.len() == 1 => c,
                    _ => separator,
                };
            }
        } else if c.is_alphabetic() {
            let len = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(len);
            rest = after;
            match (word, month_of(word)) {
                ("AM" | "am" | "오전" | "午前" | "上午", _) => half = Some(false),
                ("PM" | "pm" | "오후" | "午後" | "下午", _) => half = Some(true),
                // `mar` is a Tuesday where another month follows, and where the date is complete. Once the
                // time is read, a word is a zone: `MAR`tinique is not meant by `MART`.
                (_, Some(it)) if numbers.len() < 3 && month.is_none() => month = Some(it),
                (_, Some(it)) if numbers.len() < 2 && millis.is_none() => month = Some(it),
                _ if millis.is_some() || is_universal(word) => {
                    if let Some(it) = zone_minutes(&format!("{word}{}", sign_and_digits(rest))) {
                        zone = Some(it);
                        rest = &rest[sign_and_digits(rest).len()..];
                    }
                }
                _ => {}
            }
        } else if matches!(c, '+' | '-' | '\u{2212}') && millis.is_some() && zone.is_none() {
            let offset = sign_and_digits(rest);
            zone = zone_minutes(offset);
            rest = &rest[offset.len().max(c.len_utf8())..];
        } else {
            rest = &rest[c.len_utf8()..];
        }
    }
    let millis = match half {
        Some(is_afternoon) => half_day(millis?, is_afternoon),
        None => millis.unwrap_or(0),
    };
    instant(date_of(month, &numbers, separator)?, millis, zone.unwrap_or(0))
}

/// A date from a named month and the numbers beside it, or from three numbers.
fn date_of(month: Option<u32>, numbers: &[&str], separator: char) -> Option<NaiveDate> {
    match (month, numbers) {
        (Some(month), [first, second, ..]) => {
            let (day, year) =
                if 2 < first.len() || 31 < number(first)? { (second, first) } else { (first, second) };
            NaiveDate::from_ymd_opt(full_year(year)?, month, number(day)?)
        }
        (None, [first, second, third, ..]) if first.len() == 4 => {
            NaiveDate::from_ymd_opt(full_year(first)?, number(second)?, number(third)?)
        }
        (None, [first, second, year, ..]) if separator != ' ' => {
            // Slashes are American unless that is impossible; dots and hyphens put the day first.
            let (first, second) = (number(first)?, number(second)?);
            let is_month_first = (separator == '/' && first <= 12) || 12 < second;
            let (month, day) = if is_month_first { (first, second) } else { (second, first) };
            NaiveDate::from_ymd_opt(full_year(year)?, month, day)
        }
        _ => None,
    }
}

/// A year of four digits, or of two as RFC 2822 §4.3 reads it.
fn full_year(digits: &str) -> Option<i32> {
    let year = i32::try_from(number(digits)?).ok()?;
    match digits.len() {
        1 | 2 if year < 50 => Some(2000 + year),
        1..=3 => Some(1900 + year),
        4 => Some(year),
        _ => None,
    }
}

/// Milliseconds since midnight of `h:m[:s[.fraction]]`; 24:00 is the end of the day, a leap second the one before.
fn clock_millis(time: &str) -> Option<i64> {
    let mut parts = time.split(':');
    let hour: i64 = number(parts.next()?)?.into();
    let minute: i64 = number(parts.next().filter(|it| !it.is_empty()).unwrap_or("0"))?.into();
    let seconds = parts.next().filter(|it| !it.is_empty()).unwrap_or("0");
    let (seconds, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
    let second: i64 = i64::from(number(seconds)?).min(59);
    let mut millis = 0;
    for digit in
        (0..3).map(|at| fraction.as_bytes().get(at).copied().filter(u8::is_ascii_digit).unwrap_or(b'0'))
    {
        millis = millis * 10 + i64::from(digit - b'0');
    }
    let fits = minute < 60 && (hour < 24 || (hour == 24 && minute == 0 && second == 0));
    fits.then_some(((hour * 60 + minute) * 60 + second) * 1000 + millis)
}

fn half_day(millis: i64, is_afternoon: bool) -> i64 {
    const NOON: i64 = 12 * 60 * 60 * 1000;
    match (is_afternoon, NOON <= millis) {
        (true, false) => millis + NOON,
        (false, true) => millis - NOON,
        _ => millis,
    }
}

fn instant(date: NaiveDate, millis: i64, offset_minutes: i64) -> Option<Timestamp> {
    /// What programs write that have no date is of the first years.
    const YEAR_MIN: i32 = 1000;
    if date.year() < YEAR_MIN {
        return None;
    }
    let midnight: NaiveDateTime = date.and_time(NaiveTime::MIN);
    let utc = midnight.checked_add_signed(TimeDelta::milliseconds(millis - offset_minutes * 60_000))?;
    Some(Timestamp::from_millis(utc.and_utc().timestamp_millis()))
}

fn number(digits: &str) -> Option<u32> {
    (digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

fn leading_number(text: &str) -> Option<(&str, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&len).then(|| text.split_at(len))
}

/// The `+hh:mm` or `-hhmm` at the start of `text`; empty if there is none.
fn sign_and_digits(text: &str) -> &str {
    let Some(sign) = text.chars().next().filter(|c| matches!(c, '+' | '-' | '\u{2212}')) else { return "" };
    let len = text[sign.len_utf8()..].bytes().take_while(|b| b.is_ascii_digit() || *b == b':').count();
    if len == 0 { "" } else { &text[..sign.len_utf8() + len] }
}

fn is_universal(word: &str) -> bool {
    matches!(word, "Z" | "UT" | "UTC" | "GMT")
}

/// Minutes east of Greenwich of `+hh:mm`, `-hhmm`, `+h`, a named zone, or both (`GMT+2`).
/// An unknown name is UTC, as RFC 2822 §4.3 has it.
fn zone_minutes(zone: &str) -> Option<i64> {
    let name_len = zone.find(|c: char| !c.is_alphabetic()).unwrap_or(zone.len());
    let (name, rest) = zone.split_at(name_len);
    let offset = sign_and_digits(rest.trim_start());
    if let Some(sign) = offset.chars().next() {
        let digits = &offset[sign.len_utf8()..];
        let (hours, minutes) = match digits.split_once(':') {
            Some(it) => it,
            None if digits.len() <= 2 => (digits, "0"),
            None => digits.split_at(digits.len().min(4) - 2),
        };
        let minutes =
            i64::from(number(hours)?) * 60 + i64::from(number(minutes.get(..2).unwrap_or(minutes))?);
        return (minutes <= 15 * 60).then_some(if sign == '+' { minutes } else { -minutes });
    }
    let hours = match name.to_ascii_uppercase().as_str() {
        "" => return None,
        "IST" => return Some(5 * 60 + 30),
        "ACST" => return Some(9 * 60 + 30),
        "ACDT" => return Some(10 * 60 + 30),
        "NPT" => return Some(5 * 60 + 45),
        "NST" => return Some(-3 * 60 - 30),
        "NDT" => return Some(-2 * 60 - 30),
        "HST" => -10,
        "AKST" => -9,
        "AKDT" | "PST" | "PT" => -8,
        "PDT" | "MST" | "MT" => -7,
        "MDT" | "CST" | "CT" => -6,
        "CDT" | "EST" | "ET" => -5,
        "EDT" | "AST" | "CLT" => -4,
        "ADT" | "ART" | "BRT" | "CLST" | "UYT" => -3,
        "BST" | "WEST" | "CET" | "MET" | "MEZ" | "WAT" => 1,
        "CEST" | "MEST" | "MESZ" | "EET" | "SAST" | "CAT" => 2,
        "EEST" | "MSK" | "EAT" | "IDT" | "TRT" => 3,
        "MSD" | "GST" => 4,
        "PKT" => 5,
        "ICT" | "WIB" => 7,
        "SGT" | "HKT" | "AWST" | "PHT" => 8,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        "NZST" => 12,
        "NZDT" => 13,
        _ => 0,
    };
    Some(hours * 60)
}

/// The month a word names, by its first letters, in the languages feeds were seen in.
fn month_of(word: &str) -> Option<u32> {
    // Nearly all dates are in English.
    const ENGLISH: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if let Some(month) = (1..).zip(ENGLISH).find_map(|(month, it)| (it == word).then_some(month)) {
        return Some(month);
    }
    if ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(&word) {
        return None;
    }
    const MONTHS: [(u32, &[&str]); 12] = [
        (1, &["jan", "ene", "gen", "sty", "ian", "oca", "tammi", "led", "янв", "січ", "ιαν"]),
        (2, &["feb", "fév", "fev", "lut", "şub", "helmi", "úno", "фев", "лют", "φεβ"]),
        (3, &["mar", "mär", "maer", "mrz", "mrt", "maa", "már", "bře", "мар", "бер", "μάρ", "μαρ"]),
        (4, &["apr", "avr", "abr", "kwi", "ápr", "nis", "huhti", "dub", "апр", "кві", "απρ"]),
        (
            5,
            &[
                "may", "mai", "mag", "mei", "maj", "máj", "touko", "kvě", "мая", "май", "тра", "μάι", "μαϊ",
                "μαΐ",
            ],
        ),
        (
            6,
            &[
                "jun", "juin", "giu", "cze", "jún", "iun", "haz", "kesä", "červn", "июн", "чер", "ιούν",
                "ιουν",
            ],
        ),
        (
            7,
            &[
                "jul", "juil", "lug", "lip", "júl", "iul", "tem", "heinä", "červenc", "июл", "лип", "ιούλ",
                "ιουλ",
            ],
        ),
        (8, &["aug", "aoû", "aou", "ago", "agu", "sie", "ağu", "elo", "srp", "авг", "сер", "αύγ", "αυγ"]),
        (9, &["sep", "set", "wrz", "szep", "eyl", "syys", "zář", "сен", "вер", "σεπ"]),
        (10, &["oct", "okt", "out", "ott", "paź", "eki", "loka", "říj", "окт", "жов", "οκτ"]),
        (11, &["nov", "lis", "noi", "kas", "marras", "ноя", "лис", "νοέ", "νοε"]),
        (12, &["dec", "déc", "dez", "dic", "des", "gru", "ara", "joulu", "pros", "дек", "гру", "δεκ"]),
    ];
    // `Mar`, `mar.` and `martes` begin alike: a weekday of Romance languages is told by its ending.
    let lower = word.to_lowercase();
    if matches!(lower.as_str(), "martes" | "mardi" | "martedì" | "marți") {
        return None;
    }
    let names = MONTHS.iter().flat_map(|(month, begins)| begins.iter().map(move |it| (it.len(), it, *month)));
    let (_, _, month) = names.filter(|(_, it, _)| lower.starts_with(**it)).max_by_key(|(len, ..)| *len)?;
    Some(month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(timestamp(text).map(Timestamp::rfc3339).as_deref(), Some(expected), "{text}");
    }

    #[track_caller]
    fn check_none(text: &str) {
        assert_eq!(timestamp(text), None, "{text}");
    }

    #[test]
    fn words_beside_a_whole_date_are_no_months() {
        check("Jan 5 2026, by Mary", "2026-01-05T00:00:00Z");
        check("Posted on 5 August 2026 by Decker", "2026-08-05T00:00:00Z");
        check("Mar 5, 2026 Maybe", "2026-03-05T00:00:00Z");
        check("2026-11-20 Mar 10:00", "2026-11-20T10:00:00Z");
    }

    #[test]
    fn rfc_822_and_what_is_written_for_it() {
        check("Fri, 20 Nov 2026 10:00:00 GMT", "2026-11-20T10:00:00Z");
        check("20 Nov 26 10:00 +0100", "2026-11-20T09:00:00Z");
        check("Mon, 20 Nov 2026 10:00:00 EST", "2026-11-20T15:00:00Z");
        check("Friday, 20-Nov-26 10:00:00 GMT", "2026-11-20T10:00:00Z");
        check("Fri, 20 November 2026 1:02:03 -0530 (NOPE)", "2026-11-20T06:32:03Z");
        check("Fri, 20 Nov 2026 24:00:00 GMT", "2026-11-21T00:00:00Z");
        check("Fri, 20 Nov 2026", "2026-11-20T00:00:00Z");
        check("Fri, 20 Nov 1998 10:00:60 Z", "1998-11-20T10:00:59Z");
        check("Sept 5, 2026 4:05 PM PDT", "2026-09-05T23:05:00Z");
        check("Fri, 20 Nov 2026 10:00:00 GMT+2", "2026-11-20T08:00:00Z");
        check("Fri, 20 Nov 99 10:00:00 UT", "1999-11-20T10:00:00Z");
    }

    #[test]
    fn iso_8601_of_any_precision() {
        check("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z");
        check("2026-11-20T10:00:00.25+01:00", "2026-11-20T09:00:00Z");
        check("2026-11-20 10:00", "2026-11-20T10:00:00Z");
        check("2026-11-20T10:00:00+0100", "2026-11-20T09:00:00Z");
        check("2026-11-20T10Z", "2026-11-20T10:00:00Z");
        check("20261120T100000Z", "2026-11-20T10:00:00Z");
        check("2026-11", "2026-11-01T00:00:00Z");
        check("2026", "2026-01-01T00:00:00Z");
        check("2026-324", "2026-11-20T00:00:00Z");
        check("2026-W47-5T10:00Z", "2026-11-20T10:00:00Z");
        check("2026/11/20 10:00:00 -0500", "2026-11-20T15:00:00Z");
        check("2026-11-20T10:00:00 EST", "2026-11-20T15:00:00Z");
        check("2026-11-20 10:00:00 PM", "2026-11-20T22:00:00Z");
        check("20261120100000", "2026-11-20T10:00:00Z");
        check("26-11-20T10:00:00Z", "2026-11-20T10:00:00Z");
        check("2026/11/20:10:00:00 EST", "2026-11-20T15:00:00Z");
        check("2026-11-20 오후 10:00:00", "2026-11-20T22:00:00Z");
        check("2026-11-20 at 10:00", "2026-11-20T10:00:00Z");
    }

    #[test]
    fn other_orders_and_languages() {
        check("Fri Nov 20 10:00:00 2026", "2026-11-20T10:00:00Z");
        check("Fri Nov 20 10:00:00 EST 2026", "2026-11-20T15:00:00Z");
        check("11/20/2026 11:59 PM", "2026-11-20T23:59:00Z");
        check("20/11/2026", "2026-11-20T00:00:00Z");
        check("20.11.2026 10:00", "2026-11-20T10:00:00Z");
        check("Fr, 20 Dez 2026 10:00:00 MEZ", "2026-12-20T09:00:00Z");
        check("mardi 20 août 2026 12:00", "2026-08-20T12:00:00Z");
        check("Friday, November 20, 2026 - 10:00", "2026-11-20T10:00:00Z");
        check("1545041422", "2018-12-17T10:10:22Z");
        check("1545041422000", "2018-12-17T10:10:22Z");
        check("1545041422.25", "2018-12-17T10:10:22Z");
        check("mar, 24 nov 2026 10:00:00 +0100", "2026-11-24T09:00:00Z");
        check("maandag 23 mrt 2026", "2026-03-23T00:00:00Z");
        check("20 Mart 2026 10:00", "2026-03-20T10:00:00Z");
        check("20. marraskuuta 2026", "2026-11-20T00:00:00Z");
        check("20 Μαΐου 2026 10:00 PKT", "2026-05-20T05:00:00Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        check_none("");
        check_none("yesterday");
        check_none("Thu, 32 Foo 2018 25:61:00 GMT");
        check_none("Thu, 31 Feb 2018 10:00:00 GMT");
        check_none("12345");
        check_none("0001-01-01T00:00:00Z");
        check_none("Wed, 30 Nov -0001 00:00:00 +0000");
        check_none("2018-13-01");
        check_none(&"1".repeat(1000));
        check_none("−");
        check_none("Jan é 99999999999 é:é");
    }
}
