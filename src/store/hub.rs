//! Who is told by our own hub, and what an outside one was told.

use std::time::Duration;

use rusqlite::Row;
use rusqlite::params;

use crate::domain::HubMode;
use crate::domain::Subscriber;
use crate::domain::SubscriptionRequest;
use crate::domain::Timestamp;

use super::columns::Columns;
use super::columns::columns;
use super::error::StoreError;
use super::rate_limit::authority;
use super::row::parsed;
use super::row::worded;
use super::session::Reader;
use super::session::Writer;

/// A request that waits for its callback to confirm it.
#[derive(Clone)]
pub struct HubRequestRow {
    /// Names it in the store.
    pub id: i64,
    /// What is asked for.
    pub request: SubscriptionRequest,
    /// Questions that its callback has not answered.
    pub tries: u32,
}

/// How many requests and subscriptions are kept.
#[derive(Clone, Copy, Debug)]
pub struct HubLimits {
    /// Of all callbacks.
    pub all: usize,
    /// Of one host of callbacks.
    pub per_host: usize,
    /// Unconfirmed ones of all callbacks.
    pub unconfirmed: usize,
    /// Unconfirmed ones of one host.
    pub unconfirmed_per_host: usize,
}

/// Whether there was room for a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HubRoom {
    /// It is kept.
    Kept,
    /// There are too many of its host.
    HostFull,
    /// There are too many.
    Full,
}

/// Whom our hub tells.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct HubCounts {
    /// Subscriptions.
    pub subscribers: usize,
    /// Those that are to be sent something.
    pub waiting: usize,
    /// Requests that are not confirmed yet.
    pub unconfirmed: usize,
}

columns! {
    RequestColumns in r { id, callback, topic, mode, secret, lease_secs, tries }
}

columns! {
    SubscriberColumns in s { id, callback, topic, secret, delivered, first_tried, tries }
}

impl HubRequestRow {
    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = RequestColumns::AT;
        let request = SubscriptionRequest {
            callback: parsed(row.get(at.callback)?, "callback")?,
            topic: row.get(at.topic)?,
            mode: worded(&HubMode::ALL, HubMode::as_str, row.get(at.mode)?, "hub mode")?,
            secret: row.get(at.secret)?,
            lease: Duration::from_secs(row.get::<_, i64>(at.lease_secs)?.max(0) as u64),
        };
        Ok(Self { id: row.get(at.id)?, request, tries: row.get(at.tries)? })
    }
}

fn subscriber(row: &Row<'_>) -> Result<Subscriber, StoreError> {
    let at = SubscriberColumns::AT;
    Ok(Subscriber {
        id: row.get(at.id)?,
        callback: parsed(row.get(at.callback)?, "callback")?,
        topic: row.get(at.topic)?,
        secret: row.get(at.secret)?,
        delivered: row.get(at.delivered)?,
        first_tried: row.get(at.first_tried)?,
        tries: row.get(at.tries)?,
    })
}

impl Reader<'_> {
    /// Requests whose callbacks are to be asked, longest due first, and only so many of one host. What
    /// was planned for after `horizon` was planned by a clock that was set back since.
    pub fn hub_requests_due(
        &self,
        (now, horizon): (Timestamp, Timestamp),
        per_host: usize,
        limit: usize,
    ) -> Result<Vec<HubRequestRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM (SELECT *, row_number() OVER (PARTITION BY host ORDER BY next, id) AS n
                     FROM hub_requests WHERE next <= ?1 OR ?2 < next) r
                 WHERE r.n <= ?3 ORDER BY r.next, r.id LIMIT ?4",
                RequestColumns::LIST
            ),
            params![now.millis(), horizon.millis(), per_host as i64, limit as i64],
            HubRequestRow::of,
        )
    }

    /// Subscribers that are to be sent something now, as [`Reader::hub_requests_due`].
    pub fn hub_deliveries_due(
        &self,
        (now, horizon): (Timestamp, Timestamp),
        per_host: usize,
        limit: usize,
    ) -> Result<Vec<Subscriber>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM (SELECT *, row_number() OVER (PARTITION BY host ORDER BY next, id) AS n
                     FROM hub_subscribers WHERE next <= ?1 OR ?2 < next) s
                 WHERE s.n <= ?3 ORDER BY s.next, s.id LIMIT ?4",
                SubscriberColumns::LIST
            ),
            params![now.millis(), horizon.millis(), per_host as i64, limit as i64],
            subscriber,
        )
    }

    /// Whether a lease is over.
    pub fn has_ended_lease(&self, now: Timestamp) -> Result<bool, StoreError> {
        let select = "SELECT 1 FROM hub_subscribers WHERE until <= ?1 LIMIT 1";
        Ok(self.sql.prepare_cached(select)?.exists([now.millis()])?)
    }

    /// The feeds that anyone is subscribed to.
    pub fn hub_topics(&self) -> Result<Vec<String>, StoreError> {
        self.values("SELECT DISTINCT topic FROM hub_subscribers ORDER BY topic", [])
    }

    /// Whom our hub tells.
    pub fn hub_counts(&self) -> Result<HubCounts, StoreError> {
        Ok(HubCounts {
            subscribers: self.count("SELECT count(*) FROM hub_subscribers", [])?,
            waiting: self.count("SELECT count(*) FROM hub_subscribers WHERE next IS NOT NULL", [])?,
            unconfirmed: self.count("SELECT count(*) FROM hub_requests", [])?,
        })
    }

    /// Digest of the document of a feed that an outside hub was told of last.
    pub fn hub_ping(&self, topic: &str) -> Result<Option<String>, StoreError> {
        self.find_value("SELECT digest FROM hub_pings WHERE topic = ?1", [topic])
    }

    /// Why an outside hub was not told of a change.
    pub fn hub_ping_reason(&self) -> Result<Option<String>, StoreError> {
        self.find_value("SELECT reason FROM hub_pings WHERE reason IS NOT NULL ORDER BY topic LIMIT 1", [])
    }
}

impl Writer<'_> {
    /// Keeps a request until its callback was asked; it takes the place of an earlier one for the same
    /// callback and feed.
    pub fn keep_hub_request(
        &self,
        request: &SubscriptionRequest,
        limits: HubLimits,
        now: Timestamp,
    ) -> Result<HubRoom, StoreError> {
        let (callback, topic) = (request.callback.as_str(), request.topic.as_str());
        let host = authority(callback);
        let replaced = self
            .sql
            .prepare_cached("DELETE FROM hub_requests WHERE callback = ?1 AND topic = ?2")?
            .execute([callback, topic])?;
        let renewed = self.reader().count(
            "SELECT count(*) FROM hub_subscribers WHERE callback = ?1 AND topic = ?2",
            [callback, topic],
        )?;
        let of = |sql: &str| self.reader().count(sql, []);
        let of_host = |sql: &str| self.reader().count(sql, [&host]);
        let unconfirmed = of("SELECT count(*) FROM hub_requests")?;
        let unconfirmed_of_host = of_host("SELECT count(*) FROM hub_requests WHERE host = ?1")?;
        let all = unconfirmed + of("SELECT count(*) FROM hub_subscribers")?;
        let all_of_host =
            unconfirmed_of_host + of_host("SELECT count(*) FROM hub_subscribers WHERE host = ?1")?;
        // What is there already may be renewed or ended, however many there are.
        let is_new = replaced + renewed == 0;
        if limits.unconfirmed_per_host <= unconfirmed_of_host || is_new && limits.per_host <= all_of_host {
            return Ok(HubRoom::HostFull);
        }
        if limits.unconfirmed <= unconfirmed || is_new && limits.all <= all {
            return Ok(HubRoom::Full);
        }
        self.sql
            .prepare_cached(
                "INSERT INTO hub_requests (callback, host, topic, mode, secret, lease_secs, next)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                callback,
                host,
                topic,
                request.mode.as_str(),
                request.secret,
                request.lease.as_secs() as i64,
                now.millis()
            ])?;
        Ok(HubRoom::Kept)
    }

    /// A request is answered, or dropped. Says whether it was still the latest for its callback and feed.
    pub fn end_hub_request(&self, id: i64) -> Result<bool, StoreError> {
        Ok(self.sql.prepare_cached("DELETE FROM hub_requests WHERE id = ?1")?.execute([id])? == 1)
    }

    /// A callback did not answer, and is asked again at `next`.
    pub fn retry_hub_request(&self, id: i64, next: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE hub_requests SET tries = tries + 1, next = ?2 WHERE id = ?1")?
            .execute([id, next.millis()])?;
        Ok(())
    }

    /// A callback wants a feed, whose current document has this digest. One that is renewed is still
    /// sent what it has not got yet.
    pub fn confirm_subscriber(
        &self,
        request: &SubscriptionRequest,
        digest: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO hub_subscribers (callback, host, topic, secret, until, delivered, taken)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (callback, topic) DO UPDATE SET secret = excluded.secret, until = excluded.until",
            )?
            .execute(params![
                request.callback.as_str(),
                authority(request.callback.as_str()),
                request.topic,
                request.secret,
                now.plus(request.lease).millis(),
                digest,
                now.minus(request.lease).millis()
            ])?;
        Ok(())
    }

    /// A callback wants a feed no more.
    pub fn end_subscriber(&self, request: &SubscriptionRequest) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM hub_subscribers WHERE callback = ?1 AND topic = ?2")?
            .execute([request.callback.as_str(), &request.topic])?;
        Ok(())
    }

    /// A subscriber is given up.
    pub fn remove_subscriber(&self, id: i64) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM hub_subscribers WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// Ends subscriptions whose leases are over.
    pub fn end_leases(&self, now: Timestamp) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM hub_subscribers WHERE until <= ?1")?.execute([now.millis()])?;
        Ok(())
    }

    /// The document of a feed now has this digest, or is no more: subscribers that have another are sent
    /// it, not sooner than `gap` after the last one.
    pub fn plan_hub_deliveries(
        &self,
        topic: &str,
        digest: Option<&str>,
        gap: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE hub_subscribers SET next = max(?3, taken + ?4), first_tried = NULL, tries = 0
                 WHERE topic = ?1 AND next IS NULL AND delivered IS NOT ?2",
            )?
            .execute(params![topic, digest, now.millis(), gap.as_millis() as i64])?;
        Ok(())
    }

    /// A subscriber has the document of this digest.
    pub fn end_hub_delivery(&self, id: i64, digest: &str, now: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE hub_subscribers SET delivered = ?2, taken = ?3, next = NULL, first_tried = NULL,
                     tries = 0 WHERE id = ?1",
            )?
            .execute(params![id, digest, now.millis()])?;
        Ok(())
    }

    /// A subscriber did not take a document, and is sent it again at `next`.
    pub fn retry_hub_delivery(&self, id: i64, (now, next): (Timestamp, Timestamp)) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE hub_subscribers SET tries = tries + 1, next = ?3,
                     first_tried = min(coalesce(first_tried, ?2), ?2) WHERE id = ?1",
            )?
            .execute([id, now.millis(), next.millis()])?;
        Ok(())
    }

    /// An outside hub was told of the document of this digest, or could not be told of a newer one.
    pub fn record_hub_ping(&self, topic: &str, outcome: Result<&str, &str>) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO hub_pings (topic, digest, reason) VALUES (?1, coalesce(?2, ''), ?3)
                 ON CONFLICT (topic) DO UPDATE SET digest = coalesce(?2, digest), reason = ?3",
            )?
            .execute(params![topic, outcome.ok(), outcome.err()])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    const LIMITS: HubLimits = HubLimits { all: 6, per_host: 4, unconfirmed: 4, unconfirmed_per_host: 2 };

    fn request(callback: &str) -> SubscriptionRequest {
        SubscriptionRequest {
            callback: callback.parse().expect("a URL"),
            topic: "/feeds/all.atom".to_owned(),
            mode: HubMode::Subscribe,
            secret: None,
            lease: Duration::from_secs(60),
        }
    }

    #[tokio::test]
    async fn requests_and_subscriptions_are_bounded_per_host_and_in_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let rooms = store.write(|it| {
            let now = Timestamp::from_secs(1_000);
            let ask = |url: &str| it.keep_hub_request(&request(url), LIMITS, now);
            let confirm_all = || -> Result<(), StoreError> {
                for row in it.reader().hub_requests_due((now, now), 9, 9)? {
                    it.confirm_subscriber(&row.request, "d", now)?;
                    it.end_hub_request(row.id)?;
                }
                Ok(())
            };
            let mut rooms = vec![ask("https://a.example/1")?, ask("https://a.example/2")?];
            rooms.push(ask("https://a.example/3")?); // unconfirmed of one host
            rooms.push(ask("https://a.example/2")?); // the same again
            rooms.extend([ask("https://b.example/1")?, ask("https://c.example/1")?]);
            rooms.push(ask("https://d.example/1")?); // unconfirmed in all
            confirm_all()?;
            rooms.extend([ask("https://a.example/3")?, ask("https://a.example/4")?]);
            confirm_all()?;
            rooms.push(ask("https://a.example/5")?); // of one host
            rooms.push(ask("https://e.example/1")?); // in all
            rooms.push(ask("https://a.example/1")?); // a renewal
            Ok(rooms)
        });
        use HubRoom::Full;
        use HubRoom::HostFull;
        use HubRoom::Kept;
        let expected = [Kept, Kept, HostFull, Kept, Kept, Kept, Full, Kept, Kept, HostFull, Full, Kept];
        assert_eq!(rooms.await.expect("a transaction"), expected);
    }

    #[tokio::test]
    async fn one_host_takes_no_other_s_turn() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let hosts = store.write(|it| {
            let limits = HubLimits { all: 99, per_host: 99, unconfirmed: 99, unconfirmed_per_host: 99 };
            for n in 0..20 {
                let at = Timestamp::from_secs(n);
                it.keep_hub_request(&request(&format!("https://a.example/{n}")), limits, at)?;
            }
            it.keep_hub_request(&request("https://b.example/"), limits, Timestamp::from_secs(50))?;
            let now = Timestamp::from_secs(60);
            let due = it.reader().hub_requests_due((now, now), 2, 9)?;
            Ok(due.into_iter().map(|it| it.request.callback.to_string()).collect::<Vec<_>>())
        });
        let expected = ["https://a.example/0", "https://a.example/1", "https://b.example/"];
        assert_eq!(hosts.await.expect("a transaction"), expected);
    }
}
