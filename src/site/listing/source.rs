//! Sources as listings show them.

use std::collections::HashMap;

use serde::Serialize;

use crate::config::Config;
use crate::config::Source;
use crate::config::SourceRights;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Subscription;
use crate::domain::SubscriptionState;
use crate::domain::Timestamp;
use crate::pipeline::Credits;
use crate::pipeline::named_feed;
use crate::store::Health;
use crate::store::Reader;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::authority;

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
    let by_id: HashMap<_, _> = rows.iter().map(|it| (&it.id, it)).collect();
    let listing = config.sources.iter().map(|source| {
        let known = KnownOfSource {
            row: by_id.get(&source.id).copied(),
            entries: counts.get(&source.id).copied().unwrap_or(0),
            push: pushes.get(&source.id).cloned(),
        };
        SourceListing::of(source, known, &credits, &paused)
    });
    Ok(listing.collect())
}

/// A configured source, as it stands in the list of all.
pub(in crate::site) fn source(
    store: &Reader<'_>,
    config: &Config,
    credits: &Credits<'_>,
    id: &SourceId,
) -> Result<Option<SourceListing>, StoreError> {
    let Some(source) = config.sources.iter().find(|it| it.id == *id) else { return Ok(None) };
    let row = store.source(id)?;
    let subscriptions = store.subscriptions_of(id)?;
    let known = KnownOfSource {
        row: row.as_ref(),
        entries: store.entry_count(id)?,
        push: subscriptions.iter().rfind(|it| it.state != SubscriptionState::Ending).map(PushListing::of),
    };
    let paused = store.rate_limited_hosts(Timestamp::default())?;
    Ok(Some(SourceListing::of(source, known, credits, &paused)))
}

/// What the store knows of a configured source.
struct KnownOfSource<'a> {
    row: Option<&'a SourceRow>,
    entries: u64,
    push: Option<PushListing>,
}

impl SourceListing {
    fn of(
        source: &Source,
        known: KnownOfSource<'_>,
        credits: &Credits<'_>,
        paused: &HashMap<String, Timestamp>,
    ) -> Self {
        let row = known.row;
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
        Self {
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
            entries: known.entries,
            last_poll: row.and_then(|it| it.last_poll).map(Timestamp::rfc3339),
            next_poll: row
                .filter(|it| it.last_poll.is_some() && it.health != Health::Gone && source.enabled)
                .map(|it| next_poll(it, paused).rfc3339()),
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
            push: known.push,
        }
    }
}

/// When a source is asked next: not before it or its host wishes.
fn next_poll(row: &SourceRow, paused: &HashMap<String, Timestamp>) -> Timestamp {
    let of_host = paused.get(&authority(row.moved_to.as_ref().unwrap_or(&row.url))).copied();
    row.retry_after.into_iter().chain(of_host).fold(row.next_poll, Timestamp::max)
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
