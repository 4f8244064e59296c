//! Learns from labelled pairs which entries tell one event, and which tell what came of one.
//!
//! `cargo bench --bench matching -- FOLDER [OUT]`: FOLDER (else `BYLINED_CORPUS`) holds
//! `stories/articles.jsonl` and `labels.jsonl`, `rivals/rivals.jsonl`, `dedup/uci_stories.jsonl` and
//! `headline_pairs.jsonl`, and `briefings/articles.jsonl`. Prints figures of pairs whose events were held
//! back. With OUT (`src/cluster`), writes the tables there: first `background.txt`, by which the
//! signals of the next build weigh words, then `matcher.txt`, `follows.txt`, `sequel.txt` and `headlines.txt`. Run it twice
//! when the background changes.

#![expect(clippy::print_stdout, reason = "a program for people")]

mod corpus;
#[path = "../training/gbdt.rs"]
mod gbdt;
mod learn;
mod linear;
mod pairs;
mod whole;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use self::learn::Question;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).filter(|it| it != "--bench");
    let folder = arguments.next().or_else(|| std::env::var("BYLINED_CORPUS").ok());
    let Some(folder) = folder.map(PathBuf::from) else {
        println!("nothing to learn from: give the folder of the labelled material");
        return Ok(());
    };
    let out = arguments.next().map(PathBuf::from);
    let pairs = pairs::all(&folder)?;
    print!("{}", learn::validate(&pairs));
    print!("{}", whole::validate(&folder, &pairs)?);
    let Some(out) = out else { return Ok(()) };
    let articles = corpus::articles(&folder)?;
    let texts = articles.iter().map(|it| (it.title.as_str(), it.text.as_str()));
    fs::write(out.join("background.txt"), bylined::cluster::background(texts))?;
    fs::write(out.join("matcher.txt"), learn::without(&pairs, Question::OneEvent, None).0)?;
    fs::write(out.join("sequel.txt"), linear::sequels(pairs.iter()))?;
    fs::write(out.join("headlines.txt"), linear::headlines(pairs.iter()))?;
    fs::write(out.join("follows.txt"), learn::without(&pairs, Question::FollowUp, None).0)?;
    Ok(())
}
