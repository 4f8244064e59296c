//! What sites answered when asked for their robots.txt.

use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::domain::Timestamp;

use super::error::StoreError;
use super::session::Reader;
use super::session::Writer;

/// Bytes of robots.txt files that are kept. Beyond them the oldest are forgotten, and their hosts
/// asked again: a hostile feed can name hosts without end.
const FILES_BYTES_MAX: i64 = 64 << 20;

/// What a site answered when asked for its robots.txt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RobotsRow {
    /// Which kind of answer it is, in one word.
    pub kind: String,
    /// The file, or the reason why there is none.
    pub body: Vec<u8>,
    /// When it was asked for.
    pub fetched: Timestamp,
    /// When it last could not be had again.
    pub failed: Option<Timestamp>,
}

impl Reader<'_> {
    /// What a site last answered when asked for its robots.txt.
    pub fn robots(&self, origin: &str) -> Result<Option<RobotsRow>, StoreError> {
        let mut select =
            self.sql.prepare_cached("SELECT kind, body, fetched, failed FROM robots WHERE origin = ?1")?;
        let found = select.query_row([origin], |row| {
            let fetched = row.get("fetched")?;
            Ok(RobotsRow {
                kind: row.get("kind")?,
                body: row.get("body")?,
                fetched,
                failed: row.get("failed")?,
            })
        });
        Ok(found.optional()?)
    }
}

impl Writer<'_> {
    /// Remembers a site's robots.txt, and forgets those fetched before `forgotten` and the oldest of
    /// more than 64 MiB.
    pub fn record_robots(
        &self,
        origin: &str,
        row: &RobotsRow,
        forgotten: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM robots WHERE fetched < ?1")?.execute([forgotten.millis()])?;
        self.sql
            .prepare_cached(
                "INSERT OR REPLACE INTO robots (origin, kind, body, fetched, failed) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                origin,
                row.kind,
                row.body,
                row.fetched.millis(),
                row.failed.map(Timestamp::millis)
            ])?;
        self.sql
            .prepare_cached(
                "DELETE FROM robots WHERE origin IN (
                     SELECT origin FROM (
                         SELECT origin, sum(bytes) OVER (ORDER BY fetched DESC, origin DESC) AS held FROM robots)
                     WHERE ?1 < held)",
            )?
            .execute([FILES_BYTES_MAX])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn hosts_without_end_fill_no_disk_and_the_newest_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let hosts = 40;
        let held = usize::try_from(FILES_BYTES_MAX).expect("a size") / hosts * 2;
        let recorded = store.write(move |it| {
            for host in 0..hosts {
                let fetched = Timestamp::from_secs(i64::try_from(host).unwrap_or_default());
                let row =
                    RobotsRow { kind: "found".to_owned(), body: vec![b'#'; held], fetched, failed: None };
                it.record_robots(&format!("https://h{host}.example"), &row, Timestamp::from_secs(0))?;
            }
            let is_kept = |host: usize| it.reader().robots(&format!("https://h{host}.example"));
            let mut kept = Vec::new();
            for host in 0..hosts {
                kept.extend(is_kept(host)?.map(|_| host));
            }
            Ok(kept)
        });
        let kept = recorded.await.expect("a transaction");
        assert_eq!(kept, (hosts / 2..hosts).collect::<Vec<_>>());
    }
}
