//! What is printed of a source that was added.

use serde::Serialize;
use url::Url;

use crate::config::NewSource;

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
