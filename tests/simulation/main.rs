//! The whole daemon in one process, under a clock, a network, a disk and chance that come from a seed
//! (decision 17): what fails once fails again with `--seed N`.
//!
//! ```text
//! cargo test --test simulation                                   # the short part, in every test run
//! cargo test --release --test simulation -- --seeds 1000         # as many lives of 30 days
//! cargo test --release --test simulation -- --from 5000 --seeds 200 --days 10
//! cargo test --release --test simulation -- --seeds 50 --twice    # each twice: both must be the same
//! cargo test --release --test simulation -- --seed 17 --trace    # one of them, with all that happened
//! ```
//!
//! To see whether a defect is found: apply its patch, run `--seeds 200`, and read the first finding, which
//! names its seed and its day. A run ends with status 1 where there is one.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program that reports")]
#![allow(missing_docs, reason = "it has no users but its reader")]

mod check;
mod hook;
mod life;
mod publisher;
mod rng;
mod trace;
mod world;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use bylined::threads;

use crate::life::Plan;
use crate::life::Report;
use crate::life::simulate;

/// Days of a life unless it is said, and those after them in which nothing goes wrong.
const DAYS: u64 = 30;
const CALM_DAYS: u64 = 3;

/// The short part: so many lives of so many days, each twice.
const SHORT: (u64, u64) = (2, 1);

/// Minutes from one tick to the next in it.
const SHORT_TICK: u64 = 20;

/// Findings of one life that are shown.
const SHOWN_MAX: usize = 12;

struct Wishes {
    from: u64,
    seeds: u64,
    days: u64,
    is_traced: bool,
    is_twice: bool,
    is_short: bool,
}

fn wishes() -> Wishes {
    let mut wishes =
        Wishes { from: 1, seeds: SHORT.0, days: SHORT.1, is_traced: false, is_twice: false, is_short: true };
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| words.get(at + 1).and_then(|it| it.parse().ok());
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "--seed" => (wishes.from, wishes.seeds) = (number(at).expect("--seed N"), 1),
            "--seeds" => wishes.seeds = number(at).expect("--seeds N"),
            "--from" => wishes.from = number(at).expect("--from N"),
            "--trace" => wishes.is_traced = true,
            "--twice" => wishes.is_twice = true,
            "--days" => {}
            _ => continue,
        }
        if wishes.is_short {
            (wishes.is_short, wishes.days) = (false, DAYS);
        }
    }
    if let Some(at) = words.iter().position(|it| it == "--days") {
        wishes.days = number(at).expect("--days N");
    }
    wishes
}

/// What the program itself calls a bug, from its log.
#[derive(Clone, Default)]
struct Bugs(Arc<Mutex<Vec<u8>>>);

impl Write for Bugs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Bugs {
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().expect("no panic"));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.lines()
            .filter(|it| it.contains("this is a bug") || it.contains("panicked"))
            .map(str::to_owned)
            .collect()
    }
}

fn listen() -> Bugs {
    let bugs = Bugs::default();
    let writer = bugs.clone();
    let level = if std::env::var_os("SIMULATION_LOG").is_some() {
        tracing::Level::INFO
    } else {
        tracing::Level::ERROR
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_ansi(false);
    if level == tracing::Level::INFO {
        log.with_writer(std::io::stderr).init();
    } else {
        log.with_writer(move || writer.clone()).init();
    }
    bugs
}

/// A life on a thread of its own, so that nothing of another's is left.
fn live(plan: Plan) -> Report {
    let life = thread::spawn(move || {
        threads::do_all_here();
        simulate(&plan)
    });
    life.join().unwrap_or_else(|_| Report {
        findings: vec!["the simulation panicked".to_owned()],
        digest: 0,
        lines: Vec::new(),
        events: 0,
        processes: 0,
        entries: 0,
    })
}

fn main() -> ExitCode {
    let (wishes, bugs, start) = (wishes(), listen(), Instant::now());
    let (mut failed, mut events, mut processes, mut entries) = (0, 0, 0, 0);
    for seed in wishes.from..wishes.from + wishes.seeds {
        let tick = wishes.is_short.then_some(SHORT_TICK);
        let calm_days = if wishes.is_short { 1 } else { CALM_DAYS };
        let plan = Plan { seed, days: wishes.days, is_traced: wishes.is_traced, calm_days, tick };
        let mut report = live(plan.clone());
        report.findings.extend(bugs.take());
        if wishes.is_twice || wishes.is_short {
            report.findings.extend(differs(&report, &plan));
        }
        if wishes.is_traced {
            report.lines.iter().for_each(|it| println!("{it}"));
        }
        (events, processes, entries) =
            (events + report.events, processes + report.processes, entries + report.entries);
        if !report.findings.is_empty() {
            failed += 1;
            println!("seed {seed}, {} days: {} findings", wishes.days, report.findings.len());
            report.findings.iter().take(SHOWN_MAX).for_each(|it| println!("    {it}"));
        }
    }
    println!(
        "{} lives of {} days in {:.1} s: {processes} processes, {entries} entries, {events} events; {failed} with findings",
        wishes.seeds,
        wishes.days,
        start.elapsed().as_secs_f64()
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Lives through a plan again, and says where the two part.
fn differs(first: &Report, plan: &Plan) -> Option<String> {
    let again = live(plan.clone());
    if again.digest == first.digest {
        return None;
    }
    let plan = Plan { is_traced: true, ..plan.clone() };
    let (one, other) = (live(plan.clone()), live(plan));
    let at = one.lines.iter().zip(&other.lines).position(|(a, b)| a != b);
    let at = at.unwrap_or(one.lines.len().min(other.lines.len()));
    let line = |of: &Report| of.lines.get(at).cloned().unwrap_or_default();
    Some(format!("two lives of one seed part at event {at}: `{}`, `{}`", line(&one), line(&other)))
}
