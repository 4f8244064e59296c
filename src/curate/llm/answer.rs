//! Reads a model's answer, and says of each statement whether it stands.

use std::cell::OnceCell;

use crate::domain::StatementField;
use crate::text::clean;
use crate::text::word;

use super::super::gate;
use super::super::gate::judge;
use super::super::gate::judge::StoryStems;
use super::super::language;
use super::super::reading::MemberSentence;
use super::super::stems;
use super::super::stems::Stem;
use super::super::stems::Stems;
use super::draft::LlmStatement;
use super::form;
use super::form::LlmBriefing;
use super::form::ReplyForm;
pub(super) use super::form::Said;
use super::message::Reply;
use super::plain;

/// Statements of one field that are looked at.
const STATEMENTS_MAX: usize = 12;
/// Sentences that carry one statement.
const EVIDENCE_MAX: usize = 4;
/// Sentences that are tried as better evidence than what the model named.
const NEAREST_MAX: usize = 6;
/// Sentences that are tried for what the cited ones lack, each time.
const COMPLETING_MAX: usize = 3;
/// Sentences before a cited one whose names count as its own.
const NAMED_BEFORE: usize = 2;
/// Share of a statement's stems that the evidence it cites has: what happened is said in the
/// words of those who report it.
const SUPPORT_OF_FACTS: f64 = 0.25;
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
/// Words of a summary that a model is let fill; below, quotation says more.
const SUMMARY_WORDS_MIN: usize = 20;
/// The same for a summary of one sentence.
const SUMMARY_WORDS_ALONE: usize = 40;
/// Fewer characters than this say too little about their language.
const LANGUAGE_CHARS_MIN: usize = 200;

/// What a model answered, as far as it has the form that was asked for.
#[derive(Debug, Default)]
pub(super) struct ModelReply {
    briefing: Option<LlmBriefing>,
    keep: Option<Vec<usize>>,
    /// Why there is neither.
    why: &'static str,
}

impl ModelReply {
    pub(super) fn of(reply: &Reply) -> Self {
        if !reply.is_whole {
            return Self { why: "it was cut off before its end: be shorter", ..Self::default() };
        }
        let ReplyForm { briefing, keep } = form::read(&reply.text).unwrap_or_default();
        Self { briefing, keep, why: "it is not one JSON object of the given form" }
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
    /// In words that the model is sent, too.
    pub faults: Vec<String>,
    /// What was left out and is not worth a second answer.
    pub notes: Vec<String>,
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
    /// What the judge knows of the whole story; read when it is first asked.
    pub story: OnceCell<StoryStems>,
}

impl<'a> Checker<'a> {
    /// Looks at every statement. Faults are in the order of the page.
    pub(super) fn check(&mut self, answer: &'a ModelReply) -> Checked {
        let mut checked = Checked::default();
        let Some(briefing) = &answer.briefing else {
            checked.faults.push(format!("the answer: {}", answer.why));
            return checked;
        };
        checked.notes.clone_from(&briefing.unread);
        let fields = StatementField::ALL.map(|it| (it, briefing.of(it), statements_max(it)));
        if let Some(fault) = self.other_language(fields.iter().flat_map(|it| it.1)) {
            checked.faults.push(fault);
            return checked;
        }
        let title = self.stems.of(self.title);
        let mut said: Vec<Vec<(Stem, u32)>> = Vec::new();
        for (field, list, max) in fields {
            let mut standing: Vec<LlmStatement> = Vec::new();
            for it in list.iter().take(STATEMENTS_MAX) {
                if standing.len() == max || it.text.trim().is_empty() {
                    continue;
                }
                match self.statement(field, it) {
                    Ok(drafted) => {
                        let stems = self.stems_of(&drafted.text);
                        let says = |known: &[(Stem, u32)]| SAME_ABOVE < stems::overlap(known, &stems);
                        let audience_known = standing.iter().any(|known| {
                            field == StatementField::KeyTakeaway && known.audience == drafted.audience
                        });
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
            if field == StatementField::Summary && words < least {
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
    pub(super) fn statement(&mut self, field: StatementField, said: &Said) -> Result<LlmStatement, String> {
        let (text, evidence) = self.grounded(field, said)?;
        self.judged(field, &text, &evidence)?;
        let audience =
            self.readers.iter().find(|it| is_reader(it, &said.audience)).map(|it| (*it).to_owned());
        let runs: Vec<(usize, usize)> =
            self.open.iter().map(|at| (*at, run(&text, self.sentences[*at].text))).collect();
        let words = word::count(&text).max(1);
        let is_whole = |it: &&(usize, usize)| QUOTED_SHARE * words as f64 <= it.1 as f64;
        let quoted = runs.iter().filter(is_whole).max_by_key(|it| it.1).map(|it| it.0);
        let copied = runs.iter().filter(|it| COPIED_WORDS_MIN <= it.1).map(|it| it.0).collect();
        Ok(LlmStatement { field, audience, text, evidence, copied, quoted })
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
        Err("its evidence does not say it so: stay closer to its words".to_owned())
    }

    /// Whether the judge knows the language of these sentences.
    fn is_judged(&self, evidence: &[usize]) -> bool {
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

    /// Whether these sentences carry the statement: they have all its facts and at least this share
    /// of its words.
    fn carries(
        &self,
        text: &str,
        stems: &[(Stem, u32)],
        evidence: &[usize],
        least: f64,
    ) -> Result<(), ReceiptRefusal> {
        let refused = |why: &str| ReceiptRefusal { why: why.to_owned(), is_denied: false };
        if evidence.is_empty() {
            return Err(refused("no sentence carries it"));
        }
        let findings = self.findings(text, evidence);
        if !findings.is_empty() {
            let lacking: Vec<String> =
                findings.iter().map(|it| format!("{:?} `{}`", it.kind, it.text)).collect();
            let is_denied = findings.iter().any(|it| it.kind.is_contrary());
            return Err(ReceiptRefusal {
                why: format!("its evidence lacks {}", lacking.join(", ")),
                is_denied,
            });
        }
        let has = |stem: &Stem| {
            evidence.iter().any(|at| self.sentences[*at].stems.binary_search_by_key(stem, |it| it.0).is_ok())
        };
        let found = stems.iter().filter(|it| has(&it.0)).count();
        if (found as f64) < least * stems.len() as f64 {
            return Err(refused("its evidence does not support it"));
        }
        Ok(())
    }

    /// What the statement says and these sentences do not. For names, the sentences right before
    /// each, the publishers and those whom a briefing is for are evidence too.
    fn findings(&self, text: &str, evidence: &[usize]) -> Vec<gate::Finding> {
        gate::check_among(text, &self.cited(evidence), &self.around(evidence))
    }

    /// The text of these sentences.
    fn cited(&self, evidence: &[usize]) -> String {
        evidence.iter().map(|at| self.sentences[*at].text).collect::<Vec<_>>().join(" ")
    }

    /// The text in which the names of a statement may stand that cites these sentences.
    fn around(&self, evidence: &[usize]) -> String {
        let is_before = |near: usize, at: usize| {
            let (near, at) = (&self.sentences[near], &self.sentences[at]);
            near.member == at.member && near.index <= at.index && at.index <= near.index + NAMED_BEFORE
        };
        let near = self.open.iter().filter(|near| evidence.iter().any(|at| is_before(**near, *at)));
        let mut around: Vec<&str> = near.map(|at| self.sentences[*at].text).collect();
        around.extend(self.publishers);
        around.extend(self.readers);
        around.join(". ")
    }

    /// The cited sentences and those further ones that have what these lack: models cite too
    /// little more often than they invent.
    fn completed(&self, text: &str, stems: &[(Stem, u32)], cited: &[usize]) -> Option<Vec<usize>> {
        let mut evidence = cited.to_vec();
        let mut lacking = self.findings(text, &evidence);
        while !lacking.is_empty() && !evidence.is_empty() && evidence.len() < EVIDENCE_MAX {
            let missing: Vec<String> = lacking.iter().map(|it| it.text.to_lowercase()).collect();
            let has =
                |at: &usize| missing.iter().any(|it| self.sentences[*at].text.to_lowercase().contains(it));
            let mut further: Vec<usize> =
                self.open.iter().copied().filter(|at| !evidence.contains(at)).filter(has).collect();
            further
                .sort_by_key(|at| (std::cmp::Reverse(stems::shared(&self.sentences[*at].stems, stems)), *at));
            let better = further.into_iter().take(COMPLETING_MAX).find_map(|at| {
                let mut more = evidence.clone();
                more.push(at);
                more.sort_unstable();
                let left = self.findings(text, &more);
                (left.len() < lacking.len()).then_some((more, left))
            });
            (evidence, lacking) = better?;
        }
        Some(evidence)
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

/// Why sentences do not carry a statement.
struct ReceiptRefusal {
    why: String,
    /// Whether they say the contrary: then no others are asked.
    is_denied: bool,
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
fn statements_max(field: StatementField) -> usize {
    match field {
        StatementField::Summary => 4,
        StatementField::KeyTakeaway | StatementField::Principles => 2,
        StatementField::KeyInsights | StatementField::InPractice => 3,
    }
}

fn fault(field: StatementField, text: &str, why: &str) -> String {
    const CHARS_MAX: usize = 80;
    let shown: String = clean::line(text).chars().take(CHARS_MAX).collect();
    format!("{}: “{shown}”: {why}", field.as_str())
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
