//! Chooses sentences by rank and by cues: for languages that the chooser has not learned, and
//! for stories without a title.

use std::cell::Cell;

use super::builder::BriefingBuilder;
use super::cue::Signs;
use super::rank;
use super::reading;
use super::reading::MemberSentence;
use super::rounds::SUMMARY_MAX;
use super::rounds::SUMMARY_MERGED_MAX;
use super::rounds::SUMMARY_MIN;
use super::rounds::Share;
use super::stems;
use super::stems::Stem;
use crate::domain::Made;
use crate::domain::StatementField;

/// Words of a sentence of a summary beyond the first.
const SUMMARY_WORDS_MIN: usize = 8;

/// How much less than the best a sentence may score that is taken because it is affordable.
const NEAR_BEST: f64 = 0.5;

/// The same for the opening sentence, which a reader misses most.
const OPENING_NEAR_BEST: f64 = 1.2;

/// Cues that make an insight or a practice worth a place.
pub(super) const CUES_MIN: u32 = 2;

/// Adds the sentences that say most.
pub(super) fn summary(builder: &mut BriefingBuilder, ranking: &rank::Ranking, share: Share, max: usize) {
    let sentences = builder.sentences;
    let is_merged = sentences.first().zip(sentences.last()).is_some_and(|(a, b)| a.member != b.member);
    let primary = sentences.first().map_or(0, |it| it.member);
    let max = max.min(if is_merged { SUMMARY_MERGED_MAX } else { SUMMARY_MAX });
    // One that the gate refuses is never open again, so this ends.
    while builder.count(StatementField::Summary) < max {
        let said = builder.count(StatementField::Summary);
        let picked: Vec<usize> = (0..ranking.candidates.len())
            .filter(|c| builder.of(StatementField::Summary).any(|it| it.at == ranking.candidates[*c]))
            .collect();
        let ranked = ranking.without(&picked);
        let may_repeat_title = Cell::new(false);
        let is_open = |(_, c): &(f64, usize)| {
            let at = ranking.candidates[*c];
            // What leans is shown only behind what it leans on.
            let leans = sentences[at].is_dependent || builder.usage.is_limited() && sentences[at].points_back;
            let is_held = !leans
                || 0 < at
                    && picked.iter().any(|it| ranking.candidates[*it] == at - 1)
                    && sentences[at - 1].is_of_one_text_with(&sentences[at]);
            // The place beyond the usual ones is for what the others add.
            let is_due = said < SUMMARY_MAX || sentences[at].member != primary;
            // Where several publishers speak, "we" is nobody.
            let is_anyones = !is_merged || !sentences[at].speaks_personally;
            let tells = said == 0 || SUMMARY_WORDS_MIN <= sentences[at].words;
            is_held
                && is_due
                && (is_anyones || said == 0)
                && tells
                && builder.is_unsaid(at)
                && (!repeats_title(&sentences[at], builder.title)
                    || may_repeat_title.get() && carries_next(sentences, at))
        };
        let fits = |c: usize| builder.usage.leaves_half(&sentences[ranking.candidates[c]]);
        let is_opening = |c: usize| {
            let it = &sentences[ranking.candidates[c]];
            it.member == primary && it.place == Some(0)
        };
        let affords = |c: usize| builder.usage.affords(&sentences[ranking.candidates[c]]);
        if said == 0 && !ranked.iter().any(&is_open) {
            may_repeat_title.set(true);
        }
        let Some((top, _)) = ranked.iter().find(|it| is_open(it)) else { break };
        // What is cheap is taken for that only if it says about as much as the best.
        let is_near = |it: &&(f64, usize)| said == 0 || top - it.0 <= NEAR_BEST;
        let near = || ranked.iter().take_while(is_near).filter(|it| affords(it.1));
        let affordable = || near().find(|it| is_open(it));
        let best = match share {
            Share::Half if said != 0 => near()
                .find(|it| fits(it.1) && is_open(it))
                .or_else(|| if said < SUMMARY_MIN { affordable() } else { None }),
            // It begins as the text does, where that says about as much as the best.
            Share::Half => near()
                .find(|it| is_opening(it.1) && is_open(it))
                .filter(|it| top - it.0 <= OPENING_NEAR_BEST)
                .or_else(affordable),
            Share::Whole => affordable(),
        };
        let Some((_, best)) = best else { break };
        builder.quote(ranking.candidates[*best], StatementField::Summary, Made::Extractive, None);
    }
}

/// Whether the next sentence leans on this one, so that the two can be quoted together.
pub(super) fn carries_next(sentences: &[MemberSentence], at: usize) -> bool {
    let next = sentences.get(at + 1).filter(|it| it.is_of_one_text_with(&sentences[at]));
    next.is_some_and(|it| it.is_dependent && it.is_quotable)
}

/// Whether the sentence says only what the title says.
pub(super) fn repeats_title(it: &MemberSentence, title: &[(Stem, u32)]) -> bool {
    const TITLE_AGAIN_ABOVE: f64 = 0.85;
    TITLE_AGAIN_ABOVE < stems::overlap(&it.stems, title)
}

/// Adds the sentences with the strongest cues until the field holds `max`.
pub(super) fn best_by(
    builder: &mut BriefingBuilder,
    field: StatementField,
    max: usize,
    cues_min: u32,
    cue: impl Fn(&Signs) -> u32,
) {
    if max <= builder.count(field) {
        return;
    }
    for at in strongest(builder, cues_min, cue) {
        if builder.count(field) < max && builder.is_open(at) {
            builder.quote(at, field, Made::Extractive, None);
        }
    }
}

/// The sentences that are open and stand on their own, with enough cues, strongest
/// first, the earlier of equals; where words are few, so many of them weigh as much as a cue.
pub(super) fn strongest(builder: &BriefingBuilder, cues_min: u32, cue: impl Fn(&Signs) -> u32) -> Vec<usize> {
    const WORDS_A_CUE: f64 = 12.0;
    let cost = if builder.usage.is_limited() { 1.0 / WORDS_A_CUE } else { 0.0 };
    let mut found: Vec<(f64, usize)> = (0..builder.sentences.len())
        .filter(|at| builder.is_open(*at) && builder.stands_alone(*at))
        .map(|at| (cue(builder.signs(at)), at))
        .filter(|it| cues_min <= it.0)
        .map(|(cues, at)| (f64::from(cues) - cost * builder.sentences[at].words as f64, at))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    found.into_iter().map(|it| it.1).collect()
}

/// For a language whose words we do not know: the sentences of a text that are also
/// its publisher's own summary.
pub(super) fn publishers_own(builder: &mut BriefingBuilder) {
    let sentences = builder.sentences;
    for (member, _) in reading::quotable(builder.members) {
        let own = builder.members[member].summary.as_deref().map(reading::blanks_as_one).unwrap_or_default();
        for at in (0..sentences.len()).filter(|at| sentences[*at].member == member) {
            let is_own =
                sentences[at].is_abstract || own.contains(&reading::blanks_as_one(sentences[at].text));
            if is_own && builder.count(StatementField::Summary) < SUMMARY_MERGED_MAX && builder.is_open(at) {
                builder.quote(at, StatementField::Summary, Made::Extractive, None);
            }
        }
        if builder.count(StatementField::Summary) != 0 {
            break;
        }
    }
}
