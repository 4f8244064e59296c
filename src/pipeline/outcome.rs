//! Writes down what came of a poll: the state of the source, its next poll, and what an operator
//! should know.

use std::sync::Arc;

use tracing::info;
use tracing::warn;
use url::Url;

use crate::config;
use crate::domain::Document;
use crate::domain::Feed;
use crate::domain::Hints;
use crate::domain::HomeClaim;
use crate::domain::PollHints;
use crate::domain::Redirect;
use crate::domain::Rights;
use crate::domain::Timestamp;
use crate::domain::Validators;
use crate::domain::registrable_domain;
use crate::parse;
use crate::parse::Parsed;
use crate::schedule;
use crate::schedule::Plan;
use crate::schedule::PollOutcome;
use crate::store::FeedFacts;
use crate::store::Health;
use crate::store::PollUpdate;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::Writer;
use crate::store::authority;

use super::context::Pipeline;
use super::document_memory::HeldDocument;
use super::ingest::store_batch;
use super::ingest::untrack;
use super::poll::Outcome;
use super::poll::Polled;
use super::poll_failure::PollFailure;
use super::redirect;
use super::removed::RemovedPlaces;
use super::signals::Signalled;

/// Dates that two documents share if they are states of one feed that changed its name.
const SAME_DATES_MIN: usize = 2;

/// Why a source is polled no more.
pub(super) const GONE: &str = "gone: the publisher answered 410 and asks not to be polled";

/// The kind of reason of a source that says nothing against its habit.
const SILENT: &str = "silent";

/// The kind of reason of a source whose feed has changed its title.
const RENAMED: &str = "renamed";

/// Dates kept to tell a source's rhythm by.
const RHYTHM_DATES_MAX: usize = 20;

/// What the next request needs to know of an answer.
pub(super) struct PollAnswer {
    pub(super) at: Timestamp,
    pub(super) validators: Validators,
    pub(super) body_hash: Option<i64>,
    pub(super) final_url: String,
    pub(super) redirects: Vec<Redirect>,
}

/// What the hosts of a document's feed, home page and articles answer.
struct HostAnswers {
    signalled: Signalled,
    home: (HomeClaim, Option<Timestamp>),
    /// Of each entry.
    of_entries: Vec<(Rights, Vec<String>)>,
}

impl Pipeline {
    async fn ask_hosts(
        self: &Arc<Self>,
        source: &config::Source,
        row: &SourceRow,
        answer: &PollAnswer,
        hints: &Hints,
        feed: &Feed,
    ) -> Result<HostAnswers, StoreError> {
        let places = places(source, Some(&answer.final_url), feed.home.as_ref());
        let removed = self.store.read(RemovedPlaces::read).await?;
        let (signalled, home, of_entries) = tokio::join!(
            self.signals_of_source(&places, hints, answer.at),
            self.home_claim(source, row, feed.home.as_ref(), answer),
            self.signals_of_entries(&feed.entries, &places, &removed, answer.at),
        );
        Ok(HostAnswers { signalled, home, of_entries })
    }

    pub(super) async fn record(
        self: &Arc<Self>,
        source: &config::Source,
        row: &SourceRow,
        answer: PollAnswer,
        document: &Document,
        parsed: Parsed,
        held: HeldDocument<'_>,
    ) -> Result<Polled, StoreError> {
        let at = answer.at;
        let Parsed { mut feed, warnings, .. } = parsed;
        untrack(&mut feed);
        let asked = self.ask_hosts(source, row, &answer, &document.hints, &feed);
        let (answers, _held) = held.while_asking(asked).await;
        let HostAnswers { signalled, home: (home_claim, home_asked), of_entries } = answers?;
        let Signalled { rights, reasons: rights_reasons, .. } =
            signalled.over(row.feed.rights, &row.feed.rights_reasons);
        feed.poll_hints.fresh_for = document.hints.fresh_for;
        let newest = newest_dates(&feed);
        let answered =
            PollOutcome::Answered { hints: &document.hints, feed: &feed.poll_hints, published: &newest };
        let next_poll = self.next_poll(source, row, at, &answered);
        let offer = self.offer(source, &document.hints, &feed, at);
        let last_poll = row.last_poll;
        let is_same_feed = is_same_feed(row, &feed, &newest);
        let operator = source.rights.after(&row.operator);
        let entries = std::mem::take(&mut feed.entries).into_iter().zip(of_entries).collect();
        let held_before = row.last_poll.filter(|_| row.health == Health::Healthy);
        let batch = self.entry_batch(source, entries, &operator, rights, (held_before, at));
        let update = PollUpdate {
            status: Some(200),
            next_poll,
            feed: Some(FeedFacts {
                title: Some(feed.title).filter(|it| !it.is_empty()),
                feed_id: feed.id,
                home: feed.home,
                home_claim,
                home_asked,
                language: feed.language,
                rights_text: feed.rights,
                rights,
                rights_reasons,
                poll_hints: feed.poll_hints,
                newest,
                warnings: warnings.iter().map(ToString::to_string).collect(),
            }),
            ..self.answered(source, row, answer, is_same_feed)
        };
        let newest = update.feed.as_ref().map(|it| &it.newest);
        let update =
            PollUpdate { reason: log_once(source, row, advisory(source, row, &update, newest)), ..update };
        let (id, config) = (source.id.clone(), Arc::clone(&self.config));
        let write = move |it: &Writer<'_>| {
            let Some(stored) = store_batch(it, &config, &id, &batch, &update, at)? else {
                return Ok((0, 0));
            };
            if 0 < stored.0 {
                it.clear_push_trust(&id, last_poll)?;
            }
            if let Ok(offer) = &offer {
                it.follow_hub(&id, |followed| offer.as_ref()?.taken(followed, at), at)?;
            }
            Ok(stored)
        };
        let (new, updated) = self.store.write(write).await?;
        self.meters.stored(new, updated);
        log_stored(source, new, updated, &warnings);
        Ok(Polled { outcome: Outcome::Modified, new, updated })
    }

    pub(super) async fn nothing_new(
        &self,
        source: &config::Source,
        row: &SourceRow,
        answer: PollAnswer,
        status: u16,
        hints: &Hints,
    ) -> Result<Polled, StoreError> {
        let is_silent = status == 304 && !hints.tells_freshness;
        let fresh_for = if is_silent { row.feed.poll_hints.fresh_for } else { hints.fresh_for };
        let fresh = &Hints { fresh_for, ..hints.clone() };
        let answered =
            PollOutcome::Answered { hints: fresh, feed: &row.feed.poll_hints, published: &row.feed.newest };
        let places = places(source, Some(&answer.final_url), row.feed.home.as_ref());
        let signalled = self.signals_of_source(&places, hints, answer.at).await;
        let Signalled { rights, reasons, .. } = signalled.over(row.feed.rights, &row.feed.rights_reasons);
        // A 304 may leave headers out (RFC 9110 §15.4.5), so it can only forbid more.
        let is_told = if status == 304 { row.feed.rights < rights } else { row.feed.rights != rights };
        let update = PollUpdate {
            status: Some(status),
            next_poll: self.next_poll(source, row, answer.at, &answered),
            rights: is_told.then_some((rights, reasons)),
            poll_hints: (fresh_for != row.feed.poll_hints.fresh_for)
                .then(|| PollHints { fresh_for, ..row.feed.poll_hints.clone() }),
            ..self.answered(source, row, answer, true)
        };
        let reason = advisory(source, row, &update, Some(&row.feed.newest));
        let update = PollUpdate { reason: log_once(source, row, reason), ..update };
        self.finish(source, update, Polled { outcome: Outcome::NotModified, new: 0, updated: 0 }).await
    }

    pub(super) async fn fail(
        &self,
        source: &config::Source,
        row: &SourceRow,
        at: Timestamp,
        failure: PollFailure,
    ) -> Result<Polled, StoreError> {
        let PollFailure { kind, words, status, retry_after, fresh_for, is_transient } = failure;
        self.meters.poll_failed(kind);
        let failed = PollOutcome::Failed {
            streak: row.failures + 1,
            retry_after,
            fresh_for,
            is_transient,
            feed: &row.feed.poll_hints,
        };
        let retry_after = retry_after.map(|it| it.min(at.plus(self.config.schedule.max)));
        let patience = retry_after.filter(|it| at < *it);
        let patience = patience.map(|it| format!("; rate-limited until {it}")).unwrap_or_default();
        let reason = format!("{kind}: {words}{patience}");
        let since = if row.health == Health::Failing { row.since } else { at };
        warn!(source.id = %source.id, reason, %since, "could not read `{}` since {since}: {reason}", source.id);
        let mut update = PollUpdate {
            health: Health::Failing,
            reason: Some(reason),
            status,
            retry_after,
            next_poll: self.next_poll(source, row, at, &failed),
            ..self.unchanged(row, at)
        };
        let is_given_up = status == Some(410) || redirect::FAILURES_MAX <= row.failures + 1;
        if row.moved_to.is_some() && is_given_up {
            // Validators belong to the address that they came from.
            (update.moved_to, update.validators) = (None, Validators::default());
        }
        if status == Some(200) {
            // What answers with something else than a feed may also say 304 in its place.
            update.validators = Validators::default();
        }
        if let Some(until) = retry_after {
            self.record_rate_limit(&redirect::address(source, row), until, at).await?;
        }
        self.finish(source, update, Polled::failed()).await
    }

    /// Notes that an address asked for patience, and says so when its host is left alone for it.
    pub(super) async fn record_rate_limit(
        &self,
        url: &Url,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (url, host) = (url.clone(), authority(url.as_str()));
        let paused = self.store.write(move |it| {
            let before = it.reader().rate_limited_hosts(now)?;
            it.record_rate_limit(&url, until, now)?;
            let mut after = it.reader().rate_limited_hosts(now)?;
            Ok(after.remove(&host).filter(|_| !before.contains_key(&host)).map(|until| (host.clone(), until)))
        });
        if let Some((host, until)) = paused.await? {
            warn!(
                "several addresses of `{host}` are rate-limited; backing off from the whole host until {until}"
            );
        }
        Ok(())
    }

    pub(super) async fn finish(
        &self,
        source: &config::Source,
        update: PollUpdate,
        polled: Polled,
    ) -> Result<Polled, StoreError> {
        let id = source.id.clone();
        self.store.write(move |it| it.record_poll(&id, &update)).await?;
        Ok(polled)
    }

    /// A poll that leaves everything as it was; each outcome names what it changes.
    pub(super) fn unchanged(&self, row: &SourceRow, at: Timestamp) -> PollUpdate {
        PollUpdate {
            at,
            next_poll: at.plus(self.config.schedule.max),
            next_if_pushed: schedule::push::poll_after_push(at, Some(at), row.failures),
            health: row.health,
            reason: None,
            status: None,
            retry_after: None,
            validators: row.validators.clone(),
            body_hash: row.body_hash,
            last_whole: row.last_whole,
            feed: None,
            poll_hints: None,
            final_url: row.final_url.clone(),
            moved_to: row.moved_to.clone(),
            pending_redirect: row.pending_redirect.clone(),
            rights: None,
        }
    }

    /// When a source is polled next after this outcome.
    pub(super) fn next_poll(
        &self,
        source: &config::Source,
        row: &SourceRow,
        at: Timestamp,
        outcome: &PollOutcome<'_>,
    ) -> Timestamp {
        let plan = Plan::of(source, &self.config.schedule, self.config.site.timezone);
        let next = schedule::next_poll(at, outcome, &plan);
        match (outcome, row.push_trusted_until) {
            (PollOutcome::Answered { .. }, Some(until)) => schedule::slowed(at, next, until, &plan),
            _ => next,
        }
    }

    /// A poll that was answered, with a document or with the news that there is none.
    fn answered(
        &self,
        source: &config::Source,
        row: &SourceRow,
        answer: PollAnswer,
        is_same_feed: bool,
    ) -> PollUpdate {
        let whereabouts = redirect::after(source, row, &answer.redirects, is_same_feed, answer.at);
        if row.health == Health::Failing {
            info!(source.id = %source.id, "`{}` answers again; it failed since {}", source.id, row.since);
        }
        if let Some(to) = whereabouts.moved_to.as_ref().filter(|it| row.moved_to.as_ref() != Some(it)) {
            warn!(source.id = %source.id, "`{}` is permanently redirected and now polled at {to}; \
                update its address in the configuration", source.id);
        }
        PollUpdate {
            health: Health::Healthy,
            validators: answer.validators,
            body_hash: answer.body_hash,
            final_url: Some(answer.final_url),
            moved_to: whereabouts.moved_to,
            pending_redirect: whereabouts.pending_redirect,
            ..self.unchanged(row, answer.at)
        }
    }
}

/// Where a source speaks of its rights: its addresses, one for each host, and its home page where it
/// has the domain of one of them.
fn places(source: &config::Source, found: Option<&str>, home: Option<&Url>) -> Vec<Url> {
    let found = found.and_then(|it| Url::parse(it).ok());
    let mut places = vec![source.url.clone()];
    places.extend(found.filter(|it| it.origin() != source.url.origin()));
    let is_theirs = |home: &&Url| places.iter().any(|it| registrable_domain(it) == registrable_domain(home));
    let is_known = |home: &&Url| places.iter().any(|it| it.origin() == home.origin());
    let further = home.filter(|it| is_theirs(it) && !is_known(it)).cloned();
    places.extend(further);
    places
}

fn log_stored(source: &config::Source, new: usize, updated: usize, warnings: &[parse::Warning]) {
    if 0 < new + updated {
        info!(source.id = %source.id, entries.new = new, entries.updated = updated,
            "stored {new} new and {updated} changed entries from `{}`", source.id);
    }
    for warning in warnings {
        tracing::debug!(source.id = %source.id, "{warning}");
    }
}

/// What an operator should know of a source that is well.
fn advisory(
    source: &config::Source,
    row: &SourceRow,
    update: &PollUpdate,
    newest: Option<&Vec<Timestamp>>,
) -> Option<String> {
    let silence = newest.and_then(|it| schedule::silence(update.at, it)).map(|it| {
        let hours = (it.usual_gap.as_secs() / 3600).max(1);
        let usual = if hours < 48 { format!("{hours} h") } else { format!("{} days", hours / 24) };
        format!("{SILENT}: no entry since {}, though one used to come every {usual}", it.since)
    });
    let moved = || {
        let to = update.moved_to.as_ref()?;
        // Reasons are shown to everyone, and the log to the operator.
        let to = if source.listed { to } else { "another address, which the log names" };
        Some(format!("moved: it is polled at {to}; write that address into the configuration"))
    };
    let renamed = || {
        let credited = row.feed.title.as_ref().filter(|_| source.publisher.is_none())?;
        let is_known = row.reason.as_ref().is_some_and(|it| it.starts_with(RENAMED));
        let is_renamed = match update.feed.as_ref() {
            Some(feed) => feed.title.as_ref().is_some_and(|it| it != credited),
            None => is_known,
        };
        is_renamed.then(|| {
            format!("{RENAMED}: its feed has another title now; it is credited as `{credited}` until you set `publisher`")
        })
    };
    silence.or_else(moved).or_else(renamed)
}

/// Says in the log that a source has fallen silent or changed its name, once. Of a move it is said where
/// it is made.
fn log_once(source: &config::Source, row: &SourceRow, reason: Option<String>) -> Option<String> {
    for kind in [SILENT, RENAMED] {
        let is_of_kind = |it: &String| it.starts_with(kind);
        if let Some(reason) = reason.as_ref().filter(|it| is_of_kind(it))
            && !row.reason.as_ref().is_some_and(is_of_kind)
        {
            info!(source.id = %source.id, reason, "`{}` is {reason}", source.id);
        }
    }
    reason
}

/// Whether a document is a later state of what the source sent before.
fn is_same_feed(row: &SourceRow, feed: &Feed, newest: &[Timestamp]) -> bool {
    let is_first = row.feed.title.is_none() && row.feed.feed_id.is_none() && row.feed.newest.is_empty();
    let shares_id = feed.id.is_some() && feed.id == row.feed.feed_id;
    let shares_title = !feed.title.is_empty() && row.feed.title.as_ref() == Some(&feed.title);
    let shared_dates = newest.iter().filter(|it| row.feed.newest.contains(it)).count();
    is_first || shares_id || shares_title || SAME_DATES_MIN <= shared_dates
}

/// The newest dates of a document, from which its rhythm is read.
fn newest_dates(feed: &Feed) -> Vec<Timestamp> {
    let mut dates: Vec<_> = feed.entries.iter().filter_map(|it| it.published.or(it.updated)).collect();
    dates.sort_unstable_by(|a, b| b.cmp(a));
    dates.truncate(RHYTHM_DATES_MAX);
    dates
}
