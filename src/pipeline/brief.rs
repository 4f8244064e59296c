//! Curates the stories that wait for it and lets them into the outputs.

use std::collections::HashMap;
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use sha2::Digest;
use sha2::Sha256;
use tracing::error;
use tracing::info;

use crate::cluster;
use crate::config::Config;
use crate::config::EngineChoice;
use crate::config::OnFailure;
use crate::config::Output;
use crate::config::PublishMode;
use crate::curate;
use crate::curate::Budget;
use crate::curate::Curated;
use crate::curate::CurationContext;
use crate::curate::llm::Draft;
use crate::domain::Aftermath;
use crate::domain::Briefing;
use crate::domain::EntryId;
use crate::domain::Family;
use crate::domain::Made;
use crate::domain::Member;
use crate::domain::Notice;
use crate::domain::Record;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::Snapshot;
use crate::domain::SnapshotFrom;
use crate::domain::Statement;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::domain::Topic;
use crate::store::Basis;
use crate::store::Current;
use crate::store::EntryRow;
use crate::store::MemberRow;
use crate::store::NewRevision;
use crate::store::OutputEntry;
use crate::store::REMOVED_KEY;
use crate::store::Reader;
use crate::store::RevisionContent;
use crate::store::RevisionRow;
use crate::store::SourceRow;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::StoryRowId;
use crate::store::Writer;

use super::OnProgress;
use super::Pipeline;
use super::Progress;
use super::Score;
use super::consult::ASK_AGAIN_WITHIN;
use super::consult::may_ask;
use super::content::shown_content;
use super::credit::Credited;
use super::credit::Credits;
use super::credit::Homes;
use super::credit::Provenance;
use super::item;
use super::ledger;
use super::model::Asking;
use super::model::Written;
use super::overrides::Overrides;
use super::ready::page_wait;

/// Stories curated and stored in one go.
const BATCH: usize = 250;

/// Topics of the taxonomy two stories share to be shown as related.
const SHARED_TOPICS_MIN: usize = 2;

/// Stories with a topic in common that are looked at.
const RELATED_CANDIDATES_MAX: usize = 50;

/// Related stories shown with one.
const RELATED_MAX: usize = 4;

/// Characters of a title made from the text of an entry that has none.
const MADE_TITLE_CHARS_MAX: usize = 80;

/// One story with all that curation and publication want to know of it.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) story: StoryRow,
    pub(crate) members: Vec<Member>,
    /// What is shown of each member that may be shown at all, in the same order.
    pub(crate) shown: Vec<EntryRow>,
    pub(crate) primary: EntryId,
    title: String,
    pub(crate) mode: PublishMode,
    trust: f64,
    /// Publishers that tell it independently.
    coverage: usize,
    /// The entry whose text each member repeats, if any.
    copies: Vec<(EntryId, Option<EntryId>)>,
    /// Whether it is paid for or advertises something: then it is kept, not published.
    pub(crate) notice: Option<Notice>,
    /// What publishers say of their articles since they appeared, where it is news.
    aftermath: Vec<(EntryId, Aftermath)>,
    /// What the store held of the members when they were read, in order of their rows.
    basis: Vec<Basis>,
    /// Entries of which nothing may be kept, and something is: they lead to a removed publisher's articles.
    removed: Vec<EntryId>,
    /// Whether a model may see texts of it once a robots.txt can be read that nobody could read yet.
    pub(super) awaits_signals: bool,
    /// What people wrote into its fields.
    pub(crate) overrides: Overrides,
    /// What readers see of it, or will see.
    current: Option<RevisionRow>,
}

/// What is to be stored of a curated story.
pub(crate) struct Briefed {
    pub(crate) prepared: Arc<Prepared>,
    pub(crate) curated: Curated,
    pub(crate) title: String,
    pub(crate) audiences: Vec<Slug>,
    /// How a model took part, or why it did not.
    pub(crate) record: Option<Record>,
    /// Whether an editor has to look at it because the model failed.
    pub(crate) is_held: bool,
}

impl Pipeline {
    /// Curates every story that waits for it, oldest first, and returns how many
    /// were published. Each batch is stored with its place in the outputs, so
    /// that a kill between batches changes neither. Where a model writes, this is
    /// [`Pipeline::consult`]'s work.
    pub(super) async fn brief(self: &Arc<Self>, on_progress: OnProgress<'_>) -> Result<usize, StoreError> {
        ledger::apply(&self.store, &self.config).await?;
        if self.model.is_some() {
            return Ok(0);
        }
        let (mut published, mut curated) = (0, 0);
        let sources = Arc::new(self.store.read(|it| it.sources()).await?);
        let homes = Arc::new(Homes::of(&self.config, &sources));
        let mut briefed = self.brief_next(&sources, &homes, HashSet::new()).await?;
        while !briefed.is_empty() {
            let taken = briefed.iter().map(|it| it.prepared.story.id).collect();
            curated += briefed.len();
            // While one batch is stored, the next is written.
            let next = self.brief_next(&sources, &homes, taken);
            let (stored, next) = tokio::join!(self.store_briefed(briefed), next);
            published += stored?;
            briefed = next?;
            if briefed.is_empty() {
                // What changed before it could be stored is looked at again.
                briefed = self.brief_next(&sources, &homes, HashSet::new()).await?;
            }
            on_progress(Progress::Curating(curated));
        }
        Ok(published)
    }

    /// Briefs the next stories that wait for it, all but those that are `taken`.
    async fn brief_next(
        &self,
        sources: &Arc<Vec<SourceRow>>,
        homes: &Arc<Homes>,
        taken: HashSet<StoryRowId>,
    ) -> Result<Vec<Briefed>, StoreError> {
        let (config, sources, homes) = (Arc::clone(&self.config), Arc::clone(sources), Arc::clone(homes));
        let now = self.now();
        let prepare = move |store: &Reader<'_>| {
            let credits = Credits::over(&config, &sources, homes);
            let mut stories = store.stories_to_curate(page_wait(now), BATCH + taken.len())?;
            stories.retain(|it| !taken.contains(&it.id));
            stories.truncate(BATCH);
            let prepared = stories.into_iter().map(|it| prepare_one(store, &config, &credits, it));
            prepared.collect::<Result<Vec<_>, _>>()
        };
        let batch = self.store.read(prepare).await?;
        let config = Arc::clone(&self.config);
        let brief = move |it| brief_one(&config, Arc::new(it), &Draft::default());
        let briefed = tokio::task::spawn_blocking(move || batch.into_iter().map(brief).collect());
        briefed.await.map_err(|_| StoreError::Panicked)
    }

    /// Stores curated stories, and returns how many were published by it.
    pub(super) async fn store_briefed(&self, briefed: Vec<Briefed>) -> Result<usize, StoreError> {
        let (config, now) = (Arc::clone(&self.config), self.now());
        let store = move |it: &Writer<'_>| {
            let mut published = 0;
            for story in &briefed {
                published += usize::from(record(it, &config, story, Cause::Pending, now)?);
            }
            Ok(published)
        };
        self.store.write(store).await
    }

    /// A story as it is now, with all that curation wants to know of it.
    pub(crate) async fn prepared(&self, story: StoryRowId) -> Result<Option<Arc<Prepared>>, StoreError> {
        let config = Arc::clone(&self.config);
        self.store
            .read(move |it| {
                let Some(story) = it.story_at(story)? else { return Ok(None) };
                let sources = it.sources()?;
                prepare_one(it, &config, &Credits::new(&config, &sources), story).map(|it| Some(Arc::new(it)))
            })
            .await
    }

    /// What the configured engine makes of a story. A model may be asked where that is said.
    pub(crate) async fn written(
        &self,
        prepared: Arc<Prepared>,
        asking: Asking,
    ) -> Result<Arc<Briefed>, StoreError> {
        let (prepared, by_model) = self.by_model(prepared, asking).await?;
        self.briefed(prepared, by_model).await
    }

    /// What a model writes about a story, where there is one and it may; and the story as it is once
    /// its publishers' signals were heeded.
    pub(super) async fn by_model(
        &self,
        mut prepared: Arc<Prepared>,
        asking: Asking,
    ) -> Result<(Arc<Prepared>, Option<Written>), StoreError> {
        let Some(model) = &self.model else { return Ok((prepared, None)) };
        if may_ask(&prepared) && !matches!(asking, Asking::Never) {
            prepared = self.heeding_signals(prepared).await?;
        }
        if !may_ask(&prepared) {
            return Ok((prepared, None));
        }
        let written = model.write(self, &prepared, asking).await?;
        Ok((prepared, Some(written)))
    }

    /// What is made of a story with what a model wrote.
    pub(super) async fn briefed(
        &self,
        prepared: Arc<Prepared>,
        by_model: Option<Written>,
    ) -> Result<Arc<Briefed>, StoreError> {
        let (draft, by_model) = by_model.map_or_else(Default::default, |it| (it.draft, Some(it.record)));
        let hold = self.model.as_ref().is_some_and(|it| it.config().on_failure == OnFailure::Hold);
        let config = Arc::clone(&self.config);
        let briefed = tokio::task::spawn_blocking(move || {
            let is_held = hold && by_model.as_ref().is_some_and(|it| it.failure.is_some());
            Briefed { record: by_model, is_held, ..brief_one(&config, prepared, &draft) }
        });
        Ok(Arc::new(briefed.await.map_err(|_| StoreError::Panicked)?))
    }

    /// Keeps the outputs what the configuration says: one whose filters changed is
    /// filled anew from the published stories, one that is gone is forgotten.
    pub(super) async fn sync_outputs(&self) -> Result<(), StoreError> {
        let (config, now) = (Arc::clone(&self.config), self.now());
        self.store
            .write(move |it| {
                for output in &config.outputs {
                    sync_output(it, &config, output, now)?;
                }
                for known in it.reader().outputs()? {
                    if !config.outputs.iter().any(|output| output.id.as_str() == known.id) {
                        it.forget_output(&known.id)?;
                        it.note_change();
                    }
                }
                Ok(())
            })
            .await
    }
}

pub(crate) fn prepare_one(
    store: &Reader<'_>,
    config: &Config,
    credits: &Credits<'_>,
    story: StoryRow,
) -> Result<Prepared, StoreError> {
    let rows = store.members(story.id)?;
    let mut basis: Vec<_> = rows.iter().map(basis_of).collect();
    basis.sort_unstable();
    let credited = rows.into_iter().filter_map(|row| credits.of(&row.entry).map(|credited| (row, credited)));
    let (mut found, dropped): (Vec<(MemberRow, Credited)>, Vec<_>) =
        credited.partition(|(_, it)| it.byline.rights < Rights::Drop);
    let is_written = |it: &EntryRow| !it.key.as_str().starts_with(REMOVED_KEY);
    let removed = dropped.iter().map(|(row, _)| &row.entry).filter(|it| is_written(it)).map(|it| it.id);
    let removed = removed.collect();
    // What has been published keeps its voice; else the publisher's own entry speaks, the earliest first.
    let is_published = story.first_published.is_some();
    found.sort_by_key(|(row, credited)| {
        let keeps = is_published && row.entry.id == story.primary_entry;
        (!keeps, voice(&row.entry, credited))
    });
    let primary = found.first().map_or(story.primary_entry, |(row, _)| row.entry.id);
    let modes = found.iter().filter_map(|(row, _)| credits.configured(&row.entry.source)?.publish);
    let mode = if modes.into_iter().any(|it| it == PublishMode::Review) {
        PublishMode::Review
    } else {
        config.curation.publish
    };
    let trust = found.iter().filter_map(|(row, _)| Some(credits.configured(&row.entry.source)?.trust));
    let trust =
        trust.fold(None, |best: Option<f64>, it| Some(best.map_or(it, |best| best.max(it)))).unwrap_or(1.0);
    let aftermath = found.iter().filter_map(|(row, _)| aftermath(row)).collect();
    let (coverage, copies) = independent(credits, &found);
    let (members, shown): (Vec<Member>, Vec<EntryRow>) =
        found.into_iter().map(|(row, credited)| member(credits, row, credited)).unzip();
    let title = members.first().map_or_else(|| story.title.clone(), title_of);
    let notice = shown.first().and_then(|it| curate::notice(&it.title, &it.categories));
    let overrides = Overrides::read(store, &story)?;
    let current = match story.revision {
        0 => None,
        n => store.revision(story.id, n)?,
    };
    let story = Prepared {
        story,
        members,
        shown,
        primary,
        title,
        mode,
        trust,
        coverage,
        copies,
        notice,
        aftermath,
        basis,
        removed,
        awaits_signals: false,
        overrides,
        current,
    };
    Ok(story)
}

/// How many publishers tell a story independently, and which member repeats whose text. What a list
/// says of an article is not its text.
fn independent(
    credits: &Credits<'_>,
    members: &[(MemberRow, Credited)],
) -> (usize, Vec<(EntryId, Option<EntryId>)>) {
    let families: Vec<Family> = members.iter().map(|(_, it)| credits.family(it)).collect();
    let compared: Vec<cluster::Copied<'_>> = members
        .iter()
        .zip(&families)
        .map(|((row, credited), family)| {
            let is_own = credited.provenance < Provenance::Listed;
            let snapshot = row.snapshot.as_ref().filter(|it| is_own || it.1 == SnapshotFrom::Page);
            cluster::Copied {
                publisher: &credited.byline.name,
                family,
                published: row.entry.published,
                text: snapshot.map_or("", |it| &it.2),
            }
        })
        .collect();
    let of = cluster::copies(&compared);
    let copies = members.iter().zip(of).map(|((row, _), of)| {
        let original = of.and_then(|it| members.get(it));
        (row.entry.id, original.map(|it| it.0.entry.id))
    });
    (cluster::coverage(&compared), copies.collect())
}

/// By what the entry that speaks for a story is chosen.
pub(super) fn voice(entry: &EntryRow, credited: &Credited) -> cluster::Voice {
    cluster::Voice {
        is_own: credited.provenance == Provenance::Own,
        published: entry.published,
        source: entry.source.clone(),
    }
}

/// What a publisher says of an article since it appeared, where we did not know it.
fn aftermath(row: &MemberRow) -> Option<(EntryId, Aftermath)> {
    let text = row.snapshot.as_ref().map_or("", |it| &it.2);
    let aftermath = curate::aftermath(&row.entry.title, text)?;
    (row.entry.aftermath < Some(aftermath)).then_some((row.entry.id, aftermath))
}

/// One member's part of what [`Reader::story_and_basis`] returns.
fn basis_of(it: &MemberRow) -> Basis {
    Basis {
        entry: it.entry.id,
        snapshot: it.snapshot.as_ref().map(|it| it.0),
        title_hash: it.title_hash,
        rights: it.entry.rights,
    }
}

impl Briefed {
    /// Whether a model is to be asked about it later.
    pub(super) fn is_unanswered(&self) -> bool {
        self.prepared.awaits_signals || self.record.as_ref().is_some_and(|it| it.is_unanswered)
    }

    /// What readers see of it once it is revision `n`.
    pub(crate) fn current(&self, n: u32) -> Current<'_> {
        Current {
            n,
            title: &self.title,
            language: self.curated.language.as_deref(),
            briefing: &self.curated.briefing,
            audiences: &self.audiences,
            primary: self.prepared.primary,
            is_first: self.prepared.story.revision == 0,
        }
    }
}

impl Prepared {
    /// What the store held of the members that a model may be shown.
    pub(super) fn shown_to_model(&self) -> Vec<Basis> {
        let is_shown = |basis: &&Basis| {
            self.members.iter().any(|it| it.entry == basis.entry && it.byline.rights == Rights::Any)
        };
        self.basis.iter().filter(is_shown).cloned().collect()
    }

    /// Whether what readers see of a published story still holds, so that there is nothing to write.
    /// Of one that only links, it does until there is a text to quote.
    pub(super) fn stands(&self) -> bool {
        let has_text = self.members.iter().any(|it| it.snapshot.is_some());
        self.is_frozen()
            || self.story.first_published.is_some()
                && self.readable_current().is_some_and(|(title, briefing)| {
                    title == self.overrides.title(&self.title)
                        && still_stands(briefing, &self.members)
                        && self.overrides.stand_in(title, briefing, &self.members)
                        && (!has_text || briefing.statements().next().is_some())
                })
    }

    /// Whether the story stays as it is because words that a person wrote cannot be read: what
    /// an engine would make in their place must not take the place of what still says them.
    fn is_frozen(&self) -> bool {
        self.overrides.first_unreadable().is_some()
            && (self.story.first_published.is_some() || self.readable_current().is_some())
    }

    /// Title and briefing of what readers see or will see, where they can be read.
    fn readable_current(&self) -> Option<(&str, &Briefing)> {
        let current = self.current.as_ref()?;
        Some((&current.title, &current.content.as_ref().ok()?.briefing))
    }
}

fn member(credits: &Credits<'_>, row: MemberRow, credited: Credited) -> (Member, EntryRow) {
    let entry = row.entry;
    // Words of a list are not the publisher's; a page we read on the publisher's site is.
    let is_publishers = |from| credited.provenance < Provenance::Listed || from == SnapshotFrom::Page;
    let snapshot = row
        .snapshot
        .filter(|(_, from, _)| credited.byline.rights < Rights::Link && is_publishers(*from))
        .map(|(id, from, text)| Snapshot { id, from, text: text.into() });
    let configured = credits.configured(&entry.source).map_or(&[][..], |it| &it.topics[..]);
    let member = Member {
        entry: entry.id,
        source: credited.source.unwrap_or_else(|| entry.source.clone()),
        byline: credited.byline,
        summary: entry.summary.clone().filter(|_| snapshot.is_some()),
        snapshot,
        categories: configured.iter().chain(&entry.categories).cloned().collect(),
        language: entry.language.clone().or_else(|| credits.language(&entry.source)),
    };
    (member, entry)
}

/// The entry's title, or the beginning of its text where it has none and may be quoted.
pub fn title_of(member: &Member) -> String {
    if !member.byline.title.is_empty() {
        return member.byline.title.clone();
    }
    let text = member.snapshot.as_ref().map_or("", |it| &*it.text);
    let first = text.split("\n\n").next().unwrap_or_default().trim();
    if first.is_empty() {
        return item::untitled(&member.byline.url);
    }
    if first.chars().count() <= MADE_TITLE_CHARS_MAX {
        return first.to_owned();
    }
    let cut: String = first.chars().take(MADE_TITLE_CHARS_MAX).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{}…", cut.trim_end_matches([',', '.', ';', ':']))
}

/// What curation knows besides a story.
pub(super) fn curation_context(config: &Config) -> CurationContext<'_> {
    CurationContext {
        topics: &config.topics,
        audiences: &config.audiences,
        budget: Budget::Excerpts(&config.sources),
    }
}

/// Briefs a story with what stands of a model's draft, and with what people wrote.
pub(super) fn brief_one(config: &Config, prepared: Arc<Prepared>, draft: &Draft) -> Briefed {
    // A title made of the text's beginning says nothing that the text does not.
    let title = prepared.members.first().map_or("", |it| &it.byline.title);
    let brief = || match config.curation.engine {
        // Nothing is written but by people: topics and bylines stand until one writes.
        EngineChoice::Editor => curate::label(&curation_context(config), title, &prepared.members),
        _ => curate::brief_with(&curation_context(config), title, &prepared.members, draft),
    };
    // A text that breaks the engine costs its own story the briefing, and nobody else's.
    let mut curated = catch_unwind(AssertUnwindSafe(brief)).unwrap_or_else(|_| {
        error!(story.key = %prepared.story.key, "the engine broke off on `{}`; it is a link item", prepared.title);
        Curated::default()
    });
    let mut title = prepared.title.clone();
    prepared.overrides.apply(&mut title, &mut curated.briefing, &prepared.members);
    let audiences = audiences_of(config, &curated.briefing);
    Briefed { prepared, curated, title, audiences, record: None, is_held: false }
}

/// The audiences that a briefing is for.
pub(crate) fn audiences_of(config: &Config, briefing: &Briefing) -> Vec<Slug> {
    let is_for = |name: &str| briefing.best_for.iter().any(|it| it == name);
    config.audiences.iter().filter(|it| is_for(&it.name)).map(|it| it.slug.clone()).collect()
}

/// Why a story is curated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cause<'a> {
    /// It waits for it.
    Pending,
    /// The model answers that did not before.
    Answered,
    /// A person of this name has it curated again.
    Person(&'a str),
}

/// Stores one curated story and says whether it was published by it.
pub(crate) fn record(
    store: &Writer<'_>,
    config: &Config,
    briefed: &Briefed,
    cause: Cause<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Briefed { prepared, curated, title, .. } = briefed;
    // Another process may have taken the same batch: whoever comes second finds it done.
    let Some((story, basis)) = store.reader().story_and_basis(prepared.story.id)? else { return Ok(false) };
    let is_same = story.revision == prepared.story.revision
        && story.state == prepared.story.state
        && basis == prepared.basis;
    // Meanwhile it may have become part of another, or an editor have rejected it.
    let is_open = matches!(story.state, StoryState::Pending | StoryState::Held | StoryState::Published);
    if !is_same || !is_open {
        return Ok(false);
    }
    if !prepared.removed.is_empty() {
        store.remove_entries(&prepared.removed)?;
        // Curated again from what is left.
        if !prepared.members.is_empty() {
            return Ok(false);
        }
    }
    if prepared.members.is_empty() {
        store.withdraw_story(story.id, now)?;
        return Ok(false);
    }
    prepared
        .aftermath
        .iter()
        .try_for_each(|(entry, aftermath)| store.record_aftermath(*entry, Some(*aftermath), now))?;
    prepared.copies.iter().try_for_each(|(entry, of)| store.note_copy(*entry, *of))?;
    let is_published = story.first_published.is_some();
    if prepared.notice.is_some() && !is_published {
        store.keep_story(story.id)?;
        return Ok(false);
    }
    if prepared.is_frozen() {
        return keep_frozen(store, config, &story, briefed, now).map(|()| false);
    }
    // Asked now: a person may have approved it while it was written.
    let shown = match story.revision {
        0 => None,
        n => store.reader().revision(story.id, n)?,
    };
    let is_a_persons = |it: &RevisionRow| it.is_reviewed || it.author.is_some();
    if matches!(cause, Cause::Answered) && shown.as_ref().is_none_or(is_a_persons) {
        return Ok(false);
    }
    if let Some((title_before, before)) = prepared.readable_current()
        && let is_same = title_before == title
        && *before == curated.briefing
        && match cause {
            Cause::Pending => prepared.stands() || is_published && is_same,
            Cause::Answered => is_same,
            Cause::Person(_) => false,
        }
    {
        store.mark_fresh(story.id)?;
        enter_outputs(store, config, &story, briefed, before, now)?;
        return Ok(false);
    }
    let why = match cause {
        Cause::Person(by) => format!("curated again by {by}"),
        Cause::Answered => "the model answers again".to_owned(),
        Cause::Pending if is_published => "a publisher changed what is quoted".to_owned(),
        Cause::Pending if prepared.current.is_some() => "its sources changed".to_owned(),
        Cause::Pending => "first curation".to_owned(),
    };
    // What a person approved stays until one approves its successor, unless its words are gone.
    let is_reviewed = shown.is_some_and(|it| it.is_reviewed && it.removed.is_none());
    let lacks_words = prepared.overrides.first_unreadable().is_some();
    let waits = prepared.mode == PublishMode::Review || briefed.is_held || lacks_words;
    let publishes = story.state != StoryState::Held && !waits;
    let dropped: Vec<String> =
        curated.dropped.iter().map(ToString::to_string).chain(curated.notes.iter().cloned()).collect();
    let new = NewRevision {
        title,
        lead: prepared.primary,
        briefing: &curated.briefing,
        language: curated.language.as_deref(),
        input_hash: &curated.input_hash,
        dropped: &dropped,
        why: &why,
        record: briefed.record.as_ref(),
        author: None,
        is_shown: if is_published { story.state == StoryState::Published && !is_reviewed } else { publishes },
    };
    let n = store.append_revision(story.id, &new, now)?;
    if briefed.record.is_some() || prepared.awaits_signals {
        let is_unanswered = briefed.is_unanswered();
        store.ask_again(story.id, is_unanswered.then(|| (now, now.plus(ASK_AGAIN_WITHIN))))?;
    }
    if is_published && is_reviewed {
        store.keep_draft(story.id, n)?;
        info!(story.key = %story.key, "a new draft of `{title}` waits for an editor");
        return Ok(false);
    }
    store.make_current(story.id, &briefed.current(n))?;
    if is_published {
        store.touch_story(story.id, updated(&prepared.shown, story.updated, now))?;
        enter_outputs(store, config, &story, briefed, &curated.briefing, now)?;
        return Ok(false);
    }
    if story.state == StoryState::Held {
        return Ok(false);
    }
    if waits {
        store.hold_story(story.id)?;
        return Ok(false);
    }
    publish(store, config, briefed, now)?;
    Ok(true)
}

/// Leaves a story as it is because words that a person wrote cannot be read; one that no reader has
/// seen is held for an editor.
fn keep_frozen(
    store: &Writer<'_>,
    config: &Config,
    story: &StoryRow,
    briefed: &Briefed,
    now: Timestamp,
) -> Result<(), StoreError> {
    store.mark_fresh(story.id)?;
    store.hold_story(story.id)?;
    if let Some((_, before)) = briefed.prepared.readable_current()
        && story.first_published.is_some()
    {
        enter_outputs(store, config, story, briefed, before, now)?;
    }
    if let Some((field, error)) = briefed.prepared.overrides.first_unreadable() {
        error!(
            story.key = %story.key,
            "`{}` stays as it was, because a person wrote its `{field}` and {error}; \
             `bylined story edit {}` writes it anew", story.title, story.key
        );
    }
    Ok(())
}

/// Publishes a story's current revision for the first time.
pub(crate) fn publish(
    store: &Writer<'_>,
    config: &Config,
    briefed: &Briefed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Briefed { prepared, curated, title, .. } = briefed;
    let story = &prepared.story;
    let primary = prepared.shown.iter().find(|it| it.id == prepared.primary);
    let published = primary.map_or(story.published, |it| it.published);
    store.publish_story(story.id, published, published, now)?;
    let story =
        StoryRow { title: title.clone(), language: curated.language.clone(), published, ..story.clone() };
    store.relate(story.id, &related(store, config, &story, &curated.briefing.topics)?)?;
    enter_outputs(store, config, &story, briefed, &curated.briefing, now)?;
    info!(story.key = %story.key, "published `{title}`");
    Ok(())
}

/// Earlier stories of our own archive that a story is linked to: first those of its circle, then those
/// that share topics. Which of them it follows, clustering has decided.
fn related(
    store: &Writer<'_>,
    config: &Config,
    story: &StoryRow,
    topics: &[Topic],
) -> Result<Vec<StoryRowId>, StoreError> {
    let sharing = match topics {
        [] => Vec::new(),
        _ => store.reader().sharing_topics(story, RELATED_CANDIDATES_MAX)?,
    };
    let mut related = store.reader().sharing_circle(story, RELATED_MAX)?;
    for (other, shared) in &sharing {
        if is_related(config, shared) && !related.contains(other) {
            related.push(*other);
        }
    }
    related.truncate(RELATED_MAX);
    Ok(related)
}

/// Whether a topic is a name and not a subject of the taxonomy.
fn is_name(config: &Config, slug: &Slug) -> bool {
    !config.topics.iter().any(|it| it.slug == *slug)
}

/// Whether shared topics make two stories related: a name in common does, and so
/// do several subjects of the taxonomy.
fn is_related(config: &Config, shared: &[Slug]) -> bool {
    SHARED_TOPICS_MIN <= shared.len() || shared.iter().any(|it| is_name(config, it))
}

/// Lets a published story into every output whose filters it meets by now.
pub(crate) fn enter_outputs(
    store: &Writer<'_>,
    config: &Config,
    story: &StoryRow,
    briefed: &Briefed,
    briefing: &Briefing,
    now: Timestamp,
) -> Result<(), StoreError> {
    let score = score(store, config, story, briefed)?;
    for output in &config.outputs {
        if admits(output, story, briefing, &briefed.audiences, &briefed.prepared.shown, score) {
            store.enter_output(output.id.as_str(), &[OutputEntry { story: story.id, score }], now)?;
        }
    }
    Ok(())
}

/// Whether every publisher still says what a briefing quotes of it: then an edit changes
/// nothing for readers.
fn still_stands(briefing: &Briefing, members: &[Member]) -> bool {
    briefing.statements().all(|it| still_carried(it, members))
}

/// Whether all that carries a statement still stands in texts that may be used so.
pub(super) fn still_carried(statement: &Statement, members: &[Member]) -> bool {
    statement.receipts.iter().all(|receipt| {
        let member = members.iter().find(|it| it.entry == receipt.entry);
        let says =
            |it: &Member| it.snapshot.as_ref().is_some_and(|it| curate::still_says(&receipt.quote, &it.text));
        member.filter(|it| may_carry(statement, it.byline.rights)).is_some_and(says)
    })
}

/// Whether a publisher's rights allow that its text carries a statement that was made so.
pub(super) fn may_carry(statement: &Statement, rights: Rights) -> bool {
    match statement.made {
        Made::Llm => rights == Rights::Any,
        Made::Extractive | Made::Rule | Made::Editor => rights < Rights::Link,
    }
}

/// When the publishers say that their texts changed last; now, where they say nothing new.
fn updated(members: &[EntryRow], before: Timestamp, now: Timestamp) -> Timestamp {
    let newest = members.iter().filter_map(|it| it.updated).max();
    newest.filter(|it| before < *it && *it <= now).unwrap_or(now)
}

fn score(
    store: &Writer<'_>,
    config: &Config,
    story: &StoryRow,
    briefed: &Briefed,
) -> Result<f64, StoreError> {
    let newest = store.reader().newest()?.unwrap_or(story.published);
    let is_ours = |slug: &Slug| config.topics.iter().any(|it| it.slug == *slug);
    let score = Score {
        publishers: briefed.prepared.coverage,
        trust: briefed.prepared.trust,
        topics: briefed.curated.briefing.topics.iter().filter(|it| is_ours(&it.slug)).count(),
        audiences: briefed.audiences.len(),
        published: story.published,
        newest,
    };
    Ok(score.value())
}

/// Whether a story meets an output's filters: keys are AND, values OR.
fn admits(
    output: &Output,
    story: &StoryRow,
    briefing: &Briefing,
    audiences: &[Slug],
    members: &[EntryRow],
    score: f64,
) -> bool {
    let any = |wanted: bool, found: bool| !wanted || found;
    let language = story.language.as_deref().map(|it| it.split('-').next().unwrap_or(it));
    let matches = |pattern: &crate::config::Pattern| {
        pattern.matches(&story.title) || briefing.statements().any(|it| pattern.matches(&it.text))
    };
    any(!output.topics.is_empty(), briefing.topics.iter().any(|it| output.topics.contains(&it.slug)))
        && any(!output.audiences.is_empty(), audiences.iter().any(|it| output.audiences.contains(it)))
        && any(!output.sources.is_empty(), members.iter().any(|it| output.sources.contains(&it.source)))
        && any(!output.languages.is_empty(), output.languages.iter().any(|it| Some(it.as_str()) == language))
        && any(!output.include.is_empty(), output.include.iter().any(matches))
        && !output.exclude.iter().any(matches)
        && output.score_min.is_none_or(|it| it <= score)
}

fn sync_output(
    store: &Writer<'_>,
    config: &Config,
    output: &Output,
    now: Timestamp,
) -> Result<(), StoreError> {
    let filters = filters(output);
    let known = store.reader().output_filters(&output.id)?;
    if known.as_deref() == Some(filters.as_str()) {
        return Ok(());
    }
    store.record_filters(output.id.as_str(), &filters)?;
    store.note_change();
    let scores: HashMap<StoryRowId, f64> = store.reader().scores()?.into_iter().collect();
    let mut after = StoryRowId(0);
    let mut entering = Vec::new();
    loop {
        let stories = store.reader().published(after, BATCH)?;
        let Some(last) = stories.last() else { break };
        after = last.id;
        for story in stories {
            let Some(revision) = store.reader().revision(story.id, story.revision)? else { continue };
            let RevisionContent { briefing, .. } =
                shown_content(&store.reader(), &story, revision.n, revision.content)?;
            let best_for = &briefing.best_for;
            let audiences: Vec<Slug> = config
                .audiences
                .iter()
                .filter(|it| best_for.contains(&it.name))
                .map(|it| it.slug.clone())
                .collect();
            let members = store.reader().member_entries(story.id)?;
            let score = scores.get(&story.id).copied().unwrap_or_default();
            if admits(output, &story, &briefing, &audiences, &members, score) {
                entering.push((
                    story.first_published,
                    story.published,
                    story.key.clone(),
                    OutputEntry { story: story.id, score },
                ));
            } else {
                store.leave_output(output.id.as_str(), &[story.id])?;
            }
        }
    }
    entering.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    if output.digest.is_some() {
        // Into the periods in which readers first saw them, not all into the next.
        for (first_published, _, _, entry) in entering {
            store.enter_output(output.id.as_str(), &[entry], first_published.unwrap_or(now))?;
        }
        return Ok(());
    }
    let entering: Vec<_> = entering.into_iter().map(|it| it.3).collect();
    store.enter_output(output.id.as_str(), &entering, now)
}

/// Digest of everything that decides which stories an output holds.
fn filters(output: &Output) -> String {
    let Output { topics, audiences, sources, languages, include, exclude, score_min, .. } = output;
    let all = format!("{topics:?}{audiences:?}{sources:?}{languages:?}{include:?}{exclude:?}{score_min:?}");
    Sha256::digest(all).iter().map(|b| format!("{b:02x}")).collect()
}
