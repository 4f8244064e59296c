//! The operator's file as a document that keeps what it does not change.

use std::io;

use toml_edit::ArrayOfTables;
use toml_edit::DocumentMut;
use toml_edit::Item;

/// Why a file cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is no TOML.
    #[error("`{name}` cannot be read as TOML")]
    Syntax {
        /// The file.
        name: String,
        /// What the parser said.
        #[source]
        cause: Box<toml_edit::TomlError>,
    },
    /// Sources are written in a form that is not changed.
    #[error("`{name}` lists its sources in one line; write each as a [[source]] of its own")]
    InlineSources {
        /// The file.
        name: String,
    },
    /// Another program changed the file meanwhile.
    #[error("`{name}` was changed by someone else meanwhile; try again")]
    Changed {
        /// The file.
        name: String,
    },
    /// The file cannot be read or written.
    #[error("could not change `{name}`")]
    File {
        /// The file.
        name: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

/// The text of a file, read so that it can be changed.
pub(super) fn document(name: &str, text: &str) -> Result<DocumentMut, EditError> {
    text.parse().map_err(|cause| EditError::Syntax { name: name.to_owned(), cause: Box::new(cause) })
}

/// The sources of a file, none where it has none yet.
pub(super) fn tables<'a>(
    name: &str,
    document: &'a mut DocumentMut,
) -> Result<&'a mut ArrayOfTables, EditError> {
    let item = document.entry("source").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    item.as_array_of_tables_mut().ok_or_else(|| inline(name))
}

/// Sources that are written in a form that is not changed.
pub(super) fn inline(name: &str) -> EditError {
    EditError::InlineSources { name: name.to_owned() }
}
