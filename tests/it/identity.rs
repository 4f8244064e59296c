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

/// A publisher gives each article a number in its address, and its guid is the address.
fn numbered(articles: &mut [Article], address: impl Fn(usize, &str) -> String) {
    for (i, it) in articles.iter_mut().enumerate() {
        let slug: Vec<&str> = it.title.split(' ').collect();
        it.link = address(884_213 + i, &slug.join("-").to_lowercase());
        it.id.clone_from(&it.link);
    }
}

#[test]
fn a_headline_that_takes_address_and_guid_along_makes_no_new_story() {
    let addresses: [fn(usize, &str) -> String; 5] = [
        |n, slug| format!("https://harbour.example/2026/11/30/{n}/{slug}"),
        |n, slug| format!("https://harbour.example/{slug}-{n}.html"),
        |n, slug| format!("https://harbour.example/en/{slug}/a-{n}"),
        |n, slug| format!("https://harbour.example/{slug}?story={n}"),
        |n, slug| format!("https://harbour.example/read?id={n}&slug={slug}"),
    ];
    for address in addresses {
        let items = check(|n, articles| {
            if n == 2 {
                articles[0].title = "Rivals may use the job queue of Corvid".to_owned();
                articles[0].text.push_str("\n\nA fourth region follows in May.");
                articles[1].title = "Database plans joins in less memory".to_owned();
                articles[1].published = articles[1].published.plus(std::time::Duration::from_secs(600));
            }
            numbered(articles, address);
        });
        assert!(items.iter().any(|it| it["title"] == "Rivals may use the job queue of Corvid"));
    }
}

#[test]
fn articles_of_one_numbered_section_stay_apart() {
    let house = House::new();
    house.configure(&[source(&house, "paper")]);
    for shown in [0..1, 1..2, 0..2, 2..4, 0..4] {
        let mut paper = Paper::new("Paper", &house.home("paper"), &STORIES);
        numbered(&mut paper.articles, |_, slug| format!("https://harbour.example/884213/{slug}"));
        paper.articles = paper.articles[shown].to_vec();
        house.origin.serve("/paper/feed", paper.rss2());
        house.poll();
    }
    assert_eq!(house.export().items("feeds/all.json").len(), 4);
}

/// How many stories a publisher's articles and a link list's entries without text make, whichever
/// of the two is polled first.
#[track_caller]
fn check_list(told: &[&str], listed: &[&str], expected: usize) {
    const HEADLINES: [&str; 3] = ["Cheap salt meter", "Knots in maple", "No more fax"];
    let site = "https://harbour.example";
    for order in [["paper", "list"], ["list", "paper"]] {
        let house = House::new();
        let mut paper = Paper::new("Paper", &format!("{site}/"), &STORIES[..told.len()]);
        let headlines: Vec<(&str, &str)> = HEADLINES.iter().map(|it| (*it, "Comments")).collect();
        let mut list = Paper::new("List", "https://list.example/", &headlines[..listed.len()]);
        for (paper, links) in [(&mut paper, told), (&mut list, listed)] {
            for (it, link) in paper.articles.iter_mut().zip(links) {
                it.link = format!("{site}{link}");
            }
        }
        house.origin.serve("/paper/feed", paper.rss2());
        house.origin.serve("/list/feed", list.rss2());
        house.configure(&[source(&house, "paper"), source(&house, "list")]);
        for id in order {
            house.json(&["poll", id]);
        }
        let items = house.export().items("feeds/all.json");
        assert_eq!(items.len(), expected, "{order:?} of {told:?} and {listed:?}: {items:#?}");
    }
}

#[test]
fn a_link_list_that_marks_the_way_tells_no_second_story() {
    check_list(&["/gantry"], &["/gantry?ref=list.example"], 1);
    check_list(&["/gantry"], &["/gantry?source=friends_link&sk=ab12", "/gantry/?share=mail"], 1);
    check_list(&["/gantry?source=rss"], &["/gantry?mod=hp_lead"], 1);
    check_list(&["/read?id=7"], &["/read?id=7&partner=list"], 1);
    check_list(&["/gantry"], &["/gantry/index.html?never_heard_of=mail"], 1);
}

#[test]
fn a_link_list_that_names_another_article_tells_another_story() {
    check_list(&["/read?id=7"], &["/read?id=8"], 2);
    check_list(&["/read?id=7"], &["/read?id=8&ref=list"], 2);
    check_list(&["/gantry"], &["/gantry?id=8"], 2);
    check_list(&["/gantry"], &["/mill?ref=list"], 2);
    // First contact, and a site that has shown what the parameter is for.
    check_list(&["/view?cid=gantry"], &["/view?cid=mill"], 1);
    check_list(&["/read?cid=a", "/read?cid=b", "/view?cid=gantry"], &["/view?cid=mill"], 4);
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
