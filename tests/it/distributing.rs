//! Our own hub tells those who asked for it and confirmed it, and nobody else (WebSub); an outside one
//! is told of every change.

use std::time::Duration;

use ring::hmac;
use serde_json::Value;
use url::form_urlencoded;

use crate::house::BASE_URL;
use crate::house::Daemon;
use crate::house::House;
use crate::house::eventually;
use crate::house::source;
use crate::http;
use crate::http::Reply;
use crate::origin::Behaviour;
use crate::origin::Page;
use crate::origin::Received;
use crate::press::Paper;
use crate::press::STORIES;

const SECRET: &str = "a secret of the subscriber";

/// Longest wait for what is bound to happen, on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

fn house_with(hub: &str) -> House {
    let house = House::new();
    house.configure_with(
        &[source(&house, "daily")],
        "timeout = \"2s\"",
        &format!("[server]\nhub = {hub}\n\n[[output]]\nid = \"short\"\nitems = 1\n"),
    );
    publish(&house, 1);
    house
}

/// The paper carries so many stories from now on.
fn publish(house: &House, stories: usize) {
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..stories]);
    house.origin.serve("/daily/feed", paper.rss2());
    house.poll();
}

fn topic(path: &str) -> String {
    format!("{BASE_URL}{}", path.trim_start_matches('/'))
}

fn ask(daemon: &Daemon, callback: &str, changes: &[(&str, &str)]) -> Reply {
    let topic = topic("/feeds/all.atom");
    let usual = [
        ("hub.mode", "subscribe"),
        ("hub.callback", callback),
        ("hub.topic", &topic),
        ("hub.secret", SECRET),
    ];
    let kept = usual.iter().filter(|it| changes.iter().all(|change| change.0 != it.0));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(changes)).finish();
    http::post(daemon.address, "/hub", &form)
}

fn hub(house: &House) -> Value {
    house.json(&["status"])["hub"].clone()
}

#[track_caller]
fn subscribed(house: &House, count: usize) {
    eventually(&format!("{count} subscribers"), PATIENCE, || {
        let hub = hub(house);
        (hub["subscribers"] == count && hub["unconfirmed"] == 0).then_some(())
    });
}

/// Requests of a method at a path, whatever the query.
fn received(house: &House, method: &str, path: &str) -> Vec<Received> {
    let at = |it: &Received| it.method == method && it.path.split('?').next() == Some(path);
    house.origin.received().into_iter().filter(at).collect()
}

#[track_caller]
fn delivery(house: &House, path: &str, nth: usize) -> Received {
    eventually("a delivery comes", PATIENCE, || received(house, "POST", path).get(nth).cloned())
}

#[test]
fn a_subscriber_that_confirms_is_sent_what_changes_signed() {
    let house = house_with("true");
    house.origin.behave("/cb", Behaviour::Subscriber { status: 204 });
    let daemon = house.daemon();
    let reply = ask(&daemon, &house.url("/cb?name=x"), &[("hub.lease_seconds", "86400")]);
    assert_eq!(reply.status, 202, "{reply:?}");
    subscribed(&house, 1);
    let asked = received(&house, "GET", "/cb");
    let query = asked[0].path.split_once('?').expect("a query").1;
    let value = |name: &str| {
        let found = form_urlencoded::parse(query.as_bytes()).find(|it| it.0 == name);
        found.map(|it| it.1.into_owned()).unwrap_or_default()
    };
    assert_eq!((value("name"), value("hub.mode")), ("x".to_owned(), "subscribe".to_owned()));
    assert_eq!(
        (value("hub.topic"), value("hub.lease_seconds")),
        (topic("/feeds/all.atom"), "86400".to_owned())
    );
    assert!(received(&house, "POST", "/cb").is_empty(), "nothing changed since");

    publish(&house, 2);
    let sent = delivery(&house, "/cb", 0);
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let digits: String =
        hmac::sign(&key, sent.body.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(sent.header("x-hub-signature"), Some(format!("sha256={digits}").as_str()));
    let feed = daemon.get("/feeds/all.atom");
    assert_eq!(sent.body, feed.text());
    assert_eq!(sent.header("content-type"), feed.header("content-type"));
    let links = format!("<{}>; rel=\"hub\", <{}>; rel=\"self\"", topic("/hub"), topic("/feeds/all.atom"));
    assert_eq!((sent.header("link"), feed.header("link")), (Some(links.as_str()), Some(links.as_str())));

    let reply = ask(&daemon, &house.url("/cb?name=x"), &[("hub.mode", "unsubscribe")]);
    assert_eq!(reply.status, 202, "{reply:?}");
    subscribed(&house, 0);
    assert!(!daemon.log().contains(SECRET));
}

#[test]
fn the_hub_of_a_site_below_a_path_answers_with_and_without_it() {
    let house = house_with("true");
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace(BASE_URL, &format!("{BASE_URL}tech/")));
    house.origin.behave("/cb", Behaviour::Subscriber { status: 204 });
    house.origin.behave("/cb2", Behaviour::Subscriber { status: 204 });
    let daemon = house.daemon();
    for (path, callback, count) in [("/tech/hub", "/cb", 1), ("/hub", "/cb2", 2)] {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.callback", &house.url(callback))
            .append_pair("hub.topic", &topic("/tech/feeds/all.atom"))
            .finish();
        assert_eq!(http::post(daemon.address, path, &form).status, 202, "{path}");
        subscribed(&house, count);
    }
    publish(&house, 2);
    let links =
        format!("<{}>; rel=\"hub\", <{}>; rel=\"self\"", topic("/tech/hub"), topic("/tech/feeds/all.atom"));
    for callback in ["/cb", "/cb2"] {
        assert_eq!(delivery(&house, callback, 0).header("link"), Some(links.as_str()));
    }
}

#[test]
fn a_callback_that_does_not_confirm_is_sent_nothing() {
    let house = house_with("true");
    house.origin.behave("/true", Behaviour::Subscriber { status: 204 });
    house.origin.serve("/liar", Page::new("yes, please"));
    house.origin.serve("/empty", Page::status(204));
    house.origin.serve("/missing", Page::status(404));
    house.origin.behave("/moved", Behaviour::Redirect { status: 307, to: house.url("/true") });
    house.origin.behave("/endless", Behaviour::Endless);
    house.origin.behave("/slow", Behaviour::Stall);
    let daemon = house.daemon();
    for path in ["/liar", "/empty", "/missing", "/moved", "/endless", "/slow"] {
        let reply = ask(&daemon, &house.url(path), &[]);
        assert_eq!(reply.status, 202, "{path} {reply:?}");
    }
    for path in ["/liar", "/empty", "/missing", "/moved", "/endless", "/slow"] {
        eventually("it is asked", PATIENCE, || received(&house, "GET", path).first().map(drop));
    }
    assert_eq!(ask(&daemon, &house.url("/true"), &[]).status, 202);
    subscribed(&house, 1);
    publish(&house, 2);
    delivery(&house, "/true", 0);
    let posts: Vec<String> =
        house.origin.received().into_iter().filter(|it| it.method == "POST").map(|it| it.path).collect();
    assert_eq!(posts, ["/true"]);
    assert_eq!(received(&house, "GET", "/true").len(), 1, "no redirect is followed there");
}

#[test]
fn what_cannot_be_granted_is_refused_at_once() {
    let house = house_with("true");
    let daemon = house.daemon();
    let callback = house.url("/cb");
    let check = |callback: &str, changes: &[(&str, &str)], status: u16, words: &str| {
        let reply = ask(&daemon, callback, changes);
        assert_eq!(reply.status, status, "{reply:?}");
        assert!(reply.text().contains(words), "{reply:?}");
    };
    check("http://127.0.0.1:1/cb", &[], 400, "private address");
    check("http://[::ffff:10.0.0.1]/cb", &[], 400, "private address");
    check(&topic("/feeds/all.rss"), &[], 400, "this site");
    check(&callback, &[("hub.topic", &topic("/feeds/nothing.atom"))], 404, "no feed");
    check(&callback, &[("hub.topic", &topic("/about"))], 404, "no feed");
    check(&callback, &[("hub.topic", &topic("/feed.rss"))], 404, "no feed");
    check(&callback, &[("hub.secret", &"s".repeat(200))], 400, "200 bytes");
    check(&callback, &[("hub.mode", "publish")], 400, "hub.mode");
    check(&callback, &[("x", &"x".repeat(20_000))], 413, "too large");
    let reply = daemon.get("/hub");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
    assert_eq!(http::ask(daemon.address, "POST", "/hub", &[("Content-Length", "0")]).status, 415);
    assert_eq!(house.origin.count("/cb"), 0);
    // Feeds name the hub, documents that do not change do not.
    for format in ["rss", "atom", "json"] {
        let feed = daemon.get(&format!("/feeds/all.{format}"));
        assert!(feed.text().contains(&topic("/hub")), "{format}");
    }
    let house = house_with("false");
    let daemon = house.daemon();
    assert_eq!(http::post(daemon.address, "/hub", "hub.mode=subscribe").status, 405);
    assert!(daemon.get("/feeds/all.atom").header("link").is_none());
}

#[test]
fn a_kill_loses_neither_a_request_nor_a_delivery() {
    let house = house_with("true");
    house.origin.behave("/cb", Behaviour::Subscriber { status: 503 });
    let daemon = house.daemon();
    assert_eq!(ask(&daemon, &house.url("/cb"), &[]).status, 202);
    drop(daemon);
    let daemon = house.daemon();
    subscribed(&house, 1);
    publish(&house, 2);
    let first = delivery(&house, "/cb", 0);
    drop(daemon);
    house.origin.behave("/cb", Behaviour::Subscriber { status: 200 });
    let _daemon = house.daemon();
    let second = delivery(&house, "/cb", 1);
    assert_eq!(first.body, second.body);
    eventually("it is taken", PATIENCE, || (hub(&house)["waiting"] == 0).then_some(()));
    // What is gone is told no more.
    house.origin.behave("/cb", Behaviour::Subscriber { status: 410 });
    publish(&house, 3);
    subscribed(&house, 0);
}

#[test]
fn an_outside_hub_is_told_of_each_change_until_it_takes_it() {
    let house = House::new();
    let house = {
        let url = house.url("/outside");
        house.configure_with(&[source(&house, "daily")], "", &format!("[server]\nhub = \"{url}\"\n"));
        house.origin.serve("/outside", Page::status(503));
        publish(&house, 1);
        house
    };
    let daemon = house.daemon();
    let reason =
        eventually("the failure is named", PATIENCE, || hub(&house)["reason"].as_str().map(str::to_owned));
    assert_eq!(reason, "it answered 503");
    house.origin.serve("/outside", Page::status(204));
    let told = |house: &House| -> Vec<String> {
        let taken = received(house, "POST", "/outside").into_iter();
        let value = |body: &str, name: &str| {
            let found = form_urlencoded::parse(body.as_bytes()).find(|it| it.0 == name);
            found.map(|it| it.1.into_owned()).unwrap_or_default()
        };
        taken
            .filter(|it| value(&it.body, "hub.mode") == "publish")
            .map(|it| value(&it.body, "hub.url"))
            .collect()
    };
    for format in ["rss", "atom", "json"] {
        let wanted = topic(&format!("/feeds/all.{format}"));
        eventually(&format!("{wanted} is told of"), PATIENCE, || {
            told(&house).contains(&wanted).then_some(())
        });
    }
    eventually("nothing is wrong any more", PATIENCE, || hub(&house)["reason"].is_null().then_some(()));
    assert!(daemon.get("/feeds/all.atom").text().contains(&house.url("/outside")));
    let before = told(&house).len();
    publish(&house, 2);
    eventually("the change is told", PATIENCE, || (before + 3 <= told(&house).len()).then_some(()));
}
