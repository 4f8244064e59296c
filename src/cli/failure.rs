//! What ends a command, with the exit code that says so (sysexits.h).

use std::io;
use std::process::ExitCode;

use crate::config::EditError;
use crate::net::NetError;
use crate::store::StoreError;

use super::terminal;

/// EX_USAGE
pub(super) const USAGE: u8 = 64;
/// EX_DATAERR
pub(super) const DATA: u8 = 65;
/// EX_NOINPUT
const NO_INPUT: u8 = 66;
/// EX_UNAVAILABLE
pub(super) const UNAVAILABLE: u8 = 69;
/// EX_SOFTWARE
const SOFTWARE: u8 = 70;
/// EX_OSERR
const SYSTEM: u8 = 71;
/// EX_CANTCREAT
const CANNOT_CREATE: u8 = 73;
/// EX_IOERR
const OUTPUT: u8 = 74;
/// EX_TEMPFAIL
pub(super) const TRY_LATER: u8 = 75;
/// EX_NOPERM
pub(super) const NO_PERMISSION: u8 = 77;
/// EX_CONFIG
pub(super) const CONFIG: u8 = 78;

/// A command that ended early.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    report: miette::Report,
}

impl Failure {
    pub(super) fn config(error: impl miette::Diagnostic + Send + Sync + 'static) -> Self {
        Self { code: CONFIG, report: miette::Report::new(error) }
    }

    pub(super) fn usage(words: String) -> Self {
        Self { code: USAGE, report: miette::Report::msg(words) }
    }

    pub(super) fn data(words: String) -> Self {
        Self { code: DATA, report: miette::Report::msg(words) }
    }

    pub(super) fn unavailable(words: String) -> Self {
        Self { code: UNAVAILABLE, report: miette::Report::msg(words) }
    }

    pub(super) fn input(path: &std::path::Path, cause: &io::Error) -> Self {
        let words = format!("could not read `{}`: {cause}", path.display());
        Self { code: NO_INPUT, report: miette::Report::msg(words) }
    }

    pub(super) fn missing(words: String) -> Self {
        Self { code: NO_INPUT, report: miette::Report::msg(words) }
    }

    pub(super) fn edit(error: EditError) -> Self {
        let code = match error {
            EditError::Syntax { .. } | EditError::InlineSources { .. } => CONFIG,
            EditError::Changed { .. } => TRY_LATER,
            EditError::File { .. } => CANNOT_CREATE,
        };
        Self { code, report: chain(&error) }
    }

    pub(super) fn try_later(words: String) -> Self {
        Self { code: TRY_LATER, report: miette::Report::msg(words) }
    }

    pub(super) fn system(cause: io::Error) -> Self {
        Self { code: SYSTEM, report: miette::Report::msg(format!("the system refused: {cause}")) }
    }

    pub(super) fn listen(address: impl std::fmt::Display, cause: &io::Error) -> Self {
        let words = format!("could not listen on {address}: {cause}; name another address with --listen");
        Self { code: TRY_LATER, report: miette::Report::msg(words) }
    }

    pub(super) fn create(path: &std::path::Path, cause: &io::Error) -> Self {
        let words = format!("could not write `{}`: {cause}", path.display());
        Self { code: CANNOT_CREATE, report: miette::Report::msg(words) }
    }

    pub(super) fn output(cause: io::Error) -> Self {
        Self { code: OUTPUT, report: miette::Report::msg(format!("could not write the result: {cause}")) }
    }

    pub(super) fn software(error: impl std::fmt::Display) -> Self {
        Self { code: SOFTWARE, report: miette::Report::msg(error.to_string()) }
    }

    /// On one line, for the log of a process that goes on.
    pub(super) fn one_line(&self) -> String {
        self.report.to_string().replace('\n', ": ")
    }

    /// Tells the operator and gives the exit code.
    pub(super) fn report(self) -> ExitCode {
        terminal::say(&format!("{:?}", self.report));
        ExitCode::from(self.code)
    }
}

/// The exit code that says what a failing store means to the operator.
pub(super) fn code_of(error: &StoreError) -> u8 {
    match error {
        StoreError::Busy(_)
        | StoreError::DaemonRuns { .. }
        | StoreError::NoSpace(_)
        | StoreError::Interrupted => TRY_LATER,
        StoreError::Open { .. } | StoreError::Folder { .. } => CANNOT_CREATE,
        StoreError::Newer { .. }
        | StoreError::NotOurs { .. }
        | StoreError::Damaged(_)
        | StoreError::Unsound { .. }
        | StoreError::Unreadable { .. } => DATA,
        StoreError::OwnCopy { .. } => USAGE,
        StoreError::Sqlite(_) | StoreError::Panicked | StoreError::Closed => SOFTWARE,
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { code: code_of(&error), report: chain(&error) }
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        Self { code: CONFIG, report: chain(&error) }
    }
}

/// An error with its causes as one report.
fn chain(error: &dyn std::error::Error) -> miette::Report {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        words.push_str(&format!("\ncaused by: {it}"));
        cause = it.source();
    }
    miette::Report::msg(words)
}
