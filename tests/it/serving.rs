//! The daemon serves as HTTP asks, minds its signals, and sees what other processes do.

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use std::time::Instant;

use crate::house::BASE_URL;
use crate::house::House;
use crate::house::all;
use crate::house::eventually;
use crate::house::path_of;
use crate::house::source;
use crate::http::ask;
use crate::origin::Behaviour;
use crate::press::Paper;
use crate::press::STORIES;

/// How soon the daemon shows what another process published.
const SEEN_WITHIN: Duration = Duration::from_secs(5);

/// How long the daemon may take to stop.
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

/// How long curation may take on a slow machine.
const CURATED_WITHIN: Duration = Duration::from_secs(30);

fn newsroom(stories: usize) -> House {
    let house = House::new();
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..stories]);
    house.origin.serve("/daily/feed", paper.rss2());
    house.configure(&[source(&house, "daily")]);
    house
}

#[test]
fn readers_are_answered_where_files_are_short() {
    let house = newsroom(1);
    let daemon = house.daemon_with_files(160);
    daemon.items("/feeds/all.json", 1, CURATED_WITHIN);
    let silent: Vec<TcpStream> =
        (0..300).map(|_| TcpStream::connect(daemon.address).expect("the server listens")).collect();
    assert_eq!(ask(daemon.address, "GET", "/healthz", &[]).status, 200);
    drop(silent);
}

#[test]
fn documents_are_served_compressed_conditionally_and_safely() {
    let house = newsroom(2);
    let daemon = house.daemon();
    daemon.items("/feeds/all.json", 2, CURATED_WITHIN);
    let ask = |method: &str, path: &str, headers: &[(&str, &str)]| ask(daemon.address, method, path, headers);

    // Each encoding holds the same bytes under a strong tag of its own.
    let plain = ask("GET", "/feeds/all.json", &[]);
    let gzip = ask("GET", "/feeds/all.json", &[("Accept-Encoding", "gzip")]);
    let brotli = ask("GET", "/feeds/all.json", &[("Accept-Encoding", "gzip, deflate, br")]);
    assert_eq!([&plain, &gzip, &brotli].map(|it| it.status), [200; 3]);
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
    assert_eq!(brotli.header("content-encoding"), Some("br"));
    let (mut from_gzip, mut from_brotli) = (Vec::new(), Vec::new());
    flate2::read::GzDecoder::new(&*gzip.body).read_to_end(&mut from_gzip).expect("gzip");
    brotli::Decompressor::new(&*brotli.body, 4096).read_to_end(&mut from_brotli).expect("brotli");
    assert!(plain.body == from_gzip && plain.body == from_brotli);
    let tags = [&plain, &gzip, &brotli].map(|it| it.header("etag").expect("a tag").to_owned());
    assert!(tags.iter().all(|it| it.starts_with('"')), "{tags:?}");
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
    assert_eq!(plain.header("vary"), Some("Accept-Encoding"));
    assert!(plain.header("cache-control").is_some_and(|it| it.contains("max-age=")));
    assert_eq!(plain.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(plain.header("access-control-allow-origin"), Some("*"));
    assert_eq!(plain.header("content-type"), Some("application/feed+json; charset=utf-8"));

    // Conditions (RFC 9110 §13).
    let tag = tags[0].as_str();
    let weak = format!("W/{tag}");
    let list = format!("\"other\", {tag}");
    let modified = plain.header("last-modified").expect("a date");
    for condition in [
        ("If-None-Match", tag),
        ("If-None-Match", weak.as_str()),
        ("If-None-Match", list.as_str()),
        ("If-None-Match", "*"),
        ("If-Modified-Since", modified),
    ] {
        let reply = ask("GET", "/feeds/all.json", &[condition]);
        assert_eq!((reply.status, reply.body.len()), (304, 0), "{condition:?}");
        assert_eq!(reply.header("etag"), Some(tag), "{condition:?}");
    }
    for conditions in [
        &[("If-None-Match", tags[1].as_str())][..],
        &[("If-None-Match", "\"other\""), ("If-Modified-Since", modified)],
        &[("If-Modified-Since", "Wed, 01 May 2024 00:00:00 GMT")],
        &[("If-Modified-Since", "yesterday")],
    ] {
        assert_eq!(ask("GET", "/feeds/all.json", conditions).status, 200, "{conditions:?}");
    }
    let same_gzip = [("Accept-Encoding", "gzip"), ("If-None-Match", tags[1].as_str())];
    assert_eq!(ask("GET", "/feeds/all.json", &same_gzip).status, 304);

    // Methods.
    let head = ask("HEAD", "/feeds/all.json", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["etag", "last-modified", "content-length", "content-type"] {
        assert_eq!(head.header(name), plain.header(name), "{name}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        let refused = ask(method, "/feeds/all.json", &[]);
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }

    // Pages.
    let page = ask("GET", "/", &[]);
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("strict-origin-when-cross-origin"));
    assert!(!page.text().contains("<script"));
    for path in
        ["/nowhere", "/story/aaaaaaaaaaaaaaaa/x", "/feeds/none.rss", "/feeds/all/archive/1.atom", "/../etc"]
    {
        assert_eq!(ask("GET", path, &[]).status, 404, "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask("GET", path, &[]).status, 200, "{path}");
    }
}

#[test]
fn old_and_approximate_addresses_lead_to_the_right_ones() {
    let house = newsroom(1);
    house.poll();
    let stories = house.json(&["story", "list"]);
    let url = stories[0]["url"].as_str().expect("an address");
    let key = stories[0]["key"].as_str().expect("a key");
    let daemon = house.daemon();
    let page = daemon.get(&path_of(url));
    assert_eq!(page.status, 200);
    assert!(page.text().contains(&format!("<link rel=\"canonical\" href=\"{url}\"")), "{}", page.text());
    let feed = |format: &str| format!("{BASE_URL}feeds/all.{format}");
    for (path, to) in [
        (format!("/story/{key}"), url.to_owned()),
        (format!("/story/{key}/another-title"), url.to_owned()),
        ("/feed.rss".to_owned(), feed("rss")),
        ("/feed.atom".to_owned(), feed("atom")),
        ("/feed.json".to_owned(), feed("json")),
    ] {
        let reply = daemon.get(&path);
        assert_eq!((reply.status, reply.header("location")), (301, Some(to.as_str())), "{path}");
    }
    assert_eq!(daemon.get(&format!("{}/history", path_of(url))).status, 200);
    let api = daemon.get(&format!("/api/v1/stories/{key}")).json();
    assert_eq!(api["id"], stories[0]["id"]);
    let tag = stories[0]["id"].as_str().expect("an id");
    assert_eq!(daemon.get(&format!("/api/v1/stories/{tag}")).json()["key"], key);
}

#[test]
fn a_site_below_a_path_answers_with_and_without_it() {
    let house = newsroom(1);
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace(BASE_URL, &format!("{BASE_URL}tech/")));
    house.poll();
    let stories = house.json(&["story", "list"]);
    let url = stories[0]["url"].as_str().expect("an address");
    let below = url.strip_prefix(&format!("{BASE_URL}tech")).expect("a page of ours");
    let daemon = house.daemon();
    for path in ["/tech/", "/", "/tech", "/tech/feeds/all.rss", "/feeds/all.rss", "/tech/healthz", below] {
        assert_eq!(daemon.get(path).status, 200, "{path}");
    }
    assert_eq!(daemon.get(&format!("/tech{below}")).status, 200);
    let moved = daemon.get("/feed.atom");
    assert_eq!(moved.header("location"), Some(format!("{BASE_URL}tech/feeds/all.atom").as_str()));
    assert_eq!(daemon.get("/technical").status, 404);
}

#[test]
fn a_poll_beside_the_daemon_shows_in_its_feeds_within_five_seconds() {
    let house = newsroom(1);
    let daemon = house.daemon();
    daemon.items("/feeds/all.json", 1, CURATED_WITHIN);
    let old = daemon.get("/feeds/all.json").header("etag").expect("a tag").to_owned();
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..2]);
    house.origin.serve("/daily/feed", paper.rss2());
    let report = house.poll();
    assert_eq!(report["entries_new"], 1, "{report}");
    let items = daemon.items("/feeds/all.json", 2, SEEN_WITHIN);
    assert!(all(&items, "title").contains(&STORIES[1].0));
    let reply = ask(daemon.address, "GET", "/feeds/all.json", &[("If-None-Match", &old)]);
    assert_eq!(reply.status, 200, "what changed has another tag");
}

#[test]
fn only_one_daemon_runs_on_a_database_and_it_stops_when_told() {
    let house = newsroom(1);
    let mut daemon = house.daemon();
    let started = Instant::now();
    let second = house.run(&["run", "--listen", "127.0.0.1:0"]);
    assert!(started.elapsed() < STOPPED_WITHIN, "it does not wait");
    assert_eq!(second.status.code(), Some(75));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("daemon"), "it says why: {said}");
    assert_eq!(daemon.get("/healthz").status, 200, "the first is not harmed");

    daemon.signal("TERM");
    assert_eq!(daemon.end(STOPPED_WITHIN).code(), Some(0), "{}", daemon.log());
    let mut next = house.daemon();
    next.signal("INT");
    assert_eq!(next.end(STOPPED_WITHIN).code(), Some(0), "{}", next.log());
}

#[test]
fn it_stops_in_time_whatever_is_under_way() {
    let house = House::new();
    // Long texts, so that curation is still at it when the signal comes.
    let mut paper = Paper::of_notes("Notes", &house.home("notes"), 0, 100);
    for (n, it) in paper.articles.iter_mut().enumerate() {
        let notes = Paper::of_notes("More notes", "", n % 9 + 1, 60);
        it.text = notes.articles.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join("\n\n");
    }
    house.origin.serve("/notes/feed", paper.rss2());
    house.origin.behave("/stalled/feed", Behaviour::Stall);
    house.configure(&[source(&house, "notes"), source(&house, "stalled")]);
    let mut daemon = house.daemon();
    let reader = TcpStream::connect(daemon.address).expect("the server listens");
    (&reader).write_all(b"GET / HTTP/1.1\r\nHost: half").expect("the server reads");
    eventually("the entries are stored", CURATED_WITHIN, || {
        (house.json(&["status"])["entries"] == 100 && house.origin.count("/stalled/feed") == 1).then_some(())
    });
    daemon.signal("TERM");
    assert_eq!(daemon.end(STOPPED_WITHIN).code(), Some(0), "{}", daemon.log());
    drop(reader);

    // The next start takes up what was left.
    let daemon = house.daemon();
    assert_eq!(daemon.get("/readyz").status, 200);
}

#[test]
fn a_hang_up_reads_the_configuration_anew_and_a_broken_one_changes_nothing() {
    let house = newsroom(1);
    let daemon = house.daemon();
    daemon.items("/feeds/all.json", 1, CURATED_WITHIN);
    let before = daemon.get("/feeds/all.json").body;
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("[site]", "[site]\ntitel = \"Typo\""));
    daemon.signal("HUP");
    daemon.says("titel");
    assert_eq!(daemon.get("/readyz").status, 200);
    assert!(daemon.get("/feeds/all.json").body == before);

    house.write_config(&config.replace("Example Tech Brief", "Another Brief"));
    daemon.signal("HUP");
    eventually("the new title shows", CURATED_WITHIN, || {
        let reply = daemon.get("/feeds/all.json");
        (reply.json()["title"] == "Another Brief").then_some(())
    });
    let items = daemon.items("/feeds/all.json", 1, CURATED_WITHIN);
    let title = &items[0]["title"];
    assert_eq!(title, STORIES[0].0);
}
