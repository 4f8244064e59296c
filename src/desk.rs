//! What an editor may do with a story: approve, reject, edit, have it curated again, merge
//! and split. Each decision is one transaction with its entry in the audit log.

mod editor;
pub mod regroup;
mod sheet;

pub use self::editor::DeskError;
pub use self::editor::Editor;
pub use self::editor::Replayed;
pub use self::sheet::Change;
pub use self::sheet::Sheet;
pub use self::sheet::SheetError;
