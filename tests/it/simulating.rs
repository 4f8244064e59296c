//! Thirty days with publishers of every kind: how often each is asked, and never when
//! it said not to be.
//!
//! Time passes by a clock that the test owns, from one due poll to the next; the
//! requests are real ones to a loopback origin.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bylined::config;
use bylined::config::Environment;
use bylined::domain::Clock;
use bylined::domain::Timestamp;
use bylined::fetch;
use bylined::net::Client;
use bylined::pipeline::Pipeline;
use bylined::pipeline::Scope;
use bylined::store::Health;
use bylined::store::SourceRow;
use bylined::store::Store;

use crate::origin::Origin;
use crate::origin::Page;

const START: Timestamp = Timestamp::from_secs(1_795_168_800); // Friday, 2026-11-20T10:00:00Z
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
const DAYS: u64 = 30;

/// The interval of the configuration, and the shortest one.
const EVERY: u64 = HOUR;

/// A clock that only the test moves.
pub(crate) struct TestClock(pub(crate) Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no panic")
    }
}

/// A publisher: what it answers at a time (seconds from the start) to the request of a number.
struct Publisher {
    name: &'static str,
    answer: fn(at: u64, n: u64) -> Page,
}

/// How one publisher was asked: the times, in seconds from the start, and how it is at the end.
struct Asked {
    at: Vec<u64>,
    conditional: Vec<bool>,
    row: SourceRow,
}

impl Asked {
    fn gaps(&self) -> Vec<u64> {
        self.at.windows(2).map(|it| it[1] - it[0]).collect()
    }

    /// Every gap lies within these bounds, in seconds.
    #[track_caller]
    fn is_asked_every(&self, least: u64, most: u64) {
        let gaps = self.gaps();
        let (shortest, longest) = (gaps.iter().min(), gaps.iter().max());
        let is_within = shortest.is_some_and(|it| least <= *it) && longest.is_some_and(|it| *it <= most);
        assert!(is_within, "{}: {shortest:?} to {longest:?} s over {} polls", self.row.id, self.at.len());
    }
}

/// A feed with an entry for each period that has passed, the newest few of them.
fn feed(at: u64, period: u64, more: &str) -> String {
    let newest = at / period;
    let items: String = (newest.saturating_sub(9)..=newest)
        .map(|n| {
            let date = START.plus(Duration::from_secs(n * period)).rfc822();
            format!("<item><guid>{n}</guid><title>Number {n}</title><pubDate>{date}</pubDate></item>")
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>A</title>{more}{items}</channel></rss>")
}

/// The same document for ever, with an entity tag.
fn constant() -> Page {
    Page::new(feed(0, DAY, "")).etag("\"1\"")
}

fn date(at: u64) -> String {
    START.plus(Duration::from_secs(at)).rfc822()
}

const PUBLISHERS: [Publisher; 17] = [
    Publisher { name: "constant", answer: |_, _| constant() },
    Publisher {
        name: "hourly",
        answer: |at, _| Page::new(feed(at, HOUR, "")).etag(&format!("\"{}\"", at / HOUR)),
    },
    Publisher { name: "max-age", answer: |_, _| constant().header("Cache-Control", "public, max-age=7200") },
    Publisher {
        name: "expires",
        answer: |at, _| constant().header("Date", &date(at)).header("Expires", &date(at + 5 * HOUR)),
    },
    Publisher { name: "century", answer: |_, _| constant().header("Cache-Control", "max-age=3153600000") },
    Publisher { name: "ttl", answer: |_, _| Page::new(feed(0, DAY, "<ttl>360</ttl>")).etag("\"1\"") },
    Publisher {
        name: "nights",
        answer: |at, _| {
            let hours: String = (0..8).map(|it| format!("<hour>{it}</hour>")).collect();
            Page::new(feed(at, 4 * HOUR, &format!("<skipHours>{hours}</skipHours>")))
        },
    },
    Publisher {
        name: "period",
        answer: |_, _| {
            let more = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>";
            let sy = "xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\" version";
            Page::new(feed(0, DAY, more).replace("version", sy)).etag("\"1\"")
        },
    },
    Publisher {
        name: "busy-seconds",
        answer: |at, n| match n % 3 {
            0 => Page::status(429).header("Retry-After", "14400"),
            _ => Page::new(feed(at, 4 * HOUR, "")),
        },
    },
    Publisher {
        name: "busy-date",
        answer: |at, _| Page::status(503).header("Retry-After", &date(at + 9 * HOUR)),
    },
    Publisher { name: "down", answer: |_, _| Page::status(503) },
    Publisher { name: "missing", answer: |_, _| Page::status(404) },
    Publisher { name: "cached", answer: |_, _| Page::status(404).header("Cache-Control", "max-age=36000") },
    Publisher { name: "gone", answer: |at, _| if at < DAY { constant() } else { Page::status(410) } },
    Publisher {
        name: "flapping",
        answer: |at, n| {
            if n.is_multiple_of(2) { Page::new(feed(at, 4 * HOUR, "")) } else { Page::status(500) }
        },
    },
    Publisher { name: "moved", answer: |_, _| Page::status(301).header("Location", "/moved-to") },
    Publisher {
        name: "lying",
        // Its entity tag never changes, so that after the first answer it says 304 for ever.
        answer: |at, _| Page::new(feed(at, 4 * HOUR, "")).etag("\"1\""),
    },
];

/// Lets the days pass, and returns how each publisher was asked.
async fn simulate() -> HashMap<&'static str, Asked> {
    let origin = Origin::start().await;
    let clock = Arc::new(TestClock(Mutex::new(START)));
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = format!(
        "[store]\npath = \"{}/it.db\"\n[fetch]\nmin_gap = \"0s\"\nallow_private = [\"{}\"]\n[schedule]\nevery = \"{EVERY}s\"\nmin = \"{EVERY}s\"\n",
        folder.path().display(),
        origin.address()
    );
    for it in &PUBLISHERS {
        let url = origin.url(&format!("/{}", it.name));
        text.push_str(&format!("[[source]]\nid = \"{}\"\nfull_text = false\nurl = \"{url}\"\n", it.name));
    }
    origin.serve("/moved-to", constant());
    let config = config::parse("test.toml", &text, &Environment::default()).expect("a configuration").config;
    let store = Store::open(&config.store.path).expect("a store");
    let client = Client::new(fetch::policy(&config.fetch, None)).expect("a client");
    let pipeline =
        Arc::new(Pipeline::new(Arc::new(config), store, client, Arc::clone(&clock) as Arc<dyn Clock>));
    pipeline.sync_sources().await.expect("sources");

    let mut asked: HashMap<&str, (Vec<u64>, Vec<bool>)> = HashMap::new();
    let mut seen = 0;
    loop {
        let now = clock.now();
        let at = now.since(START).as_secs();
        let due = pipeline.claim(&Scope::Due, PUBLISHERS.len()).await.expect("a claim");
        if due.is_empty() {
            let rows = pipeline.store().read(|it| it.sources()).await.expect("sources");
            let waiting = rows.iter().filter(|it| it.health != Health::Gone);
            let next = waiting.map(|it| it.retry_after.map_or(it.next_poll, |at| at.max(it.next_poll))).min();
            let next = next.expect("not all are gone");
            assert!(now < next, "something is due and was not claimed");
            if START.plus(Duration::from_secs(DAYS * DAY)) <= next {
                let row =
                    |name: &str| rows.iter().find(|it| it.id.as_str() == name).expect("a source").clone();
                let asked = asked.into_iter();
                let asked =
                    asked.map(|(name, (at, conditional))| (name, Asked { at, conditional, row: row(name) }));
                return asked.collect();
            }
            // Whole seconds, so that what is due at a moment is due when it has come.
            *clock.0.lock().expect("no panic") = Timestamp::from_secs((next.millis() + 999) / 1000);
            continue;
        }
        for (source, row) in due {
            let publisher = PUBLISHERS.iter().find(|it| it.name == source.id.as_str()).expect("a publisher");
            let (times, conditional) = asked.entry(publisher.name).or_default();
            origin.serve(&format!("/{}", publisher.name), (publisher.answer)(at, times.len() as u64));
            pipeline.poll(&source, row).await.expect("a poll");
            let received = origin.received_since(seen);
            seen += received.len();
            let of_feed: Vec<_> = received.iter().filter(|it| it.path != "/robots.txt").collect();
            let is_conditional = of_feed.iter().any(|it| it.header("if-none-match").is_some());
            assert!(!of_feed.is_empty(), "{} was due and not asked", publisher.name);
            times.push(at);
            conditional.push(is_conditional);
        }
    }
}

#[tokio::test]
async fn publishers_are_asked_as_often_as_they_wish_and_as_is_of_use() {
    let asked = simulate().await;
    let of = |name: &str| &asked[name];
    let jitter = |it: u64| it + it / 10 + 1;

    // By their own wishes: never within them, and not much later.
    of("max-age").is_asked_every(2 * HOUR, jitter(8 * HOUR));
    of("expires").is_asked_every(5 * HOUR, jitter(8 * HOUR));
    of("ttl").is_asked_every(6 * HOUR, jitter(8 * HOUR));
    of("period").is_asked_every(12 * HOUR, jitter(12 * HOUR));
    // The longest interval is never passed; the test's clock knows whole seconds.
    of("century").is_asked_every(DAY, DAY + 1);
    for at in &of("nights").at[1..] {
        let hour = (at + 10 * HOUR) % DAY / HOUR;
        assert!(8 <= hour, "asked in hour {hour}");
    }
    assert!(DAYS * 8 < of("nights").at.len() as u64, "the days are not lost: {}", of("nights").at.len());

    // By patience.
    for (n, gap) in of("busy-seconds").gaps().into_iter().enumerate() {
        let least = if n.is_multiple_of(3) { 4 * HOUR } else { EVERY };
        assert!(least <= gap, "asked after {gap} s, {n}");
    }
    of("busy-date").is_asked_every(9 * HOUR, jitter(9 * HOUR));
    of("down").is_asked_every(EVERY, jitter(6 * HOUR));
    assert!(of("down").at.len() < 4 * 30 + 10, "{}", of("down").at.len());
    of("missing").is_asked_every(EVERY, DAY + 1);
    assert!(of("missing").at.len() < 30 + 10, "{}", of("missing").at.len());
    of("cached").is_asked_every(10 * HOUR, DAY + 1);
    of("flapping").is_asked_every(EVERY, jitter(HOUR));
    let gone = &of("gone").at;
    assert_eq!(gone.iter().filter(|it| DAY <= **it).count(), 1, "410 once, and never again");
    assert_eq!(of("gone").row.health, Health::Gone);

    // By their own rhythm.
    of("hourly").is_asked_every(EVERY, jitter(EVERY));
    of("constant").is_asked_every(EVERY, jitter(8 * HOUR));
    assert!(of("constant").at.len() < of("hourly").at.len());
    let reason = of("constant").row.reason.clone().unwrap_or_default();
    assert!(reason.is_empty() || reason.starts_with("silent: "), "{reason}");

    // Where they are.
    let moved = of("moved");
    assert!(moved.row.moved_to.as_deref().is_some_and(|it| it.ends_with("/moved-to")));

    // Once a week without validators, and only where 304s were given.
    let whole = |name: &str| of(name).conditional.iter().filter(|it| !**it).count() as u64;
    for name in ["constant", "max-age", "ttl", "lying"] {
        assert!((DAYS / 7..=DAYS / 7 + 2).contains(&whole(name)), "{name}: {}", whole(name));
    }
}
