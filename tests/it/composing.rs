//! An editor composes an edition before it goes out; what went out stays. What fails its check is named.

use serde_json::Value;

use crate::house::House;
use crate::house::source;
use crate::press::Paper;
use crate::press::STORIES;

/// Two papers with two stories each, of one edition that goes out once a year.
fn newsroom(further: &str) -> House {
    let house = House::new();
    for (id, name, stories) in
        [("daily", "The Daily Fjord", &STORIES[..2]), ("courier", "Courier", &STORIES[2..4])]
    {
        let paper = Paper::new(name, &house.home(id), stories);
        house.origin.serve(&format!("/{id}/feed"), paper.rss2());
    }
    let output = format!("[[output]]\nid = \"brief\"\ntitle = \"Brief\"\ndigest = \"0 7 1 1 *\"\n{further}");
    let family = |id: &str| format!("full_text = false\nfamily = \"{id}\"");
    let sources = ["daily", "courier"].map(|id| source(&house, id).with(&family(id)));
    house.configure_with(&sources, "", &output);
    house.poll();
    house
}

fn edition(house: &House) -> Value {
    house.json(&["edition", "show", "brief"])
}

fn keys_of(edition: &Value) -> Vec<String> {
    let stories = edition["stories"].as_array().expect("stories").iter();
    let shown = stories.filter(|it| it["left_out"].is_null());
    shown.map(|it| it["key"].as_str().expect("a key").to_owned()).collect()
}

#[test]
fn an_editor_orders_drops_notes_and_sends_an_edition() {
    let house = newsroom("");
    let keys = keys_of(&edition(&house));
    assert_eq!(keys.len(), 4, "{}", edition(&house));
    let key = |at: usize| keys[at].as_str();
    house.ok(&["edition", "order", "brief", key(3), key(1)]);
    house.ok(&["edition", "drop", "brief", key(0)]);
    house.ok(&["edition", "note", "brief", "A quiet <b>week</b>.", "--by", "Mara Quill"]);
    let shown = edition(&house);
    assert_eq!(keys_of(&shown), [key(3), key(1), key(2)]);
    assert_eq!((&shown["note"]["by"], &shown["stories"][0]["ordered"]), (&"Mara Quill".into(), &true.into()));
    assert_eq!(shown["stories"][3]["left_out"], "dropped");
    assert!(house.export().items("feeds/brief.json").is_empty(), "nothing went out yet");

    let sent = house.json(&["edition", "send", "brief"]);
    assert_eq!(sent["stories"], 3);
    let export = house.export();
    let items = export.items("feeds/brief.json");
    assert_eq!((items.len(), &items[0]["id"], &items[0]["url"]), (1, &sent["id"], &sent["url"]));
    let html = items[0]["content_html"].as_str().expect("HTML").to_owned();
    let place = |key: &str| html.find(&format!("/story/{key}"));
    assert!(place(key(3)) < place(key(1)) && place(key(1)) < place(key(2)), "{html}");
    assert_eq!(place(key(0)), None, "{html}");
    assert!(html.contains("by Mara Quill: A quiet &lt;b&gt;week&lt;/b&gt;."), "{html}");
    assert_eq!(export.items("feeds/all.json").len(), 4, "other outputs keep what an edition drops");

    // What went out stays, and the next edition begins empty.
    let next = edition(&house);
    assert_eq!((&next["stories"], &next["note"]), (&Value::Array(vec![]), &Value::Null));
    assert_eq!(house.run(&["edition", "send", "brief"]).status.code(), Some(75));
    assert_eq!(house.run(&["edition", "drop", "brief", key(3)]).status.code(), Some(64));
    assert_eq!(house.export().items("feeds/brief.json")[0]["content_html"], html.as_str());
}

#[test]
fn an_edition_has_so_many_stories_of_a_family_and_families_take_turns() {
    let house = newsroom("per_publisher = 1\n");
    let shown = edition(&house);
    assert_eq!(keys_of(&shown).len(), 2, "{shown}");
    let left: Vec<&Value> = (2..4).map(|at| &shown["stories"][at]["left_out"]).collect();
    assert_eq!(left, ["publisher", "publisher"]);
    // What an editor puts first is in whatever the limits say.
    let key = shown["stories"][2]["key"].as_str().expect("a key");
    let ordered = house.json(&["edition", "order", "brief", key]);
    assert_eq!((keys_of(&ordered).len(), keys_of(&ordered)[0].as_str()), (2, key), "{ordered}");
    let restored = house.json(&["edition", "order", "brief"]);
    assert_eq!(restored["stories"], shown["stories"]);
}

#[test]
fn what_an_edition_cannot_do_is_said() {
    let house = newsroom("");
    let check = |args: &[&str], code: i32, words: &str| {
        let output = house.run(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
    };
    check(&["edition", "show", "nothing"], 64, "there is no output");
    check(&["edition", "show", "all"], 64, "has no `digest`");
    check(&["edition", "order", "brief", "aaaaaaaaaaaaaaaa"], 64, "not in the edition");
    check(&["edition", "note", "brief", " ", "--by", "Mara Quill"], 64, "between 1 and");
}

#[test]
fn a_story_that_fails_its_check_is_named_and_harms_no_other() {
    let house = newsroom("");
    let key = keys_of(&edition(&house))[0].clone();
    house.ok(&["edition", "send", "brief"]);
    house.damage(&format!("UPDATE stories SET tag = 'urn:x:' || key WHERE key = '{key}'"));
    house.damage("UPDATE generation SET n = n + 1");
    house.poll();
    let status = house.json(&["status"]);
    let outputs = status["outputs"].as_array().expect("outputs");
    let all = outputs.iter().find(|it| it["id"] == "all").expect("an output");
    let omitted = all["omitted"][0].as_str().unwrap_or_default();
    assert!(omitted.starts_with(&format!("urn:x:{key}: ")), "{all}");
    let findings = house.json(&["doctor"]);
    let finding = findings.as_array().expect("findings").iter().find(|it| it["check"] == "outputs");
    let found = finding.and_then(|it| it["found"].as_str()).unwrap_or_default();
    assert!(found.contains(&key), "{findings}");
    let export = house.export();
    assert_eq!(export.items("feeds/all.json").len(), 3);
}
