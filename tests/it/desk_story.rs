//! The page of a story: written, checked, saved, merged, split and brought back.

use serde_json::Value;
use serde_json::json;

use crate::browser::Answer;
use crate::browser::Browser;
use crate::browser::Form;
use crate::desk::EDITORS;
use crate::desk::PASSWORD;
use crate::desk::TOKEN;
use crate::desk::desk_of;
use crate::desk::key_of;
use crate::desk::newsroom;
use crate::desk::state_of;
use crate::house::Daemon;
use crate::house::House;
use crate::press::STORIES;

fn signed_in(daemon: &Daemon, name: &str) -> Browser {
    let mut browser = Browser::new(desk_of(daemon));
    assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
    browser
}

/// The form of a story's page, as a browser that saves it would send it.
#[track_caller]
pub(crate) fn edit_form(page: &Answer) -> Form {
    let mut form = page.form("form.columns");
    form.fields.retain(|it| it.0 != "into");
    form.and("do", "save")
}

fn bylined(house: &House, key: &str) -> Value {
    house.json(&["story", "show", key])["_bylined"].clone()
}

fn text_of(form: &Form, name: &str) -> String {
    form.fields.iter().find(|it| it.0 == name).map(|it| it.1.clone()).unwrap_or_default()
}

#[test]
fn an_untouched_form_changes_nothing_and_fields_are_saved_with_their_receipts() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let mut ann = signed_in(&daemon, "Ann Example");
    let key = key_of(&house, STORIES[0].0);
    let path = format!("/desk/story/{key}");
    let page = ann.get(&path);
    assert_eq!(page.status, 200, "{}", page.body);
    let form = edit_form(&page);
    assert_eq!(ann.send(&form).status, 303);
    assert_eq!(house.json(&["story", "show", &key])["revision"], 1, "nothing was changed");
    assert!(page.document().select("mark").length() > 0, "what is quoted is marked");

    // Words that the sources lack are shown first, and saved only when that is said.
    let wrong = form.clone().with("title", "Corvid Systems opens 77 schedulers to Oracle");
    let answer = ann.send(&wrong);
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("number `77`") && answer.body.contains("name `Oracle`"), "{}", answer.body);
    assert!(
        answer.body.contains("value=\"Corvid Systems opens 77 schedulers to Oracle\""),
        "nothing is lost"
    );
    assert_eq!(house.json(&["story", "show", &key])["revision"], 1);
    let confirmed = edit_form(&answer).and("anyway", "yes").with("reason", "As the spokesman says");
    assert_eq!(ann.send(&confirmed).status, 303);
    // The same form again decides nothing more.
    assert_eq!(ann.send(&confirmed).status, 303);
    let shown = house.json(&["story", "show", &key]);
    assert_eq!(
        (&shown["revision"], &shown["title"]),
        (&json!(2), &json!("Corvid Systems opens 77 schedulers to Oracle"))
    );
    assert_eq!(shown["acts"][0]["why"], "As the spokesman says");

    // A sentence of the source, put into a field with its button, is a quotation with a receipt.
    let page = ann.get(&path);
    let unquoted = page.document();
    let button = unquoted
        .select("button[name='put']")
        .iter()
        .find(|it| it.attr("data-sentence").is_some_and(|it| it.contains("Kubernetes 1.30")));
    let button = button.expect("a sentence").attr("value").expect("its name").to_string();
    let mut put = page.form("form.columns").with("into", "in_practice").and("put", &button);
    put.fields.retain(|it| it.0 != "do");
    let with_sentence = ann.send(&put);
    assert_eq!(with_sentence.status, 200);
    let form = edit_form(&with_sentence);
    assert!(text_of(&form, "in_practice").contains("needs Kubernetes 1.30 or later."), "{form:?}");
    assert_eq!(ann.send(&form).status, 303);
    let practice = bylined(&house, &key)["in_practice"].clone();
    let quoted = practice
        .as_array()
        .expect("a list")
        .iter()
        .find(|it| it["text"].as_str().is_some_and(|it| it.contains("Kubernetes")));
    let quoted = quoted.expect("the sentence").clone();
    assert_eq!(quoted["made"], "extractive");
    assert!(
        quoted["receipts"][0]["quote"].as_str().is_some_and(|it| it.contains("Kubernetes 1.30")),
        "{quoted}"
    );

    // Given back to the engine, the title is the publisher's again; the history brings the other back.
    let page = ann.get(&path);
    let form = edit_form(&page).and("revert", "title");
    assert_eq!(ann.send(&form).status, 303);
    assert_eq!(house.json(&["story", "show", &key])["title"], STORIES[0].0);
    let page = ann.get(&path);
    let restore = page.document();
    let restore = restore
        .select("form[action$='/restore']")
        .iter()
        .find(|it| it.select("input[name='n']").attr("value").as_deref() == Some("2"));
    assert!(restore.is_some(), "{}", page.body);
    let form = page.form("form[action$='/restore']").with("n", "2");
    assert_eq!(ann.send(&form).status, 303);
    assert_eq!(house.json(&["story", "show", &key])["title"], "Corvid Systems opens 77 schedulers to Oracle");
    let previews = ["", "?as=item", "?as=edition"].map(|it| format!("{path}/preview{it}"));
    for path in previews {
        let preview = ann.get(&path);
        assert_eq!(preview.status, 200);
        assert!(
            preview.body.contains("77 schedulers") && preview.body.contains("The Daily Fjord"),
            "{}",
            preview.body
        );
    }
    assert_eq!(daemon.get(&format!("/story/{key}/")).status, 404, "readers see none of it");
}

#[test]
fn mistakes_are_told_and_nothing_is_lost() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let mut ann = signed_in(&daemon, "Ann Example");
    let key = key_of(&house, STORIES[0].0);
    let form = edit_form(&ann.get(&format!("/desk/story/{key}")));
    for (field, text, expected) in [
        ("topics", "!!", "cannot be a topic"),
        ("title", " ", "empty or longer"),
        ("summary", &"x".repeat(3_000), "empty or longer"),
        ("principles", &"One line.\r\n".repeat(30), "more than 20"),
        ("best_for", "Nobody", ""),
    ] {
        let answer = ann.send(&form.clone().with(field, text));
        match expected {
            "" => assert_eq!(answer.status, 303, "an audience that is not offered is none"),
            _ => {
                assert_eq!(answer.status, 422, "{field}");
                assert!(answer.body.contains(expected), "{expected}: {}", answer.body);
                assert_eq!(text_of(&edit_form(&answer), field), text.replace("\r\n", "\n").trim(), "{field}");
            }
        }
    }
    // More of the publisher than may be shown.
    let long = newsroom("", &[("A long story of Halden", LONG)]);
    let daemon = long.daemon();
    let mut local = Browser::new(desk_of(&daemon));
    let key = key_of(&long, "A long story of Halden");
    let form = edit_form(&local.get(&format!("/desk/story/{key}")));
    let all = LONG.replace(". ", ".\n");
    let answer = local.send(&form.with("key_insights", &all).and("anyway", "yes"));
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("words of The Daily Fjord"), "{}", answer.body);
}

const LONG: &str = "The port of Halden opened its third quay on Monday after nine years of work on the northern shore. \
    The quay takes ships of up to 300 metres and was built for 120 million kroner by two companies of the region. \
    It replaces the old ferry berth, which had to be closed in 2019 when inspectors found cracks in eleven of its piles. \
    The harbour office expects 40 more calls a year, most of them by ships that carry timber from the inland forests. \
    Each of them brings the town about 90,000 kroner, as a study by the regional college found last winter. \
    Residents of the old town had asked for a wall against the noise of the cranes, and the council paid for one of four metres. \
    The cranes run on electricity from a plant that the harbour shares with the paper mill on the other side of the river. \
    Trains will reach the quay in spring, once the bridge over the road to the border has been made wider.";

#[test]
fn two_who_write_at_once_lose_nothing() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let (mut ann, mut ada) = (signed_in(&daemon, "Ann Example"), signed_in(&daemon, "Ada Admin"));
    let key = key_of(&house, STORIES[0].0);
    let path = format!("/desk/story/{key}");
    let (of_ann, of_ada) = (edit_form(&ann.get(&path)), edit_form(&ada.get(&path)));
    assert_eq!(ann.send(&of_ann.with("title", "Corvid opens its scheduler")).status, 303);
    let answer = ada.send(&of_ada.with("title", "Corvid Systems opens up"));
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("Ann Example changed the story"), "{}", answer.body);
    let again = edit_form(&answer);
    assert_eq!(text_of(&again, "title"), "Corvid Systems opens up", "what was written is still there");
    assert!(answer.body.contains("<ins>"), "what it says now stands beside it: {}", answer.body);
    assert_eq!(house.json(&["story", "show", &key])["title"], "Corvid opens its scheduler");
    assert_eq!(ada.send(&again.and("anyway", "yes")).status, 303, "it was shown, and is chosen");
    assert_eq!(house.json(&["story", "show", &key])["title"], "Corvid Systems opens up");
    // Whoever wrote is named, not whoever decided last; takeaways and audiences stand beside it too.
    let stale = edit_form(&ann.get(&path)).with("takeaway-text", "Ann's own takeaway.");
    let stale = stale.and("takeaway-audience", "").and("best_for", "CTO");
    let of_ada = edit_form(&ada.get(&path)).with("title", "Corvid Systems opens it").and("anyway", "yes");
    assert_eq!(ada.send(&of_ada).status, 303);
    house.ok(&["story", "defer", &key, "--until", "2h", "--by", "Mara Quill"]);
    let answer = ann.send(&stale);
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("Ada Admin changed the story"), "{}", answer.body);
    let document = answer.document();
    let compared = document.select("fieldset .diff");
    assert!(compared.text().contains("takeaway."), "{}", answer.body);
    // An approval of what another has rewritten.
    let approve = ann.get(&path).decision(&key, "approve");
    let form = edit_form(&ada.get(&path)).with("title", "Corvid Systems opens its scheduler");
    assert_eq!(ada.send(&form).status, 303);
    assert_eq!(ann.send(&approve).status, 409);
}

#[test]
fn the_engine_writes_a_story_again_and_says_where_nothing_differs() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let mut ann = signed_in(&daemon, "Ann Example");
    let key = key_of(&house, STORIES[0].0);
    let path = format!("/desk/story/{key}");
    let replay = ann.get(&path).form("form[action$='/replay']");
    let same = ann.send(&replay);
    assert!(same.status == 200 && same.body.contains("would write the same again"), "{}", same.body);
    assert_eq!(house.json(&["story", "show", &key])["revision"], 1);
    house.damage("UPDATE revisions SET title = 'Another title'");
    let replay = ann.get(&path).form("form[action$='/replay']");
    assert_eq!(ann.send(&replay).status, 303);
    assert_eq!(ann.send(&replay).status, 303, "sent twice, written once");
    let shown = house.json(&["story", "show", &key]);
    assert_eq!((&shown["title"], &shown["revision"]), (&json!(STORIES[0].0), &json!(2)));
    assert_eq!(
        (&shown["acts"][0]["act"], &shown["acts"][0]["by"]),
        (&json!("replay"), &json!("Ann Example"))
    );
    // Of a story that another has decided on meanwhile.
    house.ok(&["story", "reject", &key, "--reason", "x", "--by", "Mara Quill"]);
    assert_eq!(ann.send(&replay.with("form", "fresh")).status, 409);
}

#[test]
fn what_is_brought_back_shows_no_more_of_a_publisher_than_may_be_shown() {
    let house = newsroom("", &[("A long story of Halden", LONG)]);
    let key = key_of(&house, "A long story of Halden");
    let path = format!("/desk/story/{key}");
    {
        let daemon = house.daemon();
        let mut local = Browser::new(desk_of(&daemon));
        let mut form = edit_form(&local.get(&path)).and("anyway", "yes");
        for field in ["summary", "key_insights", "principles", "in_practice"] {
            form = form.with(field, "");
        }
        assert_eq!(local.send(&form.with("summary", "Halden has a new quay.")).status, 303);
    }
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    house.write_config(&config.replace("id = \"daily\"", "id = \"daily\"\nexcerpt = { words = 3, run = 3 }"));
    let daemon = house.daemon();
    let mut local = Browser::new(desk_of(&daemon));
    let restore = local.get(&path).form("form[action$='/restore']").with("n", "1");
    let refused = local.send(&restore);
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains("words of The Daily Fjord"), "{}", refused.body);
}

#[test]
fn stories_are_found_by_words_in_capitals_of_any_alphabet() {
    let stories = [STORIES[0], ("ÅRSMØTE for Østfold Ødegård", STORIES[1].1)];
    let house = newsroom("", &stories);
    let daemon = house.daemon();
    let mut local = Browser::new(desk_of(&daemon));
    let [one, other] = stories.map(|it| key_of(&house, it.0));
    for words in ["årsmøte", "ØDEGÅRD", "Østfold årsmøte"] {
        let query: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
        let found = local.get(&format!("/desk/story/{one}?q={query}"));
        let choice = format!("input[name='with'][value='{other}']");
        assert!(found.document().select(&choice).exists(), "{words}: {}", found.body);
    }
}

#[test]
fn merges_and_splits_say_what_they_do_first() {
    let house = newsroom(EDITORS, &STORIES[..3]);
    let daemon = house.daemon();
    let mut ann = signed_in(&daemon, "Ann Example");
    let keys: Vec<String> = STORIES[..3].iter().map(|it| key_of(&house, it.0)).collect();
    let path = format!("/desk/story/{}", keys[0]);
    let found = ann.get(&format!("{path}?q=tarn+memory"));
    assert!(
        found.document().select(&format!("input[name='with'][value='{}']", keys[1])).exists(),
        "{}",
        found.body
    );
    assert!(!found.body.contains(&format!("value=\"{}\"", keys[2])));
    let plan = ann.get(&format!("{path}/merge?with={}", keys[1]));
    assert_eq!(plan.status, 200);
    assert!(
        plan.body.contains("keeps its id tag:brief.example,") && plan.body.contains("never published"),
        "{}",
        plan.body
    );
    assert_eq!(state_of(&house, &keys[1]), "held", "nothing is done yet");
    let form = plan.form("form[action$='/merge']").with("reason", "One event");
    let merged = ann.send(&form);
    assert_eq!(merged.status, 303, "{}", merged.body);
    assert_eq!(ann.send(&form).status, 303, "again: it is done");
    let states: Vec<String> = keys[..2].iter().map(|it| state_of(&house, it)).collect();
    let gone = usize::from(states[1] == "merged");
    let stays = &keys[1 - gone];
    assert!(states.contains(&"merged".to_owned()) && states.contains(&"held".to_owned()), "{states:?}");
    house.ok(&["poll"]);
    let page = ann.get(&format!("/desk/story/{stays}"));
    assert_eq!(page.document().select("article.member").length(), 2, "{}", page.body);
    let stale =
        ann.get(&format!("/desk/story/{stays}/merge?with={}", keys[2])).form("form[action$='/merge']");
    let entry = page
        .document()
        .select("input[name='entry']")
        .iter()
        .last()
        .expect("one")
        .attr("value")
        .expect("a key")
        .to_string();
    let query: String = url::form_urlencoded::byte_serialize(entry.as_bytes()).collect();
    let plan = ann.get(&format!("/desk/story/{stays}/split?entry={query}"));
    assert!(plan.body.contains("live again") || plan.body.contains("story of their own"), "{}", plan.body);
    assert_eq!(ann.send(&plan.form("form[action$='/split']")).status, 303);
    assert_eq!(ann.get(&format!("/desk/story/{stays}")).document().select("article.member").length(), 1);
    assert_ne!(state_of(&house, &keys[gone]), "merged", "the retired id lives again");
    house.ok(&["poll"]);
    let none = ann.get(&format!("/desk/story/{stays}/split"));
    assert!(none.status == 409 && none.body.contains("choose at least one"), "{}", none.body);
    // What a form was made from has changed: a revision came by the split.
    house.ok(&["story", "reject", &keys[2], "--reason", "x", "--by", "Mara Quill"]);
    let refused = ann.send(&stale);
    assert_eq!(refused.status, 409, "{}", refused.body);
}

#[test]
fn scripts_do_the_same_by_the_same_code() {
    let house = newsroom(EDITORS, &STORIES[..2]);
    let daemon = house.daemon();
    let mut api = Browser::new(desk_of(&daemon));
    let key = key_of(&house, STORIES[0].0);
    let ask =
        |api: &mut Browser, token: &str, method: &str, path: &str, body: &Value, further: &[(&str, &str)]| {
            let bearer = format!("Bearer {token}");
            let mut headers = vec![("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
            headers.extend(further);
            let body = if body.is_null() { String::new() } else { body.to_string() };
            api.ask(method, &format!("/api/v1/desk{path}"), &headers, &body)
        };
    let look = TOKEN.replace("t0ken", "l00ks");
    for (token, status) in [("", 401), ("wrong", 401), (PASSWORD, 401), (look.as_str(), 200), (TOKEN, 200)] {
        let answer = ask(&mut api, token, "GET", "/queue", &Value::Null, &[]);
        assert_eq!(answer.status, status, "{token}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    }
    assert_eq!(api.get("/api/v1/desk/queue").status, 401);
    let mut ann = signed_in(&daemon, "Ann Example");
    assert_eq!(ann.get("/api/v1/desk/queue").status, 401, "a cookie is no token");
    let story = format!("/stories/{key}");
    let edit = format!("{story}/edit");
    let refused = ask(&mut api, &look, "POST", &edit, &json!({ "fields": { "title": "x" } }), &[]);
    assert_eq!(refused.status, 403, "{}", refused.body);
    let found = ask(&mut api, TOKEN, "GET", &story, &Value::Null, &[]).json();
    assert_eq!((&found["state"], &found["fields"]["title"]), (&json!("held"), &json!(STORIES[0].0)));
    let seen = found["version"].clone();
    // What was read may be sent back as it is.
    let same =
        ask(&mut api, TOKEN, "POST", &edit, &json!({ "version": seen, "fields": found["fields"] }), &[]);
    assert_eq!((same.status, &same.json()["version"]), (200, &seen), "{}", same.body);
    let unsupported = ask(
        &mut api,
        TOKEN,
        "POST",
        &edit,
        &json!({ "fields": { "title": "Oracle opens 77 of them" } }),
        &[],
    );
    assert_eq!(unsupported.status, 422);
    assert_eq!(unsupported.json()["findings"].as_array().map(Vec::len), Some(2), "{}", unsupported.body);
    let saved = ask(
        &mut api,
        TOKEN,
        "POST",
        &edit,
        &json!({ "fields": { "title": "Corvid opens its scheduler" }, "reason": "shorter" }),
        &[],
    );
    assert_eq!((saved.status, &saved.json()["written"]), (200, &json!(["title"])), "{}", saved.body);
    let stale = ask(&mut api, TOKEN, "POST", &format!("{story}/approve"), &json!({ "version": seen }), &[]);
    assert_eq!(stale.status, 409, "{}", stale.body);
    let once = [("Idempotency-Key", "approval-1")];
    for _ in 0..2 {
        let approved = ask(&mut api, TOKEN, "POST", &format!("{story}/approve"), &json!({}), &once);
        assert!(approved.status == 200 && approved.json()["goes_out"].is_string(), "{}", approved.body);
    }
    let undone = ask(&mut api, TOKEN, "POST", &format!("{story}/undo"), &json!({}), &[]);
    assert_eq!((undone.status, &undone.json()["goes_out"]), (200, &Value::Null));
    let replayed = ask(&mut api, TOKEN, "POST", &format!("{story}/replay"), &json!({}), &[]);
    assert_eq!((replayed.status, &replayed.json()["written"]), (200, &json!(["title"])), "{}", replayed.body);
    let other = key_of(&house, STORIES[1].0);
    let merged = ask(&mut api, TOKEN, "POST", &format!("{story}/merge"), &json!({ "with": [other] }), &[]);
    assert_eq!(merged.status, 200, "{}", merged.body);
    for (path, body, status) in [
        (edit.as_str(), json!({ "fields": { "titel": "x" } }), 400),
        (&edit, json!({ "fields": { "summary": 5 } }), 400),
        (&edit, json!({ "filds": {} }), 400),
        (&edit, json!([]), 400),
        (&format!("{story}/reject"), json!({}), 400),
        (&format!("{story}/defer"), json!({ "until": "soon" }), 400),
        ("/stories/aaaaaaaaaaaaaaaa/approve", json!({}), 404),
        ("/stories/x/approve", json!({}), 404),
        ("/nothing", json!({}), 404),
    ] {
        let answer = ask(&mut api, TOKEN, "POST", path, &body, &[]);
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.body);
        assert!(answer.json()["error"].is_string());
    }
    assert_eq!(ask(&mut api, TOKEN, "GET", &edit, &Value::Null, &[]).status, 405);
    let form = [("Content-Type", "text/plain"), ("Authorization", &format!("Bearer {TOKEN}"))];
    assert_eq!(api.ask("POST", &format!("/api/v1/desk{story}/approve"), &form, "{}").status, 415);
    let elsewhere = [("Origin", "https://evil.example")];
    assert_eq!(ask(&mut api, TOKEN, "POST", &format!("{story}/approve"), &json!({}), &elsewhere).status, 403);
    let described = ask(&mut api, TOKEN, "GET", "/openapi.json", &Value::Null, &[]).json();
    let paths = described["paths"].as_object().expect("paths");
    assert!(paths.contains_key("/stories/{id}/defer") && paths.len() == 26, "{paths:?}");
    let by = house.json(&["story", "show", &key]);
    let acts = by["acts"].as_array().expect("acts");
    assert!(acts.iter().all(|it| it["by"] == "Wire script"), "{acts:?}");
    assert!(!daemon.log().contains(TOKEN));
}

#[test]
fn without_editors_a_program_of_this_machine_needs_no_token() {
    let house = newsroom("", &STORIES[..1]);
    let daemon = house.daemon();
    let mut api = Browser::new(desk_of(&daemon));
    assert_eq!(api.get("/api/v1/desk/queue").json()["waiting"].as_array().map(Vec::len), Some(1));
    for headers in [
        [("Sec-Fetch-Site", "cross-site")],
        [("Origin", "https://evil.example")],
        [("X-Forwarded-For", "127.0.0.1")],
    ] {
        let json = [("Content-Type", "application/json"), headers[0]];
        let path = format!("/api/v1/desk/stories/{}/approve", key_of(&house, STORIES[0].0));
        assert_eq!(api.ask("POST", &path, &json, "{}").status, 403, "{headers:?}");
    }
    assert_eq!(api.get("/api/v1/desk/queue").json()["going_out"], json!([]));
}
