//! Reads a model's answer, and says of each statement whether it stands.

use std::cell::OnceCell;
use std::fmt;

use chrono::NaiveDate;

use crate::domain::StatementField;
use crate::text::clean;
use crate::text::word;

use super::super::gate::judge;
use super::super::gate::judge::StoryStems;
use super::super::language;
use super::super::reading::MemberSentence;
use super::super::stems;
use super::super::stems::Stem;
use super::super::stems::Stems;
use super::draft::LlmStatement;
use super::evidence::EVIDENCE_MAX;
use super::evidence::SUPPORT_OF_FACTS;
use super::form;
use super::form::LlmBriefing;
use super::form::ReplyForm;
pub(super) use super::form::Said;
use super::form::VerifierVerdict;
use super::message::Reply;
use super::plain;

/// Statements of one field that are looked at.
const STATEMENTS_MAX: usize = 12;
/// Sentences with most words of a faulty statement that are shown for its repair.
const SHOWN_NEAR: usize = 3;
/// The same for what generalises: a rule, a meaning for an audience.
const SUPPORT_OF_RULES: f64 = 0.15;
/// The same for sentences that it does not cite and that are to carry it instead.
const SUPPORT_OF_OTHERS: f64 = 0.6;
/// Share of stems in common above which a statement says what another says.
const SAME_ABOVE: f64 = 0.8;
/// Words in a row that make it the source's wording.
const COPIED_WORDS_MIN: usize = 8;
/// Share of a statement's words that are one run of the source: then it is a quotation.
const QUOTED_SHARE: f64 = 0.85;
/// Fewer characters than this say too little about their language.
const LANGUAGE_CHARS_MIN: usize = 200;

/// What a model answered, as far as it has the form that was asked for.
#[derive(Debug, Default)]
pub(super) struct ModelReply {
    briefing: Option<LlmBriefing>,
    keep: Option<Vec<usize>>,
    /// What it says of statements that it was asked about.
    pub verdicts: Option<Vec<VerifierVerdict>>,
    /// Why there is neither.
    why: &'static str,
}

impl ModelReply {
    pub(super) fn of(reply: &Reply) -> Self {
        if !reply.is_whole {
            return Self { why: "it was cut off before its end: be shorter", ..Self::default() };
        }
        let ReplyForm { briefing, keep, verdicts } = form::read(&reply.text).unwrap_or_default();
        Self { briefing, keep, verdicts, why: "it is not one JSON object of the given form" }
    }

    /// The sentences of a part that the model names, in its order, each once.
    pub(super) fn kept(&self, part: &[usize]) -> Option<Vec<usize>> {
        let mut kept: Vec<usize> = Vec::new();
        for at in self.keep.as_ref()? {
            if part.contains(at) && !kept.contains(at) {
                kept.push(*at);
            }
        }
        (!kept.is_empty()).then_some(kept)
    }
}

/// What stands of an answer, and what is wrong with the rest.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub statements: Vec<LlmStatement>,
    /// Statements that do not stand.
    pub faults: Vec<Fault>,
    /// Why nothing of the answer can be read.
    pub unread: Option<String>,
    /// What was left out and is not worth a second answer.
    pub notes: Vec<String>,
}

impl Checked {
    /// The statements of a field that stand.
    pub(super) fn of(&self, field: StatementField) -> impl Iterator<Item = &LlmStatement> {
        self.statements.iter().filter(move |it| it.field == field)
    }
}

/// Why a statement does not stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FaultCause {
    /// It has a fault that a writer can mend.
    Wrong,
    /// It is not worth saying.
    Needless,
    /// Only the judge doubts it, and cannot say what is wrong: it is left out, and no second answer is asked for.
    Doubted,
}

/// A statement that does not stand.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub field: StatementField,
    /// Its place within the field.
    pub order: usize,
    pub text: String,
    /// In words that a writer can act on.
    pub why: String,
    pub cause: FaultCause,
    /// Positions of the sentences that may carry it.
    pub near: Vec<usize>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CHARS_MAX: usize = 200;
        let shown: String = clean::line(&self.text).chars().take(CHARS_MAX).collect();
        write!(f, "{}: “{shown}”: {}", self.field.as_str(), self.why)
    }
}

/// Holds statements against the sentences that the model was given.
pub(super) struct Checker<'a> {
    pub sentences: &'a [MemberSentence<'a>],
    /// Positions of the sentences that a model may see.
    pub open: &'a [usize],
    pub title: &'a str,
    /// Names of the story's publishers.
    pub publishers: &'a [&'a str],
    pub readers: &'a [&'a str],
    /// BCP 47 tag of the sources.
    pub language: Option<&'a str>,
    pub stems: Stems<'a>,
    /// Whether a model is asked whether statements follow: then it weighs what rules only suspect.
    pub is_verified: bool,
    /// The day on which each member was published, where it is known.
    pub written: &'a [Option<NaiveDate>],
    /// What the judge knows of the whole story; read when it is first asked.
    pub story: OnceCell<StoryStems>,
}

impl<'a> Checker<'a> {
    /// Looks at every statement beside those that are `known` to stand. Faults are in the order of the page.
    /// The statements of a second answer take the places of the `mended` ones.
    pub(super) fn check(
        &mut self,
        answer: &'a ModelReply,
        known: &[LlmStatement],
        mended: &[Fault],
    ) -> Checked {
        let mut checked = Checked::default();
        let Some(briefing) = &answer.briefing else {
            checked.unread = Some(answer.why.to_owned());
            return checked;
        };
        checked.notes.clone_from(&briefing.unread);
        let fields = StatementField::ALL.map(|it| (it, briefing.of(it)));
        if let Some(why) = self.other_language(fields.iter().flat_map(|it| it.1)) {
            checked.unread = Some(why);
            return checked;
        }
        let title = self.stems.of(self.title);
        let is_second = !known.is_empty() || !mended.is_empty();
        let mut said: Vec<Vec<(Stem, u32)>> = known.iter().map(|it| self.stems_of(&it.text)).collect();
        for (field, list) in fields {
            let mut places = mended.iter().filter(|it| it.field == field).map(|it| it.order).peekable();
            for (turn, it) in list.iter().take(STATEMENTS_MAX).enumerate() {
                // A second answer mends, and adds nothing.
                let Some(order) = (if is_second { places.peek().copied() } else { Some(turn) }) else {
                    break;
                };
                if it.text.trim().is_empty() || statements_max(field) <= checked.of(field).count() {
                    continue;
                }
                let drafted = match self.statement(field, it) {
                    Ok(drafted) => LlmStatement { order, ..drafted },
                    Err((cause, why)) => {
                        let near = self.near(it);
                        let text = it.text.clone();
                        checked.faults.push(Fault { field, order, text, why, cause, near });
                        continue;
                    }
                };
                let stems = self.stems_of(&drafted.text);
                let says = |known: &[(Stem, u32)]| SAME_ABOVE < stems::overlap(known, &stems);
                let is_audience_known = field == StatementField::KeyTakeaway
                    && checked.of(field).any(|known| known.audience == drafted.audience);
                let why = match () {
                    () if says(&title) => "it says only what the title says",
                    () if said.iter().any(|known| says(known)) => "it repeats another statement",
                    () if is_audience_known => continue,
                    () => {
                        places.next();
                        said.push(stems);
                        checked.statements.push(drafted);
                        continue;
                    }
                };
                let (text, why, near) = (drafted.text, why.to_owned(), drafted.evidence);
                let cause = FaultCause::Needless;
                checked.faults.push(Fault { field, order, text, why, cause, near });
            }
        }
        checked
    }

    /// The sentences that a statement with a fault cites, and those with most of its words.
    fn near(&mut self, said: &Said) -> Vec<usize> {
        let stems = self.stems_of(&said.text);
        let mut near: Vec<usize> =
            said.evidence.iter().copied().filter(|it| self.open.contains(it)).collect();
        near.truncate(EVIDENCE_MAX);
        near.extend(self.nearest(&stems).into_iter().take(SHOWN_NEAR).flatten());
        near
    }

    /// The stems of a text that lives shorter than the sources.
    fn stems_of(&mut self, text: &str) -> Vec<(Stem, u32)> {
        self.stems.of_passing(text)
    }

    fn other_language<'b>(&self, said: impl Iterator<Item = &'b Said>) -> Option<String> {
        let text = said.map(|it| it.text.as_str()).collect::<Vec<_>>().join(" ");
        let wanted = primary(self.language?);
        let found = language::tag(&text, None).filter(|_| LANGUAGE_CHARS_MIN <= text.chars().count())?;
        (primary(&found) != wanted).then(|| format!("it is in `{found}` and not in `{wanted}`"))
    }

    /// The statement with its evidence, or what is wrong with it.
    pub(super) fn statement(
        &mut self,
        field: StatementField,
        said: &Said,
    ) -> Result<LlmStatement, (FaultCause, String)> {
        let named = self.readers.iter().find(|it| is_reader(it, &said.audience)).copied();
        let (label, bare) = self.unlabelled(field, named, said);
        let (text, evidence) = self.grounded(field, &bare).map_err(|why| (FaultCause::Wrong, why))?;
        if !self.is_verified {
            self.judged(field, &text, &evidence).map_err(|why| (FaultCause::Doubted, why))?;
        }
        let audience = label.map(str::to_owned);
        let runs: Vec<(usize, usize)> =
            self.open.iter().map(|at| (*at, run(&text, self.sentences[*at].text))).collect();
        let words = word::count(&text).max(1);
        let is_whole = |it: &&(usize, usize)| QUOTED_SHARE * words as f64 <= it.1 as f64;
        let quoted = runs.iter().filter(is_whole).max_by_key(|it| it.1).map(|it| it.0);
        let copied = runs.iter().filter(|it| COPIED_WORDS_MIN <= it.1).map(|it| it.0).collect();
        Ok(LlmStatement { field, order: 0, audience, text, evidence, copied, quoted })
    }

    /// Whom a takeaway is for, and its words without a label that is printed anyway. One that says more than
    /// the label stays, and then the label is left out.
    fn unlabelled(
        &self,
        field: StatementField,
        named: Option<&'a str>,
        said: &Said,
    ) -> (Option<&'a str>, Said) {
        let as_said =
            |text: &str| Said { text: text.to_owned(), evidence: said.evidence.clone(), ..Said::default() };
        let opening = said.text.trim().strip_prefix("For ").filter(|_| field == StatementField::KeyTakeaway);
        let Some((label, rest)) = opening.and_then(|it| it.split_once([',', ':'])) else {
            return (named, as_said(&said.text));
        };
        if let Some(reader) = self.readers.iter().find(|it| is_reader(it, label)) {
            let mut chars = rest.trim_start().chars();
            let capital = chars.next().map_or_else(String::new, |it| it.to_uppercase().collect());
            return (Some(reader), as_said(&(capital + chars.as_str())));
        }
        let says_more = self.readers.iter().any(|it| label.to_lowercase().starts_with(&it.to_lowercase()));
        (named.filter(|_| !says_more), as_said(&said.text))
    }

    /// The words of the statement and the sentences in which all of its facts stand, or which of
    /// them stand nowhere.
    pub(super) fn grounded(
        &mut self,
        field: StatementField,
        said: &Said,
    ) -> Result<(String, Vec<usize>), String> {
        let text = plain::statement(field, &said.text)?;
        let stems = self.stems_of(&text);
        let named: Vec<usize> = said.evidence.iter().copied().filter(|it| self.open.contains(it)).collect();
        let mut evidence: Vec<usize> = named.into_iter().take(EVIDENCE_MAX).collect();
        evidence.sort_unstable();
        evidence.dedup();
        let mut outcome = self.carries(&text, &stems, &evidence, support(field));
        if outcome.as_ref().is_err_and(|it| !it.is_denied) {
            // Models cite badly more often than they state badly: the carrying sentences may be
            // others, or more.
            let instead = self
                .nearest(&stems)
                .into_iter()
                .find(|tried| self.carries(&text, &stems, tried, SUPPORT_OF_OTHERS).is_ok());
            let found = instead.or_else(|| {
                let more = self.completed(&text, &stems, &evidence)?;
                self.carries(&text, &stems, &more, support(field)).is_ok().then_some(more)
            });
            if let Some(found) = found {
                (evidence, outcome) = (found, Ok(()));
            }
        }
        outcome.map_err(|it| it.why)?;
        let shares = |at: &usize| stems::overlap(&self.sentences[*at].stems, &stems) != 0.0;
        if evidence.iter().any(shares) {
            evidence.retain(shares);
        }
        Ok((text, evidence))
    }

    /// Refuses a statement that the learned judge does not take to follow from its evidence.
    fn judged(&self, field: StatementField, text: &str, evidence: &[usize]) -> Result<(), String> {
        if !self.is_judged(evidence) || self.with_case(field, text, evidence, |it| it.follows()) {
            return Ok(());
        }
        Err("its evidence may not say it so".to_owned())
    }

    /// Whether the judge knows the language of these sentences.
    pub(super) fn is_judged(&self, evidence: &[usize]) -> bool {
        self.language.is_none_or(|it| primary(it) == "en") && judge::knows(&self.cited(evidence))
    }

    /// Shows `read` the statement as the judge sees it.
    pub(super) fn with_case<T>(
        &self,
        field: StatementField,
        text: &str,
        evidence: &[usize],
        read: impl FnOnce(&judge::Case) -> T,
    ) -> T {
        let story = self.story.get_or_init(|| {
            let sentences = self.open.iter().map(|at| self.sentences[*at].text);
            StoryStems::read(std::iter::once(self.title).chain(sentences))
        });
        let sentences: Vec<&str> = evidence.iter().map(|at| self.sentences[*at].text).collect();
        let around = self.around(evidence);
        read(&judge::Case {
            statement: text,
            evidence: &sentences,
            around: &around,
            story,
            is_general: matches!(field, StatementField::Principles | StatementField::KeyTakeaway),
            is_advice: field == StatementField::InPractice,
        })
    }
}

/// Share of its words that a statement of this field has from its evidence.
fn support(field: StatementField) -> f64 {
    match field {
        StatementField::Summary | StatementField::KeyInsights | StatementField::InPractice => {
            SUPPORT_OF_FACTS
        }
        StatementField::Principles | StatementField::KeyTakeaway => SUPPORT_OF_RULES,
    }
}

/// Whether an audience is meant, as "CTO", "For CTOs" or "ctos".
fn is_reader(reader: &str, named: &str) -> bool {
    let bare = |it: &str| {
        let lower = it.trim().to_lowercase();
        let lower = lower.strip_prefix("for ").unwrap_or(&lower);
        lower.trim_end_matches([':', ',']).trim_end_matches('s').to_owned()
    };
    bare(reader) == bare(named)
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

/// How many statements of a field are taken over.
pub(super) fn statements_max(field: StatementField) -> usize {
    match field {
        StatementField::Summary => 4,
        StatementField::KeyTakeaway | StatementField::Principles => 2,
        StatementField::KeyInsights | StatementField::InPractice => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_answer_is_none() {
        let of = |text: &str, is_whole| {
            ModelReply::of(&Reply { text: text.to_owned(), is_whole, prompt_tokens: 0, completion_tokens: 0 })
        };
        assert!(of(r#"{"summary":[]}"#, true).briefing.is_some());
        assert!(of(r#"{"summary":[]}"#, false).briefing.is_none());
        let kept = of(r#"{"keep":[3,"S2",3,99,-1,"x",0]}"#, true);
        assert_eq!(kept.kept(&[0, 1, 2]), Some(vec![2, 1]));
        assert_eq!(kept.kept(&[7]), None);
    }

    #[test]
    fn an_audience_is_known_in_other_spellings() {
        for it in ["CTO", "CTOs", "For CTOs:", " cto "] {
            assert!(is_reader("CTO", it), "{it}");
        }
        assert!(!is_reader("CTO", "") && !is_reader("CTO", "CISO"));
    }

    #[test]
    fn the_longest_common_run_is_counted_in_words() {
        assert_eq!(run("a b c d", "x b c y c d"), 2);
        assert_eq!(run("The Cat sat", "the cat sat on the mat"), 3);
        assert_eq!(run("", "a"), 0);
    }
}
