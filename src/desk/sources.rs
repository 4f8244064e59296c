//! What may be done with sources: try an address, add, set keys, pause, remove.
//!
//! A change is planned first, so that it can be shown before it is made. It goes into the operator's file;
//! into the overlay where that file cannot be replaced, or where the overlay speaks of the source already,
//! since its keys win.

mod configured;
mod error;
mod list;
mod plan;
mod taken;

pub use self::configured::FoundSource;
pub use self::configured::Sources;
pub use self::configured::WantedSource;
pub use self::error::SourceError;
pub use self::list::ImportPlan;
pub use self::list::SkippedFeed;
pub use self::plan::SourceEdit;
pub use self::taken::shown;
