//! Writing to the operator.

use std::borrow::Cow;
use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::process::ExitCode;

use comfy_table::Table;
use comfy_table::presets;
use serde::Serialize;

use super::failure::Failure;

/// Longest cell of a table, in characters: most headlines, in whole.
const CELL_CHARS_MAX: usize = 80;

/// Longest cell of the last column, which no other stands behind.
const LAST_CELL_CHARS_MAX: usize = 400;

/// A line for the operator, on stderr.
pub(super) fn say(words: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(io::stderr().lock(), "{}", harmless(words));
}

/// A report in colour, on stderr: all of it is ours or the operator's.
pub(super) fn say_in_colour(report: &str) {
    let _ = writeln!(io::stderr().lock(), "{report}");
}

/// A result, on stdout. A reader that has gone away has read enough.
pub(super) fn print(words: &str) -> Result<ExitCode, Failure> {
    match writeln!(io::stdout().lock(), "{}", harmless(words)) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output(cause)),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// A result as JSON, on stdout: characters that a terminal obeys are escaped.
pub(super) fn print_json(value: &impl Serialize) -> Result<ExitCode, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::software)?;
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_obeyed(c) {
            // All of them are in the basic plane, and stand within strings only.
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    print(&escaped)
}

/// Words without what a terminal obeys instead of showing: others' headers and texts stand among
/// ours.
fn harmless(words: &str) -> Cow<'_, str> {
    if words.contains(is_obeyed) {
        Cow::Owned(words.replace(is_obeyed, "\u{FFFD}"))
    } else {
        Cow::Borrowed(words)
    }
}

/// Controls but for line ends and tabs, and what changes the direction of writing.
fn is_obeyed(c: char) -> bool {
    let turns =
        matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// A table without lines. Cells are cut, so that a long one does not push the others out of sight;
/// `--json` has them whole.
pub(super) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(head.to_vec());
    for mut row in rows {
        let last = row.len().saturating_sub(1);
        for (at, cell) in row.iter_mut().enumerate() {
            *cell = cut(cell, if at == last { LAST_CELL_CHARS_MAX } else { CELL_CHARS_MAX });
        }
        table.add_row(row);
    }
    // The last column is not filled up either.
    table.lines().map(|it| it.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A text on one line, at most `chars_max` characters long.
fn cut(text: &str, chars_max: usize) -> String {
    let line = text.replace(char::is_control, " ");
    match line.char_indices().nth(chars_max) {
        None => line,
        Some(_) => line.chars().take(chars_max - 1).chain(['…']).collect(),
    }
}

/// Whether progress may be drawn.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_told_nothing_by_others() {
        assert_eq!(
            harmless("a\u{1b}[31m b\u{9b}31m c\u{202e}d\n\te"),
            "a\u{FFFD}[31m b\u{FFFD}31m c\u{FFFD}d\n\te"
        );
        assert_eq!(harmless("Zoë — שלום"), "Zoë — שלום");
    }

    #[test]
    fn one_long_cell_does_not_push_the_others_away() {
        let row = |title: &str, names: &str| vec![title.to_owned(), names.to_owned()];
        let rows = [row(&"wörd ".repeat(800), "B"), row("short\nand\tplain", &"name, ".repeat(800))];
        let text = table(&["TITLE", "PUBLISHERS"], rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].chars().count() < CELL_CHARS_MAX + 20 && lines[1].ends_with("…  B"), "{text}");
        assert!(lines[1].chars().count() < CELL_CHARS_MAX + 20, "{text}");
        assert!(lines[2].contains("short and plain") && lines[2].ends_with('…'), "{text}");
        assert!(lines[2].chars().count() < CELL_CHARS_MAX + LAST_CELL_CHARS_MAX + 20, "{text}");
    }
}
