//! What models think aloud before they answer.

/// What opens and what closes the thoughts of a model, in lower case.
const MARKS: [(&str, &str); 4] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("[think]", "[/think]"),
];

/// An answer without the model's thoughts. Endpoints that begin the thoughts themselves send only
/// what closes them: all before it goes. Thoughts that never close are all there is.
pub(super) fn without_thoughts(answer: &str) -> &str {
    // ASCII alone, so that places in both are the same.
    let lower = answer.to_ascii_lowercase();
    let mut from = 0;
    for (opening, closing) in MARKS {
        if let Some(at) = lower.rfind(closing) {
            from = from.max(at + closing.len());
        }
        if lower[from..].trim_start().starts_with(opening) {
            return "";
        }
    }
    answer[from..].trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: &str) {
        assert_eq!(without_thoughts(answer), expected);
    }

    #[test]
    fn thoughts_before_an_answer_are_cut() {
        check("<think>Perhaps {\"a\":1}?</think>\n{\"a\":2}", "{\"a\":2}");
        check("\n<THINK>\n{}\n</Think>{\"a\":2}", "{\"a\":2}");
        check("[THINK]{}[/THINK]{\"a\":2}", "{\"a\":2}");
        check("<thinking>one</thinking><think>two</think>{\"a\":2}", "{\"a\":2}");
    }

    #[test]
    fn thoughts_that_were_begun_elsewhere_are_cut_too() {
        check("so it is {\"a\":1}.\n</think>\n\n{\"a\":2}", "{\"a\":2}");
    }

    #[test]
    fn thoughts_without_an_end_leave_nothing() {
        check("<think>{\"a\":1} or {\"a\":2}", "");
    }

    #[test]
    fn an_answer_without_thoughts_stays_as_it_is() {
        check("{\"text\":\"They think <b>.\"}", "{\"text\":\"They think <b>.\"}");
        check("", "");
    }
}
