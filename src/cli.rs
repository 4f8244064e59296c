//! The command line: results on stdout, all else on stderr, exit codes of sysexits.h.

mod args;
mod check;
mod copy;
mod damage;
mod doctor;
mod edit;
mod edition;
mod eval;
mod export;
mod failure;
mod hash_password;
mod listing;
mod log;
mod manual;
mod overlay_watch;
mod poll;
mod regroup;
mod run;
mod setup;
mod show;
mod sockets;
mod source;
mod terminal;

use std::process::ExitCode;

use clap::CommandFactory;
use clap::Parser;

use self::args::Args;
use self::args::Command;
use self::args::StoryCommand;
use self::failure::Failure;
use self::listing::Which;

/// Reads the arguments, does what they say, and maps the outcome to an exit code.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are answers, not mistakes.
            let is_answer = !error.use_stderr();
            let _ = error.print();
            return if is_answer { ExitCode::SUCCESS } else { ExitCode::from(failure::USAGE) };
        }
    };
    log::start(&args);
    match dispatch(&args) {
        Ok(code) => code,
        Err(failure) => failure.report(args.log_format),
    }
}

fn dispatch(args: &Args) -> Result<ExitCode, Failure> {
    match &args.command {
        Command::Run { listen } => run::run(args, listen.as_ref()),
        Command::Demo { listen, dir } => run::demo(listen.as_ref(), dir.as_deref()),
        Command::Poll { sources, all, json } => poll::poll(args, sources, *all, *json),
        Command::Check { online, json } => check::check(args, *online, *json),
        Command::Source { command } => source::source(args, command),
        Command::Story { command: StoryCommand::List { state, waiting, limit, json } } => {
            let which = if *waiting { Which::Waiting } else { Which::In(*state) };
            listing::stories(args, which, *limit, *json)
        }
        Command::Story { command: StoryCommand::Approve { ids, reason, by } } => {
            edit::approve(args, ids, reason.as_deref(), by)
        }
        Command::Story { command: StoryCommand::Reject { id, reason, by } } => {
            edit::reject(args, id, reason, by)
        }
        Command::Story { command: StoryCommand::Defer { id, until, reason, by } } => {
            edit::defer(args, id, until, reason.as_deref(), by)
        }
        Command::Story { command: StoryCommand::Edit { id, reason, yes, by } } => {
            edit::edit(args, id, reason.as_deref(), *yes, by)
        }
        Command::Story { command: StoryCommand::Replay { id, apply, json, by } } => {
            edit::replay(args, id, *apply, *json, by)
        }
        Command::Story { command: StoryCommand::Show { id, json } } => show::show(args, id, *json),
        Command::Story { command: StoryCommand::Merge { ids, reason, by } } => {
            regroup::merge(args, ids, reason.as_deref(), by)
        }
        Command::Story { command: StoryCommand::Split { id, entry, reason, by } } => {
            regroup::split(args, id, entry, reason.as_deref(), by)
        }
        Command::Edition { command } => edition::edition(args, command),
        Command::Export { dir } => export::export(args, dir),
        Command::Status { json } => listing::status(args, *json),
        Command::Doctor { json } => doctor::doctor(args, *json),
        Command::HashPassword => hash_password::hash_password(),
        Command::Backup { file } => copy::back_up(args, file),
        Command::Restore { file } => copy::restore(args, file),
        Command::Eval { command } => eval::eval(args, command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "bylined", &mut script);
            terminal::print(String::from_utf8_lossy(&script).trim_end())
        }
        Command::Man { page } => terminal::print(manual::render(*page).trim_end()),
    }
}
