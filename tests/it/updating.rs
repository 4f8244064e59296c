//! What a publisher corrects is shown and dated; what only looks different changes no byte.

use std::time::Duration;

use bylined::domain::Timestamp;

use crate::house::House;
use crate::house::source;
use crate::origin::Page;
use crate::press::Article;
use crate::press::Paper;
use crate::press::STORIES;

const DOCUMENTS: [&str; 4] = ["feeds/all.json", "feeds/all.atom", "feeds/all.rss", "index.html"];

/// What readers are given before and after a publisher changed its article, and when the
/// story was changed by what the output says.
fn told(write: fn(&Paper) -> Page, change: fn(&mut Article)) -> [(Vec<Vec<u8>>, Timestamp); 2] {
    let house = House::new();
    let mut paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    house.configure(&[source(&house, "daily")]);
    let mut read = |change: fn(&mut Article)| {
        change(&mut paper.articles[0]);
        house.origin.serve("/daily/feed", write(&paper));
        house.poll();
        let export = house.export();
        let items = export.items("feeds/all.json");
        assert_eq!(items.len(), 1, "{items:?}");
        let changed = items[0]["date_modified"].as_str().expect("a date");
        let changed = chrono::DateTime::parse_from_rfc3339(changed).expect("RFC 3339").to_utc().into();
        (DOCUMENTS.iter().map(|it| export.bytes(it)).collect(), changed)
    };
    [read(|_| {}), read(change)]
}

#[track_caller]
fn check_shown(change: fn(&mut Article), expected: &str) {
    for write in [Paper::rss2, Paper::atom, Paper::json] {
        let [(_, before), (documents, after)] = told(write, change);
        assert!(before.plus(Duration::from_secs(1)) <= after, "{before:?} {after:?}");
        for (name, document) in DOCUMENTS.iter().zip(&documents).take(3) {
            let text = String::from_utf8_lossy(document);
            assert!(text.contains(expected), "{expected} in {name}: {text}");
        }
    }
}

#[track_caller]
fn check_silent(change: fn(&mut Article)) {
    for write in [Paper::rss2, Paper::atom, Paper::json] {
        let [before, after] = told(write, change);
        for (name, (before, after)) in DOCUMENTS.iter().zip(before.0.iter().zip(&after.0)) {
            let text = String::from_utf8_lossy;
            assert_eq!(text(before), text(after), "{name}");
        }
    }
}

#[test]
fn another_number_is_shown_and_dated() {
    check_shown(|it| it.text = it.text.replace("a drop of 18%", "a drop of 13%"), "a drop of 13%");
}

#[test]
fn another_name_is_shown_and_dated() {
    check_shown(
        |it| it.text = it.text.replace("Corvid Systems released", "Corvax released"),
        "Corvax released",
    );
}

#[test]
fn a_denial_is_shown_and_dated() {
    check_shown(
        |it| it.text = it.text.replace("will accept patches", "will not accept patches"),
        "will not accept",
    );
}

#[test]
fn another_headline_is_shown_and_dated() {
    check_shown(|it| it.title = it.title.replace("opens", "closes"), "closes its scheduler");
}

#[test]
fn other_blanks_change_no_byte() {
    check_silent(|it| {
        it.text = it.text.replace(". ", ".\n  ").replace("\n\n", "\n\n\n\n");
        it.title = format!("  {} ", it.title.replace(' ', "  "));
    });
}

#[test]
fn another_number_in_a_sentence_that_is_not_quoted_changes_no_byte() {
    check_silent(|it| it.text = it.text.replace("1.30 or later", "1.31 or later"));
}

#[test]
fn a_paragraph_that_is_added_below_changes_no_byte() {
    check_silent(|it| {
        it.text.push_str("\n\nThe Apache foundation may house the project, Corvid Systems says.")
    });
}

#[test]
fn an_article_that_moved_is_linked_where_it_is_and_credited_as_before() {
    for write in [Paper::rss2, Paper::atom, Paper::json] {
        let [before, after] = told(write, |it| it.link += "-moved");
        for (name, (before, after)) in DOCUMENTS.iter().zip(before.0.iter().zip(&after.0)) {
            let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
            assert_eq!(before.replace("article-0", "article-0-moved"), after, "{name}");
        }
    }
}

#[test]
fn a_date_that_says_that_nothing_changed_changes_no_byte() {
    check_silent(|it| it.published = it.published.plus(Duration::from_secs(60)));
}
