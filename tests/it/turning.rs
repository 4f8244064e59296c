//! The model's turns go round the sources, and nobody waits long for a model that does not answer.

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use bylined::config;
use bylined::config::Environment;
use bylined::domain::Clock;
use bylined::domain::Engine;
use bylined::domain::StoryState;
use bylined::domain::Timestamp;
use bylined::fetch;
use bylined::net::Client;
use bylined::pipeline::Pipeline;
use bylined::pipeline::Scope;
use bylined::store::Store;
use bylined::store::StoryFilter;

use crate::house::Daemon;
use crate::house::House;
use crate::house::eventually;
use crate::house::source;
use crate::model::CHAT;
use crate::model::KEY;
use crate::model::check_quoted;
use crate::model::configure;
use crate::model::honest;
use crate::model::item;
use crate::model::newsroom;
use crate::model::poll;
use crate::model::publish;
use crate::model::reply;
use crate::model::story;
use crate::origin::Behaviour;
use crate::origin::Origin;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

const SOON: Duration = Duration::from_secs(20);

/// A paper of many stories that have nothing in common.
fn flood(count: usize) -> Vec<(String, String)> {
    let words = [
        "harbour", "kiln", "beacon", "orchard", "turbine", "quarry", "viaduct", "sawmill", "granary", "ferry",
    ];
    (0..count)
        .map(|n| {
            let (one, two) = (words[n % 10], words[n / 10 % 10]);
            let title = format!("The {one} {two} number {n}{n} opens its gates");
            let text = format!(
                "The {one} {two} number {n}{n} opened its gates to {n}0 visitors from the valley {n} on Monday. Its owners \
                 had painted the {two} doors {n} times. Nobody counted the {one} lamps."
            );
            (title, text)
        })
        .collect()
}

fn publish_flood(house: &House, count: usize) {
    let stories = flood(count);
    let stories: Vec<(&str, &str)> =
        stories.iter().map(|(title, text)| (title.as_str(), text.as_str())).collect();
    publish(house, "flood", &stories);
}

#[test]
fn a_flood_takes_no_other_source_s_turns_with_the_model() {
    let house = House::new();
    publish_flood(&house, 40);
    // Its stories are neither the newest nor the oldest.
    let mut monitor = Paper::new("Paper monitor", &house.home("monitor"), &STORIES[1..3]);
    let amid = Duration::from_secs(20 * 60 * 60);
    monitor.articles.iter_mut().for_each(|it| it.published = it.published.plus(amid));
    house.origin.serve("/monitor/feed", monitor.rss2());
    configure(&house, &[source(&house, "flood"), source(&house, "monitor")], "concurrency = 1");
    house.origin.serve(CHAT, reply(&honest().to_string()));
    poll(&house);
    let asked = house.origin.received_at(CHAT);
    for words in ["Tarn", "Halden"] {
        let at = asked.iter().position(|it| it.body.contains(words)).expect("it is asked about");
        // A story is asked about twice at most, and every second turn is the monitor's.
        assert!(at < 6, "{words} came as number {at} of {}", asked.len());
    }
}

#[test]
fn a_hanging_endpoint_costs_one_deadline_and_the_stories_come_out_quoted() {
    let house = House::new();
    publish_flood(&house, 8);
    publish(&house, "monitor", &STORIES[1..3]);
    configure(
        &house,
        &[source(&house, "flood"), source(&house, "monitor")],
        "concurrency = 1\ndeadline = \"2s\"",
    );
    house.origin.behave(CHAT, Behaviour::Stall);
    let started = Instant::now();
    poll(&house);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert_eq!(house.origin.count(CHAT), 1, "the circuit breaker is open after the first");
    let items = house.export().items("feeds/all.json");
    assert_eq!(items.len(), 10);
    assert!(items.iter().all(|it| it["_bylined"]["engine"] == "extractive"));
}

#[test]
fn a_hanging_endpoint_publishes_nothing_under_hold() {
    let house = newsroom("deadline = \"1s\"\non_failure = \"hold\"");
    house.origin.behave(CHAT, Behaviour::Stall);
    poll(&house);
    assert!(house.export().items("feeds/all.json").is_empty());
    assert_eq!(story(&house)["state"], "held");
}

fn number(house: &House, sql: &str) -> i64 {
    let database = rusqlite::Connection::open(house.dir().join("bylined.db")).expect("the database");
    database.query_row(sql, [], |row| row.get(0)).expect("a number")
}

/// Reads a request to its end.
fn read_request(stream: &mut TcpStream) {
    let (mut bytes, mut part) = (Vec::new(), [0; 4_096]);
    loop {
        let count = stream.read(&mut part).expect("a request");
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|it| it.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if count == 0 || length.is_some_and(|it| it <= body.len()) {
            return;
        }
    }
}

#[test]
fn a_reply_that_comes_after_a_publishers_no_is_neither_kept_nor_used() {
    for rights in ["extractive", "drop"] {
        let house = newsroom("");
        let endpoint = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = endpoint.local_addr().expect("an address");
        let config = fs::read_to_string(house.config()).expect("a file");
        let config = config.replace(&house.url("/v1"), &format!("http://{address}/v1"));
        house.write_config(&config);
        let mut command = house.command(&["poll", "--all"]);
        let writing = command.env("TEST_LLM_KEY", KEY).stdout(Stdio::null()).stderr(Stdio::null());
        let mut writing = writing.spawn().expect("it starts");
        let (mut stream, _) = endpoint.accept().expect("a request");
        read_request(&mut stream);
        // Another process applies what the operator has written meanwhile.
        house.write_config(
            &config.replace("full_text = false", &format!("full_text = false\nrights = \"{rights}\"")),
        );
        house.export();
        let body = String::from_utf8(reply(&honest().to_string()).body).expect("UTF-8");
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).expect("it waits");
        drop((stream, endpoint));
        assert!(writing.wait().expect("it ends").success());
        assert_eq!(number(&house, "SELECT count(*) FROM llm_replies"), 0, "{rights}");
        poll(&house);
        let items = house.export().items("feeds/all.json");
        let engines: Vec<&Value> = items.iter().map(|it| &it["_bylined"]["engine"]).collect();
        assert!(engines.iter().all(|it| *it == "extractive"), "{rights}: {engines:?}");
        assert_eq!(engines.is_empty(), rights == "drop");
    }
}

#[test]
fn answers_of_no_use_are_asked_for_three_times_ever_and_cost_tokens() {
    let body = reply(&honest().to_string()).body;
    let cases = [
        ("html", Behaviour::Serve(Page::html("<h1>Welcome</h1>"))),
        ("another object", Behaviour::Serve(Page::new(r#"{"status":"ok"}"#))),
        ("no choice", Behaviour::Serve(Page::new(r#"{"choices":[]}"#))),
        ("cut off", Behaviour::Truncated { page: Page::new(body), after: 40 }),
    ];
    for (why, behaviour) in cases {
        let house = newsroom("");
        house.origin.behave(CHAT, behaviour);
        poll(&house);
        check_quoted(&house, why);
        assert_eq!(house.origin.count(CHAT), 3, "{why}");
        assert!(number(&house, "SELECT sum(spent) FROM llm_tokens") > 3 * 1_000, "{why}: each counts");
        poll(&house);
        poll(&house);
        assert_eq!(house.origin.count(CHAT), 3, "{why}: not again by another process");
    }
}

#[test]
fn kills_repeat_a_prompt_six_times_and_no_more() {
    let house = newsroom("");
    house.origin.behave(CHAT, Behaviour::Stall);
    let start = || {
        let mut command = house.command(&["run", "--listen", "127.0.0.1:0"]);
        command.env("TEST_LLM_KEY", KEY);
        Daemon::start(command, house.dir())
    };
    for n in 1..=6 {
        let daemon = start();
        eventually("the model is asked", SOON, || (house.origin.count(CHAT) == n).then_some(()));
        drop(daemon);
    }
    assert!(
        number(&house, "SELECT sum(spent) FROM llm_tokens") > 6 * 1_000,
        "what was set aside stays spent"
    );
    let daemon = start();
    assert_eq!(daemon.items("/feeds/all.json", 1, SOON).len(), 1);
    assert_eq!(house.origin.count(CHAT), 6);
}

#[test]
fn what_a_model_thinks_is_cut_before_anything_else() {
    let house = newsroom("");
    let thoughts = "<think>\nPerhaps {\"summary\": []}? Or {\"keep\": [1]}.\n</think>\n\n";
    house.origin.serve(CHAT, reply(&format!("{thoughts}{}", honest())));
    poll(&house);
    assert_eq!(item(&house.export())["_bylined"]["summary"][0]["made"], "llm");
    assert_eq!(house.origin.count(CHAT), 1, "no repair is asked for");
    assert_eq!(number(&house, "SELECT count(*) FROM llm_replies WHERE reply LIKE '%think%'"), 0);
}

/// A clock that the test owns, and how often it was asked.
#[derive(Clone)]
struct TestClock {
    now: Arc<Mutex<Timestamp>>,
    asked: Arc<AtomicUsize>,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.now.lock().expect("no panic")
    }
}

impl TestClock {
    fn new() -> Self {
        Self { now: Arc::new(Mutex::new(Timestamp::from_secs(1_795_168_800))), asked: Arc::default() }
    }

    fn pass(&self, minutes: u64) {
        let mut now = self.now.lock().expect("no panic");
        *now = now.plus(Duration::from_secs(minutes * 60));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A pipeline whose model is at the same origin as its one source of these stories.
async fn pipeline(
    origin: &Origin,
    clock: &TestClock,
    folder: &tempfile::TempDir,
    settings: &str,
) -> Arc<Pipeline> {
    let paper = Paper::new("Paper", origin.url("/").as_str(), &STORIES[..3]);
    origin.serve("/feed", paper.rss2());
    let text = format!(
        "[store]\npath = \"{}/bylined.db\"\n[fetch]\nallow_private = [\"{}\"]\n\
         [curation]\nengine = \"llm\"\nbacklog = \"all\"\n{settings}\n\
         [[source]]\nid = \"a\"\nfull_text = false\nurl = \"{}\"\n",
        folder.path().display(),
        origin.address(),
        origin.url("/feed"),
    )
    .replace("{endpoint}", origin.url("/v1").as_str());
    let config = config::parse("test.toml", &text, &Environment::default()).expect("a configuration").config;
    let store = Store::open(&config.store.path).expect("a store");
    let client = Client::new(fetch::policy(&config.fetch, None)).expect("a client");
    let pipeline = Arc::new(Pipeline::new(Arc::new(config), store, client, Arc::new(clock.clone())));
    pipeline.sync_sources().await.expect("sources");
    for (source, row) in pipeline.claim(&Scope::All, 10).await.expect("a claim") {
        pipeline.poll(&source, row).await.expect("a poll");
    }
    assert_eq!(pipeline.assign().await.expect("stories"), 3);
    pipeline
}

/// State and engine of every story.
async fn stories(pipeline: &Pipeline) -> Vec<(StoryState, Option<Engine>)> {
    let read = pipeline.store().read(|it| {
        let mut found = Vec::new();
        for story in it.stories(StoryFilter { state: None, limit: 10 })? {
            found.push((
                story.state,
                it.revision(story.id, story.revision)?
                    .map(|it| it.content.expect("it is readable").briefing.engine),
            ));
        }
        Ok(found)
    });
    read.await.expect("stories")
}

/// Lets a hanging model write for a little over an hour, and returns how many stories came out.
async fn published_after_an_hour(origin: &Origin, clock: &TestClock, pipeline: &Arc<Pipeline>) -> usize {
    origin.behave(CHAT, Behaviour::Stall);
    let writing = Arc::clone(pipeline);
    let writing = tokio::spawn(async move { writing.generate_with_llm(&|_| {}).await });
    let wait_for = async |is_there: &dyn Fn(usize) -> bool| {
        for _ in 0..400 {
            let published = stories(pipeline).await.iter().filter(|it| it.0 == StoryState::Published).count();
            if is_there(published) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    wait_for(&|_| origin.count(CHAT) == 1).await;
    clock.pass(59);
    // Each look begins with the time: at the second, one at this time is over.
    let asked = clock.asked();
    wait_for(&|_| clock.asked() >= asked + 2).await;
    assert!(clock.asked() >= asked + 2, "it looks for stories while the model writes");
    let is_published = |it: &(StoryState, _)| it.0 == StoryState::Published;
    assert!(!stories(pipeline).await.iter().any(is_published), "not within the hour");
    clock.pass(2);
    wait_for(&|published| published == 2).await;
    writing.abort();
    assert!(writing.await.is_err(), "it was still waiting for the model");
    stories(pipeline).await.into_iter().filter(is_published).count()
}

const SLOW: &str = "[curation.llm]\nendpoint = \"{endpoint}\"\nmodel = \"lantern-8b\"\nverify = \"rules\"\nconcurrency = 1\ndeadline = \"10m\"";

#[tokio::test]
async fn a_story_that_waited_an_hour_is_quoted_and_written_once_later() {
    let (origin, folder) = (Origin::start().await, tempfile::tempdir().expect("a folder"));
    let clock = TestClock::new();
    let pipeline = pipeline(&origin, &clock, &folder, SLOW).await;
    assert_eq!(published_after_an_hour(&origin, &clock, &pipeline).await, 2, "the third is under way");
    let quoted = stories(&pipeline).await;
    assert_eq!(quoted.iter().filter(|it| it.1 == Some(Engine::Extractive)).count(), 2);
    origin.serve(CHAT, reply(&honest().to_string()));
    // The third, whose request was lost, is quoted first: it has waited as long.
    for _ in 0..2 {
        clock.pass(2);
        pipeline.generate_with_llm(&|_| {}).await.expect("a generation");
    }
    let written = stories(&pipeline).await;
    assert!(written.iter().all(|it| it.0 == StoryState::Published));
    assert!(written.iter().any(|it| it.1 == Some(Engine::Llm)), "{written:?}");
    let asked = origin.count(CHAT);
    clock.pass(30);
    pipeline.generate_with_llm(&|_| {}).await.expect("a generation");
    assert_eq!(origin.count(CHAT), asked, "once");
}

#[tokio::test]
async fn under_hold_and_review_a_story_waits_for_the_model() {
    let hold = format!("{SLOW}\non_failure = \"hold\"");
    let review = format!("publish = \"review\"\n{SLOW}");
    for settings in [hold, review] {
        let (origin, folder) = (Origin::start().await, tempfile::tempdir().expect("a folder"));
        let clock = TestClock::new();
        let pipeline = pipeline(&origin, &clock, &folder, &settings).await;
        assert_eq!(published_after_an_hour(&origin, &clock, &pipeline).await, 0, "{settings}");
    }
}
