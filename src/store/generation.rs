//! Which changes readers see, and since when.

use rusqlite::params;

use crate::domain::Timestamp;

use super::error::StoreError;
use super::session::Reader;
use super::session::Writer;

impl Reader<'_> {
    /// A number that grows with every change that readers can see.
    pub fn generation(&self) -> Result<i64, StoreError> {
        self.value("SELECT n FROM generation", [])
    }
}

impl Writer<'_> {
    /// Notes a change that readers can see.
    pub fn note_change(&self) {
        self.has_changed.set(true);
    }

    /// When pages of this generation and appearance were first shown: later than any others before, so
    /// that a reader who asks by date alone misses nothing. HTTP dates know no less than a second.
    pub fn date_pages(&self, generation: i64, look: &str, now: Timestamp) -> Result<Timestamp, StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE pages_shown SET generation = ?1, look = ?2, since = max(?3, since + 1000)
                 WHERE generation <> ?1 OR look <> ?2",
            )?
            .execute(params![generation, look, now.millis()])?;
        self.reader().value("SELECT since FROM pages_shown", [])
    }
}
