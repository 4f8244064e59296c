//! Why something cannot be done with a source.

use std::io;
use std::path::PathBuf;

use url::Url;

use crate::config::ConfigErrors;
use crate::config::EditError;
use crate::domain::InvalidId;
use crate::domain::SourceId;
use crate::net::NetError;
use crate::store::StoreError;

/// Why something cannot be done with a source.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no such source.
    #[error("there is no source `{0}`")]
    Unknown(String),
    /// It is not an address that a source can have.
    #[error("`{url}`: {why}")]
    Address {
        /// The address, without what may be a password.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A source has this address already.
    #[error("`{url}` is already the source `{id}`")]
    Known {
        /// The address.
        url: Url,
        /// The source's id.
        id: String,
    },
    /// The id is not one.
    #[error(transparent)]
    Id(InvalidId),
    /// Another source has this id.
    #[error("the id `{0}` is taken; choose another")]
    Taken(SourceId),
    /// The address answers no feed.
    #[error("`{url}` cannot be read: {reason}")]
    Unreadable {
        /// The address, without what may be a password.
        url: String,
        /// `kind: words`
        reason: String,
    },
    /// A key does not take this value.
    #[error("cannot set `{setting}`: {why}")]
    Setting {
        /// The key and its value.
        setting: String,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// Its table is still there after it was taken out.
    #[error("the source `{0}` could not be taken out of the file; remove its table by hand")]
    NotRemoved(SourceId),
    /// The configuration cannot be used, as it is or as it would be.
    #[error("the configuration cannot be used: {}", .0.one_line())]
    Config(ConfigErrors),
    /// A file cannot be read.
    #[error("could not read `{path}`")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file cannot be changed.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// No client can be built.
    #[error(transparent)]
    Net(NetError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
