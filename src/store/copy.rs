//! A copy of the whole database, how one takes its place, and whether one is sound.

use std::ffi::OsString;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::backup::Backup;
use rusqlite::backup::StepResult;
use tempfile::NamedTempFile;

use crate::domain::Timestamp;

use super::connection::BUSY_TIMEOUT;
use super::connection::configure;
use super::connection::write_ahead;
use super::error::StoreError;
use super::holder::DaemonLock;
use super::hook::HookRow;
use super::interrupt::Interrupt;
use super::schema;
use super::session::Reader;
use super::stored;
use super::stored::UnreadableValues;
use super::unfinished;

/// How the names of a database's own files end.
const FILES: [&str; 5] = ["", "-wal", "-shm", "-journal", ".lock"];

/// Faults of a damaged file that are told.
const FAULTS_MAX: usize = 5;

/// Pages that a restoration copies between two looks at whether it is to end.
const STEP_PAGES: i32 = 100;

/// How often a restoration tries again where another process keeps the database locked.
const BUSY_STEPS_MAX: usize = 3;

/// What an examination of a database file found.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What is broken in it, at most a few of many; empty: nothing.
    pub faults: Vec<String>,
    /// Its size in bytes, without what waits in the log.
    pub bytes: u64,
    /// What is stored in it and cannot be read.
    pub unreadable: UnreadableValues,
    /// The latest moment at which a source was polled.
    pub last_poll: Option<Timestamp>,
    /// How hooks are.
    pub hooks: Vec<HookRow>,
}

/// Reads a whole database file and says whether it is sound.
///
/// # Errors
/// Where it cannot be read at all, is no database of ours, or is a later bylined's.
pub fn examine(path: &Path) -> Result<Examined, StoreError> {
    let examined = examine_until(path, &Interrupt::default())?;
    // Of a file that is damaged, that is what there is to know.
    if !examined.faults.is_empty() {
        return Ok(examined);
    }
    let connection = open(path)?;
    let hooks = Reader::new(&connection).hooks()?;
    Ok(Examined { unreadable: stored::find_unreadable(&connection)?, hooks, ..examined })
}

fn examine_until(path: &Path, interrupt: &Interrupt) -> Result<Examined, StoreError> {
    let connection = open(path)?;
    interrupt.watch(&connection)?;
    schema::expect_known(&connection)?;
    let mut faults: Vec<String> = connection
        .prepare(&format!("PRAGMA integrity_check({FAULTS_MAX})"))?
        .query_map([], |row| row.get("integrity_check"))?
        .collect::<Result<_, _>>()?;
    faults.retain(|it| it != "ok");
    if faults.is_empty() {
        let orphans = connection
            .prepare("SELECT DISTINCT \"table\", parent FROM pragma_foreign_key_check LIMIT ?1")?
            .query_map([FAULTS_MAX as i64], |row| {
                let (table, parent): (String, String) = (row.get("table")?, row.get("parent")?);
                Ok(format!("rows of `{table}` belong to rows of `{parent}` that are not there"))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        faults.extend(orphans);
    }
    let reader = Reader::new(&connection);
    let last_poll = reader.value("SELECT max(last_poll) FROM sources", [])?;
    let bytes: i64 =
        reader.value("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [])?;
    let unreadable = UnreadableValues::default();
    Ok(Examined { faults, bytes: bytes.unsigned_abs(), unreadable, last_poll, hooks: Vec::new() })
}

/// Writes a copy of the database at `path` to `to`, in one state, whoever else reads and
/// writes meanwhile, and returns its size in bytes. An older copy is replaced once the new
/// one is whole, sound and on disk. What was deleted is not in it, not even in free pages.
/// Ended early, it leaves nothing behind; killed, what the next copy beside it removes.
///
/// # Errors
/// Where `to` is the database itself or cannot be written, the database is damaged, or
/// `interrupt` ends it.
pub fn back_up(path: &Path, to: &Path, interrupt: &Interrupt) -> Result<u64, StoreError> {
    let (file, bytes) = sound_copy(path, to, interrupt)?;
    keep(file, to)?;
    Ok(bytes)
}

/// A copy without faults, still without its name, and its size in bytes.
fn sound_copy(path: &Path, to: &Path, interrupt: &Interrupt) -> Result<(NamedTempFile, u64), StoreError> {
    let file = copied(path, to, interrupt)?;
    let examined = examine_until(file.path(), interrupt)?;
    match examined.faults.into_iter().next() {
        Some(fault) => Err(StoreError::Unsound { path: path.to_owned(), fault }),
        None => Ok((file, examined.bytes)),
    }
}

/// Removes what killed backups and restorations left beside the database at `path`.
pub fn remove_abandoned(path: &Path) {
    unfinished::remove_abandoned(folder_of(path));
}

/// As [`back_up`], of a database in whatever state: what is about to be changed.
pub(super) fn keep_copy(path: &Path, to: &Path) -> Result<(), StoreError> {
    keep(copied(path, to, &Interrupt::default())?, to)
}

/// A copy that has not got its name yet.
fn copied(path: &Path, to: &Path, interrupt: &Interrupt) -> Result<NamedTempFile, StoreError> {
    let failed = |cause| StoreError::Folder { path: to.to_owned(), cause };
    let placed = |it: &Path| Some((folder_of(it).canonicalize().ok()?, it.file_name()?.to_owned()));
    let is_file_of_it = |end: &&str| placed(&beside(path, end)).is_some_and(|it| Some(it) == placed(to));
    let is_same = path.canonicalize().is_ok_and(|it| to.canonicalize().is_ok_and(|to| it == to));
    if is_same || FILES.iter().any(is_file_of_it) {
        return Err(StoreError::OwnCopy { path: to.to_owned() });
    }
    let source = open(path)?;
    interrupt.watch(&source)?;
    let file = unfinished::begin(folder_of(to)).map_err(failed)?;
    let name = file.path().to_str().ok_or_else(|| {
        failed(io::Error::new(io::ErrorKind::InvalidInput, "the name of its folder is not UTF-8"))
    })?;
    source.execute("VACUUM INTO ?1", [name])?;
    Ok(file)
}

fn keep(file: NamedTempFile, to: &Path) -> Result<(), StoreError> {
    let failed = |cause| StoreError::Folder { path: to.to_owned(), cause };
    file.as_file().sync_all().map_err(failed)?;
    file.persist(to).map_err(|error| failed(error.error))?;
    File::open(folder_of(to)).and_then(|it| it.sync_all()).map_err(failed)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| *it != Path::new("")).unwrap_or(Path::new("."))
}

/// Puts a copy in the place of the database at `path` and brings it to the current schema.
/// Returns where what stood there is kept, if anything did. Killed at any instant, what stood
/// there before or the whole copy is found. `report` is told which part of it is done.
///
/// # Errors
/// Where a daemon runs, another process keeps the database locked, `from` is not a sound
/// database of this or an earlier bylined, or `interrupt` ends it.
pub fn restore(
    from: &Path,
    path: &Path,
    now: Timestamp,
    interrupt: &Interrupt,
    report: impl Fn(f64),
) -> Result<Option<PathBuf>, StoreError> {
    let _lock = DaemonLock::take(path)?;
    remove_abandoned(path);
    if let Some(fault) = examine_until(from, interrupt)?.faults.into_iter().next() {
        return Err(StoreError::Unsound { path: from.to_owned(), fault });
    }
    let mut kept = if path.exists() { Some(set_aside(path, now, interrupt)?) } else { None };
    create(path)?;
    let opened = |cause| StoreError::Open { path: path.to_owned(), cause };
    let mut target = Connection::open(path).map_err(opened)?;
    configure(&target)?;
    write_ahead(&target)?;
    // One transaction, and so all or nothing, also for whoever reads meanwhile.
    replace_pages(&open(from)?, &mut target, interrupt, report, || match kept.take() {
        Some(Aside::Copy { file, to }) => {
            keep(file, &to)?;
            kept = Some(Aside::Kept(to));
            Ok(())
        }
        other => {
            kept = other;
            Ok(())
        }
    })?;
    write_ahead(&target)?;
    schema::migrate(&mut target, path)?;
    Ok(kept.map(|it| match it {
        Aside::Copy { to, .. } | Aside::Kept(to) => to,
    }))
}

/// Makes `target` a copy of `source`. `before_last` runs right before the step that commits, so that
/// only a failure of that step makes its work useless.
fn replace_pages(
    source: &Connection,
    target: &mut Connection,
    interrupt: &Interrupt,
    report: impl Fn(f64),
    mut before_last: impl FnMut() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let pages: i32 = source.pragma_query_value(None, "page_count", |row| row.get("page_count"))?;
    let backup = Backup::new(source, target)?;
    let (mut remaining, mut busy) = (pages, 0);
    loop {
        interrupt.check()?;
        if remaining <= STEP_PAGES {
            before_last()?;
        }
        match backup.step(STEP_PAGES)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {
                remaining = backup.progress().remaining;
                report(f64::from(pages - remaining) / f64::from(pages.max(1)));
            }
            _ if busy < BUSY_STEPS_MAX => busy += 1,
            _ => {
                return Err(StoreError::Busy(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                    None,
                )));
            }
        }
    }
}

/// What stood in the place of a database that is restored.
enum Aside {
    /// Its copy, which has a name only once it is needed.
    Copy { file: NamedTempFile, to: PathBuf },
    /// Kept under this name.
    Kept(PathBuf),
}

/// Keeps what stands at `path` beside it: as a copy, or, where it is damaged, a later
/// bylined's or no database of ours, the files themselves.
fn set_aside(path: &Path, now: Timestamp, interrupt: &Interrupt) -> Result<Aside, StoreError> {
    let named = |word: &str| beside(path, &format!(".{word}-{}", now.to_string().replace(':', "")));
    let copy = named("replaced");
    match sound_copy(path, &copy, interrupt) {
        Ok((file, _)) => return Ok(Aside::Copy { file, to: copy }),
        Err(
            StoreError::Damaged(_)
            | StoreError::Unsound { .. }
            | StoreError::NotOurs { .. }
            | StoreError::Newer { .. },
        ) => {}
        Err(error) => return Err(error),
    }
    let aside = named("aside");
    // The database last: while it stands, all this is done again.
    for end in ["-wal", "-shm", ""] {
        let (from, to) = (beside(path, end), beside(&aside, end));
        match std::fs::rename(&from, &to) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::Folder { path: to, cause });
            }
            _ => {}
        }
    }
    Ok(Aside::Kept(aside))
}

/// Makes an empty file for its owner alone, if there is none. One that root makes belongs to
/// the owner of its folder, as whom bylined runs.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    let failed = |cause| StoreError::Folder { path: path.to_owned(), cause };
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => {}
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(cause) => return Err(failed(cause)),
    }
    if let Ok(folder) = std::fs::metadata(folder_of(path)) {
        // Only root may; whoever else made it owns it rightly.
        let _ = std::os::unix::fs::chown(path, Some(folder.uid()), Some(folder.gid()));
    }
    Ok(())
}

/// The file beside another whose name only ends otherwise.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let opened = |cause| StoreError::Open { path: path.to_owned(), cause };
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(opened)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn ended_early_nothing_stays_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bylined.db");
        Store::open(&path).expect("a store").close().await;
        let copy = folder.path().join("copy.db");
        back_up(&path, &copy, &Interrupt::default()).expect("a copy");
        let names = || {
            let entries = std::fs::read_dir(folder.path()).expect("a folder").flatten();
            let mut names: Vec<_> = entries.filter_map(|it| it.file_name().into_string().ok()).collect();
            names.retain(|it| it.starts_with(".bylined-") || it.contains("replaced") || it == "second.db");
            names
        };
        let ended = Interrupt::default();
        ended.end();
        let second = folder.path().join("second.db");
        assert!(matches!(back_up(&path, &second, &ended), Err(StoreError::Interrupted)));
        let restored = restore(&copy, &path, Timestamp::default(), &ended, |_| {});
        assert!(matches!(restored, Err(StoreError::Interrupted)));
        assert_eq!(names(), Vec::<String>::new());

        // Ended while pages are copied: what stood there has been copied by then, and is not kept.
        let begun = Interrupt::default();
        let mut target = Connection::open(&second).expect("a file");
        let source = open(&copy).expect("a copy");
        begun.end();
        let copied = replace_pages(&source, &mut target, &begun, |_| {}, || panic!("nothing is kept"));
        assert!(matches!(copied, Err(StoreError::Interrupted)));
        drop(target);
        let kept = restore(&copy, &path, Timestamp::default(), &Interrupt::default(), |_| {});
        let kept = kept.expect("restored").expect("what stood there");
        assert!(examine(&kept).expect("a database").faults.is_empty());
        assert!(examine(&path).expect("a database").faults.is_empty());
    }
}
