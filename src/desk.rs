//! What an editor may do with a story: approve, reject, edit, have it curated again, merge
//! and split. Each decision is one transaction with its entry in the audit log.

mod edit_form;
mod editor;
pub mod regroup;

pub use self::edit_form::Change;
pub use self::edit_form::EditForm;
pub use self::edit_form::EditFormError;
pub use self::editor::DeskError;
pub use self::editor::Editor;
pub use self::editor::Replayed;
