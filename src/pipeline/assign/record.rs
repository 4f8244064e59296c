//! Writes down what was decided, if the snapshot that it rests on still holds.

use std::ops::RangeInclusive;

use crate::domain::Timestamp;
use crate::store::NewStory;
use crate::store::StoreError;
use crate::store::Writer;

use super::decide::AssignOutcome;
use super::decide::MergeStanding;
use super::decide::Run;

/// What came of recording a run.
pub(super) enum Recorded {
    /// All of it is written.
    Done(Numbers),
    /// Nothing is: what it rests on has changed.
    Stale,
}

/// The numbers of the changes that a run made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Numbers {
    /// Of its entries, as they were read. The members of merged stories have later numbers, and of those
    /// a text may have changed since the window read it.
    pub(super) entries: RangeInclusive<i64>,
    /// The latest.
    pub(super) last: i64,
}

/// Writes a run down.
pub(super) fn record(
    store: &Writer<'_>,
    run: &Run,
    host: &str,
    now: Timestamp,
) -> Result<Recorded, StoreError> {
    if !still_holds(store, run)? {
        return Ok(Recorded::Stale);
    }
    let first = store.assignments()? + 1;
    let mut last_entry = None;
    let host = (host, store.host_since(host, now)?);
    for step in &run.steps {
        let entry = step.entry.as_ref();
        let is_new = match &step.outcome {
            AssignOutcome::Founds => {
                let founded = store.create_story(&NewStory { source: &entry.source, entry, host, now })?;
                if founded != step.story {
                    return Err(StoreError::Unreadable { what: "story number" });
                }
                true
            }
            AssignOutcome::Joins { story, why, merges, .. } => {
                store.join_story(entry, *story, why, now)?;
                if !merges.is_empty() {
                    last_entry.get_or_insert(store.assignments()?);
                }
                for (from, into) in merges {
                    store.merge_stories(*from, *into, why, now)?;
                }
                false
            }
        };
        if !is_new || step.topic_cluster != step.story {
            store.set_topic_cluster(step.story, step.topic_cluster)?;
        }
        store.note_follow_ups(&step.follow_ups)?;
        for (from, into) in &step.merged_topic_clusters {
            store.merge_topic_clusters(*from, *into)?;
        }
    }
    let last = store.assignments()?;
    Ok(Recorded::Done(Numbers { entries: first..=last_entry.unwrap_or(last), last }))
}

/// Whether no entry was given a story since, none of these has changed, and no person has taken up a
/// story that is to be merged.
fn still_holds(store: &Writer<'_>, run: &Run) -> Result<bool, StoreError> {
    let reader = store.reader();
    if reader.decisions()? != run.token {
        return Ok(false);
    }
    for step in &run.steps {
        if !reader.is_unassigned(step.entry.id, step.entry.changed)? {
            return Ok(false);
        }
        let AssignOutcome::Joins { standings, .. } = &step.outcome else { continue };
        for known in standings {
            if MergeStanding::of(&reader, known.story)?.as_ref() != Some(known) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
