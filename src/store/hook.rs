//! What hooks are told, and what waits to be delivered. Deliveries are written by triggers of the
//! schema, in the transaction of what they tell.

use std::collections::BTreeSet;

use rusqlite::Row;
use rusqlite::params;

use crate::domain::HookEvent;
use crate::domain::Timestamp;

use super::columns::Columns;
use super::columns::columns;
use super::error::StoreError;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Writer;

/// What a hook of the configuration is told.
#[derive(Clone, Debug)]
pub struct HookTerms {
    /// Its name.
    pub id: String,
    /// Each event with the output that it is told of; of no output, empty.
    pub events: BTreeSet<(&'static str, String)>,
}

/// How a hook is.
#[derive(Clone, Debug)]
pub struct HookRow {
    /// Its name.
    pub id: String,
    /// Deliveries that wait.
    pub waiting: usize,
    /// When it last took one.
    pub taken: Option<Timestamp>,
    /// Why it did not take the last one.
    pub reason: Option<String>,
    /// Deliveries that were given up.
    pub given_up: usize,
}

/// An event that a hook is to be told.
#[derive(Clone, Debug)]
pub struct HookDelivery {
    id: i64,
    /// Its name outside, in lower-case hexadecimal digits.
    pub uuid: String,
    /// What happened; `None` where that is damaged.
    pub event: Option<HookEvent>,
    /// When.
    pub at: Timestamp,
    /// The output that it happened in.
    pub output: Option<String>,
    /// The story that it happened to.
    pub story: Option<StoryRowId>,
    /// The id of the digest.
    pub digest: Option<String>,
    /// The source that it happened to.
    pub source: Option<String>,
    /// When it was first tried.
    pub first_tried: Option<Timestamp>,
    /// Attempts that failed.
    pub tries: u32,
}

columns! {
    HookColumns in h {
        id, waiting = "(SELECT count(*) FROM hook_deliveries d WHERE d.hook = h.id)", taken, reason, given_up
    }
}

columns! {
    DeliveryColumns in d {
        id, uuid = "lower(hex(d.uuid))", event, at, output, story, digest, source, first_tried, tries
    }
}

impl HookRow {
    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = HookColumns::AT;
        Ok(Self {
            id: row.get(at.id)?,
            waiting: row.get::<_, i64>(at.waiting)? as usize,
            taken: row.get(at.taken)?,
            reason: row.get(at.reason)?,
            given_up: row.get::<_, i64>(at.given_up)? as usize,
        })
    }
}

impl HookDelivery {
    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = DeliveryColumns::AT;
        let event: String = row.get(at.event)?;
        Ok(Self {
            id: row.get(at.id)?,
            uuid: row.get(at.uuid)?,
            event: HookEvent::from_word(&event),
            at: row.get(at.at)?,
            output: row.get(at.output)?,
            story: row.get(at.story)?,
            digest: row.get(at.digest)?,
            source: row.get(at.source)?,
            first_tried: row.get(at.first_tried)?,
            tries: row.get(at.tries)?,
        })
    }
}

impl Reader<'_> {
    /// How every hook is.
    pub fn hooks(&self) -> Result<Vec<HookRow>, StoreError> {
        self.rows(&format!("SELECT {} FROM hooks h ORDER BY id", HookColumns::LIST), [], HookRow::of)
    }

    /// Deliveries of a hook that are due, oldest first, one of each subject: the others of that wait
    /// for it. What was planned for after `horizon` was planned by a clock that was set back since.
    pub fn hook_deliveries_due(
        &self,
        hook: &str,
        now: Timestamp,
        horizon: Timestamp,
        limit: usize,
    ) -> Result<Vec<HookDelivery>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM hook_deliveries d
                 WHERE d.hook = ?1 AND (d.next <= ?2 OR ?3 < d.next)
                     AND NOT EXISTS (SELECT 1 FROM hook_deliveries e
                                     WHERE e.hook = d.hook AND e.subject = d.subject AND e.id < d.id)
                 ORDER BY d.next, d.id LIMIT ?4",
                DeliveryColumns::LIST
            ),
            params![hook, now.millis(), horizon.millis(), i64::try_from(limit).unwrap_or(i64::MAX)],
            HookDelivery::of,
        )
    }

    /// A mark before which all deliveries are that there are.
    pub fn last_hook_delivery(&self) -> Result<i64, StoreError> {
        self.value("SELECT coalesce(max(id), 0) FROM hook_deliveries", [])
    }

    fn hook_terms(&self) -> Result<BTreeSet<(String, String, String)>, StoreError> {
        let told = self.rows("SELECT hook, event, output FROM hook_events", [], |row| {
            Ok((row.get("hook")?, row.get("event")?, row.get("output")?))
        })?;
        Ok(told.into_iter().collect())
    }
}

impl Writer<'_> {
    /// Makes the hooks what the configuration says. Those that are gone take with them what waits.
    pub fn sync_hooks(&self, wanted: &[HookTerms], now: Timestamp) -> Result<(), StoreError> {
        let known: BTreeSet<String> = self.reader().hooks()?.into_iter().map(|it| it.id).collect();
        let told = wanted.iter().flat_map(|hook| {
            hook.events.iter().map(|(event, output)| (hook.id.clone(), (*event).to_owned(), output.clone()))
        });
        let told: BTreeSet<_> = told.collect();
        let ids: BTreeSet<String> = wanted.iter().map(|it| it.id.clone()).collect();
        if known == ids && self.reader().hook_terms()? == told {
            return Ok(());
        }
        self.sql.execute("DELETE FROM hook_events", [])?;
        for id in known.difference(&ids) {
            self.sql.execute("DELETE FROM hook_deliveries WHERE hook = ?1", [id])?;
            self.sql.execute("DELETE FROM hooks WHERE id = ?1", [id])?;
        }
        for id in ids.difference(&known) {
            self.sql.execute("INSERT INTO hooks (id, since) VALUES (?1, ?2)", params![id, now.millis()])?;
        }
        for (hook, event, output) in &told {
            let insert = "INSERT INTO hook_events (event, output, hook) VALUES (?1, ?2, ?3)";
            self.sql.prepare_cached(insert)?.execute([event, output, hook])?;
        }
        Ok(())
    }

    /// Forgets the deliveries after a mark: what the job has done is no news.
    pub fn forget_hook_deliveries_after(&self, mark: i64) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM hook_deliveries WHERE ?1 < id")?.execute([mark])?;
        Ok(())
    }

    /// A hook took a delivery.
    pub fn end_hook_delivery(
        &self,
        hook: &str,
        delivery: &HookDelivery,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.remove_hook_delivery(delivery)?;
        self.sql
            .prepare_cached("UPDATE hooks SET taken = ?2, reason = NULL WHERE id = ?1")?
            .execute(params![hook, now.millis()])?;
        Ok(())
    }

    /// A hook did not take a delivery, which is tried again at `next`.
    pub fn retry_hook_delivery(
        &self,
        hook: &str,
        delivery: &HookDelivery,
        reason: &str,
        (now, next): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE hook_deliveries SET tries = tries + 1, next = ?3,
                     first_tried = min(coalesce(first_tried, ?2), ?2) WHERE id = ?1 AND uuid = unhex(?4)",
            )?
            .execute(params![delivery.id, now.millis(), next.millis(), delivery.uuid])?;
        self.sql.prepare_cached("UPDATE hooks SET reason = ?2 WHERE id = ?1")?.execute([hook, reason])?;
        Ok(())
    }

    /// A delivery is given up, and those after it come next.
    pub fn give_up_hook_delivery(
        &self,
        hook: &str,
        delivery: &HookDelivery,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.remove_hook_delivery(delivery)?;
        self.sql
            .prepare_cached("UPDATE hooks SET given_up = given_up + 1, reason = ?2 WHERE id = ?1")?
            .execute([hook, reason])?;
        Ok(())
    }

    fn remove_hook_delivery(&self, delivery: &HookDelivery) -> Result<(), StoreError> {
        let delete = "DELETE FROM hook_deliveries WHERE id = ?1 AND uuid = unhex(?2)";
        self.sql.prepare_cached(delete)?.execute(params![delivery.id, delivery.uuid])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn a_damaged_event_keeps_no_other_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let events = store.write(|it| {
            it.sql.execute_batch(
                "INSERT INTO hooks (id, since) VALUES ('h', 0);
                 INSERT INTO hook_deliveries (hook, event, at, subject) VALUES ('h', 'pub', 0, 'source a'),
                     ('h', 'health', 0, 'source b'), ('h', 'waiting', 0, 'source a')",
            )?;
            let now = Timestamp::from_secs(60);
            let due = || it.reader().hook_deliveries_due("h", now, now, 9);
            let first = due()?;
            it.give_up_hook_delivery("h", &first[0], "its event is damaged")?;
            let events = |of: Vec<HookDelivery>| of.into_iter().map(|it| it.event).collect::<Vec<_>>();
            Ok((events(first), events(due()?)))
        });
        let (first, then) = events.await.expect("a transaction");
        assert_eq!(first, [None, Some(HookEvent::Health)]);
        assert_eq!(then, [Some(HookEvent::Health), Some(HookEvent::Waiting)]);
    }

    #[tokio::test]
    async fn an_event_is_dated_by_what_it_tells() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let told = store.write(|it| {
            it.sql.execute_batch(
                "INSERT INTO hooks (id, since) VALUES ('h', 0);
                 INSERT INTO hook_events (event, output, hook) VALUES ('waiting', '', 'h'), ('withdrawn', 'all', 'h');
                 INSERT INTO stories (id, key, tag, path, title, state, primary_entry, published, updated, created)
                 VALUES (1, 'a', 'a', '/a', 'A', 'pending', 1, 5, 5, 5), (2, 'b', 'b', '/b', 'B', 'published', 2, 5, 5, 5),
                     (3, 'c', 'c', '/c', 'C', 'published', 3, 5, 5, 5);
                 INSERT INTO output_items (output, seq, story, entered, score) VALUES ('all', 1, 3, 5, 0);
                 INSERT INTO revisions (story, n, created, title, engine, briefing, input_hash, why)
                 VALUES (2, 1, 20000, 'B', 'extractive', '{}', '', '')",
            )?;
            it.hold_story(StoryRowId(1), Timestamp::from_secs(10))?;
            it.keep_draft(StoryRowId(2), 1)?;
            it.merge_stories(StoryRowId(3), StoryRowId(2), "one", Timestamp::from_secs(30))?;
            let due = it.reader().hook_deliveries_due("h", Timestamp::from_secs(60), Timestamp::from_secs(60), 9)?;
            Ok(due.into_iter().map(|it| (it.story.map(|it| it.0), it.at.millis())).collect::<Vec<_>>())
        });
        let told = told.await.expect("a transaction");
        assert_eq!(told, [(Some(1), 10_000), (Some(2), 20_000), (Some(3), 30_000)]);
    }

    #[tokio::test]
    async fn a_story_that_comes_back_is_told_of_by_the_time_it_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let told = store.write(|it| {
            it.sql.execute_batch(
                "INSERT INTO hooks (id, since) VALUES ('h', 0);
                 INSERT INTO stories (id, key, tag, path, title, state, primary_entry, published, updated, created, first_published)
                 VALUES (1, 'a', 'a', '/a', 'A', 'withdrawn', 1, 5, 5, 5, 5), (2, 'b', 'b', '/b', 'B', 'published', 2, 5, 5, 5, 5),
                     (3, 'c', 'c', '/c', 'C', 'published', 3, 5, 5, 5, 5);
                 INSERT INTO output_items (output, seq, story, entered, score) VALUES ('all', 1, 1, 5, 0), ('all', 2, 3, 5, 0),
                     ('all', 3, 2, 5, 0);
                 INSERT INTO hook_events (event, output, hook) VALUES ('published', 'all', 'h');",
            )?;
            it.revive(StoryRowId(1), Timestamp::from_secs(20))?;
            it.merge_stories(StoryRowId(3), StoryRowId(2), "one", Timestamp::from_secs(30))?;
            it.revive_retired(StoryRowId(3), StoryRowId(2), &[], Timestamp::from_secs(40))?;
            let due = it.reader().hook_deliveries_due("h", Timestamp::from_secs(60), Timestamp::from_secs(60), 9)?;
            Ok(due.into_iter().map(|it| (it.story.map(|it| it.0), it.at.millis())).collect::<Vec<_>>())
        });
        let told = told.await.expect("a transaction");
        assert_eq!(told, [(Some(1), 20_000), (Some(3), 40_000)]);
    }
}
