//! The page of a story and that of its history.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::curate;
use crate::curate::CitedPublisher;
use crate::curate::ExcerptContext;
use crate::domain::Item;
use crate::domain::SnapshotId;
use crate::domain::StoryState;
use crate::pipeline::item;
use crate::pipeline::shown_content;
use crate::publish;
use crate::publish::page;
use crate::publish::page::Decision;
use crate::publish::page::Deed;
use crate::publish::page::Revision;
use crate::store::AuditEvent;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::rendered::Rendered;
use super::response::Answer;
use super::response::HTML;
use super::response::html;
use super::snapshot::SiteSnapshot;

impl SiteSnapshot<'_> {
    /// A story of no slug has its history where another has its page.
    pub(super) fn history_or_story(&self, id: &str, path: &str) -> Result<Option<Answer>, StoreError> {
        let is_slugless = self.story_row(id)?.is_some_and(|it| it.path.ends_with('/'));
        if is_slugless { self.history(id, path) } else { self.story(id, path) }
    }

    pub(super) fn story(&self, id: &str, path: &str) -> Result<Option<Answer>, StoreError> {
        let Some(story) = self.story_row(id)? else { return Ok(None) };
        match story.state {
            StoryState::Merged => {
                let survivor = story.merged_into.map(|it| self.store.story_at(it)).transpose()?.flatten();
                Ok(survivor.map(|it| Answer::Moved(it.path)))
            }
            StoryState::Withdrawn => Ok(Some(self.gone(&story)?)),
            StoryState::Published => {
                if path != story.path {
                    return Ok(Some(Answer::Moved(story.path)));
                }
                let items = self.items(std::slice::from_ref(&story))?;
                let Some(item) = items.first() else { return Ok(Some(self.gone(&story)?)) };
                let context = self.excerpt_context(&story, item)?;
                Ok(Some(html(page::story(&self.site, item, &self.publisher_pages(item), &context))))
            }
            StoryState::Rejected if story.first_published.is_some() => Ok(Some(self.gone(&story)?)),
            StoryState::Pending | StoryState::Held | StoryState::Rejected | StoryState::Suppressed => {
                Ok(None)
            }
        }
    }

    /// The sentences before those that the receipts of a story show.
    fn excerpt_context(&self, story: &StoryRow, item: &Item) -> Result<ExcerptContext, StoreError> {
        let receipts = || item.briefing.statements().flat_map(|it| &it.receipts);
        let ids: BTreeSet<SnapshotId> = receipts().map(|it| it.snapshot).collect();
        let texts = self.store.snapshots(&ids)?;
        let mut publishers = BTreeMap::new();
        for entry in self.store.member_entries(story.id)? {
            let source = self.config.sources.iter().find(|it| it.id == entry.source);
            let excerpt = source.map_or(curate::USUAL_EXCERPT, |it| it.excerpt);
            let url = receipts().find(|it| it.entry == entry.id).map(|it| it.url.as_str());
            let Some(byline) = item.bylines.iter().find(|it| Some(it.url.as_str()) == url) else { continue };
            publishers.insert(entry.id, CitedPublisher { name: byline.name.clone(), excerpt });
        }
        Ok(curate::excerpt_context(&item.briefing, &texts, &publishers))
    }

    pub(super) fn history(&self, id: &str, path: &str) -> Result<Option<Answer>, StoreError> {
        let Some(story) = self.story_row(id)? else { return Ok(None) };
        match story.state {
            StoryState::Published => {}
            StoryState::Merged => {
                let survivor = story.merged_into.map(|it| self.store.story_at(it)).transpose()?.flatten();
                return Ok(survivor.map(|it| Answer::Moved(publish::history_path(&it.path))));
            }
            StoryState::Withdrawn | StoryState::Rejected if story.first_published.is_some() => {
                return Ok(Some(self.gone(&story)?));
            }
            _ => return Ok(None),
        }
        let here = publish::history_path(&story.path);
        if path != here {
            return Ok(Some(Answer::Moved(here)));
        }
        let Some(revisions) = self.revisions(&story)? else { return Ok(Some(self.gone(&story)?)) };
        let decisions = self.decisions(&story)?;
        Ok(Some(html(page::history(&self.site, &story.path, &story.title, &revisions, &decisions))))
    }

    /// What a story said, newest first; `None` when nothing of it may be shown any more.
    pub(super) fn revisions(&self, story: &StoryRow) -> Result<Option<Vec<Revision>>, StoreError> {
        let Some(current) = self.items(std::slice::from_ref(story))?.pop() else { return Ok(None) };
        let entries = self.store.member_entries(story.id)?;
        let shown = self.store.revisions(story.id)?.into_iter().filter(|it| it.shown.is_some());
        let revisions = shown.map(|it| {
            let is_readable = it.content.is_ok();
            let mut content = shown_content(self.store, story, it.n, it.content)?;
            let engine = content.briefing.engine;
            item::keep_quotable(&mut content.briefing, &self.credits, &entries);
            let then = Item {
                model: content.record.map(|it| it.model),
                title: it.title,
                briefing: content.briefing,
                revision: it.n,
                reviewed: content.reviewed,
                ..current.clone()
            };
            Ok(Revision {
                number: it.n,
                at: it.created,
                by: it.author.unwrap_or_else(|| engine.as_str().to_owned()),
                reason: Some(it.removed.clone().unwrap_or(it.why)),
                item: Some(then).filter(|_| is_readable && it.removed.is_none()),
            })
        });
        revisions.collect::<Result<_, _>>().map(Some)
    }

    /// 410, with who took the story back and why, where a person did.
    pub(super) fn gone(&self, story: &StoryRow) -> Result<Answer, StoreError> {
        let decision = self.withdrawal(story)?;
        Ok(Answer::Gone(Arc::new(Rendered::new(HTML, page::gone(&self.site, decision.as_ref())))))
    }

    pub(super) fn withdrawal(&self, story: &StoryRow) -> Result<Option<Decision>, StoreError> {
        if story.state != StoryState::Rejected {
            return Ok(None);
        }
        Ok(self.decisions(story)?.into_iter().find(|it| it.deed == Deed::Withdrew))
    }

    /// What people did with a story, latest first.
    pub(super) fn decisions(&self, story: &StoryRow) -> Result<Vec<Decision>, StoreError> {
        let mut decisions = Vec::new();
        let acts = self.store.audit_events(story.id)?;
        for (at, act) in acts.iter().enumerate() {
            let before = acts[at + 1..].iter().find(|it| matches!(it.act.as_str(), "approve" | "reject"));
            let is_restored = act.act == "approve" && before.is_some_and(|it| it.act == "reject");
            let deed = if is_restored { Some(Deed::Restored) } else { self.deed(act)? };
            decisions.extend(deed.map(|deed| Decision {
                at: act.at,
                by: act.by.clone(),
                deed,
                why: act.why.clone(),
            }));
        }
        Ok(decisions)
    }

    /// What an act was; `None` for one of a later version.
    pub(super) fn deed(&self, act: &AuditEvent) -> Result<Option<Deed>, StoreError> {
        let other = act.other.map(|it| self.store.story_at(it)).transpose()?.flatten();
        let is_shown = |it: &StoryRow| it.state != StoryState::Withdrawn && !it.title.is_empty();
        let title = other.filter(is_shown).map(|it| it.title);
        Ok(Some(match act.act.as_str() {
            "approve" => Deed::Approved,
            "reject" => Deed::Withdrew,
            "edit" => Deed::Edited,
            "replay" => Deed::Replayed,
            "merge" => Deed::Merged(title),
            "merged" => Deed::MergedAway(title),
            "split" => Deed::Split(title),
            "parted" => Deed::SplitOff(title),
            _ => return Ok(None),
        }))
    }
}
