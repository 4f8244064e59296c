//! What a poll costs beside the least it can cost, in processes of their own.
//!
//! `cargo bench --bench polling -- [SOURCES…] [--rounds N]`: for each number of sources
//! (1,000 unless told) an origin on loopback serves as many feeds of 22 entries, and both
//! `bylined` and a floor program (fetch, bare `feed_rs`, one transaction a feed) poll them,
//! in turn, cold and warm, with and without latency. CPU and peak memory are the kernel's
//! figures for each process (Linux).
//!
//! `cargo bench --bench polling -- --idle [SOURCES]`: what a daemon costs that has polled so many
//! sources (10,000) of ten entries each: with nothing due, and with polls that find nothing new.

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::disallowed_methods, reason = "the floor is what a poll costs without our client")]

mod floor;
mod idle;
mod origin;
mod press;
mod process;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Instant;

use origin::Origin;
use process::Cost;
use process::LOOK_EVERY;
use process::Outcome;
use process::look;
use process::run;

/// Requests under way at once, in both programs.
const CONCURRENCY: usize = 300;

/// Seconds between the polls of a source by a daemon that is kept busy, and by one that is not.
const DAEMON_EVERY_SECS: u64 = 20;
const IDLE_EVERY_SECS: u64 = 1_800;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let [flag, base, count, path] = arguments.as_slice()
        && flag == "--floor"
    {
        return floor::poll(base, count.parse()?, CONCURRENCY, Path::new(path));
    }
    if let [flag, rest @ ..] = arguments.as_slice()
        && flag == "--idle"
    {
        return idle::measure(rest.first().map_or(Ok(10_000), |it| it.parse())?);
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
    let origin = Origin::start(press::ENTRIES)?;
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
    let config = configure(folder, base, sources, (DAEMON_EVERY_SECS, curation))?;
    run(bylined().arg("--config").arg(config).args(["-q", "poll", "--all", "--json"]).stdout(Stdio::null()))
}

/// One warm pass inside a daemon that polls every source again and again: its CPU time
/// over two rounds of polls, divided by the rounds.
fn daemon(origin: &Origin, folder: &Path, sources: usize) -> Outcome<Cost> {
    let mut child = serving(&folder.join("bylined.toml")).spawn()?;
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
        ..after
    })
}

/// A daemon that polls, publishes and serves.
fn serving(config: &Path) -> Command {
    let mut command = bylined();
    command.arg("--config").arg(config).args(["-q", "run", "--listen", "127.0.0.1:0"]).stdout(Stdio::null());
    command
}

fn bylined() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bylined"))
}

/// A configuration of so many sources, with the seconds between polls of each and how stories are curated.
fn configure(
    folder: &Path,
    base: &str,
    sources: usize,
    (every_secs, curation): (u64, &str),
) -> Outcome<PathBuf> {
    fs::create_dir_all(folder)?;
    let host = base.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let mut text = format!(
        "[site]\nbase_url = \"https://brief.example/\"\ncontact = \"desk@brief.example\"\n\
         [store]\npath = {:?}\n[fetch]\nconcurrency = {CONCURRENCY}\nallow_private = [\"{host}\"]\n\
         [schedule]\nevery = \"{every_secs}s\"\nmin = \"1s\"\nadaptive = false\n\
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
