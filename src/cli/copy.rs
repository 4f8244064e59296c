//! `backup` and `restore`: a copy of everything that is remembered, and the way back.

use std::path::Path;
use std::process::ExitCode;

use indicatif::HumanBytes;
use indicatif::ProgressBar;

use crate::config::Environment;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::store;

use super::args::Args;
use super::failure::Failure;
use super::terminal;

/// Parts of a restoration that progress is shown in.
const PARTS: f64 = 1_000.0;

pub(super) fn back_up(args: &Args, to: &Path) -> Result<ExitCode, Failure> {
    let database = super::load(args, &Environment::read())?.config.store.path;
    expect_file(&database, "`bylined poll` makes it")?;
    let bytes = store::back_up(&database, to)?;
    terminal::print(&format!("copied the database to `{}` ({})", to.display(), HumanBytes(bytes)))
}

pub(super) fn restore(args: &Args, from: &Path) -> Result<ExitCode, Failure> {
    let database = super::load(args, &Environment::read())?.config.store.path;
    expect_file(from, "name a file that `bylined backup` wrote")?;
    let bar = if args.quiet || !terminal::is_watched() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(PARTS as u64)
    };
    let report = |part: f64| bar.set_position((part * PARTS) as u64);
    let kept = store::restore(from, &database, SystemClock.now(), report)?;
    bar.finish_and_clear();
    if let Some(kept) = kept {
        terminal::say(&format!("what stood there is kept in `{}`", kept.display()));
    }
    terminal::print(&format!("`{}` is now what `{}` holds", database.display(), from.display()))
}

fn expect_file(path: &Path, advice: &str) -> Result<(), Failure> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(Failure::usage(format!("`{}` is not a file; {advice}", path.display()))),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            Err(Failure::missing(format!("there is no `{}`; {advice}", path.display())))
        }
        Err(cause) => Err(Failure::input(path, &cause)),
    }
}
