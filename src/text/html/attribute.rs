//! The attributes of a tag.

/// The attributes of a tag, in order, values as written (references not decoded).
/// `raw` is what stands between the tag's name and its `>`.
pub fn attributes(raw: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        rest =
            rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'' | '='));
        let name_len =
            rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/')).unwrap_or(rest.len());
        if name_len == 0 {
            return None;
        }
        let (name, after_name) = rest.split_at(name_len);
        let Some(value) = after_name.trim_start().strip_prefix('=') else {
            rest = after_name;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let (value, after_value) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        rest = after_value;
        Some((name, value))
    })
}
