//! What came of an event is a story of its own that knows its past, and one text counts once, however many
//! publishers print it.

use std::time::Duration;

use serde_json::Value;

use crate::house::Export;
use crate::house::House;
use crate::house::source;
use crate::press::FIRST;
use crate::press::Paper;

const RULING: (&str, &str) = (
    "Court orders Falkner Systems to stop selling its Heron router",
    "The Odda county court has ordered Falkner Systems to stop selling its Heron router after a complaint by \
     Brisling Networks. Judge Marit Solheim said on Monday that Heron copies the packet scheduler that Brisling \
     patented in 2021. Falkner Systems must remove the router from shops in Norway within ten days or pay 40,000 \
     euros a day. The company, which sold 310,000 Heron routers last year, said it would appeal. Brisling Networks \
     had sued Falkner Systems in January after engineers in Bergen compared both firmwares.",
);
const REACTION: (&str, &str) = (
    "Brisling Networks shares jump after Heron router ban",
    "Shares of Brisling Networks rose 18 percent on Tuesday, a day after the Odda county court ordered Falkner \
     Systems to stop selling its Heron router. Analysts expect that Falkner Systems will have to license the patent \
     on the packet scheduler. Falkner shares fell 9 percent.",
);

fn item<'a>(items: &'a [Value], title: &str) -> &'a Value {
    items.iter().find(|it| it["title"] == title).unwrap_or_else(|| panic!("no `{title}` in {items:?}"))
}

/// The relations that a story has in the feed, each with the title of the other.
fn relations(export: &Export, title: &str) -> Vec<(String, String)> {
    let items = export.items("feeds/all.json");
    let related = item(&items, title)["_bylined"]["related"].as_array().expect("an array").clone();
    let word = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    related.iter().map(|it| (word(it, "relation"), word(it, "title"))).collect()
}

/// A house where one paper brings a ruling, and another one, days later, what came of it.
fn house() -> House {
    let house = House::new();
    let first = Paper::new("The Daily Fjord", &house.home("daily"), &[RULING]);
    let mut later = Paper::new("Market Monitor", &house.home("monitor"), &[REACTION]);
    // Longer than entries may join one story.
    later.articles[0].published = FIRST.plus(Duration::from_secs(73 * 3_600));
    house.origin.serve("/daily/feed", first.rss2());
    house.origin.serve("/monitor/feed", later.rss2());
    house.configure(&[
        source(&house, "daily").with("family = \"Fjord\""),
        source(&house, "monitor").with("family = \"Monitor\""),
    ]);
    house
}

#[test]
fn a_follow_up_and_its_event_name_each_other_wherever_they_are_shown() {
    let house = house();
    // The event is known for long when its follow-up arrives, in another process.
    assert_eq!(house.json(&["poll", "daily"])["published"], 1);
    let before = house.export();
    assert!(relations(&before, RULING.0).is_empty());
    assert_eq!(house.json(&["poll", "monitor"])["published"], 1);

    let export = house.export();
    let said = |relation: &str, title: &str| vec![(relation.to_owned(), title.to_owned())];
    assert_eq!(relations(&export, REACTION.0), said("follows", RULING.0));
    assert_eq!(relations(&export, RULING.0), said("followed_by", REACTION.0));

    let items = export.items("feeds/all.json");
    let html = |title: &str| item(&items, title)["content_html"].as_str().unwrap_or_default().to_owned();
    assert!(html(REACTION.0).contains("Follows: <a "), "{}", html(REACTION.0));
    assert!(html(RULING.0).contains("Followed by: <a "), "{}", html(RULING.0));
    // What comes later changes no date of what was published.
    let earlier = before.items("feeds/all.json");
    assert_eq!(item(&earlier, RULING.0)["date_modified"], item(&items, RULING.0)["date_modified"]);

    for (title, other) in [(RULING.0, REACTION.0), (REACTION.0, RULING.0)] {
        let id = item(&items, title)["id"].as_str().expect("an id").to_owned();
        let key = id.rsplit(':').next().expect("a key").to_owned();
        let listed = house.json(&["story", "list"]);
        let of_key = |it: &&Value| it["key"] == key.as_str();
        let url =
            listed.as_array().expect("stories").iter().find(of_key).expect("it is listed")["url"].clone();
        let page = export.page(url.as_str().expect("an address"));
        let line = page.split("id=\"time-line\"").nth(1).expect("a time line");
        let line = line.split("</ol>").next().expect("its end");
        assert!(
            line.contains("aria-current=\"true\"") && line.contains(title) && line.contains(other),
            "{line}"
        );
        assert!(line.find(RULING.0) < line.find(REACTION.0), "by date: {line}");
        let shown = house.ok(&["story", "show", &key]);
        let word = if title == RULING.0 { "Followed by: " } else { "Follows: " };
        assert!(shown.contains(&format!("{word}{other}")), "{shown}");
        let reason = format!("follows `{other}`: likely ");
        assert_eq!(shown.contains(&reason), title == REACTION.0, "why it follows: {shown}");
    }
}

#[test]
fn the_order_of_polls_does_not_decide_what_follows_what() {
    let house = house();
    // Both wait for their story in one pass: the event is taken first.
    assert_eq!(house.poll()["published"], 2);
    let follows = [("follows".to_owned(), RULING.0.to_owned())];
    assert_eq!(relations(&house.export(), REACTION.0), follows);

    // What came of the event arrives before it.
    let house = self::house();
    assert_eq!(house.json(&["poll", "monitor"])["published"], 1);
    assert_eq!(house.json(&["poll", "daily"])["published"], 1);
    let export = house.export();
    assert_eq!(relations(&export, REACTION.0), follows);
    assert_eq!(relations(&export, RULING.0), [("followed_by".to_owned(), REACTION.0.to_owned())]);
}

#[test]
fn a_story_that_only_repeats_what_was_known_does_not_return_to_the_top() {
    let house = house();
    let mut portal = Paper::new("Portal", &house.home("portal"), &[RULING]);
    portal.articles[0].text = format!("{} More on our site.", RULING.1);
    portal.articles[0].published = FIRST.plus(Duration::from_secs(70 * 3_600));
    house.origin.serve("/portal/feed", portal.rss2());
    let of_family = |it: &str| source(&house, it).with(&format!("family = \"{it}\""));
    house.configure(&["daily", "monitor", "portal"].map(of_family));
    house.json(&["poll", "daily"]);
    house.json(&["poll", "monitor"]);
    let before = house.export();
    let polled = house.json(&["poll", "portal"]);
    assert_eq!(
        (&polled["entries_new"], &polled["stories_new"]),
        (&1.into(), &0.into()),
        "it joins the ruling"
    );
    let after = house.export();

    let order = |export: &Export| {
        let items = export.items("feeds/all.json");
        items.iter().map(|it| (it["id"].clone(), it["date_modified"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(order(&after), order(&before));
    let publishers = after.items("feeds/all.json");
    let publishers = item(&publishers, RULING.0)["_bylined"]["publishers"].as_array().map(Vec::len);
    assert_eq!(publishers, Some(2), "who repeats it is credited all the same");
    let front = after.text("index.html");
    let place = |title: &str| front.find(title).unwrap_or_else(|| panic!("no `{title}` in {front}"));
    assert!(place(REACTION.0) < place(RULING.0), "the newer event stays on top");
}

#[test]
fn one_text_that_several_print_counts_once_and_says_whose_it_is() {
    let house = House::new();
    let mut wire = Paper::new("Fjord Wire", &house.home("wire"), &[RULING]);
    let mut portal = Paper::new("Portal", &house.home("portal"), &[RULING]);
    portal.articles[0].text = format!("{} More on our site.", RULING.1);
    portal.articles[0].published = FIRST.plus(Duration::from_secs(3_600));
    wire.articles[0].title = "Odda court bans Heron router of Falkner Systems".to_owned();
    house.origin.serve("/wire/feed", wire.rss2());
    house.origin.serve("/portal/feed", portal.rss2());
    house.configure(&[
        source(&house, "wire").with("family = \"Wire\""),
        source(&house, "portal").with("family = \"Portal\""),
    ]);
    assert_eq!(house.poll()["stories_new"], 1);
    let export = house.export();
    let items = export.items("feeds/all.json");
    let publishers = items[0]["_bylined"]["publishers"].as_array().expect("publishers");
    let of = |name: &str| publishers.iter().find(|it| it["name"] == name).expect("a byline");
    assert_eq!(of("Portal")["copy_of"], of("Fjord Wire")["url"]);
    assert_eq!(of("Fjord Wire")["copy_of"], Value::Null);
    let listed = house.json(&["story", "list"]);
    let page = export.page(listed[0]["url"].as_str().expect("an address"));
    assert!(
        page.contains("Repeats the text of Fjord Wire.") && page.contains("The first to publish this text."),
        "{page}"
    );
    let key = listed[0]["key"].as_str().expect("a key");
    let shown = house.ok(&["story", "show", key]);
    let of_portal = shown.lines().find(|it| it.contains(" portal `")).expect("its line");
    assert!(
        of_portal.contains(", copies the text of wire") && shown.matches("copies the text").count() == 1,
        "{shown}"
    );
    let shown = house.json(&["story", "show", key]);
    let member = |id: &str| {
        shown["members"].as_array().expect("members").iter().find(|it| it["source"] == id).expect("an entry")
    };
    assert_eq!(member("portal")["copy_of"], member("wire")["url"]);
    assert_eq!(member("wire")["copy_of"], Value::Null);
    // Two independent reports score one more.
    let score = |house: &House| house.json(&["story", "show", key])["score"].as_f64();
    let alone = House::new();
    alone.origin.serve("/wire/feed", wire.rss2());
    alone.configure(&[source(&alone, "wire").with("family = \"Wire\"")]);
    alone.poll();
    let listed = alone.json(&["story", "list"]);
    let shown = alone.json(&["story", "show", listed[0]["key"].as_str().expect("a key")]);
    assert_eq!(score(&house), shown["score"].as_f64());
}
