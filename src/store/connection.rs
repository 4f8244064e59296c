//! How a connection to the file is set up.

use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::error::StoreError;

/// How long opening and reading wait for another process's transaction.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements that a connection keeps: more than there are in this house.
const STATEMENTS_KEPT: usize = 256;

/// Attempts to turn the write-ahead log on while others do.
const WAL_ATTEMPTS_MAX: u32 = 100;

/// Pause between them.
const WAL_PAUSE: Duration = Duration::from_millis(50);

pub(super) fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // What is removed is overwritten: a publisher's words are not to survive in free pages.
    connection.pragma_update(None, "secure_delete", "ON")?;
    // Else a statement whose plan could depend on a bound value is planned anew for each.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(())
}

/// Turns the write-ahead log on. Of several processes that create one file at once,
/// SQLite tells all but one at once that it is busy, and does not wait by itself.
pub(super) fn write_ahead(connection: &Connection) -> Result<(), StoreError> {
    for _ in 0..WAL_ATTEMPTS_MAX {
        match connection.pragma_update(None, "journal_mode", "WAL").map_err(StoreError::from) {
            Err(StoreError::Busy(_)) => thread::sleep(WAL_PAUSE),
            done => return done,
        }
    }
    Ok(connection.pragma_update(None, "journal_mode", "WAL")?)
}
