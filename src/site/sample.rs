//! A newsroom with a store of its own and a clock that tests set.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use url::Url;

use crate::config;
use crate::domain::Clock;
use crate::domain::EntryKey;
use crate::domain::SourceId;
use crate::domain::StoryKey;
use crate::domain::Timestamp;
use crate::fetch;
use crate::net::Client;
use crate::pipeline::Pipeline;
use crate::store::NewEntry;
use crate::store::PageState;
use crate::store::Store;
use crate::store::StoryRow;

use super::publication::Publication;
use super::rendered::Rendered;
use super::response::Answer;

/// 20 November 2026, 10:00 UTC
pub(super) const START: Timestamp = Timestamp::from_secs(1_795_168_800);

pub(super) struct SampleSite {
    pub(super) store: Store,
    pub(super) publication: Arc<Publication>,
    pipeline: Arc<Pipeline>,
    clock: Arc<TestClock>,
    _folder: tempfile::TempDir,
}

struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("a clock")
    }
}

impl SampleSite {
    /// With sources `(id, publisher)`.
    pub(super) async fn open(sources: &[(&str, &str)]) -> Self {
        Self::open_with(sources, "").await
    }

    /// The same, with further tables of the configuration.
    pub(super) async fn open_with(sources: &[(&str, &str)], tables: &str) -> Self {
        Self::open_in(tempfile::tempdir().expect("a folder"), sources, "", tables).await
    }

    /// With further keys of `[site]`, and files beside the database that they may name.
    pub(super) async fn open_styled(site: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("style.css", ".mine { color: red; }\n"), ("logo.svg", "<svg/>")] {
            std::fs::write(folder.path().join(name), text).expect("the folder takes files");
        }
        Self::open_in(folder, &[], site, "").await
    }

    async fn open_in(folder: tempfile::TempDir, sources: &[(&str, &str)], site: &str, tables: &str) -> Self {
        let path = folder.path().join("bylined.db");
        let mut text = format!(
            "[site]\ntitle = \"Brief\"\ncurator = \"Desk\"\nbase_url = \"https://brief.example/tech/\"\n{site}\
             [store]\npath = {path:?}\n[curation]\nbacklog = \"all\"\n"
        );
        for (id, publisher) in sources {
            text.push_str(&format!(
                "[[source]]\nid = \"{id}\"\nurl = \"https://{id}.example/feed\"\npublisher = \"{publisher}\"\n"
            ));
        }
        text.push_str(tables);
        let env = config::Environment::of(|_| None, folder.path().into());
        let config = Arc::new(config::parse("test", &text, &env).expect("a configuration").config);
        let store = Store::open(&path).expect("a store");
        let clock = Arc::new(TestClock(Mutex::new(START)));
        let client = Client::new(fetch::policy(&config.fetch, None)).expect("a client");
        let pipeline = Arc::new(Pipeline::new(
            Arc::clone(&config),
            store.clone(),
            client,
            Arc::<TestClock>::clone(&clock),
        ));
        pipeline.sync_sources().await.expect("sources");
        let publication = Publication::open(config, store.clone(), START).await.expect("a publication");
        let newsroom = Self { store, publication: Arc::new(publication), pipeline, clock, _folder: folder };
        newsroom.digest().await;
        newsroom
    }

    pub(super) fn pass_time(&self, by: Duration) {
        let mut now = self.clock.0.lock().expect("a clock");
        *now = now.plus(by);
    }

    pub(super) fn set_time(&self, to: Timestamp) {
        *self.clock.0.lock().expect("a clock") = to;
    }

    /// Stores an entry; the next digest makes a story of it.
    pub(super) async fn enter(&self, source: &str, n: usize, published: Timestamp) -> StoryKey {
        let source: SourceId = source.parse().expect("a slug");
        let key = EntryKey::new(format!("{n}"));
        let link = Url::parse(&format!("https://{source}.example/{n}")).expect("a URL");
        let entry = NewEntry {
            guid: Some(key.to_string()),
            guid_hash: Some(n as i64),
            canonical: Some(link.to_string()),
            link: Some(link),
            link_hash: Some(n as i64 + 1_000_000),
            title: format!("{source} story {n}"),
            place_hash: None,
            number_hash: None,
            has_text: true,
            title_hash: n as i64,
            text_hash: None,
            content_hash: n as i64,
            summary: None,
            feed_abstract: None,
            authors: Vec::new(),
            categories: Vec::new(),
            language: None,
            rights_text: None,
            origin: None,
            enclosure: None,
            published_given: Some(published),
            published,
            updated: None,
            is_kept: false,
            is_excluded: false,
            page: PageState::Unneeded,
            rights: crate::domain::Rights::Any,
            rights_reasons: Vec::new(),
            text: String::new(),
            links: Vec::new(),
        };
        let story = StoryKey::founded_by(&source, &key, None);
        let now = self.clock.now();
        self.store
            .write(move |it| it.insert_entry(&source, &key, &entry, now).map(drop))
            .await
            .expect("an entry");
        story
    }

    pub(super) async fn digest(&self) {
        self.pipeline.digest(&*self.publication, &|_| {}).await.expect("a digest");
    }

    pub(super) async fn withdraw(&self, key: &StoryKey) {
        let (id, now) = (self.story(key).id, self.clock.now());
        self.store.write(move |it| it.withdraw_story(id, now)).await.expect("a withdrawal");
        self.digest().await;
    }

    pub(super) fn story(&self, key: &StoryKey) -> StoryRow {
        self.store.read_blocking(|it| it.story(key)).expect("the store").expect("a story")
    }

    pub(super) fn answer(&self, path: &str) -> Answer {
        self.publication.answer(path, None).expect("an answer")
    }

    pub(super) fn document(&self, path: &str) -> Arc<Rendered> {
        match self.answer(path) {
            Answer::Document(it) => it,
            other => panic!("`{path}` leads to {other:?}"),
        }
    }

    pub(super) fn text(&self, path: &str) -> String {
        String::from_utf8(self.document(path).body.clone()).expect("UTF-8")
    }
}
