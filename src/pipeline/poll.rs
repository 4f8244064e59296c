//! One poll of one source: fetch, parse, identify, store.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tracing::info;
use tracing::warn;
use url::Url;

use crate::config;
use crate::config::Auth;
use crate::config::Config;
use crate::config::EngineChoice;
use crate::config::Pattern;
use crate::domain::CanonicalUrl;
use crate::domain::Document;
use crate::domain::Entry;
use crate::domain::EntryId;
use crate::domain::Feed;
use crate::domain::Hints;
use crate::domain::OperatorRights;
use crate::domain::PollHints;
use crate::domain::Redirect;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::domain::Validators;
use crate::domain::registrable_domain;
use crate::extract;
use crate::fetch;
use crate::fetch::Ask;
use crate::fetch::FetchError;
use crate::fetch::Fetched;
use crate::identify;
use crate::identify::Fingerprint;
use crate::identify::Identity;
use crate::identify::Known;
use crate::identify::Shingles;
use crate::parse;
use crate::parse::Parsed;
use crate::schedule;
use crate::schedule::Plan;
use crate::schedule::PollOutcome;
use crate::store::EntryHashes;
use crate::store::FeedFacts;
use crate::store::Health;
use crate::store::KnownRow;
use crate::store::NewEntry;
use crate::store::PageState;
use crate::store::PollUpdate;
use crate::store::REMOVED_KEY;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::Writer;
use crate::store::authority;

use super::DOCUMENT_BYTES_MAX;
use super::Pipeline;
use super::moving;
use super::place::note_choices;
use super::removed::RemovedPlaces;
use super::removed::leading_to_removed;
use super::signals::Signalled;
use super::unreadable::Told;
use super::unreadable::unreadable;

/// How long 304s are believed; then a source is asked for its whole document once,
/// for there are publishers whose validators never change.
const NOT_MODIFIED_BELIEVED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Dates that two documents share if they are states of one feed that changed its name.
const SAME_DATES_MIN: usize = 2;

/// Why a source is polled no more.
pub(super) const GONE: &str = "gone: the publisher answered 410 and asks not to be polled";

/// Why a source is not asked.
pub(super) const ROBOTS_DISALLOWS: &str = "robots.txt has a rule for bylined that disallows this feed";

/// The kind of reason of a source that says nothing against its habit.
const SILENT: &str = "silent";

/// Dates kept to tell a source's rhythm by.
const RHYTHM_DATES_MAX: usize = 20;

/// What became of a poll.
#[derive(Clone, Copy, Debug)]
pub struct Polled {
    /// How it went.
    pub outcome: Outcome,
    /// Entries seen for the first time.
    pub new: usize,
    /// Known entries that changed.
    pub updated: usize,
}

/// How a poll went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// There was a new document.
    Modified,
    /// There was nothing new.
    NotModified,
    /// There was nothing to read; the source says why.
    Failed,
}

impl Polled {
    pub(super) fn failed() -> Self {
        Self { outcome: Outcome::Failed, new: 0, updated: 0 }
    }
}

/// A document as read, ready to be stored in one go.
struct Reading {
    prints: Vec<Fingerprint>,
    entries: Vec<NewEntry>,
}

impl Pipeline {
    /// Polls one source that this process has leased, and records the outcome.
    /// Whatever the source does is its own state; only a failing store is an error.
    pub async fn poll(&self, source: &config::Source, mut row: SourceRow) -> Result<Polled, StoreError> {
        let at = self.now();
        let address = moving::address(source, &row);
        if !self.robots(&address, at).await.allows_feed(&address) {
            return self.fail(source, &row, at, Failure::of_rules("robots", ROBOTS_DISALLOWS)).await;
        }
        let authorization = match source.auth.as_ref().map(authorization).transpose() {
            Ok(value) => value,
            Err(words) => return self.fail(source, &row, at, Failure::of_rules("auth", &words)).await,
        };
        let is_whole = is_to_be_whole(&row, at);
        let ask = Ask {
            url: &address,
            validators: (!is_whole).then_some(&row.validators),
            headers: &source.headers,
            authorization: authorization.as_deref(),
        };
        let may = async |to: Url| self.robots(&to, at).await.allows_feed(&to);
        let mut answer = fetch::get(&self.client, ask, may, at).await;
        if let Ok(Fetched::NotModified { found, .. }) = &answer
            && row.found.as_deref().is_some_and(|it| it != found.as_str())
        {
            // The validators are another address's: what it holds was never read.
            answer = fetch::get(&self.client, Ask { validators: None, ..ask }, may, at).await;
        }
        if is_whole || matches!(answer, Ok(Fetched::Modified { .. })) {
            row.last_whole = Some(at);
        }
        match answer {
            Ok(Fetched::Modified { document, validators, room }) => {
                let body_hash = identify::hash64(&document.bytes);
                let seen = Seen {
                    at,
                    validators,
                    body_hash: Some(body_hash),
                    found: document.found.to_string(),
                    redirects: document.redirects.clone(),
                };
                if row.body_hash == Some(body_hash) {
                    return self.nothing_new(source, &row, seen, 200, &document.hints).await;
                }
                // Two always have room together.
                let size = document.bytes.len().try_into().unwrap_or(u32::MAX).min(DOCUMENT_BYTES_MAX / 2);
                // Neither is ever closed.
                let _held = self.document_bytes.acquire_many(size).await;
                let parser = self.parsers.acquire().await;
                let told = if source.listed { Told::Everyone } else { Told::NoAddress };
                let read = move || {
                    let parsed = parse::feed(&document);
                    let parsed = parsed.map_err(|error| unreadable(&document, &error, told));
                    // What is read is held once.
                    (parsed, Document { bytes: Vec::new(), ..document })
                };
                let (parsed, document) = match tokio::task::spawn_blocking(read).await {
                    Ok(read) => read,
                    Err(_) => {
                        let failure = Failure::of_document("parse", "the parser broke off".to_owned());
                        return self.fail(source, &row, at, failure).await;
                    }
                };
                drop((parser, room));
                match parsed {
                    Ok(parsed) => self.record(source, &row, seen, &document, parsed).await,
                    Err((kind, words)) => {
                        self.fail(source, &row, at, Failure::of_document(kind, words)).await
                    }
                }
            }
            Ok(Fetched::NotModified { validators, found, redirects, hints }) => {
                let found = found.to_string();
                let seen = Seen { at, validators, body_hash: row.body_hash, found, redirects };
                self.nothing_new(source, &row, seen, 304, &hints).await
            }
            Ok(Fetched::Gone) if row.moved_to.is_some() => {
                // It is for the configured address to say that.
                let words = "the address it moved to answered 410; the configured one is asked next";
                let failure = Failure::of_document("gone", words.to_owned());
                self.fail(source, &row, at, Failure { status: Some(410), ..failure }).await
            }
            Ok(Fetched::Gone) => {
                let update = PollUpdate {
                    health: Health::Gone,
                    reason: Some(GONE.to_owned()),
                    status: Some(410),
                    ..self.unchanged(&row, at)
                };
                warn!(source.id = %source.id, "`{}` is gone (410); it is polled no more", source.id);
                self.finish(source, update, Polled::failed()).await
            }
            Err(error) => self.fail(source, &row, at, Failure::of_fetch(&error)).await,
        }
    }

    async fn record(
        &self,
        source: &config::Source,
        row: &SourceRow,
        seen: Seen,
        document: &Document,
        parsed: Parsed,
    ) -> Result<Polled, StoreError> {
        let at = seen.at;
        let Parsed { mut feed, warnings, .. } = parsed;
        untrack(&mut feed);
        let places = places(source, Some(&seen.found), feed.home.as_ref());
        let signalled = self.signals_of_source(&places, &document.hints, at).await;
        let Signalled { rights, reasons: rights_reasons, .. } =
            signalled.over(row.rights, &row.rights_reasons);
        let (home_claim, home_asked) = self.home_claim(source, row, feed.home.as_ref(), &seen).await;
        let removed = self.store.read(RemovedPlaces::read).await?;
        let of_entries = self.signals_of_entries(&feed.entries, &places, &removed, at).await;
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
        let reading = self.reading(source, entries, &operator, rights, at);
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
                wishes: feed.poll_hints,
                newest,
                warnings: warnings.iter().map(ToString::to_string).collect(),
            }),
            ..self.answered(source, row, seen, is_same_feed)
        };
        let newest = update.feed.as_ref().map(|it| &it.newest);
        let update = PollUpdate { reason: told(source, row, standing(source, &update, newest)), ..update };
        let (id, config) = (source.id.clone(), Arc::clone(&self.config));
        let write = move |it: &Writer<'_>| {
            let stored = store_reading(it, &config, &id, &reading, &update, at)?;
            if 0 < stored.0 {
                it.note_untold(&id, last_poll)?;
            }
            if let Ok(offer) = &offer {
                it.follow_hub(&id, |followed| offer.as_ref()?.taken(followed, at), at)?;
            }
            Ok(stored)
        };
        let (new, updated) = self.store.write(write).await?;
        let total = new + updated;
        if 0 < total {
            info!(source.id = %source.id, entries.new = new, entries.updated = updated,
                "stored {new} new and {updated} changed entries from `{}`", source.id);
        }
        for warning in &warnings {
            tracing::debug!(source.id = %source.id, "{warning}");
        }
        Ok(Polled { outcome: Outcome::Modified, new, updated })
    }

    fn reading(
        &self,
        source: &config::Source,
        entries: Vec<(Entry, (Rights, Vec<String>))>,
        operator: &OperatorRights,
        signalled: Rights,
        at: Timestamp,
    ) -> Reading {
        let prints: Vec<_> = entries.iter().map(|it| Fingerprint::of(&it.0)).collect();
        let entries = entries.into_iter().zip(&prints).map(|((entry, own), print)| {
            let rights = operator.allowed(signalled.max(own.0));
            NewEntry {
                rights: own.0,
                rights_reasons: own.1,
                ..self.new_entry(source, entry, print, rights, at)
            }
        });
        Reading { entries: entries.collect(), prints }
    }

    fn new_entry(
        &self,
        source: &config::Source,
        entry: Entry,
        print: &Fingerprint,
        rights: Rights,
        at: Timestamp,
    ) -> NewEntry {
        let published = identify::published(&entry, at);
        let is_backlog = self.config.curation.backlog.is_some_and(|it| it < at.since(published));
        let is_excluded = !passes(source, &entry);
        let is_kept = is_backlog || is_excluded;
        let text = entry.content.or_else(|| entry.summary.clone()).unwrap_or_default();
        let wants_page = source.full_text
            && self.config.curation.engine != EngineChoice::Editor
            && rights < Rights::Link
            && !is_kept
            && print.canonical.is_some()
            && extract::is_cut(&text, entry.summary.as_deref());
        let has_text = identify::has_own_text(&entry.title, &text);
        NewEntry {
            title: entry.title,
            guid: print.id.clone(),
            guid_hash: print.id.as_deref().map(identify::hash64),
            link: entry.link,
            canonical: print.canonical.as_ref().map(|it| it.as_str().to_owned()),
            link_hash: print.canonical.as_ref().map(|it| identify::hash64(it.as_str())),
            place_hash: print.place_hash(),
            number_hash: print.number_hash,
            title_hash: print.title_hash,
            text_hash: print.text_hash,
            has_text,
            content_hash: print.content_hash,
            summary: entry.summary,
            authors: entry.authors,
            categories: entry.categories,
            language: entry.language,
            rights_text: entry.rights,
            origin: entry.origin,
            enclosure: entry.enclosure,
            published_given: entry.published,
            published,
            updated: entry.updated.filter(|it| *it <= at),
            is_kept,
            is_excluded,
            page: if wants_page { PageState::Wanted } else { PageState::Unneeded },
            rights: Rights::Any,
            rights_reasons: Vec::new(),
            text,
        }
    }

    async fn nothing_new(
        &self,
        source: &config::Source,
        row: &SourceRow,
        seen: Seen,
        status: u16,
        hints: &Hints,
    ) -> Result<Polled, StoreError> {
        let is_silent = status == 304 && !hints.tells_freshness;
        let fresh_for = if is_silent { row.wishes.fresh_for } else { hints.fresh_for };
        let fresh = &Hints { fresh_for, ..hints.clone() };
        let answered = PollOutcome::Answered { hints: fresh, feed: &row.wishes, published: &row.newest };
        let places = places(source, Some(&seen.found), row.home.as_ref());
        let signalled = self.signals_of_source(&places, hints, seen.at).await;
        let Signalled { rights, reasons, .. } = signalled.over(row.rights, &row.rights_reasons);
        // A 304 may leave headers out (RFC 9110 §15.4.5), so it can only forbid more.
        let is_told = if status == 304 { row.rights < rights } else { row.rights != rights };
        let update = PollUpdate {
            status: Some(status),
            next_poll: self.next_poll(source, row, seen.at, &answered),
            rights: is_told.then_some((rights, reasons)),
            wishes: (fresh_for != row.wishes.fresh_for)
                .then(|| PollHints { fresh_for, ..row.wishes.clone() }),
            ..self.answered(source, row, seen, true)
        };
        let reason = standing(source, &update, Some(&row.newest));
        let update = PollUpdate { reason: told(source, row, reason), ..update };
        self.finish(source, update, Polled { outcome: Outcome::NotModified, new: 0, updated: 0 }).await
    }

    async fn fail(
        &self,
        source: &config::Source,
        row: &SourceRow,
        at: Timestamp,
        failure: Failure,
    ) -> Result<Polled, StoreError> {
        let Failure { kind, words, status, retry_after, fresh_for, is_transient } = failure;
        let failed = PollOutcome::Failed {
            streak: row.failures + 1,
            retry_after,
            fresh_for,
            is_transient,
            feed: &row.wishes,
        };
        let retry_after = retry_after.map(|it| it.min(at.plus(self.config.schedule.max)));
        let patience = retry_after.filter(|it| at < *it);
        let patience = patience.map(|it| format!("; it asks for patience until {it}")).unwrap_or_default();
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
        let is_given_up = status == Some(410) || moving::FAILURES_MAX <= row.failures + 1;
        if row.moved_to.is_some() && is_given_up {
            // Validators belong to the address that they came from.
            (update.moved_to, update.validators) = (None, Validators::default());
        }
        if status == Some(200) {
            // What answers with something else than a feed may also say 304 in its place.
            update.validators = Validators::default();
        }
        if let Some(until) = retry_after {
            self.note_pause(&moving::address(source, row), until, at).await?;
        }
        self.finish(source, update, Polled::failed()).await
    }

    /// Notes that an address asked for patience, and says so when its host is left alone for it.
    pub(super) async fn note_pause(
        &self,
        url: &Url,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (url, host) = (url.clone(), authority(url.as_str()));
        let paused = self.store.write(move |it| {
            let before = it.reader().paused_hosts(now)?;
            it.note_pause(&url, until, now)?;
            let mut after = it.reader().paused_hosts(now)?;
            Ok(after.remove(&host).filter(|_| !before.contains_key(&host)).map(|until| (host.clone(), until)))
        });
        if let Some((host, until)) = paused.await? {
            warn!(
                "several addresses of `{host}` ask for patience; the whole host is left alone until {until}"
            );
        }
        Ok(())
    }

    async fn finish(
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
    fn unchanged(&self, row: &SourceRow, at: Timestamp) -> PollUpdate {
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
            wishes: None,
            found: row.found.clone(),
            moved_to: row.moved_to.clone(),
            moving: row.moving.clone(),
            rights: None,
        }
    }

    /// A poll that was answered, with a document or with the news that there is none.
    fn answered(
        &self,
        source: &config::Source,
        row: &SourceRow,
        seen: Seen,
        is_same_feed: bool,
    ) -> PollUpdate {
        let whereabouts = moving::after(source, row, &seen.redirects, is_same_feed, seen.at);
        if row.health == Health::Failing {
            info!(source.id = %source.id, "`{}` answers again; it failed since {}", source.id, row.since);
        }
        if let Some(to) = whereabouts.moved_to.as_ref().filter(|it| row.moved_to.as_ref() != Some(it)) {
            warn!(source.id = %source.id, "`{}` has moved for good and is polled at {to} from now on; \
                write that address into the configuration", source.id);
        }
        PollUpdate {
            health: Health::Healthy,
            validators: seen.validators,
            body_hash: seen.body_hash,
            found: Some(seen.found),
            moved_to: whereabouts.moved_to,
            moving: whereabouts.moving,
            ..self.unchanged(row, seen.at)
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
        match (outcome, row.told_until) {
            (PollOutcome::Answered { .. }, Some(until)) => schedule::slowed(at, next, until, &plan),
            _ => next,
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

/// Whether to ask unconditionally: only a source that answers 304, and after it did
/// so for as long as that is believed.
fn is_to_be_whole(row: &SourceRow, at: Timestamp) -> bool {
    let is_recent = |it: Timestamp| it <= at && at.since(it) < NOT_MODIFIED_BELIEVED;
    row.status == Some(304) && row.last_whole.is_some_and(|it| !is_recent(it))
}

/// What the next question will need of an answer.
pub(super) struct Seen {
    pub(super) at: Timestamp,
    validators: Validators,
    body_hash: Option<i64>,
    pub(super) found: String,
    redirects: Vec<Redirect>,
}

/// What an operator should know of a source that is well.
fn standing(source: &config::Source, update: &PollUpdate, newest: Option<&Vec<Timestamp>>) -> Option<String> {
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
    silence.or_else(moved)
}

/// Says in the log that a source has fallen silent, once. Of a move it is said where it is made.
fn told(source: &config::Source, row: &SourceRow, reason: Option<String>) -> Option<String> {
    let is_silence = |it: &String| it.starts_with(SILENT);
    if let Some(reason) = reason.as_ref().filter(|it| is_silence(it))
        && !row.reason.as_ref().is_some_and(is_silence)
    {
        info!(source.id = %source.id, reason, "`{}` is {reason}", source.id);
    }
    reason
}

/// Whether a document is a later state of what the source sent before.
fn is_same_feed(row: &SourceRow, feed: &Feed, newest: &[Timestamp]) -> bool {
    let is_first = row.title.is_none() && row.feed_id.is_none() && row.newest.is_empty();
    let shares_id = feed.id.is_some() && feed.id == row.feed_id;
    let shares_title = !feed.title.is_empty() && row.title.as_ref() == Some(&feed.title);
    let shared_dates = newest.iter().filter(|it| row.newest.contains(it)).count();
    is_first || shares_id || shares_title || SAME_DATES_MIN <= shared_dates
}

/// Why a poll yielded nothing.
struct Failure {
    kind: &'static str,
    words: String,
    status: Option<u16>,
    retry_after: Option<Timestamp>,
    fresh_for: Option<Duration>,
    is_transient: bool,
}

impl Failure {
    fn of_fetch(error: &FetchError) -> Self {
        Self {
            kind: error.reason_kind(),
            words: whole_reason(error),
            status: error.status(),
            retry_after: error.retry_after(),
            fresh_for: error.fresh_for(),
            is_transient: error.is_transient(),
        }
    }

    /// It was not even asked.
    fn of_rules(kind: &'static str, words: &str) -> Self {
        Self { status: None, is_transient: false, ..Self::of_document(kind, words.to_owned()) }
    }

    fn of_document(kind: &'static str, words: String) -> Self {
        let (retry_after, fresh_for) = (None, None);
        Self { kind, words, status: Some(200), retry_after, fresh_for, is_transient: true }
    }
}

/// Whether the operator's `include` and `exclude` let an entry of a source be curated.
fn passes(source: &config::Source, entry: &Entry) -> bool {
    let authors = entry.authors.iter().map(|it| it.name.as_str());
    let texts: Vec<&str> = [entry.title.as_str()]
        .into_iter()
        .chain(entry.summary.as_deref())
        .chain(entry.content.as_deref())
        .chain(entry.categories.iter().map(String::as_str))
        .chain(authors)
        .collect();
    let matches = |it: &Pattern| texts.iter().any(|text| it.matches(text));
    let is_included = source.include.is_empty() || source.include.iter().any(matches);
    is_included && !source.exclude.iter().any(matches)
}

/// Takes what only follows readers out of the links that are published, and read, later.
fn untrack(feed: &mut Feed) {
    let of_entries = feed.entries.iter_mut().flat_map(|it| {
        [it.link.as_mut(), it.via.as_mut(), it.origin.as_mut().and_then(|it| it.home.as_mut())]
    });
    for link in of_entries.chain([feed.home.as_mut()]).flatten() {
        *link = identify::without_tracking(link);
    }
}

/// The newest dates of a document, from which its rhythm is read.
fn newest_dates(feed: &Feed) -> Vec<Timestamp> {
    let mut dates: Vec<_> = feed.entries.iter().filter_map(|it| it.published.or(it.updated)).collect();
    dates.sort_unstable_by(|a, b| b.cmp(a));
    dates.truncate(RHYTHM_DATES_MAX);
    dates
}

/// Stores what a document held, and the poll, in one savepoint. Nothing is stored of what a removed
/// publisher's articles are called in it but digests.
fn store_reading(
    store: &Writer<'_>,
    config: &Config,
    source: &SourceId,
    reading: &Reading,
    update: &PollUpdate,
    at: Timestamp,
) -> Result<(usize, usize), StoreError> {
    if store.give_back_if_removed(source)? {
        return Ok((0, 0));
    }
    let hashes: Vec<EntryHashes> =
        reading.prints.iter().zip(&reading.entries).map(|it| hashes_of(it.0, it.1)).collect();
    let rows = store.known_entries(source, &hashes)?;
    let mut known: Vec<Known> =
        rows.into_iter().map(|it| known_of(named_again(it, &reading.entries))).collect();
    let mut identities = identify::entries(&reading.prints, &known);
    if add_by_number(store, source, reading, &identities, &mut known)? {
        identities = identify::entries(&reading.prints, &known);
    }
    // First: the home page that the document claims tells which articles are the source's own.
    store.record_poll(source, update)?;
    let removed = leading_to_removed(&store.reader(), config, source, &reading.entries)?;
    let stored: HashMap<_, _> = known.iter().map(|it| (it.id, &it.print)).collect();
    let is_blank = |it: &EntryId| stored.get(it).is_some_and(|it| it.key.starts_with(REMOVED_KEY));
    let home = update.feed.as_ref().and_then(|it| identify::site(it.home.as_ref()?));
    let (mut new, mut updated) = (0, 0);
    for ((identity, entry), is_removed) in identities.into_iter().zip(&reading.entries).zip(removed) {
        if is_removed {
            match identity {
                Identity::New { key } => {
                    store.insert_removed_entry(source, &key, entry, at)?;
                    new += 1;
                }
                Identity::Same { id, .. } if !is_blank(&id) => {
                    store.remove_entries(&[id])?;
                    updated += 1;
                }
                Identity::Same { .. } | Identity::Repeated => {}
            }
            continue;
        }
        // A robots.txt that nobody could read when the entry came may forbid more by now.
        if let Identity::Same { id, .. } = identity
            && entry.rights > Rights::Any
        {
            store.tighten_rights(id, entry.rights, &entry.rights_reasons)?;
        }
        match identity {
            Identity::New { key } => {
                store.insert_entry(source, &key, entry, at)?;
                note_choices(store, source, entry, home.as_deref())?;
                new += 1;
            }
            Identity::Same { id, .. } if is_blank(&id) => {
                store.restore_entry(id, entry, at)?;
                updated += 1;
            }
            Identity::Same { id, evidence }
                if stored.get(&id).is_none_or(|it| it.content_hash != entry.content_hash) =>
            {
                tracing::debug!(source.id = %source, entry.id = id.0, ?evidence, "an entry changed");
                store.update_entry(id, entry, at)?;
                updated += 1;
            }
            // Else the next change would meet signals of long ago.
            Identity::Same { id, .. }
                if stored
                    .get(&id)
                    .is_some_and(|it| it.id != entry.guid || it.published != entry.published_given) =>
            {
                store.note_signals(id, entry)?;
            }
            Identity::Same { .. } | Identity::Repeated => {}
        }
    }
    Ok((new, updated))
}

/// Adds the stored entries that share an article's number with entries that seem new, with their
/// texts, which nothing else is asked for. Returns whether there were any.
fn add_by_number(
    store: &Writer<'_>,
    source: &SourceId,
    reading: &Reading,
    identities: &[Identity],
    known: &mut Vec<Known>,
) -> Result<bool, StoreError> {
    let new = identities.iter().zip(&reading.prints).filter(|it| matches!(it.0, Identity::New { .. }));
    let rows = store.known_by_number(source, &new.filter_map(|it| it.1.number_hash).collect())?;
    let has_any = !rows.is_empty();
    for (row, text) in rows {
        known.retain(|it| it.id != row.id);
        let shingles = Shingles::of(&row.title, &text);
        let mut row = known_of(named_again(row, &reading.entries));
        row.print.shingles = shingles;
        known.push(row);
    }
    Ok(has_any)
}

fn hashes_of(print: &Fingerprint, entry: &NewEntry) -> EntryHashes {
    EntryHashes {
        guid_hash: entry.guid_hash,
        link_hash: entry.link_hash,
        title_hash: print.title_lookup(),
        text_hash: print.text_lookup(),
    }
}

/// A stored entry whose publisher was removed, and is not any more, with the names that it was
/// stored under: only their digests were kept.
fn named_again(row: KnownRow, entries: &[NewEntry]) -> KnownRow {
    if !row.key.as_str().starts_with(REMOVED_KEY) {
        return row;
    }
    let of_id = entries.iter().find(|it| row.guid_hash.is_some() && it.guid_hash == row.guid_hash);
    let of_link = entries.iter().find(|it| row.link_hash.is_some() && it.link_hash == row.link_hash);
    let of_title = entries.iter().find(|it| it.title_hash == row.title_hash);
    KnownRow {
        guid: row.guid.or_else(|| of_id?.guid.clone()),
        canonical: row.canonical.or_else(|| of_link?.canonical.clone()),
        title: of_title.filter(|_| row.title.is_empty()).map_or(row.title, |it| it.title.clone()),
        ..row
    }
}

fn known_of(row: KnownRow) -> Known {
    let folded_title = identify::fold_title(&row.title);
    Known {
        id: row.id,
        print: Fingerprint {
            key: row.key.as_str().to_owned(),
            id: row.guid,
            canonical: row.canonical.map(CanonicalUrl::new),
            number_hash: row.number_hash,
            shingles: Shingles::default(),
            is_title_telling: Fingerprint::is_telling(&folded_title),
            folded_title,
            title_hash: row.title_hash,
            text_hash: row.text_hash,
            content_hash: row.content_hash,
            published: row.published_given,
            content_digest: String::new(),
        },
    }
}

pub(super) fn authorization(auth: &Auth) -> Result<String, String> {
    match auth {
        Auth::Basic { user, password } => {
            let password = password.read().map_err(|error| error.to_string())?;
            Ok(fetch::basic_authorization(user, password.reveal()))
        }
        Auth::Bearer(token) => {
            let token = token.read().map_err(|error| error.to_string())?;
            Ok(format!("Bearer {}", token.reveal()))
        }
    }
}

/// An error with its causes, on one line.
pub(super) fn whole_reason(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        let more = it.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = it.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::store::Store;

    use super::*;

    fn entry(id: &str, link: &str, title: &str, text: &str, day: i64) -> Entry {
        Entry {
            id: (!id.is_empty()).then(|| id.to_owned()),
            link: Url::parse(link).ok(),
            title: title.to_owned(),
            content: Some(text.to_owned()),
            published: Some(Timestamp::from_secs(day * 86_400)),
            ..Entry::default()
        }
    }

    fn reading(entries: &[Entry], at: Timestamp) -> Reading {
        let stored = |(entry, print): (&Entry, &Fingerprint)| NewEntry {
            title: entry.title.clone(),
            guid: print.id.clone(),
            guid_hash: print.id.as_deref().map(identify::hash64),
            link: entry.link.clone(),
            canonical: print.canonical.as_ref().map(|it| it.as_str().to_owned()),
            link_hash: print.canonical.as_ref().map(|it| identify::hash64(it.as_str())),
            place_hash: print.place_hash(),
            number_hash: print.number_hash,
            title_hash: print.title_hash,
            text_hash: print.text_hash,
            has_text: false,
            content_hash: print.content_hash,
            summary: None,
            authors: Vec::new(),
            categories: Vec::new(),
            language: None,
            rights_text: None,
            origin: None,
            enclosure: None,
            published_given: entry.published,
            published: identify::published(entry, at),
            updated: None,
            is_kept: false,
            is_excluded: false,
            page: PageState::Unneeded,
            rights: Rights::Any,
            rights_reasons: Vec::new(),
            text: entry.content.clone().unwrap_or_default(),
        };
        let prints: Vec<_> = entries.iter().map(Fingerprint::of).collect();
        Reading { entries: entries.iter().zip(&prints).map(stored).collect(), prints }
    }

    struct Polled {
        store: Store,
        config: Arc<Config>,
        source: SourceId,
        _folder: tempfile::TempDir,
    }

    impl Polled {
        async fn source() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let store = Store::open(&folder.path().join("it.db")).expect("a store");
            let source: SourceId = "a".parse().expect("an id");
            let sources = vec![(source.clone(), "https://a.example/feed".to_owned())];
            let now = Timestamp::from_secs(0);
            store.write(move |it| it.sync_sources(&sources, now)).await.expect("a source");
            let env = config::Environment::of(|_| None, "/nowhere".into());
            let config = config::parse("test", "[store]\npath = \"/nowhere/bylined.db\"\n", &env);
            let config = config.expect("a configuration").config;
            Self { store, config: Arc::new(config), source, _folder: folder }
        }

        /// Counts of new and of changed entries.
        async fn poll(&self, entries: &[Entry]) -> (usize, usize) {
            let at = Timestamp::from_secs(40_000 * 86_400);
            let reading = reading(entries, at);
            let (source, config) = (self.source.clone(), Arc::clone(&self.config));
            let update = PollUpdate {
                at,
                next_poll: at,
                next_if_pushed: at,
                health: Health::Healthy,
                reason: None,
                status: Some(200),
                retry_after: None,
                validators: Validators::default(),
                body_hash: None,
                last_whole: None,
                feed: None,
                wishes: None,
                found: None,
                moved_to: None,
                moving: None,
                rights: None,
            };
            let write = move |it: &Writer<'_>| store_reading(it, &config, &source, &reading, &update, at);
            self.store.write(write).await.expect("a poll")
        }
    }

    const HOME: &str = "https://a.example/";
    const PAGE: &str = "https://a.example/changelog";

    #[tokio::test]
    async fn five_items_of_one_id_and_link_and_a_sixth_are_six_entries() {
        let source = Polled::source().await;
        let items: Vec<_> =
            (1..=6).map(|n| entry("x", PAGE, &format!("Release {n}"), &format!("Text {n}"), n)).collect();
        assert_eq!(source.poll(&items[..5]).await, (5, 0));
        assert_eq!(source.poll(&items).await, (1, 0));
        assert_eq!(source.poll(&items[4..]).await, (0, 0));
        assert_eq!(source.poll(&items[..1]).await, (0, 0));
    }

    #[tokio::test]
    async fn an_entry_of_no_id_no_link_and_a_short_title_is_stored_once() {
        let source = Polled::source().await;
        let deals = || entry("", HOME, "Daily deals", "Text", 1);
        let news = || Entry { content: None, ..entry("", HOME, "News", "", 1) };
        assert_eq!(source.poll(&[deals(), news()]).await, (2, 0));
        assert_eq!(source.poll(&[news(), deals()]).await, (0, 0));
    }

    #[tokio::test]
    async fn an_entry_is_known_by_the_signals_it_had_last() {
        let source = Polled::source().await;
        source.poll(&[entry("", PAGE, "Alpha beta gamma", "Text", 1)]).await;
        assert_eq!(source.poll(&[entry("", PAGE, "Alpha beta gamma", "Text", 2)]).await, (0, 0));
        assert_eq!(source.poll(&[entry("", PAGE, "Delta epsilon zeta", "Text", 2)]).await, (0, 1));
        let source = Polled::source().await;
        source.poll(&[entry("1", HOME, "Alpha beta gamma", "Text", 1)]).await;
        assert_eq!(source.poll(&[entry("2", HOME, "Alpha beta gamma", "Text", 1)]).await, (0, 0));
        assert_eq!(source.poll(&[entry("2", HOME, "Delta epsilon zeta", "Other", 1)]).await, (0, 1));
    }
}
