//! What people did that is about no story: with editions and with sources.

use rusqlite::Row;
use rusqlite::params;

use crate::domain::Timestamp;

use super::columns::Columns;
use super::columns::columns;
use super::error::StoreError;
use super::session::Reader;
use super::session::Writer;

/// What a person did with an edition or a source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeskLogRow {
    /// When.
    pub at: Timestamp,
    /// The person's name.
    pub by: String,
    /// In a word or two: `edition order`, `source set`.
    pub act: String,
    /// The output's or the source's id.
    pub subject: String,
    /// The stories or keys that it was about, where there are any; never a value, which may be secret.
    pub detail: Option<String>,
}

columns! {
    DeskLogColumns in l { at, by, act, subject, detail }
}

impl DeskLogRow {
    const COLUMNS: &'static str = DeskLogColumns::LIST;

    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = DeskLogColumns::AT;
        Ok(Self {
            at: row.get(at.at)?,
            by: row.get(at.by)?,
            act: row.get(at.act)?,
            subject: row.get(at.subject)?,
            detail: row.get(at.detail)?,
        })
    }
}

impl Reader<'_> {
    /// What people did with editions and sources, newest first.
    pub fn desk_log(&self, limit: usize) -> Result<Vec<DeskLogRow>, StoreError> {
        self.rows(
            &format!("SELECT {} FROM desk_log l ORDER BY id DESC LIMIT ?1", DeskLogRow::COLUMNS),
            [limit as i64],
            DeskLogRow::of,
        )
    }
}

impl Writer<'_> {
    /// Notes what a person did with an edition or a source.
    pub fn append_desk_log(&self, row: &DeskLogRow) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO desk_log (at, by, act, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![row.at.millis(), row.by, row.act, row.subject, row.detail])?;
        Ok(())
    }
}
