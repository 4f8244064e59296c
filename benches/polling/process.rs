//! What a process costs, by the kernel's figures (Linux, proc(5)).

use std::error::Error;
use std::fs;
use std::process::Child;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// How often a running process is looked at.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Clock ticks in a second of /proc: the kernel's ABI has it fixed.
const TICKS_PER_SEC: f64 = 100.0;

/// What one process cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) wall_secs: f64,
    pub(crate) cpu_secs: f64,
    /// Resident memory at its highest, and now.
    pub(crate) peak_mb: f64,
    pub(crate) held_mb: f64,
}

/// Runs a process to its end and says what it cost.
pub(crate) fn run(command: &mut Command) -> Outcome<Cost> {
    let started = Instant::now();
    let mut child = command.spawn()?;
    let mut seen = Cost::default();
    // A process that ended keeps its row in /proc, with all its CPU time, until it is waited for.
    while !has_ended(&child)? {
        if let Ok(now) = look(&child) {
            seen.peak_mb = seen.peak_mb.max(now.peak_mb);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    seen.cpu_secs = look(&child)?.cpu_secs;
    seen.wall_secs = started.elapsed().as_secs_f64();
    let status = child.wait()?;
    if status.success() { Ok(seen) } else { Err(format!("{command:?} ended with {status}").into()) }
}

fn has_ended(child: &Child) -> Outcome<bool> {
    Ok(stat(child)?.starts_with("Z"))
}

/// What `/proc/{pid}/stat` says from the state on (proc(5)).
fn stat(child: &Child) -> Outcome<String> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id()))?;
    Ok(stat.rsplit_once(") ").ok_or("an unknown form of /proc/…/stat")?.1.to_owned())
}

/// What it has cost until now.
pub(crate) fn look(child: &Child) -> Outcome<Cost> {
    let stat = stat(child)?;
    let field = |number: usize| -> Outcome<f64> {
        Ok(stat.split(' ').nth(number).ok_or("a short /proc/…/stat")?.parse()?)
    };
    // Fields 14 and 15, user and system time; the state is field 3.
    let cpu_secs = (field(11)? + field(12)?) / TICKS_PER_SEC;
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let mb = |name: &str| -> f64 {
        let kb = |it: &str| it.strip_prefix(name)?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok();
        status.lines().find_map(kb).unwrap_or_default() / 1024.0
    };
    Ok(Cost { wall_secs: 0.0, cpu_secs, peak_mb: mb("VmHWM:"), held_mb: mb("VmRSS:") })
}
