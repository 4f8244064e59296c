//! An entry that comes back changed is the same story, once, under the same id.

use crate::house::BASE_URL;
use crate::house::House;
use crate::house::ids;
use crate::house::source;
use crate::press::Article;
use crate::press::FIRST;
use crate::press::Paper;
use crate::press::STORIES;

use bylined::domain::Timestamp;

/// Polls of one source: `change` makes of the articles what the n-th poll finds.
/// Returns what the output holds after the last one.
#[track_caller]
fn check(change: impl Fn(usize, &mut Vec<Article>)) -> Vec<serde_json::Value> {
    const POLLS: usize = 3;
    let house = House::new();
    house.configure(&[source(&house, "paper")]);
    let mut known: Vec<serde_json::Value> = Vec::new();
    for n in 0..POLLS {
        let mut paper = Paper::new("Paper", &house.home("paper"), &STORIES[..3]);
        change(n, &mut paper.articles);
        house.origin.serve("/paper/feed", paper.rss2());
        house.poll();
        let items = house.export().items("feeds/all.json");
        let now = ids(&items);
        assert_eq!(now.len(), 3, "poll {n}: {now:?}");
        if 0 < n {
            assert_eq!(now, ids(&known), "poll {n}");
        }
        assert_eq!(house.json(&["status"])["stories"], 3, "poll {n}");
        known = items;
    }
    known
}

#[test]
fn a_guid_that_changes_at_each_poll_makes_no_new_story() {
    check(|n, articles| {
        for it in articles {
            it.id = format!("{}?session={n}", it.id);
        }
    });
}

#[test]
fn a_link_that_changes_makes_no_new_story() {
    let items = check(|n, articles| {
        for it in articles {
            it.link = format!("{}-moved-{n}", it.link);
        }
    });
    assert!(items.iter().all(|it| it["url"].as_str().is_some_and(|it| it.ends_with("-moved-2"))));
}

#[test]
fn a_corrected_title_is_shown_under_the_same_id() {
    let items = check(|n, articles| {
        if 0 < n {
            articles[0].title = articles[0].title.replace("opens its scheduler", "opens the scheduler");
        }
    });
    let corrected = "Corvid Systems opens the scheduler to other clouds";
    assert!(items.iter().any(|it| it["title"] == corrected));
}

#[test]
fn a_date_that_is_stamped_anew_moves_no_story() {
    let items = check(|n, articles| {
        for it in articles {
            it.published = Timestamp::from_secs(it.published.millis() / 1000 + n as i64 * 86_400);
        }
    });
    assert!(items.iter().any(|it| it["date_published"] == FIRST.rfc3339()));
}

#[test]
fn one_guid_for_all_items_still_makes_one_story_of_each() {
    check(|n, articles| {
        for it in articles.iter_mut() {
            it.id = "urn:paper:item".to_owned();
        }
        articles.rotate_left(n);
    });
}

#[test]
fn a_story_stays_when_its_item_vanishes_and_is_the_same_when_it_reappears() {
    check(|n, articles| {
        if n == 1 {
            articles.remove(1);
        }
    });
}

#[test]
fn ids_and_paths_outlive_the_address_of_the_site() {
    let house = House::new();
    let paper = Paper::new("Paper", &house.home("paper"), &STORIES[..2]);
    house.origin.serve("/paper/feed", paper.rss2());
    house.configure(&[source(&house, "paper")]);
    house.poll();
    let before = house.json(&["story", "list"]);
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace(BASE_URL, "https://news.example/tech/"));
    house.poll();
    let after = house.json(&["story", "list"]);
    for (a, b) in before.as_array().expect("an array").iter().zip(after.as_array().expect("an array")) {
        assert_eq!((&a["id"], &a["key"]), (&b["id"], &b["key"]));
        let moved = a["url"].as_str().expect("an address").replace(BASE_URL, "https://news.example/tech/");
        assert_eq!(b["url"], moved);
    }
    let listed = after.as_array().expect("an array");
    assert_eq!(ids(&house.export().items("feeds/all.json")), ids(listed));
}

#[test]
fn items_without_guid_are_known_by_their_links() {
    check(|n, articles| {
        for it in articles.iter_mut() {
            it.id.clear();
            it.link = format!("{}?utm_campaign=poll-{n}", it.link);
        }
    });
}

#[test]
fn published_links_follow_no_reader() {
    let house = House::new();
    let home = house.home("paper");
    let mut paper = Paper::new("Paper", &format!("{home}?utm_source=rss"), &STORIES[..2]);
    for (i, it) in paper.articles.iter_mut().enumerate() {
        it.link = format!("{home}read?utm_source=rss&id={i}&fbclid=ab#utm_medium=feed");
    }
    house.origin.serve("/paper/feed", paper.rss2());
    house.configure(&[source(&house, "paper")]);
    house.poll();
    let items = house.export().items("feeds/all.json");
    let published = serde_json::to_string(&items).expect("JSON");
    assert_eq!(items.len(), 2);
    assert!(published.contains(&format!("{home}read?id=0\"")), "{published}");
    assert!(published.contains("\"receipts\":[{"), "{published}");
    assert!(!published.contains("utm_") && !published.contains("fbclid"), "{published}");
}
