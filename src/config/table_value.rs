//! Reads single values of a table: texts, words, durations, flags, numbers.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use toml::de::DeValue;

use super::table::At;
use super::table::Table;
use super::table::described;
use super::table::non_blank;
use super::value;
use super::value::Wrong;

impl<'a> Table<'a> {
    /// Text that `read` understands; `default` is what an absent key means.
    pub(super) fn parsed<T>(
        &mut self,
        name: &'static str,
        default: Option<&'static str>,
        about: &'static str,
        shape: impl FnOnce() -> Value,
        read: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<At<T>> {
        let shape_of = || described(shape(), about, default.map(Value::from));
        let Some(at) = self.ask(name, shape_of) else {
            let place = self.place.clone();
            return default.and_then(|it| read(it).ok()).map(|value| At { value, place });
        };
        let At { value, place } = self.text_of(&at, default)?;
        match read(value) {
            Ok(value) => Some(At { value, place }),
            Err(Wrong { message, help }) => {
                self.report().error(&place, message, help);
                None
            }
        }
    }

    pub(super) fn text_of<'v>(&self, at: &At<&'v DeValue<'v>>, example: Option<&str>) -> Option<At<&'v str>> {
        let At { value, place } = at;
        let Some(text) = value.as_str() else {
            let help = example.filter(|it| !it.is_empty()).map_or_else(
                || "write text in quotes".to_owned(),
                |it| format!("write text in quotes, like \"{it}\""),
            );
            self.wrong_type(at, "text", &help);
            return None;
        };
        if text.chars().any(char::is_control) {
            self.report().error(place, "holds a line break or control character", "write it on one line");
            return None;
        }
        Some(At { value: text, place: place.clone() })
    }

    /// Text with something in it.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        default: Option<&'static str>,
        about: &'static str,
    ) -> Option<At<String>> {
        self.parsed(name, default, about, || json!({ "type": "string", "pattern": "\\S" }), non_blank)
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&'static str, T)],
        default: Option<&'static str>,
        about: &'static str,
    ) -> Option<T> {
        let known: Vec<&str> = words.iter().map(|it| it.0).collect();
        let read = |text: &str| match words.iter().find(|it| it.0 == text) {
            Some((_, meaning)) => Ok(*meaning),
            None => {
                let listed = known.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(" or ");
                let help = match value::nearest(text, known.iter().copied()) {
                    Some(word) => format!("did you mean \"{word}\"? Known are {listed}"),
                    None => format!("write {listed}"),
                };
                value::wrong(format!("{text:?} is not known"), help)
            }
        };
        self.parsed(name, default, about, || json!({ "enum": known }), read).map(|it| it.value)
    }

    /// A duration of at least `min`.
    pub(super) fn duration(
        &mut self,
        name: &'static str,
        min: Duration,
        default: Option<&'static str>,
        about: &'static str,
    ) -> Option<At<Duration>> {
        let read = |text: &str| match value::duration(text)? {
            it if it < min => {
                let help = format!("write \"{}s\" or longer", min.as_secs());
                value::wrong(format!("{text:?} is too short"), help)
            }
            it => Ok(it),
        };
        let shape = || json!({ "type": "string", "pattern": "^[0-9]+[smhd]$" });
        self.parsed(name, default, about, shape, read)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &'static str, default: bool, about: &'static str) -> bool {
        let shape = || described(json!({ "type": "boolean" }), about, Some(default.into()));
        let Some(at) = self.ask(name, shape) else { return default };
        at.value.as_bool().unwrap_or_else(|| {
            self.wrong_type(&at, "true or false", "write true or false, without quotes");
            default
        })
    }

    /// A whole number within a range.
    pub(super) fn count(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
        default: u64,
        about: &'static str,
    ) -> u64 {
        let (min, max) = (*range.start(), *range.end());
        let kind = || json!({ "type": "integer", "minimum": min, "maximum": max });
        let Some(at) = self.ask(name, || described(kind(), about, Some(default.into()))) else {
            return default;
        };
        let Some(integer) = at.value.as_integer() else {
            let help = format!("write a whole number without quotes, like {default}");
            self.wrong_type(&at, "a whole number", &help);
            return default;
        };
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i128::MAX);
        match u64::try_from(number) {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let message = format!("{} is out of range", integer.as_str());
                self.report().error(&at.place, message, format!("write {min} to {max}"));
                default
            }
        }
    }

    /// A number, whole or not, within a range.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<f64>,
        default: Option<f64>,
        about: &'static str,
    ) -> Option<f64> {
        let (min, max) = (*range.start(), *range.end());
        let kind = || json!({ "type": "number", "minimum": min, "maximum": max });
        let Some(at) = self.ask(name, || described(kind(), about, default.map(Value::from))) else {
            return default;
        };
        let written = match at.value {
            DeValue::Integer(it) if it.radix() == 10 => it.as_str(),
            DeValue::Float(it) => it.as_str(),
            _ => {
                self.wrong_type(&at, "a number", "write a number without quotes, like 1.5");
                return default;
            }
        };
        match written.parse::<f64>() {
            Ok(number) if range.contains(&number) => Some(number),
            _ => {
                let message = format!("{written} is out of range");
                self.report().error(&at.place, message, format!("write {min} to {max}"));
                default
            }
        }
    }
}
