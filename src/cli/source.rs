//! `source add`, `remove`, `test`, `import` and `export`.

mod added;
mod config_file;
mod opml;
mod taken;

use std::process::ExitCode;

use crate::config;
use crate::config::NewSource;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::domain::SourceId;
use crate::pipeline::SourceTrial;

use super::args::Args;
use super::args::SourceCommand;
use super::failure::Failure;
use super::listing;
use super::setup;
use super::terminal;

use self::added::Added;
use self::config_file::ConfigFile;
use self::taken::Taken;
use self::taken::address;
use self::taken::base_of_id;
use self::taken::shown;

pub(super) fn source(args: &Args, command: &SourceCommand) -> Result<ExitCode, Failure> {
    match command {
        SourceCommand::List { json } => listing::sources(args, *json),
        SourceCommand::Add { url, id, publisher, topics, dry_run, json } => {
            let wanted = Wanted { id: id.as_deref(), publisher: publisher.as_deref(), topics };
            add(&ConfigFile::open(args)?, url, &wanted, *dry_run, *json)
        }
        SourceCommand::Remove { id, dry_run, json } => remove(&ConfigFile::open(args)?, id, *dry_run, *json),
        SourceCommand::Test { source, json } => test(&ConfigFile::open(args)?, source, *json),
        SourceCommand::Import { file, dry_run, json } => {
            opml::import(&ConfigFile::open(args)?, file, *dry_run, *json)
        }
        SourceCommand::Export { json } => opml::export(&ConfigFile::open(args)?, *json),
    }
}

/// What the operator said of a new source.
struct Wanted<'a> {
    id: Option<&'a str>,
    publisher: Option<&'a str>,
    topics: &'a [String],
}

fn add(
    config_file: &ConfigFile,
    url: &str,
    wanted: &Wanted<'_>,
    dry_run: bool,
    json: bool,
) -> Result<ExitCode, Failure> {
    let asked = address(url).map_err(Failure::usage)?;
    let mut taken = Taken::of(&config_file.config);
    if let Some(other) = taken.source_at(&asked) {
        return Err(Failure::usage(format!("`{asked}` is already the source `{other}`")));
    }
    let probe = config_file.with(&[NewSource {
        id: Taken::of(&config_file.config).free_id("new"),
        url: asked.clone(),
        publisher: None,
        topics: Vec::new(),
    }])?;
    let probe = probe.1.sources.into_iter().last().ok_or_else(|| Failure::software("the source is lost"))?;
    let found = setup::runtime()?.block_on(async {
        let trials = config_file.trials()?;
        trials.discover(&probe, SystemClock.now()).await.map_err(|reason| unfit(url, &reason))
    })?;
    if let Some(other) = taken.source_at(&found.url) {
        return Err(Failure::usage(format!(
            "`{url}` leads to `{}`, which is already the source `{other}`",
            found.url
        )));
    }
    let id = match wanted.id {
        Some(id) => {
            let id: SourceId =
                id.parse().map_err(|error: crate::domain::InvalidId| Failure::usage(error.to_string()))?;
            if taken.ids.contains(id.as_str()) {
                return Err(Failure::usage(format!("a source `{id}` exists already; choose another --id")));
            }
            id
        }
        None => taken.free_id(&base_of_id(Some(&found.title), &found.url)),
    };
    let new = NewSource {
        id,
        url: found.url,
        publisher: wanted.publisher.map(str::to_owned),
        topics: wanted.topics.to_vec(),
    };
    config_file.write(&config_file.with(std::slice::from_ref(&new))?.0, dry_run)?;
    let added = Added {
        title: Some(found.title),
        entries: Some(found.entries),
        others: Some(found.others),
        ..Added::of(&new)
    };
    if json {
        return terminal::print_json(&added);
    }
    let done = if dry_run { "would add" } else { "added" };
    let title = added.title.as_deref().filter(|it| !it.is_empty()).unwrap_or("untitled");
    terminal::print(&format!("{done} `{}`: `{title}`, {} entries, {}", added.id, found.entries, added.url))?;
    for other in added.others.iter().flatten() {
        terminal::say(&format!("the page also names {other}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(config_file: &ConfigFile, id: &str, dry_run: bool, json: bool) -> Result<ExitCode, Failure> {
    let Some(index) = config_file.config.sources.iter().position(|it| it.id.as_str() == id) else {
        return Err(Failure::usage(format!("there is no source `{id}`; `bylined source list` shows all")));
    };
    let url = config_file.config.sources[index].url.to_string();
    if !dry_run {
        // Its rights and its name outlive its place in the file.
        config_file.remember()?;
    }
    let text = config::without_source(&config_file.name, &config_file.text, index).map_err(Failure::edit)?;
    let left = config_file.checked(&text)?;
    if left.sources.iter().any(|it| it.id.as_str() == id) {
        return Err(Failure::software("the source could not be taken out; remove its table by hand"));
    }
    config_file.write(&text, dry_run)?;
    if json {
        return terminal::print_json(&serde_json::json!({ "id": id, "url": url }));
    }
    let done = if dry_run { "would remove" } else { "removed" };
    terminal::print(&format!("{done} `{id}`; its stories, credits and rights stay"))
}

fn test(config_file: &ConfigFile, source: &str, json: bool) -> Result<ExitCode, Failure> {
    let configured =
        config_file.config.sources.iter().find(|it| it.id.as_str() == source || it.url.as_str() == source);
    let tried = match configured {
        Some(it) => it.clone(),
        None => {
            let url = address(source).map_err(|why| {
                Failure::usage(format!("`{source}` is no source of the configuration, and {why}"))
            })?;
            let id = Taken::of(&config_file.config).free_id(&base_of_id(None, &url));
            let new = NewSource { id, url, publisher: None, topics: Vec::new() };
            let probe = config_file.with(&[new])?.1.sources.into_iter().last();
            probe.ok_or_else(|| Failure::software("the source is lost"))?
        }
    };
    let trial = setup::runtime()?.block_on(async {
        Ok::<SourceTrial, Failure>(config_file.trials()?.source(&tried, SystemClock.now()).await)
    })?;
    if json {
        terminal::print_json(&trial)?;
    } else if trial.reason.is_none() {
        terminal::print(&trial.to_string())?;
        for it in &trial.newest {
            let when = it.published.as_deref().unwrap_or("undated");
            terminal::print(&format!("  {when}  {}  {}", it.title, it.url.as_deref().unwrap_or("no link")))?;
        }
    }
    match &trial.reason {
        None => Ok(ExitCode::SUCCESS),
        Some(reason) => Err(unfit(source, reason)),
    }
}

/// A source that cannot be read, by whether another time may help.
fn unfit(url: &str, reason: &str) -> Failure {
    let words = format!("`{}` cannot be read: {reason}", shown(url));
    match reason.split(':').next() {
        Some("not-a-feed" | "parse" | "too-large" | "gone") => Failure::data(words),
        _ => Failure::unavailable(words),
    }
}
