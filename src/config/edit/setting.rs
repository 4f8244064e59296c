//! Sets keys of a source in a text, and leaves everything else in it as it is.

use std::fmt;

use toml_edit::Array;
use toml_edit::InlineTable;
use toml_edit::Item;
use toml_edit::Key;
use toml_edit::Table;
use toml_edit::TableLike;
use toml_edit::Value;
use toml_edit::value;

use super::document::EditError;
use super::document::document;
use super::document::tables;
use super::line_ends;
use crate::domain::SourceId;

/// Keys below keys in one setting; no source has more.
const DEPTH_MAX: usize = 4;

/// A key of a source and the value that it gets.
#[derive(Clone, Debug)]
pub struct Setting {
    key: Vec<String>,
    value: Value,
}

/// What was given is no `KEY=VALUE`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSetting(String);

impl Setting {
    /// `KEY=VALUE` as it would be written in the file, with dots between a key and one below it
    /// (`excerpt.words=80`). What is no TOML value and has none of its marks is taken as text, so that
    /// `every=2h` and `publisher=Example Monitor` need no quotation marks.
    ///
    /// # Errors
    /// [`InvalidSetting`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let Some((key, given)) = text.split_once('=') else {
            return Err(InvalidSetting(format!(
                "`{text}` is not a setting; write KEY=VALUE, like enabled=false"
            )));
        };
        let keys = Key::parse(key.trim()).map_err(|_| {
            InvalidSetting(format!(
                "`{}` is not a key; write one like `every` or `excerpt.words`",
                key.trim()
            ))
        })?;
        if keys.len() > DEPTH_MAX {
            return Err(InvalidSetting(format!("`{}` has too many parts", key.trim())));
        }
        let given = given.trim();
        let value = match given.parse::<Value>() {
            Ok(value) => value,
            Err(_) if is_plain(given) => Value::from(given),
            Err(_) => {
                return Err(InvalidSetting(format!(
                    "{}: `{given}` is not a TOML value; write text in quotes, lists as [\"a\", \"b\"], true, false or a number",
                    key.trim()
                )));
            }
        };
        Ok(Self { key: keys.iter().map(|it| it.get().to_owned()).collect(), value })
    }

    /// A setting of one key.
    pub fn new(key: &str, value: impl Into<Value>) -> Self {
        Self { key: vec![key.to_owned()], value: value.into() }
    }

    /// A setting of a list of texts.
    pub fn list(key: &str, texts: &[String]) -> Self {
        Self { key: vec![key.to_owned()], value: texts.iter().collect::<Array>().into() }
    }

    /// The text that a key gets; `None` where it gets something else, or one below it does.
    pub fn text(&self) -> Option<&str> {
        self.value.as_str().filter(|_| self.key.len() == 1)
    }

    /// The key itself, without those below it.
    pub fn key(&self) -> &str {
        self.key.first().map_or("", String::as_str)
    }
}

/// The setting as it was given: `excerpt.words = 80`.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.key.join("."), self.value.to_string().trim())
    }
}

/// Whether a value without quotation marks can only be meant as text.
fn is_plain(given: &str) -> bool {
    !given.is_empty() && !given.contains(['"', '\'', '[', ']', '{', '}', '#', ',', '\n', '\r'])
}

/// The text of a file in which these keys of a source are set. The source is the file's number `index`;
/// where it has none, a table with this id is added.
///
/// # Errors
/// As [`super::with_sources`].
pub fn with_settings(
    name: &str,
    text: &str,
    (id, index): (&SourceId, Option<usize>),
    settings: &[Setting],
) -> Result<String, EditError> {
    line_ends::kept(text, |text| {
        let mut document = document(name, text)?;
        let tables = tables(name, &mut document)?;
        let table = match index.filter(|it| *it < tables.len()) {
            Some(index) => tables.get_mut(index),
            None => {
                let mut table = Table::new();
                table.insert("id", value(id.as_str()));
                table.decor_mut().set_prefix("\n");
                tables.push(table);
                tables.iter_mut().last()
            }
        };
        if let Some(table) = table {
            settings.iter().for_each(|it| set(table, &it.key, &it.value));
        }
        Ok(document.to_string())
    })
}

/// Sets a key in a table or below it; comments beside the value that it replaces stay.
fn set(table: &mut dyn TableLike, key: &[String], new: &Value) {
    let Some((first, below)) = key.split_first() else { return };
    if below.is_empty() {
        match table.get_mut(first) {
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = new.clone();
                *old.decor_mut() = decor;
            }
            // A table of its own is replaced whole, and so is what does not exist.
            _ => {
                table.remove(first);
                table.insert(first, value(new.clone()));
            }
        }
        return;
    }
    if table.get(first).is_none_or(|it| !it.is_table_like()) {
        table.insert(first, value(InlineTable::new()));
    }
    if let Some(inner) = table.get_mut(first).and_then(Item::as_table_like_mut) {
        set(inner, below, new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\n[[source]]\nid = \"a\"   # stable\nurl = \"https://a.example/feed\"\nevery = \"1h\" # often\n\n\
         [source.headers]\nX = \"1\"\n\n# the second\n[[source]]\nid = \"b\"\nurl = \"https://b.example/feed\"\n\
         excerpt = { words = 80 } # short\n";

    #[track_caller]
    fn check(index: Option<usize>, settings: &[&str], replaced: &[(&str, &str)]) {
        let settings: Vec<Setting> =
            settings.iter().map(|it| Setting::parse(it).expect("a setting")).collect();
        let id = "c".parse().expect("an id");
        let mut expected = FILE.to_owned();
        for (old, new) in replaced {
            assert!(expected.contains(old), "{old}");
            expected = expected.replacen(old, new, 1);
        }
        assert_eq!(with_settings("x", FILE, (&id, index), &settings).expect("a file"), expected);
    }

    #[test]
    fn a_key_is_set_where_it_is_and_comments_stay() {
        check(Some(0), &["every=2h"], &[("\"1h\" # often", "\"2h\" # often")]);
        check(Some(0), &["enabled=false"], &[("# often\n", "# often\nenabled = false\n")]);
        check(Some(1), &["excerpt.words = 60"], &[("words = 80", "words = 60")]);
        check(Some(1), &["excerpt.run=20"], &[("{ words = 80 }", "{ words = 80 , run = 20 }")]);
        check(
            Some(1),
            &["topics=[\"AI\"]", "trust=2"],
            &[("# short\n", "# short\ntopics = [\"AI\"]\ntrust = 2\n")],
        );
    }

    #[test]
    fn a_source_of_another_file_gets_a_table_with_its_id() {
        let id: SourceId = "c".parse().expect("an id");
        let settings = [Setting::new("enabled", false)];
        let text = with_settings("x", "", (&id, None), &settings).expect("a file");
        assert_eq!(text, "\n[[source]]\nid = \"c\"\nenabled = false\n");
        let text = with_settings("x", FILE, (&id, None), &settings).expect("a file");
        assert_eq!(text, format!("{FILE}\n[[source]]\nid = \"c\"\nenabled = false\n"));
    }

    #[test]
    fn values_are_toml_or_plain_text() {
        let check = |text: &str, expected: Option<&str>| {
            let read = Setting::parse(text).ok().map(|it| it.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check("enabled=false", Some("enabled = false"));
        check("every = 2h", Some("every = \"2h\""));
        check("publisher=Example Monitor", Some("publisher = \"Example Monitor\""));
        check(
            "rights={ mode = \"any\", licence = \"A\" }",
            Some("rights = { mode = \"any\", licence = \"A\" }"),
        );
        check("url=https://a.example/feed", Some("url = \"https://a.example/feed\""));
        check("url=https://a.example/feed?a=b", Some("url = \"https://a.example/feed?a=b\""));
        check("url='https://a.example/feed?a=b'", Some("url = 'https://a.example/feed?a=b'"));
        check("topics=[\"AI\"", None);
        check("enabled", None);
        check("=1", None);
        check("every=", None);
        check("a.b.c.d.e=1", None);
        check("publisher=A\nenabled = false", None);
    }
}
