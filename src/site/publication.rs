//! Everything that readers can ask for, as a pure function of store and configuration.
//!
//! A path in, an [`Answer`] out: the server and the static export ask the same
//! question. What was rendered is kept until something that readers can see changes;
//! the outputs are rendered and checked before anyone can ask for them. An item that
//! fails its check is left out; a document that fails leaves the last good one standing.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::time::Duration;

use sha2::Digest;
use sha2::Sha256;
use tracing::error;
use tracing::info;

use crate::config::Config;
use crate::domain::OutputId;
use crate::domain::Timestamp;
use crate::pipeline::Refresh;
use crate::publish::Format;
use crate::publish::InvalidOutput;
use crate::store::HookDelivery;
use crate::store::Store;
use crate::store::StoreError;
use crate::threads;

use super::cache::Cache;
use super::document::LINK;
use super::rendered::Rendered;
use super::response::Answer;
use super::snapshot::SiteSnapshot;
use super::snapshot::SourceIndex;

/// HTTP dates know no less: documents that differ are dated at least so far apart.
const SECOND: Duration = Duration::from_secs(1);

/// What readers can ask for. Cheap to share; asked from many threads.
pub struct Publication {
    config: Arc<Config>,
    store: Store,
    current: RwLock<Arc<Cache>>,
}

/// A feed as a topic of our hub.
pub enum TopicFeed {
    /// Its document.
    Current(Arc<Rendered>),
    /// It is one of ours, and has no document that may be shown yet.
    Unavailable,
    /// There is no such feed, or nobody is told of its changes.
    Unknown,
}

impl Refresh for Publication {
    async fn refresh(&self, now: Timestamp) -> Result<(), StoreError> {
        Self::refresh(self, now).await
    }
}

impl Publication {
    /// One that has not looked at the store yet: no output has a document before
    /// [`Publication::refresh`].
    pub fn new(config: Arc<Config>, store: Store) -> Self {
        let nothing = Cache {
            generation: -1,
            index: None,
            outputs: HashMap::new(),
            pages: Mutex::default(),
            since: None,
            dates: HashMap::new(),
        };
        Self { config, store, current: RwLock::new(Arc::new(nothing)) }
    }

    /// Prepares the documents of what the store holds.
    ///
    /// # Errors
    /// Fails where the store cannot be read or does not take the digests of what is published.
    pub async fn open(config: Arc<Config>, store: Store, now: Timestamp) -> Result<Self, StoreError> {
        let publication = Self::new(config, store);
        publication.refresh(now).await?;
        Ok(publication)
    }

    /// Renders and checks the outputs anew if anything that readers can see has
    /// changed since, here or in another process.
    ///
    /// # Errors
    /// Fails where the store cannot be read or does not take the digests of what is published. Readers then
    /// keep seeing what was published last.
    pub async fn refresh(&self, now: Timestamp) -> Result<(), StoreError> {
        let generation = self.store.read(|it| it.generation()).await?;
        let before = self.current();
        if generation == before.generation {
            return Ok(());
        }
        self.note_host(now).await?;
        let config = Arc::clone(&self.config);
        let rendering = self.store.read(move |store| {
            let index = SourceIndex::read(store, &config)?;
            let snapshot = SiteSnapshot::new(store, &config, &index)?;
            let mut rendered = Vec::new();
            for output in &config.outputs {
                let paths = Format::ALL.map(|it| format!("/feeds/{}.{}", output.id, it.extension()));
                let documents = snapshot.output_documents(output, &Format::ALL)?;
                let documents: Vec<_> = paths.into_iter().zip(documents).collect();
                rendered.push((output.id.clone(), documents));
            }
            drop(snapshot);
            Ok((store.generation()?, rendered, index))
        });
        let (generation, rendered, index) = rendering.await?;
        let mut outputs = HashMap::new();
        for (output, documents) in rendered {
            let published_at = self.record(&output, &documents, now).await?;
            for (path, document) in documents {
                let last = before.outputs.get(&path);
                let document = match (document, last) {
                    // The same bytes keep their compressed copies.
                    (Ok(fresh), Some(last)) if last.body == fresh.body => Rendered {
                        last_modified: published_at,
                        omitted: fresh.omitted,
                        ..Rendered::clone(last)
                    },
                    (Ok(fresh), _) => Rendered { last_modified: published_at, ..fresh },
                    (Err(_), Some(last)) => Rendered::clone(last),
                    (Err(_), None) => continue,
                };
                outputs.insert(path, Arc::new(document));
            }
        }
        info!(generation, "published {} documents", outputs.len());
        let look = self.look();
        let since = self.store.write(move |it| it.date_pages(generation, &look, now)).await?;
        let fresh: Vec<_> = outputs.values().cloned().collect();
        let cache = Cache {
            generation,
            index: Some(index),
            outputs,
            pages: Mutex::default(),
            since: Some(since),
            dates: before.dates(),
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(cache);
        // Readers who come first need not wait for it, and publication does not.
        threads::ahead_of_need(move || fresh.iter().for_each(|it| it.compress()));
        Ok(())
    }

    /// The ids of our feeds name the first host that the store ever saw: an empty feed has its id too.
    async fn note_host(&self, now: Timestamp) -> Result<(), StoreError> {
        let host = self.config.site.base_url.host_str().unwrap_or_default().to_owned();
        if self.store.read(|it| it.first_host()).await?.is_none() {
            self.store.write(move |it| it.host_since(&host, now)).await?;
        }
        Ok(())
    }

    /// Digest of what pages depend on beside the store. One that changes without need costs a reader
    /// who asks by date one download.
    fn look(&self) -> String {
        let look = format!("{} {:?}", env!("CARGO_PKG_VERSION"), self.config);
        Sha256::digest(look).iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Remembers what is published of an output and returns when that last changed:
    /// a date later than that of any document before, so that a reader who asks by
    /// date alone misses nothing.
    async fn record(
        &self,
        output: &OutputId,
        documents: &[(String, Result<Rendered, InvalidOutput>)],
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let hash = documents
            .iter()
            .flat_map(|(_, it)| it)
            .fold(Sha256::new(), |hash, it| hash.chain_update(&it.body));
        let digest: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        let failed = |(path, it): &(String, Result<_, InvalidOutput>)| {
            it.as_ref().err().map(|error| format!("{path}: {error}"))
        };
        let invalid = documents.iter().find_map(failed);
        if let Some(reason) = &invalid {
            error!(
                output.id = %output,
                reason, "output `{output}` failed its check; the last good version stays: {reason}"
            );
        }
        let omitted: BTreeSet<&str> =
            documents.iter().flat_map(|(_, it)| it).flat_map(|it| &it.omitted).map(String::as_str).collect();
        let omitted = omitted.into_iter().collect::<Vec<_>>().join("\n");
        let output = output.clone();
        self.store
            .write(move |it| {
                let last = it.reader().output_published_at(&output)?;
                let at = last.map_or(now, |it| now.max(it.plus(SECOND)));
                it.record_published(output.as_str(), &digest, (invalid.as_deref(), &omitted), at)?;
                it.reader().output_published_at(&output)
            })
            .await
    }

    /// Answers a path, which starts with `/` and has neither the base URL's own
    /// path nor a query, and a query where the page takes one. A path that differs from one of ours
    /// by a slash at its end leads there. Blocks on the store when the answer is not kept.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    pub fn answer(&self, path: &str, query: Option<&str>) -> Result<Answer, StoreError> {
        let answer = self.exact(path, query)?;
        let (Answer::Missing(_), Some(other)) = (&answer, with_or_without_slash(path)) else {
            return Ok(answer);
        };
        Ok(match self.exact(&other, query)? {
            Answer::Document(_) => {
                Answer::Moved(query.map_or_else(|| other.clone(), |it| format!("{other}?{it}")))
            }
            Answer::Missing(_) => answer,
            moved_gone_or_refused => moved_gone_or_refused,
        })
    }

    /// The generation of the store that readers see.
    pub fn generation(&self) -> i64 {
        self.current().generation
    }

    /// The feed of a topic of our hub, given as a path: a subscription document, which changes.
    /// Blocks on the store when the document is not kept.
    ///
    /// # Errors
    /// Fails where the store cannot be read.
    pub fn topic(&self, path: &str) -> Result<TopicFeed, StoreError> {
        let Some(stem) = path.strip_prefix("/feeds/").and_then(|it| {
            Format::ALL.into_iter().find_map(|format| it.strip_suffix(format.extension())?.strip_suffix('.'))
        }) else {
            return Ok(TopicFeed::Unknown);
        };
        match self.exact(path, None)? {
            Answer::Document(it) if it.headers.iter().any(|it| it.0 == LINK) => Ok(TopicFeed::Current(it)),
            _ if self.config.outputs.iter().any(|it| it.id.as_str() == stem) => Ok(TopicFeed::Unavailable),
            _ => Ok(TopicFeed::Unknown),
        }
    }

    /// The feeds of which an outside hub is told.
    pub fn announced(&self) -> Vec<String> {
        let outputs = self.config.outputs.iter().map(|it| format!("/feeds/{}", it.id));
        let audiences = self.config.audiences.iter().map(|it| format!("/feeds/for/{}", it.slug));
        let of_stem = |stem: String| Format::ALL.map(|it| format!("{stem}.{}", it.extension()));
        outputs.chain(audiences).flat_map(of_stem).collect()
    }

    /// The document at a path without a query, if it lies in memory. Never blocks on the store.
    pub fn in_memory(&self, path: &str) -> Option<Arc<Rendered>> {
        self.current().in_memory(path)
    }

    fn exact(&self, path: &str, query: Option<&str>) -> Result<Answer, StoreError> {
        let current = self.current();
        if query.is_none()
            && let Some(document) = current.in_memory(path)
        {
            return Ok(Answer::Document(document));
        }
        let (answer, generation) = self.store.read_blocking(|store| {
            let answer = match &current.index {
                Some(index) => SiteSnapshot::new(store, &self.config, index)?.answer(path, query),
                None => SiteSnapshot::new(store, &self.config, &SourceIndex::read(store, &self.config)?)?
                    .answer(path, query),
            };
            Ok((answer?, store.generation()?))
        })?;
        let Answer::Document(document) = answer else { return Ok(answer) };
        let mut document = Arc::unwrap_or_clone(document);
        // A document that is ahead of what was last taken up has no date yet.
        let since = current.since.filter(|_| generation == current.generation);
        let known = current.dates.get(path).filter(|it| query.is_none() && it.0 == document.digest);
        let changed = since.map(|it| known.map_or(it, |it| it.1));
        document.last_modified = match document.last_modified {
            // What changes with each poll would be taken for current by the date of something else.
            _ if document.max_age_secs == 0 => None,
            // What changes without the generation changes with it, too.
            Some(at) => since.map(|it| it.max(at)),
            None => changed,
        };
        let document = Arc::new(document);
        // What may not be used again without asking changes without the generation.
        if query.is_none() && 0 < document.max_age_secs {
            current.pages().keep(path, &document);
        }
        Ok(Answer::Document(document))
    }

    /// Hands every path that a static copy of the site holds to `write`, all of them
    /// as one look at the store shows them, until one fails.
    ///
    /// # Errors
    /// The first error of `write`, or of the store where that cannot be read.
    pub fn each<E: From<StoreError>>(
        &self,
        mut write: impl FnMut(&str, Answer) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut outcome = Ok(());
        self.store.read_blocking(|store| {
            let index = SourceIndex::read(store, &self.config)?;
            let snapshot = SiteSnapshot::new(store, &self.config, &index)?;
            for path in snapshot.paths()? {
                outcome = write(&path, snapshot.answer(&path, None)?);
                if outcome.is_err() {
                    break;
                }
            }
            Ok(())
        })?;
        outcome
    }

    /// The body of a delivery to a hook; the words name what fails its check, which is not sent.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn hook_body(&self, delivery: HookDelivery) -> Result<Result<String, String>, StoreError> {
        let (config, current) = (Arc::clone(&self.config), self.current());
        self.store
            .read(move |store| {
                // What is known of the sources is read once a generation, and not for each delivery.
                let read;
                let index = match &current.index {
                    Some(it) if store.generation()? == current.generation => it,
                    _ => {
                        read = SourceIndex::read(store, &config)?;
                        &read
                    }
                };
                let body = SiteSnapshot::new(store, &config, index)?.hook_body(&delivery)?;
                Ok(body.map(|it| it.to_string()))
            })
            .await
    }

    /// Whether the store can be read now.
    pub fn is_readable(&self) -> bool {
        self.store.read_blocking(|store| store.generation()).is_ok()
    }

    /// What the operator decided.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn current(&self) -> Arc<Cache> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The other spelling of a path that has a slash at its end, or has none.
fn with_or_without_slash(path: &str) -> Option<String> {
    match path.strip_suffix('/') {
        Some("") => None,
        Some(inner) if inner.ends_with('/') => None,
        Some(inner) => Some(inner.to_owned()),
        None => Some(format!("{path}/")),
    }
}

#[cfg(test)]
mod tests {
    use crate::site::sample::START;
    use crate::site::sample::SampleSite;

    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[tokio::test]
    async fn a_late_story_moves_the_dates_of_its_feeds() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        newsroom.enter("daily", 1, START).await;
        newsroom.digest().await;
        let before = newsroom.document("/feeds/all.atom");
        assert_eq!(before.last_modified, Some(START.plus(SECOND)), "the empty feed was there first");
        newsroom.pass_time(HOUR);
        newsroom.enter("daily", 2, START.minus(HOUR)).await;
        newsroom.digest().await;
        let after = newsroom.document("/feeds/all.atom");
        assert_eq!(after.last_modified, Some(START.plus(HOUR)));
        let updated = format!("</subtitle>\n<updated>{}", START.plus(HOUR).rfc3339());
        assert!(newsroom.text("/feeds/all.atom").contains(&updated), "{}", newsroom.text("/feeds/all.atom"));
    }

    #[tokio::test]
    async fn pages_are_dated_by_their_last_change() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        let key = newsroom.enter("daily", 1, START).await;
        newsroom.digest().await;
        let path = newsroom.story(&key).path;
        let others = ["/", "/about", "/archive/2026/11", "/api/v1/stories", "/sources.opml"];
        let dates = || {
            others.map(|it| newsroom.document(it).last_modified.unwrap_or_else(|| panic!("{it} has no date")))
        };
        let before = dates();
        let of_story = newsroom.document(&path).last_modified.expect("a date");
        newsroom.pass_time(HOUR);
        newsroom.enter("daily", 2, START.minus(HOUR)).await;
        newsroom.digest().await;
        let after = dates();
        // What did not change keeps its date, what did has a later one.
        assert_eq!((after[1], newsroom.document(&path).last_modified), (before[1], Some(of_story)));
        for path in ["/api/v1/status", "/api/v1/sources"] {
            assert_eq!(newsroom.document(path).last_modified, None, "{path} changes with each poll");
        }
        for at in [0, 2, 3] {
            assert!(before[at] < after[at], "{}", others[at]);
        }
        // Another start with another configuration shows other pages, though the store is the same.
        let start = async |title: &str, now| {
            let mut config = Config::clone(&newsroom.publication.config);
            config.site.title = title.to_owned();
            let again =
                Publication::open(Arc::new(config), newsroom.store.clone(), now).await.expect("a start");
            let Answer::Document(it) = again.answer("/about", None).expect("an answer") else {
                panic!("no page")
            };
            it.last_modified.expect("a date")
        };
        let first = start("Another", START.plus(HOUR)).await;
        assert!(after[0] < first, "a date is never given twice");
        assert_eq!(start("Another", START.plus(HOUR * 5)).await, first, "a start alone changes nothing");
    }

    #[tokio::test]
    async fn the_id_of_a_feed_outlives_every_address() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        let id =
            |text: String| text.split("<id>").nth(1).and_then(|it| it.split('<').next()).map(str::to_owned);
        let empty = id(newsroom.text("/feeds/all.atom")).expect("an id");
        newsroom.enter("daily", 1, START).await;
        newsroom.digest().await;
        let mut config = Config::clone(&newsroom.publication.config);
        config.site.base_url = url::Url::parse("https://[2001:db8::1]:8443/").expect("a URL");
        let moved = Publication::open(Arc::new(config), newsroom.store.clone(), START.plus(HOUR));
        let moved = moved.await.expect("a start");
        for publication in [&newsroom.publication, &moved] {
            let Answer::Document(it) = publication.answer("/feeds/all.atom", None).expect("an answer") else {
                panic!("no document")
            };
            assert_eq!(id(String::from_utf8(it.body.clone()).expect("UTF-8")), Some(empty.clone()));
        }
        assert_eq!(empty, "tag:brief.example,2026-11-20:feed:all");
    }

    #[tokio::test]
    async fn dates_of_feeds_survive_a_restart() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        newsroom.enter("daily", 1, START).await;
        newsroom.digest().await;
        let before = newsroom.document("/feeds/all.rss");
        let config = Arc::clone(&newsroom.publication.config);
        let again =
            Publication::open(config, newsroom.store.clone(), START.plus(HOUR)).await.expect("a start");
        let Answer::Document(after) = again.answer("/feeds/all.rss", None).expect("an answer") else {
            panic!("no document");
        };
        assert_eq!((after.last_modified, &after.body), (before.last_modified, &before.body));
    }

    #[tokio::test]
    async fn hub_and_self_have_the_path_of_the_site() {
        let newsroom = SampleSite::open_with(&[("daily", "Daily")], "[server]\nhub = true\n").await;
        newsroom.enter("daily", 1, START).await;
        newsroom.digest().await;
        let base = "https://brief.example/tech";
        for (extension, name) in [("rss", "atom:link"), ("atom", "link"), ("json", "")] {
            let path = format!("/feeds/all.{extension}");
            let document = newsroom.document(&path);
            let links = format!("<{base}/hub>; rel=\"hub\", <{base}{path}>; rel=\"self\"");
            assert!(document.headers.contains(&("link", links)), "{:?}", document.headers);
            let text = newsroom.text(&path);
            let said = match extension {
                "json" => [format!("\"url\":\"{base}/hub\""), format!("\"feed_url\":\"{base}{path}\"")],
                _ => [
                    format!("<{name} rel=\"hub\" href=\"{base}/hub\""),
                    format!(
                        "<{name} rel=\"self\" type=\"application/{extension}+xml\" href=\"{base}{path}\""
                    ),
                ],
            };
            assert!(said.iter().all(|it| text.contains(it)), "{said:?} in {text}");
        }
    }

    #[tokio::test]
    async fn one_address_leads_to_one_document() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        let key = newsroom.enter("daily", 1, START).await;
        newsroom.digest().await;
        let path = newsroom.story(&key).path;
        let slug = path.rsplit('/').next().expect("a slug");
        let check = |asked: &str, expected: Option<&str>| match (newsroom.answer(asked), expected) {
            (Answer::Moved(to), Some(expected)) => assert_eq!(to, expected, "{asked}"),
            (Answer::Missing(_), None) => {}
            (other, _) => panic!("`{asked}` leads to {other:?}"),
        };
        for (end, canonical) in [("", path.clone()), ("/history", format!("{path}/history"))] {
            check(&format!("/story/tag:anything:{key}/{slug}{end}"), Some(&canonical));
            check(&format!("/story/{key}/another{end}"), Some(&canonical));
            check(&format!("//story/{key}/{slug}{end}"), None);
        }
        check(&format!("/story/{key}"), Some(&path));
        check(&format!("/story/tag:anything:{key}/"), Some(&path));
        check(&format!("/api/v1/stories/tag:anything:{key}"), None);
        for (asked, expected) in [
            ("/topics", "/topics/"),
            ("/for", "/for/"),
            ("/publishers", "/publishers/"),
            ("/about/", "/about"),
            ("/archive", "/archive/"),
            ("/archive/2026", "/archive/2026/"),
            ("/feeds", "/feeds/"),
            ("/feeds.opml/", "/feeds.opml"),
            ("/opensearch.xml/", "/opensearch.xml"),
            ("/search/", "/search"),
            ("/feeds/all.rss/", "/feeds/all.rss"),
            ("/archive/2026/11/", "/archive/2026/11"),
            ("/api/v1/sources/", "/api/v1/sources"),
            ("/feed/", "/feeds/all.rss"),
        ] {
            check(asked, Some(expected));
        }
        check(&format!("{path}/"), Some(&path));
        check(&format!("{path}/history/"), Some(&format!("{path}/history")));
        for wrong in
            ["////about", "//", "/about//", "/topics//", "/nothing/", "/feeds//all.rss", "/api/v1//sources"]
        {
            check(wrong, None);
        }
        newsroom.document("/archive/2026/11");
        for wrong in ["+0002026/11", "02026/11", "2026/+1", "2026/011", "2026/12", "2026/13"] {
            check(&format!("/archive/{wrong}"), None);
        }
    }

    #[tokio::test]
    async fn any_words_can_be_searched_for() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        newsroom.enter("daily", 1, START).await;
        newsroom.digest().await;
        let check = |query: &str, expected: bool| {
            let Answer::Document(page) =
                newsroom.publication.answer("/search", Some(query)).expect("an answer")
            else {
                panic!("no page for `{query}`");
            };
            let text = String::from_utf8(page.body.clone()).expect("UTF-8");
            assert_eq!(text.contains("daily story 1"), expected, "{query}");
        };
        check("q=story", true);
        check("q=%00story%00", true);
        check("q=daily%00story", true);
        for query in
            ["q=%00", "q=", "", "q=%22", "q=%22%00%22", "q=*", "q=a+NEAR", "q=%ff%fe", "q=...", "q=title:x"]
        {
            check(query, false);
        }
    }

    #[tokio::test]
    async fn an_archive_tells_what_was_withdrawn() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        let mut keys = Vec::new();
        for n in 1..=51 {
            keys.push(newsroom.enter("daily", n, START.plus(Duration::from_secs(n as u64))).await);
        }
        newsroom.digest().await;
        let entries = |text: &str| text.matches("<entry").count();
        assert_eq!(entries(&newsroom.text("/feeds/all/archive/1.atom")), 50);
        let gone = newsroom.story(&keys[6]);
        newsroom.withdraw(&gone.key).await;
        let text = newsroom.text("/feeds/all/archive/1.atom");
        assert!(text.contains(&format!("<at:deleted-entry ref=\"{}\"", gone.tag)), "{text}");
        assert_eq!(entries(&text), 49);
        assert!(!newsroom.text("/feeds/all/archive/1.json").contains(gone.tag.as_str()));
        assert!(matches!(newsroom.answer(&gone.path), Answer::Gone(_)));
    }

    #[tokio::test]
    async fn an_archive_keeps_a_stub_of_what_was_merged_until_its_survivor_is_gone() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        let mut keys = Vec::new();
        for n in 1..=51 {
            keys.push(newsroom.enter("daily", n, START.plus(Duration::from_secs(n as u64))).await);
        }
        newsroom.digest().await;
        let [merged, survivor] = [3, 4].map(|at| newsroom.story(&keys[at]));
        let (from, into) = (merged.id, survivor.id);
        newsroom.store.write(move |it| it.merge_stories(from, into, "one", START)).await.expect("a merge");
        newsroom.digest().await;
        let feed: serde_json::Value =
            serde_json::from_slice(&newsroom.document("/feeds/all/archive/1.json").body).expect("JSON");
        let items = feed["items"].as_array().expect("items");
        let stub = items.iter().find(|it| it["id"] == merged.tag.as_str()).expect("a stub");
        let data = &stub["_bylined"];
        assert_eq!(stub["external_url"], data["publishers"][0]["url"]);
        assert_eq!(
            (&data["engine"], &data["related"][0]["id"]),
            (&"none".into(), &survivor.tag.as_str().into())
        );
        assert!(data["attribution"].as_str().is_some_and(|it| it.ends_with("published by Daily.")), "{data}");
        assert!(items.iter().all(|it| it["external_url"].is_string() && it["_bylined"].is_object()));
        newsroom.withdraw(&survivor.key).await;
        let atom = newsroom.text("/feeds/all/archive/1.atom");
        for gone in [&merged, &survivor] {
            assert!(atom.contains(&format!("<at:deleted-entry ref=\"{}\"", gone.tag)), "{atom}");
        }
    }

    const DAILY: &str = "[[output]]\nid = \"daily\"\ntitle = \"Brief\"\ndigest = \"0 7 * * *\"\n";

    #[tokio::test]
    async fn a_digest_carries_each_story_once_in_one_item_for_each_period() {
        let newsroom = SampleSite::open_with(&[("daily", "Daily")], DAILY).await;
        let items = || {
            let feed: serde_json::Value =
                serde_json::from_slice(&newsroom.document("/feeds/daily.json").body).expect("JSON");
            feed["items"].as_array().expect("items").clone()
        };
        let first = newsroom.enter("daily", 1, START).await;
        newsroom.enter("daily", 2, START).await;
        newsroom.digest().await;
        assert!(items().is_empty(), "the period is not over");
        assert_eq!(newsroom.text("/feeds/all.json").matches("\"external_url\"").count(), 2);
        newsroom.pass_time(HOUR * 21);
        newsroom.enter("daily", 3, START).await;
        newsroom.digest().await;
        let one = items();
        assert_eq!(one.len(), 1);
        assert_eq!(one[0]["id"], "tag:brief.example,2026-11-20:digest-daily-2026-11-20T07:00:00Z");
        assert_eq!(one[0]["title"], "Brief, 21 November 2026");
        assert_eq!(one[0]["date_published"], "2026-11-21T07:00:00Z");
        assert_eq!(one[0]["url"], "https://brief.example/tech/edition/daily/2026-11-20T07:00:00Z");
        assert!(one[0]["external_url"].as_str().is_some_and(|it| it.starts_with("https://daily.example/")));
        let tells = |item: &serde_json::Value, n: usize| {
            item["content_html"].as_str().is_some_and(|it| it.contains(&format!("daily story {n}</a>")))
        };
        assert_eq!([1, 2, 3].map(|n| tells(&one[0], n)), [true, true, false]);
        // Days without stories have no item.
        newsroom.pass_time(HOUR * 5 * 24);
        newsroom.digest().await;
        let two = items();
        assert_eq!(two.len(), 2);
        assert_eq!(two[1], one[0]);
        assert_eq!([1, 2, 3].map(|n| tells(&two[0], n)), [false, false, true]);
        newsroom.withdraw(&first).await;
        assert_eq!([1, 2].map(|n| tells(&items()[1], n)), [false, true]);
        newsroom.document("/feeds/daily.rss");
        newsroom.document("/feeds/daily.atom");
        let edition = newsroom.text("/edition/daily/2026-11-20T07:00:00Z");
        let names = |text: &str| [1, 2, 3].map(|n| text.contains(&format!("daily story {n}")));
        assert_eq!(names(&edition), [false, true, false], "what was withdrawn is gone: {edition}");
        assert_eq!(names(&newsroom.text("/edition/daily/2026-11-20T07:00:00Z.txt")), [false, true, false]);
        assert!(matches!(newsroom.answer("/edition/daily/2026-11-19T07:00:00Z"), Answer::Missing(_)));
    }

    #[tokio::test]
    async fn what_a_digest_has_told_stays_told_when_stories_merge() {
        let output = format!("{DAILY}exclude = [\"story 9\"]\n");
        let newsroom = SampleSite::open_with(&[("daily", "Daily")], &output).await;
        let mut keys = Vec::new();
        for n in [1, 2, 9] {
            keys.push(newsroom.enter("daily", n, START).await);
        }
        newsroom.digest().await;
        newsroom.pass_time(HOUR * 24);
        newsroom.digest().await;
        let [told, survivor] = [0, 2].map(|at| newsroom.story(&keys[at]).id);
        newsroom
            .store
            .write(move |it| it.merge_stories(told, survivor, "one", START))
            .await
            .expect("a merge");
        // One that is yet to be told takes the place of one that was.
        let later = newsroom.enter("daily", 3, START).await;
        newsroom.digest().await;
        let [told, survivor] = [&keys[1], &later].map(|it| newsroom.story(it).id);
        newsroom
            .store
            .write(move |it| it.merge_stories(told, survivor, "one", START))
            .await
            .expect("a merge");
        newsroom.pass_time(HOUR * 24);
        newsroom.digest().await;
        let text = newsroom.text("/feeds/daily.json");
        assert_eq!(text.matches(":digest-daily-").count(), 1, "{text}");
        let stands = |n: usize| text.contains(&format!("daily story {n}</a></h3>"));
        assert_eq!([1, 2, 3, 9].map(stands), [false, false, true, true], "{text}");
    }

    #[tokio::test]
    async fn a_period_of_thousands_takes_several_items() {
        let newsroom = SampleSite::open_with(&[("daily", "Daily")], DAILY).await;
        for n in 0..501 {
            newsroom.enter("daily", n, START).await;
        }
        newsroom.digest().await;
        newsroom.pass_time(HOUR * 24);
        newsroom.digest().await;
        let feed: serde_json::Value =
            serde_json::from_slice(&newsroom.document("/feeds/daily.json").body).expect("JSON");
        let items = feed["items"].as_array().expect("items");
        let told = |at: usize| items[at]["content_html"].as_str().expect("HTML").matches("<h3>").count();
        assert_eq!((items.len(), told(0), told(1)), (2, 1, 500));
        assert_eq!(items[0]["date_published"], items[1]["date_published"]);
    }

    #[tokio::test]
    async fn digests_are_archived_like_other_items() {
        let newsroom = SampleSite::open_with(&[("daily", "Daily")], DAILY).await;
        let mut keys = Vec::new();
        for n in 0..51 {
            keys.push(newsroom.enter("daily", n, START).await);
            newsroom.digest().await;
            newsroom.pass_time(HOUR * 24);
        }
        newsroom.digest().await;
        let page = newsroom.text("/feeds/daily/archive/1.atom");
        assert_eq!(page.matches("<entry").count(), 50);
        assert!(page.contains(":digest-daily-2026-11-20T07:00:00Z"));
        assert!(matches!(newsroom.answer("/feeds/daily/archive/2.atom"), Answer::Missing(_)));
        let current = newsroom.text("/feeds/daily.atom");
        assert!(current.contains("/tech/feeds/daily/archive/1.atom"), "{current}");
        newsroom.withdraw(&keys[0]).await;
        let page = newsroom.text("/feeds/daily/archive/1.atom");
        assert_eq!(page.matches("<entry").count(), 49);
        assert!(
            page.contains("<at:deleted-entry ref=\"tag:brief.example,2026-11-20:digest-daily-2026-11-20")
        );
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_neither_holds_up_a_digest_nor_gives_an_id_twice() {
        let newsroom = SampleSite::open_with(&[("daily", "Daily")], DAILY).await;
        let is_over = async |n: usize, from: Timestamp| {
            newsroom.set_time(from);
            newsroom.enter("daily", n, START).await;
            newsroom.digest().await;
            newsroom.pass_time(HOUR * 24);
            newsroom.digest().await;
        };
        is_over(1, START).await;
        is_over(2, START.plus(HOUR * 24 * 365)).await;
        is_over(3, START.plus(HOUR * 24)).await;
        is_over(4, START).await;
        let feed: serde_json::Value =
            serde_json::from_slice(&newsroom.document("/feeds/daily.json").body).expect("JSON");
        let ids: Vec<&str> =
            feed["items"].as_array().expect("items").iter().filter_map(|it| it["id"].as_str()).collect();
        let begins =
            ["2026-11-20T07:00:01Z", "2026-11-21T07:00:00Z", "2027-11-20T07:00:00Z", "2026-11-20T07:00:00Z"];
        assert_eq!(ids, begins.map(|it| format!("tag:brief.example,2026-11-20:digest-daily-{it}")));
    }

    #[tokio::test]
    async fn a_publisher_has_one_page_for_all_its_sources() {
        let sources = [("a", "Daily"), ("b", "Daily"), ("nihon", "日本"), ("other", "daily!")];
        let newsroom = SampleSite::open(&sources).await;
        for (n, (source, _)) in sources.iter().enumerate() {
            newsroom.enter(source, n, START).await;
        }
        newsroom.digest().await;
        let check = |path: &str, expected: &[&str]| {
            let text = newsroom.text(path);
            for (n, (source, _)) in sources.iter().enumerate() {
                let title = format!("{source} story {n}");
                assert_eq!(text.contains(&title), expected.contains(source), "{path}: {title}");
            }
        };
        check("/publishers/daily", &["a", "b"]);
        check("/publishers/nihon-example", &["nihon"]);
        check("/publishers/other-example", &["other"]);
        assert!(matches!(newsroom.answer("/publishers/b"), Answer::Missing(_)));
        assert!(newsroom.text("/publishers/").contains("/tech/publishers/nihon-example"));
    }

    #[tokio::test]
    async fn months_without_stories_are_passed_over() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        let day = Duration::from_secs(24 * 60 * 60);
        for (n, days) in [0, 1, 40, 700_000].into_iter().enumerate() {
            newsroom.enter("daily", n, START.minus(day * days)).await;
        }
        newsroom.digest().await;
        let links = |path: &str| {
            let text = newsroom.text(path);
            let mut links: Vec<&str> =
                text.match_indices("/tech/archive/").map(|(at, _)| &text[at + 14..at + 21]).collect();
            links.retain(|it| it.starts_with(|it: char| it.is_ascii_digit()));
            links.dedup();
            links.join(" ")
        };
        assert_eq!(links("/"), "2026/11");
        assert_eq!(links("/sitemap.xml"), "2026/11 2026/10 110/05<");
        assert!(links("/archive/2026/10").contains("2026/11"));
    }

    #[tokio::test]
    async fn a_survivor_is_related_once() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        let mut keys = Vec::new();
        for n in 0..3 {
            keys.push(newsroom.enter("daily", n, START).await);
        }
        newsroom.digest().await;
        let [story, survivor, merged] = [0, 1, 2].map(|at| newsroom.story(&keys[at]).id);
        let related = newsroom
            .store
            .write(move |it| {
                it.relate(story, &[merged, survivor])?;
                it.merge_stories(merged, survivor, "the same article", START)?;
                let story = it.story(story)?.expect("it is stored");
                it.reader().related(&story)
            })
            .await
            .expect("related stories");
        assert_eq!(related.len(), 1);
    }

    #[tokio::test]
    async fn a_walk_meets_every_story_once_while_stories_come_and_change() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        let mut keys = Vec::new();
        for n in 0..5 {
            // Older news may come later, and several at once.
            keys.push(newsroom.enter("daily", n, START.minus(Duration::from_secs(n as u64))).await);
            if n % 2 == 0 {
                newsroom.digest().await;
                newsroom.pass_time(Duration::from_secs(60));
            }
        }
        let page = |query: &str| -> serde_json::Value {
            let answer = newsroom.publication.answer("/api/v1/stories", Some(query)).expect("an answer");
            let Answer::Document(document) = answer else { panic!("{query}: {answer:?}") };
            serde_json::from_slice(&document.body).expect("JSON")
        };
        let (mut walked, mut query) = (Vec::new(), "limit=2".to_owned());
        for n in 5.. {
            let page = page(&query);
            let stories = page["stories"].as_array().expect("an array");
            walked.extend(stories.iter().filter_map(|it| it["key"].as_str().map(str::to_owned)));
            let Some(next) = page["next"].as_str() else { break };
            query = next.split_once('?').expect("a query").1.to_owned();
            // Between two pages: a new story, and one of those that were met is taken back.
            newsroom.enter("daily", n, START).await;
            if let Some(key) = keys.iter().find(|it| it.as_str() == walked[0]) {
                newsroom.withdraw(key).await;
            }
            newsroom.digest().await;
        }
        walked.sort();
        let mut all: Vec<_> = keys.iter().map(ToString::to_string).collect();
        all.sort();
        assert_eq!(walked, all);
        for query in ["after=1", "cursor=1", "limit=0"] {
            let answer = newsroom.publication.answer("/api/v1/stories", Some(query)).expect("an answer");
            assert!(matches!(answer, Answer::Refused(_)), "{query}: {answer:?}");
        }
        let answer = newsroom.publication.answer("/api/v1/nothing", Some("a=b")).expect("an answer");
        assert!(matches!(answer, Answer::Missing(_)));
    }

    #[tokio::test]
    async fn the_api_answers_what_it_describes() {
        let newsroom = SampleSite::open(&[("daily", "Daily")]).await;
        let key = newsroom.enter("daily", 1, START).await;
        newsroom.digest().await;
        let read = |path: &str| -> serde_json::Value {
            serde_json::from_slice(&newsroom.document(path).body).expect("JSON")
        };
        let described = read("/api/v1/openapi.json");
        let paths = described["paths"].as_object().expect("paths");
        for path in paths.keys() {
            read(&format!("/api/v1{}", path.replace("{id}", key.as_str())));
        }
        assert_eq!(paths.len(), 6);
        assert_eq!(described["servers"][0]["url"], "https://brief.example/tech/api/v1");
        let history = read(&format!("/api/v1/stories/{key}/history"));
        assert_eq!(history["revisions"][0]["revision"], 1);
        assert!(history["revisions"][0]["_bylined"]["publishers"].is_array());
        let status = read("/api/v1/status");
        assert_eq!((&status["stories"], &status["sources"]["total"]), (&1.into(), &1.into()));
        assert!(status["sources"].get("due").is_none());
        newsroom.withdraw(&key).await;
        let Answer::Gone(gone) = newsroom.answer(&format!("/api/v1/stories/{key}")) else {
            panic!("not gone")
        };
        let Answer::Missing(missing) = newsroom.answer("/api/v1/nothing") else { panic!("not missing") };
        for error in [gone, missing] {
            let error: serde_json::Value = serde_json::from_slice(&error.body).expect("JSON");
            assert!(error["error"].is_string());
        }
    }
}
