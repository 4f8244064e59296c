//! What people decide about published stories, readers are told: who, when to the minute, and why.

use std::process::Output;

use serde_json::Value;

use crate::house::Daemon;
use crate::house::House;
use crate::house::path_of;
use crate::house::source;
use crate::press::Paper;
use crate::press::STORIES;

const BY: [&str; 2] = ["--by", "Mara Quill"];

/// Two papers with a story each.
fn newsroom() -> House {
    let house = House::new();
    for (id, name, at) in [("daily", "The Daily Fjord", 0), ("harbour", "Harbour Times", 1)] {
        let paper = Paper::new(name, &house.home(id), &STORIES[at..=at]);
        house.origin.serve(&format!("/{id}/feed"), paper.rss2());
    }
    house.configure(&[source(&house, "daily"), source(&house, "harbour")]);
    house.poll();
    house
}

fn listed(house: &House, title: &str) -> Value {
    let stories = house.json(&["story", "list"]);
    let found = stories.as_array().expect("an array").iter().find(|it| it["title"] == title);
    found.unwrap_or_else(|| panic!("{title} in {stories}")).clone()
}

fn of<'a>(story: &'a Value, field: &str) -> &'a str {
    story[field].as_str().unwrap_or_else(|| panic!("{field} in {story}"))
}

fn decide(house: &House, args: &[&str], reason: &str) {
    let args: Vec<&str> = args.iter().copied().chain(["--reason", reason]).chain(BY).collect();
    house.ok(&args);
}

/// What a page says, with the minute of the last decision.
#[track_caller]
fn check_says(daemon: &Daemon, path: &str, expected: &[&str]) {
    let page = daemon.get(path);
    for words in expected {
        assert!(page.text().contains(words), "{words} in {path}: {}", page.text());
    }
    // A date alone is not enough: `, 10:55 UTC`.
    let has_minute = page
        .text()
        .split(" UTC")
        .any(|it| it.rsplit(", ").next().is_some_and(|it| it.len() == 5 && it.as_bytes()[2] == b':'));
    assert!(has_minute, "{path}: {}", page.text());
}

#[test]
fn a_withdrawn_story_stands_in_the_corrections_with_its_reason() {
    let house = newsroom();
    let story = listed(&house, STORIES[0].0);
    let (key, path) = (of(&story, "key"), path_of(of(&story, "url")));
    decide(&house, &["story", "reject", key], "The figure was wrong");
    let said = "Withdrawn by Mara Quill: The figure was wrong.";
    let daemon = house.daemon();
    check_says(&daemon, "/corrections", &[said, STORIES[0].0]);
    for path in [path.clone(), format!("{path}/history")] {
        assert_eq!(daemon.get(&path).status, 410, "{path}");
        check_says(&daemon, &path, &[said]);
    }
    for path in [format!("/api/v1/stories/{key}"), format!("/api/v1/stories/{key}/history")] {
        let reply = daemon.get(&path);
        assert_eq!(reply.status, 410);
        assert!(reply.text().contains(said), "{}", reply.text());
    }
    drop(daemon);

    // A change of mind stands beside it.
    decide(&house, &["story", "approve", key], "The figure was right");
    let daemon = house.daemon();
    let restored = "Published again by Mara Quill: The figure was right.";
    check_says(&daemon, "/corrections", &[said, restored]);
    check_says(&daemon, &format!("{path}/history"), &[said, restored]);
    let history = daemon.get(&format!("/api/v1/stories/{key}/history")).json();
    let acts = history["acts"].as_array().expect("acts");
    let told: Vec<(&str, &str)> = acts.iter().map(|it| (of(it, "act"), of(it, "reason"))).collect();
    assert_eq!(told, [("approve", "The figure was right"), ("reject", "The figure was wrong")]);
    let exported = house.export().text("corrections/index.html");
    assert!(exported.contains(said));
}

#[test]
fn what_was_never_published_is_no_correction() {
    let house = newsroom();
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("[curation]", "[curation]\npublish = \"review\""));
    house.forget();
    house.poll();
    decide(&house, &["story", "reject", of(&listed(&house, STORIES[0].0), "key")], "Not our beat");
    assert!(!house.daemon().get("/corrections").text().contains("Not our beat"));
}

#[test]
fn merges_and_splits_are_told_with_both_stories() {
    let house = newsroom();
    let [one, other] = [0, 1].map(|at| listed(&house, STORIES[at].0));
    decide(&house, &["story", "merge", of(&one, "key"), of(&other, "key")], "One event");
    house.poll();
    let stories = house.json(&["story", "list"]);
    let survivor = stories.as_array().expect("an array").iter().find(|it| it["state"] == "published");
    let survivor = survivor.expect("the survivor").clone();
    let gone = if survivor["key"] == one["key"] { &other } else { &one };
    let path = path_of(of(&survivor, "url"));
    let merged = format!(
        "Merged by Mara Quill with “{}”, which is part of this story now: One event.",
        of(gone, "title")
    );
    {
        let daemon = house.daemon();
        check_says(&daemon, "/corrections", &[&merged]);
        check_says(&daemon, &format!("{path}/history"), &[&merged]);
        let moved = daemon.get(&format!("{}/history", path_of(of(gone, "url"))));
        assert_eq!(moved.status, 301);
        assert!(moved.header("location").is_some_and(|it| it.ends_with(&format!("{path}/history"))));
    }
    // Whoever names the id that went away learns which one stays.
    let refused = |command: &[&str]| -> String {
        let mut command = house.command(command);
        let output: Output = command.env("EDITOR", "true").output().expect("it runs");
        assert_eq!(output.status.code(), Some(64));
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let key = of(gone, "key");
    for command in [
        &["story", "edit", key, "--by", "M"][..],
        &["story", "approve", key, "--by", "M"],
        &["story", "reject", key, "--reason", "x", "--by", "M"],
        &["story", "replay", key],
    ] {
        let said = refused(command);
        assert!(said.contains(of(&survivor, "key")), "{command:?}: {said}");
    }
    assert_eq!(house.json(&["story", "show", key])["merged_into"], survivor["key"]);

    let shown = house.json(&["story", "show", of(&survivor, "key")]);
    let came = shown["members"].as_array().expect("members").iter().find(|it| it["joined"].is_string());
    let entry = of(came.expect("one came"), "entry").to_owned();
    decide(&house, &["story", "split", of(&survivor, "key"), &entry], "Two events after all");
    house.poll();
    let daemon = house.daemon();
    let split = format!(
        "Split by Mara Quill; “{}” is a story of its own now: Two events after all.",
        of(gone, "title")
    );
    check_says(&daemon, "/corrections", &[&merged, &split]);
    check_says(&daemon, &format!("{path}/history"), &[&merged, &split]);
    let parted = format!("Split by Mara Quill from “{}”: Two events after all.", of(&survivor, "title"));
    check_says(
        &daemon,
        &format!("{}/history", path_of(of(gone, "url"))),
        &[&parted, "Merged by Mara Quill into"],
    );
}

#[test]
fn an_approval_has_a_reason_and_a_minute_too() {
    let house = newsroom();
    let story = listed(&house, STORIES[0].0);
    decide(&house, &["story", "approve", of(&story, "key")], "Compared with the court's file");
    let said = "Approved by Mara Quill: Compared with the court&#39;s file.";
    check_says(&house.daemon(), &format!("{}/history", path_of(of(&story, "url"))), &[said]);
}
