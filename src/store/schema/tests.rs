use rusqlite::types::Value;
use sha2::Digest;
use sha2::Sha256;

use super::*;

/// SHA-256 of each migration, without comments and line breaks.
const HASHES: [&str; MIGRATIONS.len()] = [
    "6c90b165b3a3a7ac865d669c239c96568d42cb9b33f2feaf60f75394023ac214",
    "8bfe6e3d95fcd93faabead2f72bdf8c93f694dd1b4a43d8e4c307cc006171914",
    "8d395096bc81683013b26b36ce62502787732cc6ba8b8bc968cedbc0aa8a56bc",
];

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("a file");
    connection.pragma_update(None, "foreign_keys", "ON").expect("a pragma");
    connection
}

/// A file as the program of an earlier version leaves it.
fn written_by(migrations: &[&str], path: &Path) -> Connection {
    let mut connection = open(path);
    migrate_by(migrations, &mut connection, path).expect("a new file");
    connection
}

/// Every table with its columns, and every index and trigger with its text.
fn shape(connection: &Connection) -> Vec<String> {
    let columns = "SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' '
            || coalesce(c.dflt_value, '') || ' ' || c.pk AS line
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
         UNION ALL SELECT type || ' ' || name || ' ' || sql FROM sqlite_schema
             WHERE type <> 'table' AND sql IS NOT NULL ORDER BY line";
    let mut select = connection.prepare(columns).expect("the schema");
    let lines = select.query_map([], |row| row.get("line")).expect("lines");
    lines.collect::<Result<_, _>>().expect("lines")
}

fn value(connection: &Connection, sql: &str) -> Value {
    connection.query_row(sql, [], |row| row.get("value")).expect("a value")
}

#[test]
fn a_migration_that_was_released_is_never_changed() {
    for (at, (sql, pinned)) in MIGRATIONS.iter().zip(HASHES).enumerate() {
        let plain: Vec<&str> = sql
            .lines()
            .map(|it| it.split("--").next().unwrap_or_default())
            .flat_map(str::split_whitespace)
            .collect();
        let hash: String = Sha256::digest(plain.join(" ")).iter().map(|it| format!("{it:02x}")).collect();
        assert_eq!(
            hash,
            pinned,
            "migration {} changed. Files that were written by it are not brought to what it says now: \
             add a migration, with a test beside this one. Only before the first release does its new \
             hash go here",
            at + 1
        );
    }
}

#[test]
fn a_file_of_every_earlier_version_becomes_as_a_new_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let fresh = shape(&written_by(&MIGRATIONS, &folder.path().join("fresh.db")));
    assert!(fresh.iter().any(|it| it.starts_with("stories.key TEXT")), "{fresh:?}");
    for version in 1..=MIGRATIONS.len() {
        let path = folder.path().join(format!("{version}.db"));
        drop(written_by(&MIGRATIONS[..version], &path));
        let mut connection = open(&path);
        migrate(&mut connection, &path).expect("it is migrated");
        assert_eq!(shape(&connection), fresh, "from version {version}");
    }
}

#[test]
fn a_migration_keeps_rows_and_a_copy_of_the_file_before_it() {
    const NEXT: &str = "ALTER TABLE hosts ADD COLUMN note TEXT; UPDATE hosts SET note = 'kept'";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("it.db");
    let older = written_by(&[V1], &path);
    older.execute("INSERT INTO hosts (host, first_seen) VALUES ('a.example', 1)", []).expect("a row");
    drop(older);

    let mut connection = open(&path);
    migrate_by(&[V1, NEXT], &mut connection, &path).expect("it is migrated");
    let note = "SELECT group_concat(host || ' ' || note) AS value FROM hosts";
    assert_eq!(value(&connection, note), Value::Text("a.example kept".to_owned()));
    assert_eq!(version(&connection).expect("a version"), 2);

    let copy = open(&beside(&path, ".v1.backup"));
    assert_eq!(version(&copy).expect("a version"), 1);
    assert_eq!(value(&copy, "SELECT count(*) AS value FROM hosts"), Value::Integer(1));

    // The program before it leaves the file alone, and this one does nothing more.
    let before = migrate_by(&[V1], &mut connection, &path);
    assert!(matches!(before, Err(StoreError::Newer { found: 2, known: 1 })), "{before:?}");
    let other = open(&path);
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    migrate_by(&[V1, NEXT], &mut connection, &path).expect("nothing is written");
}

#[test]
fn a_migration_that_fails_leaves_the_file_as_it_was() {
    const BROKEN: &str = "CREATE TABLE half (n INTEGER) STRICT; INSERT INTO nowhere VALUES (1)";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("it.db");
    let before = shape(&written_by(&[V1], &path));
    let mut connection = open(&path);
    migrate_by(&[V1, BROKEN], &mut connection, &path).expect_err("it fails");
    assert_eq!((shape(&connection), version(&connection).expect("a version")), (before, 1));
    migrate_by(&[V1], &mut connection, &path).expect("the file is as good as before");
}
