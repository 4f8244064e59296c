//! Everything that is remembered can be copied while it is used, and put back; and what
//! would keep the program from its work is told with what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use crate::house::House;
use crate::house::ids;
use crate::house::source;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

/// One paper, of which these stories are published.
fn published(count: usize) -> House {
    let house = House::new();
    house.configure(&[source(&house, "daily")]);
    publish(&house, count);
    house
}

fn publish(house: &House, count: usize) {
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..count]);
    house.origin.serve("/daily/feed", daily.rss2());
    house.poll();
}

fn items(house: &House) -> Vec<Value> {
    house.export().items("feeds/all.json")
}

/// A file beside the configuration.
fn file(house: &House, name: &str) -> String {
    house.dir().join(name).to_str().expect("UTF-8").to_owned()
}

/// What stands beside the database under a name that begins so.
fn beside(house: &House, begins: &str) -> Vec<PathBuf> {
    let found = fs::read_dir(house.dir()).expect("a folder").map(|it| it.expect("a file").path());
    let is_one = |it: &PathBuf| it.file_name().is_some_and(|it| it.to_string_lossy().starts_with(begins));
    found.filter(is_one).collect()
}

#[track_caller]
fn fails(house: &House, args: &[&str], code: i32, words: &str) {
    let output = house.run(args);
    let said = String::from_utf8_lossy(&output.stderr).replace('\n', " ");
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "`{words}` is not in: {said}");
}

#[test]
fn a_copy_taken_beside_the_daemon_brings_everything_back() {
    let house = published(2);
    let before = items(&house);
    let copy = file(&house, "copy.db");
    let mut daemon = house.daemon();
    house.ok(&["backup", &copy]);
    fails(&house, &["restore", &copy], 75, "another bylined daemon runs");
    daemon.signal("TERM");
    assert!(daemon.end(std::time::Duration::from_secs(60)).success());
    publish(&house, 4);
    assert_eq!(items(&house).len(), 4);
    let replaced = items(&house);
    house.ok(&["restore", &copy]);
    assert_eq!(items(&house), before, "what was published is as it was");
    let kept = beside(&house, "bylined.db.replaced-");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(beside(&house, ".bylined-").is_empty(), "nothing half-written is left");
    // What was published since comes back under the ids that readers know.
    house.poll();
    let again = items(&house);
    let sorted = |items: &[Value]| {
        let mut ids: Vec<String> = ids(items).into_iter().map(str::to_owned).collect();
        ids.sort();
        ids
    };
    assert_eq!(sorted(&again), sorted(&replaced));
    house.ok(&["restore", kept[0].to_str().expect("UTF-8")]);
    assert_eq!(items(&house), replaced, "what was replaced can be had again");
}

#[test]
fn a_copy_replaces_an_older_one_and_is_its_owners_alone() {
    let house = published(1);
    let copy = file(&house, "copy.db");
    house.ok(&["backup", &copy]);
    publish(&house, 2);
    house.ok(&["backup", &copy]);
    assert_eq!(fs::metadata(&copy).expect("a copy").permissions().mode() & 0o077, 0);
    house.forget();
    house.ok(&["restore", &copy]);
    assert_eq!(items(&house).len(), 2);
}

#[test]
fn what_is_no_sound_copy_is_refused_and_changes_nothing() {
    let house = published(2);
    let before = items(&house);
    let database = file(&house, "bylined.db");
    let copy = file(&house, "copy.db");
    fails(&house, &["backup", &database], 64, "is the database itself");
    fails(&house, &["backup", &format!("{database}-wal")], 64, "is the database itself");
    fails(&house, &["restore", &copy], 66, "there is no");
    fs::write(&copy, "Not a database, but long enough to be looked at twice.\n".repeat(99)).expect("a file");
    fails(&house, &["restore", &copy], 65, "is damaged");
    rusqlite::Connection::open(file(&house, "other.db"))
        .and_then(|it| it.execute_batch("CREATE TABLE songs (title TEXT); PRAGMA user_version = 1"))
        .expect("another program's database");
    fails(&house, &["restore", &file(&house, "other.db")], 65, "not a database of bylined");
    fs::remove_file(&copy).expect("it is there");
    house.ok(&["backup", &copy]);
    let mut bytes = fs::read(&copy).expect("a copy");
    let middle = bytes.len() / 2;
    bytes[middle - 9_000..middle].fill(0xAA);
    fs::write(&copy, bytes).expect("a file");
    fails(&house, &["restore", &copy], 65, "is damaged");
    assert_eq!(items(&house), before);
    assert!(beside(&house, "bylined.db.replaced-").is_empty());
}

#[test]
fn a_copy_takes_the_place_of_a_damaged_database() {
    let house = published(2);
    let before = items(&house);
    let copy = file(&house, "copy.db");
    house.ok(&["backup", &copy]);
    let database = file(&house, "bylined.db");
    fs::write(&database, vec![0xAA; 50_000]).expect("a file");
    let found = doctor(&house, 65);
    assert_eq!(state(&found, "database"), "failed");
    house.ok(&["restore", &copy]);
    assert_eq!(items(&house), before);
    assert!(!beside(&house, "bylined.db.aside-").is_empty());
    assert_eq!(state(&doctor(&house, 0), "database"), "ok");
}

#[test]
fn a_daemon_does_not_start_on_a_damaged_database_and_leaves_it_as_it_is() {
    let house = published(2);
    let database = file(&house, "bylined.db");
    let mut bytes = fs::read(&database).expect("the database");
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 8_192].fill(0xAA);
    fs::write(&database, &bytes).expect("a file");
    fails(&house, &["run"], 65, "is damaged");
    assert!(fs::read(&database).expect("the database") == bytes);
}

#[test]
fn past_its_retention_a_text_that_no_reader_has_is_removed_and_its_entry_still_known() {
    let house = House::new();
    house.configure(&[source(&house, "daily").with("full_text = false\nexclude = [\"Halden\"]")]);
    publish(&house, 4);
    let before = items(&house);
    assert_eq!(before.len(), 3);
    let texts = || {
        let database = rusqlite::Connection::open(file(&house, "bylined.db")).expect("the database");
        let sql = "SELECT count(*), count(t.id) FROM entries e LEFT JOIN snapshots t ON t.entry = e.id";
        database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("two numbers")
    };
    assert_eq!(texts(), (4, 4));
    house.poll();
    assert_eq!(texts(), (4, 4), "they are not that old");
    rusqlite::Connection::open(file(&house, "bylined.db"))
        .and_then(|it| it.execute("UPDATE entries SET first_seen = 0", []))
        .expect("the database");
    house.origin.serve("/daily/feed", Paper::new("The Daily Fjord", &house.home("daily"), &STORIES).atom());
    let report = house.poll();
    assert_eq!(texts(), (4, 3));
    assert_eq!((&report["modified"], &report["entries_new"]), (&1.into(), &0.into()), "{report}");
    assert_eq!(items(&house), before);
    let kept = house.json(&["story", "list", "--state", "kept"]);
    assert!(kept[0]["title"].as_str().is_some_and(|it| it.contains("Halden")), "{kept}");
}

/// What the doctor found, after ending with this code.
#[track_caller]
fn doctor(house: &House, code: i32) -> Vec<Value> {
    let output = house.run(&["doctor", "--json"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{said}");
    serde_json::from_str(&said).expect("an array")
}

/// The worst that was found about one thing.
#[track_caller]
fn state<'a>(found: &'a [Value], check: &str) -> &'a str {
    let about = |state: &str| found.iter().find(|it| it["check"] == check && it["state"] == state);
    let worst = ["failed", "warning", "ok"].into_iter().find_map(about);
    worst.and_then(|it| it["state"].as_str()).unwrap_or_else(|| panic!("nothing about {check}: {found:#?}"))
}

#[test]
fn the_doctor_looks_at_everything_and_finds_a_house_in_order() {
    let house = published(1);
    let found = doctor(&house, 0);
    for check in ["configuration", "permissions", "database", "clock", "endpoint", "disk"] {
        assert_ne!(state(&found, check), "failed", "{found:#?}");
    }
    assert_eq!(state(&found, "database"), "ok");
    house.forget();
    assert_eq!(state(&doctor(&house, 0), "database"), "ok");
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let house = published(1);
    // A clock that went back behind the last poll.
    rusqlite::Connection::open(file(&house, "bylined.db"))
        .and_then(|it| it.execute("UPDATE sources SET last_poll = 4102444800000", []))
        .expect("the database");
    let found = doctor(&house, 75);
    assert_eq!(state(&found, "clock"), "failed");
    let advice = found.iter().find(|it| it["state"] == "failed").expect("one")["advice"].as_str();
    assert!(advice.is_some_and(|it| it.contains("clock")), "{advice:?}");
    house.forget();
    fs::set_permissions(house.config(), fs::Permissions::from_mode(0o666)).expect("ours");
    assert_eq!(state(&doctor(&house, 77), "permissions"), "failed");
    house.write_config("[site]\ntitel = \"x\"\n");
    assert_eq!(state(&doctor(&house, 78), "configuration"), "failed");
}

#[test]
fn the_doctor_asks_the_endpoint_for_its_models() {
    let house = House::new();
    let check = |page: Page, code: i32, expected: &str, words: &str| {
        house.origin.serve("/v1/models", page);
        house.write_config(&format!(
            "[store]\npath = \"{}\"\n[curation]\nengine = \"llm\"\n\
             [curation.llm]\nendpoint = \"{}\"\nmodel = \"small\"\nverify = \"rules\"\n",
            file(&house, "bylined.db"),
            house.url("/v1")
        ));
        let found = doctor(&house, code);
        assert_eq!(state(&found, "endpoint"), expected, "{found:#?}");
        assert!(found.iter().any(|it| it.to_string().contains(words)), "{found:#?}");
    };
    check(Page::new(r#"{"object": "list", "data": [{"id": "small"}]}"#), 0, "ok", "answers and has");
    check(Page::new(r#"{"object": "list", "data": [{"id": "large"}]}"#), 69, "failed", "only large");
    check(Page::status(401), 69, "failed", "401");
    check(Page::status(404), 0, "warning", "does not say");
}
