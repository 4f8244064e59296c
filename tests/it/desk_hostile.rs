//! What publishers, authors and editors write is text at the desk, whatever it looks like.

use crate::browser::Answer;
use crate::browser::Browser;
use crate::desk::EDITORS;
use crate::desk::PASSWORD;
use crate::desk::desk_of;
use crate::desk::newsroom;
use crate::press::STORIES;

/// Texts that are more than text where somebody forgets to escape them.
pub(crate) const HOSTILE: [&str; 42] = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</select></form><form action=//evil.example>",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' onfocus='alert(1)' autofocus='",
    "` onclick=`alert(1)`",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example>",
    "<style>*{background:url(//evil.example)}</style>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<button formaction=//evil.example>x</button>",
    "<input form=several name=do value=approve>",
    "<!--><script>alert(1)</script>-->",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "{{ 7777 * 7777 }} {% raw %} {{ shell.csrf }}",
    "${7777*7777} #{7777*7777} <%= 7777*7777 %>",
    "%00%0d%0aSet-Cookie: bylined=x",
    "a\\\"; alert(1); //",
    "</script><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<object data=//evil.example></object><embed src=//evil.example>",
    "=HYPERLINK(\"//evil.example\")",
    "'''; DROP TABLE stories; --",
    "title = \"x\"\n[[editor]]\nname = \"Mallory\"",
    "\u{202e}gnp.exe\u{202c}\u{feff}\u{200b}",
];

/// A page runs nothing but our script and leads nowhere but to the web and to the desk.
#[track_caller]
pub(crate) fn is_inert(page: &Answer) {
    let document = page.document();
    for script in document.select("script").iter() {
        assert_eq!(script.attr("src").as_deref(), Some("/desk/desk.js"), "{}", page.body);
        assert_eq!(script.text().to_string(), "");
    }
    let foreign = "style, iframe, object, embed, base, svg, math, img, template, noscript, meta[http-equiv]";
    assert!(!document.select(foreign).exists(), "{}", document.select(foreign).html());
    for element in document.select("body *").iter() {
        for attribute in element.attrs() {
            let name = attribute.name.local.to_string();
            assert!(
                !name.starts_with("on") && !matches!(name.as_str(), "style" | "srcdoc" | "autofocus"),
                "{name}"
            );
            if matches!(name.as_str(), "href" | "action" | "formaction" | "src") {
                let value = attribute.value.to_string();
                let is_safe = value.starts_with("/desk/")
                    || value.starts_with('#')
                    || value.starts_with("http://127.0.0.1")
                    || value.starts_with("https://brief.example/");
                assert!(is_safe, "{name} = {value}");
            }
        }
    }
    assert!(!page.body.contains("60481729"), "a template was evaluated: {}", page.body);
}

#[test]
fn hostile_titles_names_and_reasons_are_text_on_every_page() {
    // Feeds are cleaned at the edge, so that the store is filled behind the program's back.
    let house = newsroom(EDITORS, &STORIES);
    let daemon = house.daemon();
    let mut ann = Browser::new(desk_of(&daemon));
    ann.sign_in("Ann Example", PASSWORD);
    let stories = house.json(&["story", "list"]);
    let keys: Vec<String> = stories
        .as_array()
        .expect("an array")
        .iter()
        .map(|it| it["key"].as_str().expect("a key").to_owned())
        .collect();
    for hostile in HOSTILE {
        let quoted = format!("'{}'", hostile.replace('\'', "''"));
        house.damage(&format!("UPDATE stories SET title = {quoted}"));
        house.damage(&format!(
            "UPDATE revisions SET title = {quoted}, dropped = json_array({quoted}), why = {quoted}"
        ));
        house.damage(&format!(
            "UPDATE entries SET title = {quoted}, authors = json_array(json_object('name', {quoted}))"
        ));
        house.damage(&format!("UPDATE editor_sessions SET agent = {quoted}"));
        house.damage(&format!(
            "INSERT INTO audit_log (story, at, by, act, revision, why) SELECT id, 1, {quoted}, 'defer', 1, {quoted} FROM stories"
        ));
        let page = ann.get("/desk/");
        assert_eq!(page.status, 200);
        is_inert(&page);
        let title = page.document().select(".item h2").first().text().to_string();
        assert_eq!(title.trim(), hostile.trim_matches('\u{feff}').trim(), "shown as it is");
        assert_eq!(
            page.document().select("[data-row]").length(),
            STORIES.len(),
            "{hostile} breaks out of its row"
        );
        is_inert(&ann.get("/desk/account"));
        for path in paths(&keys) {
            let page = ann.get(&path);
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            is_inert(&page);
        }
        // As an editor's own words, in a form and in an address.
        let query: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
        for path in ["/desk/?topic=", "/desk/?source=", "/desk/?reason=", "/desk/nothing/?x="] {
            is_inert(&ann.get(&format!("{path}{query}")));
        }
        let form = page.decision(&keys[0], "defer").with("until", hostile).with("form", "f");
        let refused = ann.send(&form);
        assert_eq!(refused.status, 409, "{}", refused.body);
        is_inert(&refused);
        let mut stranger = Browser::new(ann.address);
        let login = stranger.get(&format!("/desk/login?next=/desk/{query}"));
        is_inert(&login);
    }
    let form = ann.get("/desk/").decision(&keys[0], "reject").with("reason", HOSTILE[0]);
    assert_eq!(ann.send(&form).status, 303);
    is_inert(&ann.get("/desk/"));
}

/// The pages of a story.
fn paths(keys: &[String]) -> Vec<String> {
    let story = format!("/desk/story/{}", keys[0]);
    vec![
        format!("{story}?q=a"),
        format!("{story}/preview?as=item"),
        format!("{story}/merge?with={}", keys[1]),
        story,
    ]
}
