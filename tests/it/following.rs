//! Sources are added, removed, tried, imported and exported from the command line, and the
//! operator's file stays the operator's.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::house::House;
use crate::house::all;
use crate::house::source;
use crate::origin::Behaviour;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

const COMMENT: &str = "# ---- keep this line\n\n";

/// A house that follows one paper, with a comment in its file.
fn house() -> House {
    let house = House::new();
    house.origin.serve("/a/feed", paper(&house, "a").rss2());
    house.configure(&[source(&house, "a")]);
    let text = file(&house);
    house.write_config(&format!("{COMMENT}{text}\n# the end\n"));
    house
}

fn paper(house: &House, id: &str) -> Paper {
    Paper::new(&format!("Paper {id}"), &house.home(id), &STORIES[..2])
}

fn file(house: &House) -> String {
    std::fs::read_to_string(house.config()).expect("a configuration")
}

/// The page of a site with this in its head.
fn page(head: &str) -> Page {
    Page::html(format!(
        "<!doctype html><html><head><title>Welcome</title>{head}</head><body>Hello</body></html>"
    ))
}

/// The exit code and what was said of it.
fn refused(house: &House, args: &[&str]) -> (Option<i32>, String) {
    let output = house.run(args);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_feed_is_added_where_the_sites_page_names_it() {
    let house = house();
    let before = file(&house);
    house.origin.serve(
        "/site/",
        page(
            "<link rel=alternate type='application/rss+xml' title='Comments' href='/comments/feed'>\
         <link rel=alternate type='application/rss+xml' title='News' href='/news.xml'>",
        ),
    );
    house.origin.serve("/news.xml", paper(&house, "news").atom());
    let added = house.json(&["source", "add", &house.url("/site/"), "--topic", "AI"]);
    assert_eq!((&added["id"], &added["url"]), (&"paper-news".into(), &house.url("/news.xml").into()));
    assert_eq!((&added["title"], &added["entries"]), (&"Paper news".into(), &2.into()));
    assert_eq!(added["others"], serde_json::json!([house.url("/comments/feed")]));
    let table = format!(
        "\n[[source]]\nid = \"paper-news\"\nurl = \"{}\"\ntopics = [\"AI\"]\n",
        house.url("/news.xml")
    );
    assert_eq!(file(&house).replacen(&table, "", 1), before, "nothing else has changed");
    assert_eq!(house.poll()["entries_new"], 4);

    let (code, words) = refused(&house, &["source", "add", &house.url("/news.xml")]);
    assert!(code == Some(64) && words.contains("paper-news"), "{words}");
    let (code, words) = refused(&house, &["source", "add", &house.url("/site/")]);
    assert!(code == Some(64) && words.contains("already"), "{words}");
    house.ok(&["source", "remove", "paper-news"]);
    assert_eq!(file(&house), before);
}

#[test]
fn a_feed_is_found_however_the_page_names_it() {
    let house = house();
    house.origin.serve("/sub/news.xml", paper(&house, "news").atom());
    house.origin.serve("/news.xml", paper(&house, "front").atom());
    house.origin.serve("/news.json", paper(&house, "data").json());
    let check = |page: Page, expected: &str| {
        house.origin.serve("/site/", page);
        let added = house.json(&["source", "add", &house.url("/site/"), "--dry-run"]);
        assert_eq!(
            (&added["url"], &added["others"]),
            (&house.url(expected).into(), &serde_json::json!([])),
            "{added}"
        );
    };
    let alternate = "<link rel=alternate type='application/rss+xml' href=news.xml>";
    check(page(&format!("<base href='/sub/'>{alternate}")), "/sub/news.xml");
    check(
        page(&format!("<base href='data:,'><base href='/sub/'>{}", alternate.replace("news", "/news"))),
        "/news.xml",
    );
    check(
        page("<LINK REL='Home Alternate' TYPE='Application/RSS+XML; charset=utf-8' HREF='/news.xml'>"),
        "/news.xml",
    );
    let json = "<link rel=alternate type=application/json href=/wp-json/wp/v2/pages/1>\
                <link rel=alternate type=application/json href=/news.json>";
    check(page(json), "/news.json");
    let named = "</wp-json/>; rel=\"https://api.w.org/\", </news.json>; rel=preload; title=\"a, b\"; x=1, \
                 <../news.xml>; title=\"News, all\"; rel=\"alternate\"; type=\"application/rss+xml\"";
    check(page("").header("Link", named), "/news.xml");
}

#[test]
fn a_feed_is_found_where_feeds_usually_stand() {
    let house = house();
    house.origin.serve("/site", page(""));
    house.origin.serve("/site/atom.xml", paper(&house, "usual").atom());
    let before = file(&house);
    let added = house.json(&["source", "add", &house.url("/site"), "--dry-run"]);
    assert_eq!(added["url"], house.url("/site/atom.xml"));
    assert_eq!(file(&house), before, "a dry run changes nothing");
    house.ok(&["source", "add", &house.url("/site"), "--id", "mine", "--publisher", "The Usual"]);
    assert!(file(&house).contains("id = \"mine\"") && file(&house).contains("publisher = \"The Usual\""));
    let (code, _) = refused(&house, &["source", "add", &house.url("/other"), "--id", "a"]);
    assert_eq!(code, Some(69), "there is nothing");
}

#[test]
fn what_is_no_feed_is_refused_with_the_reason() {
    let house = house();
    let before = file(&house);
    let check = |path: &str, args: &[&str], code: i32, words: &str| {
        let url = house.url(path);
        let args: Vec<&str> = args.iter().copied().chain([url.as_str()]).collect();
        let (found, said) = refused(&house, &args);
        // The report is wrapped at the width of the terminal.
        let said: Vec<&str> = said.split_whitespace().filter(|it| *it != "│").collect();
        assert!(found == Some(code) && said.join(" ").contains(words), "{args:?}: {found:?} {said:?}");
    };
    house.origin.serve("/empty/", page(""));
    check("/empty/", &["source", "add"], 65, "names no feed");
    house.origin.serve("/wall/", Page::html("<title>Just a moment...</title>"));
    check("/wall/", &["source", "add"], 69, "bot-wall: Cloudflare challenge");
    check("/wall/", &["source", "test"], 69, "bot-wall: Cloudflare challenge");
    house.origin.serve("/robots.txt", Page::new("User-agent: bylined\nDisallow: /private"));
    check("/private", &["source", "test"], 69, "robots: robots.txt has a rule for bylined");
    let report = house.json(&["check", "--online"]);
    assert_eq!(report["sources"][0]["reason"], Value::Null, "{report}");
    house.origin.serve("/robots.txt", Page::new("User-agent: bylined\nDisallow: /a"));
    let report = house.json(&["check", "--online"]);
    assert!(report["sources"][0]["reason"].as_str().is_some_and(|it| it.starts_with("robots: ")), "{report}");
    assert_eq!(file(&house), before);
    assert_eq!(refused(&house, &["source", "add", "ftp://a.example/"]).0, Some(64));
    assert_eq!(refused(&house, &["source", "remove", "nobody"]).0, Some(64));
}

#[test]
fn a_trial_shows_what_a_source_would_yield_and_stores_nothing() {
    let house = house();
    house.origin.behave("/old", Behaviour::Redirect { status: 301, to: "/b/feed".to_owned() });
    house.origin.serve("/b/feed", paper(&house, "b").json());
    for asked in [house.url("/old"), "a".to_owned()] {
        let trial = house.json(&["source", "test", &asked]);
        assert_eq!((&trial["entries"], &trial["reason"]), (&2.into(), &Value::Null), "{trial}");
        let newest = trial["newest"].as_array().expect("entries");
        assert_eq!(newest.len(), 2);
        assert!(newest.iter().all(|it| it["title"].is_string() && it["url"].is_string()), "{trial}");
    }
    let trial = house.json(&["source", "test", &house.url("/old")]);
    assert_eq!(trial["moved_to"], house.url("/b/feed"));
    assert_eq!(house.json(&["status"])["entries"], 0);
}

#[test]
fn the_stories_of_a_removed_source_stay_with_their_credits() {
    let house = house();
    house.poll();
    let before = house.export().items("feeds/all.json");
    assert_eq!(before.len(), 2);
    house.ok(&["source", "remove", "a"]);
    assert!(file(&house).starts_with(COMMENT) && file(&house).ends_with("# the end\n"), "{}", file(&house));
    assert_eq!(house.poll()["polled"], 0);
    let after = house.export().items("feeds/all.json");
    assert_eq!(all(&after, "id"), all(&before, "id"));
    assert_eq!(all(&after, "url"), all(&before, "url"));
}

#[test]
fn a_list_that_was_exported_is_imported_again() {
    let house = house();
    let list = "<opml><body><outline text='AI'>\
         <outline type='rss' text='Lab &amp; Co' xmlUrl='https://lab.example/feed'/>\
         <outline type='rss' text='Same' xmlUrl='http://www.lab.example/feed/'/></outline>\
         <outline type='rss' text='Chips' xmlUrl='https://chips.example/rss' category='/Hardware/Chips'/>\
         <outline type='rss' text='Secret' xmlUrl='https://ann:word@secret.example/'/>\
         <outline type='rss' text='Odd' xmlUrl='javascript:alert(1)'/></body></opml>";
    let path = house.dir().join("list.opml");
    std::fs::write(&path, list).expect("a file");
    let imported = house.json(&["source", "import", path.to_str().expect("a path")]);
    let added = imported["added"].as_array().expect("an array");
    assert_eq!(all(added, "id"), ["lab-co", "chips"]);
    assert_eq!(added[0]["topics"], serde_json::json!(["AI"]));
    assert_eq!(added[1]["topics"], serde_json::json!(["Chips"]));
    let skipped = imported["skipped"].as_array().expect("an array");
    assert_eq!(all(skipped, "name"), ["Same", "Secret", "Odd"]);
    assert!(!imported.to_string().contains("word@"), "{imported}");
    assert!(file(&house).contains("publisher = \"Lab & Co\""));

    let exported = house.ok(&["source", "export"]);
    assert!(exported.contains("<outline text=\"AI\" title=\"AI\">"), "{exported}");
    let sources = |json: &Value| {
        json.as_array()
            .expect("an array")
            .iter()
            .map(|it| (it["name"].clone(), it["url"].clone(), it["topics"].clone()))
            .collect::<Vec<_>>()
    };
    let expected = sources(&house.json(&["source", "export"]));
    assert_eq!(expected.len(), 3);
    let other = House::new();
    other.configure(&[]);
    let mut command = other.command(&["source", "import", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it runs");
    child.stdin.take().expect("a pipe").write_all(exported.as_bytes()).expect("it reads");
    assert!(child.wait().expect("it ends").success());
    let mut found = sources(&other.json(&["source", "export"]));
    found.sort_by_key(|it| expected.iter().position(|other| other.1 == it.1));
    assert_eq!(found, expected);

    std::fs::write(&path, "<rss/>").expect("a file");
    let path = path.to_str().expect("a path");
    assert_eq!(refused(&house, &["source", "import", path]).0, Some(65));
    assert_eq!(refused(&house, &["source", "import", "/nowhere/at/all"]).0, Some(66));
}
