//! Notices that the overlay of the configuration was replaced, by a command or the desk.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::sleep;
use tracing::info;

use crate::config;

/// How often it is looked at: what commands change is seen within five seconds.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The overlay beside a database, and how it was when it was last read.
pub(super) struct OverlayWatch {
    path: PathBuf,
    seen: Option<Version>,
}

/// Differs once a file was replaced or written.
type Version = (u64, i64, i64, u64);

impl OverlayWatch {
    /// Watches from now on: what is read afterwards is not older.
    pub(super) fn beside(database: &Path) -> Self {
        let path = config::overlay_path(database);
        Self { seen: version(&path), path }
    }

    /// It is about to be read.
    pub(super) fn note_read(&mut self) {
        self.seen = version(&self.path);
    }

    /// Waits until it is another than was read.
    pub(super) async fn changed(&mut self) {
        while version(&self.path) == self.seen {
            sleep(LOOK_EVERY).await;
        }
        info!("`{}` has changed", self.path.display());
    }
}

fn version(path: &Path) -> Option<Version> {
    let it = std::fs::metadata(path).ok()?;
    Some((it.ino(), it.mtime(), it.mtime_nsec(), it.len()))
}
