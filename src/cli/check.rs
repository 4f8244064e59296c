//! `check`: what is wrong with the configuration, and with `--online` with the sources.

use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;
use tokio::task::JoinSet;

use crate::config;
use crate::config::EngineChoice;
use crate::config::Environment;
use crate::config::Problem;
use crate::config::Severity;
use crate::config::SourceOrigin;
use crate::config::SourceRights;
use crate::daemon::SystemClock;
use crate::domain::Clock;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::pipeline::SourceTrial;
use crate::pipeline::Trials;

use super::args::Args;
use super::failure;
use super::failure::Failure;
use super::listing;
use super::setup;
use super::terminal;

#[derive(Serialize)]
struct Findings<'a> {
    file: String,
    valid: bool,
    /// The overlay, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    overlay: Option<OverlayFindings>,
    problems: &'a [Problem],
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<&'a [SourceTrial]>,
}

#[derive(Serialize)]
struct OverlayFindings {
    file: String,
    adds: Vec<String>,
    changes: Vec<String>,
    removes: Vec<String>,
}

impl OverlayFindings {
    fn of(config: &config::Config) -> Option<Self> {
        let overlay = &config.overlay;
        let named = |origin| {
            let of = config.sources.iter().filter(|it| overlay.origin_of(&it.id) == origin);
            of.map(|it| it.id.to_string()).collect()
        };
        Some(Self {
            file: overlay.path.as_ref()?.display().to_string(),
            adds: named(SourceOrigin::Overlay),
            changes: named(SourceOrigin::Both),
            removes: overlay.removed.iter().map(ToString::to_string).collect(),
        })
    }
}

pub(super) fn check(args: &Args, online: bool, json: bool) -> Result<ExitCode, Failure> {
    let env = Environment::read();
    let path = config::find(args.config.as_deref(), &env).map_err(Failure::config)?;
    let file = path.display().to_string();
    let loaded = match config::load(&path, &env) {
        Ok(loaded) => loaded,
        Err(errors) if json => {
            terminal::print_json(&Findings {
                file,
                valid: false,
                overlay: None,
                problems: errors.problems(),
                sources: None,
            })?;
            return Ok(ExitCode::from(failure::CONFIG));
        }
        Err(errors) if !terminal::is_watched() => {
            let (warnings, errors): (Vec<_>, Vec<_>) =
                errors.problems().iter().partition(|it| it.severity == Severity::Warning);
            errors.iter().for_each(|it| terminal::say(&format!("error: {}", it.one_line())));
            warnings.iter().for_each(|it| terminal::say(&format!("warning: {}", it.one_line())));
            return Ok(ExitCode::from(failure::CONFIG));
        }
        Err(errors) => return Err(Failure::config(errors)),
    };
    let is_left_out = |it: &&config::Source| online && !is_fetched(it);
    let unfetched: Vec<SourceId> =
        loaded.config.sources.iter().filter(is_left_out).map(|it| it.id.clone()).collect();
    let overlay = OverlayFindings::of(&loaded.config);
    let summary = listing::overlay_summary(&loaded.config);
    let trials = if online { Some(try_sources(loaded.config)?) } else { None };
    if json {
        let sources = trials.as_deref();
        return terminal::print_json(&Findings {
            file,
            valid: true,
            overlay,
            problems: &loaded.warnings,
            sources,
        });
    }
    for warning in &loaded.warnings {
        terminal::say(&format!("warning: {}", warning.one_line()));
    }
    for trial in trials.iter().flatten() {
        terminal::print(&trial.to_string())?;
    }
    for id in &unfetched {
        terminal::print(&format!("{id}: not fetched, as configured"))?;
    }
    if let Some(summary) = summary {
        terminal::print(&summary)?;
    }
    terminal::print(&format!("{file} is valid"))
}

fn try_sources(config: config::Config) -> Result<Vec<SourceTrial>, Failure> {
    let config = Arc::new(config);
    setup::runtime()?.block_on(async {
        let client =
            crate::net::Client::new(crate::fetch::policy(&config.fetch, config.site.contact.as_deref()))?;
        let trials = Arc::new(Trials::new(client));
        let mut tries = JoinSet::new();
        for source in config.sources.iter().filter(|it| is_fetched(it)) {
            let (trials, mut source) = (Arc::clone(&trials), source.clone());
            source.full_text &= config.curation.engine != EngineChoice::Editor;
            tries.spawn(async move { trials.source(&source, SystemClock.now()).await });
        }
        let mut done = tries.join_all().await;
        done.sort_by_key(|it| config.sources.iter().position(|source| source.id.as_str() == it.id));
        Ok(done)
    })
}

/// Whether a poll asks for a source at all.
fn is_fetched(source: &config::Source) -> bool {
    source.enabled && source.rights != SourceRights::AtLeast(Rights::Drop)
}
