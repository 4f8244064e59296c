//! The stored forms of how a model took part, and of who approved a revision.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::Record;
use crate::domain::Review;
use crate::domain::Timestamp;

use super::form::Form;
use super::form::needed;

/// How a model took part. Version 0 could leave out whether the model did not answer.
#[derive(Deserialize, Serialize)]
pub(in crate::store) struct StoredRecord {
    #[serde(default)]
    version: u64,
    model: String,
    #[serde(default)]
    verifier: Option<String>,
    prompt: String,
    parameters: String,
    requests: Vec<String>,
    prompt_tokens: u64,
    completion_tokens: u64,
    millis: u64,
    failure: Option<String>,
    is_unanswered: Option<bool>,
}

impl Form for StoredRecord {
    const WHAT: &'static str = "record of a model";
    const VERSION: u64 = 1;
    type Value = Record;

    fn of(it: &Record) -> Self {
        Self {
            version: Self::VERSION,
            model: it.model.clone(),
            verifier: it.verifier.clone(),
            prompt: it.prompt.clone(),
            parameters: it.parameters.clone(),
            requests: it.requests.clone(),
            prompt_tokens: it.prompt_tokens,
            completion_tokens: it.completion_tokens,
            millis: it.millis,
            failure: it.failure.clone(),
            is_unanswered: Some(it.is_unanswered),
        }
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn into_value(self) -> Result<Record, String> {
        Ok(Record {
            model: self.model,
            verifier: self.verifier,
            prompt: self.prompt,
            parameters: self.parameters,
            requests: self.requests,
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.completion_tokens,
            millis: self.millis,
            failure: self.failure,
            is_unanswered: needed(self.is_unanswered, "is_unanswered", self.version)?,
        })
    }
}

/// Who approved a revision and when, in epoch milliseconds.
#[derive(Deserialize, Serialize)]
pub(in crate::store) struct StoredReview {
    #[serde(default)]
    version: u64,
    by: String,
    at: i64,
}

impl Form for StoredReview {
    const WHAT: &'static str = "review";
    const VERSION: u64 = 1;
    type Value = Review;

    fn of(it: &Review) -> Self {
        Self { version: Self::VERSION, by: it.by.clone(), at: it.at.millis() }
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn into_value(self) -> Result<Review, String> {
        Ok(Review { by: self.by, at: Timestamp::from_millis(self.at) })
    }
}
