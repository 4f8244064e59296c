//! Reads a folder of lists of subscriptions and says how many feeds each yields.
//!
//! `cargo bench --bench opml_corpus -- FOLDER`, or the folder in `BYLINED_CORPUS`:
//! `opml/` with a `README.md` whose table names files with their numbers of feeds.

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use bylined::parse;

fn main() -> Result<(), Box<dyn Error>> {
    let named = std::env::args().skip(1).find(|it| it != "--bench");
    let Some(corpus) = named.or_else(|| std::env::var("BYLINED_CORPUS").ok()) else {
        println!("no corpus: name its folder, or set BYLINED_CORPUS");
        return Ok(());
    };
    let folder = PathBuf::from(corpus).join("opml");
    let Ok(table) = fs::read_to_string(folder.join("README.md")) else {
        println!("not measured: {} is not there", folder.display());
        return Ok(());
    };
    let (mut files, mut right, mut feeds, mut bytes) = (0, 0, 0, 0);
    let started = Instant::now();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, file, expected, _] = cells[..] else { continue };
        let Ok(expected) = expected.parse::<usize>() else { continue };
        let text = fs::read(folder.join(file))?;
        let found = parse::opml(&text).map(|it| it.feeds.len());
        files += 1;
        bytes += text.len();
        feeds += found.as_ref().copied().unwrap_or(0);
        if found == Ok(expected) {
            right += 1;
        } else {
            println!("short: {file}: {found:?} of {expected}");
        }
    }
    println!(
        "lists read as expected: {right} of {files}, {feeds} feeds, {bytes} bytes in {:?}",
        started.elapsed()
    );
    let (mut read, mut refused) = (0, 0);
    for entry in fs::read_dir(folder.join("validator")).into_iter().flatten() {
        match parse::opml(&fs::read(entry?.path())?) {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
    }
    println!("lists of a validator, half of them broken on purpose: {read} read, {refused} refused");
    Ok(())
}
