//! What a poll costs beside the least it can cost, in processes of their own.
//!
//! `cargo bench --bench polling -- [SOURCES…] [--rounds N]`: for each number of sources
//! (1,000 unless told) an origin on loopback serves as many feeds of 22 entries, and both
//! `bylined` and a floor program (fetch, bare `feed_rs`, one transaction a feed) poll them,
//! in turn, cold and warm, with and without latency. CPU and peak memory are the kernel's
//! figures for each process (Linux).

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::disallowed_methods, reason = "the floor is what a poll costs without our client")]

mod floor;
mod origin;
mod press;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use origin::Origin;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Requests under way at once, in both programs.
const CONCURRENCY: usize = 300;

/// How often a running process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Seconds between the polls of a source by the daemon.
const DAEMON_EVERY_SECS: u64 = 20;

/// Clock ticks in a second of /proc: the kernel's ABI has it fixed.
const TICKS_PER_SEC: f64 = 100.0;

/// What one process cost.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    wall_secs: f64,
    cpu_secs: f64,
    peak_mb: f64,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let [flag, base, count, path] = arguments.as_slice()
        && flag == "--floor"
    {
        return floor::poll(base, count.parse()?, CONCURRENCY, Path::new(path));
    }
    let mut rounds = 5;
    let mut counts = Vec::new();
    let mut rest = arguments.iter();
    while let Some(it) = rest.next() {
        match it.as_str() {
            "--rounds" => rounds = rest.next().ok_or("--rounds needs a number")?.parse()?,
            number => counts.push(number.parse()?),
        }
    }
    if counts.is_empty() {
        counts.push(1_000);
    }
    let origin = Origin::start()?;
    for count in counts {
        origin.print(count);
        compare(&origin, count, rounds)?;
    }
    Ok(())
}

fn compare(origin: &Origin, sources: usize, rounds: usize) -> Outcome<()> {
    println!(
        "{sources} sources of {} entries, {CONCURRENCY} at once, median of {rounds} rounds",
        press::ENTRIES
    );
    let mut costs: Vec<[Cost; 8]> = Vec::new();
    for _ in 0..rounds {
        let folder = tempfile::tempdir()?;
        let at = |it: &str| folder.path().join(it);
        let fast = format!("http://127.0.0.1:{}/feed", origin.port);
        let slow = format!("http://127.0.0.1:{}/slow", origin.port);
        costs.push([
            floor(&fast, sources, &at("floor.db"))?,
            ours(&at("kept"), &fast, sources, "engine = \"editor\"\nbacklog = \"1s\"")?,
            ours(&at("editor"), &fast, sources, "engine = \"editor\"")?,
            ours(&at("quoting"), &fast, sources, "engine = \"extractive\"")?,
            floor(&fast, sources, &at("floor.db"))?,
            daemon(origin, &at("editor"), sources)?,
            floor(&slow, sources, &at("slow.db"))?,
            ours(&at("slow"), &slow, sources, "engine = \"editor\"")?,
        ]);
    }
    let median = |column: usize, of: fn(&Cost) -> f64| {
        let mut values: Vec<f64> = costs.iter().map(|row| of(&row[column])).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let rows = [
        ("cold, floor", 0, 0),
        ("cold, too old to be published", 1, 0),
        ("cold, nothing curated", 2, 0),
        ("cold, briefings by rule", 3, 0),
        ("warm, floor", 4, 4),
        ("warm, in the daemon", 5, 4),
        ("cold with latency, floor", 6, 6),
        ("cold with latency, nothing curated", 7, 6),
    ];
    println!("{:36} {:>9} {:>9} {:>9} {:>9} {:>9}", "", "wall s", "CPU s", "peak MB", "CPU x", "wall x");
    for (name, column, floor) in rows {
        let (wall, cpu) = (|it: &Cost| it.wall_secs, |it: &Cost| it.cpu_secs);
        println!(
            "{name:36} {:>9.2} {:>9.2} {:>9.1} {:>9.2} {:>9.2}",
            median(column, wall),
            median(column, cpu),
            median(column, |it| it.peak_mb),
            median(column, cpu) / median(floor, cpu),
            median(column, wall) / median(floor, wall),
        );
    }
    Ok(())
}

fn floor(base: &str, sources: usize, path: &Path) -> Outcome<Cost> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--floor", base, &sources.to_string()]).arg(path);
    run(&mut command)
}

/// A cold poll through curation and publication.
fn ours(folder: &Path, base: &str, sources: usize, curation: &str) -> Outcome<Cost> {
    let config = configure(folder, base, sources, curation)?;
    run(bylined().arg("--config").arg(config).args(["-q", "poll", "--all", "--json"]).stdout(Stdio::null()))
}

/// One warm pass inside a daemon that polls every source again and again: its CPU time
/// over two rounds of polls, divided by the rounds.
fn daemon(origin: &Origin, folder: &Path, sources: usize) -> Outcome<Cost> {
    let mut child = bylined()
        .arg("--config")
        .arg(folder.join("bylined.toml"))
        .args(["-q", "run", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .spawn()?;
    let asked_after = |polls: u64| -> Outcome<()> {
        let goal = origin.asked() + polls;
        while origin.asked() < goal {
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    };
    // The first round is what starting costs.
    asked_after(sources as u64)?;
    let (started, before, asked) = (Instant::now(), look(&child)?, origin.asked());
    asked_after(2 * sources as u64)?;
    let (after, polls) = (look(&child)?, origin.asked() - asked);
    let rounds = polls as f64 / sources as f64;
    child.kill()?;
    child.wait()?;
    Ok(Cost {
        wall_secs: started.elapsed().as_secs_f64() / rounds,
        cpu_secs: (after.cpu_secs - before.cpu_secs) / rounds,
        peak_mb: after.peak_mb,
    })
}

fn bylined() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bylined"))
}

fn configure(folder: &Path, base: &str, sources: usize, curation: &str) -> Outcome<PathBuf> {
    fs::create_dir_all(folder)?;
    let host = base.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let mut text = format!(
        "[site]\nbase_url = \"https://brief.example/\"\ncontact = \"desk@brief.example\"\n\
         [store]\npath = {:?}\n[fetch]\nconcurrency = {CONCURRENCY}\nallow_private = [\"{host}\"]\n\
         [schedule]\nevery = \"{DAEMON_EVERY_SECS}s\"\nmin = \"1s\"\nadaptive = false\n\
         [curation]\n{curation}\n",
        folder.join("bylined.db")
    );
    for it in 0..sources {
        text += &format!("[[source]]\nid = \"paper-{it}\"\nurl = \"{base}/{it}\"\nfull_text = false\n");
    }
    let path = folder.join("bylined.toml");
    fs::write(&path, text)?;
    Ok(path)
}

/// Runs a process to its end and says what it cost.
fn run(command: &mut Command) -> Outcome<Cost> {
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

fn look(child: &Child) -> Outcome<Cost> {
    let stat = stat(child)?;
    let field = |number: usize| -> Outcome<f64> {
        Ok(stat.split(' ').nth(number).ok_or("a short /proc/…/stat")?.parse()?)
    };
    // Fields 14 and 15, user and system time; the state is field 3.
    let cpu_secs = (field(11)? + field(12)?) / TICKS_PER_SEC;
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let peak_kb: f64 = status
        .lines()
        .find_map(|it| it.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
        .unwrap_or_default();
    Ok(Cost { wall_secs: 0.0, cpu_secs, peak_mb: peak_kb / 1024.0 })
}
