//! What is stored and cannot be read costs its own story or source, and nothing else; and an
//! editor's words are never exchanged for an engine's because they cannot be read.

use serde_json::Value;

use crate::editing::newsroom;
use crate::editing::serve;
use crate::house::House;
use crate::house::all;
use crate::house::path_of;
use crate::house::source;
use crate::origin::Page;

const TARN: &str = "Tarn 5.2 halves the memory of its query planner";
const HALDEN: &str = "Port of Halden replaces its passwords with hardware keys";

#[track_caller]
fn listed(house: &House, title: &str) -> Value {
    let stories = house.json(&["story", "list"]);
    let found = stories.as_array().expect("an array").iter().find(|it| it["title"] == title);
    found.unwrap_or_else(|| panic!("{title} in {stories}")).clone()
}

#[track_caller]
fn key(house: &House, title: &str) -> String {
    listed(house, title)["key"].as_str().expect("a key").to_owned()
}

fn item<'a>(items: &'a [Value], title: &str) -> &'a Value {
    items.iter().find(|it| it["title"] == title).unwrap_or_else(|| panic!("{title} in {items:?}"))
}

/// `story edit` with an editor that replaces some words of the document.
#[track_caller]
fn edit(house: &House, key: &str, from: &str, to: &str) {
    let script = house.dir().join("editor.py");
    let text = format!(
        "import sys\np = sys.argv[1]\ns = open(p).read()\nassert {from:?} in s, s\nopen(p, 'w').write(s.replace({from:?}, {to:?}))\n"
    );
    std::fs::write(&script, text).expect("the folder takes files");
    let mut command = house.command(&["story", "edit", key, "--by", "Mara Quill"]);
    command.env("EDITOR", format!("python3 {}", script.display())).env_remove("VISUAL");
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What `doctor` says fails, with its exit status.
fn failing(house: &House) -> (Option<i32>, String) {
    let output = house.run(&["doctor", "--json"]);
    let findings: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let failed = findings.as_array().expect("an array").iter().filter(|it| it["state"] == "failed");
    (output.status.code(), failed.map(Value::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn an_unreadable_revision_costs_its_own_story_the_briefing() {
    let house = newsroom(false);
    let whole = house.export().items("feeds/all.json");
    let (tarn, url) = (key(&house, TARN), listed(&house, TARN)["url"].clone());
    let ways = [
        ("substr(briefing, 1, length(briefing) / 2)", "EOF while parsing"),
        ("json_remove(briefing, '$.summary[0].made')", "missing field `made`"),
        ("json_set(briefing, '$.version', 99)", "it has version 99, this bylined knows 1"),
    ];
    for (how, why) in ways {
        house.damage("CREATE TABLE kept AS SELECT * FROM revisions");
        let which = format!("WHERE story = (SELECT id FROM stories WHERE key = '{tarn}')");
        assert_eq!(house.damage(&format!("UPDATE revisions SET briefing = {how} {which}")), 1);
        let output = house.run(&["export", house.dir().join("site").to_str().expect("UTF-8")]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{how}: {said}");
        assert!(
            said.contains(&format!("revision 1 of story `{tarn}`")) && said.contains(why),
            "{how}: {said}"
        );
        let site = house.export();
        let items = site.items("feeds/all.json");
        let it = item(&items, TARN);
        assert_eq!(items.len(), 2);
        assert_eq!(
            (&it["_bylined"]["summary"], &it["_bylined"]["engine"]),
            (&Value::Array(vec![]), &"none".into())
        );
        for same in ["id", "url", "tags", "date_published"] {
            assert_eq!(it[same], item(&whole, TARN)[same], "{how}: {same}");
        }
        assert_eq!(it["_bylined"]["publishers"], item(&whole, TARN)["_bylined"]["publishers"]);
        assert_eq!(item(&items, HALDEN), item(&whole, HALDEN), "{how}");
        assert!(site.page(url.as_str().expect("a URL")).contains(TARN));
        assert_eq!(house.json(&["status"])["outputs"][0]["valid"], true);
        let shown = house.json(&["story", "show", &tarn]);
        assert!(shown["unreadable"][0].as_str().is_some_and(|it| it.contains(why)), "{how}: {shown}");
        assert!(house.ok(&["story", "show", &tarn]).contains(why));
        let (code, said) = failing(&house);
        assert!(code == Some(65) && said.contains(&tarn) && said.contains(why), "{how}: {said}");
        house.poll();
        house.damage(&format!(
            "UPDATE revisions SET briefing = (SELECT briefing FROM kept k WHERE k.story = revisions.story AND k.n = revisions.n) {which}"
        ));
        house.damage("DROP TABLE kept");
    }
    assert_eq!(house.export().items("feeds/all.json"), whole);
    assert_eq!(failing(&house), (Some(0), String::new()));
}

#[test]
fn the_daemon_serves_what_it_can_read_and_a_replay_mends_the_rest() {
    let house = newsroom(false);
    let tarn = key(&house, TARN);
    edit(&house, &tarn, TARN, "Tarn plans with half the memory");
    house.damage("UPDATE revisions SET reviewed = '{\"at\": 1}' WHERE n = 2");
    house.damage(
        "UPDATE revisions SET record = '{' WHERE n = 1 AND story = (SELECT story FROM revisions WHERE n = 2)",
    );
    let daemon = house.daemon();
    let items = daemon.items("/feeds/all.json", 2, std::time::Duration::from_secs(30));
    let it = item(&items, "Tarn plans with half the memory");
    assert_eq!((&it["_bylined"]["engine"], &it["_bylined"]["reviewed"]), (&"none".into(), &Value::Null));
    let story = listed(&house, "Tarn plans with half the memory");
    let path = path_of(story["url"].as_str().expect("a URL"));
    for path in [path.clone(), format!("{path}/history"), "/corrections".to_owned(), "/".to_owned()] {
        assert_eq!(daemon.get(&path).status, 200, "{path}");
    }
    let history = daemon.get(&format!("/api/v1/stories/{tarn}/history")).json();
    assert!(history["revisions"].as_array().expect("revisions").iter().all(|it| it["_bylined"].is_null()));
    assert!(daemon.log().contains(&format!("revision 2 of story `{tarn}`")), "{}", daemon.log());

    let approve = house.run(&["story", "approve", &tarn, "--by", "Mara Quill"]);
    let said = String::from_utf8_lossy(&approve.stderr);
    assert!(approve.status.code() == Some(65) && said.contains("revision 2 cannot be read"), "{said}");
    assert_eq!(house.json(&["story", "replay", &tarn])["same"], false);
    let replayed = house.json(&["story", "replay", &tarn, "--apply", "--by", "Mara Quill"]);
    assert_eq!(replayed["is_draft"], true, "a person had approved what cannot be read");
    house.ok(&["story", "approve", &tarn, "--by", "Mara Quill"]);
    let items = house.export().items("feeds/all.json");
    let it = item(&items, "Tarn plans with half the memory");
    assert!(it["_bylined"]["summary"].as_array().is_some_and(|it| !it.is_empty()), "{it}");
    assert_eq!(failing(&house), (Some(0), String::new()), "what only the history lacks is no failure");
    assert!(house.ok(&["doctor"]).contains(&format!("revision 2 of story `{tarn}`")));
}

#[test]
fn forms_of_older_versions_and_with_further_keys_are_read() {
    let house = newsroom(false);
    let tarn = key(&house, TARN);
    edit(&house, &tarn, "summary = [", "summary = [\n  \"Tarn joins cost half the memory now.\",");
    let whole = house.export().items("feeds/all.json");
    for sql in [
        "UPDATE revisions SET briefing = json_remove(briefing, '$.version'), reviewed = json_remove(reviewed, '$.version')",
        "UPDATE overrides SET value = json_extract(value, '$.value')",
        "UPDATE sources SET poll_hints = '{}'",
        "UPDATE revisions SET briefing = json_set(briefing, '$.mood', 'calm', '$.summary[0].weight', 3,
             '$.summary[1].receipts[0].page', 2)",
    ] {
        assert!(house.damage(sql) > 0, "{sql}");
    }
    assert_eq!(house.export().items("feeds/all.json"), whole);
    assert_eq!(house.json(&["story", "replay", &tarn])["same"], true);
    assert_eq!(failing(&house), (Some(0), String::new()));
    house.damage("UPDATE overrides SET value = json_object('version', 1, 'by', 'x', 'value', json(value))");
    assert_eq!(house.json(&["story", "replay", &tarn])["same"], true);
}

#[test]
fn words_of_a_person_that_cannot_be_read_are_not_replaced_by_an_engines() {
    let house = newsroom(false);
    let (tarn, title) = (key(&house, TARN), "Tarn plans with half the memory");
    edit(&house, &tarn, "summary = [", "summary = [\n  \"Tarn joins cost half the memory now.\",");
    edit(&house, &tarn, TARN, title);
    let whole = house.export().items("feeds/all.json");
    let ways = [
        ("''", "EOF while parsing"),
        ("json_remove(value, '$.value[0].made')", "missing field `made`"),
        ("json_set(value, '$.version', 99)", "it has version 99, this bylined knows 1"),
    ];
    for (n, (how, why)) in ways.into_iter().enumerate() {
        house.damage("CREATE TABLE kept AS SELECT * FROM overrides");
        assert_eq!(house.damage(&format!("UPDATE overrides SET value = {how} WHERE field = 'summary'")), 1);
        serve(&house, |paper| {
            paper.articles[0].text = format!("The Tarn team withdrew version 5.{n} on Friday.")
        });
        let output = house.run(&["poll", "--all"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&tarn) && said.contains("summary") && said.contains(why), "{how}: {said}");
        let items = house.export().items("feeds/all.json");
        // The sentences of the article go with it; the editor's words and the revision stay.
        let it = &item(&items, title)["_bylined"];
        assert_eq!(it["summary"][0]["text"], "Tarn joins cost half the memory now.", "{how}");
        assert_eq!((&it["revision"], &listed(&house, title)["draft"]), (&3.into(), &Value::Null), "{how}");
        assert_eq!(item(&items, HALDEN), item(&whole, HALDEN));
        let shown = house.ok(&["story", "show", &tarn]);
        assert!(shown.contains("Unreadable: summary:") && shown.contains(why), "{how}: {shown}");
        let (code, said) = failing(&house);
        assert!(
            code == Some(65) && said.contains("field `summary`") && said.contains(&tarn),
            "{how}: {said}"
        );
        let replay = house.run(&["story", "replay", &tarn, "--apply", "--by", "Mara Quill"]);
        assert_eq!(replay.status.code(), Some(65), "{how}");
        house.damage("DELETE FROM overrides");
        house.damage("INSERT INTO overrides SELECT * FROM kept");
        house.damage("DROP TABLE kept");
    }
    house.damage("UPDATE overrides SET field = 'dek' WHERE field = 'summary'");
    serve(&house, |paper| paper.articles[0].text = "The Tarn team withdrew everything on Friday.".to_owned());
    house.poll();
    assert_eq!(listed(&house, title)["draft"], Value::Null);
    assert!(failing(&house).1.contains("unknown field `dek`"));
    house.damage("UPDATE overrides SET field = 'summary', value = '' WHERE field = 'dek'");
    // An editor's new words take the place of those that cannot be read.
    edit(&house, &tarn, "Tarn joins cost half the memory now.", "Tarn joins cost half the memory again.");
    assert_eq!(failing(&house), (Some(0), String::new()));
    let items = house.export().items("feeds/all.json");
    let it = &item(&items, title)["_bylined"]["summary"][0]["text"];
    assert_eq!(it, "Tarn joins cost half the memory again.");
}

#[test]
fn a_story_that_no_reader_has_seen_waits_with_the_last_readable_words() {
    let house = newsroom(true);
    let tarn = key(&house, TARN);
    edit(&house, &tarn, "summary = [", "summary = [\n  \"Tarn joins cost half the memory now.\",");
    house.damage("UPDATE overrides SET value = '{'");
    // Whatever the configuration says of others.
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("publish = \"review\"", ""));
    serve(&house, |paper| {
        paper.articles[0].text = "The Tarn team withdrew version 5.2 on Friday.".to_owned()
    });
    house.poll();
    let it = listed(&house, TARN);
    assert_eq!((&it["state"], &it["revision"]), (&"held".into(), &2.into()));
    // One that has nothing of its own to show yet.
    house.damage("UPDATE stories SET state = 'pending', revision = 0 WHERE revision = 2");
    house.poll();
    assert_eq!(listed(&house, TARN)["state"], "held");
    assert!(house.export().items("feeds/all.json").iter().all(|it| it["title"] != TARN));
}

#[test]
fn lists_and_hints_that_cannot_be_read_cost_their_source_or_entry_only_themselves() {
    let house = newsroom(false);
    let whole = house.export().items("feeds/all.json");
    let of_source = ["rights_reasons", "warnings", "poll_hints", "newest", "places_removed"];
    let of_entry = ["authors", "categories", "rights_reasons", "origin", "enclosure"];
    let all_of = |columns: [&str; 5], value: &str| columns.map(|it| format!("{it} = {value}")).join(", ");
    for value in ["''", "'{'", "'null'", "'7'", "CAST(x'7bff7d' AS TEXT)"] {
        house.damage("CREATE TABLE kept AS SELECT * FROM entries");
        house.damage(&format!("UPDATE sources SET {}", all_of(of_source, value)));
        house.damage(&format!("UPDATE entries SET {}", all_of(of_entry, value)));
        let (code, said) = failing(&house);
        assert_eq!(code, Some(65), "{value}: {said}");
        for what in
            ["reasons", "warnings", "poll hints", "newest", "places", "authors", "categories", "origin"]
        {
            assert!(said.contains(what), "{what} {value}: {said}");
        }
        assert!(said.contains("source `daily`") && said.contains(TARN), "{value}: {said}");
        assert_eq!(house.json(&["source", "list"])[0]["state"], "healthy", "{value}");
        let items = house.export().items("feeds/all.json");
        assert_eq!(item(&items, TARN)["_bylined"]["summary"], item(&whole, TARN)["_bylined"]["summary"]);
        house.damage("UPDATE sources SET places_removed = '[]'");
        let kept = of_entry.map(|it| format!("{it} = (SELECT k.{it} FROM kept k WHERE k.id = entries.id)"));
        house.damage(&format!("UPDATE entries SET {}", kept.join(", ")));
        house.damage("DROP TABLE kept");
        // What only the last document said comes with the next, which is asked for as a whole.
        assert_eq!(house.poll()["failed"], 0, "{value}");
        assert_eq!(failing(&house), (Some(0), String::new()), "{value}");
        assert_eq!(house.export().items("feeds/all.json"), whole, "{value}");
    }
}

#[test]
fn a_dropped_publisher_leaves_no_word_in_what_cannot_be_read() {
    let house = newsroom(false);
    let tarn = key(&house, TARN);
    edit(&house, &tarn, "summary = [", "summary = [\n  \"An own sentence on planners.\",");
    for sql in [
        "UPDATE revisions SET briefing = substr(briefing, 1, length(briefing) - 2), lead = 0 WHERE n = 1",
        "UPDATE revisions SET briefing = json_set(briefing, '$.version', 99), lead = 0 WHERE n = 2",
        "UPDATE overrides SET value = substr(value, 1, length(value) - 2)",
    ] {
        assert!(house.damage(sql) > 0, "{sql}");
    }
    house.configure(&[source(&house, "daily").with("full_text = false\nrights = \"drop\"")]);
    house.poll();
    assert!(house.export().items("feeds/all.json").is_empty());
    assert_eq!(failing(&house), (Some(0), String::new()), "nothing that cannot be read is left");
}

/// An RSS feed at this path whose items have these titles and links.
fn serve_items(house: &House, path: &str, home: &str, items: &[(&str, String)]) {
    let items: String = items
        .iter()
        .map(|(title, link)| {
            format!(
                "<item><title>{title}</title><link>{link}</link><guid isPermaLink=\"false\">{link}</guid>\
                 <pubDate>Fri, 01 May 2026 12:00:00 GMT</pubDate></item>"
            )
        })
        .collect();
    let channel = format!("<title>{path}</title><link>{home}</link><description>News</description>{items}");
    house.origin.serve(path, Page::new(format!("<rss version=\"2.0\"><channel>{channel}</channel></rss>")));
}

#[track_caller]
fn state_of(house: &House, id: &str) -> Value {
    let sources = house.json(&["source", "list"]);
    sources.as_array().expect("an array").iter().find(|it| it["id"] == id).expect("the source").clone()
}

#[test]
fn a_source_whose_stored_entries_cannot_be_read_fails_alone() {
    let house = House::new();
    house.configure(&[source(&house, "tarn"), source(&house, "halden")]);
    let serve = |id: &str, titles: &[&str]| {
        let items: Vec<_> =
            titles.iter().map(|it| (*it, house.url(&format!("/{id}/{}", it.replace(' ', "-"))))).collect();
        serve_items(&house, &format!("/{id}/feed"), &house.home(id), &items);
    };
    serve("tarn", &["A planner"]);
    serve("halden", &["A port"]);
    house.poll();
    assert_eq!(house.damage("UPDATE entries SET guid = CAST(x'ff' AS TEXT) WHERE source = 'tarn'"), 1);
    serve("tarn", &["A planner", "A second planner"]);
    serve("halden", &["A port", "A second port"]);
    let report = house.poll();
    assert_eq!((&report["failed"], &report["entries_new"]), (&1.into(), &1.into()), "{report}");
    let tarn = state_of(&house, "tarn");
    assert!(tarn["reason"].as_str().is_some_and(|it| it.contains("could not be stored")), "{tarn}");
    assert_eq!(state_of(&house, "halden")["reason"], Value::Null);
}

#[test]
fn while_a_removed_publisher_s_places_cannot_be_read_no_link_of_a_list_is_stored() {
    let house = House::new();
    let far = "http://harbour.example/2026/a".to_owned();
    let sources = |rights: &str| {
        house.configure(&[
            source(&house, "tarn"),
            source(&house, "list"),
            source(&house, "gone").with(rights),
        ]);
    };
    sources("full_text = false");
    serve_items(&house, "/gone/feed", &house.home("gone"), &[("A port", house.url("/gone/a"))]);
    serve_items(&house, "/tarn/feed", &house.home("tarn"), &[]);
    serve_items(&house, "/list/feed", &house.home("list"), &[]);
    house.poll();
    sources("full_text = false\nrights = \"drop\"");
    house.poll();
    assert_eq!(house.damage("UPDATE sources SET places_removed = '[1' WHERE id = 'gone'"), 1);
    serve_items(&house, "/tarn/feed", &house.home("tarn"), &[("A planner", house.url("/tarn/a"))]);
    serve_items(&house, "/list/feed", &house.home("list"), &[("Seen elsewhere", far.clone())]);
    let report = house.poll();
    assert_eq!((&report["failed"], &report["entries_new"]), (&1.into(), &1.into()), "{report}");
    let list = state_of(&house, "list");
    assert!(list["reason"].as_str().is_some_and(|it| it.contains("removed publisher's places")), "{list}");
    let (status, failed) = failing(&house);
    assert!(status != Some(0) && failed.contains("link to other sites"), "{failed}");
    // Nothing was lost: once it is mended, the list is read as if for the first time.
    house.damage("UPDATE sources SET places_removed = '[1]' WHERE id = 'gone'");
    assert_eq!(house.poll()["entries_new"], 1);
    assert!(all(&house.export().items("feeds/all.json"), "external_url").contains(&far.as_str()));
}
