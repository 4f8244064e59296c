//! The hosts that the base URL ever had.

use chrono::NaiveDate;
use rusqlite::params;

use crate::domain::Timestamp;

use super::error::StoreError;
use super::session::Reader;
use super::session::Writer;

impl Reader<'_> {
    /// The first host that the base URL ever had, and when it was first seen. The ids of our feeds
    /// are made of it, and so never change.
    pub fn first_host(&self) -> Result<Option<(String, Timestamp)>, StoreError> {
        self.one("SELECT host, first_seen FROM hosts ORDER BY n LIMIT 1", [], |row| {
            Ok((row.get("host")?, row.get("first_seen")?))
        })
    }

    /// When a host of the base URL was first seen.
    pub fn host_first_seen(&self, host: &str) -> Result<Option<Timestamp>, StoreError> {
        self.find_value("SELECT first_seen FROM hosts WHERE host = ?1", [host])
    }
}

impl Writer<'_> {
    /// The day that stands in the tags of a host of the base URL: when it was first seen.
    pub fn host_since(&self, host: &str, now: Timestamp) -> Result<NaiveDate, StoreError> {
        let first = match self.reader().host_first_seen(host)? {
            Some(first) => first,
            None => {
                self.sql
                    .prepare_cached("INSERT INTO hosts (host, first_seen) VALUES (?1, ?2)")?
                    .execute(params![host, now.millis()])?;
                now
            }
        };
        Ok(first.utc().date_naive())
    }
}
