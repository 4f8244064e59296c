//! Hostile documents, and the bounds that hold them.

use super::*;

#[test]
fn entities_are_neither_expanded_nor_fetched() {
    let bomb = "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>";
    check(format!("{bomb}{}", TWO.replace("One", "&b;&f;")), &["&b;&f;@https://a.example/1", BOTH[1]]);
}

#[test]
fn every_bound_holds_and_is_reported() {
    let parsed = read(TWO.replace("One", &"long ".repeat(200_000)));
    assert_eq!(parsed.feed.entries.len(), 2);
    assert!(parsed.feed.entries[0].title.len() <= 4096);
    assert!(parsed.warnings.iter().any(|it| matches!(it, Warning::TextTooLong { .. })));

    let body = format!("One</title><description>{}</description><title>", "long ".repeat(500_000));
    let parsed = read(TWO.replace("One</title>", &body));
    assert_eq!(parsed.feed.entries.len(), 2);
    assert!(parsed.feed.entries[0].summary.as_ref().is_some_and(|it| it.len() <= 1024 * 1024));
    assert!(parsed.warnings.contains(&Warning::FieldTooLong { element: "description".to_owned() }));

    let lists: String =
        (0..500).map(|it| format!("<category>{it}</category><author>{it}</author>")).collect();
    let entry = item(&format!("<title>x</title>{lists}"));
    assert_eq!((entry.categories.len(), entry.authors.len()), (100, 100));

    let many = "<item><title>x</title></item>".repeat(ENTRIES_MAX + 1);
    let parsed = read(format!("<rss><channel>{many}</channel></rss>"));
    assert_eq!(parsed.feed.entries.len(), ENTRIES_MAX);
    assert_eq!(parsed.warnings, [Warning::TooManyEntries { limit: ENTRIES_MAX }]);
}

#[test]
fn depth_is_flattened() {
    let deep = format!("{}x{}", "<div>".repeat(20_000), "</div>".repeat(20_000));
    let entry = item(&format!("<title>t</title><description>{deep}</description>"));
    assert_eq!((entry.title.as_str(), entry.summary.as_deref()), ("t", Some("x")));
    check(TWO.replace("<title>One", &format!("{}<title>One", "<x>".repeat(20_000))), BOTH);
    // The JSON reader refuses such a document as a whole.
    let deep = format!("{{\"items\": [{{\"id\": 1, \"x\": {}", "[".repeat(100_000));
    assert!(matches!(feed(&document(deep)), Err(ParseError::Malformed { .. })));
}

#[test]
fn hostile_documents_cost_linear_time() {
    for piece in [
        "<a>",
        "<item>",
        "<title>",
        "<x y='1' ",
        "<a b=\"",
        "<![CDATA[",
        "<b><![CDATA[</b>",
        "<!DOCTYPE [>",
        "<source>",
        "<author>",
        "&#",
        "<b/>",
        "<image>",
        "<content>",
    ] {
        for start in ["<rss><channel><item><title>t</title>", "<feed><entry><content>"] {
            for end in ["", "]]>"] {
                let _ = feed(&document(format!("{start}{}{end}", piece.repeat(50_000))));
            }
        }
    }
    let attributes: String = (0..50_000).map(|n| format!(" a{n}='x'")).collect();
    check(TWO.replace("<item>", &format!("<item{attributes}>")), BOTH);
    let _ = feed(&document("[".repeat(100_000)));
    let _ = feed(&document("{\"items\":[".repeat(100_000)));
}
