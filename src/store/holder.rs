//! Who holds a lease or runs the daemon.

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::path::Path;

use super::copy::beside;
use super::copy::create;
use super::error::StoreError;

/// A process that takes leases, told apart from an earlier one with the same number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Holder(String);

impl Holder {
    /// This process.
    pub fn this_process() -> Self {
        let pid = std::process::id();
        Self(format!("{pid}:{}", started(pid).unwrap_or_default()))
    }

    /// The holder as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the process of a stored holder still runs. Where that cannot be
    /// told it counts as alive, and its lease runs out by time.
    pub fn is_alive(stored: &str) -> bool {
        let Some((pid, since)) = stored.split_once(':') else { return false };
        let Ok(pid) = pid.parse() else { return false };
        if since.is_empty() || !Path::new("/proc/self/stat").exists() {
            return true;
        }
        started(pid).as_deref() == Some(since)
    }
}

/// When a process started, in clock ticks since boot: field 22 of proc_pid_stat(5).
fn started(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name may hold spaces and parentheses; what follows it may not.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    // A process that has ended but was not waited for holds nothing.
    fields.next().filter(|state| !matches!(*state, "Z" | "X"))?;
    fields.nth(18).map(str::to_owned)
}

/// Held by the one daemon on a database, for as long as it lives.
#[derive(Debug)]
pub struct DaemonLock {
    _file: File,
}

#[warn(clippy::missing_errors_doc)]
impl DaemonLock {
    /// Takes the lock beside the database, or says that another daemon has it.
    ///
    /// # Errors
    /// [`StoreError::DaemonRuns`] where another process has the lock, [`StoreError::Folder`] where its file
    /// cannot be made or locked.
    pub fn take(database: &Path) -> Result<Self, StoreError> {
        let path = beside(database, ".lock");
        let folder = |cause| StoreError::Folder { path: path.clone(), cause };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(folder)?;
        }
        create(&path)?;
        let file = OpenOptions::new().write(true).open(&path).map_err(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::DaemonRuns { path }),
            Err(TryLockError::Error(cause)) => Err(folder(cause)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_of_a_process_that_is_gone_is_nobodys() {
        assert!(Holder::is_alive(Holder::this_process().as_str()));
        assert!(!Holder::is_alive(&format!("{}:1", std::process::id())));
        assert!(!Holder::is_alive("4294967295:1"));
        assert!(!Holder::is_alive("nonsense"));
    }

    #[test]
    fn a_second_daemon_is_told_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bylined.db");
        let first = DaemonLock::take(&path).expect("the lock is free");
        assert!(matches!(DaemonLock::take(&path), Err(StoreError::DaemonRuns { .. })));
        drop(first);
        assert!(DaemonLock::take(&path).is_ok());
    }
}
