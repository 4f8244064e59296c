//! A page that came in place of a feed is asked where the feed is.

use serde_json::Value;

use crate::house::House;
use crate::house::source;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

fn page(head: &str) -> Page {
    Page::html(format!("<!doctype html><html><head><title>A</title>{head}</head><p>Moved!"))
}

fn row<'a>(sources: &'a Value, id: &str) -> &'a Value {
    sources.as_array().and_then(|it| it.iter().find(|it| it["id"] == id)).expect("the source is listed")
}

#[test]
fn the_reason_names_the_feed_that_the_page_names_and_the_list_offers_to_follow_it() {
    let house = House::new();
    let link = "<link rel=\"alternate\" type=\"application/rss+xml\" href=\"/new/feed\">";
    house.origin.serve("/old/feed", page(link));
    house.origin.serve("/hidden/feed", page(link));
    house.origin.serve("/leads/feed", page("<meta http-equiv=\"refresh\" content=\"0; url='/new/feed'\">"));
    house.origin.serve("/plain/feed", page(""));
    house.origin.serve("/quoted/feed", page(&link.replace("/new/feed", "/a'; b/feed")));
    house.origin.serve("/new/feed", Paper::new("New Paper", &house.home("new"), &STORIES[..1]).rss2());
    house.origin.serve("/good/feed", Paper::new("Good Paper", &house.home("good"), &STORIES[1..2]).rss2());
    let mut sources = ["old", "leads", "plain", "quoted", "good"].map(|it| source(&house, it)).to_vec();
    sources.push(source(&house, "hidden").with("full_text = false\nlisted = false"));
    house.configure(&sources);
    assert_eq!(house.poll()["published"], 1);

    let new = house.url("/new/feed");
    let listed = house.json(&["source", "list"]);
    let reason = |id: &str| row(&listed, id)["reason"].as_str().unwrap_or_default().to_owned();
    for id in ["old", "leads", "plain", "hidden"] {
        assert!(reason(id).starts_with("not-a-feed: "), "{}", reason(id));
    }
    assert!(reason("old").ends_with(&format!("it names the feed {new}")), "{}", reason("old"));
    assert!(reason("leads").ends_with(&format!("it leads on to {new}")), "{}", reason("leads"));
    assert!(!reason("plain").contains("it names") && !reason("plain").contains("leads on"));
    assert!(!reason("hidden").contains("/new/feed"), "addresses of unlisted sources are shown nowhere");
    assert_eq!(row(&listed, "old")["names_feed"], Value::from(new.clone()));
    assert_eq!(row(&listed, "good")["names_feed"], Value::Null);

    let table = house.ok(&["source", "list"]);
    let command = format!("bylined source remove old && bylined source add '{new}' --id old");
    assert!(table.contains(&command), "{table}");
    assert!(table.contains("/a%27;%20b/feed' --id quoted"), "nothing leaves the quotes: {table}");
    let tested = house.run(&["source", "test", "old"]);
    assert!(String::from_utf8_lossy(&tested.stderr).contains(&new));

    house.ok(&["source", "remove", "old"]);
    house.ok(&["source", "add", &new, "--id", "old"]);
    house.poll();
    assert_eq!(row(&house.json(&["source", "list"]), "old")["state"], "healthy");
}
