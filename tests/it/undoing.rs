//! A decision of an editor is taken whole or not at all: one that is refused, before or after it has
//! begun to write, leaves every row as it was.

use rusqlite::Connection;
use serde_json::Value;

use crate::house::House;
use crate::house::source;
use crate::press::Paper;
use crate::press::STORIES;

const BY: [&str; 2] = ["--by", "Mara Quill"];

/// Two papers with three stories between them.
fn newsroom() -> House {
    let house = House::new();
    for (id, name, at) in [("daily", "The Daily Fjord", 0..2), ("harbour", "Harbour Times", 2..3)] {
        let paper = Paper::new(name, &house.home(id), &STORIES[at]);
        house.origin.serve(&format!("/{id}/feed"), paper.rss2());
    }
    house.configure(&[source(&house, "daily"), source(&house, "harbour")]);
    house.poll();
    house
}

fn database(house: &House) -> Connection {
    Connection::open(house.dir().join("bylined.db")).expect("the database")
}

/// Every row of every table.
fn rows(house: &House) -> Vec<String> {
    let database = database(house);
    let mut select = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .expect("the tables");
    let tables: Vec<String> =
        select.query_map([], |row| row.get("name")).expect("names").map(|it| it.expect("a name")).collect();
    let mut found = Vec::new();
    for table in tables {
        let mut select = database.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let width = select.column_count();
        let mut rows = select.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let values: Vec<String> =
                (0..width).map(|at| format!("{:?}", row.get_ref(at).expect("a value"))).collect();
            found.push(format!("{table}: {}", values.join(", ")));
        }
    }
    assert!(found.len() > 20, "the tables hold what was polled");
    found
}

/// Keys of the stories, by title.
fn key(house: &House, title: &str) -> String {
    let stories = house.json(&["story", "list"]);
    let found = stories.as_array().expect("an array").iter().find(|it| it["title"] == title);
    found.and_then(|it| it["key"].as_str()).unwrap_or_else(|| panic!("{title} in {stories}")).to_owned()
}

/// Runs a decision; `story edit` gets an editor that writes another title.
fn decide(house: &House, args: &[&str]) -> bool {
    let script = house.dir().join("editor.py");
    let text = format!(
        "import sys\np = sys.argv[1]\ns = open(p).read()\nopen(p, 'w').write(s.replace({:?}, 'Another title'))\n",
        STORIES[0].0
    );
    std::fs::write(&script, text).expect("the folder takes files");
    let mut command = house.command(args);
    command.args(BY).env("EDITOR", format!("python3 {}", script.display())).env_remove("VISUAL");
    command.output().expect("it runs").status.success()
}

#[test]
fn a_decision_that_fails_while_it_writes_leaves_every_row_as_it_was() {
    let house = newsroom();
    let [one, other] = [0, 2].map(|at| key(&house, STORIES[at].0));
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("[[source]]", "[[source]]\nexcerpt = { words = 20, run = 20 }"));
    house.poll();
    let shown = house.json(&["story", "show", &one]);
    let entry = shown["members"][0]["entry"].as_str().expect("an entry").to_owned();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'refused'); END";
    for args in [
        &["story", "replay", &one, "--apply"][..],
        &["story", "approve", &one],
        &["story", "edit", &one, "--yes"],
        &["story", "merge", &one, &other],
        &["story", "split", &one, &entry],
        &["story", "reject", &one, "--reason", "Not our beat"],
        &["story", "approve", &one],
    ] {
        database(&house).execute_batch(refuse).expect("a trigger");
        let before = rows(&house);
        assert!(!decide(&house, args), "{args:?}");
        assert_eq!(before, rows(&house), "{args:?}");
        database(&house).execute_batch("DROP TRIGGER refuse").expect("no trigger");
        assert!(decide(&house, args), "{args:?} goes through when it can be written");
        assert_ne!(before, rows(&house), "{args:?}");
    }
}

#[test]
fn a_decision_that_is_refused_leaves_every_row_as_it_was() {
    let house = newsroom();
    let [kept, merged, rejected] = [0, 1, 2].map(|at| key(&house, STORIES[at].0));
    assert!(decide(&house, &["story", "merge", &kept, &merged]));
    assert!(decide(&house, &["story", "reject", &rejected, "--reason", "Not our beat"]));
    let stories = house.json(&["story", "list"]);
    let of_state = |state: &str| -> String {
        let found = stories.as_array().expect("an array").iter().find(|it| it["state"] == state);
        found.and_then(|it| it["key"].as_str()).unwrap_or_else(|| panic!("{state} in {stories}")).to_owned()
    };
    let (merged, kept) = (of_state("merged"), of_state("published"));
    let shown: Value = house.json(&["story", "show", &kept]);
    let entry = shown["members"][0]["entry"].as_str().expect("an entry");
    house.poll();
    let before = rows(&house);
    for args in [
        &["story", "approve", "aaaaaaaaaaaaaaaa"][..],
        &["story", "approve", &merged],
        &["story", "reject", &rejected, "--reason", "Twice"],
        &["story", "reject", &merged, "--reason", "Gone"],
        &["story", "edit", &rejected],
        &["story", "edit", &merged],
        &["story", "replay", &rejected, "--apply"],
        &["story", "replay", &merged, "--apply"],
        &["story", "merge", &kept, &merged],
        &["story", "merge", &kept, &rejected],
        &["story", "merge", &kept, "aaaaaaaaaaaaaaaa"],
        &["story", "split", &kept, "no such entry"],
        &["story", "split", &rejected, entry],
    ] {
        assert!(!decide(&house, args), "{args:?}");
        assert_eq!(before, rows(&house), "{args:?}");
    }
}
