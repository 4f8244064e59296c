//! Gives every entry its story.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use chrono::NaiveDate;

use crate::cluster;
use crate::cluster::Article;
use crate::cluster::Assignment;
use crate::cluster::Candidate;
use crate::cluster::Unassigned;
use crate::cluster::Window;
use crate::config::Config;
use crate::curate;
use crate::domain::EntryId;
use crate::domain::SourceId;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::store::NewStory;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::StoryRowId;
use crate::store::UnassignedRow;
use crate::store::Writer;

use super::place::same_place;

/// Entries assigned in one transaction, and read from the store at once.
const BATCH: usize = 500;

/// Entries that may be read for the sake of late ones, which then are compared by their words
/// with what appeared around them. Where the store has more, late ones join by address only.
const OPEN_MAX: usize = 20_000;

/// What has left the window is forgotten so often, and whenever another `OPEN_MAX` entries
/// have come. Until then a further late entry finds it without reading it again.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// The window of this process, once it was read from the store.
pub(super) type SharedWindow = Arc<Mutex<Option<OpenWindow>>>;

/// The index of open stories, and up to where it follows the store.
pub(super) struct OpenWindow {
    window: Window<StoryRowId>,
    /// Date of the oldest entry it may hold.
    from: Timestamp,
    /// The last change it knows.
    seen: i64,
    /// When it last forgot, and how many entries it then held.
    forgot: (Timestamp, usize),
}

/// What a pass needs to know beside the store.
#[derive(Clone)]
struct Desk {
    host: String,
    /// How each source is called.
    publishers: Arc<HashMap<SourceId, String>>,
    span: Duration,
    now: Timestamp,
}

/// What is the same for all entries of a batch.
struct Batch {
    /// What appeared before is found by address only.
    compared_from: Timestamp,
    /// The day that stands in the tags of stories.
    since: NaiveDate,
    /// Whether an editor has parted any entries.
    has_partings: bool,
}

/// Assigns every entry that has no story and returns how many stories were
/// founded. Entries are taken in the order of their dates, so that neither the
/// order of polls nor a kill in between changes the outcome of a pass.
///
/// The decision falls inside the writer's transaction, after the window has followed what
/// other processes have decided since.
pub(super) async fn assign(
    store: &Store,
    config: &Config,
    shared: &SharedWindow,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let names = config.sources.iter().filter_map(|it| Some((it.id.clone(), it.publisher.clone()?)));
    let desk = Desk {
        host: config.site.base_url.host_str().unwrap_or_default().to_owned(),
        publishers: Arc::new(names.collect()),
        span: config.dedup.window,
        now,
    };
    let mut founded = 0;
    loop {
        let (desk, window) = (desk.clone(), Arc::clone(shared));
        let mut is_again = false;
        let written = store.write(move |it| {
            // What was not committed must not be remembered.
            if std::mem::replace(&mut is_again, true) {
                forget(&window);
            }
            assign_batch(it, &desk, &window)
        });
        let written = written.await;
        let (seen, new) = written.inspect_err(|_| forget(shared))?;
        founded += new;
        if seen < BATCH {
            return Ok(founded);
        }
    }
}

fn forget(shared: &SharedWindow) {
    *shared.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

fn assign_batch(
    store: &Writer<'_>,
    desk: &Desk,
    shared: &SharedWindow,
) -> Result<(usize, usize), StoreError> {
    let entries = store.unassigned(BATCH)?;
    let Some(oldest) = entries.first().map(|it| it.published) else { return Ok((0, 0)) };
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // Taken out, so that a panic leaves none behind.
    let mut open = match shared.take() {
        Some(open) if open.window.span() == desk.span => open,
        _ => OpenWindow {
            window: Window::new(desk.span),
            from: desk.now,
            seen: store.assignments()?,
            forgot: (desk.now, 0),
        },
    };
    open.follow(store, desk)?;
    let from = compared_from(oldest, desk.now, desk.span, |from| store.assigned_count(from, OPEN_MAX + 1))?;
    open.reach(store, desk, from)?;
    let mut founded = 0;
    let batch = Batch {
        compared_from: from,
        since: store.host_since(&desk.host, desk.now)?,
        has_partings: store.has_partings()?,
    };
    for entry in &entries {
        founded += usize::from(open.assign(store, desk, &batch, entry)?);
    }
    open.seen = store.assignments()?;
    let (forgot, held) = open.forgot;
    if FORGET_EVERY < desk.now.since(forgot) || held + OPEN_MAX <= open.window.len() {
        // Of what waits, nothing is older than this batch.
        open.window.forget_before(from);
        open.from = from;
        open.forgot = (desk.now, open.window.len());
    }
    *shared = Some(open);
    Ok((entries.len(), founded))
}

/// From which date on a batch is compared by words: as far back as its oldest entry wants,
/// or, where too many entries from there on have their story, as one of now wants. What this
/// process happens to hold does not matter, so that a restart changes nothing.
fn compared_from(
    oldest: Timestamp,
    now: Timestamp,
    span: Duration,
    assigned_since: impl FnOnce(Timestamp) -> Result<usize, StoreError>,
) -> Result<Timestamp, StoreError> {
    let (wanted, due) = (oldest.min(now).minus(span), now.minus(span));
    let is_too_far = wanted < due && OPEN_MAX < assigned_since(wanted)?;
    Ok(if is_too_far { due } else { wanted })
}

impl OpenWindow {
    /// Takes in what was decided or changed since this process last looked.
    fn follow(&mut self, store: &Writer<'_>, desk: &Desk) -> Result<(), StoreError> {
        loop {
            let changed = store.assigned_since(self.seen, BATCH)?;
            for row in &changed {
                self.seen = row.assigned;
                if self.from <= row.entry.published {
                    self.take_in(desk, row);
                } else {
                    self.window.remove(row.entry.id);
                }
            }
            if changed.len() < BATCH {
                return Ok(());
            }
        }
    }

    /// Makes the window reach back to a date, reading what the store holds from there on.
    fn reach(&mut self, store: &Writer<'_>, desk: &Desk, from: Timestamp) -> Result<(), StoreError> {
        if self.from <= from && !self.window.is_empty() {
            return Ok(());
        }
        let is_empty = self.window.is_empty();
        let to = if is_empty { Timestamp::from_millis(i64::MAX) } else { self.from };
        let mut after = (from, EntryId(i64::MIN));
        loop {
            let rows = store.assigned_between(after, to, BATCH)?;
            for row in &rows {
                after = (row.entry.published, row.entry.id);
                self.take_in(desk, row);
            }
            if rows.len() < BATCH {
                self.from = if is_empty { from } else { self.from.min(from) };
                return Ok(());
            }
        }
    }

    fn take_in(&mut self, desk: &Desk, row: &crate::store::AssignedRow) {
        let reading = self.window.read(&desk.article(&row.entry));
        self.window.note_circle(row.story, row.circle);
        self.window.insert(row.entry.id, row.story, reading);
    }

    /// Finds the story of one entry, or founds it.
    fn assign(
        &mut self,
        store: &Writer<'_>,
        desk: &Desk,
        batch: &Batch,
        entry: &UnassignedRow,
    ) -> Result<bool, StoreError> {
        let reading = self.window.read(&desk.article(entry));
        let assignment = if is_alone(entry) {
            // What the operator leaves out must not come in through someone else's story,
            // nor what was paid for; and nobody's news is to go with it.
            Assignment::Found
        } else {
            let same_url = candidates(store, entry.id, entry.canonical.as_deref().zip(entry.link_hash))?;
            let same_place = same_place(store, entry)?;
            let parted = if batch.has_partings { store.parted_from(entry.id)? } else { Vec::new() };
            let (source, published) = (&entry.source, entry.published);
            let asked = Unassigned { source, published, compared_from: batch.compared_from };
            let failed = Cell::new(None);
            let begins = |story| {
                store.story_begins(story).unwrap_or_else(|error| {
                    failed.set(Some(error));
                    None
                })
            };
            let is_open = |story| !parted.contains(&story);
            let found =
                cluster::assign(&mut self.window, &asked, &reading, &same_url, &same_place, is_open, begins)
                    .assignment;
            if let Some(error) = failed.take() {
                return Err(error);
            }
            found
        };
        let (story, is_new) = match assignment {
            Assignment::Join { mut story, why, also } => {
                store.join_story(entry, story, &why)?;
                for other in also {
                    // What a person has reviewed or written, only a person joins with another story.
                    if store.is_in_hand(story)? || store.is_in_hand(other)? {
                        continue;
                    }
                    if let Some((into, from)) = merge(store, story, other, &why, desk.now)? {
                        self.window.merge(from, into);
                        story = into;
                    }
                }
                (story, false)
            }
            Assignment::Found => {
                let new =
                    NewStory { source: &entry.source, entry, host: (&desk.host, batch.since), now: desk.now };
                (store.found_story(&new)?, true)
            }
        };
        let merged = self.window.insert(entry.id, story, reading);
        let circle = self.window.circle(story);
        if !is_new || circle != story {
            store.set_circle(story, circle)?;
        }
        for (from, into) in merged {
            store.merge_circles(from, into)?;
        }
        Ok(is_new)
    }
}

impl Desk {
    fn article<'a>(&'a self, entry: &'a UnassignedRow) -> Article<'a> {
        Article {
            publisher: self.publishers.get(&entry.source).map_or(entry.source.as_str(), |it| it),
            title: &entry.title,
            text: &entry.text,
            published: entry.published,
            address: entry.link_hash,
            links: &[],
            is_alone: is_alone(entry),
        }
    }
}

/// Whether an entry is never one story with another's.
fn is_alone(entry: &UnassignedRow) -> bool {
    entry.is_excluded || curate::notice(&entry.title, &entry.categories).is_some()
}

/// Makes one story of two, unless an editor has parted them or rejected one of them, and
/// returns the one that stays and the one that goes. The id that readers know stays;
/// among unpublished ones, the older.
pub(crate) fn merge(
    store: &Writer<'_>,
    one: StoryRowId,
    other: StoryRowId,
    why: &str,
    now: Timestamp,
) -> Result<Option<(StoryRowId, StoryRowId)>, StoreError> {
    if one == other || store.are_parted(one, other)? {
        return Ok(None);
    }
    let (Some(one), Some(other)) = (store.story(one)?, store.story(other)?) else { return Ok(None) };
    let is_rejected = |it: &StoryRow| it.state == StoryState::Rejected;
    if is_rejected(&one) != is_rejected(&other) {
        return Ok(None);
    }
    let (into, from) = if age(&one) <= age(&other) { (one.id, other.id) } else { (other.id, one.id) };
    store.merge_stories(from, into, why, now)?;
    Ok(Some((into, from)))
}

/// By what the id of a story precedes another's: the least was known to readers first.
pub(crate) fn age(it: &StoryRow) -> impl Ord + use<> {
    (it.first_published.is_none(), it.first_published, it.published, it.key.clone())
}

/// The stories of an address, asked of the store's index, the one with the earliest entry first.
pub(super) fn same_address(
    store: &Writer<'_>,
    entry: EntryId,
    asked: &Unassigned<'_>,
    address: (&str, i64),
) -> Result<Vec<StoryRowId>, StoreError> {
    Ok(cluster::same_address(asked, &candidates(store, entry, Some(address))?))
}

fn candidates(
    store: &Writer<'_>,
    entry: EntryId,
    address: Option<(&str, i64)>,
) -> Result<Vec<Candidate<StoryRowId>>, StoreError> {
    let Some((canonical, hash)) = address else { return Ok(Vec::new()) };
    let others = store.assigned_with_link(hash, canonical)?;
    Ok(others
        .into_iter()
        .filter(|it| it.id != entry && curate::notice(&it.title, &it.categories).is_none())
        .filter_map(|it| Some(Candidate { story: it.story?, source: it.source, published: it.published }))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600;

    /// How many hours before now the comparison begins, with a window of 72 hours.
    #[track_caller]
    fn check(oldest_hours_ago: i64, stored: usize, expected: u64) {
        let now = Timestamp::from_secs(1_900_000_000);
        let oldest = Timestamp::from_millis(now.millis() - oldest_hours_ago * 3_600_000);
        let span = Duration::from_secs(72 * HOUR);
        let from = compared_from(oldest, now, span, |_| Ok(stored)).expect("a date");
        assert_eq!(now.since(from).as_secs() / HOUR, expected);
    }

    #[test]
    fn a_late_batch_is_compared_with_what_appeared_around_it_unless_that_is_too_much() {
        check(0, OPEN_MAX + 1, 72);
        check(-5, OPEN_MAX + 1, 72);
        check(10, 100, 82);
        check(1_000, OPEN_MAX, 1_072);
        check(1_000, OPEN_MAX + 1, 72);
    }

    #[tokio::test]
    async fn a_new_process_reads_no_more_than_the_window() {
        use crate::pipeline::pages::tests::NOW;
        use crate::pipeline::pages::tests::enter;
        use crate::pipeline::pages::tests::insert;
        use crate::pipeline::pages::tests::link;

        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("it.db")).expect("a store");
        let sources = ["a", "b", "c"].map(|it| (it.parse().expect("a slug"), link(it)));
        let desk = Desk {
            host: "brief.example".to_owned(),
            publishers: Arc::default(),
            span: Duration::from_secs(72 * HOUR),
            now: NOW,
        };
        let shared = SharedWindow::default();
        let held = Arc::clone(&shared);
        let written = store.write(move |it| {
            it.sync_sources(&sources, NOW)?;
            enter(it, "a", 100)?;
            enter(it, "b", 70)?;
            insert(it, "c", 0)?;
            assign_batch(it, &desk, &shared)
        });
        assert_eq!(written.await.expect("a transaction"), (1, 1));
        let held = held.lock().expect("nobody panicked");
        assert_eq!(held.as_ref().map(|it| it.window.len()), Some(2));
    }
}
