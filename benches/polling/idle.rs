//! What a daemon costs that has little to do.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::time::Duration;
use std::time::Instant;

use rusqlite::Connection;

use crate::IDLE_EVERY_SECS;
use crate::configure;
use crate::origin::Origin;
use crate::ours;
use crate::process::Cost;
use crate::process::Outcome;
use crate::process::look;
use crate::serving;

/// Entries of a source.
const ENTRIES: usize = 10;
/// For how long a daemon is left alone after its start, and then watched.
const SETTLE: Duration = Duration::from_secs(30);
const WATCH: Duration = Duration::from_secs(60);

/// Prints what it costs a daemon that knows so many sources to do nothing, and to be told of each of them
/// once in half an hour that it has nothing new.
pub(crate) fn measure(sources: usize) -> Outcome<()> {
    let origin = Origin::start(ENTRIES)?;
    let folder = tempfile::tempdir()?;
    let base = format!("http://127.0.0.1:{}/feed", origin.port);
    let kept = folder.path().join("kept");
    let filled = ours(&kept, &base, sources, "engine = \"editor\"")?;
    let database = kept.join("bylined.db");
    let count = |sql: &str| -> Outcome<i64> {
        Ok(Connection::open(&database)?.query_row(sql, [], |row| row.get(0))?)
    };
    println!(
        "{sources} sources polled in {:.0} s of processor time, peak {:.0} MB: {} entries, {} stories published, {} MB",
        filled.cpu_secs,
        filled.peak_mb,
        count("SELECT count(*) FROM entries")?,
        count("SELECT count(*) FROM stories WHERE state = 'published'")?,
        fs::metadata(&database)?.len() >> 20
    );
    let config = configure(&kept, &base, sources, (IDLE_EVERY_SECS, "engine = \"editor\""))?;
    println!("{:36} {:>9} {:>9} {:>9} {:>9}", "", "polls/s", "CPU %", "held MB", "peak MB");
    plan(&database, &format!("next_poll = ?1 + {IDLE_EVERY_SECS} * 1000"))?;
    watch("nothing is due", &config, &origin)?;
    // Evenly over the time between two polls.
    let spread = format!("next_poll = ?1 + (rowid % 10000) * {IDLE_EVERY_SECS} / 10");
    plan(&database, &spread)?;
    watch("polls that find nothing new", &config, &origin)
}

/// Plans the next polls of all sources.
fn plan(database: &Path, set: &str) -> Outcome<()> {
    let now = chrono::Utc::now().timestamp_millis();
    Connection::open(database)?.execute(&format!("UPDATE sources SET {set}"), [now])?;
    Ok(())
}

fn watch(name: &str, config: &Path, origin: &Origin) -> Outcome<()> {
    let mut daemon = serving(config).spawn()?;
    let watched = of_a_while(&daemon, origin);
    daemon.kill()?;
    daemon.wait()?;
    let (cost, polls) = watched?;
    println!(
        "{name:36} {:>9.1} {:>9.2} {:>9.1} {:>9.1}",
        polls / cost.wall_secs,
        100.0 * cost.cpu_secs / cost.wall_secs,
        cost.held_mb,
        cost.peak_mb
    );
    Ok(())
}

/// What it costs once it has settled, and how often it polls meanwhile.
fn of_a_while(daemon: &Child, origin: &Origin) -> Outcome<(Cost, f64)> {
    std::thread::sleep(SETTLE);
    let (started, before, asked) = (Instant::now(), look(daemon)?, origin.asked());
    std::thread::sleep(WATCH);
    let (after, polls) = (look(daemon)?, origin.asked() - asked);
    let cost = Cost {
        wall_secs: started.elapsed().as_secs_f64(),
        cpu_secs: after.cpu_secs - before.cpu_secs,
        ..after
    };
    Ok((cost, polls as f64))
}
