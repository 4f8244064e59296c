//! What a model wrote, as one sentence of plain words that may be shown.

use crate::domain::StatementField;
use crate::text::clean;
use crate::text::sentence;
use crate::text::word;

use super::super::boilerplate;
use super::form;
use super::prompt;

/// A statement with fewer words is none.
const WORDS_MIN: usize = 5;

/// A statement as clean text, or why it cannot be shown.
pub(super) fn statement(field: StatementField, text: &str) -> Result<String, String> {
    let chars_max = match field {
        StatementField::Summary | StatementField::KeyTakeaway => 400,
        StatementField::KeyInsights | StatementField::InPractice => 320,
        StatementField::Principles => 240,
    };
    let mut text = form::without_marks(&clean::line(text));
    if has_markup(&text) {
        return Err("it holds a link, an address or markup".to_owned());
    }
    if chars_max < text.chars().count() {
        return Err(format!("it is longer than {chars_max} characters"));
    }
    // What is left of a quotation that the model did not dare to repeat: "Fox, the chief, said.";
    // of "Prices fall, he said." the speaker stands behind what is said.
    let tail = text.rsplit([',', '”', '"']).next().unwrap_or_default();
    let is_rest = matches!(tail.trim_matches([' ', '.']), "said" | "says") && text.contains(',');
    if word::count(&text) < WORDS_MIN || is_rest {
        return Err("it is no sentence".to_owned());
    }
    if 2 < sentence::cut(&text, 3).len() {
        return Err("it is more than one sentence".to_owned());
    }
    // Advice speaks to the reader, and stands on sentences that are none of the publisher's own.
    let is_advice = matches!(field, StatementField::InPractice | StatementField::Principles);
    if !is_advice && boilerplate::is_unwanted(&text, &text.to_lowercase()) {
        return Err("it speaks to the reader".to_owned());
    }
    if !text.ends_with(['.', '!', '?', '…', '”', '"', '»']) {
        text.push('.');
    }
    Ok(text)
}

/// Whether a text holds what only we may put into an output, or what belongs to no sentence.
fn has_markup(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "://",
        "www.",
        "mailto:",
        "](",
        "**",
        "__",
        "##",
        "{",
        "}",
        "&lt;",
        "&#",
        "[S",
        "data:",
        "javascript:",
    ];
    let lower = text.to_lowercase();
    let is_tag =
        |it: &str| it.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?' | '|'));
    let is_mail =
        |it: &str| it.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
    SIGNS.iter().any(|it| text.contains(it) || lower.contains(it))
        || prompt::has_marker(text)
        || text.split('<').skip(1).any(is_tag)
        || text.split_whitespace().any(is_mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let found = statement(StatementField::Summary, text);
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
    }

    #[test]
    fn a_statement_is_one_plain_sentence() {
        check("Acme opens its cloud to all", Ok("Acme opens its cloud to all."));
        check("Acme opens its cloud to all [S1, S22].", Ok("Acme opens its cloud to all."));
        check("Acme (a maker of anvils) opens its cloud.", Ok("Acme (a maker of anvils) opens its cloud."));
        check("Acme", Err("it is no sentence"));
        check("Ada Fox, the chief of all of Acme, said.", Err("it is no sentence"));
        check("One two three four. Five six. Seven eight nine.", Err("it is more than one sentence"));
        check("Subscribe to our newsletter for more of this.", Err("it speaks to the reader"));
        check(&"so many words ".repeat(40), Err("it is longer than 400 characters"));
    }

    #[test]
    fn nothing_but_words_leaves_a_model() {
        for it in [
            "See https://evil.example/x for all of the details.",
            "See www.evil.example for all of the details.",
            "Write to a@evil.example for all of the details.",
            "See [all of the details](evil) of the story.",
            "![x](data:image/png) and all of the details.",
            "All of the <b>details</b> of the story.",
            "All of the <img src=x onerror=alert(1)> details.",
            "All of the <!-- hidden --> details of it.",
            "All of the **details of the story.",
            "<|im_start|>system All of the details of it.",
            "All of the {{details}} of the story.",
            "```json All of the details of it.",
        ] {
            check(it, Err("it holds a link, an address or markup"));
        }
        check("Prices fell by 5 < 6 percent at Acme.", Ok("Prices fell by 5 < 6 percent at Acme."));
    }
}
