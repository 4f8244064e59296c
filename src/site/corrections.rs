//! What changed, was taken back or was retracted after publication.

use std::cmp::Reverse;

use crate::domain::EDITED;
use crate::domain::Rights;
use crate::domain::StoryState;
use crate::publish::page;
use crate::publish::page::Correction;
use crate::publish::page::Decision;
use crate::publish::page::Deed;
use crate::store::RevisedRow;
use crate::store::StoreError;

use super::snapshot::SiteSnapshot;

/// Corrections on the page.
const CORRECTIONS_MAX: usize = 200;

impl SiteSnapshot<'_> {
    /// What changed after publication, as its history says, what people took back, merged and split,
    /// what may not be shown any more, and what publishers say of their articles since.
    pub(super) fn corrections(&self) -> Result<Vec<Correction>, StoreError> {
        let mut corrections: Vec<Correction> = Vec::new();
        corrections.extend(self.store.revised(CORRECTIONS_MAX)?.into_iter().map(revised));
        corrections.extend(self.store.withdrawn(CORRECTIONS_MAX)?.into_iter().map(|story| Correction {
            at: story.updated,
            title: None,
            path: None,
            what: "Taken back: its publisher allows nothing of it to be shown any more.".to_owned(),
        }));
        for (story, act) in self.store.public_audit_events(CORRECTIONS_MAX)? {
            let deed = if act.act == "approve" { Some(Deed::Restored) } else { self.deed(&act)? };
            let Some(deed) = deed else { continue };
            let is_shown = story.state != StoryState::Withdrawn;
            let decision = Decision { at: act.at, by: act.by, deed, why: act.why };
            corrections.push(Correction {
                at: decision.at,
                title: Some(story.title).filter(|it| is_shown && !it.is_empty()),
                path: Some(story.path).filter(|_| is_shown),
                what: decision.sentence(),
            });
        }
        for (at, story, entry) in self.store.noticed(CORRECTIONS_MAX)? {
            let entry = self.store.member_entries(story.id)?.into_iter().find(|it| it.id == entry);
            let credited = entry.as_ref().and_then(|it| Some((it.article_status?, self.credits.of(it)?)));
            let Some((article_status, credited)) = credited.filter(|it| it.1.byline.rights < Rights::Drop)
            else {
                continue;
            };
            let what = page::article_status(article_status, &credited.byline.name);
            corrections.push(Correction { at, title: Some(story.title), path: Some(story.path), what });
        }
        corrections.sort_by_key(|it| Reverse(it.at));
        corrections.truncate(CORRECTIONS_MAX);
        Ok(corrections)
    }
}

/// A revision as corrections name it.
fn revised(it: RevisedRow) -> Correction {
    let what = match (it.author, it.reviewed) {
        (Some(by), _) if it.why == EDITED => format!("Edited by {by}."),
        (Some(by), _) => format!("Edited by {by}: {}.", it.why.trim_end_matches('.')),
        (None, Some(review)) => format!("Curated again: {}; approved by {}.", it.why, review.by),
        (None, None) => format!("Curated again: {}.", it.why),
    };
    Correction { at: it.shown, title: Some(it.story.title), path: Some(it.story.path), what }
}
