//! How problems are shown, and files that are nothing but problems.

use super::*;

#[test]
fn a_file_that_cannot_be_read_is_a_problem_like_any_other() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("bylined.toml");
    let message = |file: &Path| load(file, &env()).map(|_| ()).map_err(|it| it.problems()[0].message.clone());
    assert!(message(&file).is_err_and(|it| it.starts_with("cannot be read")));
    std::fs::write(&file, b"[site]\ntitle = \"\xe9\"").expect("written");
    assert_eq!(message(&file), Err("is not UTF-8 on line 2".into()));
    std::fs::write(&file, "\u{feff}[site]\r\ntitle = \"A\"\r\n").expect("written");
    assert_eq!(message(&file), Ok(()));
}

#[test]
fn ten_thousand_problems_are_all_reported() {
    let source = |n| format!("[[source]]\nid = \"s{n}\"\nurl = \"https://s{n}.example/\"\nevery = \"1 h\"\n");
    let toml: String = (0..10_000).map(source).collect();
    assert_eq!(problems(&toml).len(), 10_000);
}

#[test]
fn no_text_makes_the_reader_panic() {
    for toml in [
        "\0",
        "[",
        "[[",
        "=",
        "a.b.c.d=1",
        "[source]",
        "source = 1",
        "[[source.x]]",
        "site = []",
        "\u{feff}",
        "[site]\n[site]",
        "[[source]]\nurl.x = 1",
        "fetch.timeout.x = \"1s\"",
        "x = \"\\u0000\"",
        "output = [1, {}, []]",
    ] {
        assert!(
            parse("test.toml", toml, &env()).is_ok() == toml.trim_start_matches('\u{feff}').is_empty(),
            "{toml}"
        );
    }
    let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parse("test.toml", &deep, &env()).is_err());
}

#[test]
fn the_report_shows_the_key_in_its_file() {
    let errors = parse("test.toml", "[schedule]\nevery = \"5 min\"\n", &env()).expect_err("a bad duration");
    assert_eq!(errors.to_string(), "`test.toml` cannot be used: 1 error");
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none());
    let mut shown = String::new();
    handler.render_report(&mut shown, &errors).expect("rendered");
    assert!(shown.contains("schedule.every: \"5 min\" is not a duration"), "{shown}");
    assert!(shown.contains("test.toml:2:9"), "{shown}");
    assert!(shown.contains("help: write \"5m\""), "{shown}");
    assert_eq!(
        serde_json::to_value(errors.problems().last()).expect("JSON"),
        json!({ "path": "schedule.every", "line": 2, "column": 9, "message": "\"5 min\" is not a duration", "help": "write \"5m\"", "severity": "error" })
    );
}
