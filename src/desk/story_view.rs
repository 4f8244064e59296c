//! A story as an editor works on it: its fields, what they were taken from, what readers see of it,
//! and what became of it so far.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::domain::Briefing;
use crate::domain::FieldValue;
use crate::domain::Item;
use crate::domain::StoryField;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::pipeline::Credits;
use crate::pipeline::curation_input;
use crate::pipeline::curation_input::CurationInput;
use crate::pipeline::items;
use crate::store::AuditEvent;
use crate::store::EntryRow;
use crate::store::Reader;
use crate::store::RevisionRow;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::context::Desk;
use super::edit_form::EditForm;
use super::edit_form::Quotable;
use super::edit_form::quotable_of;
use super::error::DeskError;
use super::precondition::StoryVersion;
use super::queue::QueueItem;

/// Stories that are offered for a merge.
const OFFERED_MAX: usize = 20;

/// How far apart the dates of stories lie at most that are offered for a merge.
const OFFERED_WITHIN: std::time::Duration = std::time::Duration::from_secs(90 * 24 * 60 * 60);

/// A story as an editor works on it.
#[derive(Clone, Debug)]
pub struct StoryView {
    /// As the queue shows it.
    pub item: QueueItem,
    /// As it is stored.
    pub story: StoryRow,
    /// What it became part of.
    pub survivor: Option<StoryRow>,
    /// Its fields; why it cannot be edited, where it cannot.
    pub form: Result<EditForm, String>,
    /// Its entries with what may be quoted of them, the primary entry's first.
    pub members: Vec<MemberView>,
    /// Title and briefing that readers see, where a draft waits beside them.
    pub published: Option<(String, Briefing)>,
    /// What it said, newest first.
    pub revisions: Vec<RevisionRow>,
    /// What people did with it, newest first.
    pub acts: Vec<AuditEvent>,
}

/// An entry of a story with what may be quoted of it.
#[derive(Clone, Debug)]
pub struct MemberView {
    /// As it is stored.
    pub entry: EntryRow,
    /// Whom it is credited to.
    pub publisher: String,
    /// Where its article is.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// Whether it speaks for the story.
    pub is_primary: bool,
    /// Its sentences; none where rights forbid to quote it.
    pub sentences: Vec<Quotable>,
    /// Which of them the briefing quotes, by their place.
    pub quoted: BTreeSet<usize>,
}

impl Desk {
    /// A story as an editor works on it; `None` where there is none.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn story(&self, key: &StoryKey) -> Result<Option<StoryView>, StoreError> {
        let Some(item) = self.queue_item(key).await? else { return Ok(None) };
        let form = match self.edit_form(key).await {
            Ok(form) => Ok(form),
            Err(DeskError::Store(error)) => return Err(error),
            Err(refused) => Err(refused.to_string()),
        };
        let (config, key) = (self.config(), key.clone());
        self.store().read(move |it| story_view(it, &config, &key, item, form)).await
    }

    /// Stories that could be merged with one: those that have all these words in their title, else
    /// those of its topic cluster; newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn merge_candidates(&self, key: &StoryKey, words: &str) -> Result<Vec<StoryRow>, StoreError> {
        let (key, words) = (key.clone(), words.to_owned());
        self.store().read(move |it| it.stories_to_merge(&key, &words, OFFERED_WITHIN, OFFERED_MAX)).await
    }

    /// A story as readers would see it with the revision that decisions are about; `None` where nothing
    /// of it may be shown.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn preview(&self, key: &StoryKey) -> Result<Option<Item>, StoreError> {
        let (config, key) = (self.config(), key.clone());
        let preview = move |it: &Reader<'_>| {
            let Some(mut story) = it.story(&key)? else { return Ok(None) };
            let n = StoryVersion::of(&story, it.draft(story.id)?).base();
            let Some(revision) = it.revision(story.id, n)? else { return Ok(None) };
            (story.revision, story.title) = (n, revision.title);
            let sources = it.sources()?;
            Ok(items(it, &Credits::new(&config, &sources), &config.site.base_url, &[story])?.pop())
        };
        self.store().read(preview).await
    }
}

fn story_view(
    store: &Reader<'_>,
    config: &Config,
    key: &StoryKey,
    item: QueueItem,
    form: Result<EditForm, String>,
) -> Result<Option<StoryView>, StoreError> {
    let Some(story) = store.story(key)? else { return Ok(None) };
    let sources = store.sources()?;
    let input = curation_input::read_input(store, config, &Credits::new(config, &sources), story.clone())?;
    let revisions = store.revisions(story.id)?;
    let of = |n: u32| revisions.iter().find(|it| it.n == n);
    let base = of(item.version.base()).and_then(|it| it.content.as_ref().ok()).map(|it| &it.briefing);
    let nothing = Briefing::default();
    let members = members(&input, base.unwrap_or(&nothing));
    let has_draft = item.version.base() != story.revision && story.state == StoryState::Published;
    let shown = of(story.revision).filter(|_| has_draft);
    let published = shown.and_then(|it| Some((it.title.clone(), it.content.as_ref().ok()?.briefing.clone())));
    Ok(Some(StoryView {
        survivor: story.merged_into.map(|it| store.story_at(it)).transpose()?.flatten(),
        acts: store.audit_events(story.id)?,
        item,
        story,
        form,
        members,
        published,
        revisions,
    }))
}

/// The members of a story with their sentences, and which of these a briefing quotes.
fn members(input: &CurationInput, briefing: &Briefing) -> Vec<MemberView> {
    let receipts: Vec<_> = briefing.statements().flat_map(|it| &it.receipts).collect();
    let view = |(member, entry): (&crate::domain::Member, &EntryRow)| {
        let sentences = quotable_of(member);
        let is_quoted = |it: &Quotable| {
            let own = it.statement.receipts.first();
            own.is_some_and(|own| {
                receipts.iter().any(|it| {
                    it.entry == own.entry
                        && it.is_of_abstract == own.is_of_abstract
                        && it.start < own.end
                        && own.start < it.end
                })
            })
        };
        let quoted = sentences.iter().enumerate().filter(|(_, it)| is_quoted(it)).map(|it| it.0).collect();
        MemberView {
            entry: entry.clone(),
            publisher: member.byline.name.clone(),
            url: member.byline.url.to_string(),
            title: member.byline.title.clone(),
            author: member.byline.author.clone(),
            is_primary: member.entry == input.primary,
            sentences,
            quoted,
        }
    };
    input.members.iter().zip(&input.shown).map(view).collect()
}

impl StoryView {
    /// What readers see in a field, where it differs from what waits.
    pub fn shown_otherwise(&self, field: StoryField) -> Option<FieldValue> {
        let (title, briefing) = self.published.as_ref()?;
        let form = self.form.as_ref().ok()?;
        let shown = FieldValue::of(field, title, briefing);
        (shown != FieldValue::of(field, &form.title, &form.briefing)).then_some(shown)
    }
}
