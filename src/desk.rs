//! What an editor may do with a story: approve, reject, edit, have it curated again, merge
//! and split; and of an edition before it goes out. Each decision is one transaction, a story's with its
//! entry in the audit log, so that it can be taken beside a running daemon and told from what engines do. `Sources` changes the files that
//! sources are configured in.

mod approve;
mod approve_soon;
mod context;
mod defer;
mod edit;
mod edit_form;
mod edition;
mod editor;
mod error;
mod precondition;
mod queue;
mod regroup;
mod replay;
mod restore;
mod revision;
mod sources;
mod story_view;

pub use self::approve_soon::GOES_OUT_AFTER;
pub use self::context::Desk;
pub use self::defer::deferral_end;
pub use self::edit_form::Change;
pub use self::edit_form::EditForm;
pub use self::edit_form::EditFormError;
pub use self::edit_form::FieldText;
pub use self::edit_form::FieldTexts;
pub use self::edit_form::Quotable;
pub use self::edition::EDITION_NOTE_CHARS_MAX;
pub use self::edition::EditionError;
pub use self::edition::EditionShift;
pub use self::edition::RunningEdition;
pub use self::edition::SentEdition;
pub use self::editor::Editor;
pub use self::error::DeskError;
pub use self::precondition::InvalidVersion;
pub use self::precondition::Precondition;
pub use self::precondition::StoryVersion;
pub use self::queue::QueueFilter;
pub use self::queue::QueueItem;
pub use self::queue::WaitReason;
pub use self::queue::WaitingQueue;
pub use self::regroup::MergePlan;
pub use self::regroup::RegroupError;
pub use self::regroup::SplitPlan;
pub use self::replay::Replayed;
pub use self::sources::FoundSource;
pub use self::sources::ImportPlan;
pub use self::sources::SkippedFeed;
pub use self::sources::SourceEdit;
pub use self::sources::SourceError;
pub use self::sources::Sources;
pub use self::sources::WantedSource;
pub use self::sources::shown;
pub use self::story_view::MemberView;
pub use self::story_view::StoryView;
