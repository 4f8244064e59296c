//! What editors decide at the desk: each decision is taken once and whole, and whoever decided on
//! something that changed meanwhile is told.

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
use crate::house::Daemon;
use crate::house::House;
use crate::house::eventually;
use crate::press::STORIES;

/// Longest wait for what goes out ten seconds later.
const PATIENCE: Duration = Duration::from_secs(60);

fn signed_in(daemon: &Daemon, name: &str) -> Browser {
    let mut browser = Browser::new(desk_of(daemon));
    assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
    browser
}

#[track_caller]
fn becomes(house: &House, key: &str, state: &str) {
    eventually(&format!("{key} is {state}"), PATIENCE, || (state_of(house, key) == state).then_some(()));
}

/// What people did with a story, latest first: act, by whom, why.
fn acts(house: &House, key: &str) -> Vec<(String, String, Option<String>)> {
    let shown = house.json(&["story", "show", key]);
    let text = |it: &serde_json::Value, name: &str| it[name].as_str().map(str::to_owned);
    let acts = shown["acts"].as_array().expect("acts").iter();
    acts.map(|it| (text(it, "act").expect("an act"), text(it, "by").expect("a name"), text(it, "why")))
        .collect()
}

#[track_caller]
fn went_on(answer: &Answer) {
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[test]
fn the_queue_says_what_waits_and_why() {
    let house = newsroom(EDITORS, &STORIES);
    let daemon = house.daemon();
    let mut ann = signed_in(&daemon, "Ann Example");
    let page = ann.get("/desk/");
    assert!(page.body.contains("4 stories wait"), "{}", page.body);
    for (title, text) in STORIES {
        let row = page.document();
        let row = row.select(&format!("#s-{}", key_of(&house, title)));
        let row = row.text().to_string();
        let first = text.split('.').next().unwrap_or_default();
        assert!(row.contains(title) && row.contains("The Daily Fjord") && row.contains("score"), "{row}");
        assert!(row.contains("It goes out when an editor approves it."), "{row}");
        assert!(first.split_whitespace().take(3).all(|it| row.contains(it)), "{first} in {row}");
    }
    // All are of one day: the highest score first.
    let rows = page.document();
    let rows = rows.select("[data-row] .said");
    let scores: Vec<f64> = (rows.iter())
        .map(|it| it.text().split("score ").nth(1).and_then(|it| it[..4].parse().ok()).expect("a score"))
        .collect();
    assert!(scores.len() == STORIES.len() && scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let none = ann.get("/desk/?reason=gate");
    assert!(none.body.contains("Nothing that waits meets the filters."), "{}", none.body);
    let all = ann.get("/desk/?source=daily&reason=review");
    assert_eq!(all.document().select("[data-row]").length(), STORIES.len());
    assert_eq!(ann.get("/desk/?source=nobody").document().select("[data-row]").length(), 0);
}

#[test]
fn an_approval_goes_out_later_and_can_be_undone_until_then() {
    let house = newsroom(EDITORS, &STORIES[..2]);
    let daemon = house.daemon();
    let mut ann = signed_in(&daemon, "Ann Example");
    let [kept, undone] = [0, 1].map(|n| key_of(&house, STORIES[n].0));
    let page = ann.get("/desk/");
    went_on(&ann.send(&page.decision(&undone, "approve")));
    let page = ann.get("/desk/");
    assert!(page.body.contains("About to go out"), "{}", page.body);
    assert_eq!(state_of(&house, &undone), "held");
    let undo = page.decision(&undone, "undo");
    went_on(&ann.send(&undo));
    assert!(!ann.get("/desk/").body.contains("About to go out"));
    assert_eq!(acts(&house, &undone), [("undo".to_owned(), "Ann Example".to_owned(), None)]);
    let page = ann.get("/desk/");
    went_on(&ann.send(&page.decision(&kept, "approve")));
    becomes(&house, &kept, "published");
    assert_eq!(acts(&house, &kept), [("approve".to_owned(), "Ann Example".to_owned(), None)]);
    let api = daemon.get(&format!("/api/v1/stories/{kept}")).json();
    assert_eq!(api["_bylined"]["reviewed"]["by"], "Ann Example");
    assert_eq!(state_of(&house, &undone), "held", "ten seconds are long over");
    let late = ann.send(&undo.with("story", &kept).with("form", "another"));
    assert_eq!(late.status, 409);
    assert!(late.body.contains("it went out"), "{}", late.body);
}

#[test]
fn a_killed_daemon_forgets_no_approval_and_a_repeated_click_decides_once() {
    let house = newsroom(EDITORS, &STORIES[..2]);
    let [approved, rejected] = [0, 1].map(|n| key_of(&house, STORIES[n].0));
    let (approve, reject, mut ann) = {
        let daemon = house.daemon();
        let mut ann = signed_in(&daemon, "Ann Example");
        let page = ann.get("/desk/");
        let approve = page.decision(&approved, "approve");
        let reject = page.decision(&rejected, "reject").with("reason", "Not our beat");
        went_on(&ann.send(&approve));
        went_on(&ann.send(&reject));
        // Killed before it goes out.
        daemon.signal("KILL");
        (approve, reject, ann)
    };
    assert_eq!(state_of(&house, &approved), "held");
    let daemon = house.daemon();
    ann.address = desk_of(&daemon);
    // Whoever saw no answer clicks again; the session, too, outlives the kill.
    went_on(&ann.send(&approve));
    went_on(&ann.send(&reject));
    becomes(&house, &approved, "published");
    went_on(&ann.send(&approve));
    went_on(&ann.send(&reject));
    assert_eq!(acts(&house, &approved).len(), 1);
    let why = Some("Not our beat".to_owned());
    assert_eq!(acts(&house, &rejected), [("reject".to_owned(), "Ann Example".to_owned(), why)]);
}

#[test]
fn decisions_under_a_storm_of_kills_are_whole_or_not_there() {
    let house = newsroom(EDITORS, &STORIES);
    let keys: Vec<String> = STORIES.iter().map(|it| key_of(&house, it.0)).collect();
    let mut forms: Vec<Form> = Vec::new();
    for (round, key) in keys.iter().enumerate() {
        let daemon = house.daemon();
        let mut ann = signed_in(&daemon, "Ann Example");
        let form = ann.get("/desk/").decision(key, "reject").with("reason", "Not our beat");
        let sender = {
            let (mut ann, form) = (ann.clone(), form.clone());
            std::thread::spawn(move || {
                // The answer may never come.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ann.send(&form)));
            })
        };
        // Between click and answer, at a different instant each time.
        for _ in 0..round * 4_000 {
            std::thread::yield_now();
        }
        daemon.signal("KILL");
        let _ = sender.join();
        drop(daemon);
        let is_rejected = state_of(&house, key) == "rejected";
        assert_eq!(acts(&house, key).len(), usize::from(is_rejected), "{key}");
        forms.push(form);
    }
    let daemon = house.daemon();
    let mut ann = signed_in(&daemon, "Ann Example");
    for (key, form) in keys.iter().zip(&forms) {
        // Sessions are new after the sign-in; the form is the same.
        let csrf = ann.get("/desk/account").form("form[action='/desk/logout']");
        let csrf = csrf.fields.iter().find(|it| it.0 == "csrf").expect("a token").1.clone();
        went_on(&ann.send(&form.clone().with("csrf", &csrf)));
        assert_eq!((state_of(&house, key).as_str(), acts(&house, key).len()), ("rejected", 1));
    }
}

/// One editor decides on what another has decided on meanwhile.
#[track_caller]
fn check_order(first: &str, second: &str, state: &str) {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let key = key_of(&house, STORIES[0].0);
    let (mut ann, mut ada) = (signed_in(&daemon, "Ann Example"), signed_in(&daemon, "Ada Admin"));
    let form = |browser: &mut Browser, deed: &str, why: &str| {
        browser.get("/desk/").decision(&key, deed).with("reason", why).with("until", "2h")
    };
    let (of_ann, of_ada) = (form(&mut ann, first, "Ann says so"), form(&mut ada, second, "Ada says so"));
    went_on(&ann.send(&of_ann));
    let answer = ada.send(&of_ada);
    becomes(&house, &key, state);
    let acts = acts(&house, &key);
    if answer.status == 409 {
        assert!(answer.body.contains("changed meanwhile"), "{}", answer.body);
        assert!(acts.iter().all(|it| it.1 == "Ann Example"), "{acts:?}");
    } else {
        went_on(&answer);
        assert_eq!(acts[0].1, "Ada Admin", "the later decision counts: {acts:?}");
    }
}

#[test]
fn two_editors_decide_in_every_order() {
    check_order("reject", "approve", "rejected");
    check_order("approve", "reject", "rejected");
    check_order("defer", "approve", "published");
    check_order("reject", "defer", "rejected");
    check_order("defer", "reject", "rejected");
    check_order("approve", "approve", "published");
}

#[test]
fn what_changed_before_it_went_out_waits_again() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let key = key_of(&house, STORIES[0].0);
    let mut ann = signed_in(&daemon, "Ann Example");
    went_on(&{
        let form = ann.get("/desk/").decision(&key, "approve");
        ann.send(&form)
    });
    // Another editor writes in the ten seconds, at a terminal.
    let script = house.dir().join("write.sh");
    std::fs::write(&script, "#!/bin/sh\nsed -i 's/^title = .*/title = \"Another title\"/' \"$1\"\n")
        .expect("a file");
    let editor = format!("sh {}", script.display());
    let edited =
        house.command(&["story", "edit", &key, "--yes", "--by", "Mara Quill"]).env("EDITOR", editor).output();
    assert!(edited.expect("it runs").status.success());
    let page = eventually("the approval lapses", PATIENCE, || {
        let page = ann.get("/desk/");
        page.body.contains("changed before it went out").then_some(page)
    });
    assert!(page.body.contains("Another title"));
    assert_eq!(state_of(&house, &key), "held");
    let acts = acts(&house, &key);
    assert_eq!(acts.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["lapse", "edit"]);
    // What it says now can be approved.
    went_on(&ann.send(&page.decision(&key, "approve")));
    becomes(&house, &key, "published");
    // Readers are told of decisions, and of nothing else.
    let history = daemon.get(&format!("/api/v1/stories/{key}/history")).json();
    let told: Vec<&str> =
        history["acts"].as_array().expect("acts").iter().filter_map(|it| it["act"].as_str()).collect();
    assert_eq!(told, ["approve", "edit"]);
}

#[test]
fn an_approval_that_another_decision_replaces_stands_in_the_history() {
    let house = newsroom(EDITORS, &STORIES[..3]);
    let daemon = house.daemon();
    let (mut ann, mut ada) = (signed_in(&daemon, "Ann Example"), signed_in(&daemon, "Ada Admin"));
    let words = [("reject", "rejected it"), ("defer", "put it off"), ("approve", "approved it again")];
    for ((title, _), (deed, said)) in STORIES[..3].iter().zip(words) {
        let key = key_of(&house, title);
        let of_ada = ada.get("/desk/").decision(&key, deed).with("reason", "Not ours").with("until", "2h");
        let of_ann = ann.get("/desk/").decision(&key, "approve");
        went_on(&ann.send(&of_ann));
        went_on(&ada.send(&of_ada));
        let acts = acts(&house, &key);
        let lapsed = acts.iter().find(|it| it.0 == "lapse").expect("it is told");
        let why = format!("Ada Admin {said} before it went out");
        assert_eq!((lapsed.1.as_str(), lapsed.2.as_deref()), ("Ann Example", Some(why.as_str())), "{acts:?}");
    }
}

#[test]
fn several_are_decided_on_at_once_and_stale_ones_are_told() {
    let house = newsroom(EDITORS, &STORIES);
    let daemon = house.daemon();
    let keys: Vec<String> = STORIES.iter().map(|it| key_of(&house, it.0)).collect();
    let (mut ann, mut ada) = (signed_in(&daemon, "Ann Example"), signed_in(&daemon, "Ada Admin"));
    let page = ann.get("/desk/");
    let mut several = page.form("#several").with("do", "reject").with("reason", "All of one press release");
    for it in page.document().select("input[form='several']").iter() {
        several = several.and("story", &it.attr("value").unwrap_or_default());
    }
    let unsaid = ann.send(&several.clone().with("reason", " "));
    assert_eq!(unsaid.status, 400);
    let one = ada.get("/desk/").decision(&keys[2], "reject").with("reason", "Seen elsewhere");
    went_on(&ada.send(&one));
    let answer = ann.send(&several);
    assert_eq!(answer.status, 409);
    assert!(
        answer.body.contains("3 stories were decided on") && answer.body.contains(&keys[2]),
        "{}",
        answer.body
    );
    let why = |key: &String| acts(&house, key)[0].2.clone().expect("a reason");
    assert_eq!(why(&keys[0]), "All of one press release");
    assert_eq!(why(&keys[2]), "Seen elsewhere");
    for wrong in [
        several.clone().with("do", "publish"),
        several.clone().with("form", ""),
        several.clone().with("story", "aaaa:held.1"),
        several.clone().with("story", "aaaaaaaaaaaaaaaa:held"),
        several.clone().with("reason", &"x".repeat(501)),
    ] {
        assert_eq!(ann.send(&wrong).status, 400);
    }
    let unknown = ann.send(&several.with("story", "aaaaaaaaaaaaaaaa:held.1").with("form", "fresh"));
    assert!(unknown.status == 409 && unknown.body.contains("there is no story"), "{}", unknown.body);
}

#[test]
fn what_is_put_off_takes_no_place_of_what_waits_and_the_rest_is_on_the_next_page() {
    // Words that no two of them share, so that each is a story of its own.
    let word = |n: usize, at: usize| format!("w{:x}", (n * 97 + at + 7) * 2_654_435_761 % 4_294_967_291);
    let words =
        |n: usize, from: usize, to: usize| (from..to).map(|at| word(n, at)).collect::<Vec<_>>().join(" ");
    let made: Vec<_> =
        (0..203).map(|n| (words(n, 0, 5), format!("{}. {}.", words(n, 5, 20), words(n, 20, 35)))).collect();
    let stories: Vec<(&str, &str)> = made.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
    let house = newsroom("", &stories);
    // The newest two are put off.
    let keys = [202, 201].map(|n| key_of(&house, stories[n].0));
    for key in &keys {
        house.ok(&["story", "defer", key, "--until", "2h", "--by", "Mara Quill"]);
    }
    let daemon = house.daemon();
    let mut local = Browser::new(desk_of(&daemon));
    let rows = |page: &Answer| {
        let document = page.document();
        let rows = document.select("[data-row]");
        rows.iter().map(|it| it.attr("id").expect("an id").to_string()).collect::<Vec<_>>()
    };
    let first = local.get("/desk/?reason=review");
    assert!(first.body.contains("201 stories wait") && first.body.contains("page 1 of 2"), "{}", first.body);
    assert_eq!(first.document().select(".deferred li").length(), 2);
    let older = first.document().select("a[rel='next']").attr("href").expect("a link").to_string();
    assert_eq!(older, "/desk/?reason=review&page=2");
    let second = local.get(&older);
    let (mut all, rest) = (rows(&first), rows(&second));
    assert_eq!((all.len(), rest.len()), (200, 1));
    all.extend(rest.clone());
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 201, "each is on one page");
    for page in ["3", "99999999999999999999", "x"] {
        let shown = rows(&local.get(&format!("/desk/?page={page}")));
        assert_eq!(shown.len(), if page == "3" { 1 } else { 200 }, "{page}");
    }
    // A filter looks at all that waits, not at one page of it.
    let oldest = rest[0].trim_start_matches("s-");
    house.damage(&format!(
        "UPDATE revisions SET briefing = '{{' WHERE story = (SELECT id FROM stories WHERE key = '{oldest}')"
    ));
    let found = local.get("/desk/?reason=unreadable");
    assert!(
        found.body.contains("201 stories wait") && found.body.contains("1 of them as filtered"),
        "{}",
        found.body
    );
    assert_eq!(rows(&found), rest);
    let api = local.get("/api/v1/desk/queue?page=2").json();
    assert_eq!((&api["count"], &api["pages"], &api["is_cut"]), (&201.into(), &2.into(), &false.into()));
}

#[test]
fn a_story_that_is_put_off_waits_again_later() {
    let house = newsroom(EDITORS, &STORIES[..2]);
    let daemon = house.daemon();
    let mut ann = signed_in(&daemon, "Ann Example");
    let [one, other] = [0, 1].map(|n| key_of(&house, STORIES[n].0));
    let defer = ann.get("/desk/").decision(&one, "defer");
    for wrong in ["", "soon", "2020-01-01", "0h", "9999d"] {
        let answer = ann.send(&defer.clone().with("until", wrong).with("form", wrong).with("form", "f"));
        assert_eq!(answer.status, 409, "{wrong}");
        assert!(answer.body.contains("is no time"), "{}", answer.body);
    }
    went_on(&ann.send(&defer.with("until", "2h")));
    house.ok(&["story", "defer", &other, "--until", "3d", "--by", "Mara Quill", "--reason", "embargo"]);
    let page = ann.get("/desk/");
    assert!(
        page.body.contains("Nothing waits.") && page.body.contains("by Mara Quill until"),
        "{}",
        page.body
    );
    assert_eq!(
        house.run(&["story", "defer", &other, "--until", "yesterday", "--by", "M"]).status.code(),
        Some(64)
    );
    house.damage("UPDATE deferrals SET until = until - 3 * 3600 * 1000");
    let page = ann.get("/desk/");
    assert_eq!(page.document().select("[data-row]").length(), 1);
    assert!(page.body.contains(&format!("id=\"s-{one}\"")));
}
