//! A copy of the database while it is being made: a file that goes with its process, however
//! that ends.
//!
//! Who makes a copy holds a lock on its file. The system gives the lock back when the process is
//! killed; a file of this name that can be locked is nobody's, and the next who makes a copy in
//! that folder, or starts the daemon beside it, removes it.

use std::fs::File;
use std::fs::TryLockError;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use tempfile::NamedTempFile;

use super::copy::beside;

/// How the name of an unfinished copy begins.
const PREFIX: &str = ".bylined-copy-";

/// Letters that follow.
const RANDOM_LETTERS: usize = 8;

/// How often another name is tried where a new file is taken for an abandoned one.
const ATTEMPTS_MAX: usize = 8;

/// Makes an empty file for its owner alone, after the abandoned ones beside it are removed.
///
/// # Errors
/// Where the folder takes no files.
pub(super) fn begin(folder: &Path) -> io::Result<NamedTempFile> {
    remove_abandoned(folder);
    for _ in 0..ATTEMPTS_MAX {
        let file = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM_LETTERS).tempfile_in(folder)?;
        match file.as_file().try_lock() {
            // Another process may have found it before it was locked.
            Ok(()) if file.as_file().metadata()?.nlink() == 0 => {}
            Err(TryLockError::WouldBlock) => {}
            // Where a file system has no locks, nobody takes it for abandoned either.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::other("other processes remove every file that is begun"))
}

/// Removes the copies in a folder whose makers are gone. What cannot be removed stays.
pub(super) fn remove_abandoned(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_copy = name
            .to_str()
            .and_then(|it| it.strip_prefix(PREFIX))
            .is_some_and(|it| it.len() == RANDOM_LETTERS && it.bytes().all(|it| it.is_ascii_alphanumeric()));
        let is_file = entry.file_type().is_ok_and(|it| it.is_file());
        if is_copy && is_file && File::open(entry.path()).is_ok_and(|it| it.try_lock().is_ok()) {
            // What SQLite wrote beside it goes first: it is found by the copy alone.
            let _ = std::fs::remove_file(beside(&entry.path(), "-journal"));
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_copy_is_removed_and_one_in_the_making_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = || {
            let entries = std::fs::read_dir(folder.path()).expect("a folder");
            let mut names: Vec<_> = entries.flatten().map(|it| it.file_name().into_string()).collect();
            names.sort();
            names.into_iter().collect::<Result<Vec<_>, _>>().expect("UTF-8")
        };
        let made = begin(folder.path()).expect("a file");
        // As after a kill: the lock is gone, the file is there.
        let (file, path) = begin(folder.path()).expect("a file").keep().expect("kept");
        std::fs::write(beside(&path, "-journal"), "x").expect("a file");
        std::fs::write(folder.path().join(".bylined-copy-of-mine"), "x").expect("a file");
        remove_abandoned(folder.path());
        assert_eq!(names().len(), 4, "both are being made: {:?}", names());
        drop(file);
        remove_abandoned(folder.path());
        assert!(!path.exists() && made.path().exists());
        assert_eq!(names().len(), 2, "{:?}", names());
    }
}
