//! What several processes decide beside each other, and what the window holds.

use crate::identify;
use crate::pipeline::pages::tests::NOW;
use crate::pipeline::pages::tests::enter;
use crate::pipeline::pages::tests::insert;
use crate::pipeline::pages::tests::link;
use crate::store::PageState;
use crate::store::StoryRowId;
use crate::store::Writer;

use super::decide::AssignOutcome;
use super::decide::Run;
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

/// A process with a store of its own on one file.
fn process(folder: &tempfile::TempDir) -> Context {
    let store = Store::open(&folder.path().join("it.db")).expect("a store");
    let host = "brief.example".to_owned();
    Context { store, host, publishers: Arc::default(), span: Duration::from_secs(72 * HOUR) }
}

fn prepare(context: &Context, write: fn(&Writer<'_>) -> Result<(), StoreError>) {
    let sources = ["a", "b", "c", "d"].map(|it| (it.parse().expect("a slug"), link(it)));
    let written = context.store.write_blocking(move |it| {
        it.sync_sources(&sources, NOW)?;
        write(it)
    });
    written.expect("a transaction");
}

#[test]
fn a_new_process_reads_no_more_than_the_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let context = process(&folder);
    prepare(&context, |it| {
        enter(it, "a", 9 * 24)?;
        enter(it, "b", 7 * 24)?;
        enter(it, "c", 70)?;
        insert(it, "d", 0)?;
        Ok(())
    });
    let mut open = None;
    assert_eq!(context.assign(&mut open, NOW).expect("a pass"), 1);
    // The oldest is held for what follows it, and for no longer than that matters.
    assert_eq!(open.map(|it| it.window.len()), Some(3));
}

#[test]
fn what_another_process_decided_meanwhile_is_not_decided_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let (slow, quick) = (process(&folder), process(&folder));
    prepare(&slow, |it| {
        insert(it, "a", 2)?;
        insert(it, "b", 1)?;
        Ok(())
    });
    let mut window = OpenWindow::new(slow.span, NOW);
    window.warm(&slow, NOW.minus(slow.span), NOW).expect("a window");
    let from = NOW.minus(slow.span);
    let bounds = Bounds { compared_from: from, held_from: from, now: NOW };
    let rows = slow.store.read_blocking(|it| it.unassigned(BATCH)).expect("entries");
    let mut waiting: VecDeque<_> =
        rows.into_iter().map(|it| slow.prepare(&mut window, it, &mut HashMap::new())).collect();
    let run = slow.store.read_blocking(|it| window.decide(it, &slow, &bounds, &mut waiting));
    let run = run.expect("decisions");
    assert_eq!((run.founded(), waiting.len()), (2, 0));

    assert_eq!(quick.assign(&mut None, NOW).expect("a pass"), 2);
    let recorded = slow.store.write_blocking(move |it| record(it, &run, "brief.example", NOW));
    assert!(matches!(recorded, Ok(Recorded::Stale)));
    assert_eq!(window.roll_back().len(), 2);
    assert_eq!(window.run_max, decide::RUN_MAX / 2, "the next run is shorter");
    // It takes in what the other decided.
    let mut open = Some(window);
    prepare(&slow, |it| insert(it, "c", 0).map(|_| ()));
    assert_eq!(slow.assign(&mut open, NOW).expect("a pass"), 1);
    assert_eq!(open.map(|it| it.window.len()), Some(3));
    let counts = slow.store.read_blocking(|it| it.counts()).expect("counts");
    assert_eq!((counts.entries, counts.stories), (3, 3));
}

#[test]
fn an_entry_that_changes_before_it_is_recorded_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let context = process(&folder);
    prepare(&context, |it| insert(it, "a", 2).map(|_| ()));
    let row = context.store.read_blocking(|it| it.unassigned(1)).expect("entries").remove(0);
    let (id, changed) = (row.id, row.changed);
    let is_same = move |it: &Writer<'_>| it.reader().is_unassigned(id, changed);
    assert!(context.store.write_blocking(is_same).expect("a look"));
    let read = context.store.write_blocking(move |it| {
        it.record_page(id, PageState::Fetched, None, None, Some("What the page says of it."), NOW)
    });
    read.expect("a transaction");
    assert!(!context.store.write_blocking(is_same).expect("a look"));
}

/// Entries that wait, read by a process whose window is as the store is.
fn waiting(context: &Context) -> (OpenWindow, Bounds, VecDeque<Prepared>) {
    let mut window = OpenWindow::new(context.span, NOW);
    let from = NOW.minus(context.span);
    window.warm(context, from, NOW.plus(context.span)).expect("a window");
    let bounds = Bounds { compared_from: from, held_from: from, now: NOW };
    let rows = context.store.read_blocking(|it| it.unassigned(BATCH)).expect("entries");
    let rows = rows.into_iter().map(|mut row| {
        // An address that the stored entries have.
        row.canonical = Some(link("a"));
        row.link_hash = Some(identify::hash64(link("a")));
        row
    });
    let waiting = rows.map(|it| context.prepare(&mut window, it, &mut HashMap::new())).collect();
    (window, bounds, waiting)
}

fn decide(context: &Context) -> (OpenWindow, Run) {
    let (mut window, bounds, mut waiting) = waiting(context);
    let run = context.store.read_blocking(|it| window.decide(it, context, &bounds, &mut waiting));
    (window, run.expect("decisions"))
}

fn story_of(store: &Writer<'_>, entry: EntryId) -> StoryRowId {
    store.story_of(entry).expect("a look").expect("a story")
}

#[test]
fn a_story_that_is_published_meanwhile_is_joined_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let context = process(&folder);
    prepare(&context, |it| {
        enter(it, "a", 9)?;
        insert(it, "b", 1)?;
        Ok(())
    });
    let (_, run) = decide(&context);
    assert!(matches!(&run.steps[0].outcome, AssignOutcome::Joins { .. }));
    let recorded = context.store.write_blocking(move |it| {
        it.publish_story(StoryRowId(1), NOW, NOW, NOW)?;
        record(it, &run, "brief.example", NOW)
    });
    assert!(matches!(recorded, Ok(Recorded::Done(_))));
}

/// Two stories of one address, which the entry that waits makes one of.
fn prepare_merge(context: &Context) {
    prepare(context, |it| {
        enter(it, "a", 9)?;
        let other = enter(it, "b", 8)?;
        it.record_page(other, PageState::Fetched, None, None, None, NOW)?;
        it.record_page_canonical(other, &link("a"), identify::hash64(link("a")))?;
        insert(it, "c", 1)?;
        Ok(())
    });
}

#[test]
fn a_story_that_is_rejected_meanwhile_is_not_merged() {
    let folder = tempfile::tempdir().expect("a folder");
    let context = process(&folder);
    prepare_merge(&context);
    let (_, run) = decide(&context);
    let recorded = context.store.write_blocking(move |it| {
        it.reject_story(StoryRowId(1), NOW)?;
        record(it, &run, "brief.example", NOW)
    });
    assert!(matches!(recorded, Ok(Recorded::Stale)));
}

#[test]
fn members_of_merged_stories_are_followed_as_others_may_have_changed_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let context = process(&folder);
    prepare_merge(&context);
    let (_, run) = decide(&context);
    let recorded = context.store.write_blocking(move |it| {
        let recorded = record(it, &run, "brief.example", NOW)?;
        let rows = it.reader().assigned_since(0, BATCH)?;
        Ok((recorded, rows.into_iter().map(|it| (it.entry.id.0, it.entry.changed)).collect::<Vec<_>>()))
    });
    let (recorded, changes) = recorded.expect("a transaction");
    let Recorded::Done(numbers) = recorded else { panic!("nothing changed meanwhile") };
    let own = changes.iter().filter(|it| numbers.entries.contains(&it.1)).map(|it| it.0);
    // The entry joins the story that stays, which the merge does not number again.
    assert_eq!(own.collect::<Vec<_>>(), [3]);
    assert!(changes.iter().any(|it| it.1 == numbers.last && it.0 != 3), "{changes:?}");
}

#[test]
fn a_story_that_is_too_old_to_be_held_keeps_its_topic_cluster() {
    let folder = tempfile::tempdir().expect("a folder");
    let context = process(&folder);
    prepare(&context, |it| {
        let (old, other) = (enter(it, "a", 20 * 24)?, enter(it, "b", 21 * 24)?);
        it.set_topic_cluster(story_of(it, old), story_of(it, other))?;
        insert(it, "c", 1)?;
        Ok(())
    });
    let (_, run) = decide(&context);
    let topic_cluster = run.steps[0].topic_cluster;
    assert!(matches!(&run.steps[0].outcome, AssignOutcome::Joins { story: StoryRowId(1), .. }));
    assert_eq!(topic_cluster, StoryRowId(2));
}

#[test]
fn a_clock_that_is_decades_behind_does_not_make_it_hold_all_there_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let context = process(&folder);
    prepare(&context, |it| {
        enter(it, "a", 5)?;
        enter(it, "b", 4)?;
        // Found while the clock stood at its beginning.
        insert(it, "c", NOW.since(Timestamp::default()).as_secs() / HOUR - 1)?;
        Ok(())
    });
    let mut open = None;
    assert_eq!(context.assign(&mut open, Timestamp::from_secs(7_200)).expect("a pass"), 1);
    assert_eq!(open.as_ref().map(|it| it.window.len()), Some(1));
    // The clock is right again: the window is read anew, without what lies between.
    prepare(&context, |it| insert(it, "d", 0).map(|_| ()));
    assert_eq!(context.assign(&mut open, NOW).expect("a pass"), 1);
    assert_eq!(open.map(|it| it.window.len()), Some(3));
}
