//! Lets a language model write a briefing, and takes nothing from it that the sources do not carry.
//!
//! Everything here is a pure function of what is known and of the replies so far:
//! [`step`] says what to ask next, or what was written. Whoever holds the replies
//! can therefore take every step again and gets the same briefing. The model is
//! given numbered sentences of publishers who allow it, and nothing else; it answers
//! with statements and the numbers of the sentences that carry them. From these come
//! the receipts; the gate and a measure of support decide whether a statement stands.

mod answer;
mod claim;
mod dialect;
mod draft;
mod evidence;
mod form;
mod message;
mod plain;
mod prompt;
mod thought;
mod verification;

use std::cell::OnceCell;

use chrono::NaiveDate;

use crate::domain::Member;
use crate::domain::Rights;
use crate::domain::StatementField;
use crate::domain::Timestamp;

pub use self::claim::Claim;
pub use self::dialect::BadReply;
pub use self::dialect::Dialect;
pub use self::dialect::models;
pub use self::draft::LlmDraft;
pub(super) use self::draft::LlmStatement;
pub use self::message::LlmRequest;
pub use self::message::PROMPT;
pub use self::message::Reply;
pub use self::message::Settings;
pub use self::verification::self_test;
pub use self::verification::told_apart;

use self::answer::Checked;
use self::answer::Checker;
use self::answer::Fault;
use self::answer::FaultCause;
use self::answer::ModelReply;
use self::message::hex;
use super::abstracts;
use super::audience;
use super::context::CurationContext;
use super::input::input_hash;
use super::language;
use super::reading;
use super::reading::MemberSentence;
use super::stems;
use super::topics;
use crate::text::word;

/// Words of a summary that a model is let fill; below, quotation says more.
const SUMMARY_WORDS_MIN: usize = 20;
/// The same for a summary of one sentence.
const SUMMARY_WORDS_ALONE: usize = 40;

/// Parts in which a text is read.
const PARTS_MAX: usize = 24;

/// Rounds of choosing from what was chosen.
const ROUNDS_MAX: usize = 3;

/// Tokens of an answer that only names sentences.
const CHOICE_TOKENS: u32 = 200;

/// What is to be done next.
#[derive(Clone, Debug)]
pub enum Step {
    /// The model is asked; its reply comes behind those there are.
    Ask(LlmRequest),
    /// Nothing more is asked: this much stands, which may be nothing.
    Written(LlmDraft),
}

/// Whether a model may see anything of a story: some member has a text, and its
/// publisher allows every engine.
pub fn may_ask(members: &[Member]) -> bool {
    reading::quotable(members).any(|(at, _)| is_open(&members[at]))
}

fn is_open(member: &Member) -> bool {
    member.byline.rights == Rights::Any && member.snapshot.is_some()
}

/// What to ask next, given every reply so far in the order of asking.
///
/// A long text is read in parts, of each of which the model names the sentences
/// that matter; the briefing is then written from these. Where a verifier is set, it is asked whether
/// each statement follows that is not copied. Statements with faults are sent back once.
pub fn step(context: &CurationContext, members: &[Member], settings: &Settings, replies: &[Reply]) -> Step {
    let answers: Vec<ModelReply> = replies.iter().map(ModelReply::of).collect();
    let mut replies = replies.iter().zip(&answers);
    let mut stems = stems::Stems::default();
    let sentences = abstracts::sentences(members, &mut stems);
    let open: Vec<usize> = (0..sentences.len())
        .filter(|at| sentences[*at].place.is_some() && is_open(&members[sentences[*at].member]))
        .collect();
    // The title, too, is the words of its publisher.
    let Some(lead) = members.iter().find(|it| is_open(it)) else { return Step::Written(LlmDraft::default()) };
    if open.is_empty() {
        return Step::Written(LlmDraft::default());
    }
    let title = lead.byline.title.as_str();
    let text = open.iter().map(|at| sentences[*at].text).collect::<Vec<_>>().join(" ");
    let language = language::tag(&text, lead.language.as_deref());
    let known = language::known(&text, language.as_deref());
    let story = topics::of_story(context.topics, title, members, known);
    let readers = audience::of_story(context.audiences, &story, title, members, known);
    let readers: Vec<&str> = readers.into_iter().map(|it| it.name.as_str()).collect();
    let nonce = &hex(&["fence", &input_hash(title, members)])[..24];
    let tag = language.as_deref();
    let writing =
        prompt::Writing { members, sentences: &sentences, title, nonce, language: tag, open: &open };
    let mut notes = Vec::new();
    let kept = match narrowed(&writing, settings, &open, &mut replies, &mut notes) {
        Ok(kept) => kept,
        Err(step) => return step,
    };
    let publishers: Vec<&str> = members.iter().map(|it| it.byline.name.as_str()).collect();
    let is_dated = |it: &&Member| it.byline.published != Timestamp::default();
    let day = |it: &Member| Some(it).filter(is_dated).map(|it| it.byline.published.utc().date_naive());
    let written_on: Vec<Option<NaiveDate>> = members.iter().map(day).collect();
    let checker = Checker {
        sentences: &sentences,
        open: &open,
        title,
        publishers: &publishers,
        readers: &readers,
        language: tag,
        stems,
        is_verified: settings.verifier.is_some(),
        written: &written_on,
        story: OnceCell::new(),
    };
    answered(&writing, settings, &kept, checker, &mut replies, notes)
}

/// What stands of the answer to a story of which these sentences are shown: what to ask next about it.
fn answered<'a>(
    writing: &prompt::Writing,
    settings: &Settings,
    kept: &[usize],
    mut checker: Checker<'a>,
    replies: &mut impl Iterator<Item = (&'a Reply, &'a ModelReply)>,
    notes: Vec<String>,
) -> Step {
    let readers = checker.readers;
    let Some((reply, answer)) = replies.next() else {
        return Step::Ask(writing.briefing(settings, kept, readers));
    };
    let mut first = checker.check(answer, &[], &[]);
    if let Err(request) = confirm(writing, settings, &mut first, replies) {
        return Step::Ask(request);
    }
    let repair = match &first.unread {
        Some(why) => writing.again(settings, kept, readers, &reply.text, why),
        None if is_worth_repair(&first, settings.verifier.is_some()) => {
            writing.repair(settings, readers, &first.faults)
        }
        None => return written(first, Checked::default(), notes),
    };
    let Some((_, answer)) = replies.next() else { return Step::Ask(repair) };
    let mut second = checker.check(answer, &first.statements, &first.faults);
    if let Err(request) = confirm(writing, settings, &mut second, replies) {
        return Step::Ask(request);
    }
    written(first, second, notes)
}

/// Leaves of an answer what the verifier confirms, where one is asked; the request to it where it has not
/// answered yet. Whatever it does not confirm does not stand. Copied sentences need nobody's word.
fn confirm<'a>(
    writing: &prompt::Writing,
    settings: &Settings,
    checked: &mut Checked,
    replies: &mut impl Iterator<Item = (&'a Reply, &'a ModelReply)>,
) -> Result<(), LlmRequest> {
    let Some(verifier) = &settings.verifier else { return Ok(()) };
    let asked: Vec<&LlmStatement> = checked.statements.iter().filter(|it| it.quoted.is_none()).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let Some((_, answer)) = replies.next() else {
        let settings = Settings { model: verifier.clone(), ..settings.clone() };
        return Err(writing.verification(&settings, &asked));
    };
    let mut verdicts = verification::verdicts(answer.verdicts.as_deref(), asked.len()).into_iter();
    for it in std::mem::take(&mut checked.statements) {
        let verdict = if it.quoted.is_some() { Some(Ok(())) } else { verdicts.next().flatten() };
        let why = match verdict {
            Some(Ok(())) => {
                checked.statements.push(it);
                continue;
            }
            Some(Err(wrong)) if wrong.trim().is_empty() => {
                "the verifier says that it does not follow".to_owned()
            }
            Some(Err(wrong)) => format!("the verifier says that it does not follow: {wrong}"),
            None => "the verifier did not confirm it".to_owned(),
        };
        let LlmStatement { field, order, text, evidence: near, .. } = it;
        checked.faults.push(Fault { field, order, text, why, cause: FaultCause::Wrong, near });
    }
    Ok(())
}

/// Whether faults are sent back: those that a writer can mend. Where each repair is verified, too, only for the
/// lead or for a field of which nothing stands.
fn is_worth_repair(checked: &Checked, is_verified: bool) -> bool {
    let is_lost = |it: &Fault| {
        let is_lead = it.field == StatementField::Summary && it.order == 0;
        it.cause != FaultCause::Needless && (is_lead || checked.of(it.field).next().is_none())
    };
    if is_verified {
        checked.faults.iter().any(is_lost)
    } else {
        checked.faults.iter().any(|it| it.cause != FaultCause::Doubted)
    }
}

/// The sentences that one request can hold, chosen by the model from parts where the text is longer;
/// what to ask next where a part has no answer yet.
fn narrowed<'r>(
    writing: &prompt::Writing,
    settings: &Settings,
    open: &[usize],
    replies: &mut impl Iterator<Item = (&'r Reply, &'r ModelReply)>,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>, Step> {
    let sentences = writing.sentences;
    let mut kept = open.to_vec();
    let mut round = 0;
    loop {
        let parts = parts(sentences, &kept, settings.input_words);
        if parts.len() <= 1 {
            return Ok(kept);
        }
        if PARTS_MAX < parts.len() || ROUNDS_MAX <= round {
            notes.push(format!("the text is too long for this model: {} parts", parts.len()));
            return Err(Step::Written(LlmDraft { notes: std::mem::take(notes), ..LlmDraft::default() }));
        }
        let mut chosen = Vec::new();
        let words = settings.input_words / parts.len();
        for part in &parts {
            let Some((_, answer)) = replies.next() else {
                return Err(Step::Ask(writing.choice(settings, part, CHOICE_TOKENS)));
            };
            let in_order = answer.kept(part).unwrap_or_else(|| {
                notes.push("a part's answer could not be read: its beginning was kept".to_owned());
                part.clone()
            });
            chosen.extend(within(sentences, &in_order, words));
        }
        chosen.sort_unstable();
        kept = chosen;
        round += 1;
    }
}

/// What stands of an answer and of its repair, in the order of the page. A summary that is too short or
/// has lost its lead is left to quotation.
fn written(first: Checked, second: Checked, mut notes: Vec<String>) -> Step {
    let unread = |of: &Checked| of.unread.as_ref().map(|it| format!("the answer: {it}"));
    let first_faults = unread(&first).into_iter().chain(first.faults.iter().map(ToString::to_string));
    notes.extend(first_faults.map(|it| format!("first answer: {it}")));
    notes.extend(unread(&second));
    notes.extend(second.faults.iter().map(ToString::to_string));
    notes.extend(first.notes.into_iter().chain(second.notes));
    let is_lead = |field, order| field == StatementField::Summary && order == 0;
    let mut lead_faults = first.faults.iter().chain(&second.faults);
    let had_lead = lead_faults.any(|it| is_lead(it.field, it.order) && it.cause != FaultCause::Needless);
    let all: Vec<LlmStatement> = first.statements.into_iter().chain(second.statements).collect();
    let has_lead = all.iter().any(|it| is_lead(it.field, it.order));
    let mut statements = Vec::new();
    for field in StatementField::ALL {
        let mut of_field: Vec<LlmStatement> = all.iter().filter(|it| it.field == field).cloned().collect();
        of_field.sort_by_key(|it| it.order);
        of_field.truncate(answer::statements_max(field));
        let words: usize = of_field.iter().map(|it| word::count(&it.text)).sum();
        let least = if of_field.len() == 1 { SUMMARY_WORDS_ALONE } else { SUMMARY_WORDS_MIN };
        let is_short = words < least || had_lead && !has_lead;
        if field == StatementField::Summary && is_short {
            notes.push("summary: too little of it is left".to_owned());
            continue;
        }
        statements.extend(of_field);
    }
    Step::Written(LlmDraft { statements, notes })
}

/// Cuts sentences into parts of about equal size, none of which has more words than `words_max`
/// unless it is one sentence.
fn parts(sentences: &[MemberSentence], at: &[usize], words_max: usize) -> Vec<Vec<usize>> {
    let all: usize = at.iter().map(|it| sentences[*it].words).sum();
    let even = all.div_ceil(all.div_ceil(words_max.max(1)).max(1));
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut words = usize::MAX;
    for it in at {
        let more = sentences[*it].words;
        words = words.saturating_add(more);
        // One that ends a little beyond its share spares a part of one sentence.
        if words_max < words || even + more / 2 < words {
            parts.push(Vec::new());
            words = more;
        }
        if let Some(last) = parts.last_mut() {
            last.push(*it);
        }
    }
    parts
}

/// The first of these sentences that have `words_max` words in all, and at least one.
fn within(sentences: &[MemberSentence], at: &[usize], words_max: usize) -> Vec<usize> {
    let mut words = 0;
    let mut fitting = Vec::new();
    for it in at {
        words += sentences[*it].words;
        if words_max < words && !fitting.is_empty() {
            break;
        }
        fitting.push(*it);
    }
    fitting
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Budget;
    use super::super::Curated;
    use super::super::brief_with;
    use super::*;
    use crate::domain::Byline;
    use crate::domain::Engine;
    use crate::domain::EntryId;
    use crate::domain::Made;
    use crate::domain::Snapshot;
    use crate::domain::SnapshotFrom;
    use crate::domain::SnapshotId;
    use crate::domain::Statement;

    const TITLE: &str = "Tarn 5.2 halves the memory of its query planner";
    const TEXT: &str = "Version 5.2 of the Tarn database needs half the memory for planning joins of more than twelve tables. \
        The maintainers replaced the exhaustive search with a bounded one.\n\n\
        In the project's own benchmark, planning a join of 20 tables took 31 milliseconds instead of 412. \
        Plans became slower to execute in two of 113 queries.\n\n\
        Administrators can return to the old planner with one setting until version 6.";

    fn member(rights: Rights, text: &str) -> Member {
        Member {
            entry: EntryId(1),
            source: "monitor".parse().expect("a slug"),
            byline: Byline {
                name: "Example Monitor".to_owned(),
                url: "https://monitor.example/1".parse().expect("a URL"),
                title: TITLE.to_owned(),
                feed_url: None,
                feed_id: None,
                home: None,
                author: None,
                published: Timestamp::default(),
                rights,
                rights_text: None,
                via: Vec::new(),
                copy_of: None,
            },
            snapshot: Some(Snapshot { id: SnapshotId(1), from: SnapshotFrom::Feed, text: Arc::from(text) }),
            summary: None,
            abstract_snapshot: None,
            categories: Vec::new(),
            language: Some("en".to_owned()),
        }
    }

    const DESK: CurationContext<'_> =
        CurationContext { topics: &[], audiences: &[], budget: Budget::Excerpts(&[]) };

    fn settings(input_words: usize) -> Settings {
        Settings { model: "m".to_owned(), input_words, output_tokens: 400, verifier: None }
    }

    fn reply(text: &str) -> Reply {
        Reply { text: text.to_owned(), is_whole: true, prompt_tokens: 1, completion_tokens: 1 }
    }

    /// An answer with these statements in one field, after a summary that stands.
    fn answer(field: &str, text: &str, evidence: &[u32]) -> String {
        let honest = [
            serde_json::json!({ "text": "Version 5.2 of Tarn needs only half the memory to plan joins of more than twelve tables.", "evidence": [1] }),
            serde_json::json!({ "text": "Planning a join of 20 tables took 31 milliseconds, where it took 412.", "evidence": [3] }),
        ];
        let mut value = serde_json::json!({ "summary": honest });
        let said = serde_json::json!({ "text": text, "evidence": evidence });
        match value[field].as_array_mut() {
            Some(list) => list.push(said),
            None => value[field] = serde_json::json!([said]),
        }
        value.to_string()
    }

    /// What is published of the same answer to question and repair.
    fn curated(members: &[Member], answer: &str) -> Curated {
        let replies = [reply(answer), reply(answer)];
        let Step::Written(draft) = step(&DESK, members, &settings(500), &replies) else {
            panic!("no third request")
        };
        brief_with(&DESK, TITLE, members, &draft)
    }

    #[track_caller]
    fn check(field: &str, text: &str, evidence: &[u32], expected: Option<&[usize]>) {
        let members = [member(Rights::Any, TEXT)];
        let curated = curated(&members, &answer(field, text, evidence));
        let found: Vec<&Statement> =
            curated.briefing.statements().filter(|it| it.made == Made::Llm).collect();
        let said = found.iter().find(|it| it.text == text);
        let starts: Option<Vec<usize>> = said.map(|it| it.receipts.iter().map(|it| it.start).collect());
        assert_eq!(starts.as_deref(), expected, "{text}: {:?}", curated.notes);
        assert_eq!(found.len(), 2 + usize::from(expected.is_some()), "the rest stands: {:?}", curated.notes);
    }

    fn at(sentence: &str) -> usize {
        TEXT.find(sentence).expect("a sentence of the text")
    }

    #[test]
    fn a_statement_stands_on_the_sentences_that_carry_it() {
        let slower = "Two of 113 queries became slower to execute with the new plans.";
        check("key_insights", slower, &[4], Some(&[at("Plans became")]));
        check("key_insights", slower, &[1], Some(&[at("Plans became")]));
        check("key_insights", slower, &[], Some(&[at("Plans became")]));
        check("key_insights", slower, &[99, 0], Some(&[at("Plans became")]));
        let both = "The search for plans is now bounded, and planning took 31 milliseconds.";
        check("key_insights", both, &[2, 3], Some(&[at("The maintainers"), at("In the project's")]));
        check(
            "in_practice",
            "Administrators can set the old planner with one setting.",
            &[5],
            Some(&[at("Administrators")]),
        );
    }

    #[test]
    fn what_no_sentence_carries_does_not_stand() {
        check("key_insights", "Two of 114 queries became slower to execute.", &[4], None);
        check("key_insights", "The planner of Oracle became slower to execute.", &[4], None);
        check("key_insights", "Administrators cannot return to the old planner.", &[5], None);
        check(
            "principles",
            "Modern engineering teams everywhere deserve better tooling budgets.",
            &[2],
            None,
        );
        check("key_takeaway", "Investors will surely profit from cheaper infrastructure soon.", &[1], None);
    }

    #[test]
    fn a_copied_sentence_is_a_quotation_within_the_budget() {
        let members = [member(Rights::Any, TEXT)];
        let copy = "Plans became slower to execute in two of 113 queries.";
        let it = curated(&members, &answer("key_insights", copy, &[4])).briefing;
        let quoted = it.key_insights.iter().find(|it| it.text == copy).expect("it stands");
        assert_eq!(quoted.made, Made::Extractive);
        assert_eq!(it.engine, Engine::Mixed);
    }

    #[test]
    fn a_model_that_says_nothing_of_use_leaves_the_briefing_to_the_rules() {
        let members = [member(Rights::Any, TEXT)];
        let by_rule = super::super::brief(&DESK, TITLE, &members);
        for text in ["", "no", "{}", r#"{"summary":[]}"#, r#"{"summary":[{"text":"Half."}]}"#] {
            let it = curated(&members, text);
            assert_eq!((it.briefing, it.notes.is_empty()), (by_rule.briefing.clone(), false), "{text}");
        }
    }

    #[test]
    fn the_same_replies_give_the_same_briefing_and_the_same_requests() {
        let members = [member(Rights::Any, TEXT)];
        let wrong = answer("principles", "All 77 planners should be bounded.", &[2]);
        let asked = |replies: &[Reply]| match step(&DESK, &members, &settings(500), replies) {
            Step::Ask(request) => request,
            Step::Written(_) => panic!("a request"),
        };
        assert_eq!(asked(&[]), asked(&[]));
        let repair = asked(&[reply(&wrong)]);
        assert_eq!(repair, asked(&[reply(&wrong)]));
        assert_ne!(repair.key, asked(&[]).key);
        assert_eq!(curated(&members, &wrong), curated(&members, &wrong));
    }

    #[test]
    fn only_texts_that_every_engine_may_read_are_sent() {
        for rights in [Rights::Extractive, Rights::Link, Rights::Drop] {
            assert!(!may_ask(&[member(rights, TEXT)]));
            assert!(
                matches!(step(&DESK, &[member(rights, TEXT)], &settings(500), &[]), Step::Written(it) if it.is_empty())
            );
        }
        let mut other =
            member(Rights::Extractive, "Halden issued keys to all of its 2,300 employees this April.");
        other.byline.name = "Secret Courier".to_owned();
        other.byline.title = "Halden has keys".to_owned();
        let members = [other, member(Rights::Any, TEXT)];
        assert!(may_ask(&members));
        let Step::Ask(request) = step(&DESK, &members, &settings(500), &[]) else { panic!("a request") };
        let body = request.body(Dialect::default());
        assert!(body.contains("Tarn") && !body.contains("Halden") && !body.contains("Courier"), "{body}");
    }

    #[test]
    fn a_long_text_is_read_whole_and_in_bounded_steps() {
        let text: Vec<String> = (0..200)
            .map(|n| format!("The observatory measured {n} packets on its radio of Brenn today."))
            .collect();
        let members = [member(Rights::Any, &text.join(" "))];
        let mut replies = Vec::new();
        let mut sent = String::new();
        let request = loop {
            let Step::Ask(request) = step(&DESK, &members, &settings(300), &replies) else {
                panic!("a request")
            };
            if request.tokens_max != CHOICE_TOKENS {
                break request;
            }
            sent.push_str(&request.body(Dialect::default()));
            replies.push(reply("nonsense"));
        };
        assert!(replies.len() <= PARTS_MAX, "{}", replies.len());
        assert!(text.iter().all(|it| sent.contains(it.as_str())));
        assert!(request.tokens_expected() < 3_000, "{}", request.tokens_expected());
        let Step::Written(draft) = step(&DESK, &members, &settings(100), &[]) else { return };
        assert!(draft.notes[0].contains("too long"), "{:?}", draft.notes);
    }
}
