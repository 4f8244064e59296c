//! Editions at the desk: arranged, noted, previewed and sent, by whoever may, and by nobody twice.

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
use crate::desk::key_of;
use crate::desk::newsroom;
use crate::desk_hostile::HOSTILE;
use crate::desk_hostile::is_inert;
use crate::house::House;
use crate::house::eventually;
use crate::press::STORIES;

pub(crate) const PATH: &str = "/desk/editions/brief";

/// A newsroom whose stories stand in an edition that goes out once a year.
pub(crate) fn composed() -> House {
    let further = "[[output]]\nid = \"brief\"\ntitle = \"Brief\"\ndigest = \"0 7 1 1 *\"\n";
    let house = newsroom(&format!("{EDITORS}{further}"), &STORIES);
    for (title, _) in STORIES {
        house.ok(&["story", "approve", &key_of(&house, title), "--by", "Mara Quill"]);
    }
    house
}

fn signed_in(browser: Browser, name: &str) -> Browser {
    let mut browser = browser;
    assert_eq!(browser.sign_in(name, PASSWORD).status, 303);
    browser
}

/// The keys of what goes out, as the page shows them.
fn order(page: &Answer) -> Vec<String> {
    let document = page.document();
    let rows = document.select("ol.order li");
    rows.iter().map(|it| it.attr("id").expect("an id").trim_start_matches("s-").to_owned()).collect()
}

/// A form of the page with the button that was pressed.
#[track_caller]
pub(crate) fn press(page: &Answer, button: &str) -> Form {
    let form = match button {
        "send" => "form:has(button[value='send'])",
        "note" => "form:has(textarea)",
        _ => "form:has(ol.order, ul.order)",
    };
    page.form(form).with("do", button)
}

#[test]
fn an_editor_arranges_notes_previews_and_sends_an_edition() {
    let house = composed();
    let daemon = house.daemon();
    let mut ann = signed_in(Browser::new(desk_of(&daemon)), "Ann Example");
    let list = ann.get("/desk/editions");
    assert!(list.body.contains("4 stories") && list.body.contains(PATH), "{}", list.body);
    let page = ann.get(PATH);
    let keys = order(&page);
    assert_eq!(keys.len(), STORIES.len(), "{}", page.body);
    let moved = ann.send(&press(&page, &format!("first:{}", keys[2])));
    assert_eq!(
        (moved.status, moved.header("location")),
        (303, Some(format!("{PATH}#s-{}", keys[2]).as_str()))
    );
    let page = ann.get(PATH);
    assert_eq!(order(&page), [&keys[2], &keys[0], &keys[1], &keys[3]].map(Clone::clone));
    assert!(page.body.contains("in the order of an editor"));
    assert_eq!(ann.send(&press(&page, &format!("down:{}", keys[2]))).status, 303);
    let page = ann.get(PATH);
    assert_eq!(order(&page)[..2], [keys[0].clone(), keys[2].clone()]);
    assert_eq!(ann.send(&press(&page, &format!("drop:{}", keys[3]))).status, 303);
    let page = ann.get(PATH);
    assert!(order(&page).len() == 3 && page.body.contains("an editor left it out"), "{}", page.body);
    let note = press(&page, "note").with("note", "A quiet <b>week</b>.");
    assert_eq!(ann.send(&note).status, 303);
    assert_eq!(ann.send(&note).status, 303, "sent twice, noted once");
    let preview = ann.get(&format!("{PATH}/preview"));
    assert!(preview.body.contains("by Ann Example: A quiet &lt;b&gt;week&lt;/b&gt;."), "{}", preview.body);
    let policy = preview.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    // Nothing went out yet, and what goes out is what was shown.
    assert!(house.json(&["edition", "show", "brief"])["note"]["by"] == "Ann Example");
    let send = press(&ann.get(PATH), "send");
    assert_eq!(ann.send(&send).status, 303);
    assert_eq!(ann.send(&send).status, 303, "sent twice, gone out once");
    let items = eventually("it goes out", Duration::from_secs(60), || {
        let items = daemon.get("/feeds/brief.json").json()["items"].clone();
        items.as_array().is_some_and(|it| !it.is_empty()).then_some(items)
    });
    let html = items[0]["content_html"].as_str().expect("HTML").to_owned();
    let place = |key: &str| html.find(&format!("/story/{key}"));
    assert!(items.as_array().map(Vec::len) == Some(1) && place(&keys[0]) < place(&keys[2]), "{items}");
    assert_eq!(place(&keys[3]), None, "{html}");
    assert!(order(&ann.get(PATH)).is_empty());
    let list = ann.get("/desk/editions");
    assert!(list.body.contains("went out") && list.body.contains("/edition/brief/"), "{}", list.body);
    let log: Vec<String> = ann
        .get("/desk/today")
        .document()
        .select(".history li")
        .iter()
        .map(|it| it.text().to_string())
        .collect();
    let told = ["edition send", "edition note", "edition drop", "edition order", "edition order"];
    assert!(log.len() == told.len() && log.iter().zip(told).all(|(it, act)| it.contains(act)), "{log:?}");
    assert!(log.iter().all(|it| it.contains("Ann Example")), "{log:?}");
}

#[test]
fn two_who_arrange_one_edition_are_told() {
    let house = composed();
    let daemon = house.daemon();
    let desk = desk_of(&daemon);
    let [mut ann, mut ada] = ["Ann Example", "Ada Admin"].map(|it| signed_in(Browser::new(desk), it));
    let (of_ann, of_ada) = (ann.get(PATH), ada.get(PATH));
    let keys = order(&of_ann);
    assert_eq!(ann.send(&press(&of_ann, &format!("drop:{}", keys[0]))).status, 303);
    for form in [
        press(&of_ada, &format!("up:{}", keys[3])),
        press(&of_ada, "note").with("note", "Written meanwhile"),
        press(&of_ada, "send"),
    ] {
        let refused = ada.send(&form);
        assert_eq!(refused.status, 409, "{}", refused.body);
        assert!(refused.body.contains("another editor has changed the edition"), "{}", refused.body);
        assert_eq!(order(&refused).len(), 3, "it shows how it is now");
        if form.fields.iter().any(|it| it.1 == "Written meanwhile") {
            assert!(refused.body.contains("Written meanwhile"), "what was written is not lost");
        }
    }
    assert_eq!(order(&ann.get(PATH)).len(), 3, "nothing was sent");
    // A story that enters it is nobody's decision, so that nobody is refused for it.
    let page = ada.get(PATH);
    house.ok(&["story", "reject", &keys[3], "--reason", "x", "--by", "Mara Quill"]);
    assert_eq!(ada.send(&press(&page, &format!("first:{}", keys[2]))).status, 303);
}

#[test]
fn readers_and_strangers_arrange_nothing_and_scripts_do_the_same_by_the_same_code() {
    let house = composed();
    let daemon = house.daemon();
    let desk = desk_of(&daemon);
    let mut ann = signed_in(Browser::new(desk), "Ann Example");
    let page = ann.get(PATH);
    let keys = order(&page);
    let mut rhea = signed_in(Browser::new(desk), "Rhea Reader");
    let own = rhea.get(PATH);
    assert!(order(&own).len() == 4 && !own.document().select("main form").exists(), "{}", own.body);
    let csrf = own.form("form[action='/desk/logout']").fields[0].1.clone();
    let drop = press(&page, &format!("drop:{}", keys[0]));
    assert_eq!(rhea.send(&drop.clone().with("csrf", &csrf)).status, 403);
    assert_eq!(ann.send(&drop.clone().with("csrf", &csrf)).status, 403);
    assert_eq!(Browser::new(desk).send(&drop).status, 303, "nobody is led to the login");
    for (button, status) in [("drop:aaaaaaaaaaaaaaaa", 409), ("drop:x", 400), ("burn", 400), ("", 400)] {
        assert_eq!(ann.send(&drop.clone().with("do", button)).status, status, "{button}");
    }
    for path in ["/desk/editions/all", "/desk/editions/nothing", "/desk/editions/nothing/preview"] {
        assert_eq!(ann.get(path).status, 404, "{path}");
    }
    assert_eq!(order(&ann.get(PATH)), keys);

    let mut api = Browser::new(desk);
    let mut ask = |name: &str, method: &str, path: &str, body: &Value, once: &str| {
        let bearer = format!("Bearer {}", TOKEN.replace("t0ken", name));
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", once),
        ];
        api.ask(method, &format!("/api/v1/desk/editions{path}"), &headers, &body.to_string())
    };
    let shown = ask("l00ks", "GET", "/brief", &Value::Null, "x");
    assert_eq!((shown.status, shown.json()["stories"].as_array().map(Vec::len)), (200, Some(4)));
    assert_eq!(ask("l00ks", "GET", "", &Value::Null, "x").json()[0]["output"], "brief");
    assert_eq!(ask("l00ks", "POST", "/brief/send", &json!({}), "x").status, 403);
    let version = shown.json()["version"].clone();
    let ordered =
        ask("t0ken", "POST", "/brief/order", &json!({ "stories": [keys[3]], "version": version }), "1");
    assert_eq!(
        (ordered.status, &ordered.json()["stories"][0]["key"]),
        (200, &json!(keys[3])),
        "{}",
        ordered.body
    );
    let stale =
        ask("t0ken", "POST", "/brief/drop", &json!({ "stories": [keys[0]], "version": version }), "2");
    assert_eq!(stale.status, 409, "{}", stale.body);
    let dropped = ask("t0ken", "POST", "/brief/drop", &json!({ "stories": [keys[0]] }), "3");
    assert_eq!(dropped.json()["stories"][3]["left_out"], "dropped", "{}", dropped.body);
    let back = ask("t0ken", "POST", "/brief/drop", &json!({ "stories": [keys[0]], "undo": true }), "3");
    assert_eq!(back.json()["stories"][3]["left_out"], Value::Null, "{}", back.body);
    assert_eq!(
        ask("t0ken", "POST", "/brief/note", &json!({ "text": "Hello" }), "5").json()["note"]["by"],
        "Wire script"
    );
    assert_eq!(
        ask("t0ken", "POST", "/brief/note", &json!({ "text": null }), "6").json()["note"],
        Value::Null
    );
    for (path, body, status) in [
        ("/brief/order", json!({ "stories": ["x"] }), 400),
        ("/brief/order", json!({ "stories": [keys[0], keys[0]] }), 400),
        ("/brief/drop", json!({}), 400),
        ("/brief/order", json!({}), 400),
        ("/brief/note", json!({}), 400),
        ("/brief/note", json!({ "text": "x".repeat(2_001) }), 400),
        ("/brief/send", json!({ "now": true }), 400),
        ("/all/send", json!({}), 404),
        ("/nothing/send", json!({}), 404),
    ] {
        let refused = ask("t0ken", "POST", path, &body, "7");
        assert_eq!(refused.status, status, "{path} {body}: {}", refused.body);
    }
    for _ in 0..2 {
        assert_eq!(ask("t0ken", "POST", "/brief/send", &json!({}), "8").status, 200, "once, however often");
    }
    assert_eq!(ask("t0ken", "POST", "/brief/send", &json!({}), "9").status, 409, "there is nothing more");
}

#[test]
fn a_note_and_titles_are_text_in_an_edition_whatever_they_look_like() {
    let house = composed();
    let daemon = house.daemon();
    let mut ann = signed_in(Browser::new(desk_of(&daemon)), "Ann Example");
    for hostile in HOSTILE {
        let quoted = format!("'{}'", hostile.replace('\'', "''"));
        house.damage(&format!("UPDATE stories SET title = {quoted}"));
        house.damage(&format!(
            "INSERT INTO desk_log (at, by, act, subject, detail) VALUES (1, {quoted}, {quoted}, {quoted}, {quoted})"
        ));
        let form = press(&ann.get(PATH), "note").with("note", hostile);
        assert_eq!(ann.send(&form).status, 303, "{hostile}");
        let page = ann.get(PATH);
        is_inert(&page);
        assert_eq!(order(&page).len(), STORIES.len(), "{hostile} breaks out of its row");
        is_inert(&ann.get("/desk/today"));
        let preview = ann.get(&format!("{PATH}/preview")).document();
        assert!(
            !preview.select("script, iframe, form, img, svg, style, base, [onload], [onclick]").exists(),
            "{hostile}"
        );
    }
}
