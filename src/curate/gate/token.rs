//! Cuts a text into the things that the gate compares.

use std::borrow::Cow;

use crate::text::sentence;
use crate::text::word;
use crate::text::word::Language;

/// One word, number or code of a text.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub shown: &'a str,
    /// Lower case, without possessive `s`.
    pub lower: String,
    pub stem: String,
    pub kind: Kind,
    pub is_capitalised: bool,
    pub is_function_word: bool,
    /// Whether it may be capitalised only because it is the first word.
    pub opens_sentence: bool,
    /// Whether only a blank or hyphen stands between it and the next.
    pub touches_next: bool,
    /// Whether it is the unit of the number before it.
    pub is_unit: bool,
    /// Counts the sentences of the text.
    pub sentence: usize,
    /// Whether it denies what follows.
    pub is_negation: bool,
    /// Whether it may stand between a negation and what that denies.
    pub is_between: bool,
}

/// What a token is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Word,
    Number(Number),
    /// "third", "3rd"
    Ordinal(u32),
    /// Letters and digits mixed, or a version: lower case, without hyphens and leading `v`.
    Code(String),
    /// A weekday.
    Day,
    /// A month by its number.
    Month(u8),
    /// `2031-03-31`; the day as a number's value.
    IsoDate {
        month: u8,
        day: String,
    },
    Link,
}

/// A quantity, so written that equal ones are equal strings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Number {
    /// Significant digits, `e`, power of ten: `12e8` for 1.2 billion.
    pub value: String,
    pub unit: Unit,
    /// What it can also be: "5" of "5 to 10 percent".
    pub also: Option<(String, Unit)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unit {
    None,
    Percent,
    /// Percentage points.
    Points,
    /// A currency.
    Money(&'static str),
    /// A measure.
    Of(&'static str),
}

impl Number {
    /// Whether one reading of it is one reading of the other.
    pub(super) fn is_in(&self, other: &Self) -> bool {
        let readings = |it: &Self| [Some((it.value.clone(), it.unit)), it.also.clone()];
        readings(self).iter().flatten().any(|mine| readings(other).iter().flatten().any(|it| it == mine))
    }

    /// Whether it is as many as the other, whatever of.
    pub(super) fn value_is(&self, other: &Self) -> bool {
        without_trailing_zeros(&self.value) == without_trailing_zeros(&other.value)
    }

    /// Whether it can be someone's age.
    pub(super) fn is_age(&self) -> bool {
        matches!(self.unit, Unit::None | Unit::Of("year"))
            && (1..=120).any(|it| decimal(&it.to_string(), 0, true) == without_trailing_zeros(&self.value))
    }

    /// Whether it can be a day of a month.
    pub(super) fn is_day(&self) -> bool {
        self.unit == Unit::None && (1..=31).any(|it| decimal(&it.to_string(), 0, true) == self.value)
    }
}

impl Token<'_> {
    pub(super) fn is_same_word(&self, other: &Self) -> bool {
        self.lower == other.lower
            || self.kind == Kind::Word && self.stem == other.stem
            || self.is_plural_of(other)
            || other.is_plural_of(self)
            || self.lower.replace('.', "") == other.lower.replace('.', "")
    }

    /// Whether it is the plural of an acronym: "LLMs" of "LLM".
    fn is_plural_of(&self, other: &Self) -> bool {
        self.lower.strip_suffix('s') == Some(&other.lower) && self.shown.ends_with('s') && self.is_acronym()
    }

    /// Whether this is a code of which the other is the name: "GPT-5" for "GPT".
    pub(super) fn is_code_of(&self, other: &Self) -> bool {
        matches!(&self.kind, Kind::Code(code) if code.starts_with(&other.lower) && 2 <= other.lower.len())
    }

    pub(super) fn is_acronym(&self) -> bool {
        word::is_acronym(self.shown.trim_end_matches('s'))
    }

    /// Whether it denies what stands near it, in whatever way.
    pub(super) fn denies(&self) -> bool {
        self.is_negation
            || matches!(
                self.lower.as_str(),
                "nothing" | "nobody" | "nowhere" | "hardly" | "barely" | "unable" | "except" | "instead"
            )
            || matches!(
                self.lower.as_str(),
                "nichts" | "niemand" | "kaum" | "rien" | "personne" | "nada" | "nadie"
            )
            || matches!(self.stem.as_str(), "fail" | "lack" | "refus" | "declin" | "stop" | "prevent")
    }
}

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

/// Whether a word denies what follows; `before` is the word before it.
fn is_negation(lower: &str, before: Option<&str>, language: Language) -> bool {
    match language {
        Language::English => {
            matches!(lower, "not" | "no" | "never" | "without" | "neither" | "nor" | "cannot" | "none")
                || lower.ends_with("n't")
        }
        Language::German => {
            matches!(
                lower,
                "nicht"
                    | "kein"
                    | "keine"
                    | "keinem"
                    | "keinen"
                    | "keiner"
                    | "keines"
                    | "nie"
                    | "niemals"
                    | "ohne"
                    | "weder"
            )
        }
        // "Ne fonctionne pas": the verb is denied; "n'est pas prévu": what is behind it.
        Language::French => {
            matches!(lower, "ne" | "jamais" | "sans" | "aucun" | "aucune" | "ni" | "non")
                || lower.starts_with("n'")
                || lower == "pas" && before.is_some_and(|it| it.starts_with("n'"))
        }
        Language::Spanish => {
            matches!(
                lower,
                "no" | "nunca" | "jamás" | "sin" | "ni" | "ningún" | "ninguna" | "ninguno" | "tampoco"
            )
        }
    }
}

/// The tokens of a text in this language, in order.
pub(super) fn read(text: &str, language: Language) -> Vec<Token<'_>> {
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
        let kind = kind(shown, &lower, currency_before(&text[..start]), before == Some('-'), opens_sentence);
        let stem = match language {
            Language::English => language.stem(&american(&lower)).into_owned(),
            _ => language.stem(&lower).into_owned(),
        };
        tokens.push(Token {
            shown,
            stem,
            is_capitalised: word::is_capitalised(shown),
            is_function_word: language.is_stop_word(&lower),
            is_negation: is_negation(&lower, tokens.last().map(|it| it.lower.as_str()), language),
            is_between: between(language).contains(&lower.as_str()),
            lower,
            kind,
            opens_sentence,
            touches_next: false,
            is_unit: before == Some('°'),
            sentence,
        });
    }
    settle_units(text, &mut tokens);
    tokens
}

/// Words that may stand between a negation and what it denies.
fn between(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &[
            "a",
            "all",
            "also",
            "always",
            "an",
            "any",
            "anything",
            "be",
            "been",
            "being",
            "even",
            "ever",
            "every",
            "from",
            "had",
            "has",
            "have",
            "in",
            "just",
            "longer",
            "necessarily",
            "of",
            "on",
            "only",
            "quite",
            "really",
            "so",
            "than",
            "that",
            "the",
            "their",
            "them",
            "therefore",
            "to",
            "yet",
        ],
        Language::German => &[
            "auch", "das", "dem", "den", "der", "des", "die", "ein", "eine", "einem", "einen", "einer",
            "immer", "mehr", "noch", "nur", "sehr", "so", "zu",
        ],
        Language::French => &[
            "au", "aux", "de", "des", "du", "encore", "en", "été", "être", "la", "le", "les", "plus", "que",
            "toujours", "très", "un", "une", "à",
        ],
        Language::Spanish => &[
            "aún", "de", "del", "el", "la", "las", "le", "les", "lo", "los", "más", "muy", "que", "se",
            "sido", "todavía", "un", "una",
        ],
    }
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

fn is_iso_date(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    10 <= bytes.len()
        && bytes[..10]
            .iter()
            .enumerate()
            .all(|(at, b)| if at == 4 || at == 7 { *b == b'-' } else { b.is_ascii_digit() })
}

fn kind(
    shown: &str,
    lower: &str,
    currency: Option<&'static str>,
    is_behind_hyphen: bool,
    opens_sentence: bool,
) -> Kind {
    if shown.contains("://") || shown.starts_with("www.") || shown.contains('@') {
        return Kind::Link;
    }
    if is_iso_date(shown) && shown.len() == 10 {
        let day = decimal(shown[8..].trim_start_matches('0'), 0, true);
        return Kind::IsoDate { month: shown[5..7].parse().unwrap_or(0), day };
    }
    if DAYS.iter().any(|(long, short)| {
        lower == *long || shown.starts_with(char::is_uppercase) && lower == *short && !opens_sentence
    }) && word::is_capitalised(shown)
    {
        return Kind::Day;
    }
    if let Some(month) = month(shown, lower, opens_sentence) {
        return Kind::Month(month);
    }
    if let Some(value) = number_word(lower) {
        return Kind::Number(Number {
            value: decimal(&value.to_string(), 0, true),
            unit: Unit::None,
            also: None,
        });
    }
    if let Some(nth) = ORDINALS.iter().position(|it| *it == lower) {
        return Kind::Ordinal(nth as u32 + 1);
    }
    if !shown.contains(|c: char| c.is_ascii_digit()) {
        return Kind::Word;
    }
    if shown.contains(':') {
        return Kind::Code(lower.trim_start_matches('0').to_owned());
    }
    let digits_end =
        shown.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(shown.len());
    let (digits, suffix) = (&shown[..digits_end], &lower[digits_end.min(lower.len())..]);
    let is_version = 1 < digits.matches('.').count();
    let is_plain = !digits.is_empty() && !is_version;
    match suffix {
        _ if !is_plain => Kind::Code(code(lower)),
        "" | "st" | "nd" | "rd" | "th" => Kind::Number(Number {
            value: decimal(digits, 0, currency.is_some()),
            unit: currency.map_or(Unit::None, Unit::Money),
            also: None,
        }),
        _ => match (scale(suffix), unit_word(suffix)) {
            (Some(power), _) if !is_behind_hyphen => Kind::Number(Number {
                value: decimal(digits, power, true),
                unit: currency.map_or(Unit::None, Unit::Money),
                also: None,
            }),
            (_, Some(unit)) => Kind::Number(Number { value: decimal(digits, 0, true), unit, also: None }),
            _ => Kind::Code(code(lower)),
        },
    }
}

fn code(lower: &str) -> String {
    let bare: String = lower.chars().filter(|c| *c != '-').collect();
    match bare.strip_prefix('v') {
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => version.to_owned(),
        _ => bare,
    }
}

/// Gives numbers the scale and unit that stand behind them, and joins number words.
fn settle_units(text: &str, tokens: &mut [Token]) {
    let offset = |it: &Token| it.shown.as_ptr() as usize - text.as_ptr() as usize;
    for at in 0..tokens.len() {
        let end = offset(&tokens[at]) + tokens[at].shown.len();
        let behind = &text[end..];
        let words: Vec<String> = tokens[at + 1..].iter().take(3).map(|it| it.lower.clone()).collect();
        let Kind::Number(number) = &mut tokens[at].kind else { continue };
        if behind.starts_with('%') || behind.starts_with(" %") {
            number.unit = Unit::Percent;
            number.value = without_trailing_zeros(&number.value);
            continue;
        }
        if behind.trim_start_matches([' ', '\u{a0}']).starts_with('°') {
            number.unit = Unit::Of(if behind.contains("°F") && behind.find("°F") <= Some(3) {
                "fahrenheit"
            } else {
                "degree"
            });
            number.value = without_trailing_zeros(&number.value);
            continue;
        }
        // What stands behind a full stop or comma belongs to something else.
        if !behind.starts_with([' ', '-', '\u{a0}']) {
            continue;
        }
        let mut words = words.iter().map(String::as_str).peekable();
        if let Some(power) = words.peek().and_then(|it| scale_word(it)) {
            number.value = shifted(&number.value, power);
            words.next();
        }
        match (words.next(), words.next()) {
            (Some("percentage"), Some("point" | "points")) => number.unit = Unit::Points,
            (Some("per"), Some("cent")) | (Some("percent" | "pc"), _) => number.unit = Unit::Percent,
            (Some(unit), _) if number.unit == Unit::None => {
                if let Some(unit) = unit_word(unit) {
                    number.unit = unit;
                }
            }
            _ => {}
        }
        if number.unit != Unit::None {
            number.value = without_trailing_zeros(&number.value);
        }
    }
    for at in 1..tokens.len() {
        let is_measured = matches!(&tokens[at - 1].kind, Kind::Number(it) if it.unit != Unit::None);
        tokens[at].is_unit |= is_measured && unit_word(&tokens[at].lower).is_some();
    }
    // "5 to 10 percent", "5-10%": the first has the second's unit too.
    for at in 0..tokens.len() {
        let gap_end = offset(&tokens[at]) + tokens[at].shown.len();
        let next = match tokens.get(at + 1) {
            Some(it) if matches!(it.lower.as_str(), "to" | "and" | "or") => at + 2,
            Some(it)
                if text[gap_end..offset(it)]
                    .trim()
                    .chars()
                    .all(|c| matches!(c, '-' | '–' | '—' | '%' | '$' | '€' | '£')) =>
            {
                at + 1
            }
            _ => continue,
        };
        let Some(Kind::Number(second)) = tokens.get(next).map(|it| it.kind.clone()) else { continue };
        let power = tokens.get(next + 1).and_then(|it| scale_word(&it.lower)).unwrap_or(0);
        if let Kind::Number(first) = &mut tokens[at].kind
            && (first.unit == Unit::None || power != 0)
            && (second.unit != Unit::None || power != 0)
        {
            first.also = Some((shifted(&without_trailing_zeros(&first.value), power), second.unit));
        }
    }
}

/// `12e8` for "1.2" and 9. Trailing zeros of a fraction count where nothing says that it
/// is an amount: version 3.10 is not 3.1.
fn decimal(digits: &str, power: i32, is_amount: bool) -> String {
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

fn without_trailing_zeros(value: &str) -> String {
    let Some((digits, power)) = value.split_once('e') else { return value.to_owned() };
    let bare = digits.trim_end_matches('0');
    let power: i32 = power.parse().unwrap_or(0);
    let bare_power = power + i32::try_from(digits.len() - bare.len()).unwrap_or(0);
    let bare = bare.trim_start_matches('0');
    if bare.is_empty() { "0".to_owned() } else { format!("{bare}e{bare_power}") }
}

fn shifted(value: &str, by: i32) -> String {
    match value.split_once('e') {
        Some((digits, power)) if by != 0 => {
            without_trailing_zeros(&format!("{digits}e{}", power.parse::<i32>().unwrap_or(0) + by))
        }
        _ => value.to_owned(),
    }
}

fn scale(suffix: &str) -> Option<i32> {
    match suffix {
        "k" => Some(3),
        "m" | "mn" | "mln" => Some(6),
        "b" | "bn" => Some(9),
        "t" | "tn" | "trn" => Some(12),
        _ => None,
    }
}

fn scale_word(lower: &str) -> Option<i32> {
    match lower {
        "hundred" => Some(2),
        "thousand" => Some(3),
        "million" | "millions" | "mln" | "mn" | "m" => Some(6),
        "billion" | "billions" | "bn" => Some(9),
        "trillion" | "trillions" | "tn" => Some(12),
        _ => None,
    }
}

fn unit_word(lower: &str) -> Option<Unit> {
    const UNITS: &[(&str, &[&str])] = &[
        ("second", &["s", "sec", "secs", "second", "seconds"]),
        ("ms", &["ms", "millisecond", "milliseconds"]),
        ("am", &["am", "a.m"]),
        ("pm", &["pm", "p.m"]),
        ("minute", &["min", "mins", "minute", "minutes"]),
        ("hour", &["h", "hr", "hrs", "hour", "hours"]),
        ("day", &["day", "days"]),
        ("week", &["week", "weeks"]),
        ("month", &["month", "months"]),
        ("year", &["year", "years", "yr", "yrs"]),
        ("decade", &["decade", "decades"]),
        ("bit", &["bit", "bits"]),
        ("byte", &["byte", "bytes"]),
        ("kb", &["kb", "kilobyte", "kilobytes"]),
        ("kib", &["kib"]),
        ("mib", &["mib"]),
        ("gib", &["gib"]),
        ("mb", &["mb", "megabyte", "megabytes"]),
        ("gb", &["gb", "gigabyte", "gigabytes"]),
        ("tb", &["tb", "terabyte", "terabytes"]),
        ("pb", &["pb", "petabyte", "petabytes"]),
        ("mbps", &["mbps", "mbit"]),
        ("gbps", &["gbps", "gbit"]),
        ("hz", &["hz", "hertz"]),
        ("mhz", &["mhz", "megahertz"]),
        ("ghz", &["ghz", "gigahertz"]),
        ("w", &["w", "watt", "watts"]),
        ("kw", &["kw", "kilowatt", "kilowatts"]),
        ("mw", &["mw", "megawatt", "megawatts"]),
        ("gw", &["gw", "gigawatt", "gigawatts"]),
        ("kwh", &["kwh"]),
        ("mwh", &["mwh"]),
        ("gwh", &["gwh"]),
        ("v", &["volt", "volts"]),
        ("mah", &["mah"]),
        ("nm", &["nm", "nanometer", "nanometers", "nanometre", "nanometres"]),
        ("mm", &["mm", "millimeter", "millimeters", "millimetres"]),
        ("cm", &["cm", "centimeters", "centimetres"]),
        ("meter", &["meter", "meters", "metre", "metres"]),
        ("km", &["km", "kilometer", "kilometers", "kilometre", "kilometres"]),
        ("mile", &["mile", "miles"]),
        ("foot", &["ft", "foot", "feet"]),
        ("inch", &["inch", "inches"]),
        ("g", &["gram", "grams"]),
        ("kg", &["kg", "kilogram", "kilograms", "kilos"]),
        ("lb", &["lb", "lbs", "pound-weight"]),
        ("ton", &["ton", "tons", "tonne", "tonnes"]),
        ("liter", &["liter", "liters", "litre", "litres"]),
        ("gallon", &["gallon", "gallons"]),
        ("barrel", &["barrel", "barrels"]),
        ("degree", &["degree", "degrees"]),
        ("point", &["point", "points"]),
        ("pixel", &["pixel", "pixels", "px"]),
        ("x", &["x", "times"]),
        ("bp", &["bp", "bps", "basis"]),
    ];
    const CURRENCIES: &[(&str, &[&str])] = &[
        ("dollar", &["dollar", "dollars", "usd"]),
        ("euro", &["euro", "euros", "eur"]),
        ("pound", &["pound", "pounds", "gbp", "sterling"]),
        ("yen", &["yen", "jpy"]),
        ("yuan", &["yuan", "renminbi", "rmb"]),
        ("rupee", &["rupee", "rupees"]),
        ("won", &["won"]),
        ("cent", &["cent", "cents"]),
        ("penny", &["p", "pence", "penny"]),
        ("franc", &["franc", "francs", "chf"]),
        ("kronor", &["kronor", "kroner"]),
    ];
    let find =
        |table: &[(&'static str, &[&str])]| table.iter().find(|it| it.1.contains(&lower)).map(|it| it.0);
    match lower {
        "percent" | "pc" | "pct" => Some(Unit::Percent),
        "pp" => Some(Unit::Points),
        _ => find(CURRENCIES).map(Unit::Money).or_else(|| find(UNITS).map(Unit::Of)),
    }
}

/// The currency whose sign or code stands right before.
fn currency_before(before: &str) -> Option<&'static str> {
    let before = before.strip_suffix(' ').filter(|it| it.ends_with(char::is_uppercase)).unwrap_or(before);
    let last: String = {
        let mut it: Vec<char> =
            before.chars().rev().take_while(|c| !c.is_whitespace() && *c != '(').take(4).collect();
        it.reverse();
        it.into_iter().collect()
    };
    match last.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '$' | '€' | '£' | '¥' | '₹'))
    {
        "$" | "US$" | "USD" => Some("dollar"),
        "A$" | "AU$" => Some("australian dollar"),
        "C$" | "CA$" => Some("canadian dollar"),
        "HK$" => Some("hong kong dollar"),
        "NT$" => Some("taiwan dollar"),
        "S$" => Some("singapore dollar"),
        "R$" => Some("real"),
        "EUR" => Some("euro"),
        "GBP" => Some("pound"),
        "CHF" => Some("franc"),
        it if it.ends_with('$') => Some("dollar"),
        it if it.ends_with('€') => Some("euro"),
        it if it.ends_with('£') => Some("pound"),
        it if it.ends_with('¥') => Some("yen"),
        it if it.ends_with('₹') => Some("rupee"),
        _ => None,
    }
}

fn month(shown: &str, lower: &str, opens_sentence: bool) -> Option<u8> {
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

/// Numbers in words up to "ninety"; larger ones are these with a scale behind them.
fn number_word(lower: &str) -> Option<u32> {
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

const ORDINALS: &[&str] =
    &["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

const DAYS: &[(&str, &str)] = &[
    ("monday", "mon"),
    ("tuesday", "tue"),
    ("wednesday", "wed"),
    ("thursday", "thu"),
    ("friday", "fri"),
    ("saturday", "sat"),
    ("sunday", "sun"),
];
