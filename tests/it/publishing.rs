//! What is published can be read by others, says the same in every format, and proves what it says.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::time::Duration;

use chrono::DateTime;
use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

use bylined::domain::SnapshotFrom;
use bylined::domain::Timestamp;
use bylined::store::Store;
use bylined::store::StoryFilter;
use bylined::store::Writer;

use crate::house::BASE_URL;
use crate::house::Export;
use crate::house::House;
use crate::house::all;
use crate::house::ids;
use crate::house::json_walk;
use crate::house::path_of;
use crate::house::source;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

/// How soon a daemon shows what another process published.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(5);

/// An item as any format tells it: id, title, link, date.
type Told = (String, String, String, i64);

#[test]
fn every_format_tells_the_same_stories_to_readers_that_are_not_ours() {
    let house = House::new();
    for (id, stories) in [("daily", &STORIES[..2]), ("weekly", &STORIES[2..])] {
        let paper = Paper::new(&format!("The {id} <Fjord> & Sons"), &house.home(id), stories);
        house.origin.serve(&format!("/{id}/feed"), paper.atom());
    }
    house.configure(&[source(&house, "daily"), source(&house, "weekly")]);
    house.poll();
    let export = house.export();
    let from_json = json(&export, "feeds/all.json");
    assert_eq!(from_json.len(), 4);
    assert_eq!(rss(&export, "feeds/all.rss"), from_json);
    assert_eq!(atom(&export, "feeds/all.atom"), from_json);
    let titles: BTreeSet<&str> = from_json.iter().map(|it| it.1.as_str()).collect();
    assert_eq!(titles, STORIES.iter().map(|it| it.0).collect());
}

#[test]
fn a_digest_carries_the_stories_of_a_period_in_every_format() {
    let house = House::new();
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..3]);
    house.origin.serve("/daily/feed", paper.atom());
    let output = "[[output]]\nid = \"brief\"\ntitle = \"Brief\"\ndigest = \"*/3 * * * * *\"\n";
    house.configure_with(&[source(&house, "daily")], "", output);
    let daemon = house.daemon();
    daemon.items("/feeds/brief.json", 1, Duration::from_secs(60));
    drop(daemon);
    let export = house.export();
    let told = json(&export, "feeds/brief.json");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(rss(&export, "feeds/brief.rss"), told);
    assert_eq!(atom(&export, "feeds/brief.atom"), told);
    let item = &export.items("feeds/brief.json")[0];
    let html = item["content_html"].as_str().expect("HTML");
    for (title, _) in &STORIES[..3] {
        assert!(html.contains(title), "{html}");
    }
    assert!(html.contains("The Daily Fjord"), "{html}");
    assert_eq!(json(&export, "feeds/all.json").len(), 3);
}

fn json(export: &Export, path: &str) -> Vec<Told> {
    let field = |it: &Value, name: &str| it[name].as_str().expect("a string").to_owned();
    let items = export.items(path);
    let told = items.iter().map(|it| {
        let date = DateTime::parse_from_rfc3339(&field(it, "date_published")).expect("RFC 3339");
        (field(it, "id"), field(it, "title"), field(it, "url"), date.timestamp())
    });
    told.collect()
}

fn rss(export: &Export, path: &str) -> Vec<Told> {
    let channel = rss::Channel::read_from(export.bytes(path).as_slice()).expect("RSS");
    let told = channel.items().iter().map(|it| {
        let guid = it.guid().expect("a guid");
        assert!(!guid.is_permalink());
        let date = DateTime::parse_from_rfc2822(it.pub_date().expect("a date")).expect("RFC 822");
        let text = |given: Option<&str>| given.expect("text").to_owned();
        (guid.value().to_owned(), text(it.title()), text(it.link()), date.timestamp())
    });
    told.collect()
}

fn atom(export: &Export, path: &str) -> Vec<Told> {
    let feed = atom_syndication::Feed::read_from(export.bytes(path).as_slice()).expect("Atom");
    let told = feed.entries().iter().map(|it| {
        let link = it.links().iter().find(|it| it.rel() == "alternate").expect("a link");
        let date = it.published().expect("a date");
        (it.id().to_owned(), it.title().value.clone(), link.href().to_owned(), date.timestamp())
    });
    told.collect()
}

#[test]
fn every_statement_has_receipts_that_the_publishers_text_bears_out() {
    let house = House::new();
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES);
    house.origin.serve("/daily/feed", paper.rss2());
    house.configure(&[source(&house, "daily")]);
    house.poll();
    let texts: HashMap<&str, &str> =
        paper.articles.iter().map(|it| (it.link.as_str(), it.text.as_str())).collect();
    let export = house.export();
    let items = export.items("feeds/all.json");
    assert_eq!(items.len(), STORIES.len());
    for item in &items {
        let data = &item["_bylined"];
        assert_eq!(data["about"], format!("{BASE_URL}about#data"));
        let mut statements = 0;
        for field in ["summary", "key_takeaway", "key_insights", "principles", "in_practice"] {
            for statement in data[field].as_array().expect("always an array") {
                statements += 1;
                check_receipts(statement, &texts);
            }
        }
        assert!(!data["summary"].as_array().expect("an array").is_empty(), "{item}");
        assert!(0 < statements);
        let takeaway =
            if data["key_takeaway"].as_array().is_some_and(|it| !it.is_empty()) { ", takeaway," } else { "" };
        let line = format!(
            "Editorial summary{takeaway} and curation by Example Brief. Original article published by The Daily Fjord."
        );
        assert_eq!(data["attribution"], line);
        let html = item["content_html"].as_str().expect("text");
        assert!(html.rfind(">The Daily Fjord</a>") > html.find("curation by Example Brief"), "{html}");
    }
}

#[test]
fn a_publishers_abstract_is_quoted_from_feeds_and_pages_with_receipts_of_its_own() {
    const LINES: &str = "Customers of Fernwave can move their Tern databases to three hosting firms in June, after four years in its own data centres.";
    const TEXT: [&str; 8] = [
        "Fernwave will let other cloud companies host its Tern database from June, ending four years in which only its own data centres could run it.",
        "The three hosting firms are all in Oslo and have signed contracts until 2032, the company said on Thursday.",
        "Customers who run Tern 3 must upgrade before they can move, because the older storage format is tied to Fernwave's disks.",
        "Cloud revenue at Fernwave rose 12% to $1.2 billion last year, while its rivals grew nearly twice as fast.",
        "Opening the database means that Fernwave will compete on price with firms that buy computers in far larger numbers.",
        "Ada Hill, who runs the database division, told reporters in Oslo that the first customers had asked for the move two years ago.",
        "Engineers spent most of that time on the storage format, which had relied on disks that no other company buys.",
        "A tool that copies old databases into the new format is free of charge until the end of the year and needs about an hour for each terabyte.",
    ];
    let body = TEXT.map(|it| format!("<p>{it}</p>")).concat();
    let article = format!(
        "<html><head><title>Fernwave</title><meta property='og:description' content='{LINES}'></head>\
         <body><article>{body}</article></body></html>"
    );
    let beside =
        format!("<description>{LINES}</description><content:encoded><![CDATA[{body}]]></content:encoded>");
    let cases =
        [("full_text = false", beside.as_str()), ("full_text = true", "<description>A cut…</description>")];
    for (further, elements) in cases {
        let house = House::new();
        let feed = format!(
            "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Fjord</title>\
             <item><title>Fernwave opens its Tern database</title><link>{}</link>{elements}</item></channel></rss>",
            house.url("/article")
        );
        house.origin.serve("/fjord/feed", Page::new(feed));
        house.origin.serve("/article", Page::html(article.clone()));
        house.configure(&[source(&house, "fjord").with(further)]);
        house.poll();
        let items = house.export().items("feeds/all.json");
        let [item] = items.as_slice() else { panic!("{further}: {items:?}") };
        let summary = item["_bylined"]["summary"].as_array().expect("an array");
        assert_eq!(summary[0]["text"], LINES, "{further}: {item}");
        let receipt = &summary[0]["receipts"][0];
        let digest: String = Sha256::digest(LINES).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!((&receipt["start"], &receipt["end"]), (&json!(0), &json!(LINES.len())), "{further}");
        assert_eq!(receipt["sha256"], digest, "{further}");
        assert_eq!(receipt["of"], "abstract", "{further}");
        check_versions_of_abstract(&house);
    }
}

/// What a curation rests on is another once the publisher's lines are taken back.
#[track_caller]
fn check_versions_of_abstract(house: &House) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&house.dir().join("bylined.db")).expect("a store");
        let versions = store.write(|it| {
            let story = it.reader().stories(StoryFilter { state: None, limit: 1 })?[0].id;
            let versions = |it: &Writer<'_>| it.reader().story_and_input_versions(story);
            let before = versions(it)?.expect("a story").1;
            for from in [SnapshotFrom::Feed, SnapshotFrom::Page] {
                it.record_abstract(before[0].entry, from, "", Timestamp::from_secs(1_795_168_800))?;
            }
            Ok((before, versions(it)?.expect("a story").1))
        });
        let (before, after) = versions.await.expect("versions");
        store.close().await;
        assert_eq!(before[0].snapshot, after[0].snapshot);
        assert_ne!(before, after);
    });
}

#[track_caller]
fn check_receipts(statement: &Value, texts: &HashMap<&str, &str>) {
    let receipts = statement["receipts"].as_array().expect("receipts");
    assert!(!receipts.is_empty(), "{statement}");
    for receipt in receipts {
        let url = receipt["url"].as_str().expect("an address");
        let article = url.split('#').next().unwrap_or(url);
        let text = texts.get(article).unwrap_or_else(|| panic!("{url} is no article of ours"));
        let place = |name: &str| receipt[name].as_u64().expect("an offset") as usize;
        let quoted = text.get(place("start")..place("end")).expect("a span of the text");
        let digest: String = Sha256::digest(quoted).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(receipt["sha256"], digest, "{receipt}");
        if let Some(quote) = receipt.get("quote") {
            assert_eq!(quote, quoted);
        }
    }
}

#[test]
fn an_output_holds_what_its_filters_say_and_is_filled_anew_when_they_change() {
    let house = House::new();
    for (id, stories) in [("daily", &STORIES[..2]), ("weekly", &STORIES[2..])] {
        let paper = Paper::new(id, &house.home(id), stories);
        house.origin.serve(&format!("/{id}/feed"), paper.rss2());
    }
    let configure = |outputs: &str| {
        house.configure_with(&[source(&house, "daily"), source(&house, "weekly")], "", outputs);
        house.poll();
        house.export()
    };
    let titles = |export: &Export, output: &str| {
        let items = export.items(&format!("feeds/{output}.json"));
        all(&items, "title").into_iter().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let told = |which: &[usize]| which.iter().map(|it| STORIES[*it].0.to_owned()).collect::<BTreeSet<_>>();

    let export = configure(
        "[[output]]\nid = \"of-daily\"\nsources = [\"daily\"]\n\n\
         [[output]]\nid = \"no-ports\"\nexclude = [\"Halden\"]\nlink = \"story\"\n",
    );
    assert_eq!(titles(&export, "all"), told(&[0, 1, 2, 3]));
    assert_eq!(titles(&export, "of-daily"), told(&[0, 1]));
    assert_eq!(titles(&export, "no-ports"), told(&[0, 1, 3]));
    for item in export.items("feeds/no-ports.json") {
        assert!(
            item["url"].as_str().is_some_and(|it| it.starts_with(&format!("{BASE_URL}story/"))),
            "{item}"
        );
        assert!(item["external_url"].as_str().is_some_and(|it| it.contains("/article-")), "{item}");
    }
    let all_before = export.bytes("feeds/all.atom");

    let export = configure("[[output]]\nid = \"of-daily\"\nsources = [\"weekly\"]\n");
    assert_eq!(titles(&export, "of-daily"), told(&[2, 3]));
    assert!(export.bytes("feeds/all.atom") == all_before, "another output's filters are none of this one's");
    assert!(!house.dir().join("site/feeds/no-ports.json").exists(), "an output that is gone leaves the site");
}

#[test]
fn a_walk_over_the_archives_yields_every_story() {
    const ENTRIES: usize = 130;
    let house = House::new();
    let paper = Paper::of_notes("Notes", &house.home("notes"), 0, ENTRIES);
    house.origin.serve("/notes/feed", paper.rss2());
    // Titles and links alone: how many stories there are is the point here.
    house.configure(&[source(&house, "notes").with("full_text = false\nrights = \"link\"")]);
    house.poll();
    let daemon = house.daemon();
    let read = |path: &str| daemon.get(path).body;
    let atom = atom_walk(read);
    assert_eq!(atom.len(), 3, "the subscription document and two archives");
    let json: Vec<BTreeSet<String>> = json_walk(read, "all")
        .iter()
        .map(|items| ids(items).into_iter().map(str::to_owned).collect())
        .collect();
    assert_eq!(atom, json);
    assert_eq!(atom[1].len(), 50);
    assert_eq!(atom[2].len(), 50);
    assert!(atom[1].is_disjoint(&atom[2]));
    let walked: BTreeSet<&String> = atom.iter().flatten().collect();
    assert_eq!(walked.len(), ENTRIES);
    let stories = house.json(&["story", "list", "--limit", "1000"]);
    let listed: BTreeSet<&str> = all(stories.as_array().expect("an array"), "id").into_iter().collect();
    assert_eq!(walked.iter().map(|it| it.as_str()).collect::<BTreeSet<_>>(), listed);

    // What stands in a full archive document stays there when more stories come.
    let more = Paper::of_notes("More notes", &house.home("notes"), 1, 30);
    let both = Paper { articles: [more.articles, paper.articles].concat(), ..paper };
    house.origin.serve("/notes/feed", both.rss2());
    house.poll();
    daemon.items("/feeds/all.json", ENTRIES + 30, PUBLISHED_WITHIN);
    let after = atom_walk(read);
    assert_eq!(after.len(), 4);
    assert_eq!((&after[2], &after[3]), (&atom[1], &atom[2]));
    assert_eq!(after.iter().flatten().collect::<BTreeSet<_>>().len(), ENTRIES + 30);
}

/// The ids of each document, from the newest over `prev-archive` (RFC 5005 §4).
fn atom_walk(read: impl Fn(&str) -> Vec<u8>) -> Vec<BTreeSet<String>> {
    let mut documents = Vec::new();
    let mut next = Some("/feeds/all.atom".to_owned());
    while let Some(path) = next {
        let feed = atom_syndication::Feed::read_from(read(&path).as_slice()).expect("Atom");
        documents.push(feed.entries().iter().map(|it| it.id().to_owned()).collect());
        let older = feed.links().iter().find(|it| it.rel() == "prev-archive");
        next = older.map(|it| path_of(it.href()));
    }
    documents
}
