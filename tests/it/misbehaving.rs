//! One bad source harms nothing else: it leaves a reason, and everyone else is read and published.

use std::net::TcpListener;

use serde_json::Value;

use crate::house::House;
use crate::house::Source;
use crate::house::all;
use crate::house::source;
use crate::house::source_at;
use crate::origin::Behaviour;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

const LIMITS: &str = "timeout = \"15s\"\nbody_max = \"256KiB\"";

/// Two papers as they should be.
fn good(house: &House) -> Vec<Source> {
    let papers = ["first-good", "last-good"].into_iter().zip(STORIES);
    let sources = papers.map(|(id, story)| {
        let paper = Paper::new(id, &house.home(id), &[story]);
        house.origin.serve(&format!("/{id}/feed"), paper.rss2());
        source(house, id)
    });
    sources.collect()
}

/// The feed `id` answers badly between two good ones: nothing but its own state shows it.
#[track_caller]
fn check(bad: &[(&str, Source, &str)], house: &House) {
    let mut sources = good(house);
    sources.splice(1..1, bad.iter().map(|(_, source, _)| source.clone()));
    house.configure_with(&sources, LIMITS, "");

    let report = house.poll();
    assert_eq!(report["polled"], sources.len());
    assert_eq!(report["failed"], bad.len(), "{report}");
    assert_eq!(report["published"], 2, "{report}");
    let export = house.export();
    let items = export.items("feeds/all.json");
    let mut titles = all(&items, "title");
    titles.sort_unstable();
    let mut expected = [STORIES[0].0, STORIES[1].0];
    expected.sort_unstable();
    assert_eq!(titles, expected);

    let listed = house.json(&["source", "list"]);
    let status = house.json(&["status"]);
    assert_eq!(status["sources"]["healthy"], 2);
    assert_eq!(status["sources"]["failing"], bad.len());
    for it in listed.as_array().expect("an array") {
        match bad.iter().find(|(id, ..)| it["id"] == *id) {
            Some((id, _, kind)) => {
                assert_eq!(it["state"], "failing", "{it}");
                let reason = it["reason"].as_str().unwrap_or_default();
                let (said, words) = reason.split_once(": ").unwrap_or_default();
                assert_eq!(said, *kind, "{id}: {reason}");
                assert!(!words.is_empty() && !reason.contains('\n'), "{id}: {reason}");
                let unhealthy = status["unhealthy"].as_array().expect("an array");
                assert!(
                    unhealthy.iter().any(|it| it["id"] == *id && it["reason"] == reason),
                    "{id}: {status}"
                );
            }
            None => {
                assert_eq!(it["state"], "healthy", "{it}");
                assert_eq!(it["reason"], Value::Null);
                assert_eq!(it["entries"], 1);
            }
        }
    }
}

#[test]
fn every_kind_of_bad_answer_leaves_its_reason_and_harms_no_other_source() {
    let house = House::new();
    let behaviours = [
        ("missing", "http", Behaviour::Serve(Page::status(404))),
        ("broken", "http", Behaviour::Serve(Page::status(500))),
        ("stalled", "timeout", Behaviour::Stall),
        ("page", "not-a-feed", Behaviour::Serve(Page::html("<!doctype html><title>A</title><p>Moved!</p>"))),
        ("bomb", "too-large", Behaviour::GzipBomb { bytes: 16 << 20 }),
        ("endless", "too-large", Behaviour::Endless),
        ("circle", "redirect", Behaviour::Redirect { status: 302, to: "/circle/feed".to_owned() }),
        ("malformed", "parse", Behaviour::Serve(Page::new("<rss><channel><item><title>Cut off in the mid"))),
        ("silent", "broken-http", Behaviour::Hang),
        ("inner", "private", Behaviour::Redirect { status: 302, to: "http://10.0.0.1/feed".to_owned() }),
    ];
    let mut bad = Vec::new();
    for (id, kind, behaviour) in behaviours {
        house.origin.behave(&format!("/{id}/feed"), behaviour);
        bad.push((id, source(&house, id), kind));
    }
    bad.push(("unlisted", source_at("unlisted", "http://127.0.0.2:9/feed"), "private"));
    check(&bad, &house);
}

#[test]
fn a_port_where_nobody_listens_is_refused_and_harms_no_other_source() {
    let house = House::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let deserted = listener.local_addr().expect("a bound address");
    drop(listener);
    let sources = good(&house);
    let deserted_source = source_at("deserted", &format!("http://{deserted}/feed"));
    house.configure(&[sources[0].clone(), deserted_source, sources[1].clone()]);
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    let origin = house.origin.address();
    let both = format!("allow_private = [\"{origin}\", \"{deserted}\"]");
    house.write_config(&config.replace(&format!("allow_private = [\"{origin}\"]"), &both));

    assert_eq!(house.poll()["failed"], 1);
    let listed = house.json(&["source", "list"]);
    let reason = listed[1]["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("refused: "), "{reason}");
    assert_eq!(house.export().items("feeds/all.json").len(), 2);
}

#[test]
fn the_log_says_since_when_a_source_fails_and_once_that_it_is_silent() {
    let house = House::new();
    let items: String = (1..=9)
        .map(|day| format!("<item><guid>{day}</guid><title>Day {day}</title><pubDate>0{day} May 2024 10:00:00 GMT</pubDate></item>"))
        .collect();
    house
        .origin
        .serve("/quiet/feed", Page::new(format!("<rss><channel><title>Q</title>{items}</channel></rss>")));
    house.origin.serve("/down/feed", Page::status(500));
    house.configure(&[source(&house, "quiet"), source(&house, "down")]);
    let log = || {
        let output = house.run(&["-v", "poll", "--all"]);
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let first = log();
    let since = house.json(&["source", "list"])[1]["since"].as_str().expect("a time").to_owned();
    let failing = format!("could not read `down` since {since}: http: `127.0.0.1` answered 500");
    let silent = "`quiet` is silent: no entry since 2024-05-09T10:00:00Z, though one used to come every 24 h";
    assert!(first.contains(&failing) && first.contains(silent), "{first}");
    let listed = house.ok(&["source", "list"]);
    let down = listed.lines().find(|it| it.contains("down")).expect("a line");
    assert!(down.contains(&since) && down.contains("http: `127.0.0.1` answered 500"), "{down}");
    let second = log();
    assert!(second.contains(&failing) && !second.contains(silent), "{second}");
}

#[test]
fn a_source_that_recovers_loses_its_reason_and_nothing_it_had() {
    let house = House::new();
    let paper = Paper::new("Paper", &house.home("paper"), &STORIES[..1]);
    let (feed, maintenance) = (Behaviour::Serve(paper.rss2()), Behaviour::Serve(Page::status(503)));
    house.origin.behave("/paper/feed", Behaviour::Sequence(vec![feed.clone(), maintenance, feed]));
    house.configure(&[source(&house, "paper")]);
    let outputs = [(); 3].map(|()| {
        house.poll();
        house.export().bytes("feeds/all.atom")
    });
    assert!(outputs[0] == outputs[1] && outputs[1] == outputs[2]);
    let listed = house.json(&["source", "list"]);
    assert_eq!((&listed[0]["state"], &listed[0]["reason"]), (&"healthy".into(), &Value::Null));
}
