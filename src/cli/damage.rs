//! Whether the database of a daemon that starts is sound.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tracing::info;

use crate::store;
use crate::store::Interrupt;
use crate::store::StoreError;

use super::failure::Failure;

/// How long a start looks for damage in the database: about a gigabyte, or less on a slow disk.
const EXAMINATION_MAX: Duration = Duration::from_secs(10);

/// Refuses to write to a damaged database. One that is too large to be read in time is used as it is.
pub(super) async fn look_for(database: &Path) -> Result<(), Failure> {
    let interrupt = Arc::new(Interrupt::default());
    let mut reading = tokio::task::spawn_blocking({
        let (database, interrupt) = (database.to_owned(), Arc::clone(&interrupt));
        move || store::examine_pages(&database, &interrupt)
    });
    let examined = match tokio::time::timeout(EXAMINATION_MAX, &mut reading).await {
        Ok(examined) => examined,
        Err(_) => {
            interrupt.end();
            reading.await
        }
    };
    match examined.map_err(Failure::software)? {
        Err(StoreError::Interrupted) => {
            info!(
                "no damage was found in the database within {} s; `bylined doctor` reads all of it",
                EXAMINATION_MAX.as_secs()
            );
            Ok(())
        }
        examined => Ok(examined?),
    }
}
