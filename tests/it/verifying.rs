//! A model confirms what a model wrote, and is not trusted to before it has shown that it can.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::house::Daemon;
use crate::house::House;
use crate::house::eventually;
use crate::model::CHAT;
use crate::model::KEY;
use crate::model::check_quoted;
use crate::model::honest;
use crate::model::item;
use crate::model::newsroom;
use crate::model::poll;
use crate::model::questions;
use crate::model::reply;
use crate::model::story;
use crate::origin::Behaviour;
use crate::origin::Page;

/// Which of the planted statements follow, in the order in which they are asked.
const PLANTED: &str = "nynnyyyynyynynyynnnnynny";

const VERIFIED: &str = "verify = \"model\"";

fn verdicts(said: &str) -> Page {
    let said = said.chars().zip(1..).map(|(it, n)| {
        let (follows, wrong) = if it == 'y' { ("yes", "") } else { ("no", "the sentence says otherwise") };
        json!({ "n": n, "wrong": wrong, "follows": follows })
    });
    reply(&json!({ "verdicts": said.collect::<Vec<Value>>() }).to_string())
}

/// A model that answers so, one after the other.
fn scripted(settings: &str, pages: Vec<Page>) -> House {
    let house = newsroom(settings);
    house.origin.behave(CHAT, Behaviour::Sequence(pages.into_iter().map(Behaviour::Serve).collect()));
    house
}

fn written() -> Page {
    reply(&honest().to_string())
}

fn made(house: &House) -> String {
    item(&house.export())["_bylined"]["made"].as_str().expect("a text").to_owned()
}

#[test]
fn what_the_verifier_confirms_is_published_and_said_so() {
    let house = scripted(VERIFIED, vec![verdicts(PLANTED), written(), verdicts("yyyy")]);
    poll(&house);
    assert_eq!(
        made(&house).split("; not reviewed").next(),
        Some(
            "Written by the model lantern-8b; numbers, names and quotations checked by rule, meaning checked by \
             the model lantern-8b"
        )
    );
    let asked = questions(&house);
    assert_eq!(asked.len(), 3, "self-test, briefing, verdicts");
    let short = |it: &Value| it["messages"].to_string().len();
    assert!(short(&asked[2]) < short(&asked[1]), "the verifier is shown the evidence alone");
    assert_eq!(asked[2]["temperature"], 0);
    let shown = house.json(&["story", "show", story(&house)["key"].as_str().expect("a key")]);
    assert_eq!(shown["record"]["verifier"], "lantern-8b");
    poll(&house);
    assert_eq!(questions(&house).len(), 3);
}

#[test]
fn another_model_at_the_endpoint_may_verify() {
    let settings = "verify = \"model\"\nverify_model = \"judge-70b\"";
    let house = scripted(settings, vec![verdicts(PLANTED), written(), verdicts("yyyy")]);
    poll(&house);
    let asked: Vec<Value> = questions(&house).iter().map(|it| it["model"].clone()).collect();
    assert_eq!(asked, ["judge-70b", "lantern-8b", "judge-70b"]);
    assert!(made(&house).contains("meaning checked by the model judge-70b"), "{}", made(&house));
}

#[test]
fn who_cannot_tell_planted_statements_apart_verifies_nothing() {
    let all = |it: &str| it.repeat(PLANTED.len());
    for test in [verdicts(&all("y")), verdicts(&all("n")), reply("Sure!"), written()] {
        let house = scripted(VERIFIED, vec![test, written()]);
        let said = poll(&house);
        assert!(said.contains("rules alone decide today"), "{said}");
        assert_eq!(questions(&house).len(), 2, "it is not asked for verdicts");
        let made = made(&house);
        assert!(made.contains("checked by rule") && !made.contains("meaning"), "{made}");
    }
}

#[test]
fn what_is_not_confirmed_is_not_published() {
    let empty = r#"{"summary":[],"key_takeaway":[],"key_insights":[],"principles":[],"in_practice":[]}"#;
    for (said, why) in [
        (verdicts("yyny"), "it does not follow: the sentence says otherwise"),
        (verdicts("yy-y"), "does not follow"),
        (
            reply(r#"{"verdicts":[{"n":1,"follows":"yes"},{"n":2,"follows":true},{"n":4,"follows":"yes"}]}"#),
            "did not confirm",
        ),
        (
            reply(
                r#"{"verdicts":[{"n":1,"follows":"yes"},{"n":2,"follows":"yes"},{"n":3,"follows":"perhaps"},{"n":4,"follows":"yes"}]}"#,
            ),
            "did not confirm",
        ),
    ] {
        let house = scripted(VERIFIED, vec![verdicts(PLANTED), written(), said, reply(empty)]);
        poll(&house);
        let item = item(&house.export());
        let bylined = &item["_bylined"];
        assert_eq!(bylined["summary"][0]["made"], "llm", "the rest stands");
        assert_eq!(bylined["in_practice"][0]["made"], "llm", "the rest stands");
        let insights = bylined["key_insights"].as_array().expect("an array");
        assert!(insights.iter().all(|it| it["made"] != "llm"), "{insights:?}");
        let shown = house.json(&["story", "show", story(&house)["key"].as_str().expect("a key")]);
        assert!(shown["dropped"].to_string().contains(why), "{shown}");
    }
}

/// `story edit` that puts this in the place of the summary.
#[track_caller]
fn edit_summary(house: &House, key: &str, summary: &str) {
    let script = house.dir().join("editor.py");
    let text = format!(
        "import re, sys\np = sys.argv[1]\ns = open(p).read()\ns, n = re.subn(r'(?ms)^summary = \\[.*?\\]\\n', '''{summary}''', s)\nassert n == 1, s\nopen(p, 'w').write(s)\n"
    );
    std::fs::write(&script, text).expect("the folder takes files");
    let mut command = house.command(&["story", "edit", key, "--by", "Mara Quill"]);
    command.env("EDITOR", format!("python3 {}", script.display())).env_remove("VISUAL");
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn texts(statements: &Value) -> Vec<String> {
    let statements = statements.as_array().expect("an array");
    statements.iter().map(|it| it["text"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn what_was_not_confirmed_does_not_come_back() {
    let empty = r#"{"summary":[],"key_takeaway":[],"key_insights":[],"principles":[],"in_practice":[]}"#;
    let house = scripted(VERIFIED, vec![verdicts(PLANTED), written(), verdicts("nyyy"), reply(empty)]);
    poll(&house);
    let key = story(&house)["key"].as_str().expect("a key").to_owned();
    let summary = |house: &House| texts(&house.json(&["story", "show", &key])["_bylined"]["summary"]);
    let before = summary(&house);
    let replayed = || house.json(&["story", "replay", &key]);
    assert_eq!(replayed()["same"], true);
    // Neither a later self-test nor today's settings say who verified the story.
    house.damage("UPDATE llm_self_tests SET has_passed = 0");
    assert_eq!(replayed()["same"], true, "{}", replayed());
    house.damage("DELETE FROM llm_self_tests");
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace(VERIFIED, "verify = \"rules\""));
    assert_eq!(replayed()["same"], true, "{}", replayed());

    edit_summary(&house, &key, r#"summary = ["An own sentence on planners."]\n"#);
    assert_ne!(summary(&house), before);
    edit_summary(&house, &key, "");
    assert_eq!(summary(&house), before, "given back");
    assert_eq!(questions(&house).len(), 4);
}

#[test]
fn what_could_not_be_verified_does_not_come_back() {
    let house = scripted(VERIFIED, vec![verdicts(PLANTED), written(), reply("I agree with everything.")]);
    poll(&house);
    check_quoted(&house, "it answers nonsense");
    let key = story(&house)["key"].as_str().expect("a key").to_owned();
    let replayed = house.json(&["story", "replay", &key]);
    assert_eq!((&replayed["same"], &replayed["differs"]), (&true.into(), &json!([])), "{replayed}");
    assert!(replayed["failure"].is_string(), "{replayed}");
}

#[test]
fn a_verifier_that_fails_leaves_the_story_to_quotation() {
    let settings = format!("{VERIFIED}\ndeadline = \"1s\"");
    let house = newsroom(&settings);
    let serve = |it| Behaviour::Serve(it);
    house.origin.behave(
        CHAT,
        Behaviour::Sequence(vec![serve(verdicts(PLANTED)), serve(written()), Behaviour::Stall]),
    );
    poll(&house);
    check_quoted(&house, "it stalls");

    let house = scripted(VERIFIED, vec![verdicts(PLANTED), written(), reply("I agree with everything.")]);
    poll(&house);
    check_quoted(&house, "it answers nonsense");

    let settings = format!("{VERIFIED}\ntokens_per_day = 5_000");
    let mut dear = written();
    dear.body = String::from_utf8(dear.body).expect("UTF-8").replace("700", "3700").into_bytes();
    let house = scripted(&settings, vec![verdicts(PLANTED), dear, verdicts("yyyy")]);
    let said = poll(&house);
    assert!(said.contains("is spent"), "{said}");
    check_quoted(&house, "it is over budget");
}

#[test]
fn a_kill_before_the_verdicts_asks_for_nothing_but_these() {
    let settings = format!("{VERIFIED}\ndeadline = \"1m\"");
    let house = newsroom(&settings);
    let serve = |it| Behaviour::Serve(it);
    house.origin.behave(
        CHAT,
        Behaviour::Sequence(vec![serve(verdicts(PLANTED)), serve(written()), Behaviour::Stall]),
    );
    let mut command = house.command(&["run", "--listen", "127.0.0.1:0"]);
    command.env("TEST_LLM_KEY", KEY);
    let daemon = Daemon::start(command, house.dir());
    eventually("the verdicts are asked for", Duration::from_secs(60), || {
        (house.origin.count(CHAT) == 3).then_some(())
    });
    drop(daemon);
    house.origin.serve(CHAT, verdicts("yyyy"));
    poll(&house);
    let asked = questions(&house);
    assert_eq!((asked.len(), &asked[3]), (4, &asked[2]), "only the verdicts are asked for again");
    assert!(made(&house).contains("meaning checked by the model lantern-8b"), "{}", made(&house));
}
