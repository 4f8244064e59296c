//! What a closure is given: a view of the store, and for the writer what changes it. The methods
//! stand with what they read and write, in the files beside this one.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::Params;
use rusqlite::Row;
use rusqlite::params;
use rusqlite::types::FromSql;

use super::error::StoreError;
use super::row::StoryRowId;

/// The column of a SELECT that has one.
const ONLY: usize = 0;

/// A reading view of the store: every method sees the same snapshot of it.
///
/// # Errors
/// The methods fail alike: with [`StoreError::Unreadable`] where a column holds what this version
/// does not write there, [`StoreError::Damaged`] where the file is damaged, [`StoreError::Busy`] where
/// another process keeps it locked, and [`StoreError::Sqlite`] where SQLite fails otherwise.
pub struct Reader<'a> {
    pub(super) sql: &'a Connection,
}

/// The writer's side of the store, inside one job.
///
/// # Errors
/// The methods fail as those of [`Reader`] do, and with [`StoreError::NoSpace`] where the disk is full or
/// read-only. The job's transaction is then rolled back: nothing of it is written.
pub struct Writer<'a> {
    pub(super) sql: &'a Connection,
    /// Whether readers can see a change; counted once for all of them.
    pub(super) has_changed: Cell<bool>,
    /// The latest number given in the order of changes, and that of the latest snapshot,
    /// once either was needed.
    pub(super) assignments: Cell<Option<i64>>,
    /// The latest of these that decides which entries are one story.
    pub(super) decided: Cell<Option<i64>>,
    pub(super) snapshots: Cell<Option<i64>>,
    /// What the search is to know of stories. It is told at the end of a job: told in between, it
    /// would write what it has gathered at every other statement.
    pub(super) searched: RefCell<BTreeMap<StoryRowId, Searched>>,
    /// Whether words were removed, which are to leave the search index and the log, too.
    pub(super) has_erased: Cell<bool>,
}

/// What a story is found by.
#[derive(Default)]
pub(super) struct Searched {
    /// Whether the search may know it already.
    pub(super) is_known: bool,
    /// Title, text, topics and names; `None` for a story that is not to be found.
    pub(super) words: Option<[String; 4]>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sql: &'a Connection) -> Self {
        Self { sql }
    }

    /// Bytes of the database, without what waits in the log.
    pub fn size_bytes(&self) -> Result<u64, StoreError> {
        let bytes: i64 =
            self.value("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [])?;
        Ok(bytes.unsigned_abs())
    }

    pub(super) fn count(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.value::<i64>(sql, params)? as usize)
    }

    /// The only column of the only row: an error where there is none.
    pub(super) fn value<T: FromSql>(&self, sql: &str, params: impl Params) -> Result<T, StoreError> {
        Ok(self.sql.prepare_cached(sql)?.query_row(params, |row| row.get(ONLY))?)
    }

    /// The only column of the first row, where there is one.
    pub(super) fn find_value<T: FromSql>(
        &self,
        sql: &str,
        params: impl Params,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.sql.prepare_cached(sql)?.query_row(params, |row| row.get(ONLY)).optional()?)
    }

    /// The only column of all rows.
    pub(super) fn values<T: FromSql, A: FromIterator<T>>(
        &self,
        sql: &str,
        params: impl Params,
    ) -> Result<A, StoreError> {
        let mut select = self.sql.prepare_cached(sql)?;
        let found = select.query_map(params, |row| row.get(ONLY))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    pub(super) fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut select = self.sql.prepare_cached(sql)?;
        let mut rows = select.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut select = self.sql.prepare_cached(sql)?;
        select.query_row(params, |row| Ok(read(row))).optional()?.transpose()
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(sql: &'a Connection) -> Self {
        Self {
            sql,
            has_changed: Cell::new(false),
            assignments: Cell::new(None),
            decided: Cell::new(None),
            snapshots: Cell::new(None),
            searched: RefCell::default(),
            has_erased: Cell::new(false),
        }
    }

    /// Everything that can be read, as this transaction sees it.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(self.sql)
    }

    /// Writes down what was only noted, at the end of a job.
    pub(super) fn finish(&self) -> Result<(), StoreError> {
        if self.has_changed.get() {
            self.sql.prepare_cached("UPDATE generation SET n = n + 1")?.execute([])?;
        }
        if let Some(n) = self.assignments.get() {
            self.sql.prepare_cached("UPDATE assignments SET n = ?1 WHERE n <> ?1")?.execute([n])?;
        }
        if let Some(n) = self.decided.get() {
            self.sql.prepare_cached("UPDATE assignments SET decided = ?1")?.execute([n])?;
        }
        for (story, Searched { is_known, words }) in self.searched.take() {
            if is_known {
                self.sql.prepare_cached("DELETE FROM story_search WHERE rowid = ?1")?.execute([story.0])?;
            }
            if let Some([title, text, topics, names]) = words {
                self.sql
                    .prepare_cached(
                        "INSERT INTO story_search (rowid, title, text, topics, names) VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute(params![story.0, title, text, topics, names])?;
            }
        }
        if self.has_erased.get() {
            // Until then the index only notes that a story is not to be found, and keeps its words.
            self.sql.execute("INSERT INTO story_search (story_search) VALUES ('optimize')", [])?;
        }
        Ok(())
    }
}
