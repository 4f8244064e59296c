//! Requests as clients, proxies and people send them, however they spell what they want.

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use crate::house::BASE_URL;
use crate::house::Daemon;
use crate::house::House;
use crate::house::path_of;
use crate::house::source;
use crate::http::ask;
use crate::press::Paper;
use crate::press::STORIES;

const CURATED_WITHIN: Duration = Duration::from_secs(30);

/// A daemon that serves one story for one audience.
fn served(house: &House) -> Daemon {
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    house.origin.serve("/daily/feed", paper.rss2());
    let sections = "[[topic]]\nname = \"AI\"\n\n[[audience]]\nname = \"CTO\"\ntopics = [\"AI\"]\n";
    house.configure_with(&[source(house, "daily")], "", sections);
    let daemon = house.daemon();
    daemon.items("/feeds/all.json", 1, CURATED_WITHIN);
    daemon
}

/// The status of a request whose head is written here.
fn status(daemon: &Daemon, head: &str) -> String {
    let mut stream = TcpStream::connect(daemon.address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    stream.write_all(head.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_request_names_the_host_that_it_is_for_once() {
    let house = House::new();
    let daemon = served(&house);
    for path in ["/", "/healthz", "/feeds/all.rss", "/api/v1/status", "/websub/none", "/nothing"] {
        let of = |version: &str, hosts: &str| {
            status(&daemon, &format!("GET {path} {version}\r\n{hosts}Connection: close\r\n\r\n"))
        };
        assert_eq!(of("HTTP/1.1", ""), "400", "{path}");
        assert_eq!(of("HTTP/1.1", "Host: a.example\r\nHost: a.example\r\n"), "400", "{path}");
        assert_eq!(of("HTTP/1.0", "Host: a.example\r\nHost: b.example\r\n"), "400", "{path}");
        assert_eq!(of("HTTP/1.1", "Host: a b\r\n"), "400", "{path}");
        for allowed in [of("HTTP/1.1", "Host: a.example:8080\r\n"), of("HTTP/1.0", "")] {
            assert!(["200", "404"].contains(&allowed.as_str()), "{path}: {allowed}");
        }
    }
}

#[test]
fn what_is_usually_tried_leads_to_the_feeds() {
    let house = House::new();
    let daemon = served(&house);
    for (name, feed) in [
        ("feed", "rss"),
        ("feed/", "rss"),
        ("rss", "rss"),
        ("rss/", "rss"),
        ("rss.xml", "rss"),
        ("index.xml", "rss"),
        ("atom.xml", "atom"),
        ("feed.json", "json"),
        ("feed.atom", "atom"),
        ("feeds/all.rss/", "rss"),
        ("feeds/all.json/", "json"),
    ] {
        let reply = daemon.get(&format!("/{name}"));
        let to = format!("{BASE_URL}feeds/all.{feed}");
        assert_eq!((reply.status, reply.header("location")), (301, Some(to.as_str())), "/{name}");
    }
    assert_eq!(daemon.get("/feeds/none.rss/").status, 404);
    let site = house.export();
    assert!(site.text("_redirects").contains("/rss.xml /feeds/all.rss 301\n"));
    assert!(site.text("feed/index.html").contains("/feeds/all.rss"));
}

#[test]
fn another_spelling_of_a_path_is_the_same_or_leads_there() {
    let house = House::new();
    let daemon = served(&house);
    let stories = house.json(&["story", "list"]);
    let (url, tag) =
        (stories[0]["url"].as_str().expect("an address"), stories[0]["id"].as_str().expect("an id"));
    let path = path_of(url);
    let encoded = tag.replace(':', "%3A").replace(',', "%2c");
    for same in [
        "/%61bout".to_owned(),
        "/feeds/all%2Ejson".to_owned(),
        path.replace('-', "%2d"),
        format!("/api/v1/stories/{encoded}"),
        format!("/api/v1/stories/{tag}"),
    ] {
        assert_eq!(daemon.get(&same).status, 200, "{same}");
    }
    assert_eq!(daemon.get("/feeds%2Fall.json").status, 404, "an encoded slash is no slash");
    for (asked, to) in [
        ("/about/".to_owned(), "about".to_owned()),
        (format!("{path}/"), path[1..].to_owned()),
        (format!("{path}/history/"), format!("{}/history", &path[1..])),
        ("/topics".to_owned(), "topics/".to_owned()),
        ("/for/cto/".to_owned(), "for/cto".to_owned()),
        ("/search/?q=corvid+opens".to_owned(), "search?q=corvid+opens".to_owned()),
        ("/sources.opml/".to_owned(), "sources.opml".to_owned()),
    ] {
        let reply = daemon.get(&asked);
        let to = format!("{BASE_URL}{to}");
        assert_eq!((reply.status, reply.header("location")), (301, Some(to.as_str())), "{asked}");
    }
}

#[test]
fn everything_that_may_be_kept_says_when_it_changed() {
    let house = House::new();
    let daemon = served(&house);
    let story = house.json(&["story", "list"]);
    let path = path_of(story[0]["url"].as_str().expect("an address"));
    let key = story[0]["key"].as_str().expect("a key");
    for path in [
        "/",
        "/about",
        "/corrections",
        "/topics/",
        "/topics/ai",
        "/for/cto",
        "/publishers/",
        "/publishers/the-daily-fjord",
        "/sitemap.xml",
        "/robots.txt",
        "/sources.opml",
        "/archive/",
        "/feeds/",
        "/feeds.opml",
        "/opensearch.xml",
        "/style.css",
        "/search?q=corvid",
        "/feeds/all.rss",
        "/feeds/topic/ai.atom",
        "/feeds/for/cto.rss",
        "/feeds/for/cto.json",
        "/feeds/for/cto/topic/ai.json",
        "/api/v1/stories",
        "/api/v1/openapi.json",
        &path,
        &format!("{path}/history"),
        &format!("/api/v1/stories/{key}"),
        &format!("/api/v1/stories/{key}/history"),
    ] {
        let reply = ask(daemon.address, "GET", path, &[]);
        assert_eq!(reply.status, 200, "{path}");
        let date = reply.header("last-modified").unwrap_or_else(|| panic!("{path} has no date")).to_owned();
        for method in ["GET", "HEAD"] {
            let again = ask(daemon.address, method, path, &[("If-Modified-Since", &date)]);
            assert_eq!((again.status, again.header("last-modified")), (304, Some(date.as_str())), "{path}");
        }
        let old = ask(daemon.address, "GET", path, &[("If-Modified-Since", "Wed, 01 May 2024 00:00:00 GMT")]);
        assert_eq!(old.status, 200, "{path}");
        if reply.header("content-type").is_some_and(|it| it.starts_with("text/html")) {
            assert_eq!(reply.header("referrer-policy"), Some("strict-origin-when-cross-origin"), "{path}");
        }
    }
}

#[test]
fn encodings_and_their_tags_are_what_the_client_asked_for() {
    let house = House::new();
    let daemon = served(&house);
    let get = |headers: &[(&str, &str)]| ask(daemon.address, "GET", "/feeds/all.atom", headers);
    for (accept, expected) in [
        ("gzip;q=1, br;q=0.2", Some("gzip")),
        ("br;q=0, gzip;q=0.5", Some("gzip")),
        ("gzip;q=0", None),
        ("identity;q=0, *", Some("br")),
    ] {
        let reply = get(&[("Accept-Encoding", accept)]);
        assert_eq!((reply.status, reply.header("content-encoding")), (200, expected), "{accept}");
    }
    assert_eq!(get(&[("Accept-Encoding", "identity;q=0")]).status, 406);
    // Apache compresses what it passes on, and says so in the tag.
    let tag = get(&[]).header("etag").expect("a tag").to_owned();
    let apaches = tag.replace(&tag[tag.len() - 1..], "").trim_start_matches('"').to_owned();
    for given in
        [format!("\"{apaches}-gzip\""), format!("W/\"{apaches}-gzip\""), format!("\"{apaches}\"-gzip")]
    {
        for accept in ["gzip", "br", "identity"] {
            let reply = get(&[("If-None-Match", &given), ("Accept-Encoding", accept)]);
            assert_eq!(reply.status, 304, "{given}, {accept}");
        }
    }
}

#[test]
fn pages_of_others_may_ask_conditionally() {
    let house = House::new();
    let daemon = served(&house);
    for path in ["/feeds/all.json", "/api/v1/stories"] {
        let asked = ask(daemon.address, "OPTIONS", path, &[("Origin", "https://reader.example")]);
        assert_eq!((asked.status, asked.header("access-control-allow-origin")), (204, Some("*")), "{path}");
        let sent = ask(daemon.address, "GET", path, &[]);
        assert_eq!(sent.header("access-control-allow-origin"), Some("*"), "{path}");
        assert!(sent.header("access-control-expose-headers").is_some_and(|it| it.contains("ETag")), "{path}");
    }
    assert_eq!(ask(daemon.address, "OPTIONS", "/about", &[]).status, 405);
}

#[test]
fn who_searches_without_end_has_to_wait() {
    let house = House::new();
    let daemon = served(&house);
    let refused = (0..2_000).map(|n| daemon.get(&format!("/search?q=word{n}"))).find(|it| it.status == 429);
    let refused = refused.expect("there is a limit");
    assert!(refused.header("retry-after").is_some_and(|it| it.parse::<u64>().is_ok()));
    assert_eq!(daemon.get("/feeds/all.json").status, 200, "what lies in memory has none");
}

#[test]
fn an_export_holds_what_is_served_and_compressed_copies() {
    let house = House::new();
    let daemon = served(&house);
    let export = house.export();
    for path in ["feeds/all.rss", "feeds/all.atom", "feeds/all.json", "style.css", "feed.css"] {
        let bytes = export.bytes(path);
        assert_eq!(bytes, daemon.get(&format!("/{path}")).body, "{path}");
        let mut copy = Vec::new();
        flate2::read::GzDecoder::new(&*export.bytes(&format!("{path}.gz")))
            .read_to_end(&mut copy)
            .expect("gzip");
        assert_eq!(copy, bytes, "{path}.gz");
        let mut copy = Vec::new();
        brotli::BrotliDecompress(&mut &*export.bytes(&format!("{path}.br")), &mut copy).expect("brotli");
        assert_eq!(copy, bytes, "{path}.br");
    }
    let again = house.ok(&["export", house.dir().join("site").to_str().expect("a path")]);
    assert!(again.contains(", 0 of them new or changed"), "{again}");
}
