//! Measures the decisions of the daemon over JSON Lines, with scores where labels are
//! given: the same code decides, only the store is missing.

pub mod claims;
pub mod curate;
pub mod dedup;
pub mod labels;
pub mod pairs;
mod place;
pub mod rouge;
pub mod select;

use serde::de::DeserializeOwned;

/// Longest line that is read.
const LINE_BYTES_MAX: usize = 4 << 20;

/// Why an input could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A line is no JSON object of the expected kind.
    #[error("line {line} is not what is expected here: {cause}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        cause: serde_json::Error,
    },
    /// A line is longer than any article.
    #[error("line {line} is longer than {LINE_BYTES_MAX} bytes")]
    TooLong {
        /// Counted from 1.
        line: usize,
    },
}

/// The records of a document of JSON Lines; blank lines are skipped.
///
/// # Errors
/// [`EvaluateError`] names the first line that is not such a record.
pub fn records<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, EvaluateError> {
    let mut found = Vec::new();
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (at, line) in text.lines().enumerate() {
        if LINE_BYTES_MAX < line.len() {
            return Err(EvaluateError::TooLong { line: at + 1 });
        }
        if !line.trim().is_empty() {
            let record = serde_json::from_str(line);
            found.push(record.map_err(|cause| EvaluateError::Line { line: at + 1, cause })?);
        }
    }
    Ok(found)
}

/// A share in percent with two decimals.
fn percent(part: f64, whole: f64) -> f64 {
    if whole <= 0.0 { 0.0 } else { (part / whole * 10_000.0).round() / 100.0 }
}
