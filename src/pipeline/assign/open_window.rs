//! The window of open stories, and how it follows the store.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::cluster::EntryFeatures;
use crate::cluster::Window;
use crate::domain::EntryId;
use crate::domain::Timestamp;
use crate::store::AssignedRow;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRowId;
use crate::store::UnassignedRow;

use super::context::BATCH;
use super::context::Bounds;
use super::context::Context;
use super::context::OPEN_MAX;
use super::decide::RUN_MAX;
use super::record::Numbers;

/// What has left the window is forgotten so often, and whenever another `OPEN_MAX` entries
/// have come. Until then a further late entry finds it without reading it again.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// The index of open stories, and up to where it follows the store.
pub(super) struct OpenWindow {
    pub(super) window: Window<StoryRowId>,
    /// Date of the oldest entry it may hold; `None` while it was read from no store.
    from: Option<Timestamp>,
    /// Date from which on it holds none but those decided here.
    to: Timestamp,
    /// The last change it knows.
    seen: i64,
    /// Later changes that are its own.
    own: Vec<RangeInclusive<i64>>,
    /// When it last forgot, and how many entries it then held.
    forgot: (Timestamp, usize),
    /// Entries decided at once: fewer after each run that did not hold, so that a short one does.
    pub(super) run_max: usize,
}

impl OpenWindow {
    pub(super) fn new(span: Duration, now: Timestamp) -> Self {
        let window = Window::new(span);
        let to = Timestamp::default();
        Self { window, from: None, to, seen: 0, own: Vec::new(), forgot: (now, 0), run_max: RUN_MAX }
    }

    /// Whether what it holds leaves no gap to what appeared between two dates. After the clock was set, a
    /// window that is read anew takes less than one that fills the gap.
    pub(super) fn reaches(&self, from: Timestamp, to: Timestamp) -> bool {
        self.from.is_none_or(|held| from <= self.to && held <= to)
    }

    /// Reads what is compared of an entry.
    pub(super) fn read(&mut self, context: &Context, row: &UnassignedRow) -> EntryFeatures {
        self.window.read(&context.article(row))
    }

    /// Makes the window hold what the store has between two dates. Each batch is a snapshot of its own:
    /// what changes meanwhile, it follows afterwards.
    pub(super) fn warm(
        &mut self,
        context: &Context,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(held) = self.from else {
            self.seen = context.store.read_blocking(|it| it.assignments())?;
            self.take_in_between(context, from, to)?;
            (self.from, self.to) = (Some(from), to);
            return Ok(());
        };
        if from < held {
            self.take_in_between(context, from, held)?;
            self.from = Some(from);
        }
        if self.to < to {
            self.take_in_between(context, self.to, to)?;
            self.to = to;
        }
        Ok(())
    }

    fn take_in_between(
        &mut self,
        context: &Context,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(), StoreError> {
        let mut after = (from, EntryId(i64::MIN));
        loop {
            let rows = context.store.read_blocking(|it| it.assigned_between(after, to, BATCH))?;
            for row in &rows {
                after = (row.entry.published, row.entry.id);
                self.take_in(context, row);
            }
            if rows.len() < BATCH {
                return Ok(());
            }
        }
    }

    /// Takes in what was decided or changed since this process last looked.
    pub(super) fn follow(&mut self, store: &Reader<'_>, context: &Context) -> Result<(), StoreError> {
        loop {
            let changed = store.assigned_since(self.seen, BATCH)?;
            for row in &changed {
                self.seen = row.entry.changed;
                if self.own.iter().any(|it| it.contains(&row.entry.changed)) {
                    continue;
                }
                let published = row.entry.published;
                if self.from.is_some_and(|from| from <= published) && published < self.to {
                    self.take_in(context, row);
                } else {
                    self.window.remove(row.entry.id);
                }
            }
            if changed.len() < BATCH {
                self.seen = store.assignments()?;
                self.own.clear();
                return Ok(());
            }
        }
    }

    fn take_in(&mut self, context: &Context, row: &AssignedRow) {
        let reading = self.window.read(&context.article(&row.entry));
        self.window.note_topic_cluster(row.story, row.topic_cluster);
        self.window.insert(row.entry.id, row.story, reading);
    }

    /// What was decided is recorded, as the changes of these numbers.
    pub(super) fn commit(&mut self, numbers: &Numbers) {
        self.window.commit();
        self.run_max = (self.run_max * 2).min(RUN_MAX);
        if *numbers.entries.start() == self.seen + 1 {
            self.seen = numbers.last;
        } else {
            // Texts changed meanwhile, which is no decision: they must still be followed.
            self.own.push(numbers.entries.clone());
        }
    }

    /// What was decided does not hold. Returns what was read of its entries.
    pub(super) fn roll_back(&mut self) -> Vec<(EntryId, EntryFeatures)> {
        self.run_max = (self.run_max / 2).max(1);
        self.window.roll_back()
    }

    /// Forgets what has left the window, now and then. Of what waits, nothing is older than the batch.
    pub(super) fn forget(&mut self, bounds: &Bounds) {
        let (forgot, held) = self.forgot;
        if FORGET_EVERY < bounds.now.since(forgot) || held + OPEN_MAX <= self.window.len() {
            self.window.forget_before(bounds.held_from);
            self.from = Some(bounds.held_from);
            self.forgot = (bounds.now, self.window.len());
        }
    }
}
