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
fn a_home_page_counts_from_when_it_answers() {
    let hosts = Hosts::new();
    claiming(&hosts);
    let sources = [source(&hosts.house, "daily")];
    let site = hosts.far.address().to_string();
    hosts.far.behave("/", Behaviour::Serve(Page::status(503)));
    let items = hosts.poll(&sources);
    assert_eq!(publisher(&items[0])["name"], site, "{}", items[0]);
    assert_eq!(items[0]["_bylined"]["summary"], serde_json::json!([]));
    let page = format!(
        "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"{}\"></head></html>",
        hosts.house.url("/daily/feed")
    );
    hosts.far.serve("/", Page::html(page));
    let days = "UPDATE sources SET home_asked = home_asked - 2 * 86400000, body_hash = NULL, etag = NULL";
    assert_eq!(hosts.house.damage(days), 1);
    assert!(hosts.house.damage("UPDATE robots SET fetched = fetched - 2 * 86400000") > 0);
    let items = hosts.poll(&sources);
    assert_eq!(publisher(&items[0])["name"], "Claimed Courier", "{}", items[0]);
}

#[test]
fn a_home_page_that_does_not_exist_speaks_for_no_other_host() {
    let house = House::new();
    let mut paper = Paper::new("Claimed Courier", "https://nope.courier.invalid/", &STORIES[..1]);
    paper.articles[0].link = "https://courier.invalid/article-0".to_owned();
    house.origin.serve("/daily/feed", paper.rss2());
    house.configure(&[source(&house, "daily")]);
    house.poll();
    let items = house.export().items("feeds/all.json");
    assert_eq!(publisher(&items[0])["name"], "courier.invalid", "{}", items[0]);
    assert_eq!(items[0]["_bylined"]["summary"], serde_json::json!([]), "its words are not the site's");
}

#[test]
fn a_bridge_of_the_operators_speaks_for_a_host_that_does_not_exist() {
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

/// The name that the feed of a list gives to the publisher of an article on another host.
const CLAIMED: &str = "Courier Harbour Desk";

/// Serves a list of one article, whose item leads to `link` and names `origin` as its source.
fn listing(hosts: &Hosts, link: &str, origin: &str) {
    let digest = Paper::new("Digest", &hosts.house.home("digest"), &STORIES[..1]);
    let feed = String::from_utf8(digest.rss2().body).expect("UTF-8");
    let named = format!("<source url=\"{origin}\">{CLAIMED}</source></item>");
    let feed = feed.replace(&digest.articles[0].link, link).replace("</item>", &named);
    hosts.house.origin.serve("/digest/feed", Page::new(feed));
}

#[track_caller]
fn expect_no_words(items: &[Value], name: &str) {
    let [item] = items else { panic!("one story: {items:?}") };
    assert_eq!(publisher(item)["name"], name, "{item}");
    let expected =
        format!("Curation by Example Brief. Original article published by {name}. Found via Digest.");
    assert_eq!(item["_bylined"]["attribution"], expected);
    assert_eq!(
        (&item["_bylined"]["engine"], &item["_bylined"]["summary"]),
        (&"none".into(), &Value::Array(vec![]))
    );
    assert!(!item.to_string().contains("40,000 jobs"), "words of the list: {item}");
}

#[test]
fn the_words_of_a_list_are_quoted_as_nobody_elses() {
    let hosts = Hosts::new();
    listing(&hosts, hosts.far.url("/desk/7").as_str(), hosts.far.url("/desk/feed").as_str());
    let items = hosts.poll(&[source(&hosts.house, "digest")]);
    expect_no_words(&items, CLAIMED);
}

#[test]
fn a_list_names_no_site_for_another() {
    let hosts = Hosts::new();
    listing(&hosts, "https://scam.invalid/7", hosts.far.url("/desk/feed").as_str());
    let items = hosts.poll(&[source(&hosts.house, "digest")]);
    expect_no_words(&items, "scam.invalid");
}

#[test]
fn a_source_has_its_own_name_on_its_host_whatever_a_list_calls_it() {
    let hosts = Hosts::new();
    hosts.far.serve("/feed", Paper::new("Courier", hosts.far.url("/").as_str(), &[]).rss2());
    listing(&hosts, hosts.far.url("/desk/7").as_str(), hosts.far.url("/desk/feed").as_str());
    let courier = crate::house::source_at("courier", hosts.far.url("/feed").as_str());
    let courier = courier.with("full_text = false\npublisher = \"Courier as configured\"");
    let items = hosts.poll(&[source(&hosts.house, "digest"), courier]);
    expect_no_words(&items, "Courier as configured");
}

#[test]
fn what_a_list_says_is_anothers_is_quoted_from_the_others_page() {
    let hosts = Hosts::new();
    let text: String = STORIES[1].1.split("\n\n").map(|it| format!("<p>{it}</p>")).collect();
    let page = format!(
        "<html><head><title>{0}</title></head><body><article><h1>{0}</h1>{text}</article></body></html>",
        STORIES[1].0
    );
    hosts.far.serve("/desk/7", Page::html(page));
    let link = hosts.far.url("/desk/7");
    listing(&hosts, link.as_str(), hosts.far.url("/desk/feed").as_str());
    let items = hosts.poll(&[source(&hosts.house, "digest").with("full_text = true")]);
    let data = &items[0]["_bylined"];
    assert_eq!((items.len(), &data["publishers"][0]["name"]), (1, &CLAIMED.into()));
    let quote = data["summary"][0]["receipts"][0]["quote"].as_str().expect("a quotation");
    assert!(STORIES[1].1.contains(quote), "the page's words: {data}");
    assert_eq!(data["summary"][0]["receipts"][0]["url"], link.as_str());
    assert!(!items[0].to_string().contains("40,000 jobs"), "words of the list: {}", items[0]);
    assert_eq!(items[0]["title"], STORIES[1].0, "the article's own title");
}

#[test]
fn what_another_site_says_where_a_link_is_redirected_is_not_the_publishers() {
    let hosts = Hosts::new();
    let text = STORIES[1].1.replace("\n\n", "</p><p>");
    let page =
        format!("<html><head><title>T</title></head><body><article><p>{text}</p></article></body></html>");
    hosts.house.origin.serve("/digest/page", Page::html(page));
    let to = hosts.house.url("/digest/page");
    hosts.far.behave("/go", Behaviour::Redirect { status: 302, to });
    listing(&hosts, hosts.far.url("/go").as_str(), hosts.far.url("/desk/feed").as_str());
    let items = hosts.poll(&[source(&hosts.house, "digest").with("full_text = true")]);
    assert_eq!(hosts.house.origin.count("/digest/page"), 1, "the redirect is followed");
    expect_no_words(&items, CLAIMED);
}

#[test]
fn a_feed_that_changes_its_title_is_credited_under_its_first_one() {
    let house = House::new();
    let mut paper = Paper::new("Fjord Monitor", &house.home("daily"), &STORIES[..1]);
    house.origin.serve("/daily/feed", paper.rss2());
    house.configure(&[source(&house, "daily")]);
    house.poll();
    paper.name = "The Famous Times".to_owned();
    paper.articles.extend(Paper::new("Further", &house.home("daily/further"), &STORIES[1..2]).articles);
    house.origin.serve("/daily/feed", paper.rss2());
    for poll in ["with the new title", "without any change"] {
        house.poll();
        let items = house.export().items("feeds/all.json");
        let names: Vec<&Value> = items.iter().map(|it| &publisher(it)["name"]).collect();
        assert_eq!(names, ["Fjord Monitor", "Fjord Monitor"], "{poll}");
        let listed = house.json(&["source", "list"]);
        let reason = listed[0]["reason"].as_str().expect("a reason");
        assert!(reason.starts_with("renamed: ") && reason.contains("`Fjord Monitor`"), "{poll}: {reason}");
    }
    house.configure(&[source(&house, "daily").with("full_text = false\npublisher = \"The Famous Times\"")]);
    house.poll();
    let items = house.export().items("feeds/all.json");
    assert_eq!(publisher(&items[0])["name"], "The Famous Times");
    assert_eq!(house.json(&["source", "list"])[0]["reason"], Value::Null);
}

/// Two papers with one text, the second dated an hour earlier, which is what readers see of them.
fn copied(is_followed_already: bool) -> Value {
    let house = House::new();
    let mut daily = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..2]);
    let mut copy = Paper::new("Copy Cat", &house.home("copy"), &[STORIES[2], STORIES[1]]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    let now = bylined::domain::Timestamp::from_secs(now.as_secs() as i64);
    daily.articles[1].published = now.minus(std::time::Duration::from_secs(60));
    copy.articles[1].published = now.minus(std::time::Duration::from_secs(3_660));
    let (whole_daily, whole_copy) = (daily.rss2(), copy.rss2());
    daily.articles.truncate(1);
    copy.articles.truncate(1);
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/copy/feed", copy.rss2());
    let followed = if is_followed_already { 2 } else { 1 };
    let sources = [source(&house, "daily"), source(&house, "copy")];
    house.configure(&sources[..followed]);
    house.poll();
    house.origin.serve("/daily/feed", whole_daily);
    house.origin.serve("/copy/feed", whole_copy);
    house.configure(&sources);
    house.poll();
    let items = house.export().items("feeds/all.json");
    items.into_iter().find(|it| it["title"] == STORIES[1].0).expect("the story of both")
}

#[test]
fn a_copy_that_claims_an_earlier_date_is_the_copy() {
    for is_followed_already in [true, false] {
        let item = copied(is_followed_already);
        let publishers = item["_bylined"]["publishers"].as_array().expect("publishers");
        let [first, second] = publishers.as_slice() else { panic!("two publishers: {item}") };
        assert_eq!((&first["name"], &first["copy_of"]), (&"The Daily Fjord".into(), &Value::Null), "{item}");
        assert_eq!((&second["name"], &second["copy_of"]), (&"Copy Cat".into(), &first["url"]), "{item}");
    }
}

#[test]
fn no_later_copy_makes_a_copy_of_what_was_published() {
    let house = House::new();
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    let mut copy = Paper::new("Copy Cat", &house.home("copy"), &STORIES[..1]);
    copy.articles[0].published = daily.articles[0].published.minus(std::time::Duration::from_secs(3_600));
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/copy/feed", copy.rss2());
    let sources = [source(&house, "daily"), source(&house, "copy")];
    for followed in [1, 2] {
        house.configure(&sources[..followed]);
        house.poll();
    }
    let items = house.export().items("feeds/all.json");
    let publishers = items[0]["_bylined"]["publishers"].as_array().expect("publishers");
    assert_eq!((publishers.len(), &publishers[0]["copy_of"]), (2, &Value::Null), "{publishers:?}");
    assert_eq!(publishers[1]["copy_of"], publishers[0]["url"], "{publishers:?}");
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
