//! Cuts a text into the tokens that the gate compares.

use std::borrow::Cow;

use super::calendar;
use super::denial;
use super::measure;
use super::quantity::Quantity;
use super::quantity::decimal;
use super::quantity::number_word;
use super::token::Token;
use super::token::TokenKind;
use super::unit;
use super::unit::Unit;
use super::unit::scale;
use super::unit::unit_word;
use crate::text::sentence;
use crate::text::word;
use crate::text::word::Language;

/// The language whose stop words a text has most of.
pub(super) fn language(text: &str) -> Language {
    const WORDS_MAX: usize = 150;
    let words: Vec<String> = word::words(text).take(WORDS_MAX).map(|it| it.1.to_lowercase()).collect();
    let stop_words = |it: Language| words.iter().filter(|word| it.is_stop_word(word)).count();
    let english = stop_words(Language::English);
    if words.len() <= 4 * english {
        return Language::English;
    }
    let others = [Language::German, Language::French, Language::Spanish].map(|it| (stop_words(it), it));
    others.into_iter().filter(|it| english < it.0).max_by_key(|it| it.0).map_or(Language::English, |it| it.1)
}

/// The tokens of a text in this language, in order.
pub(super) fn tokenize(text: &str, language: Language) -> Vec<Token<'_>> {
    let pieces = pieces(text);
    let mut ends = sentence::cut(text, usize::MAX).into_iter().map(|it| it.range.end).peekable();
    let mut sentence = 0;
    let mut tokens: Vec<Token> = Vec::with_capacity(pieces.len());
    let mut end = 0;
    for (start, shown) in pieces {
        let gap = &text[end..start];
        let opens_sentence = tokens.is_empty()
            || gap.contains(['.', '!', '?', ':', '"', '“', '‘', '\n', '•', '–', '—', ';', '(']);
        if let Some(last) = tokens.last_mut() {
            last.touches_next = gap == " " || gap == "-" || gap == "\u{a0}";
        }
        end = start + shown.len();
        while ends.next_if(|it| *it <= start).is_some() {
            sentence += 1;
        }
        let lower = shown.to_lowercase().replace('’', "'");
        let lower =
            lower.strip_suffix("'s").or_else(|| lower.strip_suffix('\'')).unwrap_or(&lower).to_owned();
        let before = text[..start].chars().next_back();
        let kind =
            kind(shown, &lower, unit::currency_before(&text[..start]), before == Some('-'), opens_sentence);
        let stem = match language {
            Language::English => language.stem(&american(&lower)).into_owned(),
            _ => language.stem(&lower).into_owned(),
        };
        tokens.push(Token {
            shown,
            stem,
            is_capitalised: word::is_capitalised(shown),
            is_function_word: language.is_stop_word(&lower),
            is_negation: denial::is_negation(&lower, tokens.last().map(|it| it.lower.as_str()), language),
            is_between: denial::is_between(&lower, language),
            lower,
            kind,
            opens_sentence,
            touches_next: false,
            is_unit: before == Some('°'),
            sentence,
        });
    }
    measure::settle(text, &mut tokens);
    tokens
}

/// A word in American spelling, so that both spellings are one word.
fn american(lower: &str) -> Cow<'_, str> {
    const ENDS: &[(&str, &str)] = &[
        ("centre", "center"),
        ("centres", "centers"),
        ("metre", "meter"),
        ("metres", "meters"),
        ("licence", "license"),
        ("licences", "licenses"),
        ("defence", "defense"),
        ("isation", "ization"),
        ("ising", "izing"),
        ("ised", "ized"),
        ("ises", "izes"),
        ("ise", "ize"),
        ("yse", "yze"),
        ("ysed", "yzed"),
        ("our", "or"),
        ("ours", "ors"),
        ("oured", "ored"),
    ];
    match ENDS.iter().find_map(|(from, to)| Some((lower.strip_suffix(from)?, to))) {
        Some((head, to)) => Cow::Owned(format!("{head}{to}")),
        None => Cow::Borrowed(lower),
    }
}

/// Runs of letters and digits with what holds them together inside: `3.10.2`, `1,200`, `GPT-5`,
/// `don't`, `U.S.`; addresses whole.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if !c.is_alphanumeric() {
            continue;
        }
        let rest = &text[start..];
        let blank = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let chunk = &rest[..blank];
        let end = if chunk.contains("://") || chunk.starts_with("www.") || chunk.contains('@') {
            start + chunk.trim_end_matches(|c: char| !c.is_alphanumeric()).len()
        } else {
            start + piece_len(chunk)
        };
        while chars.next_if(|(at, _)| *at < end).is_some() {}
        found.push((start, &text[start..end]));
    }
    found
}

/// How many bytes of a run without blanks are its first piece.
fn piece_len(chunk: &str) -> usize {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let is_inner = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut before = None;
    for (at, c) in chunk.char_indices() {
        let next = chunk[at + c.len_utf8()..].chars().next();
        let holds = match c {
            ',' => is_digit(before) && is_digit(next),
            '.' => is_inner(before) && is_inner(next),
            // Of "09:20".
            ':' => is_digit(before) && is_digit(next) && at <= 2,
            '\'' | '’' => is_inner(before) && is_inner(next),
            // Of "GPT-5" and "2031-03-31", not of "5-10" or "open-source".
            '-' => {
                let is_code = before.is_some_and(char::is_alphabetic)
                    && is_digit(next)
                    && !chunk[..at].contains('-')
                    && at <= 12;
                is_code || is_digit(next) && is_iso_date(chunk)
            }
            _ => c.is_alphanumeric(),
        };
        if !holds {
            return at;
        }
        before = Some(c);
    }
    chunk.len()
}

/// Whether the run begins with a date as in ISO 8601.
fn is_iso_date(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    10 <= bytes.len()
        && bytes[..10]
            .iter()
            .enumerate()
            .all(|(at, b)| if at == 4 || at == 7 { *b == b'-' } else { b.is_ascii_digit() })
}

/// What a token is; `currency` is the one whose sign stands before it.
fn kind(
    shown: &str,
    lower: &str,
    currency: Option<&'static str>,
    is_behind_hyphen: bool,
    opens_sentence: bool,
) -> TokenKind {
    if shown.contains("://") || shown.starts_with("www.") || shown.contains('@') {
        return TokenKind::Link;
    }
    if is_iso_date(shown) && shown.len() == 10 {
        let day = decimal(shown[8..].trim_start_matches('0'), 0, true);
        return TokenKind::IsoDate { month: shown[5..7].parse().unwrap_or(0), day };
    }
    if calendar::is_day(shown, lower, opens_sentence) {
        return TokenKind::Day;
    }
    if let Some(month) = calendar::month(shown, lower, opens_sentence) {
        return TokenKind::Month(month);
    }
    if let Some(value) = number_word(lower) {
        return TokenKind::Number(Quantity {
            value: decimal(&value.to_string(), 0, true),
            unit: Unit::None,
            also: None,
        });
    }
    if let Some(nth) = ORDINALS.iter().position(|it| *it == lower) {
        return TokenKind::Ordinal(nth as u32 + 1);
    }
    if !shown.contains(|c: char| c.is_ascii_digit()) {
        return TokenKind::Word;
    }
    // "GPT-5's" is GPT-5.
    let bare = shown.strip_suffix("'s").or_else(|| shown.strip_suffix("’s")).unwrap_or(shown);
    with_digits(bare, lower, currency, is_behind_hyphen)
}

/// What a token with digits in it is.
fn with_digits(
    shown: &str,
    lower: &str,
    currency: Option<&'static str>,
    is_behind_hyphen: bool,
) -> TokenKind {
    if shown.contains(':') {
        return TokenKind::Code(lower.trim_start_matches('0').to_owned());
    }
    let digits_end =
        shown.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(shown.len());
    let (digits, suffix) = (&shown[..digits_end], &lower[digits_end.min(lower.len())..]);
    let is_version = 1 < digits.matches('.').count();
    let is_plain = !digits.is_empty() && !is_version;
    match suffix {
        _ if !is_plain => TokenKind::Code(code(lower)),
        "" | "st" | "nd" | "rd" | "th" => TokenKind::Number(Quantity {
            value: decimal(digits, 0, currency.is_some()),
            unit: currency.map_or(Unit::None, Unit::Money),
            also: None,
        }),
        _ => match (scale(suffix), unit_word(suffix)) {
            (Some(power), _) if !is_behind_hyphen => TokenKind::Number(Quantity {
                value: decimal(digits, power, true),
                unit: currency.map_or(Unit::None, Unit::Money),
                also: None,
            }),
            (_, Some(unit)) => {
                TokenKind::Number(Quantity { value: decimal(digits, 0, true), unit, also: None })
            }
            // "33C" are degrees.
            _ if shown.ends_with(['C', 'F']) && suffix.len() == 1 && digits.len() <= DEGREE_DIGITS_MAX => {
                let unit = Unit::Of(if suffix == "c" { "degree" } else { "fahrenheit" });
                TokenKind::Number(Quantity { value: decimal(digits, 0, true), unit, also: None })
            }
            _ => TokenKind::Code(code(lower)),
        },
    }
}

/// A code or version without hyphens and leading `v`.
fn code(lower: &str) -> String {
    let bare: String = lower.chars().filter(|c| *c != '-').collect();
    match bare.strip_prefix('v') {
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => version.to_owned(),
        _ => bare,
    }
}

/// Digits of a temperature, the sign of which is left out.
const DEGREE_DIGITS_MAX: usize = 3;

const ORDINALS: &[&str] =
    &["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
