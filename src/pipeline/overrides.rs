//! What people wrote into the fields of a story: it stands whatever an engine makes.

use std::collections::BTreeMap;

use crate::domain::Briefing;
use crate::domain::FieldValue;
use crate::domain::Made;
use crate::domain::Member;
use crate::domain::StatementField;
use crate::domain::StoryField;
use crate::store;
use crate::store::OverrideRow;
use crate::store::Reader;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::Unreadable;

use super::curation_input::still_carried;

/// The fields that people wrote.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Overrides {
    written: BTreeMap<StoryField, FieldValue>,
    /// Those that cannot be read, by name: no engine may fill them either.
    unreadable: BTreeMap<String, Unreadable>,
}

impl Overrides {
    /// Those of a story. The log says which cannot be read.
    pub(crate) fn read(store: &Reader<'_>, story: &StoryRow) -> Result<Self, StoreError> {
        let mut overrides = Self::default();
        for OverrideRow { field, value } in store.overrides(story.id)? {
            match value {
                Ok(value) => {
                    overrides.written.insert(value.field(), value);
                }
                Err(error) => {
                    store::report(&format_args!("field `{field}` of story `{}`", story.key), &error);
                    overrides.unreadable.insert(field, error);
                }
            }
        }
        Ok(overrides)
    }

    /// Whether a person wrote the field.
    pub(crate) fn has(&self, field: StoryField) -> bool {
        self.written.contains_key(&field) || self.unreadable.contains_key(field.as_str())
    }

    /// The first field that a person wrote and that cannot be read.
    pub(crate) fn first_unreadable(&self) -> Option<(&str, &Unreadable)> {
        self.unreadable.iter().next().map(|(field, error)| (field.as_str(), error))
    }

    /// Reverts the override of a field: the engine fills it again.
    pub(crate) fn revert(&mut self, field: StoryField) {
        self.unreadable.remove(field.as_str());
        self.written.remove(&field);
    }

    /// The story's title.
    pub(crate) fn title(&self, title: &str) -> String {
        match self.written.get(&StoryField::Title) {
            Some(FieldValue::Title(it)) => it.clone(),
            _ => title.to_owned(),
        }
    }

    /// Puts the written fields in the place of the engine's, and signs the briefing
    /// anew. Sentences of an engine that an editor kept go with the text that carried them
    /// and with the right to quote it.
    pub(crate) fn apply(&self, title: &mut String, briefing: &mut Briefing, members: &[Member]) {
        for value in self.written.values() {
            let mut value = value.clone();
            value.retain_statements(|it| still_carried(it, members));
            value.put(title, briefing);
        }
        briefing.sign();
    }

    /// Whether a story has these fields as they were written, and nothing else that a person wrote.
    pub(crate) fn stand_in(&self, title: &str, briefing: &Briefing, members: &[Member]) -> bool {
        let (mut bare_title, mut bare) = (title.to_owned(), briefing.clone());
        for field in StatementField::ALL {
            let mut value = FieldValue::of(field.into(), title, &bare);
            value.retain_statements(|it| it.made != Made::Editor);
            value.put(&mut bare_title, &mut bare);
        }
        self.apply(&mut bare_title, &mut bare, members);
        bare_title == title && bare == *briefing
    }
}
