//! A pass reads every format, says what it did, and asks politely the next time.

use chrono::DateTime;
use serde_json::Value;

use crate::house::House;
use crate::house::all;
use crate::house::keys;
use crate::house::source;
use crate::house::source_at;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

const FORMATS: [&str; 4] = ["rss2", "rss1", "atom", "json"];
const OUTPUTS: [&str; 3] = ["feeds/all.rss", "feeds/all.atom", "feeds/all.json"];

/// Four papers, each in another format and with another story.
fn newsroom() -> House {
    let house = House::new();
    for (id, story) in FORMATS.into_iter().zip(STORIES) {
        let paper = Paper::new(&format!("Paper in {id}"), &house.home(id), &[story]);
        let page = match id {
            "rss2" => paper.rss2(),
            "rss1" => paper.rss1(),
            "atom" => paper.atom(),
            _ => paper.json(),
        };
        let page = page.etag("\"one\"").last_modified("Wed, 01 May 2024 10:00:00 GMT");
        house.origin.serve(&format!("/{id}/feed"), page);
    }
    house.configure(&FORMATS.map(|it| source(&house, it)));
    house
}

#[track_caller]
fn check_time(value: &Value) {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is a time"));
    let time = DateTime::parse_from_rfc3339(text).expect("RFC 3339");
    assert_eq!(time.offset().local_minus_utc(), 0, "{text} is in UTC");
}

#[test]
fn a_pass_says_what_it_did_and_the_next_costs_publishers_a_304() {
    let house = newsroom();
    let report = house.poll();
    let contract = [
        "entries_new",
        "entries_updated",
        "failed",
        "modified",
        "not_modified",
        "polled",
        "published",
        "seconds",
        "sources",
        "stories_new",
    ];
    assert_eq!(keys(&report), contract);
    check(&report, [4, 4, 4, 0, 0, 4, 0, 4, 4]);
    let before = OUTPUTS.map(|it| house.export().bytes(it));
    let items = house.export().items("feeds/all.json");
    let mut titles = all(&items, "title");
    titles.sort_unstable();
    let mut expected = STORIES.map(|it| it.0);
    expected.sort_unstable();
    assert_eq!(titles, expected);

    check(&house.poll(), [4, 4, 0, 4, 0, 0, 0, 0, 0]);
    for id in FORMATS {
        let asked = house.origin.received_at(&format!("/{id}/feed"));
        assert_eq!(asked.len(), 2, "{id}");
        assert_eq!(asked[0].header("if-none-match"), None, "{id}");
        assert_eq!(asked[1].header("if-none-match"), Some("\"one\""), "{id}");
        assert_eq!(asked[1].header("if-modified-since"), Some("Wed, 01 May 2024 10:00:00 GMT"), "{id}");
    }
    let after = OUTPUTS.map(|it| house.export().bytes(it));
    assert!(before == after, "nothing new leaves every byte as it was");
}

/// Everything that a report counts, in the order of the contract.
#[track_caller]
fn check(report: &Value, expected: [u64; 9]) {
    let fields = [
        "sources",
        "polled",
        "modified",
        "not_modified",
        "failed",
        "entries_new",
        "entries_updated",
        "stories_new",
        "published",
    ];
    assert_eq!(fields.map(|it| report[it].as_u64().unwrap_or(u64::MAX)), expected, "{report}");
    assert!(report["seconds"].as_f64().is_some_and(|it| 0.0 < it), "{report}");
}

#[test]
fn listings_have_the_fields_that_programs_rely_on() {
    let house = newsroom();
    let sources = house.json(&["source", "list"]);
    for it in sources.as_array().expect("an array") {
        assert_eq!(it["state"], "new");
        for field in ["status", "last_poll", "next_poll", "reason"] {
            assert_eq!(it[field], Value::Null, "{field} of {it}");
        }
    }
    assert_eq!(house.json(&["status"])["sources"]["due"], 4);
    house.poll();

    let sources = house.json(&["source", "list"]);
    let sources = sources.as_array().expect("an array");
    assert_eq!(all(sources, "id"), FORMATS, "in the file's order");
    for (it, id) in sources.iter().zip(FORMATS) {
        assert_eq!(it["url"], house.url(&format!("/{id}/feed")));
        assert_eq!(it["publisher"], format!("Paper in {id}"));
        assert_eq!(it["state"], "healthy");
        assert_eq!(it["reason"], Value::Null);
        assert_eq!(it["status"], 200);
        assert_eq!(it["entries"], 1);
        for field in ["since", "last_poll", "next_poll"] {
            check_time(&it[field]);
        }
    }

    let stories = house.json(&["story", "list"]);
    let stories = stories.as_array().expect("an array");
    assert_eq!(stories.len(), 4);
    for it in stories {
        let key = it["key"].as_str().expect("a key");
        assert!(key.len() == 16 && key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')), "{key}");
        let id = it["id"].as_str().expect("an id");
        assert!(id.starts_with("tag:brief.example,") && id.ends_with(&format!(":{key}")), "{id}");
        let url = it["url"].as_str().expect("an address");
        assert!(url.starts_with(&format!("https://brief.example/story/{key}/")), "{url}");
        assert!(it["title"].is_string() && it["topics"].is_array());
        assert_eq!(it["state"], "published");
        check_time(&it["published"]);
        assert_eq!(it["publishers"].as_array().map(Vec::len), Some(1));
        assert!(it["publishers"][0]["name"].as_str().is_some_and(|it| it.starts_with("Paper in ")));
        assert!(it["publishers"][0]["url"].as_str().is_some_and(|it| it.ends_with("/article-0")));
        assert_eq!(it["engine"], "extractive");
        assert_eq!(it["revision"], 1);
    }

    let status = house.json(&["status"]);
    let sources = serde_json::json!({ "total": 4, "healthy": 4, "failing": 0, "gone": 0, "due": 0 });
    assert_eq!(status["sources"], sources);
    assert_eq!(status["entries"], 4);
    assert_eq!(status["stories"], 4);
    assert_eq!(status["held"], 0);
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    let output = &status["outputs"][0];
    assert_eq!(
        (&output["id"], &output["stories"], &output["valid"]),
        (&"all".into(), &4.into(), &true.into())
    );
    check_time(&output["published_at"]);
}

#[test]
fn a_publisher_that_asks_us_to_stop_or_to_wait_is_not_asked_again() {
    let house = newsroom();
    house.origin.serve("/gone/feed", Page::status(410));
    house.origin.serve("/busy/feed", Page::status(503).header("Retry-After", "3600"));
    let further = ["gone", "busy"].map(|it| source(&house, it));
    house.configure(&[further.to_vec(), FORMATS.map(|it| source(&house, it)).to_vec()].concat());
    check(&house.poll(), [6, 6, 4, 0, 2, 4, 0, 4, 4]);
    check(&house.poll(), [6, 4, 0, 4, 0, 0, 0, 0, 0]);
    assert_eq!((house.origin.count("/gone/feed"), house.origin.count("/busy/feed")), (1, 1));
    let sources = house.json(&["source", "list"]);
    assert_eq!((&sources[0]["state"], &sources[0]["status"]), (&"gone".into(), &410.into()));
    assert_eq!((&sources[1]["state"], &sources[1]["status"]), (&"failing".into(), &503.into()));
    let status = house.json(&["status"]);
    assert_eq!((&status["sources"]["gone"], &status["sources"]["failing"]), (&1.into(), &1.into()));
}

#[test]
fn a_pass_over_named_sources_asks_nobody_else() {
    let house = newsroom();
    check(&house.json(&["poll", "atom"]), [4, 1, 1, 0, 0, 1, 0, 1, 1]);
    let asked: Vec<_> = house.origin.received().into_iter().map(|it| it.path).collect();
    assert!(asked.len() == 2 && asked[0] == "/robots.txt", "{asked:?}");
    // The other three are due, and the one just polled is not.
    check(&house.json(&["poll"]), [4, 3, 3, 0, 0, 3, 0, 3, 3]);
    check(&house.json(&["poll"]), [4, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(house.run(&["poll", "nobody"]).status.code(), Some(64));
}

#[test]
fn two_passes_at_once_store_and_publish_each_entry_once() {
    let house = newsroom();
    let passes = std::thread::scope(|scope| {
        let passes = [(); 3].map(|()| scope.spawn(|| house.poll()));
        passes.map(|it| it.join().expect("a report"))
    });
    for (field, expected) in [("entries_new", 4), ("stories_new", 4), ("published", 4)] {
        let sum: u64 = passes.iter().filter_map(|it| it[field].as_u64()).sum();
        assert_eq!(sum, expected, "{field} of {passes:?}");
    }
    assert_eq!(house.export().items("feeds/all.json").len(), 4);
    assert_eq!(house.json(&["status"])["entries"], 4);
}

#[test]
fn the_stories_of_a_source_that_is_followed_no_more_stay_with_their_credits() {
    let house = newsroom();
    house.poll();
    let before = house.export();
    let items = before.items("feeds/all.json");
    house
        .configure(&[source_at("json", &house.url("/json/feed")).with("full_text = false\nenabled = false")]);
    check(&house.poll(), [0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(house.export().items("feeds/all.json"), items);
    let sources = house.json(&["source", "list"]);
    assert_eq!(sources.as_array().map(Vec::len), Some(1));
    assert_eq!((&sources[0]["state"], &sources[0]["entries"]), (&"disabled".into(), &1.into()));
}

#[test]
fn nothing_goes_out_unseen_where_an_editor_wants_to_look_first() {
    let house = newsroom();
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("[curation]", "[curation]\npublish = \"review\""));
    check(&house.poll(), [4, 4, 4, 0, 0, 4, 0, 4, 0]);
    assert_eq!(house.json(&["status"])["held"], 4);
    assert!(house.export().items("feeds/all.json").is_empty());
    let held = house.json(&["story", "list", "--state", "held"]);
    for it in held.as_array().expect("an array") {
        assert_eq!((&it["published"], &it["revision"]), (&Value::Null, &1.into()));
    }
}
