//! The JSON Schema of the file, written down from the questions the reader asks.

use serde_json::Value;

use super::file;

/// The JSON Schema (draft 2020-12) of the configuration file; `config/bylined.schema.json`
/// is a copy of it.
pub fn schema() -> Value {
    let mut schema = file::shape();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Configuration of bylined".into();
    schema
}

/// Every key of the file and the table it stands in: `("[fetch]", "timeout")`.
pub(super) fn keys() -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect("", &file::shape(), &mut found);
    found
}

fn collect(path: &str, shape: &Value, found: &mut Vec<(String, String)>) {
    let array_items = shape.get("items");
    let branches = shape.get("anyOf").and_then(Value::as_array);
    for inner in array_items.into_iter().chain(branches.into_iter().flatten()) {
        collect(path, inner, found);
    }
    for (key, inner) in shape.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let table = match path {
            "" => String::new(),
            _ => format!("`[{path}]`"),
        };
        found.push((table, key.clone()));
        let dot = if path.is_empty() { "" } else { "." };
        collect(&format!("{path}{dot}{key}"), inner, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;
    use std::collections::HashMap;

    #[test]
    fn the_copy_that_ships_is_current() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/config/bylined.schema.json");
        let current = format!("{:#}\n", schema());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(file, &current).expect("the schema can be written");
        }
        let shipped = std::fs::read_to_string(file).unwrap_or_default();
        let remedy =
            "the reader and config/bylined.schema.json differ; run UPDATE_SCHEMA=1 cargo test --lib schema";
        assert!(shipped == current, "{remedy}");
    }

    #[test]
    fn keys_of_all_depths_are_listed_with_their_table() {
        let keys = keys();
        let check = |table: &str, key: &str| {
            assert!(keys.contains(&(table.to_owned(), key.to_owned())), "{table} {key}: {keys:?}");
        };
        check("", "site");
        check("`[fetch]`", "timeout");
        check("`[curation.llm]`", "api_key");
        check("`[source]`", "url");
        check("`[source.auth.basic.password]`", "env");
    }

    /// The lines of a configuration by the table that they belong to. What stands below a line of
    /// dashes belongs to the next table.
    fn sections(text: &str) -> HashMap<String, String> {
        let header = Regex::new(r"^(?:# ?)?\[+([a-z_.]+)\]+").expect("a pattern");
        let mut sections: HashMap<String, String> = HashMap::new();
        let (mut name, mut pending) = (None, String::new());
        for line in text.lines() {
            if line.starts_with("# ----") {
                name = None;
            }
            if let Some(found) = header.captures(line) {
                name = Some(found[1].to_owned());
                sections.entry(found[1].to_owned()).or_default().push_str(&std::mem::take(&mut pending));
            }
            let section = match &name {
                Some(name) => sections.entry(name.clone()).or_default(),
                None => &mut pending,
            };
            section.push_str(line);
            section.push('\n');
        }
        sections
    }

    #[test]
    fn every_key_is_shown_in_the_example() {
        let example = include_str!("../../config/bylined.toml");
        let sections = sections(example);
        let mut missing = Vec::new();
        for (table, key) in keys() {
            let table = table.trim_matches(['`', '[', ']']);
            let path = if table.is_empty() { key.clone() } else { format!("{table}.{key}") };
            if sections.contains_key(&path) {
                continue;
            }
            // An inline table is shown in the section of the table that it stands in.
            let holds = |it: &&String| table == it.as_str() || table.starts_with(&format!("{it}."));
            let section = sections.keys().filter(holds).max_by_key(|it| it.len());
            let shown = Regex::new(&format!(r"(?m)(?:^|[\s{{#]){key} =")).expect("a pattern");
            if !section.is_some_and(|it| shown.is_match(&sections[it])) {
                missing.push(path);
            }
        }
        assert!(missing.is_empty(), "config/bylined.toml shows no {missing:?}");
    }
}
