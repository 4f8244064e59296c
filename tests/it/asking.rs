//! A source is polled as often as was agreed, and asked only what it allows.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bylined::config;
use bylined::config::Config;
use bylined::config::Environment;
use bylined::domain::Clock;
use bylined::domain::StoryState;
use bylined::domain::Timestamp;
use bylined::fetch;
use bylined::net::Client;
use bylined::pipeline::Outcome;
use bylined::pipeline::Pipeline;
use bylined::pipeline::Scope;
use bylined::store::SourceRow;
use bylined::store::Store;
use bylined::store::StoryFilter;

use crate::origin::Behaviour;
use crate::origin::Origin;
use crate::origin::Page;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
const FEED: &str = "<rss version=\"2.0\"><channel><title>A</title><item><title>Kernel 7.0 is out</title>\
     <guid>1</guid></item></channel></rss>";

/// A clock that the test owns.
#[derive(Clone)]
struct TestClock(Arc<Mutex<Timestamp>>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no panic")
    }
}

impl TestClock {
    fn pass(&self, time: Duration) {
        let mut now = self.0.lock().expect("no panic");
        *now = now.plus(time);
    }
}

/// One source at an origin, and the process that polls it.
struct House {
    origin: Origin,
    clock: TestClock,
    folder: tempfile::TempDir,
    pipeline: Arc<Pipeline>,
    /// Further lines of the source.
    settings: &'static str,
}

impl House {
    async fn new(settings: &'static str) -> Self {
        let origin = Origin::start().await;
        let clock = TestClock(Arc::new(Mutex::new(Timestamp::from_secs(1_795_168_800))));
        let folder = tempfile::tempdir().expect("a folder");
        let pipeline = pipeline(&origin, &clock, &folder, settings).await;
        Self { origin, clock, folder, pipeline, settings }
    }

    /// Another process takes over.
    async fn restart(&mut self) {
        self.pipeline = pipeline(&self.origin, &self.clock, &self.folder, self.settings).await;
    }

    /// How many sources are due, were they asked or not.
    async fn due(&self) -> usize {
        let due = self.pipeline.claim(&Scope::Due, 10).await.expect("a claim").len();
        self.pipeline.release().await.expect("a release");
        due
    }

    async fn poll(&self) -> Outcome {
        let claimed = self.pipeline.claim(&Scope::All, 10).await.expect("a claim");
        let [(source, row)] = &claimed[..] else { panic!("{claimed:?}") };
        self.pipeline.poll(source, row.clone()).await.expect("a poll").outcome
    }

    async fn source(&self) -> SourceRow {
        let sources = self.pipeline.store().read(|it| it.sources()).await.expect("sources");
        sources.into_iter().next().expect("the source")
    }
}

async fn pipeline(
    origin: &Origin,
    clock: &TestClock,
    folder: &tempfile::TempDir,
    settings: &str,
) -> Arc<Pipeline> {
    let text = format!(
        "[store]\npath = \"{}/bylined.db\"\n[fetch]\nmin_gap = \"0s\"\nallow_private = [\"{}\"]\n\
         [[source]]\nid = \"a\"\nfull_text = false\nurl = \"{}\"\n{settings}\n",
        folder.path().display(),
        origin.address(),
        origin.url("/feed"),
    )
    .replace("{origin}", &origin.address().to_string());
    let config: Config =
        config::parse("test.toml", &text, &Environment::default()).expect("a configuration").config;
    let store = Store::open(&config.store.path).expect("a store");
    let client = Client::new(fetch::policy(&config.fetch, None)).expect("a client");
    let pipeline = Arc::new(Pipeline::new(Arc::new(config), store, client, Arc::new(clock.clone())));
    pipeline.sync_sources().await.expect("sources");
    pipeline
}

#[tokio::test]
async fn a_date_from_a_clock_that_was_set_back_silences_nobody() {
    let mut house = House::new("").await;
    house.clock.pass(1_000 * DAY);
    let busy = Page::status(503).header("Retry-After", "86000");
    house.origin.serve("/feed", busy);
    assert_eq!(house.poll().await, Outcome::Failed);
    let leased = house.pipeline.claim(&Scope::All, 10).await.expect("a claim");
    assert_eq!(leased.len(), 0, "asked in spite of Retry-After");
    *house.clock.0.lock().expect("no panic") = Timestamp::from_secs(1_795_168_800);
    house.restart().await;
    house.clock.pass(2 * DAY);
    assert_eq!(house.due().await, 1);
}

#[tokio::test]
async fn a_lease_from_a_clock_that_was_set_back_has_ended() {
    let house = House::new("").await;
    house.clock.pass(1_000 * DAY);
    let claim = || async { house.pipeline.claim(&Scope::Due, 10).await.expect("a claim").len() };
    assert_eq!((claim().await, claim().await), (1, 0));
    *house.clock.0.lock().expect("no panic") = Timestamp::from_secs(1_795_168_800);
    assert_eq!(claim().await, 1);
}

#[tokio::test]
async fn no_wish_of_a_publisher_is_kept_beyond_the_longest_interval() {
    let house = House::new("").await;
    house.origin.serve("/feed", Page::status(429).header("Retry-After", "999999999"));
    assert_eq!(house.poll().await, Outcome::Failed);
    assert_eq!(house.source().await.retry_after, Some(house.clock.now().plus(DAY)));
    house.clock.pass(2 * DAY);
    assert_eq!(house.due().await, 1);
}

#[tokio::test]
async fn validators_that_never_change_are_doubted_once_a_week() {
    let house = House::new("").await;
    let etag = || Page::new(FEED).etag("\"1\"");
    house.origin.serve("/feed", etag());
    assert_eq!(house.poll().await, Outcome::Modified);
    house.origin.behave("/feed", Behaviour::AlwaysNotModified);
    for _ in 0..6 {
        house.clock.pass(DAY);
        assert_eq!(house.poll().await, Outcome::NotModified);
    }
    house.clock.pass(DAY);
    house.origin.serve("/feed", Page::new(FEED.replace("7.0", "7.1")).etag("\"1\""));
    assert_eq!(house.poll().await, Outcome::Modified);
    // Not again, not even where it fails: once in seven days.
    house.clock.pass(DAY);
    house.origin.behave("/feed", Behaviour::AlwaysNotModified);
    for outcome in [&[Outcome::NotModified; 6][..], &[Outcome::Failed], &[Outcome::NotModified; 6]].concat() {
        assert_eq!(house.poll().await, outcome);
        house.clock.pass(DAY);
    }
    let unconditional = |it: &crate::origin::Received| it.header("if-none-match").is_none();
    let asked: Vec<_> = house.origin.received_at("/feed").iter().map(unconditional).collect();
    let whole: Vec<_> = (0..asked.len()).filter(|it| asked[*it]).collect();
    assert_eq!(whole, [0, 7, 14]);
}

#[tokio::test]
async fn a_feed_from_which_robots_txt_turns_us_away_is_not_asked_for() {
    let house = House::new("").await;
    house.origin.serve("/feed", Page::new(FEED));
    house.origin.serve("/robots.txt", Page::new("User-agent: *\nDisallow: /"));
    assert_eq!(house.poll().await, Outcome::Modified, "rules for everyone are for crawlers");
    house.origin.serve("/robots.txt", Page::new("User-agent: bylined\nDisallow: /feed"));
    house.clock.pass(2 * DAY);
    assert_eq!(house.poll().await, Outcome::Failed);
    assert_eq!(house.origin.count("/feed"), 1);
    let reason = house.source().await.reason;
    assert_eq!(reason.as_deref(), Some("robots: robots.txt has a rule for bylined that disallows this feed"));
}

#[tokio::test]
async fn robots_txt_is_asked_for_once_a_day_over_restarts() {
    let mut house = House::new("").await;
    for hours in 1..=48 {
        house.poll().await;
        house.restart().await;
        house.clock.pass(DAY / 24);
        assert_eq!(house.origin.count("/robots.txt"), usize::from(24 < hours) + 1, "{hours}");
    }
    house.origin.serve("/robots.txt", Page::status(503));
    for minute in 0..20 {
        house.poll().await;
        house.clock.pass(MINUTE);
        assert_eq!(house.origin.count("/robots.txt"), 3 + minute / 10, "{minute}");
    }
}

#[tokio::test]
async fn sources_of_one_site_share_the_request_for_its_robots_txt() {
    let house = House::new("[[source]]\nid = \"b\"\nurl = \"http://{origin}/b\"").await;
    let claimed = house.pipeline.claim(&Scope::All, 10).await.expect("a claim");
    let [(a, row_a), (b, row_b)] = &claimed[..] else { panic!("{claimed:?}") };
    let polls = tokio::join!(house.pipeline.poll(a, row_a.clone()), house.pipeline.poll(b, row_b.clone()));
    assert!(polls.0.is_ok() && polls.1.is_ok());
    assert_eq!(house.origin.count("/robots.txt"), 1);
}

#[tokio::test]
async fn entries_that_the_operator_filters_out_are_kept_and_not_curated() {
    let house =
        House::new("include = [\"kernel\", \"/v[0-9]/\"]\nexclude = [\"sponsored\", \"Ann Ad\"]").await;
    let item = |n: u8, title: &str, more: &str| {
        format!("<item><guid>{n}</guid><link>https://a.example/{n}</link><title>{title}</title>{more}</item>")
    };
    let items = [
        item(1, "The kernel is out", ""),
        item(2, "Cats", ""),
        item(3, "Sponsored: a kernel", ""),
        item(4, "Notes", "<description>v9 has come</description>"),
        item(5, "More kernel notes", "<category>Sponsored</category>"),
        item(6, "Further kernel notes", "<author>a@a.example (Ann Ad)</author>"),
    ];
    let feed = format!("<rss version=\"2.0\"><channel><title>A</title>{}</channel></rss>", items.concat());
    house.origin.serve("/feed", Page::new(feed));
    assert_eq!(house.poll().await, Outcome::Modified);
    house.pipeline.assign().await.expect("stories");
    let stories = house.pipeline.store().read(|it| it.stories(StoryFilter { state: None, limit: 10 }));
    let (curated, kept): (Vec<_>, Vec<_>) =
        stories.await.expect("stories").into_iter().partition(|it| it.state == StoryState::Pending);
    let mut curated: Vec<_> = curated.into_iter().map(|it| it.title).collect();
    curated.sort();
    assert_eq!(curated, ["Notes", "The kernel is out"]);
    assert!(kept.len() == 4 && kept.iter().all(|it| it.state == StoryState::Kept), "{kept:?}");
}
