//! What `doctor` found about one thing, and what to do about it.

use std::fmt;

use serde::Serialize;

/// How something is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FindingState {
    Ok,
    Warning,
    Failed,
}

/// What was found about one thing.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) state: FindingState,
    pub(super) found: String,
    /// What to do about it; `null` where nothing needs to be done.
    pub(super) advice: Option<String>,
    #[serde(skip)]
    pub(super) code: u8,
}

impl Finding {
    pub(super) fn ok(check: &'static str, found: String) -> Self {
        Self { check, state: FindingState::Ok, found, advice: None, code: 0 }
    }

    pub(super) fn warning(check: &'static str, found: String, advice: impl Into<String>) -> Self {
        Self { check, state: FindingState::Warning, found, advice: Some(advice.into()), code: 0 }
    }

    pub(super) fn failed(check: &'static str, code: u8, found: String, advice: impl Into<String>) -> Self {
        Self { check, state: FindingState::Failed, found, advice: Some(advice.into()), code }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            FindingState::Ok => "ok",
            FindingState::Warning => "warning",
            FindingState::Failed => "FAILED",
        };
        write!(f, "{state:8} {:14} {}", self.check, self.found)?;
        if let Some(advice) = &self.advice {
            write!(f, "\n{:23} → {advice}", "")?;
        }
        Ok(())
    }
}
