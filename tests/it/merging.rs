//! One article in several feeds is one story, and everyone is credited in every format.

use serde_json::Value;

use crate::house::BASE_URL;
use crate::house::Export;
use crate::house::House;
use crate::house::source;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

/// The one story of an output whose bylines are these, in every format and on its page.
#[track_caller]
fn check(export: &Export, names: &[&str], attribution: &str) -> Value {
    let items = export.items("feeds/all.json");
    assert_eq!(items.len(), 1, "{items:?}");
    let data = &items[0]["_bylined"];
    let found: Vec<&Value> =
        data["publishers"].as_array().expect("publishers").iter().map(|it| &it["name"]).collect();
    assert_eq!(found, names);
    let urls: Vec<&str> = data["publishers"]
        .as_array()
        .expect("publishers")
        .iter()
        .map(|it| it["url"].as_str().expect("an address"))
        .collect();
    assert_eq!(data["attribution"], attribution);

    let rss = rss::Channel::read_from(export.bytes("feeds/all.rss").as_slice()).expect("RSS");
    assert_eq!(rss.items().len(), 1);
    let publisher = rss.items()[0].dublin_core_ext().map(|it| it.publishers().join("; "));
    assert_eq!(publisher.as_deref(), Some(names.join(", ").as_str()));
    let atom = atom_syndication::Feed::read_from(export.bytes("feeds/all.atom").as_slice()).expect("Atom");
    assert_eq!(atom.entries().len(), 1);
    let links: Vec<&str> = atom.entries()[0].links().iter().map(|it| it.href()).collect();
    for url in &urls {
        assert!(links.contains(url), "{url} is not among {links:?}");
    }

    let story = export.page(&story_url(export));
    let html = items[0]["content_html"].as_str().expect("text");
    let in_rss = rss.items()[0].content().expect("text");
    let in_atom = atom.entries()[0].content().and_then(|it| it.value()).expect("text");
    for text in [html, in_rss, in_atom, story.as_str()] {
        for (name, url) in names.iter().zip(&urls) {
            let text = text.replace("&amp;", "&").replace("&#38;", "&");
            let byline = format!("href=\"{url}\"");
            assert!(text.contains(&byline) && text.contains(name), "no {name} at {url} in {text}");
        }
    }
    items[0].clone()
}

/// The permalink of the only story, from the sitemap.
#[track_caller]
fn story_url(export: &Export) -> String {
    let sitemap = export.text("sitemap.xml");
    let urls = sitemap.split("<loc>").filter_map(|it| it.split_once("</loc>")).map(|it| it.0);
    let stories: Vec<&str> = urls.filter(|it| it.contains("/story/")).collect();
    assert_eq!(stories.len(), 1, "{stories:?}");
    stories[0].to_owned()
}

#[test]
fn one_address_with_tracking_parameters_in_two_feeds_is_one_story_with_both_bylines() {
    let house = House::new();
    let home = house.url("/");
    let mut daily = Paper::new("The Daily Fjord", &home, &STORIES[..1]);
    let mut business = Paper::new("Fjord Business", &home, &STORIES[..1]);
    daily.articles[0].link.push_str("?utm_source=rss&utm_medium=feed");
    business.articles[0].link.push_str("?utm_source=business#comments");
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/business/feed", business.atom());
    house.configure(&[source(&house, "daily"), source(&house, "business")]);
    let report = house.poll();
    assert_eq!((&report["entries_new"], &report["stories_new"]), (&2.into(), &1.into()));
    check(
        &house.export(),
        &["Fjord Business", "The Daily Fjord"],
        "Editorial summary and curation by Example Brief. Original articles published by Fjord Business and The \
         Daily Fjord.",
    );
}

#[test]
fn an_entry_of_a_link_list_is_credited_to_the_site_it_leads_to() {
    let house = House::new();
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    let mut list = Paper::new("Worth Reading", &house.home("list"), &[("A scheduler for all", "Good read.")]);
    list.articles[0].link.clone_from(&paper.articles[0].link);
    house.origin.serve("/daily/feed", paper.rss2());
    house.origin.serve("/list/feed", list.rss1());
    house.configure(&[source(&house, "list"), source(&house, "daily")]);
    house.poll();
    let item = check(
        &house.export(),
        &["The Daily Fjord"],
        "Editorial summary and curation by Example Brief. Original article published by The Daily Fjord. Found via \
         Worth Reading.",
    );
    assert_eq!(item["title"], STORIES[0].0, "the publisher's own words speak");
    assert_eq!(item["url"], paper.articles[0].link);
}

#[test]
fn a_link_to_a_site_nobody_follows_is_credited_to_its_host_and_quotes_no_list() {
    let house = House::new();
    let mut list = Paper::new("Worth Reading", &house.home("list"), &STORIES[1..2]);
    list.articles[0].link = "https://far.example/tarn-5.2".to_owned();
    house.origin.serve("/list/feed", list.rss2());
    house.configure(&[source(&house, "list")]);
    house.poll();
    let item = check(
        &house.export(),
        &["far.example"],
        "Curation by Example Brief. Original article published by far.example. Found via Worth Reading.",
    );
    assert_eq!(item["_bylined"]["engine"], "none");
}

#[test]
fn a_page_that_names_another_papers_article_as_canonical_joins_its_story() {
    let house = House::new();
    let (title, text) = STORIES[2];
    let original = Paper::new("The Daily Fjord", &house.home("daily"), &[(title, text)]);
    // The feed alone does not tell that it is the same.
    let teaser = "Employees sign in with something they carry.";
    let mut copy =
        Paper::new("Harbour Times", &house.home("harbour"), &[("Signing in without a password", teaser)]);
    copy.articles[0].link = house.url("/harbour/halden");
    let paragraphs: String = text.split("\n\n").map(|it| format!("<p>{it}</p>")).collect();
    house.origin.serve(
        "/harbour/halden",
        Page::html(format!(
            "<!doctype html><html lang=\"en\"><head><title>Signing in without a password</title>\
             <link rel=\"canonical\" href=\"{}\"></head><body><article><h1>Signing in without a password</h1>\
             {paragraphs}</article></body></html>",
            original.articles[0].link
        )),
    );
    house.origin.serve("/daily/feed", original.rss2());
    house.origin.serve("/harbour/feed", copy.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "harbour").with("full_text = true")]);
    let report = house.poll();
    assert_eq!(report["published"], 1, "{report}");
    assert_eq!(house.origin.count("/harbour/halden"), 1);
    let export = house.export();
    let items = export.items("feeds/all.json");
    let names = ["The Daily Fjord", "Harbour Times"];
    let attribution = items[0]["_bylined"]["attribution"].as_str().expect("text");
    assert!(
        attribution.ends_with("Original articles published by The Daily Fjord and Harbour Times."),
        "{attribution}"
    );
    check(&export, &names, attribution);

    // The permalink of the story that was merged away leads to the survivor.
    let merged = house.json(&["story", "list", "--state", "merged"]);
    let [retired] = merged.as_array().expect("an array").as_slice() else {
        panic!("one is merged: {merged}")
    };
    let retired = retired["url"].as_str().and_then(|it| it.strip_prefix(BASE_URL)).expect("a page of ours");
    let survivor = story_url(&export);
    let line = format!("/{retired} /{} 301", survivor.strip_prefix(BASE_URL).expect("a page of ours"));
    assert!(export.text("_redirects").lines().any(|it| it == line), "{line}");
    assert!(export.text(&format!("{retired}/index.html")).contains(&survivor));
    let daemon = house.daemon();
    let reply = daemon.get(&format!("/{retired}"));
    assert_eq!((reply.status, reply.header("location")), (301, Some(survivor.as_str())));
}

/// Two papers with a story each, and what a third source serves of one's address and the other's text.
fn mixing(change: impl Fn(&House, &mut Paper, &str)) -> (House, [crate::house::Source; 3]) {
    let house = House::new();
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[2..3]);
    let harbour = Paper::new("Harbour Times", &house.home("harbour"), &STORIES[1..2]);
    let mut third = Paper::new("Fjord Weekend", &house.home("weekend"), &STORIES[1..2]);
    change(&house, &mut third, &daily.articles[0].link);
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/harbour/feed", harbour.rss2());
    house.origin.serve("/weekend/feed", third.rss2());
    let sources = ["daily", "harbour", "weekend"].map(|it| source(&house, it));
    (house, sources)
}

#[track_caller]
fn expect_both_stories(house: &House) -> Vec<Value> {
    let items = house.export().items("feeds/all.json");
    let titles: Vec<&Value> = items.iter().map(|it| &it["title"]).collect();
    assert_eq!(items.len(), 2, "{titles:?}");
    assert!(titles.contains(&&STORIES[2].0.into()) && titles.contains(&&STORIES[1].0.into()), "{titles:?}");
    items
}

#[test]
fn an_entry_with_the_address_of_one_story_and_the_text_of_another_joins_the_address_alone() {
    let (house, sources) = mixing(|_, third, link| link.clone_into(&mut third.articles[0].link));
    house.configure(&sources[..2]);
    house.poll();
    house.configure(&sources);
    house.poll();
    let items = expect_both_stories(&house);
    let daily = items.iter().find(|it| it["title"] == STORIES[2].0).expect("the story of the address");
    let line = daily["_bylined"]["attribution"].as_str().expect("text");
    assert!(line.contains("Found via Fjord Weekend"), "{line}");
    assert_eq!(house.json(&["story", "list", "--state", "merged"]).as_array().map(Vec::len), Some(0));
}

#[test]
fn a_page_that_names_another_article_as_canonical_takes_no_third_partys_story_along() {
    for is_later in [true, false] {
        let (house, mut sources) = mixing(|house, third, link| {
            let text = STORIES[1].1.replace("\n\n", "</p><p>");
            let page = format!(
                "<html lang=\"en\"><head><title>{0}</title><link rel=\"canonical\" href=\"{link}\"></head>\
                 <body><article><h1>{0}</h1><p>{text}</p></article></body></html>",
                STORIES[1].0
            );
            house.origin.serve("/weekend/article-0", Page::html(page));
            let lead = STORIES[1].1.split("\n\n").next().expect("a paragraph");
            third.articles[0].text = format!("{lead} […]");
        });
        sources[2] = sources[2].clone().with("full_text = true");
        if is_later {
            house.configure(&sources[..2]);
            house.poll();
        }
        house.configure(&sources);
        house.poll();
        assert_eq!(house.origin.count("/weekend/article-0"), 1, "the page is read");
        expect_both_stories(&house);
    }
}

#[test]
fn a_publisher_that_joins_later_is_added_under_the_same_id() {
    let house = House::new();
    let home = house.url("/");
    let daily = Paper::new("The Daily Fjord", &home, &STORIES[..1]);
    let mut business = Paper { name: "Fjord Business".to_owned(), ..daily.clone() };
    business.articles[0].link.push_str("?utm_source=business");
    house.origin.serve("/daily/feed", daily.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "business")]);
    house.poll();
    let first = house.export().items("feeds/all.json");
    house.origin.serve("/business/feed", business.rss2());
    house.poll();
    let now = check(
        &house.export(),
        &["The Daily Fjord", "Fjord Business"],
        "Editorial summary and curation by Example Brief. Original articles published by The Daily Fjord and Fjord \
         Business.",
    );
    for field in ["id", "url", "title", "date_published", "date_modified"] {
        assert_eq!(now[field], first[0][field], "{field}");
    }
}

#[test]
fn a_publisher_that_is_dropped_leaves_no_word_and_its_stories_go_on_without_it() {
    let house = House::new();
    let home = house.url("/");
    let daily = Paper::new("The Daily Fjord", &home, &[(STORIES[0].0, STORIES[0].1), STORIES[1]]);
    let mut business = Paper::new("Fjord Business", &home, &[("Corvid shares its queue", STORIES[3].1)]);
    business.articles[0].link.push_str("?utm_source=business");
    business.articles[0].published = daily.articles[0].published.minus(std::time::Duration::from_secs(60));
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/business/feed", business.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "business")]);
    house.poll();
    let before = house.export().items("feeds/all.json");
    assert_eq!(before.len(), 2);
    assert!(before.iter().any(|it| it["title"] == "Corvid shares its queue"));

    house.configure(&[
        source(&house, "daily"),
        source(&house, "business").with("full_text = false\nrights = \"drop\""),
    ]);
    house.poll();
    let export = house.export();
    let after = export.items("feeds/all.json");
    assert_eq!(crate::house::ids(&after), crate::house::ids(&before), "the story keeps its id");
    let words = ["Fjord Business", "Corvid shares its queue", "utm_source=business", "Brenn observatory"];
    for item in &after {
        for word in words {
            assert!(!item.to_string().contains(word), "`{word}` in {item}");
        }
    }
    for path in ["index.html", "feeds/all.rss", "feeds/all.atom", "publishers/index.html"] {
        for word in words {
            assert!(!export.text(path).contains(word), "`{word}` in {path}");
        }
    }
}

#[test]
fn a_publisher_that_reserves_its_text_later_is_quoted_no_more() {
    let house = House::new();
    let mut paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    house.origin.serve("/daily/feed", paper.rss2());
    house.configure(&[source(&house, "daily")]);
    house.poll();
    let quote = "Corvid Systems released the source of its batch scheduler";
    assert!(house.export().text("feeds/all.json").contains(quote));
    paper.articles[0].text.push_str(" All rights reserved.");
    house.origin.serve("/daily/feed", paper.rss2().header("tdm-reservation", "1"));
    house.poll();
    assert!(!house.export().text("feeds/all.json").contains(quote));
}

#[test]
fn what_the_operator_leaves_out_does_not_come_in_through_another_papers_story() {
    let house = House::new();
    let home = house.url("/");
    let daily = Paper::new("The Daily Fjord", &home, &STORIES[..1]);
    let business = Paper { name: "Fjord Business".to_owned(), ..daily.clone() };
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/business/feed", business.rss2());
    let excluding = source(&house, "business").with("full_text = false\nexclude = [\"scheduler\"]");
    house.configure(&[excluding, source(&house, "daily")]);
    house.poll();
    let items = house.export().items("feeds/all.json");
    assert_eq!(items.len(), 1);
    let publishers = items[0]["_bylined"]["publishers"].as_array().expect("publishers");
    assert_eq!(publishers.len(), 1, "{publishers:?}");
    assert_eq!(publishers[0]["name"], "The Daily Fjord");
}

#[test]
fn two_papers_that_tell_one_event_in_their_own_words_are_one_story() {
    let house = House::new();
    let (title, text) = STORIES[0];
    let daily = Paper::new("The Daily Fjord", &house.home("daily"), &[(title, text)]);
    let own_words = "Corvid Systems has published the source of its batch scheduler. Other cloud providers may send \
                     patches, and the scheduler places 40,000 jobs a second.\n\n\
                     Ada Lindqvist, who leads the project at Corvid Systems, wants one queue for every cloud. Kubernetes \
                     1.30 or later is required.";
    let told = [("Corvid Systems opens source of its batch scheduler to other clouds", own_words)];
    let harbour = Paper::new("Harbour Times", &house.home("harbour"), &told);
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/harbour/feed", harbour.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "harbour")]);
    house.poll();
    let items = house.export().items("feeds/all.json");
    assert_eq!(items.len(), 1, "{items:?}");
    let shown = house.json(&["story", "show", items[0]["id"].as_str().expect("an id")]);
    let joined = shown["members"].as_array().expect("members").iter().find_map(|it| it["joined"].as_str());
    let joined = joined.expect("one joined");
    assert!(
        joined.starts_with("likely 0.") && joined.contains("title_") && joined.contains(", within 1 h"),
        "{joined}"
    );
}

#[test]
fn a_paid_post_takes_nobodys_story_along() {
    let house = House::new();
    let home = house.url("/");
    let daily = Paper::new("The Daily Fjord", &home, &STORIES[..1]);
    let mut business = Paper { name: "Fjord Business".to_owned(), ..daily.clone() };
    business.articles[0].title = format!("Sponsored: {}", STORIES[0].0);
    business.articles[0].published = daily.articles[0].published.minus(std::time::Duration::from_secs(60));
    house.origin.serve("/daily/feed", daily.rss2());
    house.origin.serve("/business/feed", business.rss2());
    house.configure(&[source(&house, "business"), source(&house, "daily")]);
    house.poll();
    check(
        &house.export(),
        &["The Daily Fjord"],
        "Editorial summary and curation by Example Brief. Original article published by The Daily Fjord.",
    );
    assert_eq!(house.json(&["story", "list", "--state", "kept"]).as_array().map(Vec::len), Some(1));
}

#[test]
fn a_story_that_an_editor_rejected_takes_no_published_one_along() {
    let house = House::new();
    let (title, text) = STORIES[2];
    let original = Paper::new("The Daily Fjord", &house.home("daily"), &[(title, text)]);
    let mut copy = Paper::new("Harbour Times", &house.home("harbour"), &STORIES[1..2]);
    copy.articles[0].published = original.articles[0].published.plus(std::time::Duration::from_secs(3600));
    house.origin.serve("/daily/feed", original.rss2());
    house.origin.serve("/harbour/feed", copy.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "harbour")]);
    house.poll();
    let rejected = house.export().items("feeds/all.json");
    let rejected = rejected.iter().find(|it| it["title"] == title).expect("it is published")["id"].clone();
    let by = ["--reason", "Wrong", "--by", "Mara Quill"];
    house.ok(&[&["story", "reject", rejected.as_str().expect("an id")], &by[..]].concat());
    // A third entry names both addresses' texts: it is a copy of one, and tells the text of the other.
    let mut third = Paper::new("Fjord Weekend", &house.home("weekend"), &STORIES[1..2]);
    third.articles[0].link.clone_from(&original.articles[0].link);
    house.origin.serve("/weekend/feed", third.rss2());
    house.configure(&[source(&house, "daily"), source(&house, "harbour"), source(&house, "weekend")]);
    house.poll();
    let now = house.export().items("feeds/all.json");
    assert_eq!(now.len(), 1, "the other stays published: {now:?}");
    assert_eq!(now[0]["title"], STORIES[1].0);
}
