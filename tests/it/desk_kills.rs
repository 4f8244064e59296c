//! Kills between the click and the answer: what an editor did is wholly there or not at all, the log says
//! it if it is there, and whoever clicks again does it once.

use crate::browser::Browser;
use crate::browser::Form;
use crate::desk::EDITORS;
use crate::desk::PASSWORD;
use crate::desk::desk_of;
use crate::desk::key_of;
use crate::desk::newsroom;
use crate::desk_editions::PATH;
use crate::desk_editions::composed;
use crate::desk_editions::press;
use crate::desk_story::edit_form;
use crate::house::Daemon;
use crate::house::House;
use crate::press::STORIES;

/// Kills of one kind of decision, each at another instant.
const ROUNDS: u32 = 5;

fn signed_in(daemon: &Daemon) -> Browser {
    let mut browser = Browser::new(desk_of(daemon));
    assert_eq!(browser.sign_in("Ada Admin", PASSWORD).status, 303);
    browser
}

/// The lines of the log of what was done with editions and sources.
fn log(browser: &mut Browser) -> Vec<String> {
    let page = browser.get("/desk/today");
    page.document().select(".history li").iter().map(|it| it.text().to_string()).collect()
}

/// The daemon is killed while `form` is answered; the form is sent again afterwards, and then must be done once.
/// `count` says how often it stands in what is stored, and `logged` how often the log has it.
#[track_caller]
fn check_kills(
    house: &House,
    form: impl Fn(&mut Browser, u32) -> Form,
    is_done: impl Fn(u32) -> bool,
    logged: impl Fn(&mut Browser) -> usize,
) {
    for round in 0..ROUNDS {
        let (sent, logged_before) = {
            let daemon = house.daemon();
            let mut ada = signed_in(&daemon);
            let before = logged(&mut ada);
            let sent = form(&mut ada, round);
            let sender = {
                let (mut ada, sent) = (ada.clone(), sent.clone());
                std::thread::spawn(move || {
                    // The answer may never come.
                    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ada.send(&sent)));
                })
            };
            for _ in 0..round * 6_000 {
                std::thread::yield_now();
            }
            daemon.signal("KILL");
            let _ = sender.join();
            (sent, before)
        };
        let was_done = is_done(round);
        let daemon = house.daemon();
        let mut ada = signed_in(&daemon);
        let told = logged(&mut ada) - logged_before;
        assert_eq!(told, usize::from(was_done), "round {round}: done and logged are one");
        // Sessions are new after the sign-in; the form is the same.
        let csrf = ada.get("/desk/account").form("form[action='/desk/logout']");
        let csrf = csrf.fields.iter().find(|it| it.0 == "csrf").expect("a token").1.clone();
        let again = ada.send(&sent.with("csrf", &csrf));
        assert!(matches!(again.status, 303 | 409), "round {round}: {}", again.body);
        assert!(is_done(round), "round {round}: {}", again.body);
        assert_eq!(logged(&mut ada) - logged_before, 1, "round {round}: once");
    }
}

#[test]
fn an_edit_under_kills_is_whole_or_not_there() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let key = key_of(&house, STORIES[0].0);
    let title = |round: u32| format!("The scheduler of Corvid, number {round}");
    check_kills(
        &house,
        |ada, round| {
            edit_form(&ada.get(&format!("/desk/story/{key}")))
                .with("title", &title(round))
                .and("anyway", "yes")
        },
        |round| house.json(&["story", "show", &key])["title"] == title(round).as_str(),
        |_| house.json(&["story", "show", &key])["acts"].as_array().expect("acts").len(),
    );
}

#[test]
fn a_note_of_an_edition_under_kills_is_whole_or_not_there() {
    let house = composed();
    let note = |round: u32| format!("A quiet week, number {round}.");
    check_kills(
        &house,
        |ada, round| press(&ada.get(PATH), "note").with("note", &note(round)),
        |round| house.json(&["edition", "show", "brief"])["note"]["text"] == note(round).as_str(),
        |ada| log(ada).len(),
    );
}

#[test]
fn a_change_of_a_source_under_kills_is_whole_or_not_there() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let every = |round: u32| format!("{}h", round + 2);
    check_kills(
        &house,
        |ada, round| ada.get("/desk/sources").form("form:has(#rights-daily)").with("every", &every(round)),
        |round| {
            let config = std::fs::read_to_string(house.config()).expect("a configuration");
            config.contains(&format!("every = \"{}\"", every(round)))
        },
        |ada| log(ada).len(),
    );
}

#[test]
fn a_log_line_from_before_a_kill_counts_if_its_file_was_written() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let config = house.config();
    let hash = std::process::Command::new("sha256sum").arg(&config).output().expect("it runs").stdout;
    let hash = String::from_utf8(hash).expect("a hash").split(' ').next().expect("a hash").to_owned();
    let pending = |subject: &str, state: &str| {
        house.damage(&format!(
            "INSERT INTO desk_log (at, by, act, subject, pending) VALUES (1, 'Ada Admin', 'source set', '{subject}', '{state}')"
        ));
    };
    pending("not-made", &format!("operators {hash}"));
    pending("made", &format!("operators {}", "0".repeat(64)));
    let daemon = house.daemon();
    let mut ada = signed_in(&daemon);
    let lines = log(&mut ada);
    assert!(lines.len() == 1 && lines[0].contains("made") && !lines[0].contains("not-made"), "{lines:?}");
}

#[test]
fn what_is_done_with_sources_at_a_terminal_stands_in_the_log() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let paper = crate::press::Paper::new("Harbour Times", &house.home("harbour"), &STORIES[1..2]);
    house.origin.serve("/harbour/feed", paper.rss2());
    house.ok(&["source", "add", house.url("/harbour/feed").as_str(), "--id", "harbour"]);
    house.ok(&["source", "set", "harbour", "enabled=false"]);
    let list = house.dir().join("list.opml");
    let opml = "<opml version=\"2.0\"><body><outline type=\"rss\" text=\"Tern\" xmlUrl=\"https://tern.example/f\"/></body></opml>";
    std::fs::write(&list, opml).expect("a file");
    house.ok(&["source", "import", list.to_str().expect("UTF-8")]);
    house.ok(&["source", "remove", "harbour"]);
    let daemon = house.daemon();
    let lines = log(&mut signed_in(&daemon));
    let told = ["source remove", "source add", "source set", "source add"];
    assert!(
        lines.len() == told.len() && lines.iter().zip(told).all(|(it, act)| it.contains(act)),
        "{lines:?}"
    );
}
