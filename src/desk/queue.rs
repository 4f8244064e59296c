//! What waits for an editor, and why.

use crate::config::Config;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::domain::Topic;
use crate::pipeline::Credits;
use crate::pipeline::curation_input;
use crate::pipeline::curation_input::CurationInput;
use crate::pipeline::outputs;
use crate::store::ApprovalRow;
use crate::store::DeferralRow;
use crate::store::Reader;
use crate::store::RevisionRow;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::WaitKind;

use super::approve_soon::LAPSED;
use super::context::Desk;
use super::precondition::StoryVersion;

/// Stories of one page of the queue, and the most that are shown of those that are put off.
const STORIES_MAX: usize = 200;
/// The newest stories among which a filter looks.
const FILTERED_MAX: usize = 5000;

/// Why a story waits.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum WaitReason {
    /// What a person wrote into this field cannot be read.
    Unreadable(String),
    /// What it says cannot be read.
    UnreadableRevision,
    /// The model failed, in these words.
    Model(String),
    /// The gate let no summary through.
    Gate,
    /// It was approved, and was another before it went out.
    Lapsed,
    /// Readers see what a person approved, and there is something new.
    Draft,
    /// Everything, or what this source sends, is looked at first.
    Review,
}

impl WaitReason {
    /// One word, for filters and programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Unreadable(_) | Self::UnreadableRevision => "unreadable",
            Self::Model(_) => "model",
            Self::Gate => "gate",
            Self::Lapsed => "lapsed",
            Self::Draft => "draft",
            Self::Review => "review",
        }
    }

    /// Every word.
    pub const WORDS: [&'static str; 6] = ["unreadable", "model", "gate", "lapsed", "draft", "review"];

    /// The reason in a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unreadable(field) => {
                format!("What a person wrote as its {field} cannot be read. Write it again.")
            }
            Self::UnreadableRevision => "What it says cannot be read. Curate it again.".to_owned(),
            Self::Model(why) => format!("The model wrote nothing: {why}"),
            Self::Gate => "The gate let no summary through: its sources support none.".to_owned(),
            Self::Lapsed => "It was approved, and changed before it went out. Look again.".to_owned(),
            Self::Draft => "Readers see an approved version. A newer one waits.".to_owned(),
            Self::Review => "It goes out when an editor approves it.".to_owned(),
        }
    }
}

/// A story that waits.
#[derive(Clone, Debug)]
pub struct QueueItem {
    /// Its name in paths.
    pub key: StoryKey,
    /// Its title, as it waits.
    pub title: String,
    /// Its version, which decisions send back.
    pub version: StoryVersion,
    /// Everyone who tells it, the primary entry's publisher first.
    pub publishers: Vec<String>,
    /// The sources that its entries came from.
    pub sources: Vec<SourceId>,
    /// Its topics.
    pub topics: Vec<Topic>,
    /// Its date.
    pub published: Timestamp,
    /// As if it went out now.
    pub score: f64,
    /// The first sentence of what it says.
    pub sentence: Option<String>,
    /// Why it waits, the gravest reason first.
    pub reasons: Vec<WaitReason>,
    /// What the gate dropped and why.
    pub findings: Vec<String>,
    /// Whether readers see an earlier version.
    pub is_published: bool,
    /// Until when it is put off, and by whom.
    pub deferral: Option<DeferralRow>,
    /// The approval that is about to go out.
    pub approval: Option<ApprovalRow>,
}

/// Which stories of the queue are shown; empty words show all.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter {
    /// The slug of a topic.
    pub topic: String,
    /// The id of a source.
    pub source: String,
    /// A word of [`WaitReason::WORDS`].
    pub reason: String,
}

impl QueueFilter {
    /// Whether it shows everything.
    pub fn is_empty(&self) -> bool {
        self.topic.is_empty() && self.source.is_empty() && self.reason.is_empty()
    }

    fn shows(&self, it: &QueueItem) -> bool {
        let has_topic = || self.topic.parse::<Slug>().is_ok_and(|slug| it.has_topic(&slug));
        (self.topic.is_empty() || has_topic())
            && (self.source.is_empty() || it.sources.iter().any(|it| it.as_str() == self.source))
            && (self.reason.is_empty() || it.reasons.iter().any(|it| it.as_str() == self.reason))
    }
}

/// What waits.
#[derive(Clone, Debug, Default)]
pub struct WaitingQueue {
    /// What an editor can decide on now, newest day first and highest score first within it.
    pub waiting: Vec<QueueItem>,
    /// What was approved and is about to go out, the next first.
    pub going_out: Vec<QueueItem>,
    /// What is put off, the next first.
    pub deferred: Vec<QueueItem>,
    /// How many can be decided on now, whatever the filter shows.
    pub count: usize,
    /// How many of them the filter shows, on all pages.
    pub matching: usize,
    /// The topics of what was looked at for this page, by their slugs.
    pub topics: Vec<Topic>,
    /// Its sources.
    pub sources: Vec<SourceId>,
    /// Which page this is, from 1, and how many there are.
    pub page: usize,
    /// At least 1.
    pub pages: usize,
    /// How many are put off.
    pub deferred_count: usize,
}

impl Desk {
    /// A page of what waits for an editor, counted from 1; the last one where there are fewer.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn queue(&self, page: usize, filter: &QueueFilter) -> Result<WaitingQueue, StoreError> {
        let (config, now, filter) = (self.config(), self.now(), filter.clone());
        self.store().read(move |it| queue(it, &config, now, page, &filter)).await
    }

    /// One story as the queue shows it; `None` where there is none that can be curated.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn queue_item(&self, key: &StoryKey) -> Result<Option<QueueItem>, StoreError> {
        let (config, key) = (self.config(), key.clone());
        self.store()
            .read(move |it| {
                let Some(story) = it.story(&key)? else { return Ok(None) };
                let sources = it.sources()?;
                queue_item(it, &config, &Credits::new(&config, &sources), story).map(Some)
            })
            .await
    }
}

fn queue(
    store: &Reader<'_>,
    config: &Config,
    now: Timestamp,
    page: usize,
    filter: &QueueFilter,
) -> Result<WaitingQueue, StoreError> {
    let sources = store.sources()?;
    let credits = Credits::new(config, &sources);
    let count = store.waiting_count(WaitKind::Open, now)?;
    let items = |kind: WaitKind, skip: usize, limit: usize| -> Result<Vec<QueueItem>, StoreError> {
        let stories = store.waiting_newest(kind, now, skip, limit)?;
        stories.into_iter().map(|it| queue_item(store, config, &credits, it)).collect()
    };
    let mut queue = WaitingQueue {
        going_out: items(WaitKind::GoingOut, 0, STORIES_MAX)?,
        deferred: items(WaitKind::Deferred, 0, STORIES_MAX)?,
        count,
        deferred_count: store.waiting_count(WaitKind::Deferred, now)?,
        ..WaitingQueue::default()
    };
    // Why a story waits is known only once it is read, so that a filter reads all.
    let read = if filter.is_empty() { None } else { Some(items(WaitKind::Open, 0, FILTERED_MAX)?) };
    queue.matching = read.as_ref().map_or(count, |all| all.iter().filter(|it| filter.shows(it)).count());
    queue.pages = queue.matching.div_ceil(STORIES_MAX).max(1);
    queue.page = page.clamp(1, queue.pages);
    let skip = (queue.page - 1) * STORIES_MAX;
    let all = match &read {
        Some(all) => all,
        None => &items(WaitKind::Open, skip, STORIES_MAX)?,
    };
    (queue.topics, queue.sources) = offered(all);
    let skip = if read.is_some() { skip } else { 0 };
    queue.waiting = all.iter().filter(|it| filter.shows(it)).skip(skip).take(STORIES_MAX).cloned().collect();
    let day = |it: &QueueItem| it.published.utc().with_timezone(&config.site.timezone).date_naive();
    queue.waiting.sort_by(|a, b| {
        let by_score = b.score.total_cmp(&a.score);
        day(b).cmp(&day(a)).then(by_score).then(b.published.cmp(&a.published)).then_with(|| a.key.cmp(&b.key))
    });
    queue.going_out.sort_by_key(|it| it.approval.as_ref().map(|it| it.due));
    queue.deferred.sort_by_key(|it| it.deferral.as_ref().map(|it| it.until));
    Ok(queue)
}

/// The topics and sources of what waits, by name.
fn offered(items: &[QueueItem]) -> (Vec<Topic>, Vec<SourceId>) {
    let mut topics: Vec<Topic> = items.iter().flat_map(|it| it.topics.clone()).collect();
    topics.sort_by(|a, b| a.slug.cmp(&b.slug));
    topics.dedup_by(|a, b| a.slug == b.slug);
    let mut sources: Vec<SourceId> = items.iter().flat_map(|it| it.sources.clone()).collect();
    sources.sort();
    sources.dedup();
    (topics, sources)
}

fn queue_item(
    store: &Reader<'_>,
    config: &Config,
    credits: &Credits<'_>,
    story: StoryRow,
) -> Result<QueueItem, StoreError> {
    let draft = store.draft(story.id)?;
    let version = StoryVersion::of(&story, draft);
    let revision = store.revision(story.id, version.base())?;
    let input = curation_input::read_input(store, config, credits, story)?;
    let content = revision.as_ref().and_then(|it| it.content.as_ref().ok());
    let briefing = content.map(|it| it.briefing.clone()).unwrap_or_default();
    let mut publishers: Vec<String> = Vec::new();
    for it in &input.members {
        if !publishers.contains(&it.byline.name) {
            publishers.push(it.byline.name.clone());
        }
    }
    let last = store.audit_events(input.story.id)?.into_iter().next();
    Ok(QueueItem {
        key: input.story.key.clone(),
        title: revision.as_ref().map_or_else(|| input.story.title.clone(), |it| it.title.clone()),
        version,
        publishers,
        sources: input.members.iter().map(|it| it.source.clone()).collect(),
        topics: briefing.topics.clone(),
        published: input.story.published,
        score: outputs::score(store, config, &input.story, &input, &briefing)?,
        sentence: briefing.statements().next().map(|it| it.text.clone()),
        reasons: reasons(&input, revision.as_ref(), draft.is_some(), last.is_some_and(|it| it.act == LAPSED)),
        findings: revision.map(|it| it.dropped).unwrap_or_default(),
        is_published: input.story.state == StoryState::Published,
        deferral: store.deferral(input.story.id)?,
        approval: store.approval(input.story.id)?,
    })
}

/// Why a story waits, the gravest reason first.
fn reasons(
    input: &CurationInput,
    revision: Option<&RevisionRow>,
    is_draft: bool,
    has_lapsed: bool,
) -> Vec<WaitReason> {
    let content = revision.map(|it| it.content.as_ref());
    let readable = content.and_then(Result::ok);
    let mut reasons: Vec<WaitReason> = Vec::new();
    reasons.extend(
        input.overrides.first_unreadable().map(|(field, _)| WaitReason::Unreadable(field.to_owned())),
    );
    reasons.extend(content.filter(|it| it.is_err()).map(|_| WaitReason::UnreadableRevision));
    let failure = readable.and_then(|it| it.record.as_ref()).and_then(|it| it.failure.clone());
    reasons.extend(failure.map(WaitReason::Model));
    let has_summary = readable.is_none_or(|it| !it.briefing.summary.is_empty());
    let is_dropped = revision.is_some_and(|it| !it.dropped.is_empty());
    reasons.extend((!has_summary && is_dropped).then_some(WaitReason::Gate));
    reasons.extend(has_lapsed.then_some(WaitReason::Lapsed));
    reasons.extend(is_draft.then_some(WaitReason::Draft));
    if reasons.is_empty() {
        reasons.push(WaitReason::Review);
    }
    reasons
}

impl QueueItem {
    /// Whether it has a topic.
    pub fn has_topic(&self, slug: &Slug) -> bool {
        self.topics.iter().any(|it| it.slug == *slug)
    }
}
