//! Asks a model whether statements follow from their evidence, and whether it can be trusted to tell.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::draft::LlmStatement;
use super::form;
use super::form::VerifierVerdict;
use super::message::LlmRequest;
use super::message::Reply;
use super::message::Role;
use super::message::Settings;
use super::prompt;
use super::prompt::Writing;

/// Tokens of verdicts on one briefing.
const VERDICT_TOKENS: u32 = 500;
/// The same of the self-test.
const TEST_TOKENS: u32 = 900;
/// Of the pairs of the self-test, as many as a verifier tells apart: one slip is forgiven.
const PAIRS_MIN: usize = 11;
/// Characters of what a verifier says is wrong.
const WRONG_CHARS_MAX: usize = 160;

/// The form of the verdicts.
const SCHEMA: &str = "{\"type\":\"object\",\"properties\":{\"verdicts\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\
    \"properties\":{\"n\":{\"type\":\"integer\"},\"wrong\":{\"type\":\"string\",\"maxLength\":120},\"follows\":{\"type\":\"string\",\
    \"enum\":[\"yes\",\"no\"]}},\"required\":[\"n\",\"wrong\",\"follows\"],\"additionalProperties\":false},\"maxItems\":30}},\
    \"required\":[\"verdicts\"],\"additionalProperties\":false}";

const TASK: &str = "You check statements against the numbered sentences that they cite. For each statement say whether it \
    follows from these sentences: the same doer and deed, speaker, figures, dates and cause; no surer, wider or later than they say. \
    Other words for the same are fine.";

const FORM: &str = "Answer with one JSON object of this form and nothing else: \
    {\"verdicts\":[{\"n\":1,\"wrong\":\"\",\"follows\":\"yes\"},{\"n\":2,\"wrong\":\"it says may\",\"follows\":\"no\"}]}";

impl Writing<'_> {
    /// Asks whether these statements follow from their evidence, which is shown with the sentence
    /// before each.
    pub fn verification(&self, settings: &Settings, asked: &[&LlmStatement]) -> LlmRequest {
        let mut shown: BTreeSet<usize> = BTreeSet::new();
        for at in asked.iter().flat_map(|it| &it.evidence) {
            shown.insert(*at);
            let before = at.checked_sub(1).filter(|it| {
                let (near, at) = (&self.sentences[*it], &self.sentences[*at]);
                near.member == at.member && self.open.contains(it)
            });
            shown.extend(before);
        }
        let shown: Vec<usize> = shown.into_iter().collect();
        let mut words = self.data(&shown, &[]);
        for (n, it) in asked.iter().enumerate() {
            let cited: Vec<String> = it.evidence.iter().map(|at| format!("S{}", at + 1)).collect();
            // Memory takes it.
            let _ = write!(words, "\nStatement {} ({}): {}", n + 1, cited.join(", "), it.text);
        }
        let system = format!("{TASK}\n{}\n{FORM}", self.rule_of_the_fence());
        let messages = vec![(Role::System, system), (Role::User, words)];
        prompt::request(settings, messages, SCHEMA.to_owned(), VERDICT_TOKENS)
    }
}

/// What a verifier says of each of so many statements; `None` where it says nothing that is clear.
pub(super) fn verdicts(of: Option<&[VerifierVerdict]>, statements: usize) -> Vec<Option<Result<(), String>>> {
    let mut found = vec![None; statements];
    for it in of.unwrap_or_default() {
        let Some(place) = it.n.checked_sub(1).and_then(|at| found.get_mut(at)) else { continue };
        let wrong: String = form::without_marks(&it.wrong).chars().take(WRONG_CHARS_MAX).collect();
        let said = if it.follows { Ok(()) } else { Err(wrong) };
        // Of two verdicts on one statement, the worse counts.
        if !matches!(place, Some(Err(_))) {
            *place = Some(said);
        }
    }
    found
}

/// Asks for verdicts on planted statements of which half do not follow.
pub fn self_test(settings: &Settings, nonce: &str) -> LlmRequest {
    let mut words = format!("BEGIN {nonce}\n");
    for (at, it) in PAIRS.iter().enumerate() {
        // Memory takes it.
        let _ = writeln!(words, "[S{}] {}", at + 1, it.sentence);
    }
    let _ = write!(words, "END {nonce}");
    for (n, (pair, statement, _)) in planted().enumerate() {
        let _ = write!(words, "\nStatement {} (S{}): {statement}", n + 1, pair + 1);
    }
    let messages = vec![(Role::System, format!("{TASK}\n{FORM}")), (Role::User, words)];
    prompt::request(settings, messages, SCHEMA.to_owned(), TEST_TOKENS)
}

/// How many of the planted pairs the reply to a self-test tells apart, and whether that is enough to verify.
pub fn told_apart(reply: &Reply) -> (usize, bool) {
    let read = if reply.is_whole { form::read(&reply.text) } else { None };
    let said = verdicts(read.unwrap_or_default().verdicts.as_deref(), 2 * PAIRS.len());
    let mut right = [0; PAIRS.len()];
    for ((pair, _, is_true), said) in planted().zip(&said) {
        right[pair] += usize::from(said.as_ref().is_some_and(|it| it.is_ok() == is_true));
    }
    let told = right.iter().filter(|it| **it == 2).count();
    (told, PAIRS_MIN <= told)
}

/// The statements of the self-test with the place of their pair and whether they follow. True and
/// false ones take turns in no order that could be guessed.
fn planted() -> impl Iterator<Item = (usize, &'static str, bool)> {
    let is_false_first = |at: usize| [0, 3, 4, 7, 10].contains(&at);
    let all = PAIRS.len();
    (0..2 * all).map(move |n| {
        let at = (n * 5) % all;
        let is_true = (n < all) != is_false_first(at);
        let it = &PAIRS[at];
        (at, if is_true { it.follows } else { it.fails }, is_true)
    })
}

/// A sentence, a statement that follows from it, and one that does not.
struct PlantedPair {
    sentence: &'static str,
    follows: &'static str,
    fails: &'static str,
}

const fn pair(sentence: &'static str, follows: &'static str, fails: &'static str) -> PlantedPair {
    PlantedPair { sentence, follows, fails }
}

/// About invented firms, each with another way to be wrong.
const PAIRS: [PlantedPair; 12] = [
    pair(
        "Corvane bought the radio maker Fernwave for $40 million in May.",
        "Fernwave was sold to Corvane for $40 million.",
        "Corvane was sold to Fernwave for $40 million.",
    ),
    pair(
        "The flaw may let attackers read some files if the plugin is enabled.",
        "With the plugin enabled, attackers might be able to read some files.",
        "The flaw lets attackers read every file.",
    ),
    pair(
        "Version 8 of Tarn starts in 3 seconds, version 7 took 9.",
        "Tarn 8 starts in a third of the time that Tarn 7 needed.",
        "Tarn 7 starts faster than Tarn 8.",
    ),
    pair(
        "Halden does not sell customer data, its lawyer Ida Moss said.",
        "According to Ida Moss, customer data is not for sale at Halden.",
        "Ida Moss said that Halden sells customer data.",
    ),
    pair(
        "Lyra plans to open its first data center in Norway next year.",
        "A first Norwegian data center is planned by Lyra.",
        "Lyra has opened its first data center in Norway.",
    ),
    pair(
        "Prices rose because two factories burned down.",
        "Fires at two factories drove prices up.",
        "Two factories burned down because prices rose.",
    ),
    pair(
        "Of 200 engineers, 30 work on security and 90 on the database.",
        "Three times as many engineers work on the database as on security.",
        "Of 200 engineers, 90 work on security.",
    ),
    pair(
        "Most users of Brenn kept the old editor, a survey found.",
        "A survey found that the old editor was kept by the majority of Brenn's users.",
        "A survey found that all users of Brenn kept the old editor.",
    ),
    pair(
        "Mara Quill accused Osk of copying her design; Osk has not answered.",
        "Osk has not responded to the accusation by Mara Quill.",
        "Osk accused Mara Quill of copying its design.",
    ),
    pair(
        "Sales of phones fell by 4 percent while those of watches grew by 11 percent.",
        "Watches sold better than before, phones worse.",
        "Phone sales grew by 11 percent.",
    ),
    pair(
        "The update is free for schools; firms pay 20 euros a seat.",
        "Firms are charged 20 euros a seat, schools nothing.",
        "The update is free for firms and schools.",
    ),
    pair(
        "The court rejected Delphane's appeal before the ministry published its rules.",
        "Delphane lost its appeal, and the ministry's rules came afterwards.",
        "The ministry published its rules before the court rejected the appeal.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(say: impl Fn(usize, bool) -> bool) -> Reply {
        let said = planted().enumerate().map(|(n, (_, _, is_true))| {
            let follows = if say(n, is_true) { "yes" } else { "no" };
            serde_json::json!({ "n": n + 1, "wrong": "", "follows": follows })
        });
        let text = serde_json::json!({ "verdicts": said.collect::<Vec<_>>() }).to_string();
        Reply { text, is_whole: true, prompt_tokens: 1, completion_tokens: 1 }
    }

    #[test]
    fn who_says_yes_or_no_to_everything_does_not_verify() {
        assert_eq!(told_apart(&reply(|_, is_true| is_true)), (12, true));
        assert_eq!(told_apart(&reply(|_, is_true| !is_true)), (0, false));
        assert_eq!(told_apart(&reply(|_, _| true)), (0, false));
        assert_eq!(told_apart(&reply(|_, _| false)), (0, false));
        assert!(!told_apart(&reply(|n, _| n % 2 == 0)).1);
        assert!(!told_apart(&reply(|n, _| n < 12)).1);
        assert!(told_apart(&reply(|n, is_true| is_true != (n == 7))).1, "one slip");
        for text in ["", "yes", "{\"verdicts\":[]}", "{\"verdicts\":\"yes\"}"] {
            let it = Reply { text: text.to_owned(), ..reply(|_, it| it) };
            assert_eq!(told_apart(&it), (0, false), "{text}");
        }
        assert!(!told_apart(&Reply { is_whole: false, ..reply(|_, it| it) }).1);
    }

    #[test]
    fn each_statement_of_the_self_test_is_asked_once() {
        let asked: BTreeSet<&str> = planted().map(|it| it.1).collect();
        assert_eq!(asked.len(), 2 * PAIRS.len());
    }
}
