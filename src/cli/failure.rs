//! What ends a command, with the exit code that says so (sysexits.h).

use std::io;
use std::process::ExitCode;

use tracing::error;

use crate::config::ConfigErrors;
use crate::config::EditError;
use crate::desk::SourceError;
use crate::net::NetError;
use crate::store::StoreError;

use super::args::LogFormat;
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

/// What stands between an error and its cause in a report.
const CAUSED_BY: &str = "\ncaused by: ";

/// A command that ended early.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    /// Nothing where there is nobody to tell.
    report: Option<miette::Report>,
}

impl Failure {
    pub(super) fn config(error: impl miette::Diagnostic + Send + Sync + 'static) -> Self {
        Self { code: CONFIG, report: Some(miette::Report::new(error)) }
    }

    pub(super) fn unusable(words: String) -> Self {
        Self { code: CONFIG, report: Some(miette::Report::msg(words)) }
    }

    pub(super) fn usage(words: String) -> Self {
        Self { code: USAGE, report: Some(miette::Report::msg(words)) }
    }

    pub(super) fn data(words: String) -> Self {
        Self { code: DATA, report: Some(miette::Report::msg(words)) }
    }

    pub(super) fn input(path: &std::path::Path, cause: &io::Error) -> Self {
        let words = format!("could not read `{}`: {cause}", path.display());
        Self { code: NO_INPUT, report: Some(miette::Report::msg(words)) }
    }

    pub(super) fn missing(words: String) -> Self {
        Self { code: NO_INPUT, report: Some(miette::Report::msg(words)) }
    }

    pub(super) fn edit(error: EditError) -> Self {
        let code = match error {
            EditError::Syntax { .. } | EditError::InlineSources { .. } => CONFIG,
            EditError::Changed { .. } => TRY_LATER,
            EditError::File { .. } => CANNOT_CREATE,
        };
        let advice = matches!(error, EditError::Syntax { .. }).then_some("`bylined check` says why");
        Self { code, report: Some(chain(&error, advice)) }
    }

    pub(super) fn try_later(words: String) -> Self {
        Self { code: TRY_LATER, report: Some(miette::Report::msg(words)) }
    }

    pub(super) fn system(cause: io::Error) -> Self {
        Self { code: SYSTEM, report: Some(miette::Report::msg(format!("the system refused: {cause}"))) }
    }

    pub(super) fn listen(address: impl std::fmt::Display, cause: &io::Error) -> Self {
        let words = format!("could not listen on {address}: {cause}; name another address with --listen");
        Self { code: TRY_LATER, report: Some(miette::Report::msg(words)) }
    }

    pub(super) fn listen_admin(address: impl std::fmt::Display, cause: &io::Error) -> Self {
        let words = format!("could not listen on {address}: {cause}; name another address as `admin_listen`");
        Self { code: TRY_LATER, report: Some(miette::Report::msg(words)) }
    }

    pub(super) fn create(path: &std::path::Path, cause: &io::Error) -> Self {
        let words = format!("could not write `{}`: {cause}", path.display());
        Self { code: CANNOT_CREATE, report: Some(miette::Report::msg(words)) }
    }

    /// A result that could not be written. A reader of ours that has gone has read enough: that
    /// ends a command quietly and well.
    pub(super) fn output(cause: io::Error) -> Self {
        if cause.kind() == io::ErrorKind::BrokenPipe {
            return Self { code: 0, report: None };
        }
        Self {
            code: OUTPUT,
            report: Some(miette::Report::msg(format!("could not write the result: {cause}"))),
        }
    }

    pub(super) fn software(error: impl std::fmt::Display) -> Self {
        Self { code: SOFTWARE, report: Some(miette::Report::msg(error.to_string())) }
    }

    /// On one line, for logs.
    pub(super) fn one_line(&self) -> String {
        let Some(report) = &self.report else { return String::new() };
        match report.downcast_ref::<ConfigErrors>() {
            Some(errors) => errors.one_line(),
            None => report.to_string().replace(CAUSED_BY, ": ").replace('\n', " "),
        }
    }

    /// Tells the operator and gives the exit code: as a report on a terminal, on one line
    /// elsewhere, where each line is taken for a message of its own.
    pub(super) fn report(self, format: LogFormat) -> ExitCode {
        match &self.report {
            None => {}
            Some(_) if format == LogFormat::Json => error!("{}", self.one_line()),
            Some(report) if terminal::is_watched() => terminal::say_in_colour(&format!("{report:?}")),
            Some(_) => terminal::say(&format!("error: {}", self.one_line())),
        }
        ExitCode::from(self.code)
    }
}

/// The exit code that says what a failing store means to the operator.
pub(super) fn code_of(error: &StoreError) -> u8 {
    match error {
        StoreError::Busy(_)
        | StoreError::Thread(_)
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
        let advice = match error {
            StoreError::Damaged(_) => Some("`bylined restore FILE` does that"),
            StoreError::NoSpace(_) => Some("nothing was changed: run the command again then"),
            _ => None,
        };
        Self { code: code_of(&error), report: Some(chain(&error, advice)) }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let (code, advice) = match &error {
            SourceError::Unknown(_) => (USAGE, Some("`bylined source list` shows all")),
            SourceError::Address { .. }
            | SourceError::Known { .. }
            | SourceError::Id(_)
            | SourceError::Taken(_)
            | SourceError::Setting { .. } => (USAGE, None),
            SourceError::Unreadable { reason, .. } => match reason.split(':').next() {
                Some("not-a-feed" | "parse" | "too-large" | "gone") => (DATA, None),
                // Another time may help.
                _ => (UNAVAILABLE, None),
            },
            SourceError::NotRemoved(_) => (SOFTWARE, None),
            SourceError::File { .. } => (NO_INPUT, None),
            SourceError::Config(_) | SourceError::Edit(_) | SourceError::Net(_) | SourceError::Store(_) => {
                return match error {
                    SourceError::Config(errors) => Self::config(errors),
                    SourceError::Edit(error) => Self::edit(error),
                    SourceError::Net(error) => error.into(),
                    SourceError::Store(error) => error.into(),
                    other => Self::software(other),
                };
            }
        };
        Self { code, report: Some(chain(&error, advice)) }
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        Self { code: CONFIG, report: Some(chain(&error, None)) }
    }
}

/// An error with what to type about it and its causes, as one report.
fn chain(error: &dyn std::error::Error, advice: Option<&str>) -> miette::Report {
    let mut words = error.to_string();
    if let Some(advice) = advice {
        words.push_str(&format!("; {advice}"));
    }
    let mut cause = error.source();
    while let Some(it) = cause {
        words.push_str(&format!("{CAUSED_BY}{it}"));
        cause = it.source();
    }
    miette::Report::msg(words)
}
