//! A table of the file, read key by key.
//!
//! Every question asked of a table makes its key known; what was not asked for is
//! refused at the end. The same questions asked of an empty file, written down, are the
//! JSON Schema: reader and schema cannot differ.

use std::cell::LazyCell;

use serde_json::Value;
use serde_json::json;
use toml::de::DeTable;
use toml::de::DeValue;

use super::problem::KeyLocation;
use super::problem::Report;
use super::value;
use super::value::Wrong;

/// One table, and what has been asked of it.
pub(super) struct Table<'a> {
    pub(super) reading: Reading<'a>,
    pub(super) values: Option<&'a DeTable<'a>>,
    pub(super) place: KeyLocation,
    pub(super) asked: Vec<Asked>,
    pub(super) required: Vec<&'static str>,
    pub(super) exactly_one: bool,
    pub(super) never_together: Option<[&'static str; 2]>,
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

pub(super) struct Asked {
    pub(super) name: &'static str,
    /// Empty unless the schema is being written.
    pub(super) shapes: Vec<Value>,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: KeyLocation,
}

impl<'a> Table<'a> {
    pub(super) fn new(reading: Reading<'a>, values: Option<&'a DeTable<'a>>, place: KeyLocation) -> Self {
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
    pub(super) fn place(&self) -> &KeyLocation {
        &self.place
    }

    /// The place of a key's value, or the table's own where the key is absent.
    pub(super) fn place_of(&self, name: &str) -> KeyLocation {
        self.value(name).map_or_else(|| self.place.clone(), |it| it.place)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.is_some_and(|it| it.contains_key(name))
    }

    pub(super) fn value(&self, name: &str) -> Option<At<&'a DeValue<'a>>> {
        let value = self.values?.get(name)?;
        Some(At { value: value.get_ref(), place: self.place.key(name, value.span()) })
    }

    pub(super) fn ask(
        &mut self,
        name: &'static str,
        shape: impl FnOnce() -> Value,
    ) -> Option<At<&'a DeValue<'a>>> {
        let shape = matches!(self.reading, Reading::Schema(_)).then(shape);
        match self.asked.iter_mut().find(|it| it.name == name) {
            Some(known) => known.shapes.extend(shape),
            None => self.asked.push(Asked { name, shapes: shape.into_iter().collect() }),
        }
        self.value(name)
    }

    pub(super) fn wrong_type(&self, at: &At<&DeValue<'_>>, wanted: &str, help: &str) {
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

    pub(super) fn refuse_unknown_keys(&self, report: &Report, elsewhere: &LazyCell<Vec<(String, String)>>) {
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

    pub(super) fn shape(self) -> Value {
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

pub(super) fn described(mut shape: Value, about: &str, default: Option<Value>) -> Value {
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
pub(super) fn quoted(name: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { format!("{name:?}") }
}
