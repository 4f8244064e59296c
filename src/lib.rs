//! bylined polls tech-news feeds, recognises the same story across publishers,
//! briefs it with everyone's byline, and republishes curated feeds and pages.
//!
//! The way of an entry is schedule → fetch → parse → identify → cluster →
//! extract → curate → publish → serve. Each stage is a module of that name that
//! decides in pure functions; `pipeline` moves data between the stages and the
//! `store`. `docs/ARCHITECTURE.md` walks one entry through the house.

pub mod admin;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod curate;
pub mod daemon;
pub mod desk;
pub mod domain;
pub mod evaluate;
pub mod extract;
pub mod fetch;
pub mod gbdt;
pub mod identify;
pub mod net;
pub mod parse;
pub mod pipeline;
pub mod publish;
pub mod schedule;
pub mod serve;
pub mod site;
#[expect(
    clippy::missing_errors_doc,
    reason = "the methods of `Reader` and `Writer` fail alike, which the two say"
)]
pub mod store;
pub mod text;
pub mod threads;
