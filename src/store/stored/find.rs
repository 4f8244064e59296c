//! Looks for stored values that cannot be read, of every kind.

use std::fmt;

use rusqlite::Connection;
use rusqlite::Row;

use crate::store::error::StoreError;

use super::briefing::StoredBriefing;
use super::entry::StoredEnclosure;
use super::entry::StoredOrigin;
use super::form::from_json;
use super::form::json_at;
use super::form::optional;
use super::list::List;
use super::list::StoredPerson;
use super::overrides::override_from;
use super::record::StoredRecord;
use super::record::StoredReview;
use super::source::StoredHints;
use super::unreadable::Unreadable;

/// Unreadable values that are named; of more only the number is told.
const NAMED_MAX: usize = 20;

/// What holds a stored value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Holding {
    /// A revision of a story.
    Revision {
        /// The story's key.
        key: String,
        /// Its number.
        n: u32,
        /// Whether it is what readers see or an editor is to approve, and not only history.
        is_current: bool,
    },
    /// A field of a story that a person wrote.
    Field {
        /// The story's key.
        key: String,
        /// Its name.
        field: String,
    },
    /// A source, by its id.
    Source(String),
    /// A source whose publisher was removed, by its id: where its articles are.
    Removed(String),
    /// An entry.
    Entry {
        /// The id of its source.
        source: String,
        /// Its title.
        title: String,
    },
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision { key, n, .. } => write!(f, "revision {n} of story `{key}`"),
            Self::Field { key, field } => write!(f, "field `{field}` of story `{key}`"),
            Self::Source(id) => write!(f, "source `{id}`"),
            Self::Removed(id) => write!(f, "removed source `{id}`"),
            Self::Entry { source, title } => write!(f, "entry “{title}” of source `{source}`"),
        }
    }
}

/// Stored values that cannot be read.
#[derive(Clone, Debug, Default)]
pub struct UnreadableValues {
    /// The first of them, each with what holds it.
    pub named: Vec<(Holding, Unreadable)>,
    /// How many there are.
    pub count: usize,
}

impl UnreadableValues {
    fn add(&mut self, holding: Holding, error: Unreadable) {
        self.count += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push((holding, error));
        }
    }

    /// Reads every row of a query, whose values are in columns from the first on.
    fn look(
        &mut self,
        connection: &Connection,
        sql: &str,
        read: impl Fn(&Row<'_>) -> Result<(Holding, Vec<Unreadable>), StoreError>,
    ) -> Result<(), StoreError> {
        let mut select = connection.prepare(sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (holding, errors) = read(row)?;
            errors.into_iter().for_each(|error| self.add(holding.clone(), error));
        }
        Ok(())
    }
}

/// Reads every stored value of a database and returns those that cannot be read.
pub(in crate::store) fn find_unreadable(connection: &Connection) -> Result<UnreadableValues, StoreError> {
    let mut found = UnreadableValues::default();
    found.look(
        connection,
        "SELECT r.briefing, r.reviewed, r.record, r.dropped, s.key, r.n,
             (r.n = s.revision OR r.n IS s.draft) AND s.state IN ('pending', 'held', 'published') AS is_current
         FROM revisions r JOIN stories s ON s.id = r.story ORDER BY r.story, r.n",
        |row| {
            let briefing = from_json::<StoredBriefing>(json_at(row, "briefing")?.unwrap_or_default());
            let errors = [
                briefing.err(),
                optional::<StoredReview>(row, "reviewed")?.err(),
                optional::<StoredRecord>(row, "record")?.err(),
                List::DROPPED.read::<String>(row, "dropped")?.err(),
            ];
            let holding = Holding::Revision {
                key: row.get("key")?,
                n: row.get("n")?,
                is_current: row.get("is_current")?,
            };
            Ok((holding, errors.into_iter().flatten().collect()))
        },
    )?;
    found.look(
        connection,
        "SELECT o.value, o.field, s.key FROM overrides o JOIN stories s ON s.id = o.story
         WHERE s.state NOT IN ('merged', 'withdrawn')
         ORDER BY o.story, o.field",
        |row| {
            let field: String = row.get("field")?;
            let error = override_from(&field, json_at(row, "value")?.unwrap_or_default()).err();
            Ok((Holding::Field { key: row.get("key")?, field }, error.into_iter().collect()))
        },
    )?;
    found.look(
        connection,
        "SELECT poll_hints, rights_reasons, warnings, newest, id FROM sources ORDER BY id",
        |row| {
            let errors = [
                optional::<StoredHints>(row, "poll_hints")?.err(),
                List::RIGHTS_REASONS.read::<String>(row, "rights_reasons")?.err(),
                List::WARNINGS.read::<String>(row, "warnings")?.err(),
                List::NEWEST.read::<i64>(row, "newest")?.err(),
            ];
            Ok((Holding::Source(row.get("id")?), errors.into_iter().flatten().collect()))
        },
    )?;
    found.look(connection, "SELECT places_removed, id FROM sources ORDER BY id", |row| {
        let error = List::PLACES_REMOVED.read::<i64>(row, "places_removed")?.err();
        Ok((Holding::Removed(row.get("id")?), error.into_iter().collect()))
    })?;
    found.look(
        connection,
        "SELECT authors, categories, rights_reasons, origin, enclosure, source, title FROM entries ORDER BY id",
        |row| {
            let errors = [
                List::AUTHORS.read::<StoredPerson>(row, "authors")?.err(),
                List::CATEGORIES.read::<String>(row, "categories")?.err(),
                List::RIGHTS_REASONS.read::<String>(row, "rights_reasons")?.err(),
                optional::<StoredOrigin>(row, "origin")?.err(),
                optional::<StoredEnclosure>(row, "enclosure")?.err(),
            ];
            let holding = Holding::Entry { source: row.get("source")?, title: row.get("title")? };
            Ok((holding, errors.into_iter().flatten().collect()))
        },
    )?;
    Ok(found)
}
