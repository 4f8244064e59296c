//! A source is polled as often as was agreed, and asked only what it allows.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bylined::config;
use bylined::config::Config;
use bylined::config::Environment;
use bylined::domain::Briefing;
use bylined::domain::Clock;
use bylined::domain::Rights;
use bylined::domain::StoryState;
use bylined::domain::Timestamp;
use bylined::fetch;
use bylined::net::Client;
use bylined::pipeline::Outcome;
use bylined::pipeline::Pipeline;
use bylined::pipeline::Scope;
use bylined::site::Answer;
use bylined::site::Publication;
use bylined::site::listing;
use bylined::store::Health;
use bylined::store::PageState;
use bylined::store::SourceRow;
use bylined::store::Store;
use bylined::store::StoryFilter;

use crate::origin::Behaviour;
use crate::origin::Origin;
use crate::origin::Page;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// Begins the settings of a source whose pages are read.
const PAGES: &str = "full_text = true\n";
/// A page with text enough for an article.
const ARTICLE: &str = "<title>Kernel 7.0</title><article><h1>Kernel 7.0 is out</h1>\
     <p>The seventh major version of the kernel was released on Friday after nine weeks of work by two thousand people.</p>\
     <p>It brings a new scheduler for machines with many cores, and a file system that checks what it reads by itself.</p>\
     <p>Distributions will ship it in spring, the maintainers said, once the drivers of older machines have been tested.</p>\
     </article>";
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

    /// Polls all that are due and says how many they were.
    async fn poll_due(&self) -> usize {
        let claimed = self.pipeline.claim(&Scope::Due, 10).await.expect("a claim");
        for (source, row) in &claimed {
            self.pipeline.poll(source, row.clone()).await.expect("a poll");
        }
        claimed.len()
    }

    /// The same house, which reads pages too.
    async fn with_pages(mut self) -> Self {
        let settings = format!("{PAGES}{}", self.settings);
        self.pipeline = pipeline(&self.origin, &self.clock, &self.folder, &settings).await;
        self
    }

    async fn read_pages(&self) {
        self.pipeline.read_pages(&|_| {}).await.expect("pages");
    }

    /// How the page of the first story's entry is, and why.
    async fn page(&self) -> (PageState, String) {
        let entry = self.pipeline.store().read(|it| {
            let stories = it.stories(StoryFilter { state: None, limit: 1 })?;
            it.member_entries(stories[0].id)
        });
        let entry = entry.await.expect("entries").remove(0);
        (entry.page, entry.page_reason.unwrap_or_default())
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
        "[store]\npath = \"{}/bylined.db\"\n[fetch]\nconcurrency = 4\nmin_gap = \"0s\"\nallow_private = [\"{}\"]\n\
         [[source]]\nid = \"a\"\n{full_text}url = \"{}\"\n{settings}\n",
        folder.path().display(),
        origin.address(),
        origin.url("/feed"),
        full_text = if settings.starts_with(PAGES) { "" } else { "full_text = false\n" },
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
async fn a_304_that_says_nothing_of_freshness_leaves_it_as_it_was() {
    let house = House::new("").await;
    house.origin.serve("/feed", Page::new(FEED).etag("\"1\"").header("Cache-Control", "max-age=7200"));
    assert_eq!(house.poll().await, Outcome::Modified);
    let check = async |answer: Page, is_fresh: bool| {
        house.origin.serve("/feed", answer);
        house.clock.pass(DAY);
        assert_eq!(house.poll().await, Outcome::NotModified);
        let wait = house.source().await.next_poll.since(house.clock.now());
        assert_eq!(120 * MINUTE <= wait, is_fresh, "{wait:?}");
    };
    check(Page::status(304), true).await;
    check(Page::status(304), true).await;
    // One that does updates what is stored (RFC 9111 §4.3.4), for the silent ones after it too.
    check(Page::status(304).header("Cache-Control", "max-age=0"), false).await;
    check(Page::new(FEED).etag("\"1\""), false).await;
    check(Page::status(304).header("Cache-Control", "max-age=7200"), true).await;
    check(Page::new(FEED).etag("\"1\""), true).await;
    check(Page::new(FEED), false).await;
}

#[tokio::test]
async fn validators_are_forgotten_where_no_feed_came() {
    let house = House::new("").await;
    let feed = || Page::new(FEED).etag("\"1\"");
    let page = Page::html("<title>Welcome</title>").etag("\"2\"");
    let steps = [feed(), page.clone(), page, feed(), feed()].map(Behaviour::Serve);
    house.origin.behave("/feed", Behaviour::Sequence(steps.to_vec()));
    let mut outcomes = Vec::new();
    for _ in 0..5 {
        outcomes.push(house.poll().await);
    }
    use Outcome::Failed;
    use Outcome::Modified;
    use Outcome::NotModified;
    assert_eq!(outcomes, [Modified, Failed, Failed, NotModified, NotModified]);
    let asked = house.origin.received_at("/feed");
    let sent: Vec<_> = asked.iter().map(|it| it.header("if-none-match")).collect();
    assert_eq!(sent, [None, Some("\"1\""), None, None, Some("\"1\"")]);
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
async fn what_a_robots_txt_forbids_is_heard_when_it_can_be_read_at_last() {
    let house = House::new("").await;
    house.origin.serve("/robots.txt", Page::status(503));
    let feed = |items: &str| Page::new(FEED.replace("<guid>1</guid></item>", items));
    let first = format!("<guid>1</guid><link>{}</link></item>", house.origin.url("/articles/1"));
    house.origin.serve("/feed", feed(&first));
    assert_eq!(house.poll().await, Outcome::Modified);
    house.pipeline.assign().await.expect("stories");
    let rights = async || {
        let entries = house.pipeline.store().read(|it| {
            let stories = it.stories(StoryFilter { state: None, limit: 1 })?;
            it.member_entries(stories[0].id)
        });
        entries.await.expect("entries").remove(0).rights
    };
    assert_eq!(rights().await, Rights::Any);
    // The document changes, and the entry does not.
    house.origin.serve("/robots.txt", Page::new("User-agent: GPTBot\nDisallow: /articles/"));
    house.origin.serve("/feed", feed(&format!("{first}<item><title>Another</title><guid>2</guid></item>")));
    house.clock.pass(DAY);
    assert_eq!(house.poll().await, Outcome::Modified);
    assert_eq!(rights().await, Rights::Extractive);
}

#[tokio::test]
async fn a_robots_txt_that_asks_for_patience_is_given_it() {
    let house = House::new("").await;
    house.origin.serve("/feed", Page::new(FEED));
    house.origin.serve("/robots.txt", Page::status(503).header("Retry-After", "7200"));
    for quarter in 0..16 {
        assert_ne!(house.poll().await, Outcome::Failed, "no rule is no rule against us");
        house.clock.pass(15 * MINUTE);
        assert_eq!(house.origin.count("/robots.txt"), 1 + quarter / 8, "{quarter}");
    }
}

#[tokio::test]
async fn robots_txt_decides_about_every_address_to_which_redirects_lead() {
    let house = house_with_a_page().await;
    let to = |to: &str| Behaviour::Redirect { status: 302, to: to.to_owned() };
    house.origin.behave("/page", to("/hop"));
    house.origin.behave("/hop", to("/article"));
    house.origin.behave("/feed", to("/hop"));
    house.origin.serve("/article", Page::html(ARTICLE));
    house.origin.serve("/robots.txt", Page::new("User-agent: *\nDisallow: /hop"));
    house.clock.pass(2 * DAY);
    house.read_pages().await;
    assert_eq!(house.page().await, (PageState::Denied, "robots.txt disallows the page".to_owned()));
    assert_eq!((house.origin.count("/page"), house.origin.count("/hop")), (1, 0));

    // Feeds are asked for but where a rule names us.
    house.poll().await;
    assert_eq!((house.origin.count("/feed"), house.origin.count("/article")), (2, 1));
    house.origin.serve("/robots.txt", Page::new("User-agent: bylined\nDisallow: /article"));
    house.clock.pass(2 * DAY);
    assert_eq!(house.poll().await, Outcome::Failed);
    assert_eq!((house.origin.count("/hop"), house.origin.count("/article")), (2, 1));
    let reason = house.source().await.reason.unwrap_or_default();
    assert!(reason.starts_with("robots: robots.txt of `127.0.0.1` disallows the address"), "{reason}");
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
    assert!(kept.len() == 4 && kept.iter().all(|it| it.state == StoryState::Suppressed), "{kept:?}");
}

#[tokio::test]
async fn a_stricter_signal_in_a_304_or_beside_the_same_body_is_heard() {
    let house = House::new("").await;
    let page = || Page::new(FEED).etag("\"1\"");
    house.origin.serve("/feed", page());
    assert_eq!(house.poll().await, Outcome::Modified);
    assert_eq!(house.source().await.feed.rights, Rights::Any);
    house.origin.serve("/feed", page().header("X-Robots-Tag", "noai"));
    assert_eq!(house.poll().await, Outcome::NotModified);
    assert_eq!(
        (house.source().await.status, house.source().await.feed.rights),
        (Some(304), Rights::Extractive)
    );
    // A 304 without the header takes nothing back; a whole answer does.
    house.origin.serve("/feed", page());
    assert_eq!(house.poll().await, Outcome::NotModified);
    assert_eq!(house.source().await.feed.rights, Rights::Extractive);
    house.origin.serve("/feed", Page::new(FEED).header("TDM-Reservation", "1"));
    assert_eq!(house.poll().await, Outcome::NotModified);
    assert_eq!((house.source().await.status, house.source().await.feed.rights), (Some(200), Rights::Link));
    house.origin.serve("/feed", Page::new(FEED));
    assert_eq!(house.poll().await, Outcome::NotModified);
    assert_eq!(house.source().await.feed.rights, Rights::Any);
}

#[tokio::test]
async fn what_robots_txt_forbids_holds_through_an_outage_and_until_it_is_lifted() {
    let house = House::new("").await;
    house.origin.serve("/feed", Page::new(FEED));
    house.origin.serve("/robots.txt", Page::html("User-agent: GPTBot\nDisallow: /"));
    house.poll().await;
    let source = house.source().await;
    assert_eq!(
        (source.feed.rights, &*source.feed.rights_reasons),
        (Rights::Extractive, &["robots.txt turns GPTBot away".to_owned()][..])
    );
    house.origin.serve("/robots.txt", Page::status(503));
    for hours in [25, 49] {
        house.clock.pass(Duration::from_secs(hours * 3600));
        house.poll().await;
        assert_eq!(house.source().await.feed.rights, Rights::Extractive, "after {hours} hours");
    }
    house.origin.serve("/robots.txt", Page::html("User-agent: *\nAllow: /"));
    house.clock.pass(Duration::from_secs(25 * 3600));
    house.poll().await;
    assert_eq!(house.source().await.feed.rights, Rights::Any);
}

#[tokio::test]
async fn validators_of_one_address_are_not_believed_at_another() {
    let house = House::new("").await;
    let to = |path: &str| Behaviour::Redirect { status: 302, to: path.to_owned() };
    house.origin.behave("/feed", to("/one"));
    house.origin.serve("/one", Page::new(FEED).etag("\"1\""));
    house.origin.serve("/two", Page::new(FEED.replace("7.0", "7.1")).etag("\"1\""));
    assert_eq!(house.poll().await, Outcome::Modified);
    assert_eq!(house.poll().await, Outcome::NotModified);
    house.origin.behave("/feed", to("/two"));
    assert_eq!(house.poll().await, Outcome::Modified);
    assert_eq!(house.poll().await, Outcome::NotModified);
    assert_eq!(house.origin.count("/two"), 3, "one 304 that was not believed");
}

#[tokio::test]
async fn a_feed_that_has_moved_for_good_is_polled_where_it_is() {
    let mut house = House::new("").await;
    house.origin.behave("/feed", Behaviour::Redirect { status: 301, to: "/new".to_owned() });
    house.origin.serve("/new", Page::new(FEED).etag("\"1\""));
    for hours in [0, 12, 24] {
        assert_eq!(house.source().await.moved_to, None, "{hours}");
        house.poll().await;
        house.clock.pass(12 * 60 * MINUTE);
    }
    let new = house.origin.url("/new").to_string();
    let source = house.source().await;
    assert_eq!((source.moved_to.as_deref(), source.health), (Some(&*new), Health::Healthy));
    assert_eq!(source.reason.as_deref().and_then(|it| it.split_once(':')).map(|it| it.0), Some("moved"));
    house.restart().await;
    assert_eq!(house.poll().await, Outcome::NotModified);
    assert_eq!((house.origin.count("/feed"), house.origin.count("/new")), (3, 4));
    // Where the new address fails for long, the configured one is asked again.
    house.origin.serve("/new", Page::status(404));
    for _ in 0..5 {
        assert_eq!(house.poll().await, Outcome::Failed);
    }
    assert_eq!(house.source().await.moved_to, None);
    assert_eq!(house.origin.count("/feed"), 3);
    house.origin.serve("/feed", Page::new(FEED.replace("7.0", "7.1")));
    assert_eq!(house.poll().await, Outcome::Modified);
    assert_eq!(house.source().await.reason, None);
}

#[tokio::test]
async fn where_an_unlisted_feed_has_moved_to_is_shown_nowhere() {
    let house = House::new("listed = false").await;
    let to = "/new-and-secret".to_owned();
    house.origin.behave("/feed", Behaviour::Redirect { status: 301, to });
    house.origin.serve("/new-and-secret", Page::new(FEED));
    for _ in 0..4 {
        house.poll().await;
        house.clock.pass(DAY);
    }
    assert!(house.source().await.moved_to.is_some());
    let config = Arc::clone(house.pipeline.config());
    let listed = house.pipeline.store().read(move |it| listing::sources(it, &config)).await;
    let listed = serde_json::to_string(&listed.expect("sources")).expect("JSON");
    assert!(listed.contains("\"moved: ") && !listed.contains("secret"), "{listed}");
}

#[tokio::test]
async fn only_the_configured_address_can_say_that_a_feed_is_gone() {
    let house = House::new("").await;
    house.origin.behave("/feed", Behaviour::Redirect { status: 308, to: "/new".to_owned() });
    house.origin.serve("/new", Page::new(FEED));
    for _ in 0..3 {
        house.poll().await;
        house.clock.pass(DAY);
    }
    assert!(house.source().await.moved_to.is_some());
    house.origin.serve("/new", Page::status(410));
    house.poll().await;
    let source = house.source().await;
    assert_eq!((source.health, source.moved_to), (Health::Failing, None));
    house.origin.serve("/feed", Page::status(410));
    house.poll().await;
    assert_eq!(house.source().await.health, Health::Gone);
    assert_eq!(house.pipeline.claim(&Scope::All, 10).await.expect("a claim").len(), 0);
}

#[tokio::test]
async fn a_redirect_to_the_front_page_or_to_another_feed_is_no_move() {
    let house = House::new("").await;
    house.origin.serve("/feed", Page::new(FEED));
    house.poll().await;
    house.origin.behave("/feed", Behaviour::Redirect { status: 301, to: "/other".to_owned() });
    let others = [Page::html("<title>Welcome</title>"), Page::new(FEED.replace("<title>A<", "<title>B<"))];
    for page in others {
        house.origin.serve("/other", page);
        for _ in 0..4 {
            house.poll().await;
            assert_eq!(house.source().await.moved_to, None);
            house.clock.pass(DAY);
        }
        house.origin.serve("/feed", Page::new(FEED));
        house.poll().await;
        house.origin.behave("/feed", Behaviour::Redirect { status: 301, to: "/other".to_owned() });
    }
}

/// The kind of reason after one poll of a feed that behaves like this, and its words.
async fn reason(behaviour: Behaviour) -> (String, String) {
    let house = House::new("").await;
    house.origin.behave("/feed", behaviour);
    assert_eq!(house.poll().await, Outcome::Failed);
    let source = house.source().await;
    assert_eq!(source.since, house.clock.now());
    let reason = source.reason.expect("a reason");
    let (kind, words) = reason.split_once(": ").expect("a kind");
    (kind.to_owned(), words.to_owned())
}

#[tokio::test]
async fn every_failure_has_a_kind_and_words() {
    let kind = async |it| reason(it).await.0;
    assert_eq!(kind(Behaviour::Serve(Page::status(500))).await, "http");
    assert_eq!(kind(Behaviour::Serve(Page::status(410))).await, "gone");
    assert_eq!(kind(Behaviour::Serve(Page::html("<title>Welcome</title>"))).await, "not-a-feed");
    assert_eq!(kind(Behaviour::Hang).await, "broken-http");
    let private = Behaviour::Redirect { status: 302, to: "http://127.0.0.1:1/".to_owned() };
    assert_eq!(kind(private).await, "private");
    let wall = async |page| reason(Behaviour::Serve(page)).await;
    let (kind, words) = wall(Page::html("<title>Just a moment...</title>")).await;
    assert!(kind == "bot-wall" && words.starts_with("Cloudflare challenge"), "{kind}: {words}");
    let captcha = Page { status: 403, ..Page::html("<title>Are you human?</title>") };
    let (kind, words) = wall(captcha).await;
    assert!(kind == "bot-wall" && words.starts_with("captcha"), "{kind}: {words}");
    let (kind, words) = wall(Page::html("<title>Log in - Example</title>")).await;
    assert!(kind == "bot-wall" && words.starts_with("login page"), "{kind}: {words}");
}

#[tokio::test]
async fn a_source_fails_since_its_first_failure_whatever_the_later_ones_say() {
    let house = House::new("").await;
    house.origin.serve("/feed", Page::status(500));
    house.poll().await;
    let since = house.source().await.since;
    house.clock.pass(DAY);
    house.origin.serve("/feed", Page::status(404));
    house.poll().await;
    assert_eq!(house.source().await.since, since);
    house.origin.serve("/feed", Page::new(FEED));
    house.poll().await;
    assert_eq!(house.source().await.since, house.clock.now());
}

#[tokio::test]
async fn a_source_that_falls_silent_is_healthy_and_says_so() {
    let house = House::new("").await;
    let items: String = (2..=10)
        .map(|n| format!("<item><guid>{n}</guid><pubDate>{n} Nov 2026 10:00:00 GMT</pubDate></item>"))
        .collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>A</title>{items}</channel></rss>");
    house.origin.serve("/feed", Page::new(feed).etag("\"1\""));
    house.poll().await;
    assert_eq!(house.source().await.reason, None);
    house.clock.pass(2 * DAY);
    house.poll().await;
    let (noticed, source) = (house.clock.now(), house.source().await);
    let words = "silent: no entry since 2026-11-10T10:00:00Z, though one used to come every 24 h";
    assert_eq!((source.reason.as_deref(), source.health), (Some(words), Health::Healthy));
    house.clock.pass(DAY);
    house.poll().await;
    assert_eq!((house.source().await.reason.as_deref(), house.source().await.since), (Some(words), noticed));
}

#[tokio::test]
async fn a_host_is_left_alone_once_several_of_its_feeds_ask_for_patience() {
    let house = House::new(
        "[[source]]\nid = \"b\"\nurl = \"http://{origin}/b\"\n[[source]]\nid = \"c\"\nurl = \"http://{origin}/c\"\n\
         [[source]]\nid = \"d\"\nurl = \"http://{origin}/d\"",
    )
    .await;
    let busy = |seconds: &str| Page::status(429).header("Retry-After", seconds);
    house.origin.serve("/d", Page::new(FEED));
    for (path, seconds) in [("/feed", "7200"), ("/b", "3600")] {
        house.origin.serve(path, busy(seconds));
    }
    house.origin.serve("/c", Page::new(FEED));
    assert_eq!(house.poll_due().await, 4);
    house.clock.pass(40 * MINUTE);
    assert_eq!(house.poll_due().await, 2, "two of four are no reason to leave the others alone");
    house.origin.serve("/c", busy("7200"));
    house.clock.pass(40 * MINUTE);
    // Now `/b` is due again as well, which answers.
    house.origin.serve("/b", busy("7200"));
    assert!(house.poll_due().await < 4);
    house.clock.pass(30 * MINUTE);
    let before = house.origin.received().len();
    assert_eq!(house.poll_due().await, 0);
    let config = Arc::clone(house.pipeline.config());
    let listed = house.pipeline.store().read(move |it| listing::sources(it, &config)).await.expect("sources");
    let now = house.clock.now().rfc3339();
    assert!(listed.iter().all(|it| it.next_poll.as_ref().is_some_and(|at| now < *at)), "{listed:?}");
    assert_eq!(house.origin.received().len(), before);
    house.clock.pass(DAY / 2);
    assert_eq!(house.poll_due().await, 4);
}

#[tokio::test]
async fn credentials_are_read_when_they_are_used_and_hide_the_address() {
    let secret = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(secret.path(), "first\n").expect("it takes words");
    let settings = format!(
        "headers = {{ X-Reader = \"brief\" }}\nauth = {{ bearer = {{ file = \"{}\" }} }}",
        secret.path().display()
    );
    let house = House::new(settings.leak()).await;
    house.origin.serve("/feed", Page::new(FEED));
    house.poll().await;
    std::fs::write(secret.path(), "second").expect("it takes words");
    house.poll().await;
    let sent = house.origin.received_at("/feed");
    let of = |name| sent.iter().map(|it| it.header(name)).collect::<Vec<_>>();
    assert_eq!(of("authorization"), [Some("Bearer first"), Some("Bearer second")]);
    assert_eq!(of("x-reader"), [Some("brief"); 2]);
    assert!(!house.pipeline.config().sources[0].listed);
    drop(secret);
    assert_eq!(house.poll().await, Outcome::Failed);
    let reason = house.source().await.reason.expect("a reason");
    assert!(reason.starts_with("auth: could not read the secret in"), "{reason}");
    assert_eq!(house.origin.count("/feed"), 2);
}

/// A house whose feed has one cut entry, at this page.
async fn house_with_a_page() -> House {
    house_with_a_page_after("Read more…").await
}

async fn house_with_a_page_after(words: &str) -> House {
    let house = House::new("").await.with_pages().await;
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>A</title><item><title>Kernel 7.0 is out</title>\
         <link>{}</link><description>{words}</description></item></channel></rss>",
        house.origin.url("/page")
    );
    house.origin.serve("/feed", Page::new(feed));
    assert_eq!(house.poll().await, Outcome::Modified);
    house.pipeline.assign().await.expect("stories");
    house
}

#[tokio::test]
async fn a_page_that_failed_for_a_while_is_read_later() {
    let house = house_with_a_page().await;
    house.origin.serve("/page", Page::status(503).header("Retry-After", "3600"));
    house.read_pages().await;
    let (state, reason) = house.page().await;
    assert!(state == PageState::Failed && reason.contains("it is tried again at"), "{reason}");
    house.clock.pass(59 * MINUTE);
    house.read_pages().await;
    assert_eq!(house.origin.count("/page"), 1, "inside Retry-After");
    house.origin.serve("/page", Page::html(ARTICLE));
    house.clock.pass(2 * MINUTE);
    house.read_pages().await;
    assert_eq!(house.page().await.0, PageState::Fetched);
    house.clock.pass(30 * DAY);
    house.read_pages().await;
    assert_eq!(house.origin.count("/page"), 2);
}

#[tokio::test]
async fn a_page_that_asks_for_patience_is_not_asked_for_another_entry() {
    let house = House::new("[[source]]\nid = \"b\"\nurl = \"http://{origin}/b\"").await.with_pages().await;
    let feed = |id: u8| {
        format!(
            "<rss version=\"2.0\"><channel><title>A</title><item><guid>{id}</guid><title>Kernel {id} is out</title>\
             <link>{}</link><description>Read more…</description></item></channel></rss>",
            house.origin.url("/page")
        )
    };
    house.origin.serve("/feed", Page::new(feed(1)));
    house.origin.serve("/b", Page::new(feed(2)));
    house.origin.serve("/page", Page::status(503).header("Retry-After", "3600"));
    for (id, minutes, expected) in [("a", 30, 1), ("b", 31, 1)] {
        let named = Scope::Named(vec![id.parse().expect("an id")]);
        let claimed = house.pipeline.claim(&named, 1).await.expect("a claim");
        house.pipeline.poll(&claimed[0].0, claimed[0].1.clone()).await.expect("a poll");
        house.pipeline.assign().await.expect("stories");
        house.read_pages().await;
        assert_eq!(house.origin.count("/page"), expected, "{id}");
        house.clock.pass(minutes * MINUTE);
    }
    house.origin.serve("/page", Page::html(ARTICLE));
    house.read_pages().await;
    assert_eq!(house.origin.count("/page"), 3, "once for each entry");
}

#[tokio::test]
async fn a_page_that_always_fails_is_given_up_and_one_that_is_missing_at_once() {
    let house = house_with_a_page().await;
    house.origin.behave("/page", Behaviour::Hang);
    for _ in 0..20 {
        house.read_pages().await;
        house.clock.pass(DAY);
    }
    assert_eq!(house.origin.count("/page"), 5);
    let (state, reason) = house.page().await;
    assert!(state == PageState::Failed && !reason.contains("again"), "{reason}");
    let house = house_with_a_page().await;
    for _ in 0..3 {
        house.read_pages().await;
        house.clock.pass(DAY);
    }
    assert_eq!(house.origin.count("/page"), 1, "404 is an answer");
}

/// What readers see of the only story, after a pass.
async fn briefing(house: &House) -> Briefing {
    let config = Arc::clone(house.pipeline.config());
    let publication = Publication::open(config, house.pipeline.store().clone(), house.clock.now()).await;
    house.pipeline.digest(&publication.expect("a publication"), &|_| {}).await.expect("a pass");
    let found = house.pipeline.store().read(|it| {
        let stories = it.stories(StoryFilter { state: None, limit: 1 })?;
        it.revision(stories[0].id, stories[0].revision)
    });
    found.await.expect("a revision").expect("it is curated").content.expect("it is readable").briefing
}

#[tokio::test]
async fn a_page_that_was_read_is_looked_at_again_a_few_times_and_conditionally() {
    let house = house_with_a_page().await;
    let page = || Page::html(ARTICLE).etag("\"1\"");
    house.origin.serve("/page", page());
    house.read_pages().await;
    briefing(&house).await;
    house.clock.pass(5 * 60 * MINUTE);
    house.read_pages().await;
    assert_eq!(house.origin.count("/page"), 1, "too early");
    for _ in 0..40 {
        house.clock.pass(DAY);
        house.read_pages().await;
    }
    let asked: Vec<_> =
        house.origin.received_at("/page").iter().map(|it| it.header("if-none-match").is_some()).collect();
    assert_eq!(asked, [false, true, true, true, true]);
    assert_eq!(house.page().await, (PageState::Fetched, "read".to_owned()));
}

/// Reads pages some time later and tells whether readers then learn that the article is gone.
async fn is_gone_after(house: &House, time: Duration, scope: Scope) -> bool {
    house.clock.pass(time);
    let config = Arc::clone(house.pipeline.config());
    let publication = Publication::open(config, house.pipeline.store().clone(), house.clock.now()).await;
    let publication = publication.expect("a publication");
    house.pipeline.pass(scope, &publication, &|_| {}).await.expect("a pass");
    match publication.answer("/corrections", None) {
        Ok(Answer::Document(page)) => {
            String::from_utf8_lossy(&page.body).contains("no longer where it was published")
        }
        other => panic!("{other:?}"),
    }
}

/// A house whose page was read, and whose story is published.
async fn house_with_a_published_page() -> House {
    let house = house_with_a_page().await;
    house.origin.serve("/page", Page::html(ARTICLE));
    house.read_pages().await;
    briefing(&house).await;
    house
}

#[tokio::test]
async fn a_page_that_is_missing_on_two_days_flags_its_story_until_it_is_back() {
    let house = house_with_a_published_page().await;
    house.origin.serve("/page", Page::status(404));
    let mut seen = Vec::new();
    for hours in [6, 12, 12] {
        seen.push((
            is_gone_after(&house, hours * 60 * MINUTE, Scope::Due).await,
            house.origin.count("/page"),
        ));
    }
    assert_eq!(seen, [(false, 2), (false, 2), (true, 3)]);
    house.origin.serve("/page", Page::html(ARTICLE));
    assert!(!is_gone_after(&house, 3 * DAY, Scope::Due).await);
}

#[tokio::test]
async fn a_page_that_is_missing_at_the_last_look_is_looked_at_once_more() {
    for (then, is_gone) in
        [(Page::status(404), true), (Page::status(503), false), (Page::html(ARTICLE), false)]
    {
        let house = house_with_a_published_page().await;
        for days in [1, 1, 3] {
            assert!(!is_gone_after(&house, days * DAY, Scope::Due).await);
        }
        house.origin.serve("/page", Page::status(404));
        assert!(!is_gone_after(&house, 7 * DAY, Scope::Due).await);
        // Out of turn, it neither tells more nor stands for the look that does.
        assert!(!is_gone_after(&house, 60 * MINUTE, Scope::All).await);
        assert_eq!(house.origin.count("/page"), 6);
        house.origin.serve("/page", then);
        for _ in 0..40 {
            assert_eq!(is_gone_after(&house, DAY, Scope::Due).await, is_gone);
        }
        assert_eq!(house.origin.count("/page"), 7);
    }
}

#[tokio::test]
async fn a_page_is_not_looked_at_again_once_robots_txt_forbids_it() {
    let house = house_with_a_page().await;
    house.origin.serve("/page", Page::html(ARTICLE));
    house.read_pages().await;
    briefing(&house).await;
    house.origin.serve("/robots.txt", Page::new("User-agent: *\nDisallow: /page"));
    house.clock.pass(2 * DAY);
    house.read_pages().await;
    assert_eq!(house.origin.count("/page"), 1);
    assert_eq!(house.page().await.0, PageState::Fetched, "what was read stays");
}

#[tokio::test]
async fn the_page_of_a_story_that_is_not_published_is_not_looked_at_again() {
    let house = house_with_a_page().await;
    house.origin.serve("/page", Page::html(ARTICLE));
    for _ in 0..9 {
        house.read_pages().await;
        house.clock.pass(DAY);
    }
    assert_eq!(house.origin.count("/page"), 1);
}

#[tokio::test]
async fn a_page_that_is_read_after_publication_gives_a_bare_link_its_summary() {
    let house = house_with_a_page().await;
    house.origin.serve("/page", Page::status(503));
    house.read_pages().await;
    assert_eq!(briefing(&house).await.statements().next(), None);
    // Long enough that a fifth of it says something.
    let more: String = (1..=12)
        .map(|it| format!("<p>Release candidate {it} was tested by {it}00 people on machines of {it} makers for a week.</p>"))
        .collect();
    house.origin.serve("/page", Page::html(ARTICLE.replace("</article>", &format!("{more}</article>"))));
    house.clock.pass(DAY);
    house.read_pages().await;
    assert!(briefing(&house).await.statements().next().is_some());
}

#[tokio::test]
async fn a_page_that_reserves_its_text_when_it_is_read_at_last_ends_the_quotes_of_the_feed() {
    let words = "The seventh major version of the kernel was released on Friday after nine weeks of work by two \
                 thousand people. It brings a new scheduler for machines with many cores…";
    let house = house_with_a_page_after(words).await;
    house.origin.serve("/page", Page::status(503));
    house.read_pages().await;
    assert!(briefing(&house).await.statements().next().is_some(), "the feed's words are quoted");
    house.origin.serve("/page", Page::html(ARTICLE).header("X-Robots-Tag", "nosnippet"));
    house.clock.pass(DAY);
    house.read_pages().await;
    assert_eq!(house.page().await.0, PageState::Denied);
    assert_eq!(briefing(&house).await.statements().next(), None);
}

#[tokio::test]
async fn two_processes_do_not_read_one_page_at_once() {
    let house = house_with_a_page().await;
    house.origin.serve("/page", Page::html(ARTICLE));
    let other =
        pipeline(&house.origin, &house.clock, &house.folder, &format!("{PAGES}{}", house.settings)).await;
    let (one, two) = tokio::join!(house.pipeline.read_pages(&|_| {}), other.read_pages(&|_| {}));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!((house.origin.count("/page"), house.page().await.0), (1, PageState::Fetched));
}

#[tokio::test]
async fn more_sources_than_places_are_all_polled_in_one_pass() {
    let further: String =
        (0..9).map(|n| format!("[[source]]\nid = \"s{n}\"\nurl = \"http://{{origin}}/s{n}\"\n")).collect();
    let house = House::new(further.leak()).await;
    let config = Arc::clone(house.pipeline.config());
    let publication = Publication::open(config, house.pipeline.store().clone(), house.clock.now()).await;
    let publication = publication.expect("a publication");
    let report = house.pipeline.pass(Scope::All, &publication, &|_| {}).await.expect("a pass");
    assert_eq!((report.polled, report.failed), (10, 10));
    assert!((0..9).all(|n| house.origin.count(&format!("/s{n}")) == 1));
}
