//! `source add`, `set`, `remove`, `test`, `import` and `export`.

mod added;
mod change;
mod opml;

use std::future::Future;
use std::process::ExitCode;

use crate::config;
use crate::config::Environment;
use crate::config::Setting;
use crate::daemon::SystemClock;
use crate::desk::Sources;
use crate::desk::WantedSource;
use crate::desk::shown;
use crate::domain::Clock;

use super::args::Args;
use super::args::SourceCommand;
use super::failure::Failure;
use super::listing;
use super::setup;
use super::terminal;

use self::added::Added;
use self::added::say_place;
use self::change::apply;
use self::change::follow;

pub(super) fn source(args: &Args, command: &SourceCommand) -> Result<ExitCode, Failure> {
    match command {
        SourceCommand::List { json } => listing::sources(args, *json),
        SourceCommand::Add { url, id, publisher, topics, dry_run, json } => {
            let wanted = WantedSource {
                url: url.clone(),
                id: id.clone(),
                publisher: publisher.clone(),
                topics: topics.clone(),
            };
            add(&open(args)?, &wanted, *dry_run, *json)
        }
        SourceCommand::Set { id, settings, dry_run, json } => {
            set(&open(args)?, id, settings, *dry_run, *json)
        }
        SourceCommand::Remove { id, dry_run, json } => remove(&open(args)?, id, *dry_run, *json),
        SourceCommand::Test { source, json } => test(&open(args)?, source, *json),
        SourceCommand::Import { file, dry_run, json } => opml::import(&open(args)?, file, *dry_run, *json),
        SourceCommand::Export { json } => opml::export(&open(args)?, *json),
    }
}

fn open(args: &Args) -> Result<Sources, Failure> {
    let env = Environment::read();
    let path = config::find(args.config.as_deref(), &env).map_err(Failure::config)?;
    Ok(Sources::open(&path, &env)?)
}

fn add(sources: &Sources, wanted: &WantedSource, dry_run: bool, json: bool) -> Result<ExitCode, Failure> {
    let found = wait(sources.find(wanted, SystemClock.now()))?;
    let edit = sources.add(std::slice::from_ref(&found.new))?;
    if !dry_run {
        follow(sources, &edit, found.new.id.as_str())?;
    }
    let added = Added {
        title: Some(found.title),
        entries: Some(found.entries),
        others: Some(found.others),
        ..Added::of(&found.new)
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
    say_place(&edit);
    Ok(ExitCode::SUCCESS)
}

fn set(
    sources: &Sources,
    id: &str,
    texts: &[String],
    dry_run: bool,
    json: bool,
) -> Result<ExitCode, Failure> {
    let settings = texts.iter().map(|it| Setting::parse(it)).collect::<Result<Vec<Setting>, _>>();
    let settings = settings.map_err(|error| Failure::usage(error.to_string()))?;
    let edit = sources.set(id, &settings)?;
    if !dry_run {
        let keys: Vec<&str> = settings.iter().map(Setting::key).collect();
        apply(sources, &edit, ("source set", id, Some(keys.join(", "))))?;
    }
    let settings: Vec<String> = settings.iter().map(Setting::to_string).collect();
    if json {
        let file = edit.path().display().to_string();
        return terminal::print_json(&serde_json::json!({ "id": id, "set": settings, "file": file }));
    }
    let done = if dry_run { "would set" } else { "set" };
    terminal::print(&format!("{done} {} of `{id}`", settings.join(", ")))?;
    say_place(&edit);
    Ok(ExitCode::SUCCESS)
}

fn remove(sources: &Sources, id: &str, dry_run: bool, json: bool) -> Result<ExitCode, Failure> {
    let edit = sources.remove(id)?;
    let url = sources.config().sources.iter().find(|it| it.id.as_str() == id).map(|it| it.url.to_string());
    if !dry_run {
        apply(sources, &edit, ("source remove", id, None))?;
    }
    if json {
        return terminal::print_json(&serde_json::json!({ "id": id, "url": url }));
    }
    let done = if dry_run { "would remove" } else { "removed" };
    terminal::print(&format!("{done} `{id}`; its stories, credits and rights stay"))?;
    say_place(&edit);
    Ok(ExitCode::SUCCESS)
}

fn test(sources: &Sources, source: &str, json: bool) -> Result<ExitCode, Failure> {
    let trial = wait(sources.test(source, SystemClock.now()))?;
    if json {
        terminal::print_json(&trial)?;
    } else if trial.reason.is_none() {
        terminal::print(&trial.to_string())?;
        for it in &trial.newest {
            let when = it.published.as_deref().unwrap_or("undated");
            terminal::print(&format!("  {when}  {}  {}", it.title, it.url.as_deref().unwrap_or("no link")))?;
        }
    }
    match trial.reason {
        None => Ok(ExitCode::SUCCESS),
        Some(reason) => Err(crate::desk::SourceError::Unreadable { url: shown(source), reason }.into()),
    }
}

/// Waits for what asks a publisher.
fn wait<T, E: Into<Failure>>(asking: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
    setup::runtime()?.block_on(asking).map_err(Into::into)
}
