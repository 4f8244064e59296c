//! Editors who are signed in at the desk.

use rusqlite::Row;
use rusqlite::params;

use crate::domain::Timestamp;

use super::columns::Columns;
use super::columns::columns;
use super::error::StoreError;
use super::session::Reader;
use super::session::Writer;

/// An editor who is signed in with one browser.
#[derive(Clone, Debug)]
pub struct EditorSessionRow {
    /// What lists and forms call it.
    pub n: i64,
    /// The editor's name.
    pub editor: String,
    /// HMAC-SHA256 of the secret that the editor signed in with, keyed by the session's token.
    pub secret: Vec<u8>,
    /// What the browser calls itself.
    pub agent: String,
    /// When the editor signed in.
    pub created: Timestamp,
    /// When it was last used, to the minute.
    pub used: Timestamp,
}

columns! {
    SessionColumns in s { n, editor, secret, agent, created, used }
}

impl EditorSessionRow {
    const COLUMNS: &'static str = SessionColumns::LIST;

    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let at = SessionColumns::AT;
        Ok(Self {
            n: row.get(at.n)?,
            editor: row.get(at.editor)?,
            secret: row.get(at.secret)?,
            agent: row.get(at.agent)?,
            created: row.get(at.created)?,
            used: row.get(at.used)?,
        })
    }
}

/// A session about to begin.
#[derive(Clone, Debug)]
pub struct NewEditorSession {
    /// SHA-256 of the token in the cookie.
    pub digest: [u8; 32],
    /// The editor's name.
    pub editor: String,
    /// HMAC-SHA256 of the secret that the editor signed in with, keyed by the session's token.
    pub secret: [u8; 32],
    /// What the browser calls itself.
    pub agent: String,
}

impl Reader<'_> {
    /// The session of a token, by the token's SHA-256.
    pub fn editor_session(&self, digest: &[u8; 32]) -> Result<Option<EditorSessionRow>, StoreError> {
        self.one(
            &format!("SELECT {} FROM editor_sessions s WHERE digest = ?1", EditorSessionRow::COLUMNS),
            [digest],
            EditorSessionRow::of,
        )
    }

    /// The sessions of an editor, or of all, the last used first.
    pub fn editor_sessions(&self, editor: Option<&str>) -> Result<Vec<EditorSessionRow>, StoreError> {
        self.rows(
            &format!(
                "SELECT {} FROM editor_sessions s WHERE ?1 IS NULL OR editor = ?1 ORDER BY used DESC, n DESC",
                EditorSessionRow::COLUMNS
            ),
            [editor],
            EditorSessionRow::of,
        )
    }

    /// What the CSRF tokens of whoever needs not sign in are made with.
    pub fn desk_key(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.find_value("SELECT key FROM desk_key", [])
    }
}

impl Writer<'_> {
    /// Begins a session, and removes those that ended before `idle_since` or began before `created_since`.
    pub fn begin_editor_session(
        &self,
        new: &NewEditorSession,
        now: Timestamp,
        idle_since: Timestamp,
        created_since: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM editor_sessions WHERE used < ?1 OR created < ?2")?
            .execute(params![idle_since.millis(), created_since.millis()])?;
        self.sql
            .prepare_cached(
                "INSERT INTO editor_sessions (digest, editor, secret, agent, created, used) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
            )?
            .execute(params![new.digest, new.editor, new.secret, new.agent, now.millis()])?;
        Ok(())
    }

    /// Notes that a session is used.
    pub fn use_editor_session(&self, n: i64, now: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE editor_sessions SET used = ?2 WHERE n = ?1")?
            .execute(params![n, now.millis()])?;
        Ok(())
    }

    /// Ends a session of an editor, or of anyone, and says whether there was one.
    pub fn end_editor_session(&self, n: i64, editor: Option<&str>) -> Result<bool, StoreError> {
        let ended = self
            .sql
            .prepare_cached("DELETE FROM editor_sessions WHERE n = ?1 AND (?2 IS NULL OR editor = ?2)")?
            .execute(params![n, editor])?;
        Ok(ended == 1)
    }

    /// The key of [`Reader::desk_key`], made of `fresh` where there is none yet.
    pub fn ensure_desk_key(&self, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.sql
            .prepare_cached("INSERT INTO desk_key SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM desk_key)")?
            .execute([fresh])?;
        self.reader().value("SELECT key FROM desk_key", [])
    }
}
