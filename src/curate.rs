//! Fills a story's briefing, each statement with its receipt, and lets nothing ungrounded through.
//!
//! The engine here is the extractive one: it chooses sentences of the sources by rule
//! and writes none. What it cannot support stays empty.

mod abstracts;
mod alone;
pub mod audience;
mod boilerplate;
mod budget;
mod builder;
mod change;
mod choose;
pub mod chooser;
mod context;
mod cue;
mod differ;
mod excerpt_context;
pub mod features;
mod framed;
pub mod gate;
mod input;
mod language;
pub mod llm;
mod names;
mod notice;
mod rank;
mod ranked;
mod reading;
mod result;
mod rounds;
mod stems;
#[cfg(test)]
mod tests;
pub mod topics;

pub use self::budget::Budget;
pub use self::budget::PAGE_SHARE as EXCERPT_PAGE_SHARE;
pub use self::budget::USUAL as USUAL_EXCERPT;
pub use self::change::still_says;
pub use self::context::CurationContext;
pub use self::excerpt_context::CitedPublisher;
pub use self::excerpt_context::ExcerptContext;
pub use self::excerpt_context::excerpt_context;
pub use self::notice::article_status;
pub use self::notice::notice;
pub use self::result::Curated;
pub use self::result::Dropped;
pub use self::topics::key_phrases::key_phrases;

use std::cell::LazyCell;

use self::builder::BriefingBuilder;
use self::choose::Choice;
use self::choose::Readers;
use self::framed::Concerned;
use self::input::input_hash;
use self::input::language_of;
use self::ranked::CUES_MIN;
use self::rounds::FillStep;
use crate::domain::Briefing;
use crate::domain::Member;
use crate::domain::StatementField;
use crate::text::word::Language;

/// Briefs a story by rule. The first member speaks for it; without any that may be
/// quoted the briefing holds topics and audiences only.
pub fn brief(context: &CurationContext, title: &str, members: &[Member]) -> Curated {
    brief_with(context, title, members, &llm::LlmDraft::default())
}

/// Briefs a story with what stands of a model's draft; fields of which nothing
/// stands are filled by rule.
pub fn brief_with(
    context: &CurationContext,
    title: &str,
    members: &[Member],
    draft: &llm::LlmDraft,
) -> Curated {
    let (language, known) = language_of(title, members);
    let mut stems = stems::Stems::of_language(known.unwrap_or_default());
    let sentences = abstracts::sentences(members, &mut stems);
    let title_stems = stems.of(title);
    let topics = topics::of_story(context.topics, title, members, known);
    let readers = audience::of_story(context.audiences, &topics, title, members, known);

    let mut builder =
        BriefingBuilder::new(members, &sentences, &title_stems, context.budget, draft.notes.clone());
    draft.statements.iter().for_each(|it| builder.state(it));
    // What the model said as its source did may have gone beyond the budget.
    let drafted: Vec<StatementField> = builder.placed.iter().map(|it| it.field).collect();
    let steps = rounds::steps(context.budget, &drafted);
    match known {
        Some(Language::English) => {
            fill_as_learned(&mut builder, &steps, stems.len(), &Readers::new(context, &topics, &readers));
        }
        Some(_) => {
            fill_by_rank(&mut builder, &steps, stems.len(), &framed::concerned(context, &topics, &readers));
        }
        None if !drafted.contains(&StatementField::Summary) => ranked::publishers_own(&mut builder),
        None => {}
    }
    let differs = if known.is_some() { builder.differences() } else { Vec::new() };
    builder.show_quotes();
    let mut briefing = builder.briefing();
    briefing.differs = differs;
    briefing.best_for = readers.iter().map(|it| it.name.clone()).collect();
    briefing.topics = topics;
    let (dropped, notes) = (builder.dropped, builder.notes);
    Curated { briefing, dropped, notes, language, input_hash: input_hash(title, members) }
}

/// Fills the fields with the sentences that editors would choose, as learned of English.
fn fill_as_learned(builder: &mut BriefingBuilder, steps: &[FillStep], stems: usize, readers: &Readers) {
    let sentences = builder.sentences;
    // A draft that fills every field leaves nothing to choose.
    let choice = LazyCell::new(|| Choice::new(builder.members, sentences));
    // All that editors marked had titles: without one, place and centrality say more.
    let ranking = builder.title.is_empty().then(|| rank::rank(sentences, builder.title, stems));
    for (field, share, max) in steps {
        match field {
            StatementField::Summary => match &ranking {
                Some(ranking) => ranked::summary(builder, ranking, *share, *max),
                None => choose::summary(builder, &choice, *share, *max),
            },
            // Nothing stands without a summary to stand under.
            _ if builder.count(StatementField::Summary) == 0 => {}
            StatementField::KeyTakeaway
            | StatementField::KeyInsights
            | StatementField::Principles
            | StatementField::InPractice => choose::points(builder, &choice, readers, *field, *max),
        }
    }
}

/// Fills the fields with the sentences that rank best and have the cues of their field.
fn fill_by_rank(builder: &mut BriefingBuilder, steps: &[FillStep], stems: usize, concerned: &[Concerned]) {
    let ranking = rank::rank(builder.sentences, builder.title, stems);
    for (field, share, max) in steps {
        match field {
            StatementField::Summary => ranked::summary(builder, &ranking, *share, *max),
            _ if builder.count(StatementField::Summary) == 0 => {}
            StatementField::KeyInsights => ranked::best_by(builder, *field, *max, CUES_MIN, |it| it.insight),
            StatementField::InPractice => ranked::best_by(builder, *field, *max, CUES_MIN, |it| it.practice),
            StatementField::KeyTakeaway => framed::takeaway(builder, concerned, *max),
            StatementField::Principles => {}
        }
    }
}

/// Says what a story is about and quotes nothing.
pub fn label(context: &CurationContext, title: &str, members: &[Member]) -> Curated {
    let (language, known) = language_of(title, members);
    let topics = topics::of_story(context.topics, title, members, known);
    let briefing = Briefing { topics, ..Briefing::default() };
    Curated { briefing, language, input_hash: input_hash(title, members), ..Curated::default() }
}
