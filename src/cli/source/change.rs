//! Makes a planned change of the sources, and notes who made it.

use crate::cli::args::By;
use crate::cli::edit;
use crate::cli::failure::Failure;
use crate::cli::setup;
use crate::daemon::SystemClock;
use crate::desk::SourceEdit;
use crate::desk::Sources;
use crate::domain::Clock;
use crate::store::DeskLogRow;
use crate::store::Store;

/// Makes a change that may touch rights, which outlive the files in the database.
pub(super) fn apply(
    sources: &Sources,
    edit: &SourceEdit<'_>,
    (act, id, detail): (&str, &str, Option<String>),
) -> Result<(), Failure> {
    let by = edit::editor_or_unnamed(&By { by: None }, None)?.name;
    let (at, act, subject) = (SystemClock.now(), act.to_owned(), id.to_owned());
    let entry = DeskLogRow { at, by, act, subject, detail };
    setup::runtime()?.block_on(async {
        let store = Store::open(&sources.config().store.path)?;
        let applied = edit.apply(&store, &entry, || ()).await;
        store.close().await;
        Ok(applied?)
    })
}

/// Makes a change that adds sources. A newsroom that has no database yet gets none by it.
pub(super) fn follow(sources: &Sources, edit: &SourceEdit<'_>, ids: &str) -> Result<(), Failure> {
    if sources.config().store.path.exists() {
        apply(sources, edit, ("source add", ids, None))
    } else {
        Ok(edit.write()?)
    }
}
