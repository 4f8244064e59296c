//! Hubs tell of news (WebSub): what they are asked, what they are answered, and that
//! a push makes a source due and does nothing else.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bylined::config;
use bylined::config::Environment;
use bylined::domain::Clock;
use bylined::domain::Subscription;
use bylined::domain::Timestamp;
use bylined::fetch;
use bylined::net::Client;
use bylined::pipeline::Pipeline;
use bylined::pipeline::Scope;
use bylined::store::SourceRow;
use bylined::store::Store;
use tempfile::TempDir;
use url::form_urlencoded;

use crate::house::House;
use crate::house::eventually;
use crate::http;
use crate::http::ask;
use crate::origin::Behaviour;
use crate::origin::Origin;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

const START: Timestamp = Timestamp::from_secs(1_795_168_800); // Friday, 2026-11-20T10:00:00Z
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Where hubs find us, as far as they are told.
const BASE_URL: &str = "https://brief.example/news/";

/// How long the daemon may take to ask or to fetch.
const PATIENCE: Duration = Duration::from_secs(60);

/// A clock that only the test moves.
struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no panic")
    }
}

/// A publisher with a feed at `/feed`, a hub at `/hub`, and a pipeline that polls one and asks the other.
struct Desk {
    origin: Origin,
    clock: Arc<TestClock>,
    pipeline: Arc<Pipeline>,
    folder: TempDir,
}

/// What a hub was asked.
struct Asked {
    mode: String,
    topic: String,
    callback: String,
    secret: String,
    lease_seconds: String,
}

impl Asked {
    fn read(form: &str) -> Self {
        let value = |name: &str| {
            let found = form_urlencoded::parse(form.as_bytes()).find(|it| it.0 == name);
            found.unwrap_or_else(|| panic!("{name} in {form}")).1.into_owned()
        };
        Self {
            mode: value("hub.mode"),
            topic: value("hub.topic"),
            callback: value("hub.callback"),
            secret: value("hub.secret"),
            lease_seconds: value("hub.lease_seconds"),
        }
    }

    fn token(&self) -> &str {
        self.callback.rsplit('/').next().unwrap_or_default()
    }

    /// The signature of a body under the secret that was given.
    fn signature(&self, body: &[u8]) -> String {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, self.secret.as_bytes());
        let hex: String =
            ring::hmac::sign(&key, body).as_ref().iter().map(|it| format!("{it:02x}")).collect();
        format!("sha256={hex}")
    }
}

/// A feed of so many entries that names these links.
fn feed(entries: usize, links: &str) -> Page {
    let items: String = (0..entries)
        .map(|n| {
            let date = START.minus(HOUR * u32::try_from(entries - n).expect("few")).rfc822();
            format!("<item><guid>{n}</guid><title>Number {n}</title><pubDate>{date}</pubDate></item>")
        })
        .collect();
    Page::new(format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>A</title>{links}{items}</channel></rss>"
    ))
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn pipeline(
    origin: &Origin,
    folder: &TempDir,
    clock: &Arc<TestClock>,
    site: &str,
    source: &str,
) -> Arc<Pipeline> {
    let text = format!(
        "[site]\n{site}\n[store]\npath = \"{}/it.db\"\n[fetch]\nmin_gap = \"0s\"\nallow_private = [\"{}\"]\n\
         [schedule]\nevery = \"1h\"\nadaptive = false\n{source}",
        folder.path().display(),
        origin.address()
    );
    let config = config::parse("test.toml", &text, &Environment::default()).expect("a configuration").config;
    let store = Store::open(&config.store.path).expect("a store");
    let client = Client::new(fetch::policy(&config.fetch, None)).expect("a client");
    Arc::new(Pipeline::new(Arc::new(config), store, client, Arc::clone(clock) as Arc<dyn Clock>))
}

fn site() -> String {
    format!("base_url = \"{BASE_URL}\"")
}

fn source(origin: &Origin) -> String {
    format!("[[source]]\nid = \"a\"\nfull_text = false\nurl = \"{}\"\n", origin.url("/feed"))
}

impl Desk {
    /// Before the first poll; the feed has three entries and names its hub.
    async fn open() -> Self {
        Self::open_with(&site(), "").await
    }

    async fn open_with(site: &str, further: &str) -> Self {
        let origin = Origin::start().await;
        let clock = Arc::new(TestClock(Mutex::new(START)));
        let folder = tempfile::tempdir().expect("a folder");
        let pipeline = pipeline(&origin, &folder, &clock, site, &format!("{}{further}", source(&origin)));
        let desk = Self { origin, clock, pipeline, folder };
        desk.origin.serve("/feed", feed(3, &desk.links()));
        desk.origin.serve("/hub", Page::status(202));
        desk.pipeline.sync_sources().await.expect("sources");
        desk
    }

    /// After the hub has confirmed a lease of so many seconds.
    async fn subscribed(lease_seconds: &str) -> (Self, Asked) {
        let desk = Self::open().await;
        assert_eq!(desk.poll().await, 1);
        desk.tend().await;
        let asked = desk.asked().pop().expect("a request");
        assert_eq!(desk.challenge(&asked, "subscribe", lease_seconds).await.as_deref(), Some("c"));
        (desk, asked)
    }

    fn links(&self) -> String {
        format!(
            "<atom:link rel=\"hub\" href=\"{}\"/><atom:link rel=\"self\" href=\"{}\"/>",
            self.origin.url("/hub"),
            self.origin.url("/feed")
        )
    }

    fn topic(&self) -> String {
        self.origin.url("/feed").into()
    }

    fn pass(&self, time: Duration) {
        let mut now = self.clock.0.lock().expect("no panic");
        *now = now.plus(time);
    }

    /// Polls what is due and returns how many sources were.
    async fn poll(&self) -> usize {
        let due = self.pipeline.claim(&Scope::Due, 9).await.expect("a claim");
        let count = due.len();
        for (source, row) in due {
            self.pipeline.poll(&source, row).await.expect("a poll");
        }
        count
    }

    async fn tend(&self) {
        self.pipeline.renew_subscriptions().await.expect("a store");
    }

    /// Everything that was posted to the hub so far.
    fn asked(&self) -> Vec<Asked> {
        self.asked_at("/hub")
    }

    fn asked_at(&self, path: &str) -> Vec<Asked> {
        let received = self.origin.received_at(path);
        assert!(received.iter().all(|it| it.method == "POST"));
        received.iter().map(|it| Asked::read(&it.body)).collect()
    }

    async fn challenge(&self, asked: &Asked, mode: &str, lease_seconds: &str) -> Option<String> {
        let topic = self.topic();
        let said = [
            ("hub.mode", mode),
            ("hub.topic", &topic),
            ("hub.challenge", "c"),
            ("hub.lease_seconds", lease_seconds),
        ];
        self.pipeline.verify_intent(asked.token(), &query(&said)).await.expect("a store")
    }

    /// Pushes; says whether the callback is known.
    async fn push(&self, token: &str, signature: Option<&str>, body: &[u8]) -> bool {
        let push = self.pipeline.push(token, signature).await.expect("a store");
        let Some(mut push) = push else { return false };
        body.chunks(7).for_each(|it| push.update(it));
        self.pipeline.pushed(push).await.expect("a store");
        true
    }

    /// Pushes as it should be; by the next tick, a second has passed.
    async fn push_signed(&self, asked: &Asked, body: &[u8]) {
        assert!(self.push(asked.token(), Some(&asked.signature(body)), body).await);
        self.pass(SECOND);
    }

    async fn row(&self) -> SourceRow {
        self.pipeline.store().read(|it| it.sources()).await.expect("sources").remove(0)
    }

    async fn entries(&self) -> u64 {
        self.pipeline.store().read(|it| it.counts()).await.expect("counts").entries
    }

    async fn subscriptions(&self) -> Vec<Subscription> {
        self.pipeline.store().read(|it| it.subscriptions()).await.expect("subscriptions")
    }

    /// The word for how the only subscription stands.
    async fn state(&self) -> &'static str {
        let all = self.subscriptions().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].state.as_str()
    }

    async fn next_poll_in(&self) -> Duration {
        self.row().await.next_poll.since(self.clock.now())
    }
}

#[tokio::test]
async fn a_push_makes_a_source_due_and_what_it_carries_is_not_believed() {
    let (desk, asked) = Desk::subscribed("864000").await;
    assert_eq!((asked.mode.as_str(), asked.topic.as_str()), ("subscribe", desk.topic().as_str()));
    assert_eq!(asked.lease_seconds, "864000");
    assert!(asked.callback.starts_with("https://brief.example/news/websub/"), "{}", asked.callback);
    assert!(40 <= asked.token().len() && 40 <= asked.secret.len() && asked.secret.len() < 200);
    assert_ne!(asked.token(), asked.secret);

    // The hub is trusted to tell of news once it has done so.
    desk.pass(MINUTE);
    assert!(desk.next_poll_in().await <= HOUR + HOUR / 10);
    assert_eq!(desk.poll().await, 0);
    let fat =
        b"<rss version='2.0'><channel><item><guid>evil</guid><title>Forged</title></item></channel></rss>";
    desk.origin.serve("/feed", feed(4, &desk.links()));
    desk.push_signed(&asked, fat).await;
    assert_eq!(desk.entries().await, 3);
    assert_eq!(desk.poll().await, 1);
    assert_eq!(desk.entries().await, 4);
    desk.pass(HOUR);
    desk.push_signed(&asked, b"").await;
    assert_eq!(desk.poll().await, 1);
    let next = desk.next_poll_in().await;
    assert!(DAY <= next && next <= DAY + DAY / 10, "{next:?}");

    // A flood of pushes is no flood of polls.
    desk.push_signed(&asked, b"").await;
    assert_eq!(desk.poll().await, 0);
    desk.pass(5 * SECOND);
    assert_eq!(desk.poll().await, 1);
    desk.pass(2 * DAY);
    assert_eq!(desk.poll().await, 1, "polling never ends");
}

#[tokio::test]
async fn only_what_was_asked_for_is_confirmed_and_only_what_is_signed_is_heeded() {
    let desk = Desk::open().await;
    assert_eq!(desk.poll().await, 1);
    let before = desk.subscriptions().await.remove(0);
    let topic = desk.topic();
    let says = |mode, topic| query(&[("hub.mode", mode), ("hub.topic", topic), ("hub.challenge", "<c>")]);
    let hear =
        async |token: &str, said: String| desk.pipeline.verify_intent(token, &said).await.expect("a store");
    // Nobody has asked yet.
    assert_eq!(hear(&before.token, says("subscribe", &topic)).await, None);
    desk.tend().await;
    let asked = desk.asked().pop().expect("a request");
    assert_eq!(hear("other", says("subscribe", &topic)).await, None);
    assert_eq!(hear("", says("subscribe", &topic)).await, None);
    assert_eq!(hear(asked.token(), says("subscribe", "https://b.example/feed")).await, None);
    assert_eq!(hear(asked.token(), says("unsubscribe", &topic)).await, None);
    assert_eq!(hear(asked.token(), String::new()).await, None);
    assert_eq!(desk.state().await, "waiting");
    assert_eq!(hear(asked.token(), says("subscribe", &topic)).await.as_deref(), Some("<c>"));
    assert_eq!(
        hear(asked.token(), says("subscribe", &topic)).await.as_deref(),
        Some("<c>"),
        "the yes was lost"
    );
    assert_eq!(desk.state().await, "active");

    desk.pass(MINUTE);
    let right = asked.signature(b"news");
    assert!(!desk.push("other", Some(&right), b"news").await);
    for wrong in
        [None, Some(""), Some("sha256="), Some("md5=00"), Some(right.replace("sha256", "sha1").as_str())]
    {
        assert!(desk.push(asked.token(), wrong, b"news").await, "it is not told");
    }
    assert!(desk.push(asked.token(), Some(&right), b"other news").await);
    assert_eq!(desk.poll().await, 0);
    assert_eq!(desk.subscriptions().await[0].pushed, None);
    assert!(desk.push(asked.token(), Some(&right), b"news").await);
    assert_eq!(desk.poll().await, 1);
}

#[tokio::test]
async fn a_lease_is_renewed_and_when_it_ends_polling_is_what_it_was() {
    let (desk, asked) = Desk::subscribed("7200").await;
    desk.pass(MINUTE);
    desk.push_signed(&asked, b"").await;
    assert_eq!(desk.poll().await, 1);
    desk.pass(MINUTE);
    desk.push_signed(&asked, b"").await;
    assert_eq!(desk.poll().await, 1);
    // The next poll is no later than the end of the lease.
    assert_eq!(desk.next_poll_in().await, 2 * HOUR - 2 * MINUTE - 2 * SECOND);
    desk.pass(HOUR);
    desk.tend().await;
    assert_eq!(desk.asked().len(), 1);
    desk.pass(HOUR / 2);
    desk.tend().await;
    let renewal = desk.asked().pop().expect("a request");
    assert_eq!((desk.asked().len(), &renewal.callback), (2, &asked.callback));
    assert_eq!((&renewal.mode, &renewal.secret), (&asked.mode, &asked.secret));
    assert_eq!(desk.challenge(&asked, "subscribe", "7200").await.as_deref(), Some("c"));
    assert_eq!(desk.subscriptions().await[0].until, Some(desk.clock.now().plus(2 * HOUR)));

    // The next renewal comes to nothing.
    desk.origin.behave("/hub", Behaviour::Hang);
    desk.pass(2 * HOUR + MINUTE);
    desk.tend().await;
    assert_eq!(desk.poll().await, 1);
    let next = desk.next_poll_in().await;
    assert!(HOUR <= next && next <= HOUR + HOUR / 10, "{next:?}");
}

#[tokio::test]
async fn a_hub_that_is_down_is_asked_less_and_less_often() {
    let desk = Desk::open().await;
    desk.origin.behave("/hub", Behaviour::Hang);
    assert_eq!(desk.poll().await, 1);
    let mut waits = Vec::new();
    for n in 1..=4 {
        desk.tend().await;
        desk.tend().await;
        assert_eq!(desk.asked().len(), n);
        let it = desk.subscriptions().await.remove(0);
        assert!(it.reason.is_some_and(|it| it.starts_with("broken-http: ")));
        let wait = it.next.since(desk.clock.now());
        waits.push(wait);
        desk.pass(wait);
    }
    assert_eq!(waits, [10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 80 * MINUTE]);
    // By its own wish, and never for more than a day.
    for (wish, wait) in [("14400", 4 * HOUR), ("9999999", DAY)] {
        desk.origin.serve("/hub", Page::status(503).header("Retry-After", wish));
        desk.tend().await;
        assert_eq!(desk.subscriptions().await[0].next.since(desk.clock.now()), wait);
        desk.pass(wait);
    }
    // It works after all.
    desk.origin.serve("/hub", Page::status(202));
    desk.tend().await;
    let asked = desk.asked().pop().expect("a request");
    assert!(desk.challenge(&asked, "subscribe", "864000").await.is_some());
    let it = desk.subscriptions().await.remove(0);
    assert_eq!((it.tries, it.reason), (0, None));
}

#[tokio::test]
async fn a_hub_may_redirect_what_keeps_the_method_and_nowhere_private() {
    let desk = Desk::open().await;
    desk.origin.behave("/hub", Behaviour::Redirect { status: 307, to: "/hub-2".to_owned() });
    desk.origin.behave("/hub-2", Behaviour::Redirect { status: 308, to: "/hub-3".to_owned() });
    desk.origin.serve("/hub-3", Page::status(202));
    assert_eq!(desk.poll().await, 1);
    desk.tend().await;
    let (first, last) = (desk.asked().remove(0), desk.asked_at("/hub-3").remove(0));
    assert_eq!((first.callback, first.secret), (last.callback, last.secret));

    for (to, kind) in [("/hub-3", "http: "), ("http://127.0.0.1:9/", "private: ")] {
        let status = if kind == "http: " { 303 } else { 307 };
        desk.origin.behave("/hub", Behaviour::Redirect { status, to: to.to_owned() });
        desk.pass(DAY);
        desk.tend().await;
        let reason = desk.subscriptions().await.remove(0).reason.unwrap_or_default();
        assert!(reason.starts_with(kind), "{reason}");
    }
    assert_eq!(desk.asked_at("/hub-3").len(), 1);
}

#[tokio::test]
async fn a_hub_that_denies_is_left_alone_for_a_week() {
    let (desk, asked) = Desk::subscribed("864000").await;
    desk.pass(MINUTE);
    desk.push_signed(&asked, b"").await;
    assert_eq!(desk.poll().await, 1);
    let topic = desk.topic();
    let denial =
        |topic| query(&[("hub.mode", "denied"), ("hub.topic", topic), ("hub.reason", "no\u{1b}[31m room\n")]);
    let hear = async |said: String| desk.pipeline.verify_intent(asked.token(), &said).await.expect("a store");
    assert_eq!(hear(denial("https://b.example/")).await, None);
    assert_eq!(hear(denial(&topic)).await.as_deref(), Some(""));
    assert_eq!(desk.state().await, "denied");
    assert_eq!(desk.subscriptions().await[0].reason.as_deref(), Some("no[31m room"));
    assert_eq!(desk.poll().await, 1, "polling relied on it");
    assert!(desk.next_poll_in().await <= HOUR + HOUR / 10);
    assert_eq!(hear(denial(&topic)).await.as_deref(), Some(""));
    assert_eq!(desk.poll().await, 0);
    desk.push_signed(&asked, b"").await;
    assert_eq!(desk.poll().await, 0, "what was denied is not heeded");

    desk.pass(6 * DAY);
    desk.tend().await;
    assert_eq!(desk.asked().len(), 1);
    desk.pass(DAY);
    desk.tend().await;
    assert_eq!(desk.asked().len(), 2);
    assert!(desk.challenge(&asked, "subscribe", "864000").await.is_some());
}

#[tokio::test]
async fn a_feed_that_names_no_hub_any_more_is_unsubscribed() {
    let (desk, asked) = Desk::subscribed("864000").await;
    desk.origin.serve("/feed", feed(4, ""));
    desk.pass(2 * HOUR);
    assert_eq!(desk.poll().await, 1);
    assert_eq!(desk.state().await, "ending");
    desk.tend().await;
    let end = desk.asked().pop().expect("a request");
    assert_eq!(
        (end.mode.as_str(), &end.callback, &end.topic),
        ("unsubscribe", &asked.callback, &asked.topic)
    );
    assert_eq!(desk.challenge(&asked, "subscribe", "864000").await, None);
    assert_eq!(desk.challenge(&asked, "unsubscribe", "").await.as_deref(), Some("c"));
    assert!(desk.subscriptions().await.is_empty());
    assert!(!desk.push(asked.token(), Some(&asked.signature(b"")), b"").await);
}

#[tokio::test]
async fn the_hub_of_a_publisher_who_is_gone_is_unsubscribed() {
    let (desk, _) = Desk::subscribed("864000").await;
    desk.origin.serve("/feed", Page::status(410));
    desk.pass(2 * HOUR);
    assert_eq!(desk.poll().await, 1);
    desk.tend().await;
    assert_eq!(desk.asked().pop().expect("a request").mode, "unsubscribe");
}

#[tokio::test]
async fn a_feed_that_names_another_hub_is_subscribed_there() {
    let (desk, asked) = Desk::subscribed("864000").await;
    // Headers come before the document.
    let link = format!("<{}>; rel=\"hub\"", desk.origin.url("/hub-2"));
    desk.origin.serve("/feed", feed(4, &desk.links()).header("Link", &link));
    desk.origin.serve("/hub-2", Page::status(202));
    desk.pass(2 * HOUR);
    assert_eq!(desk.poll().await, 1);
    desk.tend().await;
    let there = desk.asked_at("/hub-2").pop().expect("a request");
    assert_eq!((there.mode.as_str(), there.topic), ("subscribe", desk.topic()));
    assert!(there.callback != asked.callback && there.secret != asked.secret);
    assert_eq!(desk.asked().pop().expect("a request").mode, "unsubscribe");
}

#[tokio::test]
async fn the_next_hub_that_a_feed_names_is_asked_where_one_denies() {
    let (desk, asked) = Desk::subscribed("864000").await;
    // Named twice, as two plugins of a publisher's may do.
    let second = format!("<atom:link rel=\"hub\" href=\"{}\"/>", desk.origin.url("/hub-2"));
    let links = desk.links() + &desk.links() + &second;
    desk.origin.serve("/feed", feed(4, &links));
    desk.origin.serve("/hub-2", Page::status(202));
    desk.pass(2 * HOUR);
    assert_eq!(desk.poll().await, 1);
    desk.tend().await;
    assert!(desk.asked_at("/hub-2").is_empty(), "the first one tells of news");

    let denial = query(&[("hub.mode", "denied"), ("hub.topic", &desk.topic())]);
    assert!(desk.pipeline.verify_intent(asked.token(), &denial).await.expect("a store").is_some());
    desk.origin.serve("/feed", feed(5, &links));
    desk.pass(2 * HOUR);
    assert_eq!(desk.poll().await, 1);
    desk.tend().await;
    let there = desk.asked_at("/hub-2").pop().expect("a request");
    assert_eq!((there.mode.as_str(), there.topic), ("subscribe", desk.topic()));
    assert_eq!(desk.asked().len(), 1, "who denied is left alone");
}

#[tokio::test]
async fn the_next_hub_is_asked_where_one_never_confirms() {
    let desk = Desk::open().await;
    let second = format!("<atom:link rel=\"hub\" href=\"{}\"/>", desk.origin.url("/hub-2"));
    let links = desk.links() + &second;
    desk.origin.serve("/feed", feed(3, &links));
    desk.origin.serve("/hub-2", Page::status(202));
    assert_eq!(desk.poll().await, 1);
    for _ in 0..5 {
        desk.tend().await;
        desk.pass(3 * HOUR);
    }
    // As in the daemon, it was asked again right before the poll.
    desk.tend().await;
    desk.origin.serve("/feed", feed(4, &links));
    assert_eq!(desk.poll().await, 1);
    desk.tend().await;
    assert_eq!(desk.asked_at("/hub-2").len(), 1);
    assert!(desk.asked().iter().all(|it| it.mode == "subscribe"), "it is not asked before its time");
}

#[tokio::test]
async fn a_removed_source_is_unsubscribed_and_a_restart_changes_nothing() {
    let (mut desk, asked) = Desk::subscribed("864000").await;
    let again = |desk: &Desk, site: &str, source: &str| {
        pipeline(&desk.origin, &desk.folder, &desk.clock, site, source)
    };
    desk.pipeline = again(&desk, &site(), &source(&desk.origin));
    desk.pipeline.sync_sources().await.expect("sources");
    desk.tend().await;
    assert_eq!(desk.asked().len(), 1);
    desk.pass(MINUTE);
    desk.push_signed(&asked, b"").await;
    assert_eq!(desk.poll().await, 1);

    // At another address it needs another callback.
    desk.pipeline = again(&desk, "base_url = \"https://other.example/\"", &source(&desk.origin));
    desk.pipeline.sync_sources().await.expect("sources");
    desk.tend().await;
    let mut modes: Vec<_> = desk.asked().drain(1..).map(|it| (it.mode, it.callback)).collect();
    modes.sort();
    assert!(
        modes[0].0 == "subscribe" && modes[0].1.starts_with("https://other.example/websub/"),
        "{modes:?}"
    );
    assert_eq!(modes[1], ("unsubscribe".to_owned(), asked.callback.clone()));

    desk.pipeline = again(&desk, "base_url = \"https://other.example/\"", "");
    desk.pipeline.sync_sources().await.expect("sources");
    desk.tend().await;
    // Hubs that never confirm it are not asked for ever.
    for _ in 0..9 {
        desk.pass(DAY);
        desk.tend().await;
    }
    assert!(desk.subscriptions().await.is_empty());
    let ends = desk.asked().iter().filter(|it| it.mode == "unsubscribe").count();
    assert_eq!((ends, desk.asked().len()), (2 * 3, 2 + 2 * 3));
}

#[tokio::test]
async fn nobody_is_asked_who_cannot_reach_us_or_need_not_know_the_feed() {
    for (site, further) in [
        ("", ""),
        ("base_url = \"http://127.0.0.1:8080/\"", ""),
        ("base_url = \"http://localhost:8080/\"", ""),
        ("base_url = \"https://brief.example/\"", "listed = false\n"),
    ] {
        let desk = Desk::open_with(site, further).await;
        assert_eq!(desk.poll().await, 1);
        desk.tend().await;
        assert_eq!((desk.asked().len(), desk.subscriptions().await.len()), (0, 0), "{site}");
    }
}

#[tokio::test]
async fn the_hub_of_a_removed_publisher_is_forgotten_and_no_other_is_found() {
    let (mut desk, asked) = Desk::subscribed("864000").await;
    let again = |desk: &Desk, further: &str| {
        let source = format!("{}{further}", source(&desk.origin));
        pipeline(&desk.origin, &desk.folder, &desk.clock, &site(), &source)
    };
    // A poll is under way when the publisher is removed by another process, and its answer comes after.
    desk.pass(HOUR + 10 * MINUTE);
    let under_way = desk.pipeline.claim(&Scope::Due, 9).await.expect("a claim");
    assert_eq!(under_way.len(), 1);
    let dropping = again(&desk, "rights = \"drop\"\n");
    dropping.sync_sources().await.expect("sources");
    bylined::pipeline::settle(dropping.store(), dropping.config(), desk.clock.now())
        .await
        .expect("a removal");
    assert!(desk.subscriptions().await.is_empty(), "its address goes with its name");
    desk.origin.serve("/feed", feed(4, &desk.links()));
    for (source, row) in under_way {
        desk.pipeline.poll(&source, row).await.expect("a poll");
    }
    assert!(desk.subscriptions().await.is_empty());
    assert!(!desk.push(asked.token(), Some(&asked.signature(b"")), b"").await, "what it pushes is refused");
    let before = desk.asked().len();
    desk.pipeline = dropping;
    desk.pass(DAY);
    assert_eq!(desk.poll().await, 0, "it is not polled");
    desk.tend().await;
    assert_eq!(desk.asked().len(), before);
}

#[tokio::test]
async fn a_hub_at_a_private_address_is_not_asked() {
    let desk = Desk::open().await;
    let other = Origin::start().await;
    let links = desk.links().replace(desk.origin.url("/hub").as_str(), other.url("/hub").as_str());
    desk.origin.serve("/feed", feed(3, &links));
    assert_eq!(desk.poll().await, 1);
    desk.tend().await;
    assert_eq!(other.connections(), 0);
    let reason = desk.subscriptions().await.remove(0).reason.unwrap_or_default();
    assert!(reason.starts_with("private: "), "{reason}");
}

#[tokio::test]
async fn a_hub_that_misses_news_is_relied_on_no_more() {
    let (desk, asked) = Desk::subscribed("864000").await;
    desk.pass(MINUTE);
    desk.push_signed(&asked, b"").await;
    assert_eq!(desk.poll().await, 1);
    desk.pass(2 * DAY);
    desk.origin.serve("/feed", feed(4, &desk.links()));
    assert_eq!(desk.poll().await, 1);
    assert_eq!(desk.subscriptions().await[0].pushed, None);
    desk.pass(2 * DAY);
    assert_eq!(desk.poll().await, 1);
    assert!(desk.next_poll_in().await <= HOUR + HOUR / 10);
}

#[tokio::test]
async fn a_push_that_comes_during_a_poll_brings_another() {
    let (desk, asked) = Desk::subscribed("864000").await;
    desk.pass(2 * HOUR);
    let (source, row) = desk.pipeline.claim(&Scope::Due, 1).await.expect("a claim").remove(0);
    assert!(desk.push(asked.token(), Some(&asked.signature(b"")), b"").await);
    desk.pipeline.poll(&source, row).await.expect("a poll");
    assert_eq!(desk.next_poll_in().await, 5 * SECOND);
}

#[tokio::test]
async fn a_clock_that_is_set_back_takes_no_lease_along() {
    let (desk, _) = Desk::subscribed("864000").await;
    let before = desk.subscriptions().await.remove(0);
    let year = 365 * DAY;
    desk.pipeline.set_clock_back(year).await.expect("a store");
    let after = desk.subscriptions().await.remove(0);
    assert_eq!(after.next, before.next.minus(year));
    assert_eq!(after.until, before.until.map(|it| it.minus(year)));
    // Unseen, while nothing ran: what was planned by the other clock is done anew.
    *desk.clock.0.lock().expect("no panic") = START.minus(2 * year);
    desk.tend().await;
    assert_eq!(desk.asked().len(), 2);
}

/// Posts a body; the status of the answer.
fn post(address: SocketAddr, path: &str, headers: &str, body: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).expect("the server reads");
    // A server that refuses a body need not read it.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    answer.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer}"))
}

#[test]
fn the_daemon_subscribes_answers_and_fetches_when_it_is_told() {
    let house = House::new();
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    let (hub, topic) = (house.url("/hub"), house.url("/daily/feed"));
    let link = format!("<{hub}>; rel=\"hub\", <{topic}>; rel=\"self\"");
    house.origin.serve("/daily/feed", paper.rss2().header("Link", &link));
    house.origin.serve("/hub", Page::status(202));
    house.configure(&[crate::house::source(&house, "daily")]);
    let daemon = house.daemon();
    let asked = eventually("the hub is asked", PATIENCE, || house.origin.received_at("/hub").pop());
    let asked = Asked::read(&asked.body);
    let path = format!("/websub/{}", asked.token());
    assert_eq!(asked.callback, format!("{}websub/{}", crate::house::BASE_URL, asked.token()));

    let says = |topic: &str| {
        query(&[
            ("hub.mode", "subscribe"),
            ("hub.topic", topic),
            ("hub.challenge", "<b>1</b>"),
            ("hub.lease_seconds", "864000"),
        ])
    };
    assert_eq!(http::get(daemon.address, &format!("/websub/other?{}", says(&topic))).status, 404);
    assert_eq!(http::get(daemon.address, &format!("{path}?{}", says("https://b.example/"))).status, 404);
    assert_eq!(http::get(daemon.address, &path).status, 404);
    let reply = http::get(daemon.address, &format!("{path}?{}", says(&topic)));
    assert_eq!((reply.status, reply.text()), (200, "<b>1</b>"));
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let refused = ask(daemon.address, "PUT", &path, &[]);
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD, POST")));

    let listed = house.json(&["source", "list"]);
    assert_eq!(
        (listed[0]["push"]["state"].as_str(), listed[0]["push"]["hub"].as_str()),
        (Some("active"), Some(&*hub))
    );
    assert!(listed[0]["push"]["until"].is_string() && listed[0]["push"]["pushed"].is_null());
    assert!(house.ok(&["source", "list"]).contains("active"));
    assert!(!listed.to_string().contains(asked.token()) && !listed.to_string().contains(&asked.secret));

    let signed = |body: &[u8]| format!("X-Hub-Signature: {}\r\n", asked.signature(body));
    let push = |path: &str, headers: &str, body: &[u8]| post(daemon.address, path, headers, body);
    let huge = vec![b'x'; 8 << 20];
    assert_eq!(push("/websub/other", &signed(b"news"), b"news"), 404);
    assert_eq!(push(&path, "", b"news"), 200);
    assert_eq!(push(&path, &signed(b"other"), b"news"), 200);
    assert_eq!(push(&path, &signed(&huge), &huge), 413);
    assert!(house.json(&["source", "list"])[0]["push"]["pushed"].is_null());
    assert_eq!(house.origin.count("/daily/feed"), 1);

    let large = vec![b'x'; 1 << 20];
    assert_eq!(push(&path, &signed(&large), &large), 200);
    eventually("the source is fetched", PATIENCE, || (1 < house.origin.count("/daily/feed")).then_some(()));
    assert!(house.json(&["source", "list"])[0]["push"]["pushed"].is_string());
}
