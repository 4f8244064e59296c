//! Stored lists of one kind of value, as JSON arrays without a version.

use rusqlite::Row;
use rusqlite::RowIndex;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::Person;
use crate::store::error::StoreError;
use crate::store::row::to_json;

use super::form::json_at;
use super::unreadable::Unreadable;

/// A kind of list, named in words.
#[derive(Clone, Copy)]
pub(in crate::store) struct List(&'static str);

impl List {
    pub(in crate::store) const AUTHORS: Self = Self("list of authors");
    pub(in crate::store) const CATEGORIES: Self = Self("list of categories");
    pub(in crate::store) const DROPPED: Self = Self("list of dropped statements");
    pub(in crate::store) const NEWEST: Self = Self("list of newest dates");
    pub(in crate::store) const PLACES_REMOVED: Self = Self("list of removed places");
    pub(in crate::store) const RIGHTS_REASONS: Self = Self("list of reasons for its rights");
    pub(in crate::store) const WARNINGS: Self = Self("list of warnings");

    /// What the column of a row holds.
    pub(in crate::store) fn read<T: DeserializeOwned>(
        self,
        row: &Row<'_>,
        at: impl RowIndex,
    ) -> Result<Result<Vec<T>, Unreadable>, StoreError> {
        let json = json_at(row, at)?.unwrap_or_default();
        Ok(serde_json::from_slice(json).map_err(|error| Unreadable::damaged(self.0, &error)))
    }
}

/// A person as stored.
#[derive(Deserialize, Serialize)]
pub(in crate::store) struct StoredPerson {
    name: String,
    uri: Option<String>,
}

impl From<StoredPerson> for Person {
    fn from(it: StoredPerson) -> Self {
        Self { name: it.name, uri: it.uri }
    }
}

/// People as they are stored.
pub(in crate::store) fn people(people: &[Person]) -> String {
    let stored = people.iter().map(|it| StoredPerson { name: it.name.clone(), uri: it.uri.clone() });
    to_json(&stored.collect::<Vec<_>>())
}
