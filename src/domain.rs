//! The nouns of bylined: what every floor above speaks in.
//!
//! Nothing here does I/O or reads a clock.

mod briefing;
mod cron;
mod document;
mod feed;
mod id;
mod rights;
mod story;
mod time;

pub use self::briefing::Attribution;
pub use self::briefing::Briefing;
pub use self::briefing::Difference;
pub use self::briefing::Engine;
pub use self::briefing::Made;
pub use self::briefing::Receipt;
pub use self::briefing::Statement;
pub use self::briefing::Takeaway;
pub use self::briefing::Topic;
pub use self::cron::CronLine;
pub use self::cron::InvalidCron;
pub use self::document::Document;
pub use self::document::Hints;
pub use self::document::Redirect;
pub use self::document::Validators;
pub use self::feed::Enclosure;
pub use self::feed::Entry;
pub use self::feed::Feed;
pub use self::feed::FeedFormat;
pub use self::feed::Origin;
pub use self::feed::Person;
pub use self::feed::PollHints;
pub use self::id::CanonicalUrl;
pub use self::id::EntryId;
pub use self::id::EntryKey;
pub use self::id::InvalidId;
pub use self::id::OutputId;
pub use self::id::Slug;
pub use self::id::SnapshotId;
pub use self::id::SourceId;
pub use self::id::StoryId;
pub use self::id::StoryKey;
pub use self::rights::Rights;
pub use self::story::Byline;
pub use self::story::Item;
pub use self::story::Member;
pub use self::story::Notice;
pub use self::story::Related;
pub use self::story::Relation;
pub use self::story::Review;
pub use self::story::Snapshot;
pub use self::story::SnapshotFrom;
pub use self::story::StoryState;
pub use self::story::Via;
pub use self::time::Clock;
pub use self::time::Timestamp;
