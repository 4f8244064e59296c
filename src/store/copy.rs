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
use super::output::OutputRow;
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
    /// How outputs are.
    pub outputs: Vec<OutputRow>,
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
    let (hooks, outputs) = (Reader::new(&connection).hooks()?, Reader::new(&connection).outputs()?);
    Ok(Examined { unreadable: stored::find_unreadable(&connection)?, hooks, outputs, ..examined })
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
    let bytes = reader.size_bytes()?;
    let unreadable = UnreadableValues::default();
    let (hooks, outputs) = (Vec::new(), Vec::new());
    Ok(Examined { faults, bytes, unreadable, last_poll, hooks, outputs })
}

/// Looks for damage in the pages of the file, if there is one, without comparing its indexes: what a start
/// has time for. [`examine`] reads the rest.
///
/// # Errors
/// [`StoreError::Damaged`] where it is no database, [`StoreError::Unsound`] where its pages do not fit
/// together, [`StoreError::Interrupted`] where it was ended before it was done.
pub fn examine_pages(path: &Path, interrupt: &Interrupt) -> Result<(), StoreError> {
    if !path.exists() {
        return Ok(());
    }
    let connection = open(path)?;
    interrupt.watch(&connection)?;
    let fault: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get("quick_check"))?;
    if fault == "ok" { Ok(()) } else { Err(StoreError::Unsound { path: path.to_owned(), fault }) }
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
    let kept = match what_stands(path, now, interrupt)? {
        Standing::Sound { copy, to } => {
            replace_sound(from, path, (copy, &to), interrupt, report)?;
            Some(to)
        }
        standing => put_in_place(from, path, standing, interrupt, report)?,
    };
    let mut target = open_to_write(path)?;
    write_ahead(&target)?;
    schema::migrate(&mut target, path)?;
    Ok(kept)
}

/// Replaces all pages of a sound database in one transaction, and so all or nothing, also for
/// whoever reads meanwhile. The third argument is a copy of what
/// stands there and the name that it gets once it is needed.
fn replace_sound(
    from: &Path,
    path: &Path,
    (copy, to): (NamedTempFile, &Path),
    interrupt: &Interrupt,
    report: impl Fn(f64),
) -> Result<(), StoreError> {
    let mut target = open_to_write(path)?;
    write_ahead(&target)?;
    let mut copy = Some(copy);
    replace_pages(&open(from)?, &mut target, interrupt, report, || match copy.take() {
        Some(copy) => keep(copy, to),
        None => Ok(()),
    })
}

/// Puts a finished copy where no database stands that a transaction could replace; what stands there
/// is kept under the name that is returned. Until the copy is whole, nothing there changes.
fn put_in_place(
    from: &Path,
    path: &Path,
    standing: Standing,
    interrupt: &Interrupt,
    report: impl Fn(f64),
) -> Result<Option<PathBuf>, StoreError> {
    report(0.0);
    let file = copied(from, path, interrupt)?;
    interrupt.check()?;
    belong_to_folder(file.path());
    let aside = match standing {
        Standing::Unusable { aside } => Some(aside),
        Standing::Nothing | Standing::Sound { .. } => None,
    };
    if let Some(aside) = &aside {
        set_aside(path, aside)?;
    }
    keep(file, path)?;
    report(1.0);
    Ok(aside.filter(|it| it.exists()))
}

fn open_to_write(path: &Path) -> Result<Connection, StoreError> {
    let opened = |cause| StoreError::Open { path: path.to_owned(), cause };
    let connection = Connection::open(path).map_err(opened)?;
    configure(&connection)?;
    Ok(connection)
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

/// What stands in the place of a database that is restored.
enum Standing {
    Nothing,
    /// A database, and a copy of it that is still without its name.
    Sound {
        copy: NamedTempFile,
        to: PathBuf,
    },
    /// Files that are damaged, a later bylined's, or no database of ours. They are kept under this name.
    Unusable {
        aside: PathBuf,
    },
}

fn what_stands(path: &Path, now: Timestamp, interrupt: &Interrupt) -> Result<Standing, StoreError> {
    // A log whose database is gone would be taken for that of the copy.
    if ["", "-wal"].iter().all(|end| !beside(path, end).exists()) {
        return Ok(Standing::Nothing);
    }
    let named = |word: &str| beside(path, &format!(".{word}-{}", now.to_string().replace(':', "")));
    let to = named("replaced");
    if !path.exists() {
        return Ok(Standing::Unusable { aside: named("aside") });
    }
    match sound_copy(path, &to, interrupt) {
        Ok((copy, _)) => Ok(Standing::Sound { copy, to }),
        Err(
            StoreError::Damaged(_)
            | StoreError::Unsound { .. }
            | StoreError::NotOurs { .. }
            | StoreError::Newer { .. },
        ) => Ok(Standing::Unusable { aside: named("aside") }),
        Err(error) => Err(error),
    }
}

/// Gives the files of an unusable database another name. The database itself keeps the old one
/// besides, where the file system has hard links: whatever replaces it does so in one step.
fn set_aside(path: &Path, aside: &Path) -> Result<(), StoreError> {
    for end in ["-wal", "-shm", ""] {
        let (from, to) = (beside(path, end), beside(aside, end));
        let renamed = || std::fs::rename(&from, &to);
        let moved =
            if end.is_empty() { std::fs::hard_link(&from, &to).or_else(|_| renamed()) } else { renamed() };
        match moved {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::Folder { path: to, cause });
            }
            _ => {}
        }
    }
    Ok(())
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
    belong_to_folder(path);
    Ok(())
}

/// Gives a new file to the owner of its folder. Only root may; whoever else made it owns it rightly.
fn belong_to_folder(path: &Path) {
    if let Ok(folder) = std::fs::metadata(folder_of(path)) {
        let _ = std::os::unix::fs::chown(path, Some(folder.uid()), Some(folder.gid()));
    }
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
    #[tokio::test]
    async fn a_restoration_over_a_damaged_database_changes_nothing_until_its_copy_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bylined.db");
        Store::open(&path).expect("a store").close().await;
        let copy = folder.path().join("copy.db");
        back_up(&path, &copy, &Interrupt::default()).expect("a copy");
        for damage in [Some(&[0xAA; 50_000][..]), None] {
            std::fs::remove_file(&path).expect("it is there");
            if let Some(damage) = damage {
                std::fs::write(&path, damage).expect("a file");
            }
            // Ended as soon as it says that the work has begun.
            let begun = Interrupt::default();
            let restored = restore(&copy, &path, Timestamp::default(), &begun, |_| begun.end());
            assert!(matches!(restored, Err(StoreError::Interrupted)), "{restored:?}");
            assert_eq!(std::fs::read(&path).ok().as_deref(), damage, "the database is as it was");
            let entries = std::fs::read_dir(folder.path()).expect("a folder").flatten();
            let names = entries.filter_map(|it| it.file_name().into_string().ok());
            let is_begun = |it: &str| [".bylined-", "aside", "replaced"].iter().any(|word| it.contains(word));
            assert_eq!(names.filter(|it| is_begun(it)).collect::<Vec<_>>(), Vec::<String>::new());

            let kept = restore(&copy, &path, Timestamp::default(), &Interrupt::default(), |_| {});
            let kept = kept.expect("restored");
            assert_eq!(kept.map(|it| std::fs::read(it).expect("a file")).as_deref(), damage);
            assert!(examine(&path).expect("a database").faults.is_empty());
            for old in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
                if old.file_name().to_string_lossy().contains("aside") {
                    std::fs::remove_file(old.path()).expect("a file");
                }
            }
        }
    }
}
