//! What people wrote into the fields of a story.

use rusqlite::params;

use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Writer;

impl Reader<'_> {
    /// What people wrote into the fields of a story: name, value as JSON.
    pub fn overrides(&self, story: StoryRowId) -> Result<Vec<(String, String)>, StoreError> {
        self.rows("SELECT field, value FROM overrides WHERE story = ?1 ORDER BY field", [story.0], |row| {
            Ok((row.get("field")?, row.get("value")?))
        })
    }
}

impl Writer<'_> {
    /// Keeps what a person wrote into a field, as JSON; `None` gives the field back to the engine.
    pub fn override_field(
        &self,
        story: StoryRowId,
        field: &str,
        value: Option<&str>,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM overrides WHERE story = ?1 AND field = ?2")?
            .execute(params![story.0, field])?;
        if let Some(value) = value {
            self.sql
                .prepare_cached(
                    "INSERT INTO overrides (story, field, value, by, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![story.0, field, value, by, now.millis()])?;
        }
        Ok(())
    }
}
