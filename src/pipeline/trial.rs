//! Tries a source without storing anything.

use std::fmt;

use serde::Serialize;

use crate::config;
use crate::domain::Clock;
use crate::fetch;
use crate::fetch::Ask;
use crate::fetch::Fetched;
use crate::net::Client;
use crate::parse;

use super::poll::authorization;
use super::poll::whole_reason;

/// What a source would yield.
#[derive(Clone, Debug, Serialize)]
pub struct SourceTrial {
    /// Its stable name.
    pub id: String,
    /// Where the feed was found.
    pub url: Option<String>,
    /// The feed's own title.
    pub title: Option<String>,
    /// Entries in the document.
    pub entries: usize,
    /// What would be repaired or dropped.
    pub warnings: Vec<String>,
    /// `kind: words`, where it could not be read.
    pub reason: Option<String>,
}

impl fmt::Display for SourceTrial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => write!(f, "{}: failed: {reason}", self.id),
            None => {
                let title = self.title.as_deref().unwrap_or("untitled");
                write!(f, "{}: `{title}`, {} entries", self.id, self.entries)?;
                self.warnings.iter().try_for_each(|it| write!(f, "; {it}"))
            }
        }
    }
}

/// Fetches and parses a source once.
pub async fn try_source(client: &Client, source: &config::Source, clock: &dyn Clock) -> SourceTrial {
    let mut trial = SourceTrial {
        id: source.id.to_string(),
        url: None,
        title: None,
        entries: 0,
        warnings: Vec::new(),
        reason: None,
    };
    let authorization = match source.auth.as_ref().map(authorization).transpose() {
        Ok(value) => value,
        Err(words) => return SourceTrial { reason: Some(format!("auth: {words}")), ..trial },
    };
    let ask = Ask {
        url: &source.url,
        validators: None,
        headers: &source.headers,
        authorization: authorization.as_deref(),
    };
    let reason = match fetch::get(client, ask, clock.now()).await {
        Ok(Fetched::Modified { document, .. }) => {
            trial.url = Some(document.found.to_string());
            match tokio::task::spawn_blocking(move || parse::feed(&document)).await {
                Ok(Ok(parsed)) => {
                    trial.title = Some(parsed.feed.title);
                    trial.entries = parsed.feed.entries.len();
                    trial.warnings = parsed.warnings.iter().map(ToString::to_string).collect();
                    return trial;
                }
                Ok(Err(error)) => format!("{}: {}", error.reason_kind(), whole_reason(&error)),
                Err(_) => "parse: the parser broke off".to_owned(),
            }
        }
        Ok(Fetched::NotModified { .. }) => "http: 304 to an unconditional question".to_owned(),
        Ok(Fetched::Gone) => "gone: the publisher answered 410 and asks not to be polled".to_owned(),
        Err(error) => format!("{}: {}", error.reason_kind(), whole_reason(&error)),
    };
    trial.reason = Some(reason);
    trial
}
