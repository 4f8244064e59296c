//! What was planned while the clock was ahead holds nothing up once it is right again.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bylined::config;
use bylined::config::Environment;
use bylined::domain::Timestamp;
use bylined::fetch;
use bylined::net::Client;
use bylined::pipeline::Pipeline;
use bylined::pipeline::Scope;
use bylined::store::SourceRow;
use bylined::store::Store;

use crate::origin::Origin;
use crate::origin::Page;
use crate::simulating::TestClock;

const NOW: Timestamp = Timestamp::from_secs(1_795_168_800);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const AHEAD: Duration = Duration::from_secs(23 * 3600);
const FEED: &str = "<rss version=\"2.0\"><channel><title>A</title>\
     <item><guid>1</guid><title>One</title></item></channel></rss>";

/// A process that starts on this folder at this time.
async fn start(folder: &Path, origin: &Origin, clock: &Arc<TestClock>) -> Arc<Pipeline> {
    let mut text = format!(
        "[store]\npath = \"{}/it.db\"\n[fetch]\nallow_private = [\"{}\"]\n[schedule]\nevery = \"30m\"\n",
        folder.display(),
        origin.address()
    );
    for id in ["well", "busy", "fresh"] {
        let url = origin.url(&format!("/{id}"));
        text.push_str(&format!("[[source]]\nid = \"{id}\"\nfull_text = false\nurl = \"{url}\"\n"));
    }
    let config = config::parse("test.toml", &text, &Environment::default()).expect("a configuration").config;
    let store = Store::open(&config.store.path).expect("a store");
    let client = Client::new(fetch::policy(&config.fetch, None)).expect("a client");
    let pipeline = Arc::new(Pipeline::new(Arc::new(config), store, client, Arc::clone(clock) as _));
    pipeline.sync_sources().await.expect("sources");
    pipeline
}

async fn row(pipeline: &Pipeline, id: &str) -> SourceRow {
    let rows = pipeline.store().read(|it| it.sources()).await.expect("sources");
    rows.into_iter().find(|it| it.id.as_str() == id).expect("a source")
}

async fn poll_due(pipeline: &Arc<Pipeline>) -> usize {
    let due = pipeline.claim(&Scope::Due, 9).await.expect("a claim");
    for (source, row) in &due {
        pipeline.poll(source, row.clone()).await.expect("a poll");
    }
    due.len()
}

#[tokio::test]
async fn polls_planned_by_a_clock_that_was_ahead_come_within_the_sources_own_interval() {
    let origin = Origin::start().await;
    origin.serve("/well", Page::new(FEED));
    origin.serve("/busy", Page::status(503).header("Retry-After", "7200"));
    origin.serve("/fresh", Page::new(FEED).header("Cache-Control", "max-age=10800"));
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(TestClock(Mutex::new(NOW.plus(AHEAD))));
    assert_eq!(poll_due(&start(folder.path(), &origin, &clock).await).await, 3);

    *clock.0.lock().expect("no panic") = NOW;
    let pipeline = start(folder.path(), &origin, &clock).await;
    let wait = async |id: &str| row(&pipeline, id).await.next_poll.since(NOW);
    let (well, fresh) = (wait("well").await, wait("fresh").await);
    assert!(29 * MINUTE < well && well <= 33 * MINUTE, "{well:?}");
    assert!(3 * HOUR <= fresh && fresh <= 3 * HOUR + 18 * MINUTE, "the publisher's wish holds: {fresh:?}");
    let busy = row(&pipeline, "busy").await;
    assert_eq!(busy.retry_after, Some(NOW.plus(2 * HOUR)), "what asked for patience is given as much");
    assert_eq!(busy.last_poll, Some(NOW));
    // Further starts move nothing any more.
    let pipeline = start(folder.path(), &origin, &clock).await;
    assert_eq!(row(&pipeline, "busy").await.retry_after, Some(NOW.plus(2 * HOUR)));

    *clock.0.lock().expect("no panic") = NOW.plus(34 * MINUTE);
    assert_eq!(poll_due(&pipeline).await, 1);
    *clock.0.lock().expect("no panic") = NOW.plus(4 * HOUR);
    assert_eq!(poll_due(&pipeline).await, 3);
}

#[tokio::test]
async fn a_poll_that_lies_beyond_the_sources_own_interval_is_brought_near_at_the_start() {
    let origin = Origin::start().await;
    origin.serve("/well", Page::new(FEED));
    origin.serve("/fresh", Page::new(FEED).header("Cache-Control", "max-age=10800"));
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(TestClock(Mutex::new(NOW)));
    poll_due(&start(folder.path(), &origin, &clock).await).await;
    let database = rusqlite::Connection::open(folder.path().join("it.db")).expect("the database");
    let moved = database.execute("UPDATE sources SET next_poll = next_poll + 80000000", []);
    assert_eq!(moved.expect("an update"), 3);
    let pipeline = start(folder.path(), &origin, &clock).await;
    let wait = async |id: &str| row(&pipeline, id).await.next_poll.since(NOW);
    let (well, fresh) = (wait("well").await, wait("fresh").await);
    assert!(well <= 33 * MINUTE, "{well:?}");
    assert!(3 * HOUR <= fresh && fresh <= 3 * HOUR + 18 * MINUTE, "{fresh:?}");
}

#[tokio::test]
async fn waits_of_a_clock_that_was_behind_at_the_start_hold_once_it_is_right() {
    const BEHIND: Duration = Duration::from_secs(5 * 24 * 3600);
    let origin = Origin::start().await;
    origin.serve("/well", Page::new(FEED));
    origin.serve("/busy", Page::status(503).header("Retry-After", "7200"));
    origin.serve("/fresh", Page::new(FEED).header("Cache-Control", "max-age=10800"));
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(TestClock(Mutex::new(NOW)));
    let pipeline = start(folder.path(), &origin, &clock).await;
    assert_eq!(poll_due(&pipeline).await, 3);
    let waits = async |pipeline: &Pipeline| {
        let (well, busy, fresh) =
            (row(pipeline, "well").await, row(pipeline, "busy").await, row(pipeline, "fresh").await);
        (well.next_poll, busy.next_poll, busy.retry_after, fresh.next_poll)
    };
    let planned = waits(&pipeline).await;

    *clock.0.lock().expect("no panic") = NOW.minus(BEHIND);
    let pipeline = start(folder.path(), &origin, &clock).await;
    assert_eq!(row(&pipeline, "busy").await.retry_after, Some(NOW.minus(BEHIND).plus(2 * HOUR)));
    *clock.0.lock().expect("no panic") = NOW.plus(MINUTE);
    pipeline.set_clock_forward(BEHIND).await.expect("a clock");
    assert_eq!(waits(&pipeline).await, planned);
    assert_eq!(poll_due(&pipeline).await, 0);
}
