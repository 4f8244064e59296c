//! Weekdays and months, as they are written.

use crate::text::word;

/// Weekdays with their short forms.
const DAYS: &[(&str, &str)] = &[
    ("monday", "mon"),
    ("tuesday", "tue"),
    ("wednesday", "wed"),
    ("thursday", "thu"),
    ("friday", "fri"),
    ("saturday", "sat"),
    ("sunday", "sun"),
];

/// Whether a word is a weekday. A short form such as "Sun" is one only within a sentence.
pub(super) fn is_day(shown: &str, lower: &str, opens_sentence: bool) -> bool {
    word::is_capitalised(shown)
        && DAYS.iter().any(|(long, short)| {
            lower == *long || shown.starts_with(char::is_uppercase) && lower == *short && !opens_sentence
        })
}

/// The month that a word is, from 1. "May" and "March" that open a sentence are verbs.
pub(super) fn month(shown: &str, lower: &str, opens_sentence: bool) -> Option<u8> {
    const MONTHS: &[(&str, &str)] = &[
        ("january", "jan"),
        ("february", "feb"),
        ("march", "mar"),
        ("april", "apr"),
        ("may", "may"),
        ("june", "jun"),
        ("july", "jul"),
        ("august", "aug"),
        ("september", "sept"),
        ("october", "oct"),
        ("november", "nov"),
        ("december", "dec"),
    ];
    if !shown.starts_with(char::is_uppercase) || opens_sentence && matches!(lower, "may" | "march") {
        return None;
    }
    let short = if lower == "sep" { "sept" } else { lower };
    MONTHS.iter().position(|it| it.0 == lower || it.1 == short).and_then(|it| u8::try_from(it + 1).ok())
}
