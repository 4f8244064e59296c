//! Where deciding meets acting: asks the store what is pending, gives it to the
//! stage, records the result.
//!
//! A pass reads like the way of an entry: poll (fetch, parse, identify, store),
//! assign, read pages, brief, publish. Each step takes up whatever is pending in
//! the store, so a process killed anywhere is continued by the next.

mod article_page;
pub(crate) mod assign;
mod authorization;
mod breaker;
pub(crate) mod brief;
mod claim;
mod content;
mod context;
mod credit;
pub(crate) mod curation_input;
mod discover;
mod document_memory;
pub(crate) mod edition;
mod family;
mod generate;
mod home;
mod hub;
mod ingest;
pub(crate) mod item;
mod ledger;
mod meters;
mod model;
mod outcome;
pub(crate) mod outputs;
mod overrides;
mod page_record;
mod pages;
mod pass;
pub(crate) mod period;
mod place;
mod planned;
mod poll;
mod poll_failure;
mod push;
mod ready;
pub(crate) mod record;
mod redirect;
mod relate;
mod removed;
mod retention;
mod robots;
mod score;
mod signals;
mod trial;
mod turns;
mod unreadable;

pub(crate) use self::content::shown_content;
pub use self::context::Pipeline;
pub use self::credit::Credits;
pub(crate) use self::credit::Homes;
pub use self::curation_input::title_of;
pub use self::discover::Discovery;
pub use self::family::Families;
pub use self::hub::TopicState;
pub use self::item::items;
pub use self::ledger::settle;
pub use self::meters::Meters;
pub use self::model::AskError;
pub(crate) use self::model::Asking;
pub use self::model::models;
pub use self::pass::Digested;
pub use self::pass::OnProgress;
pub use self::pass::PassReport;
pub use self::pass::Progress;
pub use self::pass::Refresh;
pub use self::pass::Scope;
pub use self::poll::Outcome;
pub use self::poll::Polled;
pub use self::push::Push;
pub(crate) use self::record::CurationResult;
pub(crate) use self::record::Trigger;
pub use self::score::Score;
pub use self::trial::SourceTrial;
pub use self::trial::Trials;
pub(crate) use self::unreadable::named_feed;
