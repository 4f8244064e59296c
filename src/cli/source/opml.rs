//! `source import` and `source export`: lists of subscriptions (OPML).

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::daemon::SystemClock;
use crate::desk::SkippedFeed;
use crate::desk::Sources;
use crate::domain::Clock;
use crate::parse;
use crate::publish;
use crate::store::Store;

use super::added::Added;
use super::added::say_place;
use super::change::follow;

/// Largest list that is imported, in bytes.
const LIST_BYTES_MAX: u64 = 16 << 20;

#[derive(Serialize)]
struct Imported {
    added: Vec<Added>,
    skipped: Vec<SkippedFeed>,
}

pub(super) fn import(sources: &Sources, file: &Path, dry_run: bool, json: bool) -> Result<ExitCode, Failure> {
    let bytes = read(file)?;
    let plan = sources
        .plan_import(&bytes)
        .map_err(|error| Failure::data(format!("`{}`: {error}", file.display())))?;
    let edit = if plan.new.is_empty() { None } else { Some(sources.add(&plan.new)?) };
    if let Some(edit) = edit.as_ref().filter(|_| !dry_run) {
        let ids: Vec<&str> = plan.new.iter().map(|it| it.id.as_str()).collect();
        follow(sources, edit, &ids.join(" "))?;
    }
    let imported =
        Imported { added: plan.new.iter().map(Added::of).collect(), skipped: plan.skipped.clone() };
    if json {
        return terminal::print_json(&imported);
    }
    for it in &imported.skipped {
        terminal::say(&format!("skipped {}: {}", it.name.as_deref().unwrap_or(&it.url), it.why));
    }
    if 0 < plan.without_address {
        terminal::say(&format!("skipped {} outlines without an address", plan.without_address));
    }
    if 0 < plan.beyond_max {
        terminal::say(&format!(
            "skipped {} feeds beyond the first {}; import the rest from another file",
            plan.beyond_max,
            parse::SUBSCRIPTIONS_MAX
        ));
    }
    edit.iter().for_each(say_place);
    let done = if dry_run { "would add" } else { "added" };
    terminal::print(&format!("{done} {} sources, skipped {}", imported.added.len(), plan.skipped_count()))
}

pub(super) fn export(sources: &Sources, json: bool) -> Result<ExitCode, Failure> {
    // What a feed says of itself is known once it was polled; nothing of it is needed.
    let rows = if sources.config().store.path.exists() {
        Store::open(&sources.config().store.path)?.read_blocking(|it| it.sources())?
    } else {
        Vec::new()
    };
    let listed = sources.for_export(&rows);
    let unlisted = sources.config().sources.len() - listed.len();
    if 0 < unlisted {
        terminal::say(&format!("skipped {unlisted} unlisted sources"));
    }
    if json {
        let subscriptions = listed.iter().map(|it| {
            serde_json::json!({ "name": it.name, "url": it.feed_url, "home": it.home, "topics": it.topics })
        });
        return terminal::print_json(&subscriptions.collect::<Vec<_>>());
    }
    let opml = publish::opml(&sources.config().site.title, SystemClock.now(), &listed);
    terminal::print(&String::from_utf8_lossy(&opml))
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = LIST_BYTES_MAX + 1;
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|it| it.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|cause| Failure::input(file, &cause))?;
    if LIST_BYTES_MAX < bytes.len() as u64 {
        let words = format!("`{}` is larger than {LIST_BYTES_MAX} bytes; import it in parts", file.display());
        return Err(Failure::data(words));
    }
    Ok(bytes)
}
