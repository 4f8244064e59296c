//! Names, secrets and references from one table to another.

use super::*;

#[test]
fn secrets_never_stand_in_the_file() {
    let keys = r#"write api_key = { env = "NAME" }, { file = "/path" } or { credential = "name" }"#;
    check(
        "[curation.llm]\nmodel = \"m\"\napi_key = \"sk-12345\"",
        &[&format!("3:11: curation.llm.api_key: is a secret, and secrets never stand in the file; {keys}")],
    );
    for toml in [
        "[curation.llm]\nmodel = \"m\"\napi_key = \"hunter2\"",
        "[curation.llm]\nmodel = \"m\"\napi_kee = 1\napi_key = hunter2",
        "[[source]]\nurl = \"https://a.example/\"\nheaders = { Authorization = \"hunter2\" }",
        "[[source]]\nurl = \"https://a.example/\"\nauth = { bearer = \"hunter2\" }",
        "[[source]]\nurl = \"https://a.example/\"\nauth = { basic = { user = \"ann\", password = \"hunter2\" } }",
        "[[source]]\nurl = \"https://ann:hunter2@a.example/\"",
        "[[source]]\nurl = \"htp://ann:hunter2@a.example/\"",
        "[curation.llm]\nmodel = \"m\"\nendpoint = \"https://ann:hunter2@a.example/\"",
    ] {
        let problems = problems(toml);
        assert!(!problems.is_empty(), "{toml}");
        for problem in problems {
            let shown = format!("{:?}", miette::Report::new(problem.clone()));
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
        }
    }
}

#[test]
fn user_info_becomes_credentials_and_unlists_the_feed() {
    let toml = "[[source]]\nurl = \"https://ann:p%40ss@a.example/feed\"";
    let config = parse("test.toml", toml, &env()).expect("usable").config;
    let source = &config.sources[0];
    assert_eq!(source.url.as_str(), "https://a.example/feed");
    assert!(!source.listed);
    let Some(Auth::Basic { user, password: Secret::Given(password) }) = &source.auth else {
        panic!("{:?}", source.auth)
    };
    assert_eq!((user.as_str(), password.reveal()), ("ann", "p@ss"));
    assert!(!format!("{config:?}").contains("p@ss"));
    assert_eq!(problems(toml).len(), 1);
}

#[test]
fn a_secret_is_kept_in_exactly_one_place() {
    check(
        "[curation.llm]\nmodel = \"m\"\napi_key = { env = \"A\", file = \"/b\" }",
        &[
            r#"3:11: curation.llm.api_key: has more than one of its keys; write api_key = { env = "NAME" }, { file = "/path" } or { credential = "name" }"#,
        ],
    );
    check(
        "[curation.llm]\nmodel = \"m\"\napi_key = { file = \"key\" }",
        &[
            r#"3:20: curation.llm.api_key.file: "key" is not an absolute path; write one like "/etc/bylined/key""#,
        ],
    );
}

#[test]
fn ids_are_unique_and_never_those_of_our_own_paths() {
    check(
        "[[source]]\nurl = \"https://a.example/1\"\n[[source]]\nurl = \"https://a.example/2\"\n[[output]]\nid = \"for\"\n[[output]]\nid = \"Top Ten\"\n[[output]]\nid = \"x\"\n[[output]]\nid = \"x\"",
        &[
            "4:7: source[1].url: `a-example` is taken by source[0].url; write an `id` of its own; it must never change",
            r#"6:6: output[0].id: "for" is reserved; write another id than topic, for, health"#,
            r#"8:6: output[1].id: "Top Ten" is not an id; lower-case letters, digits and `-` only; write "top-ten""#,
            "12:6: output[3].id: `x` is taken by output[2].id; write another id",
        ],
    );
    check(
        "[[topic]]\nname = \"AI\"\n[[topic]]\nname = \"ai\"\n[[audience]]\nname = \"日本\"",
        &[
            "4:8: topic[1].name: `ai` is taken by topic[0].name; write another name; both would have the same address",
            r#"6:8: audience[0].name: "日本" gives no path; its address is made of the Latin letters and digits in it; write at least one"#,
        ],
    );
}

#[test]
fn references_are_checked_wherever_their_tables_stand() {
    check(
        r#"[[output]]
id = "x"
topics = ["AI", "clowd"]
audiences = ["ctoo"]
sources = ["a-exmple", "b"]
[[audience]]
name = "CTO"
topics = ["ai"]
[[topic]]
name = "AI"
[[topic]]
name = "Cloud"
[[source]]
url = "https://a.example/"
[[source]]
id = "b"
url = 1
"#,
        &[
            r#"3:17: output[0].topics[1]: `clowd` is no [[topic]] of yours; did you mean "cloud"?"#,
            r#"4:14: output[0].audiences[0]: there is no audience "ctoo"; did you mean "cto"?"#,
            r#"5:12: output[0].sources[0]: there is no source "a-exmple"; did you mean "a-example"?"#,
            r#"17:7: source[1].url: is a whole number, not text; write text in quotes"#,
        ],
    );
}
