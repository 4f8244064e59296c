//! What sites answered when asked for their robots.txt.

use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::domain::Timestamp;

use super::error::StoreError;
use super::session::Reader;
use super::session::Writer;

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
    /// Remembers a site's robots.txt, and forgets those fetched before `forgotten`.
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
        Ok(())
    }
}
