//! Who works on what: leases on sources and pages.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::domain::EntryId;
use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::holder::Holder;
use super::rate_limit::authority;
use super::row::SourceRow;
use super::row::parsed;
use super::session::Reader;
use super::session::Writer;

/// Which sources a pass takes.
#[derive(Clone, Debug)]
pub enum ClaimScope {
    /// Those of the list that are due.
    Due(Arc<HashSet<SourceId>>),
    /// All of the list, due or not.
    Listed(Arc<HashSet<SourceId>>),
}

/// The parameters of a lease.
#[derive(Clone, Debug)]
pub struct LeaseParams {
    /// To whom.
    pub holder: Holder,
    /// Until when at most.
    pub until: Timestamp,
    /// Most sources of one host and port under lease at once: who waits for a turn
    /// with a busy host is to hold nobody else's place.
    pub per_host: usize,
    /// Hosts with ports to which that does not apply.
    pub unbounded: HashSet<String>,
}

impl Reader<'_> {
    /// Sources that may be polled, those due for the longest time first. They may be
    /// leased to others, and their hosts be busy: taking them is for [`Writer::claim`].
    pub fn pollable(&self, claim: &ClaimScope, now: Timestamp) -> Result<Vec<SourceId>, StoreError> {
        let (listed, latest) = claim.parts(now);
        let mut all: Vec<SourceId> = self.rows(
            "SELECT id FROM sources
             WHERE health <> 'gone' AND operator_rights <> 'drop' AND next_poll <= ?1 AND coalesce(retry_after, 0) <= ?2 ORDER BY next_poll, id",
            params![latest.millis(), now.millis()],
            |row| parsed(row.get("id")?, "source id"),
        )?;
        all.retain(|it| listed.contains(it));
        Ok(all)
    }
}

impl Writer<'_> {
    /// Takes a lease on sources to be polled, those due for the longest time first, and
    /// returns them. Sources that answered 410, that are not to be asked yet, whose host
    /// is left alone or busy, or that another living process polls are left out. A lease
    /// that ends later than one of twice this length is from before the clock was set
    /// back, and has ended.
    pub fn claim(
        &self,
        claim: &ClaimScope,
        limit: usize,
        now: Timestamp,
        terms: &LeaseParams,
    ) -> Result<Vec<SourceRow>, StoreError> {
        let (listed, latest) = claim.parts(now);
        let paused = self.reader().rate_limited_hosts(now)?;
        let is_held = |holder: Option<String>, until: Option<i64>| {
            holder.is_some_and(|it| is_leased(&it, until, now, terms))
        };
        let mut busy: HashMap<String, usize> = HashMap::new();
        let mut leased = self.sql.prepare_cached(
            "SELECT coalesce(moved_to, url) AS address, lease_holder, lease_until FROM sources
             WHERE lease_until IS NOT NULL",
        )?;
        let mut rows = leased.query([])?;
        while let Some(row) = rows.next()? {
            if is_held(row.get("lease_holder")?, row.get("lease_until")?) {
                *busy.entry(authority(&row.get::<_, String>("address")?)).or_default() += 1;
            }
        }
        let mut select = self.sql.prepare_cached(
            "SELECT id, coalesce(moved_to, url) AS address, lease_holder, lease_until FROM sources
             WHERE health <> 'gone' AND operator_rights <> 'drop' AND next_poll <= ?1 AND coalesce(retry_after, 0) <= ?2 ORDER BY next_poll, id",
        )?;
        let mut rows = select.query(params![latest.millis(), now.millis()])?;
        let mut chosen: Vec<SourceId> = Vec::new();
        while chosen.len() < limit
            && let Some(row) = rows.next()?
        {
            let id = parsed(row.get("id")?, "source id")?;
            if !listed.contains(&id) || is_held(row.get("lease_holder")?, row.get("lease_until")?) {
                continue;
            }
            let host = authority(&row.get::<_, String>("address")?);
            if paused.contains_key(&host) {
                continue;
            }
            let is_bounded = !terms.unbounded.contains(&host);
            let under_way = busy.entry(host).or_default();
            if is_bounded && terms.per_host <= *under_way {
                continue;
            }
            *under_way += 1;
            chosen.push(id);
        }
        let mut lease = self
            .sql
            .prepare_cached("UPDATE sources SET lease_holder = ?2, lease_until = ?3 WHERE id = ?1")?;
        let mut whole =
            self.sql.prepare_cached(&format!("SELECT {} FROM sources WHERE id = ?1", SourceRow::COLUMNS))?;
        let mut claimed = Vec::with_capacity(chosen.len());
        for id in chosen {
            lease.execute(params![id.as_str(), terms.holder.as_str(), terms.until.millis()])?;
            claimed.push(whole.query_row([id.as_str()], |row| Ok(SourceRow::of(row)))??);
        }
        Ok(claimed)
    }

    /// Takes leases on entries whose page should be read, and returns those that were free.
    pub fn claim_pages(
        &self,
        entries: &[EntryId],
        now: Timestamp,
        terms: &LeaseParams,
    ) -> Result<Vec<EntryId>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT lease_holder, lease_until FROM article_pages
             WHERE entry = ?1 AND (state = 'wanted' OR state = 'failed' AND retry_at <= ?2
                 OR state = 'fetched' AND recheck_at <= ?2)",
        )?;
        let mut lease = self.sql.prepare_cached(
            "UPDATE article_pages SET lease_holder = ?2, lease_until = ?3 WHERE entry = ?1",
        )?;
        let mut claimed = Vec::new();
        for entry in entries {
            let held: Option<(Option<String>, Option<i64>)> = select
                .query_row(params![entry.0, now.millis()], |row| {
                    Ok((row.get("lease_holder")?, row.get("lease_until")?))
                })
                .optional()?;
            // Another process may have read it since it was looked for.
            let Some((holder, until)) = held else { continue };
            if !holder.is_some_and(|it| is_leased(&it, until, now, terms)) {
                lease.execute(params![entry.0, terms.holder.as_str(), terms.until.millis()])?;
                claimed.push(*entry);
            }
        }
        Ok(claimed)
    }

    /// Gives leases back without a poll.
    pub fn release(&self, holder: &Holder) -> Result<(), StoreError> {
        for sql in [
            "UPDATE sources SET lease_holder = NULL, lease_until = NULL WHERE lease_holder = ?1",
            "UPDATE article_pages SET lease_holder = NULL, lease_until = NULL WHERE lease_holder = ?1",
        ] {
            self.sql.prepare_cached(sql)?.execute([holder.as_str()])?;
        }
        Ok(())
    }
}

impl ClaimScope {
    /// Which sources, and up to when they are to be due.
    fn parts(&self, now: Timestamp) -> (&HashSet<SourceId>, Timestamp) {
        match self {
            Self::Due(listed) => (listed, now),
            Self::Listed(listed) => (listed, Timestamp::from_millis(i64::MAX)),
        }
    }
}

/// Whether a stored lease holds: its holder lives, and it has neither run out nor been
/// given by a clock that was since set back.
fn is_leased(holder: &str, until: Option<i64>, now: Timestamp, terms: &LeaseParams) -> bool {
    let latest = terms.until.plus(terms.until.since(now));
    until.is_some_and(|it| now.millis() < it && it <= latest.millis())
        && (holder == terms.holder.as_str() || Holder::is_alive(holder))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use url::Url;

    use super::*;
    use crate::store::Store;
    use crate::store::StoryRowId;

    const NOW: Timestamp = Timestamp::from_secs(1_795_168_800);
    const HOUR: Duration = Duration::from_secs(3600);

    fn terms(per_host: usize) -> LeaseParams {
        let unbounded = HashSet::from(["127.0.0.1:9000".to_owned()]);
        LeaseParams { holder: Holder::this_process(), until: NOW.plus(HOUR), per_host, unbounded }
    }

    async fn store(urls: &[&str]) -> (tempfile::TempDir, Store, ClaimScope) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let ids: Vec<SourceId> = (0..urls.len()).map(|n| format!("s{n}").parse().expect("an id")).collect();
        let sources: Vec<_> = ids.iter().cloned().zip(urls.iter().map(|it| (*it).to_owned())).collect();
        store.write(move |it| it.sync_sources(&sources, NOW)).await.expect("sources");
        (folder, store, ClaimScope::Due(Arc::new(ids.into_iter().collect())))
    }

    async fn claimed(store: &Store, claim: &ClaimScope, per_host: usize) -> Vec<String> {
        let claim = claim.clone();
        let rows = store.write(move |it| it.claim(&claim, 100, NOW, &terms(per_host))).await;
        rows.expect("a claim").into_iter().map(|it| it.id.to_string()).collect()
    }

    #[tokio::test]
    async fn a_host_with_many_sources_holds_no_more_than_its_places() {
        let urls =
            ["https://a.example/1", "https://a.example:443/2", "https://a.example/3", "https://b.example/"];
        let (_folder, store, claim) = store(&urls).await;
        assert_eq!(claimed(&store, &claim, 2).await, ["s0", "s1", "s3"]);
        assert_eq!(claimed(&store, &claim, 2).await, [""; 0]);
        store.write(|it| it.release(&Holder::this_process())).await.expect("a release");
        assert_eq!(claimed(&store, &claim, 1).await, ["s0", "s3"]);
    }

    #[tokio::test]
    async fn the_operators_own_address_has_places_without_end() {
        let (_folder, store, claim) = store(&["http://127.0.0.1:9000/1", "http://127.0.0.1:9000/2"]).await;
        assert_eq!(claimed(&store, &claim, 1).await, ["s0", "s1"]);
    }

    #[tokio::test]
    async fn a_host_is_left_alone_once_three_of_its_addresses_ask_for_it() {
        let (_folder, store, claim) = store(&["https://a.example/1", "https://b.example/"]).await;
        let pause = async |path: &str, until: Timestamp| {
            let url: Url = format!("https://a.example/{path}").parse().expect("a URL");
            store.write(move |it| it.record_rate_limit(&url, until, NOW)).await.expect("a pause");
        };
        pause("x", NOW.plus(3 * HOUR)).await;
        pause("y", NOW.plus(2 * HOUR)).await;
        pause("y", NOW.plus(2 * HOUR)).await;
        let paused = async |at| store.read(move |it| it.rate_limited_hosts(at)).await.expect("pauses");
        assert!(paused(NOW).await.is_empty());
        let until = async |path: &str| {
            let url: Url = format!("https://a.example/{path}").parse().expect("a URL");
            store.read(move |it| it.rate_limited_until(&url, NOW)).await.expect("pauses")
        };
        assert_eq!((until("x").await, until("1").await), (Some(NOW.plus(3 * HOUR)), None));
        pause("z", NOW.plus(HOUR)).await;
        assert_eq!(paused(NOW).await, HashMap::from([("a.example:443".to_owned(), NOW.plus(HOUR))]));
        assert_eq!((until("x").await, until("1").await), (Some(NOW.plus(3 * HOUR)), Some(NOW.plus(HOUR))));
        assert_eq!(claimed(&store, &claim, 9).await, ["s1"]);
        assert!(paused(NOW.plus(HOUR)).await.is_empty());
    }

    #[tokio::test]
    async fn what_was_planned_in_an_hour_still_is_after_the_clock_was_set_back() {
        let (_folder, store, claim) = store(&["https://a.example/1"]).await;
        assert_eq!(claimed(&store, &claim, 1).await, ["s0"]);
        let set_back = |it: &Writer<'_>| {
            it.sql.execute(
                "UPDATE sources SET next_poll = ?1, lease_holder = NULL",
                [NOW.plus(HOUR).millis()],
            )?;
            it.sql.execute(
                "INSERT INTO stories (id, key, tag, path, title, state, primary_entry, published, updated, created)
                 VALUES (1, 'a', 'a', '/a', 'A', 'published', 1, 0, 0, 0)",
                [],
            )?;
            it.ask_again(StoryRowId(1), Some((NOW.plus(HOUR), NOW.plus(9 * HOUR))))?;
            it.set_clock_back(2 * HOUR, NOW)
        };
        store.write(set_back).await.expect("a clock");
        let row = store.read(|it| it.sources()).await.expect("sources").remove(0);
        assert_eq!(row.next_poll, NOW.minus(HOUR));
        let asking = |it: &Writer<'_>| {
            let sql = "SELECT ask_after, ask_until FROM stories";
            Ok(it.sql.query_row(sql, [], |row| {
                Ok((row.get::<_, i64>("ask_after")?, row.get::<_, i64>("ask_until")?))
            })?)
        };
        let asked = store.write(asking).await.expect("a story");
        assert_eq!(asked, (NOW.minus(HOUR).millis(), NOW.plus(7 * HOUR).millis()));
    }
}
