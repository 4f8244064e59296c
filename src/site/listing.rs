//! Sources, stories and status as listings show them: the same fields in the
//! command line's `--json` and in the API.

mod hub;
mod source;

use std::collections::HashMap;

use serde::Serialize;

use crate::config::Config;
use crate::config::Hook;
use crate::config::Source;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::pipeline::Credits;
use crate::pipeline::item;
use crate::pipeline::shown_content;
use crate::publish;
use crate::store::Health;
use crate::store::HookRow;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryFilter;
use crate::store::StoryRow;
use crate::store::authority;

pub use self::hub::HubStatus;
pub use self::source::PushListing;
pub use self::source::SourceListing;
pub(super) use self::source::source;
pub use self::source::sources;

/// A story.
#[derive(Clone, Debug, Serialize)]
pub struct StoryListing {
    /// The tag.
    pub id: String,
    /// The name in paths.
    pub key: String,
    /// Plain text.
    pub title: String,
    /// The permalink, absolute.
    pub url: String,
    /// Where it stands.
    pub state: &'static str,
    /// When it was published; `None` while it is not.
    pub published: Option<String>,
    /// Everyone, the primary entry's publisher first.
    pub publishers: Vec<PublisherListing>,
    /// Names.
    pub topics: Vec<String>,
    /// Who filled the briefing.
    pub engine: &'static str,
    /// Counts from 1; 0 before the first curation.
    pub revision: u32,
    /// The revision that waits for an editor while readers see the current one.
    pub draft: Option<u32>,
}

/// A publisher of a story.
#[derive(Clone, Debug, Serialize)]
pub struct PublisherListing {
    /// Its name.
    pub name: String,
    /// Its article.
    pub url: String,
}

/// The whole, at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// How the sources are.
    pub sources: SourceCounts,
    /// Entries stored.
    pub entries: u64,
    /// Stories that exist in their own right.
    pub stories: u64,
    /// Stories that wait for an editor.
    pub held: u64,
    /// Stories that wait for curation.
    pub pending: u64,
    /// What is published.
    pub outputs: Vec<OutputStatus>,
    /// Programs that are told what happens.
    pub hooks: Vec<HookStatus>,
    /// The WebSub hub of our feeds, where there is one.
    pub hub: Option<HubStatus>,
    /// Sources that are not healthy, with their reasons.
    pub unhealthy: Vec<SourceListing>,
    /// Healthy sources of which an operator should know something.
    pub noted: Vec<SourceListing>,
    /// Of this program.
    pub version: &'static str,
}

/// How the sources are.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct SourceCounts {
    /// Configured.
    pub total: usize,
    /// The last poll went well.
    pub healthy: usize,
    /// The last poll failed.
    pub failing: usize,
    /// The publisher asked us to stop.
    pub gone: usize,
    /// To be polled now.
    pub due: usize,
}

/// An output as last published.
#[derive(Clone, Debug, Serialize)]
pub struct OutputStatus {
    /// Stable name.
    pub id: String,
    /// Stories in it, archive included.
    pub stories: u64,
    /// When its documents last changed.
    pub published_at: Option<String>,
    /// Whether the last ones passed their check.
    pub valid: bool,
    /// Which of them did not, and why; the last good one stays.
    pub reason: Option<String>,
    /// Items that fail their check and are left out: each the story's id and why.
    pub omitted: Vec<String>,
}

/// A program that is told what happens (`[[hook]]`).
#[derive(Clone, Debug, Serialize)]
pub struct HookStatus {
    /// Its address, without path and query, which may be secret.
    pub url: String,
    /// The output that it is told of; nothing: every output.
    pub output: Option<String>,
    /// What it is told.
    pub on: Vec<&'static str>,
    /// Deliveries that wait.
    pub waiting: usize,
    /// When it last took one.
    pub taken: Option<String>,
    /// Why it did not take the last one.
    pub reason: Option<String>,
    /// Deliveries that were given up.
    pub given_up: usize,
}

/// How the configured hooks are, in the file's order.
pub fn hooks(rows: &[HookRow], config: &Config) -> Vec<HookStatus> {
    let status = |hook: &Hook| {
        let row = rows.iter().find(|it| it.id == hook.id());
        HookStatus {
            url: hook.shown(),
            output: hook.output.as_ref().map(ToString::to_string),
            on: hook.on.iter().map(|it| it.as_str()).collect(),
            waiting: row.map_or(0, |it| it.waiting),
            taken: row.and_then(|it| it.taken).map(Timestamp::rfc3339),
            reason: row.and_then(|it| it.reason.clone()),
            given_up: row.map_or(0, |it| it.given_up),
        }
    };
    config.hooks.iter().map(status).collect()
}

/// Stories, newest first.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn stories(
    store: &Reader<'_>,
    config: &Config,
    filter: StoryFilter,
) -> Result<Vec<StoryListing>, StoreError> {
    let rows = store.sources()?;
    let credits = Credits::new(config, &rows);
    store.stories(filter)?.iter().map(|it| story(store, config, &credits, it)).collect()
}

/// Stories that wait for an editor, oldest first.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn waiting(store: &Reader<'_>, config: &Config, limit: usize) -> Result<Vec<StoryListing>, StoreError> {
    let rows = store.sources()?;
    let credits = Credits::new(config, &rows);
    store.waiting(limit)?.iter().map(|it| story(store, config, &credits, it)).collect()
}

/// One story.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn story(
    store: &Reader<'_>,
    config: &Config,
    credits: &Credits<'_>,
    story: &StoryRow,
) -> Result<StoryListing, StoreError> {
    let entries = store.member_entries(story.id)?;
    let revision = store.revision(story.id, story.revision)?;
    let content = revision.map(|it| shown_content(store, story, it.n, it.content)).transpose()?;
    let briefing = content.map(|it| it.briefing).unwrap_or_default();
    let bylines = item::bylines(credits, &entries, story.primary_entry);
    let is_published = matches!(story.state, StoryState::Published);
    Ok(StoryListing {
        id: story.tag.to_string(),
        key: story.key.to_string(),
        title: story.title.clone(),
        url: publish::absolute(&config.site.base_url, &story.path),
        state: story.state.as_str(),
        published: is_published.then(|| story.published.rfc3339()),
        publishers: bylines
            .into_iter()
            .map(|it| PublisherListing { name: it.name, url: it.url.to_string() })
            .collect(),
        topics: briefing.topics.iter().map(|it| it.name.clone()).collect(),
        engine: briefing.engine.as_str(),
        revision: story.revision,
        draft: store.draft(story.id)?,
    })
}

/// The whole, at a glance.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn status(store: &Reader<'_>, config: &Config, now: Timestamp) -> Result<Status, StoreError> {
    let listed = sources(store, config)?;
    let rows = store.sources()?;
    let by_id: HashMap<_, _> = rows.iter().map(|it| (&it.id, it)).collect();
    let paused = store.rate_limited_hosts(now)?;
    let count = |state: &str| listed.iter().filter(|it| it.state == state).count();
    let is_due = |source: &&Source| {
        source.enabled
            && by_id.get(&source.id).is_none_or(|it| {
                it.health != Health::Gone
                    && it.next_poll <= now
                    && it.retry_after.is_none_or(|at| at <= now)
                    && !paused.contains_key(&authority(it.moved_to.as_ref().unwrap_or(&it.url)))
            })
    };
    let counts = store.counts()?;
    let outputs = store.outputs()?.into_iter().map(|it| OutputStatus {
        id: it.id,
        stories: it.stories,
        published_at: it.published_at.map(Timestamp::rfc3339),
        valid: it.is_valid,
        reason: it.reason,
        omitted: it.omitted,
    });
    let with_reason = |is_state: fn(&str) -> bool| {
        listed.iter().filter(|it| is_state(it.state) && it.reason.is_some()).cloned().collect()
    };
    Ok(Status {
        sources: SourceCounts {
            total: listed.len(),
            healthy: count("healthy"),
            failing: count("failing"),
            gone: count("gone"),
            due: config.sources.iter().filter(is_due).count(),
        },
        entries: counts.entries,
        stories: counts.stories,
        held: counts.held,
        pending: counts.pending,
        outputs: outputs.collect(),
        hooks: hooks(&store.hooks()?, config),
        hub: hub::status(store, config)?,
        unhealthy: with_reason(|it| matches!(it, "failing" | "gone")),
        noted: with_reason(|it| it == "healthy"),
        version: env!("CARGO_PKG_VERSION"),
    })
}
