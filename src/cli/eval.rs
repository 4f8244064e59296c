//! `eval`: measures decisions and briefings over JSON Lines, without configuration and store; `eval select`
//! alone reads those of a newsroom.

use std::fs;
use std::io;
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
use crate::evaluate;
use crate::evaluate::claims;
use crate::evaluate::curate::Evaluation;
use crate::evaluate::curate::Sample;
use crate::evaluate::dedup;
use crate::evaluate::pairs;
use crate::evaluate::select;

use super::args::Args;
use super::args::EvalCommand;
use super::failure::Failure;
use super::setup;
use super::terminal;

pub(super) fn eval(args: &Args, command: &EvalCommand) -> Result<ExitCode, Failure> {
    match command {
        EvalCommand::Dedup { input, out } => dedup(args, input, out.as_deref()),
        EvalCommand::Pairs { input, out } => pairs(input, out.as_deref()),
        EvalCommand::Claims { input, out } => claims(args, input, out.as_deref()),
        EvalCommand::Select { out } => select(args, out.as_deref()),
        EvalCommand::Curate { input, out } => curate(args, input, out.as_deref()),
    }
}

fn dedup(args: &Args, input: &Path, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let window = named_config(args)?.map_or_else(|| config::Dedup::default().window, |it| it.dedup.window);
    let report = dedup::run(&records(input)?, window, cpu_used);
    let mut scores = String::new();
    for (what, of) in [("stories", report.stories), ("related", report.related)] {
        if let Some(it) = of {
            scores += &format!(
                "{what}: pair precision {:.2} %, recall {:.2} %, F1 {:.2} %; B-cubed precision {:.2} %, recall \
             {:.2} %, F1 {:.2} %; misplaced {:.2} %\n",
                it.pair_precision,
                it.pair_recall,
                it.pair_f1,
                it.b3_precision,
                it.b3_recall,
                it.b3_f1,
                it.misplaced
            );
        }
    }
    scores += &format!("{:.0} entries per second", report.entries_per_second());
    for (what, pairs) in
        [("joined with the least evidence", &report.joined_least), ("almost joined", &report.almost_joined)]
    {
        for it in pairs {
            let likely = f32::from(it.likely) / 1_000.0;
            scores += &format!("\n{what}: {} and the story of {}, likely {likely:.2}", it.id, it.story);
        }
    }
    let mut results = Results::open(out)?;
    report.decided.iter().try_for_each(|it| results.write(it))?;
    results.close(&scores)
}

fn pairs(input: &Path, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let report = pairs::run(&records(input)?);
    let scores = report.scores.map_or_else(
                || "no scores: the pairs carry no labels".to_owned(),
                |it| {
                    format!(
                        "recall at precision .95: {:.2} %\nrecall at precision .98: {:.2} %\ncalled the same: precision \
                         {:.2} %, recall {:.2} %",
                        it.recall_at_95, it.recall_at_98, it.precision, it.recall
                    )
                },
            );
    let mut results = Results::open(out)?;
    report.decided.iter().try_for_each(|it| results.write(it))?;
    results.close(&scores)
}

fn claims(args: &Args, input: &Path, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let config = named_config(args)?;
    let audiences: Vec<&str> =
        config.iter().flat_map(|it| &it.audiences).map(|it| it.name.as_str()).collect();
    let mut scores = claims::ClaimScores::default();
    let mut results = Results::open(out)?;
    for claim in records::<claims::ClaimRecord>(input)? {
        let decided = claims::decide(&claim, &audiences);
        scores.count(&claim, &decided);
        results.write(&decided)?;
    }
    results.close(&scores)
}

fn curate(args: &Args, input: &Path, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let config = named_config(args)?;
    let mut evaluation = Evaluation::new(config.as_ref());
    let mut results = Results::open(out)?;
    for sample in records::<Sample>(input)? {
        results.write(&evaluation.brief(&sample, cpu_used))?;
    }
    results.close(&evaluation.scores)
}

fn select(args: &Args, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let (_, store) = setup::open(args)?;
    let decisions = store.read_blocking(select::decisions)?;
    let mut results = Results::open(out)?;
    decisions.iter().try_for_each(|it| results.write(it))?;
    results.close(&select::SelectScores::of(&decisions))
}

/// The configuration that `--config` names; `eval` reads no other.
fn named_config(args: &Args) -> Result<Option<Config>, Failure> {
    let Some(path) = &args.config else { return Ok(None) };
    let loaded = config::load(path, &Environment::read()).map_err(Failure::config)?;
    Ok(Some(loaded.config))
}

fn records<T: DeserializeOwned>(input: &Path) -> Result<Vec<T>, Failure> {
    let text = fs::read_to_string(input).map_err(|cause| Failure::input(input, &cause))?;
    evaluate::records(&text).map_err(|error| Failure::data(format!("`{}`: {error}", input.display())))
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
