//! Tries a source without storing anything.

use std::fmt;

use serde::Serialize;
use url::Url;

use crate::config;
use crate::config::SourceRights;
use crate::domain::Document;
use crate::domain::Entry;
use crate::domain::Rights;
use crate::domain::Timestamp;
use crate::extract;
use crate::fetch;
use crate::fetch::Ask;
use crate::fetch::Fetched;
use crate::net::Client;
use crate::parse;
use crate::text::error_chain;
use crate::threads;

use super::authorization::authorization;
use super::outcome::GONE;
use super::poll::ROBOTS_DISALLOWS;
use super::robots::Sites;
use super::unreadable::Told;
use super::unreadable::unreadable;

/// What a source would yield.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SourceTrial {
    /// Its stable name.
    pub id: String,
    /// Where the feed was found.
    pub url: Option<String>,
    /// Where permanent redirects lead.
    pub moved_to: Option<String>,
    /// The feed's own title.
    pub title: Option<String>,
    /// The publisher's home page.
    pub home: Option<String>,
    /// Entries in the document.
    pub entries: usize,
    /// Entries whose article page would be read too, where robots.txt allows it: those that the
    /// feed carries only the beginning of.
    pub pages: usize,
    /// The first few of them.
    pub newest: Vec<EntryTrial>,
    /// What would be repaired or dropped.
    pub warnings: Vec<String>,
    /// `kind: words`, where it could not be read.
    pub reason: Option<String>,
}

/// An entry that a source would yield.
#[derive(Clone, Debug, Serialize)]
pub struct EntryTrial {
    /// Plain text.
    pub title: String,
    /// The article.
    pub url: Option<String>,
    /// As given.
    pub published: Option<String>,
}

/// Entries that a trial shows.
const SHOWN_MAX: usize = 10;

impl fmt::Display for SourceTrial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => write!(f, "{}: failed: {reason}", self.id),
            None => {
                let title = self.title.as_deref().unwrap_or("untitled");
                write!(f, "{}: `{title}`, {} entries", self.id, self.entries)?;
                if let Some(url) = &self.url {
                    write!(f, " from {url}")?;
                }
                if 0 < self.pages {
                    write!(f, " and {} article pages where robots.txt allows it", self.pages)?;
                }
                if let Some(to) = &self.moved_to {
                    write!(f, "; it has moved to {to}")?;
                }
                self.warnings.iter().try_for_each(|it| write!(f, "; {it}"))
            }
        }
    }
}

/// Tries sources; each site's robots.txt is asked for once.
pub struct Trials {
    client: Client,
    sites: Sites,
}

impl Trials {
    /// Asks through this client.
    pub fn new(client: Client) -> Self {
        Self { client, sites: Sites::default() }
    }

    /// Fetches and parses a source once.
    pub async fn source(&self, source: &config::Source, now: Timestamp) -> SourceTrial {
        let trial = SourceTrial { id: source.id.to_string(), ..SourceTrial::default() };
        let document = match self.document(source, now).await {
            Ok(it) => it,
            Err(reason) => return SourceTrial { reason: Some(reason), ..trial },
        };
        let read = threads::blocking(move || {
            let parsed = parse::feed(&document);
            (parsed, document)
        });
        let (parsed, document) = match read.await {
            Ok(it) => it,
            Err(_) => {
                return SourceTrial {
                    reason: Some("parse: the parser panicked; this is a bug".to_owned()),
                    ..trial
                };
            }
        };
        let is_quotable = match &source.rights {
            SourceRights::Unsaid => true,
            SourceRights::AtLeast(rights) | SourceRights::Licensed { mode: rights, .. } => {
                *rights < Rights::Link
            }
        };
        let wants_pages = source.full_text && is_quotable;
        let found = document.final_url.to_string();
        let is_permanent = document.redirects.iter().all(|it| matches!(it.status, 301 | 308));
        let trial = SourceTrial {
            moved_to: Some(found.clone()).filter(|_| !document.redirects.is_empty() && is_permanent),
            url: Some(found),
            ..trial
        };
        match parsed {
            Ok(parsed) => SourceTrial {
                pages: parsed.feed.entries.iter().filter(|it| wants_pages && wants_page(it)).count(),
                title: Some(parsed.feed.title),
                home: parsed.feed.home.map(|it| it.to_string()),
                entries: parsed.feed.entries.len(),
                newest: parsed.feed.entries.into_iter().take(SHOWN_MAX).map(EntryTrial::of).collect(),
                warnings: parsed.warnings.iter().map(ToString::to_string).collect(),
                ..trial
            },
            Err(error) => {
                let (kind, words) = unreadable(&document, &error, Told::Everyone);
                SourceTrial { reason: Some(format!("{kind}: {words}")), ..trial }
            }
        }
    }

    /// What a source's address answers; the reason where it is no document.
    pub(super) async fn document(&self, source: &config::Source, now: Timestamp) -> Result<Document, String> {
        if !self.sites.ask(&self.client, &source.url, now).await.allows_feed(&source.url) {
            return Err(format!("robots: {ROBOTS_DISALLOWS}"));
        }
        let authorization =
            source.auth.as_ref().map(authorization).transpose().map_err(|it| format!("auth: {it}"))?;
        let ask = Ask {
            url: &source.url,
            validators: None,
            headers: &source.headers,
            authorization: authorization.as_deref(),
        };
        let may = async |to: Url| self.sites.ask(&self.client, &to, now).await.allows_feed(&to);
        match fetch::get(&self.client, ask, may, now).await {
            Ok(Fetched::Modified { document, .. }) => Ok(document),
            Ok(Fetched::NotModified { .. }) => Err("http: 304 to an unconditional question".to_owned()),
            Ok(Fetched::Gone) => Err(GONE.to_owned()),
            Err(error) => Err(format!("{}: {}", error.reason_kind(), error_chain(&error))),
        }
    }
}

/// Whether a poll would ask for the article page of a new entry.
fn wants_page(entry: &Entry) -> bool {
    let text = entry.content.as_deref().or(entry.summary.as_deref()).unwrap_or_default();
    entry.link.is_some() && extract::is_cut(text, entry.summary.as_deref())
}

impl EntryTrial {
    fn of(entry: Entry) -> Self {
        Self {
            title: entry.title,
            url: entry.link.map(|it| it.to_string()),
            published: entry.published.map(Timestamp::rfc3339),
        }
    }
}
