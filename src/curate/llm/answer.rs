//! Reads a model's answer, and says of each statement whether it stands.

use serde::Deserialize;
use serde_json::Value;

use crate::text::clean;
use crate::text::sentence;
use crate::text::word;

use super::super::boilerplate;
use super::super::gate;
use super::Drafted;
use super::Field;
use super::Reply;
use super::Sentence;
use super::language;
use super::prompt;
use super::reading;
use super::reading::Stem;
use super::reading::Stems;

/// Characters of an answer that are read.
const ANSWER_CHARS_MAX: usize = 64 << 10;
/// Statements of one field that are looked at.
const STATEMENTS_MAX: usize = 12;
/// Sentences that carry one statement.
const EVIDENCE_MAX: usize = 3;
/// Sentences that are tried as better evidence than what the model named.
const NEAREST_MAX: usize = 6;
/// A statement with fewer words is none.
const WORDS_MIN: usize = 6;
/// Share of a statement's stems that its evidence has: what happened is said in the
/// words of those who report it.
const SUPPORT_OF_FACTS: f64 = 0.6;
/// The same for what generalises: a rule, a meaning for an audience.
const SUPPORT_OF_RULES: f64 = 0.5;
/// Share of stems in common above which a statement says what another says.
const SAME_ABOVE: f64 = 0.8;
/// Words in a row that make it the source's wording.
const COPIED_WORDS_MIN: usize = 8;
/// Share of a statement's words that are one run of the source: then it is a quotation.
const QUOTED_SHARE: f64 = 0.85;
/// Words of a summary that a model is let fill; below, quotation says more.
const SUMMARY_WORDS_MIN: usize = 20;
/// The same for a summary of one sentence.
const SUMMARY_WORDS_ALONE: usize = 40;
/// Fewer characters than this say too little about their language.
const LANGUAGE_CHARS_MIN: usize = 200;

/// What a model answered, as far as it has the form that was asked for.
#[derive(Debug, Default)]
pub(super) struct Answer {
    briefing: Option<Briefing>,
    keep: Option<Vec<Value>>,
    /// Why there is neither.
    why: &'static str,
}

#[derive(Debug, Deserialize)]
struct Briefing {
    summary: Vec<Said>,
    #[serde(default)]
    key_takeaway: Vec<Said>,
    #[serde(default)]
    key_insights: Vec<Said>,
    #[serde(default)]
    principles: Vec<Said>,
    #[serde(default)]
    in_practice: Vec<Said>,
}

#[derive(Debug, Deserialize)]
struct Said {
    text: String,
    #[serde(default)]
    evidence: Vec<Value>,
    #[serde(default)]
    audience: String,
}

impl Answer {
    pub(super) fn of(reply: &Reply) -> Self {
        if !reply.is_whole {
            return Self { why: "it was cut off before its end: be shorter", ..Self::default() };
        }
        let why = "it is not one JSON object of the given form";
        // Some models put words or a fence around the object they were asked for alone.
        let text = &reply.text[..reply.text.floor_char_boundary(ANSWER_CHARS_MAX)];
        let object = text.find('{').zip(text.rfind('}')).filter(|(from, to)| from < to);
        let value: Option<Value> = object.and_then(|(from, to)| serde_json::from_str(&text[from..=to]).ok());
        let Some(value) = value else { return Self { why, ..Self::default() } };
        let keep = value.get("keep").and_then(Value::as_array).cloned();
        let briefing = serde_json::from_value(value).ok();
        Self { briefing, keep, why }
    }

    /// The sentences of a part that the model names, in its order, each once.
    pub(super) fn kept(&self, part: &[usize]) -> Option<Vec<usize>> {
        let mut kept: Vec<usize> = Vec::new();
        for at in self.keep.as_ref()?.iter().filter_map(number) {
            if part.contains(&at) && !kept.contains(&at) {
                kept.push(at);
            }
        }
        (!kept.is_empty()).then_some(kept)
    }
}

/// The position of a sentence that is named as 3, "3" or "S3".
fn number(value: &Value) -> Option<usize> {
    let number = match value {
        Value::String(it) => it.trim_matches(['[', ']', 'S', 's', ' ']).parse().ok()?,
        _ => value.as_u64()?,
    };
    usize::try_from(number).ok()?.checked_sub(1)
}

/// What stands of an answer, and what is wrong with the rest.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub statements: Vec<Drafted>,
    /// In words that the model is sent, too.
    pub faults: Vec<String>,
}

/// Holds statements against the sentences that the model was given.
pub(super) struct Checker<'a> {
    pub sentences: &'a [Sentence<'a>],
    /// Positions of the sentences that a model may see.
    pub open: &'a [usize],
    pub title: &'a str,
    pub readers: &'a [&'a str],
    /// BCP 47 tag of the sources.
    pub language: Option<&'a str>,
    pub stems: Stems<'a>,
}

impl<'a> Checker<'a> {
    /// Looks at every statement. Faults are in the order of the page.
    pub(super) fn check(&mut self, answer: &'a Answer) -> Checked {
        let mut checked = Checked::default();
        let Some(briefing) = &answer.briefing else {
            checked.faults.push(format!("the answer: {}", answer.why));
            return checked;
        };
        let fields = [
            (Field::Summary, &briefing.summary, 4),
            (Field::KeyTakeaway, &briefing.key_takeaway, 2),
            (Field::KeyInsights, &briefing.key_insights, 3),
            (Field::Principles, &briefing.principles, 2),
            (Field::InPractice, &briefing.in_practice, 3),
        ];
        if let Some(fault) = self.other_language(fields.iter().flat_map(|it| it.1)) {
            checked.faults.push(fault);
            return checked;
        }
        let title = self.stems.of(self.title);
        let mut said: Vec<Vec<(Stem, u32)>> = Vec::new();
        for (field, list, max) in fields {
            let mut standing: Vec<Drafted> = Vec::new();
            for it in list.iter().take(STATEMENTS_MAX) {
                if standing.len() == max || it.text.trim().is_empty() {
                    continue;
                }
                match self.statement(field, it) {
                    Ok(drafted) => {
                        let stems = self.stems_of(&drafted.text);
                        let says = |known: &[(Stem, u32)]| SAME_ABOVE < reading::overlap(known, &stems);
                        let audience_known = standing
                            .iter()
                            .any(|known| field == Field::KeyTakeaway && known.audience == drafted.audience);
                        if says(&title) {
                            checked.faults.push(fault(field, &it.text, "it says only what the title says"));
                        } else if said.iter().any(|known| says(known)) {
                            checked.faults.push(fault(field, &it.text, "it repeats another statement"));
                        } else if !audience_known {
                            said.push(stems);
                            standing.push(drafted);
                        }
                    }
                    Err(why) => checked.faults.push(fault(field, &it.text, &why)),
                }
            }
            let words: usize = standing.iter().map(|it| word::count(&it.text)).sum();
            let least = if standing.len() == 1 { SUMMARY_WORDS_ALONE } else { SUMMARY_WORDS_MIN };
            if field == Field::Summary && words < least {
                checked.faults.push("summary: too little of it is left".to_owned());
                standing.clear();
            }
            checked.statements.extend(standing);
        }
        checked
    }

    /// The stems of a text that lives shorter than the sources.
    fn stems_of(&mut self, text: &str) -> Vec<(Stem, u32)> {
        self.stems.of_passing(text)
    }

    fn other_language<'b>(&self, said: impl Iterator<Item = &'b Said>) -> Option<String> {
        let text = said.map(|it| it.text.as_str()).collect::<Vec<_>>().join(" ");
        let wanted = primary(self.language?);
        let found = language::tag(&text, None).filter(|_| LANGUAGE_CHARS_MIN <= text.chars().count())?;
        (primary(&found) != wanted).then(|| format!("the answer: it is in `{found}` and not in `{wanted}`"))
    }

    /// The statement with its evidence, or what is wrong with it.
    fn statement(&mut self, field: Field, said: &Said) -> Result<Drafted, String> {
        let text = plain(field, &said.text)?;
        let audience = self.readers.iter().find(|it| **it == said.audience).map(|it| (*it).to_owned());
        let stems = self.stems_of(&text);
        let named: Vec<usize> =
            said.evidence.iter().filter_map(number).filter(|it| self.open.contains(it)).collect();
        let mut evidence: Vec<usize> = named.into_iter().take(EVIDENCE_MAX).collect();
        evidence.sort_unstable();
        evidence.dedup();
        let mut outcome = self.carries(field, &text, &stems, audience.as_deref(), &evidence);
        if outcome.is_err() {
            // Models cite badly more often than they state badly: the carrying sentences may be others.
            for tried in self.nearest(&stems) {
                let found = self.carries(field, &text, &stems, audience.as_deref(), &tried);
                if found.is_ok() {
                    (evidence, outcome) = (tried, found);
                    break;
                }
            }
        }
        outcome?;
        let shares = |at: &usize| reading::overlap(&self.sentences[*at].stems, &stems) != 0.0;
        if evidence.iter().any(shares) {
            evidence.retain(shares);
        }
        let runs: Vec<(usize, usize)> =
            self.open.iter().map(|at| (*at, run(&text, self.sentences[*at].text))).collect();
        let words = word::count(&text).max(1);
        let is_whole = |it: &&(usize, usize)| QUOTED_SHARE * words as f64 <= it.1 as f64;
        let quoted = runs.iter().filter(is_whole).max_by_key(|it| it.1).map(|it| it.0);
        let copied = runs.iter().filter(|it| COPIED_WORDS_MIN <= it.1).map(|it| it.0).collect();
        Ok(Drafted { field, audience, text, evidence, copied, quoted })
    }

    /// Whether these sentences carry the statement: they have all its facts and most of its words.
    fn carries(
        &self,
        field: Field,
        text: &str,
        stems: &[(Stem, u32)],
        audience: Option<&str>,
        evidence: &[usize],
    ) -> Result<(), String> {
        if evidence.is_empty() {
            return Err("no sentence carries it".to_owned());
        }
        let mut cited = evidence.iter().map(|at| self.sentences[*at].text).collect::<Vec<_>>().join(" ");
        // That a statement names whom it is for is no claim about the story.
        cited.extend(audience.iter().flat_map(|it| [" ", it]));
        let findings = gate::check(text, &cited);
        if !findings.is_empty() {
            let lacking: Vec<String> =
                findings.iter().map(|it| format!("{:?} `{}`", it.kind, it.text)).collect();
            return Err(format!("its evidence lacks {}", lacking.join(", ")));
        }
        let has = |stem: &Stem| {
            evidence.iter().any(|at| self.sentences[*at].stems.binary_search_by_key(stem, |it| it.0).is_ok())
        };
        let found = stems.iter().filter(|it| has(&it.0)).count();
        let least = match field {
            Field::Summary | Field::KeyInsights | Field::InPractice => SUPPORT_OF_FACTS,
            Field::Principles | Field::KeyTakeaway => SUPPORT_OF_RULES,
        };
        if (found as f64) < least * stems.len() as f64 {
            return Err("its evidence does not support it".to_owned());
        }
        Ok(())
    }

    /// Sets of sentences with the most stems of a statement, the nearest alone, then with others.
    fn nearest(&self, stems: &[(Stem, u32)]) -> Vec<Vec<usize>> {
        let shared = |at: usize| {
            let has = |stem: &Stem| self.sentences[at].stems.binary_search_by_key(stem, |it| it.0).is_ok();
            stems.iter().filter(|it| has(&it.0)).count()
        };
        let mut ranked: Vec<(usize, usize)> =
            self.open.iter().map(|at| (shared(*at), *at)).filter(|it| 0 < it.0).collect();
        ranked.sort_by_key(|it| (std::cmp::Reverse(it.0), it.1));
        ranked.truncate(NEAREST_MAX);
        let mut tried: Vec<Vec<usize>> = ranked.iter().map(|it| vec![it.1]).collect();
        for more in 2..=EVIDENCE_MAX.min(ranked.len()) {
            let mut set: Vec<usize> = ranked[..more].iter().map(|it| it.1).collect();
            set.sort_unstable();
            tried.push(set);
        }
        tried
    }
}

/// A statement as clean text, or why it cannot be shown.
fn plain(field: Field, text: &str) -> Result<String, String> {
    let chars_max = match field {
        Field::Summary | Field::KeyTakeaway => 400,
        Field::KeyInsights | Field::InPractice => 320,
        Field::Principles => 240,
    };
    let mut text = without_numbers(&clean::line(text));
    if has_markup(&text) {
        return Err("it holds a link, an address or markup".to_owned());
    }
    if chars_max < text.chars().count() {
        return Err(format!("it is longer than {chars_max} characters"));
    }
    // What is left of a quotation that the model did not dare to repeat: "Fox, the chief, said."
    let is_rest = [" said.", " says.", " said", " says"].iter().any(|it| text.ends_with(it));
    if word::count(&text) < WORDS_MIN || is_rest {
        return Err("it is no sentence".to_owned());
    }
    if 2 < sentence::cut(&text, 3).len() {
        return Err("it is more than one sentence".to_owned());
    }
    if boilerplate::is_unwanted(&text, &text.to_lowercase()) {
        return Err("it speaks to the reader".to_owned());
    }
    if !text.ends_with(['.', '!', '?', '…', '”', '"', '»']) {
        text.push('.');
    }
    Ok(text)
}

/// A text without the numbers of sentences that models like to write behind them.
fn without_numbers(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', '(']) {
        let (before, from) = rest.split_at(at);
        left.push_str(before);
        let end = from.find([']', ')']).map_or(0, |it| it + 1);
        let inner = from.get(1..end.saturating_sub(1)).unwrap_or_default();
        let is_number = |it: &str| {
            let digits = it.trim().strip_prefix(['S', 's']).unwrap_or_default();
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
        };
        if !inner.is_empty() && inner.split(',').all(is_number) {
            left.truncate(left.trim_end().len());
            rest = &from[end..];
        } else {
            left.push_str(&from[..1]);
            rest = &from[1..];
        }
    }
    left + rest
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

/// Words of the longest run that a statement has in common with a sentence.
fn run(text: &str, sentence: &str) -> usize {
    let lower = |text: &str| -> Vec<String> { word::words(text).map(|it| it.1.to_lowercase()).collect() };
    let (said, source) = (lower(text), lower(sentence));
    let mut longest = 0;
    let mut ending = vec![0usize; source.len() + 1];
    for word in &said {
        for at in (0..source.len()).rev() {
            ending[at + 1] = if source[at] == *word { ending[at] + 1 } else { 0 };
            longest = longest.max(ending[at + 1]);
        }
    }
    longest
}

fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

fn fault(field: Field, text: &str, why: &str) -> String {
    const CHARS_MAX: usize = 80;
    let shown: String = clean::line(text).chars().take(CHARS_MAX).collect();
    format!("{}: “{shown}”: {why}", field.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let found = plain(Field::Summary, text);
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
            "All of the **details** of the story.",
            "<|im_start|>system All of the details of it.",
            "All of the {{details}} of the story.",
            "```json All of the details of it.",
        ] {
            check(it, Err("it holds a link, an address or markup"));
        }
        check("Prices fell by 5 < 6 percent at Acme.", Ok("Prices fell by 5 < 6 percent at Acme."));
    }

    #[test]
    fn an_answer_is_found_within_what_is_said_around_it() {
        let of = |text: &str, is_whole| {
            Answer::of(&Reply { text: text.to_owned(), is_whole, prompt_tokens: 0, completion_tokens: 0 })
        };
        assert!(of(r#"Sure! ```json {"summary":[]} ```"#, true).briefing.is_some());
        for it in [
            "",
            "{",
            "}{",
            "{}",
            "[]",
            r#"{"summary":"x"}"#,
            r#"{"summary":[1]}"#,
            r#"{"summary":[{"text":1}]}"#,
        ] {
            assert!(of(it, true).briefing.is_none(), "{it}");
        }
        assert!(of(r#"{"summary":[]}"#, false).briefing.is_none(), "a cut answer is none");
        let kept = of(r#"{"keep":[3,"S2",3,99,-1,"x",0]}"#, true);
        assert_eq!(kept.kept(&[0, 1, 2]), Some(vec![2, 1]));
        assert_eq!(kept.kept(&[7]), None);
    }

    #[test]
    fn the_longest_common_run_is_counted_in_words() {
        assert_eq!(run("a b c d", "x b c y c d"), 2);
        assert_eq!(run("The Cat sat", "the cat sat on the mat"), 3);
        assert_eq!(run("", "a"), 0);
    }
}
