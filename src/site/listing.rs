//! Sources, stories and status as listings show them: the same fields in the
//! command line's `--json` and in the API.

mod hub;

use std::collections::HashMap;

use serde::Serialize;

use crate::config::Config;
use crate::config::Hook;
use crate::config::SourceRights;
use crate::domain::Rights;
use crate::domain::StoryState;
use crate::domain::Subscription;
use crate::domain::SubscriptionState;
use crate::domain::Timestamp;
use crate::pipeline::Credits;
use crate::pipeline::item;
use crate::pipeline::named_feed;
use crate::pipeline::shown_content;
use crate::publish;
use crate::store::Health;
use crate::store::HookRow;
use crate::store::Reader;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::StoryFilter;
use crate::store::StoryRow;
use crate::store::authority;

pub use self::hub::HubStatus;

/// A source.
#[derive(Clone, Debug, Serialize)]
pub struct SourceListing {
    /// Stable name.
    pub id: String,
    /// The feed; its home page stands in its place when it is unlisted.
    pub url: String,
    /// Whom its entries are credited to.
    pub publisher: String,
    /// `new`, `healthy`, `failing`, `gone` or `disabled`.
    pub state: &'static str,
    /// `kind: words`, where it is not healthy, or is and has moved or fallen silent.
    pub reason: Option<String>,
    /// The feed that the page names which came in place of this one.
    pub names_feed: Option<String>,
    /// Since when it is so.
    pub since: Option<String>,
    /// Last HTTP status.
    pub status: Option<u16>,
    /// Entries stored.
    pub entries: u64,
    /// Start of the last poll.
    pub last_poll: Option<String>,
    /// When it is due; nothing where it is polled no more.
    pub next_poll: Option<String>,
    /// What publisher and operator allow.
    pub rights: &'static str,
    /// Which of the publisher's signals say so.
    pub rights_reasons: Vec<String>,
    /// Where it is polled since it has moved for good.
    pub moved_to: Option<String>,
    /// Where permanent redirects point that are not confirmed yet.
    pub moving_to: Option<String>,
    /// What was repaired or dropped in the last document.
    pub warnings: Vec<String>,
    /// What was agreed with its hub, where it names one.
    pub push: Option<PushListing>,
}

/// A subscription at a hub (WebSub).
#[derive(Clone, Debug, Serialize)]
pub struct PushListing {
    /// The hub.
    pub hub: String,
    /// `waiting`, `active` or `denied`.
    pub state: &'static str,
    /// When the lease ends.
    pub until: Option<String>,
    /// The last push, unless news came without one since.
    pub pushed: Option<String>,
    /// What went wrong last.
    pub reason: Option<String>,
}

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

/// All configured sources, in the file's order.
///
/// # Errors
/// Fails where the store cannot be read.
pub fn sources(store: &Reader<'_>, config: &Config) -> Result<Vec<SourceListing>, StoreError> {
    let rows = store.sources()?;
    let credits = Credits::new(config, &rows);
    let counts = store.entry_counts()?;
    let subscriptions = store.subscriptions()?;
    let wanted = subscriptions.iter().filter(|it| it.state != SubscriptionState::Ending);
    let pushes: HashMap<_, _> = wanted.map(|it| (&it.source, PushListing::of(it))).collect();
    // Those that have ended lie in the past, as what is due does.
    let paused = store.rate_limited_hosts(Timestamp::default())?;
    let next_poll = |it: &SourceRow| {
        let of_host = paused.get(&authority(it.moved_to.as_ref().unwrap_or(&it.url))).copied();
        it.retry_after.into_iter().chain(of_host).fold(it.next_poll, Timestamp::max)
    };
    let by_id: HashMap<_, _> = rows.iter().map(|it| (&it.id, it)).collect();
    let listing = config.sources.iter().map(|source| {
        let row = by_id.get(&source.id).copied();
        let state = match row {
            _ if !source.enabled => "disabled",
            Some(row) => row.health.as_str(),
            None => Health::New.as_str(),
        };
        let home = credits.home(&source.id).or_else(|| source.url.join("/").ok());
        let shown = if source.listed { Some(source.url.clone()) } else { home };
        let signalled = row.map(|it| it.feed.rights).unwrap_or_default();
        let operator = credits.operator(&source.id);
        let rights = operator.allowed(signalled);
        let holds = source.rights == SourceRights::Unsaid && Rights::Any < operator.strictest;
        let said = operator.licence.map(|it| format!("licence: {it}")).or_else(|| {
            let word = operator.strictest.as_str();
            holds.then(|| format!("set by you before; write rights = \"any\" to lift `{word}`"))
        });
        SourceListing {
            id: source.id.to_string(),
            url: shown.map(|it| it.to_string()).unwrap_or_default(),
            publisher: if row.is_some() {
                credits.name(&source.id)
            } else {
                let host = || source.url.host_str().unwrap_or_default().to_owned();
                source.publisher.clone().unwrap_or_else(host)
            },
            state,
            names_feed: row.and_then(|it| named_feed(it.reason.as_deref()?)).map(str::to_owned),
            reason: row.and_then(|it| it.reason.clone()),
            since: row.map(|it| it.since.rfc3339()),
            status: row.and_then(|it| it.status),
            entries: counts.get(&source.id).copied().unwrap_or(0),
            last_poll: row.and_then(|it| it.last_poll).map(Timestamp::rfc3339),
            next_poll: row
                .filter(|it| it.last_poll.is_some() && it.health != Health::Gone && source.enabled)
                .map(|it| next_poll(it).rfc3339()),
            rights: rights.as_str(),
            rights_reasons: said
                .into_iter()
                .chain(row.map(|it| it.feed.rights_reasons.clone()).unwrap_or_default())
                .collect(),
            moved_to: row.filter(|_| source.listed).and_then(|it| it.moved_to.clone()),
            moving_to: row
                .filter(|_| source.listed)
                .and_then(|it| it.pending_redirect.as_ref())
                .map(|it| it.to.clone()),
            warnings: row.map(|it| it.feed.warnings.clone()).unwrap_or_default(),
            push: pushes.get(&source.id).cloned(),
        }
    });
    Ok(listing.collect())
}

impl PushListing {
    fn of(it: &Subscription) -> Self {
        Self {
            hub: it.hub.to_string(),
            state: it.state.as_str(),
            until: it.until.map(Timestamp::rfc3339),
            pushed: it.pushed.map(Timestamp::rfc3339),
            reason: it.reason.clone(),
        }
    }
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
    let is_due = |source: &&crate::config::Source| {
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
