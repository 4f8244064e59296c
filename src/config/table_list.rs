//! Reads what a table holds several of: lists, tables by name, tables in it.

use serde_json::Value;
use serde_json::json;
use toml::Spanned;
use toml::de::DeValue;

use super::table::At;
use super::table::Reading;
use super::table::Table;
use super::table::described;
use super::table::non_blank;
use super::value::Wrong;

impl<'a> Table<'a> {
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
}
