//! The tables, and how older files become newer ones. Migrations only go forward.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

use super::copy::beside;
use super::copy::keep_copy;
use super::error::StoreError;

/// Each migration brings the file from its index to the next version.
const MIGRATIONS: [&str; 3] = [V1, V2, V3];

/// Brings the file to the latest schema, each step in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    migrate_by(&MIGRATIONS, connection, path)
}

fn migrate_by(migrations: &[&str], connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let known = migrations.len() as u32;
    let found = version(connection)?;
    if known < found {
        return Err(StoreError::Newer { found, known });
    }
    if found == known {
        // Whoever only reads must not wait for the write lock of another process.
        return Ok(());
    }
    if 0 < found {
        keep_copy(path, &beside(path, &format!(".v{found}.backup")))?;
    }
    for (from, sql) in migrations.iter().enumerate() {
        // Another process may be migrating the same file: whoever comes second sees it done.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if version(&transaction)? == from as u32 {
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", from as u32 + 1)?;
            transaction.commit()?;
        }
    }
    Ok(())
}

/// Says whether a file may be read or migrated: a database of this or an earlier bylined.
pub(super) fn expect_known(connection: &Connection) -> Result<(), StoreError> {
    let (found, known) = (version(connection)?, MIGRATIONS.len() as u32);
    if known < found {
        return Err(StoreError::Newer { found, known });
    }
    let ours = "SELECT count(*) = 2 AS is_ours FROM sqlite_schema
         WHERE type = 'table' AND name IN ('sources', 'stories')";
    if found == 0 || !connection.query_row(ours, [], |row| row.get::<_, bool>("is_ours"))? {
        let path = connection.path().unwrap_or_default().into();
        return Err(StoreError::NotOurs { path });
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get("user_version"))?)
}

/// What the first version of bylined writes.
const V1: &str = include_str!("schema/v1.sql");

/// What came since.
const V2: &str = include_str!("schema/v2.sql");
const V3: &str = include_str!("schema/v3.sql");

#[cfg(test)]
mod tests;
