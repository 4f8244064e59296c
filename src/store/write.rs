//! What changes the store. Every method runs inside the writer's transaction.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;

use chrono::NaiveDate;
use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::domain::Aftermath;
use crate::domain::Briefing;
use crate::domain::EntryId;
use crate::domain::EntryKey;
use crate::domain::OutputId;
use crate::domain::Record;
use crate::domain::Relation;
use crate::domain::Review;
use crate::domain::Rights;
use crate::domain::Slug;
use crate::domain::SnapshotFrom;
use crate::domain::SourceId;
use crate::domain::StoryId;
use crate::domain::StoryKey;
use crate::domain::StoryState;
use crate::domain::Timestamp;
use crate::domain::Validators;

use super::Holder;
use super::Reader;
use super::StoreError;
use super::row::Act;
use super::row::AssignedRow;
use super::row::DigestRow;
use super::row::EntryRow;
use super::row::KnownRow;
use super::row::NewEntry;
use super::row::PageState;
use super::row::PlaceRow;
use super::row::PollUpdate;
use super::row::RobotsRow;
use super::row::SNAPSHOT_FEED;
use super::row::SNAPSHOT_PAGE;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::UnassignedRow;
use super::row::to_json;
use super::row::worded;

/// The writer's side of the store, inside one job.
pub struct Writer<'a> {
    pub(super) sql: &'a Connection,
    /// Whether readers can see a change; counted once for all of them.
    has_changed: Cell<bool>,
    /// The latest number given in the order of changes, and that of the latest snapshot,
    /// once either was needed.
    assignments: Cell<Option<i64>>,
    snapshots: Cell<Option<i64>>,
    /// What the search is to know of stories. It is told at the end of a job: told in between, it
    /// would write what it has gathered at every other statement.
    searched: RefCell<BTreeMap<StoryRowId, Searched>>,
    /// Whether words that are no longer found are to leave the search index, too.
    compacts_search: Cell<bool>,
}

/// What a story is found by.
#[derive(Default)]
struct Searched {
    /// Whether the search may know it already.
    is_known: bool,
    /// Title, text and topics; `None` for a story that is not to be found.
    words: Option<[String; 3]>,
}

/// Digests by which stored entries are looked up.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntryHashes {
    /// Of the id.
    pub guid_hash: Option<i64>,
    /// Of the canonical link.
    pub link_hash: Option<i64>,
    /// Of the folded title, where it is worth a look.
    pub title_hash: Option<i64>,
    /// Of the text, where it is worth a look.
    pub text_hash: Option<i64>,
}

/// A story about to be founded.
#[derive(Clone, Debug)]
pub struct NewStory<'a> {
    /// Whose entry founds it.
    pub source: &'a SourceId,
    /// The founding entry.
    pub entry: &'a UnassignedRow,
    /// Host of the base URL, without port, and the day that stands in its tags.
    pub host: (&'a str, NaiveDate),
    /// The current time.
    pub now: Timestamp,
}

/// A story that enters an output.
#[derive(Clone, Copy, Debug)]
pub struct OutputEntry {
    /// Its row.
    pub story: StoryRowId,
    /// Its score at entry.
    pub score: f64,
}

/// Entries looked at of those that share one value: as many as one document may hold,
/// so that a poll does not cost more as the archive grows.
const SHARING_MAX: usize = 1_000;

/// Entries with one canonical address among which the article's story is looked for. A feed
/// that gives all it ever tells one address must not cost more with each entry.
const SAME_LINK_MAX: usize = 256;

/// Entries of one number that are looked at: two show already that it is no article's own.
const SAME_NUMBER_MAX: usize = 2;

/// Longest slug of a permalink that a title without usable letters gets.
const SLUG_OF_NOTHING: &str = "story";

/// Which assigned entries are asked for, and by which index: else the plan may go through all
/// entries that have a story.
const BETWEEN_DATES: (&str, &str) = (
    "entries_by_date",
    "e.story IS NOT NULL AND (e.published, e.id) > (?1, ?2) AND e.published < ?3
     ORDER BY e.published, e.id LIMIT ?4",
);
const CHANGED_SINCE: (&str, &str) =
    ("entries_by_assigned", "e.story IS NOT NULL AND e.assigned > ?1 ORDER BY e.assigned LIMIT ?2");

/// A revision to be appended.
#[derive(Clone, Copy, Debug)]
pub struct NewRevision<'a> {
    /// The story's title in it.
    pub title: &'a str,
    /// The entry that speaks for the story in it.
    pub lead: EntryId,
    /// What it says.
    pub briefing: &'a Briefing,
    /// BCP 47 tag of the story's text.
    pub language: Option<&'a str>,
    /// Digest of all that the engine read.
    pub input_hash: &'a str,
    /// What was dropped and why.
    pub dropped: &'a [String],
    /// Why it is made.
    pub why: &'a str,
    /// How a model took part.
    pub record: Option<&'a Record>,
    /// The person who made it, where one did.
    pub author: Option<&'a str>,
    /// Whether readers see it as soon as it is stored.
    pub is_shown: bool,
}

/// What readers see of a story from now on.
#[derive(Clone, Copy, Debug)]
pub struct Current<'a> {
    /// Number of the revision.
    pub n: u32,
    /// The story's title in it.
    pub title: &'a str,
    /// BCP 47 tag of the story's text.
    pub language: Option<&'a str>,
    /// What it says.
    pub briefing: &'a Briefing,
    /// The audiences that it is for.
    pub audiences: &'a [Slug],
    /// The entry that speaks for the story.
    pub primary: EntryId,
    /// Whether the story never had a current revision.
    pub is_first: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(sql: &'a Connection) -> Self {
        Self {
            sql,
            has_changed: Cell::new(false),
            assignments: Cell::new(None),
            snapshots: Cell::new(None),
            searched: RefCell::default(),
            compacts_search: Cell::new(false),
        }
    }

    /// Writes down what was only noted, at the end of a job.
    pub(super) fn finish(&self) -> Result<(), StoreError> {
        if self.has_changed.get() {
            self.sql.prepare_cached("UPDATE generation SET n = n + 1")?.execute([])?;
        }
        if let Some(n) = self.assignments.get() {
            self.sql.prepare_cached("UPDATE assignments SET n = ?1 WHERE n <> ?1")?.execute([n])?;
        }
        for (story, Searched { is_known, words }) in self.searched.take() {
            if is_known {
                self.sql.prepare_cached("DELETE FROM story_search WHERE rowid = ?1")?.execute([story.0])?;
            }
            if let Some([title, text, topics]) = words {
                self.sql
                    .prepare_cached(
                        "INSERT INTO story_search (rowid, title, text, topics) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![story.0, title, text, topics])?;
            }
        }
        if self.compacts_search.get() {
            // Until then the index only notes that a story is not to be found, and keeps its words.
            self.sql.execute("INSERT INTO story_search (story_search) VALUES ('optimize')", [])?;
        }
        Ok(())
    }

    /// Words of stories that are forgotten are to leave the file at the end of the job.
    pub(super) fn compact_search(&self) {
        self.compacts_search.set(true);
    }

    /// A story is not to be found any more.
    pub(super) fn forget_words(&self, story: StoryRowId) {
        self.searched.borrow_mut().insert(story, Searched { is_known: true, words: None });
    }

    /// Everything that can be read, as this transaction sees it.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(self.sql)
    }

    /// Makes every configured source known. One whose address changed is polled
    /// afresh: validators belong to an address.
    pub fn sync_sources(&self, sources: &[(SourceId, String)], now: Timestamp) -> Result<(), StoreError> {
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO sources (id, url, first_seen, since) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (id) DO UPDATE SET url = excluded.url, etag = NULL, last_modified = NULL, body_hash = NULL,
                 last_whole = NULL, next_poll = 0, retry_after = NULL, health = 'new', reason = NULL, since = excluded.since,
                 failures = 0, moved_to = NULL, found = NULL, moving_to = NULL
             WHERE url <> excluded.url",
        )?;
        for (id, url) in sources {
            insert.execute(params![id.as_str(), url, now.millis()])?;
        }
        Ok(())
    }

    /// Brings dates of next polls to at most what is planned now for each source, and
    /// publishers' wishes not to be asked before to at most `longest`.
    pub fn bound_polls(
        &self,
        planned: &[(SourceId, Timestamp)],
        longest: Timestamp,
    ) -> Result<(), StoreError> {
        let mut update = self.sql.prepare_cached(
            "UPDATE sources SET next_poll = min(next_poll, ?2), retry_after = min(retry_after, ?3)
             WHERE id = ?1 AND (?2 < next_poll OR ?3 < retry_after)",
        )?;
        for (id, next) in planned {
            update.execute(params![id.as_str(), next.millis(), longest.millis()])?;
        }
        Ok(())
    }

    /// Stored entries of a source that share an id, a link, a title or a text with any
    /// of `signals`; of those that share one value, the newest `SHARING_MAX`.
    pub fn known_entries(
        &self,
        source: &SourceId,
        signals: &[EntryHashes],
    ) -> Result<Vec<KnownRow>, StoreError> {
        let columns = KnownRow::COLUMNS;
        let mut found = BTreeMap::new();
        let mut has_any =
            self.sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM entries WHERE source = ?1)")?;
        if !has_any.query_row([source.as_str()], |row| row.get(0))? {
            return Ok(Vec::new());
        }
        let mut collect = |column: &str, hashes: BTreeSet<i64>| {
            let sql = format!(
                "SELECT {columns} FROM entries WHERE source = ?1 AND {column} = ?2
                 ORDER BY id DESC LIMIT {SHARING_MAX}"
            );
            let mut select = self.sql.prepare_cached(&sql)?;
            for hash in hashes {
                let mut rows = select.query(params![source.as_str(), hash])?;
                while let Some(row) = rows.next()? {
                    let known = KnownRow::of(row)?;
                    found.insert(known.id, known);
                }
            }
            Ok::<(), StoreError>(())
        };
        collect("guid_hash", signals.iter().filter_map(|it| it.guid_hash).collect())?;
        collect("link_hash", signals.iter().filter_map(|it| it.link_hash).collect())?;
        collect("title_hash", signals.iter().filter_map(|it| it.title_hash).collect())?;
        collect("text_hash", signals.iter().filter_map(|it| it.text_hash).collect())?;
        Ok(found.into_values().collect())
    }

    /// Stored entries of a source under the numbers that addresses give articles, each with its
    /// feed's last text; of those that share one, the newest `SAME_NUMBER_MAX`.
    pub fn known_by_number(
        &self,
        source: &SourceId,
        numbers: &BTreeSet<i64>,
    ) -> Result<Vec<(KnownRow, String)>, StoreError> {
        let mut select = self.sql.prepare_cached(&format!(
            "SELECT {}, coalesce((SELECT text FROM snapshots s WHERE s.entry = entries.id AND s.made = ?3
                 ORDER BY s.id DESC LIMIT 1), '')
             FROM entries WHERE source = ?1 AND number_hash = ?2 ORDER BY id DESC LIMIT {SAME_NUMBER_MAX}",
            KnownRow::COLUMNS
        ))?;
        let mut found = Vec::new();
        for number in numbers {
            let mut rows = select.query(params![source.as_str(), number, SNAPSHOT_FEED])?;
            while let Some(row) = rows.next()? {
                found.push((KnownRow::of(row)?, row.get(KnownRow::WIDTH)?));
            }
        }
        Ok(found)
    }

    /// Stores an entry seen for the first time, under its key or, where another of the
    /// source has that, under a numbered one.
    pub fn insert_entry(
        &self,
        source: &SourceId,
        key: &EntryKey,
        entry: &NewEntry,
        now: Timestamp,
    ) -> Result<EntryId, StoreError> {
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO entries (source, key, guid, guid_hash, link, canonical, link_hash, title, title_hash, text_hash,
                 content_hash, summary, authors, categories, language, rights_text, origin, enclosure, published_given,
                 published, updated, first_seen, is_kept, page, is_excluded, snapshot, rights, rights_reasons,
                 place_hash, number_hash, has_text)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                 ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31) ON CONFLICT (source, key) DO NOTHING",
        )?;
        let snapshot = if entry.text.is_empty() { None } else { Some(self.next_snapshot()?) };
        let mut free = key.clone();
        let mut n = 1;
        loop {
            let stored = insert.execute(params![
                source.as_str(),
                free.as_str(),
                entry.guid,
                entry.guid_hash,
                entry.link.as_ref().map(url::Url::as_str),
                entry.canonical,
                entry.link_hash,
                entry.title,
                entry.title_hash,
                entry.text_hash,
                entry.content_hash,
                entry.summary,
                to_json(&entry.authors),
                to_json(&entry.categories),
                entry.language,
                entry.rights_text,
                entry.origin.as_ref().map(to_json),
                entry.enclosure.as_ref().map(to_json),
                entry.published_given.map(Timestamp::millis),
                entry.published.millis(),
                entry.updated.map(Timestamp::millis),
                now.millis(),
                entry.is_kept,
                entry.page.as_str(),
                entry.is_excluded,
                snapshot,
                entry.rights.as_str(),
                to_json(&entry.rights_reasons),
                entry.place_hash,
                entry.number_hash,
                entry.has_text,
            ])?;
            if stored == 1 {
                break;
            }
            n += 1;
            free = EntryKey::new(format!("{key}#{n}"));
        }
        let id = EntryId(self.sql.last_insert_rowid());
        if let Some(snapshot) = snapshot {
            self.insert_snapshot(snapshot, id, SnapshotFrom::Feed, &entry.text, now)?;
        }
        Ok(id)
    }

    /// Stores the new state of a known entry: what it was first dated, and the
    /// story it belongs to, stay. A changed text becomes a new snapshot.
    pub fn update_entry(&self, id: EntryId, entry: &NewEntry, now: Timestamp) -> Result<(), StoreError> {
        let is_text_changed: bool = self
            .sql
            .prepare_cached("SELECT text_hash IS NOT ?2 FROM entries WHERE id = ?1")?
            .query_row(params![id.0, entry.text_hash], |row| row.get(0))?;
        let mut update = self.sql.prepare_cached(
            "UPDATE entries SET guid = ?2, guid_hash = ?3, link = ?4, canonical = ?5, link_hash = ?6, title = ?7,
                 title_hash = ?8, text_hash = ?9, content_hash = ?10, summary = ?11, authors = ?12, categories = ?13,
                 language = ?14, rights_text = ?15, origin = ?16, enclosure = ?17, published_given = ?18, updated = ?19,
                 assigned = CASE WHEN story IS NULL THEN 0 ELSE ?20 END, place_hash = ?21, number_hash = ?22,
                 has_text = ?23
             WHERE id = ?1",
        )?;
        update.execute(params![
            id.0,
            entry.guid,
            entry.guid_hash,
            entry.link.as_ref().map(url::Url::as_str),
            entry.canonical,
            entry.link_hash,
            entry.title,
            entry.title_hash,
            entry.text_hash,
            entry.content_hash,
            entry.summary,
            to_json(&entry.authors),
            to_json(&entry.categories),
            entry.language,
            entry.rights_text,
            entry.origin.as_ref().map(to_json),
            entry.enclosure.as_ref().map(to_json),
            entry.published_given.map(Timestamp::millis),
            entry.updated.map(Timestamp::millis),
            self.next_assignment()?,
            entry.place_hash,
            entry.number_hash,
            entry.has_text,
        ])?;
        if is_text_changed {
            // Where the page was read, a new teaser does not take its place.
            let page: Option<i64> = self
                .sql
                .prepare_cached("SELECT snapshot FROM entries WHERE id = ?1 AND page = 'fetched'")?
                .query_row([id.0], |row| row.get(0))
                .optional()?
                .flatten();
            self.take_snapshot(id, SnapshotFrom::Feed, &entry.text, now)?;
            if let Some(page) = page {
                self.sql
                    .prepare_cached("UPDATE entries SET snapshot = ?2 WHERE id = ?1")?
                    .execute([id.0, page])?;
            }
        }
        self.note_change();
        self.mark_story_stale(id)
    }

    /// Stores the id and the date a known entry carries now, which readers never see.
    pub fn note_signals(&self, id: EntryId, entry: &NewEntry) -> Result<(), StoreError> {
        let mut update = self.sql.prepare_cached(
            "UPDATE entries SET guid = ?2, guid_hash = ?3, published_given = ?4 WHERE id = ?1",
        )?;
        update.execute(params![
            id.0,
            entry.guid,
            entry.guid_hash,
            entry.published_given.map(Timestamp::millis)
        ])?;
        Ok(())
    }

    /// Keeps a text of an entry and makes it the one that is read from now on.
    fn take_snapshot(
        &self,
        entry: EntryId,
        from: SnapshotFrom,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if text.is_empty() {
            return Ok(());
        }
        let snapshot = self.next_snapshot()?;
        self.insert_snapshot(snapshot, entry, from, text, now)?;
        self.sql
            .prepare_cached(
                "UPDATE entries SET snapshot = ?2, assigned = CASE WHEN story IS NULL THEN 0 ELSE ?3 END WHERE id = ?1",
            )?
            .execute([entry.0, snapshot, self.next_assignment()?])?;
        Ok(())
    }

    /// The next place in the order of changes that clustering must know of.
    pub(super) fn next_assignment(&self) -> Result<i64, StoreError> {
        let next = self.assignments()? + 1;
        self.assignments.set(Some(next));
        Ok(next)
    }

    /// The number of the next snapshot: one transaction writes at a time.
    fn next_snapshot(&self) -> Result<i64, StoreError> {
        let latest: i64 = match self.snapshots.get() {
            Some(latest) => latest,
            None => self
                .sql
                .prepare_cached("SELECT coalesce(max(id), 0) FROM snapshots")?
                .query_row([], |row| row.get(0))?,
        };
        self.snapshots.set(Some(latest + 1));
        Ok(latest + 1)
    }

    fn insert_snapshot(
        &self,
        id: i64,
        entry: EntryId,
        from: SnapshotFrom,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let made = match from {
            SnapshotFrom::Feed => SNAPSHOT_FEED,
            SnapshotFrom::Page => SNAPSHOT_PAGE,
        };
        self.sql
            .prepare_cached(
                "INSERT INTO snapshots (id, entry, made, text, taken) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id, entry.0, made, text, now.millis()])?;
        Ok(())
    }

    /// Remembers a site's robots.txt, and forgets those fetched before `forgotten`.
    pub fn record_robots(
        &self,
        origin: &str,
        row: &RobotsRow,
        forgotten: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM robots WHERE fetched < ?1")?.execute([forgotten.millis()])?;
        self.sql
            .prepare_cached(
                "INSERT OR REPLACE INTO robots (origin, kind, body, fetched, failed) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                origin,
                row.kind,
                row.body,
                row.fetched.millis(),
                row.failed.map(Timestamp::millis)
            ])?;
        Ok(())
    }

    /// Ends a poll: health, validators and the next date in one, and the lease is given back.
    pub fn record_poll(&self, source: &SourceId, update: &PollUpdate) -> Result<(), StoreError> {
        if self.give_back_if_removed(source)? {
            return Ok(());
        }
        let mut poll = self.sql.prepare_cached(
            "UPDATE sources SET last_poll = ?2, next_poll = ?3,
                 since = CASE WHEN health = ?4 AND (reason IS ?5 OR ?4 = 'failing') THEN since ELSE ?2 END,
                 failures = CASE WHEN ?4 = 'failing' THEN failures + 1 ELSE 0 END,
                 health = ?4, reason = ?5, status = ?6, retry_after = ?7, etag = ?8, last_modified = ?9, body_hash = ?10,
                 moved_to = ?11, last_whole = ?12, found = ?13, moving_to = ?14, moving_since = ?15,
                 moving_answers = ?16, lease_holder = NULL, lease_until = NULL
             WHERE id = ?1",
        )?;
        poll.execute(params![
            source.as_str(),
            update.at.millis(),
            update.next_poll.millis(),
            update.health.as_str(),
            update.reason,
            update.status,
            update.retry_after.map(Timestamp::millis),
            update.validators.etag,
            update.validators.last_modified,
            update.body_hash,
            update.moved_to,
            update.last_whole.map(Timestamp::millis),
            update.found,
            update.moving.as_ref().map(|it| &it.to),
            update.moving.as_ref().map(|it| it.since.millis()),
            update.moving.as_ref().map_or(0, |it| it.answers),
        ])?;
        self.heed_pushes(source, update)?;
        if let Some((rights, reasons)) = &update.rights {
            self.note_change();
            self.sql
                .prepare_cached("UPDATE sources SET rights = ?2, rights_reasons = ?3 WHERE id = ?1")?
                .execute(params![source.as_str(), rights.as_str(), to_json(&reasons)])?;
        }
        if let Some(wishes) = &update.wishes {
            self.sql
                .prepare_cached("UPDATE sources SET wishes = ?2 WHERE id = ?1")?
                .execute(params![source.as_str(), to_json(wishes)])?;
        }
        if let Some(feed) = &update.feed {
            self.note_change();
            let mut facts = self.sql.prepare_cached(
                "UPDATE sources SET title = ?2, feed_id = ?3, home = ?4, language = ?5, rights_text = ?6, rights = ?7,
                     rights_reasons = ?8, warnings = ?9, wishes = ?10, newest = ?11, home_claim = ?12,
                     home_asked = ?13
                 WHERE id = ?1",
            )?;
            facts.execute(params![
                source.as_str(),
                feed.title,
                feed.feed_id,
                feed.home.as_ref().map(url::Url::as_str),
                feed.language,
                feed.rights_text,
                feed.rights.as_str(),
                to_json(&feed.rights_reasons),
                to_json(&feed.warnings),
                to_json(&feed.wishes),
                to_json(&feed.newest),
                feed.home_claim.as_str(),
                feed.home_asked.map(Timestamp::millis),
            ])?;
        }
        Ok(())
    }

    /// Founds a story on an entry: key, tag, path and slug are fixed here for good.
    pub fn found_story(&self, new: &NewStory<'_>) -> Result<StoryRowId, StoreError> {
        let (host, since) = new.host;
        let slug = Slug::of(&new.entry.title);
        let slug = slug.as_ref().map_or(SLUG_OF_NOTHING, Slug::as_str);
        let state = if new.entry.is_kept { StoryState::Kept } else { StoryState::Pending };
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO stories (key, tag, path, title, state, primary_entry, published, updated, created, founder)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?6) ON CONFLICT (key) DO NOTHING",
        )?;
        let mut n = None;
        loop {
            let key = StoryKey::founded_by(new.source, &new.entry.key, n);
            let founded = insert.execute(params![
                key.as_str(),
                StoryId::tag(host, since, &key).as_str(),
                format!("/story/{key}/{slug}"),
                new.entry.title,
                state.as_str(),
                new.entry.id.0,
                new.entry.published.millis(),
                new.now.millis(),
            ])?;
            if founded == 1 {
                break;
            }
            n = Some(n.map_or(1, |n| n + 1));
        }
        let id = StoryRowId(self.sql.last_insert_rowid());
        self.join(new.entry.id, id, None)?;
        Ok(id)
    }

    /// The day that stands in the tags of a host of the base URL: when it was first seen.
    pub fn host_since(&self, host: &str, now: Timestamp) -> Result<NaiveDate, StoreError> {
        let first = match self.reader().host_first_seen(host)? {
            Some(first) => first,
            None => {
                self.sql
                    .prepare_cached("INSERT INTO hosts (host, first_seen) VALUES (?1, ?2)")?
                    .execute(params![host, now.millis()])?;
                now
            }
        };
        Ok(first.utc().date_naive())
    }

    pub(super) fn entries_of(
        &self,
        which: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Vec<EntryId>, StoreError> {
        let mut select =
            self.sql.prepare_cached(&format!("SELECT id FROM entries WHERE {which} ORDER BY id"))?;
        let found = select.query_map([value], |row| Ok(EntryId(row.get(0)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Puts an entry into a story that exists. A kept story that gets a fresh
    /// member is curated after all.
    pub fn join_story(&self, entry: &UnassignedRow, story: StoryRowId, why: &str) -> Result<(), StoreError> {
        self.join(entry.id, story, Some(why))?;
        if !entry.is_kept {
            self.revive(story)?;
        }
        self.mark_stale(story)
    }

    /// A story that nothing was to be made of is curated after all.
    fn revive(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = CASE WHEN first_published IS NULL THEN 'pending' ELSE 'published' END,
                     waits_since = NULL
                 WHERE id = ?1 AND state IN ('kept', 'withdrawn')",
            )?
            .execute([story.0])?;
        Ok(())
    }

    /// A story that is published, or waits for an editor, is looked at again.
    fn mark_stale(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET is_stale = 1, waits_since = CASE is_stale WHEN 1 THEN waits_since END
                 WHERE id = ?1 AND state IN ('published', 'held')",
            )?
            .execute([story.0])?;
        Ok(())
    }

    /// The story of an entry.
    pub fn story_of(&self, entry: EntryId) -> Result<Option<StoryRowId>, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT story FROM entries WHERE id = ?1")?;
        let story: Option<Option<i64>> = select.query_row([entry.0], |row| row.get(0)).optional()?;
        Ok(story.flatten().map(StoryRowId))
    }

    fn mark_story_stale(&self, entry: EntryId) -> Result<(), StoreError> {
        self.story_of(entry)?.map_or(Ok(()), |it| self.mark_stale(it))
    }

    fn join(&self, entry: EntryId, story: StoryRowId, why: Option<&str>) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached("UPDATE entries SET story = ?2, joined = ?3, assigned = ?4 WHERE id = ?1")?
            .execute(params![entry.0, story.0, why, self.next_assignment()?])?;
        Ok(())
    }

    /// Folds one story into another: members move, the id that goes away answers 301.
    pub fn merge_stories(
        &self,
        from: StoryRowId,
        into: StoryRowId,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.note_change();
        // What an editor may want to undo.
        self.sql
            .prepare_cached(
                "INSERT OR IGNORE INTO merged_members (story, entry) SELECT ?1, id FROM entries WHERE story = ?1",
            )?
            .execute([from.0])?;
        for member in self.entries_of("story = ?1", from.0)? {
            self.join(member, into, Some(why))?;
        }
        // Links lead to the survivor at once, however many merges lie between.
        self.sql
            .prepare_cached("UPDATE stories SET merged_into = ?2 WHERE merged_into = ?1")?
            .execute([from.0, into.0])?;
        // What a digest has told is told: the survivor stands where the other stood.
        self.sql
            .prepare_cached(
                "DELETE FROM output_items WHERE story = ?2
                     AND EXISTS (SELECT 1 FROM output_items f JOIN digests d ON d.output = f.output
                                     AND f.seq BETWEEN d.first_seq AND d.last_seq
                                 WHERE f.story = ?1 AND f.output = output_items.output)
                     AND NOT EXISTS (SELECT 1 FROM digests d WHERE d.output = output_items.output
                                         AND output_items.seq BETWEEN d.first_seq AND d.last_seq)",
            )?
            .execute([from.0, into.0])?;
        self.sql
            .prepare_cached(
                "UPDATE OR IGNORE output_items SET story = ?2 WHERE story = ?1
                     AND EXISTS (SELECT 1 FROM digests d WHERE d.output = output_items.output
                                     AND output_items.seq BETWEEN d.first_seq AND d.last_seq)",
            )?
            .execute([from.0, into.0])?;
        self.sql
            .prepare_cached(
                "INSERT INTO output_items (output, seq, story, entered, score)
                 SELECT o.output, 1 + max((SELECT max(seq) FROM output_items WHERE output = o.output),
                        coalesce((SELECT max(last_seq) FROM digests WHERE output = o.output), 0)), ?2, ?3, o.score
                 FROM output_items o WHERE o.story = ?1 ON CONFLICT (output, story) DO NOTHING",
            )?
            .execute(params![from.0, into.0, now.millis()])?;
        let was: String = self
            .sql
            .prepare_cached("SELECT state FROM stories WHERE id = ?1")?
            .query_row([from.0], |row| row.get(0))?;
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'merged', merged_into = ?2, is_stale = 0 WHERE id = ?1",
            )?
            .execute([from.0, into.0])?;
        if matches!(was.as_str(), "pending" | "held" | "published") {
            self.revive(into)?;
        }
        // What people wrote stands, where nobody has written about the other.
        self.sql
            .prepare_cached(
                "INSERT OR IGNORE INTO overrides (story, field, value, by, at)
                 SELECT ?2, field, value, by, at FROM overrides WHERE story = ?1",
            )?
            .execute([from.0, into.0])?;
        self.mark_stale(into)
    }

    /// An entry as one that waits for its story.
    pub fn entry_to_assign(&self, entry: EntryId) -> Result<Option<UnassignedRow>, StoreError> {
        let mut select = self.sql.prepare_cached(&format!(
            "SELECT {} FROM entries e LEFT JOIN snapshots t ON t.id = e.snapshot WHERE e.id = ?1",
            UnassignedRow::COLUMNS
        ))?;
        select.query_row([entry.0], |row| Ok(UnassignedRow::of(row))).optional()?.transpose()
    }

    /// The circle that a story stands in, named by the story that began it.
    pub fn circle(&self, story: StoryRowId) -> Result<StoryRowId, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT coalesce(circle, id) FROM stories WHERE id = ?1")?;
        Ok(StoryRowId(select.query_row([story.0], |row| row.get(0))?))
    }

    /// The story that became part of another and speaks with this entry, with its former
    /// members that are still there.
    pub fn retired_on(
        &self,
        story: StoryRowId,
        entry: EntryId,
    ) -> Result<Option<(StoryRowId, Vec<EntryId>)>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT s.id FROM stories s JOIN merged_members m ON m.story = s.id AND m.entry = s.primary_entry
             WHERE s.merged_into = ?1 AND s.state = 'merged' AND s.primary_entry = ?2 ORDER BY s.id DESC LIMIT 1",
        )?;
        let retired: Option<i64> =
            select.query_row(params![story.0, entry.0], |row| row.get(0)).optional()?;
        let Some(retired) = retired else { return Ok(None) };
        let mut select = self.sql.prepare_cached(
            "SELECT e.id FROM merged_members m JOIN entries e ON e.id = m.entry WHERE m.story = ?1 AND e.story = ?2
             ORDER BY e.id",
        )?;
        let members = select.query_map([retired, story.0], |row| Ok(EntryId(row.get(0)?)))?;
        Ok(Some((StoryRowId(retired), members.collect::<Result<_, _>>()?)))
    }

    /// Undoes a merge: the members move back, and the retired id answers again.
    pub fn revive_retired(
        &self,
        retired: StoryRowId,
        story: StoryRowId,
        members: &[EntryId],
    ) -> Result<(), StoreError> {
        self.move_entries(members, retired)?;
        self.sql
            .prepare_cached(
                "UPDATE stories SET merged_into = NULL, state = CASE
                     WHEN (SELECT state FROM stories WHERE id = ?2) = 'rejected' THEN 'rejected'
                     WHEN first_published IS NOT NULL THEN 'published'
                     WHEN EXISTS (SELECT 1 FROM entries WHERE story = ?1 AND is_kept = 0) THEN 'pending'
                     ELSE 'kept' END WHERE id = ?1",
            )?
            .execute([retired.0, story.0])?;
        // The words that people wrote about it, too.
        self.sql
            .prepare_cached(
                "DELETE FROM overrides WHERE story = ?2 AND (field, value, by, at) IN
                     (SELECT field, value, by, at FROM overrides WHERE story = ?1)",
            )?
            .execute([retired.0, story.0])?;
        // What had become part of it before goes back with it.
        self.sql
            .prepare_cached(
                "UPDATE stories SET merged_into = ?1 WHERE merged_into = ?2 AND state = 'merged'
                     AND primary_entry IN (SELECT id FROM entries WHERE story = ?1)",
            )?
            .execute([retired.0, story.0])?;
        self.sql.prepare_cached("DELETE FROM merged_members WHERE story = ?1")?.execute([retired.0])?;
        Ok(())
    }

    /// Moves entries to a story.
    pub fn move_entries(&self, entries: &[EntryId], story: StoryRowId) -> Result<(), StoreError> {
        for entry in entries {
            self.join(*entry, story, Some("split by the editor"))?;
        }
        Ok(())
    }

    /// Notes that no entry of one story may ever join one of the other by itself, and has
    /// both looked at again.
    pub fn part(&self, one: StoryRowId, other: StoryRowId) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached(
                "INSERT INTO parted (parting, side, entry) SELECT ?3, story = ?2, id FROM entries WHERE story IN (?1, ?2)",
            )?
            .execute([one.0, other.0, self.next_parting()?])?;
        self.mark_stale(one)?;
        self.mark_stale(other)
    }

    fn next_parting(&self) -> Result<i64, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT coalesce(max(parting), 0) + 1 FROM parted")?;
        Ok(select.query_row([], |row| row.get(0))?)
    }

    /// Forgets that the entries of two stories were parted.
    pub fn rejoin(&self, one: StoryRowId, other: StoryRowId) -> Result<(), StoreError> {
        for (parting, side) in self.partings(one, other)? {
            // What is here parted from others than those there stays so, in a parting of its own.
            let rest = self.next_parting()?;
            self.sql
                .prepare_cached(
                    "INSERT INTO parted (parting, side, entry)
                     SELECT ?3, p.side, p.entry FROM parted p JOIN entries e ON e.id = p.entry
                     WHERE p.parting = ?4 AND CASE p.side WHEN ?5 THEN e.story IS ?1 ELSE e.story IS NOT ?2 END",
                )?
                .execute([one.0, other.0, rest, parting, side])?;
            self.sql
                .prepare_cached(
                    "DELETE FROM parted WHERE parting = ?2 AND side = ?3
                         AND entry IN (SELECT id FROM entries WHERE story = ?1)",
                )?
                .execute([one.0, parting, side])?;
            for parting in [parting, rest] {
                self.sql
                    .prepare_cached(
                        "DELETE FROM parted WHERE parting = ?1
                             AND (SELECT count(DISTINCT side) FROM parted WHERE parting = ?1) < 2",
                    )?
                    .execute([parting])?;
            }
        }
        Ok(())
    }

    /// The partings that have entries of one story on one side and of another on the other,
    /// with the side of the first.
    fn partings(&self, one: StoryRowId, other: StoryRowId) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT x.parting, x.side FROM
                 (SELECT DISTINCT p.parting, p.side FROM parted p JOIN entries e ON e.id = p.entry WHERE e.story = ?1) x
                 JOIN
                 (SELECT DISTINCT p.parting, p.side FROM parted p JOIN entries e ON e.id = p.entry WHERE e.story = ?2) y
                 ON y.parting = x.parting AND y.side <> x.side
             ORDER BY x.parting, x.side",
        )?;
        let found = select.query_map([one.0, other.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// How often an entry's page was tried in vain.
    pub fn page_tries(&self, entry: EntryId) -> Result<u32, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT page_tries FROM entries WHERE id = ?1")?;
        Ok(select.query_row([entry.0], |row| row.get(0)).optional()?.unwrap_or(0))
    }

    /// Records what became of an entry's page, and its text where it was read; gives its
    /// lease back. A page that failed is tried again at `retry`. A text that comes after
    /// the story was published has the story curated again.
    pub fn record_page(
        &self,
        entry: EntryId,
        page: PageState,
        reason: Option<&str>,
        retry: Option<Timestamp>,
        text: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE entries SET page = ?2, page_reason = ?3, page_after = ?4, page_tries = page_tries + 1,
                     page_lease_holder = NULL, page_lease_until = NULL WHERE id = ?1",
            )?
            .execute(params![entry.0, page.as_str(), reason, retry.map(Timestamp::millis)])?;
        if let Some(text) = text {
            self.take_snapshot(entry, SnapshotFrom::Page, text, now)?;
            self.mark_story_stale(entry)?;
        }
        Ok(())
    }

    /// Notes that a page was looked at, when it is looked at again, what that question needs, and
    /// since when the page is missing; gives its lease back. A text takes the place of the one that
    /// was read.
    pub fn record_look(
        &self,
        entry: EntryId,
        next: Option<Timestamp>,
        missing: Option<Timestamp>,
        validators: &Validators,
        text: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE entries SET page_look = ?2, page_etag = ?3, page_modified = ?4, page_missing = ?5,
                     page_looks = page_looks + 1, page_lease_holder = NULL, page_lease_until = NULL WHERE id = ?1",
            )?
            .execute(params![
                entry.0,
                next.map(Timestamp::millis),
                validators.etag,
                validators.last_modified,
                missing.map(Timestamp::millis)
            ])?;
        if let Some(text) = text {
            self.take_snapshot(entry, SnapshotFrom::Page, text, now)?;
            self.mark_story_stale(entry)?;
        }
        Ok(())
    }

    /// Has the read pages of sources looked at now that would be looked at later.
    pub fn hasten_looks(&self, sources: &HashSet<SourceId>, now: Timestamp) -> Result<(), StoreError> {
        let sources: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
        // One that is out of turn does not count as one of the few.
        // `+` has the plan go through the looks that are planned, and not through all entries.
        self.sql
            .prepare_cached(
                "UPDATE entries SET page_look = ?1, page_looks = page_looks - 1
                 WHERE ?1 < page_look AND +source IN (SELECT value FROM json_each(?2))",
            )?
            .execute(params![now.millis(), to_json(&sources)])?;
        Ok(())
    }

    /// What is noted to have become of an article.
    pub fn aftermath(&self, entry: EntryId) -> Result<Option<Aftermath>, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT aftermath FROM entries WHERE id = ?1")?;
        let word: Option<Option<String>> = select.query_row([entry.0], |row| row.get(0)).optional()?;
        word.flatten().map(|it| worded(&Aftermath::ALL, Aftermath::as_str, it, "aftermath")).transpose()
    }

    /// Notes what became of an article after it appeared, or that it is there as it was. Readers
    /// see it with the story from now on.
    pub fn record_aftermath(
        &self,
        entry: EntryId,
        aftermath: Option<Aftermath>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self
            .sql
            .prepare_cached(
                "UPDATE entries SET aftermath = ?2, noticed = ?3 WHERE id = ?1 AND aftermath IS NOT ?2",
            )?
            .execute(params![entry.0, aftermath.map(Aftermath::as_str), now.millis()])?;
        if changed != 0 {
            self.note_change();
            self.sql
                .prepare_cached(
                    "UPDATE stories SET updated = max(updated, ?2)
                     WHERE id = (SELECT story FROM entries WHERE id = ?1) AND first_published IS NOT NULL",
                )?
                .execute(params![entry.0, now.millis()])?;
        }
        Ok(())
    }

    /// Notes who wrote an article, as its page says.
    pub fn record_page_author(&self, entry: EntryId, author: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE entries SET page_author = ?2 WHERE id = ?1")?
            .execute(params![entry.0, author])?;
        Ok(())
    }

    /// Notes a canonical address learned from the page; the link's own one stays
    /// what identifies the entry within its source.
    pub fn record_page_canonical(
        &self,
        entry: EntryId,
        canonical: &str,
        hash: i64,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE entries SET page_canonical = ?2, page_hash = ?3 WHERE id = ?1")?
            .execute(params![entry.0, canonical, hash])?;
        Ok(())
    }

    /// Notes what an entry's own signals allow. Where that is news, its story is looked at
    /// again, and what a model made of its text goes with the permission.
    pub fn record_rights(
        &self,
        entry: EntryId,
        rights: Rights,
        reasons: &[String],
    ) -> Result<(), StoreError> {
        let is_news: bool = self
            .sql
            .prepare_cached("SELECT rights <> ?2 FROM entries WHERE id = ?1")?
            .query_row(params![entry.0, rights.as_str()], |row| row.get(0))?;
        self.sql
            .prepare_cached("UPDATE entries SET rights = ?2, rights_reasons = ?3 WHERE id = ?1")?
            .execute(params![entry.0, rights.as_str(), to_json(&reasons)])?;
        if !is_news {
            return Ok(());
        }
        if rights != Rights::Any {
            self.sql
                .prepare_cached(
                    "DELETE FROM replies WHERE story = (SELECT story FROM entries WHERE id = ?1)",
                )?
                .execute([entry.0])?;
        }
        self.mark_story_stale(entry)
    }

    /// Removes texts of entries first seen before a moment whose stories readers cannot have:
    /// kept back, rejected or withdrawn. What they are known by again stays, and their titles.
    /// Returns of how many, at most `limit`.
    pub fn forget_texts(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT e.id FROM entries e INDEXED BY entries_kept_texts JOIN stories s ON s.id = e.story
             WHERE e.is_kept = 1 AND e.snapshot IS NOT NULL AND e.first_seen < ?1
                 AND s.state IN ('kept', 'rejected', 'withdrawn')
             UNION ALL
             SELECT e.id FROM stories s JOIN entries e ON e.story = s.id
             WHERE s.state IN ('rejected', 'withdrawn') AND e.is_kept = 0 AND e.snapshot IS NOT NULL
                 AND e.first_seen < ?1
             LIMIT ?2",
        )?;
        let found = select.query_map([before.millis(), limit as i64], |row| row.get(0))?;
        let entries: Vec<i64> = found.collect::<Result<_, _>>()?;
        for entry in &entries {
            self.sql.prepare_cached("DELETE FROM snapshots WHERE entry = ?1")?.execute([entry])?;
            self.sql
                .prepare_cached("UPDATE entries SET snapshot = NULL, summary = NULL WHERE id = ?1")?
                .execute([entry])?;
        }
        Ok(entries.len())
    }

    /// Appends a revision and returns its number. Readers see it once it is made the
    /// current one of a published story.
    pub fn append_revision(
        &self,
        story: StoryRowId,
        new: &NewRevision<'_>,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let n: u32 = self
            .sql
            .prepare_cached("SELECT coalesce(max(n), 0) + 1 FROM revisions WHERE story = ?1")?
            .query_row([story.0], |row| row.get(0))?;
        self.sql
            .prepare_cached(
                "INSERT INTO revisions (story, n, made, title, engine, briefing, input_hash, dropped, why, record,
                     author, language, shown, lead)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                story.0,
                n,
                now.millis(),
                new.title,
                new.briefing.engine.as_str(),
                to_json(new.briefing),
                new.input_hash,
                to_json(&new.dropped),
                new.why,
                new.record.map(to_json),
                new.author,
                new.language,
                new.is_shown.then_some(now.millis()),
                new.lead.0,
            ])?;
        Ok(n)
    }

    /// Keeps a revision until an editor approves it; readers go on seeing the current one.
    pub fn keep_draft(&self, story: StoryRowId, n: u32) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET draft = ?2, is_stale = 0 WHERE id = ?1")?
            .execute(params![story.0, n])?;
        Ok(())
    }

    /// Makes a revision the current one: what readers see, once the story is published.
    pub fn make_current(&self, story: StoryRowId, current: &Current<'_>) -> Result<(), StoreError> {
        let Current { n, title, language, briefing, audiences, primary, is_first } = *current;
        self.note_change();
        self.sql
            .prepare_cached(
                "UPDATE stories SET revision = ?2, title = ?3, language = ?4, primary_entry = ?5, is_stale = 0, draft = NULL
                 WHERE id = ?1",
            )?
            .execute(params![story.0, n, title, language, primary.0])?;
        if !is_first {
            for sql in
                ["DELETE FROM story_topics WHERE story = ?1", "DELETE FROM story_audiences WHERE story = ?1"]
            {
                self.sql.prepare_cached(sql)?.execute([story.0])?;
            }
        }
        for topic in &briefing.topics {
            self.sql
                .prepare_cached(
                    "INSERT INTO story_topics (story, slug, name) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute(params![story.0, topic.slug.as_str(), topic.name])?;
        }
        for slug in audiences {
            self.sql
                .prepare_cached(
                    "INSERT INTO story_audiences (story, slug) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )?
                .execute(params![story.0, slug.as_str()])?;
        }
        let text: Vec<&str> = briefing.statements().map(|it| it.text.as_str()).collect();
        let topics: Vec<&str> = briefing.topics.iter().map(|it| it.name.as_str()).collect();
        let mut searched = self.searched.borrow_mut();
        let searched = searched.entry(story).or_default();
        searched.is_known |= !is_first;
        searched.words = Some([title.to_owned(), text.join("\n"), topics.join("\n")]);
        Ok(())
    }

    /// Notes that readers see the current revision of a published story from now on.
    pub fn note_shown(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE revisions SET shown = ?2 WHERE story = ?1 AND shown IS NULL
                     AND n = (SELECT revision FROM stories WHERE id = ?1 AND state = 'published')",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// Notes who approved a revision.
    pub fn review(&self, story: StoryRowId, n: u32, review: &Review) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached("UPDATE revisions SET reviewed = ?3 WHERE story = ?1 AND n = ?2")?
            .execute(params![story.0, n, to_json(review)])?;
        Ok(())
    }

    /// Notes what a person did with a story.
    pub fn note_act(&self, story: StoryRowId, act: &Act) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached(
                "INSERT INTO acts (story, at, by, act, revision, why, other) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                story.0,
                act.at.millis(),
                act.by,
                act.act,
                act.revision,
                act.why,
                act.other.map(|it| it.0)
            ])?;
        Ok(())
    }

    /// Keeps what a person wrote into a field, as JSON; `None` gives the field back to the engine.
    pub fn override_field(
        &self,
        story: StoryRowId,
        field: &str,
        value: Option<&str>,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM overrides WHERE story = ?1 AND field = ?2")?
            .execute(params![story.0, field])?;
        if let Some(value) = value {
            self.sql
                .prepare_cached(
                    "INSERT INTO overrides (story, field, value, by, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![story.0, field, value, by, now.millis()])?;
        }
        Ok(())
    }

    /// A story is not to be published, or no more: then its permalink answers 410.
    pub fn reject_story(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.note_change();
        self.forget_words(story);
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'rejected', is_stale = 0, draft = NULL, updated = max(updated, ?2)
                 WHERE id = ?1",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// A rejected story that was never curated is curated after all.
    pub fn reopen_story(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'pending', waits_since = NULL WHERE id = ?1 AND state = 'rejected' AND revision = 0",
            )?
            .execute([story.0])?;
        Ok(())
    }

    /// A story that was published before is published again, under its old dates.
    pub fn republish_story(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.note_change();
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'published', updated = max(updated, ?2)
                 WHERE id = ?1 AND first_published IS NOT NULL",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// Keeps what a model replied.
    pub fn record_reply(
        &self,
        story: StoryRowId,
        request: &str,
        reply: &str,
        millis: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO replies (story, request, reply, millis, made) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![story.0, request, reply, millis as i64, now.millis()])?;
        Ok(())
    }

    /// Takes the turn of asking a model about a story, unless another living process
    /// has it. A turn that ends later than one of twice this length is from before the
    /// clock was set back, and has ended.
    pub fn take_turn(
        &self,
        story: StoryRowId,
        holder: &Holder,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let latest = until.plus(until.since(now)).millis();
        let held: Option<(String, i64)> = self
            .sql
            .prepare_cached("SELECT holder, until FROM model_turns WHERE story = ?1")?
            .query_row([story.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let is_taken = held.is_some_and(|(other, until)| {
            other != holder.as_str() && Holder::is_alive(&other) && (now.millis()..=latest).contains(&until)
        });
        if !is_taken {
            self.sql
                .prepare_cached(
                    "INSERT OR REPLACE INTO model_turns (story, holder, until) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![story.0, holder.as_str(), until.millis()])?;
        }
        Ok(!is_taken)
    }

    /// Has a model asked about a story again, from one time on until another; `None`: no more.
    pub fn ask_again(
        &self,
        story: StoryRowId,
        from_until: Option<(Timestamp, Timestamp)>,
    ) -> Result<(), StoreError> {
        let (from, until) = from_until.map(|(from, until)| (from.millis(), until.millis())).unzip();
        self.sql
            .prepare_cached("UPDATE stories SET ask_after = ?2, ask_until = ?3 WHERE id = ?1")?
            .execute(params![story.0, from, until])?;
        Ok(())
    }

    /// Has it asked not before this time.
    pub fn ask_later(&self, story: StoryRowId, from: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET ask_after = ?2 WHERE id = ?1 AND ask_after IS NOT NULL")?
            .execute(params![story.0, from.millis()])?;
        Ok(())
    }

    /// Gives the turn of asking about a story back.
    pub fn end_turn(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM model_turns WHERE story = ?1")?.execute([story.0])?;
        Ok(())
    }

    /// A member changed and readers need not care.
    pub fn mark_fresh(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql.prepare_cached("UPDATE stories SET is_stale = 0 WHERE id = ?1")?.execute([story.0])?;
        Ok(())
    }

    /// Links a story to others, nearest first.
    pub fn relate(&self, story: StoryRowId, others: &[(StoryRowId, Relation)]) -> Result<(), StoreError> {
        for (rank, (other, relation)) in others.iter().enumerate() {
            self.sql
                .prepare_cached("INSERT INTO related (story, other, relation, rank) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![story.0, other.0, relation.as_str(), rank as i64])?;
        }
        Ok(())
    }

    /// Publishes a story for the first time: its date is its primary entry's from now on.
    pub fn publish_story(
        &self,
        story: StoryRowId,
        published: Timestamp,
        updated: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'published', published = ?2, updated = ?3, first_published = ?4
                 WHERE id = ?1 AND first_published IS NULL",
            )?
            .execute(params![story.0, published.millis(), updated.millis(), now.millis()])?;
        Ok(())
    }

    /// Readers are told that a published story changed.
    pub fn touch_story(&self, story: StoryRowId, updated: Timestamp) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET updated = max(updated, ?2) WHERE id = ?1")?
            .execute(params![story.0, updated.millis()])?;
        Ok(())
    }

    /// Stores a story without curating it.
    pub fn keep_story(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET state = 'kept' WHERE id = ?1 AND state = 'pending'")?
            .execute([story.0])?;
        Ok(())
    }

    /// Takes a story back: its permalink answers 410 from now on.
    pub fn withdraw_story(&self, story: StoryRowId, now: Timestamp) -> Result<(), StoreError> {
        self.note_change();
        self.forget_words(story);
        self.sql
            .prepare_cached(
                "UPDATE stories SET state = 'withdrawn', is_stale = 0, updated = max(updated, ?2)
                 WHERE id = ?1 AND state <> 'merged'",
            )?
            .execute(params![story.0, now.millis()])?;
        Ok(())
    }

    /// Holds a curated story for an editor.
    pub fn hold_story(&self, story: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET state = 'held' WHERE id = ?1 AND state = 'pending'")?
            .execute([story.0])?;
        Ok(())
    }

    /// Appends stories to an output in the order given; one that stands in it already stays where it is.
    pub fn enter_output(
        &self,
        output: &str,
        stories: &[OutputEntry],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut last = self.reader().output_length(output)? as i64;
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO output_items (output, seq, story, entered, score) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (output, story) DO NOTHING",
        )?;
        for entry in stories {
            last +=
                insert.execute(params![output, last + 1, entry.story.0, now.millis(), entry.score])? as i64;
        }
        Ok(())
    }

    /// Takes stories out of an output whose filters changed.
    pub fn leave_output(&self, output: &str, stories: &[StoryRowId]) -> Result<(), StoreError> {
        for story in stories {
            self.sql
                .prepare_cached("DELETE FROM output_items WHERE output = ?1 AND story = ?2")?
                .execute(params![output, story.0])?;
        }
        Ok(())
    }

    /// Closes a period of an output.
    pub fn close_digest(&self, output: &OutputId, digest: &DigestRow) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(&format!(
                "INSERT INTO digests (output, {}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                DigestRow::COLUMNS
            ))?
            .execute(params![
                output.as_str(),
                digest.tag.as_str(),
                digest.begins.millis(),
                digest.ends.millis(),
                digest.positions.0 as i64,
                digest.positions.1 as i64,
                digest.is_cut
            ])?;
        self.note_change();
        Ok(())
    }

    /// Remembers under which filters an output's items entered.
    pub fn record_filters(&self, output: &str, filters: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO outputs (id, filters) VALUES (?1, ?2)
                 ON CONFLICT (id) DO UPDATE SET filters = excluded.filters",
            )?
            .execute([output, filters])?;
        Ok(())
    }

    /// Remembers what was published of an output; the time moves only when the documents changed.
    pub fn record_published(
        &self,
        output: &str,
        documents: &str,
        invalid: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE outputs SET documents = ?2, is_valid = ?3 IS NULL, reason = ?3,
                     published_at = CASE WHEN documents IS ?2 THEN published_at ELSE ?4 END
                 WHERE id = ?1 AND (documents IS NOT ?2 OR reason IS NOT ?3)",
            )?
            .execute(params![output, documents, invalid, now.millis()])?;
        Ok(())
    }

    /// When pages of this generation and appearance were first shown: later than any others before, so
    /// that a reader who asks by date alone misses nothing. HTTP dates know no less than a second.
    pub fn date_pages(&self, generation: i64, look: &str, now: Timestamp) -> Result<Timestamp, StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE pages_shown SET generation = ?1, look = ?2, since = max(?3, since + 1000)
                 WHERE generation <> ?1 OR look <> ?2",
            )?
            .execute(params![generation, look, now.millis()])?;
        let mut select = self.sql.prepare_cached("SELECT since FROM pages_shown")?;
        Ok(Timestamp::from_millis(select.query_row([], |row| row.get(0))?))
    }

    /// Notes a change that readers can see.
    pub fn note_change(&self) {
        self.has_changed.set(true);
    }

    /// Entries without a story, oldest first: the order does not depend on which poll brought them.
    pub fn unassigned(&self, limit: usize) -> Result<Vec<UnassignedRow>, StoreError> {
        let mut select = self.sql.prepare_cached(&format!(
            "SELECT {} FROM entries e LEFT JOIN snapshots t ON t.id = e.snapshot
             WHERE e.story IS NULL ORDER BY e.published, e.source, e.key LIMIT ?1",
            UnassignedRow::COLUMNS
        ))?;
        let mut rows = select.query([limit as i64])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(UnassignedRow::of(row)?);
        }
        Ok(found)
    }

    /// The number of the latest change that clustering must know of.
    pub fn assignments(&self) -> Result<i64, StoreError> {
        if let Some(n) = self.assignments.get() {
            return Ok(n);
        }
        let n = self.sql.prepare_cached("SELECT n FROM assignments")?.query_row([], |row| row.get(0))?;
        self.assignments.set(Some(n));
        Ok(n)
    }

    /// Assigned entries dated from `from` up to `to`, in order of date, after an entry of the last batch.
    pub fn assigned_between(
        &self,
        after: (Timestamp, EntryId),
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<AssignedRow>, StoreError> {
        self.assigned_rows(BETWEEN_DATES, params![after.0.millis(), after.1.0, to.millis(), limit as i64])
    }

    /// How many assigned entries are dated from `from` on, counted up to a limit.
    pub fn assigned_count(&self, from: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let count: i64 = self
            .sql
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM entries INDEXED BY entries_by_date
                     WHERE story IS NOT NULL AND ?1 <= published LIMIT ?2)",
            )?
            .query_row(params![from.millis(), limit as i64], |row| row.get(0))?;
        Ok(count as usize)
    }

    /// The date of a story's earliest entry.
    pub fn story_begins(&self, story: StoryRowId) -> Result<Option<Timestamp>, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT min(published) FROM entries WHERE story = ?1")?;
        let begins: Option<i64> = select.query_row([story.0], |row| row.get(0))?;
        Ok(begins.map(Timestamp::from_millis))
    }

    /// Assigned entries that joined, moved or changed after a change, in the order of changes.
    pub fn assigned_since(&self, seen: i64, limit: usize) -> Result<Vec<AssignedRow>, StoreError> {
        self.assigned_rows(CHANGED_SINCE, params![seen, limit as i64])
    }

    fn assigned_rows(
        &self,
        (index, which): (&str, &str),
        params: impl rusqlite::Params,
    ) -> Result<Vec<AssignedRow>, StoreError> {
        let mut select = self.sql.prepare_cached(&assigned_sql(index, which))?;
        let mut rows = select.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(AssignedRow::of(row)?);
        }
        Ok(found)
    }

    /// Puts a story into a circle of related ones.
    pub fn set_circle(&self, story: StoryRowId, circle: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET circle = nullif(?2, id) WHERE id = ?1")?
            .execute([story.0, circle.0])?;
        Ok(())
    }

    /// Two circles are one.
    pub fn merge_circles(&self, from: StoryRowId, into: StoryRowId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE stories SET circle = nullif(?2, id) WHERE circle = ?1 OR id = ?1")?
            .execute([from.0, into.0])?;
        Ok(())
    }

    /// Whether an editor has parted any entries.
    pub fn has_partings(&self) -> Result<bool, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM parted)")?;
        Ok(select.query_row([], |row| row.get(0))?)
    }

    /// Stories that hold an entry from which an editor has parted this one.
    pub fn parted_from(&self, entry: EntryId) -> Result<Vec<StoryRowId>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT DISTINCT e.story FROM parted p JOIN parted q ON q.parting = p.parting AND q.side <> p.side
             JOIN entries e ON e.id = q.entry WHERE p.entry = ?1 AND e.story IS NOT NULL",
        )?;
        let found = select.query_map([entry.0], |row| Ok(StoryRowId(row.get(0)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Whether a person has reviewed or written a revision of a story that still stands.
    pub fn is_in_hand(&self, story: StoryRowId) -> Result<bool, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM revisions
             WHERE story = ?1 AND removed IS NULL AND (reviewed IS NOT NULL OR author IS NOT NULL))",
        )?;
        Ok(select.query_row([story.0], |row| row.get(0))?)
    }

    /// Whether an editor has parted entries of two stories.
    pub fn are_parted(&self, one: StoryRowId, other: StoryRowId) -> Result<bool, StoreError> {
        Ok(!self.partings(one, other)?.is_empty())
    }

    /// Assigned entries with a canonical address that the operator does not leave out; none
    /// where more than `SAME_LINK_MAX` have it, as then it names no article.
    pub fn assigned_with_link(&self, link_hash: i64, canonical: &str) -> Result<Vec<EntryRow>, StoreError> {
        let mut select = self.sql.prepare_cached(&format!(
            "SELECT {} FROM entries e
             WHERE e.story IS NOT NULL AND e.is_excluded = 0
                 AND (e.link_hash = ?1 AND e.canonical = ?2 OR e.page_hash = ?1 AND e.page_canonical = ?2)
             LIMIT ?3",
            EntryRow::COLUMNS
        ))?;
        let mut rows = select.query(params![link_hash, canonical, (SAME_LINK_MAX + 1) as i64])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(EntryRow::of(row)?);
        }
        Ok(if found.len() <= SAME_LINK_MAX { found } else { Vec::new() })
    }

    /// Assigned entries under a site and path, published between two dates, that the operator does
    /// not leave out, earliest first; `textless_only`: those without a text of their own. None
    /// where more than `SAME_LINK_MAX` are there, as then the path alone tells too little.
    pub fn assigned_at_place(
        &self,
        place_hash: i64,
        textless_only: bool,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<PlaceRow>, StoreError> {
        let mut select = self.sql.prepare_cached(&format!(
            "SELECT {} FROM entries
             WHERE place_hash = ?1 AND published BETWEEN ?2 AND ?3 AND story IS NOT NULL AND canonical IS NOT NULL
                 AND is_excluded = 0 AND (has_text = 0 OR NOT ?4)
             ORDER BY published, source, key LIMIT ?5",
            PlaceRow::COLUMNS
        ))?;
        let mut rows = select.query(params![
            place_hash,
            from.millis(),
            to.millis(),
            textless_only,
            (SAME_LINK_MAX + 1) as i64
        ])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(PlaceRow::of(row)?);
        }
        Ok(if found.len() <= SAME_LINK_MAX { found } else { Vec::new() })
    }

    /// The canonical addresses of a source's newest entries under a site and path.
    pub fn canonicals_at_place(
        &self,
        source: &SourceId,
        place_hash: i64,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let mut select = self.sql.prepare_cached(
            "SELECT canonical FROM entries WHERE place_hash = ?2 AND source = ?1 AND canonical IS NOT NULL
             ORDER BY published DESC, id DESC LIMIT ?3",
        )?;
        let found = select.query_map(params![source.as_str(), place_hash, limit as i64], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Parameters with which a site's own feeds tell its articles apart.
    pub fn choices(&self, site_hash: i64) -> Result<BTreeSet<String>, StoreError> {
        let mut select = self.sql.prepare_cached("SELECT name FROM choices WHERE site_hash = ?1")?;
        let found = select.query_map([site_hash], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Remembers such parameters for good.
    pub fn note_choices(&self, site_hash: i64, names: &BTreeSet<String>) -> Result<(), StoreError> {
        let mut insert = self.sql.prepare_cached("INSERT OR IGNORE INTO choices VALUES (?1, ?2)")?;
        for name in names {
            insert.execute(params![site_hash, name])?;
        }
        Ok(())
    }

    /// Removes the order in which items entered an output that is no longer configured.
    pub fn forget_output(&self, output: &str) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM output_items WHERE output = ?1")?.execute([output])?;
        self.sql.prepare_cached("DELETE FROM digests WHERE output = ?1")?.execute([output])?;
        self.sql.prepare_cached("DELETE FROM outputs WHERE id = ?1")?.execute([output])?;
        Ok(())
    }

    /// A story by its row.
    pub fn story(&self, id: StoryRowId) -> Result<Option<StoryRow>, StoreError> {
        let mut select = self
            .sql
            .prepare_cached(&format!("SELECT {} FROM stories s WHERE s.id = ?1", StoryRow::COLUMNS))?;
        select.query_row([id.0], |row| Ok(StoryRow::of(row))).optional()?.transpose()
    }
}

fn assigned_sql(index: &str, which: &str) -> String {
    format!(
        "SELECT {}, e.story, (SELECT coalesce(circle, id) FROM stories WHERE id = e.story), e.assigned
         FROM entries e INDEXED BY {index} LEFT JOIN snapshots t ON t.id = e.snapshot WHERE {which}",
        UnassignedRow::COLUMNS
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn assigned_entries_are_searched_for_and_not_found_by_reading_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("bylined.db")).expect("a store");
        for (index, which) in [BETWEEN_DATES, CHANGED_SINCE] {
            let first_step = move |it: &Writer<'_>| {
                let mut plan =
                    it.sql.prepare(&format!("EXPLAIN QUERY PLAN {}", assigned_sql(index, which)))?;
                let mut steps = plan.raw_query();
                let Some(step) = steps.next()? else { return Ok(String::new()) };
                Ok(step.get("detail")?)
            };
            let step: String = store.write(first_step).await.expect("a plan");
            assert!(step.starts_with(&format!("SEARCH e USING INDEX {index} (")), "{step}");
        }
    }

    #[tokio::test]
    async fn the_search_knows_what_a_job_left_of_a_story() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("bylined.db")).expect("a store");
        let now = Timestamp::default();
        let told = |it: &Writer<'_>, id: i64, title: &str, is_first: bool| {
            let briefing = Briefing::default();
            let (language, audiences, primary) = (None, &[][..], EntryId(1));
            let current =
                Current { n: 1, title, language, briefing: &briefing, audiences, primary, is_first };
            it.make_current(StoryRowId(id), &current)
        };
        let change = move |it: &Writer<'_>| {
            for (id, key) in [(1, "aaaaaaaaaaaaaaaa"), (2, "bbbbbbbbbbbbbbbb"), (3, "cccccccccccccccc")] {
                it.sql.execute(
                    "INSERT INTO stories (id, key, tag, path, title, state, primary_entry, published, updated, created)
                     VALUES (?1, ?2, ?2, ?2, '', 'published', 1, 0, 0, 0)",
                    params![id, key],
                )?;
            }
            told(it, 1, "Quorum", true)?;
            told(it, 1, "Ledger", false)?;
            told(it, 2, "Ledger", true)?;
            it.forget_words(StoryRowId(2));
            told(it, 3, "Ledger", true)
        };
        store.write(change).await.expect("a first job");
        let found = async |words: &'static str| {
            let found = store.read(move |it| it.search(words, 9)).await.expect("a search");
            found.into_iter().map(|it| it.id.0).collect::<Vec<_>>()
        };
        assert_eq!((found("quorum").await, found("ledger").await), (vec![], vec![3, 1]));
        let change = move |it: &Writer<'_>| {
            told(it, 1, "Quorum", false)?;
            it.withdraw_story(StoryRowId(3), now)
        };
        store.write(change).await.expect("a second job");
        assert_eq!((found("quorum").await, found("ledger").await), (vec![1], vec![]));
    }
}
