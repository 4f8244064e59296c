//! Writes what readers read: RSS 2.0, Atom, JSON Feed and HTML pages.
//!
//! Plain values in, bytes or strings out: no clock, no store, no network, so an
//! output is a pure function of what is published. Every format is written from
//! the same `Rendered` item, so that ids, titles, links, dates, tags and HTML
//! cannot differ between them.

mod accent;
mod asset;
mod atom;
mod attribution;
mod channel;
mod check;
mod content;
mod data;
mod edition;
mod json;
mod link;
mod made;
pub mod page;
mod plural;
mod rendered;
mod rss;
mod script;
mod site;
mod valid;
mod xml;

#[cfg(test)]
mod sample;

pub use self::accent::accent_style;
pub use self::asset::ASSETS;
pub use self::asset::Asset;
pub use self::atom::atom;
pub use self::attribution::attribution;
pub use self::attribution::attribution_text;
pub use self::attribution::authors;
pub use self::channel::Channel;
pub use self::channel::Digest;
pub use self::channel::FeedItem;
pub use self::channel::FeedUrl;
pub use self::channel::Format;
pub use self::check::InvalidOutput;
pub use self::check::check_atom;
pub use self::check::check_json;
pub use self::check::check_rss;
pub use self::data::bylined_json;
pub use self::edition::edition_html;
pub use self::edition::edition_path;
pub use self::edition::edition_text;
pub use self::json::json;
pub use self::link::absolute;
pub use self::link::history_path;
pub use self::link::text_fragment;
pub use self::rss::rss;
pub use self::site::OpmlSource;
pub use self::site::opensearch;
pub use self::site::opml;
pub use self::site::robots_txt;
pub use self::site::sitemap;
pub use self::site::sitemap_index;
