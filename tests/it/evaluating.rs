//! `eval` measures what the daemon would decide, without a configuration.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::house::program;

const ARTICLES: &str = r#"{"id": 1, "publisher": "Wire", "url": "https://wire.example/a", "title": "Corvane gives away its Finch 3 language model", "text": "", "published": "2026-03-01T10:00:00Z", "cluster": "finch"}
{"id": 2, "publisher": "Review", "url": "https://review.example/b", "title": "Corvane gives away language model Finch 3", "text": "", "published": "2026-03-01T11:00:00Z", "cluster": "finch"}

{"id": 3, "publisher": "Review", "url": "https://review.example/c", "title": "Corvane gives away language model Finch 4", "text": "", "published": "2026-03-01T12:00:00Z", "cluster": "finch-4"}
"#;

const PAIRS: &str = r#"{"id": "x", "a": "Bomber kills 3 soldiers in Kabul market", "b": "Bomber kills three soldiers in Kabul's market", "score": 5}
{"id": "y", "a": "Bomber kills 3 soldiers in Kabul market", "b": "Anvils sell well", "score": 0}
"#;

fn eval(kind: &str, input: &str, out: Option<&str>) -> (Output, Option<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("in.jsonl"), input).expect("the folder takes files");
    let mut command = program();
    command.args(["eval", kind, "in.jsonl"]).current_dir(folder.path());
    if let Some(out) = out {
        command.args(["--out", out]);
    }
    let output = command.output().expect("it runs");
    let written = out.and_then(|it| fs::read_to_string(folder.path().join(it)).ok());
    (output, written)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|it| serde_json::from_str(it).expect("JSON")).collect()
}

#[test]
fn articles_get_their_story_and_their_wider_group() {
    let (output, written) = eval("dedup", ARTICLES, Some("out.jsonl"));
    assert!(output.status.success());
    let decided = lines(&written.expect("a file"));
    let of = |key: &str| decided.iter().map(|it| it[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("id"), [1, 2, 3]);
    assert_eq!(of("cluster"), [1, 1, 3]);
    assert_eq!(of("related"), [1, 1, 1]);
    let scores = String::from_utf8(output.stdout).expect("UTF-8");
    for expected in ["stories: pair precision 100.00 %", "B-cubed", "misplaced 0.00 %", "entries per second"]
    {
        assert!(scores.contains(expected), "{scores}");
    }
}

#[test]
fn without_a_file_decisions_go_to_stdout_and_scores_to_stderr() {
    let (output, _) = eval("pairs", PAIRS, None);
    assert!(output.status.success());
    let decided = lines(&String::from_utf8(output.stdout).expect("UTF-8"));
    assert_eq!((&decided[0]["same"], &decided[1]["same"]), (&true.into(), &false.into()));
    assert!(decided[1]["score"].as_f64() < decided[0]["score"].as_f64());
    let scores = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(scores.contains("recall at precision .95: 100.00 %"), "{scores}");
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let (output, _) = eval("dedup", "{\"id\": 1, \"title\": \"A\"}\n{\"title\": 7}\n", None);
    assert_eq!(output.status.code(), Some(65));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("line 2"), "{said}");
}

const CLAIMS: &str = r#"{"id": 1, "title": "Corvane opens its harbour", "publisher": "Wire", "published": "2026-03-01T10:00:00Z", "sentences": ["Ships can book cranes of Corvane in Emsund from May.", "A booking took 35 minutes in a trial."], "statement": "In a trial, a booking took 35 minutes.", "evidence": [2], "supported": true, "kind": "true", "field": "insight"}
{"id": 2, "title": "Corvane opens its harbour", "sentences": ["A booking took 35 minutes in a trial."], "statement": "In a trial, a booking took 36 minutes.", "evidence": [1], "supported": false, "kind": "invented number"}
{"id": 3, "title": "Corvane opens its harbour", "sentences": ["A booking took 35 minutes in a trial."], "statement": "Organisations of every size found bananas and oranges in chocolate.", "evidence": [1], "supported": true, "kind": "true"}
"#;

#[test]
fn statements_are_held_against_their_story() {
    let (output, written) = eval("claims", CLAIMS, Some("out.jsonl"));
    assert!(output.status.success(), "{output:?}");
    let decided = lines(&written.expect("a file"));
    let passes: Vec<_> = decided.iter().map(|it| it["passes"].clone()).collect();
    assert_eq!(passes, [true, false, false]);
    assert_eq!(decided[0]["findings"], serde_json::json!([]));
    assert!(decided[1]["findings"][0].as_str().is_some_and(|it| it.contains("36")), "{decided:?}");
    let scores = String::from_utf8(output.stdout).expect("UTF-8");
    for expected in [
        "true statements refused: 1 of 2 (50.0 %)",
        "false statements passed: 0 of 1 (0.0 %)",
        "  invented number: 0 of 1",
    ] {
        assert!(scores.contains(expected), "{scores}");
    }
}
