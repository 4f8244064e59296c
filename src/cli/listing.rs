//! `source list`, `story list` and `status`.

use std::process::ExitCode;

use crate::config::Config;
use crate::config::SourceOrigin;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::domain::SourceId;
use crate::domain::StoryState;
use crate::site::listing;
use crate::site::listing::SourceListing;
use crate::store::StoryFilter;

use super::args::Args;
use super::failure::Failure;
use super::setup;
use super::terminal;

pub(super) fn sources(args: &Args, json: bool) -> Result<ExitCode, Failure> {
    let (config, store) = setup::open(args)?;
    let sources = store.read_blocking(|it| listing::sources(it, &config))?;
    let origin = |id: &str| {
        id.parse().map_or(SourceOrigin::File, |id: SourceId| config.overlay.origin_of(&id)).as_str()
    };
    if json {
        let with_origin = |it: &SourceListing| {
            let mut value = serde_json::json!(it);
            value["origin"] = origin(&it.id).into();
            value
        };
        return terminal::print_json(&sources.iter().map(with_origin).collect::<Vec<_>>());
    }
    let head = ["SOURCE", "STATE", "SINCE", "ENTRIES", "LAST POLL", "NEXT POLL", "PUSH", "RIGHTS", "REASON"];
    let rows = sources.iter().map(|it| {
        let dash = || "-".to_owned();
        vec![
            it.id.clone(),
            it.state.to_owned(),
            it.since.clone().unwrap_or_else(dash),
            it.entries.to_string(),
            it.last_poll.clone().unwrap_or_else(dash),
            it.next_poll.clone().unwrap_or_else(dash),
            it.push.as_ref().map_or_else(dash, |it| it.state.to_owned()),
            it.rights.to_owned(),
            it.reason
                .clone()
                .or_else(|| it.warnings.first().map(|it| format!("note: {it}")))
                .unwrap_or_default(),
        ]
    });
    terminal::print(&terminal::table(&head, rows))?;
    if let Some(overlay) = overlay_summary(&config) {
        terminal::say(&overlay);
    }
    for (id, feed) in sources.iter().filter_map(|it| Some((&it.id, it.names_feed.as_ref()?))) {
        // In quotes nothing else means anything to a shell.
        let feed = feed.replace('\'', "%27");
        terminal::print(&format!(
            "`{id}` is a page that names a feed. To follow that one: \
             bylined source remove {id} && bylined source add '{feed}' --id {id} \
             (or write the address as `url` of `{id}`, which keeps its other keys)"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the overlay adds to the configuration file, where there is one.
pub(super) fn overlay_summary(config: &Config) -> Option<String> {
    let overlay = &config.overlay;
    let path = overlay.path.as_ref()?.display();
    let named = |origin: SourceOrigin| -> Vec<&str> {
        let of = config.sources.iter().filter(|it| overlay.origin_of(&it.id) == origin);
        of.map(|it| it.id.as_str()).collect()
    };
    let parts = [
        ("adds", named(SourceOrigin::Overlay)),
        ("changes", named(SourceOrigin::Both)),
        ("removes", overlay.removed.iter().map(SourceId::as_str).collect()),
    ];
    let said = parts.iter().filter(|it| !it.1.is_empty());
    let said: Vec<String> = said.map(|(does, ids)| format!("{does} {}", ids.join(", "))).collect();
    Some(format!(
        "`{path}` {}",
        if said.is_empty() { "changes no source".to_owned() } else { said.join("; ") }
    ))
}

/// Which stories are listed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// Those in a state, or all.
    In(Option<StoryState>),
    /// Those that wait for an editor.
    Waiting,
}

pub(super) fn stories(args: &Args, which: Which, limit: usize, json: bool) -> Result<ExitCode, Failure> {
    let (config, store) = setup::open(args)?;
    let stories = store.read_blocking(|it| match which {
        Which::In(state) => listing::stories(it, &config, StoryFilter { state, limit }),
        Which::Waiting => listing::waiting(it, &config, limit),
    })?;
    if json {
        return terminal::print_json(&stories);
    }
    let rows = stories.iter().map(|it| {
        let publishers: Vec<&str> = it.publishers.iter().map(|it| it.name.as_str()).collect();
        vec![
            it.key.clone(),
            it.draft.map_or_else(|| it.state.to_owned(), |n| format!("{}, draft {n}", it.state)),
            it.published.clone().unwrap_or_else(|| "-".to_owned()),
            it.title.clone(),
            publishers.join(", "),
        ]
    });
    terminal::print(&terminal::table(&["KEY", "STATE", "PUBLISHED", "TITLE", "PUBLISHERS"], rows))
}

pub(super) fn status(args: &Args, json: bool) -> Result<ExitCode, Failure> {
    let (config, store) = setup::open(args)?;
    let status = store.read_blocking(|it| listing::status(it, &config, SystemClock.now()))?;
    if json {
        return terminal::print_json(&status);
    }
    let sources = &status.sources;
    terminal::print(&format!(
        "bylined {}\nsources: {} in all, {} healthy, {} failing, {} gone, {} due\n\
         entries: {}\nstories: {}, of which {} held and {} pending",
        status.version,
        sources.total,
        sources.healthy,
        sources.failing,
        sources.gone,
        sources.due,
        status.entries,
        status.stories,
        status.held,
        status.pending
    ))?;
    for it in &status.outputs {
        let when = it.published_at.as_deref().unwrap_or("never");
        let valid = match &it.reason {
            None => "valid".to_owned(),
            Some(reason) => format!("NOT VALID: the last good version stays: {reason}"),
        };
        terminal::print(&format!("output {}: {} stories, published {when}, {valid}", it.id, it.stories))?;
        for omitted in &it.omitted {
            terminal::print(&format!("output {}: left out {omitted}", it.id))?;
        }
    }
    for it in &status.hooks {
        let output = it.output.as_ref().map(|it| format!(" of output {it}")).unwrap_or_default();
        let taken = it.taken.as_deref().unwrap_or("never");
        let reason = it.reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
        terminal::print(&format!(
            "hook {}{output}: {} waiting, {} given up, last taken {taken}{reason}",
            it.url, it.waiting, it.given_up
        ))?;
    }
    if let Some(it) = &status.hub {
        let reason = it.reason.as_ref().map(|it| format!(", not told of the last change: {it}"));
        let own = it
            .subscribers
            .zip(it.waiting)
            .map(|(all, waiting)| format!(": {all} subscriptions, {waiting} of them to be told"));
        terminal::print(&format!("hub {}{}{}", it.url, own.unwrap_or_default(), reason.unwrap_or_default()))?;
    }
    for it in status.unhealthy.iter().chain(&status.noted) {
        let since = it.since.as_deref().unwrap_or("the start");
        terminal::print(&format!(
            "{} {} since {since}: {}",
            it.state,
            it.id,
            it.reason.as_deref().unwrap_or("unknown")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
