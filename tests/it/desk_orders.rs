//! Two editors and the engine at one story at once, in every order: nothing is lost, and each is told.

use std::time::Duration;

use crate::browser::Answer;
use crate::browser::Browser;
use crate::browser::Form;
use crate::desk::EDITORS;
use crate::desk::PASSWORD;
use crate::desk::desk_of;
use crate::desk::key_of;
use crate::desk::newsroom;
use crate::desk::state_of;
use crate::desk_story::edit_form;
use crate::house::Daemon;
use crate::house::House;
use crate::house::eventually;
use crate::press::Paper;
use crate::press::STORIES;

/// Longest wait for what goes out ten seconds later.
const PATIENCE: Duration = Duration::from_secs(60);
const WRITTEN: &str = "Corvid opens its scheduler";

/// Who acts on what all of them saw at the same time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Turn {
    /// Ann writes another title.
    Ann,
    /// Ada decides.
    Ada,
    /// The publisher has rewritten the article, and the engine reads it.
    Engine,
}

const ORDERS: [[Turn; 3]; 6] = [
    [Turn::Ann, Turn::Ada, Turn::Engine],
    [Turn::Ann, Turn::Engine, Turn::Ada],
    [Turn::Ada, Turn::Ann, Turn::Engine],
    [Turn::Ada, Turn::Engine, Turn::Ann],
    [Turn::Engine, Turn::Ann, Turn::Ada],
    [Turn::Engine, Turn::Ada, Turn::Ann],
];

fn signed_in(daemon: &Daemon, name: &str) -> Browser {
    let mut browser = Browser::new(desk_of(daemon));
    assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
    browser
}

/// A publisher's rewritten article is read.
fn engine(house: &House) {
    let text = STORIES[0].1.replace("40,000 jobs", "52,000 jobs");
    assert_ne!(text, STORIES[0].1);
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &[(STORIES[0].0, &text)]);
    house.origin.serve("/daily/feed", paper.rss2());
    assert_eq!(house.poll()["entries_updated"], 1);
}

/// The three act in this order, Ada by `deed`; says what Ann and Ada were answered.
fn acted(house: &House, daemon: &Daemon, key: &str, order: [Turn; 3], deed: &str) -> (Answer, Answer) {
    let (mut ann, mut ada) = (signed_in(daemon, "Ann Example"), signed_in(daemon, "Ada Admin"));
    let path = format!("/desk/story/{key}");
    let of_ann: Form = edit_form(&ann.get(&path)).with("title", WRITTEN);
    let of_ada = ada.get(&path).decision(key, deed).with("reason", "Ada says so").with("until", "2h");
    let (mut to_ann, mut to_ada) = (None, None);
    for turn in order {
        match turn {
            Turn::Ann => to_ann = Some(ann.send(&of_ann)),
            Turn::Ada => to_ada = Some(ada.send(&of_ada)),
            Turn::Engine => engine(house),
        }
    }
    (to_ann.expect("Ann acted"), to_ada.expect("Ada acted"))
}

#[test]
fn an_approval_beside_an_edit_and_the_engine_in_every_order() {
    check_orders("approve");
}

#[test]
fn a_rejection_beside_an_edit_and_the_engine_in_every_order() {
    check_orders("reject");
}

#[test]
fn a_deferral_beside_an_edit_and_the_engine_in_every_order() {
    check_orders("defer");
}

#[track_caller]
fn check_orders(deed: &str) {
    for order in ORDERS {
        {
            let house = newsroom(EDITORS, &STORIES[..1]);
            let daemon = house.daemon();
            let key = key_of(&house, STORIES[0].0);
            let (to_ann, to_ada) = acted(&house, &daemon, &key, order, deed);
            let case = format!("{order:?} {deed}: Ann {}, Ada {}", to_ann.status, to_ada.status);
            let shown = house.json(&["story", "show", &key]);
            // What Ann wrote is kept, or stands on the page that says why not.
            match to_ann.status {
                303 => assert_eq!(shown["title"], WRITTEN, "{case}"),
                409 => {
                    assert!(
                        to_ann.body.contains(WRITTEN),
                        "{case}: {}",
                        &to_ann.body[to_ann.body.find("<main").unwrap_or(0)..]
                    );
                    assert_ne!(shown["title"], WRITTEN, "{case}");
                }
                _ => panic!("{case}: {}", to_ann.body),
            }
            // What Ada decided stands in the history, or she is told.
            let decided = || acts_of(&house, &key, "Ada Admin");
            match to_ada.status {
                409 => {
                    assert!(to_ada.body.contains("changed meanwhile"), "{case}: {}", to_ada.body);
                    assert!(decided().is_empty() && state_of(&house, &key) == "held", "{case}: {shown}");
                }
                // An approval of what changed before it went out lapses.
                303 if deed == "approve" => {
                    eventually(&format!("{case}: it lapses"), PATIENCE, || {
                        (decided() == ["lapse"]).then_some(())
                    });
                    assert_eq!(state_of(&house, &key), "held", "{case}");
                }
                303 => assert_eq!(decided(), [deed], "{case}"),
                _ => panic!("{case}: {}", to_ada.body),
            }
            // What the publisher rewrote is what the engine says, whoever else wrote.
            if state_of(&house, &key) == "held" {
                let shown = house.json(&["story", "show", &key])["_bylined"].to_string();
                assert!(shown.contains("52,000") && !shown.contains("40,000"), "{case}: {shown}");
            }
        }
    }
}

/// What somebody did with a story, latest first.
fn acts_of(house: &House, key: &str, who: &str) -> Vec<String> {
    let shown = house.json(&["story", "show", key]);
    let acts = shown["acts"].as_array().expect("acts").iter().filter(|it| it["by"] == who);
    acts.filter_map(|it| it["act"].as_str().map(str::to_owned)).collect()
}
