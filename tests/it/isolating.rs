//! One bad source harms nothing else: not the publication of others' stories, nor their corrections,
//! nor their place in the documents.

use std::time::Duration;

use bylined::domain::Proxies;
use bylined::domain::ProxyUrl;
use bylined::net::Client;
use bylined::net::HeaderMap;
use bylined::net::NetError;
use bylined::net::Policy;
use bylined::net::Request;
use bylined::net::Response;
use serde_json::Value;

use crate::house::House;
use crate::house::all;
use crate::house::eventually;
use crate::house::ids;
use crate::house::json_walk;
use crate::house::source;
use crate::origin::Behaviour;
use crate::origin::Origin;
use crate::origin::Page;
use crate::press::Paper;

/// Far less than a hanging page takes, and far more than publication needs.
const SOON: Duration = Duration::from_secs(15);

/// An RSS feed of these items: guid, title, link, date, text.
fn feed(name: &str, home: &str, items: &[(String, String, String, String, String)]) -> Page {
    let items: String = items
        .iter()
        .map(|(guid, title, link, date, text)| {
            format!(
                "<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title><link>{link}</link>\
                 <pubDate>{date}</pubDate><description>{text}</description></item>"
            )
        })
        .collect();
    Page::new(format!(
        "<rss version=\"2.0\"><channel><title>{name}</title><link>{home}</link>\
         <description>News</description>{items}</channel></rss>"
    ))
}

/// An article page, so long that a fifth of it says something.
fn article(n: usize) -> Page {
    let more: String = (1..=12)
        .map(|it| format!("<p>Release candidate {it} was tested by {it}00 people on machines of {it} makers for a week.</p>"))
        .collect();
    Page::html(format!(
        "<title>Lantern {n}</title><article><h1>Lantern {n} is out</h1>\
         <p>Version {n} of the Lantern compiler was released on Friday after nine weeks of work by forty people.</p>\
         <p>It builds programs for machines with many cores, and checks what it reads before it trusts a byte of it.</p>\
         <p>Distributions will ship it in spring, the maintainers said, once older machines have been tested with it.</p>\
         {more}</article>"
    ))
}

const STORIES: usize = 3;

/// `fetch.concurrency`, and how many pages of one source are read at once then.
const SLOTS: usize = 8;
const SLOTS_OF_SOURCE: usize = 2;

/// The victim's feed: cut texts, whose pages are wanted.
fn monitor(house: &House, title_of_first: &str) -> Page {
    let items: Vec<_> = (1..=STORIES)
        .map(|n| {
            let title = if n == 1 { title_of_first.to_owned() } else { format!("Lantern {n} is out") };
            let link = house.url(&format!("/monitor/{n}"));
            (
                format!("m{n}"),
                title,
                link,
                format!("Fri, {n:02} May 2026 12:00:00 GMT"),
                "Read more…".to_owned(),
            )
        })
        .collect();
    feed("Monitor", &house.home("monitor"), &items)
}

/// A newsroom with a monitor that has published nothing yet, and a list that was there first: it lists
/// the addresses of the monitor's stories and hundreds of others, and none of its pages ever answers.
/// Both are polled each second.
fn newsroom_with_a_hostile_list() -> House {
    let house = House::new();
    house.origin.serve("/monitor/feed", feed("Monitor", &house.home("monitor"), &[]));
    (1..=STORIES).for_each(|n| house.origin.serve(&format!("/monitor/{n}"), article(n)));
    let mut items = Vec::new();
    for n in 1..=300 {
        let path = match n {
            1..=STORIES => format!("/monitor/{n}?utm_source=list"),
            _ => format!("/list/{n}"),
        };
        house.origin.behave(&path, Behaviour::Stall);
        let day = if n <= STORIES { n } else { 28 };
        let date = format!("Fri, {day:02} May 2026 11:00:00 GMT");
        items.push((
            format!("l{n}"),
            format!("Link {n} of the list"),
            house.url(&path),
            date,
            "Read more…".to_owned(),
        ));
    }
    house.origin.serve("/list/feed", feed("List", &house.home("list"), &items).etag("\"1\""));
    let sources = [source(&house, "list").with(""), source(&house, "monitor").with("")];
    house.configure_with(&sources, &format!("concurrency = {SLOTS}"), "");
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    let each_second = "every = \"1s\"\nmin = \"1s\"\nadaptive = false";
    house.write_config(&config.replace("every = \"24h\"", each_second));
    house
}

/// How many pages of the list were asked for so far.
fn pages_of_list(house: &House) -> usize {
    let received = house.origin.received();
    received.iter().filter(|it| it.path.starts_with("/list/") && it.path != "/list/feed").count()
}

/// Waits until pages of the list have taken all the slots that they get, and lets the monitor publish.
fn publish_behind_the_list(house: &House, asked_before: usize) {
    eventually("pages of the list hang", SOON, || {
        (pages_of_list(house) >= asked_before + SLOTS_OF_SOURCE).then_some(())
    });
    house.origin.serve("/monitor/feed", monitor(house, "Lantern 1 is out"));
}

fn of_monitor(items: &[Value]) -> usize {
    items.iter().filter(|it| it["_bylined"]["publishers"][0]["name"] == "Monitor").count()
}

#[test]
fn a_list_of_anothers_addresses_delays_neither_its_stories_nor_its_corrections() {
    let house = newsroom_with_a_hostile_list();
    let daemon = house.daemon();
    publish_behind_the_list(&house, 0);
    let items = daemon.items("/feeds/all.json", STORIES, SOON);
    assert_eq!((items.len(), of_monitor(&items)), (STORIES, STORIES), "{items:?}");
    let is_quoted = |it: &&Value| it["_bylined"]["summary"].as_array().is_some_and(|it| !it.is_empty());
    assert_eq!(items.iter().filter(is_quoted).count(), STORIES, "their own pages were waited for");
    house.origin.serve("/monitor/feed", monitor(&house, "Lantern 1 is out, after all"));
    eventually("the correction is published", SOON, || {
        let items = daemon.get("/feeds/all.json").json()["items"].as_array().cloned()?;
        all(&items, "title").contains(&"Lantern 1 is out, after all").then_some(())
    });
}

#[test]
fn a_kill_while_pages_hang_delays_no_other_source_s_stories() {
    let house = newsroom_with_a_hostile_list();
    let daemon = house.daemon();
    eventually("a page of the list is asked for", SOON, || (pages_of_list(&house) > 0).then_some(()));
    drop(daemon);
    let asked = pages_of_list(&house);
    let daemon = house.daemon();
    publish_behind_the_list(&house, asked);
    let items = daemon.items("/feeds/all.json", STORIES, SOON);
    assert_eq!((items.len(), of_monitor(&items)), (STORIES, STORIES));
}

#[test]
fn a_flood_leaves_others_their_places_and_the_archive_has_all_of_it() {
    let house = House::new();
    let items = |name: &str, count: usize, hour: usize| -> Vec<_> {
        (1..=count)
            .map(|n| {
                let date = format!("Fri, 01 May 2026 {hour:02}:{:02}:{:02} GMT", n / 60, n % 60);
                let link = house.url(&format!("/{name}/{n}"));
                (
                    format!("{name}{n}"),
                    format!("Bulletin {n} of {name}"),
                    link,
                    date,
                    format!("Text {n} of {name}."),
                )
            })
            .collect()
    };
    house.origin.serve("/monitor/feed", feed("Monitor", &house.home("monitor"), &items("monitor", 40, 10)));
    house.origin.serve("/flood/feed", feed("Flood", &house.home("flood"), &items("flood", 400, 12)));
    let family = |name: &str| format!("full_text = false\nfamily = \"{name}\"");
    house.configure(&[
        source(&house, "monitor").with(&family("Monitor")),
        source(&house, "flood").with(&family("Flood")),
    ]);
    house.poll();
    let site = house.export();
    let newest = site.items("feeds/all.json");
    assert_eq!(newest.len(), 250);
    assert_eq!(of_monitor(&newest), 40);
    assert!(site.text("feeds/all.rss").contains("the rest is in the archive alone"));
    let walked: Vec<Value> = json_walk(|path| site.bytes(path.trim_start_matches('/')), "all").concat();
    let mut walked = ids(&walked);
    walked.dedup();
    assert_eq!(walked.len(), 440);
    let before = site.bytes("feeds/all.atom");
    house.poll();
    assert_eq!(house.export().bytes("feeds/all.atom"), before, "a function of the store");
}

async fn get(client: &Client, url: &str) -> Result<Response, NetError> {
    let (headers, origin_headers) = (HeaderMap::new(), HeaderMap::new());
    let url = url.parse().expect("a URL");
    client.get(Request { url, headers, origin_headers, body_bytes_max: None }).await
}

#[tokio::test]
async fn large_bodies_that_drip_are_ended_and_keep_no_large_feed_of_another_host_waiting() {
    const BODIES: usize = 12;
    // Through a proxy, both hosts are names, and neither is one that the operator excepted.
    let proxy = Origin::start().await;
    let client = Client::new(Policy {
        user_agent: "bylined/test".to_owned(),
        allow_private: Vec::new(),
        proxies: Proxies::all(ProxyUrl::parse(&format!("http://{}", proxy.address())).expect("a proxy")),
        timeout: Duration::from_secs(60),
        body_bytes_max: 10 << 20,
        per_host: BODIES,
        min_gap: Duration::ZERO,
        concurrency: 64,
    })
    .expect("a client");
    let large = Page::new(vec![b' '; 400 << 10]);
    proxy.serve("http://monitor.example/feed", large);
    let mut slow = tokio::task::JoinSet::new();
    for n in 0..BODIES {
        let url = format!("http://slow.example/{n}");
        proxy.behave(&url, Behaviour::SlowBody { first: 9 << 20, every: Duration::from_millis(100) });
        let client = client.clone();
        slow.spawn(async move { get(&client, &url).await.err() });
    }
    // All the while until the first of them is ended, the monitor's feed is read again and again.
    let mut again = tokio::time::interval(Duration::from_millis(500));
    let ended = loop {
        tokio::select! {
            ended = slow.join_next() => break ended.expect("a body").expect("no panic"),
            _ = again.tick() => {}
        }
        let read = tokio::time::timeout(SOON / 3, get(&client, "http://monitor.example/feed")).await;
        assert_eq!(read.expect("it waits for no other host").expect("an answer").body.len(), 400 << 10);
    };
    assert!(matches!(ended, Some(NetError::TooSlow { .. })), "{ended:?}");
}

/// Documents are held in little memory until they are stored. Those about which a host is asked that
/// does not answer must leave that memory to others.
#[test]
fn home_pages_whose_host_does_not_answer_delay_no_other_source() {
    const LONG: usize = 3;
    let threads = tokio::runtime::Runtime::new().expect("threads");
    let silent = threads.block_on(Origin::start());
    silent.behave("/robots.txt", Behaviour::Stall);
    let house = House::new();
    let mut sources = vec![source(&house, "monitor")];
    house.origin.serve("/monitor/feed", feed("Monitor", &house.home("monitor"), &[]));
    for n in 1..=LONG {
        let text = format!("Sentence {n} of a long text. ").repeat(4_000);
        let date = "Fri, 01 May 2026 12:00:00 GMT".to_owned();
        let item = ("1".to_owned(), "A long text".to_owned(), house.url("/long"), date, text);
        house.origin.serve(&format!("/long{n}/feed"), feed("Long", silent.url("/").as_str(), &[item]));
        sources.push(source(&house, &format!("long{n}")));
    }
    let fetch = format!("timeout = \"60s\"\nper_host = {}", LONG + 1);
    house.configure_with(&sources, &fetch, "");
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    let excepted = format!("allow_private = [\"{}\", ", silent.address());
    let each_second = "every = \"1s\"\nmin = \"1s\"\nadaptive = false";
    house.write_config(
        &config.replace("allow_private = [", &excepted).replace("every = \"24h\"", each_second),
    );
    let daemon = house.daemon();
    eventually("the long documents are read", SOON, || {
        let are_read = (1..=LONG).all(|n| 0 < house.origin.count(&format!("/long{n}/feed")));
        (are_read && 0 < silent.count("/robots.txt")).then_some(())
    });
    house.origin.serve("/monitor/feed", monitor(&house, "Lantern 1 is out"));
    let items = daemon.items("/feeds/all.json", STORIES, SOON);
    assert_eq!((items.len(), of_monitor(&items)), (STORIES, STORIES));
}

#[test]
fn a_source_that_gives_an_article_s_address_twice_keeps_no_list_from_it() {
    let (house, told) = (House::new(), crate::press::STORIES);
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &told[..1]);
    let link = &daily.articles[0].link;
    let mut twice = Paper::new("Twice Told", &house.home("twice"), &told[1..3]);
    twice.articles.iter_mut().for_each(|it| it.link.clone_from(link));
    let mut list =
        Paper::new("Worth Reading", &house.home("list"), &[("Of queues and clouds", "Good read.")]);
    list.articles[0].link.clone_from(link);
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/twice/feed", twice.rss2());
    house.origin.serve("/list/feed", list.rss2());
    let sources = ["daily", "twice", "list"].map(|it| source(&house, it));
    house.configure(&sources[..2]);
    house.poll();
    let before = house.export().items("feeds/all.json");
    assert_eq!(before.len(), 2, "one of the two is in the story of the address: {before:?}");
    house.configure(&sources);
    house.poll();
    let items = house.export().items("feeds/all.json");
    assert_eq!(items.len(), 2, "{items:?}");
    let story = items.iter().find(|it| it["title"] == told[0].0).expect("the story of the address");
    let line = story["_bylined"]["attribution"].as_str().expect("text");
    assert!(line.contains("Worth Reading"), "{line}");
}
