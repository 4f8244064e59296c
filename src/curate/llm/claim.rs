//! One statement, held against the sentences it cites as those of a model's answer are.

use std::cell::OnceCell;

use chrono::NaiveDate;

use crate::domain::StatementField;
use crate::text::word::Language;

use super::super::reading::MemberSentence;
use super::super::stems::Stems;
use super::answer::Checker;
use super::answer::Said;

/// A statement about a story, and what it cites.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The story's title.
    pub title: &'a str,
    /// Who published the story; empty where nobody says so.
    pub publisher: &'a str,
    /// The sentences that may be cited, in the order of the text.
    pub sentences: &'a [String],
    /// The statement itself.
    pub statement: &'a str,
    /// The sentences that it cites, counted from 1.
    pub evidence: &'a [usize],
    /// The day on which the story was published, where that is known.
    pub written: Option<NaiveDate>,
    /// Whom a briefing may be for.
    pub audiences: &'a [&'a str],
    /// The field for which it was written: general statements need fewer words of their evidence.
    pub field: StatementField,
}

impl Claim<'_> {
    /// What the judge looks at and the words that the statement adds and drops, where the checks of the gate
    /// find nothing; `None` where they do.
    pub fn judge_features(&self) -> Option<(Vec<f32>, Vec<String>)> {
        let said = Said::new(self.statement, self.evidence);
        self.with_checker(|checker| {
            let (text, evidence) = checker.grounded(self.field, &said).ok()?;
            Some(checker.with_case(self.field, &text, &evidence, |it| (it.features(), it.edits())))
        })
    }

    /// Why the statement would not be published; nothing when it would. All the rules for a
    /// model's statement are asked, also whether other sentences carry it than those it cites.
    pub fn findings(&self) -> Vec<String> {
        let said = Said::new(self.statement, self.evidence);
        self.with_checker(|it| it.statement(self.field, &said).err().map(|it| it.1).into_iter().collect())
    }

    fn with_checker<T>(&self, ask: impl FnOnce(&mut Checker) -> T) -> T {
        let mut stems = Stems::of_language(Language::English);
        let sentences: Vec<MemberSentence> = self
            .sentences
            .iter()
            .enumerate()
            .map(|(index, text)| MemberSentence {
                index,
                text,
                stems: stems.of(text),
                place: Some(index),
                ..MemberSentence::default()
            })
            .collect();
        let open: Vec<usize> = (0..sentences.len()).collect();
        let publishers = [self.publisher];
        let mut checker = Checker {
            sentences: &sentences,
            open: &open,
            title: self.title,
            publishers: &publishers,
            readers: self.audiences,
            language: None,
            stems,
            is_verified: false,
            written: &[self.written],
            story: OnceCell::new(),
        };
        ask(&mut checker)
    }
}
