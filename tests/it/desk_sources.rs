//! Sources at the desk: looked at, added, paused and set, by whoever may.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::browser::Answer;
use crate::browser::Browser;
use crate::browser::Form;
use crate::desk::EDITORS;
use crate::desk::PASSWORD;
use crate::desk::TOKEN;
use crate::desk::desk_of;
use crate::desk::newsroom;
use crate::desk_hostile::HOSTILE;
use crate::desk_hostile::is_inert;
use crate::house::eventually;
use crate::press::Paper;
use crate::press::STORIES;

#[test]
fn an_admin_adds_pauses_and_sets_sources_and_nobody_else_does() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let harbour = Paper::new("Harbour <b>Times</b>", &house.home("harbour"), &STORIES[1..2]);
    house.origin.serve("/harbour/feed", harbour.rss2());
    let daemon = house.daemon();
    let [mut ann, mut ada] = ["Ann Example", "Ada Admin"].map(|name| {
        let mut browser = Browser::new(desk_of(&daemon));
        assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
        browser
    });
    let page = ada.get("/desk/sources");
    assert!(page.status == 200 && page.body.contains("The Daily Fjord"), "{}", page.body);
    let find =
        page.form("form[action='/desk/sources/find']").with("url", house.url("/harbour/feed").as_str());
    let own = ann.get("/desk/sources");
    assert!(!own.document().select("form[action^='/desk/sources']").exists(), "an editor only looks");
    let csrf = own.form("form[action='/desk/logout']").fields[0].1.clone();
    for action in ["find", "add", "set"] {
        let mut forged = find.clone().with("csrf", &csrf).with("id", "daily").with("do", "pause");
        forged.action = format!("/desk/sources/{action}");
        assert_eq!(ann.send(&forged).status, 403, "{action}");
    }
    let found = ada.send(&find);
    assert_eq!(found.status, 200, "{}", found.body);
    let shown = found.document().select("main").text().to_string();
    assert!(shown.contains("Harbour") && shown.contains(STORIES[1].0), "{shown}");
    assert!(!found.document().select("main b").exists(), "{}", found.body);
    let add = found.form("form[action='/desk/sources/add']").with("topics", "Databases, AI");
    let added = ada.send(&add);
    assert_eq!(added.status, 303, "{}", added.body);
    let config = || std::fs::read_to_string(house.config()).expect("a configuration");
    let written = config();
    assert!(written.contains("/harbour/feed") && written.contains("\"Databases\""), "{written}");
    assert!(ada.get("/desk/sources").body.contains("/harbour/feed"));
    eventually("the daemon follows it", Duration::from_secs(60), || {
        let listed = house.json(&["source", "list"]);
        let of = listed
            .as_array()?
            .iter()
            .find(|it| it["url"].as_str().is_some_and(|it| it.ends_with("/harbour/feed")))?;
        (of["state"] == "healthy").then_some(())
    });
    let again = ada.send(&add);
    assert!(again.status == 422 && again.body.contains("already the source"), "{}", again.body);

    let form = ada.get("/desk/sources").form("form[action='/desk/sources/set']");
    let pause = form.with("id", "daily").with("do", "pause");
    assert_eq!(ada.send(&pause).status, 303);
    assert!(config().contains("enabled = false"), "{}", config());
    let page = ada.get("/desk/sources");
    assert!(page.body.contains("It is paused."), "{}", page.body);
    assert_eq!(ada.send(&pause.clone().with("do", "resume")).status, 303);
    let fresh = |page: &Answer| page.form("form:has(#rights-daily)");
    let page = ada.get("/desk/sources");
    let set = fresh(&page).with("rights", "link").with("every", "2h").with("topics", "AI");
    assert_eq!(ada.send(&set).status, 303);
    for words in ["rights = \"link\"", "every = \"2h\"", "enabled = true"] {
        assert!(config().contains(words), "{words}: {}", config());
    }
    // Another admin still has the page of before, and would put back what stood there.
    let before = config();
    let stale = ada.send(&fresh(&page).with("topics", "Cloud"));
    assert_eq!(stale.status, 409, "{}", stale.body);
    assert!(stale.body.contains("another admin has changed this source"), "{}", stale.body);
    assert_eq!(config(), before);
    let set = fresh(&ada.get("/desk/sources"));
    for (field, text, status) in
        [("every", "often", 422), ("rights", "all", 400), ("id", "nobody", 404), ("do", "drop", 400)]
    {
        let before = config();
        let refused = ada.send(&set.clone().with(field, text));
        assert_eq!(refused.status, status, "{field}: {}", refused.body);
        assert_eq!(before, config());
    }
    for url in [
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://127.0.0.1:1/",
        "http://169.254.169.254/",
        "<script>",
    ] {
        let refused = ada.send(&find.clone().with("url", url));
        assert!(matches!(refused.status, 400 | 422), "{url}: {}", refused.body);
        assert!(!refused.body.contains("<script>"));
    }
    assert_eq!(ada.get("/desk/today").status, 200);
}

#[test]
fn a_script_of_an_admin_changes_sources_and_no_other_script() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let harbour = Paper::new("Harbour Times", &house.home("harbour"), &STORIES[1..2]);
    house.origin.serve("/harbour/feed", harbour.rss2());
    let daemon = house.daemon();
    let mut api = Browser::new(desk_of(&daemon));
    let mut ask = |name: &str, method: &str, path: &str, body: &Value| {
        let bearer = format!("Bearer {}", TOKEN.replace("t0ken", name));
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        api.ask(method, &format!("/api/v1/desk/sources{path}"), &headers, &body.to_string())
    };
    let url = json!({ "url": house.url("/harbour/feed") });
    for name in ["l00ks", "t0ken"] {
        for (path, body) in [("/find", &url), ("/add", &url), ("/daily/set", &json!({ "enabled": false }))] {
            assert_eq!(ask(name, "POST", path, body).status, 403, "{name} {path}");
        }
        assert_eq!(ask(name, "GET", "", &Value::Null).json()[0]["id"], "daily");
    }
    let found = ask("s0urc", "POST", "/find", &url);
    assert_eq!((found.status, &found.json()["title"]), (200, &json!("Harbour Times")), "{}", found.body);
    let added =
        ask("s0urc", "POST", "/add", &json!({ "url": url["url"], "id": "harbour", "topics": ["AI"] }));
    assert_eq!((added.status, &added.json()["id"]), (200, &json!("harbour")), "{}", added.body);
    let set = json!({ "enabled": false, "trust": 1.5, "topics": ["Cloud"], "every": "2h" });
    let done = ask("s0urc", "POST", "/harbour/set", &set);
    assert_eq!(done.status, 200, "{}", done.body);
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    for words in ["enabled = false", "trust = 1.5", "topics = [\"Cloud\"]", "every = \"2h\""] {
        assert!(config.contains(words), "{words}: {config}");
    }
    for (path, body, status) in [
        ("/harbour/set", json!({ "id": "x" }), 422),
        ("/harbour/set", json!({ "url": "https://ann:secret@a.example/feed" }), 422),
        ("/harbour/set", json!({ "auth": "x" }), 422),
        ("/harbour/set", json!({ "headers": "x" }), 422),
        ("/harbour/remove", json!({ "id": "x" }), 400),
        ("/nobody/remove", json!({}), 404),
        ("/import", json!({ "opml": "no list" }), 422),
        ("/import", json!({ "opml": 5 }), 400),
        ("/harbour/set", json!({ "trust": {} }), 400),
        ("/harbour/set", json!({}), 400),
        ("/nobody/set", json!({ "enabled": true }), 404),
        ("/add", json!({ "url": url["url"] }), 422),
        ("/add", json!({ "adress": "x" }), 400),
        ("/find", json!({ "url": "http://127.0.0.1:1/" }), 422),
    ] {
        let refused = ask("s0urc", "POST", path, &body);
        assert_eq!(refused.status, status, "{path} {body}: {}", refused.body);
        assert!(refused.json()["error"].is_string());
    }
    assert!(!std::fs::read_to_string(house.config()).expect("a configuration").contains("secret"));
    let list = "<opml version='2.0'><body><outline text='Quay' xmlUrl='https://quay.example/feed'/>\
        <outline text='Again' xmlUrl='https://quay.example/feed'/></body></opml>";
    let imported = ask("s0urc", "POST", "/import", &json!({ "opml": list }));
    assert_eq!(imported.json()["added"][0]["id"], "quay", "{}", imported.body);
    assert_eq!(imported.json()["skipped"].as_array().map(Vec::len), Some(1), "{}", imported.body);
    assert_eq!(ask("t0ken", "POST", "/harbour/remove", &json!({})).status, 403);
    assert_eq!(ask("s0urc", "POST", "/harbour/remove", &json!({})).status, 200);
    let exported = ask("l00ks", "GET", ".opml", &Value::Null);
    assert!(exported.body.contains("https://quay.example/feed") && !exported.body.contains("/harbour/"));
    let bearer = format!("Bearer {TOKEN}");
    let mut browser = Browser::new(desk_of(&daemon));
    let log = browser.ask("GET", "/api/v1/desk/log", &[("Authorization", &bearer)], "").json();
    let told = log.as_array().expect("a list").iter().map(|it| (it["act"].as_str(), it["subject"].as_str()));
    let expected = [
        ("source remove", "harbour"),
        ("source add", "quay"),
        ("source set", "harbour"),
        ("source add", "harbour"),
    ];
    assert!(told.eq(expected.map(|it| (Some(it.0), Some(it.1)))), "{log}");
    assert!(log.as_array().expect("a list").iter().all(|it| it["by"] == "Source script"), "{log}");
}

/// A form with a file, as a browser sends it.
#[test]
fn the_secrets_of_a_source_go_to_no_address_that_an_admin_gives() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let config = std::fs::read_to_string(house.config()).expect("a configuration");
    for secret in ["headers = { X-Reader = \"brief\" }", "auth = { bearer = { file = \"DIR/token\" } }"] {
        let secret = secret.replace("DIR", house.dir().to_str().expect("UTF-8"));
        house.write_config(&config.replace("id = \"daily\"", &format!("id = \"daily\"\n{secret}")));
        let before = std::fs::read_to_string(house.config()).expect("a configuration");
        let daemon = house.daemon();
        let mut api = Browser::new(desk_of(&daemon));
        let bearer = format!("Bearer {}", TOKEN.replace("t0ken", "s0urc"));
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let body = json!({ "url": "https://evil.example/feed" }).to_string();
        let refused = api.ask("POST", "/api/v1/desk/sources/daily/set", &headers, &body);
        assert!(refused.status == 422 && refused.body.contains("operator"), "{secret}: {}", refused.body);
        assert_eq!(std::fs::read_to_string(house.config()).expect("a configuration"), before);
    }
}

fn upload(browser: &mut Browser, form: &Form, name: &str, content: &str) -> Answer {
    let mut body = String::new();
    for (field, value) in form.fields.iter().filter(|it| it.0 != "file") {
        body.push_str(&format!(
            "--sep\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
        ));
    }
    // Browsers escape these three, and nothing else.
    let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let head = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"");
    body.push_str(&format!("--sep\r\n{head}\r\nContent-Type: text/x-opml\r\n\r\n{content}\r\n--sep--\r\n"));
    let origin = format!("http://{}", browser.address);
    let headers = [("Content-Type", "multipart/form-data; boundary=sep"), ("Origin", origin.as_str())];
    browser.ask("POST", &form.action, &headers, &body)
}

#[test]
fn lists_come_in_and_go_out_and_sources_are_removed() {
    let house = newsroom(EDITORS, &STORIES[..1]);
    let daemon = house.daemon();
    let [mut ann, mut ada] = ["Ann Example", "Ada Admin"].map(|name| {
        let mut browser = Browser::new(desk_of(&daemon));
        assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
        browser
    });
    let exported = ann.get("/desk/sources.opml");
    assert!(exported.body.contains("/daily/feed"), "{}", exported.body);
    assert_eq!(exported.header("content-disposition"), Some("attachment; filename=\"sources.opml\""));
    let page = ada.get("/desk/sources");
    let import = page.form("form[action='/desk/sources/import']");
    let config = || std::fs::read_to_string(house.config()).expect("a configuration");
    let before = config();
    // Nobody but an admin, with a form of the own session, as a form with a file.
    let own = ann.get("/desk/account").form("form[action='/desk/logout']").fields[0].1.clone();
    let list =
        "<opml version='2.0'><body><outline text='Quay' xmlUrl='https://quay.example/feed'/></body></opml>";
    assert_eq!(upload(&mut ann, &import.clone().with("csrf", &own), "a.opml", list).status, 403);
    assert_eq!(upload(&mut ada, &import.clone().with("csrf", &own), "a.opml", list).status, 403);
    assert_eq!(ada.send(&import).status, 415);
    assert_eq!(upload(&mut ada, &import, "a.opml", "").status, 400);
    assert_eq!(upload(&mut ada, &import, "a.opml", "<html>").status, 422);
    assert_eq!(config(), before);
    // Whatever the file and what it lists are called.
    for hostile in HOSTILE {
        let escaped =
            hostile.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;").replace('\n', " ");
        let named =
            list.replace("Quay", &escaped).replace("https://quay.example/feed", "ftp://quay.example/");
        let answer = upload(&mut ada, &import, hostile, &named);
        assert_eq!(answer.status, 200, "{hostile}: {}", answer.body);
        assert!(answer.body.contains("neither http nor https"), "{hostile}: {}", answer.body);
        is_inert(&answer);
    }
    assert_eq!(config(), before);
    let added = upload(&mut ada, &import, "a.opml", list);
    assert!(added.status == 200 && added.body.contains("1 source was added"), "{}", added.body);
    assert!(config().contains("https://quay.example/feed"));
    let again = upload(&mut ada, &import, "a.opml", list);
    assert!(again.body.contains("0 sources were added") && again.body.contains("already"), "{}", again.body);
    let page = ada.get("/desk/sources");
    let remove = page.form("form[action='/desk/sources/remove']").with("id", "quay");
    assert_eq!(ann.send(&remove.clone().with("csrf", &own)).status, 403);
    assert_eq!(ada.send(&remove).status, 303);
    assert!(!config().contains("https://quay.example/feed"));
    assert_eq!(ada.send(&remove).status, 404, "it is gone");
}
