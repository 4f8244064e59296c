//! A newsroom whose stories wait for editors, and who gets into its desk.

use std::net::SocketAddr;

use crate::browser::Answer;
use crate::browser::Browser;
use crate::browser::Form;
use crate::browser::exchange;
use crate::house::Daemon;
use crate::house::House;
use crate::house::eventually;
use crate::house::source;
use crate::press::Paper;
use crate::press::STORIES;

pub(crate) const PASSWORD: &str = "a long way to Halden";
pub(crate) const TOKEN: &str = "t0ken-of-the-script-that-nobody-guesses";

/// An editor, a reader, an admin and a script.
pub(crate) const EDITORS: &str = "[[editor]]\nname = \"Ann Example\"\npassword = { file = \"DIR/ann\" }\n\
     [[editor]]\nname = \"Rhea Reader\"\npassword = { file = \"DIR/ann\" }\nrole = \"reader\"\n\
     [[editor]]\nname = \"Ada Admin\"\npassword = { file = \"DIR/ann\" }\nrole = \"admin\"\n\
     [[editor]]\nname = \"Wire script\"\ntoken = { file = \"DIR/token\" }\n\
     [[editor]]\nname = \"Look script\"\ntoken = { file = \"DIR/look\" }\nrole = \"reader\"\n\
     [[editor]]\nname = \"Source script\"\ntoken = { file = \"DIR/sources\" }\nrole = \"admin\"\n";

/// A newsroom in review mode with a paper's stories, and a desk with these editors.
pub(crate) fn newsroom(editors: &str, stories: &[(&str, &str)]) -> House {
    let house = House::new();
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), stories);
    house.origin.serve("/daily/feed", paper.rss2());
    let write = |name: &str, text: &str| std::fs::write(house.dir().join(name), text).expect("a file");
    write("ann", PASSWORD);
    write("token", TOKEN);
    write("look", &TOKEN.replace("t0ken", "l00ks"));
    write("sources", &TOKEN.replace("t0ken", "s0urc"));
    let editors = editors.replace("DIR", house.dir().to_str().expect("UTF-8"));
    house.configure_with(
        &[source(&house, "daily")],
        "",
        &format!("[server]\nadmin_listen = \"127.0.0.1:0\"\n{editors}"),
    );
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("[curation]", "[curation]\npublish = \"review\""));
    house.poll();
    house
}

/// Where the desk of a running daemon is.
#[track_caller]
pub(crate) fn desk_of(daemon: &Daemon) -> SocketAddr {
    daemon.says("the admin side is on ");
    let log = daemon.log();
    let (_, rest) = log.rsplit_once("the admin side is on ").expect("an address");
    rest.lines().next().and_then(|it| it.trim().parse().ok()).unwrap_or_else(|| panic!("{log}"))
}

/// The key of a story.
pub(crate) fn key_of(house: &House, title: &str) -> String {
    let stories = house.json(&["story", "list"]);
    let found = stories.as_array().expect("an array").iter().find(|it| it["title"] == title);
    found.and_then(|it| it["key"].as_str()).unwrap_or_else(|| panic!("{title} in {stories}")).to_owned()
}

/// Where a story stands.
pub(crate) fn state_of(house: &House, key: &str) -> String {
    house.json(&["story", "show", key])["state"].as_str().expect("a state").to_owned()
}

#[track_caller]
fn is_strict(answer: &Answer) {
    for (name, value) in [
        ("cache-control", "private, no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[test]
fn without_editors_the_desk_is_open_to_this_machine_alone() {
    let house = newsroom("", &STORIES[..1]);
    let daemon = house.daemon();
    let desk = desk_of(&daemon);
    let mut browser = Browser::new(desk);
    let page = browser.get("/desk/");
    assert_eq!(page.status, 200);
    assert!(page.body.contains(STORIES[0].0) && page.body.contains("local"), "{}", page.body);
    is_strict(&page);
    for path in ["/", "/desk", "/desk/login"] {
        let moved = browser.get(path);
        assert_eq!((moved.status, moved.header("location")), (303, Some("/desk/")), "{path}");
        is_strict(&moved);
    }
    for (name, value) in [
        ("X-Forwarded-For", "127.0.0.1"),
        ("x-forwarded-host", "localhost"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "for=127.0.0.1"),
        ("Via", "1.1 proxy"),
        ("X-Real-IP", "127.0.0.1"),
        ("X-Forwarded-For", "\u{e9}"),
    ] {
        let form = page.decision(&key_of(&house, STORIES[0].0), "approve");
        for answer in
            [browser.ask("GET", "/desk/", &[(name, value)], ""), browser.send_with(&form, &[(name, value)])]
        {
            assert_eq!(answer.status, 403, "{name}: {value}");
            assert!(!answer.body.contains(STORIES[0].0));
            is_strict(&answer);
        }
    }
    // A page whose name was made to lead to this machine.
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.0.2.1",
        "desk.example",
        "0.0.0.0",
        "",
    ] {
        let answer = browser.ask("GET", "/desk/", &[("Host", host)], "");
        assert_eq!(answer.status, 403, "{host}");
        is_strict(&answer);
    }
    let host = format!("localhost:{}", desk.port());
    assert_eq!(browser.ask("GET", "/desk/", &[("Host", &host)], "").status, 200);
    assert_eq!(exchange(desk, "GET /desk/ HTTP/1.0\r\n\r\n").status, 403, "no host");
    let two =
        format!("GET /desk/ HTTP/1.1\r\nHost: {desk}\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert_eq!(exchange(desk, &two).status, 400);
    assert_eq!(state_of(&house, &key_of(&house, STORIES[0].0)), "held");
    // Readers do not see any of it.
    assert_eq!(daemon.get("/desk/").status, 404);
}

#[test]
fn an_admin_side_that_others_reach_needs_editors() {
    let house = newsroom("", &STORIES[..1]);
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("admin_listen = \"127.0.0.1:0\"", "admin_listen = \"0.0.0.0:0\""));
    for command in [&["check"][..], &["run", "--listen", "127.0.0.1:0"]] {
        let output = house.run(command);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains("nobody has to sign in") && said.contains("[[editor]]"), "{said}");
    }
}

#[test]
fn whoever_signs_in_gets_a_fresh_session_that_ends() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let desk = desk_of(&daemon);
    let mut browser = Browser::new(desk);
    let asked = browser.get("/desk/?topic=ai");
    assert_eq!(
        (asked.status, asked.header("location")),
        (303, Some("/desk/login?next=%2Fdesk%2F%3Ftopic%3Dai"))
    );
    assert_eq!(browser.get("/desk/story/aaaaaaaaaaaaaaaa/edit").status, 303, "whether it exists is not told");
    // A session that was planted before is not taken over.
    browser.cookie = Some("bylined=planted".to_owned());
    let form = browser.get("/desk/login?next=%2Fdesk%2F%3Ftopic%3Dai").form("form[action='/desk/login']");
    let form = form.with("name", "Ann Example").with("password", PASSWORD);
    let entered = browser.send(&form);
    assert_eq!((entered.status, entered.header("location")), (303, Some("/desk/?topic=ai")));
    is_strict(&entered);
    let cookie = entered.header("set-cookie").expect("a cookie").to_owned();
    for part in ["bylined=", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("planted") && cookie.len() > 80, "{cookie}");
    assert_eq!(browser.get("/desk/").status, 200);
    assert_eq!(browser.get("/desk/login").status, 303, "signed in already");
    let token = browser.cookie.clone().expect("a cookie");
    let stored = std::fs::read(house.dir().join("bylined.db")).expect("the database");
    let wal = std::fs::read(house.dir().join("bylined.db-wal")).unwrap_or_default();
    let secret = token.trim_start_matches("bylined=").as_bytes();
    for file in [stored, wal] {
        assert!(!file.windows(secret.len()).any(|it| it == secret), "the token itself is not stored");
    }
    // Each further browser has a session of its own; signing out ends one of them.
    let mut other = Browser::new(desk);
    other.sign_in("Ann Example", PASSWORD);
    assert_ne!(other.cookie, browser.cookie);
    let out = other.get("/desk/").form("form[action='/desk/logout']");
    let ended = other.clone().send(&out);
    assert_eq!((ended.status, ended.header("location")), (303, Some("/desk/login")));
    assert_eq!(other.get("/desk/").status, 303, "the old cookie is of no use");
    assert_eq!(browser.get("/desk/").status, 200);
    // Cookies of the same name by another site of the host.
    let planted = format!("bylined=planted; {token}");
    assert_eq!(Browser { cookie: Some(planted), ..browser.clone() }.get("/desk/").status, 303);
    // Idle for too long.
    house.damage("UPDATE editor_sessions SET used = used - 12 * 3600 * 1000 - 1000");
    assert_eq!(browser.get("/desk/").status, 303);
    browser.sign_in("Ann Example", PASSWORD);
    house.damage("UPDATE editor_sessions SET created = created - 7 * 24 * 3600 * 1000 - 1000");
    assert_eq!(browser.get("/desk/").status, 303);
    browser.sign_in("Ann Example", PASSWORD);
    std::fs::write(house.dir().join("ann"), "another").expect("a file");
    assert_eq!(browser.get("/desk/").status, 303, "the password was changed");
}

#[test]
fn passwords_may_be_hashes_and_failures_tell_nothing() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let hash = assert_cmd::Command::from_std(house.command(&["hash-password"]))
        .write_stdin(format!("{PASSWORD}\n"))
        .output()
        .expect("it runs");
    assert!(hash.status.success());
    let hash = String::from_utf8(hash.stdout).expect("UTF-8");
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    std::fs::write(house.dir().join("ann"), &hash).expect("a file");
    let daemon = house.daemon();
    let mut browser = Browser::new(desk_of(&daemon));
    let body = |answer: Answer| answer.body.replace("Nobody Here", "Ann Example");
    let wrong = browser.sign_in("Ann Example", "wrong");
    let unknown = browser.sign_in("Nobody Here", "wrong");
    assert_eq!((wrong.status, unknown.status), (403, 403));
    assert_eq!(body(wrong), body(unknown));
    assert_eq!(browser.sign_in("Ann Example", hash.trim()).status, 403, "a hash is not the password");
    assert_eq!(browser.sign_in("Wire script", "").status, 403, "a script has no password");
    assert_eq!(browser.cookie, None);
    assert_eq!(browser.sign_in("Ann Example", PASSWORD).status, 303);
    // From now on whoever fails waits, whether the name exists or not, and is told how long.
    let mut guesser = Browser::new(browser.address);
    let statuses: Vec<u16> = (0..5).map(|_| guesser.sign_in("Somebody Else", "guess").status).collect();
    assert_eq!(statuses, [403; 5]);
    eventually("the wait is long", std::time::Duration::from_secs(60), || {
        let answer = guesser.sign_in("Somebody Else", "guess");
        let wait: u64 = answer.header("retry-after").and_then(|it| it.parse().ok())?;
        (answer.status == 429 && wait > 8).then_some(())
    });
    let late = guesser.sign_in("Rhea Reader", PASSWORD);
    assert_eq!(late.status, 429, "the right password waits too");
    assert!(late.header("retry-after").is_some());
    assert!(!daemon.log().contains("guess") && !daemon.log().contains(PASSWORD));
}

#[test]
fn nobody_acts_for_an_editor_without_the_editor_knowing() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let desk = desk_of(&daemon);
    let (mut ann, mut ada) = (Browser::new(desk), Browser::new(desk));
    ann.sign_in("Ann Example", PASSWORD);
    ada.sign_in("Ada Admin", PASSWORD);
    let key = key_of(&house, STORIES[0].0);
    let approve = ann.get("/desk/").decision(&key, "approve");
    let others = ada.get("/desk/").decision(&key, "approve");
    let csrf = |form: &Form| form.fields.iter().find(|it| it.0 == "csrf").expect("a token").1.clone();
    assert_ne!(csrf(&approve), csrf(&others));
    for token in ["", "x", &csrf(&others)] {
        assert_eq!(ann.send(&approve.clone().with("csrf", token)).status, 403, "{token}");
    }
    for headers in [
        &[("Origin", "https://evil.example")][..],
        &[("Origin", "null")],
        &[("Origin", "http://127.0.0.1:1")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
    ] {
        let answer = ann.send_with(&approve, headers);
        assert_eq!(answer.status, 403, "{headers:?}");
        is_strict(&answer);
    }
    // Other ways to ask for the same.
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&approve.fields).finish();
    assert_eq!(ann.get(&format!("/desk/decide?{body}")).status, 405);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for (method, headers) in [("PUT", [form]), ("DELETE", [form]), ("OPTIONS", [form]), ("PATCH", [form])] {
        let answer = ann.ask(method, "/desk/decide", &headers, &body);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
    }
    assert_eq!(
        ann.ask("GET", "/desk/decide", &[form, ("X-HTTP-Method-Override", "POST")], &body).status,
        405
    );
    for media_type in ["text/plain", "multipart/form-data; boundary=x", "application/json"] {
        assert_eq!(ann.ask("POST", "/desk/decide", &[("Content-Type", media_type)], &body).status, 415);
    }
    assert_eq!(ann.ask("POST", "/desk/decide", &[], &body).status, 415);
    let text = [("Content-Type", "text/plain"), ("Origin", &format!("http://{desk}"))];
    assert_eq!(ann.ask("POST", "/desk/login", &text, "name=a").status, 415);
    assert_eq!(ann.ask("PUT", "/desk/login", &text, "name=a").header("allow"), Some("GET, HEAD, POST"));
    // Another spelling of the path is the same path.
    assert_eq!(ann.ask("POST", "/desk/%64ecide", &[form], "").status, 403);
    assert_eq!(ann.ask("POST", "/desk/decide", &[form], &"a=b&".repeat(300_000)).status, 413);
    assert_eq!(state_of(&house, &key), "held");
    assert!(!ann.get("/desk/").body.contains("About to go out"));
    // A reader looks and decides nothing.
    let mut rhea = Browser::new(desk);
    rhea.sign_in("Rhea Reader", PASSWORD);
    let page = rhea.get("/desk/");
    assert!(page.body.contains(STORIES[0].0) && !page.body.contains("/desk/decide"), "{}", page.body);
    let own = page.form("form[action='/desk/logout']");
    let forged = approve.with("csrf", &csrf(&own));
    let refused = rhea.send(&forged);
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("reader"), "{}", refused.body);
    assert_eq!(state_of(&house, &key), "held");
}

#[test]
fn sessions_are_listed_and_ended_by_those_they_belong_to() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let desk = desk_of(&daemon);
    let names = ["Ann Example", "Ann Example", "Rhea Reader", "Ada Admin"];
    let [mut ann, mut elsewhere, mut rhea, mut ada] = names.map(|name| {
        let mut browser = Browser::new(desk);
        browser.sign_in(name, PASSWORD);
        browser
    });
    let ends = |page: &Answer| page.document().select("form[action$='/end']").length();
    assert_eq!((ends(&ann.get("/desk/account")), ends(&rhea.get("/desk/account"))), (2, 1));
    let all = ada.get("/desk/account");
    assert_eq!(ends(&all), 4);
    // Another's session is not a reader's to end.
    let numbers: Vec<i64> = (1..=4).collect();
    let own = rhea.get("/desk/account").form("form[action='/desk/logout']");
    for n in &numbers {
        let is_own = rhea.get("/desk/account").body.contains(&format!("/sessions/{n}/end"));
        if !is_own {
            let form = Form { action: format!("/desk/account/sessions/{n}/end"), ..own.clone() };
            assert_eq!(rhea.send(&form).status, 303);
        }
    }
    assert_eq!(ends(&ada.get("/desk/account")), 4);
    // Ann ends the one that she left open elsewhere.
    let page = ann.get("/desk/account");
    let others = page.document().select("li:not(:has(.label)) form").attr("action").expect("one").to_string();
    let end = Form { action: others, ..page.form("form[action$='/end']") };
    assert_eq!(ann.send(&end).status, 303);
    assert_eq!((ann.get("/desk/").status, elsewhere.get("/desk/").status), (200, 303));
    let mut scripted = Browser::new(desk);
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(
        scripted.ask("GET", "/desk/", &[("Authorization", &bearer)], "").status,
        303,
        "pages take no tokens"
    );
}
