//! What a path leads to, and the media types of what has no template of its own.

use std::sync::Arc;

use serde_json::json;

use super::rendered::Rendered;

/// What a path leads to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 200.
    Document(Arc<Rendered>),
    /// 301 to another path of ours, from the site's root.
    Moved(String),
    /// 410 with a page that says so.
    Gone(Arc<Rendered>),
    /// 404 with a page that says so.
    Missing(Arc<Rendered>),
    /// 400 with JSON that says what is wrong with the query.
    Refused(Arc<Rendered>),
}

pub(super) const HTML: &str = "text/html; charset=utf-8";

pub(super) const JSON: &str = "application/json";

pub(super) fn html(page: String) -> Answer {
    Answer::Document(Arc::new(Rendered::new(HTML, page)))
}

pub(super) fn plain(media_type: &str, body: Vec<u8>) -> Answer {
    Answer::Document(Arc::new(Rendered::new(media_type, body)))
}

/// What changes without the generation, with each poll: no copy is used without asking.
/// It has no date: two changes within one second would share it.
pub(super) fn fresh(value: &serde_json::Value) -> Answer {
    Answer::Document(Arc::new(Rendered { max_age_secs: 0, ..Rendered::new(JSON, to_json(value)) }))
}

pub(super) fn failure(words: &str) -> Rendered {
    Rendered::new(JSON, to_json(&json!({ "error": words })))
}

pub(super) fn to_json(value: &serde_json::Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
