//! What an operator does beside the daemon: looking while others write, pipes, files from
//! other systems, lists of other readers.

use std::fs;
use std::io::PipeWriter;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::house::House;
use crate::house::eventually;
use crate::house::program;
use crate::house::source;
use crate::origin::Page;

/// Longest wait for what is bound to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A house with one published story.
fn house_with_a_story(title: &str) -> (House, String) {
    let house = House::new();
    house.configure(&[source(&house, "quay")]);
    let link = house.url("/quay/1");
    let feed = format!(
        "<rss version='2.0'><channel><title>Quay</title><link>{}</link><description>d</description><item>\
         <title>{title}</title><link>{link}</link><pubDate>Mon, 16 Nov 2026 08:00:00 GMT</pubDate>\
         <description>The crane at berth four lifts forty tonnes since Monday, the port said.</description>\
         </item></channel></rss>",
        house.home("quay")
    );
    house.origin.serve("/quay/feed", Page::new(feed));
    house.poll();
    let stories = house.json(&["story", "list"]);
    let key = stories[0]["key"].as_str().expect("a story").to_owned();
    (house, key)
}

#[test]
fn commands_that_only_read_wait_for_no_writer() {
    let (house, key) = house_with_a_story("Crane at berth four lifts again");
    let other = rusqlite::Connection::open(house.dir().join("bylined.db")).expect("a connection");
    other.execute_batch("BEGIN IMMEDIATE; UPDATE sources SET failures = 7").expect("a lock");
    let commands: [&[&str]; 12] = [
        &["story", "list"],
        &["story", "list", "--waiting", "--json"],
        &["story", "show", &key],
        &["story", "replay", &key],
        &["source", "list"],
        &["source", "export"],
        &["source", "test", "quay"],
        &["check", "--online"],
        &["status"],
        &["doctor"],
        &["export", "site"],
        &["backup", "copy.db"],
    ];
    for args in commands {
        house.ok(args);
    }
    assert!(house.dir().join("site/feeds/all.atom").exists());
    let failures = house.json(&["source", "list"]);
    assert_eq!(failures[0]["state"], "healthy", "what is not committed is not seen");
    other.execute_batch("ROLLBACK").expect("unlocked");
}

/// The writing end of a pipe that nobody reads.
fn closed_pipe() -> PipeWriter {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer
}

#[test]
fn a_closed_pipe_ends_every_command_quietly() {
    let (house, key) = house_with_a_story("Crane at berth four lifts again");
    let article = |n: usize| {
        serde_json::json!({
            "id": n.to_string(), "publisher": "P", "url": format!("https://p.example/{n}"),
            "title": format!("Crane {n} lifts"), "text": "The crane lifts forty tonnes.", "published": "2026-11-16T08:00:00Z"
        })
        .to_string()
    };
    let articles: Vec<String> = (0..400).map(article).collect();
    fs::write(house.dir().join("few.jsonl"), &articles[0]).expect("a file");
    fs::write(house.dir().join("many.jsonl"), format!("\u{feff}{}\r\n", articles.join("\r\n")))
        .expect("a file");
    fs::write(house.dir().join("pairs.jsonl"), "{\"id\":\"1\",\"a\":\"A\",\"b\":\"B\"}\n").expect("a file");
    let commands: [&[&str]; 19] = [
        &["completions", "bash"],
        &["completions", "zsh"],
        &["man"],
        &["--help"],
        &["story", "list"],
        &["story", "list", "--json"],
        &["story", "show", &key],
        &["source", "list", "--json"],
        &["source", "export"],
        &["source", "test", "quay"],
        &["status"],
        &["doctor"],
        &["check"],
        &["check", "--online"],
        &["poll", "--all", "--json"],
        &["export", "site"],
        &["eval", "dedup", "many.jsonl"],
        &["eval", "curate", "few.jsonl"],
        &["eval", "pairs", "pairs.jsonl"],
    ];
    for args in commands {
        let mut command = house.command(args);
        command.stdout(closed_pipe()).stderr(Stdio::piped());
        let output = command.spawn().expect("it starts").wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.as_ref()), (Some(0), ""), "{args:?}");
    }
    // Nobody hears why, but the code tells.
    let output =
        house.command(&["story", "show", "nonsense"]).stderr(closed_pipe()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn the_daemon_outlives_whoever_reads_its_log() {
    let house = House::new();
    house.configure(&[]);
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut child = house
        .command(&["run", "--listen", "127.0.0.1:0"])
        .env_remove("JOURNAL_STREAM")
        .stderr(writer)
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut said = String::new();
    let mut byte = [0];
    while !said.contains("serving on") || !said.ends_with('\n') {
        std::io::Read::read_exact(&mut reader, &mut byte).expect("a log");
        said.push(char::from(byte[0]));
    }
    let (_, rest) = said.split_once("serving on ").expect("an address");
    let address = rest.trim_end().parse().expect("an address");
    drop(reader);
    let signal = |name: &str| {
        let words = format!("kill -{name} {}", child.id());
        assert!(Command::new("sh").args(["-c", &words]).status().expect("a shell").success());
    };
    house.configure_with(&[], "", "[server]\nlisten = \"127.0.0.1:9\"\n");
    signal("HUP");
    assert_eq!(crate::http::get(address, "/healthz").status, 200);
    house.write_config("nonsense");
    signal("HUP");
    assert_eq!(crate::http::get(address, "/healthz").status, 200);
    signal("TERM");
    let status = eventually("it ends", PATIENCE, || child.try_wait().expect("a child"));
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_file_from_windows_stays_one() {
    let house = House::new();
    house.configure(&[source(&house, "quay").with("full_text = false # no pages\n# the end")]);
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let original = windows(&fs::read_to_string(house.config()).expect("a file"));
    house.write_config(&original);
    let feed = "<rss version='2.0'><channel><title>Lock</title><item><title>A</title><link>https://l.example/1</link>\
                </item></channel></rss>";
    house.origin.serve("/lock/feed", Page::new(feed));
    house.ok(&["source", "add", &house.url("/lock/feed")]);
    let list = "\u{feff}<opml version='2.0'>\r\n<body>\r\n<outline text='Weir' xmlUrl='https://weir.example/feed'/>\r\n\
                </body></opml>\r\n";
    fs::write(house.dir().join("list.opml"), list).expect("a file");
    house.ok(&["source", "import", "list.opml"]);
    let changed = fs::read_to_string(house.config()).expect("a file");
    assert_eq!(changed, windows(&changed[3..].replace("\r\n", "\n")), "every line ends in CRLF");
    assert!(
        changed.contains("[[source]]\r\nid = \"weir\"\r\n") && changed.contains("# no pages\r\n"),
        "{changed}"
    );
    house.ok(&["source", "remove", "weir"]);
    house.ok(&["source", "remove", "lock"]);
    assert_eq!(fs::read_to_string(house.config()).expect("a file"), original);
}

#[test]
fn a_list_of_another_reader_yields_its_feeds_and_names_what_is_none() {
    let house = House::new();
    house.configure(&[]);
    let list = "<opml version='2.0'><body><outline text='Cat'>\
        <outline text='https://a.example/feed' title='https://a.example/feed' xmlUrl='https://a.example/feed' htmlUrl='https://a.example/feed'/>\
        <outline text='Pages' type='HTML+XPath' xmlUrl='https://b.example/news'/>\
        <outline text='Calls' type='JSON+DotNotation' xmlUrl='https://c.example/api'/>\
        <outline text='Links' type='link' xmlUrl='https://d.example/feed'/>\
        </outline></body></opml>";
    fs::write(house.dir().join("list.opml"), list).expect("a file");
    let planned = house.json(&["source", "import", "list.opml", "--dry-run"]);
    let names: Vec<&Value> =
        planned["skipped"].as_array().expect("a list").iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["Pages", "Calls"]);
    let output = house.run(&["source", "import", "list.opml"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("skipped Pages: `HTML+XPath` is not a feed type"), "{said}");
    assert!(said.contains("skipped Calls: `JSON+DotNotation` is not a feed type"), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "added 2 sources, skipped 2\n");
    let text = fs::read_to_string(house.config()).expect("a file");
    assert!(!text.contains("publisher = \"http") && text.contains("publisher = \"Links\""), "{text}");
    house.ok(&["check"]);
}

#[test]
fn one_long_title_does_not_fill_up_every_line() {
    let (house, _) = house_with_a_story(&"Crane ".repeat(700));
    let listed = house.ok(&["story", "list"]);
    assert!(listed.lines().all(|it| it.chars().count() < 200), "{listed}");
    assert!(listed.contains("Crane Crane") && listed.contains('…'), "{listed}");
    let whole = house.json(&["story", "list"]);
    assert!(!whole[0]["title"].as_str().expect("a title").contains('…'), "{whole}");
}

#[test]
fn check_online_says_what_would_be_fetched() {
    let (house, _) = house_with_a_story("Crane at berth four lifts again");
    let sources = [
        source(&house, "quay").with("publisher = \"Quay\""),
        source(&house, "gone"),
        source(&house, "paused").with("enabled = false"),
        source(&house, "dropped").with("rights = \"drop\""),
    ];
    house.configure(&sources);
    let said = house.ok(&["check", "--online"]);
    let url = house.url("/quay/feed");
    let expected =
        format!("quay: `Quay`, 1 entries from {url} and 1 article pages where robots.txt allows it\n");
    assert!(said.contains(&expected), "{said}");
    assert!(said.contains("gone: failed: http"), "{said}");
    for id in ["paused", "dropped"] {
        assert!(said.contains(&format!("{id}: not fetched, as configured\n")), "{said}");
    }
    let json = house.json(&["check", "--online"]);
    assert_eq!(
        (&json["sources"][0]["pages"], &json["sources"][0]["entries"]),
        (&1.into(), &1.into()),
        "{json}"
    );
}

#[test]
fn refusals_take_one_line_where_no_person_watches() {
    let house = House::new();
    house.write_config("[site]\nanguage = \"en\"\n[store]\npath = 5\n");
    let said = |args: &[&str], code: i32| {
        let output = house.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    for args in [&["run"][..], &["poll"], &["status"]] {
        let said = said(args, 78);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("did you mean `language`?") && said.contains("store.path"), "{said}");
    }
    // Here each problem is a finding of its own, errors first.
    let found = said(&["check"], 78);
    let kinds: Vec<&str> = found.lines().filter_map(|it| it.split(':').next()).collect();
    assert_eq!(kinds, ["error", "error", "warning", "warning", "warning"], "{found}");
    let line = said(&["--log-format", "json", "run"], 78);
    let line: Value = serde_json::from_str(&line).expect("one JSON object");
    assert_eq!(line["level"], "ERROR");
    let output = program().args(["--config", "absent.toml", "run"]).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
}

#[test]
fn what_a_killed_backup_left_is_removed() {
    let (house, _) = house_with_a_story("Crane at berth four lifts again");
    let left = house.dir().join(".bylined-copy-aB3dE6gH");
    let check = |what: &str| {
        assert!(!left.exists(), "{what}");
        fs::write(&left, "half a copy").expect("a file");
    };
    fs::write(&left, "half a copy").expect("a file");
    house.ok(&["backup", "copy.db"]);
    check("the next backup");
    house.ok(&["restore", "copy.db"]);
    check("a restoration");
    drop(house.daemon());
    check("the daemon");
    house.ok(&["story", "list"]);
    assert!(left.exists(), "who only looks removes nothing");
    let entries = fs::read_dir(house.dir()).expect("a folder").flatten();
    let names: Vec<String> = entries.filter_map(|it| it.file_name().into_string().ok()).collect();
    let replaced = names.iter().filter(|it| it.starts_with("bylined.db.replaced-")).count();
    assert_eq!(replaced, 1, "what stood there is kept: {names:?}");
}
