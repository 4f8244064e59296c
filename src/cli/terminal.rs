//! Writing to the operator.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::process::ExitCode;

use comfy_table::Table;
use comfy_table::presets;
use serde::Serialize;

use super::failure::Failure;

/// A line for the operator, on stderr.
pub(super) fn say(words: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(io::stderr().lock(), "{words}");
}

/// A result, on stdout. A reader that has gone away has read enough.
pub(super) fn print(words: &str) -> Result<ExitCode, Failure> {
    match writeln!(io::stdout().lock(), "{words}") {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output(cause)),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// A result as JSON, on stdout.
pub(super) fn print_json(value: &impl Serialize) -> Result<ExitCode, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::software)?;
    print(&text)
}

/// A table without lines, wide as the terminal.
pub(super) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(head.to_vec());
    table
}

/// Whether progress may be drawn.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}
