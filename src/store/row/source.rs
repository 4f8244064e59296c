//! A source as remembered, and what a poll changes about it.

use rusqlite::Row;
use serde::Serialize;
use url::Url;

use crate::domain::HomeClaim;
use crate::domain::OperatorRights;
use crate::domain::PollHints;
use crate::domain::Rights;
use crate::domain::SourceId;
use crate::domain::Timestamp;
use crate::domain::Validators;
use crate::store::columns::Columns;
use crate::store::columns::columns;
use crate::store::error::StoreError;
use crate::store::stored;
use crate::store::stored::List;
use crate::store::stored::StoredHints;
use crate::store::stored::or_nothing;

use super::decode::parsed;
use super::decode::url;
use super::decode::worded;

/// How a source is doing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Never polled.
    New,
    /// The last poll went well.
    Healthy,
    /// The last poll failed; it is tried again.
    Failing,
    /// The publisher asked us to stop (410).
    Gone,
}

impl Health {
    const ALL: [Self; 4] = [Self::New, Self::Healthy, Self::Failing, Self::Gone];

    /// The word that store and listings use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Healthy => "healthy",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }
}

/// A source as remembered.
#[derive(Clone, Debug)]
pub struct SourceRow {
    /// Its stable name.
    pub id: SourceId,
    /// The feed's address when it was last configured.
    pub url: String,
    /// What its last document said of the feed, with what its signals have allowed since.
    pub feed: FeedFacts,
    /// When it was first configured.
    pub first_seen: Timestamp,
    /// The name that the operator credits it under.
    pub publisher: Option<String>,
    /// Whether its address may be shown.
    pub is_listed: bool,
    /// What the operator has said of its rights.
    pub operator: OperatorRights,
    /// Digest of the address it had when last configured.
    pub url_hash: Option<i64>,
    /// Where the articles of a publisher who was removed are, as digests.
    pub places_removed: Vec<i64>,
    /// What was allowed when its stories were last curated.
    pub rights_applied: Option<Rights>,
    /// Sent back with the next request.
    pub validators: Validators,
    /// Digest of the last body.
    pub body_hash: Option<i64>,
    /// When it last sent a whole document, or was last asked for one unconditionally.
    pub last_whole: Option<Timestamp>,
    /// Start of the last poll.
    pub last_poll: Option<Timestamp>,
    /// When it is due.
    pub next_poll: Timestamp,
    /// Not to be asked before, whatever the operator says.
    pub retry_after: Option<Timestamp>,
    /// How it is.
    pub health: Health,
    /// `kind: words`
    pub reason: Option<String>,
    /// Since when it is so.
    pub since: Timestamp,
    /// Last HTTP status.
    pub status: Option<u16>,
    /// Failed polls in a row.
    pub failures: u32,
    /// The address that validators and digest came from, at the end of all redirects.
    pub final_url: Option<String>,
    /// Where it is polled since it has moved for good.
    pub moved_to: Option<String>,
    /// A move that is not confirmed yet.
    pub pending_redirect: Option<PendingRedirect>,
    /// The end of its WebSub lease, where the hub has shown that it sends pushes.
    pub push_trusted_until: Option<Timestamp>,
}

columns! {
    SourceColumns in sources {
        id, url, title, feed_id, home, language, rights_text, rights, rights_reasons, etag, last_modified,
        body_hash, last_poll, next_poll, retry_after, health, reason, since, status, failures, moved_to,
        warnings, poll_hints, newest, first_seen, rights_applied, last_whole, final_url, redirect_to, redirect_since,
        redirect_answers,
        push_trusted_until = "(SELECT max(until) FROM subscriptions WHERE source = id AND state = 'active' AND pushed IS NOT NULL)",
        publisher, is_listed, operator_rights, licence, url_hash, places_removed, home_claim, home_asked
    }
}

impl SourceRow {
    pub(in crate::store) const COLUMNS: &'static str = SourceColumns::LIST;

    /// What only the last document said and cannot be read is missing until a document comes again,
    /// which is then asked for unconditionally.
    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = SourceColumns::AT;
        let id: SourceId = parsed(row.get(at.id)?, "source id")?;
        let of = format_args!("source `{id}`");
        let reasons = List::RIGHTS_REASONS.read(row, at.rights_reasons)?;
        let warnings = List::WARNINGS.read(row, at.warnings)?;
        let poll_hints = stored::optional::<StoredHints>(row, at.poll_hints)?;
        let newest = List::NEWEST.read::<i64>(row, at.newest)?;
        let is_whole = reasons.is_ok() && warnings.is_ok() && poll_hints.is_ok() && newest.is_ok();
        let newest = or_nothing(newest, &of).into_iter().map(Timestamp::from_millis).collect();
        let feed = FeedFacts {
            title: row.get(at.title)?,
            feed_id: row.get(at.feed_id)?,
            home: url(row.get(at.home)?),
            home_claim: HomeClaim::from_word(&row.get::<_, String>(at.home_claim)?)
                .ok_or(StoreError::Unreadable { what: "home claim" })?,
            home_asked: row.get(at.home_asked)?,
            language: row.get(at.language)?,
            rights_text: row.get(at.rights_text)?,
            rights: parsed(row.get(at.rights)?, "rights")?,
            rights_reasons: or_nothing(reasons, &of),
            warnings: or_nothing(warnings, &of),
            poll_hints: or_nothing(poll_hints, &of).unwrap_or_default(),
            newest,
        };
        Ok(Self {
            url: row.get(at.url)?,
            feed,
            validators: match is_whole {
                true => Validators { etag: row.get(at.etag)?, last_modified: row.get(at.last_modified)? },
                false => Validators::default(),
            },
            body_hash: row.get::<_, Option<i64>>(at.body_hash)?.filter(|_| is_whole),
            last_poll: row.get(at.last_poll)?,
            next_poll: row.get(at.next_poll)?,
            retry_after: row.get(at.retry_after)?,
            health: worded(&Health::ALL, Health::as_str, row.get(at.health)?, "health")?,
            reason: row.get(at.reason)?,
            since: row.get(at.since)?,
            status: row.get(at.status)?,
            failures: row.get(at.failures)?,
            moved_to: row.get(at.moved_to)?,
            first_seen: row.get(at.first_seen)?,
            rights_applied: row
                .get::<_, Option<String>>(at.rights_applied)?
                .map(|it| parsed(it, "rights"))
                .transpose()?,
            last_whole: row.get(at.last_whole)?,
            final_url: row.get(at.final_url)?,
            pending_redirect: match row.get::<_, Option<String>>(at.redirect_to)? {
                Some(to) => Some(PendingRedirect {
                    to,
                    since: row.get::<_, Option<Timestamp>>(at.redirect_since)?.unwrap_or_default(),
                    answers: row.get(at.redirect_answers)?,
                }),
                None => None,
            },
            push_trusted_until: row.get(at.push_trusted_until)?,
            publisher: row.get(at.publisher)?,
            is_listed: row.get(at.is_listed)?,
            operator: OperatorRights {
                strictest: parsed(row.get(at.operator_rights)?, "rights")?,
                licence: row.get(at.licence)?,
            },
            url_hash: row.get(at.url_hash)?,
            places_removed: or_nothing(List::PLACES_REMOVED.read(row, at.places_removed)?, &of),
            id,
        })
    }
}

/// A permanent redirect that has been seen, and not for long enough to be relied on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PendingRedirect {
    /// Where it points.
    pub to: String,
    /// When it was first seen.
    pub since: Timestamp,
    /// Answers that led there in a row; 0 while what is there is another feed.
    pub answers: u32,
}

/// What one poll changed about a source, committed together with its entries.
#[derive(Clone, Debug)]
pub struct PollUpdate {
    /// When it started.
    pub at: Timestamp,
    /// When the next is due.
    pub next_poll: Timestamp,
    /// When it is due if a hub has pushed since this one started.
    pub next_if_pushed: Timestamp,
    /// How the source is now.
    pub health: Health,
    /// `kind: words`, where it is not healthy.
    pub reason: Option<String>,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Not to be asked before.
    pub retry_after: Option<Timestamp>,
    /// What the next request sends.
    pub validators: Validators,
    /// Digest of the body those validators belong to.
    pub body_hash: Option<i64>,
    /// When it last sent a whole document, or was last asked for one unconditionally.
    pub last_whole: Option<Timestamp>,
    /// What the document says of its feed; `None` when no document was read.
    pub feed: Option<FeedFacts>,
    /// What the source asks of polling, where that changed without a document.
    pub poll_hints: Option<PollHints>,
    /// The address that validators and digest came from.
    pub final_url: Option<String>,
    /// Where it is polled since it has moved for good.
    pub moved_to: Option<String>,
    /// A move that is not confirmed yet.
    pub pending_redirect: Option<PendingRedirect>,
    /// What signals allow and which they are, where they changed without a document.
    pub rights: Option<(Rights, Vec<String>)>,
}

/// What a document says of its feed.
#[derive(Clone, Debug, Default)]
pub struct FeedFacts {
    /// Title.
    pub title: Option<String>,
    /// Id.
    pub feed_id: Option<String>,
    /// Home page.
    pub home: Option<Url>,
    /// Whether that page counts as its home, where the two are of different domains.
    pub home_claim: HomeClaim,
    /// When it was last asked.
    pub home_asked: Option<Timestamp>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Copyright or licence.
    pub rights_text: Option<String>,
    /// What its signals allow.
    pub rights: Rights,
    /// Which signals they are.
    pub rights_reasons: Vec<String>,
    /// What was repaired or dropped in it.
    pub warnings: Vec<String>,
    /// What it asks of polling.
    pub poll_hints: PollHints,
    /// Its newest dates.
    pub newest: Vec<Timestamp>,
}
