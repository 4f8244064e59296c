//! What was agreed with hubs.

use rusqlite::Row;
use rusqlite::params;

use crate::domain::SourceId;
use crate::domain::Subscription;
use crate::domain::SubscriptionState;
use crate::domain::Timestamp;

use super::columns::Columns;
use super::columns::columns;
use super::error::StoreError;
use super::row::Health;
use super::row::PollUpdate;
use super::row::parsed;
use super::row::worded;
use super::session::Reader;
use super::session::Writer;

columns! {
    SubscriptionColumns in subscriptions {
        token, source, hub, topic, callback, secret, state, asked, tries, next, until, pushed, reason
    }
}

const COLUMNS: &str = SubscriptionColumns::LIST;

/// A source that a hub told of news.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// Its name.
    pub source: SourceId,
    /// Start of its last poll.
    pub last_poll: Option<Timestamp>,
    /// Failed polls in a row.
    pub failures: u32,
}

impl Reader<'_> {
    /// All subscriptions, those included that are to end.
    pub fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        self.rows(&format!("SELECT {COLUMNS} FROM subscriptions ORDER BY source, token"), [], of)
    }

    /// The subscriptions of one source, those included that are to end.
    pub fn subscriptions_of(&self, source: &SourceId) -> Result<Vec<Subscription>, StoreError> {
        self.rows(
            &format!("SELECT {COLUMNS} FROM subscriptions WHERE source = ?1 ORDER BY token"),
            [source.as_str()],
            of,
        )
    }

    /// Those about which there is something to do: since the longest time first, and
    /// what was planned for after `horizon`.
    pub fn subscriptions_due(
        &self,
        now: Timestamp,
        horizon: Timestamp,
        limit: usize,
    ) -> Result<Vec<Subscription>, StoreError> {
        self.rows(
            &format!(
                "SELECT {COLUMNS} FROM subscriptions WHERE next <= ?1 OR ?2 < next ORDER BY next, token LIMIT ?3"
            ),
            params![now.millis(), horizon.millis(), i64::try_from(limit).unwrap_or(i64::MAX)],
            of,
        )
    }

    /// The subscription whose callback ends so.
    pub fn subscription(&self, token: &str) -> Result<Option<Subscription>, StoreError> {
        let found =
            self.rows(&format!("SELECT {COLUMNS} FROM subscriptions WHERE token = ?1"), [token], of)?;
        Ok(found.into_iter().next())
    }
}

impl Writer<'_> {
    /// Makes the subscription that `wanted` returns, told of the one that there is, that of a source,
    /// unless it has one to the same topic at the same hub; any other is to end. With nothing
    /// wanted, every one is.
    pub fn follow_hub(
        &self,
        source: &SourceId,
        wanted: impl FnOnce(Option<&Subscription>) -> Option<Subscription>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let of_source =
            format!("SELECT {COLUMNS} FROM subscriptions WHERE source = ?1 AND state <> 'ending'");
        let known = self.reader().rows(&of_source, [source.as_str()], of)?;
        let wanted = wanted(known.first());
        let is_wanted = |it: &Subscription| {
            wanted.as_ref().is_some_and(|wanted| wanted.hub == it.hub && wanted.topic == it.topic)
        };
        let (kept, ended): (Vec<_>, Vec<_>) = known.iter().partition(|it| is_wanted(it));
        ended.into_iter().try_for_each(|it| self.end_subscription(it, now))?;
        match &wanted {
            Some(wanted) if kept.is_empty() => self.record_subscription(wanted),
            _ => Ok(()),
        }
    }

    /// Gives a subscription up. A hub that may know of it is asked to end it, but not before the time
    /// at which an unconfirmed request would be repeated.
    pub fn end_subscription(&self, it: &Subscription, now: Timestamp) -> Result<(), StoreError> {
        if it.asked.is_none() || it.state == SubscriptionState::Denied {
            return self.forget_subscription(&it.token);
        }
        let next = if it.tries == 0 { now } else { now.max(it.next) };
        let (state, tries) = (SubscriptionState::Ending, 0);
        self.record_subscription(&Subscription { state, tries, next, pushed: None, ..it.clone() })
    }

    /// Stores a subscription as it is now.
    pub fn record_subscription(&self, it: &Subscription) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT OR REPLACE INTO subscriptions (token, source, hub, topic, callback, secret, state, asked,
                     tries, next, until, pushed, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                it.token,
                it.source.as_str(),
                it.hub.as_str(),
                it.topic.as_str(),
                it.callback.as_str(),
                it.secret,
                it.state.as_str(),
                it.asked.map(Timestamp::millis),
                it.tries,
                it.next.millis(),
                it.until.map(Timestamp::millis),
                it.pushed.map(Timestamp::millis),
                it.reason,
            ])?;
        Ok(())
    }

    /// Forgets a subscription: from now on its callback is unknown.
    pub fn forget_subscription(&self, token: &str) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM subscriptions WHERE token = ?1")?.execute([token])?;
        Ok(())
    }

    /// Notes a push, and returns which source it announces; `None` where the subscription is
    /// no longer wanted.
    pub fn note_push(&self, token: &str, now: Timestamp) -> Result<Option<Pushed>, StoreError> {
        self.sql
            .prepare_cached("UPDATE subscriptions SET pushed = ?2 WHERE token = ?1 AND state = 'active'")?
            .execute(params![token, now.millis()])?;
        let told = self.reader().rows(
            "SELECT sources.id, last_poll, failures FROM sources JOIN subscriptions ON source = sources.id
             WHERE token = ?1 AND state = 'active'",
            [token],
            |row| {
                Ok(Pushed {
                    source: parsed(row.get("id")?, "source id")?,
                    last_poll: row.get("last_poll")?,
                    failures: row.get("failures")?,
                })
            },
        )?;
        Ok(told.into_iter().next())
    }

    /// Brings a source's next poll forward.
    pub fn poll_by(&self, source: &SourceId, at: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE sources SET next_poll = min(next_poll, ?2) WHERE id = ?1")?
            .execute(params![source.as_str(), at.millis()])?;
        Ok(())
    }

    /// Trusts the hub no longer to announce news: there was some, and it has not pushed since the
    /// poll before.
    pub fn clear_push_trust(
        &self,
        source: &SourceId,
        last_poll: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE subscriptions SET pushed = NULL WHERE source = ?1 AND pushed < ?2")?
            .execute(params![source.as_str(), last_poll.map(Timestamp::millis)])?;
        Ok(())
    }

    /// Applies a poll to the source's subscription. A push that came during the poll may announce
    /// more than the poll saw; the subscription of a source that is gone ends.
    pub(super) fn apply_push(&self, source: &SourceId, update: &PollUpdate) -> Result<(), StoreError> {
        if update.health == Health::Gone {
            return self.follow_hub(source, |_| None, update.at);
        }
        self.sql
            .prepare_cached(
                "UPDATE sources SET next_poll = min(next_poll, ?3)
                 WHERE id = ?1 AND EXISTS (SELECT 1 FROM subscriptions WHERE source = ?1 AND ?2 <= pushed)",
            )?
            .execute(params![source.as_str(), update.at.millis(), update.next_if_pushed.millis()])?;
        Ok(())
    }
}

fn of(row: &Row<'_>) -> Result<Subscription, StoreError> {
    let at = SubscriptionColumns::AT;
    Ok(Subscription {
        token: row.get(at.token)?,
        source: parsed(row.get(at.source)?, "source id")?,
        hub: parsed(row.get(at.hub)?, "hub")?,
        topic: parsed(row.get(at.topic)?, "topic")?,
        callback: parsed(row.get(at.callback)?, "callback")?,
        secret: row.get(at.secret)?,
        state: worded(&SubscriptionState::ALL, SubscriptionState::as_str, row.get(at.state)?, "state")?,
        asked: row.get(at.asked)?,
        tries: row.get(at.tries)?,
        next: row.get(at.next)?,
        until: row.get(at.until)?,
        pushed: row.get(at.pushed)?,
        reason: row.get(at.reason)?,
    })
}
