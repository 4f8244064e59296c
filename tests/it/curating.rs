//! `eval curate` briefs single stories as the daemon does, each statement with its receipt.

use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

use crate::house::program;

const TEXT: &str = "Fernwave will let other cloud companies host its Tern database from June, ending four years in which only its own data centres could run it.\n\n\
    Three hosting firms in Oslo have signed contracts to offer Tern at a price of $30 a month. \
    Customers who run Tern 3 must upgrade before they can move, because the older format is tied to Fernwave's disks.\n\n\
    Cloud revenue at Fernwave rose 12% to $1.2 billion last year, the largest rise since 2027.";

#[test]
fn each_line_becomes_a_briefing_whose_receipts_verify() {
    let dir = tempfile::tempdir().expect("a folder");
    let input = dir.path().join("in.jsonl");
    let out = dir.path().join("out.jsonl");
    let story = json!({
        "id": "s1", "publisher": "Example Monitor", "url": "https://monitor.example/1",
        "title": "Fernwave opens its Tern database", "text": TEXT, "published": "2031-03-05T10:00:00Z",
        "reference": "Fernwave lets other clouds host its Tern database.", "topics": ["Tern database"],
    });
    let bare = json!({ "id": 2, "title": "Nothing to say", "text": "" });
    std::fs::write(&input, format!("{story}\n\n{bare}\n")).expect("a file");

    let run =
        program().args(["eval", "curate"]).arg(&input).arg("--out").arg(&out).output().expect("it runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let scores = String::from_utf8_lossy(&run.stdout);
    for part in
        ["stories: 2, 1 without a summary", "ROUGE-1/2/L: ", "topics F1@5/@10: ", "(100.0 %)", "CPU: "]
    {
        assert!(scores.contains(part), "{part} in {scores}");
    }
    // The gate drops no quotation, so it has nothing to count.
    assert!(!scores.contains("gate: "), "{scores}");

    let written = std::fs::read_to_string(&out).expect("results");
    let lines: Vec<Value> = written.lines().map(|it| serde_json::from_str(it).expect("JSON")).collect();
    assert_eq!(lines[0]["id"], "s1");
    assert_eq!(lines[1]["id"], 2);
    assert_eq!(lines[1]["briefing"]["engine"], "none");
    let topics = lines[0]["topics"].as_array().expect("a list");
    assert!((1..=10).contains(&topics.len()), "{topics:?}");
    let summary = lines[0]["briefing"]["summary"].as_array().expect("a list");
    assert!(!summary.is_empty());
    for receipt in summary.iter().flat_map(|it| it["receipts"].as_array().expect("a list")) {
        let place = |key: &str| receipt[key].as_u64().expect("an offset") as usize;
        let quote = &TEXT[place("start")..place("end")];
        assert_eq!(receipt["quote"], quote);
        assert_eq!(receipt["sha256"], format!("{:x}", Sha256::digest(quote)));
    }

    // Without `--out`, results and scores change places.
    let run = program().args(["eval", "curate"]).arg(&input).output().expect("it runs");
    let results = String::from_utf8_lossy(&run.stdout).into_owned();
    assert_eq!(results, written);
    assert!(String::from_utf8_lossy(&run.stderr).contains("stories: 2"));
}

#[test]
fn a_line_that_is_no_story_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let input = dir.path().join("in.jsonl");
    std::fs::write(&input, "{\"id\": 1}\n{\"id\": \n").expect("a file");
    let run = program().args(["eval", "curate"]).arg(&input).output().expect("it runs");
    assert_eq!(run.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&run.stderr).contains("line 2"));
}
