//! What hooks are told: signed, in order, nothing lost, whatever fails or is killed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use ring::hmac;
use serde_json::Value;

use crate::house::House;
use crate::house::eventually;
use crate::house::source;
use crate::origin::Behaviour;
use crate::origin::Page;
use crate::origin::Received;
use crate::press::Paper;
use crate::press::STORIES;

const SECRET: &str = "a secret of the test";

/// Longest wait for what is bound to happen, on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Kills of an ordinary test run.
const KILLS: u32 = 6;

/// A house with one paper, whose events go to `/hook` of the origin.
fn house_with_hook(stories: usize, further: &str) -> House {
    let house = House::new();
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..stories]);
    house.origin.serve("/daily/feed", paper.rss2());
    std::fs::write(house.dir().join("secret"), format!("{SECRET}\n")).expect("a file");
    let hook = format!(
        "[[hook]]\nurl = \"{}\"\nsecret = {{ file = \"{}\" }}\n{further}\n",
        house.url("/hook"),
        house.dir().join("secret").display()
    );
    house.configure_with(&[source(&house, "daily")], "", &hook);
    house.origin.serve("/hook", Page::status(204));
    house
}

fn deliveries(house: &House) -> Vec<(Received, Value)> {
    let posts = house.origin.received().into_iter().filter(|it| it.path == "/hook");
    posts.map(|it| (it.clone(), serde_json::from_str(&it.body).expect("JSON"))).collect()
}

/// Waits until so many different deliveries came.
#[track_caller]
fn deliveries_of(house: &House, count: usize) -> Vec<(Received, Value)> {
    eventually(&format!("{count} deliveries come"), PATIENCE, || {
        let all = deliveries(house);
        let names: BTreeSet<&str> = all.iter().filter_map(|it| it.1["delivery"].as_str()).collect();
        (count <= names.len()).then(|| all.clone())
    })
}

#[test]
fn a_hook_is_told_signed_and_in_order() {
    let house = house_with_hook(2, "on = [\"published\", \"withdrawn\"]");
    let _daemon = house.daemon();
    let told = deliveries_of(&house, 2);
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    for (request, body) in &told {
        assert_eq!(
            (request.method.as_str(), &body["event"], &body["output"]),
            ("POST", &"published".into(), &"all".into())
        );
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("x-bylined-delivery"), body["delivery"].as_str());
        let signature = hmac::sign(&key, request.body.as_bytes());
        let digits: String = signature.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(request.header("x-bylined-signature"), Some(format!("sha256={digits}").as_str()));
        assert_eq!(body["story"]["publishers"][0]["name"], "The Daily Fjord");
        assert!(body["story"]["_bylined"]["attribution"].is_string(), "{body}");
    }
    let story = told[0].1["story"]["key"].as_str().expect("a key").to_owned();
    house.ok(&["story", "reject", &story, "--reason", "Not our beat", "--by", "Mara Quill"]);
    let told = deliveries_of(&house, 3);
    let last = &told[2].1;
    assert_eq!((&last["event"], &last["story"]["key"]), (&"withdrawn".into(), &story.as_str().into()));
    assert_eq!((&last["story"]["state"], &last["story"]["_bylined"]), (&"rejected".into(), &Value::Null));
    let status = eventually("nothing waits", PATIENCE, || {
        let status = house.json(&["status"]);
        (status["hooks"][0]["waiting"] == 0).then_some(status)
    });
    assert!(status["hooks"][0]["taken"].is_string() && status["hooks"][0]["reason"].is_null(), "{status}");
}

#[test]
fn a_hook_that_fails_is_named_and_tried_again_without_holding_up_publication() {
    let house = house_with_hook(1, "");
    house.origin.behave("/hook", Behaviour::Redirect { status: 307, to: house.url("/elsewhere") });
    let daemon = house.daemon();
    daemon.items("/feeds/all.json", 1, PATIENCE);
    let hook = eventually("the failure is named", PATIENCE, || {
        let hook = house.json(&["status"])["hooks"][0].clone();
        hook["reason"].is_string().then_some(hook)
    });
    assert_eq!((&hook["waiting"], &hook["reason"]), (&1.into(), &"it answered 307".into()));
    assert_eq!(house.origin.count("/elsewhere"), 0, "no redirect is followed");
    let findings = house.json(&["doctor"]);
    let finding = findings.as_array().expect("findings").iter().find(|it| it["check"] == "hooks");
    assert!(finding.is_some_and(|it| it["state"] == "warning"), "{findings}");
    house.origin.serve("/hook", Page::status(200));
    let told = deliveries_of(&house, 1);
    let names: BTreeSet<&str> = told.iter().filter_map(|it| it.1["delivery"].as_str()).collect();
    assert_eq!(names.len(), 1, "the same name at every attempt");
    eventually("it is taken", PATIENCE, || {
        (house.json(&["status"])["hooks"][0]["waiting"] == 0).then_some(())
    });
}

#[test]
fn a_hook_that_leads_to_ourselves_is_refused() {
    let house = house_with_hook(1, "");
    let text = std::fs::read_to_string(house.config()).expect("the configuration");
    house.write_config(&text.replace(&house.url("/hook"), "http://localhost:8080/x"));
    let output = house.run(&["check"]);
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(said.contains("where bylined itself listens"), "{said}");
}

#[test]
fn a_dropped_publisher_is_named_to_no_hook() {
    let house = house_with_hook(1, "on = [\"health\"]");
    let drop = |house: &House| {
        let text = std::fs::read_to_string(house.config()).expect("the configuration");
        house.write_config(&text.replacen("full_text = false", "full_text = false\nrights = \"drop\"", 1));
        house.poll();
    };
    house.poll();
    drop(&house);
    assert_eq!(house.json(&["status"])["hooks"][0]["waiting"], 0, "the drop is no news");

    // What waits already names nobody either.
    let house = house_with_hook(1, "on = [\"health\"]");
    house.poll();
    house.origin.serve("/daily/feed", Page::status(410));
    house.run(&["poll", "--all"]);
    assert_eq!(house.json(&["status"])["hooks"][0]["waiting"], 1);
    drop(&house);
    let _daemon = house.daemon();
    let told = deliveries_of(&house, 1);
    assert!(
        told.iter().all(|it| it.1["source"].is_null() && !it.0.body.contains("daily")),
        "{:?}",
        told[0].1
    );
}

#[test]
fn a_hook_is_told_of_a_source_as_the_list_of_sources_shows_it() {
    let house = house_with_hook(1, "on = [\"health\"]");
    house.poll();
    house.origin.serve("/daily/feed", Page::status(410));
    house.run(&["poll", "--all"]);
    let _daemon = house.daemon();
    let told = deliveries_of(&house, 1);
    let source = &told[0].1["source"];
    assert_eq!((&source["id"], &source["state"]), (&Value::from("daily"), &Value::from("gone")));
    let listed = &house.json(&["source", "list"])[0];
    for (key, value) in source.as_object().expect("an object") {
        assert_eq!(*value, listed[key], "{key}");
    }
}

#[test]
fn kills_lose_no_event_and_change_no_order() {
    let kills = std::env::var("BYLINED_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(KILLS);
    let stories = STORIES.len();
    let house = house_with_hook(stories, "on = [\"published\", \"withdrawn\"]");
    house.poll();
    let keys: Vec<String> = house
        .json(&["story", "list", "--limit", "1000"])
        .as_array()
        .expect("stories")
        .iter()
        .filter(|it| it["state"] == "published")
        .filter_map(|it| it["key"].as_str().map(str::to_owned))
        .collect();
    assert!(1 < keys.len());
    let (gone, kept) = keys.split_at(keys.len() / 2);
    for key in gone {
        house.ok(&["story", "reject", key, "--reason", "Not our beat", "--by", "Mara Quill"]);
    }
    // The hook takes every other request, and each kill comes at another time.
    let flaky = [Page::status(503), Page::status(204)].map(Behaviour::Serve);
    for n in 0..kills {
        house.origin.behave("/hook", Behaviour::Sequence(flaky.iter().cycle().take(64).cloned().collect()));
        let daemon = house.daemon();
        std::thread::sleep(Duration::from_millis(u64::from(n * n * 37 % 400)));
        drop(daemon);
    }
    house.origin.serve("/hook", Page::status(204));
    let expected = keys.len() + gone.len();
    let _daemon = house.daemon();
    let all = deliveries_of(&house, expected);
    let mut events: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for (_, body) in &all {
        if known.insert(body["delivery"].as_str().expect("a name")) {
            let key = body["story"]["key"].as_str().expect("a key");
            events.entry(key).or_default().push(body["event"].as_str().expect("an event"));
        }
    }
    for key in gone {
        assert_eq!(events[key.as_str()], ["published", "withdrawn"], "{key}");
    }
    for key in kept {
        assert_eq!(events[key.as_str()], ["published"], "{key}");
    }
    assert_eq!(known.len(), expected, "nothing is told twice under another name");
}
