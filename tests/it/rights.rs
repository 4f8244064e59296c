//! A publisher's no holds: whatever becomes of the source in the file, and wherever it was said.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::house::House;
use crate::house::Source;
use crate::house::path_of;
use crate::house::source;
use crate::house::source_at;
use crate::origin::Behaviour;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

/// Words of the paper that opts out: its name, its addresses, its titles, its text.
const WORDS: [&str; 8] = [
    "Harbour Times",
    "harbour/feed",
    "harbour/article-",
    "urn:paper:harbour-times",
    "Tarn 5.2 halves",
    "tarn-5-2-halves",
    "exhaustive search",
    "31 milliseconds",
];

/// Two papers that tell one story each, and one together under one address: the paper that opts
/// out tells it first.
fn newsroom() -> House {
    let house = House::new();
    let mut harbour = Paper::new("Harbour Times", &house.home("harbour"), &[STORIES[1], STORIES[0]]);
    harbour.articles[1].title = "Harbour Times exclusive: a scheduler set free".to_owned();
    harbour.articles[1].link = house.url("/daily/article-0");
    harbour.articles[1].published = crate::press::FIRST.minus(std::time::Duration::from_secs(3600));
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &[STORIES[0], STORIES[2]]);
    house.origin.serve("/harbour/feed", harbour.rss2());
    house.origin.serve("/daily/feed", daily.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "harbour")]);
    house.poll();
    assert_eq!(house.export().items("feeds/all.json").len(), 3);
    house
}

fn with_rights(house: &House, rights: &str) -> [Source; 2] {
    let harbour = source(house, "harbour").with(&format!("full_text = false\n{rights}"));
    [source(house, "daily"), harbour]
}

/// The files of a folder in which a word stands, in any case.
fn traces(folder: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            found.extend(traces(&path, word));
            continue;
        }
        let name = path.display().to_string();
        let bytes = fs::read(&path).expect("a file").to_ascii_lowercase();
        let word = word.to_ascii_lowercase();
        let stands = bytes.windows(word.len()).any(|it| it == word.as_bytes());
        if (stands || name.contains(&word)) && !name.ends_with(".toml") {
            found.push(name);
        }
    }
    found
}

#[track_caller]
fn expect_no_word(house: &House, when: &str) {
    for word in WORDS {
        assert_eq!(traces(house.dir(), word), Vec::<String>::new(), "`{word}`, {when}");
    }
}

#[track_caller]
fn remove(house: &House, id: &str) {
    house.ok(&["source", "remove", id]);
}

#[test]
fn a_dropped_publisher_leaves_no_byte_in_database_or_site() {
    let house = newsroom();
    house.configure(&with_rights(&house, "rights = \"drop\""));
    house.poll();
    assert_eq!(house.export().items("feeds/all.json").len(), 2);
    expect_no_word(&house, "after a poll");
    house.ok(&["backup", house.dir().join("copy.db").to_str().expect("a path")]);
    remove(&house, "harbour");
    house.poll();
    house.export();
    expect_no_word(&house, "after the source was removed");
}

#[test]
fn what_was_dropped_and_removed_without_a_poll_between_is_dropped() {
    let house = newsroom();
    house.configure(&with_rights(&house, "rights = \"drop\""));
    remove(&house, "harbour");
    house.export();
    expect_no_word(&house, "at the first export");
    house.poll();
    assert_eq!(house.export().items("feeds/all.json").len(), 2);
    expect_no_word(&house, "after a poll");
}

#[test]
fn a_drop_holds_when_its_key_is_deleted_until_it_is_lifted_in_so_many_words() {
    let house = newsroom();
    house.configure(&with_rights(&house, "rights = \"drop\""));
    house.poll();
    for rights in ["", "rights = \"extractive\"", "publisher = \"Harbour Times\""] {
        house.configure(&with_rights(&house, rights));
        house.poll();
        house.export();
        expect_no_word(&house, rights);
        let listed = house.json(&["source", "list"]);
        assert_eq!(listed[1]["rights"], "drop", "{listed}");
    }
    remove(&house, "harbour");
    // It comes back under another name, with the same address.
    let again = source_at("tide", &house.url("/harbour/feed"));
    house.configure(&[source(&house, "daily"), again.clone()]);
    house.poll();
    house.export();
    expect_no_word(&house, "under another id");
    house.configure(&[source(&house, "daily"), again.with("full_text = false\nrights = \"any\"")]);
    house.poll();
    assert!(house.export().text("feeds/all.json").contains("Harbour Times"));
}

#[test]
fn what_is_lifted_is_known_again_and_no_story_is_told_twice() {
    let house = newsroom();
    let keys = |house: &House| -> Vec<String> {
        let stories = house.json(&["story", "list"]);
        let mut keys: Vec<String> =
            stories.as_array().expect("an array").iter().map(|it| it["key"].to_string()).collect();
        keys.sort();
        keys
    };
    let before = keys(&house);
    house.configure(&with_rights(&house, "rights = \"drop\""));
    house.poll();
    assert_eq!(house.export().items("feeds/all.json").len(), 2);
    house.configure(&with_rights(&house, "rights = \"any\""));
    house.poll();
    house.poll();
    assert_eq!(keys(&house), before);
    let items = house.export().items("feeds/all.json");
    assert!(
        items.iter().any(|it| it.to_string().contains("Harbour Times")),
        "it is credited again: {items:?}"
    );
}

#[test]
fn a_lifted_removal_reads_each_page_once_and_is_over() {
    let house = House::new();
    let mut harbour = Paper::new("Harbour Times", &house.home("harbour"), &[STORIES[0], STORIES[1]]);
    let pages = ["/harbour/article-0", "/harbour/article-1"];
    for ((article, path), (title, text)) in harbour.articles.iter_mut().zip(pages).zip(STORIES) {
        "Read more…".clone_into(&mut article.text);
        article.link = house.url(path);
        let paragraphs: String = text.split("\n\n").map(|it| format!("<p>{it}</p>")).collect();
        let page =
            format!("<title>{title}</title><article><h1>{title}</h1>{}</article>", paragraphs.repeat(4));
        house.origin.serve(path, Page::html(page));
    }
    house.origin.serve("/harbour/feed", harbour.rss2());
    let poll = |rights: &str| {
        house.configure(&[source(&house, "harbour").with(rights)]);
        house.poll()
    };
    poll("");
    poll("rights = \"drop\"");
    let before = pages.map(|it| house.origin.count(it));
    assert_eq!(poll("rights = \"any\"")["entries_updated"], 2);
    assert_eq!(pages.map(|it| house.origin.count(it)), before.map(|it| it + 1), "each page is read once");
    assert_eq!(house.export().items("feeds/all.json").len(), 2, "both are told again");
    harbour.name = "The Harbour Times".to_owned();
    house.origin.serve("/harbour/feed", harbour.rss2());
    assert_eq!(poll("rights = \"any\"")["entries_updated"], 0, "only the feed's name changed");
}

/// A list with one line about each of these articles, which follows its own sources and others'.
fn link_pile(house: &House, lines: &[(&str, &str, &str)]) -> Paper {
    let told: Vec<(&str, &str)> = lines.iter().map(|(_, title, text)| (*title, *text)).collect();
    let mut list = Paper::new("Link Pile", &house.home("list"), &told);
    for (article, (path, ..)) in list.articles.iter_mut().zip(lines) {
        article.link = house.url(path);
        article.id = format!("urn:list:{path}").replace("harbour", "h");
    }
    list
}

/// What the list says, which stands nowhere once it is about a dropped publisher's articles.
#[track_caller]
fn expect_no_line(house: &House, when: &str) {
    expect_no_word(house, when);
    for word in ["quayside", "Points: 1", "urn:list:/h/"] {
        assert_eq!(traces(house.dir(), word), Vec::<String>::new(), "`{word}`, {when}");
    }
}

#[test]
fn what_a_list_says_of_a_dropped_publishers_articles_goes_too() {
    const FIRST: (&str, &str, &str) =
        ("/harbour/article-9", "Quayside kiln of Morrow reaches 900 degrees", "Points: 12");
    const NEXT: (&str, &str, &str) = ("/harbour/article-10", "Quayside kiln of Morrow cools", "Points: 11");
    let house = newsroom();
    let serve = |lines: &[_]| house.origin.serve("/list/feed", link_pile(&house, lines).rss2());
    let poll = |rights: &str| {
        let [daily, harbour] = with_rights(&house, rights);
        house.configure(&[daily, harbour, source(&house, "list")]);
        house.poll();
    };
    serve(&[FIRST]);
    poll("");
    assert_eq!(house.export().items("feeds/all.json").len(), 4);
    poll("rights = \"drop\"");
    assert_eq!(house.export().items("feeds/all.json").len(), 2);
    expect_no_line(&house, "after the drop");
    // The list changes, with what it said before and with another article of theirs.
    serve(&[(FIRST.0, FIRST.1, "Points: 13"), NEXT]);
    house.poll();
    expect_no_line(&house, "after the list changed");
    // By digests it is known that they are theirs, though their source is gone.
    remove(&house, "harbour");
    serve(&[(FIRST.0, "Quayside kiln of Morrow reaches 950 degrees", "Points: 14"), NEXT]);
    house.poll();
    serve(&[("/list/own", FIRST.1, "Points: 15")]);
    assert_eq!(house.poll()["entries_updated"], 1, "what leads elsewhere is the list's own");
    serve(&[(FIRST.0, FIRST.1, "Points: 16"), NEXT]);
    let daemon = house.daemon();
    house.ok(&["poll", "list"]);
    house.ok(&["backup", house.dir().join("copy.db").to_str().expect("a path")]);
    assert_eq!(house.export().items("feeds/all.json").len(), 2);
    assert!(house.dir().join("bylined.db-wal").exists(), "the daemon holds the log");
    for word in ["/harbour/", "Points: 15", "Points: 16", "Kiln of Morrow cools"] {
        assert_eq!(traces(house.dir(), word), Vec::<String>::new(), "`{word}` while the daemon runs");
    }
    drop(daemon);
}

#[test]
fn an_entry_that_a_list_turns_to_a_dropped_publishers_article_loses_its_words() {
    let house = newsroom();
    let serve = |path: &str, text: &str| {
        let mut list = link_pile(&house, &[(path, "Quayside kiln of Morrow", text)]);
        list.articles[0].id = "urn:list:/h/1".to_owned();
        house.origin.serve("/list/feed", list.rss2());
    };
    serve("/list/own", "Points: 12");
    let [daily, harbour] = with_rights(&house, "rights = \"drop\"");
    house.configure(&[daily.clone(), harbour, source(&house, "list")]);
    house.poll();
    assert_eq!(house.export().items("feeds/all.json").len(), 3);
    serve("/harbour/article-9", "Points: 12");
    house.poll();
    assert_eq!(house.export().items("feeds/all.json").len(), 2);
    expect_no_line(&house, "after its link changed");
    // Once the rights are lifted, it is told again, and under its old id.
    let harbour = source(&house, "harbour").with("full_text = false\nrights = \"any\"");
    house.configure(&[daily, harbour, source(&house, "list")]);
    serve("/harbour/article-9", "Points: 17");
    house.poll();
    let titles = house.export().text("feeds/all.json");
    assert!(titles.contains("Quayside kiln of Morrow"), "{titles}");
    assert_eq!(house.export().items("feeds/all.json").len(), 4);
}

#[test]
fn what_is_republished_or_redirects_to_a_dropped_publishers_article_is_not_stored() {
    let house = newsroom();
    let article = house.url("/harbour/article-9");
    house.origin.serve("/harbour/article-9", Page::html("<article><p>Quayside kiln.</p></article>"));
    let to = house.url("/harbour/article-9");
    house.origin.behave("/list/go", Behaviour::Redirect { status: 302, to });
    let copied = format!(
        "<html><head><link rel=\"canonical\" href=\"{article}\"></head><body><article><p>{}</p></article></body></html>",
        "A report on dyes, which the list has read for its readers. ".repeat(20)
    );
    house.origin.serve("/list/copy", Page::html(copied));
    let entry = |n: usize, link: &str, further: &str| {
        format!(
            "<entry><id>urn:list:{n}</id><title>Dye report {n} of Morrow</title><link href=\"{link}\"/>\
             <updated>2024-05-01T10:00:00Z</updated><summary>It is read …</summary>{further}</entry>"
        )
    };
    let source_of = format!(
        "<source><id>{0}</id><title>Harbour Times</title><link href=\"{0}\"/></source>",
        house.home("harbour")
    );
    let feed = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Link Pile</title><id>urn:list</id>\
         <link href=\"{}\"/><updated>2024-05-01T10:00:00Z</updated>{}{}{}</feed>",
        house.home("list"),
        entry(1, &house.url("/list/go"), ""),
        entry(2, &house.url("/list/copy"), ""),
        entry(3, &house.url("/harbour/article-8"), &source_of)
    );
    let [daily, harbour] = with_rights(&house, "rights = \"drop\"");
    house.configure(&[daily.clone(), harbour.clone()]);
    house.poll();
    house.origin.serve("/list/feed", Page::new(feed));
    house.configure(&[daily, harbour, source(&house, "list").with("")]);
    house.poll();
    house.export();
    assert_eq!(house.origin.count("/list/copy"), 1, "pages are read");
    assert_eq!(house.origin.count("/harbour/article-9"), 0, "theirs are not");
    expect_no_line(&house, "after the pages were read");
    assert_eq!(traces(house.dir(), "Dye report 3"), Vec::<String>::new());
    assert!(!traces(house.dir(), "Dye report 1").is_empty());
}

#[test]
fn the_address_that_a_copy_names_as_its_original_goes_too() {
    let house = newsroom();
    let copied = format!(
        "<html><head><link rel=\"canonical\" href=\"{}\"></head><body><article><p>{}</p></article></body></html>",
        house.url("/harbour/article-7"),
        "A report on dyes, which the list has read for its readers. ".repeat(20)
    );
    house.origin.serve("/list/copy", Page::html(copied));
    house
        .origin
        .serve("/list/feed", link_pile(&house, &[("/list/copy", "Dyes of Morrow", "It is read …")]).rss2());
    let poll = |rights: &str| {
        let [daily, harbour] = with_rights(&house, rights);
        house.configure(&[daily, harbour, source(&house, "list").with("")]);
        house.poll();
    };
    poll("");
    assert!(!traces(house.dir(), "harbour/article-7").is_empty(), "it was read");
    poll("rights = \"drop\"");
    house.export();
    expect_no_word(&house, "after the drop");
    assert!(!traces(house.dir(), "Dyes of Morrow").is_empty(), "the copy is the list's own");
}

#[test]
fn a_permalink_made_of_a_dropped_title_leads_to_the_story_or_is_gone() {
    let house = newsroom();
    let urls = |house: &House| -> Vec<(String, String)> {
        let stories = house.json(&["story", "list"]);
        let of = |it: &Value, key: &str| it[key].as_str().expect("a text").to_owned();
        stories
            .as_array()
            .expect("an array")
            .iter()
            .map(|it| (of(it, "key"), path_of(&of(it, "url"))))
            .collect()
    };
    let before = urls(&house);
    let alone = before.iter().find(|it| it.1.contains("tarn")).expect("the paper's own story").clone();
    let shared = before.iter().find(|it| it.1.contains("exclusive")).expect("the shared story").clone();
    house.configure(&with_rights(&house, "rights = \"drop\""));
    house.poll();
    let daemon = house.daemon();
    assert_eq!(daemon.get(&alone.1).status, 410);
    assert_eq!(daemon.get(&format!("/story/{}/", alone.0)).status, 410);
    let canonical = format!("/story/{}/", shared.0);
    for path in [&shared.1, &format!("/story/{}", shared.0), &format!("{canonical}anything")] {
        let reply = daemon.get(path);
        let location = reply.header("location").map(path_of);
        assert_eq!((reply.status, location), (301, Some(canonical.clone())), "{path}");
    }
    let page = daemon.get(&canonical);
    assert!(page.status == 200 && page.text().contains("The Daily Fjord"));
    assert!(page.text().contains(&format!("{canonical}history")));
    let history = daemon.get(&format!("{canonical}history"));
    assert!(history.status == 200 && !history.text().contains("arbour"), "{}", history.text());
    for path in ["/sources.opml", "/api/v1/sources", "/publishers/", "/api/v1/stories", "/search?q=tarn"] {
        let reply = daemon.get(path);
        let text = reply.text();
        assert!(!text.contains("Harbour") && !text.contains("harbour"), "{path}: {text}");
    }
}

#[test]
fn a_publisher_is_found_by_name_from_joining_a_story_until_it_is_dropped() {
    for is_reviewed in [false, true] {
        let house = House::new();
        let daily = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
        house.origin.serve("/daily/feed", daily.rss2());
        house.configure(&[source(&house, "daily")]);
        house.poll();
        let stories = house.json(&["story", "list"]);
        let key = stories[0]["key"].as_str().expect("a key").to_owned();
        if is_reviewed {
            house.ok(&["story", "approve", &key, "--by", "Mara Quill"]);
        }
        let mut harbour = Paper::new("Zephyr Yearbook", &house.home("harbour"), &STORIES[..1]);
        harbour.articles[0].published = crate::press::FIRST.plus(std::time::Duration::from_secs(3600));
        let feed = String::from_utf8(harbour.rss2().body).expect("UTF-8");
        let feed = feed.replacen("<rss ", "<rss xmlns:dc=\"http://purl.org/dc/elements/1.1/\" ", 1);
        let item = "<item><dc:creator>Xanthe Quoirez</dc:creator>";
        house.origin.serve("/harbour/feed", Page::new(feed.replacen("<item>", item, 1)));
        house.configure(&with_rights(&house, ""));
        house.poll();
        let stories = house.json(&["story", "list"]);
        assert_eq!(stories.as_array().map(Vec::len), Some(1), "{stories}");
        assert_eq!(stories[0]["publishers"].as_array().map(Vec::len), Some(2), "{stories}");
        let check = |is_there: bool| {
            let daemon = house.daemon();
            let is_found = |word: &str| daemon.get(&format!("/search?q={word}")).text().contains(&key);
            for word in ["zephyr", "yearbook", "xanthe", "quoirez"] {
                assert_eq!(is_found(word), is_there, "`{word}`, reviewed: {is_reviewed}");
            }
            for word in ["fjord", "scheduler"] {
                assert!(is_found(word), "`{word}`, reviewed: {is_reviewed}");
            }
        };
        check(true);
        house.configure(&with_rights(&house, "rights = \"drop\""));
        house.poll();
        check(false);
        house.export();
        for word in ["zephyr", "yearbook", "xanthe", "quoirez"] {
            assert_eq!(traces(house.dir(), word), Vec::<String>::new(), "`{word}`, reviewed: {is_reviewed}");
        }
    }
}

#[test]
fn a_limited_publisher_stays_limited_when_its_source_is_removed_and_comes_back() {
    let house = newsroom();
    house.configure(&with_rights(&house, "rights = \"link\""));
    house.poll();
    remove(&house, "harbour");
    let quotes = ["exhaustive search", "31 milliseconds", "needs half the memory"];
    let check = |house: &House, when: &str| {
        house.export();
        let site = house.dir().join("site");
        for quote in quotes {
            assert_eq!(traces(&site, quote), Vec::<String>::new(), "`{quote}` {when}");
        }
        assert!(!traces(&site, "Harbour Times").is_empty(), "its credit stays {when}");
    };
    check(&house, "at once");
    let stories = house.json(&["story", "list"]);
    let mut stories = stories.as_array().expect("an array").iter();
    let tarn =
        stories.find(|it| it["title"].as_str().is_some_and(|it| it.contains("Tarn"))).expect("a story");
    // Nothing may differ, and then nothing is applied.
    house.run(&["story", "replay", tarn["key"].as_str().expect("a key"), "--apply", "--by", "Mara Quill"]);
    house.poll();
    check(&house, "after a replay");
    let daemon = house.daemon();
    let history = daemon.get(&format!("{}/history", path_of(tarn["url"].as_str().expect("a URL"))));
    assert!(history.status == 200 && quotes.iter().all(|it| !history.text().contains(it)));
    drop(daemon);
    house.configure(&[source(&house, "daily"), source(&house, "harbour")]);
    house.poll();
    check(&house, "after it came back");
    house.configure(&with_rights(&house, "rights = \"any\""));
    house.poll();
    assert!(house.export().text("feeds/all.json").contains("needs half the memory"), "it was lifted");
}

#[test]
fn removing_a_source_changes_no_credit() {
    let house = newsroom();
    house.configure(&with_rights(&house, "publisher = \"Tidings of the Harbour\"\nlisted = false"));
    house.poll();
    let before = house.export();
    let of = |path: &str| {
        (before.text(path).contains("Tidings of the Harbour"), before.text(path).contains("harbour/feed"))
    };
    for path in ["feeds/all.rss", "feeds/all.atom", "feeds/all.json", "publishers/index.html"] {
        assert_eq!(of(path), (true, false), "{path}");
    }
    let items = before.items("feeds/all.json");
    remove(&house, "harbour");
    house.poll();
    let after = house.export();
    assert_eq!(after.items("feeds/all.json"), items);
    assert_eq!(traces(&house.dir().join("site"), "harbour/feed"), Vec::<String>::new());
    assert!(after.text("publishers/index.html").contains("Tidings of the Harbour"));
}

#[test]
fn an_rsl_licence_binds_wherever_it_is_named() {
    let house = House::new();
    let paper = |id: &str, story: usize| Paper::new(id, &house.home(id), &STORIES[story..=story]);
    let feed = |id: &str, story: usize| String::from_utf8(paper(id, story).rss2().body).expect("UTF-8");
    let licence = "</license.xml>; rel=\"license\"; type=\"application/rsl+xml\"";
    house.origin.serve("/header/feed", Page::new(feed("header", 0)).header("Link", licence));
    let named = feed("element", 1).replacen("<rss ", "<rss xmlns:rsl=\"https://rslstandard.org/rsl\" ", 1);
    let terms = "<rsl:content url=\"/\"><rsl:license><rsl:prohibits type=\"usage\">all</rsl:prohibits></rsl:license></rsl:content>";
    house.origin.serve("/element/feed", Page::new(named.replacen("<item>", &format!("<item>{terms}"), 1)));
    let mut page = paper("page", 2);
    page.articles[0].text =
        "The Port of Halden has issued hardware keys to all 2,300 employees and …".to_owned();
    house.origin.serve("/page/feed", page.rss2());
    let linked = "<link rel=\"license\" type=\"application/rsl+xml\" href=\"/license.xml\">";
    let article =
        format!("<html><head>{linked}</head><body><article><p>{}</p></article></body></html>", STORIES[2].1);
    house.origin.serve("/page/article-0", Page::html(article));
    house.origin.serve("/free/feed", paper("free", 3).rss2());
    let read = source(&house, "page").with("");
    house.configure(&[source(&house, "header"), source(&house, "element"), read, source(&house, "free")]);
    for when in ["at the first poll", "when nothing changed"] {
        house.poll();
        let items = house.export().items("feeds/all.json");
        assert_eq!(items.len(), 4, "{when}");
        for item in items {
            let publisher = &item["_bylined"]["publishers"][0];
            let is_free = publisher["name"] == "free";
            let is_quoted = item["_bylined"]["summary"].as_array().is_some_and(|it| !it.is_empty());
            assert_eq!((is_quoted, publisher["rights"] == "link"), (is_free, !is_free), "{when}: {item}");
        }
    }
    assert_eq!(house.origin.count("/page/article-0"), 1, "its page was read");
}
