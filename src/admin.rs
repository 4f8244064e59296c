//! The admin side: what editors and operators are answered, over HTTP and apart from readers.
//!
//! A request goes in and an answer comes out; sockets and connections are `serve`'s. Each request
//! passes the same gates in the same order: the host it names, where it comes from (`origin`), who
//! asks (`access`), the form's CSRF token, and the role that the path needs (`routes`). Whatever is
//! decided here is decided by [`Desk`](crate::desk::Desk), as from a terminal.

mod access;
mod account;
mod api;
mod api_body;
mod api_editions;
mod api_sources;
mod asset;
mod back_off;
mod cookie;
mod dashboard;
mod decide;
mod diff;
mod editions;
mod field;
mod health;
mod host;
mod login;
mod metrics;
mod openapi;
mod origin;
mod page;
mod password;
mod preview;
mod queue;
mod random;
mod regroup;
mod replay;
mod request;
mod response;
mod restore;
mod routes;
mod site;
mod source_change;
mod sources;
mod story;
mod subscriptions;

pub use self::password::PasswordError;
pub use self::password::hash as hash_password;
pub use self::request::AdminRequest;
pub use self::request::Method;
pub use self::response::ALWAYS;
pub use self::response::AdminResponse;
pub use self::site::AdminSite;
pub use self::sources::SourceFiles;
