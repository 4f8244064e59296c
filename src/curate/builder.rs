//! A briefing in the making: what may be quoted, and what has been.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;

use sha2::Digest;
use sha2::Sha256;

use super::alone;
use super::alone::Edited;
use super::budget::Budget;
use super::budget::ExcerptUsage;
use super::cue;
use super::cue::Signs;
use super::differ;
use super::gate;
use super::llm;
use super::reading;
use super::reading::MemberSentence;
use super::result::Dropped;
use super::stems;
use super::stems::Stem;
use crate::domain::Briefing;
use crate::domain::Difference;
use crate::domain::Made;
use crate::domain::Member;
use crate::domain::Receipt;
use crate::domain::Statement;
use crate::domain::StatementField;
use crate::domain::Takeaway;
use crate::text::word::Language;

/// Share of stems in common above which two sentences of one text say the same.
const SAME_ABOVE: f64 = 0.4;

/// What a quotation says that its receipts do not; `plain` is its wording without the marks of edits.
fn ungrounded(plain: &str, receipts: &[Receipt]) -> Vec<gate::Finding> {
    let quotes: Vec<&str> = receipts.iter().map(|it| it.quote.as_str()).collect();
    gate::check(plain, &quotes.join(". "))
}

/// A briefing in the making: what may be quoted, and what has been.
pub(super) struct BriefingBuilder<'a> {
    pub members: &'a [Member],
    pub sentences: &'a [MemberSentence<'a>],
    /// What each sentence shows of its role, once it is asked for.
    signs: Vec<OnceCell<Signs>>,
    /// The numbers of each sentence, once they are asked for.
    numbers: Vec<OnceCell<BTreeSet<String>>>,
    /// The edits with which each sentence stands alone, once they are asked for.
    edits: Vec<OnceCell<Option<Edited>>>,
    pub title: &'a [(Stem, u32)],
    pub usage: ExcerptUsage<'a>,
    /// Positions of the sentences that stand in some field.
    pub taken: Vec<usize>,
    pub placed: Vec<Placed>,
    pub dropped: Vec<Dropped>,
    pub notes: Vec<String>,
}

/// A statement and where it stands.
pub(super) struct Placed {
    pub field: StatementField,
    /// Position of its sentence, or of the first that carries it.
    pub at: usize,
    /// Place within its field.
    pub order: usize,
    pub statement: Statement,
    /// Whom a takeaway is for.
    pub audience: Option<String>,
}

impl<'a> BriefingBuilder<'a> {
    /// Nothing yet, of these members, whose sentences and title these are.
    pub fn new(
        members: &'a [Member],
        sentences: &'a [MemberSentence<'a>],
        title: &'a [(Stem, u32)],
        budget: Budget<'a>,
        notes: Vec<String>,
    ) -> Self {
        Self {
            members,
            sentences,
            signs: vec![OnceCell::new(); sentences.len()],
            numbers: vec![OnceCell::new(); sentences.len()],
            edits: vec![OnceCell::new(); sentences.len()],
            title,
            usage: ExcerptUsage::nothing(budget, members),
            taken: Vec::new(),
            placed: Vec::new(),
            dropped: Vec::new(),
            notes,
        }
    }

    /// What the sentence shows of its role.
    pub fn signs(&self, at: usize) -> &Signs {
        self.signs[at].get_or_init(|| cue::signs(&self.sentences[at]))
    }

    /// The words of the sentence that have digits.
    fn numbers(&self, at: usize) -> &BTreeSet<String> {
        self.numbers[at].get_or_init(|| {
            let text = self.sentences[at].text;
            let words = text.split_whitespace().filter(|it| it.contains(|c: char| c.is_ascii_digit()));
            words.map(|it| it.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()).collect()
        })
    }

    /// The edits with which the sentence can be read alone, where there are any; only of English.
    fn edited(&self, at: usize) -> Option<&Edited> {
        let edit = || {
            let it = &self.sentences[at];
            if !it.is_quotable || it.language != Language::English {
                return None;
            }
            let before = at.checked_sub(1).map(|before| &self.sentences[before]);
            let is_near = |before: &&MemberSentence| {
                before.is_of_one_text_with(it) && before.is_quotable && it.paragraph <= before.paragraph + 1
            };
            let text = || {
                let own = self.sentences.iter().filter(|own| own.member == it.member && own.is_quotable);
                own.map(|it| it.text).collect()
            };
            let (before, title) = (before.filter(is_near), &self.members[it.member].byline.title);
            let around = alone::Around { before: before.map(|it| it.text), title, text: &text };
            alone::edit(it.text, &around).filter(|it| !reading::leans(&it.plain))
        };
        self.edits[at].get_or_init(edit).as_ref()
    }

    /// Whether the sentence leans on the one before it, and no edit helps.
    pub fn is_dependent(&self, at: usize) -> bool {
        self.sentences[at].is_dependent && self.edited(at).is_none()
    }

    /// Whether the sentence may still be quoted: fit, within the budget, not said yet.
    pub fn is_open(&self, at: usize) -> bool {
        self.usage.affords(&self.sentences[at]) && self.is_unsaid(at)
    }

    /// Whether the sentence is fit to be quoted and says something new.
    pub fn is_unsaid(&self, at: usize) -> bool {
        let says_it = |taken: &usize| *taken == at || self.is_same_fact(*taken, at);
        self.sentences[at].is_quotable && !self.taken.iter().any(says_it)
    }

    /// Whether two sentences say the same: most of their words, or, of two publishers or of a text and its
    /// abstract, fewer words and the same numbers.
    fn is_same_fact(&self, one: usize, other: usize) -> bool {
        /// The share that is enough where two publishers tell it.
        const RETOLD_ABOVE: f64 = 0.45;
        /// The same beside a number in common.
        const COUNTED_ABOVE: f64 = 0.2;
        /// Numbers in common that say enough alone.
        const NUMBERS_MIN: usize = 2;
        let (a, b) = (&self.sentences[one], &self.sentences[other]);
        let overlap = stems::overlap(&a.stems, &b.stems);
        if a.is_of_one_text_with(b) {
            return SAME_ABOVE < overlap;
        }
        let shared = self.numbers(one).intersection(self.numbers(other)).count();
        let fewer = a.stems.len().min(b.stems.len());
        let is_inside = fewer <= 2 * stems::shared(&a.stems, &b.stems);
        RETOLD_ABOVE < overlap
            || NUMBERS_MIN <= shared
            || 0 < shared && (COUNTED_ABOVE < overlap || is_inside)
    }

    /// Whether the sentence can be read outside the summary: it is no abstract's, leans on nothing, and what it
    /// speaks of as known is named by the title or the summary.
    pub fn stands_alone(&self, at: usize) -> bool {
        let it = &self.sentences[at];
        let is_known = |stem: &Stem| {
            let holds = |stems: &[(Stem, u32)]| stems.binary_search_by_key(stem, |it| it.0).is_ok();
            holds(self.title)
                || self.of(StatementField::Summary).any(|it| holds(&self.sentences[it.at].stems))
        };
        it.is_quotable
            && !it.is_abstract
            && !self.is_dependent(at)
            && !it.points_back
            && !it.speaks_personally
            && !it.text.starts_with(['"', '\'', '“', '”', '„', '‘', '‚', '«', '»'])
            && (it.subject.is_empty() || it.subject.iter().any(is_known))
    }

    pub fn of(&self, field: StatementField) -> impl Iterator<Item = &Placed> {
        self.placed.iter().filter(move |it| it.field == field)
    }

    pub fn count(&self, field: StatementField) -> usize {
        self.of(field).count()
    }

    /// Facts on which the publishers differ, each value in its publisher's words, as far as
    /// the budget affords them. What stands in a field already costs nothing.
    pub fn differences(&mut self) -> Vec<Difference> {
        let mut found = Vec::new();
        for it in differ::differing(self.members, self.sentences) {
            if !it.at.iter().all(|at| self.usage.affords(&self.sentences[*at])) {
                continue;
            }
            let is_grounded = |at: usize, it: &Statement| ungrounded(self.plain(at), &it.receipts).is_empty();
            let statement =
                |at: &usize| self.statement(*at, Made::Extractive).filter(|it| is_grounded(*at, it));
            let values: Option<Vec<Statement>> = it.at.iter().map(statement).collect();
            if let Some(values) = values {
                it.at.iter().for_each(|at| self.usage.spend(&self.sentences[*at]));
                found.push(Difference { what: it.what, values });
            }
        }
        found
    }

    /// Quotes the sentence with its receipt, if the gate lets it through.
    pub fn quote(&mut self, at: usize, field: StatementField, made: Made, audience: Option<String>) {
        // Also one that is refused is never looked at again.
        self.taken.push(at);
        let Some(statement) = self.statement(at, made) else { return };
        let findings = ungrounded(self.plain(at), &statement.receipts);
        if !findings.is_empty() {
            self.dropped.push(Dropped { field, text: statement.text, findings });
            return;
        }
        self.usage.spend(&self.sentences[at]);
        self.placed.push(Placed { field, at, order: at, statement, audience });
    }

    /// A sentence as a statement with its receipt, and one for what an edit put into it.
    fn statement(&self, at: usize, made: Made) -> Option<Statement> {
        let it = &self.sentences[at];
        let mut receipts = vec![self.receipt(it, it.span.clone())?];
        let Some(edited) = self.edited(at) else {
            return Some(Statement { text: it.text.to_owned(), made, receipts });
        };
        if let Some(name) = &edited.inserted {
            let (before, name) = (&self.sentences[at - 1], &name.name);
            let start = before.span.start;
            receipts.push(self.receipt(before, start + name.start..start + name.end)?);
        }
        Some(Statement { text: edited.text.clone(), made, receipts })
    }

    /// What is quoted of the sentence, without the marks of its edits.
    fn plain(&self, at: usize) -> &str {
        self.edited(at).map_or(self.sentences[at].text, |it| &it.plain)
    }

    /// Takes a name out again that was put in the place of "The company" where the sentence that says it
    /// stands directly ahead.
    fn unname(&mut self) {
        let mut ahead: Vec<(StatementField, Option<usize>)> = Vec::new();
        let mut changed: Vec<(usize, String)> = Vec::new();
        for (place, it) in self.placed.iter().enumerate() {
            let last = ahead.iter().rev().find(|last| last.0 == it.field).and_then(|last| last.1);
            let is_quoted = it.statement.made != Made::Llm;
            ahead.push((it.field, is_quoted.then_some(it.at)));
            let Some(edited) = self.edited(it.at).filter(|_| is_quoted) else { continue };
            let Some(inserted) = &edited.inserted else { continue };
            let (shown, plain) = &inserted.without;
            let is_behind = last.is_some_and(|last| last + 1 == it.at);
            if is_behind && ungrounded(plain, &it.statement.receipts[..1]).is_empty() {
                changed.push((place, shown.clone()));
            }
        }
        for (place, text) in changed {
            let statement = &mut self.placed[place].statement;
            statement.text = text;
            statement.receipts.truncate(1);
        }
    }

    /// A span of the snapshot that a sentence stands in.
    fn receipt(&self, of: &MemberSentence, span: Range<usize>) -> Option<Receipt> {
        let member = &self.members[of.member];
        let snapshot = if of.is_abstract { &member.abstract_snapshot } else { &member.snapshot }.as_ref()?;
        let quote = snapshot.text.get(span.clone())?;
        Some(Receipt {
            entry: member.entry,
            snapshot: snapshot.id,
            is_of_abstract: of.is_abstract,
            url: member.byline.url.to_string(),
            start: span.start,
            end: span.end,
            quote: quote.to_owned(),
            sha256: format!("{:x}", Sha256::digest(quote)),
            is_quote_shown: true,
        })
    }

    /// States what a model wrote. Where it copied, the words count as quoted, and a
    /// sentence that it copied whole is a quotation like any other.
    pub fn state(&mut self, it: &llm::LlmStatement) {
        let order = self.placed.len();
        if let Some(at) = it.quoted {
            if self.usage.affords(&self.sentences[at]) && !self.taken.contains(&at) {
                self.quote(at, it.field, Made::Extractive, it.audience.clone());
                self.placed[order..].iter_mut().for_each(|it| it.order = order);
            } else {
                self.notes.push(format!(
                    "{}: “{}”: it is copied and may not be quoted",
                    it.field.as_str(),
                    it.text
                ));
            }
            return;
        }
        if !it.copied.iter().all(|at| self.usage.affords(&self.sentences[*at])) {
            let words = "more of it is copied than may be quoted";
            self.notes.push(format!("{}: “{}”: {words}", it.field.as_str(), it.text));
            return;
        }
        it.copied.iter().for_each(|at| self.usage.spend(&self.sentences[*at]));
        let sentence = |at: &usize| {
            let it = &self.sentences[*at];
            self.receipt(it, it.span.clone())
        };
        let receipts: Vec<Receipt> = it.evidence.iter().filter_map(sentence).collect();
        let Some(at) = it.evidence.first().copied().filter(|_| !receipts.is_empty()) else { return };
        self.taken.extend(&it.evidence);
        let statement = Statement { text: it.text.clone(), made: Made::Llm, receipts };
        self.placed.push(Placed { field: it.field, at, order, statement, audience: it.audience.clone() });
    }

    /// Shows the sentences that carry what a model wrote, as far as the budget lasts.
    pub fn show_quotes(&mut self) {
        let (sentences, usage) = (self.sentences, &mut self.usage);
        let written = self.placed.iter_mut().filter(|it| it.statement.made == Made::Llm);
        for receipt in written.flat_map(|it| &mut it.statement.receipts) {
            let is_it = |it: &&MemberSentence| {
                let member = &self.members[it.member];
                let text = if it.is_abstract { &member.abstract_snapshot } else { &member.snapshot };
                it.span == (receipt.start..receipt.end)
                    && text.as_ref().is_some_and(|it| it.id == receipt.snapshot)
            };
            let sentence = sentences.iter().find(is_it);
            receipt.is_quote_shown = sentence.is_some_and(|it| usage.affords(it));
            sentence.filter(|_| receipt.is_quote_shown).into_iter().for_each(|it| usage.spend(it));
        }
    }

    /// What has been said, each field in the order of the members and their texts, the
    /// article's own conclusion before what is for some readers.
    pub fn briefing(&mut self) -> Briefing {
        self.placed.sort_by_key(|it| (it.audience.is_some(), it.order));
        self.unname();
        let mut briefing = Briefing::default();
        for it in self.placed.drain(..) {
            match it.field {
                StatementField::Summary => briefing.summary.push(it.statement),
                StatementField::KeyTakeaway => {
                    briefing.key_takeaway.push(Takeaway { audience: it.audience, statement: it.statement });
                }
                StatementField::KeyInsights => briefing.key_insights.push(it.statement),
                StatementField::InPractice => briefing.in_practice.push(it.statement),
                StatementField::Principles => briefing.principles.push(it.statement),
            }
        }
        briefing.sign();
        briefing
    }
}
