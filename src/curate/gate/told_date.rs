//! The dates that a text tells from the day of its writing: "today", "last October", "on Friday".

use chrono::Datelike;
use chrono::Days;
use chrono::Months;
use chrono::NaiveDate;

use super::calendar;
use crate::text::word;
use crate::text::word::Language;

/// Days on either side of the day of writing within which a bare weekday lies.
const WEEKDAY_REACH: u64 = 6;
/// Words that stand right before a month and open a sentence; others with a capital are names.
const NEAR_MONTHS: &[&str] = &[
    "last",
    "past",
    "previous",
    "this",
    "next",
    "coming",
    "since",
    "until",
    "till",
    "during",
    "early",
    "late",
    "mid",
    "from",
    "between",
    "throughout",
];
/// Months that are first names, too.
const FIRST_NAMES: &[&str] = &["april", "may", "june", "august"];

/// The dates, written out, that `text` tells relative to the day on which it was `written`: "yesterday" of a
/// text of 12 February 2026 is "February 11, 2026". A bare weekday may lie before or behind the day of
/// writing, and both are given. Of a text that names a year itself only what "this" says is told: its other
/// dates may be of that one. English only.
pub(in crate::curate) fn told(text: &str, written: NaiveDate) -> String {
    let names_year = names_year(text);
    let words: Vec<(&str, String)> = word::words(text).map(|(_, it)| (it, it.to_lowercase())).collect();
    let mut dates: Vec<String> = Vec::new();
    for (at, (shown, lower)) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |it| words[it].1.as_str());
        let next = words.get(at + 1).map_or("", |it| it.1.as_str());
        let behind = words.get(at + 2).map_or("", |it| it.1.as_str());
        let told = match lower.as_str() {
            "this" => period(written, next, 0),
            _ if names_year => Vec::new(),
            "today" | "tonight" => vec![day(Some(written))],
            "yesterday" => vec![day(written.checked_sub_days(Days::new(1)))],
            "tomorrow" => vec![day(written.checked_add_days(Days::new(1)))],
            "a" if next == "year" && behind == "ago" => vec![year(written, -1)],
            "last" | "past" | "previous" => period(written, next, -1),
            "next" | "coming" => period(written, next, 1),
            _ if calendar::is_day(shown, lower, false) => weekdays(written, lower),
            _ => match calendar::month(shown, lower, at == 0) {
                Some(month) if !is_in_name(&words, at) => vec![month_told(written, month, before)],
                _ => Vec::new(),
            },
        };
        dates.extend(told.into_iter().filter(|it| !it.is_empty()));
    }
    dates.join(", ")
}

/// Whether four digits that can be a year stand in the text, alone or in a date.
fn names_year(text: &str) -> bool {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.any(|it| it.len() == 4 && it.starts_with(['1', '2']))
}

/// Whether the month at this place is part of a person's name: "Theresa May", "April Quill".
fn is_in_name(words: &[(&str, String)], at: usize) -> bool {
    let is_name = |(shown, lower): &(&str, String)| {
        word::is_capitalised(shown)
            && !Language::English.is_stop_word(lower)
            && !NEAR_MONTHS.contains(&lower.as_str())
            && !calendar::is_day(shown, lower, false)
            && calendar::month(shown, lower, false).is_none()
    };
    at.checked_sub(1).is_some_and(|it| is_name(&words[it]))
        || FIRST_NAMES.contains(&words[at].1.as_str()) && words.get(at + 1).is_some_and(is_name)
}

fn day(date: Option<NaiveDate>) -> String {
    date.map(|it| it.format("%B %-d, %Y").to_string()).unwrap_or_default()
}

fn year(written: NaiveDate, by: i32) -> String {
    (written.year() + by).to_string()
}

/// The year or month that lies so many before or behind that of writing, or this year's season.
fn period(written: NaiveDate, what: &str, by: i32) -> Vec<String> {
    let month = match by {
        ..0 => written.checked_sub_months(Months::new(1)),
        0 => Some(written),
        1.. => written.checked_add_months(Months::new(1)),
    };
    match what {
        "year" => vec![year(written, by)],
        "month" => month.map(|it| it.format("%B %Y").to_string()).into_iter().collect(),
        "spring" | "summer" | "autumn" | "fall" | "winter" if by == 0 => vec![year(written, 0)],
        _ => Vec::new(),
    }
}

/// The days of that name next to the day of writing.
fn weekdays(written: NaiveDate, lower: &str) -> Vec<String> {
    let is_so =
        |it: &NaiveDate| it.format("%A").to_string().to_lowercase().starts_with(&lower[..3.min(lower.len())]);
    let before = (0..=WEEKDAY_REACH).filter_map(|it| written.checked_sub_days(Days::new(it))).find(is_so);
    let behind = (1..=WEEKDAY_REACH).filter_map(|it| written.checked_add_days(Days::new(it))).find(is_so);
    vec![day(before), day(behind)]
}

/// A month without its year: the one that "last" or "next" says, else one of the year of writing that
/// is past by then. What may be of either year is left open.
fn month_told(written: NaiveDate, month: u8, before: &str) -> String {
    let is_past = u32::from(month) <= written.month();
    let by = match before {
        "last" | "past" => -i32::from(!is_past || u32::from(month) == written.month()),
        "next" | "coming" => i32::from(is_past),
        "this" => 0,
        _ if is_past => 0,
        _ => return String::new(),
    };
    let first = NaiveDate::from_ymd_opt(written.year() + by, month.into(), 1);
    first.map(|it| it.format("%B %Y").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_told_from_the_day_of_writing_is_written_out() {
        // A Thursday.
        let written = NaiveDate::from_ymd_opt(2026, 2, 12).expect("a date");
        for (text, expected) in [
            ("Today the team ships it.", "February 12, 2026"),
            ("It broke yesterday and ends tomorrow.", "February 11, 2026, February 13, 2026"),
            ("It was shown last October.", "October 2025"),
            ("Last February it was shown.", "February 2025"),
            ("It was sold last month, or last year.", "January 2026, 2025"),
            ("It comes next year, or this spring.", "2027, 2026"),
            ("It comes on Tuesday.", "February 10, 2026, February 17, 2026"),
            ("Since January it rained.", "January 2026"),
            ("It rains in December.", ""),
            ("It rained in January 2024.", ""),
            ("It was sold on January 5, 2024.", ""),
            ("It was sold yesterday, after five years, since 2021-03-01.", ""),
            ("In 2021, between March and June, it rained.", ""),
            ("Theresa May said so.", ""),
            ("As Theresa February and April Quill said, it rains.", ""),
            ("In January Corvane sold 12,000 of them.", "January 2026"),
            ("Between January and February it rained.", "January 2026, February 2026"),
            ("It may rain, and the last rain was warm.", ""),
        ] {
            assert_eq!(told(text, written), expected, "{text}");
        }
    }
}
