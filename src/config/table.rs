//! A table of the file, read key by key.
//!
//! Every question asked of a table makes its key known; what was not asked for is
//! refused at the end. The same questions asked of an empty file, written down, are the
//! JSON Schema: reader and schema cannot differ.

use std::cell::LazyCell;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use super::problem::Place;
use super::problem::Report;
use super::value;
use super::value::Wrong;

/// One table, and what has been asked of it.
pub(super) struct Table<'a> {
    reading: Reading<'a>,
    values: Option<&'a DeTable<'a>>,
    place: Place,
    asked: Vec<Asked>,
    required: Vec<&'static str>,
    exactly_one: bool,
    never_together: Option<[&'static str; 2]>,
}

/// Why the questions are asked.
#[derive(Clone, Copy)]
pub(super) enum Reading<'a> {
    /// To read a file.
    File {
        report: &'a Report,
        /// Whether the file's syntax is sound; otherwise keys may be missing from what
        /// was read, and nothing is said about missing ones.
        sound: bool,
        /// Where keys of other tables belong: `(path, key)`.
        elsewhere: &'a LazyCell<Vec<(String, String)>>,
    },
    /// To write the schema.
    Schema(&'a Report),
}

struct Asked {
    name: &'static str,
    /// Empty unless the schema is being written.
    shapes: Vec<Value>,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

impl<'a> Table<'a> {
    pub(super) fn new(reading: Reading<'a>, values: Option<&'a DeTable<'a>>, place: Place) -> Self {
        Self {
            reading,
            values,
            place,
            asked: Vec::new(),
            required: Vec::new(),
            exactly_one: false,
            never_together: None,
        }
    }

    pub(super) fn report(&self) -> &'a Report {
        match self.reading {
            Reading::File { report, .. } | Reading::Schema(report) => report,
        }
    }

    /// The table itself, where its header or brace stands.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The place of a key's value, or the table's own where the key is absent.
    pub(super) fn place_of(&self, name: &str) -> Place {
        self.value(name).map_or_else(|| self.place.clone(), |it| it.place)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.is_some_and(|it| it.contains_key(name))
    }

    fn value(&self, name: &str) -> Option<At<&'a DeValue<'a>>> {
        let value = self.values?.get(name)?;
        Some(At { value: value.get_ref(), place: self.place.key(name, value.span()) })
    }

    fn ask(&mut self, name: &'static str, shape: impl FnOnce() -> Value) -> Option<At<&'a DeValue<'a>>> {
        let shape = matches!(self.reading, Reading::Schema(_)).then(shape);
        match self.asked.iter_mut().find(|it| it.name == name) {
            Some(known) => known.shapes.extend(shape),
            None => self.asked.push(Asked { name, shapes: shape.into_iter().collect() }),
        }
        self.value(name)
    }

    fn wrong_type(&self, at: &At<&DeValue<'_>>, wanted: &str, help: &str) {
        let given = match at.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.report().error(&at.place, format!("is {given}, not {wanted}"), help);
    }

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

    fn text_of<'v>(&self, at: &At<&'v DeValue<'v>>, example: Option<&str>) -> Option<At<&'v str>> {
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

    /// A list of texts that `read` understands.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        example: &'static str,
        about: &'static str,
        read: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Vec<At<T>> {
        let items = || json!({ "type": "string", "pattern": "\\S", "examples": [example] });
        let kind = || json!({ "type": "array", "items": items() });
        let Some(at) = self.ask(name, || described(kind(), about, Some(json!([])))) else {
            return Vec::new();
        };
        let Some(array) = at.value.as_array() else {
            let given = at.value.as_str().filter(|it| !it.trim().is_empty()).unwrap_or(example);
            self.wrong_type(&at, "a list", &format!("write [{given:?}]"));
            return Vec::new();
        };
        let element = |(index, it): (usize, &'a Spanned<DeValue<'a>>)| {
            let at = At { value: it.get_ref(), place: at.place.index(index, it.span()) };
            let At { value, place } = self.text_of(&at, Some(example))?;
            match non_blank(value).and_then(|it| read(&it)) {
                Ok(value) => Some(At { value, place }),
                Err(Wrong { message, help }) => {
                    self.report().error(&place, message, help);
                    None
                }
            }
        };
        array.iter().enumerate().filter_map(element).collect()
    }

    /// A table of texts under names that are the operator's own.
    pub(super) fn texts_by_name(
        &mut self,
        name: &'static str,
        about: &'static str,
    ) -> Vec<(String, At<String>)> {
        let kind = || json!({ "type": "object", "additionalProperties": { "type": "string" } });
        let Some(at) = self.ask(name, || described(kind(), about, Some(json!({})))) else {
            return Vec::new();
        };
        let Some(table) = at.value.as_table() else {
            self.wrong_type(&at, "a table", &format!("write {name} = {{ \"Name\" = \"value\" }}"));
            return Vec::new();
        };
        let text = |(key, it): (&Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let key: &std::borrow::Cow<'_, str> = key.get_ref();
            let text =
                self.text_of(&At { value: it.get_ref(), place: at.place.key(key, it.span()) }, None)?;
            Some((key.to_string(), At { value: text.value.to_owned(), place: text.place }))
        };
        table.iter().filter_map(text).collect()
    }

    /// A table, read as an empty one where it is absent.
    pub(super) fn table<T>(
        &mut self,
        name: &'static str,
        about: &'static str,
        read: impl FnOnce(&mut Table<'a>) -> T,
    ) -> T {
        let at = self.ask(name, || Value::Null);
        let values = at.as_ref().and_then(|it| it.value.as_table());
        if let Some(at) = &at
            && values.is_none()
        {
            self.wrong_type(at, "a table", &format!("write [{}]", at.place.path));
        }
        let place = at.map_or_else(|| self.place.key(name, self.place.span.clone()), |it| it.place);
        self.below(name, about, Table::new(self.reading, values, place), read)
    }

    /// A table, or nothing where it is absent.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        example: &'static str,
        about: &'static str,
        read: impl FnOnce(&mut Table<'a>) -> T,
    ) -> Option<T> {
        let is_schema = matches!(self.reading, Reading::Schema(_));
        match self.ask(name, || Value::Null) {
            None if is_schema => Some(self.table(name, about, read)),
            None => None,
            Some(at) if at.value.is_table() => Some(self.table(name, about, read)),
            Some(at) => {
                self.wrong_type(&at, "a table", &format!("write {example}"));
                None
            }
        }
    }

    /// An array of tables.
    pub(super) fn each<T>(
        &mut self,
        name: &'static str,
        about: &'static str,
        mut read: impl FnMut(&mut Table<'a>) -> T,
    ) -> Vec<T> {
        if matches!(self.reading, Reading::Schema(_)) {
            let one = self.table(name, about, read);
            let Some(asked) = self.asked.iter_mut().find(|it| it.name == name) else { return vec![one] };
            let items = asked.shapes.pop();
            asked.shapes.push(json!({ "type": "array", "items": items }));
            return vec![one];
        }
        let Some(at) = self.ask(name, || Value::Null) else { return Vec::new() };
        let tables = at.value.as_array().map(|it| it.iter().collect()).unwrap_or_else(Vec::new);
        if !at.value.is_array() {
            self.wrong_type(&at, "a list of tables", &format!("write [[{name}]] above its keys"));
        }
        let mut found = Vec::new();
        for (index, it) in tables.into_iter().enumerate() {
            let place = at.place.index(index, it.span());
            match it.get_ref().as_table() {
                Some(values) => {
                    let table = Table::new(self.reading, Some(values), place);
                    found.push(self.below(name, about, table, &mut read));
                }
                None => {
                    let at = At { value: it.get_ref(), place };
                    self.wrong_type(&at, "a table", &format!("write [[{name}]] above its keys"));
                }
            }
        }
        found
    }

    /// Reads what may be a table or something simpler; the schema knows both.
    pub(super) fn either<T>(
        &mut self,
        name: &str,
        table: impl FnOnce(&mut Self) -> T,
        simple: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if matches!(self.reading, Reading::Schema(_)) {
            simple(self);
            return table(self);
        }
        match self.value(name) {
            Some(at) if at.value.is_table() => table(self),
            _ => simple(self),
        }
    }

    /// Whether a key holds text, where a table is wanted.
    pub(super) fn is_text(&mut self, name: &'static str) -> bool {
        let is_text = self.value(name).is_some_and(|it| it.value.is_str());
        if is_text {
            self.asked.push(Asked { name, shapes: Vec::new() });
        }
        is_text
    }

    /// Says so when a key that must be there is not.
    pub(super) fn require(&mut self, name: &'static str, help: &str) {
        self.required.push(name);
        if self.is_sound() && !self.has(name) {
            let place = Place { path: self.place.key(name, 0..0).path, span: self.place.span.clone() };
            self.report().error(&place, "is missing", help);
        }
    }

    /// Says so unless exactly one of the keys asked for so far is there.
    pub(super) fn exactly_one(&mut self, help: &str) {
        self.exactly_one = true;
        let given = self.asked.iter().filter(|it| self.has(it.name)).count();
        if self.is_sound() && given != 1 {
            let problem = if given == 0 { "has none of its keys" } else { "has more than one of its keys" };
            self.report().error(&self.place, problem, help);
        }
    }

    /// Says so when both keys are there.
    pub(super) fn never_together(&mut self, one: &'static str, other: &'static str, help: &str) {
        self.never_together = Some([one, other]);
        if self.has(one) && self.has(other) {
            let message = format!("stands beside `{one}`, and only one of them can hold");
            self.report().error(&self.place_of(other), message, help);
        }
    }

    /// Whether nothing was lost to errors of syntax.
    pub(super) fn is_sound(&self) -> bool {
        matches!(self.reading, Reading::File { sound: true, .. })
    }

    fn below<T>(
        &mut self,
        name: &'static str,
        about: &'static str,
        mut table: Table<'a>,
        read: impl FnOnce(&mut Table<'a>) -> T,
    ) -> T {
        let read = read(&mut table);
        let shape = table.finish();
        if let Some(asked) = self.asked.iter_mut().find(|it| it.name == name)
            && matches!(self.reading, Reading::Schema(_))
        {
            asked.shapes.retain(|it| !it.is_null());
            asked.shapes.push(described(shape, about, None));
        }
        read
    }

    /// Refuses what was not asked for, and describes what was.
    pub(super) fn finish(self) -> Value {
        match self.reading {
            Reading::File { report, elsewhere, .. } => {
                self.refuse_unknown_keys(report, elsewhere);
                Value::Null
            }
            Reading::Schema(_) => self.shape(),
        }
    }

    fn refuse_unknown_keys(&self, report: &Report, elsewhere: &LazyCell<Vec<(String, String)>>) {
        for key in self.values.iter().flat_map(|it| it.keys()) {
            let name: &str = key.get_ref();
            let known = || self.asked.iter().map(|it| it.name);
            if known().any(|it| it == name) {
                continue;
            }
            let belongs = elsewhere.iter().find(|(_, key)| key == name);
            if belongs.is_some() && !self.is_sound() {
                // Its table's header may be what is broken.
                continue;
            }
            let help = match value::nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => match belongs {
                    Some((table, key)) if table.is_empty() => format!("`{key}` stands outside all tables"),
                    Some((table, key)) => format!("`{key}` belongs to {table}"),
                    None => format!("known here: {}", known().collect::<Vec<_>>().join(", ")),
                },
            };
            report.error(&self.place.key(&quoted(name), key.span()), "is not a known key", help);
        }
    }

    fn shape(self) -> Value {
        let mut properties = serde_json::Map::new();
        for Asked { name, mut shapes } in self.asked {
            let shape = if 1 < shapes.len() { json!({ "anyOf": shapes }) } else { shapes.pop().into() };
            properties.insert(name.to_owned(), shape);
        }
        let mut shape = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !self.required.is_empty() {
            shape["required"] = self.required.into();
        }
        if self.exactly_one {
            shape["minProperties"] = 1.into();
            shape["maxProperties"] = 1.into();
        }
        if let Some(pair) = self.never_together {
            shape["not"] = json!({ "required": pair });
        }
        shape
    }
}

fn described(mut shape: Value, about: &str, default: Option<Value>) -> Value {
    shape["description"] = about.into();
    if let Some(default) = default {
        shape["default"] = default;
    }
    shape
}

pub(super) fn non_blank(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        value::wrong("is empty", "write something between the quotes, or leave the key out")
    } else {
        Ok(text.trim().to_owned())
    }
}

/// A key as it is written in a path: bare where it can be.
fn quoted(name: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { format!("{name:?}") }
}
