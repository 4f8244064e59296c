//! People have the last word: they approve, reject and write, and no engine overrules them.

use std::process::Output;

use serde_json::Value;

use crate::house::BASE_URL;
use crate::house::House;
use crate::house::path_of;
use crate::house::source;
use crate::press::Paper;
use crate::press::STORIES;

/// A paper with two stories, held where `review` says so.
pub(crate) fn newsroom(review: bool) -> House {
    let house = House::new();
    serve(&house, |_| ());
    house.configure(&[source(&house, "daily")]);
    if review {
        let config = std::fs::read_to_string(house.config()).expect("a configuration");
        house.write_config(&config.replace("[curation]", "[curation]\npublish = \"review\""));
    }
    house.poll();
    house
}

/// Serves the paper with its stories changed so.
pub(crate) fn serve(house: &House, change: impl Fn(&mut Paper)) {
    let mut paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[1..3]);
    change(&mut paper);
    house.origin.serve("/daily/feed", paper.rss2());
}

/// The key of the story whose title begins so.
pub(crate) fn key(house: &House, title: &str) -> String {
    let stories = house.json(&["story", "list"]);
    let found = stories
        .as_array()
        .expect("an array")
        .iter()
        .find(|it| it["title"].as_str().is_some_and(|it| it.starts_with(title)));
    found.and_then(|it| it["key"].as_str()).unwrap_or_else(|| panic!("{title} in {stories}")).to_owned()
}

#[track_caller]
fn listed(house: &House, key: &str) -> Value {
    let stories = house.json(&["story", "list"]);
    stories.as_array().expect("an array").iter().find(|it| it["key"] == key).expect("the story").clone()
}

/// `story edit` with an editor that replaces some words of the document.
fn edit(house: &House, key: &str, from: &str, to: &str, further: &[&str]) -> Output {
    let script = house.dir().join("editor.py");
    let text = format!(
        "import sys\np = sys.argv[1]\ns = open(p).read()\nassert {from:?} in s, s\nopen(p, 'w').write(s.replace({from:?}, {to:?}))\n"
    );
    std::fs::write(&script, text).expect("the folder takes files");
    let args: Vec<&str> =
        ["story", "edit", key, "--by", "Mara Quill"].into_iter().chain(further.iter().copied()).collect();
    let mut command = house.command(&args);
    command.env("EDITOR", format!("python3 {}", script.display())).env_remove("VISUAL");
    command.output().expect("it runs")
}

#[track_caller]
pub(crate) fn edited(house: &House, key: &str, from: &str, to: &str, further: &[&str]) {
    let output = edit(house, key, from, to, further);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn bylined<'a>(items: &'a [Value], title: &str) -> &'a Value {
    let found = items.iter().find(|it| it["title"] == title);
    &found.unwrap_or_else(|| panic!("{title} in {items:?}"))["_bylined"]
}

const TARN: &str = "Tarn 5.2 halves the memory of its query planner";
const HALDEN: &str = "Port of Halden replaces its passwords with hardware keys";

#[test]
fn what_waits_goes_out_when_a_person_approves() {
    let house = newsroom(true);
    let waiting = house.json(&["story", "list", "--waiting"]);
    assert_eq!(waiting.as_array().map(Vec::len), Some(2));
    let (tarn, halden) = (key(&house, "Tarn"), key(&house, "Port"));
    house.ok(&["story", "approve", &tarn, "--by", "Mara Quill"]);
    let site = house.export();
    let items = site.items("feeds/all.json");
    assert_eq!(items.len(), 1);
    let it = bylined(&items, TARN);
    assert_eq!(it["reviewed"]["by"], "Mara Quill");
    assert!(it["made"].as_str().expect("a text").ends_with("Reviewed by Mara Quill."), "{it}");
    assert!(
        site.page(listed(&house, &tarn)["url"].as_str().expect("a URL")).contains("Reviewed by Mara Quill")
    );

    house.ok(&["story", "reject", &halden, "--reason", "Not our beat", "--by", "Mara Quill"]);
    house.expect_true_counts();
    assert_eq!(house.json(&["story", "list", "--waiting"]), serde_json::json!([]));
    let acts = house.json(&["story", "show", &halden])["acts"].clone();
    assert_eq!(
        (&acts[0]["act"], &acts[0]["by"], &acts[0]["why"]),
        (&"reject".into(), &"Mara Quill".into(), &"Not our beat".into())
    );
    assert_eq!(house.export().items("feeds/all.json").len(), 1);
    // A change of mind.
    house.ok(&["story", "approve", &halden, "--by", "Mara Quill"]);
    assert_eq!(house.export().items("feeds/all.json").len(), 2);
}

#[test]
fn a_rejected_story_is_gone_and_comes_back_under_its_id() {
    let house = newsroom(false);
    let daemon = house.daemon();
    let tarn = key(&house, "Tarn");
    let story = listed(&house, &tarn);
    let path = path_of(story["url"].as_str().expect("a URL"));
    assert_eq!(daemon.get(&path).status, 200);
    house.ok(&["story", "reject", &tarn, "--reason", "Wrong", "--by", "Mara Quill"]);
    house.expect_true_counts();
    // The page says so at once, the feed with the next look of the daemon.
    crate::house::eventually("the page is gone", std::time::Duration::from_secs(30), || {
        (daemon.get(&path).status == 410).then_some(())
    });
    crate::house::eventually("the feed follows", std::time::Duration::from_secs(30), || {
        (daemon.get("/feeds/all.json").json()["items"].as_array()?.len() == 1).then_some(())
    });
    assert_eq!(daemon.get(&format!("/api/v1/stories/{tarn}")).status, 410);
    house.ok(&["story", "approve", &tarn, "--by", "Mara Quill"]);
    let items = daemon.items("/feeds/all.json", 2, std::time::Duration::from_secs(30));
    assert!(items.iter().any(|it| it["id"] == story["id"]));
    assert_eq!(daemon.get(&path).status, 200);
}

#[test]
fn what_a_person_wrote_survives_and_is_signed() {
    let house = newsroom(false);
    let tarn = key(&house, "Tarn");
    edited(
        &house,
        &tarn,
        "summary = [",
        "summary = [\n  \"Tarn joins cost half the memory now.\",",
        &["--reason", "Clearer"],
    );
    edited(&house, &tarn, TARN, "Tarn plans with half the memory", &[]);
    let title = "Tarn plans with half the memory";
    let items = house.export().items("feeds/all.json");
    let it = bylined(&items, title);
    let first = &it["summary"][0];
    assert_eq!(
        (&first["text"], &first["made"]),
        (&"Tarn joins cost half the memory now.".into(), &"editor".into())
    );
    assert_eq!((&it["engine"], &it["revision"]), (&"mixed".into(), &3.into()));
    assert!(
        it["made"]
            .as_str()
            .is_some_and(|it| it.contains("written by an editor") && it.ends_with("Reviewed by Mara Quill.")),
        "{it}"
    );

    // The publisher rewrites everything: the draft keeps the editor's words, and readers see no change yet.
    serve(&house, |paper| {
        paper.articles[0].text =
            "The Tarn team withdrew version 5.2 on Friday because its planner lost rows.".to_owned();
    });
    house.poll();
    let again = house.export().items("feeds/all.json");
    assert_eq!(bylined(&again, title), it, "a reviewed story waits for a person");
    assert_eq!(listed(&house, &tarn)["draft"], 4);
    assert_eq!(house.json(&["story", "list", "--waiting"]).as_array().map(Vec::len), Some(1));
    house.ok(&["story", "approve", &tarn, "--by", "Ines Okafor"]);
    let approved = house.export().items("feeds/all.json");
    let it = bylined(&approved, title);
    assert_eq!((&it["revision"], &it["reviewed"]["by"]), (&4.into(), &"Ines Okafor".into()));
    assert_eq!(it["summary"][0]["text"], "Tarn joins cost half the memory now.");
    assert_eq!(
        it["summary"].as_array().map(Vec::len),
        Some(1),
        "quotations go with the text that they were in: {it}"
    );

    // History tells who, when and why, newest first.
    let daemon = house.daemon();
    let history = daemon.get(&format!("/api/v1/stories/{tarn}/history")).json();
    let revisions = history["revisions"].as_array().expect("revisions");
    let told: Vec<_> = revisions
        .iter()
        .map(|it| (it["revision"].as_u64(), it["by"].as_str(), it["reason"].as_str()))
        .collect();
    assert_eq!(
        told[1..],
        [
            (Some(3), Some("Mara Quill"), Some("edited")),
            (Some(2), Some("Mara Quill"), Some("Clearer")),
            (Some(1), Some("extractive"), Some("first curation")),
        ]
    );
    let path = path_of(listed(&house, &tarn)["url"].as_str().expect("a URL"));
    let page = daemon.get(&format!("{path}/history"));
    assert!(page.text().contains("Mara Quill") && page.text().contains("Clearer"));
    assert!(BASE_URL.ends_with('/'));
}

#[test]
fn a_field_given_back_is_the_engines_again() {
    let house = newsroom(false);
    let halden = key(&house, "Port");
    let title = "Halden has keys";
    edited(&house, &halden, HALDEN, title, &[]);
    assert_eq!(house.json(&["story", "replay", &halden])["same"], true, "a person's words are no difference");
    edited(&house, &halden, &format!("title = \"{title}\"\n"), "", &[]);
    let items = house.export().items("feeds/all.json");
    assert_eq!(bylined(&items, HALDEN)["revision"], 3);
    assert_eq!(house.json(&["story", "replay", &halden])["differs"], serde_json::json!([]));
}

#[test]
fn the_gate_is_heard_before_saving_and_stops_nobody() {
    let house = newsroom(false);
    let halden = key(&house, "Port");
    let (from, to) = ("in_practice = [", "in_practice = [\n  \"Order 900 keys from Oracle.\",");
    let output = edit(&house, &halden, from, to, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(65), "{said}");
    assert!(said.contains("900") && said.contains("Oracle") && said.contains("--yes"), "{said}");
    assert_eq!(listed(&house, &halden)["revision"], 1, "nothing is saved");
    edited(&house, &halden, from, to, &["--yes"]);
    let items = house.export().items("feeds/all.json");
    let it = &bylined(&items, HALDEN)["in_practice"][0];
    assert_eq!((&it["made"], &it["receipts"]), (&"editor".into(), &serde_json::json!([])));
    // A slip loses nothing.
    let output = edit(&house, &halden, "title = ", "titel = ", &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(65) && said.contains("what you wrote is kept in"), "{said}");
    let kept = said.split('`').find(|it| it.ends_with(".toml")).expect("a path");
    std::fs::remove_file(kept).expect("the file is there");
}

#[test]
fn wishes_that_make_no_sense_are_answered() {
    let house = newsroom(false);
    let tarn = key(&house, "Tarn");
    let code = |args: &[&str]| house.run(args).status.code();
    assert_eq!(code(&["story", "approve", "aaaaaaaaaaaaaaaa", "--by", "M"]), Some(64));
    assert_eq!(code(&["story", "approve", "no key", "--by", "M"]), Some(64));
    assert_eq!(code(&["story", "approve", &tarn, "--by", " "]), Some(64));
    assert_eq!(code(&["story", "reject", &tarn, "--by", "M"]), Some(64), "without a reason");
    assert_eq!(code(&["story", "reject", &tarn, "--reason", "x", "--by", "M"]), Some(0));
    assert_eq!(code(&["story", "reject", &tarn, "--reason", "x", "--by", "M"]), Some(64), "twice");
    assert_eq!(code(&["story", "replay", &tarn]), Some(64));
    let unknown = house.run(&["story", "approve", "aaaaaaaaaaaaaaaa", "--by", "M"]);
    let said = String::from_utf8_lossy(&unknown.stderr);
    assert!(said.contains("no story `aaaaaaaaaaaaaaaa`; `bylined story list`"), "what to run next: {said}");
}

#[test]
fn a_dropped_publisher_leaves_no_word_in_what_people_kept() {
    let house = newsroom(false);
    let tarn = key(&house, "Tarn");
    let quoted = house.json(&["story", "show", &tarn])["_bylined"]["summary"][0]["text"].clone();
    edited(&house, &tarn, "summary = [", "summary = [\n  \"An own sentence on planners.\",", &[]);
    let path = path_of(listed(&house, &tarn)["url"].as_str().expect("a URL"));
    house.configure(&[source(&house, "daily").with("full_text = false\nrights = \"drop\"")]);
    house.poll();
    assert!(house.export().items("feeds/all.json").is_empty());
    assert_eq!(listed(&house, &tarn)["state"], "withdrawn");
    assert_eq!(house.json(&["source", "list"])[0]["rights"], "drop");
    let shown = house.json(&["story", "show", &tarn]).to_string() + &house.ok(&["story", "show", &tarn]);
    for word in [quoted.as_str().expect("a text"), "Tarn 5.2 halves"] {
        assert!(!shown.contains(word), "`{word}` in {shown}");
    }
    let daemon = house.daemon();
    for path in [path.clone(), format!("/api/v1/stories/{tarn}"), format!("/api/v1/stories/{tarn}/history")] {
        assert_eq!(daemon.get(&path).status, 410, "{path}");
    }
}

#[test]
fn what_a_publisher_corrects_while_it_waits_is_approved_as_corrected() {
    let house = newsroom(true);
    serve(&house, |it| {
        it.articles[0].text = it.articles[0].text.replace("more than twelve tables", "more than ten tables")
    });
    house.poll();
    house.ok(&["story", "approve", &key(&house, "Tarn"), "--by", "Mara Quill"]);
    let items = house.export().items("feeds/all.json");
    let said = bylined(&items, TARN).to_string();
    assert!(said.contains("more than ten tables") && !said.contains("more than twelve tables"), "{said}");
}
