//! What must always hold (`docs/ARCHITECTURE.md`), asked of the store and of the documents that readers get.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use serde_json::Value;

use bylined::site::Answer;
use bylined::site::Publication;

use crate::publisher::DAY;
use crate::world::World;

/// What was seen of stories and outputs before, which must not change.
#[derive(Default)]
pub(crate) struct Seen {
    /// Of each key: tag, path, and, once it is published, its date.
    stories: BTreeMap<String, (String, String, Option<i64>)>,
    /// Of each output: the stories in the order they entered, with their scores.
    outputs: BTreeMap<String, Vec<(i64, String, f64)>>,
    /// The last entry whose receipts and dates were checked, and the last revision of each story.
    checked: BTreeMap<i64, i64>,
}

/// Checks of one moment.
pub(crate) struct Check<'a> {
    sql: Connection,
    world: &'a mut World,
    seen: &'a mut Seen,
}

type Rows<T> = rusqlite::Result<Vec<T>>;

impl<'a> Check<'a> {
    pub(crate) fn new(path: &Path, world: &'a mut World, seen: &'a mut Seen) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let sql = Connection::open_with_flags(path, flags).expect("the database is there");
        Self { sql, world, seen }
    }

    fn rows<T>(&self, sql: &str, read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let found: Rows<T> = self.sql.prepare(sql).and_then(|mut it| it.query_map([], read)?.collect());
        found.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn strings(&self, sql: &str) -> Vec<String> {
        self.rows(sql, |row| row.get(0))
    }

    /// What holds at any moment.
    pub(crate) fn always(&mut self) {
        self.nothing_is_lost_or_repeated();
        self.ids_stay();
        self.outputs_only_grow();
        self.statements_have_receipts();
        self.dates_are_true();
        self.polls_are_planned();
    }

    /// What holds once nothing has gone wrong for days.
    pub(crate) fn at_rest(&mut self, publication: &Publication) {
        self.world.look_after_all();
        self.always();
        self.world_is_whole();
        self.all_is_published();
        self.hooks_were_told();
        self.digests_hold_all();
        self.links_lead_somewhere(publication);
        self.documents_are_sound(publication);
    }

    fn nothing_is_lost_or_repeated(&mut self) {
        let mut stored: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
        for (source, title) in self.rows("SELECT source, title FROM entries", |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        }) {
            let token = title.rsplit(' ').next().unwrap_or_default().to_owned();
            *stored.entry(source).or_default().entry(token).or_default() += 1;
        }
        let mut findings = Vec::new();
        for (source, owed) in self.world.owed() {
            let stored = stored.remove(source).unwrap_or_default();
            findings.extend(
                owed.iter()
                    .filter(|it| !stored.contains_key(*it))
                    .map(|it| format!("{source} sent {it}, which is not stored")),
            );
            findings.extend(
                stored.iter().filter(|it| 1 < *it.1).map(|(it, n)| format!("{it} is stored {n} times")),
            );
        }
        self.find_all(findings);
    }

    fn find_all(&mut self, findings: impl IntoIterator<Item = String>) {
        for it in findings {
            self.world.find(it);
        }
    }

    fn ids_stay(&mut self) {
        let rows = self.rows(
            "SELECT key, tag, path, CASE WHEN first_published IS NOT NULL THEN published END FROM stories",
            |row| Ok((row.get::<_, String>(0)?, (row.get(1)?, row.get(2)?, row.get(3)?))),
        );
        let now: BTreeMap<String, (String, String, Option<i64>)> = rows.into_iter().collect();
        let mut findings = Vec::new();
        for (key, before) in &self.seen.stories {
            match now.get(key) {
                None => findings.push(format!("the story {key} is gone")),
                Some(it) if (&it.0, &it.1) != (&before.0, &before.1) => {
                    findings.push(format!("the story {key} changed its id or path: {before:?}, {it:?}"));
                }
                Some(it) if before.2.is_some() && it.2 != before.2 => {
                    findings.push(format!("the story {key} changed its date: {before:?}, {it:?}"));
                }
                Some(_) => {}
            }
        }
        self.seen.stories = now;
        self.find_all(findings);
    }

    fn outputs_only_grow(&mut self) {
        let rows = self.rows(
            "SELECT o.output, o.seq, s.key, o.score, s.state FROM output_items o JOIN stories s ON s.id = o.story ORDER BY 1, 2",
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, f64>(3)?)),
        );
        let mut now: BTreeMap<String, Vec<(i64, String, f64)>> = BTreeMap::new();
        for (output, seq, key, score) in rows {
            now.entry(output).or_default().push((seq, key, score));
        }
        let mut findings = Vec::new();
        for (output, before) in &self.seen.outputs {
            let now = now.get(output).map_or(&[][..], Vec::as_slice);
            let same = now.len() >= before.len() && now[..before.len()] == before[..];
            if !same {
                let gone = before.iter().find(|it| !now.contains(it));
                findings.push(format!("an item of `{output}` left, moved or changed its score: {gone:?}"));
            }
        }
        self.seen.outputs = now;
        self.find_all(findings);
    }

    /// Every statement of an engine is held by the words of a snapshot.
    fn statements_have_receipts(&mut self) {
        let rows = self.rows("SELECT story, n, briefing FROM revisions WHERE removed IS NULL", |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
        });
        let mut findings = Vec::new();
        for (story, n, briefing) in rows {
            if self.seen.checked.get(&story).is_some_and(|it| n <= *it) {
                continue;
            }
            self.seen.checked.insert(story, n);
            let value: Value = serde_json::from_str(&briefing).expect("a briefing is JSON");
            let mut statements = Vec::new();
            collect(&value, &mut statements);
            for statement in statements {
                findings.extend(
                    self.broken_receipt(statement).map(|it| format!("story {story}, revision {n}: {it}")),
                );
            }
        }
        self.find_all(findings);
    }

    fn broken_receipt(&self, statement: &Value) -> Option<String> {
        let receipts = statement["receipts"].as_array()?;
        if receipts.is_empty() && statement["made"] != "editor" {
            return Some(format!("a statement has no receipt: {}", statement["text"]));
        }
        receipts.iter().find_map(|it| {
            let text: Option<String> = self
                .sql
                .prepare_cached("SELECT text FROM snapshots WHERE id = ?1 AND entry = ?2")
                .and_then(|mut sql| {
                    sql.query_row([it["snapshot"].as_i64(), it["entry"].as_i64()], |row| row.get(0))
                })
                .ok();
            let (start, end) = (it["start"].as_u64()? as usize, it["end"].as_u64()? as usize);
            let quoted = text.as_ref().and_then(|it| it.get(start..end));
            (quoted != it["quote"].as_str()).then(|| format!("a receipt quotes what is not there: {it}"))
        })
    }

    fn dates_are_true(&mut self) {
        let rows = self
            .rows("SELECT key, published - first_seen FROM entries WHERE published > first_seen", |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            });
        self.find_all(
            rows.into_iter().map(|(key, by)| format!("entry {key} is dated {by} ms after it was first seen")),
        );
    }

    /// Nothing is planned further ahead than the longest interval.
    fn polls_are_planned(&mut self) {
        let latest = self.world.wall().millis() + DAY as i64;
        let rows = self.rows(
            &format!("SELECT id, max(next_poll, coalesce(retry_after, 0)) - {latest} FROM sources WHERE health <> 'gone'"),
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
        );
        // A clock that was set is followed at the next tick.
        let tick = self.world.tick as i64;
        let is_excused = self.world.clock_set_within(2 * self.world.tick);
        let late = rows.into_iter().filter(|it| tick < it.1 && !is_excused);
        self.find_all(
            late.map(|(id, by)| format!("{id} is polled {} min later than it may be", by / 60_000))
                .collect::<Vec<_>>(),
        );
    }

    fn world_is_whole(&mut self) {
        let mut words = self.strings("PRAGMA integrity_check");
        words.retain(|it| it != "ok");
        let broken = self.rows("PRAGMA foreign_key_check", |row| row.get::<_, String>(0));
        self.find_all(words);
        self.find_all(broken.into_iter().map(|it| format!("a row of {it} refers to nothing")));
        let leases = "SELECT id FROM sources WHERE lease_holder IS NOT NULL AND lease_until < ";
        let leases = self.strings(&format!("{leases}{}", self.world.wall().millis() - DAY as i64));
        self.find_all(leases.into_iter().map(|it| format!("{it} is leased since a day")));
    }

    /// What was stored has its story, and each story that may be published is in the output of all.
    fn all_is_published(&mut self) {
        let waiting = self.strings("SELECT key FROM entries WHERE story IS NULL");
        self.find_all(waiting.into_iter().map(|it| format!("entry {it} has no story")));
        let pending = self.strings("SELECT key FROM stories WHERE state = 'pending' OR is_stale = 1");
        self.find_all(pending.into_iter().map(|it| format!("story {it} waits to be curated")));
        let missing = self.strings(
            "SELECT key FROM stories s WHERE state = 'published'
                 AND NOT EXISTS (SELECT 1 FROM output_items o WHERE o.story = s.id AND o.output = 'all')",
        );
        self.find_all(missing.into_iter().map(|it| format!("story {it} is published and in no output")));
        let lost = self.strings(
            "SELECT e.key FROM entries e JOIN stories s ON s.id = e.story WHERE s.state NOT IN ('published', 'kept', 'held')
                 AND s.merged_into IS NULL",
        );
        self.find_all(
            lost.into_iter().map(|it| format!("entry {it} is in a story that is neither published nor kept")),
        );
    }

    /// The events of a story alternate, and the last says how it is.
    fn hooks_were_told(&mut self) {
        let rows = self.rows(
            "SELECT s.key, o.output, s.state FROM output_items o JOIN stories s ON s.id = o.story WHERE o.output = 'all'",
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)),
        );
        let mut findings = Vec::new();
        for (key, output, state) in &rows {
            let events = self.world.hook.of_stories.get(&(key.clone(), output.clone()));
            let events = events.map_or(&[][..], Vec::as_slice);
            let mut is_shown = false;
            for event in events {
                let fits = match event.as_str() {
                    "published" => !is_shown,
                    "updated" | "withdrawn" => is_shown,
                    _ => false,
                };
                if !fits {
                    findings.push(format!("a hook was told of {key}: {events:?}"));
                    break;
                }
                is_shown = event != "withdrawn";
            }
            if is_shown != (state == "published") {
                findings.push(format!("a hook was told of {key}, which is {state}: {events:?}"));
            }
        }
        let twice = self.world.hook.digests.iter().filter(|it| 1 < *it.1);
        findings.extend(twice.map(|(id, n)| format!("a hook was told {n} times of {id}")));
        let digests = self.strings("SELECT tag FROM digests WHERE ends > (SELECT since FROM hooks)");
        findings.extend(
            digests
                .into_iter()
                .filter(|it| !self.world.hook.digests.contains_key(it))
                .map(|it| format!("no hook was told of {it}")),
        );
        let left = self.rows("SELECT event, subject, tries FROM hook_deliveries", |row| {
            Ok(format!(
                "{} {}, tried {}",
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?
            ))
        });
        findings.extend(left.into_iter().map(|it| format!("a hook was never told: {it}")));
        let given_up = self.rows("SELECT given_up FROM hooks WHERE given_up > 0", |row| row.get::<_, i64>(0));
        findings.extend(given_up.into_iter().map(|it| format!("{it} deliveries to a hook were given up")));
        self.find_all(findings);
    }

    /// The periods of a digest follow one another, and hold all that entered until the last ended.
    fn digests_hold_all(&mut self) {
        let rows = self.rows(
            "SELECT output, first_seq, last_seq, begins, ends FROM digests ORDER BY output, first_seq",
            |row| {
                Ok((row.get::<_, String>(0)?, [row.get::<_, i64>(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))
            },
        );
        let mut findings = Vec::new();
        for pair in rows.windows(2).filter(|it| it[0].0 == it[1].0) {
            let ([_, last, ..], [first, ..]) = (pair[0].1, pair[1].1);
            if first != last + 1 {
                findings.push(format!("digests leave out or repeat items {last} to {first}"));
            }
        }
        let end = self.world.wall().millis() - 2 * DAY as i64;
        let left = self.strings(&format!(
            "SELECT s.key FROM output_items o JOIN stories s ON s.id = o.story WHERE o.output = 'daily' AND o.entered < {end}
                 AND o.seq > (SELECT coalesce(max(last_seq), -1) FROM digests d WHERE d.output = o.output)"
        ));
        findings.extend(left.into_iter().map(|it| format!("story {it} is in no digest")));
        self.find_all(findings);
    }

    fn links_lead_somewhere(&mut self, publication: &Publication) {
        let known = self.seen.stories.values().filter(|it| it.2.is_some()).map(|it| it.1.clone());
        let mut findings = Vec::new();
        for path in known.collect::<BTreeSet<_>>() {
            let answer = |path: &str| publication.answer(path, None).expect("the store is read");
            let last = match answer(&path) {
                Answer::Moved(to) => answer(&to),
                answer => answer,
            };
            if !matches!(last, Answer::Document(_) | Answer::Gone(_)) {
                findings.push(format!("{path} leads nowhere"));
            }
        }
        self.find_all(findings);
    }

    fn documents_are_sound(&mut self, publication: &Publication) {
        let mut findings = self.strings(
            "SELECT id || ': ' || coalesce(reason, '') FROM outputs WHERE is_valid = 0 OR omitted <> ''",
        );
        let Answer::Document(it) = publication.answer("/feeds/all.json", None).expect("the store is read")
        else {
            return self.find_all(["there is no feed of all".to_owned()]);
        };
        let feed: Value = serde_json::from_slice(&it.body).expect("a JSON feed");
        let ids: Vec<&str> =
            feed["items"].as_array().into_iter().flatten().filter_map(|it| it["id"].as_str()).collect();
        if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
            findings.push("an item stands twice in the feed of all".to_owned());
        }
        let published = self.strings(
            "SELECT s.tag FROM output_items o JOIN stories s ON s.id = o.story WHERE o.output = 'all' AND s.state = 'published'
                 ORDER BY o.seq DESC LIMIT 20",
        );
        findings.extend(
            published
                .iter()
                .filter(|it| !ids.contains(&it.as_str()))
                .map(|it| format!("{it} is due in the feed of all and not there")),
        );
        self.find_all(findings);
    }
}

/// Everything with receipts.
fn collect<'v>(value: &'v Value, statements: &mut Vec<&'v Value>) {
    match value {
        Value::Object(keys) if keys.contains_key("receipts") => statements.push(value),
        Value::Object(keys) => keys.values().for_each(|it| collect(it, statements)),
        Value::Array(values) => values.iter().for_each(|it| collect(it, statements)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A digest of all that the store holds, but for what is drawn by lot.
pub(crate) fn digest(path: &Path) -> String {
    let sql =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the database is there");
    let mut lines = String::new();
    for query in [
        "SELECT id || '|' || source || '|' || key || '|' || title || '|' || published || '|' || first_seen || '|' || coalesce(story, '') FROM entries ORDER BY id",
        "SELECT id || '|' || key || '|' || path || '|' || state || '|' || updated || '|' || revision FROM stories ORDER BY id",
        "SELECT output || '|' || seq || '|' || story || '|' || entered || '|' || score FROM output_items ORDER BY output, seq",
        "SELECT story || '|' || n || '|' || created || '|' || briefing FROM revisions ORDER BY story, n",
        "SELECT id || '|' || next_poll || '|' || health || '|' || coalesce(reason, '') FROM sources ORDER BY id",
    ] {
        let mut statement = sql.prepare(query).expect("a query");
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
        for row in rows {
            lines.push_str(&row.expect("a row"));
            lines.push('\n');
        }
    }
    lines
}
