//! Finds the feed of a site: what an address answers, what its page links to, where
//! feeds usually stand.

use serde::Serialize;
use url::Url;

use crate::config;
use crate::domain::Document;
use crate::domain::Timestamp;
use crate::extract;
use crate::parse;
use crate::threads;

use super::trial::Trials;
use super::unreadable::Told;
use super::unreadable::unreadable;

/// Feeds named by a page that are tried.
const LINKED_MAX: usize = 8;

/// Where feeds usually stand, the most usual first.
const USUAL_PATHS: [&str; 8] =
    ["feed", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss", "feed.json", "feeds/posts/default"];

/// A feed that was found.
#[derive(Clone, Debug, Serialize)]
pub struct Discovery {
    /// Where it is.
    pub url: Url,
    /// Its own title.
    pub title: String,
    /// Entries in it.
    pub entries: usize,
    /// Further feeds that the page names.
    pub others: Vec<Url>,
}

/// What an address turned out to be.
enum AddressContent {
    Feed(Discovery),
    Page { links: Vec<Url>, found: Url },
    Nothing { reason: String },
}

impl Trials {
    /// The feed that an address is or leads to; the reason, as `kind: words`, where it is none.
    ///
    /// # Errors
    /// Why neither the address nor what its page names is a feed, as `kind: words`.
    pub async fn discover(&self, asked: &config::Source, now: Timestamp) -> Result<Discovery, String> {
        let (links, found) = match self.look(asked, &asked.url, now).await {
            AddressContent::Feed(it) => return Ok(it),
            AddressContent::Nothing { reason } => return Err(reason),
            AddressContent::Page { links, found } => (links, found),
        };
        for (n, link) in links.iter().enumerate().take(LINKED_MAX) {
            if let AddressContent::Feed(feed) = self.look(asked, link, now).await {
                let others = links.iter().enumerate().filter(|(other, _)| *other != n);
                return Ok(Discovery { others: others.map(|it| it.1.clone()).collect(), ..feed });
            }
        }
        // Below the page first, for sites that are one folder of a host.
        let mut places: Vec<Url> = Vec::new();
        let folder =
            Url::parse(&format!("{}/", found.as_str().trim_end_matches('/'))).unwrap_or(found.clone());
        for base in [&folder, &found.join("/").unwrap_or(found.clone())] {
            places.extend(USUAL_PATHS.iter().filter_map(|path| base.join(path).ok()));
        }
        let mut tried = Vec::new();
        for place in places {
            if tried.contains(&place) {
                continue;
            }
            if let AddressContent::Feed(feed) = self.look(asked, &place, now).await {
                return Ok(feed);
            }
            tried.push(place);
        }
        let host = found.host_str().unwrap_or_default();
        Err(format!(
            "not-a-feed: the page of `{host}` names no feed, and none stands where feeds usually do; \
             give the feed's own address"
        ))
    }

    async fn look(&self, asked: &config::Source, url: &Url, now: Timestamp) -> AddressContent {
        let mut source = config::Source { url: url.clone(), ..asked.clone() };
        if url.origin() != asked.url.origin() {
            // Credentials belong to the host that they were given for.
            (source.auth, source.headers) = (None, Vec::new());
        }
        let document = match self.document(&source, now).await {
            Ok(it) => it,
            Err(reason) => return AddressContent::Nothing { reason },
        };
        let looking = threads::blocking(move || seen(&document));
        looking.await.unwrap_or_else(|_| AddressContent::Nothing {
            reason: "parse: the parser panicked; this is a bug".to_owned(),
        })
    }
}

fn seen(document: &Document) -> AddressContent {
    match parse::feed(document) {
        Ok(parsed) => {
            let is_permanent = document.redirects.iter().all(|it| matches!(it.status, 301 | 308));
            let url = if is_permanent { &document.final_url } else { &document.request_url };
            let (title, entries) = (parsed.feed.title, parsed.feed.entries.len());
            AddressContent::Feed(Discovery { url: url.clone(), title, entries, others: Vec::new() })
        }
        Err(error @ parse::ParseError::NotAFeed { looks_like: parse::LooksLike::Html }) => {
            let (kind, words) = unreadable(document, &error, Told::Everyone);
            if kind == "bot-wall" {
                return AddressContent::Nothing { reason: format!("{kind}: {words}") };
            }
            let links = extract::feed_links(document).into_iter().chain(extract::refresh(document));
            AddressContent::Page { links: links.collect(), found: document.final_url.clone() }
        }
        Err(error) => {
            let (kind, words) = unreadable(document, &error, Told::Everyone);
            AddressContent::Nothing { reason: format!("{kind}: {words}") }
        }
    }
}
