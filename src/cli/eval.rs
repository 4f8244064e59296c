//! `eval`: curation over JSONL, with scores where labels are present.

use std::fs;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Duration;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::pipeline::evaluate::curate::Evaluation;
use crate::pipeline::evaluate::curate::Sample;

use super::args::Args;
use super::args::EvalCommand;
use super::failure::Failure;
use super::terminal;

pub(super) fn eval(args: &Args, command: &EvalCommand) -> Result<ExitCode, Failure> {
    match command {
        EvalCommand::Curate { input, out } => curate(args, input, out.as_deref()),
    }
}

fn curate(args: &Args, input: &Path, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let config = named_config(args)?;
    let mut evaluation = Evaluation::new(config.as_ref());
    let mut results = Results::open(out)?;
    for sample in samples::<Sample>(input)? {
        results.write(&evaluation.brief(&sample?, cpu_used))?;
    }
    results.close(&evaluation.scores)
}

/// The configuration that `--config` names; `eval` reads no other.
fn named_config(args: &Args) -> Result<Option<Config>, Failure> {
    let Some(path) = &args.config else { return Ok(None) };
    let loaded = config::load(path, &Environment::read()).map_err(Failure::config)?;
    Ok(Some(loaded.config))
}

/// The lines of a JSONL file, blank ones left out. One that is no such record ends the run.
fn samples<T: DeserializeOwned>(path: &Path) -> Result<impl Iterator<Item = Result<T, Failure>>, Failure> {
    let unreadable = |cause: &dyn std::fmt::Display| {
        Failure::data(format!("could not read `{}`: {cause}", path.display()))
    };
    let file = fs::File::open(path).map_err(|it| unreadable(&it))?;
    let name = path.display().to_string();
    let lines = BufReader::new(file).lines().enumerate();
    Ok(lines.filter_map(move |(at, line)| {
        let wrong = |cause: &dyn std::fmt::Display| {
            Failure::data(format!("line {} of `{name}` is no record: {cause}", at + 1))
        };
        match line {
            Ok(line) if line.trim().is_empty() => None,
            Ok(line) => Some(serde_json::from_str(&line).map_err(|it| wrong(&it))),
            Err(cause) => Some(Err(wrong(&cause))),
        }
    }))
}

/// Where results go: to a file with the scores on stdout, or to stdout with the scores on stderr.
struct Results {
    lines: Box<dyn Write>,
    is_file: bool,
}

impl Results {
    fn open(out: Option<&Path>) -> Result<Self, Failure> {
        let lines: Box<dyn Write> = match out {
            Some(path) => {
                let file = fs::File::create(path).map_err(|cause| Failure::create(path, &cause))?;
                Box::new(io::BufWriter::new(file))
            }
            None => Box::new(io::BufWriter::new(io::stdout())),
        };
        Ok(Self { lines, is_file: out.is_some() })
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(line).map_err(Failure::software)?;
        writeln!(self.lines, "{text}").map_err(Failure::output)
    }

    fn close(mut self, scores: &impl std::fmt::Display) -> Result<ExitCode, Failure> {
        self.lines.flush().map_err(Failure::output)?;
        if self.is_file {
            return terminal::print(&scores.to_string());
        }
        terminal::say(&scores.to_string());
        Ok(ExitCode::SUCCESS)
    }
}

/// Processor time that this thread has used, or, where the system does not tell, the time
/// since the first call.
fn cpu_used() -> Duration {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = stat.as_deref().and_then(|it| it.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| FIRST.elapsed(), Duration::from_nanos)
}
