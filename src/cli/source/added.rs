//! What is printed of a change: the source that was added, and the file.

use serde::Serialize;
use url::Url;

use crate::cli::terminal;
use crate::config::NewSource;
use crate::desk::SourceEdit;

#[derive(Serialize)]
pub(super) struct Added {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) publisher: Option<String>,
    pub(super) topics: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entries: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) others: Option<Vec<Url>>,
}

impl Added {
    pub(super) fn of(new: &NewSource) -> Self {
        Self {
            id: new.id.to_string(),
            url: new.url.to_string(),
            publisher: new.publisher.clone(),
            topics: new.topics.clone(),
            title: None,
            entries: None,
            others: None,
        }
    }
}

/// Says which file was changed, where that is not the one that the operator wrote.
pub(super) fn say_place(edit: &SourceEdit<'_>) {
    if edit.is_of_overlay() {
        let path = edit.path().display();
        terminal::say(&format!("the configuration file stays as it is; the change is in `{path}`"));
    }
}
