//! The demo is a whole newsroom by itself: no network, no configuration, every link opens.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::house::Daemon;
use crate::house::eventually;
use crate::house::program;
use crate::openapi::check_api;

const ITEMS: usize = 31;

/// How long a slow machine may take to curate them without optimisation.
const CURATED_WITHIN: Duration = Duration::from_secs(120);

const STORY_PAGES: usize = 10;

/// The publisher that reserves its text (`tdm-reservation`).
const OPT_OUT: &str = include_str!("../../config/demo/quietpress.toml");

/// Sentences shorter than this may be anybody's.
const TELLING_BYTES: usize = 40;

#[test]
fn a_newsroom_opens_by_itself_with_every_byline_leading_somewhere() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut command = program();
    command.args(["demo", "--listen", "127.0.0.1:0", "--dir"]).arg(dir.path().join("state"));
    command.current_dir(dir.path());
    let mut demo = Daemon::start(command, dir.path());
    let base = format!("http://{}/", demo.address);
    assert_eq!(demo.results(), format!("{base}\n"), "the address stands alone");
    demo.items("/feeds/all.json", ITEMS, CURATED_WITHIN);
    let items = eventually("every publisher's articles are in", CURATED_WITHIN, || {
        let items = demo.items("/feeds/all.json", ITEMS, CURATED_WITHIN);
        is_complete(&items).then_some(items)
    });

    // Every byline opens.
    let index = demo.get("/");
    assert_eq!(index.status, 200);
    let stories = links(index.text(), &format!("{base}story/"), &base);
    assert!(STORY_PAGES <= stories.len(), "{stories:?}");
    let mut bylines = links(index.text(), &format!("{base}at/"), &base);
    for story in stories.iter().take(STORY_PAGES) {
        let page = demo.get(story);
        assert_eq!(page.status, 200, "{story}");
        let found = links(page.text(), &format!("{base}at/"), &base);
        assert!(!found.is_empty(), "{story} credits nobody");
        bylines.extend(found);
    }
    assert!(STORY_PAGES < bylines.len(), "{bylines:?}");
    for byline in &bylines {
        assert_eq!(demo.get(byline).status, 200, "{byline}");
    }
    for format in ["rss", "atom", "json"] {
        assert_eq!(demo.get(&format!("/feeds/all.{format}")).status, 200, "{format}");
    }
    check_commands(&dir.path().join("state/bylined.toml"), &base);
    check_broken_feed(&demo);
    check_opt_out(&items);
    check_api(&demo);
    check_follow_up(&items);

    demo.signal("TERM");
    assert_eq!(demo.end(Duration::from_secs(10)).code(), Some(0), "{}", demo.log());
    assert_eq!(demo.results(), format!("{base}\n"), "nothing else is printed");
}

/// Whether the stories that the tests look at have all their publishers.
fn is_complete(items: &[Value]) -> bool {
    let is_told_by = |it: &Value, names: &[&str]| {
        let publishers = it["_bylined"]["publishers"].as_array().cloned().unwrap_or_default();
        names.iter().all(|name| publishers.iter().any(|it| it["name"] == *name))
    };
    [["Northbank Wire", "Netzbote"], ["Northbank Wire", "Openfield"], ["Stack Ledger", "Openfield"]]
        .iter()
        .all(|names| items.iter().any(|it| is_told_by(it, names)))
}

/// The fork follows the change of license that it answers, and an outage that had no past follows nothing.
fn check_follow_up(items: &[Value]) {
    let titled = |it: &Value, name: &str| it["title"].as_str().is_some_and(|it| it.contains(name));
    let fork = items.iter().find(|it| titled(it, "Openmarrow")).expect("the fork is news");
    let related = fork["_bylined"]["related"].as_array().expect("an array");
    let event = related.iter().find(|it| titled(it, "off open source"));
    let event = event.unwrap_or_else(|| panic!("it knows no past: {related:?}"));
    assert_eq!(event["relation"], "follows");
    for item in items.iter().filter(|it| titled(it, "Norrland Cloud outage")) {
        let related = item["_bylined"]["related"].as_array().expect("an array");
        assert!(!related.iter().any(|it| it["relation"] == "follows"), "{related:?}");
    }
    check_languages(items);
}

/// A brief in German is credited in the story that it tells, which is quoted in English alone.
fn check_languages(items: &[Value]) {
    let has_brief = |it: &&Value| {
        let all = it["_bylined"]["publishers"].as_array().expect("publishers");
        1 < all.len() && all.iter().any(|it| it["name"] == "Netzbote")
    };
    let told: Vec<&Value> = items.iter().filter(has_brief).collect();
    assert!(!told.is_empty(), "the German briefs stand alone");
    for item in told {
        for field in ["summary", "key_insights", "in_practice"] {
            let text = item["_bylined"][field].to_string();
            assert!(!text.contains(" der ") && !text.contains(" sind "), "{text}");
        }
    }
}

/// What can be done with a newsroom can be done with the demo's.
#[track_caller]
fn check_commands(config: &Path, base: &str) {
    let run = |args: &[&str]| {
        let mut command = program();
        let output = command.arg("--config").arg(config).args(args).output().expect("it runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let stories: Value = serde_json::from_str(&run(&["story", "list", "--json"])).expect("JSON");
    let story = &stories[0];
    assert!(story["url"].as_str().is_some_and(|it| it.starts_with(base)), "{story}");
    run(&[
        "story",
        "approve",
        story["key"].as_str().expect("a key"),
        "--by",
        "Mara Quill",
        "--reason",
        "Read",
    ]);
    run(&["check"]);
}

/// The feed that breaks on purpose is mended with warnings, and no other one is harmed.
#[track_caller]
fn check_broken_feed(demo: &Daemon) {
    let sources = eventually("every source is polled", CURATED_WITHIN, || {
        let sources = demo.get("/api/v1/sources").json();
        let is_polled = |it: &Value| it["last_poll"].is_string();
        sources.as_array().is_some_and(|it| it.iter().all(is_polled)).then_some(sources)
    });
    for it in sources.as_array().expect("an array") {
        let warnings = it["warnings"].as_array().expect("an array");
        if it["id"] == "tin-whistle" {
            assert!(!warnings.is_empty(), "{it}");
        } else {
            assert_eq!((&it["state"], warnings.len()), (&"healthy".into(), 0), "{it}");
        }
        assert!(it["entries"].as_u64().is_some_and(|it| 0 < it), "{it}");
    }
}

/// Stories of the publisher that opted out are linked and credited, and not one sentence of its text is shown.
#[track_caller]
fn check_opt_out(items: &[Value]) {
    let publisher: toml::Table = OPT_OUT.parse().expect("TOML");
    let name = publisher["name"].as_str().expect("a name");
    let articles = publisher["article"].as_array().expect("articles");
    let texts: Vec<&str> = articles.iter().filter_map(|it| it["text"].as_str()).collect();
    let sentences: Vec<&str> = texts
        .iter()
        .flat_map(|it| it.split(['.', '\n', '"']))
        .map(str::trim)
        .filter(|it| TELLING_BYTES <= it.len())
        .collect();
    assert!(10 < sentences.len());
    let is_theirs = |it: &&Value| {
        let publishers = it["_bylined"]["publishers"].as_array().expect("publishers");
        publishers.iter().any(|it| it["name"] == name)
    };
    let theirs: Vec<&Value> = items.iter().filter(is_theirs).collect();
    assert!(!theirs.is_empty(), "{name} is credited");
    for item in theirs {
        let html = unescaped(item["content_html"].as_str().expect("text"));
        let shown = format!("{html}{}{}", item["summary"], unescaped(&item["_bylined"].to_string()));
        for sentence in &sentences {
            assert!(!shown.contains(sentence), "`{sentence}` is shown in {item}");
        }
        for it in item["_bylined"]["publishers"].as_array().expect("publishers") {
            assert!(it["name"] != name || it["rights"] == "link", "{it}");
        }
    }
}

/// The paths of all links of a page that start so, each once, without fragments.
fn links(page: &str, start: &str, base: &str) -> BTreeSet<String> {
    page.split("href=\"")
        .skip(1)
        .filter_map(|it| it.split('"').next())
        .map(|it| unescaped(it.split("#:~:").next().unwrap_or(it)))
        .filter(|it| it.starts_with(start) || it.starts_with(&start[base.len() - 1..]))
        .map(|it| format!("/{}", it.trim_start_matches(base).trim_start_matches('/')))
        .collect()
}

fn unescaped(html: &str) -> String {
    html.replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}
