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
use crate::store::error::StoreError;

use super::decode::json;
use super::decode::parsed;
use super::decode::time;
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
    /// The feed's own title.
    pub title: Option<String>,
    /// The feed's own id.
    pub feed_id: Option<String>,
    /// The publisher's home page.
    pub home: Option<Url>,
    /// Whether that page counts as its home, where the two are of different domains.
    pub home_claim: HomeClaim,
    /// When it was last asked.
    pub home_asked: Option<Timestamp>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// When it was first configured.
    pub first_seen: Timestamp,
    /// Copyright or licence, as written.
    pub rights_text: Option<String>,
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
    /// What the publisher's signals allow.
    pub rights: Rights,
    /// Which signals they are.
    pub rights_reasons: Vec<String>,
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
    pub found: Option<String>,
    /// Where it is polled since it has moved for good.
    pub moved_to: Option<String>,
    /// A move that is not confirmed yet.
    pub moving: Option<Moving>,
    /// What was repaired or dropped in the last document.
    pub warnings: Vec<String>,
    /// What the last document wished.
    pub wishes: PollHints,
    /// The newest dates of the last document.
    pub newest: Vec<Timestamp>,
    /// Until when its hub tells of news, where it has shown that it does.
    pub told_until: Option<Timestamp>,
}

impl SourceRow {
    pub(in crate::store) const COLUMNS: &'static str = "id, url, title, feed_id, home, language, rights_text, rights, \
         rights_reasons, etag, last_modified, body_hash, last_poll, next_poll, retry_after, health, reason, since, \
         status, failures, moved_to, warnings, wishes, newest, \
         first_seen, rights_applied, last_whole, found, moving_to, moving_since, moving_answers, \
         (SELECT max(until) FROM subscriptions WHERE source = id AND standing = 'active' AND pushed IS NOT NULL), \
         publisher, is_listed, operator_rights, licence, url_hash, places_removed, \
         home_claim, home_asked";

    pub(in crate::store) fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(row.get(0)?, "source id")?,
            url: row.get(1)?,
            title: row.get(2)?,
            feed_id: row.get(3)?,
            home: url(row.get(4)?),
            language: row.get(5)?,
            rights_text: row.get(6)?,
            rights: parsed(row.get(7)?, "rights")?,
            rights_reasons: json(&row.get::<_, String>(8)?, "rights")?,
            validators: Validators { etag: row.get(9)?, last_modified: row.get(10)? },
            body_hash: row.get(11)?,
            last_poll: time(row.get(12)?),
            next_poll: Timestamp::from_millis(row.get(13)?),
            retry_after: time(row.get(14)?),
            health: worded(&Health::ALL, Health::as_str, row.get(15)?, "health")?,
            reason: row.get(16)?,
            since: Timestamp::from_millis(row.get(17)?),
            status: row.get(18)?,
            failures: row.get(19)?,
            moved_to: row.get(20)?,
            warnings: json(&row.get::<_, String>(21)?, "warnings")?,
            wishes: json(&row.get::<_, String>(22)?, "poll hints")?,
            newest: json(&row.get::<_, String>(23)?, "dates")?,
            first_seen: Timestamp::from_millis(row.get(24)?),
            rights_applied: row.get::<_, Option<String>>(25)?.map(|it| parsed(it, "rights")).transpose()?,
            last_whole: time(row.get(26)?),
            found: row.get(27)?,
            moving: match row.get::<_, Option<String>>(28)? {
                Some(to) => {
                    Some(Moving { to, since: time(row.get(29)?).unwrap_or_default(), answers: row.get(30)? })
                }
                None => None,
            },
            told_until: time(row.get(31)?),
            publisher: row.get(32)?,
            is_listed: row.get(33)?,
            operator: OperatorRights { strictest: parsed(row.get(34)?, "rights")?, licence: row.get(35)? },
            url_hash: row.get(36)?,
            places_removed: json(&row.get::<_, String>(37)?, "places")?,
            home_claim: HomeClaim::from_word(&row.get::<_, String>(38)?)
                .ok_or(StoreError::Unreadable { what: "home claim" })?,
            home_asked: time(row.get(39)?),
        })
    }
}

/// A permanent redirect that has been seen, and not for long enough to be relied on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Moving {
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
    /// What the source wishes, where that changed without a document.
    pub wishes: Option<PollHints>,
    /// The address that validators and digest came from.
    pub found: Option<String>,
    /// Where it is polled since it has moved for good.
    pub moved_to: Option<String>,
    /// A move that is not confirmed yet.
    pub moving: Option<Moving>,
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
    /// What it wishes.
    pub wishes: PollHints,
    /// Its newest dates.
    pub newest: Vec<Timestamp>,
}
