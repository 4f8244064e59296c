//! Damages feeds for a while and reads them: no panic, and time, memory and size within bounds.
//!
//! `cargo bench --bench fuzz_parse -- [--seconds N] [--seed N] [FOLDER…]`: the files of each
//! folder are damaged too. What breaks a bound is written to `target/fuzz_parse.bin`, and the
//! program fails. The test command runs a few thousand inputs of the same kind.

#![expect(clippy::print_stdout, reason = "a program for people")]

#[path = "fuzz_parse/mutation.rs"]
mod mutation;

use std::error::Error;
use std::fs;
use std::panic;
use std::time::Duration;
use std::time::Instant;

use mutation::Random;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SECONDS: u64 = 60;
/// Largest file of a folder that is taken, in bytes.
const FILE_BYTES_MAX: u64 = 128 * 1024;
/// Longest input before it is compressed or widened, in bytes.
const INPUT_BYTES_MAX: usize = 256 * 1024;
/// Longest time that one input may take of the processor; the largest is 256 KiB, or what it inflates to.
const INPUT_TIME_MAX: Duration = Duration::from_millis(1_500);
/// Most memory that all inputs together may add, in KiB.
const GROWTH_KIB_MAX: u64 = 200 * 1024;
const FAILED: &str = "target/fuzz_parse.bin";

fn main() -> Outcome<()> {
    let (mut seconds, mut seed, mut feeds) = (SECONDS, 1, Vec::new());
    feeds.extend(mutation::FEEDS.iter().map(|it| it.as_bytes().to_vec()));
    let mut arguments = std::env::args().skip(1).filter(|it| it != "--bench");
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => seconds = arguments.next().ok_or("--seconds needs a number")?.parse()?,
            "--seed" => seed = arguments.next().ok_or("--seed needs a number")?.parse()?,
            folder => {
                for entry in fs::read_dir(folder)? {
                    let entry = entry?;
                    if entry.file_type()?.is_file() && entry.metadata()?.len() <= FILE_BYTES_MAX {
                        feeds.push(fs::read(entry.path())?);
                    }
                }
            }
        }
    }
    let mut random = Random(seed);
    let begin = Instant::now();
    let at_rest = resident_kib();
    let (mut inputs, mut bytes, mut read, mut slowest) = (0_u64, 0, 0_u64, Duration::ZERO);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let document = mutation::damaged(&mut random, &feeds, INPUT_BYTES_MAX);
        let before = busy();
        let outcome = panic::catch_unwind(|| mutation::check(&document));
        let took = busy().saturating_sub(before);
        inputs += 1;
        bytes += document.bytes.len();
        slowest = slowest.max(took);
        read += u64::from(matches!(outcome, Ok(Some(_))));
        let grown = resident_kib().saturating_sub(at_rest);
        if outcome.is_err() || INPUT_TIME_MAX < took || GROWTH_KIB_MAX < grown {
            fs::write(FAILED, &document.bytes)?;
            let what = format!(
                "input {inputs} of seed {seed}, {took:.1?}, {grown} KiB more, type {:?}",
                document.content_type
            );
            return Err(format!("{what}; see {FAILED}").into());
        }
    }
    println!(
        "{inputs} inputs of {} KiB from {} feeds, {read} read as feeds; slowest {slowest:.1?}, {} KiB more memory",
        bytes / 1024,
        feeds.len(),
        resident_kib().saturating_sub(at_rest)
    );
    Ok(())
}

/// Time that this thread was on a processor, so that a busy machine fails nobody.
fn busy() -> Duration {
    let nanos = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = nanos.and_then(|it| it.split(' ').next()?.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}

/// Memory that this process holds.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    line.and_then(|it| it.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or_default()
}
