//! Where log lines go.

use std::io;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::args::Args;
use super::args::Command;
use super::args::LogFormat;
use super::terminal;

/// Starts logging: to the journal when it is connected to stderr, else to stderr.
/// The daemon says what it does; other commands only what went wrong.
pub(super) fn start(args: &Args) {
    let is_daemon = matches!(args.command, Command::Run { .. } | Command::Demo { .. });
    let usual = match args.command {
        Command::Run { .. } | Command::Demo { .. } => "info",
        // The progress bar stands where the lines would.
        Command::Poll { .. } if terminal::is_watched() => "error",
        _ => "warn",
    };
    let level = match (args.quiet, args.verbose) {
        (true, _) => "error",
        (false, 0) => usual,
        (false, 1) => "info",
        (false, 2) => "debug",
        (false, _) => "trace",
    };
    let filter = EnvFilter::new(format!("warn,bylined={level},html5ever=error,selectors=error"));
    let journal =
        std::env::var_os("JOURNAL_STREAM").filter(|_| is_daemon && args.log_format == LogFormat::Text);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match journal
        .and_then(|_| tracing_journald::layer().ok())
    {
        Some(journal) => journal.boxed(),
        None => {
            // Reporting a closed stderr on stderr would panic: the daemon outlives whoever read its log.
            let lines = tracing_subscriber::fmt::layer()
                .with_writer(io::stderr)
                .with_target(false)
                .log_internal_errors(false);
            match args.log_format {
                LogFormat::Json => lines.json().boxed(),
                LogFormat::Text => {
                    let is_coloured = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                    lines.with_ansi(is_coloured).boxed()
                }
            }
        }
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).init();
}
