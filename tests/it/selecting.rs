//! `eval select`: the audit log says how score and engine agree with the decisions of editors.

use std::fs;

use serde_json::Value;

use crate::editing::edited;
use crate::editing::key;
use crate::house::House;
use crate::house::source;
use crate::press::Paper;
use crate::press::STORIES;

/// Two papers whose stories wait for an editor; those of the second weigh half as much.
fn newsroom() -> House {
    let house = House::new();
    let paper = |id: &str, stories: &[(&str, &str)]| {
        house.origin.serve(&format!("/{id}/feed"), Paper::new(id, &house.home(id), stories).rss2());
    };
    paper("daily", &STORIES[..2]);
    paper("weekly", &STORIES[2..4]);
    house.configure(&[
        source(&house, "daily"),
        source(&house, "weekly").with("full_text = false\ntrust = 0.5"),
    ]);
    let config = fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("[curation]", "[curation]\npublish = \"review\""));
    house.poll();
    house
}

#[test]
fn decisions_of_editors_are_held_against_score_and_engine() {
    let house = newsroom();
    let none = house.run(&["eval", "select"]);
    assert_eq!((none.status.code(), none.stdout.len()), (Some(0), 0));
    assert!(String::from_utf8_lossy(&none.stderr).contains("nobody has approved"));

    let keys: Vec<String> = STORIES.iter().map(|it| key(&house, it.0)).collect();
    house.ok(&["story", "approve", &keys[0], "--by", "Mara Quill"]);
    edited(&house, &keys[1], "memory", "storage", &["--yes"]);
    house.ok(&["story", "approve", &keys[1], "--by", "Mara Quill"]);
    for rejected in &keys[2..] {
        house.ok(&["story", "reject", rejected, "--reason", "Off our beat.", "--by", "Mara Quill"]);
    }
    // Only what an editor decides about counts.
    house.poll();
    let output = house.run(&["eval", "select", "--out", "decisions.jsonl"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let lines = fs::read_to_string(house.dir().join("decisions.jsonl")).expect("a file");
    let lines: Vec<Value> = lines.lines().map(|it| serde_json::from_str(it).expect("JSON")).collect();
    let fields = |name: &str| lines.iter().map(|it| it[name].clone()).collect::<Vec<Value>>();
    assert_eq!(fields("id"), keys.iter().map(|it| Value::from(it.as_str())).collect::<Vec<_>>());
    assert_eq!(fields("verdict"), ["approved", "changed", "rejected", "rejected"]);
    assert!(fields("engine").iter().all(|it| it == "extractive"), "{lines:?}");
    assert!(
        fields("fields")[0] == serde_json::json!([]) && fields("fields")[1] != serde_json::json!([]),
        "{lines:?}"
    );
    let scores: Vec<f64> = lines.iter().map(|it| it["score"].as_f64().expect("a score")).collect();
    assert!(scores[2..].iter().all(|it| *it < scores[0] && *it < scores[1]), "{scores:?}");
    for line in [
        "stories decided about: 4: approved 1 (25.0 %), changed 1 (25.0 %), rejected 2 (50.0 %)",
        "a kept story outscores a rejected one: 100.0 %",
        "stories with a score: 4",
    ] {
        assert!(said.lines().any(|it| it == line), "{line} is not in:\n{said}");
    }
    assert!(said.contains("score_min = "), "{said}");
    let piped = house.run(&["eval", "select"]);
    assert_eq!(String::from_utf8_lossy(&piped.stdout).lines().count(), 4);
    assert_eq!(String::from_utf8_lossy(&piped.stderr), said);
}
