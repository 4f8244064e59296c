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
