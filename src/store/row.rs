//! What goes into the store and what comes out.

mod assignment;
mod decode;
mod entry;
mod source;
mod story;

pub use self::assignment::AssignedRow;
pub use self::assignment::LinkedRow;
pub use self::assignment::PlaceRow;
pub use self::assignment::UnassignedRow;
pub(super) use self::assignment::link_bytes;
pub(super) use self::decode::parsed;
pub(super) use self::decode::to_json;
pub(super) use self::decode::worded;
pub use self::entry::EntryRow;
pub use self::entry::KnownRow;
pub use self::entry::MemberRow;
pub use self::entry::NewEntry;
pub use self::entry::PageState;
pub(super) use self::entry::SNAPSHOT_FEED;
pub(super) use self::entry::SNAPSHOT_FEED_ABSTRACT;
pub(super) use self::entry::SNAPSHOT_PAGE;
pub(super) use self::entry::SNAPSHOT_PAGE_ABSTRACT;
pub use self::source::FeedFacts;
pub use self::source::Health;
pub use self::source::PendingRedirect;
pub use self::source::PollUpdate;
pub use self::source::SourceRow;
pub use self::story::Counts;
pub use self::story::InputVersion;
pub use self::story::StoryRow;
pub use self::story::StoryRowId;
