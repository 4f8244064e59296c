//! What programs that watch the daemon are told: metrics and the health of the sources.

use std::time::Duration;

use crate::browser::Browser;
use crate::desk::EDITORS;
use crate::desk::desk_of;
use crate::desk::newsroom;
use crate::house::House;
use crate::house::eventually;
use crate::origin::Behaviour;
use crate::origin::Page;
use crate::press::Paper;
use crate::press::STORIES;

/// How soon a poll that is due has been made and told of.
const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// Makes the source due now.
fn make_due(house: &House) {
    assert_eq!(house.damage("UPDATE sources SET next_poll = 0"), 1);
}

/// The value of a metric's line, by the line's beginning.
fn value(text: &str, line: &str) -> Option<f64> {
    text.lines().find_map(|it| it.strip_prefix(line)?.trim().parse().ok())
}

#[test]
fn metrics_count_what_the_daemon_did_and_follow_the_format() {
    let house = newsroom(EDITORS, &STORIES[..2]);
    house.origin.behave("/daily/feed", Behaviour::Serve(Page::status(503)));
    let daemon = house.daemon();
    let mut browser = Browser::new(desk_of(&daemon));
    // The newsroom was polled before the daemon began.
    make_due(&house);
    let text = eventually("a failed poll is counted", TOLD_WITHIN, || {
        let answer = browser.ask("GET", "/metrics", &[], "");
        assert_eq!(answer.status, 200);
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(answer.header("content-type"), Some(kind));
        value(&answer.body, "bylined_polls_total{outcome=\"failed\",reason=\"http\"}")
            .is_some_and(|it| 1.0 <= it)
            .then_some(answer.body)
    });
    assert!(text.ends_with("# EOF\n"), "{text}");
    for line in text.lines().filter(|it| !it.starts_with('#')) {
        assert!(line.starts_with("bylined_") && !line.contains("/daily/"), "{line}");
    }
    assert!(text.contains("# UNIT bylined_poll_duration_seconds seconds"), "{text}");
    assert_eq!(value(&text, "bylined_sources{state=\"failing\"}"), Some(1.0));
    assert_eq!(value(&text, "bylined_stories_waiting{for=\"editor\"}"), Some(2.0));
    assert_eq!(value(&text, "bylined_entries "), Some(2.0));
    assert_eq!(value(&text, "bylined_output_valid{output=\"all\"}"), Some(1.0));
}

#[test]
fn only_this_machine_and_who_has_a_token_are_told() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let mut browser = Browser::new(desk_of(&daemon));
    for path in ["/metrics", "/feeds/health.atom"] {
        let mut ask = |headers: &[(&str, &str)]| browser.ask("GET", path, headers, "").status;
        assert_eq!(ask(&[]), 200, "{path}");
        assert_eq!(ask(&[("X-Forwarded-For", "192.0.2.1")]), 401, "{path}");
        let forwarded = ("X-Forwarded-For", "192.0.2.1");
        let bearer = |token: &str| format!("Bearer {token}");
        let wrong = bearer("another-token-that-is-long-enough");
        assert_eq!(ask(&[forwarded, ("Authorization", &wrong)]), 401, "{path}");
        let right = bearer("l00ks-of-the-script-that-nobody-guesses");
        assert_eq!(ask(&[forwarded, ("Authorization", &right)]), 200, "{path}");
        assert_eq!(ask(&[("Host", "evil.example")]), 403, "{path}");
        assert_eq!(browser.ask("POST", path, &[], "").status, 405, "{path}");
    }
}

#[test]
fn a_feed_tells_when_a_source_breaks_and_when_it_recovers() {
    let house = newsroom("", &STORIES[..1]);
    let daemon = house.daemon();
    let mut browser = Browser::new(desk_of(&daemon));
    let mut entries = || {
        let answer = browser.ask("GET", "/feeds/health.atom", &[], "");
        assert_eq!(answer.status, 200);
        let feed = feed_rs::parser::parse(answer.body.as_bytes()).expect("a feed");
        let title = |it: &feed_rs::model::Entry| it.title.as_ref().map(|it| it.content.clone());
        feed.entries.iter().map(|it| (it.id.clone(), title(it).expect("a title"))).collect::<Vec<_>>()
    };
    let mut told = |words: &str| {
        make_due(&house);
        eventually(words, TOLD_WITHIN, || entries().into_iter().find(|it| it.1.ends_with(words)))
    };
    house.origin.behave("/daily/feed", Behaviour::Serve(Page::status(503)));
    let broken = told("(daily) cannot be read");
    let paper = Paper::new("The Daily Fjord", &house.home("daily"), &STORIES[..1]);
    house.origin.serve("/daily/feed", paper.rss2());
    let recovered = told("(daily) can be read");
    assert_ne!(broken.0, recovered.0, "a reader shows both");
    assert!(broken.0.starts_with("tag:") && recovered.0.starts_with("tag:"), "{}", broken.0);
}
