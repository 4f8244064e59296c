//! What publishers take back or correct after publication, readers learn with the story and on
//! `/corrections`.

use crate::house::House;
use crate::house::source;
use crate::origin::Page;

const SENTENCES: [&str; 6] = [
    "The port of Halden switched off its passwords in April and gave hardware keys to all 2,300 employees.",
    "The port authority had counted 61 stolen passwords in the year before, most of them from old terminals.",
    "Each employee received two keys, one of which stays in a safe at the gate of the northern harbour.",
    "The change cost 190,000 euros, most of it for eleven terminals that could not read the keys.",
    "The terminals were built in 2004 and are to be replaced by tablets before the end of the winter.",
    "Other ports of the coast have asked for the plans, which the port authority gives away for nothing.",
];

fn article(sentences: &[&str]) -> String {
    let text: String = sentences.iter().map(|it| format!("<p>{it}</p>")).collect();
    format!(
        "<title>Keys at Halden</title><article><h1>Port of Halden replaces its passwords</h1>{text}</article>"
    )
}

fn feed(house: &House, title: &str, text: &str) -> Page {
    Page::new(format!(
        "<rss version=\"2.0\"><channel><title>Harbour Post</title><link>{}</link><language>en</language><item>\
         <guid>1</guid><title>{title}</title><link>{}</link><pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate>\
         <description>{text}</description></item></channel></rss>",
        house.home("harbour"),
        house.url("/harbour/keys")
    ))
}

/// A house that has published the story of an article page.
fn published() -> House {
    let house = House::new();
    house.configure(&[source(&house, "harbour").with("full_text = true")]);
    house.origin.serve("/harbour/feed", feed(&house, "Port of Halden replaces its passwords", "Keys…"));
    house.origin.serve("/harbour/keys", Page::html(article(&SENTENCES)));
    assert_eq!(house.poll()["published"], 1);
    check(&house, None);
    house
}

/// What readers are told: a notice at the story, in pages and feeds, and a line on `/corrections`.
#[track_caller]
fn check(house: &House, expected: Option<(&str, &str)>) -> String {
    let export = house.export();
    let item = export.items("feeds/all.json").remove(0);
    let listed = house.json(&["story", "list"]);
    let page = export.page(listed[0]["url"].as_str().expect("an address"));
    let corrections = export.text("corrections/index.html");
    match expected {
        Some((notice, line)) => {
            assert!(page.contains(notice), "{page}");
            assert!(item["content_html"].as_str().is_some_and(|it| it.contains(notice)), "{item}");
            assert!(corrections.contains(line), "{corrections}");
            assert!(corrections.contains("Port of Halden replaces its passwords"), "{corrections}");
        }
        None => {
            assert!(!page.contains("class=\"notice\""), "{page}");
            assert!(corrections.contains("Nothing has been corrected yet"), "{corrections}");
        }
    }
    item["summary"].as_str().unwrap_or_default().to_owned()
}

const VANISHED: (&str, &str) = (
    "The original article is no longer where it was published.",
    "The article of Harbour Post is no longer where it was published.",
);
const RETRACTED: (&str, &str) =
    ("Retracted: the publisher has withdrawn this article.", "Harbour Post has withdrawn its article.");
const CORRECTED: (&str, &str) =
    ("Corrected: the publisher has corrected this article", "Harbour Post has corrected its article.");

#[test]
fn an_article_that_is_gone_flags_its_story_until_it_is_back() {
    let house = published();
    house.origin.serve("/harbour/keys", Page::status(410));
    house.poll();
    check(&house, Some(VANISHED));
    house.origin.serve("/harbour/keys", Page::html(article(&SENTENCES)));
    house.poll();
    check(&house, None);
}

#[test]
fn an_article_that_is_missing_for_a_while_flags_nothing() {
    let house = published();
    house.origin.serve("/harbour/keys", Page::status(404));
    house.poll();
    house.poll();
    check(&house, None);
    assert_eq!(house.origin.count("/harbour/keys"), 3);
}

#[test]
fn an_article_that_gives_way_to_a_note_flags_its_story() {
    let house = published();
    let note = "<article><p>This article has been retracted: nobody at the port had said so.</p></article>";
    house.origin.serve("/harbour/keys", Page::html(note));
    house.poll();
    check(&house, Some(RETRACTED));
}

#[test]
fn an_article_that_was_corrected_is_read_anew() {
    let house = published();
    let note = "Correction, May 3: An earlier version of this article gave another number of employees.";
    let first = SENTENCES[0].replace("2,300", "3,200");
    let sentences: Vec<&str> =
        std::iter::once(first.as_str()).chain(SENTENCES[1..].iter().copied()).chain([note]).collect();
    house.origin.serve("/harbour/keys", Page::html(article(&sentences)));
    house.poll();
    let summary = check(&house, Some(CORRECTED));
    assert!(summary.contains("3,200") && !summary.contains("2,300"), "{summary}");
    assert!(house.export().text("corrections/index.html").contains("a publisher changed what is quoted"));
}

#[test]
fn another_text_at_the_same_address_is_not_taken_for_the_article() {
    let house = published();
    let before = check(&house, None);
    let other = SENTENCES.map(|it| it.replace("port", "zoo").replace("passwords", "padlocks"));
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    house.origin.serve("/harbour/keys", Page::html(article(&other)));
    house.poll();
    assert_eq!(check(&house, None), before);
}

#[test]
fn an_entry_that_its_feed_calls_retracted_flags_its_story() {
    let house = published();
    house
        .origin
        .serve("/harbour/feed", feed(&house, "Retracted: Port of Halden replaces its passwords", "Keys…"));
    house.poll();
    check(&house, Some(RETRACTED));
}

#[test]
fn news_about_a_retraction_flags_nothing() {
    let house = House::new();
    house.configure(&[source(&house, "harbour")]);
    let text = "A journal of Halden has retracted an article about frogs. \u{201c}This article has been retracted,\u{201d} \
                says a note at its head. The journal had printed it in 2019, and 40 others had cited it.";
    house.origin.serve("/harbour/feed", feed(&house, "Journal retracts an article about frogs", text));
    assert_eq!(house.poll()["published"], 1);
    check(&house, None);
}
