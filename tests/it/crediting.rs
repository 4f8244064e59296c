//! Whom an article is credited to, and what a feed may not claim.

use serde_json::Value;

use crate::house::House;
use crate::house::source;
use crate::origin::Behaviour;
use crate::origin::Origin;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

/// A house and a second host, which its sources may reach too.
struct Hosts {
    house: House,
    far: Origin,
    _threads: tokio::runtime::Runtime,
}

impl Hosts {
    fn new() -> Self {
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let threads = threads.expect("a thread");
        let far = threads.block_on(Origin::start());
        Self { house: House::new(), far, _threads: threads }
    }

    fn poll(&self, sources: &[crate::house::Source]) -> Vec<Value> {
        self.house.configure(sources);
        let config = std::fs::read_to_string(self.house.config()).expect("a configuration");
        let near = format!("\"{}\"", self.house.origin.address());
        let both = format!("[{near}, \"{}\"]", self.far.address());
        self.house.write_config(&config.replace(&format!("[{near}]"), &both));
        self.house.poll();
        self.house.export().items("feeds/all.json")
    }
}

fn publisher(item: &Value) -> &Value {
    &item["_bylined"]["publishers"][0]
}

/// A feed on one host that claims a page of the other as its home, and tells of an article there.
fn claiming(hosts: &Hosts) -> Paper {
    let paper = Paper::new("Claimed Courier", hosts.far.url("/").as_str(), &STORIES[..1]);
    hosts.house.origin.serve("/daily/feed", paper.rss2());
    paper
}

#[test]
fn a_feed_that_claims_anothers_home_page_is_not_credited_with_its_articles() {
    let hosts = Hosts::new();
    claiming(&hosts);
    let page =
        "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/own/feed\"></head></html>";
    hosts.far.serve("/", Page::html(page));
    let items = hosts.poll(&[source(&hosts.house, "daily")]);
    assert_eq!(publisher(&items[0])["name"], hosts.far.address().to_string(), "{}", items[0]);
    assert_eq!(items[0]["_bylined"]["summary"], serde_json::json!([]), "its words are not the site's");
    hosts.house.poll();
    assert_eq!(hosts.far.count("/"), 1, "the page is asked once");
}

#[test]
fn a_home_page_that_said_no_and_falls_silent_has_said_no() {
    let hosts = Hosts::new();
    claiming(&hosts);
    hosts.far.serve("/", Page::html("<html><head></head></html>"));
    let sources = [source(&hosts.house, "daily")];
    let items = hosts.poll(&sources);
    let site = hosts.far.address().to_string();
    assert_eq!(publisher(&items[0])["name"], site);
    // A week later it is asked again, and does not answer.
    hosts.far.behave("/", Behaviour::Serve(Page::status(503)));
    let database = rusqlite::Connection::open(hosts.house.dir().join("bylined.db")).expect("the database");
    let week = "UPDATE sources SET home_asked = home_asked - 8 * 86400000, body_hash = NULL, etag = NULL";
    assert_eq!(database.execute(week, []).expect("a change"), 1);
    let items = hosts.poll(&sources);
    assert_eq!(hosts.far.count("/"), 2, "it was asked again");
    assert_eq!(publisher(&items[0])["name"], site, "{}", items[0]);
}

#[test]
fn a_home_page_of_another_domain_that_names_the_feed_is_the_feeds() {
    let hosts = Hosts::new();
    claiming(&hosts);
    let feed = hosts.house.url("/daily/feed");
    let page = format!(
        "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"{feed}\"></head></html>"
    );
    hosts.far.serve("/", Page::html(page));
    let items = hosts.poll(&[source(&hosts.house, "daily")]);
    assert_eq!(publisher(&items[0])["name"], "Claimed Courier");
    assert!(items[0]["_bylined"]["summary"][0]["text"].is_string(), "{}", items[0]);
}

#[test]
fn a_home_page_that_nobody_answers_for_is_the_feeds() {
    let house = House::new();
    // Names below `.invalid` never exist (RFC 6761 §6.4).
    let paper = Paper::new("Claimed Courier", "https://courier.invalid/", &STORIES[..1]);
    house.origin.serve("/daily/feed", paper.rss2());
    house.configure(&[source(&house, "daily")]);
    house.poll();
    let items = house.export().items("feeds/all.json");
    assert_eq!(publisher(&items[0])["name"], "Claimed Courier", "{}", items[0]);
    assert!(items[0]["_bylined"]["summary"][0]["text"].is_string(), "{}", items[0]);
}

#[test]
fn who_republishes_says_whose_article_it_is_before_our_own_list_of_hosts() {
    let hosts = Hosts::new();
    let own = Paper::new("Courier as configured", hosts.far.url("/").as_str(), &STORIES[1..2]);
    hosts.far.serve("/feed", own.rss2());
    let digest = Paper::new("Digest", &hosts.house.home("digest"), &STORIES[..1]);
    let feed = String::from_utf8(digest.rss2().body).expect("UTF-8");
    let link = hosts.house.home("digest") + "article-0";
    let feed = feed.replace(&link, hosts.far.url("/desk/7").as_str());
    let origin =
        format!("<source url=\"{}\">Courier Harbour Desk</source></item>", hosts.far.url("/desk/feed"));
    hosts.house.origin.serve("/digest/feed", Page::new(feed.replace("</item>", &origin)));
    let courier = crate::house::source_at("courier", hosts.far.url("/feed").as_str());
    let items = hosts.poll(&[source(&hosts.house, "digest"), courier]);
    let item = items.iter().find(|it| it["title"] == STORIES[0].0).expect("the republished article");
    assert_eq!(publisher(item)["name"], "Courier Harbour Desk", "{item}");
}

/// A paper of one article whose feed item is changed so.
fn one_article(house: &House, change: impl Fn(String) -> String) -> Paper {
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    let feed = String::from_utf8(paper.rss2().body).expect("UTF-8");
    house.origin.serve("/daily/feed", Page::new(change(feed)));
    paper
}

#[test]
fn the_author_whom_only_the_article_page_names_is_credited() {
    let house = House::new();
    let teaser = "<p>Corvid Systems released the source of its batch scheduler on Tuesday […]</p>";
    let mut paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    paper.articles[0].text = "Corvid Systems released the source of its batch scheduler […]".to_owned();
    house.origin.serve("/daily/feed", paper.rss2());
    let text: String = STORIES[0].1.split("\n\n").map(|it| format!("<p>{it}</p>")).collect();
    let page = format!(
        "<html><head><title>{0}</title><meta name=\"author\" content=\"Signe Aalto\"></head>\
         <body><article><h1>{0}</h1>{teaser}{text}</article></body></html>",
        STORIES[0].0
    );
    house.origin.serve("/daily/article-0", Page::html(page));
    house.configure(&[source(&house, "daily").with("full_text = true")]);
    house.poll();
    let items = house.export().items("feeds/all.json");
    assert_eq!(publisher(&items[0])["author"], "Signe Aalto", "{}", items[0]);
    assert_eq!(items[0]["authors"][0]["name"], "Signe Aalto");
}

#[test]
fn one_enclosure_is_passed_through_and_no_image_is() {
    let house = House::new();
    let enclosures = "<enclosure url=\"https://media.example/a.jpg\" type=\"image/jpeg\" length=\"9\"/>\
        <enclosure url=\"https://media.example/a.mp3\" type=\"audio/mpeg\" length=\"90\"/></item>";
    one_article(&house, |it| it.replace("</item>", enclosures));
    house.configure(&[source(&house, "daily")]);
    house.poll();
    let export = house.export();
    let item = &export.items("feeds/all.json")[0];
    assert_eq!(item["attachments"].as_array().map(Vec::len), Some(1), "{item}");
    assert_eq!(item["attachments"][0]["url"], "https://media.example/a.mp3");
    for path in ["feeds/all.rss", "feeds/all.atom"] {
        let text = export.text(path);
        assert!(text.contains("a.mp3") && !text.contains("a.jpg"), "{path}");
    }
    house.configure(&[source(&house, "daily").with("full_text = false\nrights = \"link\"")]);
    house.poll();
    assert!(!house.export().text("feeds/all.rss").contains("a.mp3"), "title and link only");
}

#[test]
fn an_article_without_a_title_has_a_link_to_click() {
    let house = House::new();
    let title = format!("<title>{}</title><pubDate>", STORIES[0].0);
    one_article(&house, |it| it.replace(&title, "<pubDate>"));
    let host = house.origin.address().to_string();
    for (rights, expected) in
        [("", "Corvid Systems released"), ("rights = \"link\"", &*format!("untitled article at {host}"))]
    {
        house.forget();
        house.configure(&[source(&house, "daily").with(&format!("full_text = false\n{rights}"))]);
        house.poll();
        let export = house.export();
        let items = export.items("feeds/all.json");
        assert!(items[0]["title"].as_str().is_some_and(|it| it.starts_with(expected)), "{}", items[0]);
        let content = items[0]["content_html"].as_str().expect("HTML");
        let page = export.text(&format!("{}/index.html", story_path(&house)));
        for html in [content, &page] {
            assert!(html.contains(&format!(">{expected}")), "{html}");
            assert!(!html.contains("></a>") && !html.contains("> </a>"), "{html}");
        }
    }
}

fn story_path(house: &House) -> String {
    let stories = house.json(&["story", "list"]);
    let path = crate::house::path_of(stories[0]["url"].as_str().expect("a URL"));
    path.trim_start_matches('/').to_owned()
}

#[test]
fn a_source_without_a_name_is_shown_by_its_host() {
    let house = House::new();
    one_article(&house, |it| it.replace("<title>The Daily Fjord</title>", ""));
    house.configure(&[source(&house, "internal-id-7").with("full_text = false\nlisted = true")]);
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("/internal-id-7/feed", "/daily/feed"));
    house.poll();
    let export = house.export();
    let host = house.origin.address().to_string();
    assert_eq!(publisher(&export.items("feeds/all.json")[0])["name"], host);
    assert_eq!(house.json(&["source", "list"])[0]["publisher"], host);
    for path in ["feeds/all.rss", "feeds/all.atom", "feeds/all.json", "sources.opml", "publishers/index.html"]
    {
        assert!(!export.text(path).contains("internal-id-7"), "{path}");
    }
    assert!(!house.ok(&["source", "export"]).contains("internal-id-7"));
}
