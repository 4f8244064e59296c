//! What answers a path: feeds, pages, archive, search, API and sitemap, as a function of store and
//! configuration.

mod document;
pub mod listing;
mod openapi;
mod publication;
mod recent;
mod rendered;
#[cfg(test)]
mod sample;
mod view;

pub use self::publication::Answer;
pub use self::publication::Publication;
pub use self::rendered::Rendered;
