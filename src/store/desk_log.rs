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
    /// What people did with editions and sources, newest first; without changes that may not have been made.
    pub fn desk_log(&self, limit: usize) -> Result<Vec<DeskLogRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM desk_log l WHERE l.pending IS NULL ORDER BY id DESC LIMIT ?1",
                DeskLogRow::COLUMNS
            ),
            [limit as i64],
            DeskLogRow::of,
        )
    }

    /// Changes that may not have been made, oldest first: number, row, and what was given to
    /// [`Writer::append_pending_desk_log`].
    pub fn pending_desk_log(&self) -> Result<Vec<(i64, DeskLogRow, String)>, StoreError> {
        self.rows(
            &format!(
                "SELECT {}, l.id AS id, l.pending AS pending FROM desk_log l WHERE l.pending IS NOT NULL ORDER BY id",
                DeskLogRow::COLUMNS
            ),
            [],
            |row| Ok((row.get("id")?, DeskLogRow::of(row)?, row.get("pending")?)),
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

    /// Notes a change that is about to be made outside the database, with what tells later whether it was;
    /// the number is for [`Self::made_pending`] or [`Self::drop_pending`].
    pub fn append_pending_desk_log(&self, row: &DeskLogRow, pending: &str) -> Result<i64, StoreError> {
        self.append_desk_log(row)?;
        let id = self.sql.last_insert_rowid();
        self.sql
            .prepare_cached("UPDATE desk_log SET pending = ?2 WHERE id = ?1")?
            .execute(params![id, pending])?;
        Ok(id)
    }

    /// The change was made.
    pub fn made_pending(&self, id: i64) -> Result<(), StoreError> {
        self.sql.prepare_cached("UPDATE desk_log SET pending = NULL WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// The change was not made.
    pub fn drop_pending(&self, id: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM desk_log WHERE id = ?1 AND pending IS NOT NULL";
        self.sql.prepare_cached(sql)?.execute([id])?;
        Ok(())
    }
}
