//! Forms of the desk that were acted on: each decides once.

use std::time::Duration;

use rusqlite::params;

use crate::domain::Timestamp;

use super::error::StoreError;
use super::session::Reader;
use super::session::Writer;

/// How long a form is remembered: longer than any session that could send it again.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Reader<'_> {
    /// Whether a form was acted on.
    pub fn is_submitted(&self, id: &str) -> Result<bool, StoreError> {
        self.value("SELECT EXISTS (SELECT 1 FROM submitted_forms WHERE id = ?1)", [id])
    }
}

impl Writer<'_> {
    /// Notes that a form is acted on; `false` where it was before, and nothing is to be done.
    pub fn submit_form(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.sql
            .prepare_cached("DELETE FROM submitted_forms WHERE at < ?1")?
            .execute([now.minus(REMEMBERED).millis()])?;
        let noted = self
            .sql
            .prepare_cached("INSERT INTO submitted_forms (id, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![id, now.millis()])?;
        Ok(noted == 1)
    }
}
