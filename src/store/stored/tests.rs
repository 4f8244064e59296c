use serde_json::Value;
use serde_json::json;

use super::form::Form;
use super::unreadable::REASON_CHARS_MAX;
use super::*;
use crate::domain::Briefing;
use crate::domain::Enclosure;
use crate::domain::Engine;
use crate::domain::EntryId;
use crate::domain::FieldValue;
use crate::domain::Made;
use crate::domain::Origin;
use crate::domain::PollHints;
use crate::domain::Receipt;
use crate::domain::Record;
use crate::domain::Review;
use crate::domain::Slug;
use crate::domain::SnapshotId;
use crate::domain::Statement;
use crate::domain::StoryField;
use crate::domain::Takeaway;
use crate::domain::Timestamp;
use crate::domain::Topic;

fn statement(text: &str) -> Statement {
    let quote = text.to_owned();
    let receipt = Receipt {
        entry: EntryId(7),
        snapshot: SnapshotId(3),
        is_of_abstract: true,
        url: "https://a.example/1".to_owned(),
        start: 4,
        end: 24,
        quote,
        sha256: "ab".to_owned(),
        is_quote_shown: true,
    };
    Statement { text: text.to_owned(), made: Made::Rule, receipts: vec![receipt] }
}

fn briefing() -> Briefing {
    Briefing {
        engine: Engine::Mixed,
        summary: vec![statement("Acme sold 5 anvils.")],
        key_takeaway: vec![Takeaway { audience: Some("CTO".to_owned()), statement: statement("Keep two.") }],
        topics: vec![Topic { name: "Iron".to_owned(), slug: Slug::of("Iron").expect("letters") }],
        best_for: vec!["CTO".to_owned()],
        ..Briefing::default()
    }
}

fn record() -> Record {
    Record { model: "m".to_owned(), requests: vec!["r".to_owned()], is_unanswered: true, ..Record::default() }
}

fn review() -> Review {
    Review { by: "Mara Quill".to_owned(), at: Timestamp::from_secs(1_795_168_800) }
}

fn hints() -> PollHints {
    let hour = std::time::Duration::from_secs(3_600);
    PollHints { ttl: Some(hour), skip_days: vec![chrono::Weekday::Sun], ..PollHints::default() }
}

fn origin() -> Origin {
    Origin { title: "A".to_owned(), feed_url: "https://a.example/feed".parse().ok(), home: None }
}

fn enclosure() -> Enclosure {
    let url = "https://a.example/1.mp3".parse().expect("an address");
    Enclosure { url, media_type: Some("audio/mpeg".to_owned()), length_bytes: Some(9) }
}

/// What is wrong with a form in which a change was made; nothing where it reads as before.
#[track_caller]
fn why<F: Form<Value: PartialEq + std::fmt::Debug>>(value: &F::Value, change: impl Fn(&mut Value)) -> String {
    let mut json = serde_json::from_str(&to_json::<F>(value)).expect("JSON");
    change(&mut json);
    match from_json::<F>(json.to_string().as_bytes()) {
        Ok(it) => {
            assert_eq!(it, *value);
            String::new()
        }
        Err(error) => error.to_string(),
    }
}

/// Every form is read as it was written, with keys that it does not know, and without a version;
/// it is refused by a later version, cut anywhere, and without any of `keys`.
#[track_caller]
fn check<F: Form<Value: PartialEq + std::fmt::Debug>>(value: &F::Value, keys: &[&str]) {
    assert_eq!(why::<F>(value, |_| ()), "");
    assert_eq!(why::<F>(value, |it| it["mood"] = json!({ "calm": [1] })), "");
    assert_eq!(why::<F>(value, |it| drop(it.as_object_mut().expect("an object").remove("version"))), "");
    for version in [json!(F::VERSION + 1), json!(u64::MAX)] {
        let expected = format!(
            "the stored {} cannot be read: it has version {version}, this bylined knows {}; use the bylined that wrote it",
            F::WHAT,
            F::VERSION
        );
        assert_eq!(why::<F>(value, |it| it["version"] = version.clone()), expected);
        // Also where the form has changed.
        assert_eq!(why::<F>(value, |it| *it = json!({ "version": version.clone() })), expected);
    }
    for key in keys {
        let without = why::<F>(value, |it| drop(it.as_object_mut().expect("an object").remove(*key)));
        assert!(without.contains(&format!("missing field `{key}`")), "{key}: {without}");
    }
    let whole = to_json::<F>(value);
    for end in 0..whole.len() {
        assert!(from_json::<F>(&whole.as_bytes()[..end]).is_err(), "{}", &whole[..end]);
    }
    for other in ["null", "7", "\"x\"", "{\"version\":-1}", "{\"version\":\"1\"}"] {
        assert!(from_json::<F>(other.as_bytes()).is_err(), "{other}");
    }
    assert!(from_json::<F>(b"{\xff}").is_err());
}

#[test]
fn every_form_is_read_in_every_version_and_refused_where_it_is_damaged() {
    let of_briefing = [
        "engine",
        "summary",
        "key_takeaway",
        "key_insights",
        "principles",
        "in_practice",
        "topics",
        "best_for",
        "differs",
    ];
    check::<StoredBriefing>(&briefing(), &of_briefing);
    check::<StoredRecord>(
        &record(),
        &["model", "prompt", "parameters", "requests", "millis", "is_unanswered"],
    );
    check::<StoredReview>(&review(), &["by", "at"]);
    check::<StoredHints>(&hints(), &[]);
    check::<StoredOrigin>(&origin(), &["title"]);
    check::<StoredEnclosure>(&enclosure(), &["url"]);
}

#[test]
fn what_a_briefing_is_made_of_is_read_whole_or_not_at_all() {
    let check = |path: &str, value: Value, expected: &str| {
        let put = |it: &mut Value| *it.pointer_mut(path).expect("a value") = value.clone();
        let why = why::<StoredBriefing>(&briefing(), put);
        assert!(why.contains(expected), "{path}: {why}");
    };
    let made = json!({ "text": "x", "made": "guessed", "receipts": [] });
    check("/summary/0", made, "unknown way of making `guessed`");
    check("/summary/0", json!({ "text": "x", "made": "llm" }), "missing field `receipts`");
    check("/summary/0", json!({ "made": "llm", "receipts": [] }), "missing field `text`");
    check("/summary/0/receipts/0", json!({ "entry": 7 }), "missing field `snapshot`");
    check("/summary/0/receipts/0/start", json!(-1), "invalid value");
    check("/summary/0/receipts/0/is_quote_shown", json!("yes"), "invalid type");
    check("/summary", json!("x"), "invalid type");
    check("/summary", json!(null), "missing field `summary`");
    check("/engine", json!("oracle"), "unknown engine `oracle`");
    check("/topics/0/slug", json!("A I"), "`A I` is not a slug");
    let without = json!({ "statement": { "text": "x", "made": "llm", "receipts": [] } });
    check("/key_takeaway/0", without, "missing field `audience`");
    // A reason does not repeat a text of any length.
    check("/best_for", json!("x".repeat(9_000)), "invalid type");
    let put = |it: &mut Value| it["best_for"] = json!("x".repeat(9_000));
    assert!(why::<StoredBriefing>(&briefing(), put).len() < 2 * REASON_CHARS_MAX);
    // What is left of a revision whose words are gone.
    assert_eq!(from_json::<StoredBriefing>(b"{}"), Ok(Briefing::default()));
}

#[test]
fn every_field_that_a_person_wrote_is_read_as_it_was_written() {
    let briefing = Briefing {
        key_insights: vec![statement("It kept two.")],
        principles: vec![statement("Two anvils are enough.")],
        in_practice: vec![statement("Sell the others.")],
        ..briefing()
    };
    for field in StoryField::ALL {
        let written = FieldValue::of(field, "A title", &briefing);
        let json = override_json(&written);
        let read = |json: &str| override_from(field.as_str(), json.as_bytes());
        assert_eq!(read(&json), Ok(written.clone()));
        let mut value: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(read(&value["value"].to_string()), Ok(written.clone()), "version 0 was the value alone");
        value["by"] = json!("x");
        assert_eq!(read(&value.to_string()), Ok(written.clone()));
        value["version"] = json!(2);
        let why = read(&value.to_string()).expect_err("a later version").to_string();
        assert!(why.contains("it has version 2, this bylined knows 1"), "{why}");
        for end in 0..json.len() {
            assert!(read(&json[..end]).is_err(), "{}", &json[..end]);
        }
        for other in ["null", "7", "{}", "{\"version\":1}", "{\"version\":1,\"value\":7}", "[7]", "[null]"] {
            assert!(read(other).is_err(), "{field}: {other}");
        }
    }
    assert!(override_from("dek", b"[]").is_err());
}

#[test]
fn what_may_hold_words_of_an_entry_is_known_by_its_receipts() {
    let entries = BTreeSet::from([7]);
    assert!(may_quote(to_json::<StoredBriefing>(&briefing()).as_bytes(), &entries));
    assert!(!may_quote(to_json::<StoredBriefing>(&briefing()).as_bytes(), &BTreeSet::from([8])));
    assert!(may_quote(b"[{\"quote\": \"x", &entries));
    assert!(!may_quote(b"\"A title of 7\"", &entries));
}
