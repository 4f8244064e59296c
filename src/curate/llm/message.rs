//! What a model is asked, and what it replies.

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

/// Version of what models are asked. It stands in the record of a briefing and in
/// the name of every request: replies to another prompt are never taken for one's own.
pub const PROMPT: &str = "3";

/// What the operator decided about the model.
#[derive(Clone, Debug)]
pub struct Settings {
    /// As the endpoint knows it.
    pub model: String,
    /// Words of sources in one request.
    pub input_words: usize,
    /// Tokens that one answer may have.
    pub output_tokens: u32,
    /// The model that is asked whether statements follow, where one is; it has passed its self-test.
    pub verifier: Option<String>,
}

/// What a model is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LlmRequest {
    /// SHA-256 of all of it, model and prompt version included, lower-case hex.
    pub key: String,
    /// Whom to ask, as the endpoint knows it.
    pub(super) model: String,
    pub(super) messages: Vec<(Role, String)>,
    /// JSON Schema of the answer, as JSON text: its order is the order of writing.
    pub(super) schema: String,
    /// Tokens that the answer may have.
    pub tokens_max: u32,
    pub(super) seed: u32,
}

/// Who says a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    System,
    User,
    Assistant,
}

/// What a model replied.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reply {
    /// Untrusted text.
    pub text: String,
    /// Whether the model came to its end; else it was cut off or broke off.
    pub is_whole: bool,
    /// Tokens read, as the endpoint counts them.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
}

/// Lower-case hex SHA-256 of these parts, each with its length before it.
pub(super) fn hex(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for it in parts {
        hash.update((it.len() as u64).to_le_bytes());
        hash.update(it);
    }
    format!("{:x}", hash.finalize())
}
