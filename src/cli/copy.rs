//! `backup` and `restore`: a copy of everything that is remembered, and the way back.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use indicatif::HumanBytes;
use indicatif::ProgressBar;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::task::JoinError;
use tokio::task::JoinHandle;

use crate::config::Environment;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::store;
use crate::store::Interrupt;
use crate::store::StoreError;

use super::args::Args;
use super::failure::Failure;
use super::setup;
use super::terminal;

/// Parts of a restoration that progress is shown in.
const PARTS: f64 = 1_000.0;

pub(super) fn back_up(args: &Args, to: &Path) -> Result<ExitCode, Failure> {
    let database = setup::load(args, &Environment::read())?.config.store.path;
    expect_file(&database, "`bylined poll` makes it")?;
    let bytes = {
        let to = to.to_owned();
        interruptible(move |interrupt| store::back_up(&database, &to, interrupt))?
    };
    terminal::print(&format!("copied the database to `{}` ({})", to.display(), HumanBytes(bytes)))
}

pub(super) fn restore(args: &Args, from: &Path) -> Result<ExitCode, Failure> {
    let database = setup::load(args, &Environment::read())?.config.store.path;
    expect_file(from, "name a file that `bylined backup` wrote")?;
    let bar = if args.quiet || !terminal::is_watched() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(PARTS as u64)
    };
    let shown = bar.clone();
    let report = move |part: f64| shown.set_position((part * PARTS) as u64);
    let kept = {
        let (from, database) = (from.to_owned(), database.clone());
        interruptible(move |it| store::restore(&from, &database, SystemClock.now(), it, report))
    };
    bar.finish_and_clear();
    let kept = kept?;
    if let Some(kept) = kept {
        terminal::say(&format!("the previous database is kept in `{}`", kept.display()));
    }
    terminal::print(&format!("restored `{}` from `{}`", database.display(), from.display()))
}

/// Does the work unless a signal ends it first; then nothing half done stays behind.
fn interruptible<T: Send + 'static>(
    work: impl FnOnce(&Interrupt) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Failure> {
    setup::runtime()?.block_on(async {
        let listen = |kind| signal(kind).map_err(Failure::system);
        let mut hang_up = listen(SignalKind::hangup())?;
        let mut terminate = listen(SignalKind::terminate())?;
        let mut interrupted = listen(SignalKind::interrupt())?;
        let interrupt = Arc::new(Interrupt::default());
        let told = Arc::clone(&interrupt);
        let mut work = tokio::task::spawn_blocking(move || work(&told));
        let done = tokio::select! {
            done = &mut work => done,
            _ = hang_up.recv() => ended(&interrupt, work).await,
            _ = terminate.recv() => ended(&interrupt, work).await,
            _ = interrupted.recv() => ended(&interrupt, work).await,
        };
        Ok(done.map_err(Failure::software)??)
    })
}

async fn ended<T>(interrupt: &Interrupt, work: JoinHandle<T>) -> Result<T, JoinError> {
    interrupt.end();
    work.await
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
