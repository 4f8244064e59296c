//! What people wrote into the fields of a story.

use rusqlite::Row;
use rusqlite::params;

use crate::domain::FieldValue;
use crate::domain::StoryField;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRowId;
use super::session::Reader;
use super::session::Writer;
use super::stored;
use super::stored::Unreadable;

/// What a person wrote into a field of a story.
#[derive(Clone, Debug)]
pub struct OverrideRow {
    /// The field's name.
    pub field: String,
    /// What stands in it.
    pub value: Result<FieldValue, Unreadable>,
}

impl OverrideRow {
    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let field: String = row.get("field")?;
        let value = stored::override_from(&field, stored::json_at(row, "value")?.unwrap_or_default());
        Ok(Self { field, value })
    }
}

impl Reader<'_> {
    /// What people wrote into the fields of a story.
    pub fn overrides(&self, story: StoryRowId) -> Result<Vec<OverrideRow>, StoreError> {
        let sql = "SELECT field, value FROM overrides WHERE story = ?1 ORDER BY field";
        self.rows(sql, [story.0], OverrideRow::of)
    }
}

impl Writer<'_> {
    /// Keeps what a person wrote into a field; `None` gives the field back to the engine.
    pub fn override_field(
        &self,
        story: StoryRowId,
        field: StoryField,
        value: Option<&FieldValue>,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM overrides WHERE story = ?1 AND field = ?2")?
            .execute(params![story.0, field.as_str()])?;
        if let Some(value) = value {
            self.sql
                .prepare_cached(
                    "INSERT INTO overrides (story, field, value, by, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![story.0, field.as_str(), stored::override_json(value), by, now.millis()])?;
        }
        Ok(())
    }
}
