//! `poll`: one pass, then exit.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::domain::SourceId;
use crate::pipeline::PassReport;
use crate::pipeline::Progress;
use crate::pipeline::Scope;
use crate::site::Publication;

use super::args::Args;
use super::failure::Failure;
use super::setup;
use super::terminal;

pub(super) fn poll(args: &Args, sources: &[String], all: bool, json: bool) -> Result<ExitCode, Failure> {
    let (config, store) = setup::open_to_publish(args)?;
    let mut named = Vec::new();
    for name in sources {
        let id: SourceId =
            name.parse().map_err(|error: crate::domain::InvalidId| Failure::usage(error.to_string()))?;
        if !config.sources.iter().any(|it| it.id == id) {
            let words = format!("there is no source `{name}`; `bylined source list` shows all");
            return Err(Failure::usage(words));
        }
        named.push(id);
    }
    let scope = match (all, named.is_empty()) {
        (true, _) => Scope::All,
        (false, true) => Scope::Due,
        (false, false) => Scope::Named(named),
    };
    let bar = bar(args);
    let report = setup::runtime()?.block_on(async {
        let pipeline = setup::pipeline(Arc::clone(&config), store.clone())?;
        let publication = Publication::new(config, store.clone());
        let report = pipeline.pass(scope, &publication, &|it| show(&bar, it)).await?;
        store.close().await;
        Ok::<PassReport, Failure>(report)
    })?;
    bar.finish_and_clear();
    if json {
        return terminal::print_json(&report);
    }
    let PassReport {
        polled, modified, not_modified, failed, entries_new, entries_updated, published, ..
    } = report;
    terminal::print(&format!(
        "polled {polled} sources in {:.1} s: {modified} modified, {not_modified} not modified, {failed} failed; \
         {entries_new} new entries, {entries_updated} changed; {published} stories published",
        report.seconds
    ))?;
    if 0 < failed {
        terminal::say("`bylined status` says why sources failed.");
    }
    Ok(ExitCode::SUCCESS)
}

fn bar(args: &Args) -> ProgressBar {
    if args.quiet || !terminal::is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    // The template is ours; the default stands in for one that cannot be read.
    if let Ok(style) = ProgressStyle::with_template("{msg:>10} {bar:32} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    let (words, done, of) = match progress {
        Progress::Polling(done, of) => ("polling", done, of),
        Progress::Reading(done, of) => ("reading", done, of),
        Progress::Curating(done) => ("curating", done, done),
    };
    bar.set_message(words);
    bar.set_length(of as u64);
    bar.set_position(done as u64);
}
