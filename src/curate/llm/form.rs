//! Reads the form of a model's answer, however it is wrapped: what is clear is read, and one odd
//! item costs that item alone.

use serde_json::Map;
use serde_json::Value;

use crate::domain::StatementField;
use crate::text::sentence;

/// Characters of an answer that are read.
const ANSWER_CHARS_MAX: usize = 64 << 10;
/// Opening braces of an answer that are tried.
const OBJECTS_MAX: usize = 64;
/// Objects or lists around the form that was asked for.
const WRAPPERS_MAX: usize = 3;
/// Sentences of a field that is written as one text.
const SENTENCES_MAX: usize = 12;

/// A briefing as a model answers it.
#[derive(Debug, Default)]
pub(super) struct LlmBriefing {
    summary: Vec<Said>,
    key_takeaway: Vec<Said>,
    key_insights: Vec<Said>,
    principles: Vec<Said>,
    in_practice: Vec<Said>,
    /// What could not be read, for the record.
    pub unread: Vec<String>,
}

impl LlmBriefing {
    /// The statements of a field.
    pub(super) fn of(&self, field: StatementField) -> &[Said] {
        match field {
            StatementField::Summary => &self.summary,
            StatementField::KeyTakeaway => &self.key_takeaway,
            StatementField::KeyInsights => &self.key_insights,
            StatementField::Principles => &self.principles,
            StatementField::InPractice => &self.in_practice,
        }
    }

    fn of_mut(&mut self, field: StatementField) -> &mut Vec<Said> {
        match field {
            StatementField::Summary => &mut self.summary,
            StatementField::KeyTakeaway => &mut self.key_takeaway,
            StatementField::KeyInsights => &mut self.key_insights,
            StatementField::Principles => &mut self.principles,
            StatementField::InPractice => &mut self.in_practice,
        }
    }
}

/// A statement as a model answers it.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub text: String,
    /// Positions of the sentences it cites; some may not exist.
    pub evidence: Vec<usize>,
    /// Whom it is for; empty for everyone.
    pub audience: String,
}

impl Said {
    /// A statement with its evidence, counted from 1.
    pub(super) fn new(text: &str, evidence: &[usize]) -> Self {
        let evidence = evidence.iter().filter_map(|it| it.checked_sub(1)).collect();
        Self { text: text.to_owned(), evidence, audience: String::new() }
    }
}

/// What a model answered: a briefing, the sentences of a part that it keeps, or verdicts.
#[derive(Debug, Default)]
pub(super) struct ReplyForm {
    pub briefing: Option<LlmBriefing>,
    pub keep: Option<Vec<usize>>,
    pub verdicts: Option<Vec<VerifierVerdict>>,
}

/// What a verifier says of one statement.
#[derive(Debug)]
pub(super) struct VerifierVerdict {
    /// Counted from 1.
    pub n: usize,
    pub follows: bool,
    /// Why not.
    pub wrong: String,
}

/// The last object of a text that has the form of an answer, without what is said around it. Plans
/// and drafts stand before what they lead to.
pub(super) fn read(answer: &str) -> Option<ReplyForm> {
    let text = &answer[..answer.floor_char_boundary(ANSWER_CHARS_MAX)];
    let mut found = None;
    let mut from = 0;
    for _ in 0..OBJECTS_MAX {
        let Some(at) = text[from..].find('{').map(|it| from + it) else { break };
        from = at + 1;
        let Some((object, end)) = object(&text[at..]) else { continue };
        if let Some(form) = unwrapped(&object, WRAPPERS_MAX).map(ReplyForm::of) {
            found = Some(form);
        }
        from = at + end;
    }
    found
}

/// The object at the beginning of the text with its length. A comma behind the last item and line
/// breaks within strings are no JSON, and clear.
fn object(text: &str) -> Option<(Value, usize)> {
    let mut mended = String::new();
    let (mut depth, mut is_string, mut is_escaped) = (0usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_string => is_escaped = true,
            '"' => is_string = !is_string,
            '{' | '[' if !is_string => depth += 1,
            '}' | ']' if !is_string => {
                let length = mended.trim_end().len();
                if mended[..length].ends_with(',') {
                    mended.truncate(length - 1);
                }
                depth = depth.checked_sub(1)?;
            }
            _ => {}
        }
        mended.push(if is_string && c.is_control() { ' ' } else { c });
        if depth == 0 {
            return Some((serde_json::from_str(&mended).ok()?, at + c.len_utf8()));
        }
    }
    None
}

/// The object that holds the fields, within objects and lists of one that wrap it.
fn unwrapped(value: &Value, wrappers: usize) -> Option<&Map<String, Value>> {
    match value {
        Value::Object(it) if it.keys().any(|key| is_of_form(&name(key))) => Some(it),
        Value::Object(it) if 0 < wrappers => it.values().find_map(|it| unwrapped(it, wrappers - 1)),
        Value::Array(it) if 0 < wrappers && it.len() == 1 => unwrapped(&it[0], wrappers - 1),
        _ => None,
    }
}

/// Whether a bare key is one of those that were asked for.
fn is_of_form(name: &str) -> bool {
    matches!(name, "keep" | "verdict") || field(name).is_some()
}

/// A key without case, signs and plural: "Key Takeaways" is `key_takeaway`.
fn name(key: &str) -> String {
    let bare: String = key.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    bare.strip_suffix('s').unwrap_or(&bare).to_owned()
}

/// The field that a bare key names; what a model adds of its own is left aside.
fn field(name: &str) -> Option<StatementField> {
    match name {
        "summary" => Some(StatementField::Summary),
        "keytakeaway" | "takeaway" => Some(StatementField::KeyTakeaway),
        "keyinsight" | "insight" => Some(StatementField::KeyInsights),
        "principle" => Some(StatementField::Principles),
        "inpractice" | "practice" => Some(StatementField::InPractice),
        _ => None,
    }
}

impl ReplyForm {
    fn of(fields: &Map<String, Value>) -> Self {
        let mut form = Self::default();
        for (key, value) in fields {
            let name = name(key);
            if name == "keep" {
                form.keep = Some(numbers(value));
            } else if name == "verdict" {
                form.verdicts = Some(value.as_array().into_iter().flatten().filter_map(verdict).collect());
            } else if let Some(field) = field(&name) {
                *form.briefing().of_mut(field) = form.items(field, value);
            }
        }
        form
    }

    fn briefing(&mut self) -> &mut LlmBriefing {
        self.briefing.get_or_insert_default()
    }

    /// The statements of a field: of a list, or the one that stands for a list of one.
    fn items(&mut self, field: StatementField, value: &Value) -> Vec<Said> {
        let unread = &mut self.briefing().unread;
        let mut items = Vec::new();
        match value {
            Value::Null => {}
            Value::String(text) => {
                let cut = sentence::cut(text, SENTENCES_MAX);
                items.extend(cut.into_iter().map(|it| Said::new(&text[it.range], &[])));
            }
            Value::Array(list) => {
                for it in list.iter().filter(|it| !it.is_null()) {
                    match item(it) {
                        Some(said) => items.push(said),
                        None => unread.push(format!("{field}: an item without a text was left out")),
                    }
                }
            }
            _ => match item(value) {
                Some(said) => items.push(said),
                None => unread.push(format!("{field}: it is no list of statements")),
            },
        }
        items
    }
}

fn item(value: &Value) -> Option<Said> {
    let Value::Object(fields) = value else {
        return value.as_str().map(|it| Said::new(it, &[]));
    };
    let of = |names: &[&str]| fields.iter().find(|it| names.contains(&&*name(it.0))).map(|it| it.1);
    let text = of(&["text", "statement", "sentence"])?.as_str()?.to_owned();
    let evidence = of(&["evidence", "source", "citation"]).map(numbers).unwrap_or_default();
    let audience = match of(&["audience"]) {
        Some(Value::String(it)) => it.clone(),
        Some(Value::Array(list)) => list.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    Some(Said { text, evidence, audience })
}

/// A verdict that says clearly whether it is a yes or a no; anything else is none.
fn verdict(value: &Value) -> Option<VerifierVerdict> {
    let fields = value.as_object()?;
    let of = |wanted: &str| fields.iter().find(|it| name(it.0) == wanted).map(|it| it.1);
    let n = of("n")?.as_u64().and_then(|it| usize::try_from(it).ok())?;
    let follows = match of("follow")? {
        Value::Bool(it) => *it,
        Value::String(it) => match it.trim().to_lowercase().as_str() {
            "yes" | "true" => true,
            "no" | "false" => false,
            _ => return None,
        },
        _ => return None,
    };
    let wrong = of("wrong").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(VerifierVerdict { n, follows, wrong })
}

/// The positions of sentences that are named as 3, "3", "S3", "[S3, S4]" or a list of these.
fn numbers(value: &Value) -> Vec<usize> {
    let position = |number: u64| usize::try_from(number).ok()?.checked_sub(1);
    match value {
        Value::Array(list) => list.iter().filter(|it| !it.is_array()).flat_map(numbers).collect(),
        Value::String(text) => {
            let words = text.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
            words.filter_map(|it| position(it.trim_start_matches(['S', 's']).parse().ok()?)).collect()
        }
        _ => value.as_u64().and_then(position).into_iter().collect(),
    }
}

/// A text without the marks that models write and readers do not: bullets, emphasis, code, and the
/// numbers of sentences.
pub(super) fn without_marks(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_bullet = |it: &str| it.chars().all(|c| matches!(c, '-' | '*' | '•' | '#' | '–' | '·'));
    let text = text.split_once(' ').filter(|it| is_bullet(it.0)).map_or(&*text, |it| it.1);
    let unmarked = unpaired(&unpaired(&unpaired(text, "**"), "*"), "`");
    without_numbers(&unmarked)
}

/// A text without a mark that stands around some of its words.
fn unpaired(text: &str, mark: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(mark) {
        let inner = from.split_once(mark).map(|it| it.0);
        let is_around = |it: &&str| !it.is_empty() && it.trim() == *it;
        left.push_str(before);
        match inner.filter(is_around) {
            Some(inner) => {
                left.push_str(inner);
                rest = &from[inner.len() + mark.len()..];
            }
            None => {
                left.push_str(mark);
                rest = from;
            }
        }
    }
    left + rest
}

/// A text without the numbers of sentences that models like to write behind them: "[S1, S2]",
/// "(S3)", "[4][5]".
fn without_numbers(text: &str) -> String {
    /// Digits of a number that can be a sentence's: "[2031]" is a year.
    const DIGITS_MAX: usize = 3;
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', '(']) {
        let (before, from) = rest.split_at(at);
        left.push_str(before);
        let end = from.find([']', ')']).map_or(0, |it| it + 1);
        let inner = from.get(1..end.saturating_sub(1)).unwrap_or_default();
        let is_number = |it: &str| {
            let it = it.trim();
            let digits = it.trim_start_matches(['S', 's']);
            let is_meant = digits.len() < it.len() || from.starts_with('[') && digits.len() <= DIGITS_MAX;
            is_meant && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
        };
        if !inner.is_empty() && inner.split([',', ';']).all(is_number) {
            left.truncate(left.trim_end().len());
            rest = &from[end..];
        } else {
            left.push_str(&from[..1]);
            rest = &from[1..];
        }
    }
    left + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = r#"{"text":"Acme opens its cloud.","evidence":[1,2],"audience":"CTO"}"#;

    /// What is read of a summary: each statement with its evidence and audience.
    #[track_caller]
    fn check(answer: &str, expected: &[(&str, &[usize], &str)]) {
        let briefing = read(answer).and_then(|it| it.briefing).unwrap_or_default();
        let found: Vec<_> =
            briefing.summary.iter().map(|it| (&*it.text, &*it.evidence, &*it.audience)).collect();
        assert_eq!(found, expected, "{answer}");
    }

    #[test]
    fn an_answer_is_found_within_what_is_said_around_it() {
        let form = format!(r#"{{"summary":[{ITEM}]}}"#);
        let expected: &[(&str, &[usize], &str)] = &[("Acme opens its cloud.", &[0, 1], "CTO")];
        for it in [
            form.clone(),
            format!("```json\n{form}\n```"),
            format!("\u{feff}{form}"),
            format!("Here it is: {form}\n\nNote: {{principles}} stay empty."),
            format!("The form is {{\"summary\": [...]}}, so:\n{form}"),
            format!("{{\"plan\": \"lead with S1\"}} {form}"),
            format!(r#"{{"summary":[{{"text":"A draft."}}]}} Better: {form}"#),
            format!(r#"{{"briefing":{form}}}"#),
            format!(r#"{{"result":[{{"briefing":{form}}}]}}"#),
            form.replace("]}", "],}"),
            form.replace("summary", "Summary"),
        ] {
            check(&it, expected);
        }
        check(&form.replace("its cloud", "its\ncloud"), &[("Acme opens its cloud.", &[0, 1], "CTO")]);
    }

    #[test]
    fn one_odd_item_costs_that_item_alone() {
        let acme = ("Acme opens its cloud.", &[][..], "");
        check(r#"{"summary":[{"text":"Acme opens its cloud.","evidence":null,"audience":null}]}"#, &[acme]);
        check(r#"{"summary":[{"text":null},7,[],"Acme opens its cloud.",null]}"#, &[acme]);
        check(r#"{"summary":{"text":"Acme opens its cloud."}}"#, &[acme]);
        check(r#"{"summary":"Acme opens its cloud. Prices fall."}"#, &[acme, ("Prices fall.", &[], "")]);
        check(r#"{"summary":null}"#, &[]);
        let briefing = read(r#"{"summary":[7],"Key Takeaways":3}"#).and_then(|it| it.briefing);
        assert_eq!(briefing.map(|it| it.unread.len()), Some(2));
    }

    #[test]
    fn evidence_is_read_however_it_is_written() {
        for it in ["3", "\"3\"", "\"S3\"", "[\"[S3]\"]", "[3,0,-1,2.5,{}]", "\" s3 \""] {
            let answer = format!(r#"{{"summary":[{{"text":"A","evidence":{it}}}]}}"#);
            check(&answer, &[("A", &[2], "")]);
        }
        check(r#"{"summary":[{"text":"A","evidence":"S1, S4"}]}"#, &[("A", &[0, 3], "")]);
        assert_eq!(read(r#"{"keep":"3, S2"}"#).and_then(|it| it.keep), Some(vec![2, 1]));
    }

    #[test]
    fn what_has_no_form_is_no_answer() {
        for it in ["", "{", "}{", "{}", "[]", "{\"text\":\"A\"}", "{{{{", "{\"summary\":"] {
            assert!(read(it).is_none(), "{it}");
        }
    }

    #[test]
    fn no_mark_is_shown() {
        for (marked, expected) in [
            ("- **Acme** opens its `cloud`.", "Acme opens its cloud."),
            ("• *Acme* opens [1][2].", "Acme opens."),
            ("Acme opens [S1, S2].", "Acme opens."),
            ("Acme opens (S3; S4).", "Acme opens."),
            ("Acme paid 5 * 3 * 2 (2) in [2031].", "Acme paid 5 * 3 * 2 (2) in [2031]."),
            ("Acme\u{202f}opens\u{a0}it.", "Acme opens it."),
        ] {
            assert_eq!(without_marks(marked), expected);
        }
    }
}
