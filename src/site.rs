//! What answers a path: feeds, pages, archive, search, API and sitemap, as a function of store and
//! configuration.

mod api;
mod api_query;
mod cache;
mod corrections;
mod digests;
mod document;
mod feed_list;
mod feeds;
mod front;
mod hook;
mod listed;
pub mod listing;
mod look;
mod months;
mod openapi;
mod publication;
mod recent;
mod rendered;
mod response;
mod routes;
#[cfg(test)]
mod sample;
mod search;
mod sections;
mod sitemap;
mod snapshot;
mod story;
#[cfg(test)]
mod walk_tests;

pub use self::feeds::HUB_PATH;
pub use self::publication::Publication;
pub use self::publication::TopicFeed;
pub use self::rendered::Rendered;
pub use self::response::Answer;
